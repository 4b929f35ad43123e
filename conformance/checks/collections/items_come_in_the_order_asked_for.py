"""Items come in the order that was asked for, either way, and are the same items as without asking.

Why: a sort parameter that is taken and not heeded, that orders numbers as texts, or that leaves out what lacks the member, gives a wrong list
which looks right on its first page.

The suite lists the collection as it comes, once in each order that `orders` names, in small pages too, and once more as it comes.

Fails when: an item comes before one that should come before it, within a page or across pages; an order is refused; or a list in some order
lacks items that the list before it and the list after it both have.
Inconclusive when: fewer than two items differ in what they are to be ordered by.
Source: the interface's rules on the order of collections.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any, Literal

from conformance.checks._example import exchange, numbered, page
from conformance.checks._rounds import lasting, settled
from conformance.checks._views import View, ample, at_rest, named, traverse, views
from conformance.checks.collections._orders import Key, hidden, order_key, shown_key
from conformance.interface.dialect import Dialect
from conformance.model import Examples, Exchange, Finding, Inputs, Operation, Request, Script, Touches, Witness

TOUCHES = Touches.READS
STOCKS = True
MOST_SHOWN = 3
BEFORE, ORDERED, PAGED, AFTER = "as it comes", "ordered by ", "in small pages by ", "as it comes, again"
WITH = {
    "properties": {
        "orders": {
            "type": "object",
            "minProperties": 1,
            "additionalProperties": {"type": "array", "minItems": 1, "items": {"type": "string", "pattern": "^-?/"}},
        }
    }
}

ABOUT = """項目依所要求之順序排列，遞增遞減皆然，且項目與未要求排序時相同。
緣由：收下而不理會之排序參數、將數值當文字排序，或略去缺少該欄位者，所得清單有誤，而第一頁看似正確。
套件先列出集合之原順序，再依 `orders` 所列各順序列出一次（每頁筆數小時亦同），最後再依原順序列出一次。
不通過：項目排在應先於其前者之前（同頁或跨頁）；某順序遭拒；或某順序之清單缺少前後清單均有之項目。
無法判定：就排序欄位相異之項目少於兩筆。
依據：介面規範之集合順序規定。
"""

MESSAGES = {
    "order": {
        "en": "asked for the order {at}, the list has {actual}, where {expected}",
        "zh-Hant": "要求依 {at} 排序，清單卻為 {actual}，應為 {expected}",
    },
    "refused": {
        "en": "the list {at} should be answered {expected}, but got {actual}",
        "zh-Hant": "清單（{at}）應回應 {expected}，實得 {actual}",
    },
    "lost": {
        "en": "the list {at} should have the same items as without an order: it lacks {expected}",
        "zh-Hant": "清單（{at}）應與未要求排序時的項目相同：缺少 {expected}",
    },
}


def drive(
    operation: Operation,
    inputs: Inputs,
    dialect: Dialect,
    *,
    parameter: str,
    orders: Mapping[str, Sequence[str]],
    stock: int = 6,
    limit: int = 3,
) -> Script:
    """`orders` names values of the `parameter`, each with pointers of what it orders by, one after the other; `-` before one that descends."""
    base: Request = yield from ample(operation, inputs, dialect, least=stock)

    def once() -> Script:
        yield from traverse(operation, dialect, base, step=BEFORE)
        for text in orders:
            asked = base.with_query(**{parameter: text})
            yield from traverse(operation, dialect, asked, step=ORDERED + text)
            yield from traverse(operation, dialect, asked, step=PAGED + text, limit=limit)
        yield from traverse(operation, dialect, base, step=AFTER)

    yield from settled(
        once, lambda seen: _judged(operation, seen, dialect, orders, "code-point"), at_rest=at_rest(operation, dialect)
    )


def judge(
    operation: Operation,
    trace: Sequence[Exchange],
    dialect: Dialect,
    *,
    orders: Mapping[str, Sequence[str]],
    text: Literal["code-point", "any"] = "code-point",
) -> Iterator[Finding | Witness]:
    """A witness per list of two items or more that differ in what they are ordered by. `text`: texts are ordered by code point, or in a way
    that is not compared.
    """
    yield from lasting(trace, lambda seen: _judged(operation, seen, dialect, orders, text), at_rest=at_rest(operation, dialect))


def _judged(
    operation: Operation, trace: Sequence[Exchange], dialect: Dialect, orders: Mapping[str, Sequence[str]], text: str
) -> Iterator[Finding | Witness]:
    every = {view.step: view for view in views(operation, trace, dialect)}
    plain = [every[step] for step in (BEFORE, AFTER) if step in every and every[step].complete]
    lasting_items = set(plain[0].known) & set(plain[1].known) if len(plain) == 2 else set()
    for asked, places in orders.items():
        for step in (ORDERED + asked, PAGED + asked):
            if (view := every.get(step)) is None:
                continue
            if view.status in (400, 404, 422, 501):
                yield Finding("refused", view.numbers, "200", str(view.status), step)
                continue
            yield from _ordered(view, asked, places, text)
            if view.complete and (lost := sorted(lasting_items - set(view.known), key=str)):
                yield Finding("lost", (*plain[0].numbers[:1], *view.numbers), named(lost), "-", step)


def _ordered(view: View, asked: str, places: Sequence[str], text: str) -> Iterator[Finding | Witness]:
    """What a list shows of its order: neighbours of which the second should have come first."""
    where, unknown = [place.removeprefix("-") for place in places], hidden(view)
    keys = [(key, item) for item in view.items if (key := order_key(item, where, unknown)) is not None]
    if len({key for key, _ in keys}) > 1:
        yield Witness(view.numbers, view.step)
    wrong = [(two, one) for (first, one), (second, two) in pairwise(keys) if _precedes(second, first, places, text)]
    for earlier, later in wrong[:MOST_SHOWN]:
        texts = [named([shown_key(item, where)]) for item in (earlier, later)]
        yield Finding("order", view.numbers, f"{texts[0]} .. {texts[1]}", f"{texts[1]} .. {texts[0]}", asked)


def _precedes(one: Key, other: Key, places: Sequence[str], text: str) -> bool:
    """Whether a key has to come before another: where the first part in which they differ says so and can be compared."""
    for (kind, value), (other_kind, other_value), place in zip(one, other, places, strict=True):
        if (kind, value) == (other_kind, other_value):
            continue
        if kind != other_kind or (kind == 1 and text == "any"):
            return False
        return bool(value > other_value) if place.startswith("-") else bool(value < other_value)
    return False


# ------------------------------------------------------------------------------------------ examples


def _list(step: str, *sizes: int, status: int = 200) -> Exchange:
    items: list[Any] = [{"thingId": f"t{size}", "size": size} for size in sizes]
    return exchange("GET /things", status, page(*items) if status == 200 else {}, step=step)


_PLAIN, _LATER = _list(BEFORE, 2, 10, 1), _list(AFTER, 2, 10, 1)
EXAMPLES = Examples(
    operation="listThings",
    arguments={"orders": {"size": ["/size"], "-size": ["-/size", "/thingId"]}},
    conforms=[
        numbered(_PLAIN, _list(f"{ORDERED}size", 1, 2, 10), _list(f"{ORDERED}-size", 10, 2, 1), _LATER),
        numbered(_PLAIN, _list(f"{ORDERED}size", 1, 2), _list(AFTER, 2, 1)),
    ],
    violates=[
        numbered(_PLAIN, _list(f"{ORDERED}size", 1, 10, 2), _LATER),
        numbered(_PLAIN, _list(f"{ORDERED}-size", 1, 2, 10), _LATER),
        numbered(_PLAIN, _list(f"{ORDERED}size", 1, 2), _LATER),
        numbered(_PLAIN, _list(f"{ORDERED}size", status=400), _LATER),
    ],
    inconclusive=[[], numbered(_PLAIN, _LATER), numbered(_list(BEFORE, 1), _list(f"{ORDERED}size", 1), _list(AFTER, 1))],
)
