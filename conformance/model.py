"""The nouns of the suite: frozen dataclasses, no I/O, no behaviour beyond reading themselves.

    Spec ── Operation ── Parameter          one OpenAPI document of a domain and version, and what it offers
      └── Requirement ── Binding            a row: what is demanded, at which level, tested by which check on which operations
    Profile, Ics, Ixit                      what is certified, what the vendor claims, what is needed to test it
    Case, Plan                              requirement x operation with its drawn inputs; all of them, with a digest
    Request, Response, Exchange             one question and its answer, as recorded
    Finding, Witness, Verdict               what `judge` yields and what is made of it

Words follow ISO/IEC 9646 (ICS, IXIT, verdict), ISO/IEC 17025 and the OGC (requirement, conformance class).
"""

from __future__ import annotations

import json
import random
import zlib
from collections.abc import Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cached_property
from typing import Any
from urllib.parse import quote, urlencode

__all__ = [
    "ANONYMOUS",
    "Answer",
    "Ask",
    "Binding",
    "Case",
    "Credential",
    "Draw",
    "Examples",
    "Exchange",
    "Finding",
    "Ics",
    "Inbox",
    "Inputs",
    "Ixit",
    "Level",
    "Limits",
    "Operation",
    "Outcome",
    "Parameter",
    "Pause",
    "Plan",
    "Profile",
    "Reason",
    "Request",
    "Requirement",
    "Response",
    "Script",
    "Spec",
    "Text",
    "Touches",
    "Unmet",
    "Verdict",
    "Witness",
    "by_step",
    "json_bytes",
    "wire_text",
]

Pairs = tuple[tuple[str, str], ...]
Text = Mapping[str, str]  # language tag ("en", "zh-Hant") to text


class Level(StrEnum):
    """How binding a requirement is (RFC 2119)."""

    MUST = "MUST"
    SHOULD = "SHOULD"
    MAY = "MAY"


class Outcome(StrEnum):
    """What a verdict can be. Only `pass` satisfies a MUST; `error` is always the suite's own failure."""

    PASS = "pass"  # noqa: S105 - a verdict, not a password
    FAIL = "fail"
    INCONCLUSIVE = "inconclusive"
    NOT_APPLICABLE = "not_applicable"
    NOT_TESTED = "not_tested"
    ERROR = "error"


class Touches(StrEnum):
    """What a check does to the resources of its operation; the runner keeps writes away from quiescent reads."""

    NOTHING = "nothing"  # its answers do not depend on stored data (error probes, documents)
    READS = "reads"  # needs its resources to stay as they are while it runs
    WRITES = "writes"  # changes its resources, and those that the operation's x-affects names


# --------------------------------------------------------------------------------------------- exchanges

ANONYMOUS = None  # an actor that sends no credentials


