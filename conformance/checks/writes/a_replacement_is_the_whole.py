"""What replaces a thing is the whole of it: nothing of before stays, everything sent is there, and the rules of its making hold.

Why: an amendment that keeps what was taken back, or that is let through where a creation is not, makes the corrected record the wrong one;
and a list that still has it at its old place hides it from whoever asks for the right time.

The suite makes a thing, tries replacements that break a rule, then one that leaves members out and has others, and reads and lists it.

Fails when: a replacement that breaks a rule is not refused (`status`), or has an effect; or after one that was accepted, a member that was
left out is still there, one that is to stay is not, one that was sent is not there as it was sent, or the list has it otherwise, not
under a filter that it satisfies, or under one that it satisfied before.
Inconclusive when: nothing could be made, or no replacement of it is accepted.
Source: RFC 9110 section 9.3.4; FHIR R4, update; the interface's rules on amendments.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from conformance import given
from conformance.checks._example import exchange, numbered, page, problem
from conformance.checks._own import amendment, id_of, known_recipe, recipe_of, refreshed, unusable
from conformance.checks._reading import shown
from conformance.checks._statuses import either
from conformance.checks._views import traverse, views
from conformance.interface.bodies import document_of
from conformance.interface.dialect import Dialect, instant
from conformance.interface.references import deref
from conformance.model import Examples, Exchange, Finding, Inputs, Operation, Request, Script, Touches, Unmet, Witness, wire_text
from conformance.text import pointer

TOUCHES = Touches.WRITES
READ, BROKEN, WHOLE, LIST, FORMER = "read", "broken: ", "replacement", "list", "list by what was before: "

ABOUT = """取代即為整體取代：先前內容不留，所送內容俱在，且建立時之規則仍適用。
緣由：更正後仍保留已撤回之內容，或放行建立時不容許者，會使更正後之紀錄成為錯誤紀錄；清單若仍將其置於舊位置，查詢正確時間者便找不到。
套件建立一筆資料，先試違反規則之取代，再以省略部分欄位並有其他欄位者取代，然後讀取與列出。
不通過：違反規則之取代未遭拒（`status`）或生效；獲接受後，省略之欄位仍在、應保留之欄位不在、所送欄位與所送不同、清單內容不同，或未列於其符合之篩選結果。
無法判定：無法建立，或沒有取代獲得接受。
依據：RFC 9110 第 9.3.4 節；FHIR R4 update；介面規範之更正規定。
"""

MESSAGES = {
    "accepted": {
        "en": "a replacement that breaks a rule ({at}) should be answered {expected}, but got {actual}",
        "zh-Hant": "違反規則的取代（{at}）應回應 {expected}，實得 {actual}",
    },
    "effect": {
        "en": "a replacement that was refused ({at}) should change nothing: expected {expected}, got {actual}",
        "zh-Hant": "遭拒的取代（{at}）不應有任何效果：應為 {expected}，實為 {actual}",
    },
    "refused": {
        "en": "a replacement that keeps the rules should be accepted ({expected}), but got {actual}",
        "zh-Hant": "符合規則的取代應予接受（{expected}），實得 {actual}",
    },
    "kept": {
        "en": "{at} was left out of the replacement and should be gone, but is {actual}",
        "zh-Hant": "取代未含 {at}，應不再存在，實為 {actual}",
    },
    "member": {
        "en": "after the replacement {at} should be {expected}, but is {actual}",
        "zh-Hant": "取代之後 {at} 應為 {expected}，實為 {actual}",
    },
    "listed": {
        "en": "after the replacement the {at} should show {expected}, but shows {actual}",
        "zh-Hant": "取代之後清單（{at}）應列出 {expected}，實際列出 {actual}",
    },
}


def drive(
    operation: Operation,
    inputs: Inputs,
    dialect: Dialect,
    *,
    candidate: str,
    without: Sequence[str],
    changes: Mapping[str, Any],
    breaks: Mapping[str, Mapping[str, Any]],
    stays: Sequence[str] = (),
    by: Mapping[str, str] | None = None,
) -> Script:
    """`candidate` is the one of the recipe to be replaced. `without` and `stays` are members that the replacement leaves out, `changes` those
    that it has otherwise (as in a recipe's body), `breaks`, by a name, members that break a rule. `by` are parameters of the list that keep
    what is equal to them, beside its declared filters, and the pointers of what they look at.
    """
    name, recipe = recipe_of(operation)
    spec = operation.spec
    turn = next((nth for nth, each in enumerate(recipe["candidates"]) if each["name"] == candidate), None)
    if turn is None:
        raise Unmet(f"the recipe has no candidate {candidate}")
    ground = dict[str, given.Created]()
    one = yield from given.created(spec, name, inputs, dialect, turn=turn, things=ground)
    one = refreshed(one, (yield given.read(spec, one, step=READ)))
    now = dialect.server_time(one.exchange)
    if now is None:
        raise Unmet("the thing was read without a Date")
    for label, members in breaks.items():
        yield _replacement(operation, one, given.fill(dict(members), None, now, inputs, 0), (), BROKEN + label)
        one = refreshed(one, (yield given.read(spec, one, step=READ)))
    left, before = [*without, *stays], one.representation
    stands = {place.partition(" {")[0]: each.representation for place, each in ground.items()}
    yield _replacement(operation, one, given.fill(dict(changes), stands, now, inputs, 0), left, WHOLE)
    after: Exchange = yield given.read(spec, one, step=READ)
    shelf = given.listing(spec, one)
    if shelf is not None and after.ok:
        yield given.visible(operation)
        for step, request in _lists(spec.operations[recipe["list"]], shelf, before, after.json, by or {}):
            yield from traverse(spec.operations[recipe["list"]], dialect, request, step=step)


def _lists(lister: Operation, shelf: Request, before: Any, document: Any, by: Mapping[str, str]) -> Iterator[tuple[str, Request]]:
    """The list, and the list under each filter that the thing as it now is satisfies by its own value; and, beside those of the filters that
    say from where on, under each that it satisfied before.
    """
    yield LIST, shelf
    filters = [(p.name, (p.filter or {}).get("match", ""), (p.filter or {}).get("on", "/-")) for p in lister.filters]
    open_ = {name: wire_text(value) for name, match, on in filters if match == "from" and (value := pointer.first(document, on))}
    for name, match, on in (*filters, *((name, "equals", on) for name, on in by.items())):
        old, value = (pointer.first(each, on) for each in (before, document))
        if match in ("equals", "from") and isinstance(value, str) and shelf.parameter(name) is None:
            yield f"{LIST} by {name}", shelf.with_query(**{name: wire_text(value)})
            if match == "equals" and isinstance(old, str) and old != value:
                yield FORMER + name, shelf.with_query(**open_, **{name: wire_text(old)})


def _replacement(
    operation: Operation, one: given.Created, members: Mapping[str, Any], without: Sequence[str], step: str
) -> Request:
    """The whole, with these members and without those."""
    spec = operation.spec
    body = given.changed(spec, one, {**amendment(spec, one)[0], **members})
    headers = {"If-Match": one.tag} if one.tag else {}
    asked = operation.request(path=one.path, headers=headers, actor=one.actor, step=step)
    return given.with_document(operation, asked, {name: value for name, value in body.items() if name not in without})


def judge(
    operation: Operation,
    trace: Sequence[Exchange],
    dialect: Dialect,
    *,
    without: Sequence[str] = (),
    stays: Sequence[str] = (),
    derived: Mapping[str, str] | None = None,
    status: Sequence[int] = (422,),
) -> Iterator[Finding | Witness]:
    """A witness per broken rule, for the replacement and for the list. `derived` are members that the target makes, and the members that
    were sent to which they are equal; `status` refuses what breaks a rule.
    """
    known = known_recipe(operation)
    before: Exchange | None = None
    if known is None:
        return
    for index, one in enumerate(trace):
        if one.step == READ and one.ok:
            before = one
        elif one.step.startswith((BROKEN, WHOLE)) and before is not None and not unusable(one):
            after = next((each for each in trace[index + 1 :] if each.step == READ), None)
            if one.step == WHOLE:
                yield from _replaced(operation, one, before, after, without, stays, derived or {})
                if after is not None and after.ok and one.ok:
                    yield from _listed(operation, known[1], after, trace, dialect)
            else:
                yield Witness((before.number, one.number), one.step)
                if one.status not in status:
                    yield Finding("accepted", (one.number,), either(status), str(one.status), one.step.removeprefix(BROKEN))
                elif after is not None and after.ok and after.json != before.json:
                    numbers = (before.number, one.number, after.number)
                    at = one.step.removeprefix(BROKEN)
                    yield Finding("effect", numbers, shown(before.json), shown(after.json), at)


def _replaced(
    operation: Operation,
    one: Exchange,
    before: Exchange,
    after: Exchange | None,
    without: Sequence[str],
    stays: Sequence[str],
    derived: Mapping[str, str],
) -> Iterator[Finding | Witness]:
    """What is there after the replacement, in its answer and when read again."""
    if not one.ok:
        if one.status in (400, 422):
            yield Finding("refused", (before.number, one.number), "2xx", str(one.status), WHOLE)
        return
    yield Witness((before.number, one.number), WHOLE)
    sent: Any = document_of(operation, one.request)
    for told in (one, after):
        document = told.json if told is not None and told.ok else None
        if not isinstance(document, Mapping) or told is None:
            continue
        numbers = (one.number,) if told is one else (one.number, told.number)
        for member in without:
            if member in document:
                yield Finding("kept", numbers, "-", shown(document[member]), f"/{member}")
        wanted = {**sent, **{member: pointer.first(before.json, f"/{member}") for member in stays}}
        wanted |= {member: sent.get(source) for member, source in derived.items()}
        for member, value in wanted.items():
            if not _equal(value, document.get(member)):
                yield Finding("member", numbers, shown(value), shown(document.get(member)), f"/{member}")


def _listed(
    operation: Operation, recipe: Mapping[str, Any], after: Exchange, trace: Sequence[Exchange], dialect: Dialect
) -> Iterator[Finding | Witness]:
    """The list has the thing as it is now read."""
    lister = operation.spec.operations.get(recipe.get("list", ""))
    declared = deref(operation.spec.document, {"$ref": recipe["schema"]}).get("properties", {})
    wanted = {member: value for member, value in after.json.items() if member in declared}
    for view in views(lister, trace, dialect) if lister else ():
        if view.step.startswith(LIST) and view.complete:
            yield Witness((after.number, *view.numbers), view.step)
            found = [item for item in view.items if given.id_in(recipe, item) == id_of(recipe, after)]
            if view.step.startswith(FORMER):
                if found:
                    yield Finding("listed", (after.number, *view.numbers), "-", shown(found), view.step)
            elif len(found) != 1 or not _equal(wanted, found[0]):
                yield Finding("listed", (after.number, *view.numbers), shown(after.json), shown(found), view.step)


def _equal(sent: Any, got: Any) -> bool:
    """Equal as values: date-times as instants, numbers by amount, objects in what was sent of them."""
    if isinstance(sent, Mapping):
        return isinstance(got, Mapping) and all(_equal(value, got.get(key)) for key, value in sent.items())
    if isinstance(sent, list):
        return isinstance(got, list) and len(sent) == len(got) and all(map(_equal, sent, got))
    moment = instant(sent)
    return moment == instant(got) if moment is not None else bool(sent == got)


# ------------------------------------------------------------------------------------------ examples


def _read(**members: Any) -> Exchange:
    return exchange("GET /things/t1", 200, {"thingId": "t1", **members}, name="getThing", step=READ, actor="a")


def _put(step: str, status: int = 200, **members: Any) -> Exchange:
    body = {"thingId": "t1", **members} if status == 200 else problem(status)
    return exchange("PUT /things/t1", status, body, name="updateThing", step=step, actor="a", sent={"size": 2})


def _list(step: str = LIST, **members: Any) -> Exchange:
    body = {**page(), "items": [{"thingId": "t1", **members}]}
    return exchange("GET /things", 200, body, step=step, actor="a")


_OLD = _read(size=1, note="n", made="2025-06-12T08:00:00Z")
_NEW: dict[str, Any] = {"size": 2, "width": 2, "made": "2025-06-12T16:00:00+08:00"}
EXAMPLES = Examples(
    operation="updateThing",
    arguments={"without": ["note"], "stays": ["made"], "derived": {"width": "size"}},
    conforms=[
        numbered(_OLD, _put(WHOLE, **_NEW), _read(**_NEW), exchange("GET /things", 200, page(), step=f"{FORMER}size", actor="a")),
        numbered(_OLD, _put(f"{BROKEN}size", 422), _OLD, _put(WHOLE, **_NEW), _read(**_NEW), _list(**_NEW)),
    ],
    violates=[
        numbered(_OLD, _put(WHOLE, **_NEW), _read(**_NEW), _list(f"{FORMER}size", **_NEW)),
        numbered(_OLD, _put(f"{BROKEN}size", size=9)),
        numbered(_OLD, _put(f"{BROKEN}size", 422), _read(size=9)),
        numbered(_OLD, _put(WHOLE, 422)),
        numbered(_OLD, _put(WHOLE, **_NEW, note="n")),
        numbered(_OLD, _put(WHOLE, **_NEW), _read(size=1, width=1, made=_NEW["made"])),
        numbered(_OLD, _put(WHOLE, size=2, width=2, made="2025-06-12T09:00:00Z")),
        numbered(_OLD, _put(WHOLE, **{**_NEW, "width": 1})),
        numbered(_OLD, _put(WHOLE, **_NEW), _read(**_NEW), _list(size=1, width=2, made=_NEW["made"])),
    ],
    inconclusive=[[], numbered(_put(WHOLE, **_NEW)), numbered(_OLD, _put(WHOLE, 412)), numbered(_OLD, _put(WHOLE, 429))],
)
