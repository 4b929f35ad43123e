"""Verdicts from evidence: a pure function of the plan, the spec and what was recorded.

Anyone can run it again, later, without the vendor, under this spec or another. The evidence is read once, from its first line to
its last; only the exchanges of cases that are still open are held, so memory does not grow with the run.

A case passes only with witnesses: enough exchanges in which the property could have failed, for each aspect that its check names
(`weighing`). Without them it is inconclusive, and so is every pass of an operation that never did what it is for (`successes`). Where
credentials that are to be accepted were not, the case ends, whatever its script did then: what was recorded before is judged, and without a
finding the case is inconclusive and names the credentials.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Container, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from typing import Any

from conformance import checks
from conformance.cycles import seldom_collected
from conformance.evidence import CaseEnd, Ended, Record, attempts
from conformance.interface.dialect import Dialect
from conformance.model import Case, Effort, Exchange, Finding, Moot, Outcome, Plan, Reason, Requirement, Spec, Verdict, Witness
from conformance.verdict.alike import Judged, Memory, Panel
from conformance.verdict.causes import Causes
from conformance.verdict.heard import hearable, is_apart
from conformance.verdict.ration import Ration
from conformance.verdict.successes import Successes, Told, unmet
from conformance.verdict.unsent import Unsent
from conformance.verdict.weighing import NONE, Counts, Weighing, vain, weighed

__all__ = ["Bench", "Sitting", "Some", "judge_run"]

_MOST_PANELS = 512  # that a bench keeps; a profile of a spec has one for each operation
Judge = Callable[..., Iterable[Finding | Witness | Moot]]


@dataclass
class _Tally:
    """What a case has come to so far."""

    case: Case
    judge: Judge
    causes: Causes = field(default_factory=Causes)
    weighed: Weighing = field(default_factory=Weighing)
    end: CaseEnd | None = None
    locked: Exchange | None = None  # the first that shows credentials to be not accepted
    lacked: Reason | None = None  # why its script could not go on
    error: str = ""
    heard: Causes = field(default_factory=Causes)  # of what others asked for, which no end of the case takes back
    heard_error: str = ""
    noted: dict[Hashable, dict[Hashable, tuple[int, str]]] = field(default_factory=dict)

    @property
    def found(self) -> tuple[Finding, ...]:
        """All findings, its own first."""
        together = Causes()
        for one in (*self.causes.findings(), *self.heard.findings()):
            together.add(one)
        return together.findings()

    def settled(self, left_out: Container[int]) -> tuple[Finding, ...]:
        """The findings that rest on no answer whose body was left out: what is found in such a one may be for want of the body alone."""
        return tuple(one for one in self.found if not any(number in left_out for number in one.exchanges))

    def note(self, exchange: Exchange, index: int, operation: Any, dialect: Dialect) -> None:
        """Remember what is to be remembered of the `index`-th exchange of a case, where it is the first to show it."""
        try:
            for about, value in self.notes(operation, exchange, dialect):
                self.noted.setdefault(about, {}).setdefault(value, (exchange.number, f"{exchange.case}#{index}"))
        except Exception as error:  # noqa: BLE001 - whatever a judge raises is ours, never the vendor's
            self.heard_error = f"{type(error).__name__}: {error}"

    def compare(self, operation: Any, dialect: Dialect) -> None:
        """Take what is said of all that was noted over the run, and let go of it."""
        try:
            for noted in self.noted.values():
                places = dict(noted.values())
                for one in self.half("compared")(operation, {value: number for value, (number, _) in noted.items()}, dialect):
                    self.heard.add(replace(one, references=tuple(places[number] for number in one.exchanges)))
        except Exception as error:  # noqa: BLE001 - whatever a judge raises is ours, never the vendor's
            self.heard_error = f"{type(error).__name__}: {error}"
        self.noted.clear()

    @cached_property
    def notes(self) -> Callable[..., Any]:
        """What the check remembers of an exchange."""
        return self.half("notes")

    def half(self, name: str) -> Callable[..., Any]:
        """A function of the check by its name, with the row's arguments."""
        return checks.bind(getattr(checks.check(self.case.check), name), self.case.arguments)

    def begin(self, end: CaseEnd, locked: Exchange | None, lacked: Reason | None) -> None:
        """The case has ended; of a resumed run only its last end counts."""
        self.end, self.locked, self.lacked = end, locked, lacked
        if self.case.scope == "case":
            self.causes, self.weighed, self.error = Causes(), Weighing(), ""

    def hear(self, said: Judged, times: int = 1) -> None:
        """Take what was said of an exchange of the run, or of so many."""
        self.weighed.add(said.weighed, times)
        for finding in said.findings:
            self.heard.add(finding)
        self.heard_error = said.error or self.heard_error

    def take(self, operation: Any, trace: list[Exchange], dialect: Dialect) -> None:
        """Judge a trace. An exception is the suite's failure and decides the case."""
        numbered = {one.number: (index, one) for index, one in enumerate(trace, 1)}
        said: list[Witness | Moot] = []
        try:
            for one in self.judge(operation, trace, dialect):
                if not isinstance(one, Finding):
                    said.append(one)
                else:
                    named = tuple(f"{numbered[number][1].case}#{numbered[number][0]}" for number in one.exchanges)
                    self.causes.add(replace(one, references=named))
            bodies = checks.check(self.case.check).bodies

            def why(one: Witness) -> str:
                return vain((numbered[number][1] for number in one.exchanges if number in numbered), bodies=bodies)

            self.weighed.add(weighed(said, why))
        except Exception as error:  # noqa: BLE001 - whatever a judge raises is ours, never the vendor's
            self.error = f"{type(error).__name__}: {error}"


