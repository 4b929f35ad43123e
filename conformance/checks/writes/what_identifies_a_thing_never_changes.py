"""What says which thing it is, and of whom, never changes; an attempt to change it is refused and leaves everything as it was.

Why: an amended record that moves to another person, or becomes another kind of record, is a wrong record of two people; an identifier in
the body that is not the one of the path is a mistake whose intention nobody knows.

Fails when: a change of such a member, with all else right, is not refused (`status`, of the identifier `mismatch`), or has an effect; or a
change that leaves them as they are is refused, or changes them.
Inconclusive when: nothing could be made, or no change of it is accepted.
Source: FHIR R4, update; the interface's rules on amendments.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from conformance import given
from conformance.checks._example import exchange, numbered, problem
from conformance.checks._own import amendment, client_moves, known_recipe, recipe_of, refreshed, state_of, unusable
from conformance.checks._reading import shown
from conformance.checks._statuses import either
from conformance.interface.dialect import Dialect
from conformance.model import Examples, Exchange, Finding, Inputs, Operation, Request, Script, Touches, Witness
from conformance.text import pointer

TOUCHES = Touches.OWN
ASKS = 29
READ, PLAIN, OTHER, SAME = "read", "a change that keeps it", "another ", "the same "

ABOUT = """識別何物、屬於何人之欄位絕不改變；嘗試變更者遭拒且一切維持原狀。
緣由：經更正而移至他人名下，或變成另一種類之紀錄，是對兩人皆錯之紀錄；本文之識別碼與路徑不同，則為意圖不明之錯誤。
不通過：其餘正確而變更此類欄位者未遭拒（`status`；識別碼不符時為 `mismatch`）或已生效；或不變更此類欄位之變更遭拒，或反而改變之。
無法判定：無法建立，或沒有變更獲得接受。
依據：FHIR R4 update；介面規範之更正規定。
"""

MESSAGES = {
    "accepted": {
        "en": "a change of {at} should be answered {expected}, but got {actual}",
        "zh-Hant": "變更 {at} 應回應 {expected}，實得 {actual}",
    },
    "effect": {
        "en": "the attempt to change {at} should change nothing: expected {expected}, got {actual}",
        "zh-Hant": "嘗試變更 {at} 不應有任何效果：應為 {expected}，實為 {actual}",
    },
    "refused": {
        "en": "a change that keeps what identifies the thing ({at}) should be accepted ({expected}), but got {actual}",
        "zh-Hant": "未改變識別內容的變更（{at}）應予接受（{expected}），實得 {actual}",
    },
    "lost": {
        "en": "a change should leave {at} as it is: expected {expected}, got {actual}",
        "zh-Hant": "變更不應改變 {at}：應為 {expected}，實為 {actual}",
    },
}


def drive(operation: Operation, inputs: Inputs, dialect: Dialect, *, fixed: Sequence[str] = (), identifier: str = "") -> Script:
    """Each member of `fixed`, and `identifier`, with the value that another thing has; then a change that leaves them alone, and each
    once more: what was changed before is of another state.
    """
    name, recipe = recipe_of(operation)
    spec = operation.spec
    other = yield from given.created(spec, name, inputs, dialect, nth=1, turn=1, step="given: another")
    one = yield from given.created(spec, name, inputs, dialect)
    one = refreshed(one, (yield given.read(spec, one, step=READ)))
    ways = [*((member, content) for member in fixed for content in (other, one)), *([(identifier, one)] if identifier else [])]
    for again in (False, True):
        for member, content in ways:
            mine = one if content.id == one.id else content
            yield _changed(operation, one, other, mine, member, [*fixed, identifier])
            one = refreshed(one, (yield given.read(spec, one, step=READ)))
        if again:
            return
        whole = {identifier: one.representation[identifier]} if identifier else {}
        members = {**amendment(spec, one)[0], **whole}
        yield given.change(spec, one, members, tag=one.tag, step=SAME + identifier if whole else PLAIN)
        one = refreshed(one, (yield given.read(spec, one, step=READ)))
        if not client_moves(spec, name, state_of(recipe, one.representation)):
            return


def _changed(
    operation: Operation, one: given.Created, other: given.Created, content: given.Created, member: str, fixed: Sequence[str]
) -> Request:
    """The change of one member to what another thing has; `content` says what all else is like: the thing's own, or the other's, which
    fits a member that says of which kind it is. What identifies the thing otherwise stays.
    """
    spec = operation.spec
    address = pointer.segments(spec.setup[one.resource]["id"])[0]
    own = {name: one.representation[name] for name in fixed if name and name not in (member, address)}
    body = given.changed(spec, content, {**amendment(spec, one)[0], **own, member: other.representation[member]})
    kept = {name: value for name, value in body.items() if name != address}
    sent = {**kept, member: other.representation[member]}
    headers = {"If-Match": one.tag} if one.tag else {}
    return operation.request(path=one.path, json=sent, headers=headers, actor=one.actor, step=OTHER + member)


def judge(
    operation: Operation,
    trace: Sequence[Exchange],
    dialect: Dialect,
    *,
    fixed: Sequence[str] = (),
    identifier: str = "",
    status: Sequence[int] = (422,),
    mismatch: Sequence[int] = (400, 422),
) -> Iterator[Finding | Witness]:
    """A witness per member that was to be changed, and one for the change that was not about them."""
    known = known_recipe(operation)
    if known is None:
        return
    kept = [*fixed, pointer.segments(known[1]["id"])[0]]
    before: Exchange | None = None
    for index, one in enumerate(trace):
        if one.step == READ and one.ok:
            before = one
        elif one.step.startswith((OTHER, SAME, PLAIN)) and before is not None and not unusable(one):
            after = next((each for each in trace[index + 1 :] if each.step == READ and each.ok), None)
            member = one.step.removeprefix(OTHER)
            if not one.step.startswith(OTHER):
                yield from _plain(one, before, after, kept)
            else:
                wanted = mismatch if member == identifier else status
                yield Witness((before.number, one.number), member)
                if one.status not in wanted:
                    yield Finding("accepted", (one.number,), either(wanted), str(one.status), f"/{member}")
                elif after is not None and after.json != before.json:
                    yield Finding(
                        "effect", (before.number, one.number, after.number), shown(before.json), shown(after.json), f"/{member}"
                    )


def _plain(one: Exchange, before: Exchange, after: Exchange | None, kept: Sequence[str]) -> Iterator[Finding | Witness]:
    if not one.ok:
        if one.status in (400, 422):
            yield Finding("refused", (before.number, one.number), "2xx", str(one.status), one.step)
        return
    yield Witness((before.number, one.number), one.step)
    for member in kept if after is not None else ():
        was, now = pointer.first(before.json, f"/{member}"), pointer.first(after.json if after else None, f"/{member}")
        if was != now:
            yield Finding("lost", (before.number, one.number), shown(was), shown(now), f"/{member}")


def _read(**more: Any) -> Exchange:
    return exchange("GET /things/t1", 200, {"thingId": "t1", "colour": "red", **more}, name="getThing", step=READ, actor="a")


def _change(step: str, status: int = 422) -> Exchange:
    body = {"thingId": "t1"} if status == 200 else problem(status)
    return exchange("PATCH /things/t1", status, body, name="updateThing", step=step, actor="a", sent={})


EXAMPLES = Examples(
    operation="updateThing",
    arguments={"fixed": ["colour"], "identifier": "thingId"},
    conforms=[
        numbered(_read(), _change(f"{OTHER}colour"), _read(), _change(f"{OTHER}thingId", 400), _read()),
        numbered(_read(), _change(PLAIN, 200), _read(state="SOLD")),
    ],
    violates=[
        numbered(_read(), _change(f"{OTHER}colour", 200)),
        numbered(_read(), _change(f"{OTHER}colour", 400)),
        numbered(_read(), _change(f"{OTHER}thingId", 200)),
        numbered(_read(), _change(f"{OTHER}colour"), _read(colour="blue")),
        numbered(_read(), _change(f"{SAME}thingId", 422)),
        numbered(_read(), _change(PLAIN, 200), _read(colour="blue")),
    ],
    inconclusive=[[], numbered(_read(), _change(f"{OTHER}colour", 429)), numbered(_change(f"{OTHER}colour", 200))],
)
