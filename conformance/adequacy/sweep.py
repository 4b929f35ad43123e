"""All servers of a domain under the suite: who runs what, in which process, and how long it will take.

There are three kinds of work: a full run (the plain server first, since what it was asked shows what a fault can touch; then each
variant), a look at what some faults touch, and a run of a fault under the cases chosen for it. What is ready is handed out by kind
and, within a kind, the longest first, so that no process stands idle while another begins something long. Every worker loads the
spec and makes the plan once.
"""

from __future__ import annotations

import contextlib
import heapq
import multiprocessing
import os
import pickle
import signal
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import count
from typing import Any

from conformance import reference
from conformance.adequacy.attempts import Attempt, Stand, Terms, attempt, stand_for
from conformance.adequacy.reach import Trail, chosen, recorded, touched
from conformance.errors import SuiteError, UsageError, nearest
from conformance.model import Effort

__all__ = ["Standing", "Sweep", "attempts"]

_LOOK = 0.2  # of a full run: what it costs to see what one fault touches
_START = 0.02  # of a full run: what every run costs beside its requests
_GUESS = 0.25  # of a full run: what a fault is taken to cost until it is known
_AT_ONCE = 8  # faults that are looked at in one piece of work


@dataclass(frozen=True)
class Sweep:
    """What is to be run. `faults` and `variants` None: all that the stand's requirements have; `full`: every case on every server."""

    stand: Stand
    faults: tuple[str, ...] | None = None
    variants: tuple[str, ...] | None = None
    full: bool = False
    workers: int | None = None
    impostors: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        """Raises UsageError for a fault or variant that the domain's server does not have."""
        for kind, asked, known in (
            ("fault", self.faults, reference.faults(self.stand.domain)),
            ("variant", self.variants, reference.variants(self.stand.domain)),
            ("impostor", self.impostors, reference.impostors(self.stand.domain)),
        ):
            for name in asked or ():
                if name not in known:
                    raise UsageError(f"the reference server of {self.stand.domain} has no {kind} {name!r}{nearest(name, known)}")

    @property
    def named(self) -> bool:
        """Whether servers were named, so that no others are run."""
        return any(kind is not None for kind in (self.faults, self.variants, self.impostors))

    @property
    def selective(self) -> bool:
        """Whether faults are run under chosen cases only."""
        return bool(self.seeded) and not self.full

    @property
    def seeded(self) -> tuple[str, ...]:
        """The faults that are run, in the order of their definition: those that break a requirement of the stand."""
        kinds = reference.faults(self.stand.domain)
        asked = self.faults if self.faults is not None else () if self.named else kinds
        return tuple(name for name in kinds if name in asked and self.stand.declared(kinds[name]))

    @property
    def conforming(self) -> tuple[str, ...]:
        """The variants that are run, in the order of their definition."""
        known = reference.variants(self.stand.domain)
        asked = self.variants if self.variants is not None else () if self.named else known
        return tuple(name for name in known if name in asked)

    @property
    def posing(self) -> tuple[str, ...]:
        """The impostors that are run. A run of some requirements is never conformant, so it needs none, unless they are named."""
        known = reference.impostors(self.stand.domain)
        asked = self.impostors if self.impostors is not None else () if self.named or self.stand.terms.only else known
        return tuple(name for name in known if name in asked)

    def clears(self, one: Attempt) -> bool:
        """Whether the suite did with a server what it should. A screening need not catch everything; but it may fail nobody wrongly."""
        screening = self.stand.plan.effort is Effort.QUICK
        return one.sound or (screening and not (one.unexpected or one.errors or one.conformant))


@dataclass(frozen=True)
class Standing:
    """How far a sweep is: servers done of all, the share of the work that is done, and the seconds that the rest will take."""

    done: int
    total: int
    share: float
    seconds: float


@dataclass(order=True)
class _Work:
    """A piece of work; what is smaller goes first."""

    rank: int
    debit: float  # minus its cost in full runs
    number: int
    call: tuple[Any, ...] = field(compare=False)


