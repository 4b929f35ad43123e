"""What somebody has already is refused to everybody, and who has it is told only to those who may read them.

Why: a register that refuses a second entry tells that there is a first one; if it also tells which, anybody with a number learns under which
id its owner is known, and where.

Tenant a makes something and makes it again, also behind another value of its own; then tenant b does.

Fails when: a second one with the same value is not refused (`status`); the refusal to a, who may read the first, does not name it; the
refusal to b, who may not, names it.
Inconclusive when: the first one could not be made, or b's credentials are not accepted.
Source: FHIR R4, conditional create; Personal Data Protection Act (個人資料保護法).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from conformance import given
from conformance.checks._example import exchange, numbered, problem
from conformance.checks._own import id_of, known_recipe, named, recipe_of, remarked, unusable
from conformance.checks._reading import shown
from conformance.checks._statuses import either
from conformance.interface.dialect import Dialect
from conformance.model import Examples, Exchange, Finding, Inputs, Operation, Script, Touches, Witness
from conformance.text import pointer

TOUCHES = Touches.OWN
ASKS = 6
ACTORS = ("b",)
FIRST, OWN, OTHERS = "first", "again, by the same tenant", "again, by another tenant"
BEHIND = "again, behind another value"

ABOUT = """已由他人登記者對任何人均予拒絕，而由何者持有，僅告知有權讀取者。
緣由：拒絕第二筆登記之名冊，已透露有第一筆；若再說出是哪一筆，任何持有號碼者便可得知其人之識別碼及所在。
租戶 a 建立一筆並再次建立（亦以其他值為掩護）；其後租戶 b 為之。
不通過：相同值之第二筆未遭拒（`status`）；對有權讀取首筆之 a，拒絕未指明之；對無權之 b，拒絕卻指明之。
無法判定：首筆無法建立，或 b 之憑證未獲接受。
依據：FHIR R4 conditional create；個人資料保護法。
"""

MESSAGES = {
    "status": {
        "en": "a second one ({at}) should be answered {expected}, but got {actual}",
        "zh-Hant": "第二筆（{at}）應回應 {expected}，實得 {actual}",
    },
    "unnamed": {
        "en": "the refusal to a tenant that may read it should name {expected} at {at}, but has {actual}",
        "zh-Hant": "對得讀取者的拒絕應於 {at} 載明 {expected}，實為 {actual}",
    },
    "named": {
        "en": "the refusal to a tenant that may not read it should have {expected}, but names {actual}",
        "zh-Hant": "對無權讀取者的拒絕應為 {expected}，卻載明 {actual}",
    },
}


def drive(operation: Operation, inputs: Inputs, dialect: Dialect, *, shared: str) -> Script:
    """The member `shared` stays the same; the rest of the body is another each time."""
    name, recipe = recipe_of(operation)
    one = yield from given.created(operation.spec, name, inputs, dialect, step=FIRST)
    body: Any = one.request.json()
    for step, actor in ((OWN, "a"), (OTHERS, "b")):
        other = {**remarked(inputs, body, actor), shared: body[shared]}
        yield given.creation(operation, other, inputs, actor=actor, label=f"second-{actor}").with_step(step)
    if isinstance(body[shared], list):
        more = yield from given.filled(operation.spec, recipe["candidates"][0], inputs, dialect, nth=1)
        behind = {**more[0], shared: [*more[0][shared], *body[shared]]}
        yield given.creation(operation, behind, inputs, actor="a", label="behind").with_step(BEHIND)


def judge(
    operation: Operation, trace: Sequence[Exchange], dialect: Dialect, *, names: str, status: Sequence[int] = (409,)
) -> Iterator[Finding | Witness]:
    """A witness per refusal. `names` is the pointer at which a refusal names the first one."""
    known = known_recipe(operation)
    first = next((one for one in trace if one.step == FIRST and one.ok), None)
    if known is None or first is None:
        return
    identifier = id_of(known[1], first) or ""
    for one in trace:
        if one.step not in (OWN, BEHIND, OTHERS) or unusable(one):
            continue
        yield Witness((first.number, one.number), one.step)
        if one.status not in status:
            yield Finding("status", (first.number, one.number), either(status), str(one.status), one.step)
        elif one.step in (OWN, BEHIND):
            told = pointer.first(one.json, names)
            if told != identifier:
                yield Finding("unnamed", (first.number, one.number), identifier, shown(told), names)
        elif named(operation.spec, known[0], identifier, one) or pointer.first(one.json, names) is not None:
            yield Finding("named", (first.number, one.number), f"no {names}", identifier, names)


def _make(step: str, status: int = 409, actor: str = "a", **more: Any) -> Exchange:
    body = {"thingId": "thing-00001"} if status == 201 else problem(status, **more)
    return exchange("POST /things", status, body, name="createThing", step=step, actor=actor, sent={})


EXAMPLES = Examples(
    operation="createThing",
    arguments={"names": "/existingId"},
    conforms=[numbered(_make(FIRST, 201), _make(OWN, existingId="thing-00001"), _make(OTHERS, actor="b"))],
    violates=[
        numbered(_make(FIRST, 201), _make(OWN, 201)),
        numbered(_make(FIRST, 201), _make(OWN)),
        numbered(_make(FIRST, 201), _make(BEHIND, 201)),
        numbered(_make(FIRST, 201), _make(OTHERS, actor="b", existingId="thing-00001")),
        numbered(_make(FIRST, 201), _make(OTHERS, actor="b", detail="see thing-00001")),
        numbered(_make(FIRST, 201), _make(OTHERS, 201, "b")),
    ],
    inconclusive=[[], numbered(_make(FIRST)), numbered(_make(FIRST, 201), _make(OTHERS, 401, "b"))],
)
