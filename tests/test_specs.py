"""The interface documents themselves: bilingual, with sources, links that lead somewhere, and examples that hold under their schemas."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from conformance.interface.contract import parameter_accepts
from conformance.interface.references import deref
from conformance.interface.schema import errors
from conformance.load import data_folders, load_spec
from conformance.load.documents import read_document
from conformance.load.interfaces import read_interface
from conformance.model import Operation, Spec
from conformance.text import pointer

pytestmark = pytest.mark.heavy

SPECS = Path(__file__).parents[1] / "specs"
DOCUMENTS = sorted(SPECS.glob("*/*/openapi.yaml"))
DOMAINS = [path.parent.parent.name for path in DOCUMENTS if path.parent.parent.name != "common"]
# What a 3.1 schema may say so that a document for 3.0 tools can be made from it without losing anything.
KEYWORDS = {
    *("$ref", "type", "enum", "title", "description", "examples", "default", "format", "pattern", "minLength", "maxLength"),
    *("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "minItems", "maxItems", "uniqueItems", "items"),
    *("required", "properties", "additionalProperties", "oneOf", "anyOf", "allOf"),
}
TEXTS = ("title", "summary", "description")


@cache
def document_of(path: Path) -> dict[str, Any]:
    return read_interface(path).content


@cache
def spec_of(domain: str) -> Spec:
    return load_spec(data_folders(), domain)


def nodes(node: Any, here: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every object of a document that is not part of an example, with where it is."""
    if isinstance(node, dict):
        yield here, node
        for key, member in node.items():
            if key not in ("example", "value", "x-enum-labels") and not (key == "examples" and isinstance(member, list)):
                yield from nodes(member, f"{here}{pointer.join(key)}")
    elif isinstance(node, list):
        for index, member in enumerate(node):
            yield from nodes(member, f"{here}/{index}")


def schemas(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every schema object: those of components, parameters, headers and bodies, with their parts."""
    roots = [(f"/components/schemas/{name}", s) for name, s in document.get("components", {}).get("schemas", {}).items()]
    roots += [(f"{at}/schema", node["schema"]) for at, node in nodes(document) if isinstance(node.get("schema"), dict)]
    for at, root in roots:
        yield from parts(at, root)


def parts(at: str, schema: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    yield at, schema
    for name, member in schema.get("properties", {}).items():
        yield from parts(f"{at}/properties/{name}", member)
    for key in ("items", "additionalProperties"):
        if isinstance(schema.get(key), dict):
            yield from parts(f"{at}/{key}", schema[key])
    for key in ("oneOf", "anyOf", "allOf"):
        for index, member in enumerate(schema.get(key, ())):
            yield from parts(f"{at}/{key}/{index}", member)


def examples(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any], Any]]:
    """Every example of the document with the schema that it has to hold under."""
    for at, schema in schemas(document):
        yield from ((f"{at}/examples/{index}", schema, value) for index, value in enumerate(schema.get("examples", ())))
    for at, node in nodes(document):
        if isinstance(node.get("schema"), dict):
            if "example" in node:
                yield f"{at}/example", node["schema"], node["example"]
            for name, entry in (node.get("examples") or {}).items():
                yield f"{at}/examples/{name}", node["schema"], deref(document, entry)["value"]


def standalone(document: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    """A schema of a document with the components that it may refer to."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "components": document.get("components", {})}


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.parent.parent.name)
def test_every_example_holds_under_its_schema(path: Path) -> None:
    document = document_of(path)
    found = list(examples(document))
    wrong = [(at, e.message) for at, schema, value in found for e in errors(standalone(document, schema), value)]
    assert wrong == []
    assert len(found) > 50


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.parent.parent.name)
def test_everything_described_is_described_in_both_languages(path: Path) -> None:
    han = re.compile("[\u4e00-\u9fff]")
    missing = []
    for at, node in nodes(document_of(path)):
        for key in TEXTS:
            other = node.get(f"x-{key}-zh-Hant")
            named = at.endswith(("/properties", "/scopes")) or (key == "title" and at != "/info")
            if isinstance(node.get(key), str) and not named and not (isinstance(other, str) and han.search(other)):
                missing.append(f"{at}/{key}")
            if isinstance(other, str) and not isinstance(node.get(key), str):
                missing.append(f"{at}/{key} (only in Chinese)")
    assert missing == []


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.parent.parent.name)
def test_every_property_says_what_it_is_and_where_its_name_comes_from(path: Path) -> None:
    bare = [
        at
        for at, schema in schemas(document_of(path))
        if re.search(r"/properties/[^/]+$", at)
        and not (schema.get("description") and re.match(r"[\w.-]+:\S", schema.get("x-source-term", "")))
    ]
    assert bare == []


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.parent.parent.name)
def test_every_value_of_an_enumeration_has_a_label_in_both_languages(path: Path) -> None:
    wrong = []
    for at, schema in schemas(document_of(path)):
        if "enum" in schema:
            labels = schema.get("x-enum-labels", {})
            if set(labels) != {str(value) for value in schema["enum"]} or any(
                set(text) != {"en", "zh-Hant"} for text in labels.values()
            ):
                wrong.append(at)
    assert wrong == []


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.parent.parent.name)
def test_the_schemas_keep_to_what_3_0_can_say_too(path: Path) -> None:
    wrong = []
    for at, schema in schemas(document_of(path)):
        wrong += [f"{at}/{key}" for key in schema if key not in KEYWORDS and not key.startswith("x-")]
        kinds = schema.get("type")
        if isinstance(kinds, list) and (len(kinds) != 2 or "null" not in kinds):
            wrong.append(f"{at}/type {kinds}")
    assert wrong == []


