"""What is asked at which effort: a pure choice among the cases of a plan, the same for everybody.

    quick       a screening: as many cases as `limits.QUICK` requests are likely to suffice for, the first few of the drawn
                inputs, and nothing that lets time pass on purpose
    standard    every case, with as many drawn inputs as the profile says
    thorough    every case, with `MORE` times as many drawn inputs; and those that stand on something (a thing by its id, one that is made,
                the values of filters) `TURNS` times, each as a case of its own: on other things, and beginning with the next candidate of
                a recipe

Quick chooses by what a request is likely to show. Operations are of five kinds: those that make, change, list, read one by its id, and the
rest. Of a requirement one case of each kind stands for the others, the first in the profile's order; of one that draws inputs a list comes
first, since a body has many more edges. In a first round every requirement gets one case, MUST before SHOULD, and within these those first that
ask least (`ASKS` of the check) for what they stand for: divided by the root of how many cases that is, since what is seen of one operation is
likely, and not certain, to be seen of the others. In further rounds it gets one of each further kind, as long as there are requests left. A
requirement that is judged on everybody's exchanges is the last to ask for its own.

What is not chosen is in the plan all the same, `not_tested` for that reason, so a quick run is no certification and says so everywhere; or,
where its check is judged on what others ask, it listens: what it hears can fail it.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from math import sqrt

from conformance import checks, limits
from conformance.model import Case, Effort, Level, Operation, Outcome, Reason, Spec
from conformance.plan.generate import Draws

__all__ = ["at_effort", "draws_at", "used"]

MORE = 3  # times as many drawn inputs, where effort is no object
TURNS = 3  # of a case that stands on something
_FEW = 2  # drawn inputs of each kind where it is
_KINDS = ("makes", "changes", "lists", "reads one", "other")  # in the order in which they are likely to show most
_OF_DRAWN = (
    "lists",
    "reads one",
    "makes",
    "changes",
    "other",
)  # the same, of what puts something into every parameter and member


def draws_at(effort: Effort, draws: int) -> int:
    """How many inputs are drawn for an operation of a profile that says `draws`. Quick draws as many as standard, and uses the first few."""
    return draws * MORE if effort is Effort.THOROUGH else draws


def used(effort: Effort, draws: Draws) -> Draws:
    """Those drawn inputs that are used."""
    if effort is not Effort.QUICK:
        return draws
    return Draws({name: (valid[:_FEW], invalid[:_FEW]) for name, (valid, invalid) in draws.items()})


def at_effort(effort: Effort, cases: Sequence[Case], spec: Spec, *, sandbox: bool) -> list[Case]:
    """The cases as they are run at an effort. What the vendor claims and which credentials there are does not matter: only whether
    anything may be written.
    """
    if effort is Effort.THOROUGH:
        return [one for case in cases for one in (case, *_further(case, spec))]
    if effort is not Effort.QUICK:
        return list(cases)
    chosen = _chosen(cases, spec, sandbox=sandbox)
    return [case if case.id in chosen or case.outcome is not None else _left_out(case) for case in cases]


def _further(case: Case, spec: Spec) -> Iterator[Case]:
    """The same case on other things, where it stands on any: `COM-TEN-01/getStop~2`, and so on. What waits on purpose does so once."""
    if case.outcome is not None or case.scope != "case" or not case.operation or not case.check:
        return
    check, operation = checks.check(case.check), spec.operations[case.operation]
    stands = operation.writes or bool(operation.filters) or any(p.location == "path" for p in operation.parameters)
    if check.drive is None or check.draws or check.waits or check.last or not stands:
        return
    for turn in range(1, TURNS):
        seed = int.from_bytes(hashlib.sha256(f"{case.inputs.seed}/{turn}".encode()).digest()[:6])
        yield replace(case, id=f"{case.id}~{turn + 1}", inputs=replace(case.inputs, seed=seed, turn=turn))


def _left_out(case: Case) -> Case:
    """The case as one that asks nothing: it listens, or it is not tested."""
    check = checks.check(case.check)
    if case.scope == "exchange" or check.each is not None or check.notes is not None:
        return replace(case, listens=True)
    return replace(case, outcome=Outcome.NOT_TESTED, reason=Reason("effort", {"effort": str(Effort.QUICK)}))


def _chosen(cases: Iterable[Case], spec: Spec, *, sandbox: bool) -> frozenset[str]:
    """The ids of those that ask, until the requests are used up."""
    levels = {row.id: row.level for row in spec.requirements}
    by_row: dict[str, dict[str, Case]] = {}
    breadth = Counter[str]()
    for case in cases:
        if _may_ask(case, sandbox=sandbox):
            kind = _kind(spec.operations[case.operation])
            by_row.setdefault(case.requirement, {}).setdefault(kind, case)
            breadth[case.requirement] += 1
    ranked = []
    for place, (row, kinds) in enumerate(by_row.items()):
        check = checks.check(next(iter(kinds.values())).check)
        first = 1 if check.scope == "exchange" and not check.draws else 0
        order = _OF_DRAWN if check.draws else _KINDS
        for nth, case in enumerate((kinds[kind] for kind in order if kind in kinds), first):
            ranked.append(((nth, levels[row] is not Level.MUST, check.asks / sqrt(breadth[row]), place), check.asks, case.id))
    return _afforded(sorted(ranked))


def _afforded(ranked: Iterable[tuple[object, int, str]]) -> frozenset[str]:
    left, found = limits.QUICK_ASKED, set[str]()
    for _, asks, name in ranked:
        if asks <= left:
            left -= asks
            found.add(name)
    return frozenset(found)


def _may_ask(case: Case, *, sandbox: bool) -> bool:
    """Whether a quick run could ask it at all."""
    if not case.operation or not case.check:
        return False
    check = checks.check(case.check)
    return check.drive is not None and not check.waits and (sandbox or not case.writes)


def _kind(operation: Operation) -> str:
    addressed = any(p.location == "path" for p in operation.parameters)
    if operation.writes:
        return "changes" if addressed else "makes"
    if operation.collection is not None:
        return "lists"
    return "reads one" if addressed else "other"
