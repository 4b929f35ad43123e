"""What was worked out of parts of a document, kept: a run asks for the same few things with every answer.

Texts, numbers and tuples of them are compared by value; all else (a document's parts, an operation, a spec) is large, never changes, and
is compared as an object. What is kept is bounded, and holds what it was made of, so the place of one object is not taken by another.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from types import NoneType
from typing import Any, TypeVar, TypeVarTuple

__all__ = ["kept", "kept_of"]

_MOST = 16_384  # results of one function
_BY_VALUE = frozenset((str, int, bool, tuple, NoneType))

Given = TypeVarTuple("Given")
Made = TypeVar("Made")


def kept(work: Callable[[*Given], Made]) -> Callable[[*Given], Made]:
    """The same pure function, which gives what it gave before for the same objects and equal values; all are handed over by position."""
    return kept_of(_MOST)(work)


def kept_of(most: int) -> Callable[[Callable[[*Given], Made]], Callable[[*Given], Made]]:
    """As `kept`, of no more than so many results: what is worked out of whole documents holds them."""

    def keeping(work: Callable[[*Given], Made]) -> Callable[[*Given], Made]:
        known: dict[tuple[Any, ...], tuple[Any, Made]] = {}

        @wraps(work)
        def recalled(*given: *Given) -> Made:
            key = tuple([one if one.__class__ in _BY_VALUE else id(one) for one in given])
            found = known.get(key)
            if found is None:
                if len(known) >= most:
                    known.clear()
                found = known[key] = (given, work(*given))
            return found[1]

        return recalled

    return keeping
