"""`yance show`, `yance compare`: what a run recorded, and what changed since another."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from conformance.commands.front import Front, common, front_of
from conformance.errors import UsageError
from conformance.load.catalogue import say
from conformance.model import Exchange, Pairs
from conformance.run.finished import exchanges
from conformance.text.layout import Gap, lines
from conformance.vendor.compare import Change, Comparison, compared
from conformance.verdict.folder import RunFolder
from conformance.verdict.report import curl

__all__ = ["COMMANDS"]

_REFERENCE = re.compile(r"(?P<case>.+)#(?P<index>[0-9]{1,9})")
_NUMBER = re.compile(r"#?(?P<number>[0-9]{1,9})")
_MOST = 12  # changes of a kind that are listed; --json has them all


@click.command()
@click.argument("run", type=click.Path(path_type=Path), help="The folder of a run.")
@click.argument("which", help="The number of an exchange, or CASE#INDEX.")
@click.option("--curl", "as_curl", is_flag=True, help="Only the curl line that asks it again.")
@common
def show(run: Path, which: str, as_curl: bool, lang: str | None, as_json: bool, data: tuple[Path, ...]) -> int:
    """Show one exchange of a run: the request, the answer, what was found in it, and the curl line. WHICH is its number, or case#index.

    Example: yance show runs/today 1927
    """
    front = front_of(lang, as_json, data)
    folder = RunFolder(run)
    one, index = _found(folder, which)
    found = [*_cited(folder, one.number)]
    front.result(_document(one, index, found))
    if as_curl:
        front.line(curl(one))
        return 0
    front.say(
        "show.head", number=one.number, case=one.case, index=index, step=one.request.step or "-", actor=one.request.actor or "-"
    )
    front.line()
    front.line(f"{one.request.method} {one.url}")
    _part(front, one.request.headers, one.request.body)
    front.line()
    if one.response is None:
        front.say("show.unanswered", failure=one.failure or "", detail=one.attributes.get("detail", ""))
    else:
        front.say("show.answer", status=one.status, elapsed=one.elapsed, size=one.response.size)
        marked = [str(finding.get("at", "")) for _, finding in found]
        _part(front, one.response.headers, one.response.body, marked)
    for case, finding in found:
        front.line(f"✗ {case}: {front.text(finding['text'])}")
    front.line()
    front.line(curl(one))
    return 0


@click.command()
@click.argument("before", type=click.Path(path_type=Path), help="The folder of the earlier run.")
@click.argument("after", type=click.Path(path_type=Path), help="The folder of the later run.")
@common
def compare(before: Path, after: Path, lang: str | None, as_json: bool, data: tuple[Path, ...]) -> int:
    """Say what changed from one run to another: verdicts, findings, what was judged by, speed. Exit 1 when something got worse.

    Example: yance compare runs/yesterday runs/today
    """
    front = front_of(lang, as_json, data)
    one, other = RunFolder(before), RunFolder(after)
    found = compared(one.report(), other.report(), exchanges(one), exchanges(other))
    front.result({**asdict(found), "worse": [change.id for change in found.worse]})
    _changes(front, found)
    return 1 if found.worse else 0


# ------------------------------------------------------------------------------------------ one exchange


def _found(folder: RunFolder, which: str) -> tuple[Exchange, int]:
    """The exchange that is meant, and its place in its case. Raises UsageError when there is none."""
    number, reference = _NUMBER.fullmatch(which), _REFERENCE.fullmatch(which)
    if number is None and reference is None:
        raise UsageError(f"{which!r} names no exchange; expected its number (1927), or case#index (COM-PAGE-01/listStops#3)")
    counted: dict[str, int] = {}
    for one in exchanges(folder):
        index = counted[one.case] = counted.get(one.case, 0) + 1
        if number is not None and one.number == int(number["number"]):
            return one, index
        if number is None and reference is not None and (one.case, index) == (reference["case"], int(reference["index"])):
            return one, index
    total = sum(counted.values())
    had = f"; that case has {counted[reference['case']]}" if reference and reference["case"] in counted else ""
    raise UsageError(f"{folder.path} has no exchange {which}; it holds {total}, numbered from 1{had}")


def _cited(folder: RunFolder, number: int) -> Iterator[tuple[str, dict[str, Any]]]:
    """What the report finds in an exchange; nothing where there is no report yet."""
    if folder.report_file.is_file():
        for verdict in folder.report()["verdicts"]:
            yield from ((verdict["case"], one) for one in verdict["findings"] if number in one["exchanges"])


def _part(front: Front, headers: Pairs, body: bytes | None, marked: list[str] | None = None) -> None:
    for name, value in headers:
        front.line(f"{name}: {value}")
    if body:
        front.line()
        for line in lines(body.decode("utf-8", "replace"), marked or ()):
            if isinstance(line, Gap):
                front.say("show.gap", count=line.count)
            else:
                front.line(f"{'▸' if line.marked else ' '} {line.text}")


def _document(one: Exchange, index: int, found: list[tuple[str, dict[str, Any]]]) -> dict[str, Any]:
    answer = one.response
    return {
        "number": one.number,
        "reference": f"{one.case}#{index}",
        "step": one.request.step,
        "actor": one.request.actor,
        "request": {
            "method": one.request.method,
            "url": one.url,
            "headers": [list(pair) for pair in one.request.headers],
            "body": None if one.request.body is None else one.request.body.decode("utf-8", "replace"),
        },
        "response": None
        if answer is None
        else {
            "status": answer.status,
            "headers": [list(pair) for pair in answer.headers],
            "body": answer.body.decode("utf-8", "replace"),
            "truncated": answer.truncated,
        },
        "failure": one.failure,
        "elapsed": one.elapsed,
        "attributes": dict(one.attributes),
        "findings": [{"case": case, **finding} for case, finding in found],
        "curl": curl(one),
    }


# ------------------------------------------------------------------------------------------ two runs


def _changes(front: Front, found: Comparison) -> None:
    for name, (before, after) in found.differing.items():
        front.say("compare.differs", name=name, before=before, after=after)
    for change in found.requirements:
        front.line(f"{_mark(change)} {change.id}: {_word(front, change.before)} → {_word(front, change.after)}")
    for key, findings in (("compare.fresh", found.fresh), ("compare.gone", found.gone)):
        if findings:
            front.say(key, count=len(findings))
        for case, text in findings[:_MOST]:
            front.line(f"    {case}: {front.text(text)}")
        if len(findings) > _MOST:
            front.say("format.left-out", count=len(findings) - _MOST)
    for pace in found.paces[:3]:
        front.say("compare.pace", operation=pace.operation, before=f"{pace.before:g}", after=f"{pace.after:g}")
    before, after = (say(f"result.{name}", front.language) for name in found.results)
    values = {"cases": len(found.cases), "requirements": len(found.requirements), "worse": len(found.worse)}
    front.say("compare.summary", before=before, after=after, asked=found.exchanges[0], then=found.exchanges[1], **values)


def _mark(change: Change) -> str:
    return "✗" if change.worse else "✓" if change.after == "pass" else "~"


def _word(front: Front, outcome: str) -> str:
    return say(f"outcome.{outcome}", front.language) if outcome else "—"


COMMANDS = (show, compare)
