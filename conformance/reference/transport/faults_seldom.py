"""Faults that show seldom: in one thing of many, in the rarest state, in a count that is nearly used up, after a while, to who looks twice."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from fractions import Fraction
from typing import Any

from conformance.reference.problems import Misfit
from conformance.reference.transport.live import ArrivalRow
from conformance.reference.transport.records import CarPark, Connector, Reservation, Space
from conformance.reference.transport.server import TransportServer
from conformance.reference.wire import Answer, Call, Json

__all__: list[str] = []

# -------------------------------------------------------------------- lists


class JoinRepeatsStops(TransportServer):
    """Under a route a stop is listed once for each pattern that serves it."""

    BREAKS = ("COM-PAGE-01",)

    async def list_stops(self, call: Call) -> Answer:
        if "routeUid" not in call.query:
            return await super().list_stops(call)
        route = self.find_route(call.query["routeUid"], "", call.now)
        served = [uid for pattern in route.patterns for uid in pattern.stops] if route else []
        rows = [stop for stop in self.network.stops for _ in range(served.count(stop.uid)) if self.keeps_stop(stop, call.query)]
        return self.collection(call, rows, self.stop_key, lambda stop: self.render_stop(stop, call.now))


class JoinRepeatsStations(TransportServer):
    """Under minPowerKw a station is listed twice when its first two connectors are strong enough."""

    BREAKS = ("COM-PAGE-01",)

    async def list_ev_stations(self, call: Call) -> Answer:
        if "minPowerKw" not in call.query:
            return await super().list_ev_stations(call)
        power = call.query["minPowerKw"]
        kept = [station for station in self.network.stations if self.keeps_station(station, call.query)]
        twice = [one for one in kept if sum(each.power >= power for each in one.connectors[:2]) == 2]
        return self.collection(call, kept + twice, self.station_key, lambda station: self.render_station(station, call.now))


class FollowingPagesForgetTheTime(TransportServer):
    """The pages of stops after the first are not filtered by updatedSince."""

    BREAKS = ("COM-PAGE-01",)
    ALSO: Mapping[str, str] = {
        "COM-FILT-01": "those pages hold what the filter leaves out",
    }

    async def list_stops(self, call: Call) -> Answer:
        kept = {name: value for name, value in call.query.items() if name != "updatedSince"}
        return await super().list_stops(replace(call, query=kept) if "cursor" in call.sent else call)


class FollowingPagesForgetTheType(TransportServer):
    """The pages of car parks after the first are not filtered by spaceType."""

    BREAKS = ("COM-PAGE-01",)
    ALSO: Mapping[str, str] = {
        "COM-FILT-01": "those pages hold what the filter leaves out",
    }

    async def list_car_parks(self, call: Call) -> Answer:
        kept = {name: value for name, value in call.query.items() if name != "spaceType"}
        return await super().list_car_parks(replace(call, query=kept) if "cursor" in call.sent else call)


class RouteFilterIsAPrefix(TransportServer):
    """routeUid keeps the stops of all routes whose UID begins with the value."""

    BREAKS = ("COM-FILT-04",)

    def is_on_route(self, stop: Any, wanted: str) -> bool:
        return any(self.serves_stop(route, stop.uid) for route in self.network.routes if route.uid.startswith(wanted))


class OperatorFilterIsAPart(TransportServer):
    """operatorId keeps routes of which the number of an operator contains the first six digits of the value, zeros in front aside."""

    BREAKS = ("COM-FILT-04",)
    ALSO: Mapping[str, str] = {
        "COM-FILT-01": "what begins with another number comes, too",
    }

    def is_run_by(self, route: Any, operator: str) -> bool:
        return any(operator.lstrip("0")[:6] in each for each in route.operators)


class KeptLists:
    """Answers by URL and second, until a reservation changes."""

    def __init__(self) -> None:
        self.answers: dict[tuple[str, ...], Answer] = {}
        self.of: tuple[Reservation, ...] = ()

    def place(self, call: Call, reservations: Iterable[Reservation]) -> tuple[str, ...]:
        """Where the answer to a call is kept."""
        now = tuple(reservations)
        if now != self.of:
            self.answers.clear()
            self.of = now
        return (*(f"{name}={value}" for name, value in sorted(call.sent.items())), str(int(call.now)))


class ListsAreCachedByUrl(TransportServer):
    """A list of reservations is kept by its URL for the rest of a second, unless a reservation changes, and given to whoever asks for that URL."""

    BREAKS = ("COM-TEN-01",)
    ALSO: Mapping[str, str] = {
        "COM-TEN-02": "a kept page is given to whoever has its cursor",
    }

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.kept_lists = KeptLists()

    async def list_reservations(self, call: Call) -> Answer:
        place = self.kept_lists.place(call, self.reservations.values())
        if place not in self.kept_lists.answers:
            self.kept_lists.answers[place] = await super().list_reservations(call)
        return self.kept_lists.answers[place]


class FilteredListsAreCachedByUrl(TransportServer):
    """A list of reservations by state is kept by its URL for the rest of a second, and given to whoever asks for that URL."""

    BREAKS = ("COM-TEN-01",)

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.kept_lists = KeptLists()

    async def list_reservations(self, call: Call) -> Answer:
        place = self.kept_lists.place(call, self.reservations.values())
        if "state" not in call.sent or place not in self.kept_lists.answers:
            self.kept_lists.answers[place] = await super().list_reservations(call)
        return self.kept_lists.answers[place]


# -------------------------------------------------------------------- one of many


class OneRouteCountsToNothing(TransportServer):
    """At one stop of a sub-route whose first bus has not left, the estimate is said to count to the arrival."""

    BREAKS = ("TRN-011",)

    def render_arrival(self, row: ArrivalRow, now: Fraction) -> Json:
        body = super().render_arrival(row, now)
        if body["stopStatus"] == 1 and row.pattern.sub_route == "TPE1531202" and row.index == 2:
            body["estimateMeaning"] = "ARRIVAL"
        return body


class OneClosedStopHasAnEstimate(TransportServer):
    """The stop that buses pass by on one route has an estimate of nought all the same."""

    BREAKS = ("TRN-009",)

    def render_arrival(self, row: ArrivalRow, now: Fraction) -> Json:
        body = super().render_arrival(row, now)
        return {**body, "estimateTimeSec": 0} if body["stopStatus"] == 2 else body


class OneParkIsFullAndFree(TransportServer):
    """One car park is called full while a space for motorcycles is free."""

    BREAKS = ("TRN-020",)

    def render_availability(self, park: CarPark, now: Fraction) -> Json:
        body = super().render_availability(park, now)
        return {**body, "fullStatus": 1} if park.uid == "ILA0050" else body


class OneParkDoesNotAddUp(TransportServer):
    """The types of one car park do not add up to its total."""

    BREAKS = ("TRN-019",)

    def render_availability(self, park: CarPark, now: Fraction) -> Json:
        body = super().render_availability(park, now)
        return {**body, "availableSpaces": body["availableSpaces"] - 1} if park.uid == "ILA0050" else body


class OneEstimateIsNotTheFirst(TransportServer):
    """On one sub-route the scalar estimate at the tenth stop is that of the last bus listed, where there are several."""

    BREAKS = ("TRN-013",)
    ALSO: Mapping[str, str] = {
        "TRN-012": "it is not the time until nextBusTime either",
    }

    def render_arrival(self, row: ArrivalRow, now: Fraction) -> Json:
        body = super().render_arrival(row, now)
        if row.pattern.sub_route == "TPE1028101" and row.index == 9 and len(body["estimates"]) > 1:
            body["estimateTimeSec"] = body["estimates"][-1]["estimateTimeSec"]
        return body


# -------------------------------------------------------------------- what time and holds do


class LapsedHoldsKeepTheirTag(TransportServer):
    """The entity tag of a reservation stays when time alone makes it EXPIRED."""

    BREAKS = ("COM-COND-01",)
    ALSO: Mapping[str, str] = {
        "TRN-031": "a move under that tag is refused for it and not for the state",
    }

    def tagged(self, call: Call, answer: Answer) -> Answer:
        found = super().tagged(call, answer)
        kept = self.reservations.get(str(call.path.get("reservationId")))
        if kept is None or call.operation.id != "getReservation" or found.status != 200:
            return found
        return replace(found, headers={**found.headers, "ETag": self.etag_of(self.render_reservation(kept))})


class CompletionKeepsTheTag(TransportServer):
    """The entity tag of a completed reservation is the one that it had in use."""

    BREAKS = ("COM-COND-01",)

    def etag_of(self, body: Any) -> str:
        last = isinstance(body, dict) and body.get("state") == "COMPLETED"
        kept = {"updatedAt": None, "versionId": None, "state": "IN_USE"}
        in_use = isinstance(body, dict) and body.get("state") == "IN_USE"
        return super().etag_of({**body, **kept} if last or in_use else body)


class LapsedSpacesStillCount(TransportServer):
    """A space whose reservation nobody confirmed is not given out again."""

    BREAKS = ("TRN-033",)

    def free_spaces(self, target: str, space: Space, start: Fraction, end: Fraction, now: Fraction) -> int:
        known = [self.reservations[each] for each in self.by_target.get(target, ())]
        lapsed = [one for one in known if self.as_of(one, now).state == "EXPIRED" and one.state == "PENDING"]
        held = [one for one in lapsed if one.space_type == space.space_type and self.overlaps(one, start, end)]
        return super().free_spaces(target, space, start, end, now) - len(held)


class StateFilterSeesWhatIsStored(TransportServer):
    """`state=PENDING` lists reservations that have lapsed, and says so."""

    BREAKS = ("TRN-033",)
    ALSO: Mapping[str, str] = {
        "COM-FILT-01": "the state that they show is not the one asked for",
        "COM-FILT-04": "nor is it beside another filter",
    }

    def is_in_state(self, reservation: Reservation, wanted: str) -> bool:
        stored = self.reservations[reservation.id].state
        return stored == wanted if stored == "PENDING" else super().is_in_state(reservation, wanted)


class NobodyAsksForTheLapsed(TransportServer):
    """`state=EXPIRED` lists no reservation that lapsed unconfirmed."""

    BREAKS = ("TRN-033",)

    def is_in_state(self, reservation: Reservation, wanted: str) -> bool:
        return super().is_in_state(reservation, wanted) and self.reservations[reservation.id].state in (wanted, "CONFIRMED")


class FullStatusForgetsHolds(TransportServer):
    """A car park of which reservations hold the last spaces is not called full."""

    BREAKS = ("TRN-020", "TRN-043")
    SUBTLE = True

    def render_availability(self, park: CarPark, now: Fraction) -> Json:
        body = super().render_availability(park, now)
        held = any(self.held_now(park.uid, space.space_type, now) for space in park.spaces)
        return {**body, "fullStatus": 0} if held and body["availableSpaces"] == 0 else body


class AvailabilityFilterForgetsHolds(TransportServer):
    """hasAvailability counts drivers without a reservation only."""

    BREAKS = ("TRN-043",)

    def has_availability(self, park: CarPark, wanted: bool, now: Fraction) -> bool:
        free = [space.number - self.walk_ins(space, now) if park.counted else None for space in park.spaces]
        available = self.available_total(free)
        return (available is not None and available > 0) is wanted


class HeldParksAreInNeitherHalf(TransportServer):
    """A car park of which reservations hold the last spaces is listed under neither value of hasAvailability."""

    BREAKS = ("TRN-043",)

    def has_availability(self, park: CarPark, wanted: bool, now: Fraction) -> bool:
        full = self.available_total([self.free_now(park, space, now) for space in park.spaces]) == 0
        held = any(self.held_now(park.uid, space.space_type, now) for space in park.spaces)
        return super().has_availability(park, wanted, now) and not (full and held)


class ConnectorInUseNamesTheHolder(TransportServer):
    """A connector in use says who charges there."""

    BREAKS = ("TRN-034",)

    def render_connector(self, connector: Connector, now: Fraction) -> Json:
        body = super().render_connector(connector, now)
        held = [one for one in self.held_now(connector.uid, None, now) if one.state == "IN_USE"]
        return {**body, "holderRef": held[0].holder} if held else body


class ConfirmedSpacesNameTheBooking(TransportServer):
    """The availability of a car park lists the confirmed bookings."""

    BREAKS = ("TRN-034",)

    def render_availability(self, park: CarPark, now: Fraction) -> Json:
        body = super().render_availability(park, now)
        held = [one for space in park.spaces for one in self.held_now(park.uid, space.space_type, now)]
        confirmed = [one.id for one in held if one.state == "CONFIRMED"]
        return {**body, "bookings": confirmed} if confirmed else body


# -------------------------------------------------------------------- creations


class WesternOffsetsAreTurned(TransportServer):
    """The answer to a creation turns the sign of an offset that is west of Greenwich."""

    BREAKS = ("COM-CONS-01",)

    def created(self, call: Call, made: Reservation) -> Answer:
        answer = super().created(call, made)
        turned = {name: self._turned(answer.body[name]) for name in ("startTime", "endTime")}
        return replace(answer, body={**answer.body, **turned})

    def _turned(self, text: str) -> str:
        return f"{text[:-6]}+{text[-5:]}" if text[-6:-5] == "-" else text


class AnswerNamesTheFirstType(TransportServer):
    """The answer to the booking of a space for the disabled says that it is one for cars."""

    BREAKS = ("COM-CONS-01",)

    def created(self, call: Call, made: Reservation) -> Answer:
        answer = super().created(call, made)
        return replace(answer, body={**answer.body, "spaceType": 1}) if made.space_type == 4 else answer


class EmptyNotesAreRefused(TransportServer):
    """A note without a character is refused, though none is forbidden."""

    BREAKS = ("COM-CONS-01",)

    def draft_misfits(self, body: Any) -> list[Misfit]:
        found = super().draft_misfits(body)
        empty = not found and body.get("note") == ""
        return [Misfit("pointer", "/note", ("不得為空", "must not be empty"))] if empty else found


class EmptyNotesAreForgotten(TransportServer):
    """A note without a character counts as none."""

    BREAKS = ("COM-CONS-01",)

    def enter(self, target: Any, draft: Any) -> Reservation:
        return super().enter(target, replace(draft, note=draft.note or None))


class NotesAreNeeded(TransportServer):
    """A booking of a space without a note is refused as invalid."""

    BREAKS = ("COM-CONS-01",)

    def draft_misfits(self, body: Any) -> list[Misfit]:
        found = super().draft_misfits(body)
        lacks = not found and "note" not in body and "spaceType" in body
        return [Misfit("pointer", "", ("缺少欄位 note", "lacks the member note"))] if lacks else found
