"""A subscriber gets exactly what was subscribed to, as it can be read, in its order, and under the secret that is valid.

Why: a receiver keeps its own books by what it is sent. What is missing there is never asked for; what comes too much was somebody else's;
and what comes in another order ends in another state.

Tenant a subscribes, and events come: of types that were subscribed to and of others, of things of tenant a and of tenant b. Then a subscribes
anew to the same URL with another secret and other types.

Fails when: an event that was subscribed to does not come, or comes again after it was accepted; another one comes; a body is not the event as it
is listed; of one thing a later event comes before an earlier one; or a delivery is not signed with the secret that was valid when the event came.
Inconclusive when: nothing could be subscribed to or captured, the target has no way to reach the suite, or nothing of the case's own came.
Source: DCSA Track and Trace, event subscriptions; the interface's rules on deliveries.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from conformance import given
from conformance.checks._example import exchange, numbered, page
from conformance.checks._reading import shown
from conformance.given.templates import fill
from conformance.interface.dialect import Dialect, instant
from conformance.model import DELIVERY, Examples, Exchange, Finding, Inbox, Inputs, Operation, Script, Touches, Unmet, Witness
from conformance.text import pointer

TOUCHES = Touches.WRITES
RECEIVES = True
ACTORS = ("b",)
SUBSCRIBE, CAPTURE, THEIRS, LISTED, FIRST, SECOND = "subscribe", "capture", "another tenant's", "listed ", "first", "second"
OLD, NEW, CAME = "subscribed", "rotated", "inbox: "
_CALM = 3.0  # seconds in which what should not come may come

ABOUT = """訂閱者所得恰為所訂閱者：內容與可讀取者相同、依序，且以有效之機密簽章。
緣由：接收者依所收到者自行記帳。缺漏者不會再查詢；多出者屬於他人；順序不同者終止於其他狀態。
租戶 a 訂閱，其後事件陸續發生：已訂閱與未訂閱之類型，屬租戶 a 與租戶 b 之物。a 再以其他機密與類型重新訂閱同一 URL。
不通過：已訂閱之事件未送達，或獲接受後又送；送來其他事件；本文與所列事件不同；同物較晚之事件先到；或未以事件發生時有效之機密簽章。
無法判定：無法訂閱或擷取、受測目標無法連至套件，或未收到本案例之訊息。
依據：DCSA Track and Trace, event subscriptions；介面規範之遞送規定。
"""

MESSAGES = {
    "missing": {
        "en": "an event that was subscribed to was not delivered: expected {expected}, got {actual}",
        "zh-Hant": "已訂閱的事件未遞送：應為 {expected}，實得 {actual}",
    },
    "unwanted": {
        "en": "an event was delivered that was not subscribed to: {actual}; expected {expected}",
        "zh-Hant": "遞送了未訂閱的事件：{actual}；預期 {expected}",
    },
    "again": {
        "en": "an event was delivered again after it was accepted: expected {expected}, got {actual}",
        "zh-Hant": "事件經接受後再次遞送：應為 {expected}，實得 {actual}",
    },
    "differs": {
        "en": "what was delivered is not the event as it is listed: expected {expected}, got {actual}",
        "zh-Hant": "遞送內容與所列事件不同：應為 {expected}，實得 {actual}",
    },
    "order": {
        "en": "events of one thing were delivered in another order than they were kept: expected {expected}, got {actual}",
        "zh-Hant": "同一對象之事件未依保存順序遞送：應為 {expected}，實得 {actual}",
    },
    "secret": {
        "en": "a delivery is signed with another secret: expected {expected}, got {actual}",
        "zh-Hant": "遞送以其他密鑰簽章：應為 {expected}，實得 {actual}",
    },
}


def drive(
    operation: Operation,
    inputs: Inputs,
    dialect: Dialect,
    *,
    resource: str,
    capture: str,
    events: str,
    subscription: Mapping[str, Any],
    rotated: Mapping[str, Any],
    batches: Sequence[Sequence[Mapping[str, Any]]],
    then: Sequence[Sequence[Mapping[str, Any]]],
    wanted: Sequence[str],
    wanted_then: Sequence[str],
    type: str,
    signature: str,
    over: Sequence[str] = (),
    patience: float = 15.0,
) -> Script:
    """`batches` are captured under the `subscription`, and also for a thing of tenant b; `then` under the `rotated` one."""
    spec = operation.spec
    ours = yield from given.created(spec, resource, inputs, dialect)
    theirs = yield from given.created(spec, resource, inputs, dialect, actor="b", nth=1)
    secrets = tuple((label, inputs.secret(label)) for label in (OLD, NEW))
    ask = Inbox(inputs.unique(OLD), patience, 1, signature, tuple(over), secrets)
    now = dialect.server_time(ours.exchange)
    if now is None:
        raise Unmet("the target does not tell what time it is")
    for label, body, mine, kinds in ((FIRST, subscription, batches, wanted), (SECOND, rotated, then, wanted_then)):
        made = given.creation(operation, fill(dict(body), None, now, inputs, 0), inputs, actor="a", label=label)
        answer: Exchange = yield made.with_step(SUBSCRIBE)
        if not answer.ok:
            raise Unmet(f"{operation.id} answered {answer.status or answer.failure}")
        kept = 0
        for one, step in ((ours, CAPTURE), (theirs, THEIRS)):
            for batch in mine:
                path = one.path
                sent = {"events": fill(list(batch), None, now, inputs, 0)}
                captured: Exchange = yield spec.operations[capture].request(path=path, json=sent, actor=one.actor, step=step)
                if not captured.ok:
                    raise Unmet(f"{capture} answered {captured.status or captured.failure}")
                kept += sum(event[pointer.segments(type)[0]] in kinds for event in batch) if step == CAPTURE else 0
        yield replace(ask, least=kept)
        yield replace(ask, least=kept + 1, within=_CALM)
        path = ours.path
        yield spec.operations[events].request(path=path, actor="a", step=LISTED + label)


@dataclass(frozen=True)
class _Came:
    """A delivery: the exchange, the event in it, and its id."""

    exchange: Exchange
    event: Any
    id: Any


def judge(
    operation: Operation,
    trace: Sequence[Exchange],
    dialect: Dialect,
    *,
    wanted: Sequence[str],
    wanted_then: Sequence[str],
    identifier: str,
    type: str,
    thing: str,
    recorded: str = "/recordTime",
) -> Iterator[Finding | Witness]:
    """A witness per delivery of an event that was subscribed to. `thing` is where an event says what it belongs to: of what others do with
    theirs meanwhile, which is a's too, only the types are known.
    """
    came: list[_Came] = []
    before: set[Any] = set()
    paths = {one.request.path + "/" for one in trace if one.step in (CAPTURE, THEIRS)}
    for one in trace:
        if one.step.startswith(CAME):
            event = one.request.json()
            came.append(_Came(one, event, pointer.first(event, identifier)))
        elif one.step.startswith(LISTED) and one.ok:
            first = one.step == LISTED + FIRST
            items = dialect.items(one, operation.spec.operations.get(one.request.operation)) or []
            listed = {pointer.first(each, identifier): each for each in items}
            new = {name: event for name, event in listed.items() if name not in before}
            kinds = wanted if first else wanted_then
            expected = {name: event for name, event in new.items() if pointer.first(event, type) in kinds}
            others = [each for each in came if _is_of_others(pointer.first(each.event, thing), paths)]
            came = [each for each in came if each not in others]
            for each in others:
                if pointer.first(each.event, type) not in {*wanted, *(() if first else wanted_then)}:
                    yield Finding("unwanted", (each.exchange.number,), "-", shown(each.event))
            yield from _round(came, expected, one, OLD if first else NEW, alone=not others)
            ordered = [each for each in came if each.id in expected]
            for earlier, later in pairwise(ordered):
                times = [pointer.first(expected[each.id], recorded) for each in (earlier, later)]
                moments = [instant(time) for time in times]
                if moments[0] is not None and moments[1] is not None and moments[0] > moments[1]:
                    yield Finding("order", (earlier.exchange.number, later.exchange.number), str(times[1]), str(times[0]))
            came, before = [], before | listed.keys()


def _is_of_others(thing: Any, paths: set[str]) -> bool:
    """Whether an event is of a thing for which the case captured nothing."""
    return isinstance(thing, str) and bool(paths) and not any(f"/{thing}/" in path for path in paths)


def _round(
    came: Sequence[_Came], expected: Mapping[Any, Any], listing: Exchange, secret: str, *, alone: bool
) -> Iterator[Finding | Witness]:
    """What is to be said of the deliveries under one subscription. Where they came not `alone`, the suite's receiver may have been waited for
    until others came in the place of what is missing.
    """
    accepted: dict[Any, int] = {}
    for one in came:
        number = one.exchange.number
        if one.id not in expected:
            yield Finding("unwanted", (number,), "-", shown(one.event))
            continue
        yield Witness((number,), "delivery")
        if one.id in accepted:
            yield Finding("again", (accepted[one.id], number), "one", shown(one.id))
        if one.event != expected[one.id]:
            yield Finding("differs", (number, listing.number), shown(expected[one.id]), shown(one.event))
        if one.exchange.attributes.get("signedBy", ()) != [secret]:
            yield Finding("secret", (number,), secret, shown(list(one.exchange.attributes.get("signedBy", ()))))
        if one.exchange.ok:
            accepted[one.id] = number
    for name in expected if alone else ():
        if name not in accepted:
            yield Finding("missing", (listing.number,), shown(name), f"{len(came)}")


def _event(name: str, kind: str, second: int) -> dict[str, Any]:
    return {"eventId": name, "eventType": kind, "recordTime": f"2026-03-01T08:00:0{second}+08:00"}


def _came(event: Mapping[str, Any], secret: str = OLD, status: int = 204) -> Exchange:
    one = exchange("POST /yance-deliveries", status, name=DELIVERY, step=CAME + "yance", sent=dict(event), sent_headers={})
    return replace(one, attributes={"signedBy": [secret]})


def _listing(label: str, *events: Mapping[str, Any]) -> Exchange:
    return exchange("GET /things", 200, page(*events), name="listThings", step=LISTED + label, actor="a")


def _captured(thing: str, step: str = CAPTURE) -> Exchange:
    return exchange(f"POST /things/{thing}/events", 200, {}, name="createThing", step=step, actor="a")


_A, _B, _C = _event("a", "IN", 1), _event("b", "OUT", 2), _event("c", "SKIPPED", 3)
_D = _event("d", "OUT", 4)
_E, _F, _G = (
    {"eventId": name, "eventType": "IN", "recordTime": time}
    for name, time in (("e", "2026-03-01T08:00:05Z"), ("f", "2026-03-01T08:00:05.5Z"), ("g", "2026-03-01T07:00:06-01:00"))
)
_OURS, _OTHERS = {"thingId": "ours"}, {"thingId": "another"}
_FIRST = (_came(_A), _came(_B), _listing(FIRST, _A, _B, _C))
EXAMPLES = Examples(
    operation="createThing",
    arguments={
        "wanted": ["IN", "OUT"],
        "wanted_then": ["OUT"],
        "identifier": "/eventId",
        "type": "/eventType",
        "thing": "/thingId",
        "resource": "thing",
        "capture": "createThing",
        "events": "listThings",
        "subscription": {},
        "rotated": {},
        "batches": [],
        "then": [],
        "signature": "X-Signature",
    },
    conforms=[
        numbered(*_FIRST, _came(_D, NEW), _listing(SECOND, _A, _B, _C, _D)),
        numbered(*_FIRST),
        numbered(_came(_E), _came(_F), _came(_G), _listing(FIRST, _E, _F, _G)),
        numbered(_captured("ours"), _came(_A | _OURS), _came(_B | _OTHERS), _listing(FIRST, _A | _OURS)),
    ],
    violates=[
        numbered(_came(_A), _listing(FIRST, _A, _B, _C)),
        numbered(_came(_A), _came(_B), _came(_C), _listing(FIRST, _A, _B, _C)),
        numbered(_came(_A), _came(_A), _came(_B), _listing(FIRST, _A, _B, _C)),
        numbered(_came({**_A, "more": 1}), _came(_B), _listing(FIRST, _A, _B, _C)),
        numbered(_came(_B), _came(_A), _listing(FIRST, _A, _B, _C)),
        numbered(_came(_A, NEW), _came(_B), _listing(FIRST, _A, _B, _C)),
        numbered(*_FIRST, _came(_D, OLD), _listing(SECOND, _A, _B, _C, _D)),
        numbered(_captured("ours"), _came(_A | _OURS), _came(_C | _OTHERS), _listing(FIRST, _A | _OURS)),
        numbered(_captured("ours"), _captured("b's", THEIRS), _came(_B | {"thingId": "b's"}), _listing(FIRST)),
        numbered(_captured("ours"), _came(_B | _OURS), _came(_A | _OTHERS), _listing(FIRST, _A | _OURS)),
    ],
    inconclusive=[
        [],
        numbered(_listing(FIRST, _C)),
        numbered(_captured("ours"), _came(_B | _OTHERS), _listing(FIRST, _A | _OURS)),
    ],
)
