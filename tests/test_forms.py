"""Forms, lists and objects are drawn, sent as the document says that they travel, and refused only where no reading of them is valid."""

from __future__ import annotations

import json
from email import message_from_bytes
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode

import pytest
from starlette.requests import Request

from conformance import checks
from conformance.interface import contract, forms, readings
from conformance.interface.dialect import HOUSE
from conformance.interface.openapi import read_operations
from conformance.model import Exchange, Finding, Operation, Outcome, Pairs, Response, Spec
from conformance.model import Request as Asked
from conformance.plan.generate import draw
from tests.small_interface import Answer, described, document, said, under_test

DECLARED, UNBROKEN = "answers_are_declared", "no_input_breaks_the_server"
URLENCODED, MULTIPART = forms.URLENCODED, forms.MULTIPART
NAMED = {
    "type": "object",
    "required": ["name"],
    "additionalProperties": False,
    "properties": {"name": {"type": "string", "pattern": "^[a-z]+$"}, "age": {"type": "integer", "minimum": 7}},
}
OPEN = {"type": "object"}
LIST = {"type": "array", "minItems": 2, "items": {"type": "integer"}}


def making(content: dict[str, Any]) -> dict[str, Any]:
    return {"operationId": "make", "requestBody": {"required": True, "content": content}, "responses": described(OPEN, "201")}


def reading(**parameter: Any) -> dict[str, Any]:
    return {"operationId": "read", "parameters": [{"name": "k", "in": "query", **parameter}], "responses": described(OPEN)}


def operation(raw: dict[str, Any], method: str = "post") -> Operation:
    spec = Spec("d", "1", document({"/things": {method: raw}}), json.dumps(raw), {}, {}, {}, [], {})
    operations = read_operations(spec)
    return next(iter(operations.values()))


def multipart(body: bytes, media_type: str) -> list[tuple[str, str, str | None, bytes]]:
    """The parts as Python's own reader of mail finds them: name, type, name of the file, content."""
    whole = message_from_bytes(f"Content-Type: {media_type}\r\n\r\n".encode() + body)
    assert not whole.defects
    parts: list[Any] = whole.get_payload()  # type: ignore[assignment] # a list, of a message that is multipart
    return [
        (
            part.get_param("name", header="content-disposition"),
            part.get_content_type(),
            part.get_filename(),
            part.get_payload(decode=True),
        )
        for part in parts
    ]


# ------------------------------------------------------------------------------------------ what a form looks like


@pytest.mark.parametrize(
    ("encoding", "value", "body"),
    [
        ({}, {"a": "é &", "b": 7, "c": True}, b"a=%C3%A9+%26&b=7&c=true"),
        ({}, {"a": ["x", "y"], "b": {"n": 1}}, b"a=x&a=y&b=%7B%22n%22%3A1%7D"),
        ({"a": {"style": "form", "explode": False}}, {"a": ["x", "y"]}, b"a=x%2Cy"),
        ({"a": {"style": "deepObject"}}, {"a": {"n": 1}}, b"a%5Bn%5D=1"),
        ({"a": {"contentType": "application/json"}}, {"a": "x"}, b"a=%22x%22"),
    ],
)
def test_a_value_is_urlencoded_by_its_encoding(encoding: Any, value: Any, body: bytes) -> None:
    found = forms.form(operation(making({URLENCODED: {"schema": OPEN, "encoding": encoding}})), URLENCODED, value)
    assert found is not None
    assert (found.media_type, found.body) == (URLENCODED, body)
    assert forms.fields(found.media_type, found.body) == found.fields


def test_a_value_becomes_parts_that_another_reader_finds() -> None:
    file = {"type": "string", "format": "binary"}
    schema = {
        "type": "object",
        "properties": {"photo": file, "page": {"contentMediaType": "text/html"}, "n": {"type": "integer"}},
    }
    encoding = {"n": {"contentType": "text/csv"}, "meta": {"contentType": "application/vnd.x+json"}}
    value = {"photo": "p", "page": "<p>", "n": 1, "meta": "m", "tags": ["a", "b"], "deep": {"x": 1}}
    found = forms.form(operation(making({MULTIPART: {"schema": schema, "encoding": encoding}})), MULTIPART, value)
    assert found is not None
    assert multipart(found.body, found.media_type) == [
        ("photo", "application/octet-stream", "photo", b"p"),
        ("page", "text/html", "page", b"<p>"),
        ("n", "text/csv", None, b"1"),
        ("meta", "application/vnd.x+json", None, b'"m"'),
        ("tags", "text/plain", None, b"a"),
        ("tags", "text/plain", None, b"b"),
        ("deep", "application/json", None, b'{"x":1}'),
    ]
    assert forms.fields(found.media_type, found.body) == found.fields


