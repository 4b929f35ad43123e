"""What holds of a domain holds of journeys: every fault is caught, every gap explained, rows keep the rules, and what is in force is frozen."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from conformance.adequacy.joined import Trial, joined_adequacy
from conformance.commands.between import joint_coverage, joint_evidence, joint_faults
from conformance.load import data_folders
from conformance.load.lifecycle import record_of
from conformance.model import Level
from conformance.reference import journeys as together
from tests.travelling import FOLDERS, KNOWN, yance

ROWS = [row.id for row in KNOWN.rows]
PASSED = dict.fromkeys(ROWS, "pass")
PLAIN = Trial("", False, (), False, PASSED)


def test_one_command_puts_a_fault_and_a_variant_through_all_journeys() -> None:
    words = ("--fault", "PointsAreInTheOldDatum", "--variant", "OneWritesUtc", "--json")
    ran = yance("adequacy", "journeys@1.0.0", *words)
    assert ran.exit_code == 0, ran.output
    found = json.loads(ran.stdout)
    assert (found["whole"], found["survivors"], found["falseFailures"], found["unsound"]) == (False, [], [], [])
    assert {name for name, row in found["requirements"].items() if row["caught"]} == {"JRN-003", "JRN-004"}
    assert all(row["passed"] == 1 for row in found["requirements"].values())


@pytest.mark.slow
def test_a_sweep_of_journeys_catches_every_fault_and_is_taken_as_evidence() -> None:
    ran = yance("adequacy", "journeys", "--json")
    assert ran.exit_code == 0, ran.output
    found = json.loads(ran.stdout)
    assert (found["whole"], found["weak"], found["inconclusive"]) == (True, [], [])
    evidence = joint_evidence(found)
    assert evidence is not None
    assert (evidence.kind, evidence.good, evidence.document) == ("adequacy", True, KNOWN.documents_digest)


@pytest.mark.parametrize("word", [("--fault", "Nothing"), ("--variant", "Nothing"), ("--only", "JRN-999"), ("--effort", "quick")])
def test_what_journeys_do_not_have_is_refused(word: tuple[str, str]) -> None:
    ran = yance("adequacy", "journeys", *word)
    assert (ran.exit_code, len(ran.output.splitlines())) == (2, 1), ran.output
    assert word[1] in ran.output or word[0] in ran.output


def test_a_row_is_weak_where_nothing_subtle_was_caught_a_fault_survived_or_nobody_passed() -> None:
    def fault(subtle: bool, outcome: str = "fail") -> Trial:
        return Trial("F", True, ("JRN-001",), subtle, {**PASSED, "JRN-001": outcome})

    def weak(*found: Trial) -> list[str]:
        result = joined_adequacy(KNOWN, found, only=["JRN-001"])
        return result["weak"]

    assert weak(PLAIN, fault(True), fault(False)) == []
    assert weak(PLAIN, fault(False), fault(False)) == ["JRN-001"]
    assert weak(PLAIN, fault(True)) == ["JRN-001"]
    assert weak(PLAIN, fault(True), fault(False, "pass")) == ["JRN-001"]
    assert weak(fault(True), fault(False)) == ["JRN-001"]
    spoilt = replace(PLAIN, name="V", outcomes={**PASSED, "JRN-002": "fail", "JRN-003": "inconclusive"})
    strange = replace(fault(True), outcomes={**PASSED, "JRN-001": "pass", "JRN-002": "fail"})
    found = joined_adequacy(KNOWN, [spoilt, strange])
    assert found["falseFailures"] == [{"variant": "V", "failed": ["JRN-002"]}]
    assert found["inconclusive"] == [{"variant": "V", "requirements": ["JRN-003"]}]
    assert found["survivors"] == [{"fault": "F", "missed": ["JRN-001"]}]
    assert found["unexpected"] == [{"fault": "F", "failed": ["JRN-002"]}]
    assert not any(one.sound for one in (spoilt, strange))


# ------------------------------------------------------------------------------------------ rows


def test_the_chain_from_workflow_to_fault_has_no_gap() -> None:
    found = joint_coverage(KNOWN)
    assert [gap.as_json() for gap in found.gaps] == []
    assert [row.row.id for row in found.rows] == ROWS
    assert set(found.variants) == set(together.variants())
    assert all(row.faults and row.profiles and row.clauses and row.row.binding for row in found.rows)
    (walk,) = (row for row in found.rows if row.row.id == "JRN-004")
    assert walk.row.binding is not None
    assert "transport.getStop" in walk.row.binding.operations
    ran = yance("spec", "coverage", "journeys", "--format", "csv")
    assert (ran.exit_code, ran.output.count("JRN-")) == (0, len(ROWS))


def test_a_gap_is_named() -> None:
    rows = tuple(replace(row, id="JRN-099") if row.id == "JRN-013" else row for row in KNOWN.rows if row.check != "clocks_agree")
    workflow = replace(KNOWN.journeys[0].workflows[0], id="nobody-looks")
    more = replace(KNOWN.journeys[0], workflows=(*KNOWN.journeys[0].workflows, workflow))
    found = joint_coverage(replace(KNOWN, rows=rows, journeys=(more, *KNOWN.journeys[1:])))
    named = {(gap.kind, gap.subject) for gap in found.unexplained}
    assert named == {("workflow", "nobody-looks"), ("unseeded", "JRN-099"), ("unsubtle", "JRN-099"), ("unused", "clocks_agree")}


def test_rows_keep_the_rules_and_one_that_does_not_is_named_with_its_line() -> None:
    assert joint_faults(KNOWN) == []
    ran = yance("spec", "lint", "journeys", "--json")
    assert (ran.exit_code, json.loads(ran.stdout)["faults"]) == (0, [])
    bad = replace(KNOWN.rows[0], id="journey 1", source=" ", text={"en": "A step is answered.", "zh-Hant": "步驟得回應。"})
    faults = joint_faults(replace(KNOWN, rows=(bad, *KNOWN.rows[1:])))
    assert {one.rule.id for one in faults} == {"REQ-04", "REQ-05", "REQ-06"}
    assert {(Path(one.file).name, one.line) for one in faults} == {("requirements.yaml", int(bad.where.rpartition(":")[2]))}
    assert bad.level is Level.MUST


# ------------------------------------------------------------------------------------------ how far they have come


def test_what_is_in_force_is_what_it_was_published_as() -> None:
    record = record_of(FOLDERS, "journeys", "1.0.0")
    assert record.state == "published"
    assert record.frozen is not None
    assert record.frozen.document == KNOWN.documents_digest, (
        f"{record.file}: a journey has changed; see `yance spec advance --erratum`"
    )
    assert record.frozen.demands == KNOWN.demands_digest, f"{record.file}: what is demanded has changed; it is another version"
    assert record.frozen.evidence or set(record.frozen.basis) == {"en", "zh-Hant"}
    told = json.loads(yance("spec", "status", "journeys", "--json").stdout)
    assert [(one["domain"], one["version"], one["state"]) for one in told] == [("journeys", "1.0.0", "published")]
    assert "journeys@1.0.0" in yance("spec", "status").output


def begun(folder: Path, **changed: str) -> Path:
    """A data folder with the journeys as a draft, in which texts of the rows may be others."""
    home = folder / "specs" / "journeys" / "1.0.0"
    home.mkdir(parents=True)
    for file in Path(KNOWN.journeys[0].source).parent.glob("*.yaml"):
        text = file.read_text("utf-8")
        for before, after in changed.items():
            text = text.replace(before, after)
        (home / file.name).write_text(text, "utf-8")
    return folder


def swept() -> dict[str, Any]:
    faults = [Trial(name, True, tuple(kind.BREAKS), kind.SUBTLE, {**PASSED, **dict.fromkeys(kind.BREAKS, "fail")}) for name, kind in together.faults().items()]  # fmt: skip
    return joined_adequacy(KNOWN, [PLAIN, *faults])


def joint(solution: str) -> dict[str, Any]:
    return {
        "journeyReport": 1,
        "runId": f"journey-{solution}",
        "journeys": [{"id": one.id, "digest": one.digest} for one in KNOWN.journeys],
        "plan": {"rows": KNOWN.digest},
        "targets": [{"solution": {"id": solution}}],
        "requirements": [{"outcome": "pass"} for _ in KNOWN.rows],
    }


def test_a_draft_becomes_a_candidate_and_is_published_on_evidence_and_frozen(tmp_path: Path) -> None:
    data = begun(tmp_path / "data")

    def advance(state: str, *evidence: Any) -> Any:
        files = []
        for nth, one in enumerate(evidence):
            (file := tmp_path / f"{state}-{nth}.json").write_text(json.dumps(one))
            files += ["--evidence", file]
        return yance("spec", "advance", "journeys@1.0.0", "--to", state, "--by", "Committee", "--data", data, *files)

    assert advance("draft").exit_code == 0
    lacking = advance("candidate")
    assert (lacking.exit_code, "yance adequacy journeys@1.0.0 --json" in lacking.output) == (1, True)
    assert advance("candidate", {**swept(), "weak": ["JRN-001"]}).exit_code == 1
    assert advance("candidate", swept()).exit_code == 0
    one = advance("published", joint("one"))
    assert (one.exit_code, "yance journey run journeys.toml" in one.output) == (1, True)
    failed = {**joint("two"), "requirements": [{"outcome": "fail"}]}
    assert advance("published", joint("one"), failed).exit_code == 1
    assert advance("published", joint("one"), joint("two")).exit_code == 0
    frozen = record_of(data_folders([data]), "journeys", "1.0.0")
    assert (frozen.state, sorted(frozen.steps[-1].evidence)) == ("published", ["implementation-1", "implementation-2"])


@pytest.mark.heavy
def test_demands_of_a_published_version_are_never_corrected(tmp_path: Path) -> None:
    data = begun(tmp_path / "data", **{"within 100 m of": "within 200 m of"})
    source = Path(KNOWN.journeys[0].source).with_name("lifecycle.json")
    (data / "specs" / "journeys" / "1.0.0" / source.name).write_bytes(source.read_bytes())
    words = ("--to", "published", "--by", "Committee", "--erratum", "a number", "--data", data)
    ran = yance("spec", "advance", "journeys@1.0.0", *words)
    assert ran.exit_code == 1, ran.output
    assert yance("spec", "advance", "journeys", "--to", "draft").exit_code == 2


def test_what_is_no_evidence_of_journeys_is_none() -> None:
    for one in ([], {"journeyReport": 1}, {"journeyReport": 1, "journeys": 3}, {"vendors": []}):
        assert joint_evidence(one) is None
