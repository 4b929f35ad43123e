"""Of one thing that only one can have, two holds whose intervals overlap never stand side by side; adjacent intervals may.

Why: intervals are compared in more ways than one thinks (one inside the other, around it, sharing only an end), and each way that is
forgotten is two drivers at one charger.

Fails when: while a hold stands, another one that overlaps it is accepted, by the same tenant or another, or is refused with anything but
409 (`status`), or, where the row names them, with a problem of another type than those in `problems`; or an interval that only touches it
is refused because of it.
Inconclusive when: nothing could be taken, or the first hold did not stand any more at the end. A refusal of another kind proves nothing
where nothing was taken, or found taken, after it: what was asked for may be gone.
Source: the interface's rules on capacity; half-open intervals.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta, timezone
from typing import Any

from conformance import given
from conformance.checks._example import exchange, numbered, problem
from conformance.checks._own import known_recipe, recipe_of, state_of, unusable
from conformance.checks._probes import mistyped
from conformance.checks._statuses import either
from conformance.checks._targets import later
from conformance.interface.dialect import Dialect, instant
from conformance.model import Examples, Exchange, Finding, Inputs, Operation, Script, Touches, Unmet, Witness
from conformance.text import pointer

TOUCHES = Touches.WRITES
ASKS = 26
EAST, WEST = timezone(timedelta(hours=14)), timezone(timedelta(hours=-10))
ACTORS = ("b",)
FIRST, STANDS, OVERLAP, TOUCH, ALONE = "first", "first afterwards", "overlapping: ", "touching: ", "touching, alone: "

ABOUT = """僅能由一人占用之物，時段重疊之兩筆占用絕不並存；相接之時段則可。
緣由：時段比較之情形比想像為多（一者在內、包含、僅共用端點），每遺漏一種，便有兩位駕駛同搶一座充電樁。
不通過：既有占用期間，與其重疊者（同租戶或他租戶）獲接受，或拒絕之狀態碼非 409（`status`），要求指明時其問題類型非 `problems` 之一；或僅與其相接之時段因此遭拒。
無法判定：無可占用者，或首筆占用最後已不存在。其後未能占用且未見占用時，其他種類之拒絕不足為據：所請求者可能已不存在。
依據：介面規範之容量規定；半開區間。
"""

MESSAGES = {
    "accepted": {
        "en": "a hold on something taken ({at}) was accepted: expected {expected}, got {actual}",
        "zh-Hant": "對已占用標的之預約（{at}）被接受：應為 {expected}，實得 {actual}",
    },
    "refusal": {
        "en": "a hold on something taken ({at}) should be answered {expected}, but got {actual}",
        "zh-Hant": "對已占用標的之預約（{at}）應回應 {expected}，實得 {actual}",
    },
    "type": {
        "en": "the refusal of a hold on something taken ({at}) should be a problem of type {expected}, but is {actual}",
        "zh-Hant": "拒絕對已占用標的之預約（{at}）的問題類型應為 {expected}，實為 {actual}",
    },
    "touching": {
        "en": "an interval that only touches another ({at}) was refused because of it: expected {expected}, got {actual}",
        "zh-Hant": "僅與他人時段相接的時段（{at}）因而遭拒：應為 {expected}，實得 {actual}",
    },
}


def drive(
    operation: Operation,
    inputs: Inputs,
    dialect: Dialect,
    *,
    candidate: str,
    state: str = "",
    start: str = "/startTime",
    end: str = "/endTime",
    status: Sequence[int] = (409,),
) -> Script:
    """One hold (brought into `state`), attempts that overlap it, and two that touch it. `start`, `end`: top-level members."""
    name, recipe = recipe_of(operation)
    spec = operation.spec
    moments = (pointer.segments(start)[0], pointer.segments(end)[0])
    one, body = yield from _first(operation, name, candidate, state, inputs, dialect, moments)
    for label, interval, actor in _overlapping(body, *moments):
        wanted = {**body, **dict(zip(moments, interval, strict=True))}
        yield given.creation(operation, wanted, inputs, actor=actor, label=label.replace(" ", "-")).with_step(OVERLAP + label)
    refused = []
    for label, interval in _touching(body, *moments):
        wanted = {**body, **dict(zip(moments, interval, strict=True))}
        answer: Exchange = yield given.creation(operation, wanted, inputs, actor="a", label=label).with_step(TOUCH + label)
        refused += [(label, wanted)] if answer.status in status else []
    yield given.read(spec, one, step=STANDS)
    if refused and "cleanup" in recipe:
        one = yield from given.retag(spec, one)
        yield given.change(spec, one, recipe["cleanup"]["members"], tag=one.tag, step="given: give back")
        for label, wanted in refused:
            yield given.creation(operation, wanted, inputs, actor="a", label=f"{label}-alone").with_step(ALONE + label)
    elif not refused:
        yield from _moved_on(operation, one, body, inputs)


def _moved_on(operation: Operation, one: given.Created, body: Any, inputs: Inputs) -> Script:
    """The hold in a further state that is not an end, and the same interval asked for again."""
    states = given.machine(operation.spec, one.resource)
    further = given.onward(operation.spec, one, [step["from"] for step in states["transitions"]])
    if further is not None:
        yield from given.move(operation.spec, one, further)
        label = "the same interval, while in its next state"
        yield given.creation(operation, body, inputs, actor="a", label="moved-on").with_step(OVERLAP + label)


def _in_zone(text: str, zone: timezone) -> str:
    moment = instant(text)
    return text if moment is None else moment.astimezone(zone).isoformat()


def _first(
    operation: Operation, name: str, candidate: str, state: str, inputs: Inputs, dialect: Dialect, moments: tuple[str, str]
) -> Script:
    """A hold of the candidate, with the body that made it."""
    for index, found in enumerate((yield from given.bodies(operation.spec, name, inputs, dialect, candidate=candidate))):
        # Read as texts, an interval so written seems to be empty or inverted.
        body = {**found, moments[0]: _in_zone(found[moments[0]], EAST), moments[1]: _in_zone(found[moments[1]], WEST)}
        answer: Exchange = yield given.creation(operation, body, inputs, actor="a", label=f"first-{index}").with_step(FIRST)
        if answer.ok:
            one = given.made(operation.spec, name, answer)
            return (yield from given.move(operation.spec, one, state)) if state else one, body
    raise Unmet(f"no {candidate} could be taken")


def _overlapping(body: Any, start: str, end: str) -> list[tuple[str, tuple[str, str], str]]:
    """Intervals that overlap the body's, in every way that there is, with the tenant that asks."""
    since, until = body[start], body[end]
    return [
        ("the same interval", (since, until), "a"),
        ("the same interval, by another tenant", (since, until), "b"),
        ("beginning inside", (later(until, -300), later(until, 900)), "a"),
        ("ending inside", (later(since, -300), later(since, 300)), "a"),
        ("inside", (later(since, 300), later(until, -300)), "a"),
        ("around", (later(since, -300), later(until, 300)), "a"),
        ("its last second", (later(until, -1), later(until, 900)), "a"),
    ]


