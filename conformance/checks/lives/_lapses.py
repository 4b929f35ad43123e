"""What a move that time makes leaves behind: a later time of the last change, and the next number of the version."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.interface.dialect import instant
from conformance.model import Exchange, Finding
from conformance.text import pointer

__all__ = ["UNRECORDED", "unrecorded"]

UNRECORDED = {
    "en": "a lapse should be recorded like a move: {at} should be {expected}, but is {actual}",
    "zh-Hant": "到期應如同轉換予以記錄：{at} 應為 {expected}，實為 {actual}",
}


def unrecorded(before: Exchange, after: Exchange, dated: str, revision: str) -> Iterator[Finding]:
    """Findings `unrecorded` for a lapse between two answers. An empty pointer: nothing is asked of it."""
    numbers = (before.number, after.number)
    was, now = (pointer.first(each.json, dated) if dated else None for each in (before, after))
    then, moment = instant(was), instant(now)
    if then is not None and (moment is None or moment <= then):
        yield Finding("unrecorded", numbers, f"later than {was}", str(now), dated)
    old, new = (pointer.first(each.json, revision) if revision else None for each in (before, after))
    if type(old) is int and new != old + 1:
        yield Finding("unrecorded", numbers, str(old + 1), str(new), revision)
