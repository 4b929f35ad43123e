"""Where the last units were taken, every view and every filter says that nothing is left.

Why: a platform that counts reservations in one view and not in another sends drivers to a car park that its own booking page calls full;
and it is the last unit that decides whether a thing is to be found at all.

Of the things that are free the one with the fewest units is filled: as many of each kind are taken at once as its view shows. Then it is
looked at, looked for under both values of the filter, and looked at again: where it is not full both times, others have a hand in it,
and nothing is known.

Fails when: a thing that shows no free unit before and after is listed under the value of the filter that asks for free ones, or is not
listed under the other; or the view does not say what `reads` asks of a full one.
Inconclusive when: nothing with so few units was found, or it could not be filled.
Source: the interface's rules on availability.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from conformance import given
from conformance.checks._example import exchange, numbered, page
from conformance.checks._reading import shown
from conformance.checks._targets import Entry, reading
from conformance.checks._views import View, traverse, views
from conformance.interface.dialect import Dialect
from conformance.model import Examples, Exchange, Finding, Inputs, Operation, Pause, Script, Touches, Unmet, Witness
from conformance.text import pointer

TOUCHES = Touches.WRITES
ASKS = 36
BEFORE, AFTER, SOUGHT = "full", "still full", "sought as "

ABOUT = """最後之單位已遭取用時，每一查詢結果與篩選均表示已無餘量。
緣由：僅部分查詢計入預約之平臺，會將駕駛導向其預約頁已標示客滿之停車場；是否找得到，取決於最後一個單位。
就空閒者中單位最少者填滿：依查詢所示同時取用各類單位。其後查看、以篩選之兩值尋找、再查看：若前後並非均為客滿，表示另有他人參與，無從判斷。
不通過：前後均無餘量者，列於查詢有餘量之結果，或未列於另一值之結果；或查詢結果未呈現 `reads` 就客滿所定者。
無法判定：找不到單位如此少者，或無法填滿。
依據：介面規範之可用性規定。
"""

MESSAGES = {
    "listed": {
        "en": "what is full should not be listed under {expected}, but {actual} is",
        "zh-Hant": "已無餘位者不應列於 {expected}，但 {actual} 列於其中",
    },
    "unlisted": {
        "en": "what is full should be listed under {expected}, but {actual} is not",
        "zh-Hant": "已無餘位者應列於 {expected}，但 {actual} 未列出",
    },
    "reads": {
        "en": "what has no free unit should show {expected} at {at}, but shows {actual}",
        "zh-Hant": "已無餘位者應於 {at} 顯示 {expected}，實為 {actual}",
    },
}


def drive(
    operation: Operation, inputs: Inputs, dialect: Dialect, *, filling: Entry, sought: Mapping[str, Any], most: int = 8
) -> Script:
    """`filling`: `find` what is free, `free` the pointer to its free units, `units` that to their kinds, each with a `count`; `body` what
    takes one (as found, with that kind alone); `same`: pointers that make one thing of two documents. `sought`: the `operation` and
    `filter` that look for free ones.
    """
    spec, free = operation.spec, filling["free"]
    found = yield from given.matching(spec, filling["find"], inputs, dialect)
    few = [item for item in found if isinstance(left := pointer.first(item, free), int) and 1 <= left <= most]
    if not few:
        return
    least = min(few, key=lambda item: (pointer.first(item, free), str(item)))
    source = spec.operations[filling["find"]["operation"]]
    values = {p.name: pointer.first(least, f"/{p.name}") for p in source.parameters if p.location == "path"}
    view = reading(spec, source.id, values, dialect, step=BEFORE)
    now: Exchange = yield view.with_step("given: what is left")
    yield [
        given.creation(operation, body, inputs, actor="a", label=f"fill-{nth}").with_step("given: take one")
        for nth, body in enumerate(_bodies(filling, now, inputs, dialect))
    ]
    yield Pause(operation.raw.get("x-consistency-ms", 0) / 1000)
    yield view
    listing = spec.operations[sought["operation"]]
    for text in ("true", "false"):
        yield from traverse(listing, dialect, listing.request(query={sought["filter"]: text}), step=f"{SOUGHT}{text}")
    yield view.with_step(AFTER)


def _bodies(filling: Entry, view: Exchange, inputs: Inputs, dialect: Dialect) -> Iterator[Any]:
    """As many bodies of each kind as the view shows to be free of it. Raises Unmet when it does not say."""
    kinds, when = pointer.segments(filling["units"])[0], dialect.server_time(view)
    if not view.ok or when is None:
        raise Unmet("what is free does not show any more")
    nth = 0
    for kind in pointer.values(view.json, filling["units"]):
        for _ in range(pointer.first(kind, filling["count"]) or 0):
            yield given.fill(filling["body"], {**view.json, kinds: [kind]}, when, inputs, nth)
            nth += 1


def judge(
    operation: Operation,
    trace: Sequence[Exchange],
    dialect: Dialect,
    *,
    filling: Entry,
    sought: Mapping[str, Any],
    reads: Mapping[str, Any] | None = None,
) -> Iterator[Finding | Witness]:
    """`reads`: what the view of a full one shows, by pointer. One witness per thing that was full and looked for."""
    looks = [next((one for one in trace if one.step == step and one.ok), None) for step in (BEFORE, AFTER)]
    first, last = looks
    if first is None or last is None or any(pointer.first(one.json, filling["free"]) != 0 for one in (first, last)):
        return
    for where, value in (reads or {}).items():
        if pointer.first(first.json, where) != value:
            yield Finding("reads", (first.number,), shown(value), shown(pointer.first(first.json, where)), where)
    thing = [pointer.first(first.json, where) for where in filling["same"]]
    for view in views(operation.spec.operations[sought["operation"]], trace, dialect):
        yield from _sought(view, thing, filling["same"], sought["filter"])


def _sought(view: View, thing: Sequence[Any], same: Sequence[str], name: str) -> Iterator[Finding | Witness]:
    """Whether a thing that is full is in a view in which it should be, or in one in which it should not."""
    wanted = view.query.get(name) == "false"
    if not view.step.startswith(SOUGHT) or view.status >= 400 or not (view.complete or not wanted):
        return
    listed = any([pointer.first(item, where) for where in same] == thing for item in view.items)
    yield Witness(view.numbers, view.label)
    if listed != wanted:
        yield Finding("unlisted" if wanted else "listed", view.numbers, view.label, "/".join(map(str, thing)))


def _look(step: str, left: int = 0, full: int = 1) -> Exchange:
    return exchange("GET /things/t1", 200, {"thingId": "t1", "stock": left, "full": full}, name="getThing", step=step)


def _list(text: str, *items: str, more: bool = False) -> Exchange:
    body = page(*items, cursor="c2") if more else page(*items)
    return exchange(f"GET /things?inStock={text}", 200, body, name="listThings", step=f"{SOUGHT}{text}")


EXAMPLES = Examples(
    operation="createThing",
    conforms=[numbered(_look(BEFORE), _list("true", "t2"), _list("false", "t1"), _look(AFTER))],
    violates=[
        numbered(_look(BEFORE), _list("true", "t1", "t2"), _list("false", "t1"), _look(AFTER)),
        numbered(_look(BEFORE), _list("true", "t2"), _list("false"), _look(AFTER)),
        numbered(_look(BEFORE, full=0), _list("true"), _look(AFTER)),
    ],
    inconclusive=[
        [],
        numbered(_look(BEFORE, 1), _list("true", "t1"), _look(AFTER)),
        numbered(_look(BEFORE), _list("true", "t1"), _look(AFTER, 1)),
        numbered(_look(BEFORE), _list("false", more=True), _look(AFTER)),
    ],
    arguments={
        "filling": {"free": "/stock", "same": ["/thingId"]},
        "sought": {"operation": "listThings", "filter": "inStock"},
        "reads": {"/full": 1},
    },
)
