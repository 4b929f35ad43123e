"""What fails is told while the run goes on, and a run may end there."""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from conformance import reference
from conformance.adequacy import START, reference_ixit
from conformance.clock import VirtualClock
from conformance.commands.loopback import reference_server
from conformance.load import data_folders, load_profile
from conformance.model import Exchange, Ics, Outcome, Verdict
from conformance.plan import make_plan
from conformance.run.conduct import Setting, conduct
from conformance.verdict.folder import RunFolder
from conformance.wire import in_process

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
