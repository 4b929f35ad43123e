"""Faults of the common rules that show only in a rare request, in one state, or when several answers are compared."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from conformance.reference.answers import Visit
from conformance.reference.bodies import misfits
from conformance.reference.frame import Token, give_way
from conformance.reference.health.forms import MEASUREMENT
from conformance.reference.health.records import STEPS, Measurement
from conformance.reference.health.server import HealthServer
from conformance.reference.paging import Key
from conformance.reference.problems import Misfit, Problem
from conformance.reference.wire import Answer, Call, Json, Operation, Parameter

__all__: list[str] = []


class LandingPageLeadsPastTheBase(HealthServer):
    """The link to the conformance declaration lacks the version of the base URL."""

    BREAKS = ("COM-DOC-05",)
    SUBTLE = True

    def landing_body(self, call: Call) -> Json:
        body = super().landing_body(call)
        links = [{**link, "href": "/conformance"} if link["rel"] == "conformance" else link for link in body["links"]]
        return {**body, "links": links}


class TitleHasCompatibilityCharacter(HealthServer):
    """A character in the title of the service is one of compatibility, which looks like the right one."""

    BREAKS = ("COM-I18N-01",)
    SUBTLE = True

    def landing_body(self, call: Call) -> Json:
        body = super().landing_body(call)
        return {**body, "title": {**body["title"], "zh-Hant": body["title"]["zh-Hant"].replace("量", "\uf97e")}}


# -------------------------------------------------------------------- refusals


class ForbiddenEchoesToken(HealthServer):
    """The 403 repeats the token that was sent."""

    BREAKS = ("COM-ERR-03",)
    SUBTLE = True

    def forbidden(self, scope: str) -> Problem:
        token = self.token_text("limited")
        return Problem("forbidden", headers=self.challenge("insufficient_scope", scope), detail=(token, token))


class BreaksOnYearOne(HealthServer):
    """A filter by a time before all that the calendar of the server holds ends in a server error."""

    BREAKS = ("COM-ERR-06",)
    SUBTLE = True
    ALSO: Mapping[str, str] = {"COM-DOC-02": "500 is not declared"}

    def parse_parameter(self, parameter: Parameter, sent: str) -> Any:
        if sent.startswith("0001-01-01T00:"):
            raise OverflowError("date value out of range")
        return super().parse_parameter(parameter, sent)


class MembersTooManyAreMalformed(HealthServer):
    """A body with a member that may not be sent is answered 400 like one that is not JSON."""

    BREAKS = ("COM-ERR-09",)
    SUBTLE = True

    def refuse_misfits(self, found: list[Misfit]) -> None:
        if any("not a member" in misfit.detail[1] for misfit in found):
            raise Problem("malformed-body")
        super().refuse_misfits(found)


class RetryAfterIsADate(HealthServer):
    """Every fiftieth reading is refused over quota, to be sent again at a date."""

    BREAKS = ("COM-RATE-01",)
    SUBTLE = True

    def refuse_over_quota(self, visit: Visit) -> None:
        self.turns["quota"] += visit.request.method == "GET"
        if visit.request.method == "GET" and self.turns["quota"] % 50 == 0:
            raise Problem("too-many-requests", headers={"Retry-After": self.date_header(visit.now + 1)["Date"]})


# -------------------------------------------------------------------- credentials and tenants


class HeadNeedsNoToken(HealthServer):
    """HEAD of a protected path works without credentials."""

    BREAKS = ("COM-AUTH-01",)
    SUBTLE = True

    async def respond(self, request: Request) -> Response:
        if request.method == "HEAD" and "authorization" not in request.headers:
            pair = (b"authorization", f"Bearer {self.token_text('a')}".encode())
            request = Request({**request.scope, "headers": [*request.scope["headers"], pair]}, request.receive)
        return await super().respond(request)


class SignatureIsNotVerified(HealthServer):
    """The end of a token, where its signature is, is not looked at."""

    BREAKS = ("COM-AUTH-02",)
    SUBTLE = True

    def token_of(self, sent: str) -> Token | None:
        return next((token for text, token in self.tokens.items() if sent[: len(text) - 8] == text[:-8]), None)


class ForbiddenChangesHappen(HealthServer):
    """A change with a token that may only read is answered 403 and made."""

    BREAKS = ("COM-AUTH-03",)
    SUBTLE = True

    async def respond(self, request: Request) -> Response:
        response = await super().respond(request)
        if request.method == "PATCH" and response.status_code == 403:
            fully = (b"authorization", f"Bearer {self.token_text('a')}".encode())
            headers = [fully, *(pair for pair in request.scope["headers"] if pair[0] != fully[0])]
            await super().respond(Request({**request.scope, "headers": headers}, request.receive))
        return response


class ForeignAmendmentsNeedTheirTag(HealthServer):
    """An amendment of another organisation's measurement without If-Match is answered 428, that of none 404."""

    BREAKS = ("COM-TEN-01",)
    SUBTLE = True
    ALSO: Mapping[str, str] = {
        "COM-ERR-08": "the fault that is looked for first is this one",
        "COM-ERR-09": "the fault of such a request has another status than the one that is due",
    }

    def find(self, known: Operation, path: Mapping[str, str], tenant: str, visit: Visit) -> Any:
        kept = next(iter(path.values()), "") in self.measurements
        if known.method == "PUT" and kept and "if-match" not in visit.request.headers:
            raise Problem("precondition-required")
        return super().find(known, path, tenant, visit)


