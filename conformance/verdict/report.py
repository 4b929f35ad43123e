"""The report: plan, verdicts and counts in one document, a pure function of them.

`conformant` holds only when the run is complete (all that the profile asks for was planned, at the profile's effort or more, and run to
its end) and every applicable MUST is `pass`: a run of a few requirements, or a quick one, leaves the rest open. A requirement is as bad as its worst case.
What the suite itself does not test (`untested` rows) is shown and counted apart: it narrows what a pass says, it does not fail anyone.
A profile or ICS that leaves something out does not turn it into a pass either.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from conformance import checks
from conformance.evidence import Footer, Header
from conformance.load.catalogue import finding_text, reason_text
from conformance.load.data import digest_of
from conformance.load.digests import basis, rows_digest
from conformance.model import ACCEPT, Exchange, Level, Outcome, Plan, Profile, Requirement, Spec, Text, Verdict
from conformance.plan import case_ids
from conformance.verdict.answered import Answered
from conformance.verdict.traffic import Traffic

__all__ = ["EXIT_CODES", "assemble", "result_of", "verdicts_document", "worst"]

EXIT_CODES: Mapping[str, int] = {"PASSED": 0, "FAILED": 1, "INCONCLUSIVE": 3, "ERROR": 5}
_BY_WEIGHT = (
    Outcome.ERROR,
    Outcome.FAIL,
    Outcome.INCONCLUSIVE,
    Outcome.NOT_TESTED,
    Outcome.PASS,
    Outcome.NOT_APPLICABLE,
)
_CURLS_OWN = frozenset({"user-agent", "accept-encoding", "host", "content-length", "connection"})  # headers that curl sets itself
_SHELL = re.compile(r"[^A-Z0-9_]")  # what the name of a variable has none of
_MOST_BODY = 4000  # characters of a body that the report shows; the evidence holds the whole


@dataclass(frozen=True)
class Attempts:
    """What was asked more than once because the run was interrupted: how often it was, and the ends of such cases before their last."""

    resumed: int = 0
    earlier: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def document(self) -> dict[str, Any]:
        """The same as a report shows it."""
        cases = [{"case": name, "ended": list(ends)} for name, ends in sorted(self.earlier.items())]
        return {"resumed": self.resumed, "repeated": sum(map(len, self.earlier.values())), "cases": cases}


@dataclass(frozen=True)
class Run:
    """What a report speaks of beside its verdicts."""

    plan: Plan
    spec: Spec
    profile: Profile
    header: Header
    footer: Footer
    attempts: Attempts = Attempts()
    again: Mapping[str, int] = field(default_factory=dict)  # by status, how many answers were asked again
    traffic: Traffic = field(default_factory=Traffic)
    answered: Answered | None = None  # of a run that answers a challenge


def worst(outcomes: Iterable[Outcome]) -> Outcome:
    """The outcome that decides among several: an error before a fail before an open question before a pass."""
    found = set(outcomes)
    return next((one for one in _BY_WEIGHT if one in found), Outcome.NOT_APPLICABLE)


def _verdict(verdict: Verdict, check: str) -> dict[str, Any]:
    """One verdict as JSON, texts included, so that it reads without the suite."""
    messages = checks.check(check).messages if verdict.findings else {}
    document: dict[str, Any] = {
        "case": verdict.case,
        "requirement": verdict.requirement,
        "operation": verdict.operation,
        "outcome": str(verdict.outcome),
        "witnesses": verdict.witnesses,
        "findings": [
            {
                "message": finding.message,
                "expected": finding.expected,
                "actual": finding.actual,
                "at": finding.at,
                "exchanges": list(finding.exchanges),
                "references": list(finding.references),
                "count": finding.count,
                "text": finding_text(messages, finding),
            }
            for finding in verdict.findings
        ],
    }
    document |= _exercised(verdict, checks.check(check).messages if check else {})
    if verdict.reason is not None:
        document["reason"] = {"key": verdict.reason.key, **reason_text(verdict.reason)}
    return document


def _exercised(verdict: Verdict, messages: Mapping[str, Text]) -> dict[str, Any]:
    """What a verdict's witnesses show, and, where there is such, what was not exercised, with what would make it so."""
    seen = [{"aspect": one.aspect, "witnesses": one.witnesses} for one in verdict.exercised if one.witnesses]
    open_ones = []
    for one in verdict.exercised:
        if one.reason is not None:
            told = messages.get("unexercised") if one.reason.key == "unexercised" else None
            texts = {language: told[language].format(aspect=one.aspect) for language in told} if told else reason_text(one.reason)
            open_ones.append({"aspect": one.aspect, "key": one.reason.key, **texts})
    return {"exercised": seen, **({"unexercised": open_ones} if open_ones else {})}


