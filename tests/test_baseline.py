"""A vendor's list of what is known not to pass: listed 0, unlisted 1, stale 1; and nothing in it changes a verdict."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from conformance.commands.loopback import Target, reference_server
from conformance.commands.main import main
from conformance.errors import DataError
from conformance.load import data_folders
from conformance.vendor.baseline import baseline_text, held, pruned, read_baseline

FOLDERS = data_folders()
TODAY = date(2026, 11, 29)


def report(**outcomes: str) -> dict[str, Any]:
    """A report of cases by name, as `MUST_1__listThings="fail"`; a requirement whose id begins with S is a SHOULD."""
    cases = {name.replace("__", "/").replace("_", "-", 1): outcome for name, outcome in outcomes.items()}
    rows = dict.fromkeys(case.partition("/")[0] for case in cases)
    return {
        "requirements": [{"id": one, "level": "SHOULD" if one.startswith("S") else "MUST"} for one in rows],
        "verdicts": [{"case": case, "requirement": case.partition("/")[0], "outcome": out} for case, out in cases.items()],
    }


def listed(folder: Path, *entries: str) -> Path:
    path = folder / "baseline.yaml"
    path.write_text("# ours\nexpected:\n" + "".join(f"  - {one}\n    reason: known\n" for one in entries))
    return path


@pytest.mark.parametrize(
    ("entries", "outcomes", "code"),
    [
        (("case: M-1/a",), {"M_1__a": "fail", "M_2__a": "pass"}, 0),
        (("requirement: M-1",), {"M_1__a": "fail", "M_1__b": "fail"}, 0),
        (("case: M-1/a",), {"M_1__a": "fail", "M_1__b": "fail"}, 1),
        (("case: M-1/a",), {"M_1__a": "pass"}, 1),
        (("case: M-1/a",), {"M_1__a": "not_applicable"}, 1),
        (("case: M-1/a",), {"M_1__a": "not_tested", "M_2__a": "pass"}, 0),
        (("case: M-1/a",), {"M_1__a": "inconclusive"}, 0),
        (("case: M-1/a",), {"M_1__a": "fail", "M_2__a": "inconclusive"}, 3),
        (("case: M-1/a",), {"M_1__a": "fail", "S_1__a": "fail"}, 0),
        (("case: M-1/a",), {"M_1__a": "fail", "M_2__a": "error"}, 5),
        (('case: M-1/a\n    until: "2026-11-29"',), {"M_1__a": "fail"}, 0),
        (('case: M-1/a\n    until: "2026-11-28"',), {"M_1__a": "fail"}, 1),
    ],
)
def test_what_a_list_comes_to(tmp_path: Path, entries: tuple[str, ...], outcomes: dict[str, str], code: int) -> None:
    assert held(read_baseline(FOLDERS, listed(tmp_path, *entries)), report(**outcomes), TODAY).exit_code == code


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("expected:\n  - case: M-1/a\n", 2, "reason"),
        ("expected:\n  - reason: known\n", 2, "either requirement or case"),
        ("expected:\n  - case: M-1\n    reason: known\n", 2, '"M-1" does not match'),
        ("expected:\n  - requirment: M-1\n    reason: known\n", 2, "did you mean 'requirement'"),
        ('expected:\n  - case: M-1/a\n    reason: known\n    until: "2027-02-29"\n', 4, "2027-02-29"),
        ("expected:\n  - case: M-1/a\n    reason: known\n  - case: M-1/a\n    reason: known\n", 4, "listed on line 2 already"),
        ("expected:\n  - requirement: M-9\n    reason: known\n", 2, "neither requirement nor case 'M-9'; did you mean 'M-1'"),
    ],
)
def test_a_list_that_is_wrong_names_its_line(tmp_path: Path, text: str, line: int, says: str) -> None:
    path = tmp_path / "baseline.yaml"
    path.write_text(text)
    with pytest.raises(DataError) as raised:
        held(read_baseline(FOLDERS, path), report(M_1__a="fail"), TODAY)
    assert (raised.value.line, says in str(raised.value)) == (line, True), str(raised.value)


@pytest.mark.heavy
@given(
    st.lists(st.sampled_from(["pass", "fail", "inconclusive", "not_applicable", "not_tested"]), min_size=1), st.text(min_size=1)
)
def test_a_list_made_of_a_report_bears_with_it(
    tmp_path_factory: pytest.TempPathFactory, outcomes: list[str], reason: str
) -> None:
    path = tmp_path_factory.mktemp("made") / "baseline.yaml"
    made = report(**{f"M_{nth}__a": outcome for nth, outcome in enumerate(outcomes)})
    reason = "".join(one if one.isprintable() else " " for one in reason) + "."
    path.write_text(baseline_text(made, reason, None), encoding="utf-8")
    read = read_baseline(FOLDERS, path)
    found = held(read, made, TODAY)
    assert (found.exit_code, len(found.listed)) == (0, sum(one in ("fail", "inconclusive") for one in outcomes))
    assert {one.reason for one in read.entries} <= {reason}


@given(st.sets(st.integers(0, 4)))
def test_pruning_takes_out_what_passes_and_leaves_every_other_line(
    tmp_path_factory: pytest.TempPathFactory, gone: set[int]
) -> None:
    path = tmp_path_factory.mktemp("pruned") / "baseline.yaml"
    blocks = [f"  - case: M-{nth}/a\n    reason: 'no {nth}'  # said on day {nth}\n" for nth in range(5)]
    path.write_text("# kept by the team\nexpected:\n" + "".join(blocks))
    known = read_baseline(FOLDERS, path)
    text = pruned(path.read_text(), known, [one for nth, one in enumerate(known.entries) if nth in gone])
    path.write_text(text)
    left = [nth for nth in range(5) if nth not in gone]
    assert [one.name for one in read_baseline(FOLDERS, path).entries] == [f"M-{nth}/a" for nth in left]
    assert text.startswith("# kept by the team\n")
    assert all(blocks[nth] in text for nth in left)


# ----------------------------------------------------------------------------------------- as a user meets it


@pytest.fixture(scope="module")
def wrong() -> Iterator[Target]:
    with reference_server("transport", fault="DropsLastItemOfFullPage") as served:
        yield served


@pytest.fixture(scope="module")
def right() -> Iterator[Target]:
    with reference_server("transport") as served:
        yield served


def yance(*words: object) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])


def test_a_run_bears_with_what_is_listed_and_says_when_it_passes(wrong: Target, right: Target, tmp_path: Path) -> None:
    part = ("--profile", "open-data", "--only", "COM-PAGE-01")
    known = tmp_path / "baseline.yaml"
    assert yance("run", wrong.url, *part, "--out", tmp_path / "first").exit_code == 1
    assert yance("baseline", "write", tmp_path / "first", "--out", known, "--reason", "mended in 2.2").exit_code == 0
    borne = yance("run", wrong.url, *part, "--baseline", known, "--out", tmp_path / "borne", "--json")
    told = json.loads(borne.stdout)
    assert (borne.exit_code, told["result"], told["baseline"]["unlisted"]) == (0, "FAILED", []), borne.output
    assert told["baseline"]["listed"]
    stale = yance("run", right.url, *part, "--baseline", known, "--out", tmp_path / "stale")
    assert stale.exit_code == 1
    assert "yance baseline prune" in stale.output
    assert yance("baseline", "prune", tmp_path / "stale", known).exit_code == 0
    assert read_baseline(FOLDERS, known).entries == ()
    assert yance("run", right.url, *part, "--baseline", known, "--out", tmp_path / "clean").exit_code == 0


@pytest.mark.slow
def test_the_report_of_a_run_with_a_list_is_that_of_one_without(wrong: Target, tmp_path: Path) -> None:
    part = ("--profile", "open-data", "--only", "COM-DOC-01", "--out")
    known = listed(tmp_path, "requirement: COM-DOC-01")
    plain, borne = tmp_path / "plain", tmp_path / "borne"
    yance("run", wrong.url, *part, plain)
    yance("run", wrong.url, *part, borne, "--baseline", known)
    verdicts = [json.loads((one / "report.json").read_text())["verdicts"] for one in (plain, borne)]
    assert verdicts[0] == verdicts[1]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("run", "http://127.0.0.1:9/v1", "--baseline", "absent.yaml"), "no such file"),
        (
            ("run", "http://127.0.0.1:9/v1", "--baseline", "{known}", "--purpose", "certification"),
            "has no say in a run for certification",
        ),
        (("baseline", "write", "absent", "--reason", "x", "--out", "{known}"), "is there already"),
        (("baseline", "write", "absent", "--reason", "x", "--out", "{fresh}"), "absent"),
        (("baseline", "write", "absent", "--reason", "x", "--out", "{fresh}", "--until", "soon"), "is no day"),
        (("baseline", "prune", "absent", "{known}"), "absent"),
    ],
)
def test_words_that_are_wrong_are_one_line(tmp_path: Path, words: tuple[str, ...], says: str) -> None:
    known = listed(tmp_path, "requirement: COM-PAGE-01")
    done = yance(*(word.format(known=known, fresh=tmp_path / "fresh.yaml") for word in words))
    *notes, error = done.stderr.splitlines()
    assert (done.exit_code, says in error, notes in ([], ["reading the interface transport …"])) == (2, True, True), done.output
