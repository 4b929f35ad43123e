"""Two validators, one answer: over drawn schemas and instances, over every schema of the specs, over texts near every format."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conformance.errors import DisagreementError
from conformance.interface.compiled import Compiled, alone, compiled
from conformance.interface.ecma import python_pattern
from conformance.interface.references import deref
from conformance.interface.stated import FORMATS, NAMED
from conformance.load import data_folders, load_spec
from conformance.model import Spec

SETTINGS = settings(max_examples=300, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck))

NAMES = ("a", "b", "ab", "1")
PATTERNS = (r"^\d+$", r"^[a-z]+$", r"^\S+:\w+$", "a", r"^[A-Z]{3}-\d{1,2}$", r"^.{2}$", "^(a|b)*$", r"^[^\s]*$", r"\bab\b")
TEXTS = (
    "",
    "a",
    "ab",
    "a:b",
    "7",
    "٧",
    "7\n",
    "é",
    "x y",
    "ABC-7",
    "\U00020bb7a",
    "2025-06-12T08:30:00+08:00",
    "2025-06-12",
    "a@b.c",
)
NUMBERS = st.integers(-5, 5) | st.sampled_from([0.0, 1.0, 0.3, 0.5, 2.5, -1.5, 19.99, 1e3, 10**20, 1e300])
SCALARS = st.none() | st.booleans() | NUMBERS | st.sampled_from(TEXTS)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=3), max_leaves=6
)


def some(**members: Any) -> st.SearchStrategy[dict[str, Any]]:
    """An object with any of these members."""
    return st.fixed_dictionaries({}, optional=members)


def composed(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Schemas made of schemas, with the keywords that interfaces use."""
    few = st.lists(inner, min_size=1, max_size=3)
    named = st.dictionaries(st.sampled_from(NAMES), inner, max_size=3)
    return (
        some(
            type=st.just("object"),
            properties=named,
            required=st.lists(st.sampled_from(NAMES), max_size=2, unique=True),
            additionalProperties=inner,
            patternProperties=st.dictionaries(st.sampled_from(["^a", r"^\d$", "b$"]), inner, max_size=2),
            propertyNames=inner,
            minProperties=st.integers(0, 2),
            maxProperties=st.integers(0, 3),
            dependentRequired=st.dictionaries(st.sampled_from(NAMES), st.lists(st.sampled_from(NAMES), max_size=2, unique=True)),
            unevaluatedProperties=inner,
        )
        | some(
            type=st.just("array"),
            items=inner,
            prefixItems=few,
            contains=inner,
            minItems=st.integers(0, 2),
            maxItems=st.integers(0, 3),
            uniqueItems=st.booleans(),
            unevaluatedItems=inner,
        )
        | some(allOf=few, anyOf=few, oneOf=few)
        | some(**{"if": inner, "then": inner, "else": inner, "not": inner})
    )


SIMPLE = st.one_of(
    st.booleans(),
    some(type=st.sampled_from(["string", "integer", "number", "boolean", "null", "object", "array", ["string", "null"]])),
    some(type=st.just("string"), minLength=st.integers(0, 3), maxLength=st.integers(0, 6), pattern=st.sampled_from(PATTERNS)),
    some(format=st.sampled_from(sorted(NAMED))),
    some(
        minimum=NUMBERS,
        maximum=NUMBERS,
        exclusiveMinimum=NUMBERS,
        exclusiveMaximum=NUMBERS,
        multipleOf=st.sampled_from([1, 2, 0.1, 0.5, 0.01, 3]),
    ),
    some(enum=st.lists(VALUES, min_size=1, max_size=3)),
    some(const=VALUES),
    st.sampled_from([{"$ref": "#/$defs/tree"}, {"$ref": "#/$defs/list"}]),
)
TREE = {"type": "object", "properties": {"a": {"$ref": "#/$defs/tree"}, "b": {"type": "integer"}}, "required": ["b"]}
LIST = {"anyOf": [{"type": "null"}, {"type": "array", "items": {"$ref": "#/$defs/list"}, "maxItems": 2}]}
SCHEMAS = st.recursive(SIMPLE, composed, max_leaves=5)


def answers(schema: Compiled, instance: Any) -> tuple[bool, bool]:
    """Whether each of the two accepts the instance."""
    where = "" if schema.key is None else f"/properties/{schema.key}"
    return schema.is_valid(instance), not list(schema.document.opinion.errors(where, instance))


