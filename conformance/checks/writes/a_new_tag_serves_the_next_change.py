"""The entity tag that comes with a creation or a change is that of the resource as it now is, so the next change can be made under it.

Why: a client that has just made something holds its tag; if that is the tag of another representation, the first change of every
client fails, and each has to read what it was told a moment ago.

Fails when: the answer to a creation or a change has no strong entity tag, or a change under it is answered 412 although the resource
still reads as that answer shows it.
Inconclusive when: nothing could be made, or what was made changed by itself in between.
Source: RFC 9110 sections 8.8.3 and 13.1.1; the interface's rules on entity tags.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from conformance import given
from conformance.checks._example import exchange, numbered, problem
from conformance.checks._own import amendment, client_moves, known_recipe, recipe_of, refreshed, state_of, unusable
from conformance.interface.dialect import Dialect
from conformance.model import Examples, Exchange, Finding, Inputs, Operation, Script, Spec, Touches, Witness
from conformance.text import fields

TOUCHES = Touches.OWN
MADE, CHANGE, READ = "create", "change", "read"
_THINGS = 3  # on which it is tried, where answers are lost
_NONE = '"yance-none"'

ABOUT = """建立或變更所回之實體標籤即資源目前之標籤，故可據以進行下一次變更。
緣由：剛建立資料之用戶端持有其標籤；若該標籤屬其他資源內容，每個用戶端之首次變更都會失敗，且須重讀剛獲告知之內容。
不通過：建立或變更之回應沒有強實體標籤；或資源讀回仍與該回應相同，以該標籤變更卻回應 412。
無法判定：無法建立，或所建立者於其間自行變動。
依據：RFC 9110 第 8.8.3 與 13.1.1 節；介面規範之實體標籤規定。
"""

MESSAGES = {
    "missing": {
        "en": "the answer should have {expected}, but has {actual}",
        "zh-Hant": "回應應有 {expected}，實為 {actual}",
    },
    "stale": {
        "en": "a change under the tag of the last answer should be answered {expected}, but got {actual}",
        "zh-Hant": "以前一回應所附標籤所作的變更應回應 {expected}，實得 {actual}",
    },
}


def drive(operation: Operation, inputs: Inputs, dialect: Dialect, *, changes: int = 2) -> Script:
    """A creation and changes, each under the tag of the answer before, with a reading after each; on another thing where the answer to a
    change was lost on its way, since the tag was lost with it.
    """
    name, _ = recipe_of(operation)
    for nth in range(_THINGS):
        one = yield from given.created(operation.spec, name, inputs, dialect, step=MADE, nth=nth)
        if (yield from _changed_under_tags(one, operation.spec, changes)):
            return


def _changed_under_tags(one: given.Created, spec: Spec, changes: int) -> Script:
    """So many changes of a thing, or as many as it allows; whether all were answered."""
    recipe = spec.setup[one.resource]
    for _ in range(changes):
        if "amendments" not in recipe and not client_moves(spec, one.resource, state_of(recipe, one.representation)):
            break
        answer: Exchange = yield given.change(spec, one, amendment(spec, one)[0], tag=one.tag or _NONE, step=CHANGE)
        if answer.unsettled:
            return False
        yield given.read(spec, one, step=READ)
        one = refreshed(one, answer)
    return True


def judge(operation: Operation, trace: Sequence[Exchange], dialect: Dialect) -> Iterator[Finding | Witness]:
    """A witness per change under a tag that an answer gave."""
    if known_recipe(operation) is None:
        return
    last: Exchange | None = None
    for index, one in enumerate(trace):
        if one.step == CHANGE and last is not None and not unusable(one):
            yield from _judged(last, one, trace[index + 1 :], dialect)
        if one.step in (MADE, CHANGE):
            last = one if one.ok else None


def _judged(last: Exchange, one: Exchange, rest: Sequence[Exchange], dialect: Dialect) -> Iterator[Finding | Witness]:
    tag = fields.entity_tag(dialect.tag(last))
    if tag is None or tag.weak:
        yield Finding("missing", (last.number,), "a strong entity tag", dialect.tag(last) or "none")
        return
    after = next((each for each in rest if each.step == READ), None)
    if one.ok:
        yield Witness((last.number, one.number), last.step)
    elif one.status == 412 and after is not None and after.ok and after.json == last.json:
        yield Witness((last.number, one.number), last.step)
        yield Finding("stale", (last.number, one.number, after.number), "2xx", "412")


def _made(tag: str | None = '"1"', step: str = MADE, state: str = "NEW", status: int = 201) -> Exchange:
    line, name = ("POST /things", "createThing") if step == MADE else ("PATCH /things/t1", "updateThing")
    body = {"thingId": "t1", "state": state} if status < 300 else problem(status)
    return exchange(line, status, body, name=name, step=step, actor="a", headers={"ETag": tag} if tag else {})


def _read(state: str = "NEW") -> Exchange:
    return exchange("GET /things/t1", 200, {"thingId": "t1", "state": state}, name="getThing", step=READ, actor="a")


def _changed(status: int = 200, tag: str | None = '"2"') -> Exchange:
    return _made(tag, CHANGE, "SOLD", status)


EXAMPLES = Examples(
    operation="updateThing",
    conforms=[
        numbered(_made(), _changed(), _read("SOLD")),
        numbered(_made(), _changed(), _read("SOLD"), _changed(tag='"3"'), _read("GONE")),
    ],
    violates=[
        numbered(_made(), _changed(412), _read()),
        numbered(_made(None), _changed(), _read("SOLD")),
        numbered(_made('W/"1"'), _changed(), _read("SOLD")),
        numbered(_made(), _changed(), _read("SOLD"), _changed(412), _read("SOLD")),
    ],
    inconclusive=[
        [],
        numbered(_made()),
        numbered(_made(), _changed(412), _read("GONE")),
        numbered(_made(), _changed(429), _read()),
        numbered(_made(status=409), _changed(), _read()),
    ],
)
