"""Where the values of an operation's parameters are found: the OpenAPI `links` of the document, and what an answer holds there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from conformance.model import Operation
from conformance.text import pointer

__all__ = ["links_to", "rows"]


def links_to(operation: Operation, names: set[str]) -> Iterator[tuple[Operation, dict[str, str]]]:
    """Reading operations whose links give every named parameter, with the pointers (index replaced by `*`) of the values."""
    for source in operation.spec.operations.values():
        if source.writes or source.id == operation.id:
            continue
        for answer in source.responses.values():
            for link in (answer.get("links") or {}).values():
                given = {
                    name.split(".")[-1]: _starred(expression)
                    for name, expression in (link.get("parameters") or {}).items()
                    if isinstance(expression, str) and expression.startswith("$response.body#")
                }
                if link.get("operationId") == operation.id and names <= given.keys():
                    yield source, {name: given[name] for name in names}


def _starred(expression: str) -> str:
    parts = pointer.segments(expression.removeprefix("$response.body#"))
    return "".join("/" + ("*" if part.isdigit() else part) for part in parts)


def rows(document: Any, places: Mapping[str, str]) -> list[dict[str, Any]]:
    """The sets of values at these pointers of a document, each once; those that are no scalars left out."""
    columns = {name: pointer.values(document, where) for name, where in places.items()}
    told = (
        row
        for row in zip(*columns.values(), strict=False)
        if not any(value is None or isinstance(value, dict | list) for value in row)
    )
    sets = [dict(zip(columns, row, strict=True)) for row in told]
    return list({tuple(row.values()): row for row in sets}.values())
