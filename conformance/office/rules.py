"""What can follow what: which change a certificate can still undergo, and which certificate can be issued, which joint report taken in. Pure functions of a state."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from conformance.errors import UsageError, VerificationError, nearest
from conformance.office.events import State, moment

__all__ = ["ACTIONS", "refuse_impossible"]

ACTIONS = {
    "issue": "issued",
    "renew": "renewed",
    "suspend": "suspended",
    "reinstate": "reinstated",
    "revoke": "revoked",
    "join": "joined",
}  # what is proposed: the event that it comes to


def refuse_impossible(state: State, action: str, terms: Mapping[str, Any] | None, certificate: str, now: datetime) -> None:
    """Raises UsageError when what is asked for cannot follow what is, VerificationError when it names what is otherwise."""
    if terms is not None:
        if action == "join":
            _refuse_joint(state, terms, now)
        else:
            _refuse_terms(state, action, terms)
        return
    if certificate in state.reports:
        _refuse_change_of_report(state, action, certificate)
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


def _refuse_change_of_report(state: State, action: str, name: str) -> None:
    if action != "revoke":
        raise UsageError(
            f"{name} is a joint report, which counts as long as its certificates do; it can be revoked, and nothing else"
        )
    if state.reports[name].standing == "revoked":
        raise UsageError(f"joint report {name} is revoked; it cannot be revoked again")


def _refuse_joint(state: State, said: Mapping[str, Any], now: datetime) -> None:
    name = said["report"]
    if (known := state.reports.get(name)) is not None:
        raise UsageError(f"joint report {name} is in the registry already, since {moment(known.joined.at)}; it is taken in once")
    for one in said["certificates"]:
        number = one["certificateId"]
        entry = state.certificates.get(number)
        if entry is None:
            raise UsageError(
                f"joint report {name} rests on certificate {number:.60}, which the registry does not have"
                f"{nearest(number, state.certificates)}"
            )
        if entry.payload != f"sha256:{one['digest']['sha256']}":
            raise VerificationError(
                f"joint report {name} rests on another certificate {number} ({one['digest']['sha256'][:16]}…) than the registry's "
                f"({entry.payload[7:23]}…)"
            )
        theirs = entry.document
        there = (theirs["solution"]["id"], theirs["solution"]["version"], theirs["holder"], theirs["domain"])
        if (one["solution"]["id"], one["solution"]["version"], one["holder"], one["domain"]) != there:
            raise VerificationError(
                f"joint report {name} names certificate {number} for {one['solution']['id']:.60}@{one['solution']['version']:.40} of "
                f"{one['holder']:.60} ({one['domain']:.40}), and it is of {there[0]}@{there[1]} of {there[2]} ({there[3]})"
            )
        if (status := entry.status(now)) != "valid":
            raise UsageError(
                f"joint report {name} rests on certificate {number}, which is {status}; each has to be in force when it is taken in"
            )
