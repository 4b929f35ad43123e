"""Two filters together give exactly what both give alone, and a further filter never gives more.

Why: consumers narrow a search step by step; a filter that replaces another, or joins it by "or", gives them what they excluded.

No reading of the filters is needed: only what the same server says to each and to both.

Fails when: an item of both single results is missing from the joint one, or the joint one has an item that a single one lacks.
Inconclusive when: no filter narrowed a result, or a result was too large to be read to its end.
Source: the interface's rules on filters.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations, product
from typing import Any

from conformance import given
from conformance.checks._example import exchange, numbered, page, problem
from conformance.checks._filters import choices
from conformance.checks._predicates import World, apart, holds
from conformance.checks._rounds import lasting, settled
from conformance.checks._views import View, at_rest, bases, named, traverse, views
from conformance.interface.dialect import Dialect
from conformance.model import Examples, Exchange, Finding, Inputs, Operation, Parameter, Request, Script, Touches, Witness

TOUCHES = Touches.READS
ASKS = 24
STOCKS = True
MOST_SHOWN = 3
MOST_THREES = 3
_ALONE = ((False, True, True), (True, False, True), (True, True, False))  # of three filters one alone leaves an item out

ABOUT = """兩個篩選條件並用，結果恰為兩者分別所得之交集；增加條件不會增加結果。
緣由：資料使用者逐步縮小範圍；取代前一條件或以「或」合併者，會給出已排除之項目。
無須解讀篩選條件之意義：僅比較同一伺服器對各條件及並用時之回應。
不通過：兩個單獨結果均有之項目不在並用結果，或並用結果有單獨結果所無者。
無法判定：沒有條件縮小結果，或結果過大無法讀完。
依據：介面規範之篩選規定。
"""

MESSAGES = {
    "enlarged": {
        "en": "a further filter gave an item that was not there before it: {actual} with {expected}",
        "zh-Hant": "增加篩選條件後反而多出原本沒有的項目：{expected} 出現 {actual}",
    },
    "lost": {
        "en": "an item that each of two filters keeps is missing when both are set: {actual} with {expected}",
        "zh-Hant": "兩個篩選條件各自都保留的項目，同時設定時卻消失：{expected} 缺少 {actual}",
    },
    "refused": {
        "en": "two filters that are accepted alone are refused together ({at}): expected {expected}, got {actual}",
        "zh-Hant": "個別可用的兩個篩選條件同時設定時遭拒（{at}）：應為 {expected}，實得 {actual}",
    },
}


def drive(operation: Operation, inputs: Inputs, dialect: Dialect, *, pairs: int = 6, stock: int = 4) -> Script:
    """The collection without filters, then for some pairs of filters each alone and both."""
    stocked = yield from given.stocked(operation, inputs, dialect, least=stock)
    starts: list[Request] = [stocked] if stocked else (yield from bases(operation, inputs, dialect))
    base, seen = starts[0], list[Exchange]()
    pages: list[Exchange] = yield from given.watched(traverse(operation, dialect, base, step="given: whole"), seen)
    items = [item for one in pages for item in dialect.items(one, operation) or ()]
    values: list[tuple[Parameter, list[str]]] = []
    for p in operation.filters:
        if base.parameter(p.name) is None:
            values.append((p, (yield from choices(operation, p, items, inputs, dialect, seen))))
    world = World(operation.spec, seen, dialect)
    kept = _kept(values, items, world)
    picked, threes = _pairs(values, kept, items, world), _threes(values, kept)
    within = {frozenset(two) for texts in threes for two in combinations(texts, 2)}  # asked for beside the third one
    picked = [texts for texts in picked if frozenset(texts) not in within]
    inputs.random("pairs", operation.id).shuffle(picked)

    def once() -> Script:
        asked = [*starts]
        for texts in picked[:pairs] or [{p.name: text} for p, found in values for text in found[:1]]:
            asked += [base.with_query(**{name: text}) for name, text in texts.items()]
            asked.append(base.with_query(**texts))
        for texts in threes:
            asked += [base.with_query(**{name: text for name, text in texts.items() if name != left}) for left in texts]
            asked += [base.with_query(**{name: text}) for name, text in texts.items()]
            asked.append(base.with_query(**texts))
        asked += [base.with_query(**dict(other.query)) for other in starts[1:]]
        for request in dict.fromkeys(asked):
            yield from traverse(operation, dialect, request, step="view")

    yield from settled(once, lambda trace: _judged(operation, trace, dialect), at_rest=at_rest(operation, dialect))


Values = Sequence[tuple[Parameter, list[str]]]
Kept = Mapping[tuple[str, str], Sequence[bool]]  # parameter and value: for each item, whether the filter surely keeps it


def _kept(values: Values, items: Sequence[Any], world: World) -> Kept:
    return {(p.name, text): [holds(p, text, item, world) is True for item in items] for p, texts in values for text in texts}


def _pairs(values: Values, kept: Kept, items: Sequence[Any], world: World) -> list[dict[str, str]]:
    """For each two filters the values that divide the items best: some kept by both, some by one only; and where the filters are on
    things that belong to an item, one kept by two different things of it, for a server that asks one thing for both would lose it.
    """
    found = []
    for (one, firsts), (two, seconds) in combinations(values, 2):
        best, score = None, 0
        for first in firsts:
            for second in seconds:
                seen = set(zip(kept[one.name, first], kept[two.name, second], strict=True))
                here = 1 + 2 * len(seen - {(False, False)})
                here += any(apart(one, first, two, second, item, world) for item in items)
                if here > score:
                    best, score = {one.name: first, two.name: second}, here
        if best is not None:
            found.append(best)
    return found


def _threes(values: Values, kept: Kept) -> list[dict[str, str]]:
    """The values of three filters of which each leaves out something that the other two keep, as far as there are such; several of them,
    until each filter that can was once the only one to leave something out.
    """
    found: list[tuple[dict[str, str], frozenset[str]]] = []
    for three in combinations(values, 3):
        for texts in product(*(offered for _, offered in three)):
            chosen = {p.name: text for (p, _), text in zip(three, texts, strict=True)}
            seen = set(zip(*(kept[name, text] for name, text in chosen.items()), strict=True))
            alone = frozenset(name for name, wanted in zip(chosen, _ALONE, strict=True) if wanted in seen)
            found.append((chosen, alone))
    picked, covered = list[dict[str, str]](), frozenset[str]()
    while found and len(picked) < MOST_THREES:
        chosen, alone = max(found, key=lambda one: len(one[1] - covered))
        if not alone - covered:
            break
        picked.append(chosen)
        covered |= alone
    return picked


def judge(operation: Operation, trace: Sequence[Exchange], dialect: Dialect) -> Iterator[Finding | Witness]:
    """A witness per result that a further filter narrowed."""
    yield from lasting(trace, lambda seen: _judged(operation, seen, dialect), at_rest=at_rest(operation, dialect))


def _judged(operation: Operation, trace: Sequence[Exchange], dialect: Dialect) -> Iterator[Finding | Witness]:
    every = views(operation, trace, dialect)
    for joint in every:
        wider = [one for one in every if one.path == joint.path and _within(one.query, joint.query) and one.status < 400]
        parts = [(a, b) for a, b in combinations(wider, 2) if a.query and b.query and {**a.query, **b.query} == joint.query]
        if joint.status >= 400:
            if any(a.known.keys() & b.known.keys() for a, b in parts):
                yield Finding("refused", joint.numbers, "200", str(joint.status), joint.label)
            continue
        for one in wider:
            yield from _narrower(one, joint)
        if joint.complete:
            for a, b in parts:
                lost = [key for key in a.known if key in b.known and key not in joint.known]
                for key in lost[:MOST_SHOWN]:
                    yield Finding("lost", (*a.numbers[:1], *b.numbers[:1], *joint.numbers), joint.label, named([key]))


def _within(fewer: Mapping[str, str], more: Mapping[str, str]) -> bool:
    return len(fewer) < len(more) and fewer.items() <= more.items()


def _narrower(one: View, joint: View) -> Iterator[Finding | Witness]:
    if not one.complete:
        return
    if joint.complete and set(one.known) - set(joint.known):
        yield Witness((*one.numbers[:1], *joint.numbers), joint.label)
    for key in [key for key in joint.known if key not in one.known][:MOST_SHOWN]:
        yield Finding("enlarged", (*one.numbers[:1], *joint.numbers), f"{joint.label} / {one.label}", named([key]))


def _view(query: str, *items: str, status: int = 200) -> Exchange:
    return exchange(f"GET /things?{query}", status, page(*items) if status == 200 else problem(status), step="view")


_SINGLE = (_view("limit=200", "a", "b", "c", "d"), _view("colour=red", "a", "b"), _view("minSize=3", "b", "c"))
EXAMPLES = Examples(
    operation="listThings",
    conforms=[numbered(*_SINGLE, _view("colour=red&minSize=3", "b")), numbered(*_SINGLE[:2])],
    violates=[
        numbered(*_SINGLE, _view("colour=red&minSize=3", "b", "c")),
        numbered(*_SINGLE, _view("colour=red&minSize=3")),
        numbered(*_SINGLE, _view("colour=red&minSize=3", status=400)),
    ],
    inconclusive=[[], numbered(_SINGLE[0]), numbered(_SINGLE[0], _view("colour=red", "a", "b", "c", "d"))],
)
