"""The suite's own reading of filters: whether an item satisfies a filter, as `x-filter` says, from recorded answers alone.

`holds` answers True, False, or None when the trace does not tell. `World` finds what other operations said of an item in the
exchanges whose step begins with `related:`; `related_requests` are the requests that `drive` sends to have them there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from conformance.checks._views import paging
from conformance.interface.dialect import Dialect, instant
from conformance.interface.kept import kept_of
from conformance.interface.pages import address, traversals
from conformance.model import Exchange, Operation, Parameter, Request, Spec, wire_text
from conformance.text import pointer

__all__ = [
    "LISTED",
    "LOCAL",
    "RELATED",
    "World",
    "alike",
    "apart",
    "box",
    "equal",
    "holds",
    "inside",
    "number",
    "place",
    "related_request",
    "said",
    "same_question",
]

RELATED = "related: "
# Filters whose truth the item itself tells.
LOCAL = ("equals", "contains", "not", "in-list", "prefix", "at-least", "at-most", "since", "from", "before", "bbox")
_ELSEWHERE = ("related", "any-related", "related-value")  # those whose truth another operation tells
_NAMES = (("positionLon", "positionLat"), ("longitude", "latitude"), ("lon", "lat"), ("lng", "lat"))
_MOST_TEXTS = 2048  # values of filters that are kept as they were read; a target decides how long they are
LISTED = ","  # between the values of an `in-list`
Key = tuple[str, str, tuple[tuple[str, str], ...]]
Box = tuple[float, float, float, float]


# ------------------------------------------------------------------------------------------ values


def number(value: Any) -> float | None:
    """A JSON number, or text in the form of one, as a number; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        return float(value)
    except ValueError:
        return None


def equal(value: Any, text: str) -> bool:
    """Whether a value of an item is what a filter's text says: the same text, number or instant."""
    return _equal_to(text)(value)


@kept_of(_MOST_TEXTS)
def _equal_to(text: str) -> Callable[[Any], bool]:
    """What tells of a value whether it is what a text says. What the text says is read once, for all the items that it is held against."""
    moment, amount = instant(text), number(text)

    def told(value: Any) -> bool:
        if value.__class__ is str:
            return value == text or (moment is not None and instant(value) == moment)
        if value is None or isinstance(value, bool | dict | list):
            return wire_text(value) == text if isinstance(value, bool) else False
        return number(value) == amount

    return told


def alike(one: str, two: str) -> bool:
    """Whether two texts of a filter say the same: one text, one instant, one number or one box, however each is written."""
    if one == two:
        return True
    moment, edges, amount = instant(one), box(one), number(one)
    if moment is not None or edges is not None:
        return (moment, edges) == (instant(two), box(two))
    return amount is not None and amount == number(two)


def same_question(operation: Operation, one: Request, two: Request, moving: frozenset[str]) -> bool:
    """Whether two requests ask for the same items. A filter that is left out has its default; `moving` are names of paging."""
    names = {name for asked in (one, two) for name, _ in asked.query} - moving
    pairs = [(said(operation, one, name), said(operation, two, name)) for name in names]
    return one.path == two.path and all(a == b or (a is not None and b is not None and alike(a, b)) for a, b in pairs)


def said(operation: Operation, request: Request, name: str) -> str | None:
    """The text of a query parameter, or of its default where the request leaves it out; None when it has none."""
    p, sent = operation.parameter(name), request.parameter(name)
    default = p.schema.get("default") if p else None
    return sent if sent is not None or default is None else wire_text(default)


def place(item: Any, where: str) -> tuple[float, float] | None:
    """The longitude and latitude of the position at a pointer, or None: two members of those names, a GeoJSON Point (RFC 7946 section 3.1.2)
    or its coordinates. Other geometries lie at no one place.
    """
    position = pointer.first(item, where)
    if isinstance(position, dict):
        pairs = [(position.get(lon), position.get(lat)) for lon, lat in _NAMES if lon in position and lat in position]
        position = position.get("coordinates") if position.get("type") == "Point" else next(iter(pairs), None)
    if not isinstance(position, list | tuple) or not 2 <= len(position) <= 3:
        return None
    lon, lat = position[:2]
    if isinstance(lon, bool) or isinstance(lat, bool) or not isinstance(lon, int | float) or not isinstance(lat, int | float):
        return None
    return float(lon), float(lat)


