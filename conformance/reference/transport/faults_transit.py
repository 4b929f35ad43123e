"""Faults of buses: stops, routes and arrivals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction

from conformance.reference.transport.live import Approach, ArrivalRow
from conformance.reference.transport.records import Network, Route, RouteStop
from conformance.reference.transport.seeds import change_car_park, change_route, change_station, change_stop
from conformance.reference.transport.server import TransportServer
from conformance.reference.wire import Json

__all__: list[str] = []

# -------------------------------------------------------------------- identifiers and places


class TwoRoutesShareUid(TransportServer):
    """Two routes have the same UID."""

    BREAKS = ("TRN-001",)
    ALSO: Mapping[str, str] = {
        "COM-PAGE-01": "an item is listed twice, or lost between two pages",
        "COM-PAGE-07": "a page that ends between the two loses one",
        "COM-SORT-01": "two items have the same place in the order",
        "TRN-004": "only one of the two can be asked for its stops",
        "TRN-008": "arrivals of one of the two are on no listed stop",
    }

    def seed(self) -> Network:
        network = super().seed()
        first = next(route for route in network.routes if route.uid == "TXG160")
        return change_route(network, "TXG33", uid=first.uid)


class TwoCarParksShareUid(TransportServer):
    """Two car parks have the same UID."""

    BREAKS = ("TRN-001",)
    SUBTLE = True
    ALSO: Mapping[str, str] = {
        "COM-PAGE-01": "an item is listed twice, or lost between two pages",
        "COM-PAGE-07": "a page that ends between the two loses one",
        "COM-SORT-01": "two items have the same place in the order",
        "COM-CONS-02": "only one of the two can be read by itself",
        "TRN-018": "only one of the two can be read by itself",
        "TRN-021": "only one of the two has an availability",
        "COM-FILT-01": "a filter on availability judges one of the two by that of the other",
    }

    def seed(self) -> Network:
        return change_car_park(super().seed(), "ILA0037", uid="ILA0024")


class PrefixIsThatOfAnotherCity(TransportServer):
    """The UID of a car park begins with the code of another city."""

    BREAKS = ("TRN-002",)
    SUBTLE = True

    def seed(self) -> Network:
        return change_car_park(super().seed(), "ILA0024", uid="TXG9024")


class PrefixIsNoAuthority(TransportServer):
    """The UID of a charging station begins with a code that no authority has."""

    BREAKS = ("TRN-002",)

    def seed(self) -> Network:
        return change_station(super().seed(), "ILAEV029", uid="XYZEV029")


class SubRouteIsOfNoAuthority(TransportServer):
    """The UIDs of sub-routes begin with a code that no authority has."""

    BREAKS = ("TRN-002",)

    def seed(self) -> Network:
        network = super().seed()
        route = next(route for route in network.routes if route.uid == "TXG160")
        renamed = tuple(replace(pattern, sub_route="XYZ" + pattern.sub_route[3:]) for pattern in route.patterns)
        return change_route(network, route.uid, patterns=renamed)


class StopLiesInAnotherCity(TransportServer):
    """A stop of Taipei is drawn in Keelung."""

    BREAKS = ("TRN-003",)
    SUBTLE = True
    ALSO: Mapping[str, str] = {"COM-GEO-03": "the same promise in the words of the common layer"}

    def seed(self) -> Network:
        return change_stop(super().seed(), "TPE10348", lon=121.7392, lat=25.1316)


class CityCodeIsOutOfDate(TransportServer):
    """A stop of New Taipei has the code that the county had."""

    BREAKS = ("TRN-003",)
    ALSO: Mapping[str, str] = {"COM-DOC-02": "the code is not in the list", "COM-GEO-03": "it is the code of no city"}

    def seed(self) -> Network:
        return change_stop(super().seed(), "THB30712", county="TPQ")


# -------------------------------------------------------------------- routes


class RouteStopsHaveOtherNames(TransportServer):
    """The name of a stop in the list of a route's stops is not that of the stop."""

    BREAKS = ("TRN-004",)

    def render_route_stop(self, row: RouteStop, now: Fraction) -> Json:
        body = super().render_route_stop(row, now)
        return {**body, "stopName": self.localized(f"{row.stop.zh}站", row.stop.en)}


class RouteServesUnknownStop(TransportServer):
    """A route lists a stop that does not exist."""

    BREAKS = ("TRN-004",)
    ALSO: Mapping[str, str] = {
        "COM-FILT-02": "no stop is kept for the one that the route lists",
        "COM-FILT-01": "a stop is kept that the route does not list",
        "TRN-006": "the distance to it is not known",
        "TRN-008": "arrivals are at the stop that the route does not list",
    }

    def render_route_stop(self, row: RouteStop, now: Fraction) -> Json:
        body = super().render_route_stop(row, now)
        return {**body, "stopUid": "ILA49999"} if row.stop.uid == "ILA40250" else body


class SequenceBeginsAtZero(TransportServer):
    """The stops of a pattern are numbered from 0."""

    BREAKS = ("TRN-005",)
    ALSO: Mapping[str, str] = {"COM-DOC-02": "the least number is 1"}

    def sequence_of(self, index: int) -> int:
        return index


class SequenceHasGapAtStart(TransportServer):
    """The stops of a pattern are numbered from 2."""

    BREAKS = ("TRN-005",)

    def sequence_of(self, index: int) -> int:
        return index + 2


