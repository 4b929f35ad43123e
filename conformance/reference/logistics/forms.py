"""What the bodies of the logistics interface have to look like: the schemas, without what one member says of another."""

from __future__ import annotations

from typing import Any

from conformance.reference.bodies import Member, has, is_instant, is_text, list_of, one_of, whole
from conformance.reference.logistics.records import (
    BIZ_STEPS,
    CLASSIFIERS,
    DISPOSITIONS,
    EVENTS,
    MODES,
    SIZES,
)
from conformance.reference.problems import Text

__all__ = ["CAPTURE", "CITIES", "COLLECT", "ID", "PATCH", "RESERVATION", "SHIPMENT", "SUBSCRIPTION"]

ID = r"(\.{0,2}[A-Za-z0-9_~-]|\.\.\.)[A-Za-z0-9._~-]{0,63}"
UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
CITIES = (
    *("TPE", "NWT", "TAO", "TXG", "TNN", "KHH", "KEE", "HSZ", "HSQ", "MIA", "CHA"),
    *("NAN", "YUN", "CYQ", "CYI", "PIF", "ILA", "HUA", "TTT", "KIN", "PEN", "LIE"),
)
_CHOICE: Text = ("不在允許的值之中", "is not one of the permitted values")
_TEXT: Text = ("文字的長度或格式不正確", "is no text of the permitted length and form")
_INSTANT: Text = ("須為含時差的日期時間", "must be a date-time with an offset")
_LIST: Text = ("清單的長度或內容不正確", "is no list of the permitted length and values")
_WHOLE: Text = ("須為範圍內的整數", "must be a whole number in its range")
_NUMBER: Text = ("須為範圍內的數值", "must be a number in its range")


def _length(low: int, high: int) -> Any:
    return lambda value: isinstance(value, str) and low <= len(value) <= high


def _number(low: float, high: float) -> Any:
    return lambda value: isinstance(value, int | float) and not isinstance(value, bool) and low <= value <= high


def _is_object(value: Any) -> bool:
    return isinstance(value, dict)


def _is_moment(value: Any) -> bool:
    """Whether a value is a date-time, and not of a year that is one of the Republic."""
    return is_instant(value) and value[:4] >= "1912"


def _objects(most: int) -> Any:
    return list_of(_is_object, 1, most)


def _instant(name: str, *, required: bool = True) -> Member:
    return Member(name, _is_moment, _INSTANT, required)


def _choice(name: str, *values: str, required: bool = True) -> Member:
    return Member(name, one_of(*values), _CHOICE, required)


def _id(name: str, *, required: bool = True) -> Member:
    return Member(name, is_text(ID), _TEXT, required)


_ADDRESS = (
    Member("postalCode", is_text(r"[0-9]{3}([0-9]{2,3})?"), _TEXT),
    _choice("cityCode", *CITIES),
    Member("line", _length(1, 200), _TEXT),
)
_PARTY = (
    Member("name", _length(1, 60), _TEXT),
    Member("phone", is_text(r"[0-9+() #-]{6,20}"), _TEXT),
    Member("address", has, _TEXT, parts=_ADDRESS),
)
_PARCEL = (
    Member("weightG", whole(1, 30000), _WHOLE),
    *(Member(name, whole(1, 1000), _WHOLE) for name in ("lengthMm", "widthMm", "heightMm")),
    _choice("sizeClass", *SIZES),
    _choice("temperature", "ROOM", "CHILLED", "FROZEN"),
)
SHIPMENT = (
    Member("trackingNumber", is_text(r"[A-Z0-9]{8,30}"), _TEXT, required=False),
    Member("sscc", is_text(r"[0-9]{18}"), _TEXT, required=False),
    Member("carrierId", is_text(r"[0-9]{8}"), _TEXT),
    Member("reference", is_text(r"[!-~]{1,60}"), _TEXT),
    Member("sender", has, _TEXT, parts=_PARTY),
    Member("recipient", has, _TEXT, parts=_PARTY),
    Member("parcels", _objects(20), _LIST, parts=_PARCEL, many=True),
    _choice("serviceLevel", "STANDARD", "EXPRESS", "SAME_DAY"),
    _choice("deliveryMode", *MODES),
    _id("pickupPointId", required=False),
    Member(
        "codAmount",
        has,
        _TEXT,
        required=False,
        parts=(Member("amount", whole(0, 1_000_000_000), _WHOLE), _choice("currency", "TWD")),
    ),
    Member("promisedWindow", has, _TEXT, required=False, parts=(_instant("start"), _instant("end"))),
    Member("note", _length(0, 200), _TEXT, required=False),
)
PATCH = (
    Member("note", lambda value: value is None or _length(0, 200)(value), _TEXT, required=False),
    Member("sender", has, _TEXT, required=False, parts=_PARTY),
    Member("recipient", has, _TEXT, required=False, parts=_PARTY),
)
_POSITION = (Member("positionLon", _number(-180, 180), _NUMBER), Member("positionLat", _number(-90, 90), _NUMBER))
_SENSOR = (
    _choice("type", "TEMP", "HUM"),
    Member("value", _number(-1000, 1000), _NUMBER),
    _choice("uom", "CEL", "P1"),
    _instant("time"),
)
_DECLARATION = (
    _instant("declarationTime"),
    Member("reason", is_text(r"[a-z0-9_]{1,60}"), _TEXT),
    Member("correctiveEventIds", list_of(is_text(UUID), 0, 20), _LIST, required=False),
)
EVENT = (
    Member("eventId", is_text(UUID), _TEXT, required=False),
    _instant("eventTime"),
    Member("eventTimeZoneOffset", is_text(r"[+-](0[0-9]|1[0-4]):[0-5][0-9]"), _TEXT),
    _choice("eventType", *(name for name in EVENTS if name != "CANCELLED")),
    _choice("action", "ADD", "OBSERVE", "DELETE"),
    _choice("bizStep", *BIZ_STEPS, required=False),
    _choice("disposition", *DISPOSITIONS),
    Member(
        "readPoint",
        has,
        _TEXT,
        required=False,
        parts=(_id("locationId"), Member("position", has, _TEXT, required=False, parts=_POSITION)),
    ),
    _choice("classifier", *CLASSIFIERS),
    Member("sensor", _objects(50), _LIST, required=False, parts=_SENSOR, many=True),
    Member("errorDeclaration", has, _TEXT, required=False, parts=_DECLARATION),
    Member("reasonCode", is_text(r"[A-Z0-9_-]{1,40}"), _TEXT, required=False),
)
CAPTURE = (Member("events", _objects(100), _LIST, parts=EVENT, many=True),)
RESERVATION = (
    _id("pickupPointId"),
    _choice("sizeClass", *SIZES),
    _id("shipmentId", required=False),
    Member("holdSeconds", whole(5, 604_800), _WHOLE, required=False),
)
COLLECT = (Member("pickupCode", _length(1, 40), _TEXT),)
SUBSCRIPTION = (
    Member("callbackUrl", _length(8, 500), _TEXT),
    Member("eventTypes", list_of(one_of(*EVENTS), 1, 20, unique=True), _LIST),
    Member("secret", is_text(r"[!-~]{32,128}"), _TEXT),
)
