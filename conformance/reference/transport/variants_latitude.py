"""Variants that use what the documents expressly leave to a server. Every check has to bear with it."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from conformance.reference.transport.server import TransportServer

__all__ = ["LongRequestsAreStoppedInFront", "NulIsStoppedInFront"]


class NulIsStoppedInFront(TransportServer):
    """A NUL in the target is refused in front of the server, in HTML."""

    async def respond(self, request: Request) -> Response:
        if b"%00" in (request.scope.get("raw_path") or b"") + request.scope["query_string"]:
            return Response("<html><h1>400 Bad Request</h1></html>", 400, media_type="text/html")
        return await super().respond(request)


class LongRequestsAreStoppedInFront(TransportServer):
    """What is longer than it has to be taken is refused in front of the server, in HTML and without a version."""

    async def respond(self, request: Request) -> Response:
        lengths = {
            413: len(await request.body()) > 65536,
            414: len(request.scope.get("raw_path") or b"") + len(request.scope["query_string"]) >= 4000,
            431: sum(len(name) + len(value) + 4 for name, value in request.headers.raw) > 8000,
        }
        refused = next((status for status, long in lengths.items() if long), None)
        if refused is None:
            return await super().respond(request)
        return Response(f"<html><h1>{refused}</h1></html>", refused, media_type="text/html")
