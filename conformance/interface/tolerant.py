"""An earlier version of an interface as its clients read it: a value that an extensible enumeration has won since is no mistake.

A client of 1.0 ignores members that it does not know and tolerates values of enumerations that were declared to grow (`x-extensible-enum`);
everything else of 1.0 it relies on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from conformance.interface.kept import kept
from conformance.interface.openapi import read_operations
from conformance.model import Operation, Request, Spec

__all__ = ["as_read", "documented"]

_GROWS = "x-extensible-enum"


@kept
def as_read(spec: Spec) -> Spec:
    """The spec with its extensible enumerations opened."""
    operations: dict[str, Operation] = {}
    found = replace(spec, document=_opened(spec.document), operations=operations)
    operations.update(read_operations(found))
    return found


def _opened(node: Any) -> Any:
    if isinstance(node, Mapping):
        grows = node.get(_GROWS) is True
        return {name: _opened(member) for name, member in node.items() if not (grows and name == "enum")}
    return [_opened(one) for one in node] if isinstance(node, list) else node


def documented(operation: Operation, request: Request) -> bool:
    """Whether an operation has the method, the query parameters and the media type of a request: whether its clients may put it so."""
    known = {p.name for p in operation.parameters if p.location == "query"}
    return request.method == operation.method and all(name in known for name, _ in request.query)
