"""Making, changing, cancelling and showing shipments."""

from __future__ import annotations

import secrets
from dataclasses import replace
from typing import Any

from tests.second_health.asking import Ask
from tests.second_health.instants import Moment
from tests.second_health.refusals import Fault, conflict, wrong_body
from tests.second_health.wire_json import canonical
from tests.second_logistics.folding import Kept, in_order
from tests.second_logistics.journal import House, Journal, Shipment
from tests.second_logistics.lockers import Lockers
from tests.second_logistics.points import POINTS

__all__ = ["Shipments", "made_event"]

_CLASSES = (("S", 300, 600), ("M", 450, 900), ("L", 600, 1200), ("XL", 1000, 1500))


def made_event(house: House, kind: str, step: str, disposition: str, at: Moment) -> dict[str, Any]:
    """An event that the server itself makes."""
    return {
        "eventTime": house.times.write(at),
        "eventTimeZoneOffset": "+08:00",
        "eventType": kind,
        "action": "OBSERVE",
        "bizStep": step,
        "disposition": disposition,
        "classifier": "ACT",
    }


class Shipments:
    """Answers for shipments."""

    def __init__(self, house: House, journal: Journal, lockers: Lockers) -> None:
        self.house, self.journal, self.lockers = house, journal, lockers

    # what is shown

    def view(self, shipment: Shipment) -> dict[str, Any]:
        now, hold = self.journal.told(shipment), self.lockers.last(shipment)
        updated = now.updated
        if hold and self.house.choices.lapse_dates and hold.state(self.house.now()) in ("EXPIRED", "OVERDUE"):
            updated = max(updated, hold.expires)
        document = {"shipmentId": shipment.id, **now.request}
        document |= {"state": now.state, "coldChainBreach": now.breach, "estimatedDeliveryTime": now.estimate()}
        document |= {"lockerReservation": self.lockers.view(hold)} if hold else {}
        write = self.house.times.write
        return document | {"createdAt": write(shipment.created), "updatedAt": write(updated)}

    def event(self, shipment: Shipment, kept: Kept) -> dict[str, Any]:
        """An event as it is listed and delivered."""
        return {**kept.doc, "shipmentId": shipment.id, "recordTime": self.house.times.write(kept.record)}

    def public(self, shipment: Shipment) -> dict[str, Any]:
        """What everybody may know."""
        lag = self.house.choices.tracking_lag
        now = self.journal.told_until(shipment, self.house.unix() - lag) if lag else self.journal.told(shipment)
        events = []
        for one in in_order(one for one in now.events.values() if one.counts):
            shown = {"eventType": one.doc["eventType"], "eventTime": one.doc["eventTime"]}
            place = POINTS.get(one.doc.get("readPoint", {}).get("locationId", ""))
            if place and self.house.choices.tracks_city:
                shown["cityCode"] = place.doc["cityCode"]
            events.append(shown)
        document: dict[str, Any] = {"trackingNumber": shipment.number, "state": now.state, "events": events}
        if "pickupPointId" in now.request:
            point = POINTS[now.request["pickupPointId"]].doc
            document["pickupPoint"] = {"type": point["type"], "cityCode": point["cityCode"]}
        return document

    # making

    def create(self, ask: Ask) -> Shipment:
        body = ask.document
        faults = [*self.size_faults(body), *self.point_faults(body), *self.other_faults(body)]
        if faults:
            raise wrong_body(faults)
        number = body.get("trackingNumber")
        if number in self.journal.numbers or (ask.org, body["reference"]) in self.journal.references:
            raise conflict()
        while number is None or number in self.journal.numbers:
            number = f"KP{secrets.randbelow(10**12):012d}"
        request = {"trackingNumber": number} | {name: value for name, value in body.items() if name != "trackingNumber"}
        if "promisedWindow" in body:
            request["promisedWindow"] = {name: self.house.times.echo(text) for name, text in body["promisedWindow"].items()}
        shipment = Shipment(ask.org, self.journal.new_id("sh"), request, self.house.unix(), self.house.dated())
        self.journal.shipments[shipment.id] = self.journal.numbers[number] = shipment
        self.journal.references.add((ask.org, body["reference"]))
        return shipment

    def size_faults(self, body: dict[str, Any]) -> list[Fault]:
        found: list[Fault] = []
        for index, one in enumerate(body["parcels"]):
            edges = [one["lengthMm"], one["widthMm"], one["heightMm"]]
            fits = [name for name, longest, together in _CLASSES if max(edges) <= longest and sum(edges) <= together]
            if one["sizeClass"] not in fits[:1]:
                found.append((f"/parcels/{index}/sizeClass", "不是放得下的最小尺寸"))
        return found

    def point_faults(self, body: dict[str, Any]) -> list[Fault]:
        """Whether the point takes the shipment."""
        mode, named = body["deliveryMode"], body.get("pickupPointId")
        if mode == "HOME":
            return [("/pickupPointId", "宅配不得有取貨點")] if named is not None else []
        if named is None:
            return [("", "須有 pickupPointId")]
        place = POINTS.get(named)
        needs = {"PICKUP"} | {one["temperature"] for one in body["parcels"]} - {"ROOM"}
        sizes = {one["sizeClass"] for one in body["parcels"]}
        if (
            place is None
            or place.doc["type"] != mode
            or place.status != "OPEN"
            or not needs <= set(place.doc["services"])
            or not sizes <= set(place.doc["sizeClasses"])
        ):
            return [("/pickupPointId", "此取貨點不收此託運單")]
        if mode == "LOCKER" and "codAmount" in body and "COD_PAYMENT" not in place.doc["services"]:
            return [("/codAmount", "此智取櫃不收款")]
        return []

    def other_faults(self, body: dict[str, Any]) -> list[Fault]:
        found: list[Fault] = []
        digits = [int(one) for one in body.get("sscc", "")]
        if sum(digit * (1 if index % 2 else 3) for index, digit in enumerate(digits)) % 10:
            found.append(("/sscc", "檢查碼錯誤"))
        window = body.get("promisedWindow")
        if window and not (self.house.times.read(window["start"]) or (0, "")) < (self.house.times.read(window["end"]) or (0, "")):
            found.append(("/promisedWindow/end", "須晚於 start"))
        return found

    # changing

    def update(self, ask: Ask, shipment: Shipment) -> None:
        now = self.journal.told(shipment)
        if now.state != "CREATED":
            raise conflict()
        changed = any(canonical(now.request.get(name)) != canonical(value) for name, value in ask.document.items())
        if changed or self.house.choices.idle_patch_dates:
            self.journal.add(shipment, self.journal.fact("patched", ask.document))

    def cancel(self, shipment: Shipment) -> Kept | None:
        """The event of the cancellation; None where it is cancelled already and that is no mistake."""
        state = self.journal.told(shipment).state
        if state == "CANCELLED" and self.house.choices.recancel == 200:
            return None
        if state != "CREATED":
            raise conflict("illegal-transition")
        document = made_event(self.house, "CANCELLED", "void_shipping", "inactive", self.house.dated())
        hold = self.lockers.last(shipment)
        if hold and hold.state(self.house.now()) == "HELD":
            self.lockers.holds[hold.id] = replace(hold, said="RELEASED")
        kept = self.keep(shipment, document, self.house.dated())
        self.journal.add(shipment, self.journal.fact("kept", kept))
        return kept

    def keep(self, shipment: Shipment, document: dict[str, Any], moment: Moment) -> Kept:
        """An event of the server's own, ready to be kept."""
        record = self.house.times.following(self.journal.records.get(shipment.tenant, (0, "")), self.house.dated())
        return Kept({"eventId": self.journal.new_event_id(), **document}, moment, record)
