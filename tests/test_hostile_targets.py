"""Whole runs of `yance run` against targets that misbehave: each ends in time, with a documented exit code, a reason and no traceback.

What such a target does is never the suite's own failure: no verdict is `error`, and no run ends in 0 or 5. Most targets answer
the first question civilly, or the run would be over with the probe (exit 4) and its checks would never meet what follows.
"""

from __future__ import annotations

import asyncio
import json
import random
import resource
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner

from conformance import reference
from conformance.clock import SystemClock
from conformance.commands.main import main
from conformance.interface import schema
from conformance.model import Response
from tests.bounded import MOST_MIB, ended
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

pytestmark = pytest.mark.heavy

# A run ends by the number of its requests. The times only keep a mistake from taking for ever, but for SLOW, where one has to pass.
LIMITS = {"requests": 200, "seconds": 120, "timeout": 60, "longestWait": 0.1, "longestPause": 0}
SLOW = {"requests": 32, "timeout": 1.5}
MADE_UP = {name: f"made-up-{name}" for name in ("a", "b", "expired", "limited", "wrong-audience")}
GZIPPED = OK + b"Content-Encoding: gzip\r\n"


@dataclass(frozen=True)
class Ended:
    """How a run ended: its exit code, what it printed, and its report, if it came to one."""

    code: int
    output: str
    report: dict[str, Any] | None

    def verdicts(self, requirement: str = "") -> list[dict[str, Any]]:
        assert self.report is not None, self.output
        return [verdict for verdict in self.report["verdicts"] if requirement in ("", verdict["requirement"])]

    def outcomes(self, requirement: str = "") -> set[str]:
        return {verdict["outcome"] for verdict in self.verdicts(requirement)}


@contextmanager
def beside(handler: Handler, *, tls: Any = None) -> Iterator[Server]:
    """The server on a thread of its own, since a command has the main thread's loop to itself."""
    loop = asyncio.new_event_loop()
    up, stop = threading.Event(), asyncio.Event()
    found: list[Server] = []

    async def serve() -> None:
        async with served(handler, tls=tls) as server:
            found.append(server)
            up.set()
            await stop.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),))
    thread.start()
    try:
        assert up.wait(60)
        yield found[0]
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join()
        loop.close()


def civil_once(handler: Handler) -> Handler:
    """Answers the first connection as it should and every later one with `handler`."""

    async def both(talk: Talk) -> None:
        polite = says(OK + b"Connection: close\r\nContent-Length: 2\r\n\r\n{}")
        await (polite if talk.server.connections == 1 else handler)(talk)

    return both


def run(folder: Path, url: str, *words: str, actors: Mapping[str, str] = MADE_UP, **limits: float) -> Ended:
    """`yance run` on a target, within small limits."""
    config, out = folder / "yance.toml", folder / "run"
    tokens = "".join(f'[actors.{name}]\ntoken = "{token}"\n' for name, token in actors.items())
    numbers = "".join(f"{name} = {value}\n" for name, value in {**LIMITS, **limits}.items())
    config.write_text(f'[target]\nurl = "{url}"\nsandbox = true\n{tokens}[limits]\n{numbers}')
    line = ["run", "transport", "--skip-preflight", "-c", str(config), "--out", str(out), *words]
    result = CliRunner().invoke(main, line)
    assert "Traceback" not in result.output
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    path = out / "report.json"
    ended = Ended(result.exit_code, result.output, json.loads(path.read_text()) if path.is_file() else None)
    if ended.report is not None:
        errors = [v["case"] + ": " + v["reason"]["en"] for v in ended.report["verdicts"] if v["outcome"] == "error"]
        assert errors == []
        assert (out / "report.html").is_file()
    return ended


# ------------------------------------------------------------------------------------- nobody to be tested: exit 4


def test_nobody_listens(tmp_path: Path) -> None:
    ended = run(tmp_path, f"http://127.0.0.1:{free_port()}/v1")
    assert (ended.code, ended.report) == (4, None)
    assert "(refused)" in ended.output


def test_a_certificate_of_its_own_making(tmp_path: Path) -> None:
    context, _, _ = self_signed(tmp_path)
    with beside(answers(b"{}"), tls=context) as server:
        ended = run(tmp_path, server.url)
    assert (ended.code, ended.report) == (4, None)
    assert "(tls)" in ended.output
    assert "tlsVerify" in ended.output  # the name under which yance.toml knows it


