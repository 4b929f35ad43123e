"""`--watch`: a run again on Enter, or when the target is another build."""

from __future__ import annotations

import asyncio
import queue
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from conformance.clock import VirtualClock
from conformance.commands import watching
from conformance.commands.front import Front, front_of
from conformance.commands.loopback import reference_server
from conformance.commands.main import main
from conformance.model import Ixit
from conformance.vendor.building import Build, look
from conformance.wire import in_process

TARGET = Ixit("http://target.example/v1")


class Server:
    """A landing page that shows the time, and an API description with a version; down, or behind a gateway, if a test wants."""

    def __init__(self) -> None:
        self.version, self.status, self.asked = "1.0.0", 200, 0

    async def landing(self, _: Request) -> Response:
        self.asked += 1
        return JSONResponse({"time": self.asked}, self.status, headers={"X-Build": self.version})

    async def document(self, _: Request) -> Response:
        return JSONResponse({"openapi": "3.1.0", "info": {"version": self.version}}, self.status)

    def look(self) -> Build:
        routes = [Route("/v1/", self.landing), Route("/v1/openapi.json", self.document)]
        return asyncio.run(look(TARGET, clock=VirtualClock(0), transport=in_process(Starlette(routes=routes))))


def test_another_version_is_another_build_and_another_time_is_not() -> None:
    server = Server()
    known = server.look().steady(server.look())
    assert "/ body" not in known.seen
    assert not known.differs(server.look())
    server.version = "1.0.1"
    assert known.differs(server.look())


def test_a_target_that_was_away_is_another_build_when_it_is_back() -> None:
    server = Server()
    known = server.look().steady(server.look())
    server.status = 503
    away = server.look()
    assert away == Build({})
    assert not known.differs(away)
    server.status = 200
    assert away.differs(server.look())


def yance(*words: object, typed: str) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words], input=typed, env={"LANG": "C.UTF-8"})


@pytest.mark.heavy
def test_enter_tests_again_and_q_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with reference_server("transport") as target:
        words = ("run", target.url, "--profile", "open-data", "--only", "COM-PAGE-07", "--skip-preflight", "--watch")
        result = yance(*words, typed="\nq\n\n")
    assert result.exit_code == 0, result.output
    runs = [path for path in (tmp_path / "runs").iterdir() if not path.is_symlink()]
    assert [(path / "report.json").exists() for path in runs] == [True, True]
    assert result.output.count("Enter tests again") == 2


def test_what_is_wrong_with_one_run_does_not_end_the_watch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "yance.toml").write_text('[target]\nurl = "http://127.0.0.1:9/v1"\nprofil = "x"\n')
    result = yance("run", "--watch", typed="\nq\n")
    assert result.exit_code == 2
    assert result.output.count("did you mean 'profile'") == 2


def test_the_watch_goes_on_when_the_target_is_another_build(monkeypatch: pytest.MonkeyPatch) -> None:
    looks = iter(
        [Build({"v": "1", "t": "1"}), Build({"v": "1", "t": "2"}), Build({"v": "1", "t": "3"}), Build({"v": "2", "t": "4"})]
    )

    async def seen(_: Ixit) -> Build:
        return next(looks)

    monkeypatch.setattr(watching, "look", seen)
    monkeypatch.setattr(watching, "POLL", 0.001)
    front: Front = front_of("en", as_json=False, data=())
    words: dict[str, Any] = dict.fromkeys(("domain", "config", "profile", "version")) | {"url": TARGET.base_url}
    assert watching._again(front, words, queue.Queue()) is True
    assert list(looks) == [], "all were looked at, and the time was no reason"


@pytest.mark.parametrize("more", [("--json",), ("--resume",), ("--out", "x"), ("--purpose", "certification")])
def test_what_cannot_be_watched_is_refused(more: tuple[str, ...]) -> None:
    result = yance("run", "http://127.0.0.1:9/v1", "--watch", *more, typed="")
    assert (result.exit_code, "--watch is for self-tests" in result.output) == (2, True)
