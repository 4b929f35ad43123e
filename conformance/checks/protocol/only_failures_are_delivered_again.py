"""A delivery that the receiver answered is over, unless the answer was a failure of its own; and no redirect leads it elsewhere.

Why: who answers 400 will answer 400 again, and a sender that goes on fills both logs. And a redirect that is followed takes what was
signed for one host to another, which nobody has looked at: by that way a public address leads into a private network.

One subscription for each of the `answers`, whose callback is always answered so; then something happens, and what comes is waited for.

Fails when: a delivery that was answered neither 5xx nor not at all comes again, or one that was redirected arrives where the redirect leads.
Inconclusive when: no subscription or no event could be made, the target has no way to reach the suite, or nothing came.
Source: the interface's rules on deliveries; OWASP Server-Side Request Forgery Prevention.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from conformance import given
from conformance.checks._example import exchange, numbered
from conformance.checks.protocol._events import happen
from conformance.interface.dialect import Dialect
from conformance.model import DELIVERY, Examples, Exchange, Finding, Inbox, Inputs, Operation, Script, Touches, Unmet, Witness
from conformance.text import pointer

TOUCHES = Touches.OWN
RECEIVES = True
WAITS = True
SUBSCRIBE, EVENT, CAME, ARRIVED = "subscribe", "event", "inbox: ", "/arrived"

ABOUT = """接收者已回應之遞送即告結束，除非回應為其自身之失敗；且不循任何重新導向。
緣由：回應 400 者會再次回應 400，不停重送僅會塞滿雙方日誌。循重新導向者，將為某主機簽章之內容送往無人檢視過之他處：公開網址即可藉此通往私有網路。
就 `answers` 之每一種回應各建立一個訂閱，其回呼一律如此回應；其後發生事件，並等候送達者。
不通過：回應既非 5xx 亦非無回應之遞送再次送達；或遭重新導向者抵達所導向之處。
無法判定：無法建立訂閱或事件、受測目標無法連至套件，或未收到任何訊息。
依據：介面規範之遞送規定；OWASP Server-Side Request Forgery Prevention。
"""

MESSAGES = {
    "unexercised": {
        "en": "nothing was delivered to an address that answers {aspect}",
        "zh-Hant": "沒有任何遞送抵達回應 {aspect} 的位址",
    },
    "again": {
        "en": "a delivery that was answered {expected} came again: {actual} times",
        "zh-Hant": "以 {expected} 回應之遞送再次送達：{actual} 次",
    },
    "followed": {
        "en": "a delivery followed a redirect ({expected}) to {actual}",
        "zh-Hant": "遞送跟隨重新導向（{expected}）至 {actual}",
    },
}


def aspects(operation: Operation, dialect: Dialect, *, answers: Sequence[int]) -> list[str]:
    """The answers."""
    return [str(status) for status in answers]


def drive(
    operation: Operation,
    inputs: Inputs,
    dialect: Dialect,
    *,
    answers: Sequence[int],
    subscription: Mapping[str, Any],
    member: str,
    event: Mapping[str, Any],
    patience: float = 8.0,
) -> Script:
    """Subscribes (`operation`, the body `subscription`, in which the URL stands at `member`), makes an `event` and waits: a first repetition
    would come within 5 seconds.
    """
    for status in answers:
        body = {**subscription, pointer.segments(member)[0]: {"callback-url": f"said-{status}", "saying": status}}
        for each in (yield from given.filled(operation.spec, {"body": body}, inputs, dialect)):
            label = f"{SUBSCRIBE}-{status}"
            made: Exchange = yield given.creation(operation, each, inputs, actor="a", label=label).with_step(SUBSCRIBE)
            if not made.ok:
                raise Unmet(f"{operation.id} answered {made.status or made.failure}")
    yield from happen(operation, inputs, dialect, event, EVENT, 0)
    for nth, status in enumerate(answers):
        yield Inbox(inputs.unique(f"said-{status}"), patience if nth == 0 else 0.0, 1_000)


def judge(
    operation: Operation, trace: Sequence[Exchange], dialect: Dialect, *, answers: Sequence[int], delivery_id: str
) -> Iterator[Finding | Witness]:
    """A witness per delivery that was answered with one of the `answers`."""
    came: dict[tuple[str, str | None], list[Exchange]] = {}
    for one in trace:
        if not one.step.startswith(CAME):
            continue
        if one.request.path.endswith(ARRIVED):
            said = one.request.path.removesuffix(ARRIVED).rpartition("-")[2]
            yield Finding("followed", (one.number,), said, one.request.path)
        elif one.status in answers:
            yield Witness((one.number,), "delivery", aspect=str(one.status))
            came.setdefault((one.request.path, one.request.header(delivery_id)), []).append(one)
    for (_, identifier), same in came.items():
        if identifier and len(same) > 1:
            yield Finding("again", tuple(one.number for one in same), str(same[0].status), str(len(same)))


def _delivery(path: str, status: int, identifier: str = "d-1") -> Exchange:
    headers = {"X-Delivery": identifier}
    return exchange(f"POST {path}", status, name=DELIVERY, step=CAME + "yance", sent={}, sent_headers=headers)


_REFUSED, _MOVED = _delivery("/yance/say-400", 400), _delivery("/yance/say-307", 307)
EXAMPLES = Examples(
    operation="createThing",
    arguments={
        "answers": [400, 307],
        "delivery_id": "X-Delivery",
        "subscription": {},
        "member": "/callbackUrl",
        "event": {},
    },
    conforms=[
        numbered(_REFUSED, _MOVED),
        numbered(_REFUSED, _MOVED, _delivery("/yance/say-400", 400, "d-2"), _delivery("/yance/say-307", 307, "d-2")),
    ],
    violates=[
        numbered(_REFUSED, _REFUSED, _MOVED),
        numbered(_REFUSED, _MOVED, _delivery("/yance/say-307/arrived", 204)),
        numbered(_MOVED, _MOVED),
    ],
    inconclusive=[[], numbered(_delivery("/yance/say-400", 503))],
)
