"""The health interface's operations: each finds its rows, and leaves the rest to the parts below."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

from conformance.reference.bodies import misfits
from conformance.reference.health.forms import (
    AMENDMENT,
    BATCH,
    CONSENT_PATCH,
    ID,
    MEASUREMENT,
    SEARCH,
    TASK_PATCH,
)
from conformance.reference.health.measuring import Measuring
from conformance.reference.health.records import CODES, MEASUREMENT_STATES, PANEL, TASK_STATES, Measurement, Task
from conformance.reference.health.seeds import PERSONS, readings
from conformance.reference.paging import Key
from conformance.reference.problems import Misfit, Problem, invalid_parameter
from conformance.reference.wire import CURSOR, LIMIT, Answer, Call, Json, choice, instant, operation, text

__all__ = ["HealthServer"]

PAGE = (LIMIT, CURSOR)
PATIENT_ID = text("patientId", ID)
MICROSECONDS = 10**6


class HealthServer(Measuring):
    """The reference server of the health interface, correct in every detail."""

    def __init__(self, *, clock: Callable[[], float], **settings: Any) -> None:
        super().__init__(clock=clock, **settings)
        self.seed(self.now())

    def seed(self, now: Fraction) -> None:
        """Writes the standing data."""
        device = {
            "manufacturer": "Example Medical",
            "model": "X",
            "deviceType": "MDC_DEV_SPEC_PROFILE_PULS_OXIM",
            "status": "active",
        }
        for tenant, person in PERSONS:
            patient = self.enter_patient(tenant, person)
            self.enter_tasks(patient, person["careNeeds"], now)
            for body in readings(patient.id, self.enter_device(tenant, device).id, now):
                self.enter_measurement(tenant, body, now)

    def creation(self, call: Call, found: Json, where: str, identifier: str, status: int = 201) -> Answer:
        """The answer to a creation, remembered under its key."""
        headers = {"Location": f"{self.base_path}/{where}/{identifier}"} if status == 201 else {}
        return self.remember(call, self.tagged(call, Answer(status, found, headers)))

    # ---------------------------------------------------------------- patients

    @operation("POST", "/patients", scope="patient:write", takes="application/json", idempotent_key=True)
    async def create_patient(self, call: Call) -> Answer:
        """Registers a patient."""
        known = self.idempotent_answer(call)
        if known is not None:
            return known
        self.refuse_misfits(self.patient_misfits(call.body, call.now))
        self.refuse_taken(call, call.body)
        made = self.enter_patient(call.tenant, call.body)
        self.enter_tasks(made, call.body.get("careNeeds", ()), call.now)
        return self.creation(call, self.render_patient(made), "patients", made.id)

    @operation("POST", "/patients/search", scope="patient:read", takes="application/json")
    async def search_patients(self, call: Call) -> Answer:
        """Searches for a patient by an identifier."""
        self.refuse_misfits(misfits(call.body, SEARCH))
        found = self.patients_with(call.body["identifier"], call.tenant, call.now)
        return Answer(200, {"items": [self.render_patient(patient) for patient in found]})

    @operation("GET", "/patients/{patientId}", scope="patient:read", find="find_patient")
    async def get_patient(self, call: Call) -> Answer:
        """One patient."""
        return self.tagged(call, Answer(200, self.render_patient(call.found)))

    # ---------------------------------------------------------------- devices

    @operation("POST", "/devices", scope="device:write", takes="application/json", idempotent_key=True)
    async def register_device(self, call: Call) -> Answer:
        """Registers a device."""
        known = self.idempotent_answer(call)
        if known is not None:
            return known
        self.refuse_misfits(self.device_misfits(call.body, call.now))
        made = self.enter_device(call.tenant, call.body)
        return self.creation(call, self.render_device(made), "devices", made.id)

    @operation("GET", "/devices/{deviceId}", scope="device:read", find="find_device")
    async def get_device(self, call: Call) -> Answer:
        """One device."""
        return self.tagged(call, Answer(200, self.render_device(call.found)))

    # ---------------------------------------------------------------- consents

    @operation("POST", "/consents", scope="consent:write", takes="application/json", idempotent_key=True)
    async def create_consent(self, call: Call) -> Answer:
        """Records a consent."""
        known = self.idempotent_answer(call)
        if known is not None:
            return known
        self.refuse_misfits(self.consent_misfits(call.body, call.tenant))
        made = self.enter_consent(call.tenant, call.body, call.now)
        return self.creation(call, self.render_consent(made), "consents", made.id)

    @operation("GET", "/consents/{consentId}", scope="consent:read", find="find_consent")
    async def get_consent(self, call: Call) -> Answer:
        """One consent."""
        return self.tagged(call, Answer(200, self.render_consent(call.found)))

    @operation("PATCH", "/consents/{consentId}", scope="consent:write", find="find_consent", takes="application/merge-patch+json")
    async def update_consent(self, call: Call) -> Answer:
        """Revokes a consent, or marks it as entered in error."""
        self.check_precondition(call, self.etag_of(self.render_consent(call.found)))
        self.refuse_misfits(misfits(call.body, CONSENT_PATCH))
        moved = self.move_consent(call.found, call.body["status"], call.now)
        return self.tagged(call, Answer(200, self.render_consent(moved)))

    # ---------------------------------------------------------------- measurements

    def measurement_key(self, measurement: Measurement) -> Key:
        """The order of measurements."""
        return (int(measurement.start * MICROSECONDS // 1), measurement.id)

    def descends(self, call: Call) -> bool:
        """Measurements come in descending order, unless the other one is asked for."""
        return call.operation.id == "listMeasurements" and call.query.get("sort") != "asc"

    def require_patient(self, call: Call) -> str:
        """The patient whose measurements are asked for; refuses to list everybody's."""
        if "patientId" not in call.query:
            raise invalid_parameter("patientId", ("必須提供", "is required"))
        return str(call.query["patientId"])

    def is_in_status(self, measurement: Measurement, query: Mapping[str, Any]) -> bool:
        """Filter status; without it, what was entered in error is left out."""
        if "status" in query:
            return bool(measurement.status == query["status"])
        return measurement.status != "entered-in-error"

    def begins_from(self, measurement: Measurement, since: Fraction) -> bool:
        """Filter from: the instant itself belongs to it."""
        return measurement.start >= since

    def begins_before(self, measurement: Measurement, until: Fraction) -> bool:
        """Filter to: the instant itself does not belong to it."""
        return measurement.start < until

    def has_code(self, measurement: Measurement, wanted: str) -> bool:
        """Filter code."""
        return measurement.code == wanted

    def is_of_device(self, measurement: Measurement, wanted: str) -> bool:
        """Filter deviceId."""
        return measurement.device == wanted

    def keeps_measurement(self, measurement: Measurement, query: Mapping[str, Any]) -> bool:
        """Items of listMeasurements."""
        return self.is_in_status(measurement, query) and self.keeps(
            query,
            {
                "code": lambda wanted: self.has_code(measurement, wanted),
                "from": lambda since: self.begins_from(measurement, since),
                "to": lambda until: self.begins_before(measurement, until),
                "deviceId": lambda wanted: self.is_of_device(measurement, wanted),
            },
        )

    @operation(
        "GET",
        "/measurements",
        scope="measurement:read",
        query=(
            PATIENT_ID,
            choice("code", PANEL, *CODES),
            instant("from"),
            instant("to"),
            choice("status", *MEASUREMENT_STATES),
            text("deviceId", ID),
            choice("sort", "asc", "desc"),
            *PAGE,
        ),
    )
    async def list_measurements(self, call: Call) -> Answer:
        """The measurements of a patient that the tenant may read."""
        patient = self.require_patient(call)
        self.require_time_order(call)
        known = self.listed_of(patient, call.tenant, call.now)
        rows = [one for one in known if self.keeps_measurement(one, call.query)]
        return self.collection(call, rows, self.measurement_key, self.render_measurement_item)

    @operation("POST", "/measurements", scope="measurement:write", takes="application/json", idempotent_key=True)
    async def create_measurement(self, call: Call) -> Answer:
        """Keeps a measurement."""
        known = self.idempotent_answer(call)
        if known is not None:
            return known
        self.refuse_misfits(misfits(call.body, MEASUREMENT) or self.rule_misfits(call.body, call.tenant, call.now))
        status, kept = self.take_measurement(call.tenant, call.body, call.now)
        return self.creation(call, self.render_measurement(kept), "measurements", kept.id, status)

    @operation("POST", "/measurements/batch", scope="measurement:write", takes="application/json", idempotent_key=True)
    async def create_measurement_batch(self, call: Call) -> Answer:
        """Keeps several measurements."""
        known = self.idempotent_answer(call)
        if known is not None:
            return known
        self.refuse_misfits(misfits(call.body, BATCH))
        results = self.take_batch(call.tenant, call.body["items"], call.now, atomic=call.body["atomic"])
        return self.remember(call, Answer(200, {"results": results}))

    @operation("GET", "/measurements/{measurementId}", scope="measurement:read", find="find_measurement")
    async def get_measurement(self, call: Call) -> Answer:
        """One measurement."""
        return self.tagged(call, Answer(200, self.render_measurement(call.found)))

    @operation(
        "PUT",
        "/measurements/{measurementId}",
        scope="measurement:write",
        find="find_own_measurement",
        takes="application/json",
    )
    async def amend_measurement(self, call: Call) -> Answer:
        """Amends a measurement."""
        self.check_precondition(call, self.etag_of(self.render_measurement(call.found)))
        self.refuse_misfits(misfits(call.body, AMENDMENT))
        amended = self.amend(call.found, call.body, call.tenant, call.now)
        return self.tagged(call, Answer(200, self.render_measurement(amended)))

    # ---------------------------------------------------------------- care tasks

    def task_key(self, task: Task) -> Key:
        """The order of care tasks."""
        return (int(task.due), task.id)

    def is_for(self, task: Task, tenant: str, wanted: str) -> bool:
        """Filter patientId: of what the tenant sees."""
        return task.patient == wanted and self.sees_patient(task, tenant)

    def is_in_state(self, task: Task, wanted: str) -> bool:
        """Filter state."""
        return task.state == wanted

    @operation("GET", "/care-tasks", scope="care:read", query=(PATIENT_ID, choice("state", *TASK_STATES), *PAGE))
    async def list_care_tasks(self, call: Call) -> Answer:
        """The care tasks that are shown to the tenant."""

        def kept(task: Task) -> bool:
            tests: Mapping[str, Callable[[Any], bool]] = {
                "patientId": lambda wanted: self.is_for(task, call.tenant, wanted),
                "state": lambda wanted: self.is_in_state(task, wanted),
            }
            return self.sees_task(task, call.tenant) and self.keeps(call.query, tests)

        rows = [task for task in self.tasks.values() if kept(task)]
        return self.collection(call, rows, self.task_key, lambda task: self.render_task(task, call.tenant))

    @operation("GET", "/care-tasks/{taskId}", scope="care:read", find="find_task")
    async def get_care_task(self, call: Call) -> Answer:
        """One care task."""
        return self.tagged(call, Answer(200, self.render_task(call.found, call.tenant)))

    @operation("PATCH", "/care-tasks/{taskId}", scope="care:write", find="find_task", takes="application/merge-patch+json")
    async def update_care_task(self, call: Call) -> Answer:
        """Moves or assigns a care task."""
        self.check_precondition(call, self.etag_of(self.render_task(call.found, call.tenant)))
        self.refuse_misfits(misfits(call.body, TASK_PATCH))
        if not call.body:
            raise Problem("invalid-body", [Misfit("pointer", "", ("沒有要變更的欄位", "has nothing to change"))])
        changed = self.change_task(call.found, call.body, call.tenant, call.now)
        return self.tagged(call, Answer(200, self.render_task(changed, call.tenant)))
