"""The runner: pumps the scripts of a plan over the wire and hands every exchange to the recorder.

Cases run side by side, as far as their `reads` and `writes` allow (`turns`): whoever needs a resource family quiet comes to it
in the plan's order at every concurrency, and the same plan on the same server state asks the same questions. Of the cases that may go, the
one that the longest chain of others waits for goes first, so that a run ends when its longest chain does and not when that has begun
last. Cases that wait share their waiting: one that only reads begins early; one that leaves something of its own to time, such as
a hold that lapses, comes after all who need the same things quiet, and those behind it go on while it pauses.

Nothing that the target does raises here; what it does is recorded, also what is asked again (`askedAgain`). A case whose credentials
are not accepted though they should be ends there: what it would ask next would be answered no better. A script that cannot go on (`Unmet`) ends its case with the
reason. An exception in a script is the suite's own failure: the case ends `error`.
"""

from __future__ import annotations

import asyncio
import contextlib
import traceback
from collections.abc import Callable, Container, Coroutine, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Protocol

from conformance import checks, given
from conformance.clock import Clock
from conformance.evidence import CaseEnd
from conformance.interface import contract
from conformance.interface.dialect import Dialect
from conformance.model import (
    ACCEPT,
    Answer,
    Ask,
    Case,
    Exchange,
    Guise,
    Inbox,
    Operation,
    Pause,
    Plan,
    Request,
    Script,
    Spec,
    Unmet,
)
from conformance.run.turns import Line, Part, Places, urgency
from conformance.wire import BudgetSpent

if TYPE_CHECKING:  # what speaks HTTP is handed in
    from conformance.wire import Receiver, Wire

__all__ = ["CUT", "LockedOut", "Progress", "Recorder", "driven", "in_line", "let_in", "named", "prepared", "run_plan", "too_long"]

PLAIN = Guise()
CUT = "the clean-up was cut short: "  # in the reason of an end, before what cut it short


def prepared(spec: Spec, request: Request, guise: Guise = PLAIN) -> Request:
    """A request as it is sent: it accepts what its operation declares, under the guise of the run."""
    operation = spec.operations.get(request.operation)
    if guise.plain:
        return request if operation is None else contract.accepting(operation, request)
    own = request.header("Accept")
    said = guise.said(request if operation is None else contract.accepting(operation, request))
    return said if own is not None else said.with_header("Accept", guise.accepting(said.header("Accept") or ACCEPT))


_WRITING = frozenset(("POST", "PUT", "PATCH", "DELETE"))


class LockedOut(Exception):  # an end of a case, not an error of ours
    """Credentials that are to be accepted were not."""


class Recorder(Protocol):
    """Where exchanges go: redacted, numbered, kept (an `EvidenceWriter`)."""

    def append(self, exchange: Exchange) -> Exchange:
        """Record an exchange; gives it back as recorded, with its number."""

    def end_case(self, case: str, ended: str, reason: str = "") -> CaseEnd:
        """Record that a case has ended, and how; gives back what was recorded."""


@dataclass
class Progress:
    """How far a run is. `listener` is called after each case."""

    total: int
    done: int = 0
    exchanges: int = 0
    listener: Callable[[Progress], None] = field(default=lambda _: None, repr=False)


async def run_plan(
    plan: Plan,
    spec: Spec,
    dialect: Dialect,
    wire: Wire,
    recorder: Recorder,
    clock: Clock,
    *,
    concurrency: int = 8,
    longest_pause: float = 60.0,
    finished: frozenset[str] = frozenset(),
    listener: Callable[[Progress], None] = lambda _: None,
    receiver: Receiver | None = None,
    begun: int | None = None,
) -> Progress:
    """Run every case of the plan that is to be driven and is not among the `finished` (of an interrupted run).

    `begun`: when, in ms, as the evidence has it; now where there is none.
    """
    begun = int(clock.now() * 1000) if begun is None else begun
    standing = in_line(plan, finished)
    cases = [case for case, _ in standing]
    progress, line = Progress(len(cases), listener=listener), Line()
    for case, part in standing:
        line.join(case, part)
    writing, urgent = frozenset(case.id for case in cases if case.writes), _urgent(cases, line)
    places = Places(concurrency or len(cases), urgent, writing, len(cases) - len(writing))
    guise = Guise(plan.seed)
    pump = _Pump(
        spec, dialect, wire, recorder, clock, longest_pause, line, places, progress, receiver, plan.sandbox, guise, guise.rests()
    )
    async with asyncio.TaskGroup() as group:
        for case in sorted(cases, key=lambda case: -urgent[case.id]):
            group.create_task(pump.case(case.begun_at(begun)), name=case.id)
    return progress


