"""Every answer of the reference transport server, and of its variants, is as its published document says."""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from conformance.interface import schema
from conformance.reference import server, variants
from tests.reference_client import (
    TOURS,
    Api,
    heard_on,
    public_tour,
    slug,
)

pytestmark = pytest.mark.heavy


@functools.cache
def document() -> dict[str, Any]:
    return server().published_document()


def declared_at(method: str, url: httpx.URL) -> dict[str, Any] | None:
    parts = url.path.removeprefix("/v1").rstrip("/").split("/")
    for path, item in document()["paths"].items():
        known = path.rstrip("/").split("/")
        if len(known) == len(parts) and all(a == b or a.startswith("{") for a, b in zip(known, parts, strict=True)):
            operation: dict[str, Any] | None = item.get(method.lower())
            return operation
    return None


def deviations(method: str, answer: httpx.Response) -> list[str]:
    """What the published document does not say about an answer."""
    known = declared_at(method, answer.request.url)
    if known is None:
        return []
    here = f"{known['operationId']} {answer.status_code}"
    response = resolved(known["responses"].get(str(answer.status_code)))
    if not response:
        return [f"{here}: the status is not declared"]
    missing = [name for name, header in response.get("headers", {}).items() if resolved(header).get("required")]
    found = [f"{here}: no header {name}" for name in missing if name not in answer.headers]
    if "content" not in response:
        return found + ([f"{here}: a body"] if answer.content else [])
    media_type = answer.headers["Content-Type"].split(";")[0]
    if media_type not in response["content"]:
        return [*found, f"{here}: {media_type}"]
    whole = {**response["content"][media_type]["schema"], "components": {"schemas": document()["components"]["schemas"]}}
    return found + [f"{here}: {error.pointer} {error.message}" for error in schema.errors(whole, answer.json())]


def resolved(node: Any) -> Any:
    while isinstance(node, dict) and "$ref" in node:
        here: Any = document()
        for part in node["$ref"].removeprefix("#/").split("/"):
            here = here[part]
        node = here
    return node


@pytest.mark.parametrize("tour", TOURS, ids=lambda tour: tour.__name__)
def test_every_answer_is_as_the_published_document_says(tour: Callable[[Api], Awaitable[None]]) -> None:
    heard = heard_on(tour)
    assert [found for method, answer in heard for found in deviations(method, answer)] == []
    for method, answer in heard:
        assert answer.status_code < 500, (method, answer.url)
        assert answer.headers["API-Version"] == "1.0.0"
        assert answer.headers["Date"] == "Mon, 21 Sep 2026 14:14:00 GMT" or tour is not public_tour
        if answer.status_code >= 400 and method != "HEAD":
            slug(answer)


def test_the_tour_calls_every_operation() -> None:
    called = {
        known["operationId"]
        for tour in TOURS
        for method, answer in heard_on(tour)
        if answer.status_code < 300 and (known := declared_at(method, answer.request.url))
    }
    assert called == {known.id for known in server().operations}
    assert len(called) == 17


@pytest.mark.slow
@pytest.mark.parametrize("name", variants("transport"))
def test_every_variant_answers_as_the_published_document_says(name: str) -> None:
    heard = [each for tour in TOURS for each in heard_on(tour, variant=name)]
    assert [found for method, answer in heard for found in deviations(method, answer)] == []
    assert all(answer.status_code < 500 for _, answer in heard)
