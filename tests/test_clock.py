"""Time in tests: nothing waits, and the order of events is always the same."""

from __future__ import annotations

import asyncio
import time

import pytest

from conformance.clock import Clock, SystemClock, VirtualClock


async def _sleeps(clock: Clock, name: str, seconds: float, heard: list[tuple[str, float]]) -> None:
    await clock.sleep(seconds)
    heard.append((name, clock.now()))


def test_sleepers_wake_earliest_first_and_in_order_of_arrival_when_equal() -> None:
    async def scene() -> list[tuple[str, float]]:
        clock = VirtualClock(1000.0)
        heard: list[tuple[str, float]] = []
        await asyncio.gather(*(_sleeps(clock, name, s, heard) for name, s in (("c", 30), ("a", 10), ("b", 10), ("z", 0))))
        return heard

    assert asyncio.run(scene()) == [("z", 1000.0), ("a", 1010.0), ("b", 1010.0), ("c", 1030.0)]


def test_time_stands_still_while_anything_can_run() -> None:
    async def scene() -> tuple[float, float]:
        clock = VirtualClock()
        sleeper = asyncio.create_task(clock.sleep(3600))
        for _ in range(500):
            await asyncio.sleep(0)
        before = clock.now()
        await sleeper
        return before, clock.now()

    assert asyncio.run(scene()) == (0.0, 3600.0)


def test_what_a_waking_sleeper_does_comes_before_the_next_one_wakes() -> None:
    async def scene() -> list[str]:
        clock = VirtualClock()
        heard: list[str] = []

        async def first() -> None:
            await clock.sleep(1)
            for _ in range(50):
                await asyncio.sleep(0)
            await clock.sleep(0.5)
            heard.append(f"first {clock.now()}")

        async def second() -> None:
            await clock.sleep(2)
            heard.append(f"second {clock.now()}")

        await asyncio.gather(second(), first())
        return heard

    assert asyncio.run(scene()) == ["first 1.5", "second 2.0"]


def test_a_cancelled_sleeper_moves_nothing() -> None:
    async def scene() -> float:
        clock = VirtualClock()
        gone = asyncio.create_task(clock.sleep(100))
        await asyncio.sleep(0)
        gone.cancel()
        await clock.sleep(200)
        assert gone.cancelled()
        return clock.now()

    assert asyncio.run(scene()) == 200.0


def test_a_loop_that_hides_what_can_run_is_given_many_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("conformance.clock.getattr", lambda *_: None, raising=False)

    async def scene() -> tuple[float, float]:
        clock = VirtualClock()
        sleeper = asyncio.create_task(clock.sleep(5))
        for _ in range(50):
            await asyncio.sleep(0)
        before = clock.now()
        await sleeper
        return before, clock.now()

    assert asyncio.run(scene()) == (0.0, 5.0)


def test_the_systems_clock_tells_the_systems_time() -> None:
    async def scene() -> float:
        clock = SystemClock()
        await clock.sleep(-1)
        return clock.now()

    before = time.time()
    assert before <= asyncio.run(scene()) <= time.time()
