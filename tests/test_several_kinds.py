"""One interface in which things differ: lists that page each in its own way, recipes that fill one list, bodies that are forms and texts,
and a header field that has one value. Each way of being wrong is a method."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
from starlette.requests import Request

from conformance.interface.dialect import read_dialect
from conformance.model import Exchange
from tests.small_interface import DIALECT, Answer, described, document, said, under_test
from tests.test_forms import multipart

PAGES, THERE, GONE = "pages_cover_every_item_once", "what_was_created_is_there_at_once", "what_was_deleted_is_gone"
ITEM = {
    "type": "object",
    "required": ["id", "title", "length"],
    "properties": {"id": {"type": "string"}, "title": {"type": "string"}, "length": {"type": "integer"}},
}
MEMBERS = {name: member for name, member in ITEM["properties"].items() if name != "id"}  # type: ignore[attr-defined]
NEW = {"type": "object", "required": ["title", "length"], "additionalProperties": False, "properties": MEMBERS}
ID = [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}]
EDITION = {"name": "X-Edition", "in": "header", "required": True, "schema": {"type": "string", "enum": ["2"]}}
NO_CONTENT = {"204": {"description": "-"}, "404": described({})["400"]}


def number(name: str, paging: str) -> dict[str, Any]:
    return {"name": name, "in": "query", "schema": {"type": "integer", "minimum": 0, "maximum": 50}, "x-paging": paging}


def listing(name: str, items: str, *parameters: dict[str, Any], schema: Any = ITEM) -> dict[str, Any]:
    page = {"type": "object", "required": [items], "properties": {items: {"type": "array", "items": schema}}}
    return {
        "operationId": name,
        "x-collection": {"items": f"/{items}", "id": ["/id"]},
        "parameters": [EDITION, *parameters],
        "responses": described(page),
    }


def making(name: str, kind: str, schema: Any = NEW) -> dict[str, Any]:
    body = {"required": True, "content": {kind: {"schema": schema}}}
    return {"operationId": name, "parameters": [EDITION], "requestBody": body, "responses": described(ITEM, "201")}


OPENAPI = document(
    {
        "/items": {"get": listing("listItems", "items", number("limit", "limit"), number("offset", "offset"))},
        "/shelves": {"get": listing("listShelves", "shelves", number("size", "limit"), number("page", "page"))},
        "/books": {"post": making("createBook", "application/x-www-form-urlencoded")},
        "/films": {"post": making("createFilm", "multipart/form-data")},
        "/notes": {"post": making("createNote", "text/plain", {"type": "string"})},
        "/items/{id}": {
            "get": {"operationId": "getItem", "parameters": [*ID, EDITION], "responses": described(ITEM)},
            "delete": {"operationId": "deleteItem", "parameters": [*ID, EDITION], "responses": NO_CONTENT},
        },
    },
    "3.1.0",
)
MADE = {"read": "getItem", "delete": "deleteItem", "list": "listItems", "parameter": "id", "id": "/id"}
SETUP: dict[str, Any] = {
    kind: {"create": create, **MADE, "candidates": [{"name": kind, "body": {"title": {"unique": kind}, "length": 90}}]}
    for kind, create in (("book", "createBook"), ("film", "createFilm"))
} | {"note": {"create": "createNote", **MADE, "candidates": [{"name": "note", "body": {"text": {"unique": "note"}}}]}}
STYLES = {
    **DIALECT,
    "style": "offset",
    "parameter": "offset",
    "operations": {"listShelves": {"style": "page", "parameter": "page", "limit": "size", "first": 0, "items_at": "/shelves"}},
}


class Items:
    """As it should be."""

    def __init__(self) -> None:
        self.items: dict[str, dict[str, Any]] = {}
        self.shelves = [{"id": f"s{n}", "title": "t", "length": n} for n in range(7)]
        self.made: list[str] = []

    def answer(self, request: Request, body: bytes) -> Answer:
        if request.headers.get("X-Edition") != "2":
            return said({}, 400)
        kind, _, identifier = request.url.path.strip("/").partition("/")
        if request.method == "POST":
            return self.create(kind, self.read(request.headers["content-type"], body))
        if identifier:
            return self.one(request.method, identifier)
        query = {name: int(value) for name, value in request.query_params.items()}
        if kind == "shelves":
            return said({"shelves": self.shelf(query.get("page", 0), query.get("size", 3))})
        start, size = query.get("offset", 0), query.get("limit", 3)
        return said({"items": self.listed()[start : start + size]})

    def read(self, kind: str, body: bytes) -> dict[str, Any]:
        if kind.startswith("text/plain"):
            return {"title": body.decode(), "length": len(body)}
        if kind.startswith("multipart/"):
            fields = {name: content.decode() for name, _, _, content in multipart(body, kind)}
        else:
            fields = {name: texts[0] for name, texts in parse_qs(body.decode(), strict_parsing=True).items()}
        return {"title": fields["title"], "length": int(fields["length"])}

    def create(self, kind: str, content: dict[str, Any]) -> Answer:
        identifier = f"i{len(self.made) + 1}"
        self.made.append(kind)
        self.items[identifier] = {"id": identifier, **content}
        return said(self.items[identifier], 201, Location=f"/items/{identifier}")

    def one(self, method: str, identifier: str) -> Answer:
        if identifier not in self.items:
            return said({}, 404)
        if method == "DELETE":
            del self.items[identifier]
            return 204, {}, b""
        return said(self.items[identifier])

    def listed(self) -> list[dict[str, Any]]:
        return list(self.items.values())

    def shelf(self, page: int, size: int) -> list[dict[str, Any]]:
        return self.shelves[page * size :][:size]


class CutsShelvesShort(Items):
    """The last of a full page is lost, of pages that are numbered alone."""

    def shelf(self, page: int, size: int) -> list[dict[str, Any]]:
        found = super().shelf(page, size)
        return found[:-1] if len(found) == size < 5 and page else found


class DropsWhatAFormSays(Items):
    """Subtle: of a form every number is nought once it is kept."""

    def create(self, kind: str, content: dict[str, Any]) -> Answer:
        return super().create(kind, {**content, "length": 0} if kind == "films" else content)


class NamesNoPlace(Items):
    """A creation has no Location, as many frameworks have it."""

    def create(self, kind: str, content: dict[str, Any]) -> Answer:
        status, headers, body = super().create(kind, content)
        return status, {name: value for name, value in headers.items() if name != "Location"}, body


class NamesNoPlaceAndDrops(NamesNoPlace, DropsWhatAFormSays):
    """Subtle: both, and only a reading shows it."""

    def create(self, kind: str, content: dict[str, Any]) -> Answer:
        status, headers, _ = super().create(kind, content)
        return said({"id": self.items[next(reversed(self.items))]["id"], **content}, status, **headers)


class TakesNoBooks(Items):
    def create(self, kind: str, content: dict[str, Any]) -> Answer:
        return said({}, 403) if kind == "books" else super().create(kind, content)


def outcomes(cache: Path, server: Items, *rows: str) -> dict[str, str]:
    verdicts, _ = under_test(cache, OPENAPI, server.answer, *rows, setup=SETUP, dialect=STYLES)
    return {name: str(one.outcome) for name, one in verdicts.items()}


def test_lists_that_page_each_in_its_own_way_are_read_to_their_end(cache: Path) -> None:
    found = outcomes(cache, Items(), PAGES)
    assert {found[f"{PAGES}/{name}"] for name in ("listItems", "listShelves")} == {"pass"}
    found = outcomes(cache, CutsShelvesShort(), PAGES)
    assert (found[f"{PAGES}/listItems"], found[f"{PAGES}/listShelves"]) == ("pass", "fail")


def test_what_a_form_or_a_text_made_is_compared_with_what_was_sent(cache: Path) -> None:
    names = ("createBook", "createFilm", "createNote")
    found = outcomes(cache, Items(), THERE, GONE)
    assert {found[f"{check}/{name}"] for check in (THERE, GONE) for name in names} == {"pass"}
    found = outcomes(cache, DropsWhatAFormSays(), THERE)
    assert [found[f"{THERE}/{name}"] for name in names] == ["pass", "fail", "pass"]


@pytest.mark.parametrize(
    ("kind", "arguments", "outcome"),
    [
        (Items, {"location": False}, "pass"),
        (NamesNoPlace, {"location": False}, "pass"),
        (NamesNoPlace, {}, "fail"),
        (NamesNoPlaceAndDrops, {"location": False}, "fail"),
    ],
)
def test_where_a_creation_names_no_place_it_is_read_by_its_id(
    cache: Path, kind: type[Items], arguments: dict[str, Any], outcome: str
) -> None:
    verdicts, _ = under_test(cache, OPENAPI, kind().answer, (THERE, arguments), setup=SETUP, dialect=STYLES)
    assert str(verdicts[f"{THERE}/createFilm"].outcome) == outcome


def test_recipes_that_fill_one_list_take_turns_and_stand_in_for_each_other(cache: Path) -> None:
    server = Items()
    outcomes(cache, server, PAGES)
    assert {"books", "films", "notes"} <= set(server.made)
    refusing = TakesNoBooks()
    assert outcomes(cache, refusing, "reading_changes_nothing")["reading_changes_nothing/getItem"] == "pass"
    assert refusing.items == {}, "each was deleted once"


def test_a_header_field_with_one_value_goes_with_every_request(cache: Path) -> None:
    _, records = under_test(cache, OPENAPI, Items().answer, THERE, setup=SETUP, dialect=STYLES)
    asked = [one.request for one in records if isinstance(one, Exchange)]
    assert {one.header("X-Edition") for one in asked} == {"2"}


def test_places_of_an_operation_are_those_of_the_interface_where_it_names_none() -> None:
    dialect = read_dialect(STYLES)
    own = dialect.others["listShelves"]
    assert (own.style, own.first, own.problem_media_type) == ("page", 0, "application/json")
    assert json.dumps(sorted(dialect.others)) == '["listShelves"]'
