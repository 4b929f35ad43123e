"""A subscriber gets exactly what was subscribed to, as it can be read, in its order, and under the secret that is valid.

Why: a receiver keeps its own books by what it is sent. What is missing there is never asked for; what comes too much was somebody else's;
and what comes in another order ends in another state.

Tenant a subscribes, and events come: of types that were subscribed to and of others, of things of tenant a and of tenant b, some twice, some
declared erroneous. Another subscription stands beside it. Then a subscribes anew to the same URL with another secret and other types.

Fails when: an event that was subscribed to does not come, or comes again after it was accepted; another one comes, or one from before; a body
is not the event as it is listed (numbers by value, date-times as instants); of one thing a later event comes before an earlier one was accepted;
a delivery is not signed with the secret that was valid when the event came; two events have one delivery id, or one has two; the first comes
too late; or a subscription shows its secret.
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
from conformance.checks._reading import equal, shown
from conformance.given.templates import fill
from conformance.interface.dialect import Dialect, instant
from conformance.model import DELIVERY, Examples, Exchange, Finding, Inbox, Inputs, Operation, Script, Touches, Unmet, Witness
from conformance.text import pointer

TOUCHES = Touches.WRITES
RECEIVES = True
ACTORS = ("b",)
SUBSCRIBE, BESIDE, CAPTURE, THEIRS = "subscribe", "subscribe beside it", "capture", "another tenant's"
LISTED, EARLIER, FIRST, SECOND = "listed ", "earlier", "first", "second"
OLD, NEW, CAME = "subscribed", "rotated", "inbox: "
_CALM = 3.0  # seconds in which what should not come may come
_SOON, _SLACK = 5_000, 2_000  # milliseconds within which the first delivery has to come, and that a busy host may need
Key = tuple[Any, bool]

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
    "id": {
        "en": "a delivery has the id of another, or one event has two: expected {expected}, got {actual}",
        "zh-Hant": "遞送識別碼與其他遞送相同，或同一事件有兩個：應為 {expected}，實得 {actual}",
    },
    "late": {
        "en": "the first delivery came late: expected {expected}, got {actual}",
        "zh-Hant": "首次遞送過遲：應為 {expected}，實得 {actual}",
    },
    "told": {
        "en": "the answer to a subscription shows its secret: expected {expected} at {actual}",
        "zh-Hant": "訂閱之回應呈現其密鑰：{actual} 應為 {expected}",
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
    holder: str,
    subscription: Mapping[str, Any],
    rotated: Mapping[str, Any],
    beside: Mapping[str, Any],
    earlier: Sequence[Mapping[str, Any]],
    batches: Sequence[Sequence[Mapping[str, Any]]],
    then: Sequence[Sequence[Mapping[str, Any]]],
    wanted: Sequence[str],
    wanted_then: Sequence[str],
    identifier: str,
    declared: str,
    type: str,
    signature: str,
    over: Sequence[str] = (),
    refused: int = 0,
    patience: float = 15.0,
) -> Script:
    """`earlier` is captured before anybody subscribes, `batches` (each the member `holder` of a body) under the `subscription`, beside which
    stands that of another URL, and `then` under the `rotated` one; each also for a thing of tenant b. The receiver of the `subscription` refuses the first `refused` deliveries.
    """
    spec = operation.spec
    ours = yield from given.created(spec, resource, inputs, dialect)
    theirs = yield from given.created(spec, resource, inputs, dialect, actor="b", nth=1)
    secrets = tuple((label, inputs.secret(label)) for label in (OLD, NEW))
    ask = Inbox(inputs.unique(OLD), patience, 1, signature, tuple(over), secrets)
    now = dialect.server_time(ours.exchange)
    if now is None:
        raise Unmet("the target does not tell what time it is")
    listing = spec.operations[events].request(path=ours.path, actor="a")

    def captured(one: given.Created, nth: int, batch: Sequence[Mapping[str, Any]], step: str) -> Script:
        sent = {holder: fill(list(batch), None, now, inputs, nth)}
        answer: Exchange = yield spec.operations[capture].request(path=one.path, json=sent, actor=one.actor, step=step)
        if not answer.ok:
            raise Unmet(f"{capture} answered {answer.status or answer.failure}")
        return sent[holder]

    yield from captured(ours, 0, earlier, EARLIER)
    yield from captured(theirs, 1, earlier, EARLIER)
    yield listing.with_step(LISTED + EARLIER)
    rounds = ((FIRST, (subscription, beside), batches, wanted), (SECOND, (rotated,), then, wanted_then))
    for label, bodies, mine, kinds in rounds:
        for nth, body in enumerate(bodies):
            made = given.creation(operation, fill(dict(body), None, now, inputs, 0), inputs, actor="a", label=f"{label}-{nth}")
            answer: Exchange = yield made.with_step(SUBSCRIBE if nth == 0 else BESIDE)
            if not answer.ok:
                raise Unmet(f"{operation.id} answered {answer.status or answer.failure}")
        kept, more = set[Any](), refused if label == FIRST else 0
        for nth, (one, step) in enumerate(((ours, CAPTURE), (theirs, THEIRS))):
            for number, batch in enumerate(mine):
                sent = yield from captured(one, nth, batch, step)
                if step == CAPTURE:
                    kept |= {
                        (pointer.first(event, identifier) or f"{number}/{place}", pointer.first(event, declared) is not None)
                        for place, event in enumerate(sent)
                        if pointer.first(event, type) in kinds
                    }
        yield replace(ask, least=len(kept) + more)
        yield replace(ask, least=len(kept) + more + 1, within=_CALM)
        yield listing.with_step(LISTED + label)


@dataclass(frozen=True)
class _Came:
    """A delivery: the exchange, the event in it, and what it tells: which event, and whether as one that is declared erroneous."""

    exchange: Exchange
    event: Any
    key: Key


def judge(
    operation: Operation,
    trace: Sequence[Exchange],
    dialect: Dialect,
    *,
    wanted: Sequence[str],
    wanted_then: Sequence[str],
    identifier: str,
    declared: str,
    type: str,
    thing: str,
    delivery_id: str,
    secret: str,
    recorded: str = "/recordTime",
) -> Iterator[Finding | Witness]:
    """A witness per delivery of an event that was subscribed to. `thing` is where an event says what it belongs to: of what others do with
    theirs meanwhile, which is a's too, only the types are known. A listed event that stands `declared` was kept without that before.
    """
    came: list[_Came] = []
    before: set[Key] = set()
    paths = {one.request.path + "/" for one in trace if one.step in (CAPTURE, THEIRS)}
    started: Exchange | None = None
    for one in trace:
        if one.step in (SUBSCRIBE, BESIDE):
            yield from _told(one, secret)
            started = None
        elif one.step == CAPTURE and started is None and _wants(one, (*wanted, *wanted_then), type):
            started = one
        elif one.step.startswith(CAME):
            event = one.request.json()
            key = (pointer.first(event, identifier), pointer.first(event, declared) is not None)
            came.append(_Came(one, event, key))
        elif one.step.startswith(LISTED) and one.ok:
            first = one.step == LISTED + FIRST
            items = dialect.items(one, operation.spec.operations.get(one.request.operation)) or []
            listed = {key: event for item in items for key, event in _versions(item, identifier, declared)}
            if one.step == LISTED + EARLIER:
                before |= listed.keys()
                continue
            kinds = wanted if first else wanted_then
            new = {key: event for key, event in listed.items() if key not in before}
            expected = {key: event for key, event in new.items() if pointer.first(event, type) in kinds}
            others = [each for each in came if _is_of_others(pointer.first(each.event, thing), paths)]
            came = [each for each in came if each not in others]
            for each in others:
                if pointer.first(each.event, type) not in {*wanted, *(() if first else wanted_then)}:
                    yield Finding("unwanted", (each.exchange.number,), "-", shown(each.event))
            yield from _round(came, expected, one, OLD if first else NEW, alone=not others)
            yield from _in_order([each for each in came if each.key in expected], expected, recorded)
            yield from _named(came, delivery_id)
            if started is not None and not others:
                yield from _in_time(came, started)
            came, before = [], before | listed.keys()


def _wants(capture: Exchange, kinds: Sequence[str], type: str) -> bool:
    """Whether something was captured that has to be delivered."""
    sent = capture.request.json()
    return capture.ok and any(kind in kinds for kind in pointer.values(sent, "/*/*" + type) if isinstance(sent, Mapping))


def _told(made: Exchange, secret: str) -> Iterator[Finding]:
    """Whether the answer to a subscription has its secret."""
    value = pointer.first(made.request.json(), secret)
    if isinstance(value, str) and value and made.tells(value):
        yield Finding("told", (made.number,), "-", secret)


def _versions(item: Any, identifier: str, declared: str) -> Iterator[tuple[Key, Any]]:
    """What was to be sent of a listed event: itself, and where it was declared erroneous later, before that without the declaration."""
    name = pointer.first(item, identifier)
    if pointer.first(item, declared) is None:
        yield (name, False), item
    else:
        beside = pointer.segments(declared)[0]
        yield (name, False), {member: value for member, value in item.items() if member != beside}
        yield (name, True), item


def _is_of_others(thing: Any, paths: set[str]) -> bool:
    """Whether an event is of a thing for which the case captured nothing."""
    return isinstance(thing, str) and bool(paths) and not any(f"/{thing}/" in path for path in paths)


def _round(
    came: Sequence[_Came], expected: Mapping[Key, Any], listing: Exchange, secret: str, *, alone: bool
) -> Iterator[Finding | Witness]:
    """What is to be said of the deliveries under one subscription. Where they came not `alone`, the suite's receiver may have been waited for
    until others came in the place of what is missing.
    """
    accepted: dict[Key, int] = {}
    for one in came:
        number = one.exchange.number
        if one.key not in expected:
            yield Finding("unwanted", (number,), "-", shown(one.event))
            continue
        yield Witness((number,), "delivery")
        if one.key in accepted:
            yield Finding("again", (accepted[one.key], number), "one", shown(one.key[0]))
        if not equal(one.event, expected[one.key]):
            yield Finding("differs", (number, listing.number), shown(expected[one.key]), shown(one.event))
        if one.exchange.attributes.get("signedBy", ()) != [secret]:
            yield Finding("secret", (number,), secret, shown(list(one.exchange.attributes.get("signedBy", ()))))
        if one.exchange.ok:
            accepted[one.key] = number
    for key in expected if alone else ():
        if key not in accepted:
            yield Finding("missing", (listing.number,), shown(key[0]), f"{len(came)}")


def _in_order(came: Sequence[_Came], expected: Mapping[Key, Any], recorded: str) -> Iterator[Finding]:
    """Whether events of one thing came in the order in which they were kept, and each only when the one before was accepted."""
    plain = [each for each in came if not each.key[1]]
    for earlier, later in pairwise(plain):
        times = [pointer.first(expected[each.key], recorded) for each in (earlier, later)]
        moments = [instant(time) for time in times]
        if moments[0] is not None and moments[1] is not None and moments[0] > moments[1]:
            yield Finding("order", (earlier.exchange.number, later.exchange.number), str(times[1]), str(times[0]))
    for earlier, later in pairwise(came):
        numbers = (earlier.exchange.number, later.exchange.number)
        if earlier.exchange.status >= 500 and later.key != earlier.key:
            yield Finding("order", numbers, shown(earlier.key[0]), shown(later.key[0]))
        elif earlier.key == (later.key[0], True) and not later.key[1] and later.exchange.ok:
            yield Finding("order", numbers, shown(later.key[0]), shown(earlier.key[0]))


def _named(came: Sequence[_Came], delivery_id: str) -> Iterator[Finding]:
    """Whether each event has an id of its own, and the same every time."""
    names: dict[Key, tuple[str, int]] = {}
    keys: dict[str, tuple[Key, int]] = {}
    for one in came:
        name, number = one.exchange.request.header(delivery_id) or "", one.exchange.number
        first, known = names.setdefault(one.key, (name, number)), keys.setdefault(name, (one.key, number))
        if first[0] != name:
            yield Finding("id", (first[1], number), first[0], name)
        elif name and known[0] != one.key:
            yield Finding("id", (known[1], number), f"another than {name}", name)


def _in_time(came: Sequence[_Came], started: Exchange) -> Iterator[Finding]:
    """Whether the first delivery came soon enough: nothing was before it for which it could have waited."""
    first = min((one.exchange for one in came), key=lambda one: one.sent_at, default=None)
    if first is not None and (late := first.sent_at - started.sent_at - started.elapsed) > _SOON + _SLACK:
        yield Finding("late", (started.number, first.number), f"within {_SOON} ms", f"{late} ms")


def _event(name: str, kind: str, second: int) -> dict[str, Any]:
    return {"eventId": name, "eventType": kind, "recordTime": f"2026-03-01T08:00:0{second}+08:00"}


def _came(event: Mapping[str, Any], secret: str = OLD, status: int = 204, *, name: str = "", at: int = 0) -> Exchange:
    headers = {"X-Delivery": name or f"d-{event['eventId']}{'-wrong' if 'wrong' in event else ''}"}
    one = exchange(
        "POST /yance-deliveries", status, name=DELIVERY, step=CAME + "yance", sent=dict(event), sent_headers=headers, at=at
    )
    return replace(one, attributes={"signedBy": [secret]})


def _listing(label: str, *events: Mapping[str, Any]) -> Exchange:
    return exchange("GET /things", 200, page(*events), name="listThings", step=LISTED + label, actor="a")


def _captured(thing: str, step: str = CAPTURE) -> Exchange:
    sent = {"events": [{"eventType": "IN"}]}
    return exchange(f"POST /things/{thing}/events", 200, {}, name="createThing", step=step, actor="a", sent=sent)


def _subscribed(**members: Any) -> Exchange:
    sent = {"secret": "yance-kept"}
    return exchange("POST /things", 201, {"thingId": "s", **members}, name="createThing", step=SUBSCRIBE, actor="a", sent=sent)


_A, _B, _C = _event("a", "IN", 1), _event("b", "OUT", 2), _event("c", "SKIPPED", 3)
_D = _event("d", "OUT", 4)
_E, _F, _G = (
    {"eventId": name, "eventType": "IN", "recordTime": time}
    for name, time in (("e", "2026-03-01T08:00:05Z"), ("f", "2026-03-01T08:00:05.5Z"), ("g", "2026-03-01T07:00:06-01:00"))
)
_OURS, _OTHERS = {"thingId": "ours"}, {"thingId": "another"}
_FIRST = (_came(_A), _came(_B), _listing(FIRST, _A, _B, _C))
_WRONG = {**_A, "wrong": {"reason": "x"}}
_A_IN_UTC = {**_A, "recordTime": "2026-03-01T00:00:01.0Z"}
EXAMPLES = Examples(
    operation="createThing",
    arguments={
        "wanted": ["IN", "OUT"],
        "wanted_then": ["OUT"],
        "identifier": "/eventId",
        "declared": "/wrong",
        "delivery_id": "X-Delivery",
        "secret": "/secret",
        "type": "/eventType",
        "thing": "/thingId",
        "resource": "thing",
        "capture": "createThing",
        "events": "listThings",
        "holder": "events",
        "subscription": {},
        "rotated": {},
        "beside": {},
        "earlier": [],
        "batches": [],
        "then": [],
        "signature": "X-Signature",
    },
    conforms=[
        numbered(*_FIRST, _came(_D, NEW), _listing(SECOND, _A, _B, _C, _D)),
        numbered(*_FIRST),
        numbered(_subscribed(), _captured("ours"), _came(_A | _OURS, at=6_000), _listing(FIRST, _A | _OURS)),
        numbered(_came(_E), _came(_F), _came(_G), _listing(FIRST, _E, _F, _G)),
        numbered(_captured("ours"), _came(_A | _OURS), _came(_B | _OTHERS), _listing(FIRST, _A | _OURS)),
        numbered(_listing(EARLIER, _C), *_FIRST),
        numbered(_came(_A, status=503), _came(_A), _came(_B), _came(_WRONG), _listing(FIRST, _WRONG, _B, _C)),
        numbered(_came(_A_IN_UTC), _came(_B), _listing(FIRST, _A, _B, _C)),
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
        numbered(_listing(EARLIER, _A), *_FIRST),
        numbered(_came(_A), _came(_B), _listing(FIRST, _WRONG, _B, _C)),
        numbered(_came(_WRONG), _came(_A), _came(_B), _listing(FIRST, _WRONG, _B, _C)),
        numbered(_came(_A, status=503), _came(_B), _came(_A), _listing(FIRST, _A, _B, _C)),
        numbered(_came(_A), _came(_B, name="d-a"), _listing(FIRST, _A, _B, _C)),
        numbered(_came(_A, status=503), _came(_A, name="d-other"), _came(_B), _listing(FIRST, _A, _B, _C)),
        numbered(_subscribed(), _captured("ours"), _came(_A | _OURS, at=9_000), _listing(FIRST, _A | _OURS)),
        numbered(_subscribed(key="yance-kept"), *_FIRST),
    ],
    inconclusive=[
        [],
        numbered(_listing(FIRST, _C)),
        numbered(_captured("ours"), _came(_B | _OTHERS), _listing(FIRST, _A | _OURS)),
    ],
)
