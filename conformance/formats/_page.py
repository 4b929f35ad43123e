"""What the page shows, in the order in which it shows it: the report arranged for a reader, without a word of HTML.

What failed stands by its root cause (`_causes`), what was left open by its reason. Each requirement has an anchor of its own id, which leads to
where most is said of it: `#COM-PAGE-01` is a link that a CI step or a mail can hold.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from functools import cached_property
from itertools import chain
from typing import Any

from conformance.formats._causes import Breach, Cause, causes
from conformance.formats._charts import Latency, Timeline, latency, timeline
from conformance.formats._gallery import Exhibit, Gallery
from conformance.formats._reading import Clause, Described, Link, clauses, described, linked
from conformance.model import Level, Outcome, Spec

__all__ = ["Card", "Page", "Row", "arrange", "clock"]

Document = Mapping[str, Any]
_MOST_SIGHTINGS = 6  # of one requirement under one cause
_TAIPEI = timezone(timedelta(hours=8))


@dataclass(frozen=True)
class Unexercised:
    """An aspect that cases passed without; `document` says in both languages why."""

    name: str
    document: Document
    operations: Sequence[str]


@dataclass(frozen=True)
class Row:
    """One requirement with its cases. `anchor` is made of its id and fit for a link; `source` is where it comes from, in linked pieces."""

    document: Document
    anchor: str
    cases: Sequence[Document]
    source: Sequence[Link]

    @property
    def outcome(self) -> str:
        """The outcome of its worst case."""
        return str(self.document["outcome"])

    def ended(self, outcome: Outcome) -> list[Document]:
        """Its cases with this outcome."""
        return [case for case in self.cases if case["outcome"] == outcome]

    @property
    def operations(self) -> Sequence[str]:
        """The operations that it was tested in."""
        return [case["operation"] for case in self.cases if case["operation"]]

    @cached_property
    def mixed(self) -> Mapping[str, Sequence[Document]]:
        """Its cases by outcome where they did not all end alike; else nothing."""
        found: dict[str, list[Document]] = {}
        for case in self.cases:
            found.setdefault(case["outcome"], []).append(case)
        return found if len(found) > 1 else {}

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
class Part:
    """What a card says of one requirement. `first` is whether the requirement is spoken of here first; `further` counts what was left out."""

    row: Row
    breach: Breach
    first: bool

    @property
    def sightings(self) -> Sequence[Any]:
        """What was found against it, as far as it is shown."""
        return self.breach.sightings[:_MOST_SIGHTINGS]

    @property
    def further(self) -> int:
        """How many kinds of findings are not shown."""
        return len(self.breach.sightings) - len(self.sightings)


@dataclass(frozen=True)
class Card:
    """One root cause with all that is shown of it."""

    anchor: str
    number: int
    cause: Cause
    parts: Sequence[Part]
    exhibits: Sequence[Exhibit]

    @property
    def level(self) -> str:
        """The strictest level among the requirements that it breaks."""
        levels = {part.row.document["level"] for part in self.parts}
        return str(next(level for level in Level if level in levels))

    @property
    def classes(self) -> Sequence[str]:
        """The classes of the requirements that it breaks."""
        return list(dict.fromkeys(part.row.document["class"] for part in self.parts))


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
class Tested:
    """One operation: what its document says of it, and what each requirement came to in it."""

    name: str
    anchor: str
    described: Described | None
    outcomes: Sequence[tuple[Row, str]]

    @property
    def worst(self) -> str:
        """The outcome that decides."""
        return next(iter(self.by_outcome), str(Outcome.NOT_APPLICABLE))

    @cached_property
    def by_outcome(self) -> Mapping[str, Sequence[Row]]:
        """The requirements by what they came to, the outcome that decides first."""
        order = (Outcome.ERROR, Outcome.FAIL, Outcome.INCONCLUSIVE, Outcome.NOT_TESTED, Outcome.PASS, Outcome.NOT_APPLICABLE)
        found = {str(outcome): [row for row, came in self.outcomes if came == outcome] for outcome in order}
        return {outcome: rows for outcome, rows in found.items() if rows}


@dataclass(frozen=True)
class Page:
    """The whole, section by section. `comparison` says what changed since an earlier run, where one is given."""

    report: Document
    comparison: Document | None
    classes: Sequence[Class]
    errors: Sequence[Group]
    failures: Sequence[Card]
    warnings: Sequence[Card]
    inconclusive: Sequence[Group]
    not_tested: Sequence[Group]
    operations: Sequence[Tested]
    clauses: Sequence[Clause]
    shown: frozenset[int]
    timeline: Timeline | None
    latency: Latency

    @cached_property
    def details(self) -> frozenset[str]:
        """The anchors of the requirements that a card or an entry speaks of, beside the table of all of them."""
        groups = chain(self.errors, self.inconclusive, self.not_tested)
        entries = (row.anchor for group in groups for row, _, first in group.entries if first)
        return frozenset(chain(entries, (part.row.anchor for card in self.cards for part in card.parts)))

    @cached_property
    def ids(self) -> frozenset[str]:
        """The ids of all requirements."""
        return frozenset(row["id"] for row in self.report["requirements"])

    @cached_property
    def tested(self) -> frozenset[str]:
        """The operations that cases were about."""
        return frozenset(one.name for one in self.operations)

    @property
    def cards(self) -> Sequence[Card]:
        """All cards, in the order of their numbers."""
        return [*self.failures, *self.warnings]

    @cached_property
    def cards_of(self) -> Mapping[str, Sequence[Card]]:
        """The cards that speak of a requirement, by its anchor."""
        found: dict[str, list[Card]] = {}
        for card in self.cards:
            for part in card.parts:
                found.setdefault(part.row.anchor, []).append(card)
        return found

    @cached_property
    def cited(self) -> Mapping[int, Sequence[Card]]:
        """The cards whose findings name an exchange, by its number."""
        found: dict[int, list[Card]] = {}
        for card in self.cards:
            numbers = (n for part in card.parts for one in part.sightings for _, f in one.seen for n in f["exchanges"])
            for number in dict.fromkeys(numbers):
                found.setdefault(number, []).append(card)
        return found

    @cached_property
    def citing(self) -> Mapping[str, Sequence[Row]]:
        """The requirements whose source is a clause, by the clause's anchor."""
        found: dict[str, list[Row]] = {}
        for row in (row for one in self.classes for row in one.rows):
            for href in dict.fromkeys(piece.href for piece in row.source if piece.href.startswith("#")):
                found.setdefault(href[1:], []).append(row)
        return found

    @cached_property
    def listed(self) -> Mapping[str, int]:
        """How many requirements stand under each outcome that has a section of groups."""
        sections = {"error": self.errors, "inconclusive": self.inconclusive, "not_tested": self.not_tested}
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

    @cached_property
    def seconds(self) -> int:
        """How long the run took."""
        began, ended = (_instant(self.report[name]) for name in ("startedOn", "finishedOn"))
        return int((ended - began).total_seconds()) if began and ended else 0


