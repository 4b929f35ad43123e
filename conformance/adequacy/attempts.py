"""One server under the suite: the whole plan, or some of its cases, in this process and on a virtual clock.

Nothing waits and nothing is drawn twice. A case that is not driven is still judged where it listens to the exchanges of others, so
leaving cases out takes requests away and no oracle. An attempt ends, whatever the server does: it is bounded in requests, in
virtual time and in CPU time, and says so when a bound was met.
"""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

from conformance import reference
from conformance.clock import VirtualClock
from conformance.evidence import CaseEnd, Ended, Record
from conformance.interface.dialect import read_dialect
from conformance.interface.security import security_of
from conformance.load import data_folders, load_profile
from conformance.model import Case, Credential, Effort, Ics, Ixit, Level, Limits, Outcome, Plan, Reach, Spec, Verdict
from conformance.plan import make_plan
from conformance.redaction import Redactor
from conformance.run.pump import driven, run_plan
from conformance.run.replay import MemoryRecorder, redactor_for
from conformance.verdict.judge import Bench, judge_run
from conformance.wire import Receiver, Wire, in_process

__all__ = [
    "START",
    "Attempt",
    "Bounds",
    "Stand",
    "Terms",
    "attempt",
    "bounded",
    "outgoing_to",
    "reference_ixit",
    "stand_for",
    "verdicts_of",
]

Result = TypeVar("Result")
RECEIVER = "http://suite.example/hooks"  # of nobody: what is sent there stays in this process
_BODIES = 4096  # that are remembered over all attempts: twice as many as a full run has different ones
START = 1_790_000_000.0  # the virtual clock's beginning, a Tuesday in September 2026


@dataclass(frozen=True)
class Bounds:
    """What one attempt may cost: requests, seconds of virtual time, seconds of CPU time."""

    requests: int = 50_000  # a full run sends a tenth of it
    seconds: float = 3600.0
    cpu: float = 300.0  # for servers that never answer at all; a full run takes a few seconds
    posing: int = 3_000  # requests to an impostor: one whose pages never end leads every case round until the last is sent


@dataclass(frozen=True)
class Attempt:
    """What one server came to: a fault, a variant, an impostor, or the plain server (all names empty).

    `conformant` says whether every MUST was passed, or did not apply: that is how a run of all cases ends as conformant. `cases` of `planned` cases were driven. `stopped` names the bound that ended the attempt before its time; it is empty else.
    """

    fault: str = ""
    variant: str = ""
    impostor: str = field(default="", kw_only=True)
    conformant: bool = field(default=False, kw_only=True)
    declared: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()
    inconclusive: tuple[str, ...] = ()
    errors: tuple[str, ...] = ()
    cases: int = 0
    planned: int = 0
    stopped: str = ""

    @property
    def name(self) -> str:
        """What the server is called in reports."""
        return self.fault or self.variant or self.impostor or "(plain)"

    @property
    def caught(self) -> tuple[str, ...]:
        """The declared requirements that failed."""
        return tuple(name for name in self.declared if name in self.failed)

    @property
    def unexpected(self) -> tuple[str, ...]:
        """Requirements that failed though nothing declares it."""
        return tuple(name for name in self.failed if name not in self.declared and name not in self.also)

    @property
    def sound(self) -> bool:
        """Whether the suite did with this server what it should: caught all that is declared and failed nothing else, to the end."""
        if self.impostor:
            seen_through = (
                bool(self.failed) or not self.stopped
            )  # it may lead the suite round until its bounds, but not unnoticed
            return not self.conformant and not self.errors and seen_through
        return self.caught == self.declared and not self.unexpected and not self.errors and not self.stopped


@dataclass(frozen=True)
class Terms:
    """What a stand is made of, small enough to hand to another process. `only` confines it to some requirements; empty: all."""

    domain: str
    data: tuple[str, ...] = ()
    only: tuple[str, ...] = ()
    seed: int = 1
    cache: str = ""  # where drawn inputs are kept; empty: the user's cache folder
    bounds: Bounds = Bounds()
    effort: Effort = Effort.STANDARD


