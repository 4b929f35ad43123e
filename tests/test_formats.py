"""Renderings say what the report says, link only to what is there, and never turn a text into anything but text."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections import Counter
from functools import cache
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance import formats
from conformance.errors import UsageError
from conformance.formats._text import xml, xml_attribute
from conformance.interface import schema
from conformance.load.catalogue import LANGUAGES
from conformance.load.data import digest_of
from conformance.text.layout import Gap, Line, lines
from conformance.text.shown import visible
from tests.counting import lines_run
from tests.sample_report import large, passed, sample

ATTACK = "\"'><script>alert(1)</script><img src=x onerror=alert(1)><!--]]>{{7*7}}{0}\u202e\x00\ud800&amp;`|"
KEPT = ("outcome", "level", "result", "startedOn", "finishedOn", "purpose")  # members that hold one of a few words
VOID = {"meta", "input", "path", "circle", "use", "link", "br", "img"}
RULES = json.loads((Path(__file__).parents[1] / "reports" / "schemas" / "report.schema.json").read_text(encoding="utf-8"))


class Reader(HTMLParser):
    """What a page holds: elements with attributes, words by element, and whether every element was closed in turn."""

    def __init__(self, page: bytes) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[tuple[str, str]] = []
        self.open: list[str] = []
        self.feed(page.decode("utf-8"))
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len(dict(attrs)) == len(attrs)
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append((self.open[-1] if self.open else "", data))

    def all(self, name: str) -> list[str]:
        return [value for _, attrs in self.elements if (value := attrs.get(name)) is not None]

    @property
    def words(self) -> str:
        return " ".join("".join(text for tag, text in self.texts if tag not in ("script", "style")).split())


def attacked(value: Any, key: str = "") -> Any:
    if isinstance(value, dict):
        return {name: attacked(member, name) for name, member in value.items()}
    if isinstance(value, list):
        return [attacked(member, key) for member in value]
    return value + ATTACK if isinstance(value, str) and value and key not in KEPT else value


@cache
def page(language: str = "en") -> Reader:
    return Reader(formats.render("html", sample(), language))


# --------------------------------------------------------------------------------------------- the package


def test_the_package_is_the_registry() -> None:
    assert set(formats.FORMATS) == {"annotations", "ctrf", "earl", "github", "har", "html", "json", "junit", "sarif"}
    assert {name: formats.suffix(name) for name in ("html", "junit")} == {"html": "html", "junit": "xml"}
    assert (formats.file_name("html"), formats.file_name("junit")) == ("report.html", "junit.xml")


def test_an_unknown_name_is_refused_with_the_nearest() -> None:
    with pytest.raises(UsageError, match="did you mean 'junit'"):
        formats.render("junitt", sample())
    with pytest.raises(UsageError, match="known are en, zh-Hant"):
        formats.render("html", sample(), "zh-TW")


@pytest.mark.parametrize("name", formats.FORMATS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_same_report_gives_the_same_bytes(name: str, language: str) -> None:
    assert formats.render(name, sample(), language) == formats.render(name, sample(), language)


# --------------------------------------------------------------------------------------------- the schema


@pytest.mark.parametrize("report", [sample(), passed(), large(20)], ids=["sample", "passed", "large"])
def test_reports_fit_their_schema(report: dict[str, Any]) -> None:
    assert schema.errors(RULES, report) == []
    assert report["digest"] == digest_of({name: value for name, value in report.items() if name != "digest"})


def test_the_schema_is_one_and_refuses_a_report_that_contradicts_itself() -> None:
    assert schema.errors({"$ref": "https://json-schema.org/draft/2020-12/schema"}, RULES) == []
    assert schema.errors(RULES, sample() | {"conformant": True})
    assert schema.errors(RULES, passed() | {"complete": False})
    assert schema.errors(RULES, sample() | {"unknown": 1})


# --------------------------------------------------------------------------------------------- the page


def test_every_link_leads_somewhere_inside_the_page_and_nothing_is_loaded() -> None:
    ids = page().all("id")
    assert len(ids) == len(set(ids))
    links = page().all("href")
    assert len(links) > 40
    assert {link[1:] for link in links if link.startswith("#")} <= set(ids)
    outward = {link for link in links if not link.startswith("#")}
    assert "https://www.rfc-editor.org/rfc/rfc9457#section-3" in outward
    assert all(re.fullmatch(r"https://www\.rfc-editor\.org/rfc/rfc[0-9]+(#section-[0-9.]+)?", link) for link in outward)
    assert not page().all("src")
    assert set(page().all("for")) <= set(ids)
    assert set(page().all("aria-labelledby")) <= set(ids)
    for unwanted in ("url(", "@import", "http:", "https:"):
        assert unwanted not in "".join(text for tag, text in page().texts if tag in ("script", "style"))


def test_the_page_says_what_the_report_says() -> None:
    words = page().words
    for verdict in sample()["verdicts"]:
        for finding in verdict["findings"]:
            actual = "missing" if finding["actual"] in ("absent", "none") else finding["actual"]
            for said in (*finding["text"].values(), finding["expected"], actual, finding["at"]):
                assert said in words
        if "reason" in verdict and verdict["outcome"] != "not_applicable":
            assert verdict["reason"]["en"] in words
            assert verdict["reason"]["zh-Hant"] in words
    for row in sample()["requirements"]:
        assert row["id"] in words
        assert row["text"]["zh-Hant"] in words
    for fact in (
        "臺北交通科技股份有限公司",
        "SUITE ERROR",
        "套件錯誤",
        "and 13 more",
        "self-test",
        sample()["digest"],
        "e1" * 32,
        "Bearer $YANCE_TOKEN_A",
    ):
        assert fact in words
    assert "The smallest input found that still fails" in words
    assert "No response: ReadTimeout: no answer within 10.0 s" in words.replace("無回應", "").replace("response :", "response:")


def test_failures_come_before_warnings_before_what_is_open() -> None:
    order = [
        identifier
        for identifier in page().all("id")
        if identifier in ("errors", "failures", "warnings", "inconclusive", "not-tested", "about")
    ]
    assert order == ["errors", "failures", "warnings", "inconclusive", "not-tested", "about"]
    cards = [attrs["id"] for tag, attrs in page().elements if tag == "article"]
    assert cards == [f"cause-{n}" for n in range(1, 8)]
    levels = [attrs["data-l"] for tag, attrs in page().elements if tag == "article"]
    assert levels == ["MUST"] * 6 + ["SHOULD"]


def test_an_exchange_is_printed_once_and_the_smallest_input_first() -> None:
    exchanges = [attrs for tag, attrs in page().elements if tag == "details" and str(attrs.get("id")).startswith("x-")]
    assert [attrs["id"] for attrs in exchanges] == ["x-11", "x-12", "x-90", "x-20", "x-21", "x-30", "x-31", "x-32", "x-40"]
    opened = [attrs["id"] for attrs in exchanges if "open" in attrs]
    assert opened == ["x-11", "x-12", "x-90", "x-21", "x-30", "x-32", "x-40"], "the first of each cause"


def test_the_page_has_landmarks_ordered_headings_and_table_headers() -> None:
    counts = Counter(tag for tag, _ in page().elements)
    assert (counts["main"], counts["h1"], counts["header"], counts["nav"]) == (1, 1, 1, 1)
    levels = [int(tag[1]) for tag, _ in page().elements if re.fullmatch(r"h[1-6]", tag)]
    assert all(after <= before + 1 for before, after in pairwise(levels))
    assert all(attrs.get("scope") for tag, attrs in page().elements if tag == "th")
    assert all(attrs.get("aria-hidden") == "true" for tag, attrs in page().elements if tag == "svg")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_holds_both_languages_and_opens_in_the_one_asked_for(language: str) -> None:
    found = page(language)
    chosen = [attrs["value"] for tag, attrs in found.elements if tag == "input" and "checked" in attrs]
    assert chosen == [language]
    assert found.elements[0] == ("html", {"lang": language})
    spans = Counter(attrs.get("lang") for tag, attrs in found.elements if tag == "span" and "lang" in attrs)
    assert spans["en"] == spans["zh-Hant"] > 200
    style = next(text for tag, text in found.texts if tag == "style")
    for one, other in (LANGUAGES, LANGUAGES[::-1]):
        assert f'#l-{one}:checked ~ * span[lang="{other}"]' in style


def test_the_policy_lets_only_the_built_in_script_and_style_in() -> None:
    policy = next(attrs["content"] for tag, attrs in page().elements if attrs.get("http-equiv") == "Content-Security-Policy")
    assert policy is not None
    for tag, most in (("script", 1), ("style", 2)):
        texts = [text for of, text in page().texts if of == tag]
        digests = ["'sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() + "'" for text in texts]
        assert len(texts) == most
        assert f"{tag}-src {' '.join(digests)};" in policy
    assert policy.startswith("default-src 'none'")
    assert not page().all("style")


def test_no_text_becomes_an_element() -> None:
    clean, found = page(), Reader(formats.render("html", attacked(sample()), "en"))
    counts, expected = (Counter(tag for tag, _ in one.elements) for one in (found, clean))
    for one in (counts, expected):
        one["code"] += one.pop("b")
        for tag in ("a", "span", "mark", "del", "ins"):
            one.pop(tag, None)
    assert counts == expected, "bodies that no longer parse lose their marks, what is missing is a value, lanes lose their class"
    assert {name for _, attrs in found.elements for name in attrs} == {name for _, attrs in clean.elements for name in attrs}
    assert {link[1:] for link in found.all("href") if link.startswith("#")} <= set(found.all("id"))
    assert found.words.count("<script>alert(1)</script>") > 300
    assert "{{7*7}}" in found.words
    assert "⟨U+202E⟩⟨U+0000⟩⟨U+D800⟩" in found.words


def test_a_passed_report_is_short_and_says_so() -> None:
    found = Reader(formats.render("html", passed(), "zh-Hant"))
    assert "適用之 2 項強制要求全數符合。" in found.words
    assert "No mandatory requirement was seen to fail." in found.words
    assert not [attrs for tag, attrs in found.elements if tag == "details" and str(attrs.get("class")).startswith("exchange")]
    assert {link[1:] for link in found.all("href") if link.startswith("#")} <= set(found.all("id"))


def test_a_run_that_others_ordered_is_not_called_self_attested() -> None:
    words = Reader(formats.render("html", passed() | {"purpose": "certification", "complete": False}, "en")).words
    assert "Self-attested" not in words
    assert "settled by its signature" in words
    assert "does not cover all that the profile asks for" in words


def test_waivers_are_shown() -> None:
    waiver = {
        "waiverId": "W-1",
        "requirements": ["COM-ERR-01"],
        "reason": "a <b>gateway</b>",
        "person": "Lin Mei-hua",
        "decidedOn": "2026-01-01T00:00:00Z",
        "notAfter": "2027-01-01T00:00:00Z",
        "keyid": "k1",
        "digest": "sha256:0",
    }
    plain = sample()
    rows = [row | ({"waiver": waiver} if row["id"] == "COM-ERR-01" else {}) for row in plain["requirements"]]
    report = plain | {"waivers": [waiver], "requirements": rows}
    line = "waived until 2027-01-01T00:00:00Z by Lin Mei-hua (waiver W-1, signature by key k1 verified): a <b>gateway</b>"
    assert line in Reader(formats.render("html", report, "en")).words
    for name in ("github", "sarif", "earl", "junit", "ctrf"):
        assert "Lin Mei-hua" not in formats.render(name, plain, "en").decode()
        assert "Lin" in formats.render(name, report, "en").decode(), name


@pytest.mark.heavy
def test_a_report_of_600_verdicts_stays_small() -> None:
    found = formats.render("html", large(600), "en")
    assert len(found) < 1_000_000
    ids, links = set(Reader(found).all("id")), Reader(found).all("href")
    assert {link[1:] for link in links if link.startswith("#")} <= ids


@pytest.mark.heavy
def test_the_work_that_a_report_takes_grows_no_faster_than_its_verdicts() -> None:
    def spent(count: int) -> int:
        report = large(count)
        return lines_run(lambda: formats.render("html", report, "en"))

    formats.render("html", large(10), "en")  # what is done once is done
    few, more, many = spent(100), spent(600), spent(1100)
    assert many - more < 1.3 * (more - few), "what is added costs the same each time; of a square it would cost 2.4 times as much"


# --------------------------------------------------------------------------------------------- bodies and texts


def text_of(body: str, *pointers: str) -> list[str]:
    return [line.text if isinstance(line, Line) else f"({line.count})" for line in lines(body, pointers)]


def test_json_is_laid_out_without_being_changed() -> None:
    written = '{"a":1.0,"a":[],"b":{"c":[1e2,-0,{}]},"名":"\\u53f0"}'
    assert text_of(written) == [
        "{",
        '  "a": 1.0,',
        '  "a": [],',
        '  "b": {',
        '    "c": [',
        "      1e2,",
        "      -0,",
        "      {}",
        "    ]",
        "  },",
        '  "名": "台"',
        "}",
    ]
    assert [line for line in lines(written, ["/b/c/2", "/b"]) if isinstance(line, Line) and line.marked] == [
        Line('  "b": {', True),
        Line("      {}", True),
    ]


@pytest.mark.parametrize("body", ["", "plain", '{"a":', "[" * 3000, "[" * 60 + "]" * 60, '{"a": "cut…'])
def test_what_is_not_plain_json_is_shown_as_it_is(body: str) -> None:
    assert text_of(body) == [body]


def test_json_that_was_cut_is_laid_out_as_far_as_it_goes() -> None:
    whole = json.dumps({"items": [{"id": 'x"]}', "n": [1, 2.5, {}], "z": None} for _ in range(3)], "total": -1})
    for most in range(1, len(whole)):
        shown = lines(f"{whole[:most]}… (4001 characters in all)", ["/items/0/id"])
        assert shown[-1] == Line("… (4001 characters in all)")
        texts = [one.text for one in shown[:-1] if isinstance(one, Line)]
        json.loads("".join(texts))
        assert "".join(texts).replace(" ", "").startswith('{"items":[') or most < 12
        assert any(one.marked for one in shown if isinstance(one, Line)) == (most > whole.index("]}") + 3)
    assert lines("<p>… (4001 characters in all)") == [Line("<p>… (4001 characters in all)")]


def test_long_bodies_are_folded_around_what_a_finding_points_at() -> None:
    found = lines(json.dumps(list(range(1000))), ["/500"])
    assert len(found) < 60
    assert Line("  500,", True) in found
    assert sum(one.count if isinstance(one, Gap) else 1 for one in found) == 1002


ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=40) | st.text(
    "<>&\"'\x00\x1b\r\n\t\ud800\ufffe\u202e]", max_size=12
)


@settings(max_examples=150, deadline=None, database=None)
@given(ANY_TEXT)
def test_any_text_is_well_formed_xml_and_comes_back(text: str) -> None:
    element = ET.fromstring(f'<a b="{xml_attribute(text)}">{xml(text)}</a>'.encode())
    assert element.get("b") == visible(text)
    assert (element.text or "") == visible(text)


@settings(max_examples=150, deadline=None, database=None)
@given(ANY_TEXT)
def test_nothing_stays_hidden_in_a_visible_text(text: str) -> None:
    shown = visible(text)
    shown.encode("utf-8")
    assert all(char in "\t\n" or (ord(char) >= 32 and char not in "\x7f\u202e\u2066") for char in shown)
    assert visible(shown) == shown


# --------------------------------------------------------------------------------------------- JUnit


def cases(report: dict[str, Any], language: str = "en") -> dict[str, ET.Element]:
    root = ET.fromstring(formats.render("junit", report, language))
    return {f"{case.get('classname')} {case.get('name')}": case for case in root.iter("testcase")}


@pytest.mark.parametrize(
    ("case", "kind", "type_", "text"),
    [
        ("core COM-ERR-01/listStops", "failure", "fail", "How to mend: Send errors as application/problem+json"),
        ("core COM-ERR-01/listRoutes", "failure", "inconclusive", "nothing was seen that could have failed"),
        ("core COM-DOC-01/getApiDescription", "error", "error", "KeyError: 'openapi'"),
        ("core COM-CACHE-01/getStop", "system-out", None, "warning, not fatal (SHOULD): COM-CACHE-01"),
        ("reservations RSV-CAP-01/createReservation", "skipped", None, None),
        ("time GEO-01", "skipped", None, None),
    ],
)
def test_junit_tells_failures_from_what_is_open_skipped_or_ours(
    case: str, kind: str, type_: str | None, text: str | None
) -> None:
    (element,) = cases(sample())[case]
    assert (element.tag, element.get("type")) == (kind, type_)
    assert text is None or text in (element.text or "")
    assert kind == "system-out" or element.get("message")


def test_junit_has_one_case_per_requirement_and_operation_and_true_totals() -> None:
    report = sample()
    root = ET.fromstring(formats.render("junit", report, "zh-Hant"))
    assert len(cases(report)) == len(report["verdicts"])
    assert list(cases(report)["core COM-VER-01/listStops"]) == []
    assert [root.get(name) for name in ("tests", "failures", "errors", "skipped")] == ["16", "7", "1", "3"]
    properties = {one.get("name"): one.get("value") for one in root.iter("property")}
    assert properties["yance.report"] == report["digest"]
    assert properties["yance.result"] == "ERROR"
    assert "改正方式：" in (cases(report, "zh-Hant")["core COM-ERR-01/listStops"][0].text or "").replace(": ", "：")


@pytest.mark.parametrize(("language", "said"), [("en", "MUST, not tested: it writes"), ("zh-Hant", "MUST, 未驗測: ")])
def test_junit_says_of_what_is_skipped_that_it_was_not_tested_and_why(language: str, said: str) -> None:
    found = {
        name: case[0].get("message") for name, case in cases(sample(), language).items() if len(case) and case[0].tag == "skipped"
    }
    assert len(found) == 3
    assert (found["reservations RSV-CAP-01/createReservation"] or "").startswith(said)


def test_junit_holds_any_text() -> None:
    clean, found = (ET.fromstring(formats.render("junit", one, "en")) for one in (sample(), attacked(sample())))
    assert [one.tag for one in found.iter()] == [one.tag for one in clean.iter()]
    assert "⟨U+D800⟩" in next(found.iter("failure")).get("message", "")


# --------------------------------------------------------------------------------------------- the others


def test_json_is_the_report_itself() -> None:
    assert json.loads(formats.render("json", sample())) == sample()
    assert json.loads(formats.render("json", attacked(sample()))) == attacked(sample())


def test_the_summary_keeps_its_shape_under_attack() -> None:
    clean, found = (formats.render("github", one, "en").decode() for one in (sample(), attacked(sample())))
    for mark in ("<", "|", "`", "*", "[", "\n"):
        assert found.count(mark) == clean.count(mark)
    assert "<details><summary><b>COM&#45;" in clean or "<details><summary><b>COM-ERR-01/listStops</b>" in clean
    assert "SUITE ERROR" in clean


def test_the_summary_says_each_cause_of_what_stays_open_once() -> None:
    found = formats.render("github", sample(), "en").decode()
    assert found.count("nothing was seen that could have failed") == 1
    assert "2 requirements, 2 cases" in found
    assert found.index("**not tested**") < found.index("the target is not declared a sandbox")
