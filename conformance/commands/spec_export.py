"""`yance spec export`: the requirements of a spec for other tools."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime
from pathlib import Path

import click

from conformance.commands.front import common, front_of
from conformance.commands.placing import cell, written
from conformance.commands.spec_coverage import profiles_of
from conformance.committee.exporting import FIELDS, reqif, rows
from conformance.load import load_spec
from conformance.load.catalogue import say

__all__ = ["COMMANDS"]


@click.command(name="export")
@click.argument("name", metavar="DOMAIN@VERSION", help="A domain of the data; without a version its latest.")
@click.option(
    "--format", "wanted", type=click.Choice(["csv", "reqif"]), default="csv", show_default=True, help="How it is written."
)
@click.option("--out", "path", type=click.Path(path_type=Path), required=True, help="The file to write.")
@common
def exported(name: str, wanted: str, path: Path, lang: str | None, as_json: bool, data: tuple[Path, ...]) -> int:
    """Write the requirements of a spec for other tools: a table (CSV), or ReqIF 1.2. Each has a URI, and so has its test.

    Example: yance spec export transport@1.0.0 --format reqif --out transport.reqif
    """
    front = front_of(lang, as_json, data)
    domain, _, version = name.partition("@")
    spec = load_spec(front.folders, domain, version or None)
    profiles = profiles_of(front.folders, spec)
    if wanted == "csv":
        text = io.StringIO()
        table = csv.writer(text)
        table.writerow(FIELDS)
        table.writerows([cell(row[field]) for field in FIELDS] for row in rows(spec, profiles))
        written(path, text.getvalue())
    else:
        title = say("spec.show.title", front.language, title=spec.document["info"]["title"], version=spec.version)
        written(path, reqif(spec, profiles, datetime.now(UTC), title).decode())
    front.line(str(path))
    front.result({"written": str(path), "requirements": len(spec.requirements)})
    return 0


COMMANDS = (exported,)
