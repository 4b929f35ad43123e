"""What a device reported is kept once, however often it is reported; what differs in anything is kept as another.

Why: a device that lost the answer reports again, often under a new key and in another spelling. Twice the same reading makes a trend that
was not there; two different readings taken for one lose a reading.

Fails when: the same thing again, under another key and also with its times and numbers written otherwise, is answered anything but the one
that is there (200) or a conflict (`refused`), or is listed twice; or a thing that differs in one value is not made.
Inconclusive when: nothing could be made.
Source: IHE Personal Connected Health Alliance guidelines (duplicate observations); the interface's rules on measurements.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
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
FIRST, SAME, SPELT, OTHER, LIST = "first", "the same again", "the same in another spelling", "another ", "list"

MESSAGES = {
    "again": {
        "en": "{at} should be answered {expected}, but got {actual}",
        "zh-Hant": "{at} 應回應 {expected}，實得 {actual}",
    },
    "another": {
        "en": "what differs ({at}) should be made anew: expected {expected}, got {actual}",
        "zh-Hant": "有所不同者（{at}）應另行建立：應為 {expected}，實得 {actual}",
    },
    "listed": {
        "en": "{expected} things should be listed, but {actual} are",
        "zh-Hant": "應列出 {expected} 筆，實為 {actual} 筆",
    },
}


def drive(
    operation: Operation, inputs: Inputs, dialect: Dialect, *, candidate: str, differs: Mapping[str, Mapping[str, Any]]
) -> Script:
    """`candidate` is the one of the recipe whose things are kept once; `differs` are, by a name, members that make it another."""
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
    yield send(SPELT, _respelt(body))
    now = dialect.server_time(first)
    if now is None:
        raise Unmet(f"{operation.id} answered without a Date")
    for label, members in differs.items():
        yield send(OTHER + label, {**body, **given.fill(dict(members), None, now, inputs, 0)})
    if shelf is not None:
        yield from traverse(spec.operations[recipe["list"]], dialect, shelf, step=LIST)


def _respelt(document: Any) -> Any:
    """The document with every date-time in UTC, and every number of a fraction with a zero more (as JSON has it, the same number)."""
    if isinstance(document, Mapping):
        return {name: _respelt(member) for name, member in document.items()}
    if isinstance(document, list):
        return [_respelt(member) for member in document]
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
    made = 1 + sum(one.step.startswith(OTHER) and one.status == 201 for one in answered)
    listing = operation.spec.operations.get(recipe.get("list", ""))
    for view in views(listing, trace, dialect) if listing else ():
        if view.step == LIST and view.complete:
            yield Witness(view.numbers, LIST)
            if len(view.items) != made:
                yield Finding("listed", (first.number, *view.numbers), str(made), str(len(view.items)))


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
        numbered(_make(FIRST), _make(f"{OTHER}size", 201, "t2"), exchange("GET /things", 200, page("t1", "t2"), step=LIST)),
    ],
    violates=[
        numbered(_make(FIRST), _make(SAME, 201, "t2")),
        numbered(_make(FIRST), _make(SPELT, 200, "t2")),
        numbered(_make(FIRST), _make(f"{OTHER}size", 200)),
        numbered(_make(FIRST), _make(SAME, 409), exchange("GET /things", 200, page("t1", "t2"), step=LIST)),
    ],
    inconclusive=[[], numbered(_make(FIRST, 409), _make(SAME, 201)), numbered(_make(FIRST), _make(SAME, 429))],
)
