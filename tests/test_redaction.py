"""Nothing secret or personal is recorded, nothing else is touched, and equality survives."""

from __future__ import annotations

import base64
import json
import re
from dataclasses import replace
from string import hexdigits
from typing import Any
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from conformance.redaction import PSEUDONYM, Redactor, shapes
from conformance.redaction.encodings import SHORTEST_RUN, runs
from conformance.redaction.looks import Structure
from conformance.redaction.shapes import is_tw_id, shape_of
from conformance.redaction.unfolding import meant, unfold
from tests.redacting import JWT, KEY, PEM, TW_IDS, calmly, exchange, redacted

# ------------------------------------------------------------------------------------------- shapes


@pytest.mark.parametrize("text", TW_IDS)
def test_a_tw_id_is_known_by_its_checksum(text: str) -> None:
    assert is_tw_id(text)
    for digit in "0123456789":
        changed = text[:-1] + digit
        assert is_tw_id(changed) is (changed == text)


@pytest.mark.parametrize(
    ("text", "shape"),
    [
        *((text, "tw-id") for text in TW_IDS),
        ("patient.one+x@clinic.example.tw", "email"),
        ("0912345678", "mobile"),
        ("0912-345-678", "mobile"),
        ("0912 345 678", "mobile"),
        ("0912-345678", "mobile"),
        ("+886912345678", "mobile"),
        ("+886-912-345-678", "mobile"),
        ("+886 912 345 678", "mobile"),
        (JWT, "jwt"),
        (PEM, "pem"),
    ],
)
def test_each_shape_is_found_alone_within_a_sentence_and_in_any_json(text: str, shape: str) -> None:
    assert shape_of(text) == shape
    for before, after in (("", ""), ("see ", "."), ("電話", "，謝謝"), ("(", ")"), ("<b>", "</b>")):
        document, marks = redacted({"note": [f"{before}{text}{after}"], "n": 1})
        assert text not in json.dumps(document)
        assert PSEUDONYM.fullmatch(document["note"][0].removeprefix(before).removesuffix(after)), document
        assert document["n"] == 1
        assert [(mark["kind"], mark["length"], mark["where"]) for mark in marks] == [(shape, len(text), "/response/body/note/0")]


@pytest.mark.parametrize(
    "text",
    [
        "A123456788",  # wrong checksum
        "TPE1234567",
        "XA123456789",
        "121.0912345678",
        "1764000000000",
        "20250912345678",
        "ABCU1234567",
        "02-2345-6789",
        "3f0912345678ab-0912345678a",
        "2025-09-12 10:00:00",
        "eyJvIjo1MCwiayI6IlRQRTEwMDUwIn0",  # a cursor
        '"33a64df551425fcc55e4d42a148795d9f25f89d4"',
        "https://target.example/v1/stops?limit=2&cursor=abc",
        "me at home.example",
        "yance-reserve-1a2b3c4d",
    ],
)
def test_what_only_resembles_a_shape_is_left_alone(text: str) -> None:
    one = exchange(json.dumps({"value": text, "sort_key": "k", "tokenType": "x", "secretary": "y"}).encode())
    assert Redactor({}).exchange(one) is one


# ------------------------------------------------------------------------------------------- places


def test_secret_headers_are_replaced_and_the_rest_of_them_kept() -> None:
    headers = (
        ("Authorization", "Bearer abc.def"),
        ("Cookie", "sid=one; theme=two"),
        ("X-Api-Key", "key-1"),
        ("X-Own-Key", "key-1"),
        ("Idempotency-Key", "key-1"),
        ("If-Match", '"v1"'),
    )
    one = exchange(headers=headers)
    response = replace(one.response, headers=(("set-cookie", "sid=one; Path=/; HttpOnly"), ("etag", '"v1"')))  # type: ignore[type-var]
    done = Redactor({}, key=KEY, headers=["X-Own-Key"]).exchange(replace(one, response=response))
    values = dict(done.request.headers)
    assert values["Authorization"].startswith("Bearer «secret:")
    names = [pair.partition("=")[0] for pair in values["Cookie"].split("; ")]
    assert names == ["sid", "theme"]
    assert values["X-Api-Key"] == values["X-Own-Key"] != "key-1"
    assert (values["Idempotency-Key"], values["If-Match"]) == ("key-1", '"v1"')
    cookie = done.header("set-cookie")
    assert cookie is not None
    assert cookie.endswith("»; Path=/; HttpOnly")
    assert cookie.split(";")[0] == values["Cookie"].split("; ")[0], "the same cookie keeps the same pseudonym"
    assert len(done.attributes["redactions"]) == 6


