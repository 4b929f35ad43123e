"""Variants of the health server: other ways of doing it that the interface permits. Every check has to pass on each."""

from __future__ import annotations

import asyncio
import gzip
import json
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC
from fractions import Fraction
from typing import Any

from starlette.responses import Response, StreamingResponse

from conformance.reference.answers import Visit
from conformance.reference.frame import secret_text
from conformance.reference.health import variants_live
from conformance.reference.health.records import Measurement, Patient, Task
from conformance.reference.health.server import HealthServer
from conformance.reference.instants import format_instant, parse_instant
from conformance.reference.manners import classes_of, mannered
from conformance.reference.problems import Problem
from conformance.reference.wire import Answer, Call, Json, Operation

__all__ = ["all_variants"]

# -------------------------------------------------------------------- bytes and headers


class NumbersWithAnExponent(HealthServer):
    """Numbers with a fraction are sent with more zeros and an exponent."""

    def to_bytes(self, body: Any) -> bytes:
        return super().to_bytes(body) if "openapi" in body else self.written(body).encode()

    def written(self, value: Any) -> str:
        if isinstance(value, dict):
            return "{" + ",".join(f"{json.dumps(name)}:{self.written(member)}" for name, member in value.items()) + "}"
        if isinstance(value, list):
            return "[" + ",".join(map(self.written, value)) + "]"
        return f"{value!r}00e0" if isinstance(value, float) and "e" not in repr(value) else json.dumps(value, ensure_ascii=False)


class HeadersHaveOneCase(HealthServer):
    """The names of all headers are in capitals, with further ones beside them."""

    def deliver(self, visit: Visit, status: int, headers: dict[str, str], payload: bytes | None) -> Response:
        more = {name.upper(): value for name, value in headers.items()}
        return super().deliver(visit, status, {**more, "X-CONTENT-TYPE-OPTIONS": "nosniff"}, payload)


class AnswersAreCompressed(HealthServer):
    """Answers are compressed where the client takes that."""

    def deliver(self, visit: Visit, status: int, headers: dict[str, str], payload: bytes | None) -> Response:
        if payload and "gzip" in visit.request.headers.get("accept-encoding", ""):
            return super().deliver(visit, status, {**headers, "Content-Encoding": "gzip"}, gzip.compress(payload, mtime=0))
        return super().deliver(visit, status, headers, payload)


class AnswersComeInPieces(HealthServer):
    """Bodies come in pieces of a few octets, some of them within a character."""

    def deliver(self, visit: Visit, status: int, headers: dict[str, str], payload: bytes | None) -> Response:
        if payload is None:
            return super().deliver(visit, status, headers, payload)

        async def pieces(whole: bytes = payload) -> AsyncIterator[bytes]:
            for start in range(0, len(whole), 501):
                yield whole[start : start + 501]
                await asyncio.sleep(0)

        return StreamingResponse(pieces(), status, headers)


class NothingIsSaidOfTheQuota(HealthServer):
    """No answer tells the quota."""

    def rate_headers(self, visit: Visit, remaining: int) -> dict[str, str]:
        return {}


class ProblemsAreTerse(HealthServer):
    """Problem documents have neither detail nor instance, and types of the vendor's own."""

    def problem_type(self, slug: str) -> str:
        return f"https://vendor.example/errors/v3/{slug}"

    def problem_body(self, visit: Visit, problem: Problem) -> Json:
        found = super().problem_body(visit, problem)
        return {name: value for name, value in found.items() if name not in ("detail", "instance")}


class ProblemsTellTheRequest(HealthServer):
    """Problem documents name the request, by another name each time."""

    def problem_body(self, visit: Visit, problem: Problem) -> Json:
        self.turns["problem"] += 1
        return {**super().problem_body(visit, problem), "traceId": secret_text("trace", str(self.turns["problem"]))[:16]}


class RefusalsHideWhatIsForbidden(HealthServer):
    """A token that lacks the scope is answered 404 where the path names one resource."""

    def admit(self, operation: Operation, headers: Mapping[str, str], now: Fraction) -> str:
        try:
            return super().admit(operation, headers, now)
        except Problem as problem:
            if problem.slug == "forbidden" and "{" in operation.path:
                raise Problem("not-found") from problem
            raise


class RequestsHaveUuids(HealthServer):
    """Answers are named by long names, with all that such a name may have."""

    def request_id(self, visit: Visit) -> dict[str, str]:
        return {"X-Request-Id": f"A~z.9_-{super().request_id(visit)['X-Request-Id']}".ljust(64, "0")}


# -------------------------------------------------------------------- lists


class LinksAreRelative(HealthServer):
    """The links of pages are relative to the URL of the request."""

    def href(self, call: Call, query: dict[str, str] | Any) -> str:
        whole = super().href(call, query)
        return whole[len(call.base) + len(call.url_path) :] if query else call.url_path.rsplit("/", 1)[-1]


class TotalsAreLeftOut(HealthServer):
    """Pages do not tell the total."""

    def page_member(self, call: Call, limit: int, cursor: str | None, rows: Sequence[Any]) -> Json:
        found = super().page_member(call, limit, cursor, rows)
        return {name: value for name, value in found.items() if name != "totalCount"}


