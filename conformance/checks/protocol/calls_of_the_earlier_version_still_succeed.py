"""A client of the version before is served as before: what it asks for is not refused, and what it gets it can read.

Why: vendors and consumers move to a minor version at different times; between them lies a client that knows nothing of it.

Each operation of the version before is asked as that version's document has it, with its parameters and its set-up and nothing else. Beside
that, every success of the run to a request that the version before could have put is read under its document: unknown members and new values of
extensible enumerations are ignored, as that version asks of its clients; a member that is gone or has another form is not.

Fails when: a request as the version before documents it is refused for its form or its token (400, 403, 405, 406, 415, 428; 422 where the body is that of
a recipe; 404 where the path names no single thing), is answered with a success that it does not declare, or the body of a success is not valid under its schema.
Inconclusive when: no such request succeeded.
Source: AIP-180, Backwards compatibility; Semantic Versioning 2.0.0, section 7.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from typing import Any

from conformance.checks._example import exchange, page, problem
from conformance.checks._probes import complete
from conformance.errors import UntoldError
from conformance.interface import contract
from conformance.interface.dialect import Dialect
from conformance.interface.tolerant import as_read, documented
from conformance.model import Examples, Exchange, Finding, Inputs, Operation, Script, Touches, Unmet, Witness

TOUCHES = Touches.NOTHING
ASKS = 4
OLDER = True
EARLIER = "as the earlier version has it"
_FORM = (400, 403, 405, 406, 415, 428)
_MOST = 3

ABOUT = """前一版本之用戶端仍獲相同服務：所提請求不遭拒絕，所得回應可以讀取。
緣由：廠商與使用者採用次版號之時程不一，其間必有不知新版之用戶端。
依前一版本之文件，以其參數與前置作業逐一請求其操作；此外，執行中每一個前一版本亦可提出之請求，其成功回應均依前一版本之文件讀取：未知欄位與可擴充代碼表之新值依該版規定予以忽略；欄位消失或格式改變則不然。
不通過：依前一版本文件提出之請求因其形式或權杖而遭拒絕（400、403、405、406、415、428；本文出自前置步驟時之 422；路徑未指明單一資源時之 404）、以前一版本未宣告之成功狀態碼回應，或成功回應之本文不符其綱要。
無法判定：未有此類請求成功。
依據：AIP-180, Backwards compatibility；Semantic Versioning 2.0.0 第 7 節。
"""

MESSAGES = {
    "refused": {
        "en": "version {expected} documents this request, but it is answered {actual}",
        "zh-Hant": "{expected} 版載有此請求，卻得到 {actual}",
    },
    "status": {
        "en": "version {at} declares {expected} for a success, but the answer is {actual}",
        "zh-Hant": "{at} 版宣告之成功狀態碼為 {expected}，實得 {actual}",
    },
    "unreadable": {
        "en": "a client of the earlier version cannot read the body at {at}: expected {expected}, but {actual}",
        "zh-Hant": "前一版本之用戶端無法讀取 {at} 之內容：應為 {expected}，但 {actual}",
    },
}


def drive(operation: Operation, inputs: Inputs, dialect: Dialect) -> Script:
    """The request that lacks nothing, as the version before has it."""
    earlier = _earlier(operation)
    if earlier is None:
        raise Unmet(f"there is no earlier version that has {operation.id}")
    request = yield from complete(earlier, inputs, dialect)
    yield request.with_step(EARLIER)


def each(operation: Operation, trace: Sequence[Exchange], dialect: Dialect) -> Iterator[Finding]:
    """Every success of the run that the version before could have asked for can be read under it."""
    earlier = _earlier(operation)
    for one in trace:
        if earlier is not None and one.ok and one.response is not None and documented(earlier, one.request):
            yield from _read(earlier, one)


def judge(operation: Operation, trace: Sequence[Exchange], dialect: Dialect) -> Iterator[Finding | Witness]:
    """A witness for each request of its own that succeeded."""
    earlier = _earlier(operation)
    for one in trace:
        if earlier is None or one.step != EARLIER or one.response is None:
            continue
        gone = one.status == 404 and "{" not in operation.path
        if one.status in _FORM or gone or (one.status == 422 and _by_recipe(earlier)):
            yield Witness((one.number,), str(one.status))
            yield Finding(
                "refused", (one.number,), operation.spec.earlier.version if operation.spec.earlier else "", str(one.status)
            )
        elif one.ok:
            with contextlib.suppress(UntoldError):
                yield from _read(earlier, one)
                yield Witness((one.number,), str(one.status))


def _earlier(operation: Operation) -> Operation | None:
    """The operation as the clients of the version before read it."""
    return as_read(operation.spec.earlier).operations.get(operation.id) if operation.spec.earlier else None


def _by_recipe(earlier: Operation) -> bool:
    """Whether its body is one of a recipe, which keeps the rules of the interface; one that was drawn keeps the schema only."""
    return any(earlier.id in (recipe.get("create"), recipe.get("update")) for recipe in earlier.spec.setup.values())


def _read(earlier: Operation, one: Exchange) -> Iterator[Finding]:
    if contract.declared(earlier, one.status) is None:
        good = ", ".join(status for status in earlier.responses if status[:1] == "2")
        yield Finding("status", (one.number,), good or "none", str(one.status), earlier.spec.version)
    elif one.response is not None and not one.response.truncated and one.response.body:
        for error in contract.response_errors(earlier, one)[:_MOST]:
            yield Finding(
                "unreadable", (one.number,), error.expected or "a valid value", error.message[:300], error.pointer or "/"
            )


def _asked(
    status: int = 200, body: Any = None, path: str = "/things", name: str = "listThings", step: str = EARLIER
) -> list[Exchange]:
    return [exchange(f"GET {path}", status, problem(status) if body is None and status >= 400 else body, name=name, step=step)]


EXAMPLES = Examples(
    operation="listThings",
    conforms=[
        _asked(200, page("a")),
        _asked(200, {**page("a"), "more": True}),
        [*_asked(200, page("a")), *_asked(400, step="limit=0")],
    ],
    violates=[
        _asked(400),
        _asked(403),
        _asked(404),
        _asked(202, page("a")),
        _asked(200, {"items": [{"thingId": 7}]}),
        _asked(200, {"items": [{"thingId": "a", "state": "NEW"}]}),
    ],
    inconclusive=[[], _asked(429), _asked(503), _asked(409), _asked(400, step="limit=0")],
)
