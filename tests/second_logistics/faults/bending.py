"""How a server is bent: each fault is a function that puts other methods in the place of some."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from tests.second_logistics.service import SecondLogisticsServer

__all__ = ["FAULTS", "Fault", "fault", "instead", "put"]

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


def instead(at: str, *rows: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Enters a fault that does one method otherwise: it is handed the server, the method and what the method is asked.

    `at` is the way from the server to the method, with full stops.
    """

    def enter(bent: Callable[..., Any]) -> Callable[..., Any]:
        def bend(server: SecondLogisticsServer) -> None:
            *way, name = at.split(".")
            thing: Any = server
            for part in way:
                thing = getattr(thing, part)
            put(thing, name, lambda original: partial(bent, server, original))

        FAULTS[bent.__name__] = Fault(rows, bend)
        return bent

    return enter
