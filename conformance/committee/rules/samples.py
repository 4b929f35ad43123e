"""Examples and defaults under the schemas that they stand beside. What is written as an example is copied first.

A large document has thousands of them. They are gathered in one walk, and their schemas are compiled together, but for those that say no more than
a type.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from conformance.committee.rules import ERROR, WARNING, Draft, Place, rule, text
from conformance.committee.rules._sample import draft, schemas
from conformance.errors import DataError, SuiteError
from conformance.interface.compiled import compiled, defects
from conformance.interface.directions import REQUEST, RESPONSE
from conformance.interface.kept import kept_of
from conformance.interface.readings import one_text
from conformance.interface.references import deref, objects, referenced
from conformance.interface.sets import values
from conformance.model import wire_text
from conformance.text import pointer

_SCHEMA = "JSON Schema 2020-12, Validation section 9"
_OAS = "OpenAPI Specification 3.1.0, 4.8.14 Media Type Object"
_UNTOLD = (DataError, SuiteError, ValueError, RecursionError, AttributeError, TypeError)  # what a schema that is none ends in


_CONTENT, _PARAMETER, _SCHEMA_ITSELF, _DEFAULT = "content", "parameter", "schema", "default"
_TOLD = frozenset(  # they restrict nothing
    [
        "title",
        "description",
        "example",
        "examples",
        "default",
        "deprecated",
        "readOnly",
        "writeOnly",
        "externalDocs",
        "xml",
        "nullable",
    ]
)
_TYPES: Mapping[str, tuple[type, ...]] = {"string": (str,), "integer": (int,), "number": (int, float), "boolean": (bool,)}


@dataclass(frozen=True)
class _Sample:
    """A value that a document shows, and the schema beside it. `of` says what shows it, `direction` in which it would travel."""

    of: str
    where: str
    schema: Any
    value: Any
    direction: str = ""


@kept_of(1)
def _samples(found: Draft) -> tuple[_Sample, ...]:
    """Everything that a document shows as a value, in its order. The schemas are ready to be asked then."""
    samples = tuple(one for where, node, kind in objects(found.document) for one in _shown(found, where, node, kind))
    assert found.spec is not None  # every draft is read with one
    asked = [(one.schema, one.direction) for one in samples if not _plainly(one.schema, one.value)]
    with contextlib.suppress(*_UNTOLD):  # whoever asks is told of each, then
        for _ in defects(found.spec, asked):
            pass
    return samples


def _shown(found: Draft, where: str, node: Mapping[str, Any], kind: str) -> Iterator[_Sample]:
    """What an object of a document shows beside its schema, or as a schema."""
    if kind == "schemas":
        listed = node.get("examples")
        told = [(f"{where}/example", node["example"])] if "example" in node else []
        told += [(f"{where}/examples/{index}", one) for index, one in enumerate(listed if isinstance(listed, list) else ())]
        yield from (_Sample(_SCHEMA_ITSELF, at, node, value) for at, value in told)
        if "default" in node:
            yield _Sample(_DEFAULT, f"{where}/default", node, node["default"])
    elif ("example" in node or "examples" in node) and isinstance(node.get("schema"), Mapping | bool):
        if kind == "parameters" and "in" in node:
            told = _examples(found, where, node)
            yield from (_Sample(_PARAMETER, at, node["schema"], value, REQUEST) for at, value in told)
        elif kind in ("", "headers"):
            parts = pointer.segments(where)
            direction = REQUEST if "requestBody" in parts else RESPONSE if "responses" in parts else ""
            yield from (_Sample(_CONTENT, at, node["schema"], value, direction) for at, value in _examples(found, where, node))


def _examples(found: Draft, where: str, node: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """The examples of an object that is no schema, with their places."""
    told = [(f"{where}/example", node["example"])] if "example" in node else []
    named = node.get("examples")
    for name, one in named.items() if isinstance(named, Mapping) else ():
        try:
            written = referenced(found.document, one)
        except DataError:
            continue
        if "value" in written:
            told.append((where + pointer.join("examples", name), written["value"]))
    return told


def _refused(found: Draft, of: str) -> Iterator[Place]:
    """The samples of a kind that their schemas refuse."""
    for one in _samples(found):
        if one.of == of and (why := _wrong(found, one.schema, one.value, one.direction)):
            yield one.where, why


def _plainly(schema: Any, value: Any) -> bool:
    """Whether a schema asks for no more than a type, or one of a list of texts, and the value is that."""
    if not isinstance(schema, Mapping) or not isinstance(kind := schema.get("type"), str) or kind not in _TYPES:
        return False
    if not isinstance(value, _TYPES[kind]) or (isinstance(value, bool) and kind != "boolean"):
        return False
    more = [key for key in schema if key != "type" and key not in _TOLD and not str(key).startswith("x-")]
    return not more or (
        more == ["enum"] and isinstance(value, str) and isinstance(schema["enum"], list) and value in schema["enum"]
    )


def _wrong(found: Draft, schema: Any, value: Any, direction: str = "") -> str | None:
    """What is wrong with a value under a schema of the document, by both validators; None where nothing is, or it cannot be told."""
    assert found.spec is not None  # every draft is read with one
    if _plainly(schema, value):
        return None
    try:
        held = compiled(found.spec, schema, direction)
        if not held.refuses(value):
            return None
        at, wanted = held.why_not(value)
    except _UNTOLD:
        return None  # the schema itself is wrong, which another rule says
    except Exception as error:
        if type(error).__module__.startswith(("jsonschema", "referencing")):
            return None
        raise
    return f"{at or '/'}: {wanted}"


def _content(**more: Any) -> dict[str, Any]:
    return {"responses": {"200": {"description": "-", "content": {"application/json": {"schema": {"type": "integer"}, **more}}}}}


@rule(
    "EXA-01", ERROR, "any", _OAS,
    text("An example that is invalid teaches what will be refused.", "無效之範例會教人送出將被拒絕之內容。"),
    text("Mend the example, or the schema if that is what is wrong.", "修正範例；如係綱要有誤則修正綱要。"),
    draft(_content(example=1)), draft(_content(examples={"a": {"value": "x"}})),
)  # fmt: skip
def examples_of_content_are_valid(found: Draft) -> Iterator[Place]:
    """Each example of a request body, an answer or a header field that its schema refuses."""
    yield from _refused(found, _CONTENT)


@rule(
    "EXA-02", ERROR, "any", "OpenAPI Specification 3.1.0, 4.8.12 Parameter Object",
    text("The example of a parameter is what everybody tries first.", "參數範例是所有人最先嘗試之值。"),
    text("Mend the example, or the schema if that is what is wrong.", "修正範例；如係綱要有誤則修正綱要。"),
    draft({"parameters": [{"name": "a", "in": "query", "schema": {"type": "integer"}, "example": 1}]}),
    draft({"parameters": [{"name": "a", "in": "query", "schema": {"type": "integer"}, "example": "x"}]}),
)  # fmt: skip
def examples_of_parameters_are_valid(found: Draft) -> Iterator[Place]:
    """Each example of a parameter that its schema refuses, also when it is read as the text that travels (`A,B` for a list)."""
    for one in _samples(found):
        if one.of == _PARAMETER and (why := _wrong(found, one.schema, one.value, one.direction)):
            readings = one_text(wire_text(one.value), listed=True)
            if all(_wrong(found, one.schema, reading, one.direction) for reading in readings):
                yield one.where, why


@rule(
    "EXA-03", ERROR, "any", _SCHEMA,
    text("An example beside a schema is shown as one of its values.", "綱要旁之範例會顯示為其合法值。"),
    text("Mend the example, or the schema if that is what is wrong.", "修正範例；如係綱要有誤則修正綱要。"),
    schemas(A={"type": "integer", "examples": [1]}), schemas(A={"type": "integer", "example": "x"}),
)  # fmt: skip
def examples_of_schemas_are_valid(found: Draft) -> Iterator[Place]:
    """Each example of a schema that the schema itself refuses."""
    yield from _refused(found, _SCHEMA_ITSELF)


@rule(
    "EXA-04", ERROR, "any", _SCHEMA,
    text("A default that is invalid is a request that refuses itself.", "無效之預設值等同自我拒絕之請求。"),
    text("Mend the default, or the schema if that is what is wrong.", "修正預設值；如係綱要有誤則修正綱要。"),
    schemas(A={"type": "integer", "default": 1}), schemas(A={"type": "integer", "default": "x"}),
)  # fmt: skip
def defaults_are_valid(found: Draft) -> Iterator[Place]:
    """Each default that its schema refuses."""
    yield from _refused(found, _DEFAULT)


@rule(
    "EXA-05", WARNING, "any", "JSON Schema 2020-12, Validation section 6.1.2",
    text("A value of an enumeration that another keyword refuses can never be sent.", "列舉值若為其他關鍵字所拒，即永不可能出現。"),
    text("Take the value away, or widen what refuses it.", "移除該值，或放寬拒絕它之關鍵字。"),
    schemas(A={"type": "string", "enum": ["A"]}), schemas(A={"type": "string", "enum": ["A", 1]}),
)  # fmt: skip
def values_of_enumerations_are_valid(found: Draft) -> Iterator[Place]:
    """Each value of an enumeration that the rest of its schema refuses. OpenAPI 3.0 says null by `nullable`, beside the list."""
    for where, node in found.objects("schemas"):
        listed = node.get("enum")
        rest = {key: value for key, value in node.items() if key != "enum"}
        for value in listed if isinstance(listed, list) else ():
            if value is not None and (why := _wrong(found, rest, value)):
                yield f"{where}/enum", f"{value!r}: {why}"


@rule(
    "EXA-06", WARNING, "any", "JSON Schema 2020-12, Validation section 6",
    text("A schema that no value can satisfy is a mistake in all but `false`.", "除 false 外，無任何合法值之綱要均屬錯誤。"),
    text("Mend the bounds that exclude each other.", "修正彼此矛盾之界限。"),
    schemas(A={"type": "integer", "minimum": 1, "maximum": 2}), schemas(A={"type": "integer", "minimum": 2, "maximum": 1}),
)  # fmt: skip
def schemas_have_values(found: Draft) -> Iterator[Place]:
    """Each component schema of which it is proved that it admits nothing, and which does not say so itself."""
    assert found.spec is not None  # every draft is read with one
    components = found.document.get("components")
    named = components.get("schemas") if isinstance(components, Mapping) else None
    for name, one in named.items() if isinstance(named, Mapping) else ():
        if isinstance(one, Mapping) and set(one) != {"not"}:
            try:
                deref(found.document, one)
                empty = values(found.spec, one).is_empty
            except (DataError, ValueError, RecursionError, AttributeError, TypeError):
                continue
            if empty:
                yield pointer.join("components", "schemas", name), f"{name} admits no value"
