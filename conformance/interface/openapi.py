"""OpenAPI documents read as operations.

`read_operations` resolves path items, parameters, bodies and responses: a schema keeps its `$ref`s, because validators resolve those
against the whole document.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from conformance.interface.references import deref, path_item, referenced
from conformance.interface.servers import METHODS, Servers, servers_of
from conformance.model import Operation, Parameter, Spec
from conformance.text import pointer

__all__ = ["METHODS", "operations_of_item", "read_operations"]


def read_operations(spec: Spec) -> dict[str, Operation]:
    """The operations of a spec's document by operationId (method and path where it has none), in document order.

    Raises DataError, with the place, for a reference that leads nowhere.
    """
    found: dict[str, Operation] = {}
    servers = servers_of(spec.document)
    for path, item in (spec.document.get("paths") or {}).items():
        if not path.startswith("/"):
            continue  # an extension
        found |= {one.id: one for one in operations_of_item(spec, path, item, pointer.join("paths", path), servers)}
    return found


def operations_of_item(spec: Spec, path: str, item: Any, where: str, servers: Servers | None = None) -> Iterator[Operation]:
    """The operations of a path item that stands at a pointer: one of the paths, of a callback (its expression is the path) or a webhook.

    `servers` are the document's, where paths stand below them.
    """
    shared = path_item(spec.document, item, where)
    for method in METHODS:
        if isinstance(raw := shared.get(method), Mapping):
            found = _operation(spec, path, method, shared, raw, where + pointer.join(method))
            root = servers.root(shared, raw) if servers else None
            yield replace(found, root=root) if root else found


def _operation(spec: Spec, path: str, method: str, shared: Mapping[str, Any], raw: Mapping[str, Any], here: str) -> Operation:
    document = spec.document
    parameters: dict[tuple[str, str], Parameter] = {}
    for entry in (*shared.get("parameters", ()), *raw.get("parameters", ())):
        p = referenced(document, entry, f"{here}/parameters")
        schema: Any = p.get("schema") or next((m.get("schema", {}) for m in (p.get("content") or {}).values()), {})
        required = bool(p.get("required")) or p["in"] == "path"
        described = deref(document, schema, f"{here}/parameters")
        parameters[p["in"], p["name"]] = Parameter(p["name"], p["in"], required, described, p)
    body = referenced(document, raw.get("requestBody") or {}, f"{here}/requestBody")
    responses = {
        str(status): referenced(document, answer, f"{here}/responses/{status}")
        for status, answer in (raw.get("responses") or {}).items()
        if not str(status).startswith("x-")
    }
    return Operation(
        id=raw.get("operationId") or f"{method.upper()} {path}",
        method=method.upper(),
        path=path,
        parameters=tuple(parameters.values()),
        bodies={media: content.get("schema", {}) for media, content in (body.get("content") or {}).items()},
        responses=responses,
        scopes=_scopes(raw.get("security", document.get("security"))),
        raw=raw,
        spec=spec,
    )


def _scopes(security: Any) -> frozenset[str] | None:
    """The scopes of the first alternative; None when no credentials are needed (no alternative, or an empty one)."""
    if not security or any(not alternative for alternative in security):
        return None
    return frozenset(scope for scopes in security[0].values() for scope in scopes)
