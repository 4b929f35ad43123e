"""Every 401 says by which scheme to authenticate.

Why: a client that is told 401 and nothing else cannot know whether its token has run out or was never of the right kind, and a library
that renews tokens by itself waits for the challenge.

Fails when: an answer 401 has no challenge of the scheme in WWW-Authenticate.
Inconclusive when: nothing was answered 401.
Source: RFC 9110, WWW-Authenticate; RFC 6750 section 3.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from conformance.checks._example import exchange, problem
from conformance.checks._probes import values_of
from conformance.interface.dialect import Dialect
from conformance.model import Examples, Exchange, Finding, Operation, Touches, Witness
from conformance.text import fields

TOUCHES = Touches.NOTHING
SCOPE = "exchange"

ABOUT = """每一 401 均載明以何種機制驗證身分。
緣由：僅獲告知 401 之用戶端，無從得知權杖係逾期或種類不符；自動更新權杖之程式庫亦等候此一挑戰。
不通過：401 回應之 WWW-Authenticate 沒有該機制之挑戰。
無法判定：沒有回應 401。
依據：RFC 9110 WWW-Authenticate；RFC 6750 第 3 節。
"""

MESSAGES = {
    "challenge": {
        "en": "the 401 should carry {expected}, but WWW-Authenticate is {actual}",
        "zh-Hant": "401 回應應帶有 {expected}，實際的 WWW-Authenticate 為 {actual}",
    },
}


def judge(
    operation: Operation, trace: Sequence[Exchange], dialect: Dialect, *, scheme: str = "Bearer"
) -> Iterator[Finding | Witness]:
    """A witness per answer 401."""
    for one in trace:
        if one.status != 401:
            continue
        yield Witness((one.number,), one.request.method)
        header = values_of(one, "www-authenticate")
        if scheme.lower() not in {part.split()[0].lower() for part in fields.elements(header)}:
            yield Finding("challenge", (one.number,), f"a {scheme} challenge", header or "absent")


def _asked(challenge: str | None, status: int = 401) -> list[Exchange]:
    headers = {"WWW-Authenticate": challenge} if challenge is not None else {}
    return [exchange("PATCH /things/t1", status, problem(status), name="updateThing", headers=headers)]


EXAMPLES = Examples(
    operation="updateThing",
    conforms=[_asked('Bearer realm="shop", error="invalid_token"'), _asked('Basic realm="a, b", bearer'), _asked("Bearer")],
    violates=[
        _asked(None),
        _asked(""),
        _asked('Basic realm="Bearer"'),
        _asked('Basic realm="x, Bearer y"'),
        _asked("BearerToken"),
    ],
    inconclusive=[[], _asked(None, 403), _asked("Bearer", 200)],
)
