"""The same question about many finished runs, side by side on the engine: what came of each, and the worst exit code."""

from __future__ import annotations

import importlib.util
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from conformance.campaign.again import Answer
from conformance.campaign.engine import engine
from conformance.campaign.runner import Call
from conformance.commands.front import RESULTS, Front
from conformance.load.catalogue import say

__all__ = ["several"]

_WORST = (6, 5, 2, 4, 1, 3)  # of exit codes
_AHEAD = 2
_POLL = 0.25


def several(
    front: Front, function: str, runs: Sequence[Path], arguments: tuple[Any, ...], scheduler: str | None, workers: int | None
) -> int:
    """Ask the same about many runs, tell each answer as it comes, and give back the worst exit code. `function` takes a run's path first."""
    paths = list(dict.fromkeys(str(path.absolute()) for path in runs))
    shown = {str(path.absolute()): str(path) for path in runs}
    calls = deque((path, Call(function, (path, *arguments))) for path in paths)
    found = dict[str, Answer]()
    for path, answer in _answers(calls, scheduler, workers):
        found[path] = answer
        front.line(_line(front, shown[path], answer), RESULTS.get(answer.result) if not answer.said else "red")
    answers = [found[path] for path in paths]
    front.result({"runs": [asdict(one) | {"run": shown[one.run]} for one in answers]})
    came = Counter(one.result for one in answers if one.result)
    counts = ", ".join(f"{say(f'result.{result}', front.language)} {count}" for result, count in sorted(came.items()))
    wrong = sum(bool(one.said) or one.same is False for one in answers)
    front.say("several.summary", count=len(answers), counts=counts or "0", wrong=wrong)
    return next((code for code in _WORST if any(one.code == code for one in answers)), 0)


def _answers(calls: deque[tuple[str, Call]], scheduler: str | None, workers: int | None) -> Iterator[tuple[str, Answer]]:
    """Every answer as it comes; without Dask, one after the other."""
    if scheduler is None and importlib.util.find_spec("distributed") is None:
        for path, call in calls:
            yield path, call(lambda *_: None)
        return
    with engine(scheduler, workers) as made:
        under_way = 0
        while calls or under_way:
            while calls and under_way < made.slots + _AHEAD:
                made.call(*calls.popleft())
                under_way += 1
            for path, came in made.back(_POLL):
                under_way -= 1
                yield path, came if isinstance(came, Answer) else Answer(path, code=5, said=str(came))


def _line(front: Front, path: str, answer: Answer) -> str:
    if answer.said:
        return f"✗ {path}: {front.told(answer.said)}"
    result = say(f"result.{answer.result}", front.language)
    return f"✗ {path}: {front.told('differs from its report')}: {result}" if answer.same is False else f"✓ {path}: {result}"
