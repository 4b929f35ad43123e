"""What other programs read of a report: each format says what the report says, in the shape that its readers expect.

The shapes are told here in few words; `test_published.py` holds the renderings against the published schemas and real readers.
"""

from __future__ import annotations

import base64
import json
import re
from collections import Counter
from dataclasses import replace
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from conformance import formats
from conformance.evidence import CaseEnd, Ended
from conformance.formats import har
from conformance.load.catalogue import LANGUAGES
from conformance.model import Guise, Request
from conformance.run.finished import _Seen
from conformance.verdict.answered import Canaries
from tests.sample_report import EXCHANGES, JSON, WRITTEN, asked, large, passed, sample
from tests.test_formats import attacked

COMMAND = re.compile(r"::(error|warning|notice) file=([^:,]+),line=([1-9]\d*),title=([^:,]+)::([^\r\n]+)")


def rendered(name: str, report: dict[str, Any] | None = None, exchanges: Any = EXCHANGES) -> Any:
    return json.loads(formats.render(name, report or sample(), "en", exchanges=lambda: exchanges))


def shape(value: Any) -> Any:
    """A document without its texts: members, and how many items a list has."""
    if isinstance(value, dict):
        return {key: shape(member) for key, member in value.items()}
    return [shape(one) for one in value] if isinstance(value, list) else type(value).__name__


@pytest.mark.parametrize("name", ["ctrf", "earl", "har", "sarif"])
def test_whatever_texts_say_a_rendering_keeps_its_shape(name: str) -> None:
    assert shape(rendered(name, attacked(sample()))) == shape(rendered(name))


def test_times_are_those_of_the_evidence() -> None:
    took = {verdict["case"]: verdict["took"] for verdict in sample()["verdicts"] if "took" in verdict}
    assert took["COM-PAGE-01/listStops"] == 252, "from the first request to the last answer"
    junit = ET.fromstring(formats.render("junit", sample()))
    seconds = {case.get("name"): case.get("time") for case in junit.iter("testcase")}
    assert seconds == {verdict["case"]: f"{took.get(verdict['case'], 0) / 1000:.3f}" for verdict in sample()["verdicts"]}
    assert junit.get("time") == "192.000"
    tests = {test["name"]: test for test in rendered("ctrf")["results"]["tests"]}
    assert {name: test["duration"] for name, test in tests.items() if "start" in test} == took
    assert all(test["stop"] - test["start"] == test["duration"] for test in tests.values() if "start" in test)


def test_of_a_case_that_was_asked_again_the_last_attempt_counts() -> None:
    first, second = (replace(EXCHANGES[0], sent_at=at, elapsed=20) for at in (1_000, 9_000))
    early = replace(second, number=second.number + 1, sent_at=8_990)
    seen = _Seen(Canaries(Guise(1)))
    ends = [CaseEnd(first.case, Ended(how), "", 1) for how in ("interrupted", "complete")]
    assert len(list(seen.passing([first, ends[0], second, early, ends[1]]))) == 5
    assert seen.traffic.times == {first.case: (8_990, 9_020)}, "of two that went together, the earlier one"


# ------------------------------------------------------------------------------------------ JUnit


SUREFIRE = {  # element: attributes that it must have, attributes that it may have, children in their order
    "testsuite": (
        {"name", "tests", "errors", "skipped", "failures"},
        {"time", "group"},
        ["properties", "testcase"],
    ),
    "properties": (set(), set(), ["property"]),
    "property": ({"name", "value"}, set(), []),
    "testcase": (
        {"name", "time"},
        {"classname", "group"},
        ["failure", "skipped", "error", "system-out", "system-err"],
    ),
    "failure": ({"type"}, {"message"}, []),
    "error": ({"type"}, {"message"}, []),
    "skipped": (set(), {"message"}, []),
    "system-out": (set(), set(), []),
}


@pytest.mark.parametrize(
    "report", [sample(), passed(), large(40), attacked(sample())], ids=["sample", "passed", "large", "attacked"]
)
def test_junit_is_what_surefire_writes(report: dict[str, Any]) -> None:
    root = ET.fromstring(formats.render("junit", report, "zh-Hant"))
    assert root.tag == "testsuite"
    for element in root.iter():
        must, may, order = SUREFIRE[element.tag]
        assert must <= set(element.attrib) <= must | may
        places = [order.index(child.tag) for child in element]
        assert places == sorted(places)
    for element in (root, *root.iter("testcase")):
        assert re.fullmatch(r"\d+\.\d{3}", element.get("time", ""))
    counts = Counter(child.tag for case in root.iter("testcase") for child in case)
    assert [int(root.get(name, "")) for name in ("failures", "errors", "skipped")] == [
        counts[tag] for tag in ("failure", "error", "skipped")
    ]


