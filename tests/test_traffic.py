"""The timeline of a run counts each request once, where it was sent, and its percentiles are times that were seen."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.model import DELIVERY, Exchange, Request, Response
from conformance.verdict.traffic import SLICES, STEPS, Traffic

ASKED = Request("listStops", "GET", "/stops")
AT = 1_790_000_000_000


def asked(sent: int, elapsed: int, status: int = 200, case: str = "COM-PAGE-01/listStops") -> Exchange:
    response = Response(status) if status else None
    return Exchange(1, case, ASKED, response, None if response else "ReadTimeout", "https://x.example", AT + sent, elapsed)


def summed(*exchanges: Exchange, interrupted_before: int = -1) -> dict[str, object]:
    traffic = Traffic()
    for index, one in enumerate(exchanges):
        if index == interrupted_before:
            traffic.interrupted()
        traffic.take(one)
    return traffic.document({"COM-PAGE-01": "collections", "COM-ERR-01": "core"})


def test_a_run_without_a_request_has_an_empty_timeline() -> None:
    assert summed() == {"began": 0, "span": 0, "slice": 1, "pauses": [], "requests": {}, "classes": {}, "operations": []}


def test_requests_are_counted_where_they_were_sent_by_what_came_of_them() -> None:
    found = summed(
        asked(0, 4),
        asked(960, 4, 404),
        asked(1919, 1, 503, "shrink/COM-ERR-01/listStops"),
        asked(500, 30, 0, "TRN-001/listStops"),
    )
    assert (found["began"], found["span"], found["slice"]) == (AT, 1920, 20)
    requests = {name: [at for at, count in enumerate(counts) if count] for name, counts in found["requests"].items()}
    assert requests == {"success": [0], "refused": [48], "broken": [95], "unanswered": [25]}
    assert {name: sum(counts) for name, counts in found["classes"].items()} == {"collections": 2, "core": 1}


def test_what_the_target_sent_is_no_request() -> None:
    assert summed(replace(asked(0, 1), request=replace(ASKED, operation=DELIVERY)))["operations"] == []


def test_percentiles_are_values_that_were_seen() -> None:
    (found,) = summed(*(asked(n, n) for n in range(1, 101)), asked(0, 7, 0))["operations"]
    assert (found["answers"], found["unanswered"]) == (100, 1)
    assert (found["median"], found["p95"], found["longest"]) == (50, 95, 100)
    assert [3, 1] in found["spread"]
    assert [96, 5] in found["spread"]


def test_the_time_between_two_attempts_is_left_out_and_said() -> None:
    found = summed(asked(0, 10), asked(20, 10), asked(86_400_000, 10), asked(86_400_050, 10), interrupted_before=2)
    assert found["pauses"] == [{"at": 30, "length": 86_400_000 - 30}]
    assert found["span"] == 90


@settings(max_examples=60, deadline=None, database=None)
@given(st.lists(st.tuples(st.integers(0, 10**13), st.integers(0, 2**53), st.sampled_from((0, 200, 304, 404, 500)))))
def test_nothing_is_lost_or_counted_twice_whatever_the_times(rows: list[tuple[int, int, int]]) -> None:
    found = summed(*(asked(*row) for row in rows), interrupted_before=len(rows) // 2)
    assert sum(map(sum, found["requests"].values())) == len(rows)
    assert all(len(counts) <= SLICES for counts in found["requests"].values())
    assert sum(one["answers"] + one["unanswered"] for one in found["operations"]) == len(rows)
    for one in found["operations"]:
        assert sum(count for _, count in one.get("spread", ())) == one["answers"]
        assert all(step in STEPS for step, _ in one.get("spread", ()))
