"""The report for code scanners: SARIF 2.1.0, one rule per requirement, one result per case that failed or stayed open.

A result points at the row of the specification that it breaks, since the source of the solution is not known here.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from conformance.formats._summary import account, by_id
from conformance.formats._text import named
from conformance.load.catalogue import LANGUAGES
from conformance.model import Level, Outcome
from conformance.text.shown import visible

__all__ = ["FILE", "NAME", "SUFFIX", "place_of", "render", "written"]

NAME, SUFFIX, FILE = "sarif", "sarif", "report.sarif"
_KINDS = {Outcome.FAIL: "fail", Outcome.INCONCLUSIVE: "open"}


def render(report: Mapping[str, Any], language: str) -> bytes:
    """The report as SARIF."""
    rows = by_id(report)
    index = {identifier: number for number, identifier in enumerate(rows)}
    results = [
        _result(verdict, rows[verdict["requirement"]], index[verdict["requirement"]], language)
        for verdict in report["verdicts"]
        if verdict["outcome"] in _KINDS
    ]
    suite = report["suite"]
    run = {
        "tool": {
            "driver": {
                "name": suite["name"],
                "version": suite["version"],
                "rules": [_rule(row, language) for row in rows.values()],
            }
        },
        "automationDetails": {"id": f"yance/{report['target']['solutionId']}/{report['runId']}"},
        "invocations": [_invocation(report)],
        "language": language if language in LANGUAGES else "en",
        "columnKind": "unicodeCodePoints",
        "results": results,
    }
    return written(run)


def written(run: Mapping[str, Any]) -> bytes:
    """One run as a SARIF document."""
    document = {"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0", "runs": [run]}
    return (json.dumps(document, indent=1, ensure_ascii=False) + "\n").encode("utf-8", "backslashreplace")


def place_of(uri: str, line: int) -> dict[str, Any]:
    """A place in a file; line 0 is the file as a whole."""
    place: dict[str, Any] = {"artifactLocation": {"uri": uri}}
    if line > 0:
        place["region"] = {"startLine": line}
    return place


def _rule(row: Mapping[str, Any], language: str) -> dict[str, Any]:
    remedy = visible(named(row["remedy"], language))
    rule: dict[str, Any] = {
        "id": row["id"],
        "name": row["check"] or row["id"],
        "shortDescription": {"text": visible(named(row["text"], language))},
        "fullDescription": {"text": visible(f"{named(row['text'], language)} ({row['source']})")},
        "defaultConfiguration": {"level": "error" if row["level"] == Level.MUST else "warning"},
        "properties": {"tags": [row["class"], row["level"]]},
    }
    return rule | ({"help": {"text": remedy}} if remedy else {})


def _result(verdict: Mapping[str, Any], row: Mapping[str, Any], index: int, language: str) -> dict[str, Any]:
    kind = _KINDS[Outcome(verdict["outcome"])]
    file, _, line = row["where"].rpartition(":")
    place = place_of(f"specs/{file or row['where']}", int(line) if line.isdigit() else 0)
    result: dict[str, Any] = {
        "ruleId": row["id"],
        "ruleIndex": index,
        "kind": kind,
        "message": {"text": visible(account(verdict, row, language))},
        "locations": [{"physicalLocation": place, "logicalLocations": [{"name": verdict["case"], "kind": "member"}]}],
        "partialFingerprints": {"yanceCase/v1": hashlib.sha256(verdict["case"].encode("utf-8", "replace")).hexdigest()},
    }
    if kind == "fail":
        result["level"] = "error" if row["level"] == Level.MUST else "warning"
    else:
        result["level"] = "none"
    return result


def _invocation(report: Mapping[str, Any]) -> dict[str, Any]:
    times = {"startTimeUtc": report["startedOn"], "endTimeUtc": report["finishedOn"]}
    return {"executionSuccessful": report["result"] != "ERROR", **times}
