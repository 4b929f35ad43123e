"""Histories that are drawn: what they are to tell apart, and how one that fails is made smaller."""

from __future__ import annotations

import random
import uuid
from pathlib import Path

import pytest

from conformance.checks.lives._histories import History, Machine, drawn
from conformance.load import data_folders, load_profile
from conformance.model import Outcome
from tests.second_logistics.faults import FAULTS
from tests.test_second_logistics import Choices, verdicts

ROW = next(row for row in load_profile(data_folders(), "logistics", "full")[1].requirements if row.id == "LGS-007")


@pytest.fixture(scope="module")
def machine() -> Machine:
    spec = load_profile(data_folders(), "logistics", "full")[1]
    state = spec.document["components"]["schemas"]["Shipment"]["properties"]["state"]
    moves = frozenset((step["from"], step["to"]) for step in state["x-state-machine"]["transitions"])
    assert ROW.binding is not None
    return Machine(ROW.binding.arguments["begins"], ROW.binding.arguments["leads"], moves)


def several(machine: Machine, seed: int, lengths: range) -> list[History]:
    assert ROW.binding is not None
    told, found = frozenset[int](), list[History]()
    for length in lengths:
        chance = random.Random(f"{seed}/{length}")
        ids = [str(uuid.UUID(int=chance.getrandbits(128), version=4)) for _ in range(length)]
        found.append(drawn(machine, list(ROW.binding.arguments["make"]), length, ids, chance, told))
        told |= found[-1].telling(machine)
    return found


def test_every_part_of_a_drawn_history_is_legal_and_every_event_is_captured(machine: Machine) -> None:
    for history in several(machine, 1, range(1, 9)):
        assert history.is_legal(machine)
        assert sorted(place for step in history.captures for place in step) == list(range(len(history.events)))
        places = [(one.micros, one.id) for one in history.events]
        assert places == sorted(places), "they happen in the order in which they stand, ids decide at one instant"


@pytest.mark.heavy
def test_together_they_tell_every_wrong_order_apart(machine: Machine) -> None:
    whole = [frozenset[int]().union(*(one.telling(machine) for one in several(machine, seed, range(1, 9)))) for seed in range(6)]
    assert sum(len(found) == 4 for found in whole) >= 4, whole


def test_a_smaller_history_has_an_event_or_a_capture_less_and_is_legal(machine: Machine) -> None:
    history = several(machine, 3, range(6, 7))[0]
    found = list(history.smaller(machine))
    assert found
    for one in found:
        assert one.is_legal(machine)
        assert (len(one.events), len(one.captures)) < (len(history.events), len(history.captures) + 1)
        assert one.wrong(machine) is None or one.wrong(machine) in range(len(one.events))


def test_a_history_that_fails_is_made_smaller_until_none_does(cache: Path) -> None:
    fault = FAULTS["events_are_folded_as_they_were_recorded"]
    (verdict,) = verdicts(Choices(), cache, "LGS-007", bend=fault.bend)
    assert verdict.outcome is Outcome.FAIL
    first = verdict.findings[0]
    assert len(first.at.split(",")) == 4, "it takes a state that is left and come back to"
