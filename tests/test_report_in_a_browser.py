"""The page in a real browser: it renders, switches its language with and without scripts, fits a phone, and prints.

A copy of the page gets a probe in the place of its own script; the probe looks and writes what it saw into the document, which
the browser then prints. Nothing is fetched: every file is opened from disk.
"""

from __future__ import annotations

import html
import json
import re
import resource
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from conformance import formats
from tests.sample_report import large, sample

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(BROWSER is None, reason="needs chromium (Debian: apt-get install chromium fonts-noto-cjk)"),
]
QUIET = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
)
SCRIPT = re.compile(r"<script>.*</script>", re.DOTALL)
POLICY = re.compile(r'<meta http-equiv="Content-Security-Policy"[^>]*>')
SEEN = """
function seen() {
  var shown = function (one) { return one.getClientRects().length > 0; };
  var texts = Array.prototype.slice.call(document.querySelectorAll("main span[lang]"));
  return {
    language: document.documentElement.lang,
    en: texts.filter(function (one) { return one.lang === "en" && shown(one); }).length,
    zh: texts.filter(function (one) { return one.lang === "zh-Hant" && shown(one); }).length,
    verdict: document.querySelector(".verdict").innerText.trim(),
    wide: document.documentElement.scrollWidth - window.innerWidth,
    copies: Array.prototype.slice.call(document.querySelectorAll("button.copy")).filter(shown).length,
    open: document.querySelectorAll(".exchange[open]").length
  };
}
function tell(value) {
  var place = document.createElement("pre");
  place.id = "told";
  place.textContent = JSON.stringify(value);
  document.body.appendChild(place);
}
"""


def browse(folder: Path, address: str, *options: str) -> str:
    """What the browser prints when it opens an address with these options."""
    assert BROWSER
    command = [BROWSER, *QUIET, f"--user-data-dir={folder / 'profile'}", *options, address]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True, cwd=folder)
    return done.stdout


def told(folder: Path, page: Path, *options: str, fragment: str = "") -> Any:
    """What a probe in the page told."""
    address = page.as_uri() + (f"#{fragment}" if fragment else "")
    document = browse(folder, address, "--virtual-time-budget=3000", *options, "--dump-dom")
    found = re.search(r'<pre id="told">(.*?)</pre>', document, re.DOTALL)
    assert found, "the probe did not speak"
    return json.loads(html.unescape(found[1]))


def written(folder: Path, *, probe: str, own_script: bool, language: str = "en") -> Path:
    """A copy of the page with a probe, with or without the page's own script."""
    text = POLICY.sub("", formats.render("html", sample(), language).decode())
    probe = f"<script>{SEEN}{probe}</script>"
    text = text.replace("</body>", f"{probe}</body>") if own_script else SCRIPT.sub(lambda _: probe, text)
    page = folder / "page.html"
    page.write_text(text, encoding="utf-8")
    return page


def untouched(folder: Path, report: dict[str, Any], language: str) -> Path:
    page = folder / "report.html"
    page.write_bytes(formats.render("html", report, language))
    return page


def test_it_renders_in_the_language_asked_for(tmp_path: Path) -> None:
    seen = told(tmp_path, written(tmp_path, probe="tell(seen())", own_script=True, language="zh-Hant"))
    assert seen["verdict"] == "套件錯誤"
    assert seen["en"] == 0 < seen["zh"]
    assert (seen["copies"], seen["open"]) == (9, 7)
    assert seen["wide"] <= 0


@pytest.mark.parametrize("own_script", [True, False], ids=["with scripts", "without scripts"])
def test_a_click_switches_the_language(tmp_path: Path, own_script: bool) -> None:
    probe = """
    var before = seen();
    document.querySelector('label[for="l-zh-Hant"]').click();
    tell([before, seen()]);
    """
    before, after = told(tmp_path, written(tmp_path, probe=probe, own_script=own_script))
    assert (before["verdict"], before["zh"]) == ("SUITE ERROR", 0)
    assert (after["verdict"], after["en"]) == ("套件錯誤", 0)
    assert after["zh"] == before["en"] > 50
    assert after["language"] == ("zh-Hant" if own_script else "en")
    assert after["copies"] == (9 if own_script else 0), "a button that needs a script is shown only with one"


