"""Refusals, raised where they are found and written as problem documents in one place."""

from __future__ import annotations

from typing import Any

__all__ = ["Refusal", "bad_body", "bad_parameter", "not_found"]

_KINDS = {
    "invalid-parameter": (400, "查詢參數不正確"),
    "invalid-cursor": (400, "游標不屬於本次逐頁讀取"),
    "malformed-body": (400, "本文不是 JSON"),
    "missing-idempotency-key": (400, "缺少冪等鍵"),
    "unauthorized": (401, "需要有效權杖"),
    "forbidden": (403, "權杖範圍不足"),
    "not-found": (404, "查無此資源"),
    "method-not-allowed": (405, "不提供此方法"),
    "not-acceptable": (406, "無法產生所要求的格式"),
    "conflict": (409, "與目前狀態衝突"),
    "illegal-transition": (409, "不允許的狀態轉換"),
    "no-capacity": (409, "該時段已滿"),
    "not-in-service": (409, "停止服務"),
    "precondition-failed": (412, "資源已變更"),
    "unsupported-media-type": (415, "不接受此媒體類型"),
    "invalid-body": (422, "本文內容不正確"),
    "key-reused": (422, "冪等鍵曾用於其他本文"),
    "precondition-required": (428, "需要 If-Match"),
    "too-many-requests": (429, "請求過多"),
}


class Refusal(Exception):  # an answer, not an error
    """Why a request is refused."""

    def __init__(self, slug: str, *, errors: list[dict[str, str]] | None = None, headers: dict[str, str] | None = None) -> None:
        super().__init__(slug)
        self.slug = slug
        self.status, self.title = _KINDS[slug]
        self.errors = errors or []
        self.headers = headers or {}

    def document(self, base: str, *, vague: bool = False) -> dict[str, Any]:
        """The problem document but for `instance`; a `vague` one says no more of the places than it must."""
        members: dict[str, Any] = {"status": self.status, "title": self.title, "type": base + self.slug}
        if vague:
            known = [one for one in self.errors if one.get("pointer") == "/targetUid"]
            whole = [{"detail": "本文不正確", "pointer": ""}]
            self.errors = {"invalid-parameter": self.errors[:1], "invalid-body": known or whole}.get(self.slug, [])
        if self.errors:
            members["errors"] = self.errors[:100]
        return members


def bad_parameter(name: str, detail: str = "不符規定", slug: str = "invalid-parameter") -> Refusal:
    """A query parameter or header that is at fault."""
    return Refusal(slug, errors=[{"detail": detail, "parameter": name[:100] or "?"}])


def bad_body(*faults: tuple[str, str]) -> Refusal:
    """A body that breaks the schema or a rule: pairs of pointer and detail."""
    return Refusal("invalid-body", errors=[{"detail": detail, "pointer": at if len(at) <= 500 else ""} for at, detail in faults])


def not_found() -> Refusal:
    """No such thing, or none that the caller may know of."""
    return Refusal("not-found")
