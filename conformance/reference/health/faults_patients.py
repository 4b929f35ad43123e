"""Faults of patients and devices: what is taken for one, who is told of them, and where their names come to stand."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from conformance.reference.answers import Visit
from conformance.reference.health.records import Device, Patient
from conformance.reference.health.server import HealthServer
from conformance.reference.problems import Misfit, Problem
from conformance.reference.wire import Answer, Call, Json, Operation

__all__: list[str] = []


class TakesPatientsWithoutGender(HealthServer):
    """A patient without `gender` is registered as unknown."""

    BREAKS = ("HLT-001",)
    ALSO: Mapping[str, str] = {"COM-ERR-06": "the schema excludes it, too"}

    def patient_misfits(self, body: Any, now: Fraction) -> list[Misfit]:
        if isinstance(body, dict):
            body.setdefault("gender", "unknown")
        return super().patient_misfits(body, now)


class TakesPatientsWithoutBirthDate(HealthServer):
    """A patient without `birthDate` is taken to be born on the first day of 1900."""

    BREAKS = ("HLT-001",)
    ALSO: Mapping[str, str] = {"COM-ERR-06": "the schema excludes it, too"}

    def patient_misfits(self, body: Any, now: Fraction) -> list[Misfit]:
        if isinstance(body, dict) and "birthDate" not in body:
            body["birthDate"] = "1900-01-01"
        return super().patient_misfits(body, now)


class ChecksNoNationalNumber(HealthServer):
    """National numbers are taken whatever their check digit."""

    BREAKS = ("HLT-002",)

    def national_number_is_right(self, number: str) -> bool:
        return re.fullmatch("[A-Z][1289][0-9]{8}", number) is not None


class KnowsNoNewCertificates(HealthServer):
    """The numbers of the resident certificates of 2021 are refused."""

    BREAKS = ("HLT-002",)

    def national_number_is_right(self, number: str) -> bool:
        return number[1] in "12" and super().national_number_is_right(number)


class ChecksEverySecondDigit(HealthServer):
    """The sum over a national number is compared by fives, so that one wrong check digit of nine passes."""

    BREAKS = ("HLT-002",)
    SUBTLE = True

    def national_number_is_right(self, number: str) -> bool:
        other = number[:-1] + str((int(number[-1]) + 5) % 10)
        return super().national_number_is_right(number) or super().national_number_is_right(other)


class BornInTheFuture(HealthServer):
    """A date of birth may lie in the future."""

    BREAKS = ("HLT-003",)

    def birth_misfits(self, born: str, now: Fraction) -> list[Misfit]:
        return []


class BornYesterdayAtTheLatest(HealthServer):
    """A date of birth is compared with the day before yesterday."""

    BREAKS = ("HLT-003",)
    SUBTLE = True

    def today(self, now: Fraction) -> date:
        return super().today(now) - timedelta(days=2)


class RegistersTheSameNumberTwice(HealthServer):
    """An identifier that somebody has already is taken again."""

    BREAKS = ("HLT-004",)

    def refuse_taken(self, call: Call, body: Json) -> None:
        return None


class LooksForTheNumberAtHomeOnly(HealthServer):
    """Only the identifiers of the organisation's own patients count as taken."""

    BREAKS = ("HLT-004",)
    SUBTLE = True

    def refuse_taken(self, call: Call, body: Json) -> None:
        for identifier in body["identifiers"]:
            known = self.by_identifier.get(self.identifier_key(identifier))
            if known is not None and self.patients[known].tenant == call.tenant:
                raise Problem("conflict", extra=self.existing(call, self.patients[known]))


class NamesTheHolderOfANumber(HealthServer):
    """Whoever registers a number is told the id of the patient who has it, of whichever organisation."""

    BREAKS = ("HLT-004",)

    def existing(self, call: Call, patient: Patient) -> Json:
        return {"existingId": patient.id}


class DoesNotNameTheOwnPatient(HealthServer):
    """The refusal of a number does not say which patient has it, not even to their own organisation."""

    BREAKS = ("HLT-004",)

    def existing(self, call: Call, patient: Patient) -> Json:
        return {}


