"""OpenAPI documents: bundled into one self-contained document, and read as operations.

`bundle` pulls every component that a relative-file reference names into the same component section under its own name and
rewrites the reference, so that the result refers only to itself. `read_operations` resolves parameters, bodies and responses
one level deep: a schema keeps its `$ref`s, because validators resolve those against the whole document.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from typing import Any

from conformance.errors import DataError
from conformance.model import Operation, Parameter, Spec
from conformance.text import pointer

__all__ = ["METHODS", "bundle", "deref", "read_operations", "standalone"]

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")


def bundle(document: Mapping[str, Any], read: Callable[[str], Mapping[str, Any]], *, file: str) -> dict[str, Any]:
    """`document` with every external component pulled in. `read` gives the document behind a relative file name.

    Raises DataError for a reference that leads nowhere, that is not to a component, or whose name is taken by another component.
    """
    result: dict[str, Any] = copy.deepcopy(dict(document))
    pending: list[tuple[Any, str]] = [(result, "")]
    while pending:
        node, origin = pending.pop()
        if isinstance(node, list):
            pending += [(member, origin) for member in node]
        elif isinstance(node, dict):
            ref = node.get("$ref")
            if isinstance(ref, str) and (origin or not ref.startswith("#")):
                node["$ref"], found = _pull(result, ref, origin, read, file)
                pending += found
            pending += [(member, origin) for member in node.values()]
    return result


def _pull(
    result: dict[str, Any], ref: str, origin: str, read: Callable[[str], Mapping[str, Any]], file: str
) -> tuple[str, list[tuple[Any, str]]]:
    source, _, fragment = ref.partition("#")
    source = source or origin
    parts = pointer.segments(fragment)
    if len(parts) != 3 or parts[0] != "components":
        raise DataError(f"$ref {ref!r}: only #/components/<section>/<name> of another file can be referred to", file=file)
    section, name = parts[1], parts[2]
    component = pointer.first(read(source), fragment)
    if component is None:
        raise DataError(f"$ref {ref!r} leads nowhere: {source} has no {fragment}", file=file)
    marks = result.setdefault("components", {}).setdefault(section, {})
    came_from = result.setdefault("x-bundled", {})
    key = f"{section}/{name}"
    if came_from.get(key) == source:
        return f"#{fragment}", []
    if name in marks:
        raise DataError(f"component {key} is defined here and in {source}; rename one of them", file=file)
    marks[name] = copy.deepcopy(component)
    came_from[key] = source
    return f"#{fragment}", [(marks[name], source)]


def deref(document: Mapping[str, Any], node: Any) -> Any:
    """`node`, or what its local `$ref` chain leads to. Siblings of a `$ref` win over what it leads to."""
    for _ in range(16):
        if not (isinstance(node, Mapping) and isinstance(node.get("$ref"), str)):
            return node
        found = pointer.first(document, node["$ref"].removeprefix("#"))
        siblings = {key: value for key, value in node.items() if key != "$ref"}
        node = {**found, **siblings} if siblings and isinstance(found, Mapping) else found
    return node


def standalone(document: Mapping[str, Any], schema: Mapping[str, Any]) -> dict[str, Any]:
    """A schema of `document` that a validator can compile alone: the components travel with it."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "components": document.get("components", {})}


def read_operations(spec: Spec) -> dict[str, Operation]:
    """The operations of a spec's document by operationId (method and path where it has none), in document order."""
    found: dict[str, Operation] = {}
    for path, item in (spec.document.get("paths") or {}).items():
        shared = deref(spec.document, item)
        for method in METHODS:
            if isinstance(raw := shared.get(method), Mapping):
                operation = _operation(spec, path, method, shared, raw)
                found[operation.id] = operation
    return found


def _operation(spec: Spec, path: str, method: str, shared: Mapping[str, Any], raw: Mapping[str, Any]) -> Operation:
    document = spec.document
    parameters: dict[tuple[str, str], Parameter] = {}
    for entry in (*shared.get("parameters", ()), *raw.get("parameters", ())):
        p = deref(document, entry)
        schema: Mapping[str, Any] = p.get("schema") or next((m.get("schema", {}) for m in (p.get("content") or {}).values()), {})
        required = bool(p.get("required")) or p["in"] == "path"
        parameters[p["in"], p["name"]] = Parameter(p["name"], p["in"], required, deref(document, schema), p)
    body = deref(document, raw.get("requestBody") or {})
    responses = {str(status): deref(document, answer) for status, answer in (raw.get("responses") or {}).items()}
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
