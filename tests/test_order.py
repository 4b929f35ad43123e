"""An order is seen only where something beside the ids differs; a stock of the suite's own is made so that it does."""

from __future__ import annotations

from typing import Any

import pytest

from conformance import checks, given
from conformance.checks._example import BASE
from conformance.interface.dialect import HOUSE
from conformance.load import data_folders, load_spec
from conformance.model import Exchange, Finding, Inputs, Operation, Response, Spec, json_bytes

ONE, OTHER = "2026-09-12T10:00:00+08:00", "2026-09-12T10:00:01+08:00"


@pytest.fixture(scope="module")
def listing() -> Operation:
    spec: Spec = load_spec(data_folders(), "transport", "1.0.0")
    return spec.operations["listReservations"]


def listed(listing: Operation, *items: tuple[str, str], step: str = "first call") -> Exchange:
    document = {
        "items": [{"reservationId": name, "createdAt": moment} for name, moment in items],
        "page": {"limit": 50, "nextCursor": None},
    }
    response = Response(200, (("content-type", "application/json"),), json_bytes(document))
    return Exchange(1, "case", listing.request(step=step), response, None, BASE, 0, 0, {})


def judged(listing: Operation, *items: tuple[str, str]) -> tuple[int, int]:
    """Findings and witnesses."""
    judge = checks.check("items_come_in_the_declared_order").judge
    said: list[Any] = list(judge(listing, [listed(listing, *items)], HOUSE))
    findings = sum(isinstance(one, Finding) for one in said)
    return findings, len(said) - findings


def test_items_that_their_ids_alone_tell_apart_show_no_order(listing: Operation) -> None:
    assert judged(listing, ("a", ONE), ("b", ONE)) == (0, 0)
    assert judged(listing, ("b", ONE), ("a", OTHER)) == (0, 1)
    assert judged(listing, ("b", ONE), ("a", ONE)) == (1, 0)


@pytest.mark.parametrize(("items", "asked"), [([("a", ONE), ("b", ONE)], True), ([("a", ONE), ("b", OTHER)], False)])
def test_a_stock_is_added_to_until_it_shows_an_order(listing: Operation, items: list[tuple[str, str]], asked: bool) -> None:
    script = given.stocked(listing, Inputs(seed=1), HOUSE, least=2)
    next(script)
    if asked:
        assert script.send(listed(listing, *items)) is not None
    else:
        with pytest.raises(StopIteration):
            script.send(listed(listing, *items))
