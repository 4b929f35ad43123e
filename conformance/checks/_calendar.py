"""The days that calendars get wrong: 29 February, and 30 February, which is none.

A body is moved as a whole, by full days, so that what it says of the order and the length of its times stays true.
"""

from __future__ import annotations

from calendar import isleap
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from conformance.text import instants

__all__ = ["leap_days", "moved", "on_the_thirtieth"]

_YEARS = 8  # at most so far away is a year that has the day


def leap_days(body: Mapping[str, Any]) -> Iterator[tuple[str, date]]:
    """The last 29 February before the first day among the dates and instants of a body, and the next after it, where years have four digits."""
    if not (days := _days(body)):
        return
    first, last = min(days.values()), max(days.values())
    years = [year for year in range(max(first.year - _YEARS, 1), min(first.year + _YEARS, 9999) + 1) if isleap(year)]
    before = [day for year in years if (day := date(year, 2, 29)) < first]
    after = [day for year in years if (day := date(year, 2, 29)) > first and date.max - day > last - first]
    yield from (("the last", day) for day in before[-1:])
    yield from (("the next", day) for day in after[:1])


def moved(body: Mapping[str, Any], day: date) -> dict[str, Any]:
    """The body with its dates and instants moved so that the first of them is on a day; how they are written stays."""
    days = _days(body)
    apart = day - min(days.values())
    return {**body, **{name: f"{one + apart}{body[name][10:]}" for name, one in days.items()}}


def on_the_thirtieth(body: Mapping[str, Any], leap: date) -> dict[str, Any]:
    """The body moved to the day after a 29 February, which is then called the 30th."""
    first = leap.replace(month=3, day=1)
    whole = moved(body, first)
    named = {name: f"{leap.year:04}-02-30{whole[name][10:]}" for name, day in _days(whole).items() if day == first}
    return whole | named


def _days(body: Mapping[str, Any]) -> dict[str, date]:
    """The days of those members that are dates or instants."""
    told = {name: value for name, value in body.items() if isinstance(value, str)}
    return {
        name: date.fromisoformat(value[:10])
        for name, value in told.items()
        if instants.is_date(value) or instants.is_date_time(value)
    }
