"""Reading has no observable effect: asking again and again, with GET or HEAD, finds everything as it was.

Why: caches, crawlers, retries and monitoring read as often as they like; a reading that books, counts or dates something makes data
depend on who looks.

A resource that the suite made itself has to stay the same in every reading, of itself and of the list that shows it. Other data
may change by themselves meanwhile; there an effect is assumed only when one and the same member, times of day and marks of the request
aside, has another value in every single one of the readings, and these came so soon one after the other that no source changes it as
often.

Fails when: a resource of our own differs between two readings with nothing but readings in between, or a member of other data
differs in all of them.
Inconclusive when: fewer than five readings were answered with success, or a member differed in all of them and they took too long.
Source: RFC 9110 section 9.2.1.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

from conformance import given
from conformance.checks._example import exchange, numbered
from conformance.checks._own import known_recipe, lapsed
from conformance.checks._probes import complete
from conformance.checks._reading import request_marks
from conformance.interface.dialect import Dialect, instant
from conformance.model import Examples, Exchange, Finding, Inputs, Operation, Pause, Request, Script, Touches, Witness
from conformance.text import pointer

TOUCHES = Touches.READS
ASKS = 7
STOCKS = True
READ, HEAD, OWN, AT_ONCE = "read", "head", "one of our own", "read at once"
_LEAST = 5

ABOUT = """讀取沒有可觀察之影響：以 GET 或 HEAD 再三查詢，一切均與先前相同。
緣由：快取、爬蟲、重試與監控隨時讀取；會登記、計數或改變日期之讀取，使資料取決於誰在看。
套件自行建立之資源，於其自身及清單之每次讀取均須相同。其他資料可能自行變動；僅當同一欄位（時刻與請求標記除外）在每次讀取均為不同值，且各次讀取相隔甚短、非任何來源所能如此頻繁變動時，方推定讀取有影響。
不通過：僅有讀取介於其間，自建資源於兩次讀取間不同；或其他資料之欄位於每次讀取均不同。
無法判定：成功之讀取少於五次；或欄位於每次讀取均不同而各次耗時過久。
依據：RFC 9110 第 9.2.1 節。
"""

MESSAGES = {
    "effect": {
        "en": "between two readings nothing else was asked, yet {at} was {expected} and became {actual}",
        "zh-Hant": "兩次讀取之間沒有其他請求，{at} 卻由 {expected} 變為 {actual}",
    },
}


def drive(operation: Operation, inputs: Inputs, dialect: Dialect, *, ignore: Sequence[str] = (), within: float = 3.0) -> Script:
    """Two readings, a HEAD, three more readings, and some at once where these took too long to tell anything; where a list of our own
    things is read, one of them is read before and after.
    """
    known = known_recipe(operation)
    own: given.Created | None = None
    request: Request | None
    if known is not None and operation.id == known[1].get("list"):
        own = yield from given.created(operation.spec, known[0], inputs, dialect)
        yield Pause(1.0, apart=True)  # what is dated anew by a reading differs only if time has passed
        yield given.read(operation.spec, own, step=OWN)
        yield given.read(operation.spec, own, step=OWN)
    within = own is not None and known is not None and "within" in known[1]
    request = given.listing(operation.spec, own) if own is not None and within else None
    if request is None:
        request = yield from (complete if operation.bodies else given.ready)(operation, inputs, dialect)
    reads: list[Exchange] = []
    for step in (READ, READ, HEAD, READ, READ, READ):
        answer: Exchange = yield request.with_step(step) if step == READ else replace(request, method="HEAD", step=step)
        reads += [answer] if step == READ and answer.ok else []
    if len(reads) >= _LEAST and _restless(operation, reads, ignore, dialect) and _slow(reads, within):
        yield [request.with_step(AT_ONCE)] * len(reads)
    if own is not None:
        yield given.read(operation.spec, own, step=OWN)


def judge(
    operation: Operation, trace: Sequence[Exchange], dialect: Dialect, *, ignore: Sequence[str] = (), within: float = 3.0
) -> Iterator[Finding | Witness]:
    """One witness. `ignore` names (as pointers into an answer) what the source itself counts down while it is read; `within` are
    the seconds in which the readings of other people's data have to be asked for.
    """
    reads = [one for one in trace if one.step == READ and one.ok]
    if len(reads) < _LEAST:
        return
    ignore = [*ignore, *(pointer.join(name) for name in request_marks(operation, reads))]
    known = known_recipe(operation)
    if known is not None and operation.id == known[1]["read"]:
        faces = [_face(operation, one, ignore, dialect) for one in reads]
        changes = [(a, b) for (a, fa), (b, fb) in pairwise(zip(reads, faces, strict=True)) if fa != fb]
        found = next(((a, b, "") for a, b in changes if not lapsed(operation.spec, known[0], a.json, b.json)), None)
    else:
        restless = _restless(operation, reads, ignore, dialect)
        if restless and _slow(reads, within):
            reads = sorted((one for one in trace if one.step == AT_ONCE and one.ok), key=lambda one: one.sent_at)
            restless = _restless(operation, reads, ignore, dialect)
            if len(reads) < _LEAST or (restless and _slow(reads, within)):
                return
        found = (reads[0], reads[1], min(restless)) if restless else None
    yield Witness(tuple(one.number for one in reads), operation.id)
    if found is not None:
        yield _difference(operation, *found, ignore, dialect)
    yield from _own(operation, trace, dialect)


def _restless(operation: Operation, reads: Sequence[Exchange], ignore: Sequence[str], dialect: Dialect) -> list[str]:
    """The members that differ between any two successive readings."""
    contents = [dialect.items(one, operation) if operation.collection else one.json for one in reads]
    if any(before == after for before, after in pairwise(contents)):
        return []  # nearly always: then no member has to be looked at
    faces = [_face(operation, one, ignore, dialect) for one in reads]
    first = faces[0] if faces else {}
    return [at for at in first if all(before.get(at) != after.get(at) for before, after in pairwise(faces))]


def _slow(reads: Sequence[Exchange], within: float) -> bool:
    return reads[-1].sent_at - reads[0].sent_at > within * 1000


def _own(operation: Operation, trace: Sequence[Exchange], dialect: Dialect) -> Iterator[Finding]:
    """A thing of our own that stayed the same when it was read itself, and changed while the list was read."""
    known = known_recipe(operation)
    own = [one for one in trace if one.step == OWN and one.ok]
    if known is None or len(own) < 3:
        return
    first, second, third = own
    if first.json == second.json != third.json and not lapsed(operation.spec, known[0], second.json, third.json):
        yield _difference(operation.spec.operations[known[1]["read"]], second, third, "", (), dialect)


def _difference(operation: Operation, a: Exchange, b: Exchange, at: str, ignore: Sequence[str], dialect: Dialect) -> Finding:
    """The change at a pointer, or at the first that has one."""
    before, after = _face(operation, a, ignore, dialect), _face(operation, b, ignore, dialect)
    at = at or next(iter(sorted(key for key in {*before, *after} if before.get(key) != after.get(key))), "/")
    return Finding("effect", (a.number, b.number), before.get(at, "absent"), after.get(at, "absent"), at)


def _face(operation: Operation, one: Exchange, ignore: Sequence[str], dialect: Dialect) -> Mapping[str, str]:
    """What an answer says, by pointer: the items of a collection or the whole; of public data without times, which live data carry.

    An item is called by its identity, so that another one that comes or goes before it changes nothing of it.
    """
    left_out = {where for pattern in ignore for where, _ in pointer.resolve(one.json, pattern)}
    where = dialect.items_pointer(operation) if operation.collection else ""
    parts = [("", one.json, "")]
    if operation.collection:
        items = pointer.first(one.json, where)
        parts = [
            (f"{where}/{'/'.join(map(str, dialect.identity(operation, item) or (nth,)))}", item, f"{where}/{nth}")
            for nth, item in enumerate(items if isinstance(items, list) else ())
        ]
    return {
        name + at: json.dumps(value, ensure_ascii=False)
        for name, part, place in parts
        for at, value in _leaves(part, "")
        if (operation.secured or instant(value) is None)
        and not any(place + at == out or (place + at).startswith(out + "/") for out in left_out)
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


def _edited(one: int, other: int) -> Exchange:
    items = [{"thingId": "t1", "size": one}, {"thingId": "t2", "size": other}]
    return exchange("GET /things", 200, {"items": items}, step=READ)


def _slowly(trace: list[Exchange]) -> list[Exchange]:
    return [replace(one, sent_at=2000 * nth) for nth, one in enumerate(trace)]


def _at_once(*sizes: int) -> list[Exchange]:
    return [replace(one, request=one.request.with_step(AT_ONCE)) for one in _reads("listThings", *sizes)]


EXAMPLES = Examples(
    operation="listThings",
    conforms=[
        _reads("listThings", 1, 1, 1, 1, 1),
        _reads("listThings", 1, 1, 2, 3, 4),
        numbered(*(_edited(*sizes) for sizes in ((1, 1), (2, 1), (2, 2), (3, 2), (3, 3)))),
        numbered(*_slowly(_reads("listThings", 1, 2, 3, 4, 5)), *_at_once(6, 6, 7, 7, 8)),
    ],
    violates=[
        _reads("listThings", 1, 2, 3, 4, 5),
        numbered(*_slowly(_reads("listThings", 1, 2, 3, 4, 5)), *_at_once(6, 7, 8, 9, 10)),
        numbered(_own_thing(1), _own_thing(1), *_reads("listThings", 1, 1, 1, 1, 1), _own_thing(2)),
    ],
    inconclusive=[[], _reads("listThings", 1, 2, 3), _slowly(_reads("listThings", 1, 2, 3, 4, 5))],
)
