"""The public site: what a reader, a program and a hostile vendor's name make of it."""

from __future__ import annotations

import csv
import html
import io
import json
import re
import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from conformance.office.events import CLOSED, OPENED, Draft, Event, State, fold, moment
from conformance.office.export import write_files
from conformance.office.site import TILES, site
from conformance.office.terms import COUNTIES
from conformance.run.derived import DERIVATION
from tests import certified
from tests.certified import yance

NOW = datetime(2027, 6, 30, 12, tzinfo=UTC)
EXPORTED = {"index.json", "log/checkpoint.sigstore.json", "status/1"}  # what `yance registry export` puts beside the site
HOSTILE = '=1+1 <script>alert(1)</script> "\u202e\u2028'


def certificate(number: str, at: datetime, **said: Any) -> dict[str, Any]:
    usual = {
        "certificateId": number,
        "level": "certified",
        "holder": "Parcel Ltd",
        "solution": {"id": "parcels", "version": "2.4.1"},
        "domain": "logistics",
        "profile": {"id": "tracking"},
        "counties": ["TPE", "KEE"],
        "sites": [{"county": "KEE", "name": "Harbour"}],
        "notBefore": moment(at),
        "notAfter": moment(at + timedelta(days=730)),
        "supersedes": "",
        "issuedOn": moment(at),
        "waivers": [],
        "mandatory": {"pass": 80, "fail": 1, "inconclusive": 0, "not_applicable": 3, "not_tested": 0, "error": 0},
        "inputAttestations": [{"uri": "run", "digest": {"sha256": "a" * 64}}],
    }
    return usual | said


def log() -> list[Event]:
    """A year of a registry: one certificate in force, one renewed, one suspended and reinstated, one revoked, one of a hostile name."""
    found: list[Event] = []

    def add(days: int, kind: str, number: str = "", **said: Any) -> None:
        at = NOW - timedelta(days=days)
        issued = kind in ("issued", "renewed")
        entry = certificate(number, at, **said) if issued else said
        digest = (f"sha256:{len(found):064x}",) if issued else ()
        found.append(Event(len(found), at, Draft(kind, f"p{len(found)}", number, digest, entry)))

    add(400, "opened", registry="r", scheme="TW", uri="https://registry.example")
    add(390, "issued", "TW-2026-00001")
    add(300, "issued", "TW-2026-00002", domain="health", profile={"id": "care"}, holder="Care Ltd", counties=["HUA"], sites=[])
    add(250, "suspended", "TW-2026-00002", reason="endpoint gone")
    add(240, "reinstated", "TW-2026-00002", reason="endpoint back")
    waiver = {"requirements": ["COM-PAGE-01"], "reason": "until March & no longer", "notAfter": moment(NOW)}
    add(200, "issued", "TW-2026-00003", holder=HOSTILE, solution={"id": HOSTILE, "version": "1"}, waivers=[waiver])
    add(100, "revoked", "TW-2026-00003", reason="<b>withdrawn</b>")
    add(50, "renewed", "TW-2027-00004", supersedes="TW-2026-00001")
    return found


def reports() -> list[Event]:
    """Two joint reports: one on certificates in force, one on another that was revoked, of a hostile name."""
    found, known = list[Event](), log()
    issued_as = {event.draft.certificate: event.draft for event in known if event.kind in ("issued", "renewed")}
    for nth, numbers in enumerate((("TW-2026-00002", "TW-2027-00004"), ("TW-2026-00003", "TW-2026-00002"))):
        name, at = f"journey-{nth:016x}", len(known) + nth
        issued = [issued_as[number] for number in numbers]
        certificates = [
            {
                "certificateId": one.certificate,
                "digest": {"sha256": one.statements[0].removeprefix("sha256:")},
                **{member: one.entry[member] for member in ("domain", "holder", "solution")},
            }
            for one in issued
        ]
        said = {
            "report": name,
            "digest": {"sha256": f"{800 + nth:064x}"},
            "journeys": [{"id": "parcel", "title": {"en": "A parcel & more", "zh-Hant": "順路取件"}}],
            "certificates": certificates,
            "by": "A",
            "approvedBy": "B",
        }
        draft = Draft("joined", f"j{nth}", name, (f"sha256:{800 + nth:064x}",), said)
        found.append(Event(at, NOW - timedelta(days=20 - nth), draft))
    return found


