"""After one party refused, and the journey was broken off, nothing of it is left half-done with the others.

Why: no transaction reaches across parties. Each of them has to refuse as a whole, and to take back as a whole what it is asked to take
back; else a compartment stays locked, a space stays taken and a task stays open for somebody who never comes.

Fails when: what the refusing party was asked for took effect all the same, or something of the others is not as it should be afterwards.
Inconclusive when: nothing was refused, or nobody could look afterwards.
Source: common rules of the interfaces, Refusals and state machines.
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

ABOUT = """一方拒絕而旅程中止後，其他各方不留下任何未完成之半套狀態。
緣由：沒有跨越各方的交易。各方須整體拒絕，並於受請求時整體收回；否則格口持續鎖住、車位持續占用、任務持續等待不會前來之人。
不通過：向拒絕方所請求者仍然生效，或其他各方之事物其後不是應有狀態。
無法判定：並無拒絕，或其後無從查看。
依據：介面共通規範之拒絕與狀態機。
"""

MESSAGES = {
    "half-done": {
        "en": "{at} is {actual} after the journey was broken off; expected {expected}",
        "zh-Hant": "旅程中止後 {at} 為 {actual}；應為 {expected}",
    }
}


def judge(record: Record, *, refused: Sequence[str], left: Sequence[Mapping[str, Any]]) -> Iterator[Finding | Witness | Open]:
    """`refused` are the steps that were to be refused; `left` says of expressions what they may `be` afterwards (`{value, be}`; null: to be
    absent, too).
    """
    for name in refused:
        taken = record.steps.get(name)
        if taken is None or not 400 <= taken.last.status < 500:
            yield Open(name)
            return
    for one in left:
        if not record.named(one["value"]):
            yield Open(one["value"])
            continue
        value, numbers = record.value(one["value"]), record.numbers(one["value"])
        there = None if value is ABSENT else value
        if there in one["be"]:
            yield Witness(numbers, one["value"])
        else:
            expected = " or ".join(map(shown, one["be"]))
            yield Finding("half-done", numbers, expected, shown(there), one["value"])


def _broken(status: int, state: object) -> Record:
    refused = step("refused", answered(1, status), refused=True)
    return record(refused, step("after", answered(2), source="courier", outputs={} if state is None else {"state": state}))


EXAMPLES = Examples(
    arguments={"refused": ["refused"], "left": [{"value": "$steps.after.outputs.state", "be": ["CANCELLED", "RELEASED"]}]},
    conforms=[_broken(409, "CANCELLED"), _broken(422, "RELEASED")],
    violates=[_broken(409, "HELD"), _broken(409, None)],
    inconclusive=[_broken(200, "HELD"), record(step("refused", answered(1, 409), refused=True)), record()],
)
