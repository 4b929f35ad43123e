"""The position of an item lies in the area whose code it states, or near its border.

Why: a code that was copied from the neighbouring row passes every schema; a consumer who asks for one city then misses a stop, and
another city shows a stop that is not its own.

Fails when: the position is farther than `tolerance_km` from every box of the stated area; with `closed`, also when the code is none
of the known areas.
Inconclusive when: no item with a position and a known area was seen.
Source: MOTC code list of cities and counties; the boxes are the programme's own and may be replaced by a profile.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from conformance.checks._example import exchange, page
from conformance.checks._reading import documents, number_of, read
from conformance.interface.dialect import Dialect
from conformance.model import Examples, Exchange, Finding, Inputs, Operation, Script, Touches, Witness
from conformance.text import pointer

TOUCHES = Touches.READS
ASKS = 1
ABOUT = """項目之位置位於其所載代碼之區域內，或鄰近其邊界。
緣由：誤抄鄰列之代碼可通過任何綱要；查詢某縣市者因而遺漏一站，另一縣市則顯示不屬於它之站牌。
不通過：位置與所載區域之每一範圍框相距均超過 `tolerance_km`；`closed` 時，代碼不是已知區域亦屬之。
無法判定：未見同時有位置與已知區域之項目。
依據：交通部縣市代碼表；範圍框由本計畫所定，驗測範疇得另訂。
"""

MESSAGES = {
    "elsewhere": {
        "en": "the position at {at} does not lie in its area {expected}: {actual}",
        "zh-Hant": "{at} 的位置不在其所屬區域 {expected}：{actual}",
    },
    "unknown": {
        "en": "the area code at {at} is none of the known ones: expected one of {expected}, got {actual}",
        "zh-Hant": "{at} 的區域代碼不在代碼表內：應為 {expected} 之一，實得 {actual}",
    },
}
_KM_PER_DEGREE = 111.2


def drive(operation: Operation, inputs: Inputs, dialect: Dialect, *, most: int = 1) -> Script:
    """Reads the collection."""
    yield from read(operation, inputs, dialect, most=most)


def judge(
    operation: Operation,
    trace: Sequence[Exchange],
    dialect: Dialect,
    *,
    areas: Mapping[str, Sequence[Any]],
    area: str = "/cityCode",
    longitude: str = "/position/positionLon",
    latitude: str = "/position/positionLat",
    tolerance_km: float = 5.0,
    closed: bool = False,
) -> Iterator[Finding | Witness]:
    """`areas` maps a code to a box (west, south, east, north) or to a list of boxes. One witness per page with such items."""
    for one, items in documents(operation, trace, dialect):
        told = 0
        for at, item in items:
            code = pointer.first(item, area)
            lon, lat = number_of(pointer.first(item, longitude)), number_of(pointer.first(item, latitude))
            if closed and isinstance(code, str) and code not in areas:
                yield Finding("unknown", (one.number,), ", ".join(areas), code, at + area)
            if not isinstance(code, str) or code not in areas or lon is None or lat is None:
                continue
            told += 1
            away = min(_distance(lon, lat, box) for box in _boxes(areas[code]))
            if not away <= tolerance_km:
                yield Finding("elsewhere", (one.number,), code, f"({lon:g}, {lat:g}), {away:.1f} km", at)
        if told:
            yield Witness((one.number,), f"{told} items")


def _boxes(value: Sequence[Any]) -> list[Sequence[float]]:
    return list(value) if isinstance(value[0], Sequence) else [value]


def _distance(lon: float, lat: float, box: Sequence[float]) -> float:
    """Kilometres from a point to a box, on a sphere taken as flat (a few metres off over a few kilometres)."""
    west, south, east, north = box
    across = max(west - lon, lon - east, 0.0) * _KM_PER_DEGREE * math.cos(math.radians(lat))
    return math.hypot(across, max(south - lat, lat - north, 0.0) * _KM_PER_DEGREE)


def _things(*rows: tuple[str, float, float]) -> list[Exchange]:
    items = [
        {"thingId": str(index), "cityCode": code, "position": {"positionLon": lon, "positionLat": lat}}
        for index, (code, lon, lat) in enumerate(rows)
    ]
    return [exchange("GET /things", 200, page(*items), step="read")]


EXAMPLES = Examples(
    operation="listThings",
    arguments={
        "areas": {"TPE": [121.44, 24.95, 121.68, 25.22], "LIE": [[119.9, 25.9, 120.1, 26.3], [120.4, 26.3, 120.6, 26.4]]},
        "closed": True,
    },
    conforms=[_things(("TPE", 121.56, 25.03), ("LIE", 120.5, 26.36)), _things(("TPE", 121.72, 25.03))],
    violates=[_things(("TPE", 120.68, 24.15)), _things(("TPE", 121.75, 25.03)), _things(("XXX", 121.56, 25.03))],
    inconclusive=[[exchange("GET /things", 200, page("a"), step="read")], [exchange("GET /things", 503, step="read")]],
)
