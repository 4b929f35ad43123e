"""Request bodies that are forms: what a value of their schema looks like on the wire, and what the fields of a body say.

`application/x-www-form-urlencoded` and `multipart/form-data` carry the members of an object (OpenAPI, Encoding Object). A list is sent as
a field for each of its items, an object as JSON, anything else as text; `encoding` may say otherwise: a `style` as for query
parameters, or a part's `contentType`. A part that is no text by its schema (`format: binary`, a foreign `contentMediaType`) is a file, and
has a name.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode

from conformance.interface import sending
from conformance.interface.references import deref, referenced
from conformance.model import Operation, Pairs, Parameter, json_bytes, wire_text
from conformance.text import media

__all__ = ["MULTIPART", "URLENCODED", "Form", "fields", "form", "is_form"]

URLENCODED, MULTIPART = "application/x-www-form-urlencoded", "multipart/form-data"
_NOT_IN_NAMES = frozenset('"\r\n\\')


@dataclass(frozen=True)
class Form:
    """A form as it is sent: its media type with what a reader needs of parameters, its bytes, and its fields as they say them."""

    media_type: str
    body: bytes
    fields: Pairs


@dataclass(frozen=True)
class _Field:
    name: str
    text: str
    kind: str = "text/plain"
    file: bool = False


def is_form(media_type: str) -> bool:
    """Whether this names a form, by its type alone."""
    found = media.media_type(media_type)
    return found is not None and f"{found.kind}/{found.subtype}" in (URLENCODED, MULTIPART)


def form(operation: Operation, media_type: str, value: Any) -> Form | None:
    """A value as a form of a media type that the operation declares; None for one that has no fields or cannot be put so."""
    if not isinstance(value, Mapping):
        return None
    found = list(_fields(operation, media_type, value))
    pairs = tuple((one.name, one.text) for one in found)
    if media_type.partition(";")[0].strip().lower() == URLENCODED:
        return Form(media_type, urlencode(pairs).encode(), pairs)
    if not found or any(_NOT_IN_NAMES & set(one.name) for one in found):
        return None
    parts = [_part(one) for one in found]
    boundary = f"yance-{zlib.crc32(b''.join(parts)):08x}"
    if boundary.encode() in b"".join(parts):
        return None
    line = f"--{boundary}\r\n".encode()
    body = b"".join(line + part + b"\r\n" for part in parts) + f"--{boundary}--\r\n".encode()
    return Form(f"{media_type}; boundary={boundary}", body, pairs)


def fields(media_type: str, body: bytes) -> Pairs | None:
    """The fields of a form as texts; None when it is no form that we send."""
    found = media.media_type(media_type)
    try:
        if found is None:
            return None
        if f"{found.kind}/{found.subtype}" == URLENCODED:
            return tuple(parse_qsl(body.decode("ascii"), keep_blank_values=True, errors="strict"))
        boundary = found.parameters.get("boundary")
        return tuple(_parts(body.decode(), boundary)) if boundary else None
    except ValueError:
        return None


def _parts(text: str, boundary: str) -> Iterator[tuple[str, str]]:
    pieces = text.split(f"--{boundary}")
    if pieces[0] or pieces[-1] != "--\r\n":
        raise ValueError("not of our making")
    for piece in pieces[1:-1]:
        head, _, content = piece.removeprefix("\r\n").partition("\r\n\r\n")
        yield head.partition('name="')[2].partition('"')[0], content.removesuffix("\r\n")


def _fields(operation: Operation, media_type: str, value: Mapping[str, Any]) -> Iterator[_Field]:
    document = operation.spec.document
    whole = deref(document, operation.bodies[media_type])
    described: Mapping[str, Any] = whole.get("properties") or {}
    told: Mapping[str, Any] = _content(operation, media_type).get("encoding") or {}
    for name, member in value.items():
        schema = deref(document, described.get(name) or {})
        said = told.get(name) or {}
        styled = {key: said[key] for key in ("style", "explode") if key in said}
        if styled and isinstance(member, Mapping | list):
            for key, text in sending.pairs(Parameter(name, "query", False, schema, styled), member):
                yield _Field(key, text)
        elif isinstance(member, list):
            items = deref(document, schema.get("items") or {})
            yield from (_field(name, one, items, said) for one in member)
        else:
            yield _field(name, member, schema, said)


def _content(operation: Operation, media_type: str) -> Mapping[str, Any]:
    """What the document says of a request body of this type beside its schema."""
    body = referenced(operation.spec.document, operation.raw.get("requestBody") or {}, f"{operation.id}/requestBody")
    found: Mapping[str, Any] = (body.get("content") or {}).get(media_type) or {}
    return found


def _field(name: str, value: Any, schema: Mapping[str, Any], said: Mapping[str, Any]) -> _Field:
    kind = str(said.get("contentType") or "").partition(",")[0].strip()
    if isinstance(value, Mapping | list) or media.is_json(kind):
        return _Field(name, json_bytes(value).decode(), kind or "application/json")
    foreign = str(schema.get("contentMediaType") or "")
    file = schema.get("format") == "binary" or (bool(foreign) and "contentEncoding" not in schema)
    own = foreign or ("application/octet-stream" if file else "text/plain")
    return _Field(name, wire_text(value), kind if kind and "*" not in kind else own, file)


def _part(one: _Field) -> bytes:
    named = f'; filename="{one.name}"' if one.file else ""
    told = "" if one.kind == "text/plain" else f"Content-Type: {one.kind}\r\n"
    return f'Content-Disposition: form-data; name="{one.name}"{named}\r\n{told}\r\n{one.text}'.encode()
