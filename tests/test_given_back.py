"""Capacity that is given back is there again, once: reading desks in a small room, and servers that lose count."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from starlette.requests import Request

from tests.small_interface import Answer, described, document, said, under_test

CHECK = "what_is_given_back_can_be_had_again"
DESK = {
    "type": "object",
    "required": ["number", "reader"],
    "properties": {"number": {"type": "integer"}, "reader": {"type": "string"}},
}
READER = {"type": "object", "required": ["reader"], "properties": {"reader": {"type": "string"}}}
NUMBER = [{"name": "number", "in": "path", "required": True, "schema": {"type": "integer"}}]
REFUSED = described({})["400"]
OPENAPI = document(
    {
        "/desks": {
            "post": {
                "operationId": "takeDesk",
                "requestBody": {"required": True, "content": {"application/json": {"schema": READER}}},
                "responses": described(DESK, "201") | {"409": REFUSED},
            }
        },
        "/desks/{number}": {
            "get": {"operationId": "getDesk", "parameters": NUMBER, "responses": described(DESK) | {"404": REFUSED}},
            "delete": {
                "operationId": "leaveDesk",
                "parameters": NUMBER,
                "responses": {"204": {"description": "-"}, "404": REFUSED},
            },
        },
    }
)
SETUP = {
    "desk": {
        "create": "takeDesk",
        "read": "getDesk",
        "delete": "leaveDesk",
        "parameter": "number",
        "id": "/number",
        "candidates": [{"name": "desk", "body": {"reader": {"unique": "reader"}}}],
    }
}


class Room:
    """Four desks, each of which nobody or one reader has; nobody has two."""

    desks = 4

    def __init__(self) -> None:
        self.taken: dict[int, str] = {}
        self.left = 0

    def answer(self, request: Request, body: bytes) -> Answer:
        if request.method == "POST":
            return self.take(json.loads(body)["reader"])
        number = int(request.url.path.rpartition("/")[2])
        if number not in self.taken:
            return said({}, 404)
        if request.method == "GET":
            return said({"number": number, "reader": self.taken[number]})
        self.leave(number)
        return 204, {}, b""

    def room(self) -> bool:
        return len(self.taken) < self.desks

    def take(self, reader: str) -> Answer:
        if not self.room() or reader in self.taken.values():
            return said({}, 409)
        number = next(n for n in range(1, 100) if n not in self.taken)
        self.taken[number] = reader
        return said({"number": number, "reader": reader}, 201)

    def leave(self, number: int) -> None:
        del self.taken[number]
        self.left += 1


class OfOneDesk(Room):
    """Legal: as few as there can be."""

    desks = 1


class CountsDownOnly(Room):
    """How many were ever taken is what counts."""

    def room(self) -> bool:
        return len(self.taken) + self.left < self.desks


class FreesTheLastOneOnly(Room):
    """Subtle: only where the highest number is left does the room get smaller."""

    def __init__(self) -> None:
        super().__init__()
        self.highest = 0

    def room(self) -> bool:
        self.highest = max([n for n in range(1, self.highest + 1) if n in self.taken], default=0)
        return self.highest < self.desks

    def take(self, reader: str) -> Answer:
        found = super().take(reader)
        self.highest = max(self.taken, default=0)
        return found


class CountsUpTwice(Room):
    """Subtle: each desk that is left makes room for two."""

    def room(self) -> bool:
        return len(self.taken) - self.left < self.desks


class SaysItIsNoDesk(Room):
    def take(self, reader: str) -> Answer:
        return super().take(reader) if self.room() else said({}, 400)


class TakesThemElsewhere(Room):
    """Another client has the first desk that is left, and leaves it after the next."""

    def leave(self, number: int) -> None:
        super().leave(number)
        if self.left == 1:
            self.taken[number] = "somebody else"
        elif self.left == 2:
            self.taken = {n: reader for n, reader in self.taken.items() if reader != "somebody else"}


class Endless(Room):
    desks = 99


def outcome(cache: Path, room: Room) -> tuple[str, set[str]]:
    verdicts, _ = under_test(cache, OPENAPI, room.answer, CHECK, setup=SETUP)
    one = verdicts[f"{CHECK}/takeDesk"]
    return str(one.outcome), {finding.message for finding in one.findings}


@pytest.mark.parametrize("kind", [Room, OfOneDesk, TakesThemElsewhere])
def test_what_is_given_back_is_there_again(cache: Path, kind: type[Room]) -> None:
    room = kind()
    assert outcome(cache, room) == ("pass", set())
    assert [reader for reader in room.taken.values() if reader != "somebody else"] == [], "nothing of ours is kept"


@pytest.mark.parametrize(
    ("kind", "message"),
    [(CountsDownOnly, "lost"), (FreesTheLastOneOnly, "lost"), (CountsUpTwice, "more"), (SaysItIsNoDesk, "refusal")],
)
def test_a_room_that_loses_count_is_found(cache: Path, kind: type[Room], message: str) -> None:
    assert outcome(cache, kind()) == ("fail", {message})


def test_where_nothing_gets_full_it_is_left_open(cache: Path) -> None:
    assert outcome(cache, Endless()) == ("inconclusive", set())
