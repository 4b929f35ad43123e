"""The landing page's Link header leads to the API description.

Why: a program that knows only the address of an interface finds its description without reading a manual.

Fails when: the landing page is answered without a link whose relation is `service-desc`.
Inconclusive when: the landing page could not be read.
Source: RFC 8631 section 4 (`service-desc`); 國發會「共通性應用程式介面規範」, API Discovery.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from conformance.checks._example import exchange
from conformance.checks._probes import values_of
from conformance.interface.dialect import Dialect, own_links
from conformance.model import Examples, Exchange, Finding, Inputs, Operation, Script, Touches, Witness, by_step

TOUCHES = Touches.NOTHING
ASKS = 1
RELATION = "service-desc"

ABOUT = """入口頁之 Link 標頭導向 API 說明文件。
緣由：僅知介面網址之程式，無須閱讀手冊即可找到說明文件。
不通過：入口頁之回應沒有關係為 `service-desc` 之連結。
無法判定：無法讀取入口頁。
依據：RFC 8631 第 4 節（`service-desc`）；國發會「共通性應用程式介面規範」API Discovery。
"""

MESSAGES = {
    "no-link": {
        "en": "the landing page should send {expected}, but its Link header is {actual}",
        "zh-Hant": "入口頁應送出 {expected}，實際的 Link 標頭為 {actual}",
    },
}


def drive(operation: Operation, inputs: Inputs, dialect: Dialect) -> Script:
    """Fetch it once."""
    yield operation.request(step="landing page")


def judge(operation: Operation, trace: Sequence[Exchange], dialect: Dialect) -> Iterator[Finding | Witness]:
    """A witness per landing page that came."""
    for one in by_step(trace).get("landing page", ()):
        if not one.ok:
            continue
        yield Witness((one.number,), "landing page")
        if not any(RELATION in link.relations and link.href for link in own_links(one)):
            yield Finding("no-link", (one.number,), f'<…>; rel="{RELATION}"', values_of(one, "link") or "absent")


def _landed(*links: str, status: int = 200) -> list[Exchange]:
    headers = {"Link": ", ".join(links)} if links else {}
    return [exchange("GET /", status, {"title": {"zh-Hant": "商店"}}, step="landing page", headers=headers)]


EXAMPLES = Examples(
    operation="listThings",
    conforms=[
        _landed('</v1/openapi.json>; rel="service-desc"; type="application/json"'),
        _landed('<docs>; rel="service-doc"', "<openapi.json>; type=x; rel=service-desc"),
        _landed('<a,b>; title="the docs, and <c>; rel"; REL="service-doc Service-Desc"'),
        _landed('<openapi.json>; rel="service-desc"; anchor="https://SHOP.example:443/v1/"'),
    ],
    violates=[
        _landed(),
        _landed('<docs>; rel="service-doc"; title="; rel=service-desc"'),
        _landed("<docs>; rel=service-doc; rel=service-desc"),
        _landed('<openapi.json>; rel="service-desc"; anchor="/v2/"'),
    ],
    inconclusive=[[], _landed(status=503)],
)
