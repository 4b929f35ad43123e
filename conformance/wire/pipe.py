"""The way to a real server, over aiohttp's connections.

Why not httpx: its pool costs 1 to 2 ms of CPU for every exchange and more the more go at once, and its requests and responses
cost as much again as aiohttp's. Beyond speed, what a test needs of a way:

* the bytes of the target are sent as they were asked for (no dot segments removed, nothing requoted);
* nothing is remembered between requests: no cookies, no redirects, no answers;
* nothing is sent twice in secret. Only a safe request is sent again, and only when it had been put on a kept-alive connection
  that the server had closed meanwhile (RFC 9112 section 9.3.1): that is nobody's fault;
* a connection on which more came than was asked for is closed: what came may be read as the answer to what is asked next;
* every way to fail has one short name (`Broken.kind`) and a detail in words, without anything secret;
* what the TLS handshake showed is known (`facts`).
"""

from __future__ import annotations

import asyncio
import hashlib
import io
import select
import ssl
import urllib.request
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any
from weakref import WeakKeyDictionary

import aiohttp
import httpx
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from yarl import URL

from conformance.model import ClientCertificate, Limits, repeatable
from conformance.wire.failures import Broken, broken_by, failing
from conformance.wire.way import Came, Sent

__all__ = ["Pipe", "proxy_for", "trust"]

_KEPT_IDLE = 1.0  # seconds; common servers close idle connections after 2 s or more, and the race is theirs to win
_MOST_HEADERS = 256
_CHUNK = 64 * 1024
_LARGE = 512 * 1024
_OURS = ("Accept", "Accept-Encoding", "Content-Type", "User-Agent")  # aiohttp adds none of these by itself


@dataclass(slots=True)
class _Trip:
    """What the connector knows about the connection that a request went over."""

    reused: bool = False
    facts: dict[str, Any] = field(default_factory=dict)


_trip: ContextVar[_Trip] = ContextVar("trip")


class _Connector(aiohttp.TCPConnector):
    """Tells, for every request, whether its connection was used before and what its TLS handshake showed."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._seen: WeakKeyDictionary[asyncio.BaseProtocol, dict[str, Any]] = WeakKeyDictionary()

    async def connect(self, req: aiohttp.ClientRequest, traces: list[Any], timeout: aiohttp.ClientTimeout) -> Any:  # noqa: ASYNC109
        """A connection for a request, noted in the request's trip; never one on which something came while nothing was asked."""
        connection = await super().connect(req, traces, timeout)
        while connection.protocol in self._seen and _has_left_over(connection.protocol):
            connection.close()
            connection = await super().connect(req, traces, timeout)
        trip, protocol = _trip.get(), connection.protocol
        if protocol is not None:
            known = self._seen.get(protocol)
            trip.reused = known is not None
            trip.facts = known if known is not None else self._seen.setdefault(protocol, _tls_facts(connection.transport))
        return connection


class _Answer:
    """An answer of aiohttp's as the wire reads it."""

    def __init__(self, response: aiohttp.ClientResponse, facts: dict[str, Any]) -> None:
        self._response = response
        self.status, self.headers, version = response.status, response.raw_headers, response.version
        self.facts = {"httpVersion": f"{version.major}.{version.minor}", **facts} if version else facts

    async def read(self) -> bytes:
        """The next bytes of the body; none after its end. Raises Broken."""
        try:
            return await self._response.content.readany()
        except failing as problem:
            raise broken_by(problem) from problem

    async def aclose(self) -> None:
        """Give the connection back; before the end of the body, close it."""
        if self._response.content.at_eof():
            self._response.release()
        else:
            self._response.close()


