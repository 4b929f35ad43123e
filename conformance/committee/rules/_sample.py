"""Small documents and rows from which the examples of rules are made."""

from __future__ import annotations

from typing import Any

from conformance.committee.rules import Draft, draft_of
from conformance.model import Binding, Level, Requirement, Text

__all__ = ["GOOD", "draft", "operation", "row", "schemas"]

GOOD: dict[str, Any] = {"200": {"description": "found", "x-description-zh-Hant": "找到"}}


def draft(operation: dict[str, Any] | None = None, *, path: str = "/things", method: str = "get", **more: Any) -> Draft:
    """A document of the house with one operation; `info` adds to what is said of it, other members stand beside `paths`."""
    info = {"title": "Things", "version": "1.0.0", "x-domain": "things", **more.pop("info", {})}
    rows = {name: more.pop(name) for name in ("requirements", "earlier", "version") if name in more}
    paths = {} if operation is None else {path: {method: {"operationId": "listThings", "responses": GOOD, **operation}}}
    return draft_of({"openapi": "3.1.0", "info": info, "paths": paths, **more}, **rows)


def operation(**members: Any) -> dict[str, Any]:
    """An operation's members."""
    return members


def schemas(**named: Any) -> Draft:
    """A document with these schemas under `components`."""
    return draft(components={"schemas": named})


def row(identifier: str = "THG-001", **members: Any) -> Requirement:
    """A requirement."""
    told: Text = {"en": "A thing MUST have a name.", "zh-Hant": "事物必須有名稱。"}
    mend: Text = {"en": "Give it a name.", "zh-Hant": "補上名稱。"}
    known: dict[str, Any] = {
        "level": Level.MUST,
        "conformance_class": "core",
        "oracle": "schema",
        "text": told,
        "source": "RFC 9110 section 1",
        "remedy": mend,
        "binding": Binding("references_resolve", {}, ("listThings",)),
        "untested": None,
        "evidence_min": 1,
        "evidence_per": "case",
        "where": "",
    }
    return Requirement(id=identifier, **{**known, **members})
