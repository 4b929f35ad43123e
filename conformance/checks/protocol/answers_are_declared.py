"""Every answer is one that the interface declares: its status, its media type, and a body that its schema accepts.

Why: a client is generated from the document; what the document does not say, the client cannot read.

`fronted` are statuses that need no declaration, because whatever stands in front of a server may answer with them.

Fails when: the status code is not declared for the operation, the body's media type is not declared for that status, the body
is not valid under the declared schema, or a 2xx answer lacks the body that is declared.
Inconclusive when: the operation gave no answer.
Source: OpenAPI Specification, Responses Object; the interface document.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from conformance.checks._example import exchange, page, problem
from conformance.checks._probes import complete, drawn, rekeyed
from conformance.interface import contract
from conformance.interface.dialect import Dialect
from conformance.model import Examples, Exchange, Finding, Inputs, Operation, Script, Touches, Witness
from conformance.text import pointer
from conformance.text.media import is_json

TOUCHES = Touches.NOTHING
SCOPE = "exchange"
MOST = 5
REDACTED = "«"  # a redacted value no longer says whether it was valid

MESSAGES = {
    "status": {
        "en": "the status code is not declared: expected one of {expected}, got {actual}",
        "zh-Hant": "狀態碼未經宣告：應為 {expected} 之一，實得 {actual}",
    },
    "media-type": {
        "en": "the media type is not declared for this status: expected {expected}, got {actual}",
        "zh-Hant": "此狀態碼未宣告該媒體類型：應為 {expected}，實得 {actual}",
    },
    "body": {
        "en": "the body is not valid at {at}: expected {expected}, but {actual}",
        "zh-Hant": "回應本文在 {at} 不合綱要：應為 {expected}，但 {actual}",
    },
}


def drive(operation: Operation, inputs: Inputs, dialect: Dialect, *, most: int = 30) -> Script:
    """A request that should succeed, then the same with each drawn valid input. Cursors are not drawn: they come from pages."""
    base = yield from complete(operation, inputs, dialect)
    yield base.with_step("valid input")
    cursors = {p.name for p in operation.parameters if p.paging == "cursor"}
    for index, draw in enumerate(inputs.valid[:most]):
        request = rekeyed(drawn(base, draw), inputs, f"declared-{index}")
        yield request.with_query(**dict.fromkeys(cursors)).with_step("drawn: valid")


def judge(
    operation: Operation, trace: Sequence[Exchange], dialect: Dialect, *, fronted: Sequence[int] = ()
) -> Iterator[Finding | Witness]:
    """A witness per answer to the operation's own method."""
    for one in trace:
        if one.response is None or one.status == 429 or one.request.method != operation.method:
            continue
        declared = contract.declared(operation, one.status)
        if declared is None and one.status in fronted:
            continue
        yield Witness((one.number,), f"{one.status} {one.response.media_type}".strip())
        if declared is None:
            yield Finding("status", (one.number,), ", ".join(operation.responses), str(one.status))
            continue
        content = declared.get("content") or {}
        if not one.response.body:
            if one.ok and content:
                yield Finding("body", (one.number,), "a body", "there is none", "/")
        elif contract.answer_type(operation, one.response) is None:
            expected = ", ".join(content) or "no body"
            yield Finding("media-type", (one.number,), expected, one.response.media_type or "no media type")
        elif not one.response.truncated:
            yield from _body(operation, one)


def _body(operation: Operation, one: Exchange) -> Iterator[Finding]:
    if one.response is not None and is_json(one.response.media_type) and not one.response.is_json:
        yield Finding("body", (one.number,), "JSON", "it does not parse", "/")
        return
    errors = [error for error in contract.response_errors(operation, one) if not _redacted(one, error.pointer)]
    for error in errors[:MOST]:
        yield Finding("body", (one.number,), error.expected or "a valid value", error.message[:300], error.pointer or "/")


def _redacted(one: Exchange, where: str) -> bool:
    return REDACTED in str(pointer.first(one.json, where))


_PLAIN = {"content-type": "text/plain"}
EXAMPLES = Examples(
    operation="listThings",
    arguments={"fronted": [413]},
    conforms=[
        [exchange("GET /things", 200, page("a"))],
        [exchange("GET /things?limit=0", 400, problem(400))],
        [exchange("GET /things", 404)],
        [exchange("GET /things", 200, page("a"), headers={"content-type": "Application/JSON; charset=UTF-8"})],
    ],
    violates=[
        [exchange("GET /things", 418, problem(418))],
        [exchange("GET /things", 200, b"a b c", headers=_PLAIN)],
        [exchange("GET /things", 200, page("a"), headers={"content-type": "application/problem+json"})],
        [exchange("GET /things", 200, {"items": [{"thingId": 7}]}, headers={"content-type": "application/JSON;charset=utf-8"})],
        [exchange("GET /things", 200, {"items": [{"thingId": 7}]})],
        [exchange("GET /things", 200, b"{", headers={"content-type": "application/json"})],
        [exchange("GET /things", 200)],
    ],
    inconclusive=[
        [],
        [exchange("GET /things", 429)],
        [exchange("GET /things", 413, b"<html>", headers={"content-type": "text/html"})],
        [exchange("DELETE /things", 418)],
        [exchange("GET /things", failure="reset")],
    ],
)
