"""Every accepted move of a resource is dated later than the one before, so that its history is in the order in which it happened.

Why: a consumer that merges changes by their time loses one when two have the same, and goes back in time when a later one is dated
earlier.

Fails when: after an accepted move the time of the last change is missing, equal to, or earlier than before, or the number of
the version (where one is named) is not one more.
Inconclusive when: no move was accepted.
Source: the interface's rules on `updatedAt`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

from conformance import given
from conformance.checks._example import exchange, numbered, problem
from conformance.checks._own import amendment, client_moves, known_recipe, recipe_of, refreshed, state_of
from conformance.checks._reading import shown
from conformance.interface.dialect import Dialect, instant
from conformance.model import Examples, Exchange, Finding, Inputs, Operation, Script, Touches, Witness
from conformance.text import pointer

TOUCHES = Touches.OWN
READ, MOVE = "read", "move"
_MOST_MOVES = 6

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
            one = refreshed(one, (yield given.change(operation.spec, one, members, tag=one.tag, step=MOVE)))
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
