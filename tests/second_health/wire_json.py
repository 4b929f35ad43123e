"""JSON in and out: numbers keep the way in which they were written."""

from __future__ import annotations

import json
from decimal import Decimal, InvalidOperation
from json.encoder import encode_basestring, encode_basestring_ascii
from typing import Any, Self

from tests.second_health.choices import Choices
from tests.second_health.refusals import Refusal

__all__ = ["Number", "canonical", "kept", "parsed", "rendered", "restored"]

_EXTREME = 400
_ASCII = Choices(escaped=True)


class Number(Decimal):
    """A decimal that knows how it was written."""

    text: str

    def __new__(cls, text: str) -> Self:
        try:
            number = super().__new__(cls, text)
        except InvalidOperation:  # an exponent beyond all bounds
            small = "e-" in text.lower()
            number = super().__new__(cls, "0" if small else "1e999999")
        number.text = text
        return number


def _never(name: str) -> Any:
    raise ValueError(name)


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(dict(pairs)) < len(pairs):
        raise ValueError("a name occurs twice")
    return dict(pairs)


def parsed(body: bytes, *, distinct: bool = False) -> Any:
    """The body as a JSON value; `distinct` refuses an object in which a name occurs twice."""
    pairs = _distinct if distinct else dict
    try:
        text = body.decode("utf-8")
        return json.loads(text, parse_constant=_never, parse_int=Number, parse_float=Number, object_pairs_hook=pairs)
    except (ValueError, RecursionError):
        raise Refusal("malformed-body") from None


def restored(text: str) -> Any:
    """A document out of the store."""
    return json.loads(text, parse_float=Number, parse_int=_whole)


def _whole(text: str) -> Any:
    return Number(text) if len(text) > 15 or text.startswith("-0") else int(text)


def kept(document: Any) -> str:
    """A document for the store: ASCII, with numbers as they were written."""
    return _written(document, _ASCII, "sent")


def canonical(value: Any) -> str:
    """One text for all that is equal as a JSON value."""
    if isinstance(value, dict):
        return "{" + ",".join(f"{json.dumps(name)}:{canonical(value[name])}" for name in sorted(value)) + "}"
    if isinstance(value, list):
        return "[" + ",".join(canonical(one) for one in value) + "]"
    if isinstance(value, Decimal):
        digits = value.as_tuple()
        text = "".join(str(one) for one in digits.digits).lstrip("0")
        bare = text.rstrip("0")
        return f"{'-' * digits.sign}{bare}e{int(digits.exponent) + len(text) - len(bare)}" if bare else "0"
    return json.dumps(value)


def rendered(document: Any, choices: Choices) -> bytes:
    """The document in this vendor's manner of writing JSON."""
    text = _written(document, choices, choices.numbers)
    if choices.indented:
        text = f" {text}\r\n"
    try:
        return text.encode()
    except UnicodeEncodeError:  # half a surrogate pair can only be written escaped
        return _written(document, Choices(escaped=True, byte_order=choices.byte_order), choices.numbers).encode()


def _written(value: Any, choices: Choices, numbers: str) -> str:
    if isinstance(value, dict):
        names = sorted(value, reverse=True) if choices.byte_order else list(value)
        space = " " if choices.indented else ""
        members = (f"{_quoted(name, choices)}{space}:{space}{_member(name, value[name], choices, numbers)}" for name in names)
        return "{" + (",\n\t" if choices.indented else ",").join(members) + "}"
    if isinstance(value, list):
        return "[" + ",".join(_written(one, choices, numbers) for one in value) + "]"
    if isinstance(value, Decimal):
        return _figure(value, numbers)
    return _quoted(value, choices) if isinstance(value, str) else json.dumps(value)


def _quoted(text: str, choices: Choices) -> str:
    return encode_basestring_ascii(text) if choices.escaped else encode_basestring(text)


def _member(name: str, value: Any, choices: Choices, numbers: str) -> str:
    """A member; what was measured is written as a measured number, also where it is whole."""
    measured = name == "value" and isinstance(value, int)
    return _written(Number(str(value)) if measured else value, choices, numbers)


def _figure(value: Decimal, numbers: str) -> str:
    exponent = int(value.as_tuple().exponent)
    if numbers == "sent":
        return value.text if isinstance(value, Number) else format(value, "f")
    if numbers == "exponent":
        return format(value.normalize(), "e")
    if abs(exponent) > _EXTREME:
        return str(value).lower()
    plain = format(value, "f")
    if numbers == "padded":
        return plain + "00" if "." in plain else plain + ".0"
    return plain.rstrip("0").rstrip(".") if "." in plain else plain
