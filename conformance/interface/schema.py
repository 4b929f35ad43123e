"""JSON Schema, asked: of documents that stand alone, of what stands in a spec's document, of OpenAPI documents themselves.

`compiled` holds the schemas and asks the validators, a second one before anything is found. What finds fault with a target raises
DisagreementError where the two do not agree; what only chooses (`is_valid`, `fits`) asks the first alone.
"""

from __future__ import annotations

import importlib
import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cache
from importlib import resources
from typing import Any

from conformance.interface.compiled import Compiled, SchemaError, alone, compiled, defects, of_kind
from conformance.interface.directions import REQUEST, RESPONSE
from conformance.interface.kept import kept
from conformance.interface.references import dangling
from conformance.model import Operation, Spec
from conformance.text import pointer

__all__ = [
    "SchemaError",
    "errors",
    "errors_under",
    "fits",
    "is_valid",
    "make_ready",
    "openapi_errors",
    "refuses",
    "refuses_under",
    "unexpected_members",
    "unusable",
]


def make_ready() -> None:
    """Load the second opinion now. In the middle of a run that would hold up every case, and the answers whose time is taken."""
    importlib.import_module("conformance.interface.opinion")


def is_valid(schema: Mapping[str, Any], instance: Any) -> bool:
    """Whether `instance` is valid under a schema that stands alone."""
    return _of_row(schema).is_valid(instance)


def errors(schema: Mapping[str, Any], instance: Any) -> list[SchemaError]:
    """What is wrong with `instance` under a schema that stands alone; empty when it is valid. For data of our own: one opinion."""
    return list(alone(schema).first_errors(instance))


def refuses(schema: Mapping[str, Any], instance: Any) -> bool:
    """Whether `instance` is invalid under a schema that stands alone. Raises DisagreementError where the validators do not agree."""
    return bool(_of_row(schema).errors(instance))


def _of_row(schema: Mapping[str, Any]) -> Compiled:
    """A schema that a row has in its arguments: it is there as long as the row, and asked of every item of every list."""
    return _by_object(schema) if schema else alone(schema)


_by_object = kept(alone)


def unexpected_members(schema: Mapping[str, Any], instance: Any) -> Iterator[tuple[str, str]]:
    """Members that a closed schema does not know, as `(pointer of the object, member name)`."""
    for error in alone(schema).document.validator.iter_errors(instance):
        if error.kind.name == "additionalProperties":
            for name in error.kind.as_dict()["unexpected"]:
                yield pointer.join(*error.instance_path), name


# ------------------------------------------------------------------------------------------ schemas of a document


def errors_under(
    spec: Spec, schema: Mapping[str, Any], instance: Any, direction: str = "", *, apart_from: Collection[str] = ()
) -> list[SchemaError]:
    """What is wrong with `instance` under a schema that stands in the spec's document; empty when it is valid.

    `direction` is one of `directions`, or empty for what travels in neither; `apart_from` are pointers into the instance that are left
    out. Raises DisagreementError where the validators do not agree.
    """
    return compiled(spec, schema, direction).errors(instance, apart_from=apart_from)


def fits(spec: Spec, schema: Mapping[str, Any], instance: Any, direction: str = "") -> bool:
    """Whether `instance` is valid under a schema that stands in the spec's document."""
    return compiled(spec, schema, direction).is_valid(instance)


def refuses_under(spec: Spec, schema: Mapping[str, Any], instance: Any, direction: str = "") -> bool:
    """Whether `instance` is invalid beyond doubt under a schema that stands in the spec's document: both validators refuse it."""
    return compiled(spec, schema, direction).refuses(instance)


def unusable(spec: Spec, names: Iterable[str]) -> Iterator[tuple[str, str, str]]:
    """Which operations have a schema that a validator cannot use, as `(operation, pointer into the document, why)`.

    The schemas of all of them are compiled, together, and stay so.
    """
    placed = [(name, one) for name in names for one in _schemas(spec.operations[name])]
    for index, where, why in defects(spec, [one for _, one in placed]):
        yield placed[index][0], where, why


def _schemas(operation: Operation) -> Iterator[tuple[Mapping[str, Any], str]]:
    """Every schema that an operation has of its own, with the direction in which its values travel."""
    for one in operation.bodies.values():
        yield one, REQUEST
    for answer in operation.responses.values():
        for content in (answer.get("content") or {}).values():
            if "schema" in content:
                yield content["schema"], RESPONSE
    for p in operation.parameters:
        yield p.written, ""


# ------------------------------------------------------------------------------------------ OpenAPI itself


@cache
def _openapi_schema(version: str) -> Compiled:
    published = resources.files("conformance") / "published" / f"openapi-{version}.schema.json"
    return of_kind(json.loads(published.read_text(encoding="utf-8")))


def openapi_errors(document: Any) -> list[SchemaError]:
    """What is wrong with a document as OpenAPI 3.0 or 3.1, its component schemas included. No network is used.

    Raises DisagreementError where the two validators do not agree.
    """
    if not isinstance(document, Mapping):
        return [SchemaError("", "an OpenAPI document is a JSON object")]
    version = str(document.get("openapi", ""))
    line = next((known for known in ("3.0", "3.1") if version.startswith(known + ".")), None)
    if line is None:
        return [SchemaError("/openapi", f"expected 3.0.x or 3.1.x, got {version!r}")]
    found = _openapi_schema(line).errors(document)
    if line == "3.1":
        components = document.get("components")
        named = components.get("schemas") if isinstance(components, Mapping) else None
        for name, schema in named.items() if isinstance(named, Mapping) else ():
            where = pointer.join("components", "schemas", name)
            found += [SchemaError(where + e.pointer, e.message, e.keyword) for e in alone(_META).errors(schema)]
    found += [SchemaError(where, f"$ref {ref!r} leads nowhere") for where, ref in dangling(document)]
    return found


_META = {"$ref": "https://json-schema.org/draft/2020-12/schema"}
