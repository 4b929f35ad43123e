"""What the checks of the protocol share: requests that would succeed, the same with a drawn input, and small readings of answers.

A probe changes one thing of a request that is otherwise complete, so that only that one thing can be the reason of the answer.
"""

from __future__ import annotations

import uuid
from collections.abc import Generator, Mapping, Sequence
from dataclasses import replace
from string import ascii_letters
from typing import Any

from conformance import given
from conformance.interface import contract
from conformance.interface.dialect import Dialect
from conformance.model import Answer, Ask, Draw, Exchange, Guise, Inputs, Operation, Parameter, Request, Script, Unmet
from conformance.text import fields, pointer

__all__ = [
    "BAD_TOKEN",
    "FOREIGN",
    "NOWHERE",
    "answered",
    "bad_credential",
    "complete",
    "directives",
    "drawn",
    "mistyped",
    "nowhere",
    "rekeyed",
    "sample",
    "steadily",
    "values_of",
    "vanished",
]

FOREIGN = ("text/plain", "text/csv", "text/markdown", "text/css", "text/html")  # media types of which no interface takes a body
BAD_TOKEN = "yance.malformed.token"  # noqa: S105 - well-formed as a header, issued by nobody
NOWHERE = "yance-none"  # an identifier that nothing has
NOBODYS = (
    NOWHERE,
    "7a9ce000-0000-4000-8000-7a9ce0000000",
    "2147483629",
    "yancenone",
    "YANCENONE",
    "yance_none",
    "7A9CE0",
)  # of other makes


def complete(operation: Operation, inputs: Inputs, dialect: Dialect, *, nth: int = 0) -> Generator[Ask, Answer, Request]:
    """A request that lacks nothing: parameters that exist, a valid body, a fresh key, the current entity tag."""
    spec = operation.spec
    for resource, recipe in spec.setup.items():
        if operation.id == recipe.get("create"):
            bodies = yield from given.bodies(spec, resource, inputs, dialect, nth=nth, most=1)
            if not bodies:
                raise Unmet(f"nothing was found to make a {resource} on")
            return given.creation(operation, bodies[0], inputs, actor="a", label=f"{resource}-complete-{nth}")
        if operation.id == recipe.get("update"):
            kinds = given.kinds_of(operation)
            made = yield from given.first_made(kinds, lambda kind: given.created(spec, kind, inputs, dialect, nth=nth))
            return given.change(spec, made, _members(operation, made.resource, made.representation), tag=made.tag)
    asked = yield from given.ready(operation, inputs, dialect)
    body = next((draw for draw in inputs.valid if draw.body is not None), None) if operation.bodies else None
    return drawn(asked, body) if body else asked


def _members(operation: Operation, resource: str, representation: Any) -> dict[str, Any]:
    """Members that an update may send now: those that end the resource where that is legal, else any legal move."""
    recipe: Mapping[str, Any] = operation.spec.setup[resource]
    if "amendments" in recipe:
        return dict(recipe["amendments"][0])
    if "state" not in recipe:
        return dict(recipe.get("change", {}))
    state = pointer.first(representation, recipe["state"])
    ending = recipe.get("cleanup", {})
    if state in ending.get("from", ()):
        return dict(ending["members"])
    for step in given.machine(operation.spec, resource)["transitions"]:
        if step["from"] == state and step.get("by", "client") == "client":
            return {pointer.segments(recipe["state"])[0]: step["to"]}
    raise Unmet(f"a {resource} in state {state} has no move that a client may make")


def drawn(request: Request, draw: Draw) -> Request:
    """The request with a drawn query and body; what the draw does not name stays as it is."""
    names = {name for name, _ in draw.query}
    kept = tuple(pair for pair in request.query if pair[0] not in names)
    found = replace(request, query=kept + draw.query)
    if draw.body is None:
        return found
    found = replace(found, body=draw.body)
    return found.with_header("Content-Type", draw.media_type) if draw.media_type else found