def box(text: str) -> Box | None:
    """The four numbers of a box `minLon,minLat,maxLon,maxLat`, or None when it is not a proper one."""
    parts = [number(part) for part in text.split(",")]
    if len(parts) != 4 or any(part is None for part in parts):
        return None
    west, south, east, north = (part for part in parts if part is not None)
    proper = -180 <= west <= east <= 180 and -90 <= south <= north <= 90
    return (west, south, east, north) if proper else None


def inside(point: tuple[float, float], edges: Box) -> bool:
    """Whether a point lies in a box, its edges included."""
    west, south, east, north = edges
    return west <= point[0] <= east and south <= point[1] <= north


# ------------------------------------------------------------------------------------------ what other operations say


@dataclass(frozen=True)
class Reading:
    """What another operation said: its document, or its items; `whole` when they were read to the end."""

    status: int
    document: Any
    items: tuple[Any, ...]
    whole: bool


def related_request(spec: Spec, rule: Mapping[str, Any], text: str, item: Any) -> Request | None:
    """The request of the operation that a filter's rule names, for its value or for an item; None when a value is missing."""
    source = spec.operations[rule["operation"]]
    values: dict[str, Any] = {}
    for name, where in rule["parameters"].items():
        values[name] = text if where == "$value" else pointer.first(item, where)
    if any(value is None for value in values.values()):
        return None
    in_path = {p.name for p in source.parameters if p.location == "path"}
    path = {name: value for name, value in values.items() if name in in_path}
    query = {name: value for name, value in values.items() if name not in in_path}
    return source.request(path=path, query=query, step=RELATED + source.id)


class World:
    """What a trace holds of other operations, found by the request that it answers."""

    def __init__(self, spec: Spec, trace: Iterable[Exchange], dialect: Dialect) -> None:
        self.spec, self.dialect = spec, dialect
        self._readings: dict[Key, list[Reading]] = {}
        related = (one for one in trace if one.step.startswith(RELATED))
        self._pages: dict[Key, list[Exchange]] = traversals(related, dialect, lambda one: self._key(one.request))

    def _key(self, request: Request) -> Key:
        moving = paging(self.spec.operations[request.operation], self.dialect)
        return request.operation, request.path, tuple(sorted(pair for pair in request.query if pair[0] not in moving))

    def knows(self, request: Request) -> bool:
        """Whether the trace holds an answer to this request."""
        return self._key(request) in self._pages

    def reading(self, rule: Mapping[str, Any], text: str, item: Any) -> Reading | None:
        """What the related operation said last for this value or item, or None when the trace does not have it."""
        return next(reversed(self.readings(rule, text, item)), None)

    def told_after(self, rule: Mapping[str, Any], text: str, item: Any, number: int) -> bool:
        """Whether the related operation, if the filter depends on one, was asked for this value or item after an exchange."""
        if "operation" not in rule:
            return True
        request = related_request(self.spec, rule, text, item)
        return request is not None and any(page.number > number for page in self._pages.get(self._key(request), []))

    def readings(self, rule: Mapping[str, Any], text: str, item: Any) -> list[Reading]:
        """What the related operation said for this value or item, each time that it was asked from the beginning."""
        request = related_request(self.spec, rule, text, item)
        key = self._key(request) if request else None
        if key is None or key not in self._pages:
            return []
        if key not in self._readings:
            source, asked = self.spec.operations[rule["operation"]], list[list[Exchange]]()
            for page in self._pages[key]:
                if not asked or address(page.request) == address(asked[0][0].request):
                    asked.append([])
                asked[-1].append(page)
            self._readings[key] = [self._read(source, pages) for pages in asked]
        return self._readings[key]

    def _read(self, source: Operation, pages: Sequence[Exchange]) -> Reading:
        last = pages[-1]
        items = tuple(one for page in pages for one in self.dialect.items(page, source) or ())
        return Reading(last.status, last.json if last.ok else None, items, self.dialect.next_page(last) is None)


# ------------------------------------------------------------------------------------------ filters


