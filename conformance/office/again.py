"""What the second person of the office does before agreeing: verify the run, and make the terms of the proposal anew from it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from conformance.attest import DECISION, Trust, Verified, instant, verify_envelope
from conformance.attest.verify import VerifiedRun
from conformance.errors import UsageError, VerificationError
from conformance.office import statements
from conformance.office.registry import Registry
from conformance.office.terms import Site, Wanted, terms
from conformance.office.waivers import verify_waiver

__all__ = ["approved_terms", "asked_for"]


def approved_terms(registry: Registry, proposal: str, action: str, run: VerifiedRun, trust: Trust) -> dict[str, Any]:
    """The terms of a proposal, which a run that was just verified comes to again. Raises VerificationError when it does not."""
    asked = asked_for(registry, proposal, action, trust)
    said: dict[str, Any] = asked.predicate["terms"]
    start, end = instant(said["notBefore"]), instant(said["notAfter"])
    if start is None or end is None:
        raise VerificationError(f"proposal {proposal} names no period")
    borne = [registry.statement(f"sha256:{waiver['digest']['sha256']}") for waiver in said["waivers"]]
    solution = said["solution"]
    wanted = Wanted(
        said["holder"],
        f"{solution['id']}@{solution['version']}",
        tuple(said["counties"]),
        start,
        end,
        tuple(Site(site["county"], site["name"]) for site in said["sites"]),
        said["supersedes"],
        tuple(verify_waiver(one, trust) for one in borne),
    )
    made = terms(run, wanted)
    if made != said:
        differing = ", ".join(sorted(name for name in made if made[name] != said.get(name)))
        raise VerificationError(
            f"this run is not what was proposed; differing: {differing}; give the run that the proposal is about"
        )
    return made


def asked_for(registry: Registry, proposal: str, action: str, trust: Trust, *, now: datetime | None = None) -> Verified:
    """What a proposal asks for, as the signature on it still says. Raises UsageError when there is none, or it asks for another action."""
    known = {one.id: one for one in registry.proposals(undecided=False)}
    if proposal not in known:
        raise UsageError(f"the registry has no proposal {proposal!r:.40}; yance registry list --proposals shows them")
    one = known[proposal]
    if one.action != action:
        raise UsageError(f"proposal {proposal} is to {one.action}; say yance registry {one.action}")
    asked = verify_envelope(
        registry.statement(one.event.draft.statements[0]),
        trust.keys,
        predicate_type=DECISION,
        role="office",
        received=one.event.at,
        now=now,
    )
    statements.refuse_misshapen(asked.payload)
    return asked
