"""JSON Schema: the one seam to the validators. Nobody else imports one.

Validators are compiled once per schema and kept; a schema of an OpenAPI document is compiled together with the document's
components, so that its references resolve. OpenAPI 3.0's `nullable` and boolean bounds are read as their 3.1 equivalents.
Formats are asserted (a `format: date-time` that is not one is an error), as the house style asks.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources
from typing import Any
from urllib.parse import unquote

import jsonschema_rs

from conformance.model import Exchange, Operation, Spec
from conformance.text import pointer

__all__ = [
    "SchemaError",
    "body_schema",
    "declared",
    "describes",
    "errors",
    "is_valid",
    "locate",
    "openapi_errors",
    "parameter_accepts",
    "request_errors",
    "response_errors",
    "response_schema",
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


# ------------------------------------------------------------------------------------------ an operation's schemas

_standing: dict[tuple[int, str], tuple[Spec, Mapping[str, Any]]] = {}
_stood: dict[tuple[int, int], tuple[Spec, Mapping[str, Any], Mapping[str, Any]]] = {}


def _standalone(spec: Spec, schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """A schema of the spec's document with the components beside it; one object per schema, so that it is compiled once.

    Equal schemas share it; which those are is found out once per schema object (the entry holds it, so its id stays its own).
    """
    known = _stood.get((id(spec), id(schema)))
    if known is None:
        key = (id(spec), json.dumps(schema, sort_keys=True))
        if key not in _standing:
            components = spec.document.get("components", {})
            whole = {**schema, "components": {"schemas": components.get("schemas", {})}}
            modern = _modern(whole) if str(spec.document.get("openapi", "3.1")).startswith("3.0") else whole
            _standing[key] = (spec, modern)
        known = _stood[id(spec), id(schema)] = (spec, schema, _standing[key][1])
    return known[2]


def _modern(node: Any) -> Any:
    """OpenAPI 3.0 schema keywords as 3.1 has them: `nullable`, boolean exclusive bounds."""
    if isinstance(node, list):
        return [_modern(member) for member in node]
    if not isinstance(node, dict):
        return node
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


def declared(operation: Operation, status: int) -> Mapping[str, Any] | None:
    """The declared answer for a status code: exact, then its range (`4XX`), then `default`; None when there is none."""
    for key in (str(status), f"{status // 100}XX", f"{status // 100}xx", "default"):
        if key in operation.responses:
            return operation.responses[key]
    return None


def response_schema(operation: Operation, status: int, media_type: str) -> Mapping[str, Any] | None:
    """The schema of a declared answer's body for a media type, components included; None when none is declared."""
    content = (declared(operation, status) or {}).get("content") or {}
    for name, entry in content.items():
        if name.split(";")[0].strip().lower() in (media_type, "*/*") and "schema" in entry:
            return _standalone(operation.spec, entry["schema"])
    return None


def body_schema(operation: Operation, media_type: str) -> Mapping[str, Any] | None:
    """The schema of a request body, components included; None when the media type is not declared."""
    found = operation.bodies.get(media_type)
    return None if found is None else _standalone(operation.spec, found)


def response_errors(operation: Operation, exchange: Exchange) -> list[SchemaError]:
    """What is wrong with an answer's body under its declared schema; empty when it is valid or nothing is declared.

    A value that redaction replaced is left out: its form was the target's, its text is ours.
    """
    if exchange.response is None:
        return []
    schema = response_schema(operation, exchange.status, exchange.response.media_type)
    if schema is None:
        return []
    redacted = {str(one.get("where")) for one in exchange.attributes.get("redactions", ())}
    return [e for e in _errors(_validator(schema), exchange.json) if f"/response/body{e.pointer}" not in redacted]


def request_errors(operation: Operation, media_type: str, instance: Any) -> list[SchemaError]:
    """What is wrong with a request body under its declared schema."""
    schema = body_schema(operation, media_type)
    return [] if schema is None else list(_errors(_validator(schema), instance))


def unusable(operation: Operation) -> Iterator[tuple[str, str]]:
    """Where a schema of the operation is none that a validator can use, as `(pointer into the document, why)`."""
    contents = [m for answer in operation.responses.values() for m in (answer.get("content") or {}).values()]
    schemas = [*operation.bodies.values(), *(m["schema"] for m in contents if "schema" in m)]
    for one in (*schemas, *(p.schema for p in operation.parameters)):
        try:
            _validator(_standalone(operation.spec, one))
        except jsonschema_rs.ValidationError as error:
            yield pointer.join(*error.instance_path), error.message
        except (jsonschema_rs.ReferencingError, ValueError) as error:
            yield "", str(error).splitlines()[0]


