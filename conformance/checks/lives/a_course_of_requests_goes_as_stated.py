"""A course of requests goes as the interface says: each is answered as stated, and shows what those before it have brought about.

Why: many a rule speaks of an order of things: what was cancelled cannot be cancelled again, what came late stands in its place, what was
told once is never told again. No single answer shows whether it is kept.

A row tells each course in steps. A step that is not answered as stated ends its course.

Fails when: an answer has another status than those of its step, is a problem of another type, or has at a pointer another value than the
one stated, sent or seen before; or has anywhere what it should conceal.
Inconclusive when: what a course begins with could not be made, or nobody dealt with a step.
Source: the rows that use it.

    {name, of, steps}        a course; `of` names recipes that it stands on, as in a set-up recipe, `find` what the target has (as `/thing`)
    {name, send, …}          a step: an operation with `path`, `query`, `headers` and `content` (templates, in which `found` also sees
                             the answers of earlier steps by their names, `NAME headers`, and what was sent in
                             them as `NAME sent`), `actor`, `method`; sent `times` times, or `parallel` at once
    {name, pause}            a step: so many seconds; `still` where time changes nothing meanwhile of what the case made
    status, problems         what the answer of a step may be; of parallel ones exactly `wins` have the first status, the others another
    holds                    pointer: what stands there. A literal; {of, at}, what stood in the answer to another step; {sent, at}, what was sent
                             in one; {count: n}, so many values; {all: [values]}, exactly these in this order; {only: [values]}, none but
                             these; {not: [values]}, something, and none of these, which may be {of, at} or {sent, at}; {after: {of, at}} and
                             {from: {of, at}}, an instant later, or not earlier, than that one; {ahead: s, give: s}, an instant so many
                             seconds ahead of the answer, give or take some
    lacks                    pointers at which nothing stands
    conceals                 {of, at} or {sent, at}: texts that stand nowhere in the answer
    alike                    a step whose answer was the same, but for what differs from request to request
    quiet                    false where a list shows nothing but the course's own, or what else it shows does not matter
    soon                     {of, seconds}: where more time has passed since that step was sent, this one is not judged
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from conformance import given
from conformance.checks._example import exchange, numbered, problem
from conformance.checks._own import unusable
from conformance.checks._probes import mistyped
from conformance.checks._reading import shown
from conformance.checks._statuses import either
from conformance.checks.lives._stepping import Step, remembered, request_of
from conformance.checks.lives._wanted import meets, plain, referred
from conformance.interface.dialect import Dialect
from conformance.model import (
    Answer,
    Ask,
    Examples,
    Exchange,
    Finding,
    Inputs,
    Operation,
    Pause,
    Script,
    Touches,
    Unmet,
    Witness,
)
from conformance.text import pointer

TOUCHES = Touches.WRITES
ACTORS = ("b",)
WAITS = True
SEPARATOR = " / "
Course = Mapping[str, Any]

ABOUT = """一連串請求依介面規範進行：各步驟之回應如其所載，並呈現先前步驟之結果。
緣由：許多規則談的是先後次序：已取消者不得再取消、遲到者仍歸其位、僅告知一次者不得再告知。單一回應看不出是否遵守。
各要求以步驟描述每一過程；步驟之回應與所載不符時，該過程即告結束。
不通過：回應之狀態碼與該步驟所載不同；問題類型不同；某指標處之值與所載、所送或先前所見不同；或任何位置出現應隱藏之內容。
無法判定：過程之起點無法建立，或某步驟無人處理。
依據：使用本檢查之各要求。
    {name, of, steps}   一個過程；`of` 為其所依之前置步驟，`find` 為受測目標現有者（如 `/thing`）
    {name, send, …}     一個步驟：操作及其 `path`、`query`、`headers`、`content`（樣板，其 `found` 亦可取得先前步驟之回應）、`actor`、`method`；`times` 為次數，`parallel` 為同時
    {name, pause}       一個步驟：等候之秒數
    status, problems    該步驟可有之回應；同時送出者恰有 `wins` 個為第一個狀態碼
    holds               指標：該處之值；可為字面值、{of, at}、{sent, at}、{count: n}、{all: [值]}、{only: [值]}、{not: [值]}
    lacks               不得有值之指標
    conceals            {of, at} 或 {sent, at}：回應任何位置均不得出現之文字
    alike               回應應與之相同之步驟（逐次請求必然相異者除外）
