"""A way to an application in this process, in the terms of ASGI: no socket, and nothing in between that would cost.

The application sees what a server would hand it: the path decoded, the header with `host` and `content-length`. What it raises is a
500, as behind a server; what it has begun to answer stands.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any
from urllib.parse import unquote, urlsplit

from conformance.wire.way import Came, Sent

__all__ = ["Inside"]

_CLIENT = ("127.0.0.1", 123)
_BODY_EXPECTED = ("POST", "PUT", "PATCH")  # a request of these says its length, even if it is 0 (RFC 9110 section 8.6)
_PORTS = {"http": 80, "https": 443}


class Inside:
    """Carries requests to an ASGI application. It is not opened, and there is nothing to close."""

    def __init__(self, app: Any) -> None:
        self._app = app

    async def carry(self, sent: Sent) -> Came:
        """Ask the application, and wait until it has answered."""
        answer = _Answer(sent)
        try:
            await self._app(_scope(sent), answer.receive, answer.send)
        except Exception:  # noqa: BLE001 - whatever an application raises is a 500 for who asked
            answer.over.set()
        return answer

    async def aclose(self) -> None:
        """Leave it as it is."""


def _scope(sent: Sent) -> dict[str, Any]:
    path, _, query = sent.target.partition("?")
    scheme, host, server = _place(sent.origin)
    header = [(name.lower().encode(), value.encode("utf-8", "surrogatepass")) for name, value in sent.headers]
    if not any(name == b"host" for name, _ in header):
        header.insert(0, (b"host", host))
    if sent.body or (sent.body is None and sent.method in _BODY_EXPECTED):
        header.append((b"content-length", b"%d" % len(sent.body or b"")))
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": sent.method,
        "headers": header,
        "scheme": scheme,
        "path": unquote(path),
        "raw_path": path.encode("ascii"),
        "query_string": query.encode("ascii"),
        "server": server,
        "client": _CLIENT,
        "root_path": "",
    }


@lru_cache(maxsize=64)
def _place(origin: str) -> tuple[str, bytes, tuple[str, int | None]]:
    """Scheme, `host` field and address of an origin."""
    parts = urlsplit(origin)
    return parts.scheme, parts.netloc.encode("ascii"), (parts.hostname or "", parts.port or _PORTS.get(parts.scheme))


class _Answer:
    """What an application says to one request; until it says anything, a 500 without a body."""

    facts: Mapping[str, Any] = {}

    def __init__(self, sent: Sent) -> None:
        self.status, self.headers = 500, list[tuple[bytes, bytes]]()
        self.over = asyncio.Event()
        self._bodiless = sent.method == "HEAD"
        self._asked: bytes | None = sent.body or b""
        self._parts: list[bytes] = []

    async def receive(self) -> Mapping[str, Any]:
        """The whole body at once; after that the asker waits, and goes when it is answered."""
        if self._asked is None:
            await self.over.wait()
            return {"type": "http.disconnect"}
        body, self._asked = self._asked, None
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(self, message: Mapping[str, Any]) -> None:
        """Take in a part of the answer."""
        if message["type"] == "http.response.start":
            self.status, self.headers = message["status"], [(bytes(name), bytes(value)) for name, value in _pairs(message)]
        elif message["type"] == "http.response.body":
            part = message.get("body", b"")
            if part and not self._bodiless:
                self._parts.append(part)
            if not message.get("more_body", False):
                self.over.set()

    async def read(self) -> bytes:
        """The parts of the body, one after another as they were sent."""
        return self._parts.pop(0) if self._parts else b""

    async def aclose(self) -> None:
        """Nothing is left open."""


def _pairs(message: Mapping[str, Any]) -> Sequence[tuple[bytes, bytes]]:
    found: Sequence[tuple[bytes, bytes]] = message.get("headers", ())
    return found
