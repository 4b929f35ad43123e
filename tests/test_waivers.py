"""A waiver is a signed word of the office: it is for what it says, shown wherever the run is shown, and never a pass."""

from __future__ import annotations

import base64
import json
import re
import subprocess
from html import unescape
from pathlib import Path
from shutil import which
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from conformance import reference
from conformance.adequacy import START
from conformance.attest import generate_key, load_key, sign
from conformance.clock import VirtualClock
from conformance.formats._pdf import FONT
from conformance.verdict.folder import RunFolder
from tests import certified
from tests.certified import SOLUTION, Office, exported, issued, new_registry, proposed, yance


@pytest.fixture
def registry(tmp_path: Path) -> Path:
    return new_registry(tmp_path)


@pytest.fixture(scope="module")
def failing(office: Office, tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    """A run in which one MUST failed."""
    clock = VirtualClock(START)
    app = reference.application("logistics", fault="LandingPageLeadsNowhere", clock=clock.now)
    return certified.certifiable(tmp_path_factory.mktemp("runs") / "failing", office.key("laboratory"), app=app, clock=clock)


def waived(office: Office, out: Path, *words: object, by: str = "lin", expected: int = 0) -> Any:
    said = {"--solution": SOLUTION, "--profile": "tracking", "--reason": "gateway  replaced in May", "--until": "2028-06-30"}
    said |= dict(zip(words[::2], words[1::2], strict=True))
    ids = said.pop("ids", ("COM-DOC-05",))
    keys = ("--trust", office.trust, "--key", office.key(by), "--out", out)
    return yance("waive", *ids, *keys, *(word for pair in said.items() for word in pair), expected=expected).output


def test_what_is_waived_by_a_signed_word_stands_on_the_certificate(
    office: Office, failing: RunFolder, registry: Path, tmp_path: Path
) -> None:
    refused = proposed(office, failing, registry, expected=6)
    assert "the run is FAILED: 1 MUSTs are neither passed nor waived: COM-DOC-05 (fail)" in refused
    waived(office, tmp_path / "waiver.json")
    made = issued(office, failing, registry, proposed(office, failing, registry, "--waiver", tmp_path / "waiver.json"))
    assert (made["result"], made["waivers"][0]["reason"]) == ("FAILED", "gateway replaced in May")
    number = made["certificateId"]
    public = exported(office, registry, tmp_path / "public")
    certificate = public / "certificates" / f"{number}.sigstore.json"
    shown = yance("registry", "show", number, "--registry", registry).output
    told = yance("verify", certificate, "--trust", office.trust, "--registry", public, "--run", failing.path).output
    assert "waived until 2028-06-30T00:00:00Z: COM-DOC-05 (gateway replaced in May)" in shown
    assert "the run came to FAILED" in shown
    assert "waived: COM-DOC-05, until 2028-06-30T00:00:00Z: gateway replaced in May" in told
    (row,) = json.loads((public / "index.json").read_bytes())["certificates"]
    assert (row["waivers"], row["result"]) == (1, "FAILED")


@pytest.mark.heavy
@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--solution", "other@1"), "is for the solution 'other@1'"),
        (("--profile", "full"), "is for the profile 'full'"),
        (("--until", "2028-06-29"), "before the certificate; let that end with it"),
        (("ids", ("COM-DOC-02",)), "is for COM-DOC-02, which is pass: there is nothing to waive"),
        (("ids", ("COM-NONE-99",)), "not in the profile: there is nothing to waive"),
    ],
)
def test_a_waiver_is_for_what_it_says_and_no_more(
    office: Office, failing: RunFolder, registry: Path, tmp_path: Path, words: tuple[Any, ...], said: str
) -> None:
    waived(office, tmp_path / "waiver.json", *words)
    assert said in proposed(office, failing, registry, "--waiver", tmp_path / "waiver.json", expected=6)


def test_what_is_waived_is_shown_in_every_rendering_and_never_as_passed(
    office: Office, failing: RunFolder, tmp_path: Path
) -> None:
    waiver, out = tmp_path / "waiver.json", tmp_path / "shown"
    waived(office, waiver)
    before = {path.name: path.read_bytes() for path in failing.path.iterdir()}
    words = ("report", failing.path, "--waiver", waiver, "--trust", office.trust)
    told = yance(*words, "--format", "html,junit,sarif,github,ctrf,earl", "--out", out).output
    keyid = load_key(office.key("lin"), None).public_key.keyid
    line = (
        f"by Lin Mei-hua (waiver W-{told.split('waiver W-')[1][:12]}, signature by key {keyid} verified): gateway replaced in May"
    )
    assert f"COM-DOC-05: waived until 2028-06-30T00:00:00Z {line}" in told
    assert {path.name: path.read_bytes() for path in failing.path.iterdir()} == before, "report.json stays as it is"

    page = unescape((out / "report.html").read_text("utf-8"))
    assert line in page
    assert "Requirements that were not passed and are waived: 1." in page
    assert "NOT CONFORMANT" in page
    suite = ET.fromstring((out / "junit.xml").read_bytes())
    (case,) = (one for one in suite.iter("testcase") if one.get("name", "").startswith("COM-DOC-05"))
    assert [one.tag for one in case] == ["skipped"]
    assert line in case[0].get("message", "")
    assert suite.get("failures") == "0"
    (run,) = json.loads((out / "report.sarif").read_bytes())["runs"]
    (result,) = (one for one in run["results"] if one["ruleId"] == "COM-DOC-05")
    assert (result["kind"], result["level"]) == ("fail", "error")
    assert (result["suppressions"][0]["kind"], result["suppressions"][0]["status"]) == ("external", "accepted")
    assert line in result["suppressions"][0]["justification"]
    (test,) = (
        one
        for one in json.loads((out / "ctrf-report.json").read_bytes())["results"]["tests"]
        if one["name"].startswith("COM-DOC-05")
    )
    assert (test["status"], test["rawStatus"], test["labels"]["waiver"][:2]) == ("other", "fail", "W-")
    assert line in test["message"]
    assert "Lin Mei&#45;hua" in (out / "summary.md").read_text("utf-8") or "Lin Mei-hua" in (out / "summary.md").read_text(
        "utf-8"
    )
    assert "earl:failed" in (out / "earl.jsonld").read_text("utf-8")
    assert line in (out / "earl.jsonld").read_text("utf-8")

    yance(*words, "--format", "junit")
    assert (failing.path.with_name("failing-waived") / "junit.xml").is_file(), "beside the run folder, not in it"
    assert "is the run folder" in yance(*words, "--out", failing.path, expected=2).output
    assert "json is the report itself" in yance(*words, "--format", "html,json", expected=2).output


