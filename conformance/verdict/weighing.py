"""Which witnesses count, and what they show to have been exercised.

A judge says where its antecedent was met. Whether the answer was of a kind that could have refuted it is one rule for all of them, and
stands here: there has to be an answer; where the judge reads bodies, it was read to its end and can be read at all; and a tenant whose
credentials were to be accepted was let in. Otherwise the witness is vain, and the verdict says in what way.

Witnesses are counted by aspect (a filter, a media type), and so are the aspects that the target leaves no way to exercise.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from conformance.model import UNJUDGED, Exchange, Exercised, Moot, Outcome, Reason, Requirement, Witness

__all__ = ["NONE", "Counts", "Weighed", "Weighing", "vain", "weighed"]


@dataclass(frozen=True)
class Weighed:
    """Witnesses by aspect, vain ones by the word for what makes them so, and the aspects of which there is nothing to exercise."""

    counted: Mapping[str, int] = field(default_factory=dict)
    vain: Mapping[str, int] = field(default_factory=dict)
    moot: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.counted or self.vain or self.moot)

    @property
    def witnesses(self) -> int:
        """The witnesses that count."""
        return sum(self.counted.values())


NONE = Weighed()  # the most frequent of all


class Weighing:
    """Adds up what is weighed."""

    def __init__(self) -> None:
        self._counted, self._vain, self._moot = dict[str, int](), dict[str, int](), frozenset[str]()

    def add(self, part: Weighed, times: int = 1) -> None:
        """Take a part in, so many times."""
        for name, count in part.counted.items():
            self._counted[name] = self._counted.get(name, 0) + count * times
        for name, count in part.vain.items():
            self._vain[name] = self._vain.get(name, 0) + count * times
        if part.moot:
            self._moot |= part.moot

    def sum(self) -> Weighed:
        """What it is so far."""
        return Weighed(dict(self._counted), dict(self._vain), self._moot)


def weighed(said: Sequence[Witness | Moot], why: Callable[[Witness], str]) -> Weighed:
    """What a judge's witnesses come to. `why` says of each what makes it vain (see `vain`), if something does."""
    counted, lost, moot = dict[str, int](), dict[str, int](), set[str]()
    for one in said:
        if isinstance(one, Moot):
            moot.add(one.aspect)
        elif found := why(one):
            lost[found] = lost.get(found, 0) + 1
        else:
            counted[one.aspect] = counted.get(one.aspect, 0) + 1
    return Weighed(counted, lost, frozenset(moot)) if said else NONE


def vain(exchanges: Iterable[Exchange], *, bodies: bool) -> str:
    """Why a witness of these exchanges could not have been refuted: `unanswered`, `cut`, `unjudged`, `too-deep`, `too-many` or `doubled`;
    empty when it could. `bodies` says whether its judge reads bodies.
    """
    answered = False
    for one in exchanges:
        if one.response is None:
            continue
        answered = True
        if bodies and one.response.truncated:
            return UNJUDGED if one.attributes.get("cut") == UNJUDGED else "cut"
        if bodies and (why := one.response.unread or (one.response.doubled and "doubled")):
            return why
    return "" if answered else "unanswered"


@dataclass(frozen=True)
class Counts:
    """The witnesses of a case against what its row and its check ask for.

    `named` are the aspects of which each is to have some; `together` is what all cases of the requirement witnessed, where the row lets
    them give their witnesses together.
    """

    weighed: Weighed
    named: tuple[str, ...]
    row: Requirement | None
    together: Weighed = NONE

    @property
    def _least(self) -> int:
        return self.row.evidence_min if self.row else 1

    def decided(self) -> tuple[Outcome, Reason | None]:
        """Pass, or why it is none."""
        row, own = self.row, self.weighed
        shared = self.together.witnesses >= self._least
        if own.witnesses >= self._least or (shared and own.witnesses):
            lacking = self._lacking()
            return (
                (Outcome.INCONCLUSIVE, Reason("unexercised", {"aspects": ", ".join(lacking)}))
                if lacking
                else (Outcome.PASS, None)
            )
        if own.vain and not shared:
            word = max(own.vain.items(), key=lambda pair: (pair[1], pair[0]))[0]
            return Outcome.INCONCLUSIVE, Reason(f"vain-{word}", {"count": str(own.vain[word])})
        if shared:
            return Outcome.NOT_APPLICABLE, Reason("witnessed-elsewhere")
        if row is not None and row.unwitnessed == "not_applicable" and not own.witnesses:
            return Outcome.NOT_APPLICABLE, Reason("not-arisen")
        if own.moot and not own.witnesses and own.moot >= set(self.named or ("",)):
            return Outcome.NOT_APPLICABLE, Reason("left-out")
        values = {"witnesses": str(own.witnesses), "least": str(self._least)}
        return Outcome.INCONCLUSIVE, Reason("no-witness", values)

    def _lacking(self) -> list[str]:
        """The named aspects with too few witnesses here and together, but for those of which there is nothing to exercise."""
        return [name for name in self.named if self._why(name) == "unexercised"]

    def _why(self, name: str) -> str:
        """Why a named aspect need not, or does not, have enough witnesses; empty when it has."""
        if self.weighed.counted.get(name, 0) >= self._least:
            return ""
        if self.together.counted.get(name, 0) >= self._least:
            return "witnessed-elsewhere"
        return "left-out" if name in self.weighed.moot else "unexercised"

    def exercised(self) -> tuple[Exercised, ...]:
        """How often each aspect was exercised; with those that were not, or too seldom, the reason."""
        found = []
        for name in dict.fromkeys([*self.named, *sorted(self.weighed.counted)]):
            why = self._why(name) if name in self.named else ""
            reason = Reason(why, {"aspects": name} if why == "unexercised" else {}) if why else None
            found.append(Exercised(name, self.weighed.counted.get(name, 0), reason))
        return tuple(found)