@pytest.mark.parametrize(
    ("handler", "kind"),
    [
        (hangs_up, "reset"),
        (resets_in_body, "reset"),
        (silent, "timeout"),
        (drips, "timeout"),
        (drips_header, "timeout"),
        (one_huge_header, "too-large-header"),
        (endless_headers, "too-large-header"),
        (says(b"\x00\x01\xfe\xff" * 100), "protocol"),
        (says(b"SSH-2.0-OpenSSH_9.6\r\n"), "protocol"),
    ],
)
def test_no_answer_at_the_root_ends_the_run_before_it_begins(tmp_path: Path, handler: Handler, kind: str) -> None:
    with beside(handler) as server:
        ended = run(tmp_path, server.url, **(SLOW if kind == "timeout" else {}))
    assert (ended.code, ended.report) == (4, None)
    assert f"({kind})" in ended.output
    assert ended.output.count("yance:") == 1
    assert not (tmp_path / "run" / "plan.json").exists()


# ------------------------------------------------------------------------------------- no answers after the first: exit 3


@pytest.mark.parametrize(
    ("handler", "kind"),
    [
        (hangs_up, "reset"),
        (resets_in_body, "reset"),
        (silent, "timeout"),
        (drips, "timeout"),
        (one_huge_header, "too-large-header"),
        (says(b"\x16\x03\x01\x02\x00garbage" * 10), "protocol"),
        (says(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{}"), "reset"),
    ],
)
def test_a_target_that_fails_later_is_inconclusive_and_says_why(tmp_path: Path, handler: Handler, kind: str) -> None:
    with beside(civil_once(handler)) as server:
        limits = SLOW if kind == "timeout" else {}
        ended = run(tmp_path, server.url, "--only", "COM-DOC-02", "--only", "COM-PAGE-01", "--only", "COM-ERR-06", **limits)
    assert ended.code == 3
    assert "fail" not in ended.outcomes()
    reasons = {verdict["reason"]["en"] for verdict in ended.verdicts() if verdict["outcome"] == "inconclusive"}
    assert any(kind in reason for reason in reasons), reasons


def test_a_body_that_its_coding_does_not_describe_is_an_answer_that_cannot_be_read(tmp_path: Path) -> None:
    with beside(says(GZIPPED + b"Content-Length: 2\r\n\r\n{}")) as server:
        ended = run(tmp_path, server.url, "--only", "COM-DOC-02", "--only", "COM-PAGE-01")
    assert ended.code == 1
    findings = [finding for verdict in ended.verdicts() for finding in verdict["findings"]]
    assert {finding["message"] for finding in findings} == {"coding"}
    assert all("not gzip" in finding["actual"] for finding in findings)


# ------------------------------------------------------------------------------------- too much


@pytest.mark.parametrize(
    "handler",
    [never_ends, answers(gzip_bomb(16), head=GZIPPED), answers(b"[" * 3_000_000)],
    ids=["endless", "bomb", "deep"],
)
def test_memory_is_bounded_whatever_a_body_holds(tmp_path: Path, handler: Handler) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with beside(civil_once(handler)) as server:
        ended = run(tmp_path, server.url, "--only", "COM-DOC-02", "--only", "COM-PAGE-01", requests=6)
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert ended.code in (1, 3)
    assert grown < 150 * 1024  # kilobytes: at most 2 MiB of an answer are kept, so 6 of them fit in many times over


# ------------------------------------------------------------------------------------- HTTP, but what it says is nonsense


@pytest.mark.parametrize("where", ["/v1/", "{other}/v1/stops", "//[bad"])
def test_a_redirect_is_judged_and_not_followed(tmp_path: Path, where: str) -> None:
    with beside(answers(b"{}")) as other:
        away = b"HTTP/1.1 307 Away\r\nLocation: %s\r\nContent-Length: 0\r\n\r\n" % where.format(other=other.url).encode()
        with beside(answers_raw(away)) as server:
            ended = run(tmp_path, server.url)
        assert other.asked == []
    assert ended.code == 1
    assert "pass" not in ended.outcomes("COM-DOC-02")


def test_next_links_and_locations_that_lead_elsewhere_are_not_followed(tmp_path: Path) -> None:
    with beside(answers(b"{}")) as other:
        page = {
            "items": [{"stopUid": "TPE1", "routeUid": "TPE1", "carParkUid": "TPE1", "stationUid": "TPE1", "reservationId": "1"}],
            "page": {"limit": 1, "nextCursor": "again"},
            "links": [{"rel": "next", "href": other.url + "/stops?cursor=again"}],
        }
        head = OK.replace(b"200 OK", b"201 Created") + b"Location: " + other.url.encode() + b"/stolen\r\n"
        for index, beginning in enumerate((OK, head)):
            folder = tmp_path / str(index)
            folder.mkdir()
            with beside(answers(json.dumps(page).encode(), head=beginning)) as server:
                assert run(folder, server.url).code == 1
        assert other.asked == []


NONSENSE = {
    "html": b"<!doctype html><title>It works!</title>",
    "nothing": b"",
    "null": b"null",
    "text": b'"items"',
    "cut": b'{"items":[{"stopUid":"TPE1"},',
    "not-a-number": b'{"items":[NaN],"page":{"limit":Infinity}}',
    "too-large-numbers": b'{"items":[{"versionId":1e999,"n":%s}],"page":{"limit":%s}}' % (b"9" * 400, b"9" * 5000),
    "deep": b"[" * 5000 + b"]" * 5000,
    "nested": b'{"items":[{"stopUid":' + b"[" * 300 + b"]" * 300 + b'}],"page":{"limit":1}}',
    "twice": b'{"items":[],"items":null}',
    "half-characters": b'{"items":["\\ud800"],"page":{"limit":50,"nextCursor":"\\ud800"},"links":[{"rel":"next","href":"\\ud800"}]}',
    "utf-16": '{"items":[]}'.encode("utf-16"),
    "big5": '{"title":"臺北"}'.encode("big5"),
    "other-types": b'{"items":[null,1,"x",[],{},true],"page":[],"meta":"x","links":[null,1,{"rel":"next","href":[]}]}',
    "no-urls": b'{"items":[{}],"page":{"limit":"x","nextCursor":"c"},"links":[{"rel":"next","href":"http://[bad"}]}',
    "never": b'{"items":[{"updateTime":"0001-01-01T00:00:00+08:00"}],"page":{"limit":1,"nextCursor":"c"},'
    b'"meta":{"srcUpdateTime":"0001-01-01T00:00:00+08:00","updateTime":"9999-12-31T23:59:59-08:00","updateInterval":1e308}}',
}


@pytest.mark.parametrize("opening", [b"[", b'{"a":', b'["]",', b'["\\"[",', b'[{"a":1},'])
def test_how_deep_a_document_may_be_is_the_same_everywhere(opening: bytes) -> None:
    def nested(levels: int) -> Response:
        closing = b"}" if opening.startswith(b"{") else b"]"
        return Response(200, (), opening * levels + b"1" + closing * levels)

    assert nested(199).is_json
    assert not nested(201).is_json
    assert schema.errors({"type": "null"}, nested(199).json)


@pytest.mark.parametrize("name", ["half-characters", "nested", "no-urls", "never"])
def test_nonsense_is_the_targets_failure_and_not_the_suites(tmp_path: Path, name: str) -> None:
    with beside(answers(NONSENSE[name])) as server:
        ended = run(tmp_path, server.url, requests=400)
    assert ended.code == 1
    assert "fail" in ended.outcomes("COM-DOC-02")


@pytest.mark.parametrize("step", [1, 4])
def test_nonsense_of_every_kind_in_turn(tmp_path: Path, step: int) -> None:
    said = [
        OK.replace(b"json", b"json; charset=big5") + b"Content-Length: %d\r\n\r\n" % len(body) + body
        for body in NONSENSE.values()
    ]
    with beside(answers_raw(*(said[index * step % len(said)] for index in range(1500)))) as server:
        ended = run(tmp_path, server.url, requests=400)
    assert ended.code == 1
    assert "fail" in ended.outcomes("COM-DOC-02")


@pytest.mark.parametrize(
    "body",
    [b"com." * 160_000, b"eyJ" * 200_000, b"/var/a" * 100_000],
    ids=["dotted", "token", "path"],
)
def test_a_long_error_is_judged(tmp_path: Path, body: bytes) -> None:
    """Were there a search in it whose time grows with the square of the body, this would not end in a day."""
    head = b"HTTP/1.1 400 No\r\nContent-Type: application/problem+json\r\n"
    with beside(answers(body, head=head)) as server:
        ended = run(tmp_path, server.url, "--only", "COM-ERR-03", "--only", "COM-ERR-01", requests=6)
    assert ended.code == 1


HEADERS = (
    b"Date: Fri, 31 Dec 9999 23:59:59 -1200",
    b'ETag: W/\xff"',
    b"Allow: ,,;",
    b"Cache-Control: max-age=99999999999999999999999, =,",
    b'RateLimit: "default";r=%s;t=\xc2\xb2' % (b"9" * 5000),
    b"RateLimit-Policy: ((",
    b"API-Version: 1.0.\xc2\xb2",
    b"WWW-Authenticate: ",
    b"Location: http://[bad",
    b'Link: <http://[bad>; rel="next", <>; rel',
    b"Access-Control-Allow-Origin: null, *",
    b"Content-Language: \xe8\x87\xba",
)


@pytest.mark.parametrize("status", [b"200 OK", b"201 Created", b"401 No"])
def test_header_fields_that_are_nonsense(tmp_path: Path, status: bytes) -> None:
    head = b"HTTP/1.1 %s\r\nContent-Type: application/json\r\n" % status + b"\r\n".join(HEADERS) + b"\r\n"
    with beside(answers(b'{"items":[]}', head=head)) as server:
        ended = run(tmp_path, server.url, requests=400)
    assert ended.code == 1


def test_http_1_0_without_a_length(tmp_path: Path) -> None:
    with beside(says(b"HTTP/1.0 200 OK\r\nContent-Type: application/json\r\n\r\n{}")) as server:
        ended = run(tmp_path, server.url)
    assert ended.code == 1


# ------------------------------------------------------------------------------------- too busy


@pytest.mark.parametrize("after", ["0", "2", "86400", "9" * 400, "-1", "soon", "Fri, 31 Dec 9999 23:59:59 GMT", None])
def test_a_server_that_is_always_busy_ends_the_run_in_its_time(
    tmp_path: Path, after: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    slept: list[float] = []

    async def at_once(_: SystemClock, seconds: float) -> None:
        slept.append(max(0.0, seconds))

    monkeypatch.setattr(SystemClock, "sleep", at_once)
    monkeypatch.setattr(SystemClock, "now", lambda _: 1.8e9 + sum(slept))
    retry = "" if after is None else f"Retry-After: {after}\r\n"
    busy = f"HTTP/1.1 429 Busy\r\n{retry}Content-Length: 0\r\n\r\n".encode()
    with beside(civil_once(answers_raw(busy))) as server:
        ended = run(tmp_path, server.url, "--only", "COM-PAGE-01", "--only", "COM-SORT-01", seconds=40, longestWait=30)
    assert sum(slept) <= 40
    assert ended.code in (1, 3)


# ------------------------------------------------------------------------------------- nearly right


SPOILS: tuple[Any, ...] = (
    *(
        None,
        True,
        -1,
        1e308,
        2**70,
        10**400,
        "",
        "\0",
        "\ud800",
        [],
        {},
        [None],
        {"a": None},
        "http://[bad",
        "//",
        "²",
        "-0",
        "%zz",
        "\n",
    ),
    *("9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+14:00", "2025-02-30T24:00:00Z", "x" * 3000, {"zh-Hant": 1}),
)


def places(node: Any, here: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to every value of a document, to the first few of each list."""
    yield here
    for key, member in node.items() if isinstance(node, dict) else enumerate(node[:6]) if isinstance(node, list) else ():
        yield from places(member, (*here, key))


def spoil(document: Any, chance: random.Random) -> Any:
    """The document with one value that nobody expects, or without one that everybody does."""
    way = chance.choice(list(places(document)))
    if not way:
        return chance.choice(SPOILS)
    node = document
    for key in way[:-1]:
        node = node[key]
    if chance.random() < 0.15:
        del node[way[-1]]
    else:
        node[way[-1]] = chance.choice(SPOILS)
    return document


def spoiling(chance: random.Random, share: float) -> Handler:
    """The reference server, with a share of its answers spoilt."""
    app = httpx.ASGITransport(reference.application("transport"), raise_app_exceptions=False)

    async def handler(talk: Talk) -> None:
        while asked := await talk.heard():
            head, _, body = asked.partition(b"\r\n\r\n")
            line, *fields = head.split(b"\r\n")
            method, target, _ = line.split(b" ", 2)
            url = httpx.URL("http://127.0.0.1").copy_with(raw_path=target)
            headers = [(name, value.strip()) for name, _, value in (one.partition(b":") for one in fields)]
            came = await app.handle_async_request(httpx.Request(method.decode(), url, headers=headers, content=body))
            content = await came.aread()
            if content and len(talk.server.asked) > 1 and chance.random() < share:
                content = json.dumps(spoil(json.loads(content), chance)).encode()
            kept = b"".join(b"%s: %s\r\n" % pair for pair in came.headers.raw if pair[0].lower() != b"content-length")
            length = b"" if came.status_code in (204, 304) else b"Content-Length: %d\r\n" % len(content)
            await talk.say(
                b"HTTP/1.1 %d It\r\n" % came.status_code + kept + length + b"\r\n", b"" if method == b"HEAD" else content
            )

    return handler


@pytest.mark.parametrize(("seed", "share"), [(1, 0.1), (2, 0.8)])
def test_whatever_stands_anywhere_in_an_answer_is_judged(tmp_path: Path, seed: int, share: float) -> None:
    with beside(spoiling(random.Random(seed), share)) as server:
        ended = run(tmp_path, server.url, requests=400, actors=reference.credentials("transport"))
    assert ended.code == 1


# ------------------------------------------------------------------------------------- much, in few bytes

CROWDED = {
    "members": lambda: b"{" + b",".join(b'"m%d":%d' % (index, index) for index in range(130_000)) + b"}",
    "objects": lambda: b'{"items":[{}' + b",{}" * 600_000 + b"]}",
    "objects that are read": lambda: b'{"items":[{}' + b",{}" * 45_000 + b"]}",
    "objects that are read, and an address": lambda: b'{"contact":"user@clinic.example","items":[{}' + b",{}" * 45_000 + b"]}",
    "addresses": lambda: json.dumps({"items": [f"user{index}@clinic.example" for index in range(60_000)]}).encode(),
    "escapes": lambda: b'{"items":["' + b"\\u0041" * 330_000 + b'"]}',
    "octets": lambda: b'{"items":["' + b"%25" * 660_000 + b'"]}',
    "references": lambda: b'{"items":["' + b"&#65;" * 390_000 + b'"]}',
    "runs": lambda: b'{"items":["' + b"QUFB" * 490_000 + b'"]}',
    "lines": lambda: (b"A" * 16 + b"\n") * 120_000,
    "echoes": lambda: b'{"items":["' + b"made-up-limited " * 120_000 + b'"]}',
    "half-open": lambda: b'{"a":' * 400_000,
}


ALWAYS = ("objects that are read, and an address",)  # read and redacted; the others are slow


@pytest.mark.parametrize("name", [name if name in ALWAYS else pytest.param(name, marks=pytest.mark.slow) for name in CROWDED])
def test_memory_is_bounded_however_much_stands_in_a_body(tmp_path: Path, name: str) -> None:
    """The whole command in a process of its own. What it may have is less than what one of these bodies once took."""
    with beside(civil_once(answers(CROWDED[name]()))) as server:
        config = tmp_path / "yance.toml"
        config.write_text(
            f'[target]\nurl = "{server.url}"\n[actors.a]\ntoken = "made-up-limited"\n[limits]\nrequests = 12\nlongestWait = 0.1\n'
        )
        only = ("--only", "COM-DOC-02", "--only", "COM-PAGE-01")
        words = ("run", "transport", "--skip-preflight", "-c", config, "--out", tmp_path / "run", *only)
        code, said, mebibytes = ended(*words)
    assert code in (1, 3), said
    assert "Traceback" not in said
    assert mebibytes < MOST_MIB
    report = json.loads((tmp_path / "run" / "report.json").read_text())
    assert "error" not in {verdict["outcome"] for verdict in report["verdicts"]}
