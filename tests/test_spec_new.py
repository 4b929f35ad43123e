"""`yance spec new`: the next version of an interface, which says what the one before says, and can be linted and planned at once."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from conformance.commands.main import main
from conformance.committee.succeeding import higher
from conformance.load import data_folders, load_profile, load_spec, profile_names
from conformance.load.digests import demands_digest
from conformance.load.lifecycle import record_of


def yance(*words: object) -> Result:
    return CliRunner().invoke(main, [*map(str, words)], env={"LANG": "C.UTF-8"})


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("drafts") / "committee"  # which is not there yet
    found = yance("spec", "new", "health", "1.2.0", "--by", "Committee 3", "--data", folder)
    assert (found.exit_code, "next:" in found.output) == (0, True), found.output
    return folder


@pytest.mark.heavy
def test_a_new_version_demands_and_describes_what_the_one_before_does(begun: Path) -> None:
    folders = data_folders([begun])
    before, made = (load_spec(folders, "health", version) for version in ("1.1.0", "1.2.0"))
    assert [row.stated() for row in made.requirements] == [row.stated() for row in before.requirements]
    assert made.document["paths"] == before.document["paths"]
    assert made.document["info"]["version"] == "1.2.0"
    for member in ("description", "x-description-zh-Hant"):
        assert made.document["info"][member] == before.document["info"][member].replace("`1.1.0`", "`1.2.0`")
        assert made.document["info"][member] != before.document["info"][member]
    assert made.earlier is not None
    assert made.earlier.version == "1.1.0"


def test_it_is_recorded_as_a_draft_of_what_was_written(begun: Path) -> None:
    folders = data_folders([begun])
    made, record = load_spec(folders, "health", "1.2.0"), record_of(folders, "health", "1.2.0")
    assert record.file.is_relative_to(begun)
    assert [(one.state, one.by, one.document, one.demands) for one in record.steps] == [
        ("draft", "Committee 3", made.digest, demands_digest(made))
    ]
    assert load_spec(folders, "health").version == "1.0.0"  # a draft is not what is meant where no version is named


def test_it_has_the_profiles_of_the_one_before(begun: Path) -> None:
    folders = data_folders([begun])
    assert profile_names(folders, "health", "1.2.0") == profile_names(folders, "health", "1.1.0")
    for name in profile_names(folders, "health", "1.2.0"):
        before, made = (load_profile(folders, "health", name, version)[0] for version in ("1.1.0", "1.2.0"))
        assert (made.version, made.spec_version) == ("1.2.0", "1.2.0")
        assert (made.classes, made.operations, made.parameters) == (before.classes, before.operations, before.parameters)


@pytest.mark.heavy
def test_it_is_linted_and_planned_at_once(begun: Path) -> None:
    linted = yance("spec", "lint", "health@1.2.0", "--data", begun)
    assert (linted.exit_code, "0 errors" in linted.output) == (0, True), linted.output
    planned = yance("plan", "health@1.2.0", "--only", "COM-DOC-01", "--data", begun)
    assert planned.exit_code == 0, planned.output
    assert "COM-DOC-01" in planned.output


def test_a_new_major_version_compares_with_nothing_before_it(begun: Path) -> None:
    found = yance("spec", "new", "health", "2.0.0", "--from", "1.1.0", "--data", begun, "--lang", "zh-Hant")
    assert found.exit_code == 0, found.output
    made = load_spec(data_folders([begun]), "health", "2.0.0")
    row = made.requirement("COM-VER-02")
    assert row is not None
    assert row.binding is None
    assert made.earlier is None
    overlay = (begun / "specs/health/2.0.0/overlay.yaml").read_text(encoding="utf-8")
    assert "2.0.0 對 1.1.0 之變更" in overlay  # comments are in the language that was asked for


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("health", "1.1.0"), "health@1.1.0 is there already (known: 1.0.0, 1.1.0, 1.2.0"),
        (("health", "1.0.9", "--from", "1.1.0"), "1.0.9 is not higher than 1.1.0"),
        (("health", "1.3"), "'1.3' is no version; expected MAJOR.MINOR.PATCH"),
        (("health", "1.03.0"), "'1.03.0' is no version"),
        (("helth", "1.2.0"), "there is no domain 'helth'; did you mean 'health'?"),
        (("health", "9.0.0", "--from", "7.0.0"), "health has no version '7.0.0'"),
    ],
)
def test_what_cannot_be_begun_is_refused_and_nothing_is_written(begun: Path, words: tuple[str, ...], said: str) -> None:
    before = sorted(begun.rglob("*"))
    found = yance("spec", "new", *words, "--data", begun)
    assert found.exit_code == 2
    assert said in found.output
    assert sorted(begun.rglob("*")) == before


def test_what_was_written_before_is_never_written_over(tmp_path: Path) -> None:
    there = tmp_path / "profiles" / "health" / "1.2.0"
    there.mkdir(parents=True)
    found = yance("spec", "new", "health", "1.2.0", "--data", tmp_path)
    assert (found.exit_code, "is there already" in found.output) == (2, True)
    assert not (tmp_path / "specs").exists()


def test_versions_are_ordered_as_numbers() -> None:
    assert higher("1.10.0", "1.9.0")
    assert not higher("1.9.0", "1.10.0")
    assert not higher("1.1.0", "1.1.0")
