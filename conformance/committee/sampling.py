"""A body with which something may be made, from what a document says of it: its example, or a value of its schema with what is required.

The texts that nothing restricts become names of the suite's own (`{unique: …}`), so that things made twice are told apart; times that
no example gives lie in the hours to come.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from conformance.committee.listing import members
from conformance.given import fill
from conformance.interface import contract
from conformance.interface.references import deref, referenced
from conformance.model import Inputs, Operation

__all__ = ["free_text", "sampled"]

_DEEP = 5
_ROOM = 40  # characters that a name of the suite's own may take
_RESTRICTED = frozenset({"enum", "const", "format", "pattern"})
_OF_FORMAT: Mapping[str, Any] = {
    "date-time": {"now": 86400},
    "date": {"today": 1},
    "uuid": {"unique-uuid": "id"},
    "email": "yance@example.org",
    "uri": "https://example.org/yance",
    "url": "https://example.org/yance",
    "hostname": "example.org",
    "ipv4": "192.0.2.1",
    "time": "08:00:00Z",
    "duration": "PT1H",
}


def sampled(operation: Operation, name: str) -> tuple[dict[str, Any] | None, str]:
    """A recipe's body for a creation, and why there is none: no JSON body, nothing to make it of, or what was made of it is invalid."""
    document, schema = operation.spec.document, contract.body_schema(operation, operation.media_type)
    if schema is None:
        return None, "no JSON body is declared"
    found = _example(operation)
    made = _lightly(document, schema, found) if isinstance(found, Mapping) else _value(document, schema, 0)
    if not isinstance(made, dict):
        return None, "the document gives no example, and its schema alone no value"
    for key in free_texts(document, schema):
        if key in made:
            made[key] = {"unique": f"{name}-{key}"}
    sent = fill(made, None, datetime.now(UTC), Inputs(seed=1), 0)
    if contract.request_unfit(operation, operation.media_type, sent):
        return None, "what could be made of the document is not valid under its own schema"
    return made, ""


def free_text(operation: Operation) -> str:
    """A member of a creation's body that takes any text; empty where none does."""
    schema = contract.body_schema(operation, operation.media_type)
    return next(iter(free_texts(operation.spec.document, schema or {})), "")


def free_texts(document: Mapping[str, Any], schema: Mapping[str, Any]) -> list[str]:
    """The required members of an object that are texts and nothing more."""
    wanted = _required(document, schema, 0)
    return [
        name
        for name, member in members(document, schema).items()
        if name in wanted and member.get("type") == "string" and not _RESTRICTED & member.keys()
        if member.get("maxLength", _ROOM) >= _ROOM and not member.get("readOnly")
    ]


def _required(document: Mapping[str, Any], schema: Any, depth: int) -> set[str]:
    found = deref(document, schema) if isinstance(schema, Mapping) else {}
    parts = [_required(document, part, depth + 1) for part in found.get("allOf", ())] if depth < _DEEP else []
    return set(found.get("required", ())).union(*parts)


def _example(operation: Operation) -> Any:
    """What the document shows as a body: the example of the media type, or that of its schema."""
    body = referenced(operation.spec.document, operation.raw.get("requestBody") or {})
    content = (body.get("content") or {}).get(operation.media_type) or {}
    if "example" in content:
        return content["example"]
    for one in (content.get("examples") or {}).values():
        return deref(operation.spec.document, one).get("value")
    schema = deref(operation.spec.document, content.get("schema") or {})
    return schema.get("example", next(iter(schema.get("examples") or ()), None))


def _lightly(document: Mapping[str, Any], schema: Mapping[str, Any], example: Mapping[str, Any]) -> dict[str, Any]:
    """An example without what only answers have."""
    own = members(document, schema)
    return {name: value for name, value in example.items() if not own.get(name, {}).get("readOnly")}


def _value(document: Mapping[str, Any], schema: Any, depth: int) -> Any:
    """A value of a schema with its required members; None where none is in sight."""
    found = deref(document, schema) if isinstance(schema, Mapping) else {}
    for said in (*(found[word] for word in ("const", "example", "default") if word in found), *_first(found, "examples", "enum")):
        return said
    if depth >= _DEEP:
        return None
    if "properties" not in found and "allOf" not in found:
        for one in _first(found, "oneOf", "anyOf"):
            return _value(document, one, depth + 1)
    return _of_kind(document, found, depth)


def _first(schema: Mapping[str, Any], *words: str) -> list[Any]:
    """The first of what stands in these lists of a schema."""
    return [schema[word][0] for word in words if schema.get(word)]


def _of_kind(document: Mapping[str, Any], schema: Mapping[str, Any], depth: int) -> Any:
    """A value of the type that a schema names, or shows by what it says of members."""
    kind = schema.get("type")
    kind = next((one for one in kind if one != "null"), None) if isinstance(kind, list) else kind
    if kind == "object" or "properties" in schema or "allOf" in schema:
        return _object(document, schema, depth)
    if kind == "array":
        item, least = _value(document, schema.get("items"), depth + 1), schema.get("minItems", 0)
        return [] if not least else None if item is None else [item] * least
    if kind == "string":
        return _OF_FORMAT.get(schema.get("format", ""), _text(schema))
    return _number(schema) if kind in ("integer", "number") else True if kind == "boolean" else None


def _object(document: Mapping[str, Any], schema: Mapping[str, Any], depth: int) -> dict[str, Any] | None:
    wanted, own = _required(document, schema, 0), members(document, schema)
    made: dict[str, Any] = {}
    for name in own | dict.fromkeys(sorted(wanted)):
        member = own.get(name, {})
        if name in wanted and not member.get("readOnly"):
            made[name] = _value(document, member, depth + 1)
            if made[name] is None:
                return None
    return made


def _number(schema: Mapping[str, Any]) -> Any:
    lowest, step = schema.get("minimum"), schema.get("multipleOf", 1)
    above = schema.get("exclusiveMinimum")
    if isinstance(above, int | float) and not isinstance(above, bool):
        return above + step
    if lowest is not None:
        return lowest + step if above is True else lowest
    return min(step, schema.get("maximum", step))


def _text(schema: Mapping[str, Any]) -> str | None:
    if "pattern" in schema or "format" in schema:
        return None
    return "yance"[: schema.get("maxLength", 5)].ljust(schema.get("minLength", 1), "e")
