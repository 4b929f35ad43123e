"""What was confirmed and nobody came for lapses when its time is over.

Why: a booking that stays confirmed for ever looks as if somebody were still to come; lists fill up with it, and who counts bookings by
their state counts people who never were there.

Something is taken over a few seconds, confirmed and left alone. Where the target is too slow for that, a longer time is tried.

Fails when: it still reads as confirmed, by itself or in the list, when more than `grace` seconds have gone by since its end; or the lapse
is not recorded like a move (`dated`, `revision`), where the row asks for it.
Inconclusive when: nothing could be taken and confirmed for so short a time, or it could not be read afterwards.
Source: the interface's state machine and its rules on expiry.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any

from conformance import given
from conformance.checks._example import exchange, numbered, page
from conformance.checks._own import id_of, known_recipe, recipe_of, state_of
from conformance.checks._views import traverse
from conformance.checks.lives._lapses import UNRECORDED, unrecorded
from conformance.interface.dialect import Dialect, instant
from conformance.model import Examples, Exchange, Finding, Inputs, Operation, Pause, Script, Touches, Unmet, Witness
from conformance.text import pointer

TOUCHES = Touches.WRITES
WAITS = True
LAPSES = True
CREATE, CONFIRMED, AFTER, LISTED = "create", "confirmed", "after its end", "listed after its end"
_TRIES = 3

ABOUT = """已確認而無人前來者，時間結束後失效。
緣由：永遠維持已確認之預約，看似仍有人將至；清單因此充斥，依狀態計數者則計入從未到場之人。
占用數秒、確認後即不再處理。受測目標反應過慢時，改試較長時間。
不通過：結束後超過 `grace` 秒，單獨讀取或清單仍顯示已確認；要求載明時，失效未如轉換般記錄（`dated`、`revision`）。
無法判定：沒有可短時間占用並確認者，或其後無法讀取。
依據：介面規範之狀態機與到期規定。
"""

MESSAGES = {
    "standing": {
        "en": "after its end it should read {expected}, but reads {actual}",
        "zh-Hant": "結束後應讀得 {expected}，實為 {actual}",
    },
    "unrecorded": UNRECORDED,
}


def drive(
    operation: Operation,
    inputs: Inputs,
    dialect: Dialect,
    *,
    state: str,
    start: str = "/startTime",
    end: str = "/endTime",
    spans: Sequence[int] = (4, 20, 45),
    grace: float = 5.0,
) -> Script:
    """`spans`: the seconds over which something is taken, tried in turn. `start`, `end`: top-level members."""
    name, recipe = recipe_of(operation)
    spec = operation.spec
    for nth, span in enumerate(spans):
        change = {pointer.segments(start)[0]: {"now": 0}, pointer.segments(end)[0]: {"now": span}}
        one = yield from _taken(operation, name, change, nth, inputs, dialect)
        if one is None:
            continue
        try:
            one = yield from given.move(spec, one, state)
        except Unmet:
            continue  # it was over before it could be confirmed
        confirmed: Exchange = yield given.read(spec, one, step=CONFIRMED)
        if state_of(recipe, confirmed.json) != state:
            continue
        moment, now = instant(pointer.first(confirmed.json, end)), dialect.server_time(confirmed)
        if moment is None or now is None:
            raise Unmet("the answer has no Date, or names no end, so nobody knows how long to wait")
        yield Pause(max(0.0, (moment - now).total_seconds()) + 1.0, apart=True)
        yield from _looked(operation, one, state, grace, dialect)
        return
    raise Unmet("nothing could be taken and confirmed for so short a time")


def _taken(operation: Operation, name: str, change: Mapping[str, Any], nth: int, inputs: Inputs, dialect: Dialect) -> Script:
    """Something that was taken over the changed interval, or None."""
    for candidate in operation.spec.setup[name]["candidates"]:
        template = {**candidate, "body": {**candidate["body"], **change}}
        bodies = yield from given.filled(operation.spec, template, inputs, dialect, nth=nth)
        for index, body in enumerate(bodies[:_TRIES]):
            label = f"{candidate['name']}-{nth}-{index}".replace(" ", "-")
            answer: Exchange = yield given.creation(operation, body, inputs, actor="a", label=label).with_step(CREATE)
            if answer.ok:
                return given.made(operation.spec, name, answer)
    return None


def _looked(operation: Operation, one: given.Created, state: str, grace: float, dialect: Dialect) -> Script:
    """The resource and its list; both once more after the time that the server has, where they do not show the lapse yet."""
    recipe = operation.spec.setup[one.resource]
    listing = operation.spec.operations.get(recipe.get("list", ""))
    for wait in (grace, 0.0):
        after: Exchange = yield given.read(operation.spec, one, step=AFTER)
        shown = [state_of(recipe, after.json)]
        if listing is not None:
            pages: list[Exchange] = yield from traverse(listing, dialect, listing.request(actor="a"), step=LISTED)
            items = [item for each in pages for item in dialect.items(each, listing) or ()]
            shown += [state_of(recipe, item) for item in items if given.id_in(recipe, item) == one.id]
        if state not in shown:
            return
        if wait:
            yield Pause(wait + 1.0, apart=True)


def judge(
    operation: Operation,
    trace: Sequence[Exchange],
    dialect: Dialect,
    *,
    state: str,
    lapsed: str,
    end: str = "/endTime",
    grace: float = 5.0,
    dated: str = "",
    revision: str = "",
) -> Iterator[Finding | Witness]:
    """`state` is left alone, `lapsed` is what becomes of it. One witness, once it has lapsed or should have."""
    known = known_recipe(operation)
    confirmed = next((one for one in reversed(trace) if one.step == CONFIRMED and one.ok), None)
    moment = instant(pointer.first(confirmed.json, end)) if confirmed else None
    if known is None or confirmed is None or moment is None or state_of(known[1], confirmed.json) != state:
        return
    recipe, due = known[1], moment + timedelta(seconds=grace)
    for one in trace:
        now = dialect.server_time(one)
        if one.step == AFTER and one.ok and now is not None:
            found = state_of(recipe, one.json)
            if found == lapsed:
                yield Witness((confirmed.number, one.number), lapsed)
                yield from unrecorded(confirmed, one, dated, revision)
            elif found == state and now >= due:
                yield Witness((confirmed.number, one.number), state)
                yield Finding("standing", (confirmed.number, one.number), lapsed, state)
        elif one.step == LISTED and now is not None and now >= due:
            yield from _listed(operation, recipe, one, confirmed, state, lapsed, dialect)


def _listed(
    operation: Operation, recipe: Mapping[str, Any], one: Exchange, confirmed: Exchange, state: str, lapsed: str, dialect: Dialect
) -> Iterator[Finding]:
    listing = operation.spec.operations.get(recipe.get("list", ""))
    for item in (dialect.items(one, listing) if listing else None) or ():
        if given.id_in(recipe, item) == id_of(recipe, confirmed) and state_of(recipe, item) == state:
            yield Finding("standing", (confirmed.number, one.number), lapsed, state)


def _read(step: str, state: str, second: int, seconds: int = 0, version: int = 1) -> Exchange:
    body = {
        "thingId": "t1",
        "state": state,
        "startTime": "2025-06-12T08:00:10+08:00",
        "updatedAt": f"2025-06-12T08:00:{seconds:02d}+08:00",
        "version": version,
    }
    date = {"Date": f"Thu, 12 Jun 2025 00:00:{second:02d} GMT"}
    return exchange("GET /things/t1", 200, body, name="getThing", step=step, actor="a", headers=date)


def _list(state: str, second: int) -> Exchange:
    date = {"Date": f"Thu, 12 Jun 2025 00:00:{second:02d} GMT"}
    return exchange("GET /things", 200, page({"thingId": "t1", "state": state}), step=LISTED, actor="a", headers=date)


_BEFORE = _read(CONFIRMED, "NEW", 5)
_LAPSED = _read(AFTER, "GONE", 11, 11, 2)
EXAMPLES = Examples(
    operation="createThing",
    arguments={"state": "NEW", "lapsed": "GONE", "end": "/startTime", "dated": "/updatedAt", "revision": "/version"},
    conforms=[
        numbered(_BEFORE, _LAPSED, _list("NEW", 11), _LAPSED, _list("GONE", 17)),
        numbered(_BEFORE, _read(AFTER, "NEW", 11), _read(AFTER, "GONE", 17, 12, 2)),
    ],
    violates=[
        numbered(_BEFORE, _read(AFTER, "NEW", 16)),
        numbered(_BEFORE, _LAPSED, _list("NEW", 17)),
        numbered(_BEFORE, _read(AFTER, "GONE", 11, 0, 2)),
        numbered(_BEFORE, _read(AFTER, "GONE", 11, 11, 1)),
    ],
    inconclusive=[
        [],
        [_BEFORE],
        numbered(_BEFORE, _read(AFTER, "NEW", 12)),
        numbered(_BEFORE, _read(AFTER, "SOLD", 20)),
        numbered(_read(CONFIRMED, "GONE", 5), _read(AFTER, "NEW", 20)),
    ],
)
