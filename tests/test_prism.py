"""A server that nobody here wrote: Prism mocks the transport interface from our own document, and the suite says what is wrong.

A mock answers every question with an example, so it is right about shapes and wrong about everything that needs a memory or a
thought. Every requirement in FAILS was gone through by hand: Prism does violate it. Another one in the report is either a check
that fails for nothing, or a new requirement to go through.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from conformance.commands.main import main
from conformance.load import data_folders
from conformance.load.interfaces import read_interface
from tests.hostile import free_port

pytestmark = pytest.mark.slow

PINNED = Path(__file__).parent / "prism"
ACTORS = ("a", "b", "expired", "wrong-audience", "limited")
LIMITS = "requests = 6000\nseconds = 90\nlongestPause = 1\n"  # a mock has no clock to wait for

# What fails on Prism 5, and why that is right.
FAILS = {
    "COM-DOC-02": "malformed JSON is answered with application/json of Prism's own",
    "COM-ERR-01": "a 400 or 422 is answered with the problem of a 404, status and all",
    "COM-ERR-02": "no refusal names a parameter or a pointer in errors[]",
    "COM-ERR-04": "no 405 has an Allow header",
    "COM-ERR-05": "unknown query parameters are ignored",
    "COM-ERR-06": "an empty parameter value passes, whatever its schema",
    "COM-AUTH-02": "any token will do",
    "COM-AUTH-03": "any scope will do",
    "COM-TEN-01": "every tenant sees the one reservation",
    "COM-TEN-02": "a tag or key of another tenant opens that reservation",
    "COM-PAGE-01": "the next page is the first page again, without end",
    "COM-PAGE-02": "limit=1 gives two items",
    "COM-PAGE-04": "the next link leads to the host of the example",
    "COM-PAGE-05": "an empty limit is taken for none",
    "COM-PAGE-06": "any cursor will do",
    "COM-FILT-01": "filters are ignored",
    "COM-FILT-04": "filters that match nothing give the same items",
    "COM-SORT-01": "the second page begins before the first one ends",
    "COM-COND-02": "no If-Match is 422, and a stale one 200",
    "COM-COND-03": "the present tag is never answered 304",
    "COM-IDEM-02": "a key with another body creates again",
    "COM-CONS-01": "what is created is not what was sent",
    "COM-CONS-02": "reading an item alone gives another one",
    "COM-TIME-03": "data of last year do not say that they are stale",
    "COM-GEO-02": "bbox is ignored",
    "COM-ENC-01": "the note comes back as the example's",
    "COM-VER-01": "Prism's own 404 and 405 state no version",
    "COM-CACHE-01": "a tenant's data are public for 30 seconds",
    "TRN-001": "identifiers occur on every page again",
    "TRN-004": "every stopUid leads to the same stop, under another name",
    "TRN-007": "direction is ignored",
    "TRN-008": "the arrivals of the example belong to no listed stop",
    "TRN-017": "arrivals are given without stopUid and routeUid",
    "TRN-021": "hasAvailability is ignored",
    "TRN-023": "observations are as old as the example",
    "TRN-026": "minPowerKw is ignored",
    "TRN-027": "a reservation may end before it starts",
    "TRN-028": "four parallel reservations of one connector succeed",
    "TRN-029": "no reservation lowers the available spaces",
    "TRN-030": "overlapping reservations of one connector succeed",
    "TRN-031": "every move is allowed",
    "TRN-032": "updatedAt goes back",
    "TRN-034": "everybody may read who holds it",
    "TRN-035": "every reservation costs the same",
}
SURELY = {"COM-AUTH-02", "COM-ERR-05", "COM-FILT-01", "COM-PAGE-01", "COM-PAGE-02", "COM-TEN-01", "TRN-027", "TRN-028", "TRN-031"}
RIGHT = {
    "COM-AUTH-01",
    "COM-DOC-01",
    "COM-DOC-03",
    "COM-GEO-01",
    "COM-I18N-01",
    "COM-LIC-01",
    "TRN-002",
    "TRN-024",
}


@dataclass(frozen=True)
class Outcome:
    """The run of the module: how it ended, and where its files are."""

    result: Result
    folder: Path

    @property
    def report(self) -> dict[str, Any]:
        return json.loads((self.folder / "report.json").read_text())

    def outcomes(self) -> dict[str, str]:
        return {row["id"]: row["outcome"] for row in self.report["requirements"]}


def yance(*words: object) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])


@pytest.fixture(scope="module")
def prism(request: pytest.FixtureRequest) -> Path:
    """Prism's command, installed once per lock file."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        pytest.skip("needs node and npm, to install Prism")
    lock = (PINNED / "package-lock.json").read_bytes()
    home = Path(request.config.cache.mkdir(f"prism-{hashlib.sha256(lock).hexdigest()[:12]}"))
    command = home / "node_modules" / ".bin" / "prism"
    if not command.exists():
        for name in ("package.json", "package-lock.json"):
            shutil.copy(PINNED / name, home)
        words = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
        try:
            subprocess.run(words, cwd=home, check=True, capture_output=True, timeout=300, text=True)
        except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
            shutil.rmtree(home / "node_modules", ignore_errors=True)
            said = (error.stderr or "").strip() if isinstance(error.stderr, str) else ""
            pytest.skip(f"Prism could not be installed with npm: {said[-300:] or error}")
    return command


