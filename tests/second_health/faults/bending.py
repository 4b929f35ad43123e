"""How a fault is told and how a server is bent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

__all__ = ["FAULTS", "Fault", "around", "fault", "instead", "recast"]

Bend = Callable[[Any], None]


@dataclass(frozen=True)
class Fault:
    """One mistake: what it is, where it should show, and how it is made."""

    name: str
    says: str
    rows: tuple[str, ...]
    bend: Bend


FAULTS: dict[str, Fault] = {}


def fault(says: str, *rows: str) -> Callable[[Bend], Bend]:
    """Enters a fault under the name of its function."""

    def enter(bend: Bend) -> Bend:
        name: str = getattr(bend, "__name__")  # noqa: B009 - a callable need not have one
        FAULTS[name] = Fault(name, says, rows, bend)
        return bend

    return enter


def instead(owner: Any, name: str, made: Any) -> None:
    """Puts something in the place of a method."""
    setattr(owner, name, made)


def around(owner: Any, name: str, bent: Callable[..., Any]) -> None:
    """Puts a function in the place of a method; it is handed the method before its arguments."""
    plain = getattr(owner, name)
    setattr(owner, name, lambda *given, **named: bent(plain, *given, **named))


def recast(server: Any, bent: Callable[[Any, Any], None]) -> None:
    """Changes every answer before it is written."""
    plain = server.answered

    async def answered(ask: Any) -> Any:
        answer = await plain(ask)
        bent(ask, answer)
        return answer

    server.answered = answered