def verdicts_document(plan: Plan, verdicts: Sequence[Verdict]) -> list[dict[str, Any]]:
    """All verdicts as JSON, in the plan's order: what `yance judge` reproduces byte for byte."""
    named = {case.id: case.check for case in plan.cases}
    return [_verdict(verdict, named[verdict.case]) for verdict in verdicts]


def assemble(run: Run, verdicts: Sequence[Verdict], exchanges: Iterable[Exchange]) -> dict[str, Any]:
    """The report. `exchanges` is read once; those that findings name are shown in it."""
    judged = verdicts_document(run.plan, verdicts)
    _time(judged, run.traffic.times)
    rows = [_requirement(row, [v for v in judged if v["requirement"] == row.id]) for row in _planned(run)]
    whole = case_ids(run.spec, run.profile) <= {case.id for case in run.plan.cases}
    whole = whole and run.plan.effort.reaches(run.profile.effort)
    complete = whole and all(v.reason is None or v.reason.key not in ("not-run", "budget", "interrupted") for v in verdicts)
    answered = run.answered
    result = result_of(rows, complete=complete, alike=answered is None or answered.sample.outcome is not Outcome.FAIL)
    named = {number for v in judged for finding in v["findings"] for number in finding["exchanges"][:6]}
    named |= {number for one in (answered.sample.findings if answered else ()) for number in one.exchanges}
    displayed, keys = _shown(exchanges, named, judged)
    rows_of, build = rows_digest(run.spec), run.header.build
    reached = next((case.inputs.receiver for case in run.plan.cases if case.inputs.receiver), "")
    report = {
        "report": 1,
        "runId": f"run-{run.footer.root[:16]}",
        "purpose": run.header.claim.purpose,
        "suite": {"name": run.header.suite, "version": run.header.suite_version, **({"artifactDigest": build} if build else {})},
        "target": {
            "baseUrl": run.header.base_url,
            "solutionId": run.header.claim.solution_id,
            "solutionVersion": run.header.claim.solution_version,
            "vendor": run.header.claim.vendor,
            "tlsSpkiSha256": keys,
            **({"receiver": reached} if reached else {}),
            **(answered.in_target if answered else {}),
            **({"settings": {"file": written.file, "lines": dict(written.lines)}} if (written := run.header.written) else {}),
        },
        "specification": {
            "domain": run.spec.domain,
            "version": run.spec.version,
            "digest": run.spec.digest,
            "rowsDigest": rows_of,
        },
        "profile": {
            "id": run.profile.id,
            "version": run.profile.version,
            "digest": run.profile.digest,
            "title": dict(run.profile.title),
        },
        "plan": {
            "digest": run.plan.digest,
            "seed": run.plan.seed,
            "effort": str(run.plan.effort),
            "seedDrawn": run.header.seed_drawn,
            "cases": len(run.plan.cases),
            "generator": run.plan.generator,  # not in the digest, so it is vouched for here
            **(answered.in_plan if answered else {}),
        },
        "basis": {"digest": basis(run.spec.digest, rows_of, run.profile.digest, build)},
        "startedOn": _moment(run.header.started_at),
        "finishedOn": _moment(run.footer.finished_at),
        "complete": complete,
        "conformant": result == "PASSED",
        "result": result,
        "counts": _counts(v["outcome"] for v in judged),
        "mandatory": _counts(row["outcome"] for row in rows if row["level"] == Level.MUST and row["tested"]),
        "untested": [row["id"] for row in rows if not row["tested"]],
        "warnings": [row["id"] for row in rows if row["level"] == Level.SHOULD and row["outcome"] == Outcome.FAIL],
        "waivers": [],
        "classes": _classes(run, rows),
        "requirements": rows,
        "evidence": {
            "entries": run.footer.entries,
            "exchanges": run.footer.exchanges,
            "digest": run.footer.digest,
            "rfc6962Root": run.footer.root,
            "redaction": {"policyDigest": run.footer.policy_digest, "replacements": run.footer.replacements},
            "askedAgain": dict(sorted(run.again.items())),
            "attempts": run.attempts.document(),
        },
        "traffic": run.traffic.document({row.id: row.conformance_class for row in run.spec.requirements}),
        **({"challenge": answered.document} if answered else {}),
        "verdicts": judged,
        "exchanges": displayed,
    }
    report["digest"] = digest_of(report)
    return report


