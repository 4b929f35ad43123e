"""Faults that show in one thing, on one way or at one moment only: the rest is right, and most requests say nothing of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

from conformance.reference.answers import Visit
from conformance.reference.frame import secret_text
from conformance.reference.paging import Key
from conformance.reference.problems import Misfit, Problem
from conformance.reference.transport.booking import Draft
from conformance.reference.transport.live import Approach, ArrivalRow
from conformance.reference.transport.records import CarPark, Network
from conformance.reference.transport.seeds import change_station, change_stop
from conformance.reference.transport.server import TransportServer
from conformance.reference.wire import Answer, Call, Json, Operation, Parameter

__all__: list[str] = []


class StationLiesOverTheBorder(TransportServer):
    """A charging station of Yilan is drawn eight kilometres north of its county."""

    BREAKS = ("COM-GEO-03",)
    SUBTLE = True
    ALSO: Mapping[str, str] = {"TRN-003": "the same promise in the words of the transport interface"}

    def seed(self) -> Network:
        return change_station(super().seed(), "ILAEV016", lon=121.9, lat=25.082)


class RetryAfterIsADate(TransportServer):
    """Every fiftieth reading is refused over quota, to be sent again at a date."""

    BREAKS = ("COM-RATE-01",)
    SUBTLE = True

    def refuse_over_quota(self, visit: Visit) -> None:
        self.turns["quota"] += visit.request.method == "GET"
        if visit.request.method == "GET" and self.turns["quota"] % 50 == 0:
            raise Problem("too-many-requests", headers={"Retry-After": self.date_header(visit.now + 1)["Date"]})


class StopIsATownAway(TransportServer):
    """The last stop of a city bus route is drawn 34 kilometres from the one before it, in the same county."""

    BREAKS = ("TRN-006",)
    SUBTLE = True

    def seed(self) -> Network:
        return change_stop(super().seed(), "ILA40264", lon=121.60, lat=24.40)


class BusesArriveOnTheOtherSide(TransportServer):
    """At the last stop of a way back, arrivals name the pole on the other side of the road, which the route serves on its way there."""

    BREAKS = ("TRN-008",)
    SUBTLE = True

    def arrival_rows(self) -> list[ArrivalRow]:
        def crossed(row: ArrivalRow) -> ArrivalRow:
            if row.pattern.sub_route != "TXG30001" or row.pattern.direction != 1 or row.index != len(row.pattern.stops) - 1:
                return row
            there = next(one for one in self.network.routes if one.uid == row.pattern.route).patterns[0].stops[0]
            return replace(row, pattern=replace(row.pattern, stops=(*row.pattern.stops[:-1], there)))

        return [crossed(row) for row in super().arrival_rows()]


class BusAtTheDoorHasNoEstimate(TransportServer):
    """A bus that is less than half a minute away has no estimate, as if 0 were nothing."""

    BREAKS = ("TRN-010",)
    SUBTLE = True
    ALSO: Mapping[str, str] = {"TRN-013": "the first of the estimates is there"}

    def first_estimate(self, estimates: list[Json]) -> int | None:
        first = super().first_estimate(estimates)
        return None if first is not None and first < 30 else first


class BusIsAtTheTerminusTooSoon(TransportServer):
    """On the way back, at the last stop alone, buses are estimated seven minutes too early."""

    BREAKS = ("TRN-014",)
    SUBTLE = True

    def approaching(self, row: ArrivalRow, tick: int) -> list[Approach]:
        early = 420 if row.pattern.direction == 1 and row.index == len(row.pattern.stops) - 1 else 0
        return [replace(each, seconds=max(0, each.seconds - early)) for each in super().approaching(row, tick)]


class FurtherEstimatesCountDown(TransportServer):
    """Of several buses, the estimates of the second and the third are counted down between two updates of the source."""

    BREAKS = ("TRN-015",)
    SUBTLE = True

    def approaching(self, row: ArrivalRow, tick: int) -> list[Approach]:
        first, *others = super().approaching(row, tick) or (None,)
        gone = int(self.now()) - tick
        later = [replace(each, seconds=each.seconds - gone) for each in others if each is not None]
        return [] if first is None else [first, *later]


class StopViewMissesTheTerminus(TransportServer):
    """Asked for by stop alone, the arrivals at the last stop of a way are missing."""

    BREAKS = ("TRN-016",)
    SUBTLE = True
    ALSO: Mapping[str, str] = {"COM-FILT-02": "arrivals at the stop are missing"}

    def keeps_arrival(self, row: ArrivalRow, query: Mapping[str, Any]) -> bool:
        ends = row.index == len(row.pattern.stops) - 1 and "routeUid" not in query
        return not ends and super().keeps_arrival(row, query)


class OneTotalIsOutOfDate(TransportServer):
    """The total of one car park is one more than its spaces."""

    BREAKS = ("TRN-018",)
    SUBTLE = True

    def total_spaces(self, park: CarPark) -> int:
        return super().total_spaces(park) + (park.uid == "TXG0318")


class SuspendedIsNotFull(TransportServer):
    """A car park that is suspended is not called full, though nothing of it is free."""

    BREAKS = ("TRN-020",)
    SUBTLE = True

    def render_availability(self, park: CarPark, now: Fraction) -> Json:
        body = super().render_availability(park, now)
        return {**body, "fullStatus": 0} if park.service == 2 else body


class FirstBusComesByTheTimetable(TransportServer):
    """Before the first bus has left, nextBusTime is when it comes by, and the estimate is of when it leaves."""

    BREAKS = ("TRN-012",)
    SUBTLE = True

    def render_arrival(self, row: ArrivalRow, now: Fraction) -> Json:
        body = super().render_arrival(row, now)
        if body["stopStatus"] != 1 or body["estimateTimeSec"] is None:
            return body
        tick = self.source_tick("arrivals", now)
        return {**body, "nextBusTime": self.stamp(tick + body["estimateTimeSec"] + row.pattern.reach[row.index])}


class DeclaresAllButTheWhole(TransportServer):
    """The conformance declaration names the parts that are served, and not the profile that they make up."""

    BREAKS = ("COM-DOC-03",)
    SUBTLE = True

    def conformance_body(self) -> Json:
        body = super().conformance_body()
        return {**body, "profiles": [name for name in body["profiles"] if name != "full"]}


class FilteredStopsLackAnotherOneEachTime(TransportServer):
    """Every second list of stops with a filter lacks one of its items, another one each time."""

    BREAKS = ("COM-FILT-02", "COM-FILT-03")
    SUBTLE = True
    ALSO: Mapping[str, str] = {
        "COM-GEO-02": "a box lacks an item",
        "COM-PAGE-01": "the pages of a filtered list lack one too",
        "COM-PAGE-07": "the total counts fewer now and then",
    }

    def collection(self, call: Call, rows: Sequence[Any], key: Callable[[Any], Key], render: Callable[[Any], Json]) -> Answer:
        kept = list(rows)
        if call.operation.id == "listStops" and kept and call.sent.keys() - {"limit", "cursor"}:
            self.turns["lacking"] += 1
            if self.turns["lacking"] % 2:
                kept.pop(int(secret_text("lacking", str(self.turns["lacking"]))[:8], 16) % len(kept))
        return super().collection(call, kept, key, render)


class TildesAreNotEscaped(TransportServer):
    """The pointers in `errors` escape the slashes of a member name, and not its tildes."""

    BREAKS = ("COM-ERR-02",)
    SUBTLE = True

    def render_misfit(self, visit: Visit, misfit: Misfit) -> Json:
        body = super().render_misfit(visit, misfit)
        return {name: value.replace("~0", "~") if name == "pointer" else value for name, value in body.items()}


class LeastNumbersAreTaken(TransportServer):
    """A number below the least one that a parameter may have is taken for that one."""

    BREAKS = ("COM-ERR-06",)
    SUBTLE = True

    def parse_parameter(self, parameter: Parameter, sent: str) -> Any:
        below = parameter.name in ("minPowerKw", "direction", "spaceType") and sent.startswith("-") and sent[1:].isdigit()
        return super().parse_parameter(parameter, "1" if below else sent)


class BegunMinutesAreFree(TransportServer):
    """What a booking is longer than whole minutes is not charged, so that a second more than an hour costs an hour."""

    BREAKS = ("TRN-035",)
    SUBTLE = True

    def billed_hours(self, draft: Draft) -> int:
        return super().billed_hours(replace(draft, end=draft.start + (draft.end - draft.start) // 60 * 60))


class FullWithoutOneType(TransportServer):
    """A car park is full when no space of one type is left, though those of another type are free."""

    BREAKS = ("TRN-020",)
    SUBTLE = True

    def render_availability(self, park: CarPark, now: Fraction) -> Json:
        body = super().render_availability(park, now)
        return {**body, "fullStatus": 1} if any(space["availableSpaces"] == 0 for space in body["spaces"]) else body


class HoursRunOver(TransportServer):
    """In a query the hour 24 is taken for the hour 0 of the next day, as ISO 8601 has it and RFC 3339 has not."""

    BREAKS = ("COM-ERR-06",)
    SUBTLE = True

    def parse_parameter(self, parameter: Parameter, sent: str) -> Any:
        return super().parse_parameter(parameter, sent.replace("T24:", "T23:") if "T24:00" in sent else sent)


class NoughtOutweighsTheSpecific(TransportServer):
    """What a range of all types excludes in Accept is excluded, whatever a more specific range says."""

    BREAKS = ("COM-ERR-04",)
    SUBTLE = True

    def negotiate(self, operation: Operation, headers: Mapping[str, str]) -> None:
        if "*/*;q=0" in headers.get("accept", "").split(", "):
            raise Problem("not-acceptable")
        super().negotiate(operation, headers)
