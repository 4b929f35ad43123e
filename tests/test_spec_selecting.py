"""What of a recorded run stands under a draft, and that the rest comes to what all of it comes to."""

from __future__ import annotations

import asyncio
import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from conformance import checks, reference
from conformance.adequacy import START, reference_ixit
from conformance.clock import VirtualClock
from conformance.committee.basis import basis
from conformance.committee.impact import Cited, impact
from conformance.committee.selecting import Selecting, Stood, Untold, stood
from conformance.committee.standing import Impact, Standing
from conformance.errors import VerificationError
from conformance.evidence import Footer, Glimpse, Resumed, glimpse_evidence, read_evidence
from conformance.load import data_folders, load_profile, load_spec
from conformance.model import Exchange, Ics
from conformance.plan import make_plan
from conformance.run.conduct import Setting, conduct
from conformance.verdict.folder import RunFolder
from conformance.wire import in_process
from tests.drafted import drafted

LONGER = ("          enum: [PICKUP, DROP_OFF, COD_PAYMENT, CHILLED, FROZEN]\n", "          enum: [PICKUP, DROP_OFF, COD_PAYMENT, CHILLED]\n")  # fmt: skip
STRICTER = (
    "      required: [pickupPointId, type, name, position, cityCode, openHours, services, sizeClasses, status]",
    "      required: [pickupPointId, type, name, position, cityCode, openHours, services, sizeClasses, status, telephone]",
)
EDITS: dict[str, tuple[list[tuple[str, str]], list[tuple[str, str]]]] = {
    "nothing": ([], []),
    "refused": ([LONGER], []),
    "answered": ([STRICTER], []),
    "reworded": ([], [("MUST be answered 404 with the same body", "MUST be answered 404 by one body")]),
}
FAULTS = ["", "CitiesAreWrong", "StrayParametersAreIgnored"]
# Each edit and each fault is in one pair at least; the other pairs are slow.
PAIRS = [
    pytest.param(edit, fault, marks=[] if (row - column) % len(FAULTS) == 0 else pytest.mark.slow)
    for row, edit in enumerate(EDITS)
    for column, fault in enumerate(FAULTS)
]
pytestmark = pytest.mark.heavy


def recorded(folder: Path, fault: str) -> RunFolder:
    """A whole run of the smallest profile against a server with a fault, or with none."""
    profile, spec = load_profile(data_folders(), "logistics", "tracking")
    ixit, clock, ics = reference_ixit("logistics"), VirtualClock(START), Ics("parcels", "1.0", "Parcel Ltd")
    app = reference.application("logistics", clock=clock.now, fault=fault or None)
    plan = make_plan(spec, profile, ics, ixit, seed=7)
    made = Setting(plan, spec, profile, ics, ixit, RunFolder(folder), clock=clock, transport=in_process(app))
    asyncio.run(conduct(made))
    return made.folder


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, RunFolder]:
    folder = tmp_path_factory.mktemp("runs")
    return {fault: recorded(folder / (fault or "none"), fault) for fault in FAULTS}


def under(data: Path, run: Path, *, whole: bool = False) -> Impact:
    folders = data_folders([data])
    return impact(folders, load_spec(folders, "logistics", "1.1.0"), [Cited(run)], processes=1, whole=whole)


@pytest.mark.parametrize(("edit", "fault"), PAIRS)
def test_some_of_a_run_comes_to_what_all_of_it_comes_to(
    edit: str, fault: str, runs: dict[str, RunFolder], tmp_path: Path
) -> None:
    data = drafted(tmp_path, "logistics", "1.1.0", *EDITS[edit])
    some, whole = (under(data, runs[fault].path, whole=one).as_json() for one in (False, True))
    assert some == whole
    assert some["vendors"]


