"""A cursor, an entity tag or an idempotency key of one tenant gives another tenant nothing.

Why: these tokens travel through logs and support tickets; if the server keeps them without their owner, whoever replays one reads
another company's page, or is handed the answer to another company's request.

Fails when: b continues a's list with a's cursor (expected: 400, `cursor`); a's entity tag gives b anything but 404 (`tag`) on a's resource, or
changes it; b's creation under a key that a has used is answered with a's resource, or refused although it is accepted under
another key.
Inconclusive when: a's list has no second page, a's resource cannot be made, or b's credentials are not accepted.
Source: the interface's rules on tenancy, paging and idempotency.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from conformance import given
from conformance.checks._example import exchange, numbered, page, problem
from conformance.checks._own import amendment, id_of, known_recipe, lapsed, recipe_of, remarked, resent, unusable
from conformance.checks._reading import shown
from conformance.checks._statuses import either
from conformance.interface.dialect import Dialect
from conformance.model import Examples, Exchange, Finding, Inputs, Operation, Script, Touches, Unmet, Witness

TOUCHES = Touches.WRITES
ACTORS = ("b",)
STOCKS = True
OWN_CURSOR, CURSOR = "a's cursor, used by a", "a's cursor, used by b"
OWNER, TAG, OWNER_AFTER = "owner", "a's entity tag, used by b", "owner afterwards"
SAME, OTHER, FRESH = "a's key and body, used by b", "a's key with another body, used by b", "under a key of b's own"

ABOUT = """一租戶之游標、實體標籤或冪等鍵，對他租戶毫無作用。
緣由：此類字串會出現於日誌與客服單；伺服器保存時若未附擁有者，重送者便可讀到他公司之頁，或取得對他公司請求之回應。
不通過：b 以 a 之游標續讀 a 之清單（應為 400，`cursor`）；a 之實體標籤使 b 就 a 之資源得到 404（`tag`）以外之回應或改變之；b 以 a 用過之鍵建立，得到 a 之資源，或遭拒而以其他鍵可獲接受。
無法判定：a 之清單沒有第二頁、a 之資源無法建立，或 b 之憑證未獲接受。
依據：介面規範之租戶、分頁與冪等規定。
"""

MESSAGES = {
    "cursor": {
        "en": "another tenant's cursor should be answered {expected}, but got {actual}",
        "zh-Hant": "其他租戶的游標應回應 {expected}，實得 {actual}",
    },
    "tag": {
        "en": "another tenant's entity tag should be answered {expected}, but got {actual}",
        "zh-Hant": "其他租戶的實體標籤應回應 {expected}，實得 {actual}",
    },
    "changed": {
        "en": "with the owner's entity tag another tenant changed the resource: it was {expected} and is {actual}",
        "zh-Hant": "其他租戶以擁有者的實體標籤變更了資源：原為 {expected}，現為 {actual}",
    },
    "answered": {
        "en": "under another tenant's idempotency key its resource was given: expected {expected}, got {actual}",
        "zh-Hant": "使用其他租戶的冪等鍵，得到了該租戶的資源：預期 {expected}，實得 {actual}",
    },
    "refused": {
        "en": "a creation was refused because another tenant used the key: expected {expected} as under another key, got {actual}",
        "zh-Hant": "因其他租戶用過該鍵而拒絕建立：應如使用其他鍵時回應 {expected}，實得 {actual}",
    },
}


def drive(operation: Operation, inputs: Inputs, dialect: Dialect) -> Script:
    """Which of the three is tried depends on the part that the operation has in the recipe."""
    name, recipe = recipe_of(operation)
    things: given.Things = {}
    mine = yield from given.created(operation.spec, name, inputs, dialect, actor="a", things=things)
    if operation.id == recipe.get("list"):
        further = yield from given.created(operation.spec, name, inputs, dialect, actor="a", nth=1, things=things)
        yield from given.listed(operation, [mine, further], dialect)
        asked = given.listing(operation.spec, mine) or operation.request(actor="a")
        first: Exchange = yield asked.with_query(**{dialect.of(operation).limit: 1}).with_step("first page")
        following = dialect.next_page(first)
        if following is None:
            raise Unmet(f"{operation.id} showed no page with a successor")
        yield following.with_step(OWN_CURSOR)
        yield following.with_actor("b").with_step(CURSOR)
    elif operation.id == recipe.get("create"):
        yield from _keys(operation, name, mine, inputs, dialect)
    else:
        yield from _tag(operation, recipe, mine)


def _tag(operation: Operation, recipe: Any, mine: given.Created) -> Script:
    owner: Exchange = yield given.read(operation.spec, mine, step=OWNER)
    tag = owner.header("etag")
    if tag is None:
        raise Unmet("the resource has no entity tag")
    where = mine.path
    if operation.writes:
        members = given.changed(operation.spec, mine, amendment(operation.spec, mine)[0])
        yield operation.request(path=where, json=members, headers={"If-Match": tag}, actor="b", step=TAG)
    else:
        yield operation.request(path=where, headers={"If-None-Match": tag}, actor="b", step=TAG)
    yield given.read(operation.spec, mine, step=OWNER_AFTER)


def _keys(operation: Operation, name: str, mine: given.Created, inputs: Inputs, dialect: Dialect) -> Script:
    """Tenant b repeats a's creation under a's key; then, under the key of another creation of a's, one of its own."""
    if mine.request.header("Idempotency-Key") is None:
        raise Unmet(f"{operation.id} takes no idempotency key")
    yield from _tried(operation, resent(mine.exchange, SAME, actor="b"), inputs, "same")
    second = yield from given.created(operation.spec, name, inputs, dialect, actor="a", nth=1)
    for body in (yield from given.bodies(operation.spec, name, inputs, dialect, nth=2, actor="b")):
        request = resent(second.exchange, OTHER, actor="b").with_json(remarked(inputs, body, "b"))
        answer: Exchange = yield from _tried(operation, request, inputs, "other")
        if answer.ok:
            break


