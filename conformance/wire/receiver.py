"""The suite's own receiver: what a target sends to the suite, kept until a case asks for it.

A `Receiver` knows nothing of sockets: `take` is told of a delivery and says with which status it is to be answered, `handed` gives a
case what came for it. `receiving` puts an HTTP server before it, where the IXIT says that the target can reach one; it listens
without TLS, behind whatever leads the public URL to it.

A path with `/fail-N` in it asks for N refusals (503) before deliveries are accepted (204): so a check sees what is repeated. One that
ends with `/say-NNN` is answered with that status whenever it is asked; a redirect leads to the same path with `/arrived` behind it. Facts
that redaction would destroy are established here: the digest of the raw body, and whose signature fits (`model.Inbox`).
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import logging
import re
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from aiohttp import web

from conformance.clock import Clock
from conformance.errors import UsageError
from conformance.model import DELIVERY, Exchange, Inbox, Pairs, Reach, Request, Response
from conformance.wire.intake import CannotDecode, Intake

__all__ = ["Receiver", "receiving"]

_FAILING = re.compile(r"/fail-([0-9]{1,2})(?:/|$)")
_SAYING = re.compile(r"/say-([1-5][0-9]{2})$")
_MOST = 10_000  # deliveries kept; what comes beyond is answered 503 and not kept
_LARGEST = 1 << 20  # bytes of a delivery's body
_MOST_BYTES = 64 << 20  # of the bodies kept
_LOOK_EVERY = 0.1  # seconds
_SILENT = logging.getLogger("conformance.wire.receiver")  # what is sent here in error is its sender's affair
_SILENT.addHandler(logging.NullHandler())
_SILENT.propagate = False


@dataclass(frozen=True, slots=True)
class _Delivery:
    at: int
    method: str
    target: str
    headers: Pairs
    body: bytes
    status: int


class Receiver:
    """Keeps deliveries and answers them. `url` is where the target reaches it."""

    def __init__(self, url: str, clock: Clock) -> None:
        self.url = url.rstrip("/")
        self._clock = clock
        self._kept: list[_Delivery] = []
        self._held = 0
        self._came: Counter[str] = Counter()

    def take(self, method: str, target: str, headers: Iterable[tuple[str, str]], body: bytes) -> int:
        """A delivery has come; gives the status with which it is answered. Header names are read in lower case."""
        if len(self._kept) >= _MOST or self._held + len(body) > _MOST_BYTES:
            return 503
        path = target.partition("?")[0]
        self._came[path] += 1
        self._held += len(body)
        failing = _FAILING.search(path)
        saying = _SAYING.search(path)
        status = int(saying[1]) if saying else 503 if failing and self._came[path] <= int(failing[1]) else 204
        lowered = tuple((name.lower(), value) for name, value in headers)
        self._kept.append(_Delivery(round(self._clock.now() * 1000), method, target, lowered, body, status))
        return status

    def way_on(self, status: int, target: str) -> dict[str, str]:
        """The headers that go with an answer: of a redirect, where it leads."""
        base = urlsplit(self.url)
        return {"Location": f"{base.scheme}://{base.netloc}{target.partition('?')[0]}/arrived"} if 300 <= status < 400 else {}

    async def handed(self, ask: Inbox, case: str) -> list[Exchange]:
        """What came for an ask and was not handed out before, numbered 0; waits as long as the ask says."""
        until = self._clock.now() + ask.within
        while sum(ask.matching in one.target for one in self._kept) < ask.least and self._clock.now() < until:
            await self._clock.sleep(min(_LOOK_EVERY, until - self._clock.now()))
        found = [one for one in self._kept if ask.matching in one.target]
        self._kept = [one for one in self._kept if ask.matching not in one.target]
        self._held = sum(len(one.body) for one in self._kept)
        return [self._exchange(one, ask, case) for one in found]

    def _exchange(self, one: _Delivery, ask: Inbox, case: str) -> Exchange:
        path, _, text = one.target.partition("?")
        query = tuple(parse_qsl(text, keep_blank_values=True))
        asked = Request(DELIVERY, one.method, path, query, one.headers, _unpacked(one) or None, None, f"inbox: {ask.matching}")
        facts: dict[str, Any] = {"rawDigest": "sha256:" + hashlib.sha256(one.body).hexdigest()}
        if ask.signature:
            facts["signedBy"] = list(_signers(one, ask))
        base = urlsplit(self.url)
        return Exchange(0, case, asked, Response(one.status), None, f"{base.scheme}://{base.netloc}", one.at, 0, facts)


def _unpacked(one: _Delivery) -> bytes:
    """The body as it is read; what is signed is the body as it came."""
    coding = next((value for name, value in one.headers if name == "content-encoding"), "").strip().lower()
    if coding not in ("gzip", "x-gzip"):
        return one.body
    intake = Intake(_LARGEST, gzip=True)
    try:
        intake.feed(one.body)
    except CannotDecode:
        return one.body
    return intake.body


def _signers(one: _Delivery, ask: Inbox) -> Iterator[str]:
    """The labels of the secrets whose HMAC-SHA256 stands in the signature header, in hexadecimal or base64, with or without a prefix."""
    values = dict(reversed(one.headers))
    claimed = values.get(ask.signature.lower(), "")
    signed = b"".join(values.get(name.lower(), "").encode() + b"." for name in ask.over) + one.body
    for label, secret in ask.secrets:
        right = hmac.new(secret.encode(), signed, hashlib.sha256).digest()
        spellings = (right.hex(), base64.b64encode(right).decode("ascii"))
        words = (claimed, claimed.partition("=")[2], *re.split(r"[,; ]+", claimed), *re.findall(r"v1=([0-9a-f]+)", claimed))
        if any(hmac.compare_digest(word.strip().encode(), right_one.encode()) for word in words for right_one in spellings):
            yield label


@asynccontextmanager
async def receiving(reach: Reach | None, clock: Clock) -> AsyncIterator[Receiver | None]:
    """A receiver that listens as the IXIT says; None where it names none. Raises UsageError when the address cannot be listened on."""
    if reach is None:
        yield None
        return
    receiver = Receiver(reach.url, clock)

    async def take(request: web.BaseRequest) -> web.StreamResponse:
        try:
            body = await request.read()
        except web.HTTPRequestEntityTooLarge:
            return web.Response(status=413)
        except web.RequestPayloadError:
            return web.Response(status=400)
        headers = [(name.decode("latin-1"), value.decode("utf-8", "replace")) for name, value in request.raw_headers]
        status = receiver.take(request.method, request.path_qs, headers, body)
        return web.Response(status=status, headers=receiver.way_on(status, request.path_qs))

    runner = web.AppRunner(_application(take), access_log=None, logger=_SILENT, auto_decompress=False, shutdown_timeout=1)
    await runner.setup()
    try:
        await web.TCPSite(runner, reach.host, reach.port).start()
    except (OSError, OverflowError) as error:
        await runner.cleanup()
        reason = getattr(error, "strerror", None) or error
        raise UsageError(f"the receiver cannot listen on {reach.host}:{reach.port} ({reason}); correct receiver.listen") from None
    try:
        yield receiver
    finally:
        await asyncio.shield(runner.cleanup())


def _application(take: Any) -> web.Application:
    application = web.Application(client_max_size=_LARGEST)
    application.router.add_route("*", "/{anything:.*}", take)
    return application
