"""The nouns of an impact: how a certified vendor stands, requirement by requirement, when its recorded evidence is judged under a draft.

proven-pass         it passes, and nothing that bears on it is changed, or what is changed is proved to ask for nothing else
no-counterevidence  it passes on so many recorded exchanges, in which the draft could have been missed
re-test             what was recorded cannot tell: the draft asks for what nobody asked yet
fail                a recorded exchange is not as the draft demands
untested            nothing was recorded that tells anything: what is demanded is new, or was left open before
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from conformance.errors import VerificationError
from conformance.model import Level

__all__ = ["Cell", "Column", "Fault", "Impact", "Input", "LeftOut", "Standing", "gravest"]


class Standing(StrEnum):
    """How a vendor stands; the gravest first."""

    FAIL = "fail"
    RETEST = "re-test"
    UNTESTED = "untested"
    NOTHING_AGAINST = "no-counterevidence"
    PROVEN = "proven-pass"


def gravest(found: Iterable[Standing]) -> Standing:
    """The gravest of several."""
    among = set(found)
    return next(one for one in Standing if one in among)


@dataclass(frozen=True)
class Fault:
    """What is not as the draft demands: the message in both languages, the numbers of the exchanges that show it, and their `case#index`."""

    case: str
    message: Mapping[str, str]
    exchanges: tuple[int, ...]
    references: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """As JSON."""
        shown = {"exchanges": list(self.exchanges), "references": list(self.references)}
        return {"case": self.case, "message": dict(self.message), **shown}


@dataclass(frozen=True)
class Cell:
    """How a vendor stands in a requirement. `why` are keys of the catalogue under `spec.impact.why`, `cases` those that are to be tested
    again, `witnesses` how often it was seen, `before` the outcome that its report has.
    """

    requirement: str
    standing: Standing
    why: tuple[str, ...] = ()
    witnesses: int = 0
    before: str = ""
    cases: tuple[str, ...] = ()
    operations: tuple[str, ...] = ()
    faults: tuple[Fault, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "requirement": self.requirement,
            "standing": str(self.standing),
            "why": list(self.why),
            "witnesses": self.witnesses,
            "before": self.before,
            "cases": list(self.cases),
            "operations": list(self.operations),
            "faults": [one.as_json() for one in self.faults],
        }


@dataclass(frozen=True)
class Column:
    """A vendor's recorded run under the draft. `certificate` is the number of the one that rests on it, if that was asked of a registry."""

    run: str
    solution: str
    profile: str
    version: str
    plan: str
    exchanges: int
    cells: Mapping[str, Cell]
    certificate: str = ""

    @property
    def counts(self) -> dict[str, int]:
        """How many requirements stand how."""
        found = Counter(cell.standing for cell in self.cells.values())
        return {str(one): found[one] for one in Standing}

    @property
    def standing(self) -> Standing:
        """The gravest of all; proven where there is no requirement."""
        return gravest([Standing.PROVEN, *(cell.standing for cell in self.cells.values())])

    def as_json(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "run": self.run,
            "certificate": self.certificate,
            "solution": self.solution,
            "profile": self.profile,
            "version": self.version,
            "plan": self.plan,
            "exchanges": self.exchanges,
            "standing": str(self.standing),
            "counts": self.counts,
            "requirements": [cell.as_json() for cell in self.cells.values()],
        }


@dataclass(frozen=True)
class Input:
    """What to send to whoever is certified: a value at a place of an operation that one version admits and the other refuses.

    `expected` is what the draft asks for: `accepted` or `refused`. `query`, `body` and `media_type` are how it travels, where it is
    a query parameter or a body.
    """

    operation: str
    place: str
    expected: str
    value: Any
    query: tuple[tuple[str, str], ...] = ()
    body: str | None = None
    media_type: str | None = None

    @property
    def sendable(self) -> bool:
        """Whether a plan can hold it: a query parameter or a body."""
        return bool(self.query) or self.body is not None

    def as_json(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "operation": self.operation,
            "place": self.place,
            "expected": self.expected,
            "value": self.value,
            "query": [list(pair) for pair in self.query],
            "body": self.body,
            "mediaType": self.media_type,
        }


@dataclass(frozen=True)
class LeftOut:
    """A run, or a certificate, of which nothing can be said: where it is, why, and whether its evidence is not what was vouched for."""

    what: str
    why: str
    broken: bool = False

    def as_json(self) -> dict[str, Any]:
        """As JSON."""
        return {"what": self.what, "why": self.why, "broken": self.broken}


@dataclass(frozen=True)
class Impact:
    """What a draft is to those who are certified: requirements and vendors, and what to send to them."""

    draft: str
    old: tuple[str, ...]
    columns: tuple[Column, ...]
    inputs: Mapping[str, Sequence[Input]]  # by operation
    left_out: tuple[LeftOut, ...] = ()
    levels: Mapping[str, str] = field(default_factory=dict)

    @property
    def rows(self) -> tuple[str, ...]:
        """The requirements of which any vendor has a cell, in the order of the draft."""
        return tuple(name for name in self.levels if any(name in column.cells for column in self.columns))

    def counts(self) -> dict[str, int]:
        """How many cells stand how."""
        found: Counter[str] = Counter()
        for column in self.columns:
            found.update(column.counts)
        return {str(one): found[str(one)] for one in Standing}

    @property
    def exit_code(self) -> int:
        """6 where evidence is not what was recorded, 1 where a MUST fails, 3 where one is open or something could not be read, else 0."""
        if any(one.broken for one in self.left_out):
            return VerificationError.exit_code
        cells = [cell for column in self.columns for cell in column.cells.values() if self.levels[cell.requirement] == Level.MUST]
        told = {cell.standing for cell in cells if cell.why != ("no-check",)}
        if Standing.FAIL in told:
            return 1
        return 3 if self.left_out or not self.columns or told & {Standing.RETEST, Standing.UNTESTED} else 0

    def as_json(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "draft": self.draft,
            "against": list(self.old),
            "counts": self.counts(),
            "vendors": [column.as_json() for column in self.columns],
            "inputs": [one.as_json() for found in self.inputs.values() for one in found],
            "leftOut": [one.as_json() for one in self.left_out],
        }
