"""Whole campaigns: what they report, and that nothing is lost or run twice, whoever hangs, lies or is killed."""

from __future__ import annotations

import csv
import io
import json
import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import distributed
import pytest

from conformance.campaign import single
from conformance.campaign.admission import Admission
from conformance.campaign.course import Options, conducted, opened
from conformance.campaign.engine import engine
from conformance.campaign.fleet import Member, fleet
from conformance.campaign.places import Folder
from conformance.campaign.report import campaign_report, table
from conformance.campaign.results import Result
from conformance.campaign.rows import read_rows
from conformance.campaign.runner import Call
from conformance.evidence import read_evidence
from conformance.load import Folders, data_folders
from conformance.model import Exchange
from conformance.run.conduct import exchanges
from conformance.verdict.folder import RunFolder
from tests.campaigning import lasting, listed, moored, silent, yance
from tests.drafted import drafted

ROOT = Path(__file__).resolve().parents[1]
PLAIN = Member("plain", "transport")
LIAR = Member("liar", "transport", impostor="RepeatsTheExamples")
FAULTY = Member("faulty", "transport", fault="StopTimesLackOffset")


# ------------------------------------------------------------------------------------------ the report


def test_a_report_says_what_most_fails_and_what_changed() -> None:
    def made(*results: Result, before: Any = None) -> dict[str, Any]:
        return campaign_report("c", results, [], began="b", ended="e", seconds=2, workers=2, before=before)

    def one(name: str, *failed: str, **more: Any) -> Result:
        told = {"state": "judged", "result": "FAILED" if failed else "PASSED", "domain": "transport"} | more
        return Result(name, "r", failed=failed, failing=dict.fromkeys(failed, ("listStops",)), **told)

    old = made(one("a", "X-1"), one("b", "X-1", "X-2"), one("gone"))
    new = made(one("a"), one("b", "X-2"), one("=c", state="lost", said="killed, twice"), before=json.loads(json.dumps(old)))
    assert [(row["id"], row["count"], row["operations"]) for row in old["requirements"]] == [
        ("X-1", 2, {"listStops": 2}),
        ("X-2", 1, {"listStops": 1}),
    ]
    assert new["outcomes"] == {"PASSED": 1, "FAILED": 1, "lost": 1}
    assert (new["compared"]["came"], new["compared"]["went"]) == (["=c"], ["gone"])
    assert new["compared"]["changed"] == [
        {"target": "a", "before": "FAILED", "now": "PASSED", "mended": ["X-1"], "broken": []},
        {"target": "b", "before": "FAILED", "now": "FAILED", "mended": ["X-1"], "broken": []},
    ]
    assert new["compared"]["requirements"] == [{"id": "X-1", "before": 2, "now": 0}]
    rows = list(csv.DictReader(io.StringIO(table(new))))
    assert [(one["target"], one["outcome"], one["said"]) for one in rows][-1] == ("'=c", "lost", "killed, twice")


def test_what_is_finished_is_reported_and_compared_without_being_tested_again(tmp_path: Path) -> None:
    rows = [{"name": name, "target": {"url": "http://127.0.0.1:9/v1", "domain": "transport"}} for name in ("a", "=b")]
    rows[1] |= {"name": "b", "solution": {"id": "b", "vendor": "=Ltd"}}
    file = listed(tmp_path / "c.yaml", rows)
    for out, failed in (("spring", ("COM-TIME-01",)), ("autumn", ())):
        place = Folder(tmp_path / out)
        with opened(read_rows(data_folders(), file), Options(), place, str(place.path), resume=False) as course:
            for one in course.left:
                result = "FAILED" if failed and one.name == "a" else "PASSED"
                came = Result(
                    one.name, one.digest, "judged", result, domain="transport", failed=failed if one.name == "a" else ()
                )
                course.note(ended=came.as_json())
    spring, autumn = tmp_path / "spring", tmp_path / "autumn"
    assert yance("campaign", file, "--resume", "--out", spring).exit_code == 1
    ran = yance("campaign", file, "--resume", "--out", autumn, "--compare", spring, "--lang", "zh-Hant")
    assert ran.exit_code == 0, ran.output
    assert json.loads((autumn / "campaign.json").read_text("utf-8"))["compared"]["changed"] == [
        {"target": "a", "before": "FAILED", "now": "PASSED", "mended": ["COM-TIME-01"], "broken": []}
    ]
    page = (autumn / "campaign.zh-Hant.html").read_text("utf-8")
    assert "COM-TIME-01" in page
    assert "不通過" in page
    assert "FAILED" not in page
    assert "passed" in (autumn / "campaign.en.html").read_text("utf-8")
    assert [one["target"] for one in csv.DictReader(io.StringIO((autumn / "campaign.csv").read_text("utf-8")))] == ["a", "b"]
    assert not (autumn / "runs").exists()
    for wrong in ({"results": [{}]}, {"results": 7}, {"requirements": [{"id": "X-1", "count": "many"}]}, {"seconds": None}):
        report = {**json.loads((autumn / "campaign.json").read_text("utf-8")), **wrong}
        (spring / "campaign.json").write_text(json.dumps(report))
        refused = yance("campaign", file, "--resume", "--out", autumn, "--compare", spring)
        assert refused.exit_code == 2, refused.output
        assert "this is no report of a campaign" in refused.output