def _touching(body: Any, start: str, end: str) -> list[tuple[str, tuple[str, str]]]:
    """An interval that ends where the body's begins, and one that begins where it ends."""
    return [("before", (later(body[start], -400), body[start])), ("after", (body[end], later(body[end], 900)))]


def judge(
    operation: Operation,
    trace: Sequence[Exchange],
    dialect: Dialect,
    *,
    start: str = "/startTime",
    end: str = "/endTime",
    status: Sequence[int] = (409,),
    problems: Sequence[str] = (),
) -> Iterator[Finding | Witness]:
    """A witness per overlapping attempt while the first hold stood. `status` refuses what is taken."""
    known = known_recipe(operation)
    first = next((one for one in reversed(trace) if one.step == FIRST and one.ok), None)
    stands = next((one for one in trace if one.step == STANDS and one.ok), None)
    if known is None or first is None or stands is None:
        return
    name, recipe = known
    if state_of(recipe, stands.json) in given.machine(operation.spec, name)["terminal"]:
        return
    taking = [one.number for one in trace if one.step.startswith((OVERLAP, TOUCH, ALONE)) and (one.ok or one.status in status)]
    for one in trace:
        told = one.number <= max(taking, default=0) and not unusable(one)
        if told and one.step.startswith(OVERLAP) and _overlap(first, one, start, end):
            yield from _refused(first, one, stands, dialect, status, problems)
    for one in trace:
        label = one.step.removeprefix(ALONE)
        if one.step.startswith(ALONE) and one.ok:
            refused = next(other for other in trace if other.step == TOUCH + label)
            yield Finding("touching", (first.number, refused.number, one.number), str(one.status), str(refused.status), label)


