"""What a vendor, or anybody, may say of a run that its evidence does not: other rows, another build, another solution, purpose or time.

Each forgery is refused for its own reason, like those of requests (`test_forgeries`).
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from conformance.attest import Expected, load_key, sign_run, trusted_key
from conformance.attest.verify import refuse_altered, refuse_unofficial, verify_run
from conformance.errors import VerificationError, YanceError
from conformance.load import data_folders, load_profile
from conformance.load.data import own_folder
from conformance.load.digests import official_bytes, official_file, standing
from conformance.verdict.folder import RunFolder
from tests.forging import (
    PAGES,
    Edit,
    forged,
    made,
    retold,
    verified,
    without,
)

pytestmark = pytest.mark.heavy


@pytest.fixture
def run(home: Path, tmp_path: Path) -> Path:
    """A copy of a signed run, to be altered."""
    return Path(shutil.copytree(home / "run", tmp_path / "run"))


# ------------------------------------------------------------------------------------------ the words that were judged by


def _row(name: str, change: Callable[[dict[str, Any]], object]) -> Edit:
    return lambda rows: change(next(one for one in rows["requirements"] if one["id"] == name))


ROWS: dict[str, tuple[str, Edit, str]] = {  # what: the file, the edit, the part that is named
    "a level": ("specs/common/1.0.0/requirements.yaml", _row("COM-PAGE-04", lambda row: row.update(level="MAY")), "COM-PAGE-04"),
    "a level of its own file": (
        "specs/transport/1.0.0/requirements.yaml",
        _row("TRN-028", lambda row: row.update(level="SHOULD")),
        "TRN-028",
    ),
    "a text": (
        "specs/common/1.0.0/requirements.yaml",
        _row("COM-PAGE-04", lambda row: row["text"].update(en="Pages may be kept.")),
        "COM-PAGE-04",
    ),
    "a Chinese text": (
        "specs/common/1.0.0/requirements.yaml",
        _row("COM-PAGE-04", lambda row: row["text"].update({"zh-Hant": "可"})),
        "COM-PAGE-04",
    ),
    "a source": (
        "specs/common/1.0.0/requirements.yaml",
        _row("COM-PAGE-04", lambda row: row.update(source="hearsay")),
        "COM-PAGE-04",
    ),
    "how much evidence": (
        "specs/common/1.0.0/requirements.yaml",
        _row("COM-IDEM-01", lambda row: row.update(evidence={"min": 9})),
        "COM-IDEM-01",
    ),
    "a row that is not there": (
        "specs/transport/1.0.0/requirements.yaml",
        lambda rows: rows["requirements"].remove(next(one for one in rows["requirements"] if one["id"] == "TRN-039")),
        "TRN-039",
    ),
    "a row that is excepted": (
        "specs/transport/1.0.0/requirements.yaml",
        lambda rows: rows["include"][0].setdefault("except", {}).update({"COM-VER-01": {"en": "no", "zh-Hant": "否"}}),
        "COM-VER-01",
    ),
    "a class": (
        "specs/transport/1.0.0/requirements.yaml",
        lambda rows: next(iter(rows["classes"].values())).update(en="Other"),
        "classes",
    ),
    "a recipe": (
        "specs/transport/1.0.0/requirements.yaml",
        lambda rows: next(iter(rows["setup"].values()))["candidates"].reverse(),
        "set-up",
    ),
    "the document": (
        "specs/transport/1.0.0/openapi.yaml",
        lambda document: document["info"].update(title="Other"),
        "openapi.yaml",
    ),
    "what a profile asks for": ("profiles/transport/full.yaml", lambda profile: profile["classes"].pop(), "profile full"),
    "how much a profile draws": (
        "profiles/transport/full.yaml",
        lambda profile: profile.update(effort={"draws": 1}),
        "profile full",
    ),
}


def altered(folder: Path, file: str, edit: Edit) -> Path:
    """A data folder like the suite's own, with one file altered."""
    for name in ("specs", "profiles"):
        shutil.copytree(own_folder() / name, folder / name)
    document = yaml.safe_load((folder / file).read_text(encoding="utf-8"))
    edit(document)
    (folder / file).write_text(yaml.safe_dump(document, allow_unicode=True, sort_keys=False), encoding="utf-8")
    return folder


