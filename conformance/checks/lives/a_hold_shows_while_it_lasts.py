"""What is taken for now shows as taken in the public views, and as free again once it is given back.

Why: a count that ignores reservations sends a second driver to a space that is promised already; one that never recovers leaves the
space empty.

A thing that is free is taken over an interval that contains now, looked at, given back and looked at again. Because live counts also
change by themselves, a deviation is looked for again in further rounds, and counts only when every round shows one. A further round
begins with two looks, some time apart: where they differ, others come and go meanwhile, and the round says nothing.

A round in which the second look at a deviation shows another one tells nothing: the count changes by itself. Where `standing` names
the state in which it has to count, one in which the thing was in another state by the end tells nothing either.

Fails when: in every round a view does not show the thing as taken while it is, or as free afterwards.
Inconclusive when: nothing free was found, it could not be taken for now, it could not be given back, or what others do hides it.
Source: the interface's rules on availability.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from conformance import given
from conformance.checks._example import exchange, numbered
from conformance.checks._own import known_recipe, recipe_of, refreshed, state_of
from conformance.checks._targets import Entry, offers, reading, shown
from conformance.interface.dialect import Dialect
from conformance.model import (
    Examples,
    Exchange,
    Finding,
    Inputs,
    Operation,
    Pause,
    Request,
    Script,
    Touches,
    Unmet,
    Witness,
    by_step,
)

TOUCHES = Touches.WRITES
ASKS = 38
_TRIES = 3
_CONTROL = "before, again"

ABOUT = """目前被占用者，公開查詢結果顯示為占用；歸還後即顯示為可用。
緣由：忽略預約之計數會讓第二位駕駛前往已許給他人之車位；不會恢復之計數則讓車位閒置。
套件占用一項空閒之物，期間涵蓋現在，先查看、歸還、再查看。即時計數本身亦會變動，故偏差會於後續各輪再確認，每輪皆現者方予認定。各輪先間隔查看兩次；若兩次不同，表示另有他人進出，該輪不予採計。
第二次查看偏差時又呈現另一偏差之輪次不予採計：計數自身在變動。`standing` 指明應計入之狀態時，該輪結束時資料已屬其他狀態者亦不採計。
不通過：每一輪中，公開查詢結果均未於占用期間顯示占用，或其後未顯示可用。
無法判定：找不到空閒者、目前無法占用、無法歸還，或受他人行為干擾。
依據：介面規範之可用性規定。
"""

MESSAGES = {
    "held": {
        "en": "while it is taken {at} should show {expected}, but shows {actual}",
        "zh-Hant": "占用期間 {at} 應顯示 {expected}，實為 {actual}",
    },
    "released": {
        "en": "after it was given back {at} should show {expected}, but shows {actual}",
        "zh-Hant": "釋出後 {at} 應顯示 {expected}，實為 {actual}",
    },
}


def drive(
    operation: Operation,
    inputs: Inputs,
    dialect: Dialect,
    *,
    views: Sequence[Entry],
    release: Mapping[str, Any],
    state: str = "",
    standing: str = "",
    rounds: int = 3,
) -> Script:
    """Per entry of `views` a round, and further ones while the views deviate. `state` is brought about before the view is read."""
    missing: list[str] = []
    steps = _Steps(release, state, standing)
    for entry in views:
        try:
            for turn in range(1, rounds + 1):
                if (yield from _round(operation, entry, turn, steps, inputs, dialect)):
                    break
        except Unmet as unmet:
            missing.append(f"{entry['name']}: {unmet}")
    if missing:
        raise Unmet("; ".join(missing))


@dataclass(frozen=True)
class _Steps:
    """How it is given back, the state that is brought about first, and the one in which it is to be looked at."""

    release: Mapping[str, Any]
    state: str
    standing: str


def _round(operation: Operation, entry: Entry, turn: int, steps: _Steps, inputs: Inputs, dialect: Dialect) -> Script:
    """One round on the first thing that can be taken; whether it went as expected."""
    name, _ = recipe_of(operation)
    spec, label = operation.spec, f"{entry['name']}, round {turn}"
    for index, (body, values) in enumerate((yield from offers(spec, entry, inputs, dialect, nth=turn))[:_TRIES]):
        look = reading(spec, entry["operation"], values, dialect, step=f"{label}: before")
        before: Exchange = yield look
        if turn > 1:
            yield _meanwhile(operation)
            before = yield look.with_step(f"{label}: {_CONTROL}")
        taking = given.creation(operation, body, inputs, actor="a", label=f"{entry['name']}-{turn}-{index}".replace(" ", "-"))
        answer: Exchange = yield taking.with_step(f"{label}: take")
        if not answer.ok:
            continue
        one = given.made(spec, name, answer)
        if steps.state:
            one = yield from given.move(spec, one, steps.state)
        held = yield from _looked(operation, look.with_step(f"{label}: held"), partial(_held, entry, body, before))
        if steps.standing:
            yield given.read(spec, one, step=f"{label}: standing")
        one = yield from given.retag(spec, one)
        back: Exchange = yield given.change(spec, one, steps.release, tag=one.tag, step="given: give back")
        if (yield from given.came_of(spec, one, steps.release, back)) is None:
            refreshed(one, back)  # says why
        after = yield from _looked(operation, look.with_step(f"{label}: after"), partial(_released, entry, body, before))
        return held and after
    raise Unmet("nothing free could be taken for now")


def _looked(operation: Operation, look: Request, deviations: Callable[[Exchange], Sequence[object]]) -> Script:
    """Look, and once more after the time in which writes have to show; whether it was as expected."""
    if not deviations((yield look)):
        return True
    yield _meanwhile(operation)
    return not deviations((yield look))


def _meanwhile(operation: Operation) -> Pause:
    """The time in which writes have to show."""
    return Pause(operation.raw.get("x-consistency-ms", 0) / 1000)


Deviation = tuple[str, str, str]  # expected, actual, where


def _held(entry: Entry, body: Any, before: Exchange, held: Exchange) -> list[Deviation]:
    """What a view shows otherwise than it should while the thing is taken."""
    found = []
    for show in entry["shows"]:
        was, now = shown(before.json, show, body), shown(held.json, show, body)
        if "reads" in show:
            expected, right = " / ".join(_words(show)), now in _words(show)
        else:
            fewer = was + show["change"] if isinstance(was, int) else was
            expected, right = str(fewer), now == fewer
        if not right:
            found.append((expected, str(now), show["at"] + show.get("value", "")))
    return found


def _words(show: Mapping[str, Any]) -> list[Any]:
    """What a view may read while the thing is taken."""
    reads = show["reads"]
    return reads if isinstance(reads, list) else [reads]


def _released(entry: Entry, body: Any, before: Exchange, after: Exchange) -> list[Deviation]:
    """What a view shows otherwise than it should after the thing was given back."""
    found = []
    for show in entry["shows"]:
        was, now = shown(before.json, show, body), shown(after.json, show, body)
        if now in _words(show) if "reads" in show else now != was:
            found.append((str(was), str(now), show["at"] + show.get("value", "")))
    return found


def judge(
    operation: Operation,
    trace: Sequence[Exchange],
    dialect: Dialect,
    *,
    views: Sequence[Entry],
    standing: str = "",
    rounds: int = 3,
) -> Iterator[Finding | Witness]:
    """One witness per entry of which a round went as expected, or all rounds were completed."""
    steps = by_step(trace)
    for entry in views:
        labels = [f"{entry['name']}, round {turn}" for turn in range(1, rounds + 1)]
        stood = [label for label in labels if not standing or _stood(operation, steps.get(f"{label}: standing", ()), standing)]
        complete = [one for label in stood if (one := _completed(entry, steps, label))]
        usual = all(any(not deviations for deviations in each) for _, _, each in _compared(entry, complete))
        if complete and (usual or len(complete) == rounds):
            yield Witness(tuple(one.number for one in complete[-1]), entry["name"], aspect=entry["name"])
        if len(complete) == rounds:
            yield from _deviating(entry, complete)


def _stood(operation: Operation, looks: Sequence[Exchange], standing: str) -> bool:
    """Whether the thing was still in that state after the views had been looked at."""
    known = known_recipe(operation)
    return bool(known and looks and looks[-1].ok and state_of(known[1], looks[-1].json) == standing)


def _steady(entry: Entry, parts: Sequence[Sequence[Exchange]]) -> bool:
    """Whether what deviates does so in the same way in both looks; otherwise the count changes by itself, and the round tells nothing."""
    body, before = parts[1][-1].request.json(), parts[0][-1]
    for compare, looks in ((_held, parts[2]), (_released, parts[3])):
        last = compare(entry, body, before, looks[-1])
        if last and compare(entry, body, before, looks[0]) != last:
            return False
    return True


def _completed(entry: Entry, steps: Mapping[str, Sequence[Exchange]], label: str) -> list[Exchange]:
    """The four parts of a round that was completed while others left the view alone, as far as can be told; none otherwise."""
    parts = [steps.get(f"{label}: {part}", []) for part in ("before", "take", "held", "after")]
    if not all(part and part[-1].ok for part in parts) or not _steady(entry, parts):
        return []
    found = [part[-1] for part in parts]
    control = steps.get(f"{label}: {_CONTROL}")
    if control:
        if not control[-1].ok or _released(entry, found[1].request.json(), found[0], control[-1]):
            return []
        found[0] = control[-1]
    return found


_Comparison = tuple[str, int, list[Sequence[Deviation]]]  # message, place of the part that is looked at, deviations by round


def _compared(entry: Entry, complete: Sequence[Sequence[Exchange]]) -> list[_Comparison]:
    """What each of the rounds shows otherwise than it should."""
    return [
        (message, place, [compare(entry, one[1].request.json(), one[0], one[place]) for one in complete])
        for message, compare, place in (("held", _held, 2), ("released", _released, 3))
    ]


def _deviating(entry: Entry, complete: Sequence[Sequence[Exchange]]) -> Iterator[Finding]:
    """What deviates in all rounds."""
    for message, place, each in _compared(entry, complete):
        if all(each):
            expected, actual, where = each[-1][0]
            before, _, *_ = complete[-1]
            yield Finding(message, (before.number, complete[-1][1].number, complete[-1][place].number), expected, actual, where)


def _look(part: str, size: float, colour: str = "free") -> Exchange:
    return exchange(
        "GET /things/t1",
        200,
        {"size": size, "parts": [{"kind": "x", "colour": colour}]},
        name="getThing",
        step=f"x, round 1: {part}",
    )


def _taken(status: int = 201) -> Exchange:
    return exchange(
        "POST /things", status, {"thingId": "t1"}, name="createThing", step="x, round 1: take", actor="a", sent={"kind": "x"}
    )


_VIEW = {
    "name": "x",
    "operation": "getThing",
    "body": {"send": {"kind": "x"}, "read": {"thingId": "t1"}},
    "shows": [
        {"at": "/size", "change": -1},
        {"at": "/parts/*", "same": {"/kind": "/kind"}, "value": "/colour", "reads": ["kept", "held"]},
    ],
}
EXAMPLES = Examples(
    operation="createThing",
    conforms=[
        numbered(_look("before", 3), _taken(), _look("held", 2, "held"), _look("after", 3)),
        numbered(_look("before", 3), _look(_CONTROL, 3), _taken(), _look("held", 2, "held"), _look("after", 3)),
        numbered(_look("before", 3.0), _taken(), _look("held", 2.0, "held"), _look("after", 3.0)),
    ],
    violates=[
        numbered(_look("before", 3), _taken(), _look("held", 3, "held"), _look("after", 3)),
        numbered(_look("before", 3), _taken(), _look("held", 2), _look("after", 3)),
        numbered(_look("before", 3), _taken(), _look("held", 2, "held"), _look("after", 2)),
        numbered(_look("before", 3), _taken(), _look("held", 2, "held"), _look("after", 3, "held")),
    ],
    inconclusive=[
        [],
        numbered(_look("before", 3), _taken(409)),
        numbered(_look("before", 3), _taken(), _look("held", 2, "held")),
        numbered(_look("before", 3), _look(_CONTROL, 4), _taken(), _look("held", 4, "held"), _look("after", 2)),
    ],
    arguments={"views": [_VIEW], "rounds": 1},
)
