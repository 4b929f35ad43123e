"""Smaller inputs: after a failure on a drawn input, look for the smallest one that still fails in the same way.

Only checks that judge one exchange at a time can be shrunk, since there the exchange alone decides. Candidates leave out a query
parameter or a member of the body, or put a simpler value in its place; a candidate is kept when it is answered with the same
status and the check says the same of it. Everything that is sent is evidence too, under a case of its own (`shrink/<case>`, step
`smaller` for the smallest that still failed), and counts against a budget of requests.
"""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from dataclasses import replace

from conformance import checks, given
from conformance.evidence import Record
from conformance.interface.dialect import Dialect
from conformance.model import Answer, Case, Exchange, Finding, Outcome, Plan, Request, Spec, Unmet, Verdict, json_bytes
from conformance.plan.simpler import simpler
from conformance.verdict.judge import judge_run

__all__ = ["DRAWN", "SHRINK", "candidates", "shrink_case", "shrinkable", "sought"]

DRAWN = "drawn:"  # steps that begin so sent a drawn input
SHRINK = "shrink/"  # begins the case that a search for a smaller input is recorded under
MOST_SHRUNK = 8  # failing cases for which smaller inputs are sought
KEY = "Idempotency-Key"
MOST_REQUESTS = 40
Send = Callable[[Request], Awaitable[Exchange]]


def sought(
    plan: Plan, spec: Spec, dialect: Dialect, read: Callable[[], Iterable[Record]]
) -> list[tuple[Case, Finding, Exchange]]:
    """The failures for which a smaller input is to be sought, with the exchange to begin with, in the plan's order.

    A pure function of the records that `read` gives, those of a run that has asked everything else.
    """
    listening = replace(plan, cases=tuple(case for case in plan.cases if case.scope == "exchange"))
    failed = [v for v in judge_run(listening, spec, dialect, _drawn(read())) if v.outcome is Outcome.FAIL]
    wanted = {number for verdict in failed for finding in verdict.findings for number in finding.exchanges}
    seen = {e.number: e for e in (read() if wanted else ()) if isinstance(e, Exchange) and e.number in wanted}
    cases = {case.id: case for case in plan.cases}
    found = ((cases[verdict.case], shrinkable(cases[verdict.case], verdict, seen)) for verdict in failed)
    return [(case, *one) for case, one in found if one is not None][:MOST_SHRUNK]


def _drawn(records: Iterable[Record]) -> Iterator[Record]:
    """The records without the exchanges that no smaller input could stand for; judging them all would cost as much as the report."""
    return (record for record in records if not isinstance(record, Exchange) or record.step.startswith(DRAWN))


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
    """The smallest request found that still brings the finding. `send` sends a request and records it.

    At most `most` candidates are sent, none twice; the smallest is sent once more as the step `smaller`, and what came into being
    on the way is undone.
    """
    judge = checks.bind(checks.check(case.check).judge, case.arguments)
    operation = spec.operations[case.operation]
    trace: list[Exchange] = []

    async def ask(request: Request, step: str) -> Exchange:
        trace.append(await send(_rekeyed(request, case, len(trace)).with_step(step)))
        return trace[-1]

    def same(exchange: Exchange) -> bool:
        said = judge(operation, [exchange], dialect)
        found = any(isinstance(one, Finding) and one.message == finding.message for one in said)
        return found and exchange.status == start.status

    best, tried = start.request, {(start.request.query, start.request.body)}
    improved = same(replace(start, request=best.with_step("candidate")))  # else the finding rests on the step, not on the input
    try:
        while improved:
            improved = False
            for smaller in candidates(best):
                if (smaller.query, smaller.body) in tried:
                    continue
                if len(trace) >= most:
                    break
                tried.add((smaller.query, smaller.body))
                if same(await ask(smaller, "candidate")):
                    best, improved = smaller, True
                    break
        if best != start.request:
            await ask(best, "smaller")
    finally:
        await _undone(spec, trace, send)
    return best


def _rekeyed(request: Request, case: Case, index: int) -> Request:
    """The request under an idempotency key of its own, if it has one: under the old one it would be refused as another request."""
    label = f"shrink-{request.operation}-{index}"
    return request.with_header(KEY, case.inputs.key(label)) if request.header(KEY) else request


async def _undone(spec: Spec, trace: list[Exchange], send: Send) -> None:
    """Undo what candidates made, as far as the interface allows it."""
    script = given.clean_up(spec, list(trace))
    answer: Answer = None
    with contextlib.suppress(StopIteration, Unmet):
        while True:
            asked = script.send(answer)
            answer = await send(asked) if isinstance(asked, Request) else None


def candidates(request: Request) -> Iterator[Request]:
    """Simpler requests than this one, the boldest first."""
    for index in range(len(request.query)):
        yield replace(request, query=request.query[:index] + request.query[index + 1 :])
    document = request.json()
    if document is not None:
        for smaller in simpler(document):
            yield replace(request, body=json_bytes(smaller))
    for index, (name, value) in enumerate(request.query):
        for smaller in simpler(value):
            yield replace(request, query=(*request.query[:index], (name, smaller), *request.query[index + 1 :]))
