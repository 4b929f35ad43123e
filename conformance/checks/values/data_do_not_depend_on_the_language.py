"""`Accept-Language` changes the language of `title` and `detail` of problems, and nothing else.

Why: data that change with a header are two data sets under one address: caches mix them, and a check of one says nothing of the other.

Fails when: a member that two answers without the header have alike, and two answers with it between them too, differs from the ones
to the others, or is only in the ones; or the status does. In problem documents `title` and `detail` are free.
Inconclusive when: no answer with data was given four times, or nothing in it stayed the same.
Source: RFC 9110 section 12.5.4; the interface's rules on language.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from conformance.checks._example import exchange, numbered, page, problem
from conformance.checks._reading import members_of, samples, shown
from conformance.checks._rounds import lasting, settled
from conformance.interface.dialect import Dialect
from conformance.model import Examples, Exchange, Finding, Inputs, Operation, Script, Touches, Witness, by_step

TOUCHES = Touches.READS
ABOUT = """`Accept-Language` 僅改變問題文件之 `title` 與 `detail`，不改變其他內容。
緣由：隨標頭改變之資料，是同一網址下之兩套資料：快取會混用，對其一之驗證亦不適用於另一套。
不通過：不帶該標頭之兩次回應相同、帶標頭之兩次亦相同之欄位，兩者間卻不同或僅見於其一；或狀態碼不同。問題文件之 `title` 與 `detail` 不限。
無法判定：沒有四次含資料之回應，或其中沒有維持不變者。
依據：RFC 9110 第 12.5.4 節；介面規範之語言規定。
"""

MESSAGES = {
    "data": {
        "en": "{at} depends on Accept-Language: expected {expected}, got {actual}",
        "zh-Hant": "{at} 隨 Accept-Language 改變：應為 {expected}，實得 {actual}",
    },
    "status": {
        "en": "the status depends on Accept-Language: expected {expected}, got {actual}",
        "zh-Hant": "狀態碼隨 Accept-Language 改變：應為 {expected}，實得 {actual}",
    },
}
_FREE = ("title", "detail")
_NONE: Any = object()


def drive(
    operation: Operation, inputs: Inputs, dialect: Dialect, *, language: str = "en", most: int = 2, unknown: str = "yance-unknown"
) -> Script:
    """Each request four times: without the header, twice with it, without. The last one has a parameter that nobody knows."""
    requests = yield from samples(operation, inputs, dialect, most=most)

    def once() -> Script:
        for nth, request in enumerate([*requests, requests[0].with_query(**{unknown: "1"})]):
            step = f"problem {nth}" if nth == len(requests) else f"data {nth}"
            for asked in (None, language, language, None):
                yield request.with_header("Accept-Language", asked).with_step(step)

    yield from settled(once, lambda seen: _judged(operation, seen, dialect))


def judge(operation: Operation, trace: Sequence[Exchange], dialect: Dialect) -> Iterator[Finding | Witness]:
    """One witness per request whose answers hold items (or a resource) that stayed the same."""
    yield from lasting(trace, lambda seen: _judged(operation, seen, dialect))


def _judged(operation: Operation, trace: Sequence[Exchange], dialect: Dialect) -> Iterator[Finding | Witness]:
    for four in by_step(trace).values():
        if len(four) != 4 or any(one.turned_away for one in four):
            continue
        plain, asked = (four[0], four[3]), (four[1], four[2])
        numbers = tuple(one.number for one in four)
        if plain[0].status != plain[1].status or asked[0].status != asked[1].status:
            continue
        if plain[0].status != asked[0].status:
            yield Finding("status", numbers, str(plain[0].status), str(asked[0].status))
            continue
        members = [_members(one) for one in (*plain, *asked)]
        settled = [at for at in members[0] if members[0][at] == members[1].get(at, _NONE)]
        if plain[0].ok and any(isinstance(members[0][at], str) for at in settled) and dialect.items(plain[0], operation) != []:
            yield Witness(numbers, f"{len(settled)} members")
        for at in dict.fromkeys(at for one in members for at in one):
            without, also_without, within, also_within = (one.get(at, _NONE) for one in members)
            if without == also_without != within == also_within:
                yield Finding("data", numbers, _said(without), _said(within), at)


def _said(value: Any) -> str:
    return "no such member" if value is _NONE else shown(value)


def _members(one: Exchange) -> dict[str, Any]:
    """Every scalar of an answer (and every empty object or array) by its pointer; without what is free to change."""
    free = _FREE if one.status >= 400 else ()
    return {at: value for at, value in members_of(one.json) if at.rpartition("/")[2] not in free}


def _four(first: Any, second: Any, third: Any, fourth: Any, *, statuses: Sequence[int] = (200, 200, 200, 200)) -> list[Exchange]:
    bodies = zip((first, second, third, fourth), statuses, strict=True)
    return numbered(*(exchange("GET /things", status, body, step="data 0") for body, status in bodies))


def _thing(**members: Any) -> dict[str, Any]:
    return page({"thingId": "a", **members})


_ZH, _EN = {"zh-Hant": "東西"}, {"zh-Hant": "Thing"}
EXAMPLES = Examples(
    operation="listThings",
    conforms=[
        _four(_thing(size=1), _thing(size=2), _thing(size=3), _thing(size=4)),
        _four(_thing(size=1), _thing(size=2), _thing(size=1), _thing(size=2)),
        [
            *_four(_thing(), _thing(), _thing(), _thing()),
            *(
                exchange("GET /things?x=1", 400, problem(400, title=title, detail=title), step="problem 1", number=5 + nth)
                for nth, title in enumerate(("錯誤", "error", "error", "錯誤"))
            ),
        ],
    ],
    violates=[
        _four(_thing(name=_ZH), _thing(name=_EN), _thing(name=_EN), _thing(name=_ZH)),
        _four(_thing(), _thing(label="Thing"), _thing(label="Thing"), _thing()),
        _four(_thing(), _thing(), _thing(), _thing(), statuses=(200, 406, 406, 200)),
        _four(*map(problem, (400,) * 4, ("one", "two", "two", "one")), statuses=(400,) * 4),
    ],
    inconclusive=[
        _four(page(), page(), page(), page()),
        _four(_thing(), None, None, _thing(), statuses=(200, 429, 429, 200)),
        _four(_thing(), _thing(), _thing(), _thing())[:3],
    ],
)
