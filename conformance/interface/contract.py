"""What an operation declares for an answer, a request body or a parameter, and whether what was sent or came keeps to it.

The one place that looks a declared answer up by its status and media type. `schema` says whether a value is valid.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from conformance.interface import schema
from conformance.interface.schema import SchemaError
from conformance.model import Exchange, Operation, Spec
from conformance.text import pointer

__all__ = [
    "declared",
    "describes",
    "locate",
    "members",
    "parameter_accepts",
    "request_errors",
    "response_errors",
    "response_schema",
]


def declared(operation: Operation, status: int) -> Mapping[str, Any] | None:
    """The declared answer for a status code: exact, then its range (`4XX`), then `default`; None when there is none."""
    for key in (str(status), f"{status // 100}XX", f"{status // 100}xx", "default"):
        if key in operation.responses:
            return operation.responses[key]
    return None


def response_schema(operation: Operation, status: int, media_type: str) -> Mapping[str, Any] | None:
    """The schema of a declared answer's body for a media type, as it stands in the document; None when none is declared."""
    content = (declared(operation, status) or {}).get("content") or {}
    for name, entry in content.items():
        if name.split(";")[0].strip().lower() in (media_type, "*/*") and "schema" in entry:
            found: Mapping[str, Any] = entry["schema"]
            return found
    return None


def response_errors(operation: Operation, exchange: Exchange) -> list[SchemaError]:
    """What is wrong with an answer's body under its declared schema; empty when it is valid or nothing is declared.

    A value that redaction replaced is left out: its form was the target's, its text is ours.
    """
    if exchange.response is None:
        return []
    found = response_schema(operation, exchange.status, exchange.response.media_type)
    if found is None:
        return []
    redacted = {str(one.get("where")) for one in exchange.attributes.get("redactions", ())}
    wrong = schema.errors_under(operation.spec, found, exchange.json)
    return [error for error in wrong if f"/response/body{error.pointer}" not in redacted]


def request_errors(operation: Operation, media_type: str, instance: Any) -> list[SchemaError]:
    """What is wrong with a request body under its declared schema; empty when the media type is not declared."""
    found = operation.bodies.get(media_type)
    return [] if found is None else schema.errors_under(operation.spec, found, instance)


def parameter_accepts(operation: Operation, name: str, text: str, location: str = "query") -> bool:
    """Whether a parameter's schema accepts this wire text, read in any way that a server may read it.

    A text is invalid only when neither the text itself nor its reading as JSON number, boolean, null or comma list is valid.
    """
    p = operation.parameter(name, location)
    if p is None:
        return False
    readings: list[Any] = [text, *_as_json(text)]
    if "," in text or p.schema.get("type") == "array":
        parts = text.split(",")
        readings += [parts, [next(_as_json(part), part) for part in parts]]
    return any(schema.fits(operation.spec, p.schema, reading) for reading in readings)


def _as_json(text: str) -> Iterator[Any]:
    """The reading of a text as a JSON value, when it has one."""
    with contextlib.suppress(ValueError, RecursionError):
        yield json.loads(text)


# ------------------------------------------------------------------------------------------ annotations


def locate(operation: Operation, exchange: Exchange, keyword: str, value: Any = None) -> list[tuple[str, Any]]:
    """Every `(pointer, value)` of an answer whose schema has `keyword` (equal to `value`, if one is given)."""
    if exchange.json is None:
        return []
    return [
        match for pattern in _places(operation, exchange, keyword, value) for match in pointer.resolve(exchange.json, pattern)
    ]


def describes(operation: Operation, exchange: Exchange, path: Sequence[str | int], keyword: str) -> bool:
    """Whether the schema of an answer has `keyword` for the member at `path`."""
    for pattern in _places(operation, exchange, keyword):
        parts = pointer.segments(pattern)
        if len(parts) == len(path) and all(part in ("*", str(step)) for part, step in zip(parts, path, strict=True)):
            return True
    return False


def members(operation: Operation, exchange: Exchange) -> frozenset[str]:
    """The pointers, with `*` for any member, of what the schema of an answer declares in it."""
    return frozenset(_places(operation, exchange, None))


def _places(operation: Operation, exchange: Exchange, keyword: str | None, value: Any = None) -> tuple[str, ...]:
    """The pointers, with `*` for any member, of the places in an answer for which its schema has `keyword` (None: is there)."""
    if exchange.response is None:
        return ()
    content = (declared(operation, exchange.status) or {}).get("content") or {}
    entry = content.get(exchange.response.media_type) or {}
    return _patterns(operation.spec, entry.get("schema"), keyword, value)


_located: dict[tuple[int, int, str | None, str], tuple[Spec, Any, tuple[str, ...]]] = {}


def _patterns(spec: Spec, node: Any, keyword: str | None, value: Any) -> tuple[str, ...]:
    key = (id(spec), id(node), keyword, repr(value))
    if key not in _located:
        found = dict.fromkeys(_walk(spec, node, keyword, value, "", ()))
        _located[key] = (spec, node, tuple(found))
    return _located[key][2]


def _walk(spec: Spec, node: Any, keyword: str | None, wanted: Any, here: str, above: tuple[str, ...]) -> Iterator[str]:
    if not isinstance(node, Mapping):
        return
    if keyword is None or (keyword in node and (wanted is None or node[keyword] == wanted)):
        yield here
    ref = node.get("$ref")
    if isinstance(ref, str) and ref not in above:
        found = pointer.first(spec.document, ref.removeprefix("#"))
        yield from _walk(spec, found, keyword, wanted, here, (*above, ref))
    for name, member in (node.get("properties") or {}).items():
        yield from _walk(spec, member, keyword, wanted, here + pointer.join(name), above)
    for applied, step in (("items", "/*"), ("additionalProperties", "/*")):
        if isinstance(node.get(applied), Mapping):
            yield from _walk(spec, node[applied], keyword, wanted, here + step, above)
    for applied in ("allOf", "anyOf", "oneOf"):
        for member in node.get(applied, ()):
            yield from _walk(spec, member, keyword, wanted, here, above)
