"""When Python looks for garbage that holds on to itself: seldom where documents are made by the thousand, or not at all for a while.

Nearly nothing that we make is a cycle, and whoever looks walks through all that lives: a fifth of a short command's time went into that.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["seldom_collected", "uncollected"]

_COLLECTED = 50_000  # objects made, less those dropped, before cycles are looked for: a few megabytes


@contextmanager
def seldom_collected() -> Iterator[None]:
    """Look for cycles more seldom meanwhile; whoever has switched the search off, or made it more seldom still, is not overruled."""
    before = gc.get_threshold()
    gc.set_threshold(max(before[0], _COLLECTED) if before[0] else 0, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)


@contextmanager
def uncollected() -> Iterator[None]:
    """No search for cycles meanwhile: of ten thousand certificates just read none is garbage, and looking costs four times the reading. A
    command that shows them all does not look before it has.
    """
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
