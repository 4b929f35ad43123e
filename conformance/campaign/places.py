"""Where run folders, the journal and the report lie: a folder that all workers share, or an object store by its URL.

A folder is used as it is: a run is recorded in its place there, line by line. An object store (`s3://`, `gs://`, `az://`, `sftp://`: whatever
fsspec has a package for) cannot be written on line by line, so a run is recorded in a folder of the worker's own, carried over every few
seconds while it goes on, and fetched again by whoever goes on with it elsewhere. What is added line by line lies there as one object a line.
"""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from conformance.errors import UsageError
from conformance.text import handed

__all__ = ["Folder", "Place", "Store", "place_of"]

_LOCAL = "file://"
_DIGITS = 8
_AT_ONCE = 500  # lines
_RECORDED = "evidence.ndjson.zst"  # by which it is told how far a run is


@dataclass(frozen=True)
class Folder:
    """A folder that everybody who takes part can reach under the same path."""

    path: Path

    def work(self, name: str) -> Path:
        """Where a run of this name is recorded."""
        return self.path / "runs" / name

    def fetch(self, name: str) -> None:
        """What was recorded of a run is where it is recorded."""

    def carry(self, name: str) -> None:
        """What is recorded lies in its place."""

    def release(self, name: str) -> None:
        """A run is over; nothing of it lies anywhere else."""

    def read(self, name: str) -> bytes | None:
        """A file by its name, or None."""
        path = self.path / name
        return path.read_bytes() if path.is_file() else None

    def write(self, name: str, content: bytes) -> None:
        """Put a file in its place, whole or not at all. Raises UsageError when that is refused."""
        try:
            handed.make_folder((self.path / name).parent)
            handed.write(self.path / name, content)
        except OSError as error:
            raise UsageError(f"{self.path / name}: the file cannot be written ({error.strerror})") from None

    def add(self, name: str, line: bytes) -> None:
        """Add a line to a file, on the disk before this returns: whoever is killed after that has said it."""
        path = self.path / name
        try:
            with handed.open_end(path) if path.exists() else handed.create(path) as file:
                file.write(line + b"\n")
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise UsageError(f"{path}: the file cannot be written ({error.strerror})") from None

    def lines(self, name: str) -> Iterator[bytes]:
        """The whole lines of a file; one that was cut short at the end is left out, and the file ends before it from now on."""
        content = self.read(name) or b""
        whole, _, cut = content.rpartition(b"\n")
        if cut:
            os.truncate(self.path / name, len(content) - len(cut))
        return iter(whole.split(b"\n") if whole else ())