@dataclass(frozen=True, slots=True)
class Request:
    """One request, relative to the base URL. `actor` names whose credentials are sent (None: none)."""

    operation: str
    method: str
    path: str
    query: Pairs = ()
    headers: Pairs = ()
    body: bytes | None = None
    actor: str | None = None
    step: str = ""

    @property
    def target(self) -> str:
        """Path and query as they go on the wire, relative to the base URL."""
        return self.path + ("?" + urlencode(self.query, quote_via=quote, safe=",:") if self.query else "")

    def with_step(self, step: str) -> Request:
        """The same request under another step label."""
        return replace(self, step=step)

    def with_actor(self, actor: str | None) -> Request:
        """The same request in the name of another actor."""
        return replace(self, actor=actor)

    def with_query(self, **values: object) -> Request:
        """The same request with query parameters replaced (None: removed)."""
        kept = tuple(pair for pair in self.query if pair[0] not in values)
        added = tuple((name, wire_text(value)) for name, value in values.items() if value is not None)
        return replace(self, query=kept + added)

    def with_header(self, name: str, value: str | None) -> Request:
        """The same request with one header replaced (None: removed)."""
        kept = tuple(pair for pair in self.headers if pair[0].lower() != name.lower())
        return replace(self, headers=kept if value is None else (*kept, (name, value)))

    def with_json(self, document: Any) -> Request:
        """The same request with another JSON body."""
        return replace(self, body=json_bytes(document))

    def header(self, name: str) -> str | None:
        """The value of a request header, or None."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)

    def parameter(self, name: str) -> str | None:
        """The first value of a query parameter, or None."""
        return next((value for key, value in self.query if key == name), None)

    def json(self) -> Any:
        """The body as JSON; None when there is none or it does not parse."""
        return _parse(self.body)


@dataclass(frozen=True)
class Response:
    """One response. Header names are lower-case; `body` may be cut (`truncated`), then `size` is what was received."""

    status: int
    headers: Pairs = ()
    body: bytes = b""
    truncated: bool = False
    size: int = 0

    def header(self, name: str) -> str | None:
        """The first value of a header, or None."""
        return next((value for key, value in self.headers if key == name.lower()), None)

    @property
    def media_type(self) -> str:
        """The media type without parameters, lower-case; empty when there is none."""
        return (self.header("content-type") or "").split(";")[0].strip().lower()

    @cached_property
    def json(self) -> Any:
        """The body as JSON; None when it is empty or does not parse (see `is_json`)."""
        return _parse(self.body)

    @cached_property
    def is_json(self) -> bool:
        """Whether the body parses as JSON."""
        return self.json is not None or self.body.strip() == b"null"


@dataclass(frozen=True)
class Exchange:
    """One request and what came of it. `response` is None exactly when `failure` says how the transport failed.

    `number` is the position in the evidence, from 1. Times: `sent_at` is Unix time in milliseconds, `elapsed` milliseconds.
    `attributes` are facts that redaction would destroy, established where the bytes were seen.
    """

    number: int
    case: str
    request: Request
    response: Response | None
    failure: str | None = None
    base_url: str = ""
    sent_at: int = 0
    elapsed: int = 0
    attributes: Mapping[str, Any] = field(default_factory=dict)

    @property
    def step(self) -> str:
        """The step label of the request."""
        return self.request.step

    @property
    def is_setup(self) -> bool:
        """Whether the exchange prepared or cleaned up, rather than tested."""
        return self.request.step.startswith(("given:", "cleanup:"))

    @property
    def url(self) -> str:
        """The full URL that was asked."""
        return self.base_url.rstrip("/") + self.request.target

    @property
    def status(self) -> int:
        """The status code; 0 when there was no response."""
        return self.response.status if self.response else 0

    @property
    def ok(self) -> bool:
        """Whether the answer is a 2xx."""
        return 200 <= self.status < 300

    @property
    def json(self) -> Any:
        """The response body as JSON, or None."""
        return self.response.json if self.response else None

    def header(self, name: str) -> str | None:
        """The first value of a response header, or None."""
        return self.response.header(name) if self.response else None


# --------------------------------------------------------------------------------------------- scripts


@dataclass(frozen=True, slots=True)
class Pause:
    """Let `seconds` pass. Other checks go on meanwhile; tests run it on a virtual clock."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Inbox:
    """Ask for what the suite's own receiver got at a path that begins with `matching`, waiting up to `within` seconds."""

    matching: str
    within: float


Ask = Request | list[Request] | Pause | Inbox
Answer = Any  # Exchange for a Request, list[Exchange] for a list, None for a Pause, list[Exchange] for an Inbox
Script = Generator[Ask, Answer, Any]


class Unmet(Exception):  # noqa: N818 - not an error: a script's way to say that its precondition cannot be met
    """A script cannot go on: what it needs is not there. The case ends `inconclusive` with this reason."""


@dataclass(frozen=True, slots=True)
class Draw:
    """One drawn input of an operation, in its wire form."""

    query: Pairs = ()
    body: bytes | None = None
    media_type: str | None = None
    note: str = ""


@dataclass(frozen=True)
class Inputs:
    """What was drawn for a case when it was planned: the only source of chance that a check may use."""

    seed: int = 0
    valid: tuple[Draw, ...] = ()
    invalid: tuple[Draw, ...] = ()
    seeds: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # IXIT: parameter name to values known to exist

    def random(self, *salt: str | int) -> random.Random:
        """A generator of chance fixed by the plan: the same salt gives the same sequence in every run."""
        return random.Random(f"{self.seed}/{'/'.join(map(str, salt))}")  # noqa: S311 - reproducible on purpose

    def unique(self, label: str) -> str:
        """A short identifier, the same in every run of this plan, that no other case uses."""
        return f"yance-{label}-{zlib.crc32(f'{self.seed}/{label}'.encode()):08x}"


