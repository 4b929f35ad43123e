"""Exchanges that are alike are judged once: what the judges read of an exchange, and what they made of that.

A check with `SCOPE = "exchange"` is handed every exchange of a run, and a server says the same thing over and over. So its judge is
not handed the exchange itself but a view (`seen`) that tells every member that is read of it, with its value. Two exchanges in which all
that was read is equal come to the same: a judge is a pure function, and the view is all that it sees. What it came to is kept
in a tree, whose nodes are the members in the order in which they were read and whose branches are their values:

    status ─ 200 ─ method ─ GET ─ header cache-control ─ "no-store" ─ one witness, no finding
           └ 404 ─ nothing

The judges of one operation share a tree, since most of them read the same few members. One that is seen to read what differs from request
to request (the path, the step) finds hardly anything again: to look for what it said, and to note what it reads, would take longer than to
ask it. From then on it is handed every exchange as it is.

The number of an exchange is the one thing that may be said of it and not read: a finding carries it, and is given the number of
each exchange that it holds for. What is kept is bounded, whatever the size of the run.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from typing import Any

from conformance.model import Exchange, Finding, Moot, Witness
from conformance.verdict.seen import BODY, HEAD, READS, Aspect, body_of, view
from conformance.verdict.weighing import NONE, Weighed, vain, weighed

__all__ = ["Judged", "Memory", "Panel"]

_MOST = 16 * 1024 * 1024  # characters and bytes that are kept of all exchanges together; a run of 5,000 needs a fifth
_MOST_HEARD = 8192  # different things that are said before they are told
Judge = Callable[[list[Exchange]], Iterable[Finding | Witness | Moot]]
Asked = Callable[[Exchange], "Judged"]


@dataclass(frozen=True)
class Judged:
    """What a judge said of some exchanges: its witnesses as they were weighed, these findings, and the error that ended it, if
    one did.
    """

    weighed: Weighed
    findings: tuple[Finding, ...]
    error: str = ""

    def at(self, number: int, reference: str) -> Judged:
        """The same, said of the exchange of this number, which `reference` names too."""
        here = (number,), (reference,)
        placed = (replace(one, exchanges=here[0], references=here[1]) if one.exchanges else one for one in self.findings)
        return replace(self, findings=tuple(placed))


class Memory:
    """What all the judges of a run share: bodies by number, since a body is long and many judges read it, and the bound."""

    def __init__(self, most: int = _MOST) -> None:
        self._most, self._held, self._next = most, 0, 0
        self._bodies: dict[bytes, int] = {}
        self._trees: list[dict[Any, Any]] = []

    def tree(self) -> dict[Any, Any]:
        """A new tree, which is emptied with all the others when too much is held."""
        self._trees.append({})
        return self._trees[-1]

    def body(self, body: bytes) -> int:
        """The number that stands for a body: equal for equal bodies, and never another body's."""
        number = self._bodies.get(body)
        if number is None:
            self.hold(len(body))
            self._next += 1
            number = self._bodies[body] = self._next
        return number

    def hold(self, size: int) -> None:
        """Note that so much more is kept; forget everything when it is too much."""
        self._held += size + 64
        if self._held > self._most:
            self._held = 0
            self._bodies.clear()
            for tree in self._trees:
                tree.clear()


