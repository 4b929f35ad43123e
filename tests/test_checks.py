"""Every check proves itself on its own examples, and is written the way CONTRIBUTING.md asks."""

from __future__ import annotations

import importlib
import inspect
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from conformance import checks
from conformance.checks._example import SETUP, exchange, numbered, operation, shop
from conformance.checks._probes import nowhere
from conformance.checks.access import missing_scope_is_forbidden
from conformance.errors import DataError
from conformance.interface.dialect import HOUSE
from conformance.model import Exchange, Finding, Guise, Witness


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


# ------------------------------------------------------------------------------------------ what rows may demand instead


ELSEWHERE: list[tuple[str, dict[str, object]]] = [
    ("a_change_needs_the_present_entity_tag", {"missing": [400], "status": [409], "misshapen": [409]}),
    ("a_key_belongs_to_one_request", {"reused": [409], "racing": [425]}),
    ("another_tenants_resource_does_not_exist", {"status": [403]}),
    ("bad_tokens_are_refused", {"status": [403]}),
    ("bodies_that_break_a_rule_are_refused", {"status": [400]}),
    ("foreign_cursors_are_refused", {"status": [410]}),
    ("missing_scope_is_forbidden", {"status": [401], "hidden": [410]}),
    ("one_of_several_filters_is_needed", {"status": [422]}),
    ("only_declared_moves_succeed", {"status": [422], "deletion": [501]}),
    ("overlapping_holds_are_refused", {"status": [422]}),
    ("page_sizes_out_of_range_are_refused", {"status": [422]}),
    ("parallel_creates_never_overbook", {"status": [422]}),
    ("protected_operations_ask_for_credentials", {"status": [403]}),
    ("protocol_errors_have_their_status", {"malformed": [422], "unsupported": [400], "unacceptable": [200], "method": [404]}),
    ("stray_query_parameters_are_refused", {"unknown": [422], "twice": [422]}),
    ("what_is_out_of_service_takes_nothing", {"status": [422]}),
    ("what_one_tenant_was_given_serves_no_other", {"cursor": [404], "tag": [403]}),
]


def _answering(trace: Sequence[Exchange], instead: Mapping[int, int]) -> list[Exchange]:
    """The trace with other statuses."""
    return [
        replace(one, response=replace(one.response, status=instead.get(one.status, one.status))) if one.response else one
        for one in trace
    ]


@pytest.mark.parametrize(("name", "arguments"), ELSEWHERE, ids=[name for name, _ in ELSEWHERE])
def test_a_row_says_which_statuses_are_right(name: str, arguments: dict[str, object]) -> None:
    """Under other statuses what conforms to the house's is failed, and what has those statuses instead is not."""
    check = checks.check(name)
    operation = shop().operations[check.examples.operation]
    house = {
        p.name: p.default for p in inspect.signature(check.judge).parameters.values() if p.name in arguments and p.default != ()
    }
    instead = {
        before: after
        for key, wanted in arguments.items()
        for before, after in zip(house[key], wanted, strict=False)  # type: ignore[call-overload] # lists of the table above
    }
    judge = checks.bind(check.judge, {**check.examples.arguments, **arguments})

    def findings(trace: Sequence[Exchange]) -> list[Finding]:
        return [one for one in judge(operation, trace, HOUSE) if isinstance(one, Finding)]

    assert any(findings(trace) for trace in check.examples.conforms), "the house's statuses are wrong now"
    for trace in check.examples.conforms:
        if not any(one.status in instead.values() for one in trace):
            assert findings(_answering(trace, instead)) == []


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("a_change_needs_the_present_entity_tag", {"required": False, "star": "allowed", "misshapen": []}),
        ("protocol_errors_have_their_status", {"malformed": [], "unsupported": [], "unacceptable": [], "method": []}),
        ("stray_query_parameters_are_refused", {"unknown": [], "twice": []}),
        ("page_sizes_out_of_range_are_refused", {"above": "clamp"}),
    ],
)
def test_what_a_row_does_not_demand_fails_nobody(name: str, arguments: dict[str, object]) -> None:
    check = checks.check(name)
    operation = shop().operations[check.examples.operation]
    judge = checks.bind(check.judge, {**check.examples.arguments, **arguments})
    traces = {
        "a_change_needs_the_present_entity_tag": [
            exchange("GET /things/t1", 200, {"state": "NEW"}, name="getThing", step="read", headers={"ETag": '"1"'}),
            exchange("PATCH /things/t1", 200, {"state": "SOLD"}, name="updateThing", step="without If-Match"),
            exchange("PATCH /things/t1", 200, {"state": "SOLD"}, name="updateThing", step="under *"),
        ],
        "page_sizes_out_of_range_are_refused": [
            exchange("GET /things?limit=1", 200, {"items": []}, step="within"),
            exchange("GET /things?limit=201", 200, {"items": [{}] * 200}, step="outside"),
            exchange("GET /things?limit=0", 400, step="outside"),
        ],
    }
    for trace in [traces[name]] if name in traces else check.examples.violates:
        assert not [one for one in judge(operation, numbered(*trace), HOUSE) if isinstance(one, Finding)]


