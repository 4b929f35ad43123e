"""What fails is told while the run goes on, and a run may end there."""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from conformance import checks, reference
from conformance.adequacy import START, reference_ixit
from conformance.checks._example import exchange, shop
from conformance.clock import VirtualClock
from conformance.commands.loopback import reference_server
from conformance.interface.dialect import HOUSE
from conformance.load import data_folders, load_profile
from conformance.model import Case, Exchange, Finding, Ics, Inputs, Outcome, Plan, Verdict
from conformance.plan import make_plan
from conformance.redaction import Redactor
from conformance.run.conduct import Setting, conduct
from conformance.run.replay import MemoryRecorder
from conformance.run.telling import Telling
from conformance.verdict.folder import RunFolder
from conformance.wire import in_process

pytestmark = pytest.mark.heavy

ROOT = Path(__file__).parents[1]
ONLY = ("COM-PAGE-01", "COM-PAGE-02", "COM-SORT-01")


def ran(folder: Path, fault: str, failures: int = 0) -> tuple[dict[str, object], list[tuple[Verdict, list[Exchange]]]]:
    """The report of a run of a few requirements, and what was told meanwhile."""
    profile, spec = load_profile(data_folders(), "transport", "open-data")
    target = replace(reference_ixit("transport"), actors={})
    plan = make_plan(spec, profile, Ics(), target, only=ONLY)
    clock, told = VirtualClock(START), list[tuple[Verdict, list[Exchange]]]()
    transport = in_process(reference.application("transport", fault=fault or None, clock=clock.now))
    setting = Setting(plan, spec, profile, Ics(), target, RunFolder(folder), clock=clock, transport=transport)

    def tell(verdict: Verdict, trace: Sequence[Exchange]) -> None:
        if verdict.outcome is Outcome.FAIL:
            told.append((verdict, list(trace)))

    return asyncio.run(conduct(setting, told=tell, failures=failures)), told


def test_a_failure_is_told_within_two_seconds_though_its_case_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first answer shows it. It is told a second later, before the case has ended, and once more then."""

    def judge(_operation: Any, trace: Sequence[Exchange], _dialect: Any) -> Iterator[Finding]:
        yield from (Finding("broken", (one.number,), "200", "404") for one in trace if one.status == 404)

    check = replace(checks.check("pages_cover_every_item_once"), judge=judge, aspects=None)
    monkeypatch.setattr(checks, "check", lambda _: check)
    case = Case("R/listThings", "R", "listThings", check.name, {}, Inputs(), frozenset(), frozenset(), "case")
    told = list[tuple[Outcome, int]]()
    plan = Plan("shop", "1", "", "", "", 1, True, (case,), "", "")

    def tell(verdict: Verdict, trace: Sequence[Exchange]) -> None:
        told.append((verdict.outcome, len(trace)))

    telling = Telling(MemoryRecorder(Redactor({})), plan, shop(), HOUSE, tell, tell)
    for status, at in ((404, 0), (200, 400), (200, 990), (200, 1_010), (200, 5_000)):
        telling.append(replace(exchange("GET /things", status, at=at, name="listThings"), case=case.id))
    assert told == [(Outcome.FAIL, 4)]
    telling.end_case(case.id, "complete")
    assert told == [(Outcome.FAIL, 4), (Outcome.FAIL, 5)]


def failing(report: dict[str, object]) -> set[str]:
    return {one["case"] for one in report["verdicts"] if one["outcome"] == "fail"}  # type: ignore[attr-defined]


def test_each_case_that_fails_is_told_with_its_exchanges(tmp_path: Path) -> None:
    report, told = ran(tmp_path / "run", "DropsLastItemOfFullPage")
    assert {verdict.case for verdict, _ in told} == failing(report) != set()
    for verdict, trace in told:
        assert verdict.outcome is Outcome.FAIL
        assert {one.case for one in trace} == {verdict.case}
        assert set(verdict.findings[0].exchanges) <= {one.number for one in trace}


def test_of_a_right_target_nothing_is_told(tmp_path: Path) -> None:
    report, told = ran(tmp_path / "run", "")
    assert (told, failing(report)) == ([], set())


def test_telling_changes_nothing_of_what_is_recorded_and_judged(tmp_path: Path) -> None:
    told, _ = ran(tmp_path / "told", "DropsLastItemOfFullPage")
    whole = json.loads((tmp_path / "told" / "report.json").read_text())
    assert whole["verdicts"] == told["verdicts"]
    assert whole["evidence"]["exchanges"] == told["evidence"]["exchanges"]  # type: ignore[index]


def test_a_run_ends_after_so_many_failures_and_what_was_recorded_stands(tmp_path: Path) -> None:
    whole, _ = ran(tmp_path / "whole", "DropsLastItemOfFullPage")
    report, told = ran(tmp_path / "ended", "DropsLastItemOfFullPage", failures=1)
    assert len(told) >= 1
    assert told[0][0].case in failing(report) <= failing(whole)
    assert report["evidence"]["exchanges"] < whole["evidence"]["exchanges"]  # type: ignore[index,operator]
    assert (report["complete"], report["result"]) == (False, "FAILED")
    reasons = [one["reason"]["en"] for one in report["verdicts"] if "reason" in one]  # type: ignore[attr-defined]
    assert any("the run was to end after 1 failing cases" in reason for reason in reasons)


@pytest.mark.slow
def test_a_failure_is_on_the_screen_before_the_run_is_over(tmp_path: Path) -> None:
    with reference_server("transport", fault="DropsLastItemOfFullPage") as target:
        words = ["run", target.url, "--profile", "open-data", "--class", "collections", "--out", str(tmp_path / "run")]
        done = subprocess.run([sys.executable, ROOT / "cli.py", *words], capture_output=True, text=True, check=False)
        ended = subprocess.run(
            [sys.executable, ROOT / "cli.py", *words[:-1], str(tmp_path / "x"), "-x"], capture_output=True, text=True, check=False
        )
    lines = done.stderr.splitlines()
    told = next(place for place, line in enumerate(lines) if line.startswith("✗ COM-PAGE-01/"))
    assert re.search(r"  GET /.* → 200 \(#\d+\): ", lines[told])
    assert any(" cases, " in line for line in lines[told:]), "and the run went on after it"
    assert (done.returncode, ended.returncode) == (1, 1)
    assert (tmp_path / "x" / "evidence.ndjson.zst").stat().st_size < (tmp_path / "run" / "evidence.ndjson.zst").stat().st_size
