"""What a collection shows when it is asked in one way, it shows when it is asked in the other way, too.

Why: the same facts are reached by two filters (arrivals by route and by stop, say); consumers that use one and consumers that use
the other must not be told different things.

`by` and `again` are two filters of the collection that compare a member of the item. The suite asks by the one, takes the values
that the items have for the other, and asks by these.

Fails when: an item that comes when asked by the one filter does not come when asked by the other with the item's own value.
Inconclusive when: no value of the first filter gave an item.
Source: the interface's rules on filters; derived.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from conformance import given
from conformance.checks._example import exchange, numbered, page, problem
from conformance.checks._predicates import equal
from conformance.checks._rounds import lasting, settled
from conformance.checks._views import at_rest, named, traverse, views
from conformance.interface.dialect import Dialect
from conformance.model import (
    Examples,
    Exchange,
    Finding,
    Inputs,
    Operation,
    Parameter,
    Script,
    Touches,
    Unmet,
    Witness,
    wire_text,
)
from conformance.text import pointer

TOUCHES = Touches.READS
ASKS = 52
MOST_SHOWN = 3

ABOUT = """以一種方式查詢集合所見者，以另一種方式查詢亦可見。
緣由：相同事實可由兩種條件取得（例如依路線與依站牌查詢到站預估）；採用不同方式之資料使用者，不應得到不同說法。
`by` 與 `again` 為集合中比對項目欄位之兩個篩選條件。套件先以前者查詢，取各項目就後者之值，再以之查詢。
不通過：以前者查得之項目，以其自身之值用後者查詢時未出現。
無法判定：前一條件之值均未得到項目。
依據：介面規範之篩選規定；推論所得。
"""

MESSAGES = {
    "missing": {
        "en": "an item that comes with {at} does not come with {expected}: {actual}",
        "zh-Hant": "以 {at} 查得的項目，以 {expected} 卻查不到：{actual}",
    },
}


def drive(
    operation: Operation, inputs: Inputs, dialect: Dialect, *, by: str, again: str, most: int = 6, most_again: int = 10
) -> Script:
    """Up to `most` values of the first filter that give items, and for each up to `most_again` of the second."""
    p, q = _filter(operation, by), _filter(operation, again)
    rows = yield from given.values_for(operation, [p], inputs, dialect, most=4 * most)
    if not rows:
        raise Unmet(f"no value was found for {by} of {operation.id}")

    def once() -> Script:
        asked, seen = 0, set[str]()
        for row in rows:
            request = operation.request(query={by: row[by]})
            pages: list[Exchange] = yield from traverse(operation, dialect, request, step=by)
            items = [item for one in pages for item in dialect.items(one, operation) or ()]
            texts = list(dict.fromkeys(wire_text(v) for item in items for v in pointer.values(item, (q.filter or {})["on"])))
            inputs.random("again", operation.id, str(row[by])).shuffle(texts)
            for text in [text for text in texts if text not in seen][:most_again]:
                seen.add(text)
                yield from traverse(operation, dialect, operation.request(query={again: text}), step=again)
            asked += bool(texts)
            if asked == most:
                break

    yield from settled(once, lambda seen: _judged(operation, seen, dialect, by, again), at_rest=at_rest(operation, dialect))


def _filter(operation: Operation, name: str) -> Parameter:
    p = operation.parameter(name)
    if p is None or not p.filter:
        raise Unmet(f"{operation.id} has no filter {name}")
    return p


def judge(
    operation: Operation, trace: Sequence[Exchange], dialect: Dialect, *, by: str, again: str
) -> Iterator[Finding | Witness]:
    """A witness per value of the second filter for which the first view has an item."""
    yield from lasting(trace, lambda seen: _judged(operation, seen, dialect, by, again), at_rest=at_rest(operation, dialect))


def _judged(
    operation: Operation, trace: Sequence[Exchange], dialect: Dialect, by: str, again: str
) -> Iterator[Finding | Witness]:
    where = (_filter(operation, again).filter or {})["on"]
    every = views(operation, trace, dialect)
    for one in every:
        for two in every:
            if one.query.keys() != {by} or two.query.keys() != {again} or not (two.complete or two.status >= 400):
                continue
            shared = [key for key, item in one.known.items() if _has(item, where, two.query[again])]
            if shared:
                yield Witness((*one.numbers[:1], *two.numbers[:1]), f"{one.label}, {two.label}")
            for key in [key for key in shared if key not in two.known][:MOST_SHOWN]:
                yield Finding("missing", (*one.numbers[:1], *two.numbers[:1]), two.label, named([key]), one.label)


def _has(item: Any, where: str, text: str) -> bool:
    return any(equal(value, text) for value in pointer.values(item, where))


def _thing(name: str, colour: str, size: int) -> dict[str, Any]:
    return {"thingId": name, "colour": colour, "size": size}


_A, _B = _thing("a", "red", 3), _thing("b", "red", 4)
_RED = exchange("GET /things?colour=red", 200, page(_A, _B), step="colour")


def _sized(size: int, *items: Any, status: int = 200) -> Exchange:
    return exchange(f"GET /things?minSize={size}", status, page(*items) if status == 200 else problem(status), step="minSize")


EXAMPLES = Examples(
    operation="listThings",
    conforms=[numbered(_RED, _sized(3, _A, _thing("c", "blue", 3)), _sized(4, _B))],
    violates=[numbered(_RED, _sized(3, _thing("c", "blue", 3))), numbered(_RED, _sized(3, status=404))],
    inconclusive=[[], [_RED], numbered(exchange("GET /things?colour=red", 200, page(), step="colour"), _sized(3, _A))],
    arguments={"by": "colour", "again": "minSize"},
)
