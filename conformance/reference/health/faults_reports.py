"""Faults of what a device reports more than once, and of what comes in batches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from conformance.reference.bodies import misfits
from conformance.reference.health.forms import MEASUREMENT
from conformance.reference.health.records import Measurement
from conformance.reference.health.server import HealthServer
from conformance.reference.problems import Misfit
from conformance.reference.wire import Answer, Call, Json

__all__: list[str] = []


class TheOrderOfPartsCounts(HealthServer):
    """A panel with its parts in the other order is another report."""

    BREAKS = ("HLT-014",)
    SUBTLE = True

    def values_of(self, content: Mapping[str, Any]) -> str:
        first = str(content["component"][0]["code"]["code"]) if "component" in content else ""
        return first + super().values_of(content)


class ErrorsAreReportedInVain(HealthServer):
    """What a device reports again after it was entered in error is not kept."""

    BREAKS = ("HLT-014",)
    SUBTLE = True
    ALSO: Mapping[str, str] = {
        "HLT-020": "what is reported again is gone",
        "COM-CONS-01": "it is nowhere after its 201",
    }

    def same_as(self, body: Json) -> Measurement | None:
        kept = super().same_as(body)
        known = [self.measurements[one] for one in self.measurements_of.get(body["patientId"], ()) if "deviceId" in body]
        return kept or next(
            (
                one
                for one in known
                if one.status == "entered-in-error"
                and (one.device, one.code, one.start) == (body["deviceId"], body["code"]["code"], self.start_of_measuring(body))
                and self.values_of(one.content) == self.values_of(body)
            ),
            None,
        )


class TheDeviceDoesNotCount(HealthServer):
    """Two devices that measure the same at one instant make one report."""

    BREAKS = ("HLT-014",)
    SUBTLE = True

    def same_as(self, body: Json) -> Measurement | None:
        known = [self.measurements[one] for one in self.measurements_of.get(body["patientId"], ()) if "deviceId" in body]
        others = (super(TheDeviceDoesNotCount, self).same_as({**body, "deviceId": one.device}) for one in known if one.device)
        return next((one for one in others if one is not None), None)


# -------------------------------------------------------------------- batches


class ResultsPointIntoTheBatch(HealthServer):
    """The pointers of single results are those of the batch."""

    BREAKS = ("HLT-015",)
    SUBTLE = True

    def result(self, index: int, item: Json, faults: Sequence[Misfit], tenant: str, now: Fraction) -> Json:
        return super().result(index, item, self.located([*[[]] * index, faults]), tenant, now)


class BatchesKnowNoTime(HealthServer):
    """The times of measurements are not looked at in a batch."""

    BREAKS = ("HLT-015",)
    SUBTLE = True

    def take_batch(self, tenant: str, items: Sequence[Json], now: Fraction, *, atomic: bool) -> list[Json]:
        vars(self)["time_misfits"] = lambda *_: []  # as long as the batch is under way
        try:
            return super().take_batch(tenant, items, now, atomic=atomic)
        finally:
            del vars(self)["time_misfits"]


class BatchesAreAsLongAsTheyLike(HealthServer):
    """A batch of more than a hundred items is taken."""

    BREAKS = ("HLT-015",)
    SUBTLE = True
    ALSO: Mapping[str, str] = {
        "COM-ERR-06": "an input that the schema excludes is taken",
        "COM-DOC-02": "the answer has more results than its schema allows",
    }

    async def create_measurement_batch(self, call: Call) -> Answer:
        items = call.body.get("items") if isinstance(call.body, dict) else None
        if not isinstance(items, list) or len(items) <= 100 or any(misfits(one, MEASUREMENT) for one in items):
            return await super().create_measurement_batch(call)
        known = self.idempotent_answer(call)
        results = self.take_batch(call.tenant, items, call.now, atomic=call.body["atomic"]) if known is None else []
        return known or self.remember(call, Answer(200, {"results": results}))


class BatchesKeepTwins(HealthServer):
    """What a device reported twice in one batch is kept twice."""

    BREAKS = ("HLT-016",)
    SUBTLE = True

    def take_batch(self, tenant: str, items: Sequence[Json], now: Fraction, *, atomic: bool) -> list[Json]:
        faults = [self.rule_misfits(item, tenant, now) for item in items]
        if any(faults):
            return super().take_batch(tenant, items, now, atomic=atomic)
        known = [self.same_as(item) for item in items]
        kept = [one or self.enter_measurement(tenant, item, now) for one, item in zip(known, items, strict=True)]
        return [
            {"index": index, "status": 200 if known[index] else 201, "measurementId": one.id} for index, one in enumerate(kept)
        ]


class BatchesIssueAnew(HealthServer):
    """What a batch stores was issued when it came, whatever was sent."""

    BREAKS = ("HLT-016",)
    SUBTLE = True

    def take_batch(self, tenant: str, items: Sequence[Json], now: Fraction, *, atomic: bool) -> list[Json]:
        bare = [{name: value for name, value in item.items() if name != "issued"} for item in items]
        return super().take_batch(tenant, bare, now, atomic=atomic)
