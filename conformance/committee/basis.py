"""What a draft changes for whoever is certified under an earlier version: operation by operation, and so case by case.

Of an operation three things matter to a vendor whose answers were recorded:

    asked      what the draft accepts beyond the old version (`widened`) and what it refuses besides (`narrowed`): no recorded request says how
               the vendor answers those
    answered   what the draft no longer lets it answer: its recorded answers say whether it does
    meant      what no schema shows: an `x-` annotation by which checks read answers (a filter, an order, a state)

Nothing is changed where all that an operation reaches in the two documents is the same but for words that only describe it; else where the
algebra proves it (`diff`).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from conformance.committee.changes import Answer, Change, Difference
from conformance.committee.diff import difference
from conformance.committee.pairing import paired
from conformance.interface.references import find
from conformance.model import Operation, Requirement, Spec

__all__ = ["UNCHANGED", "Basis", "Effect", "basis"]

_DESCRIBES = frozenset({"description", "summary", "title", "example", "examples", "externalDocs", "tags", "x-source-term"})
_NAMES = frozenset(  # members whose own members are named by the author, and are no keywords
    {
        "properties",
        "patternProperties",
        "$defs",
        "definitions",
        "dependentSchemas",
        "responses",
        "headers",
        "content",
        "callbacks",
        "links",
    }
)
_VALUES = frozenset({"enum", "const", "default", "required"})
_ASKED = frozenset({"parameter", "body", "security"})


@dataclass(frozen=True)
class Effect:
    """What a draft changes for a vendor at an operation."""

    narrowed: bool = False
    widened: bool = False
    answered: bool = False
    meant: bool = False
    new: bool = False

    @property
    def nothing(self) -> bool:
        """Whether it is proved that nothing is changed for a certified vendor."""
        return self == UNCHANGED


UNCHANGED = Effect()


@dataclass(frozen=True)
class Basis:
    """Two versions, and what the new one changes. `effects` and `was` are by the operationId of the new version; `delivers`: something is
    changed in what the vendor sends by itself.
    """

    old: Spec
    new: Spec
    difference: Difference
    effects: Mapping[str, Effect]
    was: Mapping[str, str]
    delivers: bool = False
    dialect: bool = False
    recipes: frozenset[str] = field(default_factory=frozenset)  # operations that set things up otherwise

    @cached_property
    def judged(self) -> Spec:
        """The draft as what was recorded is judged by it: under the version that those who were recorded had to state."""
        operations: dict[str, Operation] = {}
        found = replace(self.new, version=self.old.version, operations=operations)
        operations.update({name: replace(one, spec=found) for name, one in self.new.operations.items()})
        return found

    @cached_property
    def renamed(self) -> Mapping[str, str]:
        """The operations whose operationId is another one now: the old one → the new one."""
        return {old: new for new, old in self.was.items() if old != new}

    @cached_property
    def before(self) -> Mapping[str, Requirement]:
        """The old requirements, by id."""
        return {row.id: row for row in self.old.requirements}

    def reworded(self, row: Requirement) -> bool:
        """Whether a requirement says something else than before, in either language."""
        known = self.before.get(row.id)
        return known is not None and dict(known.text) != dict(row.text)

    def effect(self, name: str) -> Effect:
        """What is changed at an operation of the new version."""
        found = self.effects.get(name, UNCHANGED)
        if self.dialect or name in self.recipes:
            return replace(found, meant=True)
        return found


def basis(old: Spec, new: Spec) -> Basis:
    """What a draft changes. A pure function of the two."""
    found = difference(old, new)
    pairs = list(paired(old.operations, new.operations))
    was = {other.id: one.id for _, one, other in pairs if one is not None and other is not None}
    changed = {
        other.id: [one for one in found.changes if one.operation == shown] for shown, _, other in pairs if other is not None
    }
    delivers = any(_is_delivery(one) and one.vendor.answer is not Answer.COMPATIBLE for one in found.changes)
    effects: dict[str, Effect] = {}
    for name, operation in new.operations.items():
        known = old.operations.get(was.get(name, ""))
        effects[name] = Effect(new=True) if known is None else UNCHANGED
        if known is not None and _essence(old, known) != _essence(new, operation):
            apart = [one for one in changed[name] if not _is_delivery(one)]
            effects[name] = _effect(apart, meant=_annotations(old, known) != _annotations(new, operation))
    setup = {name for name in {*old.setup, *new.setup} if old.setup.get(name) != new.setup.get(name)}
    recipes = {text for name in setup for text in _texts(new.setup.get(name, {})) if text in new.operations}
    dialect = dict(old.dialect) != dict(new.dialect)
    return Basis(old, new, found, effects, was, delivers, dialect, frozenset(recipes))


def _is_delivery(change: Change) -> bool:
    """Whether a change is of what the vendor sends by itself."""
    return (
        change.area == "callback" or change.place.startswith(("callback ", "webhook ")) or change.operation.startswith("webhook ")
    )


def _effect(changes: list[Change], *, meant: bool) -> Effect:
    """What the changes of an operation come to."""
    found = Effect(meant=meant)
    for change in changes:
        if change.vendor.answer is Answer.COMPATIBLE:
            continue
        if change.area in _ASKED or change.area == "operation" or (change.area == "media" and not change.place[:1].isdigit()):
            narrowed = change.consumer.answer is not Answer.COMPATIBLE
            found = replace(found, narrowed=found.narrowed or narrowed, widened=True)
        else:
            found = replace(found, answered=True)
    return found


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for member in value.values():
            yield from _texts(member)
    elif isinstance(value, list):
        for member in value:
            yield from _texts(member)


# ------------------------------------------------------------------------------------------ what an operation is


def _essence(spec: Spec, operation: Operation) -> str:
    """All that an operation is and reaches, but for words that only describe it."""
    found: dict[str, Any] = {}
    _gather(spec.document, _whole(spec, operation), "", found)
    return json.dumps([operation.method, operation.path, found], sort_keys=True)


def _annotations(spec: Spec, operation: Operation) -> str:
    """The annotations in all that an operation is and reaches, with where they stand."""
    found: dict[str, Any] = {}
    _gather(spec.document, _whole(spec, operation), "", found)
    return json.dumps(sorted(_annotated(found, "")), sort_keys=True)


def _whole(spec: Spec, operation: Operation) -> Mapping[str, Any]:
    """An operation with what it takes from its path and from the document."""
    security = spec.document.get("security") if "security" not in operation.raw else None
    parameters = [dict(one.raw) for one in operation.parameters]
    return {**operation.raw, "parameters": parameters, **({"security": security} if security is not None else {})}


def _gather(document: Mapping[str, Any], node: Any, name: str, found: dict[str, Any]) -> None:
    """Put what a node says, and all that it refers to, into `found`, by the reference under which each is reached."""
    left = [(name, node)]
    while left:
        where, one = left.pop()
        said, references = _said(one, names=False)
        found[where] = said
        for reference in references - found.keys():
            found[reference] = None
            target = find(document, reference)
            if isinstance(target, Mapping | list):  # one that leads nowhere says nothing
                left.append((reference, target))


def _said(node: Any, *, names: bool) -> tuple[Any, frozenset[str]]:
    """A node without words that only describe, and the references in it."""
    if isinstance(node, list):
        parts = [_said(one, names=False) for one in node]
        return [said for said, _ in parts], frozenset[str]().union(*(refs for _, refs in parts))
    if not isinstance(node, Mapping):
        return node, frozenset()
    found: dict[str, Any] = {}
    references: frozenset[str] = frozenset()
    for key, member in node.items():
        if not names and (key in _DESCRIBES or (key.startswith("x-") and key.endswith("-zh-Hant"))):
            continue
        if not names and key in _VALUES:
            found[key] = member
            continue
        if key == "$ref" and isinstance(member, str):
            references |= {member}
        found[key], inside = _said(member, names=not names and key in _NAMES)
        references |= inside
    return found, references


def _annotated(node: Any, where: str) -> Iterator[str]:
    if isinstance(node, Mapping):
        for key, member in node.items():
            if key.startswith("x-"):
                yield f"{where}/{key} {json.dumps(member, sort_keys=True)}"
            else:
                yield from _annotated(member, f"{where}/{key}")
    elif isinstance(node, list):
        for nth, member in enumerate(node):
            yield from _annotated(member, f"{where}/{member['name'] if isinstance(member, dict) and 'name' in member else nth}")