def test_a_page_that_is_clamped_holds_no_more_than_the_maximum() -> None:
    check = checks.check("page_sizes_out_of_range_are_refused")
    operation = shop().operations["listThings"]
    within = exchange("GET /things?limit=1", 200, {"items": []}, step="within")
    for body, status in (({"items": [{}] * 201}, 200), (None, 400)):
        trace = numbered(within, exchange("GET /things?limit=201", status, body, step="outside"))
        assert [one for one in check.judge(operation, trace, HOUSE, above="clamp") if isinstance(one, Finding)]


@pytest.mark.parametrize(
    ("name", "arguments", "said"),
    [
        ("page_sizes_out_of_range_are_refused", {"above": "clam"}, "did you mean 'clamp'"),
        ("page_sizes_out_of_range_are_refused", {"status": 400}, "is a list"),
        ("page_sizes_out_of_range_are_refused", {"status": ["400"]}, "a list of whole numbers"),
        ("a_change_needs_the_present_entity_tag", {"required": "no"}, "true or false"),
    ],
)
def test_an_argument_of_another_kind_is_refused(name: str, arguments: dict[str, object], said: str) -> None:
    with pytest.raises(DataError, match=said):
        checks.refuse_unknown(name, arguments)


def _found(name: str, trace: Sequence[Exchange], **arguments: object) -> list[str]:
    """The messages of a check on a trace under a row's arguments."""
    check = checks.check(name)
    judge = checks.bind(check.judge, {**check.examples.arguments, **arguments})
    found = judge(shop().operations[check.examples.operation], numbered(*trace), HOUSE)
    return [one.message for one in found if isinstance(one, Finding)]


def test_ties_in_a_declared_order_are_held_to_what_the_row_says() -> None:
    tied = [
        exchange("GET /things", 200, {"items": [{"thingId": f"t{n}", "size": 1} for n in order]}, step=step)
        for step, order in (("first call", "132"), ("later call", "213"))
    ]
    operation = shop().operations["listThings"]
    by_size = replace(
        operation, raw={**operation.raw, "x-collection": {"items": "/items", "id": ["/thingId"], "sort": ["/size"]}}
    )
    judge = checks.check("items_come_in_the_declared_order").judge
    for ties, wrong in (("by-id", True), ("any", False)):
        assert any(isinstance(one, Finding) for one in judge(by_size, numbered(*tied), HOUSE, ties=ties)) is wrong


def test_a_clock_of_whole_seconds_may_give_two_moves_one_time() -> None:
    def seen(step: str, state: str, second: int) -> Exchange:
        body = {"state": state, "updatedAt": f"2025-06-12T08:00:0{second}Z", "version": 1}
        return exchange("PATCH /things/t1", 200, body, name="updateThing", step=step)

    told = {"at": "/updatedAt", "revision": ""}
    for second, ties, wrong in ((1, "refused", ["order"]), (1, "allowed", []), (0, "allowed", ["order"])):
        trace = [seen("read", "NEW", 1), seen("move", "SOLD", second)]
        assert _found("every_move_is_dated_later", trace, **told, ties=ties) == wrong


