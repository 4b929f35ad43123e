"""A grant opens to another tenant what it names, nothing beside it, from its making to its withdrawal, and takes nothing from its owner.

Why: consent is the only thing that stands between one organisation's records and another's readers. What leaks through a count, a cursor
or the reading that follows a withdrawal was not consented to, and nobody sees it happen.

Tenant a makes three things of one holder, two of the kind that the grant will name and, between them, one of another kind. Tenant b reads
them, the list and the holder before the grant, when there is one to a third tenant, under it (the list item by item, too), and after it
was withdrawn. Where the row says how a grant is voided, a second one like it is made and voided meanwhile: the first still opens, and the
second opens nothing afterwards.

Fails when: b reads anything before the grant or after the withdrawal, or cannot read under it what it names, be it beside a grant that was
voided; the list or its total shows something that is not opened, or lacks something that is; a page without items leads on, so that what
it leaves out shows; b can change what it may read, make more of it, or read or withdraw the grant itself, or a can grant or make anything
on what is b's; withdrawing again is refused or changes the grant; or the owner's things are changed by it all.
Inconclusive when: the things or the grant cannot be made, or b's credentials are not accepted.
Source: Personal Data Protection Act (個人資料保護法); the interface's rules on consent.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from conformance import given
from conformance.checks._example import exchange, numbered, page, problem
from conformance.checks._own import amendment, known_recipe, unusable
from conformance.checks._reading import shown as told
from conformance.checks._statuses import either
from conformance.checks._views import traverse
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
    Spec,
    Touches,
    Unmet,
    Witness,
    wire_text,
)
from conformance.text import pointer

TOUCHES = Touches.WRITES
ASKS = 48
ACTORS = ("b",)
ASPECTS = ("closed", "opened", "bounded", "withdrawn", "kept")
NAMED, OTHER = ("given: named 0", "given: named 1"), "given: other kind"
BEFORE, UNDER, AFTER = "before the grant", "under the grant", "after the withdrawal"
GRANT, WITHDRAW, AGAIN, OWNER = "grant", "withdraw", "withdraw again", "owner"
READ, READ_OTHER, HOLDER, SEARCH = "reads what is named", "reads the other kind", "reads the holder", "searches for the holder"
LIST, NARROWED, PART, NEXT, CHANGE = "lists", "lists the other kind", "lists a part", "goes on with the cursor", "changes"
_MOST_PARTS = 6
GRANTED, ENDS, MAKES = "reads the grant", "withdraws the grant", "makes another"
OF_THEIRS, FOR_THEIRS = "the first tenant grants what is the other's", "the first tenant makes one for the other's holder"
BESIDE, VOID = "a second grant", "void the second grant"

MESSAGES = {
    "open": {
        "en": "what is not opened should be answered {expected} ({at}), but got {actual}",
        "zh-Hant": "未開放的內容應回應 {expected}（{at}），實得 {actual}",
    },
    "shut": {
        "en": "what the grant names should be answered {expected} ({at}), but got {actual}",
        "zh-Hant": "同意所載的內容應回應 {expected}（{at}），實得 {actual}",
    },
    "shown": {
        "en": "the list ({at}) should show {expected}, but shows {actual}",
        "zh-Hant": "清單（{at}）應列出 {expected}，實際列出 {actual}",
    },
    "counted": {
        "en": "the total ({at}) should be {expected}, but is {actual}",
        "zh-Hant": "總數（{at}）應為 {expected}，實為 {actual}",
    },
    "skipped": {
        "en": "a page without items should not lead on ({at}): expected {expected}, got {actual}",
        "zh-Hant": "沒有項目的頁不應指向下一頁（{at}）：應為 {expected}，實為 {actual}",
    },
    "lost": {
        "en": "neither a grant nor its end should change anything ({at}): expected {expected}, got {actual}",
        "zh-Hant": "同意及其終止不應改變任何內容（{at}）：應為 {expected}，實為 {actual}",
    },
    "unexercised": {
        "en": "nothing was asked that shows whether {aspect} holds",
        "zh-Hant": "沒有任何請求可顯示「{aspect}」是否成立",
    },
}


def aspects(operation: Operation, dialect: Dialect, *, aspects: Sequence[str] = ASPECTS) -> Iterable[str]:
    """Those that the row asks for."""
    return aspects


def drive(
    operation: Operation,
    inputs: Inputs,
    dialect: Dialect,
    *,
    resource: str,
    things: str,
    holder: str,
    organisation: str,
    to: str,
    names: Mapping[str, Any],
    withdrawn: Mapping[str, Any],
    search: Mapping[str, Any] | None = None,
    voided: Mapping[str, Any] | None = None,
    aspects: Sequence[str] = ASPECTS,
) -> Script:
    """`resource` is the recipe of the grant, `things` that of what it opens: what its first candidate makes is named by the members
    `names` of the grant, what its second makes is not. `holder` is what both stand on, `organisation` the pointer to the tenant's own
    name in it, `to` the member of the grant that takes it; `withdrawn` are the members that withdraw the grant, `voided` those
    that say it should never have been.
    """
    spec = operation.spec
    theirs = yield from given.created(spec, holder, inputs, dialect, actor="b", nth=7, step="given: b's own")
    name = pointer.first(theirs.representation, organisation)
    ground, named = dict[str, given.Created](), list[given.Created]()
    for nth, step in zip((0, 3), NAMED, strict=True):  # the other kind's is the second, and so between them in an order of time
        named.append((yield from given.created(spec, things, inputs, dialect, nth=nth, step=step, things=ground)))
    other = yield from given.created(spec, things, inputs, dialect, nth=2, turn=1, step=OTHER, things=ground)
    shelf, person = given.listing(spec, other, actor="b"), given.stood_on(ground, holder)
    if name is None or shelf is None or person is None:
        raise Unmet(f"what was made says neither whose it is ({organisation}) nor where it is listed")
    asked = _questions(spec, named[0], other, person, shelf, search, inputs, dialect)
    yield from given.created(spec, resource, inputs, dialect, step="given: a third tenant's", things=ground, changes=names, nth=4)
    yield from _asked(asked, BEFORE, dialect, operation)
    changes = {**names, to: name}
    grant = yield from given.created(spec, resource, inputs, dialect, step=GRANT, things=ground, changes=changes, nth=3)
    makers = [spec.operations[spec.setup[each]["create"]] for each in (resource, things, holder)]
    yield from _asked(asked, UNDER, dialect, operation, given.visible(*makers))
    lister = spec.operations[shelf.operation]
    parts = yield from traverse(lister, dialect, shelf, step=f"{UNDER}: {PART}", limit=1, most=_MOST_PARTS)
    if "bounded" in aspects:
        yield from _tried(spec, named[0], grant, (person, theirs), withdrawn, inputs)
    yield from _void_another(spec, grant, voided, inputs, asked[0][1])
    gone: Exchange = yield given.change(spec, grant, withdrawn, tag=grant.tag, step=WITHDRAW)
    yield from _asked(asked, AFTER, dialect, operation)
    if (following := dialect.next_page(parts[0])) is not None:
        yield following.with_step(f"{AFTER}: {NEXT}")
    yield given.change(spec, grant, withdrawn, tag=gone.header(dialect.etag), step=AGAIN)
    for one in (*named, other):
        yield given.read(spec, one, step=OWNER)


def _tried(
    spec: Spec,
    thing: given.Created,
    grant: given.Created,
    holders: tuple[given.Created, given.Created],
    withdrawn: Mapping[str, Any],
    inputs: Inputs,
) -> Script:
    """What the grant lets nobody do: b with the thing, its holder and the grant, and a with b's own holder."""
    makers = [spec.operations[spec.setup[each.resource]["create"]] for each in (grant, thing)]
    granted, body = grant.exchange.request.json(), thing.exchange.request.json()
    yield given.change(spec, thing, amendment(spec, thing)[0], tag=thing.tag, actor="b", step=f"{UNDER}: {CHANGE}")
    yield given.read(spec, grant, actor="b", step=f"{UNDER}: {GRANTED}")
    yield given.change(spec, grant, withdrawn, tag=grant.tag, actor="b", step=f"{UNDER}: {ENDS}")
    yield given.creation(makers[1], body, inputs, actor="b", label="b-makes").with_step(f"{UNDER}: {MAKES}")
    for label, maker, sent in ((OF_THEIRS, makers[0], granted), (FOR_THEIRS, makers[1], body)):
        moved = json.loads(json.dumps(sent).replace(f'"{holders[0].id}"', f'"{holders[1].id}"'))
        yield given.creation(maker, moved, inputs, actor="a", label=label.replace(" ", "-")).with_step(f"{UNDER}: {label}")


