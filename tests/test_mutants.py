"""Mutants are drawn by rule, found again by what they change, and end by count; each survivor of a draw is explained."""

from __future__ import annotations

import ast
import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.mutants.__main__ import EXPLAINED, drawn, explanations, main, table
from tests.mutants.budget import Counted, Overspent, counting, kept_by_the_first
from tests.mutants.rules import FAMILIES, Mutant, mutants_of, mutated
from tests.mutants.subjects import SUBJECTS, source_of
from tests.mutants.trials import Ground, Result, ground_of, results


def changes(source: str) -> set[tuple[str, str, str]]:
    return {(one.family, one.before, one.after) for one in mutants_of("m", source)}


@pytest.mark.parametrize(
    ("source", "family", "before", "after"),
    [
        ("a < b", "boundaries", "a < b", "a <= b"),
        ("a >= b", "boundaries", "a >= b", "a > b"),
        ("f('SELECT x WHERE y < ?')", "boundaries", "'SELECT x WHERE y < ?'", "'SELECT x WHERE y <= ?'"),
        ("a not in b", "operators", "a not in b", "a in b"),
        ("a + b", "operators", "a + b", "a - b"),
        ("min(a)", "operators", "min(a)", "max(a)"),
        ("f(a and b)", "operators", "a and b", "a or b"),
        ("f(a and b)", "dropped clauses", "a and b", "b"),
        ("[a for a in b if f(a)]", "dropped clauses", "for a in b if f(a)", "for a in b"),
        ("[a for a in b if f(a)]", "negated conditions", "for a in b if f(a)", "for a in b if not f(a)"),
        ("f({a, b})", "dropped clauses", "{a, b}", "{b}"),
        ("f('SELECT DISTINCT x')", "dropped clauses", "'SELECT DISTINCT x'", "'SELECT x'"),
        ("f('x WHERE a = ? AND b = ?')", "dropped clauses", "'x WHERE a = ? AND b = ?'", "'x WHERE a = ?'"),
        ("f(a if b else c)", "dropped clauses", "a if b else c", "c"),
        ("f(a if b else c)", "negated conditions", "a if b else c", "a if not b else c"),
        ("f(not a)", "negated conditions", "not a", "a"),
        ("f(a, b)", "swapped arguments", "f(a, b)", "f(b, a)"),
        ("a - b", "swapped arguments", "a - b", "b - a"),
        ("f(a)", "dropped statements", "f(a)", "pass"),
        ("a.b = c", "dropped statements", "a.b = c", "pass"),
        ("if a:\n    raise b", "dropped statements", "if a:; raise b", "pass"),
        ("f(4)", "constants", "4", "3"),
        ("f(True)", "constants", "True", "False"),
    ],
)
def test_a_rule_changes_one_place(source: str, family: str, before: str, after: str) -> None:
    assert (family, before, after) in changes(source)


def test_a_stale_read_is_taken_before_the_write_and_used_after_it() -> None:
    source = "def f(self):\n    self.a = 1\n    return self.a"
    stale = next(one for one in mutants_of("m", source) if one.family == "stale reads")
    assert mutated(source, stale.number) == "def f(self):\n    _kept = self.a\n    self.a = 1\n    return _kept"


def test_an_answer_is_kept_under_its_first_argument() -> None:
    source = "class A:\n\n    def f(self, key, now):\n        return now"
    stale = next(one for one in mutants_of("m", source) if one.family == "stale reads")
    assert "@_kept_by_the_first\n" in mutated(source, stale.number)

    class Kept:
        @kept_by_the_first
        def f(self, key: str, now: int) -> int:
            return now

    one = Kept()
    assert [one.f("a", 1), one.f("a", 2), one.f("b", 3), Kept().f("a", 4)] == [1, 1, 3, 4]


@pytest.mark.parametrize(
    "source", ['"""a < b"""', "__all__ = ['a', 'b']", "def f(a: int | None = None) -> None: ...", "import a.b"]
)
def test_what_is_no_behaviour_is_left_alone(source: str) -> None:
    assert changes(source) == set()


