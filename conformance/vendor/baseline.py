"""What a solution is known not to pass: a vendor's own list, apart from any waiver of an office, and no part of a verdict.

    expected:
      - case: COM-PAGE-01/listStops          # or requirement: COM-PAGE-01, for all of its cases
        reason: "the index is rebuilt in 2.2"
        until: "2027-03-31"                  # may be left out; after that day it counts no more

Held against a report, every case that did not pass is listed or it is not, and every entry is still needed or it is stale. A list that
nobody prunes hides the next failure, so a stale entry fails like an unlisted case.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from conformance.errors import DataError, nearest
from conformance.load.data import Folders
from conformance.load.documents import Document, check, read_document
from conformance.model import Level, Outcome

__all__ = ["Baseline", "Entry", "Held", "baseline_text", "held", "pruned", "read_baseline"]

Report = Mapping[str, Any]
_OPEN = (Outcome.FAIL, Outcome.INCONCLUSIVE)


@dataclass(frozen=True)
class Entry:
    """One line of the list: a case, or a requirement with all of its cases; `line` is where it stands."""

    name: str
    reason: str
    until: date | None
    line: int

    def covers(self, case: str) -> bool:
        """Whether it speaks of a case."""
        return case == self.name or case.partition("/")[0] == self.name


@dataclass(frozen=True)
class Baseline:
    """The list, and the file that it was read from."""

    entries: tuple[Entry, ...]
    document: Document


@dataclass(frozen=True)
class Held:
    """What came of holding a list against a report: cases that did not pass, listed or not, and entries that are not needed any more."""

    listed: tuple[tuple[str, Entry], ...]
    unlisted: tuple[tuple[str, str], ...]  # case, outcome
    stale: tuple[Entry, ...]
    expired: tuple[Entry, ...]
    error: bool = False

    @property
    def exit_code(self) -> int:
        """0 when all that did not pass is listed and all that is listed did not pass; 5 when the suite itself failed."""
        if self.error:
            return 5
        if self.stale or self.expired or any(outcome == Outcome.FAIL for _, outcome in self.unlisted):
            return 1
        return 3 if self.unlisted else 0


def read_baseline(folders: Folders, path: Path) -> Baseline:
    """Read a list. Raises UsageError or DataError with the line and what to do."""
    document = read_document(path)
    check(document, folders.schema("baseline"))
    entries = []
    for index, one in enumerate(document.content["expected"]):
        where = f"/expected/{index}"
        try:
            until = date.fromisoformat(one["until"]) if "until" in one else None
        except ValueError:
            raise document.wrong(f"{where}/until", f"{one['until']!r} is no day of the calendar") from None
        entries.append(Entry(one.get("case") or one["requirement"], one["reason"], until, document.line(where)))
    _refuse_doubles(document, entries)
    return Baseline(tuple(entries), document)


def _refuse_doubles(document: Document, entries: Sequence[Entry]) -> None:
    first: dict[str, Entry] = {}
    for one in entries:
        if (other := first.setdefault(one.name, one)) is not one:
            raise DataError(f"{one.name} is listed on line {other.line} already", file=document.file, line=one.line)


def held(baseline: Baseline, report: Report, today: date) -> Held:
    """Hold a list against a report. Raises DataError for an entry that names nothing which the report has."""
    levels = {row["id"]: row["level"] for row in report["requirements"]}
    verdicts = {v["case"]: v for v in report["verdicts"]}
    for entry in baseline.entries:
        if not any(entry.covers(case) for case in verdicts) and entry.name.partition("/")[0] not in levels:
            known = [*levels, *verdicts]
            said = f"the report has neither requirement nor case {entry.name!r}{nearest(entry.name, known)}"
            raise DataError(said, file=baseline.document.file, line=entry.line)
    current = [one for one in baseline.entries if one.until is None or today <= one.until]
    failing = {
        case: v["outcome"] for case, v in verdicts.items() if v["outcome"] in _OPEN and levels[v["requirement"]] == Level.MUST
    }
    asked = {case for case, v in verdicts.items() if v["outcome"] != Outcome.NOT_TESTED}
    covering = {case: next((one for one in current if one.covers(case)), None) for case in failing}
    return Held(
        listed=tuple((case, one) for case, one in covering.items() if one is not None),
        unlisted=tuple((case, failing[case]) for case, one in covering.items() if one is None),
        stale=tuple(one for one in current if any(map(one.covers, asked)) and not any(map(one.covers, failing))),
        expired=tuple(one for one in baseline.entries if one not in current and any(map(one.covers, failing))),
        error=any(v["outcome"] == Outcome.ERROR for v in verdicts.values()),
    )


def baseline_text(report: Report, reason: str, until: date | None) -> str:
    """A list of all that did not pass in a report."""
    nothing = Baseline((), Document({}, ""))
    cases = [case for case, _ in held(nothing, report, date.min).unlisted]
    return "expected:\n" + "".join(_lines(cases, reason, until)) if cases else "expected: []\n"


def _lines(cases: Iterable[str], reason: str, until: date | None) -> Iterator[str]:
    for case in cases:
        yield f"  - case: {case}\n    reason: {_quoted(reason)}\n" + (f'    until: "{until.isoformat()}"\n' if until else "")


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''").replace("\n", " ") + "'"


def pruned(text: str, baseline: Baseline, without: Iterable[Entry]) -> str:
    """The text of a list without some entries; every other line stays as it was, comments included."""
    gone = {one.line for one in without}
    begins = [one.line for one in baseline.entries]
    lines = text.splitlines(keepends=True)
    kept = lines[: begins[0] - 1] if begins else lines
    for begin, end in zip(begins, (*(begin - 1 for begin in begins[1:]), len(lines)), strict=True):
        kept += [] if begin in gone else lines[begin - 1 : end]
    return "".join(kept).rstrip("\n") + ("\n" if len(gone) < len(begins) else " []\n")
