"""The suite as tests of a project: one item for each case, with the verdicts of the command."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from conformance.commands.main import main

pytest_plugins = ["pytester"]
pytestmark = pytest.mark.heavy

APPS = """
from conformance import reference
right = reference.application("transport")
wrong = reference.application("transport", fault="DropsLastItemOfFullPage")
"""
OPEN = ("--yance", "transport", "--yance-profile", "open-data", "-p", "no:cacheprovider", "-p", "no:randomly", "-q")


@pytest.fixture
def project(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """A project with two applications and a test of its own."""
    monkeypatch.delenv("PYTEST_XDIST_WORKER", raising=False)
    monkeypatch.delenv("PYTEST_XDIST_TESTRUNUID", raising=False)
    pytester.makepyfile(apps=APPS, test_own="def test_own():\n    assert True\n")
    return pytester


def test_cases_are_items_beside_the_projects_own(project: pytest.Pytester) -> None:
    done = project.runpytest_subprocess(*OPEN, "--yance-app", "apps:right", "-k", "COM-PAGE-01 or test_own", "-vv")
    counts = done.parseoutcomes()
    assert (done.ret, counts.get("failed", 0)) == (0, 0)
    done.stdout.fnmatch_lines(["*collected * items / * deselected / 8 selected"])
    done.stdout.fnmatch_lines(["*COM-PAGE-01/listStops PASSED*"])
    done.stdout.fnmatch_lines(["*test_own.py::test_own PASSED*"])


@pytest.mark.slow
def test_a_case_that_fails_says_what_was_expected_and_what_came(project: pytest.Pytester) -> None:
    done = project.runpytest_subprocess(*OPEN, "--yance-app", "apps:wrong", "-k", "COM-PAGE-01 or COM-DOC-03")
    assert done.ret == 1
    done.stdout.fnmatch_lines(["COM-PAGE-01/listStops", "fail: a traversal lacks items*COM-PAGE-01/listStops#*"])
    assert "Traceback" not in done.stdout.str()
    assert done.parseoutcomes()["passed"] >= 1


@pytest.mark.slow
def test_the_verdicts_are_those_of_the_command(project: pytest.Pytester) -> None:
    done = project.runpytest_subprocess(*OPEN, "--yance-app", "apps:wrong", "-rA")
    run = Path(project.path) / ".pytest_cache" / "yance" / "run" / "report.json"
    own = {one["case"]: one["outcome"] for one in json.loads(run.read_text())["verdicts"]}
    out = project.path / "demo"
    CliRunner().invoke(
        main, ["demo", "transport", "--profile", "open-data", "--fault", "DropsLastItemOfFullPage", "--out", str(out)]
    )
    assert own == {one["case"]: one["outcome"] for one in json.loads((out / "report.json").read_text())["verdicts"]}
    failed = {line.split("::")[1].split(" ")[0] for line in done.outlines if line.startswith("FAILED yance::")}
    assert failed == {case for case, outcome in own.items() if outcome in ("fail", "inconclusive")}


@pytest.mark.slow
def test_workers_of_xdist_share_one_run(project: pytest.Pytester) -> None:
    done = project.runpytest_subprocess(*OPEN, "--yance-app", "apps:right", "-k", "COM-PAGE-01", "-n", "2")
    assert done.ret == 0
    runs = [one for one in (Path(project.path) / ".pytest_cache" / "yance").iterdir() if one.is_dir()]
    assert len(runs) == 1


def test_without_the_option_nothing_is_added(project: pytest.Pytester) -> None:
    done = project.runpytest_subprocess("-q")
    assert done.parseoutcomes() == {"passed": 1}


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--yance", "transprt", "--yance-url", "http://127.0.0.1:9/v1"), "did you mean 'transport'"),
        (("--yance", "transport"), "there is no target"),
        (("--yance", "transport", "--yance-app", "apps:nowhere"), "there is no such application"),
        (("--yance", "transport", "--yance-app", "apps"), "module:name"),
        (("--yance", "transport", "--yance-app", "apps:right", "--yance-profile", "ful"), "did you mean 'full'"),
    ],
)
def test_words_that_are_wrong_are_said_once(project: pytest.Pytester, words: tuple[str, ...], says: str) -> None:
    done = project.runpytest_subprocess(*words)
    said = done.stderr.str() + done.stdout.str()
    assert (done.ret, said.count("yance: "), says in said) == (4, 1, True), said


@pytest.mark.slow
def test_a_target_that_is_not_there_ends_the_session(project: pytest.Pytester) -> None:
    done = project.runpytest_subprocess(*OPEN, "--yance-url", "http://127.0.0.1:9/v1", "-k", "COM-PAGE-01")
    assert done.ret == 4
    assert "start the server" in done.stdout.str() + done.stderr.str()