@pytest.mark.heavy
@SETTINGS
@given(SCHEMAS, VALUES)
def test_both_say_the_same_of_drawn_schemas_and_instances(schema: Any, instance: Any) -> None:
    whole = alone({"$ref": "#/$defs/drawn", "$defs": {"drawn": schema, "tree": TREE, "list": LIST}})
    first, second = answers(whole, instance)
    assert first == second
    assert (whole.errors(instance) == []) == first  # and at the same places


# ------------------------------------------------------------------------------------------ every schema of the specs


class Sampler:
    """Instances of a schema by its keywords, most of them valid, and the same with something changed somewhere. One seed, one course."""

    def __init__(self, document: Any, seed: int) -> None:
        self.document, self.random = document, random.Random(seed)

    def like(self, schema: Any, depth: int = 6) -> Any:
        schema = dict(deref(self.document, schema))
        if not isinstance(schema, dict) or not depth:
            return None
        for key in ("allOf", "anyOf", "oneOf"):
            if schema.get(key):
                found = [
                    self.like(one, depth - 1) for one in (schema[key] if key == "allOf" else [self.random.choice(schema[key])])
                ]
                own = self.like({name: value for name, value in schema.items() if name != key}, depth - 1)
                parts = [one for one in (*found, own) if isinstance(one, dict)]
                return {name: value for one in parts for name, value in one.items()} if parts else found[0]
        if "const" in schema or schema.get("enum"):
            return schema.get("const", self.random.choice(schema.get("enum", [None])))
        if "examples" in schema or "example" in schema:
            return self.random.choice(schema.get("examples") or [schema.get("example")])
        kinds = schema.get("type", "object" if "properties" in schema else "string")
        return self.of_kind(schema, self.random.choice(kinds) if isinstance(kinds, list) else kinds, depth)

    def of_kind(self, schema: Any, kind: str, depth: int) -> Any:
        if kind == "object":
            members = schema.get("properties") or {}
            named = [name for name in members if name in schema.get("required", ()) or self.random.random() < 0.6]
            more = schema.get("additionalProperties")
            extra = {"zh-Hant": self.like(more, depth - 1)} if isinstance(more, dict) else {}
            return {name: self.like(members[name], depth - 1) for name in named} | extra
        if kind == "array":
            return [
                self.like(schema.get("items", {}), depth - 1)
                for _ in range(max(schema.get("minItems", 0), self.random.randrange(3)))
            ]
        if kind in ("integer", "number"):
            return self.random.choice([schema.get("minimum", 0), schema.get("maximum", 7), 3, 2.5, 0.1])
        if kind == "string":
            near = [text for text in NEAR.get(schema.get("format", ""), ()) if FORMATS[schema["format"]](text)]
            return self.random.choice(near or ["", "a", "tw-tpe:7", "2025-06-12"])
        return {"boolean": True, "null": None}.get(kind)

    def changed(self, instance: Any) -> Any:
        """The instance with one thing changed: a member gone, one too many, another value."""
        if isinstance(instance, dict) and instance and self.random.random() < 0.85:
            name = self.random.choice(list(instance))
            if self.random.random() < 0.2:
                return {key: value for key, value in instance.items() if key != name}
            if self.random.random() < 0.1:
                return {**instance, "yance/not~known": 1}
            return {**instance, name: self.changed(instance[name])}
        if isinstance(instance, list) and instance and self.random.random() < 0.8:
            place = self.random.randrange(len(instance))
            return [self.changed(one) if nth == place else one for nth, one in enumerate(instance)]
        if isinstance(instance, str) and self.random.random() < 0.5:
            return spoilt(instance, self.random)
        return self.random.choice([None, True, 0, -1, 2.5, 10**20, "", "x", "2025-06-12T08:30:00Z", [], {}, [None]])


def spoilt(text: str, by: random.Random) -> str:
    """A text with one to three characters put in, replaced or left out."""
    for _ in range(by.randrange(1, 4)):
        place = by.randrange(len(text) + 1)
        new = by.choice([*'0123456789abzAZT:.-+@/%[]~#?"\\ _!ä\n', ""])
        text = text[:place] + new + text[place + by.randrange(2) :]
    return text


def schemas_in(node: Any, here: str = "") -> Iterator[tuple[str, Any]]:
    """Every schema that a document declares, with where it stands."""
    if isinstance(node, dict):
        for key, member in node.items():
            if key == "schema":
                yield f"{here}/{key}", member
            yield from schemas_in(member, f"{here}/{key}")
    elif isinstance(node, list):
        for nth, member in enumerate(node):
            yield from schemas_in(member, f"{here}/{nth}")


