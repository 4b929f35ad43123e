"""How the numbers of a body are read: by value, so that a vendor may write 50.0 for 50."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.model import Response, exchanges, wire_text


@pytest.mark.parametrize("written", ["50", "50.0", "5e1", "500E-1"])
def test_a_whole_number_reads_as_one_however_it_is_written(written: str) -> None:
    value = Response(200, body=f'{{"limit": {written}}}'.encode()).json["limit"]
    assert type(value) is int
    assert wire_text(value) == "50"


@pytest.mark.parametrize("written", ["0.5", "121.565183", "1e300", "-0.25"])
def test_what_is_not_whole_or_not_exact_stays_as_it_is(written: str) -> None:
    value = Response(200, body=written.encode()).json
    assert type(value) is float
    assert value == json.loads(written)


written = st.recursive(
    st.sampled_from(
        ["null", "true", "0", "-0", "-0.0", "1.5", "1e400", "12345678901234567890123", "9" * 301, "01", "NaN", "+1", '"a"']
    )
    | st.text(st.characters(codec="utf-8"), max_size=4).map(lambda text: json.dumps(text, ensure_ascii=False))
    | st.sampled_from(['"\\ud800"', '"\\ud83d\\ude00"', '"\\u0000"', '"\x01"', '"\x7f"', '"\\/"', '"\\x"', "\ufeff1"]),
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda all_: "[" + " , ".join(all_) + "]")
        | st.lists(st.tuples(st.sampled_from(['"a"', '"b"', '"\\ud800"', "a"]), inner), max_size=3).map(
            lambda all_: "{" + ",".join(f"{name}:{value}" for name, value in all_) + "}"
        )
    ),
    max_leaves=8,
)


@pytest.mark.heavy
@settings(max_examples=400, deadline=None, derandomize=True)
@given(written, st.binary(max_size=2), st.integers(0, 60))
def test_the_quick_reader_reads_what_the_careful_one_reads(text: str, more: bytes, at: int) -> None:
    whole = text.encode()
    for body in (whole, whole[:at] + more + whole[at:]):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(exchanges, "_read_quickly", lambda _: json.loads("no"))
            careful = Response(200, body=body + b" " * 3).json
        quick = Response(200, body=body).json
        assert repr(quick) == repr(careful)
