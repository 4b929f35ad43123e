"""Of several filters at least one has to be given; each alone is enough, and together they give the intersection.

Why: without any of them the answer would be everything there is; a server that guesses what was meant hides the mistake.

The filters are those that the operation names in `x-requires-one-of`.

Fails when: a request with none of them is answered with anything but 400 (`status`); one of them alone is refused; both together give an item
that one of them alone does not give, or lack one that both give.
Inconclusive when: the operation names no such filters, or no value was found for one of them.
Source: the interface's rules on filters.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from conformance.checks._example import exchange, numbered, page, problem
from conformance.checks._rounds import lasting, settled
from conformance.checks._statuses import either
from conformance.checks._views import alternatives, at_rest, bases, named, traverse, views
from conformance.interface.dialect import Dialect
from conformance.model import Examples, Exchange, Finding, Inputs, Operation, Request, Script, Touches, Unmet, Witness

TOUCHES = Touches.READS
MOST_SHOWN = 3

ABOUT = """數個篩選條件至少須給其一；各自單獨即足夠，並用則得交集。
緣由：全未給定即等於查詢全部；伺服器若自行揣測，便掩蓋了錯誤。
所指條件為操作於 `x-requires-one-of` 所列者。
不通過：全未給定之請求，回應非 400（`status`）；單獨給定其一遭拒；並用時給出單獨所無之項目，或缺少兩者均有者。
無法判定：操作未列此類條件，或其一找不到可用之值。
依據：介面規範之篩選規定。
"""

MESSAGES = {
    "accepted": {
        "en": "without any of {at} the answer should be {expected}, but is {actual}",
        "zh-Hant": "{at} 皆未給時應回應 {expected}，實得 {actual}",
    },
    "refused": {
        "en": "{at} should be enough: expected {expected}, got {actual}",
        "zh-Hant": "{at} 應已足夠：應為 {expected}，實得 {actual}",
    },
    "intersection": {
        "en": "{at} should give exactly what each gives alone; {actual} is {expected}",
        "zh-Hant": "{at} 應恰為各自結果的交集；{actual} {expected}",
    },
}


def drive(operation: Operation, inputs: Inputs, dialect: Dialect) -> Script:
    """Each filter alone, both, and none of them (also with a filter that is not one of them)."""
    starts: list[Request] = yield from bases(operation, inputs, dialect)
    if len(starts) < 2:
        raise Unmet(f"{operation.id} does not name filters of which one is needed, or only one of them has a value")

    def once() -> Script:
        for request in starts:
            yield from traverse(operation, dialect, request, step="one")
        both = starts[0].with_query(**dict(starts[1].query))
        yield from traverse(operation, dialect, both, step="both")
        bare = both.with_query(**{p.name: None for p in alternatives(operation)})
        yield bare.with_step("none")
        for p in operation.filters:
            if p not in alternatives(operation) and p.schema.get("enum"):
                yield bare.with_query(**{p.name: p.schema["enum"][0]}).with_step("none")

    yield from settled(once, lambda seen: _judged(operation, seen, dialect), at_rest=at_rest(operation, dialect))


def judge(
    operation: Operation, trace: Sequence[Exchange], dialect: Dialect, *, status: Sequence[int] = (400,)
) -> Iterator[Finding | Witness]:
    """A witness for the refusal once one filter alone was accepted, and one for the intersection when it is not empty.

    `status` refuses a request with none of them.
    """
    yield from lasting(trace, lambda seen: _judged(operation, seen, dialect, status), at_rest=at_rest(operation, dialect))


def _judged(
    operation: Operation, trace: Sequence[Exchange], dialect: Dialect, status: Sequence[int] = (400,)
) -> Iterator[Finding | Witness]:
    every = views(operation, trace, dialect)
    singles = [view for view in every if view.step == "one"]
    for view in singles:
        if view.status >= 400:
            yield Finding("refused", view.numbers, "200", str(view.status), view.label)
    names = ", ".join(dict.fromkeys(name for view in singles for name in view.query))
    for view in every:
        if view.step == "none" and any(one.status == 200 for one in singles):
            yield Witness(view.numbers, "none")
            if view.status not in status:
                yield Finding("accepted", view.numbers, either(status), str(view.status), names)
    both = next((view for view in every if view.step == "both" and view.complete), None)
    if both is None or len(singles) != 2 or not all(view.complete for view in singles):
        return
    one, two = singles
    expected = one.known.keys() & two.known.keys()
    if expected and expected != one.known.keys() | two.known.keys():
        yield Witness((*one.numbers[:1], *two.numbers[:1], *both.numbers), both.label)
    for key in sorted(expected ^ both.known.keys(), key=str)[:MOST_SHOWN]:
        said = "missing / 缺少" if key in expected else "too many / 多出"
        yield Finding("intersection", (*one.numbers[:1], *two.numbers[:1], *both.numbers), said, named([key]), both.label)


def _view(step: str, query: str, *items: str, status: int = 200) -> Exchange:
    return exchange(f"GET /things?{query}", status, page(*items) if status == 200 else problem(status), step=step)


_NONE = _view("none", "", status=400)
_RED, _LARGE = _view("one", "colour=red", "a", "b"), _view("one", "minSize=3", "b", "c")
EXAMPLES = Examples(
    operation="listThings",
    conforms=[numbered(_RED, _LARGE, _view("both", "colour=red&minSize=3", "b"), _NONE)],
    violates=[
        numbered(_RED, _LARGE, _view("none", "", "a", "b", "c")),
        numbered(_RED, _view("one", "minSize=3", status=400)),
        numbered(_RED, _LARGE, _view("both", "colour=red&minSize=3", "a", "b", "c")),
        numbered(_RED, _LARGE, _view("both", "colour=red&minSize=3")),
    ],
    inconclusive=[[], [_RED], numbered(_view("one", "colour=red", status=429), _NONE)],
)
