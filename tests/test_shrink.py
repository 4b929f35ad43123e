"""Smaller inputs: what is tried, what is kept, how much is sent, and that nothing is left behind."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from conformance.adequacy import reference_ixit
from conformance.interface.dialect import read_dialect
from conformance.load import data_folders, load_profile
from conformance.model import Case, Exchange, Finding, Ics, Outcome, Request, Response, Spec, Verdict, json_bytes
from conformance.plan import make_plan
from conformance.run.shrink import MOST_REQUESTS, candidates, shrink_case, shrinkable

Answers = Callable[[Request], tuple[int, Any]]
LARGE = {"holderRef": "somebody", "targetType": "CAR_SPACE", "targetUid": "TPE0001", "nested": {"deep": [1, 2, 30], "b": True}}


@pytest.fixture(scope="module")
def spec() -> Spec:
    return load_profile(data_folders(), "transport", "full")[1]


@pytest.fixture(scope="module")
def cases(cache: Path) -> dict[str, Case]:
    profile, spec = load_profile(data_folders(), "transport", "full")
    plan = make_plan(spec, profile, Ics(), reference_ixit("transport"), cache=cache)
    return {case.id: case for case in plan.cases}


class Server:
    """Answers by a function, and keeps what was asked."""

    def __init__(self, answers: Answers) -> None:
        self.answers = answers
        self.asked: list[Request] = []

    async def send(self, request: Request) -> Exchange:
        self.asked.append(request)
        return self.exchange(request, len(self.asked))

    def exchange(self, request: Request, number: int = 0) -> Exchange:
        status, document = self.answers(request)
        return Exchange(
            number, "shrink/x", request, Response(status, (("content-type", "application/json"),), json_bytes(document))
        )

    def steps(self, name: str) -> list[Request]:
        return [one for one in self.asked if one.step == name]


def shrunk(spec: Spec, case: Case, server: Server, start: Request, message: str = "broken", **more: int) -> Request:
    finding = Finding(message, (1,), "", "")
    begun = server.exchange(start.with_step("drawn: valid"), 1)
    return asyncio.run(shrink_case(case, finding, begun, spec, read_dialect(spec.dialect), server.send, **more))


def breaks_when(condition: Callable[[Request], bool], otherwise: int = 400) -> Answers:
    return lambda request: (500, {}) if condition(request) else (otherwise, {})


def test_a_query_comes_down_to_the_parameter_that_matters(spec: Spec, cases: dict[str, Case]) -> None:
    start = spec.operations["listStops"].request(query={"limit": 20, "cityCode": "TPE", "bbox": "1,2,3,4"})
    server = Server(breaks_when(lambda request: "," in (request.parameter("bbox") or "")))
    best = shrunk(spec, cases["COM-ERR-06/listStops"], server, start)
    assert best.query == (("bbox", ","),)
    assert [one.query for one in server.steps("smaller")] == [best.query]


def test_a_body_comes_down_to_the_member_that_matters_under_keys_of_its_own(spec: Spec, cases: dict[str, Case]) -> None:
    start = spec.operations["createReservation"].request(body=json_bytes(LARGE), headers={"Idempotency-Key": "first"})

    def matters(request: Request) -> bool:
        document = request.json()
        return isinstance(document, dict) and 30 in (document.get("nested") or {}).get("deep", ())

    server = Server(breaks_when(matters))
    best = shrunk(spec, cases["COM-ERR-06/createReservation"], server, start)
    assert best.json() == {"nested": {"deep": [30]}}
    keys = [one.header("Idempotency-Key") for one in server.asked]
    assert len(set(keys)) == len(keys)
    assert "first" not in keys


def test_no_more_is_sent_than_was_agreed_and_nothing_twice(spec: Spec, cases: dict[str, Case]) -> None:
    start = spec.operations["createReservation"].request(body=json_bytes({f"m{n}": "x" * 64 for n in range(30)}))
    for most in (0, 1, 7, MOST_REQUESTS):
        server = Server(breaks_when(lambda _: True))
        shrunk(spec, cases["COM-ERR-06/createReservation"], server, start, most=most)
        sent = [one.body for one in server.steps("candidate")]
        assert len(sent) == len(set(sent)) <= most
        assert len(server.asked) <= most + 1


def test_another_failure_is_not_taken_for_the_same(spec: Spec, cases: dict[str, Case]) -> None:
    start = spec.operations["listStops"].request(query={"limit": 20, "cityCode": "TPE"})
    server = Server(lambda request: (500 if request.query == start.query else 503, {}))
    assert shrunk(spec, cases["COM-ERR-06/listStops"], server, start).query == start.query
    assert not server.steps("smaller")


def test_a_finding_that_rests_on_the_step_costs_no_request(spec: Spec, cases: dict[str, Case]) -> None:
    start = spec.operations["listStops"].request(query={"limit": 20})
    server = Server(lambda _: (200, {}))
    shrunk(spec, cases["COM-ERR-06/listStops"], server, start, message="accepted")
    assert server.asked == []


def test_what_a_candidate_made_is_undone(spec: Spec, cases: dict[str, Case]) -> None:
    def answers(request: Request) -> tuple[int, Any]:
        if request.method == "POST" and "holderRef" not in (request.json() or {}):
            return 201, {"reservationId": "rsv-1", "state": "PENDING"}
        return (500, {}) if request.method == "POST" else (200, {"reservationId": "rsv-1", "state": "PENDING"})

    server = Server(answers)
    start = spec.operations["createReservation"].request(body=json_bytes(LARGE), headers={"Idempotency-Key": "first"})
    best = shrunk(spec, cases["COM-ERR-06/createReservation"], server, start)
    assert list(best.json()) == ["holderRef"]
    undone = server.steps("cleanup: undo")
    assert [one.method for one in undone] == ["PATCH"]
    assert json.loads(undone[0].body or b"") == {"state": "CANCELLED"}


def test_candidates_are_simpler_and_begin_with_the_boldest() -> None:
    request = Request(
        "op", "POST", "/x", query=(("a", "12"), ("b", "")), body=json_bytes({"n": -9, "s": "ab", "l": [1], "t": True})
    )
    found = list(candidates(request))
    assert [one.query for one in found[:2]] == [(("b", ""),), (("a", "12"),)]
    bodies = [one.json() for one in found if one.body != request.body]
    assert {"s": "ab", "l": [1], "t": True} in bodies
    assert [one["n"] for one in bodies if one.get("n") not in (None, -9)] == [0, -4]
    assert {"n": -9, "s": "ab", "l": [], "t": True} in bodies
    assert all(one.get("t", True) is True for one in bodies), "there is nothing simpler than a truth value"
    assert {one.query[0][1] for one in found if len(one.query) == 2 and one.body == request.body} >= {"1", "2"}


@pytest.mark.parametrize(
    ("scope", "step", "redactions", "numbers", "found"),
    [
        ("exchange", "drawn: valid", (), (7,), True),
        ("case", "drawn: valid", (), (7,), False),
        ("exchange", "edge", (), (7,), False),
        ("exchange", "drawn: valid", (), (7, 8), False),
        ("exchange", "drawn: valid", (), (9,), False),
        ("exchange", "drawn: valid", ({"where": "/request/body/holderRef"},), (7,), False),
        ("exchange", "drawn: valid", ({"where": "/response/body/holderRef"},), (7,), True),
    ],
)
def test_only_what_was_drawn_and_recorded_as_sent_can_be_shrunk(
    cases: dict[str, Case], scope: str, step: str, redactions: Any, numbers: tuple[int, ...], found: bool
) -> None:
    case = next(one for one in cases.values() if one.scope == scope and one.operation)
    exchange = Exchange(7, case.id, Request("op", "GET", "/x", step=step), None, attributes={"redactions": redactions})
    verdict = Verdict(case.id, case.requirement, case.operation, Outcome.FAIL, findings=(Finding("m", numbers, "", ""),))
    assert (shrinkable(case, verdict, {7: exchange, 8: exchange}) is not None) == found
