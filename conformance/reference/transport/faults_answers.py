"""Faults of what every answer has: a body that says why, a type, a challenge, a date, links, and words on caching."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from typing import Any

from conformance.reference.answers import Visit
from conformance.reference.instants import format_instant
from conformance.reference.problems import Problem
from conformance.reference.transport.server import TransportServer
from conformance.reference.wire import Answer, Call, Json

__all__: list[str] = []

# -------------------------------------------------------------------- bodies


class RefusalsHaveNoBody(TransportServer):
    """A request that is not admitted is refused with a bare status."""

    BREAKS = ("COM-ERR-01",)
    ALSO: Mapping[str, str] = {"COM-ERR-02": "nothing says what is wrong", "COM-PAGE-06": "nothing says that it is the cursor"}

    def problem(self, visit: Visit, problem: Problem) -> Answer:
        answer = super().problem(visit, problem)
        return replace(answer, body=None) if answer.status in (400, 401, 403) else answer


class MethodIsRefusedBarely(TransportServer):
    """A 405 has Allow and no body."""

    BREAKS = ("COM-ERR-01",)
    SUBTLE = True

    def problem(self, visit: Visit, problem: Problem) -> Answer:
        answer = super().problem(visit, problem)
        return replace(answer, body=None) if answer.status == 405 else answer


class MetaStandsTwice(TransportServer):
    """A page has its `meta` twice, as one who adds to a document in text does."""

    BREAKS = ("COM-DOC-02",)

    def to_bytes(self, body: Any) -> bytes:
        whole = super().to_bytes(body)
        return b'{"meta":{},' + whole[1:] if isinstance(body, dict) and "meta" in body else whole


class NoteStandsTwice(TransportServer):
    """A reservation that has a note has a member for it twice, the right one last."""

    BREAKS = ("COM-DOC-02",)

    def to_bytes(self, body: Any) -> bytes:
        return super().to_bytes(body).replace(b'"note":', b'"note":"","note":')


# -------------------------------------------------------------------- types and challenges


class TypesAreBlank(TransportServer):
    """Every problem is of the type `about:blank`."""

    BREAKS = ("COM-ERR-07",)
    ALSO: Mapping[str, str] = {
        "TRN-027": "this refusal has a type, too",
        "TRN-028": "this refusal has a type, too",
        "TRN-030": "this refusal has a type, too",
        "TRN-036": "this refusal has a type, too",
        "TRN-040": "its further causes of 422 are refused in the same way",
        "TRN-041": "this refusal has a type, too",
        "COM-PAGE-06": "the type says that it is the cursor",
        "TRN-031": "the type says that there is no such move",
        "COM-ERR-09": "the type says what is wrong with a request",
        "COM-IDEM-02": "the type says that the key was used",
    }

    def problem_type(self, slug: str) -> str:
        return "about:blank"


class OldTagIsOfTheTypeOfNone(TransportServer):
    """A change under an old tag is refused with 412 and the type of a change without one."""

    BREAKS = ("COM-ERR-07",)
    SUBTLE = True

    def problem_type(self, slug: str) -> str:
        return super().problem_type("precondition-required" if slug == "precondition-failed" else slug)


class BadTokensGetNoChallenge(TransportServer):
    """Only a request without a token is told how to authenticate."""

    BREAKS = ("COM-AUTH-05",)
    SUBTLE = True
    ALSO: Mapping[str, str] = {
        "COM-DOC-02": "the document declares the challenge of a 401 as required",
    }

    def challenge(self, error: str | None = None, scope: str | None = None) -> dict[str, str]:
        return super().challenge(error, scope) if error != "invalid_token" else {}


class BadTokensAreAskedForAPassword(TransportServer):
    """A bad token is answered with a challenge of another scheme."""

    BREAKS = ("COM-AUTH-05",)

    def challenge(self, error: str | None = None, scope: str | None = None) -> dict[str, str]:
        asked = super().challenge(error, scope)
        return asked if error != "invalid_token" else {"WWW-Authenticate": 'Basic realm="Bearer"'}


# -------------------------------------------------------------------- links and dates


class EmptyPagesHaveNoSelf(TransportServer):
    """A page without items has no links."""

    BREAKS = ("COM-PAGE-08",)
    SUBTLE = True
    ALSO: Mapping[str, str] = {"COM-DOC-02": "the schema asks for one link at least"}

    def envelope(self, call: Call, items: list[Json], page: Json) -> Json:
        body = super().envelope(call, items, page)
        return body if items else {**body, "links": []}


class SelfLeadsBehindTheGateway(TransportServer):
    """The link of a page to itself names the address behind the gateway."""

    BREAKS = ("COM-PAGE-08",)

    def self_href(self, call: Call) -> str:
        return super().self_href(call).replace(call.base, "http://transport-api.internal:8080", 1)


class SelfOfAPartIsTheWhole(TransportServer):
    """The stops of a route and the connectors of a station say that they are the list of routes or of stations."""

    BREAKS = ("COM-PAGE-08",)

    def self_href(self, call: Call) -> str:
        whole = call.operation.path.split("/{")[0]
        return call.base + self.base_path + whole if call.path else super().self_href(call)


class RefusalsHaveNoDate(TransportServer):
    """A refusal is not dated."""

    BREAKS = ("COM-TIME-04",)
    SUBTLE = True

    def common_headers(self, visit: Visit, answer: Answer) -> dict[str, str]:
        headers = super().common_headers(visit, answer)
        return {name: value for name, value in headers.items() if name != "Date" or answer.status < 400}


class DateIsAnInstant(TransportServer):
    """Date is written in the manner of JSON and not in that of HTTP."""

    BREAKS = ("COM-TIME-04",)

    def date_header(self, now: Fraction) -> dict[str, str]:
        return {"Date": format_instant(now)}


class LandingPageLacksItsDescription(TransportServer):
    """Only the header of the landing page leads to the API description."""

    BREAKS = ("COM-DOC-05",)

    def landing_body(self, call: Call) -> Json:
        body = super().landing_body(call)
        return {**body, "links": [link for link in body["links"] if link["rel"] != "service-desc"]}


class LandingPageLeadsPastTheBase(TransportServer):
    """The link to the conformance declaration lacks the version of the base URL."""

    BREAKS = ("COM-DOC-05",)
    SUBTLE = True

    def landing_body(self, call: Call) -> Json:
        body = super().landing_body(call)
        links = [{**link, "href": "/conformance"} if link["rel"] == "conformance" else link for link in body["links"]]
        return {**body, "links": links}
