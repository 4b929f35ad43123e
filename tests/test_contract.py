"""What an operation declares: looked up by status, media type and direction, and held against what came."""

from contextlib import suppress
from typing import Any

import pytest

from conformance.checks._example import exchange
from conformance.checks.protocol import answers_are_declared, protocol_errors_have_their_status
from conformance.interface import contract
from conformance.interface.dialect import Dialect
from conformance.interface.directions import REQUEST
from conformance.interface.openapi import read_operations
from conformance.interface.schema import errors_under
from conformance.model import Exchange, Finding, Inputs, Operation, Request, Spec

A, B = {"type": "object", "required": ["a"]}, {"type": "object", "required": ["b"]}


def operation(responses: Any = None, body: Any = None, schemas: Any = None, version: str = "3.1.0") -> Operation:
    raw: dict[str, Any] = {"operationId": "op", "responses": responses or {}}
    if body is not None:
        raw["requestBody"] = {"content": body}
    document = {"openapi": version, "paths": {"/x": {"post": raw}}, "components": {"schemas": schemas or {}}}
    operations: dict[str, Operation] = {}
    spec = Spec("d", "1.0.0", document, "", operations, {}, {}, [], {})
    operations.update(read_operations(spec))
    return operations["op"]


def answer(body: Any, media_type: str = "application/json", status: int = 200) -> Exchange:
    return exchange("POST /x", status, body, headers={"content-type": media_type})


def wrong(one: Operation, body: Any, media_type: str = "application/json", status: int = 200) -> list[str]:
    return [error.keyword for error in contract.response_errors(one, answer(body, media_type, status))]


@pytest.mark.parametrize("wide", ["4XX", "4xx", "4Xx"])
def test_an_answer_is_declared_by_its_status_its_range_or_the_default(wide):
    one = operation({"404": {"description": "exact"}, wide: {"description": "range"}, "default": {"description": "default"}})
    found = [(contract.declared(one, status) or {})["description"] for status in (404, 400, 500)]
    assert found == ["exact", "range", "default"]
    assert contract.declared(operation({"200": {}}), 201) is None


@pytest.mark.parametrize(
    ("keys", "sent", "meant"),
    [
        (["application/json"], "Application/JSON; charset=UTF-8", "application/json"),
        (["application/json; charset=utf-8"], "application/json", "application/json; charset=utf-8"),
        (["Application/JSON"], "application/json", "Application/JSON"),
        (["application/*"], "application/geo+json", "application/*"),
        (["*/*", "application/json"], "application/json", "application/json"),
        (["*/*"], "application/json", "*/*"),
        (["application/json"], "application/problem+json", None),
    ],
)
def test_a_body_is_judged_under_the_type_that_means_it(keys, sent, meant):
    one = operation({"200": {"content": {key: {"schema": A if key == meant else B} for key in keys}}})
    response = answer({"a": 1}, sent).response
    assert response is not None
    assert contract.answer_type(one, response) == meant
    assert wrong(one, {"a": 1}, sent) == []
    assert wrong(one, {}, sent) == (["required"] if meant else [])


def test_annotations_are_found_under_any_spelling_of_the_type():
    schema = {"type": "object", "properties": {"at": {"type": "string", "format": "date-time"}}}
    for key in ("application/json", "Application/JSON", "application/*", "*/*", "application/json;charset=utf-8"):
        one = operation({"200": {"content": {key: {"schema": schema}}}})
        assert contract.locate(one, answer({"at": "x"}), "format", "date-time") == [("/at", "x")]
        assert contract.members(one, answer({})) == {"", "/at"}


def test_what_is_not_json_is_not_judged_as_json():
    one = operation({"200": {"content": {"text/csv": {"schema": {"type": "string"}}, "*/*": {"schema": A}}}})
    assert wrong(one, b"a,b\n1,2\n", "text/csv; header=present") == wrong(one, b"%PDF", "application/pdf") == []
    form = operation(body={"application/x-www-form-urlencoded": {"schema": A}})
    assert not contract.request_unfit(form, "application/x-www-form-urlencoded", {})
    assert contract.body_members(form, "application/x-www-form-urlencoded") == ({}, {})


def test_a_request_body_is_found_under_any_spelling_of_its_type():
    one = operation(body={"Application/Merge-Patch+JSON; charset=utf-8": {"schema": A}})
    found = contract.body_schema(one, "application/merge-patch+json")
    assert found is not None
    assert [error.keyword for error in errors_under(one.spec, found, {}, REQUEST)] == ["required"]
    assert contract.request_refused(one, "application/merge-patch+json", {})
    assert not contract.request_unfit(one, "application/json", {})


