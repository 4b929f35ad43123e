"""A public operation answers without credentials, and a bad credential changes nothing of what it answers.

Why: open data that is open only to those who registered, or that turns to an error when an old token is still being sent, is not open.

What differs between requests without credentials changes by itself and is left out of account.

Fails when: a public operation asked without credentials answers 401 or 403, or the same request with a bad token gets another status
or other data, and does so again.
Inconclusive when: the operation could not be read, or nothing stayed the same between requests without credentials.
Source: MDS, general information on authorisation of public endpoints; the interface's rules on public operations.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator, Sequence
from typing import Any

from conformance import given
from conformance.checks._example import exchange, numbered, page, problem
from conformance.checks._probes import answered, bad_credential
from conformance.checks._reading import members_of, shown
from conformance.checks._rounds import AGAIN, lasting, settled
from conformance.interface.dialect import Dialect
from conformance.model import Examples, Exchange, Finding, Guise, Inputs, Operation, Script, Touches, Witness, by_step

TOUCHES = Touches.READS
ASKS = 5
PARTS = ("before", "still", "bad token", "bad password", "after")
PASSWORD = "yance:yance"  # noqa: S105 - of a user whom nobody knows
ABSENT: Any = object()
MOST_SHOWN = 3

ABOUT = """公開操作不需憑證即予回應，無效憑證不改變其回應。
緣由：須註冊方可取得，或因附帶舊權杖即回錯誤之開放資料，並非開放。
不帶憑證之各次請求間本已相異者，屬自行變動，不予計入。
不通過：公開操作於不帶憑證時回應 401 或 403；或相同請求附無效權杖時，狀態碼或資料不同，且再試亦然。
無法判定：無法讀取該操作，或不帶憑證之各次請求間沒有維持不變者。
依據：MDS 公開端點授權之一般說明；介面規範之公開操作規定。
"""

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
        "en": "with a bad token {at} should stay the same: {expected} without it, {actual} with it",
        "zh-Hant": "帶無效權杖時 {at} 應維持不變：未帶時為 {expected}，帶時為 {actual}",
    },
}


def drive(operation: Operation, inputs: Inputs, dialect: Dialect) -> Script:
    """Twice without, once with each bad credential, and again without."""
    request = yield from given.ready(operation, inputs, dialect, actor=None)

    def once() -> Script:
        for part in PARTS:
            asked = bad_credential(request) if part == "bad token" else request
            asked = request.with_header("Authorization", _basic(inputs.guise)) if part == "bad password" else asked
            yield asked.with_step(part)

    yield from settled(once, lambda seen: _judged(operation, seen, dialect))


def _basic(guise: Guise) -> str:
    """A user and a password, in letters of the run's own: in base64 no literal is found on the wire."""
    return f"Basic {b64encode(guise.spelt(PASSWORD).encode()).decode()}"


def judge(operation: Operation, trace: Sequence[Exchange], dialect: Dialect) -> Iterator[Finding | Witness]:
    """One witness, where the operation was closed, the status changed or something stayed the same."""
    yield from lasting(trace, lambda seen: _judged(operation, seen, dialect))


def _judged(operation: Operation, trace: Sequence[Exchange], dialect: Dialect) -> Iterator[Finding | Witness]:
    steps = by_step(trace)
    five = [found[0] for part in PARTS if (found := steps.get(part))]
    if len(five) < len(PARTS) or not all(map(answered, five)):
        return
    before, still, token, password, after = five
    if before.status in (401, 403):
        yield Witness((before.number, after.number), "without credentials")
        yield Finding("closed", (before.number,), "200", str(before.status))
        return
    if not all(one.ok for one in (before, still, after)):
        return
    held = {one.number: _data(operation, one, dialect) for one in five}
    for bad, label in ((token, "bad token"), (password, "bad password")):
        numbers = (before.number, bad.number, after.number)
        if bad.status != before.status:
            yield Witness(numbers, label)
            yield Finding("status", numbers, str(before.status), str(bad.status))
        else:
            yield from _compared([held[one.number] for one in (before, still, bad, after)], numbers, label)


def _compared(answers: Sequence[Any], numbers: tuple[int, ...], label: str) -> Iterator[Finding | Witness]:
    if all(one == answers[0] for one in answers):
        yield Witness(numbers, label)  # nearly always: then no member has to be looked at
        return
    before, still, bad, after = (dict(members_of(one)) for one in answers)
    every = dict.fromkeys(at for data in (before, still, bad, after) for at in data)
    steady = [at for at in every if before.get(at, ABSENT) == still.get(at, ABSENT) == after.get(at, ABSENT)]
    if any(at in before for at in steady):
        yield Witness(numbers, label)
    for at in [at for at in steady if bad.get(at, ABSENT) != before.get(at, ABSENT)][:MOST_SHOWN]:
        yield Finding("data", numbers, _said(before.get(at, ABSENT)), _said(bad.get(at, ABSENT)), at)


def _said(value: Any) -> str:
    return "no such member" if value is ABSENT else shown(value)


def _data(operation: Operation, one: Exchange, dialect: Dialect) -> Any:
    """What the answer holds; of a collection the items and the total, for the envelope has clocks and links."""
    items = dialect.items(one, operation) if operation.collection else None
    return one.json if items is None else {"items": items, "total": dialect.total(one)}


def _round(*answers: tuple[int, Any], again: bool = False) -> list[Exchange]:
    steps = [part + (AGAIN if again else "") for part in PARTS]
    return [exchange("GET /things", status, body, step=step) for step, (status, body) in zip(steps, answers, strict=True)]


def _sized(*sizes: int) -> list[tuple[int, Any]]:
    return [(200, page({"thingId": "a", "size": size})) for size in sizes]


_TWO, _ONE = (200, page("a", "b", updateTime="1")), (200, page("a"))
_TICKED = (200, page("a", "b", updateTime="2"))
_CLOSED = (401, problem(401))
EXAMPLES = Examples(
    operation="listThings",
    conforms=[
        numbered(*_round(_TWO, _TWO, _TICKED, _TWO, _TWO)),
        numbered(*_round(_TWO, _TWO, _TWO, _TWO, _ONE)),
        numbered(*_round(*_sized(1, 2, 3, 4, 5))),
        numbered(*_round(*[(200, {"profiles": ["a"], "requestId": one}) for one in "abcde"])),
    ],
    violates=[
        numbered(*_round(_TWO, _TWO, _ONE, _TWO, _TWO)),
        numbered(*_round(*_sized(1, 1, 2, 1, 1))),
        numbered(*_round(*_sized(1, 1, 1, 2, 1))),
        numbered(*_round(_TWO, _TWO, _CLOSED, _TWO, _TWO), *_round(_TWO, _TWO, _CLOSED, _TWO, _TWO, again=True)),
        numbered(*_round(_TWO, _TWO, _TWO, _CLOSED, _TWO)),
        numbered(*_round(*[_CLOSED] * 5)),
    ],
    inconclusive=[
        [],
        numbered(*_round(*[_TWO] * 5)[:4]),
        numbered(*_round(*[(200, number) for number in range(1, 6)])),
        numbered(*_round(*[(404, problem(404))] * 5)),
        numbered(*_round(_TWO, _TWO, (503, problem(503)), _TWO, _TWO)),
    ],
)