def judge_run(
    plan: Plan, spec: Spec, dialect: Dialect, records: Iterable[Record], *, bench: Bench | None = None
) -> list[Verdict]:
    """The verdicts of all cases, in the plan's order. `records` is what `evidence.read_evidence` yields; `bench` as for a sitting."""
    sitting = Sitting(plan, spec, dialect, bench=bench)
    sitting.judge(records)
    return sitting.verdicts()


class Bench:
    """Those who judge single exchanges of one spec, in one run after another: what they said of an exchange they say of those that are alike
    in other runs, too. What they keep is bounded, however many runs there are.
    """

    def __init__(self) -> None:
        self._memory = Memory()
        self._panels: dict[tuple[str, ...], Panel] = {}
        self.told: Told = {}

    def panel(self, listening: Sequence[_Tally], operation: Any, dialect: Dialect) -> Panel:
        """The panel of the cases that listen to an operation: the one that sat before, where its checks and their arguments are the same."""
        cases = [tally.case for tally in listening]
        named = [f"{one.check} {one.scope} {json.dumps(one.arguments, sort_keys=True)}" for one in cases]
        key = (operation.id, *named)
        if key not in self._panels:
            if len(self._panels) >= _MOST_PANELS:
                self.forget()
            self._panels[key] = _panel(listening, operation, dialect, self._memory)
        return self._panels[key]

    def forget(self) -> None:
        """Begin anew, also with what panels did not tell because they were interrupted."""
        self._memory = Memory()
        self._panels.clear()


@dataclass(frozen=True)
class Some:
    """What a sitting is told that is handed some cases of a run only: which of them listen to others, which operations are known to have
    succeeded, seen here or not, and, when a case has ended, whether it stands as it was judged before.
    """

    listening: Container[str]
    succeeded: Container[str]
    stands: Callable[[str], bool]


