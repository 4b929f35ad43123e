"""A page size that is not a whole number within the declared bounds is refused, not corrected.

Why: a server that silently turns `limit=100000` into 200 makes the consumer believe that it has read everything.

Fails when: a page size of zero, below zero, above the declared maximum or not a whole number is answered with anything but 400 (`status`);
or, where the row says `above: clamp`, one above the maximum with anything but a page of at most that many items.
Inconclusive when: a page size within the bounds was not accepted, so that a refusal says nothing.
Source: the interface's rules on paging.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

from conformance import given
from conformance.checks._example import exchange, numbered, page, problem
from conformance.checks._own import unusable
from conformance.checks._probes import steadily, vanished
from conformance.checks._statuses import either
from conformance.checks._views import largest
from conformance.interface.dialect import Dialect
from conformance.model import Examples, Exchange, Finding, Inputs, Operation, Script, Touches, Witness

TOUCHES = Touches.NOTHING
ASKS = 18
WRAPPED = {  # what numbers of 32, 53, 63 and 64 bits do not hold: it may come out small; and how much more shows the same (0: half the bound)
    2**31: 2**30,
    2**32 + 1: 0,
    2**53 + 1: 2**52,
    2**63: 2**62,
    2**64 + 1: 0,
}

ABOUT = """每頁筆數不是宣告範圍內之整數者，予以拒絕而不逕行更正。
緣由：將 `limit=100000` 默默改為 200 之伺服器，會使資料使用者以為已讀取全部。
不通過：每頁筆數為零、負數、超過宣告上限或非整數，回應非 400（`status`）；要求載明 `above: clamp` 時，超過上限者之回應並非至多該筆數之頁。
無法判定：範圍內之每頁筆數亦未獲接受，故拒絕不足為據。
依據：介面規範之分頁規定。
"""

MESSAGES = {
    "accepted": {
        "en": "{at} should be answered {expected}, but got {actual}",
        "zh-Hant": "{at} 應回應 {expected}，實得 {actual}",
    },
}


def drive(operation: Operation, inputs: Inputs, dialect: Dialect) -> Script:
    """Two page sizes within the bounds, then those outside, then one within once more: what is asked for may be deleted meanwhile."""
    request = yield from given.ready(operation, inputs, dialect)
    bound, name = largest(operation, dialect), dialect.of(operation).limit
    for good in (1, bound or 10):
        yield request.with_query(**{name: good}).with_step("within")
    guise = inputs.guise
    outside = [guise.spelt(text, apart_from="x") for text in ("0", "-1", "1.5", "", "7x", "1_0", "0x1", "\uff17")]
    outside.append(str(guise.beyond(2**64, 0 if bound is None else bound // 2)))
    if bound is not None:
        sizes = (bound + 1, *(guise.beyond(border, room or bound // 2, 1 + border % 2) for border, room in WRAPPED.items()))
        outside += [str(size) for size in sizes if size > bound]
    for text in guise.ordered(outside, str):
        outside_it = request.with_query(**{name: text}).with_step("outside")
        yield from steadily(operation, outside_it, request.with_query(**{name: 1}).with_step("within"))
    yield request.with_query(**{name: 1}).with_step("within")


def judge(
    operation: Operation,
    trace: Sequence[Exchange],
    dialect: Dialect,
    *,
    status: Sequence[int] = (400,),
    above: Literal["refuse", "clamp"] = "refuse",
) -> Iterator[Finding | Witness]:
    """A witness per size outside the bounds, once a size within was accepted. `status` refuses it; under `above: clamp` a whole number
    above the declared maximum is answered with a page of at most that many items.
    """
    if not any(one.step == "within" and one.ok for one in trace):
        return
    bound, name = largest(operation, dialect), dialect.of(operation).limit
    for one in trace:
        if one.step != "outside" or unusable(one) or vanished(operation, trace, one):
            continue
        text = one.request.parameter(name) or ""
        yield Witness((one.number,), text)
        if above == "clamp" and bound is not None and text.isascii() and text.isdecimal() and int(text) > bound:
            items = dialect.items(one, operation)
            if items is None or len(items) > bound:
                actual = str(one.status) if items is None else f"{len(items)} items"
                yield Finding("accepted", (one.number,), f"200 (at most {bound} items)", actual, f"{name}={text}")
        elif one.status not in status:
            yield Finding("accepted", (one.number,), either(status), str(one.status), f"{name}={text}")


_GOOD = exchange("GET /things?limit=1", 200, page("a"), step="within")
_BAD = exchange("GET /things?limit=0", 400, problem(400), step="outside")
EXAMPLES = Examples(
    operation="listThings",
    conforms=[numbered(_GOOD, _BAD, exchange("GET /things?limit=abc", 429, problem(429), step="outside"))],
    violates=[
        numbered(_GOOD, exchange("GET /things?limit=201", 200, page("a", limit=200), step="outside")),
        numbered(_GOOD, exchange("GET /things?limit=abc", 500, problem(500), step="outside")),
        numbered(_GOOD, exchange("GET /things?limit=1_0", 200, page("a"), step="outside")),
    ],
    inconclusive=[[], numbered(exchange("GET /things?limit=1", 400, problem(400), step="within"), _BAD)],
)
