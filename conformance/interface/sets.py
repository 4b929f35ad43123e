"""Schemas as sets of values: whether one holds all that another holds, and what it lacks.

A schema of a document is taken with all that it needs, in the form in which it is compiled (`reach`), and put in the canonical form of
jsonschema-rs, which has the algebra: `covers` answers yes only where it has a proof. Formats are part of a set, as they are asserted
when an answer is judged. Whether a value belongs to a set is asked of both validators (`compiled`): one that only one of them admits is
neither in nor out.

What the algebra leaves open is left to `inclusion`, by induction, and to whoever draws values from `lacking`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import jsonschema_rs

from conformance.interface.compiled import Compiled, alone
from conformance.interface.directions import speaks_of
from conformance.interface.kept import kept
from conformance.interface.reach import BASE, Definitions
from conformance.model import Spec

__all__ = ["ANYTHING", "DRAFT", "NOTHING", "Values", "either", "lacking", "member", "proven", "values", "values_of"]

DRAFT = "https://json-schema.org/draft/2020-12/schema"
_YES = jsonschema_rs.canonical.Containment.YES


_EXTENSIBLE = "x-extensible-enum"


@dataclass(frozen=True)
class Values:
    """The values that a schema admits. `text` is the schema, self-contained, as JSON."""

    text: str

    @property
    def schema(self) -> Mapping[str, Any]:
        """The schema, self-contained."""
        found: Mapping[str, Any] = json.loads(self.text)
        return found

    @cached_property
    def asked(self) -> Compiled:
        """The schema, ready to be asked of a value."""
        return alone(self.schema)

    def holds(self, value: Any) -> bool:
        """Whether both validators admit the value."""
        return self.asked.accepts(value)

    def excludes(self, value: Any) -> bool:
        """Whether both validators refuse the value."""
        return self.asked.refuses(value)

    @property
    def open_ended(self) -> Values:
        """The same with every enumeration that is marked `x-extensible-enum` open: it may grow in a minor version, and a reader
        tolerates the values that it does not know (section 1 of the common interface).
        """
        return Values(json.dumps(_opened(self.schema), sort_keys=True)) if _EXTENSIBLE in self.text else self

    @property
    def is_empty(self) -> bool:
        """Whether it is proved that there is no such value."""
        known = _canonical(self.text)
        return known is not None and known.satisfiability() == jsonschema_rs.canonical.Satisfiability.NO

    def why_not(self, value: Any) -> tuple[str, str]:
        """Where in a value it is refused (JSON Pointer), and what is wanted there; both empty where the validators do not agree on it."""
        return self.asked.why_not(value)


def values(spec: Spec, schema: Mapping[str, Any] | bool, direction: str = "") -> Values:
    """The values of a schema that stands in the spec's document, for what travels in a direction (one of `directions`, or empty)."""
    return _values(spec.document, schema, direction if _spoken(spec.document, direction) else "")


@kept
def _spoken(document: Mapping[str, Any], direction: str) -> bool:
    return bool(direction) and speaks_of(document, direction)


@kept
def _definitions(document: Mapping[str, Any], direction: str) -> Definitions:
    return Definitions(document, direction)


@kept
def _values(document: Mapping[str, Any], schema: Mapping[str, Any] | bool, direction: str) -> Values:
    reach = _definitions(document, direction).reach(schema)
    whole: dict[str, Any] = {"$schema": DRAFT, **reach.schema}
    for (place, where), one in reach.definitions.items():
        whole[place] = {**whole.get(place, {}), where: one}
    text = json.dumps(whole, sort_keys=True)
    return Values(json.dumps({"$id": BASE, **whole}, sort_keys=True) if BASE in text else text)


def _opened(node: Any) -> Any:
    """A schema without the enumerations in it that may grow."""
    if isinstance(node, list):
        return [_opened(one) for one in node]
    if not isinstance(node, dict):
        return node
    left = {"enum", "const"} if node.get(_EXTENSIBLE) is True else set[str]()
    return {key: _opened(value) for key, value in node.items() if key not in left}


def member(name: str, of: Values, *, required: bool, others: bool) -> Values:
    """Objects with a member: whether it has to be there, and whether it may have others beside it."""
    inner, shared = _divided(of)
    whole: dict[str, Any] = {**shared, "type": "object", "properties": {name: inner}}
    if required:
        whole["required"] = [name]
    if not others:
        whole["additionalProperties"] = False
    return Values(json.dumps(whole, sort_keys=True))


def _divided(of: Values) -> tuple[dict[str, Any], dict[str, Any]]:
    """The schema of a set as it may stand inside of another, and what has to stand at the root of that."""
    inner = dict(of.schema)
    return inner, {place: inner.pop(place) for place in ("$schema", "$id", "components", "$defs") if place in inner}


def either(of: Values, schema: Mapping[str, Any]) -> Values:
    """The values of a set and those of a schema that stands alone."""
    inner, shared = _divided(of)
    return Values(json.dumps({**shared, "anyOf": [inner, schema]}, sort_keys=True))


def values_of(schema: Mapping[str, Any]) -> Values:
    """The values of a schema that stands alone."""
    return Values(json.dumps({"$schema": DRAFT, **schema}, sort_keys=True))


ANYTHING, NOTHING = values_of({}), values_of({"not": {}})


@lru_cache(maxsize=4096)
def _canonical(text: str) -> Any:
    """The canonical form of a schema; None for one that has none (a reference that leads nowhere, a pattern that cannot be read)."""
    try:
        return jsonschema_rs.canonicalize(json.loads(text), validate_formats=True, offline=True)
    except (jsonschema_rs.ValidationError, jsonschema_rs.ReferencingError, ValueError):  # the last: its own errors, all of them
        return None


def proven(outer: Values, inner: Values) -> bool:
    """Whether the algebra proves that every value of `inner` is one of `outer`."""
    if outer.text == inner.text:
        return True
    first, second = _canonical(outer.text), _canonical(inner.text)
    return first is not None and second is not None and first.covers(second) == _YES


def lacking(outer: Values, inner: Values) -> Mapping[str, Any] | None:
    """A schema of the values of `inner` that `outer` lacks, to draw from; None where the algebra cannot say it."""
    first, second = _canonical(outer.text), _canonical(inner.text)
    if first is None or second is None:
        return None
    try:
        found: Mapping[str, Any] = second.subtract(first).to_json_schema()
    except ValueError:  # what its own errors are
        return None
    return found
