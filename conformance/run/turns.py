"""Whose turn it is: the order in which cases touch the same things, and how many are under way at once.

    Line        a case waits for every one before it that changes what it reads, or reads what it changes; that two change the same is
                no reason to wait, where neither needs it quiet. It has three parts (`Part`), one before the other. A case that pauses
                apart leaves its place, so that those behind it go on, and joins its part again: at the end of those at the front, else
                behind as many as are likely to have their turns meanwhile
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
from enum import IntEnum
from math import ceil

from conformance.model import Case, Pause

__all__ = ["Line", "Part", "Places", "urgency"]

_AS_LONG = 2  # a case that writes asks about so many times as much as another: it makes something first, and undoes it
_BUSY = 2  # others beside a case that writes with which a target always has something to do
_MEANWHILE = 3  # cases in a second that need the same things quiet, one after another


class Part(IntEnum):
    """The parts of the line."""

    READING = 0  # those that change nothing
    FRONT = 1  # those that nobody disturbs, and those that leave things of their own to time
    REST = 2
    LAST = 3  # those after which others might be turned away


class Line:
    """Tickets for cases, by the resource families that they read and write. `earlier` are the tickets that each waits for."""

    def __init__(self) -> None:
        self.earlier: list[list[int]] = []
        self._cases: list[Case] = []  # that hold the tickets
        self._over: list[asyncio.Event] = []
        self._passed: list[int] = []  # by ticket, how many of those that it waits for are known to be over: nobody comes back
        self._holder: dict[str, int] = {}
        self._parts: dict[Part, list[int]] = {part: [] for part in Part}  # their tickets
        self._kinds: dict[tuple[frozenset[str], frozenset[str]], int] = {}  # of cases, by what they read and write
        self._others: list[set[int]] = []  # by kind, the kinds that go before or after it
        self._kind_of: list[int] = []  # by ticket
        self._again: set[int] = set()  # those with which a case joined again

    def join(self, case: Case, part: Part = Part.REST) -> None:
        """Stand at the end of a part: behind those that change what the case needs quiet, and those that need quiet what it changes."""
        self._stand(case, part, len(self._parts[part]))

    def pause(self, case: Case, pause: Pause) -> None:
        """Leave the place for a while, and join again. Whoever leaves nothing to time any more joins the rest."""
        ticket = self._holder[case.id]
        self.leave(case)
        self._again.add(len(self._over))
        part = next(part for part, tickets in self._parts.items() if ticket in tickets)
        if part is Part.FRONT and not pause.still:
            self.join(case, part)
        elif part is Part.FRONT:
            self._stand(case, Part.REST, self._behind(case, Part.REST, -1, pause.seconds))
        else:
            self._stand(case, part, self._behind(case, part, self._parts[part].index(ticket), pause.seconds))

    def _behind(self, case: Case, part: Part, place: int, seconds: float) -> int:
        """The place behind those that are likely to have their turns within so many seconds, one after another. Only first tickets are
        counted, and whoever joined again there before stays in front.
        """
        tickets = self._parts[part]
        count = max(1, ceil(seconds * _MEANWHILE))
        passing = (
            one for one in range(place + 1, len(tickets)) if tickets[one] not in self._again and self._lasts(case, tickets[one])
        )
        found = next(itertools.islice(passing, count - 1, None), None)
        if found is None:
            return len(tickets)
        return next((one for one in range(found + 1, len(tickets)) if tickets[one] not in self._again), len(tickets))

    def _stand(self, case: Case, part: Part, place: int) -> None:
        """Stand at a place of a part."""
        ticket, kind = len(self._over), self._kind(case)
        apart, kind_of = self._others[kind], self._kind_of
        before = [one for other in Part if other < part for one in self._parts[other]] + self._parts[part][:place]
        after = self._parts[part][place:] + [one for other in Part if other > part for one in self._parts[other]]
        self.earlier.append([one for one in before if kind_of[one] in apart])
        for one in after:
            if kind_of[one] in apart:
                self.earlier[one].append(ticket)
        self._parts[part].insert(place, ticket)
        self._cases.append(case)
        self._kind_of.append(kind)
        self._over.append(asyncio.Event())
        self._passed.append(0)
        self._holder[case.id] = ticket

    def _kind(self, case: Case) -> int:
        """The kind of a case by what it reads and writes: of hundreds of cases there are some dozen kinds, so they alone are compared."""
        known = self._kinds.get((case.reads, case.writes))
        if known is not None:
            return known
        kind = self._kinds[case.reads, case.writes] = len(self._kinds)
        self._others.append(set())
        for (reads, writes), other in self._kinds.items():
            if not (case.reads.isdisjoint(writes) and case.writes.isdisjoint(reads)):
                self._others[kind].add(other)
                self._others[other].add(kind)
        return kind

    def _apart(self, case: Case, ticket: int) -> bool:
        """Whether a case and the one that holds a ticket have to go one after the other."""
        return self._kind_of[ticket] in self._others[self._kind(case)]

    def _lasts(self, case: Case, ticket: int) -> bool:
        """Whether the one that holds a ticket goes before or after a case, and alone."""
        other = self._cases[ticket]
        return bool(other.reads and other.writes) and self._apart(case, ticket)

    async def turn(self, case: Case) -> None:
        """Wait for the case's turn."""
        for other in self.earlier[self._holder[case.id]]:  # it may grow meanwhile
            await self._over[other].wait()

    def ahead(self, case: Case) -> str:
        """The first case that this one still waits for; empty when its turn has come."""
        ticket = self._holder[case.id]
        waits, over = self.earlier[ticket], self._over
        for place in range(self._passed[ticket], len(waits)):
            if not over[waits[place]].is_set():
                self._passed[ticket] = place
                return self._cases[waits[place]].id
        self._passed[ticket] = len(waits)
        return ""

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
