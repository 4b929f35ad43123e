"""Impostors are made of any document, and what they say is what it declares."""

from __future__ import annotations

import asyncio
import random
from typing import Any

import httpx
import pytest

from conformance import reference
from conformance.interface import contract
from conformance.load import data_folders, load_spec
from conformance.model import Exchange, Request, Response
from conformance.reference.instances import Instances

DOMAINS = reference.domains()


async def _answered(domain: str, name: str) -> list[tuple[Any, Exchange]]:
    found = []
    transport = httpx.ASGITransport(app=reference.application(domain, impostor=name))
    async with httpx.AsyncClient(transport=transport, base_url="http://x") as client:
        for operation in load_spec(data_folders(), *domain.split("@")).operations.values():
            path = operation.path.replace("{", "").replace("}", "")
            came = await client.request(operation.method, f"/v1{path}")
            headers = tuple((key.lower(), value) for key, value in came.headers.items())
            response = Response(came.status_code, headers, came.content)
            found.append((operation, Exchange(1, "x", Request(operation.id, operation.method, path), response)))
    return found


def answered(domain: str, name: str) -> list[tuple[Any, Exchange]]:
    """What an impostor answers to each operation, under a path that no check would ask for."""
    return asyncio.run(_answered(domain, name))


@pytest.mark.parametrize("domain", DOMAINS)
@pytest.mark.parametrize("name", ["RepeatsTheExamples", "MakesItUp"])
def test_what_it_answers_is_valid_by_the_document(domain: str, name: str) -> None:
    for operation, one in answered(domain, name):
        assert one.ok
        assert contract.response_errors(operation, one) == [], operation.id


@pytest.mark.heavy
@pytest.mark.parametrize("interface", [*DOMAINS, *(f"{domain}@1.1.0" for domain in DOMAINS)])
def test_who_repeats_the_examples_says_the_version_of_its_document(interface: str) -> None:
    version = interface.partition("@")[2] or "1.0.0"
    said = {one.header("api-version") for _, one in answered(interface, "RepeatsTheExamples")}
    declared = next(one.json for asked, one in answered(interface, "RepeatsTheExamples") if asked.id == "getConformance")
    assert said == {version}
    assert declared["version"] == version


@pytest.mark.parametrize(
    ("name", "status"), [("RefusesEverything", 400), ("AsksEverybodyForCredentials", 401), ("SaysNothing", 200)]
)
def test_it_answers_to_everything_alike(name: str, status: int) -> None:
    for domain in DOMAINS:
        assert {one.status for _, one in answered(domain, name)} == {status}
        if name == "SaysNothing":
            assert not any(one.response and one.response.has_body for _, one in answered(domain, name))


def test_an_unknown_impostor_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(ValueError, match="SaysNothing"):
        reference.application("transport", impostor="SayNothing")


SCHEMAS: list[dict[str, Any]] = [
    {"type": "string", "pattern": r"^[A-Z]{3}(x|yy)\d+[^a]$"},
    {"type": "integer", "minimum": 3, "maximum": 5},
    {"type": "number", "minimum": 0, "maximum": 1, "multipleOf": 0.25},
    {"type": ["null", "boolean"]},
    {"type": "array", "minItems": 2, "maxItems": 2, "items": {"enum": ["a", "b"]}},
    {
        "allOf": [
            {"type": "object", "required": ["a"], "properties": {"a": {"const": 1}}},
            {"properties": {"b": {"type": "string", "format": "uuid"}}},
        ]
    },
    {"oneOf": [{"type": "string", "minLength": 12}, {"type": "integer"}]},
    {"type": "string", "format": "date-time"},
]


@pytest.mark.parametrize("schema", SCHEMAS)
def test_what_is_made_for_a_schema_fits_it(schema: dict[str, Any]) -> None:
    from conformance.interface.schema import is_valid

    for chance in (None, *(random.Random(seed) for seed in range(20))):
        assert is_valid(schema, Instances({}, chance).value(schema))