def test_secret_parameters_userinfo_and_forms() -> None:
    form = b"grant_type=client_credentials&client_secret=s%26cret+one&scope=a"
    one = exchange(
        b'<a href="https://u:p@h.example/?x=1&amp;api_key=s%26cret%20one">',
        "text/html",
        query=(("api_key", "s&cret one"), ("cursor", "abc")),
        headers=(("Content-Type", "application/x-www-form-urlencoded"), ("Referer", "https://h.example/?access_token=t%26t")),
        body=form,
        path="/people/A123456789",
    )
    done = Redactor({}, key=KEY).exchange(replace(one, failure="no route to u:p@h"))
    (_, hidden), (_, cursor) = done.request.query
    assert PSEUDONYM.fullmatch(hidden)
    assert cursor == "abc"
    assert done.request.body == form.replace(b"s%26cret+one", quote_plus(hidden).encode())
    assert done.request.path.startswith("/people/«tw-id:")
    assert done.response is not None
    assert done.response.body.startswith('<a href="https://«secret:'.encode())
    assert b"u:p@" not in done.response.body
    assert (done.request.header("referer") or "").startswith("https://h.example/?access_token=«secret:")


@pytest.mark.parametrize(
    ("before", "value", "after"),
    [
        ("/things?api_key=", "lab%2Fkey%2B0123%3D456", "&limit=1"),
        ("/things?api_key=", "lab/key%2B0123%3d456", "&limit=1"),
        ("/things?page=2&amp;api_key=", "lab%2Fkey%2B0123%3D456", "&amp;limit=1"),
        ("/things?page=2#api_key=", "lab/key%2B0123=456", ""),
        ("/things;api_key=", "lab%2Fkey%2B0123%3D456", "/parts?limit=1"),
        (r"{\"next\":\"\/things?api_key=", r"lab\/key%2B0123=456", r"\u0026limit=1\"}"),
    ],
)
def test_the_value_of_a_secret_parameter_ends_as_it_is_written(before: str, value: str, after: str) -> None:
    one = exchange(json.dumps({"text": f"{before}{value}{after}"}).encode(), query=(("api_key", "lab/key+0123=456"),))
    done = Redactor({}, key=KEY).exchange(one)
    assert done.json == {"text": f"{before}{done.request.parameter('api_key')}{after}"}
    assert PSEUDONYM.fullmatch(done.request.parameter("api_key") or "")


def test_an_ampersand_within_the_value_of_a_secret_parameter_does_not_end_it() -> None:
    done = Redactor({}, key=KEY).exchange(
        exchange(b'{"next":"/t?api_key=s%26cret%23one&limit=1"}', query=(("api_key", "s&cret#one"),))
    )
    assert done.json == {"next": f"/t?api_key={done.request.parameter('api_key')}&limit=1"}


def test_a_percent_encoded_email_equals_the_plain_one() -> None:
    one = exchange(b'{"self":"/people?email=a.b%40c.tw"}', query=(("email", "a.b@c.tw"),))
    done = Redactor({}, key=KEY).exchange(one)
    assert done.json["self"] == "/people?email=" + done.request.query[0][1]


