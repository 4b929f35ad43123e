"""How far a version has come: what is recorded, what lacks for the next state, and that what was published stays as it is."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from conformance.commands.main import main
from conformance.committee.lifecycle import Bid, Evidence, headers, lacking, recognised, step_for
from conformance.load import data_folders, domain_names, load_spec, versions
from conformance.load.data import digest_of
from conformance.load.digests import demands_digest, rows_digest
from conformance.load.lifecycle import Record, Step, preferred, record_of
from tests.implementations import recorded

FOLDERS = data_folders()
DOMAINS = domain_names(FOLDERS)
ONE, TWO, OTHER = (f"sha256:{digit * 64}" for digit in "123")
AT = "2026-11-30T06:00:00Z"


def yance(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["spec", *map(str, arguments)])


def record(*states: str, **more: str) -> Record:
    steps = [Step(state, AT, "Committee", ONE, TWO) for state in states]
    return Record("things", "1.1.0", Path("lifecycle.json"), (*steps[:-1], replace(steps[-1], **more)) if steps else ())


def bid(to: str, *states: str, evidence: tuple[Evidence, ...] = (), **more: object) -> Bid:
    made = Bid(record(*states), to, ONE, OTHER, TWO, 0, 0, "enough", "1.0.0", ("1.0.0",), date(2026, 12, 1), evidence)
    return replace(made, **more)  # type: ignore[arg-type]  # the members of a bid, by name


def proof(kind: str, *, rows: str = OTHER, good: bool = True, of: str = "a") -> Evidence:
    return Evidence(kind, ONE, ONE, rows, good, "-", of)


def kinds(one: Bid) -> list[str]:
    return [lack.kind for lack in lacking(one)]


# ---------------------------------------------------------------- what is recorded


@pytest.mark.parametrize("domain", DOMAINS)
def test_a_published_version_is_what_it_was_published_as(domain: str) -> None:
    published = [record_of(FOLDERS, domain, one) for one in versions(FOLDERS, domain)]
    published = [one for one in published if one.frozen is not None]
    assert published
    for one in published:
        spec = load_spec(FOLDERS, domain, one.version)
        assert one.frozen is not None
        assert one.frozen.document == spec.digest, f"{one.file}: the document has changed; see `yance spec advance --erratum`"
        assert one.frozen.demands == demands_digest(spec), f"{one.file}: what is demanded has changed; it is another version"


@pytest.mark.parametrize("domain", DOMAINS)
def test_every_version_has_a_record_and_a_draft_is_not_what_is_meant(domain: str) -> None:
    known = versions(FOLDERS, domain)
    states = {one: record_of(FOLDERS, domain, one).state for one in known}
    assert states["1.0.0"] == "published"
    assert {states[one] for one in known if one != "1.0.0"} == {"draft"}
    assert preferred(FOLDERS, domain, known) == "1.0.0"


def test_who_has_no_evidence_says_on_what_it_stands() -> None:
    for domain in DOMAINS:
        for version in versions(FOLDERS, domain):
            for step in record_of(FOLDERS, domain, version).steps:
                assert step.state != "published" or step.evidence or set(step.basis) == {"en", "zh-Hant"}


@pytest.mark.parametrize("domain", DOMAINS)
def test_what_is_in_force_rests_on_a_sweep_and_two_implementations(domain: str) -> None:
    frozen = record_of(FOLDERS, domain, "1.0.0").frozen
    assert frozen is not None
    assert set(frozen.evidence) == {"adequacy", "implementation-1", "implementation-2"}
    assert len({one["digest"] for one in frozen.evidence.values()}) == 3
    assert frozen.basis == {}


def test_status_lists_the_versions_with_their_states() -> None:
    found = yance("status", "transport", "--json")
    assert found.exit_code == 0
    assert [(one["version"], one["state"]) for one in json.loads(found.stdout)] == [
        ("1.0.0", "published"), ("1.1.0", "draft"), ("2.0.0", "draft"),
    ]  # fmt: skip
    assert "草案" in yance("status", "transport", "--lang", "zh-Hant").stdout


# ---------------------------------------------------------------- what lacks


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        (bid("candidate", "draft"), ["adequacy"]),
        (bid("candidate", "draft", evidence=(proof("adequacy"),)), []),
        (bid("candidate", "draft", evidence=(proof("adequacy", rows=TWO),)), ["foreign"]),
        (bid("candidate", "draft", evidence=(proof("adequacy", good=False),)), ["no"]),
        (bid("candidate", "draft", errors=2, gaps=1, bump="too-small"), ["lint", "coverage", "bump", "adequacy"]),
        (bid("candidate", "draft", bump="too-small", before="", evidence=(proof("adequacy"),)), []),
        (bid("published", "draft"), ["move"]),
        (bid("published", "draft", "candidate"), ["adequacy", "impact", "implementations"]),
        (
            bid("published", "draft", "candidate", evidence=tuple(map(proof, ("adequacy", "impact", "implementation", "implementation")))),
            ["implementations"],
        ),
        (
            bid(
                "published", "draft", "candidate",
                evidence=(proof("adequacy"), proof("impact"), proof("implementation"), proof("implementation", of="b")),
            ),
            [],
        ),
        (bid("published", "draft", "candidate", before="", evidence=(proof("adequacy"), proof("implementation"), proof("implementation", of="b", rows=TWO))), ["implementations", "foreign"]),
        (bid("published", "draft", "candidate", document=TWO), ["changed", "adequacy", "impact", "implementations"]),
        (bid("draft", "draft", "candidate"), []),
        (bid("deprecated", "published"), ["sunset", "successor"]),
        (bid("deprecated", "published", sunset="2027-05-29", successor="1.0.0"), ["sunset"]),
        (bid("deprecated", "published", sunset="2027-05-30", successor="1.0.0"), []),
        (bid("published", "published"), ["erratum"]),
        (bid("published", "published", evidence=(proof("adequacy"),)), []),
        (bid("published", "published", evidence=(proof("adequacy"),), document=TWO), ["erratum"]),
        (bid("published", "published", evidence=(proof("adequacy", good=False), proof("implementation", rows=TWO))), ["no", "foreign"]),
        (bid("published", "published", erratum="a comma"), []),
        (bid("published", "published", erratum="a comma", demands=OTHER), ["frozen"]),
        (bid("draft", "retired"), ["move"]),
    ],
)  # fmt: skip
def test_what_lacks_is_named(one: Bid, expected: list[str]) -> None:
    assert kinds(one) == expected
    for lack in lacking(one):
        assert lack.command or lack.kind in ("move", "early")


def test_a_version_retires_after_its_sunset() -> None:
    over = replace(bid("retired"), record=record("published", "deprecated", sunset="2026-11-30"))
    assert kinds(over) == []
    assert kinds(replace(over, today=date(2026, 11, 30))) == ["early"]


def test_a_deprecated_version_tells_its_end_in_two_forms_of_date() -> None:
    step = record("deprecated", sunset="2027-06-30").steps[-1]
    assert headers(step) == {"Deprecation": "@1796018400", "Sunset": "Wed, 30 Jun 2027 23:59:59 GMT"}
    assert headers(record("published").steps[-1]) == {}


def test_a_step_names_what_it_rests_on() -> None:
    evidence = (proof("adequacy"), proof("adequacy", good=False), proof("implementation"), proof("implementation", of="b"))
    step = step_for(bid("published", "draft", "candidate", evidence=evidence), "Committee", datetime(2026, 12, 1, tzinfo=UTC))
    assert list(step.evidence) == ["adequacy", "implementation-1", "implementation-2"]
    assert (step.at, step.document, step.demands) == ("2026-12-01T00:00:00Z", ONE, TWO)


def test_what_is_in_force_is_given_its_evidence_later_and_says_what_it_lacks() -> None:
    now = datetime(2026, 12, 1, tzinfo=UTC)
    swept = step_for(bid("published", "published", evidence=(proof("adequacy"),)), "Committee", now)
    assert (swept.state, swept.document, swept.demands, list(swept.evidence)) == ("published", ONE, TWO, ["adequacy"])
    assert "2 implementations of different solutions" in swept.basis["en"]
    assert "檢測力" not in swept.basis["zh-Hant"]
    again = bid(
        "published", "published", evidence=(proof("implementation"), proof("implementation", of="b"), proof("implementation"))
    )
    whole = step_for(replace(again, record=replace(again.record, steps=(swept,))), "Committee", now)
    assert list(whole.evidence) == ["adequacy", "implementation-1", "implementation-2"]
    assert whole.basis == {}
    amended = replace(bid("published", "published", evidence=(proof("adequacy", rows=ONE),)), rows=ONE)
    anew = step_for(replace(amended, record=replace(amended.record, steps=(whole,))), "Committee", now)
    assert list(anew.evidence) == ["adequacy"], "what was made of an earlier wording counts no more"
    assert "2 implementations" in anew.basis["en"]
    more = bid("published", "published", evidence=(proof("implementation", of="c"), proof("implementation", of="a")))
    third = step_for(replace(more, record=replace(more.record, steps=(whole,))), "Committee", now)
    assert list(third.evidence) == ["adequacy", "implementation-1", "implementation-2", "implementation-3"]


def test_evidence_is_known_by_what_it_holds() -> None:
    made_of = {"specification": {"digest": ONE, "rowsDigest": TWO}}
    swept = {**made_of, "survivors": [], "falseFailures": [], "unsound": [], "whole": True}
    assert recognised(swept, ONE) == Evidence("adequacy", ONE, ONE, TWO, True, "")
    for spoilt in ({"survivors": [{}]}, {"unsound": ["Variant"]}, {"unsound": None}, {"whole": False}, {"weak": ["JRN-001"]}):
        assert (found := recognised({**swept, **spoilt}, ONE)) is not None
        assert not found.good
    report = {**made_of, "verdicts": [], "conformant": True, "complete": True, "target": {"solutionId": "s"}, "runId": "run-1"}
    signed = {**report, "digest": digest_of(report)}
    assert (found := recognised(signed, ONE)) is not None
    assert (found.kind, found.good, found.of) == ("implementation", True, "s")
    for altered in ({"conformant": False}, {"runId": "run-2"}):
        assert (found := recognised({**signed, **altered}, ONE)) is not None
        assert not found.good
    assert recognised({**made_of, "vendors": [{}]}, ONE) == Evidence("impact", ONE, ONE, TWO, True, "1 vendors")
    assert recognised({"verdicts": []}, ONE) is None
    assert recognised([], ONE) is None


# ---------------------------------------------------------------- by hand


@pytest.fixture(scope="module")
def programme(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with a small draft: the library's interface, as of another version."""
    folder = tmp_path_factory.mktemp("programme")
    here = folder / "specs" / "library" / "1.0.0"
    here.mkdir(parents=True)
    source = Path(__file__).parents[1] / "examples" / "library" / "specs" / "library" / "1.0.0"
    for file in source.iterdir():
        (here / file.name).write_bytes(file.read_bytes())
    return folder


