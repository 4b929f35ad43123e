"""A plan as a document: what plan.json holds, and the plan from it again.

The digest covers everything that fixes a request, so two runs of one plan ask the same questions. What drew the inputs
(`generator`) fixes none beside the inputs themselves: it stands in plan.json and not in the digest, so that a plan has one digest
under every Python and engine that draw the same.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from conformance.errors import DataError
from conformance.load.data import digest_of
from conformance.model import Case, Draw, Effort, Guise, Inputs, Outcome, Plan, Reason
from conformance.plan.generate import dump

__all__ = ["plan_document", "read_plan", "with_digest"]

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")  # nothing that leads out of a data folder


def with_digest(plan: Plan) -> Plan:
    """The plan with its own digest."""
    fixed = {name: value for name, value in plan_document(plan).items() if name != "generator"}
    return replace(plan, digest=digest_of(fixed))


def plan_document(plan: Plan) -> dict[str, Any]:
    """The plan as JSON. Drawn inputs stand once per operation; seed data are named, since they fix requests too."""
    drawn: dict[str, Any] = {}
    for case in plan.cases:
        if case.operation and case.operation not in drawn:
            drawn[case.operation] = {"valid": list(map(dump, case.inputs.valid)), "invalid": list(map(dump, case.inputs.invalid))}
    seeds = next((dict(case.inputs.seeds) for case in plan.cases if case.inputs.seeds), {})
    return {
        "domain": plan.domain,
        "specVersion": plan.spec_version,
        "specDigest": plan.spec_digest,
        "rowsDigest": plan.rows_digest,
        "profile": plan.profile,
        "profileDigest": plan.profile_digest,
        "seed": plan.seed,
        "effort": str(plan.effort),
        "generator": plan.generator,
        "sandbox": plan.sandbox,
        "seeds": {name: list(values) for name, values in seeds.items()},
        "inputs": drawn,
        **({"leftOut": list(plan.left_out)} if plan.left_out else {}),
        "cases": [_case_document(case) for case in plan.cases],
    }


def _case_document(case: Case) -> dict[str, Any]:
    document: dict[str, Any] = {
        "id": case.id,
        "requirement": case.requirement,
        "operation": case.operation,
        "check": case.check,
        "with": dict(case.arguments),
        "seed": case.inputs.seed,
        "reads": sorted(case.reads),
        "writes": sorted(case.writes),
        "scope": case.scope,
        **({"receiver": case.inputs.receiver} if case.inputs.receiver else {}),
        **({"turn": case.inputs.turn} if case.inputs.turn else {}),
    }
    if case.listens:
        document["listens"] = True
    if case.outcome is not None:
        document["outcome"] = str(case.outcome)
        document["reason"] = {"key": case.reason.key, "values": dict(case.reason.values)} if case.reason else None
    return document


def read_plan(document: Mapping[str, Any], *, file: str = "plan.json") -> Plan:
    """A plan from its file. Raises DataError when a member is missing or of the wrong kind."""
    try:
        inputs = {
            name: tuple(
                tuple(
                    Draw(
                        tuple((key, value) for key, value in entry["query"]),
                        None if entry["body"] is None else entry["body"].encode("utf-8", "surrogatepass"),
                        entry["mediaType"],
                        entry["note"],
                    )
                    for entry in kinds[kind]
                )
                for kind in ("valid", "invalid")
            )
            for name, kinds in document["inputs"].items()
        }
        seeds = {name: tuple(values) for name, values in document["seeds"].items()}
        run = (seeds, document["sandbox"], Guise(document["seed"]))
        cases = tuple(_read_case(entry, inputs, *run) for entry in document["cases"])
        _refuse_misshapen(document, cases)
        plan = Plan(
            document["domain"],
            document["specVersion"],
            document["specDigest"],
            document["profile"],
            document["profileDigest"],
            document["seed"],
            document["sandbox"],
            cases,
            "",
            document["generator"],
            document["rowsDigest"],
            Effort(document["effort"]),
            tuple(document.get("leftOut", ())),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise DataError(f"this is not a plan: {error!r}", file=file) from None
    return with_digest(plan)


def _refuse_misshapen(document: Mapping[str, Any], cases: tuple[Case, ...]) -> None:
    for name in ("domain", "specVersion", "profile"):
        if not _NAME.fullmatch(document[name]):
            raise ValueError(f"{name} is no name of a domain, version or profile")
    texts = [
        *document.get("leftOut", ()),
        document["specDigest"],
        document["rowsDigest"],
        document["profileDigest"],
        document["generator"],
    ]
    for case in cases:
        texts += [case.id, case.requirement, case.operation, case.check, case.scope, *case.reads, *case.writes]
        texts += [text for values in case.inputs.seeds.values() for text in values]
        texts += [text for drawn in (*case.inputs.valid, *case.inputs.invalid) for pair in drawn.query for text in pair]
        texts += [*case.reason.values.values(), case.reason.key] if case.reason else []
    numbers = [document["seed"], *(number for case in cases for number in (case.inputs.seed, case.inputs.turn))]
    if not all(isinstance(text, str) for text in texts) or not all(type(number) is int for number in numbers):
        raise ValueError("a text or a whole number was expected, and something else came")
    if not isinstance(document["sandbox"], bool) or not all(isinstance(case.arguments, dict) for case in cases):
        raise ValueError("sandbox is true or false, and the arguments of a case are an object")


def _read_case(
    entry: Mapping[str, Any], inputs: Mapping[str, Any], seeds: Mapping[str, tuple[str, ...]], sandbox: bool, guise: Guise
) -> Case:
    valid, invalid = inputs.get(entry["operation"], ((), ()))
    reason = entry.get("reason")
    return Case(
        entry["id"],
        entry["requirement"],
        entry["operation"],
        entry["check"],
        entry["with"],
        Inputs(entry["seed"], valid, invalid, seeds, sandbox, entry.get("receiver", ""), guise, entry.get("turn", 0)),
        frozenset(entry["reads"]),
        frozenset(entry["writes"]),
        entry["scope"],
        Outcome(entry["outcome"]) if "outcome" in entry else None,
        Reason(reason["key"], reason["values"]) if reason else None,
        entry.get("listens", False) is True,
    )
