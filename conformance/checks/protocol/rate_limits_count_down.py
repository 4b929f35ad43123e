"""Rate limit fields, where they are sent, can be read, and what remains never grows inside a window.

Why: a client can only keep to a limit that it can read, and one that jumps up and down is no guide.

Fails when: a RateLimit or RateLimit-Policy field is malformed, or the remaining quota grows although its window is the same.
Inconclusive when: no two answers fall into one window. Where the fields are not sent, there is nothing to test.
Source: IETF httpapi, RateLimit header fields for HTTP (draft 10).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from conformance import given
from conformance.checks._example import exchange, numbered, page
from conformance.checks._probes import values_of
from conformance.interface.dialect import Dialect
from conformance.model import Examples, Exchange, Finding, Inputs, Moot, Operation, Pause, Script, Touches, Witness, by_step
from conformance.text.fields import named_items

TOUCHES = Touches.NOTHING
ASKS = 6
SAME_WINDOW = 1.0  # seconds by which the reset that two answers announce may differ: `t` is in whole seconds
NEARLY_OVER = 3  # seconds that are too few for some requests

ABOUT = """有送出流量限制標頭時，其內容可供解讀，且同一時間窗內餘額絕不增加。
緣由：用戶端僅能遵守其讀得懂之限制；忽上忽下者無從依循。
不通過：RateLimit 或 RateLimit-Policy 格式不正確；或同一時間窗內餘額增加。
無法判定：沒有兩個回應落在同一時間窗。未送出此類標頭者，無可驗測。
依據：IETF httpapi, RateLimit header fields for HTTP（草案 10）。
"""

MESSAGES = {
    "syntax": {
        "en": "the field {at} should be a list of named items with {expected}, but is {actual}",
        "zh-Hant": "{at} 標頭應為帶有 {expected} 的具名項目清單，實為 {actual}",
    },
    "grew": {
        "en": "inside one window the remaining quota should not grow: at most {expected}, then {actual}",
        "zh-Hant": "同一時間窗內剩餘配額不應增加：至多 {expected}，其後為 {actual}",
    },
}


def drive(operation: Operation, inputs: Inputs, dialect: Dialect, *, times: int = 5) -> Script:
    """The same request some times, one after the other, and not across the end of a window where that can be told."""
    request = yield from given.ready(operation, inputs, dialect)
    first: Exchange = yield request.with_step("given: window")
    left = [item["t"] for item in (named_items(values_of(first, "ratelimit")) or {}).values() if "t" in item]
    if left and min(left) <= NEARLY_OVER:
        yield Pause(min(left) + SAME_WINDOW)
    for _ in range(times):
        yield request.with_step("again")


def judge(operation: Operation, trace: Sequence[Exchange], dialect: Dialect) -> Iterator[Finding | Witness | Moot]:
    """A witness per pair of answers that announce the same reset."""
    before: dict[str, tuple[int, float, int]] = {}
    for one in by_step(trace).get("again", ()):
        if one.ok and not (values_of(one, "ratelimit") or values_of(one, "ratelimit-policy")):
            yield Moot((one.number,))
        for name, needed in (("ratelimit", "r"), ("ratelimit-policy", "q")):
            items = named_items(values_of(one, name))
            if items is None or any(needed not in item for item in items.values()):
                yield Witness((one.number,), name)
                yield Finding("syntax", (one.number,), f"{needed}=<integer>", values_of(one, name), name)
        for policy, item in (named_items(values_of(one, "ratelimit")) or {}).items():
            if "r" not in item or "t" not in item:
                continue
            reset = one.sent_at / 1000 + item["t"]
            if policy in before and _same_window(before[policy][1], reset, one.sent_at / 1000):
                yield Witness((before[policy][2], one.number), policy)
                if item["r"] > before[policy][0]:
                    numbers = (before[policy][2], one.number)
                    yield Finding("grew", numbers, str(before[policy][0]), str(item["r"]))
            before[policy] = (item["r"], reset, one.number)


def _same_window(announced: float, now_announced: float, sent: float) -> bool:
    """Whether two answers announce one reset, and the later one was well before it."""
    return abs(announced - now_announced) <= SAME_WINDOW and sent + SAME_WINDOW < announced


def _burst(*answers: tuple[int, str | None, str | None]) -> list[Exchange]:
    return numbered(
        *(
            exchange(
                "GET /things",
                200,
                page("a"),
                step="again",
                at=at * 1000,
                headers={k: v for k, v in (("RateLimit", limit), ("RateLimit-Policy", policy)) if v is not None},
            )
            for at, limit, policy in answers
        )
    )


_POLICY = '"default";q=100;w=60'
EXAMPLES = Examples(
    operation="listThings",
    conforms=[
        _burst((0, '"default";r=50;t=30', _POLICY), (1, '"default";r=49;t=29', _POLICY)),
        _burst((0, '"a";r=5;t=9, "b";r=70;t=60', _POLICY), (1, '"a";r=5;t=8, "b";r=69;t=59;pk=:YQ==:', _POLICY)),
        _burst((0, '"a";r=2;t=4', _POLICY), (1, '"a";r=1;t=3', _POLICY), (4, '"a";r=9;t=10', _POLICY)),
    ],
    violates=[
        _burst((0, '"default";r=49;t=30', _POLICY), (1, '"default";r=50;t=29', _POLICY)),
        _burst((0, "limit=100, remaining=49, reset=30", None)),
        _burst((0, None, "100")),
        _burst((0, None, '"default";w=60')),
    ],
    inconclusive=[
        [],
        _burst((0, None, None), (1, None, None)),
        _burst((0, '"a";r=1;t=2', _POLICY), (1, '"a";r=9;t=60', _POLICY)),
        _burst((0, '"a";r=1;t=1', _POLICY), (1, '"a";r=9;t=1', _POLICY)),
    ],
)
