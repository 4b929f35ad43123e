"""The standards that interfaces follow: `specs/standards.yaml` of each data folder, those of the user's first.

An interface names them in two ways: a member of a schema by its `x-source-term` (`TDX:StopUID`), a requirement by its `source` (`RFC 9110, ETag`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from conformance.load.catalogue import in_every_language
from conformance.load.data import Folders
from conformance.load.documents import check, read_document

__all__ = ["ORIGINS", "Standard", "load_standards"]

ORIGINS = ("domestic", "international", "own")
_FILE = "standards.yaml"


@dataclass(frozen=True)
class Standard:
    """A standard: whose it is (one of `ORIGINS`), how terms of it begin, and by which passages a source cites it."""

    id: str
    origin: str
    name: Mapping[str, str]
    terms: tuple[str, ...]
    cited: tuple[str, ...]


def load_standards(folders: Folders) -> tuple[Standard, ...]:
    """All that are known. Raises DataError for a file of another form."""
    found: dict[str, Standard] = {}
    for path in (folder / "specs" / _FILE for folder in folders.paths):
        if not path.is_file():
            continue
        document = read_document(path)
        check(document, folders.schema("standards"))
        for one in document.content["standards"]:
            name, terms, cited = in_every_language(one["name"]), tuple(one.get("terms", ())), tuple(one.get("cited", ()))
            found.setdefault(one["id"], Standard(one["id"], one["origin"], name, terms, cited))
    return tuple(found.values())