@pytest.mark.parametrize("value", [7, [], {'a"b': 1}, {}, {"a\r\n": 1}])
def test_what_has_no_parts_is_not_sent(value: Any) -> None:
    assert forms.form(operation(making({MULTIPART: {"schema": OPEN}})), MULTIPART, value) is None


@pytest.mark.parametrize(
    ("media_type", "body"),
    [("text/plain", b"a=1"), (MULTIPART, b"--x--\r\n"), (f"{MULTIPART}; boundary=x", b"--x"), (URLENCODED, b"a=\xff"), ("", b"")],
)
def test_what_is_no_form_of_ours_has_no_fields(media_type: str, body: bytes) -> None:
    assert forms.fields(media_type, body) is None


# ------------------------------------------------------------------------------------------ what is excluded


@pytest.mark.parametrize(
    ("pairs", "refused"),
    [
        ((("name", "ab"),), False),
        ((("name", "ab"), ("age", "7")), False),
        ((("name", "ab"), ("age", "6")), True),
        ((("name", "7"),), True),
        ((("age", "7"),), True),
        ((("name", "ab"), ("other", "1")), True),
        ((("name", "ab"), ("name", "cd")), True),
        (tuple(("name", "1") for _ in range(9)), False),  # more readings than are tried
    ],
)
def test_a_form_is_refused_where_no_reading_of_it_is_valid(pairs: Pairs, refused: bool) -> None:
    one = operation(making({URLENCODED: {"schema": NAMED}, MULTIPART: {"schema": NAMED}}))
    assert contract.body_refused(one, URLENCODED, urlencode(pairs).encode()) == refused


@pytest.mark.parametrize(
    ("parameter", "query", "excluded"),
    [
        ({"schema": LIST}, (("k", "1"), ("k", "2")), False),
        ({"schema": LIST}, (("k", "1"), ("k", "x")), True),
        ({"schema": LIST}, (("k", "1"),), True),
        ({"schema": LIST}, (("k", "1,2"),), False),
        ({"schema": LIST, "explode": False}, (("k", "1,2"),), False),
        ({"schema": LIST, "style": "pipeDelimited", "explode": False}, (("k", "1|2"),), False),
        ({"schema": LIST, "style": "pipeDelimited", "explode": False}, (("k", "1,2"),), True),
        ({"schema": LIST}, (("other", "x"),), False),
        ({"schema": NAMED, "style": "deepObject"}, (("k[name]", "ab"), ("k[age]", "8")), False),
        ({"schema": NAMED, "style": "deepObject"}, (("k[name]", "ab"), ("k[age]", "6")), True),
        ({"schema": NAMED, "style": "deepObject"}, (("k[name][x]", "ab"),), False),
        ({"schema": NAMED, "style": "deepObject"}, (("k", "ab"),), False),
        ({"schema": NAMED}, (("name", "7"),), False),
        ({"schema": NAMED, "explode": False}, (("k", "name,ab,age,8"),), False),
        ({"schema": NAMED, "explode": False}, (("k", "name,ab,age,6"),), True),
        ({"content": {"application/json": {"schema": NAMED}}}, (("k", '{"name":"ab"}'),), False),
        ({"content": {"application/json": {"schema": NAMED}}}, (("k", '{"name":7}'),), True),
    ],
)
def test_a_list_or_an_object_is_excluded_where_no_reading_is_valid(parameter: Any, query: Pairs, excluded: bool) -> None:
    assert contract.excluded(operation(reading(**parameter), "get"), query) == (["k"] if excluded else [])


