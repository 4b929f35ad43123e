"""Lists: what the filters keep, in order, cut into pages; a cursor is a ticket whose meaning the server keeps to itself."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from tests.second_health.asking import Ask
from tests.second_health.instants import later
from tests.second_health.refusals import wrong_parameter
from tests.second_logistics.journal import House, Journal, Shipment
from tests.second_logistics.points import POINTS
from tests.second_logistics.shipments import Shipments

__all__ = ["Lists"]

Row = tuple[tuple[Any, ...], Callable[[], dict[str, Any]]]
"""What orders an item, and the item."""


@dataclass(frozen=True)
class Ticket:
    """What a cursor stands for."""

    traversal: str
    after: tuple[Any, ...]
    unix: float


class Lists:
    """Answers the four collections."""

    def __init__(self, house: House, journal: Journal, shipments: Shipments) -> None:
        self.house, self.journal, self.shipments = house, journal, shipments
        self.began = house.unix()  # what is there at the start is seen
        self.tickets: dict[str, Ticket] = {}
        self.issued: dict[tuple[str, tuple[Any, ...]], str] = {}

    # what is kept

    def rows(self, ask: Ask, shipment: Shipment | None) -> list[Row]:
        if ask.operation == "listShipments":
            return self.of_shipments(ask)
        if ask.operation == "listPickupPoints":
            return self.of_points(ask.values)
        if shipment:
            return self.of_events(ask.values, shipment)
        own = [one for one in self.journal.shipments.values() if one.tenant == ask.org]
        return sorted((row for one in own for row in self.queried(ask.values, one)), key=lambda row: row[0])

    def seen(self, unix: float) -> bool:
        """Whether a list shows already what came then."""
        return unix <= max(self.began, self.house.unix() - self.house.choices.lag)

    def of_shipments(self, ask: Ask) -> list[Row]:
        values, rows = ask.values, list[Row]()
        for one in self.journal.shipments.values():
            kept = one.tenant == ask.org and self.seen(one.unix) and within(one.created, values, "createdFrom", "createdTo")
            if "reference" in values:
                kept = kept and one.request["reference"] == values["reference"]
            if kept and values.get("state") in (None, self.journal.told(one).state):
                rows.append(((one.created, one.id), lambda one=one: self.shipments.view(one)))  # type: ignore[misc]
        return sorted(rows, key=lambda row: row[0])

    def late(self, shipment: Shipment) -> list[Any]:
        """The events that the query shows already."""
        shown = {fact.data.id for fact in shipment.facts if fact.kind == "kept" and self.seen(fact.unix)}
        return [one for one in self.journal.told(shipment).events.values() if one.id in shown]

    def of_events(self, values: dict[str, Any], shipment: Shipment) -> list[Row]:
        rows: list[Row] = []
        for one in self.journal.told(shipment).events.values():
            if values.get("eventType") in (None, one.doc["eventType"]) and within(one.moment, values, "from", "to"):
                rows.append(((one.moment, one.id), lambda one=one: self.shipments.event(shipment, one)))  # type: ignore[misc]
        return sorted(rows, key=lambda row: row[0])

    def queried(self, values: dict[str, Any], shipment: Shipment) -> list[Row]:
        rows: list[Row] = []
        for one in self.late(shipment):
            place = one.doc.get("readPoint", {}).get("locationId")
            kept = values.get("bizStep") in (None, one.doc.get("bizStep")) and values.get("readPoint") in (None, place)
            if kept and within(one.record, values, "recordFrom", "recordTo"):
                rows.append(((one.record, one.id), lambda one=one: self.shipments.event(shipment, one)))  # type: ignore[misc]
        return rows

    def of_points(self, values: dict[str, Any]) -> list[Row]:
        rows: list[Row] = []
        for name in sorted(POINTS):
            place = POINTS[name]
            document = place.doc
            kept = place.status != "CLOSED" and all(values.get(key) in (None, document[key]) for key in ("cityCode", "type"))
            kept = kept and (values.get("service") is None or values["service"] in document["services"])
            kept = kept and (values.get("sizeClass") is None or values["sizeClass"] in document["sizeClasses"])
            if kept and "bbox" in values:
                west, south, east, north = values["bbox"]
                at = document["position"]
                kept = west <= at["positionLon"] <= east and south <= at["positionLat"] <= north
            if kept:
                rows.append(((name,), lambda document=document: document))  # type: ignore[misc]
        return rows

    # pages

    def page(self, ask: Ask, shipment: Shipment | None) -> dict[str, Any]:
        limit, token = ask.values.get("limit", 50), ask.values.get("cursor")
        traversal = self.traversal(ask, limit)
        after: tuple[Any, ...] | None = self.opened(token, traversal) if token is not None else None
        rows = self.rows(ask, shipment)
        rest = rows if after is None else [row for row in rows if row[0] > after]
        shown = rest[: -(-limit // 2)] if self.house.choices.manner.pages == "short" else rest[:limit]
        following = self.ticket(traversal, shown[-1][0]) if len(rest) > len(shown) else None
        page: dict[str, Any] = {"limit": limit, "nextCursor": following}
        if self.house.choices.manner.total:
            page["totalCount"] = len(rows)
        meta = self.meta(public=ask.operation == "listPickupPoints")
        links = self.links(ask, limit, following)
        return {"items": [item() for _, item in shown], "page": page, "meta": meta, "links": links}

    def meta(self, *, public: bool) -> dict[str, Any]:
        now = self.house.dated()
        clocks = {"updateTime": self.house.times.write(now), "updateInterval": 60 if public else 1}
        clocks["srcUpdateTime"] = self.house.times.write(later(now, -10) if public else now)
        return clocks | ({"license": "OGDL-Taiwan-1.0", "authorityCode": "KEE"} if public else {})

    def traversal(self, ask: Ask, limit: int) -> str:
        """A name for whose list it is and what it keeps."""
        filters = sorted((name, str(value)) for name, value in ask.values.items() if name not in ("cursor", "limit"))
        kept_limit = limit if self.house.choices.manner.cursor_keeps_limit else 0
        return repr((ask.operation, ask.org, ask.segment, filters, kept_limit))

    def ticket(self, traversal: str, after: tuple[Any, ...]) -> str:
        known = self.issued.get((traversal, after))
        if known and not self.house.choices.manner.nonces:
            return known
        name = secrets.token_urlsafe(18)
        name += "!" * max(0, self.house.choices.manner.cursor_length - len(name))
        self.tickets[name] = Ticket(traversal, after, self.house.unix())
        self.issued[traversal, after] = name
        return name

    def opened(self, token: str, traversal: str) -> tuple[Any, ...]:
        ticket, life = self.tickets.get(token), self.house.choices.manner.cursor_life
        if ticket is None or ticket.traversal != traversal or (life and ticket.unix + life < self.house.unix()):
            raise wrong_parameter("cursor", "invalid-cursor")
        return ticket.after

    def links(self, ask: Ask, limit: int, following: str | None) -> list[dict[str, str]]:
        links = [{"rel": "self", "href": self.href(ask, ask.pairs)}]
        if following is not None:
            pairs = [pair for pair in ask.pairs if pair[0] != "cursor"]
            if self.house.choices.manner.states_limit and "limit" not in dict(pairs):
                pairs.append(("limit", str(limit)))
            links.append({"rel": "next", "href": self.href(ask, [*pairs, ("cursor", following)])})
        return links

    def href(self, ask: Ask, pairs: list[tuple[str, str]]) -> str:
        query = urlencode(pairs, quote_via=quote)
        style = self.house.choices.manner.links
        base = {"absolute": ask.root + ask.path, "path": ask.path, "name": ask.path.rsplit("/", 1)[-1]}.get(style, "")
        return f"{base}?{query}" if query or not base else base


def within(moment: Any, values: dict[str, Any], start: str, end: str) -> bool:
    """Whether an instant lies in the half-open interval that the parameters of these names give."""
    return (start not in values or moment >= values[start]) and (end not in values or moment < values[end])
