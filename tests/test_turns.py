"""Turns: what waits shares its waiting, nobody's quiet is broken, and the order is the plan's at every concurrency."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from conformance import checks
from conformance.checks._example import shop
from conformance.clock import VirtualClock
from conformance.interface.dialect import HOUSE
from conformance.model import Case, Exchange, Inputs, Ixit, Pause, Plan
from conformance.redaction import Redactor
from conformance.run.pump import run_plan
from conformance.run.replay import MemoryRecorder
from conformance.wire import Wire, in_process

THINGS = frozenset({"things"})
OTHERS = frozenset({"others"})
NOTHING: frozenset[str] = frozenset()
Drive = Callable[..., Iterator[Any]]


async def nothing(_scope: Any, _receive: Any, send: Any) -> None:
    await asyncio.sleep(0)  # others come to stand in the line meanwhile
    await send({"type": "http.response.start", "status": 204, "headers": []})
    await send({"type": "http.response.body"})


def pausing(*pauses: Pause) -> Drive:
    """A script that asks, pauses and asks again."""

    def drive(operation: Any, *_: Any) -> Iterator[Any]:
        yield operation.request(step="0")
        for nth, pause in enumerate(pauses, 1):
            yield pause
            yield operation.request(step=str(nth))

    return drive


@pytest.fixture
def driven(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Runs cases (name, reads, writes, drive, waits) in their order; gives `case step` of each request and how long it took."""
    whole, operation = checks.check("pages_cover_every_item_once"), shop().operations["listThings"]

    def run(*rows: tuple[str, frozenset[str], frozenset[str], Drive, bool], concurrency: int = 8) -> tuple[list[str], float]:
        known = {
            name: dataclasses.replace(whole, name=name, drive=drive, waits=waits, lapses=waits, last=name == "last")
            for name, _, _, drive, waits in rows
        }
        monkeypatch.setattr(checks, "check", known.__getitem__)
        cases = tuple(
            Case(name, "R", operation.id, name, {}, Inputs(), reads, writes, "case") for name, reads, writes, _, _ in rows
        )
        clock, recorder = VirtualClock(), MemoryRecorder(Redactor({}))

        async def scene() -> None:
            async with Wire(Ixit("http://shop.example"), clock=clock, transport=in_process(nothing)) as wire:
                plan = Plan("shop", "1", "", "", "", 1, True, cases, "", "")
                await run_plan(plan, shop(), HOUSE, wire, recorder, clock, concurrency=concurrency)

        asyncio.run(scene())
        return [f"{one.case} {one.step}" for one in recorder.records if isinstance(one, Exchange)], clock.now()

    return run


@pytest.mark.parametrize("concurrency", [1, 8])
def test_cases_that_pause_apart_wait_together_and_go_on_in_the_order_in_which_they_paused(driven: Any, concurrency: int) -> None:
    apart = Pause(5, apart=True)
    order, seconds = driven(
        ("a", THINGS, THINGS, pausing(apart, Pause(1, apart=True)), False),
        ("b", THINGS, THINGS, pausing(apart), False),
        ("c", THINGS, THINGS, pausing(), False),
        concurrency=concurrency,
    )
    assert order == ["a 0", "b 0", "c 0", "a 1", "b 1", "a 2"]
    assert seconds == 6


def test_who_changes_the_same_goes_side_by_side_where_nobody_needs_it_quiet(driven: Any) -> None:
    order, seconds = driven(
        ("a", NOTHING, THINGS, pausing(Pause(5)), False),
        ("b", NOTHING, THINGS, pausing(Pause(5)), False),
        ("quiet", THINGS, THINGS, pausing(Pause(5)), False),
        ("c", NOTHING, THINGS, pausing(Pause(5)), False),
        ("d", NOTHING, THINGS, pausing(Pause(5)), False),
    )
    assert order == ["a 0", "b 0", "c 0", "d 0", "a 1", "b 1", "c 1", "d 1", "quiet 0", "quiet 1"]
    assert seconds == 10


def test_a_pause_that_is_not_apart_keeps_others_out(driven: Any) -> None:
    order, seconds = driven(
        ("a", THINGS, THINGS, pausing(Pause(5)), False),
        ("b", THINGS, THINGS, pausing(Pause(5)), False),
        ("c", THINGS, frozenset(), pausing(Pause(5)), False),
    )
    assert order == ["c 0", "c 1", "a 0", "a 1", "b 0", "b 1"]
    assert seconds == 15


@pytest.mark.parametrize("concurrency", [1, 8])
def test_what_leaves_things_to_time_is_over_before_others_need_them_quiet(driven: Any, concurrency: int) -> None:
    lapses = pausing(Pause(7, apart=True))
    order, seconds = driven(
        ("stocks", THINGS, THINGS, pausing(Pause(1, apart=True)), False),
        ("reads", THINGS, NOTHING, pausing(), False),
        ("lapses", THINGS, THINGS, lapses, True),
        ("also", THINGS, THINGS, lapses, True),
        ("beside", NOTHING, THINGS, pausing(), False),
        concurrency=concurrency,
    )
    assert order == ["reads 0", "lapses 0", "also 0", "beside 0", "lapses 1", "also 1", "stocks 0", "stocks 1"]
    assert seconds == 8


