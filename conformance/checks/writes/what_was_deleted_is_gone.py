"""What was deleted is gone: it is not found any more, no list shows it, and to delete it again brings nothing back.

Why: a deletion that only hides a thing from its list, or from its address, or from the cache of one of them, keeps what somebody asked to have
removed; and one that takes its neighbour away as well loses what nobody asked to lose.

The suite makes two things, deletes one, reads both, lists them, and deletes the same one once more.

Fails when: the deletion of what is there is not answered with success; what was deleted is still answered with something else than `status`, is
still listed after the declared time, or is there again after the second deletion; the second deletion is answered otherwise than
`again` says; or the other thing is gone, too.
Inconclusive when: nothing could be made, its deletion is only accepted (202), or the recipe names no operation that deletes.
Source: RFC 9110 sections 9.3.5 and 15.5.5; the interface's rules on deletion.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from conformance import given
from conformance.checks._example import exchange, numbered, page, problem
from conformance.checks._own import id_of, known_recipe, recipe_of, unusable
from conformance.checks._statuses import either
from conformance.checks._views import traverse, views
from conformance.interface.dialect import Dialect
from conformance.model import Examples, Exchange, Finding, Inputs, Operation, Script, Touches, Unmet, Witness

TOUCHES = Touches.WRITES
MADE, OTHER, DELETED, READ, NEIGHBOUR, LISTED, AGAIN, LAST = (
    "make",
    "make another",
    "delete",
    "read the deleted",
    "read the other",
    "list",
    "delete again",
    "read once more",
)

ABOUT = """已刪除者即不存在：查無此物、不列於任何清單，再次刪除亦不會使其復現。
緣由：僅自清單、網址或其一之快取隱藏之刪除，仍保留當事人要求移除者；連同鄰近者一併刪除，則遺失無人要求刪除者。
套件建立兩筆、刪除其一、讀取兩筆、列出，再刪除同一筆一次。
不通過：刪除現有者未獲成功回應；已刪除者之回應非 `status`、於宣告時間後仍列出，或於第二次刪除後復現；第二次刪除之回應非 `again` 所定；或另一筆亦不存在。
無法判定：無法建立、刪除僅獲受理（202），或前置步驟未載明刪除之操作。
依據：RFC 9110 第 9.3.5 與 15.5.5 節；介面規範之刪除規定。
"""

MESSAGES = {
    "refused": {
        "en": "the deletion of what was just made should be answered {expected}, but got {actual}",
        "zh-Hant": "刪除剛建立的資源應回應 {expected}，實得 {actual}",
    },
    "there": {
        "en": "what was deleted should be answered {expected} when it is read ({at}), but got {actual}",
        "zh-Hant": "已刪除的資源於讀取時（{at}）應回應 {expected}，實得 {actual}",
    },
    "listed": {
        "en": "the list should not show {expected} after it was deleted, but does",
        "zh-Hant": "刪除之後清單不應再列出 {expected}，卻仍列出",
    },
    "again": {
        "en": "a second deletion should be answered {expected}, but got {actual}",
        "zh-Hant": "再次刪除應回應 {expected}，實得 {actual}",
    },
    "neighbour": {
        "en": "another thing should still be answered {expected} after the deletion, but got {actual}",
        "zh-Hant": "刪除之後，另一筆資源仍應回應 {expected}，實得 {actual}",
    },
}


def drive(operation: Operation, inputs: Inputs, dialect: Dialect) -> Script:
    """Make two, delete the first, read both, list, delete and read it again."""
    name, recipe = recipe_of(operation)
    spec = operation.spec
    if "delete" not in recipe or "read" not in recipe:
        raise Unmet(f"no operation that deletes a {name} and none that reads one are known (`delete` and `read` of its recipe)")
    things: given.Things = {}
    other = yield from given.created(spec, name, inputs, dialect, step=OTHER, nth=1, things=things)
    one = yield from given.created(spec, name, inputs, dialect, step=MADE, things=things)
    now: Exchange = yield given.read(spec, one)
    yield given.deletion(spec, one, tag=now.header("etag"), step=DELETED)
    yield given.read(spec, one, step=READ)
    yield given.read(spec, other, step=NEIGHBOUR)
    shelf = given.listing(spec, one)
    if shelf is not None:
        yield given.visible(spec.operations[recipe["delete"]])
        yield from traverse(spec.operations[recipe["list"]], dialect, shelf, step=LISTED)
    yield given.deletion(spec, one, tag=now.header("etag"), step=AGAIN)
    yield given.read(spec, one, step=LAST)


def judge(
    operation: Operation,
    trace: Sequence[Exchange],
    dialect: Dialect,
    *,
    status: Sequence[int] = (404, 410),
    again: Sequence[int] = (200, 202, 204, 404, 410, 412),
) -> Iterator[Finding | Witness]:
    """A witness per reading of what was deleted, for the list and for the second deletion. `status` says that a thing is not there."""
    known = known_recipe(operation)
    steps = {one.step: one for one in trace if not unusable(one)}
    made, deleted = steps.get(MADE), steps.get(DELETED)
    identifier = id_of(known[1], made) if known and made else None
    if known is None or made is None or deleted is None or identifier is None:
        return
    if deleted.status in (404, 405, 501):
        yield Finding("refused", (made.number, deleted.number), "2xx", str(deleted.status))
    if not deleted.ok or deleted.status == 202:  # accepted, and not done yet: nobody says when it will be
        return
    yield from _read_after(deleted, steps, status, again)
    yield from _listed(operation, known[1], identifier, deleted, trace, dialect)


def _read_after(
    deleted: Exchange, steps: Mapping[str, Exchange], status: Sequence[int], again: Sequence[int]
) -> Iterator[Finding | Witness]:
    """What is answered at the addresses of both things, and to the second deletion."""
    for step in (READ, LAST):
        if (one := steps.get(step)) is not None:
            yield Witness((deleted.number, one.number), step)
            if one.status not in status:
                yield Finding("there", (deleted.number, one.number), either(status), str(one.status), step)
    if (one := steps.get(NEIGHBOUR)) is not None and one.status in status:
        yield Finding("neighbour", (deleted.number, one.number), "200", str(one.status))
    if (one := steps.get(AGAIN)) is not None:
        yield Witness((deleted.number, one.number), AGAIN)
        if one.status not in again:
            yield Finding("again", (deleted.number, one.number), either(again), str(one.status))


def _listed(
    operation: Operation,
    recipe: Mapping[str, Any],
    identifier: str,
    deleted: Exchange,
    trace: Sequence[Exchange],
    dialect: Dialect,
) -> Iterator[Finding | Witness]:
    """What a list that was read to its end shows."""
    lister = operation.spec.operations.get(recipe.get("list", ""))
    for view in views(lister, trace, dialect) if lister else ():
        found = any(given.id_in(recipe, item) == identifier for item in view.items)
        if view.step == LISTED and (view.complete or found):
            yield Witness((deleted.number, *view.numbers), LISTED)
            if found:
                yield Finding("listed", (deleted.number, *view.numbers), identifier, identifier)


# ------------------------------------------------------------------------------------------ examples


def _make(identifier: str = "t1", step: str = MADE) -> Exchange:
    return exchange("POST /things", 201, {"thingId": identifier}, name="createThing", step=step, actor="a", sent={"size": 1})


def _delete(status: int = 204, step: str = DELETED) -> Exchange:
    return exchange(
        "DELETE /things/t1", status, problem(status) if status > 299 else None, name="deleteThing", step=step, actor="a"
    )


def _read(status: int, step: str = READ, identifier: str = "t1") -> Exchange:
    body = {"thingId": identifier} if status == 200 else problem(status)
    return exchange(f"GET /things/{identifier}", status, body, name="getThing", step=step, actor="a")


def _list(*items: str) -> Exchange:
    return exchange("GET /things", 200, page(*items), step=LISTED, actor="a")


_TWO = (_make("t2", OTHER), _make())
_THERE = _read(200, NEIGHBOUR, "t2")
EXAMPLES = Examples(
    operation="createThing",
    conforms=[
        numbered(*_TWO, _delete(), _read(404), _THERE, _list("t2"), _delete(404, AGAIN), _read(404, LAST)),
        numbered(*_TWO, _delete(), _read(410), _THERE, _delete(204, AGAIN), _read(410, LAST)),
    ],
    violates=[
        numbered(*_TWO, _delete(405)),
        numbered(*_TWO, _delete(), _read(200)),
        numbered(*_TWO, _delete(), _read(404), _THERE, _list("t1", "t2")),
        numbered(*_TWO, _delete(), _read(404), _read(404, NEIGHBOUR, "t2")),
        numbered(*_TWO, _delete(), _read(404), _THERE, _delete(500, AGAIN)),
        numbered(*_TWO, _delete(), _read(404), _THERE, _delete(204, AGAIN), _read(200, LAST)),
    ],
    inconclusive=[
        [],
        numbered(*_TWO),
        numbered(*_TWO, _delete(412)),
        numbered(*_TWO, _delete(202), _read(200)),
        numbered(*_TWO, _delete(429)),
    ],
)