def test_secret_members_of_any_kind() -> None:
    secret = {"password": "p", "pickupCode": 4711, "secret": ["x", None, True], "api_key": "", "access_token": None}
    document, marks = redacted({"deep": [secret], "client_secret": {"type": "string"}, "sort_key": "p"})
    (found,) = document["deep"]
    assert PSEUDONYM.fullmatch(found["password"])
    assert PSEUDONYM.fullmatch(found["pickupCode"])
    assert PSEUDONYM.fullmatch(found["secret"][0])
    assert found["secret"][1:] == [None, True]
    assert (found["api_key"], found["access_token"]) == ("", None)
    assert document["client_secret"] == {"type": "string"}, "a schema may speak of secrets"
    assert document["sort_key"] == "p"
    assert [(m["where"], m["type"], m["length"], m["class"]) for m in marks] == [
        ("/response/body/deep/0/password", "string", 1, "alphanumeric"),
        ("/response/body/deep/0/pickupCode", "number", 4, "digits"),
        ("/response/body/deep/0/secret/0", "string", 1, "alphanumeric"),
    ]


def test_a_member_name_may_be_personal_too() -> None:
    document, marks = redacted({"byId": {"A123456789": {"ok": 1}}})
    (name,) = document["byId"]
    assert PSEUDONYM.fullmatch(name)
    assert marks[0]["kind"] == "tw-id"


def test_every_other_byte_of_a_rewritten_body_stays() -> None:
    body = b'{ "n" : 1.50e+2,\r\n"n":2, "email":"a@b.tw" ,"e":"\\u00e9\\/", "open": [1,,}'
    done = Redactor({}, key=KEY).exchange(exchange(body))
    assert done.response is not None
    (mark,) = done.attributes["redactions"]
    assert done.response.body == body.replace(b"a@b.tw", f"«email:{mark['n']}»".encode())


@pytest.mark.parametrize(
    "body", [b'{"a":1,"password":"geheim', b'{"password":"geheim\\', b'{"password":"geheim\\u00', b'["a@b.tw", "gehe']
)
def test_a_cut_body_hides_its_secrets_too(body: bytes) -> None:
    done = Redactor({}, key=KEY).exchange(exchange(body))
    assert done.response is not None
    assert b"geheim" not in done.response.body
    assert b"a@b.tw" not in done.response.body


def test_escapes_do_not_hide_a_shape_nor_break_the_document() -> None:
    body = rb'{"a":"x\u002By@c.tw","b":"\u0041123456789","c":"\"0912345678\""}'
    done = Redactor({}, key=KEY).exchange(exchange(body))
    assert PSEUDONYM.fullmatch(done.json["a"])
    assert [mark["kind"] for mark in done.attributes["redactions"]] == ["email", "tw-id", "mobile"]


def test_a_body_that_is_no_text_keeps_its_bytes_around_what_is_replaced() -> None:
    body = b"\xff\xfe" + PEM.encode() + b"\x00\x80"
    done = Redactor({}, key=KEY).exchange(exchange(body, "application/octet-stream"))
    assert done.response is not None
    assert done.response.body.startswith(b"\xff\xfe\xabpem:")
    assert done.response.body.endswith(b"\xbb\x00\x80")


# ------------------------------------------------------------------------------------------- pseudonyms


def test_equal_values_are_equal_and_others_are_not_in_every_place_and_order() -> None:
    redactor = Redactor({}, key=KEY)
    document, _ = redacted({"a": "A123456789", "b": "F131104093", "password": JWT, "c": f"token {JWT}"}, redactor)
    again, _ = redacted({"b": "F131104093", "a": "A123456789"}, Redactor({}, key=KEY))
    assert (again["a"], again["b"]) == (document["a"], document["b"])
    assert document["a"] != document["b"]
    assert document["c"] == f"token {document['password']}", "what a value is called depends on the value alone"
    assert redactor.replacements == 4


def test_without_the_key_nothing_leads_back() -> None:
    one, other = redacted({"id": "A123456789"}, Redactor({}))[0], redacted({"id": "A123456789"}, Redactor({}))[0]
    assert one != other


