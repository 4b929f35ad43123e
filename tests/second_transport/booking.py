"""Reservations: the rules of a creation, the moves, and what a tenant may read."""

from __future__ import annotations

import json
import random
import re
import sqlite3
import uuid
from collections.abc import Callable, Iterator
from decimal import Decimal
from functools import partial
from typing import Any

from tests.second_transport.choices import Choices
from tests.second_transport.open_data import Keyed, OpenData
from tests.second_transport.parameters import STATES, UID
from tests.second_transport.problems import Refusal, bad_body
from tests.second_transport.storage import LIVE
from tests.second_transport.times import Instant, after, instant, micros, written, written_micros

__all__ = ["Booking", "canonical"]

_MOVES = {
    ("PENDING", "CONFIRMED"),
    ("PENDING", "CANCELLED"),
    ("CONFIRMED", "CANCELLED"),
    ("CONFIRMED", "IN_USE"),
    ("IN_USE", "COMPLETED"),
}
_MEMBERS = ("targetType", "targetUid", "spaceType", "startTime", "endTime", "holderRef", "note")


def canonical(value: Any) -> Any:
    """A form in which two JSON values are equal exactly when they are equal as JSON."""
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return [type(value).__name__, value]
    if isinstance(value, dict):
        return {name: canonical(member) for name, member in value.items()}
    if isinstance(value, list):
        return [canonical(member) for member in value]
    return str(Decimal(str(value)).normalize())


