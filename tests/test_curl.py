"""A curl line of a report is run by a shell and has to ask the same: target, headers, body, credentials by variable."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from conformance.clock import SystemClock
from conformance.model import Credential, Exchange, Ixit, Request, Response
from conformance.verdict.report import curl
from conformance.wire import Wire

pytestmark = pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl")
OWN = {"host", "user-agent", "accept-encoding", "content-length", "connection"}
ACTORS = {
    "a": Credential("bearer", "token-of-a"),
    "wrong-audience": Credential("bearer", "token-of-another"),
    "keyed": Credential("api-key", "k'y", "X-`Key"),
    "asked": Credential("api-key", "k1", "api key", "query"),
    "named": Credential("basic", "user:secret"),
    "baked": Credential("api-key", "k-3", "sid", "cookie"),
    "both": Credential(
        "api-key", "k-4", "X-Key", also=(Credential("bearer", "token-of-both"), Credential("api-key", "k-5", "k", "query"))
    ),
}
VARIABLES = {
    "YANCE_TOKEN_A": "token-of-a",
    "YANCE_TOKEN_WRONG_AUDIENCE": "token-of-another",
    "YANCE_KEY_KEYED": "k'y",
    "YANCE_KEY_ASKED": "k1",
    "YANCE_USER_NAMED": "user:secret",
    "YANCE_KEY_BAKED": "k-3",
    "YANCE_KEY_BOTH_X_KEY": "k-4",
    "YANCE_TOKEN_BOTH": "token-of-both",
    "YANCE_KEY_BOTH_K": "k-5",
}


class Echo(HTTPServer):
    seen: list[tuple[str, str, dict[str, str], bytes]]


class Handler(BaseHTTPRequestHandler):
    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        named = {name.lower(): value for name, value in self.headers.items() if name.lower() not in OWN}
        assert isinstance(self.server, Echo)
        self.server.seen.append((self.command, self.path, named, body))
        self.send_response(200)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        pass


for method in ("GET", "POST", "PATCH", "DELETE"):
    setattr(Handler, f"do_{method}", Handler._answer)


@pytest.fixture(scope="module")
def echo() -> Iterator[Echo]:
    server = Echo(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def asked(echo: Echo, request: Request) -> tuple[Exchange, Any, Any]:
    """The exchange, what the suite sent and what its curl line sends."""
    echo.seen = []
    ixit = Ixit(f"http://127.0.0.1:{echo.server_port}/v1", actors=ACTORS)

    async def send() -> Exchange:
        async with Wire(ixit, None, clock=SystemClock()) as wire:
            return await wire.send(request, case="c")

    exchange = asyncio.run(send())
    done = subprocess.run(
        ["sh", "-c", curl(exchange)], capture_output=True, check=False, env={"PATH": "/usr/bin:/bin", **VARIABLES}
    )
    assert done.returncode == 0, done.stderr
    first, second = echo.seen
    return exchange, first, second


@pytest.mark.parametrize("actor", [None, *ACTORS])
@pytest.mark.parametrize(
    "request_",
    [
        Request("op", "GET", "/stops", query=(("q", 'it\'s $HOME `id` "x" 站牌&=+%'), ("empty", ""))),
        Request("op", "GET", "/stops", headers=(("Accept", "text/html"), ("X-Odd", "a 'b' \"c\" $d \\e"), ("X-Empty", ""))),
        Request("op", "POST", "/r", headers=(("Content-Type", "application/json"),), body=b'{"a": "it\'s\\n\\"$x\\" \\\\"}\n\n'),
        Request("op", "PATCH", "/r", body="@/etc/hostname 站牌\r\n\t".encode()),
        Request("op", "DELETE", "/r/a%20b"),
        Request("op", "POST", "/r", body=b""),
    ],
    ids=["query", "headers", "json", "untyped body", "delete", "empty body"],
)
def test_a_curl_line_asks_the_same(echo: Echo, request_: Request, actor: str | None) -> None:
    exchange, ours, theirs = asked(echo, replace(request_, actor=actor))
    assert theirs == ours
    assert not any(secret in curl(exchange) for secret in VARIABLES.values())


def test_a_header_of_the_request_stands_in_place_of_the_actors() -> None:
    request = Request("op", "GET", "/", headers=(("Authorization", "Bearer none"),), actor="a")
    line = curl(Exchange(1, "c", request, None, base_url="http://h.example"))
    assert line.count("Authorization") == 1


def test_a_packed_answer_is_unpacked() -> None:
    packed = Response(200, (("content-encoding", "gzip"),), b"{}")
    assert "--compressed" in curl(Exchange(1, "c", Request("op", "GET", "/"), packed, base_url="http://h.example"))