def test_a_target_is_tested_again_when_its_row_or_the_words_it_is_tested_by_changed(tmp_path: Path) -> None:
    told = {"name": "a", "target": {"url": "http://127.0.0.1:9/v1", "domain": "transport"}, "profile": "open-data"}
    place, folders = Folder(tmp_path / "out"), data_folders()
    file = listed(tmp_path / "c.yaml", [told])
    with opened(read_rows(folders, file), Options(), place, "out", resume=False) as course:
        course.note(ended=Result("a", course.left[0].digest, "judged", "PASSED").as_json())

    def left(data: Folders) -> list[str]:
        with opened(read_rows(data, file), Options(), place, "out", resume=True) as course:
            return [one.name for one in course.left]

    assert left(folders) == []
    profile = tmp_path / "data" / "profiles" / "transport" / "open-data.yaml"
    profile.parent.mkdir(parents=True)
    text = (ROOT / "profiles" / "transport" / "open-data.yaml").read_text("utf-8")
    profile.write_text(text.replace("  draws: ", "  draws: 1"), "utf-8")
    assert left(data_folders([tmp_path / "data"])) == ["a"]
    listed(file, [told | {"limits": {"rate": 5}}])
    assert left(folders) == ["a"]


def test_a_worker_with_other_words_than_the_campaign_refuses(tmp_path: Path) -> None:
    rows = read_rows(
        data_folders(),
        listed(tmp_path / "c.yaml", [{"name": "a", "target": {"url": "http://127.0.0.1:9/v1", "domain": "transport"}}]),
    )
    with opened(rows, Options(), Folder(tmp_path / "out"), "out", resume=False) as course:
        job = course.job(rows.rows[0], Admission.of(rows.terms, rows.rows), 1)
    came = single.tested(replace(job, words="sha256:other"), tmp_path / "run", lambda *_: None)
    assert (came.state, "this worker has another specification" in came.said) == ("refused", True)
    came = single.tested(replace(job, build="sha256:other"), tmp_path / "run", lambda *_: None)
    assert (came.state, "another build" in came.said) == ("error", True)


# ------------------------------------------------------------------------------------------ whole campaigns


def requests(folder: Path) -> dict[str, list[tuple[str, str]]]:
    """By case, what was asked."""
    found: dict[str, list[tuple[str, str]]] = {}
    for one in exchanges(RunFolder(folder)):
        found.setdefault(one.case, []).append((one.request.method, one.request.target))
    return found


