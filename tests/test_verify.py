"""What `yance verify` refuses, by whom it was brought about: somebody who altered files, and a vendor who signs anything."""

from __future__ import annotations

import json
import os
import random
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from conformance.attest import bundle, load_key, sign
from conformance.attest.signing import run_statement
from conformance.commands.loopback import reference_server
from conformance.commands.main import main
from conformance.load import data_folders
from conformance.plan import read_plan
from conformance.verdict.folder import RunFolder, plan_bytes
from tests.forging import Edit, forged, retold

SIGNED = ("plan.json", "evidence.ndjson.zst", "report.json", "statement.dsse.json", "bundle.sigstore.json")
EVERY = (*SIGNED, "report.html", "junit.xml")
FOLDERS = data_folders()


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Two signed runs of two requirements, each beside its key."""
    folder = tmp_path_factory.mktemp("runs")
    made = []
    with reference_server("transport") as target:
        for seed, name in enumerate(("one", "two"), 1):
            out, key = folder / name, folder / f"{name}.pem"
            only = ["--profile", "open-data", "--only", "TRN-018", "--only", "COM-PAGE-07"]
            yance("run", "transport", target.url, *only, "--seed", seed, "--out", out, expected=0)
            yance("key", "new", key, "--no-password", expected=0)
            yance("sign", out, "--key", key, expected=0)
            made.append(out)
    return made[0], made[1]


@pytest.fixture
def run(runs: tuple[Path, Path], tmp_path: Path) -> Path:
    """A copy of the first run, to be altered."""
    return Path(shutil.copytree(runs[0], tmp_path / "run"))


def yance(*words: object, expected: int) -> Result:
    result = CliRunner().invoke(main, [str(word) for word in words], env={"LANG": "C.UTF-8"})
    assert result.exit_code == expected, result.output
    assert result.exception is None or isinstance(result.exception, SystemExit)
    assert "Traceback" not in result.output
    if expected in (2, 6):
        assert sum(line.startswith("yance: ") for line in result.output.splitlines()) == 1
    return result


def verified(run: Path, runs: tuple[Path, Path], expected: int, path: Path | None = None) -> str:
    return yance("verify", path or run, "--key", runs[0].parent / "one.pub.pem", expected=expected).output


# ------------------------------------------------------------------------------------------ files that were altered


@pytest.mark.heavy
def test_what_was_signed_is_verified_and_nothing_is_left_open(runs: tuple[Path, Path]) -> None:
    for path in (runs[0], runs[0] / "statement.dsse.json", runs[0] / "bundle.sigstore.json"):
        said = verified(runs[0], runs, 0, path)
        assert "result of the test: INCONCLUSIVE" in said  # two requirements are not a profile
        assert "not verified" not in said
        assert "not that the run was honest" in said


@pytest.mark.heavy
@pytest.mark.parametrize("name", EVERY)
def test_any_flipped_byte_anywhere_is_refused(runs: tuple[Path, Path], run: Path, name: str) -> None:
    original = (run / name).read_bytes()
    chance = random.Random(name)
    places = {0, len(original) - 1, *(chance.randrange(len(original)) for _ in range(12))}
    for place in sorted(places):
        flipped = original[place] ^ (1 << chance.randrange(8))
        (run / name).write_bytes(original[:place] + bytes([flipped]) + original[place + 1 :])
        verified(run, runs, 6)


@pytest.mark.heavy
@pytest.mark.parametrize("name", EVERY)
@pytest.mark.parametrize(
    "content",
    [b"", b"[" * 100_000, b'{"a":' * 50_000, b'{"a":NaN}', b'{"a":' + b"9" * 10_000 + b"}", b"\xef\xbb\xbf{}", b"\xff\xfe{\0}\0"],
    ids=["empty", "deep", "deep objects", "NaN", "long number", "mark", "UTF-16"],
)
def test_a_file_of_another_content_is_refused(runs: tuple[Path, Path], run: Path, name: str, content: bytes) -> None:
    (run / name).write_bytes(content)
    verified(run, runs, 6)


@pytest.mark.parametrize("name", EVERY)
def test_a_file_of_another_run_is_refused(runs: tuple[Path, Path], run: Path, name: str) -> None:
    shutil.copy(runs[1] / name, run / name)
    verified(run, runs, 6)


@pytest.mark.heavy
@pytest.mark.parametrize("name", EVERY)
def test_what_is_no_file_is_not_waited_for(runs: tuple[Path, Path], run: Path, name: str) -> None:
    for make in (Path.mkdir, os.mkfifo, lambda path: path.symlink_to("/dev/zero"), lambda path: path.symlink_to(path.name)):
        shutil.rmtree(run / name) if (run / name).is_dir() else (run / name).unlink()
        make(run / name)
        verified(run, runs, 2)


@pytest.mark.parametrize("name", ["plan.json", "evidence.ndjson.zst", "report.json", "statement.dsse.json"])
def test_a_file_that_is_not_there_is_named(runs: tuple[Path, Path], run: Path, name: str) -> None:
    (run / name).unlink()
    assert name in verified(run, runs, 2)


def test_renderings_and_the_bundle_may_be_left_out(runs: tuple[Path, Path], run: Path) -> None:
    for name in ("report.html", "junit.xml", "bundle.sigstore.json"):
        (run / name).unlink()
        verified(run, runs, 0)


def test_a_huge_file_is_not_read(runs: tuple[Path, Path], run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("conformance.limits.PLAN", 1_000_000)
    for name in ("plan.json", "statement.dsse.json", "bundle.sigstore.json", "report.html", "junit.xml"):
        folder = Path(shutil.copytree(run, run.with_name(name)))
        (folder / name).write_bytes(b'{"a":"' + b"x" * 5_000_000 + b'"}')
        verified(folder, runs, 6)


# ------------------------------------------------------------------------------------------ a vendor who signs anything


def first(change: dict[str, Any]) -> Edit:
    return lambda plan: plan["cases"][0].update(change)


def signed_anew(run: Path, runs: tuple[Path, Path]) -> None:
    """Put a statement about the files as they are in the place of the old one, whatever they hold."""
    folder = RunFolder(run)
    envelope = sign(run_statement(folder), load_key(runs[0].parent / "one.pem", None))
    (run / "statement.dsse.json").write_bytes(envelope)
    (run / "bundle.sigstore.json").write_bytes(bundle(envelope))


def everywhere(old: bytes, new: bytes) -> Callable[[list[bytes]], list[bytes]]:
    return lambda lines: [line.replace(old, new, 1) if b'"kind":"exchange"' in line else line for line in lines]


def test_forging_nothing_is_accepted(runs: tuple[Path, Path], run: Path) -> None:
    forged(run, runs[0].parent / "one.pem")
    verified(run, runs, 0)


def test_what_lies_beside_the_signed_files_is_named(runs: tuple[Path, Path], run: Path) -> None:
    (run / "report.pdf").write_bytes(b"%PDF")
    (run / "notes.txt").write_bytes(b"-")
    assert "! not verified: 2 files in the folder of which nothing signed speaks: notes.txt, report.pdf" in verified(run, runs, 0)


def test_a_name_that_was_redacted_is_so_in_the_report_too(runs: tuple[Path, Path], run: Path) -> None:
    hidden = "«secret:0123456789ab»"
    forged(run, runs[0].parent / "one.pem", evidence=retold(lambda records: records[0]["claim"].update(solutionId=hidden)))
    verified(run, runs, 0)
    assert json.loads((run / "report.json").read_bytes())["target"]["solutionId"] == hidden


@pytest.mark.heavy
def test_a_plan_without_its_inconvenient_cases_is_never_conformant(runs: tuple[Path, Path], run: Path) -> None:
    forged(run, runs[0].parent / "one.pem", plan=lambda plan: plan["cases"].pop(0))
    assert "case COM-PAGE-07/listStops: the plan drives no such case" in verified(run, runs, 6)
    without = retold(lambda records: [one for one in records if one.get("case") != "COM-PAGE-07/listStops"])
    forged(run, runs[0].parent / "one.pem", evidence=without)
    assert "result of the test: INCONCLUSIVE" in verified(run, runs, 0)
    forged(run, runs[0].parent / "one.pem", report=lambda report: report.update(result="PASSED", conformant=True, complete=True))
    assert "complete, conformant, result" in verified(run, runs, 6)


@pytest.mark.parametrize(
    ("edit", "says"),
    [
        (first({"outcome": "not_applicable", "reason": {"key": "not-in-profile", "values": {"profile": "x"}}}), "outcome"),
        (first({"outcome": "inconclusive", "reason": {"key": "no-actor", "values": {"actor": "a"}}}), "outcome"),
        (first({"outcome": "pass"}), "outcome"),
        (first({"check": "errors_are_problem_documents"}), "check"),
        (first({"with": {"parameter": "x"}}), "with"),
        (first({"seed": 7}), "seed"),
        (first({"reads": []}), "reads"),
        (first({"id": "COM-PAGE-99/listStops"}), "none of its profile"),
        (lambda plan: plan.update(seed=2), "seed"),
        (lambda plan: plan["cases"].append(plan["cases"][0]), "each once"),
        (lambda plan: plan["cases"].reverse(), "in their order"),
        (lambda plan: [drawn.update(invalid=[]) for drawn in plan["inputs"].values()], "seed 1 draws"),
        (lambda plan: [drawn["valid"].pop() for drawn in plan["inputs"].values()], "seed 1 draws"),
    ],
)
def test_a_plan_that_spec_profile_and_seed_do_not_give_is_refused(
    runs: tuple[Path, Path], run: Path, edit: Edit, says: str
) -> None:
    forged(run, runs[0].parent / "one.pem", plan=edit)
    assert says in verified(run, runs, 6)
    assert says in yance("sign", run, "--key", runs[0].parent / "one.pem", expected=6).output


def test_inputs_of_another_generator_are_named_as_not_verified(runs: tuple[Path, Path], run: Path) -> None:
    def edit(plan: Any) -> None:
        plan["generator"] = "schemathesis 3.0"
        for drawn in plan["inputs"].values():
            drawn["invalid"] = drawn["invalid"][:-1]

    forged(run, runs[0].parent / "one.pem", plan=edit)
    assert "! not verified: the drawn inputs of 7 operations: the plan was drawn by schemathesis 3.0" in verified(run, runs, 0)


def test_the_same_inputs_are_verified_whatever_drew_them(runs: tuple[Path, Path], run: Path) -> None:
    forged(run, runs[0].parent / "one.pem", plan=lambda plan: plan.update(generator="schemathesis 3.0"))
    assert RunFolder(run).plan().digest == RunFolder(runs[0]).plan().digest
    assert "not verified" not in verified(run, runs, 0)


def test_what_drew_the_inputs_is_vouched_for_though_it_is_not_in_the_plans_digest(runs: tuple[Path, Path], run: Path) -> None:
    document = json.loads((run / "plan.json").read_bytes()) | {"generator": "schemathesis 3.0"}
    (run / "plan.json").write_bytes(plan_bytes(read_plan(document)))
    assert "plan.json: not the file that was signed" in verified(run, runs, 6)
    signed_anew(run, runs)
    assert "not what the evidence comes to; differing: plan" in verified(run, runs, 6)


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("domain", "../transport"),
        ("domain", "/etc"),
        ("domain", 5),
        ("specVersion", ".."),
        ("profile", None),
        ("seed", "1"),
        ("sandbox", 1),
        ("seeds", {"stopUid": [1]}),
        ("cases", [None]),
        ("cases", {}),
        ("inputs", []),
        ("generator", None),
    ],
)
def test_a_misshapen_plan_is_refused(runs: tuple[Path, Path], run: Path, member: str, value: object) -> None:
    document = json.loads((run / "plan.json").read_bytes())
    (run / "plan.json").write_bytes(json.dumps(document | {member: value}, indent=1).encode())
    signed_anew(run, runs)
    said = verified(run, runs, 6)
    assert "plan.json" in said
    assert "not the file that was signed" not in said


@pytest.mark.parametrize("name", ["plan.json", "report.json", "evidence.ndjson.zst"])
def test_no_file_is_parsed_that_is_not_the_one_that_was_signed(
    runs: tuple[Path, Path], run: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    def parsed(*_: object, **__: object) -> None:
        raise AssertionError("it was parsed")

    (run / name).write_bytes((run / name).read_bytes() + b"\n")
    for reads in ("conformance.verdict.folder.json.loads", "conformance.evidence.reader.lines"):
        monkeypatch.setattr(reads, parsed)
    assert f"{name}: not the file that was signed" in verified(run, runs, 6)


@pytest.mark.parametrize(
    ("edit", "says"),
    [
        (lambda lines: [lines[0].replace(b'"plan":"sha256:', b'"plan":"sha256:f'), *lines[1:]], "under another plan"),
        (lambda lines: [lines[0].replace(b'"name":"yance"', b'"name":"other"'), *lines[1:]], "expected yance"),
        (everywhere(b"{", b'{"baseUrl":"http://other.example/v1",'), "the exchange is with http://other.example"),
        (everywhere(b'"elapsed":', b'"elapsed":-1'), "elapsed is no time"),
        (everywhere(b'"sentAt":', b'"sentAt":-1'), "sentAt or elapsed"),
        (everywhere(b'"status":', b'"status":-1'), "status"),
        (lambda lines: [*lines[:-1], lines[-1].replace(b'"finishedAt":1', b'"finishedAt":-1')], "finishedAt"),
        (lambda lines: [*lines[:-1], lines[-1].replace(b'"finishedAt":', b'"finishedAt":999')], "evidence"),
        (lambda lines: [lines[0].replace(b'"startedAt":1', b'"startedAt":-1'), *lines[1:]], "startedAt"),
    ],
)
def test_evidence_that_no_run_records_is_refused(
    runs: tuple[Path, Path], run: Path, edit: Callable[[list[bytes]], list[bytes]], says: str
) -> None:
    forged(run, runs[0].parent / "one.pem", evidence=edit)
    assert says in verified(run, runs, 6)


@pytest.mark.heavy
@pytest.mark.parametrize(
    ("edit", "says"),
    [
        (lambda said: said["predicate"].update(result="PASSED"), "predicate.result"),
        (lambda said: said["predicate"]["profile"].update(id="full"), "predicate.profile.id"),
        (lambda said: said["predicate"]["counts"].update(fail=1), "predicate.counts.fail"),
        (lambda said: said["predicate"].update(more="x"), "predicate.more"),
        (lambda said: said["predicate"].update(purpose="certification"), "the office's to state"),
        (lambda said: said["predicate"].update(plan=None), "not the plan of the signed run"),
        (lambda said: said.update(subject=[]), "not the file that was signed"),
        (lambda said: said.update(subject=[1, {"name": {}, "digest": 5}]), "not the file that was signed"),
        (lambda said: said["subject"].append({"name": ["x"]}), "subject"),
        (lambda said: said["subject"][0].update(name="other@1"), "subject"),
    ],
)
def test_a_statement_that_the_files_do_not_come_to_is_refused(runs: tuple[Path, Path], run: Path, edit: Edit, says: str) -> None:
    forged(run, runs[0].parent / "one.pem", statement=edit)
    assert says in verified(run, runs, 6)


def test_a_run_recorded_by_another_version_says_so(runs: tuple[Path, Path], run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("conformance.attest.verify.__version__", "9.9.9")
    said = verified(run, runs, 0)
    assert "not verified: how it was recorded" in said
    assert "yance 9.9.9" in said
