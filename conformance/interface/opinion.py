"""The second opinion: JSON Schema as `jsonschema`, the reference implementation in Python, reads it.

It is asked only when jsonschema-rs has found something, because it costs 150 times as much: what is found stands only when both find
something at that place of the instance. Both assert the same formats (see `stated`) and read patterns as ECMA-262 (see `ecma`), and a
multiple is one in decimal arithmetic, as the numbers stand in the text: in binary, 0.3 is no multiple of 0.1.

Where the two are known to differ, so that nobody is failed for it:

* In `hostname`, and in the domain of an `email`, jsonschema-rs refuses `--` as third and fourth character of a label (reserved by RFC
  5890) which RFC 1123 allows and real names have (`r3---sn-a.example`).
* In `date` and `time`, jsonschema-rs takes `+ , - . /` for digits (`2020-01-0/`), and in `email` a display name after a blank. It is
  asked first, so these pass; `date_times_carry_an_offset` has its own grammar for date-times.
* In patterns, `.` of jsonschema-rs takes the line ends other than a line feed (a carriage return, U+2028).
* Patterns that `re` cannot express or may never finish, and texts of more than 2,000 characters under a pattern, have one opinion.
* Instances nested deeper than Python's stack, and members under such patterns in `patternProperties`, have no second opinion. That
  counts as a difference: nothing is known of the target then.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from functools import cache, lru_cache
from typing import Any

import jsonschema
import jsonschema_rs
import referencing.jsonschema
from jsonschema.exceptions import ValidationError
from jsonschema.validators import extend, validator_for

from conformance.interface.ecma import python_pattern
from conformance.interface.reach import BASE, over_subschemas
from conformance.interface.stated import FORMATS, NAMED
from conformance.text import pointer

__all__ = ["Opinion"]

_LONGEST = 2000  # characters of a text that `re` is to match: what it does can grow with a power of their number
_UNREADABLE = "x-unreadable-pattern"
_INFINITE = (float("inf"), float("-inf"))  # what Python makes of 1e999


class Opinion:
    """What `jsonschema` says of instances under one compiled document."""

    def __init__(self, document: Mapping[str, Any] | bool) -> None:
        readable = _readable(document)
        resource = referencing.jsonschema.DRAFT202012.create_resource(readable)
        whole: Any = jsonschema.Draft202012Validator
        if isinstance(document, Mapping) and "$schema" in document:
            whole = validator_for(document, default=whole)
            resource = referencing.Resource.from_contents(readable)
        self._registry = referencing.jsonschema.SchemaRegistry().with_resource(BASE, resource)
        self._kind = _extended(whole)

    def errors(self, where: str, instance: Any) -> Iterator[tuple[str, str]]:
        """What is wrong with `instance` under the schema at pointer `where` of the document, as `(pointer, why)`.

        Raises whatever the validator raises where it cannot say.
        """
        schema = {"$ref": f"{BASE}#{where}"}
        validator = self._kind(schema, registry=self._registry, format_checker=_checker())
        for error in validator.iter_errors(instance):
            yield pointer.join(*error.absolute_path), error.message


@cache
def _extended(kind: Any) -> Any:
    make: Any = extend
    return make(kind, {"pattern": _pattern, "multipleOf": _multiple_of, _UNREADABLE: _unreadable})


def _pattern(validator: Any, pattern: str, instance: Any, _schema: Any) -> Iterator[ValidationError]:
    if validator.is_type(instance, "string"):
        translated = python_pattern(pattern) if len(instance) <= _LONGEST else None
        if not (_one_opinion("pattern", pattern).is_valid(instance) if translated is None else translated.search(instance)):
            yield ValidationError(f"{instance!r} does not match {pattern!r}")


def _unreadable(_validator: Any, pattern: str, _instance: Any, _schema: Any) -> Iterator[ValidationError]:
    raise ValueError(f"the pattern {pattern!r} cannot be put as Python has it")


def _multiple_of(validator: Any, divisor: Any, instance: Any, _schema: Any) -> Iterator[ValidationError]:
    if validator.is_type(instance, "number") and instance not in _INFINITE and Fraction(str(instance)) % Fraction(str(divisor)):
        yield ValidationError(f"{instance!r} is not a multiple of {divisor}")


@lru_cache(maxsize=256)
def _one_opinion(keyword: str, value: str) -> Any:
    """What only jsonschema-rs reads by the standard: patterns that `re` cannot express, formats without a short grammar."""
    return jsonschema_rs.Draft202012Validator({keyword: value}, validate_formats=True, offline=True)


@cache
def _checker() -> jsonschema.FormatChecker:
    """The formats that both assert. What the installation brings beside them is left out."""
    checker = jsonschema.FormatChecker(formats=())
    for name in NAMED:
        judge = FORMATS.get(name) or _one_opinion("format", name).is_valid
        checker.checks(name)(lambda value, judge=judge: not isinstance(value, str) or judge(value))
    return checker


def _readable(schema: Any) -> Any:
    """A compiled document with the keys of `patternProperties` as `re` has them: `jsonschema` matches them by itself."""
    if not isinstance(schema, Mapping):
        return schema
    found = over_subschemas(schema, _readable)
    if isinstance(members := found.get("patternProperties"), Mapping):
        read = {name: python_pattern(name) for name in members}
        found["patternProperties"] = {known.pattern: members[name] for name, known in read.items() if known is not None}
        if unread := [name for name, known in read.items() if known is None]:
            found[_UNREADABLE] = ", ".join(unread)
    if isinstance(members := found.get("components"), Mapping):
        found["components"] = {name: _readable(member) for name, member in members.items()}
    return found
