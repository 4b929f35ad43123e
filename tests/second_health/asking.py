"""A request as it was read, an answer before it is written, and what both need to know of the vendor."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.second_health.choices import Choices
from tests.second_health.instants import Moment, Times
from tests.second_health.store import Store

__all__ = ["Answer", "Ask", "House"]


@dataclass
class Ask:
    """One request, read so far."""

    method: str
    path: str  # with its segments still encoded
    query: str
    headers: list[tuple[str, str]]
    body: bytes
    root: str = ""  # scheme and authority
    operation: str = ""
    segment: str = ""
    org: str = ""
    pairs: list[tuple[str, str]] = field(default_factory=list)
    values: dict[str, Any] = field(default_factory=dict)
    document: Any = None

    def all(self, name: str) -> list[str]:
        """Every value of a header field."""
        return [value for key, value in self.headers if key == name]


@dataclass
class Answer:
    """A status, a document and headers, before they are written."""

    status: int
    document: Any = None
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class House:
    """What every part of the server shares."""

    choices: Choices
    store: Store
    times: Times
    clock: Callable[[], float]

    def unix(self) -> float:
        """The present, in seconds since 1970."""
        return self.clock() + self.choices.skew

    def now(self) -> Moment:
        """The present, as finely as it can be."""
        return self.times.own(self.unix())

    def dated(self) -> Moment:
        """The present, as finely as this server writes it."""
        return self.times.own(self.unix(), self.choices.digits)
