"""Refusals: the problem documents (RFC 9457) that the house knows, in zh-Hant and English.

A `Problem` is raised wherever a request has to be refused; `HouseServer.problem` turns it into a document. Texts never
repeat what the client sent, so that neither a secret nor another tenant's identifier can come back in one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

__all__ = ["KINDS", "Kind", "Misfit", "Problem", "Text", "invalid_parameter"]

Text = tuple[str, str]  # (zh-Hant, en)


@dataclass(frozen=True)
class Kind:
    """One kind of problem: its HTTP status, its title, and what it says when nothing more is known."""

    status: int
    title: Text
    detail: Text


@dataclass(frozen=True)
class Misfit:
    """What is wrong in one place: `where` is `pointer` (into the sent body) or `parameter`, `at` its value."""

    where: str
    at: str
    detail: Text


KINDS: Mapping[str, Kind] = {
    "invalid-parameter": Kind(
        400, ("參數不正確", "Invalid parameter"), ("請求的參數不符介面規範。", "A parameter of the request is not valid.")
    ),
    "invalid-cursor": Kind(
        400,
        ("分頁游標無效", "Invalid cursor"),
        ("此游標不屬於這項查詢，請從第一頁重新查詢。", "The cursor does not belong to this query; start at the first page."),
    ),
    "malformed-body": Kind(
        400, ("請求本文無法解讀", "Malformed body"), ("請求本文不是正確的 JSON。", "The request body is not well-formed JSON.")
    ),
    "missing-idempotency-key": Kind(
        400,
        ("缺少 Idempotency-Key", "Missing Idempotency-Key"),
        ("建立資源的請求必須帶有 Idempotency-Key 標頭。", "A request that creates a resource needs an Idempotency-Key header."),
    ),
    "unauthorized": Kind(
        401, ("未通過身分驗證", "Unauthorized"), ("請以有效的存取權杖重新請求。", "Send the request with a valid access token.")
    ),
    "forbidden": Kind(
        403, ("權限不足", "Forbidden"), ("存取權杖不含所需的範圍。", "The access token lacks the scope that is needed.")
    ),
    "wrong-code": Kind(403, ("取件碼不正確", "Wrong code"), ("取件碼不正確。", "The pickup code is not right.")),
    "not-found": Kind(404, ("查無資源", "Not found"), ("查無此資源。", "There is no such resource.")),
    "gone": Kind(410, ("已不存在", "Gone"), ("此預約已逾期，不再提供。", "The reservation has expired and is kept no longer.")),
    "method-not-allowed": Kind(
        405, ("不支援的方法", "Method not allowed"), ("此資源不支援這個方法。", "The resource does not support this method.")
    ),
    "not-acceptable": Kind(
        406, ("無法提供所要的格式", "Not acceptable"), ("僅能以 JSON 回應。", "The answer can be given as JSON only.")
    ),
    "conflict": Kind(
        409, ("與目前狀態衝突", "Conflict"), ("請求與資源目前的狀態衝突。", "The request conflicts with the present state.")
    ),
    "illegal-transition": Kind(
        409,
        ("不允許的狀態轉換", "Illegal transition"),
        ("資源目前的狀態不允許這項轉換。", "The present state does not allow this transition."),
    ),
    "no-capacity": Kind(
        409, ("已無可用數量", "No capacity"), ("所選時段已無可用數量。", "Nothing is free over the chosen interval.")
    ),
    "not-in-service": Kind(
        409, ("目前未提供服務", "Not in service"), ("所選標的目前未提供服務。", "The chosen target is not in service.")
    ),
    "key-in-use": Kind(
        409,
        ("Idempotency-Key 處理中", "Idempotency-Key in use"),
        ("相同鍵值的請求仍在處理中。", "A request with the same key is still being processed."),
    ),
    "precondition-failed": Kind(
        412,
        ("資源已變更", "Precondition failed"),
        ("資源已變更，請重新取得後再試。", "The resource has changed; read it again first."),
    ),
    "unsupported-media-type": Kind(
        415,
        ("不支援的內容格式", "Unsupported media type"),
        ("請求本文的內容格式不受支援。", "The media type of the request body is not supported."),
    ),
    "invalid-body": Kind(
        422, ("請求內容不正確", "Invalid body"), ("請求本文不符介面規範。", "The request body breaks the interface's rules.")
    ),
    "key-reused": Kind(
        422,
        ("Idempotency-Key 重複使用", "Idempotency-Key reused"),
        ("此鍵值已用於內容不同的請求。", "The key was used before for a request with other content."),
    ),
    "locked": Kind(
        423, ("已鎖定", "Locked"), ("錯誤次數過多，請稍後再試。", "There were too many wrong codes; try again later.")
    ),
    "precondition-required": Kind(
        428,
        ("缺少 If-Match", "Precondition required"),
        ("變更資源的請求必須帶有 If-Match 標頭。", "A request that changes the resource needs an If-Match header."),
    ),
    "too-many-requests": Kind(
        429, ("請求過於頻繁", "Too many requests"), ("已超過請求配額，請稍候再試。", "The quota is used up; try again later.")
    ),
    "internal-error": Kind(
        500, ("伺服器內部錯誤", "Internal error"), ("伺服器無法完成請求。", "The server could not complete the request.")
    ),
}


class Problem(Exception):  # RFC 9457 calls it a problem
    """A refusal of the request under way."""

    def __init__(
        self,
        slug: str,
        errors: Sequence[Misfit] = (),
        *,
        detail: Text | None = None,
        headers: Mapping[str, str] | None = None,
        extra: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(slug)
        self.slug = slug
        self.kind = KINDS[slug]
        self.errors = tuple(errors)
        self.detail = detail or self.kind.detail
        self.headers = dict(headers or {})
        self.extra = dict(extra or {})


def invalid_parameter(name: str, detail: Text) -> Problem:
    """The refusal of one query parameter or request header."""
    return Problem("invalid-parameter", [Misfit("parameter", name, detail)])
