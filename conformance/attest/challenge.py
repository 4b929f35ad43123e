"""A challenge of the office: a nonce that nobody knew before, for one solution, profile and document, to be answered once and in time.

The document is an in-toto Statement v1 (`challenge/v1`) that the office signs and hands to the vendor. Until then the nonce is the office's
secret; the registry's log has its SHA-256. A run that answers it has the seed that follows from the nonce and what it is bound to
(`run/derived.py`), names it in the first line of its evidence, and keeps the document beside its other files. So neither a resumed run nor
another signature can change which challenge was answered.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from conformance.attest.envelope import LARGEST, Verified, verify_envelope
from conformance.attest.keys import TrustedKey
from conformance.attest.statement import CHALLENGE, STATEMENT
from conformance.attest.times import NO_AUTHORITIES, SLACK, Authorities, instant
from conformance.errors import VerificationError
from conformance.interface.schema import errors
from conformance.load import data_folders
from conformance.model import CHALLENGE as PURPOSE
from conformance.model import Challenge, Claim, Plan
from conformance.run.derived import DERIVATION, Binding, Derived, binding_of, derived
from conformance.run.finished import Setting
from conformance.text.handed import read_file
from conformance.verdict.folder import RunFolder

__all__ = [
    "Handed",
    "challenge_statement",
    "handed",
    "nonce_digest",
    "refuse_misshapen_challenge",
    "refuse_unanswered",
    "refuse_underived",
    "verify_answer",
]


@dataclass(frozen=True)
class Handed:
    """A challenge whose signature holds, and what it binds. Times are instants."""

    envelope: Verified
    challenge: Challenge
    binding: Binding
    not_before: datetime
    not_after: datetime

    @property
    def derived(self) -> Derived:
        """What follows from its nonce."""
        return derived(self.challenge.nonce, self.binding)


def nonce_digest(nonce: str) -> str:
    """What the registry's log says of a nonce before anybody else knows it: the SHA-256 of its bytes, in hex."""
    return sha256(bytes.fromhex(nonce)).hexdigest()


def challenge_statement(
    binding: Binding, *, nonce: str, registry: str, issued: datetime, not_before: datetime, not_after: datetime
) -> dict[str, Any]:
    """The statement of a challenge. `registry` is the one whose log has it."""
    said = {
        "challengeId": binding.challenge,
        "registry": registry,
        "nonce": nonce,
        "seedDerivation": DERIVATION,
        "holder": binding.holder,
        "solution": {"id": binding.solution, "version": binding.version},
        "domain": binding.domain,
        "specification": {"version": binding.spec, "digest": _hex(binding.spec_digest), "rows": _hex(binding.rows_digest)},
        "profile": {"id": binding.profile, "digest": _hex(binding.profile_digest)},
        "issuedOn": _moment(issued),
        "notBefore": _moment(not_before),
        "notAfter": _moment(not_after),
    }
    subject = [{"name": f"{binding.solution}@{binding.version}", "digest": {"sha256": nonce_digest(nonce)}}]
    return {"_type": STATEMENT, "subject": subject, "predicateType": CHALLENGE, "predicate": said}


def refuse_misshapen_challenge(statement: Mapping[str, Any]) -> None:
    """Raises VerificationError at the first thing in which a statement is not of a challenge's shape."""
    if found := errors(data_folders().schema("challenge"), statement):
        raise VerificationError(f"the challenge is not of the shape that one has: {found[0]!s:.200}")


def handed(
    data: bytes,
    trusted: Sequence[TrustedKey],
    *,
    now: datetime | None = None,
    received: datetime | None = None,
    authorities: Authorities = NO_AUTHORITIES,
) -> Handed:
    """A challenge that the office signed. Raises VerificationError unless it is one, by a key that is trusted with challenges."""
    found = verify_envelope(
        data, trusted, predicate_type=CHALLENGE, role="office", now=now, received=received, authorities=authorities
    )
    refuse_misshapen_challenge(found.payload)
    said = found.predicate
    start, end = instant(said["notBefore"]), instant(said["notAfter"])
    if start is None or end is None or start >= end:
        raise VerificationError(
            f"challenge {said['challengeId']} ends ({said['notAfter']}) before it begins ({said['notBefore']})"
        )
    if said["seedDerivation"] != DERIVATION:
        raise VerificationError(
            f"challenge {said['challengeId']} wants its seed derived by {said['seedDerivation']!r:.60}; this suite does it by {DERIVATION!r}"
        )
    named, wanted = found.payload["subject"][0], f"{said['solution']['id']}@{said['solution']['version']}"
    if named["name"] != wanted or named["digest"]["sha256"] != nonce_digest(said["nonce"]):
        raise VerificationError(f"challenge {said['challengeId']}: its subject is not the solution and the nonce that it states")
    binding = Binding(
        said["challengeId"],
        said["holder"],
        said["solution"]["id"],
        said["solution"]["version"],
        said["domain"],
        said["specification"]["version"],
        f"sha256:{said['specification']['digest']['sha256']}",
        f"sha256:{said['specification']['rows']['sha256']}",
        said["profile"]["id"],
        f"sha256:{said['profile']['digest']['sha256']}",
    )
    one = Challenge(said["challengeId"], said["nonce"], said["notAfter"], said["seedDerivation"])
    return Handed(found, one, binding, start, end)


