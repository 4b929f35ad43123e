"""Faults of measurements: what is taken for one, and what is kept of its numbers and texts."""

from __future__ import annotations

import struct
import unicodedata
from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from typing import Any

from conformance.reference.health.records import CODES, PANEL, PARTS, STEPS, Measure, Measurement, Patient
from conformance.reference.health.server import HealthServer
from conformance.reference.instants import parse_instant
from conformance.reference.problems import Misfit
from conformance.reference.wire import Answer, Call, Json

__all__: list[str] = []


# -------------------------------------------------------------------- references, codes, units, ranges


class KeepsOrphans(HealthServer):
    """A measurement may name a device that there is not."""

    BREAKS = ("HLT-007",)
    ALSO: Mapping[str, str] = {
        **dict.fromkeys(("HLT-041", "HLT-043"), "no more is asked of an amendment"),
        "HLT-015": "an item of a batch may name anything",
        "HLT-025": "another organisation's device may be named",
    }

    def device_rule(self, body: Json, tenant: str, now: Fraction, *, fresh: bool) -> list[Misfit]:
        found = super().device_rule(body, tenant, now, fresh=fresh)
        return [] if self.find_device(body.get("deviceId", ""), tenant, now) is None else found


class AnyIdIsADevice(HealthServer):
    """A measurement may name a patient as its device."""

    BREAKS = ("HLT-007",)
    SUBTLE = True

    def device_rule(self, body: Json, tenant: str, now: Fraction, *, fresh: bool) -> list[Misfit]:
        return [] if body.get("deviceId") in self.patients else super().device_rule(body, tenant, now, fresh=fresh)


class PointsToTheWholeForAnUnknownPatient(HealthServer):
    """The refusal of an unknown patient points to the whole body."""

    BREAKS = ("HLT-007",)

    def rule_misfits(self, body: Json, tenant: str, now: Fraction, *, fresh: bool = True) -> list[Misfit]:
        found = super().rule_misfits(body, tenant, now, fresh=fresh)
        return [replace(fault, at="") if fault.at == "/patientId" else fault for fault in found]


class TakesAnyCode(HealthServer):
    """Any code of LOINC is kept, as one without unit and range."""

    BREAKS = ("HLT-008",)

    def fitted(self, body: Any) -> Any:
        code = body.get("code") if isinstance(body, dict) else None
        if isinstance(code, dict) and isinstance(code.get("code"), str) and code["code"] not in (PANEL, *CODES):
            return {**body, "code": {**code, "code": "8867-4"}, "valueQuantity": {"value": 72, **_BEATS}}
        return body

    async def create_measurement(self, call: Call) -> Answer:
        known = self.idempotent_answer(call)
        if known is not None:
            return known
        body = self.fitted(call.body)
        return await super().create_measurement(replace(call, body=body))


_BEATS = {"system": "http://unitsofmeasure.org", "code": "/min"}


class TakesPartsAlone(HealthServer):
    """A systolic pressure alone is kept, as a heart rate of that number."""

    BREAKS = ("HLT-008",)
    SUBTLE = True

    async def create_measurement(self, call: Call) -> Answer:
        code = call.body.get("code") if isinstance(call.body, dict) else None
        if isinstance(code, dict) and code.get("code") in PARTS and isinstance(call.body.get("valueQuantity"), dict):
            quantity = {**call.body["valueQuantity"], "code": "/min"}
            call = replace(call, body={**call.body, "code": {**code, "code": "8867-4"}, "valueQuantity": quantity})
        return await super().create_measurement(call)


class TakesAnyUnit(HealthServer):
    """The unit of a value is not compared with its code."""

    BREAKS = ("HLT-009",)
    ALSO: Mapping[str, str] = {"HLT-015": "an item of a batch may have any unit", "HLT-041": "no more is asked of an amendment"}

    def unit_fits(self, quantity: Json, measure: Measure) -> bool:
        return True


class TakesTheOtherUnitOfGlucose(HealthServer):
    """Blood glucose by mass is taken in moles."""

    BREAKS = ("HLT-009",)
    SUBTLE = True

    def unit_fits(self, quantity: Json, measure: Measure) -> bool:
        return super().unit_fits(quantity, measure) or (measure.unit == "mg/dL" and quantity["code"] == "mmol/L")


class TakesAnyValue(HealthServer):
    """No value is out of range."""

    BREAKS = ("HLT-010",)
    ALSO: Mapping[str, str] = {
        "HLT-015": "a value out of range is no fault of an item",
        "HLT-041": "no more is asked of an amendment",
    }

    def in_range(self, value: float, measure: Measure) -> bool:
        return True


