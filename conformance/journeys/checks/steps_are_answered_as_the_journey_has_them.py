"""Each step of the journey is answered as the journey states, to its last one.

Why: a service across domains is as good as its weakest step; what each party passes by itself may still be refused where the other's data
come in, such as an identifier in capitals or a time that is written in UTC.

Fails when: a step is answered with another status than the journey states.
Inconclusive when: a step could not be asked, nobody answered, or credentials were not accepted.
Source: Arazzo Specification 1.0.1, Success Criteria.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.journeys.checks import Examples, Open
from conformance.journeys.checks._example import answered, record, step
from conformance.journeys.record import Record
from conformance.model import Finding, Witness

ABOUT = """旅程的每一步驟均如旅程所述獲得回應，直到最後一步。
緣由：跨域服務的良窳取決於最弱的步驟；各方單獨通過者，遇對方資料時仍可能拒絕，例如大寫的識別碼或以 UTC 書寫的時間。
不通過：步驟的回應狀態不是旅程所述者。
無法判定：步驟無從提出、無人回應，或憑證未獲接受。
依據：Arazzo Specification 1.0.1, Success Criteria。
"""

MESSAGES = {
    "otherwise": {
        "en": "step {at} was to be answered with {expected}, and was answered {actual}",
        "zh-Hant": "步驟 {at} 應回應 {expected}，實際為 {actual}",
    }
}


def judge(record: Record) -> Iterator[Finding | Witness | Open]:
    """One witness per step that was answered as stated."""
    for taken in record.steps.values():
        if not taken.unmet:
            yield Witness((taken.number,), taken.id)
        elif taken.last.turned_away or taken.last.locked_out:
            yield Open(record.ended or taken.unmet)
        else:
            yield Finding("otherwise", (taken.number,), taken.expected, taken.unmet, taken.id)
    if record.ended and not any(one.unmet for one in record.steps.values()):
        yield Open(record.ended)


_FINE = step("order", answered(1))
EXAMPLES = Examples(
    arguments={},
    conforms=[record(_FINE), record(_FINE, step("collect", answered(2, 201)))],
    violates=[
        record(_FINE, step("collect", answered(2, 422), expected="$statusCode == 201"), ended="step collect was answered 422")
    ],
    inconclusive=[
        record(_FINE, ended="step collect has nothing to ask with: $steps.order.outputs.id was not answered"),
        record(_FINE, step("collect", answered(2, 503), expected="$statusCode == 201"), ended="step collect was answered 503"),
        record(
            step("order", answered(1, 401), expected="$statusCode == 200"),
            ended="shop: credentials were not accepted that should be (401)",
        ),
    ],
)
