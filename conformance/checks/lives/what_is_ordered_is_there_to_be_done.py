"""For each kind of work that something orders when it is made there is one piece of work, at its beginning, and nothing that was not ordered.

Why: what is ordered and not written down is done for nobody; what is written down twice is done twice.

A thing that orders several kinds of work is made and one that orders nothing, and the work is listed at once.

Fails when: the list for the first one lacks a kind, has one more than once or one that was not ordered; a piece of work is in no initial
state, or differs from the thing in what is to be `alike`; or the list for the other one is not empty.
Inconclusive when: nothing could be made, or the list was not read to its end.
Source: FHIR R4, ServiceRequest and Task; the interface's rules on orders.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from conformance import given
from conformance.checks._example import exchange, numbered, page
from conformance.checks._own import recipe_of, state_of
from conformance.checks._reading import shown
from conformance.checks._views import traverse, views
from conformance.interface.dialect import Dialect
from conformance.model import Examples, Exchange, Finding, Inputs, Operation, Script, Touches, Witness
from conformance.text import pointer

TOUCHES = Touches.WRITES
MADE, LIST = "made: ", "list: "
SEVERAL, NOTHING = "several kinds", "nothing"

ABOUT = """建立時所開立之每一種工作，各恰有一項並處於初始狀態；未開立者則無。
緣由：開立而未登錄之工作，無人為任何人執行；重複登錄者，則執行兩次。
套件建立一筆開立數種工作者及一筆未開立者，並立即列出工作。
不通過：前者之清單缺少某種工作、同種重複或有未開立者；工作不處於初始狀態，或應 `alike` 之內容與開立者不同；或後者之清單不為空。
無法判定：無法建立，或清單未能讀完。
依據：FHIR R4 ServiceRequest 與 Task；介面規範之開立規定。
"""

MESSAGES = {
    "kinds": {
        "en": "the work for what orders {at} should be {expected}, but is {actual}",
        "zh-Hant": "訂購 {at} 者應有的任務為 {expected}，實為 {actual}",
    },
    "state": {
        "en": "work that was just ordered should be {expected}, but is {actual}",
        "zh-Hant": "甫訂購的任務應為 {expected}，實為 {actual}",
    },
    "differs": {
        "en": "{at} of work that was just ordered should be {expected}, but is {actual}",
        "zh-Hant": "甫訂購之任務的 {at} 應為 {expected}，實為 {actual}",
    },
}


def drive(
    operation: Operation, inputs: Inputs, dialect: Dialect, *, orders: str, kinds: Sequence[str], work: str, within: str = ""
) -> Script:
    """`orders` is the member that names kinds of work, `kinds` are those that are ordered, `work` is the recipe of a piece of it, and
    `within` the parameter of its list that takes the id of what ordered it (that of the recipe, if it has the same name).
    """
    name, recipe = recipe_of(operation)
    spec = operation.spec
    lister = spec.operations[spec.setup[work]["list"]]
    for nth, (label, ordered) in enumerate(((SEVERAL, list(kinds)), (NOTHING, None))):
        changes = {} if ordered is None else {orders: ordered}
        one = yield from given.created(spec, name, inputs, dialect, nth=nth, changes=changes, step=MADE + label)
        asked = lister.request(actor="a").with_query(**{within or recipe["parameter"]: one.id})
        yield from traverse(lister, dialect, asked, step=LIST + label, most=5)


def judge(
    operation: Operation,
    trace: Sequence[Exchange],
    dialect: Dialect,
    *,
    orders: str,
    work: str,
    kind: str,
    alike: Mapping[str, str] | None = None,
) -> Iterator[Finding | Witness]:
    """A witness per list. `kind` leads to the kind of a piece of work, `alike` are pointers into it, and those into what ordered it at which
    the same value stands.
    """
    recipe = operation.spec.setup.get(work)
    lister = operation.spec.operations.get((recipe or {}).get("list", ""))
    made = {one.step.removeprefix(MADE): one for one in trace if one.step.startswith(MADE) and one.ok}
    for view in views(lister, trace, dialect) if lister and recipe else ():
        label = view.step.removeprefix(LIST)
        if label not in made or not view.complete or recipe is None:
            continue
        maker = made[label]
        numbers = (maker.number, *view.numbers)
        yield Witness(numbers, view.step)
        wanted = sorted(pointer.first(maker.request.json(), f"/{orders}") or ())
        found = sorted(str(pointer.first(item, kind)) for item in view.items)
        if found != wanted:
            yield Finding("kinds", numbers, shown(wanted), shown(found), label)
        yield from _begun(operation, work, view.items, maker, numbers, alike or {})


def _begun(
    operation: Operation, work: str, items: Sequence[Any], maker: Exchange, numbers: tuple[int, ...], alike: Mapping[str, str]
) -> Iterator[Finding]:
    """What each piece of work has in common with the others: it is at its beginning, and belongs to what ordered it."""
    initial = given.machine(operation.spec, work)["initial"]
    for item in items:
        state = state_of(operation.spec.setup[work], item)
        if state not in initial:
            yield Finding("state", numbers, " / ".join(initial), shown(state))
        for here, there in alike.items():
            value, wanted = pointer.first(item, here), pointer.first(maker.json, there)
            if value != wanted:
                yield Finding("differs", numbers, shown(wanted), shown(value), here)


def _made(label: str = SEVERAL, *colours: str) -> Exchange:
    sent = {"colours": list(colours)} if colours else {}
    body = {"thingId": "o1", "colour": "own", **sent}
    return exchange("POST /things", 201, body, name="createThing", step=MADE + label, actor="a", sent=sent)


def _list(label: str, *kinds: str, state: str = "NEW", colour: str = "own") -> Exchange:
    items: list[Any] = [{"thingId": f"t{nth}", "kind": each, "state": state, "colour": colour} for nth, each in enumerate(kinds)]
    return exchange("GET /things?colour=o1", 200, page(*items), step=LIST + label, actor="a")


_TWO = _made(SEVERAL, "red", "blue")
EXAMPLES = Examples(
    operation="createThing",
    arguments={"orders": "colours", "work": "thing", "kind": "/kind", "alike": {"/colour": "/colour"}},
    conforms=[
        numbered(_TWO, _list(SEVERAL, "blue", "red")),
        numbered(_made(NOTHING), _list(NOTHING)),
    ],
    violates=[
        numbered(_TWO, _list(SEVERAL, "red")),
        numbered(_TWO, _list(SEVERAL, "red", "blue", "blue")),
        numbered(_TWO, _list(SEVERAL, "red", "green")),
        numbered(_TWO, _list(SEVERAL, "red", "blue", state="SOLD")),
        numbered(_TWO, _list(SEVERAL, "red", "blue", colour="another")),
        numbered(_made(NOTHING), _list(NOTHING, "red")),
    ],
    inconclusive=[[], numbered(_list(SEVERAL, "red")), numbered(_TWO)],
)
