"""What is worked out of parts of a document is kept by the part, not by what it says."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.interface.kept import kept
from conformance.text.pointer import Ways, resolve

PARTS = [{"a": 1}, {"a": 1}]


def test_an_object_is_itself_and_a_value_is_what_it_says() -> None:
    asked: list[tuple[Any, Any]] = []

    @kept
    def work(part: dict[str, int], name: str | None, values: tuple[str, ...]) -> int:
        asked.append((id(part), name))
        return len(asked)

    assert [work(PARTS[0], "x", ("1",)), work(PARTS[0], "x", ("1",)), work(PARTS[1], "x", ("1",))] == [1, 1, 2]
    assert [work(PARTS[0], None, ("1",)), work(PARTS[0], "x", ("2",)), work(PARTS[0], "x", ("1",))] == [3, 4, 1]


def test_an_object_that_is_gone_leaves_its_place_to_no_other() -> None:
    @kept
    def said(part: list[int]) -> int:
        return part[0]

    assert [said([number]) for number in range(2000)] == list(range(2000))


def test_nothing_and_an_error_are_no_trouble() -> None:
    @kept
    def work(part: list[int]) -> int | None:
        return 1 // part[0] if part else None

    empty, zero = list[int](), [0]
    assert [work(empty), work(empty)] == [None, None]
    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            work(zero)


DOCUMENT = {"items": [{"a": {"b": 1}, "c": None}, {"a": {"b": 2}}, "x"], "*": 0, "~/": [3], "": {"": 4}}


@pytest.mark.parametrize(
    "pointers",
    [
        [],
        [""],
        ["/items/*/a/b", "/items/*/c"],
        ["/items/*/a", "/items/*/a/b", "/items/0/c", "/items/9", "/items/x"],
        ["/*", "/~0~1/0", "//", "/none"],
    ],
)
def test_ways_that_are_gone_together_lead_where_each_leads(pointers: list[str]) -> None:
    alone = [value for one in pointers for _, value in resolve(DOCUMENT, one)]
    together = Ways(pointers).values(DOCUMENT)
    assert sorted(map(repr, together)) == sorted(map(repr, alone))
