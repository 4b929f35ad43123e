"""Data are fresh, or every item says that it is stale.

Why: a fresh answer is not fresh data: a platform may repeat an arrival two hours after its source fell silent, and a passenger waits
for a bus that has gone.

Fails when: `Date` minus the source's time is more than `factor` update intervals, and an item does not say `stale: true`.
Inconclusive when: no page with items, the source's time, an update interval and a Date header was seen.
Source: the interface's rules on freshness; MOTC EV UpdateInterval; GBFS `ttl`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from conformance.checks._example import exchange, page
from conformance.checks._reading import documents, number_of, read
from conformance.interface.dialect import Dialect, instant
from conformance.model import Examples, Exchange, Finding, Inputs, Operation, Script, Touches, Witness
from conformance.text import pointer

TOUCHES = Touches.NOTHING
ASKS = 1
ABOUT = """資料為新，否則每一項目載明其已過時。
緣由：回應新，資料未必新：平臺可能於來源中斷兩小時後仍重複同一到站預估，旅客便等候已駛離之公車。
不通過：`Date` 減來源時間超過 `factor` 倍更新間隔，而項目未載明 `stale: true`。
無法判定：未見同時具備項目、來源時間、更新間隔與 Date 標頭之頁。
依據：介面規範之新鮮度規定；交通部電動車充電資料標準 UpdateInterval；GBFS `ttl`。
"""

MESSAGES = {
    "unmarked": {
        "en": "the data are {actual} old, more than {expected}, yet the item at {at} does not say that it is stale",
        "zh-Hant": "資料已有 {actual} 未更新，超過 {expected}，但 {at} 的項目未標示 stale",
    }
}


def drive(operation: Operation, inputs: Inputs, dialect: Dialect, *, most: int = 3) -> Script:
    """Reads up to `most` collections of the operation."""
    yield from read(operation, inputs, dialect, most=most, pages=4)


def judge(
    operation: Operation, trace: Sequence[Exchange], dialect: Dialect, *, factor: float = 2.0
) -> Iterator[Finding | Witness]:
    """One witness per page whose freshness can be told."""
    for one, items in documents(operation, trace, dialect):
        source, served = instant(pointer.first(one.json, dialect.source_time)), dialect.server_time(one)
        interval = number_of(pointer.first(one.json, dialect.update_interval))
        if not items or source is None or served is None or interval is None or interval <= 0:
            continue
        age = (served - source).total_seconds()
        yield Witness((one.number,), f"{age:.0f} s old")
        for at, item in items if age > factor * interval else ():
            if pointer.first(item, dialect.stale) is not True:
                yield Finding("unmarked", (one.number,), f"{factor:g} x {interval:g} s", f"{age:.0f} s", at)


def _page(*items: Any, second: int = 0, minute: int = 30, interval: Any = 60) -> list[Exchange]:
    body = page(*items, srcUpdateTime="2025-06-12T08:30:00+08:00", updateInterval=interval)
    date = f"Thu, 12 Jun 2025 00:{minute}:{second:02d} GMT"
    return [exchange("GET /things", 200, body, step="read", headers={"Date": date})]


EXAMPLES = Examples(
    operation="listThings",
    conforms=[
        _page("a"),
        _page("a", minute=32),
        _page({"thingId": "a", "stale": True}, minute=40),
        _page({"thingId": "a", "stale": True}),
    ],
    violates=[
        _page("a", minute=32, second=1),
        _page({"thingId": "a", "stale": True}, {"thingId": "b", "stale": False}, minute=40),
    ],
    inconclusive=[_page(minute=40), _page("a", minute=40, interval=None), [exchange("GET /things", 200, page("a"), step="read")]],
)
