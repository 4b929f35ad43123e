"""What every format for machines says of a case, in plain words of one language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from conformance.formats._text import named, shortened
from conformance.load.catalogue import say
from conformance.model import Level, Outcome

__all__ = ["account", "borne", "by_id", "headline", "left_open", "waiver_line"]

_MOST_FINDINGS = 10
_LONGEST = 2000


def by_id(report: Mapping[str, Any]) -> Mapping[str, Mapping[str, Any]]:
    """The requirement rows of a report by id."""
    return {row["id"]: row for row in report["requirements"]}


def left_open(report: Mapping[str, Any], outcome: str, language: str) -> list[tuple[str, list[Mapping[str, Any]]]]:
    """The cases of an outcome that was not decided, by its cause: the reason in words once, the most cases first. Of what was not
    tested, only a MUST that has a check is left open.
    """
    levels = {row["id"]: row["level"] for row in report["requirements"] if row["tested"]}
    causes: dict[str, list[Mapping[str, Any]]] = {}
    for verdict in report["verdicts"]:
        level = levels.get(verdict["requirement"])
        if verdict["outcome"] == outcome and (level == Level.MUST if outcome == Outcome.NOT_TESTED else level):
            causes.setdefault(named(verdict.get("reason"), language), []).append(verdict)
    return sorted(causes.items(), key=lambda one: -len(one[1]))


def headline(verdict: Mapping[str, Any], language: str) -> str:
    """One line: the first finding, or the reason, or that there is none."""
    if verdict["findings"]:
        text = named(verdict["findings"][0]["text"], language)
    else:
        text = named(verdict.get("reason"), language) or say("format.no-detail", language)
    return shortened(" ".join(text.split()), _LONGEST)


def borne(verdict: Mapping[str, Any], row: Mapping[str, Any]) -> bool:
    """Whether what came of a case is waived: by a person of the office, whose waiver whoever renders has verified. No outcome is another."""
    return "waiver" in row and verdict["outcome"] in (Outcome.FAIL, Outcome.INCONCLUSIVE, Outcome.NOT_TESTED)


def waiver_line(waiver: Mapping[str, Any], language: str) -> str:
    """One line: until when it is waived, by whom, by whose verified signature, and why."""
    told = {name: waiver[name] for name in ("person", "reason", "keyid")}
    return say("format.waived-by", language, waiver=waiver["waiverId"], end=waiver["notAfter"], **told)


def account(verdict: Mapping[str, Any], row: Mapping[str, Any], language: str) -> str:
    """The requirement, what was found against it and where, and how to mend it; one statement to a line."""
    said = [f"{row['id']} ({row['level']}): {named(row['text'], language)}"]
    if borne(verdict, row):
        said.append(waiver_line(row["waiver"], language))
    if verdict.get("reason"):
        said.append(f"{say('html.reason', language)}: {named(verdict['reason'], language)}")
    for finding in verdict["findings"][:_MOST_FINDINGS]:
        said.append(f"- {shortened(named(finding['text'], language), _LONGEST)}")
        facts = (("expected", "html.expected"), ("actual", "html.actual"), ("at", "html.at"))
        said += [f"  {say(key, language)}: {shortened(finding[name], _LONGEST)}" for name, key in facts if finding[name]]
        if finding["count"] > 1:
            said.append(f"  {say('format.times', language, count=finding['count'])}")
        places = list(zip(finding["exchanges"], finding["references"], strict=True))
        numbers = ", ".join(f"{number} ({reference})" for number, reference in places[:20])
        said.append(f"  {say('format.seen-in', language, numbers=numbers)}")
    if (further := len(verdict["findings"]) - _MOST_FINDINGS) > 0:
        said.append(f"- {say('format.left-out', language, count=further)}")
    if verdict["findings"]:
        said.append(f"{say('html.remedy', language)}: {named(row['remedy'], language)}" if row["remedy"] else "")
    said.append(f"{say('html.source', language)}: {row['source']}")
    return "\n".join(line for line in said if line)