def rekeyed(request: Request, inputs: Inputs, label: str) -> Request:
    """The request under another idempotency key of the same make, if it has one."""
    named, fresh = request.header("Idempotency-Key"), inputs.key(label)
    if not named:
        return request
    return request.with_header(
        "Idempotency-Key", fresh if named.startswith(inputs.guise.mark) else str(uuid.uuid5(uuid.NAMESPACE_URL, fresh))
    )


def nowhere(operation: Operation, guise: Guise) -> Request:
    """A request of the operation whose path names something that nobody has; nothing can come to harm by it.

    The identifier is one that the document allows, where one of ours is.
    """
    return operation.request(
        path={p.name: _nobodys(operation, p.name, guise) for p in operation.parameters if p.location == "path"}
    )


def _nobodys(operation: Operation, name: str, guise: Guise) -> str:
    makes = NOBODYS if guise.plain else (NOWHERE, *(_other(one, guise) for one in NOBODYS[1:]))
    return next((one for one in makes if contract.parameter_accepts(operation, name, one, "path")), NOWHERE)


def _other(identifier: str, guise: Guise) -> str:
    """Another identifier of the same make; a number that 31 bits still hold."""
    if identifier.isdecimal():
        return str(guise.beyond(2_000_000_000, 2**31 - 1 - 2_000_000_000))
    return guise.spelt(identifier, apart_from="048" + ascii_letters) if any(map(str.isdigit, identifier)) else identifier


def bad_credential(request: Request) -> Request:
    """The request with a token that nobody issued."""
    return request.with_actor(None).with_header("Authorization", f"Bearer {BAD_TOKEN}")


def sample(parameter: Parameter) -> str | None:
    """A value that a query parameter accepts, from its examples or its schema; None when none can be told."""
    schema = parameter.schema
    offered = [*parameter.raw.get("x-example-values", ()), parameter.raw.get("example"), schema.get("default")]
    offered += [*schema.get("examples", ()), *schema.get("enum", ()), schema.get("const")]
    for value in offered:
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, str | int | float):
            return str(value)
    if schema.get("format") == "date-time":
        return "2025-01-01T00:00:00+08:00"
    simple = {"integer": str(schema.get("minimum", 1)), "number": str(schema.get("minimum", 1)), "boolean": "true"}
    return simple.get(str(schema.get("type")))


def answered(exchange: Exchange) -> bool:
    """Whether the answer speaks of the request: there is one, and it is not that the server is too busy or out of reach."""
    return exchange.response is not None and not exchange.turned_away


def mistyped(exchange: Exchange, names: Sequence[str], dialect: Dialect) -> bool:
    """Whether a problem document is of another type than those with these names; where none are given, or it is none, it is not."""
    return bool(names) and dialect.problem(exchange) is not None and dialect.problem_slug(exchange) not in names


def steadily(operation: Operation, spoilt: Request, plain: Request) -> Script:
    """The request; where it is answered 404 though its path named something, the plain one and the same once more: records come and go."""
    answer: Exchange = yield spoilt
    if answer.status == 404 and "{" in operation.path and not operation.writes:
        yield plain
        yield spoilt


def vanished(operation: Operation, trace: Sequence[Exchange], one: Exchange) -> bool:
    """Whether a 404 may only say that what the path names was not there at that moment.

    It says more where the same request was answered so before and after one that read it with success (`steadily`); of what writes,
    where it was read with success later.
    """
    asked = operation.spec.operations.get(one.request.operation, operation)
    if one.status != 404 or "{" not in asked.path:
        return False
    same = [place for place, other in enumerate(trace) if answered(other) and other.request == one.request]
    read = [place for place, other in enumerate(trace) if other.ok and other.request.path == one.request.path]
    if asked.writes:
        return not any(place > same[0] for place in read)
    return any(trace[place].status != 404 for place in same) or not any(same[0] < place < same[-1] for place in read)


def values_of(exchange: Exchange, name: str) -> str:
    """All values of a response header as one list (RFC 9110 section 5.3); empty when it is absent."""
    return fields.combined(exchange.response.values(name)) if exchange.response else ""


def directives(exchange: Exchange, name: str = "cache-control") -> frozenset[str]:
    """The directive names of a list-valued response header, lower-case, without their arguments."""
    return frozenset(fields.directives(values_of(exchange, name)))
