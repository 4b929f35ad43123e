"""The things of the transport interface as the server keeps them. What they look like on the wire is the server's matter."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

__all__ = [
    "MOVES",
    "STATES",
    "TERMINAL",
    "CarPark",
    "Connector",
    "Network",
    "Pattern",
    "Reservation",
    "Route",
    "RouteStop",
    "Space",
    "Station",
    "Stop",
]

STATES = ("PENDING", "CONFIRMED", "IN_USE", "COMPLETED", "CANCELLED", "EXPIRED")
TERMINAL = frozenset({"COMPLETED", "CANCELLED", "EXPIRED"})
MOVES = frozenset(
    {
        ("PENDING", "CONFIRMED"),
        ("CONFIRMED", "IN_USE"),
        ("IN_USE", "COMPLETED"),
        ("PENDING", "CANCELLED"),
        ("CONFIRMED", "CANCELLED"),
    }
)


@dataclass(frozen=True)
class Stop:
    """A pole at which buses stop. `age` is the number of hours between its last change and the edition of the data."""

    uid: str
    zh: str
    en: str
    lon: float
    lat: float
    county: str
    bearing: str
    group: str
    age: int
    revision: int


@dataclass(frozen=True)
class Pattern:
    """One sub-route in one direction: its stops, and how buses run on it.

    `running` is one of `steady` (a bus every `headway` seconds), `waiting` (the first bus has not left yet), `finished` (the
    last bus is gone) and `idle` (no service today). `reach` holds the seconds from the first stop to each stop.
    """

    route: str
    sub_route: str
    direction: int
    stops: tuple[str, ...]
    reach: tuple[int, ...]
    distance: tuple[int, ...]
    running: str
    headway: int
    fleet: tuple[str, ...]


@dataclass(frozen=True)
class Route:
    """A bus route with its patterns."""

    uid: str
    zh: str
    en: str
    county: str
    operators: tuple[str, ...]
    departure: tuple[str, str]
    destination: tuple[str, str]
    patterns: tuple[Pattern, ...]
    age: int


@dataclass(frozen=True)
class RouteStop:
    """A stop's place in a pattern."""

    pattern: Pattern
    stop: Stop
    sequence: int
    boarding: int
    distance: int


@dataclass(frozen=True)
class Space:
    """The parking spaces of one type; `walk_ins` of them are taken by drivers without a reservation, `swing` more at times."""

    space_type: int
    number: int
    walk_ins: int
    swing: int = 0


@dataclass(frozen=True)
class CarPark:
    """A car park. `counted` is False where no sensor tells how many spaces are free."""

    uid: str
    zh: str
    en: str
    lon: float
    lat: float
    county: str
    spaces: tuple[Space, ...]
    per_hour: int
    daily_max: int | None
    ownership: str
    service: int
    charge: int
    counted: bool
    age: int


@dataclass(frozen=True)
class Connector:
    """A connector of an EV station; `busy` says that drivers without a reservation come and go."""

    uid: str
    station: str
    kind: str
    power: float
    status: str
    price: int | None
    busy: bool


@dataclass(frozen=True)
class Station:
    """An EV charging station."""

    uid: str
    zh: str
    en: str
    lon: float
    lat: float
    county: str
    operator: str
    address: tuple[str, str] | None
    connectors: tuple[Connector, ...]
    age: int


@dataclass(frozen=True)
class Network:
    """All seed data."""

    stops: tuple[Stop, ...]
    routes: tuple[Route, ...]
    car_parks: tuple[CarPark, ...]
    stations: tuple[Station, ...]


@dataclass(frozen=True)
class Reservation:
    """A reservation as it was last written; what time alone does to it is worked out when it is read."""

    id: str
    tenant: str
    target_type: str
    target: str
    space_type: int | None
    start_text: str
    end_text: str
    start: Fraction
    end: Fraction
    holder: str
    note: str | None
    state: str
    created: Fraction
    updated: Fraction
    expires: Fraction
    price: int | None
    revision: int
