"""Exchange lines as this suite writes them, read by a compiled decoder.

Almost every line of an evidence file is an exchange in exactly the spelling of `strictjson.dense`. Such a line is decoded into the
shape that it must have and encoded again: when the same bytes come back, there was no second spelling, no repeated member and no
member that was not looked at, so the careful reading (`records.decode`) would give the same record. Of everything else `exchange`
says nothing, and the careful reading decides and explains.
"""

from __future__ import annotations

from typing import Annotated, Any, TypeVar

import msgspec

from conformance.model import Exchange, Pairs, Request, Response
from conformance.text import strictjson

__all__ = ["Glimpsed", "exchange", "glimpsed"]

_LARGEST = strictjson.LARGEST
_Whole = Annotated[int, msgspec.Meta(ge=-_LARGEST, le=_LARGEST)]
_Text = str | msgspec.UnsetType
Made = TypeVar("Made")


class _Asked(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    headers: Pairs
    method: str
    operation: str
    path: str
    query: Pairs
    body: _Text = msgspec.UNSET


class _Answered(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    body: str
    headers: Pairs
    size: _Whole
    status: _Whole
    truncated: bool


class _Line(msgspec.Struct, forbid_unknown_fields=True, gc=False, tag_field="kind", tag="exchange"):
    actor: str | None
    attributes: dict[str, Any]
    case: str
    elapsed: _Whole
    failure: str | None
    n: _Whole
    request: _Asked
    response: _Answered | None
    sentAt: _Whole  # noqa: N815 - the member's name in the line
    step: str
    baseUrl: _Text = msgspec.UNSET  # noqa: N815 - likewise


class _Named(msgspec.Struct, gc=False):
    operation: str


class _Came(msgspec.Struct, gc=False):
    size: _Whole
    status: _Whole


class _Facts(msgspec.Struct, gc=False):
    redactions: list[msgspec.Raw] = []


class Glimpsed(msgspec.Struct, gc=False, tag_field="kind", tag="exchange"):
    """What of an exchange line its place in the evidence is told by; all else in it is passed over."""

    attributes: _Facts
    case: str
    elapsed: _Whole
    n: _Whole
    request: _Named
    response: _Came | None
    sentAt: _Whole  # noqa: N815 - the member's name in the line
    baseUrl: _Text = msgspec.UNSET  # noqa: N815 - likewise


_glimpse = msgspec.json.Decoder(Glimpsed).decode
_decode = msgspec.json.Decoder(_Line).decode
_encode = msgspec.json.Encoder(order="sorted").encode


def exchange(line: bytes, base_url: str, *, known: bool = False) -> Exchange | None:
    """The exchange of a line that is spelt as this suite spells it; None for any other line, right or wrong. Where that is `known` elsewhere, it
    is not looked at.
    """
    try:
        read = _decode(line)
        if (not known and _encode(read) != line) or not strictjson.is_exact(read.attributes):
            return None
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None
    asked, answered = read.request, read.response
    body = None if asked.body is msgspec.UNSET else asked.body.encode()
    request = Request(asked.operation, asked.method, asked.path, asked.query, asked.headers, body, read.actor, read.step)
    response = None
    if answered is not None:
        response = _new(Response)
        response.__dict__.update(
            status=answered.status,
            headers=answered.headers,
            body=answered.body.encode(),
            truncated=answered.truncated,
            size=answered.size,
        )
    found = _new(Exchange)
    found.__dict__.update(
        number=read.n,
        case=read.case,
        request=request,
        response=response,
        failure=read.failure,
        base_url=base_url if read.baseUrl is msgspec.UNSET else read.baseUrl,
        sent_at=read.sentAt,
        elapsed=read.elapsed,
        attributes=read.attributes,
    )
    return found


def glimpsed(line: bytes) -> Glimpsed | None:
    """What an exchange line says of its place; None for a line of another kind, and for one of a form that no suite writes."""
    try:
        return _glimpse(line)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None


def _new(kind: type[Made]) -> Made:
    """One of a kind whose members are set at once: a frozen dataclass sets them one after another, which costs as much as decoding them."""
    return object.__new__(kind)
