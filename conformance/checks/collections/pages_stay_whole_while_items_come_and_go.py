"""Items that come or go during a traversal do not make it miss or repeat an item that is there throughout.

Why: pages that are counted by position shift when an item before them disappears or arrives; the consumer then skips one that
was there all the time, or reads it twice.

The suite makes items of its own, reads them page by page with a filter on their state, and between the pages makes further
ones and takes back one that has been passed already, so that the filter loses it.

Fails when: an item that the readings before and after both show is missing from the traversal in between or comes twice, or a page in between is
refused.
Inconclusive when: the items cannot be made, the traversal has one page, or nothing changed in the collection meanwhile.
Source: the interface's rules on paging; keyset paging.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from conformance import given
from conformance.checks._example import exchange, numbered, page, problem
from conformance.checks._views import named, traverse, views
from conformance.interface.dialect import Dialect
from conformance.model import Examples, Exchange, Finding, Inputs, Operation, Request, Script, Touches, Unmet, Witness, wire_text
from conformance.text import pointer

TOUCHES = Touches.WRITES
ASKS = 50
STOCKS = True
_MORE = 3  # items that come, one between two pages: their places in the order are the target's to choose

ABOUT = """逐頁讀取期間項目增減，不致使始終存在之項目遭遺漏或重複。
緣由：依位置計數之分頁，在其前之項目消失或新增時會移位；資料使用者便略過始終存在者，或讀到兩次。
套件建立自己的項目，以其狀態篩選逐頁讀取，並於各頁之間另建項目、收回已讀過之一筆，使其不再符合篩選。
不通過：前後讀取均有之項目，於其間之逐頁讀取中缺漏或出現兩次，或其間有頁遭拒。
無法判定：無法建立項目、逐頁讀取僅一頁，或其間集合沒有變動。
依據：介面規範之分頁規定；鍵集分頁。
"""

MESSAGES = {
    "missed": {
        "en": "{actual} was there before and after, and the traversal ({expected}) in between did not show it",
        "zh-Hant": "{actual} 於逐頁讀取前後都在，其間的逐頁讀取（{expected}）卻未列出",
    },
    "refused": {
        "en": "a following page was refused after other items had come and gone: expected {expected}, got {actual}",
        "zh-Hant": "其他項目增減後，後續頁遭拒：應為 {expected}，實得 {actual}",
    },
    "repeated": {
        "en": "{actual} came more than once in a traversal ({expected}) during which other items came and went",
        "zh-Hant": "其他項目增減期間的逐頁讀取（{expected}）重複列出 {actual}",
    },
}


def drive(
    operation: Operation, inputs: Inputs, dialect: Dialect, *, resource: str | None = None, items: int = 5, most_pages: int = 60
) -> Script:
    """Make items, then read them in small pages while one goes and others come.

    `resource` names the recipe; without it, the one that makes what the operation lists.
    """
    resource = resource or next((name for name, r in operation.spec.setup.items() if r.get("list") == operation.id), None)
    if resource is None:
        raise Unmet(f"no recipe makes what {operation.id} lists")
    made: list[given.Created] = []
    things: given.Things | None = (
        {} if "within" in operation.spec.setup[resource] else None
    )  # else each on its own: some make one only
    for nth in range(items):
        made.append((yield from given.created(operation.spec, resource, inputs, dialect, nth=nth, things=things)))
    yield from given.listed(operation, made, dialect)
    request = _narrowed(operation, resource, made[0])
    before: list[Exchange] = yield from traverse(operation, dialect, request, step="before", most=most_pages)
    count = sum(len(dialect.items(one, operation) or ()) for one in before)
    limit = max(1, -(-2 * count // (most_pages - 10)))  # a page may hold half of what was asked for
    following: Request | None = request.with_query(**{dialect.of(operation).limit: limit})
    passed: set[str] = set()
    gone, come = 0, list[given.Created]()
    for _ in range(most_pages):
        if following is None:
            break
        answer: Exchange = yield following.with_step("during")
        here = [{*map(str, dialect.identity(operation, item) or ())} for item in dialect.items(answer, operation) or ()]
        passed |= set().union(*here)
        following = dialect.next_page(answer)
        ours = [one for one in made if one.id in passed]
        # The last item served is the one that a cursor may hold on to; it is not the first of all, so that a new start shows.
        leaving = [one for one in ours if here and one.id in here[-1]] if len(ours) > 1 else []
        if following is not None and come and gone == 0 and leaving:
            gone += yield from _take_back(operation, resource, leaving[-1])
        elif following is not None and len(come) < _MORE:
            # Not in the same moment: one that comes before the place that was reached would make up for the one gone.
            come += yield from _one_more(operation, resource, inputs, dialect, items + len(come), things)
    yield from given.listed(operation, come, dialect)
    yield from traverse(operation, dialect, request, step="after", most=most_pages)


def _narrowed(operation: Operation, resource: str, one: given.Created) -> Request:
    """The collection's request, with its filter on the state that a fresh item has, if there is such a filter."""
    recipe = operation.spec.setup[resource]
    state = pointer.first(one.representation, recipe["state"]) if "state" in recipe else None
    request = given.listing(operation.spec, one) or operation.request(actor=one.actor)
    for p in operation.filters:
        if p.filter and p.filter["match"] == "equals" and p.filter["on"] == recipe.get("state") and state is not None:
            return request.with_query(**{p.name: wire_text(state)})
    return request


