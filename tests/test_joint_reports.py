"""A joint report: signed, derived again by anyone, run and told by commands."""

from __future__ import annotations

import asyncio
import itertools
import json
import shutil
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import zstandard

from conformance import reference
from conformance.adequacy import START, reference_ixit
from conformance.attest import JOURNEY, TrustedKey, passing_key
from conformance.clock import VirtualClock
from conformance.commands.loopback import bound_socket, serving
from conformance.errors import UsageError, VerificationError
from conformance.evidence import EvidenceWriter, Header, read_evidence
from conformance.interface.schema import errors
from conformance.journeys.attesting import joint_statement, sign_journeys, verify_journeys
from conformance.journeys.conduct import conduct
from conformance.journeys.settings import Crossing, cited, read_crossing
from conformance.load import data_folders, load_profile
from conformance.load.digests import journeys_altered
from conformance.model import Exchange, Ics
from conformance.plan import make_plan
from conformance.redaction import Redactor
from conformance.reference import journeys as together
from conformance.run.conduct import Setting, rejudge
from conformance.run.conduct import conduct as conduct_run
from conformance.verdict.folder import RunFolder
from conformance.wire import in_process
from tests.travelling import FOLDERS, KNOWN, gone, targets, yance

# ------------------------------------------------------------------------------------------ a signed report


@pytest.fixture(scope="module")
def signed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, TrustedKey]:
    """A signed run of all journeys, and the key that is trusted with it."""
    home = tmp_path_factory.mktemp("together")
    report = gone(home / "run", together.parties)
    assert report["result"] == "PASSED"
    signer, public = passing_key(home / "key.pub.pem")
    sign_journeys(FOLDERS, RunFolder(home / "run"), signer, "self-test")
    return home, public


@pytest.fixture
def copied(signed: tuple[Path, TrustedKey], tmp_path: Path) -> tuple[RunFolder, TrustedKey]:
    return RunFolder(Path(shutil.copytree(signed[0] / "run", tmp_path / "run"))), signed[1]


def test_the_statement_names_all_solutions_and_fits_its_schema(copied: tuple[RunFolder, TrustedKey]) -> None:
    folder, key = copied
    found = verify_journeys(FOLDERS, folder, [key])
    assert errors(FOLDERS.schema("joint"), found.envelope.payload) == []
    assert found.envelope.payload["predicateType"] == JOURNEY
    names = [one["name"] for one in found.envelope.payload["subject"]]
    assert names == [f"{domain}-x@1.0.0" for domain in sorted(reference.domains())] + [
        "evidence.ndjson.zst",
        "plan.json",
        "report.json",
    ]
    assert found.envelope.predicate["outcomes"] == {row.id: "pass" for row in KNOWN.rows}
    assert {text["en"] for text in found.unverified} == {
        f"{domain}-x@1.0.0 rests on nothing that is cited" for domain in reference.domains()
    }


def test_two_runs_of_the_same_seed_and_time_are_the_same(signed: tuple[Path, TrustedKey], tmp_path: Path) -> None:
    gone(tmp_path / "again", together.parties)
    one, other = (json.loads((path / "report.json").read_bytes()) for path in (signed[0] / "run", tmp_path / "again"))
    assert one["requirements"] == other["requirements"]
    assert one["journeys"] == other["journeys"]


def test_evidence_holds_no_credentials_and_no_pickup_code(copied: tuple[RunFolder, TrustedKey]) -> None:
    folder, _ = copied
    content = zstandard.ZstdDecompressor().stream_reader(folder.evidence_file.read_bytes()).read()
    tokens = [token for domain in reference.domains() for token in reference.credentials(domain).values()]
    assert not any(token.encode() in content for token in tokens)
    handed = [
        one
        for one in read_evidence(folder.evidence_file)
        if isinstance(one, Exchange) and one.request.operation == "collectParcel"
    ]
    assert len(handed) == 2
    assert all("«secret:" in (one.request.body or b"").decode() for one in handed)


