"""Certificates and reports on paper: PDF/A-2b, in two languages, whatever a vendor is called."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from shutil import which
from typing import Any

import pytest

from conformance import formats
from conformance.committee.inventory import stock
from conformance.formats import _pdf
from conformance.formats._pdf import FONT
from conformance.formats._printed import blocks
from conformance.load import data_folders, load_spec
from conformance.load.catalogue import LANGUAGES, say
from conformance.load.standards import load_standards
from conformance.model import PURPOSES
from conformance.office import Registry
from conformance.office.events import Draft, Entry, Event
from conformance.office.paper import certificate_page
from conformance.office.terms import COUNTIES
from tests.certified import yance
from tests.deskside import crowd
from tests.sample_report import sample
from tests.test_site import certificate

typst = pytest.importorskip("typst")
if FONT not in typst.Fonts(include_embedded_fonts=False).families():
    pytest.skip(f"the font {FONT} is not installed", allow_module_level=True)

NOW = datetime(2026, 11, 30, tzinfo=UTC)
OPENED = {"uri": "https://registry.example"}
HOSTILE = '#panic("x") *b* _i_ $x^2$ @ref <label> \\ \u202e\x1b[2J #include "/etc/passwd" \U0001f600 ॐ ꙮ'


def entry(**said: Any) -> Entry:
    document = certificate("TW-2026-00001", NOW, **said)
    return Entry(
        "TW-2026-00001", "sha256:" + "ab" * 32, document, Event(0, NOW, Draft("issued", "p", "TW-2026-00001", ("x",), document))
    )


def pages(pdf: bytes) -> int:
    return len(re.findall(rb"/Type */Page\b(?!s)", pdf))


def is_pdfa(pdf: bytes) -> bool:
    return all(
        part in pdf for part in (b"%PDF-1.", b"<pdfaid:part>2</pdfaid:part>", b"<pdfaid:conformance>B<", b"/OutputIntents")
    )


def words(pdf: bytes, folder: Path) -> str:
    """What a reader of the document sees."""
    (folder / "seen.pdf").write_bytes(pdf)
    return subprocess.run(["pdftotext", "-layout", folder / "seen.pdf", "-"], capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_certificate_is_one_page_however_much_it_says(language: str) -> None:
    waivers = [
        {
            "requirements": [f"COM-PAGE-{n:02d}" for n in range(30)],
            "reason": "until the gateway is replaced " * 16,
            "notAfter": "2027-01-01T00:00:00Z",
        }
    ] * 20
    sites = [{"county": code, "name": f"Place of a long name {code}"} for code in COUNTIES] * 3
    much = entry(
        holder="A vendor of a very long name " * 7,
        counties=list(COUNTIES),
        sites=sites,
        waivers=waivers,
        supersedes="TW-2025-00001",
    )
    for one in (entry(), much):
        made = certificate_page(one, OPENED, language, NOW)
        assert pages(made) == 1
        assert is_pdfa(made)
        assert certificate_page(one, OPENED, language, NOW) == made


@pytest.mark.skipif(which("pdftotext") is None, reason="pdftotext is not installed")
def test_a_certificate_says_what_it_is_and_what_is_waived(tmp_path: Path) -> None:
    waiver = {"requirements": ["COM-PAGE-01"], "reason": "gateway replaced", "notAfter": "2027-01-01T00:00:00Z"}
    english = words(certificate_page(entry(waivers=[waiver]), OPENED, "en", NOW), tmp_path)
    for said in (
        "TW-2026-00001",
        "Parcel Ltd",
        "parcels 2.4.1",
        "Keelung City",
        "Harbour",
        "COM-PAGE-01",
        "gateway replaced",
        "ab" * 32,
    ):
        assert said in english
    assert "https://registry.example/certificates/TW-2026-00001.html" in english
    chinese = words(certificate_page(entry(), OPENED, "zh-Hant", NOW), tmp_path)
    assert "符合性證書" in chinese
    assert "臺北市、基隆市" in chinese


WAIVERS = [
    {"requirements": ["COM-PAGE-01", "COM-SORT-01"], "reason": "gateway replaced", "notAfter": "2027-01-01T00:00:00Z"},
    {"requirements": ["COM-ERR-02"], "reason": "閘道將於五月汰換", "notAfter": "2027-06-30T00:00:00Z"},
]


@pytest.mark.skipif(which("pdftotext") is None, reason="pdftotext is not installed")
@pytest.mark.parametrize(("language", "title", "until"), [("en", "Waivers", "(until {})"), ("zh-Hant", "豁免", "（至 {}）")])
def test_each_waiver_of_a_certificate_is_read_on_its_page(language: str, title: str, until: str, tmp_path: Path) -> None:
    seen = words(certificate_page(entry(waivers=WAIVERS), OPENED, language, NOW), tmp_path)
    flat = seen.replace("\n", "").replace(" ", "")
    assert title in seen
    for waiver in WAIVERS:
        assert ", ".join(waiver["requirements"]) in seen
        assert str(waiver["reason"]).replace(" ", "") in flat
        assert until.format(str(waiver["notAfter"])[:10]).replace(" ", "") in flat
    none = words(certificate_page(entry(), OPENED, language, NOW), tmp_path)
    assert {"en": "None.", "zh-Hant": "無。"}[language] in none
    assert "COM-PAGE-01" not in none
    many = words(certificate_page(entry(waivers=WAIVERS * 5), OPENED, language, NOW), tmp_path)
    assert "4" in many.split(title, 1)[1].split("yance verify")[0], "those that the page has no room for are counted"


@pytest.mark.skipif(which("pdftotext") is None, reason="pdftotext is not installed")
def test_what_a_vendor_writes_is_shown_and_never_set(tmp_path: Path) -> None:
    shown = words(certificate_page(entry(holder=HOSTILE), OPENED, "en", NOW), tmp_path)
    assert '#panic("x") *b* _i_ $x^2$ @ref' in shown
    assert all(f"U+{code}" in shown for code in ("202E", "001B", "1F600", "A66E"))
    assert "root:" not in shown


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_report_on_paper_is_the_report(language: str, tmp_path: Path) -> None:
    report: Mapping[str, Any] = sample()
    made = formats.paper(report, language)
    assert is_pdfa(made)
    assert formats.paper(report, language) == made
    if which("pdftotext"):
        seen = words(made, tmp_path)
        assert report["digest"] in seen.replace("\n", "")
        assert all(row["id"] in seen for row in report["requirements"])


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("purpose", PURPOSES)
def test_a_report_on_paper_says_what_the_run_was_for(purpose: str, language: str) -> None:
    assert say(f"desk.purpose.{purpose}", language) not in ("", purpose) or language == "en"
    assert is_pdfa(formats.paper(sample() | {"purpose": purpose}, language))


def test_both_are_made_by_commands(tmp_path: Path) -> None:
    registry = Registry.create(str(tmp_path / "registry.sqlite"), scheme="TW", uri="https://registry.example", now=NOW)
    crowd(registry, 1)
    registry.close()
    out = tmp_path / "page.pdf"
    words = ("registry", "pdf", "TW-2026-00001", "--registry", tmp_path / "registry.sqlite", "--lang", "zh-Hant")
    assert "單頁證書" in yance(*words, "--out", out).output
    assert pages(out.read_bytes()) == 1
    (tmp_path / "report.json").write_text(json.dumps(sample()))
    yance("report", tmp_path, "--format", "junit,pdf", "--out", tmp_path / "out")
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"junit.xml", "report.pdf"}
    assert is_pdfa((tmp_path / "out" / "report.pdf").read_bytes())


@pytest.mark.skipif(which("pdftotext") is None, reason="pdftotext is not installed")
def test_the_inventory_on_paper_names_every_item(tmp_path: Path) -> None:
    out = tmp_path / "inventory.pdf"
    yance("spec", "inventory", "health@1.1.0", "--format", "pdf", "--out", out)
    found = stock(load_spec(data_folders(), "health@1.1.0"), load_standards(data_folders()))
    assert is_pdfa(out.read_bytes())
    seen = _joined(words(out.read_bytes(), tmp_path))
    assert "應用程式介面規範盤點報告" in seen
    assert [one.name for one in found.of("requirement") if one.name not in seen] == []
    assert [one.name for one in found.of("field") if _joined(one.name) not in seen] == []
    assert "name the file to write" in yance("spec", "inventory", "health", "--format", "pdf", expected=2).output


@pytest.mark.skipif(which("pdftotext") is None, reason="pdftotext is not installed")
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_spec_on_paper_has_every_clause_operation_and_requirement(language: str, tmp_path: Path) -> None:
    out, spec = tmp_path / "spec.pdf", load_spec(data_folders(), "logistics@1.1.0")
    yance("spec", "show", "logistics@1.1.0", "--lang", language, "--format", "pdf", "--out", out)
    assert is_pdfa(out.read_bytes())
    seen = _joined(words(out.read_bytes(), tmp_path))
    assert [row.id for row in spec.requirements if row.id not in seen] == []
    assert [name for name in spec.operations if name not in seen] == []
    assert [one.title[language] for one in formats.reading(spec).clauses if _joined(one.title[language]) not in seen] == []


def _joined(seen: str) -> str:
    """A text without blanks, and without the places at which a long name may be broken."""
    return "".join(seen.replace("\u200b", "").split())


def test_what_a_page_says_is_set_in_the_order_of_the_page() -> None:
    page = (
        "<html><head><title>no</title><style>x</style></head><body><main><h1>Title</h1><nav><a>gone</a></nav>"
        "<h2>One <span class=count>3</span></h2><p>a <b>b</b><br>c</p><ol><li>first<ul><li>inner</li></ul></li><li>second</li></ol>"
        "<pre><code>x  y\nz</code></pre><table><thead><tr><th>h</th></tr></thead><tbody><tr><td>1</td><td><p>2</p></td></tr></tbody></table>"
        "</main></body></html>"
    )
    title, heading, text, first, inner, second, listing, table = blocks(page)
    assert (title["level"], heading["level"]) == (1, 2)
    assert [(run["text"], run.get("bold")) for run in text["runs"]] == [("a ", False), ("b", True), ("", None), ("c", False)]
    assert [(one["mark"], one["depth"]) for one in (first, inner, second)] == [("1.", 1), ("•", 2), ("2.", 1)]
    assert listing["lines"] == ["x  y", "z"]
    assert [len(table["head"]), len(table["rows"])] == [1, 1]
    assert [cell["runs"][0]["text"] for cell in table["rows"][0]] == ["1", "2"]
    assert len(table["widths"]) == len(table["head"][0]) == 2


def test_what_is_not_installed_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(_pdf, "FONT", "No Such Font")
    (tmp_path / "report.json").write_text(json.dumps(sample()))
    said = yance("report", tmp_path, "--format", "pdf", expected=2).output
    assert "apt-get install fonts-noto-cjk" in said
    assert "there is no format 'pfd'" in yance("report", tmp_path, "--format", "pfd", expected=2).output
