"""Codes that a target issued: what is noted of them when they are hidden."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from conformance.checks._example import exchange
from conformance.model import DELIVERY, Exchange
from conformance.redaction import Redactor
from conformance.redaction.issued import rule_of

SECRET = "pickupCode"


def answer(body: Any, status: int = 200, sent: Any = None, case: str = "one") -> Exchange:
    return replace(exchange("POST /things", status, body, name="createThing", sent=sent), case=case)


def shows(redactor: Redactor, body: Any) -> list[str]:
    return list(redactor.exchange(answer(body)).attributes.get("shows", ()))


@pytest.mark.parametrize(
    ("codes", "rule"),
    [
        (["000007", "000014", "000021", "000028"], "step"),
        (["999990", "999997", "000004", "000011"], "step"),  # past the last
        (["000007", "000014", "000021"], ""),
        (["000003", "000009", "000027", "000081", "000243"], "linear"),
        (["117203", "093318", "550127", "004199", "831264", "220018"], ""),
        (["17", "24", "310", "38"], ""),
        (["abc1", "abc2", "abc3", "abc4"], ""),
        (["500000", "500000", "500000", "500000", "500000"], "step"),
    ],
)
def test_a_rule_by_which_codes_follow_is_found(codes: list[str], rule: str) -> None:
    assert rule_of(codes) == rule


def test_a_linear_rule_is_found_for_whatever_factor() -> None:
    for factor in (2, 10, 12_345, 1_103_515_245):
        codes, last = list[str](), 4711
        for _ in range(6):
            codes.append(f"{last:06d}")
            last = (last * factor + 12_345) % 1_000_000
        assert rule_of(codes) != "", factor


def test_the_rule_is_noted_with_the_code_that_shows_it_and_for_each_case_by_itself() -> None:
    redactor = Redactor({})
    noted = [
        redactor.exchange(answer({SECRET: f"{code:06d}"}, case=case)).attributes.get("codes")
        for code, case in ((7, "one"), (14, "one"), (500, "two"), (21, "one"), (28, "one"))
    ]
    assert noted == [None, None, None, None, {f"/{SECRET}": "step"}]


def test_a_code_under_another_name_is_noted_and_named_by_its_pseudonym() -> None:
    redactor = Redactor({})
    made = redactor.exchange(answer({"id": "r-1", SECRET: "483920"}))
    hidden = made.json[SECRET]
    assert hidden != "483920"
    assert "shows" not in made.attributes
    for body in ({"reasonCode": "483920"}, {"id": "box-483920"}, {"deep": [{"n": 483920}]}, '"\\u0034\\u00383920"'):
        told = redactor.exchange(answer(body if isinstance(body, dict) else body.encode()))
        assert told.attributes["shows"] == [hidden]
        assert told.tells(hidden)
    delivery = exchange("POST /hooks/a", 204, name=DELIVERY, sent={"reason": "483920"})
    assert redactor.exchange(delivery).attributes["shows"] == [hidden]


@pytest.mark.parametrize(
    "body",
    [
        {"time": "2026-03-01T00:00:00.483920+08:00"},
        {"id": "14839207"},
        {"hash": "a483920f"},
        {"price": 1.483920},
        {"n": "483921"},
    ],
)
def test_digits_that_are_part_of_something_else_are_chance(body: Any) -> None:
    redactor = Redactor({})
    redactor.exchange(answer({SECRET: "483920"}))
    assert shows(redactor, body) == []


@pytest.mark.parametrize(
    ("body", "status", "sent"),
    [
        ({SECRET: "483920"}, 403, None),  # no answer that issued it
        ({SECRET: "483920"}, 200, {SECRET: "483920"}),  # said again to whoever said it
        ({SECRET: "open"}, 200, None),  # a word
        ({SECRET: "12"}, 200, None),
        ({"phone": "0255501234"}, 200, None),  # a person's, and no code
    ],
)
def test_what_was_not_issued_is_not_looked_for(body: Any, status: int, sent: Any) -> None:
    redactor = Redactor({})
    redactor.exchange(answer(body, status, sent))
    assert shows(redactor, {"again": next(iter(body.values()))}) == []


def test_the_oldest_of_too_many_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("conformance.limits.CODES", 2)
    redactor = Redactor({})
    for code in ("100001", "300002", "200003"):
        redactor.exchange(answer({SECRET: code}))
    assert [len(shows(redactor, {"at": code})) for code in ("100001", "300002", "200003")] == [0, 1, 1]


def test_what_is_noted_holds_no_code() -> None:
    redactor = Redactor({})
    redactor.exchange(answer({SECRET: "483920"}))
    told = redactor.exchange(answer({"a": "483920", SECRET: "5550123"}))
    assert "483920" not in json.dumps(dict(told.attributes))
