"""What 1.1 has beside 1.0 on the way to subscribers: a notice whenever a reservation is made or moved."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from conformance.reference.bodies import Member, is_text
from conformance.reference.calling import Calling, Parcelled
from conformance.reference.frame import secret_text
from conformance.reference.transport.records import Reservation
from conformance.reference.wire import Json

__all__ = ["SUBSCRIPTION", "Notices", "Subscriber"]

SUBSCRIPTION = (
    Member("callbackUrl", is_text(r".{8,500}"), ("須為 8 至 500 字元的網址", "must be a URL of 8 to 500 characters")),
    Member(
        "secret", is_text(r"[!-~]{32,128}"), ("須為 32 至 128 個可見 ASCII 字元", "must be 32 to 128 visible ASCII characters")
    ),
)


@dataclass(frozen=True)
class Subscriber:
    """Who is told of a tenant's reservations, and under which secret."""

    id: str
    tenant: str
    url: str
    secret: str


class Notices(Calling):
    """The subscribers, and what they are told."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.subscribers: dict[tuple[str, str], Subscriber] = {}
        self.told = 0

    def subscribe(self, tenant: str, url: str, secret: str) -> tuple[int, Subscriber]:
        """A subscription, new (201) or in the place of the one to the same URL (200)."""
        known = self.subscribers.get((tenant, url))
        name = known.id if known else "sub-" + secret_text(self.domain, "subscription", tenant, url)[:20]
        made = Subscriber(name, tenant, url, secret)
        self.subscribers[(tenant, url)] = made
        return (200 if known else 201), made

    def render_subscriber(self, subscriber: Subscriber) -> Json:
        """A subscription, without its secret."""
        return {"subscriptionId": subscriber.id, "callbackUrl": subscriber.url}

    def notice_id(self, subscriber: Subscriber, reservation: Reservation) -> str:
        """The name of a notice."""
        self.told += 1
        return "ntc-" + secret_text(self.domain, "notice", str(self.told))[:20]

    def notify(self, reservation: Reservation, body: bytes) -> None:
        """Tells a tenant's subscribers of a reservation, those of one reservation in their order."""
        for one in list(self.subscribers.values()):
            if one.tenant == reservation.tenant:
                parcel = Parcelled(self.notice_id(one, reservation), one.url, one.secret, body)
                self.enqueue((one.id, reservation.id), parcel)
