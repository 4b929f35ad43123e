"""A creation sent again under its Idempotency-Key gives the first answer again and makes nothing new.

Why: a client whose connection broke cannot know whether its request arrived; it can only send it again, and must not book, pay or
ship twice by that.

Fails when: a repetition has another status or names another id than the first answer, or, where the row asks for the `whole` body,
another value of a member that the interface declares; or the list shows more than one new resource.
Inconclusive when: nothing could be created, or no repetition was answered.
Source: The Idempotency-Key HTTP Header Field (IETF draft, httpapi working group).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from conformance import given
from conformance.checks._example import exchange, numbered, page, problem
from conformance.checks._own import amendment, id_of, known_recipe, marks, recipe_of, resent, unusable
from conformance.checks._views import traverse, views
from conformance.interface.dialect import Dialect, instant
from conformance.interface.references import deref
from conformance.model import Examples, Exchange, Finding, Inputs, Operation, Script, Touches, Witness, json_bytes

TOUCHES = Touches.WRITES
FIRST, AGAIN, TURNED = "first", "again", "again with its members in another order"
LATER = "again after the resource has changed"
BEFORE, AFTER = "list before", "list after"
ABSENT = "absent"

ABOUT = """以同一 Idempotency-Key 重送之建立，再次得到首次之回應，且不另建立。
緣由：連線中斷之用戶端無從得知請求是否送達，只能重送，而不得因此重複預約、付款或出貨。
不通過：重送之狀態碼或識別碼與首次不同；要求載明 `whole` 時，介面所宣告欄位之值不同；或清單出現一筆以上新資源。
無法判定：無法建立，或重送均未獲回應。
依據：The Idempotency-Key HTTP Header Field（IETF 草案，httpapi 工作小組）。
"""

MESSAGES = {
    "status": {
        "en": "the repetition should be answered {expected} like the first request, but got {actual}",
        "zh-Hant": "重送應如第一次回應 {expected}，實得 {actual}",
    },
    "another": {
        "en": "the repetition should name {expected} like the first answer, but names {actual}",
        "zh-Hant": "重送應如第一次得到 {expected}，實得 {actual}",
    },
    "differs": {
        "en": "the repetition should give the body of the first answer: expected {at} {expected}, got {actual}",
        "zh-Hant": "重送應得到第一次回應的本文：{at} 應為 {expected}，實為 {actual}",
    },
    "several": {
        "en": "one key should have made {expected}, but the list shows {actual} new ones",
        "zh-Hant": "同一個鍵應只建立 {expected}，清單卻出現 {actual} 筆新資源",
    },
}


def drive(operation: Operation, inputs: Inputs, dialect: Dialect) -> Script:
    """One creation, sent three times; the list before and after; and once more when what it made has changed."""
    name, recipe = recipe_of(operation)
    listing = operation.spec.operations.get(recipe.get("list", ""))
    things: given.Things = {}
    shelf = yield from given.shelf(operation.spec, name, inputs, dialect, things=things)
    if listing is not None and shelf is not None:
        yield from traverse(listing, dialect, shelf, step=BEFORE)
    one = yield from given.created(operation.spec, name, inputs, dialect, step=FIRST, things=things)
    yield resent(one.exchange, AGAIN)
    body = one.request.json()
    turned = dict(reversed(body.items())) if isinstance(body, dict) else body
    yield resent(one.exchange, TURNED, body=json_bytes(turned))
    if listing is not None and shelf is not None:
        yield from traverse(listing, dialect, shelf, step=AFTER)
    if recipe.get("update") and ("cleanup" in recipe or "amendments" in recipe):
        members = recipe["cleanup"]["members"] if "cleanup" in recipe else amendment(operation.spec, one)[0]
        changed: Exchange = yield given.change(operation.spec, one, members, tag=one.tag, step="given: change")
        if changed.ok:
            yield resent(one.exchange, LATER)


def judge(
    operation: Operation, trace: Sequence[Exchange], dialect: Dialect, *, whole: bool = False
) -> Iterator[Finding | Witness]:
    """A witness per repetition that was answered. `whole`: it has to have the body of the first answer, and not only its id."""
    known = known_recipe(operation)
    first = next((one for one in reversed(trace) if one.step == FIRST and one.ok), None)
    if known is None or first is None:
        return
    recipe = known[1]
    for one in trace:
        if one.step not in (AGAIN, TURNED, LATER) or unusable(one):
            continue
        yield Witness((first.number, one.number), one.step, aspect=one.step)
        if one.status != first.status:
            yield Finding("status", (first.number, one.number), str(first.status), str(one.status))
        elif id_of(recipe, one) != id_of(recipe, first):
            yield Finding("another", (first.number, one.number), str(id_of(recipe, first)), str(id_of(recipe, one)))
        elif whole:
            yield from _differing(operation, recipe, first, one)
    listing = operation.spec.operations.get(recipe.get("list", ""))
    if listing is not None:
        yield from _counted(listing, trace, first, dialect)


def _differing(operation: Operation, recipe: Mapping[str, Any], first: Exchange, one: Exchange) -> Iterator[Finding]:
    """The declared members that the repetition does not have as the first answer had them; a date-time may be written otherwise."""
    document = operation.spec.document
    declared = deref(document, {"$ref": recipe["schema"]}).get("properties", {})
    for name in declared:
        was, now = (each.json.get(name, ABSENT) if isinstance(each.json, dict) else ABSENT for each in (first, one))
        if was != now and (instant(was) is None or instant(was) != instant(now)):
            yield Finding("differs", (first.number, one.number), str(was), str(now), f"/{name}")


def _counted(listing: Operation, trace: Sequence[Exchange], first: Exchange, dialect: Dialect) -> Iterator[Finding]:
    """New items of the list that carry the marks of the creation; without marks nothing can be said."""
    seen = {view.step: view for view in views(listing, trace, dialect) if view.complete}
    wanted = marks(first)
    if BEFORE not in seen or AFTER not in seen or not wanted:
        return
    fresh = {key: item for key, item in seen[AFTER].known.items() if key not in seen[BEFORE].known}
    ours = [key for key, item in fresh.items() if all(mark in json.dumps(item, ensure_ascii=False) for mark in wanted)]
    if len(ours) > 1:
        yield Finding("several", (first.number, *seen[AFTER].numbers), "1", str(len(ours)))


_SENT = {"colour": "red", "note": "yance-note-0-1a2b3c4d"}


def _create(step: str, status: int = 201, identifier: str = "t1", state: str = "NEW", **extra: Any) -> Exchange:
    body = {"thingId": identifier, **_SENT, "state": state, **extra} if status < 300 else problem(status)
    return exchange("POST /things", status, body, name="createThing", step=step, actor="a", sent=_SENT)


def _list(step: str, *identifiers: str) -> Exchange:
    items: list[Any] = [{"thingId": one, **_SENT} for one in identifiers]
    return exchange("GET /things", 200, page(*items), step=step, actor="a")


EXAMPLES = Examples(
    operation="createThing",
    arguments={"whole": True},
    conforms=[
        numbered(_create(FIRST), _create(AGAIN), _create(TURNED)),
        numbered(_create(FIRST, updatedAt="2025-06-12T08:00:00+08:00"), _create(AGAIN, updatedAt="2025-06-12T00:00:00Z", ours=1)),
        numbered(_list(BEFORE, "t0"), _create(FIRST), _create(AGAIN), _list(AFTER, "t0", "t1")),
    ],
    violates=[
        numbered(_create(FIRST), _create(AGAIN, 409)),
        numbered(_create(FIRST), _create(AGAIN, 200)),
        numbered(_create(FIRST), _create(LATER, identifier="t2")),
        numbered(_create(FIRST), _create(LATER, state="GONE")),
        numbered(_create(FIRST, size=1), _create(AGAIN)),
        numbered(_create(FIRST), _create(AGAIN), _create(TURNED, identifier="t2")),
        numbered(_list(BEFORE), _create(FIRST), _create(AGAIN), _list(AFTER, "t1", "t2")),
    ],
    inconclusive=[[], numbered(_create(FIRST, 409)), numbered(_create(FIRST), _create(AGAIN, 429))],
)
