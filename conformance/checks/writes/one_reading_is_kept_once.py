"""What a device reported is kept once, however often it is reported; what differs in anything is kept as another.

Why: a device that lost the answer reports again, often under a new key and in another spelling. Twice the same reading makes a trend that
was not there; two different readings taken for one lose a reading.

Fails when: the same thing again, under another key and also with its times and numbers written otherwise, is answered anything but the one
that is there (200) or a conflict (`refused`), or is listed twice; of several that are the same and come at once not exactly one is made;
or a thing that differs in one value is not made, or one of a kind that is never the same as another is not made twice.
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
FIRST, SAME, SPELT, OTHER, LIST = "first", "the same again", "the same in another spelling", "another ", "list"
RACE, RACERS = "the same at once", 4
_NUMBER = "yance-number:"
TWICE = "of a kind that is made twice"

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
    differs: Mapping[str, Mapping[str, Any]],
    raced: Mapping[str, Any] | None = None,
    without: Sequence[str] = (),
) -> Script:
    """`candidate` is the one of the recipe whose things are kept once; `differs` are, by a name, members that make it another; `raced`
    those of a further one, which comes several times at once. `without` these members it is never the same as another.
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
    for label, members in differs.items():
        yield send(OTHER + label, {**body, **given.fill(dict(members), None, now, inputs, 0)})
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
    refused: Sequence[int] = (409,),
) -> Iterator[Finding | Witness]:
    """A witness per repetition, per thing that differs and for the list. `refused` is the conflict of what is there already."""
    known = known_recipe(operation)
    first = next((one for one in trace if one.step == FIRST and one.status == 201), None)
    if known is None or first is None:
        return
    recipe = known[1]
    answered = [one for one in trace if not unusable(one)]
    for one in answered:
        if one.step in (SAME, SPELT):
            yield from _again(recipe, first, one, refused)
        elif one.step.startswith(OTHER):
            yield Witness((first.number, one.number), one.step)
            if one.status != 201 or id_of(recipe, one) == id_of(recipe, first):
                yield Finding("another", (first.number, one.number), "201", str(one.status), one.step.removeprefix(OTHER))
    yield from _made_twice(recipe, [one for one in answered if one.step == TWICE])
    made = 1 + sum(one.step.startswith((OTHER, RACE, TWICE)) and one.status == 201 for one in answered)
    yield from _raced([one for one in trace if one.step == RACE], refused)
    listing = operation.spec.operations.get(recipe.get("list", ""))
    for view in views(listing, trace, dialect) if listing else ():
        if view.step == LIST and view.complete:
            yield Witness(view.numbers, LIST)
            if len(view.items) != made:
                yield Finding("listed", (first.number, *view.numbers), str(made), str(len(view.items)))


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


def _make(step: str, status: int = 201, identifier: str = "t1") -> Exchange:
    body = {"thingId": identifier} if status < 300 else problem(status)
    return exchange("POST /things", status, body, name="createThing", step=step, actor="a", sent={})


EXAMPLES = Examples(
    operation="createThing",
    conforms=[
        numbered(_make(FIRST), _make(SAME, 200), _make(SPELT, 409), exchange("GET /things", 200, page("t1"), step=LIST)),
        numbered(_make(FIRST), _make(RACE, 409), _make(RACE), _make(RACE, 200), _make(RACE, 409)),
        numbered(_make(FIRST), _make(f"{OTHER}size", 201, "t2"), exchange("GET /things", 200, page("t1", "t2"), step=LIST)),
        numbered(_make(FIRST), _make(TWICE, 201, "t2"), _make(TWICE, 201, "t3")),
    ],
    violates=[
        numbered(_make(FIRST), _make(SAME, 201, "t2")),
        numbered(_make(FIRST), _make(SPELT, 200, "t2")),
        numbered(_make(FIRST), _make(f"{OTHER}size", 200)),
        numbered(_make(FIRST), _make(TWICE, 201, "t2"), _make(TWICE, 200, "t2")),
        numbered(_make(FIRST), _make(SAME, 409), exchange("GET /things", 200, page("t1", "t2"), step=LIST)),
        numbered(_make(FIRST), _make(RACE), _make(RACE), _make(RACE, 409), _make(RACE, 409)),
        numbered(_make(FIRST), *[_make(RACE, 409)] * RACERS),
    ],
    inconclusive=[[], numbered(_make(FIRST, 409), _make(SAME, 201)), numbered(_make(FIRST), _make(SAME, 429))],
)
