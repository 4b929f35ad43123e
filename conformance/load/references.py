"""What a set-up recipe or a row's `with` calls by name has to exist: operations, parameters, recipes, candidates, states.

A check reads its arguments only when it runs; a name that leads nowhere would end there in an error of the suite, or in a body that
the target rightly refuses. So names are looked up here, by the keys under which they stand, whatever the check.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from conformance.errors import nearest
from conformance.given import TEMPLATES
from conformance.interface.contract import body_members
from conformance.interface.references import MISSING, deref, find
from conformance.load.documents import Document
from conformance.model import Operation, Spec
from conformance.text import pointer

__all__ = ["refuse_dangling", "refuse_dangling_setup"]

_OPERATIONS = frozenset({"operation", "operations", "target", "listing", "places", "send"})
_PARAMETERS = frozenset({"by", "again", "parameter", "parameters", "within"})
_STATES = frozenset({"state", "lapsed"})
_POINTERS = frozenset({"member", "at", "start", "end", "price", "longitude", "latitude", "area", "number"})
_KEYED = frozenset({"where", "same"})  # mappings whose keys are pointers
_OF_TEMPLATES = ("found", "take", "lacking")  # pointers in a template
_OF_RECIPES = frozenset({"id", "listed", "state"})  # pointers, too, where they stand in a recipe itself
_SCHEMAS = frozenset({"if", "then", "schema", "when"})  # JSON Schemas: what stands in them is no name of ours


def refuse_dangling(spec: Spec, document: Document, where: str, arguments: Mapping[str, Any]) -> None:
    """Raises DataError for the first name in a row's `with` that stands for nothing in the spec."""
    _refuse(document, _dangling(spec, arguments, where))


def refuse_dangling_setup(spec: Spec, document: Document) -> None:
    """Raises DataError for the first name in the set-up recipes that stands for nothing in the spec."""
    for name, recipe in spec.setup.items():
        here = pointer.join("setup", name)
        told = [(f"{here}/{key}", recipe[key]) for key in ("create", "read", "update", "delete", "list") if key in recipe]
        _refuse(document, _unknown("operation", told, spec.operations))
        _refuse(document, _machine(spec, recipe, here))
        _refuse(document, _dangling(spec, recipe, here))


def _refuse(document: Document, wrong: Iterator[tuple[str, str]]) -> None:
    for where, said in wrong:
        raise document.wrong(where, said)


Named = Iterable[tuple[str, Any]]  # where it stands, the name


def _unknown(kind: str, told: Named, known: Iterable[str]) -> Iterator[tuple[str, str]]:
    offered = list(known)
    for where, name in told:
        if isinstance(name, str) and name not in offered:
            yield where, f"there is no {kind} {name!r}{nearest(name, offered)}"


def _dangling(spec: Spec, node: Any, here: str) -> Iterator[tuple[str, str]]:
    if isinstance(node, list):
        for index, member in enumerate(node):
            yield from _dangling(spec, member, f"{here}/{index}")
    elif isinstance(node, Mapping):
        for key, member in node.items():
            at = here + pointer.join(key)
            yield from _misnamed(spec, key, member, at)
            if key in ("body", "change"):
                yield from _body(spec, member, at)
            elif key not in _SCHEMAS:
                yield from _dangling(spec, member, at)


def _misnamed(spec: Spec, key: str, member: Any, at: str) -> Iterator[tuple[str, str]]:
    """What stands under a key that takes names, and is none: a name, the names of a list, or the keys of a mapping."""
    told: list[tuple[str, Any]] = [(at, member)]
    if isinstance(member, list):
        told = [(f"{at}/{index}", one) for index, one in enumerate(member)]
    elif isinstance(member, Mapping):
        told = [(at + pointer.join(name), name) for name in member]
    if key in _OPERATIONS and not isinstance(member, Mapping):
        yield from _unknown("operation", told, spec.operations)
    elif key in _PARAMETERS:
        yield from _unknown("parameter", told, {p.name for one in spec.operations.values() for p in one.parameters})
    elif key in _STATES and (known := _states(spec)) and not str(member).startswith("/"):
        yield from _unknown("state", told, known)
    elif key in _KEYED and isinstance(member, Mapping):
        yield from _no_pointers(told)
    elif key == "resource" or (key == "of" and isinstance(member, Mapping)):
        yield from _unknown("set-up recipe", [(where, name.partition(" ")[0]) for where, name in told], spec.setup)
    elif key in _POINTERS or (key in _OF_RECIPES and at.startswith("/setup") and at.count("/") == 3):
        yield from _no_pointers([] if isinstance(member, Mapping) else told)
    elif key in ("candidate", "candidates") and not at.startswith("/setup"):
        yield from _unknown("candidate", told, [c["name"] for r in spec.setup.values() for c in r["candidates"]])