@pytest.mark.skipif(which("pdftotext") is None, reason="pdftotext is not installed")
@pytest.mark.parametrize(
    ("language", "said"), [("en", "waived until 2028-06-30T00:00:00Z by"), ("zh-Hant", "豁免至 2028-06-30T00:00:00Z，由")]
)
def test_what_is_waived_is_read_in_a_report_on_paper(
    language: str, said: str, office: Office, failing: RunFolder, tmp_path: Path
) -> None:
    typst = pytest.importorskip("typst")
    if FONT not in typst.Fonts(include_embedded_fonts=False).families():
        pytest.skip(f"the font {FONT} is not installed")
    waived(office, tmp_path / "waiver.json")
    words = ("report", failing.path, "--format", "pdf", "--lang", language)
    yance(*words, "--waiver", tmp_path / "waiver.json", "--trust", office.trust, "--out", tmp_path / "waived")
    yance(*words, "--out", tmp_path / "plain")
    flat = {}
    for name in ("waived", "plain"):
        read = ["pdftotext", "-layout", tmp_path / name / "report.pdf", "-"]
        flat[name] = re.sub(r"\s", "", subprocess.run(read, capture_output=True, text=True, check=True).stdout)
    for one in (said, "Lin Mei-hua", "gateway replaced in May", "COM-DOC-05"):
        assert one.replace(" ", "") in flat["waived"]
    assert "gatewayreplaced" not in flat["plain"]
    result = {"en": "NOTCONFORMANT", "zh-Hant": "不符合"}[language]
    assert all(result in text for text in flat.values()), "a waiver is no pass"


def test_only_a_waiver_that_holds_is_shown(office: Office, failing: RunFolder, tmp_path: Path) -> None:
    waiver, out = tmp_path / "waiver.json", tmp_path / "shown"

    def refused(expected: int = 6, trust: Path = office.trust) -> str:
        words = ("report", failing.path, "--format", "junit", "--waiver", waiver, "--trust", trust, "--out", out)
        found = yance(*words, expected=expected).output
        assert not out.exists()
        return found

    assert "cannot be read" in refused(2)
    waived(office, waiver, "--solution", "other@1")
    assert "is for the solution 'other@1', and not for 'parcels@2.4.1'" in refused()
    waived(office, waiver, "--profile", "full")
    assert "is for the profile 'full'" in refused()
    waived(office, waiver, "ids", ("COM-DOC-02",))
    assert "is pass: there is nothing to waive" in refused()
    waived(office, waiver)
    good = json.loads(base64.b64decode(json.loads(waiver.read_bytes())["payload"]))
    good["predicate"]["notAfter"] = "2026-01-01T00:00:00Z"
    waiver.write_bytes(sign(good, load_key(office.key("lin"), None)))
    assert "ended on 2026-01-01T00:00:00Z" in refused()
    waiver.write_bytes(sign(good, load_key(office.key("wu"), None)))
    assert "wu" in refused() or "not for" in refused(), "a key that signs no waivers"
    generate_key(tmp_path / "stranger.pem", "ed25519", None)
    waiver.write_bytes(sign(good, load_key(tmp_path / "stranger.pem", None)))
    assert "trust" in refused(), "a stranger's key"


def test_a_waiver_is_a_persons_of_the_office_and_ends(office: Office, failing: RunFolder, registry: Path, tmp_path: Path) -> None:
    out = tmp_path / "waiver.json"
    assert "a waiver is a person's" in waived(office, out, by="vendor", expected=6)
    assert "and not for" in waived(office, out, by="wu", expected=6)
    assert "ended on 2020-01-01" in waived(office, out, "--until", "2020-01-01", expected=6)
    assert not out.exists()
    waived(office, out)
    statement = json.loads(base64.b64decode(json.loads(out.read_bytes())["payload"]))
    statement["predicate"]["person"] = "Chen Chih-ming"
    out.write_bytes(sign(statement, load_key(office.key("lin"), None)))
    assert "and its key is Lin Mei-hua's" in proposed(office, failing, registry, "--waiver", out, expected=6)
    statement["predicate"] |= {"person": "Lin Mei-hua", "more": 1}
    out.write_bytes(sign(statement, load_key(office.key("lin"), None)))
    assert "the waiver is not of the shape" in proposed(office, failing, registry, "--waiver", out, expected=6)
