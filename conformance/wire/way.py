"""A way to a server: what the wire asks of whatever carries its requests, and what comes back.

`pipe.Pipe` is the way over the network, `inside.Inside` the one to an application in this process, `Borrowed` one over an httpx
transport.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import httpx

from conformance.model import Pairs

__all__ = ["Borrowed", "Came", "Sent", "Way"]


@dataclass(frozen=True, slots=True)
class Sent:
    """A request as it goes out: `origin` is scheme and authority, `target` what stands in the request line; both are ASCII."""

    method: str
    origin: str
    target: str
    headers: Pairs
    body: bytes | None = None


class Came(Protocol):
    """An answer whose header has come."""

    @property
    def status(self) -> int:
        """The status code."""

    @property
    def headers(self) -> Sequence[tuple[bytes, bytes]]:
        """The header fields as they came."""

    @property
    def facts(self) -> Mapping[str, Any]:
        """Attributes of the exchange: what only the connection knows."""

    async def read(self) -> bytes:
        """The next bytes of the body; none after its end. Raises Broken or an httpx.TransportError."""

    async def aclose(self) -> None:
        """The body is not read any further; before its end that costs the connection."""


class Way(Protocol):
    """Carries requests."""

    async def carry(self, sent: Sent) -> Came:
        """Send, and wait for the header of the answer. Raises Broken, an httpx.TransportError or an httpx.InvalidURL."""

    async def aclose(self) -> None:
        """Close every connection."""


class Borrowed:
    """A way over an httpx transport that somebody else opened, and closes."""

    def __init__(self, transport: httpx.AsyncBaseTransport) -> None:
        self._transport = transport

    async def carry(self, sent: Sent) -> Came:
        """Ask the transport."""
        url = httpx.URL(sent.origin).copy_with(raw_path=sent.target.encode("ascii"))
        headers = [(name.encode(), value.encode("utf-8", "surrogatepass")) for name, value in sent.headers]
        request = httpx.Request(sent.method, url, headers=headers, content=sent.body)
        return _Answered(await self._transport.handle_async_request(request))

    async def aclose(self) -> None:
        """Leave it open."""


class _Answered:
    def __init__(self, response: httpx.Response) -> None:
        self._response = response
        self.status, self.headers = response.status_code, response.headers.raw
        version = response.extensions.get("http_version")
        self.facts = {"httpVersion": version.decode("ascii").removeprefix("HTTP/")} if version else {}
        self._chunks: AsyncIterator[bytes] = response.stream.__aiter__()  # type: ignore[union-attr]  # of an async transport

    async def read(self) -> bytes:
        async for chunk in self._chunks:
            if chunk:
                return chunk
        return b""

    async def aclose(self) -> None:
        await self._response.aclose()
