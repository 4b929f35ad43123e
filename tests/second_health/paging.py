"""Lists: filters as SQL, pages by the key of the last row, cursors that carry that key under a seal."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Any
from urllib.parse import quote, urlencode

from tests.second_health.access import Access
from tests.second_health.asking import Ask, House
from tests.second_health.refusals import wrong_parameter
from tests.second_health.store import Entry, digest, entry_of
from tests.second_health.tasks import TERMINAL, Tasks

__all__ = ["Lists"]

_SEAL = b"the seal of this vendor's cursors"
_EMPTY = "empty"


class Lists:
    """Answers `listMeasurements` and `listCareTasks`."""

    def __init__(self, house: House, access: Access, tasks: Tasks) -> None:
        self.house, self.access, self.tasks = house, access, tasks
        self.count = 0

    # what is listed

    def kept(self, ask: Ask) -> list[Entry]:
        """Everything that the filters keep, in order."""
        measured = ask.operation == "listMeasurements"
        query, values = self.measurements(ask) if measured else self.care(ask)
        way = "DESC" if measured and ask.values.get("sort", "desc") == "desc" else "ASC"
        query += f" ORDER BY e.sec {way}, e.frac {way}, e.id {way}"
        return [entry_of(row) for row in self.house.store.rows(query, values | self.access.values(ask.org))]

    def measurements(self, ask: Ask) -> tuple[str, dict[str, Any]]:
        """The newest versions that the list shows already, of one patient."""
        newest = "SELECT max(version) FROM entry n WHERE n.id = e.id AND n.born <= :seen"
        query = f"""SELECT e.* FROM entry e WHERE e.kind = 'measurement' AND e.patient = :patientId AND e.version = ({newest})
 AND {self.access.condition("measurement")}"""
        values: dict[str, Any] = {"seen": self.house.unix() - self.house.choices.lag}
        for name, value in ask.values.items():
            if name in ("from", "to"):
                values |= {f"{name}_sec": value[0], f"{name}_frac": value[1]}
            elif name not in ("limit", "cursor", "sort"):
                values[name] = value
        query += self.narrowed(values)
        return query, values

    def narrowed(self, values: dict[str, Any]) -> str:
        """The further filters of measurements."""
        conditions = {
            "code": " AND e.code = :code",
            "deviceId": " AND e.device = :deviceId",
            "from_sec": " AND (e.sec, e.frac) >= (:from_sec, :from_frac)",
            "to_sec": " AND (e.sec, e.frac) < (:to_sec, :to_frac)",
        }
        status = " AND e.state = :status" if "status" in values else " AND e.state <> 'entered-in-error'"
        return status + "".join(text for name, text in conditions.items() if name in values)

    def care(self, ask: Ask) -> tuple[str, dict[str, Any]]:
        """Tasks of the organisation's patients and those assigned to it."""
        query = f"SELECT e.* FROM now e WHERE e.kind = 'task' AND {self.access.condition('task')}"
        if "state" in ask.values:
            query += " AND e.state = :state"
        if "patientId" in ask.values:
            hidden = ", ".join(f"'{state}'" for state in TERMINAL)
            query += f" AND e.patient = :patientId AND (e.org = :org OR e.state NOT IN ({hidden}))"
        return query, {name: ask.values[name] for name in ("state", "patientId") if name in ask.values}

    # pages

    def page(self, ask: Ask) -> dict[str, Any]:
        self.count += 1
        limit, token = ask.values.get("limit", 50), ask.values.get("cursor")
        bound = self.bound(ask, limit)
        start = self.opened(token, bound) if token is not None else None
        rows = self.kept(ask)
        rest = self.after(ask, rows, start)
        if start and not rows and self.house.choices.closed_cursor and ask.operation == "listMeasurements":
            raise wrong_parameter("cursor", "invalid-cursor")
        shown = self.shown(rest, limit, start)
        following = None
        if len(rest) > len(shown):
            last = [*self.key(shown[-1]), ""] if shown else [*(start or ["", "", "", ""])[:3], _EMPTY]
            following = self.sealed(bound, last)
        page: dict[str, Any] = {"limit": limit, "nextCursor": following}
        if self.house.choices.total:
            page["totalCount"] = len(rows)
        items = [one.doc if one.kind == "measurement" else self.tasks.view(ask.org, one) for one in shown]
        return {"items": items, "page": page, "meta": self.clocks(), "links": self.links(ask, limit, following)}

    def key(self, entry: Entry) -> list[Any]:
        return [*entry.moment, entry.id]

    def after(self, ask: Ask, rows: list[Entry], start: list[Any] | None) -> list[Entry]:
        """The rows that come after the last one shown."""
        if start is None or start[0] == "":
            return rows
        if ask.operation == "listMeasurements" and ask.values.get("sort", "desc") == "desc":
            return [row for row in rows if self.key(row) < start[:3]]
        return [row for row in rows if self.key(row) > start[:3]]

    def shown(self, rest: list[Entry], limit: int, start: list[Any] | None) -> list[Entry]:
        if self.house.choices.pages == "sparse" and rest and (start is None or start[3] != _EMPTY):
            return []
        return rest[: -(-limit // 2)] if self.house.choices.pages == "short" else rest[:limit]

    def clocks(self) -> dict[str, Any]:
        now = self.house.times.write(self.house.dated())
        return {"srcUpdateTime": now, "updateTime": now, "updateInterval": 1}

    # cursors

    def bound(self, ask: Ask, limit: int) -> str:
        """A name for the traversal: whose it is and what it keeps."""
        filters = {name: value for name, value in ask.values.items() if name not in ("cursor", "limit")}
        if filters.get("sort") == "desc":
            del filters["sort"]
        return digest([ask.operation, ask.org, filters, limit if self.house.choices.cursor_keeps_limit else 0])

    def sealed(self, bound: str, key: list[Any]) -> str:
        nonce = self.count if self.house.choices.nonces else 0
        text = json.dumps([bound, key, self.house.unix() if self.house.choices.cursor_life else 0, nonce])
        token = base64.b32encode(text.encode()).decode().rstrip("=")
        whole = f"{token}.{self.mark(token)}"
        return whole + "~" * max(0, self.house.choices.cursor_length - len(whole))

    def mark(self, token: str) -> str:
        return hmac.new(_SEAL, token.encode(), hashlib.sha256).hexdigest()[:24]

    def opened(self, whole: str, bound: str) -> list[Any]:
        """The key that a cursor carries; 400 for one that is not of this traversal."""
        token, _, _ = whole.partition(".")
        length = max(len(token) + 25, self.house.choices.cursor_length)
        if whole != f"{token}.{self.mark(token)}".ljust(length, "~"):
            raise wrong_parameter("cursor", "invalid-cursor")
        issued = json.loads(base64.b32decode(token + "=" * (-len(token) % 8)))
        life = self.house.choices.cursor_life
        if issued[0] != bound or (life and issued[2] + life < self.house.unix()):
            raise wrong_parameter("cursor", "invalid-cursor")
        return list(issued[1])

    # links

    def links(self, ask: Ask, limit: int, following: str | None) -> list[dict[str, str]]:
        choices = self.house.choices
        found = [{"rel": "self", "href": self.href(ask, [] if choices.bare_self else ask.pairs)}]
        if following is not None:
            pairs = [pair for pair in ask.pairs if pair[0] != "cursor"]
            if choices.states_limit and "limit" not in dict(pairs):
                pairs.append(("limit", str(limit)))
            found.insert(0, {"href": self.href(ask, [("cursor", following), *pairs]), "rel": "next"})
        if choices.further_links:
            first = [pair for pair in ask.pairs if pair[0] != "cursor"]
            found += [{"rel": rel, "href": self.href(ask, first)} for rel in ("first", "help", "next-archive")]
        return found

    def href(self, ask: Ask, pairs: list[tuple[str, str]]) -> str:
        query = urlencode(pairs, quote_via=quote)
        if self.house.choices.links == "encoded":
            query = "&".join(f"{name}=" + "".join(f"%{byte:02x}" for byte in text.encode()) for name, text in pairs)
        host, name = ask.root.split("://")[-1], ask.path.rsplit("/", 1)[-1]
        base = {
            "query": "",
            "encoded": "",
            "name": name,
            "path": ask.path,
            "absolute": ask.root + ask.path,
            "port": ask.root.upper() + ("" if ":" in host else ":80") + ask.path,
            "dots": f"./../{ask.path.split('/')[-2]}/./{name}",
            "network": f"//{host}{ask.path}",
        }[self.house.choices.links]
        return f"{base}?{query}" if query or not base else base
