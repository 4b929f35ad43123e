"""The life of a resource that a script made: read, changed, moved through its states, cleaned up."""

from __future__ import annotations

import uuid
import zlib
from collections.abc import Generator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import unquote

from conformance.given.naming import id_of
from conformance.interface import bodies, contract, sending
from conformance.interface.references import deref
from conformance.model import Answer, Ask, Exchange, Inputs, Operation, Request, Spec, Unmet, json_bytes
from conformance.text import pointer

__all__ = [
    "Created",
    "came_of",
    "change",
    "changed",
    "clean_up",
    "creation",
    "deletion",
    "machine",
    "made",
    "move",
    "moved_twice",
    "onward",
    "read",
    "retag",
    "shown",
    "with_document",
]


@dataclass(frozen=True)
class Created:
    """A resource that a script made: its id, its latest representation and entity tag, and who owns it. `path` are the values of the path
    parameters under which it is found, its own and those of what it lies in.
    """

    resource: str
    id: str
    representation: Any
    tag: str | None
    actor: str | None
    exchange: Exchange
    request: Request
    path: Mapping[str, str] = field(default_factory=dict)


def made(spec: Spec, resource: str, exchange: Exchange) -> Created:
    """What a creating or updating exchange says of the resource. Raises Unmet when it names no id."""
    recipe, request = spec.setup[resource], exchange.request
    identifier = id_of(recipe, exchange)
    if identifier is None:
        raise Unmet(f"the answer {exchange.status} names no {recipe['id']}, and no Location")
    operation = spec.operations.get(request.operation)
    path = {name: unquote(text) for name, text in sending.path_values(operation, request.path).items()} if operation else {}
    path |= {recipe["parameter"]: identifier} if "parameter" in recipe else {}
    return Created(resource, identifier, exchange.json, exchange.header("etag"), request.actor, exchange, request, path)


def shown(spec: Spec, one: Created) -> Generator[Ask, Answer, Created]:
    """The same resource with its representation: read where its creation did not show it."""
    if one.representation is not None or "read" not in spec.setup[one.resource]:
        return one
    answer: Exchange = yield read(spec, one)
    return replace(one, representation=answer.json, tag=answer.header("etag")) if answer.ok else one


def creation(operation: Operation, body: Mapping[str, Any], inputs: Inputs, *, actor: str | None, label: str) -> Request:
    """The creating request for a body, with a fresh idempotency key where the operation takes one. A member of a body that is named
    `{parameter}` goes into the path.

    The key is bound to the run (`Inputs.key`) and to the body, which may be another when what it stands on is.
    """
    key = inputs.key(f"{label}-{zlib.crc32(json_bytes(dict(body))):08x}")
    headers = {"Idempotency-Key": _fitting(operation, key)} if operation.parameter("Idempotency-Key", "header") else {}
    path = {name[1:-1]: value for name, value in body.items() if name.startswith("{")}
    return with_document(operation, operation.request(path=path, headers=headers, actor=actor), body)


def with_document(operation: Operation, request: Request, document: Any) -> Request:
    """The request with another document as its body, in the form that the operation takes; members that go into the path are left out.
    Raises Unmet where it cannot be put so.
    """
    sent = document
    if isinstance(document, Mapping):
        sent = {name: value for name, value in document.items() if not name.startswith("{")}
    found = bodies.carrying(operation, request, sent)
    if found is None:
        raise Unmet(f"the body for {operation.id} cannot be sent as {operation.media_type}")
    return found


def _fitting(operation: Operation, key: str) -> str:
    """An idempotency key of the make that the document asks for: as it is, or as a UUID made of it."""
    forms = (key, str(uuid.uuid5(uuid.NAMESPACE_URL, key)))
    return next((one for one in forms if contract.parameter_accepts(operation, "Idempotency-Key", one, "header")), key)


def read(spec: Spec, resource: Created, *, actor: str | None = "default", step: str = "given: read") -> Request:
    """The request that reads a made resource."""
    recipe = spec.setup[resource.resource]
    who = resource.actor if actor == "default" else actor
    return spec.operations[recipe["read"]].request(path=resource.path, actor=who, step=step)


