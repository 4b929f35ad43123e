"""Simpler JSON values than a given one: what is left of it when something is taken away, or a simpler value put in its place."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

__all__ = ["simpler"]


def simpler(value: Any) -> Iterator[Any]:
    """Simpler values, the boldest first; none of a value that is as simple as it gets."""
    if isinstance(value, dict):
        for key in value:
            yield {name: member for name, member in value.items() if name != key}
        for key, member in value.items():
            for smaller in simpler(member):
                yield {**value, key: smaller}
    elif isinstance(value, list):
        if value:
            yield []
        for index in range(len(value)):
            yield value[:index] + value[index + 1 :]
    elif isinstance(value, str) and value:
        yield from dict.fromkeys(
            half for half in (value[: len(value) // 2], value[len(value) // 2 :], value[:1]) if half != value
        )
    elif isinstance(value, int | float) and not isinstance(value, bool) and value not in (0, 1, -1):
        yield from (0, int(value / 2))
