"""No pass without the chance to fail: witnesses are weighed, counted by aspect, and nothing passes that never succeeded."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from conformance import checks
from conformance.checks._example import exchange, page, shop
from conformance.interface.dialect import HOUSE
from conformance.interface.openapi import read_operations
from conformance.model import Exchange, Moot, Outcome, Reason, Response, Spec, Witness
from conformance.reference.impostors import impostor, impostors
from conformance.verdict.report import verdicts_document
from conformance.verdict.successes import shortcoming
from conformance.verdict.weighing import NONE, Counts, Weighed, vain, weighed
from tests.small_interface import described, document, said, under_test

DECLARED, UNBROKEN, FILTERS = "answers_are_declared", "no_input_breaks_the_server", "filters_keep_exactly_what_they_say"
THING = {"type": "object", "required": ["a"], "properties": {"a": {"type": "integer"}}}
READ: dict[str, Any] = {"operationId": "read", "responses": described(THING)}
MAKE = {
    "operationId": "make",
    "requestBody": {"required": True, "content": {"application/json": {"schema": THING}}},
    "responses": described(THING, "201"),
}
SMALL = document({"/thing": {"get": READ}, "/things": {"post": MAKE}})


# ------------------------------------------------------------------------------------------ which witnesses count


def cut(body: bytes) -> Exchange:
    one = exchange("GET /things", 200, page("a"))
    return Exchange(1, "case", one.request, Response(200, one.response.headers if one.response else (), body, True, len(body)))


DEEP = exchange("GET /things", 200, b"[" * 300 + b"]" * 300)
DOUBLED = exchange("GET /things", 200, b'{"items": [{"a": 1, "b": 2, "a": 3}]}')
SENT = {"Authorization": "Bearer x"}


@pytest.mark.parametrize(
    ("one", "bodies", "why"),
    [
        (exchange("GET /things", 200, page("a")), True, ""),
        (exchange("GET /things", failure="reset"), True, "unanswered"),
        (cut(b'{"items":['), True, "cut"),
        (cut(b'{"items":['), False, ""),
        (DEEP, True, "too-deep"),
        (DEEP, False, ""),
        (exchange("GET /things", 200, b"["), True, ""),
        (DOUBLED, True, "doubled"),
        (DOUBLED, False, ""),
        (exchange("GET /things", 401), False, ""),
        (exchange("GET /things", 401, actor="a", sent_headers=SENT), False, ""),
        (exchange("GET /things", 401, actor="expired"), False, ""),
        (exchange("GET /things", 401, actor="a (altered)"), False, ""),
        (exchange("GET /things", 403, actor="b"), False, ""),
    ],
)
def test_a_witness_counts_where_its_answer_could_have_refuted_it(one: Exchange, bodies: bool, why: str) -> None:
    found = weighed([Witness((1,), aspect="x")], lambda _: vain([one], bodies=bodies))
    assert found == (Weighed({}, {why: 1}) if why else Weighed({"x": 1}))


def test_one_answer_of_a_race_is_enough_and_none_is_not() -> None:
    answers = [exchange("GET /things", failure="reset"), exchange("GET /things", 200, page("a"))]
    assert weighed([Witness((1, 2))], lambda _: vain(answers, bodies=True)).counted == {"": 1}
    assert weighed([Witness((3,))], lambda _: vain([], bodies=True)).vain == {"unanswered": 1}
    assert weighed([], lambda _: vain(answers, bodies=True)) is NONE


@pytest.mark.parametrize(
    ("own", "named", "outcome", "key"),
    [
        (Weighed({"": 1}), (), Outcome.PASS, ""),
        (Weighed({"x": 1, "y": 2}), ("x", "y"), Outcome.PASS, ""),
        (Weighed({"x": 3}), ("x", "y"), Outcome.INCONCLUSIVE, "unexercised"),
        (Weighed({"x": 3}, moot=frozenset("y")), ("x", "y"), Outcome.PASS, ""),
        (Weighed(moot=frozenset("xy")), ("x", "y"), Outcome.NOT_APPLICABLE, "left-out"),
        (Weighed(moot=frozenset([""])), (), Outcome.NOT_APPLICABLE, "left-out"),
        (Weighed(moot=frozenset("x")), ("x", "y"), Outcome.INCONCLUSIVE, "no-witness"),
        (Weighed(vain={"cut": 2}), (), Outcome.INCONCLUSIVE, "vain-cut"),
        (NONE, (), Outcome.INCONCLUSIVE, "no-witness"),
    ],
)
def test_a_case_passes_by_each_of_its_aspects(own: Weighed, named: tuple[str, ...], outcome: Outcome, key: str) -> None:
    found, reason = Counts(own, named, None).decided()
    assert (found, reason.key if reason else "") == (outcome, key)


def test_what_was_exercised_elsewhere_is_named_and_does_not_keep_a_case_from_passing() -> None:
    counts = Counts(Weighed({"x": 1}), ("x", "y"), None, together=Weighed({"x": 1, "y": 1}))
    assert counts.decided() == (Outcome.PASS, None)
    assert [(one.aspect, one.witnesses, one.reason) for one in counts.exercised()] == [
        ("x", 1, None),
        ("y", 0, Reason("witnessed-elsewhere")),
    ]


@pytest.mark.parametrize("name", checks.names())
def test_a_check_with_aspects_says_what_would_exercise_one(name: str) -> None:
    check = checks.check(name)
    assert (check.aspects is not None) == ("unexercised" in check.messages)
    if check.aspects is not None:
        named = set(checks.bind(check.aspects, check.examples.arguments)(shop().operations[check.examples.operation], HOUSE))
        assert named
        assert all(check.messages["unexercised"][language].format(aspect="x") for language in ("en", "zh-Hant"))


# ------------------------------------------------------------------------------------------ operations that never succeed


def refusing(status: int) -> Any:
    return lambda *_: said({"detail": "no"}, status)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 500])
def test_a_server_that_refuses_everything_passes_nothing(cache: Path, status: int) -> None:
    verdicts, _ = under_test(cache, SMALL, refusing(status), DECLARED, UNBROKEN, "errors_disclose_nothing_internal")
    assert not [one for one in verdicts.values() if one.outcome is Outcome.PASS]
    if status == 400:
        assert {one.reason.key for one in verdicts.values() if one.reason} == {"never-succeeded"}
        assert "400 no" in verdicts[f"{UNBROKEN}/make"].reason.values["came"]  # type: ignore[union-attr]


def test_one_operation_that_is_refused_takes_nothing_from_the_others(cache: Path) -> None:
    verdicts, _ = under_test(cache, SMALL, lambda r, _: said({"a": 1}) if r.method == "GET" else said({}, 400), DECLARED)
    assert {name: one.outcome for name, one in verdicts.items()} == {
        f"{DECLARED}/read": Outcome.PASS,
        f"{DECLARED}/make": Outcome.INCONCLUSIVE,
    }


JSON = {"content": {"application/json": {"schema": THING}}}


@pytest.mark.parametrize(
    ("responses", "one", "success"),
    [
        ({"200": JSON}, exchange("GET /things", 200, {"a": 1}), True),
        ({"200": JSON}, exchange("GET /things", 200, {"a": "x"}), False),
        ({"200": JSON}, exchange("GET /things", 200), False),
        ({"200": JSON}, exchange("GET /things", 200, b"a", headers={"content-type": "text/plain"}), False),
        ({"2XX": JSON}, exchange("GET /things", 202, {"a": 1}), True),
        ({"204": {}}, exchange("GET /things", 204), True),
        ({"200": JSON}, exchange("GET /things", 303), False),
        ({"200": JSON, "303": {}}, exchange("GET /things", 303), True),
        ({"200": JSON, "304": {}}, exchange("GET /things", 304), False),
        ({"200": JSON}, exchange("HEAD /things", 200, {"a": 1}), False),
        ({"200": {"content": {"text/csv": {}}}}, exchange("GET /things", 200, b"a", headers={"content-type": "text/csv"}), True),
    ],
)
def test_a_success_is_what_is_declared_as_one(responses: Any, one: Exchange, success: bool) -> None:
    from conformance.interface.openapi import read_operations
    from conformance.model import Spec

    raw = {"/things": {"get": {"operationId": "op", "responses": responses}}}
    operation = read_operations(Spec("d", "1", document(raw), "", {}, {}, {}, [], {}))["op"]
    assert (shortcoming(operation, one) == "") is success


def test_where_all_that_was_asked_is_to_be_refused_no_success_is_missed(cache: Path) -> None:
    guarded = document(
        {"/thing": {"get": {**READ, "security": [{"key": []}], "responses": {**READ["responses"], "401": {"description": "-"}}}}},
        securitySchemes={"key": {"type": "http", "scheme": "bearer"}},
    )

    def answer(*_: Any) -> Any:
        return said({}, 401, **{"WWW-Authenticate": "Bearer"})

    verdicts, _ = under_test(cache, guarded, answer, "protected_operations_ask_for_credentials")
    assert [one.outcome for one in verdicts.values()] == [Outcome.PASS]


# ------------------------------------------------------------------------------------------ what was not read, what was not shown


def test_a_body_that_is_too_long_or_too_deep_is_no_witness_and_no_finding(cache: Path) -> None:
    long = b'{"pad":"' + b"x" * (3 << 20) + b'","a":"no integer"}'
    deep = b'{"a":1,"deep":' + b"[" * 300 + b"]" * 300 + b"}"
    many = b'{"a":1,"many":[' + b"{}," * 60_000 + b"1]}"
    for body, key in ((long, "vain-cut"), (deep, "vain-too-deep"), (many, "vain-too-many")):
        answer = (200, {"Content-Type": "application/json"}, body)
        verdicts, _ = under_test(cache, document({"/thing": {"get": READ}}), lambda *_, answer=answer: answer, DECLARED)
        (verdict,) = verdicts.values()
        assert (verdict.outcome, verdict.reason.key if verdict.reason else "") == (Outcome.INCONCLUSIVE, key)


def filtered(*filters: tuple[str, str, str], members: Any) -> Any:
    listed = {"type": "object", "properties": {"items": {"type": "array", "items": {"type": "object", "properties": members}}}}
    parameters = [
        {"name": name, "in": "query", "schema": {"type": "string", "minLength": 1}, "x-filter": {"match": match, "on": on}}
        for name, match, on in filters
    ]
    collection = {"items": "/items", "id": ["/id"]}
    listing = {"operationId": "list", "x-collection": collection, "parameters": parameters, "responses": described(listed)}
    return document({"/things": {"get": listing}})


ITEMS = [{"id": f"t{n}", "kind": "ab"[n % 2], "colour": ("red", "blue")[n % 3 == 0]} for n in range(9)]


def listing(request: Any, _: bytes) -> Any:
    """A list whose filter `kind` works and whose others are ignored."""
    return said({"items": [one for one in ITEMS if request.query_params.get("kind") in (None, one["kind"])], "next": None})


STRING = {"type": "string"}


def test_a_filter_that_was_not_exercised_is_named_though_another_was(cache: Path) -> None:
    openapi = filtered(("kind", "equals", "/kind"), ("colour", "equals", "/color"), members={"kind": STRING, "colour": STRING})
    verdicts, _ = under_test(cache, openapi, listing, FILTERS)
    verdict = verdicts[f"{FILTERS}/list"]
    assert verdict.outcome is Outcome.INCONCLUSIVE
    assert verdict.reason == Reason("unexercised", {"aspects": "colour (sound), colour (complete)"})
    told = {one.aspect: one.witnesses for one in verdict.exercised}
    assert told["kind (sound)"] > 0
    assert told["colour (sound)"] == 0


def test_a_filter_on_a_declared_member_that_nothing_has_is_left_out(cache: Path) -> None:
    members = {"kind": STRING, "size": STRING}
    openapi = filtered(("kind", "equals", "/kind"), ("size", "equals", "/size"), members=members)
    verdicts, _ = under_test(cache, openapi, listing, FILTERS)
    verdict = verdicts[f"{FILTERS}/list"]
    assert verdict.outcome is Outcome.PASS
    assert {one.aspect for one in verdict.exercised if one.reason == Reason("left-out")} == {"size (sound)", "size (complete)"}


def test_a_report_names_what_was_exercised_and_what_would_exercise_the_rest(cache: Path) -> None:
    openapi = filtered(("kind", "equals", "/kind"), ("colour", "equals", "/color"), members={})
    verdicts, _ = under_test(cache, openapi, listing, FILTERS, DECLARED)
    plan_like = type(
        "P", (), {"cases": [type("C", (), {"id": one.case, "check": name.partition("/")[0]}) for name, one in verdicts.items()]}
    )
    filters, declared = verdicts_document(plan_like, list(verdicts.values()))  # type: ignore[arg-type]
    assert declared["exercised"] == [{"aspect": "200 application/json", "witnesses": declared["witnesses"]}]
    assert "unexercised" not in declared
    assert {one["aspect"] for one in filters["exercised"]} == {"kind (sound)", "kind (complete)"}
    assert "[seed] colour" in filters["unexercised"][0]["en"].replace(" (sound)", "")
    assert json.dumps(filters)


@pytest.mark.parametrize("name", ["totals_equal_what_is_listed", "rate_limits_count_down"])
def test_an_optional_member_that_is_left_out_is_not_applicable(name: str) -> None:
    step = "traversal" if name.startswith("totals") else "again"
    trace = [exchange("GET /things?limit=200", 200, page("a", "b"), step=step)]
    found = list(checks.check(name).judge(shop().operations["listThings"], trace, HOUSE))
    assert found
    assert all(isinstance(one, Moot) for one in found)


# ------------------------------------------------------------------------------------------ redaction excuses what it replaced


def test_a_quotation_mark_excuses_nothing_and_a_replaced_value_only_itself(cache: Path) -> None:
    schema = {
        "type": "object",
        "required": ["id"],
        "additionalProperties": False,
        "properties": {"id": {"type": "integer"}, "token": {"type": "string", "maxLength": 24, "pattern": "^token"}},
    }
    token = "token-of-a-0123456789"
    for body, fails in (
        ({"id": 1, "token": token}, False),
        ({"token": token}, True),
        ({"id": "«1»"}, True),
        ({"id": 1, "x": token}, True),
    ):
        verdicts, _ = under_test(
            cache,
            document({"/thing": {"get": {"operationId": "read", "responses": described(schema)}}}),
            lambda *_, b=body: said(b),
            DECLARED,
        )
        assert (verdicts[f"{DECLARED}/read"].outcome is Outcome.FAIL) is fails, body


# ------------------------------------------------------------------------------------------ texts and doubled members


@pytest.mark.parametrize(
    ("media", "schema", "body", "outcome"),
    [
        ("text/plain", {"type": "string", "pattern": "^ok$"}, b"no", Outcome.FAIL),
        ("text/plain", {"type": "string", "pattern": "^ok$"}, b"ok\n", Outcome.PASS),
        ("text/plain", {"type": "integer"}, b"42", Outcome.PASS),
        ("text/plain", {"type": "integer"}, b"forty", Outcome.FAIL),
        (
            "text/plain; charset=big5",
            {"type": "string", "pattern": "^\u53f0\u5317$"},
            "\u53f0\u5317".encode("big5"),
            Outcome.PASS,
        ),
        ("text/plain", {"type": "string", "minLength": 1}, b"\xff", Outcome.PASS),
        ("text/csv", {"type": "array"}, b"a,b", Outcome.PASS),
        ("text/*", {"type": "string", "maxLength": 1}, b"ab", Outcome.FAIL),
        ("image/png", {"type": "string", "maxLength": 1}, b"ab", Outcome.PASS),
    ],
)
def test_a_text_is_held_to_its_schema(media: str, schema: Any, body: bytes, outcome: Outcome, cache: Path) -> None:
    kind = media.replace("*", "plain")
    paths = {"/thing": {"get": {"operationId": "read", "responses": described(schema, media=media)}}}
    verdicts, _ = under_test(cache, document(paths), lambda *_: (200, {"Content-Type": kind}, body), DECLARED)
    assert verdicts[f"{DECLARED}/read"].outcome is outcome


@pytest.mark.parametrize(
    ("body", "name"),
    [
        (b'{"a": 1, "a": 1}', "a"),
        (b'[{"x": {"b": "\\u4e2d", "c": 1e5, "b": null}}]', "b"),
        (b'{"a": 1, "\\u0061": 2}', "a"),
        (b'{"a": {"a": 1}, "b": [{"c": 1}, {"c": 1}]}', ""),
        (b'{"a": "\\u4e2d\\/", "n": 1.50e2, "z": ' + b"9" * 400 + b"}", ""),
        (b"\xef\xbb\xbf" + b'{"a": 1, "a": 2}', "a"),
        (b'{"a": 1, "a": 2', ""),
        (b"{}", ""),
        (b"null", ""),
    ],
)
def test_a_member_that_stands_twice_is_seen(body: bytes, name: str) -> None:
    assert Response(200, (), body).doubled == name


def test_doubled_members_show_nothing_or_fail_where_the_row_says_so(cache: Path) -> None:
    def doubled(*_: Any) -> Any:
        return 200, {"Content-Type": "application/json"}, b'{"a": 1, "a": 2}'

    paths = document({"/thing": {"get": READ}})
    verdicts, _ = under_test(cache, paths, doubled, DECLARED)
    assert verdicts[f"{DECLARED}/read"].reason == Reason("vain-doubled", {"count": "2"})
    verdicts, _ = under_test(cache, paths, doubled, (DECLARED, {"doubled": "refused"}))
    assert {finding.message for finding in verdicts[f"{DECLARED}/read"].findings} == {"doubled"}


@pytest.mark.parametrize("status", ["200", "2XX", "2xx", "default"])
def test_a_tag_is_declared_wherever_the_success_is(status: str) -> None:
    raw = {"operationId": "read", "responses": {status: {"description": "-", "headers": {"etag": {}}}}}
    spec = Spec("d", "1", document({"/thing": {"get": raw}}), "", {}, {}, {}, [], {})
    assert read_operations(spec)["read"].has(["tagged"])


@pytest.mark.parametrize(("value", "path"), [("..", "/t/%2E%2E"), (".", "/t/%2E"), ("...", "/t/..."), ("a/b", "/t/a%2Fb")])
def test_a_value_that_is_a_step_on_the_way_is_escaped(value: str, path: str) -> None:
    raw = {"operationId": "read", "parameters": [{"name": "id", "in": "path", "required": True, "schema": {}}], "responses": {}}
    spec = Spec("d", "1", document({"/t/{id}": {"get": raw}}), "", {}, {}, {}, [], {})
    assert read_operations(spec)["read"].request(path={"id": value}).path == path


# ------------------------------------------------------------------------------------------ impostors of any document

FORM = {**MAKE, "requestBody": {"required": True, "content": {"application/x-www-form-urlencoded": {"schema": THING}}}}
LISTED = {"name": "k", "in": "query", "schema": {"type": "array", "items": {"type": "integer"}}}
ANY = {
    "reading": {"/thing": {"get": {**READ, "parameters": [LISTED]}}},
    "making": {"/things": {"post": MAKE}},
    "a form": {"/things": {"post": FORM}},
    "one of many": {
        "/thing/{id}": {"get": {**READ, "parameters": [{"name": "id", "in": "path", "required": True, "schema": {}}]}}
    },
}


@pytest.mark.parametrize("name", impostors())
@pytest.mark.parametrize("paths", ANY.values(), ids=ANY)
def test_an_impostor_of_any_document_is_never_conformant(paths: Any, name: str, cache: Path) -> None:
    """Protocol alone, without a word of what the interface is for: what an impostor says is valid, and still it refuses nothing, or all."""
    openapi = document(paths)
    rows = (DECLARED, UNBROKEN, "protocol_errors_have_their_status")
    seeds = {"id": ("1",)} if "/thing/{id}" in paths else {}
    verdicts, _ = under_test(cache, openapi, impostor(name, openapi, ""), *rows, seeds=seeds)
    outcomes = {one.outcome for one in verdicts.values()}
    assert outcomes - {Outcome.PASS, Outcome.NOT_APPLICABLE}
    assert Outcome.ERROR not in outcomes


# ------------------------------------------------------------------------------------------ what was never sent

NEVER = {"type": "string", "pattern": "^(?=a)b$"}  # nothing has it


def test_a_parameter_that_was_never_sent_is_named_beside_the_pass(cache: Path) -> None:
    parameters = [
        {"name": name, "in": where, "schema": NEVER} for name, where in (("q", "query"), ("X-Odd", "header"), ("c", "cookie"))
    ]
    optional = [
        *parameters,
        {"name": "k", "in": "query", "schema": {"type": "integer"}},
        {"name": "If-Match", "in": "header", "schema": {}},
    ]

    def picky(request: Any, _: bytes) -> Any:
        return said({}, 400) if "q" in request.query_params else said({"a": 1})

    openapi = document({"/thing": {"get": {**READ, "parameters": optional}}})
    verdicts, _ = under_test(cache, openapi, picky, DECLARED, UNBROKEN, "protocol_errors_have_their_status")
    verdict = verdicts[f"{DECLARED}/read"]
    assert verdict.outcome is Outcome.PASS
    left = [(one.aspect, one.witnesses, one.reason.key) for one in verdict.exercised if one.reason]
    assert left == [("cookie: c", 0, "unsent"), ("header: X-Odd", 0, "unsent"), ("query: q", 0, "unsent")]
    others = verdicts["protocol_errors_have_their_status/read"].exercised
    assert not any(one.reason and one.reason.key == "unsent" for one in others)


def test_a_media_type_that_nothing_was_drawn_for_is_named(cache: Path) -> None:
    content = {"application/json": {"schema": THING}, "application/xml": {"schema": THING}}
    openapi = document({"/things": {"post": {**MAKE, "requestBody": {"required": True, "content": content}}}})
    verdicts, _ = under_test(cache, openapi, lambda *_: said({"a": 1}, 201), DECLARED)
    verdict = verdicts[f"{DECLARED}/make"]
    assert verdict.outcome is Outcome.PASS
    assert [one.aspect for one in verdict.exercised if one.reason] == ["body: application/xml"]
    assert [one.aspect for one in verdict.exercised if one.witnesses] == ["201 application/json"]


def test_an_operation_that_never_succeeded_is_said_where_nothing_was_seen(cache: Path) -> None:
    openapi = document({"/thing": {"get": READ}})
    verdicts, _ = under_test(cache, openapi, lambda *_: said({}, 429), DECLARED)
    reason = verdicts[f"{DECLARED}/read"].reason
    assert reason is not None
    assert (reason.key, reason.values["came"]) == ("never-succeeded", "429")