def change(
    spec: Spec, resource: Created, members: Mapping[str, Any], *, tag: str | None, actor: str | None = "default", step: str = ""
) -> Request:
    """The request that changes members of a made resource under an entity tag (None: without If-Match)."""
    recipe = spec.setup[resource.resource]
    who = resource.actor if actor == "default" else actor
    operation = spec.operations[recipe["update"]]
    headers = {"If-Match": tag} if tag else {}
    asked = operation.request(path=resource.path, headers=headers, actor=who, step=step)
    return with_document(operation, asked, changed(spec, resource, members))


def changed(spec: Spec, resource: Created, members: Mapping[str, Any]) -> dict[str, Any]:
    """The body that changes these members: they alone in a patch; where the whole is replaced (PUT), all that a client may send."""
    operation = spec.operations[spec.setup[resource.resource]["update"]]
    if operation.method != "PUT" or not isinstance(resource.representation, Mapping):
        return dict(members)
    schema = operation.bodies.get(operation.media_type, {})
    kept = dict(_known(spec.document, schema, resource.representation))  # what is read is shared by all who read it
    named = pointer.segments(spec.setup[resource.resource]["id"])
    if len(named) == 1 and not _demanded(spec.document, schema, named[0]):
        kept.pop(named[0], None)  # the path says it
    return {**kept, **members}


def _demanded(document: Mapping[str, Any], schema: Any, name: str) -> bool:
    """Whether a body has to have a member, by its schema or a part of it."""
    found = deref(document, schema)
    return name in found.get("required", ()) or any(_demanded(document, part, name) for part in found.get("allOf", ()))


def _known(document: Mapping[str, Any], schema: Any, value: Any) -> Any:
    """What a schema declares of a value: where an object is closed, without the members that it does not list."""
    found = deref(document, schema)
    if isinstance(value, Mapping) and found.get("additionalProperties") is False:
        properties = found.get("properties", {})
        return {name: _known(document, properties[name], member) for name, member in value.items() if name in properties}
    if isinstance(value, list) and "items" in found:
        return [_known(document, found["items"], member) for member in value]
    return value


def retag(spec: Spec, resource: Created) -> Generator[Ask, Answer, Created]:
    """The same resource as it is now: read again, with its present entity tag."""
    exchange: Exchange = yield read(spec, resource)
    if not exchange.ok:
        raise Unmet(f"reading {resource.resource} {resource.id} answered {exchange.status or exchange.failure}")
    return replace(resource, representation=exchange.json, tag=exchange.header("etag"), exchange=exchange)


def move(spec: Spec, resource: Created, state: str, *, step: str = "given: move") -> Generator[Ask, Answer, Created]:
    """Bring a made resource into a state by the legal client moves of its state machine, the shortest way."""
    recipe = spec.setup[resource.resource]
    where = recipe["state"]
    for target in _route(machine(spec, resource.resource), str(pointer.first(resource.representation, where)), state):
        fresh = yield from retag(spec, resource)
        members = {pointer.segments(where)[0]: target}
        exchange: Exchange = yield change(spec, fresh, members, tag=fresh.tag, step=step)
        moved = yield from came_of(spec, fresh, members, exchange)
        if moved is None:
            raise Unmet(f"moving {resource.resource} to {target} answered {exchange.status or exchange.failure}")
        resource = moved
    return resource


def came_of(
    spec: Spec, resource: Created, members: Mapping[str, Any], exchange: Exchange
) -> Generator[Ask, Answer, Created | None]:
    """The resource after a change of these members: as the answer shows it, or, where that was lost on its way, as it reads if it has them;
    None when it was not changed.
    """
    if exchange.ok:
        return replace(resource, representation=exchange.json, tag=exchange.header("etag"), exchange=exchange)
    if not exchange.unsettled:
        return None
    now = yield from retag(spec, resource)
    shown = now.representation if isinstance(now.representation, Mapping) else {}
    return now if all(shown.get(name) == value for name, value in members.items()) else None


