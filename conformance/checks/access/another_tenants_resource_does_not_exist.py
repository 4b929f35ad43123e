"""What belongs to one tenant does not exist for another: not by id, not in lists, not in counts, not in refusals.

Why: an interface that several companies share leaks one's customers to the other as soon as a single operation forgets to ask
whose resource it is; a 403 instead of a 404 already tells that the id is in use.

Tenant a makes a resource. Tenant b asks for it by its id and by an id that never existed, tries to change it, lists what it may
see (also with filters that fit a's resource, and always where a has asked for the very same URL just before), and asks for the same
thing for itself.

Fails when: b gets anything but 404 (`status`), or one that differs from that of an id that never existed (but for `instance`); b's request
changes the resource; b's list shows it or its total counts it; the answer to b's own creation carries its id or its texts.
Inconclusive when: the resource cannot be made or its owner cannot read it, or b's credentials are not accepted.
Source: OWASP API Security, broken object level authorization; Personal Data Protection Act; the interface's rules on tenancy.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from conformance import given
from conformance.checks._example import exchange, numbered, page, problem
from conformance.checks._own import amendment, id_of, known_recipe, lapsed, marks, named, never, recipe_of, remarked, unusable
from conformance.checks._statuses import either
from conformance.checks._views import traverse
from conformance.interface.bodies import document_of
from conformance.interface.dialect import Dialect
from conformance.model import Examples, Exchange, Finding, Inputs, Operation, Request, Script, Touches, Witness, wire_text
from conformance.text import pointer

TOUCHES = Touches.WRITES
ACTORS = ("b",)
STOCKS = True
OWNER, OWNER_AFTER, THEIRS, NEVER = "owner", "owner afterwards", "another tenant's id", "an id that never existed"
OWNERS_LIST = "the owner's list just before"  # whoever keeps lists by their URL alone now has this one
BEFORE, AFTER, NARROWED, OWN = "list before", "list after", "list with fitting filters", "the same for itself"

ABOUT = """屬於一租戶者，對他租戶即不存在：以識別碼、清單、計數或拒絕訊息均不可得知。
緣由：多家公司共用之介面，只要有一個操作忘記確認資源歸屬，便會將一方客戶洩漏予他方；以 403 取代 404，已透露該識別碼使用中。
租戶 a 建立資源。租戶 b 以其識別碼及從未存在之識別碼查詢、嘗試變更、列出其可見者（亦以符合 a 資源之條件，且總在 a 剛查詢相同 URL 之後），並為自己請求相同之物。
不通過：b 得到 404（`status`）以外之回應，或與從未存在之識別碼所得者不同（`instance` 除外）；b 之請求改變該資源；b 之清單列出或總數計入該資源；b 自行建立之回應含其識別碼或文字。
無法判定：資源無法建立、其擁有者無法讀取，或 b 之憑證未獲接受。
依據：OWASP API Security broken object level authorization；個人資料保護法；介面規範之租戶規定。
"""

MESSAGES = {
    "disclosed": {
        "en": "another tenant's resource should be answered {expected}, but got {actual}",
        "zh-Hant": "其他租戶的資源應回應 {expected}，實得 {actual}",
    },
    "differs": {
        "en": "another tenant's resource and one that never existed should be answered alike: expected {expected}, got {actual}",
        "zh-Hant": "其他租戶的資源與從未存在的資源應得到相同回應：應為 {expected}，實得 {actual}",
    },
    "changed": {
        "en": "another tenant changed the resource: it should still be {expected}, but is {actual}",
        "zh-Hant": "其他租戶變更了該資源：應仍為 {expected}，實為 {actual}",
    },
    "shown": {
        "en": "an answer to another tenant carries {actual}, which should be known to its owner only; expected {expected}",
        "zh-Hant": "給其他租戶的回應含有 {actual}，應僅擁有者可知；預期 {expected}",
    },
    "counted": {
        "en": "another tenant's total counts the resource: expected {expected}, got {actual}",
        "zh-Hant": "其他租戶所見的總數計入該資源：應為 {expected}，實得 {actual}",
    },
}


def drive(operation: Operation, inputs: Inputs, dialect: Dialect) -> Script:
    """What b tries depends on the part that the operation has in the recipe."""
    name, recipe = recipe_of(operation)
    spec = operation.spec
    listing = operation.id == recipe.get("list")
    things: given.Things = {}
    shelf = yield from given.shelf(spec, name, inputs, dialect, things=things)
    if listing and shelf is not None:
        yield from traverse(operation, dialect, shelf.with_actor("b"), step=BEFORE)
    theirs = yield from given.created(spec, name, inputs, dialect, actor="a", things=things)
    yield given.read(spec, theirs, step=OWNER)
    if listing and shelf is not None:
        for asked, step in ((shelf.with_actor("b"), AFTER), (_fitting(operation, theirs), NARROWED)):
            yield from traverse(operation, dialect, asked.with_actor("a"), step=OWNERS_LIST, most=1)
            yield from traverse(operation, dialect, asked, step=step)
    elif operation.id == recipe.get("create"):
        body = remarked(inputs, document_of(operation, theirs.request), "b")
        yield given.creation(operation, body, inputs, actor="b", label="other").with_step(OWN)
    else:
        yield from _by_id(operation, theirs, recipe, inputs)
        yield given.read(spec, theirs, step=OWNER_AFTER)


def _by_id(operation: Operation, theirs: given.Created, recipe: Any, inputs: Inputs) -> Script:
    invented = never(theirs.id, inputs.random("never", theirs.id))
    # In the middle, so that a time in the answer is the same in all three or differs between the two that are alike.
    for step, identifier in ((NEVER, invented), (THEIRS, theirs.id), (NEVER, invented)):
        where = {**theirs.path, recipe["parameter"]: identifier}
        if operation.writes:
            members = given.changed(operation.spec, theirs, amendment(operation.spec, theirs)[0])
            asked = operation.request(path=where, headers={"If-Match": theirs.tag or '"yance"'}, actor="b", step=step)
            yield given.with_document(operation, asked, members)
        else:
            yield operation.request(path=where, actor="b", step=step)
    for step, identifier in ((THEIRS, theirs.id), (NEVER, invented)):
        asked = operation.request(path={**theirs.path, recipe["parameter"]: identifier}, actor="b")
        for label, other in _otherwise(operation, asked, theirs):
            yield other.with_step(f"{step}: {label}")


def _otherwise(operation: Operation, asked: Request, theirs: given.Created) -> list[tuple[str, Request]]:
    """Other ways of addressing a resource, in which a server may look before it asks whose the resource is."""
    if not operation.writes:
        return [("HEAD", replace(asked, method="HEAD"))]
    members = given.changed(operation.spec, theirs, amendment(operation.spec, theirs)[0])
    whole = asked.with_json(members).with_header("Content-Type", operation.media_type)
    return [
        ("no If-Match", whole.with_header("If-Match", None)),
        ("another If-Match", whole.with_header("If-Match", '"yance"')),
        ("DELETE", replace(asked, method="DELETE", headers=(), body=None)),
    ]


def _fitting(operation: Operation, theirs: given.Created) -> Any:
    """The list's request with every filter by a value that a's resource has."""
    request = given.listing(operation.spec, theirs, actor="b") or operation.request(actor="b")
    for p in operation.filters:
        value = pointer.first(theirs.representation, (p.filter or {}).get("on", "/-"))
        if (p.filter or {}).get("match") in ("equals", "from", "since", "contains") and isinstance(value, str | int):
            request = request.with_query(**{p.name: wire_text(value)})
    return request


def judge(
    operation: Operation, trace: Sequence[Exchange], dialect: Dialect, *, status: Sequence[int] = (404,)
) -> Iterator[Finding | Witness]:
    """Nothing is said unless the owner could read the resource and b's credentials were taken. `status` is what an id that never existed
    gets.
    """
    known = known_recipe(operation)
    made = next((one for one in trace if one.request.actor == "a" and one.step == "given: create" and one.ok), None)
    owner = next((one for one in trace if one.step == OWNER), None)
    if known is None or made is None or owner is None or not owner.ok:
        return
    name, recipe = known
    identifier = id_of(recipe, made) or ""
    steps: dict[str, list[Exchange]] = {}
    for one in trace:
        refused = one.turned_away or one.status == 401 if one.step.startswith((THEIRS, NEVER)) else unusable(one)
        if one.request.actor == "b" and not one.is_setup and not refused:
            steps.setdefault(one.step, []).append(one)
    secrets = marks(made)
    yield from _addressed(steps, identifier, status)
    yield from _alike(steps)
    for one in (*steps.get(THEIRS, ()), *steps.get(OWN, ()), *steps.get(AFTER, ()), *steps.get(NARROWED, ())):
        known_by = [identifier] if one.step != THEIRS and named(operation.spec, name, identifier, one) else []
        yield from _shown(one, known_by, secrets)
    listing = operation.spec.operations.get(recipe.get("list", ""))
    if listing is not None:
        yield from _counted(steps, listing, dialect)
    after = next((one for one in trace if one.step == OWNER_AFTER), None)
    if after is not None and after.ok and after.json != owner.json and not lapsed(operation.spec, name, owner.json, after.json):
        yield Finding("changed", (owner.number, after.number), _text(owner.json), _text(after.json))


def _addressed(steps: dict[str, list[Exchange]], identifier: str, status: Sequence[int]) -> Iterator[Finding | Witness]:
    theirs = steps.get(THEIRS, [None])[0]
    if theirs is None:
        return
    absent = steps.get(NEVER, [])
    if theirs.status == 403 and all(one.status == 403 for one in absent):
        return  # the token may do nothing here, so it says nothing about tenants
    yield Witness((theirs.number, *(one.number for one in absent[:1])), "by id")
    if theirs.status not in status:
        yield Finding("disclosed", (theirs.number,), either(status), str(theirs.status))
    elif len(absent) == 2 and all(one.status in status for one in absent):
        unsteady = _unsteady(*absent)
        invented = absent[0].request.path
        asked = (identifier, _own_part(invented, theirs.request.path))
        expected, actual = _face(absent[0], unsteady, asked), _face(theirs, unsteady, asked)
        if expected != actual:
            yield Finding("differs", (theirs.number, absent[0].number), expected, actual)


def _alike(steps: dict[str, list[Exchange]]) -> Iterator[Finding]:
    """However a resource is addressed: another tenant's is answered like none, in status and in having an entity tag."""
    for step, (theirs, *_) in steps.items():
        absent = steps.get(step.replace(THEIRS, NEVER, 1)) if step.startswith(THEIRS) else None
        if absent:
            faces = [f"{one.status}{' with an entity tag' if one.header('etag') else ''}" for one in (absent[0], theirs)]
            if faces[0] != faces[1]:
                yield Finding("differs", (theirs.number, absent[0].number), *faces)


