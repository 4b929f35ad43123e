"""What was created can be read at its Location at once, holds what was sent, and is in the list soon after.

Why: a client that goes on with what it has just made must find it; an answer that says 201 for something that is not there yet, or
that holds something else, breaks every process with two steps.

Every kind of thing that the recipe makes is looked for in the list. What a body need not have is tried, too: per candidate each optional text
is left out, sent empty and sent as null, where the schema allows that, and instants are written in another offset. The day that
calendars get wrong is tried, too: dates and instants are moved together to the last and to the next 29 February; a server may refuse
that, since nothing says how far away a thing may be.

Fails when: one of the former is refused as wrong where the whole body was taken; the 201 has no Location under the interface's base URL, reading it is not answered 200, a submitted member differs in what is
read (members that the server owns aside) or in the resource that any 201 of the run shows, or the list does not show the resource within
the declared time.
Inconclusive when: nothing could be created.
Source: RFC 9110 sections 10.2.2 and 15.3.2; the operation's `x-consistency-ms`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta, timezone
from typing import Any

from conformance import given
from conformance.checks._calendar import leap_days, moved
from conformance.checks._example import exchange, numbered, page, problem
from conformance.checks._own import id_of, known_recipe, recipe_of, unusable
from conformance.checks._views import traverse, views
from conformance.interface import contract
from conformance.interface.bodies import document_of
from conformance.interface.dialect import Dialect, instant
from conformance.model import Examples, Exchange, Finding, Inputs, Operation, Pause, Request, Script, Spec, Touches, Witness
from conformance.text import pointer

TOUCHES = Touches.WRITES
ASKS = 18
CREATE, READ, LIST, LATER = "create", "read its Location", "list", "list once more"
OTHER, WHOLE, LEAP = "written otherwise", "whole", "on 29 February"
WEST = timezone(-timedelta(hours=9, minutes=30))
_TRIES = 3

ABOUT = """所建立者立即可於其 Location 讀取、內容與所送相同，且不久即列於清單。
緣由：接續處理剛建立資料之用戶端，必須找得到它；尚不存在卻回應 201，或內容不同者，會使任何兩步驟之流程失敗。
前置步驟所建立之每一種類，均於清單尋找。本文中可省略者亦予嘗試：就各候選，將選用文字省略、送空字串及 null（綱要容許時），並以其他時差書寫時刻。曆法易錯之日亦予嘗試：日期與時刻一併移至前後之 2 月 29 日；伺服器得予拒絕，因介面未限制時間遠近。
不通過：完整本文獲接受，而前述之一遭認定有誤而拒絕；201 沒有基底網址 下之 Location；讀取未回應 200；所送欄位於讀取結果（伺服器自有欄位除外）或執行中任一 201 所示資源不同；或清單未於宣告時間內列出。
無法判定：無法建立。
依據：RFC 9110 第 10.2.2 與 15.3.2 節；操作之 `x-consistency-ms`。
"""

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
    "refused": {
        "en": "a creation {at} should be accepted like one with all its members: expected {expected}, got {actual}",
        "zh-Hant": "建立（{at}）應與所有欄位齊備者同樣受理：應為 {expected}，實得 {actual}",
    },
    "unlisted": {
        "en": "within {expected} ms the list should show {actual}, but it does not",
        "zh-Hant": "清單應於 {expected} 毫秒內出現 {actual}，但沒有",
    },
}


def drive(operation: Operation, inputs: Inputs, dialect: Dialect, *, location: bool = True) -> Script:
    """Create, read the Location, list; list once more after the declared time if need be. Without `location` a creation need not have one, and
    what it made is read by its id.
    """
    name, recipe = recipe_of(operation)
    spec = operation.spec
    one = yield from given.created(spec, name, inputs, dialect, step=CREATE)
    if (reading := _reading(spec, name, one.exchange, dialect, READ, location)) is not None:
        yield reading
    yield from _listed_soon(operation, recipe, one, dialect)
    yield from _otherwise(operation, name, inputs, dialect, location)


def _listed_soon(operation: Operation, recipe: Mapping[str, Any], one: given.Created, dialect: Dialect) -> Script:
    """List, and once more after the declared time if need be."""
    listing = operation.spec.operations.get(recipe.get("list", ""))
    shelf = given.listing(operation.spec, one)
    if listing is None or shelf is None:
        return
    pages: list[Exchange] = yield from traverse(listing, dialect, shelf, step=LIST)
    if not any(one.id in _ids(recipe, answer, listing, dialect) for answer in pages):
        yield Pause(_patience(operation) / 1000)
        yield from traverse(listing, dialect, shelf, step=LATER)


def _otherwise(operation: Operation, name: str, inputs: Inputs, dialect: Dialect, location: bool) -> Script:
    """Per candidate of the recipe: its body whole, and, if that is taken, in each of the other ways in which it may be written.

    What was made is read at its Location and given back before the next is made of the same thing.
    """
    spec = operation.spec
    for nth, candidate in enumerate(spec.setup[name]["candidates"]):
        offered = yield from given.bodies(spec, name, inputs, dialect, nth=500 + nth, candidate=candidate["name"])
        for place, body in enumerate(offered[:_TRIES]):
            ways = [(f"{OTHER}: {WHOLE}", body), *((f"{OTHER}: {way}", other) for way, other in _ways(operation, body))]
            for step, other in ways:
                label = f"way-{nth}-{place}-{step}".replace(" ", "-")
                made: Exchange = yield given.creation(operation, other, inputs, actor="a", label=label).with_step(step)
                if made.ok:
                    yield from _read_and_given_back(operation, name, made, dialect, location)
                elif other is body:
                    break
            else:
                break


def _read_and_given_back(operation: Operation, name: str, made: Exchange, dialect: Dialect, location: bool) -> Script:
    """Read what was made at its Location, and list it if it was written as it should be; then undo it where the recipe says how."""
    spec, recipe = operation.spec, operation.spec.setup[name]
    if (reading := _reading(spec, name, made, dialect, f"{READ} ({made.step})", location)) is not None:
        yield reading
    one = given.made(spec, name, made)
    if made.step == f"{OTHER}: {WHOLE}":
        yield from _listed_soon(operation, recipe, one, dialect)
    if "cleanup" in recipe and "update" in recipe:
        yield given.change(spec, one, recipe["cleanup"]["members"], tag=one.tag, step="given: give back")


def _ways(operation: Operation, body: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Other bodies that the schema allows and that say as much: instants in a western offset; each optional text left out, empty, null."""
    western = {key: moment.astimezone(WEST).isoformat() for key, value in body.items() if (moment := instant(value)) is not None}
    if western:
        yield "in a western offset", {**body, **western}
    yield from ((f"{LEAP}, {which}", moved(body, day)) for which, day in leap_days(body))
    media = operation.media_type
    declared, members = contract.body_members(operation, media)
    for member, described in members.items():
        optional = member in body and member not in declared.get("required", ())
        kinds = described.get("type")
        if (
            optional
            and "string" in (kinds if isinstance(kinds, list) else [kinds])
            and not {"enum", "const", "format"} & described.keys()
        ):
            less = {key: value for key, value in body.items() if key != member}
            ways = (
                (f"without {member}", less),
                (f"with empty {member}", {**less, member: ""}),
                (f"with {member} null", {**less, member: None}),
            )
            yield from ((way, other) for way, other in ways if not contract.request_refused(operation, media, other))