"""

MESSAGES = {
    "status": {
        "en": "the step {at} should be answered {expected}, but got {actual}",
        "zh-Hant": "步驟 {at} 應回應 {expected}，實得 {actual}",
    },
    "type": {
        "en": "the refusal of the step {at} should be a problem of type {expected}, but is {actual}",
        "zh-Hant": "步驟 {at} 的拒絕，問題類型應為 {expected}，實為 {actual}",
    },
    "value": {
        "en": "the answer to the step {at} should show {expected}, but shows {actual}",
        "zh-Hant": "步驟 {at} 的回應應呈現 {expected}，實為 {actual}",
    },
    "told": {
        "en": "the answer to the step {at} tells what it should conceal: {actual}",
        "zh-Hant": "步驟 {at} 的回應含有不應透露者：{actual}",
    },
    "winners": {
        "en": "of the requests at once in the step {at} exactly {expected} should succeed, but {actual} did",
        "zh-Hant": "步驟 {at} 同時送出的請求應恰有 {expected} 個成功，實為 {actual}",
    },
    "alike": {
        "en": "the step {at} should be answered like {expected}, but differs: {actual}",
        "zh-Hant": "步驟 {at} 應得到與 {expected} 相同的回應，實際不同：{actual}",
    },
    "unexercised": {
        "en": "the course {aspect} did not come to its end",
        "zh-Hant": "流程 {aspect} 未能進行至結束",
    },
}


def aspects(operation: Operation, dialect: Dialect, *, courses: Sequence[Course]) -> list[str]:
    """The courses."""
    return [str(course["name"]) for course in courses]


def looks(*, courses: Sequence[Course]) -> Iterator[str]:
    """What the steps send that is about no single thing, but where a row says that it need not be quiet."""
    steps = (step for course in courses for step in course["steps"] if "send" in step)
    yield from (step["send"] for step in steps if "path" not in step and step.get("quiet", True))


def drive(operation: Operation, inputs: Inputs, dialect: Dialect, *, courses: Sequence[Course]) -> Script:
    """Every course, each on things of its own. One that pauses lets the others go on; one that cannot begin leaves them as they are."""
    refusals, waiting = list[Unmet](), list[_Waiting]()
    for nth, course in enumerate(courses):
        yield from _until_it_waits(_course(operation, course, inputs, dialect, nth), waiting, refusals)
    while waiting:
        seconds, still = min(one.seconds for one in waiting), all(one.still for one in waiting)
        yield Pause(seconds, apart=True, still=still)
        before, waiting = waiting, []
        for one in before:
            if one.seconds > seconds:
                waiting.append(replace(one, seconds=one.seconds - seconds))
            else:
                yield from _until_it_waits(one.script, waiting, refusals)
    if refusals:
        raise refusals[-1]


@dataclass(frozen=True)
class _Waiting:
    """A course that lets so many seconds pass. `still`: neither now nor later does time change what it made."""

    script: Script
    seconds: float
    still: bool


def _until_it_waits(script: Script, waiting: list[_Waiting], refusals: list[Unmet]) -> Script:
    """Goes on with a course until it is one of those that wait, at its end, or one of those that were refused."""
    answer: Answer = None
    while True:
        try:
            ask: Ask = script.send(answer)
        except StopIteration:
            return
        except Unmet as unmet:
            refusals.append(unmet)
            return
        if isinstance(ask, Pause) and ask.apart:
            waiting.append(_Waiting(script, ask.seconds, ask.still))
            return
        answer = yield ask


def _course(operation: Operation, course: Course, inputs: Inputs, dialect: Dialect, nth: int) -> Script:
    """One course, until a step is not answered as stated."""
    things: given.Things = {}
    item = yield from given.standing(operation.spec, course, inputs, dialect, actor="a", nth=nth, things=things)
    if "find" in course:
        found = yield from given.matching(operation.spec, course["find"], inputs, dialect, most=1)
        if not found:
            raise Unmet(f"{course['find']['operation']} shows nothing with which {course['name']} could begin")
        item = {**item, "thing": found[0]}
    seen = dict(item)
    if seen["now"] is None:
        told: Exchange = (yield from given.the_time(operation.spec))[-1]
        seen["now"] = given.told(told, dialect)
    before: list[Exchange] = []
    for place, step in enumerate(course["steps"]):
        if "pause" in step:
            still = all(one.get("still", False) for one in course["steps"][place:] if "pause" in one)
            yield Pause(step["pause"], apart=True, still=still)
            continue
        for answers in (yield from _sent(operation, course, step, seen, inputs, dialect, nth)):
            judged = [one for each in answers for one in _stepped(course, step, [each], {})]
            if any(_unheard(one, step, before) for one in answers) or (judged and "parallel" not in step):
                return
            before += answers
            seen |= remembered(step["name"], answers[-1])
            seen["now"] = dialect.server_time(answers[-1]) or seen["now"]


def _unheard(one: Exchange, step: Step, before: Sequence[Exchange]) -> bool:
    """Whether an answer says nothing of its step: nobody dealt with the request, or the credentials were not taken. Whoever was answered
    by the same operation in this course has the scope for it, so that a 403 there is of something else.
    """
    if one.status in step["status"] or not unusable(one):
        return False
    return one.status != 403 or not any(
        (each.request.operation, each.request.actor) == (one.request.operation, one.request.actor) and not unusable(each)
        for each in before
    )


def _sent(
    operation: Operation, course: Course, step: Step, seen: Mapping[str, Any], inputs: Inputs, dialect: Dialect, nth: int
) -> Script:
    """Sends a step, and gives its answers: those that were sent at once together."""
    now = seen["now"]
    label = course["name"] + SEPARATOR + step["name"]
    requests = [
        request_of(operation.spec, step, seen, inputs, now, nth * 100 + index).with_step(label)
        for index in range(step.get("parallel", step.get("times", 1)))
    ]
    if "parallel" in step:
        return [(yield requests)]
    answers = []
    for request in requests:
        one: Exchange = yield request
        answers.append([one])
    return answers


def judge(
    operation: Operation, trace: Sequence[Exchange], dialect: Dialect, *, courses: Sequence[Course]
) -> Iterator[Finding | Witness]:
    """A witness per course that came to its end as it should."""
    by_label: dict[str, list[Exchange]] = {}
    for one in trace:
        by_label.setdefault(one.step, []).append(one)
    for course in courses:
        yield from _judged(course, by_label, dialect)


def _judged(course: Course, by_label: Mapping[str, Sequence[Exchange]], dialect: Dialect) -> Iterator[Finding | Witness]:
    steps = [step for step in course["steps"] if "pause" not in step]
    told = {step["name"]: by_label.get(course["name"] + SEPARATOR + step["name"], ()) for step in steps}
    before: list[Exchange] = []
    for step in steps:
        answers = told[step["name"]]
        if len(answers) < step.get("parallel", 1) or any(_unheard(one, step, before) for one in answers):
            return
        found = [] if _too_late(step, answers, told) else list(_stepped(course, step, answers, told, dialect))
        yield from found
        if found or len(answers) < step.get("times", 1):
            return
        before += answers
    if before:
        yield Witness(tuple(one.number for one in before[-50:]), course["name"], aspect=course["name"])


def _too_late(step: Step, answers: Sequence[Exchange], told: Mapping[str, Sequence[Exchange]]) -> bool:
    """Whether a step says nothing any more, since it was sent too long after the one that it follows."""
    if "soon" not in step:
        return False
    first = told[step["soon"]["of"]][0]
    return bool(answers[-1].sent_at - first.sent_at > step["soon"]["seconds"] * 1000)


def _stepped(
    course: Course,
    step: Step,
    answers: Sequence[Exchange],
    told: Mapping[str, Sequence[Exchange]],
    dialect: Dialect | None = None,
) -> Iterator[Finding]:
    """What is wrong with the answers to a step. Without what the others told, only what they say by themselves."""
    label = course["name"] + SEPARATOR + step["name"]
    for one in answers:
        if one.status not in step["status"]:
            yield Finding("status", (one.number,), either(step["status"]), str(one.status), label)
            return
    if "wins" in step and told:
        won = [one for one in answers if one.status == step["status"][0]]
        if len(won) != step["wins"]:
            yield Finding("winners", tuple(one.number for one in answers), str(step["wins"]), str(len(won)), label)
            return
    for one in answers:
        if dialect is not None and not one.ok and mistyped(one, step.get("problems", ()), dialect):
            yield Finding("type", (one.number,), " / ".join(step["problems"]), dialect.problem_slug(one) or "-", label)
        elif told:
            now = dialect.server_time(one) if dialect is not None else None
            yield from _shown(step, one, told, label, now)


def _shown(
    step: Step, one: Exchange, told: Mapping[str, Sequence[Exchange]], label: str, now: datetime | None
) -> Iterator[Finding]:
    """What is wrong with what an answer shows."""
    for where, wanted in step.get("holds", {}).items():
        found = pointer.values(one.json, where)
        if not meets(found, wanted, told, now):
            yield Finding("value", (one.number,), f"{where}: {shown(plain(wanted, told))}", shown(found), label)
    for where in step.get("lacks", ()):
        if found := pointer.values(one.json, where):
            yield Finding("value", (one.number,), f"{where}: -", shown(found), label)
    for each in step.get("conceals", ()):
        for value in referred(each, told):
            if isinstance(value, str) and value and one.tells(value):
                yield Finding("told", (one.number,), "", str(each["at"]), label)
    if "alike" in step and told.get(step["alike"]):
        before = told[step["alike"]][0]
        if (one.status, _lasting(one.json)) != (before.status, _lasting(before.json)):
            yield Finding("alike", (before.number, one.number), step["alike"], shown(_lasting(one.json)), label)


def _lasting(document: Any) -> Any:
    """A problem document without what differs from request to request."""
    if not isinstance(document, Mapping):
        return document
    return {name: document[name] for name in ("type", "title", "status", "detail", "errors") if name in document}


def _example(step: str, status: int, body: Any = None, name: str = "createThing", method: str = "POST /things") -> Exchange:
    return exchange(
        method,
        status,
        body,
        name=name,
        step=f"twice{SEPARATOR}{step}",
        actor="a",
        headers={"Date": "Sun, 01 Mar 2026 00:00:00 GMT"},
        sent={"note": "yance-n", "who": {"names": ["yance-w"]}, "until": "2026-03-01T00:00:00Z"},
    )


_TAKEN = problem(409, "taken")
_STEPS = [
    {"name": "first", "send": "createThing", "status": [201]},
    {
        "name": "second",
        "send": "createThing",
        "status": [409],
        "problems": ["taken"],
        "conceals": [{"of": "first", "at": "/thingId"}],
    },
    {"name": "third", "send": "createThing", "status": [409], "alike": "second"},
    {
        "name": "read",
        "send": "getThing",
        "status": [200],
        "holds": {
            "/thingId": {"of": "first", "at": "/thingId"},
            "/note": {"sent": "first", "at": "/note"},
            "/who": {"sent": "first", "at": "/who"},
            "/at": "2026-03-01T00:00:00+08:00",
            "/list/*": {"all": [1, 2]},
            "/state": {"not": ["OLD", {"of": "first", "at": "/thingId"}]},
            "/until": {"after": {"sent": "first", "at": "/until"}},
            "/made": {"from": {"sent": "first", "at": "/until"}},
            "/due": {"ahead": 60, "give": 10},
            "/kinds/*": {"only": ["x", "y"]},
            "/other/*": {"count": 0},
        },
        "lacks": ["/hidden"],
    },
    {"name": "soon", "send": "getThing", "status": [404], "soon": {"of": "read", "seconds": 10}},
    {"name": "race", "send": "createThing", "status": [201, 409], "parallel": 2, "wins": 1},
]
_READ = {
    "thingId": "thing-1",
    "note": "yance-n",
    "who": {"names": ["yance-w"], "more": 1},
    "at": "2026-02-28T16:00:00Z",
    "list": [1, 2],
    "state": "NEW",
    "until": "2026-03-01T08:00:01+08:00",
    "made": "2026-03-01T08:00:00+08:00",
    "due": "2026-03-01T00:01:04Z",
}
_BEGIN = (_example("first", 201, {"thingId": "thing-1"}), _example("second", 409, _TAKEN), _example("third", 409, _TAKEN))


def _reading(**members: Any) -> Exchange:
    return _example("read", 200, {**_READ, **members}, "getThing", "GET /things/thing-1")


_SOON, _LATE = (
    replace(_example("soon", status, None, "getThing", "GET /things/thing-1"), sent_at=at)
    for status, at in ((404, 0), (200, 11_000))
)
_RACE = (_example("race", 201, {"thingId": "thing-2"}), _example("race", 409, _TAKEN))
EXAMPLES = Examples(
    operation="createThing",
    arguments={"courses": [{"name": "twice", "steps": _STEPS}]},
    conforms=[numbered(*_BEGIN, _reading(), _SOON, *_RACE), numbered(*_BEGIN, _reading(), _LATE, *_RACE)],
    violates=[
        numbered(_example("first", 422, problem(422, "bad-body"))),
        numbered(_BEGIN[0], _example("second", 201, {"thingId": "thing-2"})),
        numbered(_BEGIN[0], _example("second", 403, problem(403, "forbidden"))),
        numbered(_BEGIN[0], _example("second", 409, problem(409, "other"))),
        numbered(_BEGIN[0], _example("second", 409, {**_TAKEN, "who": "thing-1"})),
        numbered(*_BEGIN[:2], _example("third", 409, {**_TAKEN, "detail": "again"})),
        numbered(*_BEGIN, _reading(thingId="thing-2")),
        numbered(*_BEGIN, _reading(note="other")),
        numbered(*_BEGIN, _reading(who={"names": []})),
        numbered(*_BEGIN, _reading(at="2026-03-01T00:00:00Z")),
        numbered(*_BEGIN, _reading(list=[2, 1])),
        numbered(*_BEGIN, _reading(state="OLD")),
        numbered(*_BEGIN, _reading(state="thing-1")),
        numbered(*_BEGIN, _reading(until="2026-03-01T00:00:00Z")),
        numbered(*_BEGIN, _reading(made="2026-02-28T23:59:59Z")),
        numbered(*_BEGIN, _reading(due="2026-03-01T00:02:00Z")),
        numbered(*_BEGIN, _reading(other=[1])),
        numbered(*_BEGIN, _reading(kinds=["x", "z"])),
        numbered(*_BEGIN, _reading(hidden="s")),
        numbered(*_BEGIN, _reading(), _SOON, _RACE[0], _RACE[0]),
        numbered(*_BEGIN, _reading(), replace(_LATE, sent_at=9_000)),
    ],
    inconclusive=[
        [],
        numbered(_example("first", 503)),
        numbered(_example("first", 403, problem(403, "forbidden"))),
        numbered(*_BEGIN, _reading(), _SOON, _RACE[0]),
    ],
)