# -------------------------------------------------------------------- lists


class ThirdFilterIsIgnored(HealthServer):
    """Of three filters or more only the first two are applied."""

    BREAKS = ("COM-FILT-03",)
    SUBTLE = True
    ALSO: Mapping[str, str] = {"COM-FILT-01": "what comes does not satisfy the third"}

    def keeps_measurement(self, measurement: Measurement, query: Mapping[str, Any]) -> bool:
        named = [name for name in ("code", "from", "to", "deviceId", "status") if name in query]
        return super().keeps_measurement(measurement, {name: query[name] for name in named[:2]})


class TiesComeAsEntered(HealthServer):
    """Measurements of one instant come in the order in which they were entered."""

    BREAKS = ("COM-SORT-01",)
    SUBTLE = True

    def measurement_key(self, measurement: Measurement) -> Key:
        return (super().measurement_key(measurement)[0], list(self.measurements).index(measurement.id))


class EmptyPagesLeadOn(HealthServer):
    """The list of another organisation's patient has no items, and a next page where there are measurements all the same."""

    BREAKS = ("HLT-006",)
    SUBTLE = True
    ALSO: Mapping[str, str] = {
        "HLT-024": "the list leads on after the consent, too",
        "HLT-025": "so does that of the codes that are not opened",
    }

    def collection(self, call: Call, rows: Sequence[Any], key: Callable[[Any], Key], render: Callable[[Any], Json]) -> Answer:
        answer = super().collection(call, rows, key, render)
        if rows or "cursor" in call.sent or not self.measurements_of.get(call.query.get("patientId", "")):
            return answer
        cursor = self.encode_cursor(call, (0, ""))
        page = {**answer.body["page"], "nextCursor": cursor}
        return replace(answer, body={**answer.body, "page": page, "links": self.links_of(call, cursor)})


# -------------------------------------------------------------------- writes and times


class KeysEndWithAmendments(HealthServer):
    """A key is forgotten as soon as its measurement was amended."""

    BREAKS = ("COM-IDEM-01",)
    SUBTLE = True

    def idempotent_answer(self, call: Call) -> Answer | None:
        known = super().idempotent_answer(call)
        if known is None or call.operation.id != "createMeasurement":
            return known
        return known if self.measurements[known.body["measurementId"]].revision == 1 else None


class PeriodsAreListedLate(HealthServer):
    """What was measured over a period appears in the list a minute after it was sent."""

    BREAKS = ("COM-CONS-01",)
    SUBTLE = True

    def listed_of(self, patient: str, tenant: str, now: Fraction) -> list[Measurement]:
        return [one for one in super().listed_of(patient, tenant, now) if one.code != STEPS or now - one.updated >= 60]


class AmendmentsLackOffset(HealthServer):
    """`updatedAt` of a measurement that was amended has no offset."""

    BREAKS = ("COM-TIME-01",)
    SUBTLE = True
    ALSO: Mapping[str, str] = {"COM-DOC-02": "it is no date-time", "HLT-036": "it cannot be told to be later"}

    def render_measurement(self, measurement: Measurement) -> Json:
        found = super().render_measurement(measurement)
        return {**found, "updatedAt": found["updatedAt"][:-6]} if measurement.revision > 1 else found


class TwoSourcesTakeTurns(HealthServer):
    """Two sources that are a minute apart answer in turn, so that the clock goes backwards."""

    BREAKS = ("COM-TIME-02",)
    SUBTLE = True

    def meta_of(self, call: Call) -> Json:
        self.turns["meta"] += 1
        return super().meta_of(call if self.turns["meta"] % 2 else replace(call, now=call.now - 60))


class SameReportsAtOnceAreKept(HealthServer):
    """Of a device's report that comes several times at once each is kept: what is there is looked for, and written later."""

    BREAKS = ("HLT-014",)
    SUBTLE = True
    ALSO: Mapping[str, str] = {"COM-IDEM-02": "a key is not reserved meanwhile"}

    async def create_measurement(self, call: Call) -> Answer:
        known = self.idempotent_answer(call)
        if known is not None or not isinstance(call.body, dict) or "deviceId" not in call.body:
            return known or await super().create_measurement(call)
        self.refuse_misfits(misfits(call.body, MEASUREMENT) or self.rule_misfits(call.body, call.tenant, call.now))
        same = self.same_as(call.body)
        await give_way()
        kept = same or self.enter_measurement(call.tenant, call.body, call.now)
        return self.creation(call, self.render_measurement(kept), "measurements", kept.id, 200 if same else 201)
