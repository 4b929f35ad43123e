"""What is made begins in one of the states in which the state machine lets it begin.

Why: the moves that a client may make follow from the state; a resource that begins somewhere in the middle has skipped what had to
happen before, a confirmation or a payment.

Fails when: the answer to a creation shows a state that is not initial.
Inconclusive when: nothing was created.
Source: the interface's state machine.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from conformance import given
from conformance.checks._example import exchange, problem
from conformance.checks._own import known_recipe, recipe_of, state_of
from conformance.interface.dialect import Dialect
from conformance.model import Examples, Exchange, Finding, Inputs, Operation, Script, Touches, Witness

TOUCHES = Touches.OWN
SCOPE = "exchange"
CREATE = "create"

ABOUT = """新建立者之狀態，為狀態機所容許之初始狀態之一。
緣由：用戶端可行之轉換取決於狀態；自中途開始之資源，略過了應先發生之事，例如確認或付款。
不通過：建立之回應所示狀態並非初始狀態。
無法判定：沒有建立任何資料。
依據：介面規範之狀態機。
"""

MESSAGES = {
    "state": {
        "en": "what is made should begin as {expected}, but begins as {actual}",
        "zh-Hant": "新建立者的起始狀態應為 {expected}，實為 {actual}",
    },
}


def drive(operation: Operation, inputs: Inputs, dialect: Dialect) -> Script:
    """One thing of each candidate of the recipe, as far as there is one."""
    _, recipe = recipe_of(operation)
    for nth, candidate in enumerate(recipe["candidates"]):
        bodies = yield from given.filled(operation.spec, candidate, inputs, dialect, nth=nth, most=1)
        for body in bodies[:1]:
            yield given.creation(operation, body, inputs, actor="a", label=f"{CREATE}-{nth}").with_step(CREATE)


def judge(operation: Operation, trace: Sequence[Exchange], dialect: Dialect) -> Iterator[Finding | Witness]:
    """A witness per creation that shows a state."""
    known = known_recipe(operation)
    for one in trace if known is not None and "state" in known[1] and operation.id == known[1].get("create") else ():
        found = state_of(known[1], one.json) if one.status == 201 and known else None
        if found is None or known is None:
            continue
        initial = given.machine(operation.spec, known[0])["initial"]
        yield Witness((one.number,), found)
        if found not in initial:
            yield Finding("state", (one.number,), " / ".join(initial), found)


def _made(state: str, status: int = 201) -> list[Exchange]:
    body = {"thingId": "t1", "state": state} if status == 201 else problem(status)
    return [exchange("POST /things", status, body, name="createThing", actor="a")]


EXAMPLES = Examples(
    operation="createThing",
    conforms=[_made("NEW")],
    violates=[_made("SOLD"), _made("GONE"), _made("new")],
    inconclusive=[[], _made("NEW", 409), [exchange("POST /things", 201, {"thingId": "t1"}, name="createThing")]],
)
