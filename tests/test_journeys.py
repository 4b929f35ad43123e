"""Journeys: documents and rows that are read strictly, checks on records, and three parties that go together or do not."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from importlib import resources
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from conformance import reference
from conformance.errors import DataError, UsageError
from conformance.journeys import checks
from conformance.journeys.documents import load_journeys
from conformance.journeys.expressions import ABSENT, Scope, fault, unset
from conformance.load import data_folders
from conformance.load.documents import read_document
from conformance.model import Exchange, Finding, Request, Witness
from conformance.reference import journeys as together
from tests import second_transport
from tests.test_chinese import english
from tests.test_faults_in_chinese import poor
from tests.test_second_health import VARIATIONS as HEALTH
from tests.test_second_logistics import VARIATIONS as LOGISTICS
from tests.travelling import FOLDERS, KNOWN, gone, on_the_islands, outcomes

FAULTS = together.faults()


# ------------------------------------------------------------------------------------------ checks


@pytest.mark.parametrize("name", checks.names())
@pytest.mark.parametrize("kind", ["conforms", "violates", "inconclusive"])
def test_a_check_says_of_its_examples_what_they_are(name: str, kind: str) -> None:
    check = checks.check(name)
    records = getattr(check.examples, kind)
    assert records
    for record in records:
        said = list(checks.bind(name, check.examples.arguments)(record))
        findings = [one for one in said if isinstance(one, Finding)]
        left = [one for one in said if isinstance(one, checks.Open)]
        seen = [one for one in said if isinstance(one, Witness)]
        assert kind == "violates" if findings else kind == "inconclusive" if left or not seen else kind == "conforms", said
        for finding in findings:
            told = {language: text.format(**vars_of(finding)) for language, text in check.messages[finding.message].items()}
            assert told.keys() == {"en", "zh-Hant"}
            assert all(one.exchanges for one in findings)


def vars_of(finding: Finding) -> dict[str, str]:
    return {"expected": finding.expected, "actual": finding.actual, "at": finding.at}


@pytest.mark.parametrize("name", checks.names())
def test_what_a_check_says_of_itself_is_there_in_both_languages(name: str) -> None:
    check = checks.check(name)
    for part in ("Why:", "Fails when:", "Inconclusive when:", "Source:"):
        assert sum(line.startswith(part) for line in check.doc.splitlines()) == 1, part
    lines = check.about.strip().splitlines()
    for part in ("緣由：", "不通過：", "無法判定：", "依據："):
        assert sum(line.startswith(part) for line in lines) == 1, part
    assert english("\n".join(line for line in lines if not line.startswith("依據："))) <= {"UTC"}


# ------------------------------------------------------------------------------------------ expressions


def test_expressions_stand_for_values_and_what_is_not_there_for_nothing() -> None:
    answer = Exchange(1, "w", Request("getOrder", "GET", "/orders/1"), None)
    scope = Scope({"uid": "TPE1"}, {"stop": {"position": {"lon": 1}}}, answer, {"items": [{"id": 7}]})
    assert scope.value("$inputs.uid") == "TPE1"
    assert scope.value("at {$inputs.uid}!") == "at TPE1!"
    assert scope.value({"a": ["$steps.stop.outputs.position"], "b": "$steps.stop.outputs.none"}) == {"a": [{"lon": 1}]}
    assert scope.value("$response.body#/items/0/id") == 7
    assert scope.value("$steps.none.outputs.x") is ABSENT
    assert not scope.holds("$statusCode == 200")


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        ("$inputs.n == 2", True),
        ("$inputs.n > 2 || $inputs.t == 'a b'", True),
        ("$inputs.n != 2 && $inputs.n < 9", False),
        ("$inputs.t < 3", False),
    ],
)
def test_conditions_hold_or_do_not(condition: str, holds: bool) -> None:
    assert unset(condition) is None
    assert Scope({"n": 2, "t": "a b"}).holds(condition) is holds


def test_what_is_no_expression_and_no_condition_is_named() -> None:
    assert "is no runtime expression" in str(fault("$step.stop.outputs.x"))
    assert "is no condition" in str(unset("$statusCode = 200"))
    assert fault("plain text") is None


# ------------------------------------------------------------------------------------------ faults and variants


def test_every_row_has_two_faults_and_one_of_them_is_subtle() -> None:
    broken: dict[str, list[bool]] = {}
    for kind in FAULTS.values():
        for row in kind.BREAKS:
            broken.setdefault(row, []).append(kind.SUBTLE)
    assert {row.id: (len(broken.get(row.id, [])) >= 2, any(broken.get(row.id, []))) for row in KNOWN.rows} == {
        row.id: (True, True) for row in KNOWN.rows
    }


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_caught_and_nothing_else_fails(name: str, tmp_path: Path) -> None:
    report = gone(tmp_path / "run", lambda **how: together.parties(fault=name, **how))
    assert outcomes(report, "fail") == set(FAULTS[name].BREAKS)
    assert report["result"] == "FAILED"


@pytest.mark.parametrize("name", together.variants())
def test_parties_that_go_together_in_another_way_pass(name: str, tmp_path: Path) -> None:
    report = gone(tmp_path / "run", lambda **how: together.parties(variant=name, **how))
    assert outcomes(report, "pass") == {row.id for row in KNOWN.rows}


@pytest.mark.parametrize(
    ("domain", "variant"),
    [
        ("transport", "ConfirmsAtOnce"),
        ("transport", "RelativeLinks"),
        ("health", "IdsAreLong"),
        ("logistics", "UnknownMembersEverywhere"),
        ("logistics", "PublicViewsTellNoPoint"),
    ],
)
def test_a_variant_of_one_domain_passes_among_others(domain: str, variant: str, tmp_path: Path) -> None:
    def applications(**how: Any) -> dict[str, Any]:
        return {one: reference.application(one, variant=variant if one == domain else None, **how) for one in reference.domains()}

    assert gone(tmp_path / "run", applications)["result"] == "PASSED"


@pytest.mark.heavy
@pytest.mark.parametrize(
    "choices",
    [
        {},
        {"transport": second_transport.Choices(lag=1.9, lapse=40.0)},
        {"transport": second_transport.Choices(offset=-570, small_letters=True, digits=3)},
        {"transport": second_transport.Choices(skew=3.0)},
        {"health": HEALTH["the lists lag, the search too, a patch to the present state is an invalid body"]},
        {"health": HEALTH["fractions are cut, fifteen digits are kept, ids of a counter, tags are versions"]},
        {"logistics": LOGISTICS["lists and public tracking lag"]},
        {
            "logistics": LOGISTICS[
                "ids of a counter, random ids of events that belong to a tenant, a patch that changes nothing is dated"
            ]
        },
    ],
    ids=str,
)
def test_parties_that_were_written_from_the_documents_alone_pass(choices: dict[str, Any], tmp_path: Path) -> None:
    report = on_the_islands(tmp_path / "run", **choices)
    assert report["result"] == "PASSED"
    assert outcomes(report, "pass") == {row.id for row in KNOWN.rows}


def test_a_party_whose_clock_is_an_hour_behind_fails_by_its_times_alone(tmp_path: Path) -> None:
    report = on_the_islands(tmp_path / "run", transport=second_transport.Choices(skew=-3600.0))
    assert outcomes(report, "fail") == {"JRN-007", "JRN-008"}


@pytest.mark.heavy
@pytest.mark.parametrize("impostor", reference.impostors("transport"))
@pytest.mark.parametrize("domain", reference.domains())
def test_an_impostor_among_the_parties_passes_for_none(domain: str, impostor: str, tmp_path: Path) -> None:
    def applications(**how: Any) -> dict[str, Any]:
        return {
            one: reference.application(one, impostor=impostor if one == domain else None, **how) for one in reference.domains()
        }

    assert gone(tmp_path / "run", applications)["result"] != "PASSED"


def test_a_target_without_the_shared_places_has_not_failed(tmp_path: Path) -> None:
    def applications(**how: Any) -> dict[str, Any]:
        small = {"transport": "SmallTown"}
        return {one: reference.application(one, variant=small.get(one), **how) for one in reference.domains()}

    report = gone(tmp_path / "run", applications)
    assert report["result"] == "INCONCLUSIVE"
    assert outcomes(report, "fail") == set()
    said = [text["en"] for row in report["requirements"] for case in row["cases"] for text in case["open"]]
    assert any("name one of its own under [inputs]" in text for text in said)


def test_what_faults_and_variants_do_is_told_in_chinese() -> None:
    told = yaml.safe_load((Path(__file__).parents[1] / "reports" / "faults" / "journeys.yaml").read_text("utf-8"))
    assert list(told) == [*FAULTS, *together.variants()]
    assert poor((together.said(name), told[name]) for name in told) == []


def test_an_unknown_fault_is_refused_with_the_nearest_names() -> None:
    with pytest.raises(ValueError, match="TheClockIsAhead"):
        together.parties(fault="TheClockIsBehind")
    with pytest.raises(ValueError, match="there is no variant"):
        together.parties(variant="Nothing")


# ------------------------------------------------------------------------------------------ documents


@pytest.fixture
def altered(tmp_path: Path) -> Callable[[str, str, str], str]:
    """What loading says after a text of a file was replaced."""
    home = tmp_path / "data" / "specs" / "journeys" / "1.0.0"
    shutil.copytree(Path(KNOWN.journeys[0].source).parent, home)

    def change(name: str, before: str, after: str) -> str:
        content = (home / name).read_text("utf-8")
        assert before in content
        (home / name).write_text(content.replace(before, after, 1), "utf-8")
        with pytest.raises((DataError, UsageError)) as refused:
            load_journeys(data_folders([tmp_path / "data"]))
        (home / name).write_text(content, "utf-8")
        return str(refused.value)

    return change


@pytest.mark.parametrize("journey", KNOWN.journeys, ids=lambda one: one.id)
def test_a_document_is_arazzo_by_its_published_schema(journey: Any) -> None:
    published = json.loads((resources.files("conformance") / "published" / "arazzo-1.0.schema.json").read_bytes())
    content = read_document(Path(journey.source)).content
    assert list(jsonschema.Draft202012Validator(published).iter_errors(content)) == []
    assert list(jsonschema.Draft202012Validator(published).iter_errors({**content, "workflows": []})) != []


def test_a_document_that_names_what_is_not_there_is_refused(altered: Callable[[str, str, str], str]) -> None:
    name = "parcel-on-the-way.arazzo.yaml"
    assert "transport has no operation 'getStopp'" in altered(name, "transport.getStop", "transport.getStopp")
    assert "names no operation" in altered(name, "$sourceDescriptions.transport.getStop", "getStop")
    assert "getStop has no parameter 'stop'" in altered(name, "name: stopUid, in: path", "name: stop, in: path")
    assert "has no input 'stopId'" in altered(name, "value: $inputs.stopUid", "value: $inputs.stopId")
    assert "has no output 'stop'" in altered(name, "$steps.stop.outputs.stopUid", "$steps.stop.outputs.stop")
    assert "is no runtime expression" in altered(name, "value: $inputs.stopUid", "value: $input.stopUid")
    assert "is no condition" in altered(name, "$statusCode == 200", "$statusCode is 200")
    assert "the step 'stop' is there twice" in altered(name, "stepId: arrivals", "stepId: stop")
    assert "createShipment needs the parameter Idempotency-Key" in altered(
        name, "parameters: [{name: Idempotency-Key, in: header, value: $inputs.shipmentKey}]", "parameters: []"
    )
    assert "is not the document of transport" in altered(name, "../../transport/1.0.0", "../../health/1.0.0")
    assert "transport has no version '9.0.0'" in altered(name, "../../transport/1.0.0", "../../transport/9.0.0")
    assert ".arazzo.yaml:" in altered(name, "stepId: stop\n", "stepIdd: stop\n")


def test_a_row_that_names_what_is_not_there_is_refused(altered: Callable[[str, str, str], str]) -> None:
    name = "requirements.yaml"
    assert "there is no check 'values_agre'" in altered(name, "check: values_agree", "check: values_agre")
    assert "there is no class 'cours'" in altered(name, "class: course", "class: cours")
    assert "the id JRN-001 is there twice" in altered(name, "id: JRN-002", "id: JRN-001")
    assert "there is no workflow 'clinic'" in altered(name, "clinic-visit: {}", "clinic: {}")
    assert "has no argument 'sam'" in altered(name, "same: [[", "sam: [[")
    assert "the workflow has no step 'strangers'" in altered(name, "steps: [stranger, ", "steps: [strangers, ")
    assert "has no output" in altered(name, "$steps.stop.outputs.cityCode", "$steps.stop.outputs.county")


def test_journeys_of_an_unknown_version_are_refused() -> None:
    with pytest.raises(UsageError, match=r"known: 1\.0\.0"):
        load_journeys(FOLDERS, "9.9.9")


def test_a_row_and_a_document_say_all_in_both_languages() -> None:
    for row in KNOWN.rows:
        assert english(row.text["zh-Hant"]) == set()
        assert english(row.remedy["zh-Hant"]) <= {"NTP"}
    for one in KNOWN.journeys:
        assert english(one.title["zh-Hant"] + one.description["zh-Hant"]) == set()
        assert all(english(workflow.summary["zh-Hant"]) == set() for workflow in one.workflows)
