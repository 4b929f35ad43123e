"""Everything in one SQLite database in memory; a reservation is the list of its moves."""

from __future__ import annotations

import json
import sqlite3
from typing import Any

from tests.second_transport import islands
from tests.second_transport.times import instant

__all__ = ["LIVE", "open_store"]

LIVE = ("PENDING", "CONFIRMED", "IN_USE")

_TABLES = """
CREATE TABLE stops (uid TEXT PRIMARY KEY, name TEXT, lon REAL, lat REAL, city TEXT, bearing TEXT, hub TEXT, updated TEXT,
  second INTEGER, fraction TEXT, version INTEGER);
CREATE TABLE routes (uid TEXT PRIMARY KEY, name TEXT, city TEXT, operators TEXT, first TEXT, last TEXT, updated TEXT);
CREATE TABLE calls (route TEXT, sub TEXT, direction INTEGER, stop TEXT, sequence INTEGER, boarding INTEGER, metres REAL);
CREATE TABLE parks (uid TEXT PRIMARY KEY, name TEXT, lon REAL, lat REAL, city TEXT, fare TEXT, service INTEGER, charge INTEGER,
  ownership TEXT, hours TEXT, known INTEGER, updated TEXT);
CREATE TABLE spaces (park TEXT, kind INTEGER, number INTEGER, taken INTEGER);
CREATE TABLE stations (uid TEXT PRIMARY KEY, operator TEXT, name TEXT, lon REAL, lat REAL, city TEXT, address TEXT);
CREATE TABLE connectors (uid TEXT PRIMARY KEY, station TEXT, kind TEXT, power REAL, status TEXT, price INTEGER);
CREATE TABLE reservations (id TEXT PRIMARY KEY, tenant TEXT, target TEXT, uid TEXT, kind INTEGER, start TEXT, finish TEXT,
  s1 INTEGER, f1 TEXT, s2 INTEGER, f2 TEXT, holder TEXT, note TEXT, created INTEGER, expires INTEGER, price INTEGER);
CREATE TABLE moves (reservation TEXT, version INTEGER, state TEXT, at INTEGER, PRIMARY KEY (reservation, version));
CREATE TABLE keys (tenant TEXT, key TEXT, body TEXT, status INTEGER, reservation TEXT, answer TEXT, tag TEXT, PRIMARY KEY (tenant, key));
CREATE TABLE cursors (token TEXT PRIMARY KEY, state TEXT, born REAL);
CREATE INDEX of_target ON reservations (target, uid);
CREATE INDEX of_tenant ON reservations (tenant, created, id);
"""


def open_store(data: str) -> sqlite3.Connection:
    """A new database with its seed data: `islands`, `tiny` or `none`."""
    store = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
    store.row_factory = sqlite3.Row
    store.executescript(_TABLES)
    if data in ("islands", "many"):
        _fill_bus(store)
        _fill_parking(store)
    if data in ("islands", "many", "charging"):
        _fill_charging(store)
    if data == "many":
        _fill_up(store)
    elif data == "tiny":
        _fill_stops(store, 1)
    return store


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _name(zh: str, en: str | None) -> str:
    return _json({"en": en, "zh-Hant": zh} if en else {"zh-Hant": zh})


def _fill_stops(store: sqlite3.Connection, most: int) -> None:
    for uid, zh, en, lon, lat, city, bearing, hub, updated, version in islands.STOPS[:most]:
        moment = instant(updated)
        assert moment is not None
        row = (uid, _name(zh, en), lon, lat, city, bearing, hub, updated, *moment, version)
        store.execute("INSERT INTO stops VALUES (?,?,?,?,?,?,?,?,?,?,?)", row)


def _fill_bus(store: sqlite3.Connection) -> None:
    _fill_stops(store, 1000)
    for uid, zh, en, city, operators, first, last, updated in islands.ROUTES:
        row = (uid, _name(zh, en), city, _json(operators), _name(first, None), _name(last, None), updated)
        store.execute("INSERT INTO routes VALUES (?,?,?,?,?,?,?)", row)
    for line in islands.LINES:
        for stop, sequence, boarding, metres in line.calls:
            row = (line.route, line.sub_route, line.direction, stop, sequence, boarding, metres)
            store.execute("INSERT INTO calls VALUES (?,?,?,?,?,?,?)", row)


def _fill_up(store: sqlite3.Connection) -> None:
    """As much as a large city has."""
    for n in range(6000):
        place = (120.7 + n % 100 / 1000, 24.1 + n // 100 / 1000)
        row = (f"TXG{n:05}", _name(f"臺中第{n}站", None), *place, "TXG", "N", None, "2026-08-01T00:00:00Z", 1785542400, "", 1)
        store.execute("INSERT INTO stops VALUES (?,?,?,?,?,?,?,?,?,?,?)", row)
    for n in range(700):
        _fill_up_with(store, n)


def _fill_up_with(store: sqlite3.Connection, n: int) -> None:
    uid = f"TXGR{n}"
    row = (uid, _name(f"臺中{n}路", None), "TXG", '["12345675"]', _name("首站", None), _name("末站", None), None)
    store.execute("INSERT INTO routes VALUES (?,?,?,?,?,?,?)", row)
    for place in range(40):
        store.execute("INSERT INTO calls VALUES (?,?,?,?,?,0,NULL)", (uid, uid, n % 2, f"TXG{n + place:05}", place + 1))
    park = (f"TXGP{n}", _name(f"臺中第{n}停車場", None), 120.7, 24.1 + n / 10000, "TXG", '{"currency": "TWD", "perHour": 30}')
    store.execute("INSERT INTO parks VALUES (?,?,?,?,?,?,1,1,'PUBLIC','[]',NULL,'2026-08-01T00:00:00Z')", park)
    store.execute("INSERT INTO spaces VALUES (?,1,?,?)", (f"TXGP{n}", 50 + n % 7, n % 50))
    station = (f"TXGE{n}", "12345675", _name(f"臺中第{n}充電站", None), 120.7, 24.1 + n / 10000, "TXG", None)
    store.execute("INSERT INTO stations VALUES (?,?,?,?,?,?,?)", station)
    for plug in range(2):
        store.execute("INSERT INTO connectors VALUES (?,?,'CCS2',?,'AVAILABLE',NULL)", (f"TXGE{n}-{plug}", f"TXGE{n}", 50 + plug))


def _fill_parking(store: sqlite3.Connection) -> None:
    for park in islands.CAR_PARKS:
        row = (park.uid, _json(park.name), *park.place, park.city, _json(park.fare), park.service, park.charge)
        rest = (park.ownership, _json(park.hours), park.known, park.update)
        store.execute("INSERT INTO parks VALUES (?,?,?,?,?,?,?,?,?,?,?,?)", (*row, *rest))
        for kind, number, taken in park.spaces:
            store.execute("INSERT INTO spaces VALUES (?,?,?,?)", (park.uid, kind, number, taken))


def _fill_charging(store: sqlite3.Connection) -> None:
    for uid, operator, zh, lon, lat, city, address in islands.STATIONS:
        row = (uid, operator, _name(zh, None), lon, lat, city, address and _name(address, None))
        store.execute("INSERT INTO stations VALUES (?,?,?,?,?,?,?)", row)
    for connector in islands.CONNECTORS:
        store.execute("INSERT INTO connectors VALUES (?,?,?,?,?,?)", connector)
