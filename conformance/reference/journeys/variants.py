"""Parties that go together in other ways which their interfaces permit. Every journey has to hold on each."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC
from fractions import Fraction
from typing import ClassVar

from conformance.reference.health.server import HealthServer
from conformance.reference.house import HouseServer
from conformance.reference.instants import format_instant, parse_instant
from conformance.reference.logistics.records import Point, Shipment
from conformance.reference.logistics.server import LogisticsServer
from conformance.reference.transport.records import CarPark, Stop
from conformance.reference.transport.server import TransportServer
from conformance.reference.wire import Json

__all__ = ["ALL"]


class _UtcTransport(TransportServer):
    def stamp(self, instant: Fraction | int) -> str:
        return format_instant(instant, zone=UTC)

    def fine_stamp(self, instant: Fraction) -> str:
        return format_instant(instant, zone=UTC, decimals=3)

    def sent_time(self, text: str) -> str:
        return format_instant(parse_instant(text), zone=UTC)


class _UtcHealth(HealthServer):
    def stamp(self, instant: Fraction | int) -> str:
        return format_instant(instant, zone=UTC)

    def stamp_exactly(self, instant: Fraction | int) -> str:
        return format_instant(instant, zone=UTC, decimals=3)


class _UtcLogistics(LogisticsServer):
    def stamp(self, instant: Fraction | int) -> str:
        return format_instant(instant, zone=UTC)

    def stamp_exactly(self, instant: Fraction | int) -> str:
        return format_instant(instant, zone=UTC, decimals=3)

    def stamp_record(self, instant: Fraction | int) -> str:
        return format_instant(instant, zone=UTC, decimals=6)


class EverybodyWritesUtc:
    """All parties write times in UTC."""

    PARTIES: ClassVar[Mapping[str, type[HouseServer]]] = {
        "transport": _UtcTransport,
        "health": _UtcHealth,
        "logistics": _UtcLogistics,
    }


class OneWritesUtc:
    """One party writes times in UTC, the others in local time."""

    PARTIES: ClassVar[Mapping[str, type[HouseServer]]] = {"transport": _UtcTransport}


class _CoarseTransport(TransportServer):
    def render_stop(self, stop: Stop, now: Fraction) -> Json:
        return {**super().render_stop(stop, now), "position": self.position(round(stop.lon, 4), round(stop.lat, 4))}

    def render_car_park(self, park: CarPark, now: Fraction) -> Json:
        return {**super().render_car_park(park, now), "position": self.position(round(park.lon, 4), round(park.lat, 4))}


class _CoarseLogistics(LogisticsServer):
    def render_point(self, point: Point) -> Json:
        place = {"positionLon": round(point.lon - 0.0003, 4), "positionLat": round(point.lat, 4)}
        return {**super().render_point(point), "position": place}


class PlacesAreAtTheirDoors:
    """Positions have four decimals, and a pickup point is where its door is."""

    PARTIES: ClassVar[Mapping[str, type[HouseServer]]] = {"transport": _CoarseTransport, "logistics": _CoarseLogistics}


class _ForbiddingLogistics(LogisticsServer):
    def render_shipment(self, shipment: Shipment, now: Fraction) -> Json:
        found = super().render_shipment(shipment, now)
        if found["state"] == "CANCELLED":
            found.pop("lockerReservation", None)
        return found


class _ApartTransport(TransportServer):
    def date_header(self, now: Fraction) -> dict[str, str]:
        return super().date_header(now + 2)


class _ApartHealth(HealthServer):
    def date_header(self, now: Fraction) -> dict[str, str]:
        return super().date_header(now - 2)


class ClocksAreALittleApart:
    """The clocks of two parties are four seconds apart."""

    PARTIES: ClassVar[Mapping[str, type[HouseServer]]] = {"transport": _ApartTransport, "health": _ApartHealth}


class WhatWasLetGoIsForgotten:
    """A shipment that was called off tells nothing more of the compartment that was held for it."""

    PARTIES: ClassVar[Mapping[str, type[HouseServer]]] = {"logistics": _ForbiddingLogistics}


ALL = (EverybodyWritesUtc, OneWritesUtc, PlacesAreAtTheirDoors, ClocksAreALittleApart, WhatWasLetGoIsForgotten)