@pytest.mark.slow
def test_a_campaign_finds_what_single_runs_find_and_a_target_that_hangs_dies_or_lies_holds_up_nobody(tmp_path: Path) -> None:
    slow = Member("slow", "transport", latency=10_000)  # longer than it is given to end
    with moored([PLAIN, FAULTY, LIAR, slow]) as rows, silent() as url:
        dumb = {"name": "dumb", "target": {"url": url, "domain": "transport"}, "profile": "open-data", "limits": {"timeout": 0.5}}
        dead = {"name": "dead", "target": {"url": "http://127.0.0.1:9/v1", "domain": "transport"}, "profile": "open-data"}
        rows[3]["limits"] |= {"timeout": 30}  # or whether its first answer comes in time is a matter of chance
        own = [written_down(one, tmp_path) for one in rows[:2]]
        took = 0.0
        for name, code in (("plain", 0), ("faulty", 1)):
            words = ("-c", tmp_path / f"{name}.toml", "--profile", "open-data", "--effort", "quick")
            began = time.monotonic()
            assert yance("run", "transport", *words, "--out", tmp_path / "one" / name).exit_code == code
            took = max(took, time.monotonic() - began)
        limits = {"seconds": max(60, 6 * took), "grace": 5}  # on a busy machine the others need longer, too
        file = listed(tmp_path / "c.yaml", [rows[3], dumb, *own, rows[2], dead], limits=limits)
        ran = yance("campaign", file, "--effort", "quick", "--out", tmp_path / "out", "--workers", 2)
    assert ran.exit_code == 1, ran.output
    report = json.loads((tmp_path / "out" / "campaign.json").read_text())
    came = {one["target"]: one["outcome"] for one in report["results"]}
    liar = next(one for one in report["results"] if one["target"] == "liar")
    assert came == {
        "slow": "overdue",
        "dumb": "unreachable",
        "plain": "PASSED",
        "faulty": "FAILED",
        "dead": "unreachable",
        "liar": liar["outcome"],
    }
    assert (liar["outcome"] != "PASSED", liar["conformant"]) == (True, False)
    assert "COM-TIME-01" in [one["id"] for one in report["requirements"] if "faulty" in one["targets"]]
    for name in ("plain", "faulty"):
        alone, among = tmp_path / "one" / name, tmp_path / "out" / "runs" / name
        assert lasting(RunFolder(alone).report()) == lasting(RunFolder(among).report())
        assert requests(alone) == requests(among)
    for name in ("campaign.en.html", "campaign.zh-Hant.html", "campaign.csv"):
        assert "faulty" in (tmp_path / "out" / name).read_text("utf-8")
    assert "不通過" in (tmp_path / "out" / "campaign.zh-Hant.html").read_text("utf-8")
    refused = yance("campaign", file, "--out", tmp_path / "out")
    assert (refused.exit_code, "--resume" in refused.output) == (2, True)


def written_down(row: dict[str, Any], folder: Path) -> dict[str, Any]:
    """A row that names a settings file in place of what stood in it; the file is written."""
    tables = {name: row[name] for name in ("solution", "target", "limits")} | {
        f"actors.{name}": actor for name, actor in row["actors"].items()
    }
    lines = [
        f"[{name}]\n" + "".join(f"{key} = {json.dumps(value)}\n" for key, value in table.items())
        for name, table in tables.items()
    ]
    (folder / f"{row['name']}.toml").write_text("".join(lines), "utf-8")
    return {"name": row["name"], "settings": f"{row['name']}.toml", "profile": row["profile"]}


@pytest.mark.slow
def test_a_worker_that_is_killed_in_mid_run_loses_no_evidence_and_its_target_is_run_on(tmp_path: Path) -> None:
    members = [Member(f"m{nth}", "transport", latency=15) for nth in range(3)]
    with moored(members) as rows:
        file = listed(tmp_path / "c.yaml", rows)
        read = read_rows(data_folders(), file)
        out, killed, before = Folder(tmp_path / "out"), list[str](), list[bytes]()
        options = Options(effort="quick", skip_preflight=True)
        with opened(read, options, out, str(out.path), resume=False) as course, engine(workers=2) as made:
            processes = made.workers

            def listen(standing: Any) -> None:
                for name, (done, _, worker) in standing.under_way.items():
                    if done >= 3 and worker in processes and not killed:
                        killed.append(name)
                        before.append((out.work(name) / "evidence.ndjson.zst").read_bytes())
                        os.kill(processes[worker], signal.SIGKILL)

            results = conducted(course, made, listener=listen)
    assert killed
    assert {one.outcome for one in results.values()} == {"PASSED"}
    report = RunFolder(out.work(killed[0])).report()
    assert report["evidence"]["attempts"]["resumed"] == 1
    (tmp_path / "cut.ndjson.zst").write_bytes(before[0])
    recorded = {
        one.request.target + str(one.sent_at)
        for one in read_evidence(tmp_path / "cut.ndjson.zst", partial=True)
        if isinstance(one, Exchange)
    }
    assert recorded
    assert recorded <= {one.request.target + str(one.sent_at) for one in exchanges(RunFolder(out.work(killed[0])))}
    others = [RunFolder(out.work(one.name)).report() for one in members if one.name != killed[0]]
    assert [one["evidence"]["attempts"]["resumed"] for one in others] == [0, 0]


