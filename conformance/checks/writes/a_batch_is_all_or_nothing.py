"""A batch is stored as a whole or not at all where that is asked for; else what is sound in it is stored, in its order.

Why: a gateway that uploads a day's readings at once has to know which of them are there. Half a batch that was refused is stored twice
when it is sent again; one that is reported in another order is stored wrongly.

The suite sends a batch whose last item breaks a rule, one as long as the interface allows among them, and one that is longer by a sound
item; then one with the broken item in the middle that is not to be kept together; and lists what is there. In the end comes one of which
each item but the first breaks a rule of its own.

Fails when: a batch that is to be kept together and has a broken item, or one too many, is not refused (`status`), the refusal does not
point into the broken item, or anything of it is stored; else, when the results are not one per item in their order, a broken item is not told
by itself or with a pointer that leads to nothing in it, or anything but the sound items is stored.
Inconclusive when: no sound batch is accepted.
Source: FHIR R4, batch and transaction; EPCIS 2.0, capture error behaviour; the interface's rules on batches.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from conformance import given
from conformance.checks._example import exchange, numbered, page, problem
from conformance.checks._own import known_recipe, recipe_of, unusable
from conformance.checks._reading import shown
from conformance.checks._statuses import either
from conformance.checks._views import traverse
from conformance.interface.dialect import Dialect
from conformance.model import Examples, Exchange, Finding, Inputs, Operation, Request, Script, Touches, Unmet, Witness
from conformance.text import pointer

TOUCHES = Touches.WRITES
SOUND, TOGETHER, LONG, APART = "sound", "together, the last broken", "together, the last of many broken", "apart, one broken"
LONGER, WRONG = "one too many", "apart, each but the first broken"
LIST = "list after: "

ABOUT = """要求整批處理時，批次須全部儲存或全部不存；否則僅儲存其中正確者，並依其順序。
緣由：閘道器一次上傳整日量測值，必須知道何者已入庫。遭拒卻存入一半之批次，重送時會重複；回報順序不同者，會存錯資料。
套件送出末項違反規則之批次（其中一批達介面容許之最大長度），再送出中間一項有誤且不要求整批處理者，並列出現有資料。
不通過：要求整批處理而含有誤項目之批次未遭拒（`status`）、拒絕未指向該項目，或其任一項目遭儲存；不要求整批處理時，結果未依序逐項回報、未單獨指出有誤項目，或所儲存者並非恰為正確之項目。
無法判定：沒有正確之批次獲得接受。
依據：FHIR R4 batch 與 transaction；EPCIS 2.0 capture error behaviour；介面規範之批次規定。
"""

MESSAGES = {
    "status": {
        "en": "the batch ({at}) should be answered {expected}, but got {actual}",
        "zh-Hant": "批次（{at}）應回應 {expected}，實得 {actual}",
    },
    "pointer": {
        "en": "the refusal of the batch ({at}) should point into {expected}, but points to {actual}",
        "zh-Hant": "對批次（{at}）的拒絕應指向 {expected} 之內，實際指向 {actual}",
    },
    "results": {
        "en": "the batch ({at}) should have the results {expected}, but has {actual}",
        "zh-Hant": "批次（{at}）的結果應為 {expected}，實為 {actual}",
    },
    "nowhere": {
        "en": "a result of the batch ({at}) should have {expected}, but points to {actual}",
        "zh-Hant": "批次（{at}）的結果應有 {expected}，實際指向 {actual}",
    },
    "stored": {
        "en": "after the batch ({at}) {expected} should be listed, but {actual} are",
        "zh-Hant": "批次（{at}）之後應列出 {expected} 筆，實為 {actual} 筆",
    },
}


def drive(
    operation: Operation,
    inputs: Inputs,
    dialect: Dialect,
    *,
    single: str,
    together: str,
    items: str,
    broken: Mapping[str, Any],
    wrong: Mapping[str, Any] | None = None,
    few: int = 5,
    many: int = 100,
) -> Script:
    """`single` is the recipe of one item, `together` the member that says whether all are kept or none, `items` that of the items;
    `broken` are members that break a rule when they replace those of an item, and the `changes` of `wrong` members of which each breaks
    another one when they replace those of what the candidate `of` makes. A batch has at most `many` items.
    """
    _, recipe = recipe_of(operation)
    spec, ground = operation.spec, dict[str, given.Created]()
    whole: dict[str, Any] = {}
    ones: list[Any] = []
    for nth in range(many):
        bodies = yield from given.filled(spec, recipe["candidates"][0], inputs, dialect, nth=nth, things=ground)
        whole = bodies[0]
        ones.append(whole[items][0])
    shelf = given.shown_in(spec, single, ones[0], actor="a")
    if shelf is None:
        raise Unmet(f"nothing lists what {operation.id} stores")

    def send(label: str, body: Mapping[str, Any]) -> Request:
        return given.creation(operation, body, inputs, actor="a", label=label.replace(" ", "-")).with_step(label)

    for label, flag, size, at in ((TOGETHER, True, few, few - 1), (LONG, True, many, many - 1), (APART, False, few, few // 2)):
        sent = [{**one, **broken} if index == at else one for index, one in enumerate(ones[:size])]
        yield send(label, {**whole, together: flag, items: sent})
        yield given.visible(operation)
        yield from traverse(spec.operations[shelf.operation], dialect, shelf, step=LIST + label)
    yield send(SOUND, {**whole, together: True, items: ones[few : 2 * few]})
    yield given.visible(operation)
    yield from traverse(spec.operations[shelf.operation], dialect, shelf, step=LIST + SOUND)
    yield send(LONGER, {**whole, together: True, items: [*ones[2 * few :], *ones[: 2 * few + 1]]})
    candidate = next((one for one in spec.setup[single]["candidates"] if wrong and one["name"] == wrong["of"]), None)
    if wrong is not None and candidate is not None:
        template = {"sound": candidate["body"], "changes": list(wrong["changes"])}
        filled = (yield from given.filled(spec, {**candidate, "body": template}, inputs, dialect, nth=many, things=ground))[0]
        sent = [filled["sound"], *({**filled["sound"], **change} for change in filled["changes"])]
        yield send(WRONG, {**whole, together: False, items: sent})


def judge(
    operation: Operation,
    trace: Sequence[Exchange],
    dialect: Dialect,
    *,
    items: str = "items",
    results: str = "/results",
    outcome: str = "/status",
    status: Sequence[int] = (422,),
    kept: Sequence[int] = (201,),
    few: int = 5,
) -> Iterator[Finding | Witness]:
    """A witness per batch, if a sound one was accepted. `results` leads to the results of an answer, `outcome` in each to its status:
    `kept` for an item that is stored. `status` refuses a whole batch.
    """
    known = known_recipe(operation)
    steps = (SOUND, TOGETHER, LONG, APART, LONGER, WRONG)
    sent = {one.step: one for one in trace if one.step in steps and not unusable(one)}
    if known is None or SOUND not in sent or not sent[SOUND].ok:
        return
    expected = {TOGETHER: 0, LONG: 0, APART: few - 1, SOUND: 2 * few - 1}
    for step, one in sent.items():
        yield Witness((one.number,), step)
        size = len(pointer.first(one.request.json(), f"/{items}") or ())
        if step in (TOGETHER, LONG):
            yield from _refused(one, f"/{items}/{size - 1}", status, dialect)
        elif step == LONGER:
            yield from _refused(one, "", status, dialect)  # what is too long may be the list, or the body that holds it
        else:
            broken = {APART: frozenset({size // 2}), WRONG: frozenset(range(1, size))}.get(step, frozenset[int]())
            yield from _told(one, results, outcome, size, broken, kept, status)
            yield from _located(one, items, results, dialect)
        listed = [each for each in trace if each.step == LIST + step]
        if listed and all(each.ok for each in listed) and dialect.next_page(listed[-1]) is None:
            lister = operation.spec.operations[listed[0].request.operation]
            count = sum(len(dialect.items(each, lister) or ()) for each in listed)
            if count != expected[step]:
                yield Finding("stored", (one.number, listed[0].number), str(expected[step]), str(count), step)


def _refused(one: Exchange, wanted: str, status: Sequence[int], dialect: Dialect) -> Iterator[Finding]:
    if one.status not in status:
        yield Finding("status", (one.number,), either(status), str(one.status), one.step)
        return
    if not wanted:
        return
    named = [str(found) for found in pointer.values(one.json, dialect.problem_errors + "/*/pointer")]
    if not any(at == wanted or at.startswith(f"{wanted}/") for at in named):
        yield Finding("pointer", (one.number,), wanted, ", ".join(named) or "-", one.step)


def _told(
    one: Exchange,
    results: str,
    outcome: str,
    size: int,
    broken: frozenset[int],
    kept: Sequence[int],
    status: Sequence[int],
) -> Iterator[Finding]:
    if not one.ok:
        yield Finding("status", (one.number,), "2xx", str(one.status), one.step)
        return
    found = [pointer.first(each, outcome) for each in pointer.first(one.json, results) or ()]
    right = [status if index in broken else kept for index in range(size)]
    if len(found) != size or any(each not in wanted for each, wanted in zip(found, right, strict=False)):
        yield Finding("results", (one.number,), ", ".join(map(either, right)), ", ".join(map(str, found)) or "none", one.step)


def _located(one: Exchange, items: str, results: str, dialect: Dialect) -> Iterator[Finding]:
    """The pointers of each result lead to something in its item."""
    sent = pointer.first(one.request.json(), f"/{items}") or ()
    for nth, (item, told) in enumerate(zip(sent, pointer.first(one.json, results) or (), strict=False)):
        for at in pointer.values(told, dialect.problem_errors + "/*/pointer"):
            if not pointer.leads(item, at):
                yield Finding(
                    "nowhere",
                    (one.number,),
                    "a JSON Pointer that leads to something in its item",
                    shown(at),
                    f"{one.step}: {nth}",
                )


# ------------------------------------------------------------------------------------------ examples


def _batch(step: str, status: int, *outcomes: int, at: str = "", size: int = 5) -> Exchange:
    body = {"results": [{"status": one} for one in outcomes]} if status == 200 else problem(status, errors=[{"pointer": at}])
    return exchange("POST /things", status, body, name="createThing", step=step, actor="a", sent={"items": [{}] * size})


def _located_at(at: str) -> Exchange:
    results: list[Any] = [{"status": 201}] * 5
    results[2] = {"status": 422, "errors": [{"pointer": at}]}
    sent = {"items": [{"size": 3}] * 5}
    return exchange("POST /things", 200, {"results": results}, name="createThing", step=APART, actor="a", sent=sent)


def _list(step: str, count: int) -> Exchange:
    return exchange("GET /things", 200, page(*map(str, range(count))), step=LIST + step, actor="a")


_SOUND = (_batch(SOUND, 200, 201, 201, 201, 201, 201), _list(SOUND, 9))
EXAMPLES = Examples(
    operation="createThing",
    conforms=[
        numbered(_batch(TOGETHER, 422, at="/items/4/size"), _list(TOGETHER, 0), *_SOUND),
        numbered(_batch(APART, 200, 201, 201, 422, 201, 201), _list(APART, 4), *_SOUND),
        numbered(_located_at("/size"), *_SOUND),
        numbered(_batch(LONGER, 422, at=""), _batch(WRONG, 200, 201, 422, 422, size=3), *_SOUND),
    ],
    violates=[
        numbered(_located_at("/items/2/size"), *_SOUND),
        numbered(_batch(LONGER, 200, *[201] * 101, size=101), *_SOUND),
        numbered(_batch(WRONG, 200, 201, 422, 201, size=3), *_SOUND),
        numbered(_batch(TOGETHER, 200, 201, 201, 201, 201, 422), *_SOUND),
        numbered(_batch(TOGETHER, 422, at="/items/0/size"), *_SOUND),
        numbered(_batch(TOGETHER, 422, at="/items/4"), _list(TOGETHER, 4), *_SOUND),
        numbered(_batch(APART, 200, 201, 201, 201, 201, 422), *_SOUND),
        numbered(_batch(APART, 422, at="/items/2"), *_SOUND),
        numbered(_batch(APART, 200, 201, 201, 422, 201, 201), _list(APART, 5), *_SOUND),
    ],
    inconclusive=[[], numbered(_batch(TOGETHER, 200, 201)), numbered(_batch(TOGETHER, 422), _batch(SOUND, 422))],
)