@dataclass(frozen=True)
class Stand:
    """What all attempts of a sweep share: the loaded spec, and the plan with its drawn inputs."""

    terms: Terms
    spec: Spec
    plan: Plan
    # Most servers say most things alike: who judges, and who redacts, know them from the servers before.
    bench: Bench = field(default_factory=Bench, repr=False, compare=False)

    @cached_property
    def redactor(self) -> Redactor:
        """Who redacts, with the secrets that all servers of the domain have."""
        return redactor_for(reference_ixit(self.domain), bodies=_BODIES)

    @property
    def domain(self) -> str:
        """The domain whose servers are run."""
        return self.terms.domain

    @property
    def driven(self) -> tuple[Case, ...]:
        """The cases that send requests of their own, in the plan's order."""
        return tuple(case for case in self.plan.cases if case.outcome is None and driven(case))

    def declared(self, kind: Any) -> tuple[str, ...]:
        """The requirements of this stand that a fault says it breaks."""
        return tuple(name for name in kind.BREAKS if not self.terms.only or name in self.terms.only)


def stand_for(terms: Terms) -> Stand:
    """Load the domain and make the plan. Raises UsageError for an unknown requirement."""
    profile, spec = load_profile(data_folders(terms.data), terms.domain, "full")
    cache = Path(terms.cache) if terms.cache else None
    ics, ixit = Ics("reference", "1.0.0"), reference_ixit(terms.domain)
    return Stand(
        terms, spec, make_plan(spec, profile, ics, ixit, seed=terms.seed, only=terms.only, effort=terms.effort, cache=cache)
    )


async def verdicts_of(
    plan: Plan,
    spec: Spec,
    ixit: Ixit,
    app: Any,
    clock: VirtualClock,
    *,
    concurrency: int = 8,
    receiver: Receiver | None = None,
    omitted: frozenset[str] = frozenset(),
    wire: Callable[..., Wire] = Wire,
    bench: Bench | None = None,
    redactor: Redactor | None = None,
) -> tuple[list[Verdict], list[Record]]:
    """The verdicts on an in-process application, and the evidence that they rest on. Cases that are `omitted` are not driven; `bench`: who has
    judged other servers under this spec, `redactor`: who knows the secrets of the `ixit`.
    """
    dialect = read_dialect(spec.dialect)
    recorder = MemoryRecorder(redactor or redactor_for(ixit))
    async with wire(ixit, security_of(spec), clock=clock, transport=in_process(app)) as opened:
        await run_plan(plan, spec, dialect, opened, recorder, clock, concurrency=concurrency, finished=omitted, receiver=receiver)
    return judge_run(plan, spec, dialect, recorder.records, bench=bench), recorder.records


def reference_ixit(domain: str, pace: float = 0.0, bounds: Bounds | None = None) -> Ixit:
    """What is needed to test a domain's reference server in-process, at `pace` requests a second (0: time stands still)."""
    actors = {name: Credential("bearer", token) for name, token in reference.credentials(domain).items()}
    bounds = bounds or Bounds()
    limits = Limits(rate=pace, requests=bounds.requests, seconds=bounds.seconds)
    return Ixit(
        f"http://reference.example{reference.base_path(domain)}",
        sandbox=True,
        actors=actors,
        limits=limits,
        receiver=Reach(RECEIVER),
    )


def outgoing_to(receiver: Receiver, clock: VirtualClock) -> reference.Outgoing:
    """The way of a reference server in this process to the suite's receiver, on the same clock."""

    async def post(url: str, headers: Mapping[str, str], body: bytes, *, follow: bool = False) -> int | None:
        parts = urlsplit(url)
        if not url.startswith(receiver.url):
            return None
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        status = receiver.take("POST", target, headers.items(), body)
        further = receiver.way_on(status, target).get("Location", "") if follow else ""
        return await post(further, headers, body) if further else status

    return reference.Outgoing(receiver.url, post, clock.sleep)