@pytest.mark.heavy
@calmly
@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers()
        | st.floats(allow_nan=False)
        | st.text(max_size=20)
        | st.sampled_from([*TW_IDS, "a@b.tw", "0912345678", JWT, PEM, "https://u:p@h.example/?secret=x"]),
        lambda inner: (
            st.lists(inner, max_size=4)
            | st.dictionaries(st.text(max_size=5) | st.sampled_from(["password", "secret", "note"]), inner, max_size=4)
        ),
        max_leaves=12,
    ),
    st.booleans(),
)
def test_redaction_keeps_the_structure_hides_every_shape_and_is_done_once(document: Any, plain: bool) -> None:
    body = json.dumps(document, ensure_ascii=plain).encode("utf-8", "surrogatepass")
    one = exchange(body)
    redactor = Redactor({}, key=KEY)
    done = redactor.exchange(one)
    assert done.response is not None
    assert redactor.exchange(done) is done
    for text in (*TW_IDS, "a@b.tw", JWT, "u:p@"):
        assert text.encode() not in done.response.body
    if done is not one:
        assert shape(json.loads(done.response.body.decode("utf-8", "surrogatepass"))) == shape(json.loads(body))


def shape(node: Any) -> Any:
    if isinstance(node, dict):
        return [shape(member) for member in node.values()]
    if isinstance(node, list):
        return [shape(member) for member in node]
    return "scalar" if isinstance(node, str | int | float) and not isinstance(node, bool) else node


# ------------------------------------------------------------------------------------------- looked for at once


def joined(*pieces: str) -> st.SearchStrategy[str]:
    return st.lists(st.sampled_from(pieces), max_size=40).map("".join)


@calmly
@given(joined("\\u00", "41", "%2", "5", "%", "&#", "65;", "&amp;", "\\", "/", "n", "Ａ", "車", "\ud83d", " "))
def test_a_text_says_the_same_whether_or_not_its_places_are_asked_for(text: str) -> None:
    assert meant(text) == unfold(text).text


@calmly
@given(
    joined("0a", "F1", "c", ":", "-", " ", "\n", "\r\n", "\u00a0", "\x1f", "g", "=", "+/ab", "abcdefgh", "車"),
    st.integers(SHORTEST_RUN, 40),
)
def test_encoded_runs_are_found_though_most_texts_are_passed_over(text: str, shortest: int) -> None:
    octets = re.compile(r"(?<![0-9A-Fa-f])[0-9A-Fa-f]{2}(?:[:\s-]?[0-9A-Fa-f]{2}){7,}(?![0-9A-Fa-f])")
    base64_ = re.compile(r"[A-Za-z0-9+/_-]{4,}(?:[ \t]*\r?\n[ \t]*[A-Za-z0-9+/_-]+)*={0,2}")
    paired = [one.span() for one in octets.finditer(text)]
    long = [one.span() for one in base64_.finditer(text) if len(one[0]) >= shortest for _ in range(4)]
    found = [(start, end) for start, end, _ in runs(text, shortest)]
    assert [(start, end) for start, end, _ in runs(text)][: len(paired)] == paired
    if any(sum(letter in hexdigits for letter in text[start:end]) >= shortest for start, end in paired):
        assert found == paired + long
    else:
        assert found in (long, paired + long)


@calmly
@given(joined("A1", "b", "D", "09", "12", "345678", " ", "-", "+886", "9", "4000", "5500 ", ".", "x", "\\", "%", "\n", "車"))
def test_a_number_of_a_person_is_looked_for_around_rows_of_digits_alone(text: str) -> None:
    names = ("identity", "tw_id", "mobile", "card")
    every = "|".join(shapes._SHAPES[name] for name in names).encode()
    if not ("\\" in text or "%" in text):
        assert shapes._has_number(text.encode()) is (re.search(every, text.encode()) is not None)
    elif re.search(every, text.encode()):
        assert shapes._has_number(text.encode())


# ------------------------------------------------------------------------------------------- known secrets

SECRET = 'pa"ss/wörd+8f72?jd'


