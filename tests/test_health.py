"""The second domain: its reference server passes, what is recorded of it holds no personal data, and no file of the engine names it."""

from __future__ import annotations

import asyncio
import re
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from conformance import reference
from conformance.adequacy.attempts import START, reference_ixit
from conformance.clock import VirtualClock
from conformance.errors import DataError
from conformance.evidence import Record
from conformance.evidence.records import encode
from conformance.given.templates import fill, never_issued
from conformance.interface.dialect import read_dialect
from conformance.interface.security import security_of
from conformance.load import data_folders, load_profile, load_spec
from conformance.load.references import refuse_dangling_setup
from conformance.model import Exchange, Ics, Inputs, Outcome, Plan, Spec, Verdict
from conformance.plan import make_plan
from conformance.reference.health.people import check_digit_is_right
from conformance.reference.health.seeds import PERSONS
from conformance.run.pump import run_plan
from conformance.run.replay import MemoryRecorder, redactor_for
from conformance.verdict.judge import judge_run
from conformance.wire import Wire, in_process

pytestmark = pytest.mark.heavy

PACKAGE = Path(reference.__file__).parents[1]
NATIONAL = re.compile(rb"\b[Yy][89][0-9]{8}\b")


class Open:
    """Redacts nothing."""

    def exchange(self, exchange: Exchange) -> Exchange:
        return exchange

    def recorded(self, exchange: Exchange) -> tuple[Exchange, bytes]:
        return exchange, b""

    def learn(self, label: str, value: str) -> None:
        pass


def planned(profile: str = "full", seed: int = 1, only: tuple[str, ...] = ()) -> tuple[Plan, Spec]:
    chosen, spec = load_profile(data_folders(), "health", profile)
    return make_plan(spec, chosen, Ics("reference", "1.0.0"), reference_ixit("health"), seed=seed, only=only), spec


def ran(
    plan: Plan, spec: Spec, *, concurrency: int = 8, redactor: Any = None, fault: str | None = None
) -> tuple[list[Verdict], list[Record]]:
    """The verdicts on the plain server, or on a faulty one, and the evidence that they rest on."""
    ixit, clock = reference_ixit("health"), VirtualClock(START)
    recorder = MemoryRecorder(redactor or redactor_for(ixit))

    async def run() -> None:
        app = reference.application("health", clock=clock.now, fault=fault)
        async with Wire(ixit, security_of(spec), clock=clock, transport=in_process(app)) as wire:
            await run_plan(plan, spec, read_dialect(spec.dialect), wire, recorder, clock, concurrency=concurrency)

    asyncio.run(run())
    return judge_run(plan, spec, read_dialect(spec.dialect), recorder.records), recorder.records


def rightly(number: bytes) -> bool:
    """Whether it could be a person's: a number with a wrong check digit is nobody's, and stays as it is."""
    return check_digit_is_right(number.decode())


@cache
def whole() -> tuple[list[Verdict], list[Record]]:
    return ran(*planned())


def told(verdicts: list[Verdict]) -> dict[str, str]:
    return {one.case: one.outcome.value for one in verdicts}


def test_the_plain_server_passes_everything_that_is_tested() -> None:
    verdicts, records = whole()
    assert [one.case for one in verdicts if one.outcome in (Outcome.FAIL, Outcome.ERROR, Outcome.INCONCLUSIVE)] == []
    assert len(records) < 5_800


def test_what_is_redacted_gives_the_same_verdicts_as_what_is_not() -> None:
    verdicts, records = whole()
    plain, raw = ran(*planned(), redactor=Open())
    assert told(verdicts) == told(plain)
    found = [{number for one in told for number in NATIONAL.findall(encode(one)) if rightly(number)} for told in (raw, records)]
    assert found[0]
    assert not found[1]


@pytest.mark.parametrize(
    ("fault", "requirement"),
    [
        ("ChecksNoNationalNumber", "HLT-002"),
        ("RegistersTheSameNumberTwice", "HLT-004"),
        ("LooksForTheNumberAtHomeOnly", "HLT-004"),
        ("LocationHoldsTheNumber", "HLT-005"),
        ("ProblemRepeatsTheNumber", "HLT-005"),
        ("TagHoldsTheName", "HLT-005"),
        ("SearchFindsEverybodysPatients", "HLT-006"),
    ],
)
def test_redaction_hides_no_failure_that_is_about_personal_data(fault: str, requirement: str) -> None:
    plan, spec = planned(only=(requirement,))
    hidden, _ = ran(plan, spec, fault=fault)
    plain, _ = ran(plan, spec, fault=fault, redactor=Open())
    assert told(hidden) == told(plain)
    assert "fail" in told(hidden).values()


