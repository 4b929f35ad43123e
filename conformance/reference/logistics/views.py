"""What the things of the logistics interface look like on the wire, and who sees them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from conformance.reference.frame import secret_text
from conformance.reference.house import HouseServer
from conformance.reference.instants import format_instant
from conformance.reference.logistics.records import Event, Point, Reservation, Shipment, Subscription
from conformance.reference.problems import Misfit, Problem
from conformance.reference.wire import Call, Json, Operation

__all__ = ["MICROSECONDS", "Views"]

MILLISECOND = Fraction(1, 1000)
MICROSECONDS = 10**6
INTERVAL = 60  # seconds between two updates of the pickup points' source
_LIVE = ("getPublicTracking", "getPickupPointAvailability")  # public, and never older than a second


class Views(HouseServer):
    """Metadata and representations."""

    domain = "logistics"
    interface = "smartcity-logistics"
    limited_scopes = ("shipment:read", "event:read")
    scopes = (*limited_scopes, "shipment:write", "event:write", "locker:write", "subscription:write")
    profiles = ("events", "full", "lockers", "shipping", "tracking")
    titles: Mapping[str, str] = {"zh-Hant": "智慧城市物流介面", "en": "Smart city logistics interface"}

    def __init__(self, *, ttl_seconds: float = 5.0, **settings: Any) -> None:
        del ttl_seconds  # how long a compartment is held, its client says
        super().__init__(**settings)
        self.issued = 0

    def new_id(self, kind: str) -> str:
        """The next id of a kind: none tells the next one, yet a fresh server issues the same ones again."""
        self.issued += 1
        return f"{kind}-" + secret_text(self.domain, kind, str(self.issued))[:20]

    def refuse_misfits(self, found: Sequence[Misfit]) -> None:
        """Refuses a body that breaks the schema or a rule."""
        if found:
            raise Problem("invalid-body", found)

    # ---------------------------------------------------------------- headers and metadata

    def cache_control(self, operation: Operation | None, status: int) -> dict[str, str]:
        """Who may keep the answer, and for how long."""
        if operation is not None and operation.id in _LIVE and status == 200:
            return {"Cache-Control": "public, max-age=1"}
        return super().cache_control(operation, status)

    def source_tick(self, now: Fraction) -> Fraction:
        """When the source of the pickup points was last updated."""
        return Fraction(now // INTERVAL * INTERVAL)

    def meta_of(self, call: Call) -> Json:
        """The `meta` member: a tenant's own data are read live, pickup points have a source."""
        if not call.operation.public:
            return {"srcUpdateTime": self.stamp(call.now), "updateTime": self.stamp(call.now), "updateInterval": 1}
        return {
            "srcUpdateTime": self.stamp(self.source_tick(call.now)),
            "updateTime": self.stamp(call.now),
            "updateInterval": INTERVAL,
            "license": "OGDL-Taiwan-1.0",
            "authorityCode": "TPE",
        }

    def stamp(self, instant: Fraction | int) -> str:
        """An instant of the server's own as text."""
        return format_instant(instant)

    def stamp_exactly(self, instant: Fraction | int) -> str:
        """The same, with milliseconds."""
        return format_instant(instant, decimals=3)

    def stamp_record(self, instant: Fraction | int) -> str:
        """The same, with microseconds."""
        return format_instant(instant, decimals=6)

    def next_update(self, before: Fraction, now: Fraction) -> Fraction:
        """When a change is recorded: now, but later than what was recorded before."""
        return max(now, before + MILLISECOND)

    # ---------------------------------------------------------------- representations

    def shipment_members(self, shipment: Shipment, state: str, estimate: str | None, reservation: Json | None) -> Json:
        """A shipment with what follows from its events and reservation."""
        return {
            "shipmentId": shipment.id,
            "trackingNumber": shipment.tracking,
            **{name: value for name, value in shipment.content.items() if name != "trackingNumber"},
            "state": state,
            "coldChainBreach": shipment.breach,
            "estimatedDeliveryTime": estimate,
            **({"lockerReservation": reservation} if reservation else {}),
            "createdAt": self.stamp_exactly(shipment.created),
            "updatedAt": self.stamp_exactly(shipment.updated),
        }

    def render_event(self, event: Event) -> Json:
        """An event."""
        return {
            "eventId": event.id,
            "shipmentId": event.shipment,
            "recordTime": self.stamp_record(event.recorded),
            **event.content,
            **({"errorDeclaration": event.declaration} if event.declaration is not None else {}),
        }

    def render_queried_event(self, event: Event) -> Json:
        """An event as queryEvents gives it."""
        return self.render_event(event)

    def render_public_event(self, event: Event) -> Json:
        """What everybody may know of an event."""
        return {"eventType": event.kind, "eventTime": event.content["eventTime"]}

    def render_public_point(self, point: Point) -> Json:
        """What everybody may know of the pickup point of a shipment."""
        return {"type": point.type, "cityCode": point.city}

    def render_point(self, point: Point) -> Json:
        """A pickup point."""
        return {
            "pickupPointId": point.id,
            "type": point.type,
            "chain": point.chain,
            "name": point.name,
            "position": {"positionLon": point.lon, "positionLat": point.lat},
            "cityCode": point.city,
            "openHours": "08:00-22:00",
            "services": list(point.services),
            "sizeClasses": list(point.sizes),
            "status": point.status,
        }

    def render_reservation(self, reservation: Reservation, state: str) -> Json:
        """A reservation, without its code."""
        return {
            "reservationId": reservation.id,
            "pickupPointId": reservation.point,
            "compartmentNo": reservation.compartment,
            "sizeClass": reservation.size,
            **({"shipmentId": reservation.shipment} if reservation.shipment else {}),
            "state": state,
            "expiresAt": self.stamp_exactly(reservation.expires),
        }

    def render_subscription(self, subscription: Subscription) -> Json:
        """A subscription, without its secret."""
        return {
            "subscriptionId": subscription.id,
            "callbackUrl": subscription.url,
            "eventTypes": list(subscription.kinds),
            "status": "ACTIVE",
        }
