"""Time as the runner and the wire see it, so that a test may run an hour of polling in a moment.

    SystemClock     the machine's: `now` is Unix time, `sleep` waits
    VirtualClock    stands still while anything can run, and jumps to the earliest sleeper when nothing else can

With a virtual clock the reference server takes `clock=virtual.now`, so both sides agree about the time. It sees what runs on
the event loop, not sockets and threads: use it with in-process servers (`httpx.ASGITransport`), the system's with real ones.
"""

from __future__ import annotations

import asyncio
import time
from heapq import heappop, heappush
from itertools import count
from typing import Protocol

__all__ = ["Clock", "SystemClock", "VirtualClock"]

_ROUNDS_WITHOUT_SIGHT = 100  # turns of a foreign event loop after which it is taken to be idle


class Clock(Protocol):
    """What tells the time and lets it pass."""

    def now(self) -> float:
        """Seconds since the Unix epoch."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Return after `seconds` of this clock; at once, but after a turn of the event loop, when that is not positive."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> float:
        """Seconds since the Unix epoch."""
        return time.time()

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await asyncio.sleep(max(0.0, seconds))


class VirtualClock:
    """A clock that moves only by being slept on. Sleepers wake one at a time, earliest first, in order of arrival when equal."""

    def __init__(self, start: float = 0.0) -> None:
        self._now = start
        self._order = count()
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self._watching = False
        self._rounds = 0

    def now(self) -> float:
        """Seconds since the Unix epoch."""
        return self._now

    async def sleep(self, seconds: float) -> None:
        """Let others run; when none can, and this sleeper is the earliest, time jumps to its end."""
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        loop = asyncio.get_running_loop()
        awake: asyncio.Future[None] = loop.create_future()
        heappush(self._sleepers, (self._now + seconds, next(self._order), awake))
        if not self._watching:
            self._watching, self._rounds = True, 0
            loop.call_soon(self._watch, loop)
        await awake

    def _watch(self, loop: asyncio.AbstractEventLoop) -> None:
        if self._others_can_run(loop):
            loop.call_soon(self._watch, loop)
            return
        self._rounds = 0
        while self._sleepers:
            due, _, awake = heappop(self._sleepers)
            if not awake.done():  # done already: its task was cancelled
                self._now = max(self._now, due)
                awake.set_result(None)
                break
        self._watching = bool(self._sleepers)
        if self._watching:
            loop.call_soon(self._watch, loop)

    def _others_can_run(self, loop: asyncio.AbstractEventLoop) -> bool:
        # asyncio's own loops keep what can run in `_ready`, and nothing public tells; another loop is given many turns instead.
        ready = getattr(loop, "_ready", None)
        if ready is not None:
            return len(ready) > 0
        self._rounds += 1
        return self._rounds <= _ROUNDS_WITHOUT_SIGHT
