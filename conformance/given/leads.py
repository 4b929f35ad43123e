"""What values an operation's parameters need, and where they are found: the OpenAPI `links` of the document, and what an answer holds there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import unquote

from conformance.given.lives import machine, moved_twice
from conformance.interface import expressions, sending
from conformance.interface.kept import kept
from conformance.interface.references import referenced
from conformance.model import Exchange, Operation, Parameter, Request, Spec
from conformance.text import pointer

__all__ = ["alternatives", "far_along", "links_to", "no_value", "rows", "stated", "target_of", "with_values", "without_a_link"]

_OF_BODY = "$response.body#"


def links_to(operation: Operation, names: set[str]) -> tuple[tuple[Operation, Mapping[str, str]], ...]:
    """Reading operations whose links give every named parameter, with the pointers (index replaced by `*`) of the values.

    A link to one operation on a path serves all on it: what a thing is read by is what it is changed and deleted by. A value that lies elsewhere
    than in the body of the answer is named by its expression (`$request.path.name`). After the links of the document come those that its annotations
    imply: `x-collection` says what identifies an item, and by which operation one is read.
    """
    return _links_to(operation, tuple(sorted(names)))


@kept
def _links_to(operation: Operation, names: tuple[str, ...]) -> tuple[tuple[Operation, Mapping[str, str]], ...]:
    return (*_linked_to(operation, set(names)), *_implied(operation, set(names)))


def _implied(operation: Operation, names: set[str]) -> Iterator[tuple[Operation, Mapping[str, str]]]:
    """What `x-collection` implies for the path of the operation that reads one: its last parameter is the id of an item, and the others
    are those of the list itself.
    """
    for source in operation.spec.operations.values():
        collection = source.collection or {}
        reading = operation.spec.operations.get(str(collection.get("get", "")))
        if reading is None or reading.path != operation.path or source.id == operation.id or len(collection["id"]) != 1:
            continue
        around = {p.name for p in source.parameters if p.location == "path"}
        own = [p.name for p in reading.parameters if p.location == "path" and p.name not in around]
        if len(own) == 1 and names <= around | set(own):
            here = {own[0]: f"{collection['items']}/*{collection['id'][0]}"}
            yield source, {name: here.get(name, f"$request.path.{name}") for name in names}


def _linked_to(operation: Operation, names: set[str]) -> Iterator[tuple[Operation, Mapping[str, str]]]:
    for source in operation.spec.operations.values():
        if source.writes or source.id == operation.id:
            continue
        for answer in source.responses.values():
            for written in (answer.get("links") or {}).values():
                link = referenced(operation.spec.document, written)
                target = target_of(operation.spec, link)
                given = {
                    name.split(".")[-1]: _starred(expression)
                    for name, written in (link.get("parameters") or {}).items()
                    if (expression := expressions.alone(written)) is not None and expressions.understood(expression)
                }
                if target is not None and target.path == operation.path and names <= given.keys():
                    yield source, {name: given[name] for name in names}


def without_a_link(operation: Operation, names: set[str]) -> str:
    """Why no link gives values of these parameters: what keeps one that leads to the operation from being used, or that none has led to any."""
    for source in operation.spec.operations.values():
        for answer in source.responses.values():
            for name, written in (answer.get("links") or {}).items():
                link = referenced(operation.spec.document, written)
                target = target_of(operation.spec, link)
                if target is None or target.path != operation.path or source.id == operation.id:
                    continue
                told = {key.split(".")[-1]: value for key, value in (link.get("parameters") or {}).items()}
                for lacking in sorted(names - told.keys()):
                    return f"the link {name} of {source.id} gives no {lacking}"
                for expression in (told[one] for one in sorted(names) if not expressions.understood(told[one])):
                    return f"the link {name} of {source.id} has {expression}, which is no runtime expression"
    return "no link leads to one that the target has"


def far_along(operation: Operation) -> list[dict[str, Any]]:
    """How to narrow the lists that lead to an operation (`among` of `ready_many`) to things that were moved twice at least, since they are in a
    state as far from the first; of such things there are more parts to see than of new ones. First by the states of what a list shows, then
    by its filter, for they may be beyond its first page.
    """
    spec = operation.spec
    names = {p.name for p in operation.parameters if p.required and p.location in ("path", "query")}
    found: list[dict[str, Any]] = []
    for source, _ in links_to(operation, names) if names else ():
        name = next((name for name, recipe in spec.setup.items() if recipe.get("list") == source.id and "state" in recipe), None)
        if name is None:
            continue
        where = spec.setup[name]["state"]
        states = moved_twice(machine(spec, name))
        found.append({"where": {where: states}})
        sought = (p.name for p in source.filters if p.filter == {"match": "equals", "on": where})
        found += [{"query": {p: state}} for p in sought for state in states]
    return found


def target_of(spec: Spec, link: Mapping[str, Any]) -> Operation | None:
    """The operation that a link names: by its id, or by a reference to it in the document (OpenAPI, Link Object)."""
    if (name := link.get("operationId")) is not None:
        return spec.operations.get(name)
    where = str(link.get("operationRef", "")).partition("#")[2]
    parts = pointer.segments(unquote(where)) if where.startswith("/") else []
    if len(parts) != 3 or parts[0] != "paths":
        return None
    return next((one for one in spec.operations.values() if (one.path, one.method) == (parts[1], parts[2].upper())), None)


def _starred(expression: str) -> str:
    if not expression.startswith(_OF_BODY):
        return expression
    parts = pointer.segments(expression.removeprefix(_OF_BODY))
    return "".join("/" + ("*" if part.isdigit() else part) for part in parts)


def rows(source: Operation, answer: Exchange, document: Any, places: Mapping[str, str]) -> list[dict[str, Any]]:
    """The sets of values at these places of an answer, each once; those that are no scalars left out. `document` is its body, or what is left of it."""
    given = {name: expressions.value(source, where, answer) for name, where in places.items() if where.startswith("$")}
    if any(value is None or isinstance(value, dict | list) for value in given.values()):
        return []
    columns = {name: pointer.values(document, where) for name, where in places.items() if name not in given}
    told = (
        row
        for row in zip(*columns.values(), strict=False)
        if not any(value is None or isinstance(value, dict | list) for value in row)
    )
    sets = [{**given, **dict(zip(columns, row, strict=True))} for row in told] if columns else [dict(given)]
    return list({tuple(row.values()): row for row in sets}.values())


# ------------------------------------------------------------------------------------------ what an operation needs


def no_value(operation: Operation, wanted: Sequence[Parameter], why: str) -> str:
    """What is said where no value of these parameters was found, and why."""
    names = ", ".join(p.name if p.location in ("path", "query") else f"{p.name} (in: {p.location})" for p in wanted)
    return f"no value was found for {names} of {operation.id}: {why}; name some under [seed] in yance.toml"


def stated(operation: Operation, wanted: Sequence[Parameter]) -> list[dict[str, Any]]:
    """What the document itself states for query parameters, where it does for all of them. What a path names has to be there."""
    found = {p.name: sending.stated(operation, p) for p in wanted if p.location == "query"}
    return [found] if len(found) == len(wanted) and None not in found.values() else []


def alternatives(operation: Operation) -> list[Parameter]:
    """Parameters of which one is needed (`x-requires-one-of` on the operation), the first first."""
    names = operation.raw.get("x-requires-one-of") or ()
    return [p for name in names if (p := operation.parameter(name)) is not None]


def with_values(operation: Operation, values: Mapping[str, Any], actor: str | None) -> Request:
    """A request of the operation with these values of its path and query parameters."""
    path = {p.name: values[p.name] for p in operation.parameters if p.location == "path" and p.name in values}
    request = operation.request(path=path, actor=actor)
    for name, value in values.items():
        if name not in path and (p := operation.parameter(name)) is not None:
            request = sending.with_value(request, p, value)
    return request
