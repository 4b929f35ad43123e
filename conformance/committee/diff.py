"""Two versions of an interface → everything in which they differ, each change with its two verdicts.

A pure function of the two: nothing is sent, nothing is fetched, and the same two have the same difference. How much is drawn in vain for all of it
is counted, so whatever was found of the same schemas before is forgotten first: it was found with another patience.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from conformance.committee.changes import Answer, Change, Difference, Judgement, Witness
from conformance.committee.judging import COMPATIBLE, afresh
from conformance.committee.pairing import called_back, key_of, named, paired, paired_called
from conformance.committee.requests import body_changes, parameter_changes
from conformance.committee.responses import answer_changes
from conformance.committee.rows import row_changes, rows_by_operation
from conformance.committee.security import security_changes
from conformance.committee.versions import advice, bumped
from conformance.interface.references import referenced
from conformance.model import Operation, Spec
from conformance.plan.witnesses import patience

__all__ = ["difference"]

_IN_VAIN = 1000  # values that are drawn for all places at which none is to be found


def difference(old: Spec, new: Spec) -> Difference:
    """What two versions differ in."""
    tested = [rows_by_operation(spec) for spec in (old, new)]
    with afresh(), patience(_IN_VAIN):
        changes = tuple(_with_rows(change, pair, tested) for pair, change in _changes(old, new))
    rows = tuple(row_changes(old, new))
    least, most = advice(changes, rows, same=old.document == new.document)
    return Difference(_label(old), _label(new), changes, rows, bumped(_version(old), _version(new), least, most))


Pair = tuple[Operation | None, Operation | None]


def _changes(old: Spec, new: Spec) -> Iterator[tuple[Pair, Change]]:
    for shown, one, other in paired(old.operations, new.operations):
        yield from (((one, other), change) for change in _operation(shown, one, other))
    hooks = called_back(old, None), called_back(new, None)
    for shown, one, other in paired_called(*hooks):
        yield from (((one, other), change) for change in _called(shown, one, other))


def _operation(shown: str, old: Operation | None, new: Operation | None) -> Iterator[Change]:
    if old is None or new is None:
        yield _whole(shown, added=old is None)
        return
    if key_of(old) != key_of(new):
        moved = Judgement(Answer.INCOMPATIBLE, "moved", Witness(named(old), "old", "", named(new)))
        yield Change(shown, "operation", "", "moved", moved, moved)
    yield from parameter_changes(shown, old, new)
    yield from body_changes(shown, old, new)
    yield from security_changes(shown, old, new)
    yield from answer_changes(shown, old, new)
    if old.raw.get("deprecated", False) != new.raw.get("deprecated", False):
        kind = "deprecated" if new.raw.get("deprecated") else "undeprecated"
        yield Change(shown, "operation", "", kind, COMPATIBLE, COMPATIBLE)
    calls = called_back(old.spec, old), called_back(new.spec, new)
    for name, one, other in paired_called(*calls):
        for change in _called(name, one, other):
            yield replace(change, operation=shown, place=f"{name}: {change.place}" if change.place else name)


def _whole(shown: str, *, added: bool) -> Change:
    shape = Witness(shown, "new" if added else "old")
    if added:
        return Change(shown, "operation", "", "added", COMPATIBLE, Judgement(Answer.INCOMPATIBLE, "served-now", shape))
    return Change(shown, "operation", "", "removed", Judgement(Answer.INCOMPATIBLE, "gone", shape), COMPATIBLE)


def _called(shown: str, old: Operation | None, new: Operation | None) -> Iterator[Change]:
    """What a vendor sends to its consumers: it asks, they answer."""
    if old is None or new is None:
        shape = Witness(shown, "new" if old is None else "old")
        gone = Judgement(Answer.INCOMPATIBLE, "called-no-longer", shape)
        must = Judgement(Answer.INCOMPATIBLE, "called-now", shape)
        parties = (COMPATIBLE, must) if old is None else (gone, COMPATIBLE)
        yield Change(shown, "callback", "", "added" if old is None else "removed", *parties)
        return
    yield from parameter_changes(shown, old, new, sent=True)
    yield from body_changes(shown, old, new, sent=True)
    yield from answer_changes(shown, old, new, sent=True)


def _with_rows(change: Change, pair: Pair, tested: list[dict[str, tuple[str, ...]]]) -> Change:
    """The change with the requirements beside it that are tested on its operation, in either version."""
    found = [rows.get(one.id, ()) for one, rows in zip(pair, tested, strict=True) if one is not None]
    return replace(change, requirements=tuple(dict.fromkeys(id_ for rows in found for id_ in rows)))


def _version(spec: Spec) -> str:
    info: Any = referenced(spec.document, spec.document.get("info") or {})
    return str(info.get("version", spec.version))


def _label(spec: Spec) -> str:
    return f"{spec.domain}@{spec.version}" if spec.domain else f"{Path(spec.source).name} ({_version(spec)})"