def in_line(plan: Plan, finished: Container[str] = frozenset()) -> list[tuple[Case, Part]]:
    """The cases that are to be driven as they stand in line, each with its part. First come those that change nothing; then those that
    change things and need nobody quiet, so that they go side by side, and those that leave things of their own to time: what was begun
    there changes no more when others come to look. In each part those come first that wait, since others go on meanwhile.
    """
    cases = [case for case in plan.cases if case.outcome is None and case.id not in finished and driven(case)]
    return sorted(((case, _part(case)) for case in cases), key=lambda one: _place(*one))


def _part(case: Case) -> Part:
    check = checks.check(case.check)
    if check.last:
        return Part.LAST
    if not case.writes:
        return Part.READING
    return Part.FRONT if not case.reads or check.lapses else Part.REST


def _place(case: Case, part: Part) -> tuple[int, bool, bool, bool, int]:
    """What decides who stands before whom: at the front those that need something quiet before they wait; then whoever waits, and there
    whoever asks much.
    """
    check, front = checks.check(case.check), part is Part.FRONT
    return int(part), front and not case.reads, not check.waits, not check.receives, -check.asks if front else 0


def _urgent(cases: Sequence[Case], line: Line) -> dict[str, int]:
    """How urgent each case is: first those that wait, for others can go on meanwhile, then those that most others wait for."""
    chains = zip(cases, urgency(line.earlier), strict=True)
    return {case.id: length + (len(cases) if checks.check(case.check).waits else 0) for case, length in chains}


def driven(case: Case) -> bool:
    """Whether a case sends requests of its own."""
    return bool(case.check) and not case.listens and checks.check(case.check).drive is not None


@dataclass
class _Pump:
    """Drives one script after another, each from its asks to its answers."""

    spec: Spec
    dialect: Dialect
    wire: Wire
    recorder: Recorder
    clock: Clock
    longest_pause: float
    line: Line
    places: Places
    progress: Progress
    receiver: Receiver | None
    sandbox: bool
    guise: Guise
    rests: Iterator[float]
    inboxes: dict[str, int] = field(default_factory=dict)  # how often each case has asked for deliveries

    async def case(self, case: Case) -> None:
        """Drive a case to its end when its turn has come, and record how it ended."""
        try:
            await self.line.turn(case)
            await self.places.take(case.id)
            await self._driven(case)
        finally:
            self.line.leave(case)  # before the place: of all who wait for one, whoever waited for this case is to have it
            self.places.leave(case.id)

    async def _driven(self, case: Case) -> None:
        trace: list[Exchange] = []
        ended, reason = await self._ended(case, trace)
        if case.writes and ended != "budget":
            reason += await self._clean_up(case, trace)
        self.recorder.end_case(case.id, ended, reason)
        self.progress.done += 1
        self.progress.listener(self.progress)

    async def _ended(self, case: Case, trace: list[Exchange]) -> tuple[str, str]:
        drive = checks.check(case.check).drive
        assert drive is not None  # run_plan leaves out the cases without
        try:
            script = checks.bind(drive, case.arguments)(self.spec.operations[case.operation], case.inputs, self.dialect)
            await self._drive(case, script, trace)
        except Unmet as unmet:
            return "unmet", str(unmet)
        except LockedOut as locked:
            return "credentials", str(locked)
        except BudgetSpent as spent:
            return "budget", str(spent)
        except Exception as error:  # noqa: BLE001 - any exception of a script is the suite's own failure, never the vendor's
            return "error", "".join(traceback.format_exception_only(error)).strip() + _where(error)
        if trace and all(one.response is None and one.failure != "decode" for one in trace):
            return "unreachable", f"no request was answered: {trace[-1].failure}"
        return "complete", ""

    async def _drive(self, case: Case, script: Script, trace: list[Exchange]) -> None:
        answer: Answer = None
        while True:
            try:
                ask: Ask = script.send(answer)
            except StopIteration:
                return
            answer = await self._answer(case, ask, trace)

    async def _answer(self, case: Case, ask: Ask, trace: list[Exchange]) -> Answer:
        match ask:
            case Request():
                if not self.guise.plain:
                    await self.clock.sleep(next(self.rests))
                return let_in([self._record(await self._sent(case, ask), trace)])[0]
            case list():
                sent = await asyncio.gather(*(self._sent(case, one) for one in ask))
                return let_in([self._record(one, trace) for one in sent])
            case Pause():
                await self._pause(case, ask)
                return None
            case Inbox():
                return [self._record(one, trace) for one in await self._received(case, ask)]
        raise TypeError(f"a script asked for {ask!r}; expected a Request, a list of them, a Pause or an Inbox")

    def _sent(self, case: Case, request: Request) -> Coroutine[Any, Any, Exchange]:
        """Ask the wire at once, so that it knows of all requests of a race before the first of them goes."""
        asked = named(self.spec, prepared(self.spec, request, self.guise), self.wire.knows, sandbox=self.sandbox)
        final = bool(case.check) and checks.check(case.check).last
        sent = self.wire.send(asked, case=case.id, final=final, passed=self._passed)
        return sent if self.guise.plain else self._disguised(request, sent)

    async def _disguised(self, request: Request, sent: Coroutine[Any, Any, Exchange]) -> Exchange:
        """What comes under the guise of the run, with a note of what was said in the place of what."""
        exchange = await sent
        told = self.guise.told(request)
        return replace(exchange, attributes={**exchange.attributes, "guise": told}) if told else exchange

    def _passed(self, exchange: Exchange) -> None:
        """Record an answer in whose place another one will stand. The script does not see it."""
        self.recorder.append(exchange)
        self.progress.exchanges += 1

    async def _pause(self, case: Case, pause: Pause) -> None:
        """Wait without keeping a place: other cases go on meanwhile."""
        if (reason := too_long(pause, self.longest_pause)) is not None:
            raise Unmet(reason)
        seconds = min(pause.seconds, self.longest_pause)
        if pause.apart:
            self.line.pause(case, replace(pause, seconds=seconds))
        self.places.give(case.id)
        try:
            await self.clock.sleep(max(0.0, seconds))
            if pause.apart:
                await self.line.turn(case)
        finally:
            await self.places.take(case.id)

    async def _received(self, case: Case, ask: Inbox) -> list[Exchange]:
        """What the suite's receiver got, waited for without keeping a place. Each says which of the case's asks it was handed to."""
        if self.receiver is None:
            raise Unmet(f"nothing can be received at {ask.matching}: this run has no receiver of its own")
        if (reason := too_long(Pause(ask.within), self.longest_pause)) is not None:
            raise Unmet(reason)
        self.places.give(case.id)
        nth = self.inboxes[case.id] = self.inboxes.get(case.id, 0) + 1
        try:
            came = await self.receiver.handed(ask, case.id)
        finally:
            await self.places.take(case.id)
        return [replace(one, attributes={**one.attributes, "inbox": nth}) for one in came]

    def _record(self, exchange: Exchange, trace: list[Exchange]) -> Exchange:
        numbered = self.recorder.append(exchange)
        # The script sees what was redacted, which the attributes tell; but not what was left out, or none could tell why it goes on so.
        if numbered.attributes is not exchange.attributes and not numbered.is_withheld:
            numbered = exchange.numbered(numbered.number)
        trace.append(numbered)
        self.progress.exchanges += 1
        return numbered

    async def _clean_up(self, case: Case, trace: list[Exchange]) -> str:
        """Undo what the case made; says what cut it short. What cannot be undone stays, and is in the evidence."""
        try:
            with contextlib.suppress(Unmet, LockedOut):
                await self._drive(case, given.clean_up(self.spec, list(trace)), trace)
        except BudgetSpent as spent:
            return CUT + str(spent)
        return ""


