"""Values inside JSON text are replaced, every other byte stays, and what is known of an object changes nothing."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from conformance.redaction import jsontext
from conformance.redaction.jsontext import Left, rewrite
from tests.redacting import calmly


@pytest.mark.heavy
@calmly
@given(st.text(alphabet='{}[]",:\\ab0 \n«', max_size=40))
@example('"\\')
def test_walking_any_text_without_replacing_gives_it_back(text: str) -> None:
    assert rewrite(text, lambda name, value, here, is_text: value) == text
    rewrite(text, lambda name, value, here, is_text: value + here())


def marked(name: str | None, value: str, _here: object, is_text: bool) -> str:
    return f"«{value}»" if (name or "").startswith("a") or (is_text and "b" in value) else value


@calmly
@given(st.lists(st.text(alphabet='{}[]",:\\ab0 «', max_size=40), max_size=3))
def test_what_was_left_in_one_document_is_left_in_the_next(texts: list[str]) -> None:
    known = Left()
    assert [rewrite(text, marked, known) for text in texts] == [rewrite(text, marked) for text in texts]


def noting(places: list[tuple[str, str | None, str]]) -> jsontext.Replace:
    """What marks values, and notes where each one stands."""

    def replaced(name: str | None, value: str, here: Callable[[], str], is_text: bool) -> str:
        new = marked(name, value, here, is_text)
        if new != value:
            places.append((here(), name, value))
        return new

    return replaced


leaves = st.sampled_from(["a", "b", "ab", "c", 'q"}', "{b", 7, 42, True, None])
small = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "b", "c", "d/e"]), inner, max_size=3),
    max_leaves=12,
)


@calmly
@given(st.lists(st.lists(small, max_size=4), min_size=1, max_size=4), st.sampled_from([None, 1]))
def test_an_object_that_came_before_is_replaced_alike_in_any_place(pages: list[list[Any]], indent: int | None) -> None:
    """The same items stand in page after page, deeper in one than in the other; where each value stands is told of each page."""
    documents: list[Any] = [*pages, {"a": pages, "c": {"a": {"c": pages}}}, *pages]
    known = Left()
    for document in documents:
        text = json.dumps(document, ensure_ascii=False, indent=indent)
        anew, again = list[tuple[str, str | None, str]](), list[tuple[str, str | None, str]]()
        assert rewrite(text, noting(again), known) == rewrite(text, noting(anew))
        assert again == anew


def test_of_a_known_object_only_what_changes_is_asked_for() -> None:
    asked: list[str] = []

    def replaced(name: str | None, value: str, here: Callable[[], str], is_text: bool) -> str:
        asked.append(value)
        return "«»" if name == "phone" else value

    item, known = {"name": "one", "phone": "02-5550-0190", "at": {"line": "two"}}, Left()
    first = rewrite(json.dumps({"items": [item]}), replaced, known)
    assert "one" in asked
    asked.clear()
    assert json.loads(rewrite(json.dumps({"items": [item, item]}), replaced, known)) == {"items": json.loads(first)["items"] * 2}
    assert asked == ["02-5550-0190"] * 2


def test_what_is_known_of_objects_and_values_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jsontext, "_MOST_OBJECTS", 1000)
    monkeypatch.setattr(jsontext, "_MOST_LEFT", 100)
    known = Left()
    for number in range(500):
        rewrite(json.dumps([{"number": f"x{number}"}, {"long": "y" * 5000}]), marked, known)
        assert sum(map(len, known.objects)) <= known.held <= 1000
        assert len(known.values) <= 100
