"""What a part of a run came to: of some requirements, or of what a screening asked."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from conformance.model import Outcome
from conformance.verdict.report import result_of, worst

__all__ = ["part_result"]


def part_result(report: Mapping[str, Any], part: Collection[str]) -> str:
    """PASSED, FAILED, INCONCLUSIVE or ERROR, of the requirements that were asked for alone (none: of all): others may have been asked to
    bring the traffic on which these are judged. What the effort of the run left out has no say in it.
    """
    asked = [row for row in report["requirements"] if row["tested"] and (not part or row["id"] in part)]
    came: dict[str, list[Outcome]] = {row["id"]: [] for row in asked}
    for verdict in report["verdicts"]:
        if verdict["requirement"] in came and verdict.get("reason", {}).get("key") != "effort":
            came[verdict["requirement"]].append(Outcome(verdict["outcome"]))
    rows = [{**row, "outcome": worst(came[row["id"]])} for row in asked if came[row["id"]]]
    return result_of(rows, complete=True, part=True)
