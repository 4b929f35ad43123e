"""Every answer says by its Date when it was made.

Why: clocks differ, and the server's is the one by which data are fresh, holds lapse and caches reckon; without a Date nobody can tell.

`fronted` are statuses of which nothing is asked, because whatever stands in front of a server may answer with them.

Fails when: an answer has no Date, or one that is no date of HTTP.
Inconclusive when: no answer below 500 was seen.
Source: RFC 9110, Date; the interface's rules.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from conformance.checks._example import exchange, page, problem
from conformance.checks._probes import answered
from conformance.interface.dialect import Dialect
from conformance.model import Examples, Exchange, Finding, Operation, Touches, Witness

TOUCHES = Touches.NOTHING
SCOPE = "exchange"

ABOUT = """每一回應均以 Date 載明產生時間。
緣由：各方時鐘不一，資料新鮮度、占用到期與快取皆以伺服器時鐘計算；沒有 Date 便無從得知。
`fronted` 為不作要求之狀態碼，因伺服器前端之設備亦可能以之回應。
不通過：回應沒有 Date，或其值不是 HTTP 日期。
無法判定：未見低於 500 之回應。
依據：RFC 9110 Date；介面規範。
"""

MESSAGES = {
    "date": {
        "en": "the answer should have {expected}, but its Date is {actual}",
        "zh-Hant": "回應應有 {expected}，實際的 Date 為 {actual}",
    },
}


def judge(
    operation: Operation, trace: Sequence[Exchange], dialect: Dialect, *, fronted: Sequence[int] = ()
) -> Iterator[Finding | Witness]:
    """A witness per answer; what a gateway says when the server is out of reach or too busy is left out."""
    for one in trace:
        if not answered(one) or one.status >= 500 or one.status in fronted or one.request.method == "OPTIONS":
            continue
        yield Witness((one.number,), str(one.status))
        if dialect.server_time(one) is None:
            yield Finding("date", (one.number,), "a Date", one.header("date") or "absent")


def _answer(date: str | None, status: int = 200) -> list[Exchange]:
    body = page("a") if status == 200 else problem(status)
    return [exchange("GET /things", status, body, headers={} if date is None else {"Date": date})]


EXAMPLES = Examples(
    operation="listThings",
    arguments={"fronted": [413]},
    conforms=[_answer("Thu, 12 Jun 2025 00:01:02 GMT"), _answer("Thu, 12 Jun 2025 00:01:02 GMT", 404)],
    violates=[_answer(None), _answer(None, 404), _answer("2025-06-12T00:01:02Z"), _answer("now")],
    inconclusive=[[], _answer(None, 429), _answer(None, 502), _answer(None, 413)],
)
