"""Broken JSON is 400, an unsupported media type 415, an unacceptable one 406, and an unserved method 405 with a truthful Allow.

Why: these four come from every client's first day; a server that answers them all with 400, or with 200, teaches nothing.

Fails when: such a request, complete in all else, gets another status; one whose Accept admits what is produced is answered as
unacceptable; or the Allow of a 405 is absent, lacks a method that the path
serves, or names one that was just refused. Which statuses are right is said by `malformed`, `unsupported`, `unacceptable` and `method`.
Inconclusive when: no such request could be made for the operation, or none was answered.
Source: RFC 9110, Client Error 4xx (400, 405, 406, 415) and Allow.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from conformance.checks._example import exchange, numbered, page, problem
from conformance.checks._probes import FOREIGN, answered, complete, directives, nowhere, rekeyed, steadily, vanished
from conformance.checks._statuses import either
from conformance.interface.dialect import Dialect
from conformance.model import Examples, Exchange, Finding, Guise, Inputs, Operation, Script, Touches, Witness, by_step
from conformance.text.media import best, is_json

TOUCHES = Touches.NOTHING
UNHEARD = "application/x-yance-unheard"
MEDIA = ("application/x-www-form-urlencoded", "application/json", "application/merge-patch+json")
NOUGHT = (
    ";q=0",
    "; q=0",
    ";q=0.0",
    ";q=0.00",
    "; q=0.0",
    ";q=0.000",
    "; q=0.00",
    "; q=0.000",
)  # the same weight (RFC 9110 section 12.4.2)
SOME = (";q=0.1", *(f"{begun}q=0.{digits}" for begun in (";", "; ") for digits in range(11, 100, 4)))
MALFORMED, UNSUPPORTED, UNACCEPTABLE = "malformed JSON", "unsupported media type", "unacceptable media type"
ADMITTED = "acceptable media type"

ABOUT = """格式錯誤之 JSON 為 400、不支援之媒體類型為 415、無法接受者為 406、未提供之方法為 405 且 Allow 屬實。
緣由：此四者為每個用戶端第一天必遇；一律回應 400 或 200 之伺服器，無法使人學到任何事。
不通過：其餘完備之此類請求得到其他狀態碼；Accept 容許所產生者卻回應無法接受；或 405 之 Allow 缺漏、缺少該路徑提供之方法，或列出剛遭拒之方法。正確之狀態碼見 `malformed`、`unsupported`、`unacceptable` 與 `method`。
無法判定：無法為該操作組成此類請求，或均未獲回應。
依據：RFC 9110 Client Error 4xx（400、405、406、415）與 Allow。
"""

MESSAGES = {
    "status": {
        "en": "a request with this fault ({at}) should be answered {expected}, but got {actual}",
        "zh-Hant": "有此錯誤的請求（{at}）應回應 {expected}，實得 {actual}",
    },
    "admitted": {
        "en": "the answer should be {expected}, since Accept ({at}) admits what is produced, but it is {actual}",
        "zh-Hant": "Accept（{at}）容許可產生的格式，應回應 {expected}，實得 {actual}",
    },
    "lacking": {
        "en": "the Allow header of the 405 should also name {expected}, which the path serves, but it is {actual}",
        "zh-Hant": "405 回應的 Allow 標頭應另列出該路徑所提供的 {expected}，實為 {actual}",
    },
    "refused": {
        "en": "the Allow header of the 405 should not name {expected}, which was refused, but it is {actual}",
        "zh-Hant": "405 回應的 Allow 標頭不應列出被拒絕的 {expected}，實為 {actual}",
    },
}


def drive(
    operation: Operation,
    inputs: Inputs,
    dialect: Dialect,
    *,
    malformed: Sequence[int] = (400,),
    unsupported: Sequence[int] = (415,),
    unacceptable: Sequence[int] = (406,),
    method: Sequence[int] = (405,),
) -> Script:
    """One complete request, spoilt in one way at a time; before it methods that the path does not declare, where they can do no harm.

    A server may offer more than the document says, and write by them; so they are tried in a sandbox alone.
    """
    here = nowhere(operation, inputs.guise)
    for name in _undeclared(operation) if method and inputs.sandbox else ():
        spoilt = replace(here, method=name, headers=(), body=None, query=())
        yield spoilt.with_step(f"method {name}")
    base = yield from complete(operation, inputs, dialect)
    if unacceptable:
        for index, accept in enumerate(_excluding(operation, inputs.guise)):
            spoilt = rekeyed(base, inputs, f"accept-{index}").with_header("Accept", accept).with_step(UNACCEPTABLE)
            yield from steadily(operation, spoilt, base.with_step("as it is"))
    if not operation.writes:
        yield base.with_step("as it is")
        for accept in _admitting(operation) if unacceptable else ():
            yield base.with_header("Accept", accept).with_step(ADMITTED)
    if malformed and operation.bodies and is_json(base.header("Content-Type") or operation.media_type):
        for index, body in enumerate(_malformed(base.body or b"{}")):
            yield replace(rekeyed(base, inputs, f"json-{index}"), body=body).with_step(MALFORMED)
    if unsupported and operation.bodies:
        tried = (inputs.guise.chosen(*FOREIGN), *MEDIA)
        for index, media in enumerate(other for other in tried if best(operation.bodies, other) is None):
            yield rekeyed(base, inputs, f"media-{index}").with_header("Content-Type", media).with_step(UNSUPPORTED)


def _excluding(operation: Operation, guise: Guise) -> tuple[str, ...]:
    """Accept fields that admit nothing of what the operation is declared to produce when it succeeds: another type, and its own with a
    weight of nought, alone and beside ranges (the most specific one decides, RFC 9110 section 12.5.1).
    """
    good = (answer for status, answer in operation.responses.items() if status.upper()[:1] in ("2", "D"))
    produced = {media for answer in good for media in answer.get("content") or ()}
    if not produced or any("*" in media for media in produced):
        return (UNHEARD,)
    nought = guise.chosen(*NOUGHT)
    none = ", ".join(f"{media}{nought}" for media in sorted(produced))
    return (UNHEARD, none, f"{none}, {UNHEARD}", f"*/*{guise.chosen(*SOME)}, {none}")


def _admitting(operation: Operation) -> tuple[str, ...]:
    """Accept fields that admit a success: all types, those of its family, and its own alone. That is certain where the document names
    just one type.
    """
    declared = [answer.get("content") or () for status, answer in operation.responses.items() if status.startswith("2")]
    found = {media for content in declared for media in content}
    if len(found) != 1 or any("*" in media for media in found):
        return ()
    own = found.pop()
    family = f"{own.partition('/')[0]}/*"
    return ("*/*", f"{UNHEARD}, {family};q=0.5", f"{UNHEARD}, {own};q=1.0, {family};q=0, */*;q=0")


def _malformed(body: bytes) -> tuple[bytes, ...]:
    """Texts that a lenient parser reads though they are no JSON: cut off, with a comma or a brace too many, with a number that is none."""
    return (b'{"yance": ', body[:-1] + b",}", body + b"}", body[:-1] + b', "yance": NaN}' if len(body) > 2 else b"NaN")


def _served(operation: Operation) -> frozenset[str]:
    """The methods that the document declares at the operation's path."""
    return frozenset(one.method for one in operation.spec.operations.values() if one.path == operation.path)


