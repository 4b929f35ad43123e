"""What the drawing engine cannot read is put otherwise for it, and a draw counts as the document means it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from conformance.interface import contract
from conformance.interface.openapi import read_operations
from conformance.model import Operation, Spec
from conformance.plan.generate import draw
from conformance.plan.patterns import readable


@pytest.mark.parametrize("pattern", [r"^a$", r"^\p{L}[\p{L}\p{N}]*$", r"^\d{4}$", "^[A-Z]{2}$"])
def test_what_the_engine_reads_stays_as_it_is(pattern: str) -> None:
    assert readable({"pattern": pattern}) == {"pattern": pattern}


@pytest.mark.parametrize(
    ("pattern", "fits"),
    [
        (r"^\p{Script=Han}+$", "臺北"),
        (r"^[\p{sc=Han}a]{2}$", "臺a"),
        (r"^\cA?b$", "b"),
        (r"^(?<a>b)\k<a>$", "bb"),
        (r"^\p{Script=Latin}$", "q"),
    ],
)
def test_what_it_does_not_is_put_as_python_has_it(pattern: str, fits: str) -> None:
    assert re.search(readable({"pattern": pattern})["pattern"], fits)


@pytest.mark.parametrize("pattern", [r"^\P{Script=Han}$", r"^\p{Script=Osage}$", r"^\p{Emoji}$", r"^(?i:a)\cZ[^]$"])
def test_what_has_no_such_form_is_left_out(pattern: str) -> None:
    assert readable({"type": "string", "pattern": pattern}) == {"type": "string"}


def test_keys_of_pattern_properties_are_patterns() -> None:
    named = {"patternProperties": {r"^\cA$": {"pattern": "a"}, r"^\p{Emoji}$": {}, "^x-": {}}}
    assert readable(named) == {"patternProperties": {"^\x01\\Z": {"pattern": "a"}, "^x-": {}}}


def test_names_and_data_are_no_patterns() -> None:
    document: dict[str, Any] = {"properties": {"pattern": {"pattern": r"\cA"}, "other": {"enum": [{"pattern": r"\p{Emoji}"}]}}}
    found = readable(document)["properties"]
    assert set(found) == {"pattern", "other"}
    assert found["other"] == document["properties"]["other"]


@pytest.mark.parametrize("pattern", [r"^\p{Script=Han}{2}$", r"^\cA?b$", r"^\p{Emoji}$"])
def test_every_pattern_of_ecma_262_can_be_planned(pattern: str, tmp_path: Path) -> None:
    query = [{"name": "q", "in": "query", "schema": {"type": "string", "pattern": pattern}}]
    raw = {"operationId": "op", "parameters": query, "responses": {"200": {"description": "-"}}}
    operations: dict[str, Operation] = {}
    document = {"openapi": "3.1.0", "info": {"title": "-", "version": "1"}, "paths": {"/x": {"get": raw}}}
    spec = Spec("d", "1.0.0", document, pattern, operations, {}, {}, (), {})
    operations.update(read_operations(spec))
    valid, invalid = draw(spec, ("op",), seed=1, count=4, cache=tmp_path)["op"]
    for one in valid:
        assert all(contract.parameter_accepts(operations["op"], name, text) for name, text in one.query)
    for one in invalid:
        assert not all(contract.parameter_accepts(operations["op"], name, text) for name, text in one.query)
