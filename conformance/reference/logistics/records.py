"""What the logistics server keeps, and the tables of its interface: states, events, sizes and temperatures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

from conformance.reference.wire import Json

__all__ = [
    "BIZ_STEPS",
    "BOUNDS",
    "CLASSIFIERS",
    "DISPOSITIONS",
    "EVENTS",
    "LIVE",
    "MODES",
    "MOVES",
    "RESERVATION_STATES",
    "SERVICES",
    "SIZES",
    "STATES",
    "TERMINAL",
    "TYPES",
    "Event",
    "Kind",
    "Point",
    "Reservation",
    "Shipment",
    "Subscription",
]


@dataclass(frozen=True)
class Kind:
    """A type of event: the state that it leads to (None: it moves nothing), and the steps and dispositions that it may have."""

    state: str | None
    steps: tuple[str | None, ...]
    dispositions: tuple[str, ...]


EVENTS: Mapping[str, Kind] = {
    "PICKED_UP": Kind("PICKED_UP", ("picking", "shipping"), ("in_transit",)),
    "DEPARTED": Kind("IN_TRANSIT", ("departing",), ("in_transit",)),
    "ARRIVED": Kind("IN_TRANSIT", ("arriving",), ("in_transit",)),
    "HELD": Kind("HELD", ("holding",), ("unavailable",)),
    "OUT_FOR_DELIVERY": Kind("OUT_FOR_DELIVERY", ("transporting",), ("in_transit",)),
    "AT_PICKUP_POINT": Kind("AT_PICKUP_POINT", ("storing",), ("available",)),
    "DELIVERED": Kind("DELIVERED", ("receiving",), ("active",)),
    "DELIVERY_FAILED": Kind("DELIVERY_FAILED", ("transporting",), ("in_progress",)),
    "COLLECTED": Kind("COLLECTED", ("collecting",), ("active",)),
    "RETURNING": Kind("RETURNING", ("shipping",), ("returned",)),
    "RETURNED": Kind("RETURNED", ("receiving",), ("returned",)),
    "CANCELLED": Kind("CANCELLED", ("void_shipping",), ("inactive",)),
    "LOST": Kind("LOST", (None,), ("unknown", "stolen")),
    "DAMAGED": Kind("DAMAGED", ("inspecting",), ("damaged",)),
    "CONDITION": Kind(None, ("sensor_reporting",), ("in_transit",)),
    "ESTIMATED_DELIVERY": Kind(None, ("other",), ("in_transit",)),
}
BIZ_STEPS = tuple(dict.fromkeys(step for kind in EVENTS.values() for step in kind.steps if step))
DISPOSITIONS = tuple(dict.fromkeys(one for kind in EVENTS.values() for one in kind.dispositions))
CLASSIFIERS = ("ACT", "EST", "PLN")
STATES = ("CREATED", *dict.fromkeys(kind.state for kind in EVENTS.values() if kind.state))
TERMINAL = ("DELIVERED", "COLLECTED", "RETURNED", "CANCELLED", "LOST")
MOVES = frozenset(
    {
        ("CREATED", "PICKED_UP"),
        ("CREATED", "CANCELLED"),
        ("PICKED_UP", "IN_TRANSIT"),
        ("IN_TRANSIT", "IN_TRANSIT"),
        ("IN_TRANSIT", "OUT_FOR_DELIVERY"),
        ("IN_TRANSIT", "AT_PICKUP_POINT"),
        ("IN_TRANSIT", "HELD"),
        ("HELD", "IN_TRANSIT"),
        ("OUT_FOR_DELIVERY", "DELIVERED"),
        ("OUT_FOR_DELIVERY", "DELIVERY_FAILED"),
        ("DELIVERY_FAILED", "OUT_FOR_DELIVERY"),
        ("DELIVERY_FAILED", "AT_PICKUP_POINT"),
        ("DELIVERY_FAILED", "RETURNING"),
        ("AT_PICKUP_POINT", "COLLECTED"),
        ("AT_PICKUP_POINT", "RETURNING"),
        ("RETURNING", "RETURNED"),
        *((state, "LOST") for state in STATES if state not in TERMINAL),
        *((state, "DAMAGED") for state in STATES if state not in (*TERMINAL, "DAMAGED")),
    }
)
MODES = ("HOME", "CVS", "LOCKER", "POST_OFFICE")
TYPES = ("CVS", "LOCKER", "POST_OFFICE", "COMMUNITY")
SERVICES = ("PICKUP", "DROP_OFF", "COD_PAYMENT", "CHILLED", "FROZEN")
SIZES: Mapping[str, tuple[int, int]] = {"S": (300, 600), "M": (450, 900), "L": (600, 1200), "XL": (1000, 1500)}
BOUNDS: Mapping[str, tuple[float, float]] = {"CHILLED": (0, 7), "FROZEN": (-40, -18)}
RESERVATION_STATES = ("HELD", "DEPOSITED", "COLLECTED", "EXPIRED", "RELEASED", "OVERDUE", "REMOVED")
LIVE = ("HELD", "DEPOSITED", "OVERDUE")  # states in which a reservation occupies its compartment


@dataclass(frozen=True)
class Shipment:
    """A shipment without what follows from its events; `breach` says whether its cold chain was ever broken."""

    id: str
    tenant: str
    tracking: str
    content: Json
    created: Fraction
    updated: Fraction
    breach: bool = False
    reservation: str = ""

    @cached_property
    def made(self) -> int:
        """When it was made, in the milliseconds that answers tell; lists are ordered by it, and fractions are slow to multiply."""
        return self.created.numerator * 1000 // self.created.denominator


@dataclass(frozen=True)
class Event:
    """An event as it was captured. `declaration` says that it is wrong; it is the only thing that is ever added."""

    id: str
    shipment: str
    tenant: str
    content: Json
    time: Fraction
    recorded: Fraction
    declaration: Json | None = None

    @property
    def kind(self) -> str:
        """Its type."""
        return str(self.content["eventType"])

    @property
    def counts(self) -> bool:
        """Whether it counts for the fold."""
        return self.content["classifier"] == "ACT" and self.declaration is None


@dataclass(frozen=True)
class Point:
    """A pickup point; `compartments` are the numbers of each size, `broken` those that are out of service."""

    id: str
    type: str
    chain: str
    name: Json
    lon: float
    lat: float
    city: str
    services: tuple[str, ...]
    sizes: tuple[str, ...]
    status: str
    compartments: Mapping[str, tuple[str, ...]]
    broken: tuple[str, ...] = ()


@dataclass(frozen=True)
class Reservation:
    """A compartment that is held for somebody. `state` is what was last done to it; time moves it on by itself."""

    id: str
    tenant: str
    point: str
    compartment: str
    size: str
    shipment: str
    code: str
    hold: int
    expires: Fraction
    state: str
    wrong: int = 0
    locked: Fraction = Fraction(0)


@dataclass(frozen=True)
class Subscription:
    """Where events go, which, and under which secret they are signed."""

    id: str
    tenant: str
    url: str
    kinds: tuple[str, ...]
    secret: str
