"""A box keeps what lies in it and on its edges, four boxes that divide it keep the same together, and no other box is accepted.

Why: a map client asks tile by tile. A box that leaves out its edges loses what lies on the border of two tiles; one whose numbers
are taken in another order shows another part of the world.

The outer box has items on its edges; it is divided at the very position of an item, which lies on the edges of all four parts. One
box has no extent at all and consists of that position.

Fails when: an item with a position in a box or on its edge does not come; one outside comes; the four parts together differ from
the whole; a box with inverted edges, with a wrong number of members, with something that is no number, or out of range is answered
with anything but 400.
Inconclusive when: fewer than two positions were seen.
Source: the interface's rules on filters; OGC API - Features - Part 1: Core, parameter bbox.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from conformance.checks._example import exchange, numbered, page, problem
from conformance.checks._filters import corners
from conformance.checks._predicates import box, inside, place
from conformance.checks._rounds import lasting, settled
from conformance.checks._views import View, ample, at_rest, named, traverse, views
from conformance.interface.dialect import Dialect
from conformance.model import (
    Examples,
    Exchange,
    Finding,
    Guise,
    Inputs,
    Operation,
    Parameter,
    Request,
    Script,
    Touches,
    Unmet,
    Witness,
)

TOUCHES = Touches.READS
ASKS = 21
STOCKS = True
MOST_SHOWN = 3
PARTS = ("south-west", "south-east", "north-west", "north-east")
REFUSED = (
    "122.0,24.0,121.0,25.0",
    "121.0,25.0,122.0,24.0",
    "121.0,24.0,122.0",
    "121.0,24.0,122.0,25.0,0",
    "121.0,24.0,122.0,25.0,",
    "121.0,24.0,0,122.0,25.0,100",
    "121.0,24.0,0,122.0,25.0,100,0",
    "121.0,24.0,122.0,north",
    "121.0,south,122.0,25.0",
    "121.0,24.0,122.0,NaN",
    "121.0,24.0,180.5,25.0",
    "-180.5,24.0,122.0,25.0",
    "121.0,24.0,122.0,90.5",
    "121.0,-90.5,122.0,25.0",
)

ABOUT = """矩形範圍包含其內及邊上者；分割為四者合起來相同；不接受不合法之範圍。
緣由：地圖用戶端逐塊查詢。不含邊界之範圍會遺漏兩塊交界上者；數值順序不同者則顯示世界另一處。
外框邊上有項目；並以某項目之位置為分割點，該位置位於四個部分之邊上。另有一範圍沒有大小，僅含該位置。
不通過：位於範圍內或邊上之項目未列出；範圍外者列出；四個部分合起來與整體不同；邊界顛倒、數值個數不對、含非數值或超出界限之範圍，回應非 400。
無法判定：所見位置少於兩個。
依據：介面規範之篩選規定；OGC API - Features - Part 1: Core, parameter bbox。
"""

MESSAGES = {
    "left-out": {
        "en": "an item in the box or on its edge did not come: {actual} with {expected}",
        "zh-Hant": "位於範圍內或邊界上的項目未列出：{expected} 缺少 {actual}",
    },
    "outside": {
        "en": "an item outside the box came: {actual} with {expected}",
        "zh-Hant": "出現範圍外的項目：{expected} 列出 {actual}",
    },
    "parts": {
        "en": "the four parts of a box together differ from the whole: {actual} is on one side only ({expected})",
        "zh-Hant": "四個子範圍的聯集與整體不符：{actual} 僅見於一方（{expected}）",
    },
    "accepted": {
        "en": "the box {at} should be answered {expected}, but got {actual}",
        "zh-Hant": "範圍 {at} 應回應 {expected}，實得 {actual}",
    },
}


def _parameter(operation: Operation) -> Parameter:
    found = next((p for p in operation.filters if (p.filter or {}).get("match") == "bbox"), None)
    if found is None:
        raise Unmet(f"{operation.id} has no filter by a box")
    return found


def drive(operation: Operation, inputs: Inputs, dialect: Dialect) -> Script:
    """The whole collection, the box around it and its four parts, one point, and boxes that are none."""
    p = _parameter(operation)
    request: Request = yield from ample(operation, inputs, dialect)

    def once() -> Script:
        pages: list[Exchange] = yield from traverse(operation, dialect, request, step="all")
        items = [item for one in pages for item in dialect.items(one, operation) or ()]
        points = sorted({point for item in items if (point := place(item, (p.filter or {})["on"]))})
        if len(points) < 2:
            raise Unmet(f"{operation.id} shows fewer than two positions")
        split = inputs.random("split", operation.id).choice(points[1:-1] or points)
        for step, text in _boxes(points, split).items():
            yield from traverse(operation, dialect, request.with_query(**{p.name: text}), step=step)
        for text in inputs.guise.ordered(_refused(inputs.guise), str):
            yield request.with_query(**{p.name: text}).with_step("refused")

    yield from settled(once, lambda seen: _judged(operation, seen, dialect), at_rest=at_rest(operation, dialect))


def _refused(guise: Guise) -> Iterator[str]:
    """The boxes that are none, each wrong in its way, at another place under another seed."""
    near = {"121.0": guise.shifted(121.0, 0.9), "122.0": guise.shifted(122.0, 0.9)}
    near |= {"24.0": guise.shifted(24.0, 0.9), "25.0": guise.shifted(25.0, 0.9)}
    far = {"180.5": guise.shifted(180.5, 90), "-180.5": -guise.shifted(180.5, 90), "90.5": guise.shifted(90.5, 80)}
    moved = {text: str(number) for text, number in (near | far | {"-90.5": -guise.shifted(90.5, 80)}).items()}
    words = {text: guise.spelt(text) for text in ("north", "south")}
    high = {"100": str(guise.beyond(100, 899))}
    for text in REFUSED:
        yield ",".join((moved | words | high).get(part, part) for part in text.split(","))


def _boxes(points: Sequence[tuple[float, float]], split: tuple[float, float]) -> dict[str, str]:
    west, east = min(lon for lon, _ in points), max(lon for lon, _ in points)
    south, north = min(lat for _, lat in points), max(lat for _, lat in points)
    outer = ((west, south), (east, south), (west, north), (east, north))
    return {
        "whole": corners((west, south), (east, north)),
        **{name: corners(corner, split) for name, corner in zip(PARTS, outer, strict=True)},
        "point": corners(split, split),
    }


def judge(operation: Operation, trace: Sequence[Exchange], dialect: Dialect) -> Iterator[Finding | Witness]:
    """A witness per box with an item on its edge, one for the division, and one per box that is none."""
    yield from lasting(trace, lambda seen: _judged(operation, seen, dialect), at_rest=at_rest(operation, dialect))


def _judged(operation: Operation, trace: Sequence[Exchange], dialect: Dialect) -> Iterator[Finding | Witness]:
    p = _parameter(operation)
    every = views(operation, trace, dialect)
    seen = {view.step: view for view in every if view.step != "refused" and view.status == 200}
    if "all" not in seen:
        return
    points = {key: point for key, item in seen["all"].known.items() if (point := place(item, (p.filter or {})["on"]))}
    for step in ("whole", *PARTS, "point"):
        if step in seen:
            yield from _one_box(seen[step], seen[step].query[p.name], points, (p.filter or {})["on"])
    if {"whole", *PARTS} <= seen.keys() and all(seen[step].complete for step in ("whole", *PARTS)):
        yield from _divided(seen)
    for view in every:
        if view.step == "refused":
            yield Witness(view.numbers, "refused")
            if view.status != 400:
                yield Finding("accepted", view.numbers, "400", str(view.status), view.query[p.name])


def _one_box(view: View, text: str, points: Mapping[Any, tuple[float, float]], on: str) -> Iterator[Finding | Witness]:
    edges = box(text)
    if edges is None:
        return
    within = [key for key, point in points.items() if inside(point, edges)]
    if any(points[key][0] in edges[::2] or points[key][1] in edges[1::2] for key in within):
        yield Witness(view.numbers, view.step)
    known = view.known
    for key in [key for key in within if view.complete and key not in known][:MOST_SHOWN]:
        yield Finding("left-out", view.numbers, text, named([key]))
    outside = [key for key, item in known.items() if (point := place(item, on)) and not inside(point, edges)]
    for key in outside[:MOST_SHOWN]:
        yield Finding("outside", view.numbers, text, named([key]))


def _divided(seen: Mapping[str, View]) -> Iterator[Finding | Witness]:
    whole = set(seen["whole"].known)
    together = {key for part in PARTS for key in seen[part].known}
    numbers = tuple(seen[step].numbers[0] for step in ("whole", *PARTS))
    if whole:
        yield Witness(numbers, "division")
    for key in sorted(whole ^ together, key=str)[:MOST_SHOWN]:
        yield Finding("parts", numbers, "whole" if key in whole else "parts", named([key]))


def _thing(name: str, lon: float, lat: float) -> dict[str, Any]:
    return {"thingId": name, "position": {"positionLon": lon, "positionLat": lat}}


_A, _B, _C = _thing("a", 121.0, 24.0), _thing("b", 121.5, 24.5), _thing("c", 122.0, 25.0)


def _asked(step: str, text: str, *items: Any, status: int = 200) -> Exchange:
    return exchange(f"GET /things?bbox={text}", status, page(*items) if status == 200 else problem(status), step=step)


def _story(*parts: Sequence[Any], whole: Sequence[Any] = (_A, _B, _C), refused: int = 400) -> list[Exchange]:
    texts = ("121,24,121.5,24.5", "121.5,24,122,24.5", "121,24.5,121.5,25", "121.5,24.5,122,25")
    return numbered(
        exchange("GET /things", 200, page(_A, _B, _C), step="all"),
        _asked("whole", "121,24,122,25", *whole),
        *(_asked(name, text, *items) for name, text, items in zip(PARTS, texts, parts, strict=True)),
        _asked("refused", "122,24,121,25", status=refused),
    )


EXAMPLES = Examples(
    operation="listThings",
    conforms=[_story([_A, _B], [_B], [_B], [_B, _C])],
    violates=[
        _story([_A], [], [], [_B, _C]),
        _story([_A, _B], [_B, _C], [_B], [_B, _C]),
        _story([_A, _B], [_B], [_B], [_B]),
        _story([_A, _B], [_B], [_B], [_B, _C], refused=200),
    ],
    inconclusive=[[], numbered(exchange("GET /things", 200, page(_A), step="all"))],
)
