"""A duration counts seconds from its reference time: added to it, it gives the moment that the same document names.

Why: minutes where seconds are meant have the same type and the same schema; only the arithmetic with a moment stated beside them tells.

Fails when: the reference time plus the duration is more than `tolerance` seconds away from the moment, or the duration is more than
`longest` seconds.
Inconclusive when: no document with a duration was seen.
Source: TDX EstimateTime (seconds); the programme's plausibility range.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from conformance.checks._example import exchange, page
from conformance.checks._reading import documents, number_of, read
from conformance.interface.dialect import Dialect, instant
from conformance.model import Examples, Exchange, Finding, Inputs, Operation, Script, Touches, Witness
from conformance.text import pointer

TOUCHES = Touches.NOTHING
ASKS = 22
ABOUT = """時間長度自其基準時間起算秒數，相加即為同一文件所載之時刻。
緣由：誤將秒數寫成分鐘，型別與綱要都相同；唯有與旁載時刻核算方能察覺。
不通過：基準時間加時間長度，與該時刻相差超過 `tolerance` 秒；或時間長度超過 `longest` 秒。
無法判定：未見含時間長度之文件。
依據：TDX EstimateTime（秒）；本計畫之合理範圍。
"""

MESSAGES = {
    "apart": {
        "en": "the duration at {at} does not lead to the moment stated beside it: expected {expected}, got {actual}",
        "zh-Hant": "{at} 的秒數與同筆所載時刻不符：應為 {expected}，實得 {actual}",
    },
    "long": {
        "en": "the duration at {at} is too long: expected at most {expected}, got {actual}",
        "zh-Hant": "{at} 的秒數過長：至多應為 {expected}，實得 {actual}",
    },
}


def drive(operation: Operation, inputs: Inputs, dialect: Dialect, *, most: int = 20) -> Script:
    """Reads up to `most` samples of the operation."""
    yield from read(operation, inputs, dialect, most=most)


def judge(
    operation: Operation,
    trace: Sequence[Exchange],
    dialect: Dialect,
    *,
    since: str,
    seconds: str,
    moment: str,
    tolerance: float = 120.0,
    longest: float | None = None,
    unless: str | None = None,
    parts: str = "",
) -> Iterator[Finding | Witness]:
    """Pointers into a document: reference time, duration, moment; where `unless` is true the moment is not compared. `parts`: the
    parts of a document that have a duration and a moment of their own, such as `/predictions/*`. One witness per answer with durations.
    """
    places = _Places(since, seconds, moment, unless, parts)
    yield from _judged(documents(operation, trace, dialect), places, tolerance, longest)


def each(
    operation: Operation,
    trace: Sequence[Exchange],
    dialect: Dialect,
    *,
    since: str,
    seconds: str,
    moment: str,
    tolerance: float = 120.0,
    longest: float | None = None,
    unless: str | None = None,
    parts: str = "",
) -> Iterator[Finding]:
    """The same of any answer of the run."""
    places = _Places(since, seconds, moment, unless, parts)
    said = _judged(documents(operation, trace, dialect, given=True), places, tolerance, longest)
    yield from (one for one in said if isinstance(one, Finding))


@dataclass(frozen=True)
class _Places:
    """Where a document has what is compared."""

    since: str
    seconds: str
    moment: str
    unless: str | None
    parts: str


def _judged(
    answers: Iterable[tuple[Exchange, list[tuple[str, Any]]]], places: _Places, tolerance: float, longest: float | None
) -> Iterator[Finding | Witness]:
    for one, found in answers:
        told = [
            (at + inside, document, part, length)
            for at, document in found
            for inside, part in pointer.resolve(document, places.parts)
            if (length := number_of(pointer.first(part, places.seconds))) is not None
        ]
        if told:
            yield Witness((one.number,), f"{len(told)} durations")
        for at, document, part, length in told:
            where = at + places.seconds
            if longest is not None and length > longest:
                yield Finding("long", (one.number,), f"{longest:g} s", f"{length:g} s", where)
            start, end = instant(pointer.first(document, places.since)), instant(pointer.first(part, places.moment))
            decayed = places.unless is not None and pointer.first(document, places.unless) is True
            if start is None or end is None or decayed:
                continue
            stated = (end - start).total_seconds()
            if abs(stated - length) > tolerance:
                yield Finding("apart", (one.number,), f"{stated:g} s ± {tolerance:g} s", f"{length:g} s", where)


def _bus(wait: Any, arrives: str | None, **more: Any) -> list[Exchange]:
    when = None if arrives is None else f"2025-06-12T08:{arrives}+08:00"
    item = {"thingId": "a", "source": "2025-06-12T00:30:00Z", "wait": wait, "arrives": when, **more}
    return [exchange("GET /things", 200, page(item), step="read")]


EXAMPLES = Examples(
    operation="listThings",
    arguments={"since": "/source", "seconds": "/wait", "moment": "/arrives", "longest": 14400, "unless": "/decayed"},
    conforms=[_bus(300, "35:00"), _bus(300, "37:00"), _bus(300, None), _bus(20, "35:00", decayed=True)],
    violates=[_bus(5, "35:00"), _bus(300, "37:01"), _bus(14401, None)],
    inconclusive=[_bus(None, "35:00"), [exchange("GET /things", 400, step="read")]],
)