def _whole(value: Any) -> int | None:
    """The integer that a JSON number is, 1.0 included."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return None
    return int(value) if abs(value) < 1_000_000 and value == int(value) else None


def _pointer(name: str) -> str:
    return "/" + name.replace("~", "~0").replace("/", "~1")


class Booking:
    """The tenants' side of the store."""

    def __init__(self, store: sqlite3.Connection, choices: Choices, now: Callable[[], float], public: OpenData) -> None:
        self.store, self.choices, self.now, self.public = store, choices, now, public
        self.ids = random.Random(2026)
        self.serial = 0

    # reading

    def lapse(self) -> None:
        """Make the moves that time makes."""
        now = micros(self.now())
        sql = f"""SELECT id, version, state, expires, s2, at FROM reservations JOIN moves ON reservation = id
          WHERE state IN ('PENDING', 'CONFIRMED') AND version = (SELECT max(version) FROM moves WHERE reservation = id)
          AND ((state = 'PENDING' AND expires <= {now}) OR (state = 'CONFIRMED' AND s2 * 1000000 < {now}))"""
        for row in self.store.execute(sql).fetchall():
            at = row["expires"] if row["state"] == "PENDING" else (row["s2"] + 1) * 1_000_000
            at = max(at if not self.choices.notices else now, row["at"] + 10 ** (6 - self.choices.digits))
            if at <= now:
                self.store.execute("INSERT INTO moves VALUES (?,?,?,?)", (row["id"], row["version"] + 1, "EXPIRED", at))

    def get(self, tenant: str, identifier: str, seen: int | None = None) -> dict[str, Any] | None:
        """One reservation of the tenant, as it is or as it was at `seen`."""
        row = self.store.execute("SELECT * FROM reservations WHERE id = ? AND tenant = ?", (identifier, tenant)).fetchone()
        sql = "SELECT * FROM moves WHERE reservation = ? AND at <= ? ORDER BY version DESC LIMIT 1"
        move = row and self.store.execute(sql, (identifier, 1 << 60 if seen is None else seen)).fetchone()
        return self._document(row, move) if move else None

    def _document(self, row: sqlite3.Row, move: sqlite3.Row) -> dict[str, Any]:
        def told(value: int) -> str:
            return written_micros(value, self.choices.offset, self.choices.small_letters, self.choices.digits)

        waits = move["state"] == "PENDING" or (self.choices.keeps_expiry and row["expires"] is not None)
        document = {
            "versionId": move["version"],
            "price": None if row["price"] is None else {"currency": "TWD", "amount": row["price"]},
            "expiresAt": told(row["expires"]) if waits else None,
            "updatedAt": told(move["at"]),
            "createdAt": told(row["created"]),
            "holderRef": row["holder"],
            "state": move["state"],
            "endTime": written((row["s2"], row["f2"]), self.choices.offset, self.choices.small_letters),
            "startTime": written((row["s1"], row["f1"]), self.choices.offset, self.choices.small_letters),
            "targetUid": row["uid"],
            "targetType": row["target"],
            "reservationId": row["id"],
        }
        if row["kind"] is not None:
            document["spaceType"] = row["kind"]
        if row["note"] is not None:
            document["note"] = json.loads(row["note"])
        return document | ({"channel": "API"} if self.choices.extras else {})

    def list(self, tenant: str, values: dict[str, Any]) -> Iterator[Keyed]:
        seen = None if not self.choices.lag else micros(self.now() - self.choices.lag)
        sql = "SELECT id, created, s1, f1 FROM reservations WHERE tenant = ? ORDER BY created, id"
        for row in self.store.execute(sql, (tenant,)).fetchall():
            start = (row["s1"], row["f1"])
            if start < values.get("from", start) or ("to" in values and start >= values["to"]):
                continue
            document = self.get(tenant, row["id"], seen)
            if document and values.get("state", document["state"]) == document["state"]:
                yield (row["created"], row["id"]), partial(dict, document)

    def clocks(self, tenant: str) -> dict[str, Any]:
        """The metadata of the tenant's list."""
        sql = "SELECT max(at) FROM moves JOIN reservations ON id = reservation WHERE tenant = ?"
        last = self.store.execute(sql, (tenant,)).fetchone()[0] or 0
        now, east, small = micros(self.now()), self.choices.offset, self.choices.small_letters
        source = max(min(last, now), 1_700_000_000_000_000)
        return {
            "updateInterval": 1,
            "updateTime": written_micros(now, east, small),
            "srcUpdateTime": written_micros(source, east, small),
        }

    # creating

    def create(self, tenant: str, body: Any) -> str:
        """A new reservation; its id."""
        start, end, kind = self._sound(body)
        target, uid = body["targetType"], body["targetUid"]
        price = self._car_space(uid, kind, start, end) if target == "CAR_SPACE" else self._connector(uid, start, end)
        if self.choices.most_active and self._active(tenant) >= self.choices.most_active:
            raise Refusal("conflict")
        identifier = self._identifier()
        unit = 10 ** (6 - self.choices.digits)
        now = micros(self.now()) // unit * unit
        waits = self.choices.opening == "pending" or (self.choices.opening == "mixed" and target == "CAR_SPACE")
        expires = now + micros(self.choices.lapse) if waits else None
        note = json.dumps(body["note"]) if "note" in body else None
        row = (identifier, tenant, target, uid, kind, body["startTime"], body["endTime"], *start, *end)
        self.store.execute(
            "INSERT INTO reservations VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
            (*row, body["holderRef"], note, now, expires, price),
        )
        self.store.execute("INSERT INTO moves VALUES (?,1,?,?)", (identifier, "PENDING" if waits else "CONFIRMED", now))
        return identifier

    def _active(self, tenant: str) -> int:
        sql = f"""SELECT count(*) FROM reservations JOIN moves ON reservation = id WHERE tenant = ? AND state IN {LIVE}
          AND version = (SELECT max(version) FROM moves WHERE reservation = id)"""
        return int(self.store.execute(sql, (tenant,)).fetchone()[0])

    def _identifier(self) -> str:
        if self.choices.ids == "sequence":
            self.serial += 1
            return str(self.serial)
        if self.choices.ids == "long":
            return "".join(self.ids.choice("abcXYZ019._~-") for _ in range(64))
        return str(uuid.UUID(int=self.ids.getrandbits(128), version=4))

    def _sound(self, body: Any) -> tuple[Instant, Instant, int | None]:
        if not isinstance(body, dict):
            raise bad_body(("", "須為物件"))
        faults = [(_pointer(name), "沒有此欄位") for name in body if name not in _MEMBERS]
        faults += [("", f"缺少 {name}") for name in _MEMBERS if name not in body and name not in ("spaceType", "note")]
        tests: dict[str, Callable[[Any], bool]] = {
            "targetType": lambda value: value in ("CAR_SPACE", "EV_CONNECTOR") and isinstance(value, str),
            "targetUid": lambda value: isinstance(value, str) and UID.fullmatch(value) is not None,
            "spaceType": lambda value: _whole(value) in range(1, 7),
            "startTime": self._told,
            "endTime": self._told,
            "holderRef": lambda value: isinstance(value, str) and re.fullmatch("[A-Za-z0-9._~-]{1,64}", value) is not None,
            "note": lambda value: isinstance(value, str) and len(value) <= 200 and _encodable(value),
        }
        faults += [(f"/{name}", "不符綱要") for name, test in tests.items() if name in body and not test(body[name])]
        if faults:
            raise bad_body(*faults)
        if (body["targetType"] == "CAR_SPACE") != ("spaceType" in body):
            raise bad_body(("/spaceType" if "spaceType" in body else "", "spaceType 僅用於 CAR_SPACE，且為必要"))
        start, end = self._moment(body["startTime"]), self._moment(body["endTime"])
        if start >= end or after(start, end):
            raise bad_body(("/endTime", "須晚於 startTime，且不超過 24 小時"))
        now = micros(self.now() - 60)
        if start < (now // 1_000_000, f"{now % 1_000_000:06}".rstrip("0")):
            raise bad_body(("/startTime", "早於現在 60 秒以上"))
        if self.choices.strict and end[0] < self.now():
            raise bad_body(("/endTime", "已經結束"))
        table = "parks" if body["targetType"] == "CAR_SPACE" else "connectors"
        if self.store.execute(f"SELECT 1 FROM {table} WHERE uid = ?", (body["targetUid"],)).fetchone() is None:
            raise bad_body(("/targetUid", "查無此標的"))
        return start, end, _whole(body.get("spaceType"))

    def _told(self, value: Any) -> bool:
        """Whether a value is a date-time that this vendor takes."""
        return instant(value) is not None and not (self.choices.strict and value[17:19] == "60")

    def _moment(self, text: str) -> Instant:
        found = instant(text)
        assert found is not None
        return (found[0], found[1][:6].rstrip("0")) if self.choices.cuts else found

    def _overlapping(self, uid: str, kind: int | None, start: Instant, end: Instant) -> list[tuple[Instant, Instant]]:
        sql = f"""SELECT s1, f1, s2, f2 FROM reservations JOIN moves ON reservation = id WHERE uid = ? AND kind IS ?
          AND (s1, f1) < (?, ?) AND (s2, f2) > (?, ?) AND state IN {LIVE}
          AND version = (SELECT max(version) FROM moves WHERE reservation = id)"""
        return [((row[0], row[1]), (row[2], row[3])) for row in self.store.execute(sql, (uid, kind, *end, *start))]

    def _car_space(self, uid: str, kind: int | None, start: Instant, end: Instant) -> int:
        park = self.store.execute("SELECT * FROM parks WHERE uid = ?", (uid,)).fetchone()
        if park["service"] != 1:
            raise Refusal("not-in-service")
        space = self.store.execute("SELECT * FROM spaces WHERE park = ? AND kind = ?", (uid, kind)).fetchone()
        others = self._overlapping(uid, kind, start, end)
        most = max((sum(a <= begin < b for a, b in others) for begin in [start, *(a for a, _ in others if a > start)]), default=0)
        others_take = self.public.taken(space) if space is not None else 0
        if self.choices.spare:
            now = start[0] <= self.now() < end[0]
            others_take = space and (space["number"] if others_take is None else others_take if now else self.choices.spare)
        if space is None or most + (others_take or 0) >= space["number"]:
            raise Refusal("no-capacity")
        fare = json.loads(park["fare"])
        hours = -(-(end[0] - start[0] + (end[1] > start[1])) // 3600)
        return min(hours * fare["perHour"], fare.get("dailyMax", 1 << 40))

    def _connector(self, uid: str, start: Instant, end: Instant) -> None:
        status = self.store.execute("SELECT status FROM connectors WHERE uid = ?", (uid,)).fetchone()["status"]
        if status == "OUT_OF_SERVICE":
            raise Refusal("not-in-service")
        present = start[0] <= self.now() < end[0]
        used = status in ("OCCUPIED", "CHARGING") and not self.choices.easy
        if self._overlapping(uid, None, start, end) or (present and used):
            raise Refusal("no-capacity")

    # moving

    def move(self, tenant: str, identifier: str, body: Any) -> None:
        """Another state."""
        if not isinstance(body, dict) or "state" not in body:
            raise bad_body(("", "需要 state"))
        faults = [(_pointer(name), "不得變更") for name in body if name != "state"]
        if not isinstance(body["state"], str) or body["state"] not in STATES:
            faults.append(("/state", "沒有此狀態"))
        if faults:
            raise bad_body(*faults)
        sql = "SELECT * FROM moves WHERE reservation = ? ORDER BY version DESC LIMIT 1"
        last = self.store.execute(sql, (identifier,)).fetchone()
        if last["state"] == body["state"] and self.choices.same_state:
            if self.choices.same_state == 409:
                raise Refusal("illegal-transition")
            if self.choices.same_state == 422:
                raise bad_body(("/state", "已是此狀態"))
            return
        if (last["state"], body["state"]) not in _MOVES and not (last["state"] == body["state"] and body["state"] in LIVE):
            raise Refusal("illegal-transition")
        unit = 10 ** (6 - self.choices.digits)
        at = max(micros(self.now()) // unit * unit, last["at"] // unit * unit + unit)
        self.store.execute("INSERT INTO moves VALUES (?,?,?,?)", (identifier, last["version"] + 1, body["state"], at))


def _encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
