"""Every accepted move of a resource is dated later than the one before, so that its history is in the order in which it happened.

Why: a consumer that merges changes by their time loses one when two have the same, and goes back in time when a later one is dated
earlier.

Fails when: after an accepted move the time of the last change is missing, equal to, or earlier than before, or the number of
the version (where one is named) is not one more; or, of all that a run shows of one resource, alone or in a list, one version has two
times, or a later version no later time.
Inconclusive when: no move was accepted.
Source: the interface's rules on `updatedAt`.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import pairwise
from typing import Any, Literal, cast

from conformance import given
from conformance.checks._example import exchange, numbered, problem
from conformance.checks._own import amendment, client_moves, known_recipe, recipe_of, refreshed, state_of
from conformance.checks._reading import shown
from conformance.interface.dialect import Dialect, instant
from conformance.model import Examples, Exchange, Finding, Inputs, Operation, Script, Touches, Witness
from conformance.text import pointer

TOUCHES = Touches.OWN
READ, MOVE = "read", "move"
_History = Mapping[tuple[int, datetime], int]
_MOST_MOVES = 6

ABOUT = """資源每次獲接受之狀態轉換，其時間均晚於前一次，故歷程依發生順序排列。
緣由：依時間合併變更之資料使用者，遇兩者時間相同便遺失其一；後者較早則時光倒流。
不通過：獲接受之轉換後，最後變更時間缺漏、等於或早於先前；或（有載版本號者）版本號未恰增一。
無法判定：沒有轉換獲得接受。
依據：介面規範之 `updatedAt` 規定。
"""

MESSAGES = {
    "order": {
        "en": "after the move to {at} the time of the last change should be {expected}, but is {actual}",
        "zh-Hant": "轉換為 {at} 後，最近異動時間應{expected}，實為 {actual}",
    },
    "revision": {
        "en": "a move should raise {at} by one: expected {expected}, got {actual}",
        "zh-Hant": "每次轉換應使 {at} 加一：應為 {expected}，實為 {actual}",
    },
}


def drive(operation: Operation, inputs: Inputs, dialect: Dialect, *, walks: int = 2) -> Script:
    """Walks from the first state to a terminal one, as fast as the answers come, with a reading at the end."""
    name, recipe = recipe_of(operation)
    for nth in range(walks):
        one = yield from given.created(operation.spec, name, inputs, dialect, nth=nth)
        one = refreshed(one, (yield given.read(operation.spec, one, step=READ)))
        for _ in range(_MOST_MOVES):  # a move may lead back to where it began
            if not client_moves(operation.spec, name, state_of(recipe, one.representation)):
                break
            choices = amendment(operation.spec, one)
            members = choices[nth % len(choices)]
            answer: Exchange = yield given.change(operation.spec, one, members, tag=one.tag, step=MOVE)
            one = refreshed(one, (yield given.read(operation.spec, one, step=READ)) if answer.unsettled else answer)
        yield given.read(operation.spec, one, step=READ)


def judge(
    operation: Operation,
    trace: Sequence[Exchange],
    dialect: Dialect,
    *,
    at: str,
    revision: str = "",
    ties: Literal["refused", "allowed"] = "refused",
) -> Iterator[Finding | Witness]:
    """A witness per accepted move; `at` is the pointer of the time of the last change, `revision` that of a number that each move
    raises by one. `ties`: whether a move may bear the time of the one before, as with a clock of whole seconds.
    """
    known = known_recipe(operation)
    latest: dict[str, Exchange] = {}
    for one in trace:
        if known is None or one.step not in (READ, MOVE) or not one.ok:
            continue
        before = latest.get(one.request.path)
        latest[one.request.path] = one
        then = instant(pointer.first(before.json, at)) if before else None
        if before is None or then is None:
            continue
        state = state_of(known[1], one.json)
        same = state == state_of(known[1], before.json)
        now = instant(pointer.first(one.json, at))
        if not same:
            yield Witness((before.number, one.number), f"{state}")
        if now is None or now < then or (now == then and not same and ties == "refused"):
            yield Finding(
                "order",
                (before.number, one.number),
                f"{'>' if ties == 'refused' else '≥'} {then.isoformat()}",
                shown(pointer.first(one.json, at)),
                str(state),
            )
        if revision and one.step == MOVE and not same:
            numbers = [pointer.first(each.json, revision) for each in (before, one)]
            if not all(type(number) is int for number in numbers) or numbers[1] != numbers[0] + 1:
                yield Finding("revision", (before.number, one.number), f"{numbers[0]} + 1", str(numbers[1]), revision)


def notes(
    operation: Operation, exchange: Exchange, dialect: Dialect, *, at: str, revision: str = ""
) -> Iterator[tuple[Hashable, Hashable]]:
    """Of each representation of a resource that is moved, alone or in a list, its version and the time of its last change, by its id."""
    known = known_recipe(operation)
    if known is None or not revision or not exchange.ok:
        return
    recipe, asked = known[1], exchange.request.operation
    if asked == recipe.get("list"):
        shown: Sequence[Any] = dialect.items(exchange, operation.spec.operations[asked]) or ()
    else:
        shown = [exchange.json] if asked in (recipe.get("read"), recipe.get("update"), recipe.get("create")) else []
    for one in shown:
        identifier, version = given.id_in(recipe, one), pointer.first(one, revision)
        moment = instant(pointer.first(one, at))
        if identifier is not None and type(version) is int and moment is not None:
            yield identifier, (version, moment)


def compared(
    operation: Operation,
    noted: Mapping[Hashable, int],
    dialect: Dialect,
    *,
    ties: Literal["refused", "allowed"] = "refused",
) -> Iterator[Finding]:
    """Each version has one time, later than that of the version before it."""
    known = sorted((version, moment, number) for (version, moment), number in cast(_History, noted).items())
    for (version, then, first), (later, now, second) in pairwise(known):
        if version == later:
            yield Finding("order", (first, second), f"= {then.isoformat()}", now.isoformat(), f"version {version}")
        elif now < then or (now == then and ties == "refused"):
            sign = ">" if ties == "refused" else "≥"
            yield Finding("order", (first, second), f"{sign} {then.isoformat()}", now.isoformat(), f"version {later}")


def _seen(step: str, state: str, second: int | None, status: int = 200, version: int = 1) -> Exchange:
    dated = {} if second is None else {"updatedAt": f"2025-06-12T08:00:{second:02d}+08:00"}
    body = {"thingId": "t1", "state": state, "version": version, **dated} if status == 200 else problem(status)
    method = "GET" if step == READ else "PATCH"
    return exchange(f"{method} /things/t1", status, body, name="updateThing", step=step, actor="a")


EXAMPLES = Examples(
    operation="updateThing",
    conforms=[
        numbered(
            _seen(READ, "NEW", 1),
            _seen(MOVE, "SOLD", 2, version=2),
            _seen(MOVE, "GONE", 3, version=3),
            _seen(READ, "GONE", 3, version=3),
        )
    ],
    violates=[
        numbered(_seen(READ, "NEW", 1), _seen(MOVE, "SOLD", 1)),
        numbered(_seen(READ, "NEW", 1), _seen(MOVE, "SOLD", None)),
        numbered(_seen(READ, "NEW", 2), _seen(MOVE, "SOLD", 1)),
        numbered(_seen(READ, "NEW", 1), _seen(MOVE, "SOLD", 2)),
    ],
    inconclusive=[[], numbered(_seen(READ, "NEW", 1)), numbered(_seen(READ, "NEW", 1), _seen(MOVE, "SOLD", None, 409))],
    arguments={"at": "/updatedAt", "revision": "/version"},
)
