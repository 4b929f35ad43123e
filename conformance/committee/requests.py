"""What is asked: parameters, by their place and name, and bodies, by their media type.

A parameter is judged with its absence: as objects that may have it or must. What travels as text is judged as text, so that a number that
becomes a string breaks nobody. A parameter that a version does not declare is one that it does not understand.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from conformance.committee.changes import Answer, Change, Judgement, Note, Witness
from conformance.committee.judging import COMPATIBLE, as_texts, request, response
from conformance.committee.members import notes
from conformance.interface.directions import REQUEST
from conformance.interface.references import referenced
from conformance.interface.sets import Values, member, values, values_of
from conformance.model import Operation, Parameter

__all__ = ["Asked", "asked", "body_changes", "parameter_changes"]

_NONE = values_of({"type": "object", "additionalProperties": False})
_BEARING = {"path": "simple", "header": "simple", "query": "form", "cookie": "form"}


def parameter_changes(shown: str, old: Operation, new: Operation, *, sent: bool = False) -> Iterator[Change]:
    """The changes of parameters. `sent`: the vendor is who asks, as in a callback."""
    known = [_keyed(old), _keyed(new)]
    for key in dict.fromkeys([*known[0], *known[1]]):
        yield from _parameter(shown, (old, known[0].get(key)), (new, known[1].get(key)), sent=sent)


def _keyed(operation: Operation) -> dict[str, Parameter]:
    """The parameters by place and name; those of the path by their position in it, since nobody sends their names."""
    found = {}
    for p in operation.parameters:
        name = p.name.lower() if p.location == "header" else p.name
        if p.location == "path":
            name = str(operation.path[: operation.path.find(f"{{{p.name}}}")].count("{") + 1)
        found[f"{p.location} {name}"] = p
    return found


Side = tuple[Operation, Parameter | None]


def _parameter(shown: str, old: Side, new: Side, *, sent: bool) -> Iterator[Change]:
    one, other = old[1], new[1]
    known = other or one
    assert known is not None  # the key came from one of the two
    place = f"{known.location} {known.name}"
    kind = "added" if one is None else "removed" if other is None else "changed"
    name = known.name
    plain = tuple(_object(operation, p, name, read=False) for operation, p in (old, new))
    read = tuple(_object(operation, p, name, read=True) for operation, p in (old, new))
    consumer, vendor = (response if sent else request)(*plain, read=(read[0], read[1]), of=name)
    told = notes(old[0].spec, new[0].spec, _schema(one), _schema(other)) if one and other else ()
    if (consumer, vendor) != (COMPATIBLE, COMPATIBLE) or kind != "changed" or told:
        yield Change(shown, "parameter", place, kind, consumer, vendor, told)
    if one is not None and other is not None:
        if _form(one) != _form(other) and _many(one, other):
            yield _meant_otherwise(shown, place, "style", _form(one), _form(other))
        defaults = one.schema.get("default"), other.schema.get("default")
        if defaults[0] != defaults[1] and not other.required:
            yield _meant_otherwise(shown, place, "default", *defaults)


def _meant_otherwise(shown: str, place: str, kind: str, old: Any, new: Any) -> Change:
    """The same request means something else to both: what its witness would be is every request."""
    broken = Judgement(Answer.INCOMPATIBLE, kind)
    return Change(shown, "parameter", place, kind, broken, broken, (Note("", kind, old, new),))


def _object(operation: Operation, p: Parameter | None, name: str, *, read: bool) -> Values:
    """Objects with the parameter as their only member; `read`: as a reader takes them, who sees texts."""
    if p is None:
        return _NONE
    inside = values(operation.spec, _schema(p), REQUEST)
    return member(name, as_texts(inside) if read and not p.raw.get("content") else inside, required=p.required, others=False)


def _schema(p: Parameter | None) -> Any:
    return {} if p is None else p.written


def _form(p: Parameter) -> str:
    """How a parameter's values of several parts are written."""
    style = p.raw.get("style", _BEARING[p.location])
    return "content" if p.raw.get("content") else f"{style}, {'exploded' if p.raw.get('explode', style == 'form') else 'joined'}"