@cache
def transport() -> Spec:
    return load_spec(data_folders(()), "transport")


@pytest.mark.heavy
def test_both_say_the_same_of_every_schema_of_the_specs() -> None:
    spec = transport()
    declared = dict(schemas_in(spec.document)) | {f"#{name}": one for name, one in spec.document["components"]["schemas"].items()}
    assert len(declared) > 100
    seen = {True: 0, False: 0}
    for nth, (where, schema) in enumerate(declared.items()):
        whole, sampler = compiled(spec, schema), Sampler(spec.document, nth)
        for _ in range(6):
            instance = sampler.like(schema)
            for one in (instance, sampler.changed(instance), sampler.changed(sampler.changed(instance))):
                first, second = answers(whole, one)
                assert first == second, f"{where}: {json.dumps(one)}"
                assert (whole.errors(one) == []) == first
                seen[first] += 1
    assert min(seen.values()) > 300, "instances of both kinds were met"


# ------------------------------------------------------------------------------------------ formats

NEAR = {
    "date-time": (
        "2020-01-01T00:00:00Z",
        "2020-01-01t00:00:00.25z",
        "1998-12-31T23:59:60Z",
        "1998-12-31T15:59:60.123-08:00",
        "1998-12-31T22:59:60Z",
        "1998-12-31T23:58:60Z",
        "2020-01-01T24:00:00Z",
        "2020-01-01T00:00:00+24:00",
        "2020-01-01T00:00:00+23:59",
        "2020-01-01T00:00:00-00:00",
        "2020-02-30T00:00:00Z",
        "2021-02-29T00:00:00Z",
        "2020-01-01T00:00:00",
        "2020-01-01 00:00:00Z",
        "2020-01-01T00:00Z",
        "0000-01-01T00:00:00Z",
        "2020-01-01T00:00:00Z\n",
        "2020-12-31T23:59:60+01:00",
        "2020-01-01T00:00:0০Z",
    ),
    "date": ("2020-01-01", "2020-02-30", "2000-02-29", "1900-02-29", "20200101", "২020-01-01", "2020-W01", "10000-01-01"),
    "time": ("00:00:00Z", "00:00:00", "23:59:60+00:00", "00:29:60+00:30", "24:00:00Z", "00:00:00.5z", "12:00:00+24:00"),
    "duration": ("P1D", "PT1H", "P1Y2M3DT4H5M6S", "P1W", "P", "PT", "P1W1D", "P1Y1D", "PT1.5S", "p1d", "PT1H1S", "P٣D"),
    "email": (
        "a@b.c",
        "a@b",
        '"a b"@c',
        "a.b@c",
        ".a@b",
        "a..b@c",
        "a@[127.0.0.1]",
        "a@[IPv6:::1]",
        "ä@b",
        "<a@b>",
        "x <a@b>",
        "a@-b",
    ),
    "uuid": (
        "2EB8AA08-aa98-11ea-b4aa-73b441d16380",
        "2eb8aa08aa9811eab4aa73b441d16380",
        "{2eb8aa08-aa98-11ea-b4aa-73b441d16380}",
    ),
    "ipv4": ("1.2.3.4", "01.2.3.4", "256.0.0.1", "1.2.3", "1.2.3.٤"),
    "ipv6": ("::1", "::", "1::2::3", "12345::", "1:2:3:4:5:6:1.2.3.4", "fe80::1%eth0", "::ffff:01.2.3.4", "1:2:3:4:5:6:7::"),
    "uri": (
        "http://a/b?c#d",
        "urn:a:b",
        "http:",
        "/a",
        "http://a/%zz",
        "http://ä",
        "http://[::1]:80/",
        "http://a:x",
        "http://a/[b]",
        "",
    ),
    "uri-reference": ("", "/a", "a:b", "1a:b", "./a:b", "//[::1]", "//[", "{a}", "#a#b", "?b"),
    "hostname": ("a.b", "a_b", "-a", "a.", "1.2", "a" * 63, "a" * 64, ".".join(["a" * 60] * 4), ".".join(["a" * 63] * 4), ""),
    "json-pointer": ("", "/", "/a~0~1", "/a~2", "a", "#/a"),
    "relative-json-pointer": ("0", "0#", "1/a", "01", "-1", "0-1", "1#/a"),
}
# What the two are known to say otherwise, by format: a text on which they do, so that its mending is noticed, and what it says.
EXPECTED = {
    "date": ("2020-01-0/", True),
    "date-time": ("2020-01-0/T00:00:00Z", True),
    "time": ("00:00:0/Z", True),
    "hostname": ("r3---sn-a.example", False),
    "email": ("a@r3---sn-a.example", False),
}
SIGNS = "+,-./"


