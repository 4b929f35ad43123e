"""Specs: one OpenAPI document of a domain and version, what it offers, and what is demanded of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Any
from urllib.parse import quote

from conformance.model.exchanges import Request, json_bytes, wire_text
from conformance.text.media import best, is_json

__all__ = ["TRAITS", "Binding", "Effort", "Level", "Operation", "Parameter", "Profile", "Requirement", "Security", "Spec", "Text"]

Text = Mapping[str, str]  # language tag ("en", "zh-Hant") to text


class Level(StrEnum):
    """How binding a requirement is (RFC 2119)."""

    MUST = "MUST"
    SHOULD = "SHOULD"
    MAY = "MAY"


class Effort(StrEnum):
    """How much a run asks: a screening, what certification asks for, or more than that. In this order."""

    QUICK = "quick"
    STANDARD = "standard"
    THOROUGH = "thorough"

    def reaches(self, other: Effort) -> bool:
        """Whether it is as much as another one, or more."""
        return list(Effort).index(self) >= list(Effort).index(other)


_OF_HTTP = frozenset({"accept", "content-type", "authorization"})  # OpenAPI: parameters of these names are not to be heeded


@dataclass(frozen=True)
class Parameter:
    """One parameter of an operation, references resolved."""

    name: str
    location: str
    required: bool
    schema: Mapping[str, Any]
    raw: Mapping[str, Any]

    @property
    def written(self) -> Mapping[str, Any]:
        """Its schema as it stands in the document: what a reference and its siblings say together is the validator's business."""
        found = self.raw.get("schema")
        return found if isinstance(found, Mapping) else self.schema

    @property
    def filter(self) -> Mapping[str, Any] | None:
        """The `x-filter` of a filtering query parameter: how an item satisfies it."""
        return self.raw.get("x-filter")

    @property
    def only(self) -> tuple[Any, ...]:
        """The one value that it can have, where it is a single one and no list or object; else nothing."""
        known = [self.schema["const"]] if "const" in self.schema else self.schema.get("enum")
        return tuple(known) if isinstance(known, list) and len(known) == 1 and not isinstance(known[0], list | dict) else ()

    @property
    def paging(self) -> str | None:
        """`limit`, `cursor`, `page` or `offset` when the parameter moves through a collection."""
        return self.raw.get("x-paging")


@dataclass(frozen=True)
class Operation:
    """One operation of a spec. `scopes` is None when it is public, else the scopes that it asks for; `root` is what goes before its path, where
    it has a server of its own.
    """

    id: str
    method: str
    path: str
    parameters: tuple[Parameter, ...]
    bodies: Mapping[str, Mapping[str, Any]]
    responses: Mapping[str, Mapping[str, Any]]
    scopes: frozenset[str] | None
    raw: Mapping[str, Any] = field(repr=False)
    spec: Spec = field(repr=False, compare=False)
    root: str = ""

    def request(
        self,
        *,
        path: Mapping[str, object] | None = None,
        query: Mapping[str, object] | None = None,
        headers: Mapping[str, str] | None = None,
        json: Any = None,
        body: bytes | None = None,
        media_type: str | None = None,
        actor: str | None = "default",
        step: str = "",
    ) -> Request:
        """A request of this operation. Without `actor`, tenant `a` asks where credentials are needed and nobody elsewhere."""
        filled = self.root + self.path
        for name, value in (path or {}).items():
            filled = filled.replace("{" + name + "}", _segment(wire_text(value)))
        sent = {**self.fixed_headers, **(headers or {})}
        if json is not None:
            body = json_bytes(json)
        if body is not None:
            sent.setdefault("Content-Type", media_type or self.media_type)
        if actor == "default":
            actor = "a" if self.secured else None
        asked = {**self.fixed, **(query or {})}
        pairs = tuple((name, wire_text(value)) for name, value in asked.items() if value is not None)
        return Request(self.id, self.method, filled, pairs, tuple(sent.items()), body, actor, step)

    @cached_property
    def fixed(self) -> Mapping[str, object]:
        """The query parameters that it requires and that can have one value only, with that value: every request has them."""
        values = {p.name: p.only for p in self.parameters if p.required and p.location == "query"}
        return {name: one[0] for name, one in values.items() if one}

    @cached_property
    def fixed_headers(self) -> Mapping[str, str]:
        """The header fields that it requires and that can have one value only, with that value. Those of HTTP itself are not asked for so."""
        fields = [p for p in self.parameters if p.required and p.location == "header" and p.name.lower() not in _OF_HTTP]
        return {p.name: wire_text(p.only[0]) for p in fields if p.only}

    @property
    def media_type(self) -> str:
        """The media type of the request bodies that we send: the first that is JSON, else JSON where a range allows it, else the first."""
        named = next((name for name in self.bodies if is_json(name) and "*" not in name), None)
        if named is None and (not self.bodies or best(self.bodies, "application/json") is not None):
            return "application/json"
        return named or next(iter(self.bodies))

    @property
    def secured(self) -> bool:
        """Whether it asks for credentials."""
        return self.scopes is not None

    @property
    def collection(self) -> Mapping[str, Any] | None:
        """Its `x-collection`: where items lie, what identifies and orders them, which operation reads one."""
        return self.raw.get("x-collection")

    @property
    def resource(self) -> str:
        """The resource family that it reads."""
        return str(self.raw.get("x-resource") or self.path.strip("/").split("/")[0])

    @property
    def affects(self) -> frozenset[str]:
        """The resource families that it changes."""
        changed = frozenset(self.raw.get("x-affects", ()))
        return changed | {self.resource} if self.writes else changed

    @property
    def writes(self) -> bool:
        """Whether its method may change something (RFC 9110 section 9.2.1), unless `x-safe` says that it does not."""
        return self.method not in ("GET", "HEAD", "OPTIONS") and not self.raw.get("x-safe", False)

    @property
    def filters(self) -> tuple[Parameter, ...]:
        """Its filtering query parameters."""
        return tuple(p for p in self.parameters if p.location == "query" and p.filter)

    def parameter(self, name: str, location: str = "query") -> Parameter | None:
        """A parameter by name, or None. Header names are compared without case."""
        for p in self.parameters:
            if p.location == location and (p.name == name or (location == "header" and p.name.lower() == name.lower())):
                return p
        return None

    def has(self, traits: Iterable[str]) -> bool:
        """Whether it is all that these words say, by which a requirement row may choose operations (`where`)."""
        return all(_TRAITS[name](self) for name in traits)


