"""The reference server of version 2.0: what 2.0 breaks of 1.1, on top of the server of 1.1.

Nobody who asks as 1.x has it is answered as before: what 1.x and 2.0 have in common is inherited, what 2.0 does otherwise is here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from conformance.reference.instants import DAY, HOUR
from conformance.reference.paging import Key
from conformance.reference.problems import Problem, invalid_parameter
from conformance.reference.transport.live import Approach, ArrivalRow
from conformance.reference.transport.passengers import Vehicle
from conformance.reference.transport.records import CarPark, Reservation, Route, RouteStop
from conformance.reference.transport.server import BBOX, CITY, PAGE, READ, ROUTE, STOP, UID
from conformance.reference.transport.server_1_1 import TransportServer11
from conformance.reference.wire import Answer, Call, Json, Parameter, instant, integer, operation, text

__all__ = ["Occupied", "TransportServer20"]

CODES = (0, 1, 2, 10, 255)  # of a direction
_HISTORY = 6  # hours of occupancy that are kept
_GONE = DAY  # after which an expired reservation is gone


def _code(sent: str) -> int:
    if sent not in map(str, CODES):
        raise ValueError(sent)
    return int(sent)


DIRECTION = Parameter("direction", _code, ("不在允許的值之中", "is not one of the permitted values"))


@dataclass(frozen=True)
class Occupied:
    """A car park at a time: an hour of the past, or now."""

    park: CarPark
    at: int


class TransportServer20(TransportServer11):
    """The server of 2.0."""

    version = "2.0.0"

    # ---------------------------------------------------------------- direction

    def direction(self, code: int) -> Json:
        """A direction."""
        return {"code": code}

    def render_route(self, route: Route, now: Fraction) -> Json:
        """A route."""
        ways = [{"subRouteUid": one.sub_route, "direction": self.direction(one.direction)} for one in route.patterns]
        return {**super().render_route(route, now), "subRoutes": ways}

    def render_route_stop(self, row: RouteStop, now: Fraction) -> Json:
        """A stop's place in a route."""
        return {**super().render_route_stop(row, now), "direction": self.direction(row.pattern.direction)}

    def run_of(self, vehicle: Vehicle) -> Json:
        """The route, sub-route and direction of a vehicle."""
        return {**super().run_of(vehicle), "direction": self.direction(vehicle.pattern.direction)}

    @operation("GET", "/routes/{routeUid}/stops", find="find_route", query=(DIRECTION, *PAGE))
    async def list_route_stops(self, call: Call) -> Answer:
        """The stops of a route."""
        return await super().list_route_stops(call)

    @operation("GET", "/arrivals", query=(STOP, ROUTE, DIRECTION, *PAGE))
    async def list_arrivals(self, call: Call) -> Answer:
        """Arrivals at a stop, of a route, or both."""
        return await super().list_arrivals(call)

    @operation("GET", "/vehicles", query=(ROUTE, DIRECTION, *PAGE))
    async def list_vehicles(self, call: Call) -> Answer:
        """Vehicles in service."""
        return await super().list_vehicles(call)

    # ---------------------------------------------------------------- predictions

    def due(self, approach: Approach) -> int:
        """The seconds until a vehicle comes, as they are published."""
        return self.estimate(approach)

    def meaning_of(self, status: int) -> str:
        """What comes: the arrival here, or the departure from the first stop."""
        return "ARRIVAL" if status == 0 else "DEPARTURE"

    def render_prediction(self, approach: Approach, status: int, tick: int) -> Json:
        """When one of the next vehicles comes."""
        return {
            "plateNumb": approach.plate,
            "dueSec": self.due(approach),
            "dueTime": self.stamp(tick + approach.seconds),
            "meaning": self.meaning_of(status),
            "isLastBus": approach.last,
        }

    def predictions(self, expected: list[Approach], status: int, tick: int) -> list[Json]:
        """The next vehicles, the nearest first."""
        return [self.render_prediction(approach, status, tick) for approach in expected]

    def render_arrival(self, row: ArrivalRow, now: Fraction) -> Json:
        """What is predicted for a pattern at a stop."""
        tick = self.source_tick("arrivals", now)
        coming = self.approaching(row, tick)
        status = self.stop_status(row, coming)
        return {
            "stopUid": row.stop,
            "routeUid": row.pattern.route,
            "subRouteUid": row.pattern.sub_route,
            "direction": self.direction(row.pattern.direction),
            "stopStatus": status,
            "predictions": self.predictions(self.expected(row, status, coming, tick), status, tick),
            "scheduledTime": self.scheduled_time(row),
            "srcUpdateTime": self.stamp(tick),
            **self.stale_mark("arrivals", now),
        }

    # ---------------------------------------------------------------- occupancy

    get_car_park_availability = None  # type: ignore[assignment]  # 2.0 has no such operation

    @operation("GET", "/carparks", query=(CITY, BBOX, integer("spaceType", 1, 7), instant("updatedSince"), *PAGE))
    async def list_car_parks(self, call: Call) -> Answer:
        """Car parks."""
        return await super().list_car_parks(call)

    def family_of(self, call: Call) -> str:
        """The family of data that an operation reads."""
        return "carparks" if call.operation.id == "listOccupancy" else super().family_of(call)

    def occupied(self, park: CarPark, now: Fraction) -> list[Occupied]:
        """The occupancy of a car park: at each full hour that is kept, and now."""
        tick = self.source_tick("carparks", now)
        hours = range((tick - 1) // HOUR - _HISTORY + 1, (tick - 1) // HOUR + 1)
        return [Occupied(park, at) for at in (*(hour * HOUR for hour in hours), tick)]

    def occupied_key(self, one: Occupied) -> Key:
        """The order of occupancy."""
        return (one.park.uid, one.at)

    def free_of(self, one: Occupied, now: Fraction) -> list[int | None]:
        """The free spaces of each type at a time; who holds a space is known of the present alone."""
        if one.at == self.source_tick("carparks", now):
            return [self.free_now(one.park, space, now) for space in one.park.spaces]
        then = Fraction(one.at)
        return [max(0, space.number - self.walk_ins(space, then)) if one.park.counted else None for space in one.park.spaces]

    def since(self, one: Occupied, wanted: Fraction) -> bool:
        """Filter from: the instant itself belongs to it."""
        return one.at >= wanted

    def until(self, one: Occupied, wanted: Fraction) -> bool:
        """Filter to: the instant itself does not belong to it."""
        return one.at < wanted

    def keeps_occupied(self, one: Occupied, query: Mapping[str, Any]) -> bool:
        """Items of listOccupancy."""
        return self.keeps(
            query,
            {
                "carParkUid": lambda wanted: one.park.uid == wanted,
                "from": lambda wanted: self.since(one, wanted),
                "to": lambda wanted: self.until(one, wanted),
            },
        )

    def render_occupied(self, one: Occupied, now: Fraction) -> Json:
        """Free spaces of a car park at a time."""
        free = self.free_of(one, now)
        return {
            "carParkUid": one.park.uid,
            "time": self.stamp(one.at),
            "serviceStatus": one.park.service,
            "chargeStatus": one.park.charge,
            "availableSpaces": self.available_total(free),
            "spaces": [
                {"spaceType": space.space_type, "numberOfSpaces": space.number, "availableSpaces": count}
                for space, count in zip(one.park.spaces, free, strict=True)
            ],
            **self.stale_mark("carparks", now),
        }

    @operation("GET", "/occupancy", query=(text("carParkUid", UID), instant("from"), instant("to"), *PAGE))
    async def list_occupancy(self, call: Call) -> Answer:
        """Occupancy of a car park over time."""
        if "carParkUid" not in call.query:
            raise invalid_parameter("carParkUid", ("必須提供", "is required"))
        self.require_time_order(call)
        known = (one for park in self.network.car_parks for one in self.occupied(park, call.now))
        rows = [one for one in known if self.keeps_occupied(one, call.query)]
        return self.collection(call, rows, self.occupied_key, lambda one: self.render_occupied(one, call.now))

    # ---------------------------------------------------------------- reservations

    def render_price(self, amount: int | None) -> Json | None:
        """A price as decimal text, or None where there is none."""
        return None if amount is None else {"amount": self.decimal(amount), "currency": "TWD"}

    def decimal(self, amount: int) -> str:
        """An amount as decimal text."""
        return str(amount)

    def is_gone(self, reservation: Reservation, now: Fraction) -> bool:
        """Whether a reservation expired so long ago that it is gone."""
        return reservation.state == "EXPIRED" and now >= reservation.updated + _GONE

    @operation("GET", "/reservations/{reservationId}", scope=READ, find="find_reservation")
    async def get_reservation(self, call: Call) -> Answer:
        """One of the tenant's reservations."""
        if self.is_gone(call.found, call.now):
            raise Problem("gone")
        return await super().get_reservation(call)
