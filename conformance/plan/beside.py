"""Drawing in processes of their own: on every core, and such that it ends at once when it is to end.

Each process is handed the spec once, then an operation at a time, and answers with its inputs; which process draws what does not matter
to what is drawn. They share no terminal with the suite, so Ctrl-C reaches the suite alone, which kills them: whatever they are in, C code
included, they end with it. A process that loses the suite ends at its next word.

Not `multiprocessing`: that would run the main module of whoever imports the suite again in every process.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import selectors
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import IO, Any

from conformance.errors import SuiteError, UsageError
from conformance.model import Spec
from conformance.plan.engine import Drawn, drawn

__all__ = ["drawn_beside", "serve"]

PATIENCE = (
    600.0  # seconds for one operation: what is drawn is limited by counting, so this is met only by a fault or a stuck machine
)
_START = "import sys; sys.path[:] = {path!r}; from conformance.plan.beside import serve; serve({parcel!r})"


class _Worker:
    """A process that draws, and the operation that it is at."""

    def __init__(self, parcel: str) -> None:
        command = [sys.executable, "-c", _START.format(path=sys.path, parcel=parcel)]
        self.process = subprocess.Popen(  # noqa: S603 - our own interpreter and our own words
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True
        )
        self.name, self.since = "", 0.0

    def ask(self, name: str) -> None:
        """Set it to an operation."""
        self.name, self.since = name, time.monotonic()
        self._put(name)

    def answer(self) -> Drawn:
        """What it has drawn. Raises SuiteError when it ended instead, or says that it failed."""
        assert self.process.stdout is not None
        try:
            found, failed = pickle.load(self.process.stdout)  # noqa: S301 - written by ourselves, in the other process
        except (EOFError, pickle.UnpicklingError):
            raise SuiteError(f"the process that drew inputs for {self.name} ended with {self.process.wait()}") from None
        if failed:
            raise SuiteError(f"drawing inputs for {self.name} failed: {failed}")
        made: Drawn = found
        return made

    def end(self) -> None:
        """End it, whatever it is in."""
        self.process.kill()
        with contextlib.suppress(BrokenPipeError):
            self.process.communicate()

    def _put(self, word: Any) -> None:
        assert self.process.stdin is not None
        with contextlib.suppress(BrokenPipeError):  # it has ended already: reading from it says so
            pickle.dump(word, self.process.stdin)
            self.process.stdin.flush()


def drawn_beside(
    spec: Spec, names: Iterable[str], seed: int, count: int, *, workers: int, patience: float = PATIENCE
) -> Iterator[tuple[str, Drawn]]:
    """The inputs of each operation, as they come; the next is asked for only when a process is free for it. Raises UsageError when one
    takes longer than `patience` seconds.
    """
    pending = iter(names)
    crew: list[_Worker] = []
    with tempfile.NamedTemporaryFile() as parcel, selectors.DefaultSelector() as ready:
        pickle.dump((seed, count, spec), parcel)  # a file, since who is stuck empties no pipe, and a pipe holds little
        parcel.flush()
        try:
            for name in islice(pending, max(1, workers)):
                worker = _Worker(parcel.name)
                crew.append(worker)
                worker.ask(name)
                assert worker.process.stdout is not None
                ready.register(worker.process.stdout, selectors.EVENT_READ, worker)
            while ready.get_map():
                worker = _first(ready, patience)
                done, made = worker.name, worker.answer()
                yield done, made  # whoever names the next may need to know this one
                if (following := next(pending, None)) is not None:
                    worker.ask(following)
                else:
                    assert worker.process.stdout is not None
                    ready.unregister(worker.process.stdout)
        finally:
            for worker in crew:
                worker.end()


def _first(ready: selectors.BaseSelector, patience: float) -> _Worker:
    """The next worker that has something to say."""
    while True:
        oldest: _Worker = min((key.data for key in ready.get_map().values()), key=lambda worker: worker.since)
        left = patience - (time.monotonic() - oldest.since)
        if left <= 0:
            raise UsageError(
                f"inputs for {oldest.name} were not drawn within {patience:.0f} seconds; "
                "leave the operation out of the profile, or draw none with effort: {draws: 0}"
            )
        for key, _ in ready.select(min(left, 1.0)):
            found: _Worker = key.data
            return found


def serve(parcel: str) -> None:
    """Draw what standard input asks for, of the spec in the file `parcel`, until it ends. The engines may print what they like: it goes nowhere."""
    words: IO[bytes] = sys.stdin.buffer
    with os.fdopen(os.dup(1), "wb") as answers:
        os.dup2(2, 1)
        seed, count, spec = pickle.loads(Path(parcel).read_bytes())  # noqa: S301 - written by ourselves, in the other process
        with contextlib.suppress(EOFError, BrokenPipeError):
            while True:
                name = pickle.load(words)  # noqa: S301 - see above
                try:
                    said: tuple[Drawn | None, str] = drawn(spec.operations[name], seed, count), ""
                except Exception as error:  # noqa: BLE001 - the suite says it, in the process that can
                    said = None, f"{type(error).__name__}: {error}"
                pickle.dump(said, answers)
                answers.flush()
