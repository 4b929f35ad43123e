"""Where the data lies: the suite's own folder (in the package when installed, beside it in a checkout) and the user's."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from conformance.errors import UsageError
from conformance.load.documents import artefact_schema
from conformance.load.kept import own_folder

__all__ = ["Folders", "data_folders", "digest_of", "own_folder"]


@dataclass(frozen=True)
class Folders:
    """The data folders in the order in which they are searched."""

    paths: tuple[Path, ...]

    def find(self, *parts: str) -> Path | None:
        """The first file or folder of this relative name, or None."""
        return next((path for folder in self.paths if (path := folder.joinpath(*parts)).exists()), None)

    def children(self, *parts: str) -> Iterator[Path]:
        """What lies in a folder of this relative name, over all data folders, sorted within each."""
        for folder in self.paths:
            here = folder.joinpath(*parts)
            if here.is_dir():
                yield from sorted(here.iterdir())

    def schema(self, name: str) -> Any:
        """The JSON Schema of one of the suite's own artefacts."""
        return artefact_schema(own_folder() / "reports" / "schemas", name)


def data_folders(extra: Iterable[str | Path] = ()) -> Folders:
    """The user's folders, then the suite's own. Raises UsageError for one that is not a folder of the expected shape."""
    given: Sequence[Path] = [Path(path) for path in extra]
    for path in given:
        if not path.is_dir():
            raise UsageError(f"--data {path}: there is no such folder")
        if not (path / "specs").is_dir() and not (path / "profiles").is_dir():
            raise UsageError(f"--data {path}: the folder holds neither specs/ nor profiles/; give the folder above them")
    return Folders((*given, own_folder()))


def digest_of(document: Any) -> str:
    """The sha256 of a document in canonical form (sorted keys, no white space, UTF-8), as `sha256:<hex>`."""
    text = json.dumps(document, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return "sha256:" + hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
