"""The report for code scanners: SARIF 2.1.0, one rule per requirement, one result per case that failed or stayed open.

A result lies in the vendor's repository: at the line of yance.toml that names the target, or the part that would settle what stayed
open (`_places`). The clause that it breaks, its source and how to mend it are the help of its rule. What was not tested though it
binds is told, too: of kind `open`, or `review` where this suite has no check for it. What is waived (`yance report --waiver`) is a result
with an external suppression that was accepted, and says by whom, why and until when.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from conformance.formats._json import shown, written
from conformance.formats._places import place
from conformance.formats._summary import account, borne, by_id, waiver_line
from conformance.formats._text import named
from conformance.load.catalogue import LANGUAGES, say
from conformance.model import Level, Outcome

__all__ = ["FILE", "NAME", "SUFFIX", "log_of", "place_of", "render"]

NAME, SUFFIX, FILE = "sarif", "sarif", "report.sarif"
_RFC = re.compile(r"RFC (\d{3,5})(?:,? section ([\d.]*\d))?")


def render(report: Mapping[str, Any], language: str) -> bytes:
    """The report as SARIF."""
    rows = by_id(report)
    index = {identifier: number for number, identifier in enumerate(rows)}
    results = [
        _result(report, verdict, rows[verdict["requirement"]], index[verdict["requirement"]], language)
        for verdict in report["verdicts"]
        if _kind(verdict["outcome"], rows[verdict["requirement"]])
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
    return log_of(run)


def log_of(run: Mapping[str, Any]) -> bytes:
    """One run as a SARIF document."""
    document = {"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0", "runs": [run]}
    return written(shown(document))


def _kind(outcome: str, row: Mapping[str, Any]) -> str:
    """What kind of a result a case is; empty for one that leaves nothing to be looked at."""
    if outcome == Outcome.FAIL:
        return "fail"
    if outcome == Outcome.NOT_TESTED and row["level"] == Level.MUST:
        return "open" if row["tested"] else "review"
    return "open" if outcome == Outcome.INCONCLUSIVE else ""


def place_of(uri: str, line: int) -> dict[str, Any]:
    """A place in a file; line 0 is the file as a whole."""
    place: dict[str, Any] = {"artifactLocation": {"uri": uri}}
    if line > 0:
        place["region"] = {"startLine": line}
    return place


def _rule(row: Mapping[str, Any], language: str) -> dict[str, Any]:
    text, remedy = named(row["text"], language), named(row["remedy"], language)
    facts = [(say("html.source", language), row["source"]), *([(say("html.remedy", language), remedy)] if remedy else [])]
    must = row["level"] == Level.MUST
    rule: dict[str, Any] = {
        "id": row["id"],
        **({"name": row["check"]} if row["check"] else {}),
        "shortDescription": {"text": text},
        "fullDescription": {"text": f"{text} ({row['source']})"},
        "help": {"text": "\n".join([f"{row['id']} ({row['level']}): {text}", *(f"{key}: {value}" for key, value in facts)])},
        "defaultConfiguration": {"level": "error" if must else "warning"},
        "properties": {
            "tags": [row["class"], row["level"]],
            "problem.severity": "error" if must else "warning",
            "where": f"specs/{row['where']}",
        },
    }
    if found := _RFC.search(row["source"]):
        section = f"#section-{found[2]}" if found[2] else ""
        rule["helpUri"] = f"https://www.rfc-editor.org/rfc/rfc{found[1]}{section}"
    return rule


def _result(
    report: Mapping[str, Any], verdict: Mapping[str, Any], row: Mapping[str, Any], index: int, language: str
) -> dict[str, Any]:
    kind = _kind(verdict["outcome"], row)
    file, line = place(report, verdict)
    physical = place_of(quote(file, errors="replace"), line)
    failed = "error" if row["level"] == Level.MUST else "warning"
    justified = (
        {"kind": "external", "status": "accepted", "justification": waiver_line(row["waiver"], language)}
        if borne(verdict, row)
        else None
    )
    return {
        "ruleId": row["id"],
        "ruleIndex": index,
        "kind": kind,
        "level": failed if kind == "fail" else "none",
        "message": {"text": account(verdict, row, language)},
        "locations": [{"physicalLocation": physical, "logicalLocations": [{"name": verdict["case"], "kind": "member"}]}],
        "partialFingerprints": {"yanceCase/v1": hashlib.sha256(verdict["case"].encode("utf-8", "replace")).hexdigest()},
        **({"suppressions": [justified]} if justified else {}),
    }


def _invocation(report: Mapping[str, Any]) -> dict[str, Any]:
    times = {"startTimeUtc": report["startedOn"], "endTimeUtc": report["finishedOn"]}
    return {"executionSuccessful": report["result"] != "ERROR", **times}
