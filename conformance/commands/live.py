"""Live progress: a bar with rate and time left on a terminal, a plain line every tenth elsewhere, nothing under --json."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import Self

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from conformance.catalogue import say
from conformance.commands.front import Front
from conformance.run import Progress as Done

__all__ = ["Live"]


class Live:
    """Shows how far a run is, as it goes."""

    def __init__(self, front: Front, target: str) -> None:
        self._front, self._target = front, target
        self._began = time.monotonic()
        self._tenth = 0
        self._task: TaskID | None = None
        self._bar: Progress | None = None
        if not front.as_json and sys.stderr.isatty():
            self._bar = Progress(
                TextColumn("{task.description}"),
                BarColumn(),
                MofNCompleteColumn(),
                TextColumn("{task.fields[rate]}"),
                TimeRemainingColumn(),
                console=Console(stderr=True),
                transient=True,
            )

    def __enter__(self) -> Self:
        if self._bar is not None:
            self._bar.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._bar is not None:
            self._bar.stop()

    def progress(self, done: Done) -> None:
        """Take note of a finished case."""
        rate = done.exchanges / max(0.001, time.monotonic() - self._began)
        if self._bar is not None:
            shown = say("run.rate", self._front.language, rate=f"{rate:.0f}")
            if self._task is None:
                self._task = self._bar.add_task(self._target, total=done.total, rate=shown)
            self._bar.update(self._task, completed=done.done, rate=shown)
        elif not self._front.as_json and done.done * 10 // max(1, done.total) > self._tenth:
            self._tenth = done.done * 10 // done.total
            click.echo(say("run.progress", self._front.language, done=done.done, total=done.total, rate=f"{rate:.0f}"), err=True)
