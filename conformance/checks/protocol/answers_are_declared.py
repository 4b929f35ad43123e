"""Every answer is one that the interface declares: its status, its media type, and a body that its schema accepts.

Why: a client is generated from the document; what the document does not say, the client cannot read.

Every answer of the run is looked at. A document need not name every status that a mistake may draw forth (OpenAPI Specification, Responses
Object): a 4xx that it does not declare is left out where another check provoked it. A row whose interface declares all of them says
`provoked: declared`, and one whose interface wants each member name once in an object (I-JSON) says `doubled: refused`; otherwise an answer
with a doubled member shows nothing. `fronted` are statuses that need no declaration, because whatever stands in front of a server may answer with
them.

Fails when: the status code is not declared for the operation, the body's media type is not declared for that status, the body
cannot be decoded or is not valid under the declared schema (a text, in no reading of it), a 2xx answer lacks the body that is declared, or a header field that is declared as required is
missing, or has a value that no reading of it makes valid. An answer to HEAD has no body (RFC 9110 section 9.3.2).
Inconclusive when: the operation gave no answer.
Source: OpenAPI Specification, Responses Object; the interface document.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal

from conformance.checks._example import exchange, numbered, page, problem
from conformance.checks._probes import complete, drawn, rekeyed
from conformance.errors import UntoldError
from conformance.interface import contract
from conformance.interface.dialect import Dialect
from conformance.model import Examples, Exchange, Finding, Inputs, Operation, Response, Script, Touches, Witness
from conformance.text.media import is_json

TOUCHES = Touches.NOTHING
SCOPE = "exchange"
DRAWS = True
MOST = 5
_SHOWN = 160  # characters of a place
BASE, DRAWN = "valid input", "drawn: valid"

ABOUT = """每一回應均經介面規範宣告：狀態碼、媒體類型，以及符合綱要之本文。
緣由：用戶端依介面規範產生；規範未載者，用戶端無法讀取。
檢視執行中之每一回應。規範無須列出錯誤可能引發之每一狀態碼（OpenAPI Specification, Responses Object）：未宣告之 4xx 若由其他檢查引發則略過。介面宣告全部狀態碼者，要求載明 `provoked: declared`；要求同一物件欄位名稱不重複（I-JSON）者載明 `doubled: refused`，否則含重複欄位之回應不足為據。`fronted` 為無須宣告之狀態碼，因伺服器前端之設備亦可能以之回應。
不通過：操作未宣告該狀態碼；該狀態碼未宣告本文之媒體類型；本文無法解碼或不符綱要（文字型別以任何解讀均不符）；2xx 缺少所宣告之本文；或缺少宣告為必要之標頭，或其值以任何解讀均不符。HEAD 之回應沒有本文（RFC 9110 第 9.3.2 節）。
無法判定：該操作未有回應。
依據：OpenAPI Specification, Responses Object；介面規範。
"""

MESSAGES = {
    "status": {
        "en": "the status code is not declared: expected one of {expected}, got {actual}",
        "zh-Hant": "狀態碼未經宣告：應為 {expected} 之一，實得 {actual}",
    },
    "media-type": {
        "en": "the media type is not declared for this status: expected {expected}, got {actual}",
        "zh-Hant": "此狀態碼未宣告該媒體類型：應為 {expected}，實得 {actual}",
    },
    "header": {
        "en": "the header field {at} is not as declared: expected {expected}, got {actual}",
        "zh-Hant": "標頭 {at} 不合宣告：應為 {expected}，實得 {actual}",
    },
    "coding": {
        "en": "the body cannot be read: expected the content coding {expected}, which was asked for, or none; but {actual}",
        "zh-Hant": "回應本文無法讀取：內容編碼應為所要求之 {expected} 或不編碼，但 {actual}",
    },
    "doubled": {
        "en": "a member name stands once in an object, but {actual} stands twice in one",
        "zh-Hant": "同一物件中的欄位名稱不得重複，但 {actual} 出現兩次",
    },
    "body": {
        "en": "the body is not valid at {at}: expected {expected}, but {actual}",
        "zh-Hant": "回應本文在 {at} 不合綱要：應為 {expected}，但 {actual}",
    },
}


def drive(operation: Operation, inputs: Inputs, dialect: Dialect, *, most: int = 30) -> Script:
    """A request that should succeed, then the same with each drawn valid input. Cursors are not drawn: they come from pages."""
    base = yield from complete(operation, inputs, dialect)
    yield base.with_step(BASE)
    cursors = {p.name for p in operation.parameters if p.paging == "cursor"}
    for index, draw in enumerate(inputs.valid[:most]):
        request = rekeyed(drawn(base, draw), inputs, f"declared-{index}")
        yield request.with_query(**dict.fromkeys(cursors)).with_step(DRAWN)


def judge(
    operation: Operation,
    trace: Sequence[Exchange],
    dialect: Dialect,
    *,
    provoked: Literal["declared", "any"] = "any",
    fronted: Sequence[int] = (),
    doubled: Literal["refused", "any"] = "any",
) -> Iterator[Finding | Witness]:
    """A witness per answer to the operation's own method of which it can be told. `provoked`: whether a 4xx that another check drew forth
    has to be declared.
    """
    for one in trace:
        yield from _undecoded(one)
        if one.response is None or one.status == 429 or one.request.method != operation.method:
            continue
        declared = contract.declared(operation, one.status)
        if declared is None and (one.status in fronted or (provoked == "any" and _provoked(one))):
            continue
        said = f"{one.status} {one.response.media_type}".strip()
        if declared is None:
            yield Witness((one.number,), said, aspect=said)
            yield Finding("status", (one.number,), ", ".join(operation.responses), _led(one))
            continue
        for name, expected, actual in contract.header_errors(operation, one):
            yield Finding("header", (one.number,), expected, actual, name)
        with contextlib.suppress(UntoldError):  # then it is no witness either
            yield from _content(operation, one, one.response, declared.get("content") or {})
            yield Witness((one.number,), said, aspect=said)
        if doubled == "refused" and one.response.doubled:
            yield Finding("doubled", (one.number,), "one", one.response.doubled[:100])


def _content(operation: Operation, one: Exchange, response: Response, content: Mapping[str, Any]) -> Iterator[Finding]:
    if not response.body:
        if one.ok and content and operation.method != "HEAD" and not response.truncated:
            yield Finding("body", (one.number,), "a body", "there is none", "/")
    elif contract.answer_type(operation, response) is None:
        expected = ", ".join(content) or "no body"
        yield Finding("media-type", (one.number,), expected, response.media_type or "no media type")
    elif not response.truncated:
        yield from _body(operation, one, response)


def _undecoded(one: Exchange) -> Iterator[Finding]:
    """A body that is not what its content coding says is no answer at all."""
    if one.failure == "decode":
        yield Finding("coding", (one.number,), "gzip", str(one.attributes.get("detail", "")))


def _led(one: Exchange) -> str:
    """The status of an answer, and where a redirection leads."""
    where = one.header("location") if 300 <= one.status < 400 else None
    return f"{one.status} (to {where[:_SHOWN]})" if where else str(one.status)


def _provoked(one: Exchange) -> bool:
    """Whether a refusal answers a request by which another check meant to be refused, or at least risked it."""
    return 400 <= one.status < 500 and one.step not in (BASE, DRAWN) and not one.is_setup


def _body(operation: Operation, one: Exchange, response: Response) -> Iterator[Finding]:
    if is_json(response.media_type) and not response.is_json:
        if coding := one.attributes.get("undecoded"):
            yield Finding("coding", (one.number,), "gzip", f"Content-Encoding: {coding}")
        elif not response.unread:
            yield Finding("body", (one.number,), "JSON", "it does not parse", "/")
        return
    if (wanted := contract.text_refused(operation, one)) is not None:
        yield Finding("body", (one.number,), wanted, f"it is {response.body.decode('utf-8', 'replace')[:100]!r}", "/")
    for error in contract.response_errors(operation, one)[:MOST]:
        yield Finding("body", (one.number,), error.expected or "a valid value", error.message[:300], error.pointer or "/")


def _encoded(coding: str) -> Exchange:
    """An answer in a content coding that is not read."""
    return replace(
        exchange("GET /things", 200, b"\x0b\x00", headers={"content-type": "application/json"}), attributes={"undecoded": coding}
    )


_PLAIN = {"content-type": "text/plain"}
EXAMPLES = Examples(
    operation="listThings",
    arguments={"fronted": [413], "doubled": "refused"},
    conforms=[
        [exchange("GET /things", 200, page("a"))],
        [exchange("GET /things?limit=0", 400, problem(400))],
        [exchange("GET /things", 404)],
        numbered(exchange("GET /things", 200, page("a")), exchange("GET /things", 422, problem(422), step="unknown")),
        [exchange("GET /things", 200, page("a"), headers={"x-total": "3"})],
        [exchange("GET /things", 200, page("a"), headers={"content-type": "Application/JSON; charset=UTF-8"})],
    ],
    violates=[
        [exchange("GET /things", 418, problem(418), step=BASE)],
        [exchange("GET /things", 418, problem(418), step="given: base")],
        [exchange("GET /things", 501, problem(501), step="unknown")],
        [exchange("GET /things", 202, page("a"), step="unknown")],
        [exchange("GET /things", 308, headers={"location": "/things/"})],
        [exchange("GET /things", 200, b"a b c", headers=_PLAIN)],
        [exchange("GET /things", 200, page("a"), headers={"content-type": "application/problem+json"})],
        [exchange("GET /things", 200, {"items": [{"thingId": 7}]}, headers={"content-type": "application/JSON;charset=utf-8"})],
        [exchange("GET /things", 200, {"items": [{"thingId": 7}]})],
        [exchange("GET /things", 200, b"{", headers={"content-type": "application/json"})],
        [_encoded("br")],
        [replace(exchange("GET /things", failure="decode"), attributes={"detail": "the body is not gzip"})],
        [exchange("GET /things", 200)],
        [exchange("GET /things", 200, page("a"), headers={"x-total": "many"})],
        [exchange("GET /things", 200, b'{"items": [{"thingId": "a", "name": {}, "state": "NEW", "thingId": "b"}]}')],
    ],
    inconclusive=[
        [],
        [exchange("GET /things", 429)],
        [exchange("GET /things", 413, b"<html>", headers={"content-type": "text/html"})],
        [exchange("DELETE /things", 418)],
        [exchange("GET /things", 422, problem(422), step="unknown")],
        [exchange("GET /things", failure="reset")],
    ],
)
