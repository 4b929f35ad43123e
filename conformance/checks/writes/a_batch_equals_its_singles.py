"""What a batch stores is what single creations of its items would have stored.

Why: the two ways in are two pieces of code. A rule, a default or a unit that only one of them knows makes the records of those who upload
in batches different from everybody else's.

The suite makes the same things one by one on one holder and in a batch on another, and compares what is read. What is kept once is in the
batch twice, and the batch comes a second time under another key.

Fails when: a declared member, ids, times that the server sets and what differs in the bodies aside, differs between an item of the batch
and its single; an item that is accepted alone is refused in the batch; or one that is kept once is not told to be there already (`known`),
with the id of the one that is, or any other is.
Inconclusive when: the singles or the batch are not accepted.
Source: the interface's rules on batches.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from conformance import given
from conformance.checks._example import exchange, numbered
from conformance.checks._own import known_recipe, unusable
from conformance.checks._reading import shown
from conformance.checks._statuses import either
from conformance.interface.dialect import Dialect, instant
from conformance.interface.references import deref
from conformance.model import Examples, Exchange, Finding, Inputs, Operation, Script, Touches, Witness
from conformance.text import pointer

TOUCHES = Touches.WRITES
ASKS = 23
SINGLE, BATCH, AGAIN, READ = "single ", "batch", "batch again", "read "
_ELSEWHERE = 50  # so that the other holder is another one

ABOUT = """批次所儲存者，與逐筆建立所儲存者相同。
緣由：兩種途徑由兩段程式處理；若某項規則、預設值或單位僅其一知曉，批次上傳者之紀錄便與他人不同。
套件於一位持有人名下逐筆建立，於另一位名下以批次建立相同內容，再比較讀回之結果。
不通過：除識別碼、伺服器所定時間及本文原有差異外，批次項目與單筆之宣告欄位不同；或單筆可接受之項目於批次中遭拒。
無法判定：單筆或批次未獲接受。
依據：介面規範之批次規定。
"""

MESSAGES = {
    "differs": {
        "en": "an item of a batch should be stored as a single is ({at}): expected {expected}, got {actual}",
        "zh-Hant": "批次項目的儲存內容應與逐筆建立者相同（{at}）：應為 {expected}，實為 {actual}",
    },
    "refused": {
        "en": "an item that is accepted alone should be accepted in a batch ({at}): expected {expected}, got {actual}",
        "zh-Hant": "逐筆可接受的項目於批次中亦應接受（{at}）：應為 {expected}，實得 {actual}",
    },
    "kept": {
        "en": "an item of a batch that is kept once should be told to be there already, and no other ({at}): expected {expected}, got {actual}",
        "zh-Hant": "批次中僅儲存一筆的項目應告知既有者，其他則否（{at}）：應為 {expected}，實得 {actual}",
    },
}


def drive(
    operation: Operation,
    inputs: Inputs,
    dialect: Dialect,
    *,
    single: str,
    holder: str,
    together: str,
    items: str,
    results: str = "/results",
    most: int = 4,
    once: str = "",
) -> Script:
    """`single` is the recipe of one item, `holder` that of what all stand on; `together` and `items` are members of the batch's body. What
    has the member `once` is kept once.
    """
    spec = operation.spec
    recipe = spec.setup[single]
    one_by_one, at_once = dict[str, given.Created](), dict[str, given.Created]()
    bodies: list[Any] = []
    for nth, candidate in enumerate(recipe["candidates"][:most]):
        filled = yield from given.filled(spec, candidate, inputs, dialect, nth=nth, things=one_by_one)
        request = given.creation(spec.operations[recipe["create"]], filled[0], inputs, actor="a", label=f"single-{nth}")
        yield request.with_step(f"{SINGLE}{nth}")
        yield from given.filled(spec, candidate, inputs, dialect, nth=_ELSEWHERE + nth, things=at_once)
        bodies.append(_moved(filled[0], one_by_one, at_once, holder))
    whole = {together: True, items: [*bodies, *(body for body in bodies if once and once in body)]}
    answer: Exchange = yield given.creation(operation, whole, inputs, actor="a", label="batch").with_step(BATCH)
    if once:
        yield given.creation(operation, whole, inputs, actor="a", label="batch-again").with_step(AGAIN)
    read = spec.operations[recipe["read"]]
    for nth, each in enumerate((pointer.first(answer.json, results) or ())[: len(bodies)]):
        identifier = each.get(recipe["parameter"]) if isinstance(each, Mapping) else None
        if identifier is not None:
            yield read.request(path={recipe["parameter"]: identifier}, actor="a", step=f"{READ}{nth}")


def _moved(body: Any, here: given.Things, there: given.Things, holder: str) -> Any:
    """The body on the other holder; what else it stands on stays."""
    one, other = given.stood_on(here, holder), given.stood_on(there, holder)
    text = json.dumps(body)
    return json.loads(text.replace(f'"{one.id}"', f'"{other.id}"')) if one and other else body


def judge(
    operation: Operation,
    trace: Sequence[Exchange],
    dialect: Dialect,
    *,
    single: str = "",
    items: str = "items",
    results: str = "/results",
    outcome: str = "/status",
    ignore: Sequence[str] = (),
    once: str = "",
    known: Sequence[int] = (200,),
) -> Iterator[Finding | Witness]:
    """A witness per item. `ignore` names members that differ by chance where they are not sent: the server's times. `known` is the
    outcome of an item that has the member `once` and is there already.
    """
    name = single or (known_recipe(operation) or ("",))[0]
    batch = next((one for one in trace if one.step == BATCH and not unusable(one)), None)
    singles = {one.step.removeprefix(SINGLE): one for one in trace if one.step.startswith(SINGLE) and one.status == 201}
    bodies: list[Any] = list(pointer.first(batch.request.json(), f"/{items}") or ()) if batch else []
    fresh = [body for nth, body in enumerate(bodies) if body not in bodies[:nth]]
    if batch is None or name not in operation.spec.setup or len(singles) != len(fresh):
        return
    if not batch.ok:
        yield Finding("refused", (*(one.number for one in singles.values()), batch.number), "2xx", str(batch.status))
        return
    recipe = operation.spec.setup[name]
    again = next((one for one in trace if one.step == AGAIN and one.ok), None)
    yield from _kept_once(recipe, batch, again, bodies, _Outcome(results, outcome, once, known))
    declared = deref(operation.spec.document, {"$ref": recipe["schema"]}).get("properties", {})
    for nth, first in singles.items():
        told = pointer.first(batch.json, f"{results}/{nth}{outcome}")
        read = next((one for one in trace if one.step == READ + nth and one.ok), None)
        if read is not None:
            yield Witness((first.number, read.number), nth)
            sent = (first.request.json(), pointer.first(batch.request.json(), f"/{items}/{nth}"))
            own = {pointer.segments(recipe["id"])[0], *(each for each in ignore if each not in sent[0])}
            own |= {key for key in sent[0] if sent[0][key] != sent[1].get(key)}
            for member in declared:
                was, now = first.json.get(member), read.json.get(member)
                if member not in own and was != now and (instant(was) is None or instant(was) != instant(now)):
                    yield Finding("differs", (first.number, read.number), shown(was), shown(now), f"/{member}")
        elif told is not None and told not in (200, 201):
            yield Finding("refused", (first.number, batch.number), "201", str(told), nth)


@dataclass(frozen=True)
class _Outcome:
    """Where the results of a batch are, and in each its outcome; and the outcome of what has the member `once` and is there already."""

    results: str
    outcome: str
    once: str
    known: Sequence[int]


def _kept_once(
    recipe: Mapping[str, Any], batch: Exchange, again: Exchange | None, bodies: Sequence[Any], said: _Outcome
) -> Iterator[Finding | Witness]:
    """What came twice, in one batch or in two, and is kept once."""
    first: dict[int, Any] = {}
    identifier = pointer.segments(recipe["id"])[-1]
    for one in (batch, *([again] if again is not None and said.once else [])):
        found = pointer.first(one.json, said.results)
        for nth, (body, told) in enumerate(zip(bodies, found if isinstance(found, list) else (), strict=False)):
            place = bodies.index(body)
            outcome, named = (pointer.first(told, at) for at in (said.outcome, f"/{identifier}"))
            if place not in first:
                first[place] = named
                continue
            there = said.once in body if said.once else False
            yield Witness((batch.number, one.number), f"{one.step}: {nth}")
            if (outcome in said.known and named == first[place]) != there:
                expected = f"{either(said.known)} {shown(first[place])}" if there else "201"
                yield Finding("kept", (batch.number, one.number), expected, f"{outcome} {shown(named)}", f"{one.step}: {nth}")


_SENT = {"colour": "red", "note": "n"}


def _single(**more: Any) -> Exchange:
    return exchange(
        "POST /things", 201, {"thingId": "t1", **_SENT, **more}, name="createThing", step=f"{SINGLE}0", actor="a", sent=_SENT
    )


def _batch(status: int = 200, outcome: int = 201) -> Exchange:
    body = {"results": [{"status": outcome, "thingId": "t2"}]}
    return exchange("POST /things", status, body, name="createThing", step=BATCH, actor="a", sent={"items": [_SENT]})


def _twice(step: str, *outcomes: tuple[int, str], sent: Any = None) -> Exchange:
    body = {"results": [{"status": outcome, "thingId": identifier} for outcome, identifier in outcomes]}
    items = [sent or _SENT] * len(outcomes)
    return exchange("POST /things", 200, body, name="createThing", step=step, actor="a", sent={"items": items})


_LOOSE = {"note": "n"}


def _read(**more: Any) -> Exchange:
    return exchange("GET /things/t2", 200, {"thingId": "t2", **_SENT, **more}, name="getThing", step=f"{READ}0", actor="a")


EXAMPLES = Examples(
    operation="createThing",
    conforms=[
        numbered(_single(), _batch(), _read()),
        numbered(_single(), _twice(BATCH, (201, "t2"), (200, "t2")), _twice(AGAIN, (200, "t2"), (200, "t2")), _read()),
        numbered(_single(updatedAt="2025-06-12T08:00:00+08:00"), _batch(), _read(updatedAt="2025-06-12T00:00:00Z")),
    ],
    violates=[
        numbered(_single(), _batch(), _read(colour="blue")),
        numbered(_single(), _batch(), _read(size=3)),
        numbered(_single(), _batch(422)),
        numbered(_single(), _batch(200, 422)),
        numbered(_single(), _twice(BATCH, (201, "t2"), (201, "t3")), _read()),
        numbered(_single(), _twice(BATCH, (201, "t2"), (200, "t2")), _twice(AGAIN, (201, "t4"), (200, "t4")), _read()),
        numbered(_single(), _twice(BATCH, (201, "t2"), sent=_LOOSE), _twice(AGAIN, (200, "t2"), sent=_LOOSE), _read()),
    ],
    inconclusive=[[], numbered(_single()), numbered(_batch(), _read()), numbered(_single(), _batch(429))],
    arguments={"single": "thing", "once": "colour"},
)
