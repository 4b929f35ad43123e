"""The queries of logistics, as values."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any
from urllib.parse import unquote_plus

from tests.second_health.asking import Ask
from tests.second_health.forms import CITIES
from tests.second_health.instants import Times
from tests.second_health.refusals import wrong_parameter
from tests.second_logistics.choices import Manner
from tests.second_logistics.shapes import ID, POINT_TYPES, SERVICES, SIZES, STATES, STEPS, TYPES

__all__ = ["TAKES", "read_query"]

TAKES: dict[str, tuple[str, ...]] = {
    "listShipments": ("state", "reference", "createdFrom", "createdTo", "limit", "cursor"),
    "listShipmentEvents": ("eventType", "from", "to", "limit", "cursor"),
    "queryEvents": ("recordFrom", "recordTo", "bizStep", "readPoint", "limit", "cursor"),
    "listPickupPoints": ("bbox", "cityCode", "type", "service", "sizeClass", "limit", "cursor"),
}
_WORDS: dict[str, tuple[str, ...]] = {
    "state": STATES,
    "eventType": TYPES,
    "bizStep": STEPS,
    "cityCode": CITIES,
    "type": POINT_TYPES,
    "service": SERVICES,
    "sizeClass": SIZES,
}
_INTERVALS = (("createdFrom", "createdTo"), ("from", "to"), ("recordFrom", "recordTo"))
_FORMS = {"reference": re.compile(r"[!-~]{1,60}"), "readPoint": ID}


def read_query(ask: Ask, times: Times, manner: Manner) -> None:
    """400 for a parameter that is unknown, repeated or invalid."""
    pairs = [part.partition("=")[::2] for part in ask.query.split("&") if part]
    try:
        ask.pairs = [(unquote_plus(name, errors="strict"), unquote_plus(text, errors="strict")) for name, text in pairs]
    except UnicodeDecodeError:
        ask.pairs = [(unquote_plus(name), unquote_plus(text)) for name, text in pairs]
    for name, text in ask.pairs:
        if name not in TAKES.get(ask.operation, ()) or name in ask.values:
            raise wrong_parameter(name)
        ask.values[name] = _value(name, text, times, manner)
    for start, end in _INTERVALS:
        if start in ask.values and end in ask.values and ask.values[start] > ask.values[end]:
            raise wrong_parameter(start)


def _value(name: str, text: str, times: Times, manner: Manner) -> Any:
    value: Any = text
    if name in _WORDS:
        value = text if text in _WORDS[name] else None
    elif name in _FORMS:
        value = text if _FORMS[name].fullmatch(text) else None
    elif name == "limit":
        value = _limit(text, lenient=manner.lenient)
    elif name == "bbox":
        value = _box(text)
    elif name == "cursor":
        if not re.fullmatch(r"[!-~]{1,512}", text):
            raise wrong_parameter(name, "invalid-cursor")
    else:
        value = times.read(text)
    if value is None:
        raise wrong_parameter(name)
    return value


def _limit(text: str, *, lenient: bool) -> int | None:
    form = r"-?(0|[1-9][0-9]*)" + (r"(\.[0-9]+)?([eE][+-]?[0-9]{1,3})?" if lenient else "")
    if not re.fullmatch(form, text, re.ASCII) or len(text) > 30:
        return None
    number = Decimal(text)
    return int(number) if number == number.to_integral_value() and 1 <= number <= 200 else None


def _box(text: str) -> tuple[Decimal, ...] | None:
    parts = text.split(",")
    if len(parts) != 4 or not all(re.fullmatch(r"-?[0-9]{1,3}(\.[0-9]{1,15})?", part, re.ASCII) for part in parts):
        return None
    west, south, east, north = box = tuple(Decimal(part).normalize() + 0 for part in parts)
    return box if -180 <= west <= east <= 180 and -90 <= south <= north <= 90 else None
