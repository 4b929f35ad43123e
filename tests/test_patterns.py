"""What the drawing engine cannot read is put otherwise for it, and a draw counts as the document means it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from conformance.interface import contract
from conformance.interface.ecma import plain_pattern, python_pattern
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


ALLOWED = [  # by ECMA-262, with what matches and what does not
    (r"^[^]$", "\n", "ab"),
    (r"^a[]?$", "a", "b"),
    (r"^(x)?(?<a>b|c)\k<a>1$", "bb1", "bc1"),
    (r"^[\w-.]+$", "a-b.c", "a+b"),
    (r"^[^\w-.]$", "+", "-"),
    (r"^[a-\d]$", "-", "b"),
    (r"^[\w-]$", "-", "+"),
    (r"^a{,2}$", "a{,2}", "aa"),
    (r"^{\{$", "{{", "{"),
    (r"^\0$", "\0", "0"),
    (r"^[\b\W]$", "\b", "b"),
    (r"^[^\S]$", " ", "x"),
    (r"^\ud83d\ude8f{2}$", "\U0001f68f\U0001f68f", "\U0001f68f"),
    (r"^[^\]-\w]$", "+", "]"),
    (r"^\p{L}{2}[\p{L}-.]$", "ab-", "abc+"),
]


@pytest.mark.parametrize(("pattern", "fits", "strays"), ALLOWED)
def test_what_ecma_262_allows_is_read(pattern: str, fits: str, strays: str) -> None:
    query = [{"name": "q", "in": "query", "schema": {"type": "string", "pattern": pattern}}]
    one = _operation(query)
    assert contract.parameter_accepts(one, "q", fits)
    assert contract.parameter_refused(one, "q", strays)
    assert plain_pattern(plain_pattern(pattern)) == plain_pattern(pattern)
    translated = python_pattern(pattern)
    assert (translated is None) == (r"\p" in pattern)
    assert translated is None or (translated.search(fits) and not translated.search(strays))


@pytest.mark.parametrize(
    "pattern", [r"^[a-z\d_.-]+$", r"^a{2,3}\{b\}$", r"^(?<a>b)(?!c)$", r"^\[\]$", r"^[[{]\u{1F68F}$", r"^\k<a>$"]
)
def test_what_both_read_stays_as_it_is(pattern: str) -> None:
    assert plain_pattern(pattern) == pattern


def test_keys_of_pattern_properties_are_read_so_too() -> None:
    body = {"type": "object", "patternProperties": {"^[^]$": {"type": "integer"}}, "additionalProperties": False}
    one = _operation([], {"requestBody": {"content": {"application/json": {"schema": body}}}})
    assert not contract.request_unfit(one, "application/json", {"a": 1})
    assert contract.request_refused(one, "application/json", {"a": "b"})
    assert contract.request_refused(one, "application/json", {"ab": 1})


@pytest.mark.heavy
@pytest.mark.parametrize(
    "pattern", [r"^\p{Script=Han}{2}$", r"^\cA?b$", r"^\p{Emoji}$", r"^[^]$", r"^(?<a>b)\k<a>$", r"^[\w-.]+$"]
)
def test_every_pattern_of_ecma_262_can_be_planned(pattern: str, tmp_path: Path) -> None:
    one = _operation([{"name": "q", "in": "query", "schema": {"type": "string", "pattern": pattern}}])
    valid, invalid = draw(one.spec, ("op",), seed=1, count=4, cache=tmp_path)["op"]
    for draft in valid:
        assert all(contract.parameter_accepts(one, name, text) for name, text in draft.query)
    for draft in invalid:
        assert not all(contract.parameter_accepts(one, name, text) for name, text in draft.query)


def _operation(parameters: list[dict[str, Any]], more: dict[str, Any] | None = None) -> Operation:
    """An operation with these parameters, alone in its document."""
    raw = {"operationId": "op", "parameters": parameters, "responses": {"200": {"description": "-"}}, **(more or {})}
    operations: dict[str, Operation] = {}
    document = {"openapi": "3.1.0", "info": {"title": "-", "version": "1"}, "paths": {"/x": {"post": raw}}}
    spec = Spec("d", "1.0.0", document, repr(raw), operations, {}, {}, (), {})
    operations.update(read_operations(spec))
    return operations["op"]
