"""Faults of the server of 1.1: in what 1.1 added, and towards those who still ask as 1.0 has it."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from conformance.reference.logistics.records import Event, Point, Reservation, Shipment, Subscription
from conformance.reference.logistics.server_1_1 import LogisticsServer11
from conformance.reference.problems import Misfit
from conformance.reference.wire import Answer, Call, Json

__all__: list[str] = []


class TheDeclarationIsSecondHand(LogisticsServer11):
    """The conformance declaration is answered 203, which 1.0 does not declare."""

    BREAKS = ("COM-VER-02",)
    ALSO: Mapping[str, str] = {
        "COM-DOC-02": "this version does not declare it either",
        "COM-DOC-03": "only 200 declares anything",
    }

    async def get_conformance(self, call: Call) -> Answer:
        return Answer(203, self.conformance_body())


class SuspendedPointsHaveNoHours(LogisticsServer11):
    """A pickup point that is suspended has lost its openHours, which 1.0 always had."""

    BREAKS = ("COM-VER-02",)
    ALSO: Mapping[str, str] = {"COM-DOC-02": "the member is required by this version, too"}
    SUBTLE = True

    def render_point(self, point: Point) -> Json:
        body = super().render_point(point)
        return {name: value for name, value in body.items() if name != "openHours" or body["status"] == "OPEN"}


class SubscriptionsStay(LogisticsServer11):
    """A subscription that was ended can still be read."""

    BREAKS = ("LGS-047",)

    def end_subscription(self, subscription: Subscription) -> None:
        """Nothing ends."""


class OthersMayEndThem(LogisticsServer11):
    """Whoever knows a subscription's id may read and end it."""

    BREAKS = ("LGS-047", "LGS-048")
    ALSO: Mapping[str, str] = {"COM-TEN-01": "another tenant finds it"}
    SUBTLE = True

    def is_theirs(self, subscription: Subscription, tenant: str) -> bool:
        return True


class RotatedSecretsAreShown(LogisticsServer11):
    """The new secret is in the answer."""

    BREAKS = ("LGS-048",)

    def render_rotated(self, subscription: Subscription) -> Json:
        return {**super().render_rotated(subscription), "secret": subscription.secret}


class ProofBeforeDelivery(LogisticsServer11):
    """Whatever came last proves a delivery."""

    BREAKS = ("LGS-049",)

    def delivery_of(self, shipment: Shipment) -> Event | None:
        names = self.events_of.get(shipment.id, ())
        return super().delivery_of(shipment) or (self.events[names[-1]] if names else None)


class ProvedWhenRecorded(LogisticsServer11):
    """The proof has the time at which the delivery was recorded."""

    BREAKS = ("LGS-049",)
    SUBTLE = True

    def delivered_at(self, event: Event) -> str:
        return str(self.render_event(event)["recordTime"])


class HoldsMayBeShortened(LogisticsServer11):
    """An end that is earlier than the present one is taken."""

    BREAKS = ("LGS-050",)

    def extension_misfits(self, reservation: Reservation, ends: Fraction) -> list[Misfit]:
        return []


class HoldsAreExtendedByTheRest(LogisticsServer11):
    """A second extension is counted from the end and not from now."""

    BREAKS = ("LGS-050",)
    SUBTLE = True

    def extended_to(self, reservation: Reservation, ends: Fraction) -> Fraction:
        return ends + (3600 if reservation.expires - ends > -3600 and ends > reservation.expires else 0)
