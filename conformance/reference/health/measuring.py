"""Measurements: what one has to be, how it is kept, amended and found, and what becomes of a batch of them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

from conformance.reference.health.records import (
    BODY_MASS,
    CODES,
    HEIGHT,
    MEASUREMENT_MOVES,
    PANEL,
    PARTS,
    STEPS,
    WEIGHT,
    Device,
    Measure,
    Measurement,
    Patient,
)
from conformance.reference.health.sharing import Sharing
from conformance.reference.instants import DAY, format_instant, parse_instant
from conformance.reference.problems import Misfit, Problem, Text
from conformance.reference.wire import Json

__all__ = ["Measuring"]

AHEAD = 300  # seconds by which a clock may be ahead of ours
BODY_MASS_TOLERANCE = 0.5  # by which an index may differ from the one that follows from weight and height
GRACE = 7 * DAY  # how long after its end of use a device may still submit
_BEFORE_BIRTH: Text = ("不得早於出生日期", "must not be before the date of birth")


def _at(where: str, zh: str, en: str) -> Misfit:
    return Misfit("pointer", where, (zh, en))


class Measuring(Sharing):
    """The store of measurements and its rules."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.measurements: dict[str, Measurement] = {}
        self.measurements_of: dict[str, list[str]] = {}

    # ---------------------------------------------------------------- rules between members

    def rule_misfits(self, body: Json, tenant: str, now: Fraction, *, fresh: bool = True) -> list[Misfit]:
        """What is wrong with a measurement whose form is right; `fresh`: it is new, so its device has to be one that may submit."""
        patient = self.patient_measured(body, tenant)
        if patient is None:
            return [_at("/patientId", "查無此病人", "names no patient")]
        found = self.value_misfits(body) or self.time_misfits(body, patient, now)
        return found or self.device_rule(body, tenant, now, fresh=fresh) or self.body_mass_misfits(body)

    def patient_measured(self, body: Json, tenant: str) -> Patient | None:
        """The patient of a measurement, if they are the tenant's."""
        patient = self.patients.get(body["patientId"])
        return patient if patient and patient.tenant == tenant else None

    def device_rule(self, body: Json, tenant: str, now: Fraction, *, fresh: bool) -> list[Misfit]:
        """What is wrong with the device of a measurement."""
        if "deviceId" not in body:
            return []
        device = self.find_device(body["deviceId"], tenant, now)
        if device is None:
            return [_at("/deviceId", "查無此裝置", "names no device")]
        if fresh and not self.may_submit(device, self.end_of_measuring(body), now):
            return [_at("/deviceId", "裝置已停用", "the device is no longer used")]
        return []

    def may_submit(self, device: Device, measured: Fraction, now: Fraction) -> bool:
        """Whether a device may submit now what it measured then."""
        return device.inactive is None or (measured < device.inactive and now <= device.inactive + GRACE)

    def value_misfits(self, body: Json) -> list[Misfit]:
        """What is wrong with the value of a measurement."""
        code = body["code"]["code"]
        if code == PANEL:
            return self.panel_misfits(body)
        if "component" in body:
            return [_at("/component", "此項目沒有分項", "goes with a panel only")]
        if "valueQuantity" not in body:
            return [_at("", "缺少欄位 valueQuantity", "lacks the member valueQuantity")]
        return self.quantity_misfits(body["valueQuantity"], CODES[code], "/valueQuantity")

    def panel_misfits(self, body: Json) -> list[Misfit]:
        """What is wrong with a blood pressure."""
        if "valueQuantity" in body:
            return [_at("/valueQuantity", "組合量測沒有數值", "does not go with a panel")]
        if "component" not in body:
            return [_at("", "缺少欄位 component", "lacks the member component")]
        parts = {part["code"]["code"]: part["valueQuantity"] for part in body["component"]}
        if set(parts) != set(PARTS):
            return [_at("/component", "須為收縮壓與舒張壓各一", "must be one systolic and one diastolic part")]
        found: list[Misfit] = []
        for index, part in enumerate(body["component"]):
            found += self.quantity_misfits(
                part["valueQuantity"], PARTS[part["code"]["code"]], f"/component/{index}/valueQuantity"
            )
        return found or self.pressure_misfits(parts)

    def pressure_misfits(self, parts: Mapping[str, Json]) -> list[Misfit]:
        """What is wrong between the two pressures."""
        if parts["8480-6"]["value"] > parts["8462-4"]["value"]:
            return []
        return [_at("/component", "收縮壓須大於舒張壓", "the systolic value must be the greater one")]

    def quantity_misfits(self, quantity: Json, measure: Measure, at: str) -> list[Misfit]:
        """What is wrong with a quantity, by what is bound to its code."""
        if not self.unit_fits(quantity, measure):
            return [_at(f"{at}/code", "單位與代碼不符", "is not the unit of the code")]
        if not self.in_range(quantity["value"], measure):
            return [_at(f"{at}/value", "超出合理範圍", "is out of the range of the code")]
        return []

    def unit_fits(self, quantity: Json, measure: Measure) -> bool:
        """Whether a quantity has the unit that is bound to its code."""
        return bool(quantity["code"] == measure.unit)

    def in_range(self, value: float, measure: Measure) -> bool:
        """Whether a value is in its range, ends included."""
        return measure.least <= value <= measure.most

    def body_mass_misfits(self, body: Json) -> list[Misfit]:
        """What is wrong between a body mass index and the patient's weight and height."""
        weight, height = (self.latest_value(body, code) for code in (WEIGHT, HEIGHT))
        if body["code"]["code"] != BODY_MASS or weight is None or height is None:
            return []
        if abs(body["valueQuantity"]["value"] - weight / (height / 100) ** 2) <= BODY_MASS_TOLERANCE:
            return []
        return [_at("/valueQuantity/value", "與體重及身高不符", "does not follow from weight and height")]

    def latest_value(self, body: Json, code: str) -> float | None:
        """The patient's latest value of a code within the day before a measuring, or None."""
        moment = self.start_of_measuring(body)
        known = (self.measurements[one] for one in self.measurements_of.get(body["patientId"], ()))
        near = [
            one for one in known if one.code == code and moment - DAY <= one.start <= moment and one.status != "entered-in-error"
        ]
        return float(max(near, key=lambda one: one.start).content["valueQuantity"]["value"]) if near else None

    def time_misfits(self, body: Json, patient: Patient, now: Fraction) -> list[Misfit]:
        """What is wrong with the times of a measurement."""
        period = body["code"]["code"] == STEPS
        wanted, other = ("effectivePeriod", "effectiveDateTime") if period else ("effectiveDateTime", "effectivePeriod")
        if other in body:
            return [_at(f"/{other}", "不適用於此代碼", "does not go with the code")]
        if wanted not in body:
            return [_at("", f"缺少欄位 {wanted}", f"lacks the member {wanted}")]
        found = self.span_misfits(body["effectivePeriod"]) if period else []
        return found or self.order_misfits(body, now) or self.life_misfits(body, patient)

    def span_misfits(self, period: Json) -> list[Misfit]:
        """What is wrong with the period of a measurement."""
        start, end = parse_instant(period["start"]), parse_instant(period["end"])
        if start >= end or end - start > DAY:
            return [_at("/effectivePeriod/end", "須在 start 之後 24 小時內", "must be within 24 hours after start")]
        return []

    def order_misfits(self, body: Json, now: Fraction) -> list[Misfit]:
        """What is wrong between the end of measuring, `issued` and now."""
        measured = self.end_of_measuring(body)
        issued = parse_instant(body["issued"]) if "issued" in body else max(now, measured)
        if issued > now + AHEAD:
            return [_at("/issued" if "issued" in body else "", "不得在未來", "must not be in the future")]
        if measured > issued:
            return [_at("/issued", "不得早於量測時間", "must not be before the measuring")]
        return []

    def life_misfits(self, body: Json, patient: Patient) -> list[Misfit]:
        """What is wrong between the measuring and the date of birth."""
        if self.day_of(self.start_of_measuring(body)) >= patient.content["birthDate"]:
            return []
        where = "/effectiveDateTime" if "effectiveDateTime" in body else "/effectivePeriod/start"
        return [Misfit("pointer", where, _BEFORE_BIRTH)]

    def day_of(self, instant: Fraction) -> str:
        """The calendar day of an instant in Taiwan."""
        return format_instant(instant)[:10]

    def start_of_measuring(self, body: Json) -> Fraction:
        """When a measuring began."""
        return parse_instant(body.get("effectiveDateTime") or body["effectivePeriod"]["start"])

    def end_of_measuring(self, body: Json) -> Fraction:
        """When a measuring was over."""
        return parse_instant(body.get("effectiveDateTime") or body["effectivePeriod"]["end"])

    # ---------------------------------------------------------------- the store

    def content_of(self, body: Json, now: Fraction) -> Json:
        """What is kept of a body."""
        content = {name: value for name, value in body.items() if name not in ("status", "measurementId")}
        if "issued" not in content:
            measured = self.end_of_measuring(body)
            late = measured > now and "effectiveDateTime" in body
            content["issued"] = body["effectiveDateTime"] if late else self.stamp_exactly(max(now, measured))
        return content

    def enter_measurement(self, tenant: str, body: Json, now: Fraction) -> Measurement:
        """Writes a new measurement."""
        made = Measurement(
            id=self.new_id("mea"),
            tenant=tenant,
            content=self.content_of(body, now),
            patient=body["patientId"],
            device=body.get("deviceId"),
            code=body["code"]["code"],
            start=self.start_of_measuring(body),
            status=body.get("status", "final"),
            revision=1,
            updated=now,
        )
        self.measurements_of.setdefault(made.patient, []).append(made.id)
        return self.keep_measurement(made)

    def keep_measurement(self, measurement: Measurement) -> Measurement:
        """The measurement, now in the store."""
        self.measurements[measurement.id] = measurement
        return measurement

    def values_of(self, content: Mapping[str, Any]) -> str:
        """The values of a measurement as one text: equal values give equal texts."""
        parts = content.get("component") or [{"code": {}, "valueQuantity": content["valueQuantity"]}]
        return json.dumps(sorted((str(part["code"].get("code")), float(part["valueQuantity"]["value"])) for part in parts))

    def same_as(self, body: Json) -> Measurement | None:
        """The measurement of a device that a body is once more, or None."""
        if "deviceId" not in body:
            return None
        start, values = self.start_of_measuring(body), self.values_of(body)
        for identifier in self.measurements_of.get(body["patientId"], ()):
            known = self.measurements[identifier]
            if (
                (known.device, known.code, known.start) == (body["deviceId"], body["code"]["code"], start)
                and known.status != "entered-in-error"
                and self.values_of(known.content) == values
            ):
                return known
        return None

    def take_measurement(self, tenant: str, body: Json, now: Fraction) -> tuple[int, Measurement]:
        """The measurement that a body is, with the status of the answer: kept now (201), or there already (200)."""
        known = self.same_as(body)
        return (200, known) if known else (201, self.enter_measurement(tenant, body, now))

    def covers(self, measurement: Measurement, tenant: str, now: Fraction) -> bool:
        """Whether a consent opens a measurement to a tenant."""
        return measurement.code in self.opened_codes(measurement.patient, tenant, now)

    def may_see(self, measurement: Measurement, tenant: str, now: Fraction) -> bool:
        """Whether a tenant may read a measurement."""
        return measurement.tenant == tenant or self.covers(measurement, tenant, now)

    def find_measurement(self, identifier: str, tenant: str, now: Fraction) -> Measurement | None:
        """A measurement that the tenant may read, or None."""
        found = self.measurements.get(identifier)
        return found if found and self.may_see(found, tenant, now) else None

    def find_own_measurement(self, identifier: str, tenant: str, now: Fraction) -> Measurement | None:
        """A measurement that the tenant may amend, or None."""
        found = self.measurements.get(identifier)
        return found if found and found.tenant == tenant else None

    def listed_of(self, patient: str, tenant: str, now: Fraction) -> list[Measurement]:
        """The measurements of a patient that a tenant may read."""
        known = (self.measurements[identifier] for identifier in self.measurements_of.get(patient, ()))
        return [one for one in known if self.may_see(one, tenant, now)]

    # ---------------------------------------------------------------- amending

    def measurement_move_is_allowed(self, present: str, wanted: str) -> bool:
        """Whether a client may move a measurement so."""
        return (present, wanted) in MEASUREMENT_MOVES

    def fixed_misfits(self, known: Measurement, body: Json) -> list[Misfit]:
        """What an amendment would change that never changes."""
        if body.get("measurementId", known.id) != known.id:
            return [_at("/measurementId", "與路徑不同", "is not the one of the path")]
        for name in ("patientId", "code"):
            if body[name] != known.content[name]:
                return [_at(f"/{name}", "不得變更", "must not change")]
        return []

    def amended(self, known: Measurement, body: Json, now: Fraction) -> Measurement:
        """The measurement after an amendment."""
        content = self.content_of({"issued": known.content["issued"], **body}, now)
        return replace(
            known,
            content=content,
            device=body.get("deviceId"),
            start=self.start_of_measuring(body),
            status=body["status"],
            revision=known.revision + 1,
            updated=self.next_update(known.updated, now),
        )

    def amend(self, known: Measurement, body: Json, tenant: str, now: Fraction) -> Measurement:
        """Amends a measurement; refuses what never changes, what breaks a rule, and a move that there is not."""
        whole = {"issued": known.content["issued"], **body}
        self.refuse_misfits(self.fixed_misfits(known, body) or self.rule_misfits(whole, tenant, now, fresh=False))
        if not self.measurement_move_is_allowed(known.status, body["status"]):
            raise Problem("illegal-transition")
        return self.keep_measurement(self.amended(known, body, now))

    # ---------------------------------------------------------------- batches

    def take_batch(self, tenant: str, items: Sequence[Json], now: Fraction, *, atomic: bool) -> list[Json]:
        """What became of each item; refuses all where one breaks a rule and they are to be kept together."""
        faults = [self.rule_misfits(item, tenant, now) for item in items]
        if atomic:
            self.refuse_misfits(self.located(faults))
        return [self.result(index, item, faults[index], tenant, now) for index, item in enumerate(items)]

    def located(self, faults: Sequence[Sequence[Misfit]]) -> list[Misfit]:
        """The faults of items, with pointers into the batch."""
        return [
            Misfit("pointer", f"/items/{index}{fault.at}", fault.detail) for index, found in enumerate(faults) for fault in found
        ][:50]

    def result(self, index: int, item: Json, faults: Sequence[Misfit], tenant: str, now: Fraction) -> Json:
        """What becomes of one item of a batch."""
        if faults:
            errors = [{"pointer": fault.at, "detail": fault.detail[0]} for fault in faults]
            return {"index": index, "status": 422, "errors": errors}
        status, kept = self.take_measurement(tenant, item, now)
        return {"index": index, "status": status, "measurementId": kept.id}