class Panel:
    """The judges of one operation, and what they said of its exchanges so far.

    They are asked in two groups, each with a tree: those who read neither body nor what differs from request to request (at first, all
    of them), and those who read the body. All others are asked of every exchange.
    """

    def __init__(self, judges: Sequence[Judge], memory: Memory, *, heads: Container[int] = ()) -> None:
        """`heads` are the places of those who read no body."""
        self._heard = list[_Said]()
        asked: dict[int, Asked] = {place: partial(_said, judge, place not in heads) for place, judge in enumerate(judges)}
        self._heads, self._bodies = _Group(HEAD, asked, memory), _Group(BODY, {}, memory)
        self._alone: dict[int, Asked] = {}
        # What those said without a finding, by place and object: it, and how often.
        self._counted: dict[tuple[int, int], list[Any]] = {}

    def judged(self, exchange: Exchange, index: int) -> Iterator[tuple[int, Judged]]:
        """What each judge, by its place among them, says of the `index`-th exchange of a case; who says nothing is left out."""
        alone = list(self._alone.items())  # before somebody joins them, who has been asked already
        for said in self._grouped(exchange):
            yield from said.plain
            yield from said.placed(exchange, index)
        for place, judge in alone:
            if (one := judge(exchange)) is not _NOTHING:
                yield place, one.at(exchange.number, f"{exchange.case}#{index}")

    def listen(self, exchange: Exchange, index: int, hear: Callable[[int, Judged, int], None]) -> None:
        """The same, told to `hear`, with the number of times that it was said: findings at once, all else in the end (`settle`)."""
        counted, alone = self._counted, list(self._alone.items())
        for said in self._grouped(exchange):
            if said.plain:
                if not said.times:
                    self._heard.append(said)
                said.times += 1
            for place, one in said.placed(exchange, index) if said.particular else ():
                hear(place, one, 1)
        for place, judge in alone:
            one = judge(exchange)
            if one is _NOTHING:
                continue
            if one.findings or one.error:
                hear(place, one.at(exchange.number, f"{exchange.case}#{index}"), 1)
            elif (known := counted.get((place, id(one)))) is not None:
                known[1] += 1
            else:
                counted[place, id(one)] = [one, 1]
        if len(self._heard) + len(counted) > _MOST_HEARD:
            self.settle(hear)

    def settle(self, hear: Callable[[int, Judged, int], None]) -> None:
        """Tell what was said since, and is not told yet."""
        for said in self._heard:
            for place, one in said.plain:
                hear(place, one, said.times)
            said.times = 0
        for (place, _), (one, times) in self._counted.items():
            hear(place, one, times)
        self._heard.clear()
        self._counted.clear()

    def _grouped(self, exchange: Exchange) -> tuple[_Said, _Said]:
        """What the two groups say."""
        found = self._heads.judged(exchange), self._bodies.judged(exchange)
        for group in (self._heads, self._bodies):
            if group.leaving:
                self._part(group)
        return found

    def _part(self, group: _Group) -> None:
        """Put those who read more than their group elsewhere."""
        for place, reads in group.leaving.items():
            judge = group.judges.pop(place)
            if reads == BODY:
                self._bodies.join(place, judge)
            else:
                self._alone[place] = judge
        group.forget()


class _Said:
    """What a group said of exchanges that are alike: that which is the same for all of them, and that which names each of them."""

    def __init__(self, said: Iterable[tuple[int, Judged]]) -> None:
        self.plain = [(place, one) for place, one in said if not one.findings and not one.error]
        self.particular = [(place, one) for place, one in said if one.findings or one.error]
        self.times = 0  # that the plain part was said, and not told yet

    def placed(self, exchange: Exchange, index: int) -> Iterator[tuple[int, Judged]]:
        """What names this exchange."""
        for place, one in self.particular:
            yield place, one.at(exchange.number, f"{exchange.case}#{index}") if one.findings else one