def test_the_language_of_the_address_is_taken_and_that_of_a_click_remembered(tmp_path: Path) -> None:
    page = written(tmp_path, probe="tell(seen())", own_script=True)
    assert told(tmp_path, page, fragment="zh-Hant")["language"] == "zh-Hant"
    assert told(tmp_path, page)["language"] == "en"
    probe = """
    document.querySelector('label[for="l-zh-Hant"]').click();
    tell(window.localStorage.getItem("yance-language"));
    """
    assert told(tmp_path, written(tmp_path, probe=probe, own_script=True)) == "zh-Hant"


def test_a_link_to_a_closed_exchange_opens_it(tmp_path: Path) -> None:
    probe = "tell([document.getElementById('x-20').open, document.getElementById('x-31').open])"
    assert told(tmp_path, written(tmp_path, probe=probe, own_script=True), fragment="x-20") == [True, False]


def test_a_script_that_slipped_in_does_not_run(tmp_path: Path) -> None:
    page = untouched(tmp_path, sample(), "en")
    text = page.read_text(encoding="utf-8")
    assert POLICY.search(text)
    page.write_text(text.replace("</main>", "<script>document.title = 'owned'</script></main>"), encoding="utf-8")
    document = browse(tmp_path, page.as_uri(), "--virtual-time-budget=1000", "--dump-dom")
    assert "<title>Conformance report" in document
    assert re.search(r'<button type="button" class="copy">', document), "the page's own script ran"


@pytest.mark.parametrize("width", [360, 390, 820])
@pytest.mark.parametrize("language", ["en", "zh-Hant"])
def test_it_fits_a_narrow_screen(tmp_path: Path, width: int, language: str) -> None:
    written(tmp_path, probe="parent.postMessage(seen(), '*')", own_script=True, language=language)
    frame = tmp_path / "frame.html"
    frame.write_text(
        f"<!DOCTYPE html><body><script>{SEEN}; window.onmessage = function (m) {{ tell(m.data); }};</script>"
        f'<iframe src="page.html" style="border:0;width:{width}px;height:900px"></iframe></body>',
        encoding="utf-8",
    )
    assert told(tmp_path, frame, "--window-size=1000,1000")["wide"] <= 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_has_a_light_and_a_dark_face(tmp_path: Path, scheme: str) -> None:
    probe = "tell(getComputedStyle(document.documentElement).backgroundColor)"
    setting = f"--blink-settings=preferredColorScheme={1 if scheme == 'light' else 0}"
    colour = told(tmp_path, written(tmp_path, probe=probe, own_script=True), setting)
    red = int(re.findall(r"\d+", colour)[0])
    assert red > 230 if scheme == "light" else red < 40


def test_it_can_be_pictured(tmp_path: Path) -> None:
    picture = tmp_path / "page.png"
    page = untouched(tmp_path, sample(), "zh-Hant")
    browse(tmp_path, page.as_uri(), "--window-size=1200,2000", f"--screenshot={picture}")
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert picture.stat().st_size > 50_000


def pages(folder: Path, page: Path) -> int:
    printed = folder / "page.pdf"
    browse(folder, page.as_uri(), "--no-pdf-header-footer", f"--print-to-pdf={printed}")
    content = printed.read_bytes()
    assert content.startswith(b"%PDF-")
    return len(re.findall(rb"/Type\s*/Page\b(?!s)", content))


def test_it_prints_what_is_unfolded_and_a_line_for_the_rest_even_without_scripts(tmp_path: Path) -> None:
    page = untouched(tmp_path, sample(), "en")
    folded = pages(tmp_path, page)
    text = page.read_text(encoding="utf-8")
    page.write_text(SCRIPT.sub("", text), encoding="utf-8")
    assert pages(tmp_path, page) == folded
    page.write_text(
        re.sub(r"<details class=\"exchange([^>]*?)(?: open)?>", r'<details class="exchange\1 open>', text), encoding="utf-8"
    )
    assert pages(tmp_path, page) > folded
    page.write_text(re.sub(r"<details.*?</details>", "", text, flags=re.DOTALL), encoding="utf-8")
    assert pages(tmp_path, page) < folded


