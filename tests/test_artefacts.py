"""The files of a run fit the published schemas of their kinds, and the schemas are strict."""

from __future__ import annotations

import asyncio
import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest

from conformance.attest.statement import statement
from conformance.evidence.reader import lines
from conformance.evidence.records import CaseEnd, Ended, Footer, Header, Record, Resumed, encode
from conformance.interface.schema import errors
from conformance.load import data_folders, load_profile
from conformance.model import Exchange, Ics, Request, Response
from conformance.plan import make_plan
from conformance.run.conduct import Setting, conduct
from conformance.verdict.folder import plan_bytes
from tests.test_conduct import setting

NAMES = (
    "baseline",
    "campaign",
    "certificate",
    "challenge",
    "checkpoint",
    "decision",
    "desk",
    "evidence",
    "joint",
    "journey",
    "journey-plan",
    "journey-rows",
    "journeys",
    "lifecycle",
    "openapi",
    "overlay",
    "plan",
    "profile",
    "report",
    "requirements",
    "retest",
    "standards",
    "statement",
    "trust",
    "waiver",
    "yance",
)
SEALED = "sha256:" + "0" * 64


def schema(name: str) -> Any:
    return data_folders().schema(name)


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory, cache: Path) -> tuple[Setting, dict[str, Any]]:
    """A run with credentials to be redacted."""
    made = setting(tmp_path_factory.mktemp("run") / "run", cache, only=("COM-SORT-01",))
    profile, spec = load_profile(data_folders(), "transport", "full")
    plan = make_plan(spec, profile, Ics("toy", "1"), made.ixit, only=("COM-AUTH-02", "TRN-018"), cache=cache)
    made = dataclasses.replace(made, plan=plan, profile=profile)
    return made, asyncio.run(conduct(made))


def test_every_artefact_has_a_schema_that_is_one() -> None:
    folder = Path(__file__).parents[1] / "reports" / "schemas"
    assert sorted(path.name.removesuffix(".schema.json") for path in folder.iterdir()) == list(NAMES)
    for name in NAMES:
        assert errors({"$ref": "https://json-schema.org/draft/2020-12/schema"}, schema(name)) == []


def test_the_files_of_a_run_fit_their_schemas(ran: tuple[Setting, dict[str, Any]]) -> None:
    made, report = ran
    folder = made.folder
    assert errors(schema("plan"), json.loads(folder.plan_file.read_bytes())) == []
    assert errors(schema("report"), json.loads(folder.report_file.read_bytes())) == []
    assert errors(schema("statement"), statement(report, {"report.json": SEALED})) == []
    recorded = [json.loads(line) for line in lines(folder.evidence_file)]
    assert {line["kind"] for line in recorded} == {"evidence", "exchange", "case", "footer"}
    assert [error for line in recorded for error in errors(schema("evidence"), line)] == []
    assert any(line.get("attributes", {}).get("redactions") for line in recorded)


def test_a_plan_with_cases_decided_beforehand_fits_too(ran: tuple[Setting, dict[str, Any]], cache: Path) -> None:
    made, _ = ran
    ixit = dataclasses.replace(made.ixit, sandbox=False, seeds={"stopUid": ("TPE1",)}, actors={})
    plan = make_plan(made.spec, made.profile, Ics(unsupported={"getStop": "later"}), ixit, cache=cache)
    document = json.loads(plan_bytes(plan))
    decided = {case["reason"]["key"] for case in document["cases"] if "reason" in case}
    assert {"untested", "unsupported", "no-sandbox", "no-actor"} <= decided
    assert errors(schema("plan"), document) == []


ASKED = Request("getX", "PUT", "/x", (("a", "b"),), (("H", "v"),), b"\xff\x00", None, "step")
RECORDS: tuple[Record, ...] = (
    Header(SEALED, "https://x.example", 1, "yance", "1"),
    Exchange(
        1, "A/getX", ASKED, Response(200, (("A", "b"),), b"\xfe", True, 9), None, "https://x.example", 1, 2, {"detail": "x"}
    ),
    Exchange(2, "A/getX", ASKED, None, "timeout", "https://other.example", 1, 2, {}),
    CaseEnd("A/getX", Ended.BUDGET, "spent", 2),
    Resumed(3),
    Footer(5, 2, SEALED, "0" * 64, 4, SEALED, 0),
)


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: type(record).__name__)
def test_every_kind_of_line_fits_and_nothing_beside_it(record: Record) -> None:
    line = json.loads(encode(record, "https://x.example"))
    assert errors(schema("evidence"), line) == []
    assert errors(schema("evidence"), {**line, "more": 1}) != []
    for member in line.keys() - {"baseUrl"} if isinstance(record, Exchange) else line:
        assert errors(schema("evidence"), {key: value for key, value in line.items() if key != member}) != [], member


@pytest.mark.parametrize("name", ["plan", "statement"])
def test_every_member_is_needed_and_none_may_be_added(ran: tuple[Setting, dict[str, Any]], name: str) -> None:
    made, report = ran
    whole = json.loads(made.folder.plan_file.read_bytes()) if name == "plan" else statement(report)
    assert errors(schema(name), {**whole, "more": 1}) != []
    for member in whole:
        assert errors(schema(name), {key: value for key, value in whole.items() if key != member}) != [], member
