"""Numbers of a body at the bounds that a document declares, and just beyond: a shop's offers, and servers that are wrong at one bound."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from starlette.requests import Request

from conformance.checks.protocol._borders import borders
from conformance.interface.openapi import read_operations
from conformance.model import Spec
from tests.small_interface import Answer, described, document, said, under_test

CHECK = "numbers_are_taken_up_to_their_bounds"
NUMBERS: dict[str, Any] = {
    "amount": {"type": "integer", "minimum": 1, "maximum": 40},
    "price": {"type": "number", "exclusiveMinimum": 0, "maximum": 99.5},
    "box": {"type": "integer", "minimum": 6, "maximum": 36, "multipleOf": 6},
}
OFFER = {
    "type": "object",
    "required": ["name", "size"],
    "additionalProperties": False,
    "properties": {
        "name": {"type": "string"},
        **NUMBERS,
        "size": {"type": "object", "properties": {"depth": {"type": "integer", "maximum": 300}}},
        "kind": {"type": "integer", "enum": [1, 2]},
        "serial": {"type": "integer", "minimum": 0, "maximum": 2**63 - 1},
    },
}
MADE = {"type": "object", "required": ["id"], "properties": {"id": {"type": "integer"}}}


def openapi(media: str = "application/json") -> dict[str, Any]:
    body = {"required": True, "content": {media: {"schema": OFFER}}}
    responses = described(MADE, "201") | {"422": described({})["400"]}
    return document({"/offers": {"post": {"operationId": "createOffer", "requestBody": body, "responses": responses}}}, "3.1.0")


SETUP = {
    "offer": {
        "create": "createOffer",
        "id": "/id",
        "candidates": [{"name": "offer", "body": {"name": {"unique": "offer"}, "amount": 7, "price": 3.5, "size": {"depth": 9}}}],
    }
}


class Offers:
    """The shop as it should be."""

    refusal = 422

    def fits(self, name: str, value: Decimal) -> bool:
        match name:
            case "amount":
                return 1 <= value <= 40 and value % 1 == 0
            case "price":
                return 0 < value <= Decimal("99.5")
            case "box":
                return 6 <= value <= 36 and value % 6 == 0
            case "depth":
                return value <= 300 and value % 1 == 0
            case "serial":
                return 0 <= value <= 2**63 - 1 and value % 1 == 0
        return True

    def answer(self, _request: Request, body: bytes) -> Answer:
        sent = json.loads(body, parse_float=Decimal)
        numbers = {**sent, **sent["size"]}
        wrong = [
            name for name, value in numbers.items() if not isinstance(value, str | dict) and not self.fits(name, Decimal(value))
        ]
        return said({"wrong": wrong}, self.refusal) if wrong else said({"id": 1}, 201)


class RefusesWith400(Offers):
    """Legal: another status that says the same."""

    refusal = 400


class StopsOneShort(Offers):
    def fits(self, name: str, value: Decimal) -> bool:
        return super().fits(name, value) and (name != "amount" or value < 40)


class TakesTheExclusiveBound(Offers):
    def fits(self, name: str, value: Decimal) -> bool:
        return super().fits(name, value) or (name == "price" and value == 0)


class RoundsBeforeItLooks(Offers):
    """Subtle: a price a little above the most is the most after rounding down."""

    def fits(self, name: str, value: Decimal) -> bool:
        return super().fits(name, min(value, Decimal(99)) if name == "price" and value < 101 else value)


class TakesBrokenBoxes(Offers):
    def fits(self, name: str, value: Decimal) -> bool:
        return super().fits(name, value) or (name == "box" and 6 < value < 36)


class TakesAnyDepth(Offers):
    """Subtle: what lies within a member is not looked at."""

    def fits(self, name: str, value: Decimal) -> bool:
        return name == "depth" or super().fits(name, value)


def outcome(cache: Path, server: Offers, **arguments: Any) -> tuple[str, set[str]]:
    verdicts, _ = under_test(cache, openapi(), server.answer, (CHECK, arguments), setup=SETUP)
    (one,) = verdicts.values()
    return str(one.outcome), {finding.at for finding in one.findings}


@pytest.mark.parametrize("kind", [Offers, RefusesWith400])
def test_what_keeps_its_bounds_passes(cache: Path, kind: type[Offers]) -> None:
    assert outcome(cache, kind()) == ("pass", set())


@pytest.mark.parametrize(
    ("kind", "bound"),
    [
        (StopsOneShort, "maximum of /amount"),
        (TakesTheExclusiveBound, "minimum of /price"),
        (RoundsBeforeItLooks, "maximum of /price"),
        (TakesBrokenBoxes, "multipleOf of /box"),
        (TakesAnyDepth, "maximum of /size/depth"),
    ],
)
def test_a_bound_that_is_not_kept_is_found(cache: Path, kind: type[Offers], bound: str) -> None:
    assert outcome(cache, kind()) == ("fail", {bound})


# ------------------------------------------------------------------------------------------ changes


def changing(method: str) -> dict[str, Any]:
    """The shop whose offers can be changed, in part (PATCH) or as a whole (PUT)."""
    whole = openapi()
    shape = OFFER if method == "put" else {key: value for key, value in OFFER.items() if key != "required"}
    body = {"required": True, "content": {"application/json": {"schema": shape}}}
    at = [{"name": "id", "in": "path", "required": True, "schema": {"type": "integer"}}]
    held = {**OFFER, "additionalProperties": True}
    answers = described(held) | {"422": described({})["400"]}
    change = {"operationId": "changeOffer", "requestBody": body, "responses": answers}
    read = {"operationId": "getOffer", "responses": described(held)}
    return {**whole, "paths": {**whole["paths"], "/offers/{id}": {"parameters": at, "get": read, method: change}}}


KEPT = {"offer": {**SETUP["offer"], "read": "getOffer", "update": "changeOffer", "parameter": "id"}}


class Shop(Offers):
    """Offers that are kept, and can be changed."""

    def __init__(self) -> None:
        self.offers: dict[str, dict[str, Any]] = {}
        self.version = 0

    def late(self, name: str, value: Decimal) -> bool:
        """Whether a number fits a change."""
        return self.fits(name, value)

    def answer(self, request: Request, body: bytes) -> Answer:
        if request.method == "POST":
            made = super().answer(request, body)
            if made[0] != 201:
                return made
            key = str(len(self.offers) + 1)
            self.offers[key] = {"id": int(key), **json.loads(body)}
            return said({"id": int(key)}, 201)
        one = self.offers[request.url.path.rpartition("/")[2]]
        if request.method != "GET":
            if self.stale(request):
                return said({}, 412)
            sent = json.loads(body)
            numbers = {**sent, **sent.get("size", {})}
            if not all(self.late(key, Decimal(str(value))) for key, value in numbers.items() if isinstance(value, int | float)):
                return said({}, self.refusal)
            one |= sent
            self.version += 1
        return said(one, ETag=f'"{self.version}"')

    def stale(self, _request: Request) -> bool:
        return False


class WantsTheTag(Shop):
    """Legal: a change is taken under the present entity tag alone."""

    def stale(self, request: Request) -> bool:
        return request.headers.get("If-Match") != f'"{self.version}"'


class LooksAtNoNumberLater(Shop):
    def late(self, name: str, value: Decimal) -> bool:
        return True


class ComparesOtherwiseLater(Shop):
    """Subtle: `<` where it was `<=`, when an offer is changed."""

    def late(self, name: str, value: Decimal) -> bool:
        return self.fits(name, value) and (name != "depth" or value < 300)


@pytest.mark.parametrize("method", ["patch", "put"])
@pytest.mark.parametrize(
    ("kind", "bounds"),
    [
        (Shop, set()),
        (WantsTheTag, set()),
        (LooksAtNoNumberLater, {"minimum of /amount", "maximum of /price", "multipleOf of /box", "maximum of /size/depth"}),
        (ComparesOtherwiseLater, {"maximum of /size/depth"}),
    ],
)
def test_a_change_is_held_to_the_same_bounds(cache: Path, method: str, kind: type[Shop], bounds: set[str]) -> None:
    verdicts, _ = under_test(cache, changing(method), kind().answer, CHECK, setup=KEPT)
    found = verdicts[f"{CHECK}/changeOffer"]
    told = {finding.at for finding in found.findings}
    assert str(found.outcome) == ("fail" if bounds else "pass")
    assert told >= bounds
    assert bool(told) == bool(bounds)
    assert str(verdicts[f"{CHECK}/createOffer"].outcome) == "pass"


def test_a_row_may_name_the_members_that_it_means(cache: Path) -> None:
    assert outcome(cache, StopsOneShort(), members=["/price"]) == ("pass", set())


def test_of_each_bound_the_last_value_within_and_the_first_beyond_are_known() -> None:
    (operation,) = read_operations(Spec("d", "1", openapi(), "", {}, {}, {}, [], {})).values()
    assert [(one.name, one.kept, one.broken) for one in borders(operation, "application/json")] == [
        ("minimum of /amount", 1, 0),
        ("maximum of /amount", 40, 41),
        ("minimum of /price", 0.5, 0),
        ("maximum of /price", 99.5, 100),
        ("minimum of /box", 6, 0),
        ("maximum of /box", 36, 42),
        ("multipleOf of /box", 6, 7),
        ("maximum of /size/depth", 300, 301),
        ("minimum of /serial", 0, -1),
    ]


@pytest.mark.parametrize(
    ("schema", "ends"),
    [
        ({"type": "integer", "minimum": 3, "exclusiveMinimum": True}, [("minimum", 4, 3)]),
        ({"type": "integer", "minimum": 2.5}, [("minimum", 3, 2)]),
        ({"type": "number", "maximum": -1, "multipleOf": 0.25}, [("maximum", -1, -0.75), ("multipleOf", -1, -0.875)]),
        ({"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 0.4}, [("minimum", 0.1, 0), ("maximum", 0.3, 0.4)]),
        ({"type": ["integer", "null"], "maximum": 9}, [("maximum", 9, 10)]),
        ({"type": ["integer", "string"], "maximum": 9}, []),
        ({"type": "integer", "maximum": 9, "readOnly": True}, []),
        ({"type": "integer", "maximum": 9, "enum": [1, 2]}, []),
        ({"allOf": [{"type": "integer", "minimum": 1}, {"maximum": 5}]}, [("minimum", 1, 0), ("maximum", 5, 6)]),
    ],
)
def test_bounds_are_read_as_each_version_writes_them(schema: dict[str, Any], ends: list[tuple[str, float, float]]) -> None:
    body = {"content": {"application/json": {"schema": {"type": "object", "properties": {"n": schema}}}}}
    paths = {"/n": {"post": {"operationId": "n", "requestBody": body, "responses": described(MADE, "201")}}}
    (operation,) = read_operations(Spec("d", "1", document(paths), "", {}, {}, {}, [], {})).values()
    assert [(one.kind, one.kept, one.broken) for one in borders(operation, "application/json")] == ends
