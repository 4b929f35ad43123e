"""RFC 3339 date-times as exact instants: (whole seconds since 1970, digits of the fraction)."""

from __future__ import annotations

import re
from calendar import monthrange

__all__ = ["Instant", "after", "instant", "micros", "written", "written_micros"]

Instant = tuple[int, str]

_FORM = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})[Tt]([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]+))?(?:([Zz])|([+-])([0-9]{2}):([0-9]{2}))"
)


def _days(year: int, month: int, day: int) -> int:
    year -= month <= 2
    era = year // 400
    of_era = year - era * 400
    of_year = (153 * (month + (-3 if month > 2 else 9)) + 2) // 5 + day - 1
    return era * 146097 + of_era * 365 + of_era // 4 - of_era // 100 + of_year - 719468


def _civil(days: int) -> tuple[int, int, int]:
    days += 719468
    era = days // 146097
    of_era = days - era * 146097
    year = (of_era - of_era // 1460 + of_era // 36524 - of_era // 146096) // 365
    of_year = of_era - (365 * year + year // 4 - year // 100)
    month = (5 * of_year + 2) // 153
    day = of_year - (153 * month + 2) // 5 + 1
    month += 3 if month < 10 else -9
    return year + era * 400 + (month <= 2), month, day


def instant(text: object) -> Instant | None:
    """The instant that a text denotes, or None when it is no date-time."""
    found = _FORM.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        return None
    year, month, day, hour, minute, second = (int(found[n]) for n in range(1, 7))
    east = 0
    if found[9]:
        hours, minutes = int(found[10]), int(found[11])
        if hours > 23 or minutes > 59:
            return None
        east = (hours * 60 + minutes) * (1 if found[9] == "+" else -1)
    if not 1 <= month <= 12 or hour > 23 or minute > 59 or second > 60:
        return None
    if not 1 <= day <= monthrange(year or 4, month)[1]:  # the year 0 is a leap year
        return None
    seconds = _days(year, month, day) * 86400 + hour * 3600 + minute * 60 + second - east * 60
    if second == 60 and seconds % 86400:  # a leap second ends a day of UTC
        return None
    return seconds, (found[7] or "").rstrip("0")


def written(moment: Instant, east: int = 0, small: bool = False) -> str:
    """The instant in RFC 3339 with an offset of `east` minutes."""
    days, second = divmod(moment[0] + east * 60, 86400)
    year, month, day = _civil(days)
    if not 0 <= year <= 9999:
        return written(moment, 0, small)
    fraction = f".{moment[1]}" if moment[1] else ""
    clock = f"{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}"
    zone = f"{'+' if east > 0 else '-'}{abs(east) // 60:02}:{abs(east) % 60:02}" if east else "Z"
    text = f"{year:04}-{month:02}-{day:02}T{clock}{fraction}{zone}"
    return text.lower() if small else text


def written_micros(value: int, east: int = 0, small: bool = False, digits: int = 6) -> str:
    """Microseconds since 1970 in RFC 3339 with so many digits of the fraction."""
    return written((value // 1_000_000, f"{value % 1_000_000:06}"[:digits]), east, small)


def micros(seconds: float) -> int:
    """Unix time in whole microseconds."""
    return int(seconds * 1_000_000)


def after(start: Instant, end: Instant) -> bool:
    """Whether more than 24 hours lie between the two."""
    return end > (start[0] + 86400, start[1])
