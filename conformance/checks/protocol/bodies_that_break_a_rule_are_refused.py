"""A body that breaks one of the interface's rules is answered 422 and told where; one at the edge of the rule is not.

Why: rules between members (an end before its beginning, a time in the past) stand in no schema; a server that does not test them
books intervals that nobody can keep.

Fails when: a body that breaks a rule and is right otherwise is not answered 422 (`status`), or no pointer of the answer names a member that the
rule is about; or a body that just keeps the rule is answered 422.
Inconclusive when: no body could be made, or the unbroken body itself is not accepted.
Source: RFC 9110 section 15.5.21; RFC 6901; the rule as its row states it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from conformance import given
from conformance.checks._example import exchange, numbered, problem
from conformance.checks._own import recipe_of, unusable
from conformance.checks._statuses import either
from conformance.interface.dialect import Dialect
from conformance.model import Examples, Exchange, Finding, Inputs, Operation, Script, Touches, Unmet, Witness
from conformance.text import pointer

TOUCHES = Touches.WRITES
BASE, BROKEN, KEPT = "unbroken", "broken: ", "kept: "
_TRIES = 3

MESSAGES = {
    "accepted": {
        "en": "a body that breaks a rule ({at}) should be answered {expected}, but got {actual}",
        "zh-Hant": "違反規則的本文（{at}）應回應 {expected}，實得 {actual}",
    },
    "pointer": {
        "en": "the refusal of a broken rule ({at}) should point to {expected}, but points to {actual}",
        "zh-Hant": "對違反規則（{at}）的拒絕應指向 {expected}，實際指向 {actual}",
    },
    "refused": {
        "en": "a body that keeps the rule ({at}) was refused: expected {expected}, got {actual}",
        "zh-Hant": "符合規則的本文（{at}）遭拒：預期 {expected}，實得 {actual}",
    },
}


def drive(
    operation: Operation,
    inputs: Inputs,
    dialect: Dialect,
    *,
    breaks: Sequence[Mapping[str, Any]],
    keeps: Sequence[Mapping[str, Any]] = (),
    conflict: Sequence[int] = (409,),
) -> Script:
    """`breaks` and `keeps` have a `name` and a `change`: members (as in a recipe's body) that replace those of the recipe's body."""
    name, _ = recipe_of(operation)
    changes = [(BROKEN, each) for each in breaks] + [(KEPT, each) for each in keeps]
    for candidate in operation.spec.setup[name]["candidates"]:
        template = {"unbroken": candidate["body"], "changes": [each["change"] for _, each in changes]}
        for index, filled in enumerate(
            (yield from given.filled(operation.spec, {**candidate, "body": template}, inputs, dialect))[:_TRIES]
        ):
            for (kind, each), change in zip(changes, filled["changes"], strict=True):
                body = {**filled["unbroken"], **change}
                label = f"{each['name']}-{index}".replace(" ", "-")
                yield given.creation(operation, body, inputs, actor="a", label=label).with_step(kind + each["name"])
            base = given.creation(operation, filled["unbroken"], inputs, actor="a", label=f"unbroken-{index}")
            answer: Exchange = yield base.with_step(BASE)
            if answer.ok or answer.status in conflict:
                return
    raise Unmet("no body was found that is accepted as it stands")


def judge(
    operation: Operation,
    trace: Sequence[Exchange],
    dialect: Dialect,
    *,
    pointers: Sequence[str] = (),
    status: Sequence[int] = (422,),
    conflict: Sequence[int] = (409,),
) -> Iterator[Finding | Witness]:
    """A witness per broken rule. `pointers`: at least one of these has to be among the pointers of the refusal. `status` refuses a body
    for a rule, `conflict` for what others have taken.
    """
    group: list[Exchange] = []
    for one in trace:
        if one.step.startswith((BROKEN, KEPT)):
            group.append(one)
        elif one.step == BASE:
            if one.ok or one.status in conflict:
                for each in group:
                    yield from _judged(each, pointers, dialect, status, conflict)
            group = []


def _judged(
    one: Exchange, pointers: Sequence[str], dialect: Dialect, status: Sequence[int], conflict: Sequence[int]
) -> Iterator[Finding | Witness]:
    if unusable(one):
        return
    if one.step.startswith(KEPT):
        if one.status in status:
            yield Finding("refused", (one.number,), either([201, *conflict]), str(one.status), one.step.removeprefix(KEPT))
        return
    label = one.step.removeprefix(BROKEN)
    yield Witness((one.number,), label)
    if one.status not in status:
        yield Finding("accepted", (one.number,), either(status), str(one.status), label)
        return
    named = [str(found) for found in pointer.values(one.json, dialect.problem_errors + "/*/pointer")]
    if pointers and not set(named) & set(pointers):
        yield Finding("pointer", (one.number,), " / ".join(f"'{at}'" for at in pointers), ", ".join(named) or "-", label)


def _send(step: str, status: int, *pointers: str) -> Exchange:
    errors = [{"pointer": at, "detail": "x"} for at in pointers]
    body = {"thingId": "t1"} if status == 201 else problem(status, errors=errors)
    return exchange("POST /things", status, body, name="createThing", step=step, actor="a")


EXAMPLES = Examples(
    operation="createThing",
    conforms=[numbered(_send(BROKEN + "backwards", 422, "/size", "/startTime"), _send(KEPT + "just", 201), _send(BASE, 201))],
    violates=[
        numbered(_send(BROKEN + "backwards", 201), _send(BASE, 201)),
        numbered(_send(BROKEN + "backwards", 409), _send(BASE, 409)),
        numbered(_send(BROKEN + "backwards", 422), _send(BASE, 201)),
        numbered(_send(BROKEN + "backwards", 422, "/colour"), _send(BASE, 201)),
        numbered(_send(BROKEN + "backwards", 422, "/startTime"), _send(KEPT + "just", 422), _send(BASE, 201)),
    ],
    inconclusive=[
        [],
        [_send(BROKEN + "x", 201)],
        numbered(_send(BROKEN + "x", 201), _send(BASE, 422)),
        numbered(_send(BROKEN + "x", 429), _send(BASE, 201)),
    ],
    arguments={"pointers": ["/startTime", ""]},
)
