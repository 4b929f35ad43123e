"""One case of a run, asked again: the same script with the same inputs, judged on what comes now."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from conformance import checks
from conformance.clock import Clock
from conformance.errors import UsageError
from conformance.evidence import CaseEnd, Ended, Record
from conformance.interface.security import security_of
from conformance.model import Case, Exchange, Guise, Ixit
from conformance.redaction import Redactor
from conformance.run.conduct import Setting, hiding, redactor_for
from conformance.run.pump import run_plan
from conformance.verdict.judge import judge_run
from conformance.verdict.report import verdicts_document
from conformance.wire import Wire, probe, receiving

__all__ = ["MemoryRecorder", "redactor_for", "replay_case"]


@dataclass
class MemoryRecorder:
    """Evidence in memory: redacted and numbered as on disk, for runs that leave no file."""

    redactor: Redactor
    records: list[Record] = field(default_factory=list)
    running: dict[str, int] = field(default_factory=dict)
    count: int = 0

    def append(self, exchange: Exchange) -> Exchange:
        """Redact, number and keep an exchange."""
        self.count += 1
        recorded, _ = self.redactor.recorded(replace(exchange, number=self.count))
        self.records.append(recorded)
        self.running[exchange.case] = self.running.get(exchange.case, 0) + 1
        return recorded

    def end_case(self, case: str, ended: str, reason: str = "") -> CaseEnd:
        """Keep how a case ended."""
        end = CaseEnd(case, Ended(ended), reason, self.running.pop(case, 0))
        self.records.append(end)
        return end


def _refuse_unfit(setting: Setting, case: Case, ixit: Ixit) -> None:
    operation = setting.spec.operations[case.operation]
    if (case.writes or operation.writes) and not ixit.sandbox:
        raise UsageError(
            f"{case.id} writes, and {ixit.base_url} is not declared a sandbox; "
            "give a yance.toml by -c that sets target.sandbox = true once writing is safe there"
        )
    needed = (*(["a"] if operation.secured else []), *checks.check(case.check).actors)
    if absent := [name for name in dict.fromkeys(needed) if name not in ixit.actors]:
        tables = ", ".join(f"[actors.{name}]" for name in absent)
        raise UsageError(f"{case.id} needs credentials that are not given: add {tables} to a yance.toml and name it by -c")


async def replay_case(setting: Setting, case: Case, ixit: Ixit, clock: Clock) -> tuple[dict[str, Any], list[Exchange]]:
    """The verdict of one case on the target of `ixit`, as JSON, and the exchanges it rests on.

    Raises TargetError when nobody answers, UsageError when the case may not be asked there: it writes and the target is no
    sandbox, or credentials are lacking.
    """
    _refuse_unfit(setting, case, ixit)
    plan = replace(setting.plan, cases=(case,))
    recorder = MemoryRecorder(redactor_for(ixit))
    learn = recorder.redactor.learn
    with hiding(recorder.redactor):
        async with (
            receiving(ixit.receiver, clock) as receiver,
            Wire(ixit, security_of(setting.spec), clock=clock, learn=learn, guise=Guise(plan.seed)) as wire,
        ):
            await probe(wire)
            await run_plan(plan, setting.spec, setting.dialect, wire, recorder, clock, receiver=receiver)
    verdicts = judge_run(plan, setting.spec, setting.dialect, recorder.records)
    return verdicts_document(plan, verdicts)[0], [record for record in recorder.records if isinstance(record, Exchange)]
