"""A client that names the present entity tag in If-None-Match gets 304 without a body; one that names another gets the data.

Why: consumers that poll every minute would otherwise carry the same megabytes again and again; and a 304 given too easily leaves
them with old data for good.

Fails when: the present tag, alone or in its weak form in a list, is answered with the data under the same tag, the 304 has a body or lacks the tag, or a tag that was never
issued is answered 304.
Inconclusive when: the resource has no entity tag, or it changed in between.
Source: RFC 9110 sections 13.1.2 and 15.4.5.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from conformance import given
from conformance.checks._example import exchange, numbered
from conformance.interface.dialect import Dialect, same_tag
from conformance.model import Examples, Exchange, Finding, Inputs, Operation, Script, Touches, Witness

TOUCHES = Touches.READS
FIRST, CURRENT, OTHER = "read", "with the present tag", "with a tag that never was"
LISTED = "with the present tag, weak, in a list"
_NEVER = '"yance-never"'

ABOUT = """於 If-None-Match 載明現行實體標籤者，得到無本文之 304；載明其他標籤者得到資料。
緣由：每分鐘輪詢者否則須一再傳輸相同資料；輕易回應之 304，則使其永遠停留於舊資料。
不通過：以現行標籤（單獨，或以弱形式列於清單）查詢，仍回傳相同標籤之資料；304 有本文或缺少標籤；或從未核發之標籤得到 304。
無法判定：資源沒有實體標籤，或其間有變動。
依據：RFC 9110 第 13.1.2 與 15.4.5 節。
"""

MESSAGES = {
    "sent": {
        "en": "the present tag was named and the data were sent again: expected {expected}, got {actual}",
        "zh-Hant": "已提供目前標籤，資料仍重送：應為 {expected}，實得 {actual}",
    },
    "body": {
        "en": "a 304 should have {expected}, but has {actual}",
        "zh-Hant": "304 回應應有 {expected}，實有 {actual}",
    },
    "withheld": {
        "en": "a tag that never was should be answered {expected}, but got {actual}",
        "zh-Hant": "從未發出的標籤應回應 {expected}，實得 {actual}",
    },
}


def drive(operation: Operation, inputs: Inputs, dialect: Dialect, *, samples: int = 2) -> Script:
    """Four readings per sample."""
    for request in (yield from given.ready_many(operation, inputs, dialect, most=samples)):
        first: Exchange = yield request.with_step(FIRST)
        tag = dialect.tag(first)
        if first.ok and tag is not None:
            yield request.with_header("If-None-Match", tag).with_step(CURRENT)
            yield request.with_header("If-None-Match", f"{_NEVER}, W/{tag.removeprefix('W/')}").with_step(LISTED)
            yield request.with_header("If-None-Match", _NEVER).with_step(OTHER)


def judge(operation: Operation, trace: Sequence[Exchange], dialect: Dialect) -> Iterator[Finding | Witness]:
    """A witness per answer to the present tag."""
    tags: dict[str, str | None] = {}
    for one in trace:
        if one.step == FIRST:
            tags[one.request.target] = dialect.tag(one) if one.ok else None
        tag = tags.get(one.request.target)
        if tag is None:
            continue
        if one.step in (CURRENT, LISTED):
            yield from _current(one, tag, dialect)
        elif one.step == OTHER and one.status == 304:
            yield Finding("withheld", (one.number,), "200", "304")


def _current(one: Exchange, tag: str, dialect: Dialect) -> Iterator[Finding | Witness]:
    if one.status == 200 and same_tag(dialect.tag(one), tag):
        yield Witness((one.number,), "200")
        yield Finding("sent", (one.number,), "304", "200")
    elif one.status == 304:
        yield Witness((one.number,), "304")
        if one.response is not None and one.response.body:
            yield Finding("body", (one.number,), "no body", f"{len(one.response.body)} bytes")
        if not same_tag(dialect.tag(one), tag):
            yield Finding("body", (one.number,), f"ETag {tag}", f"ETag {dialect.tag(one)}" if dialect.tag(one) else "no ETag")


def _get(step: str, status: int = 200, tag: str | None = '"1"', body: Any = None) -> Exchange:
    headers = {"ETag": tag} if tag else {}
    shown = {"thingId": "t1"} if status == 200 else body
    return exchange("GET /things/t1", status, shown, name="getThing", step=step, headers=headers)


EXAMPLES = Examples(
    operation="getThing",
    conforms=[
        numbered(_get(FIRST), _get(CURRENT, 304), _get(LISTED, 304), _get(OTHER)),
        numbered(_get(FIRST), _get(CURRENT, 304, 'W/"1"'), _get(OTHER)),
    ],
    violates=[
        numbered(_get(FIRST), _get(CURRENT)),
        numbered(_get(FIRST), _get(CURRENT, 304), _get(LISTED)),
        numbered(_get(FIRST), _get(CURRENT, tag='W/"1"')),
        numbered(_get(FIRST), _get(CURRENT, 304, body={"thingId": "t1"})),
        numbered(_get(FIRST), _get(CURRENT, 304, None)),
        numbered(_get(FIRST), _get(CURRENT, 304), _get(OTHER, 304)),
    ],
    inconclusive=[
        [],
        numbered(_get(FIRST, tag=None)),
        numbered(_get(FIRST), _get(CURRENT, tag='"2"')),
        numbered(_get(FIRST), _get(CURRENT, 429)),
    ],
)
