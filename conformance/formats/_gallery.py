"""The exchanges that the page prints: each once, where it is first needed, and linked to from everywhere else.

A page stays small whatever the report holds. So many characters of exchanges are hung, no more; before a cause is given a second one, every cause
has had its first, so that the last failure of a long report is shown as plainly as the first.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from http import HTTPStatus
from itertools import chain
from typing import Any

from conformance.formats._causes import Cause
from conformance.text import pointer
from conformance.text.layout import Gap, Line, lines

__all__ = ["Exhibit", "Gallery"]

Document = Mapping[str, Any]
_MOST_CHARACTERS = 260_000  # of exchanges, as they are written in HTML
_LEAST_CHARACTERS = 60_000
_OF_A_CAUSE = 800  # fewer for each cause: what is said of it takes room, too
_MOST_OF_A_CAUSE = 8


@dataclass(frozen=True)
class Exhibit:
    """One exchange, ready to be shown. `missing` are the places in its answer that a finding speaks of and that are not there."""

    number: int
    document: Document
    target: str
    phrase: str
    asked: Sequence[Line | Gap]
    answered: Sequence[Line | Gap]
    missing: Sequence[str]

    @property
    def long(self) -> bool:
        """Whether it takes so much of a sheet of paper that it may go on on the next one."""
        return any(len(half) > 16 or _characters(half) > 1500 for half in (self.asked, self.answered))


@dataclass(frozen=True)
class Gallery:
    """What the exchanges of a report are shown as, and which of them hang at which cause."""

    report: Document

    def hung(self, causes: Sequence[Cause]) -> list[list[Exhibit]]:
        """The exhibits of each cause, in the order of the causes."""
        wanted = [self._wanted(cause) for cause in causes]
        found: list[list[Exhibit]] = [[] for _ in causes]
        shown: set[int] = set()
        left = max(_LEAST_CHARACTERS, _MOST_CHARACTERS - _OF_A_CAUSE * len(causes))
        for first in (True, False):
            for numbers, exhibits in zip(wanted, found, strict=True):
                for number in numbers[:1] if first else numbers[1:_MOST_OF_A_CAUSE]:
                    if number in shown or left < 0:
                        continue
                    exhibit = self._exhibit(number)
                    shown.add(number)
                    exhibits.append(exhibit)
                    left -= _size(exhibit)
        return found

    def _wanted(self, cause: Cause) -> list[int]:
        """The smallest inputs that still failed, then what findings name, each requirement's first before its second."""
        smallest = [number for breach in cause.breaches for number in breach.shrunk]
        named = [
            [number for one in breach.sightings for _, finding in one.seen for number in finding["exchanges"]]
            for breach in cause.breaches
        ]
        ordered = chain(smallest, chain.from_iterable(names[:3] for names in named), chain.from_iterable(named))
        return [number for number in dict.fromkeys(ordered) if str(number) in self.report["exchanges"]]

    @cached_property
    def _pointers(self) -> Mapping[int, Mapping[str, bool]]:
        """Where findings point, by exchange, and whether they found nothing there."""
        found: dict[int, dict[str, bool]] = {}
        for verdict in self.report["verdicts"]:
            for finding in verdict["findings"]:
                for number in finding["exchanges"] if finding["at"] else ():
                    found.setdefault(number, {})[finding["at"]] = finding["actual"] in ("absent", "none")
        return found

    def _exhibit(self, number: int) -> Exhibit:
        document: Document = self.report["exchanges"][str(number)]
        pointers = self._pointers.get(number, {})
        target = document["url"].removeprefix(self.report["target"]["baseUrl"].rstrip("/")) or document["url"]
        try:
            phrase = HTTPStatus(document["status"]).phrase
        except ValueError:
            phrase = ""
        asked, answered = lines(document["requestBody"]), lines(document["responseBody"], pointers)
        marked = any(line.marked for line in answered if isinstance(line, Line))
        missing = [at for at, absent in pointers.items() if absent and at.startswith("/") and pointer.segments(at)]
        return Exhibit(number, document, target, phrase, asked, answered, [] if marked else missing)


def _characters(half: Iterable[Line | Gap]) -> int:
    return sum(len(line.text) for line in half if isinstance(line, Line))


def _size(exhibit: Exhibit) -> int:
    written = (line for line in chain(exhibit.asked, exhibit.answered) if isinstance(line, Line))
    bodies = sum(len(line.text.encode("utf-8", "replace")) + 4 * line.text.count('"') for line in written)
    document = exhibit.document
    headers = sum(len(name) + len(value) + 4 for name, value in chain(document["requestHeaders"], document["responseHeaders"]))
    return bodies + headers + 2 * len(document["url"]) + len(document["curl"].encode("utf-8", "replace")) + 1200
