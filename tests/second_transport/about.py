"""The landing page, the conformance declaration, and this vendor's own API description."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tests.second_transport.parameters import TAKES

__all__ = ["api_description", "conformance", "landing_page"]

_VERSION = "1.0.0"


def landing_page() -> dict[str, Any]:
    """Where everything else is found."""
    return {
        "version": _VERSION,
        "interface": "smartcity-transport",
        "title": {"zh-Hant": "離島與東部交通資料服務"},
        "links": [
            {"href": "conformance", "rel": "conformance"},
            {"href": "openapi.json", "rel": "service-desc", "type": "application/json"},
            {"href": "./", "rel": "self"},
            {"href": "stops", "rel": "data"},
        ],
    }


def conformance() -> dict[str, Any]:
    """What is really served."""
    return {"profiles": ["reservation", "full", "open-data"], "version": _VERSION, "interface": "smartcity-transport"}


def api_description(table: Iterable[tuple[str, str, str, str]], version: str) -> dict[str, Any]:
    """A short OpenAPI document of the same paths."""
    paths: dict[str, Any] = {}
    for template, method, operation, scope in table:
        path = template.replace("{}", "{id}")
        item = paths.setdefault(path, {})
        if "{id}" in path:
            item["parameters"] = [{"in": "path", "name": "id", "required": True, "schema": {"type": "string"}}]
        item[method.lower()] = {
            "operationId": operation,
            "parameters": [{"in": "query", "name": name, "schema": {"type": "string"}} for name in TAKES.get(operation, ())],
            "responses": {"default": {"$ref": "#/components/responses/Any"}},
            "security": [{"tenants": [scope]}] if scope else [],
        }
    flow = {"tokenUrl": "https://login.pehu-mobility.example/token", "scopes": {"reservation:read": "", "reservation:write": ""}}
    return {
        "openapi": "3.0.3" if version == "3.0" else "3.1.0",
        "info": {"title": "離島與東部交通", "version": _VERSION},
        "paths": paths,
        "components": {
            "responses": {"Any": {"description": "任何回應"}},
            "securitySchemes": {"tenants": {"type": "oauth2", "flows": {"clientCredentials": flow}}},
        },
    }
