"""Faults of consent: what is opened to whom, and until when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

from conformance.reference.health.records import Consent, Device, Measurement, Patient
from conformance.reference.health.server import HealthServer
from conformance.reference.instants import parse_instant
from conformance.reference.problems import Misfit, Problem
from conformance.reference.wire import Answer, Call, Json

__all__: list[str] = []


class MeasurementsAreEverybodys(HealthServer):
    """Any organisation may read any measurement by its id."""

    BREAKS = ("HLT-006",)
    ALSO: Mapping[str, str] = {
        "COM-TEN-01": "another tenant's measurement is there",
        "COM-TEN-02": "another tenant's measurement is there",
        "HLT-024": "the measurement stays open after the consent",
        "HLT-025": "other codes are open, too",
        "HLT-026": "the measurement is open outside the period",
        "HLT-030": "a task opens it, too",
    }

    def find_measurement(self, identifier: str, tenant: str, now: Fraction) -> Measurement | None:
        return self.measurements.get(identifier)


class TotalsCountWhatIsHidden(HealthServer):
    """The total of a list counts the measurements that are not open to the caller."""

    BREAKS = ("HLT-025",)
    SUBTLE = True
    ALSO: Mapping[str, str] = {
        "HLT-006": "the total counts without a consent",
        "HLT-024": "the total counts after the consent",
        "COM-TEN-01": "another tenant's total counts it",
    }

    def total_count(self, call: Call, rows: Sequence[Any]) -> int:
        if call.operation.id != "listMeasurements":
            return super().total_count(call, rows)
        known = (self.measurements[one] for one in self.measurements_of.get(call.query["patientId"], ()))
        return sum(self.keeps_measurement(one, call.query) for one in known)


class ConsentOpensNothing(HealthServer):
    """A consent has no effect."""

    BREAKS = ("HLT-024", "HLT-026")

    def is_in_force(self, consent: Consent, now: Fraction) -> bool:
        return False


class RevocationWaits(HealthServer):
    """A consent that was revoked opens what it names for some seconds more."""

    BREAKS = ("HLT-024",)
    SUBTLE = True

    def is_in_force(self, consent: Consent, now: Fraction) -> bool:
        fresh = consent.status == "inactive" and now < consent.updated + 10
        return super().is_in_force(replace(consent, status="active") if fresh else consent, now)


class PatientStaysOpen(HealthServer):
    """A patient whom a consent opened stays open after it."""

    BREAKS = ("HLT-024",)
    SUBTLE = True
    ALSO: Mapping[str, str] = {"HLT-026": "the patient stays open after the period, too"}

    def is_opened(self, patient: Patient, tenant: str, now: Fraction) -> bool:
        known = (self.consents[one] for one in self.consents_of.get(patient.id, ()))
        return super().is_opened(patient, tenant, now) or any(self.is_granted(one, tenant) for one in known)


class ListStaysOpen(HealthServer):
    """The list still shows what a consent opened after it was revoked."""

    BREAKS = ("HLT-024",)
    SUBTLE = True

    def listed_of(self, patient: str, tenant: str, now: Fraction) -> list[Measurement]:
        found = super().listed_of(patient, tenant, now)
        known = [self.consents[one] for one in self.consents_of.get(patient, ())]
        codes = {code for one in known if self.is_granted(one, tenant) and one.status == "inactive" for code in one.codes}
        more = (self.measurements[one] for one in self.measurements_of.get(patient, ()))
        return found + [one for one in more if one not in found and one.code in codes]


class ConsentOpensAllCodes(HealthServer):
    """A consent opens all measurements of the patient."""

    BREAKS = ("HLT-025",)

    def covers(self, measurement: Measurement, tenant: str, now: Fraction) -> bool:
        return bool(self.granted(measurement.patient, tenant, now))


class CodesCountInTheListOnly(HealthServer):
    """By its id a measurement of any code may be read under a consent."""

    BREAKS = ("HLT-025",)
    SUBTLE = True

    def find_measurement(self, identifier: str, tenant: str, now: Fraction) -> Measurement | None:
        found = self.measurements.get(identifier)
        open_ = found is not None and bool(self.granted(found.patient, tenant, now))
        return found if open_ else super().find_measurement(identifier, tenant, now)


class GranteesMayAmend(HealthServer):
    """Whoever may read a measurement may try to amend it."""

    BREAKS = ("HLT-025",)

    def find_own_measurement(self, identifier: str, tenant: str, now: Fraction) -> Measurement | None:
        return self.find_measurement(identifier, tenant, now)


class ConsentsNeverEnd(HealthServer):
    """The end of a consent's period is not looked at."""

    BREAKS = ("HLT-026",)

    def has_ended(self, consent: Consent, now: Fraction) -> bool:
        return False


