"""Smaller inputs: after a failure on a drawn input, look for the smallest one that still fails in the same way.

Only checks that judge one exchange at a time can be shrunk, since there the exchange alone decides. Candidates leave out a query
parameter, a header or a member of the body, or put a simpler value in its place; a candidate is kept when the check says the
same of it. Everything that is sent is evidence too, under a case of its own (`shrink/<case>`, step `smaller` when it still
failed), and counts against a budget of requests.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from conformance import checks
from conformance.dialect import Dialect
from conformance.model import Case, Exchange, Finding, Request, Spec, Verdict, json_bytes

__all__ = ["DRAWN", "candidates", "shrink_case", "shrinkable"]

DRAWN = "drawn:"  # steps that begin so sent a drawn input
MOST_REQUESTS = 40
Send = Callable[[Request], Awaitable[Exchange]]


def shrinkable(case: Case, verdict: Verdict, exchanges: Mapping[int, Exchange]) -> tuple[Finding, Exchange] | None:
    """The first finding of a failed case that rests on one drawn exchange, with that exchange; None when there is none."""
    if case.scope != "exchange":
        return None
    for finding in verdict.findings:
        exchange = exchanges.get(finding.exchanges[0]) if len(finding.exchanges) == 1 else None
        if exchange is not None and exchange.step.startswith(DRAWN) and not _redacted(exchange):
            return finding, exchange
    return None


def _redacted(exchange: Exchange) -> bool:
    """Whether the recorded request is not what was sent, so that sending it again would prove nothing."""
    return any(
        str(one.get("where", "")).startswith(("/request/query", "/request/body"))
        for one in exchange.attributes.get("redactions", ())
    )


async def shrink_case(
    case: Case, finding: Finding, start: Exchange, spec: Spec, dialect: Dialect, send: Send, *, most: int = MOST_REQUESTS
) -> Request:
    """The smallest request found that still brings the finding. `send` sends a request and records it."""
    judge = checks.bind(checks.check(case.check).judge, case.arguments)
    operation = spec.operations[case.operation]
    best = start.request
    sent = 0
    improved = True
    while improved and sent < most:
        improved = False
        for smaller in candidates(best):
            if sent >= most:
                break
            exchange = await send(smaller.with_step("candidate"))
            sent += 1
            if any(
                isinstance(said, Finding) and said.message == finding.message for said in judge(operation, [exchange], dialect)
            ):
                best, improved = smaller, True
                break
    return best


def candidates(request: Request) -> Iterator[Request]:
    """Simpler requests than this one, the boldest first."""
    for index in range(len(request.query)):
        yield replace(request, query=request.query[:index] + request.query[index + 1 :])
    document = request.json()
    if document is not None:
        for smaller in _simpler(document):
            yield replace(request, body=json_bytes(smaller))
    for index, (name, value) in enumerate(request.query):
        for simpler in _simpler(value):
            yield replace(request, query=(*request.query[:index], (name, simpler), *request.query[index + 1 :]))


def _simpler(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        for key in value:
            yield {name: member for name, member in value.items() if name != key}
        for key, member in value.items():
            for smaller in _simpler(member):
                yield {**value, key: smaller}
    elif isinstance(value, list):
        if value:
            yield []
        for index in range(len(value)):
            yield value[:index] + value[index + 1 :]
    elif isinstance(value, str) and value:
        yield from dict.fromkeys(
            half for half in (value[: len(value) // 2], value[len(value) // 2 :], value[:1]) if half != value
        )
    elif isinstance(value, int | float) and not isinstance(value, bool) and value not in (0, 1, -1):
        yield from (0, int(value / 2))
