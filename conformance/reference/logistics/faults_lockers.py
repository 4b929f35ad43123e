"""Faults of lockers and of deliveries: races, codes, counts, signatures, repetitions and where deliveries may go."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
from collections.abc import Iterator, Mapping
from dataclasses import replace
from fractions import Fraction

from conformance.reference.calling import Parcelled
from conformance.reference.frame import give_way
from conformance.reference.logistics.records import Event, Point, Reservation, Shipment, Subscription
from conformance.reference.logistics.server import LogisticsServer
from conformance.reference.problems import Problem
from conformance.reference.wire import Json

__all__: list[str] = []


class CountsDoNotAddUp(LogisticsServer):
    """Compartments out of service are counted as free."""

    BREAKS = ("LGS-026",)
    SUBTLE = True

    def counts_of(self, point: Point, size: str, now: Fraction) -> Json:
        found = super().counts_of(point, size, now)
        return {**found, "free": found["free"] + found["outOfService"]}


class FreeIsNeverLess(LogisticsServer):
    """All compartments are shown as free."""

    BREAKS = ("LGS-026",)
    ALSO: Mapping[str, str] = {"LGS-027": "more are shown free than there are"}

    def counts_of(self, point: Point, size: str, now: Fraction) -> Json:
        found = super().counts_of(point, size, now)
        return {**found, "free": found["total"] + 1}


class CompartmentsAreChosenBeforeTheyAreTaken(LogisticsServer):
    """Between choosing a compartment and taking it others may choose it, too."""

    BREAKS = ("LGS-027",)
    ALSO: Mapping[str, str] = {"LGS-026": "more are held than there are"}

    async def enter_reservation(self, tenant: str, body: Json, now: Fraction) -> Reservation:
        chosen = self.choose_compartment(self.points[body["pickupPointId"]], body["sizeClass"], now)
        await give_way()
        point = self.points[body["pickupPointId"]]
        self.points[point.id] = replace(point, compartments={body["sizeClass"]: ("spare",)})
        made = await super().enter_reservation(tenant, body, now)
        self.points[point.id] = point
        return self.keep_reservation(replace(made, compartment=chosen))


class TheLastCompartmentIsKept(LogisticsServer):
    """The last free compartment of a size is never given."""

    BREAKS = ("LGS-027",)
    SUBTLE = True

    def choose_compartment(self, point: Point, size: str, now: Fraction) -> str:
        if len(self.free_at(point, size, now)) < 2:
            raise Problem("no-capacity")
        return super().choose_compartment(point, size, now)


class ShipmentsMayHoldSeveral(LogisticsServer):
    """A shipment may hold several compartments."""

    BREAKS = ("LGS-028",)

    def refuse_second(self, shipment: Shipment, now: Fraction) -> None:
        return None


class HoldsDoNotLapse(LogisticsServer):
    """A hold that is not used lasts."""

    BREAKS = ("LGS-028",)
    ALSO: Mapping[str, str] = {"LGS-027": "what was won is not given back"}
    SUBTLE = True

    def state_now(self, reservation: Reservation, now: Fraction) -> str:
        found = super().state_now(reservation, now)
        return "HELD" if found == "EXPIRED" else found


class ShipmentsShowTheCode(LogisticsServer):
    """A shipment shows the pickup code of its reservation."""

    BREAKS = ("LGS-029",)
    ALSO: Mapping[str, str] = {"LGS-028": "the shipment shows the code"}

    def render_reservation(self, reservation: Reservation, state: str) -> Json:
        return {**super().render_reservation(reservation, state), "pickupCode": reservation.code}


class CollectedShipmentsShowTheCode(LogisticsServer):
    """Once it was collected, a shipment shows the code with which it was."""

    BREAKS = ("LGS-029",)
    SUBTLE = True

    def reservation_member(self, shipment: Shipment, now: Fraction) -> Json | None:
        found, known = super().reservation_member(shipment, now), self.reservation_of(shipment)
        return {**found, "pickupCode": known.code} if found and known and found["state"] == "COLLECTED" else found


class CodesAreOfTheLocker(LogisticsServer):
    """Every compartment opens with the same code."""

    BREAKS = ("LGS-041",)

    def new_code(self) -> str:
        return "48150927"


class CodesRepeat(LogisticsServer):
    """There are three codes."""

    BREAKS = ("LGS-041",)
    SUBTLE = True

    def new_code(self) -> str:
        self.turns["codes"] += 1
        return ("48150927", "77120394", "30962815")[self.turns["codes"] % 3]


class CodesMayBeTriedForEver(LogisticsServer):
    """Wrong codes are not counted."""

    BREAKS = ("LGS-030",)

    def after_wrong(self, reservation: Reservation, now: Fraction) -> Reservation:
        return reservation


class RightCodesUnlock(LogisticsServer):
    """The right code is accepted, however many wrong ones came before."""

    BREAKS = ("LGS-030",)
    SUBTLE = True

    def check_code(self, reservation: Reservation, sent: str, now: Fraction) -> None:
        if not self.code_is_right(reservation, sent):
            super().check_code(reservation, sent, now)


class CodesOutliveTheirDate(LogisticsServer):
    """What is overdue may be collected."""

    BREAKS = ("LGS-030",)
    SUBTLE = True

    def may_collect(self, reservation: Reservation, now: Fraction) -> bool:
        return self.state_now(reservation, now) in ("DEPOSITED", "OVERDUE")


class CollectingLeavesTheShipment(LogisticsServer):
    """A collection moves the reservation and not the shipment."""

    BREAKS = ("LGS-031",)
    ALSO: Mapping[str, str] = {"LGS-029": "the shipment is not collected"}

    async def collect(self, reservation: Reservation, now: Fraction) -> Reservation:
        if not self.may_collect(reservation, now):
            raise Problem("conflict")
        return self.move_reservation(reservation, "COLLECTED")


class CollectingGivesWay(LogisticsServer):
    """Between the test and the collection others may collect, too."""

    BREAKS = ("LGS-031",)
    SUBTLE = True

    async def collect(self, reservation: Reservation, now: Fraction) -> Reservation:
        allowed = self.may_collect(reservation, now)
        await give_way()
        if not allowed:
            raise Problem("conflict")
        if self.reservations[reservation.id].state == "COLLECTED":
            return self.reservations[reservation.id]
        return await super().collect(self.reservations[reservation.id], now)


# -------------------------------------------------------------------- deliveries


class DeliveriesAreSignedWithoutTheirTime(LogisticsServer):
    """The signature is over the body alone."""

    BREAKS = ("COM-HOOK-01",)
    ALSO: Mapping[str, str] = {"LGS-033": "no signature fits"}

    def signature_of(self, secret: str, timestamp: str, body: bytes) -> str:
        return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


class DeliveriesAreGivenUp(LogisticsServer):
    """A delivery that is refused is given up."""

    BREAKS = ("COM-HOOK-01",)
    ALSO: Mapping[str, str] = {"LGS-033": "what was refused once is missing"}

    def gaps(self) -> Iterator[float]:
        yield from ()


class RepetitionsHurry(LogisticsServer):
    """The second repetition comes sooner than the first."""

    BREAKS = ("COM-HOOK-01",)
    SUBTLE = True

    def gaps(self) -> Iterator[float]:
        yield from (4.0, 1.0, 1.0, 1.0, 1.0)


class RepetitionsAreSignedAnew(LogisticsServer):
    """A repetition has another id."""

    BREAKS = ("COM-HOOK-01",)
    ALSO: Mapping[str, str] = {"LGS-033": "the first delivery is refused there, too"}
    SUBTLE = True

    def delivery_headers(self, one: Parcelled) -> Mapping[str, str]:
        self.turns["sent"] += 1
        return {**super().delivery_headers(one), "X-Delivery-Id": f"dlv-{self.turns['sent']}"}


class EverythingIsDelivered(LogisticsServer):
    """Every event of the tenant is sent, whatever was subscribed to."""

    BREAKS = ("LGS-033",)

    def wants(self, subscription: Subscription, event: Event) -> bool:
        return subscription.tenant == event.tenant


class AllTenantsAreDelivered(LogisticsServer):
    """The events of other tenants are sent, too."""

    BREAKS = ("LGS-033",)
    SUBTLE = True

    def wants(self, subscription: Subscription, event: Event) -> bool:
        return event.kind in subscription.kinds


class OldSecretsStay(LogisticsServer):
    """A new subscription to a URL keeps the old secret."""

    BREAKS = ("LGS-033",)
    SUBTLE = True

    def subscribe(self, tenant: str, url: str, kinds: tuple[str, ...], secret: str) -> tuple[int, Subscription]:
        known = self.subscriptions.get((tenant, url))
        return super().subscribe(tenant, url, kinds, known.secret if known else secret)


class CallbacksMayBePlain(LogisticsServer):
    """Deliveries may go without TLS."""

    BREAKS = ("LGS-034",)

    def scheme_is_safe(self, scheme: str) -> bool:
        return scheme in ("http", "https")


class MappedAddressesPass(LogisticsServer):
    """Loopback written as one number, or mapped into version 6, is taken for a public host."""

    BREAKS = ("LGS-034",)
    SUBTLE = True

    def host_is_public(self, host: str) -> bool:
        return host.isdecimal() or host.startswith(("0x", "::ffff:")) or super().host_is_public(host)


class LinkLocalPasses(LogisticsServer):
    """Link-local addresses are taken for public ones."""

    BREAKS = ("LGS-034",)
    SUBTLE = True

    def address_is_public(self, address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
        return address.is_link_local or super().address_is_public(address)