def _target(created: Exchange, dialect: Dialect) -> Request | None:
    """The request that reads a creation's Location, or None when there is none inside the interface."""
    href = created.header("location")
    found = dialect.follow(created, href) if href else None
    return replace(found, headers=()) if found else None


def _reading(spec: Spec, name: str, made: Exchange, dialect: Dialect, step: str, location: bool) -> Request | None:
    """The request that reads a creation's Location, as one of the operation that reads; by its id where it need have none."""
    if (target := _target(made, dialect)) is None:
        return None if location else given.read(spec, given.made(spec, name, made), step=step)
    reader = spec.operations[spec.setup[name]["read"]]
    return replace(target, operation=reader.id, headers=tuple(reader.fixed_headers.items()), step=step)


def _patience(operation: Operation) -> int:
    """Within how many milliseconds lists have to show a write."""
    declared = operation.raw.get("x-consistency-ms", 0)
    return declared if isinstance(declared, int) else 0


def _ids(recipe: Mapping[str, Any], answer: Exchange, listing: Operation, dialect: Dialect) -> list[Any]:
    """The ids of the resources on a page."""
    return [given.id_in(recipe, item) for item in dialect.items(answer, listing) or ()]


def judge(
    operation: Operation, trace: Sequence[Exchange], dialect: Dialect, *, location: bool = True
) -> Iterator[Finding | Witness]:
    """One witness per creation that was read again."""
    known = known_recipe(operation)
    created = next((one for one in reversed(trace) if one.step == CREATE and one.ok), None)
    if known is None or created is None:
        return
    recipe = known[1]
    yield from _written_otherwise(operation, recipe, trace)
    yield from _answered(operation, recipe, created)
    if _target(created, dialect) is None and (location or created.header("location")):
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
        yield from _listed(operation, listing, recipe, trace, dialect)


def _written_otherwise(operation: Operation, recipe: Mapping[str, Any], trace: Sequence[Exchange]) -> Iterator[Finding | Witness]:
    """What is said of the other ways to write a body, each once the whole one was taken."""
    for place, one in enumerate(trace):
        if not one.step.startswith(f"{OTHER}: ") or unusable(one):
            continue
        if one.ok:
            yield from _answered(operation, recipe, one)
            read = next((other for other in trace[place + 1 :] if other.step == f"{READ} ({one.step})"), None)
            if read is not None and read.status == 200:
                yield Witness((one.number, read.number), one.step)
                yield from _compared(operation, recipe, one, read)
        elif (
            one.status in (400, 422)
            and not one.step.startswith(f"{OTHER}: {LEAP}")
            and any(other.ok and other.step == f"{OTHER}: {WHOLE}" for other in trace[:place])
        ):
            yield Finding("refused", (one.number,), "201", str(one.status), one.step.removeprefix(f"{OTHER}: "))


