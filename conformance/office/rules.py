"""What can follow what: which change a certificate can still undergo, and which certificate can be issued. Pure functions of a state."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from conformance.errors import UsageError, nearest
from conformance.office.events import State

__all__ = ["ACTIONS", "refuse_impossible"]

ACTIONS = {
    "issue": "issued",
    "renew": "renewed",
    "suspend": "suspended",
    "reinstate": "reinstated",
    "revoke": "revoked",
}  # what is proposed: the event that it comes to


def refuse_impossible(state: State, action: str, terms: Mapping[str, Any] | None, certificate: str, now: datetime) -> None:
    """Raises UsageError when what is asked for cannot follow what is."""
    if terms is not None:
        _refuse_terms(state, action, terms)
        return
    entry = state.certificates.get(certificate)
    if entry is None:
        raise UsageError(f"the registry has no certificate {certificate!r:.60}{nearest(certificate, state.certificates)}")
    standing = entry.status(now)
    wrong = {
        "suspend": standing not in ("valid", "pending"),
        "reinstate": entry.standing != "suspended" or standing in ("superseded", "expired"),
        "revoke": standing == "revoked",
    }
    if wrong[action]:
        raise UsageError(f"certificate {certificate} is {standing}; it cannot be {ACTIONS[action]}")


def _refuse_terms(state: State, action: str, terms: Mapping[str, Any]) -> None:
    run = terms["run"]["digest"]["sha256"]
    for entry in state.certificates.values():
        cited = next(one["digest"]["sha256"] for one in entry.document["inputAttestations"])
        if cited == run:
            raise UsageError(f"certificate {entry.certificate} rests on this run already; a run supports one certificate")
    earlier = terms["supersedes"]
    if (action == "renew") is not bool(earlier):
        raise UsageError("a renewal names the certificate that it follows, and nothing else does")
    if not earlier:
        return
    before = state.certificates.get(earlier)
    if before is None:
        raise UsageError(f"the registry has no certificate {earlier!r:.60}{nearest(earlier, state.certificates)}")
    if before.standing == "revoked" or before.superseded_by:
        raise UsageError(
            f"certificate {earlier} is {'revoked' if before.standing == 'revoked' else 'superseded'}; it cannot be renewed"
        )
    mine, theirs = terms["solution"]["id"], before.document["solution"]["id"]
    if (mine, terms["holder"]) != (theirs, before.document["holder"]):
        raise UsageError(
            f"{earlier} is of {theirs} by {before.document['holder']}; another solution gets a certificate of its own"
        )
