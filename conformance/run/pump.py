"""The runner: pumps the scripts of a plan over the wire and hands every exchange to the recorder.

Cases run side by side, as far as their `reads` and `writes` allow: a case waits for every earlier case of the plan that changes
what it reads, or reads what it changes. So the order in which any one resource family is touched is the plan's order at every
concurrency, and the same plan on the same server state asks the same questions. Of the cases that may go, the one that the longest
chain of others waits for goes first, so that a run ends when its longest chain does and not when that has begun last.

Nothing that the target does raises here; what it does is recorded. A script that cannot go on (`Unmet`) ends its case with the
reason. An exception in a script is the suite's own failure: the case ends `error`.
"""

from __future__ import annotations

import asyncio
import contextlib
import heapq
import itertools
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from conformance import checks, given
from conformance.clock import Clock
from conformance.interface.dialect import Dialect
from conformance.model import Answer, Ask, Case, Exchange, Inbox, Pause, Plan, Request, Script, Spec, Unmet
from conformance.wire import BudgetSpent, Receiver, Wire

__all__ = ["Progress", "Recorder", "run_plan"]


class Recorder(Protocol):
    """Where exchanges go: redacted, numbered, kept (an `EvidenceWriter`)."""

    def append(self, exchange: Exchange) -> Exchange:
        """Record an exchange; gives it back as recorded, with its number."""

    def end_case(self, case: str, ended: str, reason: str = "") -> object:
        """Record that a case has ended, and how."""


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
) -> Progress:
    """Run every case of the plan that is to be driven and is not among the `finished` (of an interrupted run)."""
    cases = [case for case in plan.cases if case.outcome is None and case.id not in finished and driven(case)]
    progress = Progress(len(cases), listener=listener)
    earlier = _predecessors(cases)
    places = _Places(concurrency or len(cases), dict(zip((case.id for case in cases), _urgency(earlier), strict=True)))
    pump = _Pump(spec, dialect, wire, recorder, clock, longest_pause, places, progress, receiver)
    ended = [asyncio.Event() for _ in cases]

    async def one(index: int) -> None:
        try:
            for other in earlier[index]:
                await ended[other].wait()
            await pump.case(cases[index])
        finally:
            ended[index].set()

    async with asyncio.TaskGroup() as group:
        for index in range(len(cases)):
            group.create_task(one(index), name=cases[index].id)
    return progress


def driven(case: Case) -> bool:
    """Whether a case sends requests of its own."""
    return bool(case.check) and checks.check(case.check).drive is not None


def _predecessors(cases: Sequence[Case]) -> list[list[int]]:
    """For each case the earlier ones that it must wait for: the last writer of what it touches, and readers of what it writes."""
    writer: dict[str, int] = {}
    readers: dict[str, list[int]] = {}
    found: list[list[int]] = []
    for index, case in enumerate(cases):
        waits = {writer[name] for name in case.reads | case.writes if name in writer}
        for name in case.writes:
            waits.update(readers.pop(name, ()))
            writer[name] = index
        for name in case.reads - case.writes:
            readers.setdefault(name, []).append(index)
        found.append(sorted(waits))
    return found


def _urgency(earlier: Sequence[Sequence[int]]) -> list[int]:
    """For each case the length of the longest chain of cases that wait for it, one after another."""
    found = [0] * len(earlier)
    for index in reversed(range(len(earlier))):
        for other in earlier[index]:
            found[other] = max(found[other], found[index] + 1)
    return found


class _Places:
    """So many cases may be under way at once; a place that becomes free goes to the most urgent case that waits for one."""

    def __init__(self, count: int, urgency: Mapping[str, int]) -> None:
        self._free, self._urgency = count, urgency
        self._waiting: list[tuple[int, int, asyncio.Future[None]]] = []
        self._order = itertools.count()

    async def take(self, case: str) -> None:
        """Wait for a place."""
        if self._free:
            self._free -= 1
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, (-self._urgency[case], next(self._order), turn))
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self.give()
            raise

    def give(self) -> None:
        """Leave a place to the next."""
        while self._waiting:
            turn = heapq.heappop(self._waiting)[2]
            if not turn.done():  # cancelled while it waited
                turn.set_result(None)
                return
        self._free += 1


@dataclass
class _Pump:
    """Drives one script after another, each from its asks to its answers."""

    spec: Spec
    dialect: Dialect
    wire: Wire
    recorder: Recorder
    clock: Clock
    longest_pause: float
    places: _Places
    progress: Progress
    receiver: Receiver | None

    async def case(self, case: Case) -> None:
        """Drive a case to its end and record how it ended."""
        trace: list[Exchange] = []
        await self.places.take(case.id)
        try:
            ended, reason = await self._ended(case, trace)
            if case.writes and ended != "budget":
                await self._clean_up(case, trace)
        finally:
            self.places.give()
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
        except BudgetSpent as spent:
            return "budget", str(spent)
        except Exception as error:  # noqa: BLE001 - any exception of a script is the suite's own failure, never the vendor's
            return "error", "".join(traceback.format_exception_only(error)).strip() + _where(error)
        if trace and all(one.response is None for one in trace):
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
                return self._record(await self.wire.send(ask, case=case.id), trace)
            case list():
                sent = await asyncio.gather(*(self.wire.send(one, case=case.id) for one in ask))
                return [self._record(one, trace) for one in sent]
            case Pause():
                await self._pause(case, ask)
                return None
            case Inbox():
                return [self._record(one, trace) for one in await self._received(case, ask)]
        raise TypeError(f"a script asked for {ask!r}; expected a Request, a list of them, a Pause or an Inbox")

    async def _pause(self, case: Case, pause: Pause) -> None:
        """Wait without keeping a place: other cases go on meanwhile."""
        seconds = min(pause.seconds, self.longest_pause) if pause.may_be_shorter else pause.seconds
        if seconds > self.longest_pause:
            raise Unmet(f"it would have to wait {seconds:.3g} s; the longest pause allowed is {self.longest_pause:.3g} s")
        self.places.give()
        try:
            await self.clock.sleep(max(0.0, seconds))
        finally:
            await self.places.take(case.id)

    async def _received(self, case: Case, ask: Inbox) -> list[Exchange]:
        """What the suite's receiver got, waited for without keeping a place."""
        if self.receiver is None:
            raise Unmet(f"nothing can be received at {ask.matching}: this run has no receiver of its own")
        if ask.within > self.longest_pause:
            raise Unmet(f"it would have to wait {ask.within:.3g} s; the longest pause allowed is {self.longest_pause:.3g} s")
        self.places.give()
        try:
            return await self.receiver.handed(ask, case.id)
        finally:
            await self.places.take(case.id)

    def _record(self, exchange: Exchange, trace: list[Exchange]) -> Exchange:
        numbered = replace(exchange, number=self.recorder.append(exchange).number)
        trace.append(numbered)
        self.progress.exchanges += 1
        return numbered

    async def _clean_up(self, case: Case, trace: list[Exchange]) -> None:
        """Undo what the case made. What cannot be undone stays, and is in the evidence."""
        with contextlib.suppress(Unmet, BudgetSpent):
            await self._drive(case, given.clean_up(self.spec, list(trace)), trace)


def _where(error: Exception) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    return f" (at {frames[-1].name}, line {frames[-1].lineno} of {frames[-1].filename.rpartition('/')[2]})" if frames else ""
