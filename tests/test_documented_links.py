"""The links that a document declares are followed: from a list, and from a creation; servers on which one of them leads nowhere."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from starlette.requests import Request

from conformance.interface import expressions
from conformance.interface.openapi import read_operations
from conformance.model import Exchange, Response, Spec
from conformance.model import Request as Asked
from tests.small_interface import Answer, described, document, said, under_test

CHECK = "documented_links_lead_to_what_is_there"
CUP = {"type": "object", "required": ["id", "name"], "properties": {"id": {"type": "string"}, "name": {"type": "string"}}}
NAMED = {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}}
SHELF = {"type": "object", "required": ["items"], "properties": {"items": {"type": "array", "items": CUP}}}
ID = [{"name": "cupId", "in": "path", "required": True, "schema": {"type": "string"}}]
ASKED = [{"name": "name", "in": "query", "schema": {"type": "string"}}]
OF_LIST = {"cup": {"operationId": "getCup", "parameters": {"cupId": "$response.body#/items/0/id"}}}
OF_MAKING = {
    "made": {"operationId": "getCup", "parameters": {"path.cupId": "{$response.body#/id}"}},
    "alike": {"operationRef": "#/paths/~1cups/get", "parameters": {"query.name": "$request.body#/name"}},
}
BODY = {"required": True, "content": {"application/json": {"schema": NAMED}}}
OPENAPI = document(
    {
        "/cups": {
            "get": {
                "operationId": "listCups",
                "parameters": ASKED,
                "x-collection": {"items": "/items", "id": ["/id"]},
                "responses": described(SHELF, links=OF_LIST),
            },
            "post": {"operationId": "createCup", "requestBody": BODY, "responses": described(CUP, "201", links=OF_MAKING)},
        },
        "/cups/{cupId}": {"get": {"operationId": "getCup", "parameters": ID, "responses": described(CUP)}},
    }
)
SETUP = {
    "cup": {
        "create": "createCup",
        "read": "getCup",
        "list": "listCups",
        "parameter": "cupId",
        "id": "/id",
        "candidates": [{"name": "cup", "body": {"name": {"unique": "cup"}}}],
    }
}


class Cups:
    """As it should be."""

    def __init__(self) -> None:
        self.cups = {"c1": {"id": "c1", "name": "old"}}
        self.fresh: set[str] = set()

    def answer(self, request: Request, body: bytes) -> Answer:
        last = request.url.path.strip("/").rpartition("/")[2]
        if request.method == "POST":
            made = {"id": f"c{len(self.cups) + 1}", **json.loads(body)}
            self.cups[made["id"]] = made
            self.fresh.add(made["id"])
            return said(made, 201)
        if last == "cups":
            return said({"items": [self.shown(one) for one in self.cups.values()]})
        return self.one(last)

    def shown(self, one: dict[str, Any]) -> dict[str, Any]:
        return one

    def one(self, identifier: str) -> Answer:
        return said(self.cups[identifier]) if identifier in self.cups else said({}, 404)


class ListsOtherIds(Cups):
    """What a list calls a thing is not what it is found by."""

    def shown(self, one: dict[str, Any]) -> dict[str, Any]:
        return {**one, "id": f"cup-{one['id']}"}


class FindsNothingNew(Cups):
    """Subtle: all that was there is found, and what was just made is not yet."""

    def one(self, identifier: str) -> Answer:
        return said({}, 404) if identifier in self.fresh else super().one(identifier)


@pytest.mark.parametrize(("server", "failing"), [(Cups, []), (ListsOtherIds, ["listCups"]), (FindsNothingNew, ["createCup"])])
def test_a_link_that_leads_nowhere_is_found(server: type[Cups], failing: list[str], tmp_path: Path) -> None:
    found, _ = under_test(tmp_path, OPENAPI, server().answer, CHECK, setup=SETUP)
    outcomes = {name.partition("/")[2]: str(one.outcome) for name, one in found.items()}
    assert [name for name, outcome in outcomes.items() if outcome == "fail"] == failing
    assert outcomes["getCup"] == "inconclusive"
    assert {outcomes[name] for name in ("listCups", "createCup") if name not in failing} == {"pass"}


# ------------------------------------------------------------------------------------------ expressions


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("$response.body#/id", 7),
        ("{$response.body#/id}", 7),
        ("cup-{$response.body#/id}-{$request.query.name}", "cup-7-old"),
        ("$response.header.X-Next", "c2"),
        ("$request.header.Accept", "text/csv"),
        ("$request.query.name", "old"),
        ("$request.path.cupId", "a b"),
        ("$request.body#/name", "new"),
        ("$method", "GET"),
        ("$statusCode", 200),
        ("$url", "http://cups.example/cups/a%20b?name=old"),
        ("plain", "plain"),
        (7, 7),
        ("$response.body#/none", None),
        ("cup-{$response.body#/none}", None),
        ("$nothing", None),
    ],
)
def test_an_expression_is_evaluated_alone_and_within_a_text(written: Any, found: Any) -> None:
    spec = Spec("d", "1", OPENAPI, "", {}, {}, {}, [], {})
    operation = read_operations(spec)["getCup"]
    asked = Asked("getCup", "GET", "/cups/a%20b", (("name", "old"),), (("Accept", "text/csv"),), b'{"name": "new"}')
    answer = Response(200, (("x-next", "c2"), ("content-type", "application/json")), b'{"id": 7}')
    exchange = Exchange(1, "c", asked, answer, base_url="http://cups.example")
    assert expressions.value(operation, written, exchange) == found


@pytest.mark.parametrize(
    ("parameters", "why"),
    [
        ({"cup": "$response.body#/items/0/id"}, "gives no cupId"),
        ({"cupId": "$response.boddy#/items/0/id"}, "is no runtime expression"),
    ],
)
def test_a_link_that_cannot_be_used_is_named_where_a_value_is_lacking(parameters: Any, why: str, tmp_path: Path) -> None:
    linked = described(SHELF, links={"cup": {"operationId": "getCup", "parameters": parameters}})
    listing = {**OPENAPI["paths"]["/cups"]["get"], "responses": linked}
    openapi = {**OPENAPI, "paths": {**OPENAPI["paths"], "/cups": {"get": listing}}}
    found, _ = under_test(tmp_path, openapi, Cups().answer, "reading_changes_nothing")
    one = found["reading_changes_nothing/getCup"]
    assert str(one.outcome) == "inconclusive"
    assert one.reason is not None
    assert "the link cup of listCups" in one.reason.values["why"]
    assert why in one.reason.values["why"]


def test_a_link_by_a_header_field_leads_to_what_is_there(tmp_path: Path) -> None:
    linked = described(SHELF, links={"cup": {"operationId": "getCup", "parameters": {"cupId": "$response.header.X-First"}}})
    listing = {**OPENAPI["paths"]["/cups"]["get"], "responses": linked}
    openapi = {**OPENAPI, "paths": {**OPENAPI["paths"], "/cups": {"get": listing}}}
    cups = Cups()

    def answer(request: Request, body: bytes) -> Answer:
        status, headers, content = cups.answer(request, body)
        return status, {**headers, "X-First": "c1"}, content

    found, _ = under_test(tmp_path, openapi, answer, "reading_changes_nothing")
    assert str(found["reading_changes_nothing/getCup"].outcome) == "pass"
