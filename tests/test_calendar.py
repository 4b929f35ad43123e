"""Bodies on the days that calendars get wrong: moved as a whole, and only there where one has dates."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from conformance.checks._calendar import leap_days, moved, on_the_thirtieth

BOOKED = {"startTime": "2025-06-12T23:00:00+08:00", "endTime": "2025-06-13T01:00:00+08:00", "note": "2025-06-12 is a Thursday"}


@pytest.mark.parametrize(
    ("body", "days"),
    [
        (BOOKED, [("the last", date(2024, 2, 29)), ("the next", date(2028, 2, 29))]),
        ({"birthDate": "1944-02-29"}, [("the last", date(1940, 2, 29)), ("the next", date(1948, 2, 29))]),
        ({"birthDate": "1899-12-31"}, [("the last", date(1896, 2, 29)), ("the next", date(1904, 2, 29))]),
        ({"birthDate": "9999-12-31"}, [("the last", date(9996, 2, 29))]),
        ({"from": "0001-01-01", "to": "9999-12-31"}, []),
        ({"birthDate": "0001-01-01"}, [("the next", date(4, 2, 29))]),
        ({"note": "2025-06-12 is a Thursday", "size": 3}, []),
    ],
)
def test_the_nearest_leap_days_lie_before_and_after_the_first_moment(body: dict[str, Any], days: list[tuple[str, date]]) -> None:
    assert list(leap_days(body)) == days


def test_all_moments_of_a_body_move_by_the_same_days() -> None:
    assert moved(BOOKED, date(2028, 2, 29)) == BOOKED | {
        "startTime": "2028-02-29T23:00:00+08:00",
        "endTime": "2028-03-01T01:00:00+08:00",
    }


def test_the_thirtieth_is_a_right_first_of_march_but_for_its_name() -> None:
    assert on_the_thirtieth(BOOKED, date(2028, 2, 29)) == BOOKED | {
        "startTime": "2028-02-30T23:00:00+08:00",
        "endTime": "2028-03-02T01:00:00+08:00",
    }
    assert on_the_thirtieth({"birthDate": "1944-02-29", "size": 3}, date(1944, 2, 29)) == {"birthDate": "1944-02-30", "size": 3}