@pytest.mark.parametrize("name", ROWS)
def test_a_run_is_not_judged_by_other_words_than_it_was_made_under(home: Path, run: Path, tmp_path: Path, name: str) -> None:
    file, edit, part = ROWS[name]
    folder = altered(tmp_path / "data", file, edit)
    with pytest.raises(VerificationError, match=r"the run was made under another (spec|set of requirements|profile)"):
        verified(run, home, folder)
    profile, spec = load_profile(data_folders([folder]), "transport", "full")
    found = standing(spec, profile)
    assert (found.known, found.official, found.altered) == (True, False, (part,))


def test_a_run_under_altered_rows_verifies_as_that_and_never_as_official(home: Path, tmp_path: Path) -> None:
    folder = altered(tmp_path / "data", *ROWS["a level"][:2])
    setting = made(tmp_path / "run", only=("COM-PAGE-04",), data=(folder,))
    sign_run(setting.folder, load_key(home / "one.pem", None))
    found = verified(setting.folder.path, home, folder)
    assert found.official.altered == ("COM-PAGE-04",)
    assert "altered rows: 1 parts of transport 1.0.0 are not the official ones: COM-PAGE-04" in [one["en"] for one in found.steps]
    with pytest.raises(VerificationError, match=r"altered rows: .*COM-PAGE-04; official was required"):
        refuse_unofficial(found)


def test_official_is_what_the_suite_ships_with(home: Path, run: Path) -> None:
    found = verified(run, home)
    assert "official transport 1.0.0, profile full" in [one["en"] for one in found.steps]
    refuse_unofficial(found)
    assert official_file().read_bytes() == official_bytes(data_folders()), "specs or profiles changed: yance official --write"


def test_another_build_of_the_suite_is_told_and_not_official(home: Path, run: Path) -> None:
    forged(run, home / "one.pem", evidence=retold(lambda records: records[0]["suite"].update(build="sha256:" + "0" * 64)))
    found = verified(run, home)
    assert "how it was recorded" in found.unverified[0]["en"]
    with pytest.raises(VerificationError, match="official was required, and this is not verified: how it was recorded"):
        refuse_unofficial(found)


@pytest.mark.parametrize(
    ("edit", "says"),
    [
        (lambda said: said["predicate"]["basis"]["digest"].update(sha256="0" * 64), "predicate.basis.digest.sha256"),
        (lambda said: said["predicate"]["specification"][1]["digest"].update(sha256="0" * 64), r"predicate.specification\[1\]"),
        (lambda said: said["predicate"]["specification"].pop(), "predicate.specification"),
        (lambda said: said["predicate"]["suite"]["artifactDigest"].update(sha256="0" * 64), "predicate.suite.artifactDigest"),
        (lambda said: said["predicate"]["evidence"]["attempts"].update(resumed=1), "predicate.evidence.attempts.resumed"),
        (lambda said: said["predicate"]["plan"].update(seedDrawn=True), "predicate.plan.seedDrawn"),
        (lambda said: said["predicate"]["target"].update(solutionId="other"), "predicate.target.solutionId"),
        (lambda said: said["predicate"].update(finishedOn="2099-01-01T00:00:00Z"), "in the future by the clock of this machine"),
    ],
)
def test_a_statement_of_other_words_is_refused(home: Path, run: Path, edit: Edit, says: str) -> None:
    forged(run, home / "one.pem", statement=edit)
    with pytest.raises(VerificationError, match=says):
        verified(run, home)


# ------------------------------------------------------------------------------------------ who says what it is


