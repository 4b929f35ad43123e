"""What of the plain server each request makes use of, so that a fault is asked only what can bring it out.

A fault is a server with one method or two of its own. As long as its state is that of the plain server, whatever does not call these
is answered alike; so it need not be asked. Its state can have become another only by a request that called one of them, and has if the
request changed anything here or there. `noting` gives the plain server that notes its calls; `state` is what a server keeps, for
comparison. What remains of a quota is left out: it counts requests, and is another number as soon as one is not asked.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from inspect import getattr_static
from types import FunctionType
from typing import Any

from conformance.reference.frame import DECLARATIONS

__all__ = ["noting", "replaced", "same", "state"]

_QUOTA = "spent"


def noting(kind: type[Any], called: set[str]) -> type[Any]:
    """The same server, which adds the name of each of its methods to `called` when it is called."""

    def noted(name: str, method: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(method)
        def call(*positional: Any, **named: Any) -> Any:
            called.add(name)
            return method(*positional, **named)

        return call

    return type(kind.__name__, (kind,), {name: noted(name, method) for name, method in _methods(kind)})


def _methods(kind: type[Any]) -> Iterator[tuple[str, Callable[..., Any]]]:
    for name in dir(kind):
        if not name.startswith("__") and isinstance(found := getattr_static(kind, name), FunctionType):
            yield name, found


def replaced(fault: type[Any], plain: type[Any]) -> frozenset[str] | None:
    """The methods of the plain server in whose place a fault has its own; None where it differs in something else, too.

    What the plain server does not have at all, nobody but the fault's own methods uses.
    """
    found = set()
    for kind in fault.__mro__:
        if kind in plain.__mro__:
            continue
        for name, member in vars(kind).items():
            if name in DECLARATIONS or (name.startswith("__") and not callable(member)):
                continue
            present = getattr_static(plain, name, None)
            if present is None and not hasattr(member, "operation"):
                continue
            if name.startswith("__") or not isinstance(member, FunctionType) or not isinstance(present, FunctionType):
                return None
            found.add(name)
    return frozenset(found)


def state(server: Any) -> list[Any]:
    """What a server keeps, two steps deep: the values themselves, since a record is replaced and never changed."""
    found: list[Any] = []
    for name, value in vars(server).items():
        if name != _QUOTA:
            found.append(value)
            found += [inner for member in _members(value) for inner in (member, *_members(member))]
    return found


def _members(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [*value, *value.values()]
    return list(value) if isinstance(value, list | set) else []


def same(one: list[Any], other: list[Any]) -> bool:
    """Whether two looks at one server's state saw the same values."""
    return len(one) == len(other) and all(first is second for first, second in zip(one, other, strict=True))
