"""One recorded run, judged under a draft: its cases with what the draft asks of them, and how the vendor stands in each requirement.

A verdict is a function of evidence and words, so a recorded run can be judged under words that came later. What it then says depends on
what was asked: a script that the draft would have ask otherwise was not the draft's script (`redriven`). So such a case is judged only
where single exchanges are, whoever asked for them; and a pass is no more than the changes at the operations that its exchanges touch let it
be (`basis`). A fail is a fail: what was recorded is not as the draft demands. Cases whose verdict cannot be another one are not judged
again, but stand as they were recorded (`selecting`), unless that is asked for.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from conformance import checks
from conformance.committee.basis import UNCHANGED, Basis
from conformance.committee.redriven import Kinds, Redriven
from conformance.committee.selecting import Selecting, Stood, Untold
from conformance.committee.standing import Cell, Column, Fault, Standing, gravest
from conformance.errors import VerificationError
from conformance.evidence import glimpse_evidence, read_evidence
from conformance.interface.dialect import Dialect
from conformance.load.catalogue import LANGUAGES, finding_text
from conformance.model import Case, Inputs, Outcome, Plan, Profile, Reason, Requirement, Verdict
from conformance.verdict.judge import Bench, Sitting

__all__ = ["Recorded", "heard"]

_LISTED = 5  # faults of a requirement that are told; the count is in the verdict


@dataclass(frozen=True)
class Recorded:
    """A finished run as it was recorded: its plan, its claim, and the outcome of each requirement by its report, if that is there.
    `root`: the Merkle root that its evidence has to have, where somebody vouched for it; `stood`: what its report says of its cases.
    """

    where: str
    plan: Plan
    profile: Profile
    outcomes: Mapping[str, str]
    certificate: str = ""
    root: str = ""
    stood: Stood | None = None


def heard(
    run: Recorded, file: Path, basis: Basis, dialect: Dialect, bench: Bench, inputs: Mapping[str, Kinds], *, whole: bool = False
) -> Column:
    """How a vendor stands under the draft. `run.profile` is the profile as it is under the draft, `file` the evidence, `inputs` what the draft
    accepts and refuses otherwise, by operation; `whole`: nothing stands as it was recorded.

    Raises VerificationError when the evidence is not that of the plan, or not the one that was vouched for.
    """
    recorded = {case.id: case for case in run.plan.cases}
    plan = replace(run.plan, cases=tuple(_cases(run, basis, {_renamed(case, basis): case for case in run.plan.cases})))
    by_id = {case.id: case for case in plan.cases}
    other = frozenset(name for name in by_id.keys() & recorded.keys() if _bound(by_id[name]) != _bound(recorded[name]))

    def anew() -> Redriven:
        return Redriven(basis, dialect, by_id, other, inputs, run.plan.sandbox)

    if run.stood is not None and not whole:
        redriven, selecting = anew(), Selecting(basis, by_id, recorded, other, run.stood)
        with contextlib.suppress(Untold):
            sitting = Sitting(plan, basis.judged, dialect, bench=bench, some=selecting.some)
            sitting.judge(redriven.passing(selecting.passing(glimpse_evidence(file))))
            redriven.touched.update(selecting.touched)
            return _column(run, redriven, recorded, selecting.verdicts(sitting))
    redriven, sitting = anew(), Sitting(plan, basis.judged, dialect, bench=bench)
    sitting.judge(redriven.passing(read_evidence(file)))
    return _column(run, redriven, recorded, sitting.verdicts())


def _column(run: Recorded, redriven: Redriven, recorded: Mapping[str, Case], verdicts: Iterable[Verdict]) -> Column:
    """The column of a run, from its verdicts under the draft and from what was seen of its evidence."""
    assert redriven.header is not None, "read_evidence begins with a header and ends with a footer, or raises"
    assert redriven.footer is not None
    if redriven.header.plan != run.plan.digest:
        raise VerificationError(f"{run.where}: the evidence was recorded under another plan ({redriven.header.plan:.80})")
    if run.root and redriven.footer.root != run.root:
        raise VerificationError(f"{run.where}: the evidence is not the one that the run's statement vouches for")
    cells: dict[str, list[tuple[Standing, str, Verdict]]] = {}
    for verdict in verdicts:
        case = redriven.cases[verdict.case]
        if verdict.outcome is not Outcome.NOT_APPLICABLE:
            passed = run.outcomes.get(case.requirement) == Outcome.PASS
            standing, why = _standing(case, verdict, redriven, recorded.get(case.id), passed=passed)
            cells.setdefault(case.requirement, []).append((standing, why, verdict))
    claim = redriven.header.claim
    solution = f"{claim.solution_id} {claim.solution_version}" + (f" ({claim.vendor})" if claim.vendor else "")
    rows = {row.id: _cell(row, cells[row.id], run) for row in redriven.basis.new.requirements if row.id in cells}
    known = (run.plan.profile, run.plan.spec_version, run.plan.digest, redriven.footer.exchanges)
    return Column(run.where, solution, *known, rows, run.certificate)


# ------------------------------------------------------------------------------------------ cases as the draft has them


def _renamed(case: Case, basis: Basis) -> str:
    """The id of a recorded case, as the draft would call it."""
    name = basis.renamed.get(case.operation, case.operation)
    return case.id if name == case.operation else f"{case.requirement}/{name}"


def _cases(run: Recorded, basis: Basis, asked: Mapping[str, Case]) -> Iterator[Case]:
    """The cases of the draft in the vendor's profile: those that were asked, with the draft's check and arguments, and those that were not."""
    for row in basis.new.requirements:
        if row.conformance_class not in run.profile.classes:
            continue
        offered = [name for name in row.binding.operations if name in run.profile.operations] if row.binding else []
        for name in offered:
            known = asked.get(f"{row.id}/{name}")
            yield _unasked(row, name, run.profile) if known is None else _asked(known, row, name, run.profile)
        if not offered and row.binding is None:
            yield _without_check(row)


def _arguments(row: Requirement, profile: Profile) -> Mapping[str, Any]:
    return {**(row.binding.arguments if row.binding else {}), **profile.parameters.get(row.id, {})}


def _asked(known: Case, row: Requirement, name: str, profile: Profile) -> Case:
    """A recorded case as the draft has it: what was recorded of it is kept under its old name."""
    assert row.binding is not None, "a case has a check"
    check = checks.check(row.binding.check)
    made = replace(known, operation=name, check=check.name, arguments=_arguments(row, profile), scope=check.scope)
    other = (known.check, dict(known.arguments)) != (made.check, dict(made.arguments))
    return replace(made, listens=True) if other and _single(check) else made


def _unasked(row: Requirement, name: str, profile: Profile) -> Case:
    """A case that nobody asked: it listens, where its check can judge what others asked, and is not tested where it cannot."""
    assert row.binding is not None, "a case has a check"
    check, nothing = checks.check(row.binding.check), frozenset[str]()
    made = Case(f"{row.id}/{name}", row.id, name, check.name, _arguments(row, profile), Inputs(), nothing, nothing, check.scope)
    if check.scope == "exchange":
        return replace(made, listens=True)
    return replace(made, outcome=Outcome.NOT_TESTED, reason=Reason("not-run"))


def _without_check(row: Requirement) -> Case:
    nothing, why = frozenset[str](), row.untested or {}
    reason = Reason("untested", {language: why.get(language, "") for language in LANGUAGES})
    return Case(row.id, row.id, "", "", {}, Inputs(), nothing, nothing, "case", Outcome.NOT_TESTED, reason)


def _single(check: checks.Check) -> bool:
    """Whether single exchanges are judged, so that it does not matter who asked for them."""
    return check.scope == "exchange"


# ------------------------------------------------------------------------------------------ how it stands


def _standing(case: Case, verdict: Verdict, redriven: Redriven, known: Case | None, *, passed: bool) -> tuple[Standing, str]:
    """How a vendor stands in a case, and why. `passed`: its requirement was passed by the run's report."""
    basis = redriven.basis
    if not case.check:
        return Standing.UNTESTED, "no-check"
    if basis.effect(case.operation).new:
        return Standing.UNTESTED, "new-operation"
    if case.id in redriven.otherwise and not _single(checks.check(case.check)):
        return Standing.RETEST, "asked-otherwise"
    if verdict.outcome is Outcome.FAIL:
        return Standing.FAIL, "shown"
    if known is None:
        return (Standing.NOTHING_AGAINST, "new-and-heard") if verdict.outcome is Outcome.PASS else (Standing.UNTESTED, "new")
    if verdict.outcome is Outcome.ERROR:
        return Standing.RETEST, "not-judged"
    if verdict.outcome is not Outcome.PASS:
        return _open(verdict, passed=passed and known.outcome is None)
    if case.id in redriven.otherwise or case.id in redriven.refused:
        return Standing.RETEST, "asked-otherwise" if case.id in redriven.otherwise else "refused-now"
    if checks.check(case.check).versioned and basis.old.version != basis.new.version:
        return Standing.RETEST, "states-version"
    return _passed(case, redriven)


