"""`yance spec impact`: recorded runs of certified vendors under a draft, and the plan of what is to be tested again."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from concurrent.futures import Executor, Future
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from conformance.attest.signing import file_digest
from conformance.commands.loopback import reference_server
from conformance.commands.main import main
from conformance.committee.basis import UNCHANGED, Effect, basis
from conformance.committee.hearing import Recorded, heard
from conformance.committee.impact import Cited, impact, on_a_worker, runs_in
from conformance.committee.standing import Column, Impact, Standing
from conformance.errors import SuiteError, UsageError
from conformance.evidence import read_evidence
from conformance.load import data_folders, load_profile, load_spec
from conformance.model import Ics, Ixit
from conformance.plan import make_plan, plan_document, read_retest
from conformance.run.finished import setting_of
from conformance.verdict.beside import judge_file
from conformance.verdict.folder import RunFolder
from conformance.verdict.judge import Bench, Sitting
from tests.certified import Office, certifiable, office, yance
from tests.drafted import drafted

DRAFT = "logistics@1.1.0"
WIDER = ("          enum: [S, M, L, XL]\n", "          enum: [S, M, L, XL, XXL]\n")
STRICTER = (
    "      required: [pickupPointId, type, name, position, cityCode, openHours, services, sizeClasses, status]",
    "      required: [pickupPointId, type, name, position, cityCode, openHours, services, sizeClasses, status, telephone]",
)
NARROWER = (
    "          enum: [PICKUP, DROP_OFF, COD_PAYMENT, CHILLED, FROZEN]\n",
    "          enum: [PICKUP, DROP_OFF, COD_PAYMENT, CHILLED]\n",
)
REWORDED = ("MUST be answered 404 with the same body", "MUST be answered 404 by one body")
DESCRIBED = ("description: Keeps points of this kind.", "description: Keeps points of that kind.")


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> Office:
    return office(tmp_path_factory.mktemp("office"))


@pytest.fixture(scope="module")
def run(people: Office) -> RunFolder:
    return certifiable(people.folder / "runs" / "parcels", people.key("laboratory"))


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return drafted(tmp_path_factory.mktemp("plain"), "logistics", "1.1.0")


@pytest.fixture(scope="module")
def stricter(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return drafted(tmp_path_factory.mktemp("stricter"), "logistics", "1.1.0", [STRICTER], [REWORDED])


@pytest.fixture(scope="module")
def wider(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return drafted(tmp_path_factory.mktemp("wider"), "logistics", "1.1.0", [WIDER, NARROWER, DESCRIBED])


def under(data: Path, *runs: RunFolder) -> Impact:
    folders = data_folders([data])
    return impact(folders, load_spec(folders, "logistics", "1.1.0"), [Cited(one.path) for one in runs], processes=1)


def standings(found: Impact) -> dict[str, tuple[Standing, tuple[str, ...]]]:
    return {name: (cell.standing, cell.why) for name, cell in found.columns[0].cells.items()}


def command(*words: object) -> Result:
    return CliRunner().invoke(main, ["spec", "impact", *map(str, words)], env={"LANG": "C.UTF-8"})


@pytest.mark.heavy
def test_a_draft_that_changes_nothing_leaves_proofs_and_the_version_to_be_stated(run: RunFolder, plain: Path) -> None:
    found = standings(under(plain, run))
    others = {name: one for name, one in found.items() if one[0] is not Standing.PROVEN}
    assert {name for name, one in others.items() if one[1] != ("no-check",)} == {"COM-VER-01", "COM-DOC-03"}
    assert found["COM-VER-01"] == (Standing.RETEST, ("states-version",))
    assert len(found) - len(others) > 40


@pytest.mark.heavy
def test_what_is_demanded_of_answers_fails_by_the_exchange_that_lacks_it(run: RunFolder, stricter: Path) -> None:
    found = under(stricter, run)
    cell = found.columns[0].cells["COM-DOC-02"]
    assert cell.standing is Standing.FAIL
    assert cell.before == "pass"
    shown = next(one for one in read_evidence(run.evidence_file) if getattr(one, "number", 0) == cell.faults[0].exchanges[0])
    assert shown.request.operation == "listPickupPoints"  # type: ignore[union-attr]  # it has a number, so it is an exchange
    assert "telephone" not in shown.response.json["items"][0]  # type: ignore[union-attr]
    assert "telephone" in cell.faults[0].message["zh-Hant"]
    assert found.exit_code == 1


@pytest.mark.heavy
def test_what_nobody_asked_yet_is_to_be_tested_again_with_inputs(run: RunFolder, wider: Path) -> None:
    found = under(wider, run)
    told = standings(found)
    assert told["COM-DOC-02"] == (Standing.RETEST, ("asked-otherwise",))
    assert told["COM-LIC-01"][0] in (Standing.NOTHING_AGAINST, Standing.PROVEN)
    assert Standing.FAIL not in {one[0] for one in told.values()}
    assert {(one.place, one.expected, one.value) for one in found.inputs["listPickupPoints"]} == {
        ("query sizeClass", "accepted", "XXL"),
        ("query service", "refused", "FROZEN"),
    }
    assert found.exit_code == 3


@pytest.mark.heavy
def test_a_requirement_that_reads_otherwise_is_never_proved(run: RunFolder, stricter: Path) -> None:
    """The schema is the same, so no comparison of documents shows it."""
    found = standings(under(stricter, run))
    assert found["LGS-040"] == (Standing.NOTHING_AGAINST, ("reworded",))


def test_a_run_under_other_words_of_the_same_version_is_left_out(run: RunFolder, tmp_path: Path) -> None:
    data = drafted(tmp_path, "logistics", "1.1.0")
    file = tmp_path / "specs" / "common" / "1.0.0" / "requirements.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace(" MUST ", " must ", 1), encoding="utf-8")
    folders = data_folders([data])
    found = impact(folders, load_spec(folders, "logistics", "1.1.0"), [Cited(run.path)], processes=1)
    assert [one.broken for one in found.left_out] == [False]
    assert "another set of requirements of logistics 1.0.0" in found.left_out[0].why
    assert found.exit_code == 3


@pytest.mark.heavy
def test_operations_are_the_same_whatever_describes_them(wider: Path, tmp_path: Path) -> None:
    folders = data_folders([wider])
    found = basis(load_spec(folders, "logistics", "1.0.0"), load_spec(folders, "logistics", "1.1.0"))
    assert found.effect("listPickupPoints") == Effect(narrowed=True, widened=True)
    assert found.effect("listShipments") == UNCHANGED
    meant = ("x-filter: {match: equals, 'on': /type}", "x-filter: {match: contains, 'on': /type}")
    other = data_folders([drafted(tmp_path, "logistics", "1.1.0", [meant])])
    assert basis(found.old, load_spec(other, "logistics", "1.1.0")).effect("listPickupPoints") == Effect(meant=True)


@pytest.mark.heavy
def test_runs_judged_one_after_another_have_the_verdicts_that_each_has_alone(run: RunFolder) -> None:
    setting, bench = setting_of(data_folders(), run), Bench()
    alone = judge_file(setting.plan, setting.spec, setting.dialect, run.evidence_file, count=1)
    for _ in range(2):
        sitting = Sitting(setting.plan, setting.spec, setting.dialect, bench=bench)
        sitting.judge(read_evidence(run.evidence_file))
        assert sitting.verdicts() == alone


@pytest.mark.slow
def test_processes_come_to_what_one_comes_to(run: RunFolder, stricter: Path, tmp_path: Path) -> None:
    for name in ("one", "two", "three"):
        shutil.copytree(run.path, tmp_path / "runs" / name)
    folders = data_folders([stricter])
    draft, cited = load_spec(folders, "logistics", "1.1.0"), [Cited(one) for one in runs_in(tmp_path / "runs")]
    assert len(cited) == 3
    assert impact(folders, draft, cited, processes=2).as_json() == impact(folders, draft, cited, processes=1).as_json()


class _Losing(Executor):
    """An executor that calls at once, and loses the process that was asked for the run `two`."""

    def submit(self, function: Callable[..., Any], /, *arguments: Any, **_: Any) -> Future[Any]:
        future = Future[Any]()
        if arguments[-1].folder.name == "two":
            future.set_exception(SuiteError("the process that carried it out ended by itself"))
        else:
            future.set_result(function(*arguments))
        return future


def test_an_executor_comes_to_what_this_process_comes_to_and_loses_no_other_run(
    run: RunFolder, stricter: Path, tmp_path: Path
) -> None:
    for name in ("one", "three", "two"):
        shutil.copytree(run.path, tmp_path / "runs" / name)
    folders = data_folders([stricter])
    draft, cited = load_spec(folders, "logistics", "1.1.0"), [Cited(one) for one in runs_in(tmp_path / "runs")]
    found = impact(folders, draft, cited, elsewhere=_Losing())
    alone = impact(folders, draft, cited[:2], processes=1)
    assert [one.as_json() for one in found.columns] == [one.as_json() for one in alone.columns]
    assert [(one.what, one.why) for one in found.left_out] == [
        (str(tmp_path / "runs" / "two"), "the process that carried it out ended by itself")
    ]
    with pytest.raises(UsageError, match=r"this worker has another logistics 1\.1\.0"):
        on_a_worker((str(stricter),), "logistics", "1.1.0", "sha256:other", "sha256:other", False, cited[0])


def test_the_command_writes_matrix_and_plans_in_both_languages(
    run: RunFolder, stricter: Path, wider: Path, tmp_path: Path
) -> None:
    page = tmp_path / "impact.html"
    words = (DRAFT, "--runs", run.path, "--data", stricter)
    found = command(*words, "--lang", "zh-Hant", "--format", "html", "--out", page, "--retest", tmp_path / "plans")
    assert found.exit_code == 1, found.output
    text = page.read_text(encoding="utf-8")
    assert "草案 logistics@1.1.0 對已驗證廠商之影響" in text
    assert "parcels 2.4.1 (Parcel Ltd)" in text
    assert "須重測" in text
    assert [one.name for one in (tmp_path / "plans").iterdir()] == ["parcels-2-4-1-Parcel-Ltd-tracking.json"]
    told = command(*words)
    assert "✗ parcels 2.4.1 (Parcel Ltd) [tracking]" in told.output
    assert "COM-DOC-02 fail: " in told.output
    document = json.loads(command(*words, "--json").output)
    assert document["vendors"][0]["counts"]["fail"] == 1
    open_ = json.loads(command(DRAFT, "--runs", run.path, "--data", wider, "--json").output)
    assert "XXL" in [one["value"] for one in open_["inputs"]]


def test_evidence_that_was_changed_is_left_out_and_ends_in_6(run: RunFolder, plain: Path, tmp_path: Path) -> None:
    shutil.copytree(run.path, tmp_path / "runs" / "broken")
    file = tmp_path / "runs" / "broken" / "evidence.ndjson.zst"
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    found = command(DRAFT, "--runs", tmp_path / "runs", "--data", plain)
    assert found.exit_code == 6, found.output
    assert "bytes were changed" in found.output


def test_what_cannot_be_judged_is_said(tmp_path: Path) -> None:
    assert "name run folders by --runs" in command("logistics@1.0.0").output
    nothing = command("logistics@1.0.0", "--runs", tmp_path)
    assert (nothing.exit_code, "no run lies there" in nothing.output) == (2, True)
    with pytest.raises(UsageError):
        runs_in(tmp_path / "none")


def test_the_certificates_of_a_registry_are_found_by_the_digest_of_their_run(
    people: Office, run: RunFolder, plain: Path, tmp_path: Path
) -> None:
    where, trust = tmp_path / "registry.sqlite", ("--trust", people.trust)
    yance("registry", "new", "--registry", where, "--uri", "https://registry.example")
    said = ("--holder", "Parcel Ltd", "--solution", "parcels@2.4.1", "--county", "TPE", "--until", "2028-06-30", "--json")
    made = yance("certify", run.path, "--registry", where, *trust, "--key", people.key("lin"), *said)
    proposal = json.loads(made.output)["proposal"]
    agreed = ("--registry", where, *trust, "--key", people.key("chen"), "--office-key", people.key("office"))
    yance("registry", "issue", proposal, run.path, *agreed)
    data = plain
    found = command(DRAFT, "--registry", where, "--runs", run.path.parent, "--data", data, "--json")
    document = json.loads(found.output)
    assert [one["certificate"][:5] for one in document["vendors"]] == ["TW-20"]
    shutil.copytree(run.path, tmp_path / "runs" / "other", ignore=shutil.ignore_patterns("*.dsse.json", "*.sigstore.json"))
    lost = command(DRAFT, "--registry", where, "--runs", tmp_path / "runs", "--data", data)
    assert lost.exit_code == 3, lost.output
    assert "is not among the folders of --runs" in lost.output


def test_a_report_that_no_statement_vouches_for_is_not_gone_by(
    run: RunFolder, plain: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a certificate rests on is its evidence; who altered the report beside it gains nothing."""
    seen, folders = [], data_folders([plain])

    def noting(recorded: Recorded, *given: Any, **named: Any) -> Column:
        seen.append(recorded.stood)
        return heard(recorded, *given, **named)

    monkeypatch.setattr("conformance.committee.impact.heard", noting)
    draft, root = load_spec(folders, "logistics", "1.1.0"), run.report()["evidence"]["rfc6962Root"]
    cited = [Cited(run.path, "TW-2026-000001", root, told) for told in (file_digest(run.report_file), f"sha256:{'0' * 64}")]
    found = impact(folders, draft, cited, processes=1)
    assert [one is None for one in seen] == [False, True]
    assert [one.counts for one in found.columns] == [found.columns[0].counts] * 2


