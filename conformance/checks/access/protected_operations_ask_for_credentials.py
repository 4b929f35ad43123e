"""A protected operation that is asked without credentials answers 401 and says how to authenticate.

Why: what answers without credentials is public, whatever the manual says; and a 401 that names no scheme leaves the client guessing.

Fails when: the answer to a request without credentials is not 401 (`status`), or a 401 has no challenge in WWW-Authenticate.
Inconclusive when: no request could be made for the operation, or it was not answered.
Source: RFC 9110, 401 Unauthorized and WWW-Authenticate.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from conformance.checks._example import exchange, page, problem
from conformance.checks._probes import answered, complete, nowhere, values_of
from conformance.checks._statuses import either
from conformance.interface.dialect import Dialect
from conformance.model import Examples, Exchange, Finding, Inputs, Operation, Script, Touches, Witness, by_step

TOUCHES = Touches.NOTHING
ASKS = 5
STEP, HEAD = "without credentials", "its head without credentials"
CHALLENGE = re.compile(r"\s*[!#$%&'*+.^_`|~0-9A-Za-z-]+(\s|,|$)")

ABOUT = """受保護之操作於未帶憑證時回應 401，並載明驗證方式。
緣由：不帶憑證即回應者，無論手冊怎麼寫都是公開；未載明機制之 401，則令用戶端只能猜測。
不通過：未帶憑證之請求，回應非 401（`status`）；或 401 之 WWW-Authenticate 沒有挑戰。
無法判定：無法為該操作組成請求，或未獲回應。
依據：RFC 9110 401 Unauthorized 與 WWW-Authenticate。
"""

MESSAGES = {
    "open": {
        "en": "a protected operation asked without credentials should answer {expected}, but got {actual}",
        "zh-Hant": "未帶憑證請求受保護的操作應回應 {expected}，實得 {actual}",
    },
    "challenge": {
        "en": "the 401 should carry {expected}, but WWW-Authenticate is {actual}",
        "zh-Hant": "401 回應應帶有 {expected}，實際的 WWW-Authenticate 為 {actual}",
    },
}


def drive(operation: Operation, inputs: Inputs, dialect: Dialect) -> Script:
    """A request that is wrong in other ways too, and one that lacks nothing but credentials; of what is read the head as well."""
    request = yield from complete(operation, inputs, dialect)
    yield nowhere(operation, inputs.guise).with_actor(None).with_query(yanceUnknown=1).with_step(STEP)
    if operation.method == "GET":
        yield replace(request, method="HEAD").with_actor(None).with_step(HEAD)
    yield request.with_actor(None).with_step(STEP)


def judge(
    operation: Operation, trace: Sequence[Exchange], dialect: Dialect, *, status: Sequence[int] = (401,)
) -> Iterator[Finding | Witness]:
    """A witness per answer. `status` asks for credentials; only a 401 has to name a challenge."""
    for one in by_step(trace).get(HEAD, ()):
        if one.ok:
            yield Finding("open", (one.number,), either(status), str(one.status))
    for one in by_step(trace).get(STEP, ()):
        if not answered(one):
            continue
        yield Witness((one.number,), STEP)
        header = values_of(one, "www-authenticate")
        if one.status not in status:
            yield Finding("open", (one.number,), either(status), str(one.status))
        elif one.status == 401 and not CHALLENGE.match(header):
            yield Finding("challenge", (one.number,), "a challenge such as Bearer", header or "absent")


def _asked(status: int, body: object = None, **headers: str) -> list[Exchange]:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return [exchange("PATCH /things/t1", status, body, name="updateThing", step=STEP, headers=sent)]


EXAMPLES = Examples(
    operation="updateThing",
    conforms=[
        _asked(401, problem(401), www_authenticate='Bearer realm="shop"'),
        _asked(401, None, www_authenticate="Bearer"),
    ],
    violates=[
        _asked(200, page()),
        _asked(403, problem(403)),
        _asked(401, problem(401)),
        _asked(401, None, www_authenticate=" "),
        [exchange("HEAD /things", 200, step=HEAD)],
    ],
    inconclusive=[[], _asked(429, problem(429)), [exchange("GET /things", 200, step="given: listThings")]],
)
