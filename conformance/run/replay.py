"""One case of a run, asked again: the same script with the same inputs, judged on what comes now.

An operation that never succeeds passes nothing, and there are cases that only ask for refusals. So where a case is open for nothing but
that, others of its operation are asked after it until one succeeds: those first that did in the run, and of them the shortest.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from conformance import checks
from conformance.clock import Clock
from conformance.errors import UsageError
from conformance.evidence import CaseEnd, Ended, Record
from conformance.interface.security import security_of
from conformance.model import Case, Exchange, Guise, Ixit, Verdict
from conformance.redaction import Redactor
from conformance.run.conduct import Setting, hiding, redactor_for
from conformance.run.finished import exchanges
from conformance.run.pump import driven, run_plan
from conformance.verdict.judge import judge_run
from conformance.verdict.report import verdicts_document
from conformance.verdict.successes import shortcoming
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
        recorded, _ = self.redactor.recorded(exchange.numbered(self.count))
        self.records.append(recorded)
        self.running[exchange.case] = self.running.get(exchange.case, 0) + 1
        return recorded

    def end_case(self, case: str, ended: str, reason: str = "") -> CaseEnd:
        """Keep how a case ended."""
        end = CaseEnd(case, Ended(ended), reason, self.running.pop(case, 0))
        self.records.append(end)
        return end


_MOST_BESIDE = 3  # other cases that are asked, so that the operation is seen to succeed


def _refuse_unfit(setting: Setting, case: Case, ixit: Ixit) -> None:
    if _writes(setting, case) and not ixit.sandbox:
        raise UsageError(
            f"{case.id} writes, and {ixit.base_url} is not declared a sandbox; "
            "give a yance.toml by -c that sets target.sandbox = true once writing is safe there"
        )
    if absent := _absent(setting, case, ixit):
        tables = ", ".join(f"[actors.{name}]" for name in absent)
        raise UsageError(f"{case.id} needs credentials that are not given: add {tables} to a yance.toml and name it by -c")


def _writes(setting: Setting, case: Case) -> bool:
    return bool(case.writes) or setting.spec.operations[case.operation].writes


def _absent(setting: Setting, case: Case, ixit: Ixit) -> list[str]:
    """The actors that a case needs and for whom there are no credentials."""
    needed = (*(["a"] if setting.spec.operations[case.operation].secured else []), *checks.check(case.check).actors)
    return [name for name in dict.fromkeys(needed) if name not in ixit.actors]


async def replay_case(setting: Setting, case: Case, ixit: Ixit, clock: Clock) -> tuple[dict[str, Any], list[Exchange]]:
    """The verdict of one case on the target of `ixit`, as JSON, and the exchanges it rests on: its own, and where only another case could
    show that the operation succeeds at all, those of that one.

    Raises TargetError when nobody answers, UsageError when the case may not be asked there: it writes and the target is no
    sandbox, or credentials are lacking.
    """
    _refuse_unfit(setting, case, ixit)
    recorder = MemoryRecorder(redactor_for(ixit))
    learn, guise = recorder.redactor.learn, Guise(setting.plan.seed)
    with hiding(recorder.redactor):
        async with (
            receiving(ixit.receiver, clock) as receiver,
            Wire(ixit, security_of(setting.spec), clock=clock, learn=learn, guise=guise) as wire,
        ):
            await probe(wire)
            asked: tuple[Case, ...] = ()
            beside = _beside(setting, case, ixit)  # the evidence is read when it is asked for
            following: Case | None = case
            while following is not None:
                asked = (*asked, following)
                one = replace(setting.plan, cases=(following,))
                await run_plan(one, setting.spec, setting.dialect, wire, recorder, clock, receiver=receiver)
                verdict = _judged(setting, asked, recorder)
                following = next(beside, None) if verdict.reason is not None and verdict.reason.key == "never-succeeded" else None
    document = verdicts_document(replace(setting.plan, cases=(case,)), [verdict])[0]
    return document, [record for record in recorder.records if isinstance(record, Exchange)]


def _judged(setting: Setting, asked: tuple[Case, ...], recorder: MemoryRecorder) -> Verdict:
    """The verdict of the first of the cases that were asked."""
    plan = replace(setting.plan, cases=asked)
    return judge_run(plan, setting.spec, setting.dialect, recorder.records)[0]


def _beside(setting: Setting, case: Case, ixit: Ixit) -> Iterator[Case]:
    """Other cases of the operation of a case that may be asked there, those first that showed in the run that it succeeds."""
    operation, lengths, shown = setting.spec.operations[case.operation], Counter[str](), set[str]()
    for one in exchanges(setting.folder):
        lengths[one.case] += 1
        if one.request.operation == operation.id and not shortcoming(operation, one):
            shown.add(one.case)
    found = [
        one
        for one in setting.plan.cases
        if one.operation == operation.id and one.id != case.id and one.outcome is None and driven(one)
        if (ixit.sandbox or not _writes(setting, one)) and not _absent(setting, one, ixit)
    ]
    yield from sorted(found, key=lambda one: (one.id not in shown, lengths[one.id]))[:_MOST_BESIDE]
