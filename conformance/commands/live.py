"""Live progress: a bar on a terminal, a plain line every tenth elsewhere, nothing under --json.

`Live` shows a run, its cases and requests; `Countdown` a sweep of servers, what came of each, and the time left.
"""

from __future__ import annotations

import os
import sys
import time
from collections import deque
from collections.abc import Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, Task, TaskID, TextColumn
from rich.table import Column
from rich.text import Text

from conformance import checks as all_checks
from conformance.commands.front import Front, out, tone_of
from conformance.load.catalogue import finding_text, say
from conformance.model import Exchange, Outcome, Plan, Verdict
from conformance.run.foretold import Foretold
from conformance.run.pump import Progress as Done
from conformance.text.shown import one_line

if TYPE_CHECKING:  # a run needs nothing of a sweep
    from conformance.adequacy import Standing

__all__ = ["Countdown", "Live", "Rate", "bar_of"]

_MOST_TOLD = 8  # failures that are told as they happen; the summary has them all
_LONGEST = 160  # characters of what was asked


class Rate:
    """How many requests a second there were of late. Over a whole run it would sink while the last cases only wait."""

    def __init__(self, window: float = 3.0) -> None:
        self._window = window
        self._seen: deque[tuple[float, int]] = deque()

    def now(self, moment: float, requests: int) -> float:
        """The rate at a moment at which there were so many requests in all."""
        self._seen.append((moment, requests))
        while len(self._seen) > 2 and self._seen[1][0] <= moment - self._window:
            self._seen.popleft()
        began, before = self._seen[0]
        return (requests - before) / (moment - began) if moment > began else 0.0


class _RateColumn(ProgressColumn):
    """The present rate; while no request is sent, that the run waits (for a hold to lapse, say)."""

    def __init__(self, live: Live, language: str) -> None:
        super().__init__(Column(no_wrap=True))
        self._live, self._language, self._rate = live, language, Rate()

    def render(self, task: Task) -> Text:  # noqa: ARG002 - the signature of the base class
        rate = self._rate.now(time.monotonic(), self._live.requests)
        return Text(say("run.rate", self._language, rate=f"{rate:.0f}") if rate >= 0.5 else say("run.waiting", self._language))


class _LeftColumn(ProgressColumn):
    """The time left, and how many cases wait for time to pass after that."""

    def __init__(self, live: Live, language: str) -> None:
        super().__init__(Column(no_wrap=True))
        self._live, self._language = live, language

    def render(self, task: Task) -> Text:  # noqa: ARG002 - the signature of the base class
        return Text(self._live.left(self._language))


def _drawable(front: Front) -> bool:
    """Whether a bar can be drawn: on a terminal that moves its cursor, and nobody wants JSON or quiet."""
    return (
        not (front.as_json or front.quiet) and sys.stderr.isatty() and os.environ.get("TERM") not in (None, "", "dumb", "unknown")
    )


def bar_of(front: Front, *columns: ProgressColumn) -> Progress | None:
    """A bar with its name, how far it is, and these columns; None where none can be drawn."""
    if not _drawable(front):
        return None
    return Progress(
        TextColumn("{task.description}", markup=False, table_column=Column(ratio=1, no_wrap=True, overflow="ellipsis")),
        BarColumn(bar_width=20),
        MofNCompleteColumn(),
        *columns,
        console=Console(stderr=True),
        transient=True,
        expand=True,
    )


