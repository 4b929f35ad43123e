"""What a step of a course wants to stand at a pointer of its answer: values, and what other steps sent or were answered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from conformance.checks._reading import equal
from conformance.interface.dialect import instant
from conformance.model import Exchange
from conformance.text import pointer

__all__ = ["meets", "plain", "referred"]

Told = Mapping[str, Sequence[Exchange]]
"""The answers to each step that came before, by its name."""


def meets(found: Sequence[Any], wanted: Any, told: Told, now: datetime | None) -> bool:
    """Whether the values at a pointer are what is wanted, as `a_course_of_requests_goes_as_stated` states it. `now` is the server's time."""
    if isinstance(wanted, Mapping):
        if "count" in wanted:
            return bool(len(found) == wanted["count"])
        if "all" in wanted:
            return len(found) == len(wanted["all"]) and all(map(equal, found, wanted["all"]))
        if "only" in wanted:
            return all(any(equal(value, other) for other in wanted["only"]) for value in found)
        if "not" in wanted:
            others = [value for one in wanted["not"] for value in (referred(one, told) if _refers(one) else [one])]
            return bool(found) and not any(equal(value, other) for value in found for other in others)
        if "after" in wanted or "from" in wanted:
            return _comes(found, referred(wanted.get("after", wanted.get("from")), told), later="after" in wanted)
        if "ahead" in wanted:
            return _lies_ahead(found, wanted["ahead"], wanted["give"], now)
        if _refers(wanted):
            there = referred(wanted, told)
            return len(there) == len(found) and all(map(equal if "of" in wanted else _holds, found, there))
    return len(found) == 1 and equal(found[0], wanted)


def referred(wanted: Mapping[str, Any], told: Told) -> list[Any]:
    """What stood at a pointer of the answer to another step (`of`), or of what was sent in one (`sent`)."""
    answers = told.get(wanted.get("of", wanted.get("sent", "")), ())
    if not answers:
        return []
    document = answers[-1].json if "of" in wanted else answers[-1].request.json()
    return list(pointer.values(document, wanted["at"]))


def plain(wanted: Any, told: Told) -> Any:
    """What is wanted, as it can be shown."""
    return referred(wanted, told) if _refers(wanted) else wanted


def _refers(wanted: Any) -> bool:
    return isinstance(wanted, Mapping) and bool({"of", "sent"} & wanted.keys())


def _comes(found: Sequence[Any], there: Sequence[Any], *, later: bool) -> bool:
    """Whether the one instant that was found is later than another one, or not earlier."""
    if len(found) != 1 or len(there) != 1:
        return False
    one, other = _instant(found[0]), _instant(there[0])
    return one is not None and other is not None and (one > other if later else one >= other)


def _lies_ahead(found: Sequence[Any], seconds: float, give: float, now: datetime | None) -> bool:
    """Whether the one instant that was found is so far ahead of an answer; where the answer has no time, nothing is known."""
    if now is None:
        return True
    one = _instant(found[0]) if len(found) == 1 else None
    return one is not None and abs(one - now - timedelta(seconds=seconds)) <= timedelta(seconds=give)


def _holds(value: Any, sent: Any) -> bool:
    """Whether a value is what was sent, perhaps with members that nobody sent."""
    if isinstance(sent, Mapping) and isinstance(value, Mapping):
        return all(name in value and _holds(value[name], member) for name, member in sent.items())
    if isinstance(sent, list) and isinstance(value, list):
        return len(value) == len(sent) and all(map(_holds, value, sent))
    return equal(value, sent)


def _instant(value: Any) -> datetime | None:
    return instant(value) if isinstance(value, str) else None
