"""Documents as request bodies: how one is put into the form that an operation takes, and what was sent says as a document again.

What an operation takes is JSON, a form (`forms`) or a text. Of a form's fields only those are read back whose declared type says what their
text stands for; a file is none of them, since what a server shows of it is seldom its content.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from conformance.interface import forms, readings
from conformance.interface.references import deref
from conformance.model import Operation, Request, json_bytes
from conformance.text import media

__all__ = ["carrying", "document_of"]

_NOTHING = object()
_PLAIN = ("string", "integer", "number", "boolean")


def carrying(operation: Operation, request: Request, document: Any) -> Request | None:
    """The request with a document as its body, in the first form that the operation takes; None where it cannot be put so.

    A text is sent as the one member that its document has.
    """
    kind = operation.media_type
    if forms.is_form(kind):
        found = forms.form(operation, kind, document)
        return None if found is None else _with(request, found.body, found.media_type)
    said = media.media_type(kind)
    if said is not None and said.kind == "text":
        told = list(document.values()) if isinstance(document, Mapping) else [document]
        return _with(request, told[0].encode(), kind) if len(told) == 1 and isinstance(told[0], str) else None
    return _with(request, json_bytes(document), kind)


def _with(request: Request, body: bytes, kind: str) -> Request:
    return replace(request.with_header("Content-Type", kind), body=body)


def document_of(operation: Operation, request: Request) -> Any:
    """What the body of a request says: JSON as it is, of a form the fields whose types are declared; None for anything else."""
    kind = request.header("Content-Type") or operation.media_type
    if not forms.is_form(kind):
        return request.json()
    name, pairs = media.best(operation.bodies, kind), forms.fields(kind, request.body or b"")
    if name is None or pairs is None:
        return None
    document = operation.spec.document
    described: Mapping[str, Any] = deref(document, operation.bodies[name]).get("properties") or {}
    texts: dict[str, list[str]] = {}
    for field, text in pairs:
        texts.setdefault(field, []).append(text)
    found = {field: _meant(document, deref(document, described.get(field) or {}), told) for field, told in texts.items()}
    return {field: value for field, value in found.items() if value is not _NOTHING}


def _meant(document: Mapping[str, Any], schema: Mapping[str, Any], texts: list[str]) -> Any:
    """What the texts of one field stand for by its type; `_NOTHING` where that is not told."""
    kind = schema.get("type")
    if kind == "array":
        items = [_meant(document, deref(document, schema.get("items") or {}), [text]) for text in texts]
        return _NOTHING if _NOTHING in items else items
    if len(texts) > 1 or kind not in _PLAIN or schema.get("format") in ("binary", "byte") or "contentMediaType" in schema:
        return _NOTHING
    return texts[0] if kind == "string" else next(readings.as_json(texts[0]), _NOTHING)
