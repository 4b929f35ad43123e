"""`yance show` and `yance compare`: what was recorded, and what changed."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from conformance.commands.loopback import reference_server
from conformance.commands.main import main
from conformance.load.catalogue import LANGUAGES
from conformance.model import Exchange
from conformance.run.finished import exchanges
from conformance.vendor.compare import Change, compared
from conformance.verdict.folder import RunFolder


def yance(*words: object) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A right run of a part of the open data, and one of a server that drops an item of each full page."""
    folder = tmp_path_factory.mktemp("runs")
    part = ("--profile", "open-data", "--only", "COM-PAGE-01", "--only", "COM-SORT-01", "--out")
    for name, fault, code in (("right", None, 0), ("wrong", "DropsLastItemOfFullPage", 1)):
        with reference_server("transport", fault=fault) as served:
            assert yance("run", served.url, *part, folder / name).exit_code == code
    return folder / "right", folder / "wrong"


def cited(run: Path) -> tuple[int, str, str]:
    """An exchange with a finding: its number, its reference and what was found."""
    report = json.loads((run / "report.json").read_text())
    finding = next(one for verdict in report["verdicts"] for one in verdict["findings"] if one["exchanges"])
    return finding["exchanges"][0], finding["references"][0], finding["text"]["en"]


@pytest.mark.heavy
def test_an_exchange_is_shown_by_its_number_and_by_its_reference(runs: tuple[Path, Path]) -> None:
    number, reference, said = cited(runs[1])
    by_number, by_reference = yance("show", runs[1], number), yance("show", runs[1], reference)
    assert by_number.exit_code == 0
    assert by_number.output == by_reference.output == yance("show", runs[1], f"#{number}").output
    for part in (
        f"#{number} = {reference}",
        "content-type: application/json",
        f"✗ {reference.partition('#')[0]}: {said}",
        "curl -sS",
    ):
        assert part in by_number.output


def test_what_is_shown_is_what_was_recorded(runs: tuple[Path, Path]) -> None:
    one: Exchange = next(one for one in exchanges(RunFolder(runs[0])) if one.ok and one.response)
    document = json.loads(yance("show", runs[0], one.number, "--json").output)
    assert one.response is not None
    assert document["response"]["body"] == one.response.body.decode()
    assert document["request"]["url"] == one.url
    assert [tuple(pair) for pair in document["response"]["headers"]] == list(one.response.headers)
    curl = yance("show", runs[0], one.number, "--curl").output
    assert curl.strip() == document["curl"]
    assert curl.count("\n") == 1


@pytest.mark.parametrize(
    ("which", "says"),
    [
        ("last", "expected its number (1927), or case#index"),
        ("0", "numbered from 1"),
        ("999999", "numbered from 1"),
        ("COM-PAGE-01/listStops#9999", "that case has"),
        ("NO-CASE#1", "has no exchange NO-CASE#1"),
    ],
)
def test_an_exchange_that_is_not_there_is_one_line(runs: tuple[Path, Path], which: str, says: str) -> None:
    done = yance("show", runs[0], which)
    assert (done.exit_code, says in done.stderr, done.stderr.count("\n")) == (2, True, 1)


def test_a_run_that_got_worse_says_what_and_exits_1(runs: tuple[Path, Path]) -> None:
    done = yance("compare", *runs)
    assert done.exit_code == 1
    assert "✗ COM-PAGE-01: pass → fail" in done.output
    assert "findings that were not there before" in done.output
    assert "INCONCLUSIVE → NOT CONFORMANT" in done.output


def test_a_run_that_got_better_says_so_and_exits_0(runs: tuple[Path, Path]) -> None:
    done = yance("compare", *reversed(runs), "--json")
    found = json.loads(done.output)
    assert (done.exit_code, found["worse"], found["fresh"]) == (0, [], [])
    assert {"id": "COM-PAGE-01", "before": "fail", "after": "pass"} in found["requirements"]
    assert set(found["differing"]) == {"target"}, "two servers on two ports, and the same suite, rows and plan"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_run_beside_itself_changed_nothing(runs: tuple[Path, Path], language: str) -> None:
    done = yance("compare", runs[0], runs[0], "--lang", language)
    assert done.exit_code == 0
    assert done.output.count("\n") == 1


def test_what_one_run_does_not_have_is_no_loss_of_the_other(runs: tuple[Path, Path]) -> None:
    report = json.loads((runs[0] / "report.json").read_text())
    part = {**report, "requirements": report["requirements"][1:], "verdicts": report["verdicts"][1:]}
    missing, fresh = compared(report, part), compared(part, report)
    first = report["requirements"][0]["id"]
    assert missing.requirements == (Change(first, "pass", ""),)
    assert [one.id for one in missing.worse] == [first], "what is tested no more was satisfied and is not known to be"
    assert fresh.worse == ()


def test_a_slower_operation_is_named_first(runs: tuple[Path, Path]) -> None:
    report = json.loads((runs[0] / "report.json").read_text())
    before = [one for one in exchanges(RunFolder(runs[0])) if one.response]
    after = [replace(one, elapsed=one.elapsed + 500 * (one.request.operation == "listStops")) for one in before]
    paces = compared(report, report, before, after).paces
    assert [one.operation for one in paces] == ["listStops"]
    assert paces[0].after - paces[0].before == 500
