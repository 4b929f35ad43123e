"""Variants whose data other people change all the time, as those of every service in use do. Every check has to bear with it.

What happens is drawn by number, and when by the clock, so that two runs of one plan see the same.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from random import Random
from typing import Any

from conformance.reference.answers import Visit
from conformance.reference.instants import format_instant
from conformance.reference.logistics.records import EVENTS, MOVES, TERMINAL, Reservation
from conformance.reference.logistics.seeds import shipment_body
from conformance.reference.logistics.server import LogisticsServer
from conformance.reference.manners import Restless
from conformance.reference.problems import Problem
from conformance.reference.wire import Json

__all__ = ["CarriersCapture", "OthersReserve", "OthersShip", "PointsOpenAndClose", "QuotaIsUsedUpNowAndThen"]


class _Restless(Restless, LogisticsServer):
    """Lets something happen as time passes; what, the subclasses say."""

    MOST_AT_ONCE = 20


class OthersShip(_Restless):
    """Other clients of the tenant make shipments, and cancel some of them."""

    EVERY = Fraction(2)

    def happen(self, chance: Random, now: Fraction) -> None:
        body = {**shipment_body("a", self.happened), "reference": f"OTHER-{self.happened}"}
        made = self.enter_shipment("a", body, now)
        if chance.random() < 0.3:
            self.cancel(made, now)


class CarriersCapture(_Restless):
    """Carriers capture events of standing shipments of both tenants."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.standing = list(self.shipments)

    def happen(self, chance: Random, now: Fraction) -> None:
        shipment = self.shipments[chance.choice(self.standing)]
        state = self.state_of(shipment)
        kinds = [
            name for name, kind in EVENTS.items() if kind.state and (state, kind.state) in MOVES and kind.state not in TERMINAL
        ]
        if not kinds:
            return
        kind = EVENTS[name := chance.choice([one for one in kinds if one != "DAMAGED"] or kinds)]
        content: Json = {
            "eventTime": format_instant(now),
            "eventTimeZoneOffset": "+08:00",
            "eventType": name,
            "action": "OBSERVE",
            "bizStep": kind.steps[0],
            "disposition": kind.dispositions[0],
            "readPoint": {"locationId": f"hub-{chance.randint(1, 9)}"},
            "classifier": "ACT",
        }
        made = self.as_event(shipment, content)
        if self.is_legal([*self.history(shipment.id), made]):
            self.keep_event(shipment, made, now)


class OthersReserve(_Restless):
    """Other clients hold compartments of the most frequent size for half a minute."""

    EVERY = Fraction(1)

    def happen(self, chance: Random, now: Fraction) -> None:
        point = self.points[chance.choice(("pp-lk-01", "pp-lk-02", "pp-lk-03"))]
        free = self.free_at(point, "S", now)
        number = chance.choice(free)
        self.keep_reservation(
            Reservation(self.new_id("lkr"), "b", point.id, number, "S", "", self.new_code(), 30, now + 30, "HELD"),
        )


class PointsOpenAndClose(_Restless):
    """A post office and a shop are suspended and opened again, and one closes for good now and then."""

    EVERY = Fraction(3)

    def happen(self, chance: Random, now: Fraction) -> None:
        point = self.points[chance.choice(("pp-po-01", "pp-cv-03", "pp-cc-01"))]
        self.points[point.id] = replace(point, status=chance.choice(("OPEN", "OPEN", "SUSPENDED", "CLOSED")))


class QuotaIsUsedUpNowAndThen(LogisticsServer):
    """Every now and then a request is over quota, and may come again after a second."""

    PACE = 20.0

    def refuse_over_quota(self, visit: Visit) -> None:
        self.turns["asked"] += 1
        if self.turns["asked"] % 120 == 0:
            raise Problem("too-many-requests", headers={"Retry-After": "1"})
