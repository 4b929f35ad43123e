"""A run from plan to files: interrupted and gone on with, shrunk, and kept from leaking."""

from __future__ import annotations

import asyncio
import dataclasses
import json
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from conformance import formats, reference
from conformance.adequacy import START, reference_ixit
from conformance.clock import VirtualClock
from conformance.errors import SuiteError, TargetError, UsageError, VerificationError
from conformance.evidence import Resumed, read_evidence
from conformance.load import data_folders, load_profile
from conformance.model import Credential, Exchange, Ics, Ixit
from conformance.plan import make_plan
from conformance.run.conduct import Setting, conduct, exchanges, refuse_secrets, rejudge
from conformance.run.pump import Progress
from conformance.run.retrace import retrace
from conformance.verdict.folder import RunFolder, report_bytes
from conformance.wire import in_process

pytestmark = pytest.mark.heavy

ONLY = ("COM-PAGE-01", "COM-SORT-01", "COM-FILT-04", "COM-ERR-06", "TRN-018")


def setting(
    folder: Path,
    cache: Path,
    *,
    fault: str | None = None,
    variant: str | None = None,
    only: tuple[str, ...] = ONLY,
    of: str = "open-data",
    **limits: Any,
) -> Setting:
    profile, spec = load_profile(data_folders(), "transport", of)
    ixit: Ixit = reference_ixit("transport")
    ixit = dataclasses.replace(ixit, limits=dataclasses.replace(ixit.limits, **limits))
    plan = make_plan(spec, profile, Ics("toy", "1"), ixit, only=only, cache=cache)
    clock = VirtualClock(START)
    app = reference.application("transport", fault=fault, variant=variant, clock=clock.now)
    return Setting(plan, spec, profile, Ics("toy", "1"), ixit, RunFolder(folder), clock=clock, transport=in_process(app))


def test_answers_of_one_moment_are_recorded_counted_and_not_judged_now_and_later(tmp_path: Path, cache: Path) -> None:
    plain = asyncio.run(conduct(setting(tmp_path / "plain", cache)))
    running = setting(tmp_path / "busy", cache, variant="BusyNowAndThen")
    report = asyncio.run(conduct(running))
    assert [(v["case"], v["outcome"]) for v in report["verdicts"]] == [(v["case"], v["outcome"]) for v in plain["verdicts"]]
    again = [one for one in exchanges(running.folder) if one.status == 503]
    assert report["evidence"]["askedAgain"] == {"503": len(again)}
    assert plain["evidence"]["askedAgain"] == {}
    assert len(again) > 5
    assert report_bytes(rejudge(running)) == running.folder.report_file.read_bytes()
    assert f"{len(again)} answers of 503 were asked again" in formats.render("html", report).decode()


def test_where_nothing_may_be_written_no_method_is_tried_that_might(tmp_path: Path, cache: Path) -> None:
    running = setting(tmp_path / "run", cache, only=("COM-ERR-04",))
    ixit = dataclasses.replace(running.ixit, sandbox=False)
    plan = make_plan(running.spec, running.profile, running.ics, ixit, only=("COM-ERR-04",), cache=cache)
    report = asyncio.run(conduct(dataclasses.replace(running, ixit=ixit, plan=plan)))
    assert {one.request.method for one in exchanges(running.folder)} == {"GET"}
    assert report["counts"]["pass"] > 5
    assert report["counts"]["fail"] == 0


class Interrupted(Exception):  # not an error: somebody pulled the plug
    pass


def interrupted(running: Setting, *, after: int) -> None:
    """Conduct a run until so many of its cases have ended, and pull the plug."""

    def pull_the_plug(progress: Progress) -> None:
        if progress.done == after:
            raise Interrupted

    with pytest.raises(BaseExceptionGroup) as caught:
        asyncio.run(conduct(running, listener=pull_the_plug))
    assert caught.group_contains(Interrupted)


def test_an_interrupted_run_keeps_what_it_has_and_goes_on(tmp_path: Path, cache: Path) -> None:
    whole = asyncio.run(conduct(setting(tmp_path / "whole", cache)))
    running = setting(
        tmp_path / "cut", cache, variant="AnswersTakeTheirTime", concurrency=2
    )  # so that there is time to interrupt

    interrupted(running, after=9)
    assert not running.folder.report_file.exists()
    with pytest.raises(UsageError, match="--resume"):
        asyncio.run(conduct(setting(tmp_path / "cut", cache)))
    done: list[int] = []
    with pytest.raises(UsageError, match="begun with a concurrency of 2, which the evidence says; go on with no more than that"):
        asyncio.run(conduct(setting(tmp_path / "cut", cache, concurrency=3), resume=True))
    fewer = setting(tmp_path / "cut", cache, concurrency=1)
    report = asyncio.run(conduct(fewer, resume=True, listener=lambda p: done.append(p.total)))
    assert retrace(running, failed=False).hidden == (), "an interrupted run is held to its scripts as far as it came"
    assert report["evidence"]["attempts"]["resumed"] == 1
    assert done[0] < len(running.plan.cases)
    assert [(v["case"], v["outcome"]) for v in report["verdicts"]] == [(v["case"], v["outcome"]) for v in whole["verdicts"]]
    assert report_bytes(rejudge(running)) == running.folder.report_file.read_bytes()


