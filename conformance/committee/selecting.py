"""Which cases of a recorded run have to be judged under a draft, and what has to be read for that; the others stand as they were recorded.

A verdict is a function of the exchanges of a case, of its check and arguments, and of what the judge reads of the document: its own operation,
those that its exchanges and arguments name, and which methods lie beside its path. Where all of that is the same as before (`basis` proves it
from the two documents), so is the verdict. So what the report says passed, or did not apply, need not be judged again. All else is:

    open       whatever was recorded: it did not pass before, is new, reads otherwise, or its own operation is another one
    affected   one of the operations that it asked on its way is another one, which is seen when its exchanges come by

Of an exchange that neither of these reads no more is looked at than its place. The file is verified to its end all the same, and the report
counts only when it is about this plan and this evidence; whoever could change it could have made up the evidence as well. Where the
whole of a run could matter to one of its cases (`Untold`), all of it is judged.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from conformance import checks, limits
from conformance.committee.basis import UNCHANGED, Basis
from conformance.evidence import CaseEnd, Footer, Glimpse, Record, Resumed
from conformance.model import Case, Exchange, Outcome, Spec, Verdict
from conformance.verdict.alike import Judged
from conformance.verdict.judge import Sitting, Some
from conformance.verdict.weighing import Weighed

__all__ = ["Selecting", "Stood", "Untold", "stood"]


class Untold(Exception):
    """Some of the run would not tell what all of it does."""


@dataclass(frozen=True)
class Stood:
    """What the report of a run says of its cases that passed, or did not apply, and of which evidence it says so."""

    verdicts: Mapping[str, Verdict]
    counted: Mapping[str, Mapping[str, int]]  # witnesses by aspect
    root: str


def stood(report: Mapping[str, Any], plan: str) -> Stood | None:
    """What stands in a report, where it is about this plan and of the form that reports have; else None."""
    verdicts: dict[str, Verdict] = {}
    counted: dict[str, Mapping[str, int]] = {}
    try:
        if report["plan"]["digest"] != plan:
            return None
        for one in report["verdicts"]:
            if one["outcome"] in (Outcome.PASS, Outcome.NOT_APPLICABLE):
                named = one["case"], one["requirement"], one["operation"], Outcome(one["outcome"])
                verdicts[one["case"]] = Verdict(*named, witnesses=one["witnesses"])
                counted[one["case"]] = {each["aspect"]: each["witnesses"] for each in one["exercised"] if each["witnesses"]}
        return Stood(verdicts, counted, report["evidence"]["rfc6962Root"])
    except (KeyError, TypeError, ValueError):
        return None


@dataclass
class Selecting:
    """Chooses among the cases of a run. `cases` are the draft's, by the id under which they were recorded; `known` those that were recorded,
    `other` those of them whose check or arguments are others.
    """

    basis: Basis
    cases: Mapping[str, Case]
    known: Mapping[str, Case]
    other: frozenset[str]
    stood: Stood
    touched: dict[str, set[str]] = field(default_factory=dict)  # by case, the operations of its exchanges
    affected: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.open = frozenset(name for name, case in self.cases.items() if case.outcome is None and self._is_open(name, case))
        passed = {self.cases[name].operation for name, one in self.stood.verdicts.items() if name in self.cases and _passed(one)}
        self._succeeded = frozenset(name for name in passed if self.basis.effect(name) == UNCHANGED)
        among = [self.cases[name] for name in self.open]
        self._heard = frozenset(one.operation for one in among if one.operation not in self._succeeded or _listens(one))

    @property
    def some(self) -> Some:
        """What a sitting has to know."""
        return Some(self.open, self._succeeded, self.stands)

    def stands(self, name: str) -> bool:
        """Whether the recorded verdict of a case is its verdict."""
        return name in self.stood.verdicts and name not in self.open and name not in self.affected

    def passing(self, records: Iterable[Record | Glimpse]) -> Iterator[Record]:
        """The records of the cases that have to be looked at, read."""
        running: dict[str, list[Glimpse]] = {}
        marks = 0
        for record in records:
            if isinstance(record, Glimpse):
                running.setdefault(record.case, []).append(record)
                marks += _marks(record.line)
                continue
            if isinstance(record, CaseEnd):
                came = running.pop(record.case, [])
                if not self._is_read(record.case, came):
                    continue
                yield from (one.read() for one in came)
            elif isinstance(record, Resumed):
                raise Untold("a case of a resumed run may have ended twice")
            elif isinstance(record, Footer) and (record.root != self.stood.root or marks > limits.JUDGED):
                raise Untold("the report is about other evidence, or there is more than one sitting judges")
            assert not isinstance(record, Exchange), "an exchange line is glimpsed, or refused"
            yield record

    def verdicts(self, sitting: Sitting) -> list[Verdict]:
        """The verdicts of all cases, those that stand among them. Raises Untold where one of them would not."""
        sitting.take_over(self._sums())
        found = sitting.verdicts()
        self._compare(found)
        return [self.stood.verdicts[one.case] if self.stands(one.case) else one for one in found]

    def _sums(self) -> Mapping[str, Judged]:
        """What those that stand gave of witnesses: others of their requirement count them in."""
        left = [name for name, case in self.cases.items() if case.outcome is None and self.stands(name)]
        return {name: Judged(Weighed(self.stood.counted[name]), ()) for name in left}

    def _compare(self, found: Iterable[Verdict]) -> None:
        """Raises Untold where cases that stand lived by witnesses of others, which are fewer now than their requirement asks for."""
        now: dict[str, dict[str, int]] = {}
        before: dict[str, dict[str, int]] = {}
        for verdict in found:
            _add(now, verdict.requirement, {one.aspect: one.witnesses for one in verdict.exercised})
            _add(before, verdict.requirement, self.stood.counted.get(verdict.case, {}))
        for row in self.basis.new.requirements:
            if row.evidence_per != "requirement" or row.id not in before:
                continue
            least, had, has = row.evidence_min, before[row.id], now[row.id]
            pairs = [(sum(had.values()), sum(has.values())), *((count, has.get(name, 0)) for name, count in had.items())]
            if any(present < min(past, least) for past, present in pairs):
                raise Untold(f"the cases of {row.id} have fewer witnesses together")

    def _is_open(self, name: str, case: Case) -> bool:
        if name not in self.stood.verdicts or name not in self.known or name in self.other:
            return True
        check, basis = checks.check(case.check), self.basis
        if (check.older and (basis.old.earlier or basis.new.earlier)) or (check.receives and basis.delivers):
            return True
        named = {case.operation, *(text for text in _texts(case.arguments) if text in basis.new.operations)}
        if any(basis.effect(one) != UNCHANGED for one in named):
            return True
        return _beside(basis.old, basis.was.get(case.operation, "")) != _beside(basis.new, case.operation)

    def _is_read(self, name: str, came: list[Glimpse]) -> bool:
        """Whether the exchanges of a case have to be read, for itself or for those that listen."""
        case, renamed = self.cases.get(name), self.basis.renamed
        touched = {renamed.get(one.operation, one.operation) for one in came}
        changed = any(self.basis.effect(one) != UNCHANGED for one in touched if one in self.basis.new.operations)
        if case is not None:
            self.touched.setdefault(name, set()).update(touched)
            if changed and case.scope == "case":
                self.affected.add(name)
        return (case is not None and (changed or name in self.open)) or bool(touched & self._heard)


def _listens(case: Case) -> bool:
    """Whether a case is judged on what others asked, too."""
    check = checks.check(case.check)
    return check.scope == "exchange" or check.each is not None or check.notes is not None


def _passed(one: Verdict) -> bool:
    return one.outcome is Outcome.PASS


def _add(sums: dict[str, dict[str, int]], name: str, counted: Mapping[str, int]) -> None:
    found = sums.setdefault(name, {})
    for aspect, count in counted.items():
        found[aspect] = found.get(aspect, 0) + count


def _marks(line: bytes) -> int:
    """No fewer than the brackets and commas of the bodies in a line, by which it is told how much a sitting judges."""
    if b'"bodyBase64"' in line:
        return len(line)
    return line.count(b"[") + line.count(b"{") + line.count(b",")


def _beside(spec: Spec, name: str) -> frozenset[tuple[str, str]]:
    """The methods and paths that lie beside an operation's own: at its path, or at one that differs from it in parameters alone."""
    own = spec.operations.get(name)
    if own is None:
        return frozenset()
    return frozenset((one.method, one.path) for one in spec.operations.values() if _alike(one.path, own.path))


def _alike(one: str, other: str) -> bool:
    pairs = list(zip(one.split("/"), other.split("/"), strict=False))
    return one.count("/") == other.count("/") and all(a == b or a[:1] == "{" or b[:1] == "{" for a, b in pairs)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for name, member in value.items():
            yield from (name, *_texts(member))
    elif isinstance(value, list | tuple):
        for member in value:
            yield from _texts(member)