def rewritten(folder: RunFolder, change: Callable[[list[Any]], list[Any]]) -> None:
    """The evidence written anew, with its own digests, after a change of its lines."""
    lines = change(list(read_evidence(folder.evidence_file))[:-1])
    folder.evidence_file.unlink()
    header = next(one for one in lines if isinstance(one, Header))
    with EvidenceWriter.open(folder.evidence_file, header, Redactor({})) as writer:
        for one in lines[1:]:
            if isinstance(one, Exchange):
                writer.append(one)
            else:
                writer.end_case(one.case, one.ended, one.reason)
        writer.finish()


def of(operation: str, **changed: Any) -> Callable[[list[Any]], list[Any]]:
    def change(lines: list[Any]) -> list[Any]:
        return [
            replace(one, **changed) if isinstance(one, Exchange) and one.request.operation == operation else one for one in lines
        ]

    return change


def without(operation: str) -> Callable[[list[Any]], list[Any]]:
    return lambda lines: [one for one in lines if not (isinstance(one, Exchange) and one.request.operation == operation)]


FORGED: Mapping[str, tuple[Callable[[list[Any]], list[Any]], str]] = {
    "a step left out": (without("listArrivals"), "the document has GET /arrivals"),
    "asked of another target": (
        of("getStop", base_url="http://health.example/v1"),
        "the document has a request to http://transport.example",
    ),
    "the last step left out": (without("getPublicTracking"), "the document has|nothing more was recorded"),
    "a workflow under another name": (
        lambda lines: [
            replace(one, case="another") if hasattr(one, "case") and one.case == "parcel-on-the-way" else one for one in lines
        ],
        "nothing tells how the workflow parcel-on-the-way ended",
    ),
    "another plan": (lambda lines: [replace(lines[0], plan="sha256:" + "0" * 64), *lines[1:]], "recorded under another plan"),
}


@pytest.mark.parametrize("name", FORGED)
def test_evidence_that_no_run_can_have_recorded_is_refused(
    name: str, copied: tuple[RunFolder, TrustedKey], tmp_path: Path
) -> None:
    folder, _ = copied
    change, said = FORGED[name]
    rewritten(folder, change)
    signer, _ = passing_key(tmp_path / "forger.pub.pem")
    with pytest.raises(VerificationError, match=said):
        sign_journeys(FOLDERS, folder, signer, "self-test")


def test_a_verdict_that_was_changed_is_not_signed_and_does_not_verify(
    copied: tuple[RunFolder, TrustedKey], tmp_path: Path
) -> None:
    folder, key = copied
    report = json.loads(folder.report_file.read_bytes())
    report["requirements"][0]["outcome"] = "fail"
    folder.write_report(report)
    with pytest.raises(VerificationError, match="not the file that was signed"):
        verify_journeys(FOLDERS, folder, [key])
    with pytest.raises(VerificationError, match="not what the evidence comes to"):
        sign_journeys(FOLDERS, folder, passing_key(tmp_path / "k.pub.pem")[0], "self-test")


def test_a_page_that_was_changed_and_a_plan_that_was_changed_are_refused(
    copied: tuple[RunFolder, TrustedKey], tmp_path: Path
) -> None:
    folder, key = copied
    page = folder.path / "report.en.html"
    page.write_bytes(page.read_bytes().replace(b"The services", b"All services"))
    with pytest.raises(VerificationError, match="renders to; render it again"):
        verify_journeys(FOLDERS, folder, [key])
    page.unlink()
    plan = json.loads(folder.plan_file.read_bytes())
    plan["inputs"]["stopUid"] = "TPE10111"
    folder.plan_file.write_text(json.dumps(plan))
    with pytest.raises(VerificationError, match="the plan was changed"):
        sign_journeys(FOLDERS, folder, passing_key(tmp_path / "k.pub.pem")[0], "self-test")