def _no_pointers(told: Named) -> Iterator[tuple[str, str]]:
    for where, name in told:
        if isinstance(name, str) and name and not name.startswith("/"):
            yield where, f"{name!r} is no JSON Pointer; did you mean '/{name}'?"


# ------------------------------------------------------------------------------------------ bodies and states


def _body(spec: Spec, body: Any, here: str) -> Iterator[tuple[str, str]]:
    """A body is made of templates; `send` beside `read` is one, too. Its members are those of the creating operation's body."""
    if isinstance(body, Mapping) and "send" in body and body.keys() <= {"send", "read"}:
        yield from _body(spec, body["send"], f"{here}/send")
        yield from _templates(body.get("read"), f"{here}/read")
        return
    yield from _templates(body, here)
    own = pointer.segments(here)[1] if here.startswith("/setup/") else ""  # a recipe's body is one of its own creation
    recipes = [spec.setup[own]] if own in spec.setup else list(spec.setup.values())
    known = {name: member for recipe in recipes for name, member in _members(spec, recipe).items()}
    makers = [spec.operations[recipe["create"]] for recipe in spec.setup.values() if recipe.get("create") in spec.operations]
    paths = {f"{{{p.name}}}" for one in makers for p in one.parameters if p.location == "path"}
    for name, member in body.items() if isinstance(body, Mapping) else ():
        at = here + pointer.join(name)
        if name.startswith("{"):  # goes into the path
            yield from _unknown("path parameter of a creation", [(at, name)], paths)
            continue
        if not known:
            continue
        yield from _unknown("member", [(at, name)], known)
        kinds = known.get(name, {}).get("type", "object")
        if isinstance(member, Mapping) and not TEMPLATES.keys() & member.keys() and "object" not in kinds:
            for key in list(member)[:1]:
                yield at, f"there is no template {key!r}{nearest(key, TEMPLATES)} (known: {', '.join(TEMPLATES)})"


def _members(spec: Spec, recipe: Mapping[str, Any]) -> Mapping[str, Any]:
    """The members of a creating operation's body, if its schema is closed; else none are known."""
    operation: Operation | None = spec.operations.get(recipe.get("create", ""))
    whole, members = body_members(operation, operation.media_type) if operation else ({}, {})
    return members if whole.get("additionalProperties") is False else {}


def _templates(node: Any, here: str) -> Iterator[tuple[str, str]]:
    if isinstance(node, list):
        for index, member in enumerate(node):
            yield from _templates(member, f"{here}/{index}")
    if not isinstance(node, Mapping):
        return
    for name in TEMPLATES.keys() & node.keys():
        told = [(here + pointer.join(key), key) for key in node]
        yield from _unknown(f"member of the template {name!r}", told, TEMPLATES[name])
        yield from _no_pointers((here + pointer.join(key), node[key]) for key in _OF_TEMPLATES if key in node)
        if isinstance(where := node.get("where"), Mapping):
            yield from _no_pointers((here + pointer.join("where", key), key) for key in where)
        return
    for key, member in node.items():
        yield from _templates(member, here + pointer.join(key))


def _machine(spec: Spec, recipe: Mapping[str, Any], here: str) -> Iterator[tuple[str, str]]:
    if "schema" in recipe and find(spec.document, recipe["schema"]) is MISSING:
        schemas = [f"#/components/schemas/{name}" for name in spec.document.get("components", {}).get("schemas", {})]
        yield from _unknown("schema", [(f"{here}/schema", recipe["schema"])], schemas)
    elif "state" in recipe and not _states_of(spec, recipe):
        yield f"{here}/state", f"the schema of this recipe has no x-state-machine at {recipe['state']}"
    elif "cleanup" in recipe:
        told = [(f"{here}/cleanup/from/{index}", state) for index, state in enumerate(recipe["cleanup"]["from"])]
        yield from _unknown("state", told, _states_of(spec, recipe))


def _states(spec: Spec) -> list[str]:
    return [state for recipe in spec.setup.values() for state in _states_of(spec, recipe)]


def _states_of(spec: Spec, recipe: Mapping[str, Any]) -> list[str]:
    """The states of a recipe's resource, by the state machine of its schema."""
    members = deref(spec.document, {"$ref": recipe["schema"]}).get("properties", {}) if "schema" in recipe else {}
    name = (pointer.segments(recipe.get("state", "")) or [""])[0]
    machine = deref(spec.document, members.get(name, {})).get("x-state-machine", {})
    moves = [end for move in machine.get("transitions", ()) for end in (move["from"], move["to"])]
    return list(dict.fromkeys([*machine.get("initial", ()), *moves, *machine.get("terminal", ())]))
