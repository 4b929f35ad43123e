"""What a self-contained schema says of a value itself, of its members and of its items: for those who walk two schemas together."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import unquote

from conformance.interface.kept import kept
from conformance.interface.references import find
from conformance.interface.sets import DRAFT, Values
from conformance.text import pointer

__all__ = ["TOLD", "Alike", "conjuncts", "never", "reference", "resolved", "said", "together", "whole"]

TOLD = frozenset(
    {"$schema", "$id", "components", "$defs", "title", "description", "examples", "example", "default", "deprecated"}
)
Schema = Mapping[str, Any]


class Alike:
    """Which parts of two documents say the same: written alike, and all that they refer to is, too."""

    def __init__(self, one: Schema, other: Schema) -> None:
        known = {f"#/{place}/": (one.get(place) or {}, other.get(place) or {}) for place in ("components", "$defs")}
        texts = {
            start + pointer.join(name)[1:]: json.dumps(first[name])
            for start, (first, second) in known.items()
            for name in first
            if name in second and first[name] == second[name]
        }
        needed = {ref: set(_references(json.loads(text))) for ref, text in texts.items()}
        while strange := {ref for ref, needs in needed.items() if not needs <= needed.keys()}:
            needed = {ref: needs for ref, needs in needed.items() if ref not in strange}
        self._refs = frozenset(needed)

    def same(self, one: Any, other: Any) -> bool:
        """Whether two schemas, one of each document, are the same."""
        return bool(one == other) and self._refs.issuperset(_references(one))


def _references(node: Any) -> Iterator[str]:
    if isinstance(node, list):
        for one in node:
            yield from _references(one)
    elif isinstance(node, Mapping):
        if isinstance(node.get("$ref"), str):
            yield unquote(node["$ref"])
        for one in node.values():
            yield from _references(one)


def reference(schema: Any) -> str:
    """The reference that a schema is, and nothing beside it that matters; else empty."""
    found = schema.get("$ref") if isinstance(schema, Mapping) and not schema.keys() - TOLD - {"$ref"} else None
    return found if isinstance(found, str) else ""


@kept
def _needs(node: Any) -> tuple[str, ...]:
    return tuple(dict.fromkeys(_references(node)))


def resolved(document: Schema, schema: Any) -> Schema | None:
    """A schema object for a schema, plain references followed; None where they lead nowhere or in a ring."""
    for _ in range(32):
        if isinstance(schema, bool):
            return {} if schema else {"not": {}}
        ref = reference(schema)
        if not ref:
            return schema if isinstance(schema, Mapping) else None
        schema = find(document, ref)
    return None


def conjuncts(document: Schema, schema: Any, depth: int = 0) -> Iterator[Schema]:
    """The schemas that all hold of a value that is valid under a schema: itself and what it is put together of."""
    found = resolved(document, schema)
    if found is None or depth > 32:
        return
    yield found
    if "$ref" in found:
        yield from conjuncts(document, {"$ref": found["$ref"]}, depth + 1)
    for part in found.get("allOf", ()):
        yield from conjuncts(document, part, depth + 1)


def said(schema: Schema, name: str) -> Any:
    """What a schema says of the member of a name; None where that is nothing, or not to be told."""
    if name in (schema.get("properties") or {}):
        return schema["properties"][name]
    return None if "patternProperties" in schema else schema.get("additionalProperties")


def never(facts: list[Schema], kind: str) -> bool:
    """Whether a value is never of a type, by what is said of its type."""
    told = [one["type"] if isinstance(one["type"], list) else [one["type"]] for one in facts if "type" in one]
    return any(kind not in kinds for kinds in told)


def whole(document: Schema, schema: Schema) -> Values:
    """A schema of a document that stands alone, with what it refers to."""
    found: dict[str, dict[str, Any]] = {}
    pending: list[Any] = [schema]
    while pending:
        for ref in _needs(pending.pop()):
            place, _, rest = ref.removeprefix("#/").partition("/")
            name = pointer.segments(f"/{rest}")[0]
            if name in document.get(place, {}) and name not in found.setdefault(place, {}):
                found[place][name] = document[place][name]
                pending.append(found[place][name])
    own = {key: value for key, value in schema.items() if key not in ("components", "$defs", "$schema")}
    return Values(json.dumps({"$schema": document.get("$schema", DRAFT), **found, **own}, sort_keys=True))


def together(parts: list[Any]) -> Any:
    """Schemas that all apply, as one; as it is written where there is one."""
    return parts[0] if len(parts) == 1 else {"allOf": parts} if parts else {}
