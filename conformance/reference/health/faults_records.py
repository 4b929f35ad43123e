"""Faults of the records of measurements: what is kept once, in batches, listed and amended."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

from conformance.reference.frame import give_way
from conformance.reference.health.records import Measurement
from conformance.reference.health.server import HealthServer
from conformance.reference.paging import Key
from conformance.reference.problems import Misfit, Problem
from conformance.reference.wire import Answer, Call, Json

__all__: list[str] = []


class KeepsEveryReport(HealthServer):
    """What a device reports under another key is kept again."""

    BREAKS = ("HLT-014",)
    ALSO: Mapping[str, str] = {"HLT-016": "a batch keeps it again, too"}

    def same_as(self, body: Json) -> Measurement | None:
        return None


class SameByText(HealthServer):
    """Two reports of a device are the same only when their times are written alike."""

    BREAKS = ("HLT-014",)
    SUBTLE = True

    def same_as(self, body: Json) -> Measurement | None:
        known = super().same_as(body)
        return known if known and known.content.get("effectiveDateTime") == body.get("effectiveDateTime") else None


class SameWhateverTheValue(HealthServer):
    """Two reports of a device at one instant are the same, whatever their values."""

    BREAKS = ("HLT-014",)

    def values_of(self, content: Mapping[str, Any]) -> str:
        return ""


class SameToTheFirstDecimal(HealthServer):
    """The values of two reports are compared with one decimal."""

    BREAKS = ("HLT-014",)
    SUBTLE = True

    def values_of(self, content: Mapping[str, Any]) -> str:
        quantity = content.get("valueQuantity")
        return f"{float(quantity['value']):.1f}" if quantity else super().values_of(content)


# -------------------------------------------------------------------- batches


class BatchStoresWhatItCan(HealthServer):
    """A batch that is to be kept together keeps what is sound before it is refused."""

    BREAKS = ("HLT-015",)

    def take_batch(self, tenant: str, items: Sequence[Json], now: Fraction, *, atomic: bool) -> list[Json]:
        results = super().take_batch(tenant, items, now, atomic=False)
        if atomic:
            self.refuse_misfits(self.located([self.rule_misfits(item, tenant, now) for item in items]))
        return results


class BatchLooksAtTheFirstNinetyNine(HealthServer):
    """Of a batch of a hundred that is to be kept together the last item is not looked at."""

    BREAKS = ("HLT-015",)
    SUBTLE = True

    def take_batch(self, tenant: str, items: Sequence[Json], now: Fraction, *, atomic: bool) -> list[Json]:
        if not atomic or len(items) < 100:
            return super().take_batch(tenant, items, now, atomic=atomic)
        self.refuse_misfits(self.located([self.rule_misfits(item, tenant, now) for item in items[:-1]]))
        return super().take_batch(tenant, items, now, atomic=False)


class BatchIsAlwaysTogether(HealthServer):
    """A batch that need not be kept together is refused as a whole."""

    BREAKS = ("HLT-015",)

    def take_batch(self, tenant: str, items: Sequence[Json], now: Fraction, *, atomic: bool) -> list[Json]:
        return super().take_batch(tenant, items, now, atomic=True)


class ResultsPutFaultsLast(HealthServer):
    """The results of a batch come with the broken items last."""

    BREAKS = ("HLT-015",)
    SUBTLE = True

    def take_batch(self, tenant: str, items: Sequence[Json], now: Fraction, *, atomic: bool) -> list[Json]:
        found = super().take_batch(tenant, items, now, atomic=atomic)
        return sorted(found, key=lambda one: one["status"] == 422)


class BatchDropsNotes(HealthServer):
    """Batches lose the notes of their items."""

    BREAKS = ("HLT-016",)

    def result(self, index: int, item: Json, faults: Sequence[Misfit], tenant: str, now: Fraction) -> Json:
        return super().result(index, {name: value for name, value in item.items() if name != "note"}, faults, tenant, now)


class BatchesArePreliminary(HealthServer):
    """What comes in a batch is preliminary."""

    BREAKS = ("HLT-016",)
    SUBTLE = True

    def result(self, index: int, item: Json, faults: Sequence[Misfit], tenant: str, now: Fraction) -> Json:
        return super().result(index, {"status": "preliminary", **item}, faults, tenant, now)


# -------------------------------------------------------------------- lists


class ListsNobodysMeasurements(HealthServer):
    """Without a patient an empty list is given."""

    BREAKS = ("HLT-017",)

    def require_patient(self, call: Call) -> str:
        return str(call.query.get("patientId", ""))


class ListsTheOneBeforeToo(HealthServer):
    """The list of a patient also shows the measurements of the one registered before."""

    BREAKS = ("HLT-017",)
    SUBTLE = True
    # Who was registered before is another where other cases are driven, or in another order; without measurements they show nothing.
    ALSO: Mapping[str, str] = dict.fromkeys(
        ("COM-FILT-01", "COM-FILT-03", "COM-FILT-04", "HLT-014", "HLT-024"), "items of another patient are listed"
    )

    def listed_of(self, patient: str, tenant: str, now: Fraction) -> list[Measurement]:
        own = [one.id for one in self.patients.values() if one.tenant == tenant]
        before = own[own.index(patient) - 1] if patient in own else patient
        found = super().listed_of(patient, tenant, now)
        return found if before == patient else found + super().listed_of(before, tenant, now)


class BeginningIsOut(HealthServer):
    """`from` leaves out the measurement at the instant itself."""

    BREAKS = ("HLT-018", "COM-FILT-05")
    SUBTLE = True
    ALSO: Mapping[str, str] = {
        "COM-FILT-02": "the item at the instant is missing",
        "HLT-043": "an amended measurement is missing under `from` at its instant",
    }

    def begins_from(self, measurement: Measurement, since: Fraction) -> bool:
        return measurement.start > since


class EndIsIn(HealthServer):
    """`to` keeps the measurement at the instant itself."""

    BREAKS = ("HLT-018", "COM-FILT-05")
    SUBTLE = True
    ALSO: Mapping[str, str] = {"COM-FILT-01": "the item at the instant is there"}

    def begins_before(self, measurement: Measurement, until: Fraction) -> bool:
        return measurement.start <= until


class TiesAreNotTurned(HealthServer):
    """In the ascending order measurements of one instant keep the order of the descending one."""

    BREAKS = ("HLT-019",)
    SUBTLE = True

    def in_order(self, call: Call, rows: Sequence[Any], key: Callable[[Any], Key]) -> list[Any]:
        ordered = super().in_order(call, rows, key)
        if call.operation.id == "listMeasurements" and not self.descends(call):
            ordered.sort(key=lambda row: row.id, reverse=True)
            ordered.sort(key=lambda row: key(row)[0])
        return ordered


class AscendingIsDescending(HealthServer):
    """`sort=asc` changes nothing."""

    BREAKS = ("HLT-019",)

    def descends(self, call: Call) -> bool:
        return call.operation.id == "listMeasurements"


class ErrorsAreListed(HealthServer):
    """Measurements that were entered in error are listed like others."""

    BREAKS = ("HLT-020",)

    def is_in_status(self, measurement: Measurement, query: Mapping[str, Any]) -> bool:
        return "status" not in query or super().is_in_status(measurement, query)


class ErrorsAreGone(HealthServer):
    """Measurements that were entered in error are deleted."""

    BREAKS = ("HLT-020",)
    SUBTLE = True

    def find_measurement(self, identifier: str, tenant: str, now: Fraction) -> Measurement | None:
        found = super().find_measurement(identifier, tenant, now)
        return None if found and found.status == "entered-in-error" else found


# -------------------------------------------------------------------- amendments


class MeasurementsMoveToOthers(HealthServer):
    """An amendment may give a measurement to another patient."""

    BREAKS = ("HLT-021",)

    def fixed_misfits(self, known: Measurement, body: Json) -> list[Misfit]:
        return [fault for fault in super().fixed_misfits(known, body) if fault.at != "/patientId"]


class CodesMayChange(HealthServer):
    """An amendment may make a measurement one of another code."""

    BREAKS = ("HLT-021",)

    def fixed_misfits(self, known: Measurement, body: Json) -> list[Misfit]:
        return [fault for fault in super().fixed_misfits(known, body) if fault.at != "/code"]


class AmendedOnesMayMove(HealthServer):
    """What was amended once may be given to another patient by the next amendment."""

    BREAKS = ("HLT-021",)
    SUBTLE = True

    def fixed_misfits(self, known: Measurement, body: Json) -> list[Misfit]:
        found = super().fixed_misfits(known, body)
        return [fault for fault in found if fault.at != "/patientId" or known.status != "amended"]


class AmendsInTwoSteps(HealthServer):
    """Of two amendments at once both pass: the tag is compared, and written under later."""

    BREAKS = ("HLT-022", "COM-COND-02")
    SUBTLE = True

    async def amend_measurement(self, call: Call) -> Answer:
        self.check_precondition(call, self.etag_of(self.render_measurement(call.found)))
        await give_way()
        fresh = {**call.headers, "if-match": self.etag_of(self.render_measurement(call.found))}
        return await super().amend_measurement(replace(call, headers=fresh))


class RaceHasNoWinner(HealthServer):
    """Of several amendments under one tag none passes at once, and none later: each waits, and is refused when another was tried."""

    BREAKS = ("HLT-022", "COM-COND-02")
    SUBTLE = True
    ALSO: Mapping[str, str] = dict.fromkeys(
        ("HLT-021", "HLT-023", "HLT-037", "HLT-041", "HLT-043"), "a second try under one tag is refused for the tag"
    )

    async def amend_measurement(self, call: Call) -> Answer:
        place = f"{call.found.id}/{call.found.revision}"
        self.turns[place] += 1
        await give_way()
        if self.turns[place] > 1:
            raise Problem("precondition-failed")
        return await super().amend_measurement(call)


class IdOfTheBodyIsIgnored(HealthServer):
    """The `measurementId` of an amendment's body may be any."""

    BREAKS = ("HLT-023",)

    def fixed_misfits(self, known: Measurement, body: Json) -> list[Misfit]:
        return [fault for fault in super().fixed_misfits(known, body) if fault.at != "/measurementId"]


