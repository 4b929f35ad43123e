"""Statuses that a row demands: each check has the house's as defaults, and a row of another API names its own under `with`.

An argument that holds statuses is a list: any of them is right. Where an aspect is not demanded at all, its list is empty, and then
nothing is sent for it.
"""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["either"]


def either(statuses: Sequence[int]) -> str:
    """The statuses in words, for findings: `409` or `400 or 422`."""
    return " or ".join(map(str, statuses))
