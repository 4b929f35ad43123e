"""The landing page, the conformance declaration and this vendor's own API description."""

from __future__ import annotations

from typing import Any

from tests.second_logistics.reading import TAKES

__all__ = ["TABLE", "VERSION", "conformance", "described", "landing"]

VERSION = "1.0.0"
TABLE: list[tuple[str, str, str, str]] = [
    ("/", "GET", "getLandingPage", ""),
    ("/openapi.json", "GET", "getApiDescription", ""),
    ("/conformance", "GET", "getConformance", ""),
    ("/shipments", "GET", "listShipments", "shipment:read"),
    ("/shipments", "POST", "createShipment", "shipment:write"),
    ("/shipments/{}", "GET", "getShipment", "shipment:read"),
    ("/shipments/{}", "PATCH", "updateShipment", "shipment:write"),
    ("/shipments/{}/cancel", "POST", "cancelShipment", "shipment:write"),
    ("/shipments/{}/events", "GET", "listShipmentEvents", "event:read"),
    ("/shipments/{}/events", "POST", "captureEvents", "event:write"),
    ("/events", "GET", "queryEvents", "event:read"),
    ("/tracking/{}", "GET", "getPublicTracking", ""),
    ("/pickup-points", "GET", "listPickupPoints", ""),
    ("/pickup-points/{}/availability", "GET", "getPickupPointAvailability", ""),
    ("/locker-reservations", "POST", "createLockerReservation", "locker:write"),
    ("/locker-reservations/{}/collect", "POST", "collectParcel", "locker:write"),
    ("/subscriptions", "POST", "createSubscription", "subscription:write"),
]


def landing() -> dict[str, Any]:
    """Where everything else is found."""
    return {
        "title": {"zh-Hant": "港都物流資料交換", "en": "Harbour logistics"},
        "interface": "smartcity-logistics",
        "version": VERSION,
        "links": [
            {"rel": "self", "href": "./"},
            {"rel": "conformance", "href": "./conformance", "type": "application/json"},
            {"rel": "service-desc", "href": "./openapi.json"},
        ],
    }


def conformance() -> dict[str, Any]:
    """What is really served."""
    profiles = ["tracking", "shipping", "lockers", "events", "full"]
    return {"interface": "smartcity-logistics", "version": VERSION, "profiles": profiles}


def described(version: str) -> dict[str, Any]:
    """A short OpenAPI document of the same paths."""
    paths: dict[str, Any] = {}
    scopes: dict[str, str] = {}
    for template, method, operation, scope in TABLE:
        item = paths.setdefault(template.replace("{}", "{id}"), {})
        named = [{"in": "path", "name": "id", "required": True, "schema": {"type": "string"}}] if "{}" in template else []
        queried = [{"in": "query", "name": name, "schema": {"type": "string"}} for name in TAKES.get(operation, ())]
        item[method.lower()] = {
            "operationId": operation,
            "parameters": named + queried,
            "responses": {"default": {"description": "回應"}},
            "security": [{"shipper": [scope]}] if scope else [],
        }
        scopes |= {scope: ""} if scope else {}
    flow = {"tokenUrl": "https://login.harbour.example/token", "scopes": scopes}
    return {
        "openapi": "3.1.0" if version == "3.1" else "3.0.3",
        "info": {"title": "託運單、事件與智取櫃", "version": VERSION},
        "paths": paths,
        "components": {"securitySchemes": {"shipper": {"type": "oauth2", "flows": {"clientCredentials": flow}}}},
    }
