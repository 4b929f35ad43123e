"""Rows and records → verdicts: a pure function. A row is judged in each workflow that it binds, and its worst outcome is its own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from conformance.journeys import checks
from conformance.journeys.documents import Row
from conformance.journeys.record import Record
from conformance.model import Finding, Outcome, Witness

__all__ = ["Judged", "judged"]

MOST_FINDINGS = 20
ORDER = (Outcome.FAIL, Outcome.INCONCLUSIVE, Outcome.PASS)  # the worst first


@dataclass(frozen=True)
class Judged:
    """What a row came to in one workflow. `open` names what was not there to be looked at."""

    row: Row
    workflow: str
    outcome: Outcome
    findings: tuple[Finding, ...]
    witnesses: int
    open: tuple[str, ...]


def judged(rows: Iterable[Row], records: Mapping[str, Record]) -> list[Judged]:
    """The verdicts on all cases whose workflow was begun, in the order of the rows."""
    return [_one(row, records[name]) for row in rows for name in row.cases if name in records]


def _one(row: Row, record: Record) -> Judged:
    said = list(checks.bind(row.check, row.cases[record.workflow])(record))
    findings = tuple(one for one in said if isinstance(one, Finding))[:MOST_FINDINGS]
    witnesses = sum(isinstance(one, Witness) for one in said)
    left = tuple(dict.fromkeys(one.what for one in said if isinstance(one, checks.Open)))
    outcome = Outcome.FAIL if findings else Outcome.INCONCLUSIVE if left or not witnesses else Outcome.PASS
    named = tuple(replace(one, references=tuple(f"{record.workflow}#{number}" for number in one.exchanges)) for one in findings)
    return Judged(row, record.workflow, outcome, named, witnesses, left)
