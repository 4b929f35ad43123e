"""The command line as a shell and a CI runner meet it: a process of its own, signals, closed pipes, a terminal, resumption."""

from __future__ import annotations

import json
import os
import pty
import re
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from conformance.commands.live import Rate
from conformance.commands.loopback import Target, reference_server

YANCE = """
import signal
from conformance.commands.main import main
signal.signal(signal.SIGINT, signal.default_int_handler)  # a background job would ignore it
main()
"""
pytestmark = pytest.mark.heavy
READING = ["--profile", "open-data", "--only", "COM-PAGE-01", "--only", "COM-PAGE-02"]


@pytest.fixture(scope="module")
def target() -> Iterator[Target]:
    with reference_server("transport") as running:
        yield running


def words(*arguments: object) -> list[str]:
    return [sys.executable, "-c", YANCE, *map(str, arguments)]


def environment(**more: str) -> dict[str, str]:
    return {**os.environ, "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8", **more}


def begun(*arguments: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        words(*arguments),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(),
    )


def answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/v1/", timeout=60):
            return True
    except OSError:
        return False


def verdicts(folder: Path) -> object:
    report = json.loads((folder / "report.json").read_text())
    return [(one["case"], one["outcome"], one["witnesses"]) for one in report["verdicts"]]


@pytest.mark.parametrize(("sign", "code"), [pytest.param(signal.SIGINT, 130, marks=pytest.mark.slow), (signal.SIGTERM, 143)])
def test_a_run_that_was_stopped_keeps_what_it_has_and_goes_on(
    target: Target, tmp_path: Path, sign: signal.Signals, code: int
) -> None:
    config, out, whole = tmp_path / "yance.toml", tmp_path / "run", tmp_path / "whole"
    config.write_text(f'[target]\nurl = "{target.url}"\n[limits]\nrate = 20\n')  # so that it can be stopped
    running = begun("run", "-c", config, *READING, "--out", out)
    assert running.stderr is not None
    while "cases" not in (line := running.stderr.readline()):
        assert line, "the run ended before it could be stopped"
    running.send_signal(sign)
    _, said = running.communicate(timeout=60)
    assert running.returncode == code
    assert "--resume" in said
    assert "Traceback" not in said
    assert not (out / "report.json").exists()

    config.write_text(f'[target]\nurl = "{target.url}"\n')
    resumed = subprocess.run(
        words("run", "-c", config, *READING, "--out", out, "--resume"),
        capture_output=True,
        check=False,
        text=True,
        env=environment(),
    )
    straight = subprocess.run(
        words("run", "-c", config, *READING, "--out", whole), capture_output=True, check=False, text=True, env=environment()
    )
    assert resumed.returncode == straight.returncode != 2, resumed.stderr
    assert verdicts(out) == verdicts(whole)


def test_a_reader_that_goes_away_changes_no_exit_code(tmp_path: Path) -> None:
    for arguments in (["plan", "transport", "--profile", "open-data"], ["explain", "COM-PAGE-01"], ["serve", "--list", "--json"]):
        process = begun(*arguments)
        assert process.stdout is not None
        process.stdout.close()
        assert process.stderr is not None
        said = process.stderr.read()
        assert process.wait(60) == 0, said
        assert "Traceback" not in said


def test_json_alone_is_on_standard_output(target: Target, tmp_path: Path) -> None:
    done = subprocess.run(
        words("run", "transport", target.url, *READING, "--out", tmp_path / "run", "--json"),
        capture_output=True,
        check=False,
        text=True,
        env=environment(),
    )
    assert json.loads(done.stdout)["failed"] == []
    assert done.stderr == ""


def test_without_a_terminal_no_password_is_asked_for(tmp_path: Path) -> None:
    env = environment()
    env.pop("YANCE_KEY_PASSWORD", None)
    done = subprocess.run(
        words("key", "new", tmp_path / "k.pem"),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
        text=True,
        env=env,
        start_new_session=True,
    )
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "YANCE_KEY_PASSWORD" in done.stderr


@pytest.mark.parametrize(("kind", "live"), [("xterm", True), ("dumb", False)])
def test_a_terminal_shows_a_bar_and_a_dumb_one_lines(target: Target, tmp_path: Path, kind: str, live: bool) -> None:
    config = tmp_path / "yance.toml"
    config.write_text(f'[target]\nurl = "{target.url}"\n[limits]\nrate = 200\n')
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        words("run", "-c", config, *READING, "--out", tmp_path / "run"),
        stdout=subprocess.DEVNULL,
        stderr=theirs,
        env=environment(TERM=kind, COLUMNS="60"),
    )
    os.close(theirs)
    shown = b""
    try:
        while chunk := os.read(ours, 65536):
            shown += chunk
    except OSError:  # the other end was closed
        pass
    os.close(ours)
    assert process.wait(60) != 2
    text = shown.decode("utf-8", "replace")
    assert ("requests/s" in text) == live
    assert ("requests, " in text) != live


def test_the_rate_is_that_of_late() -> None:
    rate = Rate(window=3)
    assert rate.now(0, 0) == 0
    assert rate.now(1, 100) == 100
    assert rate.now(3, 300) == 100
    assert rate.now(6, 300) == 0, "nothing was sent in the last three seconds"
    assert rate.now(7, 340) == pytest.approx(40, abs=30)


def test_an_interrupted_server_has_done_what_it_should() -> None:
    process = begun("serve", "transport", "--port", 0, "--latency", 40)
    assert process.stdout is not None
    said = process.stdout.readline()
    port = re.search(r"http://127\.0\.0\.1:(\d+)", said)
    assert port, said
    while not answers(int(port[1])):
        assert process.poll() is None
    before = time.monotonic()
    assert answers(int(port[1]))
    assert time.monotonic() - before >= 0.04, "it is as far away as it was told to be"
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 0, said


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="looks for children in /proc")
def test_an_interrupted_sweep_waits_for_none_of_its_workers() -> None:
    process = begun("adequacy", "transport", "--workers", 1)
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    while not (found := children.read_text().split()):
        assert process.poll() is None
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130, said
    ends = time.monotonic() + 60  # one that was killed is there until the system has cleared it away
    while any(Path(f"/proc/{child}").exists() for child in found):
        assert time.monotonic() < ends
        time.sleep(0.05)


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="looks for children in /proc")
def test_a_sweep_whose_worker_is_killed_says_so_in_one_line() -> None:
    process = begun("adequacy", "transport", "--workers", 1)
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    while not (found := children.read_text().split()):
        assert process.poll() is None
        time.sleep(0.05)
    os.kill(int(found[0]), signal.SIGKILL)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 5
    assert said.count("\n") == 1
    assert "a worker of the sweep was ended from outside" in said
