"""A change is made only under the present entity tag: without one it is refused, under an older one too, and of two writers one wins.

Why: two clients that read the same state and both write lose one of the two changes silently; the tag is the only thing that tells
the second that it decided on old data.

Fails when: a change without If-Match, where it is needed (`required`), is not answered 428 (`missing`); one under a tag that was never
or is no longer current, or under the present tag marked weak (If-Match compares strongly), not 412 (`status`); nor one under the
present tag without its quotes (`misshapen`) or, where the row says `star: refused`, replaced by `*`; a refused change has an effect; of
several changes sent at once under the same tag not exactly one succeeds.
Inconclusive when: the resource cannot be made or changed, or an attempt was not answered.
Source: RFC 9110 section 13.1.1; RFC 6585 section 3.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Literal

from conformance import given
from conformance.checks._example import exchange, numbered, problem
from conformance.checks._own import amendment, known_recipe, lapsed, recipe_of, refreshed, unusable
from conformance.checks._reading import shown
from conformance.checks._statuses import either
from conformance.interface.dialect import Dialect
from conformance.model import Examples, Exchange, Finding, Inputs, Operation, Script, Touches, Witness

TOUCHES = Touches.OWN
ASKS = 33
NO_TAG, NEVER, OLD, RACE = "without If-Match", "under a tag that never was", "under a tag that is no longer current", "at once"
WEAK, BARE = "under the weak form of the present tag", "under the present tag without its quotes"
NEARLY, ANY = "under a tag that begins like the present one", "under *"
READ = "read"

ABOUT = """變更須憑現行實體標籤：未帶標籤者拒絕，過時者亦拒絕；兩個寫入者僅其一成功。
緣由：兩個用戶端讀到相同狀態而各自寫入，其一之變更會無聲消失；唯有標籤能告知後者其依據已過時。
不通過：須帶 If-Match（`required`）而未帶者，未回應 428（`missing`）；以從未存在或已過時之標籤，或標示為弱之現行標籤（If-Match 採強比較）變更者，未回應 412（`status`）；以去除引號之現行標籤（`misshapen`），或要求載明 `star: refused` 而以 `*` 取代者，亦同；遭拒之變更卻生效；同時以同一標籤送出之多個變更，並非恰有一個成功。
無法判定：資源無法建立或變更，或有嘗試未獲回應。
依據：RFC 9110 第 13.1.1 節；RFC 6585 第 3 節。
"""

MESSAGES = {
    "status": {
        "en": "a change {at} should be answered {expected}, but got {actual}",
        "zh-Hant": "條件為「{at}」的變更應回應 {expected}，實得 {actual}",
    },
    "effect": {
        "en": "a change {at} was refused and had an effect all the same: expected {expected}, got {actual}",
        "zh-Hant": "條件為「{at}」的變更遭拒卻仍生效：應為 {expected}，實為 {actual}",
    },
    "race": {
        "en": "of several changes at once under one tag {expected} should succeed, but {actual} did",
        "zh-Hant": "同時以同一標籤送出的數個變更應有 {expected} 個成功，實有 {actual} 個",
    },
}


def drive(
    operation: Operation,
    inputs: Inputs,
    dialect: Dialect,
    *,
    writers: int = 4,
    required: bool | None = None,
    star: Literal["refused", "allowed"] = "allowed",
    misshapen: Sequence[int] = (412,),
) -> Script:
    """Each attempt stands between two readings; then a race on a fresh resource."""
    name, _ = recipe_of(operation)
    spec = operation.spec
    one = yield from given.created(spec, name, inputs, dialect)
    one = refreshed(one, (yield given.read(spec, one, step=READ)))
    tag = one.tag or '"yance"'
    wrong = {NO_TAG: None, NEVER: '"yance-never"', WEAK: f"W/{tag}", BARE: tag.strip('"'), NEARLY: f'{tag[:-2]}"', ANY: "*"}
    tried = {NO_TAG: _needed(operation, required), ANY: star == "refused", BARE: bool(misshapen)}
    for label, sent in wrong.items():
        if not tried.get(label, True):
            continue
        yield given.change(spec, one, amendment(spec, one)[0], tag=sent, step=label)
        one = refreshed(one, (yield given.read(spec, one, step=READ)))
    old = one.tag
    yield given.change(spec, one, amendment(spec, one)[0], tag=old, step="accepted")
    one = refreshed(one, (yield given.read(spec, one, step=READ)))
    yield given.change(spec, one, amendment(spec, one)[0], tag=old, step=OLD)
    yield given.read(spec, one, step=READ)
    one = yield from given.created(spec, name, inputs, dialect, nth=1)
    one = refreshed(one, (yield given.read(spec, one, step=READ)))
    changes = amendment(spec, one)
    yield [given.change(spec, one, changes[n % len(changes)], tag=one.tag, step=RACE) for n in range(writers)]
    yield given.read(spec, one, step=READ)


def judge(
    operation: Operation,
    trace: Sequence[Exchange],
    dialect: Dialect,
    *,
    required: bool | None = None,
    missing: Sequence[int] = (428,),
    status: Sequence[int] = (412,),
    star: Literal["refused", "allowed"] = "allowed",
    misshapen: Sequence[int] = (412,),
) -> Iterator[Finding | Witness]:
    """One witness per kind of attempt. `status` refuses a tag that is not the present one, and `*` where `star` is refused (RFC 9110 lets
    it succeed); `missing` a change without If-Match where that is `required` (without the word: where the document requires the header
    or declares such an answer); `misshapen` an If-Match that is none (empty: not tried).
    """
    known = known_recipe(operation)
    if known is None:
        return
    expected: dict[str, Sequence[int]] = dict.fromkeys((NEVER, WEAK, NEARLY, OLD), status)
    expected |= {NO_TAG: missing} if _needed(operation, required) else {}
    expected |= {ANY: status} if star == "refused" else {}
    expected |= {BARE: misshapen} if misshapen else {}
    for index, one in enumerate(trace):
        if one.step in expected and not unusable(one):
            before = next((other for other in reversed(trace[:index]) if other.step == READ), None)
            after = next((other for other in trace[index + 1 :] if other.step == READ), None)
            yield from _attempt(operation, known[0], one, before, after, expected[one.step])
    yield from _race(operation, known[0], trace)


def _needed(operation: Operation, required: bool | None) -> bool:
    """Whether a change has to have If-Match: as the row says, or the document."""
    p = operation.parameter("If-Match", "header")
    return required if required is not None else "428" in operation.responses or (p is not None and p.required)


def _attempt(
    operation: Operation,
    name: str,
    one: Exchange,
    before: Exchange | None,
    after: Exchange | None,
    expected: Sequence[int],
) -> Iterator[Finding | Witness]:
    if one.step == OLD and one.request.header("If-Match") in (None, before.header("etag") if before else None):
        return  # the tag has not changed since, so it is the present one
    yield Witness((one.number,), one.step, aspect=one.step)
    if one.status not in expected:
        yield Finding("status", (one.number,), either(expected), str(one.status), one.step)
    elif (
        before is not None and after is not None and before.ok and after.ok and _changed(operation, name, before.json, after.json)
    ):
        yield Finding("effect", (before.number, one.number, after.number), shown(before.json), shown(after.json), one.step)


def _changed(operation: Operation, name: str, before: Any, after: Any) -> bool:
    return bool(before != after and not lapsed(operation.spec, name, before, after))


def _race(operation: Operation, name: str, trace: Sequence[Exchange]) -> Iterator[Finding | Witness]:
    race = [one for one in trace if one.step == RACE]
    if len(race) < 2 or race[0].request.header("If-Match") is None:
        return
    won = [one for one in race if one.ok]
    numbers = tuple(one.number for one in race)
    answered = not any(unusable(one) for one in race)
    reads = [one for one in trace if one.step == READ and one.request.path == race[0].request.path and one.ok]
    if not won and len(reads) > 1 and lapsed(operation.spec, name, reads[0].json, reads[-1].json):
        return
    if answered:
        yield Witness(numbers, RACE)
    if len(won) > 1 or (answered and not won):
        yield Finding("race", numbers, "exactly 1", str(len(won)))


def _read(state: str = "NEW", tag: str = '"1"', identifier: str = "t1") -> Exchange:
    body = {"thingId": identifier, "state": state}
    return exchange(f"GET /things/{identifier}", 200, body, name="getThing", step=READ, headers={"ETag": tag})


def _change(step: str, status: int, tag: str | None = None, identifier: str = "t1") -> Exchange:
    body = {"thingId": identifier, "state": "SOLD"} if status == 200 else problem(status)
    sent = {"If-Match": tag} if tag else {}
    return exchange(
        f"PATCH /things/{identifier}", status, body, name="updateThing", step=step, sent={"state": "SOLD"}, sent_headers=sent
    )


def _raced(*statuses: int) -> list[Exchange]:
    return [_read(identifier="t2"), *(_change(RACE, status, '"1"', "t2") for status in statuses), _read(identifier="t2")]


_OLD = (_change("accepted", 200, '"1"'), _read("SOLD", '"2"'))
EXAMPLES = Examples(
    operation="updateThing",
    conforms=[
        numbered(_read(), _change(NO_TAG, 428), _read(), _change(NEVER, 412, '"x"'), _read()),
        numbered(_read(), *_OLD, _change(OLD, 412, '"1"'), _read("SOLD", '"2"')),
        numbered(*_raced(412, 200, 412)),
        numbered(_read(), _change(NO_TAG, 428), _read("GONE")),
    ],
    violates=[
        numbered(_read(), _change(NO_TAG, 200), _read("SOLD", '"2"')),
        numbered(_read(), _change(NEVER, 400, '"x"'), _read()),
        numbered(_read(), _change(WEAK, 200, 'W/"1"'), _read("SOLD", '"2"')),
        numbered(_read(), _change(ANY, 200, "*"), _read("SOLD", '"2"')),
        numbered(_read(), _change(BARE, 200, "1"), _read("SOLD", '"2"')),
        numbered(_read(), *_OLD, _change(OLD, 200, '"1"'), _read("GONE", '"3"')),
        numbered(_read(), _change(NO_TAG, 428), _read("SOLD", '"2"')),
        numbered(*_raced(200, 200, 412)),
        numbered(*_raced(412, 412)),
    ],
    inconclusive=[[], numbered(_read(), _change(NO_TAG, 429), _read()), numbered(*_raced(200, 429))],
    arguments={"star": "refused"},
)