class IdOfTheBodyIsRefused(HealthServer):
    """An amendment whose body names the measurement is refused."""

    BREAKS = ("HLT-023",)

    def fixed_misfits(self, known: Measurement, body: Json) -> list[Misfit]:
        if "measurementId" in body:
            return [Misfit("pointer", "/measurementId", ("不可提供", "must not be sent"))]
        return super().fixed_misfits(known, body)


class RefusedIdsChangeAllTheSame(HealthServer):
    """An amendment whose body names another measurement is refused, and made."""

    BREAKS = ("HLT-023",)
    SUBTLE = True

    def amend(self, known: Measurement, body: Json, tenant: str, now: Fraction) -> Measurement:
        if body.get("measurementId", known.id) != known.id:
            self.keep_measurement(self.amended(known, body, now))
        return super().amend(known, body, tenant, now)


class VersionStandsStill(HealthServer):
    """An amendment does not raise the version."""

    BREAKS = ("HLT-036",)

    def amended(self, known: Measurement, body: Json, now: Fraction) -> Measurement:
        return replace(super().amended(known, body, now), revision=known.revision)


class ChangesAreDatedBySeconds(HealthServer):
    """`updatedAt` has whole seconds, so a change that follows at once is dated as the one before."""

    BREAKS = ("HLT-036",)
    SUBTLE = True

    def stamp_exactly(self, instant: Fraction | int) -> str:
        return self.stamp(instant)


class FinalBecomesPreliminary(HealthServer):
    """A measurement that is final may become preliminary again."""

    BREAKS = ("HLT-037",)

    def measurement_move_is_allowed(self, present: str, wanted: str) -> bool:
        return (present, wanted) == ("final", "preliminary") or super().measurement_move_is_allowed(present, wanted)


class ErrorsComeBack(HealthServer):
    """What was entered in error may be amended after all."""

    BREAKS = ("HLT-037",)
    SUBTLE = True

    def measurement_move_is_allowed(self, present: str, wanted: str) -> bool:
        return (present, wanted) == ("entered-in-error", "amended") or super().measurement_move_is_allowed(present, wanted)


class AmendmentLosesTheNote(HealthServer):
    """An amendment loses the note."""

    BREAKS = ("HLT-037",)
    SUBTLE = True

    def amended(self, known: Measurement, body: Json, now: Fraction) -> Measurement:
        return super().amended(known, {name: value for name, value in body.items() if name != "note"}, now)
