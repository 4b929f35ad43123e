"""A link that the document declares for an answer leads to something that is there.

Why: OpenAPI links tell a client how to go on from an answer, and tools build calls on them; one that leads nowhere, or into a refusal, sends
everybody who trusts the document to the wrong place.

The suite asks the operation, takes each link of its answer that leads to an operation that reads, and fills that one's parameters as the link
says: from the body of the answer, its header fields, or the request.

Fails when: the request that a link stands for is not answered with success.
Inconclusive when: the answer was no success, no link leads to a reading operation, or the answer has none of the values that the links take.
Source: OpenAPI Specification 3.1.0, sections 4.8.20 (Link Object) and 4.8.20.4 (Runtime Expressions).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from conformance import given
from conformance.checks._example import exchange, numbered, operation, page, problem
from conformance.checks._own import unusable
from conformance.checks._probes import complete
from conformance.interface import contract, expressions, sending
from conformance.interface.dialect import Dialect
from conformance.interface.references import referenced
from conformance.model import Examples, Exchange, Finding, Inputs, Moot, Operation, Request, Script, Touches, Unmet, Witness

TOUCHES = Touches.NOTHING
ASKS = 4
BODIES = True
ASKED, FOLLOWED = "ask", "link: "

ABOUT = """文件為回應宣告之連結，所指者確實存在。
緣由：OpenAPI 連結告知用戶端由一回應如何繼續，工具亦據以組成呼叫；無所指或遭拒之連結，會將信任文件者導向錯誤之處。
套件請求該操作，就其回應之各連結中指向讀取操作者，依連結所載以回應本文、標頭或請求之值填入參數。
不通過：連結所代表之請求未獲成功回應。
無法判定：該回應並非成功、沒有連結指向讀取操作，或回應不含連結所取之值。
依據：OpenAPI Specification 3.1.0 第 4.8.20 節（Link Object）與第 4.8.20.4 節（Runtime Expressions）。
"""

MESSAGES = {
    "astray": {
        "en": "the link {at} should lead to {expected}, but got {actual}",
        "zh-Hant": "連結 {at} 應導向 {expected}，實得 {actual}",
    },
    "unexercised": {
        "en": "the link {aspect} of an answer that has its values",
        "zh-Hant": "具備所需值之回應的連結 {aspect}",
    },
}


def aspects(operation: Operation, dialect: Dialect) -> list[str]:
    """The links that lead to reading operations, over all successes."""
    successes = (int(status) for status in operation.responses if status.isdigit() and status[0] == "2")
    return list(dict.fromkeys(name for status in successes for name, _, _ in _links(operation, status)))


def drive(operation: Operation, inputs: Inputs, dialect: Dialect) -> Script:
    """The operation, then each link of its answer."""
    if not aspects(operation, dialect):
        raise Unmet(f"the document declares no link from {operation.id} to an operation that reads")
    asked = yield from complete(operation, inputs, dialect)
    answer: Exchange = yield asked.with_step(ASKED)
    for name, target, link in _links(operation, answer.status) if answer.ok else ():
        request = _followed(operation, target, link, answer)
        if request is not None:
            yield sending.outfitted(target, request, inputs.seeds)[0].with_step(FOLLOWED + name)


def _links(operation: Operation, status: int) -> Iterator[tuple[str, Operation, Mapping[str, Any]]]:
    """The links of an answer that lead to reading operations: name, operation, link."""
    for name, written in ((contract.declared(operation, status) or {}).get("links") or {}).items():
        link = referenced(operation.spec.document, written)
        target = given.target_of(operation.spec, link)
        if target is not None and target.method == "GET":
            yield name, target, link


def _followed(operation: Operation, target: Operation, link: Mapping[str, Any], answer: Exchange) -> Request | None:
    """The request that a link stands for; None where the answer lacks a value that it takes."""
    path: dict[str, Any] = {}
    query: dict[str, Any] = {}
    for key, written in (link.get("parameters") or {}).items():
        where, _, name = key.rpartition(".")
        value = expressions.value(operation, written, answer)
        if value is None or isinstance(value, dict | list):
            return None
        in_path = where == "path" or (not where and target.parameter(name, "path") is not None)
        (path if in_path else query)[name] = value
    needed = {p.name for p in target.parameters if p.location == "path"}
    return target.request(path=path, query=query, actor=answer.request.actor) if needed <= path.keys() else None


def judge(operation: Operation, trace: Sequence[Exchange], dialect: Dialect) -> Iterator[Finding | Witness | Moot]:
    """A witness per link that was followed; moot is one whose values the answer does not have."""
    answer = next((one for one in trace if one.step == ASKED and one.ok), None)
    followed = {one.step: one for one in trace if one.step.startswith(FOLLOWED) and not unusable(one)}
    for name, target, link in _links(operation, answer.status) if answer is not None else ():
        assert answer is not None
        one = followed.get(FOLLOWED + name)
        if one is not None:
            yield Witness((answer.number, one.number), name, aspect=name)
            if not one.ok:
                yield Finding("astray", (answer.number, one.number), f"a success of {target.id}", str(one.status), name)
        elif _followed(operation, target, link, answer) is None:
            yield Moot((answer.number,), aspect=name)


# ------------------------------------------------------------------------------------------ examples


def _list(*items: str) -> Exchange:
    return exchange("GET /things", 200, page(*items), step=ASKED)


def _one(status: int = 200) -> Exchange:
    body = {"thingId": "a"} if status == 200 else problem(status)
    return exchange("GET /things/a", status, body, name="getThing", step=f"{FOLLOWED}{_NAME}")


_NAME = next(iter(operation("listThings").responses["200"]["links"]))
EXAMPLES = Examples(
    operation="listThings",
    conforms=[numbered(_list("a"), _one())],
    violates=[numbered(_list("a"), _one(404)), numbered(_list("a"), _one(500))],
    inconclusive=[[], numbered(_list("a")), numbered(_list("a"), _one(429))],
)
