"""`yance spec export`: the requirements of a spec for other tools, and its set-up and courses."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime
from pathlib import Path

import click

from conformance.commands.front import common, front_of
from conformance.commands.placing import cell, written
from conformance.commands.spec_coverage import profiles_of
from conformance.committee.arazzo import arazzo, source_name
from conformance.committee.exporting import FIELDS, reqif, rows
from conformance.errors import UsageError
from conformance.load import load_spec
from conformance.load.catalogue import say
from conformance.model import Spec

__all__ = ["COMMANDS"]


@click.command(name="export")
@click.argument("name", metavar="DOMAIN@VERSION", help="A domain of the data; without a version its latest.")
@click.option(
    "--format",
    "wanted",
    type=click.Choice(["csv", "reqif", "arazzo"]),
    default="csv",
    show_default=True,
    help="How it is written.",
)
@click.option("--out", "path", type=click.Path(path_type=Path), required=True, help="The file to write.")
@common
def exported(name: str, wanted: str, path: Path, lang: str | None, as_json: bool, data: tuple[Path, ...]) -> int:
    """Write what a spec demands for other tools: its requirements as a table (CSV) or as ReqIF 1.2, each with a URI and one of its test; or its set-up
    recipes and courses of requests as workflows (Arazzo 1.0), beside the document that `yance spec bundle` writes.

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
    elif wanted == "arazzo":
        made = arazzo(spec, say("spec.arazzo.title", front.language, title=_title(spec, front.language)), front.language)
        if not made["workflows"]:
            raise UsageError(
                f"{spec.domain}@{spec.version} has neither set-up recipes nor courses, so there is no workflow to export"
            )
        written(path, json.dumps(made, ensure_ascii=False, indent=1) + "\n")
        front.say(
            "spec.arazzo.source", count=len(made["workflows"]), name=f"{spec.domain}@{spec.version}", file=source_name(spec)
        )
    else:
        title = say("spec.show.title", front.language, title=spec.document["info"]["title"], version=spec.version)
        written(path, reqif(spec, profiles, datetime.now(UTC), title).decode())
    front.line(str(path))
    front.result({"written": str(path), "requirements": len(spec.requirements)})
    return 0


def _title(spec: Spec, language: str) -> str:
    info = spec.document["info"]
    return str(info.get("x-title-zh-Hant", info["title"]) if language == "zh-Hant" else info["title"])


COMMANDS = (exported,)
