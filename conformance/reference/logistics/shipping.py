"""Shipments: the register, and the rules that a new one has to keep."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

from conformance.reference.bodies import misfits
from conformance.reference.frame import secret_text
from conformance.reference.instants import parse_instant
from conformance.reference.logistics.forms import SHIPMENT
from conformance.reference.logistics.records import MODES, SIZES, Point, Shipment
from conformance.reference.logistics.seeds import POINTS
from conformance.reference.logistics.views import Views
from conformance.reference.problems import Misfit, Problem
from conformance.reference.wire import Json

__all__ = ["Shipping", "at", "sscc_is_right"]

MOST_CASH = 20_000


def at(where: str, zh: str, en: str) -> Misfit:
    """What is wrong at a pointer."""
    return Misfit("pointer", where, (zh, en))


def sscc_is_right(code: str) -> bool:
    """Whether the last digit of a serial shipping container code is the check digit of the others (GS1)."""
    weighed = sum(int(digit) * (1 if index % 2 else 3) for index, digit in enumerate(code[:-1]))
    return (weighed + int(code[-1])) % 10 == 0


class Shipping(Views):
    """The register of shipments and pickup points."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.shipments: dict[str, Shipment] = {}
        self.tracked: dict[str, str] = {}
        self.references: set[tuple[str, str]] = set()
        self.points: dict[str, Point] = {point.id: point for point in POINTS}

    # ---------------------------------------------------------------- rules

    def shipment_misfits(self, body: Any) -> list[Misfit]:
        """What is wrong with a new shipment."""
        found = misfits(body, SHIPMENT)
        if found:
            return found
        found = self.sscc_misfits(body)
        for index, parcel in enumerate(body["parcels"]):
            found += self.parcel_misfits(parcel, f"/parcels/{index}")
        return found or self.point_misfits(body) + self.money_misfits(body) + self.window_misfits(body)

    def sscc_misfits(self, body: Json) -> list[Misfit]:
        """What is wrong with the container code."""
        if "sscc" not in body or sscc_is_right(body["sscc"]):
            return []
        return [at("/sscc", "檢查碼不正確", "has a wrong check digit")]

    def smallest_size(self, edges: Sequence[float]) -> str | None:
        """The smallest size class that holds a parcel of these edges."""
        fits = (size for size, (longest, total) in SIZES.items() if max(edges) <= longest and sum(edges) <= total)
        return next(fits, None)

    def parcel_misfits(self, parcel: Json, where: str) -> list[Misfit]:
        """What is wrong with a parcel."""
        edges = [parcel[name] for name in ("lengthMm", "widthMm", "heightMm")]
        if self.smallest_size(edges) == parcel["sizeClass"]:
            return []
        return [at(f"{where}/sizeClass", "與尺寸不符", "is not the class of these edges")]

    def point_of(self, body: Mapping[str, Any]) -> Point | None:
        """The pickup point that a body names."""
        return self.points.get(body.get("pickupPointId", ""))

    def point_misfits(self, body: Json) -> list[Misfit]:
        """What is wrong between the mode, the parcels and the pickup point."""
        wanted = body["deliveryMode"] != MODES[0]
        if wanted != ("pickupPointId" in body):
            where = "" if wanted else "/pickupPointId"
            return [at(where, "與配送方式不符", "does not go with the delivery mode")]
        if not wanted:
            return []
        point = self.point_of(body)
        if point is None or not self.point_serves(point, body):
            return [at("/pickupPointId", "該取貨點無法受理", "is no pickup point that takes this")]
        return []

    def point_serves(self, point: Point, body: Json) -> bool:
        """Whether a pickup point takes a shipment."""
        return (
            point.type == body["deliveryMode"]
            and self.is_open(point)
            and "PICKUP" in point.services
            and all(self.takes_parcel(point, parcel) for parcel in body["parcels"])
        )

    def is_open(self, point: Point) -> bool:
        """Whether a pickup point is open."""
        return point.status == "OPEN"

    def takes_parcel(self, point: Point, parcel: Json) -> bool:
        """Whether a pickup point takes a parcel of this size and temperature."""
        return parcel["sizeClass"] in point.sizes and self.keeps_cold(point, parcel["temperature"])

    def keeps_cold(self, point: Point, temperature: str) -> bool:
        """Whether a pickup point keeps a parcel at its temperature."""
        return temperature == "ROOM" or temperature in point.services

    def money_misfits(self, body: Json) -> list[Misfit]:
        """What is wrong with the cash on delivery."""
        if "codAmount" not in body:
            return []
        if not self.cash_fits(body["codAmount"]["amount"]):
            return [at("/codAmount/amount", "須為 0 至 20000", "must be from 0 to 20000")]
        point = self.point_of(body)
        if body["deliveryMode"] == "LOCKER" and point is not None and "COD_PAYMENT" not in point.services:
            return [at("/codAmount", "該取貨點不代收貨款", "the pickup point takes no payment")]
        return []

    def cash_fits(self, amount: float) -> bool:
        """Whether an amount may be collected."""
        return amount <= MOST_CASH

    def window_misfits(self, body: Json) -> list[Misfit]:
        """What is wrong with the promised window."""
        window = body.get("promisedWindow")
        if window is None or parse_instant(window["start"]) < parse_instant(window["end"]):
            return []
        return [at("/promisedWindow/end", "必須晚於 start", "must be later than start")]

    # ---------------------------------------------------------------- the register

    def refuse_taken(self, tenant: str, body: Json) -> None:
        """Refuses a reference that the tenant has used, and a tracking number that anybody has."""
        if self.reference_is_taken(tenant, body["reference"]) or self.tracking_is_taken(body.get("trackingNumber", "")):
            raise Problem("conflict")

    def reference_is_taken(self, tenant: str, reference: str) -> bool:
        """Whether the tenant has a shipment with this reference."""
        return (tenant, reference) in self.references

    def tracking_is_taken(self, tracking: str) -> bool:
        """Whether a shipment has this tracking number."""
        return tracking in self.tracked

    def new_tracking(self) -> str:
        """A tracking number that nobody can guess."""
        self.issued += 1
        return f"YN{int(secret_text(self.domain, 'tracking', str(self.issued))[:16], 16) % 10**12:012d}"

    def enter_shipment(self, tenant: str, body: Json, now: Fraction) -> Shipment:
        """Writes a new shipment."""
        made = Shipment(self.new_id("shp"), tenant, body.get("trackingNumber") or self.new_tracking(), dict(body), now, now)
        self.references.add((tenant, body["reference"]))
        self.tracked[made.tracking] = made.id
        return self.keep_shipment(made)

    def keep_shipment(self, shipment: Shipment) -> Shipment:
        """The shipment, now in the store."""
        self.shipments[shipment.id] = shipment
        return shipment

    def patched(self, shipment: Shipment, body: Json, now: Fraction) -> Shipment:
        """The shipment after a patch; null takes a member away."""
        merged = {**shipment.content, **body}
        content = {name: value for name, value in merged.items() if value is not None}
        if content == shipment.content:
            return shipment
        return self.keep_shipment(replace(shipment, content=content, updated=self.next_update(shipment.updated, now)))

    def find_shipment(self, identifier: str, tenant: str, now: Fraction) -> Shipment | None:
        """A shipment of the tenant, or None."""
        found = self.shipments.get(identifier)
        return found if found and self.is_ours(found, tenant) else None

    def is_ours(self, shipment: Shipment, tenant: str) -> bool:
        """Whether a shipment is the tenant's."""
        return shipment.tenant == tenant

    def find_tracked(self, tracking: str, tenant: str, now: Fraction) -> Shipment | None:
        """The shipment with a tracking number, whosever it is."""
        return self.shipments.get(self.tracked.get(tracking, ""))

    def find_point(self, identifier: str, tenant: str, now: Fraction) -> Point | None:
        """A pickup point that is not closed, or None."""
        found = self.points.get(identifier)
        return found if found and found.status != "CLOSED" else None