def _void_another(spec: Spec, grant: given.Created, voided: Mapping[str, Any] | None, inputs: Inputs, reading: Request) -> Script:
    """A second grant that says the same, if the target takes one, its end, and the reading that the first one still opens."""
    if voided is None:
        return
    maker = spec.operations[spec.setup[grant.resource]["create"]]
    again = given.creation(maker, grant.exchange.request.json(), inputs, actor="a", label="second-grant")
    answer: Exchange = yield again.with_step(BESIDE)
    if answer.status == 201:
        second = given.made(spec, grant.resource, answer)
        yield given.change(spec, second, voided, tag=second.tag, step=VOID)
        yield reading.with_step(f"{UNDER}: {READ}")


def _questions(
    spec: Any,
    named: given.Created,
    other: given.Created,
    person: given.Created,
    shelf: Request,
    search: Mapping[str, Any] | None,
    inputs: Inputs,
    dialect: Dialect,
) -> list[tuple[str, Request]]:
    """What b asks in each part: the things and their holder alone, the list, and the list of the other kind."""
    narrowed = shelf
    for p in spec.operations[shelf.operation].filters:
        value = pointer.first(other.representation, (p.filter or {}).get("on", "/-"))
        if (p.filter or {}).get("match") == "equals" and isinstance(value, str) and shelf.parameter(p.name) is None:
            narrowed = narrowed.with_query(**{p.name: wire_text(value)})
    found = [
        (READ, given.read(spec, named, actor="b")),
        (READ_OTHER, given.read(spec, other, actor="b")),
        (HOLDER, given.read(spec, person, actor="b")),
        (LIST, shelf),
        (NARROWED, narrowed),
    ]
    if search is not None:
        now = dialect.server_time(named.exchange) or datetime.now(UTC)
        body = given.fill(search["asks"], person.representation, now, inputs, 0)
        found.append((SEARCH, spec.operations[search["operation"]].request(json=body, actor="b")))
    return found


