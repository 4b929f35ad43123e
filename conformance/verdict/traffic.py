"""What went over the wire and when: how many requests in each slice of a run, for which class, how long each operation took to answer,
and each case from its first request to its last answer.

The report shows it as a timeline and as one distribution for each operation, so that a slow operation, a long wait or a minute of server
errors is seen without opening the evidence. It judges nothing: no verdict rests on a time that the suite's side measured.

    take(exchange)     counts one request; what the target sent to the suite's own receiver is none, and takes its case's time all the same
    over(case)         a case has ended: what comes of it afterwards is another attempt, and the last one counts
    times              by case, when its last attempt began and ended
    interrupted()      the run was gone on with here: the time in between is left out, and said
    document(classes)  the sums, as report.json holds them

All sums are whole numbers, and the percentiles are observed values (nearest rank), so that the same evidence gives the same bytes
everywhere.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from conformance.model import Exchange

__all__ = ["SLICES", "STEPS", "Traffic"]

SLICES = 96  # into which a run is cut, at most
STEPS = (0, 1, *(step for power in range(1, 17) for step in (2**power, 3 * 2**power // 2)))
"""Where the bins of a distribution begin, in milliseconds: 0, 1, 2, 3, 4, 6, 8, 12 … two to an octave, the last one open."""
_KINDS = ("success", "refused", "broken", "unanswered")


class Traffic:
    """Adds up what is exchanged. Times are Unix milliseconds, durations milliseconds."""

    def __init__(self) -> None:
        self._sent, self._kind, self._row = array("q"), array("b"), array("l")
        self._rows: dict[str, int] = {}
        self._elapsed: dict[str, array[int]] = {}
        self._unanswered: Counter[str] = Counter()
        self._pauses: list[tuple[int, int]] = []  # when each began, and how long it was
        self._left_out = 0
        self._end: int | None = None
        self._pausing = False
        self.times: dict[str, tuple[int, int]] = {}
        self._under_way: dict[str, tuple[int, int]] = {}

    def take(self, one: Exchange) -> None:
        """Count a request and its answer."""
        ended = one.sent_at + one.elapsed
        began, before = self._under_way.get(one.case, (one.sent_at, ended))
        self._under_way[one.case] = self.times[one.case] = (min(began, one.sent_at), max(before, ended))
        if one.is_delivery:
            return
        if self._pausing and self._end is not None and (gap := one.sent_at - self._left_out - self._end) > 0:
            self._pauses.append((self._end, gap))
            self._left_out += gap
        self._pausing = False
        sent = one.sent_at - self._left_out
        self._sent.append(sent)
        self._kind.append(_kind(one))
        name = one.case.removeprefix("shrink/").partition("/")[0]
        self._row.append(self._rows.setdefault(name, len(self._rows)))
        self._end = max(self._end or 0, sent + one.elapsed)
        times = self._elapsed.setdefault(one.request.operation, array("q"))
        if one.response is None:
            self._unanswered[one.request.operation] += 1
        else:
            times.append(one.elapsed)

    def over(self, case: str) -> None:
        """An attempt of a case has ended."""
        self._under_way.pop(case, None)

    def interrupted(self) -> None:
        """The run was interrupted here and gone on with later."""
        self._pausing = True

    def document(self, classes: Mapping[str, str]) -> dict[str, Any]:
        """The sums. `classes` names the conformance class of each requirement; cases of others count in the whole alone."""
        began = min(self._sent, default=0)
        span = max(0, (self._end or 0) - began)
        width = _round_up(span / SLICES)
        slices = min(SLICES, span // width + 1) if self._sent else 0
        kinds = {name: [0] * slices for name in _KINDS}
        lanes: dict[str, list[int]] = {}
        names = list(self._rows)
        for sent, kind, row in zip(self._sent, self._kind, self._row, strict=True):
            at = min(slices - 1, (sent - began) // width)
            kinds[_KINDS[kind]][at] += 1
            if (lane := classes.get(names[row])) is not None:
                lanes.setdefault(lane, [0] * slices)[at] += 1
        return {
            "began": began,
            "span": span,
            "slice": width,
            "pauses": [{"at": at - began, "length": length} for at, length in self._pauses],
            "requests": {name: counts for name, counts in kinds.items() if any(counts)},
            "classes": {name: lanes[name] for name in dict.fromkeys(classes.values()) if name in lanes},
            "operations": [self._operation(name) for name in sorted(self._elapsed)],
        }

    def _operation(self, name: str) -> dict[str, Any]:
        times = sorted(self._elapsed[name])
        bins = Counter(STEPS[bisect_right(STEPS, time) - 1] for time in times)
        found = {"operation": name, "answers": len(times), "unanswered": self._unanswered[name]}
        if not times:
            return found
        return found | {
            "median": _rank(times, 50),
            "p95": _rank(times, 95),
            "longest": times[-1],
            "spread": [[step, bins[step]] for step in sorted(bins)],
        }


def _round_up(least: float) -> int:
    """The next of 1, 2, 5, 10, 20, 50 … milliseconds: a width that a reader can say."""
    power = 1
    while True:
        for step in (1, 2, 5):
            if step * power >= least:
                return step * power
        power *= 10


def _kind(one: Exchange) -> int:
    """The index of its kind: an answer below 400, a refusal, a server error, or no answer."""
    if one.response is None:
        return 3
    return 2 if one.status >= 500 else 1 if one.status >= 400 else 0


def _rank(times: Sequence[int], percent: int) -> int:
    """The nearest-rank percentile: the smallest observed value that so many percent do not exceed."""
    return times[-(-percent * len(times) // 100) - 1]
