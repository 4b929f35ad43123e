"""One secret, one identity number, in all the ways in which it may be written: none of them is recorded."""

from __future__ import annotations

import base64
import json
import re
from dataclasses import replace
from urllib.parse import quote, quote_plus

import pytest

from conformance.model import Exchange
from conformance.redaction import PSEUDONYM, Redactor
from conformance.redaction.unfolding import unfold
from tests.redacting import exchange, redacted

TOKEN = "s3cr3t+T0ken/With=Signs-0123456789"


def html(text: str, form: str = "&#{};") -> str:
    return "".join(form.format(ord(letter)) for letter in text)


def wrapped(text: str, width: int, end: str = "\r\n") -> str:
    return end.join(text[at : at + width] for at in range(0, len(text), width))


def b64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def wide(text: str) -> str:
    return "".join(chr(ord(letter) + 0xFEE0) for letter in text)


SPELT = {
    "JSON, one sign as .NET writes it": TOKEN.replace("+", "\\u002B"),
    "JSON, some signs as Gson writes them": TOKEN.replace("=", "\\u003d").replace("+", "\\u002b"),
    "JSON, every letter": "".join(f"\\u{ord(letter):04x}" for letter in TOKEN),
    "JSON, every letter, upper case": "".join(f"\\u{ord(letter):04X}" for letter in TOKEN),
    "JSON, slashes and a letter": TOKEN.replace("/", "\\/").replace("T", "\\u0054"),
    "octets of a script": "".join(f"\\x{ord(letter):02x}" for letter in TOKEN),
    "URL, every octet": "".join(f"%{ord(letter):02X}" for letter in TOKEN),
    "URL, twice": quote(quote(TOKEN, safe=""), safe=""),
    "URL, three times": quote(quote(quote(TOKEN, safe=""), safe=""), safe=""),
    "URL, some letters": TOKEN.replace("T", "%54").replace("+", "%2b"),
    "HTML, decimal": html(TOKEN),
    "HTML, hexadecimal": html(TOKEN, "&#x{:x};"),
    "HTML, without semicolons": html(TOKEN, "&#{:04}"),
    "HTML, by name": TOKEN.replace("+", "&plus;").replace("/", "&sol;").replace("=", "&equals;"),
    "HTML in HTML": html(html(TOKEN)).replace("&", "&amp;"),
    "HTML in a URL": quote(html(TOKEN), safe=""),
    "full width": wide(TOKEN),
    "full width, some": TOKEN[:7] + wide(TOKEN[7:12]) + TOKEN[12:],
    "upper case": TOKEN.upper(),
    "lower case": TOKEN.lower(),
    "swapped case": TOKEN.swapcase(),
    "base64": b64(TOKEN),
    "base64 twice": b64(b64(TOKEN)),
    "base64 twice, at an offset": b64("x" + b64("yy" + TOKEN)),
    "base64 three times": b64(b64(b64(TOKEN))),
    "base64 of JSON with an escape": b64(json.dumps({"t": TOKEN}).replace("+", "\\u002b")),
    "base64 of a URL": b64("https://h.example/?t=" + quote(quote(TOKEN, safe=""))),
    "base64 of HTML": b64(html(TOKEN)),
    "base64 of upper case": b64(TOKEN.upper()),
    "base64, wrapped": wrapped(b64("some words before it " + TOKEN), 16),
    "base64, wrapped by LF and indented": wrapped(b64("x" + TOKEN), 20, "\n    "),
    "base64 twice, each wrapped": wrapped(b64(wrapped(b64(TOKEN), 16)), 20),
    "base64 in a URL": quote(b64("??>" + TOKEN), safe=""),
    "base64 with escaped slashes": b64("???" + TOKEN).replace("/", "\\/"),
    "hex": TOKEN.encode().hex(),
    "hex with colons": TOKEN.encode().hex(":"),
    "HEX WITH DASHES": TOKEN.encode().hex("-").upper(),
    "hex with spaces": TOKEN.encode().hex(" "),
    "hex in base64": b64(TOKEN.encode().hex()),
    "base64 in hex": b64(TOKEN).encode().hex(),
    "base64 in hex with colons": b64(TOKEN).encode().hex(":"),
    "form": quote_plus(TOKEN),
}


def places(spelt: str) -> dict[str, Exchange]:
    """Exchanges that hold a spelling: raw in JSON (where it can be), as a value of JSON, in a page, and outside bodies."""
    value = json.dumps({"items": [{"detail": f"got ({spelt})"}]}, ensure_ascii=False).encode()
    raw = f'{{"items":[{{"detail":"got ({spelt})"}}]}}'.encode()
    line = re.sub(r"\s*\n\s*", "", spelt)
    found = {"value": exchange(value), "page": exchange(f"<p>got ({spelt})</p>".encode(), "text/html")}
    found |= {"broken": exchange(value[:-4]), "sent": exchange(path="/x", body=value, query=(("q", line),))}
    found |= {"header": exchange(headers=(("x-echo", line),)), "path": exchange(path=f"/x/{line}")}
    answered = exchange()
    assert answered.response is not None
    found["answered header"] = replace(answered, response=replace(answered.response, headers=(("location", f"/x;t={line}"),)))
    if "\n" not in spelt:
        found["raw"] = exchange(raw)
    return found


@pytest.mark.parametrize("name", SPELT)
def test_a_configured_secret_is_hidden_however_it_is_spelt(name: str) -> None:
    spelt = SPELT[name]
    redactor = Redactor({"tenant a": TOKEN, "tenant b": "quite-another-one"})
    assert redactor.sweep(b"before (" + spelt.encode() + b") after") == ("tenant a",)
    for where, one in places(spelt).items():
        done = redactor.cleanse(one)
        assert done is not one, where
        assert redactor.recorded(done)[0] is done, where
        assert done.response is not None
        bodies = (done.request.body or b"") + done.response.body
        kept = f"{done.request.path} {done.request.query} {done.request.headers} {done.response.headers} {bodies.decode()}"
        assert spelt.strip("=")[:24] not in kept, where
        assert PSEUDONYM.search(kept), where
        assert done.status == 200


