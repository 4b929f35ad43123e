"""An identifier stands for one item of the full listing, and an item keeps its identifier.

Why: everything else hangs on identifiers: links, filters, reservations. One that stands for two things, or that is drawn anew with every
import, breaks them all at some later time.

Fails when: an identifier occurs twice in one traversal of the full listing; or when an item that is known by its other members (only
one in each poll has them) has another identifier in the second poll, and the first is gone.
Inconclusive when: the listing was not read twice to its end with two items or more.
Source: TDX rules on UIDs; the interface's rules on identifiers.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from conformance.checks._example import exchange, numbered, page
from conformance.checks._reading import read
from conformance.checks._views import named, views
from conformance.interface.dialect import Dialect
from conformance.model import Examples, Exchange, Finding, Inputs, Operation, Pause, Script, Touches, Witness
from conformance.text import pointer

TOUCHES = Touches.READS
ASKS = 2
WAITS = True
ABOUT = """一個識別碼於完整清單中代表一筆項目，且項目之識別碼不變。
緣由：連結、篩選、預約皆繫於識別碼；代表兩物或每次匯入即重編者，終將使其全部失效。
不通過：識別碼於完整清單之一次逐頁讀取中出現兩次；或以其他欄位可辨識之項目（兩次輪詢中各僅一筆），第二次之識別碼不同而原識別碼已不存在。
無法判定：清單未完整讀取兩次且每次至少兩筆。
依據：TDX UID 規則；介面規範之識別碼規定。
"""

MESSAGES = {
    "repeated": {
        "en": "an identifier stands for more than one item of the listing: expected {expected}, got {actual}",
        "zh-Hant": "同一識別碼對應多個項目：應為 {expected}，實得 {actual}",
    },
    "changed": {
        "en": "an item changed its identifier between two polls: expected {expected}, got {actual}",
        "zh-Hant": "同一項目的識別碼在兩次輪詢之間改變：應為 {expected}，實得 {actual}",
    },
}


def drive(operation: Operation, inputs: Inputs, dialect: Dialect, *, pause: float = 1.0, pages: int = 250) -> Script:
    """Reads the whole listing twice, also a long one: only the whole of it shows that an identifier occurs once."""
    yield from read(operation, inputs, dialect, most=1, step="first", pages=pages)
    yield Pause(pause)
    yield from read(operation, inputs, dialect, most=1, step="second", pages=pages)


def judge(
    operation: Operation, trace: Sequence[Exchange], dialect: Dialect, *, known_by: Sequence[str] = ()
) -> Iterator[Finding | Witness]:
    """`known_by`: pointers to the members by which a thing is known without its identifier, as far as it has them. One witness for
    both polls.
    """
    polls = views(operation, trace, dialect)
    for poll in polls:
        counts = Counter(identity for identity in poll.identities if identity is not None)
        if repeated := [identity for identity, count in counts.items() if count > 1]:
            yield Finding("repeated", poll.numbers, "each once", named(repeated))
    first, second = (next((poll for poll in polls if poll.step == step), None) for step in ("first", "second"))
    if first is None or second is None or not (first.complete and second.complete) or len(first.known) < 2:
        return
    numbers = (*first.numbers[:1], *second.numbers[:1])
    yield Witness(numbers, f"{len(first.known)} items")
    before, after = _by_looks(first.known, known_by), _by_looks(second.known, known_by)
    for looks, identity in before.items():
        now = after.get(looks, identity)
        if now != identity and identity not in second.known and now not in first.known:
            yield Finding("changed", numbers, named([identity]), named([now]))


def _by_looks(known: dict[tuple[Any, ...], Any], known_by: Sequence[str]) -> dict[str, tuple[Any, ...]]:
    """The identities of the items that no other looks like."""
    looks = {
        identity: json.dumps(parts, sort_keys=True)
        for identity, item in known.items()
        if any(parts := [pointer.first(item, where) for where in known_by])
    }
    counts = Counter(looks.values())
    return {text: identity for identity, text in looks.items() if counts[text] == 1}


def _poll(step: str, *things: tuple[str, str], number: int = 1) -> Exchange:
    items = [{"thingId": name, "colour": colour} for name, colour in things]
    return exchange("GET /things", 200, page(*items), step=step, number=number)


EXAMPLES = Examples(
    operation="listThings",
    arguments={"known_by": ["/colour"]},
    conforms=[
        numbered(_poll("first", ("a", "red"), ("b", "blue")), _poll("second", ("a", "red"), ("b", "blue"))),
        numbered(_poll("first", ("a", "red"), ("b", "red")), _poll("second", ("a", "red"), ("c", "red"))),
        numbered(_poll("first", ("a", "red"), ("b", "blue")), _poll("second", ("a", "green"), ("b", "blue"), ("c", "red"))),
    ],
    violates=[
        numbered(_poll("first", ("a", "red"), ("a", "blue")), _poll("second", ("a", "red"))),
        numbered(_poll("first", ("a", "red"), ("b", "blue")), _poll("second", ("x", "red"), ("y", "blue"))),
    ],
    inconclusive=[
        [],
        [_poll("first", ("a", "red"), ("b", "blue"))],
        numbered(_poll("first", ("a", "red")), _poll("second", ("a", "red"))),
        numbered(_poll("first", ("a", "red"), ("b", "blue")), exchange("GET /things", 503, step="second")),
    ],
)
