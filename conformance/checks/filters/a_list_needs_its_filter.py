"""A list that may be asked for one holder at a time refuses to be asked for all, and shows those of the one that is named and no others.

Why: a list that answers without the filter gives the whole register to whoever leaves it out, by mistake or not.

Fails when: without the parameter, or with it empty, the answer is no refusal (`status`) that names it; or with it an item of another is shown,
or one of its own is missing.
Inconclusive when: no things of two holders could be made.
Source: Personal Data Protection Act (個人資料保護法, necessity); the interface's rules on filters.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from conformance import given
from conformance.checks._example import exchange, numbered, page, problem
from conformance.checks._own import id_of, known_recipe, recipe_of, unusable
from conformance.checks._statuses import either
from conformance.checks._views import traverse, views
from conformance.interface.dialect import Dialect
from conformance.model import Examples, Exchange, Finding, Inputs, Operation, Script, Touches, Unmet, Witness
from conformance.text import pointer

TOUCHES = Touches.WRITES
ASKS = 20
STOCKS = True
WITHOUT, EMPTY, FOR, MADE = "without it", "with an empty one", "for holder ", "given: of holder "

ABOUT = """須指明持有人方可查詢之清單，拒絕未指明之查詢；指明者僅列出該人之資料。
緣由：未帶篩選條件仍予回應之清單，會將整份名冊交給有意無意漏帶條件之人。
不通過：未帶該參數或參數為空時，回應非指明該參數之拒絕（`status`）；或帶參數時列出他人項目，或缺少其本人項目。
無法判定：無法為兩位持有人建立資料。
依據：個人資料保護法（必要性）；介面規範之篩選規定。
"""

MESSAGES = {
    "status": {
        "en": "the list {at} should be answered {expected}, but got {actual}",
        "zh-Hant": "清單（{at}）應回應 {expected}，實得 {actual}",
    },
    "unnamed": {
        "en": "the refusal of the list {at} should name the parameter {expected}, but names {actual}",
        "zh-Hant": "對清單（{at}）的拒絕應指出參數 {expected}，實際指出 {actual}",
    },
    "shown": {
        "en": "the list {at} should show {expected}, but shows {actual}",
        "zh-Hant": "清單（{at}）應列出 {expected}，實際列出 {actual}",
    },
}


def drive(operation: Operation, inputs: Inputs, dialect: Dialect, *, parameter: str, each: int = 2) -> Script:
    """Some things each of two holders; the list without the parameter, and with it for each."""
    name, recipe = recipe_of(operation)
    shelves = []
    for holder in range(2):
        ground: given.Things = {}
        for nth in range(each):
            step = f"{MADE}{holder}"
            one = yield from given.created(operation.spec, name, inputs, dialect, nth=10 * holder + nth, step=step, things=ground)
        shelf = given.listing(operation.spec, one)
        if shelf is None:
            raise Unmet(f"nothing lists a {name}")
        shelves.append(shelf)
    yield given.visible(operation.spec.operations[recipe["create"]])
    yield shelves[0].with_query(**{parameter: None}).with_step(WITHOUT)
    yield shelves[0].with_query(**{parameter: ""}).with_step(EMPTY)
    for holder, shelf in enumerate(shelves):
        yield from traverse(operation, dialect, shelf, step=f"{FOR}{holder}")


def judge(
    operation: Operation, trace: Sequence[Exchange], dialect: Dialect, *, parameter: str, status: Sequence[int] = (400,)
) -> Iterator[Finding | Witness]:
    """A witness per refusal and per list."""
    known = known_recipe(operation)
    if known is None:
        return
    for one in trace:
        if one.step in (WITHOUT, EMPTY) and not unusable(one):
            yield Witness((one.number,), one.step)
            if one.status not in status:
                yield Finding("status", (one.number,), either(status), str(one.status), one.step)
                continue
            named = [str(found) for found in pointer.values(one.json, dialect.problem_errors + "/*/parameter")]
            if parameter not in named:
                yield Finding("unnamed", (one.number,), parameter, ", ".join(named) or "-", one.step)
    for view in views(operation, trace, dialect):
        made = {id_of(known[1], one) for one in trace if one.step == MADE + view.step.removeprefix(FOR)}
        if view.step.startswith(FOR) and view.complete and made:
            yield Witness(view.numbers, view.step)
            found = {given.id_in(known[1], item) for item in view.items}
            if found != made:
                yield Finding(
                    "shown",
                    view.numbers,
                    ", ".join(sorted(map(str, made))),
                    ", ".join(sorted(map(str, found))) or "nothing",
                    view.step,
                )


def _made(holder: int, identifier: str) -> Exchange:
    return exchange("POST /things", 201, {"thingId": identifier}, name="createThing", step=f"{MADE}{holder}", actor="a")


def _list(step: str, *items: str, status: int = 200, **more: Any) -> Exchange:
    return exchange("GET /things", status, page(*items) if status == 200 else problem(status, **more), step=step, actor="a")


EXAMPLES = Examples(
    operation="listThings",
    arguments={"parameter": "colour"},
    conforms=[
        numbered(_list(WITHOUT, status=400, errors=[{"parameter": "colour"}])),
        numbered(_made(0, "t1"), _made(1, "t2"), _list(f"{FOR}0", "t1"), _list(f"{FOR}1", "t2")),
    ],
    violates=[
        numbered(_list(WITHOUT, "t1")),
        numbered(_list(EMPTY, "t1")),
        numbered(_list(WITHOUT, status=400, errors=[{"parameter": "limit"}])),
        numbered(_made(0, "t1"), _made(1, "t2"), _list(f"{FOR}0", "t1", "t2")),
        numbered(_made(0, "t1"), _made(1, "t2"), _list(f"{FOR}0")),
    ],
    inconclusive=[[], numbered(_list(WITHOUT, status=429)), numbered(_list(f"{FOR}0", "t1"))],
)
