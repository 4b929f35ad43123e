"""JSON in and out, and what Accept admits."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

from tests.second_transport.choices import Choices
from tests.second_transport.problems import Refusal

__all__ = ["admits", "parsed", "rendered"]


def _never(name: str) -> Any:
    raise ValueError(name)


def _integer(text: str) -> int | Decimal:
    return int(text) if len(text) < 400 else Decimal(text)


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(dict(pairs)) < len(pairs):
        raise ValueError("a name occurs twice")
    return dict(pairs)


def parsed(body: bytes, *, distinct: bool = False) -> Any:
    """The body as a JSON value; `distinct` refuses an object in which a name occurs twice."""
    pairs = _distinct if distinct else dict
    try:
        text = body.decode("utf-8")
        return json.loads(text, parse_constant=_never, parse_int=_integer, parse_float=Decimal, object_pairs_hook=pairs)
    except (ValueError, ArithmeticError, RecursionError):
        raise Refusal("malformed-body") from None


def rendered(document: Any, choices: Choices) -> bytes:
    """The document in this vendor's manner of writing JSON."""
    if choices.whole_floats:
        document = _floats(document)
    if choices.byte_order:
        document = _reversed(document)
    if choices.indented:
        return (json.dumps(document, ensure_ascii=choices.escaped, indent="\t") + "\r\n").encode()
    return json.dumps(document, ensure_ascii=choices.escaped, separators=(",", ":")).encode()


def _floats(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _floats(member) for name, member in value.items()}
    if isinstance(value, list):
        return [_floats(member) for member in value]
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _reversed(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _reversed(value[name]) for name in sorted(value, reverse=True)}
    return [_reversed(member) for member in value] if isinstance(value, list) else value


def admits(accept: list[str], media: str) -> bool:
    """Whether Accept admits the media type: the most specific range that matches decides."""
    text = ",".join(accept).strip()
    if not text:
        return True
    best, weight = -1, 0.0
    kind = media.split("/", maxsplit=1)[0]
    for entry in text.split(","):
        name, *parameters = (part.strip().lower() for part in entry.split(";"))
        rank = {"*/*": 0, f"{kind}/*": 1, media: 2}.get(name, -1)
        quality = next((part[2:] for part in parameters if part.startswith("q=")), "1")
        try:
            value = float(quality)
        except ValueError:
            value = 1.0
        if rank > best:
            best, weight = rank, value
        elif rank == best and rank >= 0:
            weight = max(weight, value)
    return best >= 0 and weight > 0
