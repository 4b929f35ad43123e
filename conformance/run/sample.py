"""The control sample of a challenged run: reads that it had asked, asked again when it is over, also as somebody else.

Whoever answers the suite by the book and others as it likes has to know who asks. So a few reads, chosen by the seed of those that were
answered, are asked again by two identities: the run's own, and another one with a user agent, spelling and order of headers of its own, over
other connections. Both follow from the seed, and so does the order in which they take turns. What the answers show is judged in
`verdict/identities.py`; as long as a difference stands, it is asked for again after a while, up to six times in all.

Everything that is sent is evidence, under the case `control/sample`, and follows from the evidence before it: `retrace` asks it again.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from itertools import count

from conformance.evidence import Record
from conformance.model import Case, Exchange, Guise, Inputs, Plan, Request, Spec
from conformance.model.chance import chance_of
from conformance.run.pump import prepared
from conformance.verdict.identities import OTHER, OWN, PLAIN, ROUNDS, SAMPLE, open_reads

__all__ = ["PAUSE", "another", "ask_sample", "chosen", "sample_case"]

MOST_READS, MOST_OF_ONE = 12, 2  # in all, and of one operation
PAUSE = 2.0  # seconds between two rounds
# The other's requests stand between its own, or the other way round, so that neither a clock nor a server that behaves by turns makes a
# difference; a fifth request now and then lets the next round begin at another turn.
_ORDERS = ((OWN, OTHER, OTHER, OWN), (OTHER, OWN, OWN, OTHER))
_MORE = ((), (OWN,), (OTHER,))

Send = Callable[[Request, str], Awaitable[Exchange]]


def another(guise: Guise) -> Guise:
    """The other identity: another client than the run's own."""
    drawn = (hashlib.sha256(f"{guise.seed}/another/{nth}".encode()).digest() for nth in count(1))
    return next(one for digest in drawn if (one := Guise(int.from_bytes(digest[:6]) + 2)).client != guise.client)


def sample_case(plan: Plan) -> Case:
    """The case under which the sample is recorded."""
    return Case(SAMPLE, "", "", "", {}, Inputs(plan.seed, guise=Guise(plan.seed)), frozenset(), frozenset(), "case")


def chosen(plan: Plan, spec: Spec, records: Iterable[Record]) -> dict[str, Request]:
    """The reads of the sample by name, of those that were answered: first of cases that only read, since what others made is gone by then. A
    pure function of the records.
    """
    guise, writing = Guise(plan.seed), {case.id: bool(case.writes) for case in plan.cases}
    known: tuple[dict[str, Request], dict[str, Request]] = ({}, {})
    for one in records:
        if isinstance(one, Exchange) and one.case in writing and _is_plain(one, spec, guise):
            asked = one.request
            known[writing[one.case]].setdefault(f"{asked.operation} {asked.actor} {asked.target}", asked)
    of_one, found = Counter[str](), dict[str, Request]()
    for reads in known:
        for name in guise.ordered(reads, lambda name: f"sample/{name}"):
            asked = reads[name]
            if of_one[asked.operation] < MOST_OF_ONE and len(found) < MOST_READS and asked not in found.values():
                of_one[asked.operation] += 1
                plain = "{" not in spec.operations[asked.operation].path and not asked.query
                found[f"{PLAIN if plain else 'read'}-{len(found) + 1}"] = asked
    return found


async def ask_sample(
    spec: Spec, guise: Guise, reads: dict[str, Request], send: Send, wait: Callable[[], Awaitable[None]]
) -> None:
    """Ask the reads in turn, and again what is found to differ. `send` sends a request as one of the two and gives back what was recorded."""
    who_asks = {OWN: guise, OTHER: another(guise)}
    came: list[Exchange] = []
    left: Iterable[str] = reads
    for nth in range(1, ROUNDS + 1):
        for name in left:
            chance = chance_of(guise.seed, "sample", name, nth)
            for who in (*chance.choice(_ORDERS), *chance.choice(_MORE)):
                asked = _bare(reads[name]).with_step(f"{name} {nth} {who}")
                came.append(await send(prepared(spec, asked, who_asks[who]), who))
        left = open_reads(came)
        if not left:
            return
        if nth < ROUNDS:
            await wait()


def _is_plain(one: Exchange, spec: Spec, guise: Guise) -> bool:
    """Whether an exchange is a read like anybody's: as its operation is asked, with no header of its own, and answered with JSON."""
    asked, operation = one.request, spec.operations.get(one.request.operation)
    hidden = any(str(mark.get("where", "")).startswith("/request") for mark in one.attributes.get("redactions", ()))
    if operation is None or (asked.method, operation.method) != ("GET", "GET") or one.status != 200 or hidden:
        return False
    if asked.actor not in (None, "a", "b") or one.attributes.get("guise") or one.response is None or not one.response.is_json:
        return False
    return prepared(spec, _bare(asked), guise).headers == asked.headers


def _bare(request: Request) -> Request:
    return request.with_header("Accept", None)
