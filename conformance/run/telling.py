"""What each case shows by itself, told while the run goes on: it is judged when it ends.

The verdicts of a run are made of its evidence when it is over; what a case shows by itself is known before. A run of minutes that says
nothing until its end is begun again for every mistake. Whoever listens may also end the run: what is recorded until then stands.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from conformance.evidence import CaseEnd
from conformance.interface.dialect import Dialect
from conformance.model import Exchange, Plan, Spec, Verdict
from conformance.run.pump import Recorder
from conformance.verdict.judge import judge_run

__all__ = ["Telling", "Told"]

Told = Callable[[Verdict, Sequence[Exchange]], None]  # what a case showed by itself, and what was recorded of it


@dataclass
class Telling:
    """A recorder that hands everything on to another one, and tells of each case that ends."""

    recorder: Recorder
    plan: Plan
    spec: Spec
    dialect: Dialect
    told: Told
    open: dict[str, list[Exchange]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Know the cases that are judged on what they asked themselves."""
        self._cases = {case.id: case for case in self.plan.cases if case.scope == "case"}

    def append(self, exchange: Exchange) -> Exchange:
        """Record an exchange."""
        recorded = self.recorder.append(exchange)
        if exchange.case in self._cases:
            self.open.setdefault(exchange.case, []).append(recorded)
        return recorded

    def end_case(self, case: str, ended: str, reason: str = "") -> CaseEnd:
        """Record how a case ended, and judge it."""
        end = self.recorder.end_case(case, ended, reason)
        trace = self.open.pop(case, [])
        if trace:
            alone = replace(self.plan, cases=(self._cases[case],))
            for verdict in judge_run(alone, self.spec, self.dialect, [*trace, end]):
                self.told(verdict, trace)
        return end
