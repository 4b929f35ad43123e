"""What the wire sends, and what it makes of what comes back, with the network replaced."""

from __future__ import annotations

import asyncio
import errno
import gzip
import hashlib
import json
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

import aiohttp
import httpx
import pytest
from aiohttp.client_reqrep import ConnectionKey
from starlette.applications import Starlette
from starlette.requests import Request as Incoming
from starlette.responses import JSONResponse, StreamingResponse
from starlette.routing import Route

from conformance import __version__
from conformance.clock import VirtualClock
from conformance.errors import TargetError
from conformance.model import Exchange, Ixit, Limits, Request
from conformance.wire import BudgetSpent, Wire, in_process, probe
from conformance.wire.courtesy import Pace
from conformance.wire.failures import broken_by
from conformance.wire.pipe import proxy_for
from tests.wires import BASE, GET, NOW, POST, Recorder, in_wire, run

KEY = ConnectionKey("target.example", 443, True, True, None, None, None)  # where aiohttp's errors say they wanted to go

# ------------------------------------------------------------------------------------- requests


def test_an_exchange_says_what_was_asked_when_and_what_came() -> None:
    server = Recorder((200, {"Content-Type": "application/json"}))
    (exchange,) = run(server, GET.with_query(limit=2).with_step("page"))
    assert (exchange.number, exchange.case, exchange.step, exchange.base_url) == (0, "case-1", "page", BASE)
    assert (exchange.sent_at, exchange.elapsed) == (round(NOW * 1000), 0)
    assert (exchange.failure, exchange.status, exchange.json) == (None, 200, {})
    assert exchange.response is not None
    assert (exchange.response.size, exchange.response.truncated) == (2, False)
    assert str(server.asked[0].url) == BASE + "/stops?limit=2"


def test_default_headers_give_way_to_the_requests_own() -> None:
    server = Recorder()
    run(server, GET, GET.with_header("ACCEPT", "text/html").with_header("User-Agent", "other"))
    first, second = (request.headers for request in server.asked)
    assert first["accept"] == "application/json, application/problem+json;q=0.9"
    assert (first["user-agent"], first["accept-encoding"]) == (f"yance/{__version__}", "gzip")
    assert (second.get_list("accept"), second.get_list("user-agent")) == (["text/html"], ["other"])


def test_a_path_that_would_leave_the_base_url_is_not_sent() -> None:
    server = Recorder()
    (exchange,) = run(server, Request("x", "GET", "@evil.example/"))
    assert (exchange.failure, exchange.response, server.asked) == ("unsendable", None, [])


def test_a_base_url_that_is_none_is_refused_before_anything_is_sent() -> None:
    for wrong in ("target.example/v1", "ftp://target.example", "http://target.example/v1?x=1", "http://[::1", "http://u:p@host/"):
        with pytest.raises(TargetError, match="base URL"):
            Wire(Ixit(wrong), clock=VirtualClock(), transport=httpx.MockTransport(Recorder()))


# ------------------------------------------------------------------------------------- responses


def test_header_names_are_lower_case_in_order_with_duplicates_and_any_bytes() -> None:
    raw = [(b"X-A", b"1"), (b"Set-Cookie", b"a=1"), (b"x-a", "台".encode()), (b"Set-Cookie", b"b=2"), (b"X-L", b"\xe9")]
    (exchange,) = run(lambda _: httpx.Response(200, headers=raw))
    assert exchange.response is not None
    assert exchange.response.headers == (("x-a", "1"), ("set-cookie", "a=1"), ("x-a", "台"), ("set-cookie", "b=2"), ("x-l", "é"))


def test_a_redirect_is_an_answer_and_never_followed() -> None:
    server = Recorder((302, {"Location": "http://other.example/"}))
    (exchange,) = run(server)
    assert (exchange.status, exchange.header("location"), len(server.asked)) == (302, "http://other.example/", 1)


