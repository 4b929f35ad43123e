"""A resource that can change has a strong entity tag that changes with its representation, and only then.

Why: the tag is what guards against lost updates and what caches compare; one that stays lets a stale copy pass for the present one,
one that wanders makes every cache useless and every conditional change fail.

Fails when: an answer has no entity tag or a weak one; two equal representations have different tags; two different ones have the
same tag, among all answers of the run.
Inconclusive when: no representation was read twice, or one that the suite can change was never seen both unchanged and changed.
Source: RFC 9110 section 8.8.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Hashable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Any, Literal, cast

from conformance import given
from conformance.checks._example import exchange, numbered
from conformance.checks._own import amendment, known_recipe
from conformance.interface.dialect import Dialect
from conformance.interface.pages import address
from conformance.model import Examples, Exchange, Finding, Inputs, Operation, Script, Touches, Witness, by_step
from conformance.text.fields import entity_tag

TOUCHES = Touches.READS
READ, CHANGE = "read", "change"

ABOUT = """可變更之資源有強實體標籤，隨資源內容改變而改變，且僅於此時改變。
緣由：標籤用以防止更新遺失，快取亦據以比較；不變之標籤使舊資料冒充現況，任意變動之標籤使快取無用、條件式變更均失敗。
不通過：回應沒有實體標籤或為弱標籤；相同資源內容有不同標籤；不同資源內容有相同標籤（就執行中全部回應而言）。
無法判定：沒有資源內容讀取兩次，或套件可變更者未曾同時見其未變與已變。
依據：RFC 9110 第 8.8 節。
"""

MESSAGES = {
    "missing": {
        "en": "the answer should have {expected}, but has {actual}",
        "zh-Hant": "回應應有 {expected}，實為 {actual}",
    },
    "unsteady": {
        "en": "the same representation has two entity tags: first {expected}, then {actual}",
        "zh-Hant": "同一表示有兩個實體標籤：先為 {expected}，後為 {actual}",
    },
    "stuck": {
        "en": "the representation changed and its entity tag did not: expected another tag than {expected}, got {actual}",
        "zh-Hant": "表示已改變而實體標籤未變：應不同於 {expected}，實為 {actual}",
    },
}


def drive(operation: Operation, inputs: Inputs, dialect: Dialect, *, samples: int = 3) -> Script:
    """Reads twice; what the suite can make it changes in between and reads once more."""
    known = known_recipe(operation)
    if known is None:
        for request in (yield from given.ready_many(operation, inputs, dialect, most=samples)):
            yield request.with_step(READ)
            yield request.with_step(READ)
        return
    one = yield from given.created(operation.spec, known[0], inputs, dialect)
    yield given.read(operation.spec, one, step=READ)
    latest: Exchange = yield given.read(operation.spec, one, step=READ)
    if "update" not in known[1]:
        return
    yield given.change(operation.spec, one, amendment(operation.spec, one)[0], tag=latest.header(dialect.etag), step=CHANGE)
    yield given.read(operation.spec, one, step=READ)


def judge(
    operation: Operation, trace: Sequence[Exchange], dialect: Dialect, *, weak: Literal["refused", "allowed"] = "refused"
) -> Iterator[Finding | Witness]:
    """A witness per representation read twice; where a change succeeded, only if its effect was seen too. Where `weak` tags are allowed,
    one may stay although the representation changes: the server says what is equivalent (RFC 9110 section 8.8.1).
    """
    steps = by_step(trace)
    changing = any(one.ok for one in steps.get(CHANGE, ()))
    by_path: dict[str, list[Exchange]] = {}
    for one in steps.get(READ, ()):
        if one.status == 200 and one.response is not None and not one.response.truncated:
            by_path.setdefault(one.request.target, []).append(one)
    for reads in by_path.values():
        yield from _judged(reads, changing, dialect, weak)


def notes(operation: Operation, exchange: Exchange, dialect: Dialect) -> Iterator[tuple[Hashable, Hashable]]:
    """Of each representation of the run its tag and what it says, under its URL: time changes resources, too, and so do other checks."""
    response = exchange.response
    if response is not None and response.status == 200 and exchange.request.method == "GET" and not response.truncated:
        tag = entity_tag(dialect.tag(exchange))
        if tag is not None and not tag.weak and response.is_json:
            yield address(exchange.request), (str(dialect.tag(exchange)), _print(response.body))


@lru_cache(maxsize=4096)  # most bodies come again
def _print(body: bytes) -> bytes:
    """What stands for a JSON text: equal for equal values, whatever the order of members; the text itself where that is beyond us."""
    try:
        said = json.dumps(json.loads(body), sort_keys=True).encode()
    except (ValueError, RecursionError):
        said = body
    return hashlib.sha256(said).digest()


def compared(operation: Operation, noted: Mapping[Hashable, int], dialect: Dialect) -> Iterator[Finding]:
    """One strong tag never stands for two representations of one URL. (That one representation has one tag is told by two successive
    readings only: a server may tag a later version anew that says the same.)
    """
    first: dict[str, int] = {}
    for (tag, _), number in cast(Mapping[tuple[str, bytes], int], noted).items():
        if first.setdefault(tag, number) != number:
            yield Finding("stuck", (first[tag], number), tag, tag)


def _judged(reads: Sequence[Exchange], changing: bool, dialect: Dialect, weak: str) -> Iterator[Finding | Witness]:
    for one in reads:
        tag = entity_tag(dialect.tag(one))
        if tag is None or (tag.weak and weak == "refused"):
            yield Finding(
                "missing",
                (one.number,),
                "a strong entity tag" if weak == "refused" else "an entity tag",
                dialect.tag(one) or "none",
            )
    pairs = [(a, b, str(dialect.tag(a)), str(dialect.tag(b))) for a, b in pairwise(reads) if dialect.tag(a) and dialect.tag(b)]
    equal = [pair for pair in pairs if _bytes(pair[0]) == _bytes(pair[1])]
    changed = [pair for pair in pairs if pair[0].json != pair[1].json]
    if equal and (changed or not changing):
        yield Witness(tuple(one.number for one in reads), reads[0].request.path)
    for a, b, before, after in equal:
        if before != after:
            yield Finding("unsteady", (a.number, b.number), before, after)
    for a, b, before, after in changed:
        if before == after and not before.startswith("W/"):
            yield Finding("stuck", (a.number, b.number), before, after)


def _bytes(one: Exchange) -> Any:
    return one.response.body if one.response else None


def _read(tag: str | None, state: str = "NEW") -> Exchange:
    headers = {"ETag": tag} if tag else {}
    return exchange("GET /things/t1", 200, {"thingId": "t1", "state": state}, name="getThing", step=READ, headers=headers)


_CHANGE = exchange("PATCH /things/t1", 200, {"thingId": "t1", "state": "SOLD"}, name="updateThing", step=CHANGE)
EXAMPLES = Examples(
    operation="getThing",
    conforms=[
        numbered(_read('"1"'), _read('"1"')),
        numbered(_read('"1"'), _read('"1"'), _CHANGE, _read('"2"', "SOLD")),
    ],
    violates=[
        numbered(_read(None), _read(None)),
        numbered(_read('W/"1"'), _read('W/"1"')),
        numbered(_read('"1"'), _read('"2"')),
        numbered(_read('"1"'), _read('"1"'), _CHANGE, _read('"1"', "SOLD")),
    ],
    inconclusive=[[], numbered(_read('"1"')), numbered(_read('"1"'), _read('"1"'), _CHANGE)],
)