def test_weak_tags_are_held_to_what_the_row_says() -> None:
    def read(tag: str, state: str = "NEW") -> Exchange:
        return exchange("GET /things/t1", 200, {"state": state}, name="getThing", step="read", headers={"ETag": tag})

    change = exchange("PATCH /things/t1", 200, {"state": "SOLD"}, name="updateThing", step="change")
    weak, strong = (f'{mark}"1"' for mark in ("W/", ""))
    name = "entity_tags_follow_the_representation"
    assert _found(name, [read(weak), read(weak), change, read(weak, "SOLD")], weak="allowed") == []
    assert _found(name, [read(strong), read(strong), change, read(strong, "SOLD")], weak="allowed") == ["stuck"]
    assert set(_found(name, [read(weak), read(weak)])) == {"missing"}


def test_a_range_that_is_empty_or_turned_round_gets_what_the_row_says() -> None:
    name, day = "time_ranges_are_half_open", "2026-01-0{}T00:00:00Z"
    items = [{"thingId": f"t{n}", "startTime": day.format(n)} for n in (1, 2)]
    whole = exchange("GET /things", 200, {"items": items}, step="all")

    def asked(step: str, status: int, *shown: object) -> Exchange:
        line = f"GET /things?from={day.format(2)}&to={day.format(1 if step == 'backwards' else 2)}"
        return exchange(line, status, {"items": list(shown)} if status == 200 else {}, step=step)

    assert _found(name, [whole, asked("empty", 400), asked("backwards", 200)], empty=[400], backwards=[200]) == []
    assert _found(name, [whole, asked("backwards", 200, items[0])], backwards=[200]) == ["backwards"]
    assert _found(name, [whole, asked("empty", 400), asked("backwards", 200)]) == ["empty", "backwards"]


def test_a_finding_shows_the_value_and_the_query_that_it_speaks_of() -> None:
    check = checks.check("no_input_breaks_the_server")
    trace = [exchange("GET /things?limit=x&colour=red", 200, {"items": []}, step="drawn: excluded: limit")]
    found = [one for one in check.judge(shop().operations["listThings"], trace, HOUSE) if isinstance(one, Finding)]
    assert [one.expected for one in found] == ["limit = 'x'"]
    check = checks.check("foreign_cursors_are_refused")
    findings, _ = _judged(check, check.examples.violates[1])
    assert findings[0].at == "another filter: /things?colour=red"


def test_an_identifier_of_nobody_is_one_that_the_document_allows() -> None:
    operation = shop().operations["getThing"]
    for described, identifier in (
        ({"type": "string"}, "yance-none"),
        ({"type": "integer"}, "2147483629"),
        ({"type": "string", "format": "uuid"}, "7a9ce000-0000-4000-8000-7a9ce0000000"),
        ({"type": "string", "pattern": "^[A-Z]+$"}, "YANCENONE"),
        ({"type": "string", "enum": ["x"]}, "yance-none"),
    ):
        whole = tuple(
            replace(p, schema=described, raw={**p.raw, "schema": described}) if p.location == "path" else p
            for p in operation.parameters
        )
        assert nowhere(replace(operation, parameters=whole), Guise()).path == f"/things/{identifier}"


def test_after_a_refusal_nobody_looks_at_what_nothing_reads() -> None:
    update = operation("updateThing")
    request = update.request(path={"thingId": "t"}, actor="a")
    recipe = {name: value for name, value in SETUP["thing"].items() if name != "read"}
    seen = missing_scope_is_forbidden._seen(update, ("thing", SETUP["thing"]), request)
    assert seen is not None
    assert seen.operation == "getThing"
    assert missing_scope_is_forbidden._seen(update, ("thing", recipe), request) is None
