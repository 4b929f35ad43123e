"""Faults of the server of 1.1: in what 1.1 added, and towards those who still ask as 1.0 has it."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from conformance.reference.health.records import Measurement
from conformance.reference.health.server_1_1 import HealthServer11
from conformance.reference.wire import Answer, Call, Json

__all__: list[str] = []


class DevicesAreMadeElsewhere(HealthServer11):
    """Registering a device is answered 202, which no version declares."""

    BREAKS = ("COM-VER-02",)
    ALSO: Mapping[str, str] = dict.fromkeys(
        ("COM-DOC-02", "COM-CONS-01", "COM-IDEM-01", "COM-IDEM-02", "COM-COND-01", "COM-TEN-01", "HLT-007", "HLT-028"),
        "a creation that is not answered 201 is none",
    )

    async def register_device(self, call: Call) -> Answer:
        made = await super().register_device(call)
        return Answer(202, made.body, made.headers)


class ListedMeasurementsHaveNoVersion(HealthServer11):
    """A measurement that is read by itself has its versionId; in a list it has lost it."""

    BREAKS = ("COM-VER-02",)
    ALSO: Mapping[str, str] = {
        "COM-DOC-02": "the member is required by this version, too",
        "COM-CONS-02": "the two differ",
        "HLT-036": "no version can be told in a list",
    }
    SUBTLE = True

    def render_measurement_item(self, measurement: Measurement) -> Json:
        body = super().render_measurement_item(measurement)
        return {name: value for name, value in body.items() if name != "versionId"}


class TheGreatestIsTheFirst(HealthServer11):
    """maximum is the least value."""

    BREAKS = ("HLT-046",)

    def statistics(self, found: list[Fraction]) -> Json:
        told = super().statistics(found)
        return {**told, "maximum": told["minimum"]} if found else told


class TheMeanIsRounded(HealthServer11):
    """The mean is cut to a whole number."""

    BREAKS = ("HLT-046",)
    SUBTLE = True

    def mean(self, found: list[Fraction]) -> float:
        return float(int(super().mean(found)))


class NothingHasAMean(HealthServer11):
    """Of no measurements the mean is 0."""

    BREAKS = ("HLT-046",)
    SUBTLE = True

    def statistics(self, found: list[Fraction]) -> Json:
        return {**super().statistics(found), **({} if found else {"mean": 0})}


class OthersSeeTheLog(HealthServer11):
    """Whoever knows the name of an answer finds it in the log."""

    BREAKS = ("HLT-047",)

    def found_by(self, tenant: str, name: str) -> list[Json]:
        return [event for (_, known), event in self.audit.items() if known == name][:1]


class RefusalsAreNotLogged(HealthServer11):
    """An answer that refused is not in the log."""

    BREAKS = ("HLT-047",)
    SUBTLE = True

    def is_logged(self, answer: Answer) -> bool:
        return answer.status < 400
