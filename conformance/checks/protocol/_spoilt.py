"""What a schema excludes, one thing at a time: values of a parameter, and bodies in which one member is wrong and all else is right.

Drawn bodies are wrong in several places at once, and name things that do not exist; a server may refuse them for a reason that is not
the one in question. These differ from a body that is accepted in a single member.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from conformance.checks._calendar import leap_days, on_the_thirtieth
from conformance.interface import contract
from conformance.interface.references import deref
from conformance.model import Guise, Operation, Parameter, json_bytes, wire_text

__all__ = ["OF_ANY_OBJECT", "RAW_BODIES", "RAW_FORMS", "of_every_object", "spoilt_bodies", "spoilt_values"]

WIDTHS = (2**31, 2**32, 2**53 + 1, 2**64)  # what comes out as a small number where more bits are dropped than that
_BUILT_IN = ("constructor", "hasOwnProperty", "isPrototypeOf", "propertyIsEnumerable", "__defineGetter__", "__lookupGetter__")
_BUILT_IN_TOO = ("toString", "valueOf", "toLocaleString", "__defineSetter__", "__lookupSetter__")
OF_ANY_OBJECT = (*_BUILT_IN, "__proto__", *_BUILT_IN_TOO)  # names that objects of a language have, whoever made them
HOSTILE = (
    "\0'\";--",
    *(f"\0{quotes}{end}" for quotes in ("\"'", "')", '")', "'))", "`'", "'`") for end in (";--", "; --", ";#", "--", ";/*")),
)
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


def of_every_object(guise: Guise) -> tuple[str, str, str]:
    """Three of the names that every object has; how one of them is taken, so are all of its kind, and `__proto__` has no like."""
    return guise.chosen(*_BUILT_IN), "__proto__", guise.chosen(*_BUILT_IN_TOO)


def _dated(texts: Iterable[str], guise: Guise) -> Iterator[str]:
    """The date-times of another day and another time of it, wrong in the same part."""
    year, month, day = guise.chosen(*range(2025, 1999, -1)), guise.chosen(6, *range(1, 13)), guise.chosen(12, *range(10, 29))
    hour, minute = guise.chosen(8, *range(10)), guise.chosen(30, *range(10, 60))
    for text in texts:
        moved = text.replace("2025-02-30", f"{year}-02-30").replace("2025-06-12", f"{year}-{month:02d}-{day:02d}")
        yield moved.replace("T08:", f"T{hour:02d}:").replace(":30:", f":{minute:02d}:")


def _far(guise: Guise) -> Iterator[str]:
    """Date-times far away; their minutes and seconds are anybody's."""
    minutes = guise.beyond(0, 59), guise.beyond(10, 49)
    for text, minute in zip(FAR, minutes, strict=True):
        yield text if guise.plain else f"{text[:14]}{minute:02d}:{guise.chosen(*range(59)):02d}{text[19:]}"


def spoilt_values(operation: Operation, p: Parameter, guise: Guise) -> Iterator[str]:
    """Texts of a query parameter that its schema excludes though a lenient reader would take them, and date-times far away."""
    described = deref(operation.spec.document, p.schema)
    if described.get("format") == "date-time":
        yield from _far(guise)
    for text in _texts(described, guise):
        if contract.parameter_refused(operation, p.name, text):
            yield text


def _texts(described: Mapping[str, Any], guise: Guise) -> Iterator[str]:
    """Near misses by the kind of value."""
    kind = described.get("type")
    if described.get("enum"):
        yield wire_text(described["enum"][0]).swapcase()
        yield of_every_object(guise)[0]
        yield from (wire_text(value + 1) for value in described["enum"][-1:] if isinstance(value, int))
    if kind in ("integer", "number"):
        least = max(int(described.get("minimum", 0)), 0)
        yield from (wire_text(value) for value in (described.get("maximum", 2**63 - 1) + 1, guise.beyond(2**63, 2**62)))
        yield from (wire_text(_wide(width, described, guise) + least) for width in WIDTHS)
        yield from map(wire_text, _below(described))
        if kind == "number":
            yield "NaN"
    elif kind == "boolean":
        yield from ("1", "TRUE")
    elif described.get("format") == "date-time":
        yield from _dated(LOOSE, guise)
    elif described.get("format") == "date":
        yield from _dated(("2025-02-30",), guise)
    elif described.get("pattern"):
        yield guise.chosen(*HOSTILE)


def _wide(width: int, described: Mapping[str, Any], guise: Guise) -> int:
    """A number of so many bits, of which still a small number comes out that the schema admits, where more are dropped than that."""
    least, most = described.get("minimum", 0), described.get("maximum", 2**20)
    room = int(most - max(least, 0)) if isinstance(most, int | float) and isinstance(least, int | float) else 0
    return guise.beyond(width, min(max(room, 0), 2**20) // 2 * 2)


def _below(described: Mapping[str, Any]) -> Iterator[float]:
    """A number less than each lower bound of a schema; in OpenAPI 3.0 an exclusive one is true or false."""
    for word in ("minimum", "exclusiveMinimum"):
        bound = described.get(word)
        if isinstance(bound, int | float) and not isinstance(bound, bool):
            yield bound - 1


def spoilt_bodies(
    operation: Operation, whole: Any, media: str, guise: Guise, *, apart_from: frozenset[str] = frozenset()
) -> Iterator[Any]:
    """The body with one member wrong, one too many (also inside a member, and one of the server's), and one too few, or on 30 February; only what the schema refuses. `apart_from`: members that
    were tried already, and with them the absence and the excess of any.
    """
    if not isinstance(whole, dict):
        return
    declared, members = contract.body_members(operation, media)
    tried: list[dict[str, Any]] = [] if apart_from else [{**whole, name: 1} for name in (STRAY, *of_every_object(guise))]
    tried += [] if apart_from else [{**whole, name: value} for name, value in _owned(operation, members)]
    tried += [{**whole, name: inner} for name, value in whole.items() if name not in apart_from for inner in _stray_within(value)]
    tried += [] if apart_from else [on_the_thirtieth(whole, leap) for _, leap in leap_days(whole)]
    for left in () if apart_from else declared.get("required", ()):
        tried.append({name: value for name, value in whole.items() if name != left})
    for name, described in members.items():
        if name in whole and name not in apart_from:
            tried += [{**whole, name: value} for value in _wrong(described, whole[name], guise)]
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


def _wrong(described: Mapping[str, Any], present: Any, guise: Guise) -> Iterator[Any]:
    """Values of a member that come near to a right one."""
    yield None
    if not isinstance(present, str):
        yield from (
            json_bytes(present).decode(),
            True,
            guise.beyond(2**63, 2**62),
        )  # as any client writes it, whatever it is written in
        if isinstance(present, int) and not isinstance(present, bool):
            yield from (_wide(width, {**described, "minimum": present}, guise) + present for width in WIDTHS)
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
        yield (present + guise.spelt("x" * described["maxLength"]))[: described["maxLength"] + 1]
    if described.get("pattern"):
        yield f"{present[:1]} {present[1:]}"[: described.get("maxLength", 60)]