# --------------------------------------------------------------------------------------------- judging


@dataclass(frozen=True)
class Finding:
    """Something is wrong. `message` is a key of the check's MESSAGES; `expected` and `actual` fill it; `at` is a JSON Pointer."""

    message: str
    exchanges: tuple[int, ...]
    expected: str = ""
    actual: str = ""
    at: str = ""


@dataclass(frozen=True)
class Witness:
    """The property was really exercised here (its antecedent was met), so a pass means something."""

    exchanges: tuple[int, ...]
    what: str = ""


@dataclass(frozen=True)
class Examples:
    """A check's own examples and unit tests: each is a trace (list of exchanges).

    `operation` names an operation of the example interface (conformance/checks/_example.py) unless `spec` gives another.
    """

    operation: str
    conforms: Sequence[Sequence[Exchange]]
    violates: Sequence[Sequence[Exchange]]
    inconclusive: Sequence[Sequence[Exchange]]
    arguments: Mapping[str, Any] = field(default_factory=dict)


# --------------------------------------------------------------------------------------------- specs


@dataclass(frozen=True)
class Parameter:
    """One parameter of an operation, references resolved."""

    name: str
    location: str
    required: bool
    schema: Mapping[str, Any]
    raw: Mapping[str, Any]

    @property
    def filter(self) -> Mapping[str, Any] | None:
        """The `x-filter` of a filtering query parameter: how an item satisfies it."""
        return self.raw.get("x-filter")

    @property
    def paging(self) -> str | None:
        """`limit`, `cursor`, `page` or `offset` when the parameter moves through a collection."""
        return self.raw.get("x-paging")


@dataclass(frozen=True)
class Operation:
    """One operation of a spec. `scopes` is None when it is public, else the scopes that it asks for."""

    id: str
    method: str
    path: str
    parameters: tuple[Parameter, ...]
    bodies: Mapping[str, Mapping[str, Any]]
    responses: Mapping[str, Mapping[str, Any]]
    scopes: frozenset[str] | None
    raw: Mapping[str, Any] = field(repr=False)
    spec: Spec = field(repr=False, compare=False)

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
        filled = self.path
        for name, value in (path or {}).items():
            filled = filled.replace("{" + name + "}", quote(wire_text(value), safe=""))
        sent = dict(headers or {})
        if json is not None:
            body = json_bytes(json)
        if body is not None:
            sent.setdefault("Content-Type", media_type or self.media_type)
        if actor == "default":
            actor = "a" if self.secured else None
        pairs = tuple((name, wire_text(value)) for name, value in (query or {}).items() if value is not None)
        return Request(self.id, self.method, filled, pairs, tuple(sent.items()), body, actor, step)

    @property
    def media_type(self) -> str:
        """The first media type that its request body may have."""
        return next(iter(self.bodies), "application/json")

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

    def traits(self) -> frozenset[str]:
        """The words by which a requirement row may choose operations (`where`)."""
        facts = {
            "any": True,
            "secured": self.secured,
            "public": not self.secured,
            "collection": self.collection is not None,
            "single": self.method == "GET" and self.collection is None and "{" in self.path,
            "paged": any(p.paging for p in self.parameters),
            "filtered": bool(self.filters),
            "boxed": any((p.filter or {}).get("match") == "bbox" for p in self.filters),
            "ranged": {"from", "before"} <= {(p.filter or {}).get("match") for p in self.filters},
            "sorted": bool(self.collection and self.collection.get("sort")),
            "readable": bool(self.collection and self.collection.get("get")),
            "stocked": any(recipe.get("list") == self.id for recipe in self.spec.setup.values()),
            "reads": not self.writes,
            "writes": self.writes,
            "creates": self.method == "POST" and "201" in self.responses,
            "keyed": self.parameter("Idempotency-Key", "header") is not None,
            "conditional": self.parameter("If-Match", "header") is not None,
            "cacheable": self.parameter("If-None-Match", "header") is not None,
            "addressed": "{" in self.path,
            "body": bool(self.bodies),
            "query": any(p.location == "query" for p in self.parameters),
            "tagged": self.method == "GET" and "ETag" in (self.responses.get("200", {}).get("headers") or {}),
        }
        return frozenset(name for name, holds in facts.items() if holds)


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

    def requirement(self, identifier: str) -> Requirement | None:
        """A requirement by id, or None."""
        return next((row for row in self.requirements if row.id == identifier), None)