def _stream(*chunks: bytes, **headers: str) -> httpx.Response:
    async def body() -> Any:
        for chunk in chunks:
            yield chunk

    return httpx.Response(200, headers={name.replace("_", "-"): value for name, value in headers.items()}, content=body())


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_gzip_is_decoded_however_it_is_cut_and_whatever_follows(size: int) -> None:
    text = json.dumps({"items": list(range(200))}).encode()
    packed = gzip.compress(text[:50]) + gzip.compress(text[50:]) + b"\0\0"
    chunks = [packed[at : at + size] for at in range(0, len(packed), size)]
    (exchange,) = run(lambda _: _stream(*chunks, content_encoding="GZIP"))
    assert exchange.response is not None
    assert exchange.response.body == text
    assert exchange.attributes["encodedSize"] == len(packed)
    assert exchange.header("content-encoding") == "GZIP"


@pytest.mark.parametrize("chunk", [1, 64, 4096])
@pytest.mark.parametrize("packed", [False, True])
def test_a_body_is_cut_at_the_same_byte_whatever_the_chunks(chunk: int, packed: bool) -> None:
    text = bytes(range(256)) * 16
    sent = gzip.compress(text) if packed else text
    parts = [sent[at : at + chunk] for at in range(0, len(sent), chunk)]
    (exchange,) = run(lambda _: _stream(*parts, **({"content_encoding": "gzip"} if packed else {})), body=1000)
    assert exchange.response is not None
    assert exchange.failure is None
    assert (exchange.response.body, exchange.response.size, exchange.response.truncated) == (text[:1000], 1000, True)
    assert exchange.attributes["bodyDigest"] == "sha256:" + hashlib.sha256(text[:1000]).hexdigest()


def test_a_body_of_just_the_limit_is_whole() -> None:
    (exchange,) = run(lambda _: _stream(b"x" * 600, b"x" * 400), body=1000)
    assert exchange.response is not None
    assert (exchange.response.size, exchange.response.truncated, dict(exchange.attributes)) == (1000, False, {})


@pytest.mark.parametrize("packed", [False, True])
def test_without_a_limit_nothing_is_cut(packed: bool) -> None:
    sent = _stream(gzip.compress(b"x" * 5000), content_encoding="gzip") if packed else _stream(b"x" * 5000)
    (exchange,) = run(lambda _: sent, body=0)
    assert exchange.response is not None
    assert exchange.response.body == b"x" * 5000


def test_a_coding_that_was_not_asked_for_is_left_as_it_came() -> None:
    (exchange,) = run(lambda _: _stream(b"\x0b\x02\x80{}\x03", content_encoding="br"))
    assert exchange.response is not None
    assert (exchange.response.body, exchange.attributes["undecoded"]) == (b"\x0b\x02\x80{}\x03", "br")


def test_too_much_header_is_a_failure() -> None:
    (exchange,) = run(lambda _: httpx.Response(200, headers={f"x-{n}": "v" * 100 for n in range(20)}), header=1000)
    assert (exchange.failure, exchange.response) == ("too-large-header", None)
    assert exchange.attributes["status"] == 200


@pytest.mark.parametrize(
    ("problem", "kind"),
    [
        (httpx.ConnectError("x"), "refused"),
        (httpx.ConnectTimeout("x"), "timeout"),
        (httpx.ReadTimeout("x"), "timeout"),
        (httpx.ReadError("x"), "reset"),
        (httpx.RemoteProtocolError("x"), "protocol"),
        (httpx.LocalProtocolError("x"), "unsendable"),
        (httpx.ProxyError("x"), "proxy"),
    ],
)
def test_every_transport_failure_has_a_name(problem: Exception, kind: str) -> None:
    def server(_: httpx.Request) -> httpx.Response:
        raise problem

    (exchange,) = run(server)
    assert (exchange.failure, exchange.response) == (kind, None)
    assert exchange.attributes["detail"]


