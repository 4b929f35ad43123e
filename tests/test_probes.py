"""What is probed for under which seed: as it stands in the checks under the fixed one, another of the same kind under every other."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import unquote

import pytest

from conformance.checks._example import exchange, page, shop
from conformance.checks._filters import unmatched
from conformance.checks._probes import nowhere
from conformance.checks.access import other_origins_may_read_public_data_only as origins
from conformance.checks.filters.boxes_include_their_edges import REFUSED, _refused
from conformance.checks.protocol import no_input_breaks_the_server as inputs_checked
from conformance.checks.protocol._spoilt import FAR, LOOSE, _dated, _far, of_every_object, spoilt_values
from conformance.checks.writes.free_text_comes_back_unchanged import BLANKS, TEXTS
from conformance.evidence import Record
from conformance.interface.dialect import HOUSE
from conformance.model import Exchange, Finding, Guise, Request, Spec, Witness
from tests.test_guise import asked

SEEDS = (2, 424_242, 2**53 - 1)
PLAIN = Guise()
TEXT = (inputs_checked.ODD, *TEXTS.values(), "x" * 300)


# ------------------------------------------------------------------------------------------ of the same kind


def test_under_the_fixed_seed_every_probe_is_as_it_stands() -> None:
    assert [PLAIN.spelt(text) for text in TEXT] == list(TEXT)
    assert [PLAIN.beyond(2**32, 100), PLAIN.chosen("a", "b"), PLAIN.shifted(121.0, 9)] == [2**32, "a", 121.0]
    assert list(_refused(PLAIN)) == list(REFUSED)
    assert (*_far(PLAIN), *_dated(LOOSE, PLAIN)) == (*FAR, *LOOSE)
    assert of_every_object(PLAIN) == ("constructor", "__proto__", "toString")
    assert inputs_checked._no_text(PLAIN) == ("yance-no-text", "%C0%80", "%A5%78%A5%5F")


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("text", TEXT)
def test_a_text_is_spelt_in_other_characters_of_the_same_kinds(text: str, seed: int) -> None:
    spelt = Guise(seed).spelt(text)
    assert spelt != text
    assert spelt == Guise(seed).spelt(text)
    assert spelt != Guise(seed + 1).spelt(text)
    for old, new in zip(text, spelt, strict=True):
        assert unicodedata.category(new) == unicodedata.category(old)
        assert unicodedata.bidirectional(new) == unicodedata.bidirectional(old)
        assert len(new.encode()) == len(old.encode())
    for form in ("NFC", "NFD"):  # what a gateway would change of the one it would change of the other, to the same length
        assert (unicodedata.normalize(form, text) == text) is (unicodedata.normalize(form, spelt) == spelt)
        assert len(unicodedata.normalize(form, text)) == len(unicodedata.normalize(form, spelt))


@pytest.mark.parametrize("seed", SEEDS)
def test_markup_stays_markup(seed: int) -> None:
    spelt = Guise(seed).spelt(BLANKS, apart_from="abcdefghijklmnopqrstuvwxyz0123456789")
    assert re.sub("[A-Z]", "A", spelt) == re.sub("[A-Z]", "A", BLANKS)


@pytest.mark.parametrize("seed", SEEDS)
def test_what_is_malformed_stays_malformed_in_the_same_way(seed: int) -> None:
    guise = Guise(seed)
    for text in _dated(LOOSE, guise):
        assert re.fullmatch(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d([+]\d\d:\d\d)?", text)
    kinds = [re.sub(r"\d", "", text) for text in LOOSE]
    assert [re.sub(r"\d", "", text) for text in _dated(LOOSE, guise)] == kinds
    boxes = list(_refused(guise))
    assert [text.count(",") for text in boxes] == [text.count(",") for text in REFUSED]
    west, south, east, north = map(float, boxes[0].split(","))
    assert 121 <= east < 122 <= west < 123
    assert 24 <= south < 25 <= north < 26
    first, second = _far(guise)
    assert re.fullmatch(r"0001-01-01T00:\d\d:\d\d\+14:00", first)
    assert re.fullmatch(r"9999-12-31T23:\d\d:\d\d-12:00", second)
    _, overlong, big5 = inputs_checked._no_text(guise)
    for raw in (overlong, big5):
        with pytest.raises(UnicodeDecodeError):
            unquote(raw, errors="strict")
    assert unicodedata.category(bytes.fromhex(big5.replace("%", "")).decode("big5")[0]) == "Lo"


@pytest.mark.parametrize("seed", SEEDS)
def test_a_number_beyond_a_border_comes_out_as_a_small_one_where_bits_are_dropped(seed: int) -> None:
    guise = Guise(seed)
    assert all(0 <= guise.beyond(2**32 + 1, 100) % 2**32 <= 101 for _ in range(3))
    assert guise.beyond(2**53 + 1, 2**52, 2) % 2 == 1
    assert float(guise.beyond(2**53 + 1, 2**52, 2)) != guise.beyond(2**53 + 1, 2**52, 2), "no double holds it"
    operation = shop().operations["listThings"]
    limit = next(p for p in operation.parameters if p.name == "limit")
    texts = list(spoilt_values(operation, limit, guise))
    assert len(texts) == len(list(spoilt_values(operation, limit, PLAIN)))
    assert not set(texts) <= set(spoilt_values(operation, limit, PLAIN))


def test_who_is_nobody_is_somebody_else_under_another_seed_and_still_nobody() -> None:
    operation = shop().operations["getThing"]
    assert nowhere(operation, Guise(7)).path == nowhere(operation, PLAIN).path == "/things/yance-none", "spelt on the wire"
    listed = shop().operations["listThings"]
    box = next(p for p in listed.filters if (p.filter or {}).get("match") == "bbox")
    assert unmatched(box, listed, [], [], PLAIN) == ["-1,-1,-0.5,-0.5", "-61,-61,-60.5,-60.5"]
    assert all(float(text.split(",")[1]) < 90 for text in unmatched(box, listed, [], [], Guise(7)))


def test_an_origin_that_is_answered_by_its_name_is_known_again_under_every_seed() -> None:
    guise = Guise(7)
    asked_by = Request("listThings", "GET", "/things", headers=(("Origin", origins.ORIGIN),))
    said = guise.said(asked_by).header("Origin") or ""
    one = exchange("GET /things", 200, page("a"), step="from a web page", headers={origins.ALLOWED: said})
    recorded = Exchange(1, "c", guise.said(asked_by), one.response, attributes={"guise": guise.told(asked_by)})
    found = list(origins.judge(shop().operations["listThings"], [recorded], HOUSE))
    assert [type(each) for each in found] == [Witness]
    other = Exchange(1, "c", guise.said(asked_by), one.response)
    assert any(isinstance(each, Finding) for each in origins.judge(shop().operations["listThings"], [other], HOUSE))


# ------------------------------------------------------------------------------------------ what goes out under two seeds


EXCEPT = {  # what may recur, and why it tells nobody who asks
    r"(?i)(if-|access-control-|content-|accept|idempotency-|cache-|prefer).*": "names of header fields",
    r"no-cache|authorization|POST|PUT|PATCH|DELETE|GET": "words of HTTP",
    r"application/x-www-form-urlencoded|text/[a-z]+|application/(merge-patch\+)?json|application/cloudevents.*": "registered media types",
    r"[*]/[*];.*|[a-z/+.-]+; ?q=.*": "weights of the document's own media types, of which HTTP has few spellings",
    r"__proto__|has[A-Z]\w+|is[A-Z]\w+|propertyIs\w+|to[A-Z]\w*String|toString|constructor|valueOf|__\w+ter__": "names of any object",
    r"9223372036854775808|2147483648|4294967296|18446744073709551616|9007199254740993": "border numbers themselves",
    r"(0{4}|1000|1970|2000)-.*|0[.]3+|[0.,]+|-?[0-9]{1,7}([.][05])?|-?[0-9.]+e-[0-9]+": "what comes first in the document's schemas, or lies at their bounds",
    r"19[0-9]{2}-02-(29|30)|[0-9]{2,3}-[0-9]{2}-[0-9]{2}|[+-][0-9]{2}:[0-9]{2}": "leap days and the day after, years of the Republic, offsets",
    r"[-0-9T:.+Z]*20[0-9]{2}-[0-9]{2}-[0-9]{2}.*": "times reckoned from the target's clock and data",
}  # fmt: skip
SHORT = 3  # characters: anybody may say them


def literals(request: Request) -> Iterator[str]:
    """All that a request says, part by part."""
    yield from map(unquote, request.path.split("/"))
    yield from (text for pair in (*request.query, *request.headers) for text in pair)
    if request.body:
        try:
            yield from leaves(json.loads(request.body))
        except (ValueError, RecursionError):  # it may be no JSON, or as deep as nobody reads
            yield request.body.decode("latin-1")


def leaves(document: Any) -> Iterator[str]:
    """The names and the texts and numbers of a document."""
    if isinstance(document, dict):
        yield from document
    if isinstance(document, dict | list):
        for one in document.values() if isinstance(document, dict) else document:
            yield from leaves(one)
    elif isinstance(document, str | int | float) and not isinstance(document, bool):
        yield str(document)


def exchanges(records: Iterable[Record]) -> list[Exchange]:
    return [one for one in records if isinstance(one, Exchange) and not one.is_delivery]


def heard(spec: Spec, found: Iterable[Exchange]) -> str:
    """All that the vendor's own document, the rows published with it and the target's answers say, in small letters: it may be said again."""
    rows = [{**row.binding.arguments} for row in spec.requirements if row.binding]
    answers = [one.response.body.decode("utf-8", "replace") for one in found if one.response]
    fields = [value for one in found if one.response for _, value in one.response.headers]
    published = (json.dumps(one, ensure_ascii=False, default=str) for one in (spec.document, rows))
    return "\n".join((*published, *dict.fromkeys(answers), *dict.fromkeys(fields))).casefold()


@pytest.mark.slow
@pytest.mark.parametrize("domain", ["transport", "health", "logistics"])
def test_what_recurs_under_two_seeds_is_of_the_document_of_the_target_or_of_http(domain: str) -> None:
    said: list[set[str]] = []
    theirs = ""
    for seed in (7, 77_777):
        _, spec, _, records = asked(seed, domain=domain, disguised=True)
        found = exchanges(records)
        said.append({text for one in found for text in literals(one.request) if len(text) > SHORT})
        theirs += heard(spec, found)
    recurring = said[0] & said[1]
    assert len(recurring) > 100, "of the document's own there is much"
    told = sorted(text for text in recurring if not known(text, theirs))
    assert [text for text in told if not any(re.fullmatch(one, text, re.DOTALL) for one in EXCEPT)] == []


def known(text: str, theirs: str) -> bool:
    """Whether a literal is the target's or the document's own: as it stands, as a list, or as a name that is asked for otherwise."""
    nested = text[:1] in ("[", "{")  # a document as a text, or cut off: told by the words in it
    small = text.removesuffix("[]").casefold()
    parts = re.findall(r"[^\W_]+", small) if nested else re.split(r"[,\s]+", small)
    return all(part in theirs for part in parts) or text[:-1].casefold() in theirs  # with one character too many
