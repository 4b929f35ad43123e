"""Which operations of two documents are the same: those of one method on one path, whatever the path calls its parameters.

An operation that has no fellow is looked for under its operationId, and on its path without a version in front (`/v2/events`): that is
one that moved, and is compared all the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any

from conformance.interface.openapi import operations_of_item
from conformance.interface.references import referenced
from conformance.model import Operation, Spec
from conformance.text import pointer

__all__ = ["called_back", "key_of", "named", "paired", "paired_called"]

_VERSION = re.compile(r"/v[0-9]+[^/]*/")
_NAME = re.compile(r"\{[^{}]*\}")
Pairs = Iterator[tuple[str, Operation | None, Operation | None]]


def key_of(operation: Operation) -> str:
    """What an operation is known by: its method and its path, without the names of path parameters."""
    return f"{operation.method} {_NAME.sub('{}', operation.path)}"


def named(operation: Operation) -> str:
    """An operation as it is shown."""
    return f"{operation.method} {operation.path}"


def paired(old: Mapping[str, Operation], new: Mapping[str, Operation]) -> Pairs:
    """Each operation of either, with its fellow: `(shown name, old, new)`, those of the old version first."""
    before, after = ({key_of(one): one for one in operations.values()} for operations in (old, new))
    for key, identity in product((_id, _unversioned), sorted(before.keys() - after.keys())):
        found = [name for name in after.keys() - before.keys() if key(after[name]) == key(before[identity])]
        if len(found) == 1 and key(before[identity]):
            after = {identity if name == found[0] else name: one for name, one in after.items()}
    return _matched(before, after)


def _id(operation: Operation) -> str:
    told = operation.raw.get("operationId")
    return f"{operation.method} {told}" if told else ""


def _unversioned(operation: Operation) -> str:
    return _VERSION.sub("/", key_of(operation), count=1)


def paired_called(old: Mapping[str, Operation], new: Mapping[str, Operation]) -> Pairs:
    """The same of what the vendor sends (`called_back`), which is known by its name."""
    return _matched(old, new)


def _matched(old: Mapping[str, Operation], new: Mapping[str, Operation]) -> Pairs:
    for key in dict.fromkeys([*old, *new]):
        one, other = old.get(key), new.get(key)
        known = one or other
        assert known is not None  # the key came from one of the two
        yield (named(known) if known.path.startswith("/") else key), one, other


def called_back(spec: Spec, operation: Operation | None) -> dict[str, Operation]:
    """What a vendor sends to its consumers, by name: the callbacks of an operation, or, without one, the webhooks of the document."""
    found: dict[str, Operation] = {}
    if operation is None:
        for name, item in (spec.document.get("webhooks") or {}).items():
            for one in operations_of_item(spec, name, item, pointer.join("webhooks", name)):
                found[f"webhook {name} {one.method}"] = one
        return found
    callbacks: Mapping[str, Any] = operation.raw.get("callbacks") or {}
    for name, entry in callbacks.items():
        where = f"{operation.id}/callbacks/{name}"
        for expression, item in referenced(spec.document, entry, where).items():
            if not expression.startswith("x-"):
                for one in operations_of_item(spec, expression, item, where):
                    found[f"callback {name} {one.method} {expression}"] = one
    return found
