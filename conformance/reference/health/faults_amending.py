"""Faults of amendments: what stays of before, what is not asked again."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

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
