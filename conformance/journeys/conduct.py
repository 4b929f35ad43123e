"""Journeys from plan to joint report: open a wire to each target, go through the workflows, record, judge, write the files.

One evidence file holds them all, in the order in which things were asked; each exchange names the target that it is of. A run that was
interrupted keeps what it has: `resume` leaves alone the workflows that ended, and begins anew, with other texts, the one that was cut off.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

from conformance import __version__, formats
from conformance.clock import Clock, SystemClock
from conformance.errors import UsageError
from conformance.evidence import EvidenceWriter, Header, Resumed, read_evidence, sealed
from conformance.interface.security import security_of
from conformance.journeys.course import Course, Rest, inputs_of
from conformance.journeys.documents import Journeys
from conformance.journeys.following import followed
from conformance.journeys.plan import Planned, plan_bytes, planned
from conformance.journeys.report import joint_report
from conformance.journeys.settings import Crossing
from conformance.load.catalogue import LANGUAGES, say
from conformance.load.digests import build_digest
from conformance.model import FIXED_SEED, PURPOSES, Claim, Exchange
from conformance.redaction import Redactor
from conformance.run.conduct import hiding, redactor_of, refuse_held
from conformance.verdict.folder import RunFolder, report_bytes
from conformance.wire import BudgetSpent, Wire, probe

__all__ = ["conduct", "renderings"]

TEMPLATE = "journeys.html.j2"


async def conduct(
    known: Journeys,
    crossing: Crossing,
    folder: RunFolder,
    *,
    seed: int = FIXED_SEED,
    purpose: str = PURPOSES[0],
    clock: Clock | None = None,
    ways: Mapping[str, Any] | None = None,
    told: Callable[[Course], object] = lambda _: None,
    resume: bool = False,
) -> dict[str, Any]:
    """Run the journeys of a crossing and write plan.json, evidence, report.json and a page in each language; gives back the report.

    `ways` carry requests in the place of the network, by domain; `told` is handed each workflow as it ends. Raises TargetError when nobody
    answers at a base URL, and UsageError where what is to be resumed is another run.
    """
    time = clock or SystemClock()
    domains = sorted({domain for one in crossing.journeys for domain in one.specs})
    redactor = redactor_of({domain: crossing.targets[domain].ixit for domain in domains})
    plan = planned(known, crossing, seed=seed, purpose=purpose, shown=redactor.text)

    with folder.held(), hiding(redactor):
        folder.create(again=resume)
        begun = resume and folder.evidence_file.exists()
        if begun and folder.plan_file.read_bytes() != plan_bytes(plan):
            said = "resume with the same journeys, targets, inputs, seed and purpose, or begin another run with another --out"
            raise UsageError(f"{folder.path}: another run of journeys was begun there; {said}")
        if not (begun and sealed(folder.evidence_file)):  # else all that is missing is the report
            async with AsyncExitStack() as stack:
                wires = {}
                for domain in domains:
                    ixit, security = crossing.targets[domain].ixit, security_of(plan.specs()[domain])
                    wire = Wire(ixit, security, clock=time, transport=(ways or {}).get(domain), learn=redactor.learn)
                    wires[domain] = await stack.enter_async_context(wire)
                    await probe(wires[domain])
                _write(folder, redactor, folder.plan_file.name, plan_bytes(plan))
                await _recorded_all(plan, wires, folder.evidence_file, redactor, time, told, begun=begun)
        report = joint_report(plan, *followed(plan, folder.evidence_file))
        for name, content in {folder.report_file.name: report_bytes(report), **renderings(report)}.items():
            _write(folder, redactor, name, content)
        return report


async def _recorded_all(
    plan: Planned,
    wires: Mapping[str, Wire],
    path: Path,
    redactor: Redactor,
    time: Clock,
    told: Callable[[Course], object],
    *,
    begun: bool,
) -> None:
    """Go through every workflow that has not ended, and record it."""

    def now() -> int:
        return int(time.now() * 1000)

    header = _header(plan, now())
    open_ = EvidenceWriter.resume if begun else EvidenceWriter.open
    with open_(path, header=header, redactor=redactor, clock=now) as recorder:
        pauses = [one.at for one in read_evidence(path, partial=True) if isinstance(one, Resumed)] if begun else []
        since = pauses[-1] if pauses else header.started_at
        for journey, workflow in plan.workflows():
            if workflow.id in recorder.finished:
                continue
            inputs = inputs_of(workflow, plan.inputs, plan.seed, since, len(pauses))
            course = Course(journey, workflow, inputs, plan.parties())
            recorder.end_case(workflow.id, *await _gone(course, wires, recorder, time))
            told(course)
        recorder.finish()


def _write(folder: RunFolder, redactor: Redactor, name: str, content: bytes) -> None:
    refuse_held(redactor, name, content)
    folder.write(name, content)


def _header(plan: Planned, began: int) -> Header:
    """What the evidence begins with: the targets stand in the plan, whose digest it names."""
    first, *others = dict.fromkeys(one["baseUrl"] for one in plan.document["targets"].values())
    claim = Claim(plan.document["purpose"], "journeys", plan.document["version"])
    suite = ("yance", __version__, build_digest())
    return Header(plan.digest, first, began, *suite, claim, beside=tuple(others))


async def _gone(course: Course, wires: Mapping[str, Wire], recorder: EvidenceWriter, time: Clock) -> tuple[str, str]:
    """Go through a workflow; how it ended, and why it came no further."""
    script = course.script()
    try:
        asked = next(script)
        while True:
            if isinstance(asked, Rest):
                await time.sleep(min(asked.seconds, *(one.limits.longest_pause for one in wires.values())))
                asked = next(script)
                continue
            exchange = await wires[asked.source].send(asked.request, case=course.workflow.id, passed=recorder.append)
            asked = script.send(_recorded(recorder, exchange))
    except StopIteration:
        return ("unmet", course.record.ended) if course.record.ended else ("complete", "")
    except BudgetSpent as spent:
        return "budget", str(spent)


def _recorded(recorder: EvidenceWriter, exchange: Exchange) -> Exchange:
    """The exchange as it came, with its number: what is hidden in the evidence goes into the next request as it is."""
    kept = recorder.append(exchange)
    if kept.is_withheld:
        return kept
    return replace(exchange, number=kept.number, attributes=kept.attributes)


def renderings(report: Mapping[str, Any]) -> dict[str, bytes]:
    """The pages of a report, by the names of their files."""
    return {
        f"report.{language}.html": formats.page(TEMPLATE, language, say("journey.title", language), report=report)
        for language in LANGUAGES
    }
