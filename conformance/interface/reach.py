"""What a schema of an OpenAPI document needs of it: itself and the definitions that its references lead to, and no other.

A definition is a component schema, or any other place of the document that a `$ref` points to. Each is read once per document:
references to it are turned to where it will stand in the compiled document (in whatever way they were written: percent-encoded, with
`~1`, with a brace that no URI may hold), and OpenAPI 3.0's `nullable`, boolean bounds and ignored siblings of `$ref` are put as JSON
Schema 2020-12 has them. References by name (`$id`, `$anchor`, `$dynamicAnchor`) are kept as they are; what has such a name will stand
under `$defs`, where a validator looks for names. The rest stands under `components`, which is no keyword: there a validator compiles
what is referred to, and does not refuse a schema for a slip in what only describes it (an `examples` that is no list). Only schemas are
read as schemas: an `enum` that lists an object with a member `nullable` or `$ref` keeps it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, unquote

from conformance.interface.directions import relaxed
from conformance.interface.ecma import plain_pattern
from conformance.interface.references import NAMING, find, objects, pointed, said_in, siblings_apply
from conformance.text import pointer

__all__ = ["BASE", "Definitions", "Reach", "over_subschemas", "subschemas"]

BASE = "https://interface.invalid/document"  # the compiled document's own name, for references out of a schema that has an `$id`
_MAPS = ("properties", "patternProperties", "$defs", "definitions", "dependentSchemas")
_LISTS = ("allOf", "anyOf", "oneOf", "prefixItems")
_SINGLE = (
    "items",
    "additionalProperties",
    "not",
    "if",
    "then",
    "else",
    "contains",
    "propertyNames",
    "unevaluatedItems",
    "unevaluatedProperties",
    "contentSchema",
)
_EVERY = frozenset({*_MAPS, *_LISTS, *_SINGLE})
_IN_FRAGMENTS = "/~!$&'()*+,;=:@?"  # RFC 3986 section 3.5


@dataclass(frozen=True)
class Reach:
    """A schema as it is to be compiled, with the definitions that it needs, as `(where they stand, pointer) → schema`.

    `apart`: it has names of its own, which must not meet those of others. `rooted`: it refers to its own root (`#`), so nothing may
    stand around it.
    """

    schema: Mapping[str, Any]
    definitions: Mapping[tuple[str, str], Any]
    apart: bool
    rooted: bool


@dataclass
class _Read:
    """A schema that was read: rewritten, and what it needs itself."""

    schema: Any = None
    needs: dict[str, None] = field(default_factory=dict)  # pointers of definitions, in the order in which they were met
    named: bool = False
    rooted: bool = False


def over_subschemas(schema: Mapping[str, Any], change: Callable[[Any], Any]) -> dict[str, Any]:
    """A schema object with `change` applied to every schema directly below it; what is no schema is kept as it is."""
    found = dict(schema)
    present = _EVERY.intersection(found)
    if not present:  # most schemas are those of a single value
        return found
    for key in _MAPS:
        if key in present and isinstance(members := found[key], Mapping):
            found[key] = {name: change(member) for name, member in members.items()}
    for key in _LISTS:
        if key in present and isinstance(members := found[key], list):
            found[key] = [change(member) for member in members]
    for key in _SINGLE:
        if key in present and isinstance(member := found[key], Mapping):
            found[key] = change(member)
    return found


def subschemas(schema: Mapping[str, Any]) -> list[Any]:
    """The schemas directly below a schema object."""
    found: list[Any] = []
    over_subschemas(schema, found.append)
    return found


class Definitions:
    """The definitions of one document for what travels in one direction, each read when it is first needed and kept."""

    def __init__(self, document: Mapping[str, Any], direction: str = "") -> None:
        self._document, self._direction = document, direction
        self._old = not siblings_apply(document)
        self._read: dict[str, _Read] = {}
        self._places: dict[str, str] = {}
        self._named = list(_names(document))

    @property
    def read(self) -> frozenset[str]:
        """The pointers of the definitions that were needed until now."""
        return frozenset(self._read)

    def reach(self, schema: Mapping[str, Any] | bool) -> Reach:
        """A schema of the document with all that it needs. A reference that leads nowhere is kept: compiling says so."""
        root = self._reading(schema)
        found: dict[tuple[str, str], Any] = {}
        rooted, pending = root.rooted, list(root.needs)
        while pending:
            where = pending.pop()
            if (self._place(where), where) not in found:
                one = self._definition(where)
                found[self._place(where), where] = one.schema
                rooted |= one.rooted
                pending += one.needs
        whole = root.schema if isinstance(root.schema, Mapping) else {} if root.schema is True else {"not": {}}
        return Reach(whole, found, root.named, rooted)

    def _definition(self, where: str) -> _Read:
        if where not in self._read:
            self._read[where] = self._reading(find(self._document, f"#{quote(where)}"))
        return self._read[where]

    def _place(self, where: str) -> str:
        """The member of the compiled document under which a definition stands."""
        if where not in self._places:
            named = any(one == where or one.startswith(f"{where}/") for _, one in self._named)
            self._places[where] = "$defs" if named else "components"
        return self._places[where]

    def _reading(self, schema: Any) -> _Read:
        found = _Read()
        whole = relaxed(self._document, schema, self._direction) if self._direction else schema
        found.schema = self._rewritten(whole, found, within="")
        return found

    def _rewritten(self, node: Any, found: _Read, *, within: str) -> Any:
        """A schema in its compiled form. `within`: the `$id` in whose scope it stands."""
        if not isinstance(node, Mapping):
            return node
        if self._old and isinstance(node.get("$ref"), str):
            return {"$ref": self._turned(node["$ref"], found, within)}
        found.named |= any(isinstance(node.get(name), str) for name in NAMING)
        within = node["$id"] if isinstance(node.get("$id"), str) else within
        new = over_subschemas(node, lambda member: self._rewritten(member, found, within=within))
        for key in ("$ref", "$dynamicRef"):
            if isinstance(node.get(key), str):
                new[key] = self._turned(node[key], found, within)
        _with_plain_patterns(new)
        return _modern(new) if self._old else new

    def _turned(self, ref: str, found: _Read, within: str) -> str:
        """Where a reference leads in the compiled document; what it needs is noted."""
        uri, _, fragment = ref.partition("#")
        if uri or (fragment and not fragment.startswith("/")):
            name = "" if uri else unquote(fragment)
            found.needs |= dict.fromkeys(_divided(where)[0] for one, where in self._named if one == name)
            return ref
        where = pointed(self._document, fragment) if fragment else None
        if where is None:
            found.rooted |= not within  # of the schema's own root, if of anything
            return ref
        unit, rest = _divided(where)
        found.needs[unit] = None
        return (BASE if within else "") + "#" + quote(pointer.join(self._place(unit), unit) + rest, safe=_IN_FRAGMENTS)


def _names(document: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Every anchor of a schema of the document with the schema's pointer; for an `$id`, an empty name."""
    if said_in(document).names.isdisjoint(NAMING):
        return
    for where, node, kind in objects(document):
        if kind == "schemas":
            yield from ((node[key], where) for key in NAMING[1:] if isinstance(node.get(key), str))
            if isinstance(node.get("$id"), str):
                yield "", where


