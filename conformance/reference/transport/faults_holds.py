"""Faults of reservations that show only in a corner: in another offset, in the last second, to another tenant, after a move."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction

from conformance.reference.instants import format_instant
from conformance.reference.problems import Misfit, Problem
from conformance.reference.transport.booking import Draft
from conformance.reference.transport.records import CarPark, Connector, Reservation
from conformance.reference.transport.server import TransportServer

__all__: list[str] = []


class GraceIsFiveMinutes(TransportServer):
    """A booking may have begun five minutes ago."""

    BREAKS = ("TRN-027",)
    SUBTLE = True

    def check_start(self, draft: Draft) -> None:
        super().check_start(replace(draft, now=draft.now - 240))


class IntervalComparesTexts(TransportServer):
    """Whether a booking ends after it starts is told from the texts of its times."""

    BREAKS = ("TRN-027",)
    SUBTLE = True

    def check_order(self, draft: Draft) -> None:
        if draft.start_text >= draft.end_text:
            raise Problem("invalid-body", [Misfit("pointer", "/endTime", ("須晚於 startTime", "must be later than startTime"))])


class TenantsAreCountedApart(TransportServer):
    """Each tenant can book all units, whatever the others hold."""

    BREAKS = ("TRN-028", "TRN-030")

    def free_units(self, target: CarPark | Connector, draft: Draft) -> int:
        kept = self.by_target
        mine = [each for each in kept.get(target.uid, ()) if self.reservations[each].tenant == draft.tenant]
        self.by_target = {target.uid: mine}
        try:
            return super().free_units(target, draft)
        finally:
            self.by_target = kept


class OverlapComparesTexts(TransportServer):
    """Whether two bookings of a connector overlap is told from the texts of their times."""

    BREAKS = ("TRN-030",)
    SUBTLE = True

    def overlaps(self, held: Reservation, start: Fraction, end: Fraction) -> bool:
        return held.start_text < format_instant(end) and format_instant(start) < held.end_text


class ShortOverlapIsNone(TransportServer):
    """Two bookings may overlap by less than a minute."""

    BREAKS = ("TRN-030",)
    SUBTLE = True

    def overlaps(self, held: Reservation, start: Fraction, end: Fraction) -> bool:
        return super().overlaps(held, start, end) and min(held.end, end) - max(held.start, start) >= 60


class UseFreesTheUnit(TransportServer):
    """A reservation that is in use holds nothing any more."""

    BREAKS = ("TRN-030",)
    SUBTLE = True
    ALSO: Mapping[str, str] = {"TRN-038": "nor does it show"}

    def holds_unit(self, reservation: Reservation) -> bool:
        return super().holds_unit(reservation) and reservation.state != "IN_USE"


class MovesForgetTheNote(TransportServer):
    """A move takes the note away, as if the patch were the whole reservation."""

    BREAKS = ("TRN-031",)
    SUBTLE = True

    def moved(self, reservation: Reservation, wanted: str, now: Fraction) -> Reservation:
        return replace(super().moved(reservation, wanted, now), note=None)


class MovesKeepTheVersion(TransportServer):
    """versionId stays the same when a reservation is moved."""

    BREAKS = ("TRN-032",)

    def moved(self, reservation: Reservation, wanted: str, now: Fraction) -> Reservation:
        return replace(super().moved(reservation, wanted, now), revision=reservation.revision)


class LapsedIsListedAsPending(TransportServer):
    """A reservation that has lapsed reads as expired, and is listed as pending."""

    BREAKS = ("TRN-033",)
    SUBTLE = True
    ALSO: Mapping[str, str] = {
        "TRN-039": "a no-show lapses in the same lists",
        "COM-CONS-02": "the list shows another state than reading it alone",
    }

    def reservations_of(self, tenant: str, now: Fraction) -> list[Reservation]:
        return [kept for kept in self.reservations.values() if self.visible_to(kept, tenant)]


class PendingDoesNotShow(TransportServer):
    """A reservation that nobody has confirmed yet holds its unit and does not show."""

    BREAKS = ("TRN-037",)
    SUBTLE = True

    def holds_now(self, held: Reservation, now: Fraction) -> bool:
        return super().holds_now(held, now) and held.state != "PENDING"


class PendingConnectorIsAvailable(TransportServer):
    """A connector shows RESERVED only once its reservation is confirmed."""

    BREAKS = ("TRN-037",)

    def reserved_status(self, held: Reservation) -> str:
        return "AVAILABLE" if held.state == "PENDING" else super().reserved_status(held)


class UseDoesNotShow(TransportServer):
    """A space that is in use counts as free."""

    BREAKS = ("TRN-038",)

    def holds_now(self, held: Reservation, now: Fraction) -> bool:
        return super().holds_now(held, now) and not (held.state == "IN_USE" and held.space_type is not None)


class UsedConnectorIsReserved(TransportServer):
    """A connector in use still shows RESERVED."""

    BREAKS = ("TRN-038",)

    def reserved_status(self, held: Reservation) -> str:
        return "RESERVED"


class CompletedHoldsToItsEnd(TransportServer):
    """A reservation that was completed early holds its unit until its end."""

    BREAKS = ("TRN-038",)
    SUBTLE = True

    def holds_unit(self, reservation: Reservation) -> bool:
        return super().holds_unit(reservation) or reservation.state == "COMPLETED"