def test_what_is_asked_again_is_new_to_the_target(tmp_path: Path, cache: Path) -> None:
    """A target keeps what it answered to an idempotency key, also beyond the life of a run: each begins with keys of its own."""
    running = setting(tmp_path / "run", cache, only=("TRN-032", "COM-TEN-01"), of="reservation", variant="AnswersTakeTheirTime")
    interrupted(running, after=1)
    report = asyncio.run(conduct(dataclasses.replace(running, clock=VirtualClock(START + 1)), resume=True))
    sessions: list[set[str]] = [set()]
    for record in read_evidence(running.folder.evidence_file):
        if isinstance(record, Resumed):
            sessions.append(set())
        elif isinstance(record, Exchange) and (key := record.request.header("Idempotency-Key")):
            sessions[-1].add(key)
    before, after = sessions
    assert before
    assert after
    assert not before & after
    assert report["evidence"]["attempts"]["repeated"] > 0
    assert (report["counts"]["fail"], report["counts"]["inconclusive"]) == (0, 0)
    assert retrace(running, failed=False).hidden == ()


def test_a_run_interrupted_while_it_was_judged_gets_its_report(tmp_path: Path, cache: Path) -> None:
    running = setting(tmp_path / "run", cache, only=("TRN-018",))
    asyncio.run(conduct(running))
    with pytest.raises(UsageError, match="nothing to resume"):
        asyncio.run(conduct(running, resume=True))
    whole = running.folder.report_file.read_bytes()
    running.folder.report_file.unlink()
    gone = dataclasses.replace(running, transport=in_process(None))
    asyncio.run(conduct(gone, resume=True))
    assert running.folder.report_file.read_bytes() == whole


def test_a_failure_on_a_drawn_input_is_shrunk_and_the_smaller_one_is_in_the_report(tmp_path: Path, cache: Path) -> None:
    running = setting(tmp_path / "run", cache, only=("COM-ERR-06",))
    whole = reference.application("transport", clock=running.clock.now)

    async def breaks_on_updated_since(scope: Any, receive: Any, send: Any) -> None:
        if scope["path"].endswith("/stops") and b"updatedSince" in scope["query_string"]:
            raise RuntimeError("a fault that only one parameter brings forth")
        await whole(scope, receive, send)

    report = asyncio.run(conduct(dataclasses.replace(running, transport=in_process(breaks_on_updated_since))))
    failed = next(v for v in report["verdicts"] if v["case"] == "COM-ERR-06/listStops")
    assert failed["outcome"] == "fail"
    small = report["exchanges"][str(failed["shrunk"])]
    assert small["status"] == 500
    assert [name for name, _ in parse_qsl(urlsplit(small["url"]).query, keep_blank_values=True)] == ["updatedSince"]
    assert small["step"] == "smaller"


def test_no_secret_reaches_the_folder(tmp_path: Path, cache: Path) -> None:
    profile, spec = load_profile(data_folders(), "transport", "full")
    whole = setting(tmp_path / "run", cache)
    plan = make_plan(spec, profile, Ics(), whole.ixit, only=("COM-AUTH-02", "COM-AUTH-03"), cache=cache)
    asyncio.run(conduct(dataclasses.replace(whole, plan=plan, profile=profile)))
    from conformance.evidence.reader import lines

    recorded = b"\n".join(lines(whole.folder.evidence_file, partial=True))
    for path in whole.folder.path.iterdir():
        recorded += path.read_bytes()
    for credential in whole.ixit.actors.values():
        assert credential.value.encode() not in recorded


def test_a_file_that_would_hold_a_secret_is_refused_by_its_label(cache: Path, tmp_path: Path) -> None:
    ixit = setting(tmp_path / "run", cache).ixit
    refuse_secrets(ixit, "report.html", b"nothing to hide")
    with pytest.raises(SuiteError, match="the secret a;") as caught:
        refuse_secrets(ixit, "report.html", b"<b>" + ixit.actors["a"].value.encode() + b"</b>")
    assert ixit.actors["a"].value not in str(caught.value)


def test_a_secret_that_is_a_word_of_the_interface_is_refused(tmp_path: Path, cache: Path) -> None:
    running = setting(tmp_path / "run", cache)
    actors = {**running.ixit.actors, "a": Credential("bearer", "listStops")}
    with pytest.raises(UsageError, match="the secret of a is a word of the interface"):
        asyncio.run(conduct(dataclasses.replace(running, ixit=dataclasses.replace(running.ixit, actors=actors))))
    assert not running.folder.evidence_file.exists()


def test_evidence_that_was_cut_is_not_a_report(tmp_path: Path, cache: Path) -> None:
    running = setting(tmp_path / "run", cache, only=("TRN-018",))
    asyncio.run(conduct(running))
    whole = running.folder.evidence_file.read_bytes()
    running.folder.evidence_file.write_bytes(whole[:-60])
    with pytest.raises(VerificationError):
        rejudge(running)


def test_a_target_that_nobody_answers_for_is_said_before_anything_is_written(tmp_path: Path, cache: Path) -> None:
    running = setting(tmp_path / "run", cache, only=("TRN-018",))
    gone = dataclasses.replace(running, transport=None, ixit=dataclasses.replace(running.ixit, base_url="http://127.0.0.1:9/v1"))
    with pytest.raises(TargetError, match="refused"):
        asyncio.run(conduct(gone))
    assert not running.folder.evidence_file.exists()


def test_a_report_names_its_evidence(tmp_path: Path, cache: Path) -> None:
    running = setting(tmp_path / "run", cache, only=("TRN-018",))
    report = asyncio.run(conduct(running))
    stored = json.loads(running.folder.report_file.read_text())
    assert stored == json.loads(json.dumps(report))
    assert report["evidence"]["exchanges"] == sum(1 for _ in exchanges(running.folder))
    assert report["runId"] == f"run-{report['evidence']['rfc6962Root'][:16]}"
