"""What is asked before a grant, under it and after it, and what it lets nobody do: the scripts of the check of grants, and their steps."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from conformance import given
from conformance.checks._own import amendment
from conformance.checks._views import traverse
from conformance.interface.dialect import Dialect
from conformance.model import Exchange, Inputs, Operation, Pause, Request, Script, Spec, wire_text
from conformance.text import pointer

NAMED, OTHER = ("given: named 0", "given: named 1"), "given: other kind"
BEFORE, UNDER, AFTER = "before the grant", "under the grant", "after the withdrawal"
GRANT, WITHDRAW, AGAIN, OWNER = "grant", "withdraw", "withdraw again", "owner"
READ, READ_OTHER, HOLDER, SEARCH = "reads what is named", "reads the other kind", "reads the holder", "searches for the holder"
LIST, NARROWED, PART, NEXT, CHANGE = "lists", "lists the other kind", "lists a part", "goes on with the cursor", "changes"
MOST_PARTS = 6
GRANTED, ENDS, MAKES = "reads the grant", "withdraws the grant", "makes another"
OF_THEIRS, FOR_THEIRS = "the first tenant grants what is the other's", "the first tenant makes one for the other's holder"
BESIDE, VOID, THIRD = "a second grant", "void the second grant", "a grant to somebody unknown"
READ_BESIDE, WITH_THEIRS = "reads what a thing may name", "the first tenant makes one that names the other's"
ELSEWHERE, OWNERS_PAGE = "searches by something else", "the owner's first page"
TRIED = (GRANTED, ENDS, MAKES, OF_THEIRS, FOR_THEIRS, READ_BESIDE, WITH_THEIRS)


def tried(
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


def void_another(spec: Spec, grant: given.Created, voided: Mapping[str, Any] | None, inputs: Inputs, reading: Request) -> Script:
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


def questions(
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
        found.append((SEARCH, searching(spec, search, "asks", named, person, inputs, dialect, actor="b")))
    return found


def searching(
    spec: Spec,
    search: Mapping[str, Any],
    body: str,
    named: given.Created,
    person: given.Created,
    inputs: Inputs,
    dialect: Dialect,
    *,
    actor: str,
) -> Request:
    """The search for the holder: by what is theirs (`asks`), or by what looks like it and is not (`otherwise`)."""
    now = given.told(named.exchange, dialect)
    sent = given.fill(search[body], person.representation, now, inputs, 0)
    return spec.operations[search["operation"]].request(json=sent, actor=actor)


def ask(
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


def named_beside(spec: Spec, thing: given.Created, beside: Mapping[str, str], inputs: Inputs, dialect: Dialect) -> Script:
    """What a thing may name beside its holder: b reads a's, and a makes a thing that names b's."""
    maker = spec.operations[spec.setup[thing.resource]["create"]]
    for nth, (member, recipe) in enumerate(beside.items(), 20):
        own = yield from given.created(spec, recipe, inputs, dialect, nth=nth, step="given: beside")
        theirs = yield from given.created(spec, recipe, inputs, dialect, actor="b", nth=nth, step="given: b's beside")
        yield given.read(spec, own, actor="b", step=f"{UNDER}: {READ_BESIDE}")
        body = {**thing.exchange.request.json(), member: theirs.id}
        yield given.creation(maker, body, inputs, actor="a", label=f"names-{member}").with_step(f"{UNDER}: {WITH_THEIRS}")