def test_every_link_of_the_contents_moves_the_page(tmp_path: Path) -> None:
    probe = """
    var links = Array.prototype.slice.call(document.querySelectorAll(".contents a"));
    tell(links.map(function (one) {
      window.location.hash = one.getAttribute("href");
      return Math.round(document.querySelector(one.getAttribute("href")).getBoundingClientRect().top);
    }));
    """
    tops = told(tmp_path, written(tmp_path, probe=probe, own_script=False), "--window-size=1000,600")
    assert len(tops) > 5
    assert all(-5 < top < 605 for top in tops), tops


def test_a_large_report_opens(tmp_path: Path) -> None:
    document = browse(tmp_path, untouched(tmp_path, large(600), "en").as_uri(), "--virtual-time-budget=3000", "--dump-dom")
    assert document.count("<article") == 60


FILTERED = """
function ids(selector) {
  var shown = function (one) { return one.getClientRects().length > 0; };
  return Array.prototype.slice.call(document.querySelectorAll(selector)).filter(shown).map(function (one) { return one.id; });
}
function state() {
  return {
    cards: ids("article"), rows: ids("table.requirements tr.item"), sections: ids("main > section"),
    said: document.querySelector(".found").innerText.replace(/\\s+/g, " ").trim(),
    none: !document.querySelector(".nothing-found").hidden
  };
}
function set(id, value) {
  var one = document.getElementById(id);
  one.value = value;
  one.dispatchEvent(new Event(one.tagName === "SELECT" ? "change" : "input"));
}
function tick(name, value) { document.querySelector("input[name=" + name + "][value=" + value + "]").click(); }
"""


def test_search_and_filters_show_what_was_asked_for_and_nothing_else(tmp_path: Path) -> None:
    probe = (
        FILTERED
        + """
    var found = {whole: state()};
    document.getElementById("only").click();
    found.only = state();
    document.getElementById("clear").click();
    found.cleared = state();
    tick("l", "SHOULD");
    found.should = state();
    tick("l", "SHOULD");
    set("f-c", "reservations");
    found.reservations = state();
    set("f-c", "");
    set("f-op", "createReservation");
    found.create = state();
    set("f-op", "");
    tick("o", "inconclusive");
    found.open = state();
    tick("o", "inconclusive");
    set("find", "nullpointer POST");
    window.setTimeout(function () {
      found.words = state();
      set("find", "no such word");
      window.setTimeout(function () { found.none = state(); tell(found); }, 200);
    }, 200);
    """
    )
    found = told(tmp_path, written(tmp_path, probe=probe, own_script=True))
    whole = found["whole"]
    assert len(whole["cards"]) == 7
    assert len(whole["rows"]) == 12
    assert found["cleared"] == whole
    assert found["only"]["cards"] == whole["cards"]
    failing = ["r-COM-ERR-01", "r-COM-ERR-06", "r-COM-CACHE-01", "r-COM-DOC-01", "r-COM-PAGE-01"]
    assert found["only"]["rows"] == failing
    assert not {"about", "timeline", "classes", "inconclusive"} & set(found["only"]["sections"])
    assert (found["should"]["cards"], found["should"]["rows"]) == (["cause-7"], ["r-COM-CACHE-01", "r-GEO-01"])
    assert (found["reservations"]["cards"], found["reservations"]["rows"]) == ([], ["r-RSV-CAP-01", "r-RSV-TEN-02"])
    assert found["create"]["rows"] == ["r-COM-ERR-06", "r-RSV-CAP-01"]
    assert found["open"]["rows"] == ["r-RSV-TEN-02", "r-TIM-OLD-01"]
    assert found["words"]["cards"] == ["cause-3"]
    assert found["none"]["cards"] == found["none"]["rows"] == []
    assert [name for name, one in found.items() if one["none"]] == ["none"]
    assert whole["said"].startswith("Entries shown ")