def _own_part(path: str, other: str) -> str:
    """The segment in which one path differs from another: the id that was asked for."""
    pairs = zip(path.split("/"), other.split("/"), strict=False)
    return next((mine for mine, theirs in pairs if mine != theirs), "")


def _unsteady(first: Exchange, second: Exchange) -> frozenset[str]:
    """Members that differ between two answers to the same question (trace ids, times), and `instance`."""
    one, two = first.json, second.json
    if not isinstance(one, dict) or not isinstance(two, dict):
        return frozenset({"instance"})
    return frozenset({"instance", *(key for key in {*one, *two} if one.get(key) != two.get(key))})


def _face(exchange: Exchange, unsteady: frozenset[str], asked: tuple[str, ...]) -> str:
    """An error as the client sees it, without what is its own: the ids asked for, `instance`, unsteady members.

    Both ids go from both errors: a short one (4) may well be part of what they have in common (404).
    """
    document = exchange.json
    if isinstance(document, dict):
        document = {key: value for key, value in document.items() if key not in unsteady}
    text = (
        _text(document)
        if document is not None
        else exchange.response.body.decode("utf-8", "replace")
        if exchange.response
        else ""
    )
    media_type = exchange.response.media_type if exchange.response else ""
    forms = {form for one in asked for form in (one, quote(one, safe=""))} - {""}
    for form in sorted(forms, key=len, reverse=True):
        text = text.replace(form, "{id}")
    return f"{media_type} {text}"


