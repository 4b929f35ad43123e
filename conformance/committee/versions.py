"""What the version number has to become, by Semantic Versioning 2.0.0, and whether it did.

A change that breaks a consumer asks for a new major version, anything else that somebody has to do or may use for a minor one, a text alone
for a patch. Below 1.0.0 anything may change (section 4): there, the minor number stands for the major one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from conformance.committee.changes import Answer, Change, RowChange

__all__ = ["PARTS", "advice", "bumped"]

PARTS = ("none", "patch", "minor", "major")
_VERSION = re.compile(r"v?(\d+)\.(\d+)(?:\.(\d+))?(?:[-+].*)?")


def advice(changes: tuple[Change, ...], rows: tuple[RowChange, ...], *, same: bool) -> tuple[str, str]:
    """The part of the number that has at least to be raised, and the one that may have to be: they differ where something is unknown.

    `same`: the two documents are one.
    """
    consumers = {change.consumer.answer for change in changes} | {row.consumer.answer for row in rows}
    if Answer.INCOMPATIBLE in consumers:
        return "major", "major"
    if any(_matters(one) for one in changes) or rows:
        least = "minor"
    else:
        least = "none" if same else "patch"
    return least, ("major" if Answer.UNKNOWN in consumers else least)


def _matters(change: Change) -> bool:
    return (
        change.kind != "changed"
        or change.vendor.answer is not Answer.COMPATIBLE
        or any(n.keyword == "added" for n in change.notes)
    )


def bumped(old: str, new: str, least: str, most: str) -> Mapping[str, str]:
    """The numbers, the advice, what was done (`raised`), and the verdict on it: `enough`, `too-small`, `open` or `untold`."""
    found = {"old": old, "new": new, "least": least, "most": most}
    first, second = _VERSION.fullmatch(old.strip()), _VERSION.fullmatch(new.strip())
    if first is None or second is None:
        return {**found, "raised": "untold", "verdict": "untold"}
    before, after = ([int(part or 0) for part in one.groups()] for one in (first, second))
    raised = _raised(before, after)
    if raised == "lowered":
        return {**found, "raised": raised, "verdict": "too-small"}
    verdict = "enough" if _rank(raised) >= _rank(most) else "open" if _rank(raised) >= _rank(least) else "too-small"
    return {**found, "raised": raised, "verdict": verdict}


def _raised(before: list[int], after: list[int]) -> str:
    if after < before:
        return "lowered"
    parts = ("major", "minor", "patch") if before[0] or after[0] else ("major", "major", "minor")
    return next((part for part, one, other in zip(parts, before, after, strict=True) if one != other), "none")


def _rank(part: str) -> int:
    return PARTS.index(part)
