"""A list that is ordered as it is asked to be, and servers that take the wish and heed it otherwise."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from starlette.requests import Request

from tests.small_interface import Answer, described, document, said, under_test

CHECK = "items_come_in_the_order_asked_for"
ORDERS = {"price": ["/price", "/id"], "-price": ["-/price", "/id"], "name": ["/name"]}
GOODS: list[dict[str, Any]] = [
    {"id": n, "name": f"n{n * 7 % 19:02d}", **({"price": n * 5 % 13} if n % 6 else {})} for n in range(1, 20)
]
ITEM = {"type": "object", "required": ["id", "name"], "properties": {"price": {"type": "integer"}, "name": {"type": "string"}}}
OPENAPI = document(
    {
        "/goods": {
            "get": {
                "operationId": "listGoods",
                "x-collection": {"items": "/items", "id": ["/id"]},
                "parameters": [
                    {"name": "sort", "in": "query", "schema": {"type": "string", "enum": list(ORDERS)}},
                    {"name": "page", "in": "query", "schema": {"type": "integer", "minimum": 1}, "x-paging": "page"},
                    {"name": "limit", "in": "query", "schema": {"type": "integer", "minimum": 1}, "x-paging": "limit"},
                ],
                "responses": described(
                    {"type": "object", "required": ["items"], "properties": {"items": {"type": "array", "items": ITEM}}}
                ),
            }
        }
    }
)
DIALECT = {
    "style": "next-in-body",
    "items_at": "/items",
    "next_at": "/next",
    "total_at": "",
    "parameter": "page",
    "problem_media_type": "application/json",
}


class Goods:
    """As it should be: what has no price comes last."""

    def answer(self, request: Request, _body: bytes) -> Answer:
        query = request.query_params
        ordered = self.ordered(query.get("sort", ""))
        start, size = (int(query.get("page", "1")) - 1) * int(query.get("limit", "50")), int(query.get("limit", "50"))
        shown = ordered[start : start + size]
        following = f"/goods?{request.url.include_query_params(page=start // size + 2).query}"
        return said({"items": shown, **({"next": following} if start + size < len(ordered) else {})})

    def ordered(self, sort: str) -> list[dict[str, Any]]:
        if not sort:
            return GOODS
        if sort == "name":
            return sorted(GOODS, key=lambda one: one["name"])
        priced = sorted((one for one in GOODS if "price" in one), key=lambda one: (self.price(one, sort), one["id"]))
        return priced + self.rest()

    def price(self, one: dict[str, Any], sort: str) -> Any:
        return -one["price"] if sort.startswith("-") else one["price"]

    def rest(self) -> list[dict[str, Any]]:
        return [one for one in GOODS if "price" not in one]


class HeedsNoWish(Goods):
    def ordered(self, sort: str) -> list[dict[str, Any]]:
        return GOODS


class OrdersNumbersAsTexts(Goods):
    def price(self, one: dict[str, Any], sort: str) -> Any:
        return str(-one["price"]) if sort.startswith("-") else str(one["price"])


class LosesWhatHasNoPrice(Goods):
    def rest(self) -> list[dict[str, Any]]:
        return []


class TurnsTheTiesRoundToo(Goods):
    def ordered(self, sort: str) -> list[dict[str, Any]]:
        return super().ordered("price")[::-1] if sort == "-price" else super().ordered(sort)


def outcome(cache: Path, server: Goods) -> str:
    bound = (CHECK, {"parameter": "sort", "orders": ORDERS})
    verdicts, _ = under_test(cache, OPENAPI, server.answer, bound, dialect=DIALECT)
    return str(verdicts[f"{CHECK}/listGoods"].outcome)


def test_a_list_in_the_order_asked_for_passes(tmp_path: Path) -> None:
    assert outcome(tmp_path, Goods()) == "pass"


@pytest.mark.heavy
@pytest.mark.parametrize("kind", [HeedsNoWish, OrdersNumbersAsTexts, LosesWhatHasNoPrice, TurnsTheTiesRoundToo])
def test_another_order_fails(tmp_path: Path, kind: type[Goods]) -> None:
    assert outcome(tmp_path, kind()) == "fail"