def _text(document: Any) -> str:
    return json.dumps(document, ensure_ascii=False, sort_keys=True)


def _shown(one: Exchange, known_by: Sequence[str], secrets: Sequence[str]) -> Iterator[Finding | Witness]:
    if one.step != THEIRS and (one.ok or one.step == OWN):
        yield Witness((one.number,), one.step, aspect=one.step)
    body = one.response.body.decode("utf-8", "replace") if one.response else ""
    told = {value for _, value in one.request.query}  # what b named itself may come back, in a link for instance
    if found := [*known_by, *(secret for secret in secrets if secret and secret in body and secret not in told)]:
        yield Finding("shown", (one.number,), "neither id nor texts of the resource", ", ".join(found), one.step)


def _counted(steps: dict[str, list[Exchange]], listing: Operation, dialect: Dialect) -> Iterator[Finding]:
    """Where b sees the same items before and after, b's total has to be the same."""
    seen = {}
    for step in (BEFORE, AFTER):
        exchanges = steps.get(step, [])
        if not exchanges or not all(one.ok for one in exchanges) or dialect.next_page(exchanges[-1]) is not None:
            return
        identities = {dialect.identity(listing, item) for one in exchanges for item in dialect.items(one, listing) or ()}
        seen[step] = (identities, dialect.total(exchanges[0]), exchanges[0].number)
    (before, total, first), (after, later, second) = seen[BEFORE], seen[AFTER]
    if before == after and total is not None and later is not None and later != total:
        yield Finding("counted", (first, second), str(total), str(later))


