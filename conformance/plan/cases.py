"""The plan: every case of (spec, profile, ICS, seed, effort), pure and printable before anything is sent.

A case is a requirement on an operation, with its inputs. What can be decided without the target is decided here and says why:
an operation that the ICS does not offer, a write without `sandbox = true`, credentials that the IXIT lacks. Cases that only read
come first, then those that look at nothing but what they made themselves, each kind in an order of the seed's (`model.guise`); a case's `reads` and `writes` name the resource families that it needs quiet or disturbs.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from conformance import checks
from conformance.errors import UsageError, nearest
from conformance.interface.kept import kept
from conformance.load.digests import rows_digest
from conformance.load.settings import strangers
from conformance.model import (
    FIXED_SEED,
    Binding,
    Case,
    Effort,
    Guise,
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
from conformance.plan.document import with_digest
from conformance.plan.effort import at_effort, draws_at, used
from conformance.plan.generate import Draws, draw, generator
from conformance.plan.retest import Retest, joined
from conformance.text import pointer

__all__ = ["case_ids", "make_plan", "named_requirements"]


def make_plan(
    spec: Spec,
    profile: Profile,
    ics: Ics,
    ixit: Ixit,
    *,
    seed: int = FIXED_SEED,
    only: Iterable[str] = (),
    effort: Effort | None = None,
    cache: Path | None = None,
    told: Callable[[int, int], None] | None = None,
    again: Retest | None = None,
) -> Plan:
    """All cases, at the profile's own effort where none is named. `again` names the cases, and brings inputs of its own. `only` keeps the named requirements (and, for those judged on others' traffic, the cases that carry it).
    `told` hears for how many operations inputs were drawn, of how many that the cache does not have.

    Raises UsageError for a requirement, an operation, a parameter or an actor that the spec and its checks do not have.
    """
    wanted = named_requirements(spec, only)
    for where, said in strangers(spec, ics, ixit):
        raise UsageError(f"[{'.'.join(pointer.segments(where)[:-1])}] of yance.toml: {said}")
    effort = effort or profile.effort
    count = draws_at(effort, profile.draws)
    drawn = draw(spec, profile.operations, seed=seed, count=count, cache=cache, told=told)
    draws = used(effort, drawn)
    if again is not None:
        wanted = _requirements_of(spec, again.cases)
        more = {name: joined(one, again.inputs[name]) if name in again.inputs else one for name, one in draws.items()}
        draws = Draws(more)
    cases = [
        case
        for row in spec.requirements
        if row.conformance_class in profile.classes
        for case in _cases(row, spec, profile, ics, ixit, draws, seed)
    ]
    cases = at_effort(effort, cases, spec, sandbox=ixit.sandbox)
    if wanted:
        listening = any(case.scope == "exchange" for case in cases if case.requirement in wanted)
        carriers = _carriers(cases) if listening else frozenset()
        ids = None if again is None else frozenset(again.cases)
        asked = None if ids is None else {case.operation for case in cases if case.id in ids}
        cases = [
            one
            for one in cases
            if _is_meant(one, wanted, ids) or (one.requirement in carriers and (asked is None or one.operation in asked))
        ]
    guise = Guise(seed)
    ordered = tuple(
        case for group in range(3) for case in guise.ordered([c for c in cases if _group(c) == group], lambda c: c.id)
    )
    named = (spec.domain, spec.version, spec.digest, profile.id, profile.digest)
    return with_digest(Plan(*named, seed, ixit.sandbox, ordered, "", generator(), rows_digest(spec), effort, drawn.left_out))


def _requirements_of(spec: Spec, cases: Iterable[str]) -> frozenset[str]:
    """The requirements of cases by their ids. Raises UsageError for one that the spec does not have."""
    return named_requirements(spec, (name.partition("/")[0] for name in cases))


def _is_meant(case: Case, wanted: frozenset[str], named: frozenset[str] | None) -> bool:
    """Whether a case is asked for: by its id where those are named, else by its requirement."""
    return case.requirement in wanted and (named is None or case.id in named)


def _group(case: Case) -> int:
    """Those that change nothing, those that change things and look at their own alone, so that they go side by side, and all others."""
    return 0 if not case.writes else 1 if not case.reads else 2


def case_ids(spec: Spec, profile: Profile) -> frozenset[str]:
    """The cases of a plan that leaves nothing out: what a profile asks for, whatever a vendor claims."""
    rows = [row for row in spec.requirements if row.conformance_class in profile.classes]
    return frozenset(
        identifier for row in rows for identifier in [f"{row.id}/{name}" for name in _offered(row, profile)] or [row.id]
    )


def _offered(row: Requirement, profile: Profile) -> list[str]:
    """The operations of the profile that a requirement is tested on."""
    return [name for name in row.binding.operations if name in profile.operations] if row.binding else []


def named_requirements(spec: Spec, only: Iterable[str]) -> frozenset[str]:
    """The requirements that are meant, in whatever case they are written. Raises UsageError for one that the spec does not have."""
    known = {row.id.casefold(): row.id for row in spec.requirements}
    for name in only:
        if name.casefold() not in known:
            raise UsageError(f"{spec.domain} {spec.version} has no requirement {name!r}{nearest(name.upper(), known.values())}")
    return frozenset(known[name.casefold()] for name in only)


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
    called = check.receives or "callback-url" in _templates_of(operation)
    reached = ixit.receiver.url if ixit.receiver and called else ""
    inputs = Inputs(_derived(seed, identifier), valid, invalid, ixit.seeds, ixit.sandbox, reached, Guise(seed))
    reads, writes = _touched(check, operation, arguments)
    outcome, reason = _decided(check, operation, writes, ics, ixit)
    return Case(identifier, row.id, operation.id, check.name, arguments, inputs, reads, writes, check.scope, outcome, reason)


def _templates_of(operation: Operation) -> frozenset[str]:
    """The members of the templates from which recipes make the bodies of an operation."""
    recipes = (recipe for recipe in operation.spec.setup.values() if recipe.get("create") == operation.id)
    found, left = set[str](), [candidate.get("body") for recipe in recipes for candidate in recipe["candidates"]]
    while left:
        one = left.pop()
        if isinstance(one, Mapping):
            found |= one.keys()
            left += one.values()
        elif isinstance(one, list):
            left += one
    return frozenset(found)


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
    seen = [] if check.touches not in (Touches.READS, Touches.WRITES) else [*named, *([] if _by_id(operation) else [operation])]
    if check.looks is not None:
        shown = [spec.operations[name] for name in checks.bind(check.looks, arguments)()]
        seen = [one for one in shown if not one.writes]
    reads = {one.resource for one in seen} - _apart(spec)
    writes = set(operation.affects) if operation.writes else set()
    writes |= {family for one in named for family in one.affects}
    for maker in _makers(spec, recipes):
        writes |= maker.affects
    if check.touches in (Touches.WRITES, Touches.OWN):
        writes |= {operation.resource} | operation.affects
    return frozenset(reads), frozenset(writes)


def _by_id(operation: Operation) -> bool:
    """Whether it is asked for what a case made itself, by its id: what others make meanwhile is nothing to it."""
    return any("create" in r and operation.id in (r.get("read"), r.get("update")) for r in operation.spec.setup.values())


def _apart_of(spec: Spec) -> frozenset[str]:
    """The resource families of which a case sees what it made itself and nothing else: nothing lists them, but on what it made for them to
    stand on (`within` of a recipe).
    """
    recipes = spec.setup.values()
    made = {spec.operations[recipe["create"]].resource for recipe in recipes if "create" in recipe}
    kept = {recipe["list"] for recipe in recipes if "create" in recipe and "within" in recipe}
    listed = {one.resource for one in spec.operations.values() if one.collection is not None and one.id not in kept}
    return frozenset(made - listed)


_apart = kept(_apart_of)  # every case asks for it


def _makers(spec: Spec, recipes: Iterable[Mapping[str, Any]]) -> list[Operation]:
    """The operations that make what recipes are for, and what that stands on."""
    found, left = dict[str, Operation](), list(recipes)
    while left:
        recipe = left.pop()
        if "create" in recipe:
            found[recipe["create"]] = spec.operations[recipe["create"]]
        left += [spec.setup[name.partition(" ")[0]] for candidate in recipe["candidates"] for name in candidate.get("of", {})]
    return list(found.values())


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
