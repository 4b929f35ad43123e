"""What the items of a list are ordered by: values that can be compared, in the order in which they decide."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from conformance.checks._views import View
from conformance.interface.dialect import instant
from conformance.text import pointer

__all__ = ["Key", "hidden", "order_key", "shown_key"]

Key = tuple[tuple[int, Any], ...]


def hidden(view: View) -> frozenset[str]:
    """What stands for redacted values in the answers of a view: such a value no longer says where it stood."""
    return frozenset[str]().union(*(one.pseudonyms for one in view.exchanges))


def order_key(item: Any, places: Sequence[str], unknown: frozenset[str]) -> Key | None:
    """What an item is ordered by; None when a part is missing or redacted. Values of different kinds are never compared."""
    found: list[tuple[int, Any]] = []
    for where in places:
        value = pointer.first(item, where)
        if value.__class__ is str:
            if unknown and any(text in value for text in unknown):
                return None
            found.append(_rank(value))
        elif value.__class__ in (int, float):
            found.append((0, value))
        else:
            return None
    return tuple(found)


@lru_cache(maxsize=8192)
def _rank(text: str) -> tuple[int, Any]:
    """What a text is ordered by: the instant that it says, or itself."""
    moment = instant(text)
    return (1, text) if moment is None else (2, moment.timestamp())


def shown_key(item: Any, places: Sequence[str]) -> tuple[Any, ...]:
    """The same as it stands in the item."""
    return tuple(pointer.first(item, where) for where in places)
