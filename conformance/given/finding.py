"""What a script needs to be there: values that the target has, and resources made by a recipe."""

from __future__ import annotations

from collections.abc import Generator, Mapping, MutableMapping, Sequence
from datetime import datetime
from typing import Any

from conformance.given.choosing import first_made, kinds_of
from conformance.given.leads import alternatives, links_to, no_value, rows, stated, with_values, without_a_link
from conformance.given.lives import Created, creation, made, shown
from conformance.given.naming import id_in
from conformance.given.templates import fill, holds, narrowed, timed
from conformance.given.times import NO_TIME, moment, the_time, told
from conformance.given.watching import watched
from conformance.interface import sending
from conformance.interface.dialect import Dialect
from conformance.model import Answer, Ask, Exchange, Inputs, Operation, Parameter, Request, Spec, Unmet, json_bytes
from conformance.text import pointer

__all__ = [
    "bodies",
    "created",
    "everything",
    "filled",
    "matching",
    "ready",
    "ready_many",
    "standing",
    "values_for",
]

MOST_PAGES, MOST_TRIES = 200, 12
Things = MutableMapping[str, Created]  # what things of a case stand on, by recipe and members: each is made once

# ------------------------------------------------------------------------------------------ existing things


def everything(
    operation: Operation, dialect: Dialect, request: Request | None = None, *, step: str = "", limit: int | None = None
) -> Generator[Ask, Answer, list[Any]]:
    """Every item of a collection, page after page. Raises Unmet when a page is refused."""
    asked = request or operation.request()
    if limit is not None:
        asked = asked.with_query(**{dialect.of(operation).limit: limit})
    following: Request | None = asked.with_step(step or f"given: {operation.id}")
    found: list[Any] = []
    for _ in range(MOST_PAGES):
        if following is None:
            return found
        exchange: Exchange = yield following
        items = dialect.items(exchange, operation)
        if items is None:
            raise Unmet(f"{operation.id} answered {exchange.status or exchange.failure}, so its items could not be read")
        found += items
        following = dialect.next_page(exchange)
    raise Unmet(f"{operation.id} did not end its pages within {MOST_PAGES}")


def ready(
    operation: Operation, inputs: Inputs, dialect: Dialect, *, actor: str | None = "default"
) -> Generator[Ask, Answer, Request]:
    """A request of the operation with every required path and query parameter filled with a value known to exist."""
    requests = yield from ready_many(operation, inputs, dialect, most=1, actor=actor)
    return requests[0]


def ready_many(
    operation: Operation,
    inputs: Inputs,
    dialect: Dialect,
    *,
    most: int,
    actor: str | None = "default",
    above: frozenset[str] = frozenset(),
    among: Mapping[str, Any] | None = None,
) -> Generator[Ask, Answer, list[Request]]:
    """Up to `most` requests of the operation, each with another set of required parameter values, in an order the seed fixes.

    An operation without required parameters gives the one request. Raises Unmet when no value can be found. `above` are the
    operations that wait for this one already: links may lead in circles. `among` (`query`, `where`) narrows the list that has the values.
    """
    plain, unknown = sending.outfitted(operation, operation.request(actor=actor), inputs.seeds)
    if unknown:
        raise Unmet(no_value(operation, unknown, "the document states none"))
    needed = [
        p
        for p in operation.parameters
        if p.required and p.location in ("path", "query") and not (p.location == "query" and p.only)
    ]
    offered = alternatives(operation) if not needed else []
    if not needed and not offered:
        return [plain]
    wanted = needed or offered[:1]
    rows = yield from _values(operation, wanted, inputs, dialect, plain.actor, above, among)
    rows = rows or stated(operation, wanted)
    if not rows:
        raise Unmet(no_value(operation, wanted, without_a_link(operation, {p.name for p in wanted})))
    inputs.random("ready", operation.id).shuffle(rows)
    return [sending.outfitted(operation, with_values(operation, row, plain.actor), inputs.seeds)[0] for row in rows[:most]]


def values_for(
    operation: Operation, wanted: list[Parameter], inputs: Inputs, dialect: Dialect, *, most: int
) -> Generator[Ask, Answer, list[dict[str, Any]]]:
    """Up to `most` sets of values that the target has for these parameters, in an order the seed fixes; maybe none."""
    rows = yield from _values(operation, wanted, inputs, dialect, operation.request().actor)
    inputs.random("values", operation.id, *(p.name for p in wanted)).shuffle(rows)
    return rows[:most]


