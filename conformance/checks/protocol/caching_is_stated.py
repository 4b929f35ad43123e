"""A tenant's data may be kept by nobody else, and public data say how long they may be kept or how to ask again.

Why: one shared cache between two tenants shows the data of one to the other; and public data without a lifetime are fetched anew
each time by everyone.

Fails when: a successful answer with data of a protected operation has none of the directives in `protected`, or one of a public reading
operation lacks one of those in `public`; where the row names none of these, when it has neither `max-age` nor an entity tag.
Inconclusive when: no successful answer with data was seen.
Source: RFC 9111 section 5.2.2.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from conformance.checks._example import exchange, page, problem
from conformance.checks._probes import complete, directives, values_of
from conformance.interface.dialect import Dialect
from conformance.model import Examples, Exchange, Finding, Inputs, Operation, Script, Touches, Witness

TOUCHES = Touches.NOTHING
ASKS = 2
SCOPE = "exchange"
BODIES = False
LIFETIME = frozenset({"max-age", "s-maxage"})

ABOUT = """租戶資料不得由他人保存；公開資料載明可保存多久或如何再查詢。
緣由：兩租戶共用一個快取，會將一方資料顯示予他方；未載期限之公開資料，則人人每次都須重新取得。
不通過：受保護操作之成功回應含資料而沒有 `protected` 之任一指示；公開讀取操作缺少 `public` 所列之一；要求未列者，則既無 `max-age` 亦無實體標籤。
無法判定：未見含資料之成功回應。
依據：RFC 9111 第 5.2.2 節。
"""

MESSAGES = {
    "shared": {
        "en": "a tenant's data should be answered with Cache-Control {expected}, but it is {actual}",
        "zh-Hant": "租戶資料的回應應帶 Cache-Control {expected}，實為 {actual}",
    },
    "unsaid": {
        "en": "public data should be answered with {expected}, but Cache-Control is {actual}",
        "zh-Hant": "公開資料的回應應帶 {expected}，實際的 Cache-Control 為 {actual}",
    },
}


def drive(operation: Operation, inputs: Inputs, dialect: Dialect) -> Script:
    """One request that should succeed."""
    request = yield from complete(operation, inputs, dialect)
    yield request.with_step("caching")


def judge(
    operation: Operation,
    trace: Sequence[Exchange],
    dialect: Dialect,
    *,
    protected: Sequence[str] = ("no-store", "private"),
    public: Sequence[str] = (),
) -> Iterator[Finding | Witness]:
    """A witness per success of the operation's own method. One of the directives in `protected` is enough; those in `public` are all needed."""
    for one in trace:
        operation = operation.spec.operations.get(one.request.operation, operation)
        if (
            not one.ok
            or not one.response
            or not one.response.has_body
            or one.request.method != operation.method
            or (operation.writes and not operation.secured)
        ):
            continue
        yield Witness((one.number,), str(one.status))
        stated, shown = directives(one), values_of(one, "cache-control") or "absent"
        if operation.secured:
            if not stated & set(protected):
                yield Finding("shared", (one.number,), " / ".join(protected), shown)
        elif public:
            if not set(public) <= stated:
                yield Finding("unsaid", (one.number,), ", ".join(public), shown)
        elif not stated & LIFETIME and not one.header("etag"):
            yield Finding("unsaid", (one.number,), "max-age / ETag", shown)


def _created(cache: str | None = None, status: int = 201) -> list[Exchange]:
    headers = {"Cache-Control": cache} if cache else {}
    body = {"thingId": "t1"} if status == 201 else problem(status)
    return [exchange("POST /things", status, body, name="createThing", headers=headers)]


def _read(**headers: str) -> list[Exchange]:
    return [exchange("GET /things", 200, page("a"), headers=headers)]


EXAMPLES = Examples(
    operation="createThing",
    conforms=[
        _read(**{"Cache-Control": "public, max-age=30"}),
        _read(ETag='"1"'),
        _created("no-store"),
        _created("Private, max-age=0"),
        _created('private="set-cookie", no-cache'),
    ],
    violates=[_created(), _created("public, max-age=30"), _created("no-cache"), _read(), _read(**{"Cache-Control": "no-cache"})],
    inconclusive=[[], _created(status=422), [exchange("GET /things", 304)], [exchange("OPTIONS /things", 204)]],
)
