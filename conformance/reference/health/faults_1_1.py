"""Faults of the server of 1.1: in what 1.1 added, and towards those who still ask as 1.0 has it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any

from conformance.reference.calling import Parcelled
from conformance.reference.health.alerting import Watch
from conformance.reference.health.records import Measurement
from conformance.reference.health.server_1_1 import HealthServer11
from conformance.reference.problems import Misfit
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
        "HLT-043": "what is amended is listed without its version",
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


# ---------------------------------------------------------------- threshold alerts


class NobodyIsAlarmed(HealthServer11):
    """Values beyond a threshold are told to nobody."""

    BREAKS = ("HLT-048",)

    def crossed(self, watch: Watch, measurement: Measurement) -> str | None:
        return None


class TheThresholdIsBeyondItself(HealthServer11):
    """A value that equals the high threshold is told, too."""

    BREAKS = ("HLT-048",)
    SUBTLE = True

    def is_above(self, value: float, high: float) -> bool:
        return value >= high


class AmendmentsAlarmNobody(HealthServer11):
    """An amendment that brings a value beyond a threshold is told to nobody."""

    BREAKS = ("HLT-048",)
    SUBTLE = True

    def crossed(self, watch: Watch, measurement: Measurement) -> str | None:
        return super().crossed(watch, measurement) if measurement.revision == 1 else None


class WhatIsWithdrawnAlarms(HealthServer11):
    """A measurement that becomes entered-in-error is told once more."""

    BREAKS = ("HLT-048",)
    SUBTLE = True

    def counts_now(self, measurement: Measurement) -> bool:
        return True


class AlertsTellTheValue(HealthServer11):
    """An alert holds the value."""

    BREAKS = ("HLT-048",)
    SUBTLE = True

    def render_alert(self, watch: Watch, measurement: Measurement, crossed: str) -> Json:
        return {**super().render_alert(watch, measurement, crossed), "value": measurement.content["valueQuantity"]["value"]}


class EveryCodeAlarms(HealthServer11):
    """A threshold is held against values of other codes, too."""

    BREAKS = ("HLT-048",)
    SUBTLE = True

    def is_watched(self, watch: Watch, measurement: Measurement) -> bool:
        return measurement.patient == watch.content["patientId"] and "valueQuantity" in measurement.content


class AlertsOutliveTheirSubscription(HealthServer11):
    """After the end of a subscription, alerts go on."""

    BREAKS = ("HLT-048",)
    SUBTLE = True

    def __init__(self, **settings: Any) -> None:
        self.ended: list[Watch] = []
        super().__init__(**settings)

    def end_watch(self, watch: Watch) -> None:
        super().end_watch(watch)
        self.ended.append(watch)

    def alert(self, measurement: Measurement) -> None:
        kept = self.watches
        self.watches = {**kept, **{one.key: one for one in self.ended}}
        super().alert(measurement)
        self.watches = kept


class OthersEndAlerts(HealthServer11):
    """Another organisation may end a subscription."""

    BREAKS = ("HLT-049",)

    def may_end(self, watch: Watch, tenant: str) -> bool:
        return True


class ThresholdsAreAdded(HealthServer11):
    """A subscription that takes the place of another keeps the threshold that it does not name."""

    BREAKS = ("HLT-049",)
    SUBTLE = True

    def watch(self, tenant: str, body: Json) -> tuple[int, Watch]:
        known = self.watches.get(Watch("", tenant, body).key)
        return super().watch(tenant, {**known.content, **body} if known else body)


class AnybodyMayBeWatched(HealthServer11):
    """A patient of another organisation may be watched."""

    BREAKS = ("HLT-049",)
    SUBTLE = True

    def watch_misfits(self, body: Json, tenant: str) -> list[Misfit]:
        found = super().watch_misfits(body, tenant)
        return [] if body["patientId"] in self.patients and [one.at for one in found] == ["/patientId"] else found


class ThresholdsAreNotCompared(HealthServer11):
    """Any thresholds are taken."""

    BREAKS = ("HLT-050",)

    def threshold_misfits(self, body: Json) -> list[Misfit]:
        return []


class ThresholdsMayMeet(HealthServer11):
    """A low threshold may equal the high one."""

    BREAKS = ("HLT-050",)
    SUBTLE = True

    def thresholds_part(self, low: float, high: float) -> bool:
        return low <= high


class AlertsGoAnywhere(HealthServer11):
    """Any address may be told."""

    BREAKS = ("HLT-051",)

    def may_be_called(self, url: str) -> bool:
        return True


class AlertsGoToMappedAddresses(HealthServer11):
    """A private address that is written in another form is told."""

    BREAKS = ("HLT-051",)
    SUBTLE = True

    def host_is_public(self, host: str) -> bool:
        return super().host_is_public(host) or host.startswith("::ffff") or host.isdigit()


class AlertsAreNotSigned(HealthServer11):
    """The signature is of an empty body."""

    BREAKS = ("COM-HOOK-01",)

    def signature_of(self, secret: str, timestamp: str, body: bytes) -> str:
        return super().signature_of(secret, timestamp, b"")


class AlertsComeOnce(HealthServer11):
    """An alert that was answered 5xx is not sent again."""

    BREAKS = ("COM-HOOK-01",)

    def gaps(self) -> Iterator[float]:
        yield from ()


class RepeatedAlertsHaveAnotherName(HealthServer11):
    """An alert has another name when it is sent again."""

    BREAKS = ("COM-HOOK-01",)
    SUBTLE = True

    def delivery_headers(self, one: Parcelled) -> dict[str, str]:
        return {**super().delivery_headers(one), "X-Delivery-Id": f"{one.id[:40]}-{int(self.clock())}"}


class TheAlertsSecretComesBack(HealthServer11):
    """A subscription is shown with its secret."""

    BREAKS = ("COM-DOC-02", "HLT-049")

    def render_watch(self, watch: Watch) -> Json:
        return {**super().render_watch(watch), "secret": watch.content["secret"]}
