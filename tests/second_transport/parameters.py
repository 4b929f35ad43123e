"""Query parameters: what each operation takes, and how a text becomes a value."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl

from tests.second_transport.problems import bad_parameter
from tests.second_transport.times import instant

__all__ = ["CITIES", "TAKES", "UID", "read_query"]

CITIES = frozenset(
    [
        "TPE",
        "NWT",
        "TAO",
        "TXG",
        "TNN",
        "KHH",
        "KEE",
        "HSZ",
        "HSQ",
        "MIA",
        "CHA",
        "NAN",
        "YUN",
        "CYQ",
        "CYI",
        "PIF",
        "ILA",
        "HUA",
        "TTT",
        "KIN",
        "PEN",
        "LIE",
    ]
)
CONNECTOR_TYPES = frozenset(["CCS1", "CCS2", "CHADEMO", "TYPE1", "TYPE2", "TESLA_TPC", "GOGORO_SWAP", "OTHER"])
STATES = frozenset(["PENDING", "CONFIRMED", "IN_USE", "COMPLETED", "CANCELLED", "EXPIRED"])
UID = re.compile(r"[A-Z]{3}[A-Za-z0-9._~-]{1,61}")
_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?")
_SIDE = re.compile(r"-?[0-9]{1,3}(\.[0-9]{1,15})?")


def _one_of(values: frozenset[str]) -> Callable[[str], Any]:
    return lambda text: text if text in values else None


def _matching(pattern: re.Pattern[str]) -> Callable[[str], Any]:
    return lambda text: text if pattern.fullmatch(text) else None


def _whole(least: int, most: int) -> Callable[[str], Any]:
    def read(text: str) -> int | None:
        if len(text) > 9 or not re.fullmatch(r"-?(0|[1-9][0-9]*)", text):
            return None
        return int(text) if least <= int(text) <= most else None

    return read


def _power(text: str) -> float | None:
    if len(text) > 40 or not _NUMBER.fullmatch(text):
        return None
    value = float(json.loads(text))
    return value if 0 <= value <= 1000 else None


def _box(text: str) -> tuple[float, ...] | None:
    parts = text.split(",")
    if len(parts) != 4 or not all(_SIDE.fullmatch(part) for part in parts):
        return None
    west, south, east, north = sides = tuple(float(part) for part in parts)
    sound = -180 <= west <= east <= 180 and -90 <= south <= north <= 90
    return sides if sound else None


_READERS: dict[str, Callable[[str], Any]] = {
    "cityCode": _one_of(CITIES),
    "bbox": _box,
    "routeUid": _matching(UID),
    "stopUid": _matching(UID),
    "updatedSince": instant,
    "from": instant,
    "to": instant,
    "operatorId": _matching(re.compile("[0-9]{8}")),
    "direction": _whole(0, 2),
    "spaceType": _whole(1, 6),
    "hasAvailability": {"true": 1, "false": 0}.get,
    "connectorType": _one_of(CONNECTOR_TYPES),
    "minPowerKw": _power,
    "state": _one_of(STATES),
    "limit": _whole(1, 200),
    "cursor": _matching(re.compile("[!-~]{1,512}")),
}

_PAGED = ("limit", "cursor")
TAKES: dict[str, tuple[str, ...]] = {
    "listStops": ("cityCode", "bbox", "routeUid", "updatedSince", *_PAGED),
    "listRoutes": ("cityCode", "operatorId", *_PAGED),
    "listRouteStops": ("direction", *_PAGED),
    "listArrivals": ("stopUid", "routeUid", "direction", *_PAGED),
    "listCarParks": ("cityCode", "bbox", "spaceType", "hasAvailability", *_PAGED),
    "listEvStations": ("cityCode", "bbox", "connectorType", "minPowerKw", *_PAGED),
    "listEvConnectors": _PAGED,
    "listReservations": ("state", "from", "to", *_PAGED),
}


def _plain(text: str) -> str:
    """A whole number in its plain form, 5 for 5.0; any other text as it is."""
    if len(text) > 40 or not _NUMBER.fullmatch(text):
        return text
    number = float(json.loads(text))
    return str(int(number)) if number.is_integer() and abs(number) < 1000 else text


def read_query(operation: str, query: str, *, lenient: bool = False) -> tuple[list[tuple[str, str]], dict[str, Any]]:
    """The pairs as they came, and the values of the parameters."""
    pairs = parse_qsl(query, keep_blank_values=True, max_num_fields=None)
    values: dict[str, Any] = {}
    for name, text in pairs:
        if name not in TAKES.get(operation, ()):
            raise bad_parameter(name, "沒有此參數")
        if name in values:
            raise bad_parameter(name, "重複出現")
        value = _READERS[name](_plain(text) if lenient and name in ("limit", "direction", "spaceType") else text)
        if value is None:
            raise bad_parameter(name, "值不正確", "invalid-cursor" if name == "cursor" else "invalid-parameter")
        values[name] = value
    if operation == "listArrivals" and not {"stopUid", "routeUid"} & set(values):
        raise bad_parameter("stopUid", "stopUid 與 routeUid 至少需要一個")
    if "from" in values and "to" in values and values["from"] > values["to"]:
        raise bad_parameter("from", "晚於 to")
    return pairs, values