# ------------------------------------------------------------------------------------------ what is tested again


@pytest.fixture(scope="module")
def plan_file(run: RunFolder, wider: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("retest")
    assert command(DRAFT, "--runs", run.path, "--data", wider, "--retest", folder / "plans").exit_code == 3
    return wider, folder / "plans" / "parcels-2-4-1-Parcel-Ltd-tracking.json"


@pytest.mark.heavy
def test_a_plan_of_what_is_tested_again_has_its_cases_and_sends_its_inputs(plan_file: tuple[Path, Path]) -> None:
    data, file = plan_file
    folders = data_folders([data])
    again = read_retest(folders, file)
    profile, spec = load_profile(folders, "logistics", again.profile, again.version)
    made = make_plan(spec, profile, Ics(), Ixit("https://shop.example/v1"), again=again)
    assert {case.id for case in made.cases} >= set(again.cases)
    drawn = plan_document(made)["inputs"]["listPickupPoints"]
    assert ["sizeClass", "XXL"] in drawn["valid"][0]["query"]
    assert ["service", "FROZEN"] in drawn["invalid"][0]["query"]
    assert made.digest == make_plan(spec, profile, Ics(), Ixit("https://shop.example/v1"), again=again).digest


def test_run_executes_the_plan(plan_file: tuple[Path, Path], tmp_path: Path) -> None:
    data, file = plan_file
    document = json.loads(file.read_text())
    document["cases"] = ["COM-DOC-02/listPickupPoints"]
    some = tmp_path / "some.json"
    some.write_text(json.dumps(document))
    with reference_server("logistics") as target:
        words = ["run", target.ixit.base_url, "--plan", some, "--data", data, "--out", tmp_path / "run", "--skip-preflight"]
        found = CliRunner().invoke(main, list(map(str, words)), env={"LANG": "C.UTF-8"})
    assert found.exit_code in (1, 3), found.output  # the server is of 1.0.0
    sent = [one.request.query for one in read_evidence(tmp_path / "run" / "evidence.ndjson.zst") if hasattr(one, "request")]
    assert any(("sizeClass", "XXL") in query for query in sent)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--only", "COM-PAGE-01"], "--plan says what is tested"),
        (["--purpose", "certification"], "a run for certification tests the whole profile"),
        (["--profile", "full"], "the plan is for the profile tracking"),
    ],
)
def test_a_plan_leaves_no_room_for_other_words(plan_file: tuple[Path, Path], words: list[str], said: str) -> None:
    data, file = plan_file
    asked = ["run", "https://shop.example/v1", "--plan", str(file), "--data", str(data), *words]
    found = CliRunner().invoke(main, asked, env={"LANG": "C.UTF-8"})
    assert (found.exit_code, said in found.output) == (2, True), found.output


def test_a_plan_for_another_draft_is_refused(plan_file: tuple[Path, Path], plain: Path) -> None:
    asked = ["run", "https://shop.example/v1", "--plan", str(plan_file[1]), "--data", str(plain)]
    found = CliRunner().invoke(main, asked, env={"LANG": "C.UTF-8"})
    assert found.exit_code == 2
    assert "the plan was made for another document of logistics 1.1.0" in found.output
