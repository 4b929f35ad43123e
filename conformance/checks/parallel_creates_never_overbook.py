"""Of several creates that arrive at once on a few free units, exactly as many succeed as units are free.

Why: a capacity that is checked before it is taken is sold twice as soon as two people ask in the same moment; no test that sends
one request at a time can see it.

Fails when: more creates succeed than units were free, or fewer although units were free, or a refused one is not a 409.
Inconclusive when: nothing with a known number of free units was found, all were refused, or the target was too busy to answer.
Source: the interface's rule on overbooking.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from conformance import given, pointer
from conformance.checks._example import exchange, numbered, problem
from conformance.dialect import Dialect
from conformance.model import Examples, Exchange, Finding, Inputs, Operation, Script, Touches, Unmet, Witness, by_step

TOUCHES = Touches.WRITES
ACTORS = ("b",)

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
    """Per candidate of the recipe: as many creates at once, by two tenants in turn, as there are free units, and `surplus` more.

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
                given.creation(operation, body, inputs, actor="ab"[index % 2], label=f"race-{nth}-{index}").with_step(
                    f"{name}: {units} free"
                )
                for index in range(units + surplus)
            ]
            break
    if not met:
        raise Unmet("nothing with a small known number of free units was found")


def _units(operation: Operation, capacity: Mapping[str, Any], body: Mapping[str, Any]) -> Script:
    if isinstance(capacity["units"], int):
        return capacity["units"]
    source = operation.spec.operations[capacity["operation"]]
    values = {name: pointer.first(body, where) for name, where in capacity["parameters"].items()}
    answer: Exchange = yield source.request(path=values, step=f"given: {source.id}")
    for entry in pointer.values(answer.json, capacity["units"]):
        if isinstance(entry, dict) and all(entry.get(key) == body.get(key) for key in capacity.get("same", ())):
            found = entry.get(capacity["count"])
            return found if isinstance(found, int) else 0
    return 0


def judge(operation: Operation, trace: Sequence[Exchange], dialect: Dialect) -> Iterator[Finding | Witness]:
    """One witness per race; the number of free units is in the step."""
    for step, race in by_step(trace).items():
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


def _race(units: int, *statuses: int) -> list[Exchange]:
    return numbered(
        *(
            exchange(
                "POST /things",
                status,
                {"thingId": f"t{index}"} if status == 201 else problem(status),
                name="createThing",
                step=f"a thing: {units} free",
                actor="a",
            )
            for index, status in enumerate(statuses)
        )
    )


EXAMPLES = Examples(
    operation="createThing",
    conforms=[_race(1, 409, 201, 409), _race(2, 201, 201, 409, 409)],
    violates=[_race(1, 201, 201, 409), _race(2, 201, 409, 409, 409), _race(1, 201, 500, 409)],
    inconclusive=[[], _race(1, 429, 429, 201), _race(2, 409, 409, 409)],
)