def test_a_step_is_written_and_one_that_lacks_something_is_not(programme: Path) -> None:
    file = programme / "specs" / "library" / "1.0.0" / "lifecycle.json"
    asked = ("advance", "library@1.0.0", "--data", programme)
    assert yance(*asked, "--to", "draft").exit_code == 2  # nobody says who decides
    assert not file.exists()
    assert yance(*asked, "--to", "draft", "--by", "Committee").exit_code == 0
    assert [one["state"] for one in json.loads(file.read_text())["steps"]] == ["draft"]
    refused = yance(*asked, "--to", "candidate", "--by", "Committee")
    assert refused.exit_code == 1
    assert "yance adequacy library@1.0.0 --json > adequacy.json" in refused.stdout
    assert [one["state"] for one in json.loads(file.read_text())["steps"]] == ["draft"]


def test_a_sweep_is_recorded_for_a_published_version_and_it_stays_frozen(tmp_path: Path) -> None:
    spec, here = load_spec(FOLDERS, "transport", "1.0.0"), tmp_path / "specs" / "transport" / "1.0.0"
    shutil.copytree(Path(__file__).parents[1] / "specs", tmp_path / "specs")
    before = record_of(data_folders([tmp_path]), "transport", "1.0.0")
    made_of = {"domain": "transport", "version": "1.0.0", "digest": spec.digest, "rowsDigest": rows_digest(spec)}
    swept = {
        "specification": made_of,
        "whole": True,
        "effort": "full",
        **{name: [] for name in ("survivors", "falseFailures", "unexpected", "errors", "unsound")},
    }
    (tmp_path / "adequacy.json").write_text(json.dumps(swept))
    asked = (
        "advance",
        "transport@1.0.0",
        "--to",
        "published",
        "--by",
        "Committee",
        "--evidence",
        tmp_path / "adequacy.json",
        "--data",
        tmp_path,
    )
    assert yance(*asked).exit_code == 0
    after = record_of(data_folders([tmp_path]), "transport", "1.0.0")
    assert after.file == here / "lifecycle.json"
    assert [one.state for one in after.steps] == [*(one.state for one in before.steps), "published"]
    assert after.reached == before.reached == before.steps[0], "it has been published since it was"
    assert "checked before" not in yance("status", "transport", "--data", tmp_path).stdout
    assert before.frozen is not None
    assert after.frozen is not None
    assert (after.frozen.document, after.frozen.demands) == (before.frozen.document, before.frozen.demands)
    assert after.frozen.evidence["adequacy"]["about"] == "full"
    (tmp_path / "adequacy.json").write_text(json.dumps({**swept, "survivors": [{"name": "x"}]}))
    assert yance(*asked).exit_code == 1
    amended = tmp_path / "amended"
    shutil.copytree(tmp_path / "specs", amended / "specs")
    rows = amended / "specs" / "transport" / "1.0.0" / "requirements.yaml"
    rows.write_text(rows.read_text().replace("tolerance: 120, longest: 14400", "tolerance: 121, longest: 14400"))
    assert "as they were checked before: adequacy, implem" in yance("status", "transport", "--data", amended).stdout


@pytest.mark.parametrize("name", ["reference", "second"])
def test_a_run_of_a_part_is_no_evidence_of_an_implementation(name: str, tmp_path: Path) -> None:
    report = recorded("health", name, tmp_path / name, "COM-DOC-03")
    assert {one["outcome"] for one in report["verdicts"] if one["requirement"] == "COM-DOC-03"} == {"pass"}
    assert report["target"]["solutionId"] == f"yance-{name}-health"
    content = json.loads((tmp_path / name / "report.json").read_text())
    evidence = recognised(content, digest_of(content))
    assert evidence is not None
    assert (evidence.kind, evidence.of, evidence.good) == ("implementation", f"yance-{name}-health", False)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("advance", "transport", "--to", "candidate"), "say which version"),
        (("advance", "transport@1.0.0", "--to", "deprecated", "--sunset", "soon"), "expected a date"),
        (("advance", "transport@1.0.0", "--to", "deprecated", "--evidence", "pyproject.toml"), "this is no evidence"),
        (("status", "transprot"), "did you mean 'transport'"),
    ],
)
def test_what_makes_no_sense_is_refused(arguments: tuple[str, ...], said: str) -> None:
    found = yance(*arguments)
    assert found.exit_code == 2
    assert said in found.stderr
