"""A change after which a thing would break a rule of its making is refused, and leaves it as it was.

Why: a rule that is tested when a thing is made, and not when it is changed, holds for nobody: whoever wants a value that is out of range
sends one that is in range and corrects it.

A thing is made and changed once by a change that keeps every rule; then each rule is broken by a change of it.

Fails when: a change that breaks a rule and is right otherwise has another answer than a refusal (`status`, with one of the types in
`problems` where the row names them), or has an effect.
Inconclusive when: nothing could be made, or the change that keeps the rules is not accepted.
Source: FHIR R4, update; RFC 9110 section 15.5.21; the interface's rules on changes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from conformance import given
from conformance.checks._example import exchange, numbered, problem
from conformance.checks._own import amendment, recipe_of, refreshed, unusable
from conformance.checks._probes import mistyped
from conformance.checks._reading import shown
from conformance.checks._statuses import either
from conformance.interface.dialect import Dialect
from conformance.model import Examples, Exchange, Finding, Inputs, Operation, Script, Touches, Witness

TOUCHES = Touches.OWN
ASKS = 42
READ, PLAIN, BROKEN = "read", "a change that keeps the rules", "broken: "

ABOUT = """變更後將違反建立規則者，予以拒絕並維持原狀。
緣由：僅於建立時檢查而變更時不檢查之規則，形同虛設：想要超出範圍之值者，先送合於範圍之值再更正即可。
建立一筆資料，先以符合所有規則之變更變更一次，再逐一以違反各規則之變更嘗試。
不通過：違反規則而其餘正確之變更，未遭拒絕（`status`，要求指明時其類型為 `problems` 之一）或已生效。
無法判定：無法建立，或符合規則之變更未獲接受。
依據：FHIR R4 update；RFC 9110 第 15.5.21 節；介面規範之變更規定。
"""

MESSAGES = {
    "accepted": {
        "en": "a change that breaks a rule ({at}) should be answered {expected}, but got {actual}",
        "zh-Hant": "違反規則的變更（{at}）應回應 {expected}，實得 {actual}",
    },
    "type": {
        "en": "the refusal of a change that breaks a rule ({at}) should be a problem of type {expected}, but is {actual}",
        "zh-Hant": "對違反規則之變更（{at}）的拒絕，問題類型應為 {expected}，實為 {actual}",
    },
    "effect": {
        "en": "a change that is refused ({at}) should change nothing: expected {expected}, got {actual}",
        "zh-Hant": "遭拒的變更（{at}）不應有任何效果：應為 {expected}，實為 {actual}",
    },
}


def drive(operation: Operation, inputs: Inputs, dialect: Dialect, *, breaks: Sequence[Mapping[str, Any]]) -> Script:
    """`breaks` have a `name`, the candidate that they are about (`of`), and what is changed (`change`) in the members of a thing."""
    name, recipe = recipe_of(operation)
    spec = operation.spec
    for turn, candidate in enumerate(recipe["candidates"]):
        mine = [entry for entry in breaks if entry["of"] == candidate["name"]]
        if not mine:
            continue
        one = yield from given.created(spec, name, inputs, dialect, nth=turn, turn=turn)
        one = refreshed(one, (yield given.read(spec, one, step=READ)))
        yield given.change(spec, one, amendment(spec, one)[0], tag=one.tag, step=PLAIN)
        one = refreshed(one, (yield given.read(spec, one, step=READ)))
        for entry in mine:
            now = given.told(one.exchange, dialect)
            members = {**amendment(spec, one)[0], **given.fill(entry["change"], None, now, inputs, turn)}
            yield given.change(spec, one, members, tag=one.tag, step=BROKEN + entry["name"])
            one = refreshed(one, (yield given.read(spec, one, step=READ)))


def judge(
    operation: Operation,
    trace: Sequence[Exchange],
    dialect: Dialect,
    *,
    status: Sequence[int] = (422,),
    problems: Sequence[str] = (),
) -> Iterator[Finding | Witness]:
    """A witness per broken rule, of things of which the change that keeps the rules was accepted."""
    before: Exchange | None = None
    kept = False
    for index, one in enumerate(trace):
        if one.step == PLAIN:
            kept = one.ok
        elif one.step == READ and one.ok:
            before = one
        elif one.step.startswith(BROKEN) and kept and before is not None and not unusable(one):
            label = one.step.removeprefix(BROKEN)
            yield Witness((before.number, one.number), label)
            if one.status not in status:
                yield Finding("accepted", (one.number,), either(status), str(one.status), label)
                continue
            if mistyped(one, problems, dialect):
                yield Finding("type", (one.number,), " / ".join(problems), dialect.problem_slug(one) or "-", label)
            after = next((each for each in trace[index + 1 :] if each.step == READ and each.ok), None)
            if after is not None and after.json != before.json:
                numbers = (before.number, one.number, after.number)
                yield Finding("effect", numbers, shown(before.json), shown(after.json), label)


def _read(**more: Any) -> Exchange:
    return exchange("GET /things/t1", 200, {"thingId": "t1", "size": 3, **more}, name="getThing", step=READ, actor="a")


def _change(step: str, status: int = 422, slug: str = "bad-body") -> Exchange:
    body = {"thingId": "t1"} if status == 200 else problem(status, slug)
    return exchange("PATCH /things/t1", status, body, name="updateThing", step=step, actor="a", sent={})


_KEPT = (_change(PLAIN, 200), _read())
EXAMPLES = Examples(
    operation="updateThing",
    arguments={"problems": ["bad-body"]},
    conforms=[numbered(*_KEPT, _change(f"{BROKEN}too large"), _read(), _change(f"{BROKEN}too small"), _read())],
    violates=[
        numbered(*_KEPT, _change(f"{BROKEN}too large", 200), _read(size=99)),
        numbered(*_KEPT, _change(f"{BROKEN}too large", 400), _read()),
        numbered(*_KEPT, _change(f"{BROKEN}too large", slug="conflict"), _read()),
        numbered(*_KEPT, _change(f"{BROKEN}too large"), _read(size=99)),
    ],
    inconclusive=[
        [],
        numbered(_change(PLAIN, 422), _read(), _change(f"{BROKEN}too large", 200)),
        numbered(*_KEPT, _change(f"{BROKEN}too large", 429)),
    ],
)
