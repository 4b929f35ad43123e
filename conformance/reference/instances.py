"""Values that a schema of an OpenAPI document accepts: its examples, or whatever else fits, drawn at random.

What an impostor answers is made of these (`impostors`). The keywords that documents describe their data with are read; a schema that
asks for more (`not`, `if`) may be given a value that it refuses.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from conformance.interface.references import deref

__all__ = ["Instances"]

_parser: Any = vars(re)["_parser"]  # what reads a pattern into its parts
_DEEP = 12  # from here on optional members and items are left out: a schema may lead back to itself
_TEXTS = {"date": "2026-03-01", "uuid": "0b7e5c1a-3f60-4c58-9b55-1f7a0c0f9f11", "email": "a@example.org", "time": "08:00:00Z"}
_ALPHABET = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"


class Instances:
    """Makes values for the schemas of one document. Without `chance` they are the examples where there are any."""

    def __init__(self, document: Mapping[str, Any], chance: random.Random | None = None) -> None:
        self._document, self._examples = document, chance is None
        self._chance = chance or random.Random(1)

    def of(self, content: Mapping[str, Any]) -> Any:
        """A value for a media type object or a header object: its example, or one of its schema."""
        if self._examples:
            if "example" in content:
                return content["example"]
            for one in (content.get("examples") or {}).values():
                return deref(self._document, one).get("value")
        return self.value(content.get("schema", {}))

    def value(self, schema: Any, depth: int = 0) -> Any:
        """A value that a schema accepts."""
        one = self._whole(schema)
        if "const" in one:
            return one["const"]
        told = [one["example"]] if "example" in one else list(one.get("examples") or ())
        if told and self._examples:
            return told[0]
        if one.get("enum"):
            return one["enum"][0] if self._examples else self._chance.choice(one["enum"])
        kinds = one.get("type") or ("object" if "properties" in one else "array" if "items" in one else "string")
        kind = kinds if isinstance(kinds, str) else next((name for name in kinds if name != "null"), "null")
        makers = {"object": self._object, "array": self._array, "integer": self._number, "number": self._number}
        if kind in makers:
            return makers[kind](one, depth)
        return {"boolean": self._chance.random() < 0.5, "null": None}.get(kind) if kind != "string" else self._text(one)

    def _whole(self, schema: Any) -> dict[str, Any]:
        """A schema with what it refers to and is made of; of alternatives, one."""
        found = dict(deref(self._document, schema)) if isinstance(schema, Mapping) else {}
        parts = [*found.pop("allOf", ())]
        for word in ("oneOf", "anyOf"):
            ways = found.pop(word, ())
            parts += [ways[0] if self._examples else self._chance.choice(ways)] if ways else []
        for part in map(self._whole, parts):
            properties = {**part.get("properties", {}), **found.get("properties", {})}
            required = [*dict.fromkeys([*found.get("required", ()), *part.get("required", ())])]
            found = {**part, **found, "properties": properties, "required": required}
        return found

    def _object(self, schema: Mapping[str, Any], depth: int) -> dict[str, Any]:
        required = set(schema.get("required", ()))
        return {
            name: self.value(member, depth + 1)
            for name, member in (schema.get("properties") or {}).items()
            if name in required or (depth < _DEEP and (self._examples or self._chance.random() < 0.5))
        }

    def _array(self, schema: Mapping[str, Any], depth: int) -> list[Any]:
        least = schema.get("minItems", 0)
        count = least if depth >= _DEEP else min(schema.get("maxItems", least + 3), least + self._chance.randint(1, 3))
        found = [self.value(schema.get("items", {}), depth + 1) for _ in range(count)]
        if not schema.get("uniqueItems"):
            return found
        return [one for index, one in enumerate(found) if one not in found[:index]]

    def _number(self, schema: Mapping[str, Any], _depth: int) -> float | int:
        low = schema.get("minimum", schema.get("exclusiveMinimum", 0))
        high = schema.get("maximum", schema.get("exclusiveMaximum", low + 100))
        step = schema.get("multipleOf", 1)
        value = low + (self._chance.randint(0, max(0, int((high - low) / step))) * step)
        return int(value) if schema.get("type") == "integer" else value

    def _text(self, schema: Mapping[str, Any]) -> str:
        kind = schema.get("format")
        if kind == "date-time":
            moment = datetime.now(UTC) - timedelta(seconds=self._chance.randint(0, 3600))
            return moment.isoformat(timespec="seconds")
        pattern = schema.get("pattern")
        if kind in _TEXTS and (pattern is None or re.search(pattern, _TEXTS[kind])):
            return _TEXTS[kind]
        if isinstance(pattern, str):
            return "".join(self._matching(_parser.parse(pattern)))
        size = max(schema.get("minLength", 0), min(8, schema.get("maxLength", 8)))
        return "".join(self._chance.choices(_ALPHABET, k=size))

    def _matching(self, parts: Any) -> Iterator[str]:
        """A text, in pieces, that a parsed pattern matches."""
        for operator, argument in parts:
            match str(operator):
                case "LITERAL":
                    yield chr(argument)
                case "NOT_LITERAL" | "ANY":
                    yield "a" if argument != ord("a") else "b"
                case "IN":
                    yield self._one_of(argument)
                case "MAX_REPEAT" | "MIN_REPEAT":
                    low, high, repeated = argument
                    for _ in range(self._chance.randint(low, min(int(high), low + 5))):
                        yield from self._matching(repeated)
                case "SUBPATTERN":
                    yield from self._matching(argument[-1])
                case "BRANCH":
                    yield from self._matching(self._chance.choice(argument[1]))

    def _one_of(self, members: Any) -> str:
        """A character of a class."""
        fits = [char for char in map(chr, range(0x20, 0x7F)) if _in(char, members)]
        return self._chance.choice(fits or ["a"])


def _in(char: str, members: Any) -> bool:
    found, negated = False, False
    for operator, argument in members:
        match str(operator):
            case "NEGATE":
                negated = True
            case "LITERAL":
                found = found or ord(char) == argument
            case "RANGE":
                found = found or argument[0] <= ord(char) <= argument[1]
            case "CATEGORY":
                found = found or (char.isdigit() if str(argument).endswith("DIGIT") else char.isalnum())
    return found != negated
