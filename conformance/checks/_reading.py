"""Reading for the checks that only look: requests for samples of an operation, and the documents found in a trace.

`samples` and `read` are scripts for `drive`; the rest is pure and for `judge`. A document is an item of a collection or, where the
operation gives a single resource, the whole answer.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from conformance import given
from conformance.checks._views import MOST_PAGES, alternatives, traverse
from conformance.interface import contract
from conformance.interface.dialect import Dialect, instant
from conformance.model import Exchange, Inputs, Operation, Request, Script, Unmet
from conformance.text import pointer

__all__ = [
    "at_path",
    "documents",
    "equal",
    "key_of",
    "members_of",
    "number_of",
    "path_of",
    "pick",
    "read",
    "request_marks",
    "samples",
    "shown",
]


def samples(operation: Operation, inputs: Inputs, dialect: Dialect, *, most: int, by: str | None = None) -> Script:
    """Up to `most` requests of the operation on different things. Where one of several parameters is needed, they share the number;
    `by` asks with one of them only. Raises Unmet when no value can be found.
    """
    ways = [p for p in alternatives(operation) if by in (None, p.name)]
    if not ways:
        return (yield from given.ready_many(operation, inputs, dialect, most=most))
    found = []
    for p in ways:
        rows = yield from given.values_for(operation, [p], inputs, dialect, most=max(1, most // len(ways)))
        found += [operation.request(query=row) for row in rows]
    if not found:
        raise Unmet(f"no value was found for {' or '.join(p.name for p in ways)} of {operation.id}")
    return found


def read(
    operation: Operation,
    inputs: Inputs,
    dialect: Dialect,
    *,
    most: int,
    step: str = "read",
    by: str | None = None,
    pages: int = MOST_PAGES,
) -> Script:
    """Reads up to `most` samples, collections to their end (at most `pages` pages); gives the exchanges."""
    found: list[Exchange] = []
    for request in (yield from samples(operation, inputs, dialect, most=most, by=by)):
        if operation.collection is None:
            found.append((yield request.with_step(step)))
        else:
            found += yield from traverse(operation, dialect, request, step=step, most=pages)
    return found


def documents(
    operation: Operation, trace: Sequence[Exchange], dialect: Dialect, at: str | None = None, *, given: bool = False
) -> Iterator[tuple[Exchange, list[tuple[str, Any]]]]:
    """Per good answer of the operation its documents with their pointers: what `at` matches, or the items, or the whole answer.

    Set-up counts only when `given`: a rule on one answer holds there, too, but a case is not about it.
    """
    where = at if at is not None else f"{dialect.items_pointer(operation)}/*" if operation.collection else ""
    for exchange in trace:
        if exchange.request.operation == operation.id and exchange.ok and (given or not exchange.is_setup):
            yield exchange, list(pointer.resolve(exchange.json, where))


def key_of(document: Any, places: Sequence[str]) -> tuple[Any, ...] | None:
    """The scalar values at these pointers, or None when one is missing."""
    parts = tuple(pointer.first(document, where) for where in places)
    return None if any(part is None or isinstance(part, dict | list) for part in parts) else parts


def path_of(target: Operation, document: Any, parameters: Mapping[str, str]) -> str | None:
    """The path that reads what a document refers to: each path parameter filled from a pointer into the document."""
    values = {name: pointer.first(document, where) for name, where in parameters.items()}
    if any(not isinstance(value, str | int) for value in values.values()):
        return None
    return target.request(path=values).path


def at_path(target: Operation, path: str, step: str) -> Request:
    """The request of an operation on a path that `path_of` gave."""
    return replace(target.request(step=step), path=path)


def pick(inputs: Inputs, label: str, paths: Sequence[str | None], most: int) -> list[str]:
    """Up to `most` of these paths, each once, chosen by the seed."""
    distinct = sorted({path for path in paths if path is not None})
    inputs.random("pick", label).shuffle(distinct)
    return distinct[:most]


def number_of(value: Any) -> int | float | None:
    """A JSON number, or None for anything else (true and false included)."""
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def shown(value: Any, most: int = 160) -> str:
    """A value as compact JSON, cut when it is long."""
    text = json.dumps(value, ensure_ascii=False, separators=(", ", ": "))
    return text if len(text) <= most else text[: most - 1] + "…"


def equal(one: Any, other: Any) -> bool:
    """Whether two JSON values say the same: numbers by value, date-times as instants, all else as it is written."""
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(equal(value, other[name]) for name, value in one.items())
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(equal, one, other))
    if isinstance(one, bool) is not isinstance(other, bool):
        return False
    if one == other:
        return True
    moment = instant(one) if isinstance(one, str) and isinstance(other, str) else None
    return moment is not None and moment == instant(other)


def members_of(document: Any, here: str = "") -> Iterator[tuple[str, Any]]:
    """Every scalar of a document, and every empty object or array, with its pointer."""
    inner: list[tuple[Any, Any]] = []
    if isinstance(document, Mapping):
        inner = list(document.items())
    elif isinstance(document, list):
        inner = list(enumerate(document))
    if not inner:
        yield here, document
    for key, member in inner:
        yield from members_of(member, here + pointer.join(key))


def request_marks(operation: Operation, answers: Sequence[Exchange]) -> frozenset[str]:
    """The members of these answers that mark the request, as its id does: not declared, and with another text in every answer."""
    documents = [one.json for one in answers]
    if len(documents) < 2 or not all(isinstance(document, dict) for document in documents):
        return frozenset()
    found = set()
    for name in documents[0]:
        texts = {text for document in documents if isinstance(text := document.get(name), str)}
        if len(texts) == len(documents) and not contract.describes(operation, answers[0], (name,)):
            found.add(name)
    return frozenset(found)
