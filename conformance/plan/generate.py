"""Seeded inputs: valid and invalid ones for every operation, drawn once and kept.

Schemathesis and Hypothesis generate and never judge. What they call invalid is kept only when we can prove it on the wire: a
query value that no reading of its text makes valid, a parameter that is not declared, a JSON body that its schema refuses. Cursors
are never drawn (a drawn one is never valid), nor are path parameters, keys and entity tags: `drive` supplies those.

The same spec, seed and number of draws give the same inputs under the same `generator`, wherever the suite is installed, whatever
else is loaded in the process, and whichever of several processes draws (see `beside`). They are cached by digest in the user's cache
folder, an operation to a file, because drawing costs milliseconds each.
"""

from __future__ import annotations

import contextlib
import functools
import json
import os
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from conformance.errors import YanceError
from conformance.load.data import digest_of
from conformance.load.kept import cache_root
from conformance.model import Draw, Operation, Spec
from conformance.plan.beside import drawn_beside
from conformance.plan.engine import Kinds, drawn
from conformance.text import handed

__all__ = ["Draws", "cache_folder", "draw", "generator"]

Draws = Mapping[str, Kinds]  # by operationId
_FORMAT = 10  # of the cache; raised when what is kept changes
_LARGEST = 64 * 1024 * 1024  # bytes of what is kept of one operation
_FEW = 4  # operations that are drawn sooner than other processes have started
_MOST_WORKERS = 8
_ENGINES = ("schemathesis", "hypothesis", "jsonschema-rs")


def cache_folder() -> Path:
    """Where drawn inputs are kept between runs."""
    return cache_root() / "draws"


@functools.cache
def generator() -> str:
    """What draws here. Another version of any of it may draw other inputs from the same seed."""
    from importlib.metadata import version  # noqa: PLC0415 - nobody else asks which versions are installed

    engines = [f"{name} {version(name)}" for name in _ENGINES]
    return ", ".join([*engines, f"unicode {unicodedata.unidata_version}", f"draws {_FORMAT}"])


def draw(
    spec: Spec,
    operations: Sequence[str],
    *,
    seed: int,
    count: int,
    cache: Path | None = None,
    told: Callable[[int, int], None] | None = None,
) -> Draws:
    """Up to `count` valid and `count` invalid inputs for each operation. `cache` None means the user's cache folder.

    `told` hears how many of the operations that are not in the cache are drawn, first of all 0. Raises UsageError when one of them
    takes longer than anyone should wait.
    """
    folder = cache or cache_folder()
    found: dict[str, Kinds] = {}
    missing: dict[str, str] = {}
    for name in operations:
        operation = spec.operations[name]
        if not operation.bodies and not _queried(operation):
            found[name] = (Draw(note="no parameters"),), ()
        elif count == 0:
            found[name] = (), ()
        else:
            key = digest_of([generator(), operation.spec.digest, name, seed, count]).removeprefix("sha256:")
            kept = _read(folder, key)
            if kept is None:
                missing[name] = key
            else:
                found[name] = kept
    if missing:
        _tell(told, 0, len(missing))
        for done, (name, kinds) in enumerate(_drawn(spec, list(missing), seed, count), 1):
            found[name] = kinds
            _write(folder, missing[name], kinds)
            _tell(told, done, len(missing))
    return {name: found[name] for name in operations}


def _tell(told: Callable[[int, int], None] | None, done: int, total: int) -> None:
    if told is not None:
        told(done, total)


def _queried(operation: Operation) -> bool:
    return any(p.location == "query" and p.paging != "cursor" for p in operation.parameters)


def _drawn(spec: Spec, names: list[str], seed: int, count: int) -> Iterator[tuple[str, Kinds]]:
    """The inputs of each operation as they come: a few here, more in processes of their own, one for each core."""
    if len(names) < _FEW:
        return ((name, drawn(spec.operations[name], seed, count)) for name in names)
    return drawn_beside(spec, names, seed, count, workers=min(os.cpu_count() or 1, _MOST_WORKERS, len(names) // 2))


def _read(folder: Path, key: str) -> Kinds | None:
    """What is kept under a key; None when there is nothing, or something else than was written: it is drawn again then."""
    try:
        content = json.loads(handed.read_file(folder / f"{key}.json", _LARGEST))
        if content["digest"] != digest_of([key, content["draws"]]):
            return None
        valid, invalid = content["draws"]
        return tuple(map(load, valid)), tuple(map(load, invalid))
    except (YanceError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return None


def _write(folder: Path, key: str, kinds: Kinds) -> None:
    """Keep it, whole or not at all, whoever else writes the same; an unwritable folder costs time, nothing else."""
    draws = [[dump(one) for one in kind] for kind in kinds]
    text = json.dumps({"digest": digest_of([key, draws]), "draws": draws}, ensure_ascii=True)
    with contextlib.suppress(OSError):
        handed.make_folder(folder, private=True)
        handed.write(folder / f"{key}.json", text.encode(), handed.PRIVATE)


def dump(drawn: Draw) -> dict[str, Any]:
    """A draw as JSON. Bodies are text: what is drawn is JSON, or a form of such values."""
    body = None if drawn.body is None else drawn.body.decode("utf-8", "surrogatepass")
    return {"query": [list(pair) for pair in drawn.query], "body": body, "mediaType": drawn.media_type, "note": drawn.note}


def load(entry: Mapping[str, Any]) -> Draw:
    """The draw of such a document."""
    body = None if entry["body"] is None else entry["body"].encode("utf-8", "surrogatepass")
    return Draw(tuple((name, value) for name, value in entry["query"]), body, entry["mediaType"], entry["note"])
