"""While the source's time stays the same, the published values stay the same, or say that they are counted down.

Why: a consumer counts an estimate down itself, from the source's time; a server that counts down too, unsaid, makes it count twice.

Fails when: two polls show an item with the same source time and different values, and the later one does not say so in `flag`.
A source that moves on all the time, so that not even two polls in immediate succession see one source time, leaves nothing to ask.

Inconclusive when: no item with a value was polled twice under one source time, and none had a later one in every poll.
Source: TDX notes on estimated arrival times (consumers count down by themselves).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from conformance.checks._example import exchange, numbered, page
from conformance.checks._reading import documents, samples, shown
from conformance.checks._views import largest
from conformance.interface.dialect import Dialect, instant
from conformance.model import Examples, Exchange, Finding, Inputs, Operation, Pause, Script, Touches, Witness
from conformance.text import pointer

TOUCHES = Touches.READS
ASKS = 34
WAITS = True
_MOVES = 3
ABOUT = """來源時間不變時，公布之值不變，否則載明其為倒數值。
緣由：資料使用者自來源時間自行倒數；伺服器亦倒數而未說明，便倒數兩次。
不通過：兩次輪詢同一項目之來源時間相同而值不同，且後者未於 `flag` 載明。來源時間時時前進，致緊接之兩次輪詢亦不相同者，無從查問。
無法判定：沒有項目於同一來源時間下輪詢兩次而有值，且並非每次輪詢均為較晚者。
依據：TDX 預估到站之說明（由使用者自行倒數）。
"""

MESSAGES = {
    "changed": {
        "en": "{at} changed although its source did not: expected {expected}, got {actual}",
        "zh-Hant": "資料來源未更新，{at} 卻改變：應為 {expected}，實得 {actual}",
    }
}


def drive(operation: Operation, inputs: Inputs, dialect: Dialect, *, polls: int = 4, pause: float = 3.0, most: int = 8) -> Script:
    """The first pages of up to `most` samples, twice in immediate succession and then after a pause each."""
    size = largest(operation, dialect)
    requests = yield from samples(operation, inputs, dialect, most=most)
    for nth in range(polls):
        if nth > 1:
            yield Pause(pause)
        for request in requests:
            yield (request.with_query(**{dialect.of(operation).limit: size}) if size else request).with_step(f"poll {nth + 1}")


def judge(
    operation: Operation,
    trace: Sequence[Exchange],
    dialect: Dialect,
    *,
    source: str,
    values: Sequence[str],
    flag: str,
) -> Iterator[Finding | Witness]:
    """`source`: pointer to the source's time; `values`: pointers (all matches of each count); `flag`: the member that says that
    values are counted down. One witness per pair of polls in which an item with a value kept its source time; or one for an item
    whose source moved on at least `_MOVES` times, when none kept it.
    """
    moved: dict[tuple[Any, ...], list[int]] = {}
    kept = False
    last: dict[tuple[Any, ...], tuple[Exchange, Any, list[Any]]] = {}
    for one, items in documents(operation, trace, dialect):
        told: dict[int, int] = {}
        for at, item in items:
            identity, time = dialect.identity(operation, item), instant(pointer.first(item, source))
            if identity is None or time is None:
                continue
            now = [pointer.values(item, where) for where in values]
            key = (one.request.target, *identity)
            before = last.get(key)
            last[key] = (one, time, now)
            if before is None or before[0].number == one.number or not any(map(_known, before[2])):
                continue
            if before[1] < time:
                moved.setdefault(key, [before[0].number]).append(one.number)
            if before[1] != time:
                continue
            kept = True
            told[before[0].number] = told.get(before[0].number, 0) + 1
            if before[2] != now and pointer.first(item, flag) is not True:
                places = zip(values, before[2], now, strict=True)
                was, found, where = next((_listed(old), _listed(new), where) for where, old, new in places if old != new)
                yield Finding("changed", (before[0].number, one.number), was, found, at + where)
        for number, count in told.items():
            yield Witness((number, one.number), f"{count} items")
    often = next((numbers for numbers in moved.values() if len(numbers) > _MOVES), None)
    if often and not kept:
        yield Witness(tuple(often), "a later source time in every poll")


def _listed(values: Sequence[Any]) -> str:
    return ", ".join(map(shown, values)) or "none"


def _known(values: Sequence[Any]) -> bool:
    return any(value is not None for value in values)


def _poll(wait: Any, source: str = "08:30:00", **more: Any) -> Exchange:
    item = {"thingId": "a", "source": f"2025-06-12T{source}+08:00", "wait": wait, **more}
    return exchange("GET /things?limit=200", 200, page(item), step="poll")


EXAMPLES = Examples(
    operation="listThings",
    arguments={"source": "/source", "values": ["/wait", "/more/*/wait"], "flag": "/decayed"},
    conforms=[
        numbered(_poll(300), _poll(300)),
        numbered(_poll(300), _poll(295, decayed=True)),
        numbered(_poll(300), _poll(300), _poll(280, "08:30:20")),
        numbered(_poll(300), _poll(299, "08:30:01"), _poll(296, "08:30:04"), _poll(293, "08:30:07")),
    ],
    violates=[
        numbered(_poll(300), _poll(295)),
        numbered(_poll(300), _poll(None)),
        numbered(_poll(300, more=[{"wait": 300}]), _poll(300, more=[{"wait": 299}])),
    ],
    inconclusive=[[_poll(300)], numbered(_poll(300), _poll(280, "08:30:20")), numbered(_poll(None), _poll(None))],
)
