"""What of the evidence is heard: busy is not broken, and what stands before an interface is not the interface."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from starlette.requests import Request

from conformance.checks._example import exchange, numbered, page, shop
from conformance.evidence import CaseEnd, Ended
from conformance.interface.dialect import HOUSE
from conformance.model import Case, Exchange, Inputs, Outcome, Plan
from conformance.verdict.heard import asked_again, fronted, hearable
from conformance.verdict.judge import judge_run
from tests.small_interface import Answer, described, document, said, under_test

DECLARED, UNBROKEN = "answers_are_declared", "no_input_breaks_the_server"
ERRORS = "errors_are_problem_documents"
THING = {"type": "object", "required": ["a"], "properties": {"a": {"type": "integer"}}}
KEYED = [{"name": "q", "in": "query", "schema": {"type": "integer", "minimum": 0, "maximum": 9}}]
READ = {"operationId": "read", "parameters": KEYED, "responses": described(THING)}
NAMED = [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}]
SMALL = document({"/thing": {"get": READ}})
PATHS = document({"/things/{id}": {"get": {"operationId": "read", "parameters": NAMED, "responses": described(THING)}}})
PAGE: Answer = (400, {"Content-Type": "text/html"}, b"<html>Bad Request</html>")


class Trouble:
    """A right server that says a status to some requests, by their turn, in a gateway's words."""

    def __init__(self, status: int, *turns: int) -> None:
        self.status, self.turns, self.count = status, turns, 0

    def __call__(self, request: Request, _: bytes) -> Answer:
        self.count += 1
        if self.count in self.turns or -1 in self.turns:
            return self.status, {"Content-Type": "text/html"}, b"<html>"
        right = all(
            name == "q" and value.isascii() and value.isdigit() and len(value) == 1
            for name, value in request.query_params.items()
        )
        return said({"a": 1}) if right else said({}, 400)


@pytest.mark.parametrize("status", [408, 502, 503, 504])
def test_trouble_of_a_moment_decides_nothing_and_stays_in_the_evidence(cache: Path, status: int) -> None:
    server = Trouble(status, 2, 9, 10, 11)
    verdicts, records = under_test(cache, SMALL, server, DECLARED, UNBROKEN)
    assert {one.outcome for one in verdicts.values()} == {Outcome.PASS}
    exchanges = [one for one in records if isinstance(one, Exchange)]
    assert len(exchanges) == server.count, "every request is in the evidence"
    assert Counter(one.status for one in exchanges if asked_again(one)) == {status: 4}
    assert sum(one.attributes.get("throttled", 0) for one in exchanges if not asked_again(one)) == 4


@pytest.mark.parametrize("status", [502, 503])
def test_trouble_that_stays_is_a_finding(cache: Path, status: int) -> None:
    verdicts, records = under_test(cache, SMALL, Trouble(status, -1), UNBROKEN)
    (verdict,) = verdicts.values()
    assert verdict.outcome is Outcome.FAIL
    standing = [one for one in records if isinstance(one, Exchange) and not asked_again(one)]
    assert set(verdict.findings[0].exchanges) <= {one.number for one in standing}
    again = Counter(one.attributes["throttled"] for one in standing)
    assert again == {3: 1, 1: len(standing) - 1}, "what stays costs one more request, not three"


def test_a_change_that_cannot_be_asked_again_is_not_called_broken_for_a_moment() -> None:
    said_503 = exchange("POST /things", 503, b"<html>", name="createThing")
    keyed = exchange("POST /things", 503, b"<html>", name="createThing", sent_headers={"Idempotency-Key": "k"})
    guarded = exchange("PATCH /things/t1", 503, b"<html>", name="updateThing", sent_headers={"If-Match": '"1"'})
    assert hearable([said_503]) == []
    assert hearable([keyed, guarded]) == [keyed, guarded], "these were asked again, and the answer stayed"
    assert hearable([marked(guarded, unsettled=True)]) == []
    broken = exchange("POST /things", 500, name="createThing")
    assert hearable([broken]) == [broken]


def marked(one: Exchange, **facts: object) -> Exchange:
    return replace(one, attributes=facts)


def test_an_answer_gives_way_only_to_a_later_one_to_the_same_request() -> None:
    busy, fine = marked(exchange("GET /things", 503), askedAgain=True), exchange("GET /things", 200, {})
    other = exchange("GET /others", 200, {})
    assert hearable(numbered(busy, fine))[0].status == 200
    assert [one.status for one in hearable([busy, other])] == [503, 200]
    assert hearable([fine, busy])[-1].status == 503
    refused = marked(exchange("GET /things", 404), askedAgain=True)
    assert len(hearable([refused, fine])) == 2, "nobody asks again after a 404, whatever the evidence says"


