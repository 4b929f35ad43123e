"""Journeys asked what a domain is asked: whether every fault of servers that are joined is caught, and whoever conforms is passed.

A fault of a journey shows only where servers are joined, so there are no cases to choose from: each fault and each variant goes through all
journeys, on a virtual clock. What a requirement needs is counted as for a domain: two faults, one of them subtle, each seen to fail it and
nothing else; and every set of servers that goes together in another way seen to pass it.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from conformance import reference
from conformance.adequacy.attempts import START, reference_ixit
from conformance.clock import VirtualClock
from conformance.errors import UsageError, nearest
from conformance.journeys.conduct import conduct
from conformance.journeys.documents import Journeys
from conformance.journeys.settings import Crossing, Target
from conformance.model import Ics, Level, Outcome
from conformance.reference import journeys as together
from conformance.verdict.folder import RunFolder
from conformance.wire import in_process

__all__ = ["Trial", "joined_adequacy", "refuse_unknown", "trials"]

_LEAST = 2  # faults of a MUST, one of them subtle (CONTRIBUTING)


@dataclass(frozen=True)
class Trial:
    """What the journeys came to on servers with a fault (`declared` is what it breaks), or on others that conform: the rows by outcome."""

    name: str
    fault: bool
    declared: tuple[str, ...]
    subtle: bool
    outcomes: Mapping[str, str]

    def of(self, outcome: Outcome) -> tuple[str, ...]:
        """The rows that came to an outcome."""
        return tuple(name for name, came in self.outcomes.items() if came == outcome)

    @property
    def caught(self) -> tuple[str, ...]:
        """The rows that a fault says it breaks, and that failed."""
        return tuple(name for name in self.declared if self.outcomes.get(name) == Outcome.FAIL)

    @property
    def unexpected(self) -> tuple[str, ...]:
        """The rows that failed and should not have."""
        return tuple(name for name in self.of(Outcome.FAIL) if name not in self.declared)

    @property
    def sound(self) -> bool:
        """Whether the journeys made of these servers what they should: all that a fault breaks fails, and else everything passes."""
        if self.fault:
            return self.caught == self.declared and not self.unexpected
        return all(came == Outcome.PASS for came in self.outcomes.values())


def refuse_unknown(faults: Iterable[str], variants: Iterable[str], rows: Iterable[str], known: Journeys) -> None:
    """Raises UsageError for a fault, a variant or a requirement that journeys do not have."""
    for kind, asked, there in (
        ("fault", faults, list(together.faults())),
        ("variant", variants, list(together.variants())),
        ("requirement", rows, [row.id for row in known.rows]),
    ):
        for name in asked:
            if name not in there:
                raise UsageError(f"journeys have no {kind} {name!r}{nearest(name, there)} (known: {', '.join(there)})")


def trials(
    known: Journeys,
    *,
    only: Sequence[str] = (),
    faults: Sequence[str] = (),
    variants: Sequence[str] = (),
) -> Iterator[Trial]:
    """The servers as they are meant to be, every variant and every fault, each under all journeys; of `faults` and `variants` those alone where any
    is named, and of the faults those that break a requirement of `only`.
    """
    named = bool(faults or variants)
    for name in ("", *together.variants()):
        if not named or name in variants:
            yield _tried(known, name, variant=name or None)
    for name, kind in together.faults().items():
        wanted = name in faults if named else not only or bool({*only} & {*kind.BREAKS})
        if wanted:
            yield replace(_tried(known, name, fault=name), fault=True, declared=tuple(kind.BREAKS), subtle=kind.SUBTLE)


def _tried(known: Journeys, name: str, *, fault: str | None = None, variant: str | None = None) -> Trial:
    clock = VirtualClock(START)
    applications = together.parties(fault=fault, variant=variant, clock=clock.now)
    targets = {
        domain: Target(Ics(domain, "1.0.0", "Reference"), replace(reference_ixit(domain), base_url=f"http://{domain}.example/v1"))
        for domain in reference.domains()
    }
    ways = {domain: in_process(application) for domain, application in applications.items()}
    with tempfile.TemporaryDirectory() as folder:
        run = RunFolder(Path(folder) / "run")
        report = asyncio.run(conduct(known, Crossing(known.journeys, targets), run, clock=clock, ways=ways))
    return Trial(name, False, (), False, {row["id"]: row["outcome"] for row in report["requirements"]})


def joined_adequacy(known: Journeys, found: Sequence[Trial], *, only: Sequence[str] = (), named: bool = False) -> dict[str, Any]:
    """What the trials come to, as JSON, in the members that a sweep of a domain has. `weak` are rows with fewer faults than they need."""
    faulty, conforming = [one for one in found if one.fault], [one for one in found if not one.fault]
    rows = [row for row in known.rows if not only or row.id in only]
    counted = {row.id: _counted(row.id, faulty, conforming) for row in rows}
    whole = not (only or named)
    return {
        "domain": "journeys",
        "specification": {
            "domain": "journeys",
            "version": known.version,
            "digest": known.documents_digest,
            "rowsDigest": known.digest,
        },
        "whole": whole,
        "requirements": counted,
        "survivors": [
            {"fault": one.name, "missed": [name for name in one.declared if name not in one.caught]}
            for one in faulty
            if one.caught != one.declared
        ],
        "falseFailures": [
            {"variant": one.name, "failed": list(failed)} for one in conforming if (failed := one.of(Outcome.FAIL))
        ],
        "unexpected": [{"fault": one.name, "failed": list(one.unexpected)} for one in faulty if one.unexpected],
        "inconclusive": [
            {"variant": one.name, "requirements": list(left)}
            for one in conforming
            if (left := tuple(name for name, came in one.outcomes.items() if came not in (Outcome.PASS, Outcome.FAIL)))
        ],
        "unsound": [one.name for one in found if not one.sound],
        "weak": [row.id for row in rows if not named and _weak(row.level, counted[row.id])],
    }


def _counted(row: str, faulty: Iterable[Trial], conforming: Iterable[Trial]) -> dict[str, int]:
    breaking = [one for one in faulty if row in one.declared]
    return {
        "faults": len(breaking),
        "caught": sum(row in one.caught for one in breaking),
        "subtle": sum(one.subtle and row in one.caught for one in breaking),
        "passed": sum(one.outcomes.get(row) == Outcome.PASS for one in conforming),
    }


def _weak(level: Level, counted: Mapping[str, int]) -> bool:
    """Whether too few faults of a row were seen to be caught, none of them subtle, or nobody who conforms was seen to pass it."""
    least = _LEAST if level is Level.MUST else 1
    return counted["caught"] < least or (level is Level.MUST and not counted["subtle"]) or not counted["passed"]
