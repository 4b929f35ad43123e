"""Variants whose data other people change all the time, as those of every service in use do. Every check has to bear with it.

What happens is drawn by number, and when by the clock, so that two runs of one plan see the same.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from random import Random
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from conformance.reference.answers import Visit
from conformance.reference.frame import secret_text
from conformance.reference.instants import DAY, HOUR
from conformance.reference.manners import Restless
from conformance.reference.problems import Problem
from conformance.reference.transport.booking import Draft
from conformance.reference.transport.records import MOVES, CarPark, Connector, Network, Pattern, Route, Space, Station, Stop
from conformance.reference.transport.server import TransportServer

__all__ = [
    "BusyNowAndThen",
    "LosesAnswersNowAndThen",
    "OthersBookToo",
    "QuotaIsUsedUpNowAndThen",
    "RecordsAreEdited",
    "RecordsComeAndGo",
    "SourcesChangeEverySecond",
    "TenantHasOtherClients",
]

_AMENDED = "（更新）"
_EXTRA = "X"


def _chance(*parts: object) -> int:
    """A large number that looks random and is the same in every process."""
    return int(secret_text(*map(str, parts))[:12], 16)


class _Restless(Restless, TransportServer):
    """Lets something happen as time passes; what, the subclasses say."""

    def __init__(self, *, ttl_seconds: float = 30.0, **settings: Any) -> None:
        super().__init__(ttl_seconds=max(30.0, ttl_seconds), **settings)

    def happen(self, chance: Random, now: Fraction) -> None:
        """Nothing but what the sources do."""


class SourcesChangeEverySecond(_Restless):
    """The sources refresh every second: free spaces, connectors and arrivals are others each time."""

    def source_tick(self, family: str, now: Fraction) -> int:
        return int(now)

    def walk_ins(self, space: Space, now: Fraction) -> int:
        return space.walk_ins + _chance(space, int(now)) % (space.swing + 1)

    def walk_in_status(self, connector: Connector, now: Fraction) -> str:
        if not connector.busy:
            return connector.status
        return ("CHARGING", "OCCUPIED", connector.status)[_chance(connector.uid, int(now)) % 3]

    def phase(self, pattern: Pattern) -> int:
        return super().phase(pattern) + _chance(pattern.sub_route, int(self.now()) // 3) % 120


class RecordsAreEdited(_Restless):
    """Standing records are edited all the time: names, places and fares change, stops, car parks, stations and routes come and go."""

    def source_tick(self, family: str, now: Fraction) -> int:
        return int(now)

    def happen(self, chance: Random, now: Fraction) -> None:
        family = chance.choice(("stops", "car_parks", "stations", "routes"))
        records = list(getattr(self.network, family))
        place = chance.randrange(len(records))
        extra = next((one for one in records if one.uid.endswith(_EXTRA)), None)
        if chance.random() < 0.3 and extra is not None:
            records.remove(extra)
        elif chance.random() < 0.3 and extra is None:
            records.append(self.edited_copy(records[place], chance, now, uid=records[place].uid + _EXTRA))
        else:
            records[place] = self.edited_copy(records[place], chance, now)
        self.network = replace(self.network, **{family: tuple(records)})

    def edited_copy(self, record: Any, chance: Random, now: Fraction, **members: Any) -> Any:
        """A record as it is after an edit at this instant."""
        members["zh"] = record.zh.removesuffix(_AMENDED) if record.zh.endswith(_AMENDED) else record.zh + _AMENDED
        members["age"] = Fraction(self.edition - int(now), HOUR)
        if isinstance(record, Stop | CarPark | Station):
            members["lon"] = round(record.lon + chance.choice((-1, 1)) * 0.00001, 6)
        if isinstance(record, Stop):
            members["revision"] = record.revision + 1
        if isinstance(record, CarPark) and record.per_hour:
            members["per_hour"] = record.per_hour + chance.choice((-5, 5)) if record.per_hour > 10 else 20
        if isinstance(record, Station):
            uid = members.get("uid", record.uid)
            members["connectors"] = tuple(
                replace(one, station=uid, uid=one.uid.replace(record.uid, uid), price=chance.randrange(8, 12))
                for one in record.connectors
            )
        if isinstance(record, Route):
            members["patterns"] = tuple(self.diverted(one, members.get("uid", record.uid), chance) for one in record.patterns)
        return replace(record, **members)

    def diverted(self, pattern: Pattern, route: str, chance: Random) -> Pattern:
        """The pattern on its full way, or past one of its stops."""
        sub_route = pattern.sub_route.replace(pattern.route, route)
        full = self.full_ways.setdefault((sub_route, pattern.direction), replace(pattern, route=route, sub_route=sub_route))
        if len(full.stops) < 4 or chance.random() < 0.5:
            return full
        out = chance.randrange(1, len(full.stops) - 1)
        return replace(
            full,
            stops=full.stops[:out] + full.stops[out + 1 :],
            reach=full.reach[:out] + full.reach[out + 1 :],
            distance=full.distance[:out] + full.distance[out + 1 :],
        )

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.full_ways: dict[tuple[str, int], Pattern] = {}

    def edited(self, age: Any) -> int:
        return int(self.edition - age * HOUR)


class RecordsComeAndGo(_Restless):
    """Standing records vanish and come back all the time: stops, routes, car parks and stations, with all that is told of them.

    What somebody has booked stays, and so does the stop at which a bus begins or ends its way.
    """

    MOST = 4  # of a family, that are away at once

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.whole = self.network
        self.back: dict[str, Fraction] = {}  # when records that were away came back, by their uid
        self.away: dict[str, list[str]] = {"stops": [], "routes": [], "car_parks": [], "stations": []}

    def source_tick(self, family: str, now: Fraction) -> int:
        return int(now)

    def happen(self, chance: Random, now: Fraction) -> None:
        away = self.away[family := chance.choice(list(self.away))]
        if away and chance.random() < len(away) / self.MOST:
            uid = away.pop(chance.randrange(len(away)))
            self.back[uid] = now
        elif free := [one.uid for one in getattr(self.network, family) if self.may_go(one)]:
            away.append(chance.choice(free))
        self.network = self.present()

    def may_go(self, record: Any) -> bool:
        """Whether nothing rests on a record."""
        if isinstance(record, Stop):
            ends = {uid for route in self.whole.routes for one in route.patterns for uid in (one.stops[0], one.stops[-1])}
            return record.uid not in ends
        targets = [one.uid for one in record.connectors] if isinstance(record, Station) else [record.uid]
        return not any(self.by_target.get(target) for target in targets)

    def present(self) -> Network:
        """What is there of all records."""
        kept = {
            family: [self.as_it_came(one) for one in getattr(self.whole, family) if one.uid not in away]
            for family, away in self.away.items()
        }
        gone = set(self.away["stops"])
        routes = [replace(one, patterns=tuple(_without(pattern, gone) for pattern in one.patterns)) for one in kept["routes"]]
        return Network(**{family: tuple(records) for family, records in (kept | {"routes": routes}).items()})

    def as_it_came(self, record: Any) -> Any:
        """The record, changed last when it came back."""
        back = self.back.get(record.uid)
        return record if back is None else replace(record, age=Fraction(self.edition - int(back), HOUR))

    def edited(self, age: Any) -> int:
        return int(self.edition - age * HOUR)


def _without(pattern: Pattern, gone: set[str]) -> Pattern:
    """The pattern past the stops that are gone."""
    kept = [place for place, uid in enumerate(pattern.stops) if uid not in gone]
    return replace(
        pattern,
        stops=tuple(pattern.stops[place] for place in kept),
        reach=tuple(pattern.reach[place] for place in kept),
        distance=tuple(pattern.distance[place] for place in kept),
    )


class QuotaIsUsedUpNowAndThen(TransportServer):
    """Every fortieth request is over quota: others use it, too."""

    def refuse_over_quota(self, visit: Visit) -> None:
        self.turns["quota"] += 1
        if self.turns["quota"] % 40 == 0:
            raise Problem("too-many-requests", headers={"Retry-After": "1"})


class BusyNowAndThen(TransportServer):
    """Every fiftieth request is answered 503 by what stands before the server, in HTML, and is not worked on."""

    async def respond(self, request: Request) -> Response:
        self.turns["busy"] += 1
        if self.turns["busy"] % 50 == 0:
            return Response("<html><h1>503</h1></html>", 503, media_type="text/html")
        return await super().respond(request)


class LosesAnswersNowAndThen(TransportServer):
    """A gateway gives up on every seventieth answer and says 502, although the server did what it was asked."""

    async def respond(self, request: Request) -> Response:
        self.turns["lost"] += 1
        answer = await super().respond(request)
        return Response(status_code=502) if self.turns["lost"] % 70 == 0 else answer


class OthersBookToo(_Restless):
    """Another tenant's client makes, moves and cancels reservations all the time, for now and for the days ahead."""

    TENANT = "z"

    def happen(self, chance: Random, now: Fraction) -> None:
        mine = [one for one in self.reservations_of(self.TENANT, now) if one.holder == "someone-else" and self.holds_unit(one)]
        if len(mine) > 12 or (mine and chance.random() < 0.4):
            one = chance.choice(mine)
            wanted = chance.choice([wanted for present, wanted in sorted(MOVES) if present == one.state])
            self.move(one, wanted, now)
            return
        draft = self.someones_draft(chance, now)
        target = self.target_of(draft)
        if self.in_service(target) and self.free_units(target, draft) > 0:
            self.enter(target, draft)

    def someones_draft(self, chance: Random, now: Fraction) -> Draft:
        """What the other client books next."""
        begin = now // 60 * 60 + chance.choice((0, HOUR, chance.randrange(4 * DAY, 8 * DAY)))
        end = begin + chance.choice((1, 2, 5)) * HOUR
        park = chance.choice(self.network.car_parks)
        connector = chance.choice(chance.choice(self.network.stations).connectors)
        on_park = chance.random() < 0.5
        return Draft(
            tenant=self.TENANT,
            target_type="CAR_SPACE" if on_park else "EV_CONNECTOR",
            target=park.uid if on_park else connector.uid,
            space_type=chance.choice(park.spaces).space_type if on_park else None,
            start_text=self.stamp(begin),
            end_text=self.stamp(end),
            start=Fraction(begin),
            end=Fraction(end),
            holder="someone-else",
            note=None,
            now=now,
        )


class TenantHasOtherClients(OthersBookToo):
    """Another client of tenant a itself makes, moves and cancels reservations all the time."""

    TENANT = "a"
