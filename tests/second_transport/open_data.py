"""Stops, routes, arrivals, car parks and charging stations: documents of rows, and the rows that filters keep."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from tests.second_transport import islands
from tests.second_transport.choices import Choices
from tests.second_transport.storage import LIVE
from tests.second_transport.times import instant, micros, written, written_micros

__all__ = ["Keyed", "OpenData"]

Keyed = tuple[tuple[Any, ...], Callable[[], dict[str, Any]]]


class OpenData:
    """What anyone may read, at the time that `now` tells."""

    def __init__(self, store: sqlite3.Connection, choices: Choices, now: Callable[[], float]) -> None:
        self.store, self.choices, self.now = store, choices, now

    def time(self, text: str) -> str:
        """A stored date-time in the house's offset."""
        moment = instant(text)
        assert moment is not None
        return written(moment, self.choices.offset, self.choices.small_letters)

    def tick(self, seconds: int) -> str:
        """The last full interval of so many seconds, or now where sources are live."""
        if self.choices.live:
            return written_micros(micros(self.now()), self.choices.offset, self.choices.small_letters)
        return written((int(self.now() // seconds) * seconds, ""), self.choices.offset, self.choices.small_letters)

    def name(self, stored: str) -> dict[str, str]:
        """A name in all its languages."""
        names: dict[str, str] = json.loads(stored)
        return names | ({"ja": "バス停", "zh-Hans": "车站", "nan": "Chhia-chām"} if self.choices.languages else {})

    def marked(self, document: dict[str, Any], **extras: Any) -> dict[str, Any]:
        """The document with what the interface does not list, and `stale` where the source is old."""
        if self.choices.extras:
            document |= extras
        if self.choices.stale:
            document["stale"] = True
        return document

    # stops and routes

    def stop(self, uid: str) -> dict[str, Any] | None:
        row = self.store.execute("SELECT * FROM stops WHERE uid = ?", (uid,)).fetchone()
        return row and self._stop(row)

    def _stop(self, row: sqlite3.Row) -> dict[str, Any]:
        document = {
            "versionId": row["version"],
            "updateTime": self.time(row["updated"]),
            "bearing": row["bearing"],
            "cityCode": row["city"],
            "position": {"positionLat": row["lat"], "positionLon": row["lon"]},
            "stopName": self.name(row["name"]),
            "stopUid": row["uid"],
        }
        if row["hub"]:
            document["stationGroupId"] = row["hub"]
        return self.marked(document, shelter=row["version"] > 2, _kind="stop")

    def stops(self, values: dict[str, Any]) -> Iterator[Keyed]:
        sql, bound = _where(values)
        if "routeUid" in values:
            sql, bound = f"{sql} AND uid IN (SELECT stop FROM calls WHERE route = ?)", [*bound, values["routeUid"]]
        if "updatedSince" in values:
            sql, bound = f"{sql} AND (second, fraction) >= (?, ?)", [*bound, *values["updatedSince"]]
        for row in self.store.execute(f"SELECT * FROM stops WHERE {sql} ORDER BY uid", bound):
            yield (row["uid"],), partial(self._stop, row)

    def routes(self, values: dict[str, Any]) -> Iterator[Keyed]:
        for row in self.store.execute("SELECT * FROM routes ORDER BY uid"):
            operators = json.loads(row["operators"])
            if values.get("cityCode", row["city"]) != row["city"] or values.get("operatorId", operators[0]) not in operators:
                continue
            yield (row["uid"],), partial(self._route, row, operators)

    def _route(self, row: sqlite3.Row, operators: list[str]) -> dict[str, Any]:
        subs = self.store.execute("SELECT DISTINCT direction, sub FROM calls WHERE route = ? ORDER BY 1, 2", (row["uid"],))
        document = {
            "destinationStopName": json.loads(row["last"]),
            "departureStopName": json.loads(row["first"]),
            "subRoutes": [{"direction": sub["direction"], "subRouteUid": sub["sub"]} for sub in subs],
            "operatorIds": operators,
            "cityCode": row["city"],
            "routeName": json.loads(row["name"]),
            "routeUid": row["uid"],
        }
        if row["updated"]:
            document["updateTime"] = self.time(row["updated"])
        return self.marked(document, lowFloor=None)

    def has_route(self, uid: str) -> bool:
        return self.store.execute("SELECT 1 FROM routes WHERE uid = ?", (uid,)).fetchone() is not None

    def route_stops(self, route: str, values: dict[str, Any]) -> Iterator[Keyed]:
        sql = "SELECT calls.*, name FROM calls JOIN stops ON stops.uid = stop WHERE route = ? ORDER BY sub, direction, sequence"
        for row in self.store.execute(sql, (route,)):
            if values.get("direction", row["direction"]) != row["direction"]:
                continue
            document = {
                "stopBoarding": row["boarding"],
                "stopSequence": row["sequence"],
                "stopName": self.name(row["name"]),
                "stopUid": row["stop"],
                "direction": row["direction"],
                "subRouteUid": row["sub"],
            }
            if row["metres"] is not None:
                document["distanceM"] = row["metres"]
            yield (
                (row["sub"], row["direction"], row["sequence"]),
                partial(self.marked, document, timingPoint=row["sequence"] == 1),
            )

    # arrivals

    def arrivals(self, values: dict[str, Any]) -> Iterator[Keyed]:
        found = []
        for line in islands.LINES if self.has_route(islands.LINES[0].route) else []:
            seen = set()
            for place, (stop, *_) in enumerate(line.calls):
                facts = {"stopUid": stop, "routeUid": line.route, "direction": line.direction}
                if stop in seen or any(values.get(name, value) != value for name, value in facts.items()):
                    continue
                seen.add(stop)
                found.append(((stop, line.route, line.sub_route, line.direction), partial(self._arrival, line, place, facts)))
        yield from sorted(found, key=lambda one: one[0])

    def _arrival(self, line: islands.Line, place: int, facts: dict[str, Any]) -> dict[str, Any]:
        source = int(self.now()) if self.choices.live else int(self.now() // 30) * 30
        document = facts | {
            "subRouteUid": line.sub_route,
            "srcUpdateTime": written((source, ""), self.choices.offset, self.choices.small_letters),
            "stopStatus": line.status,
            "estimates": [],
            "isLastBus": False,
            "nextBusTime": None,
            "estimateTimeSec": None,
        }
        if not line.headway:
            return self.marked(document)
        stop = line.calls[place][0]
        offsets = [index * line.leg for index, call in enumerate(line.calls) if call[0] == stop]
        first = [-(-(source - offset) // line.headway) for offset in offsets]
        coming = sorted(
            (run * line.headway + offset, run)
            for offset, begin in zip(offsets, first, strict=True)
            for run in range(begin, begin + 3)
        )
        passed = int(self.now()) - source if self.choices.decayed else 0
        moments = [
            (max(0, moment - source - passed), line.fleet[run % len(line.fleet)] if line.fleet else "") for moment, run in coming
        ]
        document["estimateTimeSec"] = moments[0][0]
        if self.choices.decayed:
            document["decayed"] = True
        if line.status == 1:
            document["estimateMeaning"] = "DEPARTURE"
        if line.next_time:
            document["nextBusTime"] = written((coming[0][0], ""), self.choices.offset, self.choices.small_letters)
        if line.fleet:
            document["plateNumb"] = moments[0][1]
        document["estimates"] = [
            {"isLastBus": False, "estimateTimeSec": seconds} | ({"plateNumb": plate} if plate else {})
            for seconds, plate in moments[: line.shows]
        ]
        return self.marked(document, crowding="LOW")

    # car parks

    def car_park(self, uid: str) -> dict[str, Any] | None:
        row = self.store.execute("SELECT * FROM parks WHERE uid = ?", (uid,)).fetchone()
        return row and self._car_park(row)

    def _spaces(self, park: str) -> list[sqlite3.Row]:
        return self.store.execute("SELECT * FROM spaces WHERE park = ? ORDER BY kind DESC", (park,)).fetchall()

    def _car_park(self, row: sqlite3.Row) -> dict[str, Any]:
        spaces = [{"numberOfSpaces": one["number"], "spaceType": one["kind"]} for one in self._spaces(row["uid"])]
        document = {
            "updateTime": self.time(row["updated"]),
            "ownership": row["ownership"],
            "openHours": json.loads(row["hours"]),
            "fare": json.loads(row["fare"]),
            "spaces": spaces,
            "totalSpaces": sum(one["numberOfSpaces"] for one in spaces),
            "cityCode": row["city"],
            "position": {"positionLat": row["lat"], "positionLon": row["lon"]},
            "name": json.loads(row["name"]),
            "carParkUid": row["uid"],
        }
        return self.marked(document, payment=["CASH", "EASYCARD"])

    def car_parks(self, values: dict[str, Any]) -> Iterator[Keyed]:
        sql, bound = _where(values)
        for row in self.store.execute(f"SELECT * FROM parks WHERE {sql} ORDER BY uid", bound).fetchall():
            if "spaceType" in values and values["spaceType"] not in {one["kind"] for one in self._spaces(row["uid"])}:
                continue
            if "hasAvailability" in values:
                free = self.availability(row["uid"])["availableSpaces"]
                if bool(values["hasAvailability"]) != ((free or 0) > 0):
                    continue
            yield (row["uid"],), partial(self._car_park, row)

    def availability(self, uid: str) -> dict[str, Any]:
        row = self.store.execute("SELECT * FROM parks WHERE uid = ?", (uid,)).fetchone()
        holds = [one["kind"] for one in self.holds("CAR_SPACE", uid)]
        spaces, known = [], True
        for one in self._spaces(uid):
            taken = self.taken(one)
            free = None if taken is None else max(0, one["number"] - taken - holds.count(one["kind"]))
            known = known and free is not None
            spaces.append({"availableSpaces": free, "numberOfSpaces": one["number"], "spaceType": one["kind"]})
        total = sum(one["availableSpaces"] for one in spaces) if known else None
        if row["known"] is not None:
            total = max(0, sum(one["numberOfSpaces"] for one in spaces) - row["known"] - len(holds))
        document = {
            "updateTime": self.tick(10),
            "dataCollectTime": self.tick(20),
            "spaces": spaces,
            "availableSpaces": total,
            "chargeStatus": row["charge"],
            "fullStatus": int(total == 0),
            "serviceStatus": row["service"],
            "carParkUid": uid,
        }
        return document | ({"heightLimitM": 2.1} if self.choices.extras else {})

    def taken(self, space: sqlite3.Row) -> int | None:
        """How many spaces others hold now."""
        if space["taken"] is None or not self.choices.moving or space["number"] - space["taken"] < 6:
            return space["taken"]
        return space["taken"] + int(self.now() // self.choices.pace) % 3

    def holds(self, target: str, uid: str) -> list[sqlite3.Row]:
        """The reservations that hold a unit of the target at this moment, as far as the views have followed."""
        second, fraction = divmod(micros(self.now()), 1_000_000)
        digits = f"{fraction:06}".rstrip("0")
        early = "OR state = 'IN_USE'" if self.choices.early_use else ""
        sql = f"""SELECT kind, state FROM reservations JOIN moves ON reservation = id
          WHERE target = ? AND uid = ? AND (((s1, f1) <= (?, ?) AND (s2, f2) > (?, ?)) {early}) AND state IN {LIVE}
          AND version = (SELECT max(version) FROM moves WHERE reservation = id AND at <= ?)"""
        seen = micros(self.now() - self.choices.lag) if self.choices.lag else 1 << 60
        return self.store.execute(sql, (target, uid, second, digits, second, digits, seen)).fetchall()

    # charging

    def has_station(self, uid: str) -> bool:
        return self.store.execute("SELECT 1 FROM stations WHERE uid = ?", (uid,)).fetchone() is not None

    def stations(self, values: dict[str, Any]) -> Iterator[Keyed]:
        sql, bound = _where(values)
        for name, column in (("connectorType", "kind ="), ("minPowerKw", "power >=")):
            if name in values:
                sql, bound = f"{sql} AND uid IN (SELECT station FROM connectors WHERE {column} ?)", [*bound, values[name]]
        for row in self.store.execute(f"SELECT * FROM stations WHERE {sql} ORDER BY uid", bound):
            document = {
                "updateTime": self.time("2026-09-02T00:00:00Z"),
                "cityCode": row["city"],
                "position": {"positionLat": row["lat"], "positionLon": row["lon"]},
                "name": json.loads(row["name"]),
                "operatorId": row["operator"],
                "stationUid": row["uid"],
            }
            if row["address"]:
                document["address"] = json.loads(row["address"])
            yield (row["uid"],), partial(self.marked, document, _kind="station")

    def connectors(self, station: str, _: dict[str, Any]) -> Iterator[Keyed]:
        for row in self.store.execute("SELECT * FROM connectors WHERE station = ? ORDER BY uid", (station,)).fetchall():
            status = row["status"]
            holds = self.holds("EV_CONNECTOR", row["uid"]) if status != "OUT_OF_SERVICE" else []
            if holds:
                status = self.choices.in_use if any(one["state"] == "IN_USE" for one in holds) else "RESERVED"
            document = {
                "statusTime": self.tick(15),
                "status": status,
                "maxPowerKw": row["power"],
                "connectorType": row["kind"],
                "stationUid": station,
                "connectorUid": row["uid"],
            }
            if row["price"] is not None:
                document["priceTwdPerKwh"] = row["price"]
            yield (row["uid"],), partial(self.marked, document)

    def clocks(self, operation: str) -> dict[str, Any]:
        """The metadata of a public collection."""
        interval = {"listArrivals": 30, "listEvConnectors": 15, "listCarParks": 60}.get(operation, 86400)
        now = micros(self.now())
        source = now if self.choices.live else now // (interval * 1_000_000) * interval * 1_000_000
        if self.choices.stale:
            source -= 3 * interval * 1_000_000
        east, small = self.choices.offset, self.choices.small_letters
        return {
            "authorityCode": "PEN",
            "attribution": "離島交通聯合資料中心",
            "license": "https://data.pehu-mobility.example/licence",
            "updateInterval": interval,
            "updateTime": written_micros(min(now, source + 3_000_000), east, small),
            "srcUpdateTime": written_micros(source, east, small),
        }


def _where(values: dict[str, Any]) -> tuple[str, list[Any]]:
    sql, bound = "1", []
    if "cityCode" in values:
        sql, bound = "city = ?", [values["cityCode"]]
    if "bbox" in values:
        west, south, east, north = values["bbox"]
        sql, bound = f"{sql} AND lon BETWEEN ? AND ? AND lat BETWEEN ? AND ?", [*bound, west, east, south, north]
    return sql, bound
