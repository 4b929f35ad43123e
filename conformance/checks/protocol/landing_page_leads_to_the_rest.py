"""The body of the landing page leads to what else tells of the interface.

Why: whoever has only the address of a service starts there; headers are lost when a page is stored or shown.

Fails when: the landing page has no link with one of the relations, or one that is to lead to an operation leads elsewhere.
Inconclusive when: the landing page could not be read.
Source: OGC API - Common, landing page; the interface's rules.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from conformance.checks._example import BASE, exchange
from conformance.interface.dialect import Dialect
from conformance.model import Examples, Exchange, Finding, Inputs, Operation, Script, Touches, Witness, by_step
from conformance.text import urls

TOUCHES = Touches.NOTHING
ASKS = 1
STEP = "landing page"

ABOUT = """入口頁本文導向介面之其他說明。
緣由：僅知服務網址者由此開始；頁面儲存或顯示時，標頭便已遺失。
不通過：入口頁缺少某關係之連結，或應導向某操作之連結導向他處。
無法判定：無法讀取入口頁。
依據：OGC API - Common, landing page；介面規範。
"""

MESSAGES = {
    "missing": {
        "en": "the landing page should have {expected}, but has {actual}",
        "zh-Hant": "入口頁應有 {expected}，實為 {actual}",
    },
    "elsewhere": {
        "en": "the link {at} of the landing page should lead to {expected}, but leads to {actual}",
        "zh-Hant": "入口頁的 {at} 連結應通往 {expected}，實際通往 {actual}",
    },
}


def drive(operation: Operation, inputs: Inputs, dialect: Dialect) -> Script:
    """Fetch it once."""
    yield operation.request(step=STEP)


def judge(
    operation: Operation, trace: Sequence[Exchange], dialect: Dialect, *, relations: Mapping[str, str]
) -> Iterator[Finding | Witness]:
    """`relations` maps each relation to the operation that it leads to; to an empty text where that is left to the server."""
    for one in by_step(trace).get(STEP, ()):
        if not one.ok:
            continue
        yield Witness((one.number,), STEP)
        for relation, name in relations.items():
            href = dialect.link(one, relation)
            if href is None:
                yield Finding("missing", (one.number,), f"a link with the relation {relation}", "none")
            elif name:
                path = operation.spec.operations[name].path
                target = dialect.follow(one, href)
                if target is None or not urls.same(target.path, path):
                    yield Finding("elsewhere", (one.number,), one.base_url + path, href, relation)


def _landed(*links: tuple[str, str], status: int = 200) -> list[Exchange]:
    body: Any = {"title": {"zh-Hant": "商店"}, "links": [{"rel": rel, "href": href} for rel, href in links]}
    return [exchange("GET /", status, body, step=STEP)]


_DESCRIBED = ("service-desc", "https://docs.shop.example/openapi.json")
EXAMPLES = Examples(
    operation="listThings",
    arguments={"relations": {"service-desc": "", "items": "listThings"}},
    conforms=[_landed(_DESCRIBED, ("items", f"{BASE}/things")), _landed(("items", "things"), _DESCRIBED)],
    violates=[
        _landed(("items", f"{BASE}/things")),
        _landed(_DESCRIBED),
        _landed(_DESCRIBED, ("items", f"{BASE}/thing")),
        _landed(_DESCRIBED, ("items", "https://shop.internal/v1/things")),
    ],
    inconclusive=[[], _landed(status=503)],
)