@pytest.mark.parametrize(
    ("problem", "kind"),
    [
        (aiohttp.ClientConnectorError(KEY, OSError(errno.EHOSTUNREACH, "no route")), "unreachable"),
        (aiohttp.ClientConnectorError(KEY, OSError(errno.ETIMEDOUT, "slow")), "timeout"),
        (aiohttp.ClientConnectorError(KEY, ConnectionResetError()), "reset"),
        (aiohttp.ClientConnectorError(KEY, OSError(errno.EMFILE, "too many files")), "refused"),
        (aiohttp.ClientConnectorDNSError(KEY, OSError(-2, "unknown")), "dns"),
        (aiohttp.ClientProxyConnectionError(KEY, ConnectionRefusedError()), "proxy"),
        (aiohttp.ServerTimeoutError(), "timeout"),
        (aiohttp.ClientConnectionResetError(), "reset"),
        (ConnectionResetError(), "reset"),
        (aiohttp.ClientPayloadError("odd"), "protocol"),
        (UnicodeDecodeError("utf-8", b"\xff", 0, 1, "bad"), "protocol"),
        (aiohttp.InvalidURL("http://secret@x"), "unsendable"),
        (aiohttp.ClientError(), "protocol"),
    ],
)
def test_every_way_in_which_a_connection_fails_has_a_name(problem: Exception, kind: str) -> None:
    broken = broken_by(problem)
    assert broken.kind == kind
    assert broken.detail
    assert "secret" not in broken.detail
    assert broken_by(broken) is broken


async def _echo(request: Incoming) -> JSONResponse:
    body = (await request.body()).decode()
    kept = {name: request.headers.get(name) for name in ("host", "content-type", "content-length")}
    return JSONResponse({"path": request.url.path, "query": request.url.query, "body": body, **kept}, headers={"X-Two": "1"})


async def _in_parts(request: Incoming) -> StreamingResponse:
    async def parts() -> AsyncIterator[bytes]:
        for part in (b"one ", b"", b"two"):
            yield part

    return StreamingResponse(parts(), 203)


async def _breaks(request: Incoming) -> JSONResponse:
    raise RuntimeError("out of order")


_APPLICATION = Starlette(
    routes=[
        Route("/v1/echo/{name:path}", _echo, methods=["GET", "POST"]),
        Route("/v1/parts", _in_parts),
        Route("/v1/breaks", _breaks),
    ]
)


@pytest.mark.parametrize("way", [in_process, lambda app: httpx.ASGITransport(app, raise_app_exceptions=False)])
@pytest.mark.parametrize(
    ("request_", "status", "expected"),
    [
        (
            Request("e", "POST", "/echo/a%2Fb", (("q", "台,北"),), (("Content-Type", "text/x"),), b"hello"),
            200,
            {"path": "/v1/echo/a/b", "query": "q=%E5%8F%B0,%E5%8C%97", "body": "hello", "content-type": "text/x", "content-length": "5"},
        ),
        (
            Request("e", "POST", "/echo/c"),
            200,
            {"path": "/v1/echo/c", "query": "", "body": "", "content-type": None, "content-length": "0"},
        ),
        (Request("e", "GET", "/echo/d", (), (("Host", "another.example"),)), 200, {"host": "another.example", "content-length": None}),
        (Request("e", "HEAD", "/echo/e"), 200, None),
        (Request("p", "GET", "/parts"), 203, "one two"),
        (Request("b", "GET", "/breaks"), 500, "Internal Server Error"),
    ],
)  # fmt: skip
def test_an_application_in_this_process_is_a_target_too(
    way: Callable[[Any], Any], request_: Request, status: int, expected: Any
) -> None:
    async def scene() -> Exchange:
        async with Wire(Ixit(BASE), clock=VirtualClock(), transport=way(_APPLICATION)) as wire:
            return await wire.send(request_, case="c")

    came = asyncio.run(scene())
    assert came.status == status
    assert came.response is not None
    if isinstance(expected, dict):
        assert came.header("x-two") == "1"
        assert came.json.items() >= expected.items()
    else:
        assert came.response.body == (expected or "").encode()


def test_what_an_application_has_begun_to_answer_stands_when_it_breaks() -> None:
    async def begins(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 201, "headers": [(b"x-one", b"1")]})
        await send({"type": "http.response.body", "body": b"half", "more_body": True})
        raise RuntimeError("out of order")

    async def never(scope: Any, receive: Any, send: Any) -> None:
        raise RuntimeError("out of order")

    async def scene(app: Any) -> Exchange:
        async with Wire(Ixit(BASE), clock=VirtualClock(), transport=in_process(app)) as wire:
            return await wire.send(GET, case="c")

    half, nothing = (asyncio.run(scene(app)).response for app in (begins, never))
    assert half is not None
    assert (half.status, half.header("x-one"), half.body) == (201, "1", b"half")
    assert nothing is not None
    assert (nothing.status, nothing.headers, nothing.body) == (500, (), b"")


