"""Whose turn it is: how many targets of one host are under way, and what each of them may ask of it. Pure.

The limits of a target hold inside the one process that tests it. Those of a host, behind which several targets stand, are kept here, at the
only place from which targets are handed out: no more than `targets` of a host are ever under way, whichever workers test them, and each of
them gets its share of the host's rate and of its requests at once. So they hold on any number of workers, without a lock that a killed
worker could keep, without a word between workers for every request, and nobody stands idle waiting for a turn.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from conformance.campaign.rows import Row, Terms
from conformance.model import Limits

__all__ = ["Admission", "shared_out"]


@dataclass
class Admission:
    """The targets that are still to be begun, in their order, and how many of each host are under way."""

    terms: Terms
    waiting: deque[Row] = field(default_factory=deque)
    under_way: Counter[str] = field(default_factory=Counter)
    _alike: Counter[str] = field(default_factory=Counter)  # by host, all targets of it

    @classmethod
    def of(cls, terms: Terms, rows: Iterable[Row]) -> Admission:
        """The admission of some targets."""
        waiting = deque(rows)
        return cls(terms, waiting, Counter(), Counter(row.host for row in waiting))

    def next(self) -> Row | None:
        """The first target whose host bears another one, which is under way from now on; None when there is none at this moment."""
        for place, row in enumerate(self.waiting):
            if self.under_way[row.host] < self.terms.host(row.host).targets:
                del self.waiting[place]
                self.under_way[row.host] += 1
                return row
        return None

    def ended(self, row: Row) -> None:
        """A target is not under way any more."""
        self.under_way[row.host] -= 1

    def again(self, row: Row) -> None:
        """A target that was under way is to be begun once more, after the others."""
        self.ended(row)
        self.waiting.append(row)

    def limits(self, row: Row) -> Limits:
        """What a target may be asked: its own limits, no more than its share of the host's, and no longer than the campaign allows."""
        host, own = self.terms.host(row.host), row.settings.ixit.limits
        at_once = max(1, min(host.targets, self._alike[row.host]))
        return shared_out(own, host.rate / at_once, host.concurrency // at_once if host.concurrency else 0, self.terms.seconds)


def shared_out(own: Limits, rate: float, concurrency: int, seconds: float) -> Limits:
    """Limits within a share: a rate and requests at once (0: no limit; a share of some is at least one), and a time."""
    slower = min(own.rate or rate, rate or own.rate)
    fewer = min(own.concurrency, max(1, concurrency)) if concurrency else own.concurrency
    return replace(own, rate=slower, concurrency=fewer, seconds=min(own.seconds or seconds, seconds))