def named(spec: Spec, request: Request, knows: Callable[[str], bool], *, sandbox: bool) -> Request:
    """The request in the name of somebody for whom there are credentials; what needs none is asked for without, where none are given.

    Raises Unmet for an actor without credentials, and for what may write where the target is no sandbox: what the interface does not
    declare there may still be served.
    """
    actor = request.actor
    operation = spec.operations.get(request.operation)
    if not sandbox and request.method in _WRITING and (operation is None or _may_write(operation, request)):
        raise Unmet("it would write, and the target is not declared a sandbox")
    if actor is None or knows(actor):
        return request
    if operation is None or operation.secured:
        raise Unmet(f"yance.toml gives no credentials for the actor {actor}; add a table [actors.{actor}]")
    return request.with_actor(None)


def too_long(pause: Pause, longest: float) -> str | None:
    """Why the settings do not allow a pause, in words; None where they do."""
    if pause.may_be_shorter or pause.seconds <= longest:
        return None
    return f"it would have to wait {pause.seconds:.3g} s; the longest pause allowed is {longest:.3g} s"


def _may_write(operation: Operation, request: Request) -> bool:
    """Whether a request may change something: its method is another than the operation's, or the operation writes."""
    return operation.writes or request.method != operation.method


def let_in(answers: list[Exchange]) -> list[Exchange]:
    """The same. Raises LockedOut when one of them shows that credentials are not accepted."""
    for one in answers:
        if one.status in (0, 401) and one.locked_out:
            raise LockedOut(f"the credentials of the actor {one.request.actor} were not accepted")
    return answers


def _where(error: Exception) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    return f" (at {frames[-1].name}, line {frames[-1].lineno} of {frames[-1].filename.rpartition('/')[2]})" if frames else ""
