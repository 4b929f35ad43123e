"""A refusal over quota says in how many seconds the request may come again.

Why: a client that is told nothing comes again at once, and so do all the others; the server that wanted rest gets a storm.

Every 429 of the run is judged, whoever asked for it, also those after which the suite waited and asked again (`retryAfter`).

Fails when: a 429 has no Retry-After, or one that is not a whole number of seconds of at least 1.
Inconclusive when: nothing was answered 429.
Source: RFC 6585 section 4; RFC 9110, Retry-After; the interface document, response 429.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from conformance.checks._example import exchange, page, problem
from conformance.interface.dialect import Dialect
from conformance.model import Examples, Exchange, Finding, Operation, Touches, Witness
from conformance.text.fields import retry_after

TOUCHES = Touches.NOTHING
SCOPE = "exchange"
BODIES = False

ABOUT = """超過配額之拒絕，載明幾秒後可再請求。
緣由：未獲告知之用戶端會立即再試，所有其他用戶端亦然；想休息之伺服器反而迎來風暴。
執行中每一 429 均予判定，無論由誰引發，亦含套件等候後再請求者（`retryAfter`）。
不通過：429 沒有 Retry-After，或其值不是至少為 1 之整數秒數。
無法判定：沒有回應 429。
依據：RFC 6585 第 4 節；RFC 9110 Retry-After；介面規範之回應 429。
"""

MESSAGES = {
    "unsaid": {
        "en": "a 429 should have Retry-After with {expected}, but has {actual}",
        "zh-Hant": "429 回應應有 Retry-After，其值為 {expected}，實為 {actual}",
    },
}


def judge(operation: Operation, trace: Sequence[Exchange], dialect: Dialect) -> Iterator[Finding | Witness]:
    """A witness per 429."""
    for one in trace:
        said = [str(text) for text in one.attributes.get("retryAfter", ())]
        if one.status == 429:
            said.append(one.header("retry-after") or "")
        for text in said:
            yield Witness((one.number,), "429")
            seconds = retry_after(text)
            if not isinstance(seconds, int) or seconds < 1:
                yield Finding("unsaid", (one.number,), "a whole number of seconds, at least 1", text or "none")


def _refused(**headers: str) -> list[Exchange]:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return [exchange("GET /things", 429, problem(429, "too-many-requests"), headers=sent)]


def _asked_again(*refusals: str) -> list[Exchange]:
    noted = {"throttled": len(refusals), "retryAfter": list(refusals)}
    return [replace(exchange("GET /things", 200, page("a")), attributes=noted)]


EXAMPLES = Examples(
    operation="listThings",
    conforms=[_refused(Retry_After="30"), _asked_again("1", "2")],
    violates=[
        _refused(),
        _refused(Retry_After="0"),
        _refused(Retry_After="Thu, 12 Jun 2025 00:30:00 GMT"),
        _refused(Retry_After="1.5"),
        _asked_again("1", ""),
    ],
    inconclusive=[[], [exchange("GET /things", 200, page("a"))], [exchange("GET /things", 503, problem(503))]],
)
