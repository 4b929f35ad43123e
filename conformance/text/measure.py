"""How deep and how large a JSON text is, told before anything parses it: a parser is fast until it is out of memory."""

from __future__ import annotations

import re
from itertools import accumulate

__all__ = ["is_deeper", "is_larger"]

_BACKSLASHED = re.compile(rb"\\.", re.DOTALL)
_QUOTED = re.compile(rb'"[^"]*"?')
_NO_MARK = bytes(set(range(256)) - set(b'[]{},"'))
_STEP = {ord(mark): {"[": 1, "{": 1, "]": -1, "}": -1}.get(mark, 0) for mark in "[]{},"}


def is_deeper(data: bytes, most: int) -> bool:
    """Whether arrays and objects stand more than `most` deep in one another. What stands in texts does not count."""
    if len(data) <= most or data.count(b"[") + data.count(b"{") <= most:
        return False
    return max(accumulate(map(_STEP.__getitem__, _marks(data))), default=0) > most


def is_larger(data: bytes, most: int) -> bool:
    """Whether there may be more than `most` members and items. What stands in texts does not count."""
    if len(data) <= most or data.count(b"[") + data.count(b"{") + data.count(b",") <= most:
        return False
    marks = _marks(data)
    return marks.count(b"[") + marks.count(b"{") + marks.count(b",") > most


def _marks(data: bytes) -> bytes:
    """The brackets and commas of a JSON text, without those that stand in its texts."""
    return _QUOTED.sub(b"", _BACKSLASHED.sub(b"", data).translate(None, _NO_MARK).replace(b'""', b""))
