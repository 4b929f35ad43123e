"""Views of a collection: what a check has seen of it under one path and one set of filters, put together from pages.

`traverse`, `bases` and `ample` are scripts for `drive`; `views` is pure and for `judge`. A view is made of the exchanges of one step that
led to one another; its path and its query without the paging parameters are those of the first, so that nothing depends on how the
pages were asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from conformance import given
from conformance.interface.dialect import Dialect
from conformance.interface.pages import address, traversals
from conformance.model import Exchange, Inputs, Operation, Parameter, Request, Script, Unmet, wire_text
from conformance.text import pointer

__all__ = ["MOST_PAGES", "View", "alternatives", "ample", "at_rest", "bases", "largest", "named", "paging", "traverse", "views"]

MOST_PAGES = 12
Identity = tuple[Any, ...]


@dataclass(frozen=True)
class View:
    """A traversal: its filters, its items in order, whether it was read to the end, and the exchanges that it came from."""

    step: str
    path: str
    query: Mapping[str, str]
    items: tuple[Any, ...]
    identities: tuple[Identity | None, ...]
    complete: bool
    status: int
    exchanges: tuple[Exchange, ...]

    @property
    def numbers(self) -> tuple[int, ...]:
        """The numbers of its first exchanges, for findings."""
        return tuple(one.number for one in self.exchanges[:3])

    @cached_property
    def known(self) -> dict[Identity, Any]:
        """Its items by identity."""
        return {key: item for key, item in zip(self.identities, self.items, strict=True) if key is not None}

    @property
    def label(self) -> str:
        """Its filters in words."""
        return "&".join(f"{name}={value}" for name, value in sorted(self.query.items())) or "no filter"


def paging(operation: Operation, dialect: Dialect) -> frozenset[str]:
    """The names of the query parameters that move through a collection."""
    own = dialect.of(operation)
    return frozenset(p.name for p in operation.parameters if p.paging) | {own.limit, own.parameter}


def views(operation: Operation, trace: Iterable[Exchange], dialect: Dialect) -> list[View]:
    """The views of a trace, in order. Set-up is left out, and so is what nobody dealt with or what was refused for its credentials."""
    moving = paging(operation, dialect)
    asked = [one for one in trace if not one.is_setup and one.request.operation == operation.id]

    def key(one: Exchange) -> tuple[str, str, tuple[tuple[str, str], ...]]:
        return one.step, one.request.path, tuple(sorted(pair for pair in one.request.query if pair[0] not in moving))

    found = []
    for (step, path, filters), exchanges in traversals(asked, dialect, key).items():
        items = tuple(item for one in exchanges for item in dialect.items(one, operation) or ())
        last = exchanges[-1]
        if any(one.turned_away or one.status in (401, 403) for one in exchanges):
            continue
        complete = dialect.items(last, operation) is not None and dialect.next_page(last) is None
        identities = tuple(dialect.identity(operation, item) for item in items)
        found.append(View(step, path, dict(filters), items, identities, complete, last.status, tuple(exchanges)))
    return found


def at_rest(operation: Operation, dialect: Dialect) -> Callable[[Sequence[Exchange], Sequence[Exchange]], bool]:
    """Whether two rounds began with the same reading, so that the collection is not likely to have changed between them.

    That reading is the first of the round's views, or one under the same filters that took fewer pages: paging may be the fault.
    What the items say has to be the same, clocks included; their order does not, for it may be the fault.
    """

    def base(trace: Sequence[Exchange]) -> View | None:
        every = views(operation, trace, dialect)
        alike = [one for one in every if one.complete and (one.path, one.query) == (every[0].path, every[0].query)]
        return min(alike, key=lambda one: len(one.exchanges), default=None)

    def compared(first: Sequence[Exchange], other: Sequence[Exchange]) -> bool:
        one, two = base(first), base(other)
        return one is not None and two is not None and bool(one.known) and one.known == two.known

    return compared


def named(identities: Iterable[Any], most: int = 5) -> str:
    """Identities in words, the first few of them."""
    every = list(identities)
    shown = ", ".join("/".join(map(str, one)) if isinstance(one, tuple) else str(one) for one in every[:most])
    return shown + (f" (+{len(every) - most})" if len(every) > most else "")


# ------------------------------------------------------------------------------------------ scripts


def largest(operation: Operation, dialect: Dialect) -> int | None:
    """The largest page size that the operation declares, or None."""
    p = operation.parameter(dialect.of(operation).limit)
    bound = p.schema.get("maximum") if p else None
    return bound if isinstance(bound, int) else None


def traverse(
    operation: Operation, dialect: Dialect, request: Request, *, step: str, limit: int | None = None, most: int = MOST_PAGES
) -> Script:
    """The exchanges of one traversal, page after page, as far as `most` pages; ends at a page that is refused.

    Without `limit` the pages are as large as the operation declares. A page that leads back to an earlier one ends it too.
    """
    size = limit or largest(operation, dialect)
    following: Request | None = request.with_query(**{dialect.of(operation).limit: size}) if size else request
    exchanges: list[Exchange] = []
    asked: set[str] = set()
    while following is not None and len(exchanges) < most and address(following) not in asked:
        asked.add(address(following))
        exchange: Exchange = yield following.with_step(step)
        exchanges.append(exchange)
        following = dialect.next_page(exchange)
    return exchanges


def alternatives(operation: Operation) -> list[Parameter]:
    """The query parameters of which at least one is needed (`x-requires-one-of`)."""
    return [p for name in operation.raw.get("x-requires-one-of") or () if (p := operation.parameter(name)) is not None]


def _richest(operation: Operation, dialect: Dialect, requests: Sequence[Request]) -> Script:
    """Of these requests the one with the most telling first page, and its items.

    Telling is a page with many items; more so one whose order has numbers of different length, where an order by text shows.
    """
    best: tuple[Request, list[Any]] = (requests[0], [])
    size = largest(operation, dialect)
    for request in requests:
        asked = request.with_query(**{dialect.of(operation).limit: size}) if size else request
        exchange: Exchange = yield asked.with_step(f"given: {operation.id}")
        items = dialect.items(exchange, operation) or []
        if (_lengths(operation, items), len(items)) > (_lengths(operation, best[1]), len(best[1])):
            best = (request, items)
    return best


def _farther(operation: Operation, inputs: Inputs, dialect: Dialect, tries: int) -> Script:
    """A request that shows two items or more, of a thing that has come far enough to have them; None where there is none.

    Most things of a running service have just begun: which of them a seed takes must not decide whether there is a second page.
    """
    for among in given.far_along(operation):
        try:
            requests = yield from given.ready_many(operation, inputs, dialect, most=tries, among=among)
        except Unmet:
            continue
        request, items = yield from _richest(operation, dialect, requests)
        if len(items) > 1:
            return request
    return None


def _lengths(operation: Operation, items: Sequence[Any]) -> bool:
    """Whether a part of the sort key has whole numbers with different counts of digits."""
    for where in (operation.collection or {}).get("sort", ()):
        found = {len(str(value)) for item in items if type(value := pointer.first(item, where)) is int}
        if len(found) > 1:
            return True
    return False


def bases(operation: Operation, inputs: Inputs, dialect: Dialect, *, tries: int = 4) -> Script:
    """The least filtered requests of a collection: one, or one per parameter of which one is needed.

    Where a value is needed, the one of a few that shows the most items; the second parameter's value comes from the items
    of the first, so that the two views overlap.
    """
    needed = alternatives(operation)
    if not needed:
        requests = yield from given.ready_many(operation, inputs, dialect, most=tries)
        if len(requests) < 2:
            return requests
        request, items = yield from _richest(operation, dialect, requests)
        return [request if len(items) > 1 else (yield from _farther(operation, inputs, dialect, tries)) or request]
    found: list[Request] = []
    shown: list[Any] = []
    for p in needed:
        texts = dict.fromkeys(wire_text(v) for item in shown for v in pointer.values(item, (p.filter or {}).get("on", "/-")))
        if not texts:
            rows = yield from given.values_for(operation, [p], inputs, dialect, most=tries)
            texts = dict.fromkeys(wire_text(row[p.name]) for row in rows)
        if texts:
            requests = [operation.request(query={p.name: text}) for text in list(texts)[:tries]]
            request, items = yield from _richest(operation, dialect, requests)
            found, shown = [*found, request], shown or items
    if not found:
        raise Unmet(f"no value was found for {' or '.join(p.name for p in needed)} of {operation.id}")
    return found


def ample(operation: Operation, inputs: Inputs, dialect: Dialect, *, least: int = 3, tries: int = 4) -> Script:
    """A request of the collection that shows as many items as can be found; where a recipe makes them, at least `least`."""
    stocked: Request | None = yield from given.stocked(operation, inputs, dialect, least=least)
    if stocked is not None:
        return stocked
    requests = yield from bases(operation, inputs, dialect, tries=tries)
    if len(requests) == 1:
        return requests[0]
    return (yield from _richest(operation, dialect, requests))[0]