@pytest.mark.parametrize("domain", DOMAINS)
def test_every_operation_declares_the_refusals_that_can_come_of_it(domain: str) -> None:
    wrong = []
    for operation in spec_of(domain).operations.values():
        expected = {"400", "405", "406", "429"}
        expected |= {"401", "403"} if operation.secured else set()
        expected |= {"404"} if any(p.location == "path" for p in operation.parameters) else set()
        expected |= {"415", "422", "409"} if operation.bodies else {"409"} if operation.writes else set()
        expected |= {"423"} if operation.raw.get("x-locks") else set()
        expected |= {"412", "428"} if operation.parameter("If-Match", "header") else set()
        expected |= {"304"} if operation.parameter("If-None-Match", "header") else set()
        declared = {status for status in operation.responses if not status.startswith("2")}
        if declared != expected:
            wrong.append((operation.id, sorted(declared ^ expected)))
        for status in sorted(declared - {"304"}):
            if set(operation.responses[status]["content"]) != {"application/problem+json"}:
                wrong.append((operation.id, [status, "media type"]))
    assert wrong == []


@pytest.mark.parametrize("domain", DOMAINS)
def test_every_link_leads_to_an_operation_and_takes_its_values_from_the_example(domain: str) -> None:
    spec = spec_of(domain)
    followed = 0
    for operation in spec.operations.values():
        for answer in operation.responses.values():
            bodies = [body for body in example_bodies(spec, answer) if "openapi" not in body]
            for name, link in (answer.get("links") or {}).items():
                target = spec.operations[link["operationId"]]
                values = {**link.get("parameters", {}), **link.get("requestBody", {})}
                assert values, name
                for parameter, expression in values.items():
                    if not str(expression).startswith("$"):
                        continue
                    assert expression.startswith("$response.body#/"), name
                    found = [pointer.first(body, expression.removeprefix("$response.body#")) for body in bodies]
                    assert all(value is not None for value in found), (name, expression)
                    if parameter in link.get("parameters", {}):
                        assert all(accepted(target, parameter, str(value)) for value in found), (name, expression)
                followed += 1
    assert followed > 5


def example_bodies(spec: Spec, answer: Mapping[str, Any]) -> Iterator[Any]:
    for content in (answer.get("content") or {}).values():
        if "example" in content:
            yield content["example"]
        yield from (deref(spec.document, entry)["value"] for entry in (content.get("examples") or {}).values())


def accepted(target: Operation, parameter: str, text: str) -> bool:
    return any(
        parameter_accepts(target, parameter, text, where) for where in ("path", "query") if target.parameter(parameter, where)
    )


