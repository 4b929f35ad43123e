"""A number comes back as the decimal that was sent, in the answer, when read again and in the list.

Why: a temperature of 37.1 that is kept as a binary fraction of single precision reads 37.099998, and a sum of such values decides wrongly at
a threshold.

Numbers are compared as decimals, so 36.50 equals 36.5 and 1e2 equals 100.

Fails when: a number in an answer is not the decimal that was sent, or is no JSON number any more; or a body is refused for the way in
which its number is written.
Inconclusive when: no number could be sent and read.
Source: RFC 8259, Numbers; FHIR R4, decimal.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from conformance import given
from conformance.checks._example import exchange, numbered, page
from conformance.checks._own import id_of, known_recipe, recipe_of, unusable
from conformance.interface.dialect import Dialect
from conformance.model import Examples, Exchange, Finding, Inputs, Operation, Script, Touches, Witness, json_bytes
from conformance.text import pointer

TOUCHES = Touches.WRITES
ASKS = 35
SEND, READ, LIST = "send ", "read ", "list"
_MARK = "yance-number"

ABOUT = """數值以所送之十進位值原樣傳回：於回應、再次讀取及清單中皆然。
緣由：37.1 度若以單精度二進位小數保存，讀回為 37.099998；此類數值之總和，會在門檻處作出錯誤判斷。
數值以十進位比較，故 36.50 等於 36.5，1e2 等於 100。
不通過：回應之數值不是所送之十進位值，或已不是 JSON 數值；或本文因數值之寫法而遭拒。
無法判定：沒有數值可送出並讀回。
依據：RFC 8259 Numbers；FHIR R4 decimal。
"""

MESSAGES = {
    "differs": {
        "en": "the number {expected} should come back as the same decimal ({at}), but came back as {actual}",
        "zh-Hant": "數值 {expected} 應以相同的十進位值傳回（{at}），實為 {actual}",
    },
    "refused": {
        "en": "a number written as {expected} should be accepted, but got {actual}",
        "zh-Hant": "寫作 {expected} 的數值應予接受，實得 {actual}",
    },
}


def drive(operation: Operation, inputs: Inputs, dialect: Dialect, *, member: str, numbers: Sequence[str]) -> Script:
    """One creation per number, written as it stands; each is read again, and then the list. `member` is the pointer of the number."""
    name, recipe = recipe_of(operation)
    spec, ground = operation.spec, dict[str, given.Created]()
    shelf = yield from given.shelf(spec, name, inputs, dialect, things=ground)
    for nth, text in enumerate(numbers):
        bodies = yield from given.filled(spec, recipe["candidates"][0], inputs, dialect, nth=nth, things=ground)
        whole = given.creation(operation, bodies[0], inputs, actor="a", label=f"number-{nth}")
        marked = json_bytes(_with(whole.json(), pointer.segments(member), _MARK))
        request = replace(whole, body=marked.replace(f'"{_MARK}"'.encode(), text.encode()))
        answer: Exchange = yield request.with_step(SEND + text)
        if id_of(recipe, answer) is not None:
            yield given.read(spec, given.made(spec, name, answer), step=READ + text)
    if shelf is not None:
        yield shelf.with_step(LIST)


def _with(document: Any, where: Sequence[str], value: Any) -> Any:
    """The document with another value at a place within objects."""
    if not where:
        return value
    return {**document, where[0]: _with(document[where[0]], where[1:], value)}


def judge(
    operation: Operation, trace: Sequence[Exchange], dialect: Dialect, *, member: str, numbers: Sequence[str] = ()
) -> Iterator[Finding | Witness]:
    """A witness per number and place. What was sent is known from the step that sent it."""
    known = known_recipe(operation)
    if known is None:
        return
    sent: dict[str, str] = {}
    for one in trace:
        kind, text = next(((kind, one.step.removeprefix(kind)) for kind in (SEND, READ) if one.step.startswith(kind)), ("", ""))
        if kind and not unusable(one):
            if one.ok:
                sent[id_of(known[1], one) or ""] = text
                yield from _compared(one, text, pointer.first(_exact(one), member), kind.strip())
            elif kind == SEND and one.status in (400, 422):
                yield Witness((one.number,), text)
                yield Finding("refused", (one.number,), text, str(one.status))
        elif one.step == LIST and one.ok:
            places = dialect.items_pointer(operation.spec.operations[one.request.operation])
            for item in pointer.first(_exact(one), places) or ():
                identifier = given.id_in(known[1], item)
                if identifier in sent:
                    yield from _compared(one, sent[identifier], pointer.first(item, member), LIST)


def _compared(one: Exchange, text: str, found: Any, place: str) -> Iterator[Finding | Witness]:
    yield Witness((one.number,), f"{place} {text}")
    if not isinstance(found, Decimal) or found != Decimal(text):
        yield Finding("differs", (one.number,), text, str(found), place)


def _exact(one: Exchange) -> Any:
    """The document of an answer with its numbers as decimals."""
    try:
        return json.loads(one.response.body if one.response else b"null", parse_float=Decimal, parse_int=Decimal)
    except ValueError:
        return None


def _answer(step: str, number: str, status: int = 201) -> Exchange:
    body = b'{"thingId": "t1", "size": ' + number.encode() + b"}"
    line, name = ("POST /things", "createThing") if step.startswith(SEND) else ("GET /things/t1", "getThing")
    return exchange(line, status, body, name=name, step=step, actor="a", sent={})


def _list(number: Any) -> Exchange:
    return exchange("GET /things", 200, page({"thingId": "t1", "size": number}), step=LIST, actor="a")


EXAMPLES = Examples(
    operation="createThing",
    arguments={"member": "/size"},
    conforms=[
        numbered(_answer(f"{SEND}36.50", "36.5"), _answer(f"{READ}36.50", "36.500", 200), _list(36.5)),
        numbered(_answer(f"{SEND}1e2", "100")),
    ],
    violates=[
        numbered(_answer(f"{SEND}37.1", "37.099998")),
        numbered(_answer(f"{SEND}37.1", '"37.1"')),
        numbered(_answer(f"{SEND}37.1", "37.1"), _answer(f"{READ}37.1", "37", 200)),
        numbered(_answer(f"{SEND}37.1", "37.1"), _list(37.10000000000001)),
        numbered(_answer(f"{SEND}1e2", "0", 422)),
    ],
    inconclusive=[[], numbered(_answer(f"{SEND}1e2", "0", 429)), numbered(_list(3))],
)
