"""One instant that goes from party to party is the same instant at each of them, whatever offset it is written with.

Why: 14:00+08:00 and 06:00Z are one instant. Whoever keeps the digits and loses the offset is eight hours off, and is right again when asked
by somebody who writes times as it does itself.

Fails when: the instants differ, or one of them is written without an offset.
Inconclusive when: one of them was never answered.
Source: RFC 3339 section 5; common rules of the interfaces, Times.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from conformance.checks._reading import shown
from conformance.journeys.checks import Examples, Open
from conformance.journeys.checks._example import answered, record, step
from conformance.journeys.record import Record, is_there
from conformance.model import Finding, Witness
from conformance.text.instants import instant

ABOUT = """經由各方之同一時刻，於每一方均為同一時刻，不論以何種時差書寫。
緣由：14:00+08:00 與 06:00Z 為同一時刻。保留數字而遺失時差者即差八小時，遇時間寫法與其相同者詢問時卻又正確。
不通過：時刻相異，或其中之一未附時差。
無法判定：其中之一從未獲得回應。
依據：RFC 3339 section 5；介面共通規範之時間。
"""

MESSAGES = {
    "differ": {
        "en": "{at} says {actual}, which is not the instant {expected}",
        "zh-Hant": "{at} 為 {actual}，與 {expected} 不是同一時刻",
    },
    "no-instant": {
        "en": "{at} says {actual}, which names no instant: {expected}",
        "zh-Hant": "{at} 為 {actual}，並未指明時刻：{expected}",
    },
}


def judge(record: Record, *, instants: Sequence[str]) -> Iterator[Finding | Witness | Open]:
    """`instants` are expressions; the first is held against each of the others."""
    first, known = instants[0], record.value(instants[0])
    for other in instants[1:]:
        value = record.value(other)
        if not is_there(known) or not is_there(value):
            yield Open(other if is_there(known) else first)
            continue
        numbers = record.numbers(first, other)
        unread = next(((where, text) for where, text in ((first, known), (other, value)) if instant(text) is None), None)
        if unread is not None:
            yield Finding("no-instant", numbers, "a date-time with an offset", shown(unread[1]), unread[0])
        elif instant(known) != instant(value):
            yield Finding("differ", numbers, shown(known), shown(value), other)
        else:
            yield Witness(numbers, other)


def _said(due: object, start: object) -> Record:
    task = step("task", answered(1), outputs={} if due is None else {"due": due})
    return record(task, step("space", answered(2), source="courier", outputs={} if start is None else {"start": start}))


EXAMPLES = Examples(
    arguments={"instants": ["$steps.task.outputs.due", "$steps.space.outputs.start"]},
    conforms=[
        _said("2026-03-02T14:00:00+08:00", "2026-03-02T06:00:00Z"),
        _said("2026-03-02T14:00:00+08:00", "2026-03-02T14:00:00.000+08:00"),
    ],
    violates=[
        _said("2026-03-02T14:00:00+08:00", "2026-03-02T06:00:00+08:00"),
        _said("2026-03-02T14:00:00+08:00", "2026-03-02T14:00:00Z"),
        _said("2026-03-02T14:00:00+08:00", "2026-03-02T14:00:00"),
        _said("115/03/02 14:00", "2026-03-02T06:00:00Z"),
    ],
    inconclusive=[_said("2026-03-02T14:00:00+08:00", None), _said(None, "2026-03-02T06:00:00Z")],
)
