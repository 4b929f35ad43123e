"""Values that may lie in one schema and outside of another, sought where the two differ.

Drawn at random, a large object almost never differs in the one member that changed. So the two schemas are walked together down to where they
differ; there a value is drawn, of a schema that is small; and on the way up each level puts it into the simplest value that it admits. At
each level a value goes on only if the one schema admits it there and the other does not. Everything is counted: pairs, depth, values.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from typing import Any

from conformance.interface.parts import Alike, conjuncts, reference, resolved, said, together, whole
from conformance.interface.sets import Values

__all__ = ["proposals"]

_PAIRS, _DEPTH, _EACH = 1500, 12, 2  # schemas that are walked; levels; values for a member
_ALTERNATIVES = ("anyOf", "oneOf")
_COMPOSED = frozenset({"properties", "items", "prefixItems", "allOf", "$ref", *_ALTERNATIVES})
Schema = Mapping[str, Any]
Draw = Callable[[Values, Values], Iterator[Any]]  # (outer, inner) → a few values of `inner`, such as `outer` lacks first
_NONE: Any = object()


def proposals(outer: Values, inner: Values, draw: Draw) -> Iterator[Any]:
    """Values that may be in `inner` and not in `outer`. `draw` makes some of schemas that are small."""
    walk = _Walk(outer.schema, inner.schema, draw)
    yield from walk.at(outer.schema, inner.schema, 0)


class _Walk:
    """Two documents that are walked together."""

    def __init__(self, outer: Schema, inner: Schema, draw: Draw, pairs: int = _PAIRS) -> None:
        self._outer, self._inner, self._draw = outer, inner, draw
        self._alike = Alike(outer, inner)
        self._left = pairs
        self._simplest: dict[str, Any] = {}  # by reference

    def at(self, outer: Any, inner: Any, depth: int) -> Iterator[Any]:
        """Values for a place at which the two documents have these schemas: such as the inner one admits there, and the outer one does not."""
        self._left -= 1
        if self._left < 0 or depth > _DEPTH or self._alike.same(outer, inner):
            return
        sides = None
        for value in self._proposed(outer, inner, depth):
            sides = sides or (whole(self._outer, _object(outer)).asked, whole(self._inner, _object(inner)).asked)
            if sides[1].is_valid(value) and not sides[0].is_valid(value):
                yield value

    def _proposed(self, outer: Any, inner: Any, depth: int) -> Iterator[Any]:
        one = resolved(self._inner, inner)
        if one is None:
            return
        for key in _ALTERNATIVES:
            for option in one.get(key, ()):
                rest = {name: value for name, value in one.items() if name != key}
                yield from self.at(outer, {"allOf": [rest, option]}, depth + 1)
        facts = list(conjuncts(self._inner, inner))
        wants = list(self._wanted(outer))
        yield from self._exclusive(outer, inner, depth)
        kinds = _kinds(facts)
        if "object" in kinds and any("properties" in fact or "required" in fact for fact in (*facts, *wants)):
            yield from self._objects(wants, facts, inner, depth)
        elif "array" in kinds and any("items" in fact for fact in facts):
            yield from self._arrays(wants, facts, inner, depth)
        if not any(_COMPOSED & fact.keys() for fact in (*facts, *wants)):
            yield from self._draw(
                whole(self._outer, together(list(conjuncts(self._outer, outer)))), whole(self._inner, together(facts))
            )
        if (least := self._least(inner, 0)) is not _NONE:
            yield least

    def _exclusive(self, outer: Any, inner: Any, depth: int) -> Iterator[Any]:
        """What two alternatives of a `oneOf` admitted, so that it was refused, and of which one does so no longer."""
        for fact, want in zip(conjuncts(self._inner, inner), conjuncts(self._outer, outer), strict=False):
            if len(fact.get("oneOf", ())) == len(want.get("oneOf", ())) > 1:
                back = _Walk(self._inner, self._outer, self._draw, self._left // 4)
                for now, then in zip(fact["oneOf"], want["oneOf"], strict=True):
                    yield from islice(back.at(now, then, depth + 1), _EACH)

    def _wanted(self, outer: Any, depth: int = 0) -> Iterator[Schema]:
        """What the outer schema says, its alternatives, too: whichever of them a value is held against, it may differ from that."""
        for fact in conjuncts(self._outer, outer):
            yield fact
            for key in _ALTERNATIVES:
                for option in fact.get(key, ()) if depth < 3 else ():
                    yield from self._wanted(option, depth + 1)

    def _objects(self, wants: list[Schema], facts: list[Schema], inner: Any, depth: int) -> Iterator[Any]:
        base = self._least(inner, 0)
        if not isinstance(base, dict):
            return
        demanded = {name for want in wants for name in want.get("required", ())}
        yield from ({key: value for key, value in base.items() if key != name} for name in demanded)
        yield base
        names = dict.fromkeys(name for one in (*facts, *wants) for name in one.get("properties") or {})
        for name in names:
            there, here = _together(facts, name), _together(wants, name)
            if self._alike.same(here, there):
                continue
            for value in islice(self.at(here, there, depth + 1), _EACH):
                yield {**base, name: value}
        if any(want.get("additionalProperties", True) is not True for want in wants):
            yield {**base, "other": 0}

    def _arrays(self, wants: list[Schema], facts: list[Schema], inner: Any, depth: int) -> Iterator[Any]:
        base = self._least(inner, 0)
        there, here = (together([one["items"] for one in some if "items" in one]) for some in (facts, wants))
        padding = base if isinstance(base, list) else []
        for value in islice(self.at(here, there, depth + 1), _EACH):
            yield [value, *padding[1:]]
        item = self._least(there, 0)
        most = min((want["maxItems"] for want in wants if "maxItems" in want), default=1)
        if item is not _NONE and most < 100:
            yield [item] * (most + 1)
            yield [item, item]

    def _least(self, schema: Any, depth: int) -> Any:
        """The simplest value of a schema of the inner document that can be put together; `_NONE` where there is none to be found."""
        ref = reference(schema)
        if ref and ref not in self._simplest:
            self._simplest[ref] = _NONE  # of a ring there is none
            self._simplest[ref] = self._sought(schema, depth)
        return self._simplest[ref] if ref else self._sought(schema, depth)

    def _sought(self, schema: Any, depth: int) -> Any:
        facts = list(conjuncts(self._inner, schema))
        self._left -= 1
        if not facts or depth > _DEPTH or self._left < 0:
            return _NONE
        for fact in facts:
            if "const" in fact or fact.get("enum"):
                return fact["const"] if "const" in fact else fact["enum"][0]
        for key in _ALTERNATIVES:
            for fact in facts:
                rest = {name: value for name, value in fact.items() if name != key}
                others = [one for one in facts if one is not fact and "$ref" not in one and "allOf" not in one]
                for option in fact.get(key, ()):
                    found = self._least({"allOf": [rest, option, *others]}, depth + 1)
                    if found is not _NONE:
                        return found
        kinds = _kinds(facts)
        if "object" in kinds and (kinds == {"object"} or any("properties" in fact for fact in facts)):
            return self._least_object(facts, depth)
        if kinds == {"array"}:
            least = max((fact.get("minItems", 0) for fact in facts), default=0)
            item = self._least(together([fact["items"] for fact in facts if "items" in fact]), depth + 1) if least else 0
            return _NONE if item is _NONE or least > 20 else [item] * least
        plain = [{key: value for key, value in fact.items() if key not in _COMPOSED} for fact in facts]
        return next(self._draw(whole({}, {"not": {}}), whole({}, together(plain))), _NONE)

    def _least_object(self, facts: list[Schema], depth: int) -> Any:
        found: dict[str, Any] = {}
        for name in dict.fromkeys(name for fact in facts for name in fact.get("required", ())):
            value = self._least(_together(facts, name), depth + 1)
            if value is _NONE:
                return _NONE
            found[name] = value
        return found


def _together(facts: list[Schema], name: str) -> Any:
    """What several schemas say of the member of a name, as one."""
    return together([one for fact in facts if (one := said(fact, name)) is not None])


def _object(schema: Any) -> Schema:
    return schema if isinstance(schema, Mapping) else {} if schema else {"not": {}}


def _kinds(facts: list[Schema]) -> set[str]:
    """The types that a value may be of."""
    found = {"object", "array", "string", "number", "integer", "boolean", "null"}
    for fact in facts:
        if "type" in fact:
            found &= set(fact["type"] if isinstance(fact["type"], list) else [fact["type"]])
    return found
