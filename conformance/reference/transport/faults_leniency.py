"""Faults of leniency: servers that take what only nearly is what the interface asks for, or that look at it in the wrong order."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from conformance.reference.answers import Visit
from conformance.reference.frame import Token
from conformance.reference.problems import Misfit, Problem
from conformance.reference.transport.booking import DRAFT_MEMBERS, Draft
from conformance.reference.transport.server import TransportServer
from conformance.reference.wire import Call, Json, Operation, Parameter

__all__: list[str] = []

# -------------------------------------------------------------------- queries and headers


class LimitIsReadByTheLanguage(TransportServer):
    """A limit is whatever the programming language reads as a whole number, `1_0` and digits of other scripts included."""

    BREAKS = ("COM-PAGE-05",)
    SUBTLE = True

    def parse_parameter(self, parameter: Parameter, sent: str) -> Any:
        try:
            return super().parse_parameter(parameter, str(int(sent)) if parameter.name == "limit" else sent)
        except ValueError:
            return super().parse_parameter(parameter, sent)


class EmptyCursorIsNone(TransportServer):
    """A cursor without a value is taken for none."""

    BREAKS = ("COM-ERR-06",)
    SUBTLE = True

    def parse_query(self, operation: Operation, pairs: Sequence[tuple[str, str]]) -> tuple[dict[str, str], dict[str, Any]]:
        return super().parse_query(operation, [(name, value) for name, value in pairs if name != "cursor" or value])


class ParameterNamesIgnoreCase(TransportServer):
    """The names of query parameters are taken in upper and lower case."""

    BREAKS = ("COM-ERR-05",)
    SUBTLE = True
    ALSO: Mapping[str, str] = {"COM-PAGE-04": "the next link loses the page size that was taken"}

    def parse_query(self, operation: Operation, pairs: Sequence[tuple[str, str]]) -> tuple[dict[str, str], dict[str, Any]]:
        known = {parameter.name.lower(): parameter.name for parameter in operation.query}
        return super().parse_query(operation, [(known.get(name.lower(), name), value) for name, value in pairs])


class CodesIgnoreCase(TransportServer):
    """A city code is taken in lower case, too."""

    BREAKS = ("COM-ERR-06",)
    SUBTLE = True
    ALSO: Mapping[str, str] = {"COM-FILT-01": "what is kept does not have the code as it was sent"}

    def parse_parameter(self, parameter: Parameter, sent: str) -> Any:
        return super().parse_parameter(parameter, sent.upper() if parameter.name == "cityCode" else sent)


class FlagIsOne(TransportServer):
    """hasAvailability takes 1 and 0 for true and false."""

    BREAKS = ("COM-ERR-06",)
    SUBTLE = True

    def parse_parameter(self, parameter: Parameter, sent: str) -> Any:
        word = {"1": "true", "0": "false"}.get(sent, sent)
        return super().parse_parameter(parameter, word if parameter.name == "hasAvailability" else sent)


class LocalTimesAreTaken(TransportServer):
    """A filter by time without an offset is taken for local time."""

    BREAKS = ("COM-ERR-06",)

    def parse_parameter(self, parameter: Parameter, sent: str) -> Any:
        local = parameter.name in ("updatedSince", "from", "to") and re.fullmatch(r"[0-9-]{10}T[0-9:]{8}", sent)
        return super().parse_parameter(parameter, f"{sent}+08:00" if local else sent)


class BoxMayHaveHeights(TransportServer):
    """A bbox of six numbers is read with heights, which are ignored."""

    BREAKS = ("COM-GEO-02",)
    SUBTLE = True

    def parse_parameter(self, parameter: Parameter, sent: str) -> Any:
        parts = sent.split(",")
        flat = parameter.name == "bbox" and len(parts) == 6
        return super().parse_parameter(parameter, ",".join(parts[n] for n in (0, 1, 3, 4)) if flat else sent)


class KeyIsNotNeeded(TransportServer):
    """A creation without an Idempotency-Key is accepted."""

    BREAKS = ("COM-ERR-06",)
    ALSO: Mapping[str, str] = {
        "COM-ERR-09": "the fault of such a request has another status than the one that is due",
    }

    def require_key(self, operation: Operation, headers: Mapping[str, str]) -> None:
        if "idempotency-key" in headers:
            super().require_key(operation, headers)


class BreaksOnNullCharacter(TransportServer):
    """An identifier in the path with a null character ends in a server error."""

    BREAKS = ("COM-ERR-06",)
    SUBTLE = True
    ALSO: Mapping[str, str] = {"COM-DOC-02": "500 is not declared"}

    def find(self, known: Operation, path: Mapping[str, str], tenant: str, visit: Visit) -> Any:
        if any("\0" in value for value in path.values()):
            raise RuntimeError("the database takes no null character")
        return super().find(known, path, tenant, visit)


class BreaksOnYearOne(TransportServer):
    """A filter by a time before all that the calendar of the server holds ends in a server error."""

    BREAKS = ("COM-ERR-06",)
    SUBTLE = True
    ALSO: Mapping[str, str] = {"COM-DOC-02": "500 is not declared"}

    def parse_parameter(self, parameter: Parameter, sent: str) -> Any:
        if sent.startswith("0001-01-01T00:"):
            raise OverflowError("date value out of range")
        return super().parse_parameter(parameter, sent)


# -------------------------------------------------------------------- bodies


class FormsAreRead(TransportServer):
    """A body that is sent as a form is read as JSON."""

    BREAKS = ("COM-ERR-04",)

    def media_type_is_taken(self, operation: Operation, content_type: str) -> bool:
        return "form-urlencoded" in content_type or super().media_type_is_taken(operation, content_type)


class AnyKindOfJsonIsRead(TransportServer):
    """A body of any media type with json in its name is read."""

    BREAKS = ("COM-ERR-04",)
    SUBTLE = True

    def media_type_is_taken(self, operation: Operation, content_type: str) -> bool:
        return "json" in content_type


class TrailingCommasAreRead(TransportServer):
    """JSON may have a comma too many."""

    BREAKS = ("COM-ERR-04",)
    SUBTLE = True

    def parse_body(self, raw: bytes) -> Any:
        return super().parse_body(re.sub(rb",\s*([}\]])", rb"\1", raw))


class NotANumberIsRead(TransportServer):
    """JSON may hold NaN."""

    BREAKS = ("COM-ERR-04",)
    SUBTLE = True
    ALSO: Mapping[str, str] = {
        "COM-ERR-09": "the fault of such a request has another status than the one that is due",
    }

    def parse_body(self, raw: bytes) -> Any:
        try:
            return super().parse_body(raw)
        except Problem:
            return json.loads(raw) if raw.endswith(b"NaN}") else super().parse_body(raw)


class UnknownMembersAreDropped(TransportServer):
    """A booking may hold members that the interface does not know; they are dropped."""

    BREAKS = ("COM-ERR-06",)
    ALSO: Mapping[str, str] = {
        "COM-ERR-09": "the fault of such a request has another status than the one that is due",
        "TRN-040": "its further causes of 422 are refused in the same way",
    }

    def draft_misfits(self, body: Any) -> list[Misfit]:
        known = {member.name for member in DRAFT_MEMBERS}
        kept = {name: value for name, value in body.items() if name in known} if isinstance(body, dict) else body
        return super().draft_misfits(kept)


class NumbersMayBeText(TransportServer):
    """A space type is read from a text, too."""

    BREAKS = ("COM-ERR-06",)
    SUBTLE = True

    def draft_of(self, call: Call) -> Draft:
        body = call.body
        if isinstance(body, dict) and str(body.get("spaceType", "")).isdecimal():
            call = replace(call, body={**body, "spaceType": int(body["spaceType"])})
        return super().draft_of(call)


class NullIsLeftOut(TransportServer):
    """A member of a booking that is null counts as left out."""

    BREAKS = ("COM-ERR-06",)
    SUBTLE = True

    def draft_of(self, call: Call) -> Draft:
        kept = (
            {name: value for name, value in call.body.items() if value is not None} if isinstance(call.body, dict) else call.body
        )
        return super().draft_of(replace(call, body=kept))


class PointersAreNotEscaped(TransportServer):
    """The pointers in `errors` hold member names as they are, with their slashes."""

    BREAKS = ("COM-ERR-02",)
    SUBTLE = True

    def render_misfit(self, visit: Visit, misfit: Misfit) -> Json:
        body = super().render_misfit(visit, misfit)
        where = {name: value.replace("~1", "/").replace("~0", "~") for name, value in body.items() if name == "pointer"}
        return {**body, **where}


class UnknownTargetIsNotPointedAt(TransportServer):
    """The refusal of a target that does not exist does not say where it stands."""

    BREAKS = ("COM-ERR-02",)
    ALSO: Mapping[str, str] = {
        "TRN-040": "its further causes of 422 are refused in the same way",
    }

    def target_of(self, draft: Draft) -> Any:
        try:
            return super().target_of(draft)
        except Problem as problem:
            raise Problem(problem.slug) from problem


class ConflictShowsConstraint(TransportServer):
    """The refusal for want of capacity names the constraint of the database."""

    BREAKS = ("COM-ERR-03",)

    def problem_detail(self, visit: Visit, problem: Problem) -> str:
        said = super().problem_detail(visit, problem)
        shown = 'duplicate key value violates unique constraint "reservation_unit_key"'
        return f"{said} {shown}" if problem.slug == "no-capacity" else said


class ErrorHoldsPanic(TransportServer):
    """The refusal of a parameter holds a trace whose lines JSON has escaped."""

    BREAKS = ("COM-ERR-03",)
    SUBTLE = True

    def problem_detail(self, visit: Visit, problem: Problem) -> str:
        said = super().problem_detail(visit, problem)
        return f"{said}\n\ngoroutine 18 [running]:\nmain.list()" if problem.slug == "invalid-parameter" else said


class ForbiddenEchoesToken(TransportServer):
    """The 403 repeats the token that was sent."""

    BREAKS = ("COM-ERR-03",)
    SUBTLE = True

    def forbidden(self, scope: str) -> Problem:
        token = self.token_text("limited")
        return Problem("forbidden", headers=self.challenge("insufficient_scope", scope), detail=(token, token))


# -------------------------------------------------------------------- access


class HeadNeedsNoToken(TransportServer):
    """HEAD of a protected path works without credentials."""

    BREAKS = ("COM-AUTH-01",)
    SUBTLE = True

    async def respond(self, request: Request) -> Response:
        if request.method == "HEAD" and "authorization" not in request.headers:
            pair = (b"authorization", f"Bearer {self.token_text('a')}".encode())
            request = Request({**request.scope, "headers": [*request.scope["headers"], pair]}, request.receive)
        return await super().respond(request)


class ReadsHeadersBeforeCredentials(TransportServer):
    """A creation without a key is refused for that before anybody asks who sends it."""

    BREAKS = ("COM-AUTH-01",)
    SUBTLE = True

    def admit(self, operation: Operation, headers: Mapping[str, str], now: Fraction) -> str:
        if operation.scope is not None and "authorization" not in headers:
            self.require_key(operation, headers)
        return super().admit(operation, headers, now)


class SignatureIsNotVerified(TransportServer):
    """The end of a token, where its signature is, is not looked at."""

    BREAKS = ("COM-AUTH-02",)
    SUBTLE = True

    def token_of(self, sent: str) -> Token | None:
        return next((token for text, token in self.tokens.items() if sent[: len(text) - 8] == text[:-8]), None)


class ForbiddenMoveHappens(TransportServer):
    """A move with a token that may only read is answered 403 and made."""

    BREAKS = ("COM-AUTH-03",)
    SUBTLE = True

    async def respond(self, request: Request) -> Response:
        response = await super().respond(request)
        if request.method == "PATCH" and response.status_code == 403:
            fully = (b"authorization", f"Bearer {self.token_text('a')}".encode())
            headers = [fully, *(pair for pair in request.scope["headers"] if pair[0] != fully[0])]
            await super().respond(Request({**request.scope, "headers": headers}, request.receive))
        return response


class PasswordIsRefusedOnPublicData(TransportServer):
    """Public operations refuse a credential of another scheme than theirs."""

    BREAKS = ("COM-AUTH-04",)
    SUBTLE = True
    ALSO: Mapping[str, str] = {"COM-DOC-02": "401 is not declared for public operations"}

    def admit_anyone(self, headers: Mapping[str, str]) -> str:
        if headers.get("authorization", "").startswith("Basic "):
            raise Problem("unauthorized", headers=self.challenge())
        return super().admit_anyone(headers)


class HeadTellsOfForeignReservations(TransportServer):
    """HEAD of another tenant's reservation is answered 200."""

    BREAKS = ("COM-TEN-01",)
    SUBTLE = True

    async def respond(self, request: Request) -> Response:
        response = await super().respond(request)
        if request.method == "HEAD" and response.status_code == 404 and request.url.path.rsplit("/", 1)[-1] in self.reservations:
            response.status_code = 200
        return response


class ForeignMoveNeedsItsTag(TransportServer):
    """A move of another tenant's reservation without If-Match is answered 428, that of none 404."""

    BREAKS = ("COM-TEN-01",)
    SUBTLE = True
    ALSO: Mapping[str, str] = {
        "COM-ERR-09": "the fault of such a request has another status than the one that is due",
        "COM-ERR-08": "the fault that is looked for first is this one",
    }

    def find(self, known: Operation, path: Mapping[str, str], tenant: str, visit: Visit) -> Any:
        kept = next(iter(path.values()), "") in self.reservations
        if known.method == "PATCH" and kept and "if-match" not in visit.request.headers:
            raise Problem("precondition-required")
        return super().find(known, path, tenant, visit)
