"""The order across cases, held: whose turn it was by the plan, and how many were under way at once.

The scripts hold each case by itself (`attempt`). That the cases were asked as the runner asks them (`pump`) is told by where their lines stand
in the evidence, since an exchange is recorded while its case has its turn and its place:

    turns      a case asks nothing before every case is over that it waits for in line (`turns.Line`), but for those that pause apart
    places     no more cases are under way at once than the settings said (`concurrency` in the header)
    searches   for smaller inputs come after all cases, one after another

What cannot be told: in what order cases that touch nothing in common were asked, as long as no more were under way at once than may be;
when something was asked and answered (times are the recorder's word); and whose turn it was for a case beyond the place where a
hidden value decided how it went on (`Attempt.followed`), or that paused apart twice without asking anything between.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, field

from conformance.evidence import CaseEnd, Ended
from conformance.model import Case, Pause, Plan
from conformance.run.attempt import Attempt, Unfit
from conformance.run.pump import in_line
from conformance.run.shrink import SHRINK
from conformance.run.turns import Line

__all__ = ["Session"]


@dataclass
class _Way:
    """How far a case has come in a session, and where it rests: after so many exchanges, in which pause."""

    case: Case
    rests: dict[int, Pause] = field(default_factory=dict)
    followed: int = 0  # beyond so many exchanges it is not known where it rests
    asked: int = 0
    in_line: bool = False
    ended: bool = False


class Session:
    """The lines of a run from its beginning, or from where it was resumed, to where that ended: noted one by one, then held together."""

    def __init__(self, plan: Plan, finished: frozenset[str], concurrency: int, exchanges: int) -> None:
        """`finished` are the cases that had ended for good before, `exchanges` is how many had been recorded."""
        self._standing = in_line(plan, finished)
        self._concurrency, self._number = concurrency, exchanges
        self._ways = {case.id: _Way(case) for case, _ in self._standing}
        self._events: list[_Way | str] = []
        self._ends: dict[int, bool] = {}  # which of them are ends of cases, and whether of interrupted ones
        self._line, self._under_way, self._searched = Line(), dict[str, None](), ""

    def note(self, case: str) -> None:
        """The next line is an exchange of a case. One that the plan does not have is refused elsewhere."""
        event = self._ways.get(case) or (sys.intern(case) if case.startswith(SHRINK) else None)
        if event is not None:
            self._events.append(event)

    def note_end(self, end: CaseEnd) -> None:
        """The next line is the end of a case."""
        self._ends[len(self._events)] = end.ended is Ended.INTERRUPTED
        self.note(end.case)

    def drove(self, attempt: Attempt) -> None:
        """A case was driven again, which tells where it rests."""
        way = self._ways[attempt.case.id]
        way.followed = attempt.followed
        for rest in attempt.rests:
            if rest.apart and rest.after in way.rests:  # the one after the other, so when it left its place in line is not known
                way.followed = min(way.followed, rest.after)
            way.rests.setdefault(rest.after, rest.pause)

    def hold(self) -> None:
        """Hold all that was noted. Raises Unfit, with case and place, where no run can have gone so."""
        self._stand()
        for place, event in enumerate(self._events):
            ended = place in self._ends
            self._number += not ended
            if isinstance(event, str):
                self._search(event, ended=ended)
            elif ended:
                self._end(event, interrupted=self._ends[place])
            else:
                self._ask(event)

    def _stand(self) -> None:
        """They join the line. One that pauses apart before it asks anything does so at a time that nobody knows, and keeps nobody waiting."""
        for case, part in self._standing:
            way = self._ways[case.id]
            self._line.join(case, part)
            way.in_line = True
            if (pause := way.rests.get(0)) is not None and pause.apart:
                self._leave(way)

    def _ask(self, way: _Way) -> None:
        self._turn(way, f"its exchange {way.asked + 1} (number {self._number})")
        way.asked += 1
        if way.asked <= way.followed:
            self._under_way[way.case.id] = None
            if self._concurrency and len(self._under_way) > self._concurrency:
                among = ", ".join(f"{name:.60}" for name in list(self._under_way)[:3])
                raise Unfit(
                    f"case {way.case.id:.80}, its exchange {way.asked} (number {self._number}): {len(self._under_way)} cases were under "
                    f"way, and no more than {self._concurrency} may be ({among} …); exchanges were moved across cases"
                )
        self._rest(way)

    def _turn(self, way: _Way, where: str) -> None:
        """Whoever asks, or comes to an end, has had its turn."""
        ahead = ""
        if way.in_line or not way.asked:
            ahead = self._line.ahead(way.case)
        if ahead:
            raise Unfit(
                f"case {way.case.id:.80}, {where}: its turn comes when {ahead:.80} is over, which was not; exchanges were moved across cases"
            )

    def _rest(self, way: _Way) -> None:
        """What a case leaves after what it has asked so far: its place, and its place in line where others go on meanwhile."""
        if way.asked >= way.followed:
            self._under_way.pop(way.case.id, None)
            self._leave(way)
        elif (pause := way.rests.get(way.asked)) is not None:
            self._under_way.pop(way.case.id, None)
            if pause.apart:
                self._line.pause(way.case, pause)

    def _end(self, way: _Way, *, interrupted: bool) -> None:
        if not interrupted:
            self._turn(way, "its end")
        self._under_way.pop(way.case.id, None)
        self._leave(way)
        way.ended = True

    def _leave(self, way: _Way) -> None:
        if way.in_line:
            self._line.leave(way.case)
            way.in_line = False

    def _search(self, name: str, *, ended: bool) -> None:
        open_ = next((way.case.id for way in self._ways.values() if not way.ended), "")
        if self._searched not in ("", name):
            open_ = self._searched
        if open_:
            raise Unfit(
                f"case {name:.80}: a smaller input was sought (number {self._number}) before {open_:.80} had ended; "
                "exchanges were moved across cases"
            )
        self._searched = "" if ended else name
