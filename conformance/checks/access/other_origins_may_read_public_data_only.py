"""Browsers of any origin may read public data, and no protected answer is opened to all origins together with credentials.

Why: open data that a web page cannot fetch are half open; and a wildcard with credentials would let any web page act for its visitor.

Fails when: a public answer to a request with an Origin does not permit that origin, or a protected one has both
`Access-Control-Allow-Origin: *` and `Access-Control-Allow-Credentials: true`.
Inconclusive when: nothing was answered, or a public operation could not be read.
Source: Fetch Standard, CORS protocol; RFC 6454.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from conformance import given
from conformance.checks._example import exchange, page, problem
from conformance.checks._probes import answered, nowhere
from conformance.interface.dialect import Dialect
from conformance.model import Examples, Exchange, Finding, Inputs, Operation, Script, Touches, Witness, by_step

TOUCHES = Touches.NOTHING
ASKS = 2
ORIGIN = "https://map.yance.example"
ALLOWED, CREDENTIALS = "access-control-allow-origin", "access-control-allow-credentials"

ABOUT = """任何來源之瀏覽器均可讀取公開資料；受保護之回應不得同時對所有來源開放並允許憑證。
緣由：網頁無法取得之開放資料僅半開放；萬用字元併同憑證，則任何網頁皆可代其訪客行事。
不通過：帶 Origin 之請求，其公開回應未允許該來源；或受保護之回應同時有 `Access-Control-Allow-Origin: *` 與 `Access-Control-Allow-Credentials: true`。
無法判定：沒有回應，或無法讀取公開操作。
依據：Fetch Standard, CORS protocol；RFC 6454。
"""

MESSAGES = {
    "closed": {
        "en": "a public answer should have {at}: {expected}, but it is {actual}",
        "zh-Hant": "公開資料的回應應帶 {at}: {expected}，實為 {actual}",
    },
    "opened": {
        "en": "a protected answer should {expected}, but it has {actual}",
        "zh-Hant": "受保護操作的回應應 {expected}，實際卻有 {actual}",
    },
}


def drive(operation: Operation, inputs: Inputs, dialect: Dialect) -> Script:
    """The request as a web page would send it, with the preflight where the operation is protected. A write is only announced."""
    if not operation.writes:
        request = yield from given.ready(operation, inputs, dialect)
        yield request.with_header("Origin", ORIGIN).with_step("from a web page")
    if operation.secured:
        announced = replace(nowhere(operation, inputs.guise), method="OPTIONS", actor=None, headers=(("Origin", ORIGIN),))
        announced = announced.with_header("Access-Control-Request-Method", operation.method)
        yield announced.with_header("Access-Control-Request-Headers", "authorization").with_step("preflight")


def judge(operation: Operation, trace: Sequence[Exchange], dialect: Dialect) -> Iterator[Finding | Witness]:
    """A witness per public answer with data, and per protected answer."""
    for step, exchanges in by_step(trace).items():
        for one in exchanges:
            operation = operation.spec.operations.get(one.request.operation, operation)
            allowed = (one.header(ALLOWED) or "").strip()
            if not operation.secured and one.ok:
                yield Witness((one.number,), step, aspect=step)
                if allowed not in ("*", one.said(ORIGIN)):
                    yield Finding("closed", (one.number,), "*", allowed or "absent", ALLOWED)
            elif operation.secured and answered(one):
                yield Witness((one.number,), step, aspect=step)
                if allowed == "*" and (one.header(CREDENTIALS) or "").strip().lower() == "true":
                    yield Finding("opened", (one.number,), "≠ * + credentials", f"{ALLOWED}: *, {CREDENTIALS}: true")


def _asked(status: int, **headers: str) -> list[Exchange]:
    sent = {f"access-control-allow-{name}": value for name, value in headers.items()}
    return [
        exchange("GET /things", status, page("a") if status == 200 else problem(status), step="from a web page", headers=sent)
    ]


def _announced(**headers: str) -> list[Exchange]:
    sent = {f"access-control-allow-{name}": value for name, value in headers.items()}
    return [exchange("OPTIONS /things", 204, None, name="createThing", step="preflight", headers=sent)]


EXAMPLES = Examples(
    operation="listThings",
    conforms=[_asked(200, origin="*"), _asked(200, origin=ORIGIN), _announced(), _announced(origin="*")],
    violates=[_asked(200), _asked(200, origin="https://shop.example"), _announced(origin="*", credentials="true")],
    inconclusive=[[], _asked(404)],
)
