"""Seed data: the islands and the east coast."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

__all__ = ["CAR_PARKS", "CONNECTORS", "LINES", "ROUTES", "STATIONS", "STOPS", "CarPark", "Line"]

# uid, zh-Hant, en, longitude, latitude, city, bearing, group, updateTime, versionId
STOPS: list[tuple[str, str, str | None, float, float, str, str, str | None, str, int]] = [
    ("PEN0001", "馬公公車總站", "Magong Bus Station", 119.5663, 23.5655, "PEN", "N", "PEN.hub", "2026-09-01T00:00:00Z", 3),
    ("PEN0002", "馬公公車總站", None, 119.5664, 23.5656, "PEN", "S", "PEN.hub", "2026-09-01T00:00:00Z", 3),
    ("PEN-a", "文澳", None, 119.581, 23.5712, "PEN", "E", None, "2026-08-31T16:00:00.5Z", 0),
    ("PENA9", "機場", "Airport", 119.6283, 23.5687, "PEN", "NE", None, "2026-09-10T03:04:05Z", 12),
    ("PEN~x", "隘門", None, 119.6412, 23.5601, "PEN", "E", None, "2025-01-01T00:00:00Z", 1),
    ("PENz~1", "湖西", "Huxi", 119.6597, 23.583, "PEN", "W", None, "2026-09-10T03:04:05Z", 2),
    ("PEN.xiyu", "西嶼", None, 119.51, 23.6, "PEN", "NW", None, "2026-09-10T11:04:05+08:00", 1),
    ("KIN11", "金城車站", "Jincheng", 118.317, 24.432, "KIN", "N", None, "2024-02-29T23:59:59Z", 5),
    ("KIN12", "山外車站", "Shanwai", 118.4163, 24.4425, "KIN", "SE", None, "2026-09-20T00:00:00Z", 7),
    ("KIN13", "水頭碼頭", "Shuitou Pier", 118.286, 24.4155, "KIN", "SW", None, "2026-09-20T00:00:00Z", 1),
    ("KIN14", "烏坵村", None, 119.4529, 24.9917, "KIN", "S", None, "2026-09-20T00:00:00Z", 1),
    ("LIE1", "介壽獅子市場", None, 119.9517, 26.1597, "LIE", "N", None, "2026-01-01T00:00:00Z", 1),
    ("HUA700", "花蓮火車站", "Hualien Railway Station", 121.601, 23.9927, "HUA", "E", None, "2026-09-01T00:00:00Z", 1),
    ("TTT800", "臺東轉運站", "Taitung Bus Station", 121.1513, 22.754, "TTT", "W", None, "2026-09-01T00:00:00Z", 1),
    ("THB9001", "成功", "Chenggong", 121.378, 23.1003, "TTT", "S", None, "2026-09-01T00:00:00Z", 1),
    ("TTT801", "蘭嶼開元港", None, 121.508, 22.055, "TTT", "S", None, "2026-09-01T00:00:00Z", 1),
]


@dataclass(frozen=True)
class Line:
    """One sub-route in one direction: its calls, and how its vehicles run."""

    route: str
    sub_route: str
    direction: int
    calls: list[tuple[str, int, int, float | None]]  # stop, sequence, boarding, metres
    headway: int = 0  # seconds between departures; 0: no estimates
    fleet: tuple[str, ...] = ()  # plates, in turn
    leg: int = 240  # seconds from call to call
    shows: int = 2  # vehicles in `estimates`
    status: int = 0
    next_time: bool = True


# uid, zh-Hant, en, city, operators, first stop, last stop, updateTime
ROUTES: list[tuple[str, str, str | None, str, list[str], str, str, str | None]] = [
    ("PEN5", "機場線", "Airport line", "PEN", ["04595257"], "馬公公車總站", "機場", "2026-09-01T00:00:00Z"),
    ("PEN6", "湖西線", None, "PEN", ["04595257", "10458575"], "馬公公車總站", "湖西", None),
    ("KIN3", "環島北線", "Northern loop", "KIN", ["12345675"], "金城車站", "金城車站", "2026-09-01T00:00:00Z"),
    ("KIN4", "烏坵線", None, "KIN", ["12345675"], "水頭碼頭", "水頭碼頭", None),
    ("THB1127", "花蓮－臺東", "Hualien - Taitung", "HUA", ["10458575"], "花蓮火車站", "臺東轉運站", None),
    ("TTT.lanyu", "蘭嶼線", None, "TTT", ["10458575"], "蘭嶼開元港", "蘭嶼開元港", None),
]

LINES: list[Line] = [
    Line(
        "PEN5",
        "PEN501",
        0,
        [("PEN0001", 1, 1, 0), ("PEN-a", 3, 0, 2100.5), ("PENA9", 4, -1, 7300)],
        900,
        ("EAL-1001", "EAL-1002"),
    ),
    Line("PEN5", "PEN501", 1, [("PENA9", 1, 1, None), ("PEN-a", 2, 0, None), ("PEN0002", 7, -1, None)], 1200, (), shows=0),
    Line(
        "PEN6",
        "PEN6.a",
        0,
        [("PEN0001", 1, 0, 0), ("PEN-a", 2, 0, 2100), ("PENA9", 3, 0, 7300), ("PEN~x", 4, 0, 9000), ("PENz~1", 5, 0, 12000)],
        600,
        ("KAA-77", "KAA-78", "KAA-79"),
        shows=3,
        next_time=False,
    ),
    Line("PEN6", "PEN6.b", 1, [("PENz~1", 1, 0, None), ("PEN0002", 2, 0, None)], status=3),
    Line("PEN6", "PEN6.c", 1, [("PEN.xiyu", 1, 0, None), ("PEN0002", 2, 0, None)], status=2),
    Line(
        "KIN3",
        "KIN3-0",
        2,
        [("KIN11", 1, 0, 0), ("KIN12", 2, 0, 11000), ("KIN11", 3, 0, 22000)],
        1800,
        ("FAB-5",),
        leg=800,
        shows=1,
    ),
    Line("KIN4", "KIN4-0", 0, [("KIN13", 1, 0, None)], 7200, (), shows=0, status=1),
    Line(
        "THB1127",
        "THB1127A",
        0,
        [("HUA700", 1, 1, 0), ("THB9001", 2, 0, 120000), ("TTT800", 3, -1, 172000)],
        5400,
        ("123-U3", "124-U3", "125-U3", "126-U3"),
        leg=6000,
    ),
    Line("TTT.lanyu", "TTT.lanyu", 2, [("TTT801", 1, 0, None)], status=4),
]


@dataclass(frozen=True)
class CarPark:
    """A car park, with the spaces that others hold (None: not known)."""

    uid: str
    name: dict[str, str]
    place: tuple[float, float]
    city: str
    spaces: list[tuple[int, int, int | None]]  # type, number, taken by others
    fare: dict[str, Any]
    service: int = 1
    charge: int = 1
    ownership: str = "PUBLIC"
    hours: list[dict[str, Any]] = field(default_factory=list)
    known: int | None = None  # taken in total, where the types are not known
    update: str = "2026-09-15T02:00:00Z"


_ALWAYS = [{"days": [7, 1, 2, 3, 4, 5, 6], "open": "00:00", "close": "24:00"}]
_NIGHTS = [{"days": [5, 6], "open": "18:00", "close": "02:00"}, {"days": [1], "open": "06:30", "close": "23:59"}]

CAR_PARKS: list[CarPark] = [
    CarPark(
        "PEN100",
        {"zh-Hant": "馬公第一停車場", "en": "Magong 1"},
        (119.566, 23.567),
        "PEN",
        [(1, 40, 31), (4, 2, 0), (2, 12, 12)],
        {"currency": "TWD", "perHour": 20, "dailyMax": 150},
        hours=_ALWAYS,
    ),
    CarPark(
        "PEN101",
        {"zh-Hant": "南海碼頭停車場"},
        (119.562, 23.5625),
        "PEN",
        [(1, 5, 5), (6, 1, 1)],
        {"currency": "TWD", "perHour": 30},
        ownership="OUTSOURCED",
    ),
    CarPark(
        "PEN102",
        {"zh-Hant": "觀音亭停車場"},
        (119.561, 23.569),
        "PEN",
        [(1, 60, None)],
        {"currency": "TWD", "perHour": 0},
        charge=0,
        hours=_NIGHTS,
    ),
    CarPark(
        "PEN103",
        {"zh-Hant": "澎湖機場停車場", "en": "Airport"},
        (119.629, 23.569),
        "PEN",
        [(1, 80, None), (3, 4, None)],
        {"currency": "TWD", "perHour": 15, "dailyMax": 0},
        known=70,
        charge=2,
    ),
    CarPark(
        "KIN1",
        {"zh-Hant": "金城停車場"},
        (118.318, 24.431),
        "KIN",
        [(1, 3, 1), (5, 2, 0)],
        {"currency": "TWD", "perHour": 25, "dailyMax": 20},
        ownership="PRIVATE",
    ),
    CarPark(
        "KIN2",
        {"zh-Hant": "水頭碼頭停車場"},
        (118.286, 24.415),
        "KIN",
        [(1, 30, 10)],
        {"currency": "TWD", "perHour": 10},
        service=0,
    ),
    CarPark(
        "LIE-7",
        {"zh-Hant": "福澳港停車場"},
        (119.943, 26.16),
        "LIE",
        [(2, 20, None)],
        {"currency": "TWD", "perHour": 10},
        service=2,
    ),
    CarPark("TTT.9", {"zh-Hant": "整建中停車場"}, (121.15, 22.75), "TTT", [], {"currency": "TWD", "perHour": 10}),
]

# uid, operator, zh-Hant, longitude, latitude, city, address
STATIONS: list[tuple[str, str, str, float, float, str, str | None]] = [
    ("PENev1", "12345675", "馬公充電站", 119.57, 23.57, "PEN", "澎湖縣馬公市中正路"),
    ("KINev-2", "10458575", "金門充電站", 118.32, 24.43, "KIN", None),
    ("LIEev3", "04595257", "南竿換電站", 119.95, 26.155, "LIE", None),
    ("TTTev4", "04595257", "籌備中充電站", 121.15, 22.75, "TTT", None),
]

# uid, station, type, kW, status, price
CONNECTORS: list[tuple[str, str, str, float, str, int | None]] = [
    ("PENev1-1", "PENev1", "CCS2", 150, "AVAILABLE", 12),
    ("PENev1-2", "PENev1", "TYPE2", 22, "AVAILABLE", None),
    ("PENev1-3", "PENev1", "CHADEMO", 62.5, "CHARGING", 0),
    ("PENev1-4", "PENev1", "TYPE1", 7.4, "OUT_OF_SERVICE", 8),
    ("KINev-2.a", "KINev-2", "CCS1", 1000, "UNKNOWN", None),
    ("KINev-2.b", "KINev-2", "TESLA_TPC", 250, "AVAILABLE", None),
    ("KINev-2.c", "KINev-2", "TYPE2", 43, "OCCUPIED", None),
    ("LIEev3_1", "LIEev3", "GOGORO_SWAP", 1.2, "AVAILABLE", 10000),
]
