"""What failed, as workflow commands of GitHub Actions: lines that a step prints, and that a pull request shows at the settings' lines.

    ::error       a MUST that failed
    ::warning     a SHOULD that failed; MUSTs that stayed open, by cause
    ::notice      MUSTs that were not tested, by cause

Of each kind a step shows ten, so there are no more: the last one counts the rest. A text can begin no line of its own, and so no
command.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from conformance.formats._places import place
from conformance.formats._summary import by_id, headline, left_open
from conformance.formats._text import named, shortened
from conformance.load.catalogue import say
from conformance.model import Level, Outcome
from conformance.text.shown import few, visible

__all__ = ["FILE", "NAME", "SUFFIX", "render"]

NAME, SUFFIX, FILE = "annotations", "txt", "annotations.txt"
_MOST = 10
_LONGEST = 1000
_MESSAGE = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"})
_PROPERTY = _MESSAGE | str.maketrans({":": "%3A", ",": "%2C"})


def render(report: Mapping[str, Any], language: str) -> bytes:
    """The commands; nothing where everything was passed."""
    found: dict[str, list[tuple[Mapping[str, Any], str, str]]] = {"error": [], "warning": [], "notice": []}
    for kind, verdict, title, message in _said(report, language):
        found[kind].append((verdict, title, message))
    lines: list[str] = []
    for kind, entries in found.items():
        shown = entries if len(entries) <= _MOST else entries[: _MOST - 1]
        lines += [_command(kind, *place(report, verdict), title, message) for verdict, title, message in shown]
        if len(shown) < len(entries):
            left = say("format.left-out", language, count=len(entries) - len(shown))
            lines.append(_command(kind, *place(report, entries[-1][0]), "yance", left))
    return "".join(f"{line}\n" for line in lines).encode("utf-8")


def _said(report: Mapping[str, Any], language: str) -> Iterator[tuple[str, Mapping[str, Any], str, str]]:
    """What is told: its kind, a case of it, a title and a text; each requirement once."""
    rows, told = by_id(report), set()
    for verdict in report["verdicts"]:
        row = rows[verdict["requirement"]]
        if verdict["outcome"] == Outcome.FAIL and row["id"] not in told:
            told.add(row["id"])
            kind = "error" if row["level"] == Level.MUST else "warning"
            text = f"{verdict['operation']}: {headline(verdict, language)}\n{named(row['text'], language)}"
            yield kind, verdict, row["id"], text
    for outcome, kind in ((Outcome.ERROR, "warning"), (Outcome.INCONCLUSIVE, "warning"), (Outcome.NOT_TESTED, "notice")):
        for reason, verdicts in left_open(report, outcome, language):
            musts = [one for one in verdicts if rows[one["requirement"]]["level"] == Level.MUST]
            if musts:
                names = few(one["requirement"] for one in musts)
                yield kind, musts[0], names, f"{say(f'outcome.{outcome}', language)}: {reason}"


def _command(kind: str, file: str, line: int, title: str, message: str) -> str:
    properties = {"file": file, "line": str(line), "title": title}
    said = ",".join(f"{key}={visible(value).translate(_PROPERTY)}" for key, value in properties.items())
    return f"::{kind} {said}::{visible(shortened(message, _LONGEST)).translate(_MESSAGE)}"
