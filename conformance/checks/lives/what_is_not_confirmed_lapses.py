"""What waits for confirmation lapses at its announced time, and what it held is free again.

Why: a hold that nobody confirms and that never ends blocks a unit for good; a few of them close a car park.

A server that confirms at once never leaves anything waiting: it satisfies this by the state that its answers show.

Fails when: a waiting resource announces no time of expiry, does not read as lapsed after it, or its unit cannot be taken again then; or
the lapse is not recorded like a move (`dated`, `revision`), where the row asks for it.
Inconclusive when: nothing could be made, the announced time is too far away, or the reading came too early.
Source: the interface's state machine and its rules on expiry.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any

from conformance import given
from conformance.checks._example import exchange, numbered, page, problem
from conformance.checks._own import id_of, known_recipe, recipe_of, state_of
from conformance.checks._targets import later
from conformance.checks._views import traverse
from conformance.checks.lives._lapses import UNRECORDED, unrecorded
from conformance.interface.dialect import Dialect, instant
from conformance.model import Examples, Exchange, Finding, Inputs, Operation, Pause, Script, Touches, Unmet, Witness
from conformance.text import pointer

TOUCHES = Touches.WRITES
WAITS = True
CREATE, AFTER, AGAIN = "create", "after its time", "taken again"
LISTED = "listed after its time"

MESSAGES = {
    "undated": {
        "en": "what waits for confirmation should announce {expected} at {at}, but has {actual}",
        "zh-Hant": "待確認的資源應於 {at} 載明 {expected}，實為 {actual}",
    },
    "standing": {
        "en": "after its announced time it should read {expected}, but reads {actual}",
        "zh-Hant": "逾期後應讀得 {expected}，實為 {actual}",
    },
    "unrecorded": UNRECORDED,
    "held": {
        "en": "what lapsed should be free to be taken again: expected {expected}, got {actual}",
        "zh-Hant": "逾期後應可重新預約：應為 {expected}，實得 {actual}",
    },
}


def drive(
    operation: Operation, inputs: Inputs, dialect: Dialect, *, candidate: str, state: str, expires: str, start: str = "/startTime"
) -> Script:
    """Make one and leave it waiting; after its time read it, and take the same again from then on. `start`: a top-level member."""
    name, recipe = recipe_of(operation)
    spec = operation.spec
    for index, body in enumerate((yield from given.bodies(spec, name, inputs, dialect, candidate=candidate))):
        answer: Exchange = yield given.creation(operation, body, inputs, actor="a", label=f"waiting-{index}").with_step(CREATE)
        if answer.ok:
            break
    else:
        raise Unmet(f"no {candidate} could be taken")
    one = given.made(spec, name, answer)
    moment, now = instant(pointer.first(answer.json, expires)), dialect.server_time(answer)
    if state_of(recipe, answer.json) != state or moment is None:
        return
    if now is None:
        raise Unmet("the answer has no Date, so nobody knows how long to wait")
    yield Pause(max(0.0, (moment - now).total_seconds()) + 2.0, apart=True)
    yield given.read(spec, one, step=AFTER)
    if (listing := spec.operations.get(recipe.get("list", ""))) is not None:
        yield from traverse(listing, dialect, listing.request(actor="a"), step=LISTED)
    member = pointer.segments(start)[0]
    begins = max(instant(body[member]) or moment, moment + timedelta(seconds=60))
    again = {**body, member: later(begins.isoformat(), 0)}
    yield given.creation(operation, again, inputs, actor="a", label="again").with_step(AGAIN)


def judge(
    operation: Operation,
    trace: Sequence[Exchange],
    dialect: Dialect,
    *,
    state: str,
    expires: str,
    lapsed: str,
    dated: str = "",
    revision: str = "",
) -> Iterator[Finding | Witness]:
    """`state` waits, `lapsed` is what becomes of it, `expires` the pointer of the announced time; `dated` and `revision` are pointers of
    the time of the last change and of a number that each change raises by one. One witness.
    """
    known = known_recipe(operation)
    created = next((one for one in reversed(trace) if one.step == CREATE and one.ok), None)
    if known is None or created is None:
        return
    found = state_of(known[1], created.json)
    if found is not None and found != state:
        yield Witness((created.number,), f"at once {found}")
        return
    moment = instant(pointer.first(created.json, expires))
    if moment is None:
        yield Finding("undated", (created.number,), "a date-time", str(pointer.first(created.json, expires)), expires)
        return
    after = next((one for one in trace if one.step == AFTER and one.ok), None)
    now = dialect.server_time(after) if after else None
    if after is None or now is None or now <= moment:
        return
    if state_of(known[1], after.json) != lapsed:
        yield Finding("standing", (created.number, after.number), lapsed, str(state_of(known[1], after.json)))
    else:
        yield from unrecorded(created, after, dated, revision)
    yield from _listed(operation, known[1], trace, created, lapsed, dialect)
    again = next((one for one in trace if one.step == AGAIN), None)
    if again is not None and (again.ok or again.status == 409):
        yield Witness((created.number, after.number, again.number), lapsed)
        if not again.ok:
            yield Finding("held", (created.number, again.number), "201", str(again.status))


def _listed(
    operation: Operation, recipe: Mapping[str, Any], trace: Sequence[Exchange], created: Exchange, lapsed: str, dialect: Dialect
) -> Iterator[Finding]:
    """What the list says of it after its time."""
    listing = operation.spec.operations.get(recipe.get("list", ""))
    for one in [each for each in trace if each.step == LISTED] if listing is not None else ():
        for item in dialect.items(one, listing) or ():
            if pointer.first(item, recipe["id"]) == id_of(recipe, created) and state_of(recipe, item) != lapsed:
                yield Finding("standing", (created.number, one.number), lapsed, str(state_of(recipe, item)))


_DATE = {"Date": "Thu, 12 Jun 2025 00:01:02 GMT"}


def _create(step: str, state: str = "NEW", expiry: str | None = "2025-06-12T08:01:00+08:00", status: int = 201) -> Exchange:
    body = {"thingId": "t1", "state": state, "startTime": expiry, **_change(0)} if status == 201 else problem(status)
    return exchange("POST /things", status, body, name="createThing", step=step, actor="a")


def _change(seconds: int, version: int = 1) -> dict[str, Any]:
    return {"updatedAt": f"2025-06-12T08:00:{seconds:02d}+08:00", "version": version}


def _after(state: str = "GONE", seconds: int = 1, version: int = 2) -> Exchange:
    body = {"thingId": "t1", "state": state, **_change(seconds, version)}
    return exchange("GET /things/t1", 200, body, name="getThing", step=AFTER, actor="a", headers=_DATE)


EXAMPLES = Examples(
    operation="createThing",
    conforms=[
        numbered(_create(CREATE), _after(), _create(AGAIN)),
        [_create(CREATE, "SOLD", None)],
    ],
    violates=[
        [_create(CREATE, "NEW", None)],
        numbered(_create(CREATE), _after("NEW"), _create(AGAIN)),
        numbered(_create(CREATE), _after(seconds=0), _create(AGAIN)),
        numbered(_create(CREATE), _after(version=1), _create(AGAIN)),
        numbered(
            _create(CREATE),
            _after(),
            exchange("GET /things", 200, page({"thingId": "t1", "state": "NEW"}), step=LISTED, actor="a"),
            _create(AGAIN),
        ),
        numbered(_create(CREATE), _after(), _create(AGAIN, status=409)),
    ],
    inconclusive=[
        [],
        [_create(CREATE, status=409)],
        [_create(CREATE)],
        numbered(_create(CREATE, expiry="2025-06-12T09:00:00+08:00"), _after("NEW")),
        numbered(_create(CREATE), _after(), _create(AGAIN, status=422)),
    ],
    arguments={"state": "NEW", "expires": "/startTime", "lapsed": "GONE", "dated": "/updatedAt", "revision": "/version"},
)
