"""A public operation answers without credentials, and a bad credential changes nothing of what it answers.

Why: open data that is open only to those who registered, or that turns to an error when an old token is still being sent, is not open.

Fails when: a public operation asked without credentials answers 401 or 403, or the same request with a bad token gets another status
or other data.
Inconclusive when: the operation could not be read, or its data changed even between requests without credentials.
Source: MDS, general information on authorisation of public endpoints; the interface's rules on public operations.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from conformance import given
from conformance.checks._example import exchange, numbered, page, problem
from conformance.checks._probes import answered, bad_credential
from conformance.dialect import Dialect
from conformance.model import Examples, Exchange, Finding, Inputs, Operation, Script, Touches, Witness, by_step

TOUCHES = Touches.READS
ROUNDS = 3
PARTS = ("before", "still", "bad token", "bad password", "after")
PASSWORD = "Basic eWFuY2U6eWFuY2U="  # noqa: S105 - yance:yance, a password that nobody has

MESSAGES = {
    "closed": {
        "en": "a public operation asked without credentials should answer {expected}, but got {actual}",
        "zh-Hant": "未帶憑證請求公開操作應回應 {expected}，實得 {actual}",
    },
    "status": {
        "en": "with a bad token the status should stay {expected}, but is {actual}",
        "zh-Hant": "帶無效權杖時狀態碼應維持 {expected}，實為 {actual}",
    },
    "data": {
        "en": "with a bad token the data should stay the same: {expected} without it, {actual} with it",
        "zh-Hant": "帶無效權杖時資料應維持不變：未帶時為 {expected}，帶時為 {actual}",
    },
}


def drive(operation: Operation, inputs: Inputs, dialect: Dialect) -> Script:
    """Twice without, once with each bad credential, and again without; once more when the data moved meanwhile."""
    request = yield from given.ready(operation, inputs, dialect, actor=None)
    for nth in range(1, ROUNDS + 1):
        round_: list[Exchange] = []
        for part in PARTS:
            asked = bad_credential(request) if part == "bad token" else request
            asked = request.with_header("Authorization", PASSWORD) if part == "bad password" else asked
            answer: Exchange = yield asked.with_step(f"round {nth}: {part}")
            round_.append(answer)
        if not round_[0].ok or _at_rest(operation, round_, dialect):
            return


def judge(operation: Operation, trace: Sequence[Exchange], dialect: Dialect) -> Iterator[Finding | Witness]:
    """A witness per round whose requests without credentials agree."""
    steps = by_step(trace)
    for nth in range(1, ROUNDS + 1):
        round_ = [found[0] for part in PARTS if (found := steps.get(f"round {nth}: {part}"))]
        if len(round_) == len(PARTS) and all(map(answered, round_)):
            yield from _round(operation, round_, dialect)


def _round(operation: Operation, round_: Sequence[Exchange], dialect: Dialect) -> Iterator[Finding | Witness]:
    before, _, token, password, after = round_
    if before.status in (401, 403):
        yield Witness((before.number, after.number), "without credentials")
        yield Finding("closed", (before.number,), "200", str(before.status))
        return
    if not before.ok or not after.ok:
        return
    for bad, label in ((token, "bad token"), (password, "bad password")):
        numbers = (before.number, bad.number, after.number)
        if bad.status != before.status:
            yield Witness(numbers, label)
            yield Finding("status", numbers, str(before.status), str(bad.status))
        elif _at_rest(operation, round_, dialect):
            yield Witness(numbers, label)
            data, other = _data(operation, before, dialect), _data(operation, bad, dialect)
            if data != other:
                yield Finding("data", numbers, _measure(data), _measure(other))


def _at_rest(operation: Operation, round_: Sequence[Exchange], dialect: Dialect) -> bool:
    """Whether the data did not move by themselves: all requests without credentials got the same."""
    before, still, _, _, after = (_data(operation, one, dialect) for one in round_)
    return bool(before == still == after)


def _data(operation: Operation, one: Exchange, dialect: Dialect) -> Any:
    """What the answer holds besides the clocks of its envelope."""
    items = dialect.items(one, operation) if operation.collection else None
    return one.json if items is None else {"items": items, "total": dialect.total(one)}


def _measure(data: Any) -> str:
    items = data.get("items") if isinstance(data, dict) else None
    return f"{len(items)} items" if isinstance(items, list) else f"{len(str(data))} characters"


def _rounds(*answers: tuple[int, Any]) -> list[Exchange]:
    return numbered(
        *(
            exchange("GET /things", status, body, step=f"round {index // len(PARTS) + 1}: {PARTS[index % len(PARTS)]}")
            for index, (status, body) in enumerate(answers)
        )
    )


_TWO, _ONE = (200, page("a", "b", updateTime="1")), (200, page("a"))
_TICKED = (200, page("a", "b", updateTime="2"))
EXAMPLES = Examples(
    operation="listThings",
    conforms=[_rounds(_TWO, _TWO, _TICKED, _TWO, _TWO), _rounds(_TWO, _TWO, *[_ONE] * 8)],
    violates=[
        _rounds(_TWO, _TWO, _ONE, _TWO, _TWO),
        _rounds(_TWO, _TWO, (401, problem(401)), _TWO, _TWO),
        _rounds(_TWO, _TWO, _TWO, (401, problem(401)), _TWO),
        _rounds(*[(401, problem(401))] * 5),
    ],
    inconclusive=[
        [],
        _rounds(_TWO, _TWO, _TWO, _TWO, _ONE),
        _rounds(_TWO, _ONE, _ONE, _ONE, _TWO),
        _rounds(*[(404, problem(404))] * 5),
    ],
)
