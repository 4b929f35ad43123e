"""The suite's own receiver: what it keeps, says and hands out, over the clock of a test and over a real socket."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import gzip
import hashlib
import hmac
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn

from conformance import reference
from conformance.attest.verify import refuse_altered
from conformance.clock import SystemClock, VirtualClock
from conformance.errors import DataError, UsageError
from conformance.load import data_folders, load_profile, load_settings
from conformance.model import Exchange, Ics, Inbox, Inputs, Ixit, Outcome, Reach, Unmet
from conformance.plan import make_plan, plan_document, read_plan
from conformance.reference.library import KEY, Library
from conformance.run.conduct import Setting, conduct, exchanges
from conformance.verdict.folder import RunFolder
from conformance.wire import Receiver, receiving
from tests.test_data_folder import FOLDER, IXIT, KEYS

SECRETS = (("ours", "k" * 32), ("older", "j" * 32))
BODY = b'{"a": 1}'


def handed(receiver: Receiver, ask: Inbox) -> list[Exchange]:
    return asyncio.run(receiver.handed(ask, "case"))


def signature(secret: str, signed: bytes = BODY) -> bytes:
    return hmac.new(secret.encode(), signed, hashlib.sha256).digest()


def test_a_delivery_is_handed_out_once_and_to_whom_it_came_for() -> None:
    receiver = Receiver("https://suite.example/hooks/", VirtualClock(1000.0))
    assert receiver.take("POST", "/hooks/one?x=1&y=", [("X-A", "b")], BODY) == 204
    assert receiver.take("PUT", "/hooks/two", [], b"") == 204
    (one,) = handed(receiver, Inbox("one", 5))
    assert (one.request.method, one.request.path, one.request.query) == ("POST", "/hooks/one", (("x", "1"), ("y", "")))
    assert (one.request.header("x-a"), one.request.body, one.status, one.sent_at) == ("b", BODY, 204, 1_000_000)
    assert one.url == "https://suite.example/hooks/one?x=1&y="
    assert one.attributes == {"rawDigest": "sha256:" + hashlib.sha256(BODY).hexdigest()}
    assert handed(receiver, Inbox("one", 5)) == []
    assert [other.request.path for other in handed(receiver, Inbox("two", 5))] == ["/hooks/two"]


def test_a_path_asks_for_refusals_before_deliveries_are_accepted() -> None:
    receiver = Receiver("https://suite.example", VirtualClock(0.0))
    assert [receiver.take("POST", "/a/fail-2", [], b"") for _ in range(4)] == [503, 503, 204, 204]
    assert receiver.take("POST", "/b/fail-2", [], b"") == 503


def test_a_path_asks_for_one_answer_whatever_comes() -> None:
    receiver = Receiver("https://suite.example/hooks", VirtualClock(0.0))
    assert [receiver.take("POST", f"/hooks/a/say-{status}", [], b"") for status in (400, 400, 307)] == [400, 400, 307]
    assert receiver.way_on(400, "/hooks/a/say-400") == {}
    location = receiver.way_on(307, "/hooks/a/say-307?x=1")["Location"]
    assert location == "https://suite.example/hooks/a/say-307/arrived"
    assert receiver.take("POST", "/hooks/a/say-307/arrived", [], b"") == 204


def test_whoever_follows_a_redirect_of_the_receiver_is_seen() -> None:
    async def scene() -> list[tuple[str, int]]:
        port = free_port()
        async with receiving(Reach(f"http://127.0.0.1:{port}/hooks", "127.0.0.1", port), SystemClock()) as receiver:
            assert receiver is not None
            for follow in (False, True):
                post = reference.Outgoing().post
                await post(f"http://127.0.0.1:{port}/hooks/a/say-307", {}, BODY, follow=follow)
            came = await receiver.handed(Inbox("/a", 5, least=3), "case")
        return [(one.request.path, one.status) for one in came]

    moved = ("/hooks/a/say-307", 307)
    assert asyncio.run(scene()) == [moved, moved, ("/hooks/a/say-307/arrived", 204)]


def test_it_waits_for_the_least_number_and_no_longer_than_it_was_asked_to() -> None:
    clock = VirtualClock(0.0)
    receiver = Receiver("https://suite.example", clock)

    async def both() -> list[Exchange]:
        async def later() -> None:
            for _ in range(3):
                await clock.sleep(2.0)
                receiver.take("POST", "/a", [], b"")

        sending = asyncio.create_task(later())
        found = await receiver.handed(Inbox("/a", 30, least=2), "case")
        at = clock.now()
        await sending
        rest = await receiver.handed(Inbox("/a", 10, least=2), "case")
        assert 4.0 <= at < 4.5
        assert 15.0 <= clock.now() < 17.0
        return [*found, *rest]

    assert len(asyncio.run(both())) == 3


@pytest.mark.parametrize(
    ("claimed", "signers"),
    [
        (signature("k" * 32).hex(), ["ours"]),
        ("sha256=" + signature("j" * 32).hex(), ["older"]),
        (base64.b64encode(signature("k" * 32)).decode(), ["ours"]),
        ("t=1,v1=" + signature("k" * 32).hex(), ["ours"]),
        (f"{signature('k' * 32).hex()}, {signature('j' * 32).hex()}", ["ours", "older"]),
        (signature("other").hex(), []),
        (signature("k" * 32, BODY + b"\n").hex(), []),
        ("", []),
    ],
)
def test_whose_signature_fits_is_known_from_the_raw_bytes(claimed: str, signers: list[str]) -> None:
    receiver = Receiver("https://suite.example", VirtualClock(0.0))
    receiver.take("POST", "/a", [("X-Signature", claimed)], BODY)
    (one,) = handed(receiver, Inbox("/a", 1, signature="x-signature", secrets=SECRETS))
    assert one.attributes["signedBy"] == signers


def test_headers_may_be_signed_too() -> None:
    receiver = Receiver("https://suite.example", VirtualClock(0.0))
    right = signature("k" * 32, b"17.d-1." + BODY).hex()
    receiver.take("POST", "/a", [("X-Time", "17"), ("X-Id", "d-1"), ("X-Signature", right)], BODY)
    (one,) = handed(receiver, Inbox("/a", 1, signature="X-Signature", over=("X-Time", "X-Id"), secrets=SECRETS))
    assert one.attributes["signedBy"] == ["ours"]


def test_a_flood_is_not_kept() -> None:
    receiver = Receiver("https://suite.example", VirtualClock(0.0))
    assert {receiver.take("POST", "/a", [], b"") for _ in range(10_000)} == {204}
    assert receiver.take("POST", "/a", [], b"") == 503
    assert len(handed(receiver, Inbox("/a", 1))) == 10_000


def test_without_a_receiver_the_case_is_inconclusive_and_says_what_to_do() -> None:
    profile, spec = load_profile(data_folders([FOLDER]), "library")
    plan = make_plan(spec, profile, Ics(), replace(IXIT, receiver=None), only=["LIB-013"])
    (case,) = plan.cases
    assert case.outcome is Outcome.INCONCLUSIVE
    assert case.reason is not None
    assert case.reason.key == "no-receiver"
    with pytest.raises(Unmet, match=r"\[receiver\]"):
        Inputs().callback("a")


def test_the_plan_names_the_receiver_where_a_case_uses_it() -> None:
    profile, spec = load_profile(data_folders([FOLDER]), "library")
    plan = make_plan(spec, profile, Ics(), IXIT)
    named = {case["id"]: case["receiver"] for case in plan_document(plan)["cases"] if "receiver" in case}
    assert named == {"LIB-013/createSubscription": "http://suite.example/hooks"}
    assert read_plan(plan_document(plan)) == plan
    elsewhere = replace(IXIT, receiver=Reach("http://other.example"))
    assert make_plan(spec, profile, Ics(), elsewhere).digest != plan.digest


def written(folder: Path, receiver: str) -> Path:
    path = folder / "yance.toml"
    path.write_text(f'[target]\nurl = "http://library.example"\n[receiver]\n{receiver}')
    return path


def test_yance_toml_says_how_the_suite_is_reached(tmp_path: Path) -> None:
    path = written(tmp_path, 'url = "https://hooks.example/yance/"\nlisten = "[::1]:8443"')
    assert load_settings(data_folders(), path).ixit.receiver == Reach("https://hooks.example/yance", "::1", 8443)


@pytest.mark.parametrize(
    ("receiver", "said"),
    [
        ('url = "https://hooks.example"', "listen"),
        ('url = "hooks"\nlisten = "127.0.0.1:80"', "receiver.url"),
        ('url = "https://hooks.example"\nlisten = "8443"', "receiver/listen"),
        ('url = "https://hooks.example"\nlisten = "127.0.0.1:8443"\nport = 1', "port"),
    ],
)
def test_a_receiver_that_cannot_be_read_is_refused(tmp_path: Path, receiver: str, said: str) -> None:
    with pytest.raises((DataError, UsageError), match=said):
        load_settings(data_folders(), written(tmp_path, receiver))


def test_an_address_that_cannot_be_listened_on_is_a_usage_error() -> None:
    async def open_twice() -> None:
        with closing(socket.socket()) as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            async with receiving(Reach("http://localhost", "127.0.0.1", taken.getsockname()[1]), SystemClock()):
                raise AssertionError("two servers cannot listen on one port")

    with pytest.raises(UsageError, match=r"receiver\.listen"):
        asyncio.run(open_twice())


def free_port() -> int:
    with closing(socket.socket()) as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@asynccontextmanager
async def tunnel(port: int) -> AsyncIterator[int]:
    """A port whose connections are led to another one, octet by octet: what a tunnel or a proxy for TCP does."""

    async def lead(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            while octets := await reader.read(4096):
                writer.write(octets)
                await writer.drain()
        writer.close()

    async def both(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        inner, outer = await asyncio.open_connection("127.0.0.1", port)
        await asyncio.gather(lead(reader, outer), lead(inner, writer))

    server = await asyncio.start_server(both, "127.0.0.1", 0)
    try:
        yield int(server.sockets[0].getsockname()[1])
    finally:
        server.close()


@pytest.mark.parametrize("led", [False, True], ids=["beside it", "through a tunnel"])
def test_deliveries_over_real_connections_end_in_a_verdict_and_their_secret_in_no_file(tmp_path: Path, led: bool) -> None:
    async def whole() -> tuple[dict[str, Any], bytes]:
        bound, port = socket.socket(), free_port()
        bound.bind(("127.0.0.1", 0))
        async with httpx.AsyncClient() as client, tunnel(port) as entrance:

            async def deliver(url: str, headers: dict[str, str], body: bytes) -> int:
                return (await client.post(url, headers=headers, content=body)).status_code

            config = uvicorn.Config(Library(deliver).app(), log_level="warning", lifespan="off")
            server = uvicorn.Server(config)
            serving = asyncio.create_task(server.serve([bound]))
            reach = Reach(f"http://127.0.0.1:{entrance if led else port}/hooks", "127.0.0.1", port)
            ixit = Ixit(f"http://127.0.0.1:{bound.getsockname()[1]}/api", sandbox=True, actors=KEYS, receiver=reach)
            profile, spec = load_profile(data_folders([FOLDER]), "library")
            plan = make_plan(spec, profile, Ics(), ixit, only=["LIB-013"])
            while not server.started:
                await asyncio.sleep(0.01)
            report = await conduct(Setting(plan, spec, profile, Ics(), ixit, RunFolder(tmp_path / "run")))
            server.should_exit = True
            await serving
            return report, plan.cases[0].inputs.secret("deliveries").encode()

    report, secret = asyncio.run(whole())
    assert report["counts"]["pass"] == 1, report["verdicts"]
    refuse_altered(data_folders([FOLDER]), RunFolder(tmp_path / "run"))
    recorded = list(exchanges(RunFolder(tmp_path / "run")))
    assert not any(secret in (one.request.body or b"") for one in recorded)
    assert secret not in (tmp_path / "run" / "report.json").read_bytes()
    came = [one for one in recorded if one.step.startswith("inbox: ")]
    assert [one.status for one in came] == [503, 503, 204, 204]
    assert {tuple(one.attributes["signedBy"]) for one in came} == {("deliveries",)}
    assert KEY.encode() not in (tmp_path / "run" / "report.json").read_bytes()


def test_what_a_receiver_keeps_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("conformance.wire.receiver._MOST_BYTES", 100)
    receiver = Receiver("http://127.0.0.1:9/hooks", VirtualClock(0.0))
    assert receiver.take("POST", "//[/odd?a=b", [], b"x" * 60) == 204
    assert receiver.take("POST", "/second", [], b"x" * 60) == 503
    (one,) = asyncio.run(receiver.handed(Inbox("odd", 0.0), "case"))
    assert (one.request.path, one.request.query) == ("//[/odd", (("a", "b"),))
    assert receiver.take("POST", "/second", [], b"x" * 60) == 204


def test_a_packed_delivery_is_signed_as_it_came_and_read_unpacked() -> None:
    receiver, packed = Receiver("http://127.0.0.1:9/hooks", VirtualClock(0.0)), gzip.compress(b'{"a":1}')
    signature = hmac.new(b"key", packed, hashlib.sha256).hexdigest()
    for body in (packed, b"no gzip"):
        receiver.take("POST", "/hooks/x", [("Content-Encoding", "gzip"), ("X-Signature", signature)], body)
    ask = Inbox("/x", 0.0, 1, "X-Signature", (), (("ours", "key"),))
    one, broken = asyncio.run(receiver.handed(ask, "case"))
    assert (one.request.body, one.attributes["signedBy"]) == (b'{"a":1}', ["ours"])
    assert (broken.request.body, broken.attributes["signedBy"]) == (b"no gzip", [])


@pytest.mark.heavy
def test_what_is_no_delivery_is_refused_in_silence(capfd: pytest.CaptureFixture[str]) -> None:
    async def scene() -> list[bytes]:
        with closing(socket.socket()) as line:
            line.bind(("127.0.0.1", 0))
            port = line.getsockname()[1]
        head, found = b"POST /a HTTP/1.1\r\nHost: x\r\n", []
        async with receiving(Reach(f"http://127.0.0.1:{port}", "127.0.0.1", port), SystemClock()) as receiver:
            for sent in (
                b"\x16\x03\x01\r\n\r\n",
                head + b"Transfer-Encoding: chunked\r\n\r\nZZ\r\n",
                head + b"a: b\r\n" * 10_000 + b"\r\n",
                b"POST http://[x/ HTTP/1.1\r\n\r\n",
                head + b"Content-Length: 3000000\r\n\r\n" + b"x" * 3_000_000,
            ):
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.write(sent)
                found.append((await reader.readline()).split()[1])
                writer.close()
            assert receiver is not None
            assert await receiver.handed(Inbox("", 0.0), "case") == []
        return found

    assert asyncio.run(scene()) == [b"400", b"400", b"400", b"400", b"413"]
    assert capfd.readouterr().err == ""
