"""Schemas as they are compiled: only what is reached, by every way of writing a reference, and with two opinions."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from conformance.errors import DisagreementError
from conformance.interface.compiled import Compiled, alone, compiled, defects, reached
from conformance.interface.directions import REQUEST, RESPONSE
from conformance.load import data_folders, load_profile
from conformance.model import Spec
from tests.large import data_folder, document

ROOT = Path(__file__).resolve().parents[1]
TEXT = {"type": "string"}


def usable(spec: Spec, *schemas: Any) -> list[tuple[int, str, str]]:
    return list(defects(spec, [(one, "") for one in schemas]))


def spec_of(schemas: dict[str, Any], version: str = "3.1.0", **more: Any) -> Spec:
    """A spec that is little more than the schemas of its document."""
    content = {"openapi": version, "components": {"schemas": schemas}, **more}
    return Spec("toys", "1.0.0", content, "", {}, {}, {}, (), {})


def to(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def accepts(spec: Spec, schema: Any, instance: Any) -> bool:
    """Whether the schema accepts the instance, by both opinions."""
    found = compiled(spec, schema)
    assert found.is_valid(instance) == (found.errors(instance) == [])
    return found.is_valid(instance)


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("A B", "#/components/schemas/A%20B"),
        ("A/B", "#/components/schemas/A~1B"),
        ("A/B", "#/components/schemas/A%7E1B"),
        ("A~B", "#/components/schemas/A~0B"),
        ("A{x}", "#/components/schemas/A%7Bx%7D"),
        ("A{x} é", "#/components/schemas/A{x} é"),
        ("A%B", "#/components/schemas/A%25B"),
        ("A%20B", "#/components/schemas/A%20B"),
        ("站牌", "#/components/schemas/%E7%AB%99%E7%89%8C"),
        ("0", "#/components/schemas/0"),
    ],
)
def test_a_reference_is_followed_however_it_is_written(name: str, written: str) -> None:
    spec = spec_of({name: TEXT, "Other": {"type": "integer"}})
    assert [accepts(spec, {"$ref": written}, one) for one in ("x", 7)] == [True, False]
    assert len(reached(spec)) == 1


def test_a_reference_may_lead_into_a_component_or_to_any_other_place() -> None:
    paths = {"/toys/{id}": {"get": {"responses": {"200": {"content": {"application/json": {"schema": TEXT}}}}}}}
    spec = spec_of(
        {"A": {"properties": {"in/ner": TEXT, "own": {"$ref": "#/components/schemas/A/properties/in~1ner"}}}}, paths=paths
    )
    assert not accepts(spec, {"$ref": "#/components/schemas/A/properties/in~1ner"}, 7)
    assert not accepts(spec, to("A"), {"own": 7})
    there = "#/paths/~1toys~1%7Bid%7D/get/responses/200/content/application~1json/schema"
    assert [accepts(spec, {"items": {"$ref": there}}, one) for one in (["x"], [7])] == [True, False]


def test_references_by_name_are_followed() -> None:
    schemas = {
        "Anchored": {"$anchor": "text", **TEXT},
        "Named": {"$id": "https://toys.example/named", "$ref": "#/$defs/own", "$defs": {"own": TEXT}},
        "Mixed": {"$id": "https://toys.example/mixed", "items": to("Plain")},
        "Plain": TEXT,
        "Unrelated": {"type": "integer"},
        "Tree": {"$dynamicAnchor": "node", "properties": {"kids": {"items": {"$dynamicRef": "#node"}}, "name": TEXT}},
    }
    spec = spec_of(schemas)
    for schema in ({"$ref": "#text"}, {"$ref": "https://toys.example/named"}, to("Named"), to("Anchored")):
        assert [accepts(spec, schema, one) for one in ("x", 7)] == [True, False]
    assert [accepts(spec, to("Mixed"), one) for one in (["x"], [7])] == [True, False]
    assert [accepts(spec, to("Tree"), {"kids": [{"name": one}]}) for one in ("x", 7)] == [True, False]
    assert "/components/schemas/Unrelated" not in reached(spec)


def test_a_schema_may_refer_to_its_own_root_and_to_definitions_of_its_own() -> None:
    spec = spec_of({})
    nested = {"type": "object", "additionalProperties": {"$ref": "#"}}
    assert [accepts(spec, nested, one) for one in ({"a": {"a": {}}}, {"a": {"a": 7}})] == [True, False]
    own = {"$defs": {"text": TEXT}, "items": {"$ref": "#/$defs/text"}}
    assert [accepts(spec, own, one) for one in (["x"], [7])] == [True, False]


def test_schemas_with_the_same_anchor_do_not_meet() -> None:
    spec = spec_of({})
    one = {"$defs": {"x": {"$anchor": "here", **TEXT}}, "$ref": "#here"}
    two = {"$defs": {"x": {"$anchor": "here", "type": "integer"}}, "$ref": "#here"}
    assert usable(spec, one, two) == []
    assert [accepts(spec, schema, 7) for schema in (one, two)] == [False, True]


@pytest.mark.parametrize(
    "ref", ["https://nowhere.example/a.json", "other.json#/components/schemas/A", "#/components/schemas/None", "#none"]
)
def test_what_leads_out_of_the_document_leads_nowhere(ref: str) -> None:
    found = usable(spec_of({"A": TEXT}), TEXT, {"items": {"$ref": ref}}, {"type": "integer"})
    assert [index for index, _, _ in found] == [1]


def test_each_schema_that_cannot_be_used_is_found_and_where() -> None:
    spec = spec_of({"A": {"properties": {"a": {"pattern": "("}}}})
    found = usable(spec, TEXT, to("A"), {"type": "integer"}, {"items": {"type": "strin"}})
    assert [(index, where) for index, where, _ in found] == [
        (1, "/components/schemas/A/properties/a/pattern"),
        (3, "/items/type"),
    ]


def test_a_slip_in_what_only_describes_a_component_does_not_make_it_unusable() -> None:
    spec = spec_of({"A": {"type": "string", "examples": {"one": "x"}, "deprecated": "yes"}})
    assert [accepts(spec, to("A"), one) for one in ("x", 7)] == [True, False]


def test_openapi_3_0_is_read_as_3_1_has_it_and_only_where_a_schema_stands() -> None:
    schemas = {
        "A": {
            "type": "object",
            "properties": {
                "nullable": {"type": "string", "nullable": True},
                "bound": {"type": "integer", "minimum": 3, "exclusiveMinimum": True, "exclusiveMaximum": False},
                "kind": {"enum": [{"nullable": True}, "x"], "nullable": True},
                "other": {"$ref": "#/components/schemas/B", "maxLength": 1},
            },
        },
        "B": TEXT,
    }
    spec = spec_of(schemas, "3.0.3")
    right = ({"nullable": None}, {"bound": 4}, {"kind": {"nullable": True}}, {"kind": None}, {"other": "long enough"})
    wrong = ({"nullable": 7}, {"bound": 3}, {"kind": {}}, {"other": None})
    assert [accepts(spec, to("A"), one) for one in right] == [True] * 5
    assert [accepts(spec, to("A"), one) for one in wrong] == [False] * 4
    assert not accepts(spec_of(schemas), {"$ref": "#/components/schemas/B", "maxLength": 1}, "long enough")


def test_errors_name_the_place_in_the_instance_as_if_the_schema_stood_alone() -> None:
    spec = spec_of({"A": {"properties": {"7": {"items": TEXT}}}})
    assert usable(spec, TEXT, to("A"), {"type": "array"}) == []
    (error,) = compiled(spec, to("A")).errors({"7": ["x", 1]})
    assert (error.pointer, error.keyword, error.expected) == ("/7/1", "type", "type: string")
    assert compiled(spec, to("A")).errors({"7": ["x", 1]}, apart_from={"/7/1"}) == []


def test_of_a_constant_is_said_what_came() -> None:
    (error,) = alone({"const": 2**53 + 1}).errors(2**53)
    assert (error.expected, error.message) == ("const: 9007199254740993", "it is 9007199254740992")


def test_a_large_document_is_compiled_once_for_all_its_operations(tmp_path: Path) -> None:
    _, spec = load_profile(data_folders([data_folder(tmp_path, document(60, 200))]), "large")
    schemas = [one for operation in spec.operations.values() for one in operation.bodies.values()]
    schemas += [
        answer["content"]["application/json"]["schema"]
        for one in spec.operations.values()
        for answer in one.responses.values()
        if "content" in answer
    ]
    assert len(schemas) == 60
    assert len({id(compiled(spec, one).document) for one in schemas}) == 1
    assert len(reached(spec)) == 200
    body = compiled(spec, schemas[0])
    assert [one.pointer for one in body.errors({"item": {"next": {"self": {"many": [{"m1": 7}]}}}})] == [
        "/item/next/self/many/0/m1"
    ]


def test_of_a_document_only_what_the_profile_reaches_is_compiled(tmp_path: Path) -> None:
    whole = document(20, 100)
    schemas = whole["components"]["schemas"]
    for name in ("S0", "S1"):
        schemas[name] = {"type": "object", "properties": {"self": {"$ref": "#/components/schemas/S1"}}}
    _, spec = load_profile(data_folders([data_folder(tmp_path, whole, operations="[get0, get1]")]), "large")
    assert reached(spec) == {"/components/schemas/S0", "/components/schemas/S1"}


# The largest size of a process, in KiB. It begins as that of whoever starts it, so that has to be a small one, and not this.
MEASURING = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""


def test_planning_a_large_document_takes_less_than_300_mib(tmp_path: Path) -> None:
    folder = data_folder(tmp_path, document(200, 800))
    environment = {**os.environ, "XDG_CACHE_HOME": str(tmp_path / "cache")}
    command = [sys.executable, "-c", MEASURING, sys.executable, ROOT / "cli.py", "plan", "large", "--data", folder]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert int(done.stdout) // 1024 < 300


def test_each_direction_has_its_own_demands_where_the_document_speaks_of_it(tmp_path: Path) -> None:
    own = {"type": "object", "properties": {"id": {"type": "string", "readOnly": True}, "other": to("A")}, "required": ["id"]}
    spec = spec_of({"A": own})
    assert [compiled(spec, to("A"), one).is_valid({"other": {}}) for one in ("", REQUEST, RESPONSE)] == [False, True, False]
    assert compiled(spec, to("A"), RESPONSE) is compiled(spec, to("A"), "")
    whole = document(20, 40)
    whole["components"]["schemas"]["S0"]["properties"]["m0"]["readOnly"] = True
    _, spec = load_profile(data_folders([data_folder(tmp_path, whole)]), "large")
    bodies = [one for operation in spec.operations.values() for one in operation.bodies.values()]
    assert len({id(compiled(spec, one, REQUEST).document) for one in bodies}) == 1
    assert len(reached(spec, REQUEST)) == len(reached(spec)) == 40


# ------------------------------------------------------------------------------------------ two opinions


class Sure:
    """A validator that finds what it is told to find."""

    def __init__(self, *found: tuple[str, str], fails: Exception | None = None) -> None:
        self.found, self.fails = found, fails

    def errors(self, where: str, instance: Any) -> Any:
        if self.fails:
            raise self.fails
        return iter(self.found)


def with_second(second: Sure) -> Compiled:
    """A fresh schema of two texts, and another second opinion on it."""
    found = compiled(spec_of({}), {"properties": {"a": TEXT, "b": TEXT}})
    found.document.__dict__["opinion"] = second
    return found


def test_a_finding_stands_only_where_both_find_something() -> None:
    wrong = {"a": 7, "b": "x"}
    assert [one.pointer for one in with_second(Sure(("/a", "is 7"))).errors(wrong)] == ["/a"]
    with pytest.raises(
        DisagreementError, match=r'jsonschema-rs finds at /a: 7 is not of type "string"; jsonschema finds nothing'
    ):
        with_second(Sure()).errors(wrong)
    with pytest.raises(DisagreementError, match="jsonschema finds at /b: odd"):
        with_second(Sure(("/b", "odd"))).errors(wrong)
    with pytest.raises(DisagreementError, match="jsonschema fails with RecursionError: too deep"):
        with_second(Sure(fails=RecursionError("too deep"))).errors(wrong)
    assert with_second(Sure()).errors(wrong, apart_from={"/a"}) == []
    assert [with_second(one).refuses(wrong) for one in (Sure(), Sure(("/a", "is 7")))] == [False, True]


def test_the_second_is_not_asked_where_the_first_finds_nothing() -> None:
    found = with_second(Sure(fails=AssertionError("asked")))
    assert found.errors({"a": "x"}) == []
    assert not found.refuses({"a": "x"})


def test_the_second_is_asked_once_whether_it_refuses_the_same() -> None:
    class Counting(Sure):
        asked = 0

        def errors(self, where: str, instance: Any) -> Any:
            self.asked += 1
            return super().errors(where, instance)

    second = Counting(("/a", "is wrong"))
    found = with_second(second)
    assert all(found.refuses({"a": wrong}) for wrong in (1, 1, True, True, 1.5, 1.5))
    assert second.asked == 3
    assert all(found.refuses({"a": 1, "b": "x" * size}) for size in (3000, 3001))
    assert second.asked == 3  # the same value is wrong by the same keyword
    assert all(found.refuses({"a": [1] * 3000}) for _ in range(2))
    assert second.asked == 5  # what is long is not kept


def test_an_engine_that_gives_up_refuses_nothing() -> None:
    found = compiled(spec_of({}), {"pattern": r"^(?:(a|b|ab)*)\1c$"})
    text = "ab" * 40
    with pytest.raises(DisagreementError, match="jsonschema-rs cannot tell"):
        found.errors(text)
    assert not found.refuses(text)
