"""Recipes on resources as frameworks make them: numbers for ids, a creation that answers with Location alone, things that lie in others,
deletion. The server is a small one; each way of being wrong is a method."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from starlette.requests import Request

from conformance.model import Exchange
from tests.small_interface import Answer, described, document, said, under_test

pytestmark = pytest.mark.heavy

GONE, THERE, KEPT = "what_was_deleted_is_gone", "what_was_created_is_there_at_once", "list_items_equal_single_reads"
FACILITY = {"type": "object", "required": ["id", "name"], "properties": {"id": {"type": "integer"}, "name": {"type": "string"}}}
READING = {
    "type": "object",
    "required": ["number", "value", "note"],
    "properties": {"number": {"type": "integer"}, "value": {"type": "integer"}, "note": {"type": "string"}},
}


def sent(schema: dict[str, Any]) -> dict[str, Any]:
    members = {name: member for name, member in schema["properties"].items() if name not in ("id", "number")}
    whole = {"type": "object", "required": list(members), "properties": members, "additionalProperties": False}
    return {"required": True, "content": {"application/json": {"schema": whole}}}


def path(*names: str) -> list[dict[str, Any]]:
    return [{"name": name, "in": "path", "required": True, "schema": {"type": "integer"}} for name in names]


def listed(schema: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "required": ["items"], "properties": {"items": {"type": "array", "items": schema}}}


NO_CONTENT = {"204": {"description": "-"}, "404": described({})["400"]}
OPENAPI = document(
    {
        "/facilities": {
            "get": {
                "operationId": "listFacilities",
                "x-collection": {"items": "/items", "id": ["/id"]},
                "responses": described(listed(FACILITY)),
            },
            "post": {"operationId": "createFacility", "requestBody": sent(FACILITY), "responses": described(FACILITY, "201")},
        },
        "/facilities/{facilityId}": {
            "get": {"operationId": "getFacility", "parameters": path("facilityId"), "responses": described(FACILITY)},
            "delete": {"operationId": "deleteFacility", "parameters": path("facilityId"), "responses": NO_CONTENT},
        },
        "/facilities/{facilityId}/readings": {
            "post": {
                "operationId": "createReading",
                "parameters": path("facilityId"),
                "requestBody": sent(READING),
                "responses": {"201": {"description": "made, and found at Location"}, "404": described({})["400"]},
            },
        },
        "/facilities/{facilityId}/readings/{number}": {
            "get": {"operationId": "getReading", "parameters": path("facilityId", "number"), "responses": described(READING)},
            "delete": {"operationId": "deleteReading", "parameters": path("facilityId", "number"), "responses": NO_CONTENT},
        },
    },
    "3.1.0",
)
SETUP = {
    "facility": {
        "create": "createFacility",
        "read": "getFacility",
        "delete": "deleteFacility",
        "list": "listFacilities",
        "parameter": "facilityId",
        "id": "/id",
        "candidates": [{"name": "facility", "body": {"name": {"unique": "facility"}}}],
    },
    "reading": {
        "create": "createReading",
        "read": "getReading",
        "delete": "deleteReading",
        "parameter": "number",
        "id": "/number",
        "candidates": [
            {
                "name": "reading",
                "of": {"facility": {}},
                "body": {"{facilityId}": {"found": "/facility/id"}, "value": 7, "note": {"unique": "note"}},
            }
        ],
    },
}


class Facilities:
    """The server as it should be."""

    def __init__(self) -> None:
        self.facilities: dict[int, dict[str, Any]] = {}
        self.readings: dict[tuple[int, int], dict[str, Any]] = {}
        self.made = 100

    def answer(self, request: Request, body: bytes) -> Answer:
        parts = request.url.path.strip("/").split("/")
        if parts[0] != "facilities" or not all(part.isdigit() for part in parts[1::2]):
            return said({}, 404)
        keys = tuple(map(int, parts[1::2]))
        handler = getattr(self, f"{request.method.lower()}_{len(parts)}", None)
        found: Answer = handler(*keys, *([json.loads(body)] if request.method == "POST" else [])) if handler else said({}, 405)
        return found

    def number(self) -> int:
        self.made += 1
        return self.made

    def get_1(self) -> Answer:
        return said({"items": list(self.facilities.values())})

    def post_1(self, content: dict[str, Any]) -> Answer:
        number = self.number()
        self.facilities[number] = {"id": number, **content}
        return said(self.facilities[number], 201, Location=f"/facilities/{number}")

    def get_2(self, facility: int) -> Answer:
        return said(self.facilities[facility]) if facility in self.facilities else said({}, 404)

    def delete_2(self, facility: int) -> Answer:
        return self.without(self.facilities.pop(facility, None))

    def post_3(self, facility: int, content: dict[str, Any]) -> Answer:
        if facility not in self.facilities:
            return said({}, 404)
        number = self.number()
        self.readings[facility, number] = {"number": number, **content}
        return 201, {"Location": f"/facilities/{facility}/readings/{number}"}, b""

    def get_4(self, facility: int, number: int) -> Answer:
        found = self.readings.get((facility, number))
        return said({}, 404) if found is None else said(found)

    def delete_4(self, facility: int, number: int) -> Answer:
        return self.without(self.readings.pop((facility, number), None))

    def without(self, found: Any) -> Answer:
        return said({}, 404) if found is None else (204, {}, b"")


class AnswersEveryDeletionAlike(Facilities):
    """Also that of what is not there: RFC 9110 has nothing against it."""

    def without(self, found: Any) -> Answer:
        return 204, {}, b""


class OnlyUnlists(Facilities):
    """Not in the list any more, and still at its address."""

    def __init__(self) -> None:
        super().__init__()
        self.hidden: dict[int, Any] = {}

    def delete_2(self, facility: int) -> Answer:
        found = self.facilities.pop(facility, None)
        self.hidden |= {facility: found} if found else {}
        return self.without(found)

    def get_2(self, facility: int) -> Answer:
        return said(self.hidden[facility]) if facility in self.hidden else super().get_2(facility)


class OnlyHides(Facilities):
    """Not at its address any more, and still in the list."""

    def __init__(self) -> None:
        super().__init__()
        self.hidden: set[int] = set()

    def delete_2(self, facility: int) -> Answer:
        found = facility in self.facilities and facility not in self.hidden
        self.hidden.add(facility)
        return self.without(found or None)

    def get_2(self, facility: int) -> Answer:
        return said({}, 404) if facility in self.hidden else super().get_2(facility)


class TakesTheNeighbourToo(Facilities):
    """Of the facility, and not of the reading alone."""

    def delete_4(self, facility: int, number: int) -> Answer:
        found = (facility, number) in self.readings
        self.readings = {key: one for key, one in self.readings.items() if key[0] != facility}
        return self.without(found or None)


class BringsBackWhatIsDeletedTwice(Facilities):
    """A flag that is turned over and not set."""

    def __init__(self) -> None:
        super().__init__()
        self.hidden: dict[tuple[int, int], Any] = {}

    def delete_4(self, facility: int, number: int) -> Answer:
        key = (facility, number)
        one, other = (self.readings, self.hidden) if key in self.readings else (self.hidden, self.readings)
        other |= {key: one.pop(key)} if key in one else {}
        return 204, {}, b""


class DropsWhatWasSent(Facilities):
    """Seen only at the Location, since the creation shows nothing."""

    def get_4(self, facility: int, number: int) -> Answer:
        found = self.readings.get((facility, number))
        return said({}, 404) if found is None else said({**found, "value": 0})


def outcomes(cache: Path, server: Facilities) -> tuple[dict[str, str], Facilities]:
    verdicts, _ = under_test(cache, OPENAPI, server.answer, GONE, THERE, setup=SETUP)
    return {name: str(one.outcome) for name, one in verdicts.items() if "/create" in name}, server


@pytest.mark.parametrize("kind", [Facilities, AnswersEveryDeletionAlike])
def test_a_conforming_server_passes_and_nothing_of_ours_stays(tmp_path: Path, kind: type[Facilities]) -> None:
    found, server = outcomes(tmp_path, kind())
    assert found == {
        f"{check}/{operation}": "pass" for check in (GONE, THERE) for operation in ("createFacility", "createReading")
    }
    assert server.readings == {}
    assert server.facilities == {}


@pytest.mark.parametrize(
    ("kind", "failing"),
    [
        (OnlyUnlists, f"{GONE}/createFacility"),
        (OnlyHides, f"{GONE}/createFacility"),
        (TakesTheNeighbourToo, f"{GONE}/createReading"),
        (BringsBackWhatIsDeletedTwice, f"{GONE}/createReading"),
        (DropsWhatWasSent, f"{THERE}/createReading"),
    ],
)
def test_what_is_wrong_fails_where_it_is(tmp_path: Path, kind: type[Facilities], failing: str) -> None:
    found, _ = outcomes(tmp_path, kind())
    assert [name for name, outcome in found.items() if outcome == "fail"] == [failing], found


# ------------------------------------------------------------------------------------------ links


class TakesNoneOfOurs(Facilities):
    """Facilities are there, and nobody may add one."""

    def __init__(self) -> None:
        super().__init__()
        self.facilities = {7: {"id": 7, "name": "seven"}, 8: {"id": 8, "name": "eight"}}

    def post_1(self, content: dict[str, Any]) -> Answer:
        return said({}, 403)


@pytest.mark.parametrize(
    "link",
    [
        {"operationId": "getFacility"},
        {"operationRef": "#/paths/~1facilities~1%7BfacilityId%7D/get"},
        {"operationId": "deleteFacility"},
        {"$ref": "#/components/links/one"},
    ],
    ids=["by name", "by reference", "to another method of the same path", "kept among the components"],
)
def test_where_nothing_can_be_made_a_link_leads_to_what_is_there(tmp_path: Path, link: dict[str, Any]) -> None:
    where = {"parameters": {"path.facilityId": "$response.body#/items/0/id"}}
    listing = OPENAPI["paths"]["/facilities"]["get"]
    answer = {**listing["responses"]["200"], "links": {"one": link if "$ref" in link else {**link, **where}}}
    linked = {**listing, "responses": {**listing["responses"], "200": answer}}
    paths = {**OPENAPI["paths"], "/facilities": {**OPENAPI["paths"]["/facilities"], "get": linked}}
    openapi = {**OPENAPI, "paths": paths, "components": {"links": {"one": {"operationId": "getFacility", **where}}}}
    server = TakesNoneOfOurs()
    verdicts, _ = under_test(tmp_path, openapi, server.answer, "reading_changes_nothing", setup=SETUP)
    assert str(verdicts["reading_changes_nothing/getFacility"].outcome) == "pass"
    assert list(server.facilities) == [7, 8], "what is not ours is not deleted"


@pytest.mark.parametrize(
    ("seeds", "asked"),
    [
        ({"facilityId": ("7",)}, {"/facilities/7"}),
        ({"facilityId of getFacility": ("8",), "facilityId": ("7",)}, {"/facilities/8"}),
        ({"facilityId of facilities": ("8",), "facilityId": ("7",)}, {"/facilities/8"}),
    ],
)
def test_values_that_a_vendor_names_are_taken_from_the_nearest_place(
    tmp_path: Path, seeds: dict[str, tuple[str, ...]], asked: set[str]
) -> None:
    _, records = under_test(tmp_path, OPENAPI, TakesNoneOfOurs().answer, "reading_changes_nothing", seeds=seeds)
    exchanges = [one for one in records if isinstance(one, Exchange) and one.request.operation == "getFacility"]
    assert {one.request.path for one in exchanges} == asked
