"""How the numbers of a body are read: by value, so that a vendor may write 50.0 for 50."""

from __future__ import annotations

import json

import pytest

from conformance.model import Response, wire_text


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
