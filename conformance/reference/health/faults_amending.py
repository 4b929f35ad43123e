"""Faults of amendments: what stays of before, what is not asked again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from typing import Any

from conformance.reference.health.records import Measurement
from conformance.reference.health.server import HealthServer
from conformance.reference.wire import Json

__all__: list[str] = []


class AmendmentsMerge(HealthServer):
    """What an amendment leaves out stays."""

    BREAKS = ("HLT-043",)

    def amended(self, known: Measurement, body: Json, now: Fraction) -> Measurement:
        kept = {name: known.content[name] for name in ("note", "bodySite", "context") if name in known.content}
        return super().amended(known, kept | body, now)


class AmendmentsKeepTheirPlace(HealthServer):
    """An amended measurement stands in lists as if its time were that of the first version."""

    BREAKS = ("HLT-043",)
    SUBTLE = True

    def amended(self, known: Measurement, body: Json, now: Fraction) -> Measurement:
        return replace(super().amended(known, body, now), start=known.start)


class AmendmentsStayWithTheirDevice(HealthServer):
    """The list finds an amended measurement under the device of its first version."""

    BREAKS = ("HLT-043",)
    SUBTLE = True
    ALSO: Mapping[str, str] = {"COM-FILT-01": "it is found by a device that it does not name"}

    def amended(self, known: Measurement, body: Json, now: Fraction) -> Measurement:
        return replace(super().amended(known, body, now), device=known.device)


class AmendedCountsAsFinal(HealthServer):
    """What is asked for by the status `final` has the amended measurements, too."""

    BREAKS = ("HLT-043",)
    SUBTLE = True

    def is_in_status(self, measurement: Measurement, query: Mapping[str, Any]) -> bool:
        amended = query.get("status") == "final" and measurement.status == "amended"
        return amended or super().is_in_status(measurement, query)


class ConversionsStay(HealthServer):
    """The value in mg/dL of a blood glucose that was amended is that of its first version."""

    BREAKS = ("HLT-034",)
    SUBTLE = True

    def __init__(self, **settings: Any) -> None:
        self.originals: dict[str, Measurement] = {}
        super().__init__(**settings)

    def canonical_member(self, measurement: Measurement) -> Json:
        return super().canonical_member(self.originals.setdefault(measurement.id, measurement))
