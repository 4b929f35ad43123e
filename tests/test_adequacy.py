"""The suite's own strength: every requirement catches a seeded fault, nothing else fails, and what conforms passes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from conformance import reference
from conformance.adequacy import Attempt, adequacy, attempt
from conformance.commands.main import main
from conformance.load import data_folders, load_spec

pytestmark = pytest.mark.heavy

CHECKED = [row.id for row in load_spec(data_folders(), "transport").requirements if row.binding is not None]
FAULTS = reference.faults("transport")


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(tmp_path_factory.mktemp("draws"))


def test_at_least_forty_requirements_of_every_oracle_class_are_checked() -> None:
    assert len(CHECKED) >= 40


def test_what_is_not_checked_says_why_in_both_languages() -> None:
    for row in load_spec(data_folders(), "transport").requirements:
        if row.binding is None:
            assert row.untested is not None
            assert len(row.untested["en"]) > 20
            assert len(row.untested["zh-Hant"]) > 8


@pytest.mark.parametrize("requirement", CHECKED)
def test_a_seeded_fault_of_the_requirement_is_caught(requirement: str, cache: str) -> None:
    """One fault a requirement here, judged on that requirement alone; `test_every_fault…` runs them all in full."""
    name = next((name for name, kind in FAULTS.items() if requirement in kind.BREAKS), None)
    assert name is not None, f"no fault of the reference server breaks {requirement}"
    found = attempt("transport", fault=name, cache=cache, only=(requirement,))
    assert requirement in found.failed
    assert found.errors == ()


@pytest.mark.parametrize("variant", ["", *list(reference.variants("transport"))[::8]])
def test_what_conforms_is_not_failed(variant: str, cache: str) -> None:
    found = attempt("transport", variant=variant, cache=cache)
    assert found.failed == ()
    assert found.errors == ()


def test_the_summary_counts_what_was_caught_and_missed() -> None:
    found = [
        Attempt(),
        Attempt(variant="RelativeLinks", failed=("COM-PAGE-04",)),
        Attempt(fault="DropsLastItemOfFullPage", declared=("COM-PAGE-01",), failed=("COM-PAGE-01", "COM-SORT-01")),
        Attempt(fault="Other", declared=("COM-PAGE-01", "COM-PAGE-02"), failed=("COM-PAGE-02",)),
    ]
    told = adequacy("transport", found)
    assert told["requirements"]["COM-PAGE-01"] == {"faults": 2, "caught": 1}
    assert told["survivors"] == [{"fault": "Other", "missed": ["COM-PAGE-01"]}]
    assert told["falseFailures"] == [{"variant": "RelativeLinks", "failed": ["COM-PAGE-04"]}]
    assert told["unexpected"] == [{"fault": "DropsLastItemOfFullPage", "failed": ["COM-SORT-01"]}]


@pytest.mark.slow
def test_every_fault_fails_exactly_what_it_declares_and_every_variant_passes(tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["adequacy", "transport", "--json"])
    told = json.loads(result.output)
    assert told["survivors"] == told["falseFailures"] == told["unexpected"] == told["errors"] == []
    assert all(row["faults"] >= 1 and row["faults"] == row["caught"] for row in told["requirements"].values())
    assert result.exit_code == 0
