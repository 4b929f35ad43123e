"""Findings that last: what looks wrong in one reading of live data has to look wrong in the next ones too.

Data of a running service change between two requests (a bus arrives, a car leaves), and a comparison of two answers then
finds a difference that nobody is to blame for. So a check that compares answers reads once; only if that reading gives a
finding does it wait a little and read everything again, and once more if the finding stands, under the same step labels with
`AGAIN` at their end. A server without a fault is read once.

On data that are others in every round a difference that nobody is to blame for may come up three times by chance: of a hundred items that
are away for a tenth of the time, each may be away in the same moment of three rounds. So where no round was like the first one, three
more are read, and the finding has to stand in all of them.

A finding of the first round stands when every other round repeats it: word for word, or, where the data are seen to have been
at rest between the two (`at_rest`), with another finding of its kind, because a fault need not strike the same item twice.
Where every round finds something and none of it stands, nothing is known: neither finding nor witness.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import TypeVar

from conformance.given import watched
from conformance.model import Exchange, Finding, Moot, Pause, Script, Witness

__all__ = ["AGAIN", "lasting", "settled"]

AGAIN = " (again)"
ROUNDS, ROUNDS_OF_MOVING_DATA = 3, 6
Trace = Sequence[Exchange]
Said = TypeVar("Said", bound=Finding | Witness | Moot)
AtRest = Callable[[Trace, Trace], bool]


def _never(_first: Trace, _other: Trace) -> bool:
    return False


def settled(
    once: Callable[[], Script], judged: Callable[[Trace], Iterator[Said]], *, at_rest: AtRest = _never, pause: float = 2.0
) -> Script:
    """Reads by `once()`; again, as long as what `judged` found in the first reading stands, up to three times in all, or six."""
    seen: list[Exchange] = []
    yield from watched(once(), seen)
    for nth in range(1, ROUNDS_OF_MOVING_DATA):
        rounds = _rounds(seen)
        if not _standing(rounds, list(judged(rounds[0])), judged, at_rest) or (nth >= ROUNDS and not _moving(rounds, at_rest)):
            return
        yield Pause(pause, may_be_shorter=True)  # without a second round a change would look like a fault
        yield from watched(once(), seen, suffix=AGAIN * nth)


def lasting(trace: Trace, judged: Callable[[Trace], Iterator[Said]], *, at_rest: AtRest = _never) -> Iterator[Said]:
    """The witnesses of the first round, and those of its findings that stand."""
    rounds = _rounds(trace)
    first = list(judged(rounds[0]))
    standing = _standing(rounds, first, judged, at_rest)
    if not standing and all(any(isinstance(one, Finding) for one in said) for said in (first, *map(judged, rounds[1:]))):
        return
    for one in first:
        if not isinstance(one, Finding) or one in standing:
            yield one


def _moving(rounds: Sequence[Trace], at_rest: AtRest) -> bool:
    """Whether no other round was like the first one."""
    first, *others = rounds
    said = [one.json for one in first]
    return not any(at_rest(first, other) or [one.json for one in other] == said for other in others)


def _rounds(trace: Trace) -> list[list[Exchange]]:
    """The exchanges by round, with the step labels of the first one."""
    found: list[list[Exchange]] = [[]]
    for one in trace:
        step, nth = one.step, 0
        while step.endswith(AGAIN):
            step, nth = step.removesuffix(AGAIN), nth + 1
        found += [[] for _ in range(nth + 1 - len(found))]
        found[nth].append(replace(one, request=one.request.with_step(step)) if nth else one)
    return found


def _standing(
    rounds: Sequence[Trace], said_first: Sequence[Said], judged: Callable[[Trace], Iterator[Said]], at_rest: AtRest
) -> list[Finding]:
    """Of what was said of the first round, the findings that all the others repeat."""
    first, *others = rounds
    standing: list[Finding] = [one for one in said_first if isinstance(one, Finding)]
    for other in others if standing else ():
        said = [one for one in judged(other) if isinstance(one, Finding)]
        words, kinds = {_words(one) for one in said}, {one.message for one in said} if at_rest(first, other) else set()
        standing = [one for one in standing if _words(one) in words or one.message in kinds]
    return standing


def _words(finding: Finding) -> tuple[str, ...]:
    return (finding.message, finding.expected, finding.actual, finding.at)
