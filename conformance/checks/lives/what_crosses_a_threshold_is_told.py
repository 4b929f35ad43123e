"""A subscriber to thresholds is told of every value beyond them, of nothing else, and no more than was agreed.

Why: whoever watches a patient acts on what comes. A value beyond a threshold of which nothing comes is noticed by nobody; alarms for values that
are right are soon read by nobody; and what an alarm carries beside its cause lies with a third party.

Something is made before anybody subscribes; then the subscription, and the steps of the row, within and beyond the thresholds; what comes is
waited for. Then the subscription ends, and what is beyond comes to nobody.

Fails when: of a step that `tells` something nothing comes within the time; something comes that no step tells, from before the subscription,
from after its end or of what is within; it comes again after it was accepted; or it is told with other members or values.
Inconclusive when: a step was refused, the target has no way to reach the suite, or nothing came.
Source: the rows that use it.

    earlier, sends, later    steps as in a course (`a_course_of_requests_goes_as_stated`) before the subscription, under it and after its end
    tells                    of a step: the bodies that have to come of it, whose values may be {of, at}, what stood in the answer to a step
    identified               the pointers that together name what a body tells of
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from conformance import given
from conformance.checks._example import exchange, numbered
from conformance.checks._reading import equal, shown
from conformance.checks.lives._stepping import Step, remembered, request_of
from conformance.checks.lives._wanted import referred
from conformance.interface.dialect import Dialect
from conformance.model import DELIVERY, Examples, Exchange, Finding, Inbox, Inputs, Operation, Script, Touches, Unmet, Witness
from conformance.text import pointer

TOUCHES = Touches.OWN
RECEIVES = True
WAITS = True
ASKS = 20
LABEL = "thresholds"  # of the callback in a row's `subscription`
SUBSCRIBE, END, CAME = "subscribe", "end", "inbox: "
_CALM = 3.0  # seconds in which what should not come may come
_MANY = 1_000

ABOUT = """門檻之訂閱者收到所有超出門檻之數值，不收到其他，且內容不逾所定。
緣由：照護者依所收到者行動。超出門檻而未告知者無人察覺；數值正常仍發送之警示，不久即無人閱讀；警示所夾帶之其他內容則留存於第三方。
訂閱前先建立一筆；其後訂閱，並依所載步驟建立門檻內外之數值，等候送達者；最後終止訂閱，此後超出者不得再送達。
不通過：`tells` 所載者未於時間內送達；送達無步驟應告知者（訂閱前、終止後或門檻內）；獲接受後又送；或欄位或值與所載不同。
無法判定：步驟遭拒、受測目標無法連至套件，或未收到任何訊息。
依據：使用本檢查之各要求。
    earlier、sends、later    訂閱之前、訂閱期間與終止之後之步驟
    tells                    步驟應告知之本文，其值得為 {of, at}，即某步驟回應中之值
    identified               合併指明本文所述對象之指標
