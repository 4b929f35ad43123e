"""Dates and times are read by RFC 3339, and by nothing else."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from conformance.interface.dialect import instant as of_the_dialect
from conformance.interface.stated import FORMATS
from conformance.text import instants

WRONG = {
    "2025-06-12T08:30:00": "offset",
    "2025-06-12 08:30:00Z": "shape",
    "2025-06-12T08:30Z": "shape",
    "2025-06-12T08:30:00,5Z": "shape",
    "2025-06-12T08:30:00+0800": "shape",
    "114-06-12T08:30:00Z": "shape",
    "２０25-06-12T08:30:00Z": "shape",
    "2025-02-29T08:30:00Z": "day",
    "2025-06-12T24:00:00Z": "time",
    "2025-06-12T08:60:00Z": "time",
    "2025-06-12T08:30:00+24:00": "time",
    "2025-06-12T08:30:00+14:60": "time",
    "2016-12-31T22:10:60Z": "time",
    "2016-12-31T23:59:60+08:00": "time",
    "2016-12-31T23:59:61Z": "time",
}
RIGHT = (
    "2025-06-12t08:30:00z",
    "2025-06-12T08:30:00.1234567890123-00:00",
    "2024-02-29T00:00:00+23:59",
    "2016-12-31T23:59:60Z",
    "2017-01-01T07:59:60.5+08:00",
    "2016-12-31T13:29:60-10:30",
)


@pytest.mark.parametrize(("text", "fault"), WRONG.items())
def test_what_is_wrong_is_said_and_the_format_agrees(text: str, fault: str) -> None:
    assert instants.fault(text) == fault
    assert not FORMATS["date-time"](text)


@pytest.mark.parametrize("text", RIGHT)
def test_what_is_right_names_an_instant_to_all_that_read_it(text: str) -> None:
    assert instants.fault(text) is None
    assert FORMATS["date-time"](text)
    assert instants.instant(text) == of_the_dialect(text) is not None


def test_a_leap_second_is_the_instant_after_it_in_every_offset() -> None:
    after = datetime(2017, 1, 1, tzinfo=UTC)
    assert instants.instant("2016-12-31T23:59:60Z") == instants.instant("2017-01-01T07:59:60.9+08:00") == after


def test_what_is_no_date_time_names_no_instant_but_for_a_blank() -> None:
    assert [text for text in WRONG if instants.instant(text) is not None] == ["2025-06-12 08:30:00Z"]
    assert instants.instant(None) is instants.instant(20250612083000) is None


def test_the_ends_of_time_can_be_reckoned_with() -> None:
    for text in ("0000-01-01T00:00:00Z", "0001-01-01T00:00:00+08:00"):
        assert instants.instant(text) == datetime(2, 1, 1, tzinfo=UTC)
    assert instants.instant("9999-12-31T23:59:60Z") == datetime(9998, 12, 31, tzinfo=UTC)
