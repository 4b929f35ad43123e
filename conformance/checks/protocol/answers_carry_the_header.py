"""Every answer carries a header that the interface demands, errors included.

Why: what has to be on every answer (the name under which an audit finds it, the word that no cache may keep it) is forgotten where answers
are made that no handler sees: by the framework, the gateway, the error page.

Fails when: an answer lacks the header, or its value does not match `pattern`.
Inconclusive when: nothing was answered, or only by what stands in front of the server.
Source: the interface's rules on headers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from conformance.checks._example import exchange, page, problem
from conformance.checks._probes import values_of
from conformance.interface.dialect import Dialect
from conformance.model import Examples, Exchange, Finding, Operation, Touches, Witness

TOUCHES = Touches.NOTHING
SCOPE = "exchange"
BODIES = False

ABOUT = """每一回應（含錯誤）均帶有介面所要求之標頭。
緣由：每一回應都該有的內容（供稽核追查之名稱、禁止快取之指示），往往在處理程式看不到之處遭遺漏：框架、閘道、錯誤頁。
不通過：回應缺少該標頭，或其值不符 `pattern`。
無法判定：沒有回應，或僅由伺服器前端之設備回應。
依據：介面規範之標頭規定。
"""

MESSAGES = {
    "header": {
        "en": "the answer should have {expected}, but {at} is {actual}",
        "zh-Hant": "回應應有 {expected}，{at} 卻為 {actual}",
    },
}


def judge(
    operation: Operation,
    trace: Sequence[Exchange],
    dialect: Dialect,
    *,
    header: str,
    pattern: str,
    apart: Sequence[int] = (),
) -> Iterator[Finding | Witness]:
    """A witness per answer. `pattern` has to match within the header's value; answers with a status of `apart`, and those to OPTIONS, are
    left out.
    """
    for one in trace:
        if one.turned_away or one.status in apart or one.status >= 500 or one.request.method == "OPTIONS":
            continue
        value = values_of(one, header.lower())
        yield Witness((one.number,), str(one.status))
        if not re.search(pattern, value):
            yield Finding("header", (one.number,), f"{header} ({pattern})", value or "absent", header)


def _answer(value: str | None, status: int = 200) -> list[Exchange]:
    body = page("a") if status == 200 else problem(status)
    return [exchange("GET /things", status, body, headers={} if value is None else {"X-Request-Id": value})]


EXAMPLES = Examples(
    operation="listThings",
    arguments={"header": "X-Request-Id", "pattern": "^[a-z0-9-]{1,64}$", "apart": [413]},
    conforms=[_answer("req-1"), _answer("req-2", 404)],
    violates=[_answer(None), _answer("", 404), _answer("req 1")],
    inconclusive=[[], _answer(None, 429), _answer(None, 413), _answer(None, 500)],
)
