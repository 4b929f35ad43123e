"""An observation that is published as the present state was made a short time ago.

Why: a free space of an hour ago is taken; people drive there on the word of the number.

Fails when: `Date` minus the time of an observation is more than the allowed age.
Inconclusive when: no observation that counts was seen together with a Date header.
Source: MOTC EV charging data standard, live status (every minute); the interface's rules on clocks.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from conformance.checks._example import exchange, page
from conformance.checks._reading import documents, read
from conformance.interface import schema
from conformance.interface.dialect import Dialect, instant
from conformance.model import Examples, Exchange, Finding, Inputs, Operation, Script, Touches, Witness
from conformance.text import pointer

TOUCHES = Touches.NOTHING
ABOUT = """以現況公布之觀測值，係於不久前取得。
緣由：一小時前之空位早已有人；民眾卻依該數字驅車前往。
不通過：`Date` 減觀測時間，超過容許時間。
無法判定：未見應計入之觀測值與 Date 標頭並存。
依據：交通部電動車充電資料標準之即時狀態（每分鐘）；介面規範之時間戳記規定。
"""

MESSAGES = {
    "old": {
        "en": "the observation at {at} is too old: expected at most {expected}, got {actual}",
        "zh-Hant": "{at} 的觀測時間過舊：至多應為 {expected}，實得 {actual}",
    }
}


def drive(operation: Operation, inputs: Inputs, dialect: Dialect, *, most: int = 10) -> Script:
    """Reads up to `most` samples of the operation."""
    yield from read(operation, inputs, dialect, most=most, pages=3)


def each(
    operation: Operation, trace: Sequence[Exchange], dialect: Dialect, *, ages: Mapping[str, Mapping[str, Any]]
) -> Iterator[Finding]:
    """What was observed is recent in every answer of the run: a value that stands still grows old only as time passes."""
    for one, told in _told(operation, trace, dialect, ages, given=True):
        yield from _old(one, told, ages[operation.id]["most"])


def judge(
    operation: Operation, trace: Sequence[Exchange], dialect: Dialect, *, ages: Mapping[str, Mapping[str, Any]]
) -> Iterator[Finding | Witness]:
    """`ages` says for each operation the `time` (a pointer into the item, or the answer), the age that it may have at `most` in
    seconds, and in `when` (a JSON Schema) which documents count. One witness per answer with observations that count.
    """
    for one, told in _told(operation, trace, dialect, ages, given=False):
        yield from _old(one, told, ages[operation.id]["most"])
        yield Witness((one.number,), f"{len(told)} observations")


def _told(
    operation: Operation, trace: Sequence[Exchange], dialect: Dialect, ages: Mapping[str, Mapping[str, Any]], *, given: bool
) -> Iterator[tuple[Exchange, list[tuple[str, float]]]]:
    """Per answer with observations that count, where each stands and its age in seconds."""
    rule = ages.get(operation.id)
    if rule is None:
        return
    for one, found in documents(operation, trace, dialect, given=given):
        served = dialect.server_time(one)
        told: list[tuple[str, float]] = []
        for at, document in found:
            time = instant(pointer.first(document, rule["time"]))
            if served is not None and time is not None and schema.is_valid(rule.get("when", {}), document):
                told.append((at + rule["time"], (served - time).total_seconds()))
        if told:
            yield one, told


def _old(one: Exchange, told: Sequence[tuple[str, float]], most: float) -> Iterator[Finding]:
    for at, age in told:
        if age > most:
            yield Finding("old", (one.number,), f"{most:g} s", f"{age:.0f} s", at)


def _seen(second: int, state: str = "NEW") -> list[Exchange]:
    item = {"thingId": "a", "state": state, "seen": f"2025-06-12T08:30:{second:02d}+08:00"}
    return [exchange("GET /things", 200, page(item), step="read", headers={"Date": "Thu, 12 Jun 2025 00:31:40 GMT"})]


EXAMPLES = Examples(
    operation="listThings",
    arguments={"ages": {"listThings": {"time": "/seen", "most": 65, "when": {"properties": {"state": {"const": "NEW"}}}}}},
    conforms=[_seen(59), _seen(35)],
    violates=[_seen(34), _seen(0)],
    inconclusive=[_seen(0, "GONE"), [exchange("GET /things", 200, page("a"), step="read")], [exchange("GET /things", 503)]],
)
