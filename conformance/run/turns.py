"""Whose turn it is: the order in which cases touch the same things, and how many are under way at once.

    Line        a case waits for every earlier one that changes what it reads, or reads what it changes; that two change the same is
                no reason to wait, where neither needs it quiet. A case that pauses apart
                leaves its place in the line, so that those behind it go on, and joins it again at the end
    urgency     how long a chain of others waits for a case
    Places      so many cases at once; a place that becomes free goes to the most urgent one, and those that write are not held up

Whom a case waits for follows from the plan, and for whoever joins again from the order in which the line was gone through, which is
the plan's as well. So whoever needs a resource family quiet comes to it in the same order at every concurrency.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
from collections.abc import Collection, Mapping, Sequence

from conformance.model import Case

__all__ = ["Line", "Places", "urgency"]

_AS_LONG = 2  # a case that writes asks about so many times as much as another: it makes something first, and undoes it
_BUSY = 2  # others beside a case that writes with which a target always has something to do


class Line:
    """Tickets for cases, by the resource families that they read and write. `earlier` are the tickets that each waits for."""

    def __init__(self) -> None:
        self.earlier: list[list[int]] = []
        self._names: list[str] = []  # of the cases that hold the tickets
        self._over: list[asyncio.Event] = []
        self._holder: dict[str, int] = {}
        self._writers: dict[str, list[int]] = {}
        self._readers: dict[str, list[int]] = {}

    def join(self, case: Case) -> None:
        """Stand at the end: behind those that change what the case needs quiet, and those that need quiet what it changes."""
        ticket = len(self._over)
        waits = set[int]()
        for name in case.reads:
            waits.update(self._writers.get(name, ()))
        for name in case.writes:
            waits.update(self._readers.get(name, ()))
        for name in case.reads & case.writes:  # all before are waited for, so whoever comes after waits for this one alone
            self._readers[name], self._writers[name] = [], []
        for name in case.reads:
            self._readers.setdefault(name, []).append(ticket)
        for name in case.writes:
            self._writers.setdefault(name, []).append(ticket)
        self.earlier.append(sorted(waits))
        self._names.append(case.id)
        self._over.append(asyncio.Event())
        self._holder[case.id] = ticket

    async def turn(self, case: Case) -> None:
        """Wait for the case's turn."""
        for other in self.earlier[self._holder[case.id]]:
            await self._over[other].wait()

    def ahead(self, case: Case) -> str:
        """The first case that this one still waits for; empty when its turn has come."""
        waits = self.earlier[self._holder[case.id]]
        return next((self._names[other] for other in waits if not self._over[other].is_set()), "")

    def leave(self, case: Case) -> None:
        """Let those go on that wait for the case."""
        self._over[self._holder[case.id]].set()


def urgency(earlier: Sequence[Sequence[int]]) -> list[int]:
    """For each ticket the length of the longest chain of others that wait for it, one after another."""
    found = [0] * len(earlier)
    for index in reversed(range(len(earlier))):
        for other in earlier[index]:
            found[other] = max(found[other], found[index] + 1)
    return found


class Places:
    """So many cases may be under way at once; a place that becomes free goes to the most urgent case that waits for one.

    Cases that write mostly come one after another, so the time of a run is theirs. While one of them is under way, others have half of the
    places at most, and mostly fewer: a target that has less to answer at once answers it sooner, and who does not write keeps it busy
    until the last writer ends, which would leave it idle half of the time if it went alone. `reading` is how many cases do not write.
    """

    def __init__(self, count: int, urgency: Mapping[str, int], writing: Collection[str] = (), reading: int = 0) -> None:
        self._count, self._urgency, self._writing = count, urgency, frozenset(writing)
        self._to_come = {True: len(self._writing), False: reading}  # by whether the case writes, as all that follows
        self._taken: dict[bool, set[str]] = {True: set(), False: set()}
        self._waiting: dict[bool, list[tuple[int, int, str, asyncio.Future[None]]]] = {True: [], False: []}
        self._order = itertools.count()

    def _free(self, writes: bool) -> bool:
        """Whether there is a place for a case that writes, or for another."""
        most = self._count if writes or not self._taken[True] else self._beside()
        return sum(map(len, self._taken.values())) < self._count and (writes or len(self._taken[False]) < most)

    def _beside(self) -> int:
        """How many others may go beside a case that writes, so that both kinds end at about the same time."""
        lasting = _AS_LONG * max(1, self._to_come[True])
        return max(1, min(self._count // 2, max(_BUSY, -(-self._to_come[False] // lasting))))

    async def take(self, case: str) -> None:
        """Wait for a place."""
        writes = case in self._writing
        if self._free(writes) and not self._waiting[writes]:
            self._taken[writes].add(case)
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting[writes], (-self._urgency.get(case, 0), next(self._order), case, turn))
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self.give(case)
            raise

    def give(self, case: str) -> None:
        """Leave a place to the next: to one that writes, if any waits. A case whose turn has just come is given the time to ask."""
        self._taken[case in self._writing].discard(case)
        asyncio.get_running_loop().call_soon(self._hand_out)

    def leave(self, case: str) -> None:
        """Leave a place, if the case has one, and ask for none again."""
        self._to_come[case in self._writing] -= 1
        self.give(case)

    def _hand_out(self) -> None:
        for writes in (True, False):
            waiting = self._waiting[writes]
            while waiting and self._free(writes):
                _, _, case, turn = heapq.heappop(waiting)
                if not turn.done():  # cancelled while it waited
                    self._taken[writes].add(case)
                    turn.set_result(None)
