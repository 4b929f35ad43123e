"""Stocks: things of our own that a list shows, and the list in which a thing of ours shows.

Where a list needs to be told whose things it is to show (`within` of a recipe: a parameter of the list to where a thing has its value),
they are all made on the same.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from functools import partial
from typing import Any

from conformance.given.choosing import first_made, kinds_listed
from conformance.given.finding import Things, created, filled
from conformance.given.lives import Created, change, move, onward
from conformance.interface.dialect import Dialect
from conformance.model import Answer, Ask, Exchange, Inputs, Operation, Pause, Request, Spec, json_bytes
from conformance.text import pointer

__all__ = ["in_place", "listed", "listing", "shelf", "shown_in", "sort_key", "stocked", "stood_on", "visible"]

MOST_LOOKED_THROUGH = 5  # pages of a list; beyond, waiting costs the target less than looking


def stood_on(things: Things, resource: str) -> Created | None:
    """What was made by a recipe for others to stand on; None when nothing was."""
    return next((one for place, one in things.items() if place.partition(" ")[0] == resource), None)


def in_place(resource: str, one: Created) -> Things:
    """This thing in the place of the one that a candidate would make by the recipe to stand on (`of`, with no members of its own)."""
    return {f"{resource} {{}}": one}


def listing(spec: Spec, one: Created, *, actor: str | None = "default") -> Request | None:
    """The request of the list that shows a thing of ours; None when nothing lists it."""
    return shown_in(spec, one.resource, one.representation, actor=one.actor if actor == "default" else actor)


def shown_in(spec: Spec, resource: str, holder: Any, *, actor: str | None) -> Request | None:
    """The same for a resource that does not exist yet: `holder` is the body that would make it."""
    recipe = spec.setup[resource]
    if "list" not in recipe:
        return None
    values = {name: pointer.first(holder, where) for name, where in recipe.get("within", {}).items()}
    return spec.operations[recipe["list"]].request(query=values, actor=actor)


def shelf(
    spec: Spec, resource: str, inputs: Inputs, dialect: Dialect, *, things: Things, actor: str | None = "a"
) -> Generator[Ask, Answer, Request | None]:
    """The request of the list in which what is made on `things` will show, before it is made; None when nothing lists it."""
    recipe = spec.setup[resource]
    if "within" not in recipe:
        return shown_in(spec, resource, None, actor=actor)
    bodies = yield from filled(spec, recipe["candidates"][0], inputs, dialect, actor=actor, things=things)
    return shown_in(spec, resource, bodies[0], actor=actor)


def stocked(
    operation: Operation, inputs: Inputs, dialect: Dialect, *, least: int, varied: bool = False
) -> Generator[Ask, Answer, Request | None]:
    """Where the operation lists what a recipe makes and shows fewer than `least`: makes the rest, a moment apart.

    Items that are alike in what the list is ordered by count as one: they show nothing of its order, nor of ranges of it.
    Where several recipes fill the list, they take turns. Where the list is of things on the same (`within`), all are made anew, by one
    candidate after the other, and the request of that list is returned. `varied` also sees to it that they are in several states: of three fresh ones the first is taken back, the second moved on.
    """
    spec = operation.spec
    kinds = kinds_listed(operation)
    if not kinds:
        return None
    within = "within" in spec.setup[kinds[0]]
    kinds = [one for one in kinds if ("within" in spec.setup[one]) is within]
    shown = 0
    if not within:
        present: Exchange = yield operation.request(step=f"given: {operation.id}")
        shown = _different(operation, dialect.items(present, operation) or ())
    stock: list[Created] = []
    things: Things = {}
    count = max(3 if varied else 0, least - shown)
    for nth in range(count):
        made = partial(
            created,
            spec,
            inputs=inputs,
            dialect=dialect,
            nth=900 + nth,
            step="given: stock",
            things=things if within else {},
            turn=nth if within else 0,
        )
        one = yield from first_made([*kinds[nth % len(kinds) :], *kinds[: nth % len(kinds)]], made)
        stock.append(one)
        undo = spec.setup[one.resource].get("cleanup")
        if nth == 0 and undo and pointer.first(one.representation, spec.setup[one.resource]["state"]) in undo["from"]:
            yield change(spec, one, undo["members"], tag=one.tag, step="given: take back")
        elif nth == 1 and varied and undo and (further := onward(spec, one, undo["from"])) is not None:
            yield from move(spec, one, further)
        if not within and nth + 1 < count:
            yield Pause(1.1, apart=True)
    yield from listed(operation, stock, dialect)
    return listing(spec, stock[0]) if within and stock else None


def _different(operation: Operation, items: Sequence[Any]) -> int:
    """How many of the items differ in what their list is ordered by before their id decides; where the id alone does, all do."""
    places = sort_key(operation)
    return len({json_bytes([pointer.first(item, where) for where in places]) for item in items}) if places else len(items)


def sort_key(operation: Operation) -> list[str]:
    """Where the members lie that order the items of a collection, without those that identify them; none where these alone do."""
    collection = operation.collection or {}
    return [where for where in collection.get("sort", ()) if where not in collection.get("id", ())]


def visible(*operations: Operation) -> Pause:
    """The time in which lists may still lack what was written by these operations (`x-consistency-ms`)."""
    return Pause(max(one.raw.get("x-consistency-ms", 0) for one in operations) / 1000, apart=True)


def listed(operation: Operation, made: Sequence[Created], dialect: Dialect) -> Generator[Ask, Answer, None]:
    """Unless the list shows what was made already, lets the time pass in which it may (`x-consistency-ms` of the creation)."""
    if not made:
        return
    maker = operation.spec.operations.get(operation.spec.setup[made[0].resource].get("create", ""))
    delay = maker.raw.get("x-consistency-ms", 0) if maker else 0
    awaited = {one.id for one in made}
    page = (listing(operation.spec, made[0]) or operation.request(actor=made[0].actor)).with_step(f"given: {operation.id}")
    for _ in range(MOST_LOOKED_THROUGH):
        present: Exchange = yield page
        awaited -= {part for item in dialect.items(present, operation) or () for part in dialect.identity(operation, item) or ()}
        following = dialect.next_page(present) if delay and awaited else None
        if following is None:
            break
        page = following
    if delay and awaited:
        yield Pause(delay / 1000, apart=True)
