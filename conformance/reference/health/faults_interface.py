"""Faults of the interface as a whole: its description, its problem documents and what they say."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from starlette.requests import Request

from conformance.reference.answers import Visit
from conformance.reference.health.records import Patient, Task
from conformance.reference.health.server import HealthServer
from conformance.reference.problems import Misfit, Problem
from conformance.reference.wire import Call, Json, Operation, Parameter

__all__: list[str] = []


# -------------------------------------------------------------------- description and discovery


class DescriptionHasNoPaths(HealthServer):
    """The published OpenAPI document has no `info`."""

    BREAKS = ("COM-DOC-01",)
    ALSO: Mapping[str, str] = {"COM-DOC-02": "the document is the response of getApiDescription"}

    def published_document(self) -> Json:
        return {name: member for name, member in super().published_document().items() if name != "info"}


class DescriptionLeadsOutside(HealthServer):
    """The published OpenAPI document refers to a file on another server."""

    BREAKS = ("COM-DOC-01",)
    SUBTLE = True

    def published_document(self) -> Json:
        document = copy.deepcopy(super().published_document())
        document["paths"]["/patients"]["post"]["responses"]["409"] = {"$ref": "https://docs.example/c.yaml#/responses/Problem409"}
        return document


class GenderIsANumber(HealthServer):
    """The gender of a patient of whom it is not known is sent as a number."""

    BREAKS = ("COM-DOC-02",)
    ALSO: Mapping[str, str] = {"COM-CONS-01": "what was sent comes back otherwise"}

    def render_patient(self, patient: Patient) -> Json:
        found = super().render_patient(patient)
        return {**found, "gender": 9} if found["gender"] == "unknown" else found


class DoneTasksHaveNoDueTime(HealthServer):
    """A care task that is completed has no `dueTime` any more."""

    BREAKS = ("COM-DOC-02",)
    SUBTLE = True
    ALSO: Mapping[str, str] = {"HLT-029": "a move loses a member"}

    def render_task(self, task: Task, tenant: str) -> Json:
        found = super().render_task(task, tenant)
        return {name: value for name, value in found.items() if name != "dueTime" or task.state != "completed"}


class DeclaresTheTransportInterface(HealthServer):
    """The conformance declaration names another interface."""

    BREAKS = ("COM-DOC-03",)

    def conformance_body(self) -> Json:
        return {**super().conformance_body(), "interface": "smartcity-transport"}


class DeclaresAllButTheWhole(HealthServer):
    """The conformance declaration names the parts that are served, and not the profile that they make up."""

    BREAKS = ("COM-DOC-03",)
    SUBTLE = True

    def conformance_body(self) -> Json:
        return {**super().conformance_body(), "profiles": ["care", "consent", "measurements"]}


class LandingPageLeadsNowhere(HealthServer):
    """The landing page has no link to the conformance declaration."""

    BREAKS = ("COM-DOC-05",)

    def landing_body(self, call: Call) -> Json:
        body = super().landing_body(call)
        return {**body, "links": [link for link in body["links"] if link["rel"] != "conformance"]}


class LandingPageLeadsToItself(HealthServer):
    """The link to the conformance declaration leads to the landing page."""

    BREAKS = ("COM-DOC-05",)

    def landing_body(self, call: Call) -> Json:
        body = super().landing_body(call)
        return {
            **body,
            "links": [{**link, "href": f"{self.base_path}/"} if link["rel"] == "conformance" else link for link in body["links"]],
        }


# -------------------------------------------------------------------- problem documents


class ProblemsAreJson(HealthServer):
    """Problem documents are sent as `application/json`."""

    BREAKS = ("COM-ERR-01",)
    ALSO: Mapping[str, str] = {"COM-DOC-02": "the media type is not declared", "COM-PAGE-06": "no problem is read in it"}

    def problem_media_type(self, problem: Problem) -> str:
        return "application/json"


class ConflictsHaveNoTitle(HealthServer):
    """The problem document of a conflict has no title."""

    BREAKS = ("COM-ERR-01",)
    SUBTLE = True
    ALSO: Mapping[str, str] = {"COM-DOC-02": "the title is required"}

    def problem_body(self, visit: Visit, problem: Problem) -> Json:
        found = super().problem_body(visit, problem)
        return {name: value for name, value in found.items() if name != "title" or problem.kind.status != 409}


class FaultsAreNotLocated(HealthServer):
    """The refusal of a body does not say where it is wrong."""

    BREAKS = ("COM-ERR-02",)
    ALSO: Mapping[str, str] = dict.fromkeys(
        ("HLT-002", "HLT-003", "HLT-007", "HLT-009", "HLT-015", "HLT-028", "HLT-038", "HLT-039"), "the refusal points nowhere"
    )

    def refuse_misfits(self, found: list[Misfit]) -> None:
        if found:
            raise Problem("invalid-body")


class NestedFaultsAreLocatedWrongly(HealthServer):
    """Pointers into the parts of a body lack the part."""

    BREAKS = ("COM-ERR-02",)
    SUBTLE = True
    ALSO: Mapping[str, str] = {
        "HLT-002": "the pointer leads to another place",
        "HLT-015": "the pointer leads to another place",
        "HLT-038": "the pointer leads to another place",
        "HLT-039": "a member that is missing is located wrongly, too",
    }

    def render_misfit(self, visit: Visit, misfit: Misfit) -> Json:
        body = super().render_misfit(visit, misfit)
        return {**body, "pointer": "/" + misfit.at.rsplit("/", 1)[-1]} if misfit.where == "pointer" else body


class WrongQueryIsNotNamed(HealthServer):
    """The refusal of a query parameter does not say which one."""

    BREAKS = ("COM-ERR-02",)
    ALSO: Mapping[str, str] = {"HLT-017": "the parameter is not named"}

    def parse_parameter(self, parameter: Parameter, sent: str) -> Any:
        try:
            return super().parse_parameter(parameter, sent)
        except Problem as problem:
            raise Problem(problem.slug) from problem


class NotFoundShowsTheQuery(HealthServer):
    """The 404 for an unknown resource shows the query that found nothing."""

    BREAKS = ("COM-ERR-03",)

    def problem_detail(self, visit: Visit, problem: Problem) -> str:
        said = super().problem_detail(visit, problem)
        query = "SELECT * FROM observation WHERE id = ? LIMIT 1"
        return f"{said} {query}" if problem.slug == "not-found" else said


class MalformedBodiesShowATrace(HealthServer):
    """The refusal of a body that is not JSON holds a stack trace."""

    BREAKS = ("COM-ERR-03",)

    def malformed(self, error: Exception) -> Problem:
        text = 'Traceback (most recent call last):\n  File "/srv/health/app/bodies.py", line 88, in parse\n'
        return Problem("malformed-body", detail=(text, text))


class NotJsonIs422(HealthServer):
    """A body that is not JSON is answered 422."""

    BREAKS = ("COM-ERR-04",)
    ALSO: Mapping[str, str] = {"COM-ERR-09": "422 stands for a body that its schema excludes"}

    def malformed(self, error: Exception) -> Problem:
        return Problem("invalid-body", [Misfit("pointer", "", ("不是 JSON", "is not JSON"))])


class AllowForgetsPut(HealthServer):
    """The Allow header of a measurement lacks PUT."""

    BREAKS = ("COM-ERR-04",)
    SUBTLE = True

    def allowed(self, known: Operation) -> list[str]:
        return [method for method in super().allowed(known) if method != "PUT"]


class ReadsAnyBody(HealthServer):
    """Bodies of any media type are read as JSON."""

    BREAKS = ("COM-ERR-04",)
    ALSO: Mapping[str, str] = {"COM-ERR-09": "the fault has another status"}

    def media_type_is_taken(self, operation: Operation, content_type: str) -> bool:
        return True


class StrayParametersAreIgnored(HealthServer):
    """The list of measurements ignores query parameters that it does not know."""

    BREAKS = ("COM-ERR-05",)

    def refuse_unknown(self, operation: Operation, pairs: Any) -> None:
        if operation.id != "listMeasurements":
            super().refuse_unknown(operation, pairs)


class LastOfTwoCounts(HealthServer):
    """Of a parameter that is given twice the last counts."""

    BREAKS = ("COM-ERR-05",)
    SUBTLE = True

    def refuse_repeated(self, pairs: Any) -> None:
        return None


class QuantitiesAreOpen(HealthServer):
    """A member that nothing declares is left unread inside a quantity."""

    BREAKS = ("COM-ERR-06",)
    SUBTLE = True

    def refuse_misfits(self, found: list[Misfit]) -> None:
        inside = [
            one for one in found if one.at.startswith("/valueQuantity/") and one.detail[1] == "is not a member that may be sent"
        ]
        super().refuse_misfits([one for one in found if one not in inside])


class BatchIsAnIdentifier(HealthServer):
    """GET of the path of batches looks for a measurement of that name."""

    BREAKS = ("COM-ERR-04",)
    SUBTLE = True

    def refuse_method(self, request: Request, known: Operation) -> None:
        if request.method == "GET" and known.id == "createMeasurementBatch":
            raise Problem("not-found")
        super().refuse_method(request, known)