@pytest.fixture(scope="module")
def ordered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that was made for a certification, under a seed that chance chose."""
    folder = tmp_path_factory.mktemp("ordered") / "run"
    return made(folder, only=("COM-PAGE-04",), seed=987_654_321, purpose="certification", seed_drawn=True).folder.path


RIGHT = Expected("certification", "stops@2.4.1", "Stop Ltd")


def test_what_was_expected_is_signed(ordered: Path) -> None:
    refuse_altered(data_folders(), RunFolder(ordered), RIGHT)


@pytest.mark.parametrize(
    ("expected", "says"),
    [
        (Expected(), "its purpose is 'certification', and you state 'self-test'"),
        (replace(RIGHT, purpose="surveillance"), "you state 'surveillance'"),
        (replace(RIGHT, solution="stops@2.4.2"), "its solution is 'stops@2.4.1', and you state 'stops@2.4.2'"),
        (replace(RIGHT, solution="other@2.4.1"), "its solution is 'stops@2.4.1', and you state 'other@2.4.1'"),
        (replace(RIGHT, vendor="Other Ltd"), "its vendor is 'Stop Ltd', and you state 'Other Ltd'"),
        (replace(RIGHT, solution=None), "say yourself what you sign: --solution"),
        (replace(RIGHT, vendor=None), "say yourself what you sign: --solution"),
    ],
)
def test_nothing_is_taken_unseen_from_a_folder(ordered: Path, expected: Expected, says: str) -> None:
    with pytest.raises(YanceError, match=says):
        refuse_altered(data_folders(), RunFolder(ordered), expected)


@pytest.mark.parametrize(
    ("plan", "evidence", "says"),
    [
        (
            None,
            lambda records: records[0].update(startedAt=4_070_908_800_000) or records[-1].update(finishedAt=4_070_908_900_000),
            "in the future",
        ),
        (
            lambda plan: (
                plan.update(generator="other 1.0") or next(one for one in plan["inputs"].values() if one["valid"])["valid"].pop()
            ),
            None,
            "all is to be verified, and this is not: the drawn inputs",
        ),
        (
            lambda plan: plan.update(generator="other 1.0") or [one.update(valid=[]) for one in plan["inputs"].values()],
            None,
            "it has no inputs for",
        ),
        (
            None,
            lambda records: records[0]["suite"].update(build="sha256:" + "0" * 64),
            "all is to be verified, and this is not: how it was recorded",
        ),
        (
            None,
            lambda records: records[0]["suite"].pop("build") and None,
            "all is to be verified, and this is not: how it was recorded",
        ),
        (None, lambda records: records[0]["claim"].update(vendor="Other"), "its vendor is 'Other', and you state 'Stop Ltd'"),
        (
            None,
            lambda records: records[0]["claim"].update(purpose="self-test"),
            "its purpose is 'self-test', and you state 'certification'",
        ),
        (None, without(PAGES, 2), f"case {PAGES}, its exchange 2"),
    ],
)
def test_an_office_signs_nothing_that_a_vendor_altered(
    home: Path, ordered: Path, tmp_path: Path, plan: Edit | None, evidence: Edit | None, says: str
) -> None:
    run = Path(shutil.copytree(ordered, tmp_path / "run"))
    forged(run, home / "one.pem", plan=plan, evidence=retold(evidence or (lambda records: None)))
    with pytest.raises(VerificationError, match=says):
        refuse_altered(data_folders(), RunFolder(run), RIGHT)


def test_a_claim_in_the_report_alone_is_nobodys(home: Path, ordered: Path, tmp_path: Path) -> None:
    run = Path(shutil.copytree(ordered, tmp_path / "run"))
    forged(run, home / "one.pem", report=lambda report: report["target"].update(solutionVersion="9"))
    with pytest.raises(VerificationError, match="not what the evidence comes to; differing: target"):
        refuse_altered(data_folders(), RunFolder(run), RIGHT)


def test_a_seed_that_every_target_knows_certifies_nobody(home: Path, tmp_path: Path) -> None:
    setting = made(tmp_path / "run", only=("COM-PAGE-04",), purpose="certification")
    with pytest.raises(VerificationError, match="the run has the fixed seed 1, so its target could know every request"):
        refuse_altered(data_folders(), setting.folder, RIGHT)


def test_a_vendors_key_states_no_certification(home: Path, ordered: Path, tmp_path: Path) -> None:
    run = Path(shutil.copytree(ordered, tmp_path / "run"))
    sign_run(RunFolder(run), load_key(home / "one.pem", None))
    with pytest.raises(VerificationError, match="a vendor's key states a run for 'certification'"):
        verified(run, home)
    office = replace(trusted_key(home / "one.pub.pem"), role="office")
    found = verify_run(data_folders(), RunFolder(run), [office])
    assert found.unverified == ()
    chosen = made(tmp_path / "chosen", only=("COM-PAGE-04",), seed=5, purpose="certification").folder
    sign_run(chosen, load_key(home / "one.pem", None))
    (left,) = verify_run(data_folders(), chosen, [office]).unverified
    assert "seed 5 was given, not drawn" in left["en"]
