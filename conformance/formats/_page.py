"""What the page shows, in the order in which it shows it: the report arranged for a reader, without a word of HTML.

An exchange is printed once, where it is first needed, and linked to from everywhere else. A page stays small whatever the report
holds: after so many findings of a case, and so many characters of exchanges, the rest is counted and left to the evidence.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from functools import cached_property
from http import HTTPStatus
from itertools import chain
from typing import Any

from conformance.model import Level, Outcome
from conformance.text.layout import Gap, Line, lines

__all__ = ["Case", "Exhibit", "Page", "Row", "arrange"]

Document = Mapping[str, Any]
_MOST_FINDINGS = 5  # of one case
_MOST_FINDINGS_IN_ALL = 250  # from then on one of each case
_MOST_CHARACTERS = 350_000  # of exchanges, as they are written in HTML
_TAIPEI = timezone(timedelta(hours=8))


@dataclass(frozen=True)
class Exhibit:
    """One exchange, ready to be shown."""

    number: int
    document: Document
    target: str
    phrase: str
    asked: Sequence[Line | Gap]
    answered: Sequence[Line | Gap]

    @property
    def long(self) -> bool:
        """Whether it takes so much of a sheet of paper that it may go on on the next one."""
        return any(len(half) > 16 or _characters(half) > 1500 for half in (self.asked, self.answered))


@dataclass(frozen=True)
class Case:
    """One case with what is shown of it. `further` counts findings left out; `exhibits` are the exchanges printed here first."""

    document: Document
    findings: Sequence[Document] = ()
    further: int = 0
    exhibits: Sequence[Exhibit] = ()

    @property
    def shrunk(self) -> int | None:
        """The number of the exchange with the smallest input that still failed."""
        return self.document.get("shrunk")


@dataclass(frozen=True)
class Unexercised:
    """An aspect that cases passed without; `document` says in both languages why."""

    name: str
    document: Document
    operations: Sequence[str]


@dataclass(frozen=True)
class Row:
    """One requirement with its cases. `anchor` is made of its id and fit for a link."""

    document: Document
    anchor: str
    cases: Sequence[Document]

    @property
    def outcome(self) -> str:
        """The outcome of its worst case."""
        return str(self.document["outcome"])

    def ended(self, outcome: Outcome) -> list[Document]:
        """Its cases with this outcome."""
        return [case for case in self.cases if case["outcome"] == outcome]

    @cached_property
    def exercised(self) -> Mapping[str, int]:
        """How often each named aspect was exercised in its cases."""
        found: Counter[str] = Counter()
        for one in chain.from_iterable(case["exercised"] for case in self.cases):
            if one["aspect"]:
                found[one["aspect"]] += one["witnesses"]
        return dict(found)

    @cached_property
    def unexercised(self) -> Sequence[Unexercised]:
        """What was not exercised in its cases that passed, for each reason once."""
        found: dict[tuple[str, str], tuple[Document, list[str]]] = {}
        for case in self.ended(Outcome.PASS):
            for one in case.get("unexercised", ()):
                found.setdefault((one["aspect"], one["en"]), (one, []))[1].append(case["operation"])
        return [Unexercised(name, document, operations) for (name, _), (document, operations) in found.items()]


@dataclass(frozen=True)
class Article:
    """One requirement that failed, with the cases that did and those that did not."""

    anchor: str
    row: Row
    cases: Sequence[Case]
    others: Sequence[Document]


@dataclass(frozen=True)
class Group:
    """Requirements left open for one reason, each with the operations concerned and whether it is listed here first."""

    reason: Mapping[str, str] | None
    entries: Sequence[tuple[Row, Sequence[str], bool]]


@dataclass(frozen=True)
class Class:
    """One conformance class with its rows; `document` is its line of the report."""

    document: Document
    anchor: str
    rows: Sequence[Row]


@dataclass(frozen=True)
class Page:
    """The whole, section by section."""

    report: Document
    classes: Sequence[Class]
    errors: Sequence[Article]
    failures: Sequence[Article]
    warnings: Sequence[Article]
    inconclusive: Sequence[Group]
    not_tested: Sequence[Group]
    shown: frozenset[int]

    @cached_property
    def details(self) -> Mapping[str, str]:
        """Where the requirements that have an article or an entry of their own are spoken of: anchor of the row to link."""
        groups = (row for group in chain(self.inconclusive, self.not_tested) for row, _, first in group.entries if first)
        found = {row.anchor: f"d-{row.anchor}" for row in groups}
        return found | {one.row.anchor: one.anchor for one in chain(self.errors, self.failures, self.warnings)}

    @cached_property
    def open_rows(self) -> Mapping[str, int]:
        """How many requirements were left open, by outcome."""
        sections = {"inconclusive": self.inconclusive, "not_tested": self.not_tested}
        return {name: sum(first for group in groups for _, _, first in group.entries) for name, groups in sections.items()}

    @property
    def mandatory(self) -> Mapping[str, int]:
        """The mandatory requirements by outcome."""
        found: Mapping[str, int] = self.report["mandatory"]
        return found

    @property
    def applicable(self) -> int:
        """How many mandatory requirements apply."""
        return sum(count for outcome, count in self.mandatory.items() if outcome != Outcome.NOT_APPLICABLE)

    @property
    def open(self) -> int:
        """How many of them were neither passed nor failed."""
        return self.applicable - self.mandatory[Outcome.PASS] - self.mandatory[Outcome.FAIL]

    @cached_property
    def idle(self) -> bool:
        """Whether nothing applied, so that nothing was tested."""
        return {verdict["outcome"] for verdict in self.report["verdicts"]} <= {Outcome.NOT_APPLICABLE}

    @property
    def broken(self) -> int:
        """How many requirements met a fault of the suite."""
        return len(self.errors)

    @cached_property
    def seconds(self) -> int:
        """How long the run took."""
        began, ended = (_instant(self.report[name]) for name in ("startedOn", "finishedOn"))
        return int((ended - began).total_seconds()) if began and ended else 0


def arrange(report: Document) -> Page:
    """The page of a report."""
    by_requirement: dict[str, list[Document]] = {}
    for verdict in report["verdicts"]:
        by_requirement.setdefault(verdict["requirement"], []).append(verdict)
    rows = [Row(row, anchor(row["id"]), by_requirement.get(row["id"], ())) for row in report["requirements"]]
    gallery = _Gallery(report)
    must = [row for row in rows if row.document["level"] == Level.MUST]
    rest = [row for row in rows if row.document["level"] != Level.MUST]
    return Page(
        report=report,
        classes=[
            Class(one, anchor(one["id"]), [row for row in rows if row.document["class"] == one["id"]])
            for one in report["classes"]
        ],
        errors=[_article(row, Outcome.ERROR, gallery) for row in rows if row.ended(Outcome.ERROR)],
        failures=[_article(row, Outcome.FAIL, gallery) for row in must if row.ended(Outcome.FAIL)],
        warnings=[_article(row, Outcome.FAIL, gallery) for row in rest if row.ended(Outcome.FAIL)],
        inconclusive=_grouped(rows, Outcome.INCONCLUSIVE),
        not_tested=_grouped(rows, Outcome.NOT_TESTED),
        shown=frozenset(gallery.shown),
    )


def anchor(identifier: str) -> str:
    """The identifier as a part of a link: letters, digits, `.`, `-`; everything else by its code point."""
    return re.sub(r"[^A-Za-z0-9.-]", lambda found: f"_{ord(found[0]):x}_", identifier)


def clock(moment: str) -> str:
    """An instant of the report as the clock in Taipei showed it; as written when it is none."""
    instant = _instant(moment)
    return instant.astimezone(_TAIPEI).strftime("%Y-%m-%d %H:%M:%S +08:00") if instant else moment


def _instant(moment: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(moment)
    except ValueError:
        return None
    return found if found.tzinfo else None


def _article(row: Row, outcome: Outcome, gallery: _Gallery) -> Article:
    others = [case for case in row.cases if case["outcome"] != outcome]
    prefix = "e" if outcome is Outcome.ERROR else "d"
    return Article(f"{prefix}-{row.anchor}", row, [gallery.case(case) for case in row.ended(outcome)], others)


def _grouped(rows: Iterable[Row], outcome: Outcome) -> list[Group]:
    """The requirements of this outcome under the reasons of those of their cases that have it."""
    found: dict[str, tuple[Any, dict[str, tuple[Row, list[str], bool]]]] = {}
    for row in rows:
        listed = False
        for case in row.ended(outcome) if row.outcome == outcome else ():
            reason = case.get("reason")
            entries = found.setdefault(str(reason and reason.get("en")), (reason, {}))[1]
            entries.setdefault(row.anchor, (row, [], not listed))[1].append(case["operation"])
            listed = True
    return [Group(reason, list(entries.values())) for reason, entries in found.values()]


@dataclass
class _Gallery:
    """Which exchanges and findings were shown so far, and how much more the page bears."""

    report: Document
    shown: set[int] = field(default_factory=set)
    findings: int = 0
    characters: int = 0

    @cached_property
    def pointers(self) -> Mapping[int, set[str]]:
        """Where findings point, by exchange."""
        found: dict[int, set[str]] = {}
        for verdict in self.report["verdicts"]:
            for finding in verdict["findings"]:
                for number in finding["exchanges"] if finding["at"] else ():
                    found.setdefault(number, set()).add(finding["at"])
        return found

    def case(self, document: Document) -> Case:
        """A case with the findings and exchanges that the page still bears."""
        everything = document["findings"]
        most = _MOST_FINDINGS if self.findings < _MOST_FINDINGS_IN_ALL else 1
        findings = everything[:most]
        self.findings += len(findings)
        wanted = [n for n in (document.get("shrunk"),) if n is not None]
        wanted += [number for finding in findings for number in finding["exchanges"]]
        return Case(document, findings, len(everything) - len(findings), list(self._hung(wanted)))

    def _hung(self, numbers: Iterable[int]) -> Iterator[Exhibit]:
        for number in dict.fromkeys(numbers):
            document = self.report["exchanges"].get(str(number))
            if document is None or number in self.shown or self.characters > _MOST_CHARACTERS:
                continue
            exhibit = _exhibit(number, document, self.report["target"]["baseUrl"], self.pointers.get(number, ()))
            self.shown.add(number)
            self.characters += _size(exhibit)
            yield exhibit


def _exhibit(number: int, document: Document, base: str, pointers: Iterable[str]) -> Exhibit:
    target = document["url"].removeprefix(base.rstrip("/")) or document["url"]
    try:
        phrase = HTTPStatus(document["status"]).phrase
    except ValueError:
        phrase = ""
    asked, answered = lines(document["requestBody"]), lines(document["responseBody"], pointers)
    return Exhibit(number, document, target, phrase, asked, answered)


def _characters(half: Iterable[Line | Gap]) -> int:
    return sum(len(line.text) for line in half if isinstance(line, Line))


def _size(exhibit: Exhibit) -> int:
    written = (line for line in chain(exhibit.asked, exhibit.answered) if isinstance(line, Line))
    bodies = sum(len(line.text) + 4 * line.text.count('"') for line in written)
    document = exhibit.document
    headers = sum(len(name) + len(value) + 4 for name, value in chain(document["requestHeaders"], document["responseHeaders"]))
    return bodies + headers + 2 * len(document["url"]) + len(document["curl"]) + 1200
