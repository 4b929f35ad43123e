"""What one answer must satisfy is judged on all that a run records, and what answers say together is compared over the run."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from starlette.requests import Request

from conformance import checks
from conformance.checks._example import exchange, shop
from conformance.interface.dialect import HOUSE
from conformance.model import Exchange, Finding, Outcome
from tests.small_interface import Answer, described, document, said, under_test

EACH = [one for one in checks.every() if one.each is not None]
RULES, UNBROKEN, TAGS = "conditional_rules_hold", "no_input_breaks_the_server", "entity_tags_follow_the_representation"
RULE = {"rules": [{"if": {"required": ["a"]}, "then": {"properties": {"a": {"maximum": 1}}}}]}
THING = {"type": "object", "properties": {"a": {"type": "integer"}}}
TAGGED = {"headers": {"ETag": {"schema": {"type": "string"}}}}
READ: dict[str, Any] = {
    "operationId": "read",
    "parameters": [{"name": "q", "in": "query", "schema": {"type": "integer", "maximum": 9}}],
    "responses": described(THING) | {"200": {**described(THING)["200"], **TAGGED}},
}
SMALL = document({"/thing": {"get": READ}})


def alone(check: checks.Check, one: Exchange) -> list[Any]:
    """What a check says of a single exchange, whoever asked for it."""
    assert check.each is not None
    return list(checks.bind(check.each, check.examples.arguments)(shop().operations[one.request.operation], [one], HOUSE))


def of_its_operation(check: checks.Check, traces: Any) -> list[Exchange]:
    """The exchanges of examples that are of the operation that they are about."""
    return [one for trace in traces for one in trace if one.request.operation == check.examples.operation]


@pytest.mark.parametrize("check", EACH, ids=lambda one: one.name)
def test_each_finds_fault_with_single_answers_and_with_none_that_conforms(check: checks.Check) -> None:
    conforming = of_its_operation(check, (*check.examples.conforms, *check.examples.inconclusive))
    assert [said for one in conforming for said in alone(check, one)] == []
    found = [said for one in of_its_operation(check, check.examples.violates) for said in alone(check, one)]
    assert found
    assert all(isinstance(one, Finding) and len(one.exchanges) == 1 for one in found)


@pytest.mark.parametrize("check", EACH, ids=lambda one: one.name)
def test_each_asks_not_what_an_answer_was_asked_for(check: checks.Check) -> None:
    for one in of_its_operation(check, check.examples.violates):
        other = replace(one, request=one.request.with_step("given: something"))
        assert len(alone(check, other)) == len(alone(check, one))


def test_an_answer_that_another_case_asked_for_breaks_the_rule_too(cache: Path) -> None:
    def answer(request: Request, _: bytes) -> Answer:
        return said({"a": 1 if request.query_params.get("q") != "9" else 2})

    verdicts, _ = under_test(cache, SMALL, answer, (RULES, RULE))
    assert verdicts[f"{RULES}/read"].outcome is Outcome.PASS
    verdicts, _ = under_test(cache, SMALL, answer, (RULES, RULE), UNBROKEN)
    broken = verdicts[f"{RULES}/read"]
    assert broken.outcome is Outcome.FAIL
    assert {one.references[0].partition("#")[0] for one in broken.findings} == {"T-1/read"}


def test_what_a_case_found_in_its_own_answers_is_said_once(cache: Path) -> None:
    verdicts, _ = under_test(cache, SMALL, lambda *_: said({"a": 2}), (RULES, RULE), UNBROKEN)
    counted = Counter(one.references for one in verdicts[f"{RULES}/read"].findings)
    assert any(name.startswith("T-0/") for (name,) in counted)
    assert set(counted.values()) == {1}


@pytest.mark.parametrize(("tag", "outcome"), [('"{}"', Outcome.PASS), ('"same"', Outcome.FAIL)])
def test_a_tag_is_compared_over_the_whole_run(cache: Path, tag: str, outcome: Outcome) -> None:
    """The representation changes after the tag's own case has read it twice, under a tag that changes with it or stays."""
    count = Counter[str]()

    def answer(request: Request, _: bytes) -> Answer:
        count[request.url.path] += 1
        stage = count[request.url.path] // 8
        return said({"a": stage}, ETag=tag.format(stage))

    verdicts, _ = under_test(cache, SMALL, answer, TAGS, UNBROKEN)
    verdict = verdicts[f"{TAGS}/read"]
    assert verdict.outcome is outcome
    assert {one.message for one in verdict.findings} == ({"stuck"} if outcome is Outcome.FAIL else set())
    assert all(len(one.references) == len(one.exchanges) == 2 for one in verdict.findings)


def test_notes_of_equal_values_are_one_whatever_the_order_of_members() -> None:
    check = checks.check(TAGS)
    assert check.notes is not None
    operation = shop().operations["getThing"]
    bodies = (b'{"thingId": "a", "n": 1}', b'{"n":1,"thingId":"a"}')
    answers = [exchange("GET /things/a", 200, body, name="getThing", headers={"ETag": '"1"'}) for body in bodies]
    first, second = (list(check.notes(operation, one, HOUSE)) for one in answers)
    assert first == second
    weak = exchange("GET /things/a", 200, bodies[0], name="getThing", headers={"ETag": 'W/"1"'})
    assert list(check.notes(operation, weak, HOUSE)) == []
