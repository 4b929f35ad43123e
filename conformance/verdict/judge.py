"""Verdicts from evidence: a pure function of the plan, the spec and what was recorded.

Anyone can run it again, later, without the vendor, under this spec or another. The evidence is read once, from its first line to
its last; only the exchanges of cases that are still open are held, so memory does not grow with the run.

A case passes only with witnesses: enough exchanges in which the property could have failed. Without them it is inconclusive.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from conformance import checks
from conformance.evidence import CaseEnd, Record, attempts
from conformance.interface.dialect import Dialect
from conformance.model import Case, Exchange, Finding, Outcome, Plan, Reason, Requirement, Spec, Verdict, Witness
from conformance.verdict.alike import Judged, Memory, Panel

__all__ = ["MOST_FINDINGS", "Sitting", "judge_run"]

_COLLECTED = 50_000  # objects made, less those dropped, before cycles are looked for: a few megabytes
MOST_FINDINGS = 20  # kept per case; further ones say nothing new
Judge = Callable[..., Iterable[Finding | Witness]]


@dataclass
class _Tally:
    """What a case has come to so far."""

    case: Case
    judge: Judge
    findings: list[Finding] = field(default_factory=list)
    witnesses: int = 0
    end: CaseEnd | None = None
    error: str = ""

    def hear(self, said: Judged) -> None:
        """Take what was said of one exchange of the run."""
        self.witnesses += said.witnesses
        if said.findings:
            self.findings += said.findings[: MOST_FINDINGS - len(self.findings)]
        self.error = said.error or self.error

    def take(self, operation: Any, trace: list[Exchange], dialect: Dialect) -> None:
        """Judge a trace. An exception is the suite's failure and decides the case."""
        named: dict[int, str] = {}
        try:
            for said in self.judge(operation, trace, dialect):
                if isinstance(said, Witness):
                    self.witnesses += 1
                elif len(self.findings) < MOST_FINDINGS:
                    named = named or {one.number: f"{one.case}#{index}" for index, one in enumerate(trace, 1)}
                    self.findings.append(replace(said, references=tuple(named[number] for number in said.exchanges)))
        except Exception as error:  # noqa: BLE001 - whatever a judge raises is ours, never the vendor's
            self.error = f"{type(error).__name__}: {error}"


def judge_run(plan: Plan, spec: Spec, dialect: Dialect, records: Iterable[Record]) -> list[Verdict]:
    """The verdicts of all cases, in the plan's order. `records` is what `evidence.read_evidence` yields."""
    sitting = Sitting(plan, spec, dialect)
    sitting.judge(records)
    return sitting.verdicts()


class Sitting:
    """The judging of a run, or, with `operations`, of what the cases of some operations are to be judged on."""

    def __init__(self, plan: Plan, spec: Spec, dialect: Dialect, operations: Container[str] | None = None) -> None:
        self._plan, self._spec, self._dialect = plan, spec, dialect
        judged = (case for case in plan.cases if case.outcome is None and case.operation in spec.operations)
        self._tallies = {case.id: _tally(case) for case in judged}
        own = {name: one for name, one in self._tallies.items() if operations is None or one.case.operation in operations}
        self._own, self._listeners = own, _listeners(own, spec, dialect)

    def judge(self, records: Iterable[Record]) -> None:
        """Judge each case when it ends, and each of its exchanges by those that listen to every exchange."""
        with _seldom_collected():
            self._judge(records)

    def _judge(self, records: Iterable[Record]) -> None:
        for end, trace in attempts(records):
            if (tally := self._tallies.get(end.case)) is not None:
                tally.end = end
                if end.case in self._own and tally.case.scope == "case" and end.ended in ("complete", "unmet"):
                    tally.take(self._spec.operations[tally.case.operation], trace, self._dialect)
            for index, exchange in enumerate(trace, 1):
                if (listening := self._listeners.get(exchange.request.operation)) is not None:
                    heard, panel = listening
                    for place, said in panel.judged(exchange, index):
                        heard[place].hear(said)

    def said(self) -> dict[str, Judged]:
        """What was said of each case."""
        return {name: Judged(one.witnesses, tuple(one.findings), one.error) for name, one in self._own.items()}

    def take_over(self, said: Mapping[str, Judged]) -> None:
        """Take what was said of other cases in another sitting."""
        for name, judged in said.items():
            self._tallies[name].hear(judged)

    def verdicts(self) -> list[Verdict]:
        """The verdicts of all cases, in the plan's order."""
        together = _together(self._tallies)
        rows = {row.id: row for row in self._spec.requirements}
        return [_verdict(case, self._tallies.get(case.id), rows.get(case.requirement), together) for case in self._plan.cases]


