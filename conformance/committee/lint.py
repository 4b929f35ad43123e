"""A spec examined by every rule: what breaks one, with the file and the line in which it was written.

Any OpenAPI document can be examined, however wrong: it is read without being refused, and what is not as it should be is what is said.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from conformance.committee.rules import ERROR, NOTE, WARNING, Draft, Rule, draft_of, rules
from conformance.interface.bundling import bundle_with_places
from conformance.load.documents import Document, read_document
from conformance.load.interfaces import with_overlay
from conformance.model import Requirement, Spec

__all__ = ["SEVERITIES", "Fault", "examined", "read"]

SEVERITIES = (ERROR, WARNING, NOTE)


@dataclass(frozen=True)
class Fault:
    """One place that breaks a rule. `where` is a JSON Pointer into the document, or the id of a requirement."""

    rule: Rule
    where: str
    said: str
    file: str
    line: int

    def as_json(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "rule": self.rule.id,
            "severity": self.rule.severity,
            "where": self.where,
            "said": self.said,
            "file": self.file,
            "line": self.line,
            "rationale": dict(self.rule.rationale),
            "mend": dict(self.rule.mend),
            "source": self.rule.source,
        }


def read(source: Path, spec: Spec | None = None, earlier: Sequence[Requirement] = ()) -> tuple[Draft, Document]:
    """A document to examine, with the files that it refers to; `spec`, where it has requirements, and those of `earlier` versions.

    Raises DataError for what is no document at all, or refers to a file that is not there.
    """
    main = read_document(source)
    if not isinstance(main.content, dict):
        return draft_of({}), main
    main = with_overlay(main, source)
    others: dict[str, Document] = {}

    def other(name: str) -> Any:
        if name not in others:
            others[name] = read_document(source.parent / name)
        return others[name].content

    content, places = bundle_with_places(main.content, other, file=str(source))
    origins = {**main.origins, **{at: (others[name], fragment) for at, (name, fragment) in places.items()}}
    known: Any = {} if spec is None else {"requirements": spec.requirements, "earlier": earlier, "version": spec.version}
    return draft_of(content, **known), Document(content, main.file, main.lines, origins)


def examined(draft: Draft, document: Document, folder: Path | None = None) -> list[Fault]:
    """Everything that breaks a rule, the gravest first. `folder` is the one above `specs/`, where requirements lie."""
    found = [_fault(rule, where, said, draft, document, folder) for rule in rules() for where, said in rule.found(draft)]
    return sorted(found, key=lambda one: (SEVERITIES.index(one.rule.severity), one.file, one.line, one.rule.id, one.where))


def _fault(rule: Rule, where: str, said: str, draft: Draft, document: Document, folder: Path | None) -> Fault:
    row = next((one for one in draft.requirements if one.id == where), None)
    if row is not None:
        name, _, line = row.where.rpartition(":")
        return Fault(rule, where, said, str(folder / "specs" / name) if folder else f"specs/{name}", int(line or 0))
    file, line_ = document.place(where if where.startswith("/") else "")
    return Fault(rule, where, said, file, line_)
