"""The transport interface's operations: each finds its rows, and leaves the rest to the parts below."""

from __future__ import annotations

from fractions import Fraction

from conformance.reference.bodies import misfits
from conformance.reference.paging import Key
from conformance.reference.transport.booking import MOVE_MEMBERS, Booking
from conformance.reference.transport.live import ArrivalRow
from conformance.reference.transport.records import (
    STATES,
    CarPark,
    Connector,
    Reservation,
    Route,
    RouteStop,
    Station,
    Stop,
)
from conformance.reference.wire import (
    CURSOR,
    LIMIT,
    Answer,
    Call,
    box,
    choice,
    flag,
    instant,
    integer,
    number,
    operation,
    text,
)

__all__ = ["TransportServer"]

CITIES = (
    "TPE", "NWT", "TAO", "TXG", "TNN", "KHH", "KEE", "HSZ", "HSQ", "MIA", "CHA",
    "NAN", "YUN", "CYQ", "CYI", "PIF", "ILA", "HUA", "TTT", "KIN", "PEN", "LIE",
)  # fmt: skip
PAGE = (LIMIT, CURSOR)
CITY = choice("cityCode", *CITIES)
BBOX = box("bbox")
UID = r"[A-Z]{3}[A-Za-z0-9._~-]{1,61}"
STOP, ROUTE = text("stopUid", UID), text("routeUid", UID)
DIRECTION = integer("direction", 0, 2)
CONNECTOR_TYPES = ("CCS1", "CCS2", "CHADEMO", "TYPE1", "TYPE2", "TESLA_TPC", "GOGORO_SWAP", "OTHER")
READ, WRITE = "reservation:read", "reservation:write"


