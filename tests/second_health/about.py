"""The landing page, the conformance declaration and this vendor's own API description."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tests.second_health.reading import TAKES

__all__ = ["VERSION", "conformance", "described", "landing"]

VERSION = "1.0.0"


def landing() -> dict[str, Any]:
    """Where everything else is found."""
    return {
        "title": {"zh-Hant": "花東健康照護資料交換", "en": "Health and care in the east"},
        "interface": "smartcity-health",
        "version": VERSION,
        "links": [
            {"rel": "self", "href": "./"},
            {"rel": "conformance", "href": "./conformance", "type": "application/json"},
            {"rel": "service-desc", "href": "./openapi.json"},
        ],
    }


def conformance() -> dict[str, Any]:
    """What is really served."""
    return {"interface": "smartcity-health", "version": VERSION, "profiles": ["measurements", "care", "consent", "full"]}


def described(table: Iterable[tuple[str, str, str, str]], version: str) -> dict[str, Any]:
    """A short OpenAPI document of the same paths."""
    paths: dict[str, Any] = {}
    scopes: dict[str, str] = {}
    for template, method, operation, scope in table:
        item = paths.setdefault(template.replace("{}", "{id}"), {})
        named = [{"in": "path", "name": "id", "required": True, "schema": {"type": "string"}}] if "{}" in template else []
        queried = [{"in": "query", "name": name, "schema": {"type": "string"}} for name in TAKES.get(operation, ())]
        item[method.lower()] = {
            "operationId": operation,
            "parameters": named + queried,
            "responses": {"default": {"description": "回應"}},
            "security": [{"organisation": [scope]}] if scope else [],
        }
        scopes |= {scope: ""} if scope else {}
    flow = {"tokenUrl": "https://login.hualien.example/token", "scopes": scopes}
    return {
        "openapi": "3.1.0" if version == "3.1" else "3.0.3",
        "info": {"title": "健康量測與照護", "version": VERSION},
        "paths": paths,
        "components": {"securitySchemes": {"organisation": {"type": "oauth2", "flows": {"clientCredentials": flow}}}},
    }
