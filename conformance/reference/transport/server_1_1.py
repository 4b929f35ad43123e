"""The reference server of version 1.1: what 1.1 adds, on top of the server of 1.0."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from typing import Any

from conformance.reference.bodies import misfits, whole
from conformance.reference.instants import HOUR
from conformance.reference.paging import Key
from conformance.reference.transport.booking import DRAFT_MEMBERS
from conformance.reference.transport.live import Approach, ArrivalRow
from conformance.reference.transport.notices import SUBSCRIPTION, Notices
from conformance.reference.transport.passengers import ALERTS, UNKNOWN_STATUS, Alert, Vehicle
from conformance.reference.transport.records import CarPark, Pattern, Reservation, Stop
from conformance.reference.transport.server import BBOX, CITY, DIRECTION, PAGE, ROUTE, STOP, TransportServer
from conformance.reference.wire import Answer, Call, Json, flag, instant, integer, operation

__all__ = ["TransportServer11"]

_FAMILIES = {"listAlerts": "alerts", "listVehicles": "vehicles"}


class TransportServer11(Notices, TransportServer):
    """The server of 1.1: whoever asks it as 1.0 has it, is answered as 1.0 has it."""

    version = "1.1.0"
    scopes = (*TransportServer.scopes, "subscription:write")
    draft_members = tuple(replace(one, fits=whole(1, 7)) if one.name == "spaceType" else one for one in DRAFT_MEMBERS)

    def family_of(self, call: Call) -> str:
        """The family of data that an operation reads."""
        return _FAMILIES.get(call.operation.id) or super().family_of(call)

    # ---------------------------------------------------------------- what grew

    def stop_status(self, row: ArrivalRow, coming: list[Approach]) -> int:
        """5 where the source says no more than that something is otherwise."""
        status = super().stop_status(row, coming)
        return self.other_status() if status in (0, 1) and row.stop in UNKNOWN_STATUS else status

    def other_status(self) -> int:
        """The status that came with 1.1."""
        return 5

    def accessibility(self, number: int) -> Json:
        """Whether a place can be used in a wheelchair; it is not known of all."""
        known = ("FULL", "PARTIAL", "NONE", "")[number % 4]
        return {"accessibility": known} if known else {}

    def render_stop(self, stop: Stop, now: Fraction) -> Json:
        """A stop."""
        return {**super().render_stop(stop, now), **self.accessibility(stop.revision)}

    def render_car_park(self, park: CarPark, now: Fraction) -> Json:
        """A car park."""
        return {**super().render_car_park(park, now), **self.accessibility(int(park.age))}

    def keeps_car_park(self, park: CarPark, query: Mapping[str, Any], now: Fraction) -> bool:
        """Items of listCarParks."""
        since = query.get("updatedSince")
        others = {name: value for name, value in query.items() if name != "updatedSince"}
        return super().keeps_car_park(park, others, now) and (since is None or self.park_changed_since(park, since))

    def park_changed_since(self, park: CarPark, since: Fraction) -> bool:
        """Filter listCarParks.updatedSince: the instant itself belongs to it."""
        return self.edited(park.age) >= since

    @operation(
        "GET",
        "/carparks",
        query=(CITY, BBOX, integer("spaceType", 1, 7), flag("hasAvailability"), instant("updatedSince"), *PAGE),
    )
    async def list_car_parks(self, call: Call) -> Answer:
        """Car parks."""
        return await super().list_car_parks(call)

    # ---------------------------------------------------------------- alerts

    def alert_key(self, alert: Alert) -> Key:
        """The order of alerts."""
        return (self.alert_uid(alert),)

    def alert_uid(self, alert: Alert) -> str:
        """The name of an alert."""
        return alert.uid

    def alert_stops(self, alert: Alert) -> list[str]:
        """The stops that an alert names."""
        return list(alert.stops)

    def alert_routes(self, alert: Alert) -> list[str]:
        """The routes that an alert names."""
        return list(alert.routes)

    def alerts(self) -> list[Alert]:
        """The alerts that are in force, with the stops and routes that there are."""
        stops, routes = ({one.uid for one in family} for family in (self.network.stops, self.network.routes))
        named = [
            replace(
                one, stops=tuple(filter(stops.__contains__, one.stops)), routes=tuple(filter(routes.__contains__, one.routes))
            )
            for one in ALERTS
        ]
        return [one for one in named if one.stops or one.routes]

    def keeps_alert(self, alert: Alert, query: Mapping[str, Any]) -> bool:
        """Items of listAlerts."""
        return self.keeps(
            query,
            {
                "routeUid": lambda wanted: wanted in self.alert_routes(alert),
                "stopUid": lambda wanted: wanted in self.alert_stops(alert),
            },
        )

    def render_alert(self, alert: Alert, now: Fraction) -> Json:
        """An alert."""
        begun = self.edited(alert.begun)
        return {
            "alertUid": self.alert_uid(alert),
            "title": self.localized(alert.zh, alert.en),
            "cause": alert.cause,
            "effect": alert.effect,
            "routeUids": self.alert_routes(alert),
            "stopUids": self.alert_stops(alert),
            "startTime": self.stamp(begun),
            "endTime": None if alert.lasting is None else self.stamp(begun + alert.lasting * HOUR),
            "updateTime": self.stamp(self.edited(alert.age)),
            **self.stale_mark("alerts", now),
        }

    @operation("GET", "/alerts", query=(ROUTE, STOP, *PAGE))
    async def list_alerts(self, call: Call) -> Answer:
        """Alerts."""
        rows = [alert for alert in self.alerts() if self.keeps_alert(alert, call.query)]
        return self.collection(call, rows, self.alert_key, lambda alert: self.render_alert(alert, call.now))

    # ---------------------------------------------------------------- vehicles

    def vehicles_of(self, pattern: Pattern, tick: int) -> list[Vehicle]:
        """The vehicles that are on their way along a pattern."""
        if pattern.running != "steady":
            return []
        since = tick - self.phase(pattern)
        first, last = (since - pattern.reach[-1]) // pattern.headway + 1, since // pattern.headway
        found = []
        for number in range(first, last + 1):
            gone = since - number * pattern.headway
            index = max(place for place, reach in enumerate(pattern.reach) if reach <= gone)
            plate = pattern.fleet[number % len(pattern.fleet)]
            found.append(Vehicle(plate, pattern, pattern.stops[index], gone - pattern.reach[index]))
        return found

    def vehicles(self, now: Fraction) -> list[Vehicle]:
        """Every vehicle in service: each is in one place, also where two routes share a fleet."""
        tick = self.source_tick("vehicles", now)
        found = (one for route in self.network.routes for pattern in route.patterns for one in self.vehicles_of(pattern, tick))
        return list({one.plate: one for one in found}.values())

    def vehicle_key(self, vehicle: Vehicle) -> Key:
        """The order of vehicles."""
        return (vehicle.plate,)

    def keeps_vehicle(self, vehicle: Vehicle, query: Mapping[str, Any]) -> bool:
        """Items of listVehicles."""
        return self.keeps(
            query,
            {
                "routeUid": lambda wanted: vehicle.pattern.route == wanted,
                "direction": lambda wanted: self.matches_direction(vehicle.pattern.direction, wanted),
            },
        )

    def seen_at(self, vehicle: Vehicle, now: Fraction) -> int:
        """When a vehicle was seen where it is said to be."""
        return self.source_tick("vehicles", now)

    def run_of(self, vehicle: Vehicle) -> Json:
        """The route, sub-route and direction of a vehicle."""
        pattern = vehicle.pattern
        return {"routeUid": pattern.route, "subRouteUid": pattern.sub_route, "direction": pattern.direction}

    def render_vehicle(self, vehicle: Vehicle, now: Fraction) -> Json:
        """A vehicle."""
        stop = next(one for one in self.network.stops if one.uid == vehicle.stop)
        return {
            "plateNumb": vehicle.plate,
            **self.run_of(vehicle),
            "position": self.position(stop.lon, stop.lat),
            "speedKmh": 0 if vehicle.seconds < 20 else 28,
            "gpsTime": self.stamp(self.seen_at(vehicle, now)),
            **self.stale_mark("vehicles", now),
        }

    @operation("GET", "/vehicles", query=(ROUTE, DIRECTION, *PAGE))
    async def list_vehicles(self, call: Call) -> Answer:
        """Vehicles in service."""
        rows = [one for one in self.vehicles(call.now) if self.keeps_vehicle(one, call.query)]
        return self.collection(call, rows, self.vehicle_key, lambda one: self.render_vehicle(one, call.now))

    # ---------------------------------------------------------------- notices

    def keep(self, reservation: Reservation) -> Reservation:
        """The reservation, now in the store; who asked to be told is told."""
        kept = super().keep(reservation)
        self.notify(kept, self.to_bytes(self.render_reservation(kept)))
        return kept

    @operation("POST", "/subscriptions", scope="subscription:write", takes="application/json")
    async def create_subscription(self, call: Call) -> Answer:
        """Subscribes to notices."""
        self.refuse_misfits(misfits(call.body, SUBSCRIPTION))
        self.refuse_misfits(self.callback_misfits(call.body["callbackUrl"]))
        status, made = self.subscribe(call.tenant, call.body["callbackUrl"], call.body["secret"])
        return Answer(status, self.render_subscriber(made))
