"""Instants: RFC 3339 text in and out, exactly.

An instant is a number of seconds since 1970-01-01T00:00:00Z, kept as a `Fraction` so that any number of decimals that a
client sends is compared as it was meant. Text without an offset, with a date that the calendar lacks or with digits that
are not ASCII is not an instant. What the server itself writes carries Taiwan's offset, +08:00.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from email.utils import formatdate
from fractions import Fraction
from functools import lru_cache

__all__ = ["DAY", "HOUR", "TAIPEI", "format_instant", "http_date", "instant_of", "parse_instant"]

HOUR = 3_600
DAY = 86_400
TAIPEI = timezone(timedelta(hours=8))
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SHAPE = re.compile(r"(\d{4}-\d{2}-\d{2})[Tt](\d{2}:\d{2}:\d{2})(\.\d+)?([Zz]|[+-](?:[01]\d|2[0-3]):[0-5]\d)", re.ASCII)


def parse_instant(text: object) -> Fraction:
    """The instant that an RFC 3339 date-time with offset stands for. Raises ValueError when it is not one."""
    shape = _SHAPE.fullmatch(text) if isinstance(text, str) else None
    if shape is None:
        raise ValueError("not an RFC 3339 date-time with an offset")
    date, time, fraction, offset = shape.groups()
    offset = "+00:00" if offset in "Zz" else offset
    whole = (datetime.fromisoformat(f"{date}T{time}{offset}") - _EPOCH) // timedelta(seconds=1)
    return Fraction(whole) + Fraction(f"0{fraction or '.0'}")


def instant_of(clock: float) -> Fraction:
    """A clock reading as an instant, rounded down to the millisecond."""
    return Fraction(int(clock * 1000 // 1), 1000)


def format_instant(instant: Fraction | int, *, zone: timezone = TAIPEI, decimals: int = 0) -> str:
    """An instant as RFC 3339 text in `zone`, rounded down to `decimals` digits of a second."""
    whole, rest = divmod(instant.numerator, instant.denominator)  # in whole numbers, since fractions are slow to multiply
    text = _written(whole, zone)
    if decimals:
        digits = rest * 10**decimals // instant.denominator
        text = f"{text[:19]}.{digits:0{decimals}d}{text[19:]}"
    return text


@lru_cache(maxsize=4096)  # the same few moments stand in every item of a page
def _written(whole: int, zone: timezone) -> str:
    """A whole second as RFC 3339 text in `zone`."""
    return (_EPOCH + timedelta(seconds=whole)).astimezone(zone).isoformat().replace("+00:00", "Z")


def http_date(instant: Fraction | int) -> str:
    """An instant as the value of a Date header (RFC 9110 section 5.6.7)."""
    return _dated(instant.numerator // instant.denominator)


@lru_cache(maxsize=64)
def _dated(whole: int) -> str:
    return formatdate(float(whole), usegmt=True)
