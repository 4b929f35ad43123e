"""Media types: which declared one means what an answer says it is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.text.media import best, is_json, media_type

DECLARED = ["*/*", "application/*", "application/*+json", "application/json", "application/json; version=2", "text/csv"]


@pytest.mark.parametrize(
    ("declared", "sent", "expected"),
    [
        (DECLARED, "application/json", "application/json"),
        (DECLARED, "Application/JSON;charset=UTF-8", "application/json"),
        (DECLARED, 'application/json; Version="2"', "application/json; version=2"),
        (DECLARED, "application/json; version=3", "application/json"),
        (DECLARED, "application/geo+json", "application/*+json"),
        (DECLARED, "application/pdf", "application/*"),
        (DECLARED, "text/csv; header=present", "text/csv"),
        (DECLARED, "image/png", "*/*"),
        (DECLARED, "", None),
        (DECLARED, "json", None),
        (["application/json"], "application/geo+json", None),
        (["application/json; version=2"], "application/json", None),
        (["APPLICATION/JSON ; Charset=utf-8"], "application/json", "APPLICATION/JSON ; Charset=utf-8"),
        (["text/plain; charset=utf-8"], 'text/plain; charset="UTF-8"', "text/plain; charset=utf-8"),
        (["text/plain; charset=utf-8"], "text/plain; charset=big5", None),
        (["application/*", "application/json"], "application/json", "application/json"),
        (["a/b;x=A"], "a/b;x=a", None),
    ],
)
def test_the_most_specific_declared_type_is_meant(declared, sent, expected):
    assert best(declared, sent) == expected
    assert best(reversed(declared), sent) == expected


@given(st.sampled_from(DECLARED[3:]), st.randoms())
def test_case_and_blanks_make_no_difference(name, chance):
    written = "".join(chance.choice([char.lower(), char.upper()]) for char in name).replace(";", chance.choice([";", " ; "]))
    assert best(DECLARED, written) == name


def test_json_is_known_by_its_name_or_suffix():
    assert [is_json(text) for text in ("application/json", "application/problem+json; charset=utf-8", "text/json")] == [True] * 3
    assert [is_json(text) for text in ("application/xml", "application/x-www-form-urlencoded", "text/csv", "jsonp/x", "")] == [
        False
    ] * 5


def test_what_is_no_media_type_is_none():
    assert [media_type(text) for text in ("", "a", "/b", "a/", "a/b/c", "a b/c")] == [None] * 6
