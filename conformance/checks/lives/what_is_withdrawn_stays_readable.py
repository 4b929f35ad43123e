"""What was withdrawn is no longer listed, is found by asking for it, and is never deleted.

Why: a wrong measurement must not be taken for a right one, and the fact that there was one must not vanish: somebody may have acted on it.

Fails when: the list still shows what was withdrawn, or no longer shows the rest; asking for the withdrawn state does not give exactly the
withdrawn ones, asking for another one gives them; it cannot be read by its id; deleting it is not refused (`deletion`) or removes it.
Inconclusive when: nothing could be made and withdrawn.
Source: FHIR R4, entered-in-error; RFC 9110, 405 Method Not Allowed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
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
KEPT, GONE, WITHDRAW = "given: kept", "given: to be withdrawn", "withdraw"
LIST, ASKED, OTHER, READ, DELETE, AFTER = (
    "list",
    "list the withdrawn",
    "list another state",
    "read",
    "delete",
    "read after deleting",
)

ABOUT = """已撤回者不再列出、指明查詢時可找到，且永不刪除。
緣由：錯誤之量測值不應被當作正確者，而其曾存在之事實亦不得消失：可能有人已據以行動。
不通過：清單仍列出已撤回者，或不再列出其餘；查詢撤回狀態所得並非恰為已撤回者，或查詢其他狀態卻得到之；無法以識別碼讀取；刪除未遭拒（`deletion`）或確已刪除。
無法判定：無法建立並撤回。
依據：FHIR R4 entered-in-error；RFC 9110 405 Method Not Allowed。
"""

MESSAGES = {
    "shown": {
        "en": "{at} should show {expected}, but shows {actual}",
        "zh-Hant": "{at} 應列出 {expected}，實際列出 {actual}",
    },
    "status": {
        "en": "{at} should be answered {expected}, but got {actual}",
        "zh-Hant": "{at} 應回應 {expected}，實得 {actual}",
    },
}


def drive(operation: Operation, inputs: Inputs, dialect: Dialect, *, parameter: str, withdrawn: str) -> Script:
    """Of two things made on the same one is withdrawn. `parameter` of the list asks for a state, `withdrawn` is the state of what is gone."""
    name, recipe = recipe_of(operation)
    spec, ground = operation.spec, dict[str, given.Created]()
    kept = yield from given.created(spec, name, inputs, dialect, nth=1, step=KEPT, things=ground)
    gone = yield from given.created(spec, name, inputs, dialect, nth=2, step=GONE, things=ground)
    shelf = given.listing(spec, kept)
    if shelf is None:
        raise Unmet(f"nothing lists a {name}")
    member = pointer.segments(recipe["state"])[0]
    yield given.change(spec, gone, {member: withdrawn}, tag=gone.tag, step=WITHDRAW)
    yield given.visible(spec.operations[recipe["create"]], operation)
    listing = spec.operations[recipe["list"]]
    state = pointer.first(kept.representation, recipe["state"])
    for step, query in ((LIST, {}), (ASKED, {parameter: withdrawn}), (OTHER, {parameter: state})):
        yield from traverse(listing, dialect, shelf.with_query(**query), step=step)
    yield given.read(spec, gone, step=READ)
    yield replace(given.read(spec, gone, step=DELETE), method="DELETE", headers=(("If-Match", gone.tag or "*"),))
    yield given.read(spec, gone, step=AFTER)


def judge(
    operation: Operation, trace: Sequence[Exchange], dialect: Dialect, *, deletion: Sequence[int] = (405,)
) -> Iterator[Finding | Witness]:
    """A witness per list and reading after the withdrawal."""
    known = known_recipe(operation)
    steps = {one.step: one for one in trace}
    if known is None or not all(step in steps and steps[step].ok for step in (KEPT, GONE, WITHDRAW)):
        return
    recipe = known[1]
    kept, gone = (id_of(recipe, steps[step]) for step in (KEPT, GONE))
    for step, right in ((READ, (200,)), (DELETE, deletion), (AFTER, (200,))):
        if step in steps and not unusable(steps[step]):
            one = steps[step]
            yield Witness((one.number,), step)
            if one.status not in right:
                yield Finding("status", (one.number,), either(right), str(one.status), step)
    listing = operation.spec.operations.get(recipe.get("list", ""))
    for view in views(listing, trace, dialect) if listing else ():
        wanted = {gone} if view.step == ASKED else {kept}
        if view.status >= 400:
            yield Finding("status", view.numbers, "200", str(view.status), view.step)
        elif view.complete and view.step in (LIST, ASKED, OTHER):
            yield Witness(view.numbers, view.step)
            found = {given.id_in(recipe, item) for item in view.items}
            if found & {kept, gone} != wanted:
                yield Finding(
                    "shown", view.numbers, ", ".join(map(str, wanted)), ", ".join(sorted(map(str, found))) or "nothing", view.step
                )


def _made(step: str, identifier: str) -> Exchange:
    return exchange("POST /things", 201, {"thingId": identifier}, name="createThing", step=step, actor="a")


def _one(step: str, status: int = 200, method: str = "GET") -> Exchange:
    body = {"thingId": "t2"} if status == 200 else problem(status)
    return exchange(f"{method} /things/t2", status, body, name="getThing", step=step, actor="a")


def _list(step: str, *items: str, status: int = 200) -> Exchange:
    body: Any = page(*items) if status == 200 else problem(status)
    return exchange("GET /things", status, body, step=step, actor="a")


_MADE = (_made(KEPT, "t1"), _made(GONE, "t2"), _one(WITHDRAW))
EXAMPLES = Examples(
    operation="updateThing",
    conforms=[
        numbered(*_MADE, _list(LIST, "t1"), _list(ASKED, "t2"), _list(OTHER, "t1")),
        numbered(*_MADE, _one(READ), _one(DELETE, 405, "DELETE"), _one(AFTER)),
    ],
    violates=[
        numbered(*_MADE, _list(LIST, "t1", "t2")),
        numbered(*_MADE, _list(LIST)),
        numbered(*_MADE, _list(ASKED)),
        numbered(*_MADE, _list(ASKED, "t1", "t2")),
        numbered(*_MADE, _list(OTHER, "t1", "t2")),
        numbered(*_MADE, _one(READ, 404)),
        numbered(*_MADE, _one(DELETE, 204, "DELETE")),
        numbered(*_MADE, _one(DELETE, 405, "DELETE"), _one(AFTER, 404)),
        numbered(*_MADE, _list(ASKED, status=400)),
    ],
    inconclusive=[[], numbered(_made(KEPT, "t1"), _list(LIST, "t1")), numbered(*_MADE, _list(LIST, status=429))],
)