def _open(verdict: Verdict, *, passed: bool) -> tuple[Standing, str]:
    """What is neither passed nor failed under the draft: to be asked again where it was passed before."""
    if not passed:
        return Standing.UNTESTED, "open-before"
    succeeded = verdict.reason is None or verdict.reason.key != "never-succeeded"
    return Standing.RETEST, "no-witness" if succeeded else "no-success"


def _passed(case: Case, redriven: Redriven) -> tuple[Standing, str]:
    """What a pass is worth: a proof where nothing that bears on it is changed, else so much evidence."""
    basis = redriven.basis
    row = basis.new.requirement(case.requirement)
    if case.id in redriven.other:
        return Standing.NOTHING_AGAINST, "judged-otherwise"
    if row is not None and basis.reworded(row):
        return Standing.NOTHING_AGAINST, "reworded"
    if basis.delivers and checks.check(case.check).receives:
        return Standing.NOTHING_AGAINST, "delivered-otherwise"
    names = {case.operation, *redriven.touched.get(case.id, ())}
    effects = [basis.effect(name) for name in names if name in basis.new.operations]
    if any(one.meant for one in effects):
        return Standing.NOTHING_AGAINST, "meant-otherwise"
    if any(one.answered for one in effects):
        return Standing.NOTHING_AGAINST, "answers-fit"
    if any(one != UNCHANGED for one in effects):
        return Standing.NOTHING_AGAINST, "asked-beside"
    return Standing.PROVEN, "unchanged"


