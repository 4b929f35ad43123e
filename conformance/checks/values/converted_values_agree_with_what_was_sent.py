"""A value that a server converts into another unit agrees with the one that was sent.

Why: readers compare converted values with thresholds. A factor that is missing, applied twice or turned round makes a reading that nobody
took, and both numbers look plausible.

Fails when: the converted value has another unit than the row says, or is not the one that was sent times the factor of its kind, within the
tolerance.
Inconclusive when: nothing of the kind could be made. Where a server converts nothing, there is nothing to test.
Source: UCUM; the interface's rules on units.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any

from conformance import given
from conformance.checks._example import exchange, numbered, problem
from conformance.checks._own import amendment, recipe_of, unusable
from conformance.checks._reading import number_of, shown
from conformance.interface.dialect import Dialect
from conformance.model import Examples, Exchange, Finding, Inputs, Moot, Operation, Script, Touches, Witness
from conformance.text import pointer

TOUCHES = Touches.OWN
SENT, READ, CHANGED = "sent: ", "read: ", "changed: "

ABOUT = """伺服器換算單位後之值與所送者相符。
緣由：讀者以換算值與門檻比較。係數遺漏、重複套用或倒置，便成為無人量得之數值，而兩個數字看似都合理。
不通過：換算值之單位與要求所載不同，或不等於所送值乘以該種係數（於容許誤差內）。
無法判定：無法建立該種資料。伺服器不換算者，無可驗測。
依據：UCUM；介面規範之單位規定。
"""

MESSAGES = {
    "unit": {
        "en": "the unit of {at} should be {expected}, but is {actual}",
        "zh-Hant": "{at} 的單位應為 {expected}，實為 {actual}",
    },
    "differs": {
        "en": "{at} should be about {expected}, but is {actual}",
        "zh-Hant": "{at} 應約為 {expected}，實為 {actual}",
    },
}


def drive(operation: Operation, inputs: Inputs, dialect: Dialect, *, kinds: Mapping[str, Mapping[str, Any]]) -> Script:
    """`kinds` are, by a name, the members of a thing of that kind (`change`), the `factor` of its conversion and, where it is also to be
    changed, the members that it then has (`later`).
    """
    name, _ = recipe_of(operation)
    spec = operation.spec
    for nth, (label, kind) in enumerate(kinds.items()):
        one = yield from given.created(spec, name, inputs, dialect, nth=nth, changes=kind["change"], step=SENT + label)
        yield given.read(spec, one, step=READ + label)
        if "later" in kind:
            members = {**amendment(spec, one)[0], **kind["later"]}
            yield given.change(spec, one, members, tag=one.tag, step=CHANGED + label)


def judge(
    operation: Operation,
    trace: Sequence[Exchange],
    dialect: Dialect,
    *,
    kinds: Mapping[str, Mapping[str, Any]],
    value: str,
    converted: str,
    unit_at: str,
    unit: str,
    tolerance: float = 0.01,
) -> Iterator[Finding | Witness | Moot]:
    """A witness per answer. `value` is the pointer of the number that is sent, `converted` that of the one that follows from it, `unit_at`
    that of its unit.
    """
    for one in trace:
        label = one.step.removeprefix(SENT).removeprefix(READ).removeprefix(CHANGED)
        if label == one.step or label not in kinds or not one.ok or unusable(one):
            continue
        sent = number_of(pointer.first(kinds[label]["later" if one.step.startswith(CHANGED) else "change"], value))
        if sent is None:
            continue
        if pointer.first(one.json, converted) is None:
            yield Moot((one.number,))
            continue
        yield Witness((one.number,), one.step)
        wanted = Fraction(str(sent)) * Fraction(str(kinds[label]["factor"]))
        found, said = number_of(pointer.first(one.json, converted)), pointer.first(one.json, unit_at)
        expected = f"{float(wanted):g}"
        if said != unit:
            yield Finding("unit", (one.number,), unit, shown(said), converted)
        elif found is None or abs(Fraction(str(found)) - wanted) > wanted * Fraction(str(tolerance)):
            yield Finding("differs", (one.number,), expected, shown(pointer.first(one.json, converted)), converted)


def _thing(step: str, converted: Any = None, unit: str = "cm", status: int = 200) -> Exchange:
    more = {} if converted is None else {"converted": {"value": converted, "unit": unit}}
    body = {"thingId": "t1", "size": 2, **more} if status < 400 else problem(status)
    return exchange("GET /things/t1", status, body, name="getThing", step=step, actor="a")


EXAMPLES = Examples(
    operation="getThing",
    arguments={
        "kinds": {"inches": {"change": {"size": 2}, "factor": 2.54, "later": {"size": 3}}},
        "value": "/size",
        "converted": "/converted/value",
        "unit_at": "/converted/unit",
        "unit": "cm",
    },
    conforms=[numbered(_thing(f"{SENT}inches", 5.08, status=201), _thing(f"{READ}inches", 5.1))],
    violates=[
        numbered(_thing(f"{CHANGED}inches", 5.08)),
        numbered(_thing(f"{READ}inches", 5.08, "inch")),
        numbered(_thing(f"{READ}inches", 2)),
        numbered(_thing(f"{READ}inches", "5.08")),
        numbered(_thing(f"{READ}inches", 0.787)),
    ],
    inconclusive=[
        [],
        numbered(_thing(f"{READ}inches")),
        numbered(_thing(f"{READ}inches", status=404)),
        numbered(_thing("another", 2)),
    ],
)
