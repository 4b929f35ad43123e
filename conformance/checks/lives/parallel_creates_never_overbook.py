"""Of several creates that arrive at once on a few free units, exactly as many succeed as units are free.

Why: a capacity that is checked before it is taken is sold twice as soon as two people ask in the same moment; no test that sends
one request at a time can see it.

Where the number of free units is read from a view of live data, it may have changed before the race: a deviation counts only when, with
everything given back, the view shows the same number again.

Fails when: more creates succeed than units were free, or fewer although units were free, or a refused one is not a 409 (`status`), or, where
the row names them, of another type than those in `problems`; or two that succeed are given the same unit.
Inconclusive when: nothing with a known number of free units was found, all were refused, or the target was too busy to answer.
Source: the interface's rule on overbooking.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from conformance import given
from conformance.checks._example import exchange, numbered, problem
from conformance.checks._probes import mistyped
from conformance.checks._statuses import either
from conformance.checks._targets import units_shown, units_view
from conformance.interface.dialect import Dialect
from conformance.model import (
    Examples,
    Exchange,
    Finding,
    Inputs,
    Operation,
    Pause,
    Script,
    Touches,
    Unmet,
    Witness,
    by_step,
)
from conformance.text import pointer

TOUCHES = Touches.WRITES
ASKS = 43
ACTORS = ("b",)
FREE, SHOWN, AFTER, BACK = ": free ", ": shown free ", ": shown again", "given: give back"

ABOUT = """數量有限時，同時到達之多個建立請求，成功者恰等於餘量。
緣由：先檢查後取用之容量，只要兩人同時請求便重複售出；逐一送出請求之測試永遠看不到。
餘量取自即時資料者，可能於競爭前已變動：全部歸還後查詢結果再現相同數目時，偏差方予認定。
不通過：成功者多於餘量，或有餘量而較少；遭拒者非 409（`status`），要求指明時其類型非 `problems` 之一；或兩個成功者分得同一單位。
無法判定：找不到餘量已知者、全數遭拒，或受測目標忙碌而未回應。
依據：介面規範之超額預約規定。
"""

MESSAGES = {
    "overbooked": {
        "en": "more creates succeeded than units were free: expected {expected}, got {actual}",
        "zh-Hant": "成功的建立數多於可用單位：應為 {expected}，實得 {actual}",
    },
    "underbooked": {
        "en": "units were free, yet creates were refused: expected {expected} to succeed, got {actual}",
        "zh-Hant": "仍有可用單位卻遭拒：應成功 {expected}，實得 {actual}",
    },
    "same": {
        "en": "two creates that succeeded were given the same unit: expected {expected}, got {actual}",
        "zh-Hant": "兩個成功的建立獲得同一單位：應為 {expected}，實得 {actual}",
    },
    "type": {
        "en": "a create that found no free unit should be refused with a problem of type {expected}, but it is {actual}",
        "zh-Hant": "無可用單位之建立的拒絕，問題類型應為 {expected}，實為 {actual}",
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
    lapse: float = 0.0,
) -> Script:
    """Per candidate of the recipe: as many creates at once, by two tenants in turn, as there are free units, and `surplus` more.

    `candidates` maps a recipe's candidate to `{units: n}` or `{operation, parameters, units: pointer, same, count}` (where free units
    are read), with `change` for members of its body. What was won lapses by itself after `lapse` seconds, if that is given.
    """
    spec, met = operation.spec, False
    for nth, (name, capacity) in enumerate(candidates.items()):
        found = next(c for c in spec.setup[resource]["candidates"] if c["name"] == name)
        template = {**found, "body": {**found["body"], **capacity.get("change", {})}}
        for body in (yield from given.filled(spec, template, inputs, dialect, nth=nth)):
            fixed = isinstance(capacity["units"], int)
            units = capacity["units"] if fixed else units_shown(capacity, body, (yield units_view(operation, capacity, body)))
            if not 1 <= units <= most:
                continue
            met = True
            race: list[Exchange] = yield [
                given.creation(operation, body, inputs, actor="ab"[index % 2], label=f"race-{nth}-{index}").with_step(
                    f"{name}{FREE if fixed else SHOWN}{units}"
                )
                for index in range(units + surplus)
            ]
            if not fixed and sum(one.ok for one in race) != units:
                yield from _given_back(operation, resource, race)
                if lapse:
                    yield Pause(lapse)
                yield units_view(operation, capacity, body).with_step(name + AFTER)
            break
    if not met:
        raise Unmet("nothing with a small known number of free units was found")


def _given_back(operation: Operation, resource: str, race: Sequence[Exchange]) -> Script:
    """Give back what was won, and wait until that shows."""
    spec, recipe = operation.spec, operation.spec.setup[resource]
    for each in (each for each in race if each.ok and "cleanup" in recipe):
        one = yield from given.retag(spec, given.made(spec, resource, each))
        yield given.change(spec, one, recipe["cleanup"]["members"], tag=one.tag, step=BACK)
    yield Pause(operation.raw.get("x-consistency-ms", 0) / 1000)


def judge(
    operation: Operation,
    trace: Sequence[Exchange],
    dialect: Dialect,
    *,
    candidates: Mapping[str, Mapping[str, Any]],
    status: Sequence[int] = (409,),
    problems: Sequence[str] = (),
    distinct: str = "",
) -> Iterator[Finding | Witness]:
    """One witness per race that proves something; the number of free units is in the step. `status` refuses what is not free, and no
    two that succeeded have the same value at `distinct`.
    """
    steps = by_step(trace)
    for step, race in steps.items():
        name, told, number = step.partition(SHOWN if SHOWN in step else FREE)
        units = int(number) if told else 0
        won = [one for one in race if one.ok]
        refused = [one for one in race if one.status in status]
        others = [one for one in race if one not in won and one not in refused]
        apart = any(one.turned_away for one in others) or any(one.postponed for one in race)
        if not told or len(race) <= units or not won or apart:
            continue  # where nobody wins, somebody else may have taken the units of that interval, or the thing is gone
        numbers = tuple(one.number for one in race)
        units_won = [str(value) for one in won for value in pointer.values(one.json, distinct)] if distinct else []
        if len(set(units_won)) < len(units_won):
            yield Finding("same", numbers, f"{len(units_won)} units", f"{len(set(units_won))}")
        for one in others:
            yield Finding("refusal", (one.number,), either(status), str(one.status))
        for one in refused:
            if mistyped(one, problems, dialect):
                yield Finding("type", (one.number,), " / ".join(problems), dialect.problem_slug(one) or "-")
        if len(won) == units:
            yield Witness(numbers, step)
        if len(won) == units or (others and len(won) < units):
            continue
        body = race[0].request.json()
        if told == FREE or any(units_shown(candidates[name], body, one) == units for one in steps.get(name + AFTER, ())):
            yield Finding("overbooked" if len(won) > units else "underbooked", numbers, str(units), str(len(won)))


def _race(units: int, *statuses: int, after: int | None = None, slug: str = "full", unit: str = "") -> list[Exchange]:
    step = "a thing" + (FREE if after is None else SHOWN) + str(units)
    told = [
        exchange(
            "POST /things",
            status,
            {"thingId": f"t{index}", "unit": unit or f"u{index}"} if status == 201 else problem(status, slug),
            name="createThing",
            step=step,
            sent={"kind": "x"},
            actor="a",
        )
        for index, status in enumerate(statuses)
    ]
    shown = {"spaces": [{"kind": "y", "free": 1}, {"kind": "x", "free": after}]}
    again = exchange("GET /things/t1", 200, shown, name="getThing", step="a thing" + AFTER)
    return numbered(*told) if after is None else numbered(*told, again)


EXAMPLES = Examples(
    operation="createThing",
    conforms=[
        _race(1, 409, 201, 409),
        _race(2, 201, 201, 409, 409),
    ],
    violates=[
        _race(1, 201, 201, 409),
        _race(2, 201, 409, 409, 409),
        _race(1, 201, 500, 409),
        _race(1, 201, 409, 409, slug="closed"),
        _race(2, 201, 201, 409, unit="u1"),
        _race(1, 201, 201, 201, after=1),
        _race(2, 201, 409, 409, 409, after=2),
    ],
    inconclusive=[
        [],
        _race(1, 201, 201, 409, after=2),
        _race(2, 201, 409, 409, 409, after=1),
        _race(1, 429, 429, 201),
        _race(2, 409, 409, 409),
        _race(1, 422, 422, 422),
    ],
    arguments={
        "candidates": {"a thing": {"units": "/spaces/*", "same": ["kind"], "count": "free"}},
        "problems": ["full"],
        "distinct": "/unit",
    },
)
