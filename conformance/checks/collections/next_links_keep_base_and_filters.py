"""The link to the next page stays on the base URL, keeps every filter and the page size, and leads to the very page that follows.

Why: a consumer that follows links reads other data than it asked for when a link drops a filter, and leaves for a host that it
cannot reach, or should not trust, when a link is built from an internal address.

Fails when: the target of `next`, resolved against the URL of its page, lies outside the base URL, lacks a query parameter of the
request or gives it another value, or does not lead to the page that the next cursor gives.
Inconclusive when: no page with a successor was found.
Source: RFC 8288 section 3; RFC 3986 section 5.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from urllib.parse import urlsplit

from conformance.checks._example import BASE, exchange, numbered, page, problem
from conformance.checks._filters import choices
from conformance.checks._own import unusable
from conformance.checks._predicates import World, alike, holds, said
from conformance.checks._rounds import lasting, settled
from conformance.checks._views import ample, at_rest, named, paging, traverse
from conformance.interface.dialect import Dialect
from conformance.interface.pages import address
from conformance.model import Examples, Exchange, Finding, Inputs, Operation, Request, Script, Touches, Witness, by_step

TOUCHES = Touches.READS
ASKS = 23
STOCKS = True
LINK = ", by its link"

ABOUT = """下一頁連結位於基底網址 之下、保留全部篩選條件與每頁筆數，且恰導向後續之頁。
緣由：循連結讀取者，若連結遺漏條件，便讀到並非所查之資料；若連結以內部位址組成，則被導向無法連線或不應信任之主機。
不通過：`next` 之目標（依該頁 URL 解析）位於基底網址 之外、缺少請求之查詢參數或其值不同，或並非導向下一游標所給之頁。
無法判定：找不到有後續頁之頁。
依據：RFC 8288 第 3 節；RFC 3986 第 5 節。
"""

MESSAGES = {
    "base": {
        "en": "the `next` link leaves the base URL: expected a target below {expected}, got {actual}",
        "zh-Hant": "`next` 連結離開基底網址：目標應在 {expected} 之下，實得 {actual}",
    },
    "lost": {
        "en": "the `next` link does not keep the query: expected {expected}, got {actual}",
        "zh-Hant": "`next` 連結未保留查詢條件：應有 {expected}，實得 {actual}",
    },
    "elsewhere": {
        "en": "the `next` link does not lead to the following page: expected {expected}, got {actual}",
        "zh-Hant": "`next` 連結未通往下一頁：應為 {expected}，實得 {actual}",
    },
}


def drive(operation: Operation, inputs: Inputs, dialect: Dialect, *, limit: int = 1, most: int = 8) -> Script:
    """First pages without a filter, with one and with two; each one's successor by cursor and by link."""
    request: Request = yield from ample(operation, inputs, dialect)
    seen: list[Exchange] = []
    pages: list[Exchange] = yield from traverse(operation, dialect, request, step="given: whole", most=4)
    items = [item for one in pages for item in dialect.items(one, operation) or ()]
    firsts, seconds = list[Request](), list[Request]()
    for p in operation.filters:
        if request.parameter(p.name) is None:
            values = yield from choices(operation, p, items, inputs, dialect, seen)
            world = World(operation.spec, seen, dialect)
            values.sort(key=lambda text: -sum(holds(p, text, item, world) is True for item in items))  # a page more needs items
            firsts += [request.with_query(**{p.name: text}) for text in values[:1]]
            seconds += [request.with_query(**{p.name: text}) for text in values[1:2]]
    for tail in (firsts, seconds):
        inputs.random("asked", operation.id).shuffle(tail)
    asked = [request, *[*firsts, *seconds][: most - 2]]
    if len(asked) > 2:
        asked.append(asked[1].with_query(**dict(asked[2].query)))

    def once() -> Script:
        for nth, one in enumerate(asked, 1):
            step = f"query {nth}"
            first: Exchange = yield one.with_query(**{dialect.of(operation).limit: limit}).with_step(step)
            href, following = dialect.link(first), dialect.next_page(first)
            target = dialect.follow(first, href) if href else None
            if following is not None:
                yield following.with_step(step)
            if target is not None:
                yield target.with_step(step + LINK)

    yield from settled(once, lambda trace: _judged(operation, trace, dialect), at_rest=at_rest(operation, dialect))


def judge(operation: Operation, trace: Sequence[Exchange], dialect: Dialect) -> Iterator[Finding | Witness]:
    """A witness per `next` link."""
    yield from lasting(trace, lambda seen: _judged(operation, seen, dialect), at_rest=at_rest(operation, dialect))


def each(operation: Operation, trace: Sequence[Exchange], dialect: Dialect) -> Iterator[Finding]:
    """The link that any page of the run shows stays on the base, and keeps what that page was asked with. What the document does not
    declare may be the server's own, out of an earlier link: it moves as it likes.
    """
    declared = {p.name for p in operation.parameters}
    for one in trace:
        href = dialect.link(one) if one.ok else None
        if href is None:
            continue
        target = dialect.follow(one, href)
        if target is None:
            yield Finding("base", (one.number,), one.base_url, href.split("?")[0])
        else:
            own = {name for name, _ in one.request.query if name not in declared}
            yield from _kept(operation, one, one, target, (paging(operation, dialect) - {dialect.of(operation).limit}) | own)


