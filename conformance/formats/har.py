"""What was asked and answered, as an HTTP Archive (HAR 1.2): every exchange of the evidence, for the network panel of a browser and for
tools that read recorded traffic.

It is as redacted as the evidence: credentials were never in it. `_case`, `_step` and `_actor` say who asked for what. The clock of the
record is that of the suite and in milliseconds; it knows no more of an exchange than its beginning and its end, so all of the time is `wait`.
A long body is left to the evidence, and so is what comes after so many bytes in all; the archive says so.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

from conformance.formats._json import written
from conformance.load.catalogue import say
from conformance.model import Exchange

__all__ = ["EXCHANGES", "FILE", "NAME", "SUFFIX", "render"]

NAME, SUFFIX, FILE = "har", "har", "exchanges.har"
EXCHANGES = True
_MOST_BODY = 256 * 1024  # bytes of one body
_MOST = 64 * 1024 * 1024  # bytes of all that was asked and answered
_EACH = 1024  # bytes that an entry takes beside its texts
_UNKNOWN = "x-unknown"  # what browsers write for a body without a media type


def render(report: Mapping[str, Any], language: str, exchanges: Iterable[Exchange]) -> bytes:
    """The archive. `exchanges` are those of the run, in their order."""
    suite = report["suite"]
    creator = {"name": suite["name"], "version": suite["version"]}
    comment = f"{report['runId']} {report['evidence']['digest']}"
    entries = list(_entries(exchanges, language))
    if (left := report["evidence"]["exchanges"] - len(entries)) > 0:
        comment += f"; {say('format.left-out', language, count=left)}"
    return written({"log": {"version": "1.2", "creator": creator, "pages": [], "entries": entries, "comment": comment}})


def _entries(exchanges: Iterable[Exchange], language: str) -> Iterator[dict[str, Any]]:
    left = _MOST
    for one in exchanges:
        if (left := left - _weight(one)) < 0:
            return
        yield {
            "startedDateTime": datetime.fromtimestamp(one.sent_at / 1000, UTC).isoformat(timespec="milliseconds"),
            "time": one.elapsed,
            "request": _request(one, language),
            "response": _response(one, language),
            "cache": {},
            "timings": {"send": 0, "wait": one.elapsed, "receive": 0},
            "comment": f"#{one.number} {one.case}",
            "_case": one.case,
            "_step": one.step,
            "_actor": one.request.actor or "",
            "_operation": one.request.operation,
        }


def _weight(one: Exchange) -> int:
    """About how many bytes an entry takes."""
    headers = (*one.request.headers, *(one.response.headers if one.response else ()))
    bodies = (one.request.body or b"", one.response.body if one.response else b"")
    texts = len(one.url) * 2 + sum(len(name) + len(value) for name, value in headers)
    return _EACH + texts + sum(len(body) for body in bodies if len(body) <= _MOST_BODY)


def _request(one: Exchange, language: str) -> dict[str, Any]:
    asked, body = one.request, one.request.body
    request = {
        "method": asked.method,
        "url": one.url,
        "httpVersion": _version(one),
        "cookies": _cookies(value for name, value in asked.headers if name.lower() == "cookie"),
        "headers": _pairs(asked.headers),
        "queryString": _pairs(asked.query),
        "headersSize": -1,
        "bodySize": len(body or b""),
    }
    if body is not None:
        text = (
            {"text": body.decode("utf-8", "replace")} if len(body) <= _MOST_BODY else {"comment": say("har.left-out", language)}
        )
        request["postData"] = {"mimeType": asked.header("content-type") or _UNKNOWN, **text}
    return request


def _response(one: Exchange, language: str) -> dict[str, Any]:
    answered = one.response
    if answered is None:
        nothing = {"cookies": [], "headers": [], "content": {"size": 0, "mimeType": _UNKNOWN}, "redirectURL": ""}
        failed = {"comment": one.failure or "", "_error": one.failure or ""}
        return {
            "status": 0,
            "statusText": "",
            "httpVersion": _version(one),
            "headersSize": -1,
            "bodySize": -1,
            **nothing,
            **failed,
        }
    content: dict[str, Any] = {"size": answered.size, "mimeType": answered.content_type or _UNKNOWN}
    if len(answered.body) > _MOST_BODY:
        content["comment"] = say("har.left-out", language)
    else:
        content |= _content(answered.body)
        if answered.truncated:
            content["comment"] = say("har.cut", language, count=len(answered.body))
    return {
        "status": answered.status,
        "statusText": _phrase(answered.status),
        "httpVersion": _version(one),
        "cookies": _cookies(value.partition(";")[0] for value in answered.values("set-cookie")),
        "headers": _pairs(answered.headers),
        "content": content,
        "redirectURL": answered.header("location") or "",
        "headersSize": -1,
        "bodySize": int(one.attributes.get("encodedSize", answered.size)),
    }


def _content(body: bytes) -> dict[str, str]:
    try:
        return {"text": body.decode("utf-8")}
    except UnicodeDecodeError:
        return {"text": base64.b64encode(body).decode("ascii"), "encoding": "base64"}


def _version(one: Exchange) -> str:
    version = one.attributes.get("httpVersion")
    return f"HTTP/{version}" if version else "unknown"


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""


def _pairs(pairs: Iterable[tuple[str, str]]) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in pairs]


def _cookies(fields: Iterable[str]) -> list[dict[str, str]]:
    pairs = (pair.strip().partition("=") for field in fields for pair in field.split(";") if pair.strip())
    return [{"name": name, "value": value} for name, _, value in pairs]
