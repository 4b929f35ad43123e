"""The clocks of the parties are no further apart than so many seconds.

Why: a code that is valid for a minute, a hold that lapses and a consent that has an end mean the same to two systems only if it is the same
time at both.

Fails when: the Date fields of two parties' answers cannot be of clocks that agree, whatever the answers took on their way.
Inconclusive when: fewer than two parties state a time.
Source: RFC 9110 section 6.6.1.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.journeys.checks import Examples, Open
from conformance.journeys.checks._example import answered, record, step
from conformance.journeys.record import Record
from conformance.model import Exchange, Finding, Witness
from conformance.text import fields

ABOUT = """各方時鐘之差不超過若干秒。
緣由：效期一分鐘的代碼、會失效的保留、有期限的同意，唯有雙方時間相同，對兩個系統才是同一回事。
不通過：不論回應於途中耗時多久，兩方回應之 Date 欄位均不可能出自一致的時鐘。
無法判定：載明時間者不足兩方。
依據：RFC 9110 section 6.6.1。
"""

MESSAGES = {
    "apart": {
        "en": "the clock of {at} is at least {actual} away from that of another party; at most {expected}",
        "zh-Hant": "{at} 的時鐘與另一方至少相差 {actual}；至多 {expected}",
    }
}
Bounds = tuple[float, float]  # by how many seconds a clock is ahead of ours: at least, at most


def judge(record: Record, *, seconds: float = 5) -> Iterator[Finding | Witness | Open]:
    """One witness per two parties. `seconds` is how far clocks may be apart."""
    told: dict[str, list[tuple[Bounds, int]]] = {}
    for taken in record.steps.values():
        for exchange in taken.exchanges:
            if (bounds := _ahead(exchange)) is not None:
                told.setdefault(taken.source, []).append((bounds, exchange.number))
    if len(told) < 2:
        yield Open("Date")
    parties = list(told)
    for place, party in enumerate(parties):
        for other in parties[:place]:
            yield _compared(party, told[party], told[other], seconds)


def _ahead(exchange: Exchange) -> Bounds | None:
    """How far the clock of whoever answered is ahead: its Date is cut to the second, and was written between asking and answer."""
    moment = fields.http_date(exchange.header("date"))
    if moment is None or exchange.postponed:
        return None
    asked = exchange.sent_at / 1000
    return moment.timestamp() - asked - exchange.elapsed / 1000, moment.timestamp() + 1 - asked


def _compared(party: str, told: list[tuple[Bounds, int]], others: list[tuple[Bounds, int]], seconds: float) -> Finding | Witness:
    gaps = [(max(one[0] - other[1], other[0] - one[1]), sorted((n, m))) for one, n in told for other, m in others]
    gap, numbers = max(gaps)
    if gap > seconds:
        return Finding("apart", tuple(numbers), f"{seconds:g} s", f"{gap:.0f} s", party)
    return Witness(tuple(numbers), party)


def _dated(*dates: str) -> Record:
    shop, courier = (answered(n, date=date) for n, date in enumerate(dates, 1))
    return record(step("order", shop), step("parcel", courier, source="courier"))


EXAMPLES = Examples(
    arguments={"seconds": 5},
    conforms=[_dated("Sun, 01 Mar 2026 04:00:00 GMT", "Sun, 01 Mar 2026 04:00:04 GMT")],
    violates=[
        _dated("Sun, 01 Mar 2026 04:00:00 GMT", "Sun, 01 Mar 2026 04:03:00 GMT"),
        _dated("Sun, 01 Mar 2026 12:00:00 GMT", "Sun, 01 Mar 2026 04:00:00 GMT"),
    ],
    inconclusive=[_dated("Sun, 01 Mar 2026 04:00:00 GMT", "yesterday"), record(step("order", answered(1)))],
)
