"""Calling subscribers back: where deliveries may go, how they are signed, and when they are sent again. What is sent is its server's matter."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import ipaddress
import socket
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from conformance.reference.house import HouseServer
from conformance.reference.problems import Misfit

__all__ = ["Calling", "Parcelled", "address_of"]

GAPS = (1.0, 2.0, 4.0, 8.0, 16.0)  # seconds before each repetition
_PRIVATE_NAMES = ("localhost", "local", "internal", "lan", "home", "test")


@dataclass(frozen=True)
class Parcelled:
    """One thing on its way to a subscriber, as it was when it was kept."""

    id: str
    url: str
    secret: str
    body: bytes


def address_of(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """The address that a host is written as, in any of the ways in which one can be; None for a name."""
    try:
        found = ipaddress.ip_address(host)
    except ValueError:
        try:
            return ipaddress.IPv4Address(socket.inet_aton(host))
        except OSError:
            return None
    mapped = getattr(found, "ipv4_mapped", None)
    return mapped or found


class Calling(HouseServer):
    """What is under way to subscribers."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.waiting: dict[tuple[str, ...], list[Parcelled]] = {}
        self.senders: set[asyncio.Task[None]] = set()

    # ---------------------------------------------------------------- where deliveries may go

    def callback_misfits(self, url: str) -> list[Misfit]:
        """What is wrong with a callback URL."""
        if self.is_excepted(url) or self.may_be_called(url):
            return []
        return [Misfit("pointer", "/callbackUrl", ("須為公開的 https 網址", "must be a public https URL"))]

    def is_excepted(self, url: str) -> bool:
        """Whether it is the one that a test may use."""
        excepted = self.outgoing.excepted.rstrip("/")
        return bool(excepted) and (url == excepted or url.startswith(excepted + "/"))

    def may_be_called(self, url: str) -> bool:
        """Whether a URL leads to a public host by https."""
        try:
            parts = urlsplit(url)
            host, _ = parts.hostname or "", parts.port
        except ValueError:
            return False
        return self.scheme_is_safe(parts.scheme) and bool(host) and parts.username is None and self.host_is_public(host)

    def scheme_is_safe(self, scheme: str) -> bool:
        """Whether a delivery by this scheme cannot be read on its way."""
        return scheme == "https"

    def host_is_public(self, host: str) -> bool:
        """Whether a host is none of a private network."""
        known = address_of(host)
        if known is not None:
            return self.address_is_public(known)
        labels = host.rstrip(".").split(".")
        return len(labels) > 1 and labels[-1] not in _PRIVATE_NAMES

    def address_is_public(self, address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
        """Whether an address is of the public network."""
        return address.is_global

    # ---------------------------------------------------------------- in which order

    def enqueue(self, place: tuple[str, ...], one: Parcelled) -> None:
        """Puts a delivery behind those before it, and sees to it that somebody sends them."""
        if place in self.waiting:
            self.waiting[place].append(one)
            return
        self.waiting[place] = [one]
        sender = asyncio.get_running_loop().create_task(self.send_all(place))
        self.senders.add(sender)
        sender.add_done_callback(self.senders.discard)

    async def send_all(self, place: tuple[str, ...]) -> None:
        """Sends what waits, in order, until nothing does."""
        while self.waiting[place]:
            await self.send(self.waiting[place][0])
            self.waiting[place].pop(0)
        del self.waiting[place]

    # ---------------------------------------------------------------- how it is sent

    def signature_of(self, secret: str, timestamp: str, body: bytes) -> str:
        """The signature over the time of the attempt and the raw body."""
        return hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()

    def delivery_headers(self, one: Parcelled) -> Mapping[str, str]:
        """The headers of an attempt."""
        timestamp = str(int(self.clock()))
        return {
            "Content-Type": "application/json",
            "X-Delivery-Id": one.id,
            "X-Delivery-Timestamp": timestamp,
            "X-Delivery-Signature": "sha256=" + self.signature_of(one.secret, timestamp, one.body),
        }

    def gaps(self) -> Iterator[float]:
        """The seconds before each repetition."""
        yield from GAPS

    def is_to_be_repeated(self, status: int | None) -> bool:
        """Whether a delivery that was answered so comes again."""
        return status is None or status >= 500

    async def post(self, one: Parcelled) -> int | None:
        """One attempt: the status of its answer."""
        return await self.outgoing.post(one.url, self.delivery_headers(one), one.body)

    async def send(self, one: Parcelled) -> None:
        """Sends a delivery until it is accepted or given up."""
        gaps = self.gaps()
        while True:
            status = await self.post(one)
            gap = next(gaps, None)
            if gap is None or not self.is_to_be_repeated(status):
                return
            await self.outgoing.sleep(gap)
