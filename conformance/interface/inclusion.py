"""Whether every value of one schema is one of another, where schemas refer to themselves: by induction over the depth of a value.

The algebra of `sets` decides what is finite, and gives no answer where a schema refers to itself and differs. There, two schemas are
walked together: what they say of a value itself is put to the algebra, what they say of its members and items is walked in turn, and
a pair of definitions that is met again further down is taken as settled. That is sound because JSON values are finite: a smallest value
that belonged to the inner and not to the outer schema would hold a smaller one. Whatever else is met (`not`, conditions, patterns of names
that refer on) ends in no: this proves or says nothing, and the number of pairs that are looked at is bounded.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from conformance.interface.parts import TOLD, Alike, conjuncts, never, reference, resolved, said, together, whole
from conformance.interface.sets import Values, proven

__all__ = ["includes"]

_MOST = 2000  # pairs of schemas
_WALKED = frozenset({"properties", "items", "additionalProperties", "allOf", "anyOf", "oneOf", "$ref"})
Pair = tuple[str, str]
Schema = Mapping[str, Any]


def includes(outer: Values, inner: Values) -> bool:
    """Whether it is proved that every value of `inner` is one of `outer`."""
    if proven(outer, inner):
        return True
    if "$ref" not in outer.text or "$ref" not in inner.text:
        return False
    return _Walk(outer.schema, inner.schema).step(outer.schema, inner.schema, frozenset(), frozenset())


@dataclass
class _Walk:
    """Two documents that are walked together, and how many pairs were looked at."""

    outer: Schema
    inner: Schema
    count: int = 0
    known: dict[Pair, bool] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.alike = Alike(self.outer, self.inner)

    def step(self, outer: Any, inner: Any, settled: frozenset[Pair], pending: frozenset[Pair]) -> bool:
        """Whether `inner` is within `outer`. `settled`: pairs of references further up; `pending`: those that speak of this very value."""
        self.count += 1
        if self.count > _MOST:
            return False
        names = (reference(outer), reference(inner))
        if all(names):
            if names in settled:
                return True
            if names in pending:
                return False
            pending |= {names}
        outer, inner = resolved(self.outer, outer), resolved(self.inner, inner)
        if outer is None or inner is None:
            return False
        if self.alike.same(outer, inner) or self._plainly(outer, inner):
            return True
        return self._apart(outer, inner, settled, pending)

    def _plainly(self, outer: Schema, inner: Schema) -> bool:
        """Whether the algebra proves it of the two as they stand, each with its document."""
        texts = json.dumps(outer, sort_keys=True), json.dumps(inner, sort_keys=True)
        if texts not in self.known:
            self.known[texts] = proven(whole(self.outer, outer), whole(self.inner, inner))
        return self.known[texts]

    def _apart(self, outer: Schema, inner: Schema, settled: frozenset[Pair], pending: frozenset[Pair]) -> bool:
        """What the outer schema says, part by part."""
        for key in ("anyOf", "oneOf"):  # each alternative of the inner one, with what stands beside them
            if key in inner:
                rest = {name: value for name, value in inner.items() if name != key}
                options = [{"allOf": [rest, one]} if rest.keys() - TOLD else one for one in inner[key]]
                return all(self.step(outer, one, settled, pending) for one in options)
        facts = list(conjuncts(self.inner, inner))
        below = settled | pending
        parts = [*outer.get("allOf", ()), *([{"$ref": outer["$ref"]}] if "$ref" in outer else [])]
        shell = {key: value for key, value in outer.items() if key not in _WALKED | TOLD}
        return (
            "oneOf" not in outer
            and "$ref" not in json.dumps(shell)
            and proven(whole({}, shell), whole({}, together([_shell(one) for one in facts])))
            and all(self.step(part, inner, settled, pending) for part in parts)
            and ("anyOf" not in outer or any(self.step(one, inner, settled, pending) for one in outer["anyOf"]))
            and (never(facts, "array") or "items" not in outer or self._items(outer["items"], facts, below))
            and (never(facts, "object") or self._members(outer, facts, below))
        )

    def _items(self, outer: Any, facts: list[Schema], below: frozenset[Pair]) -> bool:
        return any(
            self.step(outer, one["items"], below, frozenset()) for one in facts if "items" in one and "prefixItems" not in one
        )

    def _members(self, outer: Schema, facts: list[Schema], below: frozenset[Pair]) -> bool:
        named: Schema = outer.get("properties") or {}
        for name, wanted in named.items():
            told = [said(one, name) for one in facts]
            if not any(said is not None and self.step(wanted, said, below, frozenset()) for said in told):
                return False
        others = outer.get("additionalProperties", True)
        if others is True or others == {}:
            return True
        if "patternProperties" in outer:
            return False
        strange = {name for one in facts for name in one.get("properties") or {}} - named.keys()
        known = [[said(one, name) for one in facts] for name in strange]
        rest = [one["additionalProperties"] for one in facts if "additionalProperties" in one and "patternProperties" not in one]
        return all(any(one is not None and self.step(others, one, below, frozenset()) for one in told) for told in [*known, rest])


def _shell(schema: Schema) -> Schema:
    """What a schema says of a value itself; what refers on is left out, which allows more."""
    return {key: value for key, value in schema.items() if key not in _WALKED | TOLD and "$ref" not in json.dumps(value)}
