"""What is answered: refusals that are declared and are problem documents, and collections that are paged."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from conformance.committee.rules import ERROR, Draft, Place, rule, text
from conformance.committee.rules._sample import GOOD, draft
from conformance.interface.contract import declared
from conformance.model import Operation
from conformance.text import pointer

_PROBLEM = {"description": "-", "content": {"application/problem+json": {"schema": {}}}}
_HOUSE = "common interface 1.0.0, section on errors"
_PAGED = "common interface 1.0.0, section on collections and paging"


def _at(one: Operation, *more: str) -> str:
    return pointer.join("paths", one.path, one.method.lower(), *more)


def _lacking(found: Draft, status: int, applies: Any) -> Iterator[Place]:
    for one in found.operations.values():
        if applies(one) and declared(one, status) is None:
            yield _at(one, "responses"), f"{one.id} declares no {status}"


@rule(
    "ERR-01", ERROR, "house", "RFC 9457 section 3; " + _HOUSE,
    text("One form of refusal, so that a client needs one reader.", "拒絕之格式一致，介接方僅需一種解析方式。"),
    text("Declare application/problem+json for this status.", "此狀態碼之本文宣告為 application/problem+json。"),
    draft({"responses": {**GOOD, "400": _PROBLEM}}), draft({"responses": {**GOOD, "400": {"description": "-", "content": {"application/json": {}}}}}),
)  # fmt: skip
def refusals_are_problem_documents(found: Draft) -> Iterator[Place]:
    """Each declared 4xx or 5xx whose content is anything but a problem document."""
    for one in found.operations.values():
        for status, answer in one.responses.items():
            content = answer.get("content") or {}
            if status[:1] in "45" and (others := [name for name in content if name != "application/problem+json"]):
                yield _at(one, "responses", status), f"{one.id}: {', '.join(others)}"


@rule(
    "ERR-02", ERROR, "house", "RFC 9110 section 15.5.1; " + _HOUSE,
    text("Every request can be malformed.", "任何請求皆可能格式錯誤。"),
    text("Declare 400.", "宣告 400。"),
    draft({"responses": {**GOOD, "400": _PROBLEM}}), draft({}),
)  # fmt: skip
def malformed_requests_have_their_answer(found: Draft) -> Iterator[Place]:
    """Each operation that declares no 400."""
    yield from _lacking(found, 400, lambda _: True)


@rule(
    "ERR-03", ERROR, "house", "RFC 9110 section 15.5.2; RFC 6750 section 3.1",
    text("Who comes without credentials, or without the right, has to be told so.", "未附憑證或權限不足者，須明確告知。"),
    text("Declare 401 and 403.", "宣告 401 與 403。"),
    draft({"security": [{"k": []}], "responses": {**GOOD, "401": _PROBLEM, "403": _PROBLEM}}), draft({"security": [{"k": []}], "responses": {**GOOD, "401": _PROBLEM}}),
)  # fmt: skip
def protected_operations_declare_their_refusals(found: Draft) -> Iterator[Place]:
    """Each protected operation that declares no 401 or no 403."""
    for status in (401, 403):
        yield from _lacking(found, status, lambda one: one.secured)


@rule(
    "ERR-04", ERROR, "house", "RFC 9110 section 15.5.5",
    text("What a path names may not exist.", "路徑所指之資源可能不存在。"),
    text("Declare 404.", "宣告 404。"),
    draft({"responses": {**GOOD, "404": _PROBLEM}}, path="/things/{id}"), draft({}, path="/things/{id}"),
)  # fmt: skip
def addressed_operations_declare_404(found: Draft) -> Iterator[Place]:
    """Each operation with a parameter in its path that declares no 404."""
    yield from _lacking(found, 404, lambda one: "{" in one.path)


@rule(
    "ERR-05", ERROR, "house", "RFC 6585 section 4; " + _HOUSE,
    text("Every server has a limit, and says so before it breaks.", "任何伺服器皆有流量上限，應於超載前告知。"),
    text("Declare 429.", "宣告 429。"),
    draft({"responses": {**GOOD, "429": _PROBLEM}}), draft({}),
)  # fmt: skip
def limits_have_their_answer(found: Draft) -> Iterator[Place]:
    """Each operation that declares no 429."""
    yield from _lacking(found, 429, lambda _: True)


@rule(
    "ERR-06", ERROR, "house", "RFC 9110 sections 15.5.16 and 15.5.21; " + _HOUSE,
    text("A body can be of a type that is not read, or break a rule of its schema.", "本文之媒體類型可能不受支援，內容亦可能違反綱要。"),
    text("Declare 415 and 422.", "宣告 415 與 422。"),
    draft({"requestBody": {"content": {"application/json": {}}}, "responses": {**GOOD, "415": _PROBLEM, "422": _PROBLEM}}, method="post"),
    draft({"requestBody": {"content": {"application/json": {}}}}, method="post"),
)  # fmt: skip
def bodies_declare_their_refusals(found: Draft) -> Iterator[Place]:
    """Each operation with a body that declares no 415 or no 422."""
    for status in (415, 422):
        yield from _lacking(found, status, lambda one: bool(one.bodies))


@rule(
    "ERR-07", ERROR, "house", "RFC 9110 section 15.5.7",
    text("Whoever asks for a type that is not offered has to be told so.", "要求不支援之媒體類型者，須明確告知。"),
    text("Declare 406.", "宣告 406。"),
    draft({"responses": {**GOOD, "406": _PROBLEM}}), draft({}),
)  # fmt: skip
def unacceptable_types_have_their_answer(found: Draft) -> Iterator[Place]:
    """Each operation that declares no 406."""
    yield from _lacking(found, 406, lambda _: True)


def _query(name: str, paging: str, **schema: Any) -> dict[str, Any]:
    return {"name": name, "in": "query", "x-paging": paging, "schema": {"type": "integer", **schema}}


_COLLECTION: dict[str, Any] = {"x-collection": {"items": "/items"}}
_LIMIT = _query("limit", "limit", minimum=1, maximum=200, default=50)
_LISTED = {
    "200": {
        "description": "-",
        "content": {"application/json": {"schema": {"type": "object", "properties": {"items": {"type": "array"}}}}},
    }
}


@rule(
    "PAG-01", ERROR, "house", _PAGED,
    text("A collection without pages grows until nobody can read it.", "未分頁之集合終將過大而無法讀取。"),
    text("Give it parameters with `x-paging` limit and cursor.", "加上 x-paging 為 limit 與 cursor 之參數。"),
    draft({**_COLLECTION, "parameters": [_LIMIT, _query("cursor", "cursor")]}), draft(_COLLECTION),
)  # fmt: skip
def collections_are_paged(found: Draft) -> Iterator[Place]:
    """Each collection without both parameters."""
    for one in found.operations.values():
        if one.collection is not None:
            lacking = {"limit", "cursor"} - {str(p.paging) for p in one.parameters}
            if lacking:
                yield _at(one), f"{one.id} has no {' and no '.join(sorted(lacking))}"


@rule(
    "PAG-02", ERROR, "house", _PAGED,
    text("A page size without bounds lets one request ask for everything.", "頁面大小若無上下限，一個請求即可索取全部資料。"),
    text("Give the parameter a minimum, a maximum and a default.", "為該參數訂定最小值、最大值與預設值。"),
    draft({"parameters": [_LIMIT]}), draft({"parameters": [_query("limit", "limit", minimum=1)]}),
)  # fmt: skip
def page_sizes_are_bounded(found: Draft) -> Iterator[Place]:
    """Each page size that lacks a bound or a default."""
    for one in found.operations.values():
        for p in one.parameters:
            lacking = [key for key in ("minimum", "maximum", "default") if key not in p.schema]
            if p.paging == "limit" and lacking:
                yield _at(one), f"{one.id}: {p.name} has no {', '.join(lacking)}"


@rule(
    "PAG-03", ERROR, "house", _PAGED,
    text("An `x-collection` has to say of the operation what is so.", "x-collection 須與操作之實際宣告一致。"),
    text("Declare 200 with JSON for this collection.", "為此集合宣告 JSON 格式之 200 回應。"),
    draft({**_COLLECTION, "responses": _LISTED}), draft({**_COLLECTION, "responses": {"204": {"description": "-"}}}),
)  # fmt: skip
def collections_are_answered_with_json(found: Draft) -> Iterator[Place]:
    """Each collection whose success has no JSON body."""
    for one in found.operations.values():
        content: Mapping[str, Any] = (declared(one, 200) or {}).get("content") or {}
        if one.collection is not None and "application/json" not in content:
            yield _at(one, "responses"), f"{one.id} is a collection without a JSON body"
