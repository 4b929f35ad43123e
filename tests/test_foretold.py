"""The time left of a run: its longest chain, or all that only read side by side; who waits is counted."""

from __future__ import annotations

import pytest

from conformance import checks
from conformance.model import Case, Inputs, Plan
from conformance.run.foretold import Foretold
from conformance.run.pump import driven

DIGEST = "sha256:" + "0" * 64
WAITS = next(name for name in checks.names() if checks.check(name).waits)
GOES = next(name for name in checks.names() if checks.check(name).drive and not checks.check(name).waits)


def case(name: str, *writes: str, reads: tuple[str, ...] = (), check: str = GOES) -> Case:
    made = Case(f"X/{name}", "X", name, check, {}, Inputs(), frozenset(reads), frozenset(writes), "case")
    assert driven(made)
    return made


def foretold(*cases: Case, concurrency: int = 4) -> Foretold:
    return Foretold(Plan("d", "1", DIGEST, "p", DIGEST, 1, True, cases, DIGEST), concurrency)


def test_nothing_is_foretold_before_something_has_ended() -> None:
    found = foretold(case("a"), case("b"))
    assert found.left is None
    found.ended("X/a", 2.0)
    assert found.left == pytest.approx(2.0), "one more, which takes as long"
    found.ended("X/b", 2.0)
    assert found.left == 0.0


def test_a_chain_of_writes_takes_one_after_another() -> None:
    chain = [case(f"w{n}", "things", reads=("things",)) for n in range(5)]
    found = foretold(*chain, *(case(f"r{n}", reads=("others",)) for n in range(8)))
    found.ended("X/w0", 3.0)
    found.ended("X/r0", 1.0)
    assert found.left == pytest.approx(4 * 3.0), "longer than seven readings on four places"
    for n in range(1, 5):
        found.ended(f"X/w{n}", 3.0)
    assert found.left == pytest.approx(7 * 1.0 / 4)


def test_what_waits_is_counted_and_not_guessed_at() -> None:
    found = foretold(case("w", "things"), case("late", "things", check=WAITS))
    assert found.waiting == 1
    found.ended("X/w", 1.0)
    assert (found.left, found.waiting) == (0.0, 1)
    found.ended("X/late", 31.0)
    assert (found.left, found.waiting) == (0.0, 0)
