"""What a file of requirements takes over from those that it includes, and they from others: rows, set-up recipes, definitions, a dialect.

    include:
      - from: transport/1.0.0          every row of the version before, and what that one includes itself
        except: {TRN-012: why}         but these
        rows: {COM-VER-02: {…}}        and these bound otherwise; text, level and source of a row stay

A version is written as what it adds to the one before, and read as if everything stood in it. Where each value was written is kept.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from conformance.errors import nearest
from conformance.load.data import Folders
from conformance.load.documents import Document, check, read_document
from conformance.load.shared import with_shared
from conformance.text import pointer

__all__ = ["filled", "included", "inheriting", "merged_row"]

_INHERITED = ("setup", "dialect")  # members of which a file may write what is its own, and has the rest from what it includes


def filled(folders: Folders, rows: Document, others: Sequence[Document] = (), *, offers: bool = False) -> Document:
    """The file with its references replaced. What they put in place has to fit the file's schema as if it were written there."""
    found = with_shared(rows, others, offers=offers)
    if found.origins:
        check(found, folders.schema("requirements"))
    return found


def included(folders: Folders, rows: Document, above: tuple[str, ...] = ()) -> Iterator[tuple[Document, str]]:
    """Each included file, whole with what it includes itself, and the pointer of the entry that includes it. Raises DataError for one that
    is not there, that includes itself, or of which a row is named that it does not have.
    """
    for index, entry in enumerate(rows.content.get("include", ())):
        name, at = entry["from"], f"/include/{index}"
        path = folders.find("specs", *name.split("/"), "requirements.yaml")
        if path is None:
            raise rows.wrong(f"{at}/from", f"there are no requirements {name!r}")
        if name in above:
            raise rows.wrong(f"{at}/from", f"requirements include each other in a loop: {' → '.join([*above, name])}")
        file = read_document(path)
        check(file, folders.schema("requirements"))
        if "include" in file.content:
            file = _whole(folders, file, (*above, name))
        known = [row["id"] for row in file.content["requirements"]]
        for member in ("except", "rows"):
            for one in entry.get(member, {}):
                if one not in known:
                    raise rows.wrong(
                        f"{at}/{member}" + pointer.join(one), f"{name} has no requirement {one!r}{nearest(one, known)}"
                    )
        yield filled(folders, file, offers=True), at


def merged_row(row: Mapping[str, Any], changed: Mapping[str, Any]) -> dict[str, Any]:
    """A row as the including file binds it: it is either tested or not, whatever it was."""
    merged = {**row, **changed}
    for member, other in (("untested", "check"), ("check", "untested")):
        if member in changed:
            merged.pop(other, None)
    return merged


def inheriting(rows: Document, files: Sequence[Document]) -> Document:
    """The file with the set-up recipes and the dialect of those that it includes, where it has none of that name itself."""
    content, origins = dict(rows.content), dict(rows.origins)
    for member in _INHERITED:
        for file in files:
            for name, value in file.content.get(member, {}).items():
                if name not in content.get(member, {}):
                    content[member] = {**content.get(member, {}), name: value}
                    origins[pointer.join(member, name)] = (file, pointer.join(member, name))
    return replace(rows, content=content, origins=origins)


def _whole(folders: Folders, file: Document, above: tuple[str, ...]) -> Document:
    """A file with all that it includes, as one that includes nothing."""
    others = list(included(folders, file, above))
    files = [one for one, _ in others]
    own = inheriting(filled(folders, file, files, offers=True), files)
    rows: list[dict[str, Any]] = []
    origins: dict[str, tuple[Document, str]] = {
        pointer.join(member): (own, pointer.join(member)) for member in own.content if member not in ("classes", "$defs")
    }
    for one, at in [*others, (own, "")]:
        entry: Mapping[str, Any] = pointer.first(own.content, at) if at else {}
        for index, row in enumerate(one.content["requirements"]):
            if row["id"] in entry.get("except", {}):
                continue
            here, changed = f"/requirements/{len(rows)}", entry.get("rows", {}).get(row["id"], {})
            origins[here] = (one, f"/requirements/{index}")
            origins |= {f"{here}/{name}": (own, at + pointer.join("rows", row["id"], name)) for name in changed}
            rows.append(merged_row(row, changed))
    content: dict[str, Any] = {name: value for name, value in own.content.items() if name != "include"} | {"requirements": rows}
    for member in ("classes", "$defs"):
        content[member] = {}
        for one in [*files, own]:
            for name, value in one.content.get(member, {}).items():
                content[member][name] = value
                origins[pointer.join(member, name)] = (one, pointer.join(member, name))
    return Document(content, own.file, {}, origins)