def _values(
    operation: Operation,
    wanted: list[Parameter],
    inputs: Inputs,
    dialect: Dialect,
    actor: str | None,
    above: frozenset[str] = frozenset(),
    among: Mapping[str, Any] | None = None,
) -> Generator[Ask, Answer, list[dict[str, Any]]]:
    told = {p.name: sending.seeded(inputs.seeds, operation, p.name) for p in wanted}
    if all(told.values()):
        return [dict(zip(told, row, strict=True)) for row in zip(*told.values(), strict=False)]
    recipes = operation.spec.setup
    if kinds := kinds_of(operation):
        try:
            made = yield from first_made(kinds, lambda kind: created(operation.spec, kind, inputs, dialect, actor=actor or "a"))
        except Unmet:  # what can be read may be there without us; what is changed has to be ours
            found = [] if operation.writes else (yield from _linked(operation, wanted, inputs, dialect, above, among))
            if not found:
                raise
            return found
        return [dict(made.path)]
    kept = next((name for name, r in recipes.items() if r.get("list") == operation.id and "within" in r), None)
    if kept is not None:
        made = yield from created(operation.spec, kept, inputs, dialect, actor=actor or "a")
        return [{p.name: pointer.first(made.representation, recipes[kept]["within"][p.name]) for p in wanted}]
    part = next((name for name, r in recipes.items() if len(wanted) == 1 and r.get("parameter") == wanted[0].name), None)
    if part is not None and operation.writes:  # what is done with a thing of ours, beside reading and changing it
        made = yield from created(operation.spec, part, inputs, dialect, actor=actor or "a")
        return [{wanted[0].name: made.id}]
    return (yield from _linked(operation, wanted, inputs, dialect, above, among))


def _linked(
    operation: Operation,
    wanted: list[Parameter],
    inputs: Inputs,
    dialect: Dialect,
    above: frozenset[str],
    among: Mapping[str, Any] | None,
) -> Generator[Ask, Answer, list[dict[str, Any]]]:
    """The values to which the document's links lead, from the first answer that has any."""
    for source, places in links_to(operation, {p.name for p in wanted}):
        if source.id in above:
            continue
        try:
            asked = yield from ready_many(source, inputs, dialect, most=1, above=above | {operation.id})
        except Unmet:
            continue
        document: Exchange = yield asked[0].with_query(**(among or {}).get("query", {})).with_step(f"given: {source.id}")
        listed = narrowed(document.json, dialect.items_pointer(source), (among or {}).get("where", {}))
        if document.ok and (found := rows(source, document, listed, places)):
            return found
    return []


# ------------------------------------------------------------------------------------------ things of our own


def matching(
    spec: Spec, find: Mapping[str, Any], inputs: Inputs, dialect: Dialect, *, most: int | None = None
) -> Generator[Ask, Answer, list[Any]]:
    """The items that a recipe's `find` describes: `operation`, optional `query`, `where` (pointer: value), `over` (at how many places)
    and `among` (`query` and `where` of the list whose links lead there). In an order that the seed fixes; no further place is looked
    at once there are `most`.
    """
    found: list[Any] = []
    refusal: Unmet | None = None
    for place in (yield from _places(spec, find, inputs, dialect)):
        try:
            found += yield from _matching_at(spec, find, place, inputs, dialect)
        except Unmet as unmet:  # what one of them is about may have been deleted meanwhile
            refusal = unmet
        if most is not None and len(found) >= most:
            return found
    if refusal is not None and not found:
        raise refusal
    if most is None:
        inputs.random("matching", find["operation"]).shuffle(found)
    return found


def _places(spec: Spec, find: Mapping[str, Any], inputs: Inputs, dialect: Dialect) -> Generator[Ask, Answer, list[Request]]:
    """The requests whose answers may hold what a `find` describes."""
    operation, most, among = spec.operations[find["operation"]], int(find.get("over", 4)), find.get("among")
    requests = yield from ready_many(operation, inputs, dialect, most=most, among=among)
    return [request.with_query(**find.get("query", {})) for request in requests]


