"""One mistake is told once, with how often it was seen; two mistakes are two."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from starlette.requests import Request

from conformance import checks
from conformance.checks._example import shop
from conformance.interface.dialect import HOUSE
from conformance.load.catalogue import finding_text
from conformance.model import Finding, Outcome
from conformance.verdict.causes import MOST_CAUSES, Causes
from tests.small_interface import Answer, described, document, said, under_test

DECLARED, UNBROKEN = "answers_are_declared", "no_input_breaks_the_server"
THINGS = {"type": "array", "items": {"type": "object", "properties": {"a": {"type": "integer"}, "b": {"type": "integer"}}}}
READ = {"operationId": "read", "parameters": [{"name": "q", "in": "query", "schema": {"type": "string"}}]}


def told(*findings: Finding) -> list[tuple[str, tuple[int, ...], int]]:
    causes = Causes()
    for one in findings:
        causes.add(one)
    assert bool(causes) == bool(findings)
    return [(one.message, one.exchanges, one.count) for one in causes.findings()]


def body(number: int, at: str, expected: str = "type: integer", actual: str = "") -> Finding:
    return Finding("body", (number,), expected, actual or f"value {number}", at)


def test_the_same_of_the_same_place_is_told_once_with_the_first_that_showed_it() -> None:
    found = told(body(3, "/items/0/a"), body(3, "/items/17/a"), body(9, "/items/0/a"), body(9, "/items/0/b"))
    assert found == [("body", (3,), 3), ("body", (9,), 1)]


def test_another_expectation_message_or_place_is_another_cause() -> None:
    assert len(told(body(1, "/a"), body(1, "/a", "format: date"), body(1, "/b"), Finding("status", (1,), "", "", "/a"))) == 4
    assert len(told(body(1, "/a0"), body(1, "/a1"))) == 2
    assert len(told(Finding("status", (1,), "200", "500"), Finding("status", (2,), "200", "404"))) == 2
    assert told(Finding("status", (1,), "200", "500"), Finding("status", (2,), "200", "500")) == [("status", (1,), 2)]


def test_a_check_may_say_what_findings_have_in_common() -> None:
    found = told(*(Finding("accepted", (n,), f"body = {n}", "201", cause="body") for n in range(1, 5)))
    assert found == [("accepted", (1,), 4)]


def test_counts_add_up_over_processes_and_the_causes_are_bounded() -> None:
    assert told(Finding("a", (1,), count=3), Finding("a", (2,), count=4)) == [("a", (1,), 7)]
    assert len(told(*(Finding(f"m{n}", (n,)) for n in range(1, MOST_CAUSES + 9)))) == MOST_CAUSES


def test_a_defect_in_every_answer_is_one_finding_and_a_second_one_stands_beside_it(cache: Path) -> None:
    def answer(request: Request, _body: bytes) -> Answer:
        if request.query_params.get("q"):
            return said({}, 500)
        return said([{"a": n or "none", "b": "x" if n == 4 else n} for n in range(9)])

    paths = {"/things": {"get": {**READ, "responses": described(THINGS)}}}
    verdicts, _ = under_test(cache, document(paths), answer, DECLARED, UNBROKEN)
    first = verdicts[f"{DECLARED}/read"]
    assert first.outcome is Outcome.FAIL
    assert sorted((one.message, one.at) for one in first.findings) == [("body", "/0/a"), ("body", "/4/b"), ("status", "")]
    assert all(one.count > 1 for one in first.findings)
    assert all(len(one.references) == 1 for one in first.findings)
    broken = [one for one in verdicts[f"{UNBROKEN}/read"].findings if one.message == "broken"]
    assert [one.actual for one in broken] == ["500"]
    assert broken[0].count > 2


@pytest.mark.parametrize("check", checks.every(), ids=lambda check: check.name)
def test_no_finding_shows_data_as_the_suite_holds_them(check: Any) -> None:
    """Python's own writing of lists in lists, of objects and of nothing is no text for people."""
    examples = check.examples
    subject = shop().operations[examples.operation]
    for trace in examples.violates:
        judge = checks.bind(check.judge, examples.arguments)
        for one in judge(subject, list(trace), HOUSE):
            for text in finding_text(check.messages, one).values() if isinstance(one, Finding) else ():
                assert not any(mark in text for mark in ("[[", "{'", "['", "(('", "None", "True,", "Decimal(")), text
