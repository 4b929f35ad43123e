"""Live data: arrivals, free parking spaces and connector statuses.

They are a function of the source's last refresh and of the reservations. Nothing is counted down in between: an estimate that
was published stays as it is until the source publishes another.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from conformance.reference.instants import TAIPEI, format_instant
from conformance.reference.transport.bookings import Bookings
from conformance.reference.transport.buses import CLOSED_STOPS, stop_uid
from conformance.reference.transport.records import CarPark, Connector, Pattern, Reservation, Space
from conformance.reference.wire import Json

__all__ = ["Approach", "ArrivalRow", "Live"]

_CLOSED = frozenset((route, stop_uid(key, side)) for route, key in CLOSED_STOPS for side in (0, 1))
_MOST_ESTIMATES = 3


@dataclass(frozen=True)
class Approach:
    """A bus on its way to a stop: `left` is when it leaves its first stop, `seconds` how far away it is in time."""

    plate: str
    left: int
    seconds: int
    last: bool


@dataclass(frozen=True)
class ArrivalRow:
    """A stop on a pattern, for which arrivals are published. `index` counts the pattern's stops from 0."""

    pattern: Pattern
    index: int

    @property
    def stop(self) -> str:
        """The stop's UID."""
        return self.pattern.stops[self.index]


class Live(Bookings):
    """What changes from minute to minute."""

    # ---------------------------------------------------------------- arrivals

    def phase(self, pattern: Pattern) -> int:
        """By how much a pattern's departures are shifted against the whole hour."""
        return sum(map(ord, pattern.sub_route)) * 41 + pattern.direction * 173

    def approach(self, pattern: Pattern, number: int, reach: int, tick: int) -> Approach:
        """The bus with a running number, seen from a stop that it reaches `reach` seconds after it left."""
        left = self.phase(pattern) + number * pattern.headway
        day, next_day = (format_instant(at, zone=TAIPEI)[:10] for at in (left, left + pattern.headway))
        return Approach(pattern.fleet[number % len(pattern.fleet)], left, left + reach - tick, day != next_day)

    def approaching(self, row: ArrivalRow, tick: int) -> list[Approach]:
        """The buses that are on their way to a stop, nearest first."""
        pattern, reach = row.pattern, row.pattern.reach[row.index]
        since = tick - self.phase(pattern)
        first, last = (since - reach) // pattern.headway + 1, since // pattern.headway
        return [self.approach(pattern, number, reach, tick) for number in range(first, last + 1)][:_MOST_ESTIMATES]

    def next_departure(self, row: ArrivalRow, tick: int) -> Approach:
        """The bus that leaves next, with the time until it leaves."""
        number = (tick - self.phase(row.pattern)) // row.pattern.headway + 1
        return self.approach(row.pattern, number, 0, tick)

    def stop_status(self, row: ArrivalRow, coming: list[Approach]) -> int:
        """The status of a stop: 0 served, 1 not departed yet, 2 passed without stopping, 3 last bus gone, 4 no service."""
        if row.pattern.running in ("finished", "idle"):
            return {"finished": 3, "idle": 4}[row.pattern.running]
        if (row.pattern.route, row.stop) in _CLOSED:
            return 2
        return 0 if coming and row.pattern.running == "steady" else 1

    def known_departures(self, row: ArrivalRow, tick: int) -> list[Approach]:
        """Before the first bus has left: when it will, where that is known."""
        return [self.next_departure(row, tick)] if row.pattern.running == "steady" or row.index % 2 == 0 else []

    def estimate(self, approach: Approach) -> int:
        """The seconds that are published for an approach."""
        return approach.seconds

    def render_estimate(self, approach: Approach) -> Json:
        """One entry of `estimates`."""
        return {
            "plateNumb": approach.plate,
            "estimateTimeSec": self.estimate(approach),
            "isLastBus": approach.last,
        }

    def expected(self, row: ArrivalRow, status: int, coming: list[Approach], tick: int) -> list[Approach]:
        """The buses for which an estimate is published."""
        if status > 1:
            return []
        return coming if status == 0 else self.known_departures(row, tick)

    def estimates_of(self, expected: list[Approach]) -> list[Json]:
        """The `estimates` member, nearest bus first."""
        return [self.render_estimate(approach) for approach in expected]

    def first_estimate(self, estimates: list[Json]) -> int | None:
        """The `estimateTimeSec` member: that of the nearest bus."""
        return int(estimates[0]["estimateTimeSec"]) if estimates else None

    def next_bus_time(self, tick: int, expected: list[Approach]) -> str | None:
        """The `nextBusTime` member."""
        return self.stamp(tick + expected[0].seconds) if expected else None

    def estimate_meaning(self, status: int, estimate: int | None) -> Json:
        """Whether the estimate is of an arrival or of a departure."""
        return {} if estimate is None else {"estimateMeaning": "ARRIVAL" if status == 0 else "DEPARTURE"}

    def scheduled_time(self, row: ArrivalRow) -> str:
        """When the day's first bus is due, HH:mm."""
        minutes = 5 * 60 + 30 + row.pattern.reach[row.index] // 60
        return f"{minutes // 60:02d}:{minutes % 60:02d}"

    def render_arrival(self, row: ArrivalRow, now: Fraction) -> Json:
        """What is known of the next buses of a pattern at a stop."""
        tick = self.source_tick("arrivals", now)
        coming = self.approaching(row, tick)
        status = self.stop_status(row, coming)
        expected = self.expected(row, status, coming, tick)
        estimates = self.estimates_of(expected)
        first = self.first_estimate(estimates)
        body: Json = {
            "stopUid": row.stop,
            "routeUid": row.pattern.route,
            "subRouteUid": row.pattern.sub_route,
            "direction": row.pattern.direction,
            "stopStatus": status,
            "estimateTimeSec": first,
            **self.estimate_meaning(status, first),
            "nextBusTime": self.next_bus_time(tick, expected),
            "scheduledTime": self.scheduled_time(row),
            "isLastBus": bool(estimates and estimates[0]["isLastBus"]),
            "estimates": estimates,
            "srcUpdateTime": self.stamp(tick),
            **self.stale_mark("arrivals", now),
        }
        if estimates:
            body["plateNumb"] = estimates[0]["plateNumb"]
        return body

    # ---------------------------------------------------------------- parking

    def free_now(self, park: CarPark, space: Space, now: Fraction) -> int | None:
        """How many spaces of a type are free at present; None where nobody counts."""
        if not park.counted:
            return None
        held = self.held_now(park.uid, space.space_type, now)
        return max(0, space.number - self.walk_ins(space, now) - len(held))

    def available_total(self, free: list[int | None]) -> int | None:
        """The `availableSpaces` of a car park, from those of its types."""
        known = [count for count in free if count is not None]
        return sum(known) if len(known) == len(free) else None

    def full_status(self, available: int | None) -> int:
        """Whether a car park is full."""
        return 1 if available == 0 else 0

    def collected_at(self, park: CarPark, now: Fraction) -> int:
        """When a car park's counts were taken."""
        return self.source_tick("carparks", now)

    def render_availability(self, park: CarPark, now: Fraction) -> Json:
        """How many spaces of a car park are free."""
        free = [self.free_now(park, space, now) for space in park.spaces]
        available = self.available_total(free)
        collected = self.collected_at(park, now)
        return {
            "carParkUid": park.uid,
            "serviceStatus": park.service,
            "fullStatus": self.full_status(available),
            "chargeStatus": park.charge,
            "availableSpaces": available,
            "spaces": [
                {"spaceType": space.space_type, "numberOfSpaces": space.number, "availableSpaces": count}
                for space, count in zip(park.spaces, free, strict=True)
            ],
            "dataCollectTime": self.stamp(collected),
            "updateTime": self.stamp(self.last_change(park.uid, now, self.source_tick("carparks", now))),
        }

    # ---------------------------------------------------------------- charging

    def reserved_status(self, held: Reservation) -> str:
        """The status of a connector that a reservation holds at present."""
        return "CHARGING" if held.state == "IN_USE" else "RESERVED"

    def connector_status(self, connector: Connector, now: Fraction) -> str:
        """A connector's status at present."""
        held = self.held_now(connector.uid, None, now)
        return self.reserved_status(held[0]) if held else self.walk_in_status(connector, now)

    def status_time(self, connector: Connector, now: Fraction) -> int:
        """When a connector's status was last established."""
        return self.last_change(connector.uid, now, self.source_tick("ev-stations", now))

    def power_of(self, connector: Connector) -> float:
        """A connector's greatest power in kilowatts."""
        return connector.power

    def render_connector(self, connector: Connector, now: Fraction) -> Json:
        """A connector of an EV station."""
        body = {
            "connectorUid": connector.uid,
            "stationUid": connector.station,
            "connectorType": connector.kind,
            "maxPowerKw": self.power_of(connector),
            "status": self.connector_status(connector, now),
            "statusTime": self.stamp(self.status_time(connector, now)),
            **self.stale_mark("ev-stations", now),
        }
        if connector.price is not None:
            body["priceTwdPerKwh"] = connector.price
        return body
