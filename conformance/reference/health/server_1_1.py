"""The reference server of version 1.1: statistics, the audit log and threshold alerts, on top of the server of 1.0."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from starlette.responses import Response

from conformance.reference.answers import Visit
from conformance.reference.bodies import Member, is_text, misfits
from conformance.reference.health.alerting import SUBSCRIPTION, Alerting, Watch
from conformance.reference.health.records import CODES, PANEL, Measurement
from conformance.reference.health.server import PATIENT_ID, HealthServer
from conformance.reference.instants import format_instant
from conformance.reference.problems import Misfit, Problem, invalid_parameter
from conformance.reference.wire import Answer, Call, Json, choice, operation

__all__ = ["HealthServer11"]

COUNTED = (PANEL, *CODES)
SEARCH = (
    Member("requestId", is_text(r"[A-Za-z0-9._~-]{1,64}"), ("須為 1 至 64 個允許的字元", "must be 1 to 64 permitted characters")),
)


class HealthServer11(Alerting, HealthServer):
    """The server of 1.1: whoever asks it as 1.0 has it, is answered as 1.0 has it."""

    version = "1.1.0"
    limited_scopes = (*HealthServer.limited_scopes, "audit:read")
    scopes = (*HealthServer.scopes, "audit:read", "alert:write")

    # ---------------------------------------------------------------- statistics

    def counts(self, measurement: Measurement, code: str) -> bool:
        """Whether a measurement is one of those that are counted."""
        return measurement.code == code and measurement.status != "entered-in-error"

    def mean(self, found: list[Fraction]) -> float:
        """The arithmetic mean."""
        return float(sum(found) / len(found))

    def statistics(self, found: list[Fraction]) -> Json:
        """What is told of values; of none, their number alone."""
        if not found:
            return {"count": 0}
        return {"count": len(found), "minimum": float(min(found)), "maximum": float(max(found)), "mean": self.mean(found)}

    @operation("GET", "/measurements/statistics", scope="measurement:read", query=(PATIENT_ID, choice("code", *COUNTED)))
    async def get_measurement_statistics(self, call: Call) -> Answer:
        """Counts the measurements of a patient."""
        for name in ("patientId", "code"):
            if name not in call.query:
                raise invalid_parameter(name, ("必須提供", "is required"))
        patient = self.find_patient(call.query["patientId"], call.tenant, call.now)
        if patient is None:
            raise Problem("not-found")
        code = call.query["code"]
        known = [one for one in self.listed_of(patient.id, call.tenant, call.now) if self.counts(one, code)]
        told = {"patientId": patient.id, "code": code}
        if code == PANEL:
            return Answer(200, {**told, "count": len(known)})
        values = [Fraction(str(one.content["valueQuantity"]["value"])) for one in known]
        return Answer(200, {**told, **self.statistics(values)})

    # ---------------------------------------------------------------- the audit log

    def finish(self, visit: Visit, answer: Answer) -> Response:
        """The response for an answer, which is in the audit log when it goes out."""
        response = super().finish(visit, answer)
        if visit.tenant and visit.operation is not None and self.is_logged(answer):
            name = response.headers.get("X-Request-Id", "")
            self.audit[(self.owner_of(visit), name)] = {
                "requestId": name,
                "operation": visit.operation.id,
                "status": answer.status,
                "time": format_instant(visit.now, decimals=3),
            }
        return response

    def is_logged(self, answer: Answer) -> bool:
        """Whether an answer is kept in the log."""
        return True

    def owner_of(self, visit: Visit) -> str:
        """Whose log an answer is in."""
        return visit.tenant

    @property
    def audit(self) -> dict[tuple[str, str], Json]:
        """The log, by organisation and name of the answer."""
        found: dict[tuple[str, str], Json] = self.__dict__.setdefault("log", {})
        return found

    @operation("POST", "/audit-events/search", scope="audit:read", takes="application/json")
    async def search_audit_events(self, call: Call) -> Answer:
        """Searches the audit log."""
        self.refuse_misfits(misfits(call.body, SEARCH))
        found = self.found_by(call.tenant, call.body["requestId"])
        return Answer(200, {"items": found})

    def found_by(self, tenant: str, name: str) -> list[Json]:
        """The event of a name that an organisation may see."""
        return [self.audit[(tenant, name)]] if (tenant, name) in self.audit else []

    # ---------------------------------------------------------------- threshold alerts

    def is_closed(self, body: Any) -> bool:
        """An alert says that a threshold was crossed, and nothing else."""
        return super().is_closed(body) or "crossed" in body

    def take_measurement(self, tenant: str, body: Json, now: Fraction) -> tuple[int, Measurement]:
        """The measurement that a body is; whoever watches it is told of a new one."""
        status, kept = super().take_measurement(tenant, body, now)
        if self.is_news(status):
            self.alert(kept)
        return status, kept

    def is_news(self, status: int) -> bool:
        """Whether an answer of this status kept something new."""
        return status == 201

    def amend(self, known: Measurement, body: Json, tenant: str, now: Fraction) -> Measurement:
        """Amends a measurement; whoever watches it is told."""
        amended = super().amend(known, body, tenant, now)
        self.alert(amended)
        return amended

    def watch_misfits(self, body: Json, tenant: str) -> list[Misfit]:
        """What is wrong with a subscription whose form is right."""
        if self.patient_measured(body, tenant) is None:
            return [Misfit("pointer", "/patientId", ("查無此病人", "names no patient"))]
        return self.threshold_misfits(body) or self.callback_misfits(body["callbackUrl"])

    @operation("POST", "/alert-subscriptions", scope="alert:write", takes="application/json")
    async def create_alert_subscription(self, call: Call) -> Answer:
        """Subscribes to threshold alerts."""
        self.refuse_misfits(misfits(call.body, SUBSCRIPTION))
        self.refuse_misfits(self.watch_misfits(call.body, call.tenant))
        status, made = self.watch(call.tenant, call.body)
        return Answer(status, self.render_watch(made))

    def find_watch(self, identifier: str, tenant: str, now: Fraction) -> Watch | None:
        """A subscription of the tenant, or None."""
        return next((one for one in self.watches.values() if one.id == identifier and self.may_end(one, tenant)), None)

    def may_end(self, watch: Watch, tenant: str) -> bool:
        """Whether a subscription is the tenant's."""
        return watch.tenant == tenant

    @operation("DELETE", "/alert-subscriptions/{subscriptionId}", scope="alert:write", find="find_watch")
    async def delete_alert_subscription(self, call: Call) -> Answer:
        """Ends threshold alerts."""
        self.end_watch(call.found)
        return Answer(204)
