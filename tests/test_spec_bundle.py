"""`yance spec bundle`: one self-contained document, and its rendering for tools of OpenAPI 3.0, proved to mean the same."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from conformance.commands.main import main
from conformance.committee.bundle import rendered, unequal
from conformance.interface.references import references
from conformance.interface.schema import openapi_errors
from conformance.load.specs import load_interface
from tests.schema_changes import document


def yance(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["spec", "bundle", *map(str, arguments)])


@pytest.mark.parametrize("domain", ["transport", "health", "logistics"])
def test_the_specs_of_the_house_are_rendered_for_3_0(domain: str, tmp_path: Path) -> None:
    new, old = tmp_path / "31.json", tmp_path / "30.json"
    assert yance(domain, "--out", new).exit_code == 0
    assert yance(domain, "--openapi", "3.0", "--out", old).exit_code == 0, "a rendering that is not proved is not written"
    written, rendering = (json.loads(path.read_text(encoding="utf-8")) for path in (new, old))
    assert (written["openapi"], rendering["openapi"]) == ("3.1.0", "3.0.3")
    assert openapi_errors(rendering) == []
    assert all(node["$ref"].startswith("#/") for _, node, _ in references(written))
    assert load_interface(old).operations.keys() == load_interface(new).operations.keys()


@pytest.mark.parametrize(
    "schema",
    [
        {"type": ["string", "null"], "maxLength": 3},
        {"type": "null"},
        {"type": ["string", "integer", "null"]},
        {"oneOf": [{"type": "integer"}, {"type": "null"}]},
        {"const": 5},
        {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1},
        {"Node": {"type": "object", "properties": {"below": {"$ref": "#/components/schemas/Node", "description": "more"}}}},
        {"type": "array", "items": True},
        {"type": "object", "additionalProperties": {"type": ["boolean", "null"]}},
    ],
)
def test_what_3_1_writes_otherwise_means_the_same(schema: Any, tmp_path: Path) -> None:
    file = tmp_path / "31.json"
    file.write_text(json.dumps(document(schema)))
    spec = load_interface(file)
    rendering = rendered(spec.document)
    assert openapi_errors(rendering) == []
    assert unequal(spec, rendering) == []


def test_a_rendering_that_means_something_else_is_found(tmp_path: Path) -> None:
    file = tmp_path / "31.json"
    file.write_text(json.dumps(document({"type": ["string", "null"]})))
    spec = load_interface(file)
    lossy = json.loads(json.dumps(rendered(spec.document)).replace('"nullable": true', '"nullable": false'))
    assert {change.area for change in unequal(spec, lossy)} == {"body", "answer"}


@pytest.mark.parametrize("schema", [{"prefixItems": [{}]}, {"if": {}, "then": {"type": "string"}}])
def test_what_3_0_cannot_say_is_refused_with_its_place(schema: Any, tmp_path: Path) -> None:
    file = tmp_path / "31.json"
    file.write_text(json.dumps(document(schema)))
    done = yance(file, "--openapi", "3.0", "--out", tmp_path / "30.json")
    assert done.exit_code == 2
    assert next(iter(schema)) in done.stderr
    assert not (tmp_path / "30.json").exists()


def overlay(folder: Path, *actions: dict[str, Any]) -> Path:
    file = folder / "overlay.json"
    file.write_text(json.dumps({"overlay": "1.0.0", "info": {"title": "-", "version": "1"}, "actions": list(actions)}))
    return file


def test_overlays_are_applied_to_what_is_bundled(tmp_path: Path) -> None:
    narrowed = {"target": "$.components.schemas.ReservationRequest.properties.note", "update": {"maxLength": 80}}
    out = tmp_path / "bundle.json"
    found = yance("transport@1.0.0", "--overlay", overlay(tmp_path, narrowed), "--out", out)
    assert found.exit_code == 0, found.output
    made = json.loads(out.read_text(encoding="utf-8"))
    assert made["components"]["schemas"]["ReservationRequest"]["properties"]["note"]["maxLength"] == 80


def test_an_overlay_of_which_a_target_finds_nothing_is_a_mistake(tmp_path: Path) -> None:
    astray = {"target": "$.components.schemas.ReservatoinRequest", "remove": True}
    found = yance("transport@1.0.0", "--overlay", overlay(tmp_path, astray), "--out", tmp_path / "bundle.json")
    assert found.exit_code == 2
    assert "finds nothing in the document" in found.output
    assert not (tmp_path / "bundle.json").exists()


def test_what_an_overlay_makes_has_to_be_valid(tmp_path: Path) -> None:
    bare = {"target": "$.info.title", "remove": True}
    found = yance("transport@1.0.0", "--overlay", overlay(tmp_path, bare), "--out", tmp_path / "bundle.json")
    assert found.exit_code == 1
    assert "/info" in found.output
