"""`yance spec inventory`: 應用程式介面規範盤點報告, by each form that it is written in."""

from __future__ import annotations

import csv
import json
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from click.testing import CliRunner, Result

from conformance.attest import spec_uri
from conformance.commands import spec_inventory
from conformance.commands.main import main
from conformance.committee.inventory import FIELDS, stock
from conformance.load import data_folders, domain_names, load_spec, versions
from conformance.load.standards import load_standards
from conformance.model import Level, Requirement, Spec
from conformance.office.events import Draft, Event, fold, moment

FOLDERS = data_folders()
KNOWN = load_standards(FOLDERS)
ALL = [f"{domain}@{version}" for domain in domain_names(FOLDERS) for version in versions(FOLDERS, domain)]


def yance(*words: object) -> Result:
    return CliRunner().invoke(main, ["spec", "inventory", *map(str, words)], env={"LANG": "C.UTF-8"})


@pytest.mark.heavy
@pytest.mark.parametrize("name", ALL)
def test_the_interfaces_of_the_programme_have_no_gap(name: str) -> None:
    found = stock(load_spec(FOLDERS, name), KNOWN)
    assert {gap.kind: [(one.name, one.place, one.source) for one in gap.items] for gap in found.gaps} == {}
    for kind in ("field", "requirement"):  # both kinds of standards are followed, and told apart
        counts = found.counts(kind)
        assert min(counts["domestic"], counts["international"]) > 0
        assert counts["all"] == len(found.of(kind))


def a_spec(members: dict[str, Any], *sources: str) -> Spec:
    document = {"openapi": "3.1.0", "info": {}, "paths": {}, "components": {"schemas": {"Thing": {"properties": members}}}}
    both = {"en": "A thing MUST be.", "zh-Hant": "必須。"}
    rows = [
        Requirement(f"THG-{nth:03}", Level.MUST, "core", "-", both, source, both, None, both, 1, "case", "inconclusive", "-")
        for nth, source in enumerate(sources, 1)
    ]
    return Spec("things", "1.0.0", document, "", {}, {}, {}, rows, {})


def test_what_follows_nothing_is_a_gap_of_its_kind() -> None:
    members = {
        "stopUid": {"x-source-term": "TDX:StopUID"},
        "nobody": {"type": "string"},
        "strange": {"x-source-term": "XYZ:Thing"},
        "referred": {"$ref": "#/components/schemas/Thing"},
        "x-source-term": {"x-source-term": "OGC:title"},  # a member of this name is a member
    }
    found = stock(a_spec(members, "RFC 9110, ETag; 個人資料保護法", " ", "Somebody's word"), KNOWN)
    assert {gap.kind: [one.name for one in gap.items] for gap in found.gaps} == {
        "term": ["nobody"],
        "term-unknown": ["strange"],
        "source": ["THG-002"],
        "source-unknown": ["THG-003"],
    }
    assert found.counts("field") == {"all": 5, "domestic": 1, "international": 1, "own": 0, "gaps": 2}
    first = found.of("requirement")[0]
    assert (first.origins, [one.id for one in first.standards]) == (("domestic", "international"), ["PDPA", "IETF"])
    assert [(one.id, members, rows) for one, members, rows in found.followed()] == [
        ("TDX", 1, 0),
        ("PDPA", 0, 1),
        ("OGC", 1, 0),
        ("IETF", 0, 1),
    ]


def test_a_folder_names_standards_of_its_own_and_a_misspelt_one_is_told(tmp_path: Path) -> None:
    (tmp_path / "specs").mkdir()
    file = tmp_path / "specs" / "standards.yaml"
    file.write_text("standards: [{id: TDX, origin: own, name: {en: Ours}, terms: [XYZ]}]\n", encoding="utf-8")
    known = load_standards(data_folders([tmp_path]))
    first = known[0]
    assert (first.id, first.origin, first.name["zh-Hant"], first.terms) == ("TDX", "own", "Ours", ("XYZ",))
    assert len(known) == len(KNOWN)  # it takes the place of the suite's own of that id
    file.write_text("standards: [{id: A, origin: foreign, name: {en: A}}]\n", encoding="utf-8")
    refused = yance("health", "--data", tmp_path)
    assert (refused.exit_code, "standards.yaml:1" in refused.output) == (2, True)


