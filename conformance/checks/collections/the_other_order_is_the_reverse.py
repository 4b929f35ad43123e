"""The order that can be asked for is the exact reverse of the other one, ties included, and the default is the one that is declared.

Why: a client that shows the latest first and one that shows the earliest first have to see the same history; where ties are broken in
another way, an item at the border of two pages is seen by one of them only.

Fails when: the two orders, read to their end, do not reverse one another, or the default gives another order than its own name; also in
small pages.
Inconclusive when: fewer than two items could be listed.
Source: the interface's rules on the order of collections.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from conformance.checks._example import exchange, numbered, page
from conformance.checks._views import ample, named, traverse, views
from conformance.interface.dialect import Dialect
from conformance.model import Examples, Exchange, Finding, Inputs, Operation, Request, Script, Touches, Witness

TOUCHES = Touches.READS
ASKS = 30
STOCKS = True
PLAIN, USUAL, OTHER, SMALL = "default", "the default by name", "the other order", "the other order in small pages"

ABOUT = """可請求之另一順序，恰為前者之反序（含同值者），且預設順序即所宣告者。
緣由：先看最新與先看最早之用戶端，應見相同歷程；同值者排法不同時，頁界上之項目僅其一可見。
不通過：兩種順序讀完後並非互為反序，或預設與指名該順序之結果不同；每頁筆數小時亦同。
無法判定：可列出之項目少於兩筆。
依據：介面規範之集合順序規定。
"""

MESSAGES = {
    "order": {
        "en": "{at} should give {expected}, but gives {actual}",
        "zh-Hant": "{at} 應得到 {expected}，實得 {actual}",
    },
    "refused": {
        "en": "{at} should be answered {expected}, but got {actual}",
        "zh-Hant": "{at} 應回應 {expected}，實得 {actual}",
    },
}


def drive(
    operation: Operation, inputs: Inputs, dialect: Dialect, *, parameter: str, usual: str, other: str, stock: int = 6
) -> Script:
    """The default, the same by its name, and the other order, whole and in small pages. `parameter` takes `usual` and `other`."""
    base: Request = yield from ample(operation, inputs, dialect, least=stock)
    yield from traverse(operation, dialect, base, step=PLAIN)
    yield from traverse(operation, dialect, base.with_query(**{parameter: usual}), step=USUAL)
    yield from traverse(operation, dialect, base.with_query(**{parameter: other}), step=OTHER)
    yield from traverse(operation, dialect, base.with_query(**{parameter: other}), step=SMALL, limit=2)


def judge(operation: Operation, trace: Sequence[Exchange], dialect: Dialect) -> Iterator[Finding | Witness]:
    """A witness per comparison of two lists of the same items, two or more."""
    seen = {view.step: view for view in views(operation, trace, dialect)}
    plain = seen.get(PLAIN)
    for step, view in seen.items():
        if step == PLAIN or plain is None or not plain.complete or len(plain.items) < 2:
            continue
        if view.status >= 400:
            yield Finding("refused", view.numbers, "200", str(view.status), step)
        elif view.complete and set(view.identities) == set(plain.identities):
            yield Witness(view.numbers, step)
            wanted = plain.identities if step == USUAL else plain.identities[::-1]
            if view.identities != wanted:
                yield Finding("order", (*plain.numbers[:1], *view.numbers[:1]), named(wanted), named(view.identities), step)


def _list(step: str, *items: str, status: int = 200) -> Exchange:
    return exchange("GET /things", status, page(*items) if status == 200 else {}, step=step)


EXAMPLES = Examples(
    operation="listThings",
    conforms=[
        numbered(_list(PLAIN, "c", "b", "a"), _list(USUAL, "c", "b", "a"), _list(OTHER, "a", "b", "c")),
    ],
    violates=[
        numbered(_list(PLAIN, "c", "b", "a"), _list(USUAL, "a", "b", "c")),
        numbered(_list(PLAIN, "c", "b", "a"), _list(OTHER, "b", "a", "c")),
        numbered(_list(PLAIN, "c", "b", "a"), _list(OTHER, status=400)),
    ],
    inconclusive=[[], numbered(_list(PLAIN, "a"), _list(OTHER, "a")), numbered(_list(PLAIN, "b", "a"), _list(OTHER, "a", "c"))],
)
