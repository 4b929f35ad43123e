"""What is sent to a subscriber is signed, has an id of its own, and is sent again, ever more slowly, until it is accepted.

Why: a receiver that cannot tell a true delivery from a forged one must not act on any; and one that was down for a minute must not
miss what happened meanwhile.

Fails when: a delivery's signature header does not hold the HMAC-SHA256 of what is to be signed under the secret of the subscription; a
delivery has no id; one id stands for two contents; a refused delivery does not come again within the time; or an interval between two
repetitions is shorter than the one before it.
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
from conformance.interface.dialect import Dialect
from conformance.model import DELIVERY, Examples, Exchange, Finding, Inbox, Inputs, Operation, Script, Touches, Unmet, Witness

TOUCHES = Touches.WRITES
ASKS = 7
RECEIVES = True
LABEL = "deliveries"  # of the callback and the secret in a row's `subscription`
SUBSCRIBE, FIRST, SECOND, CAME = "subscribe", "first event", "second event", "inbox: "
_SLACK = 200  # milliseconds by which an interval may be shorter: timers and networks are not exact

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
}


def drive(
    operation: Operation,
    inputs: Inputs,
    dialect: Dialect,
    *,
    subscription: Mapping[str, Any],
    event: Mapping[str, Any],
    signature: str,
    over: Sequence[str] = (),
    refusals: int = 2,
    patience: float = 30.0,
) -> Script:
    """Subscribe (`operation`, with the body `subscription`), make an event (`event`: an operation, a body, perhaps a `path`, and a `find` or `of`), and take
    what comes, refusing the first `refusals` times; then make another event.
    """
    for body in (yield from given.filled(operation.spec, {"body": subscription}, inputs, dialect)):
        subscribed: Exchange = yield given.creation(operation, body, inputs, actor="a", label=LABEL).with_step(SUBSCRIBE)
        if not subscribed.ok:
            raise Unmet(f"{operation.id} answered {subscribed.status or subscribed.failure}")
    ask = Inbox(inputs.unique(LABEL), patience, refusals + 1, signature, tuple(over), ((LABEL, inputs.secret(LABEL)),))
    yield from _happen(operation, inputs, dialect, event, FIRST, 0)
    yield ask
    yield from _happen(operation, inputs, dialect, event, SECOND, 1)
    yield replace(ask, least=1)


def _happen(operation: Operation, inputs: Inputs, dialect: Dialect, event: Mapping[str, Any], step: str, nth: int) -> Script:
    """Makes an event on the first thing on which it can be made. Raises Unmet with the last refusal."""
    source, refusal = operation.spec.operations[event["operation"]], "nothing was found to make it on"
    template = {"content": event["body"], "path": event.get("path", {})}
    filled = yield from given.filled(operation.spec, {**event, "body": template}, inputs, dialect, nth=nth)
    for number, each in enumerate(filled):
        sent = source.request(path=each["path"], actor="a")
        if source.bodies:
            sent = replace(given.creation(source, each["content"], inputs, actor="a", label=f"{step}-{number}"), path=sent.path)
        made: Exchange = yield sent.with_step(step)
        if made.ok:
            return
        refusal = f"{source.id} answered {made.status or made.failure}"
    raise Unmet(f"no event could be made: {refusal}")


def judge(
    operation: Operation,
    trace: Sequence[Exchange],
    dialect: Dialect,
    *,
    signature: str,
    delivery_id: str,
    patience: float = 30.0,
) -> Iterator[Finding | Witness]:
    """A witness per delivery, and one per repetition after a refusal."""
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


def _repeated(identifier: str, same: Sequence[Exchange], over: Exchange | None, patience: float) -> Iterator[Finding | Witness]:
    """What is to be said of the deliveries under one id, in the order in which they came."""
    for one in same[1:]:
        if one.attributes.get("rawDigest") != same[0].attributes.get("rawDigest"):
            yield Finding("shared", (same[0].number, one.number), f"one content under {identifier}", "two")
            return
    for before, after in pairwise(same):
        if before.status == 503:
            yield Witness((before.number, after.number), "repeated")
    if same[-1].status == 503 and over is not None and same[-1].number < over.number:
        yield Finding("given-up", (same[-1].number, over.number), f"again within {patience:g} s", "nothing")
    gaps = [after.sent_at - before.sent_at for before, after in pairwise(same) if before.status == 503]
    for index, (shorter, longer) in enumerate(pairwise(gaps)):
        if longer + _SLACK < shorter:
            numbers = tuple(one.number for one in same[index : index + 3])
            yield Finding("hurried", numbers, f"at least {shorter} ms", f"{longer} ms")


def _delivery(
    status: int, at: int, identifier: str = "d-1", *, signed: bool = True, content: str = "a", header: bool = True
) -> Exchange:
    headers = ({"X-Delivery": identifier} if identifier else {}) | ({"X-Signature": "sha256=…"} if header else {})
    one = exchange("POST /yance-deliveries", status, name=DELIVERY, step=CAME + "yance", sent={}, sent_headers=headers, at=at)
    return replace(one, attributes={"rawDigest": f"sha256:{content}", "signedBy": [LABEL] if signed else []})


def _made(step: str, status: int = 201) -> Exchange:
    return exchange("POST /things", status, {"thingId": "t"}, name="createThing", step=step, actor="a", sent={})


_START = (_made(SUBSCRIBE), _made(FIRST))
_END = (_made(SECOND), _delivery(204, 9000, "d-2", content="b"))
EXAMPLES = Examples(
    operation="createThing",
    arguments={"signature": "X-Signature", "delivery_id": "X-Delivery", "subscription": {}, "event": {}},
    conforms=[
        numbered(*_START, _delivery(503, 1000), _delivery(503, 2000), _delivery(204, 4000), *_END),
        numbered(*_START, _delivery(204, 1000), _delivery(204, 1100), *_END),
        numbered(*_START, _delivery(503, 1000), _delivery(503, 2000), _delivery(204, 2900), *_END),
    ],
    violates=[
        numbered(*_START, _delivery(204, 1000, signed=False), *_END),
        numbered(*_START, _delivery(204, 1000, signed=False, header=False), *_END),
        numbered(*_START, _delivery(204, 1000, ""), *_END),
        numbered(*_START, _delivery(503, 1000), *_END),
        numbered(*_START, _delivery(503, 1000), _delivery(503, 5000), _delivery(204, 5500), *_END),
        numbered(*_START, _delivery(204, 1000), _made(SECOND), _delivery(204, 9000, content="b")),
    ],
    inconclusive=[[], numbered(_made(SUBSCRIBE, 409)), numbered(*_START)],
)
