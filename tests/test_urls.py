"""URLs: the examples of RFC 3986 section 5.4, and which spellings mean one URL."""

from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.text.urls import below, normal, resolved, same

BASE = "http://a/b/c/d;p?q"
PATH = st.text("ab/.%é~:+ ", max_size=12).map(lambda text: "/" + quote(text, safe="/:+"))


@pytest.mark.parametrize(
    ("reference", "target"),
    [
        ("g:h", "g:h"),
        ("g", "http://a/b/c/g"),
        ("./g", "http://a/b/c/g"),
        ("g/", "http://a/b/c/g/"),
        ("/g", "http://a/g"),
        ("//g", "http://g"),
        ("?y", "http://a/b/c/d;p?y"),
        ("g?y", "http://a/b/c/g?y"),
        ("#s", "http://a/b/c/d;p?q#s"),
        ("g?y#s", "http://a/b/c/g?y#s"),
        (";x", "http://a/b/c/;x"),
        ("", "http://a/b/c/d;p?q"),
        (".", "http://a/b/c/"),
        ("..", "http://a/b/"),
        ("../g", "http://a/b/g"),
        ("../..", "http://a/"),
        ("../../../g", "http://a/g"),
        ("/../g", "http://a/g"),
        ("g.", "http://a/b/c/g."),
        ("..g", "http://a/b/c/..g"),
        ("./g/.", "http://a/b/c/g/"),
        ("g;x=1/../y", "http://a/b/c/y"),
        ("g?y/../x", "http://a/b/c/g?y/../x"),
        ("g#s/../x", "http://a/b/c/g#s/../x"),
        ("http:g", "http:g"),
    ],
)
def test_a_reference_is_resolved_as_the_rfc_shows(reference, target):
    assert resolved(BASE, reference) == target


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("HTTP://Example.COM:80/a", "http://example.com/a"),
        ("https://example.com:443", "https://example.com/"),
        ("http://example.com/%7ea/%e8%b7%af", "http://example.com/~a/%E8%B7%AF"),
        ("http://example.com/路", "http://example.com/%E8%B7%AF"),
        ("http://example.com/a/./b/../c", "http://example.com/a/c"),
        ("http://例え.テスト/", "http://xn--r8jz45g.xn--zckzah/"),
        ("http://BÜCHER.example/", "http://xn--bcher-kva.example/"),
        ("http://example.com./", "http://example.com/"),
        ("http://[::1]:80/", "http://[::1]/"),
        ("//EXAMPLE.com/a", "//example.com/a"),
    ],
)
def test_equivalent_urls_are_one(one, other):
    assert same(one, other)
    assert normal(one) == normal(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("http://a/b", "http://a/B"),
        ("http://a/b", "https://a/b"),
        ("http://a:8080/b", "http://a/b"),
        ("http://a/b%2Fc", "http://a/b/c"),
        ("http://a/b?x=1", "http://a/b?x=2"),
        ("http://a/b?x=1&y=2", "http://a/b?y=2&x=1"),
        ("http://a/b?x=%2B", "http://a/b?x=+"),
        ("http://u@a/", "http://a/"),
        ("http://a:port/", "http://a/"),
    ],
)
def test_others_are_not(one, other):
    assert not same(one, other)


def test_the_order_of_a_query_counts_unless_it_is_not_asked_for():
    assert same("http://a/b?x=1&y=2", "http://a/b?y=2&x=1", query_order=False)
    assert not same("http://a/b?x=1&y=2", "http://a/b?y=2&x=2", query_order=False)


@given(PATH, PATH)
def test_a_normal_url_is_its_own_normal_form_and_resolving_keeps_equivalence(path, reference):
    url = f"http://example.com{path}"
    assert normal(normal(url)) == normal(url)
    assert same(resolved(url, reference), resolved(normal(url), reference))


def test_what_lies_below_a_base_keeps_its_own_spelling():
    base = "https://example.com/v1"
    assert below(base, "HTTPS://EXAMPLE.com:443/v1/a%2fb?x=%7e") == "/a%2fb?x=%7e"
    assert below(f"{base}/", "https://example.com/v1") == "/"
    assert below(base, "https://example.com/%761/a") == "/a"
    assert below(base, "https://example.com/v1/b/../a%2f") == "/a%2F"
    elsewhere = (
        "https://example.com/v10/a",
        "http://example.com/v1/a",
        "https://example.com/v1/../a",
        "https://example.com/v1/%2e%2e/a",
    )
    assert [below(base, url) for url in (*elsewhere, "https://example.com:port/v1/a")] == [None] * 5
