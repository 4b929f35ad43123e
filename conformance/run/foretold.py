"""How long a run has still to go, as what is over foretells it.

Cases that write come one after another where they touch the same things, so a run lasts as long as its longest chain, or as all that only
read take on the places there are. What changes things and waits for time to pass (a hold that lapses) goes beside all that: how long is known
to the target alone, so those cases are counted, and not guessed at.
"""

from __future__ import annotations

from conformance import checks
from conformance.model import Plan
from conformance.run.pump import in_line
from conformance.run.turns import Line

__all__ = ["Foretold"]


class Foretold:
    """Takes note of each case that ends, and says what is left."""

    def __init__(self, plan: Plan, concurrency: int) -> None:
        cases, line = in_line(plan), Line()
        waiting = {case.id for case, _ in cases if case.writes and checks.check(case.check).waits}
        self._others = [case for case, _ in cases if case.id not in waiting]
        for case, part in cases:
            if case.id not in waiting:
                line.join(case, part)
        self._earlier = line.earlier
        self._open = {case.id for case in self._others}
        self._waiting = waiting
        self._writes = {case.id: bool(case.writes) for case, _ in cases}
        self._places = concurrency or len(self._others) or 1
        self._took: dict[bool, tuple[int, float]] = {}

    def ended(self, case: str, seconds: float) -> None:
        """Take note that a case has ended, and how long it took from its first request to its last answer."""
        if case in self._open:
            count, took = self._took.get(self._writes[case], (0, 0.0))
            self._took[self._writes[case]] = (count + 1, took + seconds)
        self._open.discard(case)
        self._waiting.discard(case)

    @property
    def waiting(self) -> int:
        """How many cases are left that wait for time to pass."""
        return len(self._waiting)

    @property
    def left(self) -> float | None:
        """Seconds until all others have ended; None while nothing foretells it."""
        if not self._open:
            return 0.0
        if not self._took:
            return None
        reading = sum(not self._writes[name] for name in self._open)
        return max(self._chain(), reading * self._mean(writes=False) / self._places)

    def _chain(self) -> float:
        """Seconds of the longest chain of cases that have not ended."""
        ends = [0.0] * len(self._others)
        for index, case in enumerate(self._others):
            begins = max((ends[other] for other in self._earlier[index]), default=0.0)
            ends[index] = begins + (self._mean(writes=self._writes[case.id]) if case.id in self._open else 0.0)
        return max(ends, default=0.0)

    def _mean(self, *, writes: bool) -> float:
        """Seconds that a case takes; where none of its kind has ended, as long as one of the other kind."""
        count, took = self._took.get(writes) or self._took[not writes]
        return took / count