LONG = "/things/" + "x" * 300


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        (exchange("GET /things/a%00b", 400, b"<html>", headers={"content-type": "text/html"}), True),
        (exchange("GET /things/a%00b", 400, b"", headers={}), True),
        (exchange(f"GET {LONG}", 414, b"<html>", headers={"content-type": "text/html"}), True),
        (exchange("GET /things", 431, b"", sent_headers={"X-Long": "x" * 5000}), True),
        (exchange("GET /things/a%00b", 400, {"title": "-"}), False),
        (exchange("GET /things/a%00b", 500, b"<html>", headers={"content-type": "text/html"}), False),
        (exchange("GET /things/a%00b", 404, b"<html>", headers={"content-type": "text/html"}), False),
        (exchange("GET /things/a%ZZb", 400, b"<html>", headers={"content-type": "text/html"}), False),
        (exchange("GET /things/a", 400, b"<html>", headers={"content-type": "text/html"}), False),
        (exchange("GET /things", 431, b"", sent_headers={"X-Long": "x" * 3000}), False),
    ],
)
def test_a_web_servers_own_page_is_known_by_the_request_that_no_client_sends(one: Exchange, expected: bool) -> None:
    assert fronted(one) is expected


def test_a_front_servers_page_judges_nobody_but_one_to_a_plain_request_does(cache: Path) -> None:
    def front(request: Request, _: bytes) -> Answer:
        target = request.scope["raw_path"].decode()
        if "%00" in target or len(target) > 250:
            return PAGE
        return said({"a": 1}) if target == "/things/t1" else said({}, 404)

    paths = document(
        {
            "/things/{id}": {
                "get": {
                    **PATHS["paths"]["/things/{id}"]["get"],
                    "responses": {**described(THING), "404": {"description": "-", "content": {"application/json": {}}}},
                }
            }
        }
    )
    verdicts, _ = under_test(cache, paths, front, DECLARED, UNBROKEN, seeds={"id": ("t1",)})
    assert {one.outcome for one in verdicts.values()} == {Outcome.PASS}
    plain, _ = under_test(cache, paths, lambda request, _: PAGE, DECLARED, seeds={"id": ("t1",)})
    assert {one.outcome for one in plain.values()} == {Outcome.FAIL}


def _always(answer: Answer, _request: Request, _body: bytes) -> Answer:
    return answer


def test_a_body_in_a_coding_that_was_not_asked_for_is_named(cache: Path) -> None:
    for coding, body, told in (
        ("br", b"\x0b\x00\x80{}\x03", "br"),
        ("gzip", b"{}", "not gzip"),
        ("gzip, gzip", b"\x1f", "gzip, gzip"),
    ):
        answer: Answer = (200, {"Content-Type": "application/json", "Content-Encoding": coding}, body)
        verdicts, records = under_test(cache, SMALL, partial(_always, answer), DECLARED)
        (verdict,) = verdicts.values()
        assert (verdict.outcome, verdict.findings[0].message) == (Outcome.FAIL, "coding")
        assert told in verdict.findings[0].actual
        assert all(one.ended == "complete" for one in records if isinstance(one, CaseEnd))


def test_of_a_case_that_ended_twice_only_the_last_end_counts() -> None:
    spec = shop()
    operation = spec.operations["listThings"]
    inputs = (Inputs(), frozenset[str](), frozenset[str]())
    case = Case("T/x", "T", operation.id, "public_answers_carry_no_personal_data", {}, *inputs, "case")
    plan = Plan("shop", "1", "", "full", "", 1, True, (case,), "")
    shut = [replace(exchange("GET /things", 401, actor="a"), case=case.id)]
    fine = [replace(exchange("GET /things", 200, page("a")), case=case.id)]
    ends = [CaseEnd(case.id, Ended.CREDENTIALS, "", 1), CaseEnd(case.id, Ended.COMPLETE, "", 1)]
    (first,) = judge_run(plan, spec, HOUSE, [*shut, ends[0]])
    assert (first.outcome, first.reason and first.reason.key) == (Outcome.INCONCLUSIVE, "credentials")
    (last,) = judge_run(plan, spec, HOUSE, [*shut, ends[0], *fine, ends[1]])
    assert (last.outcome, last.witnesses) == (Outcome.PASS, 1)
