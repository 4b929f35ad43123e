"""What can be taken, and where it shows: the `with` entries of checks on capacity, prices and views.

An entry is a candidate as in a set-up recipe (`name`, `find`, `body`) whose `body` has two members: `send`, the body of the creation,
and `read`, parameter values with which other operations show the same thing. `offers` fills it for what the target has now.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from conformance import given
from conformance.checks._views import largest
from conformance.interface.dialect import Dialect, instant
from conformance.model import Exchange, Inputs, Operation, Request, Script, Spec
from conformance.text import pointer

__all__ = ["Entry", "later", "offers", "reading", "shown", "units_shown", "units_view"]

Entry = Mapping[str, Any]


def offers(spec: Spec, entry: Entry, inputs: Inputs, dialect: Dialect, *, nth: int = 0) -> Script:
    """The filled bodies of an entry, as `(send, read)` pairs, without those that lack a value."""
    filled = yield from given.filled(spec, entry, inputs, dialect, nth=nth)
    return [(each["send"], each.get("read", {})) for each in filled if all(value is not None for value in each["send"].values())]


def reading(
    spec: Spec, name: str, values: Mapping[str, Any], dialect: Dialect, *, step: str, actor: str | None = "default"
) -> Request:
    """The request of an operation with those of the values that it takes, as large a page as it gives, past any cache."""
    operation = spec.operations[name]
    taken: dict[str, dict[str, Any]] = {"path": {}, "query": {}}
    for p in operation.parameters:
        if p.location in taken and p.name in values:
            taken[p.location][p.name] = values[p.name]
    size = largest(operation, dialect)
    query = {**taken["query"], **({dialect.of(operation).limit: size} if size else {})}
    return operation.request(path=taken["path"], query=query, headers={"Cache-Control": "no-cache"}, actor=actor, step=step)


def shown(document: Any, show: Mapping[str, Any], body: Any) -> Any:
    """What a view shows of the thing that a body asks for: `value` of the entry at `at` in which `same` holds; None when it is not there.

    `same` maps a pointer into the entry to a pointer into the body.
    """
    for entry in pointer.values(document, show["at"]):
        if all(pointer.first(entry, here) == pointer.first(body, there) for here, there in show.get("same", {}).items()):
            return pointer.first(entry, show.get("value", ""))
    return None


def later(text: Any, seconds: float) -> str:
    """An instant some seconds after (or before) another, in Taiwan time."""
    moment = instant(text)
    if moment is None:
        raise ValueError(f"{text!r} is no date-time with an offset")
    return (moment + timedelta(seconds=seconds)).astimezone(given.TAIPEI).isoformat()


def units_view(operation: Operation, capacity: Mapping[str, Any], body: Any) -> Request:
    """The request that shows how many units of what a body asks for are free: `operation`, with `parameters` from the body."""
    source = operation.spec.operations[capacity["operation"]]
    values = {name: pointer.first(body, where) for name, where in capacity["parameters"].items()}
    return source.request(path=values, headers={"Cache-Control": "no-cache"}, step=f"given: {source.id}")


def units_shown(capacity: Mapping[str, Any], body: Any, answer: Exchange) -> int:
    """The number of free units that an answer shows for a body: `count` of the entry at `units` with the `same` members; 0 when it does
    not say.
    """
    for entry in pointer.values(answer.json, capacity["units"]):
        if isinstance(entry, dict) and all(entry.get(key) == body.get(key) for key in capacity.get("same", ())):
            found = entry.get(capacity["count"])
            return found if isinstance(found, int) else 0
    return 0
