"""`yance adequacy journeys`: what the suite makes of faults that show only where servers are joined."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from conformance.adequacy.joined import Trial, joined_adequacy, refuse_unknown, trials
from conformance.commands.front import Front
from conformance.errors import UsageError
from conformance.journeys.documents import FOLDER, load_journeys
from conformance.model import Outcome
from conformance.reference import journeys as together

__all__ = ["FOLDER", "journeys_swept"]


def journeys_swept(
    front: Front, name: str, only: Sequence[str], faults: Sequence[str], variants: Sequence[str], others: Sequence[str]
) -> int:
    """Put every fault and variant of joined servers through all journeys, and say what came. `others` are options that only a domain has."""
    if others:
        raise UsageError(
            f"{', '.join(others)}: this is of a domain's sweep; each server of journeys goes through all of them, here"
        )
    known = load_journeys(front.folders, name.partition("@")[2] or None)
    refuse_unknown(faults, variants, only, known)
    found = []
    for one in trials(known, only=only, faults=faults, variants=variants):
        found.append(one)
        front.line(_line(front, one))
        if not one.sound:
            front.line(f"{'':<9} {front.done(FOLDER, one.name, together.said(one.name) if one.name else '')}")
    result = joined_adequacy(known, found, only=only, named=bool(faults or variants))
    front.result(result)
    _summary(front, result, sum(one.sound for one in found if not one.fault))
    return 1 if result["unsound"] or result["weak"] else 0


def _summary(front: Front, result: dict[str, Any], passed: int) -> None:
    for name in result["weak"]:
        front.say("adequacy.weak", requirement=name, **result["requirements"][name])
    caught, seeded = (sum(one[name] for one in result["requirements"].values()) for name in ("caught", "faults"))
    false, weak = len(result["falseFailures"]), len(result["weak"])
    front.say("adequacy.joined", caught=caught, seeded=seeded, passed=passed, false=false, weak=weak)


def _line(front: Front, one: Trial) -> str:
    if one.fault:
        said, rest = "caught" if one.caught == one.declared else "SURVIVED", " ".join(one.declared)
    else:
        said, rest = ("failed" if one.of(Outcome.FAIL) else "passed"), " ".join(one.of(Outcome.FAIL))
    more = [f"unexpected: {' '.join(one.unexpected)}"] if one.fault and one.unexpected else []
    return "  ".join([f"{front.told(said):<9} {one.name or 'plain':<44} {front.told(rest)}", *map(front.told, more)]).rstrip()
