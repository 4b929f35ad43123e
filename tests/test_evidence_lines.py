"""A line of evidence can be read in one way, and comes back as it was; the root over the lines is that of RFC 6962."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.errors import SuiteError, VerificationError
from conformance.evidence import MerkleTree, quick
from conformance.evidence.records import decode, encode
from conformance.model import Exchange, Request, Response
from conformance.text import strictjson
from tests.recording import BASE, defined_root, exchange

calmly = settings(max_examples=100, deadline=None, database=None)


# ------------------------------------------------------------------------------------------- the tree


def test_the_root_is_that_of_the_published_vectors() -> None:
    tree = MerkleTree()
    for leaf in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"):
        tree.append(bytes.fromhex(leaf))
    assert tree.root().hex() == "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"


@calmly
@given(st.lists(st.binary(max_size=8), max_size=70))
def test_the_root_grown_leaf_by_leaf_is_the_defined_one(leaves: list[bytes]) -> None:
    tree = MerkleTree()
    for leaf in leaves:
        tree.append(leaf)
    assert tree.root() == defined_root(leaves)


# ------------------------------------------------------------------------------------------- lines

names = st.text(st.characters(codec="utf-8"), max_size=12)
pairs = st.lists(st.tuples(names, names), max_size=3).map(tuple)
exact = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | names,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3),
    max_leaves=6,
)
requests = st.builds(Request, names, names, names, pairs, pairs, st.none() | st.binary(max_size=40), st.none() | names, names)
responses = st.builds(Response, st.integers(100, 599), pairs, st.binary(max_size=60), st.booleans(), st.integers(0, 2**40))
exchanges = st.builds(
    Exchange,
    st.integers(1, 10**9),
    names,
    requests,
    st.none() | responses,
    st.none() | names,
    st.sampled_from([BASE, "", "http://127.0.0.1:1/inbox"]),
    st.integers(0, 2**45),
    st.integers(0, 10**7),
    st.dictionaries(names, exact, max_size=3),
)


@pytest.mark.heavy
@calmly
@given(exchanges)
def test_an_exchange_comes_back_as_it_was(one: Exchange) -> None:
    line = encode(one, BASE)
    assert b"\n" not in line
    assert decode(line, BASE, 1) == one
    assert encode(decode(line, BASE, 1), BASE) == line
    assert json.dumps(json.loads(line), ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode() == line


spoilt = st.sampled_from(
    [b"", b" ", b'"', b"0", b"-", b".0", b"e1", b",", b"\\", b"\xff", b'"n":1,', b"\\ud800", b'"kind":"exchange",', b"true"]
)


@calmly
@given(exchanges, spoilt, st.floats(0, 1), st.integers(0, 3))
def test_the_quick_reading_of_a_line_is_the_careful_one(one: Exchange, more: bytes, where: float, lost: int) -> None:
    """Whatever is done to a line: what is read quickly is what careful reading gives."""
    line = encode(one, BASE)
    at = round(where * len(line))
    for text in (line, line[:at] + more + line[at + lost :]):
        if (found := quick.exchange(text, BASE)) is not None:
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(quick, "exchange", lambda *_, **__: None)
                assert decode(text, BASE, 1) == found
                assert encode(found, BASE) == encode(decode(text, BASE, 1), BASE)


def test_a_line_of_ours_is_read_quickly() -> None:
    assert quick.exchange(encode(exchange(number=1), BASE), BASE) == exchange(number=1)


@pytest.mark.parametrize("fact", [b"1.0", b"9007199254740992", b"-9007199254740992", b'[{"deep":1e1}]'])
def test_an_inexact_attribute_is_not_read_quickly(fact: bytes) -> None:
    line = encode(exchange(number=1, attributes={"fact": 7}), BASE).replace(b'"fact":7', b'"fact":' + fact)
    assert quick.exchange(line, BASE) is None
    with pytest.raises(VerificationError):
        decode(line, BASE, 1)


def test_a_body_that_is_not_utf8_comes_back_byte_for_byte() -> None:
    one = exchange(body=bytes(range(256)))
    assert b"bodyBase64" in encode(one, BASE)
    assert decode(encode(one, BASE), BASE, 1) == one


@pytest.mark.parametrize("value", [1.5, float("nan"), 2**53, b"x", {1: "x"}, {"deep": [{"er": 0.1}]}])
def test_an_inexact_attribute_is_our_own_fault(value: object) -> None:
    with pytest.raises(SuiteError, match="attributes of an exchange"):
        encode(exchange(attributes={"fact": value}), BASE)


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"[]",
        b'{"kind":"other"}',
        b'{"kind":["case"]}',
        b'{"kind":"resumed","at":1,"at":2}',
        b'{"kind":"resumed","at":1.0}',
        b'{"kind":"resumed","at":true}',
        b'{"kind":"resumed","at":NaN}',
        b'{"kind":"resumed","at":1e3}',
        b'{"kind":"resumed","at":9007199254740992}',
        b'{"kind":"resumed","at":-0}',
        b'{"kind":"resumed"}',
        b'{"kind":"resumed","at":1,"by":"me"}',
        b'\xef\xbb\xbf{"kind":"resumed","at":1}',
        b'{"kind":"resumed","at":1}\xff',
        b'{"kind":"case","case":"\\ud800","ended":"complete","reason":"","exchanges":0}',
        b'{"kind":"case","case":"x","ended":"done","reason":"","exchanges":0}',
        b'{"kind":"exchange"}',
        b"[" * 100_000,
    ],
)
def test_a_line_that_could_be_read_in_two_ways_is_refused(line: bytes) -> None:
    with pytest.raises(VerificationError, match="line 7 of the evidence"):
        decode(line, BASE, 7)


@pytest.mark.parametrize(("old", "new"), [(b'"body":"{', b'"bodyBase64":"{'), (b'["limit","2"]', b'["limit"]'), (b'"GET"', b"7")])
def test_a_line_of_another_shape_is_refused(old: bytes, new: bytes) -> None:
    line = encode(exchange(number=1), BASE)
    assert old in line
    with pytest.raises(VerificationError):
        decode(line.replace(old, new), BASE, 1)


def test_a_lone_surrogate_becomes_a_replacement_character() -> None:
    one = exchange(failure="cut \udc80 here", response=None)
    assert decode(encode(one, BASE), BASE, 1).failure == "cut \ufffd here"


# ------------------------------------------------------------------------------------------- strict JSON


@calmly
@given(exact)
def test_canonical_json_is_read_back_equal(document: Any) -> None:
    data = strictjson.canonical(document)
    assert strictjson.parse(data, "it") == document
    assert strictjson.canonical(strictjson.parse(data, "it")) == data


def test_canonical_refuses_what_parse_refuses() -> None:
    for document in ("\ud800", 2**60, 0.5, {"a": {1}}):
        with pytest.raises(SuiteError):
            strictjson.canonical(document)
    with pytest.raises(VerificationError, match="more than the 3 allowed"):
        strictjson.parse(b"[1,2]", "it", limit=3)
    assert strictjson.parse(rb'"\ud83d\ude00"', "it") == "😀", "a pair of surrogates is one character"
