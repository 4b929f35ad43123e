"""How a server is bent: each fault is a function that puts other methods in the place of some."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.second_logistics.service import SecondLogisticsServer

__all__ = ["FAULTS", "Fault", "fault", "put"]

Bend = Callable[[SecondLogisticsServer], None]


@dataclass(frozen=True)
class Fault:
    """How a server is bent, and under which requirements that should show."""

    rows: tuple[str, ...]
    bend: Bend


FAULTS: dict[str, Fault] = {}


def fault(*rows: str) -> Callable[[Bend], Bend]:
    """Enters a fault under the name of its function."""

    def enter(bend: Bend) -> Bend:
        FAULTS[bend.__name__] = Fault(rows, bend)
        return bend

    return enter


def put(thing: Any, name: str, made: Callable[[Callable[..., Any]], Callable[..., Any]]) -> None:
    """Puts another method in the place of one."""
    setattr(thing, name, made(getattr(thing, name)))
