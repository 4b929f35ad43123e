"""What 1.1 has beside 1.0 on the way to subscribers: an alert when a value that is kept lies beyond a threshold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from conformance.reference.bodies import Member, is_text, one_of
from conformance.reference.calling import Calling, Parcelled
from conformance.reference.frame import secret_text
from conformance.reference.health.forms import ID
from conformance.reference.health.records import CODES, Measurement
from conformance.reference.problems import Misfit
from conformance.reference.wire import Json

__all__ = ["SUBSCRIPTION", "Alerting", "Watch"]


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and -1_000_000 <= value <= 1_000_000


SUBSCRIPTION = (
    Member("patientId", is_text(ID), ("須為識別碼", "must be an identifier")),
    Member("code", one_of(*CODES), ("不在允許的值之中", "is not one of the permitted values")),
    Member("low", _number, ("須為數值", "must be a number"), required=False),
    Member("high", _number, ("須為數值", "must be a number"), required=False),
    Member("callbackUrl", is_text(r".{8,500}"), ("須為 8 至 500 字元的網址", "must be a URL of 8 to 500 characters")),
    Member(
        "secret", is_text(r"[!-~]{32,128}"), ("須為 32 至 128 個可見 ASCII 字元", "must be 32 to 128 visible ASCII characters")
    ),
)


@dataclass(frozen=True)
class Watch:
    """Who is told of a patient's values of a code beyond which thresholds; `content` is what the client sent."""

    id: str
    tenant: str
    content: Mapping[str, Any]

    @property
    def key(self) -> tuple[str, str, str, str]:
        """What no two subscriptions have in common."""
        return (self.tenant, self.content["patientId"], self.content["code"], self.content["callbackUrl"])


class Alerting(Calling):
    """The subscriptions to alerts, and what they are told."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.watches: dict[tuple[str, str, str, str], Watch] = {}
        self.watched = self.alerted = 0

    # ---------------------------------------------------------------- subscriptions

    def threshold_misfits(self, body: Json) -> list[Misfit]:
        """What is wrong with the thresholds of a subscription."""
        if "low" not in body and "high" not in body:
            return [Misfit("pointer", "", ("須有 low 或 high", "must have low or high"))]
        if "low" in body and "high" in body and not self.thresholds_part(body["low"], body["high"]):
            return [Misfit("pointer", "/low", ("須小於 high", "must be less than high"))]
        return []

    def thresholds_part(self, low: float, high: float) -> bool:
        """Whether there is something between two thresholds."""
        return low < high

    def watch_name(self, known: Watch | None) -> str:
        """The name of a subscription: that of the one whose place it takes."""
        if known is not None:
            return known.id
        self.watched += 1
        return "als-" + secret_text(self.domain, "alerts", str(self.watched))[:20]

    def watch(self, tenant: str, body: Json) -> tuple[int, Watch]:
        """A subscription, new (201) or in the place of one of the same patient, code and URL (200)."""
        key = Watch("", tenant, body).key
        known = self.watches.get(key)
        made = Watch(self.watch_name(known), tenant, dict(body))
        self.watches[key] = made
        return (200 if known else 201), made

    def end_watch(self, watch: Watch) -> None:
        """A subscription is gone."""
        self.watches.pop(watch.key, None)

    def render_watch(self, watch: Watch) -> Json:
        """A subscription, without its secret."""
        return {"subscriptionId": watch.id, **{name: value for name, value in watch.content.items() if name != "secret"}}

    # ---------------------------------------------------------------- alerts

    def is_watched(self, watch: Watch, measurement: Measurement) -> bool:
        """Whether a subscription is about a measurement."""
        content = watch.content
        return watch.tenant == measurement.tenant and (content["patientId"], content["code"]) == (
            measurement.patient,
            measurement.code,
        )

    def is_below(self, value: float, low: float) -> bool:
        """Whether a value lies beyond a low threshold: the threshold itself does not."""
        return value < low

    def is_above(self, value: float, high: float) -> bool:
        """Whether a value lies beyond a high threshold: the threshold itself does not."""
        return value > high

    def crossed(self, watch: Watch, measurement: Measurement) -> str | None:
        """The threshold that a measurement crosses, or None."""
        if not self.counts_now(measurement):
            return None
        value, content = measurement.content["valueQuantity"]["value"], watch.content
        if "low" in content and self.is_below(value, content["low"]):
            return "low"
        return "high" if "high" in content and self.is_above(value, content["high"]) else None

    def counts_now(self, measurement: Measurement) -> bool:
        """Whether a measurement is one that may cross a threshold."""
        return measurement.status != "entered-in-error"

    def render_alert(self, watch: Watch, measurement: Measurement, crossed: str) -> Json:
        """What is told of a value: neither itself nor whose it is."""
        return {
            "subscriptionId": watch.id,
            "measurementId": measurement.id,
            "versionId": measurement.revision,
            "crossed": crossed,
        }

    def alert_id(self) -> str:
        """The name of an alert."""
        self.alerted += 1
        return "alt-" + secret_text(self.domain, "alert", str(self.alerted))[:20]

    def alert(self, measurement: Measurement) -> None:
        """Tells whoever watches it of a measurement that was kept."""
        for watch in list(self.watches.values()):
            crossed = self.crossed(watch, measurement) if self.is_watched(watch, measurement) else None
            if crossed is not None:
                body = self.to_bytes(self.render_alert(watch, measurement, crossed))
                parcel = Parcelled(self.alert_id(), watch.content["callbackUrl"], watch.content["secret"], body)
                self.enqueue((watch.id, measurement.id), parcel)
