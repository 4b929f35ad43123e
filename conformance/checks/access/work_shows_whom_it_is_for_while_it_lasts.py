"""Who is given work for somebody sees for whom it is, and may read them, only as long as the work is not done.

Why: a driver has to know whom to fetch, and need not know it a year later. What was opened for a task and never closed is a register of
everybody who was ever cared for.

Tenant a gives a task to tenant b. Both read it, and b the person, at every step of its way to its end; then b reads another one that was
taken back, and those that came to their ends by other ways.

Fails when: b does not see for whom the task is, or cannot read them, while it lasts; or still sees it, alone, in the answer to its last
move, in the list, or by asking the list for the person, or can read them afterwards; or can read what else is kept of them, or a task that
is not b's any more; or a does not see it at all times.
Inconclusive when: the task could not be given to b.
Source: Personal Data Protection Act (個人資料保護法, necessity); the interface's rules on care tasks.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from conformance import given
from conformance.checks._example import exchange, numbered, page, problem
from conformance.checks._own import recipe_of, refreshed, unusable
from conformance.checks._reading import shown
from conformance.checks._statuses import either
from conformance.checks._views import traverse
from conformance.interface.dialect import Dialect
from conformance.model import Examples, Exchange, Finding, Inputs, Operation, Script, Spec, Touches, Unmet, Witness
from conformance.text import pointer

TOUCHES = Touches.WRITES
ASKS = 27
ACTORS = ("b",)
GIVE, BACK, BEFORE, AFTER = "give", "take back", "before it is given", "after it was taken back"
TASK, PERSON, MOVED, LIST, OWNER = "task", "person", "answer to the move", "list", "owner"
SOUGHT, RECORD = "list by the person", "record of the person"

ABOUT = """受指派工作者可見服務對象並得讀取其資料，僅以工作未完成期間為限。
緣由：司機須知道接送何人，一年後則不必。為某項工作開放而從未關閉者，便成為所有曾受照護者之名冊。
租戶 a 將工作指派予租戶 b。雙方於其至完成之每一步讀取該工作，b 並讀取該人。
不通過：工作期間 b 看不到服務對象或無法讀取其資料；其後於單獨讀取或清單仍可見，或仍可讀取；或 a 並非始終可見。
無法判定：無法將工作指派予 b。
依據：個人資料保護法（必要性）；介面規範之照護任務規定。
"""

MESSAGES = {
    "hidden": {
        "en": "{at} should show {expected} while the work lasts, but shows {actual}",
        "zh-Hant": "任務未終止期間，{at} 應顯示 {expected}，實為 {actual}",
    },
    "shown": {
        "en": "{at} should show {expected}, for the work is done or not given, or opens no such thing, but shows {actual}",
        "zh-Hant": "任務終止後、未指派或非所開放者，{at} 應為 {expected}，實為 {actual}",
    },
}


def drive(
    operation: Operation,
    inputs: Inputs,
    dialect: Dialect,
    *,
    holder: str,
    organisation: str,
    assignee: str,
    member: str,
    way: Sequence[str],
    ways: Sequence[Sequence[str]] = (),
    record: str = "",
) -> Script:
    """`holder` is the recipe of the person, `organisation` leads to a tenant's name in it, `assignee` is the member of the task that takes
    that name, `member` leads to the person in the task, `way` are the states through which b moves the task to its end, and `ways` those of
    further tasks, of which only the end is looked at. `record` is a recipe of something else that is kept of the person.
    """
    name, _ = recipe_of(operation)
    spec, ground = operation.spec, dict[str, given.Created]()
    theirs = yield from given.created(spec, holder, inputs, dialect, actor="b", nth=7, step="given: b's own")
    task = yield from given.created(spec, name, inputs, dialect, things=ground, step="given: task")
    person, who = given.stood_on(ground, holder), pointer.first(theirs.representation, organisation)
    if person is None or who is None:
        raise Unmet("it is not told for whom the task is, or who b is")
    kept: given.Created | None = None
    if record:
        things = given.in_place(holder, person)
        kept = yield from given.created(spec, record, inputs, dialect, things=things, step="given: record")
    yield given.read(spec, person, actor="b", step=f"{BEFORE}: {PERSON}")
    read = yield from _given(spec, task, {assignee: who}, person)
    yield given.read(spec, task, step=f"lasting: {OWNER}")
    if kept is not None:
        yield given.read(spec, kept, actor="b", step=f"lasting: {RECORD}")
    for state in way:
        part = "done" if state == way[-1] else "lasting"
        yield from _moved(spec, task, state, read.header(dialect.etag), part)
        read = yield given.read(spec, task, actor="b", step=f"{part}: {TASK}")
        yield given.read(spec, person, actor="b", step=f"{part}: {PERSON}")
    yield given.read(spec, task, step=f"done: {OWNER}")
    yield from _listed(spec, task, person, member, way[-1], dialect)
    for nth, other in enumerate(ways, 1):
        yield from _another(spec, name, other, {assignee: who}, organisation, inputs, dialect, nth=nth)


def _given(spec: Spec, task: given.Created, members: Mapping[str, Any], person: given.Created | None = None) -> Script:
    """Gives the task to b, who reads it, and for whom it is."""
    answer: Exchange = yield given.change(spec, task, members, tag=task.tag, step=GIVE)
    if not answer.ok:
        raise Unmet(f"the task could not be given: {answer.status}")
    read: Exchange = yield given.read(spec, task, actor="b", step=f"lasting: {TASK}")
    if person is not None:
        yield given.read(spec, person, actor="b", step=f"lasting: {PERSON}")
    return read


def _moved(spec: Spec, task: given.Created, state: str, tag: str | None, part: str) -> Script:
    """Moves the task in the name of b."""
    members = {pointer.segments(spec.setup[task.resource]["state"])[0]: state}
    answer: Exchange = yield given.change(spec, task, members, tag=tag, actor="b", step=f"{part}: {MOVED}")
    if not answer.ok:
        raise Unmet(f"the task could not be moved: {answer.status}")
    return answer


def _listed(spec: Spec, task: given.Created, person: given.Created, member: str, state: str, dialect: Dialect) -> Script:
    """The list of what is done, and what the list has for the person."""
    recipe = spec.setup[task.resource]
    listing = spec.operations.get(recipe.get("list", ""))
    if listing is None:
        return
    by = {(p.filter or {}).get("on"): p.name for p in listing.filters}
    done = listing.request(actor="b").with_query(**({by[recipe["state"]]: state} if recipe["state"] in by else {}))
    yield from traverse(listing, dialect, done, step=f"done: {LIST}", most=3)
    if member in by:
        yield listing.request(actor="b").with_query(**{by[member]: person.id}).with_step(f"done: {SOUGHT}")


def _another(
    spec: Spec,
    name: str,
    way: Sequence[str],
    members: Mapping[str, Any],
    organisation: str,
    inputs: Inputs,
    dialect: Dialect,
    *,
    nth: int,
) -> Script:
    """A further task on its way to its end. The first one is given, taken back, and given again."""
    ground = dict[str, given.Created]()
    task = yield from given.created(spec, name, inputs, dialect, things=ground, nth=nth, step="given: task")
    person = next((one for one in ground.values() if pointer.first(one.representation, organisation) is not None), None)
    if person is None:
        raise Unmet("it is not told for whom the task is")
    if nth == 1:
        gave: Exchange = yield given.change(spec, task, members, tag=task.tag, step=GIVE)
        own = dict.fromkeys(members, pointer.first(person.representation, organisation))
        back: Exchange = yield given.change(spec, task, own, tag=gave.header(dialect.etag), step=BACK)
        if back.ok:
            yield given.read(spec, task, actor="b", step=f"{AFTER}: {TASK}")
            yield given.read(spec, person, actor="b", step=f"{AFTER}: {PERSON}")
            task = refreshed(task, back)
    read = yield from _given(spec, task, members)
    for state in way:
        part = "done" if state == way[-1] else "lasting"
        read = yield from _moved(spec, task, state, read.header(dialect.etag), part)
    yield given.read(spec, task, actor="b", step=f"done: {TASK}")
    yield given.read(spec, person, actor="b", step=f"done: {PERSON}")


def judge(
    operation: Operation, trace: Sequence[Exchange], dialect: Dialect, *, member: str, hidden: Sequence[int] = (404,)
) -> Iterator[Finding | Witness]:
    """A witness per reading. `member` is the pointer in the task to whom it is for; `hidden` refuses the person."""
    person: Any = None
    for one in trace:
        if one.step == "given: task" and one.ok:
            person = pointer.first(one.json, member)
        part, _, kind = one.step.partition(": ")
        if person is None or part not in (BEFORE, AFTER, "lasting", "done") or unusable(one) or (kind == MOVED and not one.ok):
            continue
        yield Witness((one.number,), one.step)
        if kind in (PERSON, RECORD) or (kind == TASK and part == AFTER):
            open_ = kind == PERSON and part == "lasting"
            wanted = (200,) if open_ else hidden
            if one.status not in wanted:
                yield Finding("hidden" if open_ else "shown", (one.number,), either(wanted), str(one.status), one.step)
        elif kind in (LIST, SOUGHT):
            listed = dialect.items(one, operation.spec.operations[one.request.operation]) or ()
            if person in [pointer.first(item, member) for item in listed] or (kind == SOUGHT and listed):
                yield Finding("shown", (one.number,), "nobody", f"{len(listed)}" if kind == SOUGHT else shown(person), kind)
        else:
            yield from _told(one, one.step, kind == OWNER or part == "lasting", person, member)


def _told(one: Exchange, kind: str, open_: bool, whom: Any, member: str) -> Iterator[Finding]:
    """What a reading of the task tells of whom it is for."""
    if not one.ok:
        yield Finding("hidden", (one.number,), "200", str(one.status), kind)
        return
    told = pointer.first(one.json, member)
    if open_ and told != whom:
        yield Finding("hidden", (one.number,), shown(whom), shown(told), kind)
    elif not open_ and told is not None:
        yield Finding("shown", (one.number,), "nobody", shown(told), kind)


def _task(step: str, whom: str | None = "person-1", status: int = 200, actor: str = "b") -> Exchange:
    body = {"thingId": "t1", **({"colour": whom} if whom else {})} if status == 200 else problem(status)
    return exchange("GET /things/t1", status, body, name="getThing", step=step, actor=actor)


def _list(whom: str | None) -> Exchange:
    item = {"thingId": "t1", **({"colour": whom} if whom else {})}
    return exchange("GET /things", 200, page(item), step=f"done: {LIST}", actor="b")


def _sought(*items: str) -> Exchange:
    return exchange("GET /things?colour=person-1", 200, page(*items), step=f"done: {SOUGHT}", actor="b")


_MADE = _task("given: task", actor="a")
EXAMPLES = Examples(
    operation="updateThing",
    arguments={"member": "/colour"},
    conforms=[
        numbered(_MADE, _task(f"{BEFORE}: {PERSON}", None, 404), _task(f"lasting: {TASK}"), _task(f"lasting: {PERSON}")),
        numbered(_MADE, _task(f"done: {TASK}", None), _task(f"done: {PERSON}", None, 404), _task(f"done: {OWNER}"), _list(None)),
        numbered(_MADE, _task(f"done: {MOVED}", None), _sought(), _task(f"{AFTER}: {TASK}", None, 404)),
    ],
    violates=[
        numbered(_MADE, _task(f"{BEFORE}: {PERSON}")),
        numbered(_MADE, _task(f"lasting: {TASK}", None)),
        numbered(_MADE, _task(f"lasting: {PERSON}", None, 404)),
        numbered(_MADE, _task(f"done: {TASK}")),
        numbered(_MADE, _task(f"done: {PERSON}")),
        numbered(_MADE, _task(f"done: {OWNER}", None)),
        numbered(_MADE, _task(f"done: {TASK}", None, 404)),
        numbered(_MADE, _list("person-1")),
        numbered(_MADE, _sought("t1")),
        numbered(_MADE, _task(f"lasting: {RECORD}")),
        numbered(_MADE, _task(f"done: {MOVED}")),
        numbered(_MADE, _task(f"{AFTER}: {TASK}")),
        numbered(_MADE, _task(f"{AFTER}: {PERSON}")),
    ],
    inconclusive=[[], numbered(_task(f"done: {TASK}")), numbered(_MADE, _task(f"done: {TASK}", None, 401))],
)
