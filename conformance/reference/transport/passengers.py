"""What 1.1 tells passengers beside 1.0: alerts, and where vehicles are. The alerts are invented; the vehicles follow from the timetable."""

from __future__ import annotations

from dataclasses import dataclass

from conformance.reference.transport.buses import ROUTES, stop_uid
from conformance.reference.transport.records import Pattern

__all__ = ["ALERTS", "UNKNOWN_STATUS", "Alert", "Vehicle"]

UNKNOWN_STATUS = frozenset(
    {stop_uid("city-hall", 0), stop_uid("jiantan", 1)}
)  # stops of which the source says no more than "other"


@dataclass(frozen=True)
class Alert:
    """What has happened. `age` is the number of hours between its last change and the edition of the data."""

    uid: str
    zh: str
    en: str
    cause: str
    effect: str
    routes: tuple[str, ...]
    stops: tuple[str, ...]
    begun: int  # hours before the edition
    lasting: int | None  # hours, or until further notice
    age: int


@dataclass(frozen=True)
class Vehicle:
    """A vehicle on its way: the stop that it passed last."""

    plate: str
    pattern: Pattern
    stop: str
    seconds: int  # since it passed there


def _alert(
    number: int, zh: str, en: str, cause: str, effect: str, routes: int, stops: tuple[str, ...], lasting: int | None
) -> Alert:
    chosen = tuple(route.uid for route in ROUTES[number : number + routes])
    return Alert(f"TPEA-2025-{number:03d}", zh, en, cause, effect, chosen, stops, 12 * number, lasting, 5 * number)


ALERTS = (
    _alert(1, "臺大醫院站施工不停靠", "NTU Hospital stop closed for roadworks", "CONSTRUCTION", "STOP_MOVED", 1,
           (stop_uid("ntu-hospital", 0), stop_uid("ntu-hospital", 1)), None),
    _alert(2, "跨年活動交通管制", "Traffic control for the New Year's event", "EVENT", "DETOUR", 2, (), 30),
    _alert(3, "豪雨路面積水改道", "Diversion because of flooding", "WEATHER", "DETOUR", 1, (stop_uid("ntu-hospital", 0),), 8),
    _alert(4, "路口事故延誤", "Delays after an accident", "ACCIDENT", "DELAY", 2, (), 3),
    _alert(5, "部分班次減班", "Fewer services than usual", "OTHER", "REDUCED_SERVICE", 1, (), None),
)  # fmt: skip
