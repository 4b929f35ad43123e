"""A filter that nothing satisfies is answered with 200 and a page without items.

Why: "nothing found" is an answer. A consumer that gets 404 for it cannot tell it from a wrong address.

Fails when: a query whose filter keeps none of the items is answered with anything but a 2xx page without items.
Inconclusive when: no value was found that certainly keeps nothing.
Source: the interface's rules on filters.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from conformance import given
from conformance.checks._example import exchange, numbered, page, problem
from conformance.checks._filters import MADE_UP, choices, learn, unmatched
from conformance.checks._predicates import World, holds
from conformance.checks._rounds import lasting, settled
from conformance.checks._views import View, alternatives, at_rest, bases, traverse, views
from conformance.interface.dialect import Dialect
from conformance.model import Examples, Exchange, Finding, Inputs, Operation, Parameter, Request, Script, Touches, Witness

TOUCHES = Touches.READS
STOCKS = True

ABOUT = """無任何項目符合之篩選，回應 200 及沒有項目之頁。
緣由：「查無資料」也是答案；得到 404 之資料使用者，無法與網址錯誤區別。
不通過：篩選條件不保留任何項目之查詢，回應並非沒有項目之 2xx 頁。
無法判定：找不到必定不保留任何項目之值。
依據：介面規範之篩選規定。
"""

MESSAGES = {
    "status": {
        "en": "nothing satisfies {at}; expected {expected}, got {actual}",
        "zh-Hant": "沒有項目符合 {at}；應為 {expected}，實得 {actual}",
    },
    "items": {
        "en": "nothing satisfies {at}; expected {expected}, got {actual} items",
        "zh-Hant": "沒有項目符合 {at}；應為 {expected}，實得 {actual} 筆",
    },
}


def drive(operation: Operation, inputs: Inputs, dialect: Dialect, *, most: int = 3, stock: int = 2) -> Script:
    """The whole collection, then each filter with values that should keep nothing."""
    stocked = yield from given.stocked(operation, inputs, dialect, least=stock)
    base: Request = stocked or (yield from bases(operation, inputs, dialect))[0]

    def once() -> Script:
        pages: list[Exchange] = yield from traverse(operation, dialect, base, step="all")
        items = [item for one in pages for item in dialect.items(one, operation) or ()]
        for p in operation.filters:
            seen: list[Exchange] = []
            if (held := base.parameter(p.name)) is None:
                values = yield from choices(operation, p, items, inputs, dialect, seen)
            else:
                values = [held]
            for text in unmatched(p, operation, items, values, inputs.guise)[:most]:
                yield from learn(operation, p, text, (), dialect, seen)
                yield _alone(operation, base, p).with_query(**{p.name: text}).with_step("none")

    yield from settled(once, lambda seen: _judged(operation, seen, dialect), at_rest=at_rest(operation, dialect))


def _alone(operation: Operation, base: Request, p: Parameter) -> Request:
    """The base request; without its own filter when `p` is another of those of which one is needed."""
    needed = alternatives(operation)
    return base.with_query(**{other.name: None for other in needed}) if p in needed else base


def judge(operation: Operation, trace: Sequence[Exchange], dialect: Dialect) -> Iterator[Finding | Witness]:
    """A witness per query that certainly keeps nothing."""
    yield from lasting(trace, lambda seen: _judged(operation, seen, dialect), at_rest=at_rest(operation, dialect))


def _judged(operation: Operation, trace: Sequence[Exchange], dialect: Dialect) -> Iterator[Finding | Witness]:
    world = World(operation.spec, trace, dialect)
    every = views(operation, trace, dialect)
    wholes = [view for view in every if view.step == "all"]
    for view in every:
        if view.step != "none" or not any(_keeps_nothing(operation, view, whole, world) for whole in wholes):
            continue
        yield Witness(view.numbers, view.label)
        if view.status != 200 or dialect.items(view.exchanges[-1], operation) is None:
            yield Finding("status", view.numbers, "200 (a page)", str(view.status), view.label)
        elif view.items:
            yield Finding("items", view.numbers, "0", str(len(view.items)), view.label)


def _keeps_nothing(operation: Operation, view: View, whole: View, world: World) -> bool:
    """Whether no item can satisfy the filters: one of them names nothing, or keeps none of the items, all of which were seen."""
    added = [(p, text) for p in operation.filters if (text := view.query.get(p.name, "")) and whole.query.get(p.name) != text]
    if whole.status >= 400:
        return False
    if any(text.endswith(view.exchanges[-1].said(MADE_UP)) for _, text in added):
        return True
    if not whole.complete or not whole.query.items() <= view.query.items():
        return False
    return any(all(holds(p, text, item, world) is False for item in whole.items) for p, text in added)


def _thing(name: str, colour: str) -> dict[str, Any]:
    return {"thingId": name, "colour": colour}


_ALL = exchange("GET /things?limit=200", 200, page(_thing("a", "red"), _thing("b", "blue"), limit=200), step="all")


def _none(query: str, status: int, body: Any) -> list[Exchange]:
    return numbered(_ALL, exchange(f"GET /things?{query}", status, body, step="none"))


EXAMPLES = Examples(
    operation="listThings",
    conforms=[_none("colour=green", 200, page())],
    violates=[
        _none("colour=green", 404, problem(404)),
        _none("colour=green", 200, page(_thing("a", "red"))),
        _none("colour=green", 200, {**page(), "items": None}),
        _none("colour=green", 204, None),
    ],
    inconclusive=[[], _none("colour=red", 200, page(_thing("a", "red"))), [_ALL]],
)
