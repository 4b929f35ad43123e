"""What a schema excludes, one thing at a time: values of a parameter, and bodies in which one member is wrong and all else is right.

Drawn bodies are wrong in several places at once, and name things that do not exist; a server may refuse them for a reason that is not
the one in question. These differ from a body that is accepted in a single member.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from conformance.checks._calendar import leap_days, on_the_thirtieth
from conformance.interface import contract
from conformance.interface.references import deref
from conformance.model import Operation, Parameter, wire_text

__all__ = ["OF_EVERY_OBJECT", "RAW_BODIES", "RAW_FORMS", "spoilt_bodies", "spoilt_values"]

WIDTHS = (2**31, 2**32, 2**53 + 1, 2**64)  # what comes out as a small number where more bits are dropped than that
OF_EVERY_OBJECT = ("constructor", "__proto__", "toString")  # names that objects of a language have, whoever made them
STRAY = "yance/not~known"  # a member that nothing declares; a JSON Pointer has to escape its name
FAR = ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00")  # before and after all that a calendar in UTC can hold
LOOSE = (
    *("2025-06-12T08:30:00", "2025-02-30T08:30:00+08:00"),
    # one past what each part may be: an hour, a minute, a second (60 is a leap second), the hours and the minutes of an offset
    *("2025-06-12T24:00:00+08:00", "2025-06-12T08:60:00+08:00", "2025-06-12T08:30:61+08:00"),
    *("2025-06-12T08:30:00+24:00", "2025-06-12T08:30:00+08:60"),
)
RAW_BODIES = (b'{"yance": "\xff\xfe"}', b'{"yance": "\\ud800"}', b'{"yance": 1, "yance": 2}', b'{"yance": ' + b"[" * 3000)

RAW_FORMS = (b"%", b"yance=%ZZ&&=&%C0%80", b"yance=\xff\xfe", b"--yance\r\nContent-Disposition: form-data\r\n\r\n")


def spoilt_values(operation: Operation, p: Parameter) -> Iterator[str]:
    """Texts of a query parameter that its schema excludes though a lenient reader would take them, and date-times far away."""
    described = deref(operation.spec.document, p.schema)
    if described.get("format") == "date-time":
        yield from FAR
    for text in _texts(described):
        if contract.parameter_refused(operation, p.name, text):
            yield text


def _texts(described: Mapping[str, Any]) -> Iterator[str]:
    """Near misses by the kind of value."""
    kind = described.get("type")
    if described.get("enum"):
        yield wire_text(described["enum"][0]).swapcase()
        yield OF_EVERY_OBJECT[0]
        yield from (wire_text(value + 1) for value in described["enum"][-1:] if isinstance(value, int))
    if kind in ("integer", "number"):
        least = max(int(described.get("minimum", 0)), 0)
        yield from (wire_text(value) for value in (described.get("maximum", 2**63 - 1) + 1, 2**63))
        yield from (wire_text(width + least) for width in WIDTHS)
        yield from map(wire_text, _below(described))
        if kind == "number":
            yield "NaN"
    elif kind == "boolean":
        yield from ("1", "TRUE")
    elif described.get("format") == "date-time":
        yield from LOOSE
    elif described.get("format") == "date":
        yield "2025-02-30"
    elif described.get("pattern"):
        yield "\0'\";--"


def _below(described: Mapping[str, Any]) -> Iterator[float]:
    """A number less than each lower bound of a schema; in OpenAPI 3.0 an exclusive one is true or false."""
    for word in ("minimum", "exclusiveMinimum"):
        bound = described.get(word)
        if isinstance(bound, int | float) and not isinstance(bound, bool):
            yield bound - 1


def spoilt_bodies(operation: Operation, whole: Any, media: str, *, apart_from: frozenset[str] = frozenset()) -> Iterator[Any]:
    """The body with one member wrong, one too many (also inside a member, and one of the server's), and one too few, or on 30 February; only what the schema refuses. `apart_from`: members that
    were tried already, and with them the absence and the excess of any.
    """
    if not isinstance(whole, dict):
        return
    declared, members = contract.body_members(operation, media)
    tried: list[dict[str, Any]] = [] if apart_from else [{**whole, name: 1} for name in (STRAY, *OF_EVERY_OBJECT)]
    tried += [] if apart_from else [{**whole, name: value} for name, value in _owned(operation, members)]
    tried += [{**whole, name: inner} for name, value in whole.items() if name not in apart_from for inner in _stray_within(value)]
    tried += [] if apart_from else [on_the_thirtieth(whole, leap) for _, leap in leap_days(whole)]
    for left in () if apart_from else declared.get("required", ()):
        tried.append({name: value for name, value in whole.items() if name != left})
    for name, described in members.items():
        if name in whole and name not in apart_from:
            tried += [{**whole, name: value} for value in _wrong(described, whole[name])]
    yield from (each for each in tried if contract.request_refused(operation, media, each))


def _owned(operation: Operation, members: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """A member that answers have and requests do not, with a value that it might have."""
    for status, answer in operation.responses.items():
        for content in (answer.get("content") or {}).values() if status.startswith("2") else ():
            shown = deref(operation.spec.document, content.get("schema", {})).get("properties", {})
            known = {
                name: deref(operation.spec.document, one).get("examples") for name, one in shown.items() if name not in members
            }
            yield from [(name, examples[-1]) for name, examples in known.items() if examples][-1:]


def _stray_within(value: Any) -> Iterator[Any]:
    """An object, or a list that begins with one, with a member inside it that nothing declares."""
    if isinstance(value, dict):
        yield {**value, STRAY: 1}
    elif isinstance(value, list) and value and isinstance(value[0], dict):
        yield [{**value[0], STRAY: 1}, *value[1:]]


def _wrong(described: Mapping[str, Any], present: Any) -> Iterator[Any]:
    """Values of a member that come near to a right one."""
    yield None
    if not isinstance(present, str):
        yield from (str(present), True, 2**63)
        yield from (width + present for width in WIDTHS if isinstance(present, int) and not isinstance(present, bool))
        yield from _below(described)
        yield from (bound + 1 for bound in [described.get("maximum")] if isinstance(bound, int | float))
        return
    yield [present]
    if described.get("enum"):
        yield present.swapcase()
    elif described.get("format") == "date-time":
        yield from (present[:10], present[:19])
        yield from (f"{present[:at]}{past}{present[at + 2 :]}" for at, past in ((11, 24), (14, 60), (17, 61)))
    elif "maxLength" in described:
        yield (present + "x" * described["maxLength"])[: described["maxLength"] + 1]
    if described.get("pattern"):
        yield f"{present[:1]} {present[1:]}"[: described.get("maxLength", 60)]