@dataclass(frozen=True)
class Reason:
    """A reason in the report's languages: a key of the catalogue and what fills it."""

    key: str
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Verdict:
    """What a case came to. `reason` says why it is not a plain pass or fail; findings carry exchange numbers."""

    case: str
    requirement: str
    operation: str
    outcome: Outcome
    findings: tuple[Finding, ...] = ()
    witnesses: int = 0
    reason: Reason | None = None


@dataclass(frozen=True)
class Credential:
    """What proves who an actor is. `kind` is bearer, api-key, basic or oauth2; secrets never leave `wire` unredacted.

    bearer: `value` is the token. api-key: `value` goes into the header or query parameter `name`. basic: `value` is user:password.
    oauth2: client credentials (`name`, `value`) are exchanged at `token_url` for `scopes`.
    """

    kind: str
    value: str = field(repr=False)
    name: str = ""
    location: str = "header"
    token_url: str = ""
    scopes: str = ""


@dataclass(frozen=True)
class Limits:
    """How much a run may ask of the target and of this machine. Rates per second, times in seconds, sizes in bytes; 0: no limit."""

    concurrency: int = 8
    rate: float = 0.0
    timeout: float = 10.0
    requests: int = 50_000
    seconds: float = 3600.0
    body: int = 2 * 1024 * 1024
    header: int = 64 * 1024
    longest_wait: float = 30.0
    longest_pause: float = 60.0


@dataclass(frozen=True)
class Ixit:
    """What is needed to test one solution: where it is, who may ask, what it holds, what it bears (yance.toml)."""

    base_url: str
    sandbox: bool = False
    actors: Mapping[str, Credential] = field(default_factory=dict)
    seeds: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    limits: Limits = field(default_factory=Limits)
    tls_verify: bool | str = True


@dataclass(frozen=True)
class Ics:
    """What the vendor claims: which solution, and which operations of the profile it does not offer, with the reason."""

    solution_id: str = "unnamed"
    solution_version: str = "0"
    vendor: str = ""
    unsupported: Mapping[str, str] = field(default_factory=dict)


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


@dataclass(frozen=True)
class Plan:
    """All cases of (spec, profile, ICS, seed), with the digest of everything in it."""

    domain: str
    spec_version: str
    spec_digest: str
    profile: str
    profile_digest: str
    seed: int
    sandbox: bool
    cases: tuple[Case, ...]
    digest: str


@dataclass(frozen=True)
class Case:
    """Requirement x operation with its drawn inputs: the unit that is run and judged."""

    id: str
    requirement: str
    operation: str
    check: str
    arguments: Mapping[str, Any]
    inputs: Inputs
    reads: frozenset[str]
    writes: frozenset[str]
    scope: str  # "case": judged on its own exchanges; "exchange": judged on every exchange of the run, one at a time
    outcome: Outcome | None = None  # decided at planning already (not tested, not applicable)
    reason: Reason | None = None


def by_step(trace: Iterable[Exchange]) -> dict[str, list[Exchange]]:
    """The exchanges of a trace by step label, set-up left out, in order."""
    grouped: dict[str, list[Exchange]] = {}
    for exchange in trace:
        if not exchange.is_setup:
            grouped.setdefault(exchange.step, []).append(exchange)
    return grouped


def wire_text(value: object) -> str:
    """A parameter value in its wire form: JSON's words for booleans and null, decimal digits for numbers."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return "null"
    if isinstance(value, list | tuple):
        return ",".join(wire_text(member) for member in value)
    return str(value)


def json_bytes(document: Any) -> bytes:
    """Compact UTF-8 JSON."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode("utf-8", "surrogatepass")


def _parse(body: bytes | None) -> Any:
    if not body:
        return None
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None