def spellings(secret: str) -> dict[str, bytes]:
    data = secret.encode()
    once = json.dumps(secret)[1:-1]
    return {
        "plain": data,
        "percent": quote(secret, safe="").encode(),
        "percent, lower case": quote(secret, safe="").lower().encode() if secret.islower() else quote(secret, safe="").encode(),
        "form": quote_plus(secret).encode(),
        "json": once.encode(),
        "json, unescaped letters": json.dumps(secret, ensure_ascii=False)[1:-1].encode(),
        "json, escaped slash": once.replace("/", "\\/").encode(),
        "json in json": json.dumps(once)[1:-1].encode(),
        "json, escaped slash, in json": json.dumps(once.replace("/", "\\/"))[1:-1].encode(),
        "json, a letter escaped": once.replace("r", "\\u0072").encode(),
        "json, signs escaped as Gson does": once.replace("+", "\\u002B").replace("?", "\\u003f").encode(),
        "json, every letter escaped": "".join(f"\\u{ord(letter):04x}" for letter in secret).encode(),
        "json, every letter escaped, in json": json.dumps("".join(f"\\u{ord(letter):04X}" for letter in secret))[1:-1].encode(),
        "hex": data.hex().encode(),
        "HEX": data.hex().upper().encode(),
        **{f"base64 at {n}": base64.b64encode(b"x" * n + data + b"tail") for n in range(6)},
        **{f"base64url at {n}": base64.urlsafe_b64encode(b"y" * n + data) for n in range(6)},
    }


@pytest.mark.parametrize("name", spellings(SECRET))
def test_a_secret_is_found_in_every_spelling_and_named_by_its_label_only(name: str) -> None:
    redactor = Redactor({"tenant a": SECRET, "tenant b": "quite another one"})
    spelt = spellings(SECRET)[name]
    assert redactor.sweep(b"before " + spelt + b" after") == ("tenant a",)
    assert redactor.sweep(b"before after") == ()
    one = exchange(b'{"detail":"got ' + spelt + b'"}' if name != "plain" else json.dumps({"detail": SECRET}).encode())
    done = redactor.cleanse(one)
    assert done.response is not None
    assert redactor.sweep(done.response.body) == ()
    assert PSEUDONYM.search(done.response.body.decode())
    assert (
        done.attributes["redactions"][0]["n"]
        == redactor.cleanse(exchange(headers=(("X", SECRET),))).attributes["redactions"][0]["n"]
    )


@calmly
@given(
    st.text(st.characters(codec="utf-8", exclude_categories=("Cc",)), min_size=8, max_size=24),
    st.binary(max_size=9),
    st.binary(max_size=9),
)
def test_any_secret_is_found_inside_any_base64(secret: str, before: bytes, after: bytes) -> None:
    redactor = Redactor({"it": secret})
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        assert redactor.sweep(encode(before + secret.encode() + after)) == ("it",)


@pytest.mark.heavy
@calmly
@given(st.text(st.characters(codec="utf-8"), min_size=8, max_size=24), st.text(st.characters(codec="utf-8"), max_size=9))
def test_any_echo_in_any_place_is_cleansed(secret: str, around: str) -> None:
    assume(not PSEUDONYM.search(around))
    redactor = Redactor({"it": secret})
    echo = f"{around}{secret}{around}"
    one = exchange(
        json.dumps([echo, {echo: echo}]).encode(),
        query=(("q", echo),),
        headers=(("X", echo),),
        path="/" + quote(echo, safe=""),
        body=echo.encode(),
    )
    done = redactor.cleanse(one)
    assert done.response is not None
    assert done.request.body is not None
    pieces = [done.response.body, done.request.body, done.request.path.encode(), *(v.encode() for _, v in done.request.query)]
    assert all(redactor.sweep(piece) == () for piece in pieces)
    json.loads(done.response.body)


def test_a_longer_secret_that_begins_with_a_shorter_one_is_hidden_whole() -> None:
    redactor = Redactor({"short": "abcdefgh", "long": "abcdefghijkl"}, key=KEY)
    (mark,) = redactor.cleanse(exchange(b'{"x":"abcdefghijkl"}')).attributes["redactions"]
    assert mark["length"] == 12


