"""What was made of the suite's own files, kept in the user's cache folder: a command that says a word is not to parse three thousand of them.

A file lies under the digest of what it was made from and of the code that makes it, so that another text or another version finds
nothing; behind its own digest, so that one which was cut or spoilt is none; and in a folder that is the user's and that nobody else may open, or
nothing is kept. Whoever can write there could as well change the suite. Nothing that is verified rests on it all the same: a spec and its
rows are held against the official digests as they were read, wherever they were read from.

Only what the suite itself brings is kept, never what a stranger or a `--data` folder holds; so there are few files, and old ones go.
"""

from __future__ import annotations

import contextlib
import json
import os
import stat
from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from conformance import limits
from conformance.errors import YanceError
from conformance.text import handed

__all__ = ["cache_root", "is_own", "keep", "own_folder", "private_folder", "read_once", "recalled"]

_PACKAGE = Path(__file__).resolve().parents[1]
_READ = "read"  # the folder of files that were read
_MOST = 200  # files in a folder; a version of the suite has some forty
_READER = Path(__file__).with_name("yaml12.py")


@cache
def own_folder() -> Path:
    """The folder that holds the suite's own specs/, profiles/ and reports/: in the package when installed, beside it in a checkout."""
    inside = _PACKAGE / "_data"
    return inside if inside.is_dir() else _PACKAGE.parent


def is_own(path: Path) -> bool:
    """Whether a file is one of the suite's own data."""
    own = own_folder()
    return any(path.is_relative_to(own / name) for name in ("specs", "profiles", "reports"))


def cache_root() -> Path:
    """The user's cache folder of the suite."""
    import platformdirs  # noqa: PLC0415 - most of what is read needs no cache

    return Path(platformdirs.user_cache_dir("yance"))


def private_folder(name: str) -> Path | None:
    """A folder of this name in the user's cache folder, made where it is missing; None unless it is the user's, and closed to everybody else."""
    folder = cache_root() / name
    try:
        handed.make_folder(folder, private=True)
        found = folder.lstat()
    except OSError:
        return None
    if not stat.S_ISDIR(found.st_mode):
        return None
    if hasattr(os, "geteuid") and (found.st_uid != os.geteuid() or found.st_mode & 0o077):
        return None
    return folder


def recalled(folder: str, made_from: bytes) -> bytes | None:
    """What was kept of what is made from these bytes; None where nothing was, or something else than was written."""
    here = private_folder(folder)
    if here is None:
        return None
    try:
        digest, _, data = handed.read_file(here / sha256(made_from).hexdigest(), 2 * limits.DOCUMENT).partition(b"\n")
    except YanceError:
        return None
    return data if digest == sha256(data).hexdigest().encode() else None


def keep(folder: str, made_from: bytes, data: bytes) -> None:
    """Keep what was made, whole or not at all, whoever else keeps the same; an unwritable folder costs time, nothing else."""
    here = private_folder(folder)
    if here is not None:
        with contextlib.suppress(OSError):
            content = sha256(data).hexdigest().encode() + b"\n" + data
            handed.write(here / sha256(made_from).hexdigest(), content, handed.PRIVATE)
            _forget(here)


def _forget(folder: Path) -> None:
    """Remove the older half of what is kept, where there is too much."""
    files = sorted(folder.iterdir(), key=lambda one: one.stat().st_mtime)
    for one in files[: len(files) // 2] if len(files) > _MOST else ():
        one.unlink(missing_ok=True)


def read_once(text: str, file: str) -> tuple[Any, Mapping[str, int]]:
    """The content of a YAML file of the suite's own, and the line of each value: as `yaml12.read_yaml` reads it, now or before."""
    made_from = _READER.read_bytes() + b"\0" + text.encode()
    found = recalled(_READ, made_from)
    if found is not None:
        content, lines = json.loads(found)
        return content, lines
    from conformance.load.yaml12 import read_yaml  # noqa: PLC0415 - what was read before is read without it

    content, lines = read_yaml(text, file)
    keep(_READ, made_from, json.dumps([content, lines]).encode())
    return content, lines