def refuse_unanswered(one: Handed, binding: Binding, now: datetime | None = None) -> None:
    """Raises VerificationError unless a challenge may be answered by a run that is about to begin: it is for that, and it is time."""
    _refuse_another_binding(one, binding)
    now = now or datetime.now(UTC)
    if now < one.not_before - SLACK or now > one.not_after:
        raise VerificationError(
            f"challenge {one.challenge.id} is to be answered from {_moment(one.not_before)} to {_moment(one.not_after)}, and it is "
            f"{_moment(now)}; ask the office for another one"
        )


def refuse_underived(plan: Plan, claim: Claim, challenge: Challenge | None) -> None:
    """Raises VerificationError unless a run is what it says of challenges: with one exactly where it was made for that, and its seed
    follows from the nonce.
    """
    if (claim.purpose == PURPOSE) is (challenge is None):
        said = f"answers challenge {challenge.id:.60}" if challenge else "answers no challenge"
        raise VerificationError(f"the run {said}, and was begun as {claim.purpose}; only a run that was challenged says so")
    if challenge is None:
        return
    if challenge.derivation != DERIVATION:
        raise VerificationError(f"the run's seed is said to follow by {challenge.derivation!r:.60}; expected {DERIVATION!r}")
    seed = derived(challenge.nonce, binding_of(challenge.id, plan, claim)).seed
    if plan.seed != seed:
        raise VerificationError(
            f"the seed of the run does not follow from the nonce of challenge {challenge.id:.60} for this solution, profile and document: "
            "its requests are not those that the office asked for"
        )


def verify_answer(
    setting: Setting, report: Mapping[str, Any], trusted: Sequence[TrustedKey], authorities: Authorities = NO_AUTHORITIES
) -> Handed | None:
    """The challenge that a run answers, as the office signed it; None where it answers none. Raises VerificationError where the run is not
    the answer that it says it is, or is not in time by its own account.
    """
    refuse_underived(setting.plan, setting.claim, setting.challenge)
    if setting.challenge is None:
        return None
    folder: RunFolder = setting.folder
    path = folder.challenge_file
    if not os.path.lexists(path):
        raise VerificationError(
            f"{path}: the run answers challenge {setting.challenge.id:.60}, and the office's document is not there"
        )
    started, finished = instant(report["startedOn"]), instant(report["finishedOn"])
    # It was in force while the run went on: its signature is of then, whatever became of the key.
    one = handed(read_file(path, LARGEST), trusted, received=finished, authorities=authorities)
    if one.challenge != setting.challenge:
        raise VerificationError(f"{path}: not the challenge that the evidence names ({setting.challenge.id:.60})")
    _refuse_another_binding(one, binding_of(one.challenge.id, setting.plan, setting.claim))
    validated = instant(setting.control.validated_at) if setting.control else None
    for what, when in (("began", started), ("ended", finished), ("proved who governs the target", validated)):
        if when is not None and not one.not_before - SLACK <= when <= one.not_after:
            raise VerificationError(
                f"the run {what} at {_moment(when)} by its own account, and challenge {one.challenge.id} was to be answered from "
                f"{_moment(one.not_before)} to {_moment(one.not_after)}"
            )
    return one


def _refuse_another_binding(one: Handed, binding: Binding) -> None:
    for name, here in vars(one.binding).items():
        there = getattr(binding, name)
        if here != there:
            raise VerificationError(
                f"challenge {one.challenge.id} is for the {_NAMES[name]} {here!r:.90}, and the run is of {there!r:.90}; "
                "answer it with what it was made for, or ask the office for another one"
            )


_NAMES = {
    "challenge": "challenge",
    "holder": "vendor",
    "solution": "solution",
    "version": "version",
    "domain": "domain",
    "spec": "version of the spec",
    "spec_digest": "spec",
    "rows_digest": "set of requirements",
    "profile": "profile",
    "profile_digest": "content of the profile",
}


def _hex(digest: str) -> dict[str, str]:
    return {"sha256": digest.removeprefix("sha256:")}


def _moment(when: datetime) -> str:
    return f"{when.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
