"""Patients and devices: the register, what a patient has to be, and who may read whom."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from fractions import Fraction
from typing import Any

from conformance.reference.bodies import misfits
from conformance.reference.frame import secret_text
from conformance.reference.health.forms import DEVICE, PATIENT
from conformance.reference.health.records import ORGANISATIONS, Device, Patient
from conformance.reference.health.views import Views
from conformance.reference.instants import format_instant, parse_instant
from conformance.reference.problems import Misfit, Problem
from conformance.reference.wire import Call, Json

__all__ = ["People", "check_digit_is_right"]

MOI = "http://www.moi.gov.tw"
_LETTERS = "ABCDEFGHJKLMNPQRSTUVXYWZIO"  # stand for 10, 11, 12 and so on
_NATIONAL = re.compile(r"[A-Z][1289][0-9]{8}", re.ASCII)
_WEIGHTS = (1, 9, 8, 7, 6, 5, 4, 3, 2, 1, 1)


def check_digit_is_right(number: str) -> bool:
    """Whether a number of a national identity card or resident certificate has the form and check digit that it should."""
    if not _NATIONAL.fullmatch(number):
        return False
    stands_for = _LETTERS.index(number[0]) + 10
    digits = [stands_for // 10, stands_for % 10, *map(int, number[1:])]
    return sum(digit * weight for digit, weight in zip(digits, _WEIGHTS, strict=True)) % 10 == 0


class People(Views):
    """The register of patients and devices."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.patients: dict[str, Patient] = {}
        self.devices: dict[str, Device] = {}
        self.by_identifier: dict[tuple[str, str], str] = {}
        self.issued = 0

    def new_id(self, kind: str) -> str:
        """The next id of a kind: none tells the next one, yet a fresh server issues the same ones again."""
        self.issued += 1
        return f"{kind}-" + secret_text(self.domain, kind, str(self.issued))[:20]

    def refuse_misfits(self, found: list[Misfit]) -> None:
        """Refuses a body that breaks the schema or a rule."""
        if found:
            raise Problem("invalid-body", found)

    def organisation(self, tenant: str) -> str:
        """The organisation of a tenant."""
        return ORGANISATIONS[tenant]

    # ---------------------------------------------------------------- patients

    def patient_misfits(self, body: Any, now: Fraction) -> list[Misfit]:
        """What is wrong with a new patient."""
        found = misfits(body, PATIENT)
        if found:
            return found
        for index, identifier in enumerate(body["identifiers"]):
            found += self.identifier_misfits(identifier, f"/identifiers/{index}")
        return found + self.birth_misfits(body["birthDate"], now)

    def identifier_misfits(self, identifier: Mapping[str, str], at: str) -> list[Misfit]:
        """What is wrong with one identifier."""
        national = identifier["system"] == MOI
        if (identifier["type"] == "NNTWN") is not national:
            return [Misfit("pointer", f"{at}/type", ("與編碼系統不符", "does not go with the system"))]
        if national and not self.national_number_is_right(identifier["value"]):
            return [Misfit("pointer", f"{at}/value", ("號碼不正確", "is no right number"))]
        return []

    def national_number_is_right(self, number: str) -> bool:
        """Whether a national number is right."""
        return check_digit_is_right(number)

    def birth_misfits(self, born: str, now: Fraction) -> list[Misfit]:
        """What is wrong with a date of birth."""
        if date.fromisoformat(born) > self.today(now):
            return [Misfit("pointer", "/birthDate", ("不得在未來", "must not be in the future"))]
        return []

    def today(self, now: Fraction) -> date:
        """The present day in Taiwan."""
        return date.fromisoformat(format_instant(now)[:10])

    def identifier_key(self, identifier: Mapping[str, str]) -> tuple[str, str]:
        """What makes an identifier the same as another."""
        return identifier["system"], identifier["value"]

    def refuse_taken(self, call: Call, body: Json) -> None:
        """Refuses a patient one of whose identifiers somebody has already; who it is, only to those who may read them."""
        for identifier in body["identifiers"]:
            known = self.by_identifier.get(self.identifier_key(identifier))
            if known is not None:
                raise Problem("conflict", extra=self.existing(call, self.patients[known]))

    def existing(self, call: Call, patient: Patient) -> Json:
        """The member that names the patient who has the identifier, for a caller who may read them."""
        return {"existingId": patient.id} if self.may_read(patient, call.tenant, call.now) else {}

    def enter_patient(self, tenant: str, body: Json) -> Patient:
        """Writes a new patient."""
        patient = Patient(self.new_id("pat"), tenant, body)
        self.patients[patient.id] = patient
        for identifier in body["identifiers"]:
            self.by_identifier[self.identifier_key(identifier)] = patient.id
        return patient

    def may_read(self, patient: Patient, tenant: str, now: Fraction) -> bool:
        """Whether a tenant may read a patient."""
        return patient.tenant == tenant or self.is_opened(patient, tenant, now)

    def is_opened(self, patient: Patient, tenant: str, now: Fraction) -> bool:
        """Whether something opens a patient to another organisation."""
        return False

    def find_patient(self, identifier: str, tenant: str, now: Fraction) -> Patient | None:
        """A patient whom the tenant may read, or None."""
        found = self.patients.get(identifier)
        return found if found and self.may_read(found, tenant, now) else None

    def patients_with(self, identifier: Mapping[str, str], tenant: str, now: Fraction) -> list[Patient]:
        """The patients with an identifier whom the tenant may read."""
        known = self.by_identifier.get(self.identifier_key(identifier))
        found = self.find_patient(known, tenant, now) if known else None
        return [found] if found else []

    # ---------------------------------------------------------------- devices

    def device_misfits(self, body: Any, now: Fraction) -> list[Misfit]:
        """What is wrong with a new device."""
        found = misfits(body, DEVICE)
        if found:
            return found
        if (body["status"] == "inactive") is not ("inactiveSince" in body):
            where = "/inactiveSince" if "inactiveSince" in body else ""
            return [Misfit("pointer", where, ("僅停用的裝置須提供 inactiveSince", "goes with an inactive device only"))]
        if "inactiveSince" in body and parse_instant(body["inactiveSince"]) > now:
            return [Misfit("pointer", "/inactiveSince", ("不得在未來", "must not be in the future"))]
        return []

    def enter_device(self, tenant: str, body: Json) -> Device:
        """Writes a new device."""
        since = parse_instant(body["inactiveSince"]) if "inactiveSince" in body else None
        device = Device(self.new_id("dev"), tenant, body, since)
        self.devices[device.id] = device
        return device

    def find_device(self, identifier: str, tenant: str, now: Fraction) -> Device | None:
        """A device of the tenant, or None."""
        found = self.devices.get(identifier)
        return found if found and self.owns_device(found, tenant) else None

    def owns_device(self, device: Device, tenant: str) -> bool:
        """Whether a device is the tenant's."""
        return device.tenant == tenant
