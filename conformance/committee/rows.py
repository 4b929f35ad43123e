"""Requirements that came, went or changed: what no schema shows.

A field that meant seconds and means minutes has the same schema before and after; what says so is a requirement, and a check that divides.
So a row that reads otherwise is never passed over: what was proved of a vendor under the old words is not known under the new ones.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.committee.changes import Answer, Judgement, RowChange
from conformance.committee.judging import COMPATIBLE
from conformance.model import Level, Requirement, Spec

__all__ = ["row_changes", "rows_by_operation"]


def rows_by_operation(spec: Spec) -> dict[str, tuple[str, ...]]:
    """The ids of the requirements that are tested on each operation, by operationId."""
    found: dict[str, list[str]] = {}
    for row in spec.requirements:
        for name in row.binding.operations if row.binding else ():
            found.setdefault(name, []).append(row.id)
    return {name: tuple(rows) for name, rows in found.items()}


def row_changes(old: Spec, new: Spec) -> Iterator[RowChange]:
    """What came, went and changed, in the order of the old rows, then of the new ones. Nothing where either version has no rows."""
    if not old.requirements or not new.requirements:
        return
    after = {row.id: row for row in new.requirements}
    known = {row.id for row in old.requirements}
    for row in old.requirements:
        other = after.get(row.id)
        if other is None:
            consumer = _open("withdrawn") if row.level is Level.MUST else COMPATIBLE
            yield RowChange(row.id, "removed", str(row.level), row.text, (), consumer, COMPATIBLE)
        elif what := tuple(_differing(row, other)):
            yield _changed(row, other, what)
    for row in new.requirements:
        if row.id not in known:
            vendor = _open("demanded-now") if row.level is Level.MUST else COMPATIBLE
            yield RowChange(row.id, "added", str(row.level), row.text, (), COMPATIBLE, vendor)


def _open(why: str) -> Judgement:
    return Judgement(Answer.UNKNOWN, why)


def _changed(old: Requirement, new: Requirement, what: tuple[str, ...]) -> RowChange:
    must = Level.MUST in (old.level, new.level)
    worded = "text" in what or "level" in what
    consumer = _open("reworded") if must and worded else COMPATIBLE
    vendor = (
        _open("tested-otherwise") if must and (worded or {"check", "with", "operations", "evidence"} & {*what}) else COMPATIBLE
    )
    return RowChange(new.id, "changed", str(new.level), new.text, what, consumer, vendor)


def _differing(old: Requirement, new: Requirement) -> Iterator[str]:
    """The members of a row that are others."""
    for name in ("level", "conformance_class", "oracle", "source"):
        if getattr(old, name) != getattr(new, name):
            yield "class" if name == "conformance_class" else name
    if dict(old.text) != dict(new.text):
        yield "text"
    bindings = old.binding, new.binding
    for name, key in (("check", "check"), ("arguments", "with"), ("operations", "operations")):
        if getattr(bindings[0], name, None) != getattr(bindings[1], name, None):
            yield key
    if [old.evidence_min, old.evidence_per, old.unwitnessed] != [new.evidence_min, new.evidence_per, new.unwitnessed]:
        yield "evidence"
