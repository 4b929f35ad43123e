"""Other ways in which a server of 1.1 may conform."""

from __future__ import annotations

from conformance.reference.logistics.records import Event, Shipment, Subscription
from conformance.reference.logistics.server_1_1 import LogisticsServer11
from conformance.reference.wire import Json

__all__: list[str] = []


class TellsMoreOfSubscriptions(LogisticsServer11):
    """A subscription is shown with when its secret was changed last, and proofs in another offset."""

    def render_rotated(self, subscription: Subscription) -> Json:
        return {**super().render_rotated(subscription), "secretChangedAt": "2026-09-22T08:00:00+08:00"}

    def delivered_at(self, event: Event) -> str:
        return self.stamp(event.time)


class ConditionsTellMore(LogisticsServer11):
    """The last type comes first, each with the mean of its readings."""

    def conditions(self, shipment: Shipment) -> list[Json]:
        found = super().conditions(shipment)
        return [{**one, "mean": (one["minimum"] + one["maximum"]) / 2} for one in reversed(found)]
