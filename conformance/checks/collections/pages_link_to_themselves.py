"""Every page has a link to itself.

Why: a page that was stored or handed on tells by it where it came from; and whoever builds links for the first page only, forgets
them on the page that holds nothing.

Fails when: a page has no link with the relation `self`, or its target, resolved against the URL of the page, lies outside the base URL
or has another path than the page.
Inconclusive when: no page was seen.
Source: RFC 8288; the interface's rules on paging.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from conformance.checks._example import BASE, exchange, page, problem
from conformance.interface.dialect import Dialect
from conformance.model import Examples, Exchange, Finding, Operation, Touches, Witness
from conformance.text import urls

TOUCHES = Touches.NOTHING
SCOPE = "exchange"

ABOUT = """每一頁均有指向自身之連結。
緣由：經儲存或轉交之頁，藉此說明出處；僅為第一頁組連結者，會在沒有項目之頁遺漏。
不通過：頁沒有關係為 `self` 之連結，或其目標（依該頁 URL 解析）位於基底網址 之外或路徑與該頁不同。
無法判定：未見任何一頁。
依據：RFC 8288；介面規範之分頁規定。
"""

MESSAGES = {
    "missing": {
        "en": "the page should have {expected}, but its relations are {actual}",
        "zh-Hant": "該頁應有 {expected}，實際的連結關係為 {actual}",
    },
    "elsewhere": {
        "en": "the `self` link of the page should lead to {expected}, but leads to {actual}",
        "zh-Hant": "該頁的 `self` 連結應通往 {expected}，實際通往 {actual}",
    },
}


def judge(operation: Operation, trace: Sequence[Exchange], dialect: Dialect) -> Iterator[Finding | Witness]:
    """A witness per page. How the query of the link is written is left to the server."""
    for one in trace:
        if one.request.method != operation.method or dialect.items(one, operation) is None:
            continue
        yield Witness((one.number,), "page")
        href = dialect.link(one, "self")
        if href is None:
            yield Finding("missing", (one.number,), "a link with the relation self", _relations(one, dialect.of(operation)))
            continue
        if href.partition("?")[0] == one.base_url.rstrip("/") + one.request.path:
            continue  # spelt as it was asked: nearly always, and then nothing has to be resolved
        target = dialect.follow(one, href)
        if target is None or not urls.same(target.path.rstrip("/"), one.request.path.rstrip("/")):
            yield Finding("elsewhere", (one.number,), one.base_url + one.request.path, href.split("?")[0])


def _relations(one: Exchange, dialect: Dialect) -> str:
    found = one.json.get(dialect.links_at.strip("/")) if isinstance(one.json, dict) else None
    told = [str(each.get("rel")) for each in found if isinstance(each, dict)] if isinstance(found, list) else []
    return ", ".join(told) or "none"


def _page(*links: Any, line: str = "GET /things?limit=2") -> list[Exchange]:
    return [exchange(line, 200, {**page("a"), "links": list(links)})]


def _self(href: str) -> dict[str, str]:
    return {"rel": "self", "href": href}


EXAMPLES = Examples(
    operation="listThings",
    conforms=[
        _page(_self(f"{BASE}/things?limit=2")),
        _page({"rel": "next", "href": "?cursor=x"}, _self("?limit=2")),
        _page(_self("/v1/things")),
        _page(_self("things?limit=2")),
    ],
    violates=[
        _page(),
        _page({"rel": "next", "href": "?cursor=x"}),
        _page(_self("https://10.0.0.7:8080/v1/things?limit=2")),
        _page(_self("/v1/things/t1")),
        _page(_self("/things?limit=2")),
    ],
    inconclusive=[[], [exchange("GET /things?limit=0", 400, problem(400))], [exchange("HEAD /things", 200)]],
)