def test_rows_that_are_not_official_are_named(copied: tuple[RunFolder, TrustedKey], tmp_path: Path) -> None:
    folder, key = copied
    home = tmp_path / "data" / "specs" / "journeys" / "1.0.0"
    shutil.copytree(Path(KNOWN.journeys[0].source).parent, home)
    rows = home / "requirements.yaml"
    rows.write_text(rows.read_text("utf-8").replace("metres: 500", "metres: 50000"), "utf-8")
    folders = data_folders([tmp_path / "data"])
    with pytest.raises(VerificationError, match="run under another rows"):
        verify_journeys(folders, folder, [key])
    assert journeys_altered(folders, "1.0.0") == ["requirements.yaml"]
    assert journeys_altered(FOLDERS, "1.0.0") == []


def test_a_run_of_one_target_cannot_be_of_several(tmp_path: Path) -> None:
    profile, spec = load_profile(FOLDERS, "transport", "open-data")
    ixit = replace(reference_ixit("transport"), base_url="http://transport.example/v1")
    plan = make_plan(spec, profile, Ics(), ixit, only=("COM-PAGE-07",))
    clock = VirtualClock(START)
    way = in_process(reference.application("transport", clock=clock.now))
    setting = Setting(plan, spec, profile, Ics(), ixit, RunFolder(tmp_path / "run"), clock=clock, transport=way)
    asyncio.run(conduct_run(setting))
    rewritten(setting.folder, lambda lines: [replace(lines[0], beside=("http://other.example/v1",)), *lines[1:]])
    with pytest.raises(VerificationError, match="it is of several targets"):
        rejudge(setting)


def test_another_purpose_and_another_key_are_refused(copied: tuple[RunFolder, TrustedKey], tmp_path: Path) -> None:
    folder, _ = copied
    signer, other = passing_key(tmp_path / "k.pub.pem")
    with pytest.raises(VerificationError, match="its purpose is self-test"):
        sign_journeys(FOLDERS, folder, signer, "certification")
    with pytest.raises(VerificationError, match="which is not trusted"):
        verify_journeys(FOLDERS, folder, [other])


def test_the_statement_follows_from_the_report_alone(copied: tuple[RunFolder, TrustedKey]) -> None:
    report = copied[0].report()
    report["targets"][0]["rests"] = {
        "kind": "certificate",
        "digest": "sha256:" + "1" * 64,
        "result": "PASSED",
        "certificate": "C-1",
    }
    made = joint_statement(report, {"report.json": "sha256:" + "2" * 64})
    assert made["predicate"]["targets"][0]["rests"]["certificateId"] == "C-1"
    assert errors(FOLDERS.schema("joint"), made) == []


# ------------------------------------------------------------------------------------------ a run that was cut off


class Cut(BaseException):
    """What ends a process in the midst of a run."""


def recorded(folder: RunFolder, *, partial: bool = False) -> list[tuple[str, str, int | None]]:
    lines = read_evidence(folder.evidence_file, partial=partial)
    return [(one.case, one.request.target, one.status) for one in lines if isinstance(one, Exchange)]


