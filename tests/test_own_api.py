"""The guide "Test your own API": every step is taken as the page has it, from the published document to a report that verifies."""

from __future__ import annotations

import json
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from conformance.commands.main import main
from tests.test_documentation import DOCS, ROOT, holds, steps

PAGES = {"own-api.md": "en", "own-api.zh-Hant.md": "zh-Hant"}


@pytest.fixture
def port() -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        free = str(probe.getsockname()[1])
    command = [sys.executable, str(ROOT / "cli.py"), "serve", "library", "--port", free]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env={"PYTHONUNBUFFERED": "1", "LC_ALL": "C.UTF-8"}
    ) as process:
        assert process.stdout is not None
        assert "serving on" in process.stdout.readline()
        yield free
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=30)


def settings(page: str) -> str:
    found = re.search(r"^```toml\n(.*?)^```", (DOCS / page).read_text("utf-8"), re.MULTILINE | re.DOTALL)
    assert found is not None
    return found[1]


def test_the_guide_takes_the_same_steps_in_both_languages() -> None:
    english, chinese = ([step.words for step in steps(page)] for page in PAGES)
    assert english == chinese
    assert len(english) == 9
    assert len({settings(page) for page in PAGES}) == 1


@pytest.mark.slow
@pytest.mark.parametrize("page", PAGES)
def test_every_step_of_the_guide_is_taken(page: str, port: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("YANCE_LANG", PAGES[page])
    monkeypatch.setenv("YANCE_KEY_PASSWORD", "a password of the test")
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    for step in steps(page):
        if step.words[1] == "serve":
            continue
        if step.words[1] == "preflight":
            (tmp_path / "books" / "books.toml").write_text(settings(page).replace("8731", port))
        done = CliRunner().invoke(main, list(step.words[1:]))
        assert done.exit_code == 0, f"{' '.join(step.words)}\n{done.output}"
        assert holds(step.printed, done.output), f"{' '.join(step.words)} printed\n{done.output}"
    report = json.loads((tmp_path / "runs" / "first" / "report.json").read_text())
    assert report["conformant"] is True
    said_more(tmp_path / "books" / "specs" / "books" / "1.0.0")
    plan = [
        sys.executable,
        str(ROOT / "cli.py"),
        "plan",
        "books",
        "--data",
        "books",
        "--json",
    ]  # what was read in this process is kept
    planned = subprocess.run(plan, capture_output=True, text=True, check=False)
    assert planned.returncode == 0, planned.stderr
    assert "filters_keep_exactly_what_they_say" in planned.stdout


def said_more(folder: Path) -> None:
    """Section 5 of the page: the comment on `genre`, and the row on filters, count from now on."""
    overlay, rows = folder / "overlay.yaml", folder / "requirements.yaml"
    overlay.write_text(re.sub(r"^# (  .*)$", r"\1", overlay.read_text(), flags=re.MULTILINE))
    lines = rows.read_text().splitlines()
    last = next(nth for nth, line in enumerate(lines) if "check: filters_keep_exactly_what_they_say" in line)
    first = max(nth for nth, line in enumerate(lines[:last]) if line.startswith("#   - id:"))
    end = next(nth for nth in range(last, len(lines)) if nth + 1 == len(lines) or not lines[nth + 1].startswith("#   "))
    lines[first : end + 1] = [line.removeprefix("# ") for line in lines[first : end + 1]]
    rows.write_text("\n".join(lines) + "\n")
