"""What a run that answers a challenge shows beside its verdicts: its canaries came back, and everybody was answered alike.

A canary is a text that the run made up under the seed which follows from the nonce, and wrote into something that it created. It has come
back when a later read, which does not name it, has it in its answer: no answer that was prepared before the nonce was known can hold it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from conformance.evidence.records import challenge_document, control_document
from conformance.model import SAFE, Challenge, Control, Exchange, Guise
from conformance.verdict.identities import Sampled

__all__ = ["Answered", "Canaries"]


@dataclass
class Canaries:
    """The canaries of a run, noted while its exchanges pass by in order."""

    guise: Guise
    planted: set[bytes] = field(default_factory=set)
    returned: set[bytes] = field(default_factory=set)

    def take(self, one: Exchange) -> None:
        """Note what a request planted, or what an answer gives back."""
        if not one.ok or one.is_delivery:
            return
        if one.request.method not in SAFE:
            self.planted.update(self.guise.texts_in(one.request.body or b""))
        elif self.planted and one.response is not None and self.guise.mark.encode() in one.response.body:
            named = one.request.target.encode("utf-8", "surrogatepass")
            there = self.planted.intersection(self.guise.texts_in(one.response.body))
            self.returned.update(text for text in there if text not in named)


@dataclass(frozen=True)
class Answered:
    """A challenge, and what the run that answers it shows."""

    challenge: Challenge
    control: Control | None
    planted: int
    returned: int
    sample: Sampled

    @property
    def in_plan(self) -> Mapping[str, Any]:
        """What the report says of the plan."""
        return {"challenge": challenge_document(self.challenge)}

    @property
    def in_target(self) -> Mapping[str, Any]:
        """What the report says of the target."""
        return {"control": control_document(self.control)} if self.control else {}

    @property
    def document(self) -> dict[str, Any]:
        """The report's own part about it."""
        return {"canaries": {"planted": self.planted, "returned": self.returned}, "sample": self.sample.document()}
