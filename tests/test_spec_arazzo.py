"""`yance spec export --format arazzo`: set-up recipes and courses as workflows, held against the published schema of Arazzo 1.0."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from click.testing import CliRunner, Result

from conformance.commands.main import main
from conformance.committee.arazzo import arazzo
from conformance.load import data_folders, load_spec

PUBLISHED = json.loads((resources.files("conformance") / "published" / "arazzo-1.0.schema.json").read_bytes())
EXPRESSION = re.compile(r"\$steps\.(?P<step>[\w-]+)\.outputs\.(?P<output>[\w.-]+)|\$inputs\.(?P<input>[\w-]+)")
EVERY = ["transport@1.0.0", "health@1.0.0", "logistics@1.0.0", "transport@2.0.0"]


@cache
def made(name: str) -> dict[str, Any]:
    return arazzo(load_spec(data_folders(), name), name, "en")


def yance(*words: object) -> Result:
    return CliRunner().invoke(main, ["spec", "export", *map(str, words)], env={"LANG": "C.UTF-8"})


@pytest.mark.heavy
@pytest.mark.parametrize("name", EVERY)
def test_the_published_schema_admits_it(name: str) -> None:
    found = list(jsonschema.Draft202012Validator(PUBLISHED).iter_errors(made(name)))
    assert [f"{one.json_path}: {one.message[:200]}" for one in found] == []


def test_the_published_schema_refuses_what_is_none() -> None:
    spoilt = copy.deepcopy(made("transport@1.0.0"))
    del spoilt["workflows"][0]["steps"][0]["stepId"]
    assert list(jsonschema.Draft202012Validator(PUBLISHED).iter_errors(spoilt))


def texts(node: Any) -> Iterator[str]:
    if isinstance(node, str):
        yield node
    elif isinstance(node, dict | list):
        for one in node.values() if isinstance(node, dict) else node:
            yield from texts(one)


@pytest.mark.parametrize("name", EVERY)
def test_every_expression_leads_to_an_output_of_an_earlier_step_or_to_an_input(name: str) -> None:
    workflows = made(name)["workflows"]
    outputs = {one["workflowId"]: set(one.get("outputs", {})) for one in workflows}
    assert len(outputs) == len(workflows)  # no name stands twice
    for one in workflows:
        seen: dict[str, set[str]] = {}
        for step in one["steps"]:
            for text in texts({key: value for key, value in step.items() if not key.startswith("x-")}):
                if (found := EXPRESSION.fullmatch(text)) is None:
                    assert not text.startswith(("$steps", "$inputs")), text
                elif found["input"]:
                    assert found["input"] in one["inputs"]["properties"], (one["workflowId"], text)
                else:
                    assert found["output"] in seen[found["step"]], (one["workflowId"], text)
            assert step["stepId"] not in seen
            seen[step["stepId"]] = outputs[step["workflowId"]] if "workflowId" in step else set(step.get("outputs", {}))
        for text in one.get("outputs", {}).values():
            found = EXPRESSION.fullmatch(text)
            assert found is not None
            assert found["output"] in seen[found["step"]]


def test_every_call_is_of_an_operation_and_gives_what_it_requires() -> None:
    for name in EVERY:
        spec = load_spec(data_folders(), name)
        for one in made(name)["workflows"]:
            for step in (step for step in one["steps"] if "operationId" in step):
                operation = spec.operations[step["operationId"]]
                given = {(p["in"], p["name"].lower()) for p in step.get("parameters", [])}
                assert {(p.location, p.name.lower()) for p in operation.parameters if p.required} <= given, step


def test_a_recipe_finds_makes_and_gives_what_courses_take_from_it() -> None:
    workflows = {one["workflowId"]: one for one in made("transport@1.0.0")["workflows"]}
    first = workflows["setup-reservation-1"]
    finding, making = first["steps"]
    assert (finding["operationId"], making["operationId"]) == ("listEvConnectors", "createReservation")
    assert finding["successCriteria"][1]["condition"] == "$.items[?@.status == 'AVAILABLE']"
    assert finding["outputs"] == {"connectorUid": "$response.body#/items/0/connectorUid"}
    assert making["requestBody"]["payload"]["targetUid"] == "$steps.thing.outputs.connectorUid"
    assert making["successCriteria"] == [{"condition": "$statusCode == 201"}]
    assert first["inputs"]["properties"]["startTime"] == {"x-yance-template": {"now": 600, "slot": True}}
    assert first["outputs"]["reservationId"] == "$steps.made.outputs.reservationId"


def test_the_command_writes_it_and_names_the_document_that_it_needs(tmp_path: Path) -> None:
    out = tmp_path / "logistics.arazzo.json"
    found = yance("logistics@1.0.0", "--format", "arazzo", "--out", out)
    assert found.exit_code == 0, found.output
    written = json.loads(out.read_bytes())
    assert written["sourceDescriptions"] == [{"name": "logistics", "url": "logistics-1.0.0.openapi.json", "type": "openapi"}]
    assert "yance spec bundle logistics@1.0.0 --out logistics-1.0.0.openapi.json" in found.output
    courses = [one for one in written["workflows"] if not one["workflowId"].startswith("setup-")]
    assert {step["workflowId"] for one in courses for step in one["steps"] if "workflowId" in step} <= {
        one["workflowId"] for one in written["workflows"]
    }
    assert len(courses) > 20
