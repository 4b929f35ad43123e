"""A resource moves between states only as its state machine says; every other move is refused and leaves it as it is.

Why: a cancelled booking that can be confirmed again, or a finished one that can be deleted, makes accounts and capacity wrong in a way
that no single answer shows.

The suite walks every move that a client may make, from every initial state in which a client may create, and in every state that it
reaches it asks for every other state and to be deleted. A state that only time brings about is waited for if that is soon.

Fails when: a declared move is refused, ends in another state, or is answered with another one; another move is not answered 409 (`status`, and with the problem
type that the row names), or changes the resource; deleting is not answered 405 (`deletion`), or changes the resource.
Inconclusive when: no resource could be made, or fewer moves could be asked for than the row demands.
Source: the interface's state machine (`x-state-machine`); RFC 9110 section 15.5.6.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from conformance import given
from conformance.checks._example import exchange, numbered, problem
from conformance.checks._own import client_moves, known_recipe, lapsed, lapses_to, recipe_of, refreshed, state_of, unusable
from conformance.checks._reading import shown
from conformance.checks._statuses import either
from conformance.interface import contract
from conformance.interface.dialect import Dialect, instant
from conformance.model import Answer, Ask, Examples, Exchange, Finding, Inputs, Operation, Pause, Script, Spec, Touches, Witness
from conformance.text import pointer

TOUCHES = Touches.OWN
ASKS = 95
WAITS = True
LAPSES = True
READ, MOVE, DELETE = "read", "move", "delete"
_MOST_WALKS = 8

ABOUT = """資源僅依狀態機轉換狀態；其他轉換均遭拒絕且維持原狀。
緣由：已取消之預約可再確認，或已完成者可刪除，會使帳務與容量出錯，而單一回應看不出來。
套件自用戶端可建立之每一初始狀態起，走過用戶端可行之每一轉換，並於所達之每一狀態請求轉為其他各狀態及刪除。僅隨時間到達之狀態，若不久即至則等候之。
不通過：已宣告之轉換遭拒、止於其他狀態或回應所示狀態不同；其他轉換未回應 409（`status`，要求指明時並為該問題類型）或改變資源；刪除未回應 405（`deletion`）或改變資源。
無法判定：無法建立資源，或可請求之轉換少於要求所定。
依據：介面規範之狀態機（`x-state-machine`）；RFC 9110 第 15.5.6 節。
"""

MESSAGES = {
    "refused": {
        "en": "the declared move {at} should succeed ({expected}), but got {actual}",
        "zh-Hant": "已宣告的轉換 {at} 應成功（{expected}），實得 {actual}",
    },
    "allowed": {
        "en": "the move {at} is not declared and should be answered {expected}, but got {actual}",
        "zh-Hant": "未宣告的轉換 {at} 應回應 {expected}，實得 {actual}",
    },
    "problem": {
        "en": "the refusal of {at} should be a problem of type {expected}, but is {actual}",
        "zh-Hant": "拒絕 {at} 的問題類型應為 {expected}，實為 {actual}",
    },
    "elsewhere": {
        "en": "the move {at} should end in {expected}, but ended in {actual}",
        "zh-Hant": "轉換 {at} 應成為 {expected}，實為 {actual}",
    },
    "shown": {
        "en": "the answer to the move {at} should show {expected}, but shows {actual}",
        "zh-Hant": "轉換 {at} 的回應應呈現 {expected}，實為 {actual}",
    },
    "lost": {
        "en": "the move {at} should change nothing that the client had sent: expected {expected}, got {actual}",
        "zh-Hant": "轉換 {at} 不應改變用戶端先前送出的內容：應為 {expected}，實為 {actual}",
    },
    "changed": {
        "en": "the attempt {at} was refused and changed the resource all the same: expected {expected}, got {actual}",
        "zh-Hant": "嘗試 {at} 遭拒，資源卻仍改變：應為 {expected}，實為 {actual}",
    },
    "deleted": {
        "en": "deleting in state {at} should be answered {expected}, but got {actual}",
        "zh-Hant": "狀態 {at} 下的刪除應回應 {expected}，實得 {actual}",
    },
}


def drive(
    operation: Operation,
    inputs: Inputs,
    dialect: Dialect,
    *,
    expires: str = "",
    patience: float = 30.0,
    deletion: Sequence[int] = (405,),
    itself: bool = False,
) -> Script:
    """Walks until every declared client move that can be reached was made.

    `expires` is the pointer of the instant at which time moves a fresh resource on; it is waited for when that is within `patience` s.
    Without statuses for a `deletion` nothing is asked to be deleted. `itself`: to stay in a state is a move that has to be declared, too.
    """
    name, recipe = recipe_of(operation)
    spec = operation.spec
    walk = _Walk(deletion, itself)
    one = yield from _walked(operation, walk, None, inputs, dialect)
    if one is not None and expires:
        yield from _waited(spec, one, expires, patience, walk, dialect)
    member = pointer.segments(recipe["state"])[0]
    maker = spec.operations[recipe["create"]] if "create" in recipe else None
    creatable = maker is not None and member in contract.body_members(maker, maker.media_type)[1]
    for state in given.machine(spec, name)["initial"] if creatable else ():
        if state not in walk.asked:
            yield from _walked(operation, walk, state, inputs, dialect)


@dataclass
class _Walk:
    """What was asked for so far: the states in which every move was, and the declared moves that were made."""

    deletion: Sequence[int]
    itself: bool
    asked: set[str] = field(default_factory=set)
    done: set[tuple[str, str]] = field(default_factory=set)


def _walked(
    operation: Operation, walk: _Walk, initial: str | None, inputs: Inputs, dialect: Dialect
) -> Generator[Ask, Answer, given.Created | None]:
    """Walks from a fresh resource as often as there are moves left to make; the last one, which was not moved. `initial`: its state."""
    name, recipe = recipe_of(operation)
    spec, changes = operation.spec, _members(recipe, initial) if initial else {}
    for nth in range(_MOST_WALKS):
        turn = nth + (_MOST_WALKS * (1 + len(walk.asked)) if initial else 0)
        one = yield from given.created(spec, name, inputs, dialect, nth=turn, changes=changes)
        one = refreshed(one, (yield given.read(spec, one, step=READ)))
        start = state_of(recipe, one.representation) or ""
        way = _unmade(spec, name, start, walk.done)
        if not way:
            return one
        one = yield from _asked(spec, one, walk)
        for target in way:
            walk.done.add((state_of(recipe, one.representation) or "", target))
            yield given.change(spec, one, _members(recipe, target), tag=one.tag, step=MOVE)
            one = refreshed(one, (yield given.read(spec, one, step=READ)))
            one = yield from _asked(spec, one, walk)
    return None


def _members(recipe: Mapping[str, Any], state: str) -> dict[str, Any]:
    return {pointer.segments(recipe["state"])[0]: state}


def _asked(spec: Spec, one: given.Created, walk: _Walk) -> Script:
    """In a state in which that was not done yet: ask for every state that a client may not bring about from it, and for deletion."""
    recipe = spec.setup[one.resource]
    state = state_of(recipe, one.representation) or ""
    if state in walk.asked:
        return one
    walk.asked.add(state)
    for target in _states(spec, one.resource):
        if (walk.itself or target != state) and target not in client_moves(spec, one.resource, state):
            yield given.change(spec, one, _members(recipe, target), tag=one.tag, step=MOVE)
            one = refreshed(one, (yield given.read(spec, one, step=READ)))
    if walk.deletion:
        read = given.read(spec, one, step=DELETE)
        yield replace(read, method="DELETE", headers=(("If-Match", one.tag),) if one.tag else ())
        one = refreshed(one, (yield given.read(spec, one, step=READ)))
    return one


def _states(spec: Spec, resource: str) -> list[str]:
    """All states of a resource, in the order of the machine."""
    states = given.machine(spec, resource)
    ends = [end for step in states["transitions"] for end in (step["from"], step["to"])]
    return list(dict.fromkeys([*states["initial"], *ends, *states["terminal"]]))


def _unmade(spec: Spec, resource: str, start: str, done: set[tuple[str, str]]) -> list[str]:
    """The way from a state over moves not made yet, as far as it goes; first to the nearest one, over made ones. Empty: none is left."""
    frontier: list[list[str]] = [[start]]
    seen = {start}
    while frontier:
        way = frontier.pop(0)
        fresh = [target for target in client_moves(spec, resource, way[-1]) if (way[-1], target) not in done]
        fresh.sort(key=lambda target: not client_moves(spec, resource, target))
        if fresh:
            way = [*way, fresh[0]]
            while following := [t for t in client_moves(spec, resource, way[-1]) if t not in way]:
                following.sort(key=lambda target: not client_moves(spec, resource, target))
                way.append(following[0])
            return way[1:]
        for target in client_moves(spec, resource, way[-1]):
            if target not in seen:
                seen.add(target)
                frontier.append([*way, target])
    return []


def _waited(
    spec: Spec,
    one: given.Created,
    expires: str,
    patience: float,
    walk: _Walk,
    dialect: Dialect,
) -> Script:
    """Let a fresh resource lapse, if it does so soon, and ask for the other states then."""
    moment, now = instant(pointer.first(one.representation, expires)), dialect.server_time(one.exchange)
    state = state_of(spec.setup[one.resource], one.representation)
    if moment is None or now is None or not lapses_to(spec, one.resource, state):
        return
    seconds = (moment - now).total_seconds() + 1.5
    if 0 < seconds <= patience:
        yield Pause(seconds, apart=True)
        one = refreshed(one, (yield given.read(spec, one, step=READ)))
        yield from _asked(spec, one, walk)


def judge(
    operation: Operation,
    trace: Sequence[Exchange],
    dialect: Dialect,
    *,
    problem: str = "",
    kept: Sequence[str] = (),
    status: Sequence[int] = (409,),
    deletion: Sequence[int] = (405,),
) -> Iterator[Finding | Witness]:
    """One witness per move that was asked for, and per deletion. `problem`: the last segment of the type of refusals; `kept`:
    pointers of members that no move changes; `status` refuses a move, `deletion` that what is at its end is deleted.
    """
    known = known_recipe(operation)
    if known is None:
        return
    name, recipe = known
    latest: dict[str, Exchange] = {}
    for index, one in enumerate(trace):
        where = one.request.path
        if one.step == READ and one.ok:
            latest[where] = one
        elif one.step in (MOVE, DELETE) and where in latest and not unusable(one):
            before = latest[where]
            after = next((e for e in trace[index + 1 :] if e.step == READ and e.request.path == where and e.ok), None)
            if not one.ok and after is not None and lapsed(operation.spec, name, before.json, after.json):
                continue  # time has moved it on meanwhile
            state = state_of(recipe, before.json)
            if one.step == DELETE:
                yield from _deleted(one, before, after, str(state), deletion)
            elif state is not None:
                yield from _moved(operation, name, one, before, after, kept, status)
                yield from _typed(one, dialect, problem, status)


def _typed(one: Exchange, dialect: Dialect, problem: str, status: Sequence[int]) -> Iterator[Finding]:
    if not problem or one.status not in status:
        return
    found = str(pointer.first(one.json, dialect.problem_type, "-")).rstrip("/").rsplit("/", 1)[-1]
    if found != problem:
        yield Finding("problem", (one.number,), problem, found, shown(one.request.json()))


def _moved(
    operation: Operation,
    name: str,
    one: Exchange,
    before: Exchange,
    after: Exchange | None,
    kept: Sequence[str],
    status: Sequence[int],
) -> Iterator[Finding | Witness]:
    recipe = operation.spec.setup[name]
    state, target = state_of(recipe, before.json), state_of(recipe, one.request.json())
    label = f"{state} → {target}"
    yield Witness((before.number, one.number), label, aspect=label)
    if target in client_moves(operation.spec, name, state):
        ends = (target, *lapses_to(operation.spec, name, target))
        if not one.ok:
            yield Finding("refused", (before.number, one.number), "2xx", str(one.status), label)
        elif one.status == 200 and (told := state_of(recipe, one.json)) not in (None, *ends):
            yield Finding("shown", (before.number, one.number), str(target), str(told), label)
        elif after is not None and (found := state_of(recipe, after.json)) not in ends:
            yield Finding("elsewhere", (before.number, one.number, after.number), str(target), str(found), label)
        elif after is not None:
            yield from _kept(kept, recipe, before, one, after, label)
    elif one.status not in status:
        yield Finding("allowed", (before.number, one.number), either(status), str(one.status), label)
    else:
        yield from _unchanged(one, before, after, label)


def _kept(
    kept: Sequence[str], recipe: Mapping[str, Any], before: Exchange, one: Exchange, after: Exchange, label: str
) -> Iterator[Finding]:
    """What a move of the state alone must leave as it is."""
    for where in kept:
        was, now = pointer.first(before.json, where), pointer.first(after.json, where)
        if was != now and (instant(was) is None or instant(was) != instant(now)):
            yield Finding(
                "lost", (before.number, one.number, after.number), f"{where} {shown(was)}", f"{where} {shown(now)}", label
            )


def _unchanged(one: Exchange, before: Exchange, after: Exchange | None, label: str) -> Iterator[Finding]:
    if after is None:
        return
    was, now = (before.json, before.header("etag")), (after.json, after.header("etag"))
    if was != now:
        old, new = (f"{shown(document)} (ETag {tag or '-'})" for document, tag in (was, now))
        yield Finding("changed", (before.number, one.number, after.number), old, new, label)


def _deleted(
    one: Exchange, before: Exchange, after: Exchange | None, state: str, deletion: Sequence[int]
) -> Iterator[Finding | Witness]:
    if not deletion:
        return
    yield Witness((before.number, one.number), f"DELETE {state}")
    if one.status not in deletion:
        yield Finding("deleted", (one.number,), either(deletion), str(one.status), state)
    else:
        yield from _unchanged(one, before, after, f"DELETE {state}")


def _read(state: str, tag: str = '"1"', note: str | None = "n") -> Exchange:
    return exchange(
        "GET /things/t1", 200, {"thingId": "t1", "state": state, "note": note}, name="getThing", step=READ, headers={"ETag": tag}
    )


def _move(state: str, status: int, slug: str = "no-such-move", shown: str = "") -> Exchange:
    body = {"thingId": "t1", "state": shown or state} if status == 200 else problem(status, slug)
    return exchange("PATCH /things/t1", status, body, name="updateThing", step=MOVE, sent={"state": state})


def _delete(status: int) -> Exchange:
    return exchange("DELETE /things/t1", status, name="getThing", step=DELETE)


EXAMPLES = Examples(
    operation="updateThing",
    arguments={"problem": "no-such-move", "kept": ["/note"]},
    conforms=[
        numbered(_read("NEW"), _move("GONE", 409), _read("NEW"), _move("SOLD", 200), _read("SOLD", '"2"')),
        numbered(_read("GONE"), _move("NEW", 409), _read("GONE"), _delete(405), _read("GONE")),
        numbered(_read("SOLD"), _move("NEW", 409), _read("SOLD"), _move("GONE", 200)),
    ],
    violates=[
        numbered(_read("NEW"), _move("SOLD", 409), _read("NEW")),
        numbered(_read("NEW"), _move("SOLD", 200), _read("SOLD", '"2"', note=None)),
        numbered(_read("NEW"), _move("SOLD", 200), _read("NEW")),
        numbered(_read("NEW"), _move("SOLD", 200, shown="NEW"), _read("SOLD", '"2"')),
        numbered(_read("GONE"), _move("NEW", 200), _read("NEW", '"2"')),
        numbered(_read("SOLD"), _move("NEW", 422), _read("SOLD")),
        numbered(_read("SOLD"), _move("NEW", 409), _read("SOLD", '"2"')),
        numbered(_read("GONE"), _delete(204)),
        numbered(_read("GONE"), _move("NEW", 409, "conflict"), _read("GONE")),
        numbered(_read("NEW"), _move("GONE", 200), _read("GONE", '"2"')),
    ],
    inconclusive=[[], numbered(_read("NEW"), _move("SOLD", 412), _read("GONE")), numbered(_read("NEW"), _move("SOLD", 429))],
)
