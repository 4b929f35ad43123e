"""The type of a problem is one of those that the interface has for its status.

Why: programs act on the type and people read the title; a type that does not belong to the status, or that no list holds, sends the
program the wrong way.

Fails when: the `type` of a problem document does not end with one of the names that are listed for the status of the answer.
Inconclusive when: no problem document with a listed status was seen.
Source: RFC 9457 section 3.1.1; the interface's list of problem types.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from conformance.checks._example import exchange, problem
from conformance.checks._probes import mistyped
from conformance.interface.dialect import Dialect
from conformance.model import Examples, Exchange, Finding, Operation, Touches, Witness
from conformance.text import pointer

TOUCHES = Touches.NOTHING
SCOPE = "exchange"

ABOUT = """問題類型屬介面就該狀態碼所列者之一。
緣由：程式依類型行事，人看標題；類型不屬該狀態碼或未列於任何清單者，會將程式引入歧途。
不通過：問題文件之 `type` 結尾不是就該狀態碼所列名稱之一。
無法判定：未見所列狀態碼之問題文件。
依據：RFC 9457 第 3.1.1 節；介面規範之問題類型表。
"""

MESSAGES = {
    "type": {
        "en": "the type of the {at} problem should end with {expected}, but is {actual}",
        "zh-Hant": "{at} 問題的 type 應以 {expected} 結尾，實為 {actual}",
    },
}


def judge(
    operation: Operation, trace: Sequence[Exchange], dialect: Dialect, *, types: Mapping[str, Sequence[str]]
) -> Iterator[Finding | Witness]:
    """`types` has the names of each status. One witness per problem document with such a status."""
    for one in trace:
        document, names = dialect.problem(one), types.get(str(one.status), ())
        if document is None or not names:
            continue
        yield Witness((one.number,), str(one.status), aspect=str(one.status))
        if mistyped(one, names, dialect):
            found = str(pointer.first(document, dialect.problem_type))[:200]
            yield Finding("type", (one.number,), " / ".join(names), found, str(one.status))


def _refused(status: int, slug: str) -> list[Exchange]:
    return [exchange("GET /things?limit=0", status, problem(status, slug))]


EXAMPLES = Examples(
    operation="listThings",
    arguments={"types": {"400": ["bad-query", "bad-cursor"], "404": ["unknown"]}},
    conforms=[_refused(400, "bad-cursor"), _refused(404, "unknown")],
    violates=[_refused(400, "unknown"), _refused(404, "Unknown"), _refused(404, "unknown/thing")],
    inconclusive=[
        [],
        _refused(410, "gone"),
        [exchange("GET /things/x", 404, {"type": "gone"}, headers={"content-type": "application/json"})],
    ],
)
