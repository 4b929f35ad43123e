"""The state of a thing is always what follows from its events that count, in the order in which they happened.

Why: events come late, twice and out of order, and some are taken back. A state that follows from the last one to arrive is right on the
day of the demonstration, and wrong for every parcel whose driver was in a tunnel.

Histories are drawn from the state machine, short ones first. Each is captured in an order of its own, in which every part is legal by itself,
some of it twice, and at last one event is declared wrong; some events lie within one second or at one instant, and offsets differ. After
every step the events and the state are read. A history that fails is made smaller as long as it does, so that a defect is told by the
shortest that shows it.

Fails when: the state that is read is not the fold of the events that were listed just before, or an event that was captured is not listed.
Inconclusive when: nothing could be made, or no capture is accepted.
Source: the interface's rule on state; event sourcing; GS1 EPCIS 2.0.
"""

from __future__ import annotations

import uuid
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from conformance import given
from conformance.checks._example import exchange, numbered, page
from conformance.checks._reading import shown
from conformance.checks.lives._histories import History, Machine, drawn
from conformance.given.templates import fill
from conformance.interface.dialect import Dialect, instant
from conformance.model import Examples, Exchange, Finding, Inputs, Operation, Script, Spec, Touches, Unmet, Witness
from conformance.text import pointer

TOUCHES = Touches.OWN
ASKS = 125
CAPTURE, EVENTS, STATE = "capture ", "events ", "state "
_AGO = 300  # seconds since the last event of a history
_MOST_TRIED = 16  # smaller histories
_LONG_AGO = datetime.min.replace(tzinfo=UTC)

ABOUT = """物之狀態，恆為其應計入之事件依發生順序累計之結果。
緣由：事件會遲到、重複、次序錯亂，有些則遭撤回。依最後到達者決定之狀態，展示當天正確，對司機身在隧道之每件包裹則錯。
歷程由狀態機產生，短者在先：缺失以最短可顯現者說明。各歷程以自己的順序擷取，其各部分本身均合法，部分擷取兩次，最後宣告一事件為誤。每一步後讀取事件與狀態。
不通過：讀得之狀態不是剛列出事件之累計結果，或已擷取之事件未列出。
無法判定：無法建立，或沒有擷取獲得接受。
依據：介面規範之狀態規定；事件溯源；GS1 EPCIS 2.0。
"""

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
    holder: str,
    begins: str,
    leads: Mapping[str, str],
    make: Mapping[str, Mapping[str, Any]],
    each: Mapping[str, Any],
    declaration: Mapping[str, Any],
    counts: Mapping[str, Any],
    wrong: str,
    type: str,
    order: Sequence[str],
    state: str,
    lengths: Sequence[int] = (1, 2, 3, 4, 5, 6, 7, 8),
) -> Script:
    """A history of each of these `lengths`: `make` has the members of an event by its type, `each` those that all have; a capture has them
    in its member `holder`. The first that fails is made smaller, and nothing comes after it.
    """
    machine = _machine(operation.spec, resource, begins, leads)
    rule = _Rule(counts, wrong, order, type, state)
    form = _Form(resource, capture, events, holder, make, each, declaration)
    told = frozenset[int]()
    for nth, length in enumerate(lengths):
        chance = inputs.random("history", nth)
        ids = [str(uuid.UUID(int=chance.getrandbits(128), version=4)) for _ in range(length)]
        history = drawn(machine, list(make), length, ids, chance, told)
        told |= history.telling(machine)
        failed = yield from _played(operation, inputs, dialect, history, machine, form, rule, str(nth))
        if failed:
            yield from _shrunk(operation, inputs, dialect, history, machine, form, rule)
        if failed is not False:
            return


@dataclass(frozen=True)
class _Rule:
    """How an event is read: what holds of those that count, where a declaration stands, what orders them, the type, and the state of a thing."""

    counts: Mapping[str, Any]
    wrong: str
    order: Sequence[str]
    type: str
    state: str


@dataclass(frozen=True)
class _Form:
    """How an event is captured and listed, and of what it is made."""

    resource: str
    capture: str
    events: str
    holder: str
    make: Mapping[str, Mapping[str, Any]]
    each: Mapping[str, Any]
    declaration: Mapping[str, Any]


def _played(
    operation: Operation,
    inputs: Inputs,
    dialect: Dialect,
    history: History,
    machine: Machine,
    form: _Form,
    rule: _Rule,
    label: str,
) -> Script:
    """Captures a history on a new thing; whether the state was wrong at some point. None where a capture was not accepted."""
    spec = operation.spec
    one = yield from given.created(spec, form.resource, inputs, dialect, nth=zlib.crc32(label.encode()) % 1_000)
    now = dialect.server_time(one.exchange)
    if now is None:
        raise Unmet("the target does not tell what time it is")
    made = _made(history, now, inputs, form, rule)
    batches = [[made[place] for place in step] for step in (*history.captures, history.captures[0])]  # the first once more
    mistaken = history.wrong(machine)
    if mistaken is not None:
        batches.append([{**made[mistaken], **fill(dict(form.declaration), None, now, inputs, 0)}])
    for batch in batches:
        sent = spec.operations[form.capture].request(
            path={_slot(spec, form.capture): one.id}, json={form.holder: batch}, actor="a"
        )
        answer: Exchange = yield sent.with_step(f"{CAPTURE}{label}")
        if not answer.ok:
            return None
        listed: Exchange = yield spec.operations[form.events].request(
            path={_slot(spec, form.events): one.id}, actor="a", step=f"{EVENTS}{label}"
        )
        shown_state: Exchange = yield given.read(spec, one, step=f"{STATE}{label}")
        if listed.ok and shown_state.ok:
            types = _types(operation, listed, dialect, rule)
            if pointer.first(shown_state.json, rule.state) != machine.fold(types):
                return True
    return False