class TakesFahrenheit(HealthServer):
    """A temperature may be as high as one in Fahrenheit."""

    BREAKS = ("HLT-010",)
    SUBTLE = True

    def in_range(self, value: float, measure: Measure) -> bool:
        return super().in_range(value, replace(measure, most=115) if measure.unit == "Cel" else measure)


class UpperEndIsOut(HealthServer):
    """The upper end of a range does not belong to it."""

    BREAKS = ("HLT-010",)
    SUBTLE = True

    def in_range(self, value: float, measure: Measure) -> bool:
        return measure.least <= value < measure.most


class ClampsSteps(HealthServer):
    """Too many steps are kept as the most that there may be."""

    BREAKS = ("HLT-010",)

    def in_range(self, value: float, measure: Measure) -> bool:
        return super().in_range(min(value, measure.most) if measure.unit == "{steps}" else value, measure)


class BodyMassIsNotCompared(HealthServer):
    """A body mass index is not compared with weight and height."""

    BREAKS = ("HLT-033",)

    def body_mass_misfits(self, body: Json) -> list[Misfit]:
        return []


class ConversionIsTurnedRound(HealthServer):
    """Blood glucose in moles is divided by the factor by which it should be multiplied."""

    BREAKS = ("HLT-034",)

    def canonical_member(self, measurement: Measurement) -> Json:
        found = super().canonical_member(measurement)
        if measurement.code != "15074-8":
            return found
        value = round(measurement.content["valueQuantity"]["value"] / 18.016, 4)
        return {"canonicalQuantity": {**found["canonicalQuantity"], "value": value}}


class AmendmentsAreTrusted(HealthServer):
    """Whatever an amendment says of the values is taken."""

    BREAKS = ("HLT-041",)
    ALSO: Mapping[str, str] = {"HLT-043": "what is to be refused is taken, and changes the measurement"}

    def rule_misfits(self, body: Json, tenant: str, now: Fraction, *, fresh: bool = True) -> list[Misfit]:
        return super().rule_misfits(body, tenant, now, fresh=fresh) if fresh else []


class AmendmentsMayBeOutOfRange(HealthServer):
    """A value that is out of range is refused when it is new, and not when it is amended."""

    BREAKS = ("HLT-041",)
    SUBTLE = True

    def rule_misfits(self, body: Json, tenant: str, now: Fraction, *, fresh: bool = True) -> list[Misfit]:
        found = super().rule_misfits(body, tenant, now, fresh=fresh)
        return [fault for fault in found if fresh or fault.detail[1] != "is out of the range of the code"]


class DiastolicMayBeHigher(HealthServer):
    """The two pressures are not compared."""

    BREAKS = ("HLT-011",)
    ALSO: Mapping[str, str] = {"HLT-041": "no more is asked of an amendment"}

    def pressure_misfits(self, parts: Mapping[str, Json]) -> list[Misfit]:
        return []


class EqualPressuresPass(HealthServer):
    """The two pressures may be equal."""

    BREAKS = ("HLT-011",)
    SUBTLE = True

    def pressure_misfits(self, parts: Mapping[str, Json]) -> list[Misfit]:
        return [] if parts["8480-6"]["value"] == parts["8462-4"]["value"] else super().pressure_misfits(parts)


class PartsHaveTheirOrder(HealthServer):
    """The systolic part has to come first."""

    BREAKS = ("HLT-011",)
    SUBTLE = True

    def panel_misfits(self, body: Json) -> list[Misfit]:
        found = super().panel_misfits(body)
        if not found and body["component"][0]["code"]["code"] != "8480-6":
            return [Misfit("pointer", "/component", ("收縮壓須在前", "the systolic part must come first"))]
        return found


class ValueBesideThePartsPasses(HealthServer):
    """A panel may have a value of its own."""

    BREAKS = ("HLT-011",)
    ALSO: Mapping[str, str] = dict.fromkeys(("HLT-041", "HLT-043"), "no more is asked of an amendment")

    def panel_misfits(self, body: Json) -> list[Misfit]:
        return super().panel_misfits({name: value for name, value in body.items() if name != "valueQuantity"})


# -------------------------------------------------------------------- times


class TakesTheFuture(HealthServer):
    """A measurement may be of a later time than now."""

    BREAKS = ("HLT-012",)
    ALSO: Mapping[str, str] = {
        "HLT-015": "an item of a batch may be of the future",
        "HLT-041": "no more is asked of an amendment",
    }

    def order_misfits(self, body: Json, now: Fraction) -> list[Misfit]:
        return []


