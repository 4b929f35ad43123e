"""A server that is none: a table of answers, recorded from a good one, given to whoever asks what was asked then.

It knows by heart what the suite asks under a seed, and answers what is nearest where it is asked something else: the same path with other
parameters, a neighbour of it, or what a creation was answered. That is the most that can be done without a service behind it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any
from urllib.parse import unquote_plus, urlsplit

from conformance.model import ACCEPT, Exchange, Ixit, Response

__all__ = ["Canned"]

Key = tuple[str, ...]
_EVERY = ("authorization", "accept-encoding", "connection", "content-length", "host", "user-agent")


class Canned:
    """The table, as an ASGI application. `known` counts the requests that it knew by heart, `asked` all of them."""

    def __init__(self, exchanges: Iterable[Exchange], ixit: Ixit) -> None:
        self.asked = self.known = 0
        self._root = urlsplit(ixit.base_url).path.rstrip("/")
        self._actors = {one.value: name for name, one in ixit.actors.items()}
        self._table: dict[Key, list[Response]] = defaultdict(list)
        for one in exchanges:
            if one.response is not None:
                path, _, query = one.request.target.partition("?")
                who = (one.request.actor or "", *_said(one.request.headers))
                for key in self._keys(one.request.method, path, unquote_plus(query), one.request.body or b"", who):
                    self._table[key].append(one.response)

    @staticmethod
    def _keys(method: str, path: str, query: str, body: bytes, who: Key) -> Iterable[Key]:
        """What a request is known by, the surest first."""
        whole = path.rstrip("/")
        yield method, whole, query, body.decode("latin-1"), *who
        yield method, whole, query, body.decode("latin-1")
        yield method, whole, query
        yield method, whole
        yield method, whole.rpartition("/")[0]

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer a request out of the table."""
        body, more = b"", True
        while more:
            event = await receive()
            body, more = body + event.get("body", b""), event.get("more_body", False)
        path, query = scope["raw_path"].decode("latin-1").removeprefix(self._root), unquote_plus(scope["query_string"].decode())
        headers = [(name.decode(), value.decode("latin-1")) for name, value in scope["headers"]]
        token = dict(headers).get("authorization", "").removeprefix("Bearer ")
        who = (self._actors.get(token, ""), *_said(headers))
        self.asked += 1
        for nth, key in enumerate(self._keys(scope["method"], path, query, body, who)):
            if found := self._table.get(key):
                self.known += nth == 0
                answer = found.pop(0) if len(found) > 1 else found[0]
                break
        else:
            answer = Response(404, (("content-type", "application/problem+json"),), b'{"type":"about:blank","status":404}')
        sent = [(name.encode(), value.encode()) for name, value in answer.headers if name != "content-length"]
        await send({"type": "http.response.start", "status": answer.status, "headers": sent})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else answer.body})


def _said(headers: Iterable[tuple[str, str]]) -> list[str]:
    """What a request says in headers that not every request says."""
    return sorted(f"{name.lower()}: {value}" for name, value in headers if name.lower() not in _EVERY and value != ACCEPT)