def test_a_link_to_what_is_filtered_out_shows_everything_again(tmp_path: Path) -> None:
    probe = (
        FILTERED
        + """
    tick("o", "pass");
    var before = ids("article").length;
    window.location.hash = "COM-PAGE-01";
    window.setTimeout(function () { tell([before, ids("#COM-PAGE-01").length, ids("article").length]); }, 200);
    """
    )
    assert told(tmp_path, written(tmp_path, probe=probe, own_script=True)) == [0, 1, 7]


def test_all_is_expanded_and_collapsed_at_once_and_the_classes_change_their_language(tmp_path: Path) -> None:
    probe = """
    var unfolded = function () { return document.querySelectorAll("main details:not(.more)[open]").length; };
    var core = function () { return document.querySelector("#f-c option[value=core]").textContent; };
    var found = [];
    var button = document.getElementById("unfold");
    [0, 1].forEach(function () { button.click(); found.push([unfolded(), button.innerText, button.getAttribute("aria-pressed")]); });
    document.querySelector('label[for="l-zh-Hant"]').click();
    tell(found.concat([[core(), document.querySelectorAll("main details:not(.more)").length]]));
    """
    unfolded, folded, (name, total) = told(tmp_path, written(tmp_path, probe=probe, own_script=True))
    assert unfolded == [total, "Collapse all", "true"]
    assert folded == [0, "Expand all", "false"]
    assert name == "介面共通規則"


def test_without_scripts_nothing_is_there_that_needs_one(tmp_path: Path) -> None:
    probe = FILTERED + "tell([ids('.toolbar, button').length, ids('article').length, ids('table.requirements tr.item').length])"
    assert told(tmp_path, written(tmp_path, probe=probe, own_script=False)) == [0, 7, 12]


def test_every_control_is_named_and_reached_by_the_keyboard(tmp_path: Path) -> None:
    probe = """
    var controls = Array.prototype.slice.call(document.querySelectorAll(".toolbar input, .toolbar select, .toolbar button"));
    tell(controls.map(function (one) {
      var name = one.labels && one.labels.length ? one.labels[0].innerText || one.labels[0].textContent : one.textContent;
      return [name.trim().length > 0, one.tabIndex];
    }));
    """
    controls = told(tmp_path, written(tmp_path, probe=probe, own_script=True))
    assert len(controls) > 12
    assert all(named and index >= 0 for named, index in controls)


def spent(folder: Path, page: Path) -> float:
    """The seconds of processor that the browser takes to open a page, read it, run it and lay it out: a busy machine only makes them later."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    browse(folder, page.as_uri(), "--dump-dom")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def test_a_report_of_five_thousand_exchanges_is_small_and_opens_within_a_second(tmp_path: Path) -> None:
    page = untouched(tmp_path, large(600, exchanges=5000), "en")
    assert page.stat().st_size < 1_000_000
    blank = tmp_path / "blank.html"
    blank.write_text("<!DOCTYPE html><title>nothing</title>", encoding="utf-8")
    spent(tmp_path, blank)  # the profile is made
    assert min(spent(tmp_path, page) for _ in range(2)) - min(spent(tmp_path, blank) for _ in range(2)) < 1


@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="needs pdftotext (Debian: apt-get install poppler-utils)")
def test_every_printed_sheet_names_the_run_and_the_vendor(tmp_path: Path) -> None:
    assert pages(tmp_path, untouched(tmp_path, sample(), "zh-Hant")) > 3
    done = subprocess.run(["pdftotext", "-layout", "page.pdf", "-"], cwd=tmp_path, capture_output=True, text=True, check=True)
    sheets = done.stdout.rstrip("\f").split("\f")
    for sheet in sheets:
        assert sample()["runId"] in sheet
        assert "臺北交通科技股份有限公司" in sheet
