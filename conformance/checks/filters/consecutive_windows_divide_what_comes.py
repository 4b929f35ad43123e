"""Who pulls window after window gets everything that came once, while more comes.

Why: this is how a partner keeps up. An event that is recorded behind the end of a window that was pulled already is never seen, and
one at a border that belongs to both windows, or to none, is counted twice or not at all.

Fails when: of what the suite captured something was in no window, or in two; or anything else was in two.
Inconclusive when: nothing could be captured, or the windows could not be pulled to their ends.
Source: OCPI, date_from and date_to; GS1 EPCIS 2.0, recordTime; the interface's rule on pulling.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any

from conformance import given
from conformance.checks._example import exchange, numbered, page
from conformance.checks._reading import shown
from conformance.given.templates import TAIPEI, fill
from conformance.interface.dialect import Dialect
from conformance.model import Examples, Exchange, Finding, Inputs, Operation, Pause, Script, Touches, Unmet, Witness
from conformance.text import pointer

TOUCHES = Touches.WRITES
ASKS = 138
WAITS = True
CAPTURED, PULLED, DONE, BORDER = "captured", "pulled ", "told in full", "at a border "
_MOST_PAGES = 400

ABOUT = """逐段拉取者，於資料持續進入時仍恰取得每一筆一次。
緣由：合作夥伴即以此方式保持同步。擷取於已拉取時段末端之前的事件永遠看不到；屬於兩段或不屬任一段之邊界事件，則重複計算或漏計。
不通過：套件所擷取者不在任何時段或在兩個時段；或其他任何項目在兩個時段。
無法判定：無法擷取，或各時段無法拉取至結尾。
依據：OCPI date_from 與 date_to；GS1 EPCIS 2.0 recordTime；介面規範之拉取規定。
"""

MESSAGES = {
    "missed": {
        "en": "what came was in no window: expected {expected}, got {actual}",
        "zh-Hant": "到來者不在任何區間：應有 {expected}，實得 {actual}",
    },
    "twice": {
        "en": "one and the same was in two windows: {actual}; expected {expected}",
        "zh-Hant": "同一項目出現於兩個區間：{actual}；預期 {expected}",
    },
}


def drive(
    operation: Operation,
    inputs: Inputs,
    dialect: Dialect,
    *,
    resource: str,
    capture: str,
    query: str,
    since: str,
    until: str,
    recorded: str,
    batches: Sequence[Sequence[Mapping[str, Any]]],
    lag: float,
    limit: int = 2,
) -> Script:
    """Each of the `batches` is captured and, `lag` seconds later, the window up to then is pulled; at last one is pulled anew in two parts
    that meet at the time of one of its own.
    """
    spec = operation.spec
    one = yield from given.created(spec, resource, inputs, dialect)
    begin = dialect.server_time(one.exchange)
    if begin is None:
        raise Unmet("the target does not tell what time it is")
    border, seen = begin, list[Any]()
    for nth, batch in enumerate(batches):
        body = {"events": fill(list(batch), None, begin, inputs, 0)}
        sent = spec.operations[capture].request(path=one.path, json=body, actor="a")
        answer: Exchange = yield sent.with_step(CAPTURED)
        if not answer.ok:
            raise Unmet(f"{capture} answered {answer.status or answer.failure}")
        yield Pause(lag + 1, apart=True)
        told: Exchange = (yield from given.the_time(spec))[-1]
        end = (dialect.server_time(told) or border) - timedelta(seconds=lag)
        window = {since: _written(border), until: _written(end)}
        seen += yield from _pulled(spec.operations[query], dialect, window, limit, f"{PULLED}{nth}")
        border = end
    times = [str(pointer.first(each, recorded)) for each in seen if pointer.first(each, recorded)]
    if times:
        middle = times[len(times) // 2]
        for part, window in enumerate(({since: _written(begin), until: middle}, {since: middle, until: _written(border)})):
            yield from _pulled(spec.operations[query], dialect, window, limit, f"{BORDER}{part}")


def _written(moment: Any) -> str:
    return str(moment.astimezone(TAIPEI).isoformat())


def _pulled(query: Operation, dialect: Dialect, window: Mapping[str, str], limit: int, step: str) -> Script:
    """Every page of a window, each under the step; a step of its own where it was told to its end."""
    following = query.request(query={**window, dialect.of(query).limit: limit}, actor="a", step=step)
    found: list[Any] = []
    for _ in range(_MOST_PAGES):
        answer: Exchange = yield following
        items = dialect.items(answer, query)
        if items is None:
            raise Unmet(f"{query.id} answered {answer.status or answer.failure}")
        found += items
        onward = dialect.next_page(answer)
        if onward is None:
            return found
        following = onward.with_step(step)
    raise Unmet(f"{query.id} did not end its pages within {_MOST_PAGES}")


def judge(
    operation: Operation,
    trace: Sequence[Exchange],
    dialect: Dialect,
    *,
    batches: Sequence[Any],
    identifier: str = "/eventId",
    results: str = "/results/*/eventId",
) -> Iterator[Finding | Witness]:
    """A witness per window, and one for what met at a border."""
    kept = [name for one in trace if one.step == CAPTURED and one.ok for name in pointer.values(one.json, results)]
    for prefix, parts in ((PULLED, len(batches)), (BORDER, 2)):
        pages = [one for one in trace if one.step.startswith(prefix) and one.ok]
        seen: dict[Any, int] = {}
        for one in pages:
            items = dialect.items(one, operation.spec.operations.get(one.request.operation)) or ()
            for name in [name for item in items for name in pointer.values(item, identifier)]:
                if name in seen:
                    yield Finding("twice", (seen[name], one.number), "one", shown(name))
                seen.setdefault(name, one.number)
        ended = [one for one in pages if dialect.next_page(one) is None]
        if len(ended) < parts:
            continue
        if kept:
            yield from (Witness((one.number,), one.step) for one in ended)
        for name in kept:
            if name not in seen:
                yield Finding("missed", tuple(one.number for one in ended), shown(name), f"{len(seen)}")


def _captured(*names: str) -> Exchange:
    body = {"results": [{"eventId": name} for name in names]}
    return exchange("POST /things", 200, body, name="createThing", step=CAPTURED, actor="a")


def _window(step: str, *names: str, following: str | None = None) -> Exchange:
    items = [{"eventId": name, "thingId": name} for name in names]
    return exchange("GET /things", 200, page(*items, cursor=following), name="listThings", step=step, actor="a")


_WHOLE = (_captured("a", "b"), _window(PULLED + "0", "a", "b"), _captured("c"), _window(PULLED + "1", "c", "x"))
EXAMPLES = Examples(
    operation="listThings",
    arguments={
        "resource": "thing",
        "capture": "createThing",
        "query": "listThings",
        "since": "from",
        "until": "to",
        "recorded": "/recordTime",
        "lag": 2,
        "batches": [[], []],
    },
    conforms=[numbered(*_WHOLE), numbered(*_WHOLE, _window(BORDER + "0", "a"), _window(BORDER + "1", "b", "c", "x"))],
    violates=[
        numbered(*_WHOLE[:3], _window(PULLED + "1", "x")),
        numbered(*_WHOLE[:3], _window(PULLED + "1", "b", "c")),
        numbered(*_WHOLE, _window(BORDER + "0", "a", "b"), _window(BORDER + "1", "b", "c")),
        numbered(*_WHOLE, _window(BORDER + "0", "a"), _window(BORDER + "1", "c")),
    ],
    inconclusive=[[], numbered(*_WHOLE[:2]), numbered(_window(PULLED + "0"), _window(PULLED + "1"))],
)
