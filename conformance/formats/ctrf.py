"""The report in the Common Test Report Format (CTRF), which actions, dashboards and mergers of test reports read.

passed     pass
failed     a MUST that failed or stayed inconclusive, as in JUnit: skipped would hide what blocks a certificate
other      the suite's own fault, and what never decides: a SHOULD or MAY that failed or stayed open
           what is waived (`yance report --waiver`), whose message begins with that
skipped    not tested, not applicable

`rawStatus` is the outcome itself; `line` and `filePath` say where the settings may have to be mended.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from conformance.formats._json import milliseconds, name, shown, written
from conformance.formats._places import place
from conformance.formats._summary import account, borne, by_id, headline, waiver_line
from conformance.model import Level, Outcome

__all__ = ["FILE", "NAME", "SUFFIX", "render"]

NAME, SUFFIX, FILE = "ctrf", "json", "ctrf-report.json"
_STATUSES = ("passed", "failed", "skipped", "pending", "other")


def render(report: Mapping[str, Any], language: str) -> bytes:
    """The report as CTRF."""
    rows = by_id(report)
    tests = [_test(report, verdict, rows[verdict["requirement"]], language) for verdict in report["verdicts"]]
    found = Counter(test["status"] for test in tests)
    start, stop = milliseconds(report["startedOn"]), milliseconds(report["finishedOn"])
    suite, target = report["suite"], report["target"]
    document = {
        "reportFormat": "CTRF",
        "specVersion": "0.0.0",
        "reportId": name("report", report["digest"]),
        "timestamp": report["finishedOn"],
        "generatedBy": f"{suite['name']} {suite['version']}",
        "results": {
            "tool": {"name": suite["name"], "version": suite["version"]},
            "summary": {
                "tests": len(tests),
                **{status: found[status] for status in _STATUSES},
                "start": start,
                "stop": max(start, stop),
                "extra": {"result": report["result"], "mandatory": dict(report["mandatory"])},
            },
            "tests": tests,
            "environment": {
                "appName": target["solutionId"],
                "appVersion": target["solutionVersion"],
                "testEnvironment": target["baseUrl"],
                "extra": {"runId": report["runId"], "report": report["digest"], "vendor": target["vendor"]},
            },
        },
    }
    return written(shown(document))


def _test(report: Mapping[str, Any], verdict: Mapping[str, Any], row: Mapping[str, Any], language: str) -> dict[str, Any]:
    specification = report["specification"]
    file, line = place(report, verdict)
    test: dict[str, Any] = {
        "id": name("case", specification["domain"], specification["version"], verdict["case"]),
        "name": verdict["case"],
        "status": "other" if borne(verdict, row) else _status(verdict["outcome"], row["level"]),
        "rawStatus": verdict["outcome"],
        "duration": verdict.get("took", 0),
        "suite": [f"{specification['domain']} {specification['version']}", row["class"]],
        "tags": [row["level"], row["class"]],
        "labels": {"requirement": row["id"], "operation": verdict["operation"], "witnesses": verdict["witnesses"]},
        "filePath": file,
        "line": line,
    }
    if "startedAt" in verdict:
        test |= {"start": verdict["startedAt"], "stop": verdict["startedAt"] + verdict["took"]}
    if borne(verdict, row):
        test["labels"]["waiver"] = row["waiver"]["waiverId"]
    if verdict["outcome"] != Outcome.PASS:
        waived = f"{waiver_line(row['waiver'], language)} | " if borne(verdict, row) else ""
        test["message"] = f"{waived}{headline(verdict, language)}"
    if verdict["findings"]:
        test["trace"] = account(verdict, row, language)
    return test


def _status(outcome: str, level: str) -> str:
    if outcome == Outcome.PASS:
        return "passed"
    if outcome in (Outcome.NOT_TESTED, Outcome.NOT_APPLICABLE):
        return "skipped"
    return "failed" if level == Level.MUST and outcome != Outcome.ERROR else "other"