@dataclass(frozen=True)
class Store:
    """A place on an object store; `url` is as the user gave it. `scratch` holds what is being recorded on this machine."""

    url: str
    files: Any
    root: str
    scratch: Path
    _numbers: dict[str, int] = field(
        default_factory=dict, init=False
    )  # of the last line, by the file that was added to from here

    def work(self, name: str) -> Path:
        """Where a run of this name is recorded on this machine."""
        return self.scratch / name

    def fetch(self, name: str) -> None:
        """Bring what was recorded of a run to where it is recorded, unless as much of it lies here."""
        here, there = self.work(name), self._sizes(f"runs/{name}")
        handed.make_folder(here, private=True)
        if any(here.iterdir()) and there.get(_RECORDED, 0) <= _size(here / _RECORDED):
            return
        _empty(here)
        for one in there:
            if (content := self.read(f"runs/{name}/{one}")) is not None:
                handed.write(here / one, content)

    def carry(self, name: str) -> None:
        """Carry what was recorded of a run over, as far as it changed, and what was put aside of an earlier one."""
        for aside in sorted(self.scratch.glob(f"{name}.before-*")):
            nth = next(nth for nth in itertools.count(1) if not self._sizes(f"runs/{name}.before-{nth}"))
            self._carry(aside, f"{name}.before-{nth}")
            _empty(aside)
            aside.rmdir()
        self._carry(self.work(name), name)

    def _carry(self, here: Path, name: str) -> None:
        """The outcome last, since with it the run is finished."""
        files = [one for one in here.iterdir() if one.is_file() and not one.name.startswith(".")]
        there = self._sizes(f"runs/{name}")
        for one in sorted(files, key=lambda one: (one.name == "outcome.json", one.name)):
            with contextlib.suppress(FileNotFoundError):  # a file that was put aside meanwhile
                content = one.read_bytes()
                if there.get(one.name) != len(content) or one.suffix == ".json":
                    self._put(self._at(f"runs/{name}/{one.name}"), content)

    def release(self, name: str) -> None:
        """Take away what lies on this machine of a run that was carried over."""
        _empty(self.work(name))
        self.work(name).rmdir()

    def read(self, name: str) -> bytes | None:
        """A file by its name, or None."""
        try:
            content: bytes = self.files.cat_file(self._at(name))
        except FileNotFoundError:
            return None
        return content

    def write(self, name: str, content: bytes) -> None:
        """Put a file in its place, whole or not at all. Raises UsageError when the store refuses."""
        self._put(self._at(name), content)

    def add(self, name: str, line: bytes) -> None:
        """Add a line: an object of its own, numbered. One process adds at a time (`lease`)."""
        if name not in self._numbers:
            self._numbers[name] = max((int(one) for one in self.names(name) if one.isdigit()), default=0)
        self._put(self._at(f"{name}/{self._numbers[name] + 1:0{_DIGITS}d}"), line)
        self._numbers[name] += 1

    def lines(self, name: str) -> Iterator[bytes]:
        """The lines, in their order; many are asked for at once."""
        paths = sorted(self._under(name))
        for start in range(0, len(paths), _AT_ONCE):
            asked = paths[start : start + _AT_ONCE]
            found = self.files.cat(asked)
            yield from (found[path] for path in asked)

    def names(self, name: str) -> list[str]:
        """What lies under a name, as it is there now."""
        return [PurePosixPath(path).name for path in self._under(name)]

    def remove(self, name: str) -> None:
        """Take a file away, if it is there."""
        with contextlib.suppress(FileNotFoundError):
            self.files.rm_file(self._at(name))

    def _under(self, name: str) -> list[str]:
        return [str(one["name"]) for one in self._listed(name)]

    def _sizes(self, name: str) -> dict[str, int]:
        """The files that lie under a name, with their sizes."""
        return {PurePosixPath(one["name"]).name: int(one["size"]) for one in self._listed(name) if one["type"] == "file"}

    def _listed(self, name: str) -> list[dict[str, Any]]:
        try:
            self.files.invalidate_cache()
            found: list[dict[str, Any]] = self.files.ls(self._at(name), detail=True)
        except FileNotFoundError:
            return []
        return found

    def _put(self, there: str, content: bytes) -> None:
        try:
            self.files.makedirs(there.rpartition("/")[0], exist_ok=True)
            self.files.pipe_file(there, content)
        except OSError as error:
            raise UsageError(f"{self.url}: the store refuses what is to be written ({error.strerror or error})") from None

    def _at(self, name: str) -> str:
        return f"{self.root.rstrip('/')}/{name}"


def _size(path: Path) -> int:
    return path.stat().st_size if path.is_file() else 0


def _empty(folder: Path) -> None:
    for one in folder.iterdir():
        one.unlink(missing_ok=True)


Place = Folder | Store


def place_of(where: str) -> Place:
    """The place that a path or URL names. Raises UsageError for a scheme that nothing here speaks, with what to install."""
    if "://" not in where or where.startswith(_LOCAL):
        return Folder(Path(os.path.abspath(where.removeprefix(_LOCAL))))  # noqa: PTH100 - without `..`, and without following a link
    try:
        import fsspec  # type: ignore[import-untyped] # noqa: PLC0415 - of the extra; it has no types
    except ImportError:
        raise UsageError(f"{where}: an object store needs fsspec; pip install 'yance[campaign]'") from None
    try:
        files, root = fsspec.core.url_to_fs(where)
    except (ImportError, ValueError) as error:
        raise UsageError(
            f"{where}: this place cannot be used ({error}); expected a path, or a URL such as s3://bucket/folder"
        ) from None
    mark = hashlib.sha256(where.encode()).hexdigest()[:16]
    return Store(where, files, str(root), Path(tempfile.gettempdir()) / f"yance-{os.getuid()}" / mark)
