"""What is probed for under which seed: as it stands in the checks under the fixed one, another of the same kind under every other."""

from __future__ import annotations

import re
import unicodedata
from base64 import b64decode
from datetime import UTC, datetime
from urllib.parse import unquote

import pytest

from conformance.checks._example import exchange, page, shop
from conformance.checks._filters import unmatched
from conformance.checks._probes import nowhere
from conformance.checks.access import bad_credentials_change_no_public_data as public
from conformance.checks.access import other_origins_may_read_public_data_only as origins
from conformance.checks.filters.boxes_include_their_edges import REFUSED, _refused
from conformance.checks.protocol import no_input_breaks_the_server as inputs_checked
from conformance.checks.protocol._spoilt import FAR, LOOSE, _dated, _far, _wrong, of_every_object, spoilt_values
from conformance.checks.writes.free_text_comes_back_unchanged import BLANKS, TEXTS
from conformance.given import fill
from conformance.interface.dialect import HOUSE
from conformance.model import Exchange, Finding, Guise, Inputs, Request, Witness

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


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("text", ["RC-PRIVATE", "teleporting", "no-such-number"])
def test_what_a_row_makes_up_is_another_word_under_another_seed(text: str, seed: int) -> None:
    template = {"code": {"spelt": text}, "urls": [{"spelt": text, "form": "https://127.0.0.1/{}"}]}
    now = datetime(2026, 9, 21, tzinfo=UTC)
    assert fill(template, None, now, Inputs(1), 0) == {"code": text, "urls": [f"https://127.0.0.1/{text}"]}
    said = fill(template, None, now, Inputs(1, guise=Guise(seed)), 0)
    assert re.sub("[a-z]", "a", re.sub("[A-Z]", "A", said["code"])) == re.sub("[a-z]", "a", re.sub("[A-Z]", "A", text))
    assert said["code"] != text
    assert said["urls"] == [f"https://127.0.0.1/{said['code']}"]
    assert said == fill(template, None, now, Inputs(2, guise=Guise(seed)), 3), "the same throughout a run"


def test_a_member_of_another_kind_is_written_as_any_client_writes_it() -> None:
    held = {"amount": 5, "at": [True, None, "x"]}
    assert next(one for one in _wrong({}, held, PLAIN) if isinstance(one, str)) == '{"amount":5,"at":[true,null,"x"]}'
    assert next(one for one in _wrong({}, True, PLAIN) if isinstance(one, str)) == "true"


def test_a_password_that_nobody_has_is_another_one_under_another_seed() -> None:
    said = [b64decode(public._basic(guise).removeprefix("Basic ")).decode() for guise in (PLAIN, *map(Guise, SEEDS))]
    assert said[0] == public.PASSWORD
    assert len(set(said)) == len(said)
    assert all(re.fullmatch("[a-z]{5}:[a-z]{5}", one) for one in said)
