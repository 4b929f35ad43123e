"""What a device reported is kept once, however often it is reported; what differs in anything is kept as another.

Why: a device that lost the answer reports again, often under a new key and in another spelling. Twice the same reading makes a trend that
was not there; two different readings taken for one lose a reading.

Fails when: the same thing again, under another key and also with its times and numbers written otherwise, is answered anything but the one
that is there (200) or a conflict (`refused`), or is listed twice; of several that are the same and come at once not exactly one is made;
or a thing that differs in one value is not made, or one of a kind that is never the same as another is not made twice, or one that is the
same as one that should never have been is not made.
Inconclusive when: nothing could be made.
Source: IHE Personal Connected Health Alliance guidelines (duplicate observations); the interface's rules on measurements.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC
from typing import Any

from conformance import given
from conformance.checks._example import exchange, numbered, page, problem
from conformance.checks._own import id_of, known_recipe, recipe_of, unusable
from conformance.checks._statuses import either
from conformance.checks._views import traverse, views
from conformance.interface.dialect import Dialect, instant
from conformance.model import Examples, Exchange, Finding, Inputs, Operation, Request, Script, Touches, Unmet, Witness

TOUCHES = Touches.WRITES
ASKS = 30
FIRST, SAME, SPELT, LIST = "first", "the same again", "the same in another spelling", "list"
OTHER, LIKE = "another: ", "the same otherwise: "
VOID, AFTER = "given: void", "once more, when it should never have been"
RACE, RACERS = "the same at once", 4
_NUMBER = "yance-number:"
TWICE = "of a kind that is made twice"

ABOUT = """裝置回報之量測值，無論回報幾次均僅保存一次；有任何相異者，則另行保存。
緣由：未收到回應之裝置會再回報，且常用新的鍵與不同寫法。同一量測值存兩次，會造成不存在之趨勢；兩個相異者視為同一，則遺失其一。
不通過：相同內容以其他鍵（時間與數值並以其他寫法）再送，回應既非現有者（200）亦非衝突（`refused`），或列出兩次；同時送達之數個相同者，並非恰建立一筆；一值相異者未予建立，或本不視為相同之種類未能建立兩次。
無法判定：無法建立。
依據：IHE Personal Connected Health Alliance 指引（重複觀測值）；介面規範之量測值規定。
"""

MESSAGES = {
    "again": {
        "en": "{at} should be answered {expected}, but got {actual}",
        "zh-Hant": "{at} 應回應 {expected}，實得 {actual}",
    },
    "another": {
        "en": "what differs ({at}) should be made anew: expected {expected}, got {actual}",
        "zh-Hant": "有所不同者（{at}）應另行建立：應為 {expected}，實得 {actual}",
    },
    "raced": {
        "en": "of several that are the same and come at once {expected} should be made, but {actual} were",
        "zh-Hant": "同時送出的數筆相同內容應建立 {expected} 筆，實際建立 {actual} 筆",
    },
    "listed": {
        "en": "{expected} things should be listed, but {actual} are",
        "zh-Hant": "應列出 {expected} 筆，實為 {actual} 筆",
    },
}


def drive(
    operation: Operation,
    inputs: Inputs,
    dialect: Dialect,
    *,
    candidate: str,
    reports: Sequence[Mapping[str, Any]],
    raced: Mapping[str, Any] | None = None,
    without: Sequence[str] = (),
    voided: Mapping[str, Any] | None = None,
) -> Script:
    """`candidate` is the one of the recipe whose things are kept once. `reports` have a `name` and what makes the first one, or another
    report of this list (`of`), another: members that are replaced (`change`) or left out (`without`); or the same again (`same: true`).
    `raced` are members of a further one, which comes several times at once. `without` these members it is never the same as another, nor
    when it has `voided`.
    """
    name, recipe = recipe_of(operation)
    spec, ground = operation.spec, dict[str, given.Created]()
    template = next((one for one in recipe["candidates"] if one["name"] == candidate), None)
    if template is None:
        raise Unmet(f"the recipe has no candidate {candidate}")
    body = (yield from given.filled(spec, template, inputs, dialect, things=ground))[0]
    shelf = given.shown_in(spec, name, body, actor="a")

    def send(label: str, sent: Mapping[str, Any]) -> Request:
        return given.creation(operation, sent, inputs, actor="a", label=label.replace(" ", "-")).with_step(label)

    first: Exchange = yield send(FIRST, body)
    yield send(SAME, body)
    respelt = send(SPELT, _respelt(body))
    yield replace(respelt, body=re.sub(rb'"' + _NUMBER.encode() + rb'([^"]*)"', rb"\1", respelt.body or b""))
    now = dialect.server_time(first)
    if now is None:
        raise Unmet(f"{operation.id} answered without a Date")
    stands = {place.partition(" {")[0]: one.representation for place, one in ground.items()}
    sent = {"": body}
    for one in reports:
        changed = {**sent[one.get("of", "")], **given.fill(dict(one["change"]), stands, now, inputs, 0)}
        sent[one["name"]] = {member: value for member, value in changed.items() if member not in one.get("without", ())}
        yield send((LIKE if one.get("same") else OTHER) + one["name"], sent[one["name"]])
    if raced is not None:
        once = {**body, **given.fill(dict(raced), None, now, inputs, 0)}
        yield [send(f"{RACE} {nth}", once).with_step(RACE) for nth in range(RACERS)]
    loose = {member: value for member, value in body.items() if member not in without}
    for nth in range(2 if without else 0):
        request = given.creation(operation, loose, inputs, actor="a", label=f"made-twice-{nth}")
        yield request.with_step(TWICE)
    if shelf is not None:
        yield given.visible(operation)
        yield from traverse(spec.operations[recipe["list"]], dialect, shelf, step=LIST)
    if voided is not None and first.status == 201:
        yield given.change(spec, given.made(spec, name, first), voided, tag=first.header(dialect.etag), step=VOID)
        yield send(AFTER, body)


def _respelt(document: Any) -> Any:
    """The document with every date-time in UTC, and every number of a fraction with a zero more (as JSON has it, the same number)."""
    if isinstance(document, Mapping):
        return {name: _respelt(member) for name, member in document.items()}
    if isinstance(document, list):
        return [_respelt(member) for member in document]
    if isinstance(document, float):
        return f"{_NUMBER}{document!r}0" if "e" not in repr(document) else document
    moment = instant(document) if isinstance(document, str) else None
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z") if moment is not None else document


def judge(
    operation: Operation,
    trace: Sequence[Exchange],
    dialect: Dialect,
    *,
    reports: Sequence[Mapping[str, Any]] = (),
    refused: Sequence[int] = (409,),
) -> Iterator[Finding | Witness]:
    """A witness per repetition, per thing that differs and for the list. `refused` is the conflict of what is there already."""
    known = known_recipe(operation)
    first = next((one for one in trace if one.step == FIRST and one.status == 201), None)
    if known is None or first is None:
        return
    recipe = known[1]
    answered = [one for one in trace if not unusable(one)]
    void = any(one.step == VOID and one.ok for one in trace)
    for one in answered:
        if one.step.startswith((SAME, SPELT, LIKE)):
            source = next((each.get("of") for each in reports if LIKE + each["name"] == one.step), None)
            like = first if source is None else next((each for each in answered if each.step == OTHER + source), None)
            told = not one.step.startswith(LIKE) or one.status in (200, 201, *refused)  # else another rule refused its form
            if like is not None and like.status == 201 and told:
                yield from _again(recipe, like, one, refused)
        elif one.step.startswith(OTHER) or (one.step == AFTER and void):
            yield from _another(recipe, first, one)
    yield from _made_twice(recipe, [one for one in answered if one.step == TWICE])
    made = 1 + sum(one.step.startswith((OTHER, RACE, TWICE)) and one.status == 201 for one in answered)
    yield from _raced([one for one in trace if one.step == RACE], refused)
    listing = operation.spec.operations.get(recipe.get("list", ""))
    for view in views(listing, trace, dialect) if listing else ():
        if view.step == LIST and view.complete:
            yield Witness(view.numbers, LIST)
            if len(view.items) != made:
                yield Finding("listed", (first.number, *view.numbers), str(made), str(len(view.items)))


def _another(recipe: Mapping[str, Any], first: Exchange, one: Exchange) -> Iterator[Finding | Witness]:
    """What differs from the first one is made."""
    yield Witness((first.number, one.number), one.step)
    if one.status != 201 or id_of(recipe, one) == id_of(recipe, first):
        yield Finding("another", (first.number, one.number), "201", str(one.status), one.step.removeprefix(OTHER))


def _raced(racers: Sequence[Exchange], refused: Sequence[int]) -> Iterator[Finding | Witness]:
    """Of several that are the same one is made, and the others are answered as repetitions are."""
    if len(racers) < RACERS or any(unusable(one) or one.status not in (200, 201, *refused) for one in racers):
        return
    numbers = tuple(one.number for one in racers)
    made = sum(one.status == 201 for one in racers)
    yield Witness(numbers, RACE)
    if made != 1:
        yield Finding("raced", numbers, "1", str(made), RACE)


def _made_twice(recipe: Mapping[str, Any], twice: Sequence[Exchange]) -> Iterator[Finding | Witness]:
    """What is never the same as another is made each time."""
    for one in twice[1:]:
        yield Witness((twice[0].number, one.number), TWICE)
        if one.status != 201 or id_of(recipe, one) == id_of(recipe, twice[0]):
            yield Finding("another", (twice[0].number, one.number), "201", str(one.status), TWICE)


def _again(recipe: Mapping[str, Any], first: Exchange, one: Exchange, refused: Sequence[int]) -> Iterator[Finding | Witness]:
    """What the same thing is answered when it comes again."""
    yield Witness((first.number, one.number), one.step)
    wanted, found = id_of(recipe, first), id_of(recipe, one)
    if one.status not in refused and (one.status != 200 or found != wanted):
        yield Finding(
            "again", (first.number, one.number), f"200 {wanted} / {either(refused)}", f"{one.status} {found or ''}", one.step
        )


_PANEL, _TURNED = {"name": "panel", "change": {}}, {"name": "turned", "of": "panel", "same": True, "change": {}}
_VOID = exchange("PATCH /things/t1", 200, {"thingId": "t1"}, name="updateThing", step=VOID, actor="a", sent={})


def _make(step: str, status: int = 201, identifier: str = "t1") -> Exchange:
    body = {"thingId": identifier} if status < 300 else problem(status)
    return exchange("POST /things", status, body, name="createThing", step=step, actor="a", sent={})


EXAMPLES = Examples(
    operation="createThing",
    arguments={"reports": [_PANEL, _TURNED]},
    conforms=[
        numbered(_make(FIRST), _make(f"{OTHER}panel", 201, "t2"), _make(f"{LIKE}turned", 200, "t2")),
        numbered(_make(FIRST), _VOID, _make(AFTER, 201, "t2")),
        numbered(_make(FIRST), _make(SAME, 200), _make(SPELT, 409), exchange("GET /things", 200, page("t1"), step=LIST)),
        numbered(_make(FIRST), _make(RACE, 409), _make(RACE), _make(RACE, 200), _make(RACE, 409)),
        numbered(_make(FIRST), _make(f"{OTHER}size", 201, "t2"), exchange("GET /things", 200, page("t1", "t2"), step=LIST)),
        numbered(_make(FIRST), _make(TWICE, 201, "t2"), _make(TWICE, 201, "t3")),
    ],
    violates=[
        numbered(_make(FIRST), _make(SAME, 201, "t2")),
        numbered(_make(FIRST), _make(SPELT, 200, "t2")),
        numbered(_make(FIRST), _make(f"{OTHER}size", 200)),
        numbered(_make(FIRST), _make(f"{OTHER}panel", 201, "t2"), _make(f"{LIKE}turned", 201, "t3")),
        numbered(_make(FIRST), _VOID, _make(AFTER, 200)),
        numbered(_make(FIRST), _make(TWICE, 201, "t2"), _make(TWICE, 200, "t2")),
        numbered(_make(FIRST), _make(SAME, 409), exchange("GET /things", 200, page("t1", "t2"), step=LIST)),
        numbered(_make(FIRST), _make(RACE), _make(RACE), _make(RACE, 409), _make(RACE, 409)),
        numbered(_make(FIRST), *[_make(RACE, 409)] * RACERS),
    ],
    inconclusive=[[], numbered(_make(FIRST, 409), _make(SAME, 201)), numbered(_make(FIRST), _make(SAME, 429))],
)
