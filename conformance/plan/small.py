"""A schema small enough to draw from: its references unfolded only as deep as a number of schemas allows.

A drawing engine walks every way through a schema. Where schemas refer to each other densely the ways grow beyond all bounds, and a limit in
seconds would draw other inputs on a slower machine. So what is limited is counted: up to `MOST` schemas once all references are
followed, the engine is given the schema as it is. Beyond that it is given the tree of the deepest level that fits; what lies deeper is
left out where it may be (an optional member, the items of a list, an alternative). Every instance of the smaller schema is one of the
whole; and what is drawn is judged under the whole one in any case.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from conformance.interface.reach import over_subschemas, subschemas
from conformance.interface.references import deref

__all__ = ["MOST", "small_enough", "unfolded"]

MOST = 400
_WIDEST = 4 * MOST  # more are not looked at
_DEEPEST = 8
_NOTHING: Any = object()
_LIMITS = ("not", "if", "then", "else", "contains", "propertyNames", "dependentSchemas", "patternProperties")  # may be left out


def small_enough(document: Mapping[str, Any], schema: Any) -> Any:
    """The schema itself when it is small; else a smaller one without references; None when not even its first level is small."""
    if _size(document, schema) <= MOST:
        return schema
    best = None
    for depth in range(_DEEPEST + 1):
        if _size(document, schema, depth) > _WIDEST:
            break
        found = _cut(document, schema, depth)
        if found is not _NOTHING:
            if _size(document, found) > MOST:
                break
            best = found
    return best


def unfolded(document: Mapping[str, Any], schema: Any) -> int:
    """How many schemas the engine is given of a schema: as many as there are with all references followed, at most `MOST`."""
    return min(_size(document, schema, most=MOST), MOST)


def _size(document: Mapping[str, Any], schema: Any, depth: int = _WIDEST, most: int = _WIDEST) -> int:
    """How many schemas there are in a schema with its references followed to a depth, or more than `most`."""
    count, pending = 0, [(schema, depth)]
    while pending and count <= most:
        node, left = pending.pop()
        count += 1
        if isinstance(node, Mapping) and "$ref" in node:
            if not left:
                continue
            node, left = deref(document, node), left - 1
        if isinstance(node, Mapping):
            pending += [(member, left) for member in subschemas(node)]
    return count


def _cut(document: Mapping[str, Any], schema: Any, depth: int) -> Any:
    """A schema with references followed `depth` times on each way down; `_NOTHING` where something needed lies deeper."""
    if not isinstance(schema, Mapping):
        return schema
    if isinstance(schema.get("$ref"), str):
        return _cut(document, deref(document, schema), depth - 1) if depth else _NOTHING
    new = over_subschemas(schema, lambda member: _cut(document, member, depth))
    whole = _object(new) and _alternatives(new) and _items(new) and _NOTHING not in new.get("allOf", ())
    return {key: member for key, member in new.items() if not (key in _LIMITS and _holds_nothing(member))} if whole else _NOTHING


def _object(new: dict[str, Any]) -> bool:
    """Leave out the optional members that lie too deep. False when a required one does."""
    members = new.get("properties") or {}
    deep = [name for name, member in members.items() if member is _NOTHING]
    if not set(deep).isdisjoint(new.get("required", ())):
        return False
    if deep:
        new["properties"] = {name: member for name, member in members.items() if member is not _NOTHING}
    if new.get("additionalProperties") is _NOTHING:
        new["additionalProperties"] = False
    return True


def _alternatives(new: dict[str, Any]) -> bool:
    """Leave out the alternatives that lie too deep. False when all do."""
    for key in ("anyOf", "oneOf"):
        if key in new:
            new[key] = [member for member in new[key] if member is not _NOTHING]
            if not new[key]:
                return False
    return True


def _items(new: dict[str, Any]) -> bool:
    """Make a list whose items lie too deep an empty one. False when it has to have some."""
    if _NOTHING in new.get("prefixItems", ()):
        return False
    if new.get("items") is _NOTHING:
        new["items"], new["maxItems"] = {}, 0
        return not new.get("minItems", 0)
    return True


def _holds_nothing(member: Any) -> bool:
    return member is _NOTHING or (isinstance(member, Mapping) and any(one is _NOTHING for one in member.values()))
