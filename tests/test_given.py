"""What scripts make and choose for themselves: by the server's time, whatever becomes of an answer, and where there is something to see."""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import conformance
from conformance import checks, given
from conformance.checks._example import exchange, operation, page, shop
from conformance.interface.dialect import HOUSE
from conformance.interface.openapi import read_operations
from conformance.model import Exchange, Finding, Inputs, Operation, Pause, Request, Script, Unmet, Witness

FIRST = "2026-01-01T00:00:00Z"
SENT = 1_790_000_000_000  # milliseconds


def played(script: Script, answer: Callable[[Request], Exchange]) -> tuple[Any, list[Exchange]]:
    """What a script gives when it is answered so, and what it asked."""
    trace: list[Exchange] = []
    told: Any = None
    try:
        while True:
            ask = script.send(told)
            assert isinstance(ask, Request | Pause)
            told = None if isinstance(ask, Pause) else replace(answer(ask), request=ask, number=len(trace) + 1)
            trace += [] if told is None else [told]
    except StopIteration as end:
        return end.value, trace


class Shop:
    """A right shop behind a gateway that loses the answers to some changes, by their turn; `makes`: whether those are made all the same."""

    def __init__(self, *lost: int, makes: bool = True) -> None:
        self.lost, self.makes, self.changes = lost, makes, 0
        self.states: dict[str, str] = {}
        self.versions: dict[str, int] = {}
        self.bodies: list[Any] = []

    def __call__(self, request: Request) -> Exchange:
        line = f"{request.method} {request.path}"
        if request.operation == "createThing":
            identifier = f"t{len(self.states) + 1}"
            self.states[identifier], self.versions[identifier] = "NEW", 1
            self.bodies.append(request.json())
            return self.shown(line, identifier, 201)
        identifier = request.path.rpartition("/")[2]
        if request.operation != "updateThing":
            return self.shown(line, identifier) if identifier in self.states else exchange(line, 200, page(), at=SENT)
        self.changes += 1
        gone = self.changes in self.lost
        if not gone or self.makes:
            self.states[identifier] = request.json()["state"]
            self.versions[identifier] += 1
        return replace(exchange(line, 502), attributes={"unsettled": True}) if gone else self.shown(line, identifier)

    def shown(self, line: str, identifier: str, status: int = 200) -> Exchange:
        thing = {"thingId": identifier, "state": self.states[identifier]}
        return exchange(line, status, thing, headers={"ETag": f'"{self.versions[identifier]}"'}, at=SENT)


# ------------------------------------------------------------------------------------------ answers that are lost


def moved(server: Shop) -> Script:
    one = yield from given.created(shop(), "thing", Inputs(), HOUSE)
    return (yield from given.move(shop(), one, "GONE"))


@pytest.mark.parametrize("lost", [(), (1,), (2,), (1, 2)])
def test_a_move_whose_answer_is_lost_is_known_by_what_it_moved(lost: tuple[int, ...]) -> None:
    server = Shop(*lost)
    one, _ = played(moved(server), server)
    assert one.representation["state"] == "GONE"
    assert (one.tag, server.changes) == ('"3"', 2)


def test_a_move_that_was_not_made_is_none() -> None:
    server = Shop(1, makes=False)
    with pytest.raises(Unmet, match="moving thing to SOLD answered 502"):
        played(moved(server), server)


@pytest.mark.parametrize(("lost", "made"), [((), 1), ((1,), 2), ((2,), 2), ((1, 2), 3)])
def test_tags_are_tried_on_another_thing_where_an_answer_is_lost(lost: tuple[int, ...], made: int) -> None:
    server, check = Shop(*lost), checks.check("a_new_tag_serves_the_next_change")
    assert check.drive is not None
    _, trace = played(check.drive(operation("updateThing"), Inputs(), HOUSE), server)
    assert len(server.states) == made
    said = list(check.judge(operation("updateThing"), [one for one in trace if not one.unsettled], HOUSE))
    assert all(isinstance(one, Witness) for one in said)
    assert len(said) >= 2


# ------------------------------------------------------------------------------------------ the time


def test_what_things_stand_on_is_filled_by_the_time_of_an_exchange() -> None:
    candidate = {"of": {"thing": {"startTime": {"now": 60}}}, "body": {"colour": "red"}}
    server = Shop()
    _, trace = played(given.standing(shop(), candidate, Inputs(), HOUSE, actor="a", nth=0, things={}), server)
    assert [one.step for one in trace][:1] == ["given: the time"]
    assert server.bodies[0]["startTime"] == "2026-09-21T22:14:20+08:00"


def test_nothing_asks_for_the_time_that_has_none_in_it() -> None:
    server = Shop()
    candidate = {"of": {"thing": {"colour": "blue"}}, "body": {"colour": "red"}}
    _, trace = played(given.standing(shop(), candidate, Inputs(), HOUSE, actor="a", nth=0, things={}), server)
    assert [one.request.operation for one in trace] == ["createThing"]


def test_no_script_has_a_clock_of_its_own() -> None:
    root = Path(conformance.__file__).parent
    found = [
        f"{path.name}:{node.lineno}"
        for wing in ("checks", "given")
        for path in (root / wing).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute) and node.attr in {"now", "utcnow", "today", "time", "monotonic", "perf_counter"}
        if isinstance(node.value, ast.Name) and node.value.id in {"datetime", "date", "time", "clock"}
    ]
    assert not found


