"""Where the marks of the page's plots stand: a timeline of the run, and how long each operation took. Geometry alone, no SVG.

Plots are strips 1,000 units wide, one to a row of a table: names and figures are the table's, so they are read aloud, found and translated
like any other text, and a strip can be stretched to whatever width there is. Labels of an axis stand at equal distances for the same
reason: the timeline is cut into quarters, and the durations lie on a logarithmic scale of decades.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from math import log10
from typing import Any

from conformance.model import Outcome

__all__ = ["WIDTH", "Bar", "Lane", "Latency", "Mark", "Pace", "Timeline", "latency", "timeline"]

Document = Mapping[str, Any]
WIDTH = 1000  # units of a strip
TALL = 100  # units of the strip that counts requests
_SHADES = 5
_MOST_MARKS = 60
_QUARTERS = 4


@dataclass(frozen=True)
class Bar:
    """A rectangle: its kind or shade names its colour."""

    x: float
    y: float
    width: float
    height: float
    kind: str


@dataclass(frozen=True)
class Mark:
    """A moment at which something was seen that failed: the number of its exchange, and how far into the run that was."""

    x: float
    number: int
    at: str


@dataclass(frozen=True)
class Lane:
    """The requests of one conformance class over time."""

    name: str
    count: int
    bars: Sequence[Bar]


@dataclass(frozen=True)
class Timeline:
    """The run over time. `ticks` are seconds at equal distances, `most` the requests of the highest column, `slice` how long
    it stands for.
    """

    totals: Mapping[str, int]
    bars: Sequence[Bar]
    lanes: Sequence[Lane]
    marks: Sequence[Mark]
    pauses: Sequence[float]
    ticks: Sequence[str]
    most: int
    slice: str


@dataclass(frozen=True)
class Pace:
    """How long one operation took: its line of the report, its strip, and where median and 95th percentile stand. `before` is the median of
    the run that it is compared with, and where that stands.
    """

    document: Document
    bars: Sequence[Bar]
    median: float | None
    p95: float | None
    before: tuple[int, float] | None


@dataclass(frozen=True)
class Latency:
    """All operations, the slowest first. `ticks` are the decades of the scale in milliseconds."""

    paces: Sequence[Pace]
    ticks: Sequence[str]


def timeline(report: Document, shown: frozenset[int]) -> Timeline | None:
    """The timeline of a run; None where nothing was asked. Marks lead to the exchanges that are shown."""
    traffic = report["traffic"]
    sums = [sum(column) for column in zip_longest(*traffic["requests"].values(), fillvalue=0)]
    if not any(sums):
        return None
    width, most = WIDTH / len(sums), max(sums)
    ticks = [_seconds(traffic["slice"] * len(sums) * at / _QUARTERS / 1000) for at in range(_QUARTERS + 1)]
    whole = traffic["slice"] * len(sums)
    return Timeline(
        totals={kind: sum(counts) for kind, counts in traffic["requests"].items()},
        bars=list(_stacked(traffic["requests"], width, most)),
        lanes=[_lane(name, counts, width) for name, counts in traffic["classes"].items() if any(counts)],
        marks=list(_marks(report, shown, whole)),
        pauses=[_units(one["at"], whole) for one in traffic["pauses"]],
        ticks=ticks,
        most=most,
        slice=_seconds(traffic["slice"] / 1000),
    )


def latency(report: Document, before: Mapping[str, int]) -> Latency:
    """How long each operation took, and where it took otherwise `before`."""
    longest = max((one["longest"] for one in report["traffic"]["operations"] if "longest" in one), default=1)
    decades = max(1, len(str(longest)))
    ordered = sorted(
        report["traffic"]["operations"], key=lambda one: (-one.get("median", -1), -one.get("p95", -1), one["operation"])
    )
    ticks = [_milliseconds(10**power) for power in range(decades + 1)]
    return Latency([_pace(one, decades, before.get(one["operation"])) for one in ordered], ticks)


def _stacked(requests: Mapping[str, Sequence[int]], width: float, most: int) -> Iterator[Bar]:
    base = [0] * max(map(len, requests.values()))
    for kind, counts in requests.items():
        for at, count in enumerate(counts):
            if count:
                height = TALL * count / most
                yield Bar(
                    _round(at * width), _round(TALL - TALL * base[at] / most - height), _round(width * 0.86), _round(height), kind
                )
                base[at] += count


def _lane(name: str, counts: Sequence[int], width: float) -> Lane:
    most = max(counts)
    bars = []
    at = 0
    while at < len(counts):  # neighbours of one shade are one rectangle
        shade = -(-_SHADES * counts[at] // most)
        end = at
        while end < len(counts) and -(-_SHADES * counts[end] // most) == shade:
            end += 1
        if shade:
            bars.append(Bar(_round(at * width), 0, _round((end - at) * width), 1, f"s{shade}"))
        at = end
    return Lane(name, sum(counts), bars)


def _marks(report: Document, shown: frozenset[int], whole: int) -> Iterator[Mark]:
    """The first moments at which a failing case saw what it failed by; two that would cover each other are one."""
    traffic = report["traffic"]
    numbers = {
        number
        for verdict in report["verdicts"]
        if verdict["outcome"] == Outcome.FAIL
        for finding in verdict["findings"]
        for number in finding["exchanges"]
        if number in shown
    }
    last = -float(WIDTH)
    found = 0
    for sent, number in sorted((report["exchanges"][str(number)]["sentAt"], number) for number in numbers):
        at = sent - traffic["began"]
        for pause in traffic["pauses"]:
            at -= pause["length"] if at > pause["at"] else 0
        x = _units(at, whole)
        if x - last >= WIDTH / 100 and found < _MOST_MARKS:
            yield Mark(x, number, _seconds(max(0, at) / 1000))
            last, found = x, found + 1


def _pace(one: Document, decades: int, before: int | None) -> Pace:
    if "spread" not in one:
        return Pace(one, [], None, None, None)
    most = max(1, *(count for _, count in one["spread"]))
    bars = []
    for step, count in one["spread"]:
        x, end = _log(step, decades), _log(_next(step), decades)
        height = max(0.12, count / most)
        bars.append(Bar(x, _round(1 - height), _round(max(end - x, 2)), _round(height), "spread"))
    was = None if before is None else (before, _log(before, decades))
    return Pace(one, bars, _log(one["median"], decades), _log(one["p95"], decades), was)


def _next(step: int) -> int:
    """Where the bin after this one begins: there are two to an octave."""
    if step < 2:
        return step + 1
    return step + (step // 2 if step & (step - 1) == 0 else step // 3)


def _log(value: float, decades: int) -> float:
    """Where a duration stands; what is below a millisecond stands at its beginning."""
    return _round(min(WIDTH, WIDTH * log10(max(value, 1)) / decades))


def _units(at: float, whole: float) -> float:
    return _round(WIDTH * min(1.0, max(0.0, at / whole)))


def _round(value: float) -> float:
    return round(value, 2)


def _seconds(seconds: float) -> str:
    if seconds >= 600:
        return f"{seconds / 60:.3g} min"
    return f"{seconds:.3g} s"


def _milliseconds(value: int) -> str:
    return f"{value} ms" if value < 1000 else f"{value // 1000} s"
