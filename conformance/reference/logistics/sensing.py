"""What 1.1 has beside 1.0 of devices that travel with a shipment: their readings, and what these come to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from conformance.reference.bodies import Member, is_instant, is_text, list_of, one_of
from conformance.reference.instants import parse_instant
from conformance.reference.logistics.forms import ID
from conformance.reference.logistics.happening import AHEAD, Happening
from conformance.reference.logistics.records import BOUNDS, Shipment
from conformance.reference.logistics.shipping import at
from conformance.reference.problems import Misfit, Problem
from conformance.reference.wire import Json

__all__ = ["READINGS", "Reading", "Sensing"]

_KINDS: Mapping[str, tuple[str, float, float]] = {
    "TEMP": ("CEL", -40, 60),
    "HUM": ("P1", 0, 100),
    "SHOCK": ("K40", 0, 1000),
    "LIGHT": ("LUX", 0, 200_000),
}


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and -1_000_000 <= value <= 1_000_000


_CHOICE = ("不在允許的值之中", "is not one of the permitted values")
_READING = (
    Member("deviceId", is_text(ID), ("須為識別碼", "must be an identifier")),
    Member("type", one_of(*_KINDS), _CHOICE),
    Member("value", _number, ("須為數值", "must be a number")),
    Member("uom", one_of(*(uom for uom, _, _ in _KINDS.values())), _CHOICE),
    Member("time", is_instant, ("須為含時差的日期時間", "must be a date-time with an offset")),
)
_MANY = list_of(lambda value: isinstance(value, dict), 1, 20)
READINGS = (Member("readings", _MANY, ("須有 1 至 20 筆讀數", "must be 1 to 20 readings"), parts=_READING, many=True),)
Key = tuple[str, str, Fraction]


@dataclass(frozen=True)
class Reading:
    """A reading as it was sent, and its instant."""

    content: Json
    time: Fraction

    @property
    def key(self) -> Key:
        """What two readings that are one have in common."""
        return (self.content["deviceId"], self.content["type"], self.time)


class Sensing(Happening):
    """The readings of each shipment."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.readings: dict[str, dict[Key, Reading]] = {}

    def reading_misfits(self, reading: Json, now: Fraction, where: str) -> list[Misfit]:
        """What is wrong with a reading whose form is right."""
        uom, least, most = _KINDS[reading["type"]]
        if reading["uom"] != uom:
            return [at(f"{where}/uom", "與項目不符", "is not the unit of the type")]
        if not least <= reading["value"] <= most:
            return [at(f"{where}/value", "超出範圍", "is out of range")]
        if parse_instant(reading["time"]) > now + AHEAD:
            return [at(f"{where}/time", "不得在未來", "must not be in the future")]
        return []

    def misfits_of(self, readings: Sequence[Json], now: Fraction) -> list[Misfit]:
        """What is wrong with the readings of a request."""
        return [fault for nth, one in enumerate(readings) for fault in self.reading_misfits(one, now, f"/readings/{nth}")][:50]

    def key_of(self, reading: Reading) -> Key:
        """By what a reading is known again."""
        return reading.key

    def take_readings(self, shipment: Shipment, bodies: Sequence[Json], now: Fraction) -> int:
        """Keeps the readings of a request, all or none; the number of those that were new."""
        self.refuse_misfits(self.misfits_of(bodies, now))
        known = self.readings.get(shipment.id, {})
        kept = dict(known)
        for body in bodies:
            reading = Reading(body, parse_instant(body["time"]))
            if kept.setdefault(self.key_of(reading), reading).content["value"] != body["value"]:
                raise Problem("conflict")
        self.readings[shipment.id] = kept
        return len(kept) - len(known)

    def latest(self, readings: Sequence[Reading]) -> Reading:
        """The reading with the latest time."""
        return max(readings, key=lambda one: one.time)

    def out_of_range(self, shipment: Shipment, readings: Sequence[Reading]) -> int:
        """How many readings are out of the range of a parcel's class."""
        bounds = [BOUNDS[parcel["temperature"]] for parcel in shipment.content["parcels"] if parcel["temperature"] in BOUNDS]
        return sum(any(not self.lies_within(one.content["value"], each) for each in bounds) for one in readings)

    def lies_within(self, value: float, bounds: tuple[float, float]) -> bool:
        """Whether a reading is in the range of a class, ends included."""
        return bounds[0] <= value <= bounds[1]

    def render_condition(self, shipment: Shipment, kind: str, readings: Sequence[Reading]) -> Json:
        """What the readings of a type come to."""
        values = [one.content["value"] for one in readings]
        latest = self.latest(readings).content
        return {
            "type": kind,
            "uom": _KINDS[kind][0],
            "count": len(readings),
            "minimum": min(values),
            "maximum": max(values),
            **({"outOfRange": self.out_of_range(shipment, readings)} if kind == "TEMP" else {}),
            "latest": {name: latest[name] for name in ("deviceId", "value", "time")},
        }

    def conditions(self, shipment: Shipment) -> list[Json]:
        """What the readings of a shipment come to, by type."""
        known = list(self.readings.get(shipment.id, {}).values())
        by_kind = {kind: [one for one in known if one.content["type"] == kind] for kind in _KINDS}
        return [self.render_condition(shipment, kind, found) for kind, found in by_kind.items() if found]
