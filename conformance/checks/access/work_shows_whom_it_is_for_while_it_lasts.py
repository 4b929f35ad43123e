"""Who is given work for somebody sees for whom it is, and may read them, only as long as the work is not done.

Why: a driver has to know whom to fetch, and need not know it a year later. What was opened for a task and never closed is a register of
everybody who was ever cared for.

Tenant a gives a task to tenant b. Both read it, and b the person, at every step of its way to its end.

Fails when: b does not see for whom the task is, or cannot read them, while it lasts; or still sees it, alone or in the list, or can read
them afterwards; or a does not see it at all times.
Inconclusive when: the task could not be given to b.
Source: Personal Data Protection Act (個人資料保護法, necessity); the interface's rules on care tasks.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from conformance import given
from conformance.checks._example import exchange, numbered, page, problem
from conformance.checks._own import recipe_of, unusable
from conformance.checks._reading import shown
from conformance.checks._statuses import either
from conformance.checks._views import traverse
from conformance.interface.dialect import Dialect
from conformance.model import Examples, Exchange, Finding, Inputs, Operation, Script, Touches, Unmet, Witness
from conformance.text import pointer

TOUCHES = Touches.WRITES
ASKS = 27
ACTORS = ("b",)
GIVE, MOVE, BEFORE = "give", "move", "before it is given"
TASK, PERSON, LIST, OWNER = "task", "person", "list", "owner"

MESSAGES = {
    "hidden": {
        "en": "{at} should show {expected} while the work lasts, but shows {actual}",
        "zh-Hant": "任務未終止期間，{at} 應顯示 {expected}，實為 {actual}",
    },
    "shown": {
        "en": "{at} should show {expected} once the work is done or not given, but shows {actual}",
        "zh-Hant": "任務終止後或未指派時，{at} 應為 {expected}，實為 {actual}",
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
    way: Sequence[str],
) -> Script:
    """`holder` is the recipe of the person, `organisation` leads to a tenant's name in it, `assignee` is the member of the task that takes
    that name, and `way` are the states through which b moves the task to its end.
    """
    name, recipe = recipe_of(operation)
    spec, ground = operation.spec, dict[str, given.Created]()
    theirs = yield from given.created(spec, holder, inputs, dialect, actor="b", nth=7, step="given: b's own")
    task = yield from given.created(spec, name, inputs, dialect, things=ground, step="given: task")
    person = given.stood_on(ground, holder)
    who = pointer.first(theirs.representation, organisation)
    if person is None or who is None:
        raise Unmet("it is not told for whom the task is, or who b is")
    yield given.read(spec, person, actor="b", step=f"{BEFORE}: {PERSON}")
    given_: Exchange = yield given.change(spec, task, {assignee: who}, tag=task.tag, step=GIVE)
    latest = given_
    for state in (None, *way):
        if state is not None:
            members = {pointer.segments(recipe["state"])[0]: state}
            read: Exchange = yield given.read(spec, task, actor="b", step="given: tag")
            latest = yield given.change(spec, task, members, tag=read.header(dialect.etag), actor="b", step=MOVE)
        if not latest.ok:
            raise Unmet(f"the task could not be given or moved: {latest.status}")
        part = "done" if state == way[-1] else "lasting"
        yield given.read(spec, task, actor="b", step=f"{part}: {TASK}")
        yield given.read(spec, person, actor="b", step=f"{part}: {PERSON}")
        yield given.read(spec, task, step=f"{part}: {OWNER}")
    if "list" in recipe:
        listing = spec.operations[recipe["list"]]
        asked = listing.request(actor="b")
        for p in listing.filters:
            if (p.filter or {}).get("on") == recipe["state"]:
                asked = asked.with_query(**{p.name: way[-1]})
        yield from traverse(listing, dialect, asked, step=f"done: {LIST}", most=3)


def judge(
    operation: Operation, trace: Sequence[Exchange], dialect: Dialect, *, member: str, hidden: Sequence[int] = (404,)
) -> Iterator[Finding | Witness]:
    """A witness per reading. `member` is the pointer in the task to whom it is for; `hidden` refuses the person."""
    task = next((one for one in trace if one.step == "given: task" and one.ok), None)
    whom = pointer.first(task.json, member) if task else None
    if task is None or whom is None:
        return
    for one in trace:
        part, _, kind = one.step.partition(": ")
        if part not in (BEFORE, "lasting", "done") or unusable(one):
            continue
        yield Witness((task.number, one.number), one.step)
        if kind == PERSON:
            wanted = (200,) if part == "lasting" else hidden
            if one.status not in wanted:
                key = "hidden" if part == "lasting" else "shown"
                yield Finding(key, (one.number,), either(wanted), str(one.status), kind)
        elif kind == LIST:
            listed = dialect.items(one, operation.spec.operations[one.request.operation]) or ()
            if whom in [pointer.first(item, member) for item in listed]:
                yield Finding("shown", (one.number,), "nobody", shown(whom), kind)
        else:
            yield from _told(one, kind, kind == OWNER or part == "lasting", whom, member)


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


_MADE = _task("given: task", actor="a")
EXAMPLES = Examples(
    operation="updateThing",
    arguments={"member": "/colour"},
    conforms=[
        numbered(_MADE, _task(f"{BEFORE}: {PERSON}", None, 404), _task(f"lasting: {TASK}"), _task(f"lasting: {PERSON}")),
        numbered(_MADE, _task(f"done: {TASK}", None), _task(f"done: {PERSON}", None, 404), _task(f"done: {OWNER}"), _list(None)),
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
    ],
    inconclusive=[[], numbered(_task(f"done: {TASK}")), numbered(_MADE, _task(f"done: {TASK}", None, 401))],
)
