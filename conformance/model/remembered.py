"""What was worked out of a body, remembered for the last few bodies: a target serves the same ones again and again.

Of a run's answers two in three repeat a body that came shortly before, byte for byte. What is a pure function of the bytes (the
document in them, whether something in them may have to be redacted) is then worked out once. Memory stays flat: so many bodies of
ordinary size, a few that are large (a document that describes the interface, asked for by every case that starts from it), none that is
larger still.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import TypeVar

__all__ = ["MOST", "remembered"]

MOST = 256  # bodies; four times as many find hardly more again
_LONGEST = 32 * 1024  # bytes of one
_FEW = 64  # for so many bodies a large one
_LARGEST = 1024 * 1024  # bytes of one of those

Made = TypeVar("Made")


def remembered(work: Callable[[bytes], Made], most: int = MOST) -> Callable[[bytes], Made]:
    """The same pure function, which gives what it gave before for one of the last `most` bodies: whoever gets it leaves it as it is."""
    known, large = lru_cache(maxsize=most)(work), lru_cache(maxsize=most // _FEW)(work)

    def recalled(body: bytes) -> Made:
        if len(body) <= _LONGEST:
            return known(body)
        return large(body) if len(body) <= _LARGEST else work(body)

    return recalled
