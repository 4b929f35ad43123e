"""The example interface on which checks show what conforms, violates and leaves the question open.

A small shop of things in the house style: `listThings`, `getThing`, `createThing`, `updateThing`, `listParts`. `exchange` makes a
recorded exchange from one line; `page` a house-style page. Examples are data: nothing is sent.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any
from urllib.parse import parse_qsl

from conformance.interface.openapi import read_operations
from conformance.model import Exchange, Operation, Request, Response, Spec

__all__ = ["exchange", "operation", "page", "problem", "shop"]

BASE = "https://shop.example/v1"
_TEXT: dict[str, Any] = {
    "type": "object",
    "x-text": "display-name",
    "required": ["zh-Hant"],
    "properties": {"zh-Hant": {"type": "string"}, "en": {"type": "string"}},
}
_POSITION: dict[str, Any] = {
    "type": "object",
    "x-geo": "position",
    "required": ["positionLon", "positionLat"],
    "properties": {"positionLon": {"type": "number"}, "positionLat": {"type": "number"}},
}
_THING: dict[str, Any] = {
    "type": "object",
    "required": ["thingId", "name", "state"],
    "properties": {
        "thingId": {"type": "string", "x-server-owned": True},
        "name": {"$ref": "#/components/schemas/Text"},
        "position": {"$ref": "#/components/schemas/Position"},
        "cityCode": {"type": "string", "enum": ["TPE", "TXG", "ILA"]},
        "colour": {"type": "string"},
        "size": {"type": "integer", "minimum": 0},
        "note": {"type": "string", "maxLength": 200},
        "startTime": {"type": "string", "format": "date-time"},
        "updatedAt": {"type": "string", "format": "date-time", "x-server-owned": True},
        "state": {
            "type": "string",
            "enum": ["NEW", "SOLD", "GONE"],
            "x-server-owned": True,
            "x-state-machine": {
                "initial": ["NEW"],
                "terminal": ["GONE"],
                "transitions": [
                    {"from": "NEW", "to": "SOLD", "by": "client"},
                    {"from": "SOLD", "to": "GONE", "by": "client"},
                    {"from": "NEW", "to": "GONE", "by": "server"},
                ],
            },
        },
    },
}


def _answers(schema: str, *more: str, links: dict[str, Any] | None = None, status: str = "200") -> dict[str, Any]:
    problem = {
        "description": "problem",
        "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    good: dict[str, Any] = {
        "description": "ok",
        "headers": {"ETag": {"schema": {"type": "string"}}, "X-Total": {"schema": {"type": "integer"}}},
        "content": {"application/json": {"schema": {"$ref": f"#/components/schemas/{schema}"}}},
    }
    return {status: {**good, "links": links or {}}, **dict.fromkeys(("400", "404", "405", "406", *more), problem)}


def _query(name: str, schema: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"name": name, "in": "query", "schema": schema, **more}


_ID = {"name": "thingId", "in": "path", "required": True, "schema": {"type": "string"}}
_PAGING = [
    _query("limit", {"type": "integer", "minimum": 1, "maximum": 200, "default": 50}, **{"x-paging": "limit"}),
    _query("cursor", {"type": "string"}, **{"x-paging": "cursor"}),
]
_STOCK = {"operation": "getThing", "parameters": {"thingId": "/thingId"}, "test": "positive"}
_SECURED = [{"oauth": ["thing:write"]}]
DOCUMENT: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "Things", "version": "1.0.0"},
    "servers": [{"url": BASE}],
    "paths": {
        "/things": {
            "get": {
                "operationId": "listThings",
                "x-resource": "things",
                "x-collection": {"items": "/items", "id": ["/thingId"], "sort": ["/thingId"], "get": "getThing"},
                "parameters": [
                    *_PAGING,
                    _query("colour", {"type": "string"}, **{"x-filter": {"match": "equals", "on": "/colour"}}),
                    _query(
                        "city",
                        {"type": "string", "enum": ["TPE", "TXG", "ILA"]},
                        **{"x-filter": {"match": "equals", "on": "/cityCode"}},
                    ),
                    _query("minSize", {"type": "integer"}, **{"x-filter": {"match": "at-least", "on": "/size"}}),
                    _query("bbox", {"type": "string"}, **{"x-filter": {"match": "bbox", "on": "/position"}}),
                    _query("inStock", {"type": "boolean"}, **{"x-filter": {**_STOCK, "match": "related-value", "on": "/stock"}}),
                    _query(
                        "from", {"type": "string", "format": "date-time"}, **{"x-filter": {"match": "from", "on": "/startTime"}}
                    ),
                    _query(
                        "to", {"type": "string", "format": "date-time"}, **{"x-filter": {"match": "before", "on": "/startTime"}}
                    ),
                ],
                "responses": _answers(
                    "Things",
                    links={"get": {"operationId": "getThing", "parameters": {"thingId": "$response.body#/items/0/thingId"}}},
                ),
            },
            "post": {
                "operationId": "createThing",
                "x-resource": "things",
                "security": _SECURED,
                "parameters": [{"name": "Idempotency-Key", "in": "header", "required": True, "schema": {"type": "string"}}],
                "requestBody": {
                    "required": True,
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/NewThing"}}},
                },
                "responses": _answers("Thing", "401", "403", "409", "415", "422", status="201"),
            },
        },
        "/things/{thingId}": {
            "get": {
                "operationId": "getThing",
                "x-resource": "things",
                "parameters": [_ID, {"name": "If-None-Match", "in": "header", "schema": {"type": "string"}}],
                "responses": {**_answers("Thing"), "304": {"description": "not modified"}},
            },
            "patch": {
                "operationId": "updateThing",
                "x-resource": "things",
                "security": _SECURED,
                "parameters": [_ID, {"name": "If-Match", "in": "header", "required": True, "schema": {"type": "string"}}],
                "requestBody": {
                    "required": True,
                    "content": {"application/merge-patch+json": {"schema": {"type": "object"}}},
                },
                "responses": _answers("Thing", "401", "403", "409", "412", "415", "422", "428"),
            },
        },
        "/things/{thingId}/parts": {
            "get": {
                "operationId": "listParts",
                "x-resource": "things",
                "x-collection": {"items": "/items", "id": ["/partId"], "sort": ["/partId"]},
                "parameters": [_ID, *_PAGING],
                "responses": _answers("Parts"),
            },
        },
    },
    "components": {
        "securitySchemes": {"oauth": {"type": "http", "scheme": "bearer"}},
        "schemas": {
            "Text": _TEXT,
            "Position": _POSITION,
            "Thing": _THING,
            "NewThing": {
                "type": "object",
                "required": ["colour"],
                "additionalProperties": False,
                "properties": {
                    "colour": {"type": "string"},
                    "size": {"type": "integer", "minimum": 0},
                    "note": {"type": "string", "maxLength": 200},
                    "startTime": {"type": "string", "format": "date-time"},
                },
            },
            "Things": {
                "type": "object",
                "required": ["items"],
                "properties": {"items": {"type": "array", "items": {"$ref": "#/components/schemas/Thing"}}},
            },
            "Parts": {
                "type": "object",
                "required": ["items"],
                "properties": {"items": {"type": "array", "items": {"type": "object"}}},
            },
            "Problem": {
                "type": "object",
                "required": ["type", "title", "status"],
                "properties": {"type": {"type": "string"}, "title": {"type": "string"}, "status": {"type": "integer"}},
            },
        },
    },
}
SETUP: dict[str, Any] = {
    "thing": {
        "create": "createThing",
        "read": "getThing",
        "update": "updateThing",
        "list": "listThings",
        "parameter": "thingId",
        "id": "/thingId",
        "state": "/state",
        "schema": "#/components/schemas/Thing",
        "candidates": [{"name": "a red one", "body": {"colour": "red", "note": {"unique": "note"}}}],
    }
}


@cache
def shop() -> Spec:
    """The example interface as a Spec."""
    operations: dict[str, Operation] = {}
    before: dict[str, Operation] = {}
    earlier = Spec("shop", "0.9.0", DOCUMENT, "sha256:earlier", before, {}, SETUP, (), {})
    before.update(read_operations(earlier))
    spec = Spec("shop", "1.0.0", DOCUMENT, "sha256:example", operations, {}, SETUP, (), {}, earlier=earlier)
    operations.update(read_operations(spec))
    return spec


def operation(name: str) -> Operation:
    """An operation of the example interface."""
    return shop().operations[name]


def exchange(
    line: str,
    status: int = 200,
    body: Any = None,
    *,
    name: str = "listThings",
    step: str = "",
    actor: str | None = None,
    headers: Mapping[str, str] | None = None,
    sent: Any = None,
    sent_headers: Mapping[str, str] | None = None,
    number: int = 1,
    failure: str | None = None,
    at: int = 0,
    redacted: Sequence[str] = (),
) -> Exchange:
    """A recorded exchange: `exchange("GET /things?limit=2", 200, page(...))`. A JSON body gets its media type by the status.

    `body` may be bytes (sent as they are), `sent` is the JSON request body, `at` the Unix time in milliseconds,
    `redacted` what stands for a value that was replaced (`mobile:3f9a1c0b77e2`).
    """
    method, _, target = line.partition(" ")
    path, _, query = target.partition("?")
    raw = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body, ensure_ascii=False).encode()
    kind = "application/problem+json" if status >= 400 else "application/json"
    answered = {"content-type": kind} if raw else {}
    answered |= {key.lower(): value for key, value in (headers or {}).items()}
    request = Request(
        name,
        method,
        path,
        tuple(parse_qsl(query, keep_blank_values=True)),
        tuple((sent_headers or {}).items()),
        sent if isinstance(sent, bytes) else None if sent is None else json.dumps(sent).encode(),
        actor,
        step,
    )
    response = None if failure else Response(status, tuple(answered.items()), raw, size=len(raw))
    marks = [dict(zip(("kind", "n"), one.split(":"), strict=True)) for one in redacted]
    return Exchange(number, "example", request, response, failure, BASE, at, 5, {"redactions": marks} if marks else {})


def numbered(*exchanges: Exchange) -> list[Exchange]:
    """The exchanges as one trace, numbered from 1."""
    from dataclasses import replace  # noqa: PLC0415 - only here

    return [replace(one, number=index) for index, one in enumerate(exchanges, 1)]


def page(*items: Any, cursor: str | None = None, limit: int = 50, total: int | None = None, **meta: Any) -> dict[str, Any]:
    """A house-style page; items given as text or numbers become things with that id."""
    things = [
        item if isinstance(item, dict) else {"thingId": str(item), "name": {"zh-Hant": "東西"}, "state": "NEW"} for item in items
    ]
    links = [{"rel": "self", "href": f"{BASE}/things"}]
    if cursor:
        links.append({"rel": "next", "href": f"{BASE}/things?limit={limit}&cursor={cursor}"})
    counted = {} if total is None else {"totalCount": total}
    return {"items": things, "page": {"limit": limit, "nextCursor": cursor, **counted}, "meta": meta, "links": links}


def problem(status: int, slug: str = "problem", **more: Any) -> dict[str, Any]:
    """A problem document (RFC 9457)."""
    return {"type": f"https://shop.example/problems/{slug}", "title": slug, "status": status, **more}
