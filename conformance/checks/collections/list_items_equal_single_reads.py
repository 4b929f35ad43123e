"""An item of a list equals, member by member, what reading that item alone gives.

Why: consumers take one or the other, as it suits them; where the two differ nobody knows which is right.

Date-times are compared as instants, numbers by value. A member that the interface does not declare, and that only one of the two
has, is left out of account.

Fails when: a declared member of an item is missing or different in the single reading, or the single reading is refused.
Inconclusive when: the list has no item.
Source: the interface's rules on collections.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from conformance import given
from conformance.checks._example import exchange, numbered, page, problem
from conformance.checks._filters import spread
from conformance.checks._own import unusable
from conformance.checks._rounds import lasting, settled
from conformance.checks._views import ample, at_rest, named, traverse, views
from conformance.interface import contract
from conformance.interface.dialect import Dialect, instant
from conformance.model import Examples, Exchange, Finding, Inputs, Operation, Request, Script, Touches, Witness
from conformance.text import pointer

TOUCHES = Touches.READS
STOCKS = True
MISSING = object()

ABOUT = """清單之項目與單獨讀取該項目之結果逐欄相同。
緣由：資料使用者依便利擇一採用；兩者不同時，無人知道何者正確。
日期時間依時刻、數值依大小比較。介面未宣告且僅其一具備之欄位不計。
不通過：項目之宣告欄位於單獨讀取時缺漏或不同，或單獨讀取遭拒。
無法判定：清單沒有項目。
依據：介面規範之集合規定。
"""

MESSAGES = {
    "different": {
        "en": "{at} differs: the list says {expected}, the single reading {actual}",
        "zh-Hant": "{at} 不一致：清單為 {expected}，單筆讀取為 {actual}",
    },
    "refused": {
        "en": "the listed item {at} cannot be read: expected {expected}, got {actual}",
        "zh-Hant": "清單所列項目 {at} 無法讀取：應為 {expected}，實得 {actual}",
    },
}


def drive(operation: Operation, inputs: Inputs, dialect: Dialect, *, most: int = 8) -> Script:
    """The list, then some of its items alone."""
    request: Request = yield from ample(operation, inputs, dialect)
    recipes = operation.spec.setup.values()
    state = next((one["state"] for one in recipes if one.get("list") == operation.id and "state" in one), "")

    def once() -> Script:
        pages: list[Exchange] = yield from traverse(operation, dialect, request, step="list", most=4)
        items = [item for one in pages for item in dialect.items(one, operation) or ()]
        for item in spread(items, inputs, operation.id, most=most, by=state):
            if (single := _single(operation, item, dialect)) is not None:
                yield single.with_actor(request.actor)

    yield from settled(once, lambda seen: _judged(operation, seen, dialect), at_rest=at_rest(operation, dialect))


def _single(operation: Operation, item: Any, dialect: Dialect) -> Request | None:
    """The request for one item: its path is filled as the link to it says, or else with the item's id."""
    source = operation.spec.operations[str((operation.collection or {})["get"])]
    within = dialect.items_pointer(operation) + "/*"
    values: dict[str, Any] = {}
    for one, places in given.links_to(source, {p.name for p in source.parameters if p.location == "path"}):
        if one.id == operation.id and all(where.startswith(within) for where in places.values()):
            values = {name: pointer.first(item, where.removeprefix(within)) for name, where in places.items()}
            break
    identity = dialect.identity(operation, item) or ()
    values = values or dict(zip((p.name for p in source.parameters if p.location == "path"), identity, strict=False))
    return source.request(path=values, step="single") if values and None not in values.values() else None


def judge(operation: Operation, trace: Sequence[Exchange], dialect: Dialect) -> Iterator[Finding | Witness]:
    """A witness per item that was read alone."""
    yield from lasting(trace, lambda seen: _judged(operation, seen, dialect), at_rest=at_rest(operation, dialect))


def _judged(operation: Operation, trace: Sequence[Exchange], dialect: Dialect) -> Iterator[Finding | Witness]:
    reading = operation.spec.operations[str((operation.collection or {})["get"])]
    singles = {one.request.path: one for one in trace if one.step == "single" and not unusable(one)}
    for view in views(operation, trace, dialect):
        for key, item in zip(view.identities, view.items, strict=True):
            asked = _single(operation, item, dialect)
            single = singles.get(asked.path) if asked else None
            if single is None:
                continue
            numbers = (*view.numbers[:1], single.number)
            yield Witness(numbers, named([key]))
            if not single.ok:
                yield Finding("refused", numbers, "200", str(single.status), named([key]))
                continue
            declared = contract.members(reading, single)
            within = (operation.collection or {}).get("alone", "")
            for where, listed, alone in _differences(*_things(operation, item, single), ""):
                if (listed is not MISSING and alone is not MISSING) or _pattern(within + where) in declared:
                    yield Finding("different", numbers, _shown(listed), _shown(alone), f"{named([key])}: {where or '/'}")


def _things(operation: Operation, item: Any, single: Exchange) -> tuple[Any, Any]:
    """The thing as a list shows it and as it is read alone, out of what either wraps it in (`thing` and `alone` of x-collection)."""
    collection = operation.collection or {}
    return (
        pointer.first(item, collection.get("thing", ""), MISSING),
        pointer.first(single.json, collection.get("alone", ""), MISSING),
    )


def _pattern(where: str) -> str:
    return "".join("/*" if part.isdigit() else pointer.join(part) for part in pointer.segments(where))


def _differences(listed: Any, alone: Any, here: str) -> Iterator[tuple[str, Any, Any]]:
    if isinstance(listed, dict) and isinstance(alone, dict):
        for name in dict.fromkeys((*listed, *alone)):
            yield from _differences(listed.get(name, MISSING), alone.get(name, MISSING), here + pointer.join(name))
    elif isinstance(listed, list) and isinstance(alone, list) and len(listed) == len(alone):
        for index, (one, two) in enumerate(zip(listed, alone, strict=True)):
            yield from _differences(one, two, f"{here}/{index}")
    elif isinstance(listed, bool) is not isinstance(alone, bool) or listed != alone:
        moment = instant(listed)
        if moment is None or moment != instant(alone):
            yield here, listed, alone


def _shown(value: Any) -> str:
    text = "-" if value is MISSING else repr(value)
    return text if len(text) <= 80 else text[:77] + "..."


def _thing(**members: Any) -> dict[str, Any]:
    return {"thingId": "a", "name": {"zh-Hant": "東西"}, "state": "NEW", **members}


def _story(listed: dict[str, Any], alone: dict[str, Any], status: int = 200) -> list[Exchange]:
    return numbered(
        exchange("GET /things?limit=200", 200, page(listed, limit=200), step="list"),
        exchange("GET /things/a", status, alone, name="getThing", step="single"),
    )


_EIGHT, _MIDNIGHT = {"startTime": "2026-01-01T08:00:00+08:00"}, {"startTime": "2026-01-01T00:00:00Z"}
EXAMPLES = Examples(
    operation="listThings",
    conforms=[_story(_thing(size=3, **_EIGHT), _thing(size=3.0, **_MIDNIGHT)), _story(_thing(extra=1), _thing())],
    violates=[
        _story(_thing(size=3), _thing(size=4)),
        _story(_thing(), _thing(size=4)),
        _story(_thing(name={"zh-Hant": "東西", "en": "x"}), _thing(name={"zh-Hant": "東西", "en": "y"})),
        _story(_thing(), problem(404), 404),
    ],
    inconclusive=[[], numbered(exchange("GET /things?limit=200", 200, page(), step="list")), _story(_thing(), problem(429), 429)],
)