@pytest.mark.slow
def test_the_limits_of_a_host_hold_whichever_workers_test_its_targets(tmp_path: Path) -> None:
    members = [Member(f"m{nth}", "transport", concurrency=8) for nth in range(3)]
    with moored(members) as rows:
        more = {"hosts": {"127.0.0.1": {"targets": 2, "rate": 40, "concurrency": 5}}}
        file = listed(tmp_path / "c.yaml", rows, **more)
        ran = yance("campaign", file, "--effort", "quick", "--out", tmp_path / "out", "--workers", 3, "--skip-preflight")
    assert ran.exit_code == 0, ran.output
    folders = [RunFolder(tmp_path / "out" / "runs" / one.name) for one in members]
    assert [next(read_evidence(one.evidence_file)).concurrency for one in folders] == [2, 2, 2]  # type: ignore[union-attr]  # a header
    spans = [(times[0], times[-1], len(times)) for one in folders if (times := sorted(each.sent_at for each in exchanges(one)))]
    moments = sorted([(began, 1) for began, _, _ in spans] + [(ended, -1) for _, ended, _ in spans])
    assert max(sum(step for _, step in moments[: nth + 1]) for nth in range(len(moments))) <= 2
    burst = 40
    assert all(count <= (ended - began) / 1000 * 20 + burst for began, ended, count in spans)


@pytest.mark.slow
def test_what_was_finished_when_the_scheduler_was_killed_is_not_run_again(tmp_path: Path) -> None:
    members = [Member(f"m{nth}", "transport", latency=5) for nth in range(3)]
    with moored(members) as rows:
        file, out = listed(tmp_path / "c.yaml", rows), tmp_path / "out"
        words = ["campaign", str(file), "--effort", "quick", "--out", str(out), "--workers", "1", "--skip-preflight"]
        first = subprocess.Popen(
            [sys.executable, "cli.py", *words], cwd=ROOT, stdout=subprocess.PIPE, text=True, start_new_session=True
        )
        assert first.stdout is not None
        assert "m0" in first.stdout.readline()
        until = time.monotonic() + 30
        while not (out / "runs" / "m1" / "evidence.ndjson.zst").exists() and time.monotonic() < until:
            time.sleep(0.05)
        first.kill()  # the campaign and the scheduler in it
        first.communicate()
        finished = {name: (out / "runs" / "m0" / name).stat().st_mtime_ns for name in ("evidence.ndjson.zst", "report.json")}
        second = yance(*words, "--resume", "--json")
        other = yance(*words, "--resume", "--effort", "thorough")
    assert second.exit_code == 0, second.output
    assert {name: (out / "runs" / "m0" / name).stat().st_mtime_ns for name in finished} == finished
    assert json.loads((out / "campaign.json").read_text())["outcomes"] == {"PASSED": 3}
    assert RunFolder(out / "runs" / "m1").report()["evidence"]["attempts"]["resumed"] <= 1
    assert (other.exit_code, "other options" in other.output) == (2, True)


@pytest.mark.slow
def test_a_fleet_serves_what_its_file_says_and_stops_when_it_is_told(tmp_path: Path) -> None:
    words = ["fleet", "--size", "3", "--seed", "3", "--processes", "2", "--out", str(tmp_path / "fleet.yaml")]
    with subprocess.Popen([sys.executable, "cli.py", *words], cwd=ROOT, stdout=subprocess.PIPE, text=True) as served:
        assert served.stdout is not None
        assert "3 targets" in served.stdout.readline()
        assert "serving 3 members" in served.stdout.readline()
        rows = read_rows(data_folders(), tmp_path / "fleet.yaml").rows
        assert yance("preflight", rows[0].domain, rows[0].settings.ixit.base_url).output
        served.terminate()
        rest, _ = served.communicate(timeout=20)
    assert (served.returncode, "the fleet is stopped" in rest) == (0, True)
    assert [row.name for row in rows] == [one.name for one in fleet(3, 3)]