class LocationHoldsTheNumber(HealthServer):
    """Patients are registered at a URL with their first identifier."""

    BREAKS = ("HLT-005",)
    ALSO: Mapping[str, str] = {"COM-CONS-01": "the Location leads nowhere"}

    def creation(self, call: Call, found: Json, where: str, identifier: str, status: int = 201) -> Answer:
        number = found["identifiers"][0]["value"] if where == "patients" else identifier
        return super().creation(call, found, where, number, status)


class ProblemRepeatsTheNumber(HealthServer):
    """The refusal of a number that is taken repeats it."""

    BREAKS = ("HLT-005",)
    SUBTLE = True

    def existing(self, call: Call, patient: Patient) -> Json:
        return {**super().existing(call, patient), "taken": patient.content["identifiers"][0]["value"]}


class TagHoldsTheName(HealthServer):
    """The entity tag of a patient is made of their name in clear."""

    BREAKS = ("HLT-005",)
    SUBTLE = True

    def etag_of(self, body: Any) -> str:
        names = body.get("name") if isinstance(body, dict) else None
        text = names[0]["text"] if names else ""
        tag = super().etag_of(body)
        return f'"{text}-{tag[1:]}' if text and re.fullmatch(r"[!#-~]+", text) else tag


class PatientsAreEverybodys(HealthServer):
    """Any organisation may read any patient."""

    BREAKS = ("HLT-006",)
    ALSO: Mapping[str, str] = {
        "COM-TEN-01": "another tenant's patient is there",
        "COM-TEN-02": "another tenant's patient is there",
        "HLT-004": "who has a number is told to all",
        "HLT-024": "the patient stays open after the consent",
        "HLT-026": "the patient is there before the period and after it",
        "HLT-030": "the patient stays open after the task",
    }

    def may_read(self, patient: Patient, tenant: str, now: Fraction) -> bool:
        return True


class SearchFindsEverybodysPatients(HealthServer):
    """A search finds patients of all organisations."""

    BREAKS = ("HLT-006",)
    ALSO: Mapping[str, str] = {"HLT-024": "the search shows the patient after the consent"}

    def patients_with(self, identifier: Mapping[str, str], tenant: str, now: Fraction) -> list[Patient]:
        known = self.by_identifier.get(self.identifier_key(identifier))
        return [self.patients[known]] if known else []


class DevicesAreEverybodys(HealthServer):
    """Any organisation may use and read any device."""

    BREAKS = ("COM-TEN-01",)
    ALSO: Mapping[str, str] = {"HLT-025": "a device is read under a consent", "COM-TEN-02": "another tenant's device is there"}

    def owns_device(self, device: Device, tenant: str) -> bool:
        return True


class InactiveDevicesNeedNoInstant(HealthServer):
    """A device is registered as inactive without saying since when."""

    BREAKS = ("HLT-039",)

    def device_misfits(self, body: Any, now: Fraction) -> list[Misfit]:
        found = super().device_misfits(body, now)
        return [] if [one.detail[1] for one in found] == ["goes with an inactive device only"] and found[0].at == "" else found


class ActiveDevicesMayHaveAnEnd(HealthServer):
    """An active device may say since when it is inactive."""

    BREAKS = ("HLT-039",)

    def device_misfits(self, body: Any, now: Fraction) -> list[Misfit]:
        if isinstance(body, dict) and body.get("status") == "active":
            return super().device_misfits({name: value for name, value in body.items() if name != "inactiveSince"}, now)
        return super().device_misfits(body, now)


class InactiveDevicesSubmit(HealthServer):
    """A device that is no longer used may submit all the same."""

    BREAKS = ("HLT-028",)
    ALSO: Mapping[str, str] = {"HLT-015": "an item of a batch may be of such a device"}

    def may_submit(self, device: Device, measured: Fraction, now: Fraction) -> bool:
        return True


class LateUploadsAreRefused(HealthServer):
    """A device that is no longer used may not submit what it measured before."""

    BREAKS = ("HLT-028",)
    ALSO: Mapping[str, str] = {"HLT-014": "what another device submits late is refused"}

    def may_submit(self, device: Device, measured: Fraction, now: Fraction) -> bool:
        return device.inactive is None


