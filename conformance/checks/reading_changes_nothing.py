"""Reading has no observable effect: asking again and again, with GET or HEAD, finds everything as it was.

Why: caches, crawlers, retries and monitoring read as often as they like; a reading that books, counts or dates something makes data
depend on who looks.

A resource that the suite made itself has to stay the same in every reading, of itself and of the list that shows it. Other data may change by themselves meanwhile; there an
effect is assumed only when every single one of five readings shows something else, times of day and marks of the request aside.

Fails when: a resource of our own differs between two readings with nothing but readings in between, or other data differ in all of
them.
Inconclusive when: fewer than four readings were answered with success.
Source: RFC 9110 section 9.2.1.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

from conformance import given, pointer
from conformance.checks._example import exchange, numbered
from conformance.checks._own import known_recipe, lapsed
from conformance.checks._reading import request_marks
from conformance.dialect import Dialect, instant
from conformance.model import Examples, Exchange, Finding, Inputs, Operation, Pause, Request, Script, Touches, Witness

TOUCHES = Touches.READS
STOCKS = True
READ, HEAD, OWN = "read", "head", "one of our own"
_LEAST = 4

MESSAGES = {
    "effect": {
        "en": "between two readings nothing else was asked, yet {at} was {expected} and became {actual}",
        "zh-Hant": "兩次讀取之間沒有其他請求，{at} 卻由 {expected} 變為 {actual}",
    },
}


def drive(operation: Operation, inputs: Inputs, dialect: Dialect) -> Script:
    """Two readings, a HEAD, three more readings; where a list of our own things is read, one of them is read before and after."""
    known = known_recipe(operation)
    own = None
    if known is not None and operation.id == known[1].get("list"):
        own = yield from given.created(operation.spec, known[0], inputs, dialect)
        yield Pause(1.0)  # what is dated anew by a reading differs only if time has passed
        yield given.read(operation.spec, own, step=OWN)
        yield given.read(operation.spec, own, step=OWN)
    request: Request = yield from given.ready(operation, inputs, dialect)
    for step in (READ, READ, HEAD, READ, READ, READ):
        yield request.with_step(step) if step == READ else replace(request, method="HEAD", step=step)
    if own is not None:
        yield given.read(operation.spec, own, step=OWN)


def judge(
    operation: Operation, trace: Sequence[Exchange], dialect: Dialect, *, ignore: Sequence[str] = ()
) -> Iterator[Finding | Witness]:
    """One witness. `ignore` names (as pointers into an answer) what the source itself counts down while it is read."""
    reads = [one for one in trace if one.step == READ and one.ok]
    if len(reads) < _LEAST:
        return
    yield Witness(tuple(one.number for one in reads), operation.id)
    ignore = [*ignore, *(pointer.join(name) for name in request_marks(operation, reads))]
    faces = [_face(operation, one, ignore, dialect) for one in reads]
    changes = [(a, b) for (a, fa), (b, fb) in pairwise(zip(reads, faces, strict=True)) if fa != fb]
    known = known_recipe(operation)
    if known is not None and operation.id == known[1]["read"]:
        changes = [(a, b) for a, b in changes if not lapsed(operation.spec, known[0], a.json, b.json)]
        suspicious = bool(changes)
    else:
        suspicious = len(changes) == len(reads) - 1
    if suspicious:
        yield _difference(operation, *changes[0], ignore, dialect)
    yield from _own(operation, trace, dialect)


def _own(operation: Operation, trace: Sequence[Exchange], dialect: Dialect) -> Iterator[Finding]:
    """A thing of our own that stayed the same when it was read itself, and changed while the list was read."""
    known = known_recipe(operation)
    own = [one for one in trace if one.step == OWN and one.ok]
    if known is None or len(own) < 3:
        return
    first, second, third = own
    if first.json == second.json != third.json and not lapsed(operation.spec, known[0], second.json, third.json):
        yield _difference(operation.spec.operations[known[1]["read"]], second, third, (), dialect)


def _difference(operation: Operation, a: Exchange, b: Exchange, ignore: Sequence[str], dialect: Dialect) -> Finding:
    before, after = _face(operation, a, ignore, dialect), _face(operation, b, ignore, dialect)
    at = next(iter(sorted(key for key in {*before, *after} if before.get(key) != after.get(key))), "/")
    return Finding("effect", (a.number, b.number), before.get(at, "absent"), after.get(at, "absent"), at)


def _face(operation: Operation, one: Exchange, ignore: Sequence[str], dialect: Dialect) -> Mapping[str, str]:
    """What an answer says, by pointer: the items of a collection or the whole; of public data without times, which live data carry."""
    left_out = {where for pattern in ignore for where, _ in pointer.resolve(one.json, pattern)}
    where = dialect.items_pointer(operation) if operation.collection else ""
    document = pointer.first(one.json, where)
    return {
        at: json.dumps(value, ensure_ascii=False)
        for at, value in _leaves(document, where)
        if (operation.secured or instant(value) is None) and not any(at == out or at.startswith(out + "/") for out in left_out)
    }


def _leaves(node: Any, here: str) -> Iterator[tuple[str, Any]]:
    members = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else None
    if not members:
        yield here or "/", node
        return
    for key, member in members:
        yield from _leaves(member, here + pointer.join(key))


def _reads(name: str, *sizes: int) -> list[Exchange]:
    line = "GET /things" if name == "listThings" else "GET /things/t1"
    things = [{"thingId": "t1", "size": size, "updatedAt": f"2025-06-12T08:30:{at:02d}Z"} for at, size in enumerate(sizes)]
    bodies: list[Any] = [{"items": [thing]} if name == "listThings" else thing for thing in things]
    return numbered(*(exchange(line, 200, body, name=name, step=READ) for body in bodies))


def _own_thing(size: int) -> Exchange:
    return exchange("GET /things/t1", 200, {"thingId": "t1", "state": "NEW", "size": size}, name="getThing", step=OWN, actor="a")


EXAMPLES = Examples(
    operation="listThings",
    conforms=[
        _reads("listThings", 1, 1, 1, 1, 1),
        _reads("listThings", 1, 1, 2, 3, 4),
    ],
    violates=[
        _reads("listThings", 1, 2, 3, 4, 5),
        numbered(_own_thing(1), _own_thing(1), *_reads("listThings", 1, 1, 1, 1, 1), _own_thing(2)),
    ],
    inconclusive=[[], _reads("listThings", 1, 2, 3)],
)
