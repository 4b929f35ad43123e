"""Of several creates that arrive at once on a few free units, exactly as many succeed as units are free.

Why: a capacity that is checked before it is taken is sold twice as soon as two people ask in the same moment; no test that sends
one request at a time can see it.

Fails when: more creates succeed than units were free, or fewer although units were free, or a refused one is not a 409.
Inconclusive when: nothing with a known number of free units was found, all were refused, others came or went meanwhile, or the target
was too busy to answer.
Source: the interface's rule on overbooking.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from conformance import given, pointer
from conformance.checks._example import exchange, numbered, problem
from conformance.dialect import Dialect
from conformance.model import Examples, Exchange, Finding, Inputs, Operation, Request, Script, Touches, Unmet, Witness, by_step

TOUCHES = Touches.WRITES
AFTERWARDS = ", afterwards"
MESSAGES = {
    "overbooked": {
        "en": "more creates succeeded than units were free: expected {expected}, got {actual}",
        "zh-Hant": "成功的建立數多於可用單位：應為 {expected}，實得 {actual}",
    },
    "underbooked": {
        "en": "units were free, yet creates were refused: expected {expected} to succeed, got {actual}",
        "zh-Hant": "仍有可用單位卻遭拒：應成功 {expected}，實得 {actual}",
    },
    "refusal": {
        "en": "a create that found no free unit should be answered {expected}, but got {actual}",
        "zh-Hant": "無可用單位的建立應回應 {expected}，實得 {actual}",
    },
}


def drive(
    operation: Operation,
    inputs: Inputs,
    dialect: Dialect,
    *,
    resource: str,
    candidates: Mapping[str, Mapping[str, Any]],
    surplus: int = 3,
    most: int = 8,
) -> Script:
    """Per candidate of the recipe: as many creates at once as there are free units, and `surplus` more.

    `candidates` maps a recipe's candidate to `{units: n}` or `{operation, parameters, units: pointer}` (where free units are read).
    """
    spec, met = operation.spec, False
    for nth, (name, capacity) in enumerate(candidates.items()):
        for body in (yield from given.bodies(spec, resource, inputs, dialect, nth=nth, candidate=name)):
            units = yield from _units(operation, capacity, body)
            if not 1 <= units <= most:
                continue
            met = True
            yield [
                given.creation(operation, body, inputs, actor="a", label=f"race-{nth}-{index}").with_step(f"{name}: {units} free")
                for index in range(units + surplus)
            ]
            if "operation" in capacity:
                yield _look(operation, capacity, body).with_step(f"{name}: {units} free{AFTERWARDS}")
            break
    if not met:
        raise Unmet("nothing with a small known number of free units was found")


def _units(operation: Operation, capacity: Mapping[str, Any], body: Mapping[str, Any]) -> Script:
    if isinstance(capacity["units"], int):
        return capacity["units"]
    answer: Exchange = yield _look(operation, capacity, body).with_step(f"given: {capacity['operation']}")
    return _free(answer, capacity, body)


def _look(operation: Operation, capacity: Mapping[str, Any], body: Mapping[str, Any]) -> Request:
    """The request that shows how many units are free."""
    values = {name: pointer.first(body, where) for name, where in capacity["parameters"].items()}
    return operation.spec.operations[capacity["operation"]].request(path=values)


def _free(answer: Exchange, capacity: Mapping[str, Any], body: Mapping[str, Any]) -> int:
    """How many units of what the body asks for an answer shows as free."""
    for entry in pointer.values(answer.json, capacity["units"]):
        if isinstance(entry, dict) and all(entry.get(key) == body.get(key) for key in capacity.get("same", ())):
            found = entry.get(capacity["count"])
            return found if isinstance(found, int) else 0
    return 0


def judge(
    operation: Operation, trace: Sequence[Exchange], dialect: Dialect, *, candidates: Mapping[str, Mapping[str, Any]]
) -> Iterator[Finding | Witness]:
    """One witness per race; the number of free units is in the step. Where it was read, it has to be read again unchanged."""
    steps = by_step(trace)
    for step, race in steps.items():
        if step.endswith(AFTERWARDS):
            continue
        capacity = candidates.get(step.rsplit(": ", 1)[0], {})
        if "operation" in capacity and not _undisturbed(steps.get(step + AFTERWARDS, ()), capacity, race[0]):
            continue
        units = int(step.rsplit(": ", 1)[1].split(" ")[0])
        numbers = tuple(one.number for one in race)
        won = [one for one in race if one.ok]
        refused = [one for one in race if one.status == 409]
        others = [one for one in race if one not in won and one not in refused]
        if len(race) <= units or len(refused) == len(race) or any(one.status in (0, 429) for one in others):
            continue  # where all are refused, somebody else may have taken the units of that interval
        yield Witness(numbers, step)
        for one in others:
            yield Finding("refusal", (one.number,), "409", str(one.status))
        if len(won) > units:
            yield Finding("overbooked", numbers, str(units), str(len(won)))
        elif len(won) < units and not others:
            yield Finding("underbooked", numbers, str(units), str(len(won)))


def _undisturbed(looks: Sequence[Exchange], capacity: Mapping[str, Any], first: Exchange) -> bool:
    """Whether as many units are free after the race, which is for a later interval, as before: else others came or went."""
    units = int(first.step.rsplit(": ", 1)[1].split(" ")[0])
    return bool(looks) and looks[-1].ok and _free(looks[-1], capacity, first.request.json()) == units


def _race(units: int, *statuses: int, name: str = "a thing") -> list[Exchange]:
    return numbered(
        *(
            exchange(
                "POST /things",
                status,
                {"thingId": f"t{index}"} if status == 201 else problem(status),
                name="createThing",
                step=f"{name}: {units} free",
                actor="a",
                sent={"kind": "x"},
            )
            for index, status in enumerate(statuses)
        )
    )


def _counted(units: int, afterwards: int, *statuses: int) -> list[Exchange]:
    body = {"parts": [{"kind": "x", "free": afterwards}]}
    step = f"a counted thing: {units} free{AFTERWARDS}"
    look = exchange("GET /things/t1", 200, body, name="getThing", step=step)
    return numbered(*_race(units, *statuses, name="a counted thing"), look)


_COUNTED = {"operation": "getThing", "parameters": {"thingId": "/t"}, "units": "/parts/*", "same": ["kind"], "count": "free"}
EXAMPLES = Examples(
    operation="createThing",
    arguments={"candidates": {"a thing": {"units": 1}, "a counted thing": _COUNTED}},
    conforms=[_race(1, 409, 201, 409), _race(2, 201, 201, 409, 409), _counted(2, 2, 201, 201, 409)],
    violates=[
        _race(1, 201, 201, 409),
        _race(2, 201, 409, 409, 409),
        _race(1, 201, 500, 409),
        _counted(2, 2, 201, 201, 201),
    ],
    inconclusive=[
        [],
        _race(1, 429, 429, 201),
        _race(2, 409, 409, 409),
        _counted(2, 3, 201, 201, 201),
        _race(2, 201, 201, 201, name="a counted thing"),
    ],
)