class ComparesTimesAsText(HealthServer):
    """The order of `effectiveDateTime` and `issued` is that of their texts."""

    BREAKS = ("HLT-012",)
    SUBTLE = True

    def order_misfits(self, body: Json, now: Fraction) -> list[Misfit]:
        if "issued" in body and "effectiveDateTime" in body:
            late = body["effectiveDateTime"] > body["issued"]
            return [Misfit("pointer", "/issued", ("不得早於量測時間", "must not be before the measuring"))] if late else []
        return super().order_misfits(body, now)


class DayOfBirthIsInGreenwich(HealthServer):
    """The day of a measurement is taken in UTC when it is compared with the date of birth."""

    BREAKS = ("HLT-012",)
    SUBTLE = True

    def day_of(self, instant: Fraction) -> str:
        return super().day_of(instant - 8 * 3600)


class PeriodsMayLastForever(HealthServer):
    """The period of a measurement may have any length."""

    BREAKS = ("HLT-012",)

    def span_misfits(self, period: Json) -> list[Misfit]:
        start, end = parse_instant(period["start"]), parse_instant(period["end"])
        return [] if end - start > 86_400 else super().span_misfits(period)


class StepsOfAnInstant(HealthServer):
    """A heart rate may have both an instant and a period."""

    BREAKS = ("HLT-012",)

    def time_misfits(self, body: Json, patient: Patient, now: Fraction) -> list[Misfit]:
        if body["code"]["code"] != STEPS and "effectiveDateTime" in body:
            body = {name: value for name, value in body.items() if name != "effectivePeriod"}
        return super().time_misfits(body, patient, now)


# -------------------------------------------------------------------- numbers


class SinglePrecision(HealthServer):
    """Values are kept with single precision."""

    BREAKS = ("HLT-013",)
    SUBTLE = True
    ALSO: Mapping[str, str] = {"COM-CONS-01": "36.5 stays, 72.1 does not"}

    def content_of(self, body: Json, now: Fraction) -> Json:
        content = super().content_of(body, now)
        quantity = content.get("valueQuantity")
        if quantity:
            content["valueQuantity"] = {**quantity, "value": struct.unpack("f", struct.pack("f", quantity["value"]))[0]}
        return content


class RoundsInTheList(HealthServer):
    """In lists a value is rounded to one decimal."""

    BREAKS = ("HLT-013",)
    SUBTLE = True

    def render_measurement_item(self, measurement: Measurement) -> Json:
        found = super().render_measurement_item(measurement)
        if "valueQuantity" in found:
            found["valueQuantity"] = {**found["valueQuantity"], "value": round(found["valueQuantity"]["value"], 1)}
        return found


class NumbersBecomeText(HealthServer):
    """A value with more than five digits comes back as text."""

    BREAKS = ("HLT-013",)
    ALSO: Mapping[str, str] = {"COM-DOC-02": "the schema asks for a number", "COM-CONS-01": "a text is no number"}

    def render_measurement(self, measurement: Measurement) -> Json:
        found = super().render_measurement(measurement)
        quantity = found.get("valueQuantity")
        if quantity and len(str(quantity["value"])) > 6:
            found["valueQuantity"] = {**quantity, "value": str(quantity["value"])}
        return found


# -------------------------------------------------------------------- texts


class NotesLoseMarkup(HealthServer):
    """What looks like a tag of HTML is taken out of notes."""

    BREAKS = ("HLT-035", "COM-ENC-01")
    ALSO: Mapping[str, str] = {"COM-CONS-01": "what was sent comes back otherwise"}

    def content_of(self, body: Json, now: Fraction) -> Json:
        content = super().content_of(body, now)
        if "note" in content:
            content["note"] = content["note"].replace("<", "&lt;")
        return content


class NotesLoseAstralCharacters(HealthServer):
    """Characters beyond the basic plane are lost from notes."""

    BREAKS = ("HLT-035", "COM-ENC-01")
    SUBTLE = True
    ALSO: Mapping[str, str] = {"COM-CONS-01": "what was sent comes back otherwise"}

    def content_of(self, body: Json, now: Fraction) -> Json:
        content = super().content_of(body, now)
        if "note" in content:
            content["note"] = "".join(char if ord(char) < 0x10000 else "?" for char in content["note"])
        return content


class NotesAreComposed(HealthServer):
    """Notes are brought into Unicode normal form C."""

    BREAKS = ("COM-ENC-01", "HLT-035")
    SUBTLE = True
    ALSO: Mapping[str, str] = {"COM-CONS-01": "what was sent comes back otherwise"}

    def content_of(self, body: Json, now: Fraction) -> Json:
        found = super().content_of(body, now)
        return {**found, "note": unicodedata.normalize("NFC", found["note"])} if "note" in found else found