def test_a_fleet_of_a_file_that_is_none_is_refused_with_its_row(tmp_path: Path) -> None:
    file = listed(tmp_path / "c.yaml", [{"name": "a", "target": {"url": "http://127.0.0.1:1/v1"}}])
    ran = yance("fleet", file)
    assert (ran.exit_code, "row 1: the row does not say what is served" in ran.output) == (2, True)
    assert yance("fleet").exit_code == 2


def test_nobody_at_the_schedulers_address_is_said_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("conformance.campaign.engine._CONNECT", 0.3)
    file = listed(tmp_path / "c.yaml", [{"name": "a", "target": {"url": "http://127.0.0.1:9/v1", "domain": "transport"}}])
    ran = yance("campaign", file, "--out", tmp_path / "out", "--scheduler", "tcp://127.0.0.1:9")
    assert (ran.exit_code, "there is no Dask scheduler at tcp://127.0.0.1:9" in ran.output) == (2, True)


@pytest.fixture(scope="module")
def cluster() -> Iterator[str]:
    """A Dask cluster of two workers, by its address."""
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, host="127.0.0.1", dashboard_address="127.0.0.1:0", silence_logs=logging.CRITICAL
    ) as made:
        yield str(made.scheduler_address)


@pytest.mark.slow
def test_a_cluster_by_its_address_tests_judges_verifies_and_sweeps(cluster: str, home: Path, tmp_path: Path) -> None:
    with moored([PLAIN, replace(PLAIN, name="second")]) as rows:
        file = listed(tmp_path / "c.yaml", rows)
        ran = yance("campaign", file, "--effort", "quick", "--out", f"local://{tmp_path / 'store'}", "--scheduler", cluster)
    assert ran.exit_code == 0, ran.output
    runs = [tmp_path / "store" / "runs" / name for name in ("plain", "second")]
    judged = yance("judge", *runs, "--scheduler", cluster, "--json")
    assert [one["same"] for one in json.loads(judged.output)["runs"]] == [True, True]
    assert judged.exit_code == 3  # a screening is not the whole
    verified = yance("verify", home / "run", runs[0], "--key", home / "one.pub.pem", "--scheduler", cluster)
    assert (verified.exit_code, f"✓ {home / 'run'}" in verified.output, f"✗ {runs[0]}" in verified.output) == (2, True, True)
    one = yance("verify", home / "run", runs[0], "--key", home / "one.pub.pem", "--received", "2026-11-29T08:00:00Z")
    assert (one.exit_code, "about one run" in one.output) == (2, True)
    words = ("adequacy", "transport", "--only", "COM-TIME-01", "--fault", "StopTimesLackOffset")
    assert "caught    StopTimesLackOffset" in yance(*words, "--scheduler", cluster).output
    draft = (
        "transport@1.9.0",
        "--data",
        drafted(tmp_path / "data", "transport", "1.9.0"),
        "--runs",
        tmp_path / "store",
        "--json",
    )
    here, there = yance("spec", "impact", *draft), yance("spec", "impact", *draft, "--scheduler", cluster)
    assert json.loads(there.stdout) == json.loads(here.stdout)
    assert [one["run"] for one in json.loads(there.stdout)["vendors"]] == [str(one) for one in runs]
    assert there.exit_code == here.exit_code


@pytest.mark.slow
def test_an_engine_leaves_a_process_fit_for_another_one() -> None:
    twice = (
        "from conformance.campaign.engine import engine\n"
        "for _ in range(2):\n    with engine(workers=1) as made: print(made.slots, flush=True)\n"
    )
    ran = subprocess.run([sys.executable, "-c", twice], cwd=ROOT, capture_output=True, text=True, check=False)
    assert ran.stdout.split() == ["1", "1"], ran.stderr


@pytest.mark.slow
def test_a_process_of_a_cluster_serves_one_session_alone(cluster: str) -> None:
    found = []
    for _ in range(2):
        with engine(cluster) as made:
            made.call("a", Call("tests.errands:process"))
            while not (came := list(made.back(0.2))):
                pass
            found += came
    assert found[0] != found[1]
