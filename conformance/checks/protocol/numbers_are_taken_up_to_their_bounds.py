"""A number at a bound that is declared for it is taken, and the next one beyond is refused.

Why: bounds are where `<` was written for `<=`, where a database column is narrower than the document, and where an exclusive bound is read as an
inclusive one; drawn values hardly ever stand there.

The suite finds a body that is accepted, and sends it again with one number changed: to the last one that keeps a bound (`minimum`, `maximum`, an
exclusive one, `multipleOf`), and to the first one that does not. Of a change (PUT or PATCH), something that was made for it is changed so each
time, from what it was at first.

Fails when: the number that keeps the bound is refused as invalid (`status`); or the one that breaks it is answered with anything else.
Inconclusive when: no body with that member was accepted as it stands, or the schema declares no bound of a number.
Source: JSON Schema 2020-12 Validation, section 6.2; OpenAPI Specification 3.0.3, Schema Object; the interface document.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from conformance import given
from conformance.checks._example import exchange, numbered, problem
from conformance.checks._own import refreshed, unusable
from conformance.checks._statuses import either
from conformance.checks.protocol._borders import BEYOND, WITHIN, Border, borders, with_number
from conformance.errors import DisagreementError
from conformance.interface import contract
from conformance.interface.dialect import Dialect
from conformance.model import Examples, Exchange, Finding, Inputs, Operation, Request, Script, Touches, Unmet, Witness, by_step
from conformance.text import pointer

TOUCHES = Touches.OWN
ASKS = 16
CONTROL = "as it stands"
INVALID = (400, 422)

ABOUT = """恰在宣告界限之數值獲接受，再過一步者遭拒。
緣由：界限即 `<` 誤作 `<=`、資料庫欄位窄於文件、排除界限讀成包含界限之處；隨機產生之值幾乎不落於此。
套件先取得獲接受之本文，再僅變更其中一個數值後送出：最後一個仍符合界限者（`minimum`、`maximum`、排除界限、`multipleOf`），以及第一個不符合者。
對於變更（PUT、PATCH），則每次均自其最初內容起，如此變更為此建立之資料。
不通過：符合界限之數值以無效為由遭拒（`status`）；或不符合者得到其他任何回應。
無法判定：含該欄位之本文原樣未獲接受，或綱要未宣告數值之界限。
依據：JSON Schema 2020-12 Validation 第 6.2 節；OpenAPI Specification 3.0.3 Schema Object；介面規範。
"""

MESSAGES = {
    "refused": {
        "en": "a number that keeps the {at} was refused: expected {expected}, got {actual}",
        "zh-Hant": "符合界限的數值（{at}）遭拒：應為 {expected}，實得 {actual}",
    },
    "accepted": {
        "en": "a number that breaks the {at} should be answered {expected}, but got {actual}",
        "zh-Hant": "不符合界限的數值（{at}）應回應 {expected}，實得 {actual}",
    },
    "unexercised": {
        "en": "a body that is accepted with a number at the {aspect}",
        "zh-Hant": "數值位於界限（{aspect}）且獲接受的本文",
    },
}


def aspects(operation: Operation, dialect: Dialect, *, members: Sequence[str] = (), resource: str = "") -> list[str]:
    """The bounds of numbers in the body, as far as a body of the recipe has what they stand in."""
    return [one.name for one in _borders(operation, members, resource)]


def drive(operation: Operation, inputs: Inputs, dialect: Dialect, *, members: Sequence[str] = (), resource: str = "") -> Script:
    """A body as it stands, then for each bound one that keeps it and one that breaks it. `members` are pointers into the body, where not every
    number is meant; `resource` names the recipe, where it is not the first of which the operation is the creation or the change.
    """
    found, name = _borders(operation, members, resource), resource or _recipe(operation)
    if not found:
        raise Unmet(f"no number in the body of {operation.id} has a declared bound")
    if not name:
        raise Unmet(f"no set-up recipe is of the creation or the change {operation.id}")
    if operation.id == operation.spec.setup[name].get("update"):
        yield from _changes(operation, name, found, inputs, dialect)
        return
    whole = yield from _body(operation, name, inputs, dialect, 0)
    yield given.creation(operation, whole, inputs, actor="a", label=f"{name}-whole").with_step(CONTROL)
    for nth, (one, kind) in enumerate(((one, kind) for one in found for kind in (WITHIN, BEYOND)), 1):
        body = with_number((yield from _body(operation, name, inputs, dialect, nth)), one.where, _value(one, kind))
        if body is None:
            continue
        asked = given.creation(operation, body, inputs, actor="a", label=f"{name}-{nth}")
        if _meant(operation, kind, body, asked):
            yield asked.with_step(f"{kind} the {one.name}")


def _changes(operation: Operation, name: str, found: Sequence[Border], inputs: Inputs, dialect: Dialect) -> Script:
    """A thing of our own, changed to what it is, and then to each number. It is read again after each change, for its entity tag."""
    spec = operation.spec
    made = yield from given.created(spec, name, inputs, dialect)
    made = refreshed(made, (yield given.read(spec, made)))
    if not isinstance(first := made.representation, Mapping):
        raise Unmet(f"what {name} is like was not read as an object")
    tops = [top for one in found if (top := pointer.segments(one.where)[0]) in first]
    yield given.change(spec, made, {top: first[top] for top in tops}, tag=made.tag, step=CONTROL)
    for one, kind in ((one, kind) for one in found for kind in (WITHIN, BEYOND)):
        made = replace(refreshed(made, (yield given.read(spec, made))), representation=first)
        body, top = with_number(first, one.where, _value(one, kind)), pointer.segments(one.where)[0]
        if body is None:
            continue
        asked = given.change(spec, made, {top: body[top]}, tag=made.tag, step=f"{kind} the {one.name}")
        if _meant(operation, kind, given.changed(spec, made, {top: body[top]}), asked):
            yield asked


def _recipe(operation: Operation) -> str:
    own = (name for name, recipe in operation.spec.setup.items() if operation.id in (recipe.get("create"), recipe.get("update")))
    return next(own, "")


def _borders(operation: Operation, members: Sequence[str], resource: str) -> list[Border]:
    recipe = operation.spec.setup.get(resource or _recipe(operation), {})
    templates = [candidate.get("body") for candidate in recipe.get("candidates", ())]
    found = borders(operation, operation.media_type, members)
    return [one for one in found if any(with_number(each, one.where, one.kept) is not None for each in templates)]


def _value(one: Border, kind: str) -> int | float:
    return one.kept if kind == WITHIN else one.broken


def _meant(operation: Operation, kind: str, body: Mapping[str, Any], asked: Request) -> bool:
    """Whether a body is, beyond doubt, what its step says of it: valid, or not."""
    if kind == BEYOND:
        return contract.body_refused(operation, asked.header("Content-Type") or "", asked.body or b"")
    try:
        return not contract.value_errors(operation, operation.media_type, {k: v for k, v in body.items() if k[:1] != "{"})
    except DisagreementError:
        return False


def _body(operation: Operation, resource: str, inputs: Inputs, dialect: Dialect, nth: int) -> Script:
    found = yield from given.bodies(operation.spec, resource, inputs, dialect, nth=nth, most=1)
    if not found:
        raise Unmet(f"nothing was found to make a {resource} on")
    return found[0]


def judge(
    operation: Operation,
    trace: Sequence[Exchange],
    dialect: Dialect,
    *,
    members: Sequence[str] = (),
    status: Sequence[int] = INVALID,
) -> Iterator[Finding | Witness]:
    """A witness per bound of which both sides were answered, once the body was accepted as it stands. `status` refuses a number for its bound."""
    steps = by_step(one for one in trace if not unusable(one))
    if not any(one.ok for one in steps.get(CONTROL, ())):
        return
    for border in borders(operation, operation.media_type, members):
        kept, broken = (next(iter(steps.get(f"{kind} the {border.name}", ())), None) for kind in (WITHIN, BEYOND))
        if kept is not None and kept.status in status:
            yield Finding("refused", (kept.number,), "2xx", str(kept.status), border.name)
        if broken is not None and broken.status not in status:
            yield Finding("accepted", (broken.number,), either(status), str(broken.status), border.name)
        if kept is not None and broken is not None and (kept.ok or kept.status in status):
            yield Witness((kept.number, broken.number), border.name, aspect=border.name)


# ------------------------------------------------------------------------------------------ examples


def _send(step: str, status: int, size: int) -> Exchange:
    body = {"thingId": "t1", "size": size} if status == 201 else problem(status)
    return exchange("POST /things", status, body, name="createThing", step=step, actor="a", sent={"colour": "red", "size": size})


_WHOLE, _AT, _PAST = _send(CONTROL, 201, 5), f"{WITHIN} the minimum of /size", f"{BEYOND} the minimum of /size"
EXAMPLES = Examples(
    operation="createThing",
    conforms=[
        numbered(_WHOLE, _send(_AT, 201, 0), _send(_PAST, 422, -1)),
        numbered(_WHOLE, _send(_AT, 201, 0), _send(_PAST, 400, -1)),
    ],
    violates=[
        numbered(_WHOLE, _send(_AT, 422, 0), _send(_PAST, 422, -1)),
        numbered(_WHOLE, _send(_AT, 201, 0), _send(_PAST, 201, -1)),
        numbered(_WHOLE, _send(_AT, 201, 0), _send(_PAST, 500, -1)),
    ],
    inconclusive=[
        [],
        numbered(_send(CONTROL, 422, 5), _send(_AT, 422, 0), _send(_PAST, 422, -1)),
        numbered(_WHOLE, _send(_AT, 409, 0), _send(_PAST, 422, -1)),
        numbered(_WHOLE, _send(_AT, 429, 0), _send(_PAST, 429, -1)),
    ],
)
