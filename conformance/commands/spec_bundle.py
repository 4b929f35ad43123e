"""`yance spec bundle`: a spec as one self-contained document, in OpenAPI 3.1 or as 3.0.3 that is proved to mean the same."""

from __future__ import annotations

import json
from pathlib import Path

import click

from conformance.commands.front import common, front_of
from conformance.commands.placing import written
from conformance.committee.bundle import rendered, unequal
from conformance.committee.changelog import headline
from conformance.interface.schema import openapi_errors
from conformance.load.specs import named_spec, overlaid_spec

__all__ = ["COMMANDS"]


@click.command()
@click.argument("name", metavar="PATH|DOMAIN@VERSION", help="What is bundled: a document, or a version of the data.")
@click.option(
    "--openapi", "line", type=click.Choice(["3.1", "3.0"]), default="3.1", show_default=True, help="As written, or as 3.0.3."
)
@click.option(
    "--overlay", "overlays", multiple=True, type=click.Path(path_type=Path), help="An OpenAPI Overlay 1.0 to apply (repeatable)."
)
@click.option("--out", "path", type=click.Path(path_type=Path), required=True, help="The JSON file to write.")
@common
def bundle(
    name: str, line: str, overlays: tuple[Path, ...], path: Path, lang: str | None, as_json: bool, data: tuple[Path, ...]
) -> int:
    """Write a spec with all the files that it refers to as one document. A target of an overlay that finds nothing is a mistake, and what the
    overlays make of it has to be valid. As OpenAPI 3.0.3 it is written only if it is valid, and proved to
    admit the same everywhere, both ways; else exit 1.

    Example: yance spec bundle transport@1.0.0 --openapi 3.0 --out transport-3.0.json
    """
    front = front_of(lang, as_json, data)
    spec = named_spec(front.folders, name)
    said: list[str] = []
    if overlays:
        spec = overlaid_spec(front.folders, spec, overlays)
        said = [f"{one.pointer}: {one.message[:200]}" for one in openapi_errors(spec.document)]
    document = dict(spec.document)
    if not said and line == "3.0" and not str(document.get("openapi", "")).startswith("3.0"):
        document = rendered(spec.document)
        said = [f"{one.pointer}: {one.message[:200]}" for one in openapi_errors(document)]
        said += [headline(change, front.language) for change in unequal(spec, document)]
    for one in said:
        front.line(one)
    front.result({"written": None if said else str(path), "unequal": said})
    if said:
        front.say("spec.bundle.unequal", count=len(said))
        return 1
    written(path, json.dumps(document, ensure_ascii=False, indent=2) + "\n")
    front.line(str(path))
    return 0


COMMANDS = (bundle,)
