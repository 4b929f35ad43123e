"""A range of time includes its beginning and not its end, so that two ranges that touch divide what lies in both together.

Why: consumers read a day, then the next. With both ends included they count what lies on the border twice; with none, never.

The border is put on the very instant of an item, once as the item writes it and once in UTC. Where others make and change items all the time,
an item is missed only where it was seen, at the same instant, both before and after the view that lacks it.

Of a list of another thing's parts, one is taken that has parts at two times.

Fails when: an item is in both of two touching ranges, or in their union's range and in neither, or the other way round; the item
on the border is not in the range that begins there; a range that begins after its end is not refused with 400, or one that ends
where it begins is not answered with an empty page.
Inconclusive when: the collection has fewer than two items at different times.
Source: the interface's rules on filters; half-open intervals.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from conformance import given
from conformance.checks._example import exchange, numbered, page, problem
from conformance.checks._rounds import lasting, settled
from conformance.checks._statuses import either
from conformance.checks._views import View, at_rest, named, traverse, views
from conformance.interface.dialect import Dialect, instant
from conformance.model import Examples, Exchange, Finding, Inputs, Operation, Parameter, Request, Script, Touches, Unmet, Witness
from conformance.text import pointer

TOUCHES = Touches.READS
ASKS = 27
STOCKS = True
_LISTS, _LOOKED_AT = 6, 8  # lists of things, and things of each whose parts are looked at, to find one that has several
EAST, WEST = timezone(timedelta(hours=14)), timezone(timedelta(hours=-10))

ABOUT = """時間範圍含起點而不含終點，故相接之兩範圍恰分割其合併範圍。
緣由：資料使用者先讀一日，再讀次日。兩端皆含者，界線上之項目計兩次；皆不含者，永遠不計。
界線置於某項目之確切時刻，一次依其原寫法，一次以 UTC。其間他人增改項目者，僅於某項目在所缺檢視之前後均以同一時刻出現時，方視為遺漏。
列出他物之組成者，取其組成具有兩個相異時間之物。
不通過：項目同時位於相接之兩範圍；位於合併範圍而不在任一範圍，或反之；界線上之項目不在自該處開始之範圍；起點晚於終點之範圍未以 400 拒絕；起點等於終點者未回應空頁。
無法判定：集合中時間相異之項目少於兩筆。
依據：介面規範之篩選規定；半開區間。
"""

MESSAGES = {
    "both": {
        "en": "an item is in both of two ranges that touch ({expected}): {actual}",
        "zh-Hant": "同一項目出現在相接的兩個範圍中（{expected}）：{actual}",
    },
    "union": {
        "en": "two ranges that touch do not make up their union ({expected}): {actual} is on one side only",
        "zh-Hant": "相接的兩個範圍不等於其聯集（{expected}）：{actual} 僅見於一方",
    },
    "border": {
        "en": "the item at the beginning of a range should be in it ({expected}): {actual}",
        "zh-Hant": "起點上的項目應在範圍內（{expected}）：{actual}",
    },
    "refused": {
        "en": "a valid range, {at}, was refused: expected {expected}, got {actual}",
        "zh-Hant": "有效的範圍 {at} 遭拒：應為 {expected}，實得 {actual}",
    },
    "empty": {
        "en": "a range that ends where it begins should give {expected}, got {actual}",
        "zh-Hant": "起訖相同的範圍應得 {expected}，實得 {actual}",
    },
    "backwards": {
        "en": "a range that begins after its end should be answered {expected}, but got {actual}",
        "zh-Hant": "起點晚於終點的範圍應回應 {expected}，實得 {actual}",
    },
}


def _ends(operation: Operation) -> tuple[Parameter, Parameter]:
    """The parameters for the beginning and the end of a range over one member."""
    for start in operation.filters:
        for end in operation.filters:
            one, two = start.filter or {}, end.filter or {}
            if one.get("match") == "from" and two.get("match") == "before" and one.get("on") == two.get("on"):
                return start, end
    raise Unmet(f"{operation.id} has no filter by a range of time")


def drive(operation: Operation, inputs: Inputs, dialect: Dialect, *, stock: int = 4) -> Script:
    """Two touching ranges and their union, twice; an empty range, and one backwards."""
    request: Request | None = yield from given.stocked(operation, inputs, dialect, least=stock)
    start, end = _ends(operation)
    if request is None:
        request = yield from _telling(operation, start, inputs, dialect)

    def once() -> Script:
        pages: list[Exchange] = yield from traverse(operation, dialect, request, step="all")
        items = [item for one in pages for item in dialect.items(one, operation) or ()]
        texts = {moment: text for item in items if (moment := instant(text := _when(start, item)))}
        ranked = sorted(texts)
        if len(ranked) < 2:
            raise Unmet(f"{operation.id} has fewer than two items at different times")
        middle = ranked[len(ranked) // 2]
        past = _utc(ranked[-1] + timedelta(seconds=1))
        for nth, border in enumerate((texts[middle], _utc(middle))):
            for part, (since, until) in {
                "first": (_utc(ranked[0]), border),
                "second": (border, past),
                "union": (_utc(ranked[0]), past),
            }.items():
                asked = request.with_query(**{start.name: since, end.name: until})
                yield from traverse(operation, dialect, asked, step=f"{part} {nth}")
        yield request.with_query(**{start.name: texts[middle], end.name: texts[middle]}).with_step("empty")
        yield request.with_query(**{start.name: past, end.name: _utc(ranked[0])}).with_step("backwards")
        # Read as texts these two are the other way round.
        second = timedelta(seconds=1)
        turned = {start.name: (middle + second).astimezone(WEST).isoformat(), end.name: middle.astimezone(EAST).isoformat()}
        yield request.with_query(**turned).with_step("backwards by a second")
        narrow = {start.name: middle.astimezone(EAST).isoformat(), end.name: (middle + second).astimezone(WEST).isoformat()}
        yield request.with_query(**narrow).with_step("of a second")

    yield from settled(once, lambda seen: _judged(operation, seen, dialect), at_rest=at_rest(operation, dialect))


def _telling(operation: Operation, start: Parameter, inputs: Inputs, dialect: Dialect) -> Script:
    """A request of the list; of several things whose parts it may list, one whose parts lie at two times, where there is such a one. First
    looked at are things that have come far, since most others in a sandbox were made a moment ago.
    """
    looked_at = set[str]()
    for among in given.far_along(operation)[:_LISTS]:
        try:
            narrowed: list[Request] = yield from given.ready_many(operation, inputs, dialect, most=_LOOKED_AT, among=among)
        except Unmet:
            continue
        found = yield from _first_telling(operation, start, narrowed, looked_at, dialect)
        if found is not None:
            return found
    requests: list[Request] = yield from given.ready_many(operation, inputs, dialect, most=_LOOKED_AT)
    others = requests if len(requests) > 1 else []
    return (yield from _first_telling(operation, start, others, looked_at, dialect)) or requests[-1]


def _first_telling(
    operation: Operation, start: Parameter, requests: Sequence[Request], looked_at: set[str], dialect: Dialect
) -> Script:
    for request in requests:
        if request.target not in looked_at:
            looked_at.add(request.target)
            few: Exchange = yield request.with_step(f"given: {operation.id}")
            if len({instant(_when(start, item)) for item in dialect.items(few, operation) or ()} - {None}) > 1:
                return request
    return None


def _when(start: Parameter, item: Any) -> Any:
    return pointer.first(item, (start.filter or {})["on"])


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def judge(
    operation: Operation,
    trace: Sequence[Exchange],
    dialect: Dialect,
    *,
    empty: Sequence[int] = (200,),
    backwards: Sequence[int] = (400,),
) -> Iterator[Finding | Witness]:
    """A witness per pair of touching ranges whose union has items. `empty` and `backwards` are what a range gets that ends where it
    begins, or before; one that is answered with a page is answered with none of the items.
    """
    yield from lasting(
        trace, lambda seen: _judged(operation, seen, dialect, empty, backwards), at_rest=at_rest(operation, dialect)
    )


def _judged(
    operation: Operation,
    trace: Sequence[Exchange],
    dialect: Dialect,
    empty: Sequence[int] = (200,),
    backwards: Sequence[int] = (400,),
) -> Iterator[Finding | Witness]:
    seen = {view.step: view for view in views(operation, trace, dialect)}
    for nth in ("0", "1"):
        parts = {name: seen[f"{name} {nth}"] for name in ("first", "second", "union") if f"{name} {nth}" in seen}
        if len(parts) == 3 and all(view.complete for view in parts.values()) and parts["union"].items:
            yield from _divided(operation, parts, list(seen.values()))
    if "all" not in seen or seen["all"].status != 200:
        return
    yield from _second(operation, seen)
    without = seen.get("empty")
    if without is not None and (without.status not in empty or without.items):
        yield Finding("empty", without.numbers, f"{either(empty)} (0)", f"{without.status} ({len(without.items)})")
    for step in ("backwards", "backwards by a second"):
        if step in seen and (seen[step].status not in backwards or seen[step].items):
            yield Finding("backwards", seen[step].numbers, either(backwards), str(seen[step].status))


def _second(operation: Operation, seen: Mapping[str, View]) -> Iterator[Finding]:
    """A range of one second that begins at an item: that item is in it, whatever offsets the ends are written in."""
    narrow, (start, _) = seen.get("of a second"), _ends(operation)
    if narrow is None or (not narrow.complete and narrow.status < 400):
        return
    if narrow.status >= 400:
        yield Finding("refused", narrow.numbers, "200", str(narrow.status), narrow.label)
        return
    border = instant(narrow.query[start.name])
    lost = [key for key, item in seen["all"].known.items() if instant(_when(start, item)) == border and key not in narrow.known]
    if lost:
        yield Finding("border", narrow.numbers, f"{narrow.status} ({narrow.label})", named(lost))


def _divided(operation: Operation, parts: Mapping[str, View], every: Sequence[View]) -> Iterator[Finding | Witness]:
    first, second, union = (parts[name] for name in ("first", "second", "union"))
    start, _ = _ends(operation)
    border = instant(second.query[start.name])

    def at(view: View, key: Any) -> datetime | None:
        return instant(_when(start, view.known.get(key)))

    def lacked(key: Any, lacking: Sequence[View]) -> bool:
        """Whether it was there, at the same instant, before the first of these views and after the last."""
        begin, end = every.index(lacking[0]), every.index(lacking[-1])
        before, after = ({at(view, key) for view in part} - {None} for part in (every[:begin], every[end + 1 :]))
        return len(before) == 1 and before == after

    on_it = [key for key in union.known if at(union, key) == border]
    numbers = (*first.numbers[:1], *second.numbers[:1], *union.numbers[:1])
    if on_it or (first.items and second.items):
        yield Witness(numbers, union.label)
    parted = first.known | second.known
    for key in first.known:
        if key in second.known and at(first, key) == at(second, key):
            yield Finding("both", numbers, second.query[start.name], named([key]))
    for key in union.known | parted:
        if (key not in parted and lacked(key, (first, second))) or (key not in union.known and lacked(key, (union,))):
            yield Finding("union", numbers, union.label, named([key]))
    for key in on_it:
        if key not in second.known and lacked(key, (second,)):
            yield Finding("border", numbers, second.label, named([key]))


def _thing(name: str, day: int) -> dict[str, Any]:
    return {"thingId": name, "startTime": f"2026-01-0{day}T08:00:00+08:00"}


_A, _B, _C = (_thing(name, day) for name, day in (("a", 1), ("b", 2), ("c", 3)))
_DAY = "T00:00:00Z"


def _story(first: Sequence[Any], second: Sequence[Any], *, empty: int = 0, backwards: int = 400) -> list[Exchange]:
    first_day, middle, last = (f"2026-01-0{day}{_DAY}" for day in (1, 2, 4))
    return numbered(
        exchange("GET /things", 200, page(_A, _B, _C), step="all"),
        exchange(f"GET /things?from={first_day}&to={middle}", 200, page(*first), step="first 0"),
        exchange(f"GET /things?from={middle}&to={last}", 200, page(*second), step="second 0"),
        exchange(f"GET /things?from={first_day}&to={last}", 200, page(_A, _B, _C), step="union 0"),
        exchange(f"GET /things?from={middle}&to={middle}", 200, page(*[_B][:empty]), step="empty"),
        exchange(f"GET /things?from={last}&to={first_day}", backwards, problem(backwards), step="backwards"),
    )


EXAMPLES = Examples(
    operation="listThings",
    conforms=[_story([_A], [_B, _C])],
    violates=[
        _story([_A, _B], [_B, _C]),
        _story([_A], [_C]),
        _story([_A, _B], [_C]),
        _story([_A], [_B, _C], empty=1),
        _story([_A], [_B, _C], backwards=200),
        [
            *_story([_A], [_B, _C])[:1],
            exchange(
                f"GET /things?from=2026-01-02{_DAY}&to=2026-01-02T00:00:01Z", 400, problem(400), step="of a second", number=9
            ),
        ],
    ],
    inconclusive=[[], numbered(exchange("GET /things", 200, page(_A), step="all"))],
)
