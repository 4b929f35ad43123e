"""`yance spec coverage`, `yance spec show`: what of a spec is tested and by what; the spec and its requirements as one printable document."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime
from pathlib import Path

import click

from conformance import formats
from conformance.commands.between import is_of_journeys, joint_coverage, journeys_named
from conformance.commands.front import Front, common, front_of, out
from conformance.commands.placing import cell, written
from conformance.committee.coverage import FIELDS, Coverage, coverage
from conformance.load import Folders, load_profile, load_spec, profile_names
from conformance.load.catalogue import say
from conformance.load.profiles import written_for
from conformance.model import Profile, Spec

__all__ = ["COMMANDS", "profiles_of"]


@click.command(name="coverage")
@click.argument("name", metavar="DOMAIN@VERSION", help="A domain of the data; without a version its latest.")
@click.option(
    "--format", "wanted", type=click.Choice(["text", "csv", "html"]), default="text", show_default=True, help="How it is written."
)
@click.option("--out", "path", type=click.Path(path_type=Path), help="Write it to this file.")
@common
def traced(name: str, wanted: str, path: Path | None, lang: str | None, as_json: bool, data: tuple[Path, ...]) -> int:
    """Trace each clause to its requirements, checks, seeded faults, operations and profiles. Exit 1 when a gap has no explanation.
    Of `journeys`, which have no clauses and no profiles, their workflows and the journeys stand in those places.

    Example: yance spec coverage transport --format csv --out coverage.csv
    """
    front = front_of(lang, as_json, data)
    found = _traced(front, name)
    front.result(found.as_json())
    summary = _summary(found, front.language)
    if wanted == "csv":
        _give(front, _table(found), path)
    elif wanted == "html":
        title = say("spec.coverage.title", front.language, spec=found.spec)
        _give(front, formats.page("spec-coverage.html.j2", front.language, title, found=found, summary=summary).decode(), path)
    else:
        for gap in found.gaps:
            said = say(f"spec.gap.{gap.kind}", front.language, subject=found.named(gap.subject, front.language))
            why = say("spec.gap.unexplained", front.language) if gap.why is None else front.text(gap.why)
            front.say("spec.coverage.gap", said=said, why=why)
        front.line(summary)
    return 1 if found.unexplained else 0


@click.command()
@click.argument("name", metavar="DOMAIN@VERSION", help="A domain of the data; without a version its latest.")
@click.option(
    "--format", "wanted", type=click.Choice(["html", "pdf"]), default="html", show_default=True, help="How it is written."
)
@click.option("--out", "path", type=click.Path(path_type=Path), required=True, help="The file to write.")
@common
def show(name: str, wanted: str, path: Path, lang: str | None, as_json: bool, data: tuple[Path, ...]) -> int:
    """Write a spec with its requirements as one document, to be read or printed: clauses, operations, requirements by class.

    PDF needs the extra: pip install 'yance[pdf]'

    Example: yance spec show transport@1.0.0 --lang zh-Hant --out transport.html
    """
    front = front_of(lang, as_json, data)
    spec = _spec(front, name)
    rows = {kind: [row for row in spec.requirements if row.conformance_class == kind] for kind in spec.classes}
    info = spec.document["info"]
    named = info.get("x-title-zh-Hant", info["title"]) if front.language == "zh-Hant" else info["title"]
    title = say("spec.show.title", front.language, title=named, version=spec.version)
    page = formats.page("spec-show.html.j2", front.language, title, spec=spec, rows=rows, read=formats.reading(spec))
    written(path, formats.printed(page, front.language, datetime.now(UTC)) if wanted == "pdf" else page)
    front.line(str(path))
    front.result({"written": str(path)})
    return 0


def _traced(front: Front, name: str) -> Coverage:
    if is_of_journeys(name):
        return joint_coverage(journeys_named(front.folders, name))
    spec = _spec(front, name)
    return coverage(spec, profiles_of(front.folders, spec))


def _spec(front: Front, name: str) -> Spec:
    domain, _, version = name.partition("@")
    return load_spec(front.folders, domain, version or None)


def profiles_of(folders: Folders, spec: Spec) -> list[Profile]:
    """The profiles of a spec's version."""
    names = profile_names(folders, spec.domain, spec.version)
    found = (load_profile(folders, spec.domain, name, written_for(folders, spec.domain, spec.version))[0] for name in names)
    return [one for one in found if one.spec_version == spec.version]


def _give(front: Front, text: str, path: Path | None) -> None:
    if path is not None:
        written(path, text)
        front.line(str(path))
    elif not front.as_json:
        out(text.rstrip())


def _table(found: Coverage) -> str:
    """The matrix as CSV (RFC 4180), one requirement to a line; several of a kind are parted by blanks."""
    text = io.StringIO()
    rows = csv.writer(text)
    rows.writerow(FIELDS)
    for row in found.rows:
        told = row.as_json()
        told["clauses"] = "; ".join(told["clauses"])
        told["untested"] = told["untested"].get("en", "")
        rows.writerow(cell(" ".join(told[name]) if isinstance(told[name], list) else told[name]) for name in FIELDS)
    return text.getvalue()


def _summary(found: Coverage, language: str) -> str:
    tested = [traced.row.binding for traced in found.rows if traced.row.binding is not None]
    return say(
        "spec.coverage.summary",
        language,
        requirements=len(found.rows),
        tested=len(tested),
        checks=len({one.check for one in tested}),
        operations=len({name for one in tested for name in one.operations}),
        faults=len({name for traced in found.rows for name in traced.faults}),
        variants=len(found.variants),
        gaps=len(found.gaps),
        unexplained=len(found.unexplained),
    )


COMMANDS = (traced, show)
