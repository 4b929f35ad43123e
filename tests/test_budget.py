"""What a plan draws has a budget of its own: counted, the same wherever it is drawn, and what is beyond it is named and passes nothing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from conformance import limits
from conformance.commands.main import main
from conformance.interface.openapi import read_operations
from conformance.interface.schema import errors
from conformance.load import data_folders, load_profile, load_spec
from conformance.load.data import own_folder
from conformance.model import FIXED_SEED, Operation, Outcome, Spec
from conformance.plan import drawable, generate, plan_document, read_plan
from conformance.plan.drawable import weight
from conformance.plan.engine import Drawn, drawn
from conformance.plan.generate import Draws, draw
from tests.large import data_folder
from tests.large import document as large_document
from tests.small_interface import described, document, said, under_test

pytestmark = pytest.mark.heavy


def member(*names: str) -> dict[str, Any]:
    return {"type": "object", "properties": {name: {"type": "integer", "minimum": 0} for name in names}}


def making(path: str, schema: Any) -> dict[str, Any]:
    body = {"required": True, "content": {"application/json": {"schema": schema}}}
    return {path: {"post": {"operationId": path[1:], "requestBody": body, "responses": described({"type": "object"}, "200")}}}


PATHS = {
    **making("/wide", member(*"abcdefgh")),
    **making("/first", {"$ref": "#/components/schemas/Thing"}),
    **making("/narrow", member("a")),
    **making("/second", {"$ref": "#/components/schemas/Thing"}),
    "/list": {
        "get": {
            "operationId": "list",
            "parameters": [
                {"name": "limit", "in": "query", "description": "how many", "schema": {"type": "integer", "minimum": 1}}
            ],
            "responses": described({"type": "object"}),
        }
    },
    "/other": {
        "get": {
            "operationId": "other",
            "parameters": [
                {"name": "limit", "in": "query", "description": "no more", "schema": {"type": "integer", "minimum": 1}}
            ],
            "responses": described({"type": "object"}),
        }
    },
}
THINGS = {"Thing": member("a", "b"), "Aside": member("c")}
NAMES = tuple(name[1:] for name in PATHS)


@pytest.fixture
def spec() -> Spec:
    content = document(PATHS, schemas=THINGS)
    made = Spec("small", "1.0.0", content, "budget", operations := {}, {}, {}, [], {})
    operations.update(read_operations(made))
    return made


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The operations that were drawn."""
    found: list[str] = []

    def noted(operation: Operation, seed: int, count: int) -> Drawn:
        found.append(operation.id)
        return drawn(operation, seed, count)

    def here(spec: Spec, names: Any, seed: int, count: int, *, workers: int) -> Any:
        return ((name, noted(spec.operations[name], seed, count)) for name in names)

    monkeypatch.setattr(generate, "drawn_beside", here)
    monkeypatch.setattr(generate, "drawn", noted)
    return found


def test_what_asks_for_the_same_is_drawn_once_and_the_smallest_first(spec: Spec, counted: list[str], tmp_path: Path) -> None:
    found = draw(spec, NAMES, seed=3, count=2, cache=tmp_path)
    assert counted == ["list", "narrow", "first", "wide"]
    assert (list(found), found.left_out) == (list(NAMES), ())
    assert found["first"] is found["second"]
    assert found["list"] is found["other"]
    assert found["second"] == drawn(spec.operations["second"], 3, 2).kinds
    assert found["other"] == drawn(spec.operations["other"], 3, 2).kinds


