"""JSON in lines is what `json` writes with an indent, to the byte."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.text.lined import in_lines

TEXTS = st.text(st.characters(codec=None), max_size=6)  # half characters, too
PLAIN = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXTS
DOCUMENTS = st.recursive(PLAIN, lambda one: st.lists(one, max_size=4) | st.dictionaries(TEXTS, one, max_size=4), max_leaves=20)


@given(DOCUMENTS, st.booleans())
def test_what_is_written_in_lines_is_what_json_writes_with_an_indent(document: Any, ascii_only: bool) -> None:
    wanted = json.dumps(document, ensure_ascii=ascii_only, indent=1).encode("utf-8", "backslashreplace")
    assert in_lines(document, ascii_only=ascii_only) == wanted


@pytest.mark.parametrize(
    "document", [{}, [], {"a": []}, [{}], {"a": {"b": [1e16, -0.0, 10**400]}}, "\ud800", {"é\udfff": "\u2028"}]
)
def test_what_is_empty_long_or_half_is_written_so_too(document: Any) -> None:
    assert in_lines(document) == json.dumps(document, ensure_ascii=False, indent=1).encode("utf-8", "backslashreplace")


def test_what_is_no_number_of_json_is_refused() -> None:
    with pytest.raises(ValueError, match="JSON"):
        in_lines({"a": float("nan")})