# ------------------------------------------------------------------------------------- manners


def test_the_rate_is_kept_on_the_clock() -> None:
    clock = VirtualClock(NOW)
    server = Recorder(clock=clock)

    async def scene(wire: Wire) -> None:
        await asyncio.gather(*(wire.send(GET, case="c") for _ in range(31)))

    in_wire(Ixit(BASE, limits=Limits(rate=10, concurrency=8)), clock, server, scene)
    assert 2.8 <= clock.now() - NOW <= 3.0
    assert all(late - early >= 0.9 for early, late in zip(server.times, server.times[12:], strict=False))


def test_no_more_go_at_once_than_agreed() -> None:
    clock, under_way, most = VirtualClock(NOW), 0, 0

    async def server(request: httpx.Request) -> httpx.Response:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        await clock.sleep(1)
        under_way -= 1
        return httpx.Response(200)

    async def scene() -> None:
        async with Wire(Ixit(BASE, limits=Limits(concurrency=3)), clock=clock, transport=httpx.MockTransport(server)) as wire:
            await asyncio.gather(*(wire.send(GET, case="c") for _ in range(9)))

    asyncio.run(scene())
    assert (most, clock.now()) == (3, NOW + 3)


def _date(seconds: float) -> str:
    return format_datetime(datetime.fromtimestamp(seconds, UTC), usegmt=True)


@pytest.mark.parametrize(
    ("status", "headers", "waited"),
    [
        (429, {"Retry-After": "7"}, 7),
        (503, {"Retry-After": "7"}, 7),
        (429, {"Retry-After": _date(NOW + 9)}, 9),
        (503, {"Retry-After": _date(NOW + 109), "Date": _date(NOW + 100)}, 9),
        (429, {"Retry-After": _date(NOW - 9)}, 0),
        (429, {"Retry-After": "soon"}, 1),
        (429, {}, 1),
        (503, {}, 0.25),
        (503, {"Retry-After": "-1"}, 0.25),
        (502, {"Retry-After": "86400"}, 30),
        (504, {}, 0.25),
        (408, {}, 0.25),
    ],
)
def test_a_busy_server_is_waited_for(status: int, headers: dict[str, str], waited: float) -> None:
    clock, server = VirtualClock(NOW), Recorder((status, headers), (200, {}))
    (exchange,) = run(server, clock=clock)
    noted = {"retryAfter": [headers.get("Retry-After", "")]} if status == 429 else {}
    assert (exchange.status, exchange.attributes) == (200, {"throttled": 1, **noted})
    assert clock.now() == NOW + waited


@pytest.mark.parametrize(
    ("status", "headers", "request_", "limits"),
    [
        (429, {"Retry-After": "7"}, POST, {}),
        (429, {"Retry-After": "31"}, GET, {}),
        (502, {}, POST, {}),
        (408, {}, POST.with_header("If-Match", "*"), {}),
        (500, {"Retry-After": "7"}, GET, {}),
        (429, {"Retry-After": "7"}, GET, {"patient": False}),
    ],
)
def test_an_answer_stands_when_waiting_is_not_agreed_or_not_safe(
    status: int, headers: dict[str, str], request_: Request, limits: dict[str, Any]
) -> None:
    clock, server = VirtualClock(NOW), Recorder((status, headers), (200, {}))
    (exchange,) = run(server, request_, clock=clock, **limits)
    assert (exchange.status, dict(exchange.attributes), clock.now()) == (status, {}, NOW)


def test_a_refusal_that_is_final_holds_up_whoever_sends_next() -> None:
    clock, server = VirtualClock(NOW), Recorder((429, {"Retry-After": "7"}), (200, {}))

    async def both() -> list[tuple[int, float]]:
        async with Wire(Ixit("http://shop.example"), clock=clock, transport=httpx.MockTransport(server)) as wire:
            return [((await wire.send(GET, case="c", final=final)).status, clock.now() - NOW) for final in (True, False)]

    (refused, at_once), (taken, later) = asyncio.run(both())
    assert (refused, at_once, taken) == (429, 0, 200)
    assert 7 <= later < 15


