"""What a script needs to be there: values that the target has, and resources made by a recipe."""

from __future__ import annotations

import zlib
from collections.abc import Generator, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from conformance.given.lives import Created, change, made, move, onward
from conformance.given.watching import watched
from conformance.interface.dialect import Dialect
from conformance.model import Answer, Ask, Exchange, Inputs, Operation, Parameter, Pause, Request, Spec, Unmet, json_bytes
from conformance.text import pointer

__all__ = [
    "TAIPEI",
    "TEMPLATES",
    "bodies",
    "created",
    "creation",
    "everything",
    "filled",
    "links_to",
    "listed",
    "matching",
    "ready",
    "ready_many",
    "stocked",
    "values_for",
]

TAIPEI = timezone(timedelta(hours=8))
SLOT_SECONDS, SLOTS = 5400, 64  # each case books in windows of its own: 64 windows of 90 minutes, four days ahead
MOST_PAGES, MOST_TRIES = 200, 12
TEMPLATES = {  # what may stand for a value in a recipe's body, and its members
    "found": frozenset({"found", "where", "take"}),
    "lacking": frozenset({"lacking", "among"}),
    "now": frozenset({"now", "slot", "zone"}),
    "unique": frozenset({"unique"}),
    "callback-url": frozenset({"callback-url", "failing"}),
    "shared-secret": frozenset({"shared-secret"}),
}

# ------------------------------------------------------------------------------------------ existing things


def everything(
    operation: Operation, dialect: Dialect, request: Request | None = None, *, step: str = "", limit: int | None = None
) -> Generator[Ask, Answer, list[Any]]:
    """Every item of a collection, page after page. Raises Unmet when a page is refused."""
    asked = request or operation.request()
    if limit is not None:
        asked = asked.with_query(**{dialect.limit: limit})
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
) -> Generator[Ask, Answer, list[Request]]:
    """Up to `most` requests of the operation, each with another set of required parameter values, in an order the seed fixes.

    An operation without required parameters gives the one request. Raises Unmet when no value can be found. `above` are the
    operations that wait for this one already: links may lead in circles.
    """
    plain = operation.request(actor=actor)
    needed = [p for p in operation.parameters if p.required and p.location in ("path", "query")]
    offered = _alternatives(operation) if not needed else []
    if not needed and not offered:
        return [plain]
    wanted = needed or offered[:1]
    rows = yield from _values(operation, wanted, inputs, dialect, plain.actor, above)
    if not rows:
        names = ", ".join(p.name for p in wanted)
        why = "no link leads to one that the target has; name some under [seed] in yance.toml"
        raise Unmet(f"no value was found for {names} of {operation.id}: {why}")
    inputs.random("ready", operation.id).shuffle(rows)
    return [_filled(operation, row, plain.actor) for row in rows[:most]]


def values_for(
    operation: Operation, wanted: list[Parameter], inputs: Inputs, dialect: Dialect, *, most: int
) -> Generator[Ask, Answer, list[dict[str, Any]]]:
    """Up to `most` sets of values that the target has for these parameters, in an order the seed fixes; maybe none."""
    rows = yield from _values(operation, wanted, inputs, dialect, operation.request().actor)
    inputs.random("values", operation.id, *(p.name for p in wanted)).shuffle(rows)
    return rows[:most]


def stocked(
    operation: Operation, inputs: Inputs, dialect: Dialect, *, least: int, varied: bool = False
) -> Generator[Ask, Answer, None]:
    """Where the operation lists what a recipe makes and shows fewer than `least`: makes the rest, a moment apart.

    `varied` also sees to it that they are in several states: of three fresh ones the first is taken back, the second moved on.
    """
    spec = operation.spec
    name = next((name for name, recipe in spec.setup.items() if recipe.get("list") == operation.id), None)
    if name is None:
        return
    present: Exchange = yield operation.request(step=f"given: {operation.id}")
    stock: list[Created] = []
    for nth in range(max(3 if varied else 0, least - len(dialect.items(present, operation) or ()))):
        one = yield from created(spec, name, inputs, dialect, nth=900 + nth, step="given: stock")
        stock.append(one)
        undo = spec.setup[name].get("cleanup")
        if nth == 0 and undo and pointer.first(one.representation, spec.setup[name]["state"]) in undo["from"]:
            yield change(spec, one, undo["members"], tag=one.tag, step="given: take back")
        elif nth == 1 and varied and undo and (further := onward(spec, one, undo["from"])) is not None:
            yield from move(spec, one, further)
        yield Pause(1.1)
    yield from listed(operation, stock, dialect)