def _made(history: History, now: datetime, inputs: Inputs, form: _Form, rule: _Rule) -> list[dict[str, Any]]:
    """The bodies of the events; the last one happened some minutes ago."""
    last = history.events[-1].micros // 1_000_000 * 1_000_000
    found = []
    for event in history.events:
        seconds, micros = divmod(event.micros - last, 1_000_000)
        time = fill({"now": seconds - _AGO, "micros": micros, "zone": event.zone}, None, now, inputs, 0)
        named = {pointer.segments(rule.order[-1])[0]: event.id, pointer.segments(rule.order[0])[0]: time}
        found.append({**named, pointer.segments(rule.type)[0]: event.kind, **form.make[event.kind], **form.each})
    return found


def _shrunk(
    operation: Operation,
    inputs: Inputs,
    dialect: Dialect,
    history: History,
    machine: Machine,
    form: _Form,
    rule: _Rule,
) -> Script:
    """Looks for a smaller history that fails, event by event, until none does or enough were tried."""
    tried, improved = 0, True
    while improved:
        improved = False
        for smaller in history.smaller(machine):
            if tried >= _MOST_TRIED:
                return
            tried += 1
            failed = yield from _played(operation, inputs, dialect, smaller, machine, form, rule, f"smaller {tried}")
            if failed:
                history, improved = smaller, True
                break


def _slot(spec: Spec, name: str) -> str:
    return next(p.name for p in spec.operations[name].parameters if p.location == "path")


def _machine(spec: Spec, resource: str, begins: str, leads: Mapping[str, str]) -> Machine:
    return Machine(begins, leads, frozenset((step["from"], step["to"]) for step in given.machine(spec, resource)["transitions"]))


def judge(
    operation: Operation,
    trace: Sequence[Exchange],
    dialect: Dialect,
    *,
    resource: str,
    holder: str,
    begins: str,
    leads: Mapping[str, str],
    counts: Mapping[str, Any],
    wrong: str,
    order: Sequence[str],
    type: str,
    state: str,
) -> Iterator[Finding | Witness]:
    """A witness per state that was read behind a listing of events that count. `counts` holds of those, and nothing stands at `wrong`. Of
    the findings the one with the fewest events comes first.
    """
    machine, rule = _machine(operation.spec, resource, begins, leads), _Rule(counts, wrong, order, type, state)
    captured: dict[str, list[Any]] = {}
    listed: Exchange | None = None
    wrongly: list[tuple[int, Finding]] = []
    for one in trace:
        if one.step.startswith(CAPTURE):
            listed = None
            sent = one.request.json()
            if one.ok and isinstance(sent, Mapping):
                names = pointer.values(sent, f"/{holder}/*{order[-1]}")
                captured.setdefault(one.step.removeprefix(CAPTURE), []).extend(names)
        elif one.step.startswith(EVENTS) and one.ok:
            listed = one
            there = {name for event in _events(operation, one, dialect) for name in pointer.values(event, order[-1])}
            for missing in [each for each in captured.get(one.step.removeprefix(EVENTS), ()) if each not in there]:
                yield Finding("lost", (one.number,), str(missing), f"{len(there)}")
        elif one.step.startswith(STATE) and one.ok and listed is not None:
            types = _types(operation, listed, dialect, rule)
            expected, actual = machine.fold(types), str(pointer.first(one.json, state))
            if types:
                yield Witness((listed.number, one.number), one.step)
            if actual != expected:
                wrongly.append((len(types), Finding("fold", (listed.number, one.number), expected, actual, shown(types))))
    yield from (finding for _, finding in sorted(wrongly, key=lambda pair: pair[0]))


def _events(operation: Operation, listing: Exchange, dialect: Dialect) -> list[Any]:
    return dialect.items(listing, operation.spec.operations.get(listing.request.operation)) or []


def _types(operation: Operation, listing: Exchange, dialect: Dialect, rule: _Rule) -> list[Any]:
    """The types of the listed events that count, in their order."""
    events = [each for each in _events(operation, listing, dialect) if _counts(each, rule)]
    events.sort(key=lambda event: [_ranked(pointer.first(event, where)) for where in rule.order])
    return [pointer.first(event, rule.type) for event in events]


def _counts(event: Any, rule: _Rule) -> bool:
    holds = all(pointer.first(event, where) == value for where, value in rule.counts.items())
    return holds and pointer.first(event, rule.wrong) is None


def _ranked(value: Any) -> tuple[datetime, str]:
    moment = instant(value) if isinstance(value, str) else None
    return (moment, "") if moment else (_LONG_AGO, str(value))


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
        "holder": "events",
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