def _time(judged: list[dict[str, Any]], times: Mapping[str, tuple[int, int]]) -> None:
    """Say of each case that sent something when it did, and how long that took."""
    for verdict in judged:
        if verdict["case"] in times:
            began, ended = times[verdict["case"]]
            verdict["startedAt"], verdict["took"] = began, max(0, ended - began)


def _planned(run: Run) -> list[Requirement]:
    planned = {case.requirement for case in run.plan.cases}
    return [row for row in run.spec.requirements if row.id in planned]


def _requirement(row: Requirement, cases: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        **row.stated(),
        "check": row.binding.check if row.binding else "",
        "tested": row.binding is not None,
        "where": row.where,
        "outcome": str(worst(Outcome(case["outcome"]) for case in cases)),
        "witnesses": sum(case["witnesses"] for case in cases),
        "cases": [case["case"] for case in cases],
    }


def result_of(rows: Sequence[Mapping[str, Any]], *, complete: bool, part: bool = False, alike: bool = True) -> str:
    """PASSED, FAILED, INCONCLUSIVE or ERROR, from the outcomes of the applicable MUST rows; in a `part` that has none passed, a row of
    another level that was will do. Who does not answer everybody `alike` has failed.
    """
    outcomes = {row["outcome"] for row in rows if row["level"] == Level.MUST and row["tested"]}
    passed = {row["outcome"] for row in rows if row["tested"]} if part else outcomes
    if any(row["outcome"] == Outcome.ERROR for row in rows):
        return "ERROR"
    if Outcome.FAIL in outcomes or not alike:
        return "FAILED"
    if not complete or outcomes - {Outcome.PASS, Outcome.NOT_APPLICABLE} or Outcome.PASS not in passed:
        return "INCONCLUSIVE"
    return "PASSED"


def _counts(outcomes: Iterable[str]) -> dict[str, int]:
    found = Counter(map(str, outcomes))
    return {str(outcome): found.get(outcome, 0) for outcome in Outcome}


