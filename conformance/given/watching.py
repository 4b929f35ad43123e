"""A script within a script: what it is handed is also kept, for the script around it to look at."""

from __future__ import annotations

from conformance.model import Answer, Ask, Exchange, Request, Script

__all__ = ["watched"]


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
