"""`yance report`: the report of a run, in the formats that others read; as a page, also beside an earlier run; with what an office waives."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from conformance import formats
from conformance.commands.front import Front, common, front_of
from conformance.commands.keys import trust_of
from conformance.errors import UsageError, VerificationError, YanceError
from conformance.formats import html, plain_json, waiver_line
from conformance.interface import schema
from conformance.load import load_spec
from conformance.load.data import digest_of
from conformance.load.digests import rows_digest
from conformance.model import Spec
from conformance.run.finished import exchanges
from conformance.vendor.compare import compared
from conformance.verdict.folder import RunFolder

__all__ = ["COMMANDS"]


@click.command()
@click.argument("run", type=click.Path(path_type=Path), help="The folder of a run.")
@click.option(
    "--format",
    "wanted",
    default="html",
    show_default=True,
    help="One or more of them, separated by commas; pdf needs the extra pdf.",
)
@click.option(
    "--compare", "earlier", type=click.Path(path_type=Path), help="An earlier run: compared.html says what changed since."
)
@click.option("--waiver", "waivers", multiple=True, type=click.Path(path_type=Path), help="A signed waiver (repeatable).")
@click.option("--trust", envvar="YANCE_TRUST", type=click.Path(path_type=Path), help="The trust document (YANCE_TRUST).")
@click.option(
    "--out", type=click.Path(path_type=Path), help="A folder for the files (default: the run folder; with waivers RUN-waived)."
)
@common
def report(
    run: Path,
    wanted: str,
    earlier: Path | None,
    waivers: tuple[Path, ...],
    trust: Path | None,
    out: Path | None,
    lang: str | None,
    as_json: bool,
    data: tuple[Path, ...],
) -> int:
    """Render the report of a run folder.

    Example: yance report runs/demo --format html,junit
    """
    front = front_of(lang, as_json, data)
    folder = RunFolder(run)
    document = _report(front, folder)
    names = list(dict.fromkeys(map(str.strip, wanted.split(","))))
    if waivers:
        out = _apart(run, out, names)
        document = _waived(front, document, waivers, trust)
    spec = _spec(front, document) if html.NAME in names else None
    if earlier is not None and html.NAME not in names:
        raise UsageError(f"--compare is for the page; ask for it: --format {','.join([html.NAME, *names])}")
    contents = {
        formats.file_name(name): formats.render(name, document, front.language, spec, lambda: exchanges(folder))
        for name in names
        if name != formats.PDF
    }
    if formats.PDF in names:
        contents["report.pdf"] = formats.paper(document, front.language)
    if earlier is not None:
        comparison = _comparison(_report(front, RunFolder(earlier)), document)
        contents[html.COMPARED] = html.render(document, front.language, spec, comparison)
    target = RunFolder(out or run)
    target.create(again=True)
    with target.held():
        written = [str(target.write(name, content)) for name, content in contents.items()]
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


def _apart(run: Path, out: Path | None, names: Sequence[str]) -> Path:
    """Where renderings with waivers go. Raises UsageError for the run folder, whose files are held against report.json, and for that itself."""
    if plain_json.NAME in names:
        raise UsageError(f"{plain_json.NAME} is the report itself, which no waiver changes; leave it out, or --waiver")
    if out is not None and out.resolve() == run.resolve():
        raise UsageError(f"{out} is the run folder, whose renderings say what report.json says; name another folder by --out")
    own = run.absolute()
    return out or (run if run.name == own.name else own).with_name(f"{own.name}-waived")


def _waived(front: Front, document: dict[str, Any], waivers: Sequence[Path], trust: Path | None) -> dict[str, Any]:
    """The report with what a person of the office bears with. Raises VerificationError for a waiver that does not hold for it."""
    from conformance.commands.deciding import signed_file  # noqa: PLC0415 - a report without waivers needs no registry
    from conformance.office.waivers import verify_waiver, with_waivers  # noqa: PLC0415

    believed = trust_of(trust)
    found = with_waivers(document, [verify_waiver(signed_file(path), believed) for path in waivers])
    for one in found["waivers"]:
        front.note("report.waived", requirements=", ".join(one["requirements"]), line=waiver_line(one, front.language))
    return found


def _spec(front: Front, document: dict[str, Any]) -> Spec | None:
    """The spec that a report names, byte for byte; None, and a word about it, where it is not at hand."""
    named = document["specification"]
    try:
        spec = load_spec(front.folders, named["domain"], named["version"])
    except YanceError:
        spec = None
    if spec is not None and (spec.digest, rows_digest(spec)) == (named["digest"], named["rowsDigest"]):
        return spec
    front.note("report.no-spec", domain=named["domain"], version=named["version"])
    return None


def _comparison(earlier: dict[str, Any], document: dict[str, Any]) -> dict[str, Any]:
    """What changed from one report to another, as the page shows it."""
    found = compared(earlier, document)
    version = earlier["target"]["solutionVersion"]
    return {
        "earlier": {"runId": earlier["runId"], "startedOn": earlier["startedOn"], "version": version},
        "results": found.results,
        "differing": found.differing,
        "requirements": [
            {"id": one.id, "before": one.before, "after": one.after, "worse": one.worse} for one in found.requirements
        ],
        "worse": len(found.worse),
        "cases": [one.id for one in found.cases],
        "fresh": found.fresh,
        "gone": found.gone,
        "exchanges": found.exchanges,
        "medians": {one["operation"]: one["median"] for one in earlier["traffic"]["operations"] if "median" in one},
    }


COMMANDS = (report,)