def test_a_text_under_the_name_of_a_scattered_object_says_nothing_of_it() -> None:
    one = operation(reading(schema=NAMED, style="deepObject"), "get")
    assert not contract.parameter_refused(one, "k", "anything")
    assert readings.unlike((("k[name]", "a"), ("l[name]", "a")), {p.name: p for p in one.parameters}) == ["l[name]"]


# ------------------------------------------------------------------------------------------ what is drawn


@pytest.mark.parametrize("media", [URLENCODED, MULTIPART])
def test_forms_are_drawn_valid_and_invalid(media: str, cache: Path) -> None:
    one = operation(making({media: {"schema": NAMED}}))
    valid, invalid = _drawn(one, cache)
    assert len(valid) > 2
    for each in valid:
        assert each.media_type is not None
        assert each.body is not None
        sent = dict(forms.fields(each.media_type, each.body) or ())
        assert set(sent) <= {"name", "age"}
        assert sent["name"].isalpha()
    assert invalid
    for each in invalid:
        assert contract.body_refused(one, each.media_type or "", each.body or b"")


def _drawn(one: Operation, cache: Path) -> Any:
    one.spec.operations[one.id] = one  # type: ignore[index] # a dict, here
    return draw(one.spec, (one.id,), seed=1, count=8, cache=cache)[one.id]


def test_each_media_type_that_can_be_drawn_is(cache: Path) -> None:
    content = {"application/xml": {"schema": NAMED}, "application/json": {"schema": NAMED}, URLENCODED: {"schema": NAMED}}
    valid, _ = _drawn(operation(making(content)), cache)
    assert {one.media_type for one in valid} == {"application/json", URLENCODED}
    assert _drawn(operation(making({"application/xml": {"schema": NAMED}})), cache) == ((), ())


@pytest.mark.parametrize(
    ("parameter", "names"),
    [
        ({"schema": LIST}, {"k"}),
        ({"schema": LIST, "explode": False}, {"k"}),
        ({"schema": NAMED, "style": "deepObject"}, {"k[name]", "k[age]"}),
        ({"schema": NAMED}, {"name", "age"}),
        ({"schema": NAMED, "explode": False}, {"k"}),
        ({"content": {"application/json": {"schema": NAMED}}}, {"k"}),
    ],
)
def test_lists_and_objects_are_drawn(parameter: Any, names: set[str], cache: Path) -> None:
    one = operation(reading(**parameter), "get")
    valid, invalid = _drawn(one, cache)
    seen = {name for each in valid for name, _ in each.query}
    assert seen
    assert seen <= names
    assert not any(contract.excluded(one, each.query) for each in valid)
    scattered = parameter == {"schema": NAMED}
    assert bool(invalid) != scattered
    assert all(contract.excluded(one, each.query) or readings.unlike(each.query, {"k": one.parameters[0]}) for each in invalid)


# ------------------------------------------------------------------------------------------ a whole run


def strict(request: Request, body: bytes) -> Answer:
    """A server that reads a form as its media type says, and keeps to the schema."""
    kind = request.headers.get("content-type", "")
    if kind == URLENCODED:
        found = parse_qs(body.decode("latin-1"), keep_blank_values=True)
    elif kind.startswith(MULTIPART) and body.startswith(b"--yance-") and body.rstrip().endswith(b"--"):
        found = {}
        for field, _, _, content in multipart(body, kind):
            found.setdefault(field, []).append(content.decode())
    else:
        return said({}, 400)
    age = found.pop("age", ["7"])
    name = found.pop("name", [])
    right = not found and len(name) == 1 and name[0].isascii() and name[0].isalpha() and name[0].islower()
    aged = len(age) == 1 and age[0].lstrip("+-").isdigit() and int(age[0]) >= 7
    return said({}, 201) if right and aged else said({}, 400)


@pytest.mark.parametrize("media", [URLENCODED, MULTIPART])
def test_a_server_that_reads_forms_passes(media: str, cache: Path) -> None:
    verdicts, _ = under_test(
        cache, document({"/things": {"post": making({media: {"schema": NAMED}})}}), strict, DECLARED, UNBROKEN
    )
    assert {name: one.outcome for name, one in verdicts.items()} == dict.fromkeys(verdicts, Outcome.PASS)


