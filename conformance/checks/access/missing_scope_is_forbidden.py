"""A valid token without the scope that an operation needs is refused with 403, and the refusal shows nothing of the resource.

Why: scopes are what a customer trusts when giving a program a token that may only read, or only this and not that.

Fails when: the answer is neither 403 (`status`) nor, for an operation on one resource, 404 (`hidden`); its body holds data of that resource, or the
refused request was carried out all the same.
Inconclusive when: no request could be made for the operation, or it was not answered, or it was answered 401 and the token was accepted
nowhere: then it may be none.
Source: RFC 6750 section 3.1 (`insufficient_scope`); RFC 9110, 403 Forbidden.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import unquote, urlsplit

from conformance import given
from conformance.checks._example import BASE, exchange, numbered, page, problem
from conformance.checks._own import known_recipe, marks, state_of
from conformance.checks._probes import answered, complete
from conformance.checks._reading import members_of, shown
from conformance.checks._statuses import either
from conformance.checks._views import traverse
from conformance.interface.dialect import Dialect, instant
from conformance.model import LIMITED, Examples, Exchange, Finding, Inputs, Operation, Request, Script, Touches, Witness, by_step

TOUCHES = Touches.NOTHING
ASKS = 6
ACTORS = (LIMITED,)  # a token of tenant a that may read and not write
KNOWN, STEP, AFTER = "what the token may read", "without the scope", "afterwards"
TELLING = 6  # shorter texts may stand in a refusal by chance

ABOUT = """權杖有效而缺少操作所需權限範圍者，以 403 拒絕，且拒絕不顯露資源之任何內容。
緣由：客戶將權杖交給程式時，所倚賴者即權限範圍：僅可讀取，或僅可為此不可為彼。
不通過：回應既非 403（`status`），就單一資源之操作亦非 404（`hidden`）；本文含該資源之資料；或遭拒之請求仍已執行。
無法判定：無法為該操作組成請求或未獲回應；或回應 401 且該權杖於他處亦未獲接受，則其可能並非有效權杖。
依據：RFC 6750 第 3.1 節（`insufficient_scope`）；RFC 9110 403 Forbidden。
"""

MESSAGES = {
    "status": {
        "en": "a token without the scope should be answered {expected}, but got {actual}",
        "zh-Hant": "權杖未具所需範圍時應回應 {expected}，實得 {actual}",
    },
    "effect": {
        "en": "the request was refused for its scope and carried out all the same: expected {expected}, got {actual}",
        "zh-Hant": "請求因範圍不足遭拒，卻仍被執行：應為 {expected}，實為 {actual}",
    },
    "disclosed": {
        "en": "the refusal discloses data of the resource: {actual}",
        "zh-Hant": "拒絕的回應洩漏了資源資料：{actual}",
    },
}


def drive(operation: Operation, inputs: Inputs, dialect: Dialect) -> Script:
    """A reading and then a bare and a complete request by a token that lacks the scope of the operation; then what the owner sees."""
    request = yield from complete(operation, inputs, dialect)
    known = known_recipe(operation)
    seen = _seen(operation, known, request) if known else None
    if seen is not None:
        yield seen.with_actor(LIMITED).with_step(KNOWN)
    yield replace(request, headers=(), body=None).with_actor(LIMITED).with_step(STEP)
    yield request.with_actor(LIMITED).with_step(STEP)
    if seen is not None:
        reader = operation.spec.operations[seen.operation]
        if reader.collection is None:
            yield seen.with_step(AFTER)
        else:
            yield from traverse(reader, dialect, seen, step=AFTER)


def _seen(operation: Operation, known: tuple[str, Mapping[str, Any]], request: Request) -> Request | None:
    """What shows its owner whether a request had an effect: the resource, or the list in which a creation would show."""
    name, recipe = known
    if operation.id == recipe.get("create"):
        return given.shown_in(operation.spec, name, request.json(), actor="a")
    reader = operation.spec.operations.get(recipe.get("read", ""))
    if reader is None:  # what nothing reads shows nothing
        return None
    return replace(request, operation=reader.id, method="GET", headers=tuple(reader.fixed_headers.items()), body=None)


def judge(
    operation: Operation,
    trace: Sequence[Exchange],
    dialect: Dialect,
    *,
    status: Sequence[int] = (403,),
    hidden: Sequence[int] = (404,),
) -> Iterator[Finding | Witness]:
    """A witness per answer; a 401 says something of the scope only where the token was seen to be one. What the resource holds is known from the exchange that made it. `status` refuses for the scope, `hidden`
    where the path names one resource, too.
    """
    refusals = [*status, *hidden] if "{" in operation.path else [*status]
    yield from _effect(operation, trace, refusals)
    known = any(answered(one) and one.status != 401 for one in by_step(trace).get(KNOWN, ()))
    for one in by_step(trace).get(STEP, ()):
        if not answered(one) or (one.status == 401 and not known):
            continue
        yield Witness((one.number,), STEP)
        if one.status not in refusals:
            yield Finding("status", (one.number,), either(refusals), str(one.status))
        elif disclosed := _shown(trace, one):
            yield Finding("disclosed", (one.number,), actual=", ".join(disclosed[:3]))


def _effect(operation: Operation, trace: Sequence[Exchange], refusals: Sequence[int]) -> Iterator[Finding]:
    """What the owner sees afterwards: the state that the refused change asked for, or the marks of the refused creation."""
    known = known_recipe(operation)
    refused = next((one for one in reversed(trace) if one.step == STEP and one.status in refusals), None)
    sent = refused.request.json() if refused else None
    if known is None or refused is None or not isinstance(sent, dict):
        return
    for one in trace:
        if one.step != AFTER or not one.ok:
            continue
        if operation.id == known[1].get("create"):
            text = json.dumps(one.json, ensure_ascii=False)
            had = bool(marks(refused)) and all(mark in text for mark in marks(refused))
        else:
            had = (state := state_of(known[1], sent)) is not None and state_of(known[1], one.json) == state
        if had:
            yield Finding("effect", (refused.number, one.number), "no effect", shown(sent))


def _shown(trace: Sequence[Exchange], refusal: Exchange) -> list[str]:
    """Texts of the resource in a refusal, but for those that the refused request held itself."""
    body = (refusal.response.body if refusal.response else b"").decode("utf-8", "replace")
    said = [body] if refusal.json is None else list(_strings(refusal.json))
    made = [one.json for one in trace if one.is_setup and one.status == 201]
    telling = {text for document in made for text in _texts(document) if not _asked_with(text, refusal)}
    return sorted(text for text in telling if any(text in one for one in said))


def _asked_with(text: str, refusal: Exchange) -> bool:
    """Whether a text stood in the request as it went over the wire, or is a link to what was asked, whatever the server calls itself."""
    asked = refusal.request
    sent = [refusal.url, unquote(refusal.url), (asked.body or b"").decode("utf-8", "replace"), *_strings(asked.json())]
    if any(text in one for one in sent):
        return True
    try:
        link = urlsplit(text)
    except ValueError:
        return False
    whole = (link.scheme or text.startswith("/")) and not (link.query or link.fragment)
    return bool(whole) and unquote(link.path).endswith(unquote(asked.path))


def _strings(node: Any) -> Iterator[str]:
    return (value for _, value in members_of(node) if isinstance(value, str))


def _texts(node: Any) -> Iterator[str]:
    """Texts that belong to this resource alone: no short ones, no code values, no times."""
    for text in _strings(node):
        if len(text) >= TELLING and not instant(text) and not text.replace("_", "").isupper():
            yield text


def _known(status: int, refused: int) -> list[Exchange]:
    """A token that is accepted for reading, or not, and what it gets for writing."""
    return numbered(
        exchange("GET /things/t1", status, {"thingId": "t1"}, name="getThing", step=KNOWN, actor=LIMITED),
        exchange("PATCH /things/t1", refused, problem(refused), name="updateThing", step=STEP, actor=LIMITED),
    )


def _asked(status: int, *, line: str = "PATCH /things/t1", link: str = "/v1/things/t1", **more: Any) -> list[Exchange]:
    made = {"thingId": "t1", "note": "yance-note-0011", "state": "NEW", "name": {"zh-Hant": "東西"}, "links": [{"href": link}]}
    return numbered(
        exchange("POST /things", 201, made, name="createThing", step="given: create", actor="a"),
        exchange(line, status, {**problem(status), **more}, name="updateThing", step=STEP, actor="limited"),
    )


EXAMPLES = Examples(
    operation="updateThing",
    conforms=[
        _asked(403),
        _asked(404, detail="nothing at /things/t1"),
        _asked(403, instance="/v1/things/t1"),
        _asked(403, instance=f"{BASE}/things/t1", link=f"{BASE}/things/t1"),
        _asked(403, instance="https://inner.example/api/things/t1", link="https://inner.example/api/things/t1"),
        _asked(403, line="PATCH /things/t%201", instance="/v1/things/t%201 (t 1)", link="/v1/things/t 1"),
    ],
    violates=[
        _asked(200),
        _known(200, 401),
        _known(403, 401),
        _asked(403, thing={"note": "yance-note-0011"}),
        _asked(403, detail="see /v1/things/t1/receipts/77", link="/v1/things/t1/receipts/77"),
        numbered(exchange("PATCH /things/t1", 200, page("a"), name="updateThing", step=STEP)),
        numbered(
            exchange("PATCH /things/t1", 403, problem(403), name="updateThing", step=STEP, sent={"state": "SOLD"}),
            exchange("GET /things/t1", 200, {"thingId": "t1", "state": "SOLD"}, name="getThing", step=AFTER),
        ),
    ],
    inconclusive=[[], _asked(429), _asked(401), _known(401, 401), _known(503, 401)],
)