# ------------------------------------------------------------------------------------------ examples

_BODY = {"colour": "red", "note": "yance-note-0-1a2b3c4d"}
_MADE = exchange(
    "POST /things",
    201,
    {"thingId": "t1", **_BODY, "state": "NEW"},
    name="createThing",
    step="given: create",
    actor="a",
    sent=_BODY,
)


_FOURTH = exchange(
    "POST /things", 201, {"thingId": "4", **_BODY}, name="createThing", step="given: create", actor="a", sent=_BODY
)


def _owner(step: str = OWNER, state: str = "NEW") -> Exchange:
    return exchange("GET /things/t1", 200, {"thingId": "t1", **_BODY, "state": state}, name="getThing", step=step, actor="a")


def _other(step: str, line: str, status: int, body: Any) -> Exchange:
    return exchange(line, status, body, name="getThing", step=step, actor="b")


def _absent(identifier: str, status: int = 404, slug: str = "not-found", step: str = NEVER, **more: Any) -> Exchange:
    detail = f"there is no {identifier}"
    return _other(step, f"GET /things/{identifier}", status, problem(status, slug, detail=detail, instance=identifier, **more))


def _listed(before: Any, after: Any) -> list[Exchange]:
    return numbered(_other(BEFORE, "GET /things", 200, before), _MADE, _owner(), _other(AFTER, "GET /things", 200, after))


_NEVER = (_absent("t9", traceId="1"), _absent("t9", traceId="2"))
EXAMPLES = Examples(
    operation="getThing",
    conforms=[
        numbered(_MADE, _owner(), _absent("t1", step=THEIRS, traceId="3"), *_NEVER, _owner(OWNER_AFTER)),
        numbered(_MADE, _owner(), _absent("t1", step=THEIRS), *_NEVER, _owner(OWNER_AFTER, "GONE")),
        numbered(_FOURTH, _owner(), _absent("4", step=THEIRS), _absent("7"), _absent("7"), _owner(OWNER_AFTER)),
        numbered(_FOURTH, _owner(), _other(AFTER, "GET /things", 200, page("b4", total=4))),
        _listed(page("b1", total=1), page("b1", total=1)),
        _listed(page("b1", total=1), page("b1", "b2", total=2)),
        numbered(_MADE, _owner(), _other(OWN, "POST /things", 409, problem(409))),
    ],
    violates=[
        numbered(_MADE, _owner(), _absent("t1", 403, "forbidden-thing", THEIRS), *_NEVER),
        [
            one
            if one.step != THEIRS
            else exchange("GET /things/t1", 200, {"thingId": "t1", **_BODY}, step=THEIRS, actor="b", name="getThing", number=3)
            for one in numbered(_MADE, _owner(), _absent("t1", step=THEIRS), *_NEVER)
        ],
        numbered(_MADE, _owner(), _absent("t1", slug="gone", step=THEIRS), *_NEVER),
        numbered(
            _MADE,
            _owner(),
            _other(f"{THEIRS}: HEAD", "HEAD /things/t1", 200, None),
            _other(f"{NEVER}: HEAD", "HEAD /things/t9", 404, None),
        ),
        numbered(_MADE, _owner(), _absent("t1", step=THEIRS), *_NEVER, _owner(OWNER_AFTER, "SOLD")),
        _listed(page("b1", total=1), page("b1", "t1", total=2)),
        _listed(page("b1", total=1), page("b1", total=2)),
        numbered(_MADE, _owner(), _other(OWN, "POST /things", 409, problem(409, detail="taken by t1"))),
    ],
    inconclusive=[
        [],
        numbered(_MADE, _absent("t1", step=THEIRS)),
        numbered(_MADE, _owner(), _absent("t1", 401, "unauthorized", THEIRS)),
    ],
)
