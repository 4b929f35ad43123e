"""Whether a target answers the same to everybody: what the control sample of a challenged run shows (`run/sample.py` asks it).

Reads that the run had asked are asked again when it is over: by its own identity and by another one, over other connections, in turn.
Nobody can demand that an answer is what it was: data of a running service change. What is held is this: in one round each of the two
asks a read twice, so that the one's requests stand between the other's (`own other other own`). A place of the answer that each of them
saw the same both times, and the two saw differently, is a difference of that round. Neither a clock nor a change between two requests
makes one. It is a finding (`identity`) when the same place differs in every round, of which there are as many as `ROUNDS`.

A read without parameters that was answered in the run, and that neither of the two is answered any more in any round, is one, too (`gone`).
What is said in the answers besides is judged by all requirements that listen, as every answer is.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from conformance.load.catalogue import both
from conformance.model import Exchange, Outcome
from conformance.text import pointer
from conformance.verdict.heard import asked_again

__all__ = ["OTHER", "OWN", "PLAIN", "ROUNDS", "SAMPLE", "Difference", "Sampled", "open_reads", "sampled"]

SAMPLE = "control/sample"  # the case under which it is recorded
OWN, OTHER = "own", "other"
ROUNDS = 6
_MOST_PLACES = 5000  # values of an answer that are looked at
_BUSY = (401, 403, 408, 429)  # says nothing of whether a read is still there
_LONGEST = 200  # characters of a value
ABSENT = "nothing"
PLAIN = "plain"  # begins the names of reads without parameters


@dataclass(frozen=True)
class Difference:
    """A finding: the read, what is wrong with it, where in the answer, and what each of the two was answered in the first round."""

    kind: str
    read: str
    at: str = ""
    own: str = ""
    other: str = ""
    exchanges: tuple[int, ...] = ()

    def document(self) -> dict[str, Any]:
        """The same as a report has it."""
        said = {"read": self.read, "at": self.at or "/", "own": self.own, "other": self.other}
        return {"message": self.kind, **said, "exchanges": list(self.exchanges), "text": both(f"control.{self.kind}", **said)}


@dataclass(frozen=True)
class Sampled:
    """What a control sample came to. Without an answer that could be compared it is `inconclusive`, and `not_tested` where it was not asked."""

    outcome: Outcome
    reads: int = 0
    exchanges: int = 0
    findings: tuple[Difference, ...] = ()

    def document(self) -> dict[str, Any]:
        """The same as a report has it."""
        return {
            "outcome": str(self.outcome),
            "reads": self.reads,
            "exchanges": self.exchanges,
            "findings": [one.document() for one in self.findings],
        }


@dataclass
class _Round:
    """What the two were answered in a round of a read."""

    own: list[Exchange] = field(default_factory=list)
    other: list[Exchange] = field(default_factory=list)

    @property
    def whole(self) -> bool:
        """Whether each of them was answered twice, and nobody was told to wait."""
        return min(len(self.own), len(self.other)) > 1 and not any(one.status == 429 for one in (*self.own, *self.other))

    @property
    def gone(self) -> bool:
        """Whether nobody is answered any more."""
        return all(300 <= one.status < 500 and one.status not in _BUSY for one in (*self.own, *self.other))

    def differences(self) -> dict[str, tuple[str, str]]:
        """The places that each of the two saw the same both times, and the two saw differently, with what they saw."""
        own, other = ([dict(_places(one)) for one in answers] for answers in (self.own, self.other))
        seen = dict.fromkeys(at for places in (*own, *other) for at in places)
        here, there = ({at: _steady(answers, at) for at in seen} for answers in (own, other))
        return {at: (a, b) for at in seen if (a := here[at]) and (b := there[at]) and a != b}


def sampled(exchanges: Iterable[Exchange]) -> Sampled:
    """What the exchanges of a control sample come to: a pure function of them."""
    seen = [one for one in exchanges if not asked_again(one)]
    rounds = _rounds(seen)
    compared = [name for name, some in rounds.items() if any(one.whole for one in some)]
    standing = {name: one for name in compared if (one := _standing(name, rounds[name])) is not None}
    findings = tuple(one for name, one in standing.items() if len(rounds[name]) >= ROUNDS)
    if findings:
        outcome = Outcome.FAIL
    elif not seen:
        outcome = Outcome.NOT_TESTED
    else:  # what was found and not asked again, as where the budget was spent, is open
        outcome = Outcome.PASS if compared and not standing else Outcome.INCONCLUSIVE
    return Sampled(outcome, len(compared), len(seen), findings)


def open_reads(exchanges: Iterable[Exchange]) -> tuple[str, ...]:
    """The reads, by name, of which something was found in every round until now, so that they are to be asked again."""
    rounds = _rounds(one for one in exchanges if not asked_again(one))
    return tuple(name for name, some in rounds.items() if len(some) < ROUNDS and _standing(name, some) is not None)


def _rounds(exchanges: Iterable[Exchange]) -> dict[str, list[_Round]]:
    """The rounds of each read. The step of an exchange is `read round who`."""
    found: dict[str, list[_Round]] = {}
    for one in exchanges:
        read, nth, who = one.step.split(" ")
        rounds = found.setdefault(read, [])
        rounds += [_Round() for _ in range(int(nth) - len(rounds))]
        (rounds[-1].own if who == OWN else rounds[-1].other).append(one)
    return found


def _standing(name: str, rounds: Sequence[_Round]) -> Difference | None:
    """What was found of a read in every round; of several places the one nearest to the root."""
    if not all(one.whole for one in rounds):
        return None
    first, second = rounds[0].own[0], rounds[0].other[0]
    read, numbers = f"{first.request.method} {first.request.target:.200}", (first.number, second.number)
    if name.startswith(PLAIN) and all(one.gone for one in rounds):
        return Difference("gone", read, "", str(first.status), str(second.status), numbers)
    found = [one.differences() for one in rounds]
    places = [at for at in found[0] if all(at in one for one in found)]
    if not places:
        return None
    at = min(places, key=lambda place: (place.count("/"), place))
    return Difference("identity", read, at, *found[0][at], numbers)


def _steady(answers: Sequence[Mapping[str, str]], at: str) -> str | None:
    """What stands at a place in all answers; None where it is not the same in all."""
    found = {one.get(at, ABSENT) for one in answers}
    return found.pop() if len(found) == 1 else None


def _places(one: Exchange) -> Iterator[tuple[str, str]]:
    """The places of an answer: its status at "", and every scalar of its JSON by pointer. Of an answer that is not whole, the status alone."""
    yield "", str(one.status or one.failure)
    if one.response is None or one.response.truncated or one.is_withheld:
        return
    left: list[tuple[str, Any]] = [("", one.json)]
    for _ in range(_MOST_PLACES):
        if not left:
            return
        at, value = left.pop()
        if isinstance(value, dict):
            left += [(at + pointer.join(str(name)), member) for name, member in value.items()]
        elif isinstance(value, list):
            left += [(at + pointer.join(index), member) for index, member in enumerate(value)]
        else:
            yield at or "/", json.dumps(value, ensure_ascii=False)[:_LONGEST]