def _matching_at(
    spec: Spec, find: Mapping[str, Any], place: Request, inputs: Inputs, dialect: Dialect
) -> Generator[Ask, Answer, list[Any]]:
    """The items of one place that a `find` describes. Raises Unmet when the place cannot be read to its end."""
    operation = spec.operations[find["operation"]]
    if operation.collection is None:
        exchange: Exchange = yield place.with_step(f"given: {operation.id}")
        found = [exchange.json] if exchange.ok else []
    else:
        found = yield from everything(operation, dialect, place)
    wanted = find.get("where", {})
    kept = [item for item in found if all(holds(item, where, value) for where, value in wanted.items())]
    inputs.random("matching", operation.id, place.path).shuffle(kept)
    return kept


def created(
    spec: Spec,
    resource: str,
    inputs: Inputs,
    dialect: Dialect,
    *,
    actor: str | None = "a",
    changes: Mapping[str, Any] | None = None,
    step: str = "given: create",
    nth: int = 0,
    things: Things | None = None,
    turn: int = 0,
) -> Generator[Ask, Answer, Created]:
    """Make a resource by its recipe, trying its candidates in turn until one is accepted. Raises Unmet with the last refusal.

    `changes` replaces members of the body; `nth` keeps several resources of one case apart (keys, names, time windows). What the
    resource is made on (`of`) is taken from `things` and put there, so that several can be made on the same; `turn` says with which
    candidate to begin. A recipe without `create` finds what making that has brought about.
    """
    refusal = "its recipe found nothing to make it on"
    recipe = spec.setup[resource]
    held: Things = {} if things is None else things
    tries = 0
    for candidate in _in_turn(recipe["candidates"], turn + inputs.turn):
        item = yield from standing(spec, candidate, inputs, dialect, actor=actor, nth=nth, things=held)
        if "create" not in recipe:
            return (yield from _found(spec, resource, candidate, item, inputs, dialect, actor=actor, step=step, nth=nth))
        operation = spec.operations[recipe["create"]]
        for place in (yield from _places(spec, candidate["find"], inputs, dialect)) if "find" in candidate else [None]:
            try:
                offered = yield from _filled_at(spec, candidate, place, item, inputs, dialect, nth=nth)
            except Unmet as unmet:  # another place may do
                refusal = str(unmet)
                continue
            for body in offered:
                request = creation(operation, {**body, **(changes or {})}, inputs, actor=actor, label=f"{resource}-{nth}-{tries}")
                exchange: Exchange = yield request.with_step(step)
                if exchange.status in (200, 201):
                    return (yield from shown(spec, made(spec, resource, exchange)))
                refusal, tries = f"{operation.id} answered {exchange.status or exchange.failure}", tries + 1
                if tries == MOST_TRIES or exchange.status not in (409, 422):
                    raise Unmet(f"no {resource} could be made: {refusal}")
    raise Unmet(f"no {resource} could be made: {refusal}")


def _in_turn(candidates: Sequence[Any], turn: int) -> list[Any]:
    """The candidates of a recipe, beginning with the one whose turn it is."""
    first = turn % len(candidates)
    return [*candidates[first:], *candidates[:first]]


def standing(
    spec: Spec, candidate: Mapping[str, Any], inputs: Inputs, dialect: Dialect, *, actor: str | None, nth: int, things: Things
) -> Generator[Ask, Answer, Any]:
    """What a candidate stands on (`of`: recipe to the members in which its body is to differ): the representations by recipe.

    A second one of a recipe has a word more in its name (`device long gone`).
    Those of `things` with the same members are taken, the others made and put there. The member `now` is the server's time.
    """
    wanted: Mapping[str, Any] = candidate.get("of", {})
    now: datetime | None = None
    for name, members in wanted.items():
        place = f"{name} {json_bytes(members).decode()}"
        if place not in things:
            changes = fill(members, None, (yield from moment(spec, members, now, dialect)), inputs, nth)
            things[place] = yield from created(
                spec,
                name.partition(" ")[0],
                inputs,
                dialect,
                actor=actor,
                changes=changes,
                step=f"given: {name}",
                nth=nth,
                things=things,
            )
        now = dialect.server_time(things[place].exchange) or now
    found = {name: things[f"{name} {json_bytes(members).decode()}"].representation for name, members in wanted.items()}
    return {**found, "now": now}


