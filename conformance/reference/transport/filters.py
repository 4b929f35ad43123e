"""The filters of the transport interface: one small question each, and all of them have to be answered yes."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from conformance.reference.problems import invalid_parameter
from conformance.reference.transport.live import ArrivalRow, Live
from conformance.reference.transport.records import CarPark, Connector, Reservation, Route, RouteStop, Station, Stop
from conformance.reference.wire import Box

__all__ = ["Filters"]


class Filters(Live):
    """Predicates over single items."""

    # ---------------------------------------------------------------- single filters

    def matches_city(self, county: str, wanted: str) -> bool:
        """Filter cityCode."""
        return county == wanted

    def in_bbox(self, lon: float, lat: float, area: Box) -> bool:
        """Filter bbox: edges belong to the box."""
        west, south, east, north = area
        return west <= lon <= east and south <= lat <= north

    def serves_stop(self, route: Route, stop: str) -> bool:
        """Whether a stop is among a route's stops."""
        return any(stop in pattern.stops for pattern in route.patterns)

    def is_on_route(self, stop: Stop, wanted: str) -> bool:
        """Filter listStops.routeUid."""
        route = self.find_route(wanted, "", Fraction(0))
        return route is not None and self.serves_stop(route, stop.uid)

    def changed_since(self, edited: int, since: Fraction) -> bool:
        """Filter updatedSince: the instant itself belongs to it."""
        return edited >= since

    def is_run_by(self, route: Route, operator: str) -> bool:
        """Filter listRoutes.operatorId."""
        return operator in route.operators

    def matches_direction(self, direction: int, wanted: int) -> bool:
        """Filter direction."""
        return direction == wanted

    def arrives_at(self, row: ArrivalRow, stop: str) -> bool:
        """Filter listArrivals.stopUid."""
        return row.stop == stop

    def arrives_on(self, row: ArrivalRow, route: str) -> bool:
        """Filter listArrivals.routeUid."""
        return row.pattern.route == route

    def has_space_type(self, park: CarPark, wanted: int) -> bool:
        """Filter listCarParks.spaceType."""
        return any(space.space_type == wanted for space in park.spaces)

    def has_availability(self, park: CarPark, wanted: bool, now: Fraction) -> bool:
        """Filter listCarParks.hasAvailability: an unknown number is no availability."""
        available = self.available_total([self.free_now(park, space, now) for space in park.spaces])
        return (available is not None and available > 0) is wanted

    def has_connector_type(self, station: Station, wanted: str) -> bool:
        """Filter listEvStations.connectorType."""
        return any(connector.kind == wanted for connector in station.connectors)

    def is_strong_enough(self, connector: Connector, power: float) -> bool:
        """Whether one connector has at least this power."""
        return connector.power >= power

    def has_power(self, station: Station, wanted: float) -> bool:
        """Filter listEvStations.minPowerKw: one connector is enough."""
        return any(self.is_strong_enough(connector, wanted) for connector in station.connectors)

    def is_in_state(self, reservation: Reservation, wanted: str) -> bool:
        """Filter listReservations.state."""
        return reservation.state == wanted

    def starts_from(self, reservation: Reservation, since: Fraction) -> bool:
        """Filter listReservations.from: the instant itself belongs to it."""
        return reservation.start >= since

    def starts_before(self, reservation: Reservation, until: Fraction) -> bool:
        """Filter listReservations.to: the instant itself does not belong to it."""
        return reservation.start < until

    # ---------------------------------------------------------------- whole queries

    def keeps_stop(self, stop: Stop, query: Mapping[str, Any]) -> bool:
        """Items of listStops."""
        return self.keeps(
            query,
            {
                "cityCode": lambda wanted: self.matches_city(stop.county, wanted),
                "bbox": lambda area: self.in_bbox(stop.lon, stop.lat, area),
                "routeUid": lambda wanted: self.is_on_route(stop, wanted),
                "updatedSince": lambda since: self.changed_since(self.edited(stop.age), since),
            },
        )

    def keeps_route(self, route: Route, query: Mapping[str, Any]) -> bool:
        """Items of listRoutes."""
        return self.keeps(
            query,
            {
                "cityCode": lambda wanted: self.matches_city(route.county, wanted),
                "operatorId": lambda wanted: self.is_run_by(route, wanted),
            },
        )

    def keeps_route_stop(self, row: RouteStop, query: Mapping[str, Any]) -> bool:
        """Items of listRouteStops."""
        return self.keeps(query, {"direction": lambda wanted: self.matches_direction(row.pattern.direction, wanted)})

    def keeps_arrival(self, row: ArrivalRow, query: Mapping[str, Any]) -> bool:
        """Items of listArrivals."""
        return self.keeps(
            query,
            {
                "stopUid": lambda wanted: self.arrives_at(row, wanted),
                "routeUid": lambda wanted: self.arrives_on(row, wanted),
                "direction": lambda wanted: self.matches_direction(row.pattern.direction, wanted),
            },
        )

    def keeps_car_park(self, park: CarPark, query: Mapping[str, Any], now: Fraction) -> bool:
        """Items of listCarParks."""
        return self.keeps(
            query,
            {
                "cityCode": lambda wanted: self.matches_city(park.county, wanted),
                "bbox": lambda area: self.in_bbox(park.lon, park.lat, area),
                "spaceType": lambda wanted: self.has_space_type(park, wanted),
                "hasAvailability": lambda wanted: self.has_availability(park, wanted, now),
            },
        )

    def keeps_station(self, station: Station, query: Mapping[str, Any]) -> bool:
        """Items of listEvStations."""
        return self.keeps(
            query,
            {
                "cityCode": lambda wanted: self.matches_city(station.county, wanted),
                "bbox": lambda area: self.in_bbox(station.lon, station.lat, area),
                "connectorType": lambda wanted: self.has_connector_type(station, wanted),
                "minPowerKw": lambda wanted: self.has_power(station, wanted),
            },
        )

    def keeps_reservation(self, reservation: Reservation, query: Mapping[str, Any]) -> bool:
        """Items of listReservations."""
        return self.keeps(
            query,
            {
                "state": lambda wanted: self.is_in_state(reservation, wanted),
                "from": lambda since: self.starts_from(reservation, since),
                "to": lambda until: self.starts_before(reservation, until),
            },
        )

    # ---------------------------------------------------------------- queries that cannot be answered

    def require_stop_or_route(self, query: Mapping[str, Any]) -> None:
        """Refuses arrivals of everywhere."""
        if "stopUid" not in query and "routeUid" not in query:
            raise invalid_parameter("stopUid", ("stopUid 與 routeUid 至少須給一個", "is required unless routeUid is given"))

    def find_route(self, identifier: str, tenant: str, now: Fraction) -> Route | None:
        """A route by its UID."""
        return next((route for route in self.network.routes if route.uid == identifier), None)
