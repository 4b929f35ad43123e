"""JSON Schema: the one seam to the validators. Nobody else imports one.

Validators are compiled once per schema and kept; a schema of an OpenAPI document is compiled together with the document's
components, so that its references resolve. OpenAPI 3.0's `nullable` and boolean bounds are read as their 3.1 equivalents.
Formats are asserted (a `format: date-time` that is not one is an error), as the house style asks.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources
from typing import Any

import jsonschema_rs

from conformance.interface.directions import relaxed, speaks_of
from conformance.interface.references import dangling, siblings_apply
from conformance.model import Operation, Spec
from conformance.text import pointer

__all__ = [
    "SchemaError",
    "errors",
    "errors_under",
    "fits",
    "is_valid",
    "openapi_errors",
    "unexpected_members",
    "unusable",
]


@dataclass(frozen=True)
class SchemaError:
    """One deviation: where in the instance (JSON Pointer), what the validator says, the keyword that refused it, and what it wants."""

    pointer: str
    message: str
    keyword: str = ""
    expected: str = ""


_compiled: dict[int, tuple[Any, jsonschema_rs.Draft202012Validator]] = {}


def _validator(schema: Mapping[str, Any]) -> jsonschema_rs.Draft202012Validator:
    """A compiled validator, kept for as long as the schema object lives (the entry holds it, so its id stays its own)."""
    entry = _compiled.get(id(schema))
    if entry is None:
        compiled = jsonschema_rs.Draft202012Validator(dict(schema), validate_formats=True)
        entry = _compiled[id(schema)] = (schema, compiled)
    return entry[1]


@lru_cache(maxsize=512)
def _by_text(text: str) -> jsonschema_rs.Draft202012Validator:
    return jsonschema_rs.Draft202012Validator(json.loads(text), validate_formats=True)


def is_valid(schema: Mapping[str, Any], instance: Any) -> bool:
    """Whether `instance` is valid under a schema that stands alone."""
    return _by_text(json.dumps(schema)).is_valid(instance)


def errors(schema: Mapping[str, Any], instance: Any) -> list[SchemaError]:
    """What is wrong with `instance` under a schema that stands alone; empty when it is valid."""
    return list(_errors(_by_text(json.dumps(schema)), instance))


def _errors(validator: Any, instance: Any) -> Iterator[SchemaError]:
    for error in validator.iter_errors(instance):
        keyword = next((part for part in reversed(error.schema_path) if isinstance(part, str)), "")
        yield SchemaError(pointer.join(*error.instance_path), error.message, keyword, _wanted(keyword, error.kind.as_dict()))


def _wanted(keyword: str, details: Mapping[str, Any]) -> str:
    """What a keyword asks for, in few words: `type: integer or null`, `minimum: 3`; the keyword alone where it is no plain value."""
    found = next(iter(details.values()), None)
    values = found if isinstance(found, list) else [found]
    if found is None or not values or not all(isinstance(value, str | int | float) for value in values):
        return keyword
    return f"{keyword}: " + " or ".join(map(str, values))[:200]


def unexpected_members(schema: Mapping[str, Any], instance: Any) -> Iterator[tuple[str, str]]:
    """Members that a closed schema does not know, as `(pointer of the object, member name)`."""
    for error in _by_text(json.dumps(schema)).iter_errors(instance):
        if error.kind.name == "additionalProperties":
            for name in error.kind.as_dict()["unexpected"]:
                yield pointer.join(*error.instance_path), name


# ------------------------------------------------------------------------------------------ schemas of a document

_standing: dict[tuple[int, str, str], tuple[Spec, Mapping[str, Any]]] = {}
_stood: dict[tuple[int, int, str], tuple[Spec, Mapping[str, Any], Mapping[str, Any]]] = {}


def _standalone(spec: Spec, schema: Mapping[str, Any], direction: str) -> Mapping[str, Any]:
    """A schema of the spec's document with the components beside it; one object per schema, so that it is compiled once.

    Equal schemas share it; which those are is found out once per schema object (the entry holds it, so its id stays its own).
    """
    known = _stood.get((id(spec), id(schema), direction))
    if known is None:
        word = direction if _speaks_of(spec, direction) else ""
        key = (id(spec), word, json.dumps(schema, sort_keys=True))
        if key not in _standing:
            whole = {**_normal(spec, schema, word), "components": {"schemas": _components(spec, word)}}
            _standing[key] = (spec, whole)
        known = _stood[id(spec), id(schema), direction] = (spec, schema, _standing[key][1])
    return known[2]


_spoken: dict[tuple[int, str], tuple[Spec, bool]] = {}
_normalised: dict[tuple[int, str], tuple[Spec, Mapping[str, Any]]] = {}


def _speaks_of(spec: Spec, direction: str) -> bool:
    key = (id(spec), direction)
    if key not in _spoken:
        _spoken[key] = (spec, bool(direction) and speaks_of(spec.document, direction))
    return _spoken[key][1]


def _components(spec: Spec, direction: str) -> Mapping[str, Any]:
    key = (id(spec), direction)
    if key not in _normalised:
        schemas = (spec.document.get("components") or {}).get("schemas") or {}
        _normalised[key] = (spec, {name: _normal(spec, one, direction) for name, one in schemas.items()})
    return _normalised[key][1]


def _normal(spec: Spec, schema: Any, direction: str) -> Any:
    """A schema of the spec's document as JSON Schema has it, for values that travel in this direction."""
    if isinstance(schema, bool):
        return {} if schema else {"not": {}}
    found = relaxed(spec.document, schema, direction) if direction else schema
    return found if siblings_apply(spec.document) else _modern(found)


