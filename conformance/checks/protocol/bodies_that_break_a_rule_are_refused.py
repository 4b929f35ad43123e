"""A body that breaks one of the interface's rules is refused for it and told where; one at the edge of the rule is not.

Why: rules between members (an end before its beginning, a time in the past) stand in no schema; a server that does not test them
books intervals that nobody can keep.

A refusal of a broken body has a status of `status` and, where the row names them, one of the types in `problems`.

Fails when: a body that breaks a rule and is right otherwise has another answer, or no pointer of the answer names a member that the
rule is about; or a body that just keeps the rule is refused with that status.
Inconclusive when: no body could be made, or the unbroken body itself is not accepted.
Source: RFC 9110 section 15.5.21; RFC 6901; the rule as its row states it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from conformance import given
from conformance.checks._example import exchange, numbered, problem
from conformance.checks._own import recipe_of, unusable
from conformance.checks._probes import mistyped
from conformance.checks._statuses import either
from conformance.interface.dialect import Dialect
from conformance.model import Examples, Exchange, Finding, Inputs, Operation, Script, Touches, Unmet, Witness
from conformance.text import pointer

TOUCHES = Touches.OWN
ASKS = 19
BASE, BROKEN, KEPT = "unbroken", "broken: ", "kept: "
_TRIES = 3

ABOUT = """違反介面規則之本文因此遭拒並獲告知位置；恰在規則邊界者不遭拒。
緣由：欄位間之規則（結束早於開始、時間已過）不在任何綱要中；未檢查之伺服器會接受無人能履行之時段。
拒絕違反規則之本文時，狀態碼為 `status`；要求指明時，問題類型為 `problems` 之一。
不通過：違反規則而其餘正確之本文得到其他回應，或回應沒有指標指出規則所涉欄位；或恰符合規則之本文遭同一狀態碼拒絕。
無法判定：無法組成本文，或未違反規則之本文亦未獲接受。
依據：RFC 9110 第 15.5.21 節；RFC 6901；各要求所載規則。
"""

MESSAGES = {
    "accepted": {
        "en": "a body that breaks a rule ({at}) should be answered {expected}, but got {actual}",
        "zh-Hant": "違反規則的本文（{at}）應回應 {expected}，實得 {actual}",
    },
    "type": {
        "en": "the refusal of a broken rule ({at}) should be a problem of type {expected}, but is {actual}",
        "zh-Hant": "對違反規則（{at}）的拒絕，問題類型應為 {expected}，實為 {actual}",
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
    resource: str = "",
) -> Script:
    """`breaks` and `keeps` have a `name` and what is changed in the recipe's body: members that are replaced (`change`, as in a recipe's
    body), left out (`without`) or put in though nothing declares them (`extra`). `of` names the candidate that it is about; without it
    the first one that is accepted will do. `resource` names the recipe, where it is not the first in which the operation has a part.
    """
    name = resource or recipe_of(operation)[0]
    left = [(BROKEN, each) for each in breaks] + [(KEPT, each) for each in keeps]
    for candidate in operation.spec.setup[name]["candidates"]:
        mine = [entry for entry in left if entry[1].get("of", candidate["name"]) == candidate["name"]]
        if mine and (yield from _asked(operation, candidate, mine, inputs, dialect, conflict)):
            left = [entry for entry in left if entry not in mine]
    if left:
        raise Unmet("no body was found that is accepted as it stands")


def _asked(
    operation: Operation,
    candidate: Mapping[str, Any],
    entries: Sequence[tuple[str, Mapping[str, Any]]],
    inputs: Inputs,
    dialect: Dialect,
    conflict: Sequence[int],
) -> Script:
    """All entries on things of one candidate, until there is one of which the unbroken body is accepted; whether there was."""
    template = {"unbroken": candidate["body"], "changes": [each.get("change", {}) for _, each in entries]}
    filled = yield from given.filled(operation.spec, {**candidate, "body": template}, inputs, dialect)
    whole = [each for each in filled if all(value is not None for change in each["changes"] for value in change.values())]
    for index, each in enumerate(whole[:_TRIES]):
        for (kind, entry), change in zip(entries, each["changes"], strict=True):
            body = {**each["unbroken"], **change, **entry.get("extra", {})}
            kept = {member: value for member, value in body.items() if member not in entry.get("without", ())}
            label = f"{entry['name']}-{index}".replace(" ", "-")
            yield given.creation(operation, kept, inputs, actor="a", label=label).with_step(kind + entry["name"])
        label = f"unbroken-{candidate['name']}-{index}".replace(" ", "-")
        base = given.creation(operation, each["unbroken"], inputs, actor="a", label=label)
        answer: Exchange = yield base.with_step(BASE)
        if answer.ok or answer.status in conflict:
            return True
    return False


def judge(
    operation: Operation,
    trace: Sequence[Exchange],
    dialect: Dialect,
    *,
    breaks: Sequence[Mapping[str, Any]] = (),
    pointers: Sequence[str] = (),
    status: Sequence[int] = (422,),
    conflict: Sequence[int] = (409,),
    problems: Sequence[str] = (),
) -> Iterator[Finding | Witness]:
    """A witness per broken rule. `pointers`, or those of an entry of `breaks`: at least one of these has to be among the pointers of
    the refusal. `status` refuses a body for a rule, `conflict` for what others have taken.
    """
    places = {each["name"]: each.get("pointers", pointers) for each in breaks}
    group: list[Exchange] = []
    for one in trace:
        if one.step.startswith((BROKEN, KEPT)):
            group.append(one)
        elif one.step == BASE:
            if one.ok or one.status in conflict:
                for each in group:
                    label = each.step.removeprefix(BROKEN)
                    yield from _judged(each, _Refusal(status, conflict, problems, places.get(label, pointers)), dialect)
            group = []


@dataclass(frozen=True)
class _Refusal:
    """What the refusal of a broken body has to be."""

    status: Sequence[int]
    conflict: Sequence[int]
    problems: Sequence[str]
    pointers: Sequence[str]


def _judged(one: Exchange, wanted: _Refusal, dialect: Dialect) -> Iterator[Finding | Witness]:
    if unusable(one):
        return
    if one.step.startswith(KEPT):
        if one.status in wanted.status:
            yield Finding("refused", (one.number,), either([201, *wanted.conflict]), str(one.status), one.step.removeprefix(KEPT))
        return
    label = one.step.removeprefix(BROKEN)
    yield Witness((one.number,), label, aspect=label)
    if one.status not in wanted.status:
        yield Finding("accepted", (one.number,), either(wanted.status), str(one.status), label)
        return
    if mistyped(one, wanted.problems, dialect):
        yield Finding("type", (one.number,), " / ".join(wanted.problems), dialect.problem_slug(one) or "-", label)
    named = [str(found) for found in pointer.values(one.json, dialect.problem_errors + "/*/pointer")]
    pointers = [one.said(at) for at in wanted.pointers]
    if pointers and not set(named) & set(pointers):
        yield Finding("pointer", (one.number,), " / ".join(f"'{at}'" for at in pointers), ", ".join(named) or "-", label)


def _send(step: str, status: int, *pointers: str, slug: str = "bad-body") -> Exchange:
    errors = [{"pointer": at, "detail": "x"} for at in pointers]
    body = {"thingId": "t1"} if status == 201 else problem(status, slug, errors=errors)
    return exchange("POST /things", status, body, name="createThing", step=step, actor="a")


EXAMPLES = Examples(
    operation="createThing",
    conforms=[
        numbered(_send(BROKEN + "backwards", 422, "/size", "/startTime"), _send(KEPT + "just", 201), _send(BASE, 201)),
        numbered(_send(BROKEN + "of another", 422, "/size"), _send(BASE, 201)),
    ],
    violates=[
        numbered(_send(BROKEN + "backwards", 201), _send(BASE, 201)),
        numbered(_send(BROKEN + "backwards", 409), _send(BASE, 409)),
        numbered(_send(BROKEN + "backwards", 422, "", slug="full"), _send(BASE, 201)),
        numbered(_send(BROKEN + "of another", 422, ""), _send(BASE, 201)),
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
    arguments={
        "pointers": ["/startTime", ""],
        "problems": ["bad-body"],
        "breaks": [{"name": "of another", "pointers": ["/size"]}],
    },
)
