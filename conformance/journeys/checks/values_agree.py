"""What several parties say of one thing is the same: its codes, its identifiers, its states.

Why: each interface has its code lists and passes its own tests with them; a county that is TPE here and NWT there is found only where
the two are joined.

Fails when: two of the values differ, or an identifier that one party was given by another comes back changed.
Inconclusive when: one of the values was never answered.
Source: common rules of the interfaces, Code lists and identifiers.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from conformance.checks._reading import shown
from conformance.journeys.checks import Examples, Open
from conformance.journeys.checks._example import answered, record, step
from conformance.journeys.record import Record, is_there
from conformance.model import Finding, Witness

ABOUT = """各方對同一事物之說法一致：代碼、識別碼與狀態。
緣由：各介面有其代碼表，並各自通過自己的測試；同一縣市此處為 TPE、彼處為 NWT，唯有串接時才會發現。
不通過：兩值相異，或一方交付之識別碼經另一方後有所改變。
無法判定：其中一值從未獲得回應。
依據：介面共通規範之代碼表與識別碼。
"""

MESSAGES = {
    "differ": {
        "en": "{at} says {actual}, and {expected} was said before it of the same thing",
        "zh-Hant": "{at} 為 {actual}，而同一事物先前之說法為 {expected}",
    }
}


def judge(record: Record, *, same: Sequence[Sequence[str]]) -> Iterator[Finding | Witness | Open]:
    """`same` are expressions for one thing each; the first is held against each of the others."""
    for first, *others in same:
        known = record.value(first)
        for other in others:
            value = record.value(other)
            if not is_there(known) or not is_there(value):
                yield Open(other if is_there(known) else first)
            elif value != known:
                yield Finding("differ", record.numbers(first, other), shown(known), shown(value), other)
            else:
                yield Witness(record.numbers(first, other), other)


def _said(county: object, other: object) -> Record:
    shop = step("shop", answered(1), outputs={"county": county})
    return record(shop, step("courier", answered(2), source="courier", outputs={} if other is None else {"county": other}))


EXAMPLES = Examples(
    arguments={"same": [["$steps.shop.outputs.county", "$steps.courier.outputs.county"]]},
    conforms=[_said("TPE", "TPE"), _said(1, 1)],
    violates=[_said("TPE", "NWT"), _said("TPE", "tpe"), _said("1", 1)],
    inconclusive=[_said("TPE", None), _said(None, "TPE"), record()],
)
