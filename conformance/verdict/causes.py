"""What was found wrong in one case: each cause once, with the first exchange that showed it and the number of times that it was seen.

One mistake of a server shows in every answer that has it. A reader wants to hear of it once, and of how often it came; a list of twenty
alike hides what stands between them. Two findings have one cause when they say the same of the same place: items of an array are one
place, and of what a pointer leads to it does not matter what stood there instead. A check that knows better says so (`Finding.cause`).
"""

from __future__ import annotations

from dataclasses import replace

from conformance.model import Finding
from conformance.text import pointer

__all__ = ["MOST_CAUSES", "Causes"]

MOST_CAUSES = 20  # kept per case; further ones say nothing new
_Cause = tuple[str, str, str, str]


class Causes:
    """Adds up what is found."""

    def __init__(self) -> None:
        self._found: dict[_Cause, Finding] = {}
        self._more: dict[_Cause, int] = {}

    def add(self, one: Finding) -> None:
        """Take a finding in."""
        cause = _cause(one)
        if cause in self._found:
            self._more[cause] = self._more.get(cause, 0) + one.count
        elif len(self._found) < MOST_CAUSES:
            self._found[cause] = one

    def __bool__(self) -> bool:
        return bool(self._found)

    def findings(self) -> tuple[Finding, ...]:
        """One finding for each cause, in the order in which they were first seen."""
        return tuple(
            replace(one, count=one.count + self._more[cause]) if cause in self._more else one
            for cause, one in self._found.items()
        )


def _cause(one: Finding) -> _Cause:
    place = pointer.place(one.at)
    if one.cause:
        return one.message, place, one.cause, ""
    return one.message, place, one.expected, "" if one.at.startswith("/") else one.actual
