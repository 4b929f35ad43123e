"""Who holds a thing shows nowhere but to the holder's tenant: not in public views, not in another tenant's.

Why: availability is public and bookings are not; a status entry that carries the booking behind it tells everybody who charges where.

Tenant a takes something for now, under names that the suite made up. Everything that shows that thing is then read without
credentials and by tenant b, and b asks for the booking and for its list; all that again in each state into which a can bring it.

Fails when: an answer holds a member that is for the owner only, the booking's id (where it was not asked for) or one of the made-up
names.
Inconclusive when: nothing could be taken for now, or no view that shows it was answered.
Source: Personal Data Protection Act; the interface's rules on tenancy.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from conformance import given
from conformance.checks._example import exchange, numbered, page, problem
from conformance.checks._own import client_moves, id_of, known_recipe, marks, named, recipe_of, state_of, unusable
from conformance.checks._targets import Entry, offers, reading
from conformance.interface.dialect import Dialect
from conformance.model import Examples, Exchange, Finding, Inputs, Operation, Script, Spec, Touches, Unmet, Witness
from conformance.text import pointer

TOUCHES = Touches.OWN
ASKS = 72
ACTORS = ("b",)
TAKE, VIEW, BOOKING = "take", "view", "the booking itself"
_TRIES = 4

ABOUT = """何人占用，僅占用者之租戶可見：公開查詢結果與他租戶之查詢結果均不得顯示。
緣由：可用性為公開，預約則否；狀態資料附帶預約者，等於告訴眾人誰在何處充電。
租戶 a 以套件虛構之名義占用一物，期間涵蓋現在。其後以不帶憑證及租戶 b 讀取所有顯示該物者，b 並查詢該預約及其清單；a 可使其進入之每一狀態均重做一遍。
不通過：回應含僅供擁有者之欄位、該預約之識別碼（未指明查詢者），或虛構名稱之一。
無法判定：目前無法占用，或顯示該物之查詢均未獲回應。
依據：個人資料保護法；介面規範之租戶規定。
"""

MESSAGES = {
    "named": {
        "en": "an answer to somebody else holds {actual}: expected {expected}",
        "zh-Hant": "給他人的回應含有 {actual}：預期 {expected}",
    },
}


def drive(operation: Operation, inputs: Inputs, dialect: Dialect, *, views: Sequence[Entry]) -> Script:
    """Each entry of `views` is taken and looked at through its `operations`."""
    name, _ = recipe_of(operation)
    spec = operation.spec
    taken = 0
    for entry in views:
        for index, (body, values) in enumerate((yield from offers(spec, entry, inputs, dialect))[:_TRIES]):
            label = f"{entry['name']}-{index}".replace(" ", "-")
            answer: Exchange = yield given.creation(operation, body, inputs, actor="a", label=label).with_step(TAKE)
            if not answer.ok:
                continue
            taken += 1
            yield from _lived(spec, given.made(spec, name, answer), entry, values, dialect)
            break
    if not taken:
        raise Unmet("nothing could be taken for now")


def _lived(spec: Spec, one: given.Created, entry: Entry, values: Mapping[str, Any], dialect: Dialect) -> Script:
    """Looks at a booking in each state from which its holder can still move it, and ends it."""
    recipe, seen = spec.setup[one.resource], set[str | None]()
    while True:
        for other in entry["operations"]:
            yield reading(spec, other, values, dialect, step=VIEW, actor=None)
            yield reading(spec, other, values, dialect, step=VIEW, actor="b")
        yield given.read(spec, one, actor="b", step=BOOKING)
        if "list" in recipe:
            yield reading(spec, recipe["list"], {}, dialect, step=VIEW, actor="b")
        if "state" not in recipe or "update" not in recipe:
            return
        seen.add(here := state_of(recipe, one.representation))
        targets = client_moves(spec, one.resource, here)
        following = next((to for to in targets if to not in seen and client_moves(spec, one.resource, to)), None)
        if following is None:
            for ending in targets[:1]:
                yield from given.move(spec, one, ending)
            return
        one = yield from given.move(spec, one, following)


def judge(
    operation: Operation, trace: Sequence[Exchange], dialect: Dialect, *, members: Sequence[str] = ()
) -> Iterator[Finding | Witness]:
    """One witness per view that was answered. `members` are names that only the owner's answers may have, outside lists of b's own."""
    known = known_recipe(operation)
    if known is None:
        return
    recipe = known[1]
    secrets: list[str] = []
    identifier = ""
    for one in trace:
        if one.step == TAKE and one.ok:
            secrets, identifier = marks(one), id_of(recipe, one) or ""
        elif one.step in (VIEW, BOOKING) and secrets and not unusable(one) and one.response is not None:
            if one.step == VIEW and one.ok:
                yield Witness((one.number,), f"{one.request.operation}, {one.request.actor or 'anonymous'}")
            found = [identifier] if one.step == VIEW and named(operation.spec, known[0], identifier, one) else []
            public = not operation.spec.operations[one.request.operation].secured
            yield from _named(one, found, secrets, members if public or one.step == BOOKING else ())


def _named(one: Exchange, known: Sequence[str], secrets: Sequence[str], members: Sequence[str]) -> Iterator[Finding]:
    body = one.response.body.decode("utf-8", "replace") if one.response else ""
    text = json.dumps(one.json, ensure_ascii=False) if one.json is not None else body
    found = [*known, *(secret for secret in secrets if secret and secret in text)]
    found += [at for at in _places(one.json, "") if pointer.segments(at)[-1] in members] if one.ok else []
    if found:
        yield Finding("named", (one.number,), "nothing of the holder", ", ".join(found[:5]))


def _places(node: Any, here: str) -> Iterator[str]:
    for key, member in node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ():
        if isinstance(node, dict):
            yield here + pointer.join(key)
        yield from _places(member, here + pointer.join(key))


_SENT = {"colour": "red", "note": "yance-note-0-1a2b3c4d"}
_TAKEN = exchange("POST /things", 201, {"thingId": "t1", **_SENT}, name="createThing", step=TAKE, actor="a", sent=_SENT)


def _view(body: Any, status: int = 200, step: str = VIEW, actor: str | None = None) -> Exchange:
    return exchange("GET /things/x", status, body, name="getThing", step=step, actor=actor)


EXAMPLES = Examples(
    operation="createThing",
    conforms=[
        numbered(
            exchange("POST /things", 201, {"thingId": "7", **_SENT}, name="createThing", step=TAKE, actor="a", sent=_SENT),
            _view({"status": "RESERVED", "count": 7, "floor": "7", "time": "2025-06-12T07:17:00+08:00"}),
        ),
        numbered(_TAKEN, _view({"status": "RESERVED"}), _view(page("b1"), actor="b"), _view(problem(404), 404, BOOKING, "b")),
    ],
    violates=[
        numbered(_TAKEN, _view({"status": "RESERVED", "by": "t1"})),
        numbered(_TAKEN, _view({"status": "RESERVED", "holder": {"holderRef": "x"}})),
        numbered(_TAKEN, _view({"status": "RESERVED", "link": "https://shop.example/v1/things/t1"})),
        numbered(_TAKEN, _view(_SENT, actor="b")),
        numbered(_TAKEN, _view(problem(403, detail="held by yance-note-0-1a2b3c4d"), 404, BOOKING, "b")),
    ],
    inconclusive=[[], [_view({"status": "RESERVED"})], numbered(_TAKEN, _view(problem(429), 429))],
    arguments={"members": ["holderRef"]},
)
