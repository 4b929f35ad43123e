"""One run from plan to report: open the wire, record, judge, look for smaller inputs, close the evidence, write the files.

An interrupted run keeps what it has: its evidence has no footer, so it is no report, and `resume` goes on where it stopped.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, contextmanager, nullcontext
from dataclasses import replace
from typing import Any

from conformance import __version__
from conformance.errors import SuiteError, UsageError, YanceError
from conformance.evidence import EvidenceWriter, Header, read_evidence, sealed
from conformance.interface.schema import make_ready
from conformance.interface.security import security_of
from conformance.limits import QUICK
from conformance.load.digests import build_digest
from conformance.model import (
    ALTERED,
    Case,
    Effort,
    Exchange,
    Finding,
    Guise,
    Ixit,
    Outcome,
    Request,
    Spec,
    Verdict,
    altered_secret,
)
from conformance.model.remembered import MOST
from conformance.redaction import Redactor
from conformance.run.finished import Setting, exchanges, rejudge
from conformance.run.pump import Progress, Recorder, prepared, run_plan
from conformance.run.sample import PAUSE, another, ask_sample, chosen
from conformance.run.shrink import SHRINK, shrink_case, sought
from conformance.run.telling import Telling, Told
from conformance.verdict.folder import RunFolder, plan_bytes, report_bytes
from conformance.verdict.identities import OTHER, SAMPLE
from conformance.wire import BudgetSpent, Receiver, Wire, probe, receiving

__all__ = ["Setting", "conduct", "exchanges", "hiding", "redactor_for", "redactor_of", "refuse_held", "refuse_secrets", "rejudge"]

_DRAWN_BY_CHANCE = re.compile(r"(?=.*[0-9])(?=.*[A-Za-z])[A-Za-z0-9_~%+-]{20,}")
_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


async def conduct(
    setting: Setting,
    *,
    resume: bool = False,
    listener: Callable[[Progress], None] = lambda _: None,
    told: Told | None = None,
    failures: int = 0,
) -> dict[str, Any]:
    """Run a plan to its end and write plan.json, evidence and report.json; gives back the report.

    `told` is handed what each case shows by itself, when it ends, and of one that fails, perhaps before that, too; after `failures` that
    fail (0: any number) nothing more is asked.

    Raises TargetError when nobody answers at the base URL, UsageError when the folder cannot be used or another process is at work in it.
    """
    with setting.folder.held():
        setting.folder.create(again=resume)
        redactor = redactor_for(setting.ixit)
        _refuse_common_words(setting, redactor)
        if not (resume and _is_recorded(setting.folder)):
            with hiding(redactor):
                await _record(setting, redactor, resume=resume, listener=listener, told=told, failures=failures)
        report = rejudge(setting)
        refuse_held(redactor, "report.json", report_bytes(report))
        setting.folder.write_report(report)
        return report


@contextmanager
def hiding(redactor: Redactor) -> Iterator[None]:
    """An error that leaves says nothing secret: a target may have put into it what it was sent, and a base URL has what its user put there."""
    try:
        yield
    except YanceError as error:
        if (said := redactor.text(str(error))) == str(error):
            raise
        raise type(error)(said) from None


def _is_recorded(folder: RunFolder) -> bool:
    """Whether all that is missing is the report: the run was interrupted while it was judged."""
    return folder.evidence_file.exists() and sealed(folder.evidence_file) and not folder.report_file.exists()


async def _record(
    setting: Setting,
    redactor: Redactor,
    *,
    resume: bool,
    listener: Callable[[Progress], None],
    told: Told | None,
    failures: int,
) -> None:
    security, guise, ixit = security_of(setting.spec), Guise(setting.plan.seed), _rationed(setting)
    make_ready()
    async with (
        _receiving(setting) as receiver,
        Wire(ixit, security, clock=setting.clock, transport=setting.transport, learn=redactor.learn, guise=guise) as wire,
    ):
        await probe(wire, first_asked(setting.spec, setting.ixit, guise))
        if not resume:
            setting.folder.write_plan(setting.plan)
            if setting.challenge_document:
                setting.folder.write(setting.folder.challenge_file.name, setting.challenge_document)
        with _recorder(setting, redactor, resume=resume) as recorder:
            await run_plan(
                setting.plan,
                setting.spec,
                setting.dialect,
                wire,
                _telling(setting, wire, recorder, told, failures),
                setting.clock,
                concurrency=setting.ixit.limits.concurrency,
                longest_pause=setting.ixit.limits.longest_pause,
                finished=recorder.finished,
                listener=listener,
                receiver=receiver,
                begun=recorder.begun,
            )
            await _shrink(setting, wire, recorder)
            if setting.challenge and SAMPLE not in recorder.finished:
                await _sample(setting, wire, recorder, redactor)
            recorder.finish()


def _receiving(setting: Setting) -> AbstractAsyncContextManager[Receiver | None]:
    return nullcontext(setting.receiver) if setting.receiver else receiving(setting.ixit.receiver, setting.clock)


def _rationed(setting: Setting) -> Ixit:
    """The settings of a run, with no more requests than its effort allows."""
    limits, quick = setting.ixit.limits, setting.plan.effort is Effort.QUICK
    fewer = min(limits.requests or QUICK, QUICK) if quick else limits.requests
    return replace(setting.ixit, limits=replace(limits, requests=fewer))


def _telling(setting: Setting, wire: Wire, recorder: EvidenceWriter, told: Told | None, failures: int) -> Recorder:
    """The recorder, or where somebody wants to know what cases show as they end, or to end the run there, one that tells it."""
    if told is None and not failures:
        return recorder
    count = 0

    def tell(verdict: Verdict, trace: Sequence[Exchange]) -> None:
        nonlocal count
        failed = verdict.outcome is Outcome.FAIL
        count += failed
        if told is not None:
            told(verdict, trace)
        if failed and count == failures:
            wire.budget.end(f"the run was to end after {failures} failing cases")

    # A case that fails is to come to its end before the run is ended for it: until then its failure is no verdict.
    return Telling(recorder, setting.plan, setting.spec, setting.dialect, tell, None if failures else told)


def redactor_for(ixit: Ixit, *, bodies: int = MOST) -> Redactor:
    """The redactor that knows the secrets of an IXIT: tokens, API keys, and of user:password the password alone too. So many bodies are
    remembered by it.
    """
    return redactor_of({"": ixit}, bodies=bodies)


def redactor_of(parties: Mapping[str, Ixit], *, bodies: int = MOST) -> Redactor:
    """The redactor that knows the secrets of several, each label behind the name of its party."""
    secrets: dict[str, str] = {}
    named: list[str] = []
    for party, ixit in parties.items():
        before = f"{party}: " if party else ""
        secrets |= {before + label: value for label, value in _secrets(ixit).items()}
        held = (one for credential in ixit.actors.values() for one in credential.every)
        named += [one.name for one in held if one.kind == "api-key" and one.name and one.location == "header"]
    return Redactor(secrets, headers=named, bodies=bodies)


def _secrets(ixit: Ixit) -> dict[str, str]:
    """What is secret in an IXIT, by label."""
    held = [
        (name + (f" ({place})" if place else ""), one) for name, c in ixit.actors.items() for place, one in enumerate(c.every)
    ]
    secrets = {label: one.value for label, one in held}
    secrets |= {f"{label} (password)": one.value.partition(":")[2] for label, one in held if one.kind == "basic"}
    secrets |= {label + ALTERED: altered_secret(value) for label, value in tuple(secrets.items()) if value}
    return {**secrets, **ixit.secrets} | {
        f"base URL ({number})": part for number, part in enumerate(_hidden_in(ixit.base_url), 1)
    }


def _hidden_in(base_url: str) -> list[str]:
    """The parts of a base URL that let in whoever knows them: segments and matrix parameters that look drawn by chance. A UUID names a
    tenant, and words and versions name an interface.
    """
    parts = re.split(r"[/;=]", base_url.partition("://")[2].partition("/")[2])
    return [part for part in parts if _DRAWN_BY_CHANCE.fullmatch(part) and not _UUID.fullmatch(part)]


def refuse_secrets(ixit: Ixit, name: str, content: bytes) -> None:
    """Raises SuiteError, naming the label and never the value, when the final bytes of a file hold a configured secret."""
    refuse_held(redactor_for(ixit), name, content)


def refuse_held(redactor: Redactor, name: str, content: bytes) -> None:
    """Raises SuiteError, naming the label and never the value, when the final bytes of a file hold a secret that the redactor knows."""
    if labels := redactor.sweep(content):
        raise SuiteError(f"{name} would hold the secret {', '.join(labels)}; it was not written")


def _refuse_common_words(setting: Setting, redactor: Redactor) -> None:
    """A secret that the interface itself speaks of would be hidden wherever it stands, and change what is judged."""
    known = json.dumps(setting.spec.document, ensure_ascii=False).encode("utf-8", "surrogatepass")
    if labels := redactor.spoken(known) or redactor.spoken(plan_bytes(setting.plan)):
        raise UsageError(
            f"the secret of {', '.join(labels)} is a word of the interface or of the plan, so it cannot be told from data; "
            "give that actor another one"
        )


def header_of(setting: Setting, now: int) -> Header:
    """What the evidence of a run begins with, at a time in Unix milliseconds: fixed before the first request, whatever follows."""
    actors = tuple(sorted(setting.ixit.actors))
    pause = round(setting.ixit.limits.longest_pause * 1000)
    suite = ("yance", __version__, build_digest())
    begun = Header(setting.plan.digest, setting.ixit.base_url, now, *suite, setting.claim, pause, setting.seed_drawn, actors)
    begun = replace(begun, challenge=setting.challenge, control=setting.control)
    return replace(begun, concurrency=setting.ixit.limits.concurrency, written=setting.ixit.written)


def _recorder(setting: Setting, redactor: Redactor, *, resume: bool) -> EvidenceWriter:
    path = setting.folder.evidence_file

    def now() -> int:
        return int(setting.clock.now() * 1000)

    header = header_of(setting, now())
    if resume and path.exists():
        return EvidenceWriter.resume(path, redactor, header, clock=now)
    return EvidenceWriter.open(path, header, redactor, clock=now)


def first_asked(spec: Spec, ixit: Ixit, guise: Guise, case: str = "probe") -> Request | None:
    """What is asked first, to see whether anybody is there: under a seed of its own, a read as any client has; None for the root."""
    reads = [
        one
        for one in spec.operations.values()
        if one.method == "GET" and "{" not in one.path and not any(p.required for p in one.parameters)
    ]
    known = [one for one in reads if not one.secured or "a" in ixit.actors]
    if guise.plain or not known:
        return None
    one = guise.ordered(known, lambda one: f"first/{one.id}")[0]
    asked = one.request(step=case)
    return prepared(spec, asked if "a" in ixit.actors else asked.with_actor(None), guise)


async def _sample(setting: Setting, wire: Wire, recorder: EvidenceWriter, redactor: Redactor) -> None:
    """Ask the control sample, also as somebody else, and record what came."""
    path, guise = setting.folder.evidence_file, Guise(setting.plan.seed)
    reads = chosen(setting.plan, setting.spec, read_evidence(path, partial=True))
    ixit = replace(setting.ixit, limits=replace(setting.ixit.limits, requests=0, seconds=0.0))  # the budget is the run's
    security = security_of(setting.spec)
    learn, clock = redactor.learn, setting.clock
    async with Wire(ixit, security, clock=clock, transport=setting.transport, learn=learn, guise=another(guise)) as other:

        async def send(request: Request, who: str) -> Exchange:
            if who == OTHER:
                wire.budget.spend(setting.clock.now())
            asking = other if who == OTHER else wire
            exchange = await asking.send(request, case=SAMPLE, passed=recorder.append)
            return recorder.append(exchange)

        try:
            pause = min(PAUSE, setting.ixit.limits.longest_pause)
            await ask_sample(setting.spec, guise, reads, send, lambda: setting.clock.sleep(pause))
            recorder.end_case(SAMPLE, "complete")
        except BudgetSpent as spent:
            recorder.end_case(SAMPLE, "budget", str(spent))


async def _shrink(setting: Setting, wire: Wire, recorder: EvidenceWriter) -> None:
    """Send smaller inputs for failures on drawn ones, and record what came."""
    path = setting.folder.evidence_file
    for case, finding, start in sought(setting.plan, setting.spec, setting.dialect, lambda: read_evidence(path, partial=True)):
        await _shrink_one(setting, wire, recorder, case.begun_at(recorder.begun), finding, start)


async def _shrink_one(
    setting: Setting, wire: Wire, recorder: EvidenceWriter, case: Case, finding: Finding, start: Exchange
) -> None:
    name, guise = f"{SHRINK}{case.id}", Guise(setting.plan.seed)

    async def send(request: Request) -> Exchange:
        exchange = await wire.send(prepared(setting.spec, request, guise), case=name, passed=recorder.append)
        return exchange.numbered(recorder.append(exchange).number)

    try:
        await shrink_case(case, finding, start, setting.spec, setting.dialect, send)
        recorder.end_case(name, "complete")
    except BudgetSpent as spent:
        recorder.end_case(name, "budget", str(spent))
