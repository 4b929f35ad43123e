"""Whether everybody is answered alike: what differs by who asks is found, and what changes by itself never is."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from itertools import count
from random import Random
from typing import Any

import pytest

from conformance.model import Exchange, Guise, Outcome, Request, Response
from conformance.run.sample import ask_sample
from conformance.verdict.answered import Canaries
from conformance.verdict.identities import OTHER, OWN, ROUNDS, Sampled, sampled

Answer = Callable[[str, int], tuple[int, Any]]  # who asks, and which request of the sample it is → status and body
GUISE = Guise(724_011)


class _Spec:
    """As much of a spec as the sample needs."""

    operations: dict[str, Any] = {}  # noqa: RUF012 - none


def asked(answer: Answer, names: tuple[str, ...] = ("plain-1", "read-2"), guise: Guise = GUISE) -> list[Exchange]:
    """The sample as a server is asked it that answers so."""
    came: list[Exchange] = []

    async def send(request: Request, who: str) -> Exchange:
        status, body = answer(who, len(came))
        response = Response(status, (("content-type", "application/json"),), json.dumps(body).encode()) if status else None
        failure = None if status else "reset"
        came.append(Exchange(len(came) + 1, "control/sample", request, response, failure))
        return came[-1]

    async def wait() -> None:
        return

    reads = {name: Request("list", "GET", f"/things/{name}") for name in names}
    with pytest.raises(StopIteration):
        ask_sample(_Spec(), guise, reads, send, wait).send(None)  # type: ignore[arg-type] # no operation is looked up
    return came


def judged(answer: Answer, **more: Any) -> Sampled:
    return sampled(asked(answer, **more))


def test_who_is_answered_alike_is_asked_once() -> None:
    found = judged(lambda _who, _nth: (200, {"items": [1, 2], "total": 2}))
    assert found.outcome is Outcome.PASS
    assert found.reads == 2
    assert 8 <= found.exchanges <= 10


@pytest.mark.parametrize(
    ("own", "other", "at"),
    [
        ((200, {"a": 1}), (200, {"a": 2}), "/a"),
        ((200, {"a": 1}), (200, {}), "/a"),
        ((200, {"items": [{"id": 1}]}), (200, {"items": [{"id": 9}]}), "/items/0/id"),
        ((200, {"a": 1}), (403, {"a": 1}), "/"),
        ((200, {"a": 1}), (503, {"a": 1}), "/"),
        ((200, {"a": 1}), (0, {}), "/"),
        ((200, {"a": True}), (200, {"a": 1}), "/a"),
        ((200, {"a/b": "x"}), (200, {"a/b": "y"}), "/a~1b"),
    ],
)
def test_what_differs_by_who_asks_is_a_finding(own: tuple[int, Any], other: tuple[int, Any], at: str) -> None:
    found = judged(lambda who, _nth: own if who == OWN else other)
    assert found.outcome is Outcome.FAIL
    assert [one.at or "/" for one in found.findings] == [at, at]
    said = found.findings[0].document()
    assert said["own"] != said["other"]
    assert at in said["text"]["en"]
    assert at in said["text"]["zh-Hant"]


def test_a_difference_beside_what_changes_is_found_all_the_same() -> None:
    found = judged(lambda who, nth: (200, {"at": nth, "requestId": nth * 7, "served": who}))
    assert [one.at for one in found.findings] == ["/served", "/served"]


def by_turns(period: int) -> Answer:
    return lambda _who, nth: (200, {"form": nth % period})


def flapping(seed: int, share: float) -> Answer:
    chance = Random(seed)
    return lambda _who, _nth: (200, {"items": [n for n in range(100) if chance.random() > share]})


LIVE: dict[str, Answer] = {
    "a clock": lambda _who, nth: (200, {"at": nth // 3}),
    "a slow clock": lambda _who, nth: (200, {"at": nth // 7}),
    "a counter": lambda _who, nth: (200, {"n": nth}),
    "turns of two": by_turns(2),
    "turns of three": by_turns(3),
    "turns of four": by_turns(4),
    "turns of five": by_turns(5),
    "now and then away": flapping(1, 0.1),
    "away half of the time": flapping(2, 0.5),
    "busy": lambda _who, nth: (429, {}) if nth % 5 == 0 else (200, {"a": 1}),
    "now and then broken": lambda _who, nth: (503, {}) if nth % 6 == 0 else (200, {"a": 1}),
    "gone meanwhile": lambda _who, nth: (200, {"a": 1}) if nth < 5 else (200, {"a": 2}),
}


@pytest.mark.heavy
@pytest.mark.parametrize("name", LIVE)
def test_what_changes_by_itself_is_none(name: str) -> None:
    for seed in range(40):
        assert judged(LIVE[name], guise=Guise(seed + 2)).findings == (), seed


def test_coins_thrown_for_every_answer_are_none() -> None:
    chance = Random(3)
    for seed in range(300):
        found = judged(lambda _who, _nth: (200, {"a": chance.random() < 0.5}), guise=Guise(seed + 2))
        assert found.findings == ()


def test_a_read_that_nobody_is_answered_any_more_is_a_finding_where_it_needs_no_parameter() -> None:
    found = judged(lambda _who, _nth: (404, {"status": 404}))
    assert [one.kind for one in found.findings] == ["gone"]
    assert "/things/plain-1" in found.findings[0].read
    for status in (401, 403, 503, 0):
        assert judged(lambda _who, _nth, status=status: (status, {})).findings == ()  # type: ignore[misc] # what it is bound to


def test_what_was_not_asked_to_its_end_is_open() -> None:
    came = asked(lambda who, _nth: (200, {"who": who}))
    assert max(int(one.step.split(" ")[1]) for one in came) == ROUNDS
    assert sampled(came[: len(came) // 2]).outcome is Outcome.INCONCLUSIVE
    assert sampled([]).outcome is Outcome.NOT_TESTED
    assert sampled(asked(lambda _who, _nth: (429, {}))).outcome is Outcome.INCONCLUSIVE


def test_the_two_take_turns_that_a_clock_cannot_follow() -> None:
    orders = set()
    for seed in range(2, 40):
        whos = [one.step.split(" ")[2] for one in asked(lambda who, _nth: (200, {"who": who}), guise=Guise(seed))]
        assert {OWN, OTHER} == set(whos)
        orders.add(tuple(whos[:4]))
    assert orders == {(OWN, OTHER, OTHER, OWN), (OTHER, OWN, OWN, OTHER)}


# ------------------------------------------------------------------------------------------ canaries

NUMBERS = count(1)


def exchange(method: str, path: str, body: bytes, answer: bytes, status: int = 200) -> Exchange:
    return Exchange(next(NUMBERS), "c", Request("x", method, path, body=body), Response(status, (), answer))


def told() -> Iterator[str]:
    return (GUISE.unique(f"note-{nth}", f"{nth:08x}") for nth in count())


def test_a_canary_comes_back_in_a_later_read_that_does_not_name_it() -> None:
    first, second, third, fourth, unknown = (text.encode() for text, _ in zip(told(), range(5), strict=False))
    found = Canaries(GUISE)
    for one in (
        exchange("GET", "/notes", b"", first),  # before it was written
        exchange(
            "POST", "/notes", b'{"note": "%b"}' % first, b'{"note": "%b"}' % first, 201
        ),  # the answer to the creation itself
        exchange("POST", "/notes", b'{"note": "%b"}' % second, b"{}", 422),  # refused
        exchange("GET", "/notes/2", b"", second),
        exchange("POST", "/notes", b'{"note": "%b"}' % third, b"{}", 201),
        exchange("GET", f"/notes/{third.decode()}", b"", third),  # whoever repeats what it is asked for needs no memory
        exchange("PUT", "/notes/4", b'{"note": "%b"}' % fourth, b"", 204),
        exchange("GET", "/notes/4", b"", b'{"note": "%b", "of": "%b"}' % (fourth, unknown)),
    ):
        found.take(one)
    assert found.planted == {first, third, fourth}
    assert found.returned == {fourth}


def test_under_the_fixed_seed_there_is_no_canary() -> None:
    found = Canaries(Guise())
    found.take(exchange("POST", "/notes", b'{"note": "yance-note-0-1a2b3c4d"}', b"", 201))
    assert found.planted == set()