def _undeclared(operation: Operation) -> list[str]:
    """Methods to try in vain. A whole collection is never asked to be replaced or deleted. A path that looks like one with a parameter is
    also read, if that is: it is a path of its own, and comes first (OpenAPI, Path Templating Matching).
    """
    tried = ["POST", "PUT", "PATCH", "DELETE"] if "{" in operation.path else ["POST", "PATCH"]
    tried += (
        ["GET"]
        if any(one.method == "GET" and _like(one.path, operation.path) for one in operation.spec.operations.values())
        else []
    )
    return [method for method in tried if method not in _served(operation)]


def _like(template: str, path: str) -> bool:
    """Whether a path could be taken for one of a template: it differs in parameters alone, and has none of its own there."""
    pairs = list(zip(template.split("/"), path.split("/"), strict=False))
    differ = [(one, two) for one, two in pairs if one != two]
    same = template.count("/") == path.count("/")
    return same and bool(differ) and all(one.startswith("{") and not two.startswith("{") for one, two in differ)


def judge(
    operation: Operation,
    trace: Sequence[Exchange],
    dialect: Dialect,
    *,
    malformed: Sequence[int] = (400,),
    unsupported: Sequence[int] = (415,),
    unacceptable: Sequence[int] = (406,),
    method: Sequence[int] = (405,),
) -> Iterator[Finding | Witness]:
    """A witness per spoilt request that was answered as such. What is right for each is an argument; empty: it is not asked for."""
    steps = by_step(trace)
    for step, status in ((MALFORMED, malformed), (UNSUPPORTED, unsupported), (UNACCEPTABLE, unacceptable)):
        for one in steps.get(step, ()) if status else ():
            if answered(one) and one.status not in (401, 403) and not vanished(operation, trace, one):
                yield Witness((one.number,), step, aspect=step)
                if one.status not in status:
                    yield Finding("status", (one.number,), either(status), str(one.status), step)
    for one in steps.get(ADMITTED, ()) if unacceptable else ():
        if one.status in unacceptable:
            yield Finding("admitted", (one.number,), "2xx", str(one.status), one.request.header("Accept") or "")
    for step, exchanges in steps.items():
        for one in exchanges if method and step.startswith("method ") else ():
            if answered(one) and one.status not in (401, 403):
                yield Witness((one.number,), step, aspect=step)
                yield from _method(operation, one, method)


