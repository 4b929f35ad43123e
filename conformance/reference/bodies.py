"""Request bodies: which members an object may have, and pointers to what is wrong with the one that was sent.

A pointer always resolves in the sent body: a missing member is reported at the object that lacks it, and one whose name is too
long for a pointer of reasonable length at the object that holds it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from conformance.reference.instants import parse_instant
from conformance.reference.problems import Misfit, Text

__all__ = ["Member", "has", "is_instant", "is_text", "list_of", "misfits", "one_of", "pointer_to", "whole"]

_LONGEST_POINTER = 400


@dataclass(frozen=True)
class Member:
    """A member of a request body: what its value has to be."""

    name: str
    fits: Callable[[Any], bool]
    expects: Text
    required: bool = True
    parts: tuple[Member, ...] = ()  # of a member that is an object, or (`many`) a list of objects: their members
    many: bool = False


def one_of(*values: str) -> Callable[[Any], bool]:
    """A test for one of a few strings."""
    return lambda value: isinstance(value, str) and value in values


def is_text(pattern: str) -> Callable[[Any], bool]:
    """A test for a string that matches a pattern as a whole."""
    shape = re.compile(pattern, re.ASCII | re.DOTALL)
    return lambda value: isinstance(value, str) and shape.fullmatch(value) is not None


def whole(low: int, high: int) -> Callable[[Any], bool]:
    """A test for a whole number in a range; as in JSON Schema, 2.0 is one."""

    def fits(value: Any) -> bool:
        number = isinstance(value, int | float) and not isinstance(value, bool)
        return number and low <= value <= high and value == int(value)

    return fits


def is_instant(value: Any) -> bool:
    """Whether a value is an RFC 3339 date-time with offset."""
    try:
        parse_instant(value)
    except ValueError:
        return False
    return True


def pointer_to(name: str, at: str = "") -> str:
    """The JSON Pointer to a member of the object at `at` in the body (RFC 6901)."""
    escaped = "/" + name.replace("~", "~0").replace("/", "~1")
    return at + escaped if len(at + escaped) <= _LONGEST_POINTER else at


def misfits(body: Any, members: Sequence[Member], at: str = "") -> list[Misfit]:
    """What is wrong with a value, at the pointer `at` of a body, that should be an object with these members and no others."""
    if not isinstance(body, dict):
        return [Misfit("pointer", at, ("須為物件", "must be an object"))]
    known = {member.name for member in members}
    found = [
        Misfit("pointer", pointer_to(name, at), ("不是可用的欄位", "is not a member that may be sent"))
        for name in body
        if name not in known
    ]
    for member in members:
        if member.name not in body:
            missing = (f"缺少欄位 {member.name}", f"lacks the member {member.name}")
            found += [Misfit("pointer", at, missing)] if member.required else []
        elif not member.fits(body[member.name]):
            found.append(Misfit("pointer", pointer_to(member.name, at), member.expects))
        elif member.parts:
            found += _inner(body[member.name], member, pointer_to(member.name, at))
    return found[:50]


def _inner(value: Any, member: Member, at: str) -> list[Misfit]:
    if not member.many:
        return misfits(value, member.parts, at)
    return [fault for index, one in enumerate(value) for fault in misfits(one, member.parts, f"{at}/{index}")]


def has(value: Any) -> bool:  # noqa: ARG001 - a test like the others
    """A test that everything passes: the parts of the member are tested instead."""
    return True


def list_of(fits: Callable[[Any], bool], low: int, high: int, *, unique: bool = False) -> Callable[[Any], bool]:
    """A test for a list of `low` to `high` values that fit, each of them once where they are to be `unique`."""

    def test(value: Any) -> bool:
        if not isinstance(value, list) or not low <= len(value) <= high or not all(map(fits, value)):
            return False
        return not unique or all(one not in value[:index] for index, one in enumerate(value))

    return test
