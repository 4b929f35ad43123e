"""What was created can be read at its Location at once, holds what was sent, and is in the list soon after.

Why: a client that goes on with what it has just made must find it; an answer that says 201 for something that is not there yet, or
that holds something else, breaks every process with two steps.

Fails when: the 201 has no Location under the interface's base URL, reading it is not answered 200, a submitted member differs in what is
read (members that the server owns aside), or the list does not show the resource within the declared time.
Inconclusive when: nothing could be created.
Source: RFC 9110 sections 10.2.2 and 15.3.2; the operation's `x-consistency-ms`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from conformance import given
from conformance.checks._example import exchange, numbered, page, problem
from conformance.checks._own import id_of, known_recipe, recipe_of, unusable
from conformance.checks._views import traverse, views
from conformance.interface.dialect import Dialect, instant
from conformance.model import Examples, Exchange, Finding, Inputs, Operation, Pause, Request, Script, Touches, Witness
from conformance.text import pointer

TOUCHES = Touches.WRITES
CREATE, READ, LIST, LATER = "create", "read its Location", "list", "list once more"

MESSAGES = {
    "location": {
        "en": "a creation should name {expected} in Location, but has {actual}",
        "zh-Hant": "建立成功應在 Location 指出 {expected}，實為 {actual}",
    },
    "unreadable": {
        "en": "what was created should be answered {expected} at its Location, but got {actual}",
        "zh-Hant": "剛建立的資源於其 Location 應回應 {expected}，實得 {actual}",
    },
    "differs": {
        "en": "{at} was sent as {expected} and reads {actual}",
        "zh-Hant": "{at} 送出 {expected}，讀得 {actual}",
    },
    "unlisted": {
        "en": "within {expected} ms the list should show {actual}, but it does not",
        "zh-Hant": "清單應於 {expected} 毫秒內出現 {actual}，但沒有",
    },
}


def drive(operation: Operation, inputs: Inputs, dialect: Dialect) -> Script:
    """Create, read the Location, list; list once more after the declared time if need be."""
    name, recipe = recipe_of(operation)
    spec = operation.spec
    one = yield from given.created(spec, name, inputs, dialect, step=CREATE)
    target = _target(one.exchange, dialect)
    if target is not None:
        yield replace(target, operation=recipe["read"], step=READ)
    listing = spec.operations.get(recipe.get("list", ""))
    if listing is None:
        return
    pages: list[Exchange] = yield from traverse(listing, dialect, listing.request(actor=one.actor), step=LIST)
    if not any(one.id in _ids(recipe, answer, listing, dialect) for answer in pages):
        yield Pause(_patience(operation) / 1000)
        yield from traverse(listing, dialect, listing.request(actor=one.actor), step=LATER)


def _target(created: Exchange, dialect: Dialect) -> Request | None:
    """The request that reads a creation's Location, or None when there is none inside the interface."""
    href = created.header("location")
    found = dialect.follow(created, href) if href else None
    return replace(found, headers=()) if found else None


def _patience(operation: Operation) -> int:
    """Within how many milliseconds lists have to show a write."""
    declared = operation.raw.get("x-consistency-ms", 0)
    return declared if isinstance(declared, int) else 0


def _ids(recipe: Mapping[str, Any], answer: Exchange, listing: Operation, dialect: Dialect) -> list[Any]:
    """The ids of the resources on a page."""
    return [pointer.first(item, recipe["id"]) for item in dialect.items(answer, listing) or ()]


def judge(operation: Operation, trace: Sequence[Exchange], dialect: Dialect) -> Iterator[Finding | Witness]:
    """One witness per creation that was read again."""
    known = known_recipe(operation)
    created = next((one for one in reversed(trace) if one.step == CREATE and one.ok), None)
    if known is None or created is None:
        return
    recipe = known[1]
    if _target(created, dialect) is None:
        yield Finding("location", (created.number,), "the resource under the base URL", created.header("location") or "none")
    for one in trace:
        if one.step == READ and not unusable(one):
            yield Witness((created.number, one.number), READ)
            if one.status == 200:
                yield from _compared(operation, recipe, created, one)
            else:
                yield Finding("unreadable", (created.number, one.number), "200", str(one.status))
    listing = operation.spec.operations.get(recipe.get("list", ""))
    if listing is not None:
        yield from _listed(operation, listing, recipe, created, trace, dialect)


