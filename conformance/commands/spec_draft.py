"""`yance spec draft`: a data folder to begin with, from any published OpenAPI document."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import click

from conformance.commands.front import Front, common, front_of
from conformance.commands.placing import written
from conformance.committee.drafting import Draft, Named, drafted
from conformance.committee.mending import Mended, mended
from conformance.errors import DataError, UsageError
from conformance.load.data import own_folder
from conformance.load.documents import Document, read_document, read_text
from conformance.load.interfaces import OVERLAY, operations_of, read_interface
from conformance.model import Operation, Spec

__all__ = ["COMMANDS"]

_MOST = 5  # faults that stay and are listed; --json has them all


@click.command()
@click.argument("document", metavar="DOCUMENT", help="A published OpenAPI document.", type=click.Path(path_type=Path))
@click.option("--name", help="What the interface is called in the folder (default: after its title).")
@click.option("--out", "folder", type=click.Path(path_type=Path), help="The data folder to write (default: one of that name).")
@common
def draft(document: Path, name: str | None, folder: Path | None, lang: str | None, as_json: bool, data: tuple[Path, ...]) -> int:
    """Write a data folder to begin with for a published OpenAPI document: rows that it justifies, recipes and places guessed from it,
    everything else as comments with what to fill in. The document stays as it is.

    Example: yance spec draft petstore.yaml --name pets
    """
    front = front_of(lang, as_json, data)
    read = read_interface(document)
    title = str((read.content.get("info") or {}).get("title", ""))
    called = name if name is not None else _slug(title) or "interface"
    if not re.fullmatch(r"[a-z][a-z0-9-]*", called):
        raise UsageError(f"{called!r} cannot name an interface; expected small letters, digits and hyphens, a letter first")
    named = Named(called, _version(read), front.language)
    place = folder or Path(called)
    home = place / "specs" / named.name / named.version
    if home.exists():
        raise UsageError(f"{home} is there already, and what you wrote in it would be lost; choose another folder with --out")
    usable = mended(read)
    made = drafted(_spec(usable, named, document), usable, read_document(own_folder() / "reports" / "draft.yaml").content, named)
    _write(document, read, place, home, made)
    _tell(front, usable, made, named, place)
    return 0


def _slug(title: str) -> str:
    words = re.findall(
        r"[a-z][a-z0-9]*", re.sub(r"\b(?:the|api|rest|openapi|specification|service|v?[0-9.]+)\b", " ", title.lower())
    )
    return "-".join(words[:3])


def _version(document: Document) -> str:
    """The version of the document, as three numbers."""
    told = re.match(
        r"v?([0-9]+)(?:\.([0-9]+))?(?:\.([0-9]+))?", str((document.content.get("info") or {}).get("version", "")).strip()
    )
    return ".".join(str(int(part or 0)) for part in told.groups()) if told else "1.0.0"


def _spec(usable: Mended, named: Named, source: Path) -> Spec:
    operations: dict[str, Operation] = {}
    spec = Spec(named.name, named.version, usable.document.content, "", operations, {}, {}, [], {}, str(source))
    operations.update(operations_of(spec, usable.document))
    if len(usable.left_out) == len(operations):
        first, why = next(iter(usable.left_out.items()))
        raise DataError(f"no operation of this document can be tested; the first is {first}, which {why}", file=str(source))
    return spec


def _write(source: Path, read: Document, place: Path, home: Path, made: Draft) -> None:
    """The document as it was published, unless it refers to other files or was annotated already; then as one."""
    alone = read_document(source).content == read.content
    text = read_text(source) if alone else json.dumps(read.content, ensure_ascii=False, indent=2) + "\n"
    written(home / "openapi.yaml", text)
    for name, content in made.files.items():
        written(place / name, content)


def _tell(front: Front, usable: Mended, made: Draft, named: Named, place: Path) -> None:
    for path in (f"specs/{named.name}/{named.version}/openapi.yaml", *made.files):
        front.say("spec.draft.wrote", path=place / path)
    counts = {name: getattr(made, name) for name in ("rows", "open_rows", "listings", "recipes", "open_recipes")}
    front.say("spec.draft.made", **counts)
    if usable.removed:
        front.say("spec.draft.removed", count=len(usable.removed), overlay=OVERLAY)
    for operation, why in usable.left_out.items():
        front.say("spec.draft.left-out", operation=operation, why=why[:200])
    for where, what in usable.stays[:_MOST]:
        front.say("spec.draft.stays", where=where or "/", what=what[:200])
    front.say("spec.draft.next", name=named.name, place=place)
    front.result(_document(usable, made, named, place, counts))


def _document(usable: Mended, made: Draft, named: Named, place: Path, counts: dict[str, int]) -> dict[str, Any]:
    return {
        "interface": named.name,
        "version": named.version,
        "folder": str(place),
        "files": [f"specs/{named.name}/{named.version}/openapi.yaml", *made.files],
        **counts,
        "removed": [{"target": target, "why": why} for target, why in usable.removed],
        "leftOut": dict(usable.left_out),
        "stays": [{"where": where, "said": what} for where, what in usable.stays],
    }


COMMANDS = (draft,)
