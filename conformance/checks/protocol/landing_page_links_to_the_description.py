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
from conformance.interface.dialect import Dialect, links_of
from conformance.model import Examples, Exchange, Finding, Inputs, Operation, Script, Touches, Witness, by_step

TOUCHES = Touches.NOTHING
RELATION = "service-desc"

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
        header = values_of(one, "link")
        if not any(relation.lower() == RELATION and href for href, relation in links_of(header)):
            yield Finding("no-link", (one.number,), f'<…>; rel="{RELATION}"', header or "absent")


def _landed(*links: str, status: int = 200) -> list[Exchange]:
    headers = {"Link": ", ".join(links)} if links else {}
    return [exchange("GET /", status, {"title": {"zh-Hant": "商店"}}, step="landing page", headers=headers)]


EXAMPLES = Examples(
    operation="listThings",
    conforms=[
        _landed('</v1/openapi.json>; rel="service-desc"; type="application/json"'),
        _landed('<docs>; rel="service-doc"', "<openapi.json>; type=x; rel=service-desc"),
    ],
    violates=[_landed(), _landed('<docs>; rel="service-doc"')],
    inconclusive=[[], _landed(status=503)],
)
