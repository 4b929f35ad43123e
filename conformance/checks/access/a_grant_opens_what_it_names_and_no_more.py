"""A grant opens to another tenant what it names, nothing beside it, from its making to its withdrawal, and takes nothing from its owner.

Why: consent is the only thing that stands between one organisation's records and another's readers. What leaks through a count, a cursor
or the reading that follows a withdrawal was not consented to, and nobody sees it happen.

Tenant a makes three things of one holder, two of the kind that the grant will name and, between them, one of another kind. Tenant b reads
them, the list and the holder before the grant, when there is one to a third tenant, under it (the list item by item, too), and after it
was withdrawn. Where the row says how a grant is voided, a second one like it is made and voided meanwhile: the first still opens, and the
second opens nothing afterwards.

Fails when: b reads anything before the grant or after the withdrawal, or cannot read under it what it names, be it beside a grant that was
voided; the list or its total shows something that is not opened, or lacks something that is; a page without items leads on, where the owner's
have items, so that what it leaves out shows; b can change what it may read, make more of it, read or withdraw the grant itself, or read what a thing may name beside its holder, or a
can grant or make anything on what is b's, or name it; a grant to a tenant whom the target does not know is refused; the search finds the
holder by something that is not theirs; withdrawing again is refused or changes the grant; or the owner's things are changed by it all.
Inconclusive when: the things or the grant cannot be made, or b's credentials are not accepted.
Source: Personal Data Protection Act (個人資料保護法); the interface's rules on consent.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from conformance import given
from conformance.checks._example import exchange, numbered, page, problem
from conformance.checks._own import known_recipe, unusable
from conformance.checks._reading import shown as told
from conformance.checks._statuses import either
from conformance.checks._views import traverse
from conformance.checks.access._grants import (
    AFTER,
    AGAIN,
    BEFORE,
    CHANGE,
    ELSEWHERE,
    ENDS,
    FOR_THEIRS,
    GRANT,
    GRANTED,
    HOLDER,
    LIST,
    MAKES,
    MOST_PARTS,
    NAMED,
    NARROWED,
    NEXT,
    OF_THEIRS,
    OTHER,
    OWNER,
    OWNERS_PAGE,
    PART,
    READ,
    READ_BESIDE,
    READ_OTHER,
    SEARCH,
    THIRD,
    TRIED,
    UNDER,
    WITH_THEIRS,
    WITHDRAW,
    ask,
    named_beside,
    questions,
    searching,
    tried,
    void_another,
)
from conformance.interface.dialect import Dialect
from conformance.model import (
    Examples,
    Exchange,
    Finding,
    Inputs,
    Operation,
    Script,
    Touches,
    Unmet,
    Witness,
)
from conformance.text import pointer

TOUCHES = Touches.WRITES
ASKS = 48
ACTORS = ("b",)
ASPECTS = ("closed", "opened", "bounded", "withdrawn", "kept")
ABOUT = """授權自建立至撤回，僅對另一租戶開放所指明者，別無其他，亦不減損擁有者之權利。
緣由：同意是一機構紀錄與他機構讀者之間唯一的屏障。經由計數、游標或撤回後之讀取而洩漏者，均未經同意，亦無人察覺。
租戶 a 為同一持有人建立三筆資料，兩筆屬將授權之種類，其間一筆屬其他種類。租戶 b 於授權前、另有授權予第三租戶時、授權期間（清單逐筆讀取）及撤回後，讀取資料、清單與持有人。要求載明授權如何失效者，另建立一個相同授權並使其失效：前者仍開放，後者其後不再開放任何資料。
不通過：b 於授權前或撤回後讀得任何資料，或於授權期間（即使旁有失效之授權）無法讀取所指明者；清單或其總數含未開放者或缺少已開放者；沒有項目之頁卻指向下一頁，致顯露所略去者；b 可變更其可讀取者、增建，或讀取、撤回該授權，或 a 可就 b 之物授權或建立資料；再次撤回遭拒或改變該授權；或擁有者之資料因此變動。
無法判定：資料或授權無法建立，或 b 之憑證未獲接受。
依據：個人資料保護法；介面規範之同意規定。
"""

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
    beside: Mapping[str, str] | None = None,
    aspects: Sequence[str] = ASPECTS,
) -> Script:
    """`resource` is the recipe of the grant, `things` that of what it opens: what its first candidate makes is named by the members
    `names` of the grant, what its second makes is not. `holder` is what both stand on, `organisation` the pointer to the tenant's own
    name in it, `to` the member of the grant that takes it; `withdrawn` are the members that withdraw the grant, `voided` those
    that say it should never have been. `beside` are members of a thing that name something else, and the recipes of that.
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
    asked = questions(spec, named[0], other, person, shelf, search, inputs, dialect)
    third = (yield from given.filled(spec, spec.setup[resource]["candidates"][0], inputs, dialect, nth=4, things=ground))[0]
    yield given.creation(operation, {**third, **names}, inputs, actor="a", label="third").with_step(THIRD)
    yield from ask(asked, BEFORE, dialect, operation)
    if search is not None and "otherwise" in search:
        yield searching(spec, search, "otherwise", named[0], person, inputs, dialect, actor="a").with_step(
            f"{BEFORE}: {ELSEWHERE}"
        )
    changes = {**names, to: name}
    grant = yield from given.created(spec, resource, inputs, dialect, step=GRANT, things=ground, changes=changes, nth=3)
    makers = [spec.operations[spec.setup[each]["create"]] for each in (resource, things, holder)]
    yield from ask(asked, UNDER, dialect, operation, given.visible(*makers))
    lister = spec.operations[shelf.operation]
    parts = yield from traverse(lister, dialect, shelf, step=f"{UNDER}: {PART}", limit=1, most=MOST_PARTS)
    if any(dialect.items(one, lister) == [] and dialect.next_page(one) is not None for one in parts):
        yield shelf.with_actor("a").with_query(**{dialect.of(lister).limit: 1}).with_step(OWNERS_PAGE)
    if "bounded" in aspects:
        yield from tried(spec, named[0], grant, (person, theirs), withdrawn, inputs)
        yield from named_beside(spec, named[0], beside or {}, inputs, dialect)
    yield from void_another(spec, grant, voided, inputs, asked[0][1])
    gone: Exchange = yield given.change(spec, grant, withdrawn, tag=grant.tag, step=WITHDRAW)
    yield from ask(asked, AFTER, dialect, operation)
    if (following := dialect.next_page(parts[0])) is not None:
        yield following.with_step(f"{AFTER}: {NEXT}")
    yield given.change(spec, grant, withdrawn, tag=gone.header(dialect.etag), step=AGAIN)
    for one in (*named, other):
        yield given.read(spec, one, step=OWNER)


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
    if granted and "opened" in aspects:
        yield from _to_anybody(trace, refused)
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
                one, label, part == UNDER, refused if label in (MAKES, OF_THEIRS, FOR_THEIRS, WITH_THEIRS) else hidden, expired
            )
        if label in (LIST, NARROWED, PART, NEXT, SEARCH, ELSEWHERE):
            open_ = named if part == UNDER and label != NARROWED else frozenset()
            yield from _listed(operation, one, open_, where, dialect, aspects, full=_full(operation, trace, dialect))
    if "kept" in aspects:
        yield from _kept(operation, trace, where)


