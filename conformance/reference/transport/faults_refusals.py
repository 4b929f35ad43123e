"""Faults of refusals: problem documents, status codes of bad requests, and requests that break the server."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from starlette.requests import Request

from conformance.reference.answers import Visit
from conformance.reference.problems import Misfit, Problem
from conformance.reference.transport.booking import Draft
from conformance.reference.transport.records import Stop
from conformance.reference.transport.server import TransportServer
from conformance.reference.wire import Call, Json, Operation, Parameter

__all__: list[str] = []


class ProblemsArePlainJson(TransportServer):
    """Problem documents are sent as `application/json`."""

    BREAKS = ("COM-ERR-01",)
    ALSO: Mapping[str, str] = {
        "COM-DOC-02": "the media type is not declared for errors",
        "COM-PAGE-06": "what is wrong with a cursor is said in a problem document",
    }

    def problem_media_type(self, problem: Problem) -> str:
        return "application/json"


class ProblemStatusIsAlways400(TransportServer):
    """The `status` member of every problem document says 400."""

    BREAKS = ("COM-ERR-01",)

    def problem_status_member(self, problem: Problem) -> int:
        return 400


class NotFoundHasNoTitle(TransportServer):
    """The problem document of a 404 has no title."""

    BREAKS = ("COM-ERR-01",)
    ALSO: Mapping[str, str] = {"COM-DOC-02": "the title is a required member"}

    def problem_body(self, visit: Visit, problem: Problem) -> Json:
        body = super().problem_body(visit, problem)
        return {name: member for name, member in body.items() if name != "title" or problem.slug != "not-found"}


class PointersLackTheSlash(TransportServer):
    """The pointers in `errors` are member names and not JSON Pointers."""

    BREAKS = ("COM-ERR-02",)
    ALSO: Mapping[str, str] = {
        "TRN-040": "its further causes of 422 are refused in the same way",
        "COM-DOC-02": "the text does not match the declared pattern",
        "TRN-027": "the pointer of a refused booking is one of them",
    }

    def render_misfit(self, visit: Visit, misfit: Misfit) -> Json:
        body = super().render_misfit(visit, misfit)
        return {name: value.removeprefix("/") if name == "pointer" else value for name, value in body.items()}


class PointerNamesMissingMember(TransportServer):
    """For a missing member the pointer leads to the member itself, which the body does not have."""

    BREAKS = ("COM-ERR-02",)
    ALSO: Mapping[str, str] = {
        "TRN-040": "its further causes of 422 are refused in the same way",
    }

    def refuse_misfits(self, found: list[Misfit]) -> None:
        moved = [
            Misfit("pointer", "/" + misfit.detail[1].rsplit(" ", 1)[-1], misfit.detail) if misfit.at == "" else misfit
            for misfit in found
        ]
        super().refuse_misfits(moved)


class WrongParameterIsNotNamed(TransportServer):
    """The refusal of a query parameter does not say which one."""

    BREAKS = ("COM-ERR-02",)

    def parse_parameter(self, parameter: Parameter, sent: str) -> Any:
        try:
            return super().parse_parameter(parameter, sent)
        except Problem as problem:
            raise Problem(problem.slug) from problem


class MalformedBodyShowsTrace(TransportServer):
    """The refusal of a malformed body holds a stack trace with file names."""

    BREAKS = ("COM-ERR-03",)

    def malformed(self, error: Exception) -> Problem:
        trace = 'Traceback (most recent call last):\n  File "/srv/transport/app/bodies.py", line 88, in parse\n'
        text = trace + f"json.decoder.JSONDecodeError: {type(error).__name__}"
        return Problem("malformed-body", detail=(text, text))


class NotFoundShowsQuery(TransportServer):
    """The 404 for an unknown resource shows the query that found nothing."""

    BREAKS = ("COM-ERR-03",)

    def problem_detail(self, visit: Visit, problem: Problem) -> str:
        said = super().problem_detail(visit, problem)
        query = "SELECT * FROM stop WHERE uid = ? LIMIT 1"
        return f"{said} {query}" if problem.slug == "not-found" else said


class UnauthorizedEchoesToken(TransportServer):
    """The 401 repeats the token that was refused."""

    BREAKS = ("COM-ERR-03",)

    def problem_detail(self, visit: Visit, problem: Problem) -> str:
        said = super().problem_detail(visit, problem)
        sent = self.bearer_token(visit.request.headers)
        return f"{said} ({sent})" if problem.slug == "unauthorized" and sent else said


class MalformedBodyIs422(TransportServer):
    """A body that is not JSON is answered 422."""

    BREAKS = ("COM-ERR-04",)
    ALSO: Mapping[str, str] = {"COM-ERR-09": "422 stands for a body that its schema excludes"}

    def malformed(self, error: Exception) -> Problem:
        return Problem("invalid-body", [Misfit("pointer", "", ("不是 JSON", "is not JSON"))])


class ReadsAnyMediaType(TransportServer):
    """A body is read whatever media type it is sent as."""

    BREAKS = ("COM-ERR-04",)
    ALSO: Mapping[str, str] = {
        "COM-ERR-09": "the fault of such a request has another status than the one that is due",
    }

    def media_type_is_taken(self, operation: Operation, content_type: str) -> bool:
        return True


class IgnoresAccept(TransportServer):
    """JSON is sent to clients that do not accept it."""

    BREAKS = ("COM-ERR-04",)

    def negotiate(self, operation: Operation, headers: Mapping[str, str]) -> None:
        return


class RefusesMethodWithoutAllow(TransportServer):
    """The 405 has no Allow."""

    BREAKS = ("COM-ERR-04",)
    ALSO: Mapping[str, str] = {"COM-DOC-02": "Allow is declared as required"}

    def allow_header(self, known: Operation) -> dict[str, str]:
        return {}


class AllowPromisesPut(TransportServer):
    """Allow names PUT, which is then refused."""

    BREAKS = ("COM-ERR-04",)

    def allowed(self, known: Operation) -> list[str]:
        return [*super().allowed(known), "PUT"]


class AllowLacksPatch(TransportServer):
    """Allow does not name PATCH, which works."""

    BREAKS = ("COM-ERR-04",)
    SUBTLE = True

    def allowed(self, known: Operation) -> list[str]:
        return [method for method in super().allowed(known) if method != "PATCH"]


class IgnoresUnknownParameters(TransportServer):
    """A query parameter that the operation does not have is ignored."""

    BREAKS = ("COM-ERR-05",)
    ALSO: Mapping[str, str] = {"COM-ERR-09": "beside another fault, too, which is reported instead"}

    def refuse_unknown(self, operation: Operation, pairs: Sequence[tuple[str, str]]) -> None:
        return


class IgnoresParametersOfSingleItems(TransportServer):
    """Operations without query parameters take any."""

    BREAKS = ("COM-ERR-05",)
    ALSO: Mapping[str, str] = {"COM-ERR-09": "beside another fault, too, which is reported instead"}

    def refuse_unknown(self, operation: Operation, pairs: Sequence[tuple[str, str]]) -> None:
        if operation.query:
            super().refuse_unknown(operation, pairs)


class TakesLastOfRepeatedParameters(TransportServer):
    """Of a query parameter that is given twice the last one counts."""

    BREAKS = ("COM-ERR-05",)
    SUBTLE = True

    def refuse_repeated(self, pairs: Sequence[tuple[str, str]]) -> None:
        return


class BreaksOnLargestPage(TransportServer):
    """A page of 200 connectors, which the interface permits, ends in a server error."""

    BREAKS = ("COM-ERR-06",)
    ALSO: Mapping[str, str] = {
        "COM-PAGE-01": "with this page size the traversal does not get past its first request",
        "COM-DOC-02": "500 is not declared",
    }

    def limit_of(self, call: Call) -> int:
        limits: list[int] = [*range(200 if call.operation.id == "listEvConnectors" else 201)]
        return limits[super().limit_of(call)]


class BreaksOnEmojiInNote(TransportServer):
    """A note with a character outside the basic plane ends in a server error."""

    BREAKS = ("COM-ERR-06",)
    ALSO: Mapping[str, str] = {"COM-ENC-01": "such a note cannot come back", "COM-DOC-02": "500 is not declared"}

    def draft_of(self, call: Call) -> Draft:
        draft = super().draft_of(call)
        if draft.note and max(draft.note) > "\uffff":
            raise UnicodeError("the note does not fit the column")
        return draft


class BreaksOnBodyThatIsNoObject(TransportServer):
    """A booking that is JSON but not an object ends in a server error."""

    BREAKS = ("COM-ERR-06",)
    ALSO: Mapping[str, str] = {"COM-DOC-02": "500 is not declared"}

    def draft_misfits(self, body: Any) -> list[Misfit]:
        return super().draft_misfits({**body})


class BreaksOnUnusualStopUid(TransportServer):
    """A stopUid in the path that is not ASCII ends in a server error."""

    BREAKS = ("COM-ERR-06",)
    SUBTLE = True
    ALSO: Mapping[str, str] = {"COM-DOC-02": "500 is not declared"}

    def find_stop(self, identifier: str, tenant: str, now: Fraction) -> Stop | None:
        return super().find_stop(identifier.encode("ascii").decode(), tenant, now)


class UnknownMethodIsNotFound(TransportServer):
    """A method that a known path does not have is answered 404."""

    BREAKS = ("COM-ERR-04",)
    ALSO: Mapping[str, str] = {"TRN-031": "so is DELETE", "COM-DOC-02": "some paths do not declare 404"}

    def refuse_method(self, request: Request, known: Operation) -> None:
        if request.method not in self.methods_of(known):
            raise Problem("not-found")


class RetryAfterIsZero(TransportServer):
    """Every fiftieth reading is refused over quota, to be sent again after 0 seconds."""

    BREAKS = ("COM-RATE-01",)

    def refuse_over_quota(self, visit: Visit) -> None:
        self.turns["quota"] += visit.request.method == "GET"
        if visit.request.method == "GET" and self.turns["quota"] % 50 == 0:
            raise Problem("too-many-requests", headers={"Retry-After": "0"})