def _take_back(operation: Operation, resource: str, one: given.Created) -> Script:
    """Let an item leave the collection (or the state that the filter asks for); how many did."""
    undo: Any = operation.spec.setup[resource].get("cleanup")
    if not undo:
        return 0
    answer: Exchange = yield given.change(operation.spec, one, undo["members"], tag=one.tag, step="given: take back")
    return int(answer.ok)


def _one_more(
    operation: Operation, resource: str, inputs: Inputs, dialect: Dialect, nth: int, things: given.Things | None
) -> Script:
    """Let an item come; those that did."""
    try:
        return [(yield from given.created(operation.spec, resource, inputs, dialect, nth=nth, things=things))]
    except Unmet:
        return []


def judge(operation: Operation, trace: Sequence[Exchange], dialect: Dialect) -> Iterator[Finding | Witness]:
    """One witness when the readings before and after differ and the traversal between them had two pages or more."""
    seen = {view.step: view for view in views(operation, trace, dialect)}
    if not {"before", "during", "after"} <= seen.keys():
        return
    before, during, after = seen["before"], seen["during"], seen["after"]
    if before.complete and during.status >= 400 and len(during.exchanges) > 1:
        yield Finding("refused", (during.exchanges[-1].number,), "200", str(during.status))
    if not (before.complete and during.complete and after.complete) or len(during.exchanges) < 2:
        return
    if set(before.known) != set(after.known):
        yield Witness(during.numbers, during.label)
    counts = Counter(key for key in during.identities if key is not None)
    for key in before.known:
        if key in after.known and not counts[key]:
            yield Finding("missed", during.numbers, during.label, named([key]))
    for key, count in counts.items():
        if count > 1:
            yield Finding("repeated", during.numbers, during.label, named([key]))


def _page(step: str, *items: str, cursor: str | None = None, at: str = "") -> Exchange:
    return exchange(f"GET /things?limit=1&colour=red{at}", 200, page(*items, cursor=cursor, limit=1), step=step)


def _story(*during: Exchange, after: Sequence[str] = ("b", "c", "d")) -> list[Exchange]:
    return numbered(_page("before", "a", "b", "c"), *during, _page("after", *after))


_FIRST = _page("during", "a", cursor="1")
EXAMPLES = Examples(
    operation="listThings",
    conforms=[
        _story(_FIRST, _page("during", "b", cursor="2", at="&cursor=1"), _page("during", "c", "d", at="&cursor=2")),
        _story(_FIRST, _page("during", "b", "c", at="&cursor=1")),
    ],
    violates=[
        _story(_FIRST, _page("during", "c", "d", at="&cursor=1")),
        _story(_FIRST, exchange("GET /things?limit=1&colour=red&cursor=1", 400, problem(400), step="during")),
        _story(_FIRST, _page("during", "b", cursor="2", at="&cursor=1"), _page("during", "b", "c", at="&cursor=2")),
    ],
    inconclusive=[[], _story(_page("during", "a", "b", "c")), [_FIRST]],
    arguments={"resource": "thing"},
)
