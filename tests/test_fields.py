"""Header fields: what is written by the grammar is read back, and what is not ends in no error."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.model import Response
from conformance.text import fields
from conformance.text.fields import EntityTag, Link

TOKEN = st.text("abcXYZ019!#$&-^_`|~.+*", min_size=1, max_size=8)
TEXT = st.text("ab ,;=\"\\<>\t'/1é", max_size=12)
ANY = st.text(' ,;="\\<>Wrel/ab10', max_size=60)


def quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


@pytest.mark.heavy
@given(st.lists(st.one_of(TOKEN, TEXT.map(quoted))), st.sampled_from([",", " , ", ",,", "\t,"]))
def test_a_list_is_read_back_whatever_its_quoted_strings_hold(parts, comma):
    assert fields.elements(comma.join(parts)) == parts
    assert fields.elements(f", {comma.join(parts)},") == parts


@given(TOKEN, st.dictionaries(TOKEN.map(str.lower), TEXT, max_size=4))
def test_parameters_are_read_back(head, told):
    text = head + "".join(f" ; {name.upper()}={quoted(value)}" for name, value in told.items())
    assert fields.parameters(text) == (head, told)


@given(st.lists(st.tuples(TEXT.filter(lambda t: ">" not in t), st.lists(TOKEN, min_size=1, max_size=3), TEXT), max_size=4))
def test_links_are_read_back_whatever_stands_in_their_parameters(told):
    text = ", ".join(f'<{href}>; title={quoted(title)}; REL="{" ".join(rels)}"; rel=no' for href, rels, title in told)
    assert fields.links(text) == [Link(href.strip(" \t"), tuple(rel.lower() for rel in rels)) for href, rels, _ in told]


@given(ANY)
def test_what_fits_no_grammar_ends_in_no_error(text):
    for read in (fields.elements, fields.parameters, fields.directives, fields.links, fields.named_items):
        read(text)
    fields.entity_tag(text), fields.http_date(text), fields.retry_after(text)


def test_lines_of_one_name_are_one_list():
    response = Response(200, (("link", "<a>; rel=prev"), ("x", "1"), ("link", '<b,c>; rel="next"')))
    assert [one.href for one in fields.links(fields.combined(response.values("Link")))] == ["a", "b,c"]
    assert fields.combined(response.values("vary")) == ""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('<a>; rel="next last"', [Link("a", ("next", "last"))]),
        ("<a>;rel=NEXT", [Link("a", ("next",))]),
        ('<a>; title="x; rel=\\"prev\\", <b>"; rel=next', [Link("a", ("next",))]),
        ('<a>; rel=next; anchor="#other"', [Link("a", ("next",), "#other")]),
        ("<a>, junk, <b>; rel=next", [Link("a", ()), Link("b", ("next",))]),
        ("a; rel=next", []),
        ("<a; rel=next", []),
    ],
)
def test_links_of_other_peoples_servers(text, expected):
    assert fields.links(text) == expected


def test_tags_are_compared_weakly_or_strongly():
    strong, weak = fields.entity_tag('"1"'), fields.entity_tag('W/"1"')
    assert strong is not None
    assert weak is not None
    assert strong.matches(weak)
    assert not strong.matches(weak, strongly=True)
    assert strong.matches(strong, strongly=True)
    assert not weak.matches(weak, strongly=True)
    assert not strong.matches(EntityTag("2"))
    assert [fields.entity_tag(text) for text in ("1", 'w/"1"', '"a"b"', "*", "", None)] == [None] * 6


@pytest.mark.parametrize(
    "text",
    [
        "Sun, 06 Nov 1994 08:49:37 GMT",
        "Sunday, 06-Nov-94 08:49:37 GMT",
        "Sun Nov  6 08:49:37 1994",
        "Sun, 06 Nov 1994 08:49:37 -0000",
    ],
)
def test_an_http_date_has_three_forms_and_is_in_utc(text, monkeypatch):
    assert fields.http_date(text) == datetime(1994, 11, 6, 8, 49, 37, tzinfo=UTC)


def test_retry_after_is_seconds_or_a_date():
    assert fields.retry_after(" 120 ") == 120
    assert fields.retry_after("Sun, 06 Nov 1994 08:49:37 GMT") == datetime(1994, 11, 6, 8, 49, 37, tzinfo=UTC)
    assert [fields.retry_after(text) for text in ("-1", "1.5", "soon", "", "²", None)] == [None] * 6


def test_directives_have_arguments_and_no_case():
    found = fields.directives('Private="Set-Cookie, X", MAX-AGE=3,, no-store')
    assert found == {"private": "Set-Cookie, X", "max-age": "3", "no-store": None}


@pytest.mark.parametrize("text", ["<a>;x=" + '"\\"' * 30000, '"' + '\\"' * 30000, "<" * 60000, "<a>," * 15000, ',"' * 30000])
def test_no_field_takes_long(text):
    fields.links(text), fields.elements(text), fields.parameters(text), fields.named_items(text)