class CursorsOfGoneRowsAreInvalid(HealthServer):
    """A cursor under which nothing is open to the caller any more is refused."""

    def start_of(self, call: Call, ordered: Sequence[Any], key: Any) -> int:
        found = super().start_of(call, ordered, key)
        if "cursor" in call.sent and not ordered and call.operation.id == "listMeasurements":
            self.refuse_cursor(call)
        return found


# -------------------------------------------------------------------- times and ids


class TimesAreInUtc(HealthServer):
    """All times of the server's own are in UTC."""

    def stamp(self, instant: Fraction | int) -> str:
        return format_instant(instant, zone=UTC)

    def stamp_exactly(self, instant: Fraction | int) -> str:
        return format_instant(instant, zone=UTC, decimals=6)


class TimesOfClientsAreInUtc(HealthServer):
    """What a client sends as a time comes back in UTC."""

    def render_measurement(self, measurement: Measurement) -> Json:
        return {name: self.in_utc(value) for name, value in super().render_measurement(measurement).items()}

    def in_utc(self, value: Any) -> Any:
        if isinstance(value, dict) and "start" in value:
            return {name: self.in_utc(member) for name, member in value.items()}
        try:
            return format_instant(parse_instant(value), zone=UTC, decimals=6)
        except ValueError:
            return value


class IdsAreNumbers(HealthServer):
    """Ids are short numbers."""

    def new_id(self, kind: str) -> str:
        self.issued += 1
        return str(100_000 + self.issued * 7)


class IdsAreLong(HealthServer):
    """Ids are as long as they may be, with all characters that they may have."""

    def new_id(self, kind: str) -> str:
        self.issued += 1
        return f"~{kind}_." + secret_text("id", str(self.issued))[: 64 - 6]


# -------------------------------------------------------------------- latitude


class DuplicatesAreConflicts(HealthServer):
    """A measurement that is there already is refused as a conflict, but for an item of a batch that is to be kept together."""

    def __init__(self, **settings: Any) -> None:
        self.together = False
        super().__init__(**settings)

    def take_batch(self, tenant: str, items: Sequence[Json], now: Fraction, *, atomic: bool) -> list[Json]:
        self.together = atomic
        try:
            return super().take_batch(tenant, items, now, atomic=atomic)
        finally:
            self.together = False

    def take_measurement(self, tenant: str, body: Json, now: Fraction) -> tuple[int, Measurement]:
        status, found = super().take_measurement(tenant, body, now)
        if status == 200 and not self.together:
            raise Problem("conflict")
        return status, found

    def result(self, index: int, item: Json, faults: Any, tenant: str, now: Fraction) -> Json:
        try:
            return super().result(index, item, faults, tenant, now)
        except Problem:
            return {"index": index, "status": 409}


class GlucoseHasNoCanonicalValue(HealthServer):
    """Blood glucose is not converted."""

    def canonical_member(self, measurement: Measurement) -> Json:
        return {}


class OtherIdsAreBadRequests(HealthServer):
    """A measurementId that is not the one of the path is answered 400."""

    def amend(self, known: Measurement, body: Json, tenant: str, now: Fraction) -> Measurement:
        if body.get("measurementId", known.id) != known.id:
            raise Problem("malformed-body")
        return super().amend(known, body, tenant, now)


class RepeatedKeysHaveTheirPresentTag(HealthServer):
    """A repeated creation has the tag of the resource as it now is."""

    def idempotent_answer(self, call: Call) -> Answer | None:
        known = super().idempotent_answer(call)
        identifier = known.body.get("consentId") if known is not None and isinstance(known.body, dict) else None
        if known is None or identifier not in self.consents:
            return known
        return replace(known, headers={**known.headers, "ETag": self.etag_of(self.render_consent(self.consents[identifier]))})


class ConflictsNameThemselves(HealthServer):
    """The refusal of a number that is taken says more for the patient's own organisation."""

    def existing(self, call: Call, patient: Patient) -> Json:
        found = super().existing(call, patient)
        return {**found, "links": [{"rel": "existing", "href": f"{self.base_path}/patients/{patient.id}"}]} if found else found


class TasksHaveNoPlan(HealthServer):
    """Care tasks say nothing of a plan."""

    def render_task(self, task: Task, tenant: str) -> Json:
        return {name: value for name, value in super().render_task(task, tenant).items() if name != "basedOn"}


class NothingIsThereAtFirst(HealthServer):
    """There are no standing data."""

    def seed(self, now: Fraction) -> None:
        return None


class TagsAreVersions(HealthServer):
    """The entity tag of what has a version is made of id and version."""

    def etag_of(self, body: Any) -> str:
        whose = next((body[name] for name in ("measurementId", "consentId") if name in body), None)
        return f'"{whose}.{body["versionId"]}"' if whose else super().etag_of(body)


class ListsAreStale(HealthServer):
    """The clocks of lists tell whole minutes."""

    def meta_of(self, call: Call) -> Json:
        minute = self.stamp(int(call.now) // 60 * 60)
        return {"srcUpdateTime": minute, "updateTime": minute, "updateInterval": 60}


def all_variants() -> dict[str, type[HealthServer]]:
    """The variants of the health server, by name."""
    return mannered(HealthServer) | classes_of(HealthServer, sys.modules[__name__], variants_live)
