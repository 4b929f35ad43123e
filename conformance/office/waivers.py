"""Waivers: that a person of the office bears with requirements of a solution until a day, read and held against key and clock."""

from __future__ import annotations

from datetime import UTC, datetime

from conformance.attest import WAIVER, Trust, Verified, verify_envelope
from conformance.errors import VerificationError
from conformance.office import statements
from conformance.office.events import moment

__all__ = ["verify_waiver"]


def verify_waiver(envelope: bytes, trust: Trust, *, now: datetime | None = None, received: datetime | None = None) -> Verified:
    """A waiver by a person of the office that has not ended. Raises VerificationError otherwise."""
    now = now or datetime.now(UTC)
    found = verify_envelope(envelope, trust.keys, predicate_type=WAIVER, role="office", now=now, received=received)
    statements.refuse_misshapen(found.payload)
    if not found.holder or found.predicate["person"] != found.holder:
        raise VerificationError(
            f"the waiver is said to be {found.predicate['person']:.60}'s, and its key is {found.holder or 'nobody'}'s"
        )
    if found.predicate["notAfter"] < moment(now):
        raise VerificationError(f"waiver {found.predicate['waiverId']} ended on {found.predicate['notAfter']}")
    return found
