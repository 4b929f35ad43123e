"""Live progress of a campaign: on a terminal a bar for the whole and a line for each target under way, elsewhere a line for every tenth."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import Self

from rich.progress import TaskID, TimeElapsedColumn
from rich.text import Text

from conformance.campaign.course import Standing
from conformance.campaign.results import Result
from conformance.commands.front import RESULTS, Front
from conformance.commands.live import bar_of
from conformance.load.catalogue import say
from conformance.text.shown import few, one_line

__all__ = ["Tally", "line_of"]

_MARKS = {"PASSED": "✓", "FAILED": "✗", "INCONCLUSIVE": "?", "ERROR": "E", "error": "E", "lost": "E"}
_MOST = 16  # targets under way that have a line of their own


class Tally:
    """Shows how far a campaign is, as it goes."""

    def __init__(self, front: Front, name: str, total: int) -> None:
        self._front, self._total, self._tenth, self._began = front, total, 0, time.monotonic()
        self._lines: dict[str, TaskID] = {}
        self._bar = bar_of(front, TimeElapsedColumn())
        if self._bar is not None:
            self._whole = self._bar.add_task(one_line(name), total=total)

    def __enter__(self) -> Self:
        if self._bar is not None:
            self._bar.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._bar is not None:
            self._bar.stop()

    def ended(self, result: Result) -> None:
        """Tell what came of a target."""
        line = line_of(self._front, result)
        if self._bar is not None and sys.stdout.isatty():
            self._bar.console.print(Text(one_line(line), style=RESULTS.get(result.outcome, "")), soft_wrap=True)
        else:
            self._front.line(line, RESULTS.get(result.outcome))

    def standing(self, now: Standing) -> None:
        """Take note of how far the campaign is."""
        if self._bar is None:
            if now.finished * 10 // max(1, now.total) > self._tenth:
                self._tenth = now.finished * 10 // now.total
                seconds = f"{time.monotonic() - self._began:.0f}"
                self._front.note("campaign.progress", finished=now.finished, total=now.total, seconds=seconds)
            return
        self._bar.update(self._whole, completed=now.finished)
        for name in self._lines.keys() - now.under_way.keys():
            self._bar.remove_task(self._lines.pop(name))
        for name, (done, total, _) in list(now.under_way.items())[:_MOST]:
            if name not in self._lines:
                self._lines[name] = self._bar.add_task(f"  {one_line(name)}", total=total or None)
            self._bar.update(self._lines[name], completed=done, total=total or None)


def line_of(front: Front, one: Result) -> str:
    """What came of a target, in one line."""
    word = say(f"campaign.outcome.{one.outcome}", front.language)
    if one.state == "judged":
        more = few(one.failed) if one.failed else few(one.inconclusive) if one.result == "INCONCLUSIVE" else ""
    elif one.notices:
        more = str(next((notice for notice in one.notices if notice["stops"]), one.notices[0])["text"][front.language])
    else:
        more = front.told(one.said)
    head = say(
        "campaign.line", front.language, target=one.target, outcome=word, exchanges=one.exchanges, seconds=f"{one.seconds:.1f}"
    )
    return f"{_MARKS.get(one.outcome, '!')} {head}{f'  {more}' if more else ''}"
