"""What is finished, in lines that are only ever added: a campaign that was killed goes on from here and from its run folders.

    {"at": …, "campaign": …, "targets": …, "terms": …, "chance": …}    it was begun
    {"at": …, "resumed": …}                                           it was gone on with, with so many targets left
    {"at": …, "began": target, "worker": …}                           for people; nothing rests on it
    {"at": …, "ended": {…}}                                           a result (`results`), with its target

A target is finished when its line is here or its run folder holds an outcome, and what the campaign file says of it is still the same.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from conformance.campaign.results import Result, read_result
from conformance.errors import VerificationError

__all__ = ["JOURNAL", "Journal", "line_of", "read_journal"]

JOURNAL = "journal.ndjson"


@dataclass(frozen=True)
class Journal:
    """What a journal tells: how the campaign was begun (empty: it was not), the last result of each target, how often it was resumed, and for
    how many seconds it was under way, from the first line to the last of each time.
    """

    begun: Mapping[str, Any] = field(default_factory=dict)
    ended: Mapping[str, Result] = field(default_factory=dict)
    resumed: int = 0
    seconds: float = 0.0


def line_of(at: str, **told: Any) -> bytes:
    """A line; `at` is a time in UTC."""
    return json.dumps({"at": at, **told}, ensure_ascii=False).encode("utf-8", "backslashreplace")


def read_journal(lines: Iterable[bytes], file: str) -> Journal:
    """Fold lines. Raises VerificationError, with its number, for one that is none of a journal's."""
    begun, ended, resumed, seconds = dict[str, Any](), dict[str, Result](), 0, 0.0
    last: datetime | None = None
    for number, line in enumerate(lines, 1):
        try:
            told = json.loads(line)
            if "ended" in told:
                result = read_result(told["ended"])
                ended[result.target] = result
            elif "campaign" in told:
                begun = dict(told)
            now, resumed = datetime.fromisoformat(told["at"]), resumed + ("resumed" in told)
            seconds += (now - last).total_seconds() if last and "resumed" not in told else 0.0
            last = now
        except (ValueError, TypeError, LookupError, RecursionError) as error:
            raise VerificationError(f"{file}: this is no line of a campaign's journal (line {number}: {error})") from None
    return Journal(begun, ended, resumed, seconds)
