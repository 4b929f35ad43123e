"""Places that follow one another on a line are not farther apart than a vehicle of that kind goes between them.

Why: one digit of a coordinate moves a stop into the next county; it stays inside the country and inside every schema, but the line
leaps there and back.

Fails when: two consecutive places of a group are more than `most_km` apart.
Inconclusive when: no two consecutive places with positions were seen on a line of this kind.
Source: the programme's plausibility range (a profile may set another one for intercity lines).
"""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Iterator, Sequence
from typing import Any

from conformance.checks._example import exchange, numbered, page
from conformance.checks._reading import documents, key_of, number_of, samples
from conformance.checks._views import traverse, views
from conformance.interface.dialect import Dialect
from conformance.model import Examples, Exchange, Finding, Inputs, Operation, Script, Touches, Witness
from conformance.text import pointer

TOUCHES = Touches.READS
ABOUT = """路線上前後相鄰之地點，其距離不超過該種車輛於其間行駛者。
緣由：座標錯一碼便將站牌移至鄰縣；仍在國內、仍符綱要，但路線會來回跳躍。
不通過：同組相鄰兩地點相距超過 `most_km`。
無法判定：此種路線未見兩個相鄰且有位置之地點。
依據：本計畫之合理範圍（驗測範疇得就城際路線另訂）。
"""

MESSAGES = {
    "far": {
        "en": "consecutive places of {at} are too far apart: expected at most {expected}, got {actual}",
        "zh-Hant": "{at} 的前後兩站相距過遠：至多應為 {expected}，實得 {actual}",
    }
}
Point = tuple[float, float]


def drive(
    operation: Operation,
    inputs: Inputs,
    dialect: Dialect,
    *,
    places: str,
    parameter: str,
    most: int = 5,
) -> Script:
    """Reads up to `most` lines, and for each the places on it: `places` is the operation that lists them, `parameter` its filter
    that takes the line's identifier (the operation's own path parameter of that name).
    """
    where = operation.spec.operations[places]
    for request in (yield from samples(operation, inputs, dialect, most=most)):
        yield from traverse(operation, dialect, request, step="line")
        line = _line(operation, request.path, parameter)
        if line is not None:
            yield from traverse(where, dialect, where.request(query={parameter: line}), step="places")


def judge(
    operation: Operation,
    trace: Sequence[Exchange],
    dialect: Dialect,
    *,
    places: str,
    parameter: str,
    group: Sequence[str],
    number: str,
    key: str,
    longitude: str = "/position/positionLon",
    latitude: str = "/position/positionLat",
    most_km: float = 30.0,
    lines: str = "",
) -> Iterator[Finding | Witness]:
    """Pointers `group`, `number` and `key` go into an item of the line; `key` finds its place too. `lines` is a pattern that the
    line's identifier must match to count. One witness per group with two places.
    """
    where = operation.spec.operations[places]
    points = {
        name: point
        for _, items in documents(where, trace, dialect)
        for _, item in items
        if (name := pointer.first(item, key)) is not None and (point := _point(item, longitude, latitude)) is not None
    }
    for view in views(operation, trace, dialect):
        if not re.search(lines, _line(operation, view.path, parameter) or ""):
            continue
        for name, stops in _groups(view.items, group, number, key).items():
            near = [(a, b, points[a], points[b]) for a, b in itertools.pairwise(stops) if a in points and b in points]
            if near:
                yield Witness(view.numbers, name)
            for a, b, here, there in near:
                if (apart := _kilometres(here, there)) > most_km:
                    yield Finding("far", view.numbers, f"{most_km:g} km", f"{apart:.1f} km from {a} to {b}", name)


def _line(operation: Operation, path: str, name: str) -> str | None:
    """The value of a path parameter in a path of the operation."""
    pattern = re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", re.escape(operation.root + operation.path))
    found = re.fullmatch(pattern, path)
    return found.groupdict().get(name) if found else None


def _groups(items: Sequence[Any], group: Sequence[str], number: str, key: str) -> dict[str, list[Any]]:
    """Per group the keys of its items by their number."""
    rows: dict[str, list[tuple[int | float, Any]]] = {}
    for item in items:
        name, nth, place = key_of(item, group), number_of(pointer.first(item, number)), pointer.first(item, key)
        if name is not None and nth is not None and isinstance(place, str):
            rows.setdefault("/".join(map(str, name)), []).append((nth, place))
    return {name: [place for _, place in sorted(found, key=lambda row: row[0])] for name, found in rows.items()}


def _point(item: Any, longitude: str, latitude: str) -> Point | None:
    lon, lat = number_of(pointer.first(item, longitude)), number_of(pointer.first(item, latitude))
    return None if lon is None or lat is None else (float(lon), float(lat))


def _kilometres(a: Point, b: Point) -> float:
    """The distance over the ground (haversine, mean radius of the Earth)."""
    (lon1, lat1), (lon2, lat2) = (tuple(map(math.radians, point)) for point in (a, b))
    half = math.sin((lat2 - lat1) / 2) ** 2 + math.cos(lat1) * math.cos(lat2) * math.sin((lon2 - lon1) / 2) ** 2
    return 2 * 6371.0 * math.asin(math.sqrt(min(1.0, half)))


def _trace(line: str, *stops: tuple[str, float, float]) -> list[Exchange]:
    parts = [{"partId": str(nth), "thingId": name, "line": "x", "nth": nth} for nth, (name, _, _) in enumerate(stops, 1)]
    things = [{"thingId": name, "position": {"positionLon": lon, "positionLat": lat}} for name, lon, lat in stops if lon]
    return numbered(
        exchange(f"GET /things/{line}/parts", 200, page(*reversed(parts)), name="listParts", step="line"),
        exchange(f"GET /things?thingId={line}", 200, page(*things), step="places"),
    )


EXAMPLES = Examples(
    operation="listParts",
    arguments={
        "places": "listThings",
        "parameter": "thingId",
        "group": ["/line"],
        "number": "/nth",
        "key": "/thingId",
        "lines": "^(?!THB)",
    },
    conforms=[_trace("TPE1", ("a", 121.5, 25.0), ("b", 121.52, 25.01), ("c", 121.7, 25.1))],
    violates=[_trace("TPE1", ("a", 121.5, 25.0), ("b", 121.52, 25.01), ("c", 121.52, 25.31))],
    inconclusive=[
        _trace("THB1", ("a", 121.5, 25.0), ("b", 120.5, 24.0)),
        _trace("TPE1", ("a", 121.5, 25.0), ("b", 0, 0), ("c", 121.7, 25.1)),
        [exchange("GET /things/TPE1/parts", 404, name="listParts", step="line")],
    ],
)
