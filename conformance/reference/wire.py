"""The words of a request and its answer: operations, parameters, calls and answers, and how parameter text is read.

An operation is a method of a server class marked with `@operation`; its operationId is the method's name in camel case.
A parameter's `parse` raises ValueError for text outside its schema; `expects` then tells the client what was expected.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache
from typing import Any, TypeVar

from conformance.reference.instants import parse_instant
from conformance.reference.problems import Text

__all__ = [
    "CURSOR",
    "LIMIT",
    "Answer",
    "Box",
    "Call",
    "Json",
    "Operation",
    "Parameter",
    "acceptable",
    "box",
    "choice",
    "flag",
    "instant",
    "integer",
    "number",
    "operation",
    "prefers_english",
    "text",
]

_BOX = re.compile(r"-?[0-9]{1,3}(\.[0-9]{1,15})?(,-?[0-9]{1,3}(\.[0-9]{1,15})?){3}")
Json = dict[str, Any]
Box = tuple[float, float, float, float]
Handler = TypeVar("Handler", bound=Callable[..., Any])


@dataclass(frozen=True)
class Parameter:
    """One query parameter: its name, how its text is read, and what is expected of it."""

    name: str
    parse: Callable[[str], object]
    expects: Text


@dataclass(frozen=True)
class Operation:
    """One operation: `find` names the method that looks its resource up; `scope` is None when it is public."""

    id: str
    handler: str
    method: str
    path: str
    scope: str | None = None
    find: str | None = None
    query: tuple[Parameter, ...] = ()
    takes: str | None = None
    idempotent_key: bool = False

    @property
    def public(self) -> bool:
        """Whether the operation works without credentials."""
        return self.scope is None


@dataclass(frozen=True)
class Call:
    """A request that was admitted: everything that its handler may look at."""

    operation: Operation
    path: Mapping[str, str]
    sent: Mapping[str, str]
    query: Mapping[str, Any]
    headers: Mapping[str, str]
    base: str
    url_path: str
    tenant: str
    now: Fraction
    body: Any = None
    found: Any = None


@dataclass(frozen=True)
class Answer:
    """What a handler answers with. `body` None means that there is none."""

    status: int
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    media_type: str = "application/json"


def operation(
    method: str,
    path: str,
    *,
    scope: str | None = None,
    find: str | None = None,
    query: tuple[Parameter, ...] = (),
    takes: str | None = None,
    idempotent_key: bool = False,
) -> Callable[[Handler], Handler]:
    """Marks a method of a server class as the handler of an operation."""

    def mark(handler: Handler) -> Handler:
        name = handler.__name__
        first, *others = name.split("_")
        identifier = first + "".join(part.title() for part in others)
        known = Operation(identifier, name, method, path, scope, find, query, takes, idempotent_key)
        handler.operation = known  # type: ignore[attr-defined]
        return handler

    return mark


def integer(name: str, low: int, high: int) -> Parameter:
    """A parameter that is a whole number from `low` to `high`."""

    def parse(sent: str) -> int:
        if not re.fullmatch(r"-?(0|[1-9][0-9]{0,17})", sent) or not low <= int(sent) <= high:
            raise ValueError(name)
        return int(sent)

    return Parameter(name, parse, (f"須為 {low} 至 {high} 的整數", f"must be an integer from {low} to {high}"))


def number(name: str, low: float, high: float) -> Parameter:
    """A parameter that is a decimal number from `low` to `high`."""

    def parse(sent: str) -> float:
        value = _decimal(sent)
        if not low <= value <= high:
            raise ValueError(name)
        return value

    return Parameter(name, parse, (f"須為 {low:g} 至 {high:g} 的數值", f"must be a number from {low:g} to {high:g}"))


def choice(name: str, *values: str) -> Parameter:
    """A parameter that is one of a few values."""

    def parse(sent: str) -> str:
        if sent not in values:
            raise ValueError(name)
        return sent

    return Parameter(name, parse, ("不在允許的值之中", "is not one of the permitted values"))


def flag(name: str) -> Parameter:
    """A parameter that is `true` or `false`."""

    def parse(sent: str) -> bool:
        return {"true": True, "false": False}[sent]

    return Parameter(name, parse, ("須為 true 或 false", "must be true or false"))


def text(name: str, pattern: str) -> Parameter:
    """A parameter that matches a pattern as a whole."""
    shape = re.compile(pattern, re.ASCII)

    def parse(sent: str) -> str:
        if not shape.fullmatch(sent):
            raise ValueError(name)
        return sent

    return Parameter(name, parse, ("格式不正確", "does not have the expected format"))


def instant(name: str) -> Parameter:
    """A parameter that is an RFC 3339 date-time with offset."""
    return Parameter(name, parse_instant, ("須為含時差的 RFC 3339 日期時間", "must be an RFC 3339 date-time with an offset"))


def box(name: str) -> Parameter:
    """A parameter that is a bounding box, `minLon,minLat,maxLon,maxLat` in degrees."""

    def parse(sent: str) -> Box:
        if not _BOX.fullmatch(sent):
            raise ValueError(name)
        west, south, east, north = (float(part) for part in sent.split(","))
        if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
            raise ValueError(name)
        return west, south, east, north

    return Parameter(
        name,
        parse,
        ("須為 minLon,minLat,maxLon,maxLat 四個經緯度", "must be minLon,minLat,maxLon,maxLat in degrees, not inverted"),
    )


def _decimal(sent: str) -> float:
    if not re.fullmatch(r"-?(0|[1-9][0-9]{0,17})(\.[0-9]{1,60})?([eE][+-]?[0-9]{1,3})?", sent):
        raise ValueError("not a decimal number")
    return float(sent)


LIMIT = integer("limit", 1, 200)
CURSOR = Parameter("cursor", lambda sent: sent, ("游標無效", "is not a cursor of this query"))


def _qualities(header: str) -> list[tuple[str, float]]:
    found: list[tuple[str, float]] = []
    for part in header.lower().split(","):
        name, *parameters = (piece.strip() for piece in part.split(";"))
        weights = [piece[2:].strip() for piece in parameters if piece.startswith("q=")]
        try:
            found.append((name, float(weights[0]) if weights else 1.0))
        except ValueError:
            found.append((name, 0.0))
    return found


@lru_cache(maxsize=256)  # most requests say the same
def acceptable(header: str | None, media_type: str) -> bool:
    """Whether an Accept header (RFC 9110 section 12.5.1) admits a media type; the most specific range decides."""
    if header is None or not header.strip():
        return True
    family = media_type.split("/", 1)[0] + "/*"
    ranks = {media_type: 3, family: 2, "*/*": 1}
    ranges = [(ranks[name], quality) for name, quality in _qualities(header) if name in ranks]
    return bool(ranges) and max(ranges)[1] > 0


@lru_cache(maxsize=256)
def prefers_english(header: str | None) -> bool:
    """Whether an Accept-Language header prefers English to Chinese; zh-Hant is the default."""
    weights = {"zh": 0.0, "en": 0.0}
    for name, quality in _qualities(header or ""):
        language = name.split("-", 1)[0]
        if language in weights:
            weights[language] = max(weights[language], quality)
    return weights["en"] > weights["zh"]
