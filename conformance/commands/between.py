"""Journeys as the commands of the committee see them: traced, examined and recorded as a domain's version is, from rows of one shape.

What goes across domains has no document of its own in which clauses could be cited; what it consists of are its workflows, so these stand
where a domain has clauses, and the operations that they call where a domain has its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from conformance.committee.coverage import Coverage, Gap, Traced
from conformance.committee.lifecycle import Bid, Evidence, Lack, recognised
from conformance.committee.lint import Fault, examined
from conformance.committee.rules import draft_of
from conformance.journeys import checks
from conformance.journeys.documents import FOLDER, Journeys, load_journeys
from conformance.load import Folders
from conformance.load.data import digest_of
from conformance.load.documents import Document
from conformance.load.lifecycle import record_of
from conformance.model import Level, Outcome, Requirement
from conformance.reference import journeys as together

__all__ = [
    "FOLDER",
    "is_of_journeys",
    "joint_bid",
    "joint_coverage",
    "joint_evidence",
    "joint_faults",
    "joint_lack",
    "journeys_named",
    "journeys_versions",
]

_OF_ROWS = (
    "REQ-01",
    "REQ-02",
    "REQ-03",
    "REQ-04",
    "REQ-05",
    "REQ-06",
    "REQ-07",
)  # what a row's operations are is looked up when it is read
_LEAST = {Level.MUST: 2}  # faults, one of them subtle


def is_of_journeys(name: str) -> bool:
    """Whether `journeys`, or a version of them, is meant."""
    return name.partition("@")[0] == FOLDER


def journeys_named(folders: Folders, name: str) -> Journeys:
    """The journeys of `journeys` or `journeys@VERSION`. Raises UsageError where there are none."""
    return load_journeys(folders, name.partition("@")[2] or None)


def joint_faults(known: Journeys) -> list[Fault]:
    """Everything in the rows that breaks a rule about rows, the gravest first. What is wrong in a document is refused when it is read."""
    home = Path(known.journeys[0].source).parents[3]
    found = examined(draft_of({}, requirements=known.requirements()), Document({}, known.journeys[0].source), home)
    return [one for one in found if one.rule.id in _OF_ROWS]


def joint_coverage(known: Journeys) -> Coverage:
    """What of the journeys is tested, and by what: workflow ↔ requirement ↔ check ↔ faults and variants ↔ operations ↔ journeys."""
    traced = tuple(_traced(row, known) for row in known.requirements())
    workflows = [workflow for journey in known.journeys for workflow in journey.workflows]
    clauses = {one.id: tuple(row.row.id for row in traced if one.id in row.clauses) for one in workflows}
    asked = dict.fromkeys(f"{step.source}.{step.operation.id}" for one in workflows for step in one.steps)
    operations = {
        name: tuple(row.row.id for row in traced if row.row.binding and name in row.row.binding.operations) for name in asked
    }
    titles = {one.id: one.summary for one in workflows}
    found = Coverage(f"{FOLDER}@{known.version}", traced, clauses, operations, tuple(together.variants()), (), titles)
    return replace(found, gaps=tuple(_gaps(found)))


def _traced(row: Requirement, known: Journeys) -> Traced:
    """A row with its workflows, the faults that break it, and the journeys that it binds."""
    bound = row.binding.arguments if row.binding else {}
    broken = tuple(name for name, kind in together.faults().items() if row.id in kind.BREAKS)
    across = tuple(one.id for one in known.journeys if any(workflow.id in bound for workflow in one.workflows))
    return Traced(row, tuple(bound), broken, across)


def _gaps(found: Coverage) -> Iterator[Gap]:
    faults = together.faults()
    yield from (Gap("workflow", name) for name, rows in found.clauses.items() if not rows)
    for one in found.rows:
        if len(one.faults) < _LEAST.get(one.row.level, 1):
            yield Gap("unseeded", one.row.id)
        if one.row.level is Level.MUST and not any(faults[name].SUBTLE for name in one.faults):
            yield Gap("unsubtle", one.row.id)
    yield from (Gap("operation", name) for name, rows in found.operations.items() if not rows)
    used = {one.row.binding.check for one in found.rows if one.row.binding}
    yield from (Gap("unused", name) for name in checks.names() if name not in used)


# ------------------------------------------------------------------------------------------ how far they have come


def journeys_versions(folders: Folders) -> list[str]:
    """The versions of the journeys; none where no data folder has any."""
    return sorted({one.name for one in folders.children("specs", FOLDER) if one.is_dir()})


def joint_evidence(content: Any) -> Evidence | None:
    """What a JSON file is evidence of, where it is of journeys: a sweep, or the joint report on solutions that passed every requirement."""
    if not isinstance(content, Mapping):
        return None
    digest = digest_of(content)
    if "journeyReport" not in content:
        return recognised(content, digest)
    try:
        made_of = digest_of({one["id"]: one["digest"] for one in content["journeys"]}), str(content["plan"]["rows"])
        passed = all(row["outcome"] == Outcome.PASS for row in content["requirements"]) and bool(content["requirements"])
        of = " + ".join(str(one["solution"]["id"]) for one in content["targets"])
        return Evidence("implementation", digest, *made_of, good=passed, about=str(content["runId"]), of=of)
    except (LookupError, TypeError):
        return None


def joint_lack(one: Lack) -> Lack:
    """What a version of the journeys lacks, with the command that makes it of journeys."""
    return (
        replace(one, command="yance journey run journeys.toml --out runs/NAME") if one.command.startswith("yance run ") else one
    )


def joint_bid(
    folders: Folders, name: str, state: str, evidence: Sequence[Evidence], *, sunset: str, successor: str, erratum: str
) -> Bid:
    """The bid of a version of the journeys for a state. How a version differs from the one before is for whoever decides to see: a row or a
    step more is another version.
    """
    known = journeys_named(folders, name)
    records = {one: record_of(folders, FOLDER, one) for one in journeys_versions(folders)}
    asks = state in ("candidate", "published")
    return Bid(
        records[known.version],
        state,
        known.documents_digest,
        known.digest,
        known.demands_digest,
        sum(one.rule.severity == "error" for one in joint_faults(known)) if asks else 0,
        len(joint_coverage(known).unexplained) if asks else 0,
        "enough",
        "",
        [one for one, record in records.items() if record.state in ("published", "deprecated")],
        datetime.now(UTC).date(),
        evidence,
        sunset,
        successor,
        erratum,
    )
