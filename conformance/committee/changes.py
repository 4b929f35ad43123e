"""The nouns of a comparison: what was changed where, and what that is to those who consume an interface and those who are certified by it.

A change of values is judged as a change of sets. With O the values that the old version admits at a place, and N those of the new one:

                 consumer is safe          certified vendor is safe
    request      O ⊆ N                     O = N    (else there is more to accept, or more to refuse)
    response     N ⊆ O                     O ⊆ N    (else look at what it really sends)

A judgement is `compatible` where that is proved, `incompatible` where a witness shows the contrary, `unknown` where neither was found.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

__all__ = ["Answer", "Change", "Difference", "Judgement", "Note", "RowChange", "Witness", "worst"]


class Answer(StrEnum):
    """What a change is to somebody."""

    COMPATIBLE = "compatible"
    INCOMPATIBLE = "incompatible"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Witness:
    """A value that one version admits and the other refuses, by both validators; where the one that refuses it does (JSON Pointer), and
    what it wants there.
    """

    value: Any
    admitted_by: str  # "old" or "new"
    at: str = ""
    wanted: str = ""

    def as_json(self) -> dict[str, Any]:
        """As JSON, with both verdicts on it."""
        old = self.admitted_by == "old"
        return {"value": self.value, "old": old, "new": not old, "at": self.at, "wanted": self.wanted}


@dataclass(frozen=True)
class Judgement:
    """An answer, why (a key of the catalogue under `spec.why`), and its witness where it has one."""

    answer: Answer
    why: str
    witness: Witness | None = None

    def as_json(self) -> dict[str, Any]:
        """As JSON."""
        shown = {} if self.witness is None else {"witness": self.witness.as_json()}
        return {"answer": str(self.answer), "why": self.why, **shown}


@dataclass(frozen=True)
class Note:
    """Something inside of a place that reads otherwise: where (a JSON Pointer with `*` for items), which keyword, before and after."""

    at: str
    keyword: str
    old: Any = None
    new: Any = None

    def as_json(self) -> dict[str, Any]:
        """As JSON."""
        return {"at": self.at, "keyword": self.keyword, "old": self.old, "new": self.new}


@dataclass(frozen=True)
class Change:
    """One change of an operation. `area` and `kind` are keys of the catalogue; `place` names what in the operation was changed."""

    operation: str
    area: str
    place: str
    kind: str
    consumer: Judgement
    vendor: Judgement
    notes: tuple[Note, ...] = ()
    requirements: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "operation": self.operation,
            "area": self.area,
            "place": self.place,
            "kind": self.kind,
            "consumer": self.consumer.as_json(),
            "vendor": self.vendor.as_json(),
            "notes": [note.as_json() for note in self.notes],
            "requirements": list(self.requirements),
        }


@dataclass(frozen=True)
class RowChange:
    """A requirement that came (`added`), went (`removed`) or changed; `what` names the members of its row that did."""

    id: str
    kind: str
    level: str
    text: Mapping[str, str]
    what: tuple[str, ...]
    consumer: Judgement
    vendor: Judgement

    def as_json(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "id": self.id,
            "kind": self.kind,
            "level": self.level,
            "text": dict(self.text),
            "what": list(self.what),
            "consumer": self.consumer.as_json(),
            "vendor": self.vendor.as_json(),
        }


@dataclass(frozen=True)
class Difference:
    """What two versions of an interface differ in. `bump` says what the version number has to become and whether it did."""

    old: str
    new: str
    changes: tuple[Change, ...]
    rows: tuple[RowChange, ...]
    bump: Mapping[str, str] = field(default_factory=dict)

    def judgements(self, party: str) -> Iterator[Judgement]:
        """Every judgement for a party, `consumer` or `vendor`."""
        found: tuple[Change | RowChange, ...] = (*self.changes, *self.rows)
        for one in found:
            yield one.consumer if party == "consumer" else one.vendor

    def as_json(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "old": self.old,
            "new": self.new,
            "consumer": str(worst(self.judgements("consumer"))),
            "vendor": str(worst(self.judgements("vendor"))),
            "bump": dict(self.bump),
            "changes": [change.as_json() for change in self.changes],
            "requirements": [row.as_json() for row in self.rows],
        }


def worst(judgements: Iterator[Judgement]) -> Answer:
    """The answer of several judgements together."""
    found = {one.answer for one in judgements}
    return next((one for one in (Answer.INCOMPATIBLE, Answer.UNKNOWN) if one in found), Answer.COMPATIBLE)