class Live:
    """Shows how far a run is, as it goes."""

    def __init__(self, front: Front, target: str, plan: Plan, *, concurrency: int = 1, verbose: bool = False) -> None:
        """`concurrency`: how many cases go at once; `verbose`: every case is told as it ends, not those that fail alone."""
        self._front, self._target, self._verbose = front, one_line(target), verbose
        self._checks = {case.id: case.check for case in plan.cases}
        self._foretold = Foretold(plan, concurrency)
        self._known: tuple[float, float | None] | None = (
            None  # when the time left was reckoned since a case ended, and what came out
        )
        self._failed = set[str]()
        self._began = time.monotonic()
        self._tenth = 0
        self._done = Done(0)
        self._task: TaskID | None = None
        self._bar = bar_of(front, _RateColumn(self, front.language), _LeftColumn(self, front.language))

    def __enter__(self) -> Self:
        if self._bar is not None:
            self._bar.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._bar is not None:
            self._bar.stop()

    @property
    def requests(self) -> int:
        """How many requests were answered until now."""
        return self._done.exchanges

    def left(self, language: str) -> str:
        """The time left in words; nothing while nobody knows. It is reckoned when it is shown: that walks through all cases."""
        self._known = self._known or (time.monotonic(), self._foretold.left)
        reckoned, seconds = self._known
        waiting = self._foretold.waiting
        if seconds is None:
            return ""
        if (left := seconds - (time.monotonic() - reckoned)) < 1 and waiting:
            return say("run.left-waiting", language, cases=waiting)
        return say("run.left-then" if waiting else "run.left", language, left=_clock_time(max(0.0, left)), cases=waiting)

    def told(self, verdict: Verdict, trace: Sequence[Exchange]) -> None:
        """Take note of a case that ended, and say so: if it failed, once, the request and what was found; of very many, the first."""
        ends = [one.sent_at + one.elapsed for one in trace]
        self._foretold.ended(verdict.case, (max(ends) - trace[0].sent_at) / 1000)
        if verdict.outcome is Outcome.FAIL:
            if verdict.case not in self._failed:
                self._failing(verdict, trace)
        elif self._verbose:
            word = say(f"outcome.{verdict.outcome}", self._front.language)
            seconds = f"{(max(ends) - trace[0].sent_at) / 1000:.2f}"
            said = say("run.ended", self._front.language, outcome=word, requests=len(trace), seconds=seconds)
            self._tell(f"· {verdict.case}  {said}")

    def _failing(self, verdict: Verdict, trace: Sequence[Exchange]) -> None:
        self._failed.add(verdict.case)
        if len(self._failed) > _MOST_TOLD and not self._verbose:
            if len(self._failed) == _MOST_TOLD + 1:
                self._tell(say("run.more-fail", self._front.language))
            return
        finding = verdict.findings[0]
        one = next((one for one in trace if one.number in finding.exchanges), trace[-1])
        asked = f"{one.request.method} {one.request.target} → {one.status or one.failure} (#{one.number})"
        text = finding_text(all_checks.check(self._checks[verdict.case]).messages, finding)[self._front.language]
        self._tell(f"✗ {verdict.case}  {asked[:_LONGEST]}: {text}")

    def _tell(self, line: str) -> None:
        if self._front.as_json or self._front.quiet:
            return
        if self._bar is not None:
            self._bar.console.print(Text(one_line(line), style=tone_of(line) or ""), soft_wrap=True)
        else:
            out(one_line(line), err=True, tone=tone_of(line))

    def progress(self, done: Done) -> None:
        """Take note of a finished case."""
        self._done = done
        self._known = None
        if self._bar is not None:
            if self._task is None:
                self._task = self._bar.add_task(self._target, total=done.total)
            self._bar.update(self._task, completed=done.done)
        elif done.done * 10 // max(1, done.total) > self._tenth:
            self._tenth = done.done * 10 // done.total
            seconds = f"{time.monotonic() - self._began:.0f}"
            self._front.note("run.progress", done=done.done, total=done.total, requests=done.exchanges, seconds=seconds)


class Countdown:
    """Shows how far a sweep is, with the time left as the work done until now foretells it."""

    def __init__(self, front: Front, title: str) -> None:
        self._front, self._title = front, title
        self._tenth = 0
        self._task: TaskID | None = None
        self._bar: Progress | None = None
        if _drawable(front):
            self._bar = Progress(
                TextColumn("{task.description}", markup=False, table_column=Column(no_wrap=True)),
                BarColumn(bar_width=20),
                TextColumn("{task.fields[said]}", markup=False, table_column=Column(ratio=1, no_wrap=True, overflow="ellipsis")),
                console=Console(stderr=True),
                transient=True,
                expand=True,
            )

    def __enter__(self) -> Self:
        if self._bar is not None:
            self._bar.start()
            self._task = self._bar.add_task(self._title, total=1.0, said="")
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._bar is not None:
            self._bar.stop()

    def line(self, text: str) -> None:
        """A line of data, above the bar where one is drawn."""
        if self._bar is not None and sys.stdout.isatty():
            self._bar.console.print(Text(one_line(text)), soft_wrap=True)
        else:
            self._front.line(text)

    def progress(self, standing: Standing) -> None:
        """Take note of how far the sweep is."""
        values = {"done": standing.done, "total": standing.total, "left": _clock_time(standing.seconds)}
        if self._bar is not None and self._task is not None:
            self._bar.update(self._task, completed=standing.share, said=say("adequacy.progress", self._front.language, **values))
        elif int(standing.share * 10) > self._tenth:
            self._tenth = int(standing.share * 10)
            self._front.note("adequacy.progress", **values)


def _clock_time(seconds: float) -> str:
    """Seconds as minutes and seconds."""
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"
