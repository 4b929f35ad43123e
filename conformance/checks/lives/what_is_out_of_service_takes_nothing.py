"""What is out of service takes no booking.

Why: a driver with a booking stands before a closed gate, or at a charger that is taped off.

What shows as out of service may be gone when it is asked for, and then the refusal is another one. So a refusal that is not the right one is
looked at in three rounds, each of which finds anew what is out of service.

Fails when: a booking of something that shows as out of service is accepted; in every round, it is not answered 409 (`status`), or, where the
row names them, with a problem of another type than those in `problems`.
Inconclusive when: nothing out of service was found or asked for.
Source: Transport Data eXchange (TDX), codes of parking availability; the interface's rules on capacity.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from itertools import count
from typing import Any

from conformance import given
from conformance.checks._example import exchange, numbered, problem
from conformance.checks._own import unusable
from conformance.checks._probes import mistyped
from conformance.checks._rounds import AGAIN, lasting, settled
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
顯示為停止服務者，於請求預約時可能已不存在，其拒絕之狀態碼即有不同；故拒絕不符時重新尋找停止服務者，最多三輪。
不通過：預約顯示為停止服務者而獲接受；或每一輪皆未回應 409（`status`），要求指明時其問題類型非 `problems` 之一。
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


def drive(
    operation: Operation,
    inputs: Inputs,
    dialect: Dialect,
    *,
    closed: Sequence[Mapping[str, Any]],
    status: Sequence[int] = (409,),
    problems: Sequence[str] = (),
) -> Script:
    """`closed` are candidates as in a recipe, whose `find` describes what is out of service; a few of each are asked for."""
    rounds = count()

    def once() -> Script:
        return _once(operation, inputs, dialect, closed, next(rounds))

    yield from settled(once, partial(_refused, dialect=dialect, status=status, problems=problems), at_rest=_of_any_kind)


def _of_any_kind(_first: Sequence[Exchange], _other: Sequence[Exchange]) -> bool:
    """What is found in another round may be another thing: a finding of the same kind stands."""
    return True


def _once(operation: Operation, inputs: Inputs, dialect: Dialect, closed: Sequence[Mapping[str, Any]], nth: int) -> Script:
    missing = 0
    for entry in closed:
        bodies = yield from given.filled(operation.spec, entry, inputs, dialect)
        whole = [body for body in bodies if all(value is not None for value in body.values())]
        missing += not whole
        for index, body in enumerate(whole[:_TRIES]):
            label = f"{entry['name']}-{index}{f'-{nth}' if nth else ''}".replace(" ", "-")
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
    yield from lasting(trace, partial(_refused, dialect=dialect, status=status, problems=problems), at_rest=_of_any_kind)
    for one in trace:
        if one.step.startswith(CLOSED) and one.ok:
            kind = one.step.removeprefix(CLOSED).partition(AGAIN)[0]
            yield Finding("taken", (one.number,), either(status), str(one.status), kind)


def _refused(
    trace: Sequence[Exchange], *, dialect: Dialect, status: Sequence[int], problems: Sequence[str]
) -> Iterator[Finding | Witness]:
    """What is to be said of the refusals of one round; an acceptance needs no second one."""
    witnessed: set[str] = set()
    for one in trace:
        if not one.step.startswith(CLOSED) or unusable(one):
            continue
        label = one.step.removeprefix(CLOSED)
        if label not in witnessed:
            witnessed.add(label)
            yield Witness((one.number,), label, aspect=label)
        if one.ok:
            continue
        if one.status not in status:
            yield Finding("taken", (one.number,), either(status), str(one.status), label)
        elif mistyped(one, problems, dialect):
            yield Finding("type", (one.number,), " / ".join(problems), dialect.problem_slug(one) or "-", label)


def _book(status: int, slug: str = "closed", nth: int = 0) -> Exchange:
    step = CLOSED + "a closed thing" + AGAIN * nth
    return exchange("POST /things", status, problem(status, slug), name="createThing", step=step, actor="a")


EXAMPLES = Examples(
    operation="createThing",
    arguments={"problems": ["closed"]},
    conforms=[[_book(409)]],
    violates=[
        [_book(201)],
        [_book(422)],
        [_book(409, "full")],
        numbered(_book(422), _book(404, nth=1), _book(422, nth=2)),
        numbered(_book(422), _book(409, nth=1), _book(201, nth=1)),
    ],
    inconclusive=[[], [_book(429)]],
)
