"""An exchange of which no more was read than its place in the evidence: its number, its case, its operation, its status.

Whoever judges a few cases of many runs need not look into the others. Every line is counted and hashed all the same, and its JSON is
parsed; what is passed over is told by nobody, and read with all care when somebody asks for it (`read`).
"""

from __future__ import annotations

import msgspec

from conformance.errors import VerificationError
from conformance.evidence.quick import glimpsed
from conformance.evidence.records import decode
from conformance.model import DELIVERY, Exchange

__all__ = ["Glimpse", "glimpse"]


class Glimpse(msgspec.Struct, frozen=True, gc=False):
    """An exchange line, unread. `entry` is its line in the evidence, from 1; `status` and `size` are -1 where no answer came."""

    line: bytes
    entry: int
    number: int
    case: str
    operation: str
    base_url: str
    header_url: str
    sent_at: int
    elapsed: int
    answered: bool
    status: int
    size: int
    replacements: int

    @property
    def is_delivery(self) -> bool:
        """Whether the target asked and the suite's own receiver answered."""
        return self.operation == DELIVERY

    def read(self) -> Exchange:
        """The exchange. Raises VerificationError where the line is not one that this suite writes."""
        found = decode(self.line, self.header_url, self.entry)
        if not isinstance(found, Exchange) or (found.number, found.case) != (self.number, self.case):
            raise VerificationError(f"line {self.entry} of the evidence is not what it was taken for; it says something twice")
        return found


def glimpse(line: bytes, base_url: str, entry: int) -> Glimpse | None:
    """A glimpse of an exchange line; None for any other line."""
    seen = glimpsed(line)
    if seen is None:
        return None
    came = seen.response
    where = seen.baseUrl if isinstance(seen.baseUrl, str) else base_url
    status, size = (-1, -1) if came is None else (came.status, came.size)
    told = (seen.sentAt, seen.elapsed, came is not None, status, size, len(seen.attributes.redactions))
    return Glimpse(line, entry, seen.n, seen.case, seen.request.operation, where, base_url, *told)
