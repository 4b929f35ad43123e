"""What a request needs beside path and body is sent as the document says that it travels, or named where no value is known."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from conformance.interface import contract, sending
from conformance.interface.openapi import read_operations
from conformance.model import Operation, Outcome, Pairs, Request, Spec
from tests.small_interface import described, document, said, under_test

THING = {"type": "object", "required": ["a"], "properties": {"a": {"type": "integer"}}}
KINDS = {"type": "array", "minItems": 1, "items": {"type": "string", "enum": ["x", "y"]}}
RANGE = {"type": "object", "required": ["from"], "properties": {"from": {"type": "integer", "minimum": 4}}}


def operation(parameter: dict[str, Any], responses: Any = None) -> Operation:
    raw = {"operationId": "op", "parameters": [{"name": "k", **parameter}], "responses": responses or described(THING)}
    return read_operations(Spec("d", "1", document({"/thing": {"get": raw}}), "", {}, {}, {}, [], {}))["op"]


@pytest.mark.parametrize(
    ("parameter", "value", "sent"),
    [
        ({}, ["x", "y"], (("k", "x"), ("k", "y"))),
        ({"explode": False}, ["x", "y"], (("k", "x,y"),)),
        ({"style": "pipeDelimited", "explode": False}, ["x", "y"], (("k", "x|y"),)),
        ({"style": "spaceDelimited", "explode": False}, ["x", "y"], (("k", "x y"),)),
        ({"style": "spaceDelimited", "explode": True}, ["x", "y"], (("k", "x"), ("k", "y"))),
        ({"style": "deepObject"}, {"from": 4, "up": True}, (("k[from]", "4"), ("k[up]", "true"))),
        ({}, {"from": 4}, (("from", "4"),)),
        ({"explode": False}, {"from": 4, "to": 5}, (("k", "from,4,to,5"),)),
        ({"content": {"application/json": {}}}, {"n": 1}, (("k", '{"n":1}'),)),
        ({}, 4, (("k", "4"),)),
    ],
)
def test_a_value_goes_into_a_query_by_its_style(parameter: dict[str, Any], value: Any, sent: Pairs) -> None:
    (p,) = operation({"in": "query", "schema": {}, **parameter}).parameters
    assert sending.pairs(p, value) == sent
    request = sending.with_value(Request("op", "GET", "/thing", (("other", "1"), ("k", "old"))), p, value)
    assert request.query == (("other", "1"), *sent)


@pytest.mark.parametrize(
    ("parameter", "value", "headers"),
    [
        ({"in": "header", "schema": {}}, ["a", "b"], (("k", "a,b"),)),
        ({"in": "header", "schema": {}, "explode": True}, {"a": 1, "b": 2}, (("k", "a=1,b=2"),)),
        ({"in": "cookie", "schema": {}}, "zh", (("Cookie", "k=zh"),)),
    ],
)
def test_a_value_goes_into_a_header_or_a_cookie(parameter: dict[str, Any], value: Any, headers: Pairs) -> None:
    (p,) = operation(parameter).parameters
    assert sending.with_value(Request("op", "GET", "/thing"), p, value).headers == headers


@pytest.mark.parametrize(
    ("parameter", "value"),
    [
        ({"schema": KINDS}, ["x"]),
        ({"schema": {**KINDS, "minItems": 2}}, ["x", "y"]),
        ({"schema": RANGE}, {"from": 4}),
        ({"schema": {"type": "string", "default": "d"}}, "d"),
        ({"schema": {"type": "string"}, "example": "e"}, "e"),
        ({"schema": {"type": "string"}, "examples": {"one": {"value": "v"}}}, "v"),
        ({"content": {"application/json": {"schema": RANGE}}}, {"from": 4}),
        ({"schema": {"type": "string"}}, None),
        ({"schema": {"type": "array", "items": {"type": "string"}}}, None),
    ],
)
def test_a_value_that_needs_no_target_is_what_the_document_states(parameter: dict[str, Any], value: Any) -> None:
    one = operation({"in": "query", **parameter})
    assert sending.stated(one, one.parameters[0]) == value


WANTED: list[tuple[dict[str, Any], Any]] = [
    ({"in": "header", "schema": {"type": "string", "enum": ["t1"]}}, lambda r: r.headers.get("k") == "t1"),
    ({"in": "cookie", "schema": {"type": "string", "enum": ["zh"]}}, lambda r: r.cookies.get("k") == "zh"),
    ({"in": "query", "schema": KINDS}, lambda r: r.query_params.getlist("k") == ["x"]),
    ({"in": "query", "schema": RANGE, "style": "deepObject"}, lambda r: r.query_params.get("k[from]") == "4"),
]


@pytest.mark.parametrize(("parameter", "fits"), WANTED)
def test_what_is_required_is_sent_so_that_the_answer_can_be_judged(cache: Path, parameter: dict[str, Any], fits: Any) -> None:
    parameters = [{"name": "k", "required": True, **parameter}]
    openapi = document({"/thing": {"get": {"operationId": "op", "parameters": parameters, "responses": described(THING)}}})
    for body, outcome in (({"a": 1}, Outcome.PASS), ({"a": "no integer"}, Outcome.FAIL)):

        def answer(request: Any, _: bytes, body: Any = body) -> Any:
            return said(body) if fits(request) else said({}, 400)

        verdicts, _ = under_test(cache, openapi, answer, "answers_are_declared")
        assert [one.outcome for one in verdicts.values()] == [outcome]


def test_a_required_header_of_which_no_value_is_known_is_named_and_a_seed_gives_one(cache: Path) -> None:
    parameters = [{"name": "X-Tenant", "in": "header", "required": True, "schema": {"type": "string"}}]
    openapi = document({"/thing": {"get": {"operationId": "op", "parameters": parameters, "responses": described(THING)}}})

    def answer(request: Any, _: bytes) -> Any:
        return said({"a": 1}) if request.headers.get("X-Tenant") == "t9" else said({}, 400)

    (open_one,) = under_test(cache, openapi, answer, "answers_are_declared")[0].values()
    assert open_one.outcome is Outcome.INCONCLUSIVE
    assert open_one.reason is not None
    assert "X-Tenant (in: header)" in open_one.reason.values["why"]
    (passed,) = under_test(cache, openapi, answer, "answers_are_declared", seeds={"X-Tenant": ("t9",)})[0].values()
    assert passed.outcome is Outcome.PASS


# ------------------------------------------------------------------------------------------ header fields of answers

DECLARED = {
    "X-Rate": {"required": True, "schema": {"type": "integer"}},
    "X-List": {"schema": {"type": "array", "items": {"type": "integer"}}},
    "X-Word": {"schema": {"type": "string", "enum": ["yes"]}},
    "Content-Type": {"schema": {"type": "integer"}},
}


@pytest.mark.parametrize(
    ("headers", "wrong"),
    [
        ([("x-rate", "3")], []),
        ([("x-rate", "3"), ("x-list", "1, 2"), ("x-list", "3")], []),
        ([("x-rate", "3"), ("x-list", "1, many")], ["X-List"]),
        ([("x-rate", "3"), ("x-word", "no")], ["X-Word"]),
        ([("x-rate", "many")], ["X-Rate"]),
        ([], ["X-Rate"]),
    ],
)
def test_a_header_field_is_held_to_its_declaration_in_any_reading(headers: list[tuple[str, str]], wrong: list[str]) -> None:
    from conformance.model import Exchange, Response

    one = operation({"in": "query", "schema": {}}, described(THING, headers=DECLARED))
    came = Exchange(
        1, "x", Request("op", "GET", "/thing"), Response(200, (*headers, ("content-type", "application/json")), b"{}")
    )
    assert [name for name, _, _ in contract.header_errors(one, came)] == wrong
