"""The reference server of version 1.1: what 1.1 adds, on top of the server of 1.0."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from conformance.reference.bodies import Member, is_text, misfits, whole
from conformance.reference.logistics.records import Event, Reservation, Shipment, Subscription
from conformance.reference.logistics.sensing import READINGS, Sensing
from conformance.reference.logistics.server import LogisticsServer
from conformance.reference.problems import Misfit, Problem
from conformance.reference.wire import Answer, Call, Json, operation

__all__ = ["LogisticsServer11"]

SECRET = (
    Member(
        "secret", is_text(r"[!-~]{32,128}"), ("須為 32 至 128 個可見 ASCII 字元", "must be 32 to 128 visible ASCII characters")
    ),
)
EXTEND = (Member("holdSeconds", whole(5, 604_800), ("須為 5 至 604800 的整數", "must be an integer from 5 to 604800")),)
SUBSCRIBING = "subscription:write"


class LogisticsServer11(Sensing, LogisticsServer):
    """The server of 1.1: whoever asks it as 1.0 has it, is answered as 1.0 has it."""

    version = "1.1.0"

    # ---------------------------------------------------------------- subscriptions

    def find_subscription(self, identifier: str, tenant: str, now: Fraction) -> Subscription | None:
        """A subscription of the tenant, or None."""
        return next((one for one in self.subscriptions.values() if one.id == identifier and self.is_theirs(one, tenant)), None)

    def is_theirs(self, subscription: Subscription, tenant: str) -> bool:
        """Whether a subscription is the tenant's."""
        return subscription.tenant == tenant

    @operation("GET", "/subscriptions/{subscriptionId}", scope=SUBSCRIBING, find="find_subscription")
    async def get_subscription(self, call: Call) -> Answer:
        """One subscription."""
        return Answer(200, self.render_subscription(call.found))

    @operation("DELETE", "/subscriptions/{subscriptionId}", scope=SUBSCRIBING, find="find_subscription")
    async def delete_subscription(self, call: Call) -> Answer:
        """Ends a subscription."""
        self.end_subscription(call.found)
        return Answer(204)

    def end_subscription(self, subscription: Subscription) -> None:
        """A subscription is gone."""
        del self.subscriptions[(subscription.tenant, subscription.url)]

    @operation(
        "POST", "/subscriptions/{subscriptionId}/secret", scope=SUBSCRIBING, find="find_subscription", takes="application/json"
    )
    async def rotate_subscription_secret(self, call: Call) -> Answer:
        """Gives a subscription another secret."""
        self.refuse_misfits(misfits(call.body, SECRET))
        changed = replace(call.found, secret=call.body["secret"])
        self.subscriptions[(changed.tenant, changed.url)] = changed
        return Answer(200, self.render_rotated(changed))

    def render_rotated(self, subscription: Subscription) -> Json:
        """A subscription whose secret was changed."""
        return self.render_subscription(subscription)

    # ---------------------------------------------------------------- proof of delivery

    def is_delivery(self, event: Event) -> bool:
        """Whether an event delivers its shipment."""
        return event.counts and event.kind in ("DELIVERED", "COLLECTED")

    def delivery_of(self, shipment: Shipment) -> Event | None:
        """The event that delivered a shipment, or None."""
        known = (self.events[name] for name in self.events_of.get(shipment.id, ()))
        found = [event for event in known if self.is_delivery(event)]
        return found[-1] if found and self.state_of(shipment) in ("DELIVERED", "COLLECTED") else None

    @operation("GET", "/shipments/{shipmentId}/proof-of-delivery", scope="shipment:read", find="find_shipment")
    async def get_proof_of_delivery(self, call: Call) -> Answer:
        """By which event a shipment was delivered."""
        return Answer(200, self.render_proof(call.found, self.delivery_of(call.found)))

    def render_proof(self, shipment: Shipment, event: Event | None) -> Json:
        """Whether a shipment was delivered, and by which event."""
        told: Json = {"shipmentId": shipment.id, "delivered": event is not None}
        return {**told, "eventId": event.id, "deliveredAt": self.delivered_at(event)} if event else told

    def delivered_at(self, event: Event) -> str:
        """When an event delivered its shipment."""
        return str(event.content["eventTime"])

    # ---------------------------------------------------------------- longer holds

    @operation(
        "POST",
        "/locker-reservations/{reservationId}/extend",
        scope="locker:write",
        find="find_reservation",
        takes="application/json",
    )
    async def extend_locker_reservation(self, call: Call) -> Answer:
        """Holds a compartment for longer."""
        self.refuse_misfits(misfits(call.body, EXTEND))
        known: Reservation = self.reservations[call.found.id]
        ends = self.extended_to(known, call.now + int(call.body["holdSeconds"]))
        self.refuse_misfits(self.extension_misfits(known, ends))
        if self.state_now(known, call.now) not in ("HELD", "DEPOSITED"):
            raise Problem("conflict")
        kept = self.keep_reservation(replace(known, expires=ends))
        return Answer(200, self.render_reservation(kept, self.state_now(kept, call.now)))

    def extended_to(self, reservation: Reservation, ends: Fraction) -> Fraction:
        """The new end of a reservation."""
        return ends

    def extension_misfits(self, reservation: Reservation, ends: Fraction) -> list[Misfit]:
        """What is wrong with a new end."""
        if ends >= reservation.expires:
            return []
        return [Misfit("pointer", "/holdSeconds", ("不得早於目前期限", "must not end earlier than at present"))]

    # ---------------------------------------------------------------- readings of devices

    @operation("POST", "/shipments/{shipmentId}/readings", scope="event:write", find="find_shipment", takes="application/json")
    async def capture_readings(self, call: Call) -> Answer:
        """Keeps readings of devices."""
        self.refuse_misfits(misfits(call.body, READINGS))
        kept = self.take_readings(call.found, call.body["readings"], call.now)
        return Answer(200, {"shipmentId": call.found.id, "kept": kept})

    @operation("GET", "/shipments/{shipmentId}/conditions", scope="event:read", find="find_shipment")
    async def get_shipment_conditions(self, call: Call) -> Answer:
        """What the readings of a shipment come to."""
        return Answer(200, {"shipmentId": call.found.id, "conditions": self.conditions(call.found)})
