"""Where a run lies, and a part of a profile asked again: folders, `--force`, `--only`, `--class`, `--failed`."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from conformance.commands.loopback import Target, reference_server
from conformance.commands.main import main

Yance = Callable[..., Result]
ONE = ("--profile", "open-data", "--only", "COM-PAGE-01")


@pytest.fixture(scope="module")
def right() -> Iterator[Target]:
    with reference_server("transport") as served:
        yield served


@pytest.fixture(scope="module")
def wrong() -> Iterator[Target]:
    with reference_server("transport", fault="DropsLastItemOfFullPage") as served:
        yield served


@pytest.fixture
def yance(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Yance:
    monkeypatch.chdir(tmp_path)
    return lambda *words: CliRunner().invoke(main, [str(word) for word in words])


def asked(folder: Path) -> set[str]:
    return {one["requirement"] for one in json.loads((folder / "report.json").read_text())["verdicts"]}


@pytest.mark.heavy
def test_a_run_without_a_folder_gets_a_dated_one_and_latest_leads_to_it(yance: Yance, right: Target, tmp_path: Path) -> None:
    assert yance("run", right.url, *ONE).exit_code == 0
    first = (tmp_path / "runs" / "latest").resolve()
    assert re.fullmatch(r"\d{8}-\d{6}-transport-open-data", first.name)
    assert yance("judge", "runs/latest").exit_code == 3, "the report of a part stays incomplete"
    assert yance("run", right.url, *ONE).exit_code == 0
    second = (tmp_path / "runs" / "latest").resolve()
    assert {first.name, second.name, "latest"} == {one.name for one in (tmp_path / "runs").iterdir()}
    assert first != second


def test_an_earlier_run_is_never_published_in_the_place_of_one_that_stopped(yance: Yance, right: Target, tmp_path: Path) -> None:
    words = ("--profile", "open-data", "--only", "COM-PAGE-01", "--out", "runs/ci", "--force")
    assert yance("run", right.url, *words).exit_code == 0
    (tmp_path / "runs" / "ci" / "mine.txt").write_text("kept")
    assert yance("run", right.url.replace("/v1", "/nowhere"), *words).exit_code == 4
    assert [one.name for one in (tmp_path / "runs" / "ci").iterdir()] == ["mine.txt"]


def test_force_needs_a_folder_that_is_named_and_no_resumption(yance: Yance, right: Target) -> None:
    for words in (("--force",), ("--force", "--out", "runs/x", "--resume")):
        done = yance("run", right.url, *ONE, *words)
        assert (done.exit_code, "--force takes away" in done.stderr) == (2, True)
    done = yance("run", right.url, *ONE, "--resume")
    assert (done.exit_code, "there is no runs/latest" in done.stderr) == (2, True)


@pytest.mark.heavy
def test_a_part_has_a_result_of_its_own_and_says_that_it_is_a_part(yance: Yance, right: Target, wrong: Target) -> None:
    passed, failed = yance("run", right.url, *ONE, "--out", "a"), yance("run", wrong.url, *ONE, "--out", "b")
    assert (passed.exit_code, failed.exit_code) == (0, 1)
    assert "PART PASSED" in passed.output
    assert "that is a part, 1 requirements" in passed.output
    assert "PART FAILED" in failed.output
    only = ("--profile", "open-data", "--only", "TRN-018", "--out", "d")
    assert yance("run", wrong.url, *only).exit_code == 0, "what brings the traffic is not what was asked for"
    told = json.loads(yance("run", right.url, *ONE, "--out", "c", "--json").stdout)
    assert (told["part"], told["result"], told["conformant"]) == ("PASSED", "INCONCLUSIVE", False)


@pytest.mark.slow
def test_what_was_not_passed_is_asked_again_and_nothing_else(yance: Yance, right: Target, wrong: Target, tmp_path: Path) -> None:
    words = ("--profile", "open-data", "--class", "collections")
    first = yance("run", wrong.url, *words, "--out", "first")
    assert first.exit_code == 1
    report = json.loads((tmp_path / "first" / "report.json").read_text())
    planned = {row["id"]: row["class"] for row in report["requirements"] if row["id"] in asked(tmp_path / "first")}
    assert {row["id"] for row in report["requirements"] if row["class"] == "collections" and row["cases"]} <= set(planned)
    assert set(planned.values()) <= {"collections", "core"}, "and what is judged on the exchanges of all"
    open_ = {row["id"] for row in report["requirements"] if row["outcome"] in ("fail", "inconclusive")}
    again = yance("run", right.url, "--profile", "open-data", "--failed", "first", "--out", "again")
    assert asked(tmp_path / "again") <= open_
    assert "COM-PAGE-01" in asked(tmp_path / "again")
    assert again.exit_code == 0
    told = json.loads(yance("compare", "first", "again", "--json").stdout)
    assert {"id": "COM-PAGE-01", "before": "fail", "after": "pass"} in told["requirements"]
    assert all(
        one["after"] == "pass" for one in told["requirements"] if one["before"] in ("fail", "inconclusive") and one["after"]
    )


@pytest.mark.heavy
def test_requirements_are_known_in_any_case_of_letters(yance: Yance, right: Target, tmp_path: Path) -> None:
    assert yance("run", right.url, "--profile", "open-data", "--only", "com-page-01", "--out", "a").exit_code == 0
    assert asked(tmp_path / "a") >= {"COM-PAGE-01"}


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--class", "colections"), "did you mean 'collections'"),
        (("--only", "com-page-1"), "did you mean 'COM-PAGE-0"),
        (("--failed", "nowhere"), "nowhere"),
    ],
)
def test_a_part_that_is_none_is_one_line_before_anything_is_asked(yance: Yance, words: tuple[str, ...], says: str) -> None:
    done = yance("run", "http://127.0.0.1:9/v1", *words)
    assert (done.exit_code, says in done.stderr) == (2, True), done.output


@pytest.mark.slow
def test_a_run_that_left_nothing_open_has_nothing_to_ask_again(yance: Yance) -> None:
    assert yance("demo", "transport", "--profile", "open-data", "--out", "whole").exit_code == 0
    done = yance("run", "http://127.0.0.1:9/v1", "--profile", "open-data", "--failed", "whole")
    assert (done.exit_code, "there is nothing to ask again" in done.stderr) == (2, True), done.output