def challenges() -> list[Event]:
    """What may become of a challenge: it is open, was answered, was given up, ran out; one for a hostile name."""
    found, begun = list[Event](), len(log())
    for nth, holder in enumerate(("Stop Ltd", "Care Ltd", "Parcel Ltd", HOSTILE)):
        opened, name = NOW - timedelta(days=3 if nth < 3 else 30), f"C-{nth:012x}"
        said = {
            "challenge": name,
            "nonceSha256": f"{nth:064x}",
            "holder": holder,
            "domain": "transport",
            "solution": {"id": "stops", "version": "1"},
            "profile": {"id": "full", "digest": {"sha256": "3" * 64}},
            "specification": [{"uri": "https://yance.example/specs/transport/1.0.0", "digest": {"sha256": "1" * 64}}],
            "notBefore": moment(opened),
            "notAfter": moment(opened + timedelta(days=6)),
            "seedDerivation": DERIVATION,
        }
        found.append(Event(begun + len(found), opened, Draft(OPENED, statements=(f"sha256:{900 + nth:064x}",), entry=said)))
    answer = {"run": {"sha256": "a" * 64}, "result": "FAILED", "level": "self-attested", "missing": [], "nonce": "5a" * 32}
    for name, more in (
        ("C-000000000001", {"outcome": "answered", **answer}),
        ("C-000000000002", {"outcome": "abandoned", "reason": "the <b>vendor</b> withdrew"}),
    ):
        at = begun + len(found)
        found.append(Event(at, NOW - timedelta(days=1), Draft(CLOSED, proposal=name, entry={"challenge": name, **more})))
    return found


@pytest.fixture(scope="module")
def state() -> State:
    return fold(log())


@pytest.fixture(scope="module")
def files(state: State) -> dict[str, bytes]:
    return dict(site(state, NOW))


class Seen(HTMLParser):
    def __init__(self, page: bytes) -> None:
        super().__init__()
        self.links: list[str] = []
        self.inline: list[str] = []
        self.text = ""
        self.feed(page.decode("utf-8"))

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        known = dict(attributes)
        self.links += [known[name] or "" for name in ("href", "src") if name in known]
        self.inline += [name for name in known if name.startswith("on") or name == "style"]
        self.inline += ["script"] if tag == "script" and "src" not in known else []

    def handle_data(self, data: str) -> None:
        self.text += data


def pages(files: dict[str, bytes]) -> dict[str, Seen]:
    return {name: Seen(content) for name, content in files.items() if name.endswith(".html")}


def resolved(page: str, link: str) -> str:
    parts: list[str] = page.split("/")[:-1]
    for part in link.partition("#")[0].split("/"):
        parts = parts[:-1] if part == ".." else [*parts, part]
    return "/".join(parts)


def test_no_two_regions_of_a_page_have_one_name(files: dict[str, bytes]) -> None:
    """Who goes from region to region by ear tells them by their names."""
    joint = dict(site(fold([*log(), *reports()]), NOW))
    for name, content in {**files, **joint}.items():
        if name.endswith(".html"):
            text = content.decode()
            headings = {of: html.unescape(said) for of, said in re.findall(r'<h\d id="([^"]+)"[^>]*>([^<]+)', text)}
            known = [
                (tag == "nav", headings[said] if by else html.unescape(said))
                for tag, by, said in re.findall(r'<(section|nav|div)[^>]* aria-label(ledby)?="([^"]+)"', text)
            ]
            assert len(known) == len(set(known)), (name, known)