class ConsentsBeginAtOnce(HealthServer):
    """The start of a consent's period is not looked at."""

    BREAKS = ("HLT-026",)

    def has_begun(self, consent: Consent, now: Fraction) -> bool:
        return True


class EndBelongsToTheConsent(HealthServer):
    """A consent still opens what it names at the instant at which it ends."""

    BREAKS = ("HLT-026",)
    SUBTLE = True

    def has_ended(self, consent: Consent, now: Fraction) -> bool:
        return consent.end is not None and now > consent.end


class PeriodsLoseTheirOffset(HealthServer):
    """The end of a consent is read as if it were written in Taiwan's offset."""

    BREAKS = ("HLT-026",)
    SUBTLE = True

    def has_ended(self, consent: Consent, now: Fraction) -> bool:
        if consent.end is None:
            return False
        text = consent.content["period"]["end"]
        offset = 0 if text[-1] in "Zz" else (1 if text[-6] == "+" else -1) * (int(text[-5:-3]) * 3600 + int(text[-2:]) * 60)
        return now >= consent.end + offset - 8 * 3600


class ConsentsComeBack(HealthServer):
    """A consent that was revoked may be made active again."""

    BREAKS = ("HLT-027",)

    def consent_move_is_allowed(self, present: str, wanted: str) -> bool:
        return (present, wanted) == ("inactive", "active") or super().consent_move_is_allowed(present, wanted)


class RevokedConsentsAreNoErrors(HealthServer):
    """A consent that was revoked cannot be marked as entered in error."""

    BREAKS = ("HLT-027",)
    SUBTLE = True

    def consent_move_is_allowed(self, present: str, wanted: str) -> bool:
        return (present, wanted) != ("inactive", "entered-in-error") and super().consent_move_is_allowed(present, wanted)


class RevokingTwiceIsRefused(HealthServer):
    """A consent that was revoked cannot be revoked again."""

    BREAKS = ("HLT-040",)

    def move_consent(self, consent: Consent, wanted: str, now: Fraction) -> Consent:
        if wanted == consent.status:
            raise Problem("illegal-transition")
        return super().move_consent(consent, wanted, now)


class RevokingTwiceIsAChange(HealthServer):
    """Revoking a consent again raises its version."""

    BREAKS = ("HLT-040",)
    SUBTLE = True
    ALSO: Mapping[str, str] = {"HLT-036": "a later version has no later time"}

    def move_consent(self, consent: Consent, wanted: str, now: Fraction) -> Consent:
        if wanted == consent.status:
            return self.keep_consent(replace(consent, revision=consent.revision + 1))
        return super().move_consent(consent, wanted, now)


class RevocationWithdrawsMeasurements(HealthServer):
    """When a consent is revoked, the measurements that it named are marked as entered in error."""

    BREAKS = ("HLT-040",)

    def move_consent(self, consent: Consent, wanted: str, now: Fraction) -> Consent:
        for identifier in self.measurements_of.get(consent.patient, ()) if wanted == "inactive" else ():
            known = self.measurements[identifier]
            if known.code in consent.codes:
                self.keep_measurement(replace(known, status="entered-in-error"))
        return super().move_consent(consent, wanted, now)


class PeriodsMayBeTurnedRound(HealthServer):
    """The period of a consent may end before it begins."""

    BREAKS = ("HLT-038",)

    def period_misfits(self, period: Json) -> list[Misfit]:
        return []


class ConsentForNobody(HealthServer):
    """A consent may be of a patient who does not exist."""

    BREAKS = ("HLT-038",)
    ALSO: Mapping[str, str] = {"HLT-025": "a grantee, to whom the patient is another's, adds a consent"}

    def consent_misfits(self, body: Any, tenant: str) -> list[Misfit]:
        return [fault for fault in super().consent_misfits(body, tenant) if fault.detail[1] != "names no patient"]


