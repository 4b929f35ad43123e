"""Runs: what the vendor claims and gives, the plan made of it, and what each of its cases comes to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from conformance.model.exchanges import Pairs
from conformance.model.scripts import Finding, Inputs
from conformance.model.specs import Effort

__all__ = [
    "CHALLENGE",
    "PURPOSES",
    "Case",
    "Challenge",
    "Claim",
    "ClientCertificate",
    "Control",
    "Credential",
    "Exercised",
    "Ics",
    "Ixit",
    "Limits",
    "Outcome",
    "Plan",
    "Reach",
    "Reason",
    "Verdict",
    "Written",
]


CHALLENGE = "challenge"  # a vendor's own run, whose seed follows from a nonce of the office
PURPOSES = ("self-test", CHALLENGE, "certification", "surveillance")


class Outcome(StrEnum):
    """What a verdict can be. Only `pass` satisfies a MUST; `error` is always the suite's own failure."""

    PASS = "pass"  # noqa: S105 - a verdict, not a password
    FAIL = "fail"
    INCONCLUSIVE = "inconclusive"
    NOT_APPLICABLE = "not_applicable"
    NOT_TESTED = "not_tested"
    ERROR = "error"


@dataclass(frozen=True)
class Reason:
    """A reason in the report's languages: a key of the catalogue and what fills it."""

    key: str
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Exercised:
    """How often an aspect of a case was exercised, and, where that was too seldom, why or how it would be."""

    aspect: str
    witnesses: int
    reason: Reason | None = None


@dataclass(frozen=True)
class Verdict:
    """What a case came to. `reason` says why it is not a plain pass or fail; findings carry exchange numbers.

    `exercised` names the aspects of what was tested, those that were not exercised with their reason among them.
    """

    case: str
    requirement: str
    operation: str
    outcome: Outcome
    findings: tuple[Finding, ...] = ()
    witnesses: int = 0
    reason: Reason | None = None
    exercised: tuple[Exercised, ...] = ()


@dataclass(frozen=True)
class Credential:
    """What proves who an actor is. `kind` is bearer, api-key, basic or oauth2; secrets never leave `wire` unredacted.

    bearer: `value` is the token. api-key: `value` goes into the header, query parameter or cookie `name`, or, where that is empty, where
    the interface document says. basic: `value` is user:password. oauth2: client credentials (`name`, `value`) are exchanged at
    `token_url` for `scopes`.

    `scheme` names the security scheme of the document that it is for; empty: any that it fits. `source` says where the settings have
    it from, such as `env:NAME`. `also` are further credentials of the same actor.
    """

    kind: str
    value: str = field(repr=False)
    name: str = ""
    location: str = "header"
    token_url: str = ""
    scopes: str = ""
    scheme: str = ""
    source: str = ""
    also: tuple[Credential, ...] = ()

    @property
    def every(self) -> tuple[Credential, ...]:
        """All credentials of the actor: this one and the further ones."""
        return (self, *self.also)


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
class Reach:
    """How a target reaches the suite's own receiver: the URL that it is given, and where the suite listens for it."""

    url: str
    host: str = "127.0.0.1"
    port: int = 0


@dataclass(frozen=True)
class ClientCertificate:
    """What the suite shows of itself to a server that asks for a certificate (mutual TLS): PEM files by path; the key may stand in `file`."""

    file: str
    key: str = ""
    password: str = field(default="", repr=False)


@dataclass(frozen=True)
class Written:
    """Where the settings of a run were written: a file, as it is called from where the run was begun, and lines by JSON Pointer."""

    file: str
    lines: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Ixit:
    """What is needed to test one solution: where it is, who may ask, what it holds, what it bears (yance.toml)."""

    base_url: str
    sandbox: bool = False
    actors: Mapping[str, Credential] = field(default_factory=dict)
    seeds: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    limits: Limits = field(default_factory=Limits)
    tls_verify: bool | str = True
    tls_client: ClientCertificate | None = None
    headers: Pairs = ()  # sent with every request that brings none of the name: what stands before the target may ask for it
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)  # by label, what is secret beside credentials
    receiver: Reach | None = None
    written: Written | None = None  # none where no file was read


@dataclass(frozen=True)
class Ics:
    """What the vendor claims: which solution, and which operations of the profile it does not offer, with the reason."""

    solution_id: str = "unnamed"
    solution_version: str = "0"
    vendor: str = ""
    unsupported: Mapping[str, str] = field(default_factory=dict)

    @property
    def named(self) -> str:
        """The solution in one line: `id version (vendor)`."""
        return f"{self.solution_id} {self.solution_version}" + (f" ({self.vendor})" if self.vendor else "")


@dataclass(frozen=True)
class Claim:
    """For what a run is made, and of which solution it is said to be: fixed when it begins, and recorded before its first request."""

    purpose: str = "self-test"
    solution_id: str = "unnamed"
    solution_version: str = "0"
    vendor: str = ""

    @property
    def named(self) -> str:
        """The claim in one line: `id version (vendor), for purpose`."""
        return f"{Ics(self.solution_id, self.solution_version, self.vendor).named}, for {self.purpose}"


@dataclass(frozen=True)
class Challenge:
    """The office's challenge that a run answers: `nonce` is 64 hexadecimal digits, from which the seed follows by `derivation`; `not_after` is
    when the run is to be over (RFC 3339, in UTC, ending in Z).
    """

    id: str
    nonce: str = field(repr=False)
    not_after: str
    derivation: str


@dataclass(frozen=True)
class Control:
    """How it was shown that whoever runs the suite governs the target, and when (RFC 3339, in UTC, ending in Z)."""

    method: str
    validated_at: str


@dataclass(frozen=True)
class Plan:
    """All cases of (spec, profile, ICS, seed), with the digest of everything that fixes a request.

    `generator` says what drew the inputs; another one that draws the same makes the same plan, with the same digest. `left_out` are the
    operations for which none were drawn, since the budget of a plan was spent on others.
    """

    domain: str
    spec_version: str
    spec_digest: str
    profile: str
    profile_digest: str
    seed: int
    sandbox: bool
    cases: tuple[Case, ...]
    digest: str
    generator: str = ""
    rows_digest: str = ""  # of everything that is demanded, and in which words
    effort: Effort = Effort.STANDARD
    left_out: tuple[str, ...] = ()


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
    listens: bool = False  # it sends nothing of its own; what others ask is held against it all the same

    def begun_at(self, moment: int) -> Case:
        """The case as a run drives it that began, or was resumed, at a moment, in ms."""
        return replace(self, inputs=replace(self.inputs, begun=moment))
