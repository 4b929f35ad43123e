"""Positions that different parties give of one place, or of places near each other, lie within so many metres.

Why: a place in the older datum of Taiwan lies some 850 metres beside itself, which no interface sees alone, for it is in its county still;
and a pickup point on the way home is one only if it can be walked to.

Fails when: the distance over the ground is larger.
Inconclusive when: one of the positions was never answered, or is none.
Source: common rules of the interfaces, Positions (WGS 84); EPSG register, datums TWD67 and TWD97.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import asin, cos, radians, sin, sqrt
from typing import Any

from conformance.checks._reading import number_of
from conformance.journeys.checks import Examples, Open
from conformance.journeys.checks._example import answered, record, step
from conformance.journeys.record import Record
from conformance.model import Finding, Witness
from conformance.text import pointer

ABOUT = """不同方就同一地點或鄰近地點所給之位置，相距不超過若干公尺。
緣由：以臺灣舊大地基準所載之位置約偏 850 公尺，因仍在其縣市之內，單一介面無從察覺；而順路的取貨點，須步行可達。
不通過：地面距離較大。
無法判定：其中一個位置從未獲得回應，或不是位置。
依據：介面共通規範之位置（WGS 84）；EPSG 登錄之大地基準 TWD67 與 TWD97。
"""

MESSAGES = {
    "far": {
        "en": "{at} lies {actual} away from where it should be near; at most {expected}",
        "zh-Hant": "{at} 與應鄰近之處相距 {actual}；至多 {expected}",
    }
}
EARTH = 6_371_000.0  # metres, its mean radius


def judge(
    record: Record,
    *,
    pairs: Sequence[Mapping[str, str]],
    metres: float,
    longitude: str = "/positionLon",
    latitude: str = "/positionLat",
) -> Iterator[Finding | Witness | Open]:
    """`pairs` are two expressions for positions each, `one` and `other`."""
    for pair in pairs:
        one, other = pair["one"], pair["other"]
        found = [_degrees(record.value(each), longitude, latitude) for each in (one, other)]
        if found[0] is None or found[1] is None:
            yield Open(one if found[0] is None else other)
        elif (distance := _metres(*found[0], *found[1])) > metres:
            yield Finding("far", record.numbers(one, other), f"{metres:g} m", f"{distance:.0f} m", other)
        else:
            yield Witness(record.numbers(one, other), f"{distance:.0f} m")


def _degrees(position: Any, longitude: str, latitude: str) -> tuple[float, float] | None:
    """Longitude and latitude of a position; None unless both are numbers."""
    lon, lat = (number_of(pointer.first(position, where)) for where in (longitude, latitude))
    return None if lon is None or lat is None else (lon, lat)


def _metres(lon: float, lat: float, other_lon: float, other_lat: float) -> float:
    """The distance over the ground (haversine)."""
    north, east = radians(other_lat - lat) / 2, radians(other_lon - lon) / 2
    half = sin(north) ** 2 + cos(radians(lat)) * cos(radians(other_lat)) * sin(east) ** 2
    return 2 * EARTH * asin(sqrt(min(1.0, half)))


def _two(lon: Any, lat: Any) -> Record:
    here, there = ({"at": {"positionLon": x, "positionLat": y}} for x, y in ((121.5654, 25.0331), (lon, lat)))
    return record(step("stop", answered(1), outputs=here), step("point", answered(2), source="courier", outputs=there))


EXAMPLES = Examples(
    arguments={"pairs": [{"one": "$steps.stop.outputs.at", "other": "$steps.point.outputs.at"}], "metres": 500},
    conforms=[_two(121.5626, 25.0331), _two(121.5654, 25.0331)],
    violates=[_two(121.5572, 25.035), _two(25.0331, 121.5654), _two(0, 0)],
    inconclusive=[_two("121.5654", 25.0331), record(step("stop", answered(1))), record()],
)