def test_once_the_budget_is_spent_nothing_more_is_drawn_and_the_rest_is_named(
    spec: Spec, counted: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = draw(spec, NAMES, seed=3, count=2, cache=tmp_path / "whole")
    counted.clear()
    monkeypatch.setattr(limits, "DRAWN", limits.DRAWN_EACH)  # for two inputs: what is first begun costs more than half of it
    some = draw(spec, NAMES, seed=3, count=2, cache=tmp_path / "some")
    assert counted == ["list", "narrow"]
    assert some.left_out == ("wide", "first", "second")
    assert some["wide"] == some["first"] == some["second"] == ((), ())
    assert {name: some[name] for name in ("list", "other", "narrow")} == {
        name: whole[name] for name in ("list", "other", "narrow")
    }
    counted.clear()
    again = draw(
        spec, NAMES, seed=3, count=2, cache=tmp_path / "whole"
    )  # where all of them lie in the cache, it is the same ones
    assert (counted, dict(again), again.left_out) == ([], dict(some), some.left_out)
    assert draw(spec, ("first",), seed=3, count=2, cache=tmp_path / "some").left_out == ()  # alone it has a budget of its own


def test_it_is_the_same_operations_however_many_processes_draw(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folders = data_folders([data_folder(tmp_path / "data", large_document(12, 8))])
    large = load_spec(folders, "large")
    names = [name for name, one in large.operations.items() if one.bodies]
    monkeypatch.setattr(limits, "DRAWN", 2000)
    found: list[Draws] = []
    for cores in (1, 2):
        monkeypatch.setattr("os.cpu_count", lambda cores=cores: cores)
        found.append(draw(large, names, seed=1, count=2, cache=tmp_path / str(cores)))
    assert found[0] == found[1]
    assert found[0].left_out == found[1].left_out
    assert 0 < len(found[0].left_out) < len(names)


def test_the_engine_is_given_what_is_reached_and_draws_the_same_of_it(spec: Spec, monkeypatch: pytest.MonkeyPatch) -> None:
    given = drawable.drawable(spec.operations["first"], "application/json")
    assert list(given["components"]["schemas"]) == ["Thing"]
    assert list(given["paths"]) == ["/first"]
    cut = drawn(spec.operations["first"], 3, 2)
    monkeypatch.setattr(drawable, "_reached", lambda document, raw: {"components": document["components"]})
    assert drawn(spec.operations["first"], 3, 2) == cut
    assert weight(spec.operations["first"]) == 3


def reached(content: dict[str, Any], schema: Any) -> list[str]:
    content = {"openapi": "3.1.0", "info": {}, "paths": {}, **content}
    return sorted(drawable._reached(content, {"schema": schema}).get("components", {}).get("schemas", {}))


def test_what_is_reached_by_a_name_or_a_mapping_is_given_too() -> None:
    schemas: dict[str, Any] = {
        "A": {"properties": {"b": {"$ref": "#/components/schemas/B/properties/c"}}},
        "B": {"properties": {"c": {"$ref": "#/components/schemas/C~1D"}}},
        "C/D": {"type": "string"},
        "E": {"discriminator": {"propertyName": "k", "mapping": {"f": "F", "a": "#/components/schemas/A"}}},
        "F": {"$ref": "#/components/schemas/F"},
    }
    content = {"components": {"schemas": schemas}}

    def to(name: str) -> dict[str, str]:
        return {"$ref": f"#/components/schemas/{name}"}

    assert reached(content, to("A")) == ["A", "B", "C/D"]
    assert reached(content, to("E")) == ["A", "B", "C/D", "E", "F"]
    assert reached(content, {"$ref": "#/components/schemas/Nowhere"}) == []
    assert reached(content, {"$ref": "#name"}) == sorted(schemas)
    schemas["C/D"]["$anchor"] = "name"
    assert reached(content, to("B")) == sorted(schemas)
    assert reached(content, to("F")) == ["F"]


def test_what_an_example_refers_to_is_not_given_nor_a_thousand_kinds_that_a_mapping_names() -> None:
    schemas: dict[str, Any] = {f"K{nth}": {"type": "object"} for nth in range(1000)}
    schemas["Shown"] = {"example": {"$ref": "#/components/schemas/K1"}, "x-more": {"$ref": "#/components/schemas/K2"}}
    schemas["Any"] = {"discriminator": {"propertyName": "k", "mapping": {name: name for name in schemas}}}
    content = {"components": {"schemas": schemas}}
    assert reached(content, {"$ref": "#/components/schemas/Shown"}) == ["Shown"]
    assert len(reached(content, {"$ref": "#/components/schemas/Any"})) == drawable.MOST


# ------------------------------------------------------------------------------------------ what becomes of it


DECLARED = ("answers_are_declared", {})


def test_what_was_not_drawn_passes_nothing_that_draws(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    paths = {**making("/wide", member(*"abcdefgh")), **making("/narrow", member("a"))}

    def answer(request: Any, body: bytes) -> Any:
        return said({})

    verdicts, _ = under_test(cache, document(paths), answer, DECLARED)
    assert {one.outcome for one in verdicts.values()} == {Outcome.PASS}
    monkeypatch.setattr(limits, "DRAWN", 1)
    verdicts, _ = under_test(cache, document(paths), answer, DECLARED)
    assert verdicts["answers_are_declared/narrow"].outcome is Outcome.PASS
    wide = verdicts["answers_are_declared/wide"]
    assert (wide.outcome, wide.reason and wide.reason.key) == (Outcome.INCONCLUSIVE, "not-drawn")


def test_a_plan_names_them_and_the_command_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = data_folder(tmp_path / "data", large_document(6, 8), draws=2)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(limits, "DRAWN", 1)
    said = CliRunner().invoke(main, ["plan", "large", "--data", str(folder), "--json"])
    assert said.exit_code == 0
    plan = json.loads(said.stdout)
    assert len(plan["leftOut"]) == 2
    shown = CliRunner().invoke(main, ["plan", "large", "--data", str(folder)])
    assert "no inputs were drawn for 2 of 6 operations" in shown.stderr
    assert ", ".join(plan["leftOut"]) in shown.stderr
    rules = json.loads((own_folder() / "reports/schemas/plan.schema.json").read_text())
    assert errors(rules, plan) == []
    digest = plan.pop("digest")
    again = read_plan(plan)
    assert (again.left_out, again.digest) == (tuple(plan["leftOut"]), digest)
    assert plan_document(again) == plan
    assert read_plan({**plan, "leftOut": plan["leftOut"][:1]}).digest != digest


@pytest.mark.parametrize("domain", ["transport", "health", "logistics"])
def test_nothing_of_the_houses_own_interfaces_is_left_out(domain: str, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    profile, spec = load_profile(data_folders(()), domain)
    monkeypatch.setattr(limits, "DRAWN", limits.DRAWN * 9 // 10)  # nor would it be, were there a little more of them
    assert draw(spec, profile.operations, seed=FIXED_SEED, count=profile.draws, cache=cache).left_out == ()
