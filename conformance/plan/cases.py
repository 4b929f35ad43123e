"""The plan: every case of (spec, profile, ICS, seed), pure and printable before anything is sent.

A case is a requirement on an operation, with its inputs. What can be decided without the target is decided here and says why:
an operation that the ICS does not offer, a write without `sandbox = true`, credentials that the IXIT lacks. Cases that only read
come first; a case's `reads` and `writes` name the resource families that it needs quiet or disturbs.

The plan's digest covers everything that fixes a request, so two runs of one plan ask the same questions. What drew the inputs
(`generator`) fixes none beside the inputs themselves: it stands in plan.json and not in the digest, so that a plan has one digest
under every Python and engine that draw the same.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from conformance import checks
from conformance.errors import DataError, UsageError, nearest
from conformance.load.data import digest_of
from conformance.load.settings import strangers
from conformance.model import (
    Binding,
    Case,
    Draw,
    Ics,
    Inputs,
    Ixit,
    Operation,
    Outcome,
    Plan,
    Profile,
    Reason,
    Requirement,
    Spec,
    Touches,
)
from conformance.plan.generate import Draws, draw, dump, generator
from conformance.text import pointer

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")  # nothing that leads out of a data folder

__all__ = ["case_ids", "make_plan", "plan_document", "read_plan"]


def make_plan(
    spec: Spec,
    profile: Profile,
    ics: Ics,
    ixit: Ixit,
    *,
    seed: int = 1,
    only: Iterable[str] = (),
    cache: Path | None = None,
) -> Plan:
    """All cases. `only` keeps the named requirements (and, for those judged on others' traffic, the cases that carry it).

    Raises UsageError for a requirement, an operation, a parameter or an actor that the spec and its checks do not have.
    """
    wanted = _wanted(spec, only)
    for where, said in strangers(spec, ics, ixit):
        raise UsageError(f"[{'.'.join(pointer.segments(where)[:-1])}] of yance.toml: {said}")
    draws = draw(spec, profile.operations, seed=seed, count=profile.draws, cache=cache)
    cases = [
        case
        for row in spec.requirements
        if row.conformance_class in profile.classes
        for case in _cases(row, spec, profile, ics, ixit, draws, seed)
    ]
    if wanted:
        listening = any(case.scope == "exchange" for case in cases if case.requirement in wanted)
        carriers = _carriers(cases) if listening else frozenset()
        cases = [case for case in cases if case.requirement in wanted or case.requirement in carriers]
    ordered = (*[c for c in cases if not c.writes], *[c for c in cases if c.writes])
    plan = Plan(spec.domain, spec.version, spec.digest, profile.id, profile.digest, seed, ixit.sandbox, ordered, "", generator())
    return replace(plan, digest=_digest(plan))


def case_ids(spec: Spec, profile: Profile) -> frozenset[str]:
    """The cases of a plan that leaves nothing out: what a profile asks for, whatever a vendor claims."""
    rows = [row for row in spec.requirements if row.conformance_class in profile.classes]
    return frozenset(
        identifier for row in rows for identifier in [f"{row.id}/{name}" for name in _offered(row, profile)] or [row.id]
    )


def _offered(row: Requirement, profile: Profile) -> list[str]:
    """The operations of the profile that a requirement is tested on."""
    return [name for name in row.binding.operations if name in profile.operations] if row.binding else []


def _wanted(spec: Spec, only: Iterable[str]) -> frozenset[str]:
    known = [row.id for row in spec.requirements]
    for name in (wanted := frozenset(only)):
        if name not in known:
            raise UsageError(f"{spec.domain} {spec.version} has no requirement {name!r}{nearest(name, known)}")
    return wanted


def _carriers(cases: list[Case]) -> frozenset[str]:
    """The requirements whose cases bring the traffic that others are judged on: those judged per exchange that drive some."""
    return frozenset(c.requirement for c in cases if c.scope == "exchange" and checks.check(c.check).drive is not None)


def _cases(row: Requirement, spec: Spec, profile: Profile, ics: Ics, ixit: Ixit, draws: Draws, seed: int) -> Iterator[Case]:
    nothing = frozenset[str]()
    if row.binding is None:
        reason = Reason(
            "untested", {"en": (row.untested or {}).get("en", ""), "zh-Hant": (row.untested or {}).get("zh-Hant", "")}
        )
        yield Case(row.id, row.id, "", "", {}, Inputs(), nothing, nothing, "case", Outcome.NOT_TESTED, reason)
        return
    arguments = {**row.binding.arguments, **profile.parameters.get(row.id, {})}
    offered = _offered(row, profile)
    if not offered:
        reason = Reason("not-in-profile", {"profile": profile.id})
        yield Case(row.id, row.id, "", row.binding.check, {}, Inputs(), nothing, nothing, "case", Outcome.NOT_APPLICABLE, reason)
    for name in offered:
        yield _case(row, row.binding, spec.operations[name], arguments, ics, ixit, draws, seed)


def _case(
    row: Requirement,
    binding: Binding,
    operation: Operation,
    arguments: Mapping[str, Any],
    ics: Ics,
    ixit: Ixit,
    draws: Draws,
    seed: int,
) -> Case:
    check = checks.check(binding.check)
    identifier = f"{row.id}/{operation.id}"
    valid, invalid = draws[operation.id]
    reached = ixit.receiver.url if ixit.receiver and check.receives else ""
    inputs = Inputs(_derived(seed, identifier), valid, invalid, ixit.seeds, reached)
    reads, writes = _touched(check, operation, arguments)
    outcome, reason = _decided(check, operation, writes, ics, ixit)
    return Case(identifier, row.id, operation.id, check.name, arguments, inputs, reads, writes, check.scope, outcome, reason)


def _derived(seed: int, identifier: str) -> int:
    return int.from_bytes(hashlib.sha256(f"{seed}/{identifier}".encode()).digest()[:6])


def _touched(check: checks.Check, operation: Operation, arguments: Mapping[str, Any]) -> tuple[frozenset[str], frozenset[str]]:
    """The resource families that the case needs quiet and those that it changes."""
    if check.scope == "exchange" and check.drive is None:
        return frozenset(), frozenset()
    spec = operation.spec
    named = [spec.operations[text] for text in _texts(arguments) if text in spec.operations]
    for p in operation.filters:
        related = str((p.filter or {}).get("operation"))
        named += [spec.operations[related]] if related in spec.operations else []
    recipes = [spec.setup[text] for text in _texts(arguments) if text in spec.setup]
    recipes += [r for r in spec.setup.values() if operation.id in (r.get("read"), r.get("update"))]
    recipes += [r for r in spec.setup.values() if check.stocks and operation.id == r.get("list")]
    reads = {operation.resource, *(one.resource for one in named)} if check.touches is not Touches.NOTHING else set()
    writes = set(operation.affects) if operation.writes else set()
    writes |= {family for one in named for family in one.affects}
    for recipe in recipes:
        writes |= spec.operations[recipe["create"]].affects
    if check.touches is Touches.WRITES:
        writes |= {operation.resource} | operation.affects
    return frozenset(reads), frozenset(writes)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for key, member in value.items():
            yield key
            yield from _texts(member)
    elif isinstance(value, list):
        for member in value:
            yield from _texts(member)


def _decided(
    check: checks.Check, operation: Operation, writes: frozenset[str], ics: Ics, ixit: Ixit
) -> tuple[Outcome | None, Reason | None]:
    if operation.id in ics.unsupported:
        return Outcome.NOT_TESTED, Reason("unsupported", {"operation": operation.id, "why": ics.unsupported[operation.id]})
    if (writes or operation.writes) and not ixit.sandbox:
        return Outcome.NOT_TESTED, Reason("no-sandbox")
    if check.scope == "exchange" and check.drive is None:
        return None, None
    needed = (*(["a"] if operation.secured else []), *check.actors)
    for actor in needed:
        if actor not in ixit.actors:
            return Outcome.INCONCLUSIVE, Reason("no-actor", {"actor": actor})
    if check.receives and ixit.receiver is None:
        return Outcome.INCONCLUSIVE, Reason("no-receiver")
    return None, None


# ------------------------------------------------------------------------------------------ as a file


def _digest(plan: Plan) -> str:
    return digest_of({name: value for name, value in plan_document(plan).items() if name != "generator"})


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
        "profile": plan.profile,
        "profileDigest": plan.profile_digest,
        "seed": plan.seed,
        "generator": plan.generator,
        "sandbox": plan.sandbox,
        "seeds": {name: list(values) for name, values in seeds.items()},
        "inputs": drawn,
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
    }
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
        cases = tuple(_read_case(entry, inputs, seeds) for entry in document["cases"])
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
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise DataError(f"this is not a plan: {error!r}", file=file) from None
    return replace(plan, digest=_digest(plan))


def _refuse_misshapen(document: Mapping[str, Any], cases: tuple[Case, ...]) -> None:
    for name in ("domain", "specVersion", "profile"):
        if not _NAME.fullmatch(document[name]):
            raise ValueError(f"{name} is no name of a domain, version or profile")
    texts = [document["specDigest"], document["profileDigest"], document["generator"]]
    for case in cases:
        texts += [case.id, case.requirement, case.operation, case.check, case.scope, *case.reads, *case.writes]
        texts += [text for values in case.inputs.seeds.values() for text in values]
        texts += [text for drawn in (*case.inputs.valid, *case.inputs.invalid) for pair in drawn.query for text in pair]
        texts += [*case.reason.values.values(), case.reason.key] if case.reason else []
    numbers = [document["seed"], *(case.inputs.seed for case in cases)]
    if not all(isinstance(text, str) for text in texts) or not all(type(number) is int for number in numbers):
        raise ValueError("a text or a whole number was expected, and something else came")
    if not isinstance(document["sandbox"], bool) or not all(isinstance(case.arguments, dict) for case in cases):
        raise ValueError("sandbox is true or false, and the arguments of a case are an object")


def _read_case(entry: Mapping[str, Any], inputs: Mapping[str, Any], seeds: Mapping[str, tuple[str, ...]]) -> Case:
    valid, invalid = inputs.get(entry["operation"], ((), ()))
    reason = entry.get("reason")
    return Case(
        entry["id"],
        entry["requirement"],
        entry["operation"],
        entry["check"],
        entry["with"],
        Inputs(entry["seed"], valid, invalid, seeds, entry.get("receiver", "")),
        frozenset(entry["reads"]),
        frozenset(entry["writes"]),
        entry["scope"],
        Outcome(entry["outcome"]) if "outcome" in entry else None,
        Reason(reason["key"], reason["values"]) if reason else None,
    )