def _refused(
    first: Exchange, one: Exchange, stands: Exchange, dialect: Dialect, status: Sequence[int], problems: Sequence[str]
) -> Iterator[Finding | Witness]:
    """Whether what overlaps was refused, and as it should be."""
    label = one.step.removeprefix(OVERLAP)
    yield Witness((first.number, one.number), label, aspect=label)
    if one.ok:
        yield Finding("accepted", (first.number, one.number, stands.number), either(status), str(one.status), label)
    elif one.status not in status:
        yield Finding("refusal", (first.number, one.number), either(status), str(one.status), label)
    elif mistyped(one, problems, dialect):
        yield Finding("type", (one.number,), " / ".join(problems), dialect.problem_slug(one) or "-", label)


def _overlap(first: Exchange, other: Exchange, start: str, end: str) -> bool:
    moments = [instant(pointer.first(one.request.json(), at)) for one in (first, other) for at in (start, end)]
    since, until, begin, finish = moments
    return bool(since and until and begin and finish and since < finish and begin < until)


def _take(step: str, status: int, since: str = "08:30", until: str = "09:30", slug: str = "full") -> Exchange:
    sent = {"startTime": f"2025-06-12T{since}:00+08:00", "endTime": f"2025-06-12T{until}:00+08:00"}
    body = {"thingId": "t1", "state": "NEW"} if status == 201 else problem(status, slug)
    return exchange("POST /things", status, body, name="createThing", step=step, actor="a", sent=sent)


def _stands(state: str = "NEW") -> Exchange:
    return exchange("GET /things/t1", 200, {"thingId": "t1", "state": state}, name="getThing", step=STANDS, actor="a")


_ONE = _take(FIRST, 201, "08:00", "09:00")
EXAMPLES = Examples(
    operation="createThing",
    arguments={"problems": ["full"]},
    conforms=[
        numbered(_ONE, _take(OVERLAP + "beginning inside", 409), _take(TOUCH + "after", 201, "09:00", "09:15"), _stands()),
        numbered(_ONE, _take(OVERLAP + "x", 409), _take(TOUCH + "after", 409), _stands(), _take(ALONE + "after", 409)),
    ],
    violates=[
        numbered(_ONE, _take(OVERLAP + "beginning inside", 201), _stands()),
        numbered(_ONE, _take(OVERLAP + "beginning inside", 500), _take(TOUCH + "after", 201, "09:00", "09:15"), _stands()),
        numbered(_ONE, _take(OVERLAP + "beginning inside", 422), _take(OVERLAP + "around", 409), _stands()),
        numbered(_ONE, _take(OVERLAP + "beginning inside", 409, slug="closed"), _stands()),
        numbered(_ONE, _take(OVERLAP + "x", 409), _take(TOUCH + "after", 409), _stands(), _take(ALONE + "after", 201)),
    ],
    inconclusive=[
        [],
        numbered(_ONE, _take(OVERLAP + "beginning inside", 201), _stands("GONE")),
        numbered(_ONE, _take(OVERLAP + "beginning inside", 429), _stands()),
        numbered(_ONE, _take(OVERLAP + "beginning inside", 422), _take(TOUCH + "after", 422, "09:00", "09:15"), _stands()),
    ],
)
