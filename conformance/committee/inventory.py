"""應用程式介面規範盤點報告: every member and every requirement of a version with the standard that it follows, and where that chain is missing.

A member follows what its `x-source-term` names, a requirement what its source cites; which of these are domestic, international or the
interface's own is data (`load.standards`). A member that is a reference and nothing else is described where the reference leads. Gaps are members
without a term, requirements without a source, and terms and sources that no known standard claims.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from conformance.interface.references import deref, objects
from conformance.load.standards import ORIGINS, Standard
from conformance.model import Requirement, Spec, Text
from conformance.text import pointer

__all__ = ["FIELDS", "Certified", "Gap", "Item", "Registered", "Stock", "stock"]

FIELDS = ("interface", "kind", "name", "place", "level", "en", "zh-Hant", "source", "standards", "origins", "gap")
_ZH = "x-description-zh-Hant"


@dataclass(frozen=True)
class Item:
    """A member of a schema (`field`), a parameter or a requirement. `source` is the term or the sentence by which it names what it follows;
    `gap` is a key of the catalogue under `spec.inventory.gap`, or empty.
    """

    kind: str
    name: str
    place: str
    level: str
    text: Text
    source: str
    standards: tuple[Standard, ...] = ()
    gap: str = ""

    @property
    def origins(self) -> tuple[str, ...]:
        """Whose the standards are, each once."""
        return tuple(one for one in ORIGINS if any(standard.origin == one for standard in self.standards))

    def as_json(self) -> dict[str, Any]:
        """As JSON."""
        return {
            **{name: getattr(self, name) for name in ("kind", "name", "place", "level", "source", "gap")},
            "text": dict(self.text),
            "standards": [one.id for one in self.standards],
            "origins": list(self.origins),
        }


@dataclass(frozen=True)
class Gap:
    """A kind of gap and the items that have it."""

    kind: str
    items: tuple[Item, ...]


@dataclass(frozen=True)
class Certified:
    """A certificate that rests on a version, as the registry has it."""

    number: str
    status: str
    holder: str
    solution: str
    profile: str
    counties: tuple[str, ...]
    end: str


@dataclass(frozen=True)
class Registered:
    """What a registry says of a version and its domain: certificates, and in how many solutions each county has adopted the domain."""

    certificates: tuple[Certified, ...]
    counties: Mapping[str, int]

    @property
    def adopted(self) -> int:
        """How many counties have a valid solution."""
        return sum(count > 0 for count in self.counties.values())


@dataclass(frozen=True)
class Stock:
    """The inventory of a version."""

    spec: Spec
    state: str
    items: tuple[Item, ...]
    standards: tuple[Standard, ...]
    registered: Registered | None = None

    @property
    def name(self) -> str:
        """`domain@version`."""
        return f"{self.spec.domain}@{self.spec.version}"

    def of(self, *kinds: str) -> tuple[Item, ...]:
        """The items of some kinds."""
        return tuple(one for one in self.items if one.kind in kinds)

    @property
    def gaps(self) -> tuple[Gap, ...]:
        """The gaps by kind."""
        kinds = dict.fromkeys(one.gap for one in self.items if one.gap)
        return tuple(Gap(kind, tuple(one for one in self.items if one.gap == kind)) for kind in kinds)

    def counts(self, *kinds: str) -> dict[str, int]:
        """How many items of some kinds there are, follow standards of each origin (one may follow several), and have a gap."""
        items = self.of(*kinds)
        return {
            "all": len(items),
            **{origin: sum(origin in one.origins for one in items) for origin in ORIGINS},
            "gaps": sum(bool(one.gap) for one in items),
        }

    def followed(self) -> tuple[tuple[Standard, int, int], ...]:
        """The standards that are followed, by origin, each with how many members and parameters, and how many requirements do so."""
        found = [(one, self._following(one, "field", "parameter"), self._following(one, "requirement")) for one in self.standards]
        order = {origin: nth for nth, origin in enumerate(ORIGINS)}
        return tuple(sorted((one for one in found if one[1] or one[2]), key=lambda one: (order[one[0].origin], -one[1] - one[2])))

    def _following(self, standard: Standard, *kinds: str) -> int:
        return sum(standard in one.standards for one in self.of(*kinds))

    def as_json(self) -> dict[str, Any]:
        """As JSON. Without a registry nothing is said of certificates."""
        told = self.registered
        return {
            "domain": self.spec.domain,
            "version": self.spec.version,
            "state": self.state,
            "digest": self.spec.digest,
            "counts": {kind: self.counts(kind) for kind in ("field", "parameter", "requirement")},
            "standards": [
                {"id": one.id, "origin": one.origin, "name": dict(one.name), "fields": members, "requirements": rows}
                for one, members, rows in self.followed()
            ],
            "items": [one.as_json() for one in self.items],
            "certificates": None
            if told is None
            else [
                {**{n: getattr(one, n) for n in one.__dataclass_fields__}, "counties": list(one.counties)}
                for one in told.certificates
            ],
            "counties": None if told is None else dict(told.counties),
        }

    def rows(self) -> Iterator[dict[str, str]]:
        """The items as rows of a table, by `FIELDS`; several of a kind are parted by blanks."""
        for one in self.items:
            told = {**one.as_json(), **one.text, "interface": self.name}
            told |= {name: " ".join(told[name]) for name in ("standards", "origins")}
            yield {name: str(told[name]) for name in FIELDS}


def stock(spec: Spec, known: Sequence[Standard], state: str = "", registered: Registered | None = None) -> Stock:
    """The inventory of a spec. `known` are the standards, `state` how far the version has come."""
    items = (*_fields(spec, known), *_parameters(spec, known), *(_required(row, known) for row in spec.requirements))
    return Stock(spec, state, items, tuple(known), registered)


# ------------------------------------------------------------------------------------------ members and parameters


def _fields(spec: Spec, known: Sequence[Standard]) -> Iterator[Item]:
    for where, node, kind in objects(spec.document):
        named = node.get("properties") if kind == "schemas" else None
        for name, member in named.items() if isinstance(named, Mapping) else ():
            if isinstance(member, Mapping):
                yield _described(spec, "field", name, where + pointer.join("properties", name), member, known)


def _parameters(spec: Spec, known: Sequence[Standard]) -> Iterator[Item]:
    """The parameters, each once: one that several operations share stands in the document once."""
    seen: set[int] = set()
    for operation in spec.operations.values():
        for one in operation.parameters:
            if id(one.raw) not in seen:
                seen.add(id(one.raw))
                place = f"{operation.id} ({one.location})"
                yield _described(spec, "parameter", one.name, place, {**one.schema, **one.raw}, known, needed=False)


def _described(
    spec: Spec, kind: str, name: str, place: str, member: Mapping[str, Any], known: Sequence[Standard], *, needed: bool = True
) -> Item:
    """A member with its term, or with that of what it refers to. `needed`: whether it is a gap that there is none."""
    meant = deref(spec.document, member) if "$ref" in member else member
    there: Mapping[str, Any] = meant if isinstance(meant, Mapping) else {}
    said = {
        key: str(member.get(key) or there.get(key) or "") for key in ("description", _ZH, "x-source-term")
    }  # what stands beside a reference goes before what it leads to
    term, text = said["x-source-term"], {"en": said["description"], "zh-Hant": said[_ZH] or said["description"]}
    followed = tuple(one for one in known if term.partition(":")[0] in one.terms) if term else ()
    gap = "term-unknown" if term and not followed else "term" if needed and not term and "$ref" not in member else ""
    return Item(kind, name, place, "", text, term, followed, gap)


# ------------------------------------------------------------------------------------------ requirements


def _required(row: Requirement, known: Sequence[Standard]) -> Item:
    source = row.source.strip()
    followed = tuple(one for one in known if any(cited in source for cited in one.cited))
    gap = "source" if not source else "source-unknown" if not followed else ""
    return Item("requirement", row.id, row.conformance_class, str(row.level), row.text, source, followed, gap)
