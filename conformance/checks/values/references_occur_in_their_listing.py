"""What an item says of its place in another listing stands in that listing.

Why: an arrival of a route at a stop where the route does not call sends people to the wrong pole; each of the two listings is right by
itself, and only the join of them shows it.

Fails when: no item of the listing that an item refers to has the same values in the matched members.
Inconclusive when: no item was seen whose listing was read to its end.
Source: the interface's rules on references between arrivals and routes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from conformance.checks._example import exchange, numbered, page, problem
from conformance.checks._reading import at_path, documents, key_of, path_of, pick, read
from conformance.checks._rounds import lasting, settled
from conformance.checks._views import at_rest, traverse, views
from conformance.interface.dialect import Dialect
from conformance.model import Examples, Exchange, Finding, Inputs, Operation, Script, Touches, Witness

TOUCHES = Touches.READS
ASKS = 20
ABOUT = """項目所載於另一清單中之位置，確實存在於該清單。
緣由：路線不停靠之站牌卻有其到站預估，會將民眾引至錯誤站牌；兩份清單各自正確，唯有對照方可察覺。
不通過：項目所參照之清單，沒有項目於對應欄位具相同之值。
無法判定：沒有項目之所屬清單已完整讀取。
依據：介面規範之到站預估與路線間參照規定。
"""

MESSAGES = {
    "absent": {
        "en": "what {at} says does not stand in the listing that it refers to: expected {expected}, got {actual}",
        "zh-Hant": "{at} 所述不在其參照的清單內：應為 {expected}，實得 {actual}",
    },
    "unresolved": {
        "en": "the listing that {at} refers to cannot be read: expected {expected}, got {actual}",
        "zh-Hant": "{at} 所參照的清單無法讀取：應為 {expected}，實得 {actual}",
    },
}


def drive(
    operation: Operation,
    inputs: Inputs,
    dialect: Dialect,
    *,
    listing: str,
    parameters: Mapping[str, str],
    match: Mapping[str, str],
    most: int = 8,
    lookups: int = 8,
    at: str | None = None,
) -> Script:
    """Reads up to `most` collections, then up to `lookups` of the listings that their items refer to."""
    wanted = operation.spec.operations[listing]

    def once() -> Script:
        exchanges = yield from read(operation, inputs, dialect, most=most)
        items = [item for _, found in documents(operation, exchanges, dialect, at) for _, item in found]
        for path in pick(inputs, listing, [path_of(wanted, item, parameters) for item in items], lookups):
            yield from traverse(wanted, dialect, at_path(wanted, path, "listing"), step="listing")

    yield from settled(
        once, lambda seen: _judged(operation, seen, dialect, wanted, parameters, match, at), at_rest=at_rest(operation, dialect)
    )


def judge(
    operation: Operation,
    trace: Sequence[Exchange],
    dialect: Dialect,
    *,
    listing: str,
    parameters: Mapping[str, str],
    match: Mapping[str, str],
    at: str | None = None,
) -> Iterator[Finding | Witness]:
    """`match` maps pointers into the item to pointers into the listing's items; `at`: where in an answer references stand, if they are not its
    items. One witness per answer with such items.
    """
    wanted = operation.spec.operations[listing]
    yield from lasting(
        trace, lambda seen: _judged(operation, seen, dialect, wanted, parameters, match, at), at_rest=at_rest(operation, dialect)
    )


def _judged(
    operation: Operation,
    trace: Sequence[Exchange],
    dialect: Dialect,
    wanted: Operation,
    parameters: Mapping[str, str],
    match: Mapping[str, str],
    at: str | None,
) -> Iterator[Finding | Witness]:
    rows: dict[str, set[tuple[Any, ...] | None]] = {}
    refused: dict[str, Exchange] = {}
    for view in views(wanted, trace, dialect):
        if view.complete:
            rows[view.path] = {key_of(item, tuple(match.values())) for item in view.items}
        elif view.status == 404:
            refused[view.path] = view.exchanges[-1]
    for one, items in documents(operation, trace, dialect, at):
        told = 0
        for here, item in items:
            path, key = path_of(wanted, item, parameters), key_of(item, tuple(match))
            if path in refused:
                told += 1
                yield Finding("unresolved", (one.number, refused[path].number), "200", f"404 for {path}", here)
            elif path in rows and key is not None:
                told += 1
                if key not in rows[path]:
                    yield Finding("absent", (one.number,), f"an item of {path}", "/".join(map(str, key)), here)
        if told:
            yield Witness((one.number,), f"{told} items")


def _trace(arrivals: Sequence[tuple[str, str]], parts: Sequence[str], status: int = 200) -> list[Exchange]:
    items = [{"thingId": thing, "partId": part} for thing, part in arrivals]
    body = page(*({"partId": part} for part in parts)) if status == 200 else problem(status)
    return numbered(
        exchange("GET /things", 200, page(*items), step="read"),
        exchange("GET /things/a/parts", status, body, name="listParts", step="listing"),
    )


EXAMPLES = Examples(
    operation="listThings",
    arguments={"listing": "listParts", "parameters": {"thingId": "/thingId"}, "match": {"/partId": "/partId"}},
    conforms=[_trace([("a", "1"), ("b", "7")], ["1", "2"])],
    violates=[_trace([("a", "3")], ["1", "2"]), _trace([("a", "1")], [], 404)],
    inconclusive=[_trace([("b", "1")], ["1"]), _trace([], ["1"]), _trace([("a", "1")], [], 503)],
)