def parameter_accepts(operation: Operation, name: str, text: str, location: str = "query") -> bool:
    """Whether a parameter's schema accepts this wire text, read in any way that a server may read it.

    A text is invalid only when neither the text itself nor its reading as JSON number, boolean, null or comma list is valid.
    """
    p = operation.parameter(name, location)
    if p is None:
        return False
    readings: list[Any] = [text, *_as_json(text)]
    if "," in text or p.schema.get("type") == "array":
        parts = text.split(",")
        readings += [parts, [next(_as_json(part), part) for part in parts]]
    validator = _validator(_standalone(operation.spec, p.schema))
    return any(validator.is_valid(reading) for reading in readings)


def _as_json(text: str) -> Iterator[Any]:
    """The reading of a text as a JSON value, when it has one."""
    with contextlib.suppress(ValueError, RecursionError):
        yield json.loads(text)


# ------------------------------------------------------------------------------------------ annotations


def locate(operation: Operation, exchange: Exchange, keyword: str, value: Any = None) -> list[tuple[str, Any]]:
    """Every `(pointer, value)` of an answer whose schema has `keyword` (equal to `value`, if one is given)."""
    if exchange.json is None:
        return []
    return [
        match for pattern in _places(operation, exchange, keyword, value) for match in pointer.resolve(exchange.json, pattern)
    ]


def describes(operation: Operation, exchange: Exchange, path: Sequence[str | int], keyword: str) -> bool:
    """Whether the schema of an answer has `keyword` for the member at `path`."""
    for pattern in _places(operation, exchange, keyword):
        parts = pointer.segments(pattern)
        if len(parts) == len(path) and all(part in ("*", str(step)) for part, step in zip(parts, path, strict=True)):
            return True
    return False


def _places(operation: Operation, exchange: Exchange, keyword: str, value: Any = None) -> tuple[str, ...]:
    """The pointers, with `*` for any member, of the places in an answer for which its schema has `keyword`."""
    if exchange.response is None:
        return ()
    content = (declared(operation, exchange.status) or {}).get("content") or {}
    entry = content.get(exchange.response.media_type) or {}
    return _patterns(operation.spec, entry.get("schema"), keyword, value)


_located: dict[tuple[int, int, str, str], tuple[Spec, Any, tuple[str, ...]]] = {}


def _patterns(spec: Spec, schema: Any, keyword: str, value: Any) -> tuple[str, ...]:
    key = (id(spec), id(schema), keyword, repr(value))
    if key not in _located:
        found = dict.fromkeys(_walk(spec, schema, keyword, value, "", ()))
        _located[key] = (spec, schema, tuple(found))
    return _located[key][2]


def _walk(spec: Spec, schema: Any, keyword: str, wanted: Any, here: str, above: tuple[str, ...]) -> Iterator[str]:
    if not isinstance(schema, Mapping):
        return
    if keyword in schema and (wanted is None or schema[keyword] == wanted):
        yield here
    ref = schema.get("$ref")
    if isinstance(ref, str) and ref not in above:
        found = pointer.first(spec.document, ref.removeprefix("#"))
        yield from _walk(spec, found, keyword, wanted, here, (*above, ref))
    for name, member in (schema.get("properties") or {}).items():
        yield from _walk(spec, member, keyword, wanted, here + pointer.join(name), above)
    for applied, step in (("items", "/*"), ("additionalProperties", "/*")):
        if isinstance(schema.get(applied), Mapping):
            yield from _walk(spec, schema[applied], keyword, wanted, here + step, above)
    for applied in ("allOf", "anyOf", "oneOf"):
        for member in schema.get(applied, ()):
            yield from _walk(spec, member, keyword, wanted, here, above)


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
    found += [SchemaError(where, f"$ref {ref!r} leads nowhere") for where, ref in _dangling(document, document, "")]
    return found


_META: Any = jsonschema_rs.Draft202012Validator({"$ref": "https://json-schema.org/draft/2020-12/schema"})
_DATA_MEMBERS = frozenset({"example", "examples", "default", "const", "enum"})


def _dangling(document: Any, node: Any, here: str) -> Iterator[tuple[str, str]]:
    if isinstance(node, list):
        for index, member in enumerate(node):
            yield from _dangling(document, member, f"{here}/{index}")
    elif isinstance(node, Mapping):
        ref = node.get("$ref")
        where = unquote(ref[1:]) if isinstance(ref, str) and ref.startswith("#/") else ""  # an anchor is the validator's business
        if where and pointer.first(document, where, _DATA_MEMBERS) is _DATA_MEMBERS:
            yield here, f"#{where}"
        for key, member in node.items():
            if key not in _DATA_MEMBERS:
                yield from _dangling(document, member, here + pointer.join(key))
