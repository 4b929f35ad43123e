"""Which cases a fault can touch, seen and not guessed.

The plain server is run once under the whole plan, and what it was asked is kept: each request, at its virtual moment, with the case
that sent it and a digest of the answer (`Trail`). A faulty server is then asked the same, in the same order and at the same moments,
by its own door, which costs a tenth of driving and judging; and what cannot bring the fault out is not even asked (`uses`). As long as
its answers are the same to the byte, the run on it would be the same run; so the cases that can come out differently are those that are
given another answer somewhere. State is in that: what an earlier write did wrong shows in later answers, whoever asks.

What this cannot see, a sweep drives all the same: the cases of the requirements that the fault declares; cases that send several
requests at once, since the trail is walked one by one; and a sample of the rest that another fault each time draws, so that a sweep
over all faults draws each case several times. That the verdicts are those of a full sweep is tested.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections import Counter
from collections.abc import Callable, Coroutine, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, TypeVar

from conformance import reference
from conformance.adequacy.attempts import START, Attempt, Stand, attempt, bounded
from conformance.adequacy.uses import noting, replaced, same, state
from conformance.clock import VirtualClock
from conformance.model import Exchange, Request
from conformance.wire import Wire

__all__ = ["Trail", "answered_otherwise", "chosen", "recorded", "touched", "watched"]

Result = TypeVar("Result")

SAMPLED = 3  # how often, at least, a sweep over all faults draws each case
_COUNTER = re.compile(rb"\br=[0-9]+")  # in RateLimit
_NOT_KEPT = ("app", "state", "extensions")  # of a scope: what a server puts there for itself, and what cannot be sent to a worker
_case: ContextVar[str] = ContextVar("case", default="")


@dataclass(frozen=True)
class Asked:
    """One request of the plain server's run: who sent it, when, and the digest of what was answered.

    `called` are the methods that it made use of, and `changed` says whether it changed what the server keeps. `first` is the place of
    an earlier request that was the same, at the same moment and in the same state of the server; its own where there is none.
    """

    case: str
    at: float
    scope: Mapping[str, Any]
    body: bytes
    answer: bytes
    called: frozenset[str] = frozenset()
    changed: bool = True
    first: int = -1

    @property
    def question(self) -> tuple[Any, ...]:
        """What was asked, and when."""
        scope = self.scope
        return (self.at, scope["method"], scope["raw_path"], scope["query_string"], tuple(scope["headers"]), self.body)


@dataclass(frozen=True)
class Trail:
    """What the plain server was asked under a whole plan. `racing` are the cases that sent several requests at once.

    `begun` are the methods that the server made use of before it was asked anything; None: its calls were not noted.
    """

    asked: tuple[Asked, ...]
    racing: frozenset[str]
    begun: frozenset[str] | None = None

    @property
    def requests(self) -> Counter[str]:
        """How many requests each case sent."""
        return Counter(one.case for one in self.asked)


@dataclass
class _Spy:
    """Stands before the application and keeps what comes by."""

    app: Any
    clock: VirtualClock
    asked: list[Asked]

    async def __call__(self, scope: Mapping[str, Any], receive: Any, send: Any) -> None:
        at, place = self.clock.now(), len(self.asked)
        kept = {key: value for key, value in scope.items() if key not in _NOT_KEPT}
        body = await _body(receive)
        self.asked.append(Asked(_case.get(), at, kept, body, b""))
        digest = _Digest()

        async def pass_on(message: Mapping[str, Any]) -> None:
            digest.take(message)
            await send(message)

        await self.app(scope, _handing(body), pass_on)
        self.asked[place] = replace(self.asked[place], answer=digest.value)


class _Digest:
    """The digest of an answer: its status, its header as it came, its body however it was cut.

    What remains of a quota is left out: it counts requests, so that one that is admitted or not shifts it in all later answers.
    """

    def __init__(self) -> None:
        self._hash = hashlib.blake2b(digest_size=12)

    def take(self, message: Mapping[str, Any]) -> None:
        """Take in a message of the server."""
        if message["type"] == "http.response.start":
            header = [
                (name, _COUNTER.sub(b"r=", value) if b"r=" in value else value) for name, value in message.get("headers", ())
            ]
            self._hash.update(repr((message["status"], header)).encode())
        else:
            self._hash.update(message.get("body", b""))

    @property
    def value(self) -> bytes:
        """The digest of what has come so far."""
        return self._hash.digest()


async def _body(receive: Any) -> bytes:
    body, more = b"", True
    while more:
        message = await receive()
        body, more = body + message.get("body", b""), message.get("more_body", False)
    return body


def _handing(body: bytes) -> Any:
    async def receive() -> Mapping[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    return receive


class _Telling(Wire):
    """A wire that lets the spy know whose request it carries, and notes who has several under way."""

    def __init__(self, *settings: Any, racing: set[str], **named: Any) -> None:
        super().__init__(*settings, **named)
        self._racing, self._under_way = racing, Counter[str]()

    def send(self, request: Request, *, case: str, **named: Any) -> Coroutine[Any, Any, Exchange]:
        """Send it as every wire does. What is asked for at once is counted when it is asked for: it may be answered in turn."""
        self._under_way[case] += 1
        if self._under_way[case] > 1:
            self._racing.add(case)
        return self._sent(request, case, named)

    async def _sent(self, request: Request, case: str, named: Mapping[str, Any]) -> Exchange:
        mark = _case.set(case)
        try:
            return await super().send(request, case=case, **named)
        finally:
            _case.reset(mark)
            self._under_way[case] -= 1


def watched(run: Callable[[Callable[[Any, VirtualClock], Any], Callable[..., Wire]], Result]) -> tuple[Result, Trail]:
    """What a run comes to, and what its server was asked meanwhile. `run` is given what stands before the server, and its wire."""
    asked: list[Asked] = []
    racing: set[str] = set()
    came = run(lambda app, clock: _Spy(app, clock, asked), partial(_Telling, racing=racing))
    return came, Trail(tuple(asked), frozenset(racing))


def recorded(stand: Stand) -> tuple[Attempt, Trail]:
    """The attempt on the plain server, and what it was asked meanwhile."""
    spied, trail = watched(lambda spy, wire: attempt(stand, spy=spy, wire=wire))
    return spied, _with_uses(stand, trail)


def _with_uses(stand: Stand, trail: Trail) -> Trail:
    """The trail with what each request makes use of: the plain server is asked all of it again, one by one, and its calls are noted."""
    now, called = START, set[str]()
    server = reference.server(stand.domain, clock=lambda: now, made_of=lambda kind: noting(kind, called))
    begun = frozenset(called)

    async def walk() -> list[Asked]:
        nonlocal now
        found, alike, before = [], dict[frozenset[str], frozenset[str]](), state(server)
        places = dict[tuple[Any, ...], int]()
        for place, one in enumerate(trail.asked):
            now = one.at
            called.clear()
            await _answer(server, one)
            made, after = frozenset(called), state(server)
            changed = not same(before, after)
            before = after
            if changed:
                places.clear()
            first = place if changed else places.setdefault(one.question, place)
            found.append(replace(one, called=alike.setdefault(made, made), changed=changed, first=first))
        return found

    return Trail(tuple(asyncio.run(walk())), trail.racing, begun)


def touched(stand: Stand, trail: Trail, fault: str) -> frozenset[str]:
    """The cases that a faulty server gives another answer than the plain one gave; all of them when it does not come to an end."""
    now = START
    server = reference.server(stand.domain, fault=fault, clock=lambda: now)
    own = replaced(reference.faults(stand.domain)[fault], reference.plain(stand.domain))

    async def walk() -> frozenset[str]:
        nonlocal now
        otherwise = set[int]()
        apart = own is None or trail.begun is None or bool(own & trail.begun)  # whether its state can be another one
        for place, one in enumerate(trail.asked):
            uses = not apart and own is not None and not own.isdisjoint(one.called)
            if uses and one.first in otherwise:
                otherwise.add(place)
            if not (apart or one.changed or (uses and one.first == place)):
                continue
            now, before = one.at, state(server) if uses else []
            if await _answer(server, one) != one.answer:
                otherwise.add(place)
            apart = apart or (uses and (one.changed or not same(before, state(server))))
        return frozenset(trail.asked[place].case for place in otherwise)

    found = bounded(stand.terms.bounds.cpu, lambda: asyncio.run(walk()))
    return frozenset(trail.requests) if found is None else found


def answered_otherwise(trail: Trail, server: Callable[[Callable[[], float]], Any], cpu: float) -> frozenset[str]:
    """The cases that any server, made for a clock, answers otherwise than a trail; all when it takes more seconds of CPU time."""
    now = START
    application = server(lambda: now)

    async def walk() -> frozenset[str]:
        nonlocal now
        found = set()
        for one in trail.asked:
            now = one.at
            if await _answer(application, one) != one.answer:
                found.add(one.case)
        return frozenset(found)

    found = bounded(cpu, lambda: asyncio.run(walk()))
    return frozenset(trail.requests) if found is None else found


async def _answer(server: Any, asked: Asked) -> bytes:
    digest = _Digest()

    async def send(message: Mapping[str, Any]) -> None:
        digest.take(message)

    try:
        await server(dict(asked.scope), _handing(asked.body), send)
    except Exception:  # noqa: BLE001 - a server that breaks down has answered otherwise, however it does
        return b""
    return digest.value


def chosen(stand: Stand, trail: Trail, fault: str, seen: frozenset[str]) -> frozenset[str]:
    """The cases to drive on a fault that was `seen` to touch some: those, what it declares, those that race, and its sample."""
    kinds = reference.faults(stand.domain)
    broken = {*kinds[fault].BREAKS, *kinds[fault].ALSO}
    known = [case.id for case in stand.driven]
    declared = {case.id for case in stand.driven if case.requirement in broken}
    return frozenset(known) & (
        seen | declared | trail.racing | _sample(known, stand.plan.seed, list(kinds).index(fault), len(kinds))
    )


def _sample(cases: Sequence[str], seed: int, place: int, faults: int) -> frozenset[str]:
    """The cases that fall to the fault at a place among the domain's faults: the next ones of a shuffled round of all."""
    each = -(-SAMPLED * len(cases) // faults)
    order = sorted(cases, key=lambda name: hashlib.sha256(f"{seed}/{name}".encode()).digest())
    return frozenset(order[number % len(order)] for number in range(place * each, (place + 1) * each)) if order else frozenset()
