"""An Idempotency-Key stands for one request: with another body it is refused, and of requests at once with one key one creates.

Why: a key that is checked before it is written down lets the second of two simultaneous retries through, and the customer has two
bookings; a key that silently takes another body gives a client the answer to a question that it did not ask.

Fails when: a used key with another body is not answered 422 (`reused`), or makes something; a key that
differs only in case or length gives the resource of the first; requests at once with one key and body name more than
one id, or are answered with anything but the one success or 409 (`racing`); or, where the row names them, a refusal is not of the type
`reused_type` or `racing_type`.
Inconclusive when: nothing could be created, or no simultaneous request succeeded.
Source: The Idempotency-Key HTTP Header Field (IETF draft, httpapi working group).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

from conformance import given
from conformance.checks._example import exchange, numbered, page, problem
from conformance.checks._own import id_of, known_recipe, marks, recipe_of, remarked, resent, unusable
from conformance.checks._probes import mistyped
from conformance.checks._statuses import either
from conformance.checks._views import traverse, views
from conformance.interface import contract
from conformance.interface.bodies import document_of
from conformance.interface.dialect import Dialect, instant
from conformance.model import Examples, Exchange, Finding, Inputs, Operation, Script, Touches, Unmet, Witness

TOUCHES = Touches.WRITES
ASKS = 23
FIRST, OTHER, RACE = "first", "the same key with another body", "at once with one key"
NEAR = "a key that is nearly the same"
LONG, LONG_NEAR = "a key of the greatest length", "one that differs in its last character"
BEFORE, AFTER = "list before", "list after"

ABOUT = """一個 Idempotency-Key 代表一個請求：本文不同者拒絕；同時以同一鍵送出之請求僅建立一筆。
緣由：先檢查後寫入之鍵會讓同時重試之第二個請求通過，客戶因而有兩筆預約；默默接受其他本文之鍵，則讓用戶端得到並非其所問之答案。
不通過：以用過之鍵送出不同本文，未回應 422（`reused`）或有所建立；僅大小寫或長度不同之鍵得到前者之資源；同時以同一鍵及本文送出之請求得到一個以上識別碼，或回應既非該一成功亦非 409（`racing`）；要求指明問題類型時，拒絕之類型非 `reused_type` 或 `racing_type`。
無法判定：無法建立，或同時之請求無一成功。
依據：The Idempotency-Key HTTP Header Field（IETF 草案，httpapi 工作小組）。
"""

MESSAGES = {
    "reused": {
        "en": "a used key with another body should be answered {expected}, but got {actual}",
        "zh-Hant": "以用過的鍵送出另一本文，應回應 {expected}，實得 {actual}",
    },
    "near": {
        "en": "a key that differs in case or length is another key: expected {expected}, got {actual}",
        "zh-Hant": "大小寫或長度不同的鍵即為另一個鍵：應為 {expected}，實得 {actual}",
    },
    "made": {
        "en": "one key should have made {expected}, but the list shows {actual} new ones",
        "zh-Hant": "同一個鍵應只建立 {expected}，清單卻出現 {actual} 筆新資源",
    },
    "several": {
        "en": "simultaneous requests with one key should name {expected}, but name {actual}",
        "zh-Hant": "以同一個鍵同時送出的請求應得到 {expected}，實得 {actual}",
    },
    "type": {
        "en": "the refusal should be a problem of type {expected}, but is {actual}",
        "zh-Hant": "拒絕的問題類型應為 {expected}，實為 {actual}",
    },
    "refusal": {
        "en": "a simultaneous request with one key should be answered {expected}, but got {actual}",
        "zh-Hant": "以同一個鍵同時送出的請求應回應 {expected}，實得 {actual}",
    },
}


def drive(operation: Operation, inputs: Inputs, dialect: Dialect, *, racers: int = 5, tries: int = 3) -> Script:
    """A creation, its key with another body; then, per candidate of the recipe, one creation several times at once."""
    name, recipe = recipe_of(operation)
    spec = operation.spec
    listing = spec.operations.get(recipe.get("list", ""))
    things: given.Things = {}
    shelf = yield from given.shelf(spec, name, inputs, dialect, things=things)
    if listing is not None and shelf is not None:
        yield from traverse(listing, dialect, shelf, step=BEFORE)
    one = yield from given.created(spec, name, inputs, dialect, step=FIRST, things=things)
    body = document_of(operation, one.request)
    other = remarked(inputs, body, "other")
    if other == body:
        raise Unmet("the body has no text of its own that could be another one")
    yield from _misused(operation, one.exchange, other, remarked(inputs, body, "long"))
    # Each candidate is raced for: where one unit is all there is, capacity would hide what the key lets through.
    for nth, candidate in enumerate(recipe["candidates"], 1):
        wanted = yield from given.filled(spec, candidate, inputs, dialect, nth=nth, things=things)
        for index, each in enumerate(wanted[:tries]):
            label = f"race-{candidate['name']}-{index}".replace(" ", "-")
            request = given.creation(operation, each, inputs, actor="a", label=label).with_step(RACE)
            answers: list[Exchange] = yield [request] * racers
            if any(answer.ok for answer in answers):
                break
    if listing is not None and shelf is not None:
        yield from traverse(listing, dialect, shelf, step=AFTER)


def _misused(operation: Operation, first: Exchange, other: Any, longer: Any) -> Script:
    """The key of a creation with other bodies, then keys that are nearly the same: with its body, and two long ones with another body."""
    for changed in _others(document_of(operation, first.request), other):
        if contract.request_refused(operation, operation.media_type, changed):
            continue  # it would be refused for what it is, not for its key
        yield given.with_document(operation, resent(first, OTHER), changed)
    used = first.request.header("Idempotency-Key") or ""
    for key in _near(used):
        yield resent(first, NEAR).with_header("Idempotency-Key", key)
    if length := _longest(operation):
        for step, last in ((LONG, "a"), (LONG_NEAR, "b")):
            key = used.ljust(length - 1, "-")[: length - 1] + last
            yield given.with_document(operation, resent(first, step), longer).with_header("Idempotency-Key", key)


def _others(body: Any, other: Any) -> Iterator[Any]:
    """The body with other texts of its own and at other times; then with only one member changed."""
    spans = [moment for name in body if (moment := instant(body[name])) is not None]
    shift = (max(spans) - min(spans)) if spans else timedelta()
    moved = {name: _shifted(value, shift) for name, value in body.items()}
    yield {**other, **{name: value for name, value in moved.items() if value != body[name]}}
    for name, value in body.items():
        if other[name] != value:
            yield {**body, name: other[name]}
    if last := [name for name in body if spans and instant(body[name]) == max(spans)]:
        yield {**body, last[0]: _shifted(body[last[0]], timedelta(seconds=60))}


def _longest(operation: Operation) -> int:
    """How long an idempotency key may be, where the document says so and keys of any letters will do; else 0."""
    p = operation.parameter("Idempotency-Key", "header")
    most = p.schema.get("maxLength", 0) if p else 0
    fits = most and contract.parameter_accepts(operation, "Idempotency-Key", "-" * (most - 1) + "a", "header")
    return most if fits else 0


def _shifted(value: Any, shift: timedelta) -> Any:
    moment = instant(value)
    return value if moment is None else (moment + shift).astimezone(given.TAIPEI).isoformat()


def _near(key: str) -> tuple[str, ...]:
    """Keys that differ from a key in case, and in what follows it."""
    return (key.swapcase(), f"{key}.") if key else ()


def judge(
    operation: Operation,
    trace: Sequence[Exchange],
    dialect: Dialect,
    *,
    reused: Sequence[int] = (422,),
    racing: Sequence[int] = (409,),
    reused_type: str = "",
    racing_type: str = "",
) -> Iterator[Finding | Witness]:
    """One witness for the used key, one per race that was won. `reused` refuses a used key with another body, `racing` a request while
    another with its key is dealt with; `reused_type` and `racing_type` say how the types of these refusals end.
    """
    known = known_recipe(operation)
    if known is None:
        return
    recipe = known[1]
    first = next((one for one in reversed(trace) if one.step == FIRST and one.ok), None)
    listing = operation.spec.operations.get(recipe.get("list", ""))
    if first is not None:
        yield from _again(recipe, listing, trace, first, dialect, reused)
        yield from _typed([one for one in trace if one.step == OTHER and one.status in reused], reused_type, dialect)
    races: dict[str, list[Exchange]] = {}
    for one in trace:
        if one.step == RACE:
            races.setdefault(one.request.header("Idempotency-Key") or "", []).append(one)
    for race in races.values():
        yield from _race(recipe, race, racing)
        if any(one.ok for one in race):  # where nobody wins, it is not the key that they are refused for
            yield from _typed([one for one in race if one.status in racing], racing_type, dialect)
        if listing is not None:
            yield from _made(listing, trace, race[0], dialect, most=1)


def _again(
    recipe: Any,
    listing: Operation | None,
    trace: Sequence[Exchange],
    first: Exchange,
    dialect: Dialect,
    reused: Sequence[int],
) -> Iterator[Finding | Witness]:
    """What the same key with another body came to, and a key that is nearly the same."""
    long = [one for one in trace if one.step == LONG and one.ok]
    for other in [one for one in trace if one.step in (OTHER, NEAR, LONG_NEAR) and not unusable(one)]:
        if other.step != OTHER:
            for used in [first] if other.step == NEAR else long[:1]:
                yield from _near_by(recipe, used, other)
            continue
        yield from _reused(first, other, reused)
        if listing is not None and not set(marks(other)) & set(marks(first)):
            yield from _made(listing, trace, other, dialect, most=0)


def _reused(first: Exchange, other: Exchange, reused: Sequence[int]) -> Iterator[Finding | Witness]:
    yield Witness((first.number, other.number), OTHER)
    if other.status not in reused:
        yield Finding("reused", (first.number, other.number), either(reused), str(other.status))


def _near_by(recipe: Any, first: Exchange, other: Exchange) -> Iterator[Finding | Witness]:
    yield Witness((first.number, other.number), NEAR)
    if other.ok and id_of(recipe, other) == id_of(recipe, first):
        yield Finding("near", (first.number, other.number), "another id, or a refusal", str(id_of(recipe, other)))


def _typed(refusals: Sequence[Exchange], wanted: str, dialect: Dialect) -> Iterator[Finding]:
    for one in refusals:
        if mistyped(one, [wanted] if wanted else [], dialect):
            yield Finding("type", (one.number,), wanted, dialect.problem_slug(one) or "-")


def _race(recipe: Any, race: Sequence[Exchange], racing: Sequence[int]) -> Iterator[Finding | Witness]:
    numbers = tuple(one.number for one in race)
    answered = [one for one in race if not unusable(one)]
    won = [one for one in answered if one.ok]
    if len(answered) < 2 or not won:
        return
    yield Witness(numbers, RACE)
    if len(named := {str(id_of(recipe, one)) for one in won}) > 1:
        yield Finding("several", numbers, "one id", ", ".join(sorted(named)))
    for one in answered:
        if not one.ok and one.status not in racing:
            yield Finding("refusal", (one.number,), either([won[0].status, *racing]), str(one.status))


def _made(listing: Operation, trace: Sequence[Exchange], sent: Exchange, dialect: Dialect, *, most: int) -> Iterator[Finding]:
    """New items of the list that carry the marks of what was sent, if there are more than `most`."""
    seen = {view.step: view for view in views(listing, trace, dialect) if view.complete}
    wanted = marks(sent)
    if BEFORE not in seen or AFTER not in seen or not wanted:
        return
    fresh = [item for key, item in seen[AFTER].known.items() if key not in seen[BEFORE].known]
    ours = [item for item in fresh if all(mark in json.dumps(item, ensure_ascii=False) for mark in wanted)]
    if len(ours) > most:
        yield Finding("made", (sent.number, *seen[AFTER].numbers), str(most), str(len(ours)))


_SENT, _OTHER = {"note": "yance-note-0-1a2b3c4d"}, {"note": "yance-other-note-0-1a2b3c4d"}


def _create(step: str, status: int = 201, identifier: str = "t1", sent: Any = None, slug: str = "") -> Exchange:
    named = slug or ("in-use" if step == RACE else "re-used")
    body = {"thingId": identifier, "state": "NEW"} if status < 300 else problem(status, named)
    key = {"Idempotency-Key": "k2" if step == RACE else "k1"}
    return exchange("POST /things", status, body, name="createThing", step=step, actor="a", sent=sent or _SENT, sent_headers=key)


def _list(step: str, **items: Any) -> Exchange:
    return exchange("GET /things", 200, page(*({"thingId": key, **item} for key, item in items.items())), step=step, actor="a")


_USED = (_create(FIRST), _create(OTHER, 422, sent=_OTHER))
EXAMPLES = Examples(
    operation="createThing",
    arguments={"reused_type": "re-used", "racing_type": "in-use"},
    conforms=[
        numbered(_list(BEFORE), *_USED, _list(AFTER, t1=_SENT)),
        numbered(_create(RACE, 409), _create(RACE), _create(RACE)),
        numbered(*_USED, _create(LONG, identifier="t2"), _create(LONG_NEAR, identifier="t3")),
    ],
    violates=[
        numbered(_create(FIRST), _create(OTHER, sent=_OTHER)),
        numbered(_create(FIRST), _create(NEAR)),
        numbered(_create(FIRST), _create(LONG, identifier="t2"), _create(LONG_NEAR, identifier="t2")),
        numbered(_list(BEFORE), *_USED, _list(AFTER, t1=_SENT, t2=_OTHER)),
        numbered(_create(RACE), _create(RACE, identifier="t2")),
        numbered(_create(RACE), _create(RACE, 500)),
        numbered(_create(FIRST), _create(OTHER, 422, sent=_OTHER, slug="bad-body")),
        numbered(_create(RACE), _create(RACE, 409, slug="full")),
    ],
    inconclusive=[
        [],
        numbered(_create(FIRST, 409)),
        numbered(_create(RACE, 409), _create(RACE, 409)),
        numbered(_create(RACE, 409, slug="full"), _create(RACE, 409, slug="full")),
        numbered(_create(FIRST), _create(OTHER, 429)),
    ],
)
