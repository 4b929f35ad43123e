"""What a run came to, in a few lines: what failed, what is open, what was exercised, and where to read on."""

from __future__ import annotations

from collections import Counter
from typing import Any

from conformance import formats
from conformance.commands.front import RESULTS, Front
from conformance.load.catalogue import say
from conformance.model import Level
from conformance.run.conduct import exchanges
from conformance.text.shown import few
from conformance.vendor.baseline import Held
from conformance.verdict.folder import RunFolder

__all__ = ["summary"]

_LACKING = ("unexercised", "unsent")  # what could have been exercised, and was not
_MOST_LEFT = 10  # of these are named; the report has them all


def summary(
    front: Front,
    report: dict[str, Any],
    folder: RunFolder,
    *,
    part: str | None = None,
    asked: int = 0,
    borne: Held | None = None,
    screened: bool = False,
    verbose: bool = False,
) -> None:
    """The result in a few lines: what failed, what is open, and where to read on. `part`: what the `asked` requirements came to, where not
    all were asked for; `screened`: the effort was less than the profile's; `borne`: what a vendor's list bears with. A quiet front has what failed and the result; `verbose` names every requirement.
    """
    front.result(
        {
            "result": report["result"],
            **({"part": part} if part else {}),
            **({"baseline": _borne(borne)} if borne else {}),
            "conformant": report["conformant"],
            "effort": report["plan"]["effort"],
            "counts": report["counts"],
            "mandatory": report["mandatory"],
            "failed": [row["id"] for row in report["requirements"] if row["outcome"] == "fail"],
            "inconclusive": [row["id"] for row in report["requirements"] if row["outcome"] == "inconclusive"],
            "untested": report["untested"],
            "exchanges": report["evidence"]["exchanges"],
            "askedAgain": report["evidence"]["askedAgain"],
            "folder": str(folder.path),
            "digest": report["digest"],
        }
    )
    _requirements(front, report, verbose=verbose)
    counts = ", ".join(f"{_word(front, name)} {count}" for name, count in report["counts"].items() if count)
    result = say(f"part.{part}", front.language) if part else _result(front, report["result"])
    exchanged = report["evidence"]["exchanges"]
    line = say("run.result", front.language, result=result, counts=counts, exchanges=exchanged)
    front.line(line, RESULTS[part or report["result"]])
    if front.quiet:
        return
    _musts(front, report)
    for status, count in report["evidence"]["askedAgain"].items():
        front.say("run.again", count=count, status=status)
    if screened:
        left = sum(one.get("reason", {}).get("key") == "effort" for one in report["verdicts"])
        front.say("run.screening", effort=report["plan"]["effort"], left=left, cases=len(report["verdicts"]))
    if part and asked:
        front.say("run.part", requirements=asked)
    elif not screened and not report["complete"]:
        front.say("run.incomplete")
    if (attempts := report["evidence"]["attempts"])["resumed"]:
        front.say("run.repeated", resumed=attempts["resumed"], repeated=attempts["repeated"])
    _challenged(front, report)
    _exercised(front, report)
    front.say("run.where", html=folder.path / "report.html", json=folder.report_file)
    _astray(front, report, folder)
    if failed := [row["id"] for row in report["requirements"] if row["outcome"] == "fail"]:
        front.say("run.next", requirement=failed[0])


def _challenged(front: Front, report: dict[str, Any]) -> None:
    """What a run that answers a challenge shows beside its verdicts."""
    if "challenge" not in report:
        return
    shown = report["challenge"]
    front.say("challenge.run.canaries", challenge=report["plan"]["challenge"]["id"], **shown["canaries"])
    outcome = _word(front, shown["sample"]["outcome"])
    front.say("challenge.run.sample", outcome=outcome, reads=shown["sample"]["reads"], exchanges=shown["sample"]["exchanges"])
    for one in shown["sample"]["findings"]:
        front.line(f"✗ {front.text(one['text'])}")


def _requirements(front: Front, report: dict[str, Any], *, verbose: bool) -> None:
    """What failed, what was left open unless quiet is wanted, and the rest where all is."""
    for row in report["requirements"]:
        if verbose and row["outcome"] in ("pass", "not_applicable"):
            front.line(f"{'✓' if row['outcome'] == 'pass' else '-'} {row['id']}  {front.text(row['text'])}")
        if row["outcome"] in ("fail", "error"):
            front.line(f"{_mark(row)} {row['id']}  {front.text(row['text'])}")
            _cases(front, report, row)
    if not front.quiet:
        for outcome, mark in (("inconclusive", "?"), ("not_tested", "-")):
            _left_open(front, report, outcome, mark)
        front.line()