"""

MESSAGES = {
    "missing": {
        "en": "nothing came of a value that is beyond a threshold: expected {expected}, got {actual} deliveries",
        "zh-Hant": "數值超出門檻而未告知：應為 {expected}，共收到 {actual} 則",
    },
    "unwanted": {
        "en": "something came of which nothing was to be told: {actual}",
        "zh-Hant": "告知了不應告知者：{actual}",
    },
    "again": {
        "en": "what was accepted came again: {actual}",
        "zh-Hant": "獲接受後再次送達：{actual}",
    },
    "differs": {
        "en": "what came is not what was to be told: expected {expected}, got {actual}",
        "zh-Hant": "送達內容與應告知者不同：應為 {expected}，實得 {actual}",
    },
}


def drive(
    operation: Operation,
    inputs: Inputs,
    dialect: Dialect,
    *,
    of: Mapping[str, Any],
    subscription: Mapping[str, Any],
    sends: Sequence[Step],
    end: Step,
    earlier: Sequence[Step] = (),
    later: Sequence[Step] = (),
    patience: float = 15.0,
) -> Script:
    """`of` names the recipes that all of it stands on; `end` is the step that ends the subscription."""
    inputs.callback(LABEL)  # nothing is made where nobody could be told
    spec = operation.spec
    seen: dict[str, Any] = yield from given.standing(spec, {"of": of}, inputs, dialect, actor="a", nth=0, things={})
    if seen["now"] is None:
        seen["now"] = given.told((yield from given.the_time(spec))[-1], dialect)
    subscribing: Step = {"name": SUBSCRIBE, "send": operation.id, "content": subscription}
    ending: Step = {**end, "name": END}
    wanted = sum(len(step.get("tells", ())) for step in sends)
    for step in (*earlier, subscribing, *sends, None, ending, *later, None):
        if step is None:
            yield Inbox(inputs.unique(LABEL), patience, wanted)
            yield Inbox(inputs.unique(LABEL), _CALM, _MANY)
            wanted = 0
            continue
        answer: Exchange = yield request_of(spec, step, seen, inputs, seen["now"], 0).with_step(step["name"])
        if not answer.ok:
            raise Unmet(f"{answer.request.operation} answered {answer.status or answer.failure}")
        seen |= remembered(step["name"], answer) | {"now": dialect.server_time(answer) or seen["now"]}


@dataclass
class _Told:
    """What has to come: a body, and the delivery that was accepted, if any."""

    body: Mapping[str, Any]
    accepted: int = 0


def judge(
    operation: Operation, trace: Sequence[Exchange], dialect: Dialect, *, sends: Sequence[Step], identified: Sequence[str]
) -> Iterator[Finding | Witness]:
    """A witness per delivery of what was to be told."""
    steps = {step["name"]: step.get("tells", ()) for step in sends}
    answers: dict[str, list[Exchange]] = {}
    told: list[_Told] = []
    came = 0
    for one in trace:
        answers.setdefault(one.step, []).append(one)
        if one.step.startswith(CAME):
            came += 1
            yield from _delivered(one, told, identified)
        elif one.step == END:
            for each in told:
                if not each.accepted:
                    yield Finding("missing", (one.number,), shown(each.body), str(came))
        elif one.ok:
            told += [_Told({name: _value(value, answers) for name, value in body.items()}) for body in steps.get(one.step, ())]


def _value(wanted: Any, answers: Mapping[str, Sequence[Exchange]]) -> Any:
    """A value of what is to be told: a literal, or what stood in the answer to a step."""
    if not isinstance(wanted, Mapping):
        return wanted
    return next(iter(referred(wanted, answers)), None)


def _delivered(one: Exchange, told: Sequence[_Told], identified: Sequence[str]) -> Iterator[Finding | Witness]:
    """What is to be said of one delivery."""
    body = one.request.json()
    named = [pointer.first(body, at) for at in identified]
    meant = [each for each in told if [pointer.first(each.body, at) for at in identified] == named]
    if not meant:
        yield Finding("unwanted", (one.number,), actual=shown(body))
        return
    each = next((each for each in meant if equal(each.body, body)), meant[0])
    yield Witness((one.number,), "delivery")
    if not equal(each.body, body):
        yield Finding("differs", (one.number,), shown(each.body), shown(body))
    if each.accepted:
        yield Finding("again", (each.accepted, one.number), actual=shown(body))
    if one.status < 500:
        each.accepted = one.number


def _made(name: str, thing: str) -> Exchange:
    return exchange("POST /things", 201, {"thingId": thing}, name="createThing", step=name, actor="a", sent={})


def _came(body: Mapping[str, Any], status: int = 204) -> Exchange:
    return exchange("POST /yance-thresholds", status, name=DELIVERY, step=CAME + "yance", sent=dict(body))


_SENDS = (
    {"name": "within", "send": "createThing"},
    {"name": "above", "send": "createThing", "tells": [{"thingId": {"of": "above", "at": "/thingId"}, "crossed": "high"}]},
)
_ABOVE = {"thingId": "above", "crossed": "high"}
_UNDER = (_made(SUBSCRIBE, "s"), _made("within", "within"), _made("above", "above"))
_ENDED = exchange("DELETE /things/s", 204, name="updateThing", step=END, actor="a")
EXAMPLES = Examples(
    operation="createThing",
    arguments={
        "of": {},
        "subscription": {},
        "sends": list(_SENDS),
        "end": {"send": "updateThing"},
        "identified": ["/thingId"],
    },
    conforms=[
        numbered(*_UNDER, _came(_ABOVE), _ENDED),
        numbered(*_UNDER, _came(_ABOVE, 503), _came(_ABOVE), _ENDED, _made("after", "after")),
    ],
    violates=[
        numbered(*_UNDER, _ENDED),
        numbered(*_UNDER, _came(_ABOVE, 503), _ENDED),
        numbered(*_UNDER, _came(_ABOVE), _came({"thingId": "within", "crossed": "high"}), _ENDED),
        numbered(*_UNDER, _came(_ABOVE), _ENDED, _made("after", "after"), _came({"thingId": "after", "crossed": "high"})),
        numbered(*_UNDER, _came(_ABOVE), _came(_ABOVE), _ENDED),
        numbered(*_UNDER, _came({**_ABOVE, "crossed": "low"}), _ENDED),
        numbered(*_UNDER, _came({**_ABOVE, "value": 140}), _ENDED),
    ],
    inconclusive=[[], numbered(*_UNDER), numbered(_made("within", "within"), _ENDED)],
)