def holds(parameter: Parameter, text: str, item: Any, world: World) -> bool | None:
    """Whether an item satisfies a filter with this value; None when what was seen does not tell."""
    rule = parameter.filter
    if rule is None:
        return None
    if rule["match"] in _ELSEWHERE:
        return _agreed([_told(rule, text, item, one) for one in world.readings(rule, text, item)])
    return _local(parameter, text)(item)


@kept_of(_MOST_TEXTS)
def _local(parameter: Parameter, text: str) -> Callable[[Any], bool | None]:
    """What tells of an item whether it satisfies a filter that it tells itself; the value of the filter is read once, for all items."""
    rule = parameter.filter or {}
    match, on = rule["match"], rule.get("on", "")
    match match:
        case "equals" | "contains" | "not" | "in-list":
            tests = [_equal_to(one) for one in (text.split(LISTED) if match == "in-list" else [text])]
            wanted = match != "not"
            return lambda item: any(test(value) for value in pointer.values(item, on) for test in tests) is wanted
        case "prefix":
            return lambda item: any(isinstance(value, str) and value.startswith(text) for value in pointer.values(item, on))
        case "at-least" | "at-most":
            return lambda item: _bounded(pointer.values(item, on), text, least=match == "at-least")
        case "since" | "from" | "before":
            return lambda item: _timed(match, pointer.first(item, on), text)
        case "bbox":
            edges = box(text)
            return lambda item: None if edges is None or (point := place(item, on)) is None else inside(point, edges)
    return lambda _: None


def _agreed(told: Sequence[bool | None]) -> bool | None:
    """What all readings of live data tell alike; None when there is none, or when they differ."""
    return told[0] if told and len(set(told)) == 1 else None


def _told(rule: Mapping[str, Any], text: str, item: Any, reading: Reading) -> bool | None:
    if rule["match"] == "related":
        return _related(rule, item, reading)
    return _any_related(rule, text, reading) if rule["match"] == "any-related" else _related_value(rule, text, reading)


def _bounded(values: Iterable[Any], text: str, *, least: bool = True) -> bool | None:
    """Whether one of the numbers is at least, or at most, what a text says."""
    bound = number(text)
    if bound is None:
        return None
    numbers = (n for v in values if not isinstance(v, str) and (n := number(v)) is not None)
    return any(n >= bound if least else n <= bound for n in numbers)


def _timed(match: str, value: Any, text: str) -> bool | None:
    moment, bound = instant(value), instant(text)
    if moment is None or bound is None:
        return None
    return moment < bound if match == "before" else moment >= bound


def _related(rule: Mapping[str, Any], item: Any, reading: Reading) -> bool | None:
    if reading.status != 404 and not 200 <= reading.status < 300:
        return None
    key = pointer.first(item, rule["key"])
    if any(value == key for one in reading.items for value in pointer.values(one, rule["on"])):
        return True
    return False if reading.whole or reading.status == 404 else None


def _any_related(rule: Mapping[str, Any], text: str, reading: Reading) -> bool | None:
    if not 200 <= reading.status < 300:
        return None
    found = any(_fits(rule, text, one) for one in reading.items)
    return found if found or reading.whole else None


def _fits(rule: Mapping[str, Any], text: str, one: Any) -> bool:
    """Whether one related thing is what a filter asks an item to have."""
    values = pointer.values(one, rule["on"])
    return bool(_bounded(values, text)) if rule.get("test") == "at-least" else any(equal(value, text) for value in values)


def apart(one: Parameter, first: str, two: Parameter, second: str, item: Any, world: World) -> bool:
    """Whether an item satisfies two filters on the same related things, each by another of these and both by none."""
    a, b = one.filter or {}, two.filter or {}
    same = all(a.get(key) == b.get(key) for key in ("match", "operation", "parameters"))
    reading = world.reading(a, first, item) if same and a.get("match") == "any-related" else None
    fits = [(_fits(a, first, each), _fits(b, second, each)) for each in reading.items] if reading else []
    return {(True, False), (False, True)} <= set(fits) and (True, True) not in fits


def _related_value(rule: Mapping[str, Any], text: str, reading: Reading) -> bool | None:
    if reading.document is None or text not in ("true", "false"):
        return None
    value = pointer.first(reading.document, rule["on"])
    positive = isinstance(value, int | float) and not isinstance(value, bool) and value > 0
    return positive == (text == "true")