@pytest.fixture(scope="module")
def url(prism: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Prism, mocking our document. It serves paths as they are written, so they are written with the version."""
    folder = tmp_path_factory.mktemp("prism")
    source = data_folders().find("specs", "transport", "1.0.0", "openapi.yaml")
    assert source is not None
    document = read_interface(source).content
    document["paths"] = {"/v1" + path: item for path, item in document["paths"].items()}
    file, log, port = folder / "openapi.json", folder / "log", free_port()
    file.write_text(json.dumps(document, ensure_ascii=False))
    with log.open("wb") as out:
        words = [str(prism), "mock", "--host", "127.0.0.1", "--port", str(port), "--verboseLevel", "fatal", str(file)]
        process = subprocess.Popen(words, stdout=out, stderr=subprocess.STDOUT)
        try:
            base = f"http://127.0.0.1:{port}/v1"
            if not answers_within(base + "/", process, seconds=60):
                pytest.skip(f"Prism did not start: {log.read_text()[-300:]}")
            yield base
        finally:
            process.terminate()
            process.wait(10)


def answers_within(url: str, process: subprocess.Popen[bytes], *, seconds: float) -> bool:
    """Whether there is an answer before the time is over or the process ends."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            process.wait(0.2)
        except subprocess.TimeoutExpired:
            try:
                with urllib.request.urlopen(url, timeout=5):
                    return True
            except (urllib.error.URLError, OSError):
                continue
        else:
            return False
    return False


@pytest.fixture(scope="module")
def tested(url: str, tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    """One run of the full profile on Prism, writes included."""
    folder = tmp_path_factory.mktemp("tested")
    actors = "".join(f'[actors.{name}]\ntoken = "made-up-token-{name}"\n' for name in ACTORS)
    (folder / "yance.toml").write_text(f'[target]\nurl = "{url}"\nsandbox = true\n{actors}[limits]\n{LIMITS}')
    result = yance("run", "transport", "-c", folder / "yance.toml", "--profile", "full", "--out", folder / "run")
    return Outcome(result, folder / "run")


def test_a_mock_does_not_conform(tested: Outcome) -> None:
    assert tested.result.exit_code == 1, tested.result.output
    assert "Traceback" not in tested.result.output
    assert tested.report["result"] == "FAILED"
    assert tested.report["counts"]["error"] == 0


def test_what_a_mock_cannot_do_fails(tested: Outcome) -> None:
    outcomes = tested.outcomes()
    assert {name: outcomes[name] for name in SURELY} == dict.fromkeys(SURELY, "fail")


def test_what_a_mock_does_right_passes(tested: Outcome) -> None:
    outcomes = tested.outcomes()
    assert {name: outcomes[name] for name in RIGHT} == dict.fromkeys(RIGHT, "pass")


def test_nothing_fails_that_was_not_found_to_be_wrong_by_hand(tested: Outcome) -> None:
    failed = {name for name, outcome in tested.outcomes().items() if outcome == "fail"}
    assert failed - FAILS.keys() == set()


def test_the_report_is_verifiable(tested: Outcome, tmp_path: Path) -> None:
    assert "byte for byte" in yance("judge", tested.folder).output
    assert yance("key", "new", tmp_path / "k.pem", "--no-password").exit_code == 0
    assert yance("sign", tested.folder, "--key", tmp_path / "k.pem").exit_code == 0
    verified = yance("verify", tested.folder, "--key", tmp_path / "k.pub.pem")
    assert verified.exit_code == 0, verified.output
