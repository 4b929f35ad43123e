"""Filters as published interfaces have them beside those of the house: at most, not, one of a list, beginning with. Each server is wrong in one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request

from conformance.checks._filters import _common, _likenesses
from tests.small_interface import Answer, described, document, said, under_test

KEEPS, EMPTY, TOGETHER = "filters_keep_exactly_what_they_say", "no_match_is_an_empty_page", "filters_combine_by_intersection"
KINDS = ("van", "vanguard", "car", "bus", "Van")
CARS = [{"id": f"c{n:02d}", "kind": KINDS[n % 5], "seats": n % 7 + 1} for n in range(23)]


def query(name: str, schema: dict[str, Any], match: str, on: str) -> dict[str, Any]:
    return {"name": name, "in": "query", "schema": schema, "x-filter": {"match": match, "on": on}}


TEXT = {"type": "string", "minLength": 1}
CAR = {
    "type": "object",
    "required": ["id", "kind", "seats"],
    "properties": {"id": TEXT, "kind": TEXT, "seats": {"type": "integer"}},
}
OPENAPI = document(
    {
        "/cars": {
            "get": {
                "operationId": "listCars",
                "x-collection": {"items": "/items", "id": ["/id"]},
                "parameters": [
                    query("maxSeats", {"type": "number"}, "at-most", "/seats"),
                    query("notKind", TEXT, "not", "/kind"),
                    query("kinds", TEXT, "in-list", "/kind"),
                    query("kindBegins", TEXT, "prefix", "/kind"),
                ],
                "responses": described(
                    {"type": "object", "required": ["items"], "properties": {"items": {"type": "array", "items": CAR}}}
                ),
            }
        }
    }
)


class Cars:
    """The list as it should be."""

    def answer(self, request: Request, _body: bytes) -> Answer:
        return said(
            {"items": [one for one in CARS if all(getattr(self, name)(one, text) for name, text in request.query_params.items())]}
        )

    def maxSeats(self, one: dict[str, Any], text: str) -> bool:  # noqa: N802 - the parameter's name
        return one["seats"] <= float(text)

    def notKind(self, one: dict[str, Any], text: str) -> bool:  # noqa: N802
        return one["kind"] != text

    def kinds(self, one: dict[str, Any], text: str) -> bool:
        return one["kind"] in text.split(",")

    def kindBegins(self, one: dict[str, Any], text: str) -> bool:  # noqa: N802
        return one["kind"].startswith(text)


class LeavesTheBoundOut(Cars):
    def maxSeats(self, one: dict[str, Any], text: str) -> bool:  # noqa: N802
        return one["seats"] < float(text)


class CutsTheBoundToAWholeNumber(Cars):
    def maxSeats(self, one: dict[str, Any], text: str) -> bool:  # noqa: N802
        return one["seats"] <= round(float(text) + 0.5)


class LeavesOutWhatOnlyBeginsSo(Cars):
    def notKind(self, one: dict[str, Any], text: str) -> bool:  # noqa: N802
        return not one["kind"].startswith(text)


class HeedsTheFirstOfAList(Cars):
    def kinds(self, one: dict[str, Any], text: str) -> bool:
        return one["kind"] == text.split(",", maxsplit=1)[0]


class LooksForTheListAsOneText(Cars):
    def kinds(self, one: dict[str, Any], text: str) -> bool:
        return one["kind"] in text


class BeginsInAnyCase(Cars):
    def kindBegins(self, one: dict[str, Any], text: str) -> bool:  # noqa: N802
        return one["kind"].lower().startswith(text.lower())


class BeginsAnywhere(Cars):
    def kindBegins(self, one: dict[str, Any], text: str) -> bool:  # noqa: N802
        return text in one["kind"]


def outcomes(cache: Path, server: Cars) -> dict[str, str]:
    verdicts, _ = under_test(cache, OPENAPI, server.answer, KEEPS, EMPTY, TOGETHER)
    return {name.partition("/")[0]: str(one.outcome) for name, one in verdicts.items()}


def test_a_conforming_list_passes(tmp_path: Path) -> None:
    assert outcomes(tmp_path, Cars()) == {KEEPS: "pass", EMPTY: "pass", TOGETHER: "pass"}


@pytest.mark.heavy
@pytest.mark.parametrize(
    "kind",
    [
        LeavesTheBoundOut,
        CutsTheBoundToAWholeNumber,
        LeavesOutWhatOnlyBeginsSo,
        HeedsTheFirstOfAList,
        LooksForTheListAsOneText,
        BeginsInAnyCase,
        BeginsAnywhere,
    ],
)
def test_what_keeps_otherwise_fails(tmp_path: Path, kind: type[Cars]) -> None:
    assert outcomes(tmp_path, kind())[KEEPS] == "fail"


@given(st.lists(st.text("ab", max_size=5), unique=True, max_size=12))
def test_the_likeness_of_neighbours_is_the_likeness_to_all(texts: list[str]) -> None:
    def to_all(text: str) -> int:
        others = [other for other in texts if other != text]
        return max((_common(text, other) + len(other) * other.startswith(text) for other in others), default=0)

    assert _likenesses(texts) == {text: to_all(text) for text in texts}
