"""Exchanges that are alike are judged once, and nothing comes out otherwise for it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conformance import checks
from conformance.checks._example import exchange, page, problem, shop
from conformance.interface.dialect import HOUSE
from conformance.model import Exchange, Finding, Witness
from conformance.verdict.alike import Judged, Memory, Panel
from conformance.verdict.weighing import NONE, vain, weighed

LISTENERS = [one for one in checks.every() if one.scope == "exchange" or one.each is not None]
Said = Iterator[Finding | Witness]


def directly(judge: Any, one: Exchange, *, bodies: bool = True) -> Judged:
    """What a judge says of an exchange that it is handed itself."""
    said, findings = [], []
    for word in judge([one]):
        if isinstance(word, Finding):
            findings.append(replace(word, references=(f"{one.case}#1",)))
        else:
            said.append(word)
    return Judged(weighed(said, lambda _: vain([one], bodies=bodies)), tuple(findings))


def bound(check: checks.Check, operation: str) -> Any:
    judge = checks.bind(check.judge if check.scope == "exchange" else check.each or check.judge, check.examples.arguments)
    return lambda trace: judge(shop().operations[operation], trace, HOUSE)


def heard(panel: Panel, one: Exchange, count: int) -> list[Judged]:
    said = dict(panel.judged(one, 1))
    return [said.get(place, Judged(NONE, ())) for place in range(count)]


EXAMPLES = [
    one
    for check in LISTENERS
    for traces in (check.examples.conforms, check.examples.violates, check.examples.inconclusive)
    for trace in traces
    for one in trace
]
AGREED = [one for one in EXAMPLES if one.request.operation in shop().operations]


def test_every_listener_says_of_every_example_what_it_says_of_the_exchange_itself() -> None:
    judges = {name: [bound(check, name) for check in LISTENERS] for name in shop().operations}
    panels = {name: Panel(own, Memory()) for name, own in judges.items()}
    for number, one in enumerate((*AGREED, *reversed(AGREED)), 1):
        asked, own = replace(one, number=number), one.request.operation
        assert heard(panels[own], asked, len(LISTENERS)) == [directly(judge, asked) for judge in judges[own]]


BODIES = [
    b"",
    b"{}",
    b"null",
    b"{",
    b'{"\xff":1}',
    *(one.response.body for one in EXAMPLES if one.response and len(one.response.body) < 1000),
]
HEADERS = [
    ("content-type", "application/json"),
    ("content-type", "text/plain"),
    ("cache-control", "no-store"),
    ("etag", '"1"'),
    ("api-version", "1.0.0"),
    ("api-version", "2"),
    ("retry-after", "0"),
    ("content-type", "application/problem+json"),
]


@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_whatever_differs_is_judged_anew(data: st.DataObject) -> None:
    """Exchanges that differ in a few members, in any order, come to what each comes to alone."""
    judges = [bound(check, "listThings") for check in LISTENERS]
    panel = Panel(judges, Memory(most=data.draw(st.sampled_from([1, 5_000, 10**9]))))
    start = data.draw(st.sampled_from(AGREED))
    for number in range(1, 12):
        asked = replace(
            start.request,
            operation="listThings",
            path=data.draw(st.sampled_from([start.request.path, "/things", "/home/things"])),
            query=data.draw(st.sampled_from([start.request.query, (), (("limit", "0"),)])),
            step=data.draw(st.sampled_from([start.request.step, "", "drawn: excluded: limit", "drawn: valid"])),
        )
        answer = start.response and replace(
            start.response,
            status=data.draw(st.sampled_from([start.status, 200, 404, 422, 429, 500])),
            headers=data.draw(st.lists(st.sampled_from(HEADERS), max_size=4).map(tuple) | st.just(start.response.headers)),
            body=data.draw(st.sampled_from(BODIES)),
            truncated=data.draw(st.booleans()),
        )
        facts = data.draw(st.sampled_from([{}, {"retryAfter": ["0"]}, {"echoed": True}]))
        one = replace(start, number=number, request=asked, response=answer, attributes=facts)
        assert heard(panel, one, len(judges)) == [directly(judge, one) for judge in judges]


# ------------------------------------------------------------------------------------------ what a view notes


class Counted:
    """A judge that finds fault with every status from 400 on, and counts how often it is asked."""

    def __init__(self, *more: str) -> None:
        self.asked, self.more = 0, more

    def __call__(self, trace: Sequence[Exchange]) -> Said:
        self.asked += 1
        (one,) = trace
        read = [getattr(one, name) for name in self.more]
        yield Witness((one.number,))
        if one.status >= 400:
            yield Finding("bad", (one.number,), "less", f"{one.status}{read}")


def answers(*pairs: tuple[int, str]) -> list[Exchange]:
    return [
        exchange("GET /things", status, page("a"), headers={"RateLimit": left}, number=number)
        for number, (status, left) in enumerate(pairs, 1)
    ]


def test_what_a_judge_does_not_read_asks_it_no_second_time() -> None:
    judge = Counted()
    panel = Panel([judge], Memory(), heads={0})
    said = [
        dict(panel.judged(one, index))[0] for index, one in enumerate(answers((200, "9"), (404, "8"), (404, "7"), (200, "6")), 1)
    ]
    assert judge.asked == 2
    assert [one.findings for one in said[1:3]] == [
        (Finding("bad", (number,), "less", "404[]", references=(f"example#{number}",)),) for number in (2, 3)
    ]


def test_one_that_reads_what_every_request_has_of_its_own_asks_no_other_again() -> None:
    plain, particular = Counted(), Counted("step", "case")
    panel = Panel([plain, particular], Memory())
    for number in range(1, 21):
        one = exchange("GET /things", 200, page("a"), step=f"step {number}", number=number)
        assert [place for place, _ in panel.judged(one, number)] == [0, 1]
    assert particular.asked == 20
    assert plain.asked <= 2


@pytest.mark.parametrize("misuse", [str, repr, int, hash, lambda number: f"{number}", lambda number: number + 1])
def test_a_number_is_said_and_never_read(misuse: Any) -> None:
    """A judge that read it would say of the second exchange what it said of the first."""

    def judge(trace: Sequence[Exchange]) -> Said:
        yield Witness((trace[0].number,))
        misuse(trace[0].number)

    ((_, said),) = Panel([judge], Memory()).judged(exchange("GET /things"), 1)
    assert said.error
    assert said.weighed == NONE


def test_an_error_is_met_again_each_time() -> None:
    def judge(trace: Sequence[Exchange]) -> Said:
        yield Finding("before", (trace[0].number,))
        raise KeyError(trace[0].status)

    panel = Panel([judge], Memory())
    for number in (3, 4):
        ((_, said),) = panel.judged(exchange("GET /things", number=number), number)
        assert said == Judged(NONE, (Finding("before", (number,), references=(f"example#{number}",)),), "KeyError: 200")


def test_what_a_view_derives_and_what_is_made_of_it_is_what_the_exchange_has() -> None:
    one = exchange(
        "GET /things?limit=2&limit=3", 404, problem(404), sent={"a": 1}, sent_headers={"If-Match": '"1"'}, actor="b", at=7
    )
    one = replace(one, attributes={"tls": "1.3"})
    seen: list[Any] = []

    def judge(trace: Sequence[Exchange]) -> Said:
        (view,) = trace
        assert isinstance(view, Exchange)
        assert view.response is not None
        seen.extend((view.url, view.ok, view.turned_away, view.is_setup, view.json, view.header("Content-Type"), view.sent_at))
        seen.extend((view.request.header("if-match"), view.request.parameter("limit"), view.request.json(), view.request.target))
        seen.extend((view.response.media_type, view.response.is_json, view.response.values("content-type"), view.response.size))
        seen.extend((dict(view.attributes), view.attributes.get("none"), replace(view.request, step="x"), replace(view.response)))
        seen.append(view.request.with_query(limit=None).with_actor(None))
        yield Witness((view.number,))

    assert next(iter(Panel([judge], Memory()).judged(one, 1)))[1].error == ""
    assert one.response is not None
    assert seen == [
        *(one.url, one.ok, one.turned_away, one.is_setup, one.json, one.header("Content-Type"), one.sent_at),
        *(one.request.header("if-match"), one.request.parameter("limit"), one.request.json(), one.request.target),
        *(one.response.media_type, one.response.is_json, one.response.values("content-type"), one.response.size),
        *(one.attributes, None, replace(one.request, step="x"), one.response),
        one.request.with_query(limit=None).with_actor(None),
    ]


def test_what_is_kept_is_bounded() -> None:
    memory = Memory(most=20_000)
    panel = Panel([Counted("json", "url")], memory)
    for number in range(500):
        for _ in panel.judged(exchange(f"GET /things?q={number}", 200, page(str(number)), number=number + 1), 1):
            pass
        assert memory._held <= 20_000
        assert sum(map(len, memory._bodies)) <= 20_000


def test_what_is_told_in_the_end_is_what_was_said_of_each() -> None:
    """Witnesses are counted and told together, findings at once with the place of each."""
    heard: list[tuple[int, Judged, int]] = []
    panel = Panel([Counted()], Memory(), heads={0})
    for index, one in enumerate(answers((200, "9"), (404, "8"), (404, "7"), (200, "6"), (200, "5")), 1):
        panel.listen(one, index, lambda *said: heard.append(said))
    assert [said.findings[0].references for _, said, _ in heard] == [("example#2",), ("example#3",)]
    panel.settle(lambda *said: heard.append(said))
    assert [(place, said.weighed.counted, times) for place, said, times in heard[2:]] == [(0, {"": 1}, 3)]
    panel.settle(lambda *said: heard.append(said))
    assert len(heard) == 3


def test_what_is_told_is_the_same_of_one_that_reads_what_every_request_has_of_its_own() -> None:
    """Nothing of it is kept, and it is counted and placed like what is."""
    heard: list[tuple[int, Judged, int]] = []
    panel = Panel([Counted(), Counted("step")], Memory())
    traffic = [
        exchange("GET /things", 404 if number == 9 else 200, step=f"step {number}", number=number) for number in range(1, 21)
    ]
    for index, one in enumerate(traffic, 1):
        panel.listen(one, index, lambda *said: heard.append(said))
    assert [(place, said.findings[0].references) for place, said, _ in heard] == [(0, ("example#9",)), (1, ("example#9",))]
    panel.settle(lambda *said: heard.append(said))
    counted = [sum(said.weighed.witnesses * times for at, said, times in heard if at == place) for place in (0, 1)]
    assert counted == [20, 20]