def test_every_link_leads_to_a_page_of_the_site_or_a_file_of_the_export(files: dict[str, bytes]) -> None:
    wrong = []
    for name, page in pages(files).items():
        for link in page.links:
            bundle = re.fullmatch(r"certificates/TW-20\d\d-\d{5}\.sigstore\.json", resolved(name, link))
            if link.partition("#")[0] and not bundle and resolved(name, link) not in files.keys() | EXPORTED:
                wrong.append((name, link))
    assert wrong == []
    assert len(pages(files)) > 60


def test_both_languages_have_the_same_pages(files: dict[str, bytes]) -> None:
    english = {name.removeprefix("en/") for name in pages(files) if name.startswith("en/")}
    assert english == {name for name in pages(files) if not name.startswith("en/")}
    assert re.search(r'<html lang="zh-Hant">', files["index.html"].decode())
    assert "有效" in files["certificates/TW-2027-00004.html"].decode()
    assert "valid" in Seen(files["en/certificates/TW-2027-00004.html"]).text


def test_no_page_loads_or_runs_anything_that_is_not_beside_it(files: dict[str, bytes]) -> None:
    for name, page in pages(files).items():
        assert page.inline == [], name
        assert not any(re.match(r"[a-z]+:|//", link) for link in page.links), name
        assert b"default-src 'none'" in files[name]


def test_a_certificate_tells_what_became_of_it(files: dict[str, bytes]) -> None:
    told = {
        number: Seen(files[f"en/certificates/{number}.html"]).text
        for number in ("TW-2026-00001", "TW-2026-00002", "TW-2026-00003")
    }
    assert "superseded" in told["TW-2026-00001"]
    assert "TW-2027-00004 is in its place" in told["TW-2026-00001"]
    assert all(
        word in told["TW-2026-00002"]
        for word in ("valid", "suspended", "endpoint gone", "reinstated", "endpoint back", "Hualien County")
    )
    assert all(
        word in told["TW-2026-00003"]
        for word in ("revoked", "COM-PAGE-01", "until March & no longer", "80 of 81", "<b>withdrawn</b>")
    )
    assert f"{1:064x}" in told["TW-2026-00001"]


def test_the_figures_are_those_of_the_rule_and_the_map_has_all_counties(files: dict[str, bytes]) -> None:
    home = Seen(files["en/index.html"]).text
    assert "2 solutions of 2 vendors hold a valid certificate" in " ".join(home.split())
    assert re.search(r"3\s*/ 19\s*cities and counties", home)
    assert TILES.keys() == COUNTIES.keys()
    assert len(set(TILES.values())) == len(COUNTIES)
    assert Seen(files["en/by-county/TPE.html"]).text.count("TW-20") == 3
    assert "None yet" in Seen(files["en/by-county/LIE.html"]).text


def test_the_plot_tells_of_each_month_what_was_so_then(files: dict[str, bytes]) -> None:
    rows = re.findall(r'<tr><th scope="row">([\d-]+)</th><td>(\d+)</td><td>(\d+)</td>', files["index.html"].decode())
    known = {day: (int(solutions), int(counties)) for day, solutions, counties in rows}
    assert known["2026-06-30"] == (1, 2)
    assert known["2026-10-31"] == (1, 2), "suspended on 2026-10-23, back on 2026-11-02"
    assert known["2026-12-31"] == (3, 3)
    assert known["2027-06-30"] == (2, 3)


def test_what_a_vendor_is_called_runs_nowhere(files: dict[str, bytes]) -> None:
    for name, content in files.items():
        assert b"<script>alert" not in content or name.endswith((".js", ".csv")), name
        assert "\u202e".encode() not in content or name.endswith((".js", ".csv")), name
    assert b"\xe2\x80\xa8" not in files["search-data.js"], "a line separator ends a script's line"
    listed = json.loads(files["search-data.js"].decode().removeprefix("const CERTIFICATES = ").removesuffix(";\n"))
    assert {one[0]: one[2] for one in listed}["TW-2026-00003"] == HOSTILE
    table = list(csv.reader(io.StringIO(files["certificates.csv"].decode("utf-8-sig"))))
    assert [row[0] for row in table[1:]] == ["TW-2027-00004", "TW-2026-00003", "TW-2026-00002", "TW-2026-00001"]
    assert table[2][2].startswith("'=")