@pytest.mark.parametrize("media", ["application/json", "application/x-www-form-urlencoded"])
def test_half_of_a_pair_in_what_was_sent_reads_as_no_character_of_its_own(media: str):
    text = {"type": "object", "properties": {"a": {"type": ["string", "object"], "maxLength": 1, "maxProperties": 0}}}
    one, form = operation(body={media: {"schema": text}}), media != "application/json"
    halved = b'a="\\ud800"' if form else b'{"a": "\\ud800"}'
    assert not contract.body_refused(one, media, halved)
    assert contract.body_refused(one, media, halved.replace(b"ud800", b"ud800\\ud800\\ud800"))


PASSWORD, ID = {"type": "string", "writeOnly": True}, {"type": "string", "readOnly": True}
USER = {
    "type": "object",
    "required": ["id", "password", "name"],
    "properties": {"id": ID, "password": PASSWORD, "name": {"type": "string"}},
}


@pytest.mark.parametrize("version", ["3.0.3", "3.1.0"])
@pytest.mark.parametrize(
    "schema",
    [
        USER,
        {"$ref": "#/components/schemas/User"},
        {"allOf": [{"$ref": "#/components/schemas/User"}, {"required": ["id", "password"]}]},
        {"allOf": [{"properties": {"id": ID, "password": PASSWORD}}, {"required": ["id", "password", "name"]}]},
        {"anyOf": [{"$ref": "#/components/schemas/Typed"}, {"type": "null"}]},
    ],
)
def test_what_does_not_travel_in_a_direction_is_not_asked_for_in_it(version, schema):
    typed = {
        "required": ["id", "password", "name"],
        "properties": {
            "id": {"allOf": [{"$ref": "#/components/schemas/Id"}]},
            "password": {"$ref": "#/components/schemas/Password"},
        },
    }
    schemas = {"User": USER, "Typed": typed, "Id": ID, "Password": PASSWORD}
    content = {"application/json": {"schema": schema}}
    one = operation({"200": {"content": content}}, content, schemas, version)
    request = {"password": "p", "name": "n"}
    shown = {"id": "i", "name": "n"}
    assert not contract.request_unfit(one, "application/json", request)
    assert contract.response_errors(one, answer(shown)) == []
    assert contract.request_refused(one, "application/json", shown)
    assert contract.response_errors(one, answer(request))
    assert contract.request_refused(one, "application/json", {"password": "p"})
    assert contract.response_errors(one, answer({"id": "i"}))


def test_lists_nested_members_and_what_must_not_be_are_relaxed_or_kept():
    schema = {"type": "array", "items": {"properties": {"user": USER}}, "not": {"contains": USER}}
    one = operation({"200": {"content": {"application/json": {"schema": schema}}}})
    assert wrong(one, [{"user": {"id": "i", "name": "n"}}]) == []
    assert wrong(one, [{"user": {"id": "i"}}]) == ["required"]
    assert wrong(one, [{"id": "i", "name": "n"}]) == []
    assert wrong(one, [{"id": "i", "name": "n", "password": "p"}]) == ["not"]


def test_what_stands_beside_a_reference_counts_from_3_1_on():
    schemas = {"Text": {"type": "string"}}
    for version, expected in (("3.0.3", []), ("3.1.0", ["maxLength"])):
        content = {"application/json": {"schema": {"$ref": "#/components/schemas/Text", "maxLength": 1, "x-text": "y"}}}
        one = operation({"200": {"content": content}}, None, schemas, version)
        assert wrong(one, "ab") == expected
        assert len(contract.locate(one, answer("ab"), "x-text")) == len(expected)


def test_path_items_and_answers_may_be_references():
    get = {"operationId": "read", "responses": {"200": {"$ref": "#/paths/~1a~1%7Bid%7D/get/responses/200"}}}
    document = {
        "openapi": "3.1.0",
        "paths": {
            "/a/{id}": {"get": {"operationId": "one", "responses": {"200": {"description": "good"}}}},
            "/b": {"$ref": "#/components/pathItems/B"},
            "x-more": "text",
        },
        "components": {"pathItems": {"B": {"get": get}}},
    }
    spec = Spec("d", "1.0.0", document, "", {}, {}, {}, [], {})
    assert read_operations(spec)["read"].responses == {"200": {"description": "good"}}


@pytest.mark.parametrize(
    ("bodies", "sent"),
    [
        ([], "application/json"),
        (["application/xml", "application/merge-patch+json"], "application/merge-patch+json"),
        (["application/*"], "application/json"),
        (["*/*", "application/json; version=2"], "application/json; version=2"),
        (["application/x-www-form-urlencoded", "text/*"], "application/x-www-form-urlencoded"),
    ],
)
def test_json_is_sent_where_it_may_be(bodies, sent):
    one = operation(body={name: {"schema": A} for name in bodies})
    assert one.media_type == sent
    assert one.request(json={}).header("Content-Type") == sent


