"""What a drawing engine is given of an operation: a document with that one operation, and with what its references lead to.

How a value travels is our business, not the engine's: an object, and the value of a form, is drawn as JSON. Cursors and header parameters
are not drawn. Two operations that ask for the same (`shape`) are given the same inputs, so these are drawn once.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import unquote

from conformance.interface.forms import is_form
from conformance.interface.references import objects, path_item
from conformance.interface.sending import structured
from conformance.model import Operation, Parameter, Spec
from conformance.plan.patterns import readable
from conformance.plan.small import MOST, small_enough, unfolded
from conformance.text import pointer
from conformance.text.media import is_json

__all__ = ["drawable", "drawable_bodies", "portion", "shape", "weight"]

_NAMING = ("$id", "$anchor", "$dynamicAnchor", "$dynamicRef")
_UNUSED = ("servers", "security", "webhooks", "tags")  # whatever is wrong in them, nothing is drawn from it
_HEAD = ("openapi", "info", "jsonSchemaDialect")
_TOLD = ("description", "example", "examples", "deprecated")  # of a parameter: nothing is drawn from them


def drawable(operation: Operation, media: str) -> Any:
    """The document with this operation alone, without what is not to be drawn: cursors, header parameters, what is too large."""
    document = operation.spec.document
    raw = {
        name: value
        for name, value in _raw(operation).items()
        if name not in ("parameters", "responses", "callbacks", "operationId", "security", "servers")
    }
    raw["responses"] = {"default": {"description": ""}}
    raw["parameters"] = [
        {"name": p.name, "in": p.location, "required": p.required, **_parameter(document, p)} for p in _drawn(operation)
    ]
    bodies = drawable_bodies(operation)
    if bodies and (bodies != operation.bodies or len(bodies) > 1 or is_form(media)):
        raw["requestBody"] = {
            "required": True,
            "content": {"application/json" if is_form(media) else media: {"schema": bodies[media]}},
        }
    head = {name: document[name] for name in _HEAD if name in document}
    whole = {**head, "paths": {operation.path: {operation.method.lower(): raw}}, **_reached(document, raw)}
    return readable(json.loads(json.dumps(whole)))


def drawable_bodies(operation: Operation) -> Mapping[str, Any] | None:
    """The schemas of the bodies that can be drawn, as the engine is given them; None when there are some, but none that is JSON or a form
    and small enough.
    """
    readable_ones = {media: one for media, one in operation.bodies.items() if is_json(media) or is_form(media)}
    small = {media: small_enough(operation.spec.document, one) for media, one in readable_ones.items()}
    found = {media: one for media, one in small.items() if one is not None}
    return found if found or not operation.bodies else None


def shape(operation: Operation) -> list[Any]:
    """What decides the inputs of an operation, beside the document: its parameters and bodies, as they are written."""
    parameters = [
        [p.name, p.location, p.required, {name: one for name, one in p.raw.items() if name not in _TOLD}]
        for p in _drawn(operation)
    ]
    return [parameters, _raw(operation).get("requestBody") if operation.bodies else None]


def weight(operation: Operation) -> int:
    """How many schemas there are in what is drawn of an operation, or the most that an engine is given of each where there are more."""
    document = operation.spec.document
    schemas = [dict(p.schema) for p in _drawn(operation)] + list(operation.bodies.values())
    return sum(unfolded(document, one) for one in schemas)


def portion(spec: Spec, names: Iterable[str]) -> Spec:
    """A spec of these operations alone, with what is drawn of them and nothing else: as small as it can be handed to another process."""
    items: dict[str, dict[str, Any]] = {}
    operations: dict[str, Operation] = {}
    asked = [spec.operations[name] for name in names]
    for one in asked:
        raw = {key: value for key, value in _raw(one).items() if key not in ("parameters", "responses", "callbacks")}
        items.setdefault(one.path, {})[one.method.lower()] = raw
    parameters = [dict(p.raw) for one in asked for p in one.parameters]
    head = {name: spec.document[name] for name in _HEAD if name in spec.document}
    content = {**head, "paths": items, **_reached(spec.document, {"paths": items, "parameters": parameters})}
    made = replace(spec, document=content, operations=operations, setup={}, requirements=[], earlier=None)
    for one in asked:
        operations[one.id] = replace(one, spec=made, responses={}, raw=items[one.path][one.method.lower()])
    return made


def _raw(operation: Operation) -> Mapping[str, Any]:
    """The operation as the document has it."""
    document = operation.spec.document
    found: Mapping[str, Any] = path_item(document, document["paths"][operation.path])[operation.method.lower()]
    return found


def _drawn(operation: Operation) -> list[Parameter]:
    return [p for p in operation.parameters if p.location in ("path", "query") and p.paging != "cursor"]


def _parameter(document: Mapping[str, Any], p: Parameter) -> dict[str, Any]:
    """What the engine is told of the values of a parameter. Of an object that names its members, only these are drawn."""
    small = small_enough(document, dict(p.schema)) or {}
    if not structured(p) or (p.schema.get("type") == "array" and not p.raw.get("content")):
        return {"schema": small}
    if "properties" in small:
        small = {"additionalProperties": False, **small}
    return {"content": {"application/json": {"schema": small}}}


# ------------------------------------------------------------------------------------------ what its references lead to


def _reached(document: Mapping[str, Any], raw: Any) -> dict[str, Any]:
    """The members of a document that an operation's references lead to: of `components` those that are met, of anything else the whole.

    Where schemas are referred to by names of their own (`$id`, an anchor), everything is. Nothing is drawn of what only a mapping names: no more
    than `MOST` members come by it, so that a discriminator does not bring along a document's thousand kinds of things.
    """
    left, met = [(raw, "")], dict[tuple[str, ...], None]()
    while left:
        for kind, text in _references(*left.pop()):
            place = _place(document, text) if kind in ("$ref", "mapping") else None
            if place is None:
                return {name: one for name, one in document.items() if name not in (*_HEAD, "paths", *_UNUSED)}
            if place and place not in met and (kind != "mapping" or len(met) < MOST):
                met[place] = None
                left.append((_at(document, place), place[1] if len(place) > 1 else ""))
    found: dict[str, Any] = {}
    for name, member in document.items():
        if name == "components":
            found[name] = {
                section: {key: one for key, one in entries.items() if (name, section, key) in met}
                for section, entries in member.items()
                if isinstance(entries, Mapping) and any((name, section, key) in met for key in entries)
            }
        elif (name,) in met:
            found[name] = member
    return found


def _place(document: Mapping[str, Any], ref: str) -> tuple[str, ...] | None:
    """Which member of the document a reference needs: one of a section of `components`, or of the document; none of `paths`; None for
    a reference that is no pointer.
    """
    if not ref.startswith("#/"):
        return None
    steps = pointer.segments(unquote(ref[1:]))
    if steps[0] != "components":
        return () if steps[0] == "paths" or steps[0] not in document else (steps[0],)
    here = tuple(steps[:3])
    return here if len(here) == 3 and _at(document, here) is not None else ()


def _at(document: Any, place: tuple[str, ...]) -> Any:
    for step in place:
        document = document.get(step) if isinstance(document, Mapping) else None
    return document


def _references(part: Any, kind: str) -> Iterator[tuple[str, str]]:
    """Every reference in a part of a document, as `("$ref", text)`; what names a schema or refers to a name, as it is called; and what the
    mapping of a discriminator says, as `("mapping", text)`. A `$ref` in an example is none.
    """
    for _, one, _ in objects(part, kind):
        for key in ("$ref", *_NAMING):
            if isinstance(text := one.get(key), str):
                yield key, text
        discriminator = one.get("discriminator")
        mapping = discriminator.get("mapping") if isinstance(discriminator, Mapping) else None
        for text in mapping.values() if isinstance(mapping, Mapping) else ():
            if isinstance(text, str):
                yield "mapping", _mapped(text)


def _mapped(text: str) -> str:
    """What the mapping of a discriminator says, a name or a reference, as a reference."""
    return text if "#" in text or "/" in text else f"#/components/schemas/{text}"
