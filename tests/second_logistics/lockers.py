"""Compartments: who holds which, with which code, until when; a hold that has run out is one without anything being done."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from typing import Any

from tests.second_health.asking import Ask
from tests.second_health.instants import Moment, later
from tests.second_health.refusals import Refusal, conflict, wrong_body
from tests.second_logistics.folding import TERMINAL
from tests.second_logistics.journal import House, Journal, Shipment
from tests.second_logistics.points import POINTS
from tests.second_logistics.shapes import SIZES

__all__ = ["Hold", "Lockers"]

_LAPSED = {"HELD": "EXPIRED", "DEPOSITED": "OVERDUE"}
_OCCUPIES = ("HELD", "DEPOSITED", "OVERDUE")


@dataclass(frozen=True)
class Hold:
    """A reservation: what was said of it last."""

    id: str
    tenant: str
    point: str
    size: str
    compartment: str
    shipment: str | None
    seconds: int
    code: str
    said: str
    expires: Moment

    def state(self, now: Moment) -> str:
        return _LAPSED.get(self.said, self.said) if now >= self.expires else self.said


class Lockers:
    """Answers for reservations and for what is free."""

    def __init__(self, house: House, journal: Journal) -> None:
        self.house, self.journal = house, journal
        self.holds: dict[str, Hold] = {}
        self.wrong: dict[str, int] = {}
        self.locked: dict[str, float] = {}

    def last(self, shipment: Shipment) -> Hold | None:
        """The last reservation that was made for a shipment."""
        found = self.journal.told(shipment).holds
        return self.holds[found[-1]] if found else None

    def view(self, hold: Hold, *, code: bool = False) -> dict[str, Any]:
        document = {
            "reservationId": hold.id,
            "pickupPointId": hold.point,
            "compartmentNo": hold.compartment,
            "sizeClass": hold.size,
            "state": hold.state(self.house.now()),
            "expiresAt": self.house.times.write(hold.expires),
        }
        document |= {"shipmentId": hold.shipment} if hold.shipment else {}
        return document | ({"pickupCode": hold.code} if code else {})

    def until(self, seconds: int) -> Moment:
        return later(self.house.dated(), seconds)

    # reservations

    def reserve(self, ask: Ask) -> dict[str, Any]:
        """Holds a free compartment."""
        body = ask.document
        place = POINTS.get(body["pickupPointId"])
        if place is None or place.doc["type"] != "LOCKER" or place.status != "OPEN":
            raise wrong_body([("/pickupPointId", "沒有此智取櫃，或未開放")])
        shipment = self.named(ask.org, body) if "shipmentId" in body else None
        if shipment:
            self.refuse_second(shipment)
        working, _ = place.compartments.get(body["sizeClass"], (0, 0))
        used = {one.compartment for one in self.occupied(body["pickupPointId"], body["sizeClass"])}
        free = [name for name in (f"{body['sizeClass']}-{n:02d}" for n in range(1, working + 1)) if name not in used]
        if not free:
            raise conflict("no-capacity")
        seconds = int(body.get("holdSeconds", 86_400))
        hold = Hold(
            id=self.journal.new_id("res"),
            tenant=ask.org,
            point=body["pickupPointId"],
            size=body["sizeClass"],
            compartment=free[0],
            shipment=shipment.id if shipment else None,
            seconds=seconds,
            code=f"{secrets.randbelow(10**self.house.choices.code_digits):0{self.house.choices.code_digits}d}",
            said="HELD",
            expires=self.until(seconds),
        )
        self.holds[hold.id] = hold
        if shipment:
            self.journal.add(shipment, self.journal.fact("held", hold.id))
        return self.view(hold, code=True)

    def named(self, tenant: str, body: dict[str, Any]) -> Shipment:
        shipment = self.journal.shipments.get(body["shipmentId"])
        if shipment is None or shipment.tenant != tenant:
            raise wrong_body([("/shipmentId", "沒有此託運單")])
        request = self.journal.told(shipment).request
        if request["deliveryMode"] != "LOCKER":
            raise wrong_body([("/shipmentId", "不是送到智取櫃的託運單")])
        if request["pickupPointId"] != body["pickupPointId"]:
            raise wrong_body([("/pickupPointId", "與託運單不同")])
        if any(SIZES.index(one["sizeClass"]) > SIZES.index(body["sizeClass"]) for one in request["parcels"]):
            raise wrong_body([("/sizeClass", "放不下包裹")])
        return shipment

    def refuse_second(self, shipment: Shipment) -> None:
        last = self.last(shipment)
        if self.journal.told(shipment).state in TERMINAL or (last and last.state(self.house.now()) in _OCCUPIES):
            raise conflict()

    def occupied(self, point: str, size: str) -> list[Hold]:
        now = self.house.now()
        return [one for one in self.holds.values() if (one.point, one.size) == (point, size) and one.state(now) in _OCCUPIES]

    def availability(self, identifier: str) -> dict[str, Any]:
        """Counts of a point."""
        now, place = self.house.now(), POINTS[identifier]
        sizes = []
        for size, (working, broken) in place.compartments.items():
            used = self.occupied(identifier, size)
            held = sum(one.state(now) == "HELD" for one in used)
            counts = {"total": working + broken, "free": working - len(used), "held": held}
            sizes.append({"sizeClass": size} | counts | {"deposited": len(used) - held, "outOfService": broken})
        return {"pickupPointId": identifier, "updateTime": self.house.times.write(self.house.dated()), "sizes": sizes}

    # codes

    def opened(self, hold: Hold, code: str) -> None:
        """423, 403 or 409, unless the code is right and a parcel lies there."""
        if self.locked.get(hold.id, 0.0) > self.house.unix():
            raise Refusal("locked")
        if self.locked.pop(hold.id, None) is not None:
            self.wrong[hold.id] = 0
        if not secrets.compare_digest(code.encode("utf-8", "surrogatepass"), hold.code.encode()):
            self.wrong[hold.id] = self.wrong.get(hold.id, 0) + 1
            if self.wrong[hold.id] >= 5:
                self.locked[hold.id] = self.house.unix() + self.house.choices.lock_seconds
            raise Refusal("wrong-code")
        if self.house.choices.right_code_forgives:
            self.wrong[hold.id] = 0
        if hold.state(self.house.now()) != "DEPOSITED":
            raise conflict()

    # what events do

    def after(self, hold: Hold | None, event: dict[str, Any], *, locker: bool) -> Hold | None:
        """The reservation after an event of its shipment; 409 where the event may not be."""
        if event["classifier"] != "ACT":
            return hold
        kind, state = event["eventType"], hold.state(self.house.now()) if hold else ""
        if kind == "AT_PICKUP_POINT" and locker:
            if hold is None or state != "HELD" or event.get("readPoint", {}).get("locationId") != hold.point:
                raise conflict()
            return replace(hold, said="DEPOSITED", expires=self.until(hold.seconds))
        if kind == "COLLECTED" and state == "DEPOSITED":
            raise conflict()
        if hold and kind == "COLLECTED" and state == "OVERDUE":
            return replace(hold, said="COLLECTED")
        if hold and kind in ("RETURNING", "LOST", "DAMAGED") and state in ("DEPOSITED", "OVERDUE"):
            return replace(hold, said="REMOVED")
        return hold
