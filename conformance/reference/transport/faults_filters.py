"""Faults of filters: items kept that should not be, items missed, and filters that do not go together."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from conformance.reference.transport.live import ArrivalRow
from conformance.reference.transport.records import (
    CarPark,
    Connector,
    Reservation,
    Route,
    RouteStop,
    Station,
    Stop,
)
from conformance.reference.transport.server import TransportServer
from conformance.reference.wire import Box, Call, Parameter

__all__: list[str] = []

# -------------------------------------------------------------------- soundness


class CityFilterTakesNeighbour(TransportServer):
    """Asked for Taipei, a list holds New Taipei, too."""

    BREAKS = ("COM-FILT-01",)

    def matches_city(self, county: str, wanted: str) -> bool:
        return county == wanted or (wanted == "TPE" and county == "NWT")


class StationsIgnoreCity(TransportServer):
    """The list of charging stations ignores cityCode."""

    BREAKS = ("COM-FILT-01",)
    ALSO: Mapping[str, str] = {
        "COM-FILT-03": "with another filter, too, cityCode excludes nothing",
        "COM-FILT-04": "a city without stations gets all of them",
    }

    def keeps_station(self, station: Station, query: Mapping[str, Any]) -> bool:
        return super().keeps_station(station, {name: value for name, value in query.items() if name != "cityCode"})


class ConnectorTypeIsIgnored(TransportServer):
    """The list of charging stations ignores connectorType."""

    BREAKS = ("COM-FILT-01",)

    def has_connector_type(self, station: Station, wanted: str) -> bool:
        return True


class OperatorFilterComparesEnd(TransportServer):
    """operatorId compares the last four digits only."""

    BREAKS = ("COM-FILT-01",)
    SUBTLE = True

    def is_run_by(self, route: Route, operator: str) -> bool:
        return any(each[-4:] == operator[-4:] for each in route.operators)


class StateFilterTakesConfirmedForPending(TransportServer):
    """Asked for pending reservations, the list holds confirmed ones, too."""

    BREAKS = ("COM-FILT-01",)
    SUBTLE = True

    def is_in_state(self, reservation: Reservation, wanted: str) -> bool:
        return reservation.state == wanted or (wanted, reservation.state) == ("PENDING", "CONFIRMED")


class BoxIgnoresSouthEdge(TransportServer):
    """A bbox has no south edge."""

    BREAKS = ("COM-GEO-02",)
    ALSO: Mapping[str, str] = {"COM-FILT-01": "items south of the box are kept"}

    def in_bbox(self, lon: float, lat: float, area: Box) -> bool:
        west, _, east, north = area
        return west <= lon <= east and lat <= north


# -------------------------------------------------------------------- completeness


class UpdatedSinceIsStrict(TransportServer):
    """updatedSince leaves out what was updated at that very instant."""

    BREAKS = ("COM-FILT-02",)
    SUBTLE = True

    def changed_since(self, edited: int, since: Fraction) -> bool:
        return edited > since


class UpdatedSinceIsReadAsLocalTime(TransportServer):
    """updatedSince is taken to be eight hours later than it is."""

    BREAKS = ("COM-FILT-02",)

    def changed_since(self, edited: int, since: Fraction) -> bool:
        return edited >= since + 8 * 3600


class CityFilterMissesHighwayStops(TransportServer):
    """cityCode misses stops whose UID was issued by a central authority."""

    BREAKS = ("COM-FILT-02",)
    SUBTLE = True

    def keeps_stop(self, stop: Stop, query: Mapping[str, Any]) -> bool:
        return super().keeps_stop(stop, query) and ("cityCode" not in query or stop.uid.startswith(stop.county))


class OperatorFilterSeesFirstOperator(TransportServer):
    """operatorId misses routes of which the operator is not the first one."""

    BREAKS = ("COM-FILT-02",)

    def is_run_by(self, route: Route, operator: str) -> bool:
        return route.operators[0] == operator


class SpaceTypeFilterSeesFirstType(TransportServer):
    """spaceType misses car parks that list the type second or later."""

    BREAKS = ("COM-FILT-02",)

    def has_space_type(self, park: CarPark, wanted: int) -> bool:
        return park.spaces[0].space_type == wanted


class RouteFilterSeesOneDirection(TransportServer):
    """routeUid keeps the stops of the outward journey only."""

    BREAKS = ("COM-FILT-02",)

    def serves_stop(self, route: Route, stop: str) -> bool:
        return any(stop in pattern.stops for pattern in route.patterns if pattern.direction != 1)


class BoxExcludesEastEdge(TransportServer):
    """An item on the east edge of a bbox is left out."""

    BREAKS = ("COM-GEO-02",)
    SUBTLE = True
    ALSO: Mapping[str, str] = {"COM-FILT-02": "an item on the edge is missing"}

    def in_bbox(self, lon: float, lat: float, area: Box) -> bool:
        return super().in_bbox(lon, lat, area) and lon < area[2]


class BoxExcludesSouthEdge(TransportServer):
    """An item on the south edge of a bbox is left out."""

    BREAKS = ("COM-GEO-02",)
    SUBTLE = True
    ALSO: Mapping[str, str] = {"COM-FILT-02": "an item on the edge is missing"}

    def in_bbox(self, lon: float, lat: float, area: Box) -> bool:
        return super().in_bbox(lon, lat, area) and lat > area[1]


class BoxIsRounded(TransportServer):
    """A bbox is rounded to two decimals, about a kilometre, before it is applied."""

    BREAKS = ("COM-GEO-02",)
    SUBTLE = True
    ALSO: Mapping[str, str] = {"COM-FILT-01": "items just outside are kept", "COM-FILT-02": "items just inside are missing"}

    def in_bbox(self, lon: float, lat: float, area: Box) -> bool:
        west, south, east, north = (round(edge, 2) for edge in area)
        return super().in_bbox(lon, lat, (west, south, east, north))


class InvertedBoxIsTurned(TransportServer):
    """A bbox whose edges are the wrong way round is turned and answered."""

    BREAKS = ("COM-GEO-02",)

    def parse_parameter(self, parameter: Parameter, sent: str) -> Any:
        parts = sent.split(",")
        if parameter.name == "bbox" and len(parts) == 4 and all(part.replace(".", "", 1).isdecimal() for part in parts):
            west, east = sorted((parts[0], parts[2]), key=float)
            south, north = sorted((parts[1], parts[3]), key=float)
            sent = ",".join((west, south, east, north))
        return super().parse_parameter(parameter, sent)


class BoxTakesFirstFourNumbers(TransportServer):
    """A bbox of more than four numbers is cut off after the fourth."""

    BREAKS = ("COM-GEO-02",)

    def parse_parameter(self, parameter: Parameter, sent: str) -> Any:
        kept = ",".join(sent.split(",")[:4]) if parameter.name == "bbox" else sent
        return super().parse_parameter(parameter, kept)


# -------------------------------------------------------------------- conjunction


class FiltersAreAlternatives(TransportServer):
    """With several filters an item is kept that satisfies one of them."""

    BREAKS = ("COM-FILT-03",)
    ALSO: Mapping[str, str] = {
        "COM-FILT-01": "an item of the result may break one of the filters",
        "COM-FILT-04": "two filters that no item satisfies together get items",
        "COM-FILT-05": "a range is the union of two half-lines",
        "TRN-017": "stopUid and routeUid together give the union",
    }

    def combine(self, results: list[bool]) -> bool:
        return not results or any(results)


class CityTurnsOffBox(TransportServer):
    """With cityCode the bbox of car parks is ignored."""

    BREAKS = ("COM-FILT-03",)
    ALSO: Mapping[str, str] = {"COM-FILT-01": "an item of the result may lie outside the box"}

    def keeps_car_park(self, park: CarPark, query: Mapping[str, Any], now: Fraction) -> bool:
        ignored = "bbox" if "cityCode" in query else ""
        return super().keeps_car_park(park, {name: value for name, value in query.items() if name != ignored}, now)


class TypeAndPowerMeetInOneConnector(TransportServer):
    """connectorType and minPowerKw together ask for one connector that satisfies both."""

    BREAKS = ("COM-FILT-03",)
    SUBTLE = True
    ALSO: Mapping[str, str] = {
        "COM-FILT-02": "stations that satisfy each by another connector are missing",
        "TRN-026": "such a station has a connector that is strong enough",
    }

    def keeps_station(self, station: Station, query: Mapping[str, Any]) -> bool:
        kept = super().keeps_station(station, query)
        if not kept or not {"connectorType", "minPowerKw"} <= query.keys():
            return kept
        of_type = [connector for connector in station.connectors if connector.kind == query["connectorType"]]
        return any(connector.power >= query["minPowerKw"] for connector in of_type)


# -------------------------------------------------------------------- time ranges


class RangeEndBelongsToRange(TransportServer):
    """A reservation that starts exactly at `to` is kept."""

    BREAKS = ("COM-FILT-05",)
    SUBTLE = True
    ALSO: Mapping[str, str] = {"COM-FILT-01": "the range is half-open"}

    def starts_before(self, reservation: Reservation, until: Fraction) -> bool:
        return reservation.start <= until


class RangeStartIsExcluded(TransportServer):
    """A reservation that starts exactly at `from` is left out."""

    BREAKS = ("COM-FILT-05",)
    SUBTLE = True
    ALSO: Mapping[str, str] = {"COM-FILT-02": "the range is half-open"}

    def starts_from(self, reservation: Reservation, since: Fraction) -> bool:
        return reservation.start > since


class InvertedRangeIsEmpty(TransportServer):
    """A range that ends before it begins is answered with no items."""

    BREAKS = ("COM-FILT-05",)

    def require_time_order(self, call: Call) -> None:
        return


# -------------------------------------------------------------------- filters with a requirement of their own


class RouteStopsIgnoreDirection(TransportServer):
    """The stops of a route are listed for all directions, whichever was asked for."""

    BREAKS = ("TRN-007",)
    ALSO: Mapping[str, str] = {
        "COM-FILT-01": "items of other directions are kept",
        "COM-FILT-04": "a direction that the route does not have gets all stops",
    }

    def keeps_route_stop(self, row: RouteStop, query: Mapping[str, Any]) -> bool:
        return True


class LoopsHaveNoDirection(TransportServer):
    """Stops of a loop are listed for no direction."""

    BREAKS = ("TRN-007",)
    SUBTLE = True
    ALSO: Mapping[str, str] = {"COM-FILT-02": "direction=2 misses the stops of loops"}

    def matches_direction(self, direction: int, wanted: int) -> bool:
        return direction == wanted and direction != 2


class StopViewMissesBranches(TransportServer):
    """Arrivals asked for by stop lack the second sub-route."""

    BREAKS = ("TRN-016",)
    ALSO: Mapping[str, str] = {"COM-FILT-02": "arrivals at the stop are missing"}

    def keeps_arrival(self, row: ArrivalRow, query: Mapping[str, Any]) -> bool:
        branch = row.pattern.sub_route.endswith("02") and "routeUid" not in query
        return not branch and super().keeps_arrival(row, query)


class ArrivalsOfEverywhere(TransportServer):
    """Without stopUid and routeUid all arrivals are listed."""

    BREAKS = ("TRN-017",)

    def require_stop_or_route(self, query: Mapping[str, Any]) -> None:
        return


class StopAndRouteGiveUnion(TransportServer):
    """With stopUid and routeUid the arrivals of both are listed."""

    BREAKS = ("TRN-017",)
    SUBTLE = True
    ALSO: Mapping[str, str] = {"COM-FILT-01": "items break one of the filters", "COM-FILT-03": "it is no conjunction"}

    def keeps_arrival(self, row: ArrivalRow, query: Mapping[str, Any]) -> bool:
        if not {"stopUid", "routeUid"} <= query.keys():
            return super().keeps_arrival(row, query)
        views = ({name: value for name, value in query.items() if name != other} for other in ("stopUid", "routeUid"))
        return any(super(StopAndRouteGiveUnion, self).keeps_arrival(row, view) for view in views)


class AvailabilityFilterSkipsClosed(TransportServer):
    """hasAvailability=true leaves out closed car parks, though they have free spaces."""

    BREAKS = ("TRN-021",)
    ALSO: Mapping[str, str] = {"COM-FILT-02": "car parks with free spaces are missing"}

    def has_availability(self, park: CarPark, wanted: bool, now: Fraction) -> bool:
        kept = super().has_availability(park, wanted, now)
        return kept and (park.service == 1 or not wanted)


class AvailabilityFilterTakesUnknown(TransportServer):
    """hasAvailability=true keeps car parks of which nobody knows how many spaces are free."""

    BREAKS = ("TRN-021",)
    SUBTLE = True
    ALSO: Mapping[str, str] = {
        "COM-FILT-01": "car parks without a number above 0 are kept",
        "COM-FILT-02": "and missing from those without",
    }

    def has_availability(self, park: CarPark, wanted: bool, now: Fraction) -> bool:
        return wanted if not park.counted else super().has_availability(park, wanted, now)


class PowerFilterNeedsAllConnectors(TransportServer):
    """minPowerKw keeps stations of which every connector is strong enough."""

    BREAKS = ("TRN-026",)
    ALSO: Mapping[str, str] = {"COM-FILT-02": "stations with one strong connector are missing"}

    def has_power(self, station: Station, wanted: float) -> bool:
        return all(self.is_strong_enough(connector, wanted) for connector in station.connectors)


class PowerFilterIsStrict(TransportServer):
    """minPowerKw leaves out connectors that have exactly this power."""

    BREAKS = ("TRN-026",)
    SUBTLE = True
    ALSO: Mapping[str, str] = {"COM-FILT-02": "stations whose strongest connector has this power are missing"}

    def is_strong_enough(self, connector: Connector, power: float) -> bool:
        return connector.power > power