def _borne(found: Held) -> dict[str, list[str]]:
    return {
        "listed": [case for case, _ in found.listed],
        "unlisted": [case for case, _ in found.unlisted],
        "stale": [one.name for one in found.stale],
        "expired": [one.name for one in found.expired],
    }


def _exercised(front: Front, report: dict[str, Any]) -> None:
    """What those that passed exercised, and what they did not; or that nothing applied."""
    outcomes = {verdict["outcome"] for verdict in report["verdicts"]}
    if outcomes <= {"not_applicable"}:
        front.say("run.nothing")
        return
    passed = [verdict for verdict in report["verdicts"] if verdict["outcome"] == "pass"]
    seen = {(verdict["case"], one["aspect"]) for verdict in passed for one in verdict["exercised"] if one["aspect"]}
    if seen:
        front.say("run.exercised", aspects=len(seen), passed=len({verdict["requirement"] for verdict in passed}))
    left = [(verdict, one) for verdict in passed for one in verdict.get("unexercised", ()) if one["key"] in _LACKING]
    if left:
        front.say("run.unexercised")
    for verdict, one in left[:_MOST_LEFT]:
        front.line(f"    {verdict['case']}: {one['aspect']}: {front.text(one)}")
    if len(left) > _MOST_LEFT:
        front.say("format.left-out", count=len(left) - _MOST_LEFT)


def _astray(front: Front, report: dict[str, Any], folder: RunFolder) -> None:
    """Ask whether the base URL is right when not one request was answered with success, but perhaps with pages for people."""
    came: Counter[str] = Counter()
    for one in exchanges(folder):
        page = one.response is not None and one.response.media_type == "text/html"
        if one.ok and not page:
            return
        came[f"{one.status or one.failure}{' text/html' if page else ''}"] += 1
    if came:
        front.say("run.astray", url=report["target"]["baseUrl"], came=came.most_common(1)[0][0])


def _cases(front: Front, report: dict[str, Any], row: dict[str, Any]) -> None:
    """What went wrong with a requirement: findings by operation, then each reason once with the operations that share it."""
    reasons: dict[str, list[str]] = {}
    for verdict in report["verdicts"]:
        if verdict["case"] not in row["cases"] or verdict["outcome"] not in ("fail", "error", "inconclusive"):
            continue
        for finding in verdict["findings"][:3]:
            numbers = ", ".join(
                f"#{n} = {name}" for n, name in zip(finding["exchanges"][:4], finding["references"], strict=False)
            )
            times = f" ×{finding['count']}" if finding["count"] > 1 else ""
            front.line(f"    {verdict['operation']}: {front.text(finding['text'])} ({numbers}){times}")
        if "reason" in verdict:
            reasons.setdefault(front.text(verdict["reason"]), []).append(verdict["operation"])
    for reason, operations in reasons.items():
        front.line(f"    {', '.join(operations)}: {reason}")
    if row["outcome"] == "fail" and row["remedy"]:
        front.say("run.mend", remedy=front.text(row["remedy"]))


def _left_open(front: Front, report: dict[str, Any], outcome: str, mark: str) -> None:
    """What was not decided, by its cause: each is said once, with the requirements and cases behind it, the most behind first."""
    found = formats.left_open(report, outcome, front.language)
    for reason, verdicts in found[:_MOST_LEFT]:
        front.line(f"{mark} {reason}")
        names = few(verdict["case"] for verdict in verdicts)
        front.say(
            "run.behind", requirements=len({verdict["requirement"] for verdict in verdicts}), cases=len(verdicts), names=names
        )
    if len(found) > _MOST_LEFT:
        front.say("format.left-out", count=len(found) - _MOST_LEFT)


def _musts(front: Front, report: dict[str, Any]) -> None:
    """How many of the MUSTs that apply were passed, and which have no check."""
    musts = [row for row in report["requirements"] if row["level"] == Level.MUST]
    unchecked = [row["id"] for row in musts if not row["tested"]]
    applying = [row for row in musts if row["tested"] and row["outcome"] != "not_applicable"]
    passed = sum(row["outcome"] == "pass" for row in applying)
    front.say("run.musts", passed=passed, applying=len(applying))
    if unchecked:
        front.say("run.unchecked", count=len(unchecked), names=few(unchecked))


def _mark(row: dict[str, Any]) -> str:
    if row["outcome"] == "fail":
        return "✗" if row["level"] == "MUST" else "!"
    return "E" if row["outcome"] == "error" else "?"


def _word(front: Front, outcome: str) -> str:
    return say(f"outcome.{outcome}", front.language)


def _result(front: Front, result: str) -> str:
    return say(f"result.{result}", front.language)
