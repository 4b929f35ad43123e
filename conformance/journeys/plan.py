"""What is to be run, against whom: one document with a digest, which fixes every request that does not depend on an answer.

journeys         the documents by name, with their digests; `rows` is the digest of what is demanded
specifications   the interfaces that they go across
targets          by domain: where, whose, as whom, and the statement that the solution rests on
inputs, seed     what goes into the requests beside answers; the time at which a workflow began is in the evidence
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from conformance.errors import VerificationError
from conformance.interface.schema import errors
from conformance.journeys.course import Party
from conformance.journeys.documents import Journey, Journeys, Row, Workflow, load_journeys
from conformance.journeys.settings import Crossing, Target
from conformance.load import Folders
from conformance.load.data import digest_of
from conformance.text.lined import in_lines

__all__ = ["Planned", "plan_bytes", "planned", "read_plan"]


@dataclass(frozen=True)
class Planned:
    """What is to be run: journeys and rows, and the plan as a document."""

    journeys: tuple[Journey, ...]
    rows: tuple[Row, ...]
    title: Mapping[str, str]
    classes: Mapping[str, Mapping[str, str]]
    document: Mapping[str, Any]

    @property
    def digest(self) -> str:
        """The digest of the plan."""
        return digest_of(self.document)

    @property
    def seed(self) -> int:
        """The seed that texts of the suite's own are made from."""
        return int(self.document["seed"])

    @property
    def inputs(self) -> Mapping[str, Any]:
        """The inputs that are not those of the documents."""
        found: Mapping[str, Any] = self.document["inputs"]
        return found

    def workflows(self) -> list[tuple[Journey, Workflow]]:
        """The workflows in the order in which they are gone through, each with its journey."""
        return [(journey, workflow) for journey in self.journeys for workflow in journey.workflows]

    def parties(self) -> dict[str, Party]:
        """The parties by domain."""
        told = self.document["targets"]
        return {domain: Party(frozenset(one["actors"]), bool(one["sandbox"])) for domain, one in told.items()}

    def specs(self) -> dict[str, Any]:
        """The interfaces by domain."""
        return {domain: spec for one in self.journeys for domain, spec in one.specs.items()}


def planned(
    known: Journeys, crossing: Crossing, *, seed: int, purpose: str, shown: Callable[[str], str] = lambda text: text
) -> Planned:
    """The plan of a crossing. `shown` hides in a base URL what lets in whoever knows it."""
    specs = {domain: spec for one in crossing.journeys for domain, spec in one.specs.items()}
    document = {
        "journeyPlan": 1,
        "version": known.version,
        "purpose": purpose,
        "seed": seed,
        "rows": known.digest,
        "journeys": {one.id: one.digest for one in crossing.journeys},
        "specifications": {domain: {"version": spec.version, "digest": spec.digest} for domain, spec in sorted(specs.items())},
        "targets": {domain: _target(crossing.targets[domain], shown) for domain in sorted(specs)},
        "inputs": dict(crossing.inputs),
    }
    return Planned(crossing.journeys, known.rows, known.title, known.classes, document)


def _target(one: Target, shown: Callable[[str], str]) -> dict[str, Any]:
    solution = {"id": one.ics.solution_id, "version": one.ics.solution_version, "vendor": one.ics.vendor}
    rests = {"rests": one.rests.document()} if one.rests else {}
    return {
        "baseUrl": shown(one.ixit.base_url),
        "solution": solution,
        "actors": sorted(one.ixit.actors),
        "sandbox": one.ixit.sandbox,
        **rests,
    }


def plan_bytes(plan: Planned) -> bytes:
    """The bytes of plan.json."""
    return in_lines({**plan.document, "digest": plan.digest})


def read_plan(folders: Folders, content: bytes, where: str) -> Planned:
    """A plan from the bytes of plan.json. Raises VerificationError unless journeys, rows and interfaces at hand are those that it names."""
    try:
        document = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise VerificationError(f"{where}: this is not JSON any more ({error})") from None
    for wrong in errors(folders.schema("journey-plan"), document):
        raise VerificationError(f"{where}: this is no plan of journeys ({wrong.pointer or 'the file'}: {wrong.message:.200})")
    stated = document.pop("digest")
    known = load_journeys(folders, document["version"])
    journeys = known.chosen(tuple(document["journeys"]))
    plan = Planned(journeys, known.rows, known.title, known.classes, document)
    if stated != plan.digest or content != plan_bytes(plan):
        raise VerificationError(f"{where}: the plan was changed: it states {stated:.80}, its content has {plan.digest}")
    ours = {"rows": known.digest, **{one.id: one.digest for one in journeys}}
    theirs = {"rows": document["rows"], **document["journeys"]}
    ours |= {domain: spec.digest for domain, spec in plan.specs().items()}
    theirs |= {domain: one["digest"] for domain, one in document["specifications"].items()}
    for name, digest in theirs.items():
        if ours.get(name) != digest:
            raise VerificationError(
                f"{where}: the journeys were run under another {name} ({digest:.80}) than the one here ({ours.get(name)}); "
                "give its data folder by --data"
            )
    return plan
