"""What each case shows by itself, told while the run goes on: it is judged when it ends, and every second until then.

The verdicts of a run are made of its evidence when it is over; what a case shows by itself is known before. A run of minutes that says
nothing until its end is begun again for every mistake. A case may be long, or wait for time to pass: what it has asked until then is judged, too,
since no part of what a conforming target answers fails. Whoever listens may also end the run: what is recorded until then stands.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from conformance.evidence import CaseEnd, Ended, Record
from conformance.interface.dialect import Dialect
from conformance.model import Exchange, Outcome, Plan, Spec, Verdict
from conformance.run.pump import Recorder
from conformance.verdict.judge import judge_run

__all__ = ["Telling", "Told"]

Told = Callable[[Verdict, Sequence[Exchange]], None]
"""Hears what a case showed by itself, and what was recorded of it."""
_UNSEEN = 1_000  # milliseconds after which what was recorded is judged, though its case goes on


@dataclass
class Telling:
    """A recorder that hands everything on to another one, and tells of each case that ends; `early`, of one that fails before it does."""

    recorder: Recorder
    plan: Plan
    spec: Spec
    dialect: Dialect
    told: Told
    early: Told | None = None
    open: dict[str, list[Exchange]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Know the cases that are judged on what they asked themselves."""
        self._cases = {case.id: case for case in self.plan.cases if case.scope == "case"}
        self._unseen: dict[str, int] = {}  # by case, when the first exchange ended that has not been judged
        self._failing: set[str] = set()

    def append(self, exchange: Exchange) -> Exchange:
        """Record an exchange."""
        recorded = self.recorder.append(exchange)
        if exchange.case in self._cases:
            self.open.setdefault(exchange.case, []).append(recorded)
            now = recorded.sent_at + recorded.elapsed
            self._unseen.setdefault(exchange.case, now)
            for case in [case for case, since in self._unseen.items() if now - since >= _UNSEEN]:
                self._look(case)
        return recorded

    def _look(self, case: str) -> None:
        """Tell of a case that goes on, if it fails already."""
        del self._unseen[case]
        trace = self.open[case]
        if self.early is not None and case not in self._failing:
            (verdict,) = self._judged(case, [*trace, CaseEnd(case, Ended.UNMET, "", len(trace))])
            if verdict.outcome is Outcome.FAIL:
                self._failing.add(case)
                self.early(verdict, trace)

    def end_case(self, case: str, ended: str, reason: str = "") -> CaseEnd:
        """Record how a case ended, and judge it."""
        end = self.recorder.end_case(case, ended, reason)
        trace = self.open.pop(case, [])
        self._unseen.pop(case, None)
        if trace:
            for verdict in self._judged(case, [*trace, end]):
                self.told(verdict, trace)
        return end

    def _judged(self, case: str, records: Sequence[Record]) -> list[Verdict]:
        return judge_run(replace(self.plan, cases=(self._cases[case],)), self.spec, self.dialect, records)
