"""A request that the interface excludes is refused with the status and the type of problem that stand for its fault.

Why: 404, 400 and 422 tell a program three things: look elsewhere, mend the query, mend the body. A server that answers all of them with
400 leaves it to a person to find out.

What is wrong with a request is told from the request alone (`_misput`); a fault that only the server can see, and that comes earlier in
the order, is granted to it.

Fails when: a request with such a fault is refused with a status that stands later in the order, or earlier for a fault that it cannot
have; or the problem has a type that stands for another fault.
Inconclusive when: no request with a fault of its own was refused.
Source: RFC 9110, Client Error 4xx; the interface's rules on errors.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from conformance.checks._example import exchange, problem
from conformance.checks._probes import answered, mistyped
from conformance.checks.protocol._misput import faults, possible, unread
from conformance.interface.dialect import Dialect
from conformance.model import Examples, Exchange, Finding, Operation, Touches, Witness

TOUCHES = Touches.NOTHING
SCOPE = "exchange"

ABOUT = """介面所排除之請求，以代表其錯誤之狀態碼與問題類型拒絕。
緣由：404、400 與 422 告訴程式三件事：另尋他處、修正查詢、修正本文。一律回應 400 之伺服器，只能由人來查明。
請求有何錯誤，僅由請求本身判斷（`_misput`）；僅伺服器可見且順序在前之錯誤，予以承認。
不通過：帶有此類錯誤之請求，遭順序較後之狀態碼拒絕，或遭其不可能有之較前錯誤拒絕；或問題類型代表其他錯誤。
無法判定：沒有僅具單一錯誤之請求遭拒。
依據：RFC 9110 Client Error 4xx；介面規範之錯誤規定。
"""

MESSAGES = {
    "status": {
        "en": "a request with this fault ({at}) should be answered {expected}, but got {actual}",
        "zh-Hant": "有此錯誤（{at}）的請求應回應 {expected}，實得 {actual}",
    },
    "type": {
        "en": "the refusal of this fault ({at}) should be a problem of type {expected}, but is {actual}",
        "zh-Hant": "對此錯誤（{at}）的拒絕，問題類型應為 {expected}，實為 {actual}",
    },
}


def judge(
    operation: Operation,
    trace: Sequence[Exchange],
    dialect: Dialect,
    *,
    order: Sequence[int],
    types: Mapping[str, Sequence[str]],
) -> Iterator[Finding | Witness]:
    """`order`: the statuses, the first one first; `types`: how the type of a problem may end, by kind of fault. A witness per refusal."""
    for one in trace:
        if one.request.method == operation.method and answered(one) and one.status in order:
            said = list(_weighed(operation, one, faults(operation, one.request), order, types, dialect))
            if any(isinstance(word, Finding) for word in said):
                said = list(_weighed(operation, one, faults(operation, one.request, doubted=True), order, types, dialect))
            yield from said


def _weighed(
    operation: Operation,
    one: Exchange,
    found: Sequence[tuple[int, str]],
    order: Sequence[int],
    types: Mapping[str, Sequence[str]],
    dialect: Dialect,
) -> Iterator[Finding | Witness]:
    """What is to be said of a refusal of a request that has these faults."""
    known = [(status, kind) for status, kind in found if status in order]
    if not known:
        return
    wanted = min((status for status, _ in known), key=order.index)
    kinds = sorted({kind for status, kind in known if status == wanted})
    if one.status == wanted:
        yield Witness((one.number,), f"{wanted} {', '.join(kinds)}", aspect=f"{wanted} {', '.join(kinds)}")
        if wanted != 400 or not unread(operation, one.request):
            yield from _typed(operation, one, kinds, types, dialect)
    elif order.index(one.status) > order.index(wanted) or one.status not in possible(operation, one):
        yield Finding("status", (one.number,), str(wanted), str(one.status), ", ".join(kinds))


def _typed(
    operation: Operation, one: Exchange, kinds: Sequence[str], types: Mapping[str, Sequence[str]], dialect: Dialect
) -> Iterator[Finding]:
    """Whether the type stands for one of the faults; a cursor may be foreign beside what else is wrong with a query."""
    cursors = {p.name for p in operation.parameters if p.paging == "cursor"}
    beside = ["cursor"] if "query" in kinds and any(name in cursors for name, _ in one.request.query) else []
    names = list(dict.fromkeys(name for kind in (*kinds, *beside) for name in types.get(kind, ())))
    if mistyped(one, names, dialect):
        yield Finding("type", (one.number,), " / ".join(names), dialect.problem_slug(one) or "-", ", ".join(kinds))


def _read(line: str, status: int, slug: str = "bad-query", name: str = "listThings") -> list[Exchange]:
    return [exchange(line, status, problem(status, slug), name=name)]


def _sent(status: int, sent: Any = None, slug: str = "bad-body", **headers: str) -> list[Exchange]:
    named = {"Content-Type": "application/json", "Idempotency-Key": "k"} | {k.replace("_", "-"): v for k, v in headers.items()}
    kept = {key: value for key, value in named.items() if value}
    body = problem(status, slug)
    return [exchange("POST /things", status, body, name="createThing", sent=sent, sent_headers=kept, actor="a")]


EXAMPLES = Examples(
    operation="createThing",
    arguments={
        "order": [405, 401, 403, 404, 406, 415, 400, 428, 412, 422, 409],
        "types": {"body": ["bad-body"], "syntax": ["no-json"], "key": ["no-key"]},
    },
    conforms=[
        _sent(422, {"size": 1}),
        _sent(400, b'{"colour": ', "no-json"),
        _sent(400, b'{"colour": ', "no-key", Idempotency_Key=""),
        _sent(415, b"colour=red", Content_Type="text/plain"),
    ],
    violates=[
        _sent(400, {"size": 1}),
        _sent(409, {"colour": "red", "shape": 1}),
        _sent(422, b'{"colour": '),
        _sent(400, b'{"colour": ', "bad-query"),
        _sent(422, {"colour": "red"}, Idempotency_Key=""),
        _sent(406, {"size": 1}),
    ],
    inconclusive=[
        [],
        _sent(409, {"colour": "red"}),
        _sent(401, {"size": 1}),
        _sent(403, b'{"colour": '),
        _sent(400, b'{"colour": 1, "colour": 2}'),
        _sent(400, b'{"colour": "\\ud800"}'),
        _sent(400, {"colour": "red", "size": 10**30}),
        _sent(429, {"size": 1}),
        _sent(201, {"size": 1}),
    ],
)