def test_exchanges_that_nothing_bears_on_are_not_read(
    runs: dict[str, RunFolder], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[int] = []
    seen = Glimpse.read

    def noted(one: Glimpse) -> Exchange:
        read.append(one.number)
        return seen(one)

    monkeypatch.setattr(Glimpse, "read", noted)
    found = under(drafted(tmp_path / "plain", "logistics", "1.1.0"), runs[""].path)
    few = len(read)
    assert few < found.columns[0].exchanges / 4
    assert found.columns[0].counts[Standing.PROVEN] > 40
    under(drafted(tmp_path / "stricter", "logistics", "1.1.0", [STRICTER]), runs[""].path)
    assert few < len(read) - few


@pytest.mark.parametrize("member", ["plan", "evidence"])
def test_a_report_about_something_else_counts_for_nothing(member: str, runs: dict[str, RunFolder], tmp_path: Path) -> None:
    """Its outcomes are all `pass`; the faulty server's evidence says otherwise."""
    run = tmp_path / "run"
    shutil.copytree(runs["CitiesAreWrong"].path, run)
    report: dict[str, Any] = json.loads((run / "report.json").read_text(encoding="utf-8"))
    for one in report["verdicts"]:
        one["outcome"] = "pass"
    name = "digest" if member == "plan" else "rfc6962Root"
    report[member][name] = "0" * 64
    (run / "report.json").write_text(json.dumps(report), encoding="utf-8")
    found = under(drafted(tmp_path / "data", "logistics", "1.1.0"), run)
    assert found.columns[0].counts[Standing.FAIL] > 0


def test_what_stands_is_read_of_reports_alone() -> None:
    assert stood({"plan": {"digest": "a"}}, "a") is None
    assert stood({"plan": {"digest": "a"}, "verdicts": [], "evidence": {"rfc6962Root": "r"}}, "b") is None
    said = {"case": "X/y", "requirement": "X", "operation": "y", "outcome": "pass", "witnesses": 2}
    told = {"plan": {"digest": "a"}, "evidence": {"rfc6962Root": "r"}}
    found = stood({**told, "verdicts": [{**said, "exercised": [{"aspect": "", "witnesses": 2}]}]}, "a")
    assert found is not None
    assert (found.root, found.counted) == ("r", {"X/y": {"": 2}})
    assert stood({**told, "verdicts": [{**said, "outcome": "fail"}]}, "a") == Stood({}, {}, "r")


def test_a_resumed_run_is_judged_as_a_whole(runs: dict[str, RunFolder], tmp_path: Path) -> None:
    folders = data_folders([drafted(tmp_path, "logistics", "1.1.0")])
    between = basis(load_spec(folders, "logistics", "1.0.0"), load_spec(folders, "logistics", "1.1.0"))
    plan = runs[""].plan()
    known = {case.id: case for case in plan.cases}
    report = stood(runs[""].report(), plan.digest)
    assert report is not None
    with pytest.raises(Untold):
        list(Selecting(between, known, known, frozenset(), report).passing([Resumed(1)]))
    nowhere = replace(report, root="0")
    with pytest.raises(Untold):
        list(Selecting(between, known, known, frozenset(), nowhere).passing(glimpse_evidence(runs[""].evidence_file)))


def test_evidence_that_is_glimpsed_is_the_evidence_that_is_read(runs: dict[str, RunFolder], tmp_path: Path) -> None:
    file = runs[""].evidence_file
    glimpsed, read = list(glimpse_evidence(file)), list(read_evidence(file))
    assert [one.read() if isinstance(one, Glimpse) else one for one in glimpsed] == read
    seen = [(one.operation, one.status) for one in glimpsed if isinstance(one, Glimpse)]
    assert seen == [(one.request.operation, one.status or -1) for one in read if isinstance(one, Exchange)]
    assert isinstance(glimpsed[-1], Footer)
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    broken = tmp_path / "broken.zst"
    broken.write_bytes(content)
    with pytest.raises(VerificationError):
        list(glimpse_evidence(broken))


def test_a_check_that_reads_the_version_before_says_so() -> None:
    """What it reads is no part of the document by which a verdict is known to stand."""
    for one in checks.names():
        module = Path(checks.__path__[0]) / checks.check(one).family / f"{one}.py"
        assert (".earlier" in module.read_text(encoding="utf-8")) == checks.check(one).older, one
