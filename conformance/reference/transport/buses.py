"""The bus network: stops on both sides of the road, and routes with the patterns that buses run on.

Times from stop to stop follow from the distances. How a pattern runs does not depend on the hour, so that every stop status can
be seen at any time: most patterns are served round the clock, one has not begun, one has ended and one rests today.
"""

from __future__ import annotations

from itertools import pairwise
from math import cos, hypot, radians

from conformance.reference.transport.places import PLACES, Place
from conformance.reference.transport.records import Pattern, Route, Stop

__all__ = ["CLOSED_STOPS", "ROUTES", "STOPS", "stop_uid"]

_POINTS = ("N", "NE", "E", "SE", "S", "SW", "W", "NW")
CLOSED_STOPS = frozenset({("TPE10281", "ntu-hospital")})  # roadworks: buses pass without stopping


def stop_uid(key: str, side: int) -> str:
    """The UID of a place's pole on one side of the road."""
    place = PLACES[key]
    return f"{place.authority}{place.number + side}"


def _stop(order: int, place: Place, side: int) -> Stop:
    shift = 0.00014 if side else -0.00014
    return Stop(
        uid=stop_uid(place.key, side),
        zh=place.zh,
        en=place.en,
        lon=round(place.lon + shift, 6),
        lat=round(place.lat + shift / 2, 6),
        county=place.county,
        bearing=_POINTS[(order * 3 + side * 4) % 8],
        group=f"{place.authority}{place.number // 10}",
        age=(order * 53 + side * 17) % 900,
        revision=1 + (order * 7 + side) % 12,
    )


STOPS = tuple(_stop(order, place, side) for order, place in enumerate(PLACES.values()) for side in (0, 1))


def _metres(one: Place, other: Place) -> float:
    lon = (one.lon - other.lon) * cos(radians((one.lat + other.lat) / 2))
    return hypot(lon, one.lat - other.lat) * 111_195


def _pattern(
    route: str, sub_route: str, direction: int, keys: tuple[str, ...], running: str, headway: int, speed: float, number: int
) -> Pattern:
    side = 1 if direction == 1 else 0
    reach, distance = [0], [0]
    for before, after in pairwise(keys):
        metres = _metres(PLACES[before], PLACES[after]) * 1.25 + 60
        distance.append(distance[-1] + round(metres))
        reach.append(reach[-1] + 35 + round(metres / speed))
    size = reach[-1] // headway + 3
    letters = ("KKA", "EAL", "FAB", "KKB")[number % 4]
    fleet = tuple(f"{letters}-{(number * 137 + direction * 53 + bus * 11) % 9000 + 1000}" for bus in range(size))
    stops = tuple(stop_uid(key, side) for key in keys)
    return Pattern(route, sub_route, direction, stops, tuple(reach), tuple(distance), running, headway, fleet)


_Line = tuple[str, tuple[str, ...], str, int, float]


def _route(order: int, uid: str, zh: str, en: str, county: str, operators: tuple[str, ...], *lines: _Line) -> Route:
    patterns: list[Pattern] = []
    for index, (suffix, keys, running, headway, speed) in enumerate(lines):
        number = order * 3 + index
        if suffix == "loop":
            patterns.append(_pattern(uid, f"{uid}01", 2, keys, running, headway, speed, number))
            continue
        for direction, way in enumerate((keys, keys[::-1])):
            patterns.append(_pattern(uid, f"{uid}{suffix}", direction, way, running, headway, speed, number))
    first, last = PLACES[lines[0][1][0]], PLACES[lines[0][1][-1]]
    return Route(uid, zh, en, county, operators, (first.zh, first.en), (last.zh, last.en), tuple(patterns), (order * 131) % 800)


_XINYI = (
    "taipei-main", "ntu-hospital", "cks-hall", "yongkang", "daan-park",
    "dunhua", "tonghua", "world-trade", "city-hall", "songshan",
)  # fmt: skip
_CHENGDE = ("beitou", "shipai", "shilin", "jiantan", "minquan", "taipei-main")
_RED5 = ("jiantan", "shilin", "shilin-residence", "shanzihou", "yangmingshan")
_TAIWAN_BOULEVARD = (
    "taichung-station", "renai", "science-museum", "zhongming", "taichung-hall", "chaoma", "tunghai", "providence",
)  # fmt: skip
_TXG33 = ("hsr-taichung", "chunghsing", "taichung-station", "taichung-park", "science-museum", "fengchia")
_TXG160 = ("hsr-taichung", "chaoma", "tunghai")
_ILA_NORTH = ("yilan-terminal", "yilan-station", "jiaoxi-terminal", "jiaoxi-station", "toucheng", "wushi")
_ILA_SOUTH = ("luodong-terminal", "luodong-market", "dongshan", "suao", "nanfangao")
_ILA_LOOP = ("luodong-terminal", "arts-center", "dongshan", "luodong-market")
_FREEWAY = ("city-hall", "nangang", "pinglin", "jiaoxi-terminal", "yilan-terminal", "luodong-terminal")

ROUTES = (
    _route(1, "TPE10281", "信義幹線", "Xinyi Metro Bus", "TPE", ("31015909",), ("01", _XINYI, "steady", 420, 5.0)),
    _route(2, "TPE10417", "承德幹線", "Chengde Metro Bus", "TPE", ("24570655",), ("01", _CHENGDE, "steady", 600, 6.0)),
    _route(
        3, "TPE15312", "紅5", "R5", "TPE", ("31015909", "53120285"),
        ("01", _RED5, "steady", 540, 5.5), ("02", _RED5[:4], "waiting", 1800, 5.5),
    ),
    _route(
        4, "TXG300", "300路", "Route 300", "TXG", ("84430285",),
        ("01", _TAIWAN_BOULEVARD, "steady", 480, 6.5), ("02", _TAIWAN_BOULEVARD[:6], "finished", 900, 6.5),
    ),
    _route(5, "TXG33", "33路", "Route 33", "TXG", ("12890507",), ("01", _TXG33, "steady", 900, 6.0)),
    _route(6, "TXG160", "160路", "Route 160", "TXG", ("12890507",), ("01", _TXG160, "steady", 1500, 8.0)),
    _route(7, "ILA0111", "紅1", "R1", "ILA", ("70960396",), ("01", _ILA_NORTH, "steady", 1200, 8.0)),
    _route(8, "ILA0212", "綠21", "G21", "ILA", ("70960396",), ("01", _ILA_SOUTH, "steady", 1800, 8.0)),
    _route(
        9, "ILA0935", "冬山河觀光巴士", "Dongshan River Sightseeing Bus", "ILA", ("90270285",),
        ("loop", _ILA_LOOP, "idle", 3600, 8.0),
    ),
    _route(10, "THB1572", "1572路", "Route 1572", "TPE", ("66140544",), ("01", _FREEWAY, "steady", 1200, 16.0)),
)  # fmt: skip