class ConsentsAreEverybodys(HealthServer):
    """Any organisation may read and revoke any consent."""

    BREAKS = ("COM-TEN-01", "COM-TEN-02")
    ALSO: Mapping[str, str] = {"HLT-025": "the grantee reads the consent itself"}

    def owns_consent(self, consent: Consent, tenant: str) -> bool:
        return True


class EmptyPeriodsPass(HealthServer):
    """The period of a consent may end at the instant at which it begins."""

    BREAKS = ("HLT-038",)
    SUBTLE = True

    def period_misfits(self, period: Json) -> list[Misfit]:
        empty = "end" in period and parse_instant(period["start"]) == parse_instant(period["end"])
        return [] if empty else super().period_misfits(period)


class CursorsOutliveTheConsent(HealthServer):
    """A cursor that was given under a consent goes on to show what is left of the list after the consent was revoked."""

    BREAKS = ("HLT-024",)
    SUBTLE = True

    async def list_measurements(self, call: Call) -> Answer:
        consents = [self.consents[one] for one in self.consents_of.get(self.require_patient(call), ())]
        codes = {code for one in consents if self.is_granted(one, call.tenant) for code in one.codes}
        if "cursor" not in call.sent or not codes:
            return await super().list_measurements(call)
        known = [self.measurements[one] for one in self.measurements_of.get(call.query["patientId"], ())]
        rows = [one for one in known if one.code in codes and self.keeps_measurement(one, call.query)]
        return self.collection(call, rows, self.measurement_key, self.render_measurement_item)


class OnlyTheFirstCodeOpens(HealthServer):
    """Of the codes that a consent names only the first is opened."""

    BREAKS = ("HLT-024",)
    SUBTLE = True

    def enter_consent(self, tenant: str, body: Json, now: Fraction) -> Consent:
        made = super().enter_consent(tenant, body, now)
        return self.keep_consent(replace(made, codes=frozenset(body["scopes"][:1])))


class HiddenItemsTakeUpPages(HealthServer):
    """Pages are cut before what a consent does not open is taken out, so that one may be short and lead on all the same."""

    BREAKS = ("HLT-025",)
    SUBTLE = True

    async def list_measurements(self, call: Call) -> Answer:
        patient = self.require_patient(call)
        if not self.granted(patient, call.tenant, call.now):
            return await super().list_measurements(call)
        self.require_time_order(call)
        known = [self.measurements[one] for one in self.measurements_of.get(patient, ())]
        rows = [one for one in known if self.keeps_measurement(one, call.query)]
        answer = self.collection(call, rows, self.measurement_key, self.render_measurement_item)
        shown = [
            item for item in answer.body["items"] if item["code"]["code"] in self.opened_codes(patient, call.tenant, call.now)
        ]
        total = len([one for one in rows if self.may_see(one, call.tenant, call.now)])
        return replace(answer, body={**answer.body, "items": shown, "page": {**answer.body["page"], "totalCount": total}})


class DevicesOpenWithTheConsent(HealthServer):
    """Whoever has a consent of an organisation reads that organisation's devices."""

    BREAKS = ("HLT-025",)
    SUBTLE = True
    ALSO: Mapping[str, str] = dict.fromkeys(("COM-TEN-01", "COM-TEN-02"), "another organisation's device is there")

    def owns_device(self, device: Device, tenant: str) -> bool:
        now = self.now()
        granted = (self.is_granted(one, tenant) and self.is_in_force(one, now) for one in self.consents.values())
        return super().owns_device(device, tenant) or any(granted)


class AnybodysDeviceIsNamed(HealthServer):
    """A measurement may name another organisation's device."""

    BREAKS = ("HLT-025",)
    SUBTLE = True

    def device_rule(self, body: Json, tenant: str, now: Fraction, *, fresh: bool) -> list[Misfit]:
        known = self.devices.get(body.get("deviceId", ""))
        return super().device_rule(body, known.tenant if known else tenant, now, fresh=fresh)


class GranteesAreKnown(HealthServer):
    """A consent that opens several codes names only an organisation that the server knows."""

    BREAKS = ("HLT-024",)
    SUBTLE = True

    def consent_misfits(self, body: Any, tenant: str) -> list[Misfit]:
        found = super().consent_misfits(body, tenant)
        known = {self.organisation(one) for one in ("a", "b")}
        strange = not found and body["grantee"] not in known and len(body["scopes"]) > 1
        return [Misfit("pointer", "/grantee", ("查無此機構", "names no organisation"))] if strange else found