# ------------------------------------------------------------------------------------------ SARIF and annotations


def test_sarif_has_a_rule_per_requirement_and_a_result_per_case_that_is_to_be_looked_at() -> None:
    (run,) = rendered("sarif")["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert len(rules) == len(sample()["requirements"])
    kinds = Counter((result["kind"], result["level"]) for result in run["results"])
    assert kinds == {("fail", "error"): 3, ("fail", "warning"): 1, ("open", "none"): 5, ("review", "none"): 1}
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
    rule = next(one for one in rules if one["id"] == "COM-ERR-01")
    for said in ("COM-ERR-01 (MUST): Every error with a body", "Source: RFC 9457 section 3; common", "How to mend: Send errors"):
        assert said in rule["help"]["text"]
    assert rule["helpUri"].endswith("/rfc9457#section-3")
    assert [one["id"] for one in rules if "helpUri" not in one] == ["COM-ERR-06"], "its source is a document of ours"


def test_sarif_points_into_the_vendors_settings() -> None:
    places = {}
    for result in rendered("sarif")["runs"][0]["results"]:
        (location,) = result["locations"]
        physical = location["physicalLocation"]
        assert physical["artifactLocation"]["uri"] == WRITTEN.file
        places[location["logicalLocations"][0]["name"]] = physical["region"]["startLine"]
    lines = WRITTEN.lines
    assert places["COM-PAGE-01/listStops"] == lines["/target/url"]
    assert places["RSV-TEN-02/listReservations"] == lines["/actors"], "an actor is lacking"
    assert places["TIM-OLD-01/listStops"] == lines["/seed"], "data are lacking"
    assert places["RSV-CAP-01/createReservation"] == lines["/target/url"], "no line says sandbox, so the table's does"


def test_without_settings_a_result_lies_where_they_would_stand() -> None:
    report = sample()
    del report["target"]["settings"]
    physical = rendered("sarif", report)["runs"][0]["results"][0]["locations"][0]["physicalLocation"]
    assert physical == {"artifactLocation": {"uri": "yance.toml"}, "region": {"startLine": 1}}


@pytest.mark.parametrize("language", LANGUAGES)
def test_annotations_name_each_requirement_once_and_each_cause_once(language: str) -> None:
    found = [COMMAND.fullmatch(line) for line in formats.render("annotations", sample(), language).decode().splitlines()]
    assert all(found)
    told = [(one[1], one[4], one[3]) for one in found if one]
    assert told == [
        ("error", "COM-ERR-01", "7"),
        ("error", "COM-ERR-06", "7"),
        ("error", "COM-PAGE-01", "7"),
        ("warning", "COM-CACHE-01", "7"),
        ("warning", "COM-DOC-01", "7"),
        ("warning", "COM-ERR-01%2C TIM-OLD-01", "30"),
        ("warning", "RSV-TEN-02", "12"),
        ("warning", "TIM-OLD-01", "30"),
        ("notice", "RSV-CAP-01", "7"),
    ]
    assert formats.render("annotations", passed(), language) == b""


def test_no_text_becomes_a_command_and_of_many_the_first_are_told() -> None:
    report = attacked(sample())
    for verdict in report["verdicts"]:
        for finding in verdict["findings"]:
            finding["text"] = dict.fromkeys(LANGUAGES, "a\n::error::b\r\n::stop-commands::x%0A::c")
    clean, found = (formats.render("annotations", one).decode().splitlines() for one in (sample(), report))
    assert len(found) == len(clean)
    assert all(COMMAND.fullmatch(line) for line in found)
    many = formats.render("annotations", large(300)).decode().splitlines()
    assert len(many) == 10
    assert "more in the report" in many[-1]


# ------------------------------------------------------------------------------------------ CTRF


def test_ctrf_hides_nothing_that_decides_and_fails_nobody_for_what_does_not() -> None:
    results = rendered("ctrf")["results"]
    statuses = {test["name"]: (test["status"], test["rawStatus"]) for test in results["tests"]}
    assert len(statuses) == len(sample()["verdicts"])
    assert statuses["COM-ERR-01/listStops"] == ("failed", "fail")
    assert statuses["COM-ERR-01/listRoutes"] == ("failed", "inconclusive")
    assert statuses["COM-CACHE-01/getStop"] == ("other", "fail"), "a SHOULD never decides"
    assert statuses["COM-DOC-01/getApiDescription"] == ("other", "error"), "our fault is not the vendor's"
    assert statuses["RSV-CAP-01/createReservation"] == ("skipped", "not_tested")
    summary = results["summary"]
    assert summary["tests"] == sum(summary[name] for name in ("passed", "failed", "skipped", "pending", "other")) == len(statuses)
    assert Counter(status for status, _ in statuses.values()) == {
        name: summary[name] for name in ("passed", "failed", "skipped", "other")
    }
    one = next(test for test in results["tests"] if test["name"] == "COM-ERR-01/listStops")
    assert (one["filePath"], one["line"]) == ("ci/yance.toml", 7)
    assert "How to mend" in one["trace"]


# ------------------------------------------------------------------------------------------ HAR


def test_the_archive_holds_every_exchange_as_it_was() -> None:
    log = rendered("har")["log"]
    assert log["version"] == "1.2"
    assert [entry["comment"] for entry in log["entries"]] == [f"#{one.number} {one.case}" for one in EXCHANGES]
    for entry, one in zip(log["entries"], EXCHANGES, strict=True):
        assert (entry["request"]["method"], entry["request"]["url"]) == (one.request.method, one.url)
        assert {pair["name"]: pair["value"] for pair in entry["request"]["queryString"]} == dict(one.request.query)
        assert entry["request"].get("postData", {}).get("text", "").encode() == (one.request.body or b"")
        assert (entry["response"]["status"], entry["time"]) == (one.status, one.elapsed)
        assert entry["response"]["content"].get("text", "").encode() == (one.response.body if one.response else b"")
    lost = log["entries"][3]["response"]
    assert (lost["status"], lost["_error"]) == (0, "ReadTimeout: no answer within 10.0 s")


def test_bytes_that_are_no_text_and_cookies_come_back() -> None:
    plain = Request("getStop", "GET", "/stops/1", headers=(("cookie", "a=1; b=2=3"),))
    body = bytes(range(256))
    one = asked(1, "c", plain, 200, body, JSON, ("set-cookie", "s=x; Path=/; HttpOnly"), ("location", "/v1/other"))
    (entry,) = rendered("har", exchanges=(one,))["log"]["entries"]
    content = entry["response"]["content"]
    assert (content["encoding"], base64.b64decode(content["text"]), content["size"]) == ("base64", body, 256)
    assert entry["response"]["cookies"] == [{"name": "s", "value": "x"}]
    assert entry["response"]["redirectURL"] == "/v1/other"
    assert entry["request"]["cookies"] == [{"name": "a", "value": "1"}, {"name": "b", "value": "2=3"}]


def test_an_archive_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(har, "_MOST_BODY", 100)
    log = rendered("har")["log"]
    long = [entry for entry in log["entries"] if "comment" in entry["response"]["content"]]
    assert long
    assert all("text" not in entry["response"]["content"] and entry["response"]["content"]["size"] > 100 for entry in long)
    assert {entry["response"]["content"]["comment"] for entry in long} == {"too long for this archive; the evidence has it"}
    monkeypatch.setattr(har, "_MOST", 4000)
    log = rendered("har")["log"]
    assert 0 < len(log["entries"]) < len(EXCHANGES)
    assert f"{sample()['evidence']['exchanges'] - len(log['entries'])} more in the report" in log["comment"]


# ------------------------------------------------------------------------------------------ EARL


def test_earl_asserts_every_case_once_about_things_that_are_there() -> None:
    document = rendered("earl")
    graph = {one["id"]: one for one in document["@graph"]}
    assert len(graph) == len(document["@graph"])
    assertions = [one for one in graph.values() if one["type"] == "earl:Assertion"]
    assert Counter(one["result"]["outcome"] for one in assertions) == {
        "earl:failed": 4,
        "earl:passed": 4,
        "earl:cantTell": 5,
        "earl:untested": 2,
        "earl:inapplicable": 1,
    }
    for one in assertions:
        assert "earl:Assertor" in graph[one["assertedBy"]]["type"]
        assert "earl:TestSubject" in graph[one["subject"]]["type"]
        case = graph[one["test"]]
        assert case["type"] == "earl:TestCase"
        assert case["id"] in graph[case["isPartOf"]]["hasPart"]
    requirement = next(one for one in graph.values() if one.get("title") == "COM-PAGE-01")
    assert {text["@language"] for text in requirement["description"]} == {"en", "zh-Hant"}
    used = {key for one in graph.values() for key in (*one, *one.get("result", {}))} - {"id", "type"}
    prefixes = {key for key, value in document["@context"].items() if isinstance(value, str) and value.endswith(("#", "/", ":"))}
    assert all(key in document["@context"] or key.partition(":")[0] in prefixes for key in used)
