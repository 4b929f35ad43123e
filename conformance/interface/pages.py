"""Pages by who led to whom: which exchanges are one traversal of a collection.

A server is free in what its next link looks like: it may spell out defaults, add a token of its snapshot, name another parameter or even
another path, and order and encode all of it as it likes. So a page belongs to the page whose next page it is, whatever either was
asked with. That is seen from the recorded exchanges alone: a request continues the one that showed its URL, or one equivalent to it.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from functools import lru_cache
from typing import TypeVar

from conformance.interface.dialect import Dialect
from conformance.model import Exchange, Pairs, Request
from conformance.text import urls

__all__ = ["address", "traversals"]

Key = TypeVar("Key", bound=Hashable)


def address(request: Request) -> str:
    """What a request asks for, below the base URL, in the form that equivalent URLs share (RFC 3986 section 6.2)."""
    return _address(request.path, request.query)


@lru_cache(maxsize=1024)  # a page is asked for where the one before led to, and both are looked at again in every reading
def _address(path: str, query: Pairs) -> str:
    target = Request("", "GET", path, query).target
    try:
        return urls.normal(f"http://-{target}")
    except ValueError:
        return target


def traversals(trace: Iterable[Exchange], dialect: Dialect, key: Callable[[Exchange], Key]) -> dict[Key, list[Exchange]]:
    """The exchanges of each traversal in order, under the key of its first page.

    A page that no page of the same step and actor led to begins a traversal, or goes on with the one that has its key already.
    """
    found: dict[Key, list[Exchange]] = {}
    led: dict[tuple[str, str | None, str, str], Key] = {}
    for one in trace:
        asked = one.request
        mine = led.get((asked.step, asked.actor, asked.method, address(asked)))
        mine = key(one) if mine is None else mine
        found.setdefault(mine, []).append(one)
        following = dialect.next_page(one)
        if following is not None:
            led[asked.step, asked.actor, following.method, address(following)] = mine
    return found
