"""Servers that look whom they serve: by the book where they take the client for the suite, and as they like for everybody else.

Behind each stands the correct server of its domain, and beside it the impostor that repeats the examples of the document. A run under the
fixed seed, whose every request anybody can know, passes them (that is why it certifies nobody); none of them may pass a run that answers a
challenge. They are made of any domain's server.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.applications import Starlette
from starlette.types import ASGIApp, Receive, Scope, Send

__all__ = ["BEHIND", "cheat", "cheats", "controlled"]

BEHIND = "RepeatsTheExamples"  # the impostor that everybody else meets
_HONEST = 40  # requests
_WELL_KNOWN = "/.well-known/yance/"


class _Cheat:
    """Serves a request by the correct server or by the impostor, as `trusts` says."""

    says = ""

    def __init__(self, honest: ASGIApp, pretence: ASGIApp) -> None:
        self._honest, self._pretence = honest, pretence

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one HTTP request."""
        app = self._honest if scope["type"] != "http" or self.trusts(scope) else self._pretence
        await app(scope, receive, send)

    def trusts(self, scope: Scope) -> bool:
        """Whether the suite is asking, as far as this server can tell."""
        raise NotImplementedError


class KnowsTheSuite(_Cheat):
    """Goes by the name of the suite."""

    says = "answers by the book who calls itself yance, or says so anywhere in a request; gives all others the examples"

    def trusts(self, scope: Scope) -> bool:
        """By the name that the suite has under the fixed seed."""
        target = scope.get("raw_path", b"") + b"?" + scope.get("query_string", b"")
        return b"yance" in target.lower() or any(b"yance" in value.lower() for _, value in scope["headers"])


class KnowsTheFirstClient(_Cheat):
    """Goes by the user agent."""

    says = "answers by the book the first client that it meets, by its user agent; gives all others the examples"

    def __init__(self, honest: ASGIApp, pretence: ASGIApp) -> None:
        super().__init__(honest, pretence)
        self._first: bytes | None = None

    def trusts(self, scope: Scope) -> bool:
        """By the user agent of the first request, whatever that is."""
        agent = dict(scope["headers"]).get(b"user-agent", b"")
        self._first = agent if self._first is None else self._first
        return bool(agent == self._first)


class IsHonestAtFirst(_Cheat):
    """Goes by the number of requests."""

    says = f"answers its first {_HONEST} requests by the book, and all later ones with the examples"

    def __init__(self, honest: ASGIApp, pretence: ASGIApp) -> None:
        super().__init__(honest, pretence)
        self._asked = 0

    def trusts(self, scope: Scope) -> bool:
        """For so many requests."""
        self._asked += 1
        return self._asked <= _HONEST


_KINDS: Mapping[str, type[_Cheat]] = {one.__name__: one for one in (KnowsTheSuite, KnowsTheFirstClient, IsHonestAtFirst)}


def cheats() -> dict[str, str]:
    """What each of them does, by its name."""
    return {name: kind.says for name, kind in _KINDS.items()}


def cheat(name: str, honest: ASGIApp, pretence: ASGIApp) -> Starlette:
    """One of them by name, as an application. Raises KeyError for a name that is none."""
    application = Starlette()
    application.router.default = _KINDS[name](honest, pretence)
    return application


def controlled(app: Any, token: str) -> ASGIApp:
    """An application whose origin serves the token of a challenge (`NAME.PROOF`) at `/.well-known/yance/NAME`."""
    path = _WELL_KNOWN + token.partition(".")[0]

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] != path:
            await app(scope, receive, send)
            return
        headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", b"%d" % len(token.encode()))]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else token.encode()})

    return answer
