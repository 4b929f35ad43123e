"""What the health server keeps, and the tables by which it judges: codes with unit and range, and the moves of each state machine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

__all__ = [
    "BODY_MASS",
    "CODES",
    "CONSENT_MOVES",
    "CONSENT_STATES",
    "GLUCOSE",
    "HEIGHT",
    "KINDS",
    "MEASUREMENT_MOVES",
    "MEASUREMENT_STATES",
    "ORGANISATIONS",
    "PANEL",
    "PARTS",
    "STEPS",
    "TASK_MOVES",
    "TASK_STATES",
    "TERMINAL",
    "WEIGHT",
    "Consent",
    "Device",
    "Measure",
    "Measurement",
    "Patient",
    "Task",
]

ORGANISATIONS: Mapping[str, str] = {"a": "org-sunrise", "b": "org-harbour"}  # by tenant
PANEL, STEPS = "85354-9", "55423-8"
WEIGHT, HEIGHT, BODY_MASS = "29463-7", "8302-2", "39156-5"
GLUCOSE: Mapping[str, float] = {"2339-0": 1.0, "15074-8": 18.016}  # to mg/dL


@dataclass(frozen=True)
class Measure:
    """The unit that is bound to a code, and the range of its values, ends included."""

    unit: str
    least: float
    most: float


PARTS: Mapping[str, Measure] = {"8480-6": Measure("mm[Hg]", 30, 300), "8462-4": Measure("mm[Hg]", 10, 200)}
CODES: Mapping[str, Measure] = {
    "8867-4": Measure("/min", 10, 300),
    "59408-5": Measure("%", 30, 100),
    "2708-6": Measure("%", 30, 100),
    "8310-5": Measure("Cel", 25, 45),
    WEIGHT: Measure("kg", 0.3, 400),
    HEIGHT: Measure("cm", 20, 260),
    BODY_MASS: Measure("kg/m2", 5, 120),
    "9279-1": Measure("/min", 2, 120),
    "2339-0": Measure("mg/dL", 10, 1000),
    "15074-8": Measure("mmol/L", 0.5, 55),
    STEPS: Measure("{steps}", 0, 200_000),
}
KINDS = ("visit", "call", "meal", "medication", "transport")
MEASUREMENT_STATES = ("preliminary", "final", "amended", "entered-in-error")
MEASUREMENT_MOVES = frozenset(
    {
        ("preliminary", "final"),
        ("final", "amended"),
        ("amended", "amended"),
        ("final", "entered-in-error"),
        ("amended", "entered-in-error"),
    }
)
CONSENT_STATES = ("active", "inactive", "entered-in-error")
CONSENT_MOVES = frozenset({("active", "inactive"), ("active", "entered-in-error"), ("inactive", "entered-in-error")})
TASK_STATES = ("requested", "accepted", "in-progress", "completed", "rejected", "cancelled", "failed")
TASK_MOVES = frozenset(
    {
        ("requested", "accepted"),
        ("requested", "rejected"),
        ("accepted", "in-progress"),
        ("accepted", "cancelled"),
        ("in-progress", "completed"),
        ("in-progress", "failed"),
        ("in-progress", "cancelled"),
    }
)
TERMINAL = frozenset({"completed", "rejected", "cancelled", "failed"})


@dataclass(frozen=True)
class Patient:
    """A person; `content` is what the client sent."""

    id: str
    tenant: str
    content: Mapping[str, Any]


@dataclass(frozen=True)
class Device:
    """A device; `inactive` is the instant from which it was no longer used, or None."""

    id: str
    tenant: str
    content: Mapping[str, Any]
    inactive: Fraction | None


@dataclass(frozen=True)
class Consent:
    """What is opened to whom: `codes` to the organisation `grantee` over [`start`, `end`)."""

    id: str
    tenant: str
    content: Mapping[str, Any]
    patient: str
    grantee: str
    codes: frozenset[str]
    start: Fraction
    end: Fraction | None
    status: str
    revision: int
    updated: Fraction


@dataclass(frozen=True)
class Measurement:
    """A measurement; `content` is what the client sent, without `status` and `measurementId`, and with `issued`."""

    id: str
    tenant: str
    content: Mapping[str, Any]
    patient: str
    device: str | None
    code: str
    start: Fraction
    status: str
    revision: int
    updated: Fraction


@dataclass(frozen=True)
class Task:
    """A care task for a patient of `tenant`; `assignee` is an organisation."""

    id: str
    tenant: str
    patient: str
    kind: str
    state: str
    due: Fraction
    assignee: str
    plan: str
    revision: int
    updated: Fraction