@pytest.mark.parametrize("media", [URLENCODED, MULTIPART])
def test_a_server_that_breaks_on_an_optional_field_fails(media: str, cache: Path) -> None:
    def broken(request: Request, body: bytes) -> Answer:
        return said({}, 500) if b"age" in body else strict(request, body)

    verdicts, _ = under_test(cache, document({"/things": {"post": making({media: {"schema": NAMED}})}}), broken, UNBROKEN)
    assert verdicts[f"{UNBROKEN}/make"].outcome is Outcome.FAIL


@pytest.mark.parametrize(
    "parameter",
    [
        {"schema": LIST},
        {"schema": NAMED, "style": "deepObject"},
        {"content": {"application/json": {"schema": NAMED}}},
    ],
)
def test_a_server_that_breaks_on_an_optional_list_or_object_fails(parameter: Any, cache: Path) -> None:
    def broken(request: Request, _body: bytes) -> Answer:
        return said({}, 500 if any(name.startswith("k") for name in request.query_params) else 200)

    verdicts, _ = under_test(cache, document({"/things": {"get": reading(**parameter)}}), broken, DECLARED)
    assert verdicts[f"{DECLARED}/read"].outcome is Outcome.FAIL


def test_what_ignores_an_object_that_it_does_not_know_is_not_failed(cache: Path) -> None:
    paths = {"/things": {"get": reading(schema={"type": "object", "properties": {"n": {}}}, style="deepObject")}}
    verdicts, _ = under_test(cache, document(paths), lambda *_: said({}), UNBROKEN)
    assert verdicts[f"{UNBROKEN}/read"].outcome is Outcome.PASS


# ------------------------------------------------------------------------------------------ refusals of them

STATUSES = ("refusals_have_the_status_of_their_fault", {"order": [404, 400, 422], "types": {}})
FAULTS: list[tuple[dict[str, Any], str, int, Outcome]] = [  # what is declared, what is sent (`&` a form, `?` a query), the status
    ({"schema": LIST}, "?k=1&k=2", 422, Outcome.INCONCLUSIVE),
    ({"schema": LIST}, "?k=1&k=x", 422, Outcome.FAIL),
    ({"schema": LIST}, "?k=1&k=x", 400, Outcome.PASS),
    ({"schema": LIST}, "?k=1&k=2&stray=1", 422, Outcome.FAIL),
    ({"schema": NAMED, "style": "deepObject"}, "?k[name]=ab", 422, Outcome.INCONCLUSIVE),
    ({"schema": NAMED, "style": "deepObject"}, "?k[name]=7", 422, Outcome.FAIL),
    ({"schema": NAMED}, "?name=7", 422, Outcome.INCONCLUSIVE),
    ({}, "&name=ab", 400, Outcome.INCONCLUSIVE),
    ({}, "&name=7", 400, Outcome.INCONCLUSIVE),  # a server may take it for a form that cannot be read
    ({}, "&name=7", 422, Outcome.PASS),
]


@pytest.mark.parametrize(("parameter", "sent", "status", "outcome"), FAULTS)
def test_a_refusal_is_held_only_against_what_is_wrong_for_certain(
    parameter: dict[str, Any], sent: str, status: int, outcome: Outcome
) -> None:
    """What the judge of refusals makes of one request that was refused with a status."""
    name, arguments = STATUSES
    is_form = sent.startswith("&")
    one = operation(making({URLENCODED: {"schema": NAMED}}) if is_form else reading(**parameter), "post" if is_form else "get")
    pairs = tuple(parse_qsl(sent[1:]))
    headers, body = ((("Content-Type", URLENCODED),), urlencode(pairs).encode()) if is_form else ((), None)
    asked = Asked(one.id, one.method, one.path, () if is_form else pairs, headers, body)
    refused = Response(status, (("content-type", "application/json"),), b"{}")
    judge = checks.bind(checks.check(name).judge, arguments)
    said_of = list(judge(one, [Exchange(1, "c", asked, refused)], HOUSE))
    found = [each for each in said_of if isinstance(each, Finding)]
    assert outcome is (Outcome.FAIL if found else Outcome.PASS if said_of else Outcome.INCONCLUSIVE)
