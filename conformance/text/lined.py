"""JSON with a member or an item on each line: for people who read it, and for tools that compare files line by line."""

from __future__ import annotations

import json
from typing import Any

import msgspec

__all__ = ["in_lines"]


def in_lines(document: Any, *, ascii_only: bool = False) -> bytes:
    """What `json.dumps(document, indent=1)` gives, as UTF-8 and without NaN. Half a character, which UTF-8 cannot hold, is written as JSON's own escape.

    With an indent, `json` writes in Python what it writes in C without one; so it writes compactly here, and msgspec breaks the lines.
    """
    try:
        return msgspec.json.format(_written(document, ascii_only, None), indent=1)
    except msgspec.DecodeError:  # half a character
        return _written(document, ascii_only, 1)


def _written(document: Any, ascii_only: bool, indent: int | None) -> bytes:
    return json.dumps(document, ensure_ascii=ascii_only, allow_nan=False, indent=indent).encode("utf-8", "backslashreplace")
