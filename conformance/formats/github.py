"""The report as a job summary on a forge: Markdown, a table of counts, the failures folded below it, and what stayed open by its cause.

Texts are written as HTML character references wherever Markdown or HTML would read more than letters into them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from conformance.formats._summary import account, borne, by_id, headline, left_open, waiver_line
from conformance.formats._text import named, shortened
from conformance.load.catalogue import say
from conformance.model import Level, Outcome
from conformance.text.shown import visible

__all__ = ["FILE", "NAME", "SUFFIX", "render"]

NAME, SUFFIX, FILE = "github", "md", "summary.md"
_MOST_CASES = 60  # a job summary may have 1 MiB
_LONGEST = 4000
_SIGNS = {"PASSED": "✅", "FAILED": "❌", "INCONCLUSIVE": "❔", "ERROR": "❗"}
_SPECIAL = re.compile(r"[^\w .,;/()%，。；：（）、「」-]|_")


def render(report: Mapping[str, Any], language: str) -> bytes:
    """The summary."""
    return ("\n".join(_lines(report, language)) + "\n").encode("utf-8")


def _lines(report: Mapping[str, Any], language: str) -> Iterator[str]:
    target, rows = report["target"], by_id(report)
    yield f"## {_SIGNS[report['result']]} {say('result.' + report['result'], language)}: {_plain(target['solutionId'])}"
    yield ""
    facts = (target["solutionVersion"], target["vendor"], named(report["profile"]["title"], language), target["baseUrl"])
    yield " · ".join(_plain(fact) for fact in facts if fact)
    yield ""
    yield f"| | {' | '.join(say(f'outcome.{outcome}', language) for outcome in Outcome)} |"
    yield "|---|" + "--:|" * len(Outcome)
    for key, name in (("html.mandatory", "mandatory"), ("html.cases", "counts")):
        yield f"| {say(key, language)} | {' | '.join(str(report[name][outcome]) for outcome in Outcome)} |"
    for waiver in report["waivers"]:
        yield ""
        yield f"**{say('html.waivers', language)}** {_plain(', '.join(waiver['requirements']))}: {_plain(waiver_line(waiver, language))}"
    bad = [v for v in report["verdicts"] if v["outcome"] in (Outcome.FAIL, Outcome.ERROR)]
    bad.sort(key=lambda verdict: rows[verdict["requirement"]]["level"] != Level.MUST)
    yield ""
    for verdict in bad[:_MOST_CASES]:
        row = rows[verdict["requirement"]]
        outcome = say(f"outcome.{verdict['outcome']}", language)
        outcome += f" · {say('format.waived', language)}" if borne(verdict, row) else ""
        lead = f"<b>{_plain(verdict['case'])}</b> · {row['level']} · {outcome} · {_plain(headline(verdict, language))}"
        text = _plain(shortened(account(verdict, row, language), _LONGEST)).replace("\n", "&#10;")
        yield f"<details><summary>{lead}</summary><pre>{text}</pre></details>"
    if len(bad) > _MOST_CASES:
        yield ""
        yield say("format.left-out", language, count=len(bad) - _MOST_CASES)
    for outcome in (Outcome.INCONCLUSIVE, Outcome.NOT_TESTED):
        yield from _open(report, outcome, language)
    yield ""
    yield f"<sub>{_plain(report['runId'])} · {_plain(report['digest'])}</sub>"


def _open(report: Mapping[str, Any], outcome: str, language: str) -> Iterator[str]:
    """What was not decided: each cause once, with the cases behind it folded below."""
    causes = left_open(report, outcome, language)
    if causes:
        yield ""
        yield f"**{say(f'outcome.{outcome}', language)}**"
        yield ""
    for reason, verdicts in causes[:_MOST_CASES]:
        behind = say("format.behind", language, requirements=len({v["requirement"] for v in verdicts}), cases=len(verdicts))
        names = _plain(shortened("\n".join(verdict["case"] for verdict in verdicts), _LONGEST)).replace("\n", "&#10;")
        yield f"<details><summary>{_plain(shortened(reason, _LONGEST))} · {behind}</summary><pre>{names}</pre></details>"
    if len(causes) > _MOST_CASES:
        yield ""
        yield say("format.left-out", language, count=len(causes) - _MOST_CASES)


def _plain(text: object) -> str:
    """A text of which neither Markdown nor HTML makes anything but its characters."""
    return _SPECIAL.sub(lambda found: found[0] if found[0] == "\n" else f"&#{ord(found[0])};", visible(str(text)))
