"""What came of a campaign: who passed, who failed where, what most fails, how long it took, and what changed since another one. Pure.

The document is the campaign's report as JSON (`campaign.json`); the page and the table say the same. Numbers of requirements count targets.
"""

from __future__ import annotations

import csv
import io
import statistics
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from conformance.campaign.results import Result
from conformance.model import Spec

__all__ = ["COLUMNS", "ORDER", "campaign_report", "changes", "failing_most", "table"]

ORDER = ("PASSED", "FAILED", "INCONCLUSIVE", "ERROR", "unready", "unreachable", "overdue", "lost", "refused", "error")
COLUMNS = (
    "target", "outcome", "conformant", "domain", "profile", "effort", "vendor", "solution", "url", "failed", "inconclusive", "errors",
    "exchanges", "seconds", "attempts", "said", "surprises",
)  # fmt: skip


def campaign_report(
    name: str,
    results: Sequence[Result],
    specs: Iterable[Spec],
    *,
    began: str,
    ended: str,
    seconds: float,
    workers: int,
    before: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """The report of a campaign, from the results of its targets in their order; `before`: the report that it is compared with."""
    times = [one.seconds for one in results if one.state == "judged"]
    document = {
        "campaign": name,
        "began": began,
        "ended": ended,
        "seconds": round(seconds, 1),
        "workers": workers,
        "targets": len(results),
        "outcomes": _counted(one.outcome for one in results),
        "conformant": sum(one.conformant for one in results),
        "domains": {
            domain: _counted(one.outcome for one in results if one.domain == domain)
            for domain in sorted({one.domain for one in results})
        },
        "exchanges": sum(one.exchanges for one in results),
        "times": _times(times),
        "surprises": {one.target: list(one.surprises) for one in results if one.surprises},
        "requirements": failing_most(results, specs),
        "results": [one.as_json() | {"outcome": one.outcome} for one in results],
    }
    return document | ({"compared": changes(before, document)} if before is not None else {})


def _counted(outcomes: Iterable[str]) -> dict[str, int]:
    """How often each outcome came, in their order."""
    came = Counter(outcomes)
    return {outcome: came[outcome] for outcome in ORDER if came[outcome]}


def _times(seconds: list[float]) -> dict[str, float]:
    """The times of targets that were judged: median, the longest, and all together."""
    if not seconds:
        return {}
    return {"median": round(statistics.median(seconds), 2), "longest": round(max(seconds), 2), "sum": round(sum(seconds), 1)}


def failing_most(results: Iterable[Result], specs: Iterable[Spec]) -> list[dict[str, Any]]:
    """The requirements that some target failed, those first that most of them fail; each with its text and the operations."""
    rows = {row.id: row for spec in specs for row in spec.requirements}
    failed, operations = dict[str, list[str]](), dict[str, Counter[str]]()
    for one in results:
        for name in one.failed:
            failed.setdefault(name, []).append(one.target)
            operations.setdefault(name, Counter()).update(one.failing.get(name, ()))
    return [
        {
            "id": name,
            "level": str(rows[name].level) if name in rows else "",
            "text": dict(rows[name].text) if name in rows else {"en": name, "zh-Hant": name},
            "count": len(failed[name]),
            "targets": failed[name],
            "operations": dict(operations[name].most_common()),
        }
        for name in sorted(failed, key=lambda name: (-len(failed[name]), name))
    ]


def changes(before: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, Any]:
    """What changed between two reports: targets that came, went or have another outcome, and requirements that more or fewer fail."""
    old, new = ({one["target"]: one for one in report["results"]} for report in (before, now))
    both = [name for name in new if name in old]
    fails_then, fails_now = ({one["id"]: one["count"] for one in report["requirements"]} for report in (before, now))
    moved = [
        {
            "target": name,
            "before": old[name]["outcome"],
            "now": new[name]["outcome"],
            "mended": sorted({*old[name]["failed"]} - {*new[name]["failed"]}),
            "broken": sorted({*new[name]["failed"]} - {*old[name]["failed"]}),
        }
        for name in both
    ]
    return {
        "campaign": before["campaign"],
        "ended": before["ended"],
        "came": [name for name in new if name not in old],
        "went": [name for name in old if name not in new],
        "changed": [one for one in moved if one["before"] != one["now"] or one["mended"] or one["broken"]],
        "requirements": [
            {"id": name, "before": fails_then.get(name, 0), "now": fails_now.get(name, 0)}
            for name in sorted({*fails_then, *fails_now})
            if fails_then.get(name, 0) != fails_now.get(name, 0)
        ],
        "seconds": {"before": before["seconds"], "now": now["seconds"]},
    }


def table(report: Mapping[str, Any]) -> str:
    """The results as CSV (RFC 4180), a target to a line; several of a kind are parted by blanks. No spreadsheet takes a value for a formula."""
    text = io.StringIO()
    rows = csv.writer(text)
    rows.writerow(COLUMNS)
    for one in report["results"]:
        rows.writerow(_cell(one[name]) for name in COLUMNS)
    return text.getvalue()


def _cell(value: Any) -> str:
    told = " ".join(value) if isinstance(value, list | tuple) else str(value)
    return f"'{told}" if told[:1] in ("=", "+", "-", "@", "\t", "\r") else told