@pytest.mark.parametrize("concurrency", [1, 8])
def test_who_leaves_nothing_to_time_any_more_waits_beside_those_who_need_quiet(driven: Any, concurrency: int) -> None:
    order, seconds = driven(
        ("locked", NOTHING, THINGS, pausing(Pause(3, apart=True), Pause(9, apart=True, still=True)), True),
        ("quiet", THINGS, THINGS, pausing(Pause(6)), False),
        ("last", THINGS, THINGS, pausing(), False),
        concurrency=concurrency,
    )
    assert order == ["locked 0", "locked 1", "quiet 0", "quiet 1", "locked 2", "last 0"]
    assert seconds == 12


@pytest.mark.parametrize("concurrency", [1, 8])
def test_who_pauses_apart_lets_as_many_go_as_are_likely_to_be_done_meanwhile(driven: Any, concurrency: int) -> None:
    others = [(f"q{nth}", THINGS, THINGS, pausing(), False) for nth in range(5)]
    order, _ = driven(
        ("a", THINGS, THINGS, pausing(Pause(1, apart=True)), False),
        ("b", THINGS, THINGS, pausing(Pause(1, apart=True)), False),
        *others,
        concurrency=concurrency,
    )
    assert order == ["a 0", "b 0", "q0 0", "q1 0", "a 1", "q2 0", "b 1", "q3 0", "q4 0"]


@pytest.mark.parametrize("concurrency", [1, 8])
def test_what_others_would_be_turned_away_after_comes_last(driven: Any, concurrency: int) -> None:
    order, _ = driven(
        ("last", THINGS, THINGS, pausing(), False),
        ("a", THINGS, THINGS, pausing(Pause(1, apart=True)), False),
        ("b", NOTHING, THINGS, pausing(), False),
        concurrency=concurrency,
    )
    assert order == ["b 0", "a 0", "a 1", "last 0"]


def test_what_only_reads_and_waits_begins_before_the_others(driven: Any) -> None:
    order, _ = driven(
        ("a", frozenset(), frozenset(), pausing(), False),
        ("b", frozenset(), frozenset(), pausing(), False),
        ("waits", frozenset(), frozenset(), pausing(Pause(3)), True),
        concurrency=1,
    )
    assert order.index("waits 0") < order.index("b 0")


def test_one_case_that_waits_can_be_driven_alone(driven: Any) -> None:
    assert driven(("lapses", THINGS, THINGS, pausing(Pause(7, apart=True)), True)) == (["lapses 0", "lapses 1"], 7)


def test_a_failing_script_keeps_nobody_waiting(driven: Any) -> None:
    def broken(operation: Any, *_: Any) -> Iterator[Any]:
        yield Pause(1, apart=True)
        raise ZeroDivisionError

    order, _ = driven(
        ("a", THINGS, THINGS, broken, False), ("b", THINGS, THINGS, pausing(), False), ("c", THINGS, THINGS, broken, True)
    )
    assert order == ["b 0"]


def asking(times: int) -> Drive:
    """A script that asks so often."""

    def drive(operation: Any, *_: Any) -> Iterator[Any]:
        for nth in range(times):
            yield operation.request(step=str(nth))

    return drive


def test_a_case_whose_turn_has_come_waits_for_no_case_that_only_reads_other_things(driven: Any) -> None:
    readers = [(f"r{nth}", OTHERS, NOTHING, asking(30), False) for nth in range(4)]
    writers = [(f"w{nth}", THINGS, THINGS, asking(2), False) for nth in range(3)]
    order, _ = driven(*writers, *readers, concurrency=2)
    assert order.index("w2 1") < order.index(
        "r0 29"
    )  # the place that one of them leaves is the next one's, though all readers wait


def test_neither_who_writes_nor_who_reads_is_left_to_go_alone(driven: Any) -> None:
    readers = [(f"r{nth}", OTHERS, NOTHING, asking(4), False) for nth in range(40)]
    writers = [(f"w{nth}", THINGS, THINGS, asking(8), False) for nth in range(10)]
    order, _ = driven(*writers, *readers)
    asked = "".join(one[0] for one in order)
    assert len(asked) == 240
    assert max(len(asked) - 1 - asked.rindex("r"), len(asked) - 1 - asked.rindex("w")) < 24


def test_a_place_is_free_again_after_a_case_that_could_not_be_driven(driven: Any) -> None:
    def broken(*_: Any) -> Iterator[Any]:
        raise ValueError("ours")
        yield

    order, _ = driven(*((f"b{nth}", THINGS, THINGS, broken, False) for nth in range(3)), ("a", THINGS, THINGS, asking(1), False))
    assert order == ["a 0"]
