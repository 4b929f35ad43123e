"""What is sent to a subscriber is signed, has an id of its own, and is sent again, ever more slowly, until it is accepted.

Why: a receiver that cannot tell a true delivery from a forged one must not act on any; and one that was down for a minute must not
miss what happened meanwhile.

Fails when: a delivery's signature header does not hold the HMAC-SHA256 of what is to be signed under the secret of the subscription; a
delivery has no id; one id stands for two contents; a refused delivery does not come again within the time (the first time: how long
later intervals are, only grows); an interval between two repetitions is shorter than the one before it; or the time that is signed is
not that of the attempt.
Inconclusive when: no subscription or no event could be made, the target has no way to reach the suite, or nothing came.
Source: the interface's rules on deliveries; RFC 2104; RFC 9110, 503 Service Unavailable.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

from conformance import given
from conformance.checks._example import exchange, numbered
from conformance.checks.protocol._events import happen
from conformance.interface.dialect import Dialect
from conformance.model import DELIVERY, Examples, Exchange, Finding, Inbox, Inputs, Operation, Script, Touches, Unmet, Witness

TOUCHES = Touches.WRITES
ASKS = 7
RECEIVES = True
LABEL = "deliveries"  # of the callback and the secret in a row's `subscription`
SUBSCRIBE, FIRST, SECOND, CAME = "subscribe", "first event", "second event", "inbox: "
_STALE = 2_000  # milliseconds between two attempts after which their times, in whole seconds, must differ
_SLACK = 200  # milliseconds by which an interval may be shorter: timers and networks are not exact

ABOUT = """送予訂閱者之訊息均經簽章、有其識別碼，並於獲接受前以漸長之間隔重送。
緣由：接收者若無法分辨真偽，便不得據以行動；停擺一分鐘者，不應錯過其間之事。
不通過：簽章標頭不是以該訂閱之機密對應簽內容計算之 HMAC-SHA256；沒有識別碼；同一識別碼對應兩種內容；遭拒之訊息未於時間內重送；或重送間隔短於前一次。
無法判定：無法建立訂閱或事件、受測目標無法連至套件，或未收到任何訊息。
依據：介面規範之遞送規定；RFC 2104；RFC 9110 503 Service Unavailable。
"""

MESSAGES = {
    "signature": {
        "en": "the signature of a delivery does not fit: expected {expected}, got {actual}",
        "zh-Hant": "遞送之簽章不符：應為 {expected}，實得 {actual}",
    },
    "unnamed": {
        "en": "a delivery has no id: expected {expected}, got {actual}",
        "zh-Hant": "遞送沒有識別碼：應為 {expected}，實得 {actual}",
    },
    "shared": {
        "en": "one delivery id stands for two contents: expected {expected}, got {actual}",
        "zh-Hant": "同一遞送識別碼用於不同內容：應為 {expected}，實得 {actual}",
    },
    "given-up": {
        "en": "a delivery that was answered 503 did not come again: expected {expected}, got {actual}",
        "zh-Hant": "以 503 回應之遞送未再重送：應為 {expected}，實得 {actual}",
    },
    "hurried": {
        "en": "a repetition came sooner than the one before it: expected {expected}, got {actual}",
        "zh-Hant": "重送間隔較前次為短：應為 {expected}，實得 {actual}",
    },
    "stale": {
        "en": "a repetition is signed with the time of another attempt: expected {expected}, got {actual}",
        "zh-Hant": "重送以其他次遞送之時間簽章：應為 {expected}，實得 {actual}",
    },
}


def drive(
    operation: Operation,
    inputs: Inputs,
    dialect: Dialect,
    *,
    subscription: Mapping[str, Any],
    event: Mapping[str, Any],
    signature: str,
    of: Mapping[str, Any] | None = None,
    over: Sequence[str] = (),
    refusals: int = 2,
    patience: float = 30.0,
) -> Script:
    """Subscribe (`operation`, with the body `subscription`), make an event (`event`: an operation, a body, perhaps a `path`, and a `find` or `of`), and take
    what comes, refusing the first `refusals` times; then make another event. Subscription and events stand on the same `of`.
    """
    things: given.Things = {}
    for body in (yield from given.filled(operation.spec, {"body": subscription, "of": of or {}}, inputs, dialect, things=things)):
        subscribed: Exchange = yield given.creation(operation, body, inputs, actor="a", label=LABEL).with_step(SUBSCRIBE)
        if not subscribed.ok:
            raise Unmet(f"{operation.id} answered {subscribed.status or subscribed.failure}")
    ask = Inbox(inputs.unique(LABEL), patience, refusals + 1, signature, tuple(over), ((LABEL, inputs.secret(LABEL)),))
    yield from happen(operation, inputs, dialect, event, FIRST, 0, things)
    yield ask
    yield from happen(operation, inputs, dialect, event, SECOND, 1, things)
    yield replace(ask, least=1)


def judge(
    operation: Operation,
    trace: Sequence[Exchange],
    dialect: Dialect,
    *,
    signature: str,
    delivery_id: str,
    timestamp: str = "",
    patience: float = 30.0,
) -> Iterator[Finding | Witness]:
    """A witness per delivery, and one per repetition after a refusal. `timestamp` is the header with the second of the attempt, if any."""
    came = [one for one in trace if one.step.startswith(CAME)]
    named: dict[str, list[Exchange]] = {}
    for one in came:
        yield Witness((one.number,), "delivery")
        if LABEL not in one.attributes.get("signedBy", ()):
            shown = "another value" if one.request.header(signature) else "no such header"
            yield Finding("signature", (one.number,), f"HMAC-SHA256 in {signature}", shown)
        identifier = one.request.header(delivery_id)
        if identifier:
            named.setdefault(identifier, []).append(one)
        else:
            yield Finding("unnamed", (one.number,), delivery_id, "no such header")
    over = next(
        (one for one in trace if one.step == SECOND and one.ok), None
    )  # the wait for the first event's deliveries ended here
    for identifier, same in named.items():
        yield from _repeated(identifier, same, over, patience)
        if timestamp:
            yield from _dated(same, timestamp)


def _repeated(identifier: str, same: Sequence[Exchange], over: Exchange | None, patience: float) -> Iterator[Finding | Witness]:
    """What is to be said of the deliveries under one id, in the order in which they came."""
    for one in same[1:]:
        if one.attributes.get("rawDigest") != same[0].attributes.get("rawDigest"):
            yield Finding("shared", (same[0].number, one.number), f"one content under {identifier}", "two")
            return
    for before, after in pairwise(same):
        if before.status == 503:
            yield Witness((before.number, after.number), "repeated")
    if len(same) == 1 and same[-1].status == 503 and over is not None and same[-1].number < over.number:
        yield Finding("given-up", (same[-1].number, over.number), f"again within {patience:g} s", "nothing")
    gaps = [after.sent_at - before.sent_at for before, after in pairwise(same) if before.status == 503]
    for index, (shorter, longer) in enumerate(pairwise(gaps)):
        if longer + _SLACK < shorter:
            numbers = tuple(one.number for one in same[index : index + 3])
            yield Finding("hurried", numbers, f"at least {shorter} ms", f"{longer} ms")


def _dated(same: Sequence[Exchange], timestamp: str) -> Iterator[Finding]:
    """What is to be said of the times that were signed: those of attempts that lie apart are not the same."""
    first, last = same[0], same[-1]
    told = [one.request.header(timestamp) or "" for one in (first, last)]
    if last.sent_at - first.sent_at >= _STALE and told[0] == told[1]:
        yield Finding("stale", (first.number, last.number), f"more than {told[0]}", told[1])


def _delivery(
    status: int,
    at: int,
    identifier: str = "d-1",
    *,
    signed: bool = True,
    content: str = "a",
    header: bool = True,
    dated: bool = True,
) -> Exchange:
    headers = ({"X-Delivery": identifier} if identifier else {}) | ({"X-Signature": "sha256=…"} if header else {})
    headers |= {"X-Time": str((at if dated else 0) // 1000)}
    one = exchange("POST /yance-deliveries", status, name=DELIVERY, step=CAME + "yance", sent={}, sent_headers=headers, at=at)
    return replace(one, attributes={"rawDigest": f"sha256:{content}", "signedBy": [LABEL] if signed else []})


def _made(step: str, status: int = 201) -> Exchange:
    return exchange("POST /things", status, {"thingId": "t"}, name="createThing", step=step, actor="a", sent={})


_START = (_made(SUBSCRIBE), _made(FIRST))
_END = (_made(SECOND), _delivery(204, 9000, "d-2", content="b"))
EXAMPLES = Examples(
    operation="createThing",
    arguments={"signature": "X-Signature", "delivery_id": "X-Delivery", "timestamp": "X-Time", "subscription": {}, "event": {}},
    conforms=[
        numbered(*_START, _delivery(503, 1000), _delivery(503, 2000), _delivery(204, 4000), *_END),
        numbered(*_START, _delivery(204, 1000), _delivery(204, 1100), *_END),
        numbered(*_START, _delivery(503, 1000), _delivery(503, 2000), _delivery(204, 2900), *_END),
        numbered(*_START, _delivery(503, 1000), _delivery(503, 2000), *_END),
    ],
    violates=[
        numbered(*_START, _delivery(204, 1000, signed=False), *_END),
        numbered(*_START, _delivery(204, 1000, signed=False, header=False), *_END),
        numbered(*_START, _delivery(204, 1000, ""), *_END),
        numbered(*_START, _delivery(503, 1000), *_END),
        numbered(*_START, _delivery(503, 1000, dated=False), _delivery(204, 3000, dated=False), *_END),
        numbered(*_START, _delivery(503, 1000), _delivery(503, 5000), _delivery(204, 5500), *_END),
        numbered(*_START, _delivery(204, 1000), _made(SECOND), _delivery(204, 9000, content="b")),
    ],
    inconclusive=[[], numbered(_made(SUBSCRIBE, 409)), numbered(*_START)],
)