def listed(operation: Operation, made: Sequence[Created], dialect: Dialect) -> Generator[Ask, Answer, None]:
    """Unless the list shows what was made already, lets the time pass in which it may (`x-consistency-ms` of the creation)."""
    if not made:
        return
    delay = operation.spec.operations[operation.spec.setup[made[0].resource]["create"]].raw.get("x-consistency-ms", 0)
    present: Exchange = yield operation.request(actor=made[0].actor, step=f"given: {operation.id}")
    shown = {part for item in dialect.items(present, operation) or () for part in dialect.identity(operation, item) or ()}
    if delay and not all(one.id in shown for one in made):
        yield Pause(delay / 1000)


def _alternatives(operation: Operation) -> list[Parameter]:
    """Parameters of which one is needed (`x-requires-one-of` on the operation), the first first."""
    names = operation.raw.get("x-requires-one-of") or ()
    return [p for name in names if (p := operation.parameter(name)) is not None]


def _filled(operation: Operation, values: Mapping[str, Any], actor: str | None) -> Request:
    path = {p.name: values[p.name] for p in operation.parameters if p.location == "path" and p.name in values}
    query = {name: value for name, value in values.items() if name not in path}
    return operation.request(path=path, query=query, actor=actor)


def _values(
    operation: Operation,
    wanted: list[Parameter],
    inputs: Inputs,
    dialect: Dialect,
    actor: str | None,
    above: frozenset[str] = frozenset(),
) -> Generator[Ask, Answer, list[dict[str, Any]]]:
    if all(p.name in inputs.seeds for p in wanted):
        size = min(len(inputs.seeds[p.name]) for p in wanted)
        return [{p.name: inputs.seeds[p.name][index] for p in wanted} for index in range(size)]
    recipe = next((name for name, r in operation.spec.setup.items() if operation.id in (r.get("read"), r.get("update"))), None)
    if recipe is not None:
        made = yield from created(operation.spec, recipe, inputs, dialect, actor=actor or "a")
        return [{operation.spec.setup[recipe]["parameter"]: made.id}]
    for source, places in links_to(operation, {p.name for p in wanted}):
        if source.id in above:
            continue
        try:
            asked = yield from ready_many(source, inputs, dialect, most=1, above=above | {operation.id})
        except Unmet:
            continue
        document: Exchange = yield asked[0].with_step(f"given: {source.id}")
        if document.ok and (rows := _rows(document.json, places)):
            return rows
    return []


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


def _rows(document: Any, places: Mapping[str, str]) -> list[dict[str, Any]]:
    columns = {name: pointer.values(document, where) for name, where in places.items()}
    told = (
        row
        for row in zip(*columns.values(), strict=False)
        if not any(value is None or isinstance(value, dict | list) for value in row)
    )
    rows = [dict(zip(columns, row, strict=True)) for row in told]
    return list({tuple(row.values()): row for row in rows}.values())


# ------------------------------------------------------------------------------------------ things of our own


def matching(spec: Spec, find: Mapping[str, Any], inputs: Inputs, dialect: Dialect) -> Generator[Ask, Answer, list[Any]]:
    """The items that a recipe's `find` describes: `operation`, optional `query`, `where` (pointer: value) and `over` (a `find`
    whose items fill the operation's parameters through its links). In an order that the seed fixes.
    """
    operation = spec.operations[find["operation"]]
    found: list[Any] = []
    refusal: Unmet | None = None
    for request in (yield from ready_many(operation, inputs, dialect, most=int(find.get("over", 4)))):
        asked = request.with_query(**find.get("query", {}))
        if operation.collection is None:
            exchange: Exchange = yield asked.with_step(f"given: {operation.id}")
            found += [exchange.json] if exchange.ok else []
            continue
        try:
            found += yield from everything(operation, dialect, asked)
        except Unmet as unmet:  # what one of them is about may have been deleted meanwhile
            refusal = unmet
    if refusal is not None and not found:
        raise refusal
    wanted = find.get("where", {})
    kept = [item for item in found if all(_holds(item, where, value) for where, value in wanted.items())]
    inputs.random("matching", operation.id).shuffle(kept)
    return kept


def _holds(item: Any, where: str, value: Any) -> bool:
    present = pointer.values(item, where)
    if isinstance(value, dict) and "at-least" in value:
        return any(isinstance(v, int | float) and v >= value["at-least"] for v in present)
    return any(v in value if isinstance(value, list) else v == value for v in present)


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
) -> Generator[Ask, Answer, Created]:
    """Make a resource by its recipe, trying its candidates in turn until one is accepted. Raises Unmet with the last refusal.

    `changes` replaces members of the body; `nth` keeps several resources of one case apart (keys, names, time windows).
    """
    refusal = "its recipe found nothing to make it on"
    operation = spec.operations[spec.setup[resource]["create"]]
    tries = 0
    for candidate in spec.setup[resource]["candidates"]:
        for body in (yield from filled(spec, candidate, inputs, dialect, nth=nth)):
            request = creation(operation, {**body, **(changes or {})}, inputs, actor=actor, label=f"{resource}-{nth}-{tries}")
            exchange: Exchange = yield request.with_step(step)
            if exchange.status in (200, 201):
                return made(spec, resource, exchange)
            refusal, tries = f"{operation.id} answered {exchange.status or exchange.failure}", tries + 1
            if tries == MOST_TRIES or exchange.status not in (409, 422):
                raise Unmet(f"no {resource} could be made: {refusal}")
    raise Unmet(f"no {resource} could be made: {refusal}")


