"""The commands through their real interface: what they do, what they exit with, and how they refuse."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from conformance import formats
from conformance.commands.loopback import Target, reference_server
from conformance.commands.main import main
from conformance.load.data import digest_of, own_folder
from conformance.verdict.folder import RunFolder

Yance = Callable[..., Result]


@pytest.fixture
def yance() -> Yance:
    def run(*words: object, **more: object) -> Result:
        return CliRunner().invoke(
            main, [str(word) for word in words], env={"LANG": "C.UTF-8", "YANCE_KEY_PASSWORD": None}, **more
        )  # type: ignore[arg-type]

    return run


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One demonstration run of a profile that writes nothing, signed."""
    out = tmp_path_factory.mktemp("runs") / "demo"
    result = CliRunner().invoke(main, ["demo", "transport", "--profile", "open-data", "--out", str(out)])
    assert result.exit_code == 0, result.output
    return out


@pytest.fixture(scope="module")
def target() -> Iterator[Target]:
    with reference_server("transport") as running:
        yield running


@pytest.fixture(scope="module")
def small(target: Target, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of two requirements, signed: small, so that it can be verified many times."""
    folder = tmp_path_factory.mktemp("small")
    key, out = folder / "k.pem", folder / "run"
    words = [
        "run",
        "transport",
        target.url,
        "--profile",
        "open-data",
        "--only",
        "TRN-018",
        "--only",
        "COM-PAGE-07",
        "--out",
        str(out),
    ]
    for more, code in ((words, 0), (["key", "new", str(key), "--no-password"], 0), (["sign", str(out), "--key", str(key)], 0)):
        result = CliRunner().invoke(main, more)
        assert result.exit_code == code, result.output
    (out / "its-key.pub.pem").write_bytes((folder / "k.pub.pem").read_bytes())
    return out


def settings(folder: Path, url: str, more: str = "") -> Path:
    path = folder / "yance.toml"
    path.write_text(f'[target]\nurl = "{url}"\n{more}')
    return path


def copied(demo: Path, to: Path) -> Path:
    to.mkdir()
    for path in demo.iterdir():
        (to / path.name).write_bytes(path.read_bytes())
    return to


# ------------------------------------------------------------------------------------------ the whole spine


def test_demo_writes_signs_and_verifies(demo: Path) -> None:
    names = {path.name for path in demo.iterdir()}
    assert {"plan.json", "evidence.ndjson.zst", "report.json", "report.html", "junit.xml", "statement.dsse.json"} <= names
    report = json.loads((demo / "report.json").read_text())
    assert report["conformant"] is True
    assert report["result"] == "PASSED"
    assert report["counts"]["fail"] == report["counts"]["error"] == 0


@pytest.mark.heavy
def test_judge_reproduces_the_verdicts_byte_for_byte(yance: Yance, demo: Path) -> None:
    result = yance("judge", demo)
    assert result.exit_code == 0, result.output
    assert "byte for byte" in result.output
    shown = json.loads(yance("judge", demo, "--json").output)
    assert shown["verdicts"] == json.loads((demo / "report.json").read_text())["verdicts"]


@pytest.mark.heavy
def test_verify_says_yes_with_the_key_and_names_what_it_computed(yance: Yance, demo: Path) -> None:
    result = yance("verify", demo, "--key", demo / "demo-key.pub.pem")
    assert result.exit_code == 0, result.output
    assert "verdicts, derived again" in result.output
    assert "self-attested" in result.output
    assert "signature and evidence hold; result of the test: CONFORMANT" in result.output


@pytest.mark.heavy
def test_verify_says_what_was_verified(yance: Yance, demo: Path) -> None:
    key = ("--key", demo / "demo-key.pub.pem", "--require", "passed")
    report = json.loads((demo / "report.json").read_text())
    result = yance("verify", demo, *key)
    assert result.exit_code == 0, result.output
    for said in ("reference 1.0.0 (Yance), at http://127.0.0.1", "transport 1.0.0, profile open-data 1.0.0", report["startedOn"]):
        assert said in result.output
    told = json.loads(yance("verify", demo, *key, "--json").output)
    assert (told["verified"], told["conformant"], told["result"]) == (True, True, "PASSED")
    assert (told["solution"], told["vendor"], told["profile"]) == ("reference@1.0.0", "Yance", "open-data@1.0.0")
    assert (told["endpoint"], told["startedOn"]) == (report["target"]["baseUrl"], report["startedOn"])


@pytest.mark.heavy
def test_verify_with_passed_ends_as_the_run_did(yance: Yance, small: Path) -> None:
    key = ("--key", small.parent / "k.pub.pem")
    assert yance("verify", small, *key).exit_code == 0
    assert yance("verify", small, *key, "--require", "passed").exit_code == 3, "two requirements are not a profile"


def test_verify_takes_no_key_from_what_it_verifies(yance: Yance, demo: Path, tmp_path: Path) -> None:
    assert yance("verify", demo).exit_code == 2
    other = tmp_path / "other.pem"
    assert yance("key", "new", other, "--no-password").exit_code == 0
    result = yance("verify", demo, "--key", tmp_path / "other.pub.pem")
    assert result.exit_code == 6
    assert "not trusted" in result.output


@pytest.mark.heavy
@pytest.mark.parametrize(
    "name", ["plan.json", "evidence.ndjson.zst", "report.json", "statement.dsse.json", "report.html", "junit.xml"]
)
def test_any_flipped_byte_is_found(yance: Yance, small: Path, tmp_path: Path, name: str) -> None:
    folder = copied(small, tmp_path / "copy")
    original = (folder / name).read_bytes()
    for place in sorted({0, 1, len(original) // 3, len(original) // 2, len(original) - 2, len(original) - 1}):
        (folder / name).write_bytes(original[:place] + bytes([original[place] ^ 1]) + original[place + 1 :])
        result = yance("verify", folder, "--key", small / "its-key.pub.pem")
        assert result.exit_code == 6, f"byte {place} of {name}: {result.output}"
        assert "Traceback" not in result.output
    (folder / name).write_bytes(original)
    assert yance("verify", folder, "--key", small / "its-key.pub.pem").exit_code == 0


def test_a_report_that_does_not_follow_from_its_evidence_is_not_signed(yance: Yance, small: Path, tmp_path: Path) -> None:
    folder = copied(small, tmp_path / "copy")
    report = (folder / "report.json").read_text()
    (folder / "report.json").write_text(report.replace('"outcome": "pass"', '"outcome": "fail"', 1))
    key = tmp_path / "k.pem"
    yance("key", "new", key, "--no-password")
    assert yance("sign", folder, "--key", key).exit_code == 6
    assert yance("judge", folder).exit_code == 6


def test_keys_have_passwords(yance: Yance, small: Path, tmp_path: Path) -> None:
    key, folder = tmp_path / "office.pem", copied(small, tmp_path / "copy")
    runner = CliRunner()
    assert runner.invoke(main, ["key", "new", str(key)], env={"YANCE_KEY_PASSWORD": "right"}).exit_code == 0
    wrong = runner.invoke(main, ["sign", str(folder), "--key", str(key)], env={"YANCE_KEY_PASSWORD": "wrong"})
    assert wrong.exit_code == 2
    assert "password is wrong" in wrong.output
    assert wrong.output.count("\n") == 1
    right = runner.invoke(main, ["sign", str(folder), "--key", str(key)], env={"YANCE_KEY_PASSWORD": "right"})
    assert right.exit_code == 0
    assert yance("verify", folder, "--key", tmp_path / "office.pub.pem").exit_code == 0
    assert yance("sign", folder).exit_code == 2


# ------------------------------------------------------------------------------------------ runs


@pytest.mark.heavy
def test_a_run_without_a_sandbox_writes_nothing_and_is_conformant_for_open_data(
    yance: Yance, target: Target, tmp_path: Path
) -> None:
    config = settings(tmp_path, target.url)
    result = yance("run", "transport", "-c", config, "--profile", "open-data", "--out", tmp_path / "run", "--json")
    assert result.exit_code == 0, result.output
    assert json.loads(result.output)["result"] == "PASSED"
    methods = {json.loads(line)["method"] for line in _requests(tmp_path / "run")}
    assert not methods & {"POST", "PUT", "PATCH", "DELETE"}


def test_what_does_not_apply_is_no_conformity(yance: Yance, target: Target, tmp_path: Path) -> None:
    config = settings(tmp_path, target.url)
    words = ("transport", "-c", config, "--profile", "open-data", "--only", "COM-IDEM-01")
    planned = yance("plan", *words)
    assert planned.exit_code == 0
    assert "a run would test nothing" in planned.output
    result = yance("run", *words, "--out", tmp_path / "run")
    assert result.exit_code == 3
    assert "CONFORMANT" not in result.output
    assert "none of the requirements applies" in result.output
    assert "None of the requirements applies" in (tmp_path / "run" / "report.html").read_text(encoding="utf-8")


def test_a_pass_names_what_it_exercised(demo: Path, yance: Yance) -> None:
    page = (demo / "report.html").read_text(encoding="utf-8")
    assert re.search(r"Exercised</span>.*200 application/json ×[0-9]+", page)
    report = json.loads((demo / "report.json").read_text(encoding="utf-8"))
    assert all(one["exercised"] for one in report["verdicts"] if one["outcome"] == "pass" and one["witnesses"])


def test_without_a_sandbox_the_full_profile_stays_open(yance: Yance, target: Target, tmp_path: Path) -> None:
    config = settings(tmp_path, target.url)
    result = yance("run", "transport", "-c", config, "--only", "TRN-028", "--skip-preflight", "--out", tmp_path / "run", "--json")
    assert result.exit_code == 3
    assert json.loads(result.output)["counts"]["not_tested"] > 0


def test_what_shares_a_cause_is_told_once_with_what_is_behind_it(yance: Yance, target: Target, tmp_path: Path) -> None:
    config = tmp_path / "yance.toml"
    config.write_text(f'[target]\nurl = "{target.url}"\n[actors.a]\ntoken = "transport-of-yesterday"\n')
    only = ("--only", "COM-TEN-01", "--only", "TRN-028", "--only", "COM-IDEM-01", "--only", "COM-VER-02")
    out = yance("run", "-c", config, *only, "--skip-preflight", "--out", tmp_path / "run").output
    causes = [line for line in out.splitlines() if line.startswith(("? ", "- "))]
    assert len(causes) == len(set(causes)) <= 4
    assert sum("sandbox = true" in line for line in causes) == 1
    assert re.search(r"^    \d+ requirements, \d+ cases: COM-", out, re.MULTILINE)
    assert re.search(r"^0 of \d MUSTs that apply were passed$", out, re.MULTILINE)
    assert "1 MUSTs have no check, so nothing is said of them: COM-VER-02" in out


@pytest.mark.heavy
def test_a_fault_is_not_conformant_and_its_report_shows_the_request(yance: Yance, tmp_path: Path) -> None:
    out = tmp_path / "run"
    words = ("--profile", "open-data", "--effort", "quick", "--fault", "NotFoundHasNoTitle")
    result = yance("demo", "transport", *words, "--out", out)
    assert result.exit_code == 1, result.output
    assert "COM-ERR-01" in result.output
    report = json.loads((out / "report.json").read_text())
    failed = next(v for v in report["verdicts"] if v["requirement"] == "COM-ERR-01" and v["outcome"] == "fail")
    number = failed["findings"][0]["exchanges"][0]
    assert report["exchanges"][str(number)]["curl"].startswith("curl ")
    key = ("--key", out / "demo-key.pub.pem")
    assert yance("verify", out, *key).exit_code == 0
    told = yance("verify", out, *key, "--require", "passed", "--lang", "zh-Hant")
    assert told.exit_code == 1, "it holds, and its result is that it does not conform"
    assert "簽章與證據查驗無誤；驗測結果：不符合規範" in told.output
    assert "PASSED" not in told.output


def test_a_target_that_is_not_there_exits_4(yance: Yance, tmp_path: Path) -> None:
    result = yance("run", "transport", "http://127.0.0.1:9/v1", "--profile", "open-data", "--out", tmp_path / "run")
    assert result.exit_code == 4
    assert "refused" in result.output


def test_replay_asks_one_case_again(yance: Yance, demo: Path, target: Target, tmp_path: Path) -> None:
    config = settings(tmp_path, target.url)
    result = yance("replay", demo, "COM-PAGE-01/listRoutes", "-c", config)
    assert result.exit_code == 0, result.output
    assert "pass COM-PAGE-01/listRoutes" in result.output
    lines = yance("replay", demo, "COM-PAGE-01/listRoutes", "--curl")
    assert lines.exit_code == 0
    assert all(line.startswith("curl ") for line in lines.output.splitlines())


def test_replay_asks_the_runs_own_target_where_no_file_is_given(yance: Yance, small: Path) -> None:
    result = yance("replay", small, "TRN-018/listCarParks")
    assert result.exit_code in (0, 3), result.output
    assert "TRN-018/listCarParks" in result.output


def test_replay_of_a_case_that_asks_for_refusals_alone_passes_after_a_mend(yance: Yance, target: Target, tmp_path: Path) -> None:
    """The operation is seen to succeed by another case of it; while the defect is there, no other is asked."""
    out, case = tmp_path / "run", "COM-ERR-02/listStops"
    with reference_server("transport", fault="WrongParameterIsNotNamed") as faulty:
        words = ("--profile", "open-data", "--only", "COM-ERR-02", "--only", "COM-CACHE-01", "--skip-preflight")
        assert yance("run", "transport", faulty.url, *words, "--out", out).exit_code == 1
        still = yance("replay", out, case)
    assert still.exit_code == 1, still.output
    assert "→ 200" not in still.output.partition("✗")[2]
    mended = yance("replay", out, case, "-c", settings(tmp_path, target.url), "--json")
    assert mended.exit_code == 0, mended.output
    said = json.loads(mended.output)
    assert (said["case"], said["outcome"]) == (case, "pass")
    assert any("→ 4" in line for line in said["exchanges"])
    assert any("→ 200" in line for line in said["exchanges"]), "another case, in which the operation does what it is for"


def test_replay_writes_to_a_sandbox_only_and_says_which_credentials_it_lacks(
    yance: Yance, target: Target, tmp_path: Path
) -> None:
    actors = "".join(f'[actors.{name}]\ntoken = "{one.value}"\n' for name, one in target.ixit.actors.items())
    out = tmp_path / "run"
    sandbox = settings(tmp_path, target.url, f"sandbox = true\n{actors}")
    case = "TRN-032/updateReservation"
    yance("run", "-c", sandbox, "--only", "TRN-032", "--out", out)
    done = yance("replay", out, case, "-c", sandbox)
    assert done.exit_code == 0, done.output
    assert "PATCH" in done.output, "the target took it for new, though it may have been asked the same within this second"
    for more, says in (("", "not declared a sandbox"), ("sandbox = true\n", "add [actors.a]")):
        result = yance("replay", out, case, "-c", settings(tmp_path, target.url, more))
        assert result.exit_code == 2, result.output
        assert says in result.output


@pytest.mark.heavy
def test_an_interrupted_run_goes_on(yance: Yance, target: Target, tmp_path: Path) -> None:
    out = tmp_path / "run"
    low = settings(tmp_path, target.url, "[limits]\nrequests = 150\n")
    first = yance("run", "transport", "-c", low, "--profile", "open-data", "--out", out)
    assert first.exit_code == 3
    assert "budget" in first.output
    again = yance("run", "transport", "-c", low, "--profile", "open-data", "--out", out)
    assert again.exit_code == 2
    assert "--resume" in again.output


def test_a_wrong_base_path_is_asked_about(yance: Yance, target: Target, tmp_path: Path) -> None:
    wrong = target.url.replace("/v1", "/v2")
    words = ("--profile", "open-data", "--only", "TRN-018", "--skip-preflight", "--out", tmp_path / "run")
    result = yance("run", "transport", wrong, *words)
    assert result.exit_code == 3
    assert f"most with 404: is {wrong} the base URL" in result.output


def test_the_settings_of_another_domain_are_left_alone(yance: Yance, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    foreign = Path(__file__).parent.parent / "examples" / "library"
    settings(tmp_path, "http://127.0.0.1:9/v1", 'domain = "transport"\nprofile = "open-data"\n[seed]\nstopUid = ["x"]\n')
    monkeypatch.chdir(tmp_path)
    assert "LIB-" in yance("plan", "library", "--data", foreign).output
    profiled = json.loads(yance("plan", "--json").output)
    assert (profiled["domain"], profiled["profile"], profiled["seeds"]) == ("transport", "open-data", {"stopUid": ["x"]})


def test_a_spec_without_its_document_is_said(yance: Yance, tmp_path: Path) -> None:
    (tmp_path / "specs" / "library" / "1.0.0").mkdir(parents=True)
    result = yance("plan", "library", "--data", tmp_path)
    assert result.exit_code == 2
    assert "<version>/openapi.yaml" in result.output


# ------------------------------------------------------------------------------------------ looking things up


def test_plan_prints_what_would_be_tested(yance: Yance) -> None:
    shown = json.loads(yance("plan", "transport", "--profile", "open-data", "--json").output)
    assert shown["digest"].startswith("sha256:")
    assert len(shown["cases"]) > 100
    assert "COM-PAGE-01/listStops" in yance("plan", "transport", "--profile", "open-data").output


@pytest.mark.parametrize("language", ["en", "zh-Hant"])
def test_explain_says_what_where_from_and_how_to_mend(yance: Yance, language: str) -> None:
    result = yance("explain", "COM-PAGE-01", "--lang", language)
    assert result.exit_code == 0
    assert "pages_cover_every_item_once" in result.output
    assert ("依據" in result.output) == (language == "zh-Hant")
    assert json.loads(yance("explain", "COM-PAGE-01", "--json").output)["level"] == "MUST"


def test_serve_lists_faults_and_variants(yance: Yance) -> None:
    listed = json.loads(yance("serve", "transport", "--list", "--json").output)
    assert "COM-PAGE-01" in listed["faults"]["DropsLastItemOfFullPage"]
    assert len(listed["variants"]) >= 8


@pytest.mark.parametrize(
    "command", ["run", "plan", "demo", "judge", "report", "replay", "explain", "sign", "verify", "serve", "adequacy"]
)
def test_help_has_an_example(yance: Yance, command: str) -> None:
    result = yance(command, "--help")
    assert result.exit_code == 0
    assert "Example: yance" in result.output
    assert "--json" in result.output
    assert "--lang" in result.output


def test_report_renders_every_format(yance: Yance, demo: Path, tmp_path: Path) -> None:
    result = yance("report", demo, "--format", "html,junit,json", "--out", tmp_path / "r", "--lang", "zh-Hant")
    assert result.exit_code == 0, result.output
    assert "驗測" in (tmp_path / "r" / "report.html").read_text()


def test_renderings_beside_a_signed_run_are_verified_too(yance: Yance, small: Path, tmp_path: Path) -> None:
    run = copied(small, tmp_path / "run")
    names = ",".join(formats.FORMATS)
    assert yance("report", run, "--format", names).exit_code == 0
    key = ("--key", small.parent / "k.pub.pem")
    assert yance("verify", run, *key).exit_code == 0
    entries = json.loads((run / "exchanges.har").read_text())["log"]["entries"]
    assert len(entries) == json.loads((run / "report.json").read_text())["evidence"]["exchanges"]
    cases = {entry["_case"] for entry in entries}
    times = {
        verdict["case"]: verdict["took"]
        for verdict in json.loads((run / "report.json").read_text())["verdicts"]
        if "took" in verdict
    }
    assert cases
    assert set(times) == cases
    (run / "exchanges.har").write_text((run / "exchanges.har").read_text().replace('"status": 200', '"status": 500', 1))
    forged = yance("verify", run, *key)
    assert (forged.exit_code, "exchanges.har" in forged.output) == (6, True)


@pytest.mark.heavy
def test_quiet_says_what_failed_and_verbose_says_all(yance: Yance, tmp_path: Path) -> None:
    with reference_server("transport", fault="DropsLastItemOfFullPage") as target:
        words = (
            "run",
            target.url,
            "--profile",
            "open-data",
            "--only",
            "COM-PAGE-01",
            "--only",
            "COM-PAGE-07",
            "--skip-preflight",
        )
        quiet = yance(*words, "--out", tmp_path / "q", "-q")
        verbose = yance(*words, "--out", tmp_path / "v", "-v")
    assert (quiet.exit_code, verbose.exit_code) == (1, 1)
    assert quiet.stderr == ""
    lines = quiet.stdout.splitlines()
    assert lines[0].startswith("✗ COM-PAGE-01  ")
    assert lines[-1].startswith("PART FAILED — ")
    assert all(line.startswith(("✗", "    ")) for line in lines[:-1])
    assert "· COM-PAGE-07/listStops  pass by itself (" in verbose.stderr
    assert "✗ COM-PAGE-01/listStops  GET " in verbose.stderr
    assert "✓ COM-PAGE-07  " in verbose.stdout
    assert yance(*words, "-q", "-v").exit_code == 2


@pytest.mark.parametrize(("terminal", "asked", "coloured"), [(True, None, True), (False, None, False), (True, "1", False)])
def test_marks_have_a_colour_where_there_is_a_terminal(small: Path, terminal: bool, asked: str | None, coloured: bool) -> None:
    words = ["verify", str(small), "--key", str(small.parent / "k.pub.pem")]
    result = CliRunner().invoke(main, words, color=terminal, env={"NO_COLOR": asked})
    assert ("\x1b[32m✓ signature by key" in result.output) == coloured
    assert ("\x1b[33msignature and evidence hold" in result.output) == coloured


def test_a_page_beside_an_earlier_run_is_a_file_of_its_own(yance: Yance, demo: Path, small: Path, tmp_path: Path) -> None:
    folder = copied(small, tmp_path / "run")
    result = yance("report", folder, "--compare", demo, "--lang", "en")
    assert result.exit_code == 0, result.output
    page, beside = ((folder / name).read_text(encoding="utf-8") for name in ("report.html", "compared.html"))
    assert RunFolder(demo).report()["runId"] in beside
    assert "Compared with an earlier run" in beside
    assert "Compared with an earlier run" not in page
    assert 'id="clause-1"' in page
    verified = yance("verify", folder, "--key", folder / "its-key.pub.pem")
    assert verified.exit_code == 0, verified.output
    assert "compared.html" in verified.output, "named as what nothing signed speaks of"
    refused = yance("report", folder, "--compare", demo, "--format", "junit")
    assert (refused.exit_code, "--format html,junit" in refused.stderr) == (2, True)


def test_a_page_goes_without_the_words_of_a_specification_that_is_not_at_hand(yance: Yance, small: Path, tmp_path: Path) -> None:
    folder = RunFolder(copied(small, tmp_path / "run"))
    report = folder.report()
    report["specification"]["digest"] = "sha256:" + "0" * 64
    report["digest"] = digest_of({name: value for name, value in report.items() if name != "digest"})
    folder.write_report(report)
    result = yance("report", folder.path, "--lang", "en")
    assert result.exit_code == 0
    assert "give its data folder by --data" in result.stderr
    page = (folder.path / "report.html").read_text(encoding="utf-8")
    assert 'id="clause-1"' not in page
    assert 'id="TRN-018"' in page


# ------------------------------------------------------------------------------------------ words that are wrong


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["run", "transprt", "http://127.0.0.1:9/v1"], "did you mean 'transport'"),
        (["run", "transport", "127.0.0.1:9/v1"], "not a base URL"),
        (["run", "transport", "http://127.0.0.1:9/v1", "--profile", "ful"], "did you mean 'full'"),
        (["run", "transport", "http://127.0.0.1:9/v1", "--only", "COM-PAGE-1"], "did you mean 'COM-PAGE-0"),
        (["run", "transport", "http://127.0.0.1:9/v1", "--spec", "9.9.9"], "known: 1.0.0"),
        (["run", "transport", "http://127.0.0.1:9/v1", "--skip-preflight", "--out", "/proc/nowhere"], "cannot be written"),
        (["run", "transport", "-c", "absent.toml"], "no such file"),
        (["run", "transport"], "there is no target"),
        (["run", "transport", "--seed", "x"], "Invalid value"),
        (["run", "transport", "http://127.0.0.1:9/v1", "--data", "absent"], "no such folder"),
        (["explain", "COM-PGE-01"], "did you mean"),
        (["judge", "absent"], "no such file"),
        (["report", "absent"], "no such file"),
        (["verify", "absent", "--key", "absent.pem"], "absent.pem"),
        (["sign", "absent", "--key", "absent.pem"], "absent.pem"),
        (["serve", "transprt"], "did you mean"),
        (["serve", "transport", "--fault", "DropsLast"], "nearest"),
        (["serve", "transport", "--port", "99999"], "not in the range"),
        (["run", "transport", "http://user:hidden@127.0.0.1:9/v1"], "http://…@127.0.0.1:9/v1 names a user"),
        (["run", "transport", "http://exa mple/v1"], "not a base URL"),
        (["run", "sandbox.example/v1"], "not a base URL"),
        (["run", "transport", "http://127.0.0.1:9/v1", "more"], "see yance run --help"),
        (["plan", "--nope"], "see yance plan --help"),
        (["adequacy", "trnsport"], "did you mean"),
        (["runn"], "No such command"),
    ],
)
def test_a_wrong_word_is_one_line_that_says_what_to_do(
    yance: Yance, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: list[str], says: str
) -> None:
    monkeypatch.chdir(tmp_path)
    result = yance(*words)
    assert result.exit_code == 2, result.output
    assert says in result.output
    assert "Traceback" not in result.output
    lines = [line for line in result.output.splitlines() if line.startswith(("yance:", "Error:"))]
    assert len(lines) == 1


@pytest.mark.parametrize(
    ("more", "line", "says"),
    [
        ('[actors.tenantB]\ntoken = "x"\n', 3, "'tenantB' is no actor (known: a, b, "),
        ('[ics.unsupported]\nlistStop = "later"\n', 4, "did you mean 'listStops'"),
        ('[seed]\nstopUID = ["x"]\n', 4, "did you mean 'stopUid'"),
        ('[seed.getStops]\nstopUid = ["x"]\n', 3, "did you mean 'getStop'"),
        ('[seed.getStop]\nstopUID = ["x"]\n', 4, "did you mean 'stopUid'"),
        ('[actors.a]\ntoken = ""\n', 4, "is empty"),
        ('[actors.a]\ntoken = "env:YANCE_TEST_EMPTY"\n', 4, "YANCE_TEST_EMPTY is empty"),
        ('[actors.a]\ntoken = "file:absent"\n', 4, "cannot be read"),
        ('[actors.a]\ntoken = "file:two-lines"\n', 4, "more than one line"),
        ('[actors.a]\ntoken = "file:not-text"\n', 4, "not UTF-8"),
    ],
)
def test_settings_that_fit_no_spec_or_hold_nothing_name_their_line(
    yance: Yance, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, more: str, line: int, says: str
) -> None:
    monkeypatch.setenv("YANCE_TEST_EMPTY", "")
    (tmp_path / "two-lines").write_text("one\ntwo\n")
    (tmp_path / "not-text").write_bytes(b"\xff\xfe")
    result = yance("run", "-c", settings(tmp_path, "http://127.0.0.1:9/v1", more), "--out", tmp_path / "run")
    assert result.exit_code == 2
    *notes, error = result.stderr.splitlines()
    assert notes in ([], ["reading the interface transport …"])
    assert f"yance.toml:{line}: " in error
    assert says in error


def test_what_was_begun_otherwise_is_not_resumed(yance: Yance, target: Target, tmp_path: Path) -> None:
    out, one = tmp_path / "run", ["--profile", "open-data", "--only", "COM-PAGE-07"]
    config = settings(tmp_path, target.url, "[limits]\nrequests = 2\n")
    yance("run", "-c", config, *one, "--out", out)
    (out / "report.json").unlink()
    renamed = tmp_path / "renamed.toml"
    renamed.write_text(config.read_text() + '\n[solution]\nid = "another"\n')
    for words, says in (
        (["-c", config, *one, "--seed", "2"], "differing: seed"),
        (["-c", config, *one, "--only", "TRN-018"], "cases"),
        ([target.url.replace("127.0.0.1", "localhost"), "-c", config, *one], f"target ({target.url} was begun with)"),
        (["-c", renamed, *one], "claim (unnamed 0, for self-test was begun with)"),
    ):
        result = yance("run", "transport", *words, "--out", out, "--resume")
        assert result.exit_code == 2, result.output
        assert says in result.output


def test_what_another_generator_drew_alike_is_resumed_and_still_says_so(
    yance: Yance, target: Target, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "run"
    words = ["-c", settings(tmp_path, target.url, ""), "--profile", "open-data", "--only", "COM-PAGE-07", "--out", out]
    with monkeypatch.context() as here:
        here.setattr("conformance.plan.cases.generator", lambda: "another engine 1.0")
        yance("run", *words)
    (out / "report.json").unlink()
    yance("run", *words, "--resume")
    for name in ("plan.json", "report.json"):
        assert "another engine 1.0" in (out / name).read_text()
    assert yance("judge", out).exit_code == 3


def test_a_demonstration_overwrites_no_run(yance: Yance, small: Path, tmp_path: Path) -> None:
    folder = copied(small, tmp_path / "run")
    before = (folder / "evidence.ndjson.zst").read_bytes()
    result = yance("demo", "--out", folder)
    assert result.exit_code == 2
    assert "no demonstration" in result.output
    assert (folder / "evidence.ndjson.zst").read_bytes() == before


@pytest.mark.parametrize("content", ["{}", "[]", '{"report": 1}', "changed"])
def test_what_is_no_report_is_not_rendered(yance: Yance, small: Path, tmp_path: Path, content: str) -> None:
    folder = copied(small, tmp_path / "run")
    text = (folder / "report.json").read_text()
    (folder / "report.json").write_text(text.replace('"unnamed"', '"another"') if content == "changed" else content)
    result = yance("report", folder, "--format", "html,junit,sarif,github")
    assert result.exit_code == 6
    assert result.stderr.count("\n") == 1


def test_a_requirement_in_place_of_a_case_brings_its_cases(yance: Yance, demo: Path) -> None:
    result = yance("replay", demo, "COM-PAGE-01")
    assert result.exit_code == 2
    assert "its cases are COM-PAGE-01/" in result.output


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), RuntimeError("two\nlines")])
def test_what_nobody_foresaw_is_exit_5_and_one_line(yance: Yance, monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def broken(*_: object) -> None:
        raise error

    monkeypatch.setattr("conformance.commands.explaining.load_spec", broken)
    result = yance("explain", "COM-PAGE-01")
    assert result.exit_code == 5
    assert result.stderr.count("\n") == 1
    assert "YANCE_TRACEBACK=1" in result.stderr
    monkeypatch.setenv("YANCE_TRACEBACK", "1")
    assert "Traceback" in yance("explain", "COM-PAGE-01").stderr


def test_words_about_a_run_that_are_wrong(yance: Yance, demo: Path, tmp_path: Path) -> None:
    for words, says in (
        (["report", demo, "--format", "htm"], "did you mean 'html'"),
        (["replay", demo, "COM-PAGE-01/listStop", "--curl"], "did you mean 'COM-PAGE-01/listStops'"),
        (["judge", tmp_path], "no such file"),
    ):
        result = yance(*words)
        assert result.exit_code == 2
        assert says in result.output


def _requests(folder: Path) -> list[str]:
    from conformance.run.conduct import exchanges

    return [
        json.dumps({"method": one.request.method})
        for one in exchanges(RunFolder(folder))
        if not re.search(r"unknown method|method", one.step)
    ]


def test_a_run_for_more_than_a_self_test_draws_its_seed_and_is_signed_as_what_it_is(
    yance: Yance, target: Target, tmp_path: Path
) -> None:
    config = tmp_path / "yance.toml"
    config.write_text(f'[target]\nurl = "{target.url}"\n[solution]\nid = "stops"\nversion = "2"\nvendor = "Stop Ltd"\n')
    words = ("run", "-c", config, "--profile", "open-data", "--only", "COM-DOC-01", "--out", tmp_path / "run")
    assert yance(*words, "--purpose", "certification").exit_code == 3
    report = json.loads((tmp_path / "run" / "report.json").read_text())
    assert (report["purpose"], report["plan"]["seedDrawn"]) == ("certification", True)
    assert report["plan"]["seed"] > 2**20, "as good as certainly"
    assert yance("key", "new", tmp_path / "k.pem", "--no-password").exit_code == 0
    sign = ("sign", tmp_path / "run", "--key", tmp_path / "k.pem")
    assert yance(*sign).exit_code == 6
    assert yance(*sign, "--purpose", "certification").exit_code == 2
    assert yance(*sign, "--purpose", "certification", "--solution", "stops@3", "--vendor", "Stop Ltd").exit_code == 6
    done = yance(*sign, "--purpose", "certification", "--solution", "stops@2", "--vendor", "Stop Ltd")
    assert done.exit_code == 0, done.output
    assert "what is signed: stops 2 (Stop Ltd), for certification" in done.output
    policy = tmp_path / "trust.json"
    policy.write_text(json.dumps({"keys": [{"path": "k.pub.pem", "role": "office"}]}))
    found = yance("verify", tmp_path / "run", "--trust", policy, "--require", "official", "--json")
    assert found.exit_code == 0, found.output
    shown = json.loads(found.output)
    assert (shown["official"], shown["altered"], shown["standing"]) == (True, [], "official transport 1.0.0, profile open-data")
    assert yance("verify", tmp_path / "run", "--trust", policy, "--key", tmp_path / "k.pub.pem").exit_code == 6, "two roles"
    assert yance("verify", tmp_path / "run", "--trust", policy, "--received", "yesterday").exit_code == 2


def test_a_seed_is_a_number_or_random(yance: Yance) -> None:
    wrong = yance("run", "transport", "http://127.0.0.1:9", "--seed", "rnd")
    assert wrong.exit_code == 2
    assert "is no seed; expected a whole number, or random" in wrong.output


@pytest.mark.heavy
def test_official_says_so_of_the_suites_own_data_and_not_of_others(yance: Yance, tmp_path: Path) -> None:
    assert yance("official").exit_code == 0
    shutil.copytree(own_folder() / "specs", tmp_path / "specs")
    rows = tmp_path / "specs" / "transport" / "1.0.0" / "requirements.yaml"
    rows.write_text(rows.read_text(encoding="utf-8").replace("level: MUST", "level: MAY", 1), encoding="utf-8")
    altered = yance("official", "--data", tmp_path)
    assert altered.exit_code == 6
    assert "altered: TRN-001" in altered.output
