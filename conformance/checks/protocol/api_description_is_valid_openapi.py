"""The API description is a valid OpenAPI 3.0 or 3.1 document that needs nothing beside itself.

Why: a description that tools cannot read, or that points to files which only the vendor has, is no description for anyone else.

Fails when: the description is not served, is not JSON, deviates from the OpenAPI schema of its version, has a reference that
leads nowhere, or refers to another document.
Inconclusive when: it could not be fetched because the target did not answer, or it is larger than the suite keeps.
Source: OpenAPI Specification 3.0 and 3.1; 國發會「共通性應用程式介面規範」, OAS 標準之 API 說明文件.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from conformance.checks._example import exchange
from conformance.checks._probes import answered
from conformance.interface import schema
from conformance.interface.dialect import Dialect
from conformance.interface.references import references
from conformance.model import Examples, Exchange, Finding, Inputs, Operation, Script, Touches, Witness, by_step

TOUCHES = Touches.NOTHING
ASKS = 1
MOST = 10

ABOUT = """API 說明文件為有效且自足之 OpenAPI 3.0 或 3.1 文件。
緣由：工具無法讀取，或指向僅廠商持有之檔案者，對他人而言並非說明文件。
不通過：未提供說明文件、不是 JSON、不符其版本之 OpenAPI 綱要、參照無所指，或參照其他文件。
無法判定：受測目標未回應而無法取得，或文件超過套件保存之大小。
依據：OpenAPI Specification 3.0 與 3.1；國發會「共通性應用程式介面規範」OAS 標準之 API 說明文件。
"""

MESSAGES = {
    "unserved": {
        "en": "the API description should be answered {expected}, but got {actual}",
        "zh-Hant": "API 說明文件應回應 {expected}，實得 {actual}",
    },
    "invalid": {
        "en": "the API description is not valid OpenAPI at {at}: expected {expected}, but {actual}",
        "zh-Hant": "API 說明文件在 {at} 不符 OpenAPI：應為 {expected}，但 {actual}",
    },
    "outside": {
        "en": "the API description should stand alone ({expected}), but {at} refers to {actual}",
        "zh-Hant": "API 說明文件應自足（{expected}），但 {at} 引用 {actual}",
    },
}


def drive(operation: Operation, inputs: Inputs, dialect: Dialect) -> Script:
    """Fetch it once."""
    yield operation.request(step="description")


def judge(operation: Operation, trace: Sequence[Exchange], dialect: Dialect) -> Iterator[Finding | Witness]:
    """A witness per document that came."""
    for one in by_step(trace).get("description", ()):
        if not answered(one):
            continue
        if one.status != 200 or one.response is None:
            yield Finding("unserved", (one.number,), "200", str(one.status))
            continue
        if one.response.truncated:
            continue
        yield Witness((one.number,), "document")
        if not one.response.is_json:
            yield Finding("invalid", (one.number,), "JSON", "it does not parse", "/")
            continue
        for error in schema.openapi_errors(one.json)[:MOST]:
            yield Finding("invalid", (one.number,), "OpenAPI 3.0 or 3.1", error.message[:300], error.pointer or "/")
        outside = [(where, node["$ref"]) for where, node, _ in references(one.json) if not node["$ref"].startswith("#")]
        for where, reference in outside[:MOST]:
            yield Finding("outside", (one.number,), "references within the document", reference, f"{where}/$ref")


def _document(**more: Any) -> dict[str, Any]:
    return {"openapi": "3.1.0", "info": {"title": "Things", "version": "1.0.0"}, "paths": {}, **more}


def _fetched(body: Any, status: int = 200) -> list[Exchange]:
    return [exchange("GET /openapi.json", status, body, step="description")]


_OLD = {
    "openapi": "3.0.3",
    "info": {"title": "Things", "version": "1"},
    "paths": {"/things": {"get": {"responses": {"200": {"description": "ok"}}}}},
}
EXAMPLES = Examples(
    operation="listThings",
    conforms=[_fetched(_document()), _fetched(_OLD), _fetched(_document(components={"schemas": {"A": {"type": "string"}}}))],
    violates=[
        _fetched({"openapi": "3.1.0", "paths": {}}),
        _fetched({"swagger": "2.0"}),
        _fetched(b"openapi: 3.1.0"),
        _fetched(None, 404),
        _fetched(_document(components={"schemas": {"A": {"$ref": "common.yaml#/components/schemas/B"}}})),
    ],
    inconclusive=[[], _fetched(None, 429), [exchange("GET /openapi.json", step="description", failure="timeout")]],
)
