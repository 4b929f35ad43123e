"""Every date-time is an RFC 3339 date-time of the common era, with an offset, on a day that the calendar has.

Why: a local time without an offset, or a year of the Republic (民國), is read by somebody else as another moment, eight hours or
1911 years away, and nothing tells them.

Fails when: a member whose schema has `format: date-time` holds text that is not an RFC 3339 date-time, lacks the offset, names a
day or time that does not exist, or has a year before `earliest`.
Inconclusive when: no answer with a date-time was seen.
Source: RFC 3339 section 5.6; MOTC parking fee specification (common-era dates).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache

from conformance.checks._example import exchange, numbered, page
from conformance.interface import contract
from conformance.interface.dialect import Dialect
from conformance.model import Examples, Exchange, Finding, Operation, Touches, Witness
from conformance.text import instants

TOUCHES = Touches.NOTHING
SCOPE = "exchange"
ABOUT = """每一日期時間均為西元 RFC 3339 格式、帶時差，且日期存在於曆法。
緣由：未帶時差之當地時間或民國年，他人會讀成相差八小時或 1911 年之另一時刻，且無從察覺。
不通過：綱要為 `format: date-time` 之欄位，其文字不是 RFC 3339 日期時間、缺少時差、日期或時刻不存在，或年份早於 `earliest`。
無法判定：未見含日期時間之回應。
依據：RFC 3339 第 5.6 節；交通部停車費資料標準（西元日期）。
"""

MESSAGES = {
    "shape": {
        "en": "{at} should be an RFC 3339 date-time, {expected}, but is {actual}",
        "zh-Hant": "{at} 應為 RFC 3339 日期時間（{expected}），實為 {actual}",
    },
    "offset": {
        "en": "the date-time at {at} has no offset: expected {expected}, got {actual}",
        "zh-Hant": "{at} 的日期時間缺少時區偏移：應有 {expected}，實得 {actual}",
    },
    "calendar": {
        "en": "{at} names a day or time that does not exist: expected {expected}, got {actual}",
        "zh-Hant": "{at} 所載的日期或時刻不存在：應為 {expected}，實得 {actual}",
    },
    "era": {
        "en": "the year at {at} is not one of the common era: expected {expected}, got {actual}",
        "zh-Hant": "{at} 的年份不是西元年：應為 {expected}，實得 {actual}",
    },
}
_SAMPLE = "2025-06-12T08:30:00+08:00"


def judge(
    operation: Operation, trace: Sequence[Exchange], dialect: Dialect, *, earliest: int = 1912
) -> Iterator[Finding | Witness]:
    """One witness per answer that holds a date-time. Null is not text, and the schema says whether it may stand there."""
    for one in trace:
        texts = [text for text in contract.located(operation, one, "format", "date-time") if isinstance(text, str)]
        if texts:
            yield Witness((one.number,), f"{len(texts)} date-times")
        if all(_fault(text, earliest) is None for text in set(texts)):
            continue  # nearly always: then nobody asks where they stand
        for at, text in contract.locate(operation, one, "format", "date-time"):
            fault = _fault(text, earliest) if isinstance(text, str) else None
            if fault is not None:
                yield Finding(fault[0], (one.number,), fault[1], repr(text), at)


@lru_cache(maxsize=4096)  # the items of a collection were updated at the same few moments
def _fault(text: str, earliest: int) -> tuple[str, str] | None:
    """The message key and what was expected instead, or None when the text is right. A leap second is allowed (RFC 3339 5.7)."""
    wrong = instants.fault(text)
    if wrong in ("shape", "offset"):
        return wrong, _SAMPLE
    if int(text[:4]) < earliest:
        return "era", f"{earliest} or later"
    if wrong == "day":
        return "calendar", "a day of the calendar"
    return ("calendar", "a time of day and an offset that exist") if wrong else None


def _thing(text: str | None) -> Exchange:
    return exchange("GET /things", 200, page({"thingId": "a", "name": {"zh-Hant": "東西"}, "state": "NEW", "startTime": text}))


EXAMPLES = Examples(
    operation="listThings",
    conforms=[
        numbered(_thing("2025-06-12T08:30:00+08:00"), _thing("2024-02-29t23:59:60.123456789z")),
        [_thing("1970-01-01T00:00:00-00:00")],
        [_thing("2017-01-01T07:59:60+08:00")],
    ],
    violates=[
        [_thing("2025-06-12T08:30:00")],
        [_thing("2025-06-12 08:30:00+08:00")],
        [_thing("114-06-12T08:30:00+08:00")],
        [_thing("0114-06-12T08:30:00+08:00")],
        [_thing("2025-02-29T08:30:00+08:00")],
        [_thing("2025-06-12T24:30:00Z")],
        [_thing("2016-12-31T22:10:60Z")],
        [_thing("2016-12-31T23:59:60+08:00")],
    ],
    inconclusive=[[_thing(None)], [exchange("GET /things", 200, page("a"))], [exchange("GET /things", 500)]],
)
