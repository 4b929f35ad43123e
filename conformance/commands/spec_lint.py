"""`yance spec lint`: whether a spec is well written, by rules that say what they rest on and how to mend what breaks them."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import click

from conformance import formats
from conformance.commands.between import is_of_journeys, joint_faults, journeys_named
from conformance.commands.front import Front, common, front_of, out
from conformance.commands.placing import written
from conformance.committee.lint import SEVERITIES, Fault, examined, read
from conformance.committee.rules import Rule, rules
from conformance.load import load_spec
from conformance.load.catalogue import say, source_text
from conformance.load.specs import versions

__all__ = ["COMMANDS"]

_MOST = 5  # places of a rule that are listed; --json and SARIF have them all


@click.command()
@click.argument(
    "name", metavar="PATH|DOMAIN@VERSION", required=False, help="What is examined: a document, or a version of the data."
)
@click.option(
    "--format", "wanted", type=click.Choice(["text", "sarif"]), default="text", show_default=True, help="How it is written."
)
@click.option("--out", "path", type=click.Path(path_type=Path), help="Write the SARIF to this file.")
@click.option(
    "--fail-on", type=click.Choice([*SEVERITIES, "nothing"]), default="error", show_default=True, help="What ends in 1."
)
@click.option("--rules", "listed", is_flag=True, help="List the rules, and examine nothing.")
@common
def lint(
    name: str | None,
    wanted: str,
    path: Path | None,
    fail_on: str,
    listed: bool,
    lang: str | None,
    as_json: bool,
    data: tuple[Path, ...],
) -> int:
    """Examine a document and its requirements by every rule. Any OpenAPI document can be examined; the house's style applies to its own.
    Of `journeys` the rows are examined; what is wrong in their documents is refused when they are read.

    Example: yance spec lint transport@1.0.0
    """
    front = front_of(lang, as_json, data)
    if listed:
        _list(front)
        return 0
    if name is None:
        raise click.UsageError("say which document: its path, or DOMAIN@VERSION")
    found = _examined(front, name)
    front.result({"document": name, "faults": [one.as_json() for one in found]})
    if wanted == "sarif":
        text = formats.faults([_told(one) for one in rules()], [one.as_json() for one in found], front.language).decode()
        if path is not None:
            written(path, text)
            front.line(str(path))
        elif not as_json:
            out(text)
    else:
        _lines(front, found)
    grave = SEVERITIES[: SEVERITIES.index(fail_on) + 1] if fail_on in SEVERITIES else ()
    return 1 if any(one.rule.severity in grave for one in found) else 0


def _examined(front: Front, name: str) -> list[Fault]:
    if Path(name).is_file():
        return examined(*read(Path(name)))
    if is_of_journeys(name):
        return joint_faults(journeys_named(front.folders, name))
    domain, _, version = name.partition("@")
    spec = load_spec(front.folders, domain, version or None)
    known = versions(front.folders, domain)
    before = [load_spec(front.folders, domain, one) for one in known[: known.index(spec.version)]]
    source = Path(spec.source)
    earlier = [row for one in before for row in one.requirements]
    return examined(*read(source, spec, earlier), source.parents[3])


def _lines(front: Front, found: list[Fault]) -> None:
    """What was found, by rule."""
    by_rule: dict[str, list[Fault]] = {}
    for one in found:
        by_rule.setdefault(one.rule.id, []).append(one)
    for places in by_rule.values():
        rule = places[0].rule
        front.say("spec.lint.rule", id=rule.id, severity=_word(front, rule.severity), why=front.text(rule.rationale))
        for one in places[:_MOST]:
            front.line(f"    {one.file}:{one.line}: {one.where or '/'}: {front.told(one.said)}")
        if len(places) > _MOST:
            front.line(f"    … (+{len(places) - _MOST})")
        front.say("spec.lint.mend", mend=front.text(rule.mend), source=source_text(rule.source, front.language))
    counts = Counter(one.rule.severity for one in found)
    front.say("spec.lint.summary", rules=len(rules()), **{name: counts[name] for name in SEVERITIES})


def _word(front: Front, severity: str) -> str:
    return say(f"spec.severity.{severity}", front.language)


def _list(front: Front) -> None:
    for one in rules():
        front.say("spec.lint.rule", id=one.id, severity=_word(front, one.severity), why=front.text(one.rationale))
        front.say("spec.lint.mend", mend=front.text(one.mend), source=source_text(one.source, front.language))
    front.result([_told(one) for one in rules()])


def _told(one: Rule) -> dict[str, Any]:
    return {
        "id": one.id,
        "name": one.find.__name__,
        "severity": one.severity,
        "speaksOf": one.speaks_of,
        "rationale": dict(one.rationale),
        "mend": dict(one.mend),
        "source": one.source,
    }


COMMANDS = (lint,)
