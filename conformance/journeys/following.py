"""Evidence of journeys, held against their documents: every workflow is driven again with what was recorded, and has to ask just that.

What a workflow comes to is then what its script says of the recorded answers, so a record is a pure function of plan and evidence. Where
recording hid a value (a pickup code), a request that carries it is compared with its pseudonym in the place of the value.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from conformance.errors import VerificationError
from conformance.evidence import CaseEnd, Ended, Footer, Header, Resumed, read_evidence
from conformance.evidence.records import Record as Evidenced
from conformance.journeys.course import Asked, Course, inputs_of, requests_of
from conformance.journeys.plan import Planned
from conformance.journeys.record import Record
from conformance.model import Exchange
from conformance.run.likeness import Likeness, alike
from conformance.verdict.heard import asked_again

__all__ = ["followed"]


@dataclass
class _Heard:
    """What the lines of evidence tell, with how often the run was resumed: exchanges and end of each workflow as it was begun last, and of one
    that ended, after which moment it was begun and after how many pauses.
    """

    header: Header | None = None
    footer: Footer | None = None
    running: dict[str, list[Exchange]] = field(default_factory=dict)
    ends: dict[str, CaseEnd] = field(default_factory=dict)
    begun: dict[str, tuple[int, int]] = field(default_factory=dict)
    since: int = 0
    resumed: int = 0

    def take(self, line: Evidenced) -> None:
        """The next line."""
        if isinstance(line, Header):
            self.header, self.since = line, line.started_at
        elif isinstance(line, Footer):
            self.footer = line
        elif isinstance(line, Exchange):
            self.running.setdefault(line.case, []).append(line)
        elif isinstance(line, CaseEnd):
            self.ends[line.case] = line
            self.begun[line.case] = self.since, self.resumed
        else:
            self._go_on(line)

    def _go_on(self, pause: Resumed) -> None:
        """Whatever was cut off is begun anew after this."""
        self.since, self.resumed = pause.at, self.resumed + 1
        for case in {**self.running, **self.ends}:
            if case not in self.ends or not self.ends[case].ended.for_good:
                self.running.pop(case, None)
                self.ends.pop(case, None)


def followed(plan: Planned, path: Path) -> tuple[dict[str, Record], Header, Footer, int]:
    """The record of each workflow, with the first and the last line of the evidence, and how often the run was resumed. Raises
    VerificationError at the first thing that no run of this plan can have recorded.
    """
    heard = _Heard()
    for line in read_evidence(path):
        heard.take(line)
    header, footer, running, ends = heard.header, heard.footer, heard.running, heard.ends
    assert header is not None, "read_evidence begins with a header and ends with a footer, or raises"
    assert footer is not None
    if header.plan != plan.digest:
        raise VerificationError(f"{path}: recorded under another plan ({header.plan:.80}) than {plan.digest}")
    records: dict[str, Record] = {}
    bases = {domain: one["baseUrl"] for domain, one in plan.document["targets"].items()}
    for journey, workflow in plan.workflows():
        if workflow.id not in ends:
            raise VerificationError(f"{path}: nothing tells how the workflow {workflow.id} ended; ask for the complete file")
        inputs = inputs_of(workflow, plan.inputs, plan.seed, *heard.begun[workflow.id])
        course = Course(journey, workflow, inputs, plan.parties())
        _held(course, running.pop(workflow.id, []), ends[workflow.id], bases, str(path))
        records[workflow.id] = course.record
    if running or ends.keys() - records.keys():
        strange = next(iter(running or ends.keys() - records.keys()))
        raise VerificationError(f"{path}: {strange!r:.80} is no workflow of the plan")
    return records, header, footer, heard.resumed


def _held(course: Course, came: list[Exchange], end: CaseEnd, bases: Mapping[str, str], where: str) -> None:
    """Drive a workflow with what was recorded of it."""
    heard = [one for one in came if not asked_again(one)]
    script = requests_of(course.script())
    before: list[Exchange] = []
    try:
        asked = next(script)
        for exchange in heard:
            _alike(course, asked, exchange, before, bases, where)
            before.append(exchange)
            asked = script.send(exchange)
    except StopIteration:
        if len(before) < len(heard):
            raise VerificationError(_odd(course, where, heard[len(before)], "nothing more")) from None
        ended = ("unmet", course.record.ended) if course.record.ended else ("complete", "")
        if end.ended != ended[0]:
            raise VerificationError(
                f"{where}: {course.workflow.id} is said to have ended as {end.ended}, and ends as {ended[0]}"
            ) from None
        return
    if end.ended is not Ended.BUDGET:
        raise VerificationError(
            f"{where}: {course.workflow.id} asks for {asked.request.method} {asked.request.target:.120}, and nothing more was recorded"
        )


def _alike(
    course: Course, asked: Asked, exchange: Exchange, before: list[Exchange], bases: Mapping[str, str], where: str
) -> None:
    spec = course.journey.specs[asked.source]
    if exchange.base_url != bases[asked.source]:
        raise VerificationError(_odd(course, where, exchange, f"a request to {bases[asked.source]:.120}"))
    if alike(asked.request, exchange, before, spec) is not Likeness.SAME:
        raise VerificationError(_odd(course, where, exchange, f"{asked.request.method} {asked.request.target:.120}"))


def _odd(course: Course, where: str, exchange: Exchange, expected: str) -> str:
    sent = f"{exchange.request.method} {exchange.request.target:.120}"
    return f"{where}: exchange {exchange.number} of {course.workflow.id} is {sent}; the document has {expected} there"
