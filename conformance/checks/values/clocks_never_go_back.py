"""The clocks of an answer are in order, are not ahead of the server's own clock, and never go back from one poll to the next.

Why: a consumer keeps the newest of what it polls; when a clock goes back (a replica that lags, a cache that returns) it keeps the
wrong one, and a clock from the future wins for ever.

Fails when: a clock is earlier than in an answer to the same request before; an earlier clock of a pair is later than the other; or
a clock that is bound to the Date header is later than Date plus the allowed skew.
Inconclusive when: no request was answered twice with a clock.
Source: the interface's rules on clocks; TDX SrcUpdateTime, UpdateTime, DataCollectTime; RFC 9110 section 6.6.1.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from datetime import timedelta

from conformance.checks._example import exchange, numbered, page
from conformance.checks._reading import samples
from conformance.interface.dialect import Dialect, instant
from conformance.model import Examples, Exchange, Finding, Inputs, Operation, Pause, Script, Touches, Witness
from conformance.text import pointer

TOUCHES = Touches.NOTHING
ASKS = 6
WAITS = True
ABOUT = """回應中各時間先後有序、不超前於伺服器時鐘，且各次輪詢間不倒退。
緣由：資料使用者保留輪詢所得之最新者；時間倒退（落後之複本、再現之快取）會使其保留錯誤者，來自未來之時間則永遠勝出。
不通過：時間早於先前相同請求之回應；成對時間中應較早者較晚；或須與 Date 比較之時間，晚於 Date 加上容許偏差。
無法判定：沒有請求兩次得到含時間之回應。
依據：介面規範之時間戳記規定；TDX SrcUpdateTime、UpdateTime、DataCollectTime；RFC 9110 第 6.6.1 節。
"""

MESSAGES = {
    "backwards": {
        "en": "the clock {at} went back between two polls: expected {expected} or later, got {actual}",
        "zh-Hant": "{at} 在兩次輪詢之間倒退：應為 {expected} 或更晚，實得 {actual}",
    },
    "order": {
        "en": "{at} is later than the clock that it precedes: expected at most {expected}, got {actual}",
        "zh-Hant": "{at} 晚於其後的時鐘：至多應為 {expected}，實得 {actual}",
    },
    "future": {
        "en": "{at} is ahead of the server's Date: expected at most {expected}, got {actual}",
        "zh-Hant": "{at} 超前伺服器的 Date：至多應為 {expected}，實得 {actual}",
    },
}


def drive(operation: Operation, inputs: Inputs, dialect: Dialect, *, polls: int = 3, pause: float = 2.0, most: int = 2) -> Script:
    """The same few requests, `polls` times, with a pause between; the first of them twice in the last poll, since two sources that take turns
    would else always be asked the same.
    """
    requests = yield from samples(operation, inputs, dialect, most=most)
    for nth in range(polls):
        if nth:
            yield Pause(pause)
        for request in requests if nth < polls - 1 else (*requests[:1], *requests):
            yield request.with_step(f"poll {nth + 1}")


def judge(
    operation: Operation,
    trace: Sequence[Exchange],
    dialect: Dialect,
    *,
    clocks: Sequence[str] | None = None,
    order: Sequence[Sequence[str]] | None = None,
    bound: Sequence[str] | None = None,
    skew: float = 5.0,
) -> Iterator[Finding | Witness]:
    """`clocks` never go back; in each pair of `order` the first is not later; `bound` clocks are not ahead of Date. Pointers;
    by default the dialect's source and update times. One witness per request that was answered twice.
    """
    house = (dialect.source_time, dialect.update_time)
    followed = house if clocks is None else clocks
    polls: dict[str, list[Exchange]] = {}
    for one in trace:
        if one.request.operation == operation.id and one.ok and not one.is_setup:
            polls.setdefault(one.request.target, []).append(one)
            yield from _within((house,) if order is None else order, house[1:] if bound is None else bound, one, dialect, skew)
    for answers in polls.values():
        for at in followed:
            dated = [(one, time) for one in answers if (time := instant(pointer.first(one.json, at))) is not None]
            if len(dated) > 1:
                yield Witness((dated[0][0].number, dated[1][0].number), at)
            for (before, then), (after, now) in itertools.pairwise(dated):
                if now < then:
                    yield Finding("backwards", (before.number, after.number), then.isoformat(), now.isoformat(), at)


def each(
    operation: Operation, trace: Sequence[Exchange], dialect: Dialect, *, order: Sequence[Sequence[str]] | None = None
) -> Iterator[Finding]:
    """The clocks of every answer of the run are in order."""
    house = (dialect.source_time, dialect.update_time)
    for one in trace:
        if one.ok:
            yield from _within((house,) if order is None else order, (), one, dialect, 0.0)


def _within(
    order: Sequence[Sequence[str]], bound: Sequence[str], one: Exchange, dialect: Dialect, skew: float
) -> Iterator[Finding]:
    for earlier, later in order:
        first, second = (instant(pointer.first(one.json, at)) for at in (earlier, later))
        if first is not None and second is not None and first > second:
            yield Finding("order", (one.number,), f"{second.isoformat()} ({later})", first.isoformat(), earlier)
    served = dialect.server_time(one)
    for at in bound:
        time = instant(pointer.first(one.json, at))
        if time is not None and served is not None and time > served + timedelta(seconds=skew):
            yield Finding("future", (one.number,), f"{served.isoformat()} + {skew:g} s", time.isoformat(), at)


def _poll(source: str, update: str, *, second: int = 10) -> Exchange:
    clocks = {"srcUpdateTime": f"2025-06-12T08:30:{source}+08:00", "updateTime": f"2025-06-12T08:30:{update}+08:00"}
    date = f"Thu, 12 Jun 2025 00:30:{second:02d} GMT"
    return exchange("GET /things", 200, page("a") | {"meta": clocks}, step="poll", headers={"Date": date})


EXAMPLES = Examples(
    operation="listThings",
    conforms=[
        numbered(_poll("00", "10.9"), _poll("00", "12", second=12), _poll("13", "13", second=14)),
        numbered(_poll("00", "05"), _poll("00", "05", second=12)),
    ],
    violates=[
        numbered(_poll("05", "06"), _poll("04", "07")),
        numbered(_poll("05", "07"), _poll("05", "06")),
        numbered(_poll("07", "06"), _poll("07", "06")),
        numbered(_poll("05", "16"), _poll("05", "16")),
    ],
    inconclusive=[
        [_poll("00", "05")],
        numbered(*(exchange("GET /things", 503),) * 2),
        numbered(*(exchange("GET /things", 200, page()),) * 2),
    ],
)