@pytest.mark.parametrize("domain", DOMAINS)
def test_values_worth_trying_and_examples_of_parameters_are_accepted(domain: str) -> None:
    wrong = []
    for operation in spec_of(domain).operations.values():
        for parameter in operation.parameters:
            tried = [
                *parameter.raw.get("x-example-values", ()),
                *([parameter.raw["example"]] if "example" in parameter.raw else []),
            ]
            texts = [value if isinstance(value, str) else json.dumps(value) for value in tried]
            wrong += [
                (operation.id, parameter.name, text)
                for text in texts
                if not parameter_accepts(operation, parameter.name, text, parameter.location)
            ]
    assert wrong == []


@pytest.mark.parametrize("domain", DOMAINS)
def test_filters_and_collections_point_at_what_the_schemas_have(domain: str) -> None:
    spec = spec_of(domain)
    checked = 0
    for operation in spec.operations.values():
        collection = operation.raw.get("x-collection")
        if collection:
            item = item_schema(spec, operation)
            named = [*collection["id"], *collection["sort"]]
            filters = [p.filter for p in operation.parameters if p.filter]
            named += [f["on"] for f in filters if f["match"] not in ("any-related", "related-value", "bbox")]
            for where in named:
                assert member(spec, item, where) is not None, (operation.id, where)
                checked += 1
            for f in filters:
                if "operation" in f:
                    related = spec.operations[f["operation"]]
                    answer = item_schema(spec, related) if related.raw.get("x-collection") else body_of(spec, related)
                    assert member(spec, answer, f["key"] if "key" in f else f["on"]) is not None, (operation.id, f)
            if "get" in collection:
                assert collection["get"] in spec.operations
    assert checked > 5


def body_of(spec: Spec, operation: Operation) -> Any:
    return deref(spec.document, operation.responses["200"]["content"]["application/json"]["schema"])


def item_schema(spec: Spec, operation: Operation) -> Any:
    items = member(spec, body_of(spec, operation), operation.raw["x-collection"]["items"])
    return deref(spec.document, items["items"])


def member(spec: Spec, schema: Any, where: str) -> Any:
    for part in pointer.segments(where):
        schema = deref(spec.document, schema)
        schema = schema.get("items") if part == "*" else (schema.get("properties") or {}).get(part)
        if schema is None:
            return None
    return deref(spec.document, schema)


@pytest.mark.parametrize("domain", DOMAINS)
def test_a_row_that_names_a_section_of_the_interface_document_names_one_that_is_there(domain: str) -> None:
    spec = spec_of(domain)
    sections = set(re.findall(r"^## \d+ (.+)$", spec.document["info"]["description"], re.MULTILINE))
    own = [row for row in spec.requirements if row.where.startswith(f"{domain}/")]
    named = [(row.id, part.strip()) for row in own for part in row.source.split(";")]
    told = [(name, part.partition(", ")[2]) for name, part in named if part.lower().startswith("interface document, ")]
    assert [(name, section) for name, section in told if section not in sections] == []
    assert len(told) > 10


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.parent.parent.name)
def test_both_languages_name_the_same_members_and_numbers_in_every_paragraph(path: Path) -> None:
    info = document_of(path)["info"]
    english, chinese = (re.split(r"\n(?=##|\* |\| )", info[key]) for key in ("description", "x-description-zh-Hant"))
    assert len(english) == len(chinese)
    for one, other in zip(english, chinese, strict=True):
        for pattern in (r"`[^`]+`", r"\d+(?:\.\d+)?"):
            assert set(re.findall(pattern, one)) == set(re.findall(pattern, other)), one


def test_every_row_class_and_profile_is_written_in_both_languages() -> None:
    """A folder of somebody's own may speak one language; the suite's speaks two, or a text would stand in the wrong one."""
    root, han = Path(__file__).parents[1], re.compile("[\u4e00-\u9fff]")
    wrong = []
    for path in sorted([*root.glob("specs/*/*/requirements.yaml"), *root.glob("profiles/*/*.yaml")]):
        for at, node in nodes(read_document(path).content):
            if "en" in node or "zh-Hant" in node:
                texts = [node.get("en"), node.get("zh-Hant")]
                if not all(isinstance(text, str) and text for text in texts) or not han.search(texts[1]):
                    wrong.append(f"{path}: {at}")
    assert wrong == []


def test_a_remedy_that_an_including_file_gives_is_that_of_the_row() -> None:
    row = load_spec(data_folders(), "logistics").requirement("COM-HOOK-01")
    assert row is not None
    assert row.binding is not None
    assert all(row.remedy[language] for language in ("en", "zh-Hant"))
