"""Where files lie. A run's folder is a dated one unless it is named, and `runs/latest` is a link to the newest of those.

Whoever names a folder is never served what an earlier run left in it: either the folder holds none, or the run begins with `--force`,
which takes the earlier one away before anything else happens.
"""

from __future__ import annotations

import contextlib
import os
from datetime import UTC, datetime
from pathlib import Path

from conformance import formats
from conformance.errors import UsageError
from conformance.formats.html import COMPARED
from conformance.text import handed
from conformance.verdict.folder import RunFolder

__all__ = ["LATEST", "cell", "forget", "latest", "placed", "point_at", "written"]

RUNS = Path("runs")
LATEST = RUNS / "latest"
_RECORDED = (
    "plan.json",
    "evidence.ndjson.zst",
    "report.json",
    "statement.dsse.json",
    "bundle.sigstore.json",
    "challenge.dsse.json",
    COMPARED,
)


def placed(out: Path | None, name: str) -> Path:
    """The folder that is named, or a new dated one for a run that goes by a name."""
    if out is not None:
        return out
    stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
    wanted = RUNS / f"{stamp}-{name}"
    return next(path for path in (wanted, *(RUNS / f"{wanted.name}-{nth}" for nth in range(2, 1000))) if not path.exists())


def latest(out: Path | None) -> Path:
    """The folder that is named, or the newest dated one. Raises UsageError where there is none."""
    if out is None and not LATEST.exists():
        raise UsageError(f"there is no {LATEST}; name the folder of the run by --out")
    return out or RUNS / LATEST.readlink().name


def point_at(folder: Path) -> None:
    """Let `runs/latest` lead to a folder beside it; where links cannot be made there is none."""
    if folder.parent != RUNS:
        return
    fresh = RUNS / f".latest.{os.getpid()}"
    with contextlib.suppress(
        OSError, NotImplementedError
    ):  # some systems and file systems have no links; the run goes on without
        RUNS.mkdir(exist_ok=True)
        fresh.symlink_to(folder.name, target_is_directory=True)
        fresh.replace(LATEST)


def forget(folder: RunFolder, *more: str) -> None:
    """Remove what an earlier run recorded in a folder and its renderings, and nothing else."""
    for name in (*_RECORDED, *(one.file for one in formats.FORMATS.values()), *more):
        try:
            (folder.path / name).unlink(missing_ok=True)
        except OSError as error:
            raise UsageError(
                f"{folder.path / name} cannot be removed: {error.strerror}; choose another folder with --out"
            ) from None


def written(path: Path, content: str | bytes) -> None:
    """Write a file of the user's, with the folders above it. Raises UsageError."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handed.write(path, content.encode() if isinstance(content, str) else content)
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}") from None


def cell(value: str) -> str:
    """A value of a table that no spreadsheet takes for a formula."""
    return f"'{value}" if value[:1] in ("=", "+", "-", "@", "\t", "\r") else value
