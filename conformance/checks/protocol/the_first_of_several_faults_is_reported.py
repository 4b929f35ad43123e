"""Of several faults at once the one is reported that comes first in the interface's order.

Why: a client mends what it is told. A server that reports now this fault and now that one sends it in circles, and one that looks at a
body before it looks at the credentials tells strangers what it would accept.

A request is spoilt in every way that its operation allows, and mended one fault after the other, the first one first: each answer shows
that its fault comes before all that are left. Where another status comes back, the fault is tried alone, so that a server that does not
know it at all is not blamed for its order. What writes is asked so in the name of `limited`, too, whose credentials lack the scope: where the
order names a 403, that is an aspect of its own. A server that answers 404 (`hidden`) to that, so that nobody learns what there is, has no 403
whose place could be looked at.

Fails when: a request with several faults is answered with the status of a later one, although the first one alone is answered with its own.
Inconclusive when: no request that would succeed could be made, no answer came to one with several faults, or there are no credentials of
`limited` for what writes.
Source: the interface's rules on errors.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from conformance import given
from conformance.checks._example import exchange, numbered, problem
from conformance.checks._own import client_moves, known_recipe, state_of
from conformance.checks._probes import FOREIGN, answered, complete, nowhere, rekeyed
from conformance.interface.dialect import Dialect
from conformance.model import (
    LIMITED,
    Examples,
    Exchange,
    Finding,
    Guise,
    Inputs,
    Moot,
    Operation,
    Request,
    Script,
    Touches,
    Unmet,
    Witness,
)
from conformance.text import pointer

TOUCHES = Touches.NOTHING
AT_ONCE, ALONE = "at once: ", "alone: "
SCOPE_LACKS = "403"
STRAY = "yanceUnknown"
_NUMBER = re.compile(r"\b[1-5]\d\d\b")
_UNHEARD = "application/x-yance-unheard"

ABOUT = """同時有數項錯誤時，回報介面順序中最前者。
緣由：用戶端依所獲告知者修正；時而報此時而報彼之伺服器使其原地打轉；先看本文再看憑證者，則向陌生人透露其所接受之內容。
以操作容許之各種方式使請求有誤，再自最前者起逐一修正：每一回應即顯示其錯誤先於其餘者。得到其他狀態碼時，單獨嘗試該錯誤，以免將不認得該錯誤之伺服器歸咎於順序。寫入者亦以 `limited` 之名義送出，其憑證缺少權限範圍：順序含 403 時，此為另一面向；以 404（`hidden`）回應而不透露存在與否之伺服器，沒有 403 之順序可驗。
不通過：有數項錯誤之請求，以較後錯誤之狀態碼回應，而最前者單獨出現時係以其自身狀態碼回應。
無法判定：無法組成可成功之請求、有數項錯誤者均未獲回應，或寫入者缺少 `limited` 之憑證。
依據：介面規範之錯誤規定。
"""

MESSAGES = {
    "order": {
        "en": "of several faults ({at}) the first should be reported: expected {expected}, got {actual}",
        "zh-Hant": "同時有多項錯誤（{at}）時應回報最前者：應為 {expected}，實得 {actual}",
    },
    "unexercised": {
        "en": "no request that lacks the scope and has other faults, too, was refused for one of them ({aspect})",
        "zh-Hant": "沒有任何請求因範圍不足且同時有其他錯誤而遭拒（{aspect}）",
    },
}


@dataclass(frozen=True)
class _Fault:
    """One way to spoil a request: its label begins with the status that stands for it."""

    label: str
    spoil: Callable[[Request], Request]

    @property
    def status(self) -> int:
        return int(self.label[:3])


def aspects(operation: Operation, dialect: Dialect, *, order: Sequence[int]) -> Iterable[str]:
    """The place of the 403, where credentials can lack a scope."""
    return [SCOPE_LACKS] if _lacks_scope(operation, order) else []


def _lacks_scope(operation: Operation, order: Sequence[int]) -> bool:
    """Whether `limited` may not ask for this: it may read."""
    return int(SCOPE_LACKS) in order and operation.secured and operation.writes


def drive(operation: Operation, inputs: Inputs, dialect: Dialect, *, order: Sequence[int]) -> Script:
    """Per chain of faults that can meet: the request with all of them, then without the first, and so on to the last two.

    Those that lack a scope come last, so that a run without credentials of `limited` has asked for the rest.
    """
    base: Request
    conflict: list[_Fault]
    known = known_recipe(operation)
    if known is not None and operation.id == known[1].get("create"):
        base, conflict = yield from _taken(operation, known[0], inputs, dialect)
    else:
        base = yield from complete(operation, inputs, dialect)
        conflict = (yield from _moveless(operation, *known, base)) if known and operation.bodies else []
    method = _method(operation, inputs.guise) if inputs.sandbox else []
    chains = _chains(operation, base, inputs.guise, [*method, *_credentials(operation)], conflict)
    if _lacks_scope(operation, order):
        lacking = _Fault(SCOPE_LACKS, lambda request: request.with_actor(LIMITED))
        chains += [chain for chain in _chains(operation, base, inputs.guise, [*method, lacking], conflict) if lacking in chain]
    tried: set[str] = set()
    for chain in chains:
        yield from _mended(base, sorted(chain, key=lambda fault: order.index(fault.status)), inputs, tried)


def _mended(base: Request, faults: Sequence[_Fault], inputs: Inputs, tried: set[str]) -> Script:
    """The request with all faults of a chain, mended one after the other; one that another is reported before is tried alone."""
    for first in range(len(faults) - 1):
        label = ", ".join(fault.label for fault in faults[first:])
        if label in tried:
            continue
        tried.add(label)
        answer: Exchange = yield _spoilt(base, faults[first:], inputs, f"{AT_ONCE}{label}")
        alone = f"{ALONE}{faults[first].label}"
        if answered(answer) and answer.status != faults[first].status and alone not in tried:
            tried.add(alone)
            yield _spoilt(base, faults[first : first + 1], inputs, alone)


def _spoilt(base: Request, faults: Sequence[_Fault], inputs: Inputs, step: str) -> Request:
    """The request with these faults; the method comes last, since it leaves the rest as it is."""
    request = rekeyed(base, inputs, re.sub(r"\W+", "-", step))
    for fault in reversed(faults):
        request = fault.spoil(request)
    return request.with_step(step)


def _taken(operation: Operation, name: str, inputs: Inputs, dialect: Dialect) -> Script:
    """A creation that would succeed, and its conflict: another thing, taken already, asked for again over the same time."""
    bodies = yield from given.bodies(operation.spec, name, inputs, dialect)
    if not bodies:
        raise Unmet(f"nothing was found to make a {name} on")
    base = given.creation(operation, bodies[0], inputs, actor="a", label="first")
    other = given.creation(operation, bodies[1 % len(bodies)], inputs, actor="a", label="other")
    answer: Exchange = yield other.with_step("given: take")
    return base, [_Fault("409", lambda request: replace(request, body=other.body))] if answer.ok and len(bodies) > 1 else []


def _moveless(operation: Operation, name: str, recipe: Mapping[str, Any], base: Request) -> Script:
    """The conflict of a change: a move that the state machine does not have."""
    if operation.id != recipe.get("update") or "state" not in recipe or "amendments" in recipe:
        return []
    reader = operation.spec.operations[recipe["read"]]
    now: Exchange = yield replace(
        base, operation=reader.id, method="GET", headers=tuple(reader.fixed_headers.items()), body=None, step="given: read"
    )
    present = state_of(recipe, now.json)
    machine = given.machine(operation.spec, name)
    states = [*(step["to"] for step in machine["transitions"]), *machine["initial"]]
    wrong = [state for state in states if state != present and state not in client_moves(operation.spec, name, present)]
    member = pointer.segments(recipe["state"])[0]
    return [_Fault("409", lambda request: _with(request, {member: wrong[0]}))] if wrong else []


def _with(request: Request, members: Mapping[str, Any]) -> Request:
    body = request.json()
    return request.with_json({**(body if isinstance(body, dict) else {}), **members})


def _chains(
    operation: Operation, base: Request, guise: Guise, first: Sequence[_Fault], conflict: Sequence[_Fault]
) -> list[list[_Fault]]:
    """The faults that can meet in one request; a body is malformed or wrong in its members, a tag is absent or old."""
    query = _Fault("400 (unknown parameter)", lambda request: request.with_query(**{STRAY: 1}))
    outer = [*first, *_place(operation, guise)]
    outer.append(_Fault("406", lambda request: request.with_header("Accept", _UNHEARD)))
    if not operation.bodies:
        return [[*outer, query]]
    outer.append(_Fault("415", lambda request: request.with_header("Content-Type", guise.chosen(*FOREIGN))))
    inner = [*conflict]
    if isinstance(base.json(), dict):
        inner.append(_Fault("422", lambda request: _with(request, {STRAY: 1})))
    syntax = _Fault("400 (malformed body)", lambda request: replace(request, body=b'{"yance": '))
    chains = [[*outer, query, *inner], [*outer, syntax]]
    if operation.parameter("Idempotency-Key", "header"):
        chains.append([_Fault("400 (no key)", lambda request: request.with_header("Idempotency-Key", None)), *inner])
    if operation.parameter("If-Match", "header"):
        absent = _Fault("428", lambda request: request.with_header("If-Match", None))
        old = _Fault("412", lambda request: request.with_header("If-Match", '"yance-never"'))
        chains = [[*chains[0], absent], [*chains[1], absent], [query, old, *inner], [syntax, old]]
    return chains


def _method(operation: Operation, guise: Guise) -> list[_Fault]:
    """A method that the path does not declare, and that could do no harm to anybody else; it may be served all the same, and write."""
    served = {one.method for one in operation.spec.operations.values() if one.path == operation.path}
    other = next((method for method in ("POST", "PATCH", "PUT") if method not in served), None)
    if other is None or (other == "PUT" and "{" not in operation.path):
        return []
    path = nowhere(operation, guise).path
    return [_Fault("405", lambda request: replace(request, method=other, path=path))]


def _credentials(operation: Operation) -> list[_Fault]:
    return [_Fault("401", lambda request: request.with_actor(None))] if operation.secured else []


def _place(operation: Operation, guise: Guise) -> list[_Fault]:
    path = nowhere(operation, guise).path
    return [_Fault("404", lambda request: replace(request, path=path))] if "{" in operation.path else []


def judge(
    operation: Operation, trace: Sequence[Exchange], dialect: Dialect, *, order: Sequence[int], hidden: Sequence[int] = (404,)
) -> Iterator[Finding | Witness | Moot]:
    """A witness per request with several faults that was answered with one of theirs."""
    alone = {one.step.removeprefix(ALONE): one for one in trace if one.step.startswith(ALONE)}
    for one in trace:
        label = one.step.removeprefix(AT_ONCE)
        if label == one.step or not answered(one):
            continue
        first, *others = label.split(", ")
        wanted = int(first[:3])
        if one.status == 404 and "404" not in label and "{" in operation.path:
            continue  # what the path names may be gone
        aspect = SCOPE_LACKS if first == SCOPE_LACKS else ""
        control = alone.get(first)
        if one.status == wanted:
            yield Witness((one.number,), label, aspect=aspect)
        elif control is not None and control.status == wanted:
            if one.status in {int(number) for other in others for number in _NUMBER.findall(other)}:
                yield Witness((one.number,), label, aspect=aspect)
            yield Finding("order", (one.number, control.number), str(wanted), str(one.status), label)
        elif aspect and control is not None and control.status in hidden and "{" in operation.path:
            yield Moot((control.number,), aspect=aspect)


def _answer(step: str, status: int) -> Exchange:
    return exchange("PATCH /things/t1", status, problem(status), name="updateThing", step=step, actor="a")


_BOTH = AT_ONCE + "400 (malformed body), 412"
_LACKING = AT_ONCE + "403, 404, 400 (unknown parameter)"
EXAMPLES = Examples(
    operation="updateThing",
    arguments={"order": [405, 401, 403, 404, 406, 415, 400, 428, 412, 422, 409]},
    conforms=[
        numbered(_answer(_BOTH, 400), _answer(AT_ONCE + "412, 422", 412)),
        numbered(_answer(AT_ONCE + "406, 415", 415), _answer(ALONE + "406", 200), _answer(AT_ONCE + "415, 422", 415)),
        numbered(_answer(_LACKING, 403)),
        numbered(_answer(_BOTH, 400), _answer(_LACKING, 404), _answer(ALONE + "403", 404)),
    ],
    violates=[
        numbered(_answer(_BOTH, 412), _answer(ALONE + "400 (malformed body)", 400)),
        numbered(_answer(AT_ONCE + "401, 404, 409", 404), _answer(ALONE + "401", 401)),
        numbered(_answer(AT_ONCE + "422, 409", 200), _answer(ALONE + "422", 422)),
        numbered(_answer(_LACKING, 404), _answer(ALONE + "403", 403)),
        numbered(_answer(_LACKING, 400), _answer(ALONE + "403", 403)),
    ],
    inconclusive=[
        [],
        numbered(_answer(_BOTH, 412)),
        numbered(_answer(_BOTH, 412), _answer(ALONE + "400 (malformed body)", 429)),
        numbered(_answer(_BOTH, 429)),
        numbered(_answer(AT_ONCE + "406, 415", 415), _answer(ALONE + "406", 200)),
        numbered(_answer(_LACKING, 404), _answer(ALONE + "403", 404)),
        numbered(_answer(_LACKING, 401), _answer(ALONE + "403", 401)),
    ],
)
