"""Lockers: compartments that are held, filled, opened with a code, and freed by time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from typing import Any

from conformance.reference.frame import secret_text
from conformance.reference.logistics.records import LIVE, SIZES, Point, Reservation, Shipment
from conformance.reference.logistics.shipping import Shipping, at
from conformance.reference.problems import Misfit, Problem
from conformance.reference.wire import Json

__all__ = ["Lockers"]

USUAL_HOLD = 86_400
MOST_WRONG = 5
LOCKED_FOR = 60


class Lockers(Shipping):
    """The compartments and who has them."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.reservations: dict[str, Reservation] = {}
        self.held: dict[str, set[str]] = {}  # per pickup point, the reservations that may still occupy a compartment

    # ---------------------------------------------------------------- states

    def state_now(self, reservation: Reservation, now: Fraction) -> str:
        """The state of a reservation, with what time has done to it."""
        if now >= reservation.expires:
            return {"HELD": "EXPIRED", "DEPOSITED": "OVERDUE"}.get(reservation.state, reservation.state)
        return reservation.state

    def occupies(self, state: str) -> bool:
        """Whether a reservation in this state occupies its compartment."""
        return state in LIVE

    def keep_reservation(self, reservation: Reservation) -> Reservation:
        """The reservation, now in the store."""
        self.reservations[reservation.id] = reservation
        self.held.setdefault(reservation.point, set()).add(reservation.id)
        return reservation

    def move_reservation(self, reservation: Reservation, state: str) -> Reservation:
        """The reservation in another state."""
        return self.keep_reservation(replace(reservation, state=state))

    def reservation_of(self, shipment: Shipment) -> Reservation | None:
        """The last reservation that was made for a shipment."""
        return self.reservations.get(shipment.reservation)

    def reservation_member(self, shipment: Shipment, now: Fraction) -> Json | None:
        """What a shipment shows of its reservation."""
        found = self.reservation_of(shipment)
        return self.render_reservation(found, self.state_now(found, now)) if found else None

    def find_reservation(self, identifier: str, tenant: str, now: Fraction) -> Reservation | None:
        """A reservation of the tenant, or None."""
        found = self.reservations.get(identifier)
        return found if found and found.tenant == tenant else None

    # ---------------------------------------------------------------- compartments

    def live_at(self, point: Point, now: Fraction) -> Iterator[tuple[Reservation, str]]:
        """The reservations that occupy compartments of a point, with their states; those that are over are forgotten here."""
        for identifier in sorted(self.held.get(point.id, ())):
            reservation = self.reservations[identifier]
            state = self.state_now(reservation, now)
            if self.occupies(state):
                yield reservation, state
            else:
                self.held[point.id].discard(identifier)

    def free_at(self, point: Point, size: str, now: Fraction) -> list[str]:
        """The compartments of a size that are free."""
        taken = {reservation.compartment for reservation, _ in self.live_at(point, now)}
        return [number for number in point.compartments.get(size, ()) if number not in taken and number not in point.broken]

    def counts_of(self, point: Point, size: str, now: Fraction) -> Json:
        """How many compartments of a size are in which use."""
        states = [state for reservation, state in self.live_at(point, now) if reservation.size == size]
        held = states.count("HELD")
        broken = sum(number in point.broken for number in point.compartments[size])
        return {
            "sizeClass": size,
            "total": len(point.compartments[size]),
            "free": len(self.free_at(point, size, now)),
            "held": held,
            "deposited": len(states) - held,
            "outOfService": broken,
        }

    def availability_of(self, point: Point, now: Fraction) -> Json:
        """The compartments of a point."""
        sizes = [self.counts_of(point, size, now) for size in point.compartments]
        return {"pickupPointId": point.id, "updateTime": self.stamp(now), "sizes": sizes}

    # ---------------------------------------------------------------- holding

    def reservation_misfits(self, body: Json, tenant: str, now: Fraction) -> list[Misfit]:
        """What is wrong with a reservation whose form is right."""
        point = self.points.get(body["pickupPointId"])
        if point is None or point.type != "LOCKER" or not self.is_open(point):
            return [at("/pickupPointId", "不是營業中的智取櫃", "is no locker that is open")]
        if "shipmentId" not in body:
            return []
        shipment = self.find_shipment(body["shipmentId"], tenant, now)
        if shipment is None or not self.goes_to(shipment, point):
            return [at("/shipmentId", "不是送往該處的託運單", "is no shipment that goes there")]
        return self.size_misfits(shipment, body["sizeClass"])

    def goes_to(self, shipment: Shipment, point: Point) -> bool:
        """Whether a shipment goes to a locker."""
        content = shipment.content
        return bool(content["deliveryMode"] == "LOCKER" and content["pickupPointId"] == point.id)

    def size_misfits(self, shipment: Shipment, size: str) -> list[Misfit]:
        """What is wrong between a compartment and the parcels that it is for."""
        order = list(SIZES)
        needed = max(order.index(parcel["sizeClass"]) for parcel in shipment.content["parcels"])
        return [] if order.index(size) >= needed else [at("/sizeClass", "格口過小", "is too small for a parcel")]

    def refuse_second(self, shipment: Shipment, now: Fraction) -> None:
        """Refuses a reservation for a shipment that has one."""
        known = self.reservation_of(shipment)
        if known and self.occupies(self.state_now(known, now)):
            raise Problem("conflict")

    def new_code(self) -> str:
        """A pickup code that does not follow from any other."""
        self.issued += 1
        return f"{int(secret_text(self.domain, 'code', str(self.issued))[:16], 16) % 10**8:08d}"

    def choose_compartment(self, point: Point, size: str, now: Fraction) -> str:
        """A free compartment; refuses when there is none."""
        free = self.free_at(point, size, now)
        if not free:
            raise Problem("no-capacity")
        return free[0]

    async def enter_reservation(self, tenant: str, body: Json, now: Fraction) -> Reservation:
        """Holds a compartment."""
        point = self.points[body["pickupPointId"]]
        hold = int(body.get("holdSeconds", USUAL_HOLD))
        made = Reservation(
            id=self.new_id("lkr"),
            tenant=tenant,
            point=point.id,
            compartment=self.choose_compartment(point, body["sizeClass"], now),
            size=body["sizeClass"],
            shipment=body.get("shipmentId", ""),
            code=self.new_code(),
            hold=hold,
            expires=now + hold,
            state="HELD",
        )
        if made.shipment:
            shipment = self.shipments[made.shipment]
            self.keep_shipment(replace(shipment, reservation=made.id, updated=self.next_update(shipment.updated, now)))
        return self.keep_reservation(made)

    def release(self, shipment: Shipment, now: Fraction) -> None:
        """Frees the compartment that is held for a shipment."""
        known = self.reservation_of(shipment)
        if known and self.state_now(known, now) == "HELD":
            self.move_reservation(known, "RELEASED")

    # ---------------------------------------------------------------- opening

    def is_locked(self, reservation: Reservation, now: Fraction) -> bool:
        """Whether too many wrong codes were tried."""
        return now < reservation.locked

    def code_is_right(self, reservation: Reservation, sent: str) -> bool:
        """Whether a code is that of a reservation."""
        return sent == reservation.code

    def after_wrong(self, reservation: Reservation, now: Fraction) -> Reservation:
        """The reservation after a wrong code."""
        wrong = reservation.wrong + 1
        if wrong < MOST_WRONG:
            return replace(reservation, wrong=wrong)
        return replace(reservation, wrong=0, locked=now + LOCKED_FOR)

    def check_code(self, reservation: Reservation, sent: str, now: Fraction) -> None:
        """Refuses a code that is not right, and every code once there were too many of them."""
        if self.is_locked(reservation, now):
            raise Problem("locked")
        if not self.code_is_right(reservation, sent):
            self.keep_reservation(self.after_wrong(reservation, now))
            raise self.wrong_code(reservation)

    def wrong_code(self, reservation: Reservation) -> Problem:
        """The refusal of a wrong code."""
        return Problem("wrong-code")

    def may_collect(self, reservation: Reservation, now: Fraction) -> bool:
        """Whether what is in the compartment may be collected."""
        return self.state_now(reservation, now) == "DEPOSITED"
