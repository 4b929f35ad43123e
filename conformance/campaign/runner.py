"""The process in which a call is carried out. Whoever asks for it waits beside it, and can end it.

A target may hang a run, a body may take a validator minutes, a library in C may fall: none of that can be ended within a process. So the worker
of an engine does nothing but wait, and the work is done by a process of its own, which is used again for the next call, and made anew after
`CALLS` of them, when it was ended, or when it ended itself. It is the main thread of its process, on whose signals and forks some of the
work rests, and what it remembers goes with it: memory stays flat, however many targets there are.

When the worker is killed, the pipe between them ends. A runner that is in the midst of a run sees that and ends at once; what it recorded is
on the disk by then, and whoever begins the call again goes on with it.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from typing import Any

from conformance.errors import SuiteError, YanceError

__all__ = ["CALLS", "Call", "Lost", "Overdue", "Runner"]

CALLS = 100  # of one process
_TELLS = 0.5  # seconds between two words of one call about how far it is


class Overdue(SuiteError):
    """A call took longer than it was given; its process was ended."""


class Lost(SuiteError):
    """The process of a call ended by itself: killed from outside, out of memory, or fallen."""


@dataclass(frozen=True)
class Call:
    """A function by where it is (`package.module:name`), and what it is called with. `tells`: its keyword `told` takes how far it is.

    `session`: for whom. A process serves one session alone, since it remembers what it has read, and files may have changed until the next.
    """

    function: str
    arguments: tuple[Any, ...] = ()
    seconds: float = 0.0  # after which its process is ended; 0: never
    tells: bool = False
    session: str = ""

    def __call__(self, told: Callable[..., None]) -> Any:
        """Carry it out in this process."""
        module, _, name = self.function.partition(":")
        function = getattr(importlib.import_module(module), name)
        return function(*self.arguments, told=told) if self.tells else function(*self.arguments)


@dataclass
class Runner:
    """A process that carries out calls, seen from the worker that asks."""

    _process: subprocess.Popen[bytes] | None = None
    _pipe: Connection | None = None
    _calls: int = field(default=0)
    _session: str = ""

    def ask(self, call: Call, told: Callable[..., None] = lambda *_: None, idle: Callable[[], None] = lambda: None) -> Any:
        """Carry out a call; `told` hears how far it is, and `idle` is called now and then meanwhile.

        Raises Overdue, Lost, or what the call raised.
        """
        pipe = self._ready(call.session)
        try:
            pipe.send(call)
            kind, value = self._answer(pipe, call.seconds, told, idle)
        except (EOFError, OSError):
            code = self.end()
            raise Lost(f"the process that carried it out ended by itself ({_ending(code)})") from None
        except BaseException:
            self.end()
            raise
        if kind == "raised":
            raise value
        return value

    def _answer(self, pipe: Connection, seconds: float, told: Callable[..., None], idle: Callable[[], None]) -> tuple[str, Any]:
        """What the process gives back, or raises. Raises Overdue when that takes longer than so many seconds."""
        end = time.monotonic() + seconds if seconds else float("inf")
        while (left := end - time.monotonic()) > 0:
            if not pipe.poll(min(left, _TELLS)):
                idle()
                continue
            kind, value = pipe.recv()
            if kind != "told":
                return kind, value
            told(*value)
        raise Overdue(f"it took longer than {seconds:g} s, and its process was ended")

    def _ready(self, session: str) -> Connection:
        spent = self._calls >= CALLS or self._session != session
        if self._process is not None and (spent or self._process.poll() is not None):
            self.end()
        if self._process is None or self._pipe is None:
            self._pipe, there = Pipe()
            words = [sys.executable, "-m", "conformance.campaign.runner", str(there.fileno())]
            self._process = subprocess.Popen(  # noqa: S603 - this suite
                words, pass_fds=[there.fileno()], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, start_new_session=True
            )
            there.close()
            self._calls, self._session = 0, session
        self._calls += 1
        return self._pipe

    def end(self) -> int | None:
        """End the process, and with it whatever it began; how it ended."""
        process, self._process = self._process, None
        if self._pipe is not None:
            self._pipe.close()
            self._pipe = None
        if process is None:
            return None
        if process.poll() is None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
        return process.wait()

    @property
    def pid(self) -> int | None:
        """The process, while there is one."""
        return self._process.pid if self._process else None


def _ending(code: int | None) -> str:
    if code is not None and code < 0:
        with contextlib.suppress(ValueError):
            return signal.Signals(-code).name
    return f"exit code {code}"


# ------------------------------------------------------------------------------------------ in the process itself


class _Teller:
    """Says how far a call is, seldom enough; and ends this process when nobody hears it any more."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe, self._last = pipe, 0.0

    def __call__(self, *value: Any) -> None:
        if (now := time.monotonic()) - self._last >= _TELLS:
            self._last = now
            self._pipe.send(("told", value))


def _serve(pipe: Connection) -> None:
    """Carry out what comes, until nothing comes any more."""
    while True:
        try:
            call: Call = pipe.recv()
        except EOFError:
            return
        with _watched(pipe):
            try:
                answer: tuple[str, Any] = ("done", call(_Teller(pipe)))
            except YanceError as error:
                answer = ("raised", error)
            except Exception as error:  # noqa: BLE001 - it is the caller's to say what failed
                answer = ("raised", SuiteError(f"the suite itself failed: {type(error).__name__}: {error}"))
        pipe.send(answer)


@contextlib.contextmanager
def _watched(pipe: Connection) -> Any:
    """Meanwhile this process ends when the other end of the pipe does. A timer of the main thread looks, since a thread would forbid forks."""

    def look(*_: object) -> None:
        if os.getppid() != parent:
            os._exit(1)

    parent = os.getppid()
    before = signal.signal(signal.SIGALRM, look)
    signal.setitimer(signal.ITIMER_REAL, _TELLS, _TELLS)
    try:
        yield pipe
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


_OF_THREAD = threading.local()


def own_runner() -> Runner:
    """The runner of this thread."""
    if not hasattr(_OF_THREAD, "runner"):
        _OF_THREAD.runner = Runner()
    found: Runner = _OF_THREAD.runner
    return found


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        _serve(Connection(int(sys.argv[1])))
    except (BrokenPipeError, ConnectionResetError):
        sys.exit(1)