# ------------------------------------------------------------------------------------------ what others change meanwhile

RANGES = "time_ranges_are_half_open"


def thing(name: str, day: int) -> dict[str, Any]:
    return {"thingId": name, "startTime": f"2026-01-0{day}T08:00:00+08:00"}


A, B, C = thing("a", 1), thing("b", 2), thing("c", 3)


def ranges(**shown: list[dict[str, Any]]) -> list[str]:
    """What is said of a reading of all, of two ranges and their union, and of the same again, each as named or as it should be."""
    right = {"all": [A, B, C], "first": [A], "second": [B, C], "union": [A, B, C]}
    day = "2026-01-0{}T00:00:00Z".format
    spans = {"first": (1, 2), "second": (2, 4), "union": (1, 4)}
    trace = [exchange("GET /things", 200, page(*shown.get("all", right["all"])), step="all")]
    for nth in "01":
        for part, (since, until) in spans.items():
            items = shown.get(part + nth, right[part])
            line = f"GET /things?from={day(since)}&to={day(until)}"
            trace.append(exchange(line, 200, page(*items), step=f"{part} {nth}", number=len(trace) + 1))
    said = list(checks.check(RANGES).judge(operation("listThings"), trace, HOUSE))
    assert any(isinstance(one, Witness) for one in said)
    return [one.message for one in said if isinstance(one, Finding)]


def test_what_comes_goes_or_moves_between_two_views_is_nobodys_fault() -> None:
    assert ranges() == []
    new, moved_on = thing("n", 2), thing("a", 3)
    assert ranges(union0=[A, B, C, new], second1=[B, C, new], union1=[A, B, C, new]) == [], "it came before the union"
    assert ranges(second0=[B], union0=[A, B], second1=[B], union1=[A, B]) == [], "it went before the second"
    assert ranges(second0=[B, C, moved_on]) == [], "it is later by then"


def test_what_was_there_before_and_after_is_missed() -> None:
    assert set(ranges(second0=[C], second1=[C])) == {"union", "border"}
    assert ranges(union0=[A, B]) == ["union"]
    assert ranges(first0=[A, B], first1=[A, B]) == ["both", "both"]


# ------------------------------------------------------------------------------------------ where there is something to see


class Listed:
    """A shop in which a thing has parts by its state: new ones one, those that are gone several. Only the filter shows these."""

    def __init__(self, *states: str, beyond: str = "") -> None:
        self.things = {f"t{nth}": state for nth, state in enumerate(states)}
        self.beyond = beyond

    def __call__(self, request: Request) -> Exchange:
        line = f"{request.method} {request.target}"
        if request.operation == "listThings":
            wanted = request.parameter("state")
            shown = {"tz": self.beyond} if wanted and wanted == self.beyond else {} if wanted else self.things
            return exchange(line, 200, page(*({"thingId": name, "state": state} for name, state in shown.items())))
        identifier = request.path.split("/")[2]
        several = self.things.get(identifier, self.beyond) == "GONE"
        return exchange(line, 200, page(*([A, B, C] if several else [A])), name="listParts")


def parts() -> Operation:
    """The list of a thing's parts, with a range of time, in a shop whose list of things can be asked for a state."""
    document = copy.deepcopy(shop().document)
    things, of_one = document["paths"]["/things"]["get"], document["paths"]["/things/{thingId}/parts"]["get"]
    of_one["x-collection"] = {"items": "/items", "id": ["/thingId"], "sort": ["/startTime"]}
    of_one["parameters"] += [p for p in things["parameters"] if p["name"] in ("from", "to")]
    state = {"name": "state", "in": "query", "schema": {"type": "string"}, "x-filter": {"match": "equals", "on": "/state"}}
    things["parameters"].append(state)
    leads = things["responses"]["200"]["links"]
    leads["parts"] = {"operationId": "listParts", "parameters": {"thingId": "$response.body#/items/0/thingId"}}
    machine = document["components"]["schemas"]["Thing"]["properties"]["state"]["x-state-machine"]
    machine["transitions"] = [one for one in machine["transitions"] if one["by"] == "client"]  # so what is gone was sold
    operations: dict[str, Operation] = {}
    spec = replace(shop(), document=document, operations=operations)
    operations.update(read_operations(spec))
    return operations["listParts"]


@pytest.mark.parametrize(
    ("server", "most"),
    [
        (Listed(*["NEW"] * 40, "GONE", *["NEW"] * 40), 2),
        (Listed(*["NEW"] * 80, beyond="GONE"), 3),
        (Listed("SOLD", "NEW", "GONE"), 2),
    ],
)
def test_of_things_with_parts_one_is_taken_that_has_several(server: Listed, most: int) -> None:
    check, listing = checks.check(RANGES), parts()
    assert check.drive is not None
    for seed in range(5):
        _, trace = played(check.drive(listing, Inputs(seed), HOUSE), server)
        before = [one for one in trace if one.step.startswith("given:")]
        assert len(before) <= most
        assert any(one.step == "union 1" for one in trace)


def test_of_things_that_tell_nothing_that_is_said() -> None:
    check = checks.check(RANGES)
    assert check.drive is not None
    with pytest.raises(Unmet, match="fewer than two items at different times"):
        played(check.drive(parts(), Inputs(), HOUSE), Listed("NEW", "SOLD"))
