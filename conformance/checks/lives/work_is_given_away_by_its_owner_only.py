"""Who is to do a piece of work is said by its owner, before it is taken on; whoever has it and whoever owns it move it on.

Why: a task that its new holder hands on goes to people whom nobody chose; one that can be taken back half-way is done twice, or by nobody.

Tenant a gives a task to somebody whom the target need not know and then to tenant b, who tries to pass it on. A patch with a move that
there is not changes nothing else either; one that gives and moves does both. On the way to its end the owner moves the task once and b once.

Fails when: what the owner may give, or either may move, is refused, or shows another holder or state than was asked for; or what is not
theirs to give, or a patch with a move that there is not, has another answer than a conflict (`conflict`, with the type `taken` or `illegal`
where the row names them) or an effect.
Inconclusive when: no task could be made, or b's credentials are not accepted.
Source: FHIR R4, Task.owner; the interface's rules on care tasks.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from conformance import given
from conformance.checks._example import exchange, numbered, problem
from conformance.checks._own import recipe_of, refreshed, unusable
from conformance.checks._probes import mistyped
from conformance.checks._reading import shown
from conformance.checks._statuses import either
from conformance.interface.dialect import Dialect
from conformance.model import Examples, Exchange, Finding, Inputs, Operation, Script, Touches, Unmet, Witness
from conformance.text import pointer

TOUCHES = Touches.WRITES
ACTORS = ("b",)
READ = "as the owner reads it"
ANYBODY, GIVE, BACK = "given to somebody unknown", "given to the other tenant", "taken back before it is taken on"
BOTH, THEIRS, OURS = "given and moved at once", "moved by its holder", "moved by its owner"
PASSED, HALF, LATE = "passed on by its holder", "given with a move that there is not", "given after it was taken on"
OPEN, SHUT = (ANYBODY, GIVE, BACK, BOTH, THEIRS, OURS), (PASSED, HALF, LATE)
_REFUSALS = (403, 404, 409, 422)  # of what was understood; a tag that is no longer the present one is another matter

ABOUT = """工作由何人執行，於受理前由其擁有者指定；其後由執行者與擁有者推進。
緣由：新執行者自行轉手之工作，會落到無人選定者手中；中途可收回者，則執行兩次或無人執行。
租戶 a 將工作指派予受測目標無須認識之人，再指派予租戶 b，b 並嘗試轉手。含不存在之轉換之變更，亦不得改變其他內容；同時指派並轉換者，兩者皆應完成。至完成前，擁有者與 b 各推進一次。
不通過：擁有者得指派者或任一方得推進者遭拒，或所示執行者、狀態與請求不同；無權指派者，或含不存在之轉換之變更，回應並非衝突（`conflict`，要求指明時類型為 `taken` 或 `illegal`）或已生效。
無法判定：無法建立工作，或 b 之憑證未獲接受。
依據：FHIR R4 Task.owner；介面規範之照護任務規定。
"""

MESSAGES = {
    "refused": {
        "en": "the work should change ({at}) and be answered {expected}, but got {actual}",
        "zh-Hant": "任務應可變更（{at}），並回應 {expected}，實得 {actual}",
    },
    "member": {
        "en": "the answer ({at}) should show {expected}, but shows {actual}",
        "zh-Hant": "回應（{at}）應顯示 {expected}，實為 {actual}",
    },
    "accepted": {
        "en": "the work should not change so ({at}): expected {expected}, got {actual}",
        "zh-Hant": "任務不應如此變更（{at}）：應回應 {expected}，實得 {actual}",
    },
    "type": {
        "en": "the refusal ({at}) should be a problem of type {expected}, but is {actual}",
        "zh-Hant": "拒絕（{at}）的問題類型應為 {expected}，實為 {actual}",
    },
    "effect": {
        "en": "what is refused ({at}) should change nothing: expected {expected}, got {actual}",
        "zh-Hant": "遭拒者（{at}）不應有任何效果：應為 {expected}，實為 {actual}",
    },
}


def drive(
    operation: Operation,
    inputs: Inputs,
    dialect: Dialect,
    *,
    holder: str,
    organisation: str,
    assignee: str,
    way: Sequence[str],
) -> Script:
    """`holder` is the recipe of what tells a tenant's name, at `organisation`; `assignee` is the member of the work that takes such a name,
    and `way` are three states through which it comes to its end.
    """
    name, recipe = recipe_of(operation)
    spec, state = operation.spec, pointer.segments(recipe["state"])[0]
    theirs = yield from given.created(spec, holder, inputs, dialect, actor="b", nth=7, step="given: b's own")
    ground = dict[str, given.Created]()
    task = yield from given.created(spec, name, inputs, dialect, things=ground, step="given: task")
    person = given.stood_on(ground, holder)
    other, own = (pointer.first(one.representation, organisation) if one else None for one in (theirs, person))
    if other is None or own is None:
        raise Unmet("what was made does not tell whose it is")

    def change(members: Mapping[str, Any], step: str, actor: str = "a") -> Script:
        """A change under the tag that this tenant was shown last; what is refused is then read by the owner."""
        nonlocal task
        read: Exchange | None = None
        if actor != "a":
            read = yield given.read(spec, task, actor=actor, step="given: tag")
        tag = read.header(dialect.etag) if read is not None else task.tag
        answer: Exchange = yield given.change(spec, task, members, tag=tag, actor=actor, step=step)
        if actor == "a" and answer.ok:
            task = refreshed(task, answer)
        else:
            task = refreshed(task, (yield given.read(spec, task, step=READ)))

    task = refreshed(task, (yield given.read(spec, task, step=READ)))
    yield from change({assignee: inputs.unique("org-unknown")}, ANYBODY)
    yield from change({assignee: other}, GIVE)
    yield from change({assignee: inputs.unique("org-passed")}, PASSED, "b")
    yield from change({assignee: inputs.unique("org-half"), state: way[-1]}, HALF)
    yield from change({assignee: own}, BACK)
    yield from change({assignee: other, state: way[0]}, BOTH)
    yield from change({assignee: own}, LATE)
    yield from change({state: way[1]}, THEIRS, "b")
    yield from change({state: way[2]}, OURS)


def judge(
    operation: Operation,
    trace: Sequence[Exchange],
    dialect: Dialect,
    *,
    conflict: Sequence[int] = (409,),
    taken: str = "",
    illegal: str = "",
) -> Iterator[Finding | Witness]:
    """A witness per change. `conflict` refuses one; `taken` and `illegal` are how the types of the problems end for what nobody may give
    (any more) and for a move that there is not.
    """
    before: Exchange | None = None
    for index, one in enumerate(trace):
        if one.step == READ or (one.step in OPEN and one.ok and one.request.actor == "a"):
            last, before = before, one if one.ok else before
        else:
            last = before
        if last is None or unusable(one) or not (one.ok or one.status in _REFUSALS):
            continue
        if one.step in OPEN:
            yield Witness((last.number, one.number), one.step)
            yield from _changed(one)
        elif one.step in SHUT:
            yield Witness((last.number, one.number), one.step)
            wanted = illegal if one.step == HALF else taken
            if one.status not in conflict:
                yield Finding("accepted", (one.number,), either(conflict), str(one.status), one.step)
            elif mistyped(one, [wanted] if wanted else [], dialect):
                yield Finding("type", (one.number,), wanted, dialect.problem_slug(one) or "-", one.step)
            after = trace[index + 1] if index + 1 < len(trace) and trace[index + 1].step == READ else None
            if one.status in conflict and after is not None and after.ok and after.json != last.json:
                yield Finding("effect", (last.number, one.number, after.number), shown(last.json), shown(after.json), one.step)


def _changed(one: Exchange) -> Iterator[Finding]:
    """A change that is to succeed, and what its answer shows."""
    if not one.ok:
        yield Finding("refused", (one.number,), "200", str(one.status), one.step)
    sent = one.request.json()
    for member, value in sent.items() if one.ok and isinstance(sent, Mapping) else ():
        found = pointer.first(one.json, f"/{member}")
        if found != value:
            yield Finding("member", (one.number,), f"{member}: {shown(value)}", shown(found), one.step)


def _thing(step: str, *, colour: str = "own", state: str = "NEW", status: int = 200, slug: str = "taken") -> Exchange:
    body = {"thingId": "t1", "colour": colour, "state": state} if status == 200 else problem(status, slug)
    sent = {GIVE: {"colour": "b"}, BOTH: {"colour": "b", "state": "SOLD"}, OURS: {"state": "SOLD"}}.get(step, {"colour": "c"})
    actor = "b" if step in (PASSED, THEIRS) else "a"
    method = "GET" if step == READ else "PATCH"
    return exchange(f"{method} /things/t1", status, body, name="updateThing", step=step, actor=actor, sent=sent)


_OWN, _GIVEN = _thing(READ), _thing(READ, colour="b")
EXAMPLES = Examples(
    operation="updateThing",
    arguments={"taken": "taken"},
    conforms=[
        numbered(_OWN, _thing(GIVE, colour="b"), _thing(PASSED, status=409), _GIVEN),
        numbered(_OWN, _thing(BOTH, colour="b", state="SOLD"), _thing(LATE, status=409), _thing(READ, colour="b", state="SOLD")),
    ],
    violates=[
        numbered(_OWN, _thing(GIVE, status=422)),
        numbered(_OWN, _thing(GIVE, colour="own")),
        numbered(_OWN, _thing(BOTH, colour="b")),
        numbered(_OWN, _thing(BOTH, status=409)),
        numbered(_OWN, _thing(OURS, status=409)),
        numbered(_GIVEN, _thing(PASSED, colour="c")),
        numbered(_GIVEN, _thing(PASSED, status=409), _thing(READ, colour="c")),
        numbered(_GIVEN, _thing(LATE, status=422), _GIVEN),
        numbered(_GIVEN, _thing(LATE, status=409, slug="full"), _GIVEN),
    ],
    inconclusive=[
        [],
        numbered(_thing(GIVE, status=422)),
        numbered(_OWN, _thing(GIVE, status=412)),
        numbered(_OWN),
        numbered(_OWN, _thing(LATE, status=428)),
    ],
)
