"""How the programme's figures grew, as a plot has it. Pure functions of the public events."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from conformance.office.events import Event, fold, moment
from conformance.office.listing import stats

__all__ = ["growth"]

POINTS = 18  # in the plot


def growth(events: Sequence[Event], now: datetime) -> dict[str, Any] | None:
    """How many counties and solutions were covered at the end of each month, as points of a plot of 640 by 200; None before there is a month."""
    opened = moment(events[0].at) if events else ""
    if not opened:
        return None
    ends = _month_ends(datetime.fromisoformat(opened), now)[-POINTS:]
    told = [stats(fold(events, on), on) for on in ends]
    series = {"solutions": [found.solutions for found in told], "counties": [found.reached["counties"] for found in told]}
    most = max(1, *(value for values in series.values() for value in values))
    across = [round(40 + 580 * at / max(1, len(ends) - 1)) for at in range(len(ends))]
    lines = {
        name: " ".join(f"{x},{round(170 - 150 * value / most)}" for x, value in zip(across, values, strict=True))
        for name, values in series.items()
    }
    table = [
        {"on": f"{on:%Y-%m-%d}", "solutions": a, "counties": b}
        for on, a, b in zip(ends, series["solutions"], series["counties"], strict=True)
    ]
    return {"lines": lines, "most": most, "table": table, "x": across}


def _month_ends(first: datetime, now: datetime) -> list[datetime]:
    """The last moment of each month from the first to the last one that is over, and now."""
    found: list[datetime] = []
    month = first.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    while (month := (month + timedelta(days=32)).replace(day=1)) <= now:
        found.append(month - timedelta(seconds=1))
    return [*found, now]
