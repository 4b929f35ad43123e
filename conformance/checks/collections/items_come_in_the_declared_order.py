"""Items come in the order of the declared key, then of their id, on every page and in every call: ascending, if not told `descending`.

Why: a consumer that merges, compares or resumes relies on the order; an order that changes from call to call also breaks paging.

Strings are compared by Unicode code point, numbers by value, date-times by instant.

Fails when: an item comes before one with a smaller key, within a page or across pages, or two calls order the same items differently;
whoever asked for the first page.
Inconclusive when: no traversal has two items with a complete key that differ in more than their id.
Source: the interface's rules on the order of collections.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any, Literal

from conformance import given
from conformance.checks._example import exchange, numbered, page
from conformance.checks._filters import choices
from conformance.checks._predicates import World, holds
from conformance.checks._rounds import lasting, settled
from conformance.checks._views import View, ample, named, traverse, views
from conformance.checks.collections._orders import hidden, order_key, shown_key
from conformance.interface.dialect import Dialect
from conformance.model import Examples, Exchange, Finding, Inputs, Operation, Request, Script, Touches, Witness

TOUCHES = Touches.READS
ASKS = 18
STOCKS = True
MOST_SHOWN = 3

ABOUT = """項目依所宣告之鍵、再依識別碼排列，每頁每次皆然；未要求 `descending` 時為遞增。
緣由：合併、比對或續讀均仰賴順序；各次順序不同亦使分頁失效。
字串依 Unicode 碼位、數值依大小、日期時間依時刻比較。
不通過：項目排在鍵較小者之前（同頁或跨頁），或兩次呼叫對相同項目之排序不同。
無法判定：沒有一次逐頁讀取具有兩筆鍵完整且除識別碼外仍相異之項目。
依據：介面規範之集合順序規定。
"""

MESSAGES = {
    "order": {
        "en": "items are not in the declared order of {at}: {actual} (expected {expected})",
        "zh-Hant": "項目未依 {at} 所宣告的順序排列：{actual}（應為 {expected}）",
    },
    "changed": {
        "en": "two calls order the same items differently: {expected} in one, {actual} in another",
        "zh-Hant": "兩次呼叫對相同項目的排序不同：一次為 {expected}，另一次為 {actual}",
    },
}


def drive(
    operation: Operation,
    inputs: Inputs,
    dialect: Dialect,
    *,
    limit: int = 3,
    most_pages: int = 10,
    others: int = 6,
    stock: int = 6,
) -> Script:
    """The whole collection, its beginning in small pages, and the whole once more; of some others of its kind the whole."""
    request: Request = yield from ample(operation, inputs, dialect, least=stock)  # a few are in order by chance
    narrowed = yield from _narrowed(operation, request, inputs, dialect)
    more = (yield from given.ready_many(operation, inputs, dialect, most=others)) if "{" in operation.path else []

    def once() -> Script:
        yield from traverse(operation, dialect, request, step="first call")
        yield from traverse(operation, dialect, request, step="small pages", limit=limit, most=most_pages)
        yield from traverse(operation, dialect, request, step="later call")
        for one in narrowed:
            yield from traverse(operation, dialect, one, step="filtered", most=2)
        for other in more:
            if other.path != request.path:
                yield from traverse(operation, dialect, other, step="another", most=2)

    yield from settled(once, lambda seen: _judged(operation, seen, dialect), at_rest=_whatever)


def _narrowed(operation: Operation, request: Request, inputs: Inputs, dialect: Dialect) -> Script:
    """The request with each filter by the value that keeps the most of the items, as far as that can be told."""
    seen, asked = list[Exchange](), list[Request]()
    pages: list[Exchange] = yield from traverse(operation, dialect, request, step="given: whole")
    items = [item for one in pages for item in dialect.items(one, operation) or ()]
    for p in operation.filters:
        if request.parameter(p.name) is None:
            texts = yield from choices(operation, p, items, inputs, dialect, seen, most=3)
            world = World(operation.spec, seen, dialect)
            kept = {text: sum(holds(p, text, item, world) is True for item in items) for text in texts}
            if kept:
                asked.append(request.with_query(**{p.name: max(kept, key=lambda text: kept[text])}))
    return asked


def judge(
    operation: Operation, trace: Sequence[Exchange], dialect: Dialect, *, ties: Literal["by-id", "any"] = "by-id"
) -> Iterator[Finding | Witness]:
    """A witness per traversal with two items or more that differ in the declared key; where ids alone are that key, in those.

    `ties`: whether items with equal keys come in the order of their identifiers, or in any.
    """
    yield from lasting(trace, lambda seen: _judged(operation, seen, dialect, ties), at_rest=_whatever)


def each(
    operation: Operation, trace: Sequence[Exchange], dialect: Dialect, *, ties: Literal["by-id", "any"] = "by-id"
) -> Iterator[Finding]:
    """Any first page of the run is in the declared order, unless something beside filters and a page size was asked for.

    What else was asked for may be another order, and so may what a cursor leads to.
    """
    plain = {dialect.of(operation).limit, *(p.name for p in operation.filters)}
    for one in trace:
        if one.ok and plain.issuperset(name for name, _ in one.request.query) and (items := dialect.items(one, operation)):
            yield from _disordered(operation, items, one.pseudonyms, (one.number,), ties)


def _whatever(_first: Sequence[Exchange], _other: Sequence[Exchange]) -> bool:
    """Items that come, go or change do not turn the order of the others round, so the data need not be at rest."""
    return True


def _judged(
    operation: Operation, trace: Sequence[Exchange], dialect: Dialect, ties: str = "by-id"
) -> Iterator[Finding | Witness]:
    places = _places(operation, ties)
    telling = [places.index(where) for where in given.sort_key(operation) or places]
    every = views(operation, trace, dialect)
    for view in every:
        keys = [key for item in view.items if (key := order_key(item, places, hidden(view))) is not None]
        if len({tuple(key[at] for at in telling) for key in keys}) > 1:
            yield Witness(view.numbers, view.step)
        yield from _disordered(operation, view.items, hidden(view), view.numbers, ties)
    for one, two in pairwise(every):
        if one.path == two.path and one.query == two.query:
            yield from _same_order(one, two, places, ties)


def _places(operation: Operation, ties: str) -> list[str]:
    """Where in an item lies what it is ordered by, in the order in which that decides."""
    collection = operation.collection or {}
    return [*dict.fromkeys((*collection.get("sort", ()), *(collection.get("id", ()) if ties == "by-id" else ())))]


def _disordered(
    operation: Operation, items: Sequence[Any], unknown: frozenset[str], numbers: tuple[int, ...], ties: str
) -> Iterator[Finding]:
    """The first neighbours that come the wrong way round."""
    places = _places(operation, ties)
    keys = [(key, item) for item in items if (key := order_key(item, places, unknown)) is not None]
    keys = keys[::-1] if (operation.collection or {}).get("descending") else keys
    wrong = [(two, one) for (first, one), (second, two) in pairwise(keys) if second < first]
    for smaller, larger in wrong[:MOST_SHOWN]:
        texts = [named([shown_key(item, places)]) for item in (smaller, larger)]
        yield Finding("order", numbers, f"{texts[0]} < {texts[1]}", f"{texts[1]} > {texts[0]}", ", ".join(places))


def _same_order(one: View, two: View, places: Sequence[str], ties: str) -> Iterator[Finding]:
    keys = [{identity: order_key(item, places, hidden(view)) for identity, item in view.known.items()} for view in (one, two)]
    shared = Counter(keys[0].values())
    tied = {key for key, count in shared.items() if count > 1 and ties == "any"}
    common = {identity for identity, key in keys[0].items() if key not in tied and keys[1].get(identity, ()) == key}
    orders = [[key for key in dict.fromkeys(view.identities) if key in common] for view in (one, two)]
    at = next((index for index, (a, b) in enumerate(zip(*orders, strict=True)) if a != b), None)
    if at is not None:
        yield Finding("changed", (*one.numbers[:1], *two.numbers[:1]), *(named(order[at : at + 2]) for order in orders))


def _call(step: str, *items: str, redacted: Sequence[str] = ()) -> Exchange:
    return exchange("GET /things?limit=200", 200, page(*items, limit=200), step=step, redacted=redacted)


_REDACTED = ("mobile:ff0123456789", "mobile:000123456789")
_UNKEYED = [{"size": 1}, {"size": 2}]
EXAMPLES = Examples(
    operation="listThings",
    conforms=[
        numbered(_call("first call", "B", "a", "東"), _call("later call", "B", "a", "東")),
        numbered(_call("first call", *(f"«{one}»" for one in _REDACTED), "A", "B", redacted=_REDACTED)),
    ],
    violates=[
        numbered(_call("first call", "b", "a")),
        numbered(_call("first call", "«b»", "«a»")),
        numbered(_call("first call", "a", "b", "c"), _call("later call", "a", "c", "b")),
    ],
    inconclusive=[
        [],
        numbered(_call("first call", "a")),
        numbered(exchange("GET /things", 200, page(*_UNKEYED), step="first call")),
    ],
)
