"""A refused input is named: an invalid body by JSON Pointers that resolve in what was sent, an invalid query by its parameter.

Why: "invalid request" costs a developer an afternoon; a pointer to the member costs a second, and a program can act on it.

Fails when: a 422 to a body (`body`; other than for a re-used key) or a 400 or 422 to a query (`query`; other than for a cursor) lists
no errors, or an entry has neither a pointer that resolves in the sent body nor the name of a parameter sent or declared.
Inconclusive when: no input was refused.
Source: RFC 9457 section 3.2 (extension members); RFC 6901.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from conformance.checks._example import exchange, page, problem
from conformance.checks._probes import complete, drawn, rekeyed
from conformance.checks._reading import shown
from conformance.interface.dialect import Dialect
from conformance.model import Examples, Exchange, Finding, Inputs, Operation, Request, Script, Touches, Witness
from conformance.text import pointer

TOUCHES = Touches.NOTHING
SCOPE = "exchange"
STRAY = "yanceUnknown"
CUT = 100  # characters after which a refusal may cut a name

ABOUT = """遭拒之輸入均予指明：無效本文以可於所送內容解析之 JSON Pointer，無效查詢以其參數。
緣由：「請求無效」耗去開發者半天；指向欄位之指標僅需一秒，程式亦可據以行動。
不通過：對本文之 422（`body`；重複使用之鍵除外）或對查詢之 400、422（`query`；游標除外）未列出錯誤；或所列錯誤既無可於所送本文解析之指標，亦無所送或所宣告之參數名稱。
無法判定：沒有輸入遭拒。
依據：RFC 9457 第 3.2 節（擴充欄位）；RFC 6901。
"""

MESSAGES = {
    "unnamed": {
        "en": "the refusal should name what is wrong in {expected}, but {at} is {actual}",
        "zh-Hant": "拒絕的回應應以 {expected} 指出錯誤所在，但 {at} 為 {actual}",
    },
    "pointer": {
        "en": "{at} should be {expected}, but is {actual}",
        "zh-Hant": "{at} 應為 {expected}，實為 {actual}",
    },
    "parameter": {
        "en": "{at} should be the name of a parameter that was sent or is declared ({expected}), but is {actual}",
        "zh-Hant": "{at} 應為所送或已宣告的參數名稱（{expected}），實為 {actual}",
    },
}


def drive(operation: Operation, inputs: Inputs, dialect: Dialect, *, most: int = 6) -> Script:
    """Inputs that are certainly wrong: an unknown parameter, unknown and missing members, and drawn ones."""
    base = yield from complete(operation, inputs, dialect)
    for index, request in enumerate(_wrong(operation, base)):
        yield rekeyed(request, inputs, f"wrong-{index}").with_step("invalid input")
    for index, draw in enumerate(inputs.invalid[:most]):
        yield rekeyed(drawn(base, draw), inputs, f"drawn-{index}").with_step("drawn: invalid")


def _wrong(operation: Operation, base: Request) -> Iterator[Request]:
    if operation.method == "GET":
        yield base.with_query(**{STRAY: 1})
    if operation.bodies and isinstance(body := base.json(), dict):
        yield base.with_json({})
        yield base.with_json({**body, STRAY: 1})


def judge(
    operation: Operation,
    trace: Sequence[Exchange],
    dialect: Dialect,
    *,
    body: Sequence[int] = (422,),
    query: Sequence[int] = (400, 422),
    unless: Sequence[str] = ("invalid-cursor", "key-reused"),
) -> Iterator[Finding | Witness]:
    """A witness per refusal of an input. `body` and `query` refuse an invalid body or query; a problem whose type ends with one of
    `unless` is about neither.
    """
    for one in trace:
        operation = operation.spec.operations.get(one.request.operation, operation)
        where = _refused(operation, one, body, query)
        kind = pointer.first(one.json, dialect.problem_type) if where else None
        if isinstance(kind, str) and kind.rstrip("/").rpartition("/")[2] in unless:
            continue
        if where is None:
            continue
        yield Witness((one.number,), f"{one.status} {where}", aspect=f"{one.status} {where}")
        entries = pointer.first(one.json, dialect.problem_errors)
        if not isinstance(entries, list) or not entries:
            named = "absent" if entries is None else shown(entries)
            yield Finding("unnamed", (one.number,), f"errors[].{where}", named, dialect.problem_errors)
            continue
        for index, entry in enumerate(entries):
            yield from _entry(operation, one, entry, where, f"{dialect.problem_errors}/{index}")


def _refused(operation: Operation, one: Exchange, body: Sequence[int], query: Sequence[int]) -> str | None:
    """What an answer refuses: `pointer` a body, `parameter` a query, None neither."""
    if one.status not in (*body, *query) or one.request.method != operation.method:
        return None
    if operation.method == "GET":
        named = one.status in query and one.request.query and all(name for name, _ in one.request.query)
        return "parameter" if named else None
    return "pointer" if one.status in body and one.request.json() is not None else None


def _entry(operation: Operation, one: Exchange, entry: Any, where: str, here: str) -> Iterator[Finding]:
    said = entry if isinstance(entry, dict) else {}
    if "pointer" in said:
        if not pointer.leads(one.request.json(), said["pointer"]):
            expected = "a JSON Pointer that resolves in the sent body"
            yield Finding("pointer", (one.number,), expected, shown(said["pointer"]), f"{here}/pointer")
    elif "parameter" in said:
        known = {name for name, _ in one.request.query} | {p.name for p in operation.parameters}
        named = {part.lower() for name in known for part in (name, name[:CUT])}
        if not isinstance(said["parameter"], str) or said["parameter"].lower() not in named:
            yield Finding("parameter", (one.number,), ", ".join(sorted(known)), shown(said["parameter"]), f"{here}/parameter")
    else:
        yield Finding("unnamed", (one.number,), where, shown(entry), here)


def _query(*errors: Any, slug: str = "invalid-parameter", **more: Any) -> list[Exchange]:
    return [exchange("GET /things?limit=0", 400, problem(400, slug, **({"errors": list(errors)} if errors else {}), **more))]


def _body(*errors: Any, slug: str = "invalid-body") -> list[Exchange]:
    sent = {"colour": 7, "sizes": [1, {"a/b": 2, "a~b": 3}]}
    return [exchange("POST /things", 422, problem(422, slug, errors=list(errors)), name="createThing", sent=sent)]


EXAMPLES = Examples(
    operation="createThing",
    conforms=[
        _query({"parameter": "limit", "detail": "at least 1"}),
        [exchange(f"GET /things?{'x' * 300}=1", 400, problem(400, errors=[{"parameter": "x" * CUT}]))],
        _body({"pointer": "/colour", "detail": "text"}),
        _body({"pointer": "", "detail": "lacks size"}, {"pointer": "/sizes/1/a~1b"}, {"pointer": "/sizes/1/a~0b"}),
    ],
    violates=[
        _query(),
        _query({"parameter": "size"}),
        _query({"pointer": "/limit"}),
        _body(),
        _body({"detail": "wrong"}),
        _body({"pointer": "/shape"}),
        _body({"pointer": "/sizes/*"}),
        _body({"pointer": "/sizes/1/a~b"}),
        _body({"pointer": "#/colour"}),
        _body({"parameter": "weight"}),
        _body("colour is wrong"),
    ],
    inconclusive=[
        [],
        _query(slug="invalid-cursor"),
        _body(slug="key-reused"),
        [exchange("POST /things", 201, page(), name="createThing", sent={})],
    ],
)