def _classes(run: Run, rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    found = []
    for name in run.profile.classes:
        own = [row for row in rows if row["class"] == name]
        if own:
            outcome = str(worst(Outcome(row["outcome"]) for row in own if row["tested"]))
            found.append(
                {
                    "id": name,
                    "title": dict(run.spec.classes[name]),
                    "outcome": outcome,
                    "counts": _counts(r["outcome"] for r in own),
                }
            )
    return found


def _moment(milliseconds: int) -> str:
    return datetime.fromtimestamp(milliseconds / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _shown(exchanges: Iterable[Exchange], wanted: set[int], judged: list[dict[str, Any]]) -> tuple[dict[str, Any], list[str]]:
    """The exchanges that findings name and the smallest shrunk input of each failing case, cut to a readable size; and the
    TLS keys that the target showed.
    """
    found: dict[str, Any] = {}
    shrunk: dict[str, tuple[int, int]] = {}
    keys: set[str] = set()
    for exchange in exchanges:
        if key := exchange.attributes.get("tlsKey"):
            keys.add(str(key))
        if exchange.number in wanted:
            found[str(exchange.number)] = shown(exchange)
        if exchange.case.startswith("shrink/") and exchange.step == "smaller":
            size = len(exchange.request.target) + len(exchange.request.body or b"")
            case = exchange.case.removeprefix("shrink/")
            if case not in shrunk or size <= shrunk[case][0]:
                shrunk[case] = (size, exchange.number)
                found[str(exchange.number)] = shown(exchange)
    for verdict in judged:
        if verdict["case"] in shrunk and verdict["findings"]:
            verdict["shrunk"] = shrunk[verdict["case"]][1]
    return found, sorted(keys)


def shown(exchange: Exchange) -> dict[str, Any]:
    """An exchange as a report shows it."""
    response = exchange.response
    return {
        "number": exchange.number,
        "case": exchange.case,
        "step": exchange.step,
        "actor": exchange.request.actor,
        "method": exchange.request.method,
        "url": exchange.url,
        "requestHeaders": [list(pair) for pair in (*exchange.request.headers, *_presented(exchange))],
        "requestBody": _text(exchange.request.body),
        "status": exchange.status,
        "failure": exchange.failure,
        "responseHeaders": [list(pair) for pair in response.headers] if response else [],
        "responseBody": _text(response.body) if response else "",
        "sentAt": exchange.sent_at,
        "elapsed": exchange.elapsed,
        "curl": curl(exchange),
    }


def _text(body: bytes | None) -> str:
    text = (body or b"").decode("utf-8", "replace")
    return text if len(text) <= _MOST_BODY else text[:_MOST_BODY] + f"… ({len(text)} characters in all)"


def curl(exchange: Exchange) -> str:
    """The curl line that asks the same again. Credentials are named by variable, never written out."""
    request = exchange.request
    proof, query = _proof(exchange)
    if query:
        named = {pair.partition("=")[0] for pair in query.split("&")}  # a link may have brought the key along
        request = replace(request, query=tuple(pair for pair in request.query if quote(pair[0], safe="") not in named))
        query = f'"{"&" if request.query else "?"}{query}"'
    parts = ["curl", "-sS", "-i", "-X", request.method, quoted(exchange.base_url.rstrip("/") + request.target) + query]
    headers = [(name, value) for name, value in request.headers if name.lower() not in _CURLS_OWN]
    if not request.header("accept"):
        headers.append(("Accept", ACCEPT))
    for name, value in headers:
        parts += ["-H", quoted(f"{name}: {value}" if value else f"{name};")]
    if request.body is not None and not request.header("content-type"):
        parts += ["-H", "'Content-Type:'"]
    parts += proof
    if exchange.header("content-encoding"):
        parts.append("--compressed")
    if request.body is not None:
        parts += ["--data-raw", quoted(request.body.decode("utf-8", "replace"))]
    return " ".join(parts)


def _credentials(exchange: Exchange) -> Iterator[tuple[str, str, str]]:
    """What the request's actor was known by: the kind of each credential, its name on the wire, and the variable that stands for it."""
    actor = exchange.request.actor
    if not actor or exchange.request.header("authorization"):
        return
    said = exchange.attributes.get("credential", "")
    ways = [str(one) for one in said] if isinstance(said, list | tuple) else [str(said)]
    keys = sum(" " in way for way in ways)
    for kind, _, name in (way.partition(" ") for way in ways):
        word = {"": "TOKEN", "bearer": "TOKEN", "basic": "USER"}.get(kind, "KEY")
        several = f"_{name.upper()}" if word == "KEY" and keys > 1 else ""
        yield kind, name, f"YANCE_{word}_{_SHELL.sub('_', actor.upper() + several)}"


def _presented(exchange: Exchange) -> Iterator[tuple[str, str]]:
    """The headers that carried the credentials of the request's actor, a variable in the place of each secret."""
    for kind, name, variable in _credentials(exchange):
        if kind == "cookie":
            yield "Cookie", f"{name}=${variable}"
        elif kind == "header":
            yield name, f"${variable}"
        elif kind != "query":
            yield "Authorization", f"{'Basic' if kind == 'basic' else 'Bearer'} ${variable}"


def _proof(exchange: Exchange) -> tuple[list[str], str]:
    """The options of curl, and the end of the query, that stand for the credentials of the request's actor."""
    options: list[str] = []
    queries = []
    for kind, name, variable in _credentials(exchange):
        if kind == "query":
            queries.append(f"{quote(name, safe='')}=${variable}")
        elif kind == "basic":
            options += ["-u", f'"${variable}"']
        elif kind == "cookie":
            options += ["-b", f'{quoted(f"{name}=")}"${variable}"']
        else:
            options += [
                "-H",
                f'{quoted(f"{name}: ")}"${variable}"' if kind == "header" else f'"Authorization: Bearer ${variable}"',
            ]
    return options, "&".join(queries)


def quoted(text: str) -> str:
    """A text as one word of a POSIX shell."""
    return "'" + text.replace("'", "'\\''") + "'"
