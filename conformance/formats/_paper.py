"""The report on paper, in one language: PDF/A-2b. It is made of the report alone, and says of each requirement what was found.

It is no file of the run that `verify` holds against the report: another version of typst sets other bytes. What is signed is report.json.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from conformance.formats._pdf import pdf
from conformance.formats._summary import account, waiver_line
from conformance.formats._text import named, shortened
from conformance.load.catalogue import say
from conformance.model import Outcome

__all__ = ["report_pages"]

_WORST_FIRST = ("fail", "error", "inconclusive", "not_tested", "pass", "not_applicable")
_LONGEST, _MOST = 500, 5  # characters of what was found in a case; cases that are told of a requirement


def report_pages(report: Mapping[str, Any], language: str) -> bytes:
    """The document of a report. Raises UsageError where typst or its font is not installed."""

    def text(key: str, **values: object) -> str:
        return say(key, language, **values)

    target, profile, specification = report["target"], report["profile"], report["specification"]
    solution = f"{target['solutionId']} {target['solutionVersion']}"
    data = {
        "title": text("html.title"),
        "author": "Yance",
        "head": f"{target['vendor']} · {solution}",
        "run": report["runId"],
        "result": report["result"],
        "result_text": text(f"result.{report['result']}"),
        "lead": f"{solution} · {target['vendor']}",
        "facts": [
            (text("paper.endpoint"), target["baseUrl"]),
            (text("paper.profile"), f"{named(profile['title'], language)} ({profile['id']} {profile['version']})"),
            (text("paper.spec"), f"{specification['domain']} {specification['version']}"),
            (text("paper.when"), f"{report['startedOn']} – {report['finishedOn']}"),
            (text("html.purpose"), text(f"desk.purpose.{report['purpose']}")),
            (text("html.suite"), f"{report['suite']['name']} {report['suite']['version']}"),
        ],
        "outcomes": [text(f"outcome.{one}") for one in Outcome],
        "counts_title": text("paper.counts"),
        "counts": [
            {"label": text(key), "values": [str(report[name][one]) for one in Outcome]}
            for key, name in (("html.mandatory", "mandatory"), ("html.cases", "counts"))
        ],
        "waivers_title": text("site.waivers"),
        "waivers": [
            {"requirements": ", ".join(one["requirements"]), "reason": waiver_line(one, language), "end": ""}
            for one in report["waivers"]
        ],
        "sections": _sections(report, language),
        "digests_title": text("html.about"),
        "digests": [
            (text("html.digest.report"), report["digest"]),
            (text("html.digest.plan"), report["plan"]["digest"]),
            (text("html.digest.evidence"), report["evidence"]["digest"]),
        ],
        "notes": [text("paper.report-note")],
        "lang": "zh" if language == "zh-Hant" else "en",
        "region": "TW" if language == "zh-Hant" else "GB",
    }
    return pdf("report", data, datetime.fromisoformat(report["finishedOn"]))


def _sections(report: Mapping[str, Any], language: str) -> list[dict[str, Any]]:
    """The requirements by their class, those first that were not passed; each with what was found."""
    verdicts: dict[str, list[Mapping[str, Any]]] = {}
    for one in report["verdicts"]:
        if one["outcome"] in ("fail", "error"):
            verdicts.setdefault(one["requirement"], []).append(one)
    head = [say(f"paper.column.{name}", language) for name in ("requirement", "level", "text", "outcome")]
    found: dict[str, list[Any]] = {}
    for row in sorted(report["requirements"], key=lambda row: _WORST_FIRST.index(row["outcome"])):
        told = [f"{one['case']}: {account(one, row, language)}" for one in verdicts.get(row["id"], [])]
        found.setdefault(row["outcome"], []).append(
            {
                "id": row["id"],
                "level": row["level"],
                "text": named(row["text"], language),
                "found": [shortened(one, _LONGEST) for one in told[:_MOST]]
                + ([f"(+{len(told) - _MOST})"] if len(told) > _MOST else []),
                "outcome": row["outcome"],
                "outcome_text": say(f"outcome.{row['outcome']}", language)
                + (f" · {say('format.waived', language)}" if "waiver" in row else ""),
            }
        )
    return [
        {"title": f"{say(f'outcome.{outcome}', language)} ({len(rows)})", "head": head, "rows": rows}
        for outcome, rows in found.items()
    ]