class Pipe:
    """The way over the network."""

    def __init__(self, limits: Limits, verify: ssl.SSLContext, *, proxy: str | None = None) -> None:
        self._limits = limits
        self._verify = verify
        self._proxy = proxy
        self._session: aiohttp.ClientSession | None = None

    async def carry(self, sent: Sent) -> Came:
        """Send once, or once more on another connection when a kept-alive one turned out to be closed. Raises Broken."""
        session = self._session = self._session or self._open()
        url = URL(sent.origin + sent.target, encoded=True)
        again = repeatable(sent.method, sent.headers)
        trip = _Trip()
        marker = _trip.set(trip)
        try:
            while True:
                trip.reused = False
                try:
                    response = await session.request(
                        sent.method,
                        url,
                        headers=sent.headers,
                        data=_payload(sent.body),
                        allow_redirects=False,
                        proxy=self._proxy,
                    )
                    break
                except failing as problem:
                    broken = broken_by(problem)
                    broken.reused = trip.reused and broken.kind == "reset"
                    if not (again and broken.reused):
                        raise broken from problem
        finally:
            _trip.reset(marker)
        if response.status == 407 and self._proxy:  # over plain http the proxy's refusal comes as if it were the server's
            response.close()
            raise Broken("proxy", "the proxy asks for other credentials (407)")
        return _Answer(response, trip.facts)

    async def aclose(self) -> None:
        """Close every connection."""
        if self._session is not None:
            await self._session.close()

    def _open(self) -> aiohttp.ClientSession:
        connector = _Connector(ssl=self._verify, limit=self._limits.concurrency, keepalive_timeout=_KEPT_IDLE, ttl_dns_cache=60)
        return aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=None),  # the wire's deadline holds for the whole exchange
            auto_decompress=False,
            trust_env=False,
            skip_auto_headers=_OURS,
            read_bufsize=_CHUNK,
            max_line_size=self._limits.header or 2**31,
            max_field_size=self._limits.header or 2**31,
            max_headers=_MOST_HEADERS,
            middlewares=(_once,),
        )


async def _once(request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
    # aiohttp sends every idempotent request again after a disconnect, even on a new connection. It knows that by the type of
    # the exception, so the exception leaves under another one.
    try:
        return await handler(request)
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as problem:
        raise broken_by(problem) from problem


@lru_cache(maxsize=8)  # reading the known authorities takes 20 ms
def trust(verify: bool | str, client: ClientCertificate | None = None) -> ssl.SSLContext:
    """Which servers are believed: those with a publicly known certificate, those of a CA file, or (False) all; and what the `client` shows
    to those that ask who it is.
    """
    context = httpx.create_ssl_context() if verify is True else ssl.create_default_context(cafile=verify or None)
    if verify is False:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if client is not None:
        context.load_cert_chain(client.file, client.key or None, client.password)
    return context


def proxy_for(url: httpx.URL) -> str | None:
    """The proxy that the environment names for this host, if any. The own machine is never asked through one."""
    if url.host in ("localhost", "127.0.0.1", "::1") or urllib.request.proxy_bypass(url.host):
        return None
    return urllib.request.getproxies().get(url.scheme)


def _payload(content: bytes | None) -> bytes | io.BytesIO | None:
    # aiohttp warns of large bytes, because the loop stands still while they are copied; a file-like object is read in pieces.
    return io.BytesIO(content) if content and len(content) > _LARGE else content or None


def _has_left_over(protocol: Any) -> bool:
    """Whether something came on an idle connection, read or not: bytes beyond the last answer, or its end.

    Below TLS, what comes may be of the handshake, so there only what was read tells.
    """
    transport = protocol.transport
    if protocol.should_close or transport is None:
        return True
    line = transport.get_extra_info("socket")
    if line is None or transport.get_extra_info("ssl_object") is not None or not hasattr(select, "poll"):
        return False
    ready = select.poll()
    ready.register(line.fileno(), select.POLLIN)
    return bool(ready.poll(0))


def _tls_facts(transport: asyncio.BaseTransport | None) -> dict[str, Any]:
    secured = transport.get_extra_info("ssl_object") if transport is not None else None
    if secured is None:
        return {}
    certificate = secured.getpeercert(binary_form=True)
    if not certificate:
        return {"tlsVersion": secured.version()}
    key = x509.load_der_x509_certificate(certificate).public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return {"tlsVersion": secured.version(), "tlsKey": "sha256:" + hashlib.sha256(key).hexdigest()}