@dataclass
class _Book:
    """What is ready to be handed out, what cannot be told yet, and what was spent until now."""

    sweep: Sweep
    workers: int
    ready: list[_Work] = field(default_factory=list)
    numbers: Iterator[int] = field(default_factory=count)
    servers: int = 0  # that are done
    unseen: int = 0  # faults of which it is not known yet what they touch
    known: list[float] = field(default_factory=list)  # what faults turned out to cost, in full runs
    paid: float = 0.0  # what is done, in full runs
    spent: float = 0.0  # and in seconds of all workers together

    def __post_init__(self) -> None:
        """Write down what can begin at once."""
        terms, looks = self.sweep.stand.terms, self.sweep.selective
        self.add(0, 1.0, _plain, terms, looks)
        for name in self.sweep.conforming:
            paced = reference.variants(terms.domain)[name].PACE > 0
            self.add(2, 1.5 if paced else 1.0, _run, terms, "", name, None)
        for name in self.sweep.posing:
            self.add(2, 0.5, _pose, terms, name)
        self.unseen = len(self.sweep.seeded) if looks else 0
        for name in self.sweep.seeded if not looks else ():
            self.add(3, 1.0, _run, terms, name, "", None)

    def add(self, rank: int, cost: float, *call: Any) -> None:
        """A piece of work is ready."""
        heapq.heappush(self.ready, _Work(rank, -cost, next(self.numbers), call))

    def enter(self, work: _Work, seconds: float, came: Any) -> Iterator[Attempt]:
        """Take a result in: the attempts that it is, and the work that it makes ready."""
        self.paid -= work.debit
        self.spent += seconds
        if isinstance(came, _Seen):
            self.unseen -= len(came.chosen)
            for name, (cases, share) in came.chosen.items():
                self.known.append(share + _START)
                self.add(3, share + _START, _run, self.sweep.stand.terms, name, "", cases)
            return
        found, trail = came
        self.servers += 1
        if trail:
            seeded = self.sweep.seeded
            for start in range(0, len(seeded), _AT_ONCE):
                names = seeded[start : start + _AT_ONCE]
                self.add(1, _LOOK * len(names), _look, self.sweep.stand.terms, trail, names)
        yield found

    def standing(self, under_way: Iterable[_Work]) -> Standing:
        """How far it is, and how long the rest will take at the pace until now."""
        total = 1 + len(self.sweep.conforming) + len(self.sweep.posing) + len(self.sweep.seeded)
        guess = sum(self.known) / len(self.known) if self.known else _GUESS
        looked_for = any(work.rank == 1 for work in (*self.ready, *under_way))
        hidden = self.unseen * (guess + (0.0 if looked_for else _LOOK))
        left = hidden - sum(work.debit for work in (*self.ready, *under_way))
        return Standing(self.servers, total, self.paid / (self.paid + left), left * self.spent / self.paid / self.workers)


def attempts(
    sweep: Sweep, *, listener: Callable[[Standing], None] = lambda _: None, elsewhere: Executor | None = None
) -> Iterator[Attempt]:
    """Every server of a sweep, as each is done. Whoever stops asking stops the work, too. `elsewhere`: who carries the work out in place of
    processes that are started here, as many at once as the sweep has workers.
    """
    workers = sweep.workers or os.cpu_count() or 1
    book = _Book(sweep, workers)
    under_way: dict[Future[Any], _Work] = {}
    with _workers(workers) if elsewhere is None else contextlib.nullcontext(elsewhere) as pool:
        while book.ready or under_way:
            while book.ready and len(under_way) <= workers:  # one more than there are workers, so that none waits for us
                work = heapq.heappop(book.ready)
                with _held():
                    under_way[pool.submit(_timed, *work.call)] = work
            finished = wait(under_way, return_when=FIRST_COMPLETED).done
            for future in sorted(finished, key=lambda one: under_way[one]):
                work = under_way.pop(future)
                yield from book.enter(work, *future.result())
                listener(book.standing(under_way.values()))


@contextlib.contextmanager
def _workers(number: int) -> Iterator[ProcessPoolExecutor]:
    """Processes that end with the sweep, however it ends."""
    others = multiprocessing.active_children()
    with ProcessPoolExecutor(max_workers=number, initializer=_begin) as pool:
        try:
            yield pool
        except BrokenProcessPool:
            raise SuiteError(
                "a worker of the sweep was ended from outside, for lack of memory perhaps; try fewer by --workers"
            ) from None
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)  # whoever interrupts it waits neither for the rest nor for what runs
            for worker in set(multiprocessing.active_children()) - set(others):
                worker.kill()
            raise


_ENDING = (signal.SIGINT, signal.SIGTERM)


@contextlib.contextmanager
def _held() -> Iterator[None]:
    """Whoever interrupts while a worker is started is heard after that: in the midst of a fork Python drops the exception."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _ENDING)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


# ------------------------------------------------------------------------------------------ in a worker

_stand = lru_cache(maxsize=1)(stand_for)


def _begin() -> None:
    """Ctrl-C reaches every process of a terminal; who started the sweep ends it, and its workers say nothing."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _ENDING)  # they were held while it was started


def _timed(call: Callable[..., Any], *arguments: Any) -> tuple[float, Any]:
    began = time.monotonic()
    came = call(*arguments)
    return time.monotonic() - began, came


def _plain(terms: Terms, looks: bool) -> tuple[Attempt, bytes]:
    """The plain server, with its trail where faults are to be looked at."""
    if not looks:
        return attempt(_stand(terms)), b""
    found, trail = recorded(_stand(terms))
    return found, pickle.dumps(trail)


def _run(terms: Terms, fault: str, variant: str, cases: frozenset[str] | None) -> tuple[Attempt, bytes]:
    return attempt(_stand(terms), fault, variant, cases=cases), b""


def _pose(terms: Terms, impostor: str) -> tuple[Attempt, bytes]:
    return attempt(_stand(terms), impostor=impostor), b""


@dataclass(frozen=True)
class _Seen:
    """For each fault the cases that were chosen, and their share of a full run's requests."""

    chosen: Mapping[str, tuple[frozenset[str], float]]


@lru_cache(maxsize=1)
def _trail(pickled: bytes) -> Trail:
    trail: Trail = pickle.loads(pickled)  # noqa: S301 - our own, from the process that runs the plain server
    return trail


def _look(terms: Terms, pickled: bytes, faults: tuple[str, ...]) -> _Seen:
    stand, trail = _stand(terms), _trail(pickled)
    requests = trail.requests
    found = {name: chosen(stand, trail, name, touched(stand, trail, name)) for name in faults}
    return _Seen(
        {name: (cases, sum(requests[case] for case in cases) / max(1, requests.total())) for name, cases in found.items()}
    )
