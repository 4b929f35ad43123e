"""Reservations as they stand: who holds what and when, and what time alone does to a reservation.

A reservation is kept as it was last written. `as_of` works out what it reads as at an instant: one that nobody confirmed
lapses at `expires`, one whose holder never came lapses at its end. Nothing is written for that, so reading has no effect.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from typing import Any

from conformance.reference.frame import secret_text
from conformance.reference.transport.records import TERMINAL, Connector, Reservation, Space
from conformance.reference.transport.views import Views

__all__ = ["MILLISECOND", "Bookings"]

MILLISECOND = Fraction(1, 1000)


class Bookings(Views):
    """The store of reservations and the questions that are asked of it."""

    def __init__(self, *, clock: Callable[[], float], **settings: Any) -> None:
        super().__init__(clock=clock, **settings)
        self.reservations: dict[str, Reservation] = {}
        self.by_target: dict[str, list[str]] = {}
        self.issued = 0

    # ---------------------------------------------------------------- the store

    def new_id(self) -> str:
        """The next reservation's id: no id tells the next one, yet a fresh server issues the same ones again."""
        self.issued += 1
        return "rsv-" + secret_text(self.domain, "reservation", str(self.issued))[:20]

    def keep(self, reservation: Reservation) -> Reservation:
        """The reservation, now in the store."""
        if reservation.id not in self.reservations:
            self.by_target.setdefault(reservation.target, []).append(reservation.id)
        self.reservations[reservation.id] = reservation
        return reservation

    def lapse_of(self, reservation: Reservation) -> Fraction | None:
        """When time alone ends a reservation, or None."""
        return {"PENDING": reservation.expires, "CONFIRMED": reservation.end}.get(reservation.state)

    def as_of(self, reservation: Reservation, now: Fraction) -> Reservation:
        """What a reservation reads as at an instant."""
        lapse = self.lapse_of(reservation)
        if lapse is None or now < lapse:
            return reservation
        updated = max(lapse // MILLISECOND * MILLISECOND, reservation.updated + MILLISECOND)
        return replace(reservation, state="EXPIRED", updated=updated, revision=reservation.revision + 1)

    def visible_to(self, reservation: Reservation, tenant: str) -> bool:
        """Whether a tenant may see a reservation."""
        return reservation.tenant == tenant

    def find_reservation(self, identifier: str, tenant: str, now: Fraction) -> Reservation | None:
        """A tenant's reservation, or None: another tenant's does not exist."""
        found = self.reservations.get(identifier)
        return self.as_of(found, now) if found and self.visible_to(found, tenant) else None

    def reservations_of(self, tenant: str, now: Fraction) -> list[Reservation]:
        """All reservations of a tenant."""
        return [self.as_of(kept, now) for kept in self.reservations.values() if self.visible_to(kept, tenant)]

    # ---------------------------------------------------------------- who holds what

    def holds_unit(self, reservation: Reservation) -> bool:
        """Whether a reservation in this state holds its unit."""
        return reservation.state not in TERMINAL

    def holders(self, target: str, space_type: int | None, now: Fraction) -> list[Reservation]:
        """The reservations that hold a unit of a target, whenever that is."""
        known = [self.as_of(self.reservations[identifier], now) for identifier in self.by_target.get(target, ())]
        return [held for held in known if held.space_type == space_type and self.holds_unit(held)]

    def overlaps(self, held: Reservation, start: Fraction, end: Fraction) -> bool:
        """Whether a reservation's interval and another one have an instant in common; both are half-open."""
        return held.start < end and start < held.end

    def peak(self, held: list[Reservation], start: Fraction, end: Fraction) -> int:
        """How many units are held at the same time, at most, within an interval."""
        inside = [other for other in held if self.overlaps(other, start, end)]
        moments = [max(start, other.start) for other in inside]
        return max((sum(other.start <= moment < other.end for other in inside) for moment in moments), default=0)

    def holds_now(self, held: Reservation, now: Fraction) -> bool:
        """Whether a reservation's interval contains the present instant."""
        return held.start <= now < held.end

    def held_now(self, target: str, space_type: int | None, now: Fraction) -> list[Reservation]:
        """The reservations that hold a unit at the present instant."""
        return [held for held in self.holders(target, space_type, now) if self.holds_now(held, now)]

    def last_change(self, target: str, now: Fraction, since: int) -> int:
        """When a reservation last changed a target's state, not before `since`: by being made, moved, begun or ended."""
        moments = [Fraction(since)]
        for identifier in self.by_target.get(target, ()):
            known = self.as_of(self.reservations[identifier], now)
            moments += [known.created, known.updated, known.start, known.end]
        return int(max(moment for moment in moments if moment <= now) // 1)

    # ---------------------------------------------------------------- free units

    def walk_ins(self, space: Space, now: Fraction) -> int:
        """How many spaces of a type drivers without a reservation take, as the source counted them."""
        tick = self.source_tick("carparks", now) // 60
        return space.walk_ins + tick * 7 % (space.swing + 1)

    def free_spaces(self, target: str, space: Space, start: Fraction, end: Fraction, now: Fraction) -> int:
        """How many spaces of a type can still be reserved over an interval."""
        peak = self.peak(self.holders(target, space.space_type, now), start, end)
        return space.number - self.walk_ins(space, now) - peak

    def walk_in_status(self, connector: Connector, now: Fraction) -> str:
        """A connector's status but for reservations, as the source reported it."""
        if not connector.busy:
            return connector.status
        phase = (self.source_tick("ev-stations", now) // 60 + sum(map(ord, connector.uid))) % 6
        return {0: "CHARGING", 1: "CHARGING", 2: "OCCUPIED"}.get(phase, connector.status)

    def connector_is_free(self, connector: Connector, start: Fraction, end: Fraction, now: Fraction) -> bool:
        """Whether a connector can be reserved over an interval."""
        taken = self.walk_in_status(connector, now) in ("CHARGING", "OCCUPIED") and start <= now < end
        return not taken and self.peak(self.holders(connector.uid, None, now), start, end) == 0
