"""The options of a command that may have many runs: on whose workers. Whoever has one run pays for no engine."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, TypeVar

import click

__all__ = ["on_the_engine", "paths_of"]

F = TypeVar("F", bound=Callable[..., Any])


def on_the_engine(command: F) -> F:
    """The options of a command that may have many runs: --scheduler, --workers."""
    command = click.option(
        "--scheduler", metavar="URL", help="A Dask cluster's scheduler, such as tcp://10.0.0.5:8786 (default: an embedded one)."
    )(command)
    return click.option(
        "--workers",
        type=click.IntRange(1, 256),
        default=None,
        help="Workers of the embedded engine (default: one a core).",
    )(command)


def paths_of(data: Iterable[Path]) -> tuple[str, ...]:
    """Data folders as workers find them."""
    return tuple(str(path.absolute()) for path in data)