def _found(
    spec: Spec,
    resource: str,
    candidate: Mapping[str, Any],
    item: Any,
    inputs: Inputs,
    dialect: Dialect,
    *,
    actor: str | None,
    step: str,
    nth: int,
) -> Generator[Ask, Answer, Created]:
    """The first thing that a candidate's `find` lists, read alone. Raises Unmet when there is none."""
    recipe, find = spec.setup[resource], candidate["find"]
    operation = spec.operations[find["operation"]]
    asked = find.get("query", {})
    query = fill(asked, item, (yield from moment(spec, asked, item["now"], dialect)), inputs, nth)
    listed = yield from everything(operation, dialect, operation.request(query=query, actor=actor))
    for one in listed:
        if all(holds(one, where, value) for where, value in find.get("where", {}).items()):
            path = {recipe["parameter"]: id_in(recipe, one)}
            exchange: Exchange = yield spec.operations[recipe["read"]].request(path=path, actor=actor, step=step)
            if exchange.ok:
                return made(spec, resource, exchange)
    raise Unmet(f"{operation.id} lists no {resource} for what was made")


def bodies(
    spec: Spec,
    resource: str,
    inputs: Inputs,
    dialect: Dialect,
    *,
    nth: int = 0,
    candidate: str | None = None,
    most: int | None = None,
    actor: str | None = "a",
) -> Generator[Ask, Answer, list[dict[str, Any]]]:
    """The bodies that a resource's recipe makes (of one `candidate` by name, or of all), on what the target has now; or `most`
    of them, which asks for less.
    """
    made_bodies: list[dict[str, Any]] = []
    things: Things = {}
    for recipe in _in_turn(spec.setup[resource]["candidates"], inputs.turn):
        if (candidate is None or recipe["name"] == candidate) and (most is None or len(made_bodies) < most):
            made_bodies += yield from filled(spec, recipe, inputs, dialect, nth=nth, most=most, actor=actor, things=things)
    return made_bodies[:most]


def filled(
    spec: Spec,
    candidate: Mapping[str, Any],
    inputs: Inputs,
    dialect: Dialect,
    *,
    nth: int = 0,
    most: int | None = None,
    actor: str | None = "a",
    things: Things | None = None,
) -> Generator[Ask, Answer, list[dict[str, Any]]]:
    """The bodies of one candidate (`of`, `find`, `body`), one for each thing found. A check's `with` may hold candidates of its own."""
    seen: list[Exchange] = []
    held: Things = {} if things is None else things
    item = yield from standing(spec, candidate, inputs, dialect, actor=actor, nth=nth, things=held)
    found = [None]
    if "find" in candidate:
        found = yield from watched(matching(spec, candidate["find"], inputs, dialect, most=most), seen)
    elif item["now"] is None and timed(candidate["body"]):
        seen = yield from the_time(spec)
    return _bodies_of(candidate, found, item, seen, inputs, dialect, nth)


def _filled_at(
    spec: Spec, candidate: Mapping[str, Any], place: Request | None, item: Any, inputs: Inputs, dialect: Dialect, *, nth: int
) -> Generator[Ask, Answer, list[dict[str, Any]]]:
    """The bodies of one candidate for what is found at one place, on what it stands on."""
    seen: list[Exchange] = []
    found = [None]
    if place is not None:
        found = yield from watched(_matching_at(spec, candidate["find"], place, inputs, dialect), seen)
    elif item["now"] is None and timed(candidate["body"]):
        seen = yield from the_time(spec)
    return _bodies_of(candidate, found, item, seen, inputs, dialect, nth)


def _bodies_of(
    candidate: Mapping[str, Any],
    found: Sequence[Any],
    item: Any,
    seen: Sequence[Exchange],
    inputs: Inputs,
    dialect: Dialect,
    nth: int,
) -> list[dict[str, Any]]:
    """A candidate's body for each thing found, by the clock of the server that was seen; none where it has a time and nobody told it.

    Where nothing is to be found, and the server tells no time, it is the time at which it was asked.
    """
    now = next((t for e in reversed(seen) if (t := dialect.server_time(e))), item["now"])
    if now is None and "find" in candidate and timed(candidate["body"]):
        return []
    when = now or (told(seen[-1], dialect) if seen else NO_TIME)
    return [fill(candidate["body"], item if one is None else one, when, inputs, nth) for one in found]