@contextmanager
def _seldom_collected() -> Iterator[None]:
    """Judging makes and drops documents by the thousand, and nothing of them is a cycle: look for cycles more seldom meanwhile."""
    before = gc.get_threshold()
    gc.set_threshold(max(before[0], _COLLECTED) if before[0] else 0, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)


def _tally(case: Case) -> _Tally:
    return _Tally(case, checks.bind(checks.check(case.check).judge, case.arguments))


_Listeners = Mapping[str, tuple[list[_Tally], Panel]]  # by the operation to which they listen


def _listeners(tallies: Mapping[str, _Tally], spec: Spec, dialect: Dialect) -> _Listeners:
    """The cases that are judged on every exchange of their operation, with the memory of what was said of those before."""
    grouped: dict[str, list[_Tally]] = {}
    for tally in tallies.values():
        if tally.case.scope == "exchange":
            grouped.setdefault(tally.case.operation, []).append(tally)
    memory = Memory()
    return {
        name: (listening, Panel([partial(_asked, one.judge, spec.operations[name], dialect) for one in listening], memory))
        for name, listening in grouped.items()
    }


def _asked(judge: Judge, operation: Any, dialect: Dialect, trace: list[Exchange]) -> Iterable[Finding | Witness]:
    return judge(operation, trace, dialect)


def _together(tallies: Mapping[str, _Tally]) -> dict[str, int]:
    """Witnesses per requirement, for rows whose operations give them together."""
    found: dict[str, int] = {}
    for tally in tallies.values():
        found[tally.case.requirement] = found.get(tally.case.requirement, 0) + tally.witnesses
    return found


def _verdict(case: Case, tally: _Tally | None, row: Requirement | None, together: Mapping[str, int]) -> Verdict:
    if tally is None:
        outcome = case.outcome or Outcome.NOT_APPLICABLE
        return Verdict(case.id, case.requirement, case.operation, outcome, reason=case.reason or Reason("not-in-spec"))
    outcome, reason = _decided(tally, row, together)
    findings = tuple(tally.findings) if outcome is Outcome.FAIL else ()
    return Verdict(case.id, case.requirement, case.operation, outcome, findings, tally.witnesses, reason)


def _decided(tally: _Tally, row: Requirement | None, together: Mapping[str, int]) -> tuple[Outcome, Reason | None]:
    end = tally.end
    if tally.error:
        return Outcome.ERROR, Reason("judge-error", {"error": tally.error})
    if end is not None and end.ended == "error":
        return Outcome.ERROR, Reason("drive-error", {"error": end.reason})
    if tally.findings:
        return Outcome.FAIL, None
    if end is None and not (tally.case.scope == "exchange" and checks.check(tally.case.check).drive is None):
        return Outcome.INCONCLUSIVE, Reason("not-run")
    if end is not None and end.ended != "complete":
        return Outcome.INCONCLUSIVE, Reason(end.ended, {"why": end.reason})
    least = row.evidence_min if row else 1
    shared = row is not None and row.evidence_per == "requirement" and together.get(row.id, 0) >= least
    if tally.witnesses >= least or (shared and tally.witnesses):
        return Outcome.PASS, None
    if shared:
        return Outcome.NOT_APPLICABLE, Reason("witnessed-elsewhere")
    if row is not None and row.unwitnessed == "not_applicable" and not tally.witnesses:
        return Outcome.NOT_APPLICABLE, Reason("not-arisen")
    return Outcome.INCONCLUSIVE, Reason("no-witness", {"witnesses": str(tally.witnesses), "least": str(least)})
