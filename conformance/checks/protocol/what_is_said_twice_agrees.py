"""What an answer says twice it says alike: a header and the member that repeats it, and what was asked for and its echo.

Why: a client that pages by the header and one that pages by the body have to see one collection; an echo that tells another page or size
than was asked for, or the default where there was none, makes a client skip or repeat.

Fails when: two places that are to agree have different values; or an answer has the one and lacks the other, where it is `always` there.
Inconclusive when: no answer had both.
Source: the interface's rules on the members of its answers.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from conformance.checks._example import exchange, page, problem
from conformance.checks._predicates import alike, said
from conformance.interface import contract
from conformance.interface.dialect import Dialect
from conformance.model import Examples, Exchange, Finding, Operation, Touches, Witness, wire_text
from conformance.text import pointer

TOUCHES = Touches.NOTHING
SCOPE = "exchange"
PLACES = ("header", "member", "parameter")
ABSENT = "absent"

ABOUT = """回應中重複載明之內容彼此一致：標頭與重複其值之欄位，以及所請求者與其回載值。
緣由：依標頭分頁與依本文分頁之用戶端應見同一集合；回載之頁次或筆數與所請求者（或未請求時之預設值）不同，會使用戶端略過或重複。
不通過：應一致之兩處其值不同；或兩處 `always` 存在時，回應有其一而無另一。
無法判定：沒有回應同時具備兩者。
依據：介面規範之回應欄位規定。
"""

MESSAGES = {
    "agree": {
        "en": "{at} should be {expected}, but is {actual}",
        "zh-Hant": "{at} 應為 {expected}，實為 {actual}",
    },
}


def judge(
    operation: Operation, trace: Sequence[Exchange], dialect: Dialect, *, agree: Sequence[Mapping[str, Any]]
) -> Iterator[Finding | Witness]:
    """A witness per pair of places in a successful answer. Each of `agree` names two of: `header` (its name), `member` (a pointer), `parameter`
    (of the query, with its default; values that its schema refuses are left out). With `always: true` neither place may be lacking.
    """
    for one in trace:
        if not one.ok or one.status == 304:
            continue
        for pair in agree:
            first, other = (name for name in PLACES[::-1] if name in pair)
            wanted, got = _value(operation, one, first, pair[first]), _value(operation, one, other, pair[other])
            if wanted is None and (first == "parameter" or got is None):
                continue
            if (wanted is None or got is None) and not pair.get("always"):
                continue
            yield Witness((one.number,), f"{pair[first]} = {pair[other]}")
            if wanted is None:
                yield Finding("agree", (one.number,), f"{got} ({pair[other]})", ABSENT, str(pair[first]))
            elif got is None or not alike(wanted, got):
                yield Finding("agree", (one.number,), f"{wanted} ({pair[first]})", got or ABSENT, str(pair[other]))


def _value(operation: Operation, one: Exchange, place: str, name: str) -> str | None:
    """What stands at a place, as text; None where nothing does, or nothing that is one value."""
    if place == "header":
        return one.header(name)
    if place == "parameter":
        text = said(operation, one.request, name)
        return text if text is not None and contract.parameter_accepts(operation, name, text) else None
    found = pointer.first(one.json, name)
    return None if found is None or isinstance(found, dict | list) else wire_text(found)


# ------------------------------------------------------------------------------------------ examples


def _list(query: str = "", status: int = 200, header: str | None = None, **members: Any) -> list[Exchange]:
    body = {**page("a"), **members} if status == 200 else problem(status)
    return [exchange(f"GET /things{query}", status, body, headers={} if header is None else {"X-Total": header})]


EXAMPLES = Examples(
    operation="listThings",
    arguments={"agree": [{"header": "X-Total", "member": "/total", "always": True}, {"parameter": "limit", "member": "/size"}]},
    conforms=[_list("?limit=7", header="3", total=3, size=7), _list(size=50), _list("?limit=7", header="3", total=3.0)],
    violates=[_list(header="3", total=4), _list(header="3"), _list(total=3), _list("?limit=7", size=50), _list(size=20)],
    inconclusive=[[], _list(), _list("?limit=900", size=200), _list(status=404)],
)