def attempt(
    stand: Stand,
    fault: str = "",
    variant: str = "",
    *,
    impostor: str = "",
    cases: frozenset[str] | None = None,
    spy: Callable[[Any, VirtualClock], Any] = lambda app, _: app,
    wire: Callable[..., Wire] = Wire,
) -> Attempt:
    """A run on one server; `cases` None drives all, else those that it names. `spy` may stand before the application.

    Raises ValueError for an unknown fault, variant or impostor.
    """
    pace = reference.variants(stand.domain)[variant].PACE if variant else 0.0
    bounds = stand.terms.bounds
    if impostor:
        bounds = replace(bounds, requests=min(bounds.requests, bounds.posing))
    ixit = reference_ixit(stand.domain, pace, bounds)
    clock = VirtualClock(START)
    receiver = Receiver(RECEIVER, clock)
    app = reference.application(
        stand.domain,
        fault=fault or None,
        variant=variant or None,
        impostor=impostor or None,
        clock=clock.now,
        outgoing=outgoing_to(receiver, clock),
    )
    kind: Any = reference.faults(stand.domain)[fault] if fault else None
    known = [case.id for case in stand.driven]
    omitted = frozenset(name for name in known if cases is not None and name not in cases)
    seen = partial(verdicts_of, omitted=omitted, wire=wire, receiver=receiver, bench=stand.bench, redactor=stand.redactor.anew())
    run = bounded(bounds.cpu, lambda: asyncio.run(seen(stand.plan, stand.spec, ixit, spy(app, clock), clock)))
    if run is None:
        stand.bench.forget()
    verdicts, records = run or ([], [])
    spent = any(isinstance(record, CaseEnd) and record.ended is Ended.BUDGET for record in records)
    failed, inconclusive, errors = (
        _requirements(verdicts, outcome) for outcome in (Outcome.FAIL, Outcome.INCONCLUSIVE, Outcome.ERROR)
    )
    return Attempt(
        fault,
        variant,
        stand.declared(kind) if kind else (),
        tuple(kind.ALSO) if kind else (),
        failed,
        inconclusive,
        errors,
        impostor=impostor,
        conformant=_conformant(stand.spec, verdicts),
        cases=len(known) - len(omitted),
        planned=len(known),
        stopped="cpu" if run is None else "budget" if spent else "",
    )


def _conformant(spec: Spec, verdicts: Iterable[Verdict]) -> bool:
    must = {row.id for row in spec.requirements if row.level is Level.MUST and row.binding is not None}
    outcomes = {one.outcome for one in verdicts if one.requirement in must}
    return Outcome.PASS in outcomes and outcomes <= {Outcome.PASS, Outcome.NOT_APPLICABLE}


def _requirements(verdicts: Iterable[Verdict], outcome: Outcome) -> tuple[str, ...]:
    return tuple(dict.fromkeys(v.requirement for v in verdicts if v.outcome is outcome))


class _Overrun(BaseException):
    """The CPU time is used up. No server and no check catches it: they catch exceptions."""


def bounded(seconds: float, work: Callable[[], Result]) -> Result | None:
    """What `work` gives; None when it took more CPU time than that, in a server that never answers or a check that never ends.

    It can be stopped only in the main thread of a process, on a system with POSIX timers; elsewhere it runs to its end.
    """
    overrun = False

    def stop(*_: object) -> None:
        nonlocal overrun
        overrun = True
        raise _Overrun

    if not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        return work()
    before = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds, 1.0)  # again every second, for what goes on elsewhere when it is stopped
    try:
        return work()
    except BaseException:
        if not overrun:
            raise
        return None  # perhaps wrapped in a group by the tasks that it went through
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0.0)
        signal.signal(signal.SIGVTALRM, before)
