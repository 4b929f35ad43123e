"""Following the pages of a collection ends, and gives every item exactly once, whatever the page size.

Why: a consumer that pulls page by page and misses or repeats an item at a page border builds a wrong copy and never learns it.

The sizes are compared with each other and with one reading in pages as large as the operation allows. A traversal that would
take too many pages is cut; it is then compared with the beginning of that reading, if both have the same order.

Fails when: a traversal repeats an item, lacks an item that another page size shows, does not end, or is refused midway.
Inconclusive when: no traversal had two pages (fewer than two items), or the collection changed while it was read.
Source: the interface's rules on paging; keyset paging as in RFC 8288 `next` links.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Any

from conformance.checks._example import exchange, numbered, page, problem
from conformance.checks._filters import choices
from conformance.checks._predicates import LOCAL, World, holds
from conformance.checks._rounds import lasting, settled
from conformance.checks._views import View, ample, at_rest, largest, named, traverse, views
from conformance.interface.dialect import Dialect
from conformance.interface.pages import address
from conformance.model import Examples, Exchange, Finding, Inputs, Operation, Request, Script, Touches, Witness

TOUCHES = Touches.READS
ASKS = 44
STOCKS = True

ABOUT = """逐頁讀取集合有其終點，且無論每頁筆數為何，每一項目恰出現一次。
緣由：逐頁讀取者於頁界遺漏或重複項目時，所建之複本有誤而永不自知。
各每頁筆數之結果彼此比較，並與以容許最大每頁筆數讀取者比較。頁數過多之逐頁讀取予以截斷；兩者順序相同時，與後者之開頭部分比較。
不通過：逐頁讀取重複項目、缺少其他每頁筆數所見之項目、沒有終點，或中途遭拒。
無法判定：沒有達兩頁之逐頁讀取（項目少於兩筆），或讀取期間集合有變動。
依據：介面規範之分頁規定；RFC 8288 `next` 連結之鍵集分頁。
"""

MESSAGES = {
    "repeated": {
        "en": "with {expected} an item came more than once: {actual}",
        "zh-Hant": "以 {expected} 逐頁讀取時，有項目重複出現：{actual}",
    },
    "missing": {
        "en": "a traversal lacks items that other page sizes show: expected {expected}, missing {actual}",
        "zh-Hant": "逐頁讀取缺少其他每頁筆數所見的項目：應有 {expected}，缺少 {actual}",
    },
    "endless": {
        "en": "the pages do not end ({expected}): {actual}",
        "zh-Hant": "分頁沒有終點（{expected}）：{actual}",
    },
    "refused": {
        "en": "a following page was refused: expected {expected}, got {actual}",
        "zh-Hant": "後續頁遭拒：預期 {expected}，實得 {actual}",
    },
}


def drive(
    operation: Operation,
    inputs: Inputs,
    dialect: Dialect,
    *,
    limits: Sequence[int | str] = (1, 2, 7, "max"),
    most_pages: int = 40,
) -> Script:
    """One traversal per page size, each under its own step; `max` is the largest page size that the operation declares."""
    request: Request = yield from ample(operation, inputs, dialect, tries=12)
    narrowed = yield from _narrowed(operation, request, inputs, dialect)
    bound = largest(operation, dialect)
    sizes = dict.fromkeys(bound if limit == "max" else limit for limit in limits)

    def once() -> Script:
        for size in sizes:
            if isinstance(size, int) and size <= (bound or size):
                yield from traverse(operation, dialect, request, step=f"limit={size}", limit=size, most=most_pages)
        for one in narrowed:
            pages: list[Exchange] = yield from traverse(operation, dialect, one, step="filtered")
            count = sum(len(dialect.items(each, operation) or ()) for each in pages)
            yield from traverse(operation, dialect, one, step="filtered, by thirds", limit=max(1, count // 3), most=5)

    yield from settled(once, lambda seen: _judged(operation, seen, dialect), at_rest=at_rest(operation, dialect))


def _narrowed(operation: Operation, request: Request, inputs: Inputs, dialect: Dialect) -> Script:
    """The request with each filter by the value that leaves out the most of what comes after the first of two items or more that it
    keeps, where there is one: a page after the first then shows whether the filter still holds.
    """
    seen, narrowed = list[Exchange](), list[Request]()
    pages: list[Exchange] = yield from traverse(operation, dialect, request, step="given: whole")
    items = [item for one in pages for item in dialect.items(one, operation) or ()]
    for p in operation.filters:
        if request.parameter(p.name) is None and (p.filter or {}).get("match") in LOCAL:
            best, score = list[Request](), 0
            for text in (yield from choices(operation, p, items, inputs, dialect, seen)):
                kept = [holds(p, text, item, World(operation.spec, (), dialect)) is True for item in items]
                after = kept[kept.index(True) :] if True in kept else []
                if after.count(True) > 1 and after.count(False) > score:
                    best, score = [request.with_query(**{p.name: text})], after.count(False)
            narrowed += best
    return narrowed


def judge(operation: Operation, trace: Sequence[Exchange], dialect: Dialect) -> Iterator[Finding | Witness]:
    """A witness per traversal of two pages or more; sets are compared across page sizes."""
    yield from lasting(trace, lambda seen: _judged(operation, seen, dialect), at_rest=at_rest(operation, dialect))


def each(operation: Operation, trace: Sequence[Exchange], dialect: Dialect) -> Iterator[Finding]:
    """No page of the run repeats an item."""
    for one in trace:
        items = dialect.items(one, operation) or () if one.ok else ()
        if repeated := _repeated(dialect.identity(operation, item) for item in items):
            yield Finding("repeated", (one.number,), one.request.target, named(repeated))


def _repeated(identities: Iterable[Any]) -> list[Any]:
    return [key for key, count in Counter(key for key in identities if key is not None).items() if count > 1]


def _judged(operation: Operation, trace: Sequence[Exchange], dialect: Dialect) -> Iterator[Finding | Witness]:
    alike: dict[tuple[str, str], list[View]] = {}
    for view in views(operation, trace, dialect):
        alike.setdefault((view.path, view.label), []).append(view)
    for every in alike.values():
        yield from _together(every, dialect)


def _together(every: Sequence[View], dialect: Dialect) -> Iterator[Finding | Witness]:
    """What the traversals of one and the same result say: none shows what those that were read to their end lack, nor lacks what they show."""
    whole = {key for view in every if view.complete for key in view.known}
    order = next((view.identities for view in reversed(every) if view.complete), ())
    for view in every:
        if view.status >= 400:
            if len(view.exchanges) > 1:
                yield Finding("refused", (view.exchanges[-1].number,), "200", str(view.status))
            continue
        yield from _sound(view, dialect)
        if whole and (beyond := set(view.known) - whole):
            yield Finding("missing", view.numbers, f"{len(whole | beyond)} (largest pages)", named(sorted(beyond, key=str)))
        lost = whole - set(view.known) if view.complete else _skipped(view, order)
        if lost:
            yield Finding("missing", view.numbers, f"{len(whole)} ({view.step})", named(sorted(lost, key=str)))


def _sound(view: View, dialect: Dialect) -> Iterator[Finding | Witness]:
    """What a traversal says by itself: it goes on, ends, and repeats nothing."""
    if len(view.exchanges) > 1:
        yield Witness(view.numbers, view.step)
    if repeated := _repeated(view.identities):
        yield Finding("repeated", view.numbers, view.step, named(repeated))
    last = view.exchanges[-1]
    following = dialect.next_page(last)
    if following is not None and address(following) in {address(one.request) for one in view.exchanges}:
        yield Finding("endless", (last.number,), view.step, f"{following.target}")


def _skipped(view: View, order: Sequence[object]) -> set[tuple[object, ...]]:
    """What a cut traversal left out before its last item; nothing unless its order is that of the whole."""
    places = {key: index for index, key in enumerate(order)}
    seen = [key for key in view.identities if key in places]
    if not seen or any(places[one] >= places[two] for one, two in pairwise(seen)):
        return set()
    return {key for key in order[: places[seen[-1]]] if isinstance(key, tuple)} - set(view.known)


def _traversal(limit: int, *pages: tuple[str, ...], more: bool = False) -> list[Exchange]:
    last = len(pages) if more else len(pages) - 1
    return [
        exchange(
            f"GET /things?limit={limit}" + (f"&cursor=c{limit}{index - 1}" if index else ""),
            200,
            page(*items, cursor=None if index == last else f"c{limit}{index}", limit=limit),
            step=f"limit={limit}",
        )
        for index, items in enumerate(pages)
    ]


_LOOP = exchange("GET /things?limit=1&cursor=x", 200, page("b", cursor="x", limit=1), step="limit=1")
EXAMPLES = Examples(
    operation="listThings",
    conforms=[
        numbered(*_traversal(1, ("a",), ("b",), ("c",)), *_traversal(2, ("a", "b"), ("c",))),
        numbered(*_traversal(1, ("a",), ("b",), more=True), *_traversal(2, ("a", "b"), ("c",))),
    ],
    violates=[
        numbered(*_traversal(3, ("a", "b", "a"))),
        numbered(*_traversal(1, ("a",), ("b",), ("c",)), *_traversal(2, ("a", "b"), ("b", "c"))),
        numbered(*_traversal(1, ("a",), ("b",), ("c",)), *_traversal(2, ("a", "b"))),
        numbered(*_traversal(1, ("a",), ("c",), more=True), *_traversal(2, ("a", "b"), ("c", "d"))),
        numbered(*_traversal(1, ("a",), ("b",))[:1], exchange("GET /things?limit=1", 500, problem(500), step="limit=1")),
        numbered(exchange("GET /things?limit=1", 200, page("a", cursor="x", limit=1), step="limit=1"), _LOOP),
    ],
    inconclusive=[
        [],
        numbered(*_traversal(1, ("a",)), *_traversal(2, ("a",))),
        numbered(
            *_traversal(1, ("a",), more=True), exchange("GET /things?limit=1&cursor=c10", 429, problem(429), step="limit=1")
        ),
    ],
)
