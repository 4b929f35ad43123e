"""Whether a recorded request is the one that a script asks for, where recording took something away.

Nearly all are equal as they stand. Of the rest, what a request cannot carry (half a character) reads as U+FFFD, and what redaction
replaced is compared by what it was replaced with: the policy is applied to what the script asks, and then pseudonyms count by their
kind. A script that is handed recorded answers may hold a pseudonym where it held a value; such a pseudonym stands for any text.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from enum import StrEnum
from urllib.parse import unquote

from conformance.model import Exchange, Pairs, Request, Spec
from conformance.redaction import PSEUDONYM, Redactor

__all__ = ["Likeness", "alike", "hides", "spoken"]

WITHHELD = "withheld"
_KIND = re.compile(PSEUDONYM.pattern.replace("(?:", "(", 1))  # with the kind as its group
_ANYTHING = "(?s:.+)"


class Likeness(StrEnum):
    """How far a recorded request is the one that was asked for."""

    SAME = "same"
    SHAPE = "shape"  # the same question with other values
    NONE = "none"


def hides(exchange: Exchange) -> bool:
    """Whether what a script was handed is not what was recorded: an answer, or a delivery, of which something was redacted."""
    if exchange.failure == WITHHELD:
        return True
    marks = exchange.attributes.get("redactions", ())
    return any(exchange.is_delivery or not str(one.get("where", "")).startswith("/request") for one in marks)


def spoken(text: str) -> str:
    """A text with each pseudonym as its kind alone: two runs of one redaction have other pseudonyms of the same value."""
    return _KIND.sub(r"«\1»", text) if "«" in text else text


def alike(asked: Request, exchange: Exchange, before: Iterable[Exchange], spec: Spec) -> Likeness:
    """How far the request of an exchange is the one that was asked for. `before` are the exchanges that the script was handed."""
    recorded = exchange.request
    if asked == recorded:
        return Likeness.SAME
    if exchange.failure == WITHHELD:
        return _of((asked.operation, asked.method, asked.actor) == (recorded.operation, recorded.method, recorded.actor))
    if (asked.operation, asked.method, asked.actor) != (recorded.operation, recorded.method, recorded.actor):
        return Likeness.NONE
    ours, theirs = list(_texts(_whole(asked))), list(_texts(recorded))
    if ours == theirs:
        return Likeness.SAME
    known = frozenset[str]().union(*(one.pseudonyms for one in before))
    if exchange.attributes.get("redactions") or known:
        made = _redacted(_whole(asked), exchange, spec)
        ours = list(_texts(made.request))
        fits = len(ours) == len(theirs) and all(_fits(one, other, known) for one, other in zip(ours, theirs, strict=True))
        if fits and (known or _marks(made) == _marks(exchange)):
            return Likeness.SAME
    return Likeness.SHAPE if _shape(asked) == _shape(recorded) else Likeness.NONE


def _of(same: bool) -> Likeness:
    return Likeness.SAME if same else Likeness.NONE


def _texts(request: Request) -> Iterator[str]:
    """All that a request says, in an order of its own: names and values apart, the body byte for byte."""
    yield from (
        request.path,
        request.step,
        "no body" if request.body is None else "body",
        f"{len(request.query)} {len(request.headers)}",
    )
    for pairs in (request.query, request.headers):
        for pair in pairs:
            yield from pair
    yield (request.body or b"").decode("latin-1")


def _whole(request: Request) -> Request:
    """The request as a line of evidence can hold it: half a character is U+FFFD."""

    def whole(text: str) -> str:
        return text if text.isascii() else text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")

    def all_whole(pairs: Pairs) -> Pairs:
        return tuple((whole(name), whole(value)) for name, value in pairs)

    query, headers = all_whole(request.query), all_whole(request.headers)
    return replace(request, path=whole(request.path), query=query, headers=headers, step=whole(request.step))


def _redacted(request: Request, exchange: Exchange, spec: Spec) -> Exchange:
    """The request under the policy, and under that of the run for headers in which credentials went that no policy knows."""
    declared = {p.name.lower() for one in spec.operations.values() for p in one.parameters if p.location == "header"}
    marks = (str(one.get("where", "")) for one in exchange.attributes.get("redactions", ()))
    hidden = {where.rpartition("/")[2] for where in marks if where.startswith("/request/headers/")} - declared
    asked = replace(exchange, request=request, response=None, failure=None, attributes={})
    return Redactor({}, headers=hidden).exchange(asked)


def _marks(exchange: Exchange) -> list[tuple[object, ...]]:
    """What was redacted in a request, where, and of which make: all but whose pseudonym it is."""
    marks = exchange.attributes.get("redactions", ())
    asked = (one for one in marks if str(one.get("where", "")).startswith("/request"))
    return [tuple(one.get(name) for name in ("where", "kind", "type", "length", "class")) for one in asked]


def _fits(ours: str, theirs: str, known: frozenset[str]) -> bool:
    """Whether two texts are the same but for pseudonyms. `known` ones stand for whatever the script really had there."""
    if ours == theirs:
        return True
    ours, theirs = _legible(ours), _legible(theirs)
    if spoken(ours) == spoken(theirs):
        return True
    held = [one for one in known if one in ours]
    if not held:
        return False
    parts = re.split("|".join(map(re.escape, held)), ours)
    return re.fullmatch(_ANYTHING.join(re.escape(spoken(part)) for part in parts), spoken(theirs)) is not None


def _legible(text: str) -> str:
    """A text in which pseudonyms can be read: percent-encoding and the bytes of a body hide them."""
    with contextlib.suppress(UnicodeError):
        text = text.encode("latin-1").decode("utf-8")
    return unquote(text) if "%C2%AB" in text else text


def _shape(request: Request) -> tuple[object, ...]:
    """What a request asks, without the values in it."""
    names = (tuple(name for name, _ in request.query), tuple(name for name, _ in request.headers))
    return (request.path.count("/"), *names, request.body is None)
