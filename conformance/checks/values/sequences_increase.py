"""In every group of a listing the sequence numbers begin at the first one and strictly increase, in the order of the items.

Why: the order of stops is the route; a number that comes twice or out of turn puts two stops in one place, or the bus in reverse.

Fails when: a group's first number is not `first`, or a number is not greater than the one before it.
Inconclusive when: no group of two items or more was read to its end.
Source: TDX Stops[] (sorted); GTFS `stop_sequence`.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from typing import Any

from conformance.checks._example import exchange, page
from conformance.checks._reading import key_of, number_of, read
from conformance.checks._views import views
from conformance.interface.dialect import Dialect
from conformance.model import Examples, Exchange, Finding, Inputs, Operation, Script, Touches, Witness
from conformance.text import pointer

TOUCHES = Touches.READS
ABOUT = """清單之每一組，序號自首號開始並依項目順序嚴格遞增。
緣由：站序即路線；重複或錯亂之序號，會使兩站同位或公車逆行。
不通過：組之首號不是 `first`，或序號不大於前一個。
無法判定：沒有兩筆以上項目之組已完整讀取。
依據：TDX Stops[]（依序）；GTFS `stop_sequence`。
"""

MESSAGES = {
    "start": {
        "en": "the sequence of {at} does not begin at its first number: expected {expected}, got {actual}",
        "zh-Hant": "{at} 的序號不是從首號開始：應為 {expected}，實得 {actual}",
    },
    "order": {
        "en": "the sequence of {at} does not strictly increase: expected {expected}, got {actual}",
        "zh-Hant": "{at} 的序號未嚴格遞增：應為 {expected}，實得 {actual}",
    },
}


def drive(operation: Operation, inputs: Inputs, dialect: Dialect, *, most: int = 8) -> Script:
    """Reads up to `most` collections to their end."""
    yield from read(operation, inputs, dialect, most=most)


def judge(
    operation: Operation,
    trace: Sequence[Exchange],
    dialect: Dialect,
    *,
    group: Sequence[str],
    number: str,
    first: int | None = 1,
) -> Iterator[Finding | Witness]:
    """`group`: pointers whose values make a group; `number`: the pointer of the sequence number. One witness per group of two."""
    for view in views(operation, trace, dialect):
        groups: dict[tuple[Any, ...], list[int | float]] = {}
        for item in view.items:
            key, value = key_of(item, group), number_of(pointer.first(item, number))
            if key is not None and value is not None:
                groups.setdefault(key, []).append(value)
        for key, values in groups.items():
            at = "/".join(map(str, key))
            if view.complete and len(values) > 1:
                yield Witness(view.numbers, at)
            if first is not None and values[0] != first:
                yield Finding("start", view.numbers, str(first), str(values[0]), at)
            for before, after in itertools.pairwise(values):
                if after <= before:
                    yield Finding("order", view.numbers, f"more than {before}", str(after), at)


def each(
    operation: Operation, trace: Sequence[Exchange], dialect: Dialect, *, group: Sequence[str], number: str
) -> Iterator[Finding]:
    """On any page of the run the numbers of a group increase; where a group begins a page does not tell."""
    for one in trace:
        last: dict[tuple[Any, ...], int | float] = {}
        for item in dialect.items(one, operation) or () if one.ok else ():
            key, value = key_of(item, group), number_of(pointer.first(item, number))
            if key is None or value is None:
                continue
            if (before := last.get(key)) is not None and value <= before:
                yield Finding("order", (one.number,), f"more than {before}", str(value), "/".join(map(str, key)))
            last[key] = value


def _parts(*rows: tuple[str, int]) -> list[Exchange]:
    items = [{"thingId": f"{line}{index}", "line": line, "nth": nth} for index, (line, nth) in enumerate(rows)]
    return [exchange("GET /things", 200, page(*items), step="read")]


EXAMPLES = Examples(
    operation="listThings",
    arguments={"group": ["/line"], "number": "/nth"},
    conforms=[_parts(("x", 1), ("x", 2), ("y", 1), ("y", 5)), _parts(("x", 1), ("y", 1), ("x", 3), ("y", 2))],
    violates=[
        _parts(("x", 0), ("x", 1)),
        _parts(("x", 1), ("x", 2), ("x", 2)),
        _parts(("x", 1), ("x", 3), ("x", 2)),
    ],
    inconclusive=[_parts(("x", 1), ("y", 1)), [exchange("GET /things", 404, step="read")]],
)
