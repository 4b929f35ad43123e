"""Faults of a reservation's life: how it begins, what time does to it, and what is said to a booking that cannot be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from typing import Any

from conformance.reference.problems import Misfit, Problem
from conformance.reference.transport.booking import Draft
from conformance.reference.transport.records import CarPark, Connector, Reservation
from conformance.reference.transport.server import TransportServer
from conformance.reference.wire import Answer, Call

__all__: list[str] = []

# -------------------------------------------------------------------- what time does


class LapseKeepsTheVersion(TransportServer):
    """A reservation that nobody confirmed lapses under the version that it had."""

    BREAKS = ("TRN-033",)

    def as_of(self, reservation: Reservation, now: Fraction) -> Reservation:
        known = super().as_of(reservation, now)
        return replace(known, revision=reservation.revision) if reservation.state == "PENDING" else known


class LapseIsNotDated(TransportServer):
    """A reservation that nobody confirmed lapses without a trace in updatedAt."""

    BREAKS = ("TRN-033",)

    def as_of(self, reservation: Reservation, now: Fraction) -> Reservation:
        known = super().as_of(reservation, now)
        return replace(known, updated=reservation.updated) if reservation.state == "PENDING" else known


class NoShowStaysConfirmed(TransportServer):
    """A confirmed reservation stays so for ever."""

    BREAKS = ("TRN-039",)

    def lapse_of(self, reservation: Reservation) -> Fraction | None:
        return None if reservation.state == "CONFIRMED" else super().lapse_of(reservation)


class NoShowEndsAMinuteLater(TransportServer):
    """A confirmed reservation lapses a minute after its end."""

    BREAKS = ("TRN-039",)
    SUBTLE = True

    def lapse_of(self, reservation: Reservation) -> Fraction | None:
        lapse = super().lapse_of(reservation)
        return lapse + 60 if lapse is not None and reservation.state == "CONFIRMED" else lapse


class NoShowLeavesNoTrace(TransportServer):
    """A confirmed reservation lapses under the version that it had."""

    BREAKS = ("TRN-039",)

    def as_of(self, reservation: Reservation, now: Fraction) -> Reservation:
        known = super().as_of(reservation, now)
        return replace(known, revision=reservation.revision) if reservation.state == "CONFIRMED" else known


class NoShowIsListedAsConfirmed(TransportServer):
    """A confirmed reservation that has lapsed is still listed as confirmed."""

    BREAKS = ("TRN-039",)
    SUBTLE = True
    ALSO: Mapping[str, str] = {"COM-CONS-02": "the list shows another state than reading it alone"}

    def reservations_of(self, tenant: str, now: Fraction) -> list[Reservation]:
        kept = [each for each in self.reservations.values() if self.visible_to(each, tenant)]
        return [each if each.state == "CONFIRMED" else self.as_of(each, now) for each in kept]


# -------------------------------------------------------------------- how it begins


class SpacesAreSaidToBeInUse(TransportServer):
    """The answer to the booking of a space says that it is in use; it is not."""

    BREAKS = ("TRN-042",)
    SUBTLE = True

    def created(self, call: Call, made: Reservation) -> Answer:
        answer = super().created(call, made)
        return answer if made.space_type is None else replace(answer, body={**answer.body, "state": "IN_USE"})


# -------------------------------------------------------------------- what cannot be booked


class WalkInsAreInUseAtOnce(TransportServer):
    """A reservation that begins now begins in use."""

    BREAKS = ("TRN-042",)

    def enter(self, target: CarPark | Connector, draft: Draft) -> Reservation:
        made = super().enter(target, draft)
        return self.keep(replace(made, state="IN_USE")) if draft.start <= draft.now else made


class SpaceTypeMayBeMissing(TransportServer):
    """A booking of a space that names no type passes for sound, and finds no free unit."""

    BREAKS = ("TRN-040",)

    def draft_misfits(self, body: Any) -> list[Misfit]:
        return [misfit for misfit in super().draft_misfits(body) if "spaceType" not in misfit.detail[1]]


class ConnectorsHaveSpaceTypes(TransportServer):
    """A booking of a connector may name a type of space."""

    BREAKS = ("TRN-040",)

    def draft_misfits(self, body: Any) -> list[Misfit]:
        return [
            misfit for misfit in super().draft_misfits(body) if misfit.at != "/spaceType" or "applies" not in misfit.detail[1]
        ]


class UnknownTargetIsNotFound(TransportServer):
    """A booking of something that does not exist is answered 404."""

    BREAKS = ("TRN-040",)
    ALSO: Mapping[str, str] = {"COM-DOC-02": "404 is not declared for a creation"}

    def target_of(self, draft: Draft) -> CarPark | Connector:
        try:
            return super().target_of(draft)
        except Problem as problem:
            raise Problem("not-found") from problem


class UnknownTargetIsSomewhereInTheBody(TransportServer):
    """The refusal of something that does not exist points at the whole body."""

    BREAKS = ("TRN-040",)
    SUBTLE = True

    def target_of(self, draft: Draft) -> CarPark | Connector:
        try:
            return super().target_of(draft)
        except Problem as problem:
            raise Problem("invalid-body", [Misfit("pointer", "", each.detail) for each in problem.errors]) from problem


class LackingTypeIsAnInvalidBody(TransportServer):
    """A type of space that the car park does not have is refused as a fault of the body."""

    BREAKS = ("TRN-041",)
    SUBTLE = True

    def refuse_full(self, target: CarPark | Connector, draft: Draft) -> None:
        if isinstance(target, CarPark) and all(space.space_type != draft.space_type for space in target.spaces):
            raise Problem("invalid-body", [Misfit("pointer", "/spaceType", ("沒有此類車位", "is no type of this car park"))])
        super().refuse_full(target, draft)


class LackingTypeTakesAnother(TransportServer):
    """A booking of a type that the car park does not have is taken."""

    BREAKS = ("TRN-041",)

    def free_units(self, target: CarPark | Connector, draft: Draft) -> int:
        lacking = isinstance(target, CarPark) and all(space.space_type != draft.space_type for space in target.spaces)
        return 1 if lacking else super().free_units(target, draft)


class FullIsOutOfService(TransportServer):
    """What has no free unit is refused as out of service."""

    BREAKS = ("TRN-028", "TRN-030", "TRN-041")

    def refuse_full(self, target: CarPark | Connector, draft: Draft) -> None:
        if self.free_units(target, draft) < 1:
            raise Problem("not-in-service")


class ClosedIsFull(TransportServer):
    """What is out of service is refused as full."""

    BREAKS = ("TRN-036",)
    SUBTLE = True

    def in_service(self, target: CarPark | Connector) -> bool:
        if not super().in_service(target):
            raise Problem("no-capacity")
        return True
