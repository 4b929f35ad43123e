"""Instants to any fraction of a second: read from RFC 3339, compared as tuples, written in this vendor's manner."""

from __future__ import annotations

import re
from datetime import date

from tests.second_health.choices import Choices

__all__ = ["Moment", "Times", "day_of", "later"]

Moment = tuple[int, str]
"""Seconds since 1970 and the digits of the fraction without zeros at their end; tuples compare as the instants do."""

_FORM = re.compile(r"(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:\.(\d+))?(?:[Zz]|([+-])(\d\d):(\d\d))", re.ASCII)
_ERA = 146_097 * 86_400  # seconds of 400 years
_EPOCH = date(1970, 1, 1).toordinal()


def later(moment: Moment, seconds: int) -> Moment:
    """So many seconds later."""
    return moment[0] + seconds, moment[1]


def day_of(moment: Moment, minutes: int) -> str:
    """The calendar day of an instant, so many minutes east of Greenwich."""
    return date.fromordinal(_EPOCH + (moment[0] + minutes * 60) // 86_400).isoformat()


class Times:
    """Reads and writes date-times as one vendor does."""

    def __init__(self, choices: Choices) -> None:
        self.choices = choices

    def read(self, text: str) -> Moment | None:
        """The instant, or None for what is no date-time."""
        found = _FORM.fullmatch(text)
        if not found:
            return None
        year, month, day, hour, minute, second = (int(part) for part in found.groups()[:6])
        east = (int(found[9]) * 60 + int(found[10])) * (-1 if found[8] == "-" else 1) if found[8] else 0
        if hour > 23 or minute > 59 or second > (60 if self.choices.leap else 59):
            return None
        if found[8] and (int(found[9]) > 23 or int(found[10]) > 59):
            return None
        try:
            days = date(year + 400, month, day).toordinal() if year < 400 else date(year, month, day).toordinal()
        except ValueError:
            return None
        seconds = (days - _EPOCH) * 86_400 + hour * 3600 + (minute - east) * 60 + second - (_ERA if year < 400 else 0)
        return seconds, self.kept(found[7] or "")

    def kept(self, fraction: str) -> str:
        """The digits of a fraction that this server keeps."""
        return (fraction[:6] if self.choices.cuts else fraction).rstrip("0")

    def own(self, unix: float, digits: int = 6) -> Moment:
        """The present, with so many digits of the fraction."""
        micros = int(unix * 1_000_000)
        fraction = f"{micros % 1_000_000:06d}"[:digits]
        return micros // 1_000_000, fraction.rstrip("0")

    def following(self, moment: Moment, present: Moment) -> Moment:
        """The present or, where that is not later than the moment, the next instant that this server can write."""
        if present > moment:
            return present
        digits = self.choices.digits
        whole = moment[0] * 10**digits + int((moment[1][:digits] or "0").ljust(digits, "0") or "0") + 1
        return whole // 10**digits, f"{whole % 10**digits:0{digits}d}".rstrip("0") if digits else ""

    def write(self, moment: Moment) -> str:
        """One of the server's own times."""
        return self.spelt(moment, moment[1].ljust(self.choices.digits, "0"))

    def echo(self, text: str) -> str:
        """A date-time that somebody sent, as it is given back."""
        moment = self.read(text)
        if moment is None or (self.choices.echo == "sent" and not self.choices.cuts):
            return text
        if not -1_830_384_000 < moment[0] < 253_402_000_000:  # 1912 to almost 10000: other offsets might leave four digits
            return text
        return self.spelt(moment, moment[1])

    def spelt(self, moment: Moment, fraction: str) -> str:
        seconds = moment[0] + self.choices.offset * 60
        day, rest = date.fromordinal(_EPOCH + seconds // 86_400), seconds % 86_400
        east = abs(self.choices.offset)
        sign = "-" if self.choices.offset < 0 else "+"
        zone = f"{sign}{east // 60:02d}:{east % 60:02d}" if east else "Z"
        clock = f"{rest // 3600:02d}:{rest // 60 % 60:02d}:{rest % 60:02d}"
        text = f"{day.isoformat()}T{clock}{'.' + fraction if fraction else ''}{zone}"
        return text.lower() if self.choices.small_letters else text