def test_the_table_has_a_line_for_each_item(tmp_path: Path) -> None:
    out = tmp_path / "inventory.csv"
    assert yance("transport@1.0.0", "health@1.0.0", "--format", "csv", "--out", out).exit_code == 0
    with out.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert tuple(rows[0]) == FIELDS
    assert {row["interface"] for row in rows} == {"transport@1.0.0", "health@1.0.0"}
    stop = next(row for row in rows if row["source"] == "TDX:StopUID")
    assert (stop["kind"], stop["name"], stop["zh-Hant"], stop["standards"], stop["origins"]) == (
        "field",
        "stopUid",
        "站牌 UID。",
        "TDX",
        "domestic",
    )
    rows_of = {row["name"]: row for row in rows if row["kind"] == "requirement" and row["interface"] == "transport@1.0.0"}
    assert set(rows_of) == {row.id for row in load_spec(FOLDERS, "transport", "1.0.0").requirements}


class Words(HTMLParser):
    """The words of a page, and which elements it has."""

    def __init__(self) -> None:
        super().__init__()
        self.words, self.tags, self.language = [""], set[str](), ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.language = dict(attrs).get("lang") or self.language if tag == "html" else self.language

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def read(page: str) -> tuple[str, set[str], str]:
    parser = Words()
    parser.feed(page)
    return " ".join(parser.words), parser.tags, parser.language


def a_state(uri: str, holder: str) -> Any:
    at = datetime.now(UTC) - timedelta(days=30)
    said = {
        "certificateId": "TW-2026-00001",
        "level": "certified",
        "holder": holder,
        "solution": {"id": "care", "version": "2.0"},
        "domain": "health",
        "profile": {"id": "care"},
        "specification": [{"uri": uri, "digest": {"sha256": "0" * 64}}],
        "counties": ["HUA", "TTT"],
        "sites": [],
        "notBefore": moment(at),
        "notAfter": moment(at + timedelta(days=700)),
        "supersedes": "",
    }
    opened = Event(0, at, Draft("opened", "p0", "", (), {"registry": "r", "scheme": "TW", "uri": "https://r.example"}))
    return fold([opened, Event(1, at, Draft("issued", "p1", "TW-2026-00001", (f"sha256:{1:064x}",), said))])


def test_the_page_is_in_chinese_first_and_tells_certificates_and_counties(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = a_state(spec_uri("health", "1.0.0"), "<script>alert(1)</script>")
    monkeypatch.setattr(spec_inventory, "opened", lambda *_: SimpleNamespace(state=state))
    out = tmp_path / "inventory.html"
    asked = ("health@1.0.0", "--registry", "registry", "--format", "html", "--out", out)
    assert yance(*asked).exit_code == 0
    words, tags, language = read(out.read_text("utf-8"))
    assert (language, "script" in tags) == ("zh-Hant", False)
    for one in (
        "應用程式介面規範盤點報告",
        "國內標準",
        "國際標準",
        "TW-2026-00001",
        "<script>alert(1)</script>",
        "花蓮縣",
        "2/22",
        "HL7 FHIR R4",
    ):
        assert one in words
    assert yance(*asked, "--lang", "en").exit_code == 0
    words, _, language = read(out.read_text("utf-8"))
    assert (language, "Inventory of interface specifications" in words, "Hualien County" in words) == ("en", True, True)


def test_a_certificate_is_told_of_the_version_that_it_rests_on_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    state = a_state(spec_uri("health", "1.0.0"), "Care Ltd")
    monkeypatch.setattr(spec_inventory, "opened", lambda *_: SimpleNamespace(state=state))
    found = yance("health@1.0.0", "health@1.1.0", "--registry", "registry", "--json")
    old, new = json.loads(found.output)["specifications"]
    assert [(one["number"], one["status"], one["counties"]) for one in old["certificates"]] == [
        ("TW-2026-00001", "valid", ["HUA", "TTT"])
    ]
    assert new["certificates"] == []
    assert (old["counties"]["HUA"], new["counties"]["HUA"], old["counties"]["TPE"]) == (1, 1, 0)  # adoption is the domain's
    without = json.loads(yance("health@1.0.0", "--json").output)["specifications"][0]
    assert without["certificates"] is None  # nothing was asked, so nothing is said
