"""For one vehicle on one line, the time to arrive does not fall from stop to stop along the way.

Why: no bus reaches the sixth stop before the fifth; estimates that say so were computed stop by stop from different positions, or were
joined to the wrong stops.

Fails when: within one answer, along the sequence of a line, a vehicle's estimate falls, and the moment of arrival falls with it. The stops that a vehicle
has passed may already await its next round: one fall is allowed where the estimates, begun after it, grow all the way round.
Inconclusive when: no vehicle was seen with estimates at three stops of a line or more.
Source: physics; GTFS Realtime, StopTimeUpdate ordering.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from conformance.checks._example import exchange, numbered, page
from conformance.checks._reading import at_path, documents, key_of, number_of, path_of, pick, read
from conformance.checks._views import traverse
from conformance.interface import schema
from conformance.interface.dialect import Dialect, instant
from conformance.model import Examples, Exchange, Finding, Inputs, Operation, Script, Touches, Witness
from conformance.text import pointer

TOUCHES = Touches.READS
ABOUT = """同一路線上之同一車輛，預估到站時間沿途不遞減。
緣由：沒有公車先到第六站再到第五站；如此之預估，係逐站依不同位置計算，或配錯站牌。
不通過：同一回應中，沿路線站序，車輛之預估減少且到站時刻亦提前。車輛已過之站可能已在等候下一趟：若其後之預估繞行一圈均遞增，容許一次減少。
無法判定：未見任一車輛於同一路線有三站以上之預估。
依據：物理常識；GTFS Realtime StopTimeUpdate 之順序。
"""

MESSAGES = {
    "falls": {
        "en": "the estimates of {at} fall along the way: expected {expected}, got {actual}",
        "zh-Hant": "{at} 的預估到站時間沿途遞減：應為 {expected}，實得 {actual}",
    }
}


@dataclass(frozen=True)
class _Call:
    """A vehicle expected at a stop: its number on the line, the stop, seconds, the source's time, and where this stands."""

    nth: int | float
    stop: str
    seconds: float
    source: datetime | None
    exchange: int


def drive(
    operation: Operation,
    inputs: Inputs,
    dialect: Dialect,
    *,
    listing: str,
    parameters: Mapping[str, str],
    by: str | None = None,
    most: int = 6,
) -> Script:
    """Reads the estimates of up to `most` lines (asking `by` one parameter), and the stops of each line."""
    wanted = operation.spec.operations[listing]
    exchanges = yield from read(operation, inputs, dialect, most=most, by=by)
    items = [item for _, found in documents(operation, exchanges, dialect) for _, item in found]
    for path in pick(inputs, listing, [path_of(wanted, item, parameters) for item in items], most):
        yield from traverse(wanted, dialect, at_path(wanted, path, "listing"), step="listing")


def judge(
    operation: Operation,
    trace: Sequence[Exchange],
    dialect: Dialect,
    *,
    listing: str,
    line: Sequence[str],
    stop: str,
    number: str,
    vehicle: str,
    seconds: str,
    more: str = "",
    source: str = "",
    when: Mapping[str, Any] | None = None,
) -> Iterator[Finding | Witness]:
    """`line`, `stop`: pointers that an estimate and a listed stop share; `number`: of the listed stop; `vehicle`, `seconds`: of an
    estimate and of each further one at `more`; `source`: its reference time; `when`: a JSON Schema of the estimates that count.
    One witness per vehicle with three stops in one answer: between two answers the source may have changed its mind.
    """
    places = _places(operation.spec.operations[listing], trace, dialect, (*line, stop), number)
    ways: dict[tuple[Any, ...], dict[str, _Call]] = {}
    for one, items in documents(operation, trace, dialect):
        for _, item in items:
            key = key_of(item, (*line, stop))
            nth = places.get(key) if key is not None else None
            if key is None or nth is None or not schema.is_valid(when or {}, item):
                continue
            for estimate in (item, *(pointer.values(item, more) if more else ())):
                name, wait = pointer.first(estimate, vehicle), number_of(pointer.first(estimate, seconds))
                if isinstance(name, str) and name and wait is not None:
                    call = _Call(nth, str(key[-1]), wait, instant(pointer.first(item, source)), one.number)
                    _keep(ways.setdefault((one.number, *key[:-1], name), {}), call)
    for (_, *way), calls in ways.items():
        yield from _along("/".join(map(str, way)), sorted(calls.values(), key=lambda call: (call.nth, call.seconds)))


