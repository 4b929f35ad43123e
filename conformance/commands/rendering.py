"""`yance report`: the report of a run, in the formats that others read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from conformance import formats
from conformance.commands.front import Front, common, front_of
from conformance.errors import VerificationError
from conformance.interface import schema
from conformance.load.data import digest_of
from conformance.run.finished import exchanges
from conformance.verdict.folder import RunFolder

__all__ = ["COMMANDS"]


@click.command()
@click.argument("run", type=click.Path(path_type=Path))
@click.option("--format", "wanted", default="html", show_default=True, help="One or more of them, separated by commas.")
@click.option("--out", type=click.Path(path_type=Path), help="A folder for the files (default: the run folder).")
@common
def report(run: Path, wanted: str, out: Path | None, lang: str | None, as_json: bool, data: tuple[Path, ...]) -> int:
    """Render the report of a run folder.

    Example: yance report runs/demo --format html,junit
    """
    front = front_of(lang, as_json, data)
    folder = RunFolder(run)
    document = _report(front, folder)
    names = dict.fromkeys(map(str.strip, wanted.split(",")))
    contents = {name: formats.render(name, document, front.language, lambda: exchanges(folder)) for name in names}
    target = RunFolder(out or run)
    target.create(again=True)
    with target.held():
        written = [str(target.write(formats.file_name(name), content)) for name, content in contents.items()]
    for path in written:
        front.line(path)
    front.result({"written": written})
    return 0


def _report(front: Front, folder: RunFolder) -> dict[str, Any]:
    """The report of a folder. Raises VerificationError for one that is none, or not the one that was written."""
    document = folder.report()
    for error in schema.errors(front.folders.schema("report"), document):
        raise VerificationError(f"{folder.report_file}: this is not a report: {error.pointer or '/'}: {error.message[:200]}")
    if document["digest"] != digest_of({name: value for name, value in document.items() if name != "digest"}):
        raise VerificationError(f"{folder.report_file}: the report was changed: its content has another digest than it states")
    return document


COMMANDS = (report,)
