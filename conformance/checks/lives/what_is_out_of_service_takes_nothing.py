"""What is out of service takes no booking.

Why: a driver with a booking stands before a closed gate, or at a charger that is taped off.

Fails when: a booking of something that shows as out of service is not answered 409 (`status`), or, where the row names them, with a problem
of another type than those in `problems`.
Inconclusive when: nothing out of service was found or asked for.
Source: Transport Data eXchange (TDX), codes of parking availability; the interface's rules on capacity.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from conformance import given
from conformance.checks._example import exchange, problem
from conformance.checks._own import unusable
from conformance.checks._probes import mistyped
from conformance.checks._statuses import either
from conformance.interface.dialect import Dialect
from conformance.model import Examples, Exchange, Finding, Inputs, Operation, Script, Touches, Unmet, Witness

TOUCHES = Touches.OWN
ASKS = 33
REFUSALS = True
CLOSED = "out of service: "
_TRIES = 2

ABOUT = """停止服務者不接受預約。
緣由：持有預約之駕駛站在關閉之柵欄或已封閉之充電樁前。
不通過：預約顯示為停止服務者，未回應 409（`status`），要求指明時其問題類型非 `problems` 之一。
無法判定：找不到或未能請求停止服務者。
依據：運輸資料流通服務平臺（TDX）停車餘位代碼；介面規範之容量規定。
"""

MESSAGES = {
    "taken": {
        "en": "a booking of something out of service ({at}) should be answered {expected}, but got {actual}",
        "zh-Hant": "預約停止服務之標的（{at}）應回應 {expected}，實得 {actual}",
    },
    "type": {
        "en": "the refusal of something out of service ({at}) should be a problem of type {expected}, but is {actual}",
        "zh-Hant": "拒絕停止服務之標的（{at}）的問題類型應為 {expected}，實為 {actual}",
    },
}


def drive(operation: Operation, inputs: Inputs, dialect: Dialect, *, closed: Sequence[Mapping[str, Any]]) -> Script:
    """`closed` are candidates as in a recipe, whose `find` describes what is out of service; a few of each are asked for."""
    missing = 0
    for entry in closed:
        bodies = yield from given.filled(operation.spec, entry, inputs, dialect)
        whole = [body for body in bodies if all(value is not None for value in body.values())]
        missing += not whole
        for index, body in enumerate(whole[:_TRIES]):
            label = f"{entry['name']}-{index}".replace(" ", "-")
            yield given.creation(operation, body, inputs, actor="a", label=label).with_step(f"{CLOSED}{entry['name']}")
    if missing == len(closed):
        raise Unmet("nothing that is out of service was found")


def judge(
    operation: Operation,
    trace: Sequence[Exchange],
    dialect: Dialect,
    *,
    status: Sequence[int] = (409,),
    problems: Sequence[str] = (),
) -> Iterator[Finding | Witness]:
    """One witness per kind of thing out of service. `status` refuses the booking."""
    witnessed: set[str] = set()
    for one in trace:
        if not one.step.startswith(CLOSED) or unusable(one):
            continue
        label = one.step.removeprefix(CLOSED)
        if label not in witnessed:
            witnessed.add(label)
            yield Witness((one.number,), label, aspect=label)
        if one.status not in status:
            yield Finding("taken", (one.number,), either(status), str(one.status), label)
        elif mistyped(one, problems, dialect):
            yield Finding("type", (one.number,), " / ".join(problems), dialect.problem_slug(one) or "-", label)


def _book(status: int, slug: str = "closed") -> Exchange:
    return exchange("POST /things", status, problem(status, slug), name="createThing", step=CLOSED + "a closed thing", actor="a")


EXAMPLES = Examples(
    operation="createThing",
    arguments={"problems": ["closed"]},
    conforms=[[_book(409)]],
    violates=[[_book(201)], [_book(422)], [_book(409, "full")]],
    inconclusive=[[], [_book(429)]],
)
