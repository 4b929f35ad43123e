"""The total that a page states is the number of items that a traversal with the same filters gives.

Why: consumers size their work and check their copies by the total.

Fails when: on data that stay as they are, a page states a total other than the number of items of its traversal.
Inconclusive when: no traversal was read to its end. Where pages state no total, there is nothing to test.
Source: the interface's rules on paging.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from conformance.checks._example import exchange, numbered, page
from conformance.checks._filters import choices
from conformance.checks._rounds import lasting, settled
from conformance.checks._views import ample, at_rest, traverse, views
from conformance.interface.dialect import Dialect
from conformance.model import Examples, Exchange, Finding, Inputs, Moot, Operation, Request, Script, Touches, Witness

TOUCHES = Touches.READS
ASKS = 18
STOCKS = True

ABOUT = """頁所載總數，等於以相同篩選逐頁讀取所得之項目數。
緣由：資料使用者依總數規劃工作並核對複本。
不通過：資料維持不變時，頁所載總數與其逐頁讀取之項目數不同。
無法判定：沒有完整之逐頁讀取。頁未載總數者，無可驗測。
依據：介面規範之分頁規定。
"""

MESSAGES = {
    "total": {
        "en": "a page ({at}) states a total of {actual}, but its traversal has {expected} items",
        "zh-Hant": "某頁（{at}）載明總筆數 {actual}，逐頁讀取卻有 {expected} 筆",
    },
}


def drive(operation: Operation, inputs: Inputs, dialect: Dialect, *, most: int = 5) -> Script:
    """The whole collection and some filtered parts of it, each also in its first small page."""
    request: Request = yield from ample(operation, inputs, dialect)
    pages: list[Exchange] = yield from traverse(operation, dialect, request, step="given: whole")
    items = [item for one in pages for item in dialect.items(one, operation) or ()]
    asked = [request]
    for p in operation.filters:
        if request.parameter(p.name) is None and len(asked) <= most:
            values = yield from choices(operation, p, items, inputs, dialect, [])
            asked += [request.with_query(**{p.name: text}) for text in values[:2]]

    def once() -> Script:
        for one in asked[: most + 1]:
            yield from traverse(operation, dialect, one, step="traversal")
            yield one.with_query(**{dialect.of(operation).limit: 1}).with_step("small page")

    yield from settled(once, lambda seen: _judged(operation, seen, dialect), at_rest=at_rest(operation, dialect))


def judge(operation: Operation, trace: Sequence[Exchange], dialect: Dialect) -> Iterator[Finding | Witness | Moot]:
    """A witness per traversal whose pages state a total."""
    yield from lasting(trace, lambda seen: _judged(operation, seen, dialect), at_rest=at_rest(operation, dialect))


def _judged(operation: Operation, trace: Sequence[Exchange], dialect: Dialect) -> Iterator[Finding | Witness | Moot]:
    every = views(operation, trace, dialect)
    counts = {(view.path, view.label): len(view.items) for view in every if view.step.startswith("traversal") and view.complete}
    for view in every:
        count = counts.get((view.path, view.label))
        stated = [(one, total) for one in view.exchanges if (total := dialect.total(one)) is not None]
        if count is None or not stated:
            if count is not None and view.exchanges[0].ok:
                yield Moot(view.numbers)
            continue
        yield Witness(view.numbers, f"{view.step}: {view.label}")
        for one, total in stated:
            if total != count:
                yield Finding("total", (one.number,), str(count), str(total), f"{view.step}: {view.label}")


def _whole(total: int | None) -> Exchange:
    return exchange("GET /things?limit=200", 200, page("a", "b", "c", limit=200, total=total), step="traversal")


EXAMPLES = Examples(
    operation="listThings",
    conforms=[
        numbered(_whole(3), exchange("GET /things?limit=1", 200, page("a", cursor="x", limit=1, total=3), step="small page"))
    ],
    violates=[
        numbered(_whole(2)),
        numbered(_whole(3), exchange("GET /things?limit=1", 200, page("a", cursor="x", limit=1, total=1), step="small page")),
    ],
    inconclusive=[[], numbered(_whole(None))],
)
