"""Runs that are killed, and two processes in one folder: nothing that was recorded is lost, and nobody's evidence is another's."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import uvicorn

from conformance import reference
from conformance.commands.loopback import uvicorn_server
from conformance.evidence import Footer, read_evidence
from conformance.evidence.reader import lines

ROOT = Path(__file__).parents[1]
ONLY = ["--skip-preflight", "--profile", "open-data", "--only", "COM-PAGE-07", "--only", "TRN-018", "--only", "COM-PAGE-01"]
Told = Callable[[int], None]


@contextmanager
def served(told: Told) -> Iterator[str]:
    """The reference server, which says before each answer which request it is."""
    app, lock, count = reference.application("transport"), threading.Lock(), 0

    async def counted(scope: Any, receive: Any, send: Any) -> None:
        nonlocal count
        if scope["type"] == "http":
            with lock:
                count += 1
            told(count)
        await app(scope, receive, send)

    _, bound, url = uvicorn_server("transport")
    server = uvicorn.Server(uvicorn.Config(counted, log_level="critical", lifespan="off", access_log=False))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]}, daemon=True)
    thread.start()
    try:
        yield url
    finally:
        server.should_exit = server.force_exit = True  # a client that was killed leaves connections that nobody closes
        thread.join(10)
        bound.close()


def yance(*words: object) -> list[str]:
    return [sys.executable, str(ROOT / "cli.py"), *map(str, words)]


def kept(folder: Path) -> list[bytes]:
    path = folder / "evidence.ndjson.zst"
    return list(lines(path, partial=True)) if path.exists() else []


def verdicts(folder: Path) -> dict[str, str]:
    report = json.loads((folder / "report.json").read_text())
    return {verdict["case"]: verdict["outcome"] for verdict in report["verdicts"]}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, str], int]:
    """The verdicts of a run that nobody disturbs, and how many requests it sends."""
    folder, seen = tmp_path_factory.mktemp("whole") / "run", []
    with served(seen.append) as url:
        subprocess.run(yance("run", "transport", url, *ONLY, "--out", folder), capture_output=True, check=False)
    return verdicts(folder), len(seen)


@pytest.mark.slow
@pytest.mark.parametrize("moment", range(1, 41))
def test_a_run_that_is_killed_loses_no_recorded_line(tmp_path: Path, whole: tuple[dict[str, str], int], moment: int) -> None:
    """Killed at the n-th request, n over the whole run; what lies on the disk then stands, and the resumed run comes to the same."""
    expected, requests = whole
    folder, running = tmp_path / "run", list[subprocess.Popen[bytes]]()
    at = max(1, requests * moment // 40)
    started = threading.Event()

    def told(number: int) -> None:
        if number == at:
            started.wait()
            os.kill(running[0].pid, signal.SIGKILL)

    with served(told) as url:
        words = ("run", "transport", url, *ONLY, "--out", folder)
        with subprocess.Popen(yance(*words), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
            running.append(process)
            started.set()
            assert process.wait() == -signal.SIGKILL
        before = kept(folder)
        again = [*words, "--resume"] if before else [*words[:-1], tmp_path / "anew"]
        done = subprocess.run(yance(*again), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    if not before:  # killed before anything was recorded: there is nothing to resume, and nothing lost
        assert not (folder / "report.json").exists()
        return
    after = kept(folder)
    assert after[: len(before)] == before
    assert isinstance(list(read_evidence(folder / "evidence.ndjson.zst"))[-1], Footer)
    assert verdicts(folder) == expected
    assert not [path for path in folder.iterdir() if path.name.endswith((".part", ".resumed"))]


@pytest.mark.slow
@pytest.mark.parametrize("words", [["--resume"], []], ids=["resumed", "begun anew"])
@pytest.mark.parametrize("share", [0.2, 0.5, 0.8])
def test_a_second_process_beside_a_live_run_is_told_and_the_first_loses_nothing(
    tmp_path: Path, whole: tuple[dict[str, str], int], words: list[str], share: float
) -> None:
    expected, requests = whole
    folder, told_off = tmp_path / "run", list[subprocess.CompletedProcess[str]]()
    at = max(2, int(requests * share))
    where: list[str] = []
    patient = (
        tmp_path / "yance.toml"
    )  # the target answers nobody until the second process has ended, however long that takes here

    def told(number: int) -> None:
        if number == at:  # the first run waits for this answer meanwhile
            line = yance("run", "transport", where[0], *ONLY, "-c", patient, "--out", folder, *words)
            told_off.append(subprocess.run(line, capture_output=True, text=True, check=False))

    with served(told) as url:
        where.append(url)
        patient.write_text(f'[target]\nurl = "{url}"\n[limits]\ntimeout = 600\n')
        line = yance("run", "transport", url, *ONLY, "-c", patient, "--out", folder)
        done = subprocess.run(line, capture_output=True, text=True, check=False)
    (second,) = told_off
    assert second.returncode == 2
    assert "another process is at work in this folder" in second.stderr
    assert done.returncode == 0, done.stderr
    assert verdicts(folder) == expected
    assert isinstance(list(read_evidence(folder / "evidence.ndjson.zst"))[-1], Footer)
