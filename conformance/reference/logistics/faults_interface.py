"""Faults of the interface about itself and of its refusals."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import Any

from conformance.reference.answers import Visit
from conformance.reference.logistics.records import Event, Shipment
from conformance.reference.logistics.server import LogisticsServer
from conformance.reference.problems import Misfit, Problem
from conformance.reference.wire import Call, Json, Operation, Parameter

__all__: list[str] = []


class DescriptionHasNoPaths(LogisticsServer):
    """The published OpenAPI document has no `info`."""

    BREAKS = ("COM-DOC-01",)
    ALSO: Mapping[str, str] = {"COM-DOC-02": "the document is the response of getApiDescription"}

    def published_document(self) -> Json:
        return {name: member for name, member in super().published_document().items() if name != "info"}


class DescriptionLeadsOutside(LogisticsServer):
    """The published OpenAPI document refers to a file on another server."""

    BREAKS = ("COM-DOC-01",)
    SUBTLE = True

    def published_document(self) -> Json:
        document = copy.deepcopy(super().published_document())
        document["paths"]["/shipments"]["post"]["responses"]["409"] = {
            "$ref": "https://docs.example/c.yaml#/responses/Problem409"
        }
        return document


class DeclaresTheTransportInterface(LogisticsServer):
    """The conformance declaration names another interface."""

    BREAKS = ("COM-DOC-03",)

    def conformance_body(self) -> Json:
        return {**super().conformance_body(), "interface": "smartcity-transport"}


class DeclaresTrackingAlone(LogisticsServer):
    """The conformance declaration names one profile of those that are served; under that one it is truthful."""

    BREAKS = ("COM-DOC-03",)
    SUBTLE = True

    def conformance_body(self) -> Json:
        return {**super().conformance_body(), "profiles": ["tracking"]}


class LandingPageLeadsNowhere(LogisticsServer):
    """The landing page has no link to the conformance declaration."""

    BREAKS = ("COM-DOC-05",)

    def landing_body(self, call: Call) -> Json:
        body = super().landing_body(call)
        return {**body, "links": [link for link in body["links"] if link["rel"] != "conformance"]}


class LandingPageLeadsToItself(LogisticsServer):
    """The link to the conformance declaration leads to the landing page."""

    BREAKS = ("COM-DOC-05",)
    SUBTLE = True

    def landing_body(self, call: Call) -> Json:
        body = super().landing_body(call)
        return {
            **body,
            "links": [{**link, "href": f"{self.base_path}/"} if link["rel"] == "conformance" else link for link in body["links"]],
        }


class ProblemsAreJson(LogisticsServer):
    """Problem documents are sent as `application/json`."""

    BREAKS = ("COM-ERR-01",)
    ALSO: Mapping[str, str] = {"COM-DOC-02": "the media type is not declared", "COM-PAGE-06": "no problem is read in it"}

    def problem_media_type(self, problem: Problem) -> str:
        return "application/json"


class ConflictsHaveNoTitle(LogisticsServer):
    """The problem document of a conflict has no title."""

    BREAKS = ("COM-ERR-01",)
    ALSO: Mapping[str, str] = {"COM-DOC-02": "the title is required"}
    SUBTLE = True

    def problem_body(self, visit: Visit, problem: Problem) -> Json:
        found = super().problem_body(visit, problem)
        return {name: value for name, value in found.items() if name != "title" or problem.kind.status != 409}


class WrongQueryIsNotNamed(LogisticsServer):
    """The refusal of a query parameter does not say which one."""

    BREAKS = ("COM-ERR-02",)
    SUBTLE = True

    def parse_parameter(self, parameter: Parameter, sent: str) -> Any:
        try:
            return super().parse_parameter(parameter, sent)
        except Problem as problem:
            raise Problem(problem.slug) from problem


class NotFoundShowsTheQuery(LogisticsServer):
    """The 404 for an unknown resource shows the query that found nothing."""

    BREAKS = ("COM-ERR-03",)

    def problem_detail(self, visit: Visit, problem: Problem) -> str:
        said = super().problem_detail(visit, problem)
        query = "SELECT * FROM shipment WHERE id = ? LIMIT 1"
        return f"{said} {query}" if problem.slug == "not-found" else said


class MalformedBodiesShowATrace(LogisticsServer):
    """The refusal of a body that is not JSON holds a stack trace."""

    BREAKS = ("COM-ERR-03",)
    SUBTLE = True

    def malformed(self, error: Exception) -> Problem:
        text = 'Traceback (most recent call last):\n  File "/srv/logistics/app/bodies.py", line 88, in parse\n'
        return Problem("malformed-body", detail=(text, text))


class NotJsonIs422(LogisticsServer):
    """A body that is not JSON is answered 422."""

    BREAKS = ("COM-ERR-04",)
    ALSO: Mapping[str, str] = {"COM-ERR-09": "422 stands for a body that its schema excludes"}

    def malformed(self, error: Exception) -> Problem:
        return Problem("invalid-body", [Misfit("pointer", "", ("不是 JSON", "is not JSON"))])


class ReadsAnyBody(LogisticsServer):
    """Bodies of any media type are read as JSON."""

    BREAKS = ("COM-ERR-04",)
    ALSO: Mapping[str, str] = {
        "COM-ERR-08": "a fault is missed",
        "COM-ERR-09": "a fault is missed",
        "COM-ERR-06": "a fault is missed",
    }
    SUBTLE = True

    def media_type_is_taken(self, operation: Operation, content_type: str) -> bool:
        return True


class StrayParametersAreIgnored(LogisticsServer):
    """A list ignores query parameters that it does not know."""

    BREAKS = ("COM-ERR-05",)
    ALSO: Mapping[str, str] = {
        "COM-ERR-08": "a fault is missed",
        "COM-ERR-09": "a fault is missed",
        "COM-ERR-06": "a fault is missed",
    }

    def refuse_unknown(self, operation: Operation, pairs: Any) -> None:
        if operation.id != "listShipments":
            super().refuse_unknown(operation, pairs)


class LastOfTwoCounts(LogisticsServer):
    """Of a parameter that is given twice the last counts."""

    BREAKS = ("COM-ERR-05",)
    ALSO: Mapping[str, str] = {
        "COM-ERR-08": "a fault is missed",
        "COM-ERR-09": "a fault is missed",
        "COM-ERR-06": "a fault is missed",
    }
    SUBTLE = True

    def refuse_repeated(self, pairs: Any) -> None:
        return None


class ConflictsAreAbout(LogisticsServer):
    """All conflicts have the blank type."""

    BREAKS = ("COM-ERR-07",)
    SUBTLE = True
    ALSO: Mapping[str, str] = {
        **dict.fromkeys(("LGS-001", "LGS-006", "LGS-008", "LGS-010", "LGS-011", "LGS-019"), "a refusal has another type"),
        **dict.fromkeys(
            ("LGS-020", "LGS-021", "LGS-028", "LGS-030", "LGS-035", "LGS-044", "LGS-045"), "a refusal has another type"
        ),
        "COM-IDEM-02": "a key in use is told by its type",
    }

    def problem_type(self, slug: str) -> str:
        return "about:blank" if slug in ("conflict", "illegal-transition", "key-in-use") else super().problem_type(slug)


class PreconditionsHaveOneType(LogisticsServer):
    """A missing tag and one that is not current have one type."""

    BREAKS = ("COM-ERR-07",)
    ALSO: Mapping[str, str] = {"COM-ERR-09": "the type is not that of the fault"}

    def problem_type(self, slug: str) -> str:
        return super().problem_type("precondition-failed" if slug == "precondition-required" else slug)


class KeysAreParameters(LogisticsServer):
    """A missing key is refused as an invalid parameter."""

    BREAKS = ("COM-ERR-09",)
    SUBTLE = True

    def require_key(self, operation: Operation, headers: Mapping[str, str]) -> None:
        try:
            super().require_key(operation, headers)
        except Problem as problem:
            raise Problem("invalid-parameter", problem.errors) from problem


class LongBodiesAreRefused(LogisticsServer):
    """A body of more than 50000 octets is not read."""

    BREAKS = ("COM-ERR-10",)

    def parse_body(self, raw: bytes) -> Any:
        if len(raw) > 50_000:
            raise Problem("malformed-body")
        return super().parse_body(raw)


class LongHeadersAreRefused(LogisticsServer):
    """Header fields of more than two thousand octets are refused."""

    BREAKS = ("COM-ERR-10",)
    ALSO: Mapping[str, str] = {"COM-ERR-02": "the refusal of a query names no parameter"}
    SUBTLE = True

    def negotiate(self, operation: Operation, headers: Mapping[str, str]) -> None:
        if sum(map(len, headers.values())) > 2_000:
            raise Problem("malformed-body")
        super().negotiate(operation, headers)


class NoLinkHeader(LogisticsServer):
    """The landing page has no Link header."""

    BREAKS = ("COM-DOC-04",)

    def landing_headers(self, call: Call) -> dict[str, str]:
        return {}


class TotalsAreOfThePage(LogisticsServer):
    """The total is one less than what is listed."""

    BREAKS = ("COM-PAGE-07",)

    def total_count(self, call: Call, rows: Sequence[Any]) -> int:
        return max(0, super().total_count(call, rows) - 1)


class DeclaredStatesAreSpeltOtherwise(LogisticsServer):
    """An event that is declared erroneous has a number as its reason."""

    BREAKS = ("COM-DOC-02",)
    ALSO: Mapping[str, str] = dict.fromkeys(("LGS-010", "LGS-043"), "the reason is another")
    SUBTLE = True

    def declared(self, known: Event, declaration: Json) -> Event:
        return super().declared(known, {**declaration, "reason": 7})


class ShipmentsLackTheirState(LogisticsServer):
    """A created shipment is answered without the time of its last change."""

    BREAKS = ("COM-DOC-02",)
    ALSO: Mapping[str, str] = dict.fromkeys(("COM-CONS-02", "COM-CONS-01", "LGS-020"), "a member is missing")

    def shipment_members(self, shipment: Shipment, state: str, estimate: str | None, reservation: Json | None) -> Json:
        found = super().shipment_members(shipment, state, estimate, reservation)
        return {name: value for name, value in found.items() if name != "updatedAt"}


class PointersLackTheirFirstPart(LogisticsServer):
    """Pointers into the parts of a body lack the part."""

    BREAKS = ("COM-ERR-02",)
    ALSO: Mapping[str, str] = dict.fromkeys(("LGS-003", "LGS-014", "LGS-019", "LGS-042"), "the pointer leads to another place")

    def render_misfit(self, visit: Visit, misfit: Misfit) -> Json:
        body = super().render_misfit(visit, misfit)
        return {**body, "pointer": "/" + misfit.at.rsplit("/", 1)[-1]} if misfit.where == "pointer" else body


class AllowForgetsPost(LogisticsServer):
    """The Allow header lacks POST."""

    BREAKS = ("COM-ERR-04",)
    SUBTLE = True

    def allowed(self, known: Operation) -> list[str]:
        return [method for method in super().allowed(known) if method != "POST"]


class LongNotesBreakTheServer(LogisticsServer):
    """A body that is no object ends in 500."""

    BREAKS = ("COM-ERR-06",)
    ALSO: Mapping[str, str] = dict.fromkeys(
        ("COM-DOC-02", "COM-ERR-09", "COM-ERR-08", "COM-ERR-02", "COM-ERR-01"), "a 500 is answered"
    )

    def shipment_misfits(self, body: Any) -> list[Misfit]:
        if not isinstance(body, dict):
            raise Problem("internal-error")
        return super().shipment_misfits(body)


class EmptyCapturesBreakTheServer(LogisticsServer):
    """A limit written with a fraction ends in 500."""

    BREAKS = ("COM-ERR-06",)
    ALSO: Mapping[str, str] = dict.fromkeys(("COM-DOC-02", "COM-ERR-09", "COM-PAGE-05"), "a 500 is answered")
    SUBTLE = True

    def parse_parameter(self, parameter: Parameter, sent: str) -> Any:
        if parameter.name == "limit" and not sent.lstrip("-").isdigit():
            raise Problem("internal-error")
        return super().parse_parameter(parameter, sent)


class BodiesAreReadBeforeTags(LogisticsServer):
    """A missing If-Match is told only where the body is right."""

    BREAKS = ("COM-ERR-08",)
    ALSO: Mapping[str, str] = {"COM-ERR-09": "the missing tag is not told"}
    SUBTLE = True

    def check_precondition(self, call: Call, tag: str) -> None:
        if call.headers.get("if-match") is None and not (
            isinstance(call.body, dict) and call.body.keys() <= {"note", "sender", "recipient"}
        ):
            raise Problem("invalid-body", [Misfit("pointer", "", ("不正確", "is not right"))])
        super().check_precondition(call, tag)


class KeysAreAskedForFirst(LogisticsServer):
    """Media types are looked at before resources."""

    BREAKS = ("COM-ERR-08",)
    ALSO: Mapping[str, str] = {"COM-ERR-09": "a media type is looked at before the resource"}

    def find(self, known: Operation, path: Mapping[str, str], tenant: str, visit: Visit) -> Any:
        self.check_media_type(known, visit.request.headers)
        return super().find(known, path, tenant, visit)


class TokensAreConflicts(LogisticsServer):
    """A body that breaks its schema is answered 409."""

    BREAKS = ("COM-ERR-09",)
    ALSO: Mapping[str, str] = {
        **dict.fromkeys(
            (f"LGS-{number:03d}" for number in (2, 3, 4, 5, 6, 13, 14, 18, 19, 20, 34, 35, 36, 37, 42, 44)),
            "a wrong body is answered 409",
        ),
        **dict.fromkeys(("COM-ERR-02", "COM-ERR-06", "COM-ERR-08"), "a wrong body is answered 409"),
    }

    def refuse_misfits(self, found: Sequence[Misfit]) -> None:
        if found:
            raise Problem("conflict")