def _segment(text: str) -> str:
    """A value of a path parameter as it travels. `.` and `..` alone would be taken for steps on the way (RFC 3986 section 5.2.4)."""
    return "%2E" * len(text) if text in (".", "..") else quote(text, safe="", errors="surrogatepass")


def _tagged(operation: Operation) -> bool:
    """Whether a success is declared to have an entity tag; what is declared for 200 may stand under `2XX` or `default`."""
    declared = next(
        (one for name in ("200", "2XX", "default") for key, one in operation.responses.items() if key.upper() == name.upper()), {}
    )
    return any(name.lower() == "etag" for name in declared.get("headers") or {})


_TRAITS: Mapping[str, Callable[[Operation], bool]] = {
    "any": lambda _: True,
    "secured": lambda o: o.secured,
    "public": lambda o: not o.secured,
    "collection": lambda o: o.collection is not None,
    "single": lambda o: o.method == "GET" and o.collection is None and "{" in o.path,
    "paged": lambda o: any(p.paging for p in o.parameters),
    "filtered": lambda o: bool(o.filters),
    "boxed": lambda o: any((p.filter or {}).get("match") == "bbox" for p in o.filters),
    "ranged": lambda o: {"from", "before"} <= {(p.filter or {}).get("match") for p in o.filters},
    "sorted": lambda o: bool(o.collection and o.collection.get("sort")),
    "readable": lambda o: bool(o.collection and o.collection.get("get")),
    "stocked": lambda o: any(recipe.get("list") == o.id for recipe in o.spec.setup.values()),
    "reads": lambda o: not o.writes,
    "writes": lambda o: o.writes,
    "creates": lambda o: o.method == "POST" and "201" in o.responses,
    "keyed": lambda o: o.parameter("Idempotency-Key", "header") is not None,
    "conditional": lambda o: o.parameter("If-Match", "header") is not None,
    "cacheable": lambda o: o.parameter("If-None-Match", "header") is not None,
    "addressed": lambda o: "{" in o.path,
    "body": lambda o: bool(o.bodies),
    "query": lambda o: any(p.location == "query" for p in o.parameters),
    "tagged": lambda o: o.method == "GET" and _tagged(o),
}
TRAITS = frozenset(_TRAITS)


@dataclass(frozen=True)
class Binding:
    """How a row is tested: a check, its arguments, and the operations that it applies to."""

    check: str
    arguments: Mapping[str, Any]
    operations: tuple[str, ...]


@dataclass(frozen=True)
class Requirement:
    """One row. Either `binding` says how it is tested or `untested` says, in both languages, why it is not."""

    id: str
    level: Level
    conformance_class: str
    oracle: str
    text: Text
    source: str
    remedy: Text
    binding: Binding | None
    untested: Text | None
    evidence_min: int
    evidence_per: str  # "case": every operation needs its own witnesses; "requirement": together they need them
    where: str  # file:line of the row
    unwitnessed: str = "inconclusive"  # without any witness: that, or "not_applicable" where the situation need not arise

    def stated(self) -> dict[str, Any]:
        """What the row demands, in words, as JSON: in a report, and in the digest of the rows."""
        return {
            "id": self.id,
            "level": str(self.level),
            "class": self.conformance_class,
            "oracle": self.oracle,
            "text": dict(self.text),
            "source": self.source,
            "remedy": dict(self.remedy),
        }


@dataclass(frozen=True)
class Security:
    """How an interface asks who asks: its security schemes by name, and the alternatives of each operation, every one of them the names
    of schemes that are needed together.
    """

    schemes: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    needs: Mapping[str, tuple[tuple[str, ...], ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Spec:
    """One OpenAPI document of a domain and version: bundled, self-contained, with its digest and its requirement rows."""

    domain: str
    version: str
    document: Mapping[str, Any] = field(repr=False)
    digest: str
    operations: Mapping[str, Operation] = field(repr=False)  # by operationId, in document order
    dialect: Mapping[str, Any] = field(repr=False)
    setup: Mapping[str, Any] = field(repr=False)
    requirements: Sequence[Requirement] = field(repr=False)
    classes: Mapping[str, Text] = field(repr=False)
    source: str = ""
    earlier: Spec | None = field(default=None, repr=False)  # the version of the same major number that it goes on from

    def requirement(self, identifier: str) -> Requirement | None:
        """A requirement by id, or None."""
        return next((row for row in self.requirements if row.id == identifier), None)


@dataclass(frozen=True)
class Profile:
    """What is certified: conformance classes and operations of one spec, thresholds, effort and decision rule."""

    id: str
    version: str
    domain: str
    spec_version: str
    title: Text
    classes: tuple[str, ...]
    operations: tuple[str, ...]
    parameters: Mapping[str, Mapping[str, Any]]
    draws: int
    digest: str
    effort: Effort = (
        Effort.STANDARD
    )  # the least with which a run says anything of conformity, and the one of a run that names none
