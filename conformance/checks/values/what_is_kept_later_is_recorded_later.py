"""What is kept later bears a later time of recording, whatever it belongs to and whenever it happened.

Why: who pulls what is new remembers up to which time of recording all was seen. Two of one time, or one that goes back behind another, are
never fetched.

Fails when: of events that were kept one after the other, in one capture or in several, a later one does not have the greater time.
Inconclusive when: nothing could be captured, or the events were not listed.
Source: GS1 EPCIS 2.0, recordTime; the interface's rule on it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

from conformance import given
from conformance.checks._example import exchange, numbered, page
from conformance.given.templates import fill
from conformance.interface.dialect import Dialect, instant
from conformance.model import Examples, Exchange, Finding, Inputs, Operation, Script, Touches, Unmet, Witness
from conformance.text import pointer

TOUCHES = Touches.WRITES
KEPT, LISTED = "kept", "listed"

ABOUT = """較晚保存者，其擷取時間較晚，無論屬於何物或何時發生。
緣由：拉取新資料者記住已讀至何擷取時間；時間相同或倒退者，永遠取不到。
不通過：先後保存之事件（同一次或數次擷取），較晚者之擷取時間未較大。
無法判定：無法擷取，或事件未列出。
依據：GS1 EPCIS 2.0 recordTime；介面規範之相關規定。
"""

MESSAGES = {
    "order": {
        "en": "what was kept later should have a greater {at}: expected more than {expected}, got {actual}",
        "zh-Hant": "較晚保存者的 {at} 應較大：應大於 {expected}，實得 {actual}",
    }
}


def drive(
    operation: Operation,
    inputs: Inputs,
    dialect: Dialect,
    *,
    resource: str,
    capture: str,
    events: str,
    batch: Sequence[Mapping[str, Any]],
) -> Script:
    """The same batch is captured for two things, one after the other, and the events of both are listed."""
    spec, made = operation.spec, list[given.Created]()
    for nth in range(2):
        made.append((yield from given.created(spec, resource, inputs, dialect, nth=nth)))
    now = dialect.server_time(made[-1].exchange)
    if now is None:
        raise Unmet("the target does not tell what time it is")
    for one in made:
        body = {"events": fill(list(batch), None, now, inputs, 0)}
        yield spec.operations[capture].request(path=one.path, json=body, actor="a", step=KEPT)
    for one in made:
        yield spec.operations[events].request(path=one.path, actor="a", step=LISTED)


def judge(
    operation: Operation,
    trace: Sequence[Exchange],
    dialect: Dialect,
    *,
    recorded: str,
    identifier: str = "/eventId",
    results: str = "/results/*/eventId",
) -> Iterator[Finding | Witness]:
    """A witness per pair of neighbours, in the order in which they were kept."""
    known = {
        pointer.first(event, identifier): (pointer.first(event, recorded), one.number)
        for one in trace
        if one.step == LISTED and one.ok
        for event in dialect.items(one, operation.spec.operations.get(one.request.operation)) or ()
    }
    kept = [name for one in trace if one.step == KEPT and one.ok for name in pointer.values(one.json, results)]
    for before, after in pairwise([known[name] for name in kept if name in known]):
        moments = [instant(before[0]), instant(after[0])]
        if moments[0] is None or moments[1] is None:
            continue
        numbers = tuple(dict.fromkeys((before[1], after[1])))
        yield Witness(numbers, recorded)
        if not moments[0] < moments[1]:
            yield Finding("order", numbers, str(before[0]), str(after[0]), recorded)


def _kept(*names: str, status: int = 200) -> Exchange:
    body = {"results": [{"eventId": name} for name in names]}
    return exchange("POST /things", status, body, name="createThing", step=KEPT, actor="a")


def _listed(**times: str) -> Exchange:
    events = [{"eventId": name, "recordTime": f"2026-03-01T08:00:{second}+08:00"} for name, second in times.items()]
    return exchange("GET /things", 200, page(*events), name="listThings", step=LISTED, actor="a")


EXAMPLES = Examples(
    operation="createThing",
    arguments={"recorded": "/recordTime", "resource": "thing", "capture": "createThing", "events": "listThings", "batch": []},
    conforms=[
        numbered(_kept("a", "b"), _kept("c"), _listed(b="00.000002", a="00.000001"), _listed(c="00.1")),
    ],
    violates=[
        numbered(_kept("a", "b"), _listed(a="01", b="01")),
        numbered(_kept("a", "b"), _listed(a="02", b="01")),
        numbered(_kept("a"), _kept("b"), _listed(a="02"), _listed(b="01.9")),
    ],
    inconclusive=[[], numbered(_kept(status=409)), numbered(_kept("a", "b")), numbered(_kept("a"), _listed(a="01"))],
)
