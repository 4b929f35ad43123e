"""Dates and times on the internet (RFC 3339): whether a text is one, what is wrong with it, and which instant it names.

`t` and `z` may be small (section 5.6, note). A second 60 is a leap second, which is at 23:59:60 UTC and at no other time (section 5.7); as
an instant it is the one after it, since a clock has no name of its own for it. Which days had one is not asked: that list changes.
"""

from __future__ import annotations

import calendar
import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, Literal

__all__ = ["fault", "in_utc", "instant", "is_date", "is_date_time", "is_time"]

_FIRST, _LAST = datetime(2, 1, 1, tzinfo=UTC), datetime(9998, 12, 31, tzinfo=UTC)
_DAY, _CLOCK = r"([0-9]{4})-([0-9]{2})-([0-9]{2})", r"([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.[0-9]+)?"
_DATE, _TIME = re.compile(_DAY), re.compile(_CLOCK + r"(?:[Zz]|([+-])([0-9]{2}):([0-9]{2}))")
_LOCAL = re.compile(_CLOCK)


def is_date(text: str) -> bool:
    """Whether a text is a `full-date` of the calendar."""
    found = _DATE.fullmatch(text)
    if found is None:
        return False
    year, month, day = map(int, found.groups())
    last = 30 if month in (4, 6, 9, 11) else 31 if month != 2 else 29 if calendar.isleap(year) else 28
    return 1 <= month <= 12 and 1 <= day <= last


def is_time(text: str) -> bool:
    """Whether a text is a `full-time`: a time of day that exists, with its offset."""
    found = _TIME.fullmatch(text)
    if found is None:
        return False
    hour, minute, second, off_hour, off_minute = (int(part or 0) for part in (*found.group(1, 2, 3), *found.group(5, 6)))
    if hour > 23 or minute > 59 or second > 60 or off_hour > 23 or off_minute > 59:
        return False
    offset = (off_hour * 60 + off_minute) * (-1 if found[4] == "-" else 1)
    return second < 60 or (hour * 60 + minute - offset) % 1440 == 1439


def is_date_time(text: str) -> bool:
    """Whether a text is a `date-time`."""
    return fault(text) is None


def fault(text: str) -> Literal["shape", "offset", "day", "time"] | None:
    """What keeps a text from being a `date-time`: its form, that it has no offset, a day or a time that does not exist; None: nothing."""
    day, mark, time = text[:10], text[10:11], text[11:]
    if mark not in ("T", "t") or not _DATE.fullmatch(day) or not (_TIME.fullmatch(time) or _LOCAL.fullmatch(time)):
        return "shape"
    if not _TIME.fullmatch(time):
        return "offset"
    return "day" if not is_date(day) else "time" if not is_time(time) else None


def instant(text: Any) -> datetime | None:
    """A date-time as an instant in UTC; None when it is none. A blank may stand for the `T`, as people write it (section 5.6, note).

    What lies before the year 2 or after 9998 (0001-01-01T00:00:00+08:00 is a common "never") is the nearest instant that does not, so
    that a year can be added to it and taken from it.
    """
    if not isinstance(text, str) or len(text) < 20 or text[10] not in "Tt ":
        return None
    return _instant(text)


@lru_cache(maxsize=8192)
def _instant(text: str) -> datetime | None:
    told = f"{text[:10]}T{text[11:]}"
    if not is_date_time(told) or told.startswith("0000"):
        return _FIRST if told.startswith("0000") and is_date_time(told) else None
    leap = told[17:19] == "60"
    moment = datetime.fromisoformat((f"{told[:17]}59{told[19:]}" if leap else told).upper())
    found = in_utc(moment)
    return found if not leap or found in (_FIRST, _LAST) else found.replace(microsecond=0) + timedelta(seconds=1)


def in_utc(moment: datetime) -> datetime:
    """A moment with an offset in UTC, or the nearest one in the years 2 to 9998."""
    return _FIRST if moment.year < 2 else _LAST if moment.year > 9998 else moment.astimezone(UTC)
