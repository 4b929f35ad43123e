"""What the things of the health interface look like on the wire."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from conformance.reference.answers import Visit
from conformance.reference.frame import secret_text
from conformance.reference.health.records import GLUCOSE, ORGANISATIONS, TERMINAL, Consent, Device, Measurement, Patient, Task
from conformance.reference.house import HouseServer
from conformance.reference.instants import format_instant
from conformance.reference.wire import Answer, Call, Json

__all__ = ["MILLISECOND", "Views"]

MILLISECOND = Fraction(1, 1000)


class Views(HouseServer):
    """Metadata and representations."""

    domain = "health"
    interface = "smartcity-health"
    limited_scopes: tuple[str, ...] = ("patient:read", "device:read", "consent:read", "measurement:read", "care:read")
    scopes: tuple[str, ...] = (
        *limited_scopes,
        "patient:write",
        "device:write",
        "consent:write",
        "measurement:write",
        "care:write",
    )
    profiles = ("care", "consent", "full", "measurements")
    titles: Mapping[str, str] = {"zh-Hant": "智慧城市健康量測與照護介面", "en": "Smart city health interface"}

    def __init__(self, *, ttl_seconds: float = 5.0, **settings: Any) -> None:
        del ttl_seconds  # nothing of this interface expires by a server's choice
        super().__init__(**settings)
        self.answered = 0

    # ---------------------------------------------------------------- headers

    def request_id(self, visit: Visit) -> dict[str, str]:
        """The header that names the answer in the audit log."""
        self.answered += 1
        return {"X-Request-Id": "req-" + secret_text(self.domain, "request", str(self.answered))[:16]}

    def common_headers(self, visit: Visit, answer: Answer) -> dict[str, str]:
        """The headers of every response."""
        return {**super().common_headers(visit, answer), **self.request_id(visit)}

    def meta_of(self, call: Call) -> Json:
        """The `meta` member: the data are read live."""
        return {"srcUpdateTime": self.stamp(call.now), "updateTime": self.stamp(call.now), "updateInterval": 1}

    def stamp(self, instant: Fraction | int) -> str:
        """An instant of the server's own as text."""
        return format_instant(instant)

    def stamp_exactly(self, instant: Fraction | int) -> str:
        """The same, with milliseconds."""
        return format_instant(instant, decimals=3)

    # ---------------------------------------------------------------- representations

    def render_patient(self, patient: Patient) -> Json:
        """A patient."""
        return {"patientId": patient.id, **patient.content, "managingOrganization": ORGANISATIONS[patient.tenant]}

    def render_device(self, device: Device) -> Json:
        """A device."""
        return {"deviceId": device.id, **device.content, "managingOrganization": ORGANISATIONS[device.tenant]}

    def render_consent(self, consent: Consent) -> Json:
        """A consent."""
        return {
            "consentId": consent.id,
            **consent.content,
            "status": consent.status,
            "versionId": consent.revision,
            "updatedAt": self.stamp_exactly(consent.updated),
        }

    def render_measurement(self, measurement: Measurement) -> Json:
        """A measurement."""
        content = measurement.content
        return {
            "measurementId": measurement.id,
            **content,
            "effectiveStart": content.get("effectiveDateTime") or content["effectivePeriod"]["start"],
            "status": measurement.status,
            **self.canonical_member(measurement),
            "versionId": measurement.revision,
            "updatedAt": self.stamp_exactly(measurement.updated),
        }

    def render_measurement_item(self, measurement: Measurement) -> Json:
        """A measurement in a list."""
        return self.render_measurement(measurement)

    def canonical_member(self, measurement: Measurement) -> Json:
        """Blood glucose in mg/dL; nothing for anything else."""
        if measurement.code not in GLUCOSE:
            return {}
        value = measurement.content["valueQuantity"]["value"] * GLUCOSE[measurement.code]
        quantity = {"value": round(value, 4), "system": "http://unitsofmeasure.org", "code": "mg/dL"}
        return {"canonicalQuantity": quantity}

    def sees_patient(self, task: Task, tenant: str) -> bool:
        """Whether a tenant sees for whom a task is."""
        return task.tenant == tenant or task.state not in TERMINAL

    def render_task(self, task: Task, tenant: str) -> Json:
        """A care task as a tenant sees it."""
        return {
            "taskId": task.id,
            **({"patientId": task.patient} if self.sees_patient(task, tenant) else {}),
            "kind": task.kind,
            "state": task.state,
            "dueTime": self.stamp(task.due),
            "assignee": task.assignee,
            "basedOn": task.plan,
            "versionId": task.revision,
            "updatedAt": self.stamp_exactly(task.updated),
        }

    def next_update(self, before: Fraction, now: Fraction) -> Fraction:
        """When a change is recorded: now, but later than what was recorded before."""
        return max(now, before + MILLISECOND)
