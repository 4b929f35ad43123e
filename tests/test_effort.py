"""How much a run asks: what a screening chooses, what it says of itself, how long a run at a distance takes, and what each effort catches."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from conformance import limits, reference
from conformance.adequacy import (
    START,
    Attempt,
    Stand,
    Sweep,
    Terms,
    adequacy,
    reference_ixit,
    side_by_side,
    stand_for,
    verdicts_of,
)
from conformance.adequacy.attempts import RECEIVER, outgoing_to
from conformance.clock import VirtualClock
from conformance.commands.loopback import reference_server
from conformance.commands.main import main
from conformance.evidence import Record
from conformance.load import data_folders, load_profile
from conformance.model import Effort, Exchange, Ics, Outcome, Plan, Verdict
from conformance.plan import make_plan, plan_document, read_plan
from conformance.wire import Receiver

DOMAINS = reference.domains()
LATENCY = 0.03  # seconds until an answer


def stand(domain: str, effort: Effort) -> Stand:
    return stand_for(Terms(domain, effort=effort))


def planned(effort: Effort | None, profile: str = "full", *, sandbox: bool = True) -> Plan:
    chosen, spec = load_profile(data_folders(), "transport", profile)
    return make_plan(spec, chosen, Ics(), replace(reference_ixit("transport"), sandbox=sandbox), effort=effort)


def at_a_distance(one: Stand) -> tuple[list[Verdict], list[Record], float]:
    """A run on a server each of whose answers takes `LATENCY`, and the seconds of a virtual clock that it took: computing costs none."""
    clock = VirtualClock(START)
    receiver = Receiver(RECEIVER, clock)
    served = reference.application(one.domain, clock=clock.now, outgoing=outgoing_to(receiver, clock))

    async def far(scope: Any, receive: Any, send: Any) -> None:
        await clock.sleep(LATENCY)
        await served(scope, receive, send)

    ixit = reference_ixit(one.domain)
    verdicts, records = asyncio.run(verdicts_of(one.plan, one.spec, ixit, far, clock, receiver=receiver))
    return verdicts, records, clock.now() - START


def asked(records: list[Record]) -> int:
    return sum(isinstance(one, Exchange) and not one.is_delivery for one in records)


def yance(*words: object) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])


# ------------------------------------------------------------------------------------------ what a screening chooses


@pytest.mark.heavy
@pytest.mark.parametrize("domain", DOMAINS)
def test_a_screening_asks_little_is_soon_over_and_fails_nobody(domain: str) -> None:
    verdicts, records, seconds = at_a_distance(stand(domain, Effort.QUICK))
    assert 300 < asked(records) <= limits.QUICK
    assert seconds <= 25
    assert {one.outcome for one in verdicts} == {Outcome.PASS, Outcome.NOT_APPLICABLE, Outcome.NOT_TESTED}
    assert len({one.requirement for one in verdicts if one.outcome is Outcome.PASS}) >= 50


@pytest.mark.slow
@pytest.mark.parametrize("domain", DOMAINS)
def test_a_whole_run_at_a_distance_does_not_take_the_time_of_its_writes_one_by_one(domain: str) -> None:
    """What it waits for on purpose is in it, beside all else."""
    verdicts, records, seconds = at_a_distance(stand(domain, Effort.STANDARD))
    assert asked(records) <= 5_500
    assert seconds <= 45
    assert {one.outcome for one in verdicts} <= {Outcome.PASS, Outcome.NOT_APPLICABLE, Outcome.NOT_TESTED}


def test_what_is_not_chosen_listens_or_is_not_tested_and_everything_is_in_the_plan() -> None:
    quick, whole = planned(Effort.QUICK), planned(Effort.STANDARD)
    assert {case.id for case in quick.cases} == {case.id for case in whole.cases}
    left = [case for case in quick.cases if case.reason is not None and case.reason.key == "effort"]
    listening = [case for case in quick.cases if case.listens]
    asking = [case for case in quick.cases if case.outcome is None and not case.listens]
    assert left
    assert {case.outcome for case in left} == {Outcome.NOT_TESTED}
    assert any(case.scope == "exchange" for case in listening)
    assert len(quick.cases) == len(whole.cases)
    assert len(asking) < 0.3 * sum(case.outcome is None for case in whole.cases)
    most = Counter(case.requirement for case in asking)
    assert most.most_common(1)[0][1] <= 5, "one of each kind of operation stands for the others"


def test_efforts_differ_in_what_they_draw() -> None:
    drawn = {
        one: max(len(case.inputs.valid) for case in planned(one, "open-data").cases) for one in (Effort.QUICK, Effort.STANDARD)
    }
    assert drawn == {Effort.QUICK: 2, Effort.STANDARD: 12}


def test_a_screening_of_what_may_not_be_written_to_chooses_among_what_reads() -> None:
    asking = [case for case in planned(Effort.QUICK, sandbox=False).cases if case.outcome is None and not case.listens]
    assert len(asking) > 20
    assert not any(case.writes for case in asking)


def test_the_effort_is_in_the_plan_its_digest_and_its_file() -> None:
    quick, standard, unsaid = (planned(one, "open-data") for one in (Effort.QUICK, Effort.STANDARD, None))
    assert unsaid == standard
    assert quick.digest != standard.digest
    assert read_plan(plan_document(quick)) == quick
    assert read_plan({**plan_document(standard), "effort": "thorough"}).digest != standard.digest


def test_more_effort_reaches_less() -> None:
    assert Effort.THOROUGH.reaches(Effort.STANDARD)
    assert Effort.STANDARD.reaches(Effort.STANDARD)
    assert not Effort.QUICK.reaches(Effort.STANDARD)


def test_a_thorough_run_asks_what_stands_on_something_again_on_other_things(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("conformance.plan.cases.draws_at", lambda *_: 1)
    one = stand_for(Terms("transport", only=("COM-IDEM-01", "COM-VER-01"), effort=Effort.THOROUGH))
    standard = {case.id: case for case in stand_for(Terms("transport", only=("COM-IDEM-01", "COM-VER-01"))).plan.cases}
    turns = [case for case in one.plan.cases if case.requirement == "COM-IDEM-01"]
    assert {case.id for case in turns} == {f"COM-IDEM-01/createReservation{turn}" for turn in ("", "~2", "~3")}
    assert len({case.inputs.seed for case in turns}) == 3
    assert {case.id for case in one.plan.cases} > standard.keys()
    assert read_plan(plan_document(one.plan)) == one.plan
    verdicts, records, _ = at_a_distance(one)
    assert {found.outcome for found in verdicts if found.requirement == "COM-IDEM-01"} == {Outcome.PASS}
    made: dict[str, set[frozenset[str]]] = {}
    for record in records:
        if isinstance(record, Exchange) and record.request.operation == "createReservation" and record.ok:
            made.setdefault(record.case, set()).add(frozenset(record.request.json()))
    assert made["COM-IDEM-01/createReservation"] != made["COM-IDEM-01/createReservation~2"], "another candidate of the recipe"
    assert made["COM-IDEM-01/createReservation"] == made["COM-IDEM-01/createReservation~3"], "which has two"


# ------------------------------------------------------------------------------------------ what it says of itself


@pytest.mark.heavy
def test_a_screening_that_passes_is_no_conformity_and_says_so_everywhere(tmp_path: Path) -> None:
    with reference_server("transport") as target:
        words = ("run", "transport", target.url, "--profile", "open-data", "--effort", "quick", "--skip-preflight")
        result = yance(*words, "--out", tmp_path / "run")
    assert result.exit_code == 0, result.output
    assert "PART PASSED" in result.output
    assert "effort quick: a screening" in result.output
    report = json.loads((tmp_path / "run" / "report.json").read_bytes())
    assert (report["plan"]["effort"], report["result"], report["complete"], report["conformant"]) == (
        "quick",
        "INCONCLUSIVE",
        False,
        False,
    )
    left = [one for one in report["verdicts"] if one.get("reason", {}).get("key") == "effort"]
    assert {one["outcome"] for one in left} == {"not_tested"}
    assert report["evidence"]["exchanges"] <= limits.QUICK
    assert "effort quick" in (tmp_path / "run" / "report.html").read_text(encoding="utf-8")
    assert 'name="yance.effort" value="quick"' in (tmp_path / "run" / "junit.xml").read_text(encoding="utf-8")
    assert "byte for byte" in yance("judge", tmp_path / "run").output


def test_a_screening_for_certification_stays_open(tmp_path: Path) -> None:
    with reference_server("transport") as target:
        words = ("run", "transport", target.url, "--profile", "open-data", "--effort", "quick", "--skip-preflight")
        result = yance(*words, "--purpose", "certification", "--seed", "1", "--only", "COM-DOC-01", "--out", tmp_path / "run")
    assert result.exit_code == 3, result.output


def test_the_requests_of_a_screening_are_used_up_and_what_is_left_is_not_tested(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("conformance.run.conduct.QUICK", 40)
    with reference_server("transport") as target:
        result = yance(
            "run",
            "transport",
            target.url,
            "--profile",
            "open-data",
            "--effort",
            "quick",
            "--skip-preflight",
            "--out",
            tmp_path / "run",
        )
    report = json.loads((tmp_path / "run" / "report.json").read_bytes())
    assert report["evidence"]["exchanges"] <= 40
    assert report["counts"]["inconclusive"] == report["counts"]["fail"] == 0
    assert result.exit_code in (0, 3)


@pytest.mark.parametrize("word", ["quik", "full"])
def test_another_word_is_refused(word: str) -> None:
    assert yance("plan", "transport", "--effort", word).exit_code == 2


# ------------------------------------------------------------------------------------------ what each effort catches


def test_adequacy_has_a_column_for_each_effort() -> None:
    results = []
    for effort, caught in ((Effort.QUICK, ()), (Effort.STANDARD, ("COM-PAGE-01",))):
        sweep = Sweep(stand_for(Terms("transport", only=("COM-PAGE-01",), effort=effort)))
        results.append(adequacy(sweep, [Attempt(fault="DropsLastItemOfFullPage", declared=("COM-PAGE-01",), failed=caught)]))
    told = side_by_side(results)
    assert told["effort"] == "standard"
    assert told["requirements"]["COM-PAGE-01"] == {"faults": 1, "caught": 1, "efforts": {"quick": 0, "standard": 1}}


def test_a_fault_that_a_screening_misses_is_no_fault_of_ours_and_a_false_failure_is() -> None:
    missed = yance(
        "adequacy", "transport", "--effort", "quick", "--only", "TRN-033", "--fault", "LapseIsNotDated", "--workers", "1"
    )
    assert missed.exit_code == 0, missed.output
    assert "SURVIVED  LapseIsNotDated" in missed.output
    assert "effort quick: 0 of 1 seeded breaches caught" in missed.output
