"""What waits for confirmation lapses at its announced time, and what it held is free again.

Why: a hold that nobody confirms and that never ends blocks a unit for good; a few of them close a car park.

A server that confirms at once never leaves anything waiting: it satisfies this by the state that its answers show.

Fails when: a waiting resource announces no time of expiry, does not read as lapsed after it, is listed as anything else or not as lapsed,
or its unit cannot be taken again then; or the lapse is not recorded like a move (`dated`, `revision`), where the row asks for it.
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
from conformance.checks._reading import shown
from conformance.checks._targets import later, units_shown, units_view
from conformance.checks._views import traverse, views
from conformance.checks.lives._lapses import UNRECORDED, unrecorded
from conformance.interface.dialect import Dialect, instant
from conformance.model import Examples, Exchange, Finding, Inputs, Operation, Pause, Script, Touches, Unmet, Witness
from conformance.text import pointer

TOUCHES = Touches.WRITES
ASKS = 38
WAITS = True
LAPSES = True
CREATE, AFTER, AGAIN = "create", "after its time", "taken again"
LISTED, COUNTED = "listed after its time", "units after its time"

ABOUT = """待確認者於所宣告之時間失效，其占用者恢復可用。
緣由：無人確認又永不終止之占用，會永久占住一個單位；數筆即可癱瘓一座停車場。
立即確認之伺服器從不留下待確認者，其回應所示狀態即為符合。
不通過：待確認之資源未宣告到期時間、到期後讀取未顯示失效、列為其他狀態或未列為失效，或其單位無法再取用；要求載明時，失效未如轉換般記錄（`dated`、`revision`）。
無法判定：無法建立、所宣告之時間過久，或讀取過早。
依據：介面規範之狀態機與到期規定。
"""

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
    operation: Operation,
    inputs: Inputs,
    dialect: Dialect,
    *,
    state: str,
    expires: str,
    lapsed: str,
    start: str = "/startTime",
    capacities: Mapping[str, Mapping[str, Any]] | None = None,
) -> Script:
    """Per candidate of the recipe: make one and leave it waiting; after its time read it, list it, and take the same again from then on.

    Where `capacities` says how to count the units of a candidate (`operation`, `parameters`, `units`, `same`, `count`, and `change` for
    members of its body), all of them are taken, if they are no more than `most` (8). `start`: a top-level member.
    """
    name, recipe = recipe_of(operation)
    spec, met, waiting = operation.spec, list[str](), list[tuple[str, dict[str, Any], Exchange]]()
    for nth, candidate in enumerate(recipe["candidates"]):
        counted = (capacities or {}).get(candidate["name"])
        answers = yield from _taken(operation, candidate, counted, inputs, dialect, nth=nth)
        met += [candidate["name"]] if answers else []
        waiting += [(candidate["name"], body, answer) for body, answer in answers if state_of(recipe, answer.json) == state]
    if not met:
        raise Unmet("nothing could be taken")
    moments = [moment for _, _, answer in waiting if (moment := instant(pointer.first(answer.json, expires))) is not None]
    if not moments:
        return
    now = dialect.server_time(waiting[-1][2])
    if now is None:
        raise Unmet("the answer has no Date, so nobody knows how long to wait")
    yield Pause(max(0.0, (max(moments) - now).total_seconds()) + 2.0, apart=True)
    last = {label: (body, answer) for label, body, answer in waiting}
    for label, (_, answer) in last.items():
        yield given.read(spec, given.made(spec, name, answer), step=f"{AFTER}: {label}")
    yield from _lists(operation, recipe, (state, lapsed), dialect)
    member = pointer.segments(start)[0]
    for label, (body, _) in last.items():
        counted = (capacities or {}).get(label)
        begins = max(instant(body[member]) or max(moments), max(moments) + timedelta(seconds=60))
        if counted is not None:
            view: Exchange = yield units_view(operation, counted, body).with_step(f"{COUNTED}: {label}")
            begins = dialect.server_time(view) or begins  # what is free now says nothing of what others hold later
        again = {**body, member: later(begins.isoformat(), 0)}
        yield given.creation(operation, again, inputs, actor="a", label=f"again-{label}".replace(" ", "-")).with_step(
            f"{AGAIN}: {label}"
        )
        if counted is not None:
            yield units_view(operation, counted, body).with_step(f"{COUNTED}: {label}")


def _taken(
    operation: Operation,
    candidate: Mapping[str, Any],
    counted: Mapping[str, Any] | None,
    inputs: Inputs,
    dialect: Dialect,
    *,
    nth: int,
    most: int = 8,
) -> Script:
    """What was made of a candidate, with its bodies: one, or all units of the first thing of which there are few enough."""
    template = {**candidate, "body": {**candidate["body"], **(counted or {}).get("change", {})}}
    for index, body in enumerate((yield from given.filled(operation.spec, template, inputs, dialect, nth=nth))):
        units = 1 if counted is None else units_shown(counted, body, (yield units_view(operation, counted, body)))
        if not 1 <= units <= most:
            continue
        found = []
        for each in range(units):
            label = f"waiting-{nth}-{index}-{each}"
            answer: Exchange = yield given.creation(operation, body, inputs, actor="a", label=label).with_step(
                f"{CREATE}: {candidate['name']}"
            )
            found += [(body, answer)] if answer.ok else []
        if found:
            return found
    return []


def _lists(operation: Operation, recipe: Mapping[str, Any], states: Sequence[str], dialect: Dialect) -> Script:
    """The list as it is, and by each of these states where it has a filter for that."""
    listing = operation.spec.operations.get(recipe.get("list", ""))
    if listing is None:
        return
    yield from traverse(listing, dialect, listing.request(actor="a"), step=LISTED)
    rules = {p.name: p.filter or {} for p in listing.filters}
    by_state = [name for name, rule in rules.items() if rule.get("match") == "equals" and rule["on"] == recipe["state"]]
    for name in by_state[:1]:
        for state in states:
            yield from traverse(listing, dialect, listing.request(actor="a", query={name: state}), step=f"{LISTED}: {state}")


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
    capacities: Mapping[str, Mapping[str, Any]] | None = None,
) -> Iterator[Finding | Witness]:
    """`state` waits, `lapsed` is what becomes of it, `expires` the pointer of the announced time; `dated` and `revision` are pointers of
    the time of the last change and of a number that each change raises by one. One witness per candidate.
    """
    known = known_recipe(operation)
    made = {one.step.removeprefix(f"{CREATE}: "): one for one in trace if one.step.startswith(CREATE) and one.ok}
    if known is None:
        return
    recipe = known[1]
    for label, created in made.items():
        found = state_of(recipe, created.json)
        if found is not None and found != state:
            yield Witness((created.number,), f"{label}: at once {found}")
            continue
        moment = instant(pointer.first(created.json, expires))
        if moment is None:
            yield Finding("undated", (created.number,), "a date-time", shown(pointer.first(created.json, expires)), expires)
            continue
        after = next((one for one in trace if one.step == f"{AFTER}: {label}" and one.ok), None)
        now = dialect.server_time(after) if after else None
        if after is None or now is None or now <= moment:
            continue
        if state_of(recipe, after.json) != lapsed:
            yield Finding("standing", (created.number, after.number), lapsed, str(state_of(recipe, after.json)))
        else:
            yield from unrecorded(created, after, dated, revision)
        yield from _listed(operation, recipe, trace, created, lapsed, dialect)
        yield from _again(trace, label, created, after, (capacities or {}).get(label), lapsed)


def _again(
    trace: Sequence[Exchange], label: str, created: Exchange, after: Exchange, counted: Mapping[str, Any] | None, lapsed: str
) -> Iterator[Finding | Witness]:
    """Whether what it held can be taken again: where units are counted, as long as some are shown to be free before and afterwards."""
    again = next((one for one in trace if one.step == f"{AGAIN}: {label}"), None)
    if again is None or not (again.ok or again.status == 409):
        return
    free = [units_shown(counted, again.request.json(), one) for one in trace if counted and one.step == f"{COUNTED}: {label}"]
    if counted is not None and not again.ok and (len(free) < 2 or min(free) < 1):
        return
    yield Witness((created.number, after.number, again.number), f"{label}: {lapsed}")
    if not again.ok:
        yield Finding("held", (created.number, again.number), "201", str(again.status))


def _listed(
    operation: Operation, recipe: Mapping[str, Any], trace: Sequence[Exchange], created: Exchange, lapsed: str, dialect: Dialect
) -> Iterator[Finding]:
    """What the lists say of it after its time."""
    listing = operation.spec.operations.get(recipe.get("list", ""))
    identifier = id_of(recipe, created)
    for view in [each for each in views(listing, trace, dialect) if each.step.startswith(LISTED)] if listing is not None else ():
        seen = [item for item in view.items if given.id_in(recipe, item) == identifier]
        asked = view.step.removeprefix(LISTED).removeprefix(": ")
        for item in seen:
            if asked not in ("", lapsed) or state_of(recipe, item) != lapsed:
                said = f"{state_of(recipe, item)}{f' (listed as {asked})' if asked else ''}"
                yield Finding("standing", (created.number, *view.numbers[:1]), lapsed, said)
        if not seen and asked == lapsed and view.complete and view.status < 400:
            yield Finding("standing", (created.number, *view.numbers[:1]), lapsed, f"none (listed as {asked})")


_DATE = {"Date": "Thu, 12 Jun 2025 00:01:02 GMT"}


def _create(step: str, state: str = "NEW", expiry: str | None = "2025-06-12T08:01:00+08:00", status: int = 201) -> Exchange:
    body = {"thingId": "t1", "state": state, "startTime": expiry, **_change(0)} if status == 201 else problem(status)
    return exchange("POST /things", status, body, name="createThing", step=step, actor="a")


def _change(seconds: int, version: int = 1) -> dict[str, Any]:
    return {"updatedAt": f"2025-06-12T08:00:{seconds:02d}+08:00", "version": version}


def _after(state: str = "GONE", seconds: int = 1, version: int = 2) -> Exchange:
    body = {"thingId": "t1", "state": state, **_change(seconds, version)}
    return exchange("GET /things/t1", 200, body, name="getThing", step=f"{AFTER}: thing", actor="a", headers=_DATE)


def _list(state: str | None, step: str) -> Exchange:
    items = [] if state is None else [{"thingId": "t1", "state": state}]
    return exchange("GET /things", 200, page(*items), step=step, actor="a")


EXAMPLES = Examples(
    operation="createThing",
    conforms=[
        numbered(_create(f"{CREATE}: thing"), _after(), _create(f"{AGAIN}: thing")),
        [_create(f"{CREATE}: thing", "SOLD", None)],
    ],
    violates=[
        [_create(f"{CREATE}: thing", "NEW", None)],
        numbered(_create(f"{CREATE}: thing"), _after("NEW"), _create(f"{AGAIN}: thing")),
        numbered(_create(f"{CREATE}: thing"), _after(seconds=0), _create(f"{AGAIN}: thing")),
        numbered(_create(f"{CREATE}: thing"), _after(version=1), _create(f"{AGAIN}: thing")),
        numbered(
            _create(f"{CREATE}: thing"),
            _after(),
            _list("NEW", LISTED),
            _create(f"{AGAIN}: thing"),
        ),
        numbered(_create(f"{CREATE}: thing"), _after(), _list("NEW", LISTED + ": NEW"), _create(f"{AGAIN}: thing")),
        numbered(_create(f"{CREATE}: thing"), _after(), _list(None, LISTED + ": GONE"), _create(f"{AGAIN}: thing")),
        numbered(_create(f"{CREATE}: thing"), _after(), _create(f"{AGAIN}: thing", status=409)),
    ],
    inconclusive=[
        [],
        [_create(f"{CREATE}: thing", status=409)],
        [_create(f"{CREATE}: thing")],
        numbered(_create(f"{CREATE}: thing", expiry="2025-06-12T09:00:00+08:00"), _after("NEW")),
        numbered(_create(f"{CREATE}: thing"), _after(), _create(f"{AGAIN}: thing", status=422)),
    ],
    arguments={"state": "NEW", "expires": "/startTime", "lapsed": "GONE", "dated": "/updatedAt", "revision": "/version"},
)
