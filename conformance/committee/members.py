"""What differs inside of two schemas, member by member: for the eye of a reader, beside the judgement on the whole.

Nothing is judged by it. References are followed on both sides, a pair of definitions once; what is added or removed is named at its
place and not gone into; the list is bounded.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

from conformance.committee.changes import Note
from conformance.errors import DataError
from conformance.interface.references import deref
from conformance.model import Spec
from conformance.text import pointer

__all__ = ["MOST", "notes"]

MOST = 40
_LISTS = ("allOf", "anyOf", "oneOf", "prefixItems")
_BELOW = ("items", "additionalProperties", "not", "contains", "propertyNames", "if", "then", "else")
_UNTOLD = frozenset({"properties", "required", "$ref", "$defs", "example", "examples", "patternProperties", *_LISTS, *_BELOW})
_TOLD_ELSEWHERE = frozenset({"description", "title"})
Sides = tuple[Any, Any]


def notes(old: Spec, new: Spec, before: Any, after: Any) -> tuple[Note, ...]:
    """What differs in two schemas of two documents, at most `MOST` of it."""
    return tuple(islice(_walked((old.document, new.document), (before, after), "", frozenset()), MOST))


def _walked(documents: Sides, sides: Sides, at: str, above: frozenset[Sides]) -> Iterator[Note]:
    refs = tuple(str(one.get("$ref", "")) if isinstance(one, Mapping) else "" for one in sides)
    if (all(refs) and refs in above) or at.count("/") > 24:
        return
    try:
        old, new = (deref(document, one) for document, one in zip(documents, sides, strict=True))
    except DataError:
        yield Note(at, "$ref", *refs)
        return
    above |= {(refs[0], refs[1])}
    for key in sorted((old.keys() | new.keys()) - _UNTOLD):
        if old.get(key) != new.get(key):
            yield Note(at, key, _short(key, old.get(key)), _short(key, new.get(key)))
    yield from _members(documents, (old, new), at, above)
    for key in _BELOW:
        if key in old or key in new:
            here = f"{at}/*" if key == "items" else f"{at} {key}" if key != "additionalProperties" else f"{at}/{{…}}"
            yield from _one(documents, (old, new), key, here, above)
    for key in _LISTS:
        yield from _listed(documents, (old.get(key) or [], new.get(key) or []), key, at, above)


def _one(documents: Sides, sides: Sides, key: str, here: str, above: frozenset[Sides]) -> Iterator[Note]:
    old, new = (one.get(key) for one in sides)
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        yield from _walked(documents, (old, new), here, above)
    elif old != new:
        yield Note(here, key, *(one if isinstance(one, bool | None) else "…" for one in (old, new)))


def _members(documents: Sides, sides: Sides, at: str, above: frozenset[Sides]) -> Iterator[Note]:
    named = [one.get("properties") or {} for one in sides]
    wanted = [set(one.get("required") or ()) for one in sides]
    for name in dict.fromkeys([*named[0], *named[1]]):
        here = at + pointer.join(name)
        if name in named[0] and name in named[1]:
            if (name in wanted[0]) != (name in wanted[1]):
                yield Note(here, "required", name in wanted[0], name in wanted[1])
            yield from _walked(documents, (named[0][name], named[1][name]), here, above)
        else:
            yield Note(here, "removed" if name in named[0] else "added", name in wanted[0], name in wanted[1])


def _listed(documents: Sides, sides: Sides, key: str, at: str, above: frozenset[Sides]) -> Iterator[Note]:
    old, new = sides
    if len(old) != len(new):
        yield Note(at, key, len(old), len(new))
        return
    for index, pair in enumerate(zip(old, new, strict=True)):
        yield from _walked(documents, pair, at if key == "allOf" else f"{at} {key}[{index}]", above)


def _short(key: str, value: Any) -> Any:
    """A keyword's value as it is shown: of a text for people only that it is another, of a list what it holds."""
    if key in _TOLD_ELSEWHERE or key.startswith("x-description"):
        return None if value is None else "…"
    return value if len(str(value)) <= 400 else f"{str(value)[:400]}…"
