"""Codes that open something do not follow from one another.

Why: who holds one parcel's code and sees that the next one is greater by seven opens the next compartment.

Fails when: more than one of the codes is that of another (one may be by chance), the differences between neighbours are all the same, or each
is a multiple of the one before and so much more. Codes are hidden before they are recorded; the rule is found where they are seen
(`redaction/issued`) and noted with the exchange.
Inconclusive when: not enough things with a code could be made.
Source: OWASP Application Security Verification Standard, random values; the interface's rule on codes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from conformance import given
from conformance.checks._example import exchange, numbered
from conformance.interface.dialect import Dialect
from conformance.model import Examples, Exchange, Finding, Inputs, Operation, Script, Touches, Witness
from conformance.text import pointer

TOUCHES = Touches.WRITES
ASKS = 24
MADE = "made"
_FEWEST = 4

ABOUT = """用以開啟之代碼，彼此不可推得。
緣由：持有一件包裹之代碼者，若發現下一碼恰大七，便能開啟下一格。
不通過：一個以上代碼與另一者相同（一個可能出於巧合），或相鄰代碼之差均相同。
無法判定：無法建立足夠之帶代碼者。
依據：OWASP Application Security Verification Standard 之亂數值；介面規範之代碼規定。
"""

MESSAGES = {
    "equal": {
        "en": "codes repeat one another: expected {expected}, got {actual}",
        "zh-Hant": "代碼重複：應為 {expected}，實得 {actual}",
    },
    "regular": {
        "en": "codes follow from one another: expected {expected}, got {actual}",
        "zh-Hant": "代碼可由彼此推得：應為 {expected}，實得 {actual}",
    },
}


def drive(operation: Operation, inputs: Inputs, dialect: Dialect, *, resource: str, candidate: str, many: int) -> Script:
    """Makes so many things, one after the other."""
    for nth in range(many):
        made = yield from given.bodies(operation.spec, resource, inputs, dialect, nth=nth, candidate=candidate)
        for body in made[:1]:
            yield given.creation(operation, body, inputs, actor="a", label=f"code-{nth}").with_step(MADE)


def judge(operation: Operation, trace: Sequence[Exchange], dialect: Dialect, *, code: str) -> Iterator[Finding | Witness]:
    """One witness for all."""
    told = [(pointer.first(one.json, code), one.number) for one in trace if one.step == MADE and one.ok]
    codes = [(value, number) for value, number in told if isinstance(value, str)]
    if len(codes) < _FEWEST:
        return
    numbers = tuple(number for _, number in codes)
    yield Witness(numbers, code)
    if len({value for value, _ in codes}) < len(codes) - 1:
        yield Finding("equal", numbers, f"{len(codes)} codes", f"{len({value for value, _ in codes})}")
    elif rule := next((word for one in trace if one.step == MADE and (word := one.attributes.get("codes", {}).get(code))), ""):
        yield Finding("regular", numbers, "no rule", rule)


def _made(code: str, status: int = 201, rule: str = "") -> Exchange:
    one = exchange("POST /things", status, {"thingId": "t", "code": code}, name="createThing", step=MADE, actor="a")
    return replace(one, attributes={"codes": {"/code": rule}}) if rule else one


EXAMPLES = Examples(
    operation="createThing",
    arguments={"code": "/code", "resource": "thing", "candidate": "one", "many": 4},
    conforms=[numbered(*map(_made, ("17", "93", "05", "58"))), numbered(*map(_made, ("17", "93", "17", "58")))],
    violates=[
        numbered(*map(_made, ("17", "93", "17", "93"))),
        numbered(*map(_made, ("07", "14", "21")), _made("28", rule="step")),
    ],
    inconclusive=[[], numbered(*map(_made, ("07", "14", "21")))],
)
