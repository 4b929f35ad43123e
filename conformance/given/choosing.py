"""Which recipes make what an operation works on: several may fill one collection, each with things of its own kind."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable

from conformance.given.lives import Created
from conformance.model import Answer, Ask, Operation, Unmet

__all__ = ["first_made", "kinds_listed", "kinds_of"]

Making = Generator[Ask, Answer, Created]


def kinds_of(operation: Operation) -> list[str]:
    """The recipes whose things the operation reads, changes or deletes."""
    return [name for name, r in operation.spec.setup.items() if operation.id in (r.get("read"), r.get("update"), r.get("delete"))]


def kinds_listed(operation: Operation) -> list[str]:
    """The recipes whose things the operation lists."""
    return [name for name, recipe in operation.spec.setup.items() if recipe.get("list") == operation.id]


def first_made(kinds: Iterable[str], make: Callable[[str], Making]) -> Making:
    """What the first of these recipes makes that can make anything. Raises Unmet with what kept the first of them from it."""
    refusal: Unmet | None = None
    for kind in kinds:
        try:
            return (yield from make(kind))
        except Unmet as unmet:
            refusal = refusal or unmet
    raise refusal or Unmet("no recipe makes it")
