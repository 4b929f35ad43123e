"""The values of a filter divide its collection: each gives only its own items, and all together give the whole.

Why: consumers read a collection value by value (direction by direction); items that are in no part are never read, and items in
the wrong part are shown in the wrong place.

`parameter` is a filter with an enumeration that compares one member. `unique` names places where the same member is part of a key
that has to be unique: `operation` (read once), `each` (a pointer to the entries of its answer), `key` (pointers into an entry).

Fails when: an item comes with a value other than the one asked for; an item of the whole is in no part; a part has an item that
the whole lacks; two entries of `unique` have the same key.
Inconclusive when: the whole has no items.
Source: the interface's rules on filters; for bus routes: TDX, sub-routes and directions.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from conformance import given
from conformance.checks._example import exchange, numbered, page
from conformance.checks._predicates import World, holds
from conformance.checks._rounds import lasting, settled
from conformance.checks._views import at_rest, named, traverse, views
from conformance.interface.dialect import Dialect
from conformance.model import Examples, Exchange, Finding, Inputs, Operation, Parameter, Script, Touches, Unmet, Witness
from conformance.text import pointer

TOUCHES = Touches.READS
ASKS = 18
MOST_SHOWN = 3
KEYED = "keyed"

ABOUT = """篩選條件之各值將集合分割：各值僅得其所屬項目，合起來即為全部。
緣由：資料使用者依各值（例如各方向）分別讀取集合；不屬任何部分之項目永遠讀不到，放錯部分之項目則顯示於錯誤之處。
`parameter` 為比對單一欄位且有列舉值之篩選條件；`unique` 指明該欄位為唯一鍵一部分之處：`operation`（讀取一次）、`each`（指向其回應各筆之指標）、`key`（各筆內之指標）。
不通過：項目之值與所查詢者不同；全部之項目不屬任何部分；某部分有全部所無之項目；`unique` 之兩筆鍵相同。
無法判定：集合沒有項目。
依據：介面規範之篩選規定；公車路線另依 TDX 附屬路線與方向。
"""

MESSAGES = {
    "foreign": {
        "en": "an item came that {expected} should leave out: {actual}",
        "zh-Hant": "出現應被 {expected} 排除的項目：{actual}",
    },
    "union": {
        "en": "the parts by {expected} do not make up the whole: {actual} is on one side only",
        "zh-Hant": "依 {expected} 所分各部分不等於整體：{actual} 僅見於一方",
    },
    "twice": {
        "en": "the key {expected} should be unique, but occurs more than once: {actual}",
        "zh-Hant": "鍵 {expected} 應唯一，卻重複出現：{actual}",
    },
}


def drive(
    operation: Operation,
    inputs: Inputs,
    dialect: Dialect,
    *,
    parameter: str,
    unique: Mapping[str, Any] | None = None,
    most: int = 4,
) -> Script:
    """Some whole collections, each also value by value; then what has a key."""
    p = _parameter(operation, parameter)
    requests = yield from given.ready_many(operation, inputs, dialect, most=most)
    values = [value for value in p.schema.get("enum", ()) if value is not None]

    def once() -> Script:
        for request in requests:
            yield from traverse(operation, dialect, request, step="whole")
            for value in values:
                yield from traverse(operation, dialect, request.with_query(**{parameter: value}), step="part")
        if unique:
            source = operation.spec.operations[unique["operation"]]
            asked = yield from given.ready(source, inputs, dialect)
            yield from traverse(source, dialect, asked, step=KEYED)

    yield from settled(
        once, lambda seen: _judged(operation, seen, dialect, parameter, unique), at_rest=at_rest(operation, dialect)
    )


def _parameter(operation: Operation, name: str) -> Parameter:
    p = operation.parameter(name)
    if p is None or not p.filter:
        raise Unmet(f"{operation.id} has no filter {name}")
    return p


def judge(
    operation: Operation,
    trace: Sequence[Exchange],
    dialect: Dialect,
    *,
    parameter: str,
    unique: Mapping[str, Any] | None = None,
) -> Iterator[Finding | Witness]:
    """A witness per whole with items and all its parts."""
    yield from lasting(
        trace, lambda seen: _judged(operation, seen, dialect, parameter, unique), at_rest=at_rest(operation, dialect)
    )


def _judged(
    operation: Operation, trace: Sequence[Exchange], dialect: Dialect, parameter: str, unique: Mapping[str, Any] | None
) -> Iterator[Finding | Witness]:
    p, world = _parameter(operation, parameter), World(operation.spec, trace, dialect)
    every = [view for view in views(operation, trace, dialect) if view.step in ("whole", "part")]
    for part in every:
        text = part.query.get(parameter)
        wrong = [key for key, item in part.known.items() if text is not None and holds(p, text, item, world) is False]
        for key in wrong[:MOST_SHOWN]:
            yield Finding("foreign", part.numbers, f"{parameter}={text}", named([key]))
    for whole in (view for view in every if parameter not in view.query and view.items):
        parts = [view for view in every if view.path == whole.path and parameter in view.query]
        if len(parts) < len(p.schema.get("enum", ())) or not all(view.complete for view in (whole, *parts)):
            continue
        yield Witness((*whole.numbers[:1], *(part.numbers[0] for part in parts)), whole.path)
        together = {key for part in parts for key in part.known}
        for key in sorted(together ^ whole.known.keys(), key=str)[:MOST_SHOWN]:
            yield Finding("union", (*whole.numbers[:1], *(part.numbers[0] for part in parts)), parameter, named([key]))
    if unique:
        yield from _keyed([one for one in trace if one.step == KEYED and one.ok], unique)


def _keyed(pages: Sequence[Exchange], unique: Mapping[str, Any]) -> Iterator[Finding]:
    """Findings for keys that occur more than once in one entry of the answer that holds them (a route, say)."""
    for one in pages:
        entries = list(pointer.resolve(one.json, unique["each"]))
        keys = [
            (where.rsplit("/", 1)[0], tuple(pointer.first(entry, part) for part in unique["key"])) for where, entry in entries
        ]
        for (where, key), count in Counter(keys).items():
            if count > 1 and None not in key:
                yield Finding("twice", (one.number,), " + ".join(unique["key"]), named([key]), where)


def _thing(name: str, city: str, **members: Any) -> dict[str, Any]:
    return {"thingId": name, "cityCode": city, **members}


_A, _B = _thing("a", "TPE"), _thing("b", "TXG")


def _story(tpe: Sequence[Any], txg: Sequence[Any], whole: Sequence[Any] = (_A, _B), keyed: Sequence[Any] = ()) -> list[Exchange]:
    return numbered(
        exchange("GET /things", 200, page(*whole), step="whole"),
        exchange("GET /things?city=TPE", 200, page(*tpe), step="part"),
        exchange("GET /things?city=TXG", 200, page(*txg), step="part"),
        exchange("GET /things?city=ILA", 200, page(), step="part"),
        exchange("GET /things", 200, page(*keyed), step=KEYED),
    )


_TWICE = _thing("c", "TPE", parts=[{"id": 1, "side": 0}, {"id": 1, "side": 0}])
_ONCE = _thing("c", "TPE", parts=[{"id": 1, "side": 0}, {"id": 1, "side": 1}])
EXAMPLES = Examples(
    operation="listThings",
    conforms=[_story([_A], [_B], keyed=[_ONCE])],
    violates=[_story([_A, _B], [_B]), _story([_A], []), _story([_A], [_B], keyed=[_TWICE])],
    inconclusive=[[], _story([], [], whole=())],
    arguments={
        "parameter": "city",
        "unique": {"operation": "listThings", "each": "/items/*/parts/*", "key": ["/id", "/side"]},
    },
)