def _places(
    listing: Operation, trace: Sequence[Exchange], dialect: Dialect, key: Sequence[str], number: str
) -> dict[tuple[Any, ...], int | float | None]:
    """The number of every stop on its line; None where a line calls twice at a stop, which then cannot be told apart."""
    found: dict[tuple[Any, ...], int | float | None] = {}
    for _, items in documents(listing, trace, dialect):
        for _, item in items:
            stop, nth = key_of(item, key), number_of(pointer.first(item, number))
            if stop is not None and nth is not None:
                found[stop] = nth if found.get(stop, nth) == nth else None
    return found


def _keep(calls: dict[str, _Call], call: _Call) -> None:
    """The earliest call of a vehicle at a stop: a later one is another round."""
    known = calls.get(call.stop)
    if known is None or call.seconds < known.seconds:
        calls[call.stop] = call


def _along(way: str, calls: Sequence[_Call]) -> Iterator[Finding | Witness]:
    if len(calls) < 3:
        return
    numbers = (calls[0].exchange,)
    yield Witness(numbers, way)
    falls = [nth for nth, (a, b) in enumerate(itertools.pairwise(calls)) if _falls(a, b)]
    next_round = len(falls) == 1 and not _falls(calls[-1], calls[0])
    if falls and not next_round:
        before, after = calls[falls[-1]], calls[falls[-1] + 1]
        expected = f"at least {before.seconds:g} s at {after.stop} (number {after.nth:g})"
        yield Finding("falls", numbers, expected, f"{after.seconds:g} s, after {before.stop}", way)


def _falls(a: _Call, b: _Call) -> bool:
    """Whether the estimate falls from `a` to `b`, and the moment with it where both reference times are known. Stops of one number
    have no order.
    """
    if b.seconds >= a.seconds or a.nth == b.nth:
        return False
    if a.source is None or b.source is None:
        return True
    return b.source.timestamp() + b.seconds < a.source.timestamp() + a.seconds


def _trace(
    *waits: int | None, sources: Sequence[int] = (), stops: Sequence[str] = "pqrst", more: bool = False, to: str = "arrival"
) -> list[Exchange]:
    items: list[dict[str, Any]] = []
    for nth, wait in enumerate(waits):
        minute = sources[nth] if sources else 30
        item = {"thingId": "a", "line": "x", "stop": stops[nth], "to": to, "source": f"2025-06-12T08:{minute}:00+08:00"}
        said = {"plate": "KKA-1", "wait": wait}
        items.append({**item, "more": [said]} if more else {**item, **said})
    parts = [{"partId": str(nth), "line": "x", "stop": stop, "nth": nth} for nth, stop in enumerate(stops, 1)]
    return numbered(
        exchange("GET /things", 200, page(*items), step="read"),
        exchange("GET /things/a/parts", 200, page(*parts), name="listParts", step="listing"),
    )


def _two_answers() -> list[Exchange]:
    """Two stops in each of two pages, between which the source saw that the bus is faster than it thought."""
    first, listing = _trace(60, 300)
    second, _ = _trace(240, 280, stops="rs", sources=(30, 30))
    return [first, second, listing]


EXAMPLES = Examples(
    operation="listThings",
    arguments={
        "listing": "listParts",
        "parameters": {"thingId": "/thingId"},
        "line": ["/line"],
        "stop": "/stop",
        "number": "/nth",
        "vehicle": "/plate",
        "seconds": "/wait",
        "more": "/more/*",
        "source": "/source",
        "when": {"properties": {"to": {"const": "arrival"}}},
    },
    conforms=[
        _trace(60, 120, 120, None, 300),
        _trace(3600, 3700, 60, 120),
        _trace(60, 240, 200, 300, sources=(30, 30, 32, 32, 32)),
    ],
    violates=[_trace(60, 300, 120), _trace(300, 200, 100), _trace(60, 300, 120, more=True)],
    inconclusive=[
        _trace(60, 300, 120, to="departure"),
        numbered(*_two_answers()),
        _trace(300, 60),
        _trace(60, 300, 120)[:1],
        _trace(60, 300, 120, stops="ppp"),
    ],
)
