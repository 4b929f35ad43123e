"""Which few of many items are looked at: those for which something holds; some for what few others show, the rest by chance; always the same."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.checks._filters import sample, spread
from conformance.given.templates import narrowed
from conformance.model import Inputs
from conformance.text import pointer

ITEMS: list[dict[str, Any]] = [{"id": f"x{nth}", "state": "CREATED", "size": nth} for nth in range(100)]


def test_a_state_that_one_of_a_hundred_is_in_is_looked_at() -> None:
    items = [*ITEMS, {"id": "y", "state": "CANCELLED", "size": 1}, {"id": "z", "state": "CREATED", "size": 2, "note": "seldom"}]
    for seed in range(20):
        assert {"y", "z"} <= {item["id"] for item in spread(items, Inputs(seed), "list", most=8)}


def test_one_of_each_state_is_looked_at_where_a_state_is_named() -> None:
    states = ["CREATED"] * 90 + ["HELD", "LOST", "DONE", "GONE", "SOLD", "KEPT"]
    items = [{"id": nth, "its": {"state": state}, "kind": "a"} for nth, state in enumerate(states)]
    for seed in range(10):
        assert {item["its"]["state"] for item in spread(items, Inputs(seed), most=8, by="/its/state")} == set(states)
    assert len(spread(items, Inputs(1), most=3, by="/its/state")) == 3


def test_what_every_item_has_of_its_own_is_no_reason() -> None:
    chosen = {tuple(item["id"] for item in spread(ITEMS, Inputs(seed), "list", most=4)) for seed in range(20)}
    assert len(chosen) > 10


@given(
    st.lists(st.dictionaries(st.sampled_from("abc"), st.sampled_from(["x", "y", 1, None, True])), max_size=30), st.integers(0, 9)
)
def test_as_many_as_are_asked_for_each_once_and_the_same_again(items: list[dict[str, Any]], seed: int) -> None:
    numbered = [{**item, "id": nth} for nth, item in enumerate(items)]
    found = spread(numbered, Inputs(seed), "list", most=6)
    ids = [item["id"] for item in found]
    assert len(ids) == len(set(ids)) == min(6, len(items))
    assert found == spread(numbered, Inputs(seed), "list", most=6)
    assert all(item in sample(numbered, Inputs(seed), "list", most=len(numbered)) for item in found)


def test_items_that_are_no_objects_are_drawn_by_chance() -> None:
    assert len(spread(["a", "b", "c"], Inputs(1), "list", most=2)) == 2


@pytest.mark.parametrize("items", ["/items", "/data/rows", ""])
def test_a_list_is_narrowed_wherever_a_wire_keeps_its_items(items: str) -> None:
    rows = [{"kind": "a"}, {"kind": "b"}, {"kind": ["a"]}]
    document: Any = rows
    for name in reversed(pointer.segments(items)):
        document = {name: document, "page": 1}
    found = narrowed(document, items, {"/kind": "a"})
    assert pointer.first(found, items) == [{"kind": "a"}]
    assert narrowed(document, items, {}) == document
    assert narrowed({"other": 1}, items, {"/kind": "a"}) == {"other": 1}