def excused(name: str, text: str, first: bool) -> bool:
    """Whether a difference is one that the docstring of `opinion` tells of."""
    if name in ("date", "date-time", "time"):
        return first and any(sign in text for sign in SIGNS)
    if name == "email" and first:
        return text[:1].isspace()
    return name in ("hostname", "email") and not first and "--" in text


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_both_assert_a_format_by_the_same_rule(name: str) -> None:
    whole, by = alone({"format": name}), random.Random(name)
    near = NEAR[name]
    assert {FORMATS[name](text) for text in near} == {True, False}
    texts = [*near, *(spoilt(by.choice(near), by) for _ in range(3000))]
    differing = [text for text in texts if whole.is_valid(text) != FORMATS[name](text)]
    assert [text for text in differing if not excused(name, text, whole.is_valid(text))] == []
    assert [text for text in near if text in differing] == []


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_an_expected_difference_is_still_one(name: str) -> None:
    text, accepted = EXPECTED[name]
    whole = alone({"format": name})
    assert (whole.is_valid(text), FORMATS[name](text)) == (accepted, not accepted)
    if not accepted:
        with pytest.raises(DisagreementError, match=r"jsonschema-rs finds at /: .* jsonschema finds nothing"):
            whole.errors(text)
        assert not whole.refuses(text)


def test_a_member_under_a_pattern_that_has_no_second_opinion_is_a_difference() -> None:
    whole = alone({"patternProperties": {r"^\p{L}+$": {"type": "integer"}}})
    assert whole.errors({"é": 7}) == []
    with pytest.raises(DisagreementError, match="cannot be put as Python has it"):
        whole.errors({"é": "x"})


def test_what_is_no_format_of_json_schema_is_an_annotation() -> None:
    for name in ("int32", "int64", "float", "double", "byte", "binary", "password", "yance"):
        assert answers(alone({"format": name}), "anything at all") == (True, True)


# ------------------------------------------------------------------------------------------ patterns

WRITTEN = (*PATTERNS, r"\p{L}+", r"[\w.-]+@\w+", r"^[^\d]+$", r"a/b\/c", r"^\x41\u0042\u{43}$", r"[$.&|~[]", r"^a|b$")
LINEAR = ("^a+$", "(?:a|b)?c+", r"^[(*+]+(a-b)*\(a*\)", "(a{2})+", "^(a-?)$")
DRAWN = st.text("aAbB19_ \n\r\u2028é٧\U00020bb7.-/@:CL", max_size=6)


@SETTINGS
@given(st.sampled_from(WRITTEN), DRAWN)
def test_both_read_patterns_as_ecma_262_does(pattern: str, text: str) -> None:
    first, second = answers(alone({"pattern": pattern}), text)
    assert first == second or (first and "." in pattern and set(text) & set("\r\u2028"))


@pytest.mark.parametrize("pattern", [r"\p{Han}", "(?i)a", r"\q", "(", r"[\b-\d-z", r"\ud800", "^(a+)+$", "(?:a|ab)*", "((x*)y)+"])
def test_a_pattern_without_an_equivalent_is_not_translated(pattern: str) -> None:
    assert python_pattern(pattern) is None


@pytest.mark.parametrize("pattern", LINEAR)
def test_what_has_one_way_to_match_is_translated(pattern: str) -> None:
    assert python_pattern(pattern) is not None


@pytest.mark.parametrize(
    ("pattern", "text", "fits"),
    [
        (r"^\d$", "٧", False),
        (r"^\w$", "é", False),
        ("^a$", "a\n", False),
        ("^a.b$", "a\rb", False),
        (r"^\s$", "\ufeff", True),
        (r"^\cJ$", "\n", True),
        (r"^[\]a]$", "]", True),
        (r"^\0$", "\0", True),
        (r"^(?<year>\d{4})-\k<year>$", "2025-2025", True),
    ],
)
def test_translated_patterns_mean_what_ecma_262_says(pattern: str, text: str, fits: bool) -> None:
    translated = python_pattern(pattern)
    assert translated is not None
    assert bool(translated.search(text)) == fits