@pytest.mark.parametrize(
    "profile", [pytest.param("measurements", marks=pytest.mark.slow), pytest.param("consent", marks=pytest.mark.slow), "care"]
)
def test_each_profile_can_be_passed_by_itself(profile: str) -> None:
    verdicts, _ = ran(*planned(profile))
    assert [one.case for one in verdicts if one.outcome in (Outcome.FAIL, Outcome.ERROR, Outcome.INCONCLUSIVE)] == []


# ------------------------------------------------------------------------------------------ data, and no names of it


def test_no_file_of_the_engine_names_a_domain() -> None:
    """Commands have a domain that they take when none is named; everything else asks the data."""
    domains = {
        path.name for path in (PACKAGE.parent / "specs").iterdir() if path.is_dir() and path.name not in ("common", "journeys")
    }
    named = re.compile(rf"[\"'/](?:{'|'.join(sorted(domains))})[\"'/]")
    files = [path for path in PACKAGE.rglob("*.py") if not {"reference", "commands"} & set(path.relative_to(PACKAGE).parts)]
    assert [path.name for path in files if named.search(path.read_text(encoding="utf-8"))] == []


def test_at_most_a_twentieth_of_its_own_musts_is_not_tested() -> None:
    rows = [row for row in load_spec(data_folders(), "health").requirements if row.id.startswith("HLT") and row.level == "MUST"]
    assert sum(row.binding is None for row in rows) <= len(rows) / 20


def test_synthetic_persons_have_numbers_that_nobody_was_given() -> None:
    numbers = [one["value"] for _, person in PERSONS for one in person["identifiers"] if one["type"] == "NNTWN"]
    numbers += [never_issued(serial, series=series) for serial in range(0, 9_999_999, 99_991) for series in (8, 9)]
    assert all(number.startswith(("Y8", "Y9")) and check_digit_is_right(number) for number in numbers)
    assert not any(check_digit_is_right(never_issued(serial, wrong=wrong)) for serial in range(50) for wrong in (1, 5, 9))
    assert check_digit_is_right("A123456789")


NOW = datetime(2026, 9, 21, 20, 30, tzinfo=UTC)  # the next day in Taiwan


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ({"today": 0}, "2026-09-22"),
        ({"today": -1, "form": "roc"}, "115-09-21"),
        ({"today": 0, "form": "roc-bare"}, "1150922"),
        ({"now": -60, "each": -60, "zone": "+00:00"}, "2026-09-21T20:27:00+00:00"),
    ],
)
def test_dates_of_recipes_are_those_of_taiwan(template: dict[str, Any], expected: str) -> None:
    assert fill(template, None, NOW, Inputs(1), 2) == expected


def test_a_dated_name_is_another_at_another_time() -> None:
    template = {"unique": "x", "dated": True}
    later = fill(template, None, NOW.replace(minute=31), Inputs(1), 0)
    assert fill(template, None, NOW, Inputs(1), 0) not in (later, fill(template, None, NOW, Inputs(2), 0))
    assert later.startswith("yance-x-0-")
    assert fill({"unique": "x", "before": "https://a.example/"}, None, NOW, Inputs(1), 0).startswith(
        "https://a.example/yance-x-0-"
    )


def test_what_a_candidate_stands_on_has_to_be_a_recipe(tmp_path: Path) -> None:
    from conformance.load.documents import read_document

    spec = load_spec(data_folders(), "health")
    source = data_folders().find("specs", "health", "1.0.0", "requirements.yaml")
    assert source is not None
    copy = tmp_path / "specs" / "health" / "1.0.0"
    copy.mkdir(parents=True)
    text = source.read_text(encoding="utf-8").replace("of: {patient: {}}", "of: {pateint: {}}", 1)
    (copy / "requirements.yaml").write_text(text, encoding="utf-8")
    document = read_document(copy / "requirements.yaml")
    wrong = Spec(**{**vars(spec), "setup": document.content["setup"]})
    with pytest.raises(DataError, match="set-up recipe 'pateint'"):
        refuse_dangling_setup(wrong, document)