def _many(*parameters: Parameter) -> bool:
    """Whether any of them has values of several parts, or travels as JSON: only then does its style matter."""
    return any(p.schema.get("type") in ("array", "object") or p.raw.get("content") for p in parameters)


# ------------------------------------------------------------------------------------------ the sets themselves


@dataclass(frozen=True)
class Asked:
    """A place in what is asked: the values that the old and the new version admit there, and those that a reader of either takes for such.

    Those of a parameter are objects with it as their only member; a body has no parameter and a media type.
    """

    place: str
    old: Values
    new: Values
    read: tuple[Values, Values]
    parameter: Parameter | None = None
    media_type: str = ""

    @property
    def name(self) -> str:
        """The name of the parameter; empty for a body."""
        return self.parameter.name if self.parameter is not None else ""


def asked(old: Operation, new: Operation) -> Iterator[Asked]:
    """The places in what is asked of an operation at which the two versions admit values by other schemas: parameters, then bodies."""
    known = [_keyed(old), _keyed(new)]
    for key in dict.fromkeys([*known[0], *known[1]]):
        one, other = known[0].get(key), known[1].get(key)
        p = other or one
        assert p is not None  # the key came from one of the two
        sides = ((old, one), (new, other))
        plain, read = ([_object(operation, side, p.name, read=taken) for operation, side in sides] for taken in (False, True))
        if plain[0] != plain[1]:
            yield Asked(f"{p.location} {p.name}", plain[0], plain[1], (read[0], read[1]), p)
    for media in [media for media in old.bodies if media in new.bodies]:
        first, second = (values(one.spec, one.bodies[media], REQUEST) for one in (old, new))
        if first != second:
            yield Asked(f"body {media}", first, second, (first, second), media_type=media)


# ------------------------------------------------------------------------------------------ bodies


def body_changes(shown: str, old: Operation, new: Operation, *, sent: bool = False) -> Iterator[Change]:
    """The changes of request bodies. `sent`: the vendor is who asks."""
    judge = response if sent else request
    for media in dict.fromkeys([*old.bodies, *new.bodies]):
        if media in old.bodies and media in new.bodies:
            first, second = (values(one.spec, one.bodies[media], REQUEST) for one in (old, new))
            consumer, vendor = judge(first, second)
            told = notes(old.spec, new.spec, old.bodies[media], new.bodies[media])
            if (consumer, vendor) != (COMPATIBLE, COMPATIBLE) or told:
                yield Change(shown, "body", media, "changed", consumer, vendor, told)
        else:
            yield _media(shown, media, added=media not in old.bodies, sent=sent)
    if old.bodies and new.bodies and _needed(old) != _needed(new):
        consumer, vendor = judge(*(_presence(_needed(one)) for one in (old, new)))
        yield Change(shown, "body", "", "required" if _needed(new) else "optional", consumer, vendor)
    elif bool(old.bodies) != bool(new.bodies) and _needed(old) != _needed(new):
        first, second = (_presence(_needed(one)) if one.bodies else _NONE for one in (old, new))
        consumer, vendor = judge(first, second)
        yield Change(shown, "body", "", "added" if new.bodies else "removed", consumer, vendor)


def _needed(operation: Operation) -> bool:
    body = referenced(operation.spec.document, operation.raw.get("requestBody") or {}, f"{operation.id}/requestBody")
    return body.get("required") is True


def _presence(needed: bool) -> Values:
    schema: Mapping[str, Any] = {"type": "object", "properties": {"body": {}}, "additionalProperties": False}
    return values_of({**schema, "required": ["body"]} if needed else schema)


def _media(shown: str, media: str, *, added: bool, sent: bool) -> Change:
    """A media type that is offered for a body, or no longer."""
    shape = Witness({"Content-Type": media}, "new" if added else "old")
    breaks = Judgement(Answer.INCOMPATIBLE, "media-sent-now" if sent else "media-accepted-now", shape)
    ends = Judgement(Answer.INCOMPATIBLE, "media-refused-now", shape)
    consumer = (breaks if sent else COMPATIBLE) if added else (COMPATIBLE if sent else ends)
    vendor = (COMPATIBLE if sent else breaks) if added else ends
    return Change(shown, "media", media, "added" if added else "removed", consumer, vendor)
