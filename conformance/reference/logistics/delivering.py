"""Deliveries of events to subscribers: who is told of what."""

from __future__ import annotations

from typing import Any

from conformance.reference.calling import Calling, Parcelled
from conformance.reference.logistics.records import Event, Subscription
from conformance.reference.logistics.views import Views

__all__ = ["Delivering"]


class Delivering(Calling, Views):
    """The subscriptions, and what is sent to them."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.subscriptions: dict[tuple[str, str], Subscription] = {}

    def subscribe(self, tenant: str, url: str, kinds: tuple[str, ...], secret: str) -> tuple[int, Subscription]:
        """A subscription, new (201) or in the place of the one to the same URL (200)."""
        known = self.subscriptions.get((tenant, url))
        made = Subscription(known.id if known else self.new_id("sub"), tenant, url, kinds, secret)
        self.subscriptions[(tenant, url)] = made
        return (200 if known else 201), made

    def wants(self, subscription: Subscription, event: Event) -> bool:
        """Whether an event is for a subscriber."""
        return subscription.tenant == event.tenant and event.kind in subscription.kinds

    def delivered_body(self, event: Event) -> bytes:
        """What is sent of an event."""
        return self.to_bytes(self.render_event(event))

    def delivery_id(self, subscription: Subscription, event: Event) -> str:
        """The name of a delivery."""
        return self.new_id("dlv")

    def queue_of(self, subscription: Subscription, event: Event) -> tuple[str, ...]:
        """What is sent one after the other: the events of a shipment to a subscriber."""
        return (subscription.id, event.shipment)

    def notify(self, event: Event) -> None:
        """Sends an event to whoever subscribed to it."""
        for subscription in list(self.subscriptions.values()):
            if self.wants(subscription, event):
                one = Parcelled(
                    self.delivery_id(subscription, event), subscription.url, subscription.secret, self.delivered_body(event)
                )
                self.enqueue(self.queue_of(subscription, event), one)
