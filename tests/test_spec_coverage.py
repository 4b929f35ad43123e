"""`yance spec coverage` and `yance spec show`: what is tested by what, and the spec as one document."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from conformance import reference
from conformance.commands.main import main
from conformance.committee.coverage import FIELDS, Coverage, coverage
from conformance.load import data_folders, load_profile, load_spec, profile_names
from conformance.model import Level, Spec

DOMAINS = ["transport", "health", "logistics"]


def yance(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["spec", *map(str, arguments)])


def traced(domain: str, change: object = None, *, profiles: bool = True) -> Coverage:
    folders = data_folders()
    spec: Spec = load_spec(folders, domain)
    if callable(change):
        spec = replace(spec, requirements=[made for row in spec.requirements if (made := change(row)) is not None])
    return coverage(spec, [load_profile(folders, domain, one)[0] for one in profile_names(folders, domain)] if profiles else [])


@pytest.mark.parametrize("domain", DOMAINS)
def test_no_gap_is_without_an_explanation(domain: str) -> None:
    found = traced(domain)
    assert [(gap.kind, gap.subject) for gap in found.unexplained] == []
    assert found.gaps
    for gap in found.gaps:
        assert gap.why is not None
        assert set(gap.why) == {"en", "zh-Hant"}


@pytest.mark.parametrize("domain", DOMAINS)
def test_every_link_of_the_chain_is_there(domain: str) -> None:
    found = traced(domain)
    tested = [one for one in found.rows if one.row.binding is not None]
    assert all(len(one.faults) >= 2 for one in tested if one.row.level is Level.MUST)
    assert all(one.profiles and one.row.binding and one.row.binding.operations for one in tested)
    assert {name for one in found.rows for name in one.faults} <= reference.faults(domain).keys()
    assert found.variants == tuple(reference.variants(domain))
    assert all(found.operations.values())


def test_what_is_taken_away_is_a_gap() -> None:
    name = "getStop"

    def elsewhere(row: object) -> object:
        binding = row.binding  # type: ignore[attr-defined]
        if binding is None or name not in binding.operations:
            return row
        return replace(row, binding=replace(binding, operations=tuple(one for one in binding.operations if one != name)))  # type: ignore[type-var]

    assert ("operation", name) in {(gap.kind, gap.subject) for gap in traced("transport", elsewhere).unexplained}

    unsourced = traced("transport", lambda row: replace(row, source="interface document, Nowhere"))
    kinds = {gap.kind for gap in unsourced.unexplained}
    assert {"source", "clause"} <= kinds

    unseeded = traced("transport", lambda row: replace(row, id=f"{row.id}X"))
    assert {gap.subject for gap in unseeded.unexplained if gap.kind == "unseeded"} == {
        one.row.id for one in unseeded.rows if one.row.binding is not None
    }

    alone = traced("transport", profiles=False)
    assert {gap.kind for gap in alone.unexplained} == {"unprofiled", "unprofiled-operation"}

    untold = traced("transport", lambda row: replace(row, binding=None, untested=None) if row.id == "TRN-001" else row)
    assert ("untested", "TRN-001") in {(gap.kind, gap.subject) for gap in untold.unexplained}


def test_a_version_without_a_server_says_so() -> None:
    folders = data_folders()
    spec = replace(load_spec(folders, "transport"), version="9.0.0")
    found = coverage(spec, [load_profile(folders, "transport", one)[0] for one in profile_names(folders, "transport")])
    assert found.variants == ()
    assert found.unexplained == ()
    assert any(gap.kind == "unseeded" for gap in found.gaps)


def test_the_matrix_is_a_table_in_every_format(tmp_path: Path) -> None:
    done = yance("coverage", "health", "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    assert done.exit_code == 0
    assert tuple(rows[0]) == FIELDS
    told = json.loads(yance("coverage", "health", "--json").stdout)
    assert [row["requirement"] for row in rows] == [row["requirement"] for row in told["requirements"]]
    by_id = {row["requirement"]: row for row in rows}
    for row in told["requirements"]:
        assert by_id[row["requirement"]]["faults"].split() == row["faults"]
        assert by_id[row["requirement"]]["operations"].split() == row["operations"]
    page = tmp_path / "coverage.html"
    assert yance("coverage", "health@1.0.0", "--format", "html", "--out", page, "--lang", "zh-Hant").exit_code == 0
    assert "health@1.0.0 追溯矩陣" in page.read_text(encoding="utf-8")


class Anchors(HTMLParser):
    """The ids of a page, and where its links within lead."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.tags: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        self.tags.add(tag)
        self.ids += [told["id"]] if told.get("id") else []
        self.links += [(told.get("href") or "")[1:]] if (told.get("href") or "").startswith("#") else []


@pytest.mark.parametrize("language", ["en", "zh-Hant"])
def test_the_spec_is_one_document_with_its_requirements(language: str, tmp_path: Path) -> None:
    out = tmp_path / "spec.html"
    assert yance("show", "logistics@1.0.0", "--out", out, "--lang", language).exit_code == 0
    text = out.read_text(encoding="utf-8")
    found = Anchors(text)
    spec = load_spec(data_folders(), "logistics")
    assert len(found.ids) == len(set(found.ids))
    assert set(found.links) <= set(found.ids)
    assert {row.id for row in spec.requirements} | {f"operation-{name}" for name in spec.operations} <= set(found.ids)
    assert "script" not in found.tags
    assert f'<html lang="{language}">' in text
    assert "https://www.rfc-editor.org/rfc/rfc" in text
    assert any(link.startswith("clause-") for link in found.links[len(spec.classes) :])
    assert spec.digest in text
