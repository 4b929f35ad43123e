"""Faults of the server of 1.1: in what 1.1 added, and towards those who still ask as 1.0 has it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction

from conformance.reference.logistics.records import Event, Point, Reservation, Shipment, Subscription
from conformance.reference.logistics.sensing import Reading
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
        "COM-CACHE-01": "only 200 is told how long it may be kept",
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


# ---------------------------------------------------------------- readings of devices


class ConditionsAreOfTheLastRequest(LogisticsServer11):
    """Of the readings that came before, nothing is known."""

    BREAKS = ("LGS-051", "LGS-052")

    def take_readings(self, shipment: Shipment, bodies: Sequence[Json], now: Fraction) -> int:
        self.readings.pop(shipment.id, None)
        return super().take_readings(shipment, bodies, now)


class TheLatestIsTheLastToCome(LogisticsServer11):
    """The latest reading is the one that came in last."""

    BREAKS = ("LGS-051",)
    SUBTLE = True

    def latest(self, readings: Sequence[Reading]) -> Reading:
        return readings[-1]


class TheEndsAreOutOfRange(LogisticsServer11):
    """A temperature at the end of a range counts as out of it."""

    BREAKS = ("LGS-051",)
    SUBTLE = True

    def lies_within(self, value: float, bounds: tuple[float, float]) -> bool:
        return bounds[0] < value < bounds[1]


class AnyReadingIsKept(LogisticsServer11):
    """Units, ranges and times of readings are not looked at."""

    BREAKS = ("LGS-052",)

    def reading_misfits(self, reading: Json, now: Fraction, where: str) -> list[Misfit]:
        return []


class RefusedReadingsLeaveTheirFirst(LogisticsServer11):
    """Of a request that is refused, the readings before the wrong one are kept."""

    BREAKS = ("LGS-052",)
    SUBTLE = True

    def take_readings(self, shipment: Shipment, bodies: Sequence[Json], now: Fraction) -> int:
        return sum(super(RefusedReadingsLeaveTheirFirst, self).take_readings(shipment, [one], now) for one in bodies)


class ReadingsBreakTheColdChain(LogisticsServer11):
    """A reading out of range sets coldChainBreach."""

    BREAKS = ("LGS-053",)

    def take_readings(self, shipment: Shipment, bodies: Sequence[Json], now: Fraction) -> int:
        kept = super().take_readings(shipment, bodies, now)
        if self.out_of_range(shipment, [one for one in self.readings[shipment.id].values() if one.content["type"] == "TEMP"]):
            self.keep_shipment(replace(shipment, breach=True))
        return kept


class ReadingsTouchTheShipment(LogisticsServer11):
    """A shipment is updated when a reading is kept."""

    BREAKS = ("LGS-053",)
    SUBTLE = True

    def take_readings(self, shipment: Shipment, bodies: Sequence[Json], now: Fraction) -> int:
        kept = super().take_readings(shipment, bodies, now)
        self.keep_shipment(replace(shipment, updated=self.next_update(shipment.updated, now)))
        return kept