def _method(operation: Operation, one: Exchange, status: Sequence[int]) -> Iterator[Finding]:
    if one.status not in status:
        yield Finding("status", (one.number,), either(status), str(one.status), one.step)
    if one.status != 405:
        return
    allowed = {name.upper() for name in directives(one, "allow")}
    shown = ", ".join(sorted(allowed)) or "absent"
    if lacking := _served(operation) - allowed:
        yield Finding("lacking", (one.number,), ", ".join(sorted(lacking)), shown)
    if one.request.method in allowed:
        yield Finding("refused", (one.number,), one.request.method, shown)


def _method_answer(method: str, status: int = 405, allow: str = "") -> Exchange:
    headers = {"Allow": allow} if allow else {}
    line = f"{method} /things/yance-none"
    return exchange(line, status, problem(status), name="updateThing", step=f"method {method}", headers=headers)


def _spoilt(step: str, status: int) -> Exchange:
    return exchange("PATCH /things/t1", status, problem(status), name="updateThing", step=step)


EXAMPLES = Examples(
    operation="updateThing",
    conforms=[
        numbered(
            _method_answer("PUT", allow="GET, PATCH"),
            _method_answer("DELETE", allow="get,head, PATCH, OPTIONS"),
            _spoilt("unacceptable media type", 406),
            _spoilt("acceptable media type", 404),
            _spoilt("malformed JSON", 400),
            _spoilt("unsupported media type", 415),
        )
    ],
    violates=[
        [_method_answer("PUT")],
        [_method_answer("PUT", allow="GET")],
        [_method_answer("PUT", allow="GET, PATCH, PUT")],
        [_method_answer("DELETE", 404)],
        [_method_answer("PUT", 200)],
        [_spoilt("unacceptable media type", 200)],
        [_spoilt("acceptable media type", 406)],
        [_spoilt("malformed JSON", 500)],
        [_spoilt("unsupported media type", 400)],
    ],
    inconclusive=[
        [],
        [_spoilt("malformed JSON", 429)],
        [_spoilt("unacceptable media type", 404)],
        [_spoilt("malformed JSON", 401)],
        [exchange("POST /things", 201, page(), step="given: create")],
    ],
)