def each(operation: Operation, trace: Sequence[Exchange], dialect: Dialect) -> Iterator[Finding]:
    """Every answer to a creation that shows the resource shows it as it was sent, whoever sent it."""
    known = known_recipe(operation)
    for one in trace:
        if known is not None and one.status == 201:
            yield from _answered(operation, known[1], one)


def _answered(operation: Operation, recipe: Mapping[str, Any], created: Exchange) -> Iterator[Finding]:
    """What a creation's own answer shows otherwise than it was sent, where it shows the resource and was sent as the schema has it."""
    media = created.request.header("Content-Type") or operation.media_type
    _, declared = contract.body_members(operation, media)
    if given.id_in(recipe, created.json) is None or contract.body_refused(operation, media, created.request.body or b""):
        return
    for one in _compared(operation, recipe, created, created):
        name = pointer.segments(one.at)[0]
        if name in declared and not declared[name].get("writeOnly"):
            yield one


def _compared(operation: Operation, recipe: Mapping[str, Any], created: Exchange, read: Exchange) -> Iterator[Finding]:
    owned = _server_owned(operation, recipe)
    sent = document_of(operation, created.request)
    for name, value in sent.items() if isinstance(sent, dict) else ():
        at = pointer.join(name)
        got = pointer.first(read.json, at)
        if name not in owned and not _equal(value, got):
            shown = json.dumps(value, ensure_ascii=False), json.dumps(got, ensure_ascii=False)
            numbers = (created.number,) if read is created else (created.number, read.number)
            yield Finding("differs", numbers, *shown, at)


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
    trace: Sequence[Exchange],
    dialect: Dialect,
) -> Iterator[Finding]:
    """What was created last before the list was read once more is on it."""
    made = [one for one in trace if one.ok and one.step in (CREATE, f"{OTHER}: {WHOLE}")]
    for view in views(listing, trace, dialect):
        created = next((one for one in reversed(made) if one.number < view.numbers[0]), None)
        if view.step != LATER or not view.complete or created is None:
            continue
        identifier = id_of(recipe, created)
        if identifier not in [given.id_in(recipe, item) for item in view.items]:
            yield Finding("unlisted", (created.number, *view.numbers), str(_patience(operation)), str(identifier))


_SENT = {"colour": "red", "size": 3, "startTime": "2025-06-12T08:00:00+08:00"}


def _create(location: str | None, status: int = 201, **other: Any) -> Exchange:
    body = {"thingId": "t1", **_SENT, **other} if status == 201 else problem(status)
    headers = {"Location": location} if location else {}
    return exchange("POST /things", status, body, name="createThing", step=CREATE, actor="a", sent=_SENT, headers=headers)


def _read(status: int = 200, **other: Any) -> Exchange:
    got = {"thingId": "t1", **_SENT, "startTime": "2025-06-12T00:00:00Z", **other}
    return exchange("GET /things/t1", status, got if status == 200 else problem(status), name="getThing", step=READ, actor="a")


def _list(step: str, *items: str) -> Exchange:
    return exchange("GET /things", 200, page(*items), step=step, actor="a")


def _other(way: str, status: int = 201) -> Exchange:
    one = _create("/v1/things/t1", status)
    return replace(one, request=one.request.with_step(f"{OTHER}: {way}"))


_MADE = _create("/v1/things/t1")
_REREAD = _read().request.with_step(f"{READ} ({OTHER}: {WHOLE})")
EXAMPLES = Examples(
    operation="createThing",
    conforms=[
        numbered(_MADE, _read(), _list(LIST, "t1")),
        numbered(_create("https://shop.example/v1/things/t1"), _read(), _list(LIST), _list(LATER, "t1")),
        numbered(_MADE, _read(), _other(WHOLE), _other(f"{LEAP}, the last", 422)),
    ],
    violates=[
        numbered(_create(None), _list(LIST, "t1")),
        numbered(_create("https://elsewhere.example/things/t1")),
        numbered(_MADE, _read(404)),
        numbered(_create("/v1/things/t1", startTime="2025-06-12T08:00:00Z"), _read()),
        numbered(_MADE, _read(colour="blue")),
        numbered(_MADE, _read(), _list(LIST), _list(LATER, "t0")),
        numbered(_MADE, _read(), _list(LIST, "t1"), _other(WHOLE), _list(LIST), _list(LATER, "t0")),
        numbered(_MADE, _read(), _other(WHOLE), _other("without colour", 422)),
        numbered(_MADE, _read(), _other(WHOLE), replace(_read(colour=""), request=_REREAD)),
    ],
    inconclusive=[[], [_create(None, 409)], numbered(_other("without colour", 422)), numbered(_MADE, _read(429))],
)
