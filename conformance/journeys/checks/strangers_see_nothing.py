"""What the journey's traveller made with each party is nobody else's: another party's actor who knows its identifier is given nothing.

Why: identifiers travel with a journey, so more people know them than the party that issued them thinks. To know one must not be enough
anywhere.

Fails when: a step in another's name is answered with success.
Inconclusive when: no such step was taken.
Source: 個人資料保護法; OWASP API Security Top 10 (2023), API1.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from conformance.journeys.checks import Examples, Open
from conformance.journeys.checks._example import answered, record, step
from conformance.journeys.record import Record
from conformance.model import Finding, Witness

ABOUT = """旅程當事人於各方所建立者不屬於他人：知悉其識別碼之另一方行為人一無所獲。
緣由：識別碼隨旅程流轉，知悉者多於核發方所料。無論何處，僅知悉識別碼均不足以取得資料。
不通過：以他人名義之步驟獲得成功回應。
無法判定：未進行此種步驟。
依據：個人資料保護法；OWASP API Security Top 10 (2023), API1。
"""

MESSAGES = {
    "shown": {
        "en": "step {at} asked in another's name and was answered {actual}; expected {expected}",
        "zh-Hant": "步驟 {at} 以他人名義提出，回應為 {actual}；應為 {expected}",
    }
}


def judge(record: Record, *, steps: Sequence[str]) -> Iterator[Finding | Witness | Open]:
    """`steps` are those that ask for what was made, in another's name."""
    for name in steps:
        taken = record.steps.get(name)
        if taken is None or taken.last.turned_away or taken.last.locked_out:
            yield Open(name)
        elif taken.last.ok:
            yield Finding("shown", (taken.number,), "404 or 403", str(taken.last.status), name)
        else:
            yield Witness((taken.number,), name)


EXAMPLES = Examples(
    arguments={"steps": ["stranger"]},
    conforms=[record(step("stranger", answered(1, 404, actor="b"))), record(step("stranger", answered(1, 403, actor="b")))],
    violates=[record(step("stranger", answered(1, 200, {"orderId": "1"}, actor="b")))],
    inconclusive=[
        record(),
        record(step("stranger", answered(1, 401, actor="b"))),
        record(step("stranger", answered(1, 503, actor="b"))),
    ],
)
