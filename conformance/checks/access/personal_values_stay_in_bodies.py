"""What names a person stands in the bodies that are about them, and neither in a header, nor in a link, nor in a refusal.

Why: URLs, headers and error texts are what logs, proxies, browsers' histories and support tickets keep; whoever reads these has no business
with the persons.

Fails when: a value that names a person, from the request's body or from a good answer's, stands in a header of the answer, in the target of
a link of its body, or anywhere in a refusal.
Inconclusive when: no body with such a value was sent or answered.
Source: Personal Data Protection Act (個人資料保護法); FHIR R4, search by POST.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import unquote

from conformance.checks._example import exchange, problem
from conformance.interface.dialect import Dialect
from conformance.model import Examples, Exchange, Finding, Operation, Touches, Witness
from conformance.text import pointer

TOUCHES = Touches.NOTHING
SCOPE = "exchange"
_LEAST, _DISTINCT = 8, 5  # characters, and different ones: a shorter or plainer text stands in many places by chance

ABOUT = """可識別個人之值僅見於與其相關之本文，不見於標頭、連結或拒絕訊息。
緣由：日誌、代理、瀏覽紀錄與客服單所保留者，正是 URL、標頭與錯誤文字；閱讀者與當事人並無關係。
不通過：請求本文或成功回應中可識別個人之值，出現於回應標頭、本文連結之目標，或拒絕訊息之任何位置。
無法判定：沒有送出或收到含此類值之本文。
依據：個人資料保護法；FHIR R4, search by POST。
"""

MESSAGES = {
    "header": {
        "en": "no header should hold what names a person ({expected}), but {at} is {actual}",
        "zh-Hant": "任何標頭都不應含有指稱個人的內容（{expected}），{at} 卻為 {actual}",
    },
    "link": {
        "en": "no link should hold what names a person ({expected}), but one is {actual}",
        "zh-Hant": "任何連結都不應含有指稱個人的內容（{expected}），卻有 {actual}",
    },
    "refusal": {
        "en": "no refusal should hold what names a person ({expected}), but its text does",
        "zh-Hant": "拒絕的回應不應含有指稱個人的內容（{expected}），其文字卻有",
    },
}


def judge(
    operation: Operation, trace: Sequence[Exchange], dialect: Dialect, *, values: Sequence[str]
) -> Iterator[Finding | Witness]:
    """A witness per answer to or with such a value. `values` are the pointers at which they stand in bodies."""
    for one in trace:
        if one.response is None or one.turned_away:
            continue
        documents = (one.request.json(), one.json if one.ok else None)
        found = {
            value
            for document in documents
            for where in values
            for value in pointer.values(document, where)
            if isinstance(value, str) and len(value) >= _LEAST and len(set(value)) >= _DISTINCT
        }
        if found:
            yield Witness((one.number,), str(one.status))
            yield from _spread(one, sorted(found))


def _spread(one: Exchange, values: Sequence[str]) -> Iterator[Finding]:
    response = one.response
    assert response is not None  # judge() saw to it
    for name, text in response.headers:
        held = [value for value in values if value in unquote(text)]
        if held:
            yield Finding("header", (one.number,), held[0], text, name)
    for target in _targets(one.json):
        held = [value for value in values if value in unquote(target)]
        if held:
            yield Finding("link", (one.number,), held[0], target)
    if one.status >= 400:
        body = response.body.decode("utf-8", "replace")
        held = [value for value in values if value in body]
        if held:
            yield Finding("refusal", (one.number,), held[0], str(one.status))


def _targets(document: Any) -> Iterator[str]:
    """The targets of the links of a document."""
    links = document.get("links") if isinstance(document, Mapping) else None
    for link in links if isinstance(links, list) else ():
        target = link.get("href") if isinstance(link, Mapping) else None
        if isinstance(target, str):
            yield target


def _sent(status: int = 201, body: Any = None, **headers: str) -> list[Exchange]:
    sent = {"note": "MR-00123", "colour": "red"}
    answer = body if body is not None else {"thingId": "t1", **sent} if status < 300 else problem(status)
    return [exchange("POST /things", status, answer, name="createThing", sent=sent, headers=headers)]


EXAMPLES = Examples(
    operation="createThing",
    arguments={"values": ["/note"]},
    conforms=[
        _sent(Location="/v1/things/t1"),
        _sent(409),
        _sent(201, {"thingId": "t1", "note": "MR-00123", "links": [{"href": "/t1"}]}),
    ],
    violates=[
        _sent(Location="/v1/things/MR-00123"),
        _sent(ETag='"MR%2D00123"'),
        _sent(200, {"note": "MR-00123", "links": [{"href": "/v1/things?note=MR-00123"}]}),
        _sent(409, problem(409, detail="MR-00123 is taken")),
    ],
    inconclusive=[
        [],
        [exchange("POST /things", 201, {"thingId": "t1"}, name="createThing", sent={"note": "00000000"})],
        [exchange("POST /things", 429, {}, name="createThing", sent={"note": "MR-00123"}, headers={"X": "MR-00123"})],
    ],
)