def _divided(fragment: str) -> tuple[str, str]:
    """The definition that a pointer leads to, and the way on inside it: a component schema is one whole, other places are themselves."""
    parts = pointer.segments(fragment)
    if parts[:2] == ("components", "schemas") and len(parts) > 3:
        return pointer.join(*parts[:3]), pointer.join(*parts[3:])
    return pointer.join(*parts), ""


def _with_plain_patterns(node: dict[str, Any]) -> None:
    """Put the patterns of a schema object in the forms that both validators read."""
    if isinstance(node.get("pattern"), str):
        node["pattern"] = plain_pattern(node["pattern"])
    if isinstance(members := node.get("patternProperties"), Mapping):
        node["patternProperties"] = {plain_pattern(name): member for name, member in members.items()}


def _modern(node: dict[str, Any]) -> dict[str, Any]:
    """A schema object of OpenAPI 3.0 as 3.1 has it: `nullable`, boolean exclusive bounds."""
    if node.pop("nullable", None) is True:
        if isinstance(node.get("type"), str):
            node["type"] = [node["type"], "null"]
        if isinstance(node.get("enum"), list) and None not in node["enum"]:
            node["enum"] = [*node["enum"], None]
    for exclusive, bound in (("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")):
        if node.get(exclusive) is True and bound in node:
            node[exclusive] = node.pop(bound)
        elif isinstance(node.get(exclusive), bool):
            del node[exclusive]
    return node
