"""What of a recorded run was asked as the draft would ask it: its scripts are driven again under the draft, and handed the recorded answers.

Only cases on which something of the draft bears are driven: whose operation is asked or meant otherwise, or whose check or arguments are others.
A case that the draft would have ask something else was not tested for it. Inputs that the draft accepts or refuses from now on stand before
those that were drawn (`inputs`), so a script that sends drawn ones asks otherwise, too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from conformance.committee.basis import UNCHANGED, Basis
from conformance.errors import YanceError
from conformance.evidence import CaseEnd, Footer, Header, Record, Resumed
from conformance.interface import contract
from conformance.interface.dialect import Dialect
from conformance.model import Case, Draw, Exchange, Operation
from conformance.plan.retest import joined
from conformance.run.attempt import Attempt, Terms, Unfit
from conformance.run.pump import driven

__all__ = ["Redriven"]

Kinds = tuple[tuple[Draw, ...], tuple[Draw, ...]]


@dataclass
class Redriven:
    """Looks at the records of a run as they pass. `cases` are the draft's, by the id under which they were recorded; `asked` those whose
    check or arguments are not the recorded ones.
    """

    basis: Basis
    dialect: Dialect
    cases: Mapping[str, Case]
    other: frozenset[str]
    inputs: Mapping[str, Kinds]
    sandbox: bool
    header: Header | None = None
    footer: Footer | None = None
    touched: dict[str, set[str]] = field(default_factory=dict)  # by case, the operations of its exchanges
    otherwise: set[str] = field(default_factory=set)  # cases that the draft would have ask something else
    refused: set[str] = field(default_factory=set)  # cases of which a request succeeded that the draft refuses
    _running: dict[str, list[Exchange]] = field(default_factory=dict)
    _told: dict[tuple[object, ...], bool] = field(default_factory=dict)
    _terms: Terms = field(default_factory=lambda: Terms(0.0))
    _begun: int = 0  # when the run began or was resumed, in ms

    def passing(self, records: Iterable[Record]) -> Iterator[Record]:
        """The same records, with the operations called as the draft calls them."""
        renamed = self.basis.renamed
        for record in records:
            if isinstance(record, Exchange):
                one = record
                if renamed and one.request.operation in renamed:
                    one = replace(one, request=replace(one.request, operation=renamed[one.request.operation]))
                self._running.setdefault(one.case, []).append(one)
                yield one
                continue
            if isinstance(record, CaseEnd):
                self._ended(record, self._running.pop(record.case, []))
            elif isinstance(record, Header):
                self.header, self._begun = record, record.started_at
                self._terms = Terms(record.longest_pause / 1000, frozenset(record.actors), self.sandbox)
            elif isinstance(record, Resumed):
                self._begun = record.at
            elif isinstance(record, Footer):
                self.footer = record
            yield record

    def _ended(self, end: CaseEnd, came: list[Exchange]) -> None:
        case = self.cases.get(end.case)
        if case is None:
            return
        touched = self.touched.setdefault(end.case, set())
        touched.update(one.request.operation for one in came)
        effects = [self.basis.effect(name) for name in (case.operation, *touched) if name in self.basis.new.operations]
        bears = any(one.narrowed or one.widened or one.meant for one in effects)
        if any(one.narrowed for one in effects) and any(self._is_refused(one) for one in came if one.ok):
            self.refused.add(end.case)
        if (bears or end.case in self.other) and driven(case) and not self._asks_the_same(case, end, came):
            self.otherwise.add(end.case)

    def _asks_the_same(self, case: Case, end: CaseEnd, came: list[Exchange]) -> bool:
        """Whether the draft's script asks what was recorded, as far as nothing hidden decides that."""
        known = (case.inputs.valid, case.inputs.invalid)
        valid, invalid = joined(known, self.inputs.get(case.operation, ((), ())))
        asking = replace(case, inputs=replace(case.inputs, valid=valid, invalid=invalid, begun=self._begun))
        attempt = Attempt(self.basis.judged, asking, end, came, self._terms)
        try:
            attempt.held(self.dialect)
        except (Unfit, YanceError):
            return False
        return not attempt.hidden

    def _is_refused(self, one: Exchange) -> bool:
        """Whether the draft refuses a request, beyond doubt: its body, or one of its query parameters, or for want of one."""
        name, request = one.request.operation, one.request
        operation = self.basis.new.operations.get(name)
        if operation is None or self.basis.effect(name) == UNCHANGED or request.method != operation.method:
            return False
        key = (name, request.query, request.body, request.header("content-type"))
        if key not in self._told:
            self._told[key] = _refused(operation, one)
        return self._told[key]


def _refused(operation: Operation, one: Exchange) -> bool:
    request = one.request
    names = {name for name, _ in request.query}
    if any(p.required and p.location == "query" and p.name not in names for p in operation.parameters):
        return True
    if any(p.required and p.location == "header" and request.header(p.name) is None for p in operation.parameters):
        return True
    if any(contract.parameter_refused(operation, name, text) for name, text in request.query if operation.parameter(name)):
        return True
    if request.body is None or not operation.bodies:
        return False
    return contract.body_refused(operation, request.header("content-type") or "", request.body)