@pytest.mark.parametrize(
    ("bodies", "malformed", "unsupported"),
    [
        (["application/x-www-form-urlencoded"], 0, ["text/plain", "application/json", "application/merge-patch+json"]),
        (["Application/JSON; charset=utf-8", "text/*"], 4, ["application/x-www-form-urlencoded", "application/merge-patch+json"]),
        (["*/*"], 4, []),
    ],
)
def test_bodies_are_spoilt_as_what_they_are(bodies, malformed, unsupported):
    one = operation(body={name: {"schema": A} for name in bodies})
    script = protocol_errors_have_their_status.drive(one, Inputs(), Dialect())
    sent: list[Request] = []
    with suppress(StopIteration):
        sent.append(next(script))
        while True:
            sent.append(script.send(exchange("POST /x", 200)))
    assert sum(each.step == "malformed JSON" for each in sent) == malformed
    assert [each.header("Content-Type") for each in sent if each.step == "unsupported media type"] == unsupported


def test_a_parameters_reference_and_its_siblings_apply_together():
    for version, accepted in (("3.0.3", ["1", "2"]), ("3.1.0", ["1"])):
        one = operation(schemas={"Small": {"type": "integer", "maximum": 2}}, version=version)
        raw = {"name": "n", "in": "query", "schema": {"$ref": "#/components/schemas/Small", "maximum": 1, "minimum": 0}}
        document = {**one.spec.document, "paths": {"/x": {"get": {"operationId": "op", "parameters": [raw]}}}}
        spec = Spec("d", "1.0.0", document, "", {}, {}, {}, [], {})
        read = read_operations(spec)["op"]
        assert [text for text in ("1", "2", "3") if contract.parameter_accepts(read, "n", text)] == accepted


def test_a_schema_may_be_true_or_false():
    for schema, expected in ((True, []), (False, ["not"]), ({}, [])):
        assert wrong(operation({"200": {"content": {"application/json": {"schema": schema}}}}), 7) == expected


# ------------------------------------------------------------------------------------------ what a request accepts


@pytest.mark.parametrize(
    ("good", "bad", "accepted"),
    [
        (["application/json"], ["application/problem+json"], None),
        ([], [], None),
        (["Application/JSON; charset=utf-8"], [], None),
        (["application/geo+json"], [], "application/geo+json, application/problem+json;q=0.9"),
        (["text/csv"], ["application/json"], "text/csv, application/json;q=0.9, application/problem+json;q=0.9"),
        (
            ["text/html", "application/json"],
            [],
            "application/json, application/problem+json;q=0.9, text/html;q=0.5",
        ),
        (["*/*"], [], "application/json, application/problem+json;q=0.9, */*;q=0.5"),
        (
            ['application/xml; profile="a b"'],
            [],
            'application/xml; profile="a b", application/problem+json;q=0.9',
        ),
    ],
)
def test_a_request_accepts_what_its_operation_declares(good, bad, accepted):
    one = operation(
        {"200": {"content": {key: {} for key in good}}, **({"4XX": {"content": {key: {} for key in bad}}} if bad else {})}
    )
    asked = Request("op", "POST", "/x")
    assert contract.accepting(one, asked).header("Accept") == accepted
    said = asked.with_header("accept", "text/x-own")
    assert contract.accepting(one, said) is said


def test_an_answer_to_head_has_no_body_to_lack():
    shown = {"content": {"application/json": {"schema": A}}}
    for method, lacking in (("get", 1), ("head", 0)):
        raw = {"operationId": "op", "responses": {"200": shown}}
        operations: dict[str, Operation] = {}
        spec = Spec("d", "1.0.0", {"openapi": "3.1.0", "paths": {"/x": {method: raw}}}, "", operations, {}, {}, [], {})
        operations.update(read_operations(spec))
        found = [*answers_are_declared.judge(operations["op"], [exchange(f"{method.upper()} /x", 200)], Dialect())]
        assert len([one for one in found if isinstance(one, Finding)]) == lacking


def test_whoever_says_that_every_status_is_declared_is_held_to_it():
    one = operation({"200": {}})
    for step, provoked, failed in (("unknown", "any", 0), ("unknown", "declared", 1), ("drawn: valid", "any", 1)):
        trace = [exchange("POST /x", 418, step=step)]
        found = [*answers_are_declared.judge(one, trace, Dialect(), provoked=provoked)]
        assert len([each for each in found if isinstance(each, Finding)]) == failed