def test_feed_and_badges_are_well_formed(files: dict[str, bytes]) -> None:
    atom = "{http://www.w3.org/2005/Atom}"
    for name in ("changes.atom", "en/changes.atom"):
        feed = ET.fromstring(files[name])
        entries = feed.findall(f"{atom}entry")
        assert len(entries) == 7
        assert len({entry.findtext(f"{atom}id") for entry in entries}) == 7
        assert feed.findtext(f"{atom}updated") == entries[0].findtext(f"{atom}updated") == moment(NOW - timedelta(days=50))
    shown = {name: "".join(ET.fromstring(content).itertext()) for name, content in files.items() if name.endswith(".svg")}
    assert "revoked" in shown["badges/TW-2026-00003.svg"]
    assert "superseded" in shown["badges/TW-2026-00001.svg"]


def test_long_lists_go_over_several_pages() -> None:
    many = [
        log()[0],
        *(
            Event(n, NOW, Draft("issued", "", f"TW-2027-{n:05d}", (f"sha256:{n:064x}",), certificate("", NOW)))
            for n in range(1, 431)
        ),
    ]
    files = dict(site(fold(many), NOW))
    whole = [Seen(files[f"certificates/index{part}.html"]).text for part in ("", "-2", "-3")]
    numbers = [number for text in whole for number in re.findall(r"TW-2027-\d{5}", text)]
    assert len(numbers) == len(set(numbers)) == 430
    assert "certificates/index-4.html" not in files


def test_the_site_of_a_new_registry_is_made_beside_its_export(tmp_path: Path) -> None:
    office = certified.office(tmp_path)
    where, public = ("--registry", tmp_path / "registry.sqlite"), tmp_path / "public"
    yance("registry", "new", *where, "--uri", "https://registry.example")
    yance("registry", "export", public, *where, "--trust", office.trust, "--office-key", office.key("office"))
    made = json.loads(yance("site", public, "--trust", office.trust, "--json").output)
    assert made["certificates"] == 0
    for name in ("index.html", "en/index.html", "certificates/index.html", "by-county/TPE.html", "site.css", *EXPORTED):
        assert (public / name).is_file(), name
    (public / "log" / "events.ndjson").write_text("")
    assert "the log was changed" in yance("site", public, "--trust", office.trust, expected=6).output
    assert "there is no exported registry" in yance("site", tmp_path / "nowhere", "--trust", office.trust, expected=2).output


def test_a_joint_report_is_worth_what_its_certificates_are_and_its_pages_say_so() -> None:
    files = dict(site(fold([*log(), *reports()]), NOW))
    wrong = []
    for name, page in pages(files).items():
        for link in page.links:
            there = resolved(name, link)
            bundle = re.fullmatch(r"(certificates/TW-20\d\d-\d{5}|journeys/journey-[0-9a-f]{16})\.sigstore\.json", there)
            if link.partition("#")[0] and not bundle and there not in files.keys() | EXPORTED:
                wrong.append((name, link))
    assert wrong == []
    whole, broken = (Seen(files[f"en/journeys/journey-{nth:016x}.html"]).text for nth in (0, 1))
    assert all(word in whole for word in ("TW-2026-00002", "TW-2027-00004", "A parcel & more", "joined"))
    assert "revoked" not in whole
    assert "revoked" in broken
    assert HOSTILE.replace("\u202e", "") not in files[f"journeys/journey-{1:016x}.html"].decode(), "it is escaped"
    listed = Seen(files["journeys/index.html"]).text
    assert listed.index(f"journey-{1:016x}") < listed.index(f"journey-{0:016x}"), "the latest first"
    assert "順路取件" in listed
    home = Seen(files["en/index.html"]).text
    assert re.search(r"1\s*/ 3\s*services across domains", home)
    assert f"journey-{0:016x}" in Seen(files["certificates/TW-2026-00002.html"]).text
    assert "參與串聯" not in Seen(files["certificates/TW-2026-00001.html"]).text
    table = list(csv.reader(io.StringIO(files["journeys.csv"].decode("utf-8-sig"))))
    assert [(row[0][-1], row[1]) for row in table[1:]] == [("1", "revoked")] * 2 + [("0", "valid")] * 2
    assert any(row[6].startswith("'=") for row in table[1:])
    feed = ET.fromstring(files["en/changes.atom"])
    atom = "{http://www.w3.org/2005/Atom}"
    assert [entry.findtext(f"{atom}title") for entry in feed.findall(f"{atom}entry")[:2]] == [
        f"journey-{1:016x}: joined",
        f"journey-{0:016x}: joined",
    ]