def _tried(operation: Operation, request: Any, inputs: Inputs, label: str) -> Script:
    """The answer to a creation; if it was refused, to the same one under a key of b's own."""
    answer: Exchange = yield request
    if answer.ok:
        return answer
    fresh = given.creation(operation, request.json(), inputs, actor="b", label=f"fresh-{label}")
    return (yield fresh.with_step(f"{request.step}: {FRESH}"))


def judge(
    operation: Operation,
    trace: Sequence[Exchange],
    dialect: Dialect,
    *,
    cursor: Sequence[int] = (400,),
    tag: Sequence[int] = (404,),
) -> Iterator[Finding | Witness]:
    """One witness for each token that b tried. `cursor` refuses a's cursor, `tag` a's resource under its tag."""
    known = known_recipe(operation)
    if known is None:
        return
    name, recipe = known
    yield from _cursor_judged(trace, cursor)
    yield from _tag_judged(operation, name, trace, tag)
    yield from _keys_judged(recipe, trace)


def _step(trace: Sequence[Exchange], step: str) -> Exchange | None:
    return next((one for one in trace if one.step == step), None)


def _cursor_judged(trace: Sequence[Exchange], status: Sequence[int]) -> Iterator[Finding | Witness]:
    own, other = _step(trace, OWN_CURSOR), _step(trace, CURSOR)
    if own is None or other is None or not own.ok or unusable(other):
        return
    yield Witness((own.number, other.number), CURSOR)
    if other.status not in status:
        yield Finding("cursor", (other.number,), either(status), str(other.status))


def _tag_judged(operation: Operation, name: str, trace: Sequence[Exchange], status: Sequence[int]) -> Iterator[Finding | Witness]:
    owner, other, after = _step(trace, OWNER), _step(trace, TAG), _step(trace, OWNER_AFTER)
    if owner is None or other is None or not owner.ok or unusable(other):
        return
    yield Witness((owner.number, other.number), TAG)
    if other.status not in status:
        yield Finding("tag", (other.number,), either(status), str(other.status))
    if after is not None and after.ok and after.json != owner.json and not lapsed(operation.spec, name, owner.json, after.json):
        yield Finding("changed", (other.number, after.number), shown(owner.json), shown(after.json))


def _keys_judged(recipe: Any, trace: Sequence[Exchange]) -> Iterator[Finding | Witness]:
    owned = {id_of(recipe, one) for one in trace if one.request.actor == "a" and one.step == "given: create" and one.ok}
    for index, one in enumerate(trace):
        if one.step not in (SAME, OTHER) or unusable(one):
            continue
        fresh = next((other for other in trace[index + 1 :][:1] if other.step.endswith(FRESH)), None)
        if one.ok or (fresh is not None and not unusable(fresh)):
            yield Witness((one.number,), one.step, aspect=one.step)
        if one.ok and id_of(recipe, one) in owned:
            yield Finding("answered", (one.number,), "a resource of its own, or a refusal", str(id_of(recipe, one)))
        elif not one.ok and fresh is not None and fresh.ok:
            yield Finding("refused", (one.number, fresh.number), str(fresh.status), str(one.status))


# ------------------------------------------------------------------------------------------ examples


def _create(step: str, status: int, key: str = "k1", actor: str = "b", identifier: str = "t2") -> Exchange:
    body = {"thingId": identifier, "state": "NEW"} if status == 201 else problem(status)
    sent = {"Idempotency-Key": key}
    return exchange("POST /things", status, body, name="createThing", step=step, actor=actor, sent={}, sent_headers=sent)


_MINE = _create("given: create", 201, actor="a", identifier="t1")


def _list(step: str, actor: str, status: int = 200) -> Exchange:
    return exchange(
        "GET /things?limit=1&cursor=x", status, page("t1") if status == 200 else problem(status), step=step, actor=actor
    )


def _read(step: str, state: str = "NEW") -> Exchange:
    return exchange("GET /things/t1", 200, {"thingId": "t1", "state": state}, name="getThing", step=step, actor="a")


def _tried_tag(status: int) -> Exchange:
    return exchange("PATCH /things/t1", status, problem(status), name="updateThing", step=TAG, actor="b")


EXAMPLES = Examples(
    operation="createThing",
    conforms=[
        numbered(_list(OWN_CURSOR, "a"), _list(CURSOR, "b", 400)),
        numbered(_MINE, _read(OWNER), _tried_tag(404), _read(OWNER_AFTER)),
        numbered(_MINE, _create(SAME, 409), _create(f"{SAME}: {FRESH}", 409, "k3"), _create(OTHER, 201)),
        numbered(_MINE, _create(SAME, 201)),
    ],
    violates=[
        numbered(_list(OWN_CURSOR, "a"), _list(CURSOR, "b")),
        numbered(_MINE, _read(OWNER), _tried_tag(412), _read(OWNER_AFTER)),
        numbered(_MINE, _read(OWNER), _tried_tag(404), _read(OWNER_AFTER, "SOLD")),
        numbered(_MINE, _create(SAME, 201, identifier="t1")),
        numbered(_MINE, _create(OTHER, 422), _create(f"{OTHER}: {FRESH}", 201, "k3")),
    ],
    inconclusive=[
        [],
        numbered(_list(OWN_CURSOR, "a"), _list(CURSOR, "b", 401)),
        numbered(_MINE, _create(SAME, 409), _create(f"{SAME}: {FRESH}", 429, "k3")),
    ],
)
