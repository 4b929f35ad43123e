"""The schemas of the request bodies of logistics, and the words of its enumerations."""

from __future__ import annotations

import re

from tests.second_health.forms import CITIES, Shape, array, instant, number, one_of, record, string

__all__ = ["EVENT", "ID", "POINT_TYPES", "SERVICES", "SHAPES", "SIZES", "STATES", "STEPS", "TYPES"]

ID = re.compile(r"(?!\.{1,2}\Z)[A-Za-z0-9._~-]{1,64}")
SIZES = ("S", "M", "L", "XL")
POINT_TYPES = ("CVS", "LOCKER", "POST_OFFICE", "COMMUNITY")
SERVICES = ("PICKUP", "DROP_OFF", "COD_PAYMENT", "CHILLED", "FROZEN")
STEPS = (
    *("picking", "shipping", "departing", "arriving", "holding", "transporting", "storing"),
    *("receiving", "collecting", "void_shipping", "inspecting", "sensor_reporting", "other"),
)
STATES = (
    *("CREATED", "PICKED_UP", "IN_TRANSIT", "HELD", "OUT_FOR_DELIVERY", "AT_PICKUP_POINT", "DELIVERED"),
    *("COLLECTED", "DELIVERY_FAILED", "RETURNING", "RETURNED", "CANCELLED", "LOST", "DAMAGED"),
)
_CAPTURED = (
    *("PICKED_UP", "DEPARTED", "ARRIVED", "HELD", "OUT_FOR_DELIVERY", "AT_PICKUP_POINT", "DELIVERED", "DELIVERY_FAILED"),
    *("COLLECTED", "RETURNING", "RETURNED", "LOST", "DAMAGED", "CONDITION", "ESTIMATED_DELIVERY"),
)
TYPES = (*_CAPTURED, "CANCELLED")
_DISPOSITIONS = (
    *("in_transit", "unavailable", "available", "active", "in_progress"),
    *("returned", "inactive", "unknown", "stolen", "damaged"),
)

_id = string(1, 64, also=ID)
_uuid = string(36, 36, r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_address = record(
    {"postalCode": string(3, 6, r"[0-9]{3}([0-9]{2,3})?"), "cityCode": one_of(*CITIES), "line": string(1, 200)},
)
_party = record({"name": string(1, 60), "phone": string(6, 20, r"[0-9+() #-]{6,20}"), "address": _address})
_edge = number(1, 1000, whole=True)
_parcel = record(
    {
        "weightG": number(1, 30_000, whole=True),
        "lengthMm": _edge,
        "widthMm": _edge,
        "heightMm": _edge,
        "sizeClass": one_of(*SIZES),
        "temperature": one_of("ROOM", "CHILLED", "FROZEN"),
    }
)
_money = record({"amount": number(0, 20_000, whole=True), "currency": one_of("TWD")})
_position = record({"positionLon": number(-180, 180), "positionLat": number(-90, 90)})
_reading = record(
    {"type": one_of("TEMP", "HUM"), "value": number(-1000, 1000), "uom": one_of("CEL", "P1"), "time": instant},
)
_declaration = record(
    {"declarationTime": instant, "reason": string(1, 60, r"[a-z0-9_]{1,60}")}, {"correctiveEventIds": array(_uuid, 0, 20)}
)
EVENT = record(
    {
        "eventTime": instant,
        "eventTimeZoneOffset": string(6, 6, r"[+-](0[0-9]|1[0-4]):[0-5][0-9]"),
        "eventType": one_of(*_CAPTURED),
        "action": one_of("ADD", "OBSERVE", "DELETE"),
        "disposition": one_of(*_DISPOSITIONS),
        "classifier": one_of("ACT", "EST", "PLN"),
    },
    {
        "eventId": _uuid,
        "bizStep": one_of(*STEPS),
        "readPoint": record({"locationId": _id}, {"position": _position}),
        "sensor": array(_reading, 1, 50),
        "errorDeclaration": _declaration,
        "reasonCode": string(1, 40, r"[A-Z0-9_-]{1,40}"),
    },
)
_note = string(0, 200)


def _note_or_null() -> Shape:
    return lambda value, at, times: iter(()) if value is None else _note(value, at, times)


SHAPES: dict[str, Shape] = {
    "createShipment": record(
        {
            "carrierId": string(8, 8, r"[0-9]{8}"),
            "reference": string(1, 60, r"[!-~]{1,60}"),
            "sender": _party,
            "recipient": _party,
            "parcels": array(_parcel, 1, 20),
            "serviceLevel": one_of("STANDARD", "EXPRESS", "SAME_DAY"),
            "deliveryMode": one_of("HOME", "CVS", "LOCKER", "POST_OFFICE"),
        },
        {
            "trackingNumber": string(8, 30, r"[A-Z0-9]{8,30}"),
            "sscc": string(18, 18, r"[0-9]{18}"),
            "pickupPointId": _id,
            "codAmount": _money,
            "promisedWindow": record({"start": instant, "end": instant}),
            "note": _note,
        },
    ),
    "updateShipment": record({}, {"note": _note_or_null(), "sender": _party, "recipient": _party}),
    "captureEvents": record({"events": array(EVENT, 1, 100)}),
    "createLockerReservation": record(
        {"pickupPointId": _id, "sizeClass": one_of(*SIZES)},
        {"shipmentId": _id, "holdSeconds": number(5, 604_800, whole=True)},
    ),
    "collectParcel": record({"pickupCode": string(1, 40)}),
    "createSubscription": record(
        {
            "callbackUrl": string(8, 500),
            "eventTypes": array(one_of(*TYPES), 1, 20, distinct=True),
            "secret": string(32, 128, r"[!-~]{32,128}"),
        }
    ),
}