def test_short_secrets_are_told_of_and_not_swept() -> None:
    redactor = Redactor({"pin": "1234567"})
    assert redactor.unswept == ("pin",)
    assert redactor.sweep(b"1234567") == ()


def test_a_secret_learnt_during_the_run_is_swept_too() -> None:
    redactor = Redactor({})
    redactor.learn("token of a", "first-token-value")
    redactor.learn("token of a", "second-token-value")
    redactor.learn("token of a", "second-token-value")
    assert redactor.sweep(b"first-token-value") == ("token of a",)
    assert len(redactor.sweep(b"second-token-value first-token-value")) == 2


def test_a_redactor_for_another_run_knows_no_code_of_the_one_before_and_shares_no_secret_of_its_own() -> None:
    first = Redactor({"it": SECRET}, key=KEY)
    code, told = exchange(b'{"pickupCode": "482913"}'), exchange(b'{"note": "482913"}')
    first.exchange(code)
    assert "shows" in first.exchange(told).attributes
    other = first.anew()
    assert "shows" not in other.exchange(told).attributes
    assert other.replacements == 0
    assert other.exchange(code).json == first.exchange(code).json
    other.learn("token", "learnt-in-the-other-run")
    assert other.sweep(b"learnt-in-the-other-run") == ("token",)
    assert first.sweep(b"learnt-in-the-other-run") == ()
    assert first.sweep(SECRET.encode()) == other.sweep(SECRET.encode()) == ("it",)


def test_text_for_logs_is_redacted_by_shape_and_secret() -> None:
    text = Redactor({"it": SECRET}, key=KEY).text(
        f"curl https://u:p@h.example/A123456789?q={quote(SECRET, safe='')} -H '{SECRET}'"
    )
    assert "A123456789" not in text
    assert "u:p" not in text
    assert SECRET not in text
    assert quote(SECRET, safe="") not in text
    assert text.startswith("curl https://«secret:")


def test_the_policy_digest_changes_with_the_policy_and_with_nothing_else() -> None:
    assert Redactor({}).policy_digest == Redactor({"it": SECRET}).policy_digest
    assert (
        len({Redactor({}).policy_digest, Redactor({}, headers=["x-k"]).policy_digest, Redactor({}, names=["pin"]).policy_digest})
        == 3
    )


# ------------------------------------------------------------------------------------------- cost


def page(name: str) -> bytes:
    item = {"stopUid": "TPE10001", "stopName": {"zh-Hant": "捷運市政府站", "en": name}, "cityCode": "TPE"}
    item |= {"position": {"positionLon": 121.565401, "positionLat": 25.0411}, "updateTime": "2026-09-12T10:00:00+08:00"}
    return json.dumps({"items": [item] * 60, "page": {"limit": 60, "nextCursor": None}}, ensure_ascii=False).encode()


def test_a_clean_body_is_not_walked(monkeypatch: pytest.MonkeyPatch) -> None:
    """What that saves is printed by `make bench`."""

    def walked(*_: object) -> str:
        raise AssertionError("a clean body was walked token by token")

    monkeypatch.setattr("conformance.redaction.rewrite", walked)
    one = exchange(page("MRT Taipei City Hall"))
    assert Redactor({"it": SECRET}).exchange(one) is one


PIECES = ("a@", "eyJaaaaa.", "-----BEGIN A-----", "://", "0912 ", "%40", '"password', "a.", "A12345678", "&secret", '\\"')


def _looked_at(piece: str, length: int, monkeypatch: pytest.MonkeyPatch) -> int:
    """How many characters of a hostile text are looked at, each time that one is."""
    characters = 0
    whole = Structure.value

    def value(self: Structure, name: str | None, seen: str, *rest: Any, **more: Any) -> str:
        nonlocal characters
        characters += len(seen)
        return whole(self, name, seen, *rest, **more)

    with monkeypatch.context() as patch:
        patch.setattr(Structure, "value", value)
        text = (piece * length)[:length].encode()
        Redactor({"it": SECRET}).exchange(exchange(b'{"x":"' + text + b'"}'))
        Redactor({"it": SECRET}).exchange(exchange(text, "text/plain"))
    return characters