def arrange(report: Document, spec: Spec | None = None, comparison: Document | None = None) -> Page:
    """The page of a report: with `spec`, whose words it then holds and links to; with what changed since an earlier run."""
    by_requirement: dict[str, list[Document]] = {}
    for verdict in report["verdicts"]:
        by_requirement.setdefault(verdict["requirement"], []).append(verdict)
    sections = clauses(spec)
    rows = [
        Row(row, anchor(row["id"]), by_requirement.get(row["id"], ()), linked(row["source"], sections))
        for row in report["requirements"]
    ]
    cards = _cards(report, {row.document["id"]: row for row in rows})
    shown = frozenset(exhibit.number for card in cards for exhibit in card.exhibits)
    return Page(
        report=report,
        comparison=comparison,
        classes=[
            Class(one, anchor(one["id"]), [row for row in rows if row.document["class"] == one["id"]])
            for one in report["classes"]
        ],
        errors=_grouped(rows, Outcome.ERROR),
        failures=[card for card in cards if card.cause.mandatory],
        warnings=[card for card in cards if not card.cause.mandatory],
        inconclusive=_grouped(rows, Outcome.INCONCLUSIVE),
        not_tested=_grouped(rows, Outcome.NOT_TESTED),
        operations=_operations(rows, spec),
        clauses=sections,
        shown=shown,
        timeline=timeline(report, shown),
        latency=latency(report, comparison["medians"] if comparison else {}),
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


def _cards(report: Document, rows: Mapping[str, Row]) -> list[Card]:
    found = causes(report)
    told = {name for name, row in rows.items() if row.outcome == Outcome.ERROR}  # these have an entry of their own
    cards = []
    for number, (cause, exhibits) in enumerate(zip(found, Gallery(report).hung(found), strict=True), 1):
        parts = []
        for breach in cause.breaches:
            name = breach.row["id"]
            parts.append(Part(rows[name], breach, name not in told))
            told.add(name)
        cards.append(Card(f"cause-{number}", number, cause, parts, exhibits))
    return cards


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


def _operations(rows: Iterable[Row], spec: Spec | None) -> list[Tested]:
    """The operations that cases were about, in the order of their document."""
    found: dict[str, list[tuple[Row, str]]] = {}
    for row in rows:
        for case in row.cases:
            if case["operation"]:
                found.setdefault(case["operation"], []).append((row, case["outcome"]))
    ordered = [name for name in spec.operations if name in found] if spec else []
    ordered += [name for name in found if name not in ordered]
    return [Tested(name, f"op-{anchor(name)}", described(spec, name), found[name]) for name in ordered]