class Sitting:
    """The judging of a run, or, with `operations`, of what the cases of some operations are to be judged on; with `some`, of those cases
    that are handed. `bench`: who judges single exchanges, where they have judged other runs of the same spec.
    """

    def __init__(
        self,
        plan: Plan,
        spec: Spec,
        dialect: Dialect,
        operations: Container[str] | None = None,
        *,
        bench: Bench | None = None,
        some: Some | None = None,
    ) -> None:
        self._plan, self._spec, self._dialect = plan, spec, dialect
        judged = (case for case in plan.cases if case.outcome is None and case.operation in spec.operations)
        self._tallies = {case.id: _tally(case) for case in judged}
        own = {name: one for name, one in self._tallies.items() if operations is None or one.case.operation in operations}
        bench = bench or Bench()
        listening = {name: one for name, one in own.items() if some is None or name in some.listening}
        self._own, self._listeners = own, _listeners(listening, spec, dialect, bench)
        self._noting: dict[str, list[_Tally]] = {}
        for tally in listening.values():
            if checks.check(tally.case.check).notes is not None:
                self._noting.setdefault(tally.case.operation, []).append(tally)
        self._successes, self._unsent, self._ration = Successes(plan, spec, bench.told), Unsent(spec), Ration()
        self._some = some

    def judge(self, records: Iterable[Record]) -> None:
        """Judge each case when it ends, and each of its exchanges by those that listen to every exchange."""
        with seldom_collected():
            self._judge(records)

    def _judge(self, records: Iterable[Record]) -> None:
        for end, whole in attempts(records):
            trace = self._ration.of(hearable(whole))
            if (tally := self._tallies.get(end.case)) is not None:
                shut = next((place for place, one in enumerate(trace) if _shut(one)), None)
                lacked = unmet(end.reason, trace) if end.ended is Ended.UNMET else None
                tally.begin(end, None if shut is None else trace[shut], lacked)
                mine = end.case in self._own and not (self._some and self._some.stands(end.case))
                if mine and tally.case.scope == "case" and end.ended in ("complete", "unmet", "credentials"):
                    tally.take(self._spec.operations[tally.case.operation], trace[:shut], self._dialect)
            for index, exchange in enumerate(trace, 1):
                self._successes.see(exchange)
                self._unsent.see(exchange)
                if is_apart(exchange):
                    continue
                name = exchange.request.operation
                if (listening := self._listeners.get(name)) is not None:
                    panel, hear = listening
                    panel.listen(exchange, index, hear)
                for noting in self._noting.get(name, ()):
                    noting.note(exchange, index, self._spec.operations[name], self._dialect)
        for panel, hear in self._listeners.values():
            panel.settle(hear)
        for tally in (tally for noting in self._noting.values() for tally in noting):
            tally.compare(self._spec.operations[tally.case.operation], self._dialect)

    def said(self) -> dict[str, Judged]:
        """What was said of each case."""
        return {name: Judged(one.weighed.sum(), one.found, one.error or one.heard_error) for name, one in self._own.items()}

    def take_over(self, said: Mapping[str, Judged]) -> None:
        """Take what was said of other cases in another sitting."""
        for name, judged in said.items():
            self._tallies[name].hear(judged)

    def verdicts(self) -> list[Verdict]:
        """The verdicts of all cases, in the plan's order."""
        rows = {row.id: row for row in self._spec.requirements}
        counts = {name: self._counts(tally, rows.get(tally.case.requirement)) for name, tally in self._tallies.items()}
        counts, quick = _together(counts), self._plan.effort is Effort.QUICK
        found = []
        for case in self._plan.cases:
            if case.id not in counts:
                outcome, reason = case.outcome or Outcome.NOT_APPLICABLE, case.reason or Reason("not-in-spec")
                found.append(Verdict(case.id, case.requirement, case.operation, outcome, reason=reason))
            else:
                tally = self._tallies[case.id]
                missing = (
                    None if self._some and case.operation in self._some.succeeded else self._successes.missing(case.operation)
                )
                verdict = _verdict(
                    tally, tally.settled(self._ration.left_out), counts[case.id], self._successes, missing, quick=quick
                )
                if self._ration.unjudged and verdict.outcome is Outcome.PASS and checks.check(case.check).bodies:
                    why = Reason("vain-unjudged", {"count": str(self._ration.unjudged)})
                    verdict = replace(verdict, outcome=Outcome.INCONCLUSIVE, reason=why)
                drawn = verdict.outcome is Outcome.PASS and checks.check(case.check).draws
                if drawn and case.operation in self._plan.left_out:
                    drawn, why = False, Reason("not-drawn", {"operation": case.operation})
                    verdict = replace(verdict, outcome=Outcome.INCONCLUSIVE, reason=why)
                unsent = self._unsent.named(case.operation) if drawn else ()
                found.append(replace(verdict, exercised=(*verdict.exercised, *unsent)) if unsent else verdict)
        return found

    def _counts(self, tally: _Tally, row: Requirement | None) -> Counts:
        """The witnesses of a case, and the aspects of which it is to have some."""
        check, operation = checks.check(tally.case.check), self._spec.operations[tally.case.operation]
        named = checks.bind(check.aspects, tally.case.arguments)(operation, self._dialect) if check.aspects else ()
        return Counts(tally.weighed.sum(), tuple(dict.fromkeys(named)), row)


def _shut(one: Exchange) -> bool:
    """Whether a case ends here, because credentials were not accepted; what cleans up comes when it is over."""
    return one.locked_out and not one.is_cleanup


def _tally(case: Case) -> _Tally:
    return _Tally(case, checks.bind(checks.check(case.check).judge, case.arguments))


_Hear = Callable[[int, Judged, int], None]
_Listeners = Mapping[str, tuple[Panel, _Hear]]  # by the operation to which they listen


