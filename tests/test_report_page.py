"""What the page of a report adds to the report: root causes, differences, plots, the words of the specification, and an earlier run."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from conformance import checks, formats
from conformance.formats import html
from conformance.formats._causes import causes
from conformance.formats._charts import WIDTH, latency, timeline
from conformance.formats._diff import Diff, Kind, difference
from conformance.formats._page import arrange
from conformance.formats._reading import Clause, clauses, linked
from conformance.load import data_folders, load_spec
from conformance.load.data import own_folder
from conformance.model import Finding, Outcome, Spec, Verdict
from tests.sample_report import (
    BASE,
    CREATE,
    EXCHANGES,
    JSON,
    LIST,
    PROBLEM,
    ROWS,
    asked,
    document,
    large,
    made,
    placed,
    sample,
    stops,
)
from tests.test_formats import Reader, attacked

DOMAINS = ("transport", "health", "logistics")


def spec(domain: str = "transport") -> Spec:
    return load_spec(data_folders(()), domain)


def failed(requirement: str, operation: str, *findings: Finding) -> Verdict:
    return placed(Verdict(f"{requirement}/{operation}", requirement, operation, Outcome.FAIL, findings, 1))


# --------------------------------------------------------------------------------------------- root causes


def found(*verdicts: Verdict) -> list[tuple[list[str], list[str], int]]:
    exchanges = (*EXCHANGES, asked(22, "x", CREATE, 503, document({"status": 503}), JSON), asked(23, "x", LIST, 500))
    report = made(ROWS, verdicts, tuple(sorted(exchanges, key=lambda one: one.number)))
    return [([one.row["id"] for one in cause.breaches], list(cause.operations), cause.count) for cause in causes(report)]


def test_what_reads_the_same_in_several_operations_is_one_cause() -> None:
    assert found(
        failed("COM-PAGE-01", "listStops", Finding("repeated", (30,), "limit=2", "TPE00002", "/items/0", count=3)),
        failed("COM-PAGE-01", "listRoutes", Finding("repeated", (31,), "limit=2", "TPE00009", "/items/4")),
        failed("COM-PAGE-01", "listArrivals", Finding("missing", (32,), "limit=2", "TPE00009", "/items/4")),
    ) == [(["COM-PAGE-01"], ["listStops", "listRoutes"], 4), (["COM-PAGE-01"], ["listArrivals"], 1)]


def test_an_answer_that_broke_is_one_cause_whatever_it_breaks() -> None:
    assert found(
        failed("COM-ERR-06", "createReservation", Finding("broken", (20,), "no 5xx", "500", count=19)),
        failed("COM-ERR-01", "createReservation", Finding("media-type", (20,), "application/problem+json", "application/json")),
        failed("COM-CACHE-01", "createReservation", Finding("unsaid", (20,), "max-age=N", "absent")),
    ) == [(["COM-ERR-06", "COM-ERR-01", "COM-CACHE-01"], ["createReservation"], 19)]


def test_answers_that_broke_otherwise_or_elsewhere_are_other_causes() -> None:
    one = Finding("broken", (20,), "no 5xx", "500")
    assert [
        rows
        for rows, _, _ in found(
            failed("COM-ERR-06", "createReservation", one, Finding("broken", (22,), "no 5xx", "503")),
            failed("COM-ERR-06", "listStops", Finding("broken", (23,), "no 5xx", "500")),
        )
    ] == [["COM-ERR-06"]] * 3


def test_two_mistakes_in_an_answer_that_did_not_break_stay_two() -> None:
    assert [rows for rows, _, _ in found(
        failed("COM-ERR-01", "listStops", Finding("media-type", (11,), "application/problem+json", "text/html")),
        failed("COM-CACHE-01", "listStops", Finding("unsaid", (11,), "max-age=N", "absent")),
    )] == [["COM-ERR-01"], ["COM-CACHE-01"]]  # fmt: skip


def test_a_failure_without_a_finding_has_a_card_of_its_own() -> None:
    assert found(failed("COM-VER-01", "listStops")) == [(["COM-VER-01"], ["listStops"], 0)]


def test_every_cause_is_given_an_exchange_before_any_is_given_a_second() -> None:
    page = arrange(large(600))
    assert len(page.failures) == 60
    assert all(card.exhibits for card in page.failures)
    assert any(len(card.exhibits) < len(card.cause.operations) for card in page.failures), "the page is full before all are hung"


def test_what_is_missing_in_an_answer_is_named_where_it_is_missing() -> None:
    report = made(ROWS, (failed("COM-ERR-01", "listStops", Finding("member", (12,), "a title", "absent", "/detail")),), EXCHANGES)
    (card,) = arrange(report).failures
    assert card.exhibits[0].missing == ["/detail"]
    words = Reader(html.render(report)).words
    assert "missing 缺少 : /detail" in words.replace("missing缺少:", "missing 缺少 :")


# --------------------------------------------------------------------------------------------- expected and actual


def marked(one: Diff) -> tuple[list[str], list[str]]:
    return [p.text for p in one.expected if p.sign == "-"], [p.text for p in (*one.expected, *one.actual) if p.sign == "+"]


@pytest.mark.parametrize(
    ("expected", "actual", "kind", "lacking", "added"),
    [
        ("a Date", "absent", Kind.MISSING, [], []),
        ("none", "plate ABC…", Kind.MISSING, [], []),
        ("201", "500", Kind.PLAIN, [], []),
        ("absent", "none", Kind.PLAIN, [], []),
        ("application/problem+json; charset=utf-8", "application/problem+json; charset=big5", Kind.WORDS, ["utf-8"], ["big5"]),
        ('{"a": 1, "b": [1, 2]}', '{"a": 1, "b": [1, 3]}', Kind.LINES, ["    2"], ["    3"]),
        ('{"a": 1, "b": 2}', '{"a": 1}', Kind.LINES, ['  "a": 1,', '  "b": 2'], ['  "a": 1']),
        ("x " * 500, "x " * 499 + "y", Kind.PLAIN, [], []),
    ],
)
def test_what_differs_is_marked(expected: str, actual: str, kind: Kind, lacking: list[str], added: list[str]) -> None:
    one = difference(expected, actual)
    assert one.kind == kind
    gone, came = marked(one)
    assert (gone[:2], came[:2]) == (lacking, added) or (gone[0], came[0]) == (lacking[0], added[0])
    if kind in (Kind.WORDS, Kind.PLAIN):
        assert "".join(p.text for p in one.expected) == expected
        assert "".join(p.text for p in one.actual) == actual


# --------------------------------------------------------------------------------------------- plots


def test_the_plots_hold_every_request_and_lead_to_what_was_seen_to_fail() -> None:
    page = arrange(sample())
    found = page.timeline
    assert found is not None
    assert sum(found.totals.values()) == len(EXCHANGES)
    assert {lane.name: lane.count for lane in found.lanes} == {"core": 6, "collections": 3}
    assert all(0 <= bar.x <= WIDTH and bar.x + bar.width <= WIDTH + 0.1 for bar in found.bars)
    assert {mark.number for mark in found.marks} <= page.shown
    assert found.ticks[0] == "0 s"
    assert [one.document["median"] for one in page.latency.paces] == sorted(
        (one.document["median"] for one in page.latency.paces), reverse=True
    )
    assert {one.document["operation"]: one.document["unanswered"] for one in page.latency.paces}["createReservation"] == 1
    assert all(one.median is None or 0 <= one.median <= one.p95 <= WIDTH for one in page.latency.paces if one.p95 is not None)


def test_a_run_that_asked_nothing_has_no_timeline() -> None:
    report = made(ROWS, (), ())
    assert timeline(report, frozenset()) is None
    assert latency(report, {}).paces == []
    assert "timeline" not in Reader(html.render(report)).all("id")


# --------------------------------------------------------------------------------------------- the words judged by


@pytest.mark.parametrize("domain", DOMAINS)
def test_every_clause_is_there_in_both_languages_under_its_number(domain: str) -> None:
    found = clauses(spec(domain))
    assert [one.number for one in found] == [str(n) for n in range(1, len(found) + 1)]
    assert all(one.title["en"] != one.title["zh-Hant"] and one.body["en"] != one.body["zh-Hant"] for one in found)


@pytest.mark.parametrize("domain", DOMAINS)
def test_every_source_that_names_an_rfc_or_a_clause_leads_there(domain: str) -> None:
    sections = clauses(spec(domain))
    for row in spec(domain).requirements:
        pieces = linked(row.source, sections)
        assert "".join(piece.text for piece in pieces) == row.source
        assert sum("rfc-editor" in piece.href for piece in pieces) == len(re.findall(r"RFC ?\d+", row.source)), row.source
        words = re.findall(r"[Ii]nterface document, (?!response)", row.source)
        assert sum(piece.href.startswith("#clause-") for piece in pieces) >= len(words), row.source


def test_a_source_leads_to_a_section_by_number_where_it_names_no_title() -> None:
    found = [Clause("clause-1", "4", {"en": "Errors", "zh-Hant": "錯誤"}, {})]
    pieces = linked("RFC 9457 section 3.1; interface document, section 4; RFC 20; common rules, section 4", found)
    assert [(one.text, one.href) for one in pieces if one.href] == [
        ("RFC 9457 section 3.1", "https://www.rfc-editor.org/rfc/rfc9457#section-3.1"),
        ("section 4", "#clause-1"),
        ("RFC 20", "https://www.rfc-editor.org/rfc/rfc20"),
    ]
    assert [one.href for one in linked("interface document, section 9", found) if one.href] == []


def described(text: str) -> Spec:
    return Spec("d", "1", {"info": {"description": text}}, "", {}, {}, {}, (), {})


def test_a_description_cannot_bring_elements_or_requests_along() -> None:
    (one,) = clauses(
        described("## 1 A\n<script>x</script> ![p](https://x.example/a.png) [l](javascript:alert(1)) **b**\n\n# top")
    )
    body = str(one.body["en"])
    assert set(re.findall(r"<([a-z0-9]+)", body)) == {"p", "a", "strong"}
    assert re.findall(r'href="([^"]*)"', body) == ["https://x.example/a.png"], "which is a link, and no picture"
    assert "<strong>b</strong>" in body
    assert clauses(described("no headings")) == []
    assert clauses(None) == []


@pytest.mark.heavy
@pytest.mark.parametrize("domain", DOMAINS)
def test_the_page_holds_what_it_was_judged_by_and_every_link_leads_there(domain: str) -> None:
    found = Reader(html.render(sample(), "en", spec(domain)))
    ids = found.all("id")
    assert len(ids) == len(set(ids))
    assert {link[1:] for link in found.all("href") if link.startswith("#")} <= set(ids)
    assert "clause-1" in ids
    assert not found.all("src")
    assert len(html.render(large(100), "en", spec(domain))) < 1_000_000


@pytest.mark.heavy
@pytest.mark.parametrize("domain", DOMAINS)
def test_a_run_of_five_thousand_exchanges_in_which_much_fails_stays_below_a_megabyte(
    domain: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = tuple(row for row in spec(domain).requirements if row.binding)
    monkeypatch.setattr("tests.sample_report.CLASSES", dict(spec(domain).classes))
    cases = [(row, operation) for row in rows if row.binding for operation in row.binding.operations]
    verdicts = []
    for at, (row, operation) in enumerate(cases, 1):
        assert row.binding
        message = next(iter(checks.check(row.binding.check).messages))
        finding = Finding(message, (at, at + 1), "what was expected of it", "what came instead of that", f"/items/{at}")
        verdicts.append(
            failed(row.id, operation, finding) if at % 3 == 0 else replace(failed(row.id, operation), outcome=Outcome.PASS)
        )
    body = document(stops(1, 36))
    exchanges = tuple(asked(n, verdicts[n % len(verdicts)].case, LIST, 400, body, PROBLEM) for n in range(1, 5001))
    assert len(html.render(made(rows, tuple(verdicts), exchanges), "en", spec(domain))) < 1_000_000


def test_what_the_specification_sets_in_backticks_is_code_and_nothing_else_is_markup() -> None:
    report = sample()
    report["requirements"][0]["text"] = {"en": "A `<b>` in `If-Match` & ` alone.", "zh-Hant": "以 `If-Match` 比對。"}
    page = html.render(report).decode()
    assert "A `&lt;b&gt;` in `If-Match` &amp; ` alone." not in page
    assert "<code>&lt;b&gt;</code> in <code>If-Match</code> &amp; ` alone." in page


def test_each_requirement_has_an_anchor_of_its_own_name() -> None:
    found = Reader(html.render(sample()))
    assert {row["id"] for row in sample()["requirements"]} <= set(found.all("id"))


def test_an_operation_says_what_each_requirement_came_to_there() -> None:
    operations = {one.name: one for one in arrange(sample(), spec()).operations}
    rows = {outcome: [row.document["id"] for row in rows] for outcome, rows in operations["listStops"].by_outcome.items()}
    assert rows == {
        "fail": ["COM-ERR-01", "COM-PAGE-01"],
        "inconclusive": ["TIM-OLD-01"],
        "pass": ["COM-VER-01", "TIM-CLK-01"],
    }
    assert operations["listStops"].described is not None
    assert operations["listStops"].described.operation.path == "/stops"


# --------------------------------------------------------------------------------------------- an earlier run

COMPARISON: Mapping[str, Any] = {
    "earlier": {"runId": "run-0123456789abcdef", "startedOn": "2026-09-20T00:00:00Z", "version": "2.4.0"},
    "results": ("PASSED", "ERROR"),
    "differing": {"target": ("https://old.example/v1", BASE), "suite": ("sha256:00", "sha256:11")},
    "requirements": [
        {"id": "COM-ERR-01", "before": "pass", "after": "fail", "worse": True},
        {"id": "GONE-01", "before": "fail", "after": "", "worse": False},
    ],
    "worse": 1,
    "cases": ["COM-ERR-01/listStops"],
    "fresh": [("COM-ERR-01/listStops", {"en": "a new finding", "zh-Hant": "新發現"})],
    "gone": [],
    "exchanges": (600, 612),
    "medians": {"listStops": 7},
}


def test_a_comparison_says_what_changed_and_links_only_to_what_is_there() -> None:
    found = Reader(html.render(sample(), "en", None, COMPARISON))
    for said in (
        "run-0123456789abcdef",
        "2 requirements changed (1 got worse)",
        "a new finding",
        "https://old.example/v1",
        "7 ms",
    ):
        assert said in found.words
    assert {link[1:] for link in found.all("href") if link.startswith("#")} <= set(found.all("id"))
    assert "#COM-ERR-01" in found.all("href")
    assert "#GONE-01" not in found.all("href")
    assert "comparison" not in Reader(html.render(sample())).all("id")


# --------------------------------------------------------------------------------------------- on paper, and for everybody


def test_the_sheets_say_whose_run_it_is_and_no_text_leaves_its_string() -> None:
    sheets = [text for tag, text in Reader(html.render(attacked(sample()))).texts if tag == "style"]
    assert len(sheets) == 2
    assert re.fullmatch(r'@page \{( ?@[a-z-]+ \{ content: "(?:[A-Za-z0-9]|\\[0-9a-f]{1,6} )*"; font: [^{}"]+ \})+ \}', sheets[1])
    assert "run\\2d " in sheets[1]


def luminance(colour: str) -> float:
    full = colour[1:] if len(colour) == 7 else "".join(2 * digit for digit in colour[1:])
    parts = [int(full[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("face", [0, 1], ids=["light", "dark"])
def test_every_text_stands_out_from_what_it_stands_on(face: int) -> None:
    """WCAG 2.2: 4.5 to 1 for text (1.4.3), 3 to 1 for what bounds a control (1.4.11)."""
    style = Path(own_folder() / "reports" / "templates" / "report.css").read_text(encoding="utf-8")
    colours = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{3,6});", style.split(":root {")[face + 1].split("}")[0]))
    grounds = [colours[name] for name in ("paper", "sheet", "wash")]
    for name in ("ink", "quiet", "link", "pass", "fail", "open", "none", "error"):
        for ground in (*grounds, *([colours["mark"]] if name in ("ink", "link", "quiet") else [])):
            assert contrast(colours[name], ground) >= 4.5, (name, ground)
    for name in ("pass", "fail", "open", "error"):
        assert contrast(colours[name], colours[f"{name}-wash"]) >= 4.5, name
    for name in ("fail", "open"):
        assert contrast(colours["paper"], colours[name]) >= 4.5, name
    assert all(contrast(colours["edge"], ground) >= 3 for ground in grounds)


def test_without_the_specification_the_page_is_whole_all_the_same() -> None:
    assert formats.render("html", sample()) == html.render(sample())
    assert formats.render("html", sample(), "en", spec()) == html.render(sample(), "en", spec())
    assert formats.render("junit", sample(), "en", spec()) == formats.render("junit", sample())


def test_a_report_that_contradicts_itself_is_drawn_all_the_same() -> None:
    report = sample()
    report["traffic"] |= {
        "requests": {"success": [0, 3], "refused": [], "broken": [1]},
        "classes": {"core": [0, 0], "unheard-of": [2]},
        "operations": [
            {"operation": "x", "answers": 3, "unanswered": 0},
            {
                "operation": "y",
                "answers": 0,
                "unanswered": 0,
                "median": 2**53,
                "p95": 1,
                "longest": 0,
                "spread": [[2**53, 0], [0, 1]],
            },
        ],
    }
    found = Reader(html.render(report))
    assert "unheard-of" in found.words
    assert arrange(report | {"traffic": report["traffic"] | {"requests": {"success": [0]}}}).timeline is None
