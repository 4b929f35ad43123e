"""Subscriptions and what is sent to them: one lane for each subscription and shipment, so that the order of a shipment is kept."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from tests.second_health.asking import Ask
from tests.second_health.refusals import wrong_body
from tests.second_health.wire_json import rendered
from tests.second_logistics.callbacks import allowed
from tests.second_logistics.journal import House, Journal

__all__ = ["Deliveries", "Post", "Sleep"]

Post = Callable[[str, dict[str, str], bytes], Awaitable[int | None]]
"""Sends a delivery to a URL; tells the status, or None where none came within ten seconds."""
Sleep = Callable[[float], Awaitable[None]]


@dataclass
class Subscription:
    """Where events go, which, and under which secret."""

    id: str
    url: str
    types: list[str]
    secret: str


@dataclass(frozen=True)
class Parcel:
    """One delivery, until it is accepted or given up."""

    id: str
    body: bytes
    secret: str


class Deliveries:
    """Answers `createSubscription`, and sends."""

    def __init__(self, house: House, journal: Journal, post: Post, sleep: Sleep, excepted: str) -> None:
        self.house, self.journal, self.post, self.sleep, self.excepted = house, journal, post, sleep, excepted
        self.subscriptions: dict[tuple[str, str], Subscription] = {}
        self.lanes: dict[tuple[str, str], deque[Parcel]] = {}
        self.tasks: set[asyncio.Task[None]] = set()

    def subscribe(self, ask: Ask) -> tuple[int, dict[str, Any]]:
        body, own = ask.document, ask.root.split("://")[-1].rsplit(":", 1)[0]
        if not allowed(body["callbackUrl"], own, self.excepted):
            raise wrong_body([("/callbackUrl", "不接受此網址")])
        known = self.subscriptions.get((ask.org, body["callbackUrl"]))
        if known:
            known.types, known.secret = body["eventTypes"], body["secret"]
        found = known or Subscription(
            self.journal.new_id("sub"), body["callbackUrl"], list(body["eventTypes"]), str(body["secret"])
        )
        self.subscriptions[ask.org, body["callbackUrl"]] = found
        document = {"subscriptionId": found.id, "callbackUrl": found.url, "eventTypes": found.types, "status": "ACTIVE"}
        return 200 if known else 201, document

    def publish(self, tenant: str, shipment: str, document: dict[str, Any]) -> None:
        """Hands an event to those who want it."""
        for (owner, _), one in self.subscriptions.items():
            if owner != tenant or document["eventType"] not in one.types:
                continue
            body = rendered(document, self.house.choices.manner)
            parcel = Parcel(self.journal.new_id("dlv"), body, one.secret)
            lane = self.lanes.setdefault((one.id, shipment), deque())
            lane.append(parcel)
            if len(lane) == 1:
                task = asyncio.get_running_loop().create_task(self.drive(one, lane))
                self.tasks.add(task)
                task.add_done_callback(self.tasks.discard)

    async def drive(self, subscription: Subscription, lane: deque[Parcel]) -> None:
        """Sends what is in a lane, one after the other."""
        while lane:
            pause = self.house.choices.first_retry
            for attempt in range(self.house.choices.retries + 1):
                if attempt:
                    await self.sleep(pause)
                    pause *= 2 if attempt > 1 else 1
                status = await self.post(subscription.url, self.headers(subscription, lane[0]), lane[0].body)
                if status is not None and status < 500:
                    break
            lane.popleft()

    def headers(self, subscription: Subscription, parcel: Parcel) -> dict[str, str]:
        secret = subscription.secret if self.house.choices.new_secret_for_all else parcel.secret
        stamp = str(int(self.house.unix()))
        mark = hmac.new(secret.encode(), f"{stamp}.".encode() + parcel.body, hashlib.sha256).hexdigest()
        return {
            "Content-Type": "application/json",
            "X-Delivery-Id": parcel.id,
            "X-Delivery-Timestamp": stamp,
            "X-Delivery-Signature": f"sha256={mark}",
        }
