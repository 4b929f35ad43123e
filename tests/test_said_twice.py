"""An answer that says something in two places, and servers of which one place forgets what the other knows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from starlette.requests import Request

from tests.small_interface import Answer, described, document, said, under_test

CHECK = "what_is_said_twice_agrees"
AGREE = {"agree": [{"header": "X-Total-Count", "member": "/total", "always": True}, {"parameter": "size", "member": "/size"}]}
SHELF = [{"id": n} for n in range(13)]
COUNT = {"type": "integer", "minimum": 0}
LIST = {
    "type": "object",
    "required": ["items", "total", "size"],
    "properties": {"items": {"type": "array", "items": {"type": "object"}}, "total": COUNT, "size": COUNT},
}
SIZE = {"type": "integer", "minimum": 1, "maximum": 10, "default": 5}
OPENAPI = document(
    {
        "/books": {
            "get": {
                "operationId": "listBooks",
                "x-collection": {"items": "/items", "id": ["/id"]},
                "parameters": [{"name": "size", "in": "query", "schema": SIZE, "x-paging": "limit"}],
                "responses": described(LIST, headers={"X-Total-Count": {"schema": COUNT}}),
            }
        }
    }
)


class Books:
    """As it should be; a size beyond the bound is cut to it, which the documents of many interfaces allow."""

    def answer(self, request: Request, _body: bytes) -> Answer:
        asked = request.query_params.get("size", "5")
        size = min(int(asked), 10) if asked.isdigit() and int(asked) else 0
        if not size:
            return said({}, 400)
        shown = SHELF[:size]
        return said({"items": shown, "total": len(SHELF), "size": self.echo(size, asked)}, **self.headers(len(SHELF), len(shown)))

    def echo(self, size: int, asked: str) -> int:
        return size

    def headers(self, total: int, shown: int) -> dict[str, str]:
        return {"X-Total-Count": str(total)}


class CountsThePageInTheHeader(Books):
    def headers(self, total: int, shown: int) -> dict[str, str]:
        return {"X-Total-Count": str(shown)}


class ForgetsTheHeader(Books):
    def headers(self, total: int, shown: int) -> dict[str, str]:
        return {}


class EchoesTheDefault(Books):
    def echo(self, size: int, asked: str) -> int:
        return 5


class EchoesWhatIsShownOnTheLastPage(Books):
    def echo(self, size: int, asked: str) -> int:
        return size - 1 if size > 8 else size


def verdict(cache: Path, server: Books) -> Any:
    verdicts, _ = under_test(
        cache,
        OPENAPI,
        server.answer,
        (CHECK, AGREE),
        ("page_sizes_out_of_range_are_refused", {"above": "clamp"}),
        dialect={
            "style": "next-in-body",
            "items_at": "/items",
            "total_at": "/total",
            "limit": "size",
            "problem_media_type": "application/json",
        },
    )
    return verdicts[f"{CHECK}/listBooks"]


def test_a_server_that_agrees_with_itself_passes(tmp_path: Path) -> None:
    found = verdict(tmp_path, Books())
    assert (str(found.outcome), found.findings) == ("pass", ())


@pytest.mark.parametrize("kind", [CountsThePageInTheHeader, ForgetsTheHeader, EchoesTheDefault, EchoesWhatIsShownOnTheLastPage])
def test_two_places_that_differ_fail(tmp_path: Path, kind: type[Books]) -> None:
    assert str(verdict(tmp_path, kind()).outcome) == "fail"
