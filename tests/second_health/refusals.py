"""Refusals, raised wherever a request falls short, and the problem documents that they become."""

from __future__ import annotations

from typing import Any

__all__ = ["Fault", "Refusal", "conflict", "wrong_body", "wrong_parameter"]

Fault = tuple[str, str]
"""Where in the body, as a JSON Pointer, and what is wrong there."""

_KINDS: dict[str, tuple[int, str]] = {
    "invalid-parameter": (400, "查詢參數有誤"),
    "invalid-cursor": (400, "游標無效"),
    "malformed-body": (400, "無法解讀本文"),
    "missing-idempotency-key": (400, "須附冪等鍵"),
    "unauthorized": (401, "須附有效的權杖"),
    "forbidden": (403, "權限不足"),
    "wrong-code": (403, "取件碼不正確"),
    "not-found": (404, "沒有這項資料"),
    "method-not-allowed": (405, "不接受此方法"),
    "not-acceptable": (406, "無此格式"),
    "conflict": (409, "與現況衝突"),
    "illegal-transition": (409, "不能如此轉換"),
    "no-capacity": (409, "已無空格口"),
    "key-in-use": (409, "相同的鍵仍在處理"),
    "precondition-failed": (412, "資料已變更"),
    "unsupported-media-type": (415, "不接受此種本文"),
    "invalid-body": (422, "本文不合規定"),
    "key-reused": (422, "此鍵已用於其他本文"),
    "locked": (423, "已鎖定"),
    "precondition-required": (428, "須附 If-Match"),
    "too-many-requests": (429, "請稍後再試"),
}


class Refusal(Exception):  # an answer, not an error
    """Why a request is refused."""

    def __init__(
        self,
        slug: str,
        errors: list[dict[str, str]] | None = None,
        headers: dict[str, str] | None = None,
        members: dict[str, str] | None = None,
    ) -> None:
        super().__init__(slug)
        self.slug = slug
        self.status, self.title = _KINDS[slug]
        self.errors = errors or []
        self.headers = headers or {}
        self.members = members or {}

    def document(self, base: str) -> dict[str, Any]:
        """The problem document, without `instance`."""
        found: dict[str, Any] = {"type": base + self.slug, "title": self.title, "status": self.status}
        return found | ({"errors": self.errors[:100]} if self.errors else {}) | self.members


def wrong_parameter(name: str, slug: str = "invalid-parameter") -> Refusal:
    """A query parameter or a header that is at fault."""
    return Refusal(slug, [{"parameter": name[:100] or "?", "detail": "參數不合規定"}])


def wrong_body(faults: list[Fault]) -> Refusal:
    """A body that breaks the schema or a rule."""
    return Refusal("invalid-body", [{"pointer": at if len(at) <= 500 else "", "detail": said} for at, said in faults])


def conflict(slug: str = "conflict", **members: str) -> Refusal:
    """A request that is sound and that the present state does not admit."""
    return Refusal(slug, members=members)
