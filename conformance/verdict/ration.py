"""How much of a run is judged: bodies up to a total, in the order of the evidence.

One body is bounded (`limits.VALUES`), and so is all evidence; but what a judge does with a body takes far longer than to record it, and a
target may answer every request with as much as it may. So the brackets and commas of all bodies are counted, of equal ones once, and a body
that does not fit any more is judged as one that was cut: nothing passes by it or fails. Nor does anything else that reads bodies pass in such a
run, or a target could put what is wrong behind very much that is right. The count is of the evidence alone, so it is the same in every
process and on every machine.
"""

from __future__ import annotations

from hashlib import sha256

from conformance import limits
from conformance.model import UNJUDGED, Exchange

__all__ = ["Ration"]


class Ration:
    """What is left to be judged of a run. `left_out` are the numbers of exchanges whose bodies were left out, here or when they were recorded;
    `unjudged` is how many were here.
    """

    def __init__(self) -> None:
        self._left, self._known = limits.JUDGED, set[bytes]()
        self.left_out, self.unjudged = set[int](), 0

    def of(self, trace: list[Exchange]) -> list[Exchange]:
        """The same exchanges, those beyond the total without the bodies of their answers."""
        found = [self._one(one) if one.response is not None and one.response.body else one for one in trace]
        self.left_out.update(one.number for one in found if one.is_withheld)
        return found

    def _one(self, one: Exchange) -> Exchange:
        body = one.response.body if one.response is not None else b""
        size = body.count(b"[") + body.count(b"{") + body.count(b",")
        if size > limits.COUNTED_ONCE:
            digest = sha256(body).digest()
            if digest in self._known:
                return one
            if size <= self._left:
                self._known.add(digest)
        if size > self._left:
            self.unjudged += 1
            return one.without_body(UNJUDGED)
        self._left -= size
        return one
