"""The rules by which a spec is examined. There is no registry: every `Rule` in a module of this package is one.

    structure   the document itself                  naming      what things are called
    answers     statuses, problems, paging           security    who may ask
    language    both languages, terms, labels        samples     examples and defaults under their schemas
    rows        requirements                         lifecycle   versions, licence, deprecation

A rule says of which documents it speaks: of `any` OpenAPI document, or of those of the `house`, which say so by `info/x-domain`. It has an id
that is never re-used, how grave it is, why it is there, what it rests on, how to mend what breaks it, and an example of each kind,
which are its tests. What it finds is a place and a few words; nothing of it is enforced on a vendor.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import Any

from conformance.errors import DisagreementError
from conformance.interface.openapi import read_operations
from conformance.interface.references import AstrayError, objects
from conformance.interface.schema import openapi_errors
from conformance.model import Operation, Requirement, Spec, Text

__all__ = ["ERROR", "NOTE", "WARNING", "Draft", "Place", "Rule", "draft_of", "rule", "rules", "text"]

ERROR, WARNING, NOTE = "error", "warning", "note"
_MISSHAPEN = (AstrayError, AttributeError, KeyError, TypeError, ValueError)  # what reading a document of any shape ends in
Place = tuple[str, str]  # a JSON Pointer into the document (or the id of a row), what is wrong there


@dataclass(frozen=True)
class Draft:
    """What is examined: a bundled document, its operations as far as they can be read, its requirements and those of earlier versions."""

    document: Mapping[str, Any]
    operations: Mapping[str, Operation]
    requirements: Sequence[Requirement] = ()
    earlier: Sequence[Requirement] = ()
    version: str = ""
    spec: Spec | None = field(default=None, repr=False)

    @cached_property
    def invalid(self) -> tuple[Place, ...]:
        """Where the document is no valid OpenAPI. It takes a while to tell of a large one, so nobody is told who does not ask."""
        return tuple(_invalid(self.document))

    @property
    def house(self) -> bool:
        """Whether the document is one of the house's, to which its style applies."""
        info = self.document.get("info")
        return isinstance(info, Mapping) and "x-domain" in info

    def objects(self, kind: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """Every object of a kind (a section of `components`) with its pointer."""
        return ((where, node) for where, node, found in objects(self.document) if found == kind)


def draft_of(document: Mapping[str, Any], **more: Any) -> Draft:
    """A draft of a document, whose operations are read as far as they can be: what cannot be is for a rule to say."""
    operations: dict[str, Operation] = {}
    spec = Spec("", "", document, "", operations, {}, {}, [], {})
    try:
        operations.update(read_operations(spec))
    except _MISSHAPEN:
        operations.clear()
    return Draft(document, operations, spec=spec, **more)


def _invalid(document: Mapping[str, Any]) -> Iterator[Place]:
    try:
        yield from ((one.pointer, one.message[:300]) for one in openapi_errors(document))
    except DisagreementError as error:
        yield "", str(error)[:300]


@dataclass(frozen=True)
class Rule:
    """One rule. `find` yields the places that break it; `conforms` and `violates` are drafts that do and do not keep it."""

    id: str
    severity: str
    speaks_of: str  # "any" or "house"
    rationale: Text
    mend: Text
    source: str
    conforms: Draft
    violates: Draft
    find: Callable[[Draft], Iterator[Place]]

    def found(self, draft: Draft) -> list[Place]:
        """The places of a draft that break the rule; none where it does not speak of such documents. Of a document that is no valid OpenAPI,
        and may have anything anywhere, as many as can be told.
        """
        places: list[Place] = []
        if self.speaks_of == "any" or draft.house:
            try:
                places.extend(self.find(draft))
            except _MISSHAPEN:
                if not draft.invalid:
                    raise
        return places


def rule(
    identifier: str, severity: str, speaks_of: str, source: str, why: Text, mend: Text, conforms: Draft, violates: Draft
) -> Callable[[Callable[[Draft], Iterator[Place]]], Rule]:
    """Make a rule of the function that finds what breaks it."""

    def made(find: Callable[[Draft], Iterator[Place]]) -> Rule:
        return Rule(identifier, severity, speaks_of, why, mend, source, conforms, violates, find)

    return made


def text(en: str, zh: str) -> Text:
    """A text in both languages."""
    return {"en": en, "zh-Hant": zh}


@cache
def rules() -> tuple[Rule, ...]:
    """All rules, by id."""
    modules = (importlib.import_module(f"{__name__}.{one.name}") for one in pkgutil.iter_modules(__path__) if one.name[0] != "_")
    found = [one for module in modules for one in vars(module).values() if isinstance(one, Rule)]
    return tuple(sorted(found, key=lambda one: one.id))