@pytest.mark.parametrize("after", [3, 44])
def test_a_run_that_was_cut_off_goes_on_and_nothing_recorded_is_lost(
    after: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock, folder = VirtualClock(START), RunFolder(tmp_path / "run")
    applications, crossing = together.parties(clock=clock.now), Crossing(KNOWN.journeys, targets())

    def go(**how: Any) -> tuple[list[str], dict[str, Any]]:
        told = list[str]()
        ways = {domain: in_process(one) for domain, one in applications.items()}
        gone_through = conduct(
            KNOWN, crossing, folder, clock=clock, ways=ways, told=lambda course: told.append(course.workflow.id), **how
        )
        return told, asyncio.run(gone_through)

    with monkeypatch.context() as patch:
        count, append = itertools.count(), EvidenceWriter.append

        def until(writer: EvidenceWriter, exchange: Exchange) -> Exchange:
            if next(count) == after:
                raise Cut
            return append(writer, exchange)

        patch.setattr(EvidenceWriter, "append", until)
        with pytest.raises(Cut):
            go()
    before = recorded(folder, partial=True)
    assert len(before) == after
    with pytest.raises(UsageError, match="holds a run already"):
        go()
    with pytest.raises(UsageError, match="another run of journeys was begun there"):
        go(resume=True, seed=7)
    told, report = go(resume=True)
    every = [workflow.id for one in KNOWN.journeys for workflow in one.workflows]
    assert told == every[every.index(before[-1][0]) :]
    assert recorded(folder)[:after] == before
    assert (report["result"], report["evidence"]["resumed"]) == ("PASSED", 1)
    signer, public = passing_key(tmp_path / "key.pub.pem")
    sign_journeys(FOLDERS, folder, signer, "self-test")
    assert verify_journeys(FOLDERS, folder, [public]).report == report


def test_a_run_that_was_cut_off_before_its_report_is_reported_without_a_request(tmp_path: Path) -> None:
    report = gone(tmp_path / "run", together.parties)
    folder = RunFolder(tmp_path / "run")
    folder.report_file.unlink()
    crossing = Crossing(KNOWN.journeys, targets())
    again = asyncio.run(conduct(KNOWN, crossing, folder, clock=VirtualClock(START), ways={}, resume=True))
    assert again == report


def test_what_is_to_be_resumed_has_to_be_named(served: Path) -> None:
    refused = yance("journey", "run", served / "journeys.toml", "--resume")
    assert (refused.exit_code, "name its folder by --out" in refused.output) == (2, True)


# ------------------------------------------------------------------------------------------ settings and commands


@pytest.fixture
def served(tmp_path: Path) -> Any:
    """Three servers on loopback, and the file that names them."""
    sockets = {domain: bound_socket("127.0.0.1", 0) for domain in reference.domains()}
    lines = []
    for domain, bound in sockets.items():
        actors = "".join(
            f'[actors.{name}]\ntoken = "{token}"\n' for name, token in reference.credentials(domain).items() if name in "ab"
        )
        url = f"http://127.0.0.1:{bound.getsockname()[1]}/v1"
        solution = f'[solution]\nid = "{domain}-x"\nversion = "1.0.0"\nvendor = "V"\n'
        (tmp_path / f"{domain}.toml").write_text(
            f'{solution}[target]\nurl = "{url}"\nsandbox = true\n[limits]\nlongestPause = 0.01\n{actors}'
        )
        lines.append(f'[targets.{domain}]\nsettings = "{domain}.toml"\n')
    (tmp_path / "journeys.toml").write_text("".join(lines))
    applications = together.parties()
    with serving([(applications[domain], bound) for domain, bound in sockets.items()]):
        yield tmp_path


def test_journeys_are_run_signed_and_verified_by_commands(served: Path) -> None:
    out = served / "run"
    said = yance("journey", "run", served / "journeys.toml", "--out", out, "--only", "parcel-on-the-way", "--json")
    assert said.exit_code == 0, said.output
    report = json.loads(said.output)
    assert report["result"] == "PASSED"
    assert {row["outcome"] for row in report["requirements"]} == {"pass", "not_tested"}
    assert yance("key", "new", served / "k.pem", "--no-password").exit_code == 0
    assert yance("journey", "sign", out, "--key", served / "k.pem").exit_code == 0
    verified = yance("journey", "verify", out, "--key", served / "k.pub.pem", "--lang", "zh-Hant", "--require", "passed")
    assert verified.exit_code == 0, verified.output
    assert "串聯通過" in verified.output
    refused = yance("journey", "verify", out, "--key", served / "k.pub.pem", "--require", "cited")
    assert (refused.exit_code, "rests on nothing that is cited" in refused.output) == (6, True)
    astray = yance("verify", out, "--key", served / "k.pub.pem")
    assert (astray.exit_code, "yance journey verify" in astray.output) == (6, True), astray.output
    page = (out / "report.zh-Hant.html").read_text("utf-8")
    assert "跨域串聯驗測聯合報告" in page
    assert "logistics-x" in page


def test_what_cannot_be_run_is_refused_with_its_place(served: Path) -> None:
    file = served / "journeys.toml"
    content = file.read_text()

    def refused(text: str, *words: str) -> str:
        file.write_text(text)
        result = yance("journey", "run", file, "--out", served / "no", *words)
        assert result.exit_code == 2, result.output
        return result.output

    assert "no journey goes across 'weather'" in refused(content + '[targets.weather]\nsettings = "health.toml"\n')
    assert "did you mean 'stopUid'" in refused(content + '[inputs]\nstopUidd = "x"\n')
    assert "there is no journey 'parcel'" in refused(content, "--only", "parcel")
    health = '[targets.health]\nsettings = "health.toml"\n'
    assert "no journey goes across these targets alone" in refused(health)
    assert "no target of it is given" in refused(health, "--only", "clinic-visit")
    assert "there is no such file" in refused(content.replace("health.toml", "none.toml"))
    assert "a certificate or on a run" in refused(content + 'certificate = "x"\nrun = "y"\n')
    assert "journeys.toml:" in refused(content + 'run = "none"\n')
    (served / "health.toml").write_text((served / "health.toml").read_text().replace("sandbox = true", ""))
    assert "not declared a sandbox" in refused(content)
    assert not (served / "no").exists()


def test_settings_name_the_journeys_that_are_possible(served: Path) -> None:
    file = served / "journeys.toml"
    file.write_text(file.read_text().replace('[targets.transport]\nsettings = "transport.toml"\n', ""))
    crossing = read_crossing(FOLDERS, file, KNOWN)
    assert [one.id for one in crossing.journeys] == ["cold-prescription"]


def test_nobody_at_an_address_ends_with_four(served: Path) -> None:
    settings = served / "logistics.toml"
    settings.write_text('[target]\nurl = "http://127.0.0.1:9/v1"\nsandbox = true\n[actors.a]\ntoken = "t-0123456789"\n')
    assert yance("journey", "run", served / "journeys.toml", "--out", served / "no").exit_code == 4


def test_credentials_that_are_not_accepted_leave_it_open(served: Path) -> None:
    settings = served / "logistics.toml"
    settings.write_text(settings.read_text().replace(reference.credentials("logistics")["a"], "not-a-token-0123456789"))
    said = yance("journey", "run", served / "journeys.toml", "--out", served / "run", "--only", "parcel-on-the-way")
    assert said.exit_code == 3, said.output
    assert "credentials were not accepted" in said.output


def test_a_statement_about_another_solution_is_not_cited(signed: tuple[Path, TrustedKey]) -> None:
    with pytest.raises(VerificationError, match="a certificate or the statement of a run was expected"):
        cited(RunFolder(signed[0] / "run").envelope_file, Ics("stops", "1"))


@pytest.mark.parametrize("lang", ["en", "zh-Hant"])
def test_journeys_and_rows_are_listed_and_shown(lang: str) -> None:
    listed = yance("journey", "list", "--lang", lang).output
    for one in KNOWN.journeys:
        assert one.title[lang] in listed
        shown = yance("journey", "show", one.id, "--lang", lang).output
        assert all(step.id in shown for workflow in one.workflows for step in workflow.steps)
    for row in KNOWN.rows:
        shown = yance("journey", "show", row.id, "--lang", lang).output
        assert row.text[lang] in shown
        assert row.remedy[lang] in shown
    assert json.loads(yance("journey", "show", "jrn-006", "--json").output)["check"] == "instants_agree"
    assert yance("journey", "show", "JRN-999").exit_code == 2