def test_patience_ends_after_three_times_and_a_key_makes_a_post_repeatable() -> None:
    server = Recorder((429, {"Retry-After": "1"}))
    (exchange,) = run(server, POST.with_header("idempotency-key", "k"))
    assert (exchange.status, exchange.attributes["throttled"], len(server.asked)) == (429, 3, 4)
    assert exchange.attributes["retryAfter"] == ["1"] * 3, "what the last one said stands in its own header"


def test_a_change_that_cannot_be_made_twice_is_asked_again() -> None:
    busy = {"Retry-After": "1"}
    change = Request("op", "PATCH", "/things/1", headers=(("If-Match", '"1"'),), body=b"{}")
    for request_, status, asked in (
        (change, 429, 4),
        (change, 503, 4),
        (change.with_header("If-Match", "*"), 503, 1),
        (change.with_header("If-Match", None), 429, 1),
    ):
        server = Recorder((status, busy))
        run(server, request_)
        assert len(server.asked) == asked


def test_what_a_change_came_to_is_not_known_when_its_answer_was_lost_and_its_tag_has_gone() -> None:
    change = Request("op", "PATCH", "/things/1", headers=(("If-Match", '"1"'),), body=b"{}")
    passed: list[Exchange] = []

    async def scene(wire: Wire) -> Exchange:
        return await wire.send(change, case="c", passed=passed.append)

    found = in_wire(Ixit(BASE), VirtualClock(NOW), Recorder((502, {}), (412, {})), scene)
    assert (found.status, found.attributes) == (502, {"unsettled": True, "throttled": 1})
    assert [(one.status, one.attributes) for one in passed] == [(502, {"askedAgain": True}), (412, {"askedAgain": True})]


def test_one_that_waits_for_a_moment_holds_nobody_up() -> None:
    clock = VirtualClock(NOW)
    server = Recorder((503, {"Retry-After": "10"}), (200, {}), clock=clock)

    async def scene(wire: Wire) -> list[int]:
        first = asyncio.create_task(wire.send(GET, case="c"))
        while not server.asked:
            await asyncio.sleep(0)
        return [one.status for one in await asyncio.gather(first, *(wire.send(GET, case="c") for _ in range(3)))]

    assert in_wire(Ixit(BASE), clock, server, scene) == [200] * 4
    assert [time - NOW for time in server.times] == [0, 0, 0, 0, 10]


def test_what_stays_is_asked_only_once_more_until_the_operation_answers_again() -> None:
    server = Recorder(*[(503, {})] * 6, (200, {}), (503, {}))
    found = run(server, GET, GET, GET, GET)
    assert [(one.status, one.attributes.get("throttled")) for one in found] == [(503, 3), (503, 1), (200, None), (503, 3)]


def test_a_pause_that_the_budget_does_not_bear_is_not_made() -> None:
    (found,) = run(Recorder((503, {"Retry-After": "20"})), seconds=10)
    assert (found.status, dict(found.attributes)) == (503, {})


def test_refusals_that_were_under_way_together_slow_the_pace_only_once() -> None:
    pace = Pace(0)
    assert [pace.wait(NOW) for _ in range(4)] == [0.0] * 4
    pace.answered()
    pace.refused(NOW, 2.0)
    pace.refused(NOW + 0.1, 4.0)
    assert pace.rest(NOW + 1) == pytest.approx(3.1)
    assert [pace.wait(NOW + 1) for _ in range(3)] == pytest.approx([3.1, 5.1, 7.1])
    assert pace.wait(NOW + 1, patient=False) == 0.0


def test_while_the_server_rests_nobody_asks_but_the_impatient() -> None:
    clock = VirtualClock(NOW)
    server = Recorder((429, {"Retry-After": "10"}), (200, {}), clock=clock)

    async def scene(wire: Wire) -> list[int]:
        first = asyncio.create_task(wire.send(GET, case="c"))
        await asyncio.sleep(0.0)
        while not server.asked:
            await asyncio.sleep(0)
        rest = [asyncio.create_task(wire.send(GET, case="c", patient=patient)) for patient in (True, False)]
        return [exchange.status for exchange in await asyncio.gather(first, *rest)]

    assert in_wire(Ixit(BASE), clock, server, scene) == [200, 200, 200]
    assert [round(time - NOW) for time in server.times[:2]] == [0, 0]
    assert all(time - NOW >= 10 for time in server.times[2:])


