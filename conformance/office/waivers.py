"""Waivers: that a person of the office bears with requirements of a solution until a day, read and held against key and clock.

verify_waiver   one that a person signed, and that has not ended
with_waivers    a report as renderings show it, with who bears with which of its requirements: no outcome, count or result is another
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from conformance.attest import WAIVER, Trust, Verified, verify_envelope
from conformance.errors import VerificationError
from conformance.office import statements
from conformance.office.events import moment
from conformance.office.terms import refuse_misfit

__all__ = ["verify_waiver", "with_waivers"]


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


def with_waivers(report: Mapping[str, Any], waivers: Sequence[Verified]) -> dict[str, Any]:
    """The report with its `waivers`, and under `waiver` of each waived requirement the one that ends last. It is for renderings alone: what
    is signed is the report without them, whose digest it keeps. Raises VerificationError for a waiver of something else.
    """
    for one in waivers:
        refuse_misfit(one, report)
    told = sorted({one.digest: _told(one) for one in waivers}.values(), key=lambda one: (one["notAfter"], one["waiverId"]))
    by_requirement = {name: one for one in told for name in one["requirements"]}
    rows = [
        row | ({"waiver": by_requirement[row["id"]]} if row["id"] in by_requirement else {}) for row in report["requirements"]
    ]
    return {**report, "waivers": told, "requirements": rows}


def _told(waiver: Verified) -> dict[str, Any]:
    said = waiver.predicate
    members = ("waiverId", "requirements", "reason", "person", "decidedOn", "notAfter")
    return {"digest": waiver.digest, "keyid": waiver.keyid, **{name: said[name] for name in members}}
