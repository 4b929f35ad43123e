"""What of a spec is tested, and by what: clause ↔ requirement ↔ check ↔ faults and variants ↔ operations ↔ profiles.

A gap is a place where that chain ends: a clause that no requirement cites, a requirement without a check, a check whose requirement no
seeded fault breaks, an operation that nothing tests or that no profile has. Each gap has an explanation or is a defect: a row says itself
why it is not tested, a clause without a word of BCP 14 demands nothing, a domain without a reference server has nowhere to seed a fault.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from conformance import formats, reference
from conformance.load.catalogue import both
from conformance.model import Level, Profile, Requirement, Spec, Text

__all__ = ["FIELDS", "Coverage", "Gap", "Traced", "coverage"]

_LEAST_FAULTS = 2  # of a MUST, one of them subtle (CONTRIBUTING)
_BINDING = re.compile(r"\b(?:MUST|SHALL|SHOULD|REQUIRED|RECOMMENDED)\b")
_OURS = re.compile("interface document", re.IGNORECASE)
FIELDS = ("requirement", "level", "class", "clauses", "source", "check", "faults", "operations", "profiles", "untested")


@dataclass(frozen=True)
class Traced:
    """A requirement with everything that hangs on it; names all, in the order of the spec."""

    row: Requirement
    clauses: tuple[str, ...]
    faults: tuple[str, ...]
    profiles: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """As JSON, by `FIELDS`."""
        binding = self.row.binding
        return {
            "requirement": self.row.id,
            "level": str(self.row.level),
            "class": self.row.conformance_class,
            "clauses": list(self.clauses),
            "source": self.row.source,
            "check": binding.check if binding else "",
            "faults": list(self.faults),
            "operations": list(binding.operations) if binding else [],
            "profiles": list(self.profiles),
            "untested": dict(self.row.untested or {}),
        }


@dataclass(frozen=True)
class Gap:
    """Where the chain ends: the kind (a key of the catalogue under `spec.gap`), what it is about, and the explanation, or none."""

    kind: str
    subject: str
    why: Text | None = None

    def as_json(self) -> dict[str, Any]:
        """As JSON."""
        return {"kind": self.kind, "subject": self.subject, "explained": self.why is not None, "why": dict(self.why or {})}


@dataclass(frozen=True)
class Coverage:
    """The matrix of a spec. `clauses` are the requirements of each clause, whose `titles` are in both languages; every variant of `variants` has to
    pass all of them.
    """

    spec: str
    rows: tuple[Traced, ...]
    clauses: Mapping[str, tuple[str, ...]]
    operations: Mapping[str, tuple[str, ...]]
    variants: tuple[str, ...]
    gaps: tuple[Gap, ...]
    titles: Mapping[str, Text]

    @property
    def unexplained(self) -> tuple[Gap, ...]:
        """The gaps that nothing explains."""
        return tuple(gap for gap in self.gaps if gap.why is None)

    def named(self, subject: str, language: str) -> str:
        """What a gap is about, in a language: a clause by its title, anything else by its own name."""
        return str(self.titles[subject][language]) if subject in self.titles else subject

    def as_json(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "spec": self.spec,
            "requirements": [row.as_json() for row in self.rows],
            "clauses": {title: list(rows) for title, rows in self.clauses.items()},
            "operations": {name: list(rows) for name, rows in self.operations.items()},
            "variants": list(self.variants),
            "gaps": [gap.as_json() for gap in self.gaps],
        }


def coverage(spec: Spec, profiles: Sequence[Profile]) -> Coverage:
    """What of a spec is tested and by what, `profiles` being those of this version."""
    seeded = _seeded(spec)
    read = formats.reading(spec)
    sections = read.clauses
    rows = tuple(_traced(row, spec, read, seeded, profiles) for row in spec.requirements)
    cited = {one.title["en"]: tuple(row.row.id for row in rows if one.title["en"] in row.clauses) for one in sections}
    tested = {
        name: tuple(row.row.id for row in rows if row.row.binding and name in row.row.binding.operations)
        for name in spec.operations
    }
    titles = {one.title["en"]: one.title for one in sections}
    found = Coverage(f"{spec.domain}@{spec.version}", rows, cited, tested, _variants(spec), (), titles)
    return replace(found, gaps=tuple(_gaps(found, sections, profiles, served=seeded is not None)))


def _seeded(spec: Spec) -> Mapping[str, tuple[str, ...]] | None:
    """The faults that break each requirement; None where the domain has no reference server of this version."""
    if not _served(spec):
        return None
    found: dict[str, list[str]] = {}
    for name, fault in reference.faults(_name(spec)).items():
        for identifier in fault.BREAKS:
            found.setdefault(identifier, []).append(name)
    return {identifier: tuple(names) for identifier, names in found.items()}


def _served(spec: Spec) -> bool:
    return _name(spec) in reference.served()


def _name(spec: Spec) -> str:
    return f"{spec.domain}@{spec.version}"


def _variants(spec: Spec) -> tuple[str, ...]:
    return tuple(reference.variants(_name(spec))) if _served(spec) else ()


def _traced(
    row: Requirement,
    spec: Spec,
    read: Any,
    seeded: Mapping[str, tuple[str, ...]] | None,
    profiles: Sequence[Profile],
) -> Traced:
    by_anchor = {f"#{one.anchor}": one.title["en"] for one in read.clauses}
    cited = dict.fromkeys(by_anchor[link.href] for link in read.linked(row.source, "en") if link.href in by_anchor)
    operations = set(row.binding.operations if row.binding else spec.operations)
    chosen = (one for one in profiles if row.conformance_class in one.classes and operations & {*one.operations})
    return Traced(row, tuple(cited), (seeded or {}).get(row.id, ()), tuple(one.id for one in chosen))


def _gaps(found: Coverage, sections: Sequence[Any], profiles: Sequence[Profile], *, served: bool) -> Iterator[Gap]:
    for one in sections:
        if not found.clauses[one.title["en"]]:
            demands = _BINDING.search(str(one.body["en"]))
            yield Gap("clause", one.title["en"], None if demands else both("spec.gap.explains-only"))
    for traced in found.rows:
        yield from _gaps_of(traced, sections, served=served)
    for name, rows in found.operations.items():
        if not rows:
            yield Gap("operation", name)
        if not any(name in one.operations for one in profiles):
            yield Gap("unprofiled-operation", name)


def _gaps_of(traced: Traced, sections: Sequence[Any], *, served: bool) -> Iterator[Gap]:
    row = traced.row
    if _OURS.search(row.source) and sections and not traced.clauses:
        yield Gap("source", f"{row.id}: {row.source}")
    if row.binding is None:
        yield Gap("untested", row.id, row.untested)
        return
    least = _LEAST_FAULTS if row.level is Level.MUST else 1
    if len(traced.faults) < least:
        yield Gap("unseeded", row.id, None if served else both("spec.gap.no-server"))
    if not traced.profiles:
        yield Gap("unprofiled", row.id)
