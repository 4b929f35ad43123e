"""Changes of a schema with their known truth: whether every old value is a new one, and whether every new value is an old one.

Each row is two directed questions, and each is asked in a request and in a response. The truth is set theory over JSON values, worked out
by hand; formats are asserted.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

__all__ = ["CHANGES", "document", "rows"]

_STRING: Any = {"type": "string"}
_INTEGER: Any = {"type": "integer"}
_OBJECT: Any = {"type": "object"}


def _closed(**members: Any) -> Any:
    return {"type": "object", "properties": members, "additionalProperties": False}


def _open(**members: Any) -> Any:
    return {"type": "object", "properties": members}


def _list(items: Any, **more: Any) -> Any:
    return {"type": "array", "items": items, **more}


def _tree(leaf: Any, **more: Any) -> Any:
    """A node that holds nodes: refers to itself by the name `Node`."""
    return {"type": "object", "properties": {"below": _list({"$ref": "#/components/schemas/Node"}), "leaf": leaf}, **more}


# name, old, new, old ⊆ new, new ⊆ old
CHANGES: list[tuple[str, Any, Any, bool, bool]] = [
    ("nothing", _STRING, _STRING, True, True),
    ("only the description", {**_STRING, "description": "a"}, {**_STRING, "description": "b"}, True, True),
    ("a longest length is new", _STRING, {**_STRING, "maxLength": 10}, False, True),
    ("a longest length is raised", {**_STRING, "maxLength": 10}, {**_STRING, "maxLength": 20}, True, False),
    ("a shortest length is new", _STRING, {**_STRING, "minLength": 1}, False, True),
    ("a shortest length of nought is new", _STRING, {**_STRING, "minLength": 0}, True, True),
    ("a window of lengths moves", {**_STRING, "minLength": 2, "maxLength": 4}, {**_STRING, "minLength": 3, "maxLength": 5}, False, False),
    ("a pattern is new", _STRING, {**_STRING, "pattern": "^[A-Z]{3}$"}, False, True),
    ("a pattern is dropped", {**_STRING, "pattern": "^[0-9]+$"}, _STRING, True, False),
    ("a pattern is another one", {**_STRING, "pattern": "^[A-Z]{3}$"}, {**_STRING, "pattern": "^[a-z]{3}$"}, False, False),
    ("a pattern allows a shorter text", {**_STRING, "pattern": "^[A-Z]{3}$"}, {**_STRING, "pattern": "^[A-Z]{2,3}$"}, True, False),
    ("a format is new", _STRING, {**_STRING, "format": "date-time"}, False, True),
    ("a date becomes a date-time", {**_STRING, "format": "date"}, {**_STRING, "format": "date-time"}, False, False),
    ("a uuid becomes any text", {**_STRING, "format": "uuid"}, _STRING, True, False),
    ("a format that asserts nothing is new", _INTEGER, {**_INTEGER, "format": "int32"}, True, True),
    ("a string becomes an integer", _STRING, _INTEGER, False, False),
    ("an integer becomes a number", _INTEGER, {"type": "number"}, True, False),
    ("a number becomes an integer", {"type": "number"}, _INTEGER, False, True),
    ("null is allowed", _STRING, {"type": ["string", "null"]}, True, False),
    ("null is no longer allowed", {"type": ["integer", "null"]}, _INTEGER, False, True),
    ("a type by anyOf", {"type": ["string", "integer"]}, {"anyOf": [_STRING, _INTEGER]}, True, True),
    ("a smallest value is new", _INTEGER, {**_INTEGER, "minimum": 1}, False, True),
    ("a smallest value is lowered", {**_INTEGER, "minimum": 1}, {**_INTEGER, "minimum": 0}, True, False),
    ("a largest value is lowered", {**_INTEGER, "maximum": 200}, {**_INTEGER, "maximum": 100}, False, True),
    ("more than nought is from one for integers", {**_INTEGER, "exclusiveMinimum": 0}, {**_INTEGER, "minimum": 1}, True, True),
    ("more than nought is not from one for numbers", {"type": "number", "exclusiveMinimum": 0}, {"type": "number", "minimum": 1}, False, True),
    ("a bound is excluded", {"type": "number", "minimum": 0}, {"type": "number", "exclusiveMinimum": 0}, False, True),
    ("a step is new", _INTEGER, {**_INTEGER, "multipleOf": 5}, False, True),
    ("a step is halved", {**_INTEGER, "multipleOf": 10}, {**_INTEGER, "multipleOf": 5}, True, False),
    ("a step is another one", {**_INTEGER, "multipleOf": 4}, {**_INTEGER, "multipleOf": 6}, False, False),
    ("a step and a bound that leave one value", {**_INTEGER, "minimum": 1, "maximum": 9, "multipleOf": 5}, {"const": 5}, True, True),
    ("a value is added to an enumeration", {"enum": ["A", "B"]}, {"enum": ["A", "B", "C"]}, True, False),
    ("a value is taken from an enumeration", {"enum": ["A", "B", "C"]}, {"enum": ["A", "C"]}, False, True),
    ("an enumeration is put in another order", {"enum": ["A", "B"]}, {"enum": ["B", "A"]}, True, True),
    ("an enumeration becomes free text", {**_STRING, "enum": ["A"]}, _STRING, True, False),
    ("an enumeration of one is a const", {"enum": ["A"]}, {"const": "A"}, True, True),
    ("a boolean as an enumeration", {"type": "boolean"}, {"enum": [True, False]}, True, True),
    ("an enumeration within a pattern", {"enum": ["AB", "CD"]}, {**_STRING, "pattern": "^[A-Z]{2}$"}, True, False),
    ("an optional member is new, open", _open(a=_STRING), _open(a=_STRING, b=_INTEGER), False, True),
    ("an optional member is new, closed", _closed(a=_STRING), _closed(a=_STRING, b=_INTEGER), True, False),
    ("an optional member goes, open", _open(a=_STRING, b=_INTEGER), _open(a=_STRING), True, False),
    ("an optional member goes, closed", _closed(a=_STRING, b=_INTEGER), _closed(a=_STRING), False, True),
    ("a member becomes required", _open(a=_STRING), {**_open(a=_STRING), "required": ["a"]}, False, True),
    ("a member becomes optional", {**_closed(a=_STRING), "required": ["a"]}, _closed(a=_STRING), True, False),
    ("a required member is new, closed", _closed(a=_STRING), {**_closed(a=_STRING, b=_STRING), "required": ["b"]}, False, False),
    ("an object is closed", _open(a=_STRING), _closed(a=_STRING), False, True),
    ("an object is opened for texts", _closed(a=_STRING), {**_open(a=_STRING), "additionalProperties": _STRING}, True, False),
    ("a member is renamed, closed", _closed(a=_STRING), _closed(b=_STRING), False, False),
    ("a member deep inside is narrowed", _closed(a=_closed(b=_list(_STRING))), _closed(a=_closed(b=_list({**_STRING, "maxLength": 3}))), False, True),
    ("a member deep inside is widened", _open(a=_open(b=_INTEGER)), _open(a=_open(b={"type": "number"})), True, False),
    ("two members change against each other", _closed(a=_INTEGER, b={"type": "number"}), _closed(a={"type": "number"}, b=_INTEGER), False, False),
    ("a most of members is new", _OBJECT, {**_OBJECT, "maxProperties": 3}, False, True),
    ("a least of members is lowered", {**_OBJECT, "minProperties": 2}, {**_OBJECT, "minProperties": 1}, True, False),
    ("names get a pattern", {**_OBJECT, "additionalProperties": _STRING}, {**_OBJECT, "additionalProperties": _STRING, "propertyNames": {"pattern": "^[a-z]+$"}}, False, True),
    ("a member that is barred", _OBJECT, {**_OBJECT, "not": {"required": ["secret"]}}, False, True),
    ("one member needs another", _OBJECT, {**_OBJECT, "dependentRequired": {"a": ["b"]}}, False, True),
    ("a most of items is new", _list(_STRING), _list(_STRING, maxItems=5), False, True),
    ("a most of items is raised", _list(_STRING, maxItems=5), _list(_STRING, maxItems=9), True, False),
    ("a least of items is new", _list(_STRING), _list(_STRING, minItems=1), False, True),
    ("items have to differ", _list(_STRING), _list(_STRING, uniqueItems=True), False, True),
    ("items that differ, of which there is one", _list(_STRING, maxItems=1), _list(_STRING, maxItems=1, uniqueItems=True), True, True),
    ("items become another type", _list(_STRING), _list(_INTEGER), False, False),
    ("items become nullable", _list(_STRING), _list({"type": ["string", "null"]}), True, False),
    ("a list becomes its item", _list(_STRING), _STRING, False, False),
    ("a list has to contain something", _list(_INTEGER), _list(_INTEGER, contains={"const": 1}), False, True),
    ("an alternative is new", {"oneOf": [_STRING, _INTEGER]}, {"oneOf": [_STRING, _INTEGER, {"type": "boolean"}]}, True, False),
    ("an alternative goes", {"anyOf": [_STRING, _INTEGER]}, _STRING, False, True),
    ("oneOf of what never meets is anyOf", {"oneOf": [_STRING, _INTEGER]}, {"anyOf": [_STRING, _INTEGER]}, True, True),
    ("oneOf of what meets is not anyOf", {"oneOf": [_INTEGER, {"type": "number"}]}, {"anyOf": [_INTEGER, {"type": "number"}]}, True, False),
    ("allOf is what its parts are together", {"allOf": [{"minimum": 1}, _INTEGER]}, {**_INTEGER, "minimum": 1}, True, True),
    ("allOf gets a part", {"allOf": [_open(a=_STRING)]}, {"allOf": [_open(a=_STRING), {"required": ["a"]}]}, False, True),
    ("a condition is new", _open(k=_STRING), {**_open(k=_STRING), "if": {"required": ["k"]}, "then": {"required": ["v"]}}, False, True),
    ("anything becomes something", {}, _OBJECT, False, True),
    ("something becomes anything", _STRING, {}, True, False),
    ("nothing at all is something once more", {"not": {}}, _STRING, True, False),
    ("twice not is nothing", {"not": {"not": _STRING}}, _STRING, True, True),
    ("a discriminated alternative is narrowed", {"oneOf": [_closed(t={"const": "a"}, v=_INTEGER), _closed(t={"const": "b"}, v=_STRING)]}, {"oneOf": [_closed(t={"const": "a"}, v={**_INTEGER, "minimum": 0}), _closed(t={"const": "b"}, v=_STRING)]}, False, True),
    ("a tree, unchanged but for words", {"Node": _tree(_STRING)}, {"Node": _tree({**_STRING, "title": "leaf"})}, True, True),
    ("a tree whose leaf is widened", {"Node": _tree(_STRING)}, {"Node": _tree({"type": ["string", "null"]})}, True, False),
    ("a tree whose leaf is narrowed", {"Node": _tree(_INTEGER)}, {"Node": _tree({**_INTEGER, "minimum": 0})}, False, True),
    ("a tree whose leaf is another type", {"Node": _tree(_INTEGER)}, {"Node": _tree({"type": "boolean"})}, False, False),
    ("a tree whose leaf is required", {"Node": _tree(_STRING)}, {"Node": _tree(_STRING, required=["leaf"])}, False, True),
    ("a tree that is closed", {"Node": _tree(_STRING)}, {"Node": _tree(_STRING, additionalProperties=False)}, False, True),
    ("a closed tree that gets a member", {"Node": _tree(_STRING, additionalProperties=False)}, {"Node": {**_tree(_STRING), "properties": {**_tree(_STRING)["properties"], "more": _STRING}, "additionalProperties": False}}, True, False),
    ("the same tree, one level unfolded", {"Node": _tree(_STRING)}, {"Node": {"type": "object", "properties": {"below": _list(_tree(_STRING)), "leaf": _STRING}}}, True, True),
]  # fmt: skip


def rows() -> Iterator[tuple[str, Any, Any, bool, bool]]:
    """Every change as `(name, old, new, old ⊆ new, new ⊆ old)`."""
    yield from CHANGES


def document(schema: Any, version: str = "1.0.0") -> dict[str, Any]:
    """An interface with the schema in a request and in a response. `{"Node": …}` is a definition of this name, and that is the schema."""
    named = isinstance(schema, dict) and schema.keys() == {"Node"}
    where: Any = {"$ref": "#/components/schemas/Node"} if named else schema
    content = {"application/json": {"schema": where}}
    return {
        "openapi": "3.1.0",
        "info": {"title": "changes", "version": version},
        "paths": {
            "/things": {
                "post": {
                    "operationId": "postThing",
                    "requestBody": {"required": True, "content": content},
                    "responses": {"204": {"description": "done"}},
                },
                "get": {"operationId": "getThing", "responses": {"200": {"description": "found", "content": content}}},
            }
        },
        **({"components": {"schemas": schema}} if named else {}),
    }
