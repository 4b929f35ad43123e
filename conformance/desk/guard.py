"""What stands before every page: whom a request is for, how large it is, who sent it; and what the browser may do with the answer.

    Guard      the host is the desk's own, a body no larger than agreed, and every answer carries the policy that no script runs,
               nothing is loaded from elsewhere, and nobody frames it
    Sessions   who is signed in: kept here, under a name that nobody could guess, which is all that the cookie holds

A session is anew after signing in, so one that was planted before is of no use; it ends when it is signed out of, after half an hour
without a request, and after eight hours. All end with the desk.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from conformance import limits

__all__ = ["Guard", "Sessions", "renew"]

_IDLE, _LONGEST, _SIGNING_IN = 1800.0, 8 * 3600.0, 600.0  # seconds
_MOST = 10_000  # sessions; beyond them the one that was not used for longest ends
_RENEW = "_renew"
_POLICY = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"


def renew(session: dict[str, Any]) -> None:
    """Give the session a new name with the answer: whoever knew the old one knows nothing."""
    session[_RENEW] = True


class Guard:
    """The outermost door. `uploads` is the path to which more than a form may be sent."""

    def __init__(self, app: ASGIApp, *, address: str, uploads: str) -> None:
        parts = urlsplit(address)
        self._app, self._host, self._uploads = app, parts.netloc, uploads
        self._headers = {
            "Content-Security-Policy": _POLICY,
            "X-Content-Type-Options": "nosniff",
            "X-Frame-Options": "DENY",
            "Referrer-Policy": "same-origin",  # without any, a browser would not tell where a form was sent from
            "Cross-Origin-Opener-Policy": "same-origin",
            "Cross-Origin-Resource-Policy": "same-origin",
            "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
            "Cache-Control": "no-store",
            **({"Strict-Transport-Security": "max-age=31536000"} if parts.scheme == "https" else {}),
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or hand it on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def dressed(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
            await send(message)

        request = Request(scope)
        if request.headers.get("host", "").lower() != self._host.lower():
            await PlainTextResponse("misdirected request\n", 421)(scope, receive, dressed)
            return
        most = limits.UPLOAD + limits.FORM if scope["path"] == self._uploads else limits.FORM
        length = request.headers.get("content-length", "0")
        if not (length.isascii() and length.isdigit() and len(length) < 16) or int(length) > most:
            await PlainTextResponse(f"too large: {most} bytes at most\n", 413)(scope, receive, dressed)
            return
        await self._app(scope, _counted(receive, most), dressed)


def _counted(receive: Receive, most: int) -> Receive:
    """What comes, but no more than agreed, whatever its header says: beyond it, the sender is taken to have hung up."""
    had = 0

    async def counted() -> Message:
        nonlocal had
        message = await receive()
        had += len(message.get("body", b""))
        return message if had <= most else {"type": "http.disconnect"}

    return counted


class Sessions:
    """Puts the session of a request into its scope, and its name into a cookie where it holds anything."""

    def __init__(self, app: ASGIApp, *, secure: bool, now: Callable[[], float] = time.monotonic) -> None:
        self._app, self._now = app, now
        self._name = "__Host-yance" if secure else "yance-desk"  # a browser takes the first from this host by TLS alone
        self._attributes = "Path=/; HttpOnly; SameSite=Lax" + ("; Secure" if secure else "")
        self._known: dict[str, tuple[float, float, dict[str, Any]]] = {}  # name: begun, last used, what it holds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand a request on, with its session."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        name = Request(scope).cookies.get(self._name, "")
        begun, session = self._found(name)
        scope["session"] = session

        async def kept(message: Message) -> None:
            if message["type"] == "http.response.start" and (cookie := self._kept(name, begun, session)):
                MutableHeaders(scope=message).append("Set-Cookie", cookie)
            await send(message)

        await self._app(scope, receive, kept)

    def _found(self, name: str) -> tuple[float, dict[str, Any]]:
        now = self._now()
        begun, used, session = self._known.get(name, (now, now, {}))
        idle = _IDLE if "subject" in session else _SIGNING_IN
        if now - used > idle or now - begun > _LONGEST:
            self._known.pop(name, None)
            return now, {}
        return begun, session

    def _kept(self, name: str, begun: float, session: dict[str, Any]) -> str:
        """Keep a session for the next request; the cookie that has to be set for that, if any."""
        fresh = session.pop(_RENEW, False) or name not in self._known
        if fresh or not session:
            self._known.pop(name, None)
        if not session:
            return f"{self._name}=; Max-Age=0; {self._attributes}" if name else ""
        now = self._now()
        key = secrets.token_urlsafe(32) if fresh else name
        self._known.pop(key, None)
        self._known[key] = (now if fresh else begun, now, session)  # at the end: they are in the order of their use
        while len(self._known) > _MOST:
            del self._known[next(iter(self._known))]
        return f"{self._name}={key}; {self._attributes}" if fresh else ""
