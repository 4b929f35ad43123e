"""`yance spec diff`: what changed between two versions of an interface, and for whom, proved or shown."""

from __future__ import annotations

from pathlib import Path

import click

from conformance import formats
from conformance.commands.front import Front, common, front_of, out
from conformance.commands.placing import written
from conformance.committee.changelog import advised, groups, headline, judgements, markdown, noted
from conformance.committee.changes import Answer, Difference, worst
from conformance.committee.diff import difference
from conformance.load.catalogue import say
from conformance.load.specs import named_spec

__all__ = ["COMMANDS"]

_FAIL_ON = ("bump", "consumer", "vendor", "nothing")


@click.command()
@click.argument("old", help="The version before: a document, or DOMAIN@VERSION.")
@click.argument("new", help="The version after: a document, or DOMAIN@VERSION.")
@click.option(
    "--format",
    "wanted",
    type=click.Choice(["text", "markdown", "html"]),
    default="text",
    show_default=True,
    help="How it is written.",
)
@click.option("--out", "path", type=click.Path(path_type=Path), help="Write it to this file.")
@click.option(
    "--fail-on", type=click.Choice(_FAIL_ON), default="bump", show_default=True, help="What ends in 1, or in 3 if open."
)
@common
def diff(
    old: str, new: str, wanted: str, path: Path | None, fail_on: str, lang: str | None, as_json: bool, data: tuple[Path, ...]
) -> int:
    """Say what changed from OLD to NEW, each a document's path or DOMAIN@VERSION, and what it is to consumers and certified vendors.

    Compatible is proved; incompatible is shown by a value that both validators admit under one version and refuse under the other. Exit
    0 when the version was raised as the changes ask for, 1 when not, 3 when that rests on what could not be told; with --fail-on
    consumer or vendor, 1 when something is incompatible for them.

    Example: yance spec diff transport@1.0.0 draft/openapi.yaml --format markdown
    """
    front = front_of(lang, as_json, data)
    found = difference(named_spec(front.folders, old), named_spec(front.folders, new))
    front.result(found.as_json())
    text = None
    if wanted == "markdown":
        text = markdown(found, front.language)
    elif wanted == "html":
        text = _page(found, front.language)
    if path is not None:
        written(path, text if text is not None else markdown(found, front.language))
        front.line(str(path))
    elif text is not None and not as_json:
        out(text)
    else:
        _lines(front, found)
    return _code(found, fail_on)


def _code(found: Difference, fail_on: str) -> int:
    if fail_on in ("consumer", "vendor"):
        answer = worst(found.judgements(fail_on))
        return {Answer.COMPATIBLE: 0, Answer.INCOMPATIBLE: 1, Answer.UNKNOWN: 3}[answer]
    return {"enough": 0, "too-small": 1, "open": 3, "untold": 3}[found.bump["verdict"]] if fail_on == "bump" else 0


def _lines(front: Front, found: Difference) -> None:
    """The changes as lines, the gravest first."""
    for key, changes in groups(found).items():
        if changes:
            front.line()
            front.say(f"spec.diff.{key}")
        for change in changes:
            front.line(f"  {headline(change, front.language)}")
            for line in judgements(change, front.language):
                front.line(f"    {line}")
            for line in noted(change):
                front.line(f"      {line}")
    colon = say("spec.colon", front.language)
    if found.rows:
        front.line()
        front.say("spec.diff.rows")
    for row in found.rows:
        what = f" ({', '.join(row.what)})" if row.what else ""
        front.line(f"  {row.id} {row.level}{colon}{say(f'spec.kind.{row.kind}', front.language)}{what}")
        for line in judgements(row, front.language):
            front.line(f"    {line}")
    if not found.changes and not found.rows:
        front.say("spec.diff.none")
    front.line()
    front.line(_summary(found, front.language))
    front.line(advised(found, front.language))


def _summary(found: Difference, language: str) -> str:
    parties = {party: say(f"spec.answer.{worst(found.judgements(party))}", language) for party in ("consumer", "vendor")}
    return say("spec.diff.summary", language, **parties, count=len(found.changes), rows=len(found.rows))


def _page(found: Difference, language: str) -> str:
    title = say("spec.diff.title", language, old=found.old, new=found.new)
    told = {"groups": groups(found), "summary": _summary(found, language), "advice": advised(found, language)}
    return formats.page("spec-diff.html.j2", language, title, difference=found, **told).decode()


COMMANDS = (diff,)