def _asked(
    asked: Sequence[tuple[str, Request]], part: str, dialect: Dialect, operation: Operation, pause: Pause | None = None
) -> Script:
    """The questions, those by id at once; before the first list there is a `pause`."""
    for label, request in asked:
        if label == LIST and pause is not None:
            yield pause
        if label in (LIST, NARROWED):
            yield from traverse(operation.spec.operations[request.operation], dialect, request, step=f"{part}: {label}")
        else:
            yield request.with_step(f"{part}: {label}")


def judge(
    operation: Operation,
    trace: Sequence[Exchange],
    dialect: Dialect,
    *,
    aspects: Sequence[str] = ASPECTS,
    things: str = "",
    hidden: Sequence[int] = (404,),
    expired: Sequence[int] = (400,),
    refused: Sequence[int] = (422,),
) -> Iterator[Finding | Witness]:
    """Witnesses by aspect: `closed` before the grant, `opened` and `bounded` under it, `withdrawn` after it, `kept` of what stays. `hidden`
    is what something that is not opened is answered, `expired` what a cursor is when nothing is left for it, `refused` what the making of a
    thing of another's holder is.
    """
    name = things or (known_recipe(operation) or ("",))[0]
    made = {one.step: one for one in trace if one.step in (*NAMED, OTHER) and one.ok}
    if len(made) < len(NAMED) + 1 or name not in operation.spec.setup:
        return
    where = operation.spec.setup[name]["id"]
    named = frozenset(pointer.first(made[step].json, where) for step in NAMED)
    granted = any(one.step == GRANT and one.ok for one in trace)
    gone = any(one.step == WITHDRAW and one.ok for one in trace)
    for one in trace:
        part, _, label = one.step.partition(": ")
        if part not in (BEFORE, UNDER, AFTER) or unusable(one):
            continue
        if (part == UNDER and not granted) or (part == AFTER and not gone):
            continue
        aspect = {BEFORE: "closed", AFTER: "withdrawn"}.get(part) or (
            "opened" if label in (READ, HOLDER, LIST, PART) else "bounded"
        )
        if aspect in aspects:
            yield Witness((one.number,), label, aspect=aspect)
            yield from _answered(
                one, label, part == UNDER, refused if label in (MAKES, OF_THEIRS, FOR_THEIRS) else hidden, expired
            )
        if label in (LIST, NARROWED, PART, NEXT, SEARCH):
            yield from _listed(
                operation, one, named if part == UNDER and label != NARROWED else frozenset(), where, dialect, aspects
            )
    if "kept" in aspects:
        yield from _kept(operation, trace, where)