def _modern(node: Any) -> Any:
    """OpenAPI 3.0 schema keywords as 3.1 has them: `nullable`, boolean exclusive bounds, nothing beside a `$ref`."""
    if isinstance(node, list):
        return [_modern(member) for member in node]
    if not isinstance(node, dict):
        return node
    if isinstance(node.get("$ref"), str):
        return {"$ref": node["$ref"]}
    found = {key: _modern(value) for key, value in node.items() if key != "nullable"}
    if node.get("nullable") is True:
        if isinstance(found.get("type"), str):
            found["type"] = [found["type"], "null"]
        if isinstance(found.get("enum"), list) and None not in found["enum"]:
            found["enum"] = [*found["enum"], None]
    for exclusive, bound in (("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")):
        if found.get(exclusive) is True and bound in found:
            found[exclusive] = found.pop(bound)
        elif isinstance(found.get(exclusive), bool):
            del found[exclusive]
    return found


def errors_under(spec: Spec, schema: Mapping[str, Any], instance: Any, direction: str = "") -> list[SchemaError]:
    """What is wrong with `instance` under a schema that stands in the spec's document; empty when it is valid.

    `direction` is one of `directions`, or empty for what travels in neither.
    """
    return list(_errors(_validator(_standalone(spec, schema, direction)), instance))


def fits(spec: Spec, schema: Mapping[str, Any], instance: Any, direction: str = "") -> bool:
    """Whether `instance` is valid under a schema that stands in the spec's document."""
    return _validator(_standalone(spec, schema, direction)).is_valid(instance)


def unusable(operation: Operation) -> Iterator[tuple[str, str]]:
    """Where a schema of the operation is none that a validator can use, as `(pointer into the document, why)`."""
    contents = [m for answer in operation.responses.values() for m in (answer.get("content") or {}).values()]
    schemas = [*operation.bodies.values(), *(m["schema"] for m in contents if "schema" in m)]
    for one in (*schemas, *(p.schema for p in operation.parameters)):
        try:
            _validator(_standalone(operation.spec, one, ""))
        except jsonschema_rs.ValidationError as error:
            yield pointer.join(*error.instance_path), error.message
        except (jsonschema_rs.ReferencingError, ValueError) as error:
            yield "", str(error).splitlines()[0]


# ------------------------------------------------------------------------------------------ OpenAPI itself


@cache
def _openapi_schema(version: str) -> Any:
    published = resources.files("conformance") / "published" / f"openapi-{version}.schema.json"
    schema = json.loads(published.read_text(encoding="utf-8"))
    return jsonschema_rs.validator_for(schema)


def openapi_errors(document: Any) -> list[SchemaError]:
    """What is wrong with a document as OpenAPI 3.0 or 3.1, its component schemas included. No network is used."""
    if not isinstance(document, Mapping):
        return [SchemaError("", "an OpenAPI document is a JSON object")]
    version = str(document.get("openapi", ""))
    line = next((known for known in ("3.0", "3.1") if version.startswith(known + ".")), None)
    if line is None:
        return [SchemaError("/openapi", f"expected 3.0.x or 3.1.x, got {version!r}")]
    found = list(_errors(_openapi_schema(line), document))
    if line == "3.1":
        for name, schema in ((document.get("components") or {}).get("schemas") or {}).items():
            where = pointer.join("components", "schemas", name)
            found += [SchemaError(where + e.pointer, e.message, e.keyword) for e in _errors(_META, schema)]
    found += [SchemaError(where, f"$ref {ref!r} leads nowhere") for where, ref in dangling(document)]
    return found


_META: Any = jsonschema_rs.Draft202012Validator({"$ref": "https://json-schema.org/draft/2020-12/schema"})