def machine(spec: Spec, resource: str) -> Mapping[str, Any]:
    """The state machine of a resource: the `x-state-machine` of the schema property that its recipe names."""
    recipe = spec.setup[resource]
    schema = deref(spec.document, {"$ref": recipe["schema"]})
    prop = deref(spec.document, schema["properties"][pointer.segments(recipe["state"])[0]])
    found: Mapping[str, Any] = prop["x-state-machine"]
    return found


def moved_twice(states: Mapping[str, Any]) -> list[str]:
    """The states of a machine to which no single move leads from a first one, in the order in which they are named."""
    first = set(states["initial"])
    near = first | {step["to"] for step in states["transitions"] if step["from"] in first}
    return list(dict.fromkeys(step["to"] for step in states["transitions"] if step["to"] not in near))


def _route(states: Mapping[str, Any], start: str, goal: str) -> list[str]:
    """The client moves from `start` to `goal`, breadth first. Raises Unmet when there is no way."""
    frontier: list[list[str]] = [[start]]
    seen = {start}
    while frontier:
        way = frontier.pop(0)
        if way[-1] == goal:
            return way[1:]
        for step in states["transitions"]:
            if step["from"] == way[-1] and step.get("by", "client") == "client" and step["to"] not in seen:
                seen.add(step["to"])
                frontier.append([*way, step["to"]])
    raise Unmet(f"no client move leads from {start} to {goal}")


def deletion(spec: Spec, one: Created, *, tag: str | None, step: str) -> Request:
    """The request that deletes a made resource, under an entity tag where the operation takes one. Raises KeyError without a `delete`."""
    operation = spec.operations[spec.setup[one.resource]["delete"]]
    conditional = tag is not None and operation.parameter("If-Match", "header") is not None
    headers = {"If-Match": tag} if conditional and tag else {}
    return operation.request(path=one.path, headers=headers, actor=one.actor, step=step)


def clean_up(spec: Spec, trace: list[Exchange]) -> Generator[Ask, Answer, None]:
    """Undo what a trace created, the last first, where the interface allows: each resource goes to its recipe's `cleanup` members, or is deleted."""
    for one in reversed(_left(spec, trace)):
        recipe = spec.setup[one.resource]
        if "cleanup" in recipe:
            now: Exchange = yield read(spec, one, step="cleanup: read")
            state = pointer.first(now.json, recipe["state"]) if now.ok else None
            if state in recipe["cleanup"]["from"]:
                yield change(spec, one, recipe["cleanup"]["members"], tag=now.header("etag"), step="cleanup: undo")
        else:
            yield deletion(spec, one, tag="*", step="cleanup: undo")


def _left(spec: Spec, trace: list[Exchange]) -> list[Created]:
    """What a trace made by recipes that say how it is undone, and did not delete since, each once; an address may be given anew."""
    undone = {
        name: recipe["create"]
        for name, recipe in spec.setup.items()
        if "create" in recipe and {"cleanup", "delete"} & recipe.keys()
    }
    found: dict[tuple[str, str], Created] = {}
    for exchange in trace:
        if exchange.ok and exchange.request.method == "DELETE":
            asked = exchange.request.operation, exchange.request.path
            found = {key: one for key, one in found.items() if _deleting(spec, one) != asked}
        for resource in (name for name, create in undone.items() if create == exchange.request.operation):
            if exchange.status in (200, 201) and id_of(spec.setup[resource], exchange) is not None:
                one = made(spec, resource, exchange)
                found.setdefault((undone[resource], one.id), one)  # several recipes may be of one creation
    return list(found.values())


def _deleting(spec: Spec, one: Created) -> tuple[str, str]:
    """The operation and path by which a resource is deleted; of one that nothing deletes, none."""
    if "delete" not in spec.setup[one.resource]:
        return "", ""
    request = deletion(spec, one, tag=None, step="")
    return request.operation, request.path


def onward(spec: Spec, one: Created, states: list[str]) -> str | None:
    """Another one of these states to which the client can move the resource in one step."""
    here = pointer.first(one.representation, spec.setup[one.resource]["state"])
    steps = machine(spec, one.resource)["transitions"]
    reached = (s["to"] for s in steps if s["from"] == here and s.get("by", "client") == "client")
    return next((state for state in reached if state in states), None)