class LateUploadsNeverEnd(HealthServer):
    """A device that is no longer used may submit what it measured before for ever."""

    BREAKS = ("HLT-028",)
    SUBTLE = True

    def may_submit(self, device: Device, measured: Fraction, now: Fraction) -> bool:
        return device.inactive is None or measured < device.inactive


class EndOfUseIsUse(HealthServer):
    """A device may submit what it measured at the instant from which it was no longer used."""

    BREAKS = ("HLT-028",)
    SUBTLE = True

    def may_submit(self, device: Device, measured: Fraction, now: Fraction) -> bool:
        return super().may_submit(device, measured - 1 if measured == device.inactive else measured, now)


class CachesMayKeepReadings(HealthServer):
    """What is read with credentials may be kept by the client's cache."""

    BREAKS = ("HLT-031", "COM-CACHE-01")
    SUBTLE = True

    def cache_control(self, operation: Operation | None, status: int) -> dict[str, str]:
        if operation is not None and not operation.public and operation.method == "GET" and status == 200:
            return {"Cache-Control": "private, max-age=60"}
        return super().cache_control(operation, status)


class RefusalsMayBeKept(HealthServer):
    """The refusals of protected operations say nothing about caches."""

    BREAKS = ("HLT-031",)
    SUBTLE = True

    def cache_control(self, operation: Operation | None, status: int) -> dict[str, str]:
        return (
            {} if operation is not None and not operation.public and status >= 400 else super().cache_control(operation, status)
        )


class NoNameForAnswers(HealthServer):
    """No answer has an `X-Request-Id`."""

    BREAKS = ("HLT-032",)
    ALSO: Mapping[str, str] = {"COM-DOC-02": "the header is declared as required"}

    def request_id(self, visit: Visit) -> dict[str, str]:
        return {}


class RefusalsWithoutCredentialsHaveNoName(HealthServer):
    """An answer 401 has no `X-Request-Id`."""

    BREAKS = ("HLT-032",)
    SUBTLE = True

    def common_headers(self, visit: Visit, answer: Answer) -> dict[str, str]:
        headers = super().common_headers(visit, answer)
        return {name: value for name, value in headers.items() if name != "X-Request-Id" or answer.status != 401}


class EmptyListsOfIdentifiersPass(HealthServer):
    """A patient may have a list of identifiers that is empty."""

    BREAKS = ("HLT-001",)
    SUBTLE = True
    ALSO: Mapping[str, str] = {"COM-DOC-02": "what is kept is shown"}

    def patient_misfits(self, body: Any, now: Fraction) -> list[Misfit]:
        if isinstance(body, dict) and body.get("identifiers") == []:
            number = {"system": "https://health.example/mr", "value": "1", "type": "MR"}
            return super().patient_misfits({**body, "identifiers": [number]}, now)
        return super().patient_misfits(body, now)


class FutureEndsOfUsePass(HealthServer):
    """A device may be inactive from a later time on than now."""

    BREAKS = ("HLT-039",)
    SUBTLE = True

    def device_misfits(self, body: Any, now: Fraction) -> list[Misfit]:
        return [one for one in super().device_misfits(body, now) if one.detail[1] != "must not be in the future"]


class OnlyTheFirstNumberIsChecked(HealthServer):
    """Of several identifiers of a patient the first one is looked at."""

    BREAKS = ("HLT-002",)
    SUBTLE = True

    def identifier_misfits(self, identifier: Mapping[str, str], at: str) -> list[Misfit]:
        return super().identifier_misfits(identifier, at) if at.endswith("/0") else []


class TheValueAloneIsSought(HealthServer):
    """A search finds whoever has the value under any system."""

    BREAKS = ("HLT-006",)
    SUBTLE = True

    def patients_with(self, identifier: Mapping[str, str], tenant: str, now: Fraction) -> list[Patient]:
        systems = {system for system, value in self.by_identifier if value == identifier["value"]}
        found = [
            one for system in systems for one in HealthServer.patients_with(self, {**identifier, "system": system}, tenant, now)
        ]
        return found[:20]
