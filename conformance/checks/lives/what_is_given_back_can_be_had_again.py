"""What is given back can be had again: after each return as many more succeed as were returned, and no more.

Why: a capacity that is counted down and not up again is empty after a week with every place free; one that is counted up twice is oversold; neither
shows as long as there is room.

The suite takes units until it is refused, gives one back and takes until it is refused again; three times, since on a running service somebody
else may take or give back one meanwhile.

Fails when: in two rounds one after the other none can be had after one was given back, or in both more than one; or what is full refuses with
another status than `status`, or, where the row names them, with another type than those in `problems`.
Inconclusive when: nothing became full within `most` units, or what was taken could not be given back.
Source: the interface's rule on capacity and on what ends a hold.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from conformance import given
from conformance.checks._example import exchange, numbered, problem
from conformance.checks._own import recipe_of, remarked, unusable
from conformance.checks._probes import mistyped
from conformance.checks._statuses import either
from conformance.interface.dialect import Dialect
from conformance.model import Examples, Exchange, Finding, Inputs, Operation, Script, Touches, Unmet, Witness

TOUCHES = Touches.WRITES
ASKS = 18
FILL, BACK, AGAIN = "take until it is full", "give back: ", "take again: "
ROUNDS, SURPLUS = 3, 2
FULL = (409,)

ABOUT = """歸還者可再取得：每次歸還之後，可再成功者恰為所歸還之數。
緣由：只減不增之容量，一週後全數空著卻顯示額滿；重複加回者則會超賣；仍有餘裕時兩者均不顯現。
套件取用至遭拒為止，歸還其一，再取用至遭拒；共三回合，因營運中之服務可能另有他人於期間取用或歸還。
不通過：連續兩回合歸還其一後均無法再取得，或均多於一個；或額滿之拒絕其狀態碼非 `status`，或要求指明時其類型非 `problems` 之一。
無法判定：於 `most` 個單位內未達額滿，或已取用者無法歸還。
依據：介面規範之容量規定與占用終止規定。
"""

MESSAGES = {
    "lost": {
        "en": "after one was given back, {expected} should be had again, but {actual} could",
        "zh-Hant": "歸還其一之後應可再取得 {expected}，實際取得 {actual}",
    },
    "more": {
        "en": "after one was given back, only {expected} should be had again, but {actual} could",
        "zh-Hant": "歸還其一之後僅應可再取得 {expected}，實際取得 {actual}",
    },
    "refusal": {
        "en": "what is full should be answered {expected}, but got {actual}",
        "zh-Hant": "已額滿者應回應 {expected}，實得 {actual}",
    },
    "type": {
        "en": "what is full should be refused with a problem of type {expected}, but it is {actual}",
        "zh-Hant": "額滿之拒絕，問題類型應為 {expected}，實為 {actual}",
    },
}


def drive(
    operation: Operation, inputs: Inputs, dialect: Dialect, *, most: int = 8, resource: str = "", candidate: str | None = None
) -> Script:
    """Take up to `most`, then the rounds. `resource` and `candidate` name the recipe and the one of its candidates of which capacity is small."""
    name = resource or recipe_of(operation)[0]
    recipe = operation.spec.setup[name]
    if "delete" not in recipe and "cleanup" not in recipe:
        raise Unmet(f"nothing says how a {name} is given back (`delete` or `cleanup` of its recipe)")
    for body in (yield from given.bodies(operation.spec, name, inputs, dialect, candidate=candidate, most=ROUNDS)):
        taken = yield from _taken(operation, body, inputs, most + 1, FILL, "fill")
        held = [given.made(operation.spec, name, one) for one in taken if one.ok]
        if len(held) > most:
            for one in held:
                yield from _given_back(operation, one, "given: give back")
            continue
        yield from _rounds(operation, name, body, inputs, held)
        return
    raise Unmet(f"no {name} was full after {most}")


def _rounds(operation: Operation, name: str, body: Any, inputs: Inputs, held: list[given.Created]) -> Script:
    """Give one back, and take until it is full again."""
    for nth in range(ROUNDS):
        if not held:
            return
        back: Exchange = yield from _given_back(operation, held.pop(0), f"{BACK}{nth}")
        if not back.ok:
            return
        yield given.visible(operation, operation.spec.operations[back.request.operation])
        again = yield from _taken(operation, body, inputs, 1 + SURPLUS, f"{AGAIN}{nth}", f"again-{nth}")
        held += [given.made(operation.spec, name, one) for one in again if one.ok]


def _taken(operation: Operation, body: Any, inputs: Inputs, most: int, step: str, label: str) -> Script:
    """One after the other until one is refused, at most so many; those that have a name of ours have another one each."""
    found: list[Exchange] = []
    while len(found) < most and (not found or found[-1].ok):
        other = remarked(inputs, body, f"{label}-{len(found)}")
        asked = given.creation(operation, other, inputs, actor="a", label=f"{label}-{len(found)}")
        found.append((yield asked.with_step(step)))
    return found


def _given_back(operation: Operation, one: given.Created, step: str) -> Script:
    """The answer to giving back: a deletion, or the change that ends it."""
    spec, recipe = operation.spec, operation.spec.setup[one.resource]
    now: given.Created = (yield from given.retag(spec, one)) if "read" in recipe else one
    if "delete" in recipe:
        return (yield given.deletion(spec, now, tag=now.tag, step=step))
    return (yield given.change(spec, now, recipe["cleanup"]["members"], tag=now.tag, step=step))


@dataclass(frozen=True)
class _Round:
    """What could be had after one was given back."""

    had: int
    numbers: tuple[int, ...]
    label: str

    @classmethod
    def of(cls, trace: Sequence[Exchange], nth: int, status: Sequence[int]) -> _Round | None:
        """A round of a trace; None where it tells nothing, for it did not come to its end: until full, or beyond what was given back."""
        back = next((one for one in trace if one.step == f"{BACK}{nth}" and one.ok), None)
        again = [one for one in trace if one.step == f"{AGAIN}{nth}"]
        had = sum(one.ok for one in again)
        if back is None or not again or back.status == 202 or (again[-1].status not in status and had <= SURPLUS):
            return None
        return cls(had, (back.number, *(one.number for one in again)), f"round {nth + 1}")


def judge(
    operation: Operation,
    trace: Sequence[Exchange],
    dialect: Dialect,
    *,
    status: Sequence[int] = FULL,
    problems: Sequence[str] = (),
) -> Iterator[Finding | Witness]:
    """A witness per round in which exactly one was had again. `status` says that it is full."""
    fill = [one for one in trace if one.step == FILL]
    if not any(one.ok for one in fill) or fill[-1].ok or unusable(fill[-1]):
        return
    if fill[-1].status not in status:
        if fill[-1].status not in (404, 410):  # what it was to be taken of is gone
            yield Finding("refusal", (fill[-1].number,), either(status), str(fill[-1].status))
        return
    if mistyped(fill[-1], problems, dialect):
        yield Finding("type", (fill[-1].number,), " / ".join(problems), dialect.problem_slug(fill[-1]) or "-")
    rounds = [_Round.of(trace, nth, status) for nth in range(ROUNDS)]
    known = [one for one in rounds if one is not None]
    for one in known:
        if one.had == 1:
            yield Witness(one.numbers, one.label)
    for one, two in pairwise(known):
        if one.had == two.had == 0:
            yield Finding("lost", (*one.numbers, *two.numbers), "1", "none")
        elif one.had > 1 < two.had:
            yield Finding("more", (*one.numbers, *two.numbers), "1", f"{min(one.had, two.had)}")


# ------------------------------------------------------------------------------------------ examples


def _take(step: str, *statuses: int, slug: str = "full") -> list[Exchange]:
    bodies = [{"thingId": f"t{nth}"} if status == 201 else problem(status, slug) for nth, status in enumerate(statuses)]
    told = zip(statuses, bodies, strict=True)
    return [exchange("POST /things", status, body, name="createThing", step=step, actor="a", sent={}) for status, body in told]


def _back(nth: int, status: int = 204) -> Exchange:
    body = problem(status) if status > 299 else None
    return exchange("DELETE /things/t1", status, body, name="deleteThing", step=f"{BACK}{nth}", actor="a")


def _course(*rounds: tuple[int, ...]) -> list[Exchange]:
    told = [_take(FILL, 201, 201, 409)]
    for nth, statuses in enumerate(rounds):
        told += [[_back(nth)], _take(f"{AGAIN}{nth}", *statuses)]
    return numbered(*(one for each in told for one in each))


EXAMPLES = Examples(
    operation="createThing",
    conforms=[
        _course((201, 409), (201, 409), (201, 409)),
        _course((409,), (201, 409), (409,)),
        _course((201, 409), (201, 201, 409)),
    ],
    violates=[
        _course((409,), (409,)),
        _course((201, 409), (409,), (409,)),
        _course((201, 201, 409), (201, 201, 409)),
        _course((201, 201, 201), (201, 201, 409)),
        numbered(*_take(FILL, 201, 500)),
        numbered(*_take(FILL, 201, 409, slug="closed")),
    ],
    inconclusive=[
        [],
        numbered(*_take(FILL, 201, 201)),
        numbered(*_take(FILL, 409)),
        numbered(*_take(FILL, 201, 409), _back(0, 409)),
        _course((409,)),
        _course((201, 429), (429,)),
    ],
    arguments={"problems": ["full"]},
)
