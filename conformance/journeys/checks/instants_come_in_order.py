"""What one party did after another is dated after it, by the clocks of both.

Why: who pays, who was late and who had the parcel when is decided by dates of different systems. A system that writes local time and
calls it UTC is consistent with itself, and eight hours away from everybody else.

Fails when: a later step is dated earlier than an earlier one, by more than clocks may be apart.
Inconclusive when: one of the dates was never answered, or is no date-time.
Source: RFC 3339 section 5; common rules of the interfaces, Times.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from itertools import pairwise

from conformance.checks._reading import shown
from conformance.journeys.checks import Examples, Open
from conformance.journeys.checks._example import answered, record, step
from conformance.journeys.record import Record
from conformance.model import Finding, Witness
from conformance.text.instants import instant

ABOUT = """一方後於另一方所為之事，依雙方時鐘，其時間亦在後。
緣由：何人付費、何人遲到、包裹何時在何人手中，係由不同系統的時間決定。寫入當地時間而稱之為 UTC 的系統，自身一致，卻與他人相差八小時。
不通過：較晚之步驟所載時間早於較早之步驟，且超過時鐘可容許之差。
無法判定：其中一個時間從未獲得回應，或不是日期時間。
依據：RFC 3339 section 5；介面共通規範之時間。
"""

MESSAGES = {
    "early": {
        "en": "{at} is dated {actual}, though it came after {expected}",
        "zh-Hant": "{at} 的時間為 {actual}，然其發生在 {expected} 之後",
    }
}


def judge(record: Record, *, instants: Sequence[str], slack: float = 5) -> Iterator[Finding | Witness | Open]:
    """`instants` are expressions in the order in which things came; `slack` is how many seconds clocks may be apart."""
    for before, after in pairwise(instants):
        said = [record.value(one) for one in (before, after)]
        moments = [instant(one) for one in said]
        if moments[0] is None or moments[1] is None:
            yield Open(before if moments[0] is None else after)
        elif moments[1] < moments[0] - timedelta(seconds=slack):
            yield Finding("early", record.numbers(before, after), shown(said[0]), shown(said[1]), after)
        else:
            yield Witness(record.numbers(before, after), after)


def _said(sent: object, received: object) -> Record:
    return record(
        step("sent", answered(1), outputs={"at": sent}), step("received", answered(2), source="courier", outputs={"at": received})
    )


EXAMPLES = Examples(
    arguments={"instants": ["$steps.sent.outputs.at", "$steps.received.outputs.at"], "slack": 5},
    conforms=[
        _said("2026-03-01T12:00:00+08:00", "2026-03-01T04:00:01Z"),
        _said("2026-03-01T12:00:03+08:00", "2026-03-01T12:00:00+08:00"),
    ],
    violates=[
        _said("2026-03-01T12:00:00Z", "2026-03-01T12:00:00+08:00"),
        _said("2026-03-01T12:01:30+08:00", "2026-03-01T12:00:00+08:00"),
    ],
    inconclusive=[_said("2026-03-01", "2026-03-01T04:00:01Z"), _said("2026-03-01T12:00:00+08:00", None), record()],
)