@pytest.mark.heavy
@pytest.mark.parametrize("piece", PIECES)
def test_of_a_hostile_text_each_part_is_looked_at_once_however_long_it_is(piece: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A text of 200,000 characters that took quadratic time anywhere would hold up the suite for hours, not fail an assertion."""
    for length in (2_000, 200_000):
        assert _looked_at(piece, length, monkeypatch) <= 4 * (length + 100)


def test_a_body_that_came_before_is_known_to_be_clean_and_one_that_was_not_is_still_replaced() -> None:
    redactor = Redactor({"it": SECRET})
    for _ in range(3):
        clean = exchange(page("one"))
        assert redactor.exchange(clean) is clean
        assert b"patient@clinic.example" not in redactor.exchange(exchange(b'{"x": "patient@clinic.example"}')).response.body  # type: ignore[union-attr]
        header = replace(clean, request=replace(clean.request, headers=(("x-a", "patient@clinic.example"),)))
        assert "patient" not in str(redactor.exchange(header).request)


@pytest.mark.parametrize(
    "secrets", [("common-beginning-one", "common-beginning-two"), ("common-beginning", "common-beginning-and-more")]
)
def test_secrets_that_begin_alike_are_told_apart(secrets: tuple[str, str]) -> None:
    redactor = Redactor(dict(zip("ab", secrets, strict=True)))
    assert redactor.sweep(secrets[1].encode()) == (("a", "b") if secrets[0] in secrets[1] else ("b",))
    assert redactor.sweep(secrets[0].encode().hex().encode()) == ("a",)
    assert redactor.sweep(b"common-beginnin") == ()


@pytest.mark.parametrize(
    "name", ["Password", "PASSWORD", "accesstoken", "access-token", "AccessToken", "CLIENT_SECRET", "token", "sessionId"]
)
def test_a_secret_name_is_known_in_its_usual_spellings(name: str) -> None:
    assert redacted({name: "hunter2xyz"})[0][name].startswith("«secret:")
    escaped = b'{"%s": "hunter2xyz"}' % "".join(f"\\u{ord(letter):04x}" for letter in name).encode()
    assert b"hunter2xyz" not in Redactor({}).exchange(exchange(escaped)).response.body  # type: ignore[union-attr]


@pytest.mark.parametrize("body", [b'{"x": "{\\"password\\": \\"hunter2xyz\\"}"}', b')]}\',\n{"password": "hunter2xyz"}'])
def test_a_secret_member_of_json_in_a_text(body: bytes) -> None:
    assert b"hunter2xyz" not in Redactor({}).exchange(exchange(body)).response.body  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("name", "value"),
    [("set-cookie", "hunter2xyz; Secure"), ("location", "/cb#access_token=hunter2xyz"), ("x-token", "hunter2xyz")],
)
def test_secrets_in_answer_headers(name: str, value: str) -> None:
    one = exchange()
    shown = Redactor({}).exchange(replace(one, response=replace(one.response, headers=((name, value),))))  # type: ignore[arg-type,type-var]
    assert "hunter2xyz" not in str(shown)


@pytest.mark.parametrize("text", ["886912345678", "00886 912 345 678"])
def test_a_mobile_number_with_its_country(text: str) -> None:
    assert redacted({"x": text})[0]["x"].startswith("«mobile:")


def test_a_secret_that_is_encoded_more_than_it_has_to_be_is_still_found() -> None:
    redactor = Redactor({"it": SECRET})
    assert redactor.sweep("".join(f"%{octet:02x}" for octet in SECRET.encode()).encode()) == ("it",)
    assert redactor.hidden(exchange(SECRET.encode("utf-16"))) == ("it",)
    assert redactor.hidden(exchange(b"\0plain")) == ()
