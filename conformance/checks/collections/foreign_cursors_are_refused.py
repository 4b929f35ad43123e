"""A cursor that was changed, or that was issued for another query, is refused; it never gives a page.

Why: a server that answers a cursor that it does not know with the first page sends the consumer round in circles; one that
accepts a cursor of another query mixes two result sets.

Tried with a genuine cursor: one character changed in its middle, half of it, one with more, one that is rewritten, and
texts that never were cursors; the genuine one with another filter, with another value than the default of a parameter of few values (an order), with other
path parameters, and on another collection.
What is another query is told by what its values mean: one instant in two spellings, or a default that is spelt out, is the same one.

Fails when: such a cursor is answered with anything but 400 (`status`), or with a problem whose type is not the one for cursors.
Inconclusive when: no genuine cursor was found that works, or nothing could be tried that it was not issued for.
Source: the interface's rules on paging.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Sequence

from conformance import given
from conformance.checks._example import exchange, numbered, page, problem
from conformance.checks._filters import choices
from conformance.checks._own import unusable
from conformance.checks._predicates import same_question
from conformance.checks._probes import steadily, vanished
from conformance.checks._statuses import either
from conformance.checks._views import alternatives, ample, paging
from conformance.interface.dialect import Dialect
from conformance.model import (
    Examples,
    Exchange,
    Finding,
    Guise,
    Inputs,
    Operation,
    Request,
    Script,
    Touches,
    Unmet,
    Witness,
    wire_text,
)

TOUCHES = Touches.READS
ASKS = 19
STOCKS = True
GENUINE = "genuine"

ABOUT = """經變更或發給其他查詢之游標遭拒，絕不給出任何一頁。
緣由：以第一頁回應不認得之游標，會使資料使用者原地打轉；接受其他查詢之游標，則混合兩個結果集。
以真實游標嘗試：中間變更一字元、截半、增加、改寫，以及從非游標之文字；真實游標則用於其他篩選條件、其他路徑參數與其他集合。是否為其他查詢，依值之意義判斷：同一時刻之兩種寫法、寫明之預設值，均屬同一查詢。
不通過：此類游標之回應非 400（`status`），或問題類型非游標所屬者。
無法判定：找不到可用之真實游標，或沒有可嘗試之其他查詢。
依據：介面規範之分頁規定。
"""

MESSAGES = {
    "accepted": {
        "en": "a cursor ({at}) should be answered {expected}, but got {actual}",
        "zh-Hant": "游標（{at}）應回應 {expected}，實得 {actual}",
    },
    "type": {
        "en": "the problem that refuses a cursor ({at}) should be of type {expected}, but is {actual}",
        "zh-Hant": "拒絕游標（{at}）的問題類型應為 {expected}，實為 {actual}",
    },
}


def drive(operation: Operation, inputs: Inputs, dialect: Dialect) -> Script:
    """One genuine cursor; it is followed, then misused."""
    own = dialect.of(operation)
    request: Request = (yield from ample(operation, inputs, dialect)).with_query(**{own.limit: 1})
    first: Exchange = yield request.with_step("first page")
    cursor = dialect.cursor(first)
    if cursor is None:
        raise Unmet(f"{operation.id} showed no page with a successor" if first.ok else f"{operation.id} answered {first.status}")
    yield request.with_query(**{own.parameter: cursor}).with_step(GENUINE)
    there = request.with_step("given: still there")
    for label, text in _altered(cursor, inputs.guise):
        yield from steadily(operation, request.with_query(**{own.parameter: text}).with_step(label), there)
    yield from _otherwise(operation, request, first, inputs, dialect)
    for label, misused in (yield from _elsewhere(operation, request, first, inputs, dialect)):
        foreign = misused.with_query(**{own.limit: 1, own.parameter: cursor}).with_step(label)
        yield from steadily(operation.spec.operations[misused.operation], foreign, misused.with_step("given: still there"))
    yield there


def _otherwise(operation: Operation, request: Request, first: Exchange, inputs: Inputs, dialect: Dialect) -> Script:
    """A cursor of a filtered query, used with another value of the same filter."""
    items, moving = dialect.items(first, operation) or [], paging(operation, dialect)
    for p in operation.filters:
        if request.parameter(p.name) is None:
            values = yield from choices(operation, p, items, inputs, dialect, [])
            asked = [request.with_query(**{p.name: text}) for text in values]
            for one in asked:
                other = next((two for two in asked if not same_question(operation, one, two, moving)), None)
                if other is None:
                    break
                answer: Exchange = yield one.with_step("given: filtered")
                if (cursor := dialect.cursor(answer)) is not None:
                    yield other.with_query(**{dialect.of(operation).parameter: cursor}).with_step("another value of its filter")
                    return


def _altered(cursor: str, guise: Guise) -> list[tuple[str, str]]:
    middle = len(cursor) // 2
    letter = guise.spelt("A")
    other = letter if cursor[middle] != letter else "B" if letter != "B" else "C"
    texts = {
        "one character changed": cursor[:middle] + other + cursor[middle + 1 :],
        "cut in half": cursor[: max(1, middle)],
        "with a letter more": cursor + letter,
        "never issued": "1",
        "misshapen": "yance!~",
        **({"rewritten": rewritten} if (rewritten := _rewritten(cursor)) else {}),
    }
    return [(label, text) for label, text in texts.items() if text != cursor]


def _rewritten(cursor: str) -> str | None:
    """A cursor that is text in base64 with its last letter or digit replaced, as whoever guesses how it is made would do."""
    try:
        text = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_").decode("ascii")
    except ValueError:
        return None
    at = max((index for index, char in enumerate(text) if char.isalnum()), default=None)
    if at is None or not text.isprintable():
        return None
    other = (
        f"{text[:at]}{'1' if text[at] == '0' else '0' if text[at].isdigit() else 'b' if text[at] == 'a' else 'a'}{text[at + 1 :]}"
    )
    return base64.urlsafe_b64encode(other.encode()).decode().rstrip("=") + "=" * (len(cursor) - len(cursor.rstrip("=")))


def _elsewhere(operation: Operation, request: Request, first: Exchange, inputs: Inputs, dialect: Dialect) -> Script:
    """Requests for which the cursor was not issued, with a label each."""
    found: list[tuple[str, Request]] = []
    items, moving = dialect.items(first, operation) or [], paging(operation, dialect)
    for p in operation.filters:
        if request.parameter(p.name) is None and p not in alternatives(operation):
            values = yield from choices(operation, p, items, inputs, dialect, [])
            filtered = [request.with_query(**{p.name: text}) for text in values]
            found += [("another filter", one) for one in filtered if not same_question(operation, request, one, moving)][:1]
    for p in operation.parameters:
        if (
            p.location == "query"
            and not p.paging
            and not p.filter
            and "default" in p.schema
            and request.parameter(p.name) is None
        ):
            valued = [request.with_query(**{p.name: wire_text(value)}) for value in p.schema.get("enum", ())]
            found += [(f"another {p.name}", one) for one in valued if not same_question(operation, request, one, moving)][-1:]
    if "{" in operation.path or alternatives(operation):
        others = yield from given.ready_many(operation, inputs, dialect, most=3)
        found += [
            ("another query", one) for one in others if one.path != request.path or one.query != request.query[: len(one.query)]
        ][:1]
    for other in operation.spec.operations.values():
        if (
            other.id != operation.id
            and other.secured == operation.secured
            and dialect.of(other).style == dialect.of(operation).style
            and other.parameter(dialect.of(operation).parameter)
            and not other.writes
        ):
            asked = yield from given.ready(other, inputs, dialect)
            found.append(("another collection", asked))
            break
    return found


def judge(
    operation: Operation,
    trace: Sequence[Exchange],
    dialect: Dialect,
    *,
    problem: str = "invalid-cursor",
    status: Sequence[int] = (400,),
) -> Iterator[Finding | Witness]:
    """A witness per misuse, once the genuine cursor was accepted. `problem` is the last segment of the problem's type (empty: any),
    `status` what refuses a cursor.
    """
    if not any(one.step == GENUINE and one.ok for one in trace):
        return
    moving, given_to, name = paging(operation, dialect), dict[str, Request](), dialect.of(operation).parameter
    for one in trace:
        if (shown := dialect.cursor(one)) is not None:
            given_to.setdefault(shown, one.request)
        misused = one.request.parameter(name) is not None and one.step != GENUINE
        if one.is_setup or not misused or unusable(one) or vanished(operation, trace, one):
            continue
        genuine = given_to.get(one.request.parameter(name) or "")
        if genuine is not None and same_question(operation, genuine, one.request, moving):
            continue  # the very query that it was issued for, in other words
        yield Witness((one.number,), one.step)
        if one.status not in status:
            yield Finding("accepted", (one.number,), either(status), str(one.status), _told(one, name))
        elif problem and dialect.problem_slug(one) != problem:
            yield Finding("type", (one.number,), problem, dialect.problem_slug(one) or "-", _told(one, name))


def _told(one: Exchange, name: str) -> str:
    """How a cursor was misused, and on which query."""
    return f"{one.step}: {one.request.with_query(**{name: None}).target}"


_GENUINE = numbered(
    exchange("GET /things?limit=1", 200, page("a", cursor="x1", limit=1), step="first page"),
    exchange("GET /things?limit=1&cursor=x1", 200, page("b", limit=1), step=GENUINE),
)
_REFUSED = exchange("GET /things?limit=1&cursor=x2", 400, problem(400, "invalid-cursor"), step="one character changed")
_SINCE = "GET /things?limit=1&from=2025-01-01T"


def _respelt(first: str, other: str) -> list[Exchange]:
    """A filtered query and its cursor with the filter in other words, which is answered with a page."""
    return numbered(
        *_GENUINE,
        exchange(_SINCE + first, 200, page("a", cursor="y1"), step="given: filtered"),
        exchange(f"{_SINCE}{other}&cursor=y1", 200, page("b"), step="another value of its filter"),
    )


EXAMPLES = Examples(
    operation="listThings",
    conforms=[
        numbered(*_GENUINE, _REFUSED),
        numbered(*_respelt("08:00:00%2B08:00", "00:00:00Z"), _REFUSED),
    ],
    violates=[
        numbered(*_GENUINE, exchange("GET /things?limit=1&cursor=x2", 200, page("a"), step="one character changed")),
        numbered(*_GENUINE, exchange("GET /things?colour=red&cursor=x1", 200, page("c"), step="another filter")),
        _respelt("08:00:00%2B08:00", "00:00:01Z"),
        numbered(*_GENUINE, exchange("GET /things?limit=1&cursor=x1A", 200, page("b"), step="with a letter more")),
        numbered(*_GENUINE, exchange("GET /things?cursor=x2", 400, problem(400, "invalid-parameter"), step="misshapen")),
        numbered(*_GENUINE, exchange("GET /things?cursor=x2", 500, problem(500), step="misshapen")),
    ],
    inconclusive=[[], [_REFUSED], numbered(*_GENUINE), _respelt("08:00:00%2B08:00", "00:00:00.0Z")],
)
