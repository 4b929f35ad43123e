"""Every position is in WGS 84 degrees inside the area that the interface serves.

Why: swapped axes, a position of (0, 0) and coordinates in metres (TWD97 TM2) are the three ways in which a map ends up with stops in
the sea; all three are plain numbers that no type check refuses.

Fails when: a position lies outside the bounds; the message says so when it is swapped, (0, 0) or in metres.
Inconclusive when: no answer with a position was seen.
Source: the interface's rules on positions; EPSG register, extent of Taiwan; TDX PositionLon, PositionLat.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from conformance.checks._example import exchange, page
from conformance.checks._reading import number_of
from conformance.interface import contract
from conformance.interface.dialect import Dialect
from conformance.model import Examples, Exchange, Finding, Operation, Touches, Witness
from conformance.text import pointer

TOUCHES = Touches.NOTHING
SCOPE = "exchange"
ABOUT = """每一位置均為 WGS 84 度數，且位於介面之服務區域內。
緣由：座標軸顛倒、(0, 0)、以公尺計之座標（TWD97 TM2），是地圖上站牌落入海中之三種原因；三者均為一般數值，型別檢查無法拒絕。
不通過：位置在範圍之外；屬座標顛倒、(0, 0) 或公尺者，訊息予以指明。
無法判定：未見含位置之回應。
依據：介面規範之位置規定；EPSG 擷取之臺灣範圍；TDX PositionLon、PositionLat。
"""

MESSAGES = {
    "outside": {
        "en": "the position at {at} lies outside {expected}: {actual}",
        "zh-Hant": "{at} 的位置超出範圍 {expected}：{actual}",
    },
    "swapped": {
        "en": "longitude and latitude at {at} are swapped: expected {expected}, got {actual}",
        "zh-Hant": "{at} 的經度與緯度顛倒：應在 {expected}，實得 {actual}",
    },
    "origin": {
        "en": "the position at {at} is {actual}, which stands for no position: expected {expected}",
        "zh-Hant": "{at} 的位置為 {actual}，不是真實位置：應在 {expected}",
    },
    "metres": {
        "en": "the position at {at} is not in degrees (metres?): expected {expected}, got {actual}",
        "zh-Hant": "{at} 的位置不是經緯度（疑為公尺）：應在 {expected}，實得 {actual}",
    },
}


def judge(
    operation: Operation,
    trace: Sequence[Exchange],
    dialect: Dialect,
    *,
    bounds: Sequence[float] = (118.1, 21.8, 122.1, 26.5),
    longitude: str = "/positionLon",
    latitude: str = "/positionLat",
) -> Iterator[Finding | Witness]:
    """`bounds` is west, south, east, north. One witness per answer with positions."""
    west, south, east, north = bounds
    expected = f"longitude {west:g} to {east:g}, latitude {south:g} to {north:g}"
    for one in trace:
        positions = [_degrees(each, longitude, latitude) for each in contract.located(operation, one, "x-geo", "position")]
        found = [degrees for degrees in positions if degrees is not None]
        if found:
            yield Witness((one.number,), f"{len(found)} positions")
        if all(west <= lon <= east and south <= lat <= north for lon, lat in found):
            continue  # nearly always: then nobody asks where they stand
        for at, position in contract.locate(operation, one, "x-geo", "position"):
            lon, lat = _degrees(position, longitude, latitude) or (west, south)
            if not (west <= lon <= east and south <= lat <= north):
                yield Finding(_kind(lon, lat, bounds), (one.number,), expected, f"({lon:g}, {lat:g})", at)


def _degrees(position: Any, longitude: str, latitude: str) -> tuple[float, float] | None:
    """Longitude and latitude of a position; None unless both are numbers."""
    lon, lat = number_of(pointer.first(position, longitude)), number_of(pointer.first(position, latitude))
    return None if lon is None or lat is None else (lon, lat)


def _kind(lon: float, lat: float, bounds: Sequence[float]) -> str:
    west, south, east, north = bounds
    if west <= lat <= east and south <= lon <= north:
        return "swapped"
    if lon == 0 and lat == 0:
        return "origin"
    return "metres" if abs(lon) > 180 or abs(lat) > 90 else "outside"


def _at(lon: object, lat: object) -> list[Exchange]:
    thing = {"thingId": "a", "name": {"zh-Hant": "東西"}, "state": "NEW", "position": {"positionLon": lon, "positionLat": lat}}
    return [exchange("GET /things/a", 200, thing, name="getThing")]


EXAMPLES = Examples(
    operation="getThing",
    conforms=[_at(121.5, 25.0), _at(118.1, 21.8), _at(122.1, 26.5)],
    violates=[_at(25.0, 121.5), _at(0, 0), _at(302000.5, 2770000.1), _at(139.7, 35.7)],
    inconclusive=[
        [exchange("GET /things/a", 404, name="getThing")],
        [exchange("GET /things", 200, page())],
        _at("121.5", "25.0"),
    ],
)
