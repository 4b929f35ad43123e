"""Answers on their way out: problem documents, bytes, and the headers that every response carries."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any
from urllib.parse import quote

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from conformance.reference.frame import Frame
from conformance.reference.instants import http_date
from conformance.reference.problems import Misfit, Problem, Text
from conformance.reference.wire import Answer, Json, Operation, prefers_english

__all__ = ["Answers", "Visit"]

PROBLEM_HOST = "https://yance.example/problems/"
FRESH_SECONDS = 30
LONGEST_INSTANCE = 1000
WINDOW_SECONDS = 60
_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True)
class Visit:
    """What is known of a request from its arrival on; `operation` and `tenant` once they are."""

    request: Request
    now: Fraction
    operation: Operation | None = None
    tenant: str = ""

    @property
    def url_path(self) -> str:
        """The path as the client wrote it."""
        raw = self.request.scope.get("raw_path")
        return raw.decode("ascii", "replace") if raw else quote(self.request.scope["path"])


class Answers(Frame):
    """Rendering of problems and delivery of answers."""

    quota = 60_000

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.spent: dict[tuple[str, int], int] = {}

    # ---------------------------------------------------------------- problems

    def speaks_english(self, visit: Visit) -> bool:
        """Whether the client would rather read English."""
        return prefers_english(visit.request.headers.get("accept-language"))

    def said(self, visit: Visit, text: Text) -> str:
        """The text in the client's language."""
        return text[1] if self.speaks_english(visit) else text[0]

    def problem_type(self, slug: str) -> str:
        """The URI of a kind of problem."""
        return PROBLEM_HOST + slug

    def problem_media_type(self, problem: Problem) -> str:
        """The media type of a problem document."""
        return "application/problem+json"

    def problem_status_member(self, problem: Problem) -> int:
        """The `status` member of a problem document."""
        return problem.kind.status

    def problem_detail(self, visit: Visit, problem: Problem) -> str:
        """The `detail` member of a problem document."""
        return self.said(visit, problem.detail)

    def render_misfit(self, visit: Visit, misfit: Misfit) -> Json:
        """One entry of the `errors` member."""
        return {misfit.where: misfit.at, "detail": self.said(visit, misfit.detail)}

    def problem_body(self, visit: Visit, problem: Problem) -> Json:
        """The problem document."""
        body: Json = {
            "type": self.problem_type(problem.slug),
            "title": self.said(visit, problem.kind.title),
            "status": self.problem_status_member(problem),
            "detail": self.problem_detail(visit, problem),
            "instance": visit.url_path[:LONGEST_INSTANCE],
        }
        if problem.errors:
            body["errors"] = [self.render_misfit(visit, misfit) for misfit in problem.errors]
        return {**body, **problem.extra}

    def problem(self, visit: Visit, problem: Problem) -> Answer:
        """The answer that refuses a request."""
        language = "en" if self.speaks_english(visit) else "zh-Hant"
        headers = {**problem.headers, "Content-Language": language}
        body = self.problem_body(visit, problem)
        return Answer(problem.kind.status, body, headers, self.problem_media_type(problem))

    # ---------------------------------------------------------------- headers

    def api_version(self, visit: Visit, answer: Answer) -> dict[str, str]:
        """The header that names the version of the interface."""
        return {"API-Version": self.version}

    def date_header(self, now: Fraction) -> dict[str, str]:
        """The Date header."""
        return {"Date": http_date(now)}

    def cache_control(self, operation: Operation | None, status: int) -> dict[str, str]:
        """The header that says who may keep the answer: nobody keeps a tenant's data or a refusal."""
        if operation is None or not operation.public or status not in (200, 304):
            return {"Cache-Control": "no-store"}
        return {"Cache-Control": f"public, max-age={FRESH_SECONDS}"}

    def cors_headers(self, operation: Operation | None) -> dict[str, str]:
        """The headers for browsers: public data is for every origin, a tenant's data for none."""
        if operation is None or not operation.public:
            return {}
        return {
            "Access-Control-Allow-Origin": "*",
            "Access-Control-Expose-Headers": "API-Version, Content-Language, ETag, Link, RateLimit, RateLimit-Policy",
        }

    def spend(self, visit: Visit) -> int:
        """Counts the request against the quota of its window; what remains of it."""
        window = int(visit.now // WINDOW_SECONDS)
        self.spent = {place: count for place, count in self.spent.items() if place[1] == window}
        place = (visit.tenant, window)
        self.spent[place] = self.spent.get(place, 0) + 1
        return self.quota - self.spent[place]

    def rate_headers(self, visit: Visit, remaining: int) -> dict[str, str]:
        """The quota and what remains of it."""
        seconds = WINDOW_SECONDS - int(visit.now % WINDOW_SECONDS)
        return {
            "RateLimit-Policy": f'"default";q={self.quota};w={WINDOW_SECONDS}',
            "RateLimit": f'"default";r={max(0, remaining)};t={seconds}',
        }

    def common_headers(self, visit: Visit, answer: Answer) -> dict[str, str]:
        """The headers of every response."""
        return {
            **self.date_header(visit.now),
            **self.api_version(visit, answer),
            **self.cache_control(visit.operation, answer.status),
            **self.cors_headers(visit.operation),
            **self.rate_headers(visit, self.spend(visit)),
            "Vary": "Accept, Accept-Language",
        }

    # ---------------------------------------------------------------- bytes

    def is_closed(self, body: Any) -> bool:
        """Whether a document may have no members of a server's own: that of the interface is OpenAPI's."""
        return "openapi" in body

    def to_bytes(self, body: Any) -> bytes:
        """A JSON value as bytes, UTF-8."""
        return _encode(body)

    def content_type(self, visit: Visit, answer: Answer) -> str:
        """The media type of an answer."""
        return answer.media_type

    def deliver(self, visit: Visit, status: int, headers: dict[str, str], payload: bytes | None) -> Response:
        """The response that goes out."""
        return Response(payload, status, headers)

    def finish(self, visit: Visit, answer: Answer) -> Response:
        """The response for an answer, with the headers that all have. HEAD is answered without a body."""
        headers = {**self.common_headers(visit, answer), **answer.headers}
        if answer.body is None:
            return self.deliver(visit, answer.status, headers, None)
        payload = self.to_bytes(answer.body)
        headers["Content-Type"] = self.content_type(visit, answer)
        if visit.request.method == "HEAD":
            headers["Content-Length"] = str(len(payload))
            return self.deliver(visit, answer.status, headers, None)
        return self.deliver(visit, answer.status, headers, payload)

    def known_as(self, visit: Visit, operation: Operation, tenant: str = "") -> Visit:
        """The visit with what has been found out about it."""
        return Visit(visit.request, visit.now, operation, tenant)
