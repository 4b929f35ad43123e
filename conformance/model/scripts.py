"""Scripts: what a check may ask for, from what it may draw, and what its judging yields."""

from __future__ import annotations

import zlib
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from random import Random
from typing import Any

from conformance.model.chance import chance_of
from conformance.model.exchanges import Exchange, Pairs, Request
from conformance.model.guise import Guise

__all__ = [
    "Answer",
    "Ask",
    "Draw",
    "Examples",
    "Finding",
    "Inbox",
    "Inputs",
    "Moot",
    "Pause",
    "Script",
    "Touches",
    "Unmet",
    "Witness",
]


class Touches(StrEnum):
    """What a check does to the resources of its operation; the runner keeps writes away from quiescent reads."""

    NOTHING = "nothing"  # its answers do not depend on stored data (error probes, documents)
    READS = "reads"  # needs its resources to stay as they are while it runs
    WRITES = "writes"  # changes its resources, and those that the operation's x-affects names, and needs nobody else to change them meanwhile
    OWN = "own"  # changes them too, but looks at nothing beside what it made itself, whatever others make meanwhile


@dataclass(frozen=True, slots=True)
class Pause:
    """Let `seconds` pass. Other checks go on meanwhile; tests run it on a virtual clock.

    Where the settings allow no pause as long as that, the script ends as unmet, unless a shorter one will do.

    `apart`: the script needs nothing to be quiet meanwhile, and it may as well go on later: cases that change the same things go
    first. `still`: no more will time change what it made, in this pause or afterwards.
    """

    seconds: float
    may_be_shorter: bool = False
    apart: bool = False
    still: bool = False


@dataclass(frozen=True, slots=True)
class Inbox:
    """Ask for what the suite's own receiver got at a path that has `matching` in it (`Inputs.callback` makes such paths).

    It is handed as exchanges, each delivery once: the request is what came, the response what the receiver said to it. The wait
    ends with the `least`-th, or after `within` seconds. Whose HMAC-SHA256 the header `signature` holds is established where the
    raw bytes are: the attribute `signedBy` lists the labels of those `secrets` (label, key) that fit. What is signed are the values
    of the headers `over`, each followed by a full stop, and then the raw body.
    """

    matching: str
    within: float
    least: int = 1
    signature: str = ""
    over: tuple[str, ...] = ()
    secrets: tuple[tuple[str, str], ...] = ()


Ask = Request | list[Request] | Pause | Inbox
Answer = Any  # Exchange for a Request, list[Exchange] for a list, None for a Pause, list[Exchange] for an Inbox
Script = Generator[Ask, Answer, Any]


class Unmet(Exception):  # not an error: a script's way to say that its precondition cannot be met
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
    sandbox: bool = True  # IXIT: whether writing is safe
    receiver: str = ""  # IXIT: where the target reaches the suite's own receiver; empty when it cannot
    guise: Guise = field(default_factory=Guise)
    turn: int = 0  # with which candidate of a recipe to begin
    begun: int = 0  # when the run that drives it began or was resumed, in ms; 0 until then

    def random(self, *salt: str | int) -> Random:
        """A generator of chance fixed by the plan: the same salt gives the same sequence in every run."""
        return chance_of(self.seed, *salt)

    def unique(self, label: str) -> str:
        """A short identifier, the same in every run of this plan, that no other case uses."""
        return self.guise.unique(label, f"{zlib.crc32(f'{self.seed}/{label}'.encode()):08x}")

    def key(self, label: str) -> str:
        """A short identifier for what a target keeps for a while, such as an idempotency key: no other case uses it, nor any other run of
        this plan, which would be given this one's answers.
        """
        return self.guise.unique(f"key-{label}", f"{zlib.crc32(f'{self.seed}/{self.begun}/{label}'.encode()):08x}")

    def callback(self, label: str, *, failing: int = 0, saying: int = 0) -> str:
        """The URL of the suite's receiver for deliveries of this case's own, of which the first `failing` are answered 503, or all `saying`.

        Raises Unmet when the target cannot reach the suite.
        """
        if not self.receiver:
            raise Unmet("the target has no way to reach the suite; name one under [receiver] in yance.toml")
        return f"{self.receiver.rstrip('/')}/{self.unique(label)}" + (
            f"/fail-{failing}" if failing else f"/say-{saying}" if saying else ""
        )

    def secret(self, label: str) -> str:
        """A secret of 64 hexadecimal digits, the same in every run of this plan."""
        return self.random("secret", label).randbytes(32).hex()


@dataclass(frozen=True)
class Finding:
    """Something is wrong. `message` is a key of the check's MESSAGES; `expected` and `actual` fill it; `at` is a JSON Pointer.

    `references` name the same exchanges as `case#index`, the index from 1 within what the case brought: in two runs of one plan these
    are equal where the numbers are not. A judge leaves them empty; they are put in where the trace is known.

    `count`: how often the same was seen, where it is told once (`verdict.causes`). `cause` is a word for what findings have in common
    that differ in what they expected or saw; left empty, those are of one cause that expected and saw the same there.
    """

    message: str
    exchanges: tuple[int, ...]
    expected: str = ""
    actual: str = ""
    at: str = ""
    references: tuple[str, ...] = field(default=(), kw_only=True)
    cause: str = field(default="", kw_only=True)
    count: int = field(default=1, kw_only=True)


@dataclass(frozen=True)
class Witness:
    """The property was really exercised here (its antecedent was met), so a pass means something.

    `aspect` says which part of it: a filter, a media type, a kind of status; one of those that the check's `aspects` names, or
    another that is merely worth telling. It is empty where there is one alone.
    """

    exchanges: tuple[int, ...]
    what: str = ""
    aspect: str = field(default="", kw_only=True)


@dataclass(frozen=True)
class Moot:
    """There is nothing to exercise: the target leaves out an optional member that this, or an aspect of it, is about."""

    exchanges: tuple[int, ...]
    aspect: str = field(default="", kw_only=True)


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