@pytest.mark.slow
def test_the_search_finds_and_the_pages_are_accessible(files: dict[str, bytes], tmp_path: Path) -> None:
    browser = shutil.which("chromium") or shutil.which("chromium-browser")
    npm = shutil.which("npm")
    if browser is None or npm is None:
        pytest.skip("needs chromium and npm")
    files = {**files, **dict(site(fold([*log(), *reports(), *challenges()]), NOW))}
    write_files(tmp_path, files)
    subprocess.run(
        [npm, "install", "--silent", "--no-audit", "--no-fund", "--prefix", str(tmp_path / "tools"), "axe-core"],
        check=True,
        timeout=300,
    )
    axe = (tmp_path / "tools/node_modules/axe-core/axe.min.js").read_text(encoding="utf-8")
    looked_at = ("index.html", "en/certificates/index.html", "certificates/TW-2026-00003.html", "en/verify.html")
    assert all("C-00000000000" in Seen(files[name]).text for name in ("challenges.html", "en/challenges.html"))
    joint = ("journeys/index.html", "en/journeys/index.html", f"en/journeys/journey-{1:016x}.html")
    for name in (*looked_at, "challenges.html", "en/challenges.html", *joint):
        for width in (1280, 390):
            copy = tmp_path / name.replace(".html", "-tested.html")
            content = (
                files[name]
                .decode()
                .replace(
                    "default-src 'none'; style-src 'self'; script-src 'self'",
                    "script-src 'self' 'unsafe-inline'; style-src 'self'",
                )
            )
            asked = "axe.run().then(r => {document.title = 'AXE ' + JSON.stringify(r.violations.map(v => v.id + ' ' + v.nodes.length))})"
            copy.write_text(
                content.replace("</body>", f"<script>{axe}</script><script>{asked}</script></body>"), encoding="utf-8"
            )
            seen = dumped(browser, f"file://{copy}", width)
            assert re.search(r"<title>AXE (.*?)</title>", seen)[1] == "[]", (name, width)  # type: ignore[index]
    copy = tmp_path / "en/certificates/searched.html"
    typed = "const f = document.getElementById('search'); f.elements.text.value = 'care'; f.dispatchEvent(new Event('input'));"
    content = files["en/certificates/index.html"].decode().replace("script-src 'self'", "script-src 'self' 'unsafe-inline'")
    copy.write_text(
        content.replace("</body>", f"<script>addEventListener('load', () => {{{typed}}})</script></body>"), encoding="utf-8"
    )
    found = dumped(browser, f"file://{copy}", 1280)
    assert re.findall(r"certificates/(TW-20\d\d-\d{5})\.html", found.partition("<tbody>")[2]) == ["TW-2026-00002"]
    assert "Certificates: 1" in found


def dumped(browser: str, url: str, width: int) -> str:
    words = [
        browser,
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        f"--window-size={width},900",
        "--virtual-time-budget=8000",
        "--dump-dom",
        url,
    ]
    return subprocess.run(words, capture_output=True, check=True, timeout=120).stdout.decode("utf-8")