@pytest.mark.parametrize("name", SPELT)
def test_what_only_resembles_a_spelling_is_left_alone(name: str) -> None:
    other = "s3cr3t+T0ken/With=Signs-9876543210"  # the same beginning
    redactor = Redactor({"tenant a": other})
    for where, one in places(SPELT[name]).items():
        assert redactor.cleanse(one) is one, where
        assert redactor.recorded(one)[0] is one, where


PERSONAL = {
    "after an escape": (rb'{"n":"\\u8b49A123456789"}', "A123456789"),
    "after a line end": (rb'{"n":"x\\nA123456789"}', "A123456789"),
    "after a tab, mobile": (rb'{"n":"x\\t0912345678"}', "0912345678"),
    "every letter escaped": (b'{"n":"' + "".join(f"\\u{ord(c):04x}" for c in "A123456789").encode() + b'"}', "A123456789"),
    "full width": ('{"n":"證號Ａ１２３４５６７８９"}'.encode(), "Ａ１２３４５６７８９"),
    "full width by escapes": (b'{"n":"' + "".join(f"\\u{ord(c):04x}" for c in wide("A123456789")).encode() + b'"}', "uff11"),
    "HTML": (b'{"n":"' + html("A123456789").encode() + b'"}', "&#49;"),
    "HTML mobile": (b"<p>" + html("0912345678").encode() + b"</p>", "&#49;"),
    "URL": (b'{"n":"/p/%41%31%32%33%34%35%36%37%38%39"}', "%41%31"),
    "after octets": (b'{"n":"/p/%E8%AD%89A123456789"}', "A123456789"),
    "e-mail in HTML": (b'{"n":"patient&#64;clinic.example"}', "patient"),
    "e-mail by name": (b'{"n":"patient&commat;clinic.example"}', "patient"),
    "e-mail in full width": ('{"n":"patient＠clinic．example"}'.encode(), "patient"),
    "lower case": (b'{"n":"a123456789"}', "a123456789"),
    "with dashes": (b'{"n":"A-123456789"}', "A-123456789"),
    "with groups": (b'{"n":"A 123 456 789"}', "A 123 456 789"),
    "with single digits": (b'{"n":"A1-2-3-4-5-6-7-8-9"}', "A1-2-3"),
    "bank card": (b'{"n":"4111111111111111"}', "4111"),
    "bank card in groups": (b'{"n":"5500 0000 0000 0004"}', "5500"),
    "bank card of fifteen digits": (b'{"n":"3782-822463-10005"}', "3782"),
    "bank card as a number": (b'{"n":4111111111111111}', "4111"),
    "bank card in full width": (('{"n":"' + wide("4111111111111111") + '"}').encode(), wide("11")),
    "passport by its name": (b'{"passportNumber":"312345678"}', "312345678"),
    "passport by another": (b'{"passport_no":"A12345678"}', "A12345678"),
    "landline of a home": (b'{"homePhone":"02-2345-6789"}', "2345"),
    "account": (b'{"bank_account_number":"00123456789"}', "00123456789"),
    "matrix parameter": (b'{"n":"https://h.example/v1;token=hunter2xyz/stops"}', "hunter2xyz"),
    "segment of a path": (b'{"n":"https://h.example/token/Zx81kQpW90aBcD3f/stops"}', "Zx81kQ"),
}


@pytest.mark.parametrize("name", PERSONAL)
def test_personal_data_are_hidden_however_they_are_spelt(name: str) -> None:
    body, left = PERSONAL[name]
    done = Redactor({}).exchange(exchange(body))
    assert done.response is not None
    assert left.encode() not in done.response.body
    assert left not in str(json.loads(done.response.body) if body[:1] == b"{" else "")
    assert PSEUDONYM.search(done.response.body.decode())


@pytest.mark.parametrize(
    "text",
    [
        "a123456788",  # wrong check digit
        "A-123456788",
        "4111111111111112",
        "1733000000000000",  # a time in microseconds
        "4000-0000",
        "0000000000000000",
        "9876543210987654",
        "EAL-0123",
        "02-2345-6789",  # of an office
        "312345678",
        "3f0a1234-5678-4abc-9def-a12345678901",
        "https://h.example/token/refresh",
        "https://h.example/v1;lang=zh/stops",
    ],
)
def test_what_was_decided_to_be_kept_is_kept(text: str) -> None:
    one = exchange(json.dumps({"value": text, "plateNumb": "ABC-1234", "phone": "02-2345-6789"}).encode())
    assert Redactor({}).exchange(one) is one


def test_a_number_that_may_be_an_identifier_is_not_called_an_identity_number() -> None:
    """A check that looks for identity numbers goes by what recording called them."""
    document, _ = redacted({"id": "a123456789", "own": "A123456789"})
    assert document["id"].startswith("«identity:")
    assert document["own"].startswith("«tw-id:")


def test_a_text_of_very_many_escapes_is_undone_in_time_that_grows_with_it() -> None:
    """Counted: each round is one walk, and there are at most so many."""
    text = "%" + "25" * 50_000 + "41"
    assert len(unfold(text).text) <= len(text)
    for odd in (text, "&#1;x&#0;&fjlig;&#1114112;", "%ff%41%E8%AD%89", "\\ud800\\u0041", "\\ud83d\\ude00"):
        assert len(unfold(odd).places) == len(unfold(odd).text) + 1
