"""Every check proves itself on its own examples, and is written the way CONTRIBUTING.md asks."""

from __future__ import annotations

import importlib
import inspect
import json
from pathlib import Path

import pytest

from conformance import checks
from conformance.checks._example import exchange, numbered, shop
from conformance.errors import DataError
from conformance.interface.dialect import HOUSE
from conformance.model import Finding, Witness


def _judged(check: checks.Check, trace: object) -> tuple[list[Finding], list[Witness]]:
    operation = shop().operations[check.examples.operation]
    found = list(checks.bind(check.judge, check.examples.arguments)(operation, trace, HOUSE))
    return [f for f in found if isinstance(f, Finding)], [w for w in found if isinstance(w, Witness)]


@pytest.mark.parametrize("name", checks.names())
def test_examples_that_conform_have_witnesses_and_no_finding(name: str) -> None:
    check = checks.check(name)
    assert check.examples.conforms
    for trace in check.examples.conforms:
        findings, witnesses = _judged(check, trace)
        assert findings == []
        assert witnesses


@pytest.mark.parametrize("name", checks.names())
def test_examples_that_violate_have_findings_with_text_in_both_languages(name: str) -> None:
    check = checks.check(name)
    assert check.examples.violates
    for trace in check.examples.violates:
        findings, _ = _judged(check, trace)
        assert findings, f"{name}: nothing found in {trace}"
        for finding in findings:
            assert finding.exchanges, "a finding names its exchanges"
            for language in ("en", "zh-Hant"):
                text = check.messages[finding.message][language]
                assert text.format(expected=finding.expected, actual=finding.actual, at=finding.at)


@pytest.mark.parametrize("name", checks.names())
def test_every_message_is_shown_by_an_example(name: str) -> None:
    check = checks.check(name)
    seen = {f.message for trace in check.examples.violates for f in _judged(check, trace)[0]}
    assert set(check.messages) - seen <= {"endless", "unexercised"}, "a message that no example brings forth may never come"


@pytest.mark.parametrize("name", checks.names())
def test_examples_that_leave_the_question_open_have_neither(name: str) -> None:
    check = checks.check(name)
    assert check.examples.inconclusive
    for trace in check.examples.inconclusive:
        assert _judged(check, trace) == ([], [])


@pytest.mark.parametrize("name", checks.names())
def test_a_run_cut_short_is_never_a_failure(name: str) -> None:
    """A script may end early (a refused set-up, a spent budget): what was recorded until then must not look like a fault."""
    check = checks.check(name)
    for trace in check.examples.conforms:
        for length in range(len(trace)):
            findings, _ = _judged(check, trace[:length])
            assert findings == [], f"{name}: the first {length} exchanges of a conforming trace were judged a failure"


@pytest.mark.parametrize("name", checks.names())
def test_judging_changes_no_document(name: str) -> None:
    """Equal bodies are parsed once in a run, so what one check did to a document all others would see."""
    check = checks.check(name)
    for trace in (*check.examples.conforms, *check.examples.violates):
        before = [json.dumps([one.json, one.request.json()]) for one in trace]
        _judged(check, trace)
        assert [json.dumps([one.json, one.request.json()]) for one in trace] == before


@pytest.mark.parametrize("name", checks.names())
def test_the_docstring_has_its_parts(name: str) -> None:
    check = checks.check(name)
    for part in ("Why:", "Fails when:", "Inconclusive when:", "Source:"):
        assert part in check.doc
    assert check.sentence.endswith(".")


@pytest.mark.parametrize("name", checks.names())
def test_judge_is_pure_and_drive_is_a_generator(name: str) -> None:
    module = importlib.import_module(f"conformance.checks.{checks.check(name).family}.{name}")
    assert inspect.isgeneratorfunction(module.judge)
    assert check_drives(module)


def check_drives(module: object) -> bool:
    drive = getattr(module, "drive", None)
    return inspect.isgeneratorfunction(drive) if drive else getattr(module, "SCOPE", "case") == "exchange"


@pytest.mark.parametrize(("texts", "found"), [("abcde", 0), ("aabbc", 1), ((1, 2, 3, 4, 5), 1)])
def test_an_id_of_the_request_is_no_effect_of_reading_but_a_count_is(texts: str | tuple[int, ...], found: int) -> None:
    check = checks.check("reading_changes_nothing")
    reads = [exchange("GET /things/t1", 200, {"thingId": "t1", "extra": one}, name="getThing", step="read") for one in texts]
    judged = list(check.judge(shop().operations["getThing"], numbered(*reads), HOUSE))
    assert sum(isinstance(one, Finding) for one in judged) == found
    assert any(isinstance(one, Witness) for one in judged)


def test_two_families_may_not_have_a_check_of_one_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for family in ("one", "two"):
        (tmp_path / family).mkdir()
        (tmp_path / family / "__init__.py").write_text("")
        (tmp_path / family / "answers_are_true.py").write_text("")
    monkeypatch.setattr(checks, "__path__", [str(tmp_path)])
    checks._families.cache_clear()
    try:
        with pytest.raises(DataError, match="one and two both have a check answers_are_true"):
            checks._families()
    finally:
        checks._families.cache_clear()