def test_a_mutant_is_found_again_by_what_it_changes() -> None:
    source = "class A:\n    def f(self):\n        return g(1) + g(1)"
    before, after = (mutants_of("a.m", text) for text in (source, f"b = 2\n\n{source}"))
    keys = [one.key for one in before]
    assert "m:A.f [constants] 1 → 2" in keys
    assert "m:A.f [constants] 1 → 2 #1" in keys
    assert set(keys) < {one.key for one in after}


@pytest.mark.heavy
@pytest.mark.parametrize("name", SUBJECTS)
def test_every_mutant_has_a_name_of_its_own_and_is_another_source(name: str) -> None:
    every = SUBJECTS[name].mutants
    assert len({one.key for one in every}) == len(every) > 1000
    for one in drawn(every, 1, 3):
        source = source_of(one.module)
        assert ast.dump(ast.parse(mutated(source, one.number))) != ast.dump(ast.parse(source))


def test_a_draw_takes_as_many_of_each_family_and_the_same_whatever_else_there_is() -> None:
    every = SUBJECTS["reference"].mutants
    first = drawn(every, 1, 5)
    assert [one.family for one in first] == [family for family in FAMILIES for _ in range(5)]
    assert drawn([*reversed(every)], 1, 5) == first
    assert {one.key for one in drawn(every, 2, 5)} != {one.key for one in first}
    assert drawn([replace(one, line=one.line + 9, number=one.number + 9) for one in every], 1, 5)[0].key == first[0].key


@pytest.mark.parametrize(
    "endless", ["while True:\n        pass", "for _ in iter(int, 1):\n        pass", "return [answer() for _ in iter(int, 1)]"]
)
def test_what_never_ends_is_stopped_by_count(endless: str) -> None:
    names: dict[str, Any] = {}
    source = f"from __future__ import annotations\n\ndef answer():\n    {endless}"
    exec(compile(counting(source), "m", "exec"), names)

    async def app() -> None:
        names["answer"]()

    with pytest.raises((Overspent, RecursionError)):
        asyncio.run(_awaited(Counted(app)))


async def _awaited(app: Callable[[], Awaitable[None]]) -> None:
    await app()


@pytest.mark.heavy
def test_the_table_counts_what_is_explained_as_what_it_is() -> None:
    mutants = [replace(SUBJECTS["second"].mutants[0], family="boundaries", before=str(number)) for number in range(5)]
    outcomes = ("caught", "survived", "same", "survived", "stillborn")
    known = {mutants[1].key: "gap", mutants[2].key: "equivalent"}
    lines = table([Result(one, outcome) for one, outcome in zip(mutants, outcomes, strict=True)], known).splitlines()
    told = dict(zip(lines[0].split(), lines[1].split()[1:], strict=True))
    assert told == {
        "drawn": "5",
        "stillborn": "1",
        "caught": "1",
        "warned": "0",
        "stopped": "0",
        "open": "0",
        "equivalent": "1",
        "silent": "0",
        "gap": "1",
        "new": "1",
        "detected": "33%",
    }


def test_what_is_explained_is_a_mutant_that_there_is() -> None:
    keys = {one.key for subject in SUBJECTS.values() for one in subject.mutants}
    assert [key for key in explanations(EXPLAINED) if key not in keys] == []


EXPECTED = {
    "open_data:OpenData.routes [operators] "
    "values.get('cityCode', row['city']) != row['city'] → values.get('cityCode', row['city']) == row['city']": "caught",
    "times:written [dropped clauses] text.lower() if small else text → text": "same",
    "wire_json:admits [negated conditions] not text → text": "stillborn",
}


@pytest.fixture(scope="module")
def second(cache: Path) -> Ground:
    return ground_of("second", str(cache))


def picked(text: str) -> Mutant:
    return next(one for one in SUBJECTS["second"].mutants if one.key == text)


@pytest.mark.slow
def test_a_mutant_is_caught_or_not(second: Ground) -> None:
    outcomes = {one.mutant.key: one for one in results(second, [picked(text) for text in EXPECTED], 1)}
    assert {text: outcomes[text].outcome for text in EXPECTED} == EXPECTED


@pytest.mark.slow
def test_the_plain_servers_are_far_from_their_bound(second: Ground) -> None:
    assert 0 < second.highest < 10_000


@pytest.mark.slow
def test_every_survivor_of_a_few_is_explained() -> None:
    """The first of those that `make mutants` draws."""
    assert main(["--each", "4"]) == 0
