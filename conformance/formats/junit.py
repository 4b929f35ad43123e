"""The report for CI systems: one test case per requirement and operation.

pass                         a test case and nothing more
fail                         failure, type `fail`; at level SHOULD or MAY a warning in system-out, since those never decide
inconclusive                 failure, type `inconclusive`: skipped would hide what blocks a certificate
not tested, not applicable   skipped; the message begins with the level and which of both it is (`MUST, not tested: …`), then the reason
waived                       skipped; the message begins with that, by whom and until when, then what came of it (`yance report --waiver`)
error                        error: the suite's own fault

It fits the schema of Jenkins' xUnit plugin and that of Maven Surefire, of which the second knows neither a `testsuites` nor a
`timestamp`: when the run began is a property. `time` is that of the evidence: seconds from the first request of a case to its last
answer. Cases run side by side, so their times come to more than the run's.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from conformance.formats._json import milliseconds
from conformance.formats._summary import account, borne, by_id, headline, waiver_line
from conformance.formats._text import xml, xml_attribute
from conformance.load.catalogue import say
from conformance.model import Level, Outcome

__all__ = ["FILE", "NAME", "SUFFIX", "render"]

NAME, SUFFIX, FILE = "junit", "xml", "junit.xml"


def render(report: Mapping[str, Any], language: str) -> bytes:
    """The report as JUnit XML."""
    rows = by_id(report)
    kinds = [_kind(verdict, rows[verdict["requirement"]]) for verdict in report["verdicts"]]
    found = Counter(kinds)
    totals = {
        "time": _seconds(milliseconds(report["finishedOn"]) - milliseconds(report["startedOn"])),
        "tests": len(kinds),
        "errors": found["error"],
        "skipped": found["skipped"],
        "failures": found["failure"],
    }
    name = f"{report['specification']['domain']} {report['specification']['version']} {report['profile']['id']}"
    written = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f"<testsuite{_attributes(name=f'yance {name}', **totals)}>",
        "<properties>",
        *(f"<property{_attributes(name=key, value=value)}/>" for key, value in _identity(report)),
        "</properties>",
    ]
    for verdict, kind in zip(report["verdicts"], kinds, strict=True):
        written += _case(verdict, rows[verdict["requirement"]], kind, language)
    return "\n".join([*written, "</testsuite>", ""]).encode("utf-8")


def _kind(verdict: Mapping[str, Any], row: Mapping[str, Any]) -> str:
    """The element that says how a case ended; empty for one that a CI system is to count as passed."""
    outcome, level = verdict["outcome"], row["level"]
    if outcome == Outcome.ERROR:
        return "error"
    if outcome in (Outcome.NOT_TESTED, Outcome.NOT_APPLICABLE) or borne(verdict, row):
        return "skipped"
    if outcome in (Outcome.FAIL, Outcome.INCONCLUSIVE):
        return "failure" if level == Level.MUST else "system-out"
    return ""


def _case(verdict: Mapping[str, Any], row: Mapping[str, Any], kind: str, language: str) -> Iterator[str]:
    start = f"<testcase{_attributes(name=verdict['case'], classname=row['class'], time=_seconds(verdict.get('took', 0)))}"
    if not kind:
        yield f"{start}/>"
        return
    yield f"{start}>"
    message = headline(verdict, language)
    if kind == "skipped":
        what = f"{row['level']}, {say('outcome.' + verdict['outcome'], language)}"
        waived = f"{waiver_line(row['waiver'], language)} | " if borne(verdict, row) else ""
        yield f"<skipped{_attributes(message=f'{waived}{what}: {message}')}/>"
    elif kind == "system-out":
        note = say("junit.warning" if verdict["outcome"] == Outcome.FAIL else "junit.open", language)
        yield f"<system-out>{xml(f'{note}: {account(verdict, row, language)}')}</system-out>"
    else:
        yield f"<{kind}{_attributes(type=verdict['outcome'], message=message)}>{xml(account(verdict, row, language))}</{kind}>"
    yield "</testcase>"


def _identity(report: Mapping[str, Any]) -> Iterator[tuple[str, object]]:
    target, specification, profile = report["target"], report["specification"], report["profile"]
    yield "yance.run", report["runId"]
    yield "yance.result", report["result"]
    yield "yance.started", report["startedOn"]
    yield "yance.purpose", report["purpose"]
    yield "yance.suite", f"{report['suite']['name']} {report['suite']['version']}"
    yield "yance.solution", f"{target['solutionId']} {target['solutionVersion']}"
    yield "yance.vendor", target["vendor"]
    yield "yance.target", target["baseUrl"]
    yield "yance.specification", f"{specification['domain']} {specification['version']} {specification['digest']}"
    yield "yance.profile", f"{profile['id']} {profile['version']} {profile['digest']}"
    yield "yance.plan", report["plan"]["digest"]
    yield "yance.seed", report["plan"]["seed"]
    yield "yance.effort", report["plan"]["effort"]
    yield "yance.evidence", report["evidence"]["digest"]
    yield "yance.report", report["digest"]


def _attributes(**values: object) -> str:
    return "".join(f' {name}="{xml_attribute(str(value))}"' for name, value in values.items())


def _seconds(milliseconds: int) -> str:
    return f"{max(0, milliseconds) / 1000:.3f}"
