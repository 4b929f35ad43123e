"""Which states a shipment passes through, and what the documents say of each type of event: tables and pure functions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from tests.second_health.instants import Moment, Times, later
from tests.second_health.refusals import Fault

__all__ = ["TERMINAL", "Kept", "breaches", "event_faults", "fold", "in_order"]

TERMINAL = ("DELIVERED", "COLLECTED", "RETURNED", "CANCELLED", "LOST")
_MOVES: dict[str, tuple[str, ...]] = {
    "CREATED": ("PICKED_UP", "CANCELLED"),
    "PICKED_UP": ("IN_TRANSIT",),
    "IN_TRANSIT": ("IN_TRANSIT", "OUT_FOR_DELIVERY", "AT_PICKUP_POINT", "HELD"),
    "HELD": ("IN_TRANSIT",),
    "OUT_FOR_DELIVERY": ("DELIVERED", "DELIVERY_FAILED"),
    "DELIVERY_FAILED": ("OUT_FOR_DELIVERY", "AT_PICKUP_POINT", "RETURNING"),
    "AT_PICKUP_POINT": ("COLLECTED", "RETURNING"),
    "RETURNING": ("RETURNED",),
    "DAMAGED": (),
}
_WORDS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {  # steps and dispositions
    "PICKED_UP": (("picking", "shipping"), ("in_transit",)),
    "DEPARTED": (("departing",), ("in_transit",)),
    "ARRIVED": (("arriving",), ("in_transit",)),
    "HELD": (("holding",), ("unavailable",)),
    "OUT_FOR_DELIVERY": (("transporting",), ("in_transit",)),
    "AT_PICKUP_POINT": (("storing",), ("available",)),
    "DELIVERED": (("receiving",), ("active",)),
    "DELIVERY_FAILED": (("transporting",), ("in_progress",)),
    "COLLECTED": (("collecting",), ("active",)),
    "RETURNING": (("shipping",), ("returned",)),
    "RETURNED": (("receiving",), ("returned",)),
    "LOST": ((), ("unknown", "stolen")),
    "DAMAGED": (("inspecting",), ("damaged",)),
    "CONDITION": (("sensor_reporting",), ("in_transit",)),
    "ESTIMATED_DELIVERY": (("other",), ("in_transit",)),
}
_GAUGES = {"TEMP": ("CEL", -40, 60), "HUM": ("P1", 0, 100)}
_RANGES = {"CHILLED": (0, 7), "FROZEN": (-40, -18)}


@dataclass(frozen=True)
class Kept:
    """An event as it was kept, with the declaration that it has got since."""

    doc: dict[str, Any]
    moment: Moment  # its eventTime
    record: Moment

    @property
    def id(self) -> str:
        return str(self.doc["eventId"])

    @property
    def counts(self) -> bool:
        return self.doc["classifier"] == "ACT" and "errorDeclaration" not in self.doc


def in_order(events: Iterable[Kept]) -> list[Kept]:
    return sorted(events, key=lambda one: (one.moment, one.id))


def _to(event_type: str) -> str:
    if event_type in ("CONDITION", "ESTIMATED_DELIVERY"):
        return ""
    return "IN_TRANSIT" if event_type in ("DEPARTED", "ARRIVED") else event_type


def fold(events: Iterable[Kept]) -> tuple[str, bool]:
    """The state, and whether every move on the way to it is declared."""
    state, legal = "CREATED", True
    for one in in_order(events):
        target = _to(one.doc["eventType"]) if one.counts else ""
        if not target:
            continue
        lost = target in ("LOST", "DAMAGED") and state not in TERMINAL and state != target
        if lost or target in _MOVES.get(state, ()):
            state = target
        else:
            legal = False
    return state, legal


def event_faults(event: dict[str, Any], at: str, times: Times, now: Moment) -> Iterator[Fault]:
    """What is wrong with an event that satisfies its schema, whatever the shipment."""
    steps, dispositions = _WORDS[event["eventType"]]
    if steps and "bizStep" not in event:
        yield at, "缺少 bizStep"
    if "bizStep" in event and event["bizStep"] not in steps:
        yield f"{at}/bizStep", "與事件類型不符"
    if event["disposition"] not in dispositions:
        yield f"{at}/disposition", "與事件類型不符"
    if event["eventType"] == "ESTIMATED_DELIVERY" and event["classifier"] != "EST":
        yield f"{at}/classifier", "須為 EST"
    moment = times.read(event["eventTime"]) or (0, "")
    if event["classifier"] == "ACT" and moment > later(now, 300):
        yield f"{at}/eventTime", "不得晚於現在之後 5 分鐘"
    yield from _sensor_faults(event, at, times, moment)
    yield from _position_faults(event.get("readPoint", {}).get("position"), at)


def _sensor_faults(event: dict[str, Any], at: str, times: Times, moment: Moment) -> Iterator[Fault]:
    for index, one in enumerate(event.get("sensor", [])):
        uom, low, high = _GAUGES[one["type"]]
        if one["uom"] != uom:
            yield f"{at}/sensor/{index}/uom", f"須為 {uom}"
        elif not low <= one["value"] <= high:
            yield f"{at}/sensor/{index}/value", "超出範圍"
        if (times.read(one["time"]) or (0, "")) > moment:
            yield f"{at}/sensor/{index}/time", "不得晚於 eventTime"


def _position_faults(position: dict[str, Any] | None, at: str) -> Iterator[Fault]:
    if position and not Decimal("118.1") <= position["positionLon"] <= Decimal("122.1"):
        yield f"{at}/readPoint/position/positionLon", "不在臺灣"
    if position and not Decimal("21.8") <= position["positionLat"] <= Decimal("26.5"):
        yield f"{at}/readPoint/position/positionLat", "不在臺灣"


def breaches(event: dict[str, Any], parcels: list[dict[str, Any]]) -> bool:
    """Whether a temperature lies outside the range of a parcel."""
    if event["classifier"] != "ACT":
        return False
    ranges = [_RANGES[one["temperature"]] for one in parcels if one["temperature"] in _RANGES]
    values = [one["value"] for one in event.get("sensor", []) if one["type"] == "TEMP"]
    return any(not low <= value <= high for low, high in ranges for value in values)
