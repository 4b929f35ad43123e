"""Real sockets and servers that misbehave: every run goes on, and every failure has its name."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import random
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from conformance.clock import SystemClock
from conformance.errors import TargetError
from conformance.model import Exchange, Ixit, Limits, Request
from conformance.wire import Wire, probe
from tests.hostile import (
    OK,
    Handler,
    Server,
    Talk,
    answers,
    answers_raw,
    drips,
    drips_header,
    endless_headers,
    forgets_connections,
    free_port,
    gzip_bomb,
    hangs_up,
    never_ends,
    one_huge_header,
    resets_in_body,
    says,
    self_signed,
    served,
    silent,
)

GET = Request("listStops", "GET", "/stops")
POST = Request("createReservation", "POST", "/reservations", body=b"{}")
GZIPPED = OK + b"Content-Encoding: gzip\r\n"


def ask(
    handler: Handler, *requests: Request, tls: Any = None, verify: bool | str = True, **limits: Any
) -> tuple[list[Exchange], Server]:
    """Send one after the other to a server with this handler. The deadline is for a mistake of ours, where no test sets it."""

    async def scene() -> tuple[list[Exchange], Server]:
        async with served(handler, tls=tls) as server:
            ixit = Ixit(server.url, limits=Limits(**{"timeout": 60.0, "body": 10_000, **limits}), tls_verify=verify)
            async with Wire(ixit, clock=SystemClock()) as wire:
                return [await wire.send(request, case="c") for request in requests or (GET,)], server

    return asyncio.run(scene())


def failure(handler: Handler, *requests: Request, **options: Any) -> tuple[str | None, str]:
    exchange = ask(handler, *requests, **options)[0][-1]
    assert (exchange.failure is None) == (exchange.response is not None)
    return exchange.failure, exchange.attributes.get("detail", "")


# ------------------------------------------------------------------------------------- no connection


def test_nobody_listens() -> None:
    async def scene() -> Exchange:
        async with Wire(Ixit(f"http://127.0.0.1:{free_port()}/v1"), clock=SystemClock()) as wire:
            with pytest.raises(TargetError, match=r"\(refused\): the connection was refused; start the server"):
                await probe(wire)
            return await wire.send(GET, case="c")

    assert asyncio.run(scene()).failure == "refused"


def test_a_name_that_is_none() -> None:
    async def scene() -> Exchange:
        async with Wire(Ixit("http://no-such-host.invalid/v1", limits=Limits(timeout=2)), clock=SystemClock()) as wire:
            return await wire.send(GET, case="c")

    assert asyncio.run(scene()).failure in ("dns", "timeout")


@pytest.mark.parametrize(
    ("made", "trusted", "says_"),
    [
        ({}, False, "self-signed certificate"),
        ({"days": -1}, True, "certificate has expired"),
        ({"name": "other.example"}, True, "not valid for '127.0.0.1'"),
    ],
)
def test_a_certificate_that_is_not_believed(tmp_path: Path, made: dict[str, Any], trusted: bool, says_: str) -> None:
    context, authority, _ = self_signed(tmp_path, **made)

    async def scene() -> None:
        async with served(answers(b"{}"), tls=context) as server:
            ixit = Ixit(server.url, tls_verify=str(authority) if trusted else True)
            async with Wire(ixit, clock=SystemClock()) as wire:
                with pytest.raises(TargetError, match=rf"\(tls\).*{says_}.*tlsVerify"):
                    await probe(wire)

    asyncio.run(scene())


@pytest.mark.parametrize("trusting", [True, False])
def test_what_the_handshake_showed_is_recorded(tmp_path: Path, trusting: bool) -> None:
    context, authority, certificate = self_signed(tmp_path)
    exchanges, server = ask(answers(b"{}"), GET, GET, tls=context, verify=False if trusting else str(authority))
    key = certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    for exchange in exchanges:
        assert exchange.attributes["tlsVersion"] == "TLSv1.3"
        assert exchange.attributes["tlsKey"] == "sha256:" + hashlib.sha256(key).hexdigest()
    assert server.connections == 1


def test_tls_where_plain_http_is_spoken() -> None:
    async def handler(talk: Talk) -> None:
        await talk.reader.read(100)
        await talk.say(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    async def scene() -> str | None:
        async with served(handler) as server, Wire(Ixit(server.url.replace("http:", "https:")), clock=SystemClock()) as wire:
            return (await wire.send(GET, case="c")).failure

    assert asyncio.run(scene()) == "tls"


# ------------------------------------------------------------------------------------- more than was asked for


@pytest.mark.parametrize("together", [True, False], ids=["at once", "when it is read"])
@pytest.mark.parametrize(
    "surplus", [b"HTTP/1.1 200 OK\r\nContent-Length: 14\r\n\r\n" + b'{"smuggled":1}', b"HTTP/1.1 2", b"\r\n", b"x"]
)
def test_what_comes_unasked_is_never_the_answer_to_what_is_asked_next(together: bool, surplus: bytes) -> None:
    said = asyncio.Event()

    async def handler(talk: Talk) -> None:
        while await talk.heard():
            body = b'{"right":%d}' % len(talk.server.asked)
            answer = OK + b"Content-Length: %d\r\n\r\n" % len(body) + body
            await talk.say(*([answer + surplus] if together else [answer, surplus]))
            said.set()

    async def scene() -> tuple[list[Any], int]:
        async with served(handler) as server, Wire(Ixit(server.url, limits=Limits(timeout=60.0)), clock=SystemClock()) as wire:
            found = []
            for _ in range(20):
                said.clear()
                found.append(await wire.send(GET, case="c"))
                await said.wait()  # the surplus is on its way before anything else is asked
            return [one.json for one in found if one.failure is None], server.connections

    answers_, connections = asyncio.run(scene())
    assert answers_ != [] or surplus == b"x"  # what is no HTTP at all fails the answer before it, too
    assert all("right" in one for one in answers_)
    assert connections > 1 or surplus[-1:] in b"2\n"  # half a status line is given up with the parser that read it


# ------------------------------------------------------------------------------------- broken off, without end, too slow


def test_broken_off_in_the_body_says_how_far_it_got() -> None:
    (exchange,), server = ask(resets_in_body)
    assert (exchange.failure, exchange.attributes["status"], exchange.attributes["received"]) == ("reset", 200, 10)
    assert server.connections == 1


def test_closed_instead_of_answered_is_not_asked_again() -> None:
    (exchange,), server = ask(hangs_up)
    assert (exchange.failure, len(server.asked), server.connections) == ("reset", 1, 1)


@pytest.mark.parametrize("handler", [silent, drips, drips_header])
def test_the_deadline_holds_for_the_whole_exchange(handler: Handler) -> None:
    (exchange,), _ = ask(handler, timeout=0.15)
    assert (exchange.failure, exchange.attributes["detail"]) == ("timeout", "no complete answer within 0.15 s")
    assert exchange.elapsed >= 100


def test_an_endless_body_is_cut() -> None:
    (exchange,), _ = ask(never_ends)
    assert exchange.response is not None
    assert (exchange.failure, exchange.response.size, exchange.response.truncated) == (None, 10_000, True)
    assert exchange.attributes["cut"] == "too-large-body"


def test_a_bomb_is_cut_before_it_bursts() -> None:
    (exchange,), _ = ask(answers(gzip_bomb(64), head=GZIPPED))
    assert exchange.response is not None
    assert (exchange.response.body, exchange.response.truncated) == (bytes(10_000), True)
    assert exchange.attributes["cut"] == "encoding-bomb"
    assert exchange.attributes["bodyDigest"] == "sha256:" + hashlib.sha256(bytes(10_000)).hexdigest()


@pytest.mark.parametrize("handler", [one_huge_header, endless_headers])
def test_a_header_without_measure_is_given_up(handler: Handler) -> None:
    assert failure(handler)[0] == "too-large-header"


# ------------------------------------------------------------------------------------- not HTTP, and just about HTTP


@pytest.mark.parametrize(
    ("raw", "kind"),
    [
        (b"hello there", "protocol"),
        (b"\x00\x01\xfe\xff" * 100, "protocol"),
        (b"SSH-2.0-OpenSSH_9.6\r\n", "protocol"),
        (b"\x00\x00\x12\x04\x00\x00\x00\x00\x00", "protocol"),
        (b"HTTP/1.1 42 Odd\r\n\r\n", "protocol"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n{}", "protocol"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: -2\r\n\r\n{}", "protocol"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}", "protocol"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{}", "reset"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n", "protocol"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n", "reset"),
        (b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n", "protocol"),
        (b"HTTP/1.1 100 Continue\r\n\r\n" * 50, "reset"),
        (GZIPPED + b"Content-Length: 2\r\n\r\n{}", "decode"),
        (GZIPPED + b"\r\n" + gzip.compress(b"{}" * 50, mtime=0)[:-9], "decode"),
    ],
)
def test_what_is_not_http_is_named(raw: bytes, kind: str) -> None:
    found, detail = failure(says(raw))
    assert found == kind
    assert detail
    assert detail.isascii()
    assert "\n" not in detail


@pytest.mark.parametrize(
    ("raw", "status", "body", "version"),
    [
        (b"HTTP/1.0 200 OK\r\nContent-Type: application/json\r\n\r\n{}", 200, b"{}", "1.0"),
        (b"HTTP/1.1 200\r\nContent-Length: 2\r\n\r\n{}", 200, b"{}", "1.1"),
        (b"HTTP/1.1 200 OK\nContent-Length: 2\n\n{}", 200, b"{}", "1.1"),
        (b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + OK + b"Content-Length: 2\r\n\r\n{}", 200, b"{}", "1.1"),
        (b"HTTP/1.1 999 Odd\r\nContent-Length: 0\r\n\r\n", 999, b"", "1.1"),
        (OK + b'Content-Length: 9\r\n\r\n{"items":', 200, b'{"items":', "1.1"),
        (OK.replace(b"json", b"json; charset=big5") + b"Content-Length: 2\r\n\r\n\xa5\xab", 200, b"\xa5\xab", "1.1"),
        (GZIPPED + b"Content-Length: 0\r\n\r\n", 200, b"", "1.1"),
        (b'HTTP/1.1 200 OK\r\nSet-Cookie: =;;"\\\xff\r\nContent-Length: 0\r\n\r\n', 200, b"", "1.1"),
    ],
)
def test_what_is_odd_but_http_is_an_answer(raw: bytes, status: int, body: bytes, version: str) -> None:
    (exchange,), _ = ask(says(raw))
    assert exchange.response is not None, exchange
    assert (exchange.failure, exchange.status, exchange.response.body) == (None, status, body)
    assert exchange.attributes["httpVersion"] == version


def test_no_answer_of_four_hundred_random_ones_stops_the_run() -> None:
    chance = random.Random(20260101)
    models = [
        OK + b'Set-Cookie: a=b; Path=/\r\nContent-Length: 15\r\n\r\n{"items":[1,2]}',
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nETag: x\r\n\r\n5\r\nhello\r\n3;x=y\r\nabc\r\n0\r\nT: r\r\n\r\n",
        GZIPPED + b"Content-Length: 25\r\n\r\n" + gzip.compress(b"{}abc", mtime=0),
        b"HTTP/1.0 302 Found\r\nLocation: //a/b\r\nWWW-Authenticate: Bearer\r\nConnection: keep-alive\r\n\r\nbody",
    ]

    def spoilt() -> bytes:
        text = bytearray(chance.choice(models))
        for _ in range(chance.randint(1, 3)):
            at, length = chance.randrange(len(text)), chance.randint(0, 4)
            text[at : at + length] = chance.choice((b"", b"\r\n", b"\0", b"\xff", b": ", b"9" * 20, chance.randbytes(length)))
        return bytes(text)

    raws = iter([spoilt() for _ in range(400)])

    async def handler(talk: Talk) -> None:
        if await talk.heard():
            await talk.say(next(raws))

    methods = [GET, POST, Request("headStops", "HEAD", "/stops")]
    exchanges, _ = ask(handler, *(chance.choice(methods) for _ in range(400)), longest_wait=0.001)
    assert all((exchange.failure is None) == (exchange.response is not None) for exchange in exchanges)
    assert {exchange.failure for exchange in exchanges} >= {None, "protocol", "reset"}


# ------------------------------------------------------------------------------------- connections that are kept


def test_a_connection_that_the_server_forgot_is_nobodys_fault() -> None:
    keyed = POST.with_header("Idempotency-Key", "k")
    exchanges, server = ask(forgets_connections, GET, GET, keyed, keyed)
    assert [exchange.failure for exchange in exchanges] == [None] * 4
    assert server.connections == 4


@pytest.mark.parametrize("method", ["POST", "DELETE", "PUT"])
def test_an_unsafe_request_is_never_sent_twice(method: str) -> None:
    exchanges, server = ask(forgets_connections, GET, Request("x", method, "/x"))
    assert (exchanges[1].failure, exchanges[1].attributes["reused"]) == ("reset", True)
    assert len(server.asked) == 2


def test_nothing_is_remembered_between_requests() -> None:
    _, server = ask(answers(b"{}", head=OK + b"Set-Cookie: session=1\r\nETag: x\r\nCache-Control: max-age=99\r\n"), GET, GET, GET)
    assert (len(server.asked), server.connections) == (3, 1)
    assert server.asked[0] == server.asked[2]
    assert b"cookie" not in b"".join(server.asked).lower()


def test_a_redirect_is_not_followed_anywhere() -> None:
    for where in (b"/v1/stops", b"http://127.0.0.1:1/", b"http://[::bad:99999999/", b""):
        exchanges, server = ask(answers_raw(b"HTTP/1.1 307 Away\r\nLocation: %s\r\nContent-Length: 0\r\n\r\n" % where), GET)
        assert (exchanges[0].status, exchanges[0].header("location"), len(server.asked)) == (307, where.decode(), 1)


def test_a_head_request_has_no_body() -> None:
    head = Request("headStops", "HEAD", "/stops")
    exchanges, server = ask(answers_raw(OK + b"Content-Length: 500\r\n\r\n"), head, head)
    assert [(e.status, e.response and e.response.body, e.header("content-length")) for e in exchanges] == [(200, b"", "500")] * 2
    assert server.connections == 1


def test_a_storm_of_refusals_ends() -> None:
    exchanges, server = ask(answers_raw(b"HTTP/1.1 429 Busy\r\nRetry-After: 0\r\nContent-Length: 0\r\n\r\n"), GET)
    assert (exchanges[0].status, exchanges[0].attributes["throttled"], len(server.asked)) == (429, 3, 4)


# ------------------------------------------------------------------------------------- what stands on the wire


@pytest.mark.parametrize(
    ("request_", "line"),
    [
        (Request("o", "GET", "/stops/%2E%2E/a%2Fb%41"), b"GET /v1/stops/%2E%2E/a%2Fb%41 HTTP/1.1"),
        (Request("o", "GET", "/stops/../x/./y"), b"GET /v1/stops/../x/./y HTTP/1.1"),
        (Request("o", "GET", "/台 北#x\r\nHost: evil"), b"GET /v1/%E5%8F%B0%20%E5%8C%97%23x%0D%0AHost:%20evil HTTP/1.1"),
        (
            Request("o", "GET", "/x", (("a", "1,2"), ("a", "%"), ("b", ""), ("c+", "\0&"))),
            b"GET /v1/x?a=1,2&a=%25&b=&c%2B=%00%26 HTTP/1.1",
        ),
        (Request("o", "GET", "/x", (("q", "\ud800"),)), b"GET /v1/x?q=%ED%A0%80 HTTP/1.1"),
        (Request("o", "PROPFIND", "/x"), b"PROPFIND /v1/x HTTP/1.1"),
    ],
)
def test_the_target_is_sent_as_it_was_asked_for(request_: Request, line: bytes) -> None:
    (exchange,), server = ask(answers(b"{}"), request_)
    assert exchange.failure is None
    assert server.asked[0].split(b"\r\n")[0] == line


def test_only_what_was_asked_for_is_added() -> None:
    twice = Request("o", "POST", "/x", headers=(("X-A", "1"), ("X-A", "台"), ("x-b", "")), body=b"\x00\xff")
    _, server = ask(answers(b"{}"), twice, Request("o", "DELETE", "/x"))
    head, _, body = server.asked[0].partition(b"\r\n\r\n")
    names = sorted(line.split(b":")[0].lower() for line in head.split(b"\r\n")[1:])
    assert names == [b"accept", b"accept-encoding", b"content-length", b"host", b"user-agent", b"x-a", b"x-a", b"x-b"]
    assert "X-A: 台".encode() in head
    assert body == b"\x00\xff"
    assert b"content-type" not in server.asked[1].lower()


def test_a_large_request_is_sent_whole() -> None:
    exchanges, server = ask(answers(b"{}"), Request("o", "POST", "/x", body=b"x" * 3_000_000))
    assert exchanges[0].failure is None
    assert server.asked[0].endswith(b"\r\n\r\n" + b"x" * 3_000_000)
    assert b"content-length: 3000000" in server.asked[0].lower()[:500]


@pytest.mark.parametrize(
    "request_",
    [
        GET.with_header("If-Match", "a\r\nX-Evil: 1"),
        GET.with_header("If-Match", "a\0Evil"),
        GET.with_header("Evil:", "1"),
        POST.with_header("Content-Length", "1"),
        POST.with_header("Transfer-Encoding", "chunked"),
        Request("o", "GE T", "/x"),
        Request("o", "", "/x"),
        Request("o", "GET", "x"),
    ],
)
def test_what_cannot_be_written_as_http_is_not_sent(request_: Request) -> None:
    (exchange,), server = ask(answers(b"{}"), request_)
    assert (exchange.failure, server.asked) == ("unsendable", [])
    assert "Evil" not in exchange.attributes["detail"]


def test_many_at_once_over_as_many_connections_as_agreed() -> None:
    async def scene() -> tuple[list[int], int]:
        async with served(answers(b"{}")) as server:
            async with Wire(Ixit(server.url, limits=Limits(concurrency=4)), clock=SystemClock()) as wire:
                exchanges = await asyncio.gather(*(wire.send(GET, case="c") for _ in range(100)))
            return [exchange.status for exchange in exchanges], server.connections

    statuses, connections = asyncio.run(scene())
    assert statuses == [200] * 100
    assert connections <= 4