def _judged(operation: Operation, trace: Sequence[Exchange], dialect: Dialect) -> Iterator[Finding | Witness]:
    steps = by_step(one for one in trace if one.request.operation == operation.id)
    moving = paging(operation, dialect) - {dialect.of(operation).limit}
    for step, exchanges in steps.items():
        first = exchanges[0]
        href = dialect.link(first) if first.ok and not step.endswith(LINK) else None
        if href is None:
            continue
        yield Witness((first.number,), step)
        target = dialect.follow(first, href)
        if target is None:
            yield Finding("base", (first.number,), first.base_url, href.split("?")[0])
            continue
        yield from _kept(operation, first, first, target, moving)
        followed = steps.get(step + LINK, [])
        if len(exchanges) > 1 and followed:
            yield from _same_page(operation, exchanges[1], followed[0], dialect)
        if followed and followed[0].ok and (href := dialect.link(followed[0])) is not None:
            onward = dialect.follow(followed[0], href)
            if onward is None:
                yield Finding("base", (followed[0].number,), first.base_url, href.split("?")[0])
            elif address(onward) == address(followed[0].request):
                yield Finding("elsewhere", (followed[0].number,), "another page", onward.target)
            else:
                yield from _kept(operation, first, followed[0], onward, moving)


def _kept(operation: Operation, asked: Exchange, shown: Exchange, target: Request, moving: frozenset[str]) -> Iterator[Finding]:
    """Whether the link that a page shows keeps what the first page was asked with, in whatever words; a default need not be said."""
    for name, text in asked.request.query:
        kept = said(operation, target, name)
        if name not in moving and (kept is None or not alike(kept, text)):
            yield Finding("lost", (shown.number,), f"{name}={text}", f"{name}={kept}" if kept is not None else "-")


def _same_page(operation: Operation, one: Exchange, two: Exchange, dialect: Dialect) -> Iterator[Finding]:
    if not one.ok or unusable(two):
        return
    shown = [[dialect.identity(operation, item) for item in dialect.items(page, operation) or ()] for page in (one, two)]
    if not two.ok or shown[0] != shown[1]:
        expected, actual = f"200 ({named(shown[0])})", f"{two.status} ({named(shown[1])})"
        yield Finding("elsewhere", (one.number, two.number), expected, actual)


def _leading(href: str) -> dict[str, object]:
    return {**page("a", cursor="x", limit=1), "links": [{"rel": "next", "href": href}]}


def _story(href: str, *, status: int = 200, item: str = "b", query: str = "limit=1&colour=red") -> list[Exchange]:
    landed = page(item, limit=1) if status == 200 else problem(status)
    return numbered(
        exchange(f"GET /things?{query}", 200, _leading(href), step="query 1"),
        exchange(f"GET /things?{query}&cursor=x", 200, page("b", limit=1), step="query 1"),
        exchange(f"GET /things?{query}&cursor=x", status, landed, step="query 1, by its link"),
    )


_PORTS = {"http": 80, "https": 443}
_UPPER = (
    f"{urlsplit(BASE).scheme}://{(urlsplit(BASE).hostname or '').upper()}:{urlsplit(BASE).port or _PORTS[urlsplit(BASE).scheme]}"
)
EXAMPLES = Examples(
    operation="listThings",
    conforms=[
        _story(f"{BASE}/things?colour=red&limit=1&cursor=x"),
        _story("?limit=1&colour=red&cursor=x"),
        _story("/v1/things?limit=1&colour=red&cursor=x"),
        _story("?limit=1.0&from=2025-01-01T00:00:00Z&cursor=x", query="limit=1&from=2025-01-01T08:00:00%2B08:00"),
        _story("?cursor=x", query="limit=50"),
        _story(f"{_UPPER}/v1/things?limit=1&colour=red&cursor=x"),
        numbered(
            exchange("GET /things?limit=1", 200, _leading("?limit=1&p=2"), step="query 1"),
            exchange("GET /things?limit=1&p=2", 200, _leading("?limit=1&p=3"), step="query 1, by its link"),
        ),
    ],
    violates=[
        _story("https://10.0.0.7:8080/things?limit=1&colour=red&cursor=x"),
        _story("/things?limit=1&colour=red&cursor=x"),
        _story("/v10/things?limit=1&colour=red&cursor=x"),
        _story("?limit=1&cursor=x"),
        _story("?colour=red&cursor=x"),
        _story("?limit=1&colour=blue&cursor=x"),
        _story("?limit=1&colour=red&cursor=x", item="c"),
        _story("?limit=1&colour=red&cursor=x", status=404),
    ],
    inconclusive=[[], numbered(exchange("GET /things?limit=1", 200, page("a", limit=1), step="query 1"))],
)
