"""A filter keeps every item that satisfies it, and no other.

Why: a filter that lets others through makes consumers show wrong data; one that loses items makes them miss data, and nobody
notices what is not there.

The suite has its own reading of every kind of filter (`x-filter`) and applies it to all items that it has seen. Values are taken
from the data, so that matches exist, and stand on the boundary where there is one: the very instant, coordinate or largest
number of an item, the same instant in another offset, and a value that is declared but not there. Where a filter depends on
other operations, these are asked for a sample of items; where what they say does not fit what came, they are asked again
afterwards, and what changed meanwhile says nothing.

Fails when: (sound) an item comes that does not satisfy a filter of its request; (complete) an item that satisfies all filters of
a request and was seen without them does not come, or the request is refused although its values are valid.
Inconclusive when: (sound) some filter had no item to leave out; (complete) some filter had no item to keep. A filter on an optional
member that no item has is left out.
Source: the interface's rules on filters.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from conformance import given
from conformance.checks._example import exchange, numbered, page, problem
from conformance.checks._filters import SAMPLE, choices, learn
from conformance.checks._predicates import LOCAL, World, holds
from conformance.checks._rounds import lasting, settled
from conformance.checks._views import View, alternatives, at_rest, bases, named, traverse, views
from conformance.interface import contract
from conformance.interface.dialect import Dialect
from conformance.model import Examples, Exchange, Finding, Inputs, Moot, Operation, Parameter, Request, Script, Touches, Witness
from conformance.text import pointer

TOUCHES = Touches.READS
ASKS = 24
STOCKS = True
MOST_SHOWN, MOST_DOUBTED = 3, 12
Filters = Sequence[tuple[Parameter, str]]

ABOUT = """篩選條件保留每一符合之項目，且別無其他。
緣由：放行其他項目，會使資料使用者顯示錯誤資料；遺失項目則使其漏失，而不在之物無人察覺。
套件對每一種篩選條件（`x-filter`）有自己的解讀，並套用於所見之全部項目。值取自資料，故必有相符者，並取邊界值：項目之確切時刻、座標或最大數值、同一時刻之另一時差，以及已宣告而不存在之值。條件取決於其他操作者，就抽樣項目查詢之；若與結果不合，事後再問，其間有變動者不予採計。
不通過：（正確）列出不符合請求條件之項目；（完整）符合全部條件且於未篩選時見過之項目未列出，或值有效之請求遭拒。
無法判定：（正確）某條件沒有可排除之項目；（完整）某條件沒有可保留之項目。以沒有任何項目具備之選用欄位篩選者，略過。
依據：介面規範之篩選規定。
"""

MESSAGES = {
    "unsound": {
        "en": "an item came that the filter {expected} should leave out: {actual}",
        "zh-Hant": "出現應被篩選條件 {expected} 排除的項目：{actual}",
    },
    "incomplete": {
        "en": "an item that satisfies {expected} did not come: {actual}",
        "zh-Hant": "符合 {expected} 的項目未列出：{actual}",
    },
    "refused": {
        "en": "a valid filter, {at}, was refused: expected {expected}, got {actual}",
        "zh-Hant": "有效的篩選條件 {at} 遭拒：應為 {expected}，實得 {actual}",
    },
    "unexercised": {
        "en": "no value of {aspect} was found that keeps an item and leaves one out: items hold nothing at the pointer of its x-filter, or all the same; [seed] {aspect} = … in yance.toml names values",
        "zh-Hant": "找不到能保留部分項目並排除其他項目的 {aspect} 值：項目在其 x-filter 所指位置沒有值或全部相同；可於 yance.toml 的 [seed] 以 {aspect} = … 指明",
    },
}
SUB_RULES = ("sound", "complete")


def aspects(
    operation: Operation, dialect: Dialect, *, parameters: Sequence[str] | None = None, aspects: Sequence[str] = SUB_RULES
) -> list[str]:
    """Each filter that is tried, once per sub-rule: those that a request needs anyway are in every view and leave nothing out."""
    return [_aspect(p, rule, aspects) for p in _tried(operation, parameters) for rule in aspects]


def _tried(operation: Operation, parameters: Sequence[str] | None) -> list[Parameter]:
    needed = {p.name for p in (*alternatives(operation), *(p for p in operation.filters if p.required))}
    return [p for p in operation.filters if p.name not in needed and (parameters is None or p.name in parameters)]


def _aspect(p: Parameter, rule: str, rules: Sequence[str]) -> str:
    return p.name if len(rules) == 1 else f"{p.name} ({rule})"


def drive(
    operation: Operation,
    inputs: Inputs,
    dialect: Dialect,
    *,
    parameters: Sequence[str] | None = None,
    stock: int = 4,
    sample: int = SAMPLE,
) -> Script:
    """Without filters, then with each value of each filter; what filters depend on is asked for `sample` items."""
    stocked = yield from given.stocked(operation, inputs, dialect, least=stock, varied=True)
    starts = [stocked] if stocked else (yield from bases(operation, inputs, dialect))

    def once() -> Script:
        for nth, base in enumerate(starts):
            pages: list[Exchange] = yield from traverse(operation, dialect, base, step="all")
            items = [item for one in pages for item in dialect.items(one, operation) or ()]
            for p in operation.filters:
                tried = parameters is None or p.name in parameters
                if tried and base.parameter(p.name) is None and (nth == 0 or len(starts) == 1):
                    yield from _one_filter(operation, p, base, items, inputs, dialect, sample)

    yield from settled(
        once,
        lambda seen: _judged(operation, seen, dialect, parameters, SUB_RULES),
        at_rest=at_rest(operation, dialect),
    )


def _one_filter(
    operation: Operation, p: Parameter, base: Request, items: Sequence[Any], inputs: Inputs, dialect: Dialect, sample: int
) -> Script:
    seen: list[Exchange] = []
    for text in (yield from choices(operation, p, items, inputs, dialect, seen, most=sample)):
        asked = base.with_query(**{p.name: text})
        pages: list[Exchange] = yield from traverse(operation, dialect, asked, step=f"{p.name}={text}")
        came = [item for one in pages for item in dialect.items(one, operation) or ()]
        yield from learn(operation, p, text, came[: SAMPLE // 3], dialect, seen)
        world, known = World(operation.spec, seen, dialect), {dialect.identity(operation, item) for item in came}
        doubtful = [item for item in came if holds(p, text, item, world) is False]
        doubtful += [item for item in items if dialect.identity(operation, item) not in known and holds(p, text, item, world)]
        yield from learn(operation, p, text, doubtful[:MOST_DOUBTED], dialect, seen, again=True)


def judge(
    operation: Operation,
    trace: Sequence[Exchange],
    dialect: Dialect,
    *,
    parameters: Sequence[str] | None = None,
    aspects: Sequence[str] = SUB_RULES,
) -> Iterator[Finding | Witness | Moot]:
    """A witness per view that had an item to leave out (sound) or to keep (complete). `aspects` says which are judged."""
    yield from lasting(
        trace, lambda seen: _judged(operation, seen, dialect, parameters, aspects), at_rest=at_rest(operation, dialect)
    )


def each(
    operation: Operation,
    trace: Sequence[Exchange],
    dialect: Dialect,
    *,
    parameters: Sequence[str] | None = None,
    aspects: Sequence[str] = SUB_RULES,
) -> Iterator[Finding]:
    """Every page of the run holds only what its filters keep, as far as the items tell that by themselves."""
    local = [p for p in operation.filters if (p.filter or {})["match"] in LOCAL and (parameters is None or p.name in parameters)]
    for one in trace:
        if not local or "sound" not in aspects or not one.ok or not (items := dialect.items(one, operation)):
            continue
        world = World(operation.spec, (), dialect)
        filters = [
            (p, text)
            for p in local
            if (text := one.request.parameter(p.name)) is not None and contract.parameter_accepts(operation, p.name, text)
        ]
        wrong = [(p, text, item) for p, text in filters for item in items if holds(p, text, item, world) is False]
        for p, text, item in wrong[:MOST_SHOWN]:
            yield Finding("unsound", (one.number,), f"{p.name}={text}", named([dialect.identity(operation, item)]))


def _judged(
    operation: Operation, trace: Sequence[Exchange], dialect: Dialect, parameters: Sequence[str] | None, aspects: Sequence[str]
) -> Iterator[Finding | Witness | Moot]:
    world = World(operation.spec, trace, dialect)
    every = views(operation, trace, dialect)
    pools: dict[str, dict[Any, Any]] = {}
    for view in every:
        pools.setdefault(view.path, {}).update(view.known)
    for view in every:
        filters = [(p, view.query[p.name]) for p in operation.filters if p.name in view.query]
        if not all(contract.parameter_accepts(operation, p.name, text) for p, text in filters):
            continue  # what the interface excludes is to be refused, and selects nothing
        subject = [(p, text) for p, text in filters if parameters is None or p.name in parameters]
        if not subject:
            continue
        if "sound" in aspects and view.status < 400:
            yield from _sound(view, subject, pools[view.path], world, aspects)
        if "complete" in aspects and len(filters) == len(view.query.keys() - operation.fixed.keys()):
            yield from _complete(view, filters, pools[view.path], world, aspects)
    yield from _absent(operation, every, dialect, parameters, aspects)


def _sound(
    view: View, filters: Filters, pool: Mapping[Any, Any], world: World, rules: Sequence[str]
) -> Iterator[Finding | Witness | Moot]:
    for p, text in filters:
        if any(holds(p, text, item, world) is False for item in pool.values()):
            yield Witness(view.numbers, view.label, aspect=_aspect(p, "sound", rules))
    shown = 0
    for key, item in zip(view.identities, view.items, strict=True):
        for p, text in filters:
            if shown < MOST_SHOWN and holds(p, text, item, world) is False and _looked_again(view, [(p, text)], item, world):
                shown += 1
                yield Finding("unsound", view.numbers, f"{p.name}={text}", named([key]))


def _complete(
    view: View, filters: Filters, pool: Mapping[Any, Any], world: World, rules: Sequence[str]
) -> Iterator[Finding | Witness | Moot]:
    wanted = [key for key, item in pool.items() if all(holds(p, text, item, world) is True for p, text in filters)]
    if not wanted or not (view.complete or view.status >= 400):
        return
    for p, _ in filters:
        yield Witness(view.numbers, view.label, aspect=_aspect(p, "complete", rules))
    if view.status >= 400:
        yield Finding("refused", view.numbers, "200", str(view.status), view.label)
        return
    known = view.known
    for key in [key for key in wanted if key not in known and _looked_again(view, filters, pool[key], world)][:MOST_SHOWN]:
        yield Finding("incomplete", view.numbers, view.label, named([key]))


def _absent(
    operation: Operation, every: Sequence[View], dialect: Dialect, parameters: Sequence[str] | None, rules: Sequence[str]
) -> Iterator[Moot]:
    """The filters on an optional member, declared as such, that no item has."""
    items = [item for view in every for item in view.items]
    shown = next((one for view in every if view.items for one in view.exchanges if one.ok), None)
    if shown is None:
        return
    for p in _tried(operation, parameters):
        where = (p.filter or {}).get("on", "")
        local = (p.filter or {}).get("match") in {*LOCAL} - {"bbox"}
        path = pointer.segments(f"{dialect.items_pointer(operation)}/0{where}")
        if local and not any(pointer.values(item, where) for item in items) and contract.describes(operation, shown, path):
            yield from (Moot((shown.number,), aspect=_aspect(p, rule, rules)) for rule in rules)


def _looked_again(view: View, filters: Filters, item: Any, world: World) -> bool:
    """Whether what the filters depend on was read after the view too: what was read only before may have changed by then."""
    last = max(one.number for one in view.exchanges)
    return all(world.told_after(p.filter or {}, text, item, last) for p, text in filters)


def _thing(name: str, **members: Any) -> dict[str, Any]:
    return {"thingId": name, **members}


_A = _thing(
    "a", colour="red", size=3, startTime="2026-01-01T08:00:00+08:00", position={"positionLon": 121.5, "positionLat": 25.0}
)
_B = _thing(
    "b", colour="blue", size=5, startTime="2026-01-02T08:00:00+08:00", position={"positionLon": 121.6, "positionLat": 25.1}
)


def _story(query: str, *items: Any, status: int = 200) -> list[Exchange]:
    answer = page(*items) if status == 200 else problem(status)
    return numbered(
        exchange("GET /things?limit=200", 200, page(_A, _B), step="all"),
        exchange(f"GET /things?{query}", status, answer, step=query),
    )


def _stocked(*stocks: int, came: bool, other: int | None = None) -> list[Exchange]:
    """What a thing had in stock, before the view and, if asked again, after it; and what another one had."""

    def told(item: dict[str, Any], stock: int) -> Exchange:
        line = f"GET /things/{item['thingId']}"
        return exchange(line, 200, {**item, "stock": stock}, name="getThing", step="related: getThing")

    before = [told(_A, stocks[0]), *([] if other is None else [told(_B, other)])]
    view = exchange("GET /things?inStock=true", 200, page(*([_A] if came else [])), step="inStock=true")
    every = exchange("GET /things?limit=200", 200, page(_A, _B), step="all")
    return numbered(every, *before, view, *(told(_A, stock) for stock in stocks[1:]))


EXAMPLES = Examples(
    operation="listThings",
    conforms=[
        _stocked(3, came=True),
        _stocked(0, 3, came=True, other=0),
        _stocked(0, came=False),
        _story("colour=red", _A),
        _story("minSize=5", _B),
        _story("bbox=121.5,25.0,121.5,25.0", _A),
        _story("from=2026-01-02T00:00:00Z", _B),
        _story("to=2026-01-02T08:00:00%2B08:00", _A),
        _story("colour=green"),
    ],
    violates=[
        _stocked(0, 0, came=True),
        _stocked(3, 3, came=False),
        _story("colour=red", _A, _B),
        _story("minSize=5"),
        _story("bbox=121.5,25.0,121.55,25.05"),
        _story("from=2026-01-02T00:00:00Z"),
        _story("to=2026-01-02T00:00:00Z", _A, _B),
        _story("minSize=5", status=400),
    ],
    inconclusive=[
        [],
        numbered(exchange("GET /things?limit=200", 200, page(_A, _B), step="all")),
        _story("colour=red", status=429),
        _stocked(0, 3, came=True),
        _stocked(3, 0, came=False),
    ],
)