def _bound(case: Case) -> tuple[str, dict[str, Any]]:
    return case.check, dict(case.arguments)


def _cell(row: Requirement, found: Sequence[tuple[Standing, str, Verdict]], run: Recorded) -> Cell:
    """A requirement of several cases: the gravest of them."""
    worst = gravest(standing for standing, _, _ in found)
    telling = [(why, verdict) for standing, why, verdict in found if standing is worst]
    again = [
        _called(verdict) for standing, _, verdict in found if standing in (Standing.FAIL, Standing.RETEST, Standing.UNTESTED)
    ]
    faults = tuple(one for standing, _, verdict in found if standing is Standing.FAIL for one in _faults(row, verdict))
    return Cell(
        row.id,
        worst,
        tuple(dict.fromkeys(why for why, _ in telling)),
        sum(verdict.witnesses for _, _, verdict in found),
        run.outcomes.get(row.id, ""),
        tuple(again),
        tuple(dict.fromkeys(verdict.operation for _, verdict in telling if verdict.operation)),
        faults[:_LISTED],
    )


def _called(verdict: Verdict) -> str:
    """The id of a verdict's case, as the draft calls it."""
    return f"{verdict.requirement}/{verdict.operation}" if verdict.operation else verdict.requirement


def _faults(row: Requirement, verdict: Verdict) -> Iterator[Fault]:
    messages = checks.check(row.binding.check).messages if row.binding else {}
    for one in verdict.findings:
        yield Fault(verdict.case, finding_text(messages, one), one.exchanges, one.references)
