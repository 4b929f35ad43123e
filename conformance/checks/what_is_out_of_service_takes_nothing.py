"""Status codes mean what they say: they agree with the numbers beside them, and what is out of service takes no booking.

Why: navigation shows the code and the booking follows the number; when the two disagree, drivers are sent to a full car park, or book
a space behind a closed gate.

Fails when: a document of an operation breaks one of its rules, or a booking of something out of service is not answered 409.
Inconclusive when: no such document was read, or nothing out of service was found or asked for.
Source: Transport Data eXchange (TDX), codes of parking availability; the interface's rules on capacity.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from conformance import given, pointer, schema
from conformance.checks._example import exchange, numbered, problem
from conformance.checks._own import unusable
from conformance.dialect import Dialect
from conformance.model import Examples, Exchange, Finding, Inputs, Operation, Script, Touches, Unmet, Witness

TOUCHES = Touches.WRITES
CLOSED = "out of service: "
_TRIES = 2

MESSAGES = {
    "disagree": {
        "en": "codes and numbers disagree ({at}): expected {expected}, got {actual}",
        "zh-Hant": "代碼與數值不一致（{at}）：應為 {expected}，實得 {actual}",
    },
    "taken": {
        "en": "a booking of something out of service ({at}) should be answered {expected}, but got {actual}",
        "zh-Hant": "預約停止服務之標的（{at}）應回應 {expected}，實得 {actual}",
    },
}


def drive(operation: Operation, inputs: Inputs, dialect: Dialect, *, closed: Sequence[Mapping[str, Any]]) -> Script:
    """`closed` are candidates as in a recipe, whose `find` describes what is out of service; a few of each are asked for."""
    missing = 0
    for entry in closed:
        bodies = yield from given.filled(operation.spec, entry, inputs, dialect)
        whole = [body for body in bodies if all(value is not None for value in body.values())]
        missing += not whole
        for index, body in enumerate(whole[:_TRIES]):
            label = f"{entry['name']}-{index}".replace(" ", "-")
            yield given.creation(operation, body, inputs, actor="a", label=label).with_step(f"{CLOSED}{entry['name']}")
    if missing == len(closed):
        raise Unmet("nothing that is out of service was found")


def judge(
    operation: Operation, trace: Sequence[Exchange], dialect: Dialect, *, rules: Sequence[Mapping[str, Any]] = ()
) -> Iterator[Finding | Witness]:
    """One witness for all documents, one per kind of thing out of service.

    Each of the `rules` has an `operation` of whose answers it speaks, a `schema` that holds in them, `says` (the rule in words) and
    `shows` (pointers of the values that it is about).
    """
    for rule in rules:
        yield from _agreeing(rule, trace)
    witnessed: set[str] = set()
    for one in trace:
        if not one.step.startswith(CLOSED) or unusable(one):
            continue
        label = one.step.removeprefix(CLOSED)
        if label not in witnessed:
            witnessed.add(label)
            yield Witness((one.number,), label)
        if one.status != 409:
            yield Finding("taken", (one.number,), "409", str(one.status), label)


def _agreeing(rule: Mapping[str, Any], trace: Sequence[Exchange]) -> Iterator[Finding | Witness]:
    documents = [one for one in trace if one.request.operation == rule["operation"] and one.status == 200]
    if documents:
        yield Witness(tuple(one.number for one in documents[:3]), rule["operation"])
    for one in documents:
        if not schema.is_valid(rule["schema"], one.json):
            values = ", ".join(f"{at} {pointer.first(one.json, at)}" for at in rule.get("shows", ()))
            yield Finding("disagree", (one.number,), rule["says"], values, one.request.path)


def _state(full: int, free: int | None) -> Exchange:
    return exchange("GET /things/t1", 200, {"full": full, "free": free}, name="getThing", step="given: getThing")


def _book(status: int) -> Exchange:
    return exchange("POST /things", status, problem(status), name="createThing", step=CLOSED + "a closed thing", actor="a")


_RULE = {
    "operation": "getThing",
    "says": "full = 1 exactly when free = 0",
    "shows": ["/full", "/free"],
    "schema": {
        "oneOf": [
            {"properties": {"full": {"const": 1}, "free": {"const": 0}}},
            {"properties": {"full": {"const": 0}, "free": {"not": {"const": 0}}}},
        ]
    },
}
EXAMPLES = Examples(
    operation="createThing",
    conforms=[numbered(_state(1, 0), _state(0, 3), _state(0, None), _book(409))],
    violates=[[_state(1, 3)], [_state(0, 0)], [_state(1, None)], [_book(201)], [_book(422)]],
    inconclusive=[[], [_book(429)]],
    arguments={"rules": [_RULE]},
)
