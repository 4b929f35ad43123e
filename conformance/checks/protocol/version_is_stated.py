"""Every answer states the version of the interface, and the base URL carries its major number.

Why: a log line, a bug report or a cache entry without a version cannot be read once two versions are in use.

`fronted` are statuses of which nothing is asked, because whatever stands in front of a server may answer with them.

Fails when: an answer lacks the version header, states a version of another line than the certified one, or came from a base URL
that does not end with the major version.
Inconclusive when: no answer below 500 was seen.
Source: 國發會「共通性應用程式介面規範」, API 版本描述方式; the interface's rules.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from urllib.parse import urlsplit

from conformance import given
from conformance.checks._example import exchange, page, problem
from conformance.checks._probes import answered
from conformance.interface.dialect import Dialect
from conformance.model import Examples, Exchange, Finding, Inputs, Operation, Script, Touches, Witness

TOUCHES = Touches.NOTHING
VERSIONED = True
ASKS = 2
SCOPE = "exchange"
BODIES = False

ABOUT = """每一回應均載明介面版本，基底網址 含其主版號。
緣由：兩個版本並行後，未載版本之日誌、問題回報或快取內容便無法解讀。
`fronted` 為不作要求之狀態碼，因伺服器前端之設備亦可能以之回應。
不通過：回應缺少版本標頭、所載版本不屬驗測之版本系列，或來自結尾不是主版號之基底網址。
無法判定：未見低於 500 之回應。
依據：國發會「共通性應用程式介面規範」API 版本描述方式；介面規範。
"""

MESSAGES = {
    "header": {
        "en": "the answer should state version {expected}, but its header {at} is {actual}",
        "zh-Hant": "回應應標示版本 {expected}，實際的 {at} 標頭為 {actual}",
    },
    "path": {
        "en": "the base URL should end with {expected}, but its path is {actual}",
        "zh-Hant": "基底網址應以 {expected} 結尾，實際路徑為 {actual}",
    },
}


def drive(operation: Operation, inputs: Inputs, dialect: Dialect) -> Script:
    """One request of the operation."""
    request = yield from given.ready(operation, inputs, dialect)
    yield request.with_step("version")


def judge(
    operation: Operation, trace: Sequence[Exchange], dialect: Dialect, *, fronted: Sequence[int] = ()
) -> Iterator[Finding | Witness]:
    """A witness per answer; what a gateway says when the server is out of reach or too busy is left out."""
    major, minor = operation.spec.version.split(".")[:2]
    for one in trace:
        if not answered(one) or one.status >= 500 or one.status in fronted or one.request.method == "OPTIONS":
            continue
        yield Witness((one.number,), str(one.status))
        stated = one.header(dialect.version_header)
        if stated is None or not re.fullmatch(rf"{major}\.{minor}\.\d+", stated.strip(), re.ASCII):
            yield Finding("header", (one.number,), f"{major}.{minor}.x", stated or "absent", dialect.version_header)
        path = urlsplit(one.base_url).path.rstrip("/")
        if path.rpartition("/")[2] != f"v{major}":
            yield Finding("path", (one.number,), f"/v{major}", path or "/")


def _answer(version: str | None, *, status: int = 200, base: str = "https://shop.example/v1") -> list[Exchange]:
    body = page("a") if status == 200 else problem(status)
    headers = {"API-Version": version} if version else {}
    return [replace(exchange("GET /things", status, body, headers=headers), base_url=base)]


EXAMPLES = Examples(
    operation="listThings",
    arguments={"fronted": [413]},
    conforms=[_answer("1.0.0"), _answer("1.0.7", status=404), _answer("1.0.0", base="https://shop.example/api/v1/")],
    violates=[
        _answer(None),
        _answer(None, status=400),
        _answer("1.1.0"),
        _answer("v1"),
        _answer("1.0.0", base="https://shop.example/api"),
        _answer("1.0.0", base="https://shop.example/v2"),
    ],
    inconclusive=[[], _answer(None, status=429), _answer(None, status=502), _answer(None, status=413)],
)
