"""A page holds no more items than were asked for, and the last page, and only the last, says that nothing follows.

Why: a consumer stops at the page without a successor. If that sign comes early it loses data, if it comes late or never it
asks for nothing, and a page larger than `limit` overruns what the consumer has made room for.

The last page is also tried where it is exactly full: with a page size equal to the number of items.

Fails when: a page has more items than `limit`; the next cursor is neither null nor a text; a `next` link and the next cursor
contradict each other; the last page says that it has a successor (what is only inferred, as from page numbers without a total, says
nothing).
Inconclusive when: no collection with two items or more was found.
Source: the interface's rules on paging.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from conformance.checks._example import exchange, numbered, page
from conformance.checks._predicates import number
from conformance.checks._rounds import lasting, settled
from conformance.checks._views import View, ample, at_rest, largest, traverse, views
from conformance.interface.dialect import Dialect
from conformance.model import Examples, Exchange, Finding, Inputs, Operation, Script, Touches, Witness
from conformance.text import pointer

TOUCHES = Touches.READS
ASKS = 17
STOCKS = True
ABSENT = "nothing"

ABOUT = """每頁項目不多於所請求者；最後一頁（且僅最後一頁）表示其後已無資料。
緣由：資料使用者於沒有後續頁時停止。過早表示會遺失資料，過晚或從不表示則徒勞請求；大於 `limit` 之頁則超出其預留之空間。
最後一頁恰好填滿之情形亦予嘗試：每頁筆數等於項目數。
不通過：頁之項目多於 `limit`；下一游標既非 null 亦非文字；`next` 連結與下一游標矛盾；最後一頁表示有後續頁（僅由推論得出者，如沒有總數之頁碼，不計）。
無法判定：找不到有兩筆以上項目之集合。
依據：介面規範之分頁規定。
"""

MESSAGES = {
    "too-many": {
        "en": "a page holds more items than were asked for: expected at most {expected}, got {actual}",
        "zh-Hant": "單頁筆數多於要求：應至多 {expected} 筆，實得 {actual} 筆",
    },
    "cursor": {
        "en": "{at} should be {expected}, but is {actual}",
        "zh-Hant": "{at} 應為 {expected}，實為 {actual}",
    },
    "link": {
        "en": "the `next` link and {at} contradict each other: expected {expected}, got {actual}",
        "zh-Hant": "`next` 連結與 {at} 互相矛盾：應為 {expected}，實為 {actual}",
    },
    "beyond": {
        "en": "the page with the last item should have no successor, but it leads to {actual} (expected {expected})",
        "zh-Hant": "含最後一筆的頁不應再有下一頁，卻導向 {actual}（應為 {expected}）",
    },
}


def drive(operation: Operation, inputs: Inputs, dialect: Dialect, *, limit: int = 2, most_pages: int = 12) -> Script:
    """Small pages, the default page, and one page that is exactly as large as the collection."""
    request = yield from ample(operation, inputs, dialect)
    bound = largest(operation, dialect)

    def once() -> Script:
        pages: list[Exchange] = yield from traverse(operation, dialect, request, step="whole")
        count = sum(len(dialect.items(one, operation) or ()) for one in pages)
        yield from traverse(operation, dialect, request, step=f"limit={limit}", limit=limit, most=most_pages)
        yield request.with_step("default limit")
        for size in sorted({count, count // 2 if count % 2 == 0 else count}):
            if 1 <= size <= (bound or size) and dialect.next_page(pages[-1]) is None:
                yield from traverse(operation, dialect, request, step=f"exactly full, limit={size}", limit=size, most=4)

    yield from settled(once, lambda seen: _judged(operation, seen, dialect), at_rest=at_rest(operation, dialect))


def judge(operation: Operation, trace: Sequence[Exchange], dialect: Dialect) -> Iterator[Finding | Witness]:
    """A witness per traversal of several pages, or with a full one; a page may hold fewer items than were asked for.

    The last item is known from the whole reading.
    """
    yield from lasting(trace, lambda seen: _judged(operation, seen, dialect), at_rest=at_rest(operation, dialect))


def _judged(operation: Operation, trace: Sequence[Exchange], dialect: Dialect) -> Iterator[Finding | Witness]:
    every = [view for view in views(operation, trace, dialect) if view.status < 400]
    total = max((len(view.items) for view in every if view.complete), default=0)
    for view in every:
        seen = 0
        for one in view.exchanges:
            count = len(dialect.items(one, operation) or ())
            seen += count
            yield from _page(operation, one, count, dialect)
            if count and seen == total and dialect.says_what_follows(one) and dialect.next_page(one) is not None:
                yield Finding("beyond", (one.number,), "the end", "another page")
        if _full(operation, view, dialect) or (view.complete and len(view.exchanges) > 1):
            yield Witness(view.numbers, view.step)


def _page(operation: Operation, one: Exchange, count: int, dialect: Dialect) -> Iterator[Finding]:
    limit = _limit(operation, one, dialect)
    if limit is not None and count > limit:
        yield Finding("too-many", (one.number,), str(limit), str(count))
    own = dialect.of(operation)
    if own.style != "cursor":
        return
    cursor = pointer.first(one.json, own.next_at, ABSENT) if own.next_at else None
    if cursor in (ABSENT, "") or not (cursor is None or isinstance(cursor, str)):
        yield Finding("cursor", (one.number,), "null or a text", repr(cursor) if cursor != ABSENT else ABSENT, own.next_at)
    elif own.links_at and (dialect.link(one) is None) != (cursor is None):
        expected = "no `next` link" if cursor is None else "a `next` link"
        actual = dialect.link(one) or "none"
        yield Finding("link", (one.number,), expected, actual.split("?")[0], own.next_at)


def _limit(operation: Operation, one: Exchange, dialect: Dialect) -> int | None:
    name = dialect.of(operation).limit
    p = operation.parameter(name)
    asked = number(one.request.parameter(name) or (p.schema.get("default") if p else None))
    return None if asked is None else int(asked)


def _full(operation: Operation, view: View, dialect: Dialect) -> bool:
    sizes = ((len(dialect.items(one, operation) or ()), _limit(operation, one, dialect)) for one in view.exchanges)
    return any(count and limit is not None and count >= limit for count, limit in sizes)


def _small(*items: str, cursor: str | None, at: str = "") -> Exchange:
    return exchange(f"GET /things?limit=2{at}", 200, page(*items, cursor=cursor, limit=2), step="limit=2")


_WHOLE = exchange("GET /things?limit=200", 200, page("a", "b", "c", limit=200), step="whole")
_EXACT = exchange("GET /things?limit=3", 200, page("a", "b", "c", limit=3), step="exactly full, limit=3")
_LATE = exchange("GET /things?limit=3", 200, page("a", "b", "c", limit=3, cursor="x"), step="exactly full, limit=3")
_BARE = {**page("a", "b", limit=2), "page": {"limit": 2}}
_LINKED = {**page("a", "b", limit=2, cursor="x"), "page": {"limit": 2, "nextCursor": None}}
EXAMPLES = Examples(
    operation="listThings",
    conforms=[
        numbered(_WHOLE, _small("a", "b", cursor="x"), _small("c", cursor=None, at="&cursor=x"), _EXACT),
        numbered(_small("a", cursor="x"), _small("b", cursor=None, at="&cursor=x")),
    ],
    violates=[
        numbered(_WHOLE, _small("a", "b", "c", cursor=None)),
        numbered(exchange("GET /things?limit=2", 200, _BARE, step="limit=2")),
        numbered(exchange("GET /things?limit=2", 200, _LINKED, step="limit=2")),
        numbered(_WHOLE, _LATE),
    ],
    inconclusive=[[], numbered(exchange("GET /things?limit=200", 200, page("a", limit=200), step="whole"))],
)
