"""A query parameter that is not declared, or that occurs twice, is answered 400 and never ignored.

Why: a misspelt filter that is ignored gives everything instead of a part, and the client takes it for the part.

Fails when: a request that succeeds without the stray parameter gets anything but 400 with it (`unknown`, `twice`).
Inconclusive when: the request does not succeed even without it.
Source: OGC API - Features - Part 1, requirement on unknown query parameters; the interface's rules.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from conformance.checks._example import exchange, numbered, page, problem
from conformance.checks._probes import answered, complete, rekeyed, sample, steadily, vanished
from conformance.checks._statuses import either
from conformance.checks.protocol._spoilt import OF_ANY_OBJECT, of_every_object
from conformance.interface.dialect import Dialect
from conformance.model import Examples, Exchange, Finding, Inputs, Operation, Request, Script, Touches, Witness, by_step

TOUCHES = Touches.NOTHING
ASKS = 7
STRAY, WRITTEN = "yanceUnknown", " written as "

ABOUT = """未宣告或重複之查詢參數，回應 400，絕不忽略。
緣由：拼錯之篩選條件遭忽略，便給出全部而非部分，用戶端卻當作部分。
不通過：不帶該參數可成功之請求，帶入後之回應非 400（`unknown`、`twice`）。
無法判定：不帶該參數亦未成功。
依據：OGC API - Features - Part 1, requirement on unknown query parameters；介面規範。
"""

MESSAGES = {
    "ignored": {
        "en": "a stray query parameter ({at}) should be answered {expected} and not be ignored, but got {actual}",
        "zh-Hant": "不該有的查詢參數（{at}）應回應 {expected} 而不得忽略，實得 {actual}",
    },
}


def drive(
    operation: Operation,
    inputs: Inputs,
    dialect: Dialect,
    *,
    most: int = 8,
    unknown: Sequence[int] = (400,),
    twice: Sequence[int] = (400,),
) -> Script:
    """The request as it is, with an unknown parameter, and with each scalar parameter once and twice."""
    base = yield from complete(operation, inputs, dialect)
    if unknown and not operation.writes:
        yield base.with_step("as it is: unknown")
    if unknown:
        for nth, name in enumerate((STRAY,) if operation.writes else (STRAY, *of_every_object(inputs.guise))):
            stray = rekeyed(base, inputs, f"unknown-{nth}").with_query(**{name: 1}).with_step("unknown")
            yield from steadily(operation, stray, base.with_step("as it is: once more"))
    for request in _each_scalar(operation, base, most, unknown=bool(unknown), twice=bool(twice)):
        yield from steadily(operation, request, base.with_step("as it is: once more"))
    if not operation.writes:
        yield base.with_step("as it is: still")


def _each_scalar(operation: Operation, base: Request, most: int, *, unknown: bool, twice: bool) -> Iterator[Request]:
    """The request with each scalar parameter once and twice; with the first one also under names that are nearly its own."""
    scalar = [p for p in operation.parameters if p.location == "query" and p.schema.get("type") not in ("array", "object")]
    for p in scalar[:most]:
        value = base.parameter(p.name) or sample(p)
        if value is None or p.paging == "cursor" or operation.writes:
            continue
        once = base.with_query(**{p.name: value})
        if twice or (unknown and p is scalar[0]):
            yield once.with_step(f"as it is: twice {p.name}")
        if twice:
            yield replace(once, query=(*once.query, (p.name, value))).with_step(f"twice {p.name}")
        if unknown and p is scalar[0]:
            for name in _nearly(p.name):
                yield base.with_query(**{p.name: None, name: value}).with_step(f"{p.name}{WRITTEN}{name}")


def _nearly(name: str) -> tuple[str, ...]:
    """Names that a lenient framework takes for a declared one."""
    return (name.swapcase(), f"{name}[]")


def judge(
    operation: Operation,
    trace: Sequence[Exchange],
    dialect: Dialect,
    *,
    unknown: Sequence[int] = (400,),
    twice: Sequence[int] = (400,),
) -> Iterator[Finding | Witness]:
    """A witness per stray parameter on a request that is otherwise answered with success. `unknown` is what refuses a name that is not
    declared, `twice` a parameter that occurs twice; empty: it may be ignored.
    """
    steps = by_step(trace)
    for step, one in ((step, one) for step, exchanges in steps.items() for one in exchanges):
        if step.startswith("as it is") or not answered(one) or vanished(operation, trace, one):
            continue
        name, written, _ = step.partition(WRITTEN)
        control = steps.get(f"as it is: {f'twice {name}' if written else step}")
        if (control is None or not control[0].ok) if not operation.writes else one.status in (401, 403):
            continue
        numbers = (*(c.number for c in control or ()), one.number)
        status = twice if step.startswith("twice ") else unknown
        if not status:
            continue
        yield Witness(numbers, step, aspect=step)
        if one.status not in status:
            sent = next((name for name in OF_ANY_OBJECT if one.request.parameter(name)), STRAY) if step == "unknown" else step
            yield Finding("ignored", numbers, either(status), str(one.status), sent)


def _pair(line: str, status: int, step: str, *, control: int = 200) -> list[Exchange]:
    return [
        exchange("GET /things", control, page("a") if control == 200 else problem(control), step=f"as it is: {step}"),
        exchange(line, status, problem(status) if status >= 400 else page("a"), step=step),
    ]


_UNKNOWN, _TWICE = "GET /things?yanceUnknown=1", "GET /things?limit=7&limit=7"
EXAMPLES = Examples(
    operation="listThings",
    conforms=[numbered(*_pair(_UNKNOWN, 400, "unknown"), *_pair(_TWICE, 400, "twice limit"))],
    violates=[
        numbered(*_pair(_UNKNOWN, 200, "unknown")),
        numbered(*_pair(_TWICE, 200, "twice limit")),
        numbered(*_pair(_TWICE, 500, "twice limit")),
        numbered(
            exchange("GET /things?limit=7", 200, page("a"), step="as it is: twice limit"),
            exchange("GET /things?LIMIT=7", 200, page("a"), step="limit written as LIMIT"),
        ),
    ],
    inconclusive=[[], numbered(*_pair(_UNKNOWN, 200, "unknown", control=503)), numbered(*_pair(_UNKNOWN, 429, "unknown"))],
)
