"""Faults of reservations: what may be booked, capacity, the state machine, privacy and price."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from math import floor

from starlette.requests import Request

from conformance.reference.frame import give_way
from conformance.reference.instants import HOUR
from conformance.reference.problems import Problem
from conformance.reference.transport.booking import Draft
from conformance.reference.transport.bookings import MILLISECOND
from conformance.reference.transport.records import TERMINAL, CarPark, Connector, Reservation, Space
from conformance.reference.transport.server import TransportServer
from conformance.reference.wire import Json, Operation

__all__: list[str] = []

# -------------------------------------------------------------------- what a booking has to be


class EmptyIntervalIsBooked(TransportServer):
    """A booking that ends when it starts is accepted."""

    BREAKS = ("TRN-027",)

    def check_order(self, draft: Draft) -> None:
        if draft.start != draft.end:
            super().check_order(draft)


class InvertedIntervalIsBooked(TransportServer):
    """A booking that ends before it starts is accepted."""

    BREAKS = ("TRN-027",)
    ALSO: Mapping[str, str] = {"COM-DOC-02": "its price is negative", "TRN-035": "its price is negative"}

    def check_order(self, draft: Draft) -> None:
        if draft.start <= draft.end:
            super().check_order(draft)


class PastIsBooked(TransportServer):
    """A booking that started in the past is accepted."""

    BREAKS = ("TRN-027",)

    def check_start(self, draft: Draft) -> None:
        return


class DaysOnEndAreBooked(TransportServer):
    """A booking of more than a day is accepted."""

    BREAKS = ("TRN-027",)

    def check_length(self, draft: Draft) -> None:
        return


# -------------------------------------------------------------------- capacity


class ChecksBeforeOthersWrite(TransportServer):
    """Between the check for a free unit and the write another booking gets in."""

    BREAKS = ("TRN-028",)
    SUBTLE = True
    ALSO: Mapping[str, str] = {
        "TRN-030": "two bookings of one connector at the same time may both succeed",
        "COM-IDEM-02": "two requests with one key may both get past the memory of keys",
    }

    async def place(self, target: CarPark | Connector, draft: Draft) -> Reservation:
        self.refuse_full(target, draft)
        await give_way()
        return self.enter(target, draft)


class SellsOneSpaceTooMany(TransportServer):
    """One space more than there is can be booked."""

    BREAKS = ("TRN-028",)

    def free_spaces(self, target: str, space: Space, start: Fraction, end: Fraction, now: Fraction) -> int:
        return super().free_spaces(target, space, start, end, now) + 1


class KeepsOneSpaceBack(TransportServer):
    """The last free space cannot be booked."""

    BREAKS = ("TRN-028",)

    def free_spaces(self, target: str, space: Space, start: Fraction, end: Fraction, now: Fraction) -> int:
        return super().free_spaces(target, space, start, end, now) - 1


class PendingHoldsNothing(TransportServer):
    """A reservation holds its unit only after it has been confirmed."""

    BREAKS = ("TRN-028",)
    ALSO: Mapping[str, str] = {
        "TRN-029": "a pending reservation does not lower the number",
        "TRN-037": "nor does it show otherwise",
        "TRN-030": "two pending reservations of one connector may overlap",
    }

    def holds_unit(self, reservation: Reservation) -> bool:
        return super().holds_unit(reservation) and reservation.state != "PENDING"


class AvailabilityIgnoresReservations(TransportServer):
    """Reservations do not lower the number of free spaces."""

    BREAKS = ("TRN-029",)
    ALSO: Mapping[str, str] = {
        "TRN-037": "what is PENDING shows in the same views",
        "TRN-038": "what is IN_USE shows in the same views",
    }

    def free_now(self, park: CarPark, space: Space, now: Fraction) -> int | None:
        return max(0, space.number - self.walk_ins(space, now)) if park.counted else None


class CancelledKeepsItsUnit(TransportServer):
    """A cancelled reservation keeps its unit."""

    BREAKS = ("TRN-029",)
    SUBTLE = True
    ALSO: Mapping[str, str] = {
        "TRN-037": "what is PENDING shows in the same views",
    }

    def holds_unit(self, reservation: Reservation) -> bool:
        return super().holds_unit(reservation) or reservation.state == "CANCELLED"


class ReservedConnectorIsAvailable(TransportServer):
    """A connector that is reserved at present is shown as available."""

    BREAKS = ("TRN-029",)
    ALSO: Mapping[str, str] = {
        "TRN-037": "what is PENDING shows in the same views",
    }

    def reserved_status(self, held: Reservation) -> str:
        return "AVAILABLE" if held.state != "IN_USE" else super().reserved_status(held)


class OverlapIsSeenAtTheStartOnly(TransportServer):
    """A booking that begins before another one and reaches into it is accepted."""

    BREAKS = ("TRN-030",)

    def overlaps(self, held: Reservation, start: Fraction, end: Fraction) -> bool:
        return held.start <= start < held.end


class ConnectorTakesSecondBooking(TransportServer):
    """A connector can be booked twice for the same time."""

    BREAKS = ("TRN-030",)
    ALSO: Mapping[str, str] = {"TRN-028": "there is one unit, and two bookings succeed"}

    def connector_is_free(self, connector: Connector, start: Fraction, end: Fraction, now: Fraction) -> bool:
        return self.peak(self.holders(connector.uid, None, now), start, end) < 2


# -------------------------------------------------------------------- the state machine


class PendingGoesStraightToUse(TransportServer):
    """A reservation that was not confirmed can be used."""

    BREAKS = ("TRN-031",)

    def allowed_transition(self, present: str, wanted: str) -> bool:
        return super().allowed_transition(present, wanted) or (present, wanted) == ("PENDING", "IN_USE")


class UsedCanBeCancelled(TransportServer):
    """A reservation that is in use can be cancelled."""

    BREAKS = ("TRN-031",)

    def allowed_transition(self, present: str, wanted: str) -> bool:
        return super().allowed_transition(present, wanted) or (present, wanted) == ("IN_USE", "CANCELLED")


class CancelledCanBeRevived(TransportServer):
    """A cancelled reservation can be confirmed again."""

    BREAKS = ("TRN-031",)

    def allowed_transition(self, present: str, wanted: str) -> bool:
        return super().allowed_transition(present, wanted) or (present, wanted) == ("CANCELLED", "CONFIRMED")


class ClientCanExpire(TransportServer):
    """A client can make a reservation expire, which only time may do."""

    BREAKS = ("TRN-031",)

    def allowed_transition(self, present: str, wanted: str) -> bool:
        return super().allowed_transition(present, wanted) or (present, wanted) == ("CONFIRMED", "EXPIRED")


class RefusedMoveIsRecorded(TransportServer):
    """A move that is refused changes updatedAt and the tag."""

    BREAKS = ("TRN-031",)

    def refuse_transition(self, reservation: Reservation) -> Reservation:
        self.keep(replace(reservation, updated=reservation.updated + MILLISECOND))
        return super().refuse_transition(reservation)


class RefusedMoveIsPlainConflict(TransportServer):
    """A move that the state machine does not have is refused as a conflict of some kind."""

    BREAKS = ("TRN-031",)

    def refuse_transition(self, reservation: Reservation) -> Reservation:
        raise Problem("conflict")


class DeleteCancels(TransportServer):
    """DELETE works, and cancels the reservation."""

    BREAKS = ("TRN-031",)
    ALSO: Mapping[str, str] = {
        "COM-ERR-04": "the method is not refused",
        "COM-DOC-02": "DELETE is not declared",
        "COM-TEN-01": "whoever knows the id can cancel it",
    }

    def refuse_method(self, request: Request, known: Operation) -> None:
        kept = self.reservations.get(request.scope["path"].rsplit("/", 1)[-1])
        if request.method != "DELETE" or kept is None:
            super().refuse_method(request, known)
        elif kept.state not in TERMINAL:
            self.keep(self.moved(kept, "CANCELLED", self.now()))


class MovesLeaveNoTrace(TransportServer):
    """updatedAt stays the same when a reservation is moved."""

    BREAKS = ("TRN-032",)

    def next_update(self, reservation: Reservation, now: Fraction) -> Fraction:
        return reservation.updated


class MovesAreRecordedToTheSecond(TransportServer):
    """updatedAt is cut off at the second, so that quick moves have the same one."""

    BREAKS = ("TRN-032",)
    SUBTLE = True

    def next_update(self, reservation: Reservation, now: Fraction) -> Fraction:
        return max(Fraction(floor(now)), reservation.updated)


class PendingNeverLapses(TransportServer):
    """A reservation that nobody confirms stays pending."""

    BREAKS = ("TRN-033",)

    def lapse_of(self, reservation: Reservation) -> Fraction | None:
        return None if reservation.state == "PENDING" else super().lapse_of(reservation)


class LapsedKeepsItsUnit(TransportServer):
    """A reservation that has lapsed reads as expired, but keeps its unit."""

    BREAKS = ("TRN-033",)
    SUBTLE = True
    ALSO: Mapping[str, str] = {"TRN-029": "the number is not restored"}

    def holds_unit(self, reservation: Reservation) -> bool:
        return super().holds_unit(reservation) or reservation.state == "EXPIRED"


# -------------------------------------------------------------------- who may see a booking, and what it costs


class AvailabilityShowsHolders(TransportServer):
    """The availability of a car park shows who has reserved there."""

    BREAKS = ("TRN-034",)
    ALSO: Mapping[str, str] = {"COM-TEN-01": "another tenant's reservations can be read there"}

    def render_availability(self, park: CarPark, now: Fraction) -> Json:
        held = [each for space in park.spaces for each in self.holders(park.uid, space.space_type, now)]
        body = super().render_availability(park, now)
        return {**body, "reservations": [{"holderRef": each.holder, "startTime": each.start_text} for each in held]}


class ConnectorShowsHolder(TransportServer):
    """A connector that is reserved shows by whom."""

    BREAKS = ("TRN-034",)
    SUBTLE = True
    ALSO: Mapping[str, str] = {"COM-TEN-01": "another tenant's reservation can be read there"}

    def render_connector(self, connector: Connector, now: Fraction) -> Json:
        held = self.held_now(connector.uid, None, now)
        body = super().render_connector(connector, now)
        return {**body, "holderRef": held[0].holder} if held else body


class PriceIgnoresDailyMax(TransportServer):
    """The price of a long booking exceeds dailyMax."""

    BREAKS = ("TRN-035",)

    def price_of(self, target: CarPark | Connector, draft: Draft) -> int | None:
        return self.billed_hours(draft) * target.per_hour if isinstance(target, CarPark) else None


class BegunHoursAreFree(TransportServer):
    """An hour that was begun is not charged."""

    BREAKS = ("TRN-035",)
    SUBTLE = True

    def billed_hours(self, draft: Draft) -> int:
        return floor((draft.end - draft.start) / HOUR)


class PriceIsInCents(TransportServer):
    """The price is given in hundredths of a dollar."""

    BREAKS = ("TRN-035",)

    def render_price(self, amount: int | None) -> Json | None:
        return super().render_price(None if amount is None else amount * 100)
