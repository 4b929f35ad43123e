"""What is answered: status codes, media types, header fields, bodies.

A status is compared with what the other version declares for it: exactly, by its range, or by default. Of a refusal that is new, a consumer
need only understand the class, if the class was declared before (RFC 9110 section 15). Header fields that are not known are ignored
(section 5.1); a media type is asked for by `Accept` (section 12.5.1), so a new one reaches nobody who does not.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from conformance.committee.changes import Answer, Change, Judgement, Witness
from conformance.committee.judging import COMPATIBLE, as_texts, request, response
from conformance.committee.members import notes
from conformance.interface.contract import declared
from conformance.interface.directions import RESPONSE
from conformance.interface.references import referenced
from conformance.interface.sets import ANYTHING, NOTHING, Values, member, values
from conformance.model import Operation, Spec

__all__ = ["answer_changes"]

Told = Mapping[str, Any] | None


def answer_changes(shown: str, old: Operation, new: Operation, *, sent: bool = False) -> Iterator[Change]:
    """The changes of answers. `sent`: the vendor is who asks, and its consumers answer."""
    for status in dict.fromkeys([*old.responses, *new.responses]):
        one, other = _declared(old, status), _declared(new, status)
        if one is None or other is None:
            yield _status(shown, status, old, added=one is None, sent=sent)
            continue
        pair = ((old, one), (new, other))
        yield from _headers(shown, status, *pair, sent=sent)
        yield from _contents(shown, status, *pair, sent=sent)


def _declared(operation: Operation, status: str) -> Told:
    """What an operation declares for a status, or for a range of them or for all others (`default`) by that very name."""
    if status in operation.responses:
        return operation.responses[status]
    return declared(operation, int(status)) if status.isdigit() else None


def _status(shown: str, status: str, old: Operation, *, added: bool, sent: bool) -> Change:
    shape = Witness({"status": status}, "new" if added else "old")
    new_one = Judgement(Answer.INCOMPATIBLE, "status-sent-now", shape)
    gone = Judgement(Answer.INCOMPATIBLE, "status-no-longer-sent", shape)
    class_known = status[:1] in "45" and any(known[:1] == status[:1] for known in old.responses)
    if sent:  # a consumer answers what it did; a vendor has to bear what is new
        consumer, vendor = (COMPATIBLE, new_one) if added else (gone, gone)
    elif added:
        consumer, vendor = (Judgement(Answer.COMPATIBLE, "class-known") if class_known else new_one), COMPATIBLE
    else:
        consumer, vendor = COMPATIBLE, gone
    return Change(shown, "status", status, "added" if added else "removed", consumer, vendor)


Side = tuple[Operation, Mapping[str, Any]]


def _headers(shown: str, status: str, old: Side, new: Side, *, sent: bool) -> Iterator[Change]:
    known = [_fields(*old), _fields(*new)]
    for name in dict.fromkeys([*known[0], *known[1]]):
        one, other = known[0].get(name), known[1].get(name)
        plain = tuple(_field(side[0].spec, name, told, read=False) for side, told in ((old, one), (new, other)))
        read = tuple(_field(side[0].spec, name, told, read=True) for side, told in ((old, one), (new, other)))
        consumer, vendor = (request if sent else response)(*plain, read=(read[0], read[1]), of=name)
        kind = "added" if one is None else "removed" if other is None else "changed"
        if kind == "added":
            consumer = vendor if sent else _IGNORED
        elif kind == "removed" and not sent:
            vendor = _IGNORED
        if kind != "changed" or (consumer, vendor) != (COMPATIBLE, COMPATIBLE):
            yield Change(shown, "header", f"{status} {name}", kind, consumer, vendor)


_IGNORED = Judgement(Answer.COMPATIBLE, "header-ignored")


def _fields(operation: Operation, answer: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    found: Mapping[str, Any] = answer.get("headers") or {}
    document = operation.spec.document
    return {
        name.lower(): referenced(document, one, f"{operation.id}/headers/{name}")
        for name, one in found.items()
        if name.lower() != "content-type"
    }


def _field(spec: Spec, name: str, told: Told, *, read: bool) -> Values:
    """Answers as objects with the field; without it where it is not declared."""
    if told is None:
        return member(name, NOTHING, required=False, others=True)
    schema = told.get("schema")
    inside = values(spec, schema, RESPONSE) if isinstance(schema, Mapping) else ANYTHING
    return member(name, as_texts(inside) if read else inside, required=told.get("required") is True, others=True)


def _contents(shown: str, status: str, old: Side, new: Side, *, sent: bool) -> Iterator[Change]:
    before: Mapping[str, Any] = old[1].get("content") or {}
    after: Mapping[str, Any] = new[1].get("content") or {}
    for media in dict.fromkeys([*before, *after]):
        place = f"{status} {media}"
        if media not in before or media not in after:
            yield _media(shown, place, media, added=media not in before, first=not before, sent=sent)
            continue
        one, other = (content[media].get("schema", True) for content in (before, after))
        first, second = (values(side[0].spec, schema, RESPONSE) for side, schema in ((old, one), (new, other)))
        consumer, vendor = (request if sent else response)(first, second)
        told = notes(old[0].spec, new[0].spec, one, other)
        if (consumer, vendor) != (COMPATIBLE, COMPATIBLE) or told:
            yield Change(shown, "answer", place, "changed", consumer, vendor, told)


def _media(shown: str, place: str, media: str, *, added: bool, first: bool, sent: bool) -> Change:
    """A media type of an answer that came or went. `first`: there was no body before."""
    shape = Witness({"Accept": media}, "new" if added else "old")
    if sent:
        vendor = Judgement(Answer.INCOMPATIBLE, "media-sent-now", shape)
        return Change(shown, "media", place, "added" if added else "removed", COMPATIBLE if added else vendor, vendor)
    gone = Judgement(Answer.INCOMPATIBLE, "media-no-longer-sent", shape)
    must = Judgement(Answer.INCOMPATIBLE, "body-sent-now", shape)
    if added:
        return Change(
            shown, "media", place, "added", Judgement(Answer.COMPATIBLE, "asked-by-accept"), must if first else COMPATIBLE
        )
    return Change(shown, "media", place, "removed", gone, gone)
