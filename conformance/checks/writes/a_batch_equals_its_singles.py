"""What a batch stores is what single creations of its items would have stored.

Why: the two ways in are two pieces of code. A rule, a default or a unit that only one of them knows makes the records of those who upload
in batches different from everybody else's.

The suite makes the same things one by one on one holder and in a batch on another, and compares what is read.

Fails when: a declared member, ids, times that the server sets and what differs in the bodies aside, differs between an item of the batch
and its single; or an item that is accepted alone is refused in the batch.
Inconclusive when: the singles or the batch are not accepted.
Source: the interface's rules on batches.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from conformance import given
from conformance.checks._example import exchange, numbered
from conformance.checks._own import known_recipe, unusable
from conformance.checks._reading import shown
from conformance.interface.dialect import Dialect, instant
from conformance.interface.references import deref
from conformance.model import Examples, Exchange, Finding, Inputs, Operation, Script, Touches, Witness
from conformance.text import pointer

TOUCHES = Touches.WRITES
ASKS = 23
SINGLE, BATCH, READ = "single ", "batch", "read "
_ELSEWHERE = 50  # so that the other holder is another one

MESSAGES = {
    "differs": {
        "en": "an item of a batch should be stored as a single is ({at}): expected {expected}, got {actual}",
        "zh-Hant": "批次項目的儲存內容應與逐筆建立者相同（{at}）：應為 {expected}，實為 {actual}",
    },
    "refused": {
        "en": "an item that is accepted alone should be accepted in a batch ({at}): expected {expected}, got {actual}",
        "zh-Hant": "逐筆可接受的項目於批次中亦應接受（{at}）：應為 {expected}，實得 {actual}",
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
) -> Script:
    """`single` is the recipe of one item, `holder` that of what all stand on; `together` and `items` are members of the batch's body."""
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
    sent = given.creation(operation, {together: True, items: bodies}, inputs, actor="a", label="batch").with_step(BATCH)
    answer: Exchange = yield sent
    read = spec.operations[recipe["read"]]
    for nth, each in enumerate(pointer.first(answer.json, results) or ()):
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
) -> Iterator[Finding | Witness]:
    """A witness per item. `ignore` names members that differ by chance: the server's times."""
    name = single or (known_recipe(operation) or ("",))[0]
    batch = next((one for one in trace if one.step == BATCH and not unusable(one)), None)
    singles = {one.step.removeprefix(SINGLE): one for one in trace if one.step.startswith(SINGLE) and one.status == 201}
    if (
        batch is None
        or name not in operation.spec.setup
        or len(singles) != len(pointer.first(batch.request.json(), f"/{items}") or ())
    ):
        return
    if not batch.ok:
        yield Finding("refused", (*(one.number for one in singles.values()), batch.number), "2xx", str(batch.status))
        return
    recipe = operation.spec.setup[name]
    declared = deref(operation.spec.document, {"$ref": recipe["schema"]}).get("properties", {})
    for nth, first in singles.items():
        told = pointer.first(batch.json, f"{results}/{nth}{outcome}")
        read = next((one for one in trace if one.step == READ + nth and one.ok), None)
        if read is not None:
            yield Witness((first.number, read.number), nth)
            sent = (first.request.json(), pointer.first(batch.request.json(), f"/{items}/{nth}"))
            own = {pointer.segments(recipe["id"])[0], *ignore, *(key for key in sent[0] if sent[0][key] != sent[1].get(key))}
            for member in declared:
                was, now = first.json.get(member), read.json.get(member)
                if member not in own and was != now and (instant(was) is None or instant(was) != instant(now)):
                    yield Finding("differs", (first.number, read.number), shown(was), shown(now), f"/{member}")
        elif told is not None and told not in (200, 201):
            yield Finding("refused", (first.number, batch.number), "201", str(told), nth)


_SENT = {"colour": "red", "note": "n"}


def _single(**more: Any) -> Exchange:
    return exchange(
        "POST /things", 201, {"thingId": "t1", **_SENT, **more}, name="createThing", step=f"{SINGLE}0", actor="a", sent=_SENT
    )


def _batch(status: int = 200, outcome: int = 201) -> Exchange:
    body = {"results": [{"status": outcome, "thingId": "t2"}]}
    return exchange("POST /things", status, body, name="createThing", step=BATCH, actor="a", sent={"items": [_SENT]})


def _read(**more: Any) -> Exchange:
    return exchange("GET /things/t2", 200, {"thingId": "t2", **_SENT, **more}, name="getThing", step=f"{READ}0", actor="a")


EXAMPLES = Examples(
    operation="createThing",
    conforms=[
        numbered(_single(), _batch(), _read()),
        numbered(_single(updatedAt="2025-06-12T08:00:00+08:00"), _batch(), _read(updatedAt="2025-06-12T00:00:00Z")),
    ],
    violates=[
        numbered(_single(), _batch(), _read(colour="blue")),
        numbered(_single(), _batch(), _read(size=3)),
        numbered(_single(), _batch(422)),
        numbered(_single(), _batch(200, 422)),
    ],
    inconclusive=[[], numbered(_single()), numbered(_batch(), _read()), numbered(_single(), _batch(429))],
    arguments={"single": "thing"},
)