def _compared(operation: Operation, recipe: Mapping[str, Any], created: Exchange, read: Exchange) -> Iterator[Finding]:
    owned = _server_owned(operation, recipe)
    sent = created.request.json()
    for name, value in sent.items() if isinstance(sent, dict) else ():
        at = pointer.join(name)
        got = pointer.first(read.json, at)
        if name not in owned and not _equal(value, got):
            shown = json.dumps(value, ensure_ascii=False), json.dumps(got, ensure_ascii=False)
            yield Finding("differs", (created.number, read.number), *shown, at)


def _server_owned(operation: Operation, recipe: Mapping[str, Any]) -> frozenset[str]:
    schema = pointer.first(operation.spec.document, str(recipe.get("schema", "")).removeprefix("#"), {})
    members = schema.get("properties", {}) if isinstance(schema, Mapping) else {}
    return frozenset(name for name, member in members.items() if member.get("x-server-owned"))


def _equal(sent: Any, got: Any) -> bool:
    """Equal as values: date-times as instants, numbers by amount, objects in what was sent of them."""
    if isinstance(sent, dict):
        return isinstance(got, dict) and all(_equal(value, got.get(key)) for key, value in sent.items())
    if isinstance(sent, list):
        return isinstance(got, list) and len(sent) == len(got) and all(map(_equal, sent, got))
    if (moment := instant(sent)) is not None:
        return instant(got) == moment
    return type(sent) is type(got) and sent == got if isinstance(sent, bool) or isinstance(got, bool) else bool(sent == got)


def _listed(
    operation: Operation,
    listing: Operation,
    recipe: Mapping[str, Any],
    created: Exchange,
    trace: Sequence[Exchange],
    dialect: Dialect,
) -> Iterator[Finding]:
    identifier = id_of(recipe, created)
    for view in views(listing, trace, dialect):
        if view.step != LATER or not view.complete:
            continue
        if identifier not in [pointer.first(item, recipe["id"]) for item in view.items]:
            yield Finding("unlisted", (created.number, *view.numbers), str(_patience(operation)), str(identifier))


_SENT = {"colour": "red", "size": 3, "startTime": "2025-06-12T08:00:00+08:00"}


def _create(location: str | None, status: int = 201) -> Exchange:
    body = {"thingId": "t1", **_SENT} if status == 201 else problem(status)
    headers = {"Location": location} if location else {}
    return exchange("POST /things", status, body, name="createThing", step=CREATE, actor="a", sent=_SENT, headers=headers)


def _read(status: int = 200, **other: Any) -> Exchange:
    got = {"thingId": "t1", **_SENT, "startTime": "2025-06-12T00:00:00Z", **other}
    return exchange("GET /things/t1", status, got if status == 200 else problem(status), name="getThing", step=READ, actor="a")


def _list(step: str, *items: str) -> Exchange:
    return exchange("GET /things", 200, page(*items), step=step, actor="a")


_MADE = _create("/v1/things/t1")
EXAMPLES = Examples(
    operation="createThing",
    conforms=[
        numbered(_MADE, _read(), _list(LIST, "t1")),
        numbered(_create("https://shop.example/v1/things/t1"), _read(), _list(LIST), _list(LATER, "t1")),
    ],
    violates=[
        numbered(_create(None), _list(LIST, "t1")),
        numbered(_create("https://elsewhere.example/things/t1")),
        numbered(_MADE, _read(404)),
        numbered(_MADE, _read(colour="blue")),
        numbered(_MADE, _read(), _list(LIST), _list(LATER, "t0")),
    ],
    inconclusive=[[], [_create(None, 409)], numbered(_MADE, _read(429))],
)
