"""Every error is a problem document whose `status` is the HTTP status.

Why: a client of three interfaces can only handle errors in one place when they all have one shape.

`fronted` are statuses of which nothing is asked, because whatever stands in front of a server may answer with them.

Fails when: a 4xx or 5xx answer has a body that is not `application/problem+json`, does not parse, lacks `type`, `title` or
`status`, or states a status other than its own; or, where errors may not be `bare`, a 4xx answer has no body.
Inconclusive when: no error was seen, or none with a body where they may be bare.
Source: RFC 9457 section 3.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from conformance.checks._example import exchange, numbered, problem
from conformance.checks._reading import shown
from conformance.interface.dialect import Dialect
from conformance.model import Examples, Exchange, Finding, Operation, Touches, Witness
from conformance.text import pointer

TOUCHES = Touches.NOTHING
SCOPE = "exchange"

ABOUT = """每一錯誤均為問題文件，其 `status` 即 HTTP 狀態碼。
緣由：使用三種介面之用戶端，唯有錯誤格式一致，方能於一處處理。
`fronted` 為不作要求之狀態碼，因伺服器前端之設備亦可能以之回應。
不通過：4xx 或 5xx 之本文不是 `application/problem+json`、無法解析、缺少 `type`、`title` 或 `status`，或所載狀態碼與實際不同；錯誤不得為 `bare` 時，4xx 沒有本文。
無法判定：未見錯誤；容許無本文時，未見有本文之錯誤。
依據：RFC 9457 第 3 節。
"""

MESSAGES = {
    "bare": {
        "en": "the {actual} should have {expected}",
        "zh-Hant": "{actual} 回應應有{expected}",
    },
    "media-type": {
        "en": "the error is not a problem document: expected media type {expected}, got {actual}",
        "zh-Hant": "錯誤回應不是問題文件：應為媒體類型 {expected}，實得 {actual}",
    },
    "member": {
        "en": "the problem document's {at} should be {expected}, but is {actual}",
        "zh-Hant": "問題文件的 {at} 應為 {expected}，實為 {actual}",
    },
}


def judge(
    operation: Operation, trace: Sequence[Exchange], dialect: Dialect, *, bare: bool = True, fronted: Sequence[int] = ()
) -> Iterator[Finding | Witness]:
    """One witness per error with a body, or that should have one."""
    for one in trace:
        if one.response is None or one.status < 400 or one.status in fronted:
            continue
        if not one.response.has_body:
            if not bare and one.status < 500 and not one.turned_away and one.request.method != "HEAD":
                yield Witness((one.number,), f"error {one.status}")
                yield Finding("bare", (one.number,), "a problem document", str(one.status))
            continue
        yield Witness((one.number,), f"error {one.status}")
        document = dialect.problem(one)
        if document is None:
            actual = one.response.media_type or "no media type"
            actual += "" if one.response.is_json else ", not JSON"
            yield Finding("media-type", (one.number,), dialect.problem_media_type, actual)
            continue
        for name in ("/type", "/title"):
            value = pointer.first(document, name)
            if not isinstance(value, str) or not value:
                yield Finding("member", (one.number,), "a non-empty text", shown(value), name)
        stated = pointer.first(document, dialect.problem_status)
        if stated != one.status or isinstance(stated, bool):
            yield Finding("member", (one.number,), str(one.status), shown(stated), dialect.problem_status)


EXAMPLES = Examples(
    operation="listThings",
    arguments={"bare": False, "fronted": [413]},
    conforms=[
        [exchange("GET /things?limit=0", 400, problem(400, "invalid-parameter"))],
        [exchange("GET /things?limit=0", 400, problem(400), headers={"content-type": "Application/Problem+JSON; charset=utf-8"})],
        numbered(exchange("GET /things"), exchange("GET /things/x", 404, problem(404), name="getThing")),
    ],
    violates=[
        [exchange("GET /things/x", 404)],
        [exchange("GET /things?limit=0", 400, {"error": "bad"}, headers={"content-type": "application/json"})],
        [exchange("GET /things?limit=0", 400, problem(500))],
        [exchange("GET /things?limit=0", 400, {"type": "about:blank", "status": 400})],
        [exchange("GET /things?limit=0", 502, b"<html>", headers={"content-type": "application/problem+json"})],
    ],
    inconclusive=[
        [exchange("GET /things", 200, {"items": []})],
        [exchange("HEAD /things/x", 404)],
        [exchange("GET /things", 429)],
        [exchange("GET /things", 413, b"<html>", headers={"content-type": "text/html"})],
    ],
)