def _answered(one: Exchange, label: str, under: bool, hidden: Sequence[int], expired: Sequence[int]) -> Iterator[Finding]:
    """The status of an answer: of something by its id, that is open or not, or of a cursor."""
    if label in (READ, HOLDER) and under:
        if one.status != 200:
            yield Finding("shut", (one.number,), "200", str(one.status), one.step)
    elif label in (READ, READ_OTHER, HOLDER, CHANGE, GRANTED, ENDS, MAKES, OF_THEIRS, FOR_THEIRS):
        if one.status not in hidden:
            yield Finding("open", (one.number,), either(hidden), str(one.status), one.step)
    elif label == NEXT and one.status not in (200, *expired):
        yield Finding("open", (one.number,), either((200, *expired)), str(one.status), one.step)
    elif label in (LIST, NARROWED, PART, SEARCH) and one.status != 200:
        yield Finding("shut", (one.number,), "200", str(one.status), one.step)


def _listed(
    operation: Operation, one: Exchange, open_: frozenset[Any], where: str, dialect: Dialect, aspects: Sequence[str]
) -> Iterator[Finding]:
    """A list shows exactly what is open, and counts no more."""
    part, _, label = one.step.partition(": ")
    wanted = {BEFORE: ("closed",), AFTER: ("withdrawn",)}.get(part, ("opened", "bounded"))
    shown = dialect.items(one, operation.spec.operations[one.request.operation])
    if not set(wanted) & set(aspects) or shown is None:
        return
    if label == SEARCH:
        if part != UNDER and shown:
            yield Finding("shown", (one.number,), "nothing", f"{len(shown)}", one.step)
        elif part == UNDER and not shown and "opened" in aspects:
            yield Finding("shown", (one.number,), "1", "0", one.step)
        return
    found = {pointer.first(item, where) for item in shown}
    beyond, lacking = found - open_, open_ - found if label == LIST else set()
    if beyond and (part != UNDER or "bounded" in aspects):
        yield Finding(
            "shown", (one.number,), ", ".join(sorted(map(str, open_))) or "nothing", ", ".join(sorted(map(str, found))), one.step
        )
    if lacking and "opened" in aspects and part == UNDER and dialect.next_page(one) is None:
        yield Finding(
            "shown", (one.number,), ", ".join(sorted(map(str, open_))), ", ".join(sorted(map(str, found))) or "nothing", one.step
        )
    if not shown and dialect.next_page(one) is not None and (part != UNDER or "bounded" in aspects):
        yield Finding("skipped", (one.number,), "nothing", "a next page", one.step)
    total = dialect.total(one)
    if total is not None and total > len(open_) and (part != UNDER or "bounded" in aspects):
        yield Finding("counted", (one.number,), str(len(open_)), str(total), one.step)


def _kept(operation: Operation, trace: Sequence[Exchange], where: str) -> Iterator[Finding | Witness]:
    """What the owner reads at the end is what was made; withdrawing twice is withdrawing once."""
    made = {pointer.first(one.json, where): one for one in trace if one.step in (*NAMED, OTHER) and one.ok}
    for one in trace:
        if one.step == OWNER and not unusable(one):
            first = next((known for identifier, known in made.items() if str(identifier) in one.request.path), None)
            if first is not None:
                yield Witness((first.number, one.number), OWNER, aspect="kept")
                if one.json != first.json:
                    yield Finding("lost", (first.number, one.number), told(first.json), told(one.json), OWNER)
    gone = next((one for one in trace if one.step == WITHDRAW and one.ok), None)
    again = next((one for one in trace if one.step == AGAIN and not unusable(one)), None)
    if gone is not None and again is not None:
        yield Witness((gone.number, again.number), AGAIN, aspect="kept")
        if again.json != gone.json or not again.ok:
            yield Finding("lost", (gone.number, again.number), told(gone.json), f"{again.status} {told(again.json)}", AGAIN)


# ------------------------------------------------------------------------------------------ examples


def _made(step: str, identifier: str) -> Exchange:
    return exchange(
        "POST /things", 201, {"thingId": identifier, "state": "NEW"}, name="createThing", step=step, actor="a", sent={}
    )