def test_a_server_that_bears_five_a_second_is_asked_about_five_a_second() -> None:
    clock = VirtualClock(NOW)
    taken: list[float] = []
    refused: list[float] = []

    def server(_: httpx.Request) -> httpx.Response:
        if [int(time) for time in taken].count(int(clock.now())) >= 5:
            refused.append(clock.now())
            return httpx.Response(429, headers={"Retry-After": "1"})
        taken.append(clock.now())
        return httpx.Response(200)

    async def scene(wire: Wire) -> list[int]:
        return [exchange.status for exchange in await asyncio.gather(*(wire.send(GET, case="c") for _ in range(100)))]

    assert in_wire(Ixit(BASE), clock, server, scene) == [200] * 100
    assert len(refused) < 40
    assert clock.now() - NOW < 60


def test_a_spent_budget_ends_before_sending() -> None:
    server = Recorder()
    with pytest.raises(BudgetSpent, match="all 2 requests"):
        run(server, GET, GET, GET, requests=2)
    assert len(server.asked) == 2
    clock = VirtualClock(NOW)

    async def scene(wire: Wire) -> None:
        await wire.send(GET, case="c")
        await clock.sleep(10)
        with pytest.raises(BudgetSpent, match="all 10 seconds"):
            await wire.send(GET, case="c")
        assert wire.budget.used == 1

    in_wire(Ixit(BASE, limits=Limits(seconds=10)), clock, server, scene)


# ------------------------------------------------------------------------------------- reachability, proxies


def test_any_answer_shows_that_somebody_is_there() -> None:
    async def scene(wire: Wire) -> Exchange:
        return await probe(wire)

    assert in_wire(Ixit(BASE), VirtualClock(), lambda _: httpx.Response(404), scene).status == 404


@pytest.mark.parametrize(("status", "says"), [(407, "by a proxy on the way; check HTTPS_PROXY"), (426, "the server wants h2c")])
def test_who_does_not_let_us_through_or_speaks_otherwise_is_named(status: int, says: str) -> None:
    async def scene(wire: Wire) -> None:
        with pytest.raises(TargetError, match=says):
            await probe(wire)

    in_wire(Ixit(BASE), VirtualClock(), lambda _: httpx.Response(status, headers={"Upgrade": "h2c"}), scene)


def test_header_fields_of_the_settings_go_with_every_request_that_brings_none_of_the_name() -> None:
    server = Recorder()

    async def scene(wire: Wire) -> list[Exchange]:
        return [await wire.send(one, case="c") for one in (GET, GET.with_header("User-Agent", "own"))]

    found = in_wire(Ixit(BASE, headers=(("User-Agent", "Mozilla/5.0"), ("X-Gate", "open"))), VirtualClock(), server, scene)
    assert [one.headers.get_list("user-agent") for one in server.asked] == [["Mozilla/5.0"], ["own"]]
    assert [one.headers["x-gate"] for one in server.asked] == ["open"] * 2
    assert "open" not in repr(found)


def test_no_answer_says_in_one_line_what_was_tried_and_what_to_do() -> None:
    def server(_: httpx.Request) -> httpx.Response:
        raise httpx.ReadError("gone\r\nwith the wind")

    async def scene(wire: Wire) -> None:
        with pytest.raises(TargetError) as caught:
            await probe(wire)
        said = f"GET {BASE}/ failed (reset): gone with the wind; check that the port of the base URL speaks the scheme of the base URL"
        assert str(caught.value).startswith(said)
        assert "\n" not in str(caught.value)

    in_wire(Ixit(BASE), VirtualClock(), server, scene)


def test_the_environments_proxy_is_used_but_not_for_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", "http://proxy.example:3128")
    monkeypatch.setenv("no_proxy", "inside.example")
    assert proxy_for(httpx.URL("https://target.example/v1")) == "http://proxy.example:3128"
    for direct in ("https://inside.example/", "https://127.0.0.1:8443/", "https://localhost/", "https://[::1]/"):
        assert proxy_for(httpx.URL(direct)) is None
