"""Across the border between two organisations a consent opens what it names, nothing else, and nothing any more once it is withdrawn.

Why: what was measured at one party is read at another. The consent is the only bridge, and it is a bridge with a gate.

Fails when: something is read before the consent or after its withdrawal, something is read under it that it does not name, or what it
names is not.
Inconclusive when: nobody asked before, under or after it, or nothing was there to be read.
Source: 個人資料保護法 (consent and withdrawal); FHIR R4, Consent.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from conformance.checks._reading import shown
from conformance.journeys.checks import Examples, Open
from conformance.journeys.checks._example import answered, record, step
from conformance.journeys.record import Record, Taken, is_there
from conformance.model import Finding, Witness
from conformance.text import pointer

ABOUT = """跨越兩機構之界線時，同意僅開放其所載者，不及其他；撤回後即不再開放。
緣由：於一方所量測者，於另一方讀取。同意是唯一的橋，且橋上有門。
不通過：同意之前或撤回之後讀得內容；於同意之下讀得其未載者；或其所載者未能讀得。
無法判定：同意之前、期間或之後均無人讀取，或並無可讀取者。
依據：個人資料保護法（同意與撤回）；FHIR R4, Consent。
"""

MESSAGES = {
    "open": {
        "en": "step {at} reads {actual} though no consent opens it; expected {expected}",
        "zh-Hant": "步驟 {at} 讀得 {actual}，然並無同意予以開放；應為 {expected}",
    },
    "more": {
        "en": "step {at} reads {actual}, which the consent does not name; expected {expected}",
        "zh-Hant": "步驟 {at} 讀得 {actual}，為同意所未載；應為 {expected}",
    },
    "shut": {
        "en": "step {at} does not read {expected}, which the consent names; it reads {actual}",
        "zh-Hant": "步驟 {at} 未讀得同意所載的 {expected}；讀得者為 {actual}",
    },
}


def judge(
    record: Record, *, before: str, under: str, after: str, named: str, unnamed: str, ids: str
) -> Iterator[Finding | Witness | Open]:
    """`before`, `under` and `after` are steps that read as the other organisation; `named` and `unnamed` are expressions for the
    identifiers of what the consent names and of what it does not, `ids` a pointer to those in an answer.
    """
    wanted, hidden = record.value(named), record.value(unnamed)
    if not is_there(wanted) or not is_there(hidden):
        yield Open(unnamed if is_there(wanted) else named)
        return
    for name in (before, under, after):
        taken = record.steps.get(name)
        if taken is None or taken.last.turned_away or taken.last.locked_out:
            yield Open(name)
            continue
        seen = _seen(taken, ids)
        numbers = (taken.number,)
        if name != under and seen:
            yield Finding("open", numbers, "nothing", shown(seen), name)
        elif name == under and hidden in seen:
            yield Finding("more", numbers, shown([wanted]), shown(seen), name)
        elif name == under and wanted not in seen:
            yield Finding("shut", numbers, shown(wanted), shown(seen), name)
        else:
            yield Witness(numbers, name)


def _seen(taken: Taken, ids: str) -> list[Any]:
    """The identifiers in all pages of a step."""
    return [one for exchange in taken.exchanges if exchange.ok for one in pointer.values(exchange.json, ids)]


def _read(*seen: Any) -> Record:
    made = step("made", answered(1), outputs={"pulse": "m1", "sugar": "m2"})
    reads = []
    for number, (name, ids) in enumerate(zip(("before", "under", "after"), seen, strict=False), 2):
        status = ids if isinstance(ids, int) else 200
        body = None if isinstance(ids, int) else {"items": [{"id": one} for one in ids]}
        reads.append(step(name, answered(number, status, body, actor="b")))
    return record(made, *reads)


EXAMPLES = Examples(
    arguments={
        "before": "before",
        "under": "under",
        "after": "after",
        "named": "$steps.made.outputs.pulse",
        "unnamed": "$steps.made.outputs.sugar",
        "ids": "/items/*/id",
    },
    conforms=[_read([], ["m1"], []), _read(404, ["m1"], 403)],
    violates=[
        _read(["m1"], ["m1"], []),
        _read([], ["m1", "m2"], []),
        _read([], [], []),
        _read([], ["m1"], ["m1"]),
        _read(404, 404, 404),
    ],
    inconclusive=[_read([], ["m1"]), _read([], 503, []), record()],
)
