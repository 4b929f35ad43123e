"""Histories of a thing: which events befall it, when, and in which order they are captured. Drawn, and made smaller where one fails."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

__all__ = ["Befallen", "History", "Machine", "drawn"]

_APART, _BETWEEN = 300, 250_000  # seconds between two events; microseconds between two of one second
_ZONES = ("+08:00", "+00:00", "-10:00")
_DRAWN = 100  # histories of a length of which the most telling one is taken


@dataclass(frozen=True)
class Befallen:
    """One event of a history: its type, its time in microseconds from the first one, the offset that it is written with, and its id."""

    kind: str
    micros: int
    zone: str
    id: str

    @property
    def written(self) -> int:
        """What a clock on the wall showed there, as a number."""
        return self.micros + int(self.zone[:3]) * 3_600_000_000


@dataclass(frozen=True)
class Machine:
    """The states that events lead to: where a thing begins, what each type leads to, and the moves that are declared."""

    begins: str
    leads: Mapping[str, str]
    moves: frozenset[tuple[str, str]]

    def goes(self, state: str, wanted: str) -> bool:
        """Whether a history may go on so. What stays as it is goes on wherever it can come back to itself."""
        return (state, wanted) in self.moves or (
            state == wanted and any((other, state) in self.moves and (state, other) in self.moves for _, other in self.moves)
        )

    def is_legal(self, kinds: Sequence[str]) -> bool:
        """Whether each event makes a declared move."""
        state = self.begins
        for kind in kinds:
            if not self.goes(state, self.leads[kind]):
                return False
            state = self.leads[kind]
        return True

    def fold(self, kinds: Sequence[object]) -> str:
        """The state that follows from events; one that cannot move it does not."""
        state = self.begins
        for kind in kinds:
            wanted = self.leads.get(str(kind))
            state = wanted if wanted and (state, wanted) in self.moves else state
        return state


@dataclass(frozen=True)
class History:
    """Events in the order in which they happen, and the captures by which they become known: each the places of some of them."""

    events: tuple[Befallen, ...]
    captures: tuple[tuple[int, ...], ...]

    def wrong(self, machine: Machine) -> int | None:
        """The last event without which the others are legal: the one that may be declared erroneous."""
        places = reversed(range(len(self.events)))
        return next((place for place in places if machine.is_legal(_kinds(_without(self.events, place)))), None)

    def smaller(self, machine: Machine) -> Iterator[History]:
        """Histories with one event less, or with captures in one, that are legal at every step."""
        for place in range(len(self.events)):
            left = [tuple(one - (one > place) for one in step if one != place) for step in self.captures]
            found = replace(self, events=_without(self.events, place), captures=tuple(step for step in left if step))
            if found.events and found.is_legal(machine):
                yield found
        if len(self.captures) > 1:
            yield replace(self, captures=(tuple(sorted({one for step in self.captures for one in step})),))

    def is_legal(self, machine: Machine) -> bool:
        """Whether every part that is known after a capture is legal by itself."""
        return all(machine.is_legal([self.events[place].kind for place in sorted(known)]) for known in self.known())

    def known(self) -> Iterator[list[int]]:
        """The places of what is known after each capture, in the order in which it became known."""
        there: list[int] = []
        for step in self.captures:
            there = [*there, *(one for one in step if one not in there)]
            yield there

    def telling(self, machine: Machine) -> frozenset[int]:
        """Under which wrong ways of ordering the events (`_WRONG`) the state would be another after some capture."""
        known = list(self.known())
        return frozenset(nth for nth, rank in enumerate(_WRONG) if any(self._differs(one, machine, rank) for one in known))

    def _differs(self, known: list[int], machine: Machine, rank: Callable[[Befallen, int], object]) -> bool:
        ranked = sorted(known, key=lambda place: rank(self.events[place], known.index(place)))  # type: ignore[arg-type, return-value]
        kinds = [[self.events[place].kind for place in order] for order in (ranked, sorted(known))]
        return machine.fold(kinds[0]) != machine.fold(kinds[1])


# As they were recorded; as they were recorded within an instant; by whole seconds; as they are written.
_WRONG: tuple[Callable[[Befallen, int], object], ...] = (
    lambda _, nth: nth,
    lambda one, nth: (one.micros, nth),
    lambda one, _: (one.micros // 1_000_000, one.id),
    lambda one, _: (one.written, one.id),
)


def drawn(
    machine: Machine, kinds: Sequence[str], length: int, ids: Sequence[str], chance: random.Random, told: frozenset[int]
) -> History:
    """A history of so many events, or of fewer where it comes to an end before: of some, the one that tells the most beyond what is `told`."""
    found = [_history(_types(machine, kinds, length, chance), ids, machine, chance) for _ in range(_DRAWN)]
    tells = [one.telling(machine) for one in found]
    return found[max(range(_DRAWN), key=lambda nth: (len(found[nth].events), len(tells[nth] - told), len(tells[nth])))]


def _types(machine: Machine, kinds: Sequence[str], length: int, chance: random.Random) -> list[str]:
    types, state = list[str](), machine.begins
    while len(types) < length:
        ways = [kind for kind in kinds if machine.goes(state, machine.leads[kind])]
        onward = [kind for kind in ways if any(start == machine.leads[kind] for start, _ in machine.moves)]
        ways = ways if len(types) + 1 == length or not onward else onward
        if not ways:
            break
        types.append(chance.choice(ways))
        state = machine.leads[types[-1]]
    return types


def _history(types: Sequence[str], ids: Sequence[str], machine: Machine, chance: random.Random) -> History:
    """The types at times of their own: most lie apart, some within one second, some at one instant, where the ids decide."""
    named, at, times = list(ids[: len(types)]), 0, list[int]()
    for place in range(len(types)):
        gap = chance.choice((_APART * 1_000_000, _BETWEEN, 0)) if place % 2 else _APART * 1_000_000
        at += gap
        times.append(at)
        if gap != _APART * 1_000_000:  # where the instant is one, the ids rise; where only the second is, they fall
            pair = sorted(named[place - 1 : place + 1], reverse=gap > 0)
            named[place - 1 : place + 1] = pair
    events = tuple(
        Befallen(kind, micros, chance.choice(_ZONES), name) for kind, micros, name in zip(types, times, named, strict=True)
    )
    return History(events, _captures(events, machine, chance))


def _captures(events: Sequence[Befallen], machine: Machine, chance: random.Random) -> tuple[tuple[int, ...], ...]:
    """Each event alone and in any order where that is legal, at last the rest at once."""
    there, left, steps = set[int](), list(range(len(events))), list[tuple[int, ...]]()
    chance.shuffle(left)
    while left:
        fitting = [one for one in left if machine.is_legal([events[place].kind for place in sorted({*there, one})])]
        step = (fitting[0],) if fitting else tuple(left)
        steps.append(step)
        there |= set(step)
        left = [one for one in left if one not in step]
    return tuple(steps)


def _kinds(events: Sequence[Befallen]) -> list[str]:
    return [one.kind for one in events]


def _without(events: Sequence[Befallen], place: int) -> tuple[Befallen, ...]:
    return (*events[:place], *events[place + 1 :])
