"""`yance explain`: what a requirement demands, where it comes from, and how to mend a failure."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

from conformance import checks
from conformance.commands.front import Front, common, front_of
from conformance.commands.helping import laid_out
from conformance.errors import UsageError, nearest
from conformance.load import domain_names, load_spec
from conformance.load.catalogue import source_text
from conformance.model import Requirement

__all__ = ["COMMANDS"]

_ROOM = 100  # cells of a line of Chinese


@click.command()
@click.argument("identifier", help="The id of a requirement, such as COM-PAGE-01.")
@click.option("--domain", help="Look only in this domain.")
@common
def explain(identifier: str, domain: str | None, lang: str | None, as_json: bool, data: tuple[Path, ...]) -> int:
    """Say what a requirement demands, where it comes from, how it is tested and how to mend a failure.

    Example: yance explain COM-PAGE-01 --lang zh-Hant
    """
    front = front_of(lang, as_json, data)
    known: list[str] = []
    for name in [domain] if domain else domain_names(front.folders):
        spec = load_spec(front.folders, name)
        known += [row.id for row in spec.requirements]
        row = spec.requirement(identifier)
        if row is not None:
            _explain(front, row, f"{spec.domain} {spec.version}")
            return 0
    raise UsageError(f"there is no requirement {identifier!r}{nearest(identifier, known)}")


def _explain(front: Front, row: Requirement, spec: str) -> None:
    front.line(f"{row.id}  {row.level}  ({spec}, {row.conformance_class}, {row.where})")
    front.line(f"  {front.text(row.text)}")
    front.say("explain.source", source=source_text(row.source, front.language))
    document = {
        "id": row.id,
        "level": row.level,
        "class": row.conformance_class,
        "oracle": row.oracle,
        "text": dict(row.text),
        "source": row.source,
        "remedy": dict(row.remedy),
        "where": row.where,
    }
    if row.binding is None:
        front.say("explain.untested", why=front.text(row.untested or {"en": "", "zh-Hant": ""}))
        front.result({**document, "untested": dict(row.untested or {})})
        return
    check = checks.check(row.binding.check)
    front.say("explain.mend", remedy=front.text(row.remedy))
    front.say("explain.check", check=check.name, operations=", ".join(row.binding.operations), least=row.evidence_min)
    for line in check.doc.strip().splitlines() if front.language == "en" or not check.about else _chinese(check.about):
        front.line(f"    {line}".rstrip())
    front.result(
        {
            **document,
            "check": check.name,
            "with": dict(row.binding.arguments),
            "operations": list(row.binding.operations),
            "doc": check.doc,
            "about": check.about,
        }
    )


def _chinese(about: str) -> Iterator[str]:
    """The paragraphs of a text, each in lines that a terminal takes; what is indented is a table and stays."""
    for nth, paragraph in enumerate(about.strip().splitlines()):
        if nth and not paragraph.startswith(" "):
            yield ""
        yield from [paragraph] if paragraph.startswith(" ") else laid_out(paragraph, _ROOM)


COMMANDS = (explain,)