class _Group:
    """Some judges who are asked together. `leaving` are those who were seen to read more than the group, and what."""

    def __init__(self, reads: int, judges: dict[int, Asked], memory: Memory) -> None:
        self.judges, self.leaving = judges, dict[int, int]()
        self._reads, self._memory, self._tree = reads, memory, memory.tree()

    def judged(self, exchange: Exchange) -> _Said:
        """What they say, with no exchange's number yet."""
        node, number_of = self._tree.get(None), self._memory.body
        while node.__class__ is tuple:
            aspect, branches = node
            node = branches.get(number_of(aspect(exchange)) if aspect is body_of else aspect(exchange))
        return self._asked(exchange) if node is None else node

    def join(self, place: int, judge: Asked) -> None:
        """Take in another judge."""
        self.judges[place] = judge
        self._tree.clear()

    def forget(self) -> None:
        """Let go of what was said, now that others are in the group."""
        self.leaving.clear()
        self._tree.clear()

    def _asked(self, exchange: Exchange) -> _Said:
        notes = _Notes(exchange, self._memory, self._tree)
        seen, found = view(notes), []
        for place, judge in self.judges.items():
            said = judge(seen)
            if said is not _NOTHING:
                found.append((place, said))
            if notes.reads > self._reads:
                self.leaving[place], notes.reads = notes.reads, self._reads
        known = _Said(found)
        if not any(said.error for _, said in known.particular):
            notes.keep(known)
        return known


def _said(judge: Judge, bodies: bool, seen: Exchange) -> Judged:
    """What a judge says of an exchange, or of a view of one."""
    said: list[Witness | Moot] = []
    findings: list[Finding] = []
    try:
        for one in judge([seen]):
            if one.__class__ is Finding:
                findings.append(one)
            else:
                said.append(one)  # type: ignore[arg-type]  # it is none of the other
        if not said:
            return Judged(NONE, tuple(findings)) if findings else _NOTHING
        if len(said) == 1 and not findings and said[0].__class__ is Witness and not _why(seen, bodies):
            return _witnessed(said[0].aspect)  # nearly always
        return Judged(weighed(said, lambda _: _why(seen, bodies)), tuple(findings))
    except Exception as problem:  # noqa: BLE001 - whatever a judge raises is ours, never the vendor's
        return Judged(NONE, tuple(findings), f"{type(problem).__name__}: {problem}")


def _why(seen: Exchange, bodies: bool) -> str:
    """What makes a witness of one exchange vain: for those who read bodies the same, and for those who do not. It is kept beside what else
    is derived of an exchange.
    """
    known, name = seen.__dict__, "_vain_body" if bodies else "_vain_head"
    found: str | None = known.get(name)
    if found is None:
        found = known[name] = vain((seen,), bodies=bodies)
    return found


@lru_cache(maxsize=1024)
def _witnessed(aspect: str) -> Judged:
    return Judged(Weighed({aspect: 1}), ())


_NOTHING = Judged(NONE, ())  # what is mostly said


class _Notes:
    """What is read of one exchange, in order, each aspect once: a way through the tree, which is made as it is gone."""

    def __init__(self, exchange: Exchange, memory: Memory, tree: dict[Any, Any]) -> None:
        self.exchange, self.reads = exchange, HEAD
        self._memory, self._size = memory, 0
        self._read: set[Aspect] = set()
        self._branches: dict[Any, Any] = tree
        self._value: Hashable = None

    def note(self, aspect: Aspect) -> None:
        """Note that an aspect is read."""
        if aspect in self._read:
            return
        self._read.add(aspect)
        node = self._branches.get(self._value)
        if node.__class__ is not tuple or node[0] is not aspect:
            fresh: tuple[Aspect, dict[Any, Any]] = (aspect, {})
            if node is None:
                self._branches[self._value] = fresh
            node = fresh  # otherwise the judges did not read the same after the same, and what they say is not kept
        value: Any = aspect(self.exchange)
        if aspect is body_of:
            value = self._memory.body(value)
        self._size += 64 + (len(value) if value.__class__ is str else len(str(value)) if value.__class__ is tuple else 0)
        self._branches, self._value = node[1], value
        if (reads := READS.get(aspect, HEAD)) > self.reads:
            self.reads = reads

    def keep(self, said: _Said) -> None:
        """Keep what was said of what was read."""
        findings = [finding for _, one in said.particular for finding in one.findings]
        self._memory.hold(self._size + sum(len(one.actual) + len(one.expected) + 256 for one in findings))
        self._branches.setdefault(self._value, said)
