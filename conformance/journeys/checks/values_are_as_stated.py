"""Each party says of the journey what is so: that it is under way, that it has ended, and in which way.

Why: who waits for a parcel asks the public page, who sent it asks the carrier, and who prescribed it asks nobody. All have to be told the same.

Fails when: one of the values is not among those that it may be at that point of the journey.
Inconclusive when: one of them was never answered.
Source: interface documents, States.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from conformance.checks._reading import shown
from conformance.journeys.checks import Examples, Open
from conformance.journeys.checks._example import answered, record, step
from conformance.journeys.expressions import ABSENT
from conformance.journeys.record import Record
from conformance.model import Finding, Witness

ABOUT = """各方對旅程之說法與事實相符：進行中、已終了，及其方式。
緣由：等候包裹者查看公開頁面，寄件者詢問物流業者，開立處方者不詢問任何人。所有人所得之答案須一致。
不通過：其中一值不是旅程該時點可能之值。
無法判定：其中一值從未獲得回應。
依據：介面文件之狀態。
"""

MESSAGES = {
    "otherwise": {
        "en": "{at} is {actual} at this point of the journey; expected {expected}",
        "zh-Hant": "旅程此時 {at} 為 {actual}；應為 {expected}",
    }
}


def judge(record: Record, *, stated: Sequence[Mapping[str, Any]]) -> Iterator[Finding | Witness | Open]:
    """`stated` says of expressions what they may `be` (`{value, be}`)."""
    for one in stated:
        value = record.value(one["value"])
        if value is ABSENT:
            yield Open(one["value"])
        elif any(value == each and isinstance(value, bool) is isinstance(each, bool) for each in one["be"]):
            yield Witness(record.numbers(one["value"]), one["value"])
        else:
            expected = " or ".join(map(shown, one["be"]))
            yield Finding("otherwise", record.numbers(one["value"]), expected, shown(value), one["value"])


def _ended(state: object) -> Record:
    return record(step("receipt", answered(1), outputs={"state": state}))


EXAMPLES = Examples(
    arguments={"stated": [{"value": "$steps.receipt.outputs.state", "be": ["COLLECTED", False]}]},
    conforms=[_ended("COLLECTED"), _ended(False)],
    violates=[_ended("IN_TRANSIT"), _ended(0), _ended(None)],
    inconclusive=[record(step("receipt", answered(1))), record()],
)
