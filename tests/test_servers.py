"""Servers of single paths and operations: what the base URL of a run stands for then, and what is asked below it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from starlette.requests import Request

from conformance.interface import sending
from conformance.interface.openapi import read_operations
from conformance.interface.servers import Servers
from conformance.model import Exchange, Spec
from tests.small_interface import Answer, described, document, said, under_test

HOST = "https://api.example"
THING = {"type": "object", "required": ["id"], "properties": {"id": {"type": "integer"}}}
ID = [{"name": "id", "in": "path", "required": True, "schema": {"type": "integer"}}]


def openapi(own: Any, path: Any = None, operation: Any = None) -> dict[str, Any]:
    """Two operations; the second has servers of its path, or of its own."""
    one = {"operationId": "getFile", "parameters": ID, "responses": described(THING)}
    files = {"get": one | ({"servers": operation} if operation else {})} | ({"servers": path} if path else {})
    paths = {"/things": {"get": {"operationId": "getThing", "responses": described(THING)}}, "/files/{id}": files}
    return document(paths) | ({"servers": own} if own else {})


def url(*texts: str, **variables: str) -> list[dict[str, Any]]:
    return [{"url": text, "variables": {name: {"default": value} for name, value in variables.items()}} for text in texts]


@pytest.mark.parametrize(
    ("own", "path", "operation", "asked"),
    [
        (url(f"{HOST}/v1"), None, None, ("/things", "/files/7")),
        (url(f"{HOST}/v1"), url(f"{HOST}/v1/"), None, ("/things", "/files/7")),
        (url(f"{HOST}/v1"), url(f"{HOST}/v1/store"), None, ("/things", "/store/files/7")),
        (url(f"{HOST}/v1"), None, url(f"{HOST}/store"), ("/v1/things", "/store/files/7")),
        (url(f"{HOST}/v1"), None, url("/store"), ("/v1/things", "/store/files/7")),
        (url(f"{HOST}/v1/api"), None, url("../store"), ("/v1/api/things", "/store/files/7")),
        (url(f"{HOST}/v1/api"), None, url("./store"), ("/api/things", "/store/files/7")),
        (url("/v1"), url("/v1"), url("/v1/store"), ("/things", "/store/files/7")),
        (None, url("/store"), None, ("/things", "/store/files/7")),
        (url(f"{HOST}/{{v}}", v="v1"), url(f"{HOST}/{{v}}/{{of}}", v="v1", of="store"), None, ("/things", "/store/files/7")),
        (url(f"{HOST}/v1"), url("https://eu.example/v1", f"{HOST}/v1"), None, ("/things", "/files/7")),
    ],
)
def test_paths_begin_where_their_servers_do(own: Any, path: Any, operation: Any, asked: tuple[str, str]) -> None:
    spec = Spec("d", "1", openapi(own, path, operation), "", {}, {}, {}, [], {})
    thing, file = read_operations(spec).values()
    assert (thing.request().path, file.request(path={"id": 7}).path) == asked
    assert sending.path_values(file, asked[1]) == {"id": "7"}


def test_what_is_on_another_host_has_no_place_below_the_base() -> None:
    servers = Servers(openapi(url(f"{HOST}/v1"), url("https://files.example/v1")))
    assert servers.root({}, {}) == ""
    assert servers.root({"servers": url("https://files.example/v1")}, {}) is None


@pytest.mark.parametrize(("place", "outcome"), [("/store/files/7", "pass"), ("/api/files/7", "fail")])
def test_an_operation_is_asked_at_its_own_server(cache: Path, place: str, outcome: str) -> None:
    described_so = openapi(url(f"{HOST}/api"), None, url(f"{HOST}/store"))

    def answer(request: Request, _: bytes) -> Answer:
        return said({"id": 7}) if request.url.path in ("/api/things", place) else said({}, 404)

    found, records = under_test(cache, described_so, answer, "answers_are_declared", seeds={"id": ("7",)})
    assert str(found["answers_are_declared/getFile"].outcome) == outcome
    asked = {one.request.path for one in records if isinstance(one, Exchange)}
    assert asked == {"/api/things", "/store/files/7"}
