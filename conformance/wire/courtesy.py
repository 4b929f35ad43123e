"""The manners of a guest: a budget, a pace, and patience with a busy server.

    Budget          requests and seconds that a run may use; `BudgetSpent` when they are used up
    Pace            the agreed rate, and a slower one for as long as the server says that it is too much
    patience        how long an answer asks us to wait before the same request may come again

Nothing here waits or reads a clock: times come in and go out as numbers.
"""

from __future__ import annotations

from conformance.model import MOMENTARY, Request, Response
from conformance.text import fields

__all__ = ["MOST_RESENDS", "Budget", "BudgetSpent", "Pace", "patience"]

MOST_RESENDS = 3
_FIRST_BACKOFF = 1.0
_SHORT_PAUSE = 0.25
_SLOWEST = 5.0  # seconds between requests, however seldom the server wants them: the budget of time ends the run then
_NO_INTERVAL = 0.001
_RECOVERY = 0.98  # every answer that is not a refusal shortens an imposed interval by this


class BudgetSpent(Exception):  # an end of the run that was agreed on, not an error
    """The requests or the seconds of the run are used up; nothing was sent."""


class Budget:
    """Counts requests and time from the first one. 0: no limit."""

    def __init__(self, requests: int, seconds: float) -> None:
        self.requests = requests
        self.seconds = seconds
        self.used = 0
        self._began: float | None = None
        self._ended = ""

    def end(self, why: str) -> None:
        """From now on nothing more is sent, whatever is left."""
        self._ended = why

    def spend(self, now: float) -> None:
        """Account for one request at `now`. Raises BudgetSpent instead when it is one too many."""
        if self._began is None:
            self._began = now
        if self._ended:
            raise BudgetSpent(self._ended)
        if self.requests and self.used >= self.requests:
            raise BudgetSpent(f"all {self.requests} requests of the budget are used")
        if self.seconds and now - self._began >= self.seconds:
            raise BudgetSpent(f"all {self.seconds:g} seconds of the budget are used")
        self.used += 1

    def afford(self, now: float, wait: float) -> None:
        """Raises BudgetSpent when the time is over before a wait is: then it is not waited for."""
        if self.seconds and self._began is not None and now + wait - self._began >= self.seconds:
            raise BudgetSpent(
                f"all {self.seconds:g} seconds of the budget are used; the next request would have to wait {wait:.3g} s"
            )


class Pace:
    """When the next request may go. `rate` per second on average, `burst` at once after a rest; rate 0: at once.

    After a refusal nobody sends before the time that the server named, and then only as fast as it was seen to bear;
    that interval melts away with the answers that follow.
    """

    def __init__(self, rate: float, burst: float = 1.0) -> None:
        self._agreed = 1 / rate if rate > 0 else 0.0
        self._interval = self._agreed
        self._burst = max(1.0, burst)
        self._next = 0.0
        self._held_until = 0.0
        self._answered = 0
        self._since: float | None = None

    def wait(self, now: float, *, patient: bool = True) -> float:
        """Take a place; the seconds until it. An impatient request does not mind what the server said."""
        if self._since is None:
            self._since = now
        interval = self._interval if patient else self._agreed
        earliest = max(now, self._held_until) if patient else now
        if not interval:
            return earliest - now
        place = max(self._next, earliest - (self._burst - 1) * interval)
        self._next = place + interval
        return max(earliest, place) - now

    def rest(self, now: float) -> float:
        """The seconds for which the server still wants to be left alone."""
        return max(0.0, self._held_until - now)

    def answered(self) -> None:
        """The server took a request."""
        self._answered += 1
        self._interval = max(self._agreed, self._interval * _RECOVERY if self._interval > _NO_INTERVAL else 0.0)

    def refused(self, now: float, wait: float) -> None:
        """The server refused one and asked for `wait` seconds of rest."""
        if now < self._held_until:  # the other requests that were under way: one refusal has been drawn from them already
            self._held_until = max(self._held_until, now + wait)
            return
        passed = now + wait - (self._since if self._since is not None else now)
        borne = passed / max(self._answered, 1)
        self._interval = min(_SLOWEST, max(self._interval, borne))
        self._held_until, self._answered, self._since = now + wait, 0, now + wait


def patience(request: Request, response: Response | None, now: float, tries: int) -> float | None:
    """How long to wait before this request may be sent again; None when its answer stands.

    A 429 is waited for, and so is what a server or a gateway says that cannot deal with a request at this moment. Sent again is what does
    no harm twice (`Request.repeatable`), and a change under a precondition: had it been worked on, the tag would not fit any more.
    `Retry-After` counts as seconds, or as a date by the server's own clock. A 429 that names no time is given 1 s, 2 s, 4 s, any other
    a short pause that doubles.
    """
    if response is None or response.status < 408 or not (response.status == 429 or response.status in MOMENTARY):
        return None
    over_quota = response.status == 429
    if not request.repeatable and not request.guarded and not (over_quota and request.header("if-match")):
        return None
    asked = _retry_after(response, now)
    if asked is not None:
        return asked
    return float((_FIRST_BACKOFF if over_quota else _SHORT_PAUSE) * 2**tries)


def _retry_after(response: Response, now: float) -> float | None:
    until = fields.retry_after(response.header("retry-after"))
    if until is None or isinstance(until, int):
        return until
    here = fields.http_date(response.header("date"))
    return max(0.0, until.timestamp() - (here.timestamp() if here else now))