def creation(operation: Operation, body: Mapping[str, Any], inputs: Inputs, *, actor: str | None, label: str) -> Request:
    """The creating request for a body, with a fresh idempotency key where the operation takes one.

    The key is bound to the body, so that a later run of the same plan, whose bodies lie at later times, uses other keys.
    """
    key = inputs.unique(f"key-{label}-{zlib.crc32(json_bytes(dict(body))):08x}")
    headers = {"Idempotency-Key": key} if operation.parameter("Idempotency-Key", "header") else {}
    return operation.request(json=dict(body), headers=headers, actor=actor)


def bodies(
    spec: Spec, resource: str, inputs: Inputs, dialect: Dialect, *, nth: int = 0, candidate: str | None = None
) -> Generator[Ask, Answer, list[dict[str, Any]]]:
    """The bodies that a resource's recipe makes (of one `candidate` by name, or of all), on what the target has now."""
    made_bodies: list[dict[str, Any]] = []
    for recipe in spec.setup[resource]["candidates"]:
        if candidate is None or recipe["name"] == candidate:
            made_bodies += yield from filled(spec, recipe, inputs, dialect, nth=nth)
    return made_bodies


def filled(
    spec: Spec, candidate: Mapping[str, Any], inputs: Inputs, dialect: Dialect, *, nth: int = 0
) -> Generator[Ask, Answer, list[dict[str, Any]]]:
    """The bodies of one candidate (`find`, `body`), one for each thing found. A check's `with` may hold candidates of its own."""
    if "find" not in candidate:
        return [_fill(candidate["body"], None, datetime.now(UTC), inputs, nth)]
    seen: list[Exchange] = []
    found = yield from watched(matching(spec, candidate["find"], inputs, dialect), seen)
    now = next((t for e in reversed(seen) if (t := dialect.server_time(e))), None)
    if now is None and _timed(candidate["body"]):
        return []  # nothing told the server's time
    return [_fill(candidate["body"], item, now or datetime.now(UTC), inputs, nth) for item in found]


def _timed(template: Any) -> bool:
    """Whether a recipe's body has a time in it."""
    if isinstance(template, dict):
        return "now" in template or any(map(_timed, template.values()))
    return isinstance(template, list) and any(map(_timed, template))


def _fill(template: Any, item: Any, now: datetime, inputs: Inputs, nth: int) -> Any:
    """A recipe's body: `{found: pointer}` from the item found (the first value for which `where` holds, of it the member `take`),
    `{lacking: pointer, among: values}` the first of these values that the item found does not have there,
    `{now: seconds}` a time by the server's clock (moved into the case's own window when `slot` is true, written with the offset
    `zone` where that is given), `{unique: label}` an identifier of this case's own, `{callback-url: label, failing: n}` a URL
    of the suite's receiver, `{shared-secret: label}` a secret of 64 hexadecimal digits.
    """
    if isinstance(template, dict):
        if "found" in template and template.keys() <= TEMPLATES["found"]:
            wanted = template.get("where", {})
            offered = (v for v in pointer.values(item, template["found"]) if all(_holds(v, at, w) for at, w in wanted.items()))
            return pointer.first(next(offered, None), template.get("take", ""))
        if "lacking" in template:
            had = pointer.values(item, template["lacking"])
            return next((value for value in template["among"] if value not in had), None)
        if "now" in template:
            slot = zlib.crc32(f"{inputs.seed}/{nth}".encode()) % SLOTS * SLOT_SECONDS if template.get("slot") else 0
            moment = now.replace(microsecond=0) + timedelta(seconds=template["now"] + slot)
            zone = datetime.fromisoformat(f"2000-01-01T00:00:00{template['zone']}").tzinfo if "zone" in template else TAIPEI
            return moment.astimezone(zone).isoformat()
        if template.keys() == {"unique"}:
            return inputs.unique(f"{template['unique']}-{nth}")
        if "callback-url" in template:
            return inputs.callback(template["callback-url"], failing=template.get("failing", 0))
        if template.keys() == {"shared-secret"}:
            return inputs.secret(template["shared-secret"])
        return {key: _fill(value, item, now, inputs, nth) for key, value in template.items()}
    if isinstance(template, list):
        return [_fill(value, item, now, inputs, nth) for value in template]
    return template
