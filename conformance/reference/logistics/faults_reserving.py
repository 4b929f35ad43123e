"""Faults of reservations: for whom one is made, and what events do to it; and of deliveries that were answered."""

from __future__ import annotations

from fractions import Fraction

from conformance.reference.calling import Parcelled
from conformance.reference.logistics.records import Event, Shipment
from conformance.reference.logistics.server import LogisticsServer
from conformance.reference.problems import Misfit
from conformance.reference.wire import Json

__all__: list[str] = []


class CompartmentsMayBeTooSmall(LogisticsServer):
    """A compartment may be reserved that is too small for a parcel."""

    BREAKS = ("LGS-044",)
    SUBTLE = True

    def size_misfits(self, shipment: Shipment, size: str) -> list[Misfit]:
        return []


class AnyShipmentGoesToALocker(LogisticsServer):
    """A reservation may be made for a shipment that goes to the door, or to another point."""

    BREAKS = ("LGS-044",)

    def reservation_misfits(self, body: Json, tenant: str, now: Fraction) -> list[Misfit]:
        shipment = self.find_shipment(body.get("shipmentId", ""), tenant, now)
        return super().reservation_misfits(
            {name: body[name] for name in body if name != "shipmentId" or not shipment}, tenant, now
        )


class PlansFillCompartments(LogisticsServer):
    """That a parcel is to come to a locker is taken for its having come."""

    BREAKS = ("LGS-045",)

    def keep_event(self, shipment: Shipment, event: Event, now: Fraction) -> Event:
        kept = super().keep_event(shipment, event, now)
        if event.kind == "AT_PICKUP_POINT" and not event.counts:
            self.move_compartment(shipment, event, now)
        return kept


class WhatIsReturnedStaysInItsCompartment(LogisticsServer):
    """A parcel that goes back leaves its compartment occupied."""

    BREAKS = ("LGS-045",)
    SUBTLE = True

    def move_compartment(self, shipment: Shipment, event: Event, now: Fraction) -> None:
        if event.kind != "RETURNING":
            super().move_compartment(shipment, event, now)


class EveryRefusalIsRepeated(LogisticsServer):
    """A delivery is sent again whatever the receiver says of it, but for an acceptance."""

    BREAKS = ("LGS-046",)

    def is_to_be_repeated(self, status: int | None) -> bool:
        return status is None or status >= 300


class RedirectsAreFollowed(LogisticsServer):
    """A delivery goes where the receiver redirects it to."""

    BREAKS = ("LGS-046",)
    SUBTLE = True

    async def post(self, one: Parcelled) -> int | None:
        status: int | None = await self.outgoing.post(one.url, self.delivery_headers(one), one.body, follow=True)
        return status