def _listeners(tallies: Mapping[str, _Tally], spec: Spec, dialect: Dialect, bench: Bench) -> _Listeners:
    """The cases that are judged on every exchange of their operation, or on those of others too, with the memory of what was said."""
    grouped: dict[str, list[_Tally]] = {}
    for tally in tallies.values():
        if tally.case.scope == "exchange" or checks.check(tally.case.check).each is not None:
            grouped.setdefault(tally.case.operation, []).append(tally)
    return {name: (bench.panel(one, spec.operations[name], dialect), _hear(one)) for name, one in grouped.items()}


def _hear(listening: Sequence[_Tally]) -> _Hear:
    """What takes down what a panel says, by the place of who says it."""

    def hear(place: int, said: Judged, times: int) -> None:
        tally = listening[place]
        if tally.case.scope == "case" and said.findings and said.findings[0].references[0].partition("#")[0] == tally.case.id:
            return  # its own judge has said that
        tally.hear(said, times)

    return hear


def _panel(listening: Sequence[_Tally], operation: Any, dialect: Dialect, memory: Memory) -> Panel:
    heads = {place for place, one in enumerate(listening) if not checks.check(one.case.check).bodies}
    judges = [one.judge if one.case.scope == "exchange" else one.half("each") for one in listening]
    return Panel([partial(judge, operation, dialect=dialect) for judge in judges], memory, heads=heads)


def _together(counts: Mapping[str, Counts]) -> dict[str, Counts]:
    """The same, with what all cases of a requirement witnessed where its row says that they give their witnesses together."""
    found: dict[str, Weighing] = {}
    for one in counts.values():
        if one.row is not None and one.row.evidence_per == "requirement":
            found.setdefault(one.row.id, Weighing()).add(one.weighed)
    sums = {name: one.sum() for name, one in found.items()}
    return {name: replace(one, together=sums.get(one.row.id, NONE) if one.row else NONE) for name, one in counts.items()}


def _screened(case: Case, end: CaseEnd | None, outcome: Outcome, *, quick: bool) -> bool:
    """Whether a case was left open for nothing else than that so few requests were to be sent: it only listened, or they were used up."""
    spent = end is not None and end.ended is Ended.BUDGET
    listened = end is None and case.scope == "exchange"
    return quick and outcome is Outcome.INCONCLUSIVE and (case.listens or listened or spent)


def _verdict(
    tally: _Tally, settled: tuple[Finding, ...], counts: Counts, successes: Successes, missing: Reason | None, *, quick: bool
) -> Verdict:
    case = tally.case
    outcome, reason = _decided(tally, settled, counts, successes)
    if missing is not None and (outcome is Outcome.PASS or (reason is not None and reason.key == "no-witness")):
        outcome, reason = Outcome.INCONCLUSIVE, missing
    if _screened(case, tally.end, outcome, quick=quick):
        outcome, reason = Outcome.NOT_TESTED, Reason("effort", {"effort": str(Effort.QUICK)})
    findings = settled if outcome is Outcome.FAIL else ()
    exercised = counts.exercised()
    return Verdict(case.id, case.requirement, case.operation, outcome, findings, counts.weighed.witnesses, reason, exercised)


def _decided(tally: _Tally, settled: tuple[Finding, ...], counts: Counts, successes: Successes) -> tuple[Outcome, Reason | None]:
    end = tally.end
    if error := tally.error or tally.heard_error:
        return Outcome.ERROR, Reason("judge-error", {"error": error})
    if end is not None and end.ended == "error":
        return Outcome.ERROR, Reason("drive-error", {"error": end.reason})
    if settled:
        return Outcome.FAIL, None
    if tally.found:
        return Outcome.INCONCLUSIVE, Reason("left-unread", {"count": str(len(tally.found))})
    asks = not tally.case.listens and checks.check(tally.case.check).drive is not None
    if end is None and (tally.case.scope == "case" or asks):
        return Outcome.INCONCLUSIVE, Reason("not-run")
    if tally.locked is not None:
        return Outcome.INCONCLUSIVE, successes.refused(tally.locked)
    if tally.lacked is not None:
        return Outcome.INCONCLUSIVE, tally.lacked
    if end is not None and end.ended != "complete":
        return Outcome.INCONCLUSIVE, Reason("unmet" if end.ended == "credentials" else end.ended, {"why": end.reason})
    return counts.decided()