class SequenceNumberIsUsedTwice(TransportServer):
    """The third and the fourth stop of a pattern have the same number."""

    BREAKS = ("TRN-005",)
    SUBTLE = True
    ALSO: Mapping[str, str] = {
        "COM-PAGE-01": "two items have the same key, and one is lost between two pages",
        "COM-PAGE-07": "so the traversal is shorter than the count",
        "COM-SORT-01": "two items have the same place in the order",
        "TRN-007": "the key of an item is not unique",
    }

    def sequence_of(self, index: int) -> int:
        return index + 1 if index < 3 else index


class StopIsFarFromTheNext(TransportServer):
    """A stop of a city bus route is drawn in the mountains of its city, 60 kilometres from the next."""

    BREAKS = ("TRN-006",)

    def seed(self) -> Network:
        return change_stop(super().seed(), "TXG20222", lon=121.2505, lat=24.2551)


class SubRouteIsNamedTwice(TransportServer):
    """A route names the same sub-route and direction twice."""

    BREAKS = ("TRN-007",)

    def render_route(self, route: Route, now: Fraction) -> Json:
        body = super().render_route(route, now)
        return {**body, "subRoutes": [*body["subRoutes"], body["subRoutes"][0]]}


# -------------------------------------------------------------------- arrivals


class BusesArriveWhereTheyDoNotStop(TransportServer):
    """There are arrivals of a route at a stop that it does not serve."""

    BREAKS = ("TRN-008",)

    def arrival_rows(self) -> list[ArrivalRow]:
        rows = super().arrival_rows()
        astray = next(row for row in rows if row.pattern.route == "ILA0212")
        stops = ("ILA40110", *astray.pattern.stops[1:])
        return [*rows, ArrivalRow(replace(astray.pattern, stops=stops), 0)]


class LastBusIsStillEstimated(TransportServer):
    """After the last bus there is still an estimate."""

    BREAKS = ("TRN-009",)

    def expected(self, row: ArrivalRow, status: int, coming: list[Approach], tick: int) -> list[Approach]:
        return [self.next_departure(row, tick)] if status == 3 else super().expected(row, status, coming, tick)


class PassedStopIsStillEstimated(TransportServer):
    """At a stop that buses pass without stopping there are estimates."""

    BREAKS = ("TRN-009",)
    SUBTLE = True

    def expected(self, row: ArrivalRow, status: int, coming: list[Approach], tick: int) -> list[Approach]:
        return coming if status == 2 else super().expected(row, status, coming, tick)


class ServedStopHasNoEstimate(TransportServer):
    """At a stop that is served there is no estimate when the next bus is more than five minutes away."""

    BREAKS = ("TRN-010",)

    def expected(self, row: ArrivalRow, status: int, coming: list[Approach], tick: int) -> list[Approach]:
        expected = super().expected(row, status, coming, tick)
        return [] if status == 0 and expected[0].seconds > 300 else expected


class DepartureIsCalledArrival(TransportServer):
    """The time until a bus leaves its first stop is called an arrival."""

    BREAKS = ("TRN-011",)
    SUBTLE = True

    def estimate_meaning(self, status: int, estimate: int | None) -> Json:
        return super().estimate_meaning(0, estimate)


class MeaningIsNotSaid(TransportServer):
    """What an estimate means is not said."""

    BREAKS = ("TRN-011",)

    def estimate_meaning(self, status: int, estimate: int | None) -> Json:
        return {}


class EstimatesAreInMinutes(TransportServer):
    """Estimates are minutes and not seconds."""

    BREAKS = ("TRN-012",)

    def estimate(self, approach: Approach) -> int:
        return approach.seconds // 60


class NextBusComesInAnotherZone(TransportServer):
    """nextBusTime is eight hours earlier than the estimate says."""

    BREAKS = ("TRN-012",)

    def next_bus_time(self, tick: int, expected: list[Approach]) -> str | None:
        return super().next_bus_time(tick - 8 * 3600, expected)


class EstimatesBeginWithTheLast(TransportServer):
    """estimates are in descending order."""

    BREAKS = ("TRN-013",)
    ALSO: Mapping[str, str] = {"TRN-012": "the first of them is not the next bus"}

    def estimates_of(self, expected: list[Approach]) -> list[Json]:
        return super().estimates_of(expected)[::-1]


class EstimateIsThatOfTheLastBus(TransportServer):
    """estimateTimeSec is the greatest of the estimates."""

    BREAKS = ("TRN-013",)
    SUBTLE = True
    ALSO: Mapping[str, str] = {"TRN-012": "nextBusTime is that of the first"}

    def first_estimate(self, estimates: list[Json]) -> int | None:
        return super().first_estimate(estimates[-1:])


class BusIsAtLaterStopsSooner(TransportServer):
    """At every other stop buses are estimated seven minutes too early."""

    BREAKS = ("TRN-014",)

    def approaching(self, row: ArrivalRow, tick: int) -> list[Approach]:
        early = 420 if row.index % 2 else 0
        return [replace(each, seconds=max(0, each.seconds - early)) for each in super().approaching(row, tick)]


class EstimatesCountDown(TransportServer):
    """Estimates are counted down between two updates of the source."""

    BREAKS = ("TRN-015",)

    def approaching(self, row: ArrivalRow, tick: int) -> list[Approach]:
        gone = int(self.now()) - tick
        return [replace(each, seconds=max(0, each.seconds - gone)) for each in super().approaching(row, tick)]


class StopIsRenamedOnItsRoute(TransportServer):
    """The English name of a stop on a route is not that of the stop."""

    BREAKS = ("TRN-004",)
    SUBTLE = True

    def render_route_stop(self, row: RouteStop, now: Fraction) -> Json:
        body = super().render_route_stop(row, now)
        renamed = row.stop.uid == "TXG20194"
        return {**body, "stopName": self.localized(row.stop.zh, "Chao Ma")} if renamed else body
