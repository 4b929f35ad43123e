"""Who may ask."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from conformance.committee.rules import ERROR, WARNING, Draft, Place, rule, text
from conformance.committee.rules._sample import draft
from conformance.text import pointer

_OAS = "OpenAPI Specification 3.1.0, 4.8.30 Security Requirement Object"


def _schemes(found: Draft) -> Mapping[str, Any]:
    components = found.document.get("components")
    named = components.get("securitySchemes") if isinstance(components, Mapping) else None
    return named if isinstance(named, Mapping) else {}


def _components(**schemes: Any) -> dict[str, Any]:
    return {"securitySchemes": schemes}


_OAUTH = {"type": "oauth2", "flows": {"clientCredentials": {"tokenUrl": "https://a.example/token", "scopes": {"read": "-"}}}}


@rule(
    "SEC-01", ERROR, "any", _OAS,
    text("A scheme that is not declared cannot be used by anybody.", "未宣告之安全機制，無人能使用。"),
    text("Declare the scheme under components/securitySchemes, or mend its name.", "於 components/securitySchemes 宣告，或更正名稱。"),
    draft({"security": [{"key": []}]}, components=_components(key={"type": "apiKey", "in": "header", "name": "k"})), draft({"security": [{"kee": []}]}),
)  # fmt: skip
def schemes_are_declared(found: Draft) -> Iterator[Place]:
    """Each security requirement that names no declared scheme."""
    known = _schemes(found)
    for where, told in _told(found):
        yield from ((where, f"{name!r} is not declared") for name in told if name not in known)


def _told(found: Draft) -> Iterator[tuple[str, Mapping[str, Any]]]:
    places: list[tuple[str, Any]] = [("/security", found.document.get("security"))]
    places += [
        (pointer.join("paths", one.path, one.method.lower(), "security"), one.raw.get("security"))
        for one in found.operations.values()
    ]
    for where, alternatives in places:
        for one in alternatives if isinstance(alternatives, list) else ():
            if isinstance(one, Mapping):
                yield where, one


@rule(
    "SEC-02", ERROR, "any", _OAS,
    text("A scope that no flow offers cannot be asked for.", "任何流程皆未提供之權限範圍，無從申請。"),
    text("Offer the scope in a flow of the scheme, or mend its name.", "於該機制之流程中提供，或更正名稱。"),
    draft({"security": [{"o": ["read"]}]}, components=_components(o=_OAUTH)), draft({"security": [{"o": ["write"]}]}, components=_components(o=_OAUTH)),
)  # fmt: skip
def scopes_are_offered(found: Draft) -> Iterator[Place]:
    """Each scope of an OAuth 2 scheme that none of its flows has."""
    for where, told in _told(found):
        for name, scopes in told.items():
            scheme = _schemes(found).get(name)
            if isinstance(scheme, Mapping) and scheme.get("type") == "oauth2":
                flows = scheme.get("flows")
                offered = {
                    scope for flow in (flows if isinstance(flows, Mapping) else {}).values() for scope in flow.get("scopes") or ()
                }
                yield from ((where, f"{name}: no flow offers {scope!r}") for scope in scopes or () if scope not in offered)


@rule(
    "SEC-03", WARNING, "any", "RFC 6750 section 2.3; RFC 9110 section 17.9",
    text("What stands in a URL is written into logs and histories.", "置於網址中之內容會留存於日誌與瀏覽紀錄。"),
    text("Send the key in a header field.", "改以標頭欄位傳送金鑰。"),
    draft(components=_components(k={"type": "apiKey", "in": "header", "name": "k"})), draft(components=_components(k={"type": "apiKey", "in": "query", "name": "k"})),
)  # fmt: skip
def keys_stand_in_no_url(found: Draft) -> Iterator[Place]:
    """Each key that is sent in the query."""
    for name, scheme in _schemes(found).items():
        if isinstance(scheme, Mapping) and scheme.get("type") == "apiKey" and scheme.get("in") == "query":
            yield pointer.join("components", "securitySchemes", name), f"{name} is sent in the query"


@rule(
    "SEC-04", WARNING, "any", "RFC 9110 section 4.2.2; RFC 6750 section 5.3",
    text("Credentials and personal data need a channel that nobody reads along.", "憑證與個人資料須以加密通道傳輸。"),
    text("Give the server an https URL.", "伺服器網址改用 https。"),
    draft(servers=[{"url": "https://api.example/v1"}]), draft(servers=[{"url": "http://api.example/v1"}]),
)  # fmt: skip
def servers_speak_tls(found: Draft) -> Iterator[Place]:
    """Each server with an http URL that is not on this machine."""
    servers = found.document.get("servers")
    for index, one in enumerate(servers if isinstance(servers, list) else ()):
        url = str(one.get("url", "")) if isinstance(one, Mapping) else ""
        if url.startswith("http://") and not url.startswith(("http://localhost", "http://127.0.0.1", "http://[::1]")):
            yield f"/servers/{index}/url", url[:200]


@rule(
    "SEC-05", WARNING, "house", "common interface 1.0.0, section on access; OWASP API Security Top 10 (2023), API2",
    text("Whoever may change something has to be known.", "得異動資料者，須可識別身分。"),
    text("Ask for credentials, or mark the operation `x-safe` if it changes nothing.", "要求憑證；如不異動資料，標示 x-safe。"),
    draft({"security": [{"k": []}]}, method="post"), draft({}, method="post"),
)  # fmt: skip
def writes_ask_for_credentials(found: Draft) -> Iterator[Place]:
    """Each operation that writes and is public."""
    for one in found.operations.values():
        if one.writes and not one.secured:
            yield pointer.join("paths", one.path, one.method.lower()), f"{one.id} writes and is public"


@rule(
    "SEC-06", WARNING, "any", _OAS,
    text("A scheme that no operation asks for misleads who reads the document.", "無任何操作使用之安全機制，易誤導讀者。"),
    text("Ask for it somewhere, or take it away.", "加以使用，或予以移除。"),
    draft({"security": [{"k": []}]}, components=_components(k={"type": "http", "scheme": "bearer"})), draft({}, components=_components(k={"type": "http", "scheme": "bearer"})),
)  # fmt: skip
def schemes_are_used(found: Draft) -> Iterator[Place]:
    """Each scheme that neither the document nor an operation asks for."""
    used = {name for _, told in _told(found) for name in told}
    for name in _schemes(found):
        if name not in used:
            yield pointer.join("components", "securitySchemes", name), f"{name} is not used"
