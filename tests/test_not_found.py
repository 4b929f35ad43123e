"""What does not exist is 404 on every operation that names it, and servers that answer otherwise on one way to ask."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from starlette.requests import Request

from tests.small_interface import Answer, described, document, said, under_test

CHECK = "what_does_not_exist_is_not_found"
BOX = {"type": "object", "required": ["id", "name"], "properties": {"id": {"type": "integer"}, "name": {"type": "string"}}}
SENT = {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}}
ID = [{"name": "boxId", "in": "path", "required": True, "schema": {"type": "integer"}}]
BODY = {"required": True, "content": {"application/json": {"schema": SENT}}}
NOWHERE = {"404": {"description": "no such box"}}
OPENAPI = document(
    {
        "/boxes": {
            "post": {"operationId": "createBox", "requestBody": BODY, "responses": described(BOX, "201")},
        },
        "/boxes/{boxId}": {
            "get": {"operationId": "getBox", "parameters": ID, "responses": described(BOX) | NOWHERE},
            "put": {"operationId": "putBox", "parameters": ID, "requestBody": BODY, "responses": described(BOX) | NOWHERE},
            "delete": {"operationId": "deleteBox", "parameters": ID, "responses": {"204": {"description": "-"}} | NOWHERE},
        },
    }
)
SETUP = {
    "box": {
        "create": "createBox",
        "read": "getBox",
        "update": "putBox",
        "delete": "deleteBox",
        "parameter": "boxId",
        "id": "/id",
        "amendments": [{"name": "another"}],
        "candidates": [{"name": "box", "body": {"name": {"unique": "box"}}}],
    }
}


class Boxes:
    """As it should be."""

    def __init__(self) -> None:
        self.boxes: dict[int, dict[str, Any]] = {}
        self.made = 0

    def answer(self, request: Request, body: bytes) -> Answer:
        if request.method == "POST":
            self.made += 1
            return self.stored(self.made, body, 201)
        number = int(request.path_params["rest"].rpartition("/")[2])
        return (
            getattr(self, request.method.lower())(number, body)
            if number in self.boxes
            else self.absent(request.method, number, body)
        )

    def stored(self, number: int, body: bytes, status: int) -> Answer:
        self.boxes[number] = {"id": number, **json.loads(body)}
        return said(self.boxes[number], status)

    def get(self, number: int, _body: bytes) -> Answer:
        return said(self.boxes[number])

    def put(self, number: int, body: bytes) -> Answer:
        return self.stored(number, body, 200)

    def delete(self, number: int, _body: bytes) -> Answer:
        del self.boxes[number]
        return 204, {}, b""

    def absent(self, method: str, number: int, body: bytes) -> Answer:
        return said({}, 404)


class SaysGone(Boxes):
    """404 with a text in place of JSON: a conforming server of another make."""

    def absent(self, method: str, number: int, body: bytes) -> Answer:
        return 404, {"Content-Type": "text/plain"}, b"no such box"


class ReadsNothing(Boxes):
    def absent(self, method: str, number: int, body: bytes) -> Answer:
        return said({"id": number, "name": ""}) if method == "GET" else said({}, 404)


class MakesWhatIsReplaced(Boxes):
    """Subtle: reading and deleting are right, and a replacement of nothing brings it about."""

    def absent(self, method: str, number: int, body: bytes) -> Answer:
        return self.stored(number, body, 200) if method == "PUT" else said({}, 404)


class BreaksOnDeletion(Boxes):
    def absent(self, method: str, number: int, body: bytes) -> Answer:
        return said({}, 500 if method == "DELETE" else 404)


def verdicts(tmp_path: Path, server: Boxes) -> dict[str, str]:
    found, _ = under_test(tmp_path, OPENAPI, server.answer, CHECK, setup=SETUP)
    return {name.partition("/")[2]: str(one.outcome) for name, one in found.items() if not name.endswith("createBox")}


@pytest.mark.heavy
@pytest.mark.parametrize("server", [Boxes, SaysGone])
def test_a_server_that_finds_nothing_passes(server: type[Boxes], tmp_path: Path) -> None:
    assert verdicts(tmp_path, server()) == {"getBox": "pass", "putBox": "pass", "deleteBox": "pass"}


@pytest.mark.parametrize(
    ("server", "where"), [(ReadsNothing, "getBox"), (MakesWhatIsReplaced, "putBox"), (BreaksOnDeletion, "deleteBox")]
)
def test_a_server_that_answers_for_nothing_fails_where_it_does(server: type[Boxes], where: str, tmp_path: Path) -> None:
    found = verdicts(tmp_path, server())
    assert [name for name, outcome in found.items() if outcome == "fail"] == [where]
    assert {outcome for name, outcome in found.items() if name != where} == {"pass"}
