"""Findings that last: what looks wrong in one reading of live data has to look wrong in a second one too.

Data of a running service change between two requests (a bus arrives, a car leaves), and a comparison of two answers then
finds a difference that nobody is to blame for. So a check that compares answers reads once; only if that reading gives a
finding does it wait a little and read everything again, under the same step labels with `AGAIN` at their end. A finding
stands when both rounds give it, word for word. A server without a fault is read once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from conformance.model import Answer, Ask, Exchange, Finding, Pause, Request, Script, Witness

__all__ = ["AGAIN", "lasting", "settled", "watched"]

AGAIN = " (again)"
Judged = Callable[[Sequence[Exchange]], Iterator[Finding | Witness]]


def watched(script: Script, seen: list[Exchange], *, suffix: str = "") -> Script:
    """The same script, whose exchanges are also put into `seen`; `suffix` goes to the end of its step labels."""
    answer: Answer = None
    while True:
        try:
            ask = script.send(answer)
        except StopIteration as end:
            return end.value
        answer = yield _labelled(ask, suffix)
        if isinstance(answer, Exchange):
            seen.append(answer)
        elif isinstance(answer, list):
            seen += answer


def _labelled(ask: Ask, suffix: str) -> Ask:
    if not suffix:
        return ask
    if isinstance(ask, Request):
        return ask.with_step(ask.step + suffix)
    if isinstance(ask, list):
        return [one.with_step(one.step + suffix) for one in ask]
    return ask


def settled(once: Callable[[], Script], judged: Judged, *, pause: float = 2.0) -> Script:
    """Reads by `once()`; a second time when `judged` finds something in the first reading."""
    seen: list[Exchange] = []
    yield from watched(once(), seen)
    if any(isinstance(one, Finding) for one in judged(seen)):
        yield Pause(pause)
        yield from watched(once(), [], suffix=AGAIN)


def lasting(trace: Sequence[Exchange], judged: Judged) -> Iterator[Finding | Witness]:
    """What `judged` says of the first round, less the findings that the second round, where there is one, does not repeat."""
    first = [one for one in trace if not one.step.endswith(AGAIN)]
    second = [_first_named(one) for one in trace if one.step.endswith(AGAIN)]
    repeated = {_words(one) for one in judged(second) if isinstance(one, Finding)}
    for one in judged(first):
        if isinstance(one, Witness) or not second or _words(one) in repeated:
            yield one


def _first_named(exchange: Exchange) -> Exchange:
    return replace(exchange, request=exchange.request.with_step(exchange.step.removesuffix(AGAIN)))


def _words(finding: Finding) -> tuple[str, ...]:
    return (finding.message, finding.expected, finding.actual, finding.at)
