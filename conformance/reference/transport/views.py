"""What the things of the transport interface look like on the wire, and the clocks that date them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

from conformance.reference.house import HouseServer
from conformance.reference.instants import DAY, HOUR, format_instant
from conformance.reference.transport.data import EDITION, NETWORK
from conformance.reference.transport.records import CarPark, Network, Reservation, Route, RouteStop, Station, Stop
from conformance.reference.wire import Call, Json

__all__ = ["INTERVAL", "Views"]

INTERVAL = 60  # seconds between two updates of the source
FAMILIES = {
    "listStops": "stops",
    "listArrivals": "arrivals",
    "listCarParks": "carparks",
    "listEvStations": "ev-stations",
    "listEvConnectors": "ev-stations",
}


class Views(HouseServer):
    """Clocks, metadata and representations."""

    domain = "transport"
    interface = "smartcity-transport"
    scopes: tuple[str, ...] = ("reservation:read", "reservation:write")
    limited_scopes = ("reservation:read",)
    profiles = ("full", "open-data", "reservation")
    titles: Mapping[str, str] = {"zh-Hant": "智慧城市交通資料介面", "en": "Smart city transport interface"}

    def __init__(self, *, ttl_seconds: float = 5.0, clock: Callable[[], float], **settings: Any) -> None:
        super().__init__(clock=clock, **settings)
        self.ttl = Fraction(ttl_seconds).limit_denominator(1000)
        self.edition = min(EDITION, int(clock()) // DAY * DAY - 8 * HOUR)
        self.network = self.seed()

    def seed(self) -> Network:
        """The seed data."""
        return NETWORK

    # ---------------------------------------------------------------- clocks

    def source_tick(self, family: str, now: Fraction) -> int:
        """When the source of a family of data last refreshed."""
        return int(now // INTERVAL) * INTERVAL

    def platform_time(self, family: str, now: Fraction) -> int:
        """When the platform last took the source's data over."""
        return self.source_tick(family, now)

    def stamp(self, instant: Fraction | int) -> str:
        """An instant of public data as text."""
        return format_instant(instant)

    def fine_stamp(self, instant: Fraction) -> str:
        """An instant of a reservation's history as text, to the millisecond."""
        return format_instant(instant, decimals=3)

    def edited(self, age: int) -> int:
        """When a standing record was last edited, from its age in hours."""
        return self.edition - age * HOUR

    def stale_mark(self, family: str, now: Fraction) -> Json:
        """What an item carries when its source has been silent for too long."""
        return {"stale": True} if now > self.source_tick(family, now) + 2 * INTERVAL else {}

    # ---------------------------------------------------------------- metadata

    def family_of(self, call: Call) -> str:
        """The family of data that an operation reads."""
        return FAMILIES.get(call.operation.id, "routes")

    def licence(self) -> Json:
        """Under which terms public data may be used."""
        return {"license": "OGDL-Taiwan-1.0", "attribution": "交通部公路局"}

    def clocks_of(self, family: str, now: Fraction) -> Json:
        """The clocks of public data."""
        return {
            "srcUpdateTime": self.stamp(self.source_tick(family, now)),
            "updateTime": self.stamp(self.platform_time(family, now)),
            "updateInterval": INTERVAL,
        }

    def tenant_meta(self, call: Call) -> Json:
        """The metadata of a tenant's own data, which are read live."""
        moment = self.stamp(call.now)
        return {"srcUpdateTime": moment, "updateTime": moment, "updateInterval": 1}

    def meta_of(self, call: Call) -> Json:
        """The `meta` member of a collection."""
        if not call.operation.public:
            return self.tenant_meta(call)
        clocks = self.clocks_of(self.family_of(call), call.now)
        return {**clocks, **self.licence(), "authorityCode": "THB"}

    # ---------------------------------------------------------------- representations

    def localized(self, zh: str, en: str) -> Json:
        """Text for display."""
        return {"zh-Hant": zh, "en": en}

    def position(self, lon: float, lat: float) -> Json:
        """A position, WGS 84."""
        return {"positionLon": lon, "positionLat": lat}

    def render_stop(self, stop: Stop, now: Fraction) -> Json:
        """A stop."""
        return {
            "stopUid": stop.uid,
            "stopName": self.localized(stop.zh, stop.en),
            "position": self.position(stop.lon, stop.lat),
            "cityCode": stop.county,
            "bearing": stop.bearing,
            "stationGroupId": stop.group,
            "updateTime": self.stamp(self.edited(stop.age)),
            "versionId": stop.revision,
            **self.stale_mark("stops", now),
        }

    def render_stop_item(self, stop: Stop, now: Fraction) -> Json:
        """A stop in a list: as it is by itself."""
        return self.render_stop(stop, now)

    def render_route(self, route: Route, now: Fraction) -> Json:
        """A route."""
        return {
            "routeUid": route.uid,
            "routeName": self.localized(route.zh, route.en),
            "cityCode": route.county,
            "operatorIds": list(route.operators),
            "subRoutes": [{"subRouteUid": pattern.sub_route, "direction": pattern.direction} for pattern in route.patterns],
            "departureStopName": self.localized(*route.departure),
            "destinationStopName": self.localized(*route.destination),
            "updateTime": self.stamp(self.edited(route.age)),
            **self.stale_mark("routes", now),
        }

    def render_route_stop(self, row: RouteStop, now: Fraction) -> Json:
        """A stop's place in a route."""
        return {
            "subRouteUid": row.pattern.sub_route,
            "direction": row.pattern.direction,
            "stopSequence": row.sequence,
            "stopUid": row.stop.uid,
            "stopName": self.localized(row.stop.zh, row.stop.en),
            "stopBoarding": row.boarding,
            "distanceM": row.distance,
            **self.stale_mark("routes", now),
        }

    def render_car_park(self, park: CarPark, now: Fraction) -> Json:
        """A car park."""
        fare: Json = {"currency": "TWD", "perHour": park.per_hour}
        if park.daily_max is not None:
            fare["dailyMax"] = park.daily_max
        return {
            "carParkUid": park.uid,
            "name": self.localized(park.zh, park.en),
            "position": self.position(park.lon, park.lat),
            "cityCode": park.county,
            "totalSpaces": self.total_spaces(park),
            "spaces": [{"spaceType": space.space_type, "numberOfSpaces": space.number} for space in park.spaces],
            "fare": fare,
            "openHours": [{"days": [1, 2, 3, 4, 5, 6, 7], "open": "00:00", "close": "24:00"}],
            "ownership": park.ownership,
            "updateTime": self.stamp(self.edited(park.age)),
            **self.stale_mark("carparks", now),
        }

    def render_car_park_item(self, park: CarPark, now: Fraction) -> Json:
        """A car park in a list: as it is by itself."""
        return self.render_car_park(park, now)

    def total_spaces(self, park: CarPark) -> int:
        """How many spaces a car park has."""
        return sum(space.number for space in park.spaces)

    def render_station(self, station: Station, now: Fraction) -> Json:
        """An EV charging station."""
        body = {
            "stationUid": station.uid,
            "operatorId": station.operator,
            "name": self.localized(station.zh, station.en),
            "position": self.position(station.lon, station.lat),
            "cityCode": station.county,
            "updateTime": self.stamp(self.edited(station.age)),
            **self.stale_mark("ev-stations", now),
        }
        if station.address:
            body["address"] = self.localized(*station.address)
        return body

    def render_price(self, amount: int | None) -> Json | None:
        """A price, or None where there is none."""
        return None if amount is None else {"amount": amount, "currency": "TWD"}

    def render_reservation(self, reservation: Reservation) -> Json:
        """A reservation, to its own tenant."""
        body: Json = {
            "reservationId": reservation.id,
            "targetType": reservation.target_type,
            "targetUid": reservation.target,
            "startTime": self.sent_time(reservation.start_text),
            "endTime": self.sent_time(reservation.end_text),
            "state": reservation.state,
            "holderRef": reservation.holder,
            "createdAt": self.fine_stamp(reservation.created),
            "updatedAt": self.fine_stamp(reservation.updated),
            "expiresAt": self.expiry_stamp(reservation),
            "price": self.render_price(reservation.price),
            "versionId": reservation.revision,
        }
        if reservation.space_type is not None:
            body["spaceType"] = reservation.space_type
        if reservation.note is not None:
            body["note"] = self.kept_note(reservation.note)
        return body

    def expiry_stamp(self, reservation: Reservation) -> str | None:
        """Until when the reservation is held without confirmation; None once that no longer matters."""
        return self.fine_stamp(reservation.expires) if reservation.state == "PENDING" else None

    def render_reservation_item(self, reservation: Reservation) -> Json:
        """A reservation in a list: as it is by itself."""
        return self.render_reservation(reservation)

    def sent_time(self, text: str) -> str:
        """A time that the client sent: as it was sent."""
        return text

    def kept_note(self, note: str) -> str:
        """A note that the client sent: as it was sent."""
        return note
