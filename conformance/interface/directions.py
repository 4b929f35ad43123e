"""Schemas by direction: what is `readOnly` need not be in a request, what is `writeOnly` need not be in an answer.

OpenAPI says of both that `required` takes effect in the other direction only (3.0: Schema Object; 3.1: the same by way of JSON Schema's
annotations). A validator knows no direction, so it is handed the schema without those demands.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from conformance.interface.kept import kept_of
from conformance.interface.references import DATA, SCHEMA_MAPS, find, objects, said_in

__all__ = ["REQUEST", "RESPONSE", "relaxed", "speaks_of"]

REQUEST, RESPONSE = "readOnly", "writeOnly"  # a direction is named by the word for what does not travel in it
_IN_PLACE = ("allOf", "anyOf", "oneOf", "if", "then", "else")  # they apply to the same value as the schema in which they stand


def speaks_of(document: Mapping[str, Any], direction: str) -> bool:
    """Whether any schema of the document is marked so; where none is, every schema is the same in this direction."""
    return direction in said_in(document).names and direction in _spoken(document)


@kept_of(4)  # documents
def _spoken(document: Mapping[str, Any]) -> frozenset[str]:
    """The directions of which schemas of a document speak."""
    return frozenset(one for _, node, _ in objects(document) for one in (REQUEST, RESPONSE) if node.get(one) is True)


def relaxed(document: Mapping[str, Any], schema: Any, direction: str, above: frozenset[str] = frozenset()) -> Any:
    """A schema of the document without the demand for what does not travel in this direction; itself where nothing is to be left out.

    `above` are such members by the word of the schemas around it that apply to the same value. What a `$ref` leads to is not copied: it
    is to be relaxed where it stands.
    """
    if not isinstance(schema, Mapping):
        return schema
    names = above | _marked(document, schema, direction)
    found = {key: _member(document, key, member, direction, names) for key, member in schema.items()}
    return schema if all(found[key] is member for key, member in schema.items()) else found


def _member(document: Mapping[str, Any], key: str, member: Any, direction: str, names: frozenset[str]) -> Any:
    if key == "required" and isinstance(member, list):
        left = [name for name in member if name not in names]
        return left if len(left) < len(member) else member
    if key in DATA or key == "not":  # what must not be is not made easier
        return member
    if isinstance(member, list):
        inner = [relaxed(document, one, direction, names if key in _IN_PLACE else frozenset()) for one in member]
        return inner if any(one is not two for one, two in zip(inner, member, strict=True)) else member
    if key in SCHEMA_MAPS and isinstance(member, Mapping):
        below = {name: relaxed(document, one, direction) for name, one in member.items()}
        return below if any(below[name] is not one for name, one in member.items()) else member
    return relaxed(document, member, direction, names if key in _IN_PLACE else frozenset())


def _marked(document: Mapping[str, Any], schema: Any, direction: str) -> frozenset[str]:
    """The members that a schema, or one that applies to the same value, marks as not travelling in this direction."""
    found: frozenset[str] = frozenset()
    for one in _in_place(document, schema, _IN_PLACE):
        members = one.get("properties")
        for name, member in members.items() if isinstance(members, Mapping) else ():
            if any(part.get(direction) is True for part in _in_place(document, member, ("allOf",))):
                found |= {name}
    return found


def _in_place(document: Mapping[str, Any], schema: Any, keys: tuple[str, ...]) -> Iterator[Mapping[str, Any]]:
    """A schema and those in it, or that it refers to, that apply to the same value; none twice."""
    pending, passed = [schema], set[str]()
    while pending:
        one = pending.pop()
        if not isinstance(one, Mapping):
            continue
        yield one
        ref = one.get("$ref")
        if isinstance(ref, str) and ref not in passed:
            passed.add(ref)
            pending.append(find(document, ref))
        for key in keys:
            inner = one.get(key)
            pending += inner if isinstance(inner, list) else [inner]
