"""The joint report: what was run across whom, what each row came to, and what the evidence holds. A pure function of plan and evidence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from conformance.evidence import Footer, Header
from conformance.journeys import checks
from conformance.journeys.documents import Row, Workflow
from conformance.journeys.judging import ORDER, Judged, judged
from conformance.journeys.plan import Planned
from conformance.journeys.record import Record, Taken
from conformance.load.catalogue import LANGUAGES, finding_text
from conformance.load.sentences import told
from conformance.model import Level, Outcome

__all__ = ["joint_report"]


def joint_report(
    plan: Planned, records: Mapping[str, Record], header: Header, footer: Footer, resumed: int = 0
) -> dict[str, Any]:
    """The report."""
    verdicts = judged(plan.rows, records)
    rows = [_row(row, [one for one in verdicts if one.row.id == row.id], plan) for row in plan.rows]
    counts = Counter(one["outcome"] for one in rows)
    said = plan.document
    return {
        "journeyReport": 1,
        "runId": f"journey-{footer.root[:16]}",
        "purpose": said["purpose"],
        "result": _result(rows),
        "title": dict(plan.title),
        "version": said["version"],
        "suite": {"name": header.suite, "version": header.suite_version, "artifactDigest": header.build},
        "plan": {"digest": plan.digest, "seed": plan.seed, "rows": said["rows"]},
        "startedOn": _moment(header.started_at),
        "finishedOn": _moment(footer.finished_at),
        "targets": [{"domain": domain, **_shown(one)} for domain, one in said["targets"].items()],
        "specifications": [{"domain": domain, **one} for domain, one in said["specifications"].items()],
        "journeys": [
            {
                "id": one.id,
                "title": dict(one.title),
                "description": dict(one.description),
                "digest": one.digest,
                "workflows": [_workflow(each, records.get(each.id)) for each in one.workflows],
            }
            for one in plan.journeys
        ],
        "requirements": rows,
        "counts": {str(outcome): counts[str(outcome)] for outcome in Outcome},
        "evidence": {
            "entries": footer.entries,
            "exchanges": footer.exchanges,
            "digest": footer.digest,
            "rfc6962Root": footer.root,
            "redaction": {"policyDigest": footer.policy_digest, "replacements": footer.replacements},
            **({"resumed": resumed} if resumed else {}),
        },
    }


def _result(rows: Sequence[Mapping[str, Any]]) -> str:
    """What the MUSTs come to that the journeys which were run are bound by."""
    outcomes = {row["outcome"] for row in rows if row["level"] == Level.MUST}
    if Outcome.FAIL in outcomes:
        return "FAILED"
    return "PASSED" if outcomes <= {Outcome.PASS, Outcome.NOT_TESTED} and Outcome.PASS in outcomes else "INCONCLUSIVE"


def _shown(target: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in target.items() if name not in ("actors", "sandbox")}


def _moment(milliseconds: int) -> str:
    return datetime.fromtimestamp(milliseconds / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _both(text: str) -> dict[str, str]:
    return {language: told(text, language) for language in LANGUAGES}


def _workflow(workflow: Workflow, record: Record | None) -> dict[str, Any]:
    steps = record.steps if record else {}
    return {
        "id": workflow.id,
        "summary": dict(workflow.summary),
        "ended": _both(record.ended) if record and record.ended else None,
        "steps": [_step(step.id, step.source, step.operation.id, steps) for step in workflow.steps],
    }


def _step(name: str, source: str, operation: str, steps: Mapping[str, Taken]) -> dict[str, Any]:
    taken = steps.get(name)
    return {
        "id": name,
        "domain": source,
        "operation": operation,
        "taken": taken is not None,
        "fine": taken is not None and not taken.unmet,
        "exchanges": [one.number for one in taken.exchanges] if taken else [],
        "status": taken.last.status if taken else 0,
    }


def _row(row: Row, found: Sequence[Judged], plan: Planned) -> dict[str, Any]:
    """A row with its cases; where no journey that was run is bound by it, it was not tested."""
    outcome = next((one for one in ORDER if any(each.outcome is one for each in found)), Outcome.NOT_TESTED)
    return {
        "id": row.id,
        "level": str(row.level),
        "class": dict(plan.classes[row.conformance_class]),
        "text": dict(row.text),
        "source": row.source,
        "remedy": dict(row.remedy),
        "outcome": str(outcome),
        "cases": [_case(one) for one in found],
    }


def _case(one: Judged) -> dict[str, Any]:
    messages = checks.check(one.row.check).messages
    findings = [
        {
            "text": finding_text(messages, finding),
            "expected": finding.expected,
            "actual": finding.actual,
            "at": finding.at,
            "exchanges": list(finding.exchanges),
        }
        for finding in one.findings
    ]
    return {
        "workflow": one.workflow,
        "outcome": str(one.outcome),
        "witnesses": one.witnesses,
        "findings": findings,
        "open": [_both(text) for text in one.open],
    }