class TransportServer(Booking):
    """The reference server of the transport interface, correct in every detail."""

    # ---------------------------------------------------------------- stops and routes

    def stop_key(self, stop: Stop) -> Key:
        """The order of stops."""
        return (stop.uid,)

    @operation("GET", "/stops", query=(CITY, BBOX, ROUTE, instant("updatedSince"), *PAGE))
    async def list_stops(self, call: Call) -> Answer:
        """Stops."""
        rows = [stop for stop in self.network.stops if self.keeps_stop(stop, call.query)]
        return self.collection(call, rows, self.stop_key, lambda stop: self.render_stop_item(stop, call.now))

    @operation("GET", "/stops/{stopUid}", find="find_stop")
    async def get_stop(self, call: Call) -> Answer:
        """One stop."""
        return self.tagged(call, Answer(200, self.render_stop(call.found, call.now)))

    def find_stop(self, identifier: str, tenant: str, now: Fraction) -> Stop | None:
        """A stop by its UID."""
        return next((stop for stop in self.network.stops if stop.uid == identifier), None)

    def route_key(self, route: Route) -> Key:
        """The order of routes."""
        return (route.uid,)

    @operation("GET", "/routes", query=(CITY, text("operatorId", r"[0-9]{8}"), *PAGE))
    async def list_routes(self, call: Call) -> Answer:
        """Routes."""
        rows = [route for route in self.network.routes if self.keeps_route(route, call.query)]
        return self.collection(call, rows, self.route_key, lambda route: self.render_route(route, call.now))

    def route_stop_key(self, row: RouteStop) -> Key:
        """The order of a route's stops."""
        return (row.pattern.sub_route, row.pattern.direction, row.sequence)

    def boarding_of(self, index: int, count: int) -> int:
        """Whether passengers get on (1), off (-1) or both (0) at a pattern's stop."""
        return 1 if index == 0 else -1 if index == count - 1 else 0

    def sequence_of(self, index: int) -> int:
        """A stop's number on its pattern."""
        return index + 1

    def route_stops(self, route: Route) -> list[RouteStop]:
        """The stops of a route, pattern by pattern."""
        known = {stop.uid: stop for stop in self.network.stops}
        return [
            RouteStop(
                pattern,
                known[uid],
                self.sequence_of(index),
                self.boarding_of(index, len(pattern.stops)),
                pattern.distance[index],
            )
            for pattern in route.patterns
            for index, uid in enumerate(pattern.stops)
        ]

    @operation("GET", "/routes/{routeUid}/stops", find="find_route", query=(DIRECTION, *PAGE))
    async def list_route_stops(self, call: Call) -> Answer:
        """The stops of a route."""
        rows = [row for row in self.route_stops(call.found) if self.keeps_route_stop(row, call.query)]
        return self.collection(call, rows, self.route_stop_key, lambda row: self.render_route_stop(row, call.now))

    # ---------------------------------------------------------------- arrivals

    def arrival_key(self, row: ArrivalRow) -> Key:
        """The order of arrivals."""
        return (row.stop, row.pattern.route, row.pattern.sub_route, row.pattern.direction)

    def arrival_rows(self) -> list[ArrivalRow]:
        """Every stop of every pattern."""
        patterns = [pattern for route in self.network.routes for pattern in route.patterns]
        return [ArrivalRow(pattern, index) for pattern in patterns for index in range(len(pattern.stops))]

    @operation("GET", "/arrivals", query=(STOP, ROUTE, DIRECTION, *PAGE))
    async def list_arrivals(self, call: Call) -> Answer:
        """Arrivals at a stop, of a route, or both."""
        self.require_stop_or_route(call.query)
        rows = [row for row in self.arrival_rows() if self.keeps_arrival(row, call.query)]
        return self.collection(call, rows, self.arrival_key, lambda row: self.render_arrival(row, call.now))

    # ---------------------------------------------------------------- car parks

    def car_park_key(self, park: CarPark) -> Key:
        """The order of car parks."""
        return (park.uid,)

    @operation("GET", "/carparks", query=(CITY, BBOX, integer("spaceType", 1, 6), flag("hasAvailability"), *PAGE))
    async def list_car_parks(self, call: Call) -> Answer:
        """Car parks."""
        rows = [park for park in self.network.car_parks if self.keeps_car_park(park, call.query, call.now)]
        return self.collection(call, rows, self.car_park_key, lambda park: self.render_car_park_item(park, call.now))

    @operation("GET", "/carparks/{carParkUid}", find="find_car_park")
    async def get_car_park(self, call: Call) -> Answer:
        """One car park."""
        return self.tagged(call, Answer(200, self.render_car_park(call.found, call.now)))

    @operation("GET", "/carparks/{carParkUid}/availability", find="find_car_park")
    async def get_car_park_availability(self, call: Call) -> Answer:
        """The free spaces of a car park."""
        return Answer(200, self.render_availability(call.found, call.now))

    # ---------------------------------------------------------------- charging

    def station_key(self, station: Station) -> Key:
        """The order of stations."""
        return (station.uid,)

    @operation(
        "GET",
        "/ev-stations",
        query=(CITY, BBOX, choice("connectorType", *CONNECTOR_TYPES), number("minPowerKw", 0, 1000), *PAGE),
    )
    async def list_ev_stations(self, call: Call) -> Answer:
        """EV charging stations."""
        rows = [station for station in self.network.stations if self.keeps_station(station, call.query)]
        return self.collection(call, rows, self.station_key, lambda station: self.render_station(station, call.now))

    def connector_key(self, connector: Connector) -> Key:
        """The order of connectors."""
        return (connector.uid,)

    def find_station(self, identifier: str, tenant: str, now: Fraction) -> Station | None:
        """A station by its UID."""
        return next((station for station in self.network.stations if station.uid == identifier), None)

    @operation("GET", "/ev-stations/{stationUid}/connectors", find="find_station", query=PAGE)
    async def list_ev_connectors(self, call: Call) -> Answer:
        """The connectors of a station."""
        return self.collection(
            call,
            call.found.connectors,
            self.connector_key,
            lambda connector: self.render_connector(connector, call.now),
        )

    # ---------------------------------------------------------------- reservations

    def reservation_key(self, reservation: Reservation) -> Key:
        """The order of reservations."""
        made = reservation.created  # in whole numbers, since fractions are slow to multiply
        return (made.numerator * 1000 // made.denominator, reservation.id)

    @operation("GET", "/reservations", scope=READ, query=(choice("state", *STATES), instant("from"), instant("to"), *PAGE))
    async def list_reservations(self, call: Call) -> Answer:
        """The tenant's reservations."""
        self.require_time_order(call)
        known = self.reservations_of(call.tenant, call.now)
        rows = [reservation for reservation in known if self.keeps_reservation(reservation, call.query)]
        return self.collection(call, rows, self.reservation_key, self.render_reservation_item)

    @operation("POST", "/reservations", scope=WRITE, takes="application/json", idempotent_key=True)
    async def create_reservation(self, call: Call) -> Answer:
        """Makes a reservation."""
        known = self.idempotent_answer(call)
        if known is not None:
            return known
        draft = self.draft_of(call)
        self.check_interval(draft)
        made = await self.place(self.check_target(draft), draft)
        return self.remember(call, self.created(call, made))

    def created(self, call: Call, made: Reservation) -> Answer:
        """The answer to a creation."""
        headers = {"Location": self.location_of(call, made)}
        return self.tagged(call, Answer(self.creation_status(), self.render_reservation(made), headers))

    def creation_status(self) -> int:
        """The status of a creation."""
        return 201

    def location_of(self, call: Call, made: Reservation) -> str:
        """Where a new reservation is found."""
        return f"{self.base_path}/reservations/{made.id}"

    @operation("GET", "/reservations/{reservationId}", scope=READ, find="find_reservation")
    async def get_reservation(self, call: Call) -> Answer:
        """One of the tenant's reservations."""
        return self.tagged(call, Answer(200, self.render_reservation(call.found)))

    @operation(
        "PATCH",
        "/reservations/{reservationId}",
        scope=WRITE,
        find="find_reservation",
        takes="application/merge-patch+json",
    )
    async def update_reservation(self, call: Call) -> Answer:
        """Moves a reservation to another state."""
        self.check_precondition(call, self.etag_of(self.render_reservation(call.found)))
        self.refuse_misfits(misfits(call.body, MOVE_MEMBERS))
        moved = self.move(call.found, call.body["state"], call.now)
        return self.tagged(call, Answer(200, self.render_reservation(moved)))