def _full(operation: Operation, trace: Sequence[Exchange], dialect: Dialect) -> bool:
    """Whether the first page has items where nothing is left out. A server may have pages without any, for everybody."""
    pages = [one for one in trace if one.step == OWNERS_PAGE and one.ok]
    return any(dialect.items(one, operation.spec.operations[one.request.operation]) for one in pages)


def _to_anybody(trace: Sequence[Exchange], refused: Sequence[int]) -> Iterator[Finding]:
    """A grant is made to whomever it names, be they known to the target or not."""
    for one in trace:
        if one.step == THIRD and one.status in refused:
            yield Finding("shut", (one.number,), "201", str(one.status), THIRD)


def _answered(one: Exchange, label: str, under: bool, hidden: Sequence[int], expired: Sequence[int]) -> Iterator[Finding]:
    """The status of an answer: of something by its id, that is open or not, or of a cursor."""
    if label in (READ, HOLDER) and under:
        if one.status != 200:
            yield Finding("shut", (one.number,), "200", str(one.status), one.step)
    elif label in (READ, READ_OTHER, HOLDER, CHANGE, *TRIED):
        if one.status not in hidden:
            yield Finding("open", (one.number,), either(hidden), str(one.status), one.step)
    elif label == NEXT and one.status not in (200, *expired):
        yield Finding("open", (one.number,), either((200, *expired)), str(one.status), one.step)
    elif label in (LIST, NARROWED, PART, SEARCH) and one.status != 200:
        yield Finding("shut", (one.number,), "200", str(one.status), one.step)


def _listed(
    operation: Operation,
    one: Exchange,
    open_: frozenset[Any],
    where: str,
    dialect: Dialect,
    aspects: Sequence[str],
    *,
    full: bool,
) -> Iterator[Finding]:
    """A list shows exactly what is open, and counts no more. `full`: the owner's pages have items."""
    part, _, label = one.step.partition(": ")
    wanted = {BEFORE: ("closed",), AFTER: ("withdrawn",)}.get(part, ("opened", "bounded"))
    shown = dialect.items(one, operation.spec.operations[one.request.operation])
    if not set(wanted) & set(aspects) or shown is None:
        return
    if label in (SEARCH, ELSEWHERE):
        open_to = label == SEARCH and part == UNDER
        if bool(shown) != open_to and (not open_to or "opened" in aspects):
            yield Finding("shown", (one.number,), "1" if open_to else "nothing", f"{len(shown)}", one.step)
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
    if not shown and dialect.next_page(one) is not None and (part != UNDER or (full and "bounded" in aspects)):
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
        numbered(*_MADE, exchange("POST /things", 422, problem(422), name="createThing", step=THIRD, actor="a", sent={}), _GRANT),
        numbered(*_MADE, _GRANT, _thing(f"{UNDER}: {READ_BESIDE}", 200, "d1")),
        numbered(*_MADE, _GRANT, _thing(f"{UNDER}: {WITH_THEIRS}", 404)),
        numbered(*_MADE, _list(f"{BEFORE}: {ELSEWHERE}", "t1")),
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
