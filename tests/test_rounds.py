"""Findings on live data: which of them stand when everything is read again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest

from conformance import checks
from conformance.checks._example import exchange, numbered, operation, page, problem
from conformance.checks._probes import steadily, vanished
from conformance.checks._rounds import AGAIN, lasting, settled
from conformance.checks._views import at_rest
from conformance.interface.dialect import HOUSE
from conformance.model import Exchange, Finding, Pause, Request, Witness

THINGS = operation("listThings")


def judged(trace: Sequence[Exchange]) -> Iterator[Finding | Witness]:
    """Finds fault with every part that lacks an item of the whole."""
    answers = {one.step: HOUSE.items(one) or [] for one in trace}
    yield Witness(tuple(one.number for one in trace), "read")
    for item in answers.get("whole", ()):
        if "part" in answers and item not in answers["part"]:
            yield Finding("lacks", (1,), actual=item["thingId"])


def round_(whole: str, part: str, nth: int = 0) -> list[Exchange]:
    """Letters are items."""
    return [
        exchange("GET /things", 200, page(*whole), step="whole" + AGAIN * nth),
        exchange("GET /things?colour=red", 200, page(*part), step="part" + AGAIN * nth),
    ]


def told(*rounds: list[Exchange], rest: bool = False) -> list[str]:
    how = {"at_rest": at_rest(THINGS, HOUSE)} if rest else {}
    found = lasting(numbered(*(one for each in rounds for one in each)), judged, **how)
    return [one.actual if isinstance(one, Finding) else "witness" for one in found]


def test_a_reading_without_a_finding_is_taken_as_it_is() -> None:
    assert told(round_("abc", "abc")) == ["witness"]


def test_a_finding_stands_when_every_round_repeats_it_word_for_word() -> None:
    assert told(round_("abc", "ab"), round_("abcd", "abd", 1), round_("abce", "abe", 2)) == ["witness", "c"]
    assert told(round_("abc", "ab"), round_("abcd", "abd", 1), round_("abc", "abc", 2)) == ["witness"]


def test_a_finding_of_the_same_kind_stands_where_the_data_were_at_rest() -> None:
    assert told(round_("abc", "ab"), round_("abc", "ac", 1), rest=True) == ["witness", "c"]
    assert told(round_("abc", "ab"), round_("cba", "ac", 1), rest=True) == ["witness", "c"], "order does not matter"
    assert told(round_("abc", "ab"), round_("abcd", "bcd", 1), rest=True) == [], "the data changed"


def test_findings_in_every_round_of_which_none_stands_leave_the_question_open() -> None:
    assert told(round_("abc", "ab"), round_("abc", "ac", 1)) == []


def test_what_looks_wrong_is_read_again_and_what_does_not_is_not() -> None:
    def asked(answers: Sequence[Sequence[str]]) -> list[str]:
        def once() -> Iterator[Request]:
            yield THINGS.request(step="whole")
            yield THINGS.request(query={"colour": "red"}, step="part")

        script, answer, steps = settled(once, judged), None, list[str]()
        left = [page(*items) for each in answers for items in each]
        while True:
            try:
                ask = script.send(answer)
            except StopIteration:
                return steps
            answer = None
            if isinstance(ask, Pause):
                assert ask.may_be_shorter
                continue
            steps.append(ask.step)
            answer = exchange("GET /things", 200, left.pop(0), step=ask.step)

    once, again = ["whole", "part"], ["whole (again)", "part (again)"]
    assert asked([("ab", "ab")]) == once
    assert asked([("ab", "a"), ("ab", "ab")]) == once + again
    assert asked([("ab", "a")] * 3) == [*once, *again, "whole (again) (again)", "part (again) (again)"]
    moving = [("ab" + other, "a" + other) for other in "cdefgh"]
    assert len(asked(moving)) == 6 * len(once), "of data that move, three rounds may be alike by chance"
    assert len(asked([*moving[:4], ("abg", "abg")])) == 5 * len(once)


def probed(*statuses: int) -> list[Exchange]:
    """What a spoilt reading of one thing brings, with plain readings in between."""
    script = steadily(operation("getThing"), READ.with_step("spoilt"), READ.with_step("as it is"))
    found: list[Exchange] = []
    try:
        asked = next(script)
        for status in statuses:
            found.append(exchange("GET /things/t1", status, problem(status), name="getThing", step=asked.step))
            asked = script.send(found[-1])
    except StopIteration:
        assert len(found) == len(statuses), "more was asked than is looked for"
    return found


READ = operation("getThing").request(path={"thingId": "t1"})


@pytest.mark.parametrize(
    ("statuses", "gone"),
    [
        ((400,), False),
        ((404,), True),
        ((404, 200), True),
        ((404, 200, 404), False),
        ((404, 200, 400), True),
        ((404, 404, 404), True),
        ((404, 404, 406), True),
    ],
)
def test_a_404_stands_where_it_comes_before_and_after_a_reading(statuses: tuple[int, ...], gone: bool) -> None:
    trace = probed(*statuses)
    refused = [one for one in trace if one.step == "spoilt" and one.status >= 400]
    assert len(trace) == len(statuses)
    assert {vanished(operation("getThing"), trace, one) for one in refused if one.status == 404 or len(refused) == 1} == {gone}


def _booked(status: int, nth: int = 0) -> Exchange:
    step = "out of service: closed" + AGAIN * nth
    return exchange("POST /things", status, problem(status), name="createThing", step=step, actor="a")


@pytest.mark.parametrize(
    ("booked", "found"),
    [
        ([_booked(422), _booked(409, 1)], []),  # it was gone when it was asked for
        ([_booked(422), _booked(404, 1), _booked(409, 2)], []),
        ([_booked(422), _booked(404, 1), _booked(422, 2)], ["422"]),
        ([_booked(201)], ["201"]),
        ([_booked(422), _booked(201, 1)], ["201"]),  # an acceptance needs no second round
    ],
)
def test_a_refusal_of_what_is_closed_stands_in_every_round_and_an_acceptance_at_once(
    booked: list[Exchange], found: list[str]
) -> None:
    check = checks.check("what_is_out_of_service_takes_nothing")
    said = check.judge(operation("createThing"), numbered(*booked), HOUSE)
    assert [one.actual for one in said if isinstance(one, Finding)] == found