def _thing(step: str, status: int, identifier: str = "t1", actor: str = "b", **more: Any) -> Exchange:
    body = {"thingId": identifier, "state": "NEW", **more} if status == 200 else problem(status)
    return exchange(f"GET /things/{identifier}", status, body, name="getThing", step=step, actor=actor)


def _list(step: str, *items: str, total: int | None = None) -> Exchange:
    return exchange("GET /things", 200, page(*items, total=total), step=step, actor="b")


def _change(step: str, status: int = 200, state: str = "GONE") -> Exchange:
    body = {"thingId": "g1", "state": state} if status == 200 else problem(status)
    return exchange("PATCH /things/g1", status, body, name="updateThing", step=step, sent={})


_MADE = (_made(NAMED[0], "t1"), _made(NAMED[1], "t2"), _made(OTHER, "t3"))
_GRANT, _GONE = _made(GRANT, "g1"), _change(WITHDRAW)
EXAMPLES = Examples(
    operation="listThings",
    conforms=[
        numbered(*_MADE, _thing(f"{BEFORE}: {READ}", 404), _list(f"{BEFORE}: {LIST}", total=0)),
        numbered(*_MADE, _GRANT, _thing(f"{UNDER}: {READ}", 200), _list(f"{UNDER}: {LIST}", "t1", "t2", total=2)),
        numbered(*_MADE, _GRANT, _thing(f"{UNDER}: {READ_OTHER}", 404, "t3"), _list(f"{UNDER}: {NARROWED}", total=0)),
        numbered(*_MADE, _GRANT, _thing(f"{UNDER}: {GRANTED}", 404, "g1"), _thing(f"{UNDER}: {MAKES}", 422)),
        numbered(*_MADE, _GRANT, _GONE, _thing(f"{AFTER}: {READ}", 404), _list(f"{AFTER}: {NEXT}")),
        numbered(*_MADE, _GRANT, _GONE, _change(AGAIN), _thing(OWNER, 200, actor="a")),
    ],
    violates=[
        numbered(*_MADE, _thing(f"{BEFORE}: {READ}", 200)),
        numbered(*_MADE, _list(f"{BEFORE}: {LIST}", "t1", total=1)),
        numbered(*_MADE, _list(f"{BEFORE}: {LIST}", total=3)),
        numbered(*_MADE, exchange("GET /things", 200, page(cursor="c2"), step=f"{BEFORE}: {LIST}", actor="b")),
        numbered(*_MADE, _GRANT, _thing(f"{UNDER}: {READ}", 404)),
        numbered(*_MADE, _GRANT, _list(f"{UNDER}: {LIST}", "t1", total=1)),
        numbered(*_MADE, _GRANT, _list(f"{UNDER}: {LIST}", "t1", "t2", "t3", total=3)),
        numbered(*_MADE, _GRANT, _list(f"{UNDER}: {LIST}", "t1", "t2", total=3)),
        numbered(*_MADE, _GRANT, _thing(f"{UNDER}: {READ_OTHER}", 200, "t3")),
        numbered(*_MADE, _GRANT, _thing(f"{UNDER}: {GRANTED}", 200, "g1")),
        numbered(*_MADE, _GRANT, _thing(f"{UNDER}: {ENDS}", 409, "g1")),
        numbered(*_MADE, _GRANT, _thing(f"{UNDER}: {MAKES}", 404)),
        numbered(*_MADE, _GRANT, _thing(f"{UNDER}: {OF_THEIRS}", 404, actor="a")),
        numbered(*_MADE, _GRANT, _GONE, _thing(f"{AFTER}: {READ}", 200)),
        numbered(*_MADE, _GRANT, _GONE, _list(f"{AFTER}: {NEXT}", "t2")),
        numbered(*_MADE, _GRANT, _GONE, _change(AGAIN, 409)),
        numbered(*_MADE, _GRANT, _GONE, _thing(OWNER, 200, actor="a", colour="red")),
    ],
    inconclusive=[
        [],
        numbered(_thing(f"{BEFORE}: {READ}", 200)),
        numbered(*_MADE, _thing(f"{BEFORE}: {READ}", 401)),
        numbered(*_MADE, _thing(f"{UNDER}: {READ}", 404)),
    ],
    arguments={"things": "thing"},
)
