"""The state of a thing is always what follows from its events that count, in the order in which they happened.

Why: events come late, twice and out of order, and some are taken back. A state that follows from the last one to arrive is right on the
day of the demonstration, and wrong for every parcel whose driver was in a tunnel.

Histories are drawn from the state machine, short ones first: a defect is told by the shortest that shows it. Each is captured in an order of
its own, in which every part is legal by itself, some of it twice, and at last one event is declared wrong. After every step the events and
the state are read.

Fails when: the state that is read is not the fold of the events that were listed just before, or an event that was captured is not listed.
Inconclusive when: nothing could be made, or no capture is accepted.
Source: the interface's rule on state; event sourcing; GS1 EPCIS 2.0.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from conformance import given
from conformance.checks._example import exchange, numbered, page
from conformance.checks._reading import shown
from conformance.given.templates import fill
from conformance.interface.dialect import Dialect, instant
from conformance.model import Examples, Exchange, Finding, Inputs, Operation, Script, Spec, Touches, Unmet, Witness
from conformance.text import pointer

TOUCHES = Touches.OWN
ASKS = 125
CAPTURE, EVENTS, STATE = "capture ", "events ", "state "
_APART = 300  # seconds between two events of a history

MESSAGES = {
    "fold": {
        "en": "the state after {at} should be {expected}, but is {actual}",
        "zh-Hant": "{at} 之後的狀態應為 {expected}，實為 {actual}",
    },
    "lost": {
        "en": "an event that was captured is not listed: expected {expected}, got {actual}",
        "zh-Hant": "已擷取的事件未列出：應為 {expected}，實得 {actual}",
    },
}


def drive(
    operation: Operation,
    inputs: Inputs,
    dialect: Dialect,
    *,
    resource: str,
    capture: str,
    events: str,
    begins: str,
    leads: Mapping[str, str],
    make: Mapping[str, Mapping[str, Any]],
    each: Mapping[str, Any],
    declaration: Mapping[str, Any],
    type: str,
    order: Sequence[str],
    lengths: Sequence[int] = (1, 2, 3, 4, 5, 6, 7, 8),
) -> Script:
    """A history of each of these `lengths`: `make` has the members of an event by its type, `each` those that all have."""
    spec = operation.spec
    moves = _moves(spec, resource)
    for nth, length in enumerate(lengths):
        chance = inputs.random("history", nth)
        one = yield from given.created(spec, resource, inputs, dialect, nth=nth)
        now = dialect.server_time(one.exchange)
        if now is None:
            raise Unmet("the target does not tell what time it is")
        types = _drawn(begins, leads, make, moves, length, chance)
        made = [
            {
                pointer.segments(order[-1])[0]: str(
                    uuid.UUID(int=inputs.random("event", nth, index).getrandbits(128), version=4)
                ),
                pointer.segments(order[0])[0]: fill({"now": -_APART * (len(types) - index)}, None, now, inputs, 0),
                pointer.segments(type)[0]: kind,
                **make[kind],
                **each,
            }
            for index, kind in enumerate(types)
        ]
        steps = _captures(types, begins, leads, moves, chance)
        wrong = next(
            (index for index in reversed(range(len(types))) if _legal(_without(types, index), begins, leads, moves)), None
        )
        batches = [[made[index] for index in step] for step in steps]
        if wrong is not None:
            batches.append([{**made[wrong], **fill(declaration, None, now, inputs, 0)}])
        for batch in batches:
            sent = spec.operations[capture].request(path={_slot(spec, capture): one.id}, json={"events": batch}, actor="a")
            answer: Exchange = yield sent.with_step(f"{CAPTURE}{nth}")
            if not answer.ok:
                return
            yield spec.operations[events].request(path={_slot(spec, events): one.id}, actor="a", step=f"{EVENTS}{nth}")
            yield given.read(spec, one, step=f"{STATE}{nth}")


def _slot(spec: Spec, name: str) -> str:
    return next(p.name for p in spec.operations[name].parameters if p.location == "path")


def _moves(spec: Spec, resource: str) -> set[tuple[str, str]]:
    return {(step["from"], step["to"]) for step in given.machine(spec, resource)["transitions"]}


def _drawn(
    begins: str, leads: Mapping[str, str], make: Mapping[str, Any], moves: set[tuple[str, str]], length: int, chance: Any
) -> list[str]:
    """The types of a history of so many events, in the order in which they happen; shorter where it comes to an end before."""
    types, state = list[str](), begins
    while len(types) < length:
        ways = [kind for kind in make if _goes(state, leads[kind], moves)]
        onward = [kind for kind in ways if any(start == leads[kind] for start, _ in moves)]
        ways = ways if len(types) + 1 == length or not onward else onward
        if not ways:
            break
        types.append(chance.choice(ways))
        state = leads[types[-1]]
    return types


def _goes(state: str, wanted: str, moves: set[tuple[str, str]]) -> bool:
    """Whether a history may go on so. What stays as it is goes on wherever it can come back to itself."""
    return (state, wanted) in moves or (
        state == wanted and any((other, state) in moves and (state, other) in moves for _, other in moves)
    )


def _legal(types: Sequence[str], begins: str, leads: Mapping[str, str], moves: set[tuple[str, str]]) -> bool:
    state = begins
    for kind in types:
        if not _goes(state, leads[kind], moves):
            return False
        state = leads[kind]
    return True


def _without(types: Sequence[str], index: int) -> list[str]:
    return [*types[:index], *types[index + 1 :]]


def _captures(
    types: Sequence[str], begins: str, leads: Mapping[str, str], moves: set[tuple[str, str]], chance: Any
) -> list[list[int]]:
    """In which steps the events of a history are captured: each alone and in any order where that is legal, at last the rest at once."""
    there, left, steps = set[int](), list(range(len(types))), list[list[int]]()
    chance.shuffle(left)
    while left:
        fitting = [one for one in left if _legal([types[each] for each in sorted({*there, one})], begins, leads, moves)]
        step = [fitting[0]] if fitting else [*left]
        steps.append(step)
        there |= set(step)
        left = [one for one in left if one not in step]
    return [*steps, steps[0]]  # the first once more: nothing comes of it


def judge(
    operation: Operation,
    trace: Sequence[Exchange],
    dialect: Dialect,
    *,
    resource: str,
    begins: str,
    leads: Mapping[str, str],
    counts: Mapping[str, Any],
    wrong: str,
    order: Sequence[str],
    type: str,
    state: str,
) -> Iterator[Finding | Witness]:
    """A witness per state that was read behind a listing of events that count. `counts` holds of those, and nothing stands at `wrong`."""
    moves = _moves(operation.spec, resource)
    captured: dict[str, list[Any]] = {}
    listed: Exchange | None = None
    for one in trace:
        if one.step.startswith(CAPTURE):
            listed = None
            sent = one.request.json()
            if one.ok and isinstance(sent, Mapping):
                captured.setdefault(one.step.removeprefix(CAPTURE), []).extend(pointer.values(sent, "/events/*" + order[-1]))
        elif one.step.startswith(EVENTS) and one.ok:
            listed = one
            there = {name for event in _events(operation, one, dialect) for name in pointer.values(event, order[-1])}
            for missing in [each for each in captured.get(one.step.removeprefix(EVENTS), ()) if each not in there]:
                yield Finding("lost", (one.number,), str(missing), f"{len(there)}")
        elif one.step.startswith(STATE) and one.ok and listed is not None:
            events = [each for each in _events(operation, listed, dialect) if _counts(each, counts, wrong)]
            events.sort(key=lambda event: [_ranked(pointer.first(event, where)) for where in order])
            types = [pointer.first(event, type) for event in events]
            expected = _folded(types, begins, leads, moves)
            if types:
                yield Witness((listed.number, one.number), one.step)
            if pointer.first(one.json, state) != expected:
                yield Finding("fold", (listed.number, one.number), expected, str(pointer.first(one.json, state)), shown(types))


def _events(operation: Operation, listing: Exchange, dialect: Dialect) -> list[Any]:
    return dialect.items(listing, operation.spec.operations.get(listing.request.operation)) or []


def _counts(event: Any, counts: Mapping[str, Any], wrong: str) -> bool:
    return all(pointer.first(event, where) == value for where, value in counts.items()) and pointer.first(event, wrong) is None


def _ranked(value: Any) -> tuple[float, str]:
    moment = instant(value) if isinstance(value, str) else None
    return (moment.timestamp(), "") if moment else (0.0, str(value))


def _folded(types: Sequence[Any], begins: str, leads: Mapping[str, str], moves: set[tuple[str, str]]) -> str:
    state = begins
    for kind in types:
        wanted = leads.get(kind)
        state = wanted if wanted and (state, wanted) in moves else state
    return state


def _event(kind: str, at: str, identifier: str, **members: Any) -> dict[str, Any]:
    return {"eventId": identifier, "eventTime": f"2026-03-01T{at}+08:00", "eventType": kind, "classifier": "ACT", **members}


def _capture(*events: Mapping[str, Any], status: int = 200) -> Exchange:
    return exchange(
        "POST /things", status, {"results": []}, name="createThing", step=CAPTURE + "0", actor="a", sent={"events": list(events)}
    )


def _listed(*events: Mapping[str, Any]) -> Exchange:
    return exchange("GET /things", 200, page(*events), name="listThings", step=EVENTS + "0", actor="a")


def _read(state: str) -> Exchange:
    return exchange("GET /things/t", 200, {"thingId": "t", "state": state}, name="getThing", step=STATE + "0", actor="a")


_OPEN, _SHUT = _event("OPENED", "08:00:00", "e1"), _event("SHUT", "09:00:00", "e2")
_PLANNED = {**_event("SHUT", "09:00:00", "e3"), "classifier": "PLN"}
_WRONG = {**_SHUT, "errorDeclaration": {"reason": "x"}}
EXAMPLES = Examples(
    operation="createThing",
    arguments={
        "resource": "thing",
        "begins": "NEW",
        "leads": {"OPENED": "SOLD", "SHUT": "GONE"},
        "counts": {"/classifier": "ACT"},
        "wrong": "/errorDeclaration",
        "order": ["/eventTime", "/eventId"],
        "type": "/eventType",
        "state": "/state",
    },
    conforms=[
        numbered(_capture(_OPEN), _listed(_OPEN), _read("SOLD"), _capture(_SHUT), _listed(_OPEN, _SHUT), _read("GONE")),
        numbered(_capture(_OPEN, _PLANNED), _listed(_PLANNED, _OPEN), _read("SOLD")),
        numbered(_capture(_OPEN, _WRONG), _listed(_OPEN, _WRONG), _read("SOLD")),
        numbered(_capture(_OPEN, _SHUT), _listed(_SHUT, _OPEN), _read("GONE")),
    ],
    violates=[
        numbered(_capture(_OPEN), _listed(_OPEN), _read("NEW")),
        numbered(_capture(_OPEN, _WRONG), _listed(_OPEN, _WRONG), _read("GONE")),
        numbered(_capture(_OPEN, _PLANNED), _listed(_OPEN, _PLANNED), _read("GONE")),
        numbered(_capture(_OPEN, _SHUT), _listed(_OPEN), _read("SOLD")),
    ],
    inconclusive=[[], numbered(_capture(_OPEN, status=409)), numbered(_capture(_OPEN), _listed(_OPEN))],
)
