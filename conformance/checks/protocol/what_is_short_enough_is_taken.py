"""No request is refused for its length that is not longer than the interface allows.

Why: limits are set where nobody looks, in a framework's default or a gateway's template; a client that writes its JSON with blanks, or
carries a long token, meets them one day in production.

A body is filled up with blanks, a path names something with a long name, and a field that nobody knows is sent along.

Fails when: such a request, right in all else (a path may name nothing), is refused as too long or as a bad request.
Inconclusive when: no request that would succeed could be made, or none was answered.
Source: RFC 9110, 413 Content Too Large and 414 URI Too Long; RFC 6585, 431; the interface's limits.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from conformance.checks._example import exchange, numbered, problem
from conformance.checks._probes import answered, complete, rekeyed
from conformance.interface.dialect import Dialect
from conformance.model import Examples, Exchange, Finding, Inputs, Operation, Script, Touches, Witness, by_step

TOUCHES = Touches.NOTHING
ASKS = 5
BODY, TARGET, FIELDS = "a long body", "a long target", "long fields"
REFUSED = (400, 413, 414, 431)

ABOUT = """長度未超過介面容許者，不因長度遭拒。
緣由：限制常設於無人留意之處：框架預設或閘道範本；以空白排版 JSON 或攜帶長權杖之用戶端，某日會於正式環境遇上。
本文以空白填充、路徑帶長名稱，並附上無人認得之標頭欄位。
不通過：其餘正確之此類請求（路徑可能無所指），以過長或錯誤請求為由遭拒。
無法判定：無法組成可成功之請求，或均未獲回應。
依據：RFC 9110 413 Content Too Large 與 414 URI Too Long；RFC 6585 431；介面規範之上限。
"""

MESSAGES = {
    "refused": {
        "en": "a request with {at} that is still short enough was refused: expected {expected}, got {actual}",
        "zh-Hant": "長度仍在容許範圍內的請求（{at}）遭拒：應為 {expected}，實得 {actual}",
    },
}


def drive(
    operation: Operation, inputs: Inputs, dialect: Dialect, *, body: int = 60_000, target: int = 3_000, fields: int = 3_000
) -> Script:
    """`body`: octets of the whole body; `target` and `fields`: of one path segment and of one field value."""
    base = yield from complete(operation, inputs, dialect)
    if operation.bodies and base.body:
        yield replace(rekeyed(base, inputs, "long"), body=base.body.ljust(body)).with_step(BODY)
    elif not operation.writes:
        yield base.with_header("X-Yance", inputs.guise.spelt("x" * fields)).with_step(FIELDS)
    names = [p.name for p in operation.parameters if p.location == "path"]
    if names and not operation.writes:
        named = operation.request(path=dict.fromkeys(names, inputs.guise.spelt("x" * target)))
        yield replace(base, path=named.path).with_step(TARGET)


def judge(operation: Operation, trace: Sequence[Exchange], dialect: Dialect) -> Iterator[Finding | Witness]:
    """A witness per long request that was answered."""
    steps = by_step(trace)
    for step, expected in ((BODY, "2xx"), (FIELDS, "2xx"), (TARGET, "404")):
        for one in steps.get(step, ()):
            if answered(one) and one.status not in (401, 403):
                yield Witness((one.number,), step, aspect=step)
                if one.status in REFUSED:
                    yield Finding("refused", (one.number,), expected, str(one.status), step)


def _long(step: str, status: int) -> Exchange:
    return exchange("GET /things/xxx", status, {} if status < 300 else problem(status), name="getThing", step=step)


EXAMPLES = Examples(
    operation="getThing",
    conforms=[numbered(_long(FIELDS, 200), _long(TARGET, 404)), [_long(BODY, 201)], [_long(BODY, 409)]],
    violates=[[_long(FIELDS, 431)], [_long(TARGET, 414)], [_long(TARGET, 400)], [_long(BODY, 413)]],
    inconclusive=[[], [_long(BODY, 429)], [_long(BODY, 401)]],
)
